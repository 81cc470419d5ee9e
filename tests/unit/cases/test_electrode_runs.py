"""Electrodes as cases: half-cycles, tables, files, interruptions, failures in physical words."""

from __future__ import annotations

import json
import re

import numpy as np
import pandas as pd
import pybamm
import pytest
import xarray as xr

from multiscale.analysis.half_cycles import half_cycles
from multiscale.cases import electrode_observables as observables
from multiscale.cases import judge, parse_case, run_case, write_case
from multiscale.cases.comparison import compared, make_table
from multiscale.cases.electrode import contact_resistances, neck_drop
from multiscale.cases.output import outcome
from multiscale.errors import ResultsError

BASE = """
title = "A short stack"
description = "For tests."
tuned = "The neck."
parameters = "Sharma2022_NMC532"
experiment = [
    "Charge at C/10 until 4.3 V", "Hold at 4.3 V for 2 hours or until C/30",
    "Discharge at C/10 until 2.5 V", "Hold at 2.5 V for 2 hours or until C/30",
]
[geometry]
maker = "columns"
obstructions = [0, 2]
constriction_m = 13e-6
[particles]
fidelity = "radial"
n = 8
"""
# the first half-cycle alone, where nothing else is asked
CHARGE = re.sub(r"(?m)^ +.Discharge.*\n", "", BASE)
TABLES = """
[[remarks]]
title = "One number"
name = "V1"
measure = "neck_drop"
meaning = "what a neck drops"
unit = "V"
[[tables]]
title = "What the charge balance forbids"
kind = "untouched_bounds"
arguments = { start = 0.99, charged = [0.5, 0.5, 0.65, 0.65], untouched = [0.1, 0.3, 0.05, 0.5] }
[[tables]]
title = "What the charge balance forbids"
kind = "jump_bounds"
arguments = { start = 0.99, widths = [0.12, 0.2, 0.3] }
[[tables]]
title = "What the charge balance forbids"
kind = "criteria"
arguments = { ids = ["S1"] }
[comparison]
title = "Which of them"
shaded = ["A1"]
columns = [
    { name = "A1", measure = "asynchrony" },
    { name = "polarisation", measure = "polarisation" },
    { name = "charge", measure = "asynchrony", limits = [0.1, 0.3], words = ["no", "so", "much"] },
]
"""
CRITERION = """
[[criteria]]
id = "S1"
quantity = "spread"
measure = "asynchrony"
minimum = 0.1
source = "us"
kind = "hard"
"""


def solved(text, **changes):
    for old, new in changes.items():
        assert old in text
        text = text.replace(old, new)
    return run_case(parse_case(text, "t"))


@pytest.fixture(scope="module")
def cycle():
    """One cycle of four particles."""
    done = solved(BASE + CRITERION + TABLES)
    assert done.failures == {}
    return done


@pytest.fixture(scope="module")
def run(cycle):
    return cycle.run("default")


def test_half_cycles_agree_with_those_of_the_record(run):
    own, results = run.half_cycles, run.solved
    record = half_cycles(results.times, results.series("Current [A]"))
    assert list(own["kind"]) == ["charge", "discharge"] == list(record["kind"])
    for name in ("start_s", "end_s", "capacity_Ah"):
        assert own[name].to_numpy() == pytest.approx(record[name], rel=0.01, abs=200)
    assert observables.cycle_loss(run) == pytest.approx(
        1 - own["capacity_Ah"][1] / own["capacity_Ah"][0]
    )
    with pytest.raises(ResultsError, match="there is no half-cycle 2"):
        observables.asynchrony(run, 2)


def test_first_charge_is_asynchronous_and_in_order(run):
    assert observables.asynchrony(run) > 0.3
    assert observables.asynchrony_ratio(run, 1) < 0.2
    assert observables.asynchrony_ratio(run, 1, signal="brightness") < 0.2
    assert observables.order_correlation(run) > 0.9
    assert observables.smallest_delay_of_tops(run) > 0.1
    assert observables.delay_between(run, 1, 3) == pytest.approx(
        observables.latest_minus_earliest(run), abs=0.05
    )
    assert observables.not_reacted(run) == 0
    assert observables.most_slope_maxima(run) == 1
    assert run.tops == ["c0r0", "c1r2"]


def test_content_and_laws(run):
    content = observables.mean_content(run, 1)
    moved = run.half_cycles["capacity_Ah"][0] * 3600 / 96485.33 / 48678.0
    assert run.start - content == pytest.approx(moved / run.solved.space.particle_volumes.sum())
    assert observables.conductivity_ratio(run, 1) > 1e3
    assert observables.diffusivity_ratio(run, 1) > 1e2
    assert observables.electrolyte_drop(run) < 1e-3
    assert 3.5 < observables.voltage_at(run, 0.5) < 4.3
    before, after, end = observables.rim_rates(run)
    assert before > after > 0
    assert end < before


