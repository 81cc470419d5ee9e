"""What stands beside the timings of a movie: amplitudes, slope peaks, charge passed."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pandas as pd
import xarray as xr
from numpy.typing import NDArray

from multiscale.analysis.traces import slope_peaks
from multiscale.analysis.transitions import TimingRule, find_transition

Soc = Callable[[NDArray[np.float64], pd.Series], NDArray[np.float64]]


def with_amplitudes(timings: pd.DataFrame, y: xr.DataArray, rule: TimingRule) -> pd.DataFrame:
    """The table with amplitude and u_amplitude: difference of the state levels and its error.

    The error is that of the two medians, and the wander that the lamp leaves.
    """
    error = [_error(row, y, rule) for _, row in timings.iterrows()]
    amplitude = timings["level_after"] - timings["level_before"]
    return timings.assign(amplitude=amplitude, u_amplitude=np.hypot(error, rule.wander))


def _error(row: pd.Series, y: xr.DataArray, rule: TimingRule) -> float:
    trace = y.sel(particle=row["particle"])
    time = trace["time"].to_numpy() - row["start_s"]
    inside = (time >= 0) & (time <= row["duration_s"])
    values = trace.to_numpy()[inside]
    found = find_transition(time[inside], values, row["duration_s"], "medians", rule)
    return np.nan if found is None else found.error


def with_slope_peaks(timings: pd.DataFrame, y: xr.DataArray) -> pd.DataFrame:
    """The table with slope_peak_s: the steepest change, after Sharma et al. (2022).

    Of steps only: on a ramp the steepest place is that of the noise.
    """
    found = []
    for number, rows in timings.groupby("half_cycle", sort=False):
        of_particle = slope_peaks(y, timings, int(number)).set_index("particle")["slope_peak_s"]
        found.append(rows["particle"].map(of_particle))
    return timings.assign(slope_peak_s=pd.concat(found).reindex(timings.index).astype(float))


def with_soc(timings: pd.DataFrame, half_cycles: pd.DataFrame, soc: Soc) -> pd.DataFrame:
    """The table with soc_at_t50: the share of the half-cycle's charge that had passed."""
    found = pd.Series(np.nan, timings.index)
    for _, half_cycle in half_cycles.iterrows():
        rows = timings[timings["half_cycle"] == half_cycle["half_cycle"]]
        timed = rows.index[rows["t50_s"].notna()]
        found[timed] = soc(half_cycle["start_s"] + rows.loc[timed, "t50_s"], half_cycle)
    return timings.assign(soc_at_t50=found)
