"""Blocks made from results and parameter sets: balances, entries, timings, half-cycles."""

from __future__ import annotations

import platform
from collections.abc import Mapping, Sequence
from importlib.metadata import PackageNotFoundError, version
from typing import Any

import numpy as np
import pandas as pd
import pybamm
from scipy.integrate import cumulative_trapezoid

from multiscale.errors import ResultsError, unknown_name
from multiscale.parameters.sets import ParameterSet
from multiscale.report.page import HeatTable, KeyValues, Parameters, Table
from multiscale.results import ElectrodeResults, Results

_PACKAGES = ("multiscale-electrode", "pybamm", "scikit-fem", "numpy", "scipy")
HOUR = 3600.0
_TIMES = {"t10_s": "t10 [h]", "t50_s": "t50 [h]", "t90_s": "t90 [h]"}
_WORDS = {"no_change": "no change"}
_MEASURES = {  # column of electrode_measures -> head
    "range_t50": "spread of t50 (p90 − p10)",
    "full_range_t50": "last − first t50",
    "median_width": "median width t90 − t10",
    "mean_active_fraction": "mean active share",
    "order_correlation": "order against obstruction",
}
_EXPLAINED = (
    "Times since the start of the half-cycle: when 10, 50 and 90 % of the particle's own change "
    "were done."
)
_SHARES = "Spreads and widths are shares of the duration of the half-cycle."
_BOUNDS = "≥: particles that did not react count as later than the end, a lower bound."


def balances(runs: Results | Mapping[str, Results]) -> KeyValues:
    """Relative errors of the lithium and charge balances of one run or of several.

    Of an electrode also the node rule of Kirchhoff, over all nodes and particles.

    Examples
    --------
    >>> balances({}).items
    {}
    """
    items = {}
    for label, run in _labelled(runs).items():
        of = f", {label}" if label else ""
        items[f"Lithium gained against charge passed{of}"] = run.balance.lithium
        items[f"Facet currents against terminal current{of}"] = run.balance.charge
        if isinstance(run, ElectrodeResults):
            items[f"Node rule at the worst node or particle{of}"] = kirchhoff(run)
    return KeyValues(items, "Relative errors; a breach of the tolerance would have been an error.")


def versions() -> dict[str, str]:
    """Versions of Python and of the packages that decide the numbers.

    Examples
    --------
    >>> "pybamm" in versions()
    True
    """
    numbers = {"python": platform.python_version()}
    for package in _PACKAGES:
        try:
            numbers[package] = version(package)
        except PackageNotFoundError:
            numbers[package] = "not installed (run from a checkout)"
    return numbers


def parameters(
    chosen: ParameterSet, overrides: Mapping[str, Any] | None = None, caption: str = ""
) -> Parameters:
    """Every entry of a set with its source and grade, changed entries first.

    Parameters
    ----------
    chosen : ParameterSet
    overrides : mapping of str to number or law, optional
        Entries a run has changed; they are marked as such.
    caption : str

    Examples
    --------
    >>> from multiscale.parameters import load_set
    >>> changed = {"Ambient temperature [K]": 300.0}
    >>> parameters(load_set("Xu2022_NMC88"), changed).rows[0]["source"]
    'changed for this run'
    """
    overrides = overrides or {}
    rows = [_entry(name, value, source="changed for this run") for name, value in overrides.items()]
    rows += [
        _entry(
            name,
            chosen.values[name],
            grade=source.grade,
            kind=source.kind,
            source=f"{source.citation}, {source.where}",
            doi=source.doi,
        )
        for name, source in sorted(chosen.sources.items())
        if name not in overrides and name in chosen.values
    ]
    return Parameters(rows, caption or chosen.title)


def _entry(name: str, value: Any, **described: Any) -> dict[str, Any]:
    """A row: name and unit apart, a law or a formula in a word."""
    words, bracket, unit = name.partition(" [")
    if callable(value):
        value = "law"
    elif isinstance(value, pybamm.Symbol):
        value = "formula"
    unit = unit.removesuffix("]") if bracket else "–"
    return {"name": words, "unit": unit, "value": value, **described}


def _labelled(runs: Results | Mapping[str, Results]) -> dict[str, Results]:
    return dict(runs) if isinstance(runs, Mapping) else {"": runs}


def timings_table(
    timings: pd.DataFrame, obstruction: Mapping[str, int] | None = None, caption: str = ""
) -> Table:
    """Reaction timings with one row per particle, earliest first.

    Parameters
    ----------
    timings : DataFrame
        From :func:`multiscale.reaction_timings`.
    obstruction : mapping of str to int, optional
        Particles in the way of each.
    caption : str
        What t10, t50 and t90 mean, unless given.

    Examples
    --------
    >>> table = pd.DataFrame({"particle": ["a", "b"], "half_cycle": 0, "kind": "charge",
    ...                       "status": ["reacted", "no_change"], "t10_s": [3600, np.nan],
    ...                       "t50_s": [7200, np.nan], "t90_s": [9000, np.nan]})
    >>> timings_table(table).rows
    [['a', 1.0, 2.0, 2.5], ['b', '', 'no change', '']]
    """
    cycles = timings[["half_cycle", "kind"]].drop_duplicates().sort_values("half_cycle")
    number = cycles.groupby("kind").cumcount() + 1
    first = timings[timings["half_cycle"] == cycles["half_cycle"].iloc[0]]
    order = first.sort_values("t50_s", kind="stable")["particle"].tolist()
    order += [label for label in timings["particle"].unique() if label not in set(order)]
    columns = ["particle"] + (["in the way"] if obstruction else [])
    rows: dict[Any, list[Any]] = {
        label: [label] + ([obstruction[label]] if obstruction else []) for label in order
    }
    for (_, cycle), which in zip(cycles.iterrows(), number, strict=True):
        columns += [f"{cycle['kind']} {which}: {head}" for head in _TIMES.values()]
        own = timings[timings["half_cycle"] == cycle["half_cycle"]].set_index("particle")
        for label, row in rows.items():
            status = own["status"].get(label)
            if status == "reacted":
                row += [round(float(own.loc[label, name]) / HOUR, 3) for name in _TIMES]
            else:  # the status takes the place of the times
                row += ["", _WORDS.get(status, status) or "", ""]
    return Table(columns, list(rows.values()), caption or _EXPLAINED)


