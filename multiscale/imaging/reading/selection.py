"""Which stored frames are used: without dropped ones, checked for saturation, in bins."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from multiscale.errors import ImagingError
from multiscale.imaging.reading.scan import Scan

SATURATION_NOTE = 0.01  # share of a frame's pixels
SATURATION_LIMIT = 0.1


def frame_groups(
    found: Scan, bin_frames: int, dropped: Sequence[int], notes: list[str]
) -> list[NDArray[np.int_]]:
    """Indices of the stored frames whose mean is each frame; dropped frames are in none.

    Parameters
    ----------
    found : Scan
        What a look at every frame found.
    bin_frames : int
        Stored frames in a bin.
    dropped : sequence of int
        Stored frames to leave out, besides those found.
    notes : list of str
        Is told what is left out and why.

    Returns
    -------
    list of arrays of int

    Raises
    ------
    ImagingError
        If a frame is saturated, fewer than two frames are left, or a number is out of range.

    Examples
    --------
    >>> from multiscale.imaging.reading.scan import scan
    >>> from multiscale.imaging.reading.sources import array_source
    >>> found = scan(array_source(np.arange(448, dtype="uint16").reshape(7, 8, 8)))
    >>> frame_groups(found, 3, (1,), [])
    [array([0, 2]), array([3, 4, 5])]
    """
    listed = np.zeros(found.count, dtype=bool)
    for index in dropped:
        if not 0 <= index < found.count:
            raise ImagingError(
                f"Dropped frame {index} is not in {found.name}; it has 0 to {found.count - 1}."
            )
        listed[index] = True
    kinds = {
        "listed": listed,
        "black": found.black,
        "not finite": found.bad,
        "copies of the frame before": found.repeated,
    }
    lost = np.any(list(kinds.values()), axis=0)
    if lost.any():
        why = "; ".join(
            f"{kind}: {_numbers(np.flatnonzero(which))}"
            for kind, which in kinds.items()
            if which.any()
        )
        notes.append(f"{lost.sum()} of {found.count} frames are dropped ({why}).")
    _check_saturation(found.name, np.where(lost, 0, found.saturated_share), notes)
    return _bins(found.name, ~lost, bin_frames, notes)


def _bins(
    name: str, kept: NDArray[np.bool_], bin_frames: int, notes: list[str]
) -> list[NDArray[np.int_]]:
    if bin_frames < 1 or bin_frames != int(bin_frames):
        raise ImagingError(f"bin_frames is {bin_frames!r}; it must be a positive whole number.")
    bins, remainder = divmod(len(kept), int(bin_frames))
    if remainder:
        notes.append(f"The last {remainder} frames do not fill a bin of {bin_frames}; left out.")
    starts = np.arange(bins) * int(bin_frames)
    groups = [start + np.flatnonzero(kept[start : start + int(bin_frames)]) for start in starts]
    groups = [group for group in groups if group.size]
    if len(groups) < 2:
        dropped = " ".join(notes) or "none is dropped"
        raise ImagingError(
            f"{name}: {kept.sum()} of {len(kept)} frames can be used ({dropped.rstrip('.')}), "
            f"in bins of {bin_frames} they make {len(groups)}; a movie needs at least two."
        )
    return groups


def _check_saturation(name: str, share: NDArray[np.float64], notes: list[str]) -> None:
    worst = int(np.argmax(share))
    if share[worst] > SATURATION_LIMIT:
        frames = np.flatnonzero(share > SATURATION_LIMIT)
        raise ImagingError(
            f"{name} is saturated: {share[worst]:.0%} of the pixels of frame {worst} are at "
            f"full scale, and more than {SATURATION_LIMIT:.0%} of {len(frames)} frames "
            f"({_numbers(frames)}). Expose less, or leave single frames out with dropped=(...)."
        )
    if share[worst] > SATURATION_NOTE:
        notes.append(f"Up to {share[worst]:.1%} of the pixels (frame {worst}) are saturated.")


def _numbers(indices: NDArray[np.int_], most: int = 8) -> str:
    shown = ", ".join(str(index) for index in indices[:most])
    return f"{shown}, ..." if len(indices) > most else shown
