"""When a trace is steepest: the slope peak that Sharma et al. (2022) read from their fig. 1c."""

from __future__ import annotations

import numpy as np
import pandas as pd
import xarray as xr
from numpy.typing import ArrayLike, NDArray
from scipy.signal import savgol_filter

from multiscale.errors import ImagingError

Floats = NDArray[np.float64]

WINDOW = 7  # samples of the Savitzky-Golay filter
ORDER = 2
REST = 0.01  # of the fastest change of the state of charge


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
        One row per particle and half-cycle: particle, half_cycle, slope_peak_s (since the start
        of the half-cycle, between samples by a parabola), slope_peak (its height, per second or
        per unit of soc, positive in the expected direction), slope_peak_share (part of the whole
        change within one window around it) [-]. NaN where the half-cycle has fewer samples than
        the window, or samples are missing.

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
        found = _peaks(time[inside], sign * y.to_numpy()[:, inside], axis, window)
        rows = pd.DataFrame(found, columns=["slope_peak_s", "slope_peak", "slope_peak_share"])
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
    moment = np.interp(top + _shift(slope, top), np.arange(len(time)), time)
    half = window // 2
    before, after = np.maximum(top - half, 0), np.minimum(top + half, len(time) - 1)
    with np.errstate(invalid="ignore", divide="ignore"):
        share = (values[every, after] - values[every, before]) / (values[:, -1] - values[:, 0])
    found = np.column_stack([moment, slope[every, top], share])
    found[~whole] = np.nan
    return found


def _shift(slope: Floats, top: NDArray[np.intp]) -> Floats:
    """Summit of the parabola through each maximum and its neighbours, from the maximum [sample]."""
    every, last = np.arange(len(slope)), slope.shape[1] - 1
    left, middle, right = (slope[every, np.clip(top + k, 0, last)] for k in (-1, 0, 1))
    bend = left - 2 * middle + right
    usable = (top > 0) & (top < last) & (bend < 0)
    return np.where(usable, 0.5 * (left - right) / np.where(usable, bend, 1.0), 0.0)
