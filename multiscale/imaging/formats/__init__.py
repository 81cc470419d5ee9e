"""Formats of movies: one file each, which reads the format, writes it, or both.

A new format is one new file in this folder: a function under :func:`reads`, from a path to a
:class:`Source`, or one under :func:`writes`, from frames to a file. No other code needs to know.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import cache, partial
from importlib import import_module
from os import PathLike
from pathlib import Path
from pkgutil import iter_modules
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from multiscale.errors import ImagingError

FOLDER = ""  # the ending that stands for a folder of pictures


@dataclass(frozen=True)
class Source:
    """A movie as it lies on disk or in memory; frames are read when asked for."""

    name: str  # what messages call it
    count: int | None  # frames the file promises, None if it makes no promise
    # frames of the given increasing indices, as stored: (rows, columns) or (rows, columns, 3)
    read: Callable[[Iterable[int]], Iterator[NDArray]]
    time: NDArray[np.floating] | None = None  # (count,) [s]: from the metadata
    pixel_size: float | None = None  # [m]: from the metadata
    bit_depth: int | None = None  # from the metadata; None: to be judged by the values
    # (count,), numbers of the frames where they say which are missing, 0, 1, 2, 5, say
    order: NDArray[np.integer] | None = None
    # (count,) [s]: when frames were stored, to the second: too coarse for times, good enough to
    # contradict
    clock: NDArray[np.floating] | None = None
    # [s]: from frame to frame when a video is shown: no time of the measurement
    playback: float | None = None
    problems: tuple[str, ...] = ()  # what the metadata say and nobody can use
    whole: bool = True  # False if the file is known to be cut short
    notes: tuple[str, ...] = ()  # what a reader should know


@dataclass(frozen=True)
class Footage:
    """Frames to be written, and what a file should say of them."""

    frames: Iterator[NDArray[Any]]  # (rows, columns[, 3]), one for each time, all alike
    first: NDArray[Any]
    time: NDArray[np.float64]  # (n,) [s]
    pixel_size: float  # [m]
    quality: int  # constant rate factor of a video, 0 (lossless) to 51


Reader = Callable[[Path], Source]
Writer = Callable[[Footage, Path], None]
_READERS: dict[str, Reader] = {}
_WRITERS: dict[str, Writer] = {}


def reads(*endings: str) -> Callable[[Reader], Reader]:
    """Decorator of the function that opens files of these endings (".tif")."""

    def register(reader: Reader) -> Reader:
        _READERS.update(dict.fromkeys(endings, reader))
        return reader

    return register


def writes(*endings: str) -> Callable[[Writer], Writer]:
    """Decorator of the function that writes files of these endings (".ome.tif")."""

    def register(writer: Writer) -> Writer:
        _WRITERS.update(dict.fromkeys(endings, writer))
        return writer

    return register


@cache
def _load_formats() -> None:
    """Import every file of this folder, so that its functions are known."""
    for module in iter_modules(__path__):
        import_module(f"{__name__}.{module.name}")


def open_movie(path: Path) -> Source:
    """Open a file by its ending, or a folder of pictures.

    Raises ImagingError if there is no such file, its kind is unknown, or it cannot be read.

    Examples
    --------
    >>> open_movie(Path("movie.nd2"))
    Traceback (most recent call last):
    multiscale.errors.ImagingError: movie.nd2: unknown kind '.nd2'; known: .tif, ...
    """
    _load_formats()
    if path.is_dir():
        return _READERS[FOLDER](path)
    reader = _READERS.get(path.suffix.lower() or "?")
    if reader is None:
        known = ", ".join(filter(None, _READERS))
        raise ImagingError(
            f"{path.name}: unknown kind {path.suffix!r}; known: {known}, or a folder."
        )
    if not path.is_file():
        raise ImagingError(f"There is no movie {path}.")
    return reader(path)


def array_source(frames: NDArray, name: str = "frames") -> Source:
    """Frames (n, rows, columns[, 3 or 4]) that are in memory, or memory-mapped.

    Raises ImagingError if the shape is another one.

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
    return Source(name, len(frames), partial(_taken, frames))


def _taken(frames: NDArray, indices: Iterable[int]) -> Iterator[NDArray]:
    return (frames[index] for index in indices)  # no closure: a stack can be pickled


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


def write_movie(
    frames: Iterable[NDArray[Any]],
    path: str | PathLike[str],
    *,
    time: ArrayLike,
    pixel_size: float,
    quality: int = 18,
) -> Path:
    """Write frames as they come; the file appears when it is complete.

    Parameters
    ----------
    frames : iterable of ndarray of uint8 or uint16, shape (rows, columns[, 3])
        One per time, all alike; 8 bits for MP4.
    path : path
        Ends in ``.ome.tif``, ``.ome.tiff`` or ``.mp4``; MP4 needs the extra ``video``.
    time : array_like, shape (n,)
        [s]; OME-TIFF keeps it as DeltaT of every plane. MP4 plays 25 frames a second and keeps
        the first frame interval as a comment.
    pixel_size : float
        [m]
    quality : int
        Constant rate factor of H.264, 0 (lossless) to 51.

    Raises
    ------
    ImagingError
        For another extension, frames that do not fit the times or each other, or a missing PyAV.

    Examples
    --------
    >>> frames = np.zeros((3, 8, 8, 3), np.uint8)
    >>> write_movie(frames, "movie.ome.tif", time=[0, 30, 60], pixel_size=130e-9).name
    'movie.ome.tif'
    """
    _load_formats()
    path, times = Path(path), np.asarray(time, dtype=float)
    writer = next((w for end, w in _WRITERS.items() if path.name.lower().endswith(end)), None)
    if writer is None:
        *others, last = _WRITERS
        raise ImagingError(f"{path.name}: a movie's name ends in {', '.join(others)} or {last}.")
    part = path.with_name(f".{path.name}.part")
    path.parent.mkdir(parents=True, exist_ok=True)
    try:
        checked = _alike(frames, len(times))
        first = next(checked, None)
        if first is None:
            raise ImagingError("A movie needs at least one frame.")
        all_frames = itertools.chain([first], checked)
        writer(Footage(all_frames, first, times, pixel_size, quality), part)
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)
    return path


def _alike(frames: Iterable[NDArray[Any]], n: int) -> Iterator[NDArray[Any]]:
    """The frames, refused where they differ from the first or from the number of times."""
    first: NDArray[Any] | None = None
    count = 0
    for count, given in enumerate(frames, start=1):
        frame = np.asarray(given)
        first = frame if first is None else first
        if (frame.shape, frame.dtype) != (first.shape, first.dtype):
            raise ImagingError(f"Frame {count - 1} differs from the first in shape or type.")
        if count > n:
            break
        yield frame
    if count != n:
        raise ImagingError(f"There are {n} times, but {'more' if count > n else count} frames.")
