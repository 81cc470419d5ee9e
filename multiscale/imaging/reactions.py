"""Courses of invented reactions: how far each particle has come, and where within it."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import distance_transform_edt
from scipy.stats import rankdata

Array = NDArray[np.float64]
_FRONT = 0.15  # share of a particle's area over which a front in it is spread


def step(n: int, generator: np.random.Generator) -> Array:
    """A logistic step whose 10 to 90 % take 0.5 to 5 frames, as often short as long."""
    return _logistic_step(n, 0.5, 5.0, generator)


def broad_step(n: int, generator: np.random.Generator) -> Array:
    """The same over 5 to 40 frames, at most a tenth of all."""
    return _logistic_step(n, 5.0, np.clip(n / 10, 5.0, 40.0), generator)


def _logistic_step(n: int, low: float, high: float, generator: np.random.Generator) -> Array:
    width = np.exp(generator.uniform(np.log(low), np.log(high)))
    middle = generator.uniform(0.1, 0.85) * n
    return 1 / (1 + np.exp(-np.clip(2 * np.log(9) * (np.arange(n) - middle) / width, -50, 50)))


def ramp(n: int, generator: np.random.Generator) -> Array:
    """A slow change over most of the charge, bent one way or the other."""
    start, end = generator.uniform(0.02, 0.1), generator.uniform(0.85, 0.97)
    share = np.clip((np.arange(n) / (n - 1) - start) / (end - start), 0, 1)
    return share ** generator.uniform(0.8, 1.25)


def shrinking(n: int, generator: np.random.Generator) -> Array:
    """How far a front has come, over a fifth to half of the charge."""
    start, length = generator.uniform(0.1, 0.3), generator.uniform(0.2, 0.5)
    return np.clip((np.arange(n) / (n - 1) - start) / length, 0, 1)


def rings_of(labels: NDArray[np.integer]) -> Array:
    """Share of its particle's area that lies nearer to the rim, at every fine sample."""
    depth = distance_transform_edt(labels)
    rings = np.zeros(depth.shape)
    for number in range(1, labels.max() + 1):
        inside = labels == number
        rings[inside] = rankdata(depth[inside]) / inside.sum()
    return rings


def front(rings: Array, progress: Array | float) -> Array:
    """Share of lithium given where a front moves inwards; 0 for no progress, 1 for all."""
    return np.clip((progress * (1 + _FRONT) - rings) / _FRONT, 0, 1)
