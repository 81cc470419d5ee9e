"""What stands beside the timings of a movie: slope peaks, amplitudes, charge, sampling limits."""

from __future__ import annotations

import numpy as np
import pandas as pd
import xarray as xr
from numpy.typing import ArrayLike, NDArray
from scipy.signal import savgol_filter
from scipy.stats import wasserstein_distance

from multiscale.analysis.order import chance_band
from multiscale.analysis.timings import by_half_cycle, reacted
from multiscale.analysis.transitions import TimingRule, find_transition
from multiscale.errors import ImagingError
from multiscale.imaging.cell_clock import CellClock

Floats = NDArray[np.float64]

WINDOW = 7  # samples of the Savitzky-Golay filter
ORDER = 2
REST = 0.01  # of the fastest change of the state of charge

DRAWS = 400


def with_amplitudes(timings: pd.DataFrame, signal: xr.DataArray, rule: TimingRule) -> pd.DataFrame:
    """The table with amplitude and u_amplitude: difference of the state levels and its error.

    The error is that of the two medians, and the wander that the lamp leaves. ``timings`` are those
    of ``reaction_timings`` on ``signal``, dims ("particle", "time").
    """
    error = []
    for _, row in timings.iterrows():
        trace = signal.sel(particle=row["particle"])
        time = trace["time"].to_numpy() - row["start_s"]
        inside = (time >= 0) & (time <= row["duration_s"])
        values = trace.to_numpy()[inside]
        transition = find_transition(time[inside], values, row["duration_s"], "medians", rule)
        error.append(np.nan if transition is None else transition.error)
    amplitude = timings["level_after"] - timings["level_before"]
    return timings.assign(amplitude=amplitude, u_amplitude=np.hypot(error, rule.wander))


def with_slope_peaks(
    timings: pd.DataFrame, brightness: xr.DataArray, half_cycles: pd.DataFrame
) -> pd.DataFrame:
    """The table with slope_peak_s of the particles that reacted; see :func:`slope_peaks`."""
    peaks = slope_peaks(brightness, half_cycles).set_index(["particle", "half_cycle"])
    keys = pd.MultiIndex.from_frame(timings[["particle", "half_cycle"]])
    times = pd.Series(peaks["slope_peak_s"].reindex(keys).to_numpy(), timings.index)
    return timings.assign(slope_peak_s=times.where(timings["t50_s"].notna()))


def slope_peaks(
    intensity: xr.DataArray,
    half_cycles: pd.DataFrame,
    *,
    soc: ArrayLike | None = None,
    window: int = WINDOW,
) -> pd.DataFrame:
    """Time at which each particle changes fastest, in the direction of the half-cycle.

    A second reading beside t50: it agrees for jumps of a few samples and says nothing on a ramp,
    whose slope has no peak but noise; judge by ``slope_peak_share`` how much of the change lies
    under it.

    Parameters
    ----------
    intensity : xarray.DataArray, dims ("particle", "time")
        Brightness or any other signal that rises on charge; coordinate time [s].
    half_cycles : pandas.DataFrame
        From ``multiscale.analysis.half_cycles``.
    soc : array_like, shape (time,), optional
        State of charge at the times of the frames: the slope is per unit of it, dI/dSOC, and
        differs from that per time where the current changes (a voltage hold).
    window : int
        Odd number of samples of the Savitzky-Golay filter, of second order.

    Returns
    -------
    pandas.DataFrame
        particle, half_cycle, slope_peak_s (since the start of the half-cycle, between samples by a
        parabola), slope_peak (its height, per second or per unit of soc, positive in the expected
        direction), slope_peak_share (part of the whole change within one window around it) [-]. NaN
        where the half-cycle has fewer samples than the window, or samples are missing.

    Raises
    ------
    ImagingError
        If the window is even or too short, the dims are others, or soc has another length.

    References
    ----------
    Savitzky and Golay, Anal. Chem. 36, 1627 (1964).

    Examples
    --------
    >>> time = np.arange(0, 1000, 5.0)
    >>> trace = 0.6 / (1 + np.exp(-(time - 402) / 10))
    >>> y = xr.DataArray([trace], {"particle": ["a"], "time": time}, ("particle", "time"))
    >>> charge = pd.DataFrame([(0, "charge", 0.0, 995.0)],
    ...                       columns=["half_cycle", "kind", "start_s", "end_s"])
    >>> slope_peaks(y, charge).round(1)[["particle", "half_cycle", "slope_peak_s"]]
      particle  half_cycle  slope_peak_s
    0        a           0         402.0
    """
    if set(intensity.dims) != {"particle", "time"}:
        raise ImagingError(f'The signal needs the dims ("particle", "time"); got {intensity.dims}.')
    if window <= ORDER or window % 2 == 0:
        raise ImagingError(f"window is an odd number of samples above {ORDER}; got {window}.")
    y = intensity.transpose("particle", "time")
    time = np.asarray(y["time"], dtype=float)
    charge = None if soc is None else np.asarray(soc, dtype=float)
    if charge is not None and charge.shape != time.shape:
        raise ImagingError(f"soc needs one value a frame, {time.shape}; got {charge.shape}.")
    tables = []
    for row in half_cycles.itertuples():
        inside = (time >= row.start_s) & (time <= row.end_s)
        axis = None if charge is None else charge[inside]
        sign = 1.0 if row.kind == "charge" else -1.0
        steepest = _peaks(time[inside], sign * y.to_numpy()[:, inside], axis, window)
        rows = pd.DataFrame(steepest, columns=["slope_peak_s", "slope_peak", "slope_peak_share"])
        rows["slope_peak_s"] -= row.start_s
        rows.insert(0, "half_cycle", row.half_cycle)
        rows.insert(0, "particle", y["particle"].values)
        tables.append(rows)
    return pd.concat(tables, ignore_index=True)


