"""Contacts and wires: open, ideal, resisting, constricted, dry."""

from __future__ import annotations

import numpy as np
import pybamm
import pytest
from siblings import siblings
from verification import electrodes, running
from verification.electrodes import THERMAL, electrode, series, touch

from multiscale.electrode.geometry import ElectrodeGeometry
from multiscale.models.electrode import ElectrodeModel
from multiscale.models.fidelity import Lumped, Radial, Resolved

TIMES = np.linspace(0, 1200, 5)
FIDELITIES = {"lumped": Lumped(), "radial": Radial(8), "resolved": Resolved(1 / 4)}
each_fidelity = siblings("fidelity", FIDELITIES.values(), ids=FIDELITIES)
CONTACT_CURRENT = "Contact current [A]"


def voltage(solution) -> np.ndarray:
    return solution["Voltage [V]"].entries


@each_fidelity
def test_an_open_contact_carries_nothing(fidelity):
    """And it changes nothing else: the particle reaches the foil on its other side."""
    closed = [touch("a", conductance_S_m2=200.0, half_angle_deg=20)]
    opened = [*closed, touch("a", "foil", (0.0, 1.0), conductance_S_m2=0.0, half_angle_deg=20)]
    without, with_open = (
        electrodes.charged(electrode({"a": {}}, contacts), fidelity, TIMES)
        for contacts in (closed, opened)
    )
    current = series(with_open, CONTACT_CURRENT)
    assert np.abs(current[1]).max() < 1e-12 * np.abs(current[0]).max()
    # tolerance of the solver; where potentials are resolved, the patch of the open contact is
    # wet as the rest, so nothing differs there either
    assert voltage(with_open) == pytest.approx(voltage(without), abs=1e-7)


@each_fidelity
def test_ideal_contacts_and_wires_are_the_limit_of_good_ones(fidelity):
    def built(conductance: float, wire: float):
        contacts = [touch("a", "n", conductance_S_m2=conductance), touch("b", "m")]
        contacts[1]["conductance_S_m2"] = conductance
        wires = [("foil", "n", wire), ("n", "m", wire)]
        return electrode({"a": {}, "b": {"radius_m": 2e-6}}, contacts, ("n", "m"), wires)

    ideal = electrodes.charged(built(np.inf, np.inf), fidelity, TIMES)
    assert ideal.all_models[0].domains.n_nodes == 1
    good = electrodes.charged(built(1e9, 1e-3), fidelity, TIMES)
    poor = electrodes.charged(built(1e9, 1e-9), fidelity, TIMES)
    assert good.all_models[0].domains.n_nodes == 3
    current = 0.5 * electrodes.one_c(ideal.all_models[0])
    # the wires drop 1e-8 V, the contacts 1e-9 V
    assert voltage(good) == pytest.approx(voltage(ideal), abs=1e-7)
    # both wires carry current on the way to b, 80 % of it the first
    assert np.all(
        voltage(poor) - voltage(ideal) > 0.5 * current / 1e-9
    )  # one wire alone would drop less


@pytest.mark.parametrize("fidelity", [Lumped(), Radial(8)], ids=["lumped", "radial"])
def test_wires_and_contacts_in_series_add_their_resistances(fidelity):
    """One particle: everything outside it is a resistor."""
    geometry = electrode(
        {"a": {}},
        [touch("a", "m", conductance_S_m2=200.0, half_angle_deg=30)],
        nodes=("n", "m"),
        edges=[("foil", "n", 1e-9), ("n", "m", 2e-9)],
    )
    bare = electrodes.charged(electrode({"a": {}}), fidelity, TIMES)
    solution = electrodes.charged(geometry, fidelity, TIMES)
    area = 2 * np.radians(30) * electrodes.RADIUS * 1e-6
    resistance = 1e9 + 0.5e9 + 1 / (200.0 * area)
    current = 0.5 * electrodes.one_c(solution.all_models[0])
    expected = np.full(len(TIMES), current * resistance)
    # both voltages to 1e-8
    assert voltage(solution) - voltage(bare) == pytest.approx(expected, rel=1e-5)
    assert series(solution, "Contact resistance [Ohm]")[0] == pytest.approx(1 / (200.0 * area))


