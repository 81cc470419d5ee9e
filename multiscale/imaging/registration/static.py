"""Frames moved back to where the scene was, and what of the scene does not change meanwhile."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.ndimage import binary_dilation, gaussian_filter
from scipy.ndimage import shift as shifted

from multiscale.imaging.stack import ImageStack

LOOKS = 8  # frames compared with the first
CHANGED = 0.04  # of the brightness
HALO = 3.0  # widths of the point spread around what changes


def unchanged(
    stack: ImageStack, path_px: NDArray[np.float64], sigma_px: float
) -> NDArray[np.bool_]:
    """Pixels of frame 0 that keep their brightness, lamp apart, away from those that do not.

    Where a particle brightens, the blurred edge between it and the matrix seems to move: matching
    images there takes the reaction for drift.

    Parameters
    ----------
    stack : ImageStack
    path_px : array (n, 2)
        About how far the scene has moved to the right and down [pixel].
    sigma_px : float
        Width of the point spread [pixel].

    Returns
    -------
    array (rows, columns) of bool

    Examples
    --------
    >>> frames = np.full((9, 40, 40), 50.0); frames[5:, 15:25, 15:25] = 80.0
    >>> stack = ImageStack.from_frames(frames, pixel_size=1e-7, frame_interval=1.0)
    >>> unchanged(stack, np.zeros((9, 2)), 1.0)[[2, 20], [2, 20]].tolist()
    [True, False]
    """
    first = gaussian_filter(stack.frame(0), sigma_px)
    floor = CHANGED * first.max()
    changed = np.zeros(first.shape, dtype=bool)
    step = max(1, (len(stack) - 1) // LOOKS)
    for (dx, dy), frame in zip(path_px[::step], stack.frames(step=step), strict=True):
        now = gaussian_filter(registered(frame, dx, dy), sigma_px)
        ratio = np.log((np.maximum(now, 0) + floor) / (first + floor))
        changed |= np.abs(ratio - np.median(ratio)) > CHANGED
    return ~binary_dilation(changed, iterations=int(np.ceil(HALO * sigma_px)))


def registered(frame: ArrayLike, dx_px: float, dy_px: float) -> NDArray[np.float32]:
    """A frame moved back to where the scene was in frame 0.

    Cubic splines between pixels. What drifted out of view is filled with the nearest pixel seen:
    masks have to leave out the margin of the drift.

    Parameters
    ----------
    frame : array (rows, columns)
        Camera counts.
    dx_px, dy_px : float
        Drift of the frame [pixel].

    Returns
    -------
    array (rows, columns), float32

    Examples
    --------
    >>> frame = np.zeros((5, 5), "float32"); frame[2, 3] = 1
    >>> int(registered(frame, 1.0, 0.0).argmax())
    12
    """
    counts = np.asarray(frame, dtype=np.float32)
    if dx_px == dy_px == 0:
        return counts
    return shifted(counts, (-dy_px, -dx_px), order=3, mode="nearest")
