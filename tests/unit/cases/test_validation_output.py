"""``validation.json``, what moved between two, and the stored outcomes."""

from __future__ import annotations

import json

import pytest
from fuzzing import PROFILES, survives
from siblings import siblings

from multiscale.cases import reference
from multiscale.cases import validation_output as output
from multiscale.errors import CaseError


def row(value=1.0, verdict="reproduced", quantity="q", **changes):
    base = {"case": "one", "id": "X1", "quantity": quantity, "value": value, "verdict": verdict}
    limits = {"minimum": None, "maximum": 2.0, "expected": None}
    return base | limits | changes


def test_rows_come_back_as_written(tmp_path):
    rows = [row(), row(None, "not run", "other")]
    path = output.write_rows(rows, tmp_path / "new")
    assert output.read_rows(path) == output.read_rows(tmp_path / "new") == rows
    assert json.loads(path.read_text())[0]["case"] == "one"
    assert [entry.name for entry in path.parent.iterdir()] == ["validation.json"]


@siblings("content", ["[1]", "{", '[{"case": "a"}]', "{}x"])
def test_what_is_no_outcome_is_refused(tmp_path, content):
    path = tmp_path / "old.json"
    path.write_text(content)
    with pytest.raises(
        CaseError, match=r"not an outcome of 'multiscale validate'|old\.json is not JSON"
    ):
        output.read_rows(path)


def test_missing_file_is_named(tmp_path):
    with pytest.raises(CaseError, match=r"There is no file .*nowhere\.json"):
        output.read_rows(tmp_path / "nowhere.json")


def test_moved_lists_verdicts_first_and_ignores_the_last_digits():
    old = [
        row(1.0, quantity="a"),
        row(1.0, quantity="b"),
        row(1.0, quantity="c"),
        row(quantity="d"),
    ]
    new = [
        row(1.1, quantity="a"),
        row(3.0, "not reproduced", "b"),
        row(1.0002, quantity="c"),
        row(quantity="e"),
    ]
    found = [(change["what"], change["quantity"]) for change in output.moved(old, new)]
    assert found == [("verdict", "b"), ("gone", "d"), ("new", "e"), ("value", "a")]
    assert output.moved(old, old) == []


def test_what_a_fast_run_leaves_out_has_not_moved():
    left_out = row(None, "not run", reason="left out")
    assert output.moved([row()], [left_out]) == output.moved([left_out], [row()]) == []


def test_a_value_that_vanishes_has_moved():
    assert [c["what"] for c in output.moved([row()], [row(None)])] == ["value"]


def test_stored_outcome_is_met_within_its_tolerance(tmp_path):
    reference.renew([row(1.0)], {"one": {"a": 2.34}}, tmp_path)
    assert reference.stored("one", tmp_path)["seconds"] == {"a": 2.3}
    assert reference.differences([row(1.019)], tmp_path) == []
    (changed,) = reference.differences([row(1.05)], tmp_path)
    assert (changed["stored"], changed["tolerance"]) == (1.0, 0.02)
    assert "Numbers that change" in changed["hint"]
    assert "validate one --renew-reference" in changed["hint"]


def test_a_verdict_that_changes_differs_even_if_the_number_hardly_does(tmp_path):
    reference.renew([row(1.999)], {}, tmp_path)
    assert reference.differences([row(2.001, "not reproduced")], tmp_path)


def test_what_was_not_run_keeps_its_stored_outcome(tmp_path):
    reference.renew([row(1.0), row(1.0, quantity="b")], {}, tmp_path)
    reference.renew([row(None, "not run"), row(5.0, quantity="b")], {}, tmp_path)
    assert [old["value"] for old in reference.stored("one", tmp_path)["rows"]] == [1.0, 5.0]
    assert reference.differences([row(None, "not run")], tmp_path) == []


def test_a_known_failure_is_no_new_one(tmp_path):
    bad = row(3.0, "not reproduced", kind="hard", reason="")
    assert reference.new_failures([bad], tmp_path) == [bad]
    reference.renew([bad], {}, tmp_path)
    assert reference.new_failures([bad], tmp_path) == []
    crashed = bad | {"verdict": "not run", "value": None, "reason": "failed"}
    assert reference.new_failures([crashed], tmp_path) == [crashed]


@PROFILES
def test_damaged_outcomes_are_read_or_refused(examples, tmp_path):
    row = {"case": "a", "id": "b", "quantity": "c", "verdict": "reproduced", "value": 1.5}
    content = json.dumps([row, row | {"id": "d"}]).encode()
    survives(output.read_rows, content, tmp_path / "validation.json", examples)
