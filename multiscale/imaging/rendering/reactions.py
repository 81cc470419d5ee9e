"""Courses of invented reactions: how far each particle has come, and where within it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import distance_transform_edt
from scipy.stats import rankdata

Array = NDArray[np.float64]
_FRONT = 0.15  # share of a particle's area over which a front in it is spread


@dataclass(frozen=True)
class Course:
    """How far a reaction has come, 0 to 1, at any frame number, also between frames.

    Attributes
    ----------
    kind : {"logistic", "ramp"}
        A logistic curve around ``middle`` that takes ``width`` frames from 10 to 90 %, or a power
        of the share of a stretch of ``width`` frames around ``middle``.
    middle, width : float
        [frame]
    power : float
        Of a ramp; 1 is straight.

    Examples
    --------
    >>> Course("logistic", 10.0, 4.0)(np.array([8.0, 10.0, 12.0])).round(3)
    array([0.1, 0.5, 0.9])
    >>> Course("ramp", 10.0, 4.0)(np.array([8.0, 10.0, 13.0]))
    array([0. , 0.5, 1. ])
    """

    kind: str
    middle: float
    width: float
    power: float = 1.0

    def __call__(self, frame: Array) -> Array:
        share = (frame - self.middle) / self.width
        if self.kind == "logistic":
            return 1 / (1 + np.exp(-np.clip(2 * np.log(9) * share, -50, 50)))
        return np.clip(share + 0.5, 0, 1) ** self.power


def step(n: int, generator: np.random.Generator) -> Course:
    """A step whose 10 to 90 % take 0.5 to 5 frames, as often short as long."""
    return _logistic(n, 0.5, 5.0, generator)


def broad_step(n: int, generator: np.random.Generator) -> Course:
    """The same over 5 to 40 frames, at most a tenth of all."""
    return _logistic(n, 5.0, float(np.clip(n / 10, 5.0, 40.0)), generator)


def _logistic(n: int, low: float, high: float, generator: np.random.Generator) -> Course:
    width = np.exp(generator.uniform(np.log(low), np.log(high)))
    return Course("logistic", generator.uniform(0.1, 0.85) * n, width)


def ramp(n: int, generator: np.random.Generator) -> Course:
    """A slow change over most of the charge, bent one way or the other."""
    return _ramp(n, (0.02, 0.1), (0.85, 0.97), generator.uniform(0.8, 1.25), generator)


def shrinking(n: int, generator: np.random.Generator) -> Course:
    """How far a front has come, over a fifth to two thirds of the charge."""
    return _ramp(n, (0.1, 0.3), (0.5, 0.77), 1.0, generator)


def _ramp(
    n: int,
    starts: tuple[float, float],
    ends: tuple[float, float],
    power: float,
    generator: np.random.Generator,
) -> Course:
    start, end = (n - 1) * generator.uniform(*starts), (n - 1) * generator.uniform(*ends)
    return Course("ramp", (start + end) / 2, end - start, power)


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
