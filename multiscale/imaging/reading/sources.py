"""Where the frames of a movie come from: one small description for every kind of file."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from multiscale.errors import ImagingError


@dataclass(frozen=True)
class Source:
    """A movie as it lies on disk or in memory; frames are read when asked for.

    Attributes
    ----------
    name : str
        What messages call it.
    count : int or None
        Frames the file promises, None if it makes no promise.
    read : callable
        Frames of the given increasing indices, as stored: (rows, columns) or
        (rows, columns, 3).
    time : array (count,) [s] or None
        From the metadata.
    pixel_size : float [m] or None
        From the metadata.
    bit_depth : int or None
        From the metadata; None: to be judged by the values.
    order : array (count,) or None
        Numbers of the frames where they say which are missing, 0, 1, 2, 5, say.
    clock : array (count,) [s] or None
        When frames were stored, to the second: too coarse for times, good enough to contradict.
    playback : float [s] or None
        From frame to frame when a video is shown: no time of the measurement.
    problems : tuple of str
        What the metadata say and nobody can use.
    whole : bool
        False if the file is known to be cut short.
    notes : tuple of str
        What a reader should know.
    """

    name: str
    count: int | None
    read: Callable[[Iterable[int]], Iterator[NDArray]]
    time: NDArray[np.floating] | None = None
    pixel_size: float | None = None
    bit_depth: int | None = None
    order: NDArray[np.integer] | None = None
    clock: NDArray[np.floating] | None = None
    playback: float | None = None
    problems: tuple[str, ...] = ()
    whole: bool = True
    notes: tuple[str, ...] = ()


def array_source(frames: NDArray, name: str = "frames") -> Source:
    """Frames that are in memory, or memory-mapped.

    Parameters
    ----------
    frames : array (n, rows, columns) or (n, rows, columns, 3)
        The movie.
    name : str
        What messages call it.

    Returns
    -------
    Source

    Raises
    ------
    ImagingError
        If the shape is another one.

    Examples
    --------
    >>> array_source(np.zeros((5, 8, 8), "uint8")).count
    5
    """
    colour = frames.ndim == 4 and frames.shape[-1] in (3, 4)
    if not (frames.ndim == 3 or colour):
        raise ImagingError(
            f"{name}: frames need the shape (n, rows, columns) or (n, rows, columns, 3); "
            f"got {frames.shape}."
        )
    return Source(name, len(frames), lambda indices: (frames[index] for index in indices))


def gray(raw: NDArray) -> NDArray[np.float32]:
    """Camera counts of a frame: the mean of red, green and blue where there are colours.

    Parameters
    ----------
    raw : array (rows, columns) or (rows, columns, 3 or 4)
        A frame as stored; a fourth channel (opacity) is ignored.

    Returns
    -------
    array (rows, columns), float32

    Examples
    --------
    >>> float(gray(np.array([[[10, 20, 60]]], "uint8"))[0, 0])
    30.0
    """
    if raw.ndim == 2:
        return raw.astype(np.float32)
    total = raw[..., 0].astype(np.float32)
    total += raw[..., 1]
    total += raw[..., 2]
    total /= 3
    return total


def reversed_counts(frame: NDArray) -> NDArray:
    """Counts that rise with brightness, of a file in which white is zero.

    Examples
    --------
    >>> reversed_counts(np.array([0, 255], "uint8")).tolist()
    [255, 0]
    """
    if frame.dtype.kind == "u":
        return np.iinfo(frame.dtype).max - frame
    return ~frame if frame.dtype.kind in "bi" else frame.max() - frame
