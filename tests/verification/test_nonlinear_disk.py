"""The delithiation front of a Ni88 platelet against finite volumes along the radius."""

from __future__ import annotations

from functools import cache

import numpy as np
import pybamm
import pytest
from scipy import constants
from verification import reference, running

from multiscale.fem.space import space_of
from multiscale.mesh import ParticleMesh
from multiscale.models.single_particle import SingleParticleModel
from multiscale.parameters import names
from multiscale.parameters.library import load_set

RADIUS = 1e-6
EARLY = [0.0, 5, 10, 20]
TIMES = np.concatenate([EARLY, np.arange(30.0, 2701, 30)])
REFINED = {"rtol": 1e-6, "atol": 1e-7}  # ten times the default: refined in time as well


def ni88() -> pybamm.ParameterValues:
    return load_set("Xu2022_NMC88").values


def stoichiometry_rate(values: pybamm.ParameterValues) -> float:
    """d<theta>/dt at C/3 [1/s]."""
    charge = values[names.DENSITY] * values[names.SPECIFIC_CAPACITY]
    return charge / (running.FARADAY * values[names.MAXIMUM_CONCENTRATION]) / 3


@cache
def circle(radius: float = RADIUS) -> tuple[reference.RadialSolution, reference.RadialSolution]:
    """Reference with 400 and 800 cells; the mean rate of change is that of any shape."""
    values = ni88()
    ocp, diffusivity = values[names.OCP], values[names.DIFFUSIVITY]
    temperature = values[names.TEMPERATURE]
    scale = running.FARADAY / (constants.R * temperature)

    def law(theta):
        step = 1e-5
        slope = (ocp(theta + step) - ocp(theta - step)) / (2 * step)
        return -scale * theta * diffusivity(theta, temperature) * slope

    inflow = -stoichiometry_rate(values) * radius / 2
    start = values[names.INITIAL_STOICHIOMETRY]
    return tuple(
        reference.radial_solution(law, inflow, start, TIMES, radius=radius, n=n) for n in (400, 800)
    )


def expected(r: np.ndarray, radius: float = RADIUS) -> np.ndarray:
    return reference.richardson(*circle(radius), np.minimum(r, radius))[0]


def simulate(mesh: ParticleMesh, **tolerances: float) -> pybamm.Solution:
    values = ni88()
    capacity = values[names.DENSITY] * values[names.SPECIFIC_CAPACITY] * mesh.volume
    values.update({names.CURRENT: -capacity / 3})
    return running.solve(SingleParticleModel(mesh), values, TIMES, **tolerances)


def errors(
    solution: pybamm.Solution, mesh: ParticleMesh, radius: float = RADIUS
) -> dict[str, float]:
    """Largest over all times, at points and as root mean squares."""
    half = np.linspace(0, 2 * np.pi, 25)
    ring = 0.5 * RADIUS * np.array([np.cos(half), np.sin(half)])
    # between two corners and off the six directions in which the rings are refined
    line = np.linspace(0, 0.995 * RADIUS, 101)
    direction = np.array([[np.cos(0.2)], [np.sin(0.2)]])
    along = running.probe(solution, mesh, line * direction) - expected(line, radius)
    distance = np.linalg.norm(space_of(mesh).coordinates, axis=0)
    nodal = solution["Particle stoichiometry"].entries - expected(distance, radius)
    centre, edge = expected(np.array([0.0, RADIUS]), radius)
    middle = running.probe(solution, mesh, ring) - expected(np.array([0.5 * RADIUS]), radius)
    found = {
        "centre": solution["Centre particle stoichiometry"].entries - centre,
        "half radius": middle,
        "surface": solution["Average particle surface stoichiometry"].entries - edge,
        # middles of sides lie 2e-4 of the radius inside
        "surface nodes": nodal[distance > 0.999 * RADIUS],
        "everywhere": nodal,
        "rms along the radius": np.sqrt((along**2).mean(axis=0)),
        "rms over the particle": running.l2_norm(mesh, nodal),
    }
    return {name: float(np.abs(value).max()) for name, value in found.items()}


