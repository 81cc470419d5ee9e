"""Results that leave the process, that rest, that were stopped, and that know their half-cycles."""

from __future__ import annotations

import copy
import os
import pickle
import subprocess
import sys
from functools import cache

import numpy as np
import pandas as pd
import pybamm
import pytest
import xarray as xr
from siblings import siblings
from verification import electrodes, running

import multiscale as ms
from multiscale.analysis.half_cycles import half_cycles_by_charge
from multiscale.errors import AnalysisError, ConservationError, ModelError, ResultsError
from multiscale.parameters.laws import Constant
from multiscale.results.balance import FARADAY, Balance, compute_balance

MESH = ms.ParticleMesh.radial(1e-6, 8, shape="cylinder")
COLUMNS = ms.ElectrodeGeometry.columns([0, 1], radius=1e-6, constriction_m=13e-6)
MODELS = {
    "flux": lambda: ms.SingleParticleModel(MESH),
    "reaction": lambda: ms.SingleParticleModel(MESH, surface=ms.ButlerVolmer()),
    "electrode": lambda: ms.ElectrodeModel(COLUMNS, ms.Lumped()),
}


# functions with a name: a solution keeps its laws, and pickle finds them by name
def exchange_current(c_e, c_s, c_max, T):
    return 1.0 + 0 * c_s


LAWS = {"EXCHANGE_CURRENT": exchange_current, "CONDUCTIVITY": Constant(1e-2)}
FAST = {"DIFFUSIVITY": Constant(1e-14), "INITIAL_STOICHIOMETRY": 0.6}
ONE_C = {
    "flux": running.one_c(MESH),
    "reaction": running.one_c(MESH),
    "electrode": electrodes.one_c(MODELS["electrode"]()),
}
each_model = siblings("kind", MODELS)
STEP = pybamm.step
NOISE = 5e-9  # s by which a step begins late


def solution_of(kind, steps, start=None, termination=None, **changes):
    simulation = pybamm.Simulation(
        MODELS[kind](),
        parameter_values=running.values(**LAWS | FAST | changes),
        experiment=pybamm.Experiment(steps, termination=termination),
    )
    return simulation.solve(starting_solution=start)


@cache
def cycled(kind):
    steps = ["Charge at 1C for 6 minutes", "Rest for 2 minutes", "Discharge at 1C for 6 minutes"]
    return ms.Results(solution_of(kind, steps * 3))


# --- pickling ----------------------------------------------------------------------------------

READ = """
import pickle, sys
import numpy as np
results = pickle.load(open(sys.argv[1], "rb"))
np.savez(sys.argv[2], voltage=results.series("Voltage [V]"),
         soc=results.state_of_charge([0.0, 300.0]), field=results.field(results.field_names[0]),
         half=results.half_cycles["end_s"])
results.to_netcdf(sys.argv[3])
"""


def same(first, second):
    assert type(first) is type(second)
    for name in ("Voltage [V]", "Current [A]", "Average particle stoichiometry"):
        assert np.array_equal(first.series(name), second.series(name))
    xr.testing.assert_identical(first.state_of_charge(), second.state_of_charge())
    xr.testing.assert_identical(first.cell, second.cell)
    assert first.stopped_because == second.stopped_because
    assert first.balance == second.balance
    point, whose = ([[0.0]], {}) if first.mesh is not None else (None, {})
    if point:
        name = "Particle stoichiometry"
        assert np.array_equal(first.probe(name, point, **whose), second.probe(name, point))


@each_model
def test_results_can_be_copied_and_pickled(kind):
    results = cycled(kind)
    same(results, pickle.loads(pickle.dumps(results)))
    same(results, copy.deepcopy(results))
    assert copy.deepcopy(results).tolerance == results.tolerance


def test_results_arrive_in_another_process(tmp_path):
    results = cycled("electrode")
    (tmp_path / "r.pickle").write_bytes(pickle.dumps(results))
    files = [str(tmp_path / name) for name in ("r.pickle", "r.npz", "r.nc")]
    environment = os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)}
    subprocess.run([sys.executable, "-c", READ, *files], check=True, env=environment)
    read = np.load(tmp_path / "r.npz")
    assert np.array_equal(read["voltage"], results.series("Voltage [V]"))
    assert np.array_equal(read["soc"], results.state_of_charge([0.0, 300.0]))
    assert np.array_equal(read["field"], results.field(results.field_names[0]))
    assert np.array_equal(read["half"], results.half_cycles["end_s"])
    with xr.open_dataset(tmp_path / "r.nc") as stored:
        assert np.array_equal(stored["time"], results.times)


