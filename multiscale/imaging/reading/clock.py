"""When frames were taken and how large a pixel is: the metadata, or what the user states."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from multiscale.errors import ImagingError
from multiscale.imaging.reading.sources import Source

PIXEL_SIZE_RANGE_M = (1e-9, 1e-4)
INTERVAL_RANGE_S = (1e-6, 1e6)
LONGEST_S = 1e9  # of a movie: thirty years
JITTER = 0.5  # of an interval: frames that are off by less have no wrong place
CONTRADICTION = 0.01  # relative difference between the metadata and what is stated


def frame_times(
    source: Source,
    count: int,
    frame_interval: float | None,
    notes: list[str],
    replace_times: bool = False,
) -> NDArray[np.floating]:
    """Times of all frames [s].

    Where a file has times of its own and an interval is stated as well, the two must tell the
    same. A stated interval replaces one that the file states for all frames, and a note says so.
    Times of single frames that do not follow the stated interval are never replaced without
    ``replace_times``: they hold what an interval cannot, such as frames that were lost.

    Parameters
    ----------
    source : Source
        The movie with its metadata.
    count : int
        Frames that can be read.
    frame_interval : float, optional
        Time from frame to frame [s].
    notes : list of str
        Is told where the times are from when that may surprise.
    replace_times : bool
        The stated interval counts, whatever the file says.

    Returns
    -------
    array (count,)

    Raises
    ------
    ImagingError
        If there are no times, fewer than frames, or times that do not increase; if times of the
        file and the stated interval contradict each other; if a video has no stated interval.

    Examples
    --------
    >>> from multiscale.imaging.reading.sources import array_source
    >>> source = array_source(np.zeros((3, 8, 8)))
    >>> frame_times(source, 3, 30.0, [])
    array([ 0., 30., 60.])
    """
    if frame_interval is not None:
        least, most = INTERVAL_RANGE_S
        if not (least <= frame_interval <= most):
            raise ImagingError(
                f"frame_interval is {frame_interval!r}; it must be positive [s], from {least:g} "
                f"to {most:g} s."
            )
        return _stated_times(source, count, float(frame_interval), notes, replace_times)
    if replace_times:
        raise ImagingError("What shall replace the times of the file? Give frame_interval as well.")
    if source.playback is not None:
        raise ImagingError(
            f"{source.name} is a video: its times are those of the playback, {source.playback:.4g} "
            "s from frame to frame, not of the measurement. Give the real time from frame to frame "
            "in seconds (frame_interval=..., --frame-interval)."
        )
    reason = f" It {'; it '.join(source.problems)}." if source.problems else ""
    if source.time is None:
        raise ImagingError(
            f"{source.name} states no times; give the frame interval in seconds "
            f"(frame_interval=..., --frame-interval).{reason}"
        )
    if len(source.time) < count:
        raise ImagingError(
            f"{source.name} states {len(source.time)} times for {count} frames; give "
            "frame_interval, the time from frame to frame [s]."
        )
    time = np.asarray(source.time[:count], dtype=float)
    unknown = ~np.isfinite(time)
    if unknown.any():
        raise ImagingError(
            f"{source.name} states no time of frame {int(np.argmax(unknown))}, and times of "
            f"{(~unknown).sum()} of {count} frames; give frame_interval, the time from frame to "
            "frame [s]."
        )
    later = np.diff(time) > 0
    if not later.all():
        bad = int(np.argmin(later)) + 1
        raise ImagingError(
            f"{source.name}: frame {bad} is at {time[bad]:g} s, frame {bad - 1} at "
            f"{time[bad - 1]:g} s; times must increase. Give frame_interval and "
            "replace_times=True (--frame-interval, --replace-times) to replace them."
        )
    if time[-1] - time[0] > LONGEST_S:
        raise ImagingError(
            f"{source.name} says that it lasts {time[-1] - time[0]:g} s; is the unit of its times "
            "right?"
        )
    notes += _unused(source)
    return time


def _unused(source: Source) -> list[str]:
    return [f"{source.name} {problem}." for problem in source.problems]


def _stated_times(
    source: Source, count: int, interval: float, notes: list[str], replace_times: bool
) -> NDArray[np.floating]:
    grid = np.arange(count) * interval
    if source.order is not None and len(source.order) >= count and not replace_times:
        places = source.order[:count]
        grid = (places - places[0]) * interval
        if len(places) and places[-1] - places[0] != count - 1:
            after = int(np.argmax(np.diff(places) > 1))
            notes.append(
                f"By the numbers in the names {places[-1] - places[0] + 1 - count} frames are "
                f"missing, the first after frame {after}; the times leave room for them "
                "(--replace-times: they do not)."
            )
    notes += _unused(source)
    if replace_times:
        return grid
    if source.playback is None and source.clock is not None and len(source.clock) >= count:
        _check_clock(source, source.clock[:count], grid, interval)
    if source.time is None or len(source.time) < 2:
        return grid
    return _reconciled(source, grid, interval, notes)


def _reconciled(
    source: Source, grid: NDArray[np.floating], interval: float, notes: list[str]
) -> NDArray[np.floating]:
    """The stated times, those of the file where they say more, or an error."""
    assert source.time is not None
    stored = np.asarray(source.time[: len(grid)], dtype=float)
    known = np.isfinite(stored)
    if known.sum() < 2:
        return grid
    first = int(np.argmax(known))
    away = (stored - stored[first] - (grid - grid[first]))[: len(stored)]
    away = np.where(known, away, 0.0)
    if np.abs(away).max(initial=0.0) <= JITTER * interval:
        return grid
    steps = np.diff(stored[known]) / np.diff(np.flatnonzero(known))
    found = float(np.median(steps))
    even = found > 0 and np.abs(steps / found - 1).max() <= CONTRADICTION
    if even and abs(found / interval - 1) > CONTRADICTION:
        notes.append(
            f"The stated frame interval of {interval:g} s is used; the file says {found:g} s."
        )
        return grid
    whole = known.all() and len(stored) == len(grid)
    worst = int(np.argmax(np.abs(away) > JITTER * interval))
    where = (
        f"frame {worst} is at {stored[worst] - stored[first]:g} s by the file, at "
        f"{grid[worst] - grid[first]:g} s by the stated interval of {interval:g} s"
    )
    if whole and np.all(np.diff(stored) > 0) and abs(found / interval - 1) <= CONTRADICTION:
        notes.append(
            f"The file's own times of the frames are kept: {where} (--replace-times: the stated "
            "interval counts)."
        )
        return stored
    raise ImagingError(
        f"{source.name}: {where}. Leave the interval away, so that the times of the file count, or "
        "let it replace them (replace_times=True, --replace-times)."
    )


def _check_clock(
    source: Source,
    clock: NDArray[np.floating],
    grid: NDArray[np.floating],
    interval: float,
) -> None:
    away = clock - clock[0] - (grid - grid[0])
    limit = max(2.0, interval)
    if np.abs(away).max(initial=0.0) > limit + CONTRADICTION * grid[-1]:
        worst = int(np.argmax(np.abs(away) > limit + CONTRADICTION * grid[-1]))
        raise ImagingError(
            f"{source.name}: frame {worst} was stored {clock[worst] - clock[0]:g} s after the "
            f"first by its date, {grid[worst] - grid[0]:g} s by the stated interval of "
            f"{interval:g} s. Are frames missing, or in another order? If the dates are wrong, let "
            "the interval replace them (replace_times=True, --replace-times)."
        )


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
        reason = f" It {'; it '.join(source.problems)}." if source.problems else ""
        raise ImagingError(
            f"{source.name} states no pixel size; give it in metres (pixel_size=..., --pixel-size)."
            f"{reason}"
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
