"""Fronts inside of particles: when each pixel reacts, which way, how fast, rim or centre first."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd
import xarray as xr
from numpy.typing import NDArray

from multiscale.analysis.timings import reaction_timings
from multiscale.imaging.interior.inside import depth_px, unreacted_rest
from multiscale.imaging.particles.regions import check_pixel_size

Floats = NDArray[np.float64]

RIM_DEPTH = 0.25  # of the largest depth: the rim; at least the outer pixel and a half
CENTRE_DEPTH = 0.6  # of the largest depth: the centre
LEAST_TIMED = 0.5  # share of the pixels with a time below which a map is not read
ENDS = (0.05, 0.95)  # quantiles of a map of t50 between which a front crosses a particle


def t50_map(crop: xr.DataArray, half_cycle: Mapping[str, Any] | pd.Series) -> xr.DataArray:
    """When each pixel of a particle has done half of its own change.

    Parameters
    ----------
    crop : xarray.DataArray, dims ("time", "y", "x")
        From :func:`multiscale.imaging.interior.inside.crop_particles`.
    half_cycle : mapping
        A row of ``multiscale.analysis.half_cycles``.

    Returns
    -------
    xarray.DataArray, dims ("y", "x")
        Since the start of the half-cycle [s], by the same rule as the times of whole particles;
        NaN outside and where a pixel has no time.
    """
    inside = crop["inside"].to_numpy()
    coords = {"particle": np.arange(inside.sum()), "time": crop["time"].to_numpy()}
    pixels = xr.DataArray(np.asarray(crop)[:, inside].T, coords, ("particle", "time"))
    found = np.full(inside.shape, np.nan)
    found[inside] = reaction_timings(pixels, pd.DataFrame([dict(half_cycle)]))["t50_s"]
    return xr.DataArray(found, {"y": crop["y"], "x": crop["x"]}, ("y", "x"))


def front_direction(t50: xr.DataArray, pixel_size: float) -> pd.Series:
    """Plane through a map of t50: where a front goes and how fast.

    Parameters
    ----------
    t50 : xarray.DataArray, dims ("y", "x")
        [s]
    pixel_size : float
        [m]

    Returns
    -------
    pandas.Series
        front_direction_deg (of travel: 0 to the right, 90 downwards), front_speed_m_per_s,
        front_planarity (share of the variance of t50 that the plane explains: near 1 for a front
        that sweeps through, near 0 for one that closes in from all sides or for noise, where the
        direction means nothing) [-], crossing_s (between the first and last twentieth of the
        pixels).

    Examples
    --------
    >>> x = np.arange(12.0)
    >>> t50 = xr.DataArray(np.tile(100 + 5 * x, (9, 1)), {"y": x[:9], "x": x}, ("y", "x"))
    >>> front_direction(t50, 1e-7).round(9).to_dict()["front_speed_m_per_s"]
    2e-08
    """
    metre = check_pixel_size(pixel_size)
    x, y = np.meshgrid(t50["x"], t50["y"])
    values = t50.to_numpy()
    seen = np.isfinite(values)
    names = ["front_direction_deg", "front_speed_m_per_s", "front_planarity", "crossing_s"]
    if seen.sum() < 4:
        return pd.Series(dict.fromkeys(names, np.nan))
    t = values[seen] - values[seen].mean()
    places = np.column_stack([x[seen] - x[seen].mean(), y[seen] - y[seen].mean()])
    slope = np.linalg.lstsq(places, t, rcond=None)[0]
    steep = float(np.hypot(*slope))
    variance = float(np.sum(t**2))
    low, high = np.quantile(values[seen], ENDS)
    planarity = float(np.sum((places @ slope) ** 2)) / variance if variance else 0.0
    direction = float(np.degrees(np.arctan2(slope[1], slope[0]))) if steep else np.nan
    speed = metre / steep if steep else np.nan
    return pd.Series(dict(zip(names, (direction, speed, planarity, high - low), strict=True)))


def rim_to_centre_lag(t50: xr.DataArray, depth: Floats) -> float:
    """Median t50 of the centre less that of the rim [s]; positive if the rim is first.

    Parameters
    ----------
    t50 : xarray.DataArray, dims ("y", "x")
        [s]
    depth : array, shape (y, x)
        Distance of each pixel to the outline, 0 outside [pixel].
    """
    values, deepest = t50.to_numpy(), depth.max()
    seen = np.isfinite(values)
    rim = seen & (depth > 0) & (depth <= max(1.5, RIM_DEPTH * deepest))
    centre = seen & (depth >= max(2.0, CENTRE_DEPTH * deepest))
    if not (rim.any() and centre.any()):
        return float("nan")
    return float(np.median(values[centre]) - np.median(values[rim]))


def front_table(
    crops: Mapping[str, xr.DataArray], half_cycles: pd.DataFrame, pixel_size: float
) -> pd.DataFrame:
    """Measures of what happens inside of particles, one row each and half-cycle.

    Parameters
    ----------
    crops : mapping of str to xarray.DataArray
        From :func:`multiscale.imaging.interior.inside.crop_particles`.
    half_cycles : pandas.DataFrame
        From ``multiscale.analysis.half_cycles``.
    pixel_size : float
        [m]

    Returns
    -------
    pandas.DataFrame
        particle, half_cycle, kind; timed_share of the pixels; those of :func:`front_direction`;
        rim_to_centre_lag_s; rest_distance, the mean over the time in which the unreacted rest
        shrinks from 80 to 20 % of the particle of its distance in radii (see
        :func:`multiscale.imaging.interior.inside.unreacted_rest`). NaN where fewer than half of the
        pixels have a time.
    """
    rows = []
    for name, crop in crops.items():
        depth = depth_px(crop)
        for _, half_cycle in half_cycles.iterrows():
            about = {"particle": name, "half_cycle": half_cycle["half_cycle"]}
            about["kind"] = half_cycle["kind"]
            t50 = t50_map(crop, half_cycle)
            share = float(np.isfinite(t50).sum() / crop["inside"].sum())
            readable = t50 if share >= LEAST_TIMED else t50 * np.nan
            measures = {
                **about,
                "timed_share": share,
                **front_direction(readable, pixel_size),
                "rim_to_centre_lag_s": rim_to_centre_lag(readable, depth),
                "rest_distance": _rest_distance(crop, half_cycle) if readable is t50 else np.nan,
            }
            rows.append(measures)
    return pd.DataFrame(rows)


def _rest_distance(crop: xr.DataArray, half_cycle: pd.Series) -> float:
    rest = unreacted_rest(crop, half_cycle)
    distance = rest["distance"].where((rest["share"] <= 0.8) & (rest["share"] >= 0.2))
    return float(distance.mean()) if distance.notnull().any() else float("nan")
