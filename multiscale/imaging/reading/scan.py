"""One look at every frame before any is used: what is missing, black, repeated or saturated."""

from __future__ import annotations

import itertools
import zlib
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from multiscale.errors import ImagingError
from multiscale.imaging.reading.sources import Source
from multiscale.tiff import check_size

BLACK = 0.02  # of the typical brightness: a frame below it is black
REPEATED_SHARE = 0.1  # frames equal to the one before count as dropped if they are this rare
_COUNTS = {2**bits - 1: bits for bits in (8, 10, 12, 14, 16)}  # greatest count -> bit depth
_SHIFTED = (65472, 65520, 65532)  # greatest counts of 10, 12, 14 bits in the upper ones of 16


@dataclass(frozen=True)
class Scan:
    """What a pass over all frames found.

    Attributes
    ----------
    name : str
        Of the movie.
    count : int
        Frames that can be read.
    cut_short : bool
        Whether the file promises more.
    shape : tuple of int
        Rows and columns.
    colour : bool
        Whether frames have colours.
    bit_depth : int
        Of the values; 32 or 64 for floating point.
    full_scale : float
        Count of a saturated pixel; the greatest value for floating point.
    black, repeated, bad : array (count,) of bool
        Black frames; exact copies of the frame before; frames with values that are not finite.
    saturated_share : array (count,)
        Share of saturated pixels.
    """

    name: str
    count: int
    cut_short: bool
    shape: tuple[int, int]
    colour: bool
    bit_depth: int
    full_scale: float
    black: NDArray[np.bool_]
    repeated: NDArray[np.bool_]
    bad: NDArray[np.bool_]
    saturated_share: NDArray[np.float64]


@dataclass(frozen=True)
class _Look:
    """One frame: mean, maximum, share of pixels at the maximum, checksum."""

    mean: float
    top: float
    top_share: float
    checksum: int


def scan(source: Source, allow_truncated: bool = False) -> Scan:
    """Look at every frame once.

    Parameters
    ----------
    source : Source
        The movie.
    allow_truncated : bool
        Take the frames that are whole from a file that is cut short, instead of refusing it.

    Returns
    -------
    Scan

    Raises
    ------
    ImagingError
        If frames cannot be read (saying how many can), differ in shape, or fewer than two are
        there.

    Examples
    --------
    >>> from multiscale.imaging.reading.sources import array_source
    >>> frames = np.arange(4)[:, None, None] * np.ones((8, 8), "uint8")
    >>> scan(array_source(frames)).black.tolist()
    [True, False, False, False]
    """
    looks: list[_Look] = []
    shapes: list[tuple[int, ...]] = []
    problem: Exception | None = None
    dtype = np.dtype(np.uint8)
    try:
        for raw in _all_frames(source):
            if shapes and raw.shape != shapes[0]:
                raise ImagingError(
                    f"{source.name}: frame {len(looks)} has the shape {raw.shape}, frame 0 "
                    f"{shapes[0]}; all frames need one shape."
                )
            if looks and raw.dtype != dtype:
                raise ImagingError(
                    f"{source.name}: the counts of frame {len(looks)} are of the type {raw.dtype}, "
                    f"those of frame 0 {dtype}; all frames need one type."
                )
            check_size(source.name, *raw.shape[:2])
            looks.append(_look(raw))
            shapes[:], dtype = [raw.shape], raw.dtype
    except ImagingError:
        raise
    except Exception as stopped:  # each reader raises whatever it stumbles over
        problem = stopped
    cut_short = problem is not None or not source.whole
    if cut_short and not (allow_truncated and looks):
        raise ImagingError(_truncated(source, len(looks), problem))
    if len(looks) < 2:
        raise ImagingError(
            f"{source.name} holds {len(looks)} frame{'s' * (len(looks) != 1)}; a movie needs at "
            "least two."
        )
    return _summary(source, looks, shapes[0], dtype, cut_short)


def _all_frames(source: Source) -> Iterator[NDArray]:
    return source.read(itertools.count() if source.count is None else range(source.count))


def _look(raw: NDArray) -> _Look:
    if raw.ndim not in (2, 3) or (raw.ndim == 3 and raw.shape[-1] not in (3, 4)):
        raise ImagingError(
            f"A frame needs the shape (rows, columns) or (rows, columns, 3); got {raw.shape}."
        )
    if raw.dtype.kind not in "uif" or not raw.size:
        raise ImagingError(f"Frames of the type {raw.dtype} are not brightness.")
    pixels = raw[..., :3] if raw.ndim == 3 else raw
    mean, top = float(pixels.mean()), float(pixels.max())
    share = np.count_nonzero(pixels == pixels.max()) / pixels.size if np.isfinite(mean) else 0.0
    return _Look(mean, top, share, zlib.crc32(np.ascontiguousarray(raw).data))


def _truncated(source: Source, readable: int, problem: Exception | None) -> str:
    total = f" of {source.count}" if source.count else ""
    why = f"; frame {readable} cannot be read ({problem})" if problem else ""
    return (
        f"{source.name} is cut short or damaged: {readable}{total} frames are whole{why}. Copy the "
        "file again, or take the whole frames (allow_truncated=True, --allow-truncated)."
    )


def _summary(
    source: Source, looks: list[_Look], shape: tuple[int, ...], dtype: np.dtype, cut_short: bool
) -> Scan:
    mean = np.array([look.mean for look in looks])
    top = np.array([look.top for look in looks])
    checksum = np.array([look.checksum for look in looks])
    bad = ~np.isfinite(mean)
    if bad.all():
        raise ImagingError(f"{source.name}: every frame holds values that are not finite.")
    if np.median(mean[~bad]) <= 0:
        raise ImagingError(
            f"{source.name}: the counts are zero or negative on the whole; they need a background "
            "above zero, as a camera gives them."
        )
    black = ~bad & (mean <= BLACK * np.median(mean[~bad]))
    repeated = np.zeros(len(looks), dtype=bool)
    repeated[1:] = (checksum[1:] == checksum[:-1]) & ~black[1:]
    if repeated.mean() > REPEATED_SHARE:  # a movie at rest and without noise
        repeated[:] = False
    greatest = top[~bad].max()
    if dtype.kind == "f":
        bits, full_scale, share = 8 * dtype.itemsize, greatest, np.zeros(len(looks))
    else:
        bits = source.bit_depth or _COUNTS.get(int(greatest), 8 * dtype.itemsize)
        if greatest > 2**bits - 1:  # what the file says of its bits is wrong
            bits = 8 * dtype.itemsize
        full_scale = min(float(2**bits - 1), float(np.iinfo(dtype).max))
        if dtype == np.uint16 and int(greatest) in _SHIFTED:
            full_scale = float(greatest)
        share = np.where(top >= full_scale, [look.top_share for look in looks], 0.0)
    return Scan(
        name=source.name,
        count=len(looks),
        cut_short=cut_short,
        shape=(shape[0], shape[1]),
        colour=len(shape) == 3,
        bit_depth=bits,
        full_scale=full_scale,
        black=black,
        repeated=repeated,
        bad=bad,
        saturated_share=share,
    )
