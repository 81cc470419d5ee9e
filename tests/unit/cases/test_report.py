"""The page: matrix, claims, bands, warnings."""

from __future__ import annotations

import re

import pytest
from siblings import siblings

from multiscale.report import Page, Section, render
from multiscale.report.validation import Claims, Matrix, band, state_of


def row(**changes):
    base = {"case": "one", "id": "X41", "paper": "Xu 2022", "theme": "Start of charge"}
    base |= {"quantity": "lithium <lost>", "statement": "The rim has changed.", "where": "Fig. 2B"}
    base |= {"minimum": None, "maximum": 0.01, "expected": None, "tolerance": None}
    base |= {"wanted": "at most 0.01", "value": 0.005, "unit": "", "kind": "hard", "control": False}
    base |= {"verdict": "reproduced", "variants": ["default"], "detail": "", "fitted": ""}
    return base | {"source": "Xu 2022, text", "correction": ""} | changes


@siblings(
    ("verdicts", "state"),
    [
        ([("hard", "reproduced"), ("reported", "reproduced")], "good"),
        ([("hard", "reproduced"), ("reported", "not reproduced")], "mixed"),
        ([("hard", "not reproduced"), ("reported", "reproduced")], "bad"),
        ([("hard", "not run"), ("hard", "reproduced")], "good"),
        ([("hard", "not run")], "idle"),
    ],
)
def test_state_of_an_observation(verdicts, state):
    assert state_of([{"kind": kind, "verdict": verdict} for kind, verdict in verdicts]) == state


def test_matrix_has_a_chip_per_observation_that_leads_to_its_claim():
    other = row(id="S21", paper="Sharma 2022", theme="Timing", verdict="not reproduced")
    rows = [row(), row(), other]
    html = Matrix(rows).html()
    targets = re.findall(r'class="chip (\w+)" href="#([^"]+)"', html)
    assert targets == [("good", "xu-2022-x41"), ("bad", "sharma-2022-s21")]
    assert "2 of 2 reproduced" in html
    columns = re.findall(r'<th scope="col">([^<]+)', Matrix(rows, ["Timing", "nothing"]).html())
    assert columns == ["Timing", "Start of charge"]
    for _, target in targets:
        assert f'id="{target}"' in Claims(rows[:1]).html() + Claims(rows[2:]).html()


def test_claims_say_all_there_is_to_a_criterion():
    html = Claims([row(control=True, fitted="alpha: 2.7, fitted by us", detail="a: 1")]).html()
    for words in ("The rim has changed.", "Fig. 2B", "lithium &lt;lost&gt;", "at most 0.01"):
        assert words in html
    for words in ("negative control", "not evidence: alpha", "one: default", "a: 1", "hard"):
        assert words in html


def place(svg):
    return float(re.search(r'circle cx="([\d.]+)"', svg)[1])


def test_band_of_a_single_limit():
    assert place(band(row(value=0.005))) == pytest.approx(25)  # half of the limit, which is at 50
    assert place(band(row(maximum=None, minimum=0.01, value=0.015))) == pytest.approx(75)
    assert '<rect x="0"' in band(row())
    assert '<rect x="50"' in band(row(maximum=None, minimum=0.01))
    assert "<path" in band(row(value=1.0))  # off the scale
    assert band(row(value=None)) == ""
    assert place(band(row(maximum=0.0, value=-3.0))) < 50  # the scale is that of the value


def test_verdicts_of_claims_are_counted_on_the_page():
    page = Page("Validation", sections=[Section("Xu", [Matrix([row()]), Claims([row(), row()])])])
    assert page.verdicts()["reproduced"] == 2
    html = render(page)
    assert "<h1>Validation</h1>" in html
    assert html.count("<article") == 1
