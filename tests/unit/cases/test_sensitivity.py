"""How much of a margin a change uses up, and a whole table for a small particle."""

from __future__ import annotations

import numpy as np
import pytest
from siblings import siblings

from multiscale.cases import load_suite_case
from multiscale.cases.schema import Criterion
from multiscale.cases.sensitivity import (
    in_words,
    margin_used,
    outcome,
    sensitivity,
    write_sensitivity,
)
from multiscale.errors import CaseError

CASE = """
title = "t"
description = "d"
parameters = "Xu2022_NMC88"
experiment = ["Charge at C/3 for 15 minutes"]
mesh = { recipe = "radial", shape = "cylinder", radius = 1e-6, n = 30 }

[[criteria]]
id = "X42"
quantity = "q"
measure = "difference"
arguments = { time = 900 }
minimum = 0.09
source = "s"
kind = "hard"

[sensitivity]
[[sensitivity.parameters]]
name = "Positive electrode initial stoichiometry"
low = 0.97
high = 0.97
reason = "no change"

[[sensitivity.parameters]]
name = "Positive particle diffusivity [m2.s-1]"
low = { factor = 0.5 }
high = { factor = 2.0 }
reason = "twice"
"""


def criterion(**limits):
    fields = {"id": "X", "quantity": "q", "measure": "m", "source": "s", "kind": "hard"}
    return Criterion(**fields, variants=("a",), **limits)


@siblings(
    ("limits", "base", "value", "used"),
    [
        ({"minimum": 1.0}, 2.0, 1.5, 0.5),
        ({"minimum": 1.0}, 2.0, 3.0, -1.0),
        ({"minimum": 1.0}, 2.0, 0.5, 1.5),  # beyond the limit
        ({"maximum": 1.0}, 0.0, 0.25, 0.25),
        ({"expected": 1.0, "tolerance": 0.2}, 1.0, 1.2, 1.0),
    ],
)
def test_margin(limits, base, value, used):
    assert margin_used(criterion(**limits), base, value) == pytest.approx(used)


def test_margin_is_unknown_outside_the_limits():
    assert np.isnan(margin_used(criterion(minimum=1.0), 0.5, 2.0))
    assert np.isnan(margin_used(criterion(minimum=1.0), 2.0, None))


def test_changes_in_words():
    assert in_words({"same_as": "Positive electrode mean OCP [V]"}).startswith("same as Positive")
    assert in_words({"law": "constant"}) == "law constant"


def test_table_of_a_small_particle(tmp_path):
    path = tmp_path / "small.toml"
    path.write_text(CASE)
    case = load_suite_case(path)
    table = sensitivity(case, workers=0)
    # grade C before A; both ends of each
    assert table["grade"].tolist() == ["C", "C", "A", "A"]
    assert table["end"].tolist() == ["low", "high", "low", "high"]
    slow, fast, *same = table["value"]
    assert slow > table["base"][0] > 0.09 > fast
    assert table["flipped"].tolist() == [False, True, False, False]
    assert same == pytest.approx(table["base"][2:].tolist(), abs=1e-9)
    assert table["margin_used"][1] > 1
    files = write_sensitivity(table, case, tmp_path / "out")
    assert [file.suffix for file in files] == [".csv", ".png"]
    assert all(file.stat().st_size for file in files)
    assert outcome(table, files).startswith("1 of 4 verdicts flip")


def test_a_case_must_name_what_is_uncertain():
    with pytest.raises(CaseError, match="names no uncertain parameters"):
        sensitivity(load_suite_case("exact_solutions"), workers=0)
