"""Variants side by side, and the numbers that are said wherever a case is shown.

A case file asks for both in its tables ``[comparison]`` and ``[[remarks]]``; what an electrode
has that asks for neither stands here in the same form.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from multiscale.analysis.censoring import AtLeast
from multiscale.cases.judging import OBSERVABLES
from multiscale.cases.runs import CaseRun, VariantRun
from multiscale.cases.schema import OWN_COLUMNS, Case, Column, Comparison, Remark
from multiscale.errors import MultiscaleError

BODY, BOUNDS = OWN_COLUMNS
NECK = (
    Remark(
        name="pristine neck",
        measure="neck_drop",
        meaning="ohmic drop of one pristine contact of two particles at the nominal current",
        unit="V",
    ),
)
_BANDS: dict[str, Any] = {  # the band between is neither; thresholds from trial runs
    "limits": (0.08, 0.30),
    "words": ("synchronous", "weakly asynchronous", "asynchronous"),
}
_SPREADS = ("spread 1", "spread 2", "spread 3")
_SHOWN = (*_SPREADS, "loss 1", "loss 2", "order", "polarisation [V]")
STANDARD = Comparison(
    columns=(
        *(
            Column(name=f"spread {k + 1}", measure="asynchrony", arguments={"half_cycle": k})
            for k in range(3)
        ),
        Column(name="brightness spread 1", measure="brightness_asynchrony"),
        Column(
            name="brightness spread 3", measure="brightness_asynchrony", arguments={"half_cycle": 2}
        ),
        Column(name="loss 1", measure="cycle_loss"),
        Column(name="loss 2", measure="cycle_loss", arguments={"cycle": 1}),
        Column(name="order", measure="order_correlation"),
        Column(name="polarisation [V]", measure="polarisation"),
        Column(name="pristine neck [V]", measure="neck_drop"),
        Column(name="not reacted", measure="not_reacted"),
        Column(name="half-cycle 1", measure="asynchrony", **_BANDS),
        Column(name="half-cycle 3", measure="asynchrony", arguments={"half_cycle": 2}, **_BANDS),
    ),
    caption=(
        "Spread: 90th minus 10th percentile of t50 over the duration, by half-cycle; loss: share "
        "of the charge that the discharge does not give back, by cycle; order: rank correlation "
        "of t50 with the resistance to the collector; polarisation: voltage of charge 1 minus "
        "that of charge 2 between 5 and 60 %; pristine neck: what it drops at nominal current. "
        "Particles that did not react count as later than the end; a spread that this leaves open "
        "is a lower bound (≥)."
    ),
    shaded=_SPREADS,
    figure=_SHOWN,
    terminal=(*_SHOWN, "pristine neck [V]", "half-cycle 1"),
)


def compared(run: CaseRun) -> pd.DataFrame:
    """Table by variant: ``particles`` (how they are resolved) and the columns asked for.

    NaN where a half-cycle was not reached. ``lower bounds`` names the columns that are no more
    than that, because particles did not react. Empty if the case asks for no comparison.
    """
    columns = () if run.case.comparison is None else run.case.comparison.columns
    rows = {}
    for name, one in run.runs.items() if columns else ():
        values = {column.name: _cell(column, one) for column in columns}
        bounds = ", ".join(key for key, value in values.items() if isinstance(value, AtLeast))
        plain = [v if isinstance(v, str) else float(v) for v in values.values()]
        spec = one.prepared.spec
        rows[name] = [str(spec.mesh or spec.particles), *plain, bounds]
    heads = [BODY, *(column.name for column in columns), BOUNDS]
    return pd.DataFrame.from_dict(rows, orient="index", columns=heads).rename_axis("variant")


def lower_bounds(table: pd.DataFrame) -> pd.DataFrame:
    """True where a number of the table is a lower bound."""
    names = [str(words).split(", ") for words in table[BOUNDS]]
    marks = [[column in known for column in table.columns] for known in names]
    return pd.DataFrame(marks, table.index, table.columns)


def figure_columns(run: CaseRun, names: list[str] | None = None) -> pd.DataFrame:
    """Numbers of the columns that a figure shows, of some variants or all."""
    assert run.case.comparison is not None
    whole = compared(run) if names is None else compared(run).loc[names]
    return whole[list(run.case.comparison.figure)].astype(float).round(3) + 0.0


def _cell(column: Column, run: VariantRun) -> float | str:
    value = _value(run, column.measure, column.arguments)
    if not column.words:
        return value
    half_cycle = {"half_cycle": column.arguments.get("half_cycle", 0)}
    # a single particle has no others to wait for: the measure refuses it
    late = _value(run, "not_reacted", half_cycle) if run.prepared.spec.geometry else 0
    return in_a_word(value, column.limits, column.words, late)


def in_a_word(
    value: float, limits: tuple[float, ...], words: tuple[str, ...], left_behind: float = 0
) -> str:
    """A number in a word; particles that never reacted matter more than it.

    Examples
    --------
    >>> [in_a_word(v, (0.1, 0.3), ("together", "in between", "apart")) for v in (0.4, 0.2, 0.1)]
    ['apart', 'in between', 'together']
    >>> in_a_word(0.02, (0.1,), ("together", "apart"), left_behind=3)
    '3 did not react'
    """
    if left_behind > 0:
        return f"{left_behind:.0f} did not react"
    if np.isnan(value):
        return "no value"
    return words[int(np.searchsorted(limits, value))]


def _value(run: VariantRun, measure: str, arguments: Any) -> float:
    try:
        return OBSERVABLES[measure](run, **arguments)
    except MultiscaleError:
        return float("nan")


def comparison_lines(table: pd.DataFrame, asked: Comparison) -> list[str]:
    """The table as text for a terminal."""
    shown = table[[name for name in (BODY, *asked.terminal) if name in table]].copy()
    numbers = shown.select_dtypes("number").columns
    shown[numbers] = shown[numbers].round(3) + 0.0  # no minus before a zero
    bounds = lower_bounds(table)[shown.columns]
    for name in bounds.columns[bounds.any()]:
        words = shown[name].map(lambda value: "-" if np.isnan(value) else f"{value:.3f}")
        shown[name] = words.where(~bounds[name], "≥ " + words)
    text = shown.reset_index().to_string(
        index=False, float_format=lambda value: f"{value:.3f}", na_rep="-"
    )
    return text.splitlines()


def remarked(case: Case, run: VariantRun) -> dict[str, float]:
    """Value of each remark of a case in a run; NaN where it has none."""
    return {one.name: float(_value(run, one.measure, one.arguments)) for one in case.remarks}


def in_words(remark: Remark, value: Any) -> str:
    """Value of a remark with its unit; empty if there is none.

    Examples
    --------
    >>> in_words(NECK[0], 7.42), in_words(NECK[0], None)
    ('7.42 V', '')
    """
    known = value is not None and np.isfinite(value)
    return f"{value:.3g} {remark.unit}".strip() if known else ""