def test_reference_is_converged():
    """400 and 800 cells, extrapolated: more than a hundred times below what it judges."""
    r = np.linspace(0, RADIUS, 201)
    _, distance = reference.richardson(*circle(), r)
    assert distance.max() < 2e-6


def test_reference_has_the_moving_front():
    """Centre minus edge at 5, 15, 20, 25, 35 and 45 min, from an earlier program of the group
    with the same laws: .070, .102, .109, .069, .021, .014."""
    centre, edge = expected(np.array([0.0, RADIUS]))
    minutes = np.array([5, 15, 20, 25, 35, 45])
    found = (centre - edge)[len(EARLY) - 1 + 2 * minutes]
    # three printed digits
    assert found == pytest.approx([0.070, 0.102, 0.109, 0.069, 0.021, 0.014], abs=6e-4)


def test_default_mesh_is_below_1e_3():
    """The project's aim, at every single node, from 5 s on, with default tolerances.

    Measured: centre 2.1e-4 (of which time steps 1.8e-4), half radius 4e-5, surface 1.2e-4, its
    single nodes 2.4e-4, the last two at 5 s (from 30 s on: 1e-5 and 1.6e-4).
    """
    mesh = ParticleMesh.load("disk_2um")
    assert mesh.order == 2
    found = errors(simulate(mesh), mesh)
    assert max(found.values()) < 1e-3, found
    assert found["rms over the particle"] < 1e-4


def test_coarse_mesh_is_nearly_as_good():
    """817 unknowns. Measured: centre 5.3e-4, half radius 2.3e-4, surface 4.2e-4.

    Single nodes of the surface reach 1.4e-3 at 5 s, 6e-4 from 30 s on.
    """
    mesh = ParticleMesh.load("disk_2um_coarse")
    found = errors(simulate(mesh), mesh)
    for place in ("centre", "half radius", "surface"):
        assert found[place] < 1e-3, found
    assert found["everywhere"] < 2e-3
    assert found["rms over the particle"] < 3e-4


@pytest.mark.slow
def test_refined_mesh_is_below_1e_4():
    """The same on the refined mesh, with refined time steps.

    Measured: centre 1.6e-5, half radius 9e-6, surface 7e-6, its single nodes 5.6e-5.
    Default tolerances leave up to 2e-4 at the centre while the front passes it, on any mesh.
    """
    mesh = ParticleMesh.load("disk_2um_fine")
    found = errors(simulate(mesh, **REFINED), mesh)
    assert max(found.values()) < 1e-4, found
    assert found["rms over the particle"] < 1e-5


def test_quadratic_elements_beat_linear_ones_of_equal_number():
    """1801 unknowns both: P2 of twice the element size is four times better."""
    linear = ParticleMesh.disk(RADIUS, RADIUS / 24)
    quadratic = ParticleMesh.disk(RADIUS, RADIUS / 12, order=2)
    assert space_of(linear).n_unknowns == space_of(quadratic).n_unknowns
    found = [errors(simulate(mesh), mesh) for mesh in (linear, quadratic)]
    # measured 0.25 and 0.15; one half leaves room for the scatter between meshes
    assert found[1]["centre"] < 0.5 * found[0]["centre"]
    assert found[1]["half radius"] < 0.5 * found[0]["half radius"]


@pytest.mark.slow
def test_the_polygon_stands_for_the_circle_of_its_area():
    """P2 with tight tolerances: the polygon of 120 sides does not show at the centre.

    Measured 1.9e-6; against the circle through its corners, 2.3e-4 of the radius larger, it
    would be 6e-5, because that one holds 4.6e-4 more lithium.
    """
    mesh = ParticleMesh.disk(RADIUS, 0.05e-6, order=2)
    solution = simulate(mesh, rtol=1e-8, atol=1e-9)
    corners = float(np.linalg.norm(mesh.mesh.p, axis=0).max())
    assert errors(solution, mesh)["centre"] < 1e-5
    assert errors(solution, mesh, radius=corners)["centre"] == pytest.approx(6.1e-5, rel=0.2)
