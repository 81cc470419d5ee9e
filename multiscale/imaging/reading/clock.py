"""When frames were taken and how large a pixel is: the metadata, or what the user states."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from multiscale.errors import ImagingError
from multiscale.imaging.reading.sources import Source

PIXEL_SIZE_RANGE_M = (1e-9, 1e-4)
CONTRADICTION = 0.01  # relative difference between the metadata and what is stated


def frame_times(
    source: Source, count: int, frame_interval: float | None, notes: list[str]
) -> NDArray[np.floating]:
    """Times of all frames [s].

    Parameters
    ----------
    source : Source
        The movie with its metadata.
    count : int
        Frames that can be read.
    frame_interval : float, optional
        Time from frame to frame [s]; it wins over the metadata.
    notes : list of str
        Is told where the times are from when that may surprise.

    Returns
    -------
    array (count,)

    Raises
    ------
    ImagingError
        If there are no times, fewer than frames, or times that do not increase.

    Examples
    --------
    >>> from multiscale.imaging.reading.sources import array_source
    >>> source = array_source(np.zeros((3, 8, 8)))
    >>> frame_times(source, 3, 30.0, [])
    array([ 0., 30., 60.])
    """
    if frame_interval is not None:
        return _stated_times(source, count, frame_interval, notes)
    if source.time is None:
        raise ImagingError(
            f"{source.name} states no times; give the frame interval in seconds "
            "(frame_interval=..., --frame-interval)."
        )
    if len(source.time) < count:
        raise ImagingError(
            f"{source.name} states {len(source.time)} times for {count} frames; give "
            "frame_interval, the time from frame to frame [s]."
        )
    time = np.asarray(source.time[:count], dtype=float)
    later = np.diff(time) > 0
    if not later.all():  # also where a time is NaN
        bad = int(np.argmin(later)) + 1
        raise ImagingError(
            f"{source.name}: frame {bad} is at {time[bad]:g} s, frame {bad - 1} at "
            f"{time[bad - 1]:g} s; times must increase. Give frame_interval to replace them."
        )
    return time


def _stated_times(
    source: Source, count: int, frame_interval: float, notes: list[str]
) -> NDArray[np.floating]:
    if not (np.isfinite(frame_interval) and frame_interval > 0):
        raise ImagingError(f"frame_interval is {frame_interval!r}; it must be positive [s].")
    if source.time is not None and len(source.time) > 1:
        found = float(np.median(np.diff(source.time)))
        if abs(found / frame_interval - 1) > CONTRADICTION:
            notes.append(
                f"The stated frame interval of {frame_interval:g} s is used; the file says "
                f"{found:g} s."
            )
    return np.arange(count) * float(frame_interval)


def checked_pixel_size(source: Source, pixel_size: float | None, notes: list[str]) -> float:
    """Width of a pixel [m].

    Parameters
    ----------
    source : Source
        The movie with its metadata.
    pixel_size : float, optional
        As stated by the user [m]; it wins over the metadata.
    notes : list of str
        Is told if the two contradict each other.

    Returns
    -------
    float

    Raises
    ------
    ImagingError
        If there is none, or it is below 1 nm or above 100 um, with a hint about the unit.

    Examples
    --------
    >>> from multiscale.imaging.reading.sources import array_source
    >>> checked_pixel_size(array_source(np.zeros((3, 8, 8))), 130, [])
    Traceback (most recent call last):
    multiscale.errors.ImagingError: A pixel_size of 130 m is ...: is 1.3e-07 m (130 nm) meant?
    """
    size = pixel_size if pixel_size is not None else source.pixel_size
    if size is None:
        raise ImagingError(
            f"{source.name} states no pixel size; give it in metres (pixel_size=..., --pixel-size)."
        )
    least, most = PIXEL_SIZE_RANGE_M
    if not least <= size <= most:
        origin = "A pixel_size" if pixel_size is not None else f"The pixel size in {source.name}"
        raise ImagingError(f"{origin} of {size:g} m is {_hint(size)}")
    stated = source.pixel_size
    if pixel_size is not None and stated and abs(stated / pixel_size - 1) > CONTRADICTION:
        notes.append(
            f"The given pixel size of {pixel_size:g} m is used; the file says {stated:g} m."
        )
    return float(size)


def _hint(size: float) -> str:
    least, most = PIXEL_SIZE_RANGE_M
    for factor, unit in ((1e-6, "um"), (1e-9, "nm")):
        if 1e-8 <= size * factor <= 1e-5:
            return (
                f"not between {least:g} and {most:g} m: is {size * factor:g} m ({size:g} {unit}) "
                "meant?"
            )
    return f"not between {least:g} and {most:g} m; give it in metres, for example 130e-9."
