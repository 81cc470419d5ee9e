"""Break the physics, and see the right criteria turn red.

Without a mutation all of them are green: see test_fast_subset_holds in test_validation.py.
"""

from __future__ import annotations

from dataclasses import replace

import pytest

from multiscale.cases import load_suite_case, preparation, suite
from multiscale.cases.kind import Outcome, Part
from multiscale.cases.rows import gating, rows_of
from multiscale.cases.suite import SuiteRun
from multiscale.electrode.layouts import UP, _Stack
from multiscale.models import single_particle
from multiscale.parameters import names


def rows_after(name, variants, overrides=None):
    """Rows of the criteria that need no other variants than these."""
    case = load_suite_case(name)
    part = Part(case.source, case.name, tuple(variants), overrides=overrides or {})
    outcome = suite.solve_part(part, lambda *_: None)
    assert isinstance(outcome, Outcome)
    run = SuiteRun([case.model_copy(update={"fast": tuple(variants)})], {name: outcome}, fast=True)
    return [row for row in rows_of(run) if row["reason"] != "left out"]


def red(rows):
    """Ids of criteria that are not reproduced, or could not be judged because of a failure."""
    return {row["id"] for row in rows if row["verdict"] != "reproduced"}


def test_halved_flux(monkeypatch):
    """Only the balance of lithium against charge can say so; every criterion is refused."""
    monkeypatch.setattr(single_particle, "FARADAY", 2 * single_particle.FARADAY)
    rows = rows_after("xu2022_charge", ["default"])
    assert {"X41", "X42", "Fig. 2A-B"} <= red(rows)
    assert gating(rows)
    assert any("conserved" in row["detail"] for row in rows)


def test_half_the_current():
    """The load itself is wrong: nothing is out of balance, but the paper's times are."""
    half = {names.SPECIFIC_CAPACITY: {"factor": 0.5}}
    found = red(rows_after("xu2022_charge", ["default"], half))
    assert "Fig. 2A-B" in found
    assert "X60" not in found


def test_fickian_transport(monkeypatch):
    """The published diffusivity read without the thermodynamic factor."""
    load = preparation.load_set
    monkeypatch.setattr(
        preparation, "load_set", lambda name: replace(load(name), transport="chemical")
    )
    rows = rows_after("xu2022_charge", ["default"])
    assert {"X43", "X58"} <= red(rows)
    assert not {"X41", "X44", "X60", "Fig. 2A-B"} & red(rows)
    assert gating(rows)


def test_constant_diffusivity():
    constant = {names.DIFFUSIVITY: {"constant": 1e-17}}
    found = red(rows_after("xu2022_charge", ["default"], constant))
    assert {"X43", "X49", "X58"} <= found
    assert "X44" not in found


@pytest.mark.slow
def test_no_conductivity_law():
    """A good conductor at any content: no asynchrony, so that the controls lose their contrast."""
    good = {names.CONDUCTIVITY: {"law": "constant"}}
    rows = rows_after("sharma2022", ["radial", "high_conductivity"], good)
    assert {"S14", "S22"} <= red(rows)
    assert gating(rows)


def test_swapped_obstruction(monkeypatch):
    """Columns that hang from carbon: those seen are the best connected, not the worst."""

    def hang(self, column, conductance_S):
        heights = (1, 2, 3, 4, 5)
        x, y = self.centre(column, heights[column] - 1)
        node = self.wiring.node(f"c{column}carbon", "carbon", (x, y + 1.5 * self.radius))
        self.wiring.wire(node, "collector", conductance_S)
        self.touch(f"c{column}r{heights[column] - 1}", node, UP, self.half_angle_deg)

    monkeypatch.setattr(_Stack, "carbon", hang)
    rows = rows_after("sharma2022", ["radial"])
    assert "S21" in red(rows)
    assert "S14" not in red(rows)  # as asynchronous as ever, in the wrong order


@pytest.mark.slow
def test_no_conductivity_law_in_the_resolved_electrode():
    """The hard criteria of the reference itself."""
    good = {names.CONDUCTIVITY: {"law": "constant"}}
    rows = rows_after("sharma2022", ["reference"], good)
    assert {"S14", "S30", "S35"} <= {row["id"] for row in gating(rows)}
    assert not {"S32", "S38"} & red(rows)
