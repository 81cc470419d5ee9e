"""Steps of a case that PyBaMM leaves out, holds that come first, and rests alone."""

from __future__ import annotations

import copy
import json
import pickle

import pytest
from siblings import siblings

from multiscale.cases.checkpoints import Checkpoints
from multiscale.cases.output import write_case
from multiscale.cases.preparation import prepare
from multiscale.cases.reading import parse_case
from multiscale.cases.runner import run_case
from multiscale.errors import CaseError, ResultsError

HEAD = 'title = "t"\ndescription = "d"\nexperiment = {}\n'
START = '[overrides]\n"Positive electrode initial stoichiometry" = 0.6\n'
CASES = {
    "particle": HEAD
    + 'parameters = "Xu2022_NMC88"\n[mesh]\nrecipe = "radial"\nn = 8\nradius = 1e-6\n'
    + 'shape = "cylinder"\n[model]\nsurface = "butler-volmer"\n'
    + START,
    "electrode": HEAD
    + 'parameters = "Sharma2022_NMC532"\n[geometry]\nmaker = "columns"\nobstructions = [0]\n'
    + 'radius = 1e-6\n[particles]\nfidelity = "lumped"\n'
    + START,
}
each = siblings("kind", CASES)
SKIPPED = "Charge at C/3 until 3.6 V"


def solved(kind, *steps):
    return run_case(parse_case(CASES[kind].format(json.dumps(steps)), "t"), progress=False)


@each
def test_a_skipped_step_keeps_its_place_and_is_named(kind):
    steps = [SKIPPED, "Charge at C/3 for 2 minutes", SKIPPED, "Rest for 2 minutes", SKIPPED]
    done = solved(kind, *steps)
    run = done.run("default")
    assert done.failures == {}
    assert [step.words for step in run.steps] == steps
    assert [step.skipped for step in run.steps] == [step == SKIPPED for step in steps]
    assert f"'{SKIPPED}' was skipped: its end was already met" in run.notes[0]
    assert SKIPPED in run.outcome
    assert not run.outcome.startswith("the experiment was carried out")
    for place in (0, 2, 4):
        with pytest.raises(ResultsError, match="was skipped"):
            run.step(place)
    others = [run.step(1), run.step(3)]
    assert [round(step.end - step.start) for step in others] == [120, 120]


@each
def test_a_step_that_alone_is_skipped_fails_by_name(kind):
    done = solved(kind, SKIPPED)
    assert "cannot start" in done.failures["default"]
    assert SKIPPED in done.failures["default"]


@pytest.mark.parametrize("place", [0, 1, 2])
def test_a_half_cycle_of_skipped_steps_is_left_out(place):
    steps = ["Discharge at C/3 for 2 minutes", "Discharge at C/5 for 2 minutes"]
    steps.insert(place, SKIPPED)
    if place == 0:
        steps.insert(1, "Charge at C/3 until 3.5 V")
    done = solved("electrode", *steps)
    run = done.run("default")
    assert done.failures == {}
    assert [step.words for step in run.steps] == steps
    assert [step.skipped for step in run.steps] == [step.startswith("Charge") for step in steps]
    assert f"'{SKIPPED}' was skipped: its end was already met" in run.notes[0]
    assert run.outcome.startswith("the other steps were carried out")
    assert run.complete == len(run.plan)
    assert list(run.half_cycles["kind"]) == ["discharge"]
    assert run.half_cycles["duration_s"].sum() == pytest.approx(240)


def test_a_skipped_half_cycle_keeps_its_place_when_a_run_goes_on(tmp_path):
    text = CASES["electrode"].format(
        json.dumps(["Discharge at C/3 for 2 minutes", SKIPPED, "Rest for 1 minute"])
    )
    case = parse_case(text, "t")
    first = run_case(case, progress=False, kept=Checkpoints(tmp_path)).run("default")
    kept = Checkpoints(tmp_path)
    again = run_case(case, progress=False, kept=kept).run("default")
    assert kept.count == 2
    assert again.steps == first.steps
    assert [step.skipped for step in again.steps] == [False, True, False]
    assert list(again.half_cycles["kind"]) == ["discharge"]
    assert (again.timings["half_cycle"] == 0).all()


@each
@siblings(
    "steps",
    [["Rest for 5 minutes"], ["Hold at 3.9 V for 5 minutes", "Discharge at C/3 for 1 minute"]],
)
def test_rests_and_holds_come_first(kind, steps, tmp_path):
    done = solved(kind, *steps)
    assert done.failures == {}
    assert copy.deepcopy(done).run("default").outcome == done.run("default").outcome
    done = pickle.loads(pickle.dumps(done))
    write_case(done, tmp_path, animation=False)
    kinds = [] if len(steps) == 1 else ["charge", "discharge"]
    assert list(done.run("default").solved.half_cycles["kind"]) == kinds
    if kind == "electrode" and kinds:
        run = done.run("default")
        assert list(run.half_cycles["kind"]) == kinds
        assert list(run.half_cycle_names.values()) == ["charge 1", "discharge 1"]


@pytest.mark.parametrize(
    "step",
    ["Hold at 3.9 V for 5 minutes", "Charge at 1e-12 W for 60 s", "Discharge at 1e12 Ohm for 60 s"],
)
def test_an_imposed_flux_cannot_hold(step):
    text = CASES["particle"].format(json.dumps(["Rest for 1 minute", step]))
    with pytest.raises(CaseError, match="butler-volmer"):
        prepare(parse_case(text.replace('surface = "butler-volmer"\n', ""), "t"))
