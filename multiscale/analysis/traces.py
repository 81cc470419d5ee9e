"""Measures that need the whole course of each particle, not its three instants only."""

from __future__ import annotations

import numpy as np
import pandas as pd
import xarray as xr

from multiscale.analysis.censoring import (
    AtLeast,
    already_there,
    censored_times,
    known,
    range_of,
)
from multiscale.analysis.timings import (
    TimingRule,
    check_table,
    counts,
    reacted,
    reaction_timings,
    shown,
)
from multiscale.analysis.transitions import ROUNDING
from multiscale.errors import AnalysisError

POINTS = 100
WINDOW = 0.05  # of the half-cycle: where the steepest share of the change is looked for


def change_done(signal: xr.DataArray, timings: pd.DataFrame, half_cycle: int = 0) -> xr.DataArray:
    """Part of its own change that each particle has done, over one half-cycle.

    Parameters
    ----------
    signal : xarray.DataArray, dims ("particle", "time")
        The signal from which ``timings`` came [any unit].
    timings : pandas.DataFrame
        From ``reaction_timings``.
    half_cycle : int
        Number of the half-cycle.

    Returns
    -------
    xarray.DataArray, dims ("particle", "time")
        (signal - level_before)/(level_after - level_before) [-], particles that reacted only,
        what was not seen bridged linearly; ``time`` since the start of the half-cycle [s]; attrs
        duration_s and the counts of particles by status.

    Raises
    ------
    AnalysisError
        If the table lacks columns, the half-cycle, or particles of the signal.

    Examples
    --------
    >>> soc = xr.DataArray([np.linspace(0.2, 0.6, 41)],
    ...                    {"particle": ["a"], "time": np.arange(41.0)}, ("particle", "time"))
    >>> done = change_done(soc, reaction_timings(soc, levels="ends"))
    >>> round(float(done.sel(particle="a", time=10)), 3)
    0.25
    """
    check_table(timings, ["t50_s", "level_before", "level_after", "start_s", "duration_s"])
    rows = timings[timings["half_cycle"] == half_cycle]
    if rows.empty:
        numbers = sorted(timings["half_cycle"].unique().tolist())
        raise AnalysisError(f"There is no half-cycle {half_cycle}; the table holds {numbers}.")
    kept = reacted(rows)
    unknown = set(kept["particle"]) - set(signal["particle"].values.tolist())
    if unknown:
        raise AnalysisError(f"The signal holds no particle {shown(sorted(unknown, key=str)[0])}.")
    start, duration = (float(rows[name].iloc[0]) for name in ("start_s", "duration_s"))
    slack = ROUNDING * (abs(start) + duration)
    time = signal["time"]
    inside = signal.isel(time=(time >= start - slack) & (time <= start + duration + slack))
    inside = inside.sel(particle=kept["particle"].to_numpy()).transpose("particle", "time")
    before, after = (
        xr.DataArray(kept[name].to_numpy(float), dims="particle")
        for name in ("level_before", "level_after")
    )
    done = (inside - before) / (after - before)
    moments = inside["time"].to_numpy() - start
    bridged = []
    for trace in done.to_numpy():
        seen = np.isfinite(trace)
        bridged.append(np.interp(moments, moments[seen], trace[seen]))
    done = done.copy(data=np.reshape(bridged, done.shape)).assign_coords(time=moments)
    return done.assign_attrs(duration_s=duration, **counts(rows))


def late_particles(
    soc: xr.DataArray,
    share: float = 0.65,
    own_change: float = 0.1,
    timings: pd.DataFrame | None = None,
    half_cycle: int = 0,
) -> pd.Series:
    """How many particles have hardly begun when a given part of the half-cycle is over.

    Parameters
    ----------
    soc : xarray.DataArray, dims ("particle", "time")
        Signal that rises on charge [-]; any signal if ``timings`` are given.
    share : float
        Part of the duration of the half-cycle.
    own_change : float
        A particle that has done less than this part of its own change is late.
    timings : pandas.DataFrame, optional
        From ``reaction_timings`` on ``soc``; without it ``soc`` is one charge, free of noise.
    half_cycle : int
        Number of the half-cycle.

    Returns
    -------
    pandas.Series
        late, late_share (of those that reacted), the counts of particles by status, and
        late_or_still_share: those that never moved counted as late as well, of all particles
        that are not unclear. A bound from the charge balance is on that one.
    """
    table = reaction_timings(soc, levels="ends") if timings is None else timings
    done = change_done(soc, table, half_cycle)
    moment = share * done.attrs["duration_s"]
    now = done.interp(time=moment).to_numpy()
    late = int(np.sum(now < own_change))
    found: dict[str, float] = {"late": late, "late_share": late / len(now) if len(now) else np.nan}
    found |= {name: n for name, n in done.attrs.items() if name != "duration_s"}
    clear = found["particles"] - found["unclear"]
    still = late + found["no_change"] + found["incomplete"]
    found["late_or_still_share"] = still / clear if clear else np.nan
    return pd.Series(found)


