"""The tables that a case may ask for on its page: one dictionary, from kind to function.

A function takes the run, the rows of its criteria, the variants and the arguments of the case
file, and returns a table.

Two of them say what the charge balance alone forbids, whatever the model, from the open-circuit
curve of the first variant: if a share f of an electrode is untouched when the cell has done a
share s of its charge, the others hold x = x0 - s Delta/(1 - f), and the cell is at U(x) at least.
A particle that jumps while the cell is at V stops at U^-1(V) and then follows the cell.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd
from scipy.optimize import brentq

from multiscale.cases.runs import CaseRun, Prepared
from multiscale.cases.schema import TableSpec
from multiscale.cases.tables import check_call
from multiscale.errors import CaseError, ResultsError, unknown_name
from multiscale.parameters import names
from multiscale.parameters.sets import number

Rows = Sequence[Mapping[str, Any]]


def make_table(spec: TableSpec, run: CaseRun, criteria: Rows) -> pd.DataFrame:
    """The table of a description; ``ResultsError`` if none of its variants was run."""
    variants = [name for name in spec.variants or run.case.runs if name in run.runs]
    if not variants:
        raise ResultsError(f"table {spec.name!r}: none of its variants was run")
    return KINDS[spec.kind](run, criteria, variants, **spec.arguments)


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
        (row["id"], row["quantity"], _known(row["value"], row["bound"]), row["wanted"])
        for row in criteria
        if row["id"] in ids
    ]
    return pd.DataFrame(
        rows, columns=["id", "observation", "value here", "asked for"], dtype=object
    )


def _known(value: float | None, bound: str) -> Any:
    return f"{bound} {value:.4g}" if bound and value is not None else value


KINDS: dict[str, Callable[..., pd.DataFrame]] = {
    "untouched_bounds": untouched_bounds,
    "jump_bounds": jump_bounds,
    "criteria": criteria_table,
}


def check_arguments(kind: str, arguments: Mapping[str, Any]) -> None:
    """``CaseError`` if there is no such kind of table, or it does not take these arguments."""
    if kind not in KINDS:
        raise CaseError(unknown_name("table kind", kind, KINDS))
    check_call(KINDS[kind], 3, arguments, kind)
