"""Times that are known to lie in an interval only: particles that did not react in sight.

A particle that did not react by the end of a half-cycle is not missing, it is late: its time is
*censored*, later than the end. One that stood at the end state from the start is early. Leaving
either out makes the more obstructed of two electrodes look the more synchronous one.

Every time is an interval here, (t, t) if it was seen, and every measure is what intervals allow:
a number, or a bound that says so. Where all times that are not seen lie after the end, this is the
Kaplan-Meier estimate: no time is lost before the last reaction, so that its distribution is the
empirical one up to the share that reacted.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd
from numpy.typing import NDArray

Floats = NDArray[np.float64]
_FAR = 1e200  # stands for infinity where quantiles are interpolated
_NO_NET_CHANGE = 0.1  # of the median change of those that reacted
_SAME = 1e-12  # of the larger end: an interval of this width is a number


class AtLeast(float):
    """A number that the true value is not below.

    Examples
    --------
    >>> in_words(AtLeast(0.5)), in_words(0.5)
    ('at least 0.5', '0.5')
    """


class AtMost(float):
    """A number that the true value is not above."""


def number_of(low: float, high: float) -> float:
    """One number for an interval: itself, a bound, or NaN if nothing or both ends are known.

    Examples
    --------
    >>> number_of(0.4, np.inf), type(number_of(0.4, np.inf)).__name__
    (0.4, 'AtLeast')
    """
    if np.isnan(low) or np.isnan(high):
        return float("nan")
    both = np.isfinite(low) and np.isfinite(high)
    if both and high - low <= _SAME * max(abs(low), abs(high)):
        return float(low)
    if np.isfinite(low):
        return AtLeast(low)  # of an interval with two ends, the one that spreads are judged by
    return AtMost(high) if np.isfinite(high) else float("nan")


def ends_of(value: float) -> tuple[float, float]:
    """Smallest and largest value that a number allows; the reverse of :func:`number_of`.

    Examples
    --------
    >>> ends_of(AtLeast(0.4)), ends_of(0.4)
    ((0.4, inf), (0.4, 0.4))
    """
    if isinstance(value, AtLeast):
        return float(value), np.inf
    if isinstance(value, AtMost):
        return -np.inf, float(value)
    return float(value), float(value)


def ratio_of(first: float, second: float) -> float:
    """First over second, both not negative: a number, a bound, or NaN if that is open.

    Examples
    --------
    >>> in_words(ratio_of(AtLeast(1.0), 2.0)), in_words(ratio_of(1.0, AtLeast(2.0)))
    ('at least 0.5', 'at most 0.5')
    """
    low, high = ratio_ends(ends_of(first), ends_of(second))
    return AtMost(high) if low == 0 and 0 < high < np.inf else number_of(low, high)


def ratio_ends(first: tuple[float, float], second: tuple[float, float]) -> tuple[float, float]:
    """Ends of a ratio; NaN for a denominator that may be zero or change its sign."""
    if not (second[0] > 0 or second[1] < 0):
        return np.nan, np.nan
    ends = [0.0 if np.isinf(b) and np.isfinite(a) else a / b for a in first for b in second]
    return (np.nan, np.nan) if np.isnan(ends).any() else (min(ends), max(ends))


def bound_words(value: float) -> str:
    """ "at least", "at most", or nothing for a number that is one."""
    return {AtLeast: "at least", AtMost: "at most"}.get(type(value), "")


def in_words(value: float, digits: int = 4) -> str:
    """A number as text, with "at least" or "at most" before a bound."""
    return f"{bound_words(value)} {float(value):.{digits}g}".strip()


def censored_times(
    rows: pd.DataFrame, already: NDArray[np.bool_], name: str
) -> tuple[Floats, Floats]:
    """Ends of the interval [s] in which a time of each row lies; NaN where nothing is known.

    ``rows`` of one half-cycle, ``name`` one of t10_s, t50_s, t90_s. What was seen has no width. A
    row with ends instead (t50_low_s, t50_high_s; a missing one is that of the half-cycle) has
    those. Without a change: later than the end, or earlier than the start for those that stood at
    the end state ``already``. ``incomplete``: not before what the table says, and otherwise later
    than the end. ``unclear``: unknown, unless both levels were seen and are the same to a tenth
    of what the others did: whatever happened in between, such a particle did not react.
    """
    nothing = pd.Series(np.nan, rows.index)

    def column(other: str) -> Floats:
        return rows.get(other, nothing).to_numpy(float)

    stem, status = name.removesuffix("_s"), _judged_status(rows)
    duration = column("duration_s")
    time, from_, to = column(name), column(f"{stem}_low_s"), column(f"{stem}_high_s")
    done = status == "reacted"
    between = done & np.isnan(time) & (np.isfinite(from_) | np.isfinite(to))
    low, high = np.where(done, time, np.nan), np.where(done, time, np.nan)
    low[between] = np.fmax(np.nan_to_num(from_), 0)[between]
    high[between] = np.fmin(np.where(np.isnan(to), duration, to), duration)[between]
    if name != "t50_s":  # half of it seen: the beginning was before, the end after
        middle = column("t50_s")
        half = done & np.isnan(low) & np.isfinite(middle)
        low[half] = 0.0 if name == "t10_s" else middle[half]
        high[half] = middle[half] if name == "t10_s" else np.inf
    moving = status == "incomplete"
    not_before = np.where(np.isfinite(time), time, from_)
    low[moving] = np.where(np.isfinite(not_before), not_before, duration)[moving]
    still = status == "no_change"
    early = still & np.asarray(already, dtype=bool)
    low[still & ~early] = duration[still & ~early]
    low[early], high[early] = -np.inf, 0.0
    high[moving | (still & ~early)] = np.inf
    return low, high


def _judged_status(rows: pd.DataFrame) -> NDArray[np.str_]:
    """Status of each row; ``unclear`` ones that end where they began did not change."""
    status = rows["status"].to_numpy(dtype=str)
    if not {"level_before", "level_after"} <= set(rows):
        return status
    change = (rows["level_after"] - rows["level_before"]).to_numpy(float)
    done = change[(status == "reacted") & np.isfinite(change)]
    if done.size:
        still = np.abs(change) <= _NO_NET_CHANGE * np.median(np.abs(done))
        status = np.where((status == "unclear") & still, "no_change", status)
    return status


def already_there(timings: pd.DataFrame) -> pd.Series:
    """True for rows without a change whose particle stood at the end state from the start.

    By its level, where the levels of those that reacted tell before from after; otherwise by the
    half-cycle before: a particle that did not charge has nothing to discharge.

    Examples
    --------
    >>> table = pd.DataFrame({"particle": [1, 2, 3], "half_cycle": 0, "kind": "charge",
    ...     "status": ["reacted", "no_change", "no_change"], "t50_s": [5.0, np.nan, np.nan],
    ...     "level_before": [0.1, 0.9, 0.1], "level_after": [0.9, 0.9, 0.1]})
    >>> already_there(table).tolist()
    [False, True, False]
    """
    found = pd.Series(False, timings.index)
    charged: dict[object, bool] = {}  # what is known of each particle so far
    for _, rows in timings.groupby("half_cycle", sort=True):
        kind = str(rows["kind"].iloc[0])
        middle, sign = _between_levels(rows)
        for (index, row), status in zip(rows.iterrows(), _judged_status(rows), strict=True):
            label = row.get("particle", index)
            if status == "reacted":
                charged[label] = kind == "charge"
            if status != "no_change":
                continue
            level = np.nan
            if np.isfinite(middle):
                level = sign * (row["level_before"] + row["level_after"]) / 2
            if np.isfinite(level):
                found[index] = bool(level > middle)
            elif label in charged:
                found[index] = charged[label] == (kind == "charge")
            charged[label] = (kind == "charge") == bool(found[index])
    return found


def _between_levels(rows: pd.DataFrame) -> tuple[float, float]:
    """Level between before and after, turned so that a reaction rises; NaN if they mix."""
    done = rows[rows["status"] == "reacted"]
    if done.empty or not {"level_before", "level_after"} <= set(rows):
        return np.nan, 1.0
    before, after = (done[name].to_numpy(float) for name in ("level_before", "level_after"))
    sign = float(np.sign(np.nanmedian(after - before))) if np.isfinite(after - before).any() else 0
    if sign == 0:
        return np.nan, 1.0
    last, first = np.nanmax(sign * before), np.nanmin(sign * after)
    return ((last + first) / 2, sign) if last < first else (np.nan, sign)


def quantile_ends(low: Floats, high: Floats, share: float) -> tuple[float, float]:
    """Smallest and largest value that a quantile of the times may have.

    Examples
    --------
    >>> quantile_ends(np.array([1.0, 2.0, 9.0]), np.array([1.0, 2.0, np.inf]), 0.5)
    (2.0, 2.0)
    """
    ends = [np.quantile(np.clip(x, -_FAR * 10, _FAR * 10), share) for x in (low, high)]
    far = [np.copysign(np.inf, end) if abs(end) > _FAR else float(end) for end in ends]
    return float(far[0]), float(far[1])


def range_of(low: Floats, high: Floats, first: float, last: float) -> float:
    """Difference of two quantiles: a number, a lower bound, or NaN if even that says nothing.

    Examples
    --------
    >>> times = np.array([1.0, 2.0, 3.0, 9.0])
    >>> range_of(times, np.array([1.0, 2.0, 3.0, np.inf]), 0.0, 1.0)
    8.0
    """
    begin, end = quantile_ends(low, high, first), quantile_ends(low, high, last)
    least, most = end[0] - begin[1], end[1] - begin[0]
    if not np.isfinite(least) or (least <= 0 and most > 0 and not np.isfinite(most)):
        return float("nan")
    return number_of(max(least, 0.0), most)


def spread_of(low: Floats, high: Floats) -> float:
    """Standard deviation of the sample: a number, or the smallest that the intervals allow.

    Found by bringing every time as close to the mean as it may come; NaN for fewer than two, or
    if all could be the same instant beyond what was seen.

    Examples
    --------
    >>> exact, late = np.array([0.0, 2.0]), np.array([0.0, np.inf])
    >>> in_words(spread_of(exact, exact)), in_words(spread_of(exact, late))
    ('1.414', 'at least 1.414')
    """
    if len(low) < 2:
        return float("nan")
    if np.array_equal(low, high):
        return float(np.std(low, ddof=1))
    if low.max() <= high.min():
        return float("nan")  # they may all be one instant
    left, right = high.min(), low.max()
    for _ in range(100):  # the mean of the closest times crosses its own place once
        middle = (left + right) / 2
        if np.clip(middle, low, high).mean() > middle:
            left = middle
        else:
            right = middle
    return AtLeast(np.std(np.clip((left + right) / 2, low, high), ddof=1))


def known(low: Floats, high: Floats, *others: Sequence[float] | Floats) -> NDArray[np.bool_]:
    """True where something is known of a time, and every further list holds a finite number."""
    kept = ~(np.isnan(low) | np.isnan(high))
    for other in others:
        kept &= np.isfinite(np.asarray(other, dtype=float))
    return kept
