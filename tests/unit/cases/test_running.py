"""Preparing and solving: mistakes come first, failures stay alone, interruptions keep the rest."""

from __future__ import annotations

import re
from dataclasses import replace

import numpy as np
import pytest
from siblings import siblings

from multiscale.cases import CaseRun, judge, load_case, parse_case, run_case, runner
from multiscale.cases.particle import build_mesh
from multiscale.cases.preparation import overridden, prepare
from multiscale.errors import CaseError, ModelError, ParameterError, ResultsError
from multiscale.parameters import load_set, names

HEAD = """
title = "t"
description = "d"
parameters = "Xu2022_NMC88"
mesh = { recipe = "radial", radius = 1e-6, n = 21, shape = "cylinder" }
"""
DIFFUSIVITY = "Positive particle diffusivity [m2.s-1]"


def case(experiment='["Charge at C/3 for 1 minute"]', tail="", head=HEAD):
    return parse_case(f"{head}experiment = {experiment}\n{tail}", "t")


@siblings(
    ("made", "error", "message"),
    [
        (lambda: case('["Charge at C/3 for 1 fortnight"]'), CaseError, "does not understand"),
        (lambda: case(head=HEAD.replace("Xu2022", "Xu2021")), ParameterError, "did you mean"),
        (lambda: case(head=HEAD.replace("n = 21, ", "")), CaseError, "radial needs the key 'n'"),
        (lambda: case(head=HEAD.replace("1e-6", "-1.0")), Exception, "radius|positive"),
        (
            lambda: case(tail='[overrides]\n"Particle density" = 1.0'),
            ParameterError,
            "Unknown parameter",
        ),
        (
            lambda: case(tail=f'[overrides]\n"{names.DENSITY}" = -1.0'),
            ParameterError,
            "is -1 kg/m3; a density is between",
        ),
        (lambda: case(tail=f'[overrides]\n"{DIFFUSIVITY}" = 1.0'), CaseError, "is a law"),
        (
            lambda: case(tail=f'[overrides]\n"{DIFFUSIVITY}" = {{same_as = "x"}}'),
            CaseError,
            "Unknown parameter 'x'",
        ),
        (lambda: case('["Hold at 3.7 V for 1 minute"]'), CaseError, "with an imposed flux"),
        (lambda: case(tail="[model]\ncontact = 'rim'"), Exception, "rim"),
        (lambda: case(tail="[model]\ncounter_electrode = 'ideal'"), CaseError, "butler-volmer"),
        (
            lambda: case(tail="[model.blocked]\nfraction = 1\nratio = 0"),
            ModelError,
            "0 <= gamma < 1",
        ),
    ],
)
def test_mistakes_are_found_before_anything_is_solved(made, error, message, monkeypatch):
    monkeypatch.setattr(runner, "solve", lambda *_: pytest.fail("something was solved"))
    with pytest.raises(error, match=message) as caught:
        run_case(made())
    assert str(caught.value).startswith("t")


def test_the_variant_at_fault_is_named():
    text = f'[variants.good]\n[variants.bad.overrides]\n"{names.DENSITY}" = -1.0'
    with pytest.raises(ParameterError, match="variant 'bad'"):
        prepare(case(tail=text))


def test_equal_meshes_are_one_object():
    runs = prepare(case(tail="[variants.a]\n[variants.b.solver]\nrtol = 1e-7")).values()
    first, second = (ready.mesh for ready in runs)
    assert first is second


def test_scale_multiplies_the_radius(small):
    plain, doubled = build_mesh(small), build_mesh(small.model_copy(update={"scale": 2.0}))
    assert doubled.volume == pytest.approx(4 * plain.volume)  # the height stays
    assert doubled.area() == pytest.approx(2 * plain.area())


def test_overrides_of_laws():
    chosen = load_set("Xu2022_NMC88")
    values = chosen.values
    sto = np.array([0.5, 0.9])
    law = values[DIFFUSIVITY](sto, 295.15)
    doubled = overridden(chosen, {DIFFUSIVITY: {"factor": 2.0}})[DIFFUSIVITY]
    assert doubled(sto, 295.15) == pytest.approx(2 * law)
    level = overridden(chosen, {DIFFUSIVITY: {"constant": 1e-17}})[DIFFUSIVITY]
    assert level(sto, 295.15) == pytest.approx([1e-17, 1e-17])
    branch = overridden(chosen, {names.OCP: {"same_as": names.LITHIATION_OCP}})
    assert branch[names.OCP] is values[names.LITHIATION_OCP]
    assert overridden(chosen, {names.DENSITY: {"factor": 0.5}})[names.DENSITY] == 2390.0


def test_transport_comes_from_the_set_unless_the_case_says_otherwise():
    assert prepare(case())["default"].transport == "thermodynamic"
    chemical = case(tail="[model]\ntransport = 'chemical'")
    assert prepare(chemical)["default"].transport == "chemical"


