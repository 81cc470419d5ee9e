"""The lamp: how bright the light was in each frame, read from what does not react.

The matrix between the particles stays as it is, so its brightness is that of the lamp. Debris that
passes, and particles nobody outlined, are kept out by working with small blocks of it: blocks that
behave unlike most are left out, and of the rest the middle counts.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.ndimage import distance_transform_edt, uniform_filter1d
from scipy.stats import trim_mean

from multiscale.errors import ImagingError
from multiscale.imaging.illumination.haze import haze_series
from multiscale.imaging.registration.drift import Drift

DILATION_PX = 5.0  # distance from any particle
BLOCK_PX = 8
FEWEST_PIXELS = 100  # of background, for a lamp to be read
REFERENCE_FRAMES = 3  # their mean is the first value
ODD = 5.0  # blocks that differ so many times more than usual from the lamp are left out
TRIMMED = 0.1  # share of the blocks cut at either end
SLOW = 0.02  # share of the movie over which noise is averaged away


@dataclass(frozen=True)
class Lamp:
    """Light in each frame over that in the first.

    Attributes
    ----------
    factor : array (n,)
        Divide brightness by it, after taking the haze away.
    haze : array (n,)
        Light added everywhere since the first frames [counts].
    wander : float
        What the correction leaves: twice the rms by which slow changes of four quarters of the
        background differ from their mean, as a fraction of the brightness.
    n_blocks : int
        Blocks of background that were used; 0: there is no background, and the factor is 1.

    Examples
    --------
    >>> Lamp(np.array([1.0, 0.98]), np.zeros(2), 0.001, 40).factor.min()
    np.float64(0.98)
    """

    factor: NDArray[np.float64]
    haze: NDArray[np.float64]
    wander: float
    n_blocks: int


def background_mask(
    labels: ArrayLike, drift: Drift | None = None, *, dilation_px: float = DILATION_PX
) -> NDArray[np.bool_]:
    """Pixels of frame 0 that show the background in every frame.

    Parameters
    ----------
    labels : array (rows, columns) of int
        Particles in frame 0; 0 is background.
    drift : Drift, optional
        Its margins are cut off.
    dilation_px : float
        Distance to keep from any particle [pixel].

    Returns
    -------
    array (rows, columns) of bool

    Examples
    --------
    >>> labels = np.zeros((20, 20), int); labels[8:12, 8:12] = 1
    >>> int(background_mask(labels, dilation_px=3).sum())
    320
    """
    particles = np.asarray(labels) > 0
    away = (
        distance_transform_edt(~particles) if particles.any() else np.full(particles.shape, np.inf)
    )
    mask = away > dilation_px
    if drift is not None:
        rows, columns = mask.shape
        left, right, top, bottom = drift.margins_px
        seen = np.zeros_like(mask)
        # The scene moved right by dx: what was within dx of the right edge has left the frame.
        seen[top : rows - bottom, left : columns - right] = True
        mask &= seen
    return mask


class BackgroundBlocks:
    """Small squares of background whose brightness is noted in every frame.

    Parameters
    ----------
    mask : array (rows, columns) of bool
        From :func:`background_mask`.

    Attributes
    ----------
    places : array (blocks, 2)
        x and y of their centres [pixel].
    quarters : array (blocks,) of int
        Which of four quarters of the image each is in.

    Examples
    --------
    >>> blocks = BackgroundBlocks(np.ones((32, 32), bool))
    >>> blocks.means(np.full((32, 32), 7.0))[:2]
    array([7., 7.])
    """

    def __init__(self, mask: NDArray[np.bool_]):
        rows, columns = np.nonzero(mask)
        width = -(-mask.shape[1] // BLOCK_PX)
        _, number, pixels = np.unique(
            rows // BLOCK_PX * width + columns // BLOCK_PX, return_inverse=True, return_counts=True
        )
        whole = pixels >= BLOCK_PX**2 // 2
        kept = whole[number] if len(number) >= FEWEST_PIXELS and whole.any() else number < 0
        self._pixels = rows[kept], columns[kept]
        self._number = (np.cumsum(whole) - 1)[number[kept]]
        self._counts = np.bincount(self._number)
        quarter = 2 * (2 * rows[kept] // mask.shape[0]) + 2 * columns[kept] // mask.shape[1]
        self.places = np.column_stack(
            [np.bincount(self._number, values[kept]) / self._counts for values in (columns, rows)]
        )
        self.quarters = np.zeros(len(self._counts), dtype=int)
        self.quarters[self._number] = quarter

    def __len__(self) -> int:
        return len(self._counts)

    def means(self, frame: ArrayLike) -> NDArray[np.float64]:
        """Mean brightness of each block.

        Parameters
        ----------
        frame : array (rows, columns)
            Registered to frame 0.

        Returns
        -------
        array (blocks,)
        """
        values = np.asarray(frame)[self._pixels]
        return np.bincount(self._number, values, len(self)) / self._counts


def lamp_series(blocks: ArrayLike, quarters: ArrayLike) -> Lamp:
    """The lamp from the brightness of blocks of background.

    Parameters
    ----------
    blocks : array (n, blocks)
        Brightness of each block in each frame.
    quarters : array (blocks,) of int
        Which of four quarters of the image a block is in.

    Returns
    -------
    Lamp

    Raises
    ------
    ImagingError
        If the background is black.

    Examples
    --------
    >>> light = np.linspace(1, 0.9, 40)
    >>> lamp_series(light[:, None] * np.full(16, 30.0), np.arange(16) // 4).factor[-1].round(3)
    np.float64(0.902)
    """
    values = np.asarray(blocks, dtype=float)
    n_frames, n_blocks = values.shape
    if not n_blocks:
        return Lamp(np.ones(n_frames), np.zeros(n_frames), 0.0, 0)
    first = values[:REFERENCE_FRAMES].mean(axis=0)
    if not np.median(first) > 0:
        raise ImagingError("The background is black: the lamp cannot be read from it.")
    lit = first > 0
    used = np.flatnonzero(lit)
    used = used[_usual(values[:, used] / first[used])]
    haze = haze_series(values[:, used], REFERENCE_FRAMES)
    relative = (values[:, used] - haze[:, None]) / first[used]
    factor = trim_mean(relative, TRIMMED, axis=1)
    factor /= factor[:REFERENCE_FRAMES].mean()
    return Lamp(factor, haze, _wander(relative, np.asarray(quarters)[used]), len(used))


def _usual(relative: NDArray[np.float64]) -> NDArray[np.bool_]:
    """Blocks that follow the others: no particle hides in them."""
    away = _slow(relative - np.median(relative, axis=1, keepdims=True))
    size = np.abs(away).max(axis=0)
    return size <= ODD * np.median(size)


def _wander(relative: NDArray[np.float64], quarters: NDArray[np.int_]) -> float:
    found = [trim_mean(relative[:, quarters == q], TRIMMED, axis=1) for q in np.unique(quarters)]
    if len(found) < 2:
        return 0.0
    series = _slow(np.array(found).T)
    rest = series / series.mean(axis=1, keepdims=True)
    return float(2 * np.sqrt(np.mean((rest - rest.mean(axis=0)) ** 2)))


def _slow(series: NDArray[np.float64]) -> NDArray[np.float64]:
    width = max(3, round(SLOW * len(series)))
    return uniform_filter1d(series, width, axis=0, mode="nearest")