def test_what_is_handed_out_is_a_copy():
    results = cycled("electrode")
    results.cell["Voltage [V]"][:] = 0
    results.particles["Average particle stoichiometry"][:] = 0
    table = results.half_cycles
    table["kind"] = "rest"
    assert results.cell["Voltage [V]"].min() > 3
    assert results.particles["Average particle stoichiometry"].min() > 0.1
    assert set(results.half_cycles["kind"]) == {"charge", "discharge"}
    with pytest.raises(ValueError, match="read-only"):
        results.times[0] = 5


# --- half-cycles -------------------------------------------------------------------------------


@each_model
def test_timings_of_three_cycles(kind):
    results = cycled(kind)
    table = results.half_cycles
    assert list(table["kind"]) == ["charge", "discharge"] * 3
    starts = np.arange(3)[:, None] * 840 + [0, 480]
    assert table["start_s"].to_numpy() == pytest.approx(starts.ravel(), abs=NOISE)
    assert table["duration_s"].to_numpy() == pytest.approx(360, abs=NOISE)
    assert table["capacity_Ah"].to_numpy() == pytest.approx(ONE_C[kind] / 10, rel=1e-6)
    timings = ms.reaction_timings(results)
    assert len(timings) == 6 * len(results.labels)
    assert sorted(set(timings["half_cycle"])) == list(range(6))
    if kind != "electrode":  # its only particle goes evenly
        assert set(timings["status"]) == {"reacted"}
        assert timings["t50_s"].to_numpy() == pytest.approx(180, abs=0.1)
    pd.testing.assert_frame_equal(timings, ms.reaction_timings(results.state_of_charge()))
    plain = results.state_of_charge().drop_attrs()
    pd.testing.assert_frame_equal(timings, ms.reaction_timings(plain, table, levels="ends"))


def test_half_cycles_come_along_through_a_file_and_a_choice_of_times(tmp_path):
    results = cycled("electrode")
    signal = results.state_of_charge()
    signal.to_netcdf(tmp_path / "soc.nc", engine="h5netcdf")
    with xr.open_dataarray(tmp_path / "soc.nc", engine="h5netcdf") as stored:
        pd.testing.assert_frame_equal(ms.reaction_timings(stored), ms.reaction_timings(signal))
    second = signal.where((signal.time > 400) & (signal.time < 900), drop=True)
    assert list(ms.reaction_timings(second)["half_cycle"].unique()) == [1, 2]
    one = cycled("flux").state_of_charge(np.linspace(0, 360, 50))
    one.to_netcdf(tmp_path / "one.nc", engine="h5netcdf")


@siblings(
    ("steps", "expected"),
    [
        (["Hold at 3.85 V for 10 minutes", "Rest for 5 minutes"], [("charge", 0, 600)]),
        (["Rest for 5 minutes", "Hold at 3.75 V for 5 minutes"], [("discharge", 300, 600)]),
        (["Charge at 1C for 5 minutes", "Rest for 10 minutes"] * 3, [("charge", 0, 2100)]),
        (
            [
                "Charge at 1C until 3.9 V",
                "Hold at 3.9 V for 20 minutes",
                "Discharge at 1C for 60 s",
            ],
            [("charge", 0, None), ("discharge", None, None)],
        ),
        (["Charge at 1C for 1 minute", STEP.current(0, duration=60)], [("charge", 0, 60)]),
        ([STEP.c_rate(np.array([[0, 1], [100, 1], [101, -1], [200, -1]]))], None),
    ],
)
def test_half_cycles_of_other_experiments(steps, expected):
    kind = "electrode" if len(steps) == 2 else "reaction"
    results = ms.Results(solution_of(kind, steps))
    table = results.half_cycles
    if expected is None:  # a drive cycle
        expected = [("discharge", 0, 100), ("charge", 101, 200)]
        assert table[["start_s", "end_s"]].to_numpy() == pytest.approx(
            np.array([[0, 100.5], [100.5, 200]]), abs=0.6
        )
    assert list(table["kind"]) == [kind for kind, _, _ in expected]
    for (_, start, end), row in zip(expected, table.itertuples(), strict=True):
        if len(steps) > 1 and start is not None:
            assert row.start_s == pytest.approx(start, abs=NOISE)
        if len(steps) > 1 and end is not None:
            assert row.end_s == pytest.approx(end, abs=NOISE)


