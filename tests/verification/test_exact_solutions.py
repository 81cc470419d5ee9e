"""Constant diffusivity and constant flux: the eigenvalue series of Crank."""

from __future__ import annotations

import numpy as np
import pybamm
import pytest
from scipy import special
from siblings import siblings
from verification import reference, running

from multiscale.fem.space import space_of
from multiscale.mesh import ParticleMesh
from multiscale.models.single_particle import SingleParticleModel

RADIUS = 1e-6
DIFFUSIVITY = 1e-16
RATE = 0.2  # C/5: centre and edge of a cylinder differ by 0.10 in the end
TIMES = np.concatenate([[0.0], np.linspace(30, 2400, 80)])
# when lithium has come 22 to 45 nm far
EARLY = np.array([0.0, 5, 10, 20])

SERIES = {
    "slab": (1, reference.slab_series),
    "cylinder": (2, reference.cylinder_series),
    "sphere": (3, reference.sphere_series),
}


def exact(shape: str, distance: np.ndarray, times: np.ndarray, start: float = 0.9) -> np.ndarray:
    """Stoichiometry of a smooth body charged at ``RATE``, shape (n, n_times)."""
    dimension, series = SERIES[shape]
    inflow = -running.ONE_C * RATE * RADIUS / dimension
    tau = DIFFUSIVITY * times / RADIUS**2
    return start + inflow * RADIUS / DIFFUSIVITY * series(distance / RADIUS, tau)


def charged(mesh: ParticleMesh, times: np.ndarray = TIMES) -> pybamm.Solution:
    """Constant current, with the default tolerances."""
    parameters = running.values(CURRENT=-RATE * running.one_c(mesh))
    return running.solve(SingleParticleModel(mesh, transport="chemical"), parameters, times)


def nodal_errors(
    mesh: ParticleMesh, shape: str, solution: pybamm.Solution, times: np.ndarray = TIMES
) -> np.ndarray:
    """Error at every unknown and time; nodes outside the radius belong to the surface."""
    distance = np.minimum(np.linalg.norm(space_of(mesh).coordinates, axis=0), RADIUS)
    return solution["Particle stoichiometry"].entries - exact(shape, distance, times)


def errors(mesh: ParticleMesh, shape: str, times: np.ndarray = TIMES) -> np.ndarray:
    """Largest error over all unknowns at each time > 0 (at 0 the series converges slowly)."""
    found = nodal_errors(mesh, shape, charged(mesh, times), times)
    return np.abs(found)[:, 1:].max(axis=0)


@siblings("order", [1, 2])
@siblings("shape", SERIES)
def test_radial_mesh_follows_the_series(shape, order):
    mesh = ParticleMesh.radial(RADIUS, 80, shape=shape, order=order)
    # measured: at most 3.1e-5 (slab, P1, at 30 s); 1e-4 is the project's aim
    assert errors(mesh, shape).max() < 1e-4


@pytest.mark.parametrize(
    ("name", "bound"),
    # The project's aim is 1e-4 on the default mesh. Measured 7.5e-5 and 2.2e-5 at all times,
    # nearly all of it at corners: 3.6e-4 (9e-5) of the radius outside it, where the gradient
    # is 0.2 per radius. Compared with the series at their own place: 1.3e-5 and 5e-6.
    [("disk_2um", 1e-4), pytest.param("disk_2um_fine", 4e-5, marks=pytest.mark.slow)],
)
def test_stored_disk_follows_the_series(name, bound):
    """At every unknown, also at single nodes of the surface."""
    mesh = ParticleMesh.load(name)
    assert mesh.order == 2
    assert errors(mesh, "cylinder").max() < bound
    assert errors(mesh, "cylinder", EARLY).max() < bound