def test_conductance_from_the_parameter_set_and_from_the_table():
    given = electrode({"a": {}}, [touch("a", conductance_S_m2=123.0)])
    asked = electrode({"a": {}}, [touch("a")])
    first = electrodes.charged(given, Lumped(), TIMES, CONTACT_CONDUCTANCE=1e3)
    second = electrodes.charged(asked, Lumped(), TIMES, CONTACT_CONDUCTANCE=123.0)
    other = electrodes.charged(asked, Lumped(), TIMES, CONTACT_CONDUCTANCE=1e3)
    assert voltage(second) == pytest.approx(voltage(first), abs=1e-9)
    assert np.abs(voltage(other) - voltage(first)).min() > 1e-3


@each_fidelity
def test_constriction_drops_what_the_hand_says(fidelity):
    """V1: delta/(kappa A) at the current of the particle behind the neck."""
    delta, kappa, half = 2e-6, 1e-3, 22.5
    geometry = electrode(
        {"a": {}},
        [touch("a", conductance_S_m2=np.inf, half_angle_deg=half, constriction_m=delta)],
    )
    law = {"CONDUCTIVITY": lambda sto, T: kappa + 0 * sto}
    solution = electrodes.charged(geometry, fidelity, TIMES, **law)
    area = 2 * np.radians(half) * electrodes.RADIUS * 1e-6
    # of the mesh's own 1C; 2 % below that of the disk where it is a polygon
    current = 0.5 * electrodes.one_c(solution.all_models[0])
    drop = series(solution, "Contact voltage drop [V]")[0]
    # into the particle on charge; the only contact carries what the terminal imposes
    into = series(solution, CONTACT_CURRENT)[0]
    assert into == pytest.approx(np.full(5, current), rel=1e-9, abs=0)
    assert drop == pytest.approx(np.full(5, current * delta / (kappa * area)), rel=1e-9)


def test_nominal_drop_of_the_columns():
    """The neck of discs of 5 um: 13 um, 22.5 degrees, two sides at the C/20 current of one."""
    geometry = ElectrodeGeometry.columns([1], conductance_S_m2=np.inf, constriction_m=13e-6)
    kappa = 1e-2
    law = {"CONDUCTIVITY": lambda sto, T: kappa + 0 * sto}
    solution = electrodes.charged(geometry, Lumped(), TIMES, 1 / 20, **law)
    drop = series(solution, "Contact voltage drop [V]")[:, -1]
    nominal = 1 / 20 * running.DENSITY * running.SPECIFIC_CAPACITY * np.pi * 5e-6**2 * 1e-6
    one_side = nominal * 13e-6 / (kappa * 2 * np.radians(22.5) * 5e-6 * 1e-6)
    # what is published for 2.25e-11 A through a sphere instead of 2.49e-11 A (this capacity)
    sphere = nominal / (np.pi * 5e-6**2 * 1e-6) * 4 / 3 * np.pi * 5e-6**3
    assert 2 * one_side * 2.25e-11 / sphere == pytest.approx(22.3e-6 / kappa, rel=0.01)
    contacts = list(solution.all_models[0].domains.contacts.index)
    into = dict(zip(contacts, series(solution, CONTACT_CURRENT)[:, -1], strict=True))
    fallen = dict(zip(contacts, drop, strict=True))
    # the upper disc's current enters the lower one from the carbon and leaves it at the neck
    assert into["c0r1-c0j0"] == pytest.approx(-into["c0r0-c0j0"], rel=1e-9, abs=0)
    # the drop of 2 mV is small beside the slope of the potential: nearly equal currents
    assert into["c0r1-c0j0"] == pytest.approx(nominal, rel=0.05, abs=0)
    for name in ("c0r0-c0j0", "c0r1-c0j0"):
        assert fallen[name] == pytest.approx(one_side * into[name] / nominal, rel=1e-9)
    assert fallen["c0r0-c0carbon"] == 0


def test_constriction_follows_the_mean_stoichiometry():
    geometry = electrode(
        {"a": {}},
        [touch("a", conductance_S_m2=50.0, constriction_m=2e-6)],
    )
    solution = electrodes.charged(geometry, Radial(8), TIMES)
    theta = series(solution, "Average particle stoichiometry")[0]
    area = 2 * np.radians(22.5) * electrodes.RADIUS * 1e-6
    expected = (1 / 50.0 + 2e-6 / (1e-2 * 10 ** (-2 * theta))) / area
    assert series(solution, "Contact resistance [Ohm]")[0] == pytest.approx(expected, rel=1e-9)