def test_a_state_put_back_and_cycles_not_kept_part_half_cycles():
    time = [0, 10, 10.5, 11, 20, 100, 110]
    steps = [(0, 10), (10.5, 11), (11, 20), (100, 110)]
    charge = [0, -1, 0, 0, -1, -5, -6]
    current = [-1, 9, -1e-20, -1, -1, -1]  # nothing but rounding while it is put back
    table = half_cycles_by_charge(time, charge, current, steps)
    assert list(table["kind"]) == ["charge"] * 3
    assert table[["start_s", "end_s"]].to_numpy().tolist() == [[0, 10], [11, 20], [100, 110]]
    # a current that is raised in steps belongs to the charge from its start
    time, steps = [0, 1, 1 + 1e-9, 2, 2 + 1e-9, 9], [(0, 1), (1 + 1e-9, 2), (2 + 1e-9, 9)]
    table = half_cycles_by_charge(time, [0, 0, 0, 0, 0, -7], [-1e-8, 0, -1e-7, 0, -1], steps)
    assert table[["start_s", "end_s"]].to_numpy().tolist() == [[0, 9]]
    assert half_cycles_by_charge([0, 1], [0, 0], [0], [(0, 1)]).empty
    assert half_cycles_by_charge([0], [0], [], [(0, 0)]).empty


# --- what is given away -------------------------------------------------------------------------


def test_what_is_read_belongs_to_the_reader():
    """Changing it changes nothing of the results."""
    results = cycled("flux")
    before = float(results.cell["Voltage [V]"][0]), float(results.half_cycles["end_s"][0])
    content = float(results.particles["Average particle stoichiometry"][0, 0])
    results.cell["Voltage [V]"][:] = 0
    results.particles["Average particle stoichiometry"][:] = 0
    table = results.half_cycles
    table.loc[:, "end_s"] = 0
    with pytest.raises(ValueError, match="read-only"):
        results.times[0] = 1
    after = float(results.cell["Voltage [V]"][0]), float(results.half_cycles["end_s"][0])
    assert after == before
    assert results.particles["Average particle stoichiometry"][0, 0] == content


def test_a_profile_runs_from_its_start_to_its_end():
    line = cycled("flux").profile("Particle stoichiometry", [0.8e-6], [0.2e-6], [300.0], n=7)
    assert line["distance"].to_numpy() == pytest.approx(np.arange(7) * 0.1e-6)
    inner = cycled("flux").probe("Particle stoichiometry", [[0.2e-6]], [300.0])
    assert float(line[-1, 0]) == pytest.approx(float(inner[0, 0]), rel=1e-12)


def test_points_and_times_outside_are_refused(monkeypatch):
    results = cycled("flux")
    end = results.times[-1]
    for times in ([-1.0], [end + 1]):
        with pytest.raises(ResultsError, match="times must lie between 0 and"):
            results.series("Voltage [V]", times)
    with pytest.raises(ResultsError, match="Points have 2 coordinates; this mesh has 1"):
        results.probe("Particle stoichiometry", [[0.0, 0.0]])
    monkeypatch.setattr(results.solution, "variables_returned", True)
    with pytest.raises(ResultsError, match="holds chosen variables only"):
        ms.Results(results.solution)


def test_current_into_a_particle_has_the_sign_of_the_terminal():
    """Positive discharges; of one particle the two are the same."""
    results = cycled("reaction")
    for time, sign in ((180.0, -1), (660.0, 1)):
        current = results.series("Particle current [A]", [time])
        assert np.sign(current) == sign
        assert current == pytest.approx(results.series("Current [A]", [time]), rel=1e-6)
        content = results.series("Average particle stoichiometry", [time - 1, time + 1])
        assert np.sign(np.diff(content)) == sign
        inside = results.series("Particle heterogeneity (centre minus edge)", [time])
        assert np.sign(inside) == -sign  # what enters fills the edge first


# --- balances by hand --------------------------------------------------------------------------