def test_linear_elements_of_the_same_number_are_not_enough():
    """1801 unknowns: P1 misses the aim (measured 2.7e-4 at 30 s), graded P2 is at 1.3e-4."""
    found = errors(ParticleMesh.disk(RADIUS, RADIUS / 24), "cylinder")
    assert 1e-4 < found.max() < 4e-4
    quadratic = ParticleMesh.disk(RADIUS, RADIUS / 12, grading=4, order=2)
    assert errors(quadratic, "cylinder").max() < found.max() / 1.5


@pytest.mark.slow  # of a coarser ball see the next test
def test_stored_sphere_follows_the_series():
    """3D, 6525 unknowns: what is asked for at 1e-4, and what single nodes of its surface do.

    The flat facets of a ball with six shells keep the corners 0.5 % of the radius outside the
    sphere, and there the gradient of 0.135 per radius makes 7e-4 at any order of the elements.
    """
    mesh = ParticleMesh.load("sphere_2um")
    solution = charged(mesh)
    found = np.abs(nodal_errors(mesh, "sphere", solution))
    directions = np.random.default_rng(0).normal(size=(3, 300))
    half = 0.5 * RADIUS * directions / np.linalg.norm(directions, axis=0)
    at_half = running.probe(solution, mesh, half)
    surface = solution["Average particle surface stoichiometry"].entries
    centre = solution["Centre particle stoichiometry"].entries
    expected = exact("sphere", RADIUS * np.array([0, 0.5, 1]), TIMES)
    # measured 9e-6, 5e-5 and 3e-5, the last at 30 s
    for value, wanted in zip((centre, at_half, surface), expected, strict=True):
        assert np.abs(value - wanted)[..., 1:].max() < 1e-4
    # root mean square over the particle, measured 7.0e-5
    assert running.l2_norm(mesh, found)[1:].max() < 1e-4
    # every node within the sphere: 2.7e-4 at 30 s, when lithium has come half a shell far
    inside = np.linalg.norm(space_of(mesh).coordinates, axis=0) <= RADIUS
    assert found[inside][:, 1:].max() < 4e-4
    assert found[inside][:, TIMES >= 240].max() < 1e-4
    assert found[~inside][:, 1:].max() < 1e-3


def test_ball_approaches_the_series_at_second_order():
    """P1; the elements err with h^2, and so do the places of the outer nodes."""
    sizes = np.array([1 / 4, 1 / 6, 1 / 8])
    balls = [ParticleMesh.ball(RADIUS, h * RADIUS) for h in sizes]
    nodal = [nodal_errors(ball, "sphere", charged(ball)) for ball in balls]
    found = [running.l2_norm(b, e)[-1] for b, e in zip(balls, nodal, strict=True)]
    # measured 1.83, and 1.91 between the balls of 8 and 11 shells
    assert np.polyfit(np.log(sizes), np.log(found), 1)[0] == pytest.approx(2, abs=0.2)
    # measured 5.0e-4 of differences of 0.07: 0.7 %
    assert found[-1] < 7e-4


def test_rest_keeps_lithium_and_decays_as_the_slowest_mode():
    mesh = ParticleMesh.load("disk_2um")
    simulation = pybamm.Simulation(
        SingleParticleModel(mesh, transport="chemical"),
        parameter_values=running.values(),
        experiment=["Charge at C/5 for 20 minutes", "Rest for 1 hour (1 minute period)"],
        solver=pybamm.IDAKLUSolver(**running.TIGHT),
    )
    rest = simulation.solve().cycles[1]
    mean = rest["Average particle stoichiometry"].entries
    # rows of the stiffness matrix sum to rounding, so no step can create lithium
    assert np.abs(mean - mean[0]).max() < 1e-12
    difference = rest["Particle heterogeneity (centre minus edge)"].entries
    late = rest.t - rest.t[0] >= 1800
    decay = -np.polyfit(rest.t[late], np.log(difference[late]), 1)[0]
    slowest = DIFFUSIVITY * (special.jn_zeros(1, 1)[0] / RADIUS) ** 2
    # measured -1.0e-4; the tail of the second mode is 1e-4 at the start of the fit
    assert decay == pytest.approx(slowest, rel=5e-4)
