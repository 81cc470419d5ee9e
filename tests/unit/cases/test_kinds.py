"""Kinds of cases on data made here."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from siblings import siblings

from multiscale.cases import exact
from multiscale.cases.electrode_observables import two_mode_separation
from multiscale.cases.half_cell import KIND as HALF_CELL
from multiscale.cases.half_cell import Curves, curve
from multiscale.cases.kind import Context, DataMissing, observable
from multiscale.cases.tables import read_table
from multiscale.errors import AnalysisError, CaseError, ResultsError


@pytest.fixture
def data(tmp_path):
    """Two branches 0.1 V apart when full, 0.01 V from 20 % on; the second counts backwards."""
    capacity = np.linspace(0, 2e-3, 2001)
    share = capacity / capacity[-1]
    up = 3.4 + 0.9 * share
    down = up - 0.01 - 0.09 * np.clip(1 - share / 0.2, 0, 1)
    pd.DataFrame({"Ah": capacity, "Volts": up}).to_csv(tmp_path / "up.csv", index=False)
    backwards = {"Ah": capacity, "Volts": down[::-1]}
    pd.DataFrame(backwards).to_csv(tmp_path / "down.csv", index=False)
    return tmp_path


def solved(table, data):
    variant = read_table(Curves, table, "test")
    return HALF_CELL.solve(variant, Context(data))


def test_curve_runs_from_full_to_empty_whichever_way_it_counts(data):
    for name in ("up.csv", "down.csv"):
        share, voltage = curve(data / name)
        assert (np.diff(share) > 0).all()
        assert (np.diff(voltage) > 0).all()


def test_branches_are_compared_at_equal_shares(data):
    figures = solved({"curve": "up.csv", "other": "down.csv"}, data)
    assert figures["smallest_slope"] == pytest.approx(0.9, rel=1e-6)
    assert figures["gap_in_the_middle_V"] == pytest.approx(0.01, abs=1e-6)
    assert figures["gap_near_full_V"] == pytest.approx(0.01 + 0.09 * 0.75, abs=1e-4)
    assert figures["gap_growth"] == pytest.approx(7.75, rel=1e-2)


def test_a_set_is_compared_with_the_curve(data):
    table = {"curve": "up.csv", "parameters": "Xu2022_NMC88", "full": 0.985, "span": 0.79}
    assert 0.01 < solved(table, data)["set_rms_V"] < 1


def test_missing_data_say_what_is_wanted(tmp_path):
    variant = Curves(curve="up.csv")
    with pytest.raises(DataMissing, match=r"--data DIR.*up\.csv"):
        HALF_CELL.solve(variant, Context())
    with pytest.raises(DataMissing, match=r"up\.csv is not in the folder"):
        HALF_CELL.solve(variant, Context(tmp_path))


def test_a_file_without_a_curve_is_refused(tmp_path):
    (tmp_path / "up.csv").write_text("a,b\n1,2\n")
    with pytest.raises(AnalysisError, match="holds no voltage and capacity"):
        curve(tmp_path / "up.csv")
    (tmp_path / "up.mat").write_bytes(b"no matlab file")
    with pytest.raises(AnalysisError, match=r"up\.mat cannot be read as a MATLAB file"):
        curve(tmp_path / "up.mat")


def test_half_cell_tables_must_be_complete():
    with pytest.raises(CaseError, match="'parameters' needs 'full' and 'span'"):
        read_table(Curves, {"curve": "a.csv", "parameters": "Xu2022_NMC88"}, "test")


def test_series_hold_the_lithium_and_the_flux():
    """Their mean rises as the flux says; the gradient at the surface is the flux."""
    tau, r = np.array([0.02, 0.1, 0.5]), np.linspace(0, 1, 4001)
    for dimension, series in exact.SERIES.values():
        change = series(r, tau)
        mean = dimension * np.trapezoid(change * r[:, None] ** (dimension - 1), r, axis=0)
        assert mean == pytest.approx(dimension * tau, abs=1e-4)
        assert (change[-1] - change[-2]) / (r[1] - r[0]) == pytest.approx(1, abs=2e-2)


def test_a_wrong_flux_is_seen(monkeypatch):
    right = exact.constant_flux("cylinder", n=20)["largest_error"]
    monkeypatch.setattr(exact, "RATE", 0.1)  # of the series; the run takes it from there too
    monkeypatch.setattr(exact, "ONE_C", exact.ONE_C * 2)
    assert exact.constant_flux("cylinder", n=20)["largest_error"] > 100 * right


def test_numbers_that_a_comparison_lacks_are_named():
    with pytest.raises(ResultsError, match="has no drift; it has largest_error"):
        observable("drift")({"largest_error": 0.0})


@siblings(
    ("values", "weights", "separation"),
    [
        (np.linspace(0, 1, 1001), np.ones(1001), 0.5),  # uniform of width 1
        (np.array([0.2, 0.8]), np.array([9.0, 1.0]), 0.6),  # whatever the weights
        (np.array([0.3, 0.3]), np.ones(2), 0.0),
        (np.array([0.3]), np.ones(1), 0.0),
    ],
)
def test_separation_of_two_classes(values, weights, separation):
    assert two_mode_separation(values, weights) == pytest.approx(separation, abs=1e-3)
