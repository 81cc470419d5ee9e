"""What a charge adds to the brightness: it shows particles that the first frames hide.

In a difference of registered frames the texture of the matrix cancels, so that a particle as dim as
the matrix stands out once it has reacted.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.ndimage import map_coordinates, median_filter

from multiscale.imaging.registration.drift import Drift, registered_frames
from multiscale.imaging.stack import ImageStack

FRAMES = 9  # whose median is a state: what passes by is in few of them
EDGE_PX = 1  # beyond the margin of the drift: what interpolation takes from outside
STRIDE = 4  # pixels: the light is smooth
WINDOW = 0.3  # of the shorter side, over which it is taken; wider than particles
SHARE = 0.04  # of the half-cycle from which they are taken


def brightening(
    stack: ImageStack, drift: Drift, half_cycles: pd.DataFrame
) -> NDArray[np.float64] | None:
    """Largest increase of brightness from the first frames to the end of a charge.

    The light is taken off by the median ratio around each pixel: good enough to see where
    something changes, not how much.

    Parameters
    ----------
    stack : ImageStack
    drift : Drift
    half_cycles : pandas.DataFrame
        kind, start_s and end_s on the clock of the movie.

    Returns
    -------
    array (rows, columns) or None
        In counts on the scene of frame 0; None if no end of a charge was filmed.

    Examples
    --------
    >>> frames = np.full((40, 16, 16), 50.0); frames[20:, 5:8, 5:8] = 80.0
    >>> stack = ImageStack.from_frames(frames, pixel_size=1e-7, frame_interval=1.0)
    >>> still = Drift(np.zeros(40), np.zeros(40), "none", np.nan)
    >>> charge = pd.DataFrame({"kind": ["charge"], "start_s": [0.0], "end_s": [39.0]})
    >>> brightening(stack, still, charge)[[0, 6], [0, 6]].tolist()
    [0.0, 30.0]
    """
    time = np.asarray(stack.time)
    charges = half_cycles[half_cycles["kind"] == "charge"]
    ends = [
        np.flatnonzero((time >= row.start_s) & (time <= row.end_s)) for row in charges.itertuples()
    ]
    ends = [inside[_spread(len(inside))] for inside in ends if len(inside) >= 2 * FRAMES]
    if not ends:
        return None
    before = _state(stack, drift, range(FRAMES))
    after = [_state(stack, drift, inside) for inside in ends]
    found = np.max([state / _light(state, before) - before for state in after], axis=0)
    return _within_view(found, drift)


def _spread(n: int) -> NDArray[np.int_]:
    """Numbers of the frames at the end of ``n``, from the last stretch."""
    stretch = max(FRAMES, round(SHARE * n))
    return n - stretch + np.linspace(0, stretch - 1, FRAMES).astype(int)


def _state(stack: ImageStack, drift: Drift, frames: Sequence[int] | NDArray) -> NDArray[np.float64]:
    seen = list(registered_frames(stack, drift, frames))
    return np.median(seen, axis=0).astype(float)


def _within_view(change: NDArray[np.float64], drift: Drift) -> NDArray[np.float64]:
    """The change where every frame shows the scene, and its median beyond."""
    left, right, top, bottom = (margin + EDGE_PX for margin in drift.margins_px)
    rows, columns = change.shape
    seen = np.zeros_like(change, dtype=bool)
    seen[top : rows - bottom, left : columns - right] = True
    return np.where(seen, change, np.median(change[seen])) if seen.any() else np.zeros_like(change)


def _light(after: NDArray[np.float64], before: NDArray[np.float64]) -> NDArray[np.float64]:
    """Light after over light before: the median ratio around each pixel.

    Around, not everywhere: what drifts through uneven light changes by some per cent.
    """
    ratio = np.divide(after, before, out=np.ones_like(after), where=before > 0)
    coarse = ratio[::STRIDE, ::STRIDE]
    width = max(3, round(WINDOW * min(coarse.shape)))
    found = np.maximum(median_filter(coarse, width, mode="nearest"), np.finfo(float).eps)
    rows, columns = np.indices(ratio.shape) / STRIDE
    return map_coordinates(found, [rows, columns], order=1, mode="nearest")
