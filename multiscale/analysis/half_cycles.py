"""Charges and discharges of a cell record: where they start, end, and what they carried."""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from multiscale.errors import AnalysisError

# The hold of a C/20 charge down to C/1000 ends at 0.02 of the largest current, that of a 1C
# charge down to C/200 at 0.005; the leakage of a cycler at rest is far below 0.001.
REST_TOLERANCE = 1e-3


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
    _check_record(t, i, rest_tolerance, shortest_rest)
    sign = np.sign(i) * (np.abs(i) > rest_tolerance * np.abs(i).max())
    rows: list[dict[str, object]] = []
    for first, last in _stretches(t, sign, shortest_rest):
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


def _check_record(
    t: NDArray[np.float64], i: NDArray[np.float64], rest_tolerance: float, shortest_rest: float
) -> None:
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


def _stretches(
    t: NDArray[np.float64], sign: NDArray[np.float64], shortest_rest: float
) -> list[tuple[int, int]]:
    """First and last index of each stretch of one sign that lasts."""
    edges = np.flatnonzero(np.diff(sign)) + 1
    runs = zip([0, *edges], [*(edges - 1), len(t) - 1], strict=True)
    merged: list[tuple[int, int]] = []
    for first, last in (run for run in runs if sign[run[0]] != 0):
        if (
            merged
            and sign[merged[-1][0]] == sign[first]
            and t[first] - t[merged[-1][1]] < shortest_rest
        ):
            merged[-1] = (merged[-1][0], int(last))
        else:
            merged.append((int(first), int(last)))
    return [(first, last) for first, last in merged if t[last] > t[first]]