@siblings("dry", [np.nan, 7.0, 30.0, 47.3, 90.0])
def test_dry_angle_removes_reacting_rim(dry):
    """Exactly the rim within the angle, wherever the sides of the disk end."""
    half = 16.0
    geometry = electrode({"a": {}}, [touch("a", half_angle_deg=half, dry_half_angle_deg=dry)])
    model = ElectrodeModel(geometry, Resolved(1 / 8))
    points = model.space.facets("surface")
    full = 2 * np.pi * electrodes.RADIUS * 1e-6
    polygon = model.space.blocks[0].space.facets("surface").weights.sum() * electrodes.RADIUS / 1e-6
    # the patch itself reacts only if no dry angle is given (its electrolyte reaches it)
    lost = 0 if np.isnan(dry) else max(dry, half) / 180 * full
    assert points.weights.sum() == pytest.approx(polygon - lost, rel=1e-9, abs=0)
    # points well within the dry angle are gone
    angle = np.degrees(np.arccos(-points.points[1] / np.linalg.norm(points.points, axis=0)))
    if dry > half:
        assert angle.min() > dry - 360 / 48


def ball(half: float) -> ElectrodeGeometry:
    """A sphere that touches the foil, and has an open contact on its side."""
    foil, side = touch("a", half_angle_deg=half), touch("a", half_angle_deg=half / 3)
    side |= {"contact": "side", "direction_x": 0.6, "direction_y": 0.8, "conductance_S_m2": 0.0}
    foil |= {"contact": "foil", "conductance_S_m2": np.inf}
    for contact in (foil, side):
        contact |= {"direction_z": contact.pop("direction_y"), "direction_y": 0.0}
    return electrode({"a": {"shape": "sphere"}}, [foil, side])


@siblings("size", [1 / 2, 1 / 4, 1 / 5])
@siblings("half", [2.0, 22.5, 30.0, 61.7])
def test_patches_have_their_area_on_any_mesh(size, half):
    for geometry in (electrode({"a": {}}, [touch("a", half_angle_deg=half)]), ball(half)):
        points = ElectrodeModel(geometry, Resolved(size)).space.facets("contact")
        found = np.bincount(points.entity, points.weights)
        assert found == pytest.approx(geometry.contact_areas().to_numpy(), rel=1e-9, abs=0)


def resistance_of_a_ball(half: float, conductivity: float, per_area: float) -> float:
    """Mean potential of a cap over the current that enters it evenly [Ohm], unit ball of 1 um.

    Legendre series of Laplace's equation: kappa dphi/dr = j (cap) - phi/per_area (everywhere).
    """
    c, orders = np.cos(np.radians(half)), np.arange(400)
    p = [np.polynomial.legendre.legval(c, np.eye(402)[n]) for n in range(402)]
    integral = np.array([1 - c, *((p[n - 1] - p[n + 1]) / (2 * n + 1) for n in orders[1:])])
    cap = 2 * np.pi * electrodes.RADIUS**2 * (1 - c)
    stiff = conductivity * orders / electrodes.RADIUS + 1 / per_area
    amplitude = (2 * orders + 1) / 2 * integral / stiff / cap
    return float(np.sum(amplitude * integral / (1 - c)))


def test_resistance_of_a_sphere_with_a_cap_converges_to_the_series():
    """Spread evenly over the contact, which is the law of an electrode's contacts.

    Equipotential carbon would be 8 % below; patches of whole facets were 10 % above at 1/6.
    """
    rate, conductivity = 1e-4, 3e-6
    law = {"CONDUCTIVITY": lambda sto, T: conductivity + 0 * sto}
    expected = resistance_of_a_ball(30.0, conductivity, THERMAL)
    errors = []
    for size in (1 / 3, 1 / 5):
        solution = electrodes.charged(ball(30.0), Resolved(size), np.array([0.0, 1.0]), rate, **law)
        current = rate * electrodes.one_c(solution.all_models[0])
        drop = voltage(solution)[0] - running.linear_ocp(0.9)
        errors.append(drop / current / expected - 1)
    # from one side, the cap's rim being rounded off by an element: order 1.3
    assert np.all(np.diff(errors) > 0)
    assert errors[-1] < 0
    assert errors[0] / errors[-1] > 5 / 3


