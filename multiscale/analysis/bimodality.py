"""Are the particles in two groups: Hartigan's dip, the bimodality coefficient, who is between.

The dip decides; the coefficient describes (with 40 values or more it calls one uniform sample
in seven bimodal, and skewed samples too).
"""

from __future__ import annotations

import functools

import numpy as np
import pandas as pd
import xarray as xr
from numpy.typing import ArrayLike, NDArray
from scipy.optimize import isotonic_regression
from scipy.stats import kurtosis, skew

from multiscale.errors import AnalysisError

MIDDLE = (0.2, 0.8)
CELL_SOC = (0.25, 0.5, 0.75)

_Floats = NDArray[np.float64]


def dip_statistic(values: ArrayLike) -> float:
    """Hartigan's dip: distance of a sample from the nearest unimodal distribution.

    From 1/(2n), which an even grid has, to 1/4, for two equal masses; equal values count as
    the limit of nearly equal ones. The interval that holds
    the mode shrinks from the whole sample, step by step, as in section 3 of the paper; convex
    minorant and concave majorant are isotonic regressions of the slopes.

    Parameters
    ----------
    values : array_like, shape (n,)
        Finite, in any order; may hold ties.

    Raises
    ------
    AnalysisError
        If there is no value, or one that is not finite.

    References
    ----------
    J. A. Hartigan, P. M. Hartigan, Ann. Stat. 13, 70 (1985).

    Examples
    --------
    >>> dip_statistic([1, 2, 3, 4])
    0.125
    >>> round(dip_statistic([0, 0, 0, 1, 1, 1]), 9)
    0.25
    """
    x = np.sort(np.asarray(values, dtype=float).ravel())
    n = len(x)
    if not n or not np.isfinite(x).all():
        raise AnalysisError("The dip needs at least one value, all of them finite.")
    below, above = np.arange(n) / n, np.arange(1, n + 1) / n  # the distribution at its jumps
    if x[0] == x[-1]:
        return 0.5 / n
    gaps = np.maximum(np.diff(x) / (x[-1] - x[0]), 1e-12)
    first, last, twice = 0, n - 1, 1 / n
    while last > first:
        convex, low = _hull(below[first : last + 1], gaps[first:last], rising=True)
        concave, high = _hull(above[first : last + 1], gaps[first:last], rising=False)
        apart = concave - convex
        if apart.max() <= twice + 1e-12:
            break
        # farthest apart: at a corner of one hull, and the next corner of the other
        at_low, at_high = low[np.argmax(apart[low])], high[np.argmax(apart[high])]
        if apart[at_low] > apart[at_high]:
            left, right = int(at_low), int(high[np.searchsorted(high, at_low)])
        else:
            left = int(low[np.searchsorted(low, at_high, side="right") - 1])
            right = int(at_high)
        twice = max(
            twice,
            (above[first : last + 1] - convex)[: left + 1].max(),
            (concave - below[first : last + 1])[right:].max(),
        )
        if (left, right) == (0, last - first):
            break
        first, last = first + left, first + right
    return float(twice / 2)


def _hull(heights: _Floats, gaps: _Floats, rising: bool) -> tuple[_Floats, NDArray[np.intp]]:
    """Greatest convex minorant (rising slopes) or least concave majorant, and its corners."""
    slopes = isotonic_regression(np.diff(heights) / gaps, weights=gaps, increasing=rising)
    hull = heights[0] + np.concatenate([[0.0], np.cumsum(slopes.x * gaps)])
    return hull, slopes.blocks


@functools.lru_cache(maxsize=64)
def _uniform_dips(n: int, draws: int, seed: int) -> _Floats:
    samples = np.random.default_rng([seed, n]).uniform(size=(draws, n))
    dips = np.sort([dip_statistic(sample) for sample in samples])
    dips.setflags(write=False)  # everyone gets this one
    return dips