def test_filling_is_slower_than_emptying_next_to_full(run):
    # independent solution of the trial runs: 70, 23, 1.8
    assert observables.filling_over_emptying(run, 0.99, 0.90) == pytest.approx(70, rel=0.15)
    assert observables.filling_over_emptying(run, 0.99, 0.80) == pytest.approx(23, rel=0.15)
    assert observables.filling_over_emptying(run, 0.95, 0.80) == pytest.approx(1.8, rel=0.15)


def test_the_neck_is_that_of_the_model(run):
    ours = contact_resistances(run.prepared)
    theirs = run.solved.contact_resistances.isel(time=0).to_series()
    assert ours.loc[theirs.index].to_numpy() == pytest.approx(theirs.to_numpy(), rel=1e-3)
    # C/10 of a disk of 5 um through twice 13 um of 3e-6 S/m, 45 degrees of its rim
    current = np.pi * 25e-18 * 4700 * 199.9 / 10
    area = np.pi / 4 * 5e-12
    assert neck_drop(run.prepared) == pytest.approx(current * 26e-6 / 3e-6 / area, rel=0.02)


def test_bounds_are_those_of_the_open_circuit_curve(cycle):
    untouched, jump = (make_table(spec, cycle, []) for spec in cycle.case.tables[:2])
    expected = [3.82, 3.96, 3.93, np.nan]
    assert untouched["cell at least [V]"].tolist() == pytest.approx(expected, abs=0.01, nan_ok=True)
    assert jump["cell at least [V]"].tolist() == pytest.approx([4.17, 3.75, 3.86, 3.98], abs=0.01)


def test_what_a_case_asks_for_is_on_its_page_and_in_its_summary(cycle, tmp_path):
    summary = write_case(cycle, tmp_path, animation=False)
    (row,) = summary["mechanisms"]
    assert list(row) == ["variant", "particles", "A1", "polarisation", "charge", "lower bounds"]
    assert row["A1"] == pytest.approx(observables.asynchrony(cycle.run("default")))
    assert (row["polarisation"], row["charge"]) == (None, "much")  # there is no second charge
    drop = summary["variants"]["default"]["remarks"]["V1"]
    assert drop == pytest.approx(neck_drop(cycle.run("default").prepared))
    assert list(summary["tables"]) == ["untouched_bounds", "jump_bounds", "criteria"]
    page = (tmp_path / "report.html").read_text()
    for words in ("The neck.", "What the charge balance forbids", "V1 [V]", "One number"):
        assert words in page
    assert f"V1 = {drop:.3g} V" in page
    assert page.count("What the charge balance forbids</h2>") == 1
    told = outcome(cycle.case, summary, tmp_path)
    for words in (f"  V1 = {drop:.3g} V: what a neck drops", "  The neck.", "polarisation"):
        assert words in told


def test_an_electrode_that_asks_for_nothing_has_the_standard_comparison(tmp_path):
    case = parse_case(BASE, "t")
    words = str([case.remarks, case.comparison])
    assert "pristine neck" in words
    assert not re.search(r"\bV1\b|\bA[12]\b|tuned", words)


def test_folder_of_a_run(cycle, tmp_path):
    summary = write_case(cycle, tmp_path, animation=False, vtu=True)
    stored = json.loads((tmp_path / "summary.json").read_text())
    assert set(stored) == set(summary)
    assert {"half_cycles", "first_cycle_loss", "balance", "wall_s", "unknowns"} <= set(stored)
    needed = {"kind", "start_s", "duration_s", "capacity_Ah", "spread_t50", "range_t50"}
    needed |= {"median_width", "order_correlation"}
    assert all(needed <= set(row) for row in stored["half_cycles"])
    timings = pd.read_csv(tmp_path / "timings.csv")
    first = ["particle", "half_cycle", "kind", "status", "t10_s", "t50_s", "t90_s", "width_s"]
    assert list(timings.columns[:8]) == first
    assert len(timings) == 8
    with xr.open_dataset(tmp_path / "run.nc") as data:
        assert data.sizes["particle"] == 4
    assert (tmp_path / "vtu" / "default" / "fields.pvd").is_file()
    page = (tmp_path / "report.html").read_text()
    assert "The neck." in page
    assert (tmp_path / "mechanisms.csv").is_file()
    assert stored["criteria"][0]["verdict"] == "reproduced"


