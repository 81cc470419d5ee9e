"""Particles resolved in space against simpler descriptions, and against themselves refined."""

from __future__ import annotations

import numpy as np
import pybamm
import pytest
from verification import electrodes
from verification.electrodes import electrode, series, touch

from multiscale.electrode.geometry import ElectrodeGeometry
from multiscale.models.electrode import ElectrodeModel
from multiscale.models.fidelity import Lumped, Radial, Resolved
from multiscale.parameters import load_set

TIMES = np.linspace(0, 3600, 13)
CONDUCTING = {"CONDUCTIVITY": lambda sto, T: 0.1 + 0 * sto}
THETA = "Average particle stoichiometry"
SURFACE = "Average particle surface stoichiometry"


def difference(first, second, name: str) -> float:
    return float(np.abs(series(first, name) - series(second, name)).max())


@pytest.fixture(scope="module")
def cylinder():
    geometry = electrode({"a": {}, "b": {"radius_m": 2e-6}})
    return electrodes.charged(geometry, Radial(60), TIMES, **CONDUCTING)


@pytest.mark.parametrize(
    ("fidelity", "mean", "surface"),
    # measured 5.6e-3 and 1.9e-2, 1.4e-3 and 3.8e-3: second order, with lumped mass; the front
    # passes a quarter of the radius within minutes. P2: 2.7e-4 and 1.0e-3
    [
        (Resolved(1 / 8), 8e-3, 2.5e-2),
        (Resolved(1 / 16), 2e-3, 6e-3),
        (Resolved(1 / 4, order=2), 6e-4, 1.5e-3),
    ],
)
def test_conducting_disks_are_radial_cylinders(cylinder, fidelity, mean, surface):
    geometry = electrode({"a": {}, "b": {"radius_m": 2e-6}})
    solution = electrodes.charged(geometry, fidelity, TIMES, **CONDUCTING)
    assert np.ptp(series(cylinder, THETA)[:, -1]) > 0.05  # the two disks differ
    assert difference(solution, cylinder, THETA) < mean
    assert difference(solution, cylinder, SURFACE) < surface
    gap = solution["Voltage [V]"].entries - cylinder["Voltage [V]"].entries
    assert np.abs(gap).max() < surface  # the slope of the open-circuit potential is 1 V
    # and the potential is the same everywhere in each, but for i R/kappa = 2e-5 V
    excess = series(solution, "Particle potential minus equilibrium [V]")
    owner = solution.all_models[0].space.owner
    assert max(np.ptp(excess[owner == k], axis=0).max() for k in (0, 1)) < 1e-4


RESISTING = {"CONDUCTIVITY": lambda sto, T: 1e-6 * 10 ** (2 * (1 - sto)) + 0 * sto}


def resisting(fidelity):
    """A poorly conducting disk touched at its bottom: lithium leaves there first."""
    geometry = electrode({"a": {}}, [touch("a", conductance_S_m2=1e4, half_angle_deg=22.5)])
    return electrodes.charged(geometry, fidelity, TIMES, **RESISTING)


@pytest.fixture(scope="module")
def refined():
    """P1 at three sizes: voltages."""
    return [resisting(Resolved(size)) for size in (1 / 4, 1 / 8, 1 / 16)]


def test_quadratic_elements_agree_with_fine_linear_ones(refined):
    coarse, fine = resisting(Resolved(1 / 8, order=2)), refined[-1]
    # lithium leaves beside the contact first
    assert np.ptp(series(fine, "Particle stoichiometry")[:, 6]) > 0.2
    gap = coarse["Voltage [V]"].entries - fine["Voltage [V]"].entries
    # measured 0.9 mV and 7e-4, of a drop of 0.1 V and a range of 0.4
    assert np.abs(gap).max() < 2e-3
    assert difference(coarse, fine, SURFACE) < 1.5e-3


def test_finer_meshes_change_less_and_less(refined):
    coarse, middle, fine = (solution["Voltage [V]"].entries for solution in refined)
    # measured 47 mV and 3.0 mV, when the layer is thin: the coarsest mesh misses it
    assert np.abs(fine - middle).max() < np.abs(middle - coarse).max() / 3
    assert np.abs(fine - middle).max() < 5e-3


