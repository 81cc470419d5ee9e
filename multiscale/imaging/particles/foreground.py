"""How far each pixel stands out from the matrix around it, in the light of its noise.

The matrix is what is left when everything that stands out is masked: its level is a wide mean
over the unmasked pixels (uneven lamps, vignetting), its spread holds camera noise and texture.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage
from skimage.filters import threshold_multiotsu

Image = NDArray[np.float64]
Mask = NDArray[np.bool_]

MAD_FACTOR = 1.4826  # standard deviation of a normal distribution over its MAD
SMOOTHING = (0.5, 0.7, 1.0, 1.4)  # Gaussians tried, weakest first [pixel]
CLEAR = 10.0  # contrast over noise at which more smoothing only blurs
CLASSES = 3.5  # Otsu's classes of one normal distribution lie 2.65 of their spread apart
ROUNDS = 6
UNEVEN = 0.3  # range of the level of the matrix over its mean from which light is evened out
DARKEST = 0.2  # light over its mean below which nothing is made brighter
CLIP = 3.0  # spreads above the matrix at which a pixel no longer belongs to it


@dataclass(frozen=True)
class Relief:
    """An image turned so that particles stand up from zero.

    Attributes
    ----------
    height : array, shape (rows, columns)
        Smoothed image minus its matrix [counts].
    spread : float
        Standard deviation of ``height`` over the matrix [counts].
    contrast : float
        Typical height of what stands out; 0 if nothing does [counts].
    smoothing : float
        Width of the Gaussian used [pixel].
    slope : array, shape (rows, columns)
        Steepness of the smoothed image [counts/pixel].
    matrix_slope : float
        Root mean square of ``slope`` over the matrix [counts/pixel].
    """

    height: Image
    spread: float
    contrast: float
    smoothing: float
    slope: Image
    matrix_slope: float


def noise_level(image: Image) -> float:
    """Standard deviation of the noise from pixel to pixel, whatever smooth scene lies below.

    From the median size of the diagonal details of two by two pixels (Donoho and Johnstone,
    Biometrika 81, 425 (1994)).

    Examples
    --------
    >>> ramp = np.add.outer(np.arange(200.0), np.arange(200.0))
    >>> noisy = ramp + np.random.default_rng(0).normal(0, 4, ramp.shape)
    >>> round(noise_level(noisy), 1)
    4.0
    """
    detail = image[:-1, :-1] - image[1:, :-1] - image[:-1, 1:] + image[1:, 1:]
    return float(MAD_FACTOR * np.median(np.abs(detail)) / 2)


def relief(image: Image, widest_px: float, background_px: float) -> Relief:
    """Height of each pixel over the matrix, smoothed no more than the noise asks for.

    Parameters
    ----------
    image : array, shape (rows, columns)
        Bright particles [counts].
    widest_px : float
        Widest Gaussian that leaves the smallest particle standing [pixel].
    background_px : float
        Width of the Gaussian that the level of the matrix follows; wider than any particle.
    """
    even = _evenly_lit(image, background_px)
    noise = noise_level(even)
    for width in (w for w in SMOOTHING if w <= max(widest_px, SMOOTHING[0])):
        found = _relief(ndimage.gaussian_filter(even, width), width, background_px)
        left = noise / (2 * np.sqrt(np.pi) * width)  # of white noise, after the Gaussian
        if found.contrast > CLEAR * left:
            break
    return found


def _evenly_lit(image: Image, background_px: float) -> Image:
    """The image as even light would show it, as far as the matrix tells.

    Light multiplies: in a dark corner particles stand up less, and so does the texture. A matrix
    that is black, or an image of changes, tells nothing of the light.
    """
    smooth = ndimage.gaussian_filter(image, SMOOTHING[0])
    matrix, level, spread = _matrix_of(smooth, background_px)
    mean = float(level.mean())
    if not mean > CLIP * spread or np.ptp(level[matrix]) < UNEVEN * mean:
        return image
    return image * (mean / np.maximum(level, DARKEST * mean))


def _matrix_of(smooth: Image, background_px: float) -> tuple[Mask, Image, float]:
    """Pixels of the matrix, its level everywhere and its spread."""
    matrix, limit = _first_matrix(smooth)
    for _ in range(ROUNDS):
        level = _level(smooth, matrix, background_px)
        height = smooth - level
        middle = np.median(height[matrix])
        spread = MAD_FACTOR * np.median(np.abs(height[matrix] - middle))
        matrix = height <= middle + min(CLIP * spread, limit)
    return matrix, level + middle, float(spread)


def _relief(smooth: Image, width: float, background_px: float) -> Relief:
    matrix, level, spread = _matrix_of(smooth, background_px)
    height, standing = smooth - level, ~matrix
    contrast = float(np.median(height[standing])) if standing.any() else 0.0
    slope = np.hypot(*np.gradient(smooth))
    matrix_slope = float(np.sqrt(np.mean(slope[matrix] ** 2)))
    least = np.finfo(float).tiny
    return Relief(height, max(spread, least), contrast, width, slope, matrix_slope)


def _first_matrix(smooth: Image) -> tuple[Mask, float]:
    """Pixels of the lowest class of three or two, if that is more than noise cut in parts.

    With it, half of the way to the next class [counts]: in a narrow gap between particles their
    blurred edges widen the spread, and the matrix would grow over the dimmest of them.
    """
    for classes in (3, 2):
        try:
            first = threshold_multiotsu(smooth, classes)[0]
        except ValueError:  # fewer different values than classes
            continue
        low = smooth <= first
        above = ~low if classes == 2 else ~low & (smooth <= threshold_multiotsu(smooth, classes)[1])
        apart = smooth[above].mean() - smooth[low].mean()
        within = np.sqrt(np.mean([smooth[low].var(), smooth[above].var()]))
        if apart > CLASSES * within:
            return low, float(apart / 2)
    return np.ones(smooth.shape, dtype=bool), np.inf


def _level(smooth: Image, matrix: Mask, width: float) -> Image:
    """Mean of the matrix around each pixel, over a Gaussian of this width."""
    weight = ndimage.gaussian_filter(matrix.astype(float), width, truncate=2.5)
    total = ndimage.gaussian_filter(np.where(matrix, smooth, 0.0), width, truncate=2.5)
    everywhere = smooth[matrix].mean()
    scarce = 1e-3  # where hardly any matrix is near, its mean over the image
    return (total + scarce * everywhere) / (weight + scarce)
