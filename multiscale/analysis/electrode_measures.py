"""How an electrode as a whole reacts: spread, widths and active share, from a table of timings.

Only particles with the status ``reacted`` count; every measure says how many did not.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from multiscale.analysis.order import rank_correlation
from multiscale.analysis.timing_tables import (
    ByParticle,
    by_half_cycle,
    check_table,
    counts,
    duration_of,
    reacted,
    shown,
    values_of,
)
from multiscale.errors import AnalysisError

NORMAL_IQR = 1.349  # interquartile range of a normal distribution over its standard deviation
OWN_CHANGE = 0.8  # done between t10 and t90

_Floats = NDArray[np.float64]


def electrode_measures(
    timings: pd.DataFrame,
    resistance: ByParticle | None = None,
    weights: ByParticle | None = None,
) -> pd.DataFrame:
    """Spread, width and activity of each half-cycle, all relative to its duration.

    Parameters
    ----------
    timings : pandas.DataFrame
        From ``reaction_timings``.
    resistance : mapping or pandas.Series, optional
        By particle label: electronic resistance to the collector, number of particles in the
        way, or anything else that may set the order.
    weights : mapping or pandas.Series, optional
        By particle label: area or volume, for the active fraction; equal if not given.

    Returns
    -------
    pandas.DataFrame
        One row per half-cycle: half_cycle, kind, duration_s; particles, reacted, no_change,
        incomplete, unclear, excluded (counts); spread_t50 (standard deviation of the sample;
        0.289 for reactions spread evenly over the charge), robust_spread_t50 (interquartile
        range / 1.349), range_t50 and range_t10 (90th minus 10th percentile), full_range_t50
        (last minus first), median_width (of t90 - t10), upper_bounds (share of widths that are
        upper bounds), mean_active_fraction (time mean of :func:`active_fraction`),
        median_c_rate [1/h] (of :func:`particle_c_rate`), order_correlation (Spearman of t50 with
        ``resistance``; NaN without). Spreads need two particles, the others one.

    Raises
    ------
    AnalysisError
        If columns are missing, durations disagree, or labels do not match.

    Examples
    --------
    >>> table = pd.DataFrame({"particle": [1, 2, 3], "half_cycle": 0, "kind": "charge",
    ...     "status": ["reacted", "reacted", "no_change"], "t10_s": [50.0, 250.0, np.nan],
    ...     "t50_s": [100.0, 300.0, np.nan], "t90_s": [150.0, 350.0, np.nan],
    ...     "width_s": [100.0, 100.0, np.nan], "duration_s": 1000.0})
    >>> measures = electrode_measures(table).iloc[0]
    >>> round(float(measures["full_range_t50"]), 3), round(float(measures["median_width"]), 3)
    (0.2, 0.1)
    >>> int(measures["excluded"])
    1
    """
    check_table(timings, ["t10_s", "t50_s", "t90_s", "width_s", "duration_s"])
    rows = []
    for number, kind, all_rows in by_half_cycle(timings):
        duration, kept = duration_of(all_rows), reacted(all_rows)
        row = {"half_cycle": number, "kind": kind, "duration_s": duration, **counts(all_rows)}
        row |= _spreads(kept, duration)
        row |= _widths(kept, duration, _weights(kept, weights))
        row["order_correlation"] = np.nan
        if resistance is not None:
            values = values_of(kept, resistance, "resistance")
            row["order_correlation"] = rank_correlation(values, kept["t50_s"].to_numpy(float))
        rows.append(row)
    return pd.DataFrame(rows)


def _spreads(kept: pd.DataFrame, duration: float) -> dict[str, float]:
    names = ["spread_t50", "robust_spread_t50", "range_t50", "range_t10", "full_range_t50"]
    if len(kept) < 2:
        return dict.fromkeys(names, np.nan)
    t10, t50 = (kept[name].to_numpy(float) / duration for name in ("t10_s", "t50_s"))
    low, first, third, high = np.quantile(t50, [0.1, 0.25, 0.75, 0.9])
    early, late = np.nanquantile(t10, [0.1, 0.9])
    values = [np.std(t50, ddof=1), (third - first) / NORMAL_IQR, high - low, late - early]
    return dict(zip(names, map(float, [*values, np.ptp(t50)]), strict=True))


def _widths(kept: pd.DataFrame, duration: float, weights: _Floats) -> dict[str, float]:
    names = ["median_width", "upper_bounds", "mean_active_fraction", "median_c_rate"]
    if kept.empty:
        return dict.fromkeys(names, np.nan)
    widths = kept["width_s"].to_numpy(float) / duration
    bounds = kept.get("width_is_upper_bound", pd.Series(False, kept.index)).astype(bool).mean()
    c_rate = particle_c_rate(kept).median()
    values = [np.median(widths), bounds, np.average(widths, weights=weights), c_rate]
    return dict(zip(names, map(float, values), strict=True))


def _weights(kept: pd.DataFrame, weights: ByParticle | None) -> _Floats:
    if weights is None:
        return np.ones(len(kept))
    values = values_of(kept, weights, "weights")
    bad = np.flatnonzero(~(values > 0))
    if bad.size:
        label = kept["particle"].iloc[bad[0]]
        raise AnalysisError(
            f"Particle {shown(label)} needs a positive weight; got {values[bad[0]]}."
        )
    return values


def active_fraction(
    timings: pd.DataFrame,
    weights: ByParticle | None = None,
    times: Sequence[float] | _Floats | None = None,
) -> pd.DataFrame:
    """Share of the particles between 10 and 90 % of their own change, and what that concentrates.

    The time mean over the half-cycle is the mean of (t90 - t10)/duration.

    Parameters
    ----------
    timings : pandas.DataFrame
        From ``reaction_timings``.
    weights : mapping or pandas.Series, optional
        Area or volume by particle label; equal if not given.
    times : sequence of float, optional
        Since the start of each half-cycle [s]; 101 even ones if not given.

    Returns
    -------
    pandas.DataFrame
        half_cycle, kind, time_s, active_fraction [-] of the particles that reacted, and
        local_current_factor = 1/active_fraction [-], the current of an active particle over that
        of a synchronous electrode; NaN while no particle is active.

    References
    ----------
    Active population: Y. Li et al., Nat. Mater. 13, 1149 (2014).
    """
    check_table(timings, ["t10_s", "t50_s", "t90_s", "duration_s"])
    tables = []
    for number, kind, all_rows in by_half_cycle(timings):
        duration, kept = duration_of(all_rows), reacted(all_rows)
        moments = np.linspace(0, duration, 101) if times is None else np.asarray(times, float)
        begin, end = (kept[name].to_numpy(float)[:, None] for name in ("t10_s", "t90_s"))
        active = (moments >= begin) & (moments < end)
        share = np.full(len(moments), np.nan)
        if len(kept):
            share = np.average(active, axis=0, weights=_weights(kept, weights))
        factor = np.divide(1, share, out=np.full(len(moments), np.nan), where=share > 0)
        columns = {"half_cycle": number, "kind": kind, "time_s": moments}
        columns |= {"active_fraction": share, "local_current_factor": factor}
        tables.append(pd.DataFrame(columns))
    return pd.concat(tables, ignore_index=True)


def particle_c_rate(timings: pd.DataFrame) -> pd.Series:
    """Rate at which each particle does its own change, 0.8/(t90 - t10) [1/h]; one per row.

    A lower bound where the width is an upper bound; NaN where there is no width.

    Examples
    --------
    >>> table = pd.DataFrame({"width_s": [14 * 60.0, 2 * 60.0, np.nan]})
    >>> particle_c_rate(table).round(1).tolist()
    [3.4, 24.0, nan]
    """
    width = timings["width_s"]
    return (OWN_CHANGE * 3600 / width.where(width > 0)).rename("particle_c_rate")