def slope_peaks(
    signal: xr.DataArray, timings: pd.DataFrame, half_cycle: int = 0, points: int = POINTS
) -> pd.DataFrame:
    """Maxima of the rate of each particle: one for a step, as in Sharma et al. (2022), fig. 1c.

    The rate is taken between ``points + 1`` even times. A maximum counts if it is at least half
    of the highest; two are two if the rate falls below that half between them. Noise makes
    maxima: use this for simulated signals and for steps well above the noise, not to judge
    ramps of a movie.

    Returns
    -------
    pandas.DataFrame
        One row per particle that reacted: particle, slope_peaks (number), slope_peak_s (time of
        the highest, since the start of the half-cycle), steepest_share (largest part of its own
        change within 5 % of the half-cycle) [-].

    Examples
    --------
    >>> time = np.linspace(0, 100, 401)
    >>> two = np.clip((time - 20) / 5, 0, 1) + np.clip((time - 70) / 5, 0, 1)
    >>> soc = xr.DataArray([two], {"particle": [7], "time": time}, ("particle", "time"))
    >>> int(slope_peaks(soc, reaction_timings(soc))["slope_peaks"].iloc[0])
    2
    """
    done = change_done(signal, timings, half_cycle)
    even = np.linspace(0, done.attrs["duration_s"], points + 1)
    window = np.linspace(0, 1 - WINDOW, 20 * points + 1) * done.attrs["duration_s"]
    time, rows = done["time"].to_numpy(), []
    for label, values in zip(done["particle"].values.tolist(), done.to_numpy(), strict=True):
        rate = np.diff(np.interp(even, time, values))
        high = np.concatenate([[False], rate >= rate.max() / 2])
        gain = np.interp(window + WINDOW * even[-1], time, values) - np.interp(window, time, values)
        top = int(np.argmax(rate))
        row = {"particle": label, "slope_peaks": int(np.sum(high[1:] & ~high[:-1]))}
        row |= {"slope_peak_s": (even[top] + even[top + 1]) / 2, "steepest_share": gain.max()}
        rows.append(row)
    columns = ["particle", "slope_peaks", "slope_peak_s", "steepest_share"]
    return pd.DataFrame(rows, columns=columns)


def front_transit(
    rim: xr.DataArray, half_cycles: pd.DataFrame | None = None, rule: TimingRule | None = None
) -> pd.DataFrame:
    """Time a front takes over the visible rim of one particle.

    From the first to the last rim point that passes half of its own change.

    Parameters
    ----------
    rim : xarray.DataArray, dims ("point", "time")
        Signal at points along the rim, rising on charge; coordinate ``time`` [s].
    half_cycles : pandas.DataFrame, optional
        See ``reaction_timings``; without it the signal is one charge.
    rule : TimingRule, optional

    Returns
    -------
    pandas.DataFrame
        One row per half-cycle: half_cycle, kind, first_s and last_s (since its start), transit_s,
        transit (over the duration), transit_is_lower_bound (points did not react: the last is
        later than the end), and the counts of points by status (particles: all points).
    """
    if set(rim.dims) != {"point", "time"}:
        raise AnalysisError(f'The rim needs the dims ("point", "time"); got {rim.dims}.')
    table = reaction_timings(rim.rename(point="particle"), half_cycles, levels="ends", rule=rule)
    there, rows = already_there(table), []
    for (number, kind), points in table.groupby(["half_cycle", "kind"], sort=False):
        low, high = censored_times(points, there[points.index].to_numpy(), "t50_s")
        low, high = low[seen := known(low, high)], high[seen]
        row: dict[str, object] = {"half_cycle": number, "kind": kind}
        first = last = transit = np.nan
        if len(reacted(points)):
            first, last = max(high.min(), 0.0), low.max()
            transit = range_of(low, high, 0, 1)
        row |= {"first_s": first, "last_s": last, "transit_s": float(transit)}
        row["transit"] = float(transit) / points["duration_s"].iloc[0]
        row["transit_is_lower_bound"] = isinstance(transit, AtLeast)
        rows.append(row | counts(points))
    return pd.DataFrame(rows)
