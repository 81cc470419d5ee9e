"""From values and problems to verdicts, counts and the exit code."""

from __future__ import annotations

import pytest

from multiscale.cases.kind import Outcome, Part, Problem
from multiscale.cases.rows import by_paper, complaint, exclusions, gating, rows_of, score
from multiscale.cases.schema import Case, Criterion, Fitted
from multiscale.cases.suite import SuiteRun, parts_of

COMMON = {"measure": "m", "source": "a paper", "maximum": 1.0}


def criterion(id="X42", kind="hard", variants=("a",), **changes):
    return Criterion(
        id=id, quantity=f"{id} {kind}", kind=kind, variants=variants, **COMMON | changes
    )


def suite_case(*criteria, **changes):
    fields = {"variants": {"a": None, "b": None}, "criteria": criteria, "paper": "Xu 2022"}
    fields |= {"kind": "exact solution", "source": "one"}
    return Case(name="one", title="title", description="text", **fields | changes)


def judged(case, values=(), problems=(), fast=False):
    outcome = Outcome(values=dict(values), problems=dict(problems))
    return rows_of(SuiteRun([case], {"one": outcome}, fast=fast))


@pytest.mark.parametrize(("value", "verdict"), [(0.9, "reproduced"), (1.1, "not reproduced")])
def test_verdict_follows_the_limit(value, verdict):
    (row,) = judged(suite_case(criterion()), {(0, "a"): value})
    assert (row["verdict"], row["value"], row["reason"]) == (verdict, value, "")
    contract = "case,id,quantity,expected,tolerance,value,kind,verdict,source"
    assert set(contract.split(",")) <= set(row)


def test_paper_and_statement_come_from_the_table_of_observables():
    first, other = judged(suite_case(criterion("S21"), criterion("ours")), {})
    assert first["paper"] == "Sharma 2022"
    assert "obstruction" in first["statement"]
    assert (other["paper"], other["theme"]) == ("Xu 2022", "Numerics and own checks")


@pytest.mark.parametrize(
    ("problem", "gates"),
    [(Problem("failed", "it broke"), True), (Problem("no data", "none"), False)],
)
def test_not_run_has_a_reason_and_gates_only_if_something_went_wrong(problem, gates):
    (row,) = judged(suite_case(criterion()), problems={(0, "a"): problem})
    assert (row["verdict"], row["detail"], row["value"]) == ("not run", problem.words, None)
    assert bool(gating([row])) is gates
    assert exclusions([row]) == {problem.reason: 1}


def test_what_was_never_solved_was_interrupted():
    (row,) = judged(suite_case(criterion()))
    assert (row["verdict"], row["reason"]) == ("not run", "interrupted")
    assert "the user stopped before a was solved" in complaint(row)
    assert not gating([row])  # the run as a whole has failed


def test_fast_subset_leaves_out_by_name():
    case = suite_case(criterion(), criterion(variants=("a", "b"), combine="largest"), fast=("a",))
    rows = judged(case, {(0, "a"): 0.0, (1, "a"): 0.0}, fast=True)
    assert [row["verdict"] for row in rows] == ["reproduced", "not run"]
    assert rows[1]["reason"] == "left out"
    assert not gating(rows)


def test_reported_never_gates_and_hard_does():
    case = suite_case(criterion(kind="hard"), criterion(kind="reported"))
    rows = judged(case, {(0, "a"): 2.0, (1, "a"): 2.0})
    assert [row["kind"] for row in gating(rows)] == ["hard"]


def test_fitted_and_controls_are_counted_apart():
    alpha = Fitted(parameter="alpha", value="2.7", by="the authors", ids=("X42",))
    case = suite_case(
        criterion(), criterion("X50", control=True), criterion("X49"), fitted=(alpha,)
    )
    rows = judged(case, {(n, "a"): 0.0 for n in range(3)})
    counted = score([*rows, *({**row, "paper": "Exact solutions"} for row in rows[-1:])])
    assert {name: row["reproduced"] for name, row in counted.items()} == {
        "evidence": 1,
        "code": 1,
        "controls": 1,
        "fitted": 1,
    }


def test_whole_run_names_what_no_case_covers():
    run = SuiteRun([suite_case(criterion())], {})
    extra = rows_of(run, whole=True)[1:]
    assert "X42" not in {row["id"] for row in extra}
    assert {row["reason"] for row in extra} == {"not computed"}
    assert not gating(extra)


def test_a_part_that_left_nothing_explains_all_its_criteria():
    case = suite_case(criterion(), criterion(variants=("b",)))
    run = SuiteRun([case])
    run.take(Part("one", "one", ("a",)), Problem("failed", "crashed"))
    run.take(Part("one", "one", ("b",)), Outcome(values={(1, "b"): 0.0}))
    assert [row["detail"] for row in rows_of(run)] == ["crashed", ""]


def test_electrodes_are_solved_variant_by_variant():
    case = suite_case(criterion(), criterion(variants=("b",)))
    assert [part.variants for part in parts_of(case, ("a", "b"))] == [("a", "b")]
    apart = suite_case(criterion(), criterion(variants=("b",)), kind="electrode")
    assert [part.variants for part in parts_of(apart, ("a", "b"))] == [("a",), ("b",)]


def test_variants_without_a_criterion_are_not_solved():
    assert [part.variants for part in parts_of(suite_case(criterion()), ("a", "b"))] == [("a",)]


def test_rows_are_shown_in_the_order_of_the_table():
    rows = judged(suite_case(criterion("S21"), criterion("X41")), {})
    assert [row["id"] for row in by_paper(rows)] == ["X41", "S21"]
    rows = judged(suite_case(criterion("X44"), criterion("none of them"), criterion("X41")), {})
    assert [row["id"] for row in by_paper(rows)][:2] == ["X41", "X44"]
