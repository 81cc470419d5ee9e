"""Charges and discharges of a cell record: where they start, end, and what they carried."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from multiscale.errors import AnalysisError

# The hold of a C/20 charge down to C/1000 ends at 0.02 of the largest current, that of a 1C
# charge down to C/200 at 0.005; the leakage of a cycler at rest is far below 0.001.
REST_TOLERANCE = 1e-3
COLUMNS = ("half_cycle", "kind", "start_s", "end_s", "duration_s", "capacity_Ah")
_ROUNDING = 1e-15  # of the largest current: what reading it leaves
_IDLE = 1e-6  # of the largest current: a step below it only shows the solver's tolerance
_INSTANT = 1e-6  # [s]


def check_times(time: NDArray[np.float64]) -> None:
    """Raise unless the times are finite and increase strictly.

    Raises
    ------
    AnalysisError
        Naming the first index that is at fault.
    """
    bad = np.flatnonzero(~np.isfinite(time))
    if bad.size:
        raise AnalysisError(f"time[{bad[0]}] is {time[bad[0]]}; times must be finite.")
    late = np.flatnonzero(np.diff(time) <= 0)
    if late.size:
        i = late[0] + 1
        raise AnalysisError(
            f"Times must increase strictly, but time[{i}] = {time[i]:g} s follows "
            f"time[{i - 1}] = {time[i - 1]:g} s."
        )


def half_cycles(
    time: ArrayLike,
    current: ArrayLike,
    rest_tolerance: float = REST_TOLERANCE,
    shortest_rest: float = 0.0,
) -> pd.DataFrame:
    """Charges and discharges of a record, in the order in which they happened.

    A half-cycle is a stretch over which current flows one way: a constant-current step and
    the voltage hold that follows belong together. A rest ends it, and belongs to none.

    Parameters
    ----------
    time : array_like, shape (n,)
        Increasing [s].
    current : array_like, shape (n,)
        [A]; positive discharges, as in PyBaMM (Battery Data Format: turn the sign).
    rest_tolerance : float
        Share of the largest current, in size, below which the cell rests.
    shortest_rest : float
        A rest shorter than this, between currents of one sign, is a break inside the
        half-cycle [s].

    Returns
    -------
    pandas.DataFrame
        One row per half-cycle: half_cycle (from 0), kind ("charge" or "discharge"), start_s
        and end_s (first and last sample with current), duration_s, capacity_Ah (positive,
        trapezoidal). A single sample with current has no duration and is left out.

    Raises
    ------
    AnalysisError
        If the arrays differ in length, hold something that is not a number, or time does not
        increase; if no current flows at all.

    Examples
    --------
    >>> table = half_cycles([0, 3600, 3601, 7200, 7201, 9000], [-2, -2, 0, 0, 1, 1])
    >>> table[["kind", "start_s", "end_s", "capacity_Ah"]]
            kind  start_s   end_s  capacity_Ah
    0     charge      0.0  3600.0     2.000000
    1  discharge   7201.0  9000.0     0.499722
    """
    t, i = np.asarray(time, dtype=float), np.asarray(current, dtype=float)
    if t.ndim != 1 or t.shape != i.shape or not t.size:
        raise AnalysisError(
            f"time and current must be two lists of one length; got shapes {t.shape} and {i.shape}."
        )
    check_times(t)
    bad = np.flatnonzero(~np.isfinite(i))
    if bad.size:
        raise AnalysisError(f"current[{bad[0]}] is {i[bad[0]]}; currents must be finite.")
    if not 0 <= rest_tolerance < 1:
        raise AnalysisError(f"rest_tolerance is a share between 0 and 1; got {rest_tolerance}.")
    if not shortest_rest >= 0:
        raise AnalysisError(f"shortest_rest is a time of at least 0 s; got {shortest_rest}.")

    sign = np.sign(i) * (np.abs(i) > rest_tolerance * np.abs(i).max())
    edges = np.flatnonzero(np.diff(sign)) + 1
    stretches: list[tuple[int, int]] = []  # first and last sample of one sign
    for first, last in zip([0, *edges.tolist()], [*(edges - 1).tolist(), len(t) - 1], strict=True):
        if sign[first] == 0:
            continue
        before = stretches[-1] if stretches else None
        if before and sign[before[0]] == sign[first] and t[first] - t[before[1]] < shortest_rest:
            stretches[-1] = (before[0], last)
        else:
            stretches.append((first, last))
    rows: list[dict[str, object]] = []
    for first, last in stretches:
        if not t[last] > t[first]:
            continue
        piece = slice(first, last + 1)
        rows.append(
            {
                "half_cycle": len(rows),
                "kind": "discharge" if sign[first] > 0 else "charge",
                "start_s": t[first],
                "end_s": t[last],
                "duration_s": t[last] - t[first],
                "capacity_Ah": abs(np.trapezoid(i[piece], t[piece])) / 3600,
            }
        )
    if not rows:
        raise AnalysisError("No current flows in this record for longer than one sample.")
    return pd.DataFrame(rows)


def half_cycles_by_charge(
    time: ArrayLike,
    charge: ArrayLike,
    current: ArrayLike,
    steps: Sequence[tuple[float, float]],
) -> pd.DataFrame:
    """Charges and discharges of a simulation, which knows its steps and counts its charge.

    A half-cycle is all that passes in one direction: constant currents, holds and pulses, with
    the rests between them. Another begins where the direction changes, and after a time that no
    step covers (a state that was put back, cycles that were not kept). Rests at its ends do not
    belong to it.

    Parameters
    ----------
    time : array_like, shape (n,)
        Increasing [s].
    charge : array_like, shape (n,)
        Charge passed up to each time, growing on discharge [A.h].
    current : array_like, shape (n - 1,)
        In the middle between two times [A]; positive discharges, 0 rests.
    steps : sequence of (float, float)
        Start and end of each step [s], in order. What a step passes at less than a thousandth of
        its own largest current belongs to the rest of it: the end of a hold.

    Returns
    -------
    pandas.DataFrame
        Columns as of :func:`half_cycles`; no row if no charge passes.

    Examples
    --------
    >>> steps = [(0, 600), (600, 1200), (1200, 1800), (1800, 2400)]
    >>> charge, current = [0, -1, -1, -2, -1.5], [-6, 0, -6, 3]
    >>> half_cycles_by_charge([0, 600, 1200, 1800, 2400], charge, current, steps)[
    ...     ["half_cycle", "kind", "start_s", "end_s", "capacity_Ah"]]
       half_cycle       kind  start_s   end_s  capacity_Ah
    0           0     charge      0.0  1800.0          2.0
    1           1  discharge   1800.0  2400.0          0.5
    """
    t, q = np.asarray(time, dtype=float), np.asarray(charge, dtype=float)
    check_times(t)
    sign, step = _directions(t, np.asarray(current, dtype=float), steps)
    spans: list[tuple[int, int]] = []  # first and last interval of each half-cycle
    apart = True
    for k, way in enumerate(sign):
        apart = apart or step[k] == -1
        if not way:
            continue
        if apart or sign[spans[-1][0]] != way:
            spans.append((k, k))
        else:
            spans[-1] = (spans[-1][0], k)
        apart = False
    rows: list[dict[str, object]] = []
    for first, last in spans:
        rows.append(
            {
                "half_cycle": len(rows),
                "kind": "discharge" if sign[first] > 0 else "charge",
                "start_s": t[first],
                "end_s": t[last + 1],
                "duration_s": t[last + 1] - t[first],
                "capacity_Ah": abs(q[last + 1] - q[first]),
            }
        )
    return pd.DataFrame(rows, columns=COLUMNS)


def _directions(
    t: NDArray[np.float64], current: NDArray[np.float64], steps: Sequence[tuple[float, float]]
) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    """Direction of each interval (1 discharge, -1 charge, 0 neither), and its step; -1 if none."""
    step = np.full(len(current), -1)
    middle = (t[1:] + t[:-1]) / 2
    for number, (start, end) in enumerate(steps):
        step[(middle > start) & (middle < end)] = number
    # the instant by which PyBaMM begins a step later than it ended the one before is no gap
    step[(step < 0) & (np.diff(t) < _INSTANT)] = -2
    rate = np.where(step < 0, 0.0, current)
    rate[np.abs(rate) <= _ROUNDING * np.abs(rate).max(initial=0.0)] = 0
    largest = {n: np.abs(rate[step == n]).max() for n in np.unique(step)}
    own = np.array([largest[n] for n in step])
    plain = (np.abs(rate) > REST_TOLERANCE * own) & (own > _IDLE * own.max(initial=0.0))
    sign = np.where(plain, np.sign(rate), 0)
    # what is too weak to tell goes with what is next to it, in its step or its direction
    weak = (rate != 0) & ~plain
    places = range(len(sign))
    for order, back in ((places, -1), (reversed(places), 1)):
        for k in order:
            other = k + back
            while 0 <= other < len(sign) and step[other] == -2:
                other += back
            if not weak[k] or sign[k] or not 0 <= other < len(sign) or not sign[other]:
                continue
            if step[k] == step[other] or np.sign(rate[k]) == sign[other]:
                sign[k] = sign[other]
    return sign, step