def _peaks(time: Floats, values: Floats, soc: Floats | None, window: int) -> Floats:
    """Time, height and share of the steepest rise of each row of ``values``."""
    if len(time) < window:
        return np.full((len(values), 3), np.nan)
    whole = np.asarray(np.isfinite(values).all(axis=1))
    slope = savgol_filter(np.where(whole[:, None], values, 0.0), window, ORDER, deriv=1, axis=1)
    against = time if soc is None else soc
    per_sample = np.abs(savgol_filter(against, window, ORDER, deriv=1))
    still = per_sample <= REST * per_sample.max()  # hardly any charge passes: noise over zero
    slope = np.where(still, np.nan, slope / np.where(still, 1.0, per_sample))
    seen = np.isfinite(slope)
    top = np.argmax(np.where(seen, slope, -np.inf), axis=1)
    every = np.arange(len(values))
    # the summit of the parabola through each maximum and its neighbours
    last = slope.shape[1] - 1
    left, middle, right = (slope[every, np.clip(top + k, 0, last)] for k in (-1, 0, 1))
    bend = left - 2 * middle + right
    usable = (top > 0) & (top < last) & (bend < 0)
    shift = np.where(usable, 0.5 * (left - right) / np.where(usable, bend, 1.0), 0.0)
    moment = np.interp(top + shift, np.arange(len(time)), time)
    half = window // 2
    before, after = np.maximum(top - half, 0), np.minimum(top + half, len(time) - 1)
    with np.errstate(invalid="ignore", divide="ignore"):
        share = (values[every, after] - values[every, before]) / (values[:, -1] - values[:, 0])
    peaks = np.column_stack([moment, slope[every, top], share])
    peaks[~whole] = np.nan
    return peaks


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


def sampling_limits(timings: pd.DataFrame, seed: int = 0) -> pd.DataFrame:
    """What two samples of the same particles would differ by, for each half-cycle of the timings.

    Returns
    -------
    pandas.DataFrame
        half_cycle, kind; n (reacted); tau_chance (two standard deviations of Kendall's tau of
        unrelated orders); wasserstein_floor, wasserstein_floor_95 (median and 95 % of the
        distance between two samples of n from the timings found, over the duration).

    Examples
    --------
    >>> table = pd.DataFrame({"particle": np.arange(14), "half_cycle": 0, "kind": "charge",
    ...     "status": "reacted", "t50_s": np.arange(14.0), "duration_s": 13.0})
    >>> sampling_limits(table).round(2)[["n", "tau_chance"]]
        n  tau_chance
    0  14         0.4
    """
    rng = np.random.default_rng(seed)
    rows = []
    for number, kind, all_rows in by_half_cycle(timings):
        kept = reacted(all_rows)
        share = (kept["t50_s"] / kept["duration_s"]).to_numpy(float)
        floor = [np.nan, np.nan]
        if len(share) > 1:
            distances = [
                wasserstein_distance(*rng.choice(share, (2, len(share)))) for _ in range(DRAWS)
            ]
            floor = np.quantile(distances, [0.5, 0.95]).tolist()
        rows.append((number, kind, len(share), chance_band(len(share)), *floor))
    columns = ["half_cycle", "kind", "n", "tau_chance", "wasserstein_floor", "wasserstein_floor_95"]
    return pd.DataFrame(rows, columns=columns)