def test_a_run_knows_its_cost_and_its_steps(rest):
    run = rest.run("alpha 2.7")
    assert run.unknowns == 23  # 22 nodes and the charge counter
    assert run.setup_s > 0
    assert run.solve_s > 0
    assert [step.end for step in run.steps] == pytest.approx([1200, 4800])


FAILING = """
[variants.empty]
experiment = ["Charge at 1C for 2 hours", "Rest for 1 hour"]
[variants.good]
[variants.closed]
experiment = ["Discharge at 1C for 1 hour"]
"""


@pytest.fixture(scope="module")
def failing():
    return run_case(case(tail=FAILING))


def test_a_failure_stops_no_other_run(failing):
    assert list(failing.runs) == ["empty", "good", "closed"]
    assert failing.runs["good"].problem == ""
    assert set(failing.failures) == {"empty", "closed"}


def test_failures_are_told_in_physical_words(failing):
    empty = failing.runs["empty"].problem
    assert "'Charge at 1C for 2 hours'" in empty
    assert re.search("lithium|voltage cut-off", empty)
    for problem in failing.failures.values():
        assert "IDA" not in problem
        assert "[experiment]" not in problem


def test_what_was_solved_of_a_failed_run_is_kept(failing):
    run = failing.runs["empty"]
    assert run.results is not None
    assert 600 < run.results.times[-1] < 7200
    with pytest.raises(ResultsError, match="step 1 was not completed"):
        run.step(0)
    with pytest.raises(ResultsError, match="step 2 was not completed"):
        run.step(1)


def test_a_step_that_does_not_exist(charge):
    with pytest.raises(ResultsError, match="there is no step 3"):
        charge.run("default").step(3)


def test_interruption_keeps_what_is_solved(monkeypatch):
    solve = runner.solve

    def interrupted(prepared, *given):
        if prepared.spec.name == "closed":
            raise KeyboardInterrupt
        return solve(prepared, *given)

    text = FAILING.replace("[variants.empty]", "[variants.last]\n[variants.empty]")
    order = ["good", "closed", "last"]
    chosen = case(tail=text).only(order)
    monkeypatch.setattr(runner, "solve", interrupted)
    run = run_case(chosen)
    assert run.interrupted
    assert list(run.results) == ["good"]
    assert "while it was being solved" in run.failures["closed"]
    assert "not started" in run.failures["last"]


@siblings(
    ("problem", "rtol", "retried_at"),
    [
        ("lithium or charge is not conserved: 2e-4", 1e-6, 1e-7),
        ("the solver gave up during 'Rest'", 1e-6, 1e-7),
        ("the solver gave up during 'Rest'", 1e-8, 1e-7),
        ("stopped during 'Charge': the surface is full", 1e-6, None),
    ],
)
def test_numerical_failures_are_tried_again_once(problem, rtol, retried_at, monkeypatch):
    solved, tried = runner._solved, []

    def failing_once(prepared, *given):
        tried.append(prepared.spec.solver.rtol)
        run = solved(prepared, *given)
        return run if len(tried) > 1 else replace(run, problem=problem)

    monkeypatch.setattr(runner, "_solved", failing_once)
    run = run_case(case(tail=f"[solver]\nrtol = {rtol}\natol = {rtol}")).runs["default"]
    if retried_at is None:
        assert tried == [rtol]
        assert run.problem == problem
    else:
        assert tried == pytest.approx([rtol, retried_at])
        assert run.problem == ""
        assert "after a first failure" in run.notes[-1]


def test_notes_say_where_a_law_is_extrapolated():
    text = f'[overrides]\n"{names.INITIAL_STOICHIOMETRY}" = 0.995'
    run = run_case(case(tail=text)).runs["default"]
    assert any("extrapolation" in note and "OCP" in note for note in run.notes)


def test_progress_bar_only_on_request(capsys):
    run_case(case())
    assert capsys.readouterr().err == ""
    run_case(case(), progress=True)
    assert "t: default" in capsys.readouterr().err


def test_criteria_of_runs_that_are_missing_are_not_run(rest):
    alone = CaseRun(rest.case, {"alpha 1": rest.runs["alpha 1"]})
    verdicts = {judgement.verdict for judgement in judge(alone)}
    assert verdicts == {"not run", "reproduced"}


def test_the_small_mesh_gives_the_picture_too(charge):
    assert {judgement.verdict for judgement in judge(charge)} == {"reproduced"}


def test_constant_diffusivity_breaks_the_criteria_it_should(small):
    """Mutation: without the rise of D the centre is not fast, and the gradient stays."""
    changed = load_case("xu2022_charge").with_mesh(small)
    run = run_case(changed.with_overrides({DIFFUSIVITY: {"constant": 1e-17}}))
    assert run.case.modified
    broken = {
        (j.criterion.id, j.criterion.measure) for j in judge(run) if j.verdict != "reproduced"
    }
    assert broken == {
        ("X43", "difference"),
        ("X49", "centre_convexity"),
        ("X58", "largest_difference_between"),
    }