def test_signs_of_a_balance():
    """Discharge is positive and brings lithium in; facets pass what the terminal does, turned."""
    times = np.linspace(0, 100, 5)
    passed, current = 2.0 * times, np.full(5, 2.0)
    exact = compute_balance(times, passed / FARADAY, passed, -current, current)
    assert (exact.lithium, exact.charge) == (0, 0)
    tenth = compute_balance(times, 0.9 * passed / FARADAY, passed, -0.9 * current, current)
    assert (tenth.lithium, tenth.charge) == pytest.approx((0.1, 0.1))
    charged = compute_balance(times, -passed / FARADAY, -passed, current, -current)
    assert (charged.lithium, charged.charge) == (0, 0)
    turned = compute_balance(times, -passed / FARADAY, passed, current, current)
    assert (turned.lithium, turned.charge) == pytest.approx((2, 2))
    # of a cycle that returns to its start what moved counts, not what is left
    there_and_back = np.array([0, 1.0, 2.0, 1.0, 0])
    cycle = compute_balance(times, there_and_back / FARADAY + 1e-3 / FARADAY, there_and_back,
                            -current, current)  # fmt: skip
    assert cycle.lithium == pytest.approx(5e-4)


@siblings(("lithium", "charge"), [(2e-4, 0), (0, 2e-4), (np.nan, 0), (0, np.nan)])
def test_either_balance_can_be_the_broken_one(lithium, charge):
    name = "Lithium" if lithium else "Charge"
    with pytest.raises(ConservationError, match=f"{name} is not conserved"):
        Balance(lithium, charge).check()
    Balance(1e-4, 1e-4).check()


def test_small_amounts_are_relative_to_a_hundredth_of_the_capacity():
    times, still = np.linspace(3600, 7200, 5), np.zeros(5)
    lost = compute_balance(times, still + 1e-3 / FARADAY, still, still, still, capacity=10.0)
    assert lost.lithium == pytest.approx(1e-2)
    # and those of the charge to what passes at C/20: over ten hours half of it
    times = np.linspace(36000, 72000, 5)
    leak = compute_balance(times, still, still, still + 1e-4, still, capacity=10.0)
    assert leak.charge == pytest.approx(1e-4 * 36000 / 5)


# --- nothing moves -----------------------------------------------------------------------------

QUIET = {
    "a rest": ["Rest for 1 hour"],
    "no current": [STEP.current(0, duration=600)],
    "an opening rest": [("Rest for 1 hour", "Charge at 1C for 60 s", "Rest for 1 hour")],
    "a tiny current": ["Charge at C/1000 for 1 second"],
    "a slow charge": [STEP.c_rate(-1e-3, duration=20 * 3600)],
    "an instant": ["Charge at 1C for 1e-6 seconds"],
}


@siblings(
    ("kind", "name"),
    [
        *(("electrode", name) for name in QUIET),
        *(("flux", name) for name in ("a rest", "a tiny current", "an instant")),
        *(("reaction", name) for name in ("an opening rest", "a slow charge")),
    ],
)
def test_where_next_to_nothing_moves(kind, name):
    steps = QUIET[name]
    results = ms.Results(solution_of(kind, steps))
    assert results.balance.lithium < 1e-8
    assert results.balance.charge < 1e-4
    if "Rest for 1 hour" in steps:
        first = ms.Results(results.solution.first_state)
        assert first.times.tolist() == [0.0]
        assert results.half_cycles.empty
        with pytest.raises(AnalysisError, match="No current flows"):
            ms.reaction_timings(results)
        with pytest.raises(AnalysisError, match="No current flows"):
            ms.reaction_timings(results.state_of_charge())


@pytest.mark.parametrize("lost", [1e-5, 1e-3])
def test_a_breach_in_a_rest_is_found(lost):
    """Lithium, or charge, that appears while no current flows: a share of the capacity."""
    times, nothing, capacity = np.linspace(0, 3600, 50), np.zeros(50), 5.0
    appears = lost * capacity * times / 3600
    quiet = compute_balance(times, nothing, nothing, nothing, nothing, capacity=capacity)
    assert (quiet.lithium, quiet.charge) == (0, 0)
    for gained, through in [
        (appears / FARADAY, nothing),
        (nothing, nothing + lost * capacity / 3600),
    ]:
        balance = compute_balance(times, gained, nothing, through, nothing, capacity=capacity)
        with pytest.raises(ConservationError):
            balance.check()
    # without a capacity anything is too much
    assert compute_balance(times, appears, nothing, nothing, nothing).lithium == np.inf


