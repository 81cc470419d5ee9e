"""What happens inside of particles: profiles, the unreacted rest, fronts and where they go.

Everything starts from crops, the pixels around a particle through time, because a front is seen
only where the frames are registered to a fraction of a pixel.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd
import xarray as xr
from numpy.typing import ArrayLike, NDArray
from scipy import ndimage

from multiscale.analysis.timings import reaction_timings
from multiscale.errors import ImagingError
from multiscale.imaging.movie import Movie
from multiscale.imaging.pipeline import Measurement
from multiscale.imaging.regions import Regions, check_pixel_size
from multiscale.imaging.registration import registered_frames

Floats = NDArray[np.float64]

UNREACTED = 0.05  # differential intensity: Lun et al. (2023), fig. S4
LEAST_PIXELS = 3  # of a rest whose centre of mass means anything
START = 0.02  # of the half-cycle, at least three frames: what changes are counted from

RIM_DEPTH = 0.25  # of the largest depth: the rim; at least the outer pixel and a half
CENTRE_DEPTH = 0.6  # of the largest depth: the centre
LEAST_TIMED = 0.5  # share of the pixels with a time below which a map is not read
ENDS = (0.05, 0.95)  # quantiles of a map of t50 between which a front crosses a particle

BLUR_PX = 1.0  # single pixels are noisy; below what the optics resolve


def interiors(
    stack: Movie,
    measured: Measurement,
    names: Sequence[str] | None = None,
    *,
    progress: Callable[[Iterable], Iterable] | None = None,
) -> pd.DataFrame:
    """Fronts inside of particles: direction, speed, lag of the centre, place of what is left.

    One more pass over the movie; holds the pixels of the particles, not the frames.

    Parameters
    ----------
    stack : ImageStack
        The movie that was measured.
    measured : Measurement
        Of :func:`multiscale.imaging.pipeline.measure`: drift, regions, lamp and half-cycles.
    names : sequence of str, optional
        All particles if not given.
    progress : callable, optional
        Wraps an iterable over all frames.

    Returns
    -------
    pandas.DataFrame
        See :func:`front_table`.

    Raises
    ------
    ImagingError
        If a name does not exist, or the movie is another one.

    Examples
    --------
    >>> from multiscale.imaging.pipeline import measure
    >>> from multiscale.imaging.rendering.synthetic import synthetic_movie
    >>> stack = synthetic_movie("single", n_frames=40, size=96, seed=3).stack()
    >>> interiors(stack, measure(stack))["rim_to_centre_lag_s"].gt(0).all()  # the rim is first
    np.True_
    """
    first = np.maximum(measured.first_image, 1.0)  # a black pixel has no relative change
    frames = registered_frames(stack, measured.drift, range(len(stack)))
    lamp = measured.traces["lamp"].to_numpy()
    pairs = zip(progress(frames) if progress else frames, lamp, strict=True)
    # differential: lamp taken out, against the mean of the first ones (Lun, eq. 2)
    changes = (frame / (light * first) - 1 for frame, light in pairs)
    crops = crop_particles(changes, stack.time, measured.regions, names, blur_px=BLUR_PX)
    return front_table(crops, measured.half_cycles, measured.pixel_size)


def crop_particles(
    frames: Iterable[ArrayLike],
    time: ArrayLike,
    regions: Regions,
    names: Sequence[str] | None = None,
    *,
    margin_px: int = 2,
    blur_px: float = 0.0,
) -> dict[str, xr.DataArray]:
    """Pixels of particles through time, in one pass over the frames.

    Holds the pixels of the chosen particles for all frames: choose a few of a long movie.

    Parameters
    ----------
    frames : iterable of array, shape (rows, columns)
        Registered frames of differential intensity, one for each time [-].
    time : array_like, shape (n,)
        [s]
    names : sequence of str, optional
        All particles if not given.
    margin_px : int
        Pixels around the particle that are kept.
    blur_px : float
        Gaussian that takes noise off, from pixels of the particle alone [pixel].

    Returns
    -------
    dict of str to xarray.DataArray, dims ("time", "y", "x")
        Coordinates time [s], y and x [pixel of the frame], and inside, shape (y, x): whether a
        pixel belongs to the particle.

    Raises
    ------
    ImagingError
        If a name does not exist, or frames and times or frames and regions do not fit.
    """
    moments = np.asarray(time, dtype=float)
    boxes = {}
    for name in names or regions.names:
        mask = regions.mask(name)
        rows, columns = ndimage.find_objects(mask.astype(np.int8))[0]
        boxes[name] = (
            slice(max(rows.start - margin_px, 0), min(rows.stop + margin_px, mask.shape[0])),
            slice(max(columns.start - margin_px, 0), min(columns.stop + margin_px, mask.shape[1])),
        )
    pixels: dict[str, list[NDArray[np.float32]]] = {name: [] for name in boxes}
    count = 0
    for frame in frames:
        values = np.asarray(frame, dtype=np.float32)
        if values.shape != regions.shape:
            raise ImagingError(f"Frame {count} has {values.shape} pixels, regions {regions.shape}.")
        for name, box in boxes.items():
            pixels[name].append(values[box].copy())
        count += 1
    if count != len(moments):
        raise ImagingError(f"There are {count} frames and {len(moments)} times.")
    return {
        name: _crop(np.array(pixels[name]), moments, regions.mask(name)[box], box, blur_px)
        for name, box in boxes.items()
    }


def _crop(
    values: NDArray[np.float32],
    time: Floats,
    inside: NDArray[np.bool_],
    box: tuple[slice, slice],
    blur_px: float,
) -> xr.DataArray:
    if blur_px > 0:
        weight = ndimage.gaussian_filter(inside.astype(np.float32), blur_px)
        blurred = ndimage.gaussian_filter(np.where(inside, values, 0), (0, blur_px, blur_px))
        values = np.where(inside, blurred / np.where(inside, weight, 1), values)
    rows, columns = (np.arange(part.start, part.stop, dtype=float) for part in box)
    coords: dict[str, Any] = {"time": time, "y": rows, "x": columns, "inside": (("y", "x"), inside)}
    return xr.DataArray(values, coords, ("time", "y", "x"))


def front_table(
    crops: Mapping[str, xr.DataArray], half_cycles: pd.DataFrame, pixel_size: float
) -> pd.DataFrame:
    """Measures of what happens inside of particles, one row each and half-cycle.

    ``crops`` are those of :func:`crop_particles`, ``pixel_size`` is in m.

    Returns
    -------
    pandas.DataFrame
        particle, half_cycle, kind; timed_share of the pixels; those of :func:`front_direction`;
        rim_to_centre_lag_s; rest_distance, the mean over the time in which the unreacted rest
        shrinks from 80 to 20 % of the particle of its distance in radii (see
        :func:`unreacted_rest`). NaN where fewer than half of the pixels have a time.
    """
    rows = []
    for name, crop in crops.items():
        depth = depth_px(crop)
        for _, half_cycle in half_cycles.iterrows():
            t50 = t50_map(crop, half_cycle)
            share = float(np.isfinite(t50).sum() / crop["inside"].sum())
            readable = t50 if share >= LEAST_TIMED else t50 * np.nan
            measures = {
                "particle": name,
                "half_cycle": half_cycle["half_cycle"],
                "kind": half_cycle["kind"],
                "timed_share": share,
                **front_direction(readable, pixel_size),
                "rim_to_centre_lag_s": rim_to_centre_lag(readable, depth),
                "rest_distance": np.nan,
            }
            if readable is t50:
                rest = unreacted_rest(crop, half_cycle)
                shrinking = (rest["share"] <= 0.8) & (rest["share"] >= 0.2)
                distance = rest["distance"].where(shrinking)
                if distance.notnull().any():
                    measures["rest_distance"] = float(distance.mean())
            rows.append(measures)
    return pd.DataFrame(rows)


def t50_map(crop: xr.DataArray, half_cycle: Mapping[str, Any] | pd.Series) -> xr.DataArray:
    """When each pixel of a particle has done half of its own change, dims ("y", "x") [s].

    Since the start of the half-cycle (a row of ``multiscale.analysis.half_cycles``), by the same
    rule as the times of whole particles; NaN outside and where a pixel has no time.
    """
    inside = crop["inside"].to_numpy()
    coords = {"particle": np.arange(inside.sum()), "time": crop["time"].to_numpy()}
    pixels = xr.DataArray(np.asarray(crop)[:, inside].T, coords, ("particle", "time"))
    times = np.full(inside.shape, np.nan)
    times[inside] = reaction_timings(pixels, pd.DataFrame([dict(half_cycle)]))["t50_s"]
    return xr.DataArray(times, {"y": crop["y"], "x": crop["x"]}, ("y", "x"))


def front_direction(t50: xr.DataArray, pixel_size: float) -> pd.Series:
    """Plane through a map of t50 [s], dims ("y", "x"): where a front goes and how fast.

    ``pixel_size`` is in m.

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

    ``t50`` has the dims ("y", "x") [s]; ``depth`` is the distance of each pixel to the outline, 0
    outside [pixel].
    """
    values, deepest = t50.to_numpy(), depth.max()
    seen = np.isfinite(values)
    rim = seen & (depth > 0) & (depth <= max(1.5, RIM_DEPTH * deepest))
    centre = seen & (depth >= max(2.0, CENTRE_DEPTH * deepest))
    if not (rim.any() and centre.any()):
        return float("nan")
    return float(np.median(values[centre]) - np.median(values[rim]))


def unreacted_rest(
    crop: xr.DataArray, half_cycle: Mapping[str, Any] | pd.Series, threshold: float = UNREACTED
) -> xr.Dataset:
    """Centre of mass of what has not reacted yet, against that of the particle, dims ("time",).

    A pixel is unreacted while its differential intensity has changed by less than ``threshold`` of
    that at the start of the half-cycle, upwards on charge and downwards on discharge. ``crop`` has
    the dims ("time", "y", "x"), the half-cycle kind, start_s and end_s.

    Returns
    -------
    xarray.Dataset
        share: of the pixels that are unreacted; x_px, y_px: their centre of mass;
        distance: from that of the particle, over the radius of equal area [-]. NaN while fewer
        than three pixels are left.

    References
    ----------
    Lun et al., SI fig. S4.

    Examples
    --------
    >>> values = np.zeros((3, 1, 8))
    >>> values[1, :, :4], values[2] = 0.6, 0.6
    >>> crop = xr.DataArray(values, {"time": [0.0, 10.0, 20.0], "y": [0.0], "x": np.arange(8.0),
    ...                              "inside": (("y", "x"), np.ones((1, 8), bool))},
    ...                     ("time", "y", "x"))
    >>> rest = unreacted_rest(crop, {"kind": "charge", "start_s": 0.0, "end_s": 20.0})
    >>> rest["share"].values, rest["x_px"].values
    (array([1. , 0.5, 0. ]), array([3.5, 5.5, nan]))
    """
    part = crop.sel(time=slice(float(half_cycle["start_s"]), float(half_cycle["end_s"])))
    if not part.sizes["time"]:
        raise ImagingError("No frame lies within the half-cycle: are both on one clock?")
    values = np.asarray(part, dtype=float)
    first = values[: max(3, round(START * len(values)))]
    start = np.median(first, axis=0) if len(values) > 3 else values[0]
    change = (1 + values) / (1 + start) - 1  # since the start of the half-cycle
    change = change if half_cycle["kind"] == "charge" else -change
    inside = part["inside"].to_numpy()
    left = (change < threshold) & inside
    count = left.sum(axis=(1, 2))
    x, y = np.meshgrid(part["x"], part["y"])
    divisor = np.where(count >= LEAST_PIXELS, count, np.nan)
    centre_x, centre_y = ((left * axis).sum(axis=(1, 2)) / divisor for axis in (x, y))
    radius = np.sqrt(inside.sum() / np.pi)
    distance = np.hypot(centre_x - x[inside].mean(), centre_y - y[inside].mean()) / radius
    columns = {
        "share": ("time", count / inside.sum()),
        "x_px": ("time", centre_x),
        "y_px": ("time", centre_y),
        "distance": ("time", distance),
    }
    return xr.Dataset(columns, {"time": part["time"].to_numpy()})


def depth_px(crop: xr.DataArray) -> Floats:
    """Distance of each pixel of the particle to its outline, shape (y, x), 0 outside [pixel]."""
    return ndimage.distance_transform_edt(np.pad(crop["inside"].to_numpy(), 1))[1:-1, 1:-1]


def line_profile(
    crop: xr.DataArray, start: Sequence[float], end: Sequence[float], points: int | None = None
) -> xr.DataArray:
    """Intensity along a line through time, dims ("time", "distance_px"), interpolated linearly.

    From ``start`` to ``end``, x and y [pixel of the frame] each, at ``points`` points; one a pixel
    if not given.

    Raises ImagingError if an end lies outside of the crop, or both are one point.
    """
    ends = np.array([start, end], dtype=float)
    low = np.array([crop["x"].values[0], crop["y"].values[0]])
    high = np.array([crop["x"].values[-1], crop["y"].values[-1]])
    if (ends < low).any() or (ends > high).any():
        raise ImagingError(
            f"The line from {start} to {end} leaves the crop, "
            f"x = {low[0]:g} to {high[0]:g} and y = {low[1]:g} to {high[1]:g}."
        )
    length = float(np.hypot(*(ends[1] - ends[0])))
    if not length > 0:
        raise ImagingError(f"Both ends of the line are {start}.")
    distance = np.linspace(0, length, points or int(np.ceil(length)) + 1)
    x, y = (ends[0] + distance[:, None] / length * (ends[1] - ends[0])).T
    along = {"distance_px": distance}
    return crop.drop_vars("inside").interp(
        x=xr.DataArray(x, along, ["distance_px"]), y=xr.DataArray(y, along, ["distance_px"])
    )


def centre_trace(crop: xr.DataArray) -> xr.DataArray:
    """Intensity of the pixel deepest in the particle, dims ("time",)."""
    depth = depth_px(crop)
    row, column = np.unravel_index(int(np.argmax(depth)), depth.shape)
    return crop.isel(y=int(row), x=int(column)).drop_vars("inside")
