"""What stands beside the timings of a movie: amplitudes, slope peaks, charge passed."""

from __future__ import annotations

import numpy as np
import pandas as pd
import xarray as xr

from multiscale.analysis.transitions import TimingRule, find_transition
from multiscale.imaging.cell_clock import CellClock
from multiscale.imaging.slope import slope_peaks


def with_amplitudes(timings: pd.DataFrame, signal: xr.DataArray, rule: TimingRule) -> pd.DataFrame:
    """The table with amplitude and u_amplitude: difference of the state levels and its error.

    The error is that of the two medians, and the wander that the lamp leaves.

    Parameters
    ----------
    timings : pandas.DataFrame
        From ``reaction_timings`` on ``signal``.
    signal : xarray.DataArray, dims ("particle", "time")
    rule : TimingRule
    """
    error = [_error(row, signal, rule) for _, row in timings.iterrows()]
    amplitude = timings["level_after"] - timings["level_before"]
    return timings.assign(amplitude=amplitude, u_amplitude=np.hypot(error, rule.wander))


def _error(row: pd.Series, signal: xr.DataArray, rule: TimingRule) -> float:
    trace = signal.sel(particle=row["particle"])
    time = trace["time"].to_numpy() - row["start_s"]
    inside = (time >= 0) & (time <= row["duration_s"])
    values = trace.to_numpy()[inside]
    found = find_transition(time[inside], values, row["duration_s"], "medians", rule)
    return np.nan if found is None else found.error


def with_slope_peaks(
    timings: pd.DataFrame, brightness: xr.DataArray, half_cycles: pd.DataFrame
) -> pd.DataFrame:
    """The table with slope_peak_s of the particles that reacted; see ``imaging.slope``."""
    peaks = slope_peaks(brightness, half_cycles).set_index(["particle", "half_cycle"])
    keys = pd.MultiIndex.from_frame(timings[["particle", "half_cycle"]])
    found = pd.Series(peaks["slope_peak_s"].reindex(keys).to_numpy(), timings.index)
    return timings.assign(slope_peak_s=found.where(timings["t50_s"].notna()))


def with_charge(
    timings: pd.DataFrame, half_cycles: pd.DataFrame, cell: CellClock | None
) -> pd.DataFrame:
    """The table with cycle_count, and soc_at_t50: the share of the charge that had passed.

    Without a cell record nothing is known of the charge.
    """
    counts = half_cycles.set_index("half_cycle")["cycle_count"]
    timings = timings.assign(cycle_count=timings["half_cycle"].map(counts), soc_at_t50=np.nan)
    if cell is None:
        return timings
    for _, half_cycle in half_cycles.iterrows():
        rows = timings[timings["half_cycle"] == half_cycle["half_cycle"]]
        timed = rows.index[rows["t50_s"].notna()]
        moments = half_cycle["start_s"] + rows.loc[timed, "t50_s"]
        timings.loc[timed, "soc_at_t50"] = cell.soc(moments, half_cycle)
    return timings