def half_cycle_table(measures: pd.DataFrame, caption: str = "") -> Table:
    """One row per half-cycle: how spread out the particles reacted, and how many did.

    Parameters
    ----------
    measures : DataFrame
        From :func:`multiscale.analysis.electrode_measures.electrode_measures`.
    caption : str
        What the shares are shares of, unless given.

    Examples
    --------
    >>> table = pd.DataFrame({"half_cycle": [0], "kind": "charge", "duration_s": 72000.0,
    ...                       "particles": 15, "reacted": 15, "range_t50": 0.42})
    >>> half_cycle_table(table).rows
    [['charge 1', 20.0, '15 of 15', 0.42]]
    """
    names = measures["kind"] + " " + (measures.groupby("kind").cumcount() + 1).astype(str)
    known = [name for name in _MEASURES if name in measures]
    columns = ["half-cycle", "duration [h]", "reacted", *(_MEASURES[name] for name in known)]
    rows = [
        [
            name,
            round(float(row["duration_s"]) / HOUR, 3),
            f"{int(row['reacted'])} of {int(row['particles'])}",
            *(
                _in_words(float(row[column]), bool(row.get(f"{column}_is_lower_bound", False)))
                for column in known
            ),
        ]
        for name, (_, row) in zip(names, measures.iterrows(), strict=True)
    ]
    bounds = [name for name in measures if str(name).endswith("_is_lower_bound")]
    words = caption or _SHARES
    if bounds and measures[bounds].to_numpy(bool).any():
        words = f"{words} {_BOUNDS}"
    return Table(columns, rows, words)


def mechanism(
    table: pd.DataFrame,
    coloured: Sequence[str] | None = None,
    most: float | None = None,
    caption: str = "",
    at_least: pd.DataFrame | None = None,
) -> HeatTable:
    """Variants by observables, as text: the darker a cell, the less the particles agree.

    Parameters
    ----------
    table : DataFrame
        Index: variants; columns: observables.
    coloured : sequence of str, optional
        Columns shaded from 0 to ``most``; all columns of numbers unless given.
    most : float, optional
        The largest value, at least 0.3, unless given.
    caption : str
    at_least : DataFrame of bool, optional
        True where a number is a lower bound; it is marked.

    Examples
    --------
    >>> table = pd.DataFrame({"spread": [0.4, 0.1]}, index=["default", "conducting"])
    >>> mechanism(table).shares
    [[None, 1.0], [None, 0.25]]
    """
    chosen = list(table.select_dtypes("number").columns if coloured is None else coloured)
    for name in chosen:
        if name not in table:
            raise ResultsError(unknown_name("column", name, table.columns))
    values = table[chosen].apply(pd.to_numeric, errors="coerce")
    largest = most or max(float(np.nanmax(values.to_numpy(float), initial=0.0)), 0.3)
    rows, shares = [], []
    for label, row in table.iterrows():
        of_row = {name: float(values.loc[label, name]) / largest for name in chosen}
        marks = {} if at_least is None else at_least.loc[label]
        rows.append([label, *(_in_words(row[n], bool(marks.get(n))) for n in table.columns)])
        known = [of_row.get(name, np.nan) for name in table.columns]
        shares.append([None, *(share if np.isfinite(share) else None for share in known)])
    return HeatTable(["variant", *map(str, table.columns)], rows, caption, shares)


def _in_words(value: Any, bound: bool = False) -> Any:
    """A number with three digits; a lower bound with a sign before it."""
    if isinstance(value, bool | np.bool_):
        return "yes" if value else "no"
    if not isinstance(value, float | np.floating):
        return value
    rounded = float(f"{value:.3g}")
    return f"≥ {rounded:g}" if bound and np.isfinite(value) else rounded


def kirchhoff(results: ElectrodeResults) -> float:
    """Largest charge that went missing at a node or in a particle, over the charge passed."""
    domains, times = results.model.domains, results.times
    into = results.series("Contact current [A]").reshape(len(domains.contacts), -1)
    current = results.series("Current [A]")
    leaving = _summed(into, domains.contacts["node"].map(domains.node_of), domains.n_nodes)
    leaving[domains.collector] += current
    if domains.laplacian.nnz:
        potential = results.series("Node potential minus equilibrium [V]")
        leaving += domains.laplacian @ potential.reshape(domains.n_nodes, -1)
    number = {label: i for i, label in enumerate(results.labels)}
    entering = _summed(into, domains.contacts["particle"].map(number), len(number))
    kept = entering + results.series("Particle current [A]").reshape(len(number), -1)
    # integrated, as the other balances: single instants show the last digits of an iteration
    missing = cumulative_trapezoid(np.vstack([leaving, kept]), times, axis=1)
    passed = cumulative_trapezoid(np.abs(current), times)
    return float(np.abs(missing).max() / max(float(passed[-1]), 1e-300))


def _summed(values: np.ndarray, group: pd.Series, n: int) -> np.ndarray:
    total = np.zeros((n, values.shape[1]))
    np.add.at(total, group.to_numpy(dtype=int), values)
    return total
