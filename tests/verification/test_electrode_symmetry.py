"""Twins, permutations, labels and the factors of single particles."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from siblings import siblings
from verification import electrodes, running
from verification.electrodes import electrode, series, touch

from multiscale.models.electrode import ElectrodeModel
from multiscale.models.fidelity import Lumped, Radial, Resolved

TIMES = np.linspace(0, 1800, 7)
THETA = "Average particle stoichiometry"
FIDELITIES = {"lumped": Lumped(), "radial": Radial(8), "resolved": Resolved(1 / 4)}
each_fidelity = siblings("fidelity", FIDELITIES.values(), ids=FIDELITIES)


def chain(sizes: dict[str, float], **numbers):
    """Particles one above the other; each joins the next at a carbon node, the first the foil."""
    labels = list(sizes)
    contacts = [touch(labels[0], conductance_S_m2=300.0)]
    for k, (below, above) in enumerate(pairwise(labels)):
        kwargs = {"conductance_S_m2": 200.0, "constriction_m": 1e-6} | numbers
        contacts += [touch(below, f"n{k}", (0.0, 1.0), **kwargs)]
        contacts += [touch(above, f"n{k}", (0.0, -1.0), **kwargs)]
    nodes = [f"n{k}" for k in range(len(labels) - 1)]
    return electrode({label: {"radius_m": r} for label, r in sizes.items()}, contacts, nodes)


@each_fidelity
def test_twins_behave_as_one_of_twice_the_volume(fidelity):
    """Two disks side by side and one of twice the depth: the depth is common to all of one."""
    twins = electrode({"a": {}, "b": {}}, [touch(p, conductance_S_m2=200.0) for p in "ab"])
    double = electrode({"a": {"depth_m": 2e-6}}, [touch("a", conductance_S_m2=200.0)])
    two = electrodes.charged(twins, fidelity, TIMES)
    one = electrodes.charged(double, fidelity, TIMES)
    assert series(two, THETA)[0] == pytest.approx(series(two, THETA)[1], abs=1e-9)
    # relative tolerance of the solver 1e-9, over some hundred steps
    assert series(two, THETA)[0] == pytest.approx(series(one, THETA)[0], abs=1e-7)
    voltage = one["Voltage [V]"].entries
    assert two["Voltage [V]"].entries == pytest.approx(voltage, abs=1e-7)
    both = series(two, "Particle current [A]").sum(axis=0)
    assert both == pytest.approx(series(one, "Particle current [A]")[0], rel=1e-6, abs=0)


@each_fidelity
def test_the_order_of_particles_permutes_the_answer(fidelity):
    geometry = chain({"a": 1e-6, "b": 1.5e-6, "c": 0.8e-6, "d": 1.2e-6})
    order = ["c", "a", "d", "b"]
    first = electrodes.charged(geometry, fidelity, TIMES)
    second = electrodes.charged(geometry.permuted(order), fidelity, TIMES)
    expected = series(first, THETA)
    assert np.ptp(expected[:, 3]) > 0.005  # they differ
    labels = list(geometry.particles.index)
    rows = [labels.index(label) for label in order]
    # relative tolerance of the solver 1e-9; the order of sums changes its steps
    assert series(second, THETA) == pytest.approx(expected[rows], abs=1e-7)
    by_contact = dict(zip(names_of(first), series(first, "Contact current [A]"), strict=True))
    for name, current in zip(names_of(second), series(second, "Contact current [A]"), strict=True):
        assert current == pytest.approx(by_contact[name], rel=1e-5, abs=1e-18)  # of 1e-12 A


def names_of(solution) -> list[str]:
    return list(solution.all_models[0].domains.contacts.index)


def test_labels_are_only_names():
    geometry = chain({"a": 1e-6, "b": 1.5e-6})
    renamed = geometry.relabelled({"a": "z"})
    first = electrodes.charged(geometry, Radial(8), TIMES)
    second = electrodes.charged(renamed, Radial(8), TIMES)
    assert second.all_models[0].labels == ["z", "b"]
    # nothing but the names differs
    assert np.array_equal(series(second, THETA), series(first, THETA))


@pytest.mark.parametrize("fidelity", [Radial(12), Resolved(1 / 4)], ids=["radial", "resolved"])
def test_diffusivity_factor(fidelity):
    """On one of two particles it does what the law does to all."""
    plain = electrode({"a": {}, "b": {}})
    slow, fast = ({"DIFFUSIVITY": lambda s, T, D=D: D + 0 * s} for D in (1e-15, 3e-15))
    both = electrodes.charged(plain.with_factor("diffusivity", 3), fidelity, TIMES, **slow)
    law = electrodes.charged(plain, fidelity, TIMES, **fast)
    name = "Particle stoichiometry"
    # the same numbers in another order
    assert series(both, name) == pytest.approx(series(law, name), abs=1e-7)
    one = electrodes.charged(plain.with_factor("diffusivity", {"b": 3}), fidelity, TIMES, **slow)
    mean = series(one, THETA)
    lag = series(one, "Average particle surface stoichiometry") - mean
    per_current = (lag / series(one, "Particle current [A]"))[:, 3]
    # quasi-steady: current x R/(4 D) for both; 0.5 % off with the currents still changing
    assert per_current[0] / per_current[1] == pytest.approx(3, rel=0.02)
    # a common potential: the faster particle takes the larger current
    assert mean[1, -1] < mean[0, -1]


def test_exchange_current_factor():
    plain = electrode({"a": {}, "b": {}})
    law = electrodes.charged(
        plain, Lumped(), TIMES, EXCHANGE_CURRENT=lambda c_e, c_s, c_max, T: 0.5 + 0 * c_s
    )
    factor = electrodes.charged(plain.with_factor("exchange_current", 0.5), Lumped(), TIMES)
    gap = factor["Voltage [V]"].entries - law["Voltage [V]"].entries
    assert np.abs(gap).max() < 1e-8  # tolerance of the solver
    one = electrodes.charged(
        plain.with_factor("exchange_current", {"b": 0.25}), Lumped(), TIMES, 1e-3
    )
    first = series(one, "Particle current [A]")[:, 0]
    # at small currents the particles are resistors in parallel; (eta F/RT)^2/24 = 1e-7
    assert first[0] / first[1] == pytest.approx(4, rel=1e-6)


@pytest.mark.parametrize("fidelity", [Lumped(), Resolved(1 / 4)], ids=["lumped", "resolved"])
def test_conductivity_factor(fidelity):
    """In the constriction and, where it is resolved, in the bulk."""
    plain = chain({"a": 1e-6, "b": 1e-6, "c": 1e-6})
    factor = electrodes.charged(plain.with_factor("conductivity", 0.1), fidelity, TIMES)
    law = electrodes.charged(
        plain, fidelity, TIMES, CONDUCTIVITY=lambda sto, T: 1e-3 * 10 ** (-2 * sto)
    )
    unchanged = electrodes.charged(plain, fidelity, TIMES)
    voltage = [s["Voltage [V]"].entries for s in (factor, law, unchanged)]
    assert voltage[0] == pytest.approx(voltage[1], abs=1e-7)
    assert np.abs(voltage[0] - voltage[2]).max() > 1e-3
    # only that of particle b: the current into c passes through it
    one = electrodes.charged(plain.with_factor("conductivity", {"b": 0.1}), fidelity, TIMES)
    assert one["Voltage [V]"].entries[0] < voltage[0][0]
    assert one["Voltage [V]"].entries[0] > voltage[2][0]


def test_initial_stoichiometry_of_single_particles():
    geometry = electrode({"a": {"initial_stoichiometry": 0.5}, "b": {}})
    solution = electrodes.charged(geometry, Radial(8), TIMES, 0.2)
    theta = series(solution, THETA)
    assert theta[:, 0] == pytest.approx([0.5, 0.9], abs=1e-12)
    # a common potential: lithium moves from b to a until both are alike
    assert series(solution, "Particle current [A]")[0, 0] > 0
    assert np.ptp(theta[:, -1]) < 0.2
    # lithium of both together obeys the terminal alone
    rate = 0.2 * running.ONE_C
    assert theta.mean(axis=0) == pytest.approx(0.7 - rate * TIMES, abs=1e-9)


def test_a_rest_from_unequal_particles_equalises_them():
    geometry = electrode({"a": {"initial_stoichiometry": 0.7}, "b": {}})
    model = ElectrodeModel(geometry, Lumped())
    solution = electrodes.run(model, ["Rest for 10 hours"])
    theta = series(solution, THETA)
    assert theta[:, -1] == pytest.approx(0.8, abs=1e-5)  # default tolerance 1e-4 of its change
    assert theta.sum(axis=0) == pytest.approx(1.6, abs=1e-9)
