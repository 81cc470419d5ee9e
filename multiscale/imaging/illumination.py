"""Light that changes: the lamp over time, haze, and uneven light that a scene drifts through.

A lamp multiplies. The matrix between the particles stays as it is, so its brightness is that of the
lamp. Debris that passes, and particles nobody outlined, are kept out by working with small blocks
of it: blocks that behave unlike most are left out, and of the rest the middle counts.

Haze adds, such as the fluorescence of an electrolyte as it bleaches. Where the background is
mottled, its bright and its dark parts tell the two apart. Dividing by a background that loses haze
would make every particle seem to brighten.

Uneven light stays where the camera is while the scene moves. From the drift and the brightness of
static background the two are told apart: the logarithm of the light is a polynomial over the image,
and each block of background sees its changes along the way. A slope that is the same everywhere
acts on all blocks alike, and is left to the lamp.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.ndimage import distance_transform_edt, uniform_filter1d
from scipy.stats import trim_mean

from multiscale.errors import ImagingError
from multiscale.imaging.registration import Drift

HAZE_SLOW = 0.04  # share of the movie over which haze is averaged: it changes slowly
REWEIGHTINGS = 3
OUTLIER = 4.0  # blocks count less from here, in standard deviations
MAD_TO_SIGMA = 1.4826
LEAST_ERRORS = 6.0  # haze is believed from so many standard errors
LEAST_SHARE = 0.005  # of the background

DILATION_PX = 5.0  # distance from any particle
BLOCK_PX = 8
FEWEST_PIXELS = 100  # of background, for a lamp to be read
REFERENCE_FRAMES = 3  # their mean is the first value
ODD = 5.0  # blocks that differ so many times more than usual from the lamp are left out
TRIMMED = 0.1  # share of the blocks cut at either end
SLOW = 0.02  # share of the movie over which noise is averaged away

DEGREE = 4
POWERS = [(i, j) for i in range(DEGREE + 1) for j in range(DEGREE + 1 - i) if i + j > 1]
FEWEST_BLOCKS = 4 * len(POWERS)
MOST_FRAMES = 200  # looked at, evenly over the movie
ROUNDS = 8
RANK = 1e-10  # of the largest eigenvalue: drift that did not happen tells nothing
STRAYS = 2.5  # blocks that stray so many times more than usual are left out
OUTLIER = 4.0  # residuals are cut at so many times the typical one
LEFT = 0.05  # share of the correction that stays in doubt
LEAST_EFFECT = 0.001  # rms; less is not worth a correction


def background_mask(
    labels: ArrayLike, drift: Drift | None = None, *, dilation_px: float = DILATION_PX
) -> NDArray[np.bool_]:
    """Pixels of frame 0 that show the background in every frame, (rows, columns) of bool.

    They are more than ``dilation_px`` [pixel] away from any particle of ``labels`` (0 is
    background) and within the margins of the drift.

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

    Made from the mask of :func:`background_mask`. ``places`` are x and y of their centres [pixel],
    (blocks, 2); ``quarters`` says in which of four quarters of the image each is, (blocks,).

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
        """Mean brightness of each block, (blocks,), in a registered frame."""
        values = np.asarray(frame)[self._pixels]
        return np.bincount(self._number, values, len(self)) / self._counts


@dataclass(frozen=True)
class Lamp:
    """Light in each frame over that in the first.


    Examples
    --------
    >>> Lamp(np.array([1.0, 0.98]), np.zeros(2), 0.001, 40).factor.min()
    np.float64(0.98)
    """

    factor: NDArray[np.float64]  # (n,): divide brightness by it, after taking the haze away
    haze: NDArray[np.float64]  # (n,): light added everywhere since the first frames [counts]
    # what the correction leaves: twice the rms by which slow changes of four quarters of the
    # background differ from their mean, as a fraction of the brightness
    wander: float
    # blocks of background that were used; 0: there is no background, and the factor is 1
    n_blocks: int


