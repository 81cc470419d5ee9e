"""Currents and potentials of a small network, worked out by hand.

A ladder: the foil, two carbon nodes in a row, three particles of different size.

    foil --g0-- n1 --g1-- n2
     |          |        /  \\
     a          b       c    b        (b touches both carbon nodes)
"""

from __future__ import annotations

from functools import cache

import numpy as np
import pytest
from scipy.integrate import cumulative_trapezoid
from siblings import siblings
from verification import electrodes, running
from verification.electrodes import THERMAL, electrode, series, touch

from multiscale.models.electrode import ElectrodeModel
from multiscale.models.fidelity import Lumped, Radial, Resolved

RADII = {"a": 1e-6, "b": 2e-6, "c": 1.5e-6}
DEPTH = 1e-6
HALF_ANGLE = 20.0
# what one micrometre of disk takes at 1C is 4e-12 A and its reaction has 2e9 Ohm: all
# resistances are of that order, so that every one of them decides
WIRES = {("foil", "n1"): 2e-10, ("n1", "n2"): 5e-11}
CONTACTS = {("a", "foil"): 300.0, ("b", "n1"): 100.0, ("b", "n2"): 50.0, ("c", "n2"): 200.0}
DIRECTIONS = {"foil": (0.0, -1.0), "n1": (0.0, -1.0), "n2": (1.0, 0.0)}
PROTOCOL = [
    "Charge at C/2 for 20 minutes",
    "Rest for 10 minutes",
    "Charge at C/4 for 10 minutes",
    "Discharge at C/4 for 10 minutes",
    "Hold at 3.7 V for 20 minutes",
]


def ladder():
    return electrode(
        {label: {"radius_m": radius} for label, radius in RADII.items()},
        [
            touch(p, n, DIRECTIONS[n], conductance_S_m2=g, half_angle_deg=HALF_ANGLE)
            for (p, n), g in CONTACTS.items()
        ],
        nodes=("n1", "n2"),
        edges=[(*ends, g) for ends, g in WIRES.items()],
    )


def contact_conductance(particle: str, node: str) -> float:
    """Conductance of a contact side [S]: per area times the arc of its patch."""
    arc = 2 * np.radians(HALF_ANGLE) * RADII[particle]
    return CONTACTS[particle, node] * arc * DEPTH


def exchange_current(particle: str) -> float:
    """Exchange current of a whole disk [A]; 1 A/m2 in the values by hand."""
    return 2 * np.pi * RADII[particle] * DEPTH


def balances(unknowns, current, equilibrium, reaction):
    """Kirchhoff at foil, n1, n2 and the three particles, in amperes."""
    foil, n1, n2, *inside = unknowns
    at = dict(zip(["foil", "n1", "n2"], [foil, n1, n2], strict=True))
    left = dict.fromkeys([*at, *RADII], 0.0)
    left["foil"] += current
    for (a, b), g in WIRES.items():
        left[a] += g * (at[a] - at[b])
        left[b] -= g * (at[a] - at[b])
    potential = dict(zip(RADII, inside, strict=True))
    for particle, node in CONTACTS:
        into = contact_conductance(particle, node) * (at[node] - potential[particle])
        left[node] += into
        left[particle] -= into
    for particle in RADII:
        left[particle] += reaction(particle, potential[particle] - equilibrium[particle])
    return np.array(list(left.values()))


def linear(particle, eta):
    return exchange_current(particle) * eta / THERMAL


def full(particle, eta):
    return 2 * exchange_current(particle) * np.sinh(eta / (2 * THERMAL))


def solved_by_hand(current, equilibrium, reaction):
    """Potentials of foil, n1, n2, a, b, c [V] and currents into the particles [A]."""
    potentials = np.full(6, np.mean(list(equilibrium.values())))
    for _ in range(30):
        left = balances(potentials, current, equilibrium, reaction)
        # exact derivatives by imaginary steps
        steps = potentials + 1e-30j * np.eye(6)
        slopes = [balances(row, current, equilibrium, reaction).imag / 1e-30 for row in steps]
        change = np.linalg.solve(np.transpose(slopes), -left)
        # at most the step that an exponential forgives
        potentials = potentials + change * min(1, 0.05 / np.abs(change).max())
    assert np.abs(change).max() < 1e-13
    drops = {p: potentials[3 + k] - equilibrium[p] for k, p in enumerate(RADII)}
    return potentials, np.array([reaction(p, eta) for p, eta in drops.items()])


