"""Light that is added everywhere, such as the fluorescence of an electrolyte as it bleaches.

A lamp multiplies, haze adds: where the background is mottled, its bright and its dark parts tell
the two apart. Dividing by a background that loses haze would make every particle seem to brighten.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.ndimage import uniform_filter1d

SLOW = 0.04  # share of the movie over which haze is averaged: it changes slowly
REWEIGHTINGS = 3
OUTLIER = 4.0  # blocks count less from here, in standard deviations
MAD_TO_SIGMA = 1.4826
LEAST_ERRORS = 6.0  # haze is believed from so many standard errors
LEAST_SHARE = 0.005  # of the background


def haze_series(blocks: ArrayLike, reference_frames: int = 3) -> NDArray[np.float64]:
    """Light added since the first frames, in counts; zero unless it is plain to see.

    In each frame the brightness of the blocks is a straight line over their typical brightness.
    Its slope is the lamp; what the slope leaves of the mean is haze.

    Parameters
    ----------
    blocks : array (n, blocks)
        Brightness of blocks of background in each frame.
    reference_frames : int
        First frames, in which haze is zero by definition.

    Returns
    -------
    array (n,)

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
    slope, mean, error = _lines(level - level.mean(), values)
    width = max(3, round(SLOW * len(values)))
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


def _lines(
    x: NDArray[np.float64], values: NDArray[np.float64]
) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
    """Slope, value at x = 0 and standard error of the slope of a robust line in each frame."""
    weights = np.ones_like(values)
    for _ in range(REWEIGHTINGS):
        total = weights.sum(axis=1)
        x_mean, y_mean = weights @ x / total, np.sum(weights * values, axis=1) / total
        away = x - x_mean[:, None]
        spread = np.sum(weights * away**2, axis=1)
        slope = np.sum(weights * away * (values - y_mean[:, None]), axis=1) / spread
        rest = values - y_mean[:, None] - slope[:, None] * away
        scale = MAD_TO_SIGMA * np.median(np.abs(rest), axis=1) + np.finfo(float).tiny
        weights = np.clip(1 - (rest / (OUTLIER * scale[:, None])) ** 2, 0, None) ** 2
    return slope, y_mean - slope * x_mean, scale / np.sqrt(spread)
