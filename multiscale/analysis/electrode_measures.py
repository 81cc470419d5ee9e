"""How an electrode as a whole reacts: spread, widths and active share, from a table of timings.

Particles that did not react by the end are late, not missing (``analysis.censoring``): quantiles
are those of Kaplan and Meier, spreads become lower bounds, and a column beside each says so.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from multiscale.analysis.censoring import (
    AtLeast,
    already_there,
    censored_times,
    known,
    number_of,
    quantile_ends,
    range_of,
    spread_of,
)
from multiscale.analysis.order import rank_correlation, ranked_times
from multiscale.analysis.timings import (
    ByParticle,
    by_half_cycle,
    check_table,
    counts,
    duration_of,
    reacted,
    shown,
    taking_part,
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
        incomplete, unclear, excluded (counts; the last: without a t50), later and earlier (of
        those, the ones that reacted after the end or before the start); median_t50, spread_t50
        (standard deviation of the sample;
        0.289 for reactions spread evenly over the charge), robust_spread_t50 (interquartile
        range / 1.349), range_t50 and range_t10 (90th minus 10th percentile), full_range_t50
        (last minus first), median_width (of t90 - t10, of those that reacted), upper_bounds
        (share of widths that are upper bounds), mean_active_fraction (time mean of
        :func:`active_fraction`), median_c_rate [1/h] (of :func:`particle_c_rate`),
        order_correlation (Spearman of t50 with ``resistance``, the late ones tied last; NaN
        without). Spreads need two particles, the others one.
        Beside the median, the spreads, the width and the active fraction
        ``..._is_lower_bound``: True where particles that did not react leave it open how much
        larger the value is. A range that they leave
        open altogether (its earlier percentile, too, is after the end) is NaN.

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
    (0.9, 0.1)
    >>> int(measures["excluded"]), bool(measures["full_range_t50_is_lower_bound"])
    (1, True)
    """
    check_table(timings, ["t10_s", "t50_s", "t90_s", "width_s", "duration_s"])
    timings = timings.reset_index(drop=True)
    there, rows = already_there(timings), []
    for number, kind, all_rows in by_half_cycle(timings):
        duration, kept = duration_of(all_rows), reacted(all_rows)
        already = there[all_rows.index].to_numpy()
        row = {"half_cycle": number, "kind": kind, "duration_s": duration, **counts(all_rows)}
        row |= _spreads(all_rows, already, duration)
        row |= _widths(all_rows, already, duration, weights)
        row["order_correlation"] = np.nan
        if resistance is not None:
            values_of(kept, resistance, "resistance")  # refuses labels of another kind
            values = values_of(all_rows, resistance, "resistance")
            row["order_correlation"] = rank_correlation(values, ranked_times(all_rows, already))
        rows.append(row)
    return pd.DataFrame(rows)


def _spreads(rows: pd.DataFrame, already: NDArray[np.bool_], duration: float) -> dict[str, float]:
    found: dict[str, float] = {}
    ends = {}
    for name in ("t10_s", "t50_s"):
        low, high = censored_times(rows, already, name)
        use = known(low, high)
        ends[name] = low[use] / duration, high[use] / duration
    t10, t50 = ends["t10_s"], ends["t50_s"]
    found["later"] = int(np.isposinf(t50[1]).sum())
    found["earlier"] = int(np.isneginf(t50[0]).sum())
    enough = len(t50[0]) >= 2
    values = {
        "median_t50": number_of(*quantile_ends(*t50, 0.5)) if len(t50[0]) else np.nan,
        "spread_t50": spread_of(*t50),
        "robust_spread_t50": range_of(*t50, 0.25, 0.75) if enough else np.nan,
        "range_t50": range_of(*t50, 0.1, 0.9) if enough else np.nan,
        "range_t10": range_of(*t10, 0.1, 0.9) if enough and len(t10[0]) else np.nan,
        "full_range_t50": range_of(*t50, 0.0, 1.0) if enough else np.nan,
    }
    for name, value in values.items():
        # a median before the start is no spread: without a lower end there is no value
        bound = isinstance(value, AtLeast)
        whole = float(value) if bound or type(value) is float else np.nan
        found[name] = whole / NORMAL_IQR if name == "robust_spread_t50" else whole
        found[f"{name}_is_lower_bound"] = bound
    return found


def _widths(
    rows: pd.DataFrame,
    already: NDArray[np.bool_],
    duration: float,
    weights: ByParticle | None,
) -> dict[str, float]:
    names = ["median_width", "upper_bounds", "median_c_rate", "mean_active_fraction"]
    kept = reacted(rows)
    # never began, or was still moving: longer than what was left of the half-cycle
    late = rows["status"].eq("incomplete") | (rows["status"].eq("no_change") & ~already)
    late |= rows.index.isin(kept.index) & rows["width_s"].isna()
    moving = rows["status"].eq("incomplete") | (
        rows.index.isin(kept.index) & rows["width_s"].isna()
    )
    found: dict[str, float] = {"median_width_is_lower_bound": bool(late.any())}
    found["mean_active_fraction_is_lower_bound"] = bool(moving.any())
    if kept.empty:
        return dict.fromkeys(names, np.nan) | found
    widths = kept["width_s"].to_numpy(float) / duration
    bounds = kept.get("width_is_upper_bound", pd.Series(False, kept.index)).astype(bool).mean()
    c_rate = particle_c_rate(kept).median()
    seen = taking_part(rows)
    own = (seen["width_s"] / duration).where(seen.index.isin(kept.index), 0.0).fillna(0.0)
    active = np.average(own, weights=_weights(seen, weights))
    values = [np.nanmedian(widths) if np.isfinite(widths).any() else np.nan, bounds, c_rate, active]
    return dict(zip(names, map(float, values), strict=True)) | found


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

    The time mean over the half-cycle is the mean of (t90 - t10)/duration. Particles that did not
    react are never active; ``unclear`` ones are left out. One that was still moving at the end
    has no times and counts as not active, so that the share is a lower bound then.

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
        half_cycle, kind, time_s, active_fraction [-] of all particles that are not unclear
        (NaN if none reacted), and
        local_current_factor = 1/active_fraction [-], the current of an active particle over that
        of a synchronous electrode; NaN while no particle is active.

    References
    ----------
    Active population: Y. Li et al., Nat. Mater. 13, 1149 (2014).
    """
    check_table(timings, ["t10_s", "t50_s", "t90_s", "duration_s"])
    timings, tables = timings.reset_index(drop=True), []
    for number, kind, all_rows in by_half_cycle(timings):
        duration, kept = duration_of(all_rows), taking_part(all_rows)
        moments = np.linspace(0, duration, 101) if times is None else np.asarray(times, float)
        begin, end = (kept[name].to_numpy(float)[:, None] for name in ("t10_s", "t90_s"))
        active = (moments >= begin) & (moments < end)
        share = np.full(len(moments), np.nan)
        if len(reacted(kept)):
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
