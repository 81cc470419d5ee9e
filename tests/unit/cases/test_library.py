"""The case files of the suite: what is refused, and that the table of observables is covered."""

from __future__ import annotations

import shutil
from collections import Counter

import pytest
from siblings import siblings

from multiscale.cases import list_cases, list_suite, load_case, load_suite_case
from multiscale.cases.kinds import NAMED
from multiscale.cases.reading import folder
from multiscale.cases.rows import claims
from multiscale.errors import CaseError

CASES = {name: load_suite_case(name) for name in list_suite()}

MINIMAL = """
kind = "exact solution"
title = "t"
description = "d"
[variants.one]
solution = "lattice"
[[criteria]]
id = "L20"
quantity = "q"
measure = "density_ratio"
expected = 1
tolerance = 0.1
source = "s"
kind = "hard"
"""


def written(tmp_path, text):
    path = tmp_path / "mine.toml"
    path.write_text(text)
    return path


def test_a_case_of_another_kind_from_a_file(tmp_path):
    case = load_suite_case(written(tmp_path, MINIMAL))
    assert (case.name, case.kind, list(case.variants)) == ("mine", "exact solution", ["one"])


@siblings(
    ("old", "new", "message"),
    [
        ("exact solution", "exact solutoin", "did you mean 'exact solution'"),
        ("lattice", "latice", "did you mean 'lattice'"),
        ("density_ratio", "densty_ratio", "did you mean 'density_ratio'"),
        ('solution = "lattice"', 'solution = "lattice"\nradius = 1', "Unknown key 'radius'"),
        ("title =", "titel =", "Unknown key 'titel'"),
        ("[[criteria]]", "[[fitted]]\nids = []\n[[criteria]]", "'parameter' is missing"),
        ("[[criteria]]", 'fast = ["two"]\n[[criteria]]', "Unknown key 'fast'"),
        ('description = "d"', 'description = "d"\nfast = ["two"]', "Unknown variant 'two'"),
    ],
)
def test_mistakes_in_a_file_are_named(tmp_path, old, new, message):
    with pytest.raises(CaseError, match=message):
        load_suite_case(written(tmp_path, MINIMAL.replace(old, new)))


def test_a_case_without_criteria_is_refused(tmp_path):
    text = MINIMAL[: MINIMAL.index("[[criteria]]")]
    with pytest.raises(CaseError, match="has no criteria"):
        load_suite_case(written(tmp_path, text))


def test_fitted_must_name_ids_of_criteria(tmp_path):
    fitted = '[[fitted]]\nparameter = "p"\nvalue = "1"\nby = "us"\nids = ["L2"]\n[[criteria]]'
    with pytest.raises(CaseError, match="did you mean 'L20'"):
        load_suite_case(written(tmp_path, MINIMAL.replace("[[criteria]]", fitted)))


def test_a_file_elsewhere_finds_its_data(tmp_path):
    source = folder() / "sharma2022_timings"
    shutil.copytree(source, tmp_path / "timings")
    case = load_suite_case(tmp_path / "timings" / "case.toml")
    assert case.name == "timings"


def test_other_kinds_are_no_simulations():
    others = {name for name, case in CASES.items() if case.kind in NAMED}
    assert others >= {"exact_solutions", "other_codes", "half_cell_data", "sharma2022_timings"}
    assert not others & set(list_cases())
    with pytest.raises(CaseError, match="judged by 'multiscale validate'"):
        load_case("other_codes")


@siblings("name", CASES)
def test_every_case_names_its_paper(name):
    assert CASES[name].paper in {"Own", *(row.paper for row in claims().values())}


def test_a_criterion_is_told_by_case_id_and_words():
    keys = [(case.name, one.id, one.quantity) for case in CASES.values() for one in case.criteria]
    assert [key for key, n in Counter(keys).items() if n > 1] == []


def test_every_observable_has_a_criterion_or_a_reason():
    covered = {one.id for case in CASES.values() for one in case.criteria}
    silent = [id for id, row in claims().items() if id not in covered and not row.not_computed]
    assert silent == []
    needless = [id for id, row in claims().items() if id in covered and row.not_computed]
    assert needless == []


def test_hard_observables_have_a_hard_criterion_unless_corrected():
    hard = {one.id for case in CASES.values() for one in case.criteria if one.kind == "hard"}
    tests = {id for id, row in claims().items() if row.use == "T" and not row.correction}
    assert tests - hard == set()


def test_controls_exist_for_each_cause_that_is_taken_away():
    controls = {one.id for case in CASES.values() for one in case.criteria if one.control}
    assert {"X50", "S22", "S24"} <= controls
