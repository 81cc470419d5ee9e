"""Uneven light: what a scene gains or loses as it drifts through brighter and darker parts of it.

The light stays where the camera is, the scene moves. From the drift and the brightness of static
background the two are told apart: the logarithm of the light is a polynomial over the image, and
each block of background sees its changes along the way. A slope that is the same everywhere acts
on all blocks alike, and is left to the lamp.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from multiscale.imaging.registration.drift import Drift

DEGREE = 4
POWERS = [(i, j) for i in range(DEGREE + 1) for j in range(DEGREE + 1 - i) if i + j > 1]
FEWEST_BLOCKS = 4 * len(POWERS)
MOST_FRAMES = 200  # looked at, evenly over the movie
ROUNDS = 8
RANK = 1e-10  # of the largest eigenvalue: drift that did not happen tells nothing
ODD = 2.5  # blocks that stray so many times more than usual are left out
OUTLIER = 4.0  # residuals are cut at so many times the typical one
MAD_TO_SIGMA = 1.4826
LEFT = 0.05  # share of the correction that stays in doubt
LEAST_EFFECT = 0.001  # rms; less is not worth a correction


@dataclass(frozen=True, eq=False)
class Shading:
    """Light over the image, as far as drift shows it.

    Attributes
    ----------
    coefficients : array (12,)
        Of the logarithm of the light, powers of the coordinates from -1 to 1; 0 where even.
    shape : (rows, columns)
    path : array (n, 2)
        Drift to the right and down [pixel].

    Examples
    --------
    >>> even = Shading(np.zeros(12), (64, 64), np.zeros((5, 2)))
    >>> even.gain([[10.0, 20.0], [30.0, 40.0]]).shape
    (5, 2)
    """

    coefficients: NDArray[np.float64]
    shape: tuple[int, int]
    path: NDArray[np.float64]

    def gain(self, places: ArrayLike) -> NDArray[np.float64]:
        """Light on places of the scene, over that in frame 0.

        Parameters
        ----------
        places : array_like, shape (m, 2)
            x and y in frame 0 [pixel].

        Returns
        -------
        array (n, m)
        """
        at = np.asarray(places, dtype=float)
        found = np.zeros((len(self.path), len(at)))
        if self.coefficients.any():
            terms = _terms(at, self.path, self.shape)
            for coefficient, term in zip(self.coefficients, terms, strict=True):
                found += coefficient * term
        return np.exp(found)

    def left(self, places: ArrayLike) -> float:
        """What a correction by ``gain`` leaves: a share of how differently it acts on places."""
        size = np.log(self.gain(places))
        return float(LEFT * np.abs(size - size.mean(axis=1, keepdims=True)).max(initial=0.0))


def find_shading(
    blocks: ArrayLike, places: ArrayLike, drift: Drift, shape: tuple[int, int]
) -> Shading:
    """Shading from the brightness of blocks of static background along the drift.

    Parameters
    ----------
    blocks : array_like, shape (n, blocks)
        Brightness of each block in each registered frame.
    places : array_like, shape (blocks, 2)
        x and y of their centres in frame 0 [pixel].
    drift : Drift
    shape : (rows, columns)
        Of the image.

    Returns
    -------
    Shading
        Even where there are too few blocks, or the light changes by less than a thousandth.

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
    coefficients = _robust_fit(terms, changes)
    effect = np.tensordot(coefficients, terms, axes=1)
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


def _robust_fit(terms: NDArray[np.float64], changes: NDArray[np.float64]) -> NDArray[np.float64]:
    """Least squares without blocks that do not follow, and what passes cut to the typical."""
    kept = np.ones(changes.shape[1], dtype=bool)
    target, found = changes, np.zeros(len(terms))
    for _ in range(ROUNDS):
        columns = terms[:, :, kept].reshape(len(terms), -1)
        gram = columns @ columns.T
        found = np.linalg.pinv(gram, rcond=RANK, hermitian=True) @ (
            columns @ target[:, kept].ravel()
        )
        fitted = np.tensordot(found, terms, axes=1)
        rest = changes - fitted
        size = rest.std(axis=0)
        kept = size <= ODD * np.median(size)
        limit = OUTLIER * MAD_TO_SIGMA * np.median(np.abs(rest[:, kept]))
        target = fitted + np.clip(rest, -limit, limit)
    return found
