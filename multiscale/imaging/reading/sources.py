"""Where the frames of a movie come from: one small description for every kind of file."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from multiscale.errors import ImagingError

LENGTH_UNITS_M = {
    "m": 1.0,
    "mm": 1e-3,
    "um": 1e-6,
    "micron": 1e-6,
    "microns": 1e-6,
    "micrometer": 1e-6,
    "nm": 1e-9,
    "pm": 1e-12,
    "a": 1e-10,
    "å": 1e-10,
    "cm": 1e-2,
    "inch": 0.0254,
}
TIME_UNITS_S = {
    "s": 1.0,
    "sec": 1.0,
    "ms": 1e-3,
    "msec": 1e-3,
    "us": 1e-6,
    "ns": 1e-9,
    "min": 60.0,
    "h": 3600.0,
    "hr": 3600.0,
    "d": 86400.0,
}


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


def unit_factor(unit: str | None, factors: dict[str, float]) -> float | None:
    """SI factor of a unit as metadata spell it, None if it is unknown.

    Parameters
    ----------
    unit : str or None
        For example ``"µm"``, ``"micron"``, ``"ms"``.
    factors : dict
        ``LENGTH_UNITS_M`` or ``TIME_UNITS_S``.

    Returns
    -------
    float or None

    Examples
    --------
    >>> unit_factor("µm", LENGTH_UNITS_M)
    1e-06
    """
    plain = (unit or "").strip().replace("\\u00B5", "u").replace("µ", "u").replace("μ", "u")
    return factors.get(plain.lower())


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