def test_reset_makes_the_second_cycle_the_first_again():
    text = BASE.replace("[geometry]", "repeat = 2\nreset = true\n[geometry]")
    done = solved(text)
    run = done.run("default")
    assert done.failures == {}
    assert observables.asynchrony_ratio(run, 2) == pytest.approx(1, abs=0.02)
    assert run.half_cycles["capacity_Ah"][2] == pytest.approx(
        run.half_cycles["capacity_Ah"][0], rel=1e-3
    )
    assert observables.polarisation(run) == pytest.approx(0, abs=1e-3)


def test_a_failed_start_is_tried_again_gently(run, monkeypatch):
    solve, calls = pybamm.Simulation.solve, []

    def at_second_try(self, *arguments, **options):
        calls.append(self)
        if len(calls) == 1:
            raise pybamm.SolverError("IDA_CONV_FAIL")
        return solve(self, *arguments, **options)

    monkeypatch.setattr(pybamm.Simulation, "solve", at_second_try)
    done = solved(CHARGE)
    again = done.run("default")
    assert done.failures == {}
    assert "raised in steps of 1 s after a first failure" in again.notes[0]
    assert [step.words for step in again.steps] == list(again.prepared.spec.experiment)
    assert again.half_cycles["start_s"][0] == 0
    assert observables.asynchrony(again) == pytest.approx(observables.asynchrony(run), abs=0.01)


def test_interruption_keeps_finished_half_cycles(monkeypatch, tmp_path):
    solve, calls = pybamm.Simulation.solve, []

    def once(self, *arguments, **options):
        if calls:
            raise KeyboardInterrupt
        calls.append(self)
        return solve(self, *arguments, **options)

    monkeypatch.setattr(pybamm.Simulation, "solve", once)
    done = solved(BASE + CRITERION + "variant = 'a'\n[variants.a]\n[variants.b]\n")
    assert done.interrupted
    assert done.failures["a"] == "interrupted by the user during discharge 1"
    assert "not started" in done.failures["b"]
    assert observables.asynchrony(done.run("a")) > 0.3
    assert [judgement.verdict for judgement in judge(done)] == ["reproduced"]
    with pytest.raises(ResultsError, match="discharge 1 is not complete: interrupted"):
        observables.asynchrony(done.run("a"), 1)
    summary = write_case(done, tmp_path, animation=False)
    assert len(summary["half_cycles"]) == 1
    assert (tmp_path / "timings.csv").is_file()


@pytest.mark.parametrize(
    ("tail", "words"),
    [
        ('"Contact conductance [S.m-2]" = 1e-3', ["charge 1", "cannot start", "'c1r2'", "Ohm"]),
        (
            '"Positive electrode initial stoichiometry" = 0.33',
            ["cannot start", "content of 0.33", "V at rest"],
        ),
    ],
)
def test_failures_name_particle_and_reason(tail, words, tmp_path):
    only = re.sub(r"(?s)experiment = .*?\n]", 'experiment = ["Charge at C/10 until 4.3 V"]', BASE)
    done = solved(only + f"[overrides]\n{tail}")
    for word in words:
        assert word in done.failures["default"]
    summary = write_case(done, tmp_path, animation=False)
    assert summary["not_solved"]


def test_a_charge_that_is_done_before_it_begins_is_skipped_and_said():
    done = solved(BASE + '[overrides]\n"Positive electrode initial stoichiometry" = 0.33')
    assert done.failures == {}
    (run,) = done.runs.values()
    assert run.half_cycles["kind"].tolist() == ["discharge"]
    assert any("'Charge at C/10 until 4.3 V' was skipped" in note for note in run.notes)


def test_particles_that_stay_behind_are_told(tmp_path):
    pristine = '[overrides]\n"Positive particle pristine electronic conductivity [S.m-1]" = 1e-9'
    done = solved(CHARGE + pristine)
    table = compared(done)
    assert table["half-cycle 1"].tolist() == ["2 did not react"]
    notes = write_case(done, tmp_path, animation=False)["variants"]["default"]["notes"]
    assert any("c1r1, c1r2" in note for note in notes)


def test_single_particle_in_3d_with_one_contact():
    text = BASE.replace(
        '"columns"\nobstructions = [0, 2]', '"packing"\nn = 1\ndimension = 3\ncoverage = 0.0'
    )
    text = text.replace('"radial"\nn = 8', '"resolved"\nsize = 0.5')
    steps = '["Charge at C/20 for 1 hour"]\n'
    text = text[: text.index("experiment")] + f"experiment = {steps}" + text[text.index("[geom") :]
    done = solved(text)
    assert done.failures == {}
    assert observables.far_minus_near(done.run("default")) > 0
    with pytest.raises(ResultsError, match="fewer than two particles"):
        observables.smallest_delay_of_tops(done.run("default"))