def test_small_currents_divide_as_in_the_linear_network():
    """At C/10000 overpotentials are microvolts and Butler-Volmer is a resistor."""
    rate = 1e-4
    geometry = ladder()
    times = np.array([0.0, 1.0])
    solution = electrodes.charged(geometry, Lumped(), times, rate)
    current = -rate * electrodes.one_c(solution.all_models[0])
    ocp = dict.fromkeys(RADII, running.linear_ocp(0.9))
    potentials, reacted = solved_by_hand(current, ocp, linear)
    nodes = series(solution, "Node potential minus equilibrium [V]")[:, 0]
    # the cubic term of the sinh, (eta F/RT)^2/24, is 1e-8; the solver's tolerance is 1e-9
    # (stoichiometries move by 1e-8 within the second and are not felt at 0 s)
    assert nodes == pytest.approx(potentials[:3] - ocp["a"], rel=1e-6, abs=0)
    assert -series(solution, "Particle current [A]")[:, 0] == pytest.approx(
        reacted, rel=1e-6, abs=0
    )
    # charged, b and c follow behind the wires: less per area than the one on the foil
    per_area = reacted / [exchange_current(p) for p in RADII]
    assert per_area[0] > 1.5 * per_area[1:].max()


def test_large_currents_divide_as_in_the_nonlinear_network():
    """At C/2, at any time of a charge: the circuit solved here for the stoichiometries of then."""
    times = np.linspace(0, 3600, 5)
    solution = electrodes.charged(ladder(), Lumped(), times, 0.5)
    theta = series(solution, "Average particle stoichiometry")
    assert np.ptp(theta[:, -1]) > 0.05  # particles differ
    current = -0.5 * electrodes.one_c(solution.all_models[0])
    voltage = solution["Voltage [V]"].entries
    reacted = -series(solution, "Particle current [A]")
    for k in range(len(times)):
        ocp = dict(zip(RADII, running.linear_ocp(theta[:, k]), strict=True))
        potentials, expected = solved_by_hand(current, ocp, full)
        # tolerances of 1e-9 (1e-10 mV); measured 1e-9 and 1e-8
        assert voltage[k] == pytest.approx(potentials[0], abs=1e-7)
        assert reacted[:, k] == pytest.approx(expected, rel=1e-6, abs=0)


FIDELITIES = {"lumped": Lumped(), "radial": Radial(8), "resolved": Resolved(1 / 4)}


@cache
def cycled(fidelity: str, tight: bool):
    """The protocol with steps of all kinds."""
    solution = electrodes.run(ElectrodeModel(ladder(), FIDELITIES[fidelity]), PROTOCOL, tight=tight)
    assert len(solution.cycles) == len(PROTOCOL)
    return solution


# the project's aims
each_fidelity = siblings(
    ("fidelity", "tight", "bound"),
    [("lumped", False, 1e-4), ("radial", True, 1e-6), ("resolved", False, 1e-4)],
)


@each_fidelity
def test_currents_sum_to_zero_at_every_node(fidelity, tight, bound):
    """Kirchhoff from the tables of the geometry, at all stored times of steps of all kinds."""
    solution = cycled(fidelity, tight)
    left = electrodes.node_currents(solution)
    largest = np.abs(series(solution, "Current [A]")).max()
    # rows of the network are linear, so every Newton step solves them to rounding: measured
    # 1e-11 and below at either tolerance, which leaves a factor of 1e5
    assert np.abs(left).max() < min(bound, 1e-8) * largest


@each_fidelity
def test_particle_currents_do_not_drift_from_the_terminal(fidelity, tight, bound):
    """Charge, rest, charge, discharge, hold: the mismatch does not grow with the steps."""
    solution = cycled(fidelity, tight)
    one_c = electrodes.one_c(solution.all_models[0])
    for step in solution.cycles:
        terminal = series(step, "Current [A]")[0]
        reacted = series(step, "Particle current [A]").sum(axis=0)
        mismatch = np.abs(reacted - terminal) / one_c
        # measured 1e-5 and 3e-9 at single instants (Newton's last digits); none is carried on
        assert mismatch.max() < bound
        assert np.median(mismatch) < bound / 100


@each_fidelity
def test_lithium_of_every_particle_is_what_its_contacts_brought(fidelity, tight, bound):
    """Field, mean (driven by the contacts) and terminal agree: in sum and for each."""
    solution = cycled(fidelity, tight)
    gained = series(solution, "Particle lithium gained [mol]") * running.FARADAY
    passed = series(solution, "Charge passed [C]")[0]
    largest = np.abs(passed).max()
    # sums of rows and counters share every Newton step: rounding (1e-14), not tolerance
    assert np.abs(gained.sum(axis=0) - passed).max() < 1e-11 * largest
    mean = series(solution, "Particle mean stoichiometry")
    average = series(solution, "Average particle stoichiometry")
    assert np.abs(mean - average).max() < 1e-12
    # against the contact currents at the stored times: trapezoids err with the square of the
    # solver's steps
    names = solution.all_models[0].domains.contacts
    into = series(solution, "Contact current [A]")
    times = solution.t
    for label, change in zip(RADII, gained, strict=True):
        own = into[(names["particle"] == label).to_numpy()].sum(axis=0)
        integral = -cumulative_trapezoid(own, times, initial=0)
        assert np.abs(integral - change).max() < 0.01 * largest
