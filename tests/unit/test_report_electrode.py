"""Blocks of an electrode's report: tables, shades, the callout, Kirchhoff's node rule."""

from __future__ import annotations

import functools

import numpy as np
import pandas as pd
import pybamm
import pytest

from multiscale import report
from multiscale.electrode.geometry import ElectrodeGeometry
from multiscale.errors import ResultsError
from multiscale.models.electrode import ElectrodeModel
from multiscale.models.fidelity import Lumped
from multiscale.parameters import load_set
from multiscale.results import Results


@functools.cache
def solved(carbon_conductance_S: float = np.inf) -> Results:
    electrode = ElectrodeGeometry.columns(
        [0, 1], carbon_conductance_S=carbon_conductance_S, constriction_m=13e-6
    )
    sim = pybamm.Simulation(
        ElectrodeModel(electrode, Lumped()),
        parameter_values=load_set("Sharma2022_NMC532").values,
        experiment=["Charge at C/20 for 1 hour"],
    )
    return Results(sim.solve(), tolerance=1e-2)


def timings() -> pd.DataFrame:
    return pd.DataFrame(
        {
            "particle": ["a", "b", "a", "b"],
            "half_cycle": [0, 0, 1, 1],
            "kind": ["charge", "charge", "discharge", "discharge"],
            "status": ["reacted", "reacted", "reacted", "incomplete"],
            "t10_s": [7200.0, 0.0, 0.0, np.nan],
            "t50_s": [10800.0, 3600.0, 3600.0, np.nan],
            "t90_s": [14400.0, 7200.0, 7200.0, np.nan],
        }
    )


def test_timings_start_with_the_earliest_and_name_what_did_not_react():
    table = report.timings_table(timings(), {"a": 1, "b": 0})
    assert table.columns[:3] == ["particle", "in the way", "charge 1: t10 [h]"]
    assert [row[:2] for row in table.rows] == [["b", 0], ["a", 1]]
    assert table.rows[0][2:] == [0, 1, 2, "", "incomplete", ""]


def test_lower_bounds_are_marked():
    measures = pd.DataFrame({"half_cycle": [0], "kind": "charge", "duration_s": 7200.0})
    measures = measures.assign(particles=15, reacted=14, range_t50=0.42)
    for bound, cell in ((True, "≥ 0.42"), (False, 0.42)):
        table = report.half_cycle_table(measures.assign(range_t50_is_lower_bound=bound))
        assert table.rows[0][3] == cell
        assert ("≥" in table.caption) == bound


def test_half_cycles_count_who_reacted():
    measures = pd.DataFrame(
        {"half_cycle": [0, 1], "kind": ["charge", "discharge"], "duration_s": 7200.0}
        | {"particles": 15, "reacted": [15, 14], "range_t50": [0.42, np.nan]}
    )
    table = report.half_cycle_table(measures)
    assert [row[:3] for row in table.rows] == [
        ["charge 1", 2.0, "15 of 15"],
        ["discharge 1", 2.0, "14 of 15"],
    ]
    page = report.render(report.Page("x", "", [report.Section("s", [table])]))
    assert "0.42" in page
    assert "nan" not in page


def test_mechanisms_are_shaded_by_their_share():
    table = pd.DataFrame({"spread": [0.4, 0.1], "kept": [True, False]}, index=["a <b>", "c"])
    heat = report.mechanism(table)
    assert heat.shares == [[None, 1.0, None], [None, 0.25, None]]
    page = report.render(report.Page("x", "", [report.Section("s", [heat])]))
    assert "a &lt;b&gt;" in page
    assert page.count('class="shaded') == 2
    assert "--share:62%" in page
    with pytest.raises(ResultsError, match="spread"):
        report.mechanism(table, ["spred"])
    with pytest.raises(ValueError, match="one share"):
        report.HeatTable(["a"], [[1]], "", [])


def test_callout():
    callout = report.Callout("The one tuned number", "7.4 V", "Chosen <so>.")
    page = report.render(report.Page("x", "", [report.Section("s", [callout])]))
    assert 'class="callout"' in page
    assert "Chosen &lt;so&gt;." in page


@pytest.mark.parametrize("carbon", [np.inf, 1e-6])
def test_node_rule_holds_and_notices_a_missing_current(carbon, monkeypatch):
    results = solved(carbon)
    assert report.kirchhoff(results) < 1e-3
    read = type(results).series

    def without_one(self, name, times=None):
        values = read(self, name, times)
        if name == "Contact current [A]":
            values = values.copy()
            values[0] = 0
        return values

    monkeypatch.setattr(type(results), "series", without_one)
    assert report.kirchhoff(results) > 0.1

    def doubled(self, name, times=None):  # nothing is missing at a node, but in the particles
        return read(self, name, times) * (2 if name == "Particle current [A]" else 1)

    monkeypatch.setattr(type(results), "series", doubled)
    assert report.kirchhoff(results) > 0.1


def test_balances_of_an_electrode():
    results = solved()
    names = list(report.balances({"C/20": results}).items)
    assert names[-1] == "Node rule at the worst node or particle, C/20"
