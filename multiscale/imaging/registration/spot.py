"""Drift of one bright point smaller than the resolution, as in Lun et al. (SI, "Drift correction").

Its image is the point spread of the microscope, so a two-dimensional Gaussian is fitted to it.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.ndimage import gaussian_filter, maximum_filter, median_filter
from scipy.optimize import least_squares

Image = NDArray[np.float32]

RESOLUTION_M = 265e-9  # full width at half maximum of the point spread: Lun et al., SI
FWHM_PER_SIGMA = 2.3548200450309493
REACH = 3.5  # half of the fitted window, in standard deviations of the point spread
CANDIDATES = 12  # brightest points that are tried
WIDTHS = (0.6, 1.6)  # of a point, over the width of the point spread
LEAST_EXPLAINED = 0.9  # share of the variance in the window that the Gaussian must explain
LEAST_CONTRAST = 5.0  # height over what the Gaussian leaves


@dataclass(frozen=True)
class SpotFit:
    """A Gaussian fitted to a point.

    Attributes
    ----------
    x_px, y_px : float
        Centre [pixel].
    sigma_px : float
        Standard deviation [pixel].
    height : float
        Over the surroundings, in counts.
    explained : float
        Share of the variance in the window that the fit explains.
    contrast : float
        Height over the rms of what is left.
    """

    x_px: float
    y_px: float
    sigma_px: float
    height: float
    explained: float
    contrast: float

    def good(self, sigma_px: float) -> bool:
        """Whether this is an isolated point as wide as the point spread, well above the noise."""
        narrow, wide = WIDTHS
        return (
            narrow * sigma_px <= self.sigma_px <= wide * sigma_px
            and self.explained >= LEAST_EXPLAINED
            and self.contrast >= LEAST_CONTRAST
        )


def point_spread_px(pixel_size: float) -> float:
    """Standard deviation of the image of a point [pixel].

    Parameters
    ----------
    pixel_size : float
        [m]

    Returns
    -------
    float

    Examples
    --------
    >>> round(point_spread_px(34.7e-9), 2)
    3.26
    """
    sigma = RESOLUTION_M / FWHM_PER_SIGMA / pixel_size
    return float(np.hypot(sigma, 1 / np.sqrt(12)))  # and the width of a pixel


def fit_spot(image: ArrayLike, x_px: float, y_px: float, sigma_px: float) -> SpotFit | None:
    """Fit a round Gaussian on an even ground near a place.

    Parameters
    ----------
    image : array (rows, columns)
        Camera counts.
    x_px, y_px : float
        About where the spot is [pixel].
    sigma_px : float
        About how wide it is [pixel].

    Returns
    -------
    SpotFit or None
        None if the window leaves the image, or the fit leaves the window.

    Examples
    --------
    >>> y, x = np.mgrid[:32, :32]
    >>> image = 5 + 90 * np.exp(-((x - 15.3) ** 2 + (y - 14.8) ** 2) / 8)
    >>> fit = fit_spot(image, 15, 15, 2.0)
    >>> round(fit.x_px, 3), round(fit.y_px, 3), round(fit.sigma_px, 3)
    (15.3, 14.8, 2.0)
    """
    counts = np.asarray(image)
    reach = int(np.ceil(REACH * sigma_px)) + 1
    column, row = round(x_px), round(y_px)
    if min(column, row) < reach or row + reach >= counts.shape[0]:
        return None
    if column + reach >= counts.shape[1]:
        return None
    window = counts[row - reach : row + reach + 1, column - reach : column + reach + 1].astype(
        float
    )
    offset = np.arange(-reach, reach + 1, dtype=float)
    ground = float(np.median(window))
    first = [x_px - column, y_px - row, sigma_px, float(window.max()) - ground, ground]

    def model(p: NDArray[np.float64]) -> NDArray[np.float64]:
        across, down = (np.exp(-(((offset - centre) / p[2]) ** 2) / 2) for centre in p[:2])
        return p[3] * np.outer(down, across) + p[4]

    fit = least_squares(lambda p: (model(p) - window).ravel(), first, method="lm", x_scale="jac")
    x, y, sigma, height, _ = (float(value) for value in fit.x)
    if max(abs(x), abs(y)) > reach / 2 or not height > 0:
        return None
    left = float(np.sqrt(np.mean(fit.fun**2)))
    explained = 1 - left**2 / max(float(window.var()), np.finfo(float).tiny)
    contrast = height / max(left, np.finfo(float).tiny)
    return SpotFit(column + x, row + y, abs(sigma), height, explained, contrast)


def find_spot(image: ArrayLike, pixel_size: float) -> SpotFit | None:
    """The best fixed point of an image: bright, round, isolated, no wider than the resolution.

    Parameters
    ----------
    image : array (rows, columns)
        Camera counts.
    pixel_size : float
        [m]

    Returns
    -------
    SpotFit or None
        None if there is no such point.

    Examples
    --------
    >>> y, x = np.mgrid[:64, :64]
    >>> image = 20 + 150 * np.exp(-((x - 40) ** 2 + (y - 21) ** 2) / (2 * 3.3**2))
    >>> spot = find_spot(image, 34.7e-9)
    >>> round(spot.x_px), round(spot.y_px)
    (40, 21)
    """
    counts = np.asarray(image, dtype=np.float32)
    sigma = point_spread_px(pixel_size)
    smooth = gaussian_filter(counts, sigma / 2)
    ground = median_filter(smooth[::2, ::2], size=int(4 * sigma) | 1)
    ground = np.repeat(np.repeat(ground, 2, axis=0), 2, axis=1)[: len(counts), : counts.shape[1]]
    above = smooth - ground
    peaks = np.argwhere((smooth == maximum_filter(smooth, int(4 * sigma) | 1)) & (above > 0))
    brightest = peaks[np.argsort(above[tuple(peaks.T)])[::-1][:CANDIDATES]]
    fits = [fit_spot(counts, column, row, sigma) for row, column in brightest]
    good = [fit for fit in fits if fit is not None and fit.good(sigma)]
    return max(good, key=lambda fit: fit.contrast, default=None)
