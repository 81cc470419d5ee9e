"""What a case asks to see in tables: variants side by side, remarks, tables of its page.

A case file asks for them in its tables ``[comparison]``, ``[[remarks]]`` and ``[[tables]]``; what
an electrode has that asks for neither of the first two stands here in the same form. A remark is a
number that is said wherever the case is shown.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd
from scipy.optimize import brentq

from multiscale.analysis.censoring import AtLeast
from multiscale.cases.judging import OBSERVABLES
from multiscale.cases.runs import CaseRun, Prepared, VariantRun
from multiscale.cases.schema import OWN_COLUMNS, Case, Column, Comparison, Remark, TableSpec
from multiscale.cases.tables import check_call
from multiscale.errors import CaseError, MultiscaleError, ResultsError, unknown_name
from multiscale.parameters import names
from multiscale.parameters.sets import number

Rows = Sequence[Mapping[str, Any]]
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


# --- tables of the page ---------------------------------------------------------------
#
# A function takes the run, the rows of its criteria, the variants and the arguments of the case
# file, and returns a table.
#
# Two of them say what the charge balance alone forbids, whatever the model, from the open-circuit
# curve of the first variant: if a share f of an electrode is untouched when the cell has done a
# share s of its charge, the others hold x = x0 - s Delta/(1 - f), and the cell is at U(x) at least.
# A particle that jumps while the cell is at V stops at U^-1(V) and then follows the cell.


def make_table(spec: TableSpec, run: CaseRun, criteria: Rows) -> pd.DataFrame:
    """The table of a description; ``ResultsError`` if none of its variants was run."""
    variants = [name for name in spec.variants or run.case.runs if name in run.runs]
    if not variants:
        raise ResultsError(f"table {spec.name!r}: none of its variants was run")
    return TABLES[spec.kind](run, criteria, variants, **spec.arguments)


class _Curve:
    """Open-circuit curve of a run between a content at the start and its upper voltage limit."""

    def __init__(self, prepared: Prepared, start: float):
        self.law: Any = prepared.values[names.OCP]
        self.start = start
        self.limit = number(prepared.values, names.UPPER_CUTOFF) or 0.0
        self.end = float(brentq(lambda x: self.voltage(x) - self.limit, 0.01, start))
        self.span = start - self.end

    def voltage(self, sto: float) -> float:
        return float(np.asarray(self.law(np.array(sto))))


def untouched_bounds(
    run: CaseRun,
    criteria: Rows,
    variants: Sequence[str],
    charged: list[float],
    untouched: list[float],
    start: float,
) -> pd.DataFrame:
    """Least voltage of the cell for a share of untouched particles at a state of charge.

    Parameters
    ----------
    charged, untouched : list of float
        States of charge, and the shares untouched there, in pairs.
    start : float
        Content from which the charge counts; where the curve is steep above, it says nothing.

    Returns
    -------
    DataFrame
        state of charge, untouched (share), content of the others, cell at least [V] and
        overpotential on the untouched [V]; NaN where it is impossible below the limit.
    """
    curve = _Curve(run.runs[variants[0]].prepared, start)
    rows = []
    for soc, share in zip(charged, untouched, strict=True):
        others = start - soc * curve.span / (1 - share)
        voltage = curve.voltage(others) if others >= curve.end else float("nan")
        rows.append((soc, share, others, voltage, voltage - curve.voltage(start)))
    columns = ["state of charge", "untouched", "content of the others", "cell at least [V]"]
    return pd.DataFrame(rows, columns=[*columns, "overpotential on the untouched [V]"])


def jump_bounds(
    run: CaseRun,
    criteria: Rows,
    variants: Sequence[str],
    widths: list[float],
    start: float,
    share: float = 0.9,
) -> pd.DataFrame:
    """Least voltage at which a particle can do a share of its change at once, by signal.

    The signals are the mean content, and brightness of each width (in lithium removed).
    """
    curve = _Curve(run.runs[variants[0]].prepared, start)
    rows = [("mean lithium content", curve.voltage(start - share * curve.span))]
    for width in widths:
        removed = -width * np.log(1 - share * (1 - np.exp(-curve.span / width)))
        rows.append((f"brightness of width {width:g}", curve.voltage(start - removed)))
    return pd.DataFrame(rows, columns=["signal", "cell at least [V]"])


def criteria_table(
    run: CaseRun, criteria: Rows, variants: Sequence[str], ids: list[str]
) -> pd.DataFrame:
    """The criteria of some observations once more, with the values here."""
    rows = [
        (
            row["id"],
            row["quantity"],
            # a number that is a bound says so
            f"{row['bound']} {row['value']:.4g}"
            if row["bound"] and row["value"] is not None
            else row["value"],
            row["wanted"],
        )
        for row in criteria
        if row["id"] in ids
    ]
    return pd.DataFrame(
        rows, columns=["id", "observation", "value here", "asked for"], dtype=object
    )


TABLES: dict[str, Callable[..., pd.DataFrame]] = {
    "untouched_bounds": untouched_bounds,
    "jump_bounds": jump_bounds,
    "criteria": criteria_table,
}


def check_table(kind: str, arguments: Mapping[str, Any]) -> None:
    """``CaseError`` if there is no such kind of table, or it does not take these arguments."""
    if kind not in TABLES:
        raise CaseError(unknown_name("table kind", kind, TABLES))
    check_call(TABLES[kind], 3, arguments, kind)