def lamp_series(blocks: ArrayLike, quarters: ArrayLike) -> Lamp:
    """The lamp from the brightness of blocks of background, (n, blocks), and their quarters,
    (blocks,).

    Raises ImagingError if the background is black.

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
    used = np.flatnonzero(first > 0)
    relative = values[:, used] / first[used]
    away = _slow(relative - np.median(relative, axis=1, keepdims=True))
    size = np.abs(away).max(axis=0)
    used = used[size <= ODD * np.median(size)]  # they follow the others: no particle hides in them
    haze = haze_series(values[:, used], REFERENCE_FRAMES)
    relative = (values[:, used] - haze[:, None]) / first[used]
    factor = trim_mean(relative, TRIMMED, axis=1)
    factor /= factor[:REFERENCE_FRAMES].mean()
    side = np.asarray(quarters)[used]
    parts = [trim_mean(relative[:, side == q], TRIMMED, axis=1) for q in np.unique(side)]
    wander = 0.0
    if len(parts) > 1:
        series = _slow(np.array(parts).T)
        rest = series / series.mean(axis=1, keepdims=True)
        wander = float(2 * np.sqrt(np.mean((rest - rest.mean(axis=0)) ** 2)))
    return Lamp(factor, haze, wander, len(used))


def _slow(series: NDArray[np.float64]) -> NDArray[np.float64]:
    width = max(3, round(SLOW * len(series)))
    return uniform_filter1d(series, width, axis=0, mode="nearest")


def haze_series(blocks: ArrayLike, reference_frames: int = 3) -> NDArray[np.float64]:
    """Light added since the first frames [counts], shape (n,); zero unless it is plain to see.

    In each frame the brightness of the ``blocks`` of background, (n, blocks), is a straight line
    over their typical brightness. Its slope is the lamp; what the slope leaves of the mean is haze.
    In the first ``reference_frames`` haze is zero by definition.

    Examples
    --------
    >>> level = np.linspace(20, 40, 200)
    >>> lamp, haze = np.linspace(1, 0.9, 50), np.linspace(0, 6, 50)
    >>> found = haze_series(lamp[:, None] * level + haze[:, None])
    >>> np.abs(found - haze).max() < 0.3
    np.True_
    """
    values = np.asarray(blocks, dtype=float)
    none = np.zeros(len(values))
    level = np.median(values, axis=0)
    if len(level) < 10 or not np.ptp(level) > 0:
        return none
    # slope, value at x = 0 and standard error of the slope of a robust line in each frame
    x, weights = level - level.mean(), np.ones_like(values)
    for _ in range(REWEIGHTINGS):
        total = weights.sum(axis=1)
        x_mean, y_mean = weights @ x / total, np.sum(weights * values, axis=1) / total
        away = x - x_mean[:, None]
        spread = np.sum(weights * away**2, axis=1)
        slope = np.sum(weights * away * (values - y_mean[:, None]), axis=1) / spread
        rest = values - y_mean[:, None] - slope[:, None] * away
        scale = MAD_TO_SIGMA * np.median(np.abs(rest), axis=1) + np.finfo(float).tiny
        weights = np.clip(1 - (rest / (OUTLIER * scale[:, None])) ** 2, 0, None) ** 2
    mean, error = y_mean - slope * x_mean, scale / np.sqrt(spread)
    width = max(3, round(HAZE_SLOW * len(values)))
    slow_slope, slow_mean = (
        uniform_filter1d(series, width, mode="nearest") for series in (slope, mean)
    )
    first_slope, first_mean = (
        series[:reference_frames].mean() for series in (slow_slope, slow_mean)
    )
    if not first_slope > 0:
        return none
    haze = slow_mean - slow_slope / first_slope * first_mean
    haze_error = np.sqrt(2 / width) * np.median(error) / first_slope * first_mean
    least = max(LEAST_ERRORS * haze_error, LEAST_SHARE * first_mean)
    return haze if np.abs(haze).max() > least else none


@dataclass(frozen=True, eq=False)
class Shading:
    """Light over the image, as far as drift shows it.


    Examples
    --------
    >>> even = Shading(np.zeros(12), (64, 64), np.zeros((5, 2)))
    >>> even.gain([[10.0, 20.0], [30.0, 40.0]]).shape
    (5, 2)
    """

    # of the logarithm of the light, powers of the coordinates from -1 to 1; 0 where even
    coefficients: NDArray[np.float64]
    shape: tuple[int, int]
    path: NDArray[np.float64]  # drift to the right and down [pixel]

    def gain(self, places: ArrayLike) -> NDArray[np.float64]:
        """Light on places of the scene over that in frame 0, shape (n, m).

        ``places`` are x and y in frame 0 [pixel], shape (m, 2).
        """
        at = np.asarray(places, dtype=float)
        logarithm = np.zeros((len(self.path), len(at)))
        if self.coefficients.any():
            terms = _terms(at, self.path, self.shape)
            for coefficient, term in zip(self.coefficients, terms, strict=True):
                logarithm += coefficient * term
        return np.exp(logarithm)

    def left(self, places: ArrayLike) -> float:
        """What a correction by ``gain`` leaves: a share of how differently it acts on places."""
        size = np.log(self.gain(places))
        return float(LEFT * np.abs(size - size.mean(axis=1, keepdims=True)).max(initial=0.0))


def find_shading(
    blocks: ArrayLike, places: ArrayLike, drift: Drift, shape: tuple[int, int]
) -> Shading:
    """Shading from the brightness of blocks of static background along the drift.

    Even where there are too few blocks, or the light changes by less than a thousandth.

    Parameters
    ----------
    blocks : array_like, shape (n, blocks)
        Brightness of each block in each registered frame.
    places : array_like, shape (blocks, 2)
        x and y of their centres in frame 0 [pixel].
    shape : (rows, columns)
        Of the image.

    Examples
    --------
    >>> x, y = np.meshgrid(np.arange(4.0, 128, 8), np.arange(4.0, 128, 8))
    >>> places = np.column_stack([x.ravel(), y.ravel()])
    >>> drift = Drift(np.linspace(0, 10, 50), np.linspace(0, -6, 50), "correlation", 0.01)
    >>> seen = [40 - 0.002 * (places[:, 0] + dx - 64) ** 2 for dx in drift.dx_px]
    >>> gain = find_shading(seen, places, drift, (128, 128)).gain([[110.0, 50.0], [20.0, 50.0]])
    >>> bool(gain[-1, 0] < gain[-1, 1])
    True
    """
    values, at = np.asarray(blocks, dtype=float), np.asarray(places, dtype=float)
    path = np.column_stack([drift.dx_px, drift.dy_px])
    even = Shading(np.zeros(len(POWERS)), shape, path)
    lit = (values > 0).all(axis=0)
    if lit.sum() < FEWEST_BLOCKS or not path.any():
        return even
    some = slice(None, None, -(-len(path) // MOST_FRAMES))
    changes = _centred(np.log(values[some, lit]))
    terms = np.array([_centred(term) for term in _terms(at[lit], path[some], shape)])
    # least squares without blocks that do not follow; what passes by is cut to the typical
    kept, target = np.ones(changes.shape[1], dtype=bool), changes
    for _ in range(ROUNDS):
        columns = terms[:, :, kept].reshape(len(terms), -1)
        inverse = np.linalg.pinv(columns @ columns.T, rcond=RANK, hermitian=True)
        coefficients = inverse @ (columns @ target[:, kept].ravel())
        effect = np.tensordot(coefficients, terms, axes=1)
        rest = changes - effect
        size = rest.std(axis=0)
        kept = size <= STRAYS * np.median(size)
        limit = OUTLIER * MAD_TO_SIGMA * np.median(np.abs(rest[:, kept]))
        target = effect + np.clip(rest, -limit, limit)
    explains = np.median(np.abs(changes - effect)) < np.median(np.abs(changes))
    return Shading(coefficients, shape, path) if explains and effect.std() > LEAST_EFFECT else even


def _terms(
    places: NDArray[np.float64], path: NDArray[np.float64], shape: tuple[int, int]
) -> Iterator[NDArray[np.float64]]:
    """Change of each power of the coordinates from frame 0, (n, places) each."""
    half = np.array([shape[1], shape[0]]) / 2
    here = places / half - 1
    x, y = (here + path[:, None] / half).transpose(2, 0, 1)
    for i, j in POWERS:
        yield x**i * y**j - here[:, 0] ** i * here[:, 1] ** j


def _centred(table: NDArray[np.float64]) -> NDArray[np.float64]:
    """Without what a frame does to all blocks (the lamp) and a block in all frames (its level)."""
    rest = table - np.median(table, axis=1, keepdims=True)
    rest = rest - rest.mean(axis=0)
    return rest - rest.mean(axis=1, keepdims=True)