def reaction_curves(size: float) -> tuple[np.ndarray, np.ndarray]:
    """Share of its change every disk of two columns has made, on 201 times, and its t50."""
    geometry = ElectrodeGeometry.columns([0, 1], radius=5e-6, constriction_m=13e-6)
    values = load_set("Sharma2022_NMC532").values
    simulation = pybamm.Simulation(
        ElectrodeModel(geometry, Resolved(size)),
        experiment=["Charge at C/20 until 4.3 V", "Hold at 4.3 V for 6 hours or until C/100"],
        parameter_values=values,
    )
    solution = simulation.solve()
    theta = series(solution, THETA)
    share = (theta - theta[:, :1]) / (theta[:, -1:] - theta[:, :1])
    time = solution.t / solution.t[-1]
    even = np.linspace(0, 1, 201)
    curves = np.array([np.interp(even, time, row) for row in share])
    return curves, np.array([np.interp(0.5, row, time) for row in share])


@pytest.mark.slow
def test_reaction_times_of_columns_converge():
    found = [reaction_curves(size) for size in (1 / 4, 1 / 6, 1 / 8)]
    (c0, t0), (c1, t1), (c2, t2) = found
    # the neck is lumped and the same on all meshes. The obstructed disk reacts in one go:
    # measured t50 0.5038, 0.5088, 0.5113
    assert abs(t2[2] - t1[2]) < abs(t1[2] - t0[2])
    assert abs(t2[2] - t1[2]) < 0.004
    # whole curves, root mean square: measured 0.015 and 0.007
    assert np.sqrt(np.mean((c2 - c1) ** 2)) < np.sqrt(np.mean((c1 - c0) ** 2))
    assert t2[2] > t2[0] + 0.05  # the neighbour has gone first


def test_spheres_resolved_in_space():
    """Touched over nearly half its surface, conducting: a radial sphere."""
    geometry = electrode(
        {"a": {"shape": "sphere"}}, [touch("a", conductance_S_m2=np.inf, half_angle_deg=85)]
    )
    ball = electrodes.charged(geometry, Resolved(1 / 4), TIMES, **CONDUCTING)
    radial = electrodes.charged(geometry, Radial(40), TIMES, **CONDUCTING)
    lumped = electrodes.charged(geometry, Lumped(), TIMES, **CONDUCTING)
    model = ball.all_models[0]
    smooth = 4 / 3 * np.pi * electrodes.RADIUS**3
    # flat facets: 4 % less volume at four shells
    assert model.domains.volume == pytest.approx(smooth, rel=0.08)
    # the C-rate counts the ball's own volume, so means agree; surfaces to the coarse mesh
    assert difference(ball, radial, THETA) < 1e-6
    assert difference(ball, radial, SURFACE) < 0.02
    assert difference(lumped, radial, THETA) < 1e-6
    assert series(radial, SURFACE)[0, -1] < series(lumped, SURFACE)[0, -1] - 0.01


def test_a_ball_conducts_through_its_contact():
    """A poorly conducting ball drops at least the spreading resistance of its contact."""
    half = 30.0
    kappa = 1e-4
    geometry = electrode(
        {"a": {"shape": "sphere"}}, [touch("a", conductance_S_m2=np.inf, half_angle_deg=half)]
    )
    law = {"CONDUCTIVITY": lambda sto, T: kappa + 0 * sto}
    times = np.array([0.0, 1.0])
    ball = electrodes.charged(geometry, Resolved(1 / 4), times, 0.1, **law)
    ideal = electrodes.charged(geometry, Resolved(1 / 4), times, 0.1, **CONDUCTING)
    drop = (ball["Voltage [V]"].entries - ideal["Voltage [V]"].entries)[0]
    current = 0.1 * electrodes.one_c(ball.all_models[0])
    spreading = current / (4 * kappa * electrodes.RADIUS * np.sin(np.radians(half)))
    # the reaction is spread over the surface, part of it right beside the patch, and the
    # patch is coarse: the estimate of a disk on a half-space holds within a factor of two
    assert spreading / 2 < drop < 2 * spreading