def test_a_breach_in_a_rest_of_a_model_is_found(monkeypatch):
    results = ms.Results(solution_of("electrode", ["Rest for 1 hour"]))
    read = type(results).series

    def leaking(self, name, times=None):
        values = read(self, name, times)
        if name == "Lithium gained [mol]":
            values = values + 1e-4 * read(self, "Largest lithium content [mol]") * self.times / 3600
        return values

    monkeypatch.setattr(type(results), "series", leaking)
    with pytest.raises(ConservationError, match="Lithium"):
        ms.Results(results.solution)


# --- every kind of step ------------------------------------------------------------------------


def every(kind):
    """Experiments that PyBaMM's own half-cell carries out."""
    q = ONE_C[kind]
    wave = np.column_stack([np.linspace(0, 60, 7), np.sin(np.linspace(0, 6, 7))])
    return {
        "hold": ["Hold at 3.85 V for 2 minutes"],
        "hold to a rate": ["Hold at 3.85 V until C/5", "Rest for 1 minute"],
        "power": [STEP.power(-3.8 * q / 2, duration=60)],
        "resistance": [STEP.resistance(3.8 / q, duration=60)],
        "wave of voltage": [STEP.voltage(wave * [1, 0.02] + [0, 3.8])],
        "wave of power": [STEP.power(wave * [1, q] + [0, q / 5])],
        "own law": [STEP.CustomStepImplicit(lambda v: v["Voltage [V]"] - 3.85, duration=60)],
        "hold after a charge": ["Charge at 1C until 3.85 V", "Hold at 3.85 V until C/5"],
    }


def explicit(kind):
    q = ONE_C[kind]
    wave = np.column_stack([np.linspace(0, 60, 7), np.sin(np.linspace(0, 6, 7))])
    full = STEP.CustomTermination("a tenth", lambda v: v["Discharge capacity [A.h]"] + q / 10)
    return {
        "wave of current": [STEP.current(wave * [1, q])],
        "wave of rate": [STEP.c_rate(wave)],
        "function": [STEP.current(lambda t: -q * np.sin(t / 100) ** 2, duration=60)],
        "period, temperature and tags": [
            STEP.string("Charge at 1C for 1 minute", period=5, temperature="45 oC", tags=["x"])
        ],
        "own end": [STEP.c_rate(-1, termination=full, duration=3600)],
        "several ends": [STEP.c_rate(-1, termination=["3.85 V", ">3.9 V"], duration=3600)],
        "cycles": [("Charge at 1C for 1 minute", "Discharge at 1C for 1 minute")] * 2,
    }


@siblings(
    ("kind", "name"),
    [
        *(("electrode", name) for name in every("electrode")),
        *(("reaction", name) for name in ("hold", "power", "own law")),
    ],
)
def test_every_control_is_carried_out_and_read(kind, name):
    results = ms.Results(solution_of(kind, every(kind)[name]))
    assert results.times[-1] > 10
    assert results.balance.lithium < 1e-8
    assert np.isfinite(results.particles.to_array()).all()
    assert results.stopped_because.startswith("the last step")
    assert not ms.reaction_timings(results).empty
    if name == "hold":  # from the equilibrium at 0.6 towards that at 0.55
        assert results.series("Voltage [V]") == pytest.approx(3.85, abs=1e-4)
        assert 0.549 < results.series("Average particle stoichiometry").min() < 0.6
    if "hold" in name:
        assert list(results.half_cycles["kind"]) == ["charge"]


@siblings(
    ("kind", "name"),
    [
        *(("flux", name) for name in explicit("flux")),
        *(("electrode", name) for name in ("wave of current", "own end", "cycles")),
    ],
)
def test_every_current_is_carried_out_and_read(kind, name):
    results = ms.Results(solution_of(kind, explicit(kind)[name]))
    assert results.balance.lithium < 1e-8
    assert not ms.reaction_timings(results).empty


@siblings("name", every("flux"))
def test_what_an_imposed_flux_cannot_do_is_refused(name):
    with pytest.raises(ModelError, match="ButlerVolmer"):
        solution_of("flux", every("flux")[name])