def dip_test(values: ArrayLike, draws: int = 2000, seed: int = 0) -> tuple[float, float]:
    """Dip and its p-value against the uniform distribution, the least favourable unimodal one.

    Parameters
    ----------
    values : array_like, shape (n,)
    draws, seed : int
        Uniform samples of the same size; those of one size and seed are drawn once.

    Examples
    --------
    >>> dip, p = dip_test(np.repeat([0.0, 1.0], 7) + 0.01 * np.arange(14))
    >>> round(dip, 2), p < 0.01
    (0.24, True)
    """
    dip = dip_statistic(values)
    null = _uniform_dips(np.size(values), draws, seed)
    as_large = len(null) - np.searchsorted(null, dip - 1e-12)
    return dip, float(1 + as_large) / (1 + draws)


def bimodality_coefficient(values: ArrayLike) -> float:
    """(skewness^2 + 1) / kurtosis, for samples; above 5/9, that of a uniform, may be bimodal.

    NaN for fewer than four values or if all are equal.

    References
    ----------
    R. Pfister et al., Front. Psychol. 4, 700 (2013): the sample form and its limits.

    Examples
    --------
    >>> round(bimodality_coefficient(np.repeat([0.0, 1.0], 500)), 3)
    0.995
    """
    x = np.asarray(values, dtype=float).ravel()
    n = len(x)
    if n < 4 or np.ptp(x) == 0:
        return float("nan")
    excess = kurtosis(x, bias=False) + 3 * (n - 1) ** 2 / ((n - 2) * (n - 3))
    return float((skew(x, bias=False) ** 2 + 1) / excess)


def middle_share(values: ArrayLike, middle: tuple[float, float] = MIDDLE) -> float:
    """Share of values strictly between the two limits [-]; NaN without values.

    Examples
    --------
    >>> middle_share([0.1, 0.5, 0.7, 0.9])
    0.5
    """
    x = np.asarray(values, dtype=float)
    return float(np.mean((x > middle[0]) & (x < middle[1]))) if x.size else float("nan")


def bimodality(
    done: xr.DataArray,
    cell: ArrayLike | None = None,
    at: tuple[float, ...] = CELL_SOC,
    draws: int = 2000,
    seed: int = 0,
) -> pd.DataFrame:
    """How the particles are distributed when the cell has done given parts of a half-cycle.

    Parameters
    ----------
    done : xarray.DataArray, dims ("particle", "time")
        Part of its own change that each particle has done [-], from ``traces.change_done``.
    cell : array_like, shape (n_times,), optional
        The same for the cell, rising [-]; the mean of the particles if not given.
    at : tuple of float
        Values of ``cell`` at which the particles are looked at.
    draws, seed : int
        See :func:`dip_test`.

    Returns
    -------
    pandas.DataFrame
        Rows cell_soc; columns time_s (of the first passage), n, dip, dip_p,
        bimodality_coefficient, middle_share (between 0.2 and 0.8). NaN where the cell does not
        get there or no particle is left.
    """
    time = np.asarray(done["time"], dtype=float)
    values = np.asarray(done.transpose("particle", "time"), dtype=float)
    if cell is not None:
        course = np.asarray(cell, dtype=float)
    else:
        course = values.mean(axis=0) if len(values) else np.zeros(len(time))
    if course.shape != time.shape:
        raise AnalysisError(f"cell has shape {course.shape}, time has {time.shape}.")
    course = np.maximum.accumulate(course)
    rows = []
    for soc in at:
        row = {"cell_soc": soc, "time_s": np.nan, "n": 0, "dip": np.nan, "dip_p": np.nan}
        row |= {"bimodality_coefficient": np.nan, "middle_share": np.nan}
        if course[0] <= soc <= course[-1] and len(values):
            row["time_s"] = moment = float(np.interp(soc, course, time))
            now = np.array([np.interp(moment, time, trace) for trace in values])
            row |= {"n": len(now), "bimodality_coefficient": bimodality_coefficient(now)}
            row["dip"], row["dip_p"] = dip_test(now, draws, seed)
            row["middle_share"] = middle_share(now)
        rows.append(row)
    return pd.DataFrame(rows)