def test_dry_rims_carry_no_current():
    """Lithium that leaves on one side only: the reaction of a half-dry disk is one-sided."""
    geometry = electrode({"a": {}}, [touch("a", half_angle_deg=15, dry_half_angle_deg=90)])
    wet = electrode({"a": {}}, [touch("a", half_angle_deg=15)])
    conducting = {"CONDUCTIVITY": lambda sto, T: 1.0 + 0 * sto}
    half, whole = (
        electrodes.charged(g, Resolved(1 / 8), TIMES, 1e-3, **conducting) for g in (geometry, wet)
    )
    density = [series(s, "Interfacial current density [A.m-2]")[:, 0].mean() for s in (half, whole)]
    share = half.all_models[0].domains.area / whole.all_models[0].domains.area
    assert share == pytest.approx(0.5, abs=0.05)
    # the same current through a smaller area; conduction is no limit
    assert density[0] * share == pytest.approx(density[1], rel=1e-3)
    theta = half["Particle stoichiometry"].entries[:, -1]
    below = half.all_models[0].space.coordinates[1] < -0.8e-6
    above = half.all_models[0].space.coordinates[1] > 0.8e-6
    assert theta[above].mean() < theta[below].mean()


def test_charge_transfer_resistance_of_one_lumped_disk():
    """Small current: RT/(F i0 A), nothing else between foil and open-circuit potential."""
    rate = 1e-4
    solution = electrodes.charged(electrode({"a": {}}), Lumped(), np.array([0.0, 1.0]), rate)
    current = rate * electrodes.one_c(solution.all_models[0])
    area = 2 * np.pi * electrodes.RADIUS * 1e-6
    expected = running.linear_ocp(0.9) + current * THERMAL / area
    # 1.1e-5 V of overpotential, of which the cubic term is 1e-8
    assert voltage(solution)[0] == pytest.approx(expected, abs=1e-10)


# --- the path of the ions ---------------------------------------------------------------------

IONIC = 4e9  # Ohm; the charge transfer of a disk of 1 um has RT/(F j0 A) = 4.1e9 Ohm


def wet(geometry, fidelity, resistance, rate=0.5, **changes):
    """A constant current with an ionic path per particle; charge at a positive rate."""
    model = ElectrodeModel(geometry, fidelity, electrolyte_resistance=resistance)
    values = running.values(CURRENT=-rate * electrodes.one_c(model), **changes)
    solver = pybamm.IDAKLUSolver(**running.TIGHT)
    simulation = pybamm.Simulation(model, parameter_values=values, solver=solver)
    return simulation.solve(TIMES[[0, -1]], t_interp=TIMES)


@pytest.mark.parametrize("rate", [0.5, -0.5], ids=["charge", "discharge"])
@each_fidelity
def test_an_electrolyte_resistance_adds_its_drop_to_the_voltage(fidelity, rate):
    """One particle: I R above the bare one on charge, and below it on discharge."""
    one, start = electrode({"a": {}}), {"INITIAL_STOICHIOMETRY": 0.6}
    bare = wet(one, fidelity, 0.0, rate, **start)
    solution = wet(one, fidelity, IONIC, rate, **start)
    drop = rate * electrodes.one_c(solution.all_models[0]) * IONIC
    expected = np.full(len(TIMES), drop)
    assert voltage(solution) - voltage(bare) == pytest.approx(expected, rel=1e-5)
    assert series(solution, "Electrolyte voltage drop [V]")[0] == pytest.approx(expected, rel=1e-6)


def test_electrolyte_resistances_share_the_current_as_in_a_circuit():
    """Three particles, equal at first: R_i in series with the charge transfer, all in parallel.

    Later each gets a third, and their potentials differ by what their drops do.
    """
    labels = ("a", "b", "c")
    ohms = dict(zip(labels, (0.0, IONIC, 2 * IONIC), strict=True))
    slow = {"DIFFUSIVITY": lambda sto, T: 1e-13 + 0 * sto}
    solution = wet(electrode({name: {} for name in labels}), Lumped(), ohms, 0.02, **slow)
    current = 0.02 * electrodes.one_c(solution.all_models[0])
    area = 2 * np.pi * electrodes.RADIUS * 1e-6
    whole = THERMAL / area + np.array(list(ohms.values()))
    first = current / whole / (1 / whole).sum()
    assert -series(solution, "Particle current [A]")[:, 0] == pytest.approx(first, rel=1e-3)
    drops = series(solution, "Electrolyte voltage drop [V]")[:, 0]
    assert drops == pytest.approx(first * np.array(list(ohms.values())), rel=1e-3, abs=1e-9)
    # charge moves from the well to the badly wetted until U_i + I_i R_i are equal
    theta = series(solution, "Average particle stoichiometry")[:, -1]
    then = -series(solution, "Particle current [A]")[:, -1]
    level = (4.4 - theta) + then * whole
    assert level == pytest.approx(np.full(3, level.mean()), abs=1e-6)
    assert theta[0] < theta[1] < theta[2]  # the best wetted gives its lithium first