def test_starting_solutions_of_other_kinds():
    hold = solution_of("reaction", ["Hold at 3.85 V for 2 minutes"])
    more = solution_of("reaction", ["Rest for 1 minute", "Discharge at 1C for 1 minute"], hold)
    results = ms.Results(more)
    assert list(results.half_cycles["kind"]) == ["charge", "discharge"]
    assert results.half_cycles["start_s"].tolist() == pytest.approx([0, 180], abs=NOISE)


def test_a_simulation_without_an_experiment():
    for current in (0.0, -ONE_C["flux"]):
        values = running.values(**FAST, CURRENT=current)
        simulation = pybamm.Simulation(MODELS["flux"](), parameter_values=values)
        assert len(ms.Results(simulation.solve([0, 360])).half_cycles) == (current != 0)
        simulation = pybamm.Simulation(MODELS["flux"](), parameter_values=values)
        simulation.step(100)
        assert ms.Results(simulation.step(50)).times[-1] == pytest.approx(150)


def test_cycles_that_were_not_kept():
    simulation = pybamm.Simulation(
        MODELS["flux"](),
        parameter_values=running.values(**FAST),
        experiment=pybamm.Experiment([("Charge at 1C for 60 s", "Discharge at 1C for 60 s")] * 5),
    )
    results = ms.Results(simulation.solve(save_at_cycles=3))
    assert results.half_cycles["start_s"].round().tolist() == [0, 60, 240, 300, 480, 540]


# --- why it ended ------------------------------------------------------------------------------


@siblings(
    ("steps", "changes", "words"),
    [
        (["Charge at 1C for 1 minute"], {}, ["carried out to its end"]),
        (["Charge at 1C until 3.85 V"], {}, ["its own end", "3.85 V"]),
        (["Hold at 3.85 V until C/2"], {}, ["its own end", "C-rate"]),
        (
            ["Charge at 1C until 6 V"],
            {"UPPER_CUTOFF": 3.0},
            ["4 V, 1 V beyond", "upper", "(3 V)", "PyBaMM"],
        ),
        (
            ["Discharge at 1C until 2 V"],
            {"LOWER_CUTOFF": 4.7},
            ["3.7 V, 1 V beyond", "lower", "(4.7 V)"],
        ),
        (["Charge at 1C for 60 s", "Charge at 1C until 3 V"], {}, ["was skipped"]),
    ],
)
def test_the_reason_is_what_happened(steps, changes, words):
    kind = "electrode" if changes or len(steps) > 1 else "reaction"
    results = ms.Results(solution_of(kind, steps, **changes))
    for word in words:
        assert word in results.stopped_because


def test_a_cut_off_met_without_an_experiment_is_that_of_the_set():
    values = running.values(**FAST, CURRENT=-ONE_C["flux"], UPPER_CUTOFF=3.85)
    solution = pybamm.Simulation(MODELS["flux"](), parameter_values=values).solve([0, 3600])
    reason = ms.Results(solution).stopped_because
    assert reason == "the upper voltage cut-off of the parameter set (3.85 V) was reached"


def test_limits_of_an_experiment():
    cycle = [("Charge at 1C for 60 s", "Discharge at 1C for 60 s")] * 3
    assert "time limit" in ms.Results(solution_of("flux", cycle, None, "150 s")).stopped_because
    assert "voltage limit" in ms.Results(solution_of("flux", cycle, None, "3.9V")).stopped_because


@siblings(
    ("what", "words"),
    [
        (lambda: None, "no solution"),
        (lambda: solution_of("flux", ["Charge at 1C until 1 V"]), "skipped them all"),
        (lambda: "solution.pkl", "not from 'solution.pkl'"),
        (lambda: pybamm.Simulation(pybamm.lithium_ion.SPM()).solve([0, 60]), "not of a Single"),
    ],
)
def test_what_cannot_be_read_is_named(what, words):
    with pytest.raises(ResultsError, match=words):
        ms.Results(what())


def test_one_model_for_two_simulations():
    model = MODELS["flux"]()
    ends = []
    for start in (0.6, 0.8, 0.6):
        simulation = pybamm.Simulation(
            model,
            parameter_values=running.values(**FAST | {"INITIAL_STOICHIOMETRY": start}),
            experiment=["Charge at 1C for 60 s"],
        )
        ends.append(ms.Results(simulation.solve()).series("Average particle stoichiometry")[-1])
    assert ends[1] - ends[0] == pytest.approx(0.2, abs=1e-9)
    assert ends[2] == ends[0]
