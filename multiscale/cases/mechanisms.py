"""Which mechanism makes which observation: one row for each variant of an electrode case."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pandas as pd

from multiscale.analysis.censoring import AtLeast
from multiscale.cases import electrode_material as material
from multiscale.cases import electrode_observables as observables
from multiscale.cases.electrode_run import ElectrodeRun
from multiscale.cases.runs import CaseRun
from multiscale.errors import MultiscaleError

# The band between is neither; thresholds from trial runs, as in the criteria.
ASYNCHRONOUS, SYNCHRONOUS = 0.30, 0.08

_COLUMNS: dict[str, Callable[[ElectrodeRun], float]] = {
    "A1": lambda run: observables.asynchrony(run, 0),
    "A discharge 1": lambda run: observables.asynchrony(run, 1),
    "A2": lambda run: observables.asynchrony(run, 2),
    "A1 brightness": lambda run: observables.brightness_asynchrony(run, 0),
    "A2 brightness": lambda run: observables.brightness_asynchrony(run, 2),
    "loss 1": lambda run: material.cycle_loss(run, 0),
    "loss 2": lambda run: material.cycle_loss(run, 1),
    "order": lambda run: observables.order_correlation(run, 0),
    "polarisation [V]": material.polarisation,
    "V1 [V]": material.neck_drop,
    "not reacted": lambda run: observables.not_reacted(run, 0),
}
BOUNDS = "lower bounds"  # column: which of the spreads of a row are no more than that
_SPREADS = ("A1", "A discharge 1", "A2", "A1 brightness", "A2 brightness")
FIGURE_COLUMNS = ["A1", "A discharge 1", "A2", "loss 1", "loss 2", "order", "polarisation [V]"]
EXPLANATION = (
    "A: 90th minus 10th percentile of t50 over the duration, of the first charge (A1), the first "
    "discharge and the second charge (A2); loss: share of the charge that the discharge does not "
    "give back; order: rank correlation of t50 with the resistance to the collector; "
    "polarisation: voltage of charge 1 minus that of charge 2 between 5 and 60 %; V1: the drop of "
    "a pristine neck at nominal current. Particles that did not react count as later than the end; "
    "a spread that this leaves open is a lower bound (≥)."
)


def mechanisms(run: CaseRun) -> pd.DataFrame:
    """Table by variant: particles (fidelity), the numbers above, and what they amount to.

    NaN where a half-cycle was not reached. ``lower bounds`` names the spreads that are no more
    than that, because particles did not react.
    """
    rows = {name: _row(one) for name, one in run.runs.items() if isinstance(one, ElectrodeRun)}
    columns = ["particles", *_COLUMNS, "first charge", "second charge", BOUNDS]
    return pd.DataFrame.from_dict(rows, orient="index", columns=columns).rename_axis("variant")


def _row(run: ElectrodeRun) -> list[object]:
    values = [_value(function, run) for function in _COLUMNS.values()]
    found = dict(zip(_COLUMNS, values, strict=True))
    late = _value(lambda run: observables.not_reacted(run, 2), run)
    words = [describe(found["A1"], found["not reacted"]), describe(found["A2"], late)]
    bounds = ", ".join(name for name in _SPREADS if isinstance(found[name], AtLeast))
    return [str(run.prepared.spec.particles), *map(float, values), *words, bounds]


def lower_bounds(table: pd.DataFrame) -> pd.DataFrame:
    """True where a number of the table of mechanisms is a lower bound."""
    names = [str(words).split(", ") for words in table[BOUNDS]]
    marks = [[column in known for column in table.columns] for known in names]
    return pd.DataFrame(marks, table.index, table.columns)


def _value(function: Callable[[ElectrodeRun], float], run: ElectrodeRun) -> float:
    try:
        return function(run)
    except MultiscaleError:
        return float("nan")


def describe(spread: float, left_behind: float = 0) -> str:
    """A spread in a word; particles that never reacted matter more than it.

    Examples
    --------
    >>> describe(0.4), describe(0.1), describe(0.02)
    ('asynchronous', 'weakly asynchronous', 'synchronous')
    >>> describe(0.02, left_behind=3)
    '3 did not react'
    """
    if left_behind > 0:
        return f"{left_behind:.0f} did not react"
    if np.isnan(spread):
        return "no value"
    if spread >= ASYNCHRONOUS:
        return "asynchronous"
    return "synchronous" if spread <= SYNCHRONOUS else "weakly asynchronous"


def mechanism_lines(table: pd.DataFrame) -> list[str]:
    """The table as text for a terminal."""
    dropped = ["A1 brightness", "A2 brightness", "not reacted", "second charge", BOUNDS]
    shown = table.drop(columns=dropped, errors="ignore")
    numbers = shown.select_dtypes("number").columns
    shown[numbers] = shown[numbers].round(3) + 0.0  # no minus before a zero
    if BOUNDS in table:
        bounds = lower_bounds(table)[shown.columns]
        for name in bounds.columns[bounds.any()]:
            words = shown[name].map(lambda value: "-" if np.isnan(value) else f"{value:.3f}")
            shown[name] = words.where(~bounds[name], "≥ " + words)
    text = shown.reset_index().to_string(
        index=False, float_format=lambda value: f"{value:.3f}", na_rep="-"
    )
    return text.splitlines()
