"""What happens inside of one particle: profiles, fronts, the unreacted rest.

Everything starts from crops, the pixels around a particle through time, because a front is seen
only where the frames are registered to a fraction of a pixel.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd
import xarray as xr
from numpy.typing import ArrayLike, NDArray
from scipy import ndimage

from multiscale.errors import ImagingError
from multiscale.imaging.particles.regions import Regions

Floats = NDArray[np.float64]

UNREACTED = 0.05  # differential intensity: Lun et al. (2023), fig. S4
LEAST_PIXELS = 3  # of a rest whose centre of mass means anything
START = 0.02  # of the half-cycle, at least three frames: what changes are counted from


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
    regions : Regions
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
    boxes = {name: _box(regions.mask(name), margin_px) for name in names or regions.names}
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


def _box(mask: NDArray[np.bool_], margin: int) -> tuple[slice, slice]:
    rows, columns = ndimage.find_objects(mask.astype(np.int8))[0]
    return (
        slice(max(rows.start - margin, 0), min(rows.stop + margin, mask.shape[0])),
        slice(max(columns.start - margin, 0), min(columns.stop + margin, mask.shape[1])),
    )


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


def line_profile(
    crop: xr.DataArray, start: Sequence[float], end: Sequence[float], points: int | None = None
) -> xr.DataArray:
    """Intensity along a line through time.

    Parameters
    ----------
    crop : xarray.DataArray, dims ("time", "y", "x")
    start, end : (float, float)
        x and y of its ends [pixel of the frame].
    points : int, optional
        One a pixel if not given.

    Returns
    -------
    xarray.DataArray, dims ("time", "distance_px")
        Interpolated linearly.

    Raises
    ------
    ImagingError
        If an end lies outside of the crop, or both are one point.
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


def unreacted_rest(
    crop: xr.DataArray, half_cycle: Mapping[str, Any] | pd.Series, threshold: float = UNREACTED
) -> xr.Dataset:
    """Centre of mass of what has not reacted yet, against that of the particle.

    A pixel is unreacted while its intensity has changed by less than ``threshold`` of that at
    the start of the half-cycle, upwards on charge and downwards on discharge.

    Parameters
    ----------
    crop : xarray.DataArray, dims ("time", "y", "x")
        Differential intensity [-].
    half_cycle : mapping
        A row of ``multiscale.analysis.half_cycles``: kind, start_s, end_s.
    threshold : float
        [-]

    Returns
    -------
    xarray.Dataset, dims ("time",)
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
    part, change = _change(crop, half_cycle)
    inside = part["inside"].to_numpy()
    left = (change < threshold) & inside
    count = left.sum(axis=(1, 2))
    x, y = np.meshgrid(part["x"], part["y"])
    divisor = np.where(count >= LEAST_PIXELS, count, np.nan)
    centre_x, centre_y = ((left * axis).sum(axis=(1, 2)) / divisor for axis in (x, y))
    radius = np.sqrt(inside.sum() / np.pi)
    distance = np.hypot(centre_x - x[inside].mean(), centre_y - y[inside].mean()) / radius
    series = {
        "share": count / inside.sum(),
        "x_px": centre_x,
        "y_px": centre_y,
        "distance": distance,
    }
    columns = {name: ("time", values) for name, values in series.items()}
    return xr.Dataset(columns, {"time": part["time"].to_numpy()})


def _change(
    crop: xr.DataArray, half_cycle: Mapping[str, Any] | pd.Series
) -> tuple[xr.DataArray, Floats]:
    """Frames of the half-cycle, and how far each pixel has come since its start."""
    part = crop.sel(time=slice(float(half_cycle["start_s"]), float(half_cycle["end_s"])))
    if not part.sizes["time"]:
        raise ImagingError("No frame lies within the half-cycle: are both on one clock?")
    values = np.asarray(part, dtype=float)
    first = values[: max(3, round(START * len(values)))]
    start = np.median(first, axis=0) if len(values) > 3 else values[0]
    change = (1 + values) / (1 + start) - 1
    return part, change if half_cycle["kind"] == "charge" else -change


def depth_px(crop: xr.DataArray) -> Floats:
    """Distance of each pixel of the particle to its outline, shape (y, x), 0 outside [pixel]."""
    return ndimage.distance_transform_edt(np.pad(crop["inside"].to_numpy(), 1))[1:-1, 1:-1]
