"""How far a scene has moved between two images, by two independent methods.

Whole images: compared are gradients of the logarithm. The light of the lamp drops out, and a
particle that brightens evenly changes nothing but the height of its rim. A cross-correlation finds
the whole pixels; the normalisation that scikit-image puts first there, "phase", is not used, as it
fails on smooth images (issue 6456 of scikit-image). Weighted least squares on the pixels with the
steepest gradients then finds the fraction, with less weight on pixels that do not match.

One bright point smaller than the resolution, as in Lun et al. (SI, "Drift correction"): its image
is the point spread of the microscope, so a two-dimensional Gaussian is fitted to it.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import fft
from scipy.ndimage import (
    correlate1d,
    gaussian_filter,
    map_coordinates,
    maximum_filter,
    median_filter,
    spline_filter,
)
from scipy.optimize import least_squares
from scipy.signal.windows import tukey
from skimage.registration import phase_cross_correlation

from multiscale.errors import ImagingError

Image = NDArray[np.float32]

FLOOR = 0.02  # of the brightest pixel, added before the logarithm: the dark is mostly noise
STEEPEST = 0.1  # share of the pixels that least squares looks at
MOST_PIXELS = 20_000  # of them
OUTLIER = 5.0  # residuals count less from so many times the typical one
EDGE_PX = 4  # not used along the edges of the image
REACH_PX = 3.0  # least squares does not leave the whole pixels further
STEPS = 12  # of least squares, at most
CLOSE_PX = 1e-3  # a smaller step ends them
TILES = 4  # along each side of the image, to judge the uncertainty
CENTRED = (-0.5, 0.0, 0.5)  # the derivative
TAPER = 0.25  # share of the width over which the window fades out

RESOLUTION_M = 265e-9  # full width at half maximum of the point spread: Lun et al., SI
FWHM_PER_SIGMA = 2.3548200450309493
REACH = 3.5  # half of the fitted window, in standard deviations of the point spread
CANDIDATES = 12  # brightest points that are tried
WIDTHS = (0.6, 1.6)  # of a point, over the width of the point spread
LEAST_EXPLAINED = 0.9  # share of the variance in the window that the Gaussian must explain
LEAST_CONTRAST = 5.0  # height over what the Gaussian leaves


@dataclass(frozen=True)
class Shift:
    """Position of the scene in one image minus that in another."""

    dx_px: float  # to the right and down [pixel]
    dy_px: float  # to the right and down [pixel]
    uncertainty_px: float  # standard uncertainty of either: how well parts of the image agree
    match: float  # correlation of the gradients after the shift, at most 1
    unshifted: float  # the same without the shift

    @property
    def helps(self) -> bool:
        """Whether the images match better with the shift than without it."""
        return self.match > min(self.unshifted, 1 - 1e-6) or np.hypot(self.dx_px, self.dy_px) < 0.5


class Reference:
    """An image (rows, columns) that others are compared with; what can be prepared is prepared
    once.

    ``smoothing_px`` is that of :func:`shift_between`. ``static``, (rows, columns) of bool, is where
    the scene does not change but for its shift; only there least squares looks.

    Raises ImagingError if the image has no structure.

    Examples
    --------
    >>> image = np.random.default_rng(1).random((48, 48))
    >>> round(Reference(image).shift_of(image).match, 3)
    1.0
    """

    def __init__(
        self, image: ArrayLike, smoothing_px: float = 1.0, static: NDArray[np.bool_] | None = None
    ):
        counts = np.asarray(image, np.float32)
        self._floor = FLOOR * float(counts.max())
        self._smoothing = smoothing_px
        self._window = np.outer(*(tukey(n, TAPER) for n in counts.shape)).astype(np.float32)
        gradients = self._gradients(counts)
        self._spectrum = self._windowed_spectrum(gradients)
        self._rows, self._columns = self._steep_pixels(gradients, static)
        here = self._rows, self._columns
        rows, columns = counts.shape
        self._tiles = TILES * self._rows // rows * TILES + TILES * self._columns // columns
        self._values = np.array([part[here] for part in gradients])
        self._slopes = np.array(
            [[correlate1d(part, CENTRED, axis)[here] for axis in (1, 0)] for part in gradients]
        )

    def shift_of(self, image: ArrayLike) -> Shift:
        """How far the scene has moved in another image of it, (rows, columns)."""
        gradients = self._gradients(np.asarray(image, np.float32))
        spectrum = self._windowed_spectrum(gradients)
        pixels, _, _ = phase_cross_correlation(
            self._spectrum, spectrum, space="fourier", normalization=None
        )
        whole = -np.array([pixels[1], pixels[0]], dtype=float)
        # least squares from whole pixels; residuals far beyond the typical one count little
        shift = whole
        splines = [spline_filter(part, output=np.float32) for part in gradients]
        unshifted = _match(gradients[:, self._rows, self._columns], self._values)
        inside = self._inside(shift, gradients[0].shape)
        values, slopes = self._values[:, inside], self._slopes[:, :, inside]
        rounding = np.finfo(np.float32).eps * np.mean(np.square(values))
        for _ in range(STEPS):
            at = self._rows[inside] + shift[1], self._columns[inside] + shift[0]
            sampled = [map_coordinates(s, at, mode="nearest", prefilter=False) for s in splines]
            residual = np.array(sampled) - values
            squares = np.square(residual).sum(axis=0)
            scale = OUTLIER**2 * np.median(squares) + rounding
            weights = 1 / (1 + squares / scale) ** 2
            matrix = np.einsum("kin,kjn,n->ij", slopes, slopes, weights)
            step = np.linalg.lstsq(matrix, np.einsum("kin,kn,n->i", slopes, residual, weights))[0]
            shift = np.clip(shift - step, whole - REACH_PX, whole + REACH_PX)
            if np.abs(step).max() < CLOSE_PX:
                break
        # uncertainty by a jackknife over tiles of the image: how much hangs on single ones
        pulls = np.einsum("kin,kn,n->in", slopes, residual, weights)
        left_out = np.array([np.bincount(self._tiles[inside], pull, TILES**2) for pull in pulls])
        changes = np.linalg.pinv(matrix) @ (left_out - left_out.mean(axis=1, keepdims=True))
        uncertainty = float(np.sqrt(np.sum(changes**2) / 2))
        match = _match(residual + values, values)
        return Shift(float(shift[0]), float(shift[1]), uncertainty, match, unshifted)

    def _gradients(self, counts: Image) -> Image:
        """Derivatives of the logarithm to the right and down, (2, rows, columns)."""
        light = np.log(np.maximum(counts, 0) + self._floor)
        return np.array(
            [gaussian_filter(light, self._smoothing, order) for order in ((0, 1), (1, 0))]
        )

    def _windowed_spectrum(self, gradients: Image) -> NDArray[np.complex64]:
        steepness = np.hypot(*gradients)
        return fft.fft2((steepness - steepness.mean()) * self._window)

    def _steep_pixels(
        self, gradients: Image, static: NDArray[np.bool_] | None
    ) -> tuple[NDArray[np.int_], NDArray[np.int_]]:
        """Rows and columns of the pixels in which a shift shows most."""
        edge = EDGE_PX + int(self._smoothing)
        curved = [correlate1d(part, CENTRED, axis) for part in gradients for axis in (0, 1)]
        steepness = gaussian_filter(np.sum(np.square(curved), axis=0), self._smoothing)
        if static is not None:
            steepness = np.where(static, steepness, 0.0)
        inside = steepness[edge:-edge, edge:-edge]
        if not (inside.size and inside.max() > 0):
            raise ImagingError("The reference image has no structure that could show a drift.")
        allowed = inside[inside > 0]
        rows, columns = np.nonzero(inside >= np.quantile(allowed, 1 - STEEPEST))
        thin = slice(None, None, -(-len(rows) // MOST_PIXELS))
        return rows[thin] + edge, columns[thin] + edge

    def _inside(self, shift: NDArray[np.float64], shape: tuple[int, ...]) -> NDArray[np.bool_]:
        """Pixels that the scene has not carried out of the image."""
        column, row = self._columns + shift[0], self._rows + shift[1]
        edge = EDGE_PX
        inside = (
            (row > edge) & (row < shape[0] - edge) & (column > edge) & (column < shape[1] - edge)
        )
        return inside if inside.sum() > 10 else np.ones_like(inside)


def _match(there: Image, here: Image) -> float:
    """Correlation of two sets of gradients."""
    norm = float(np.sqrt(np.sum(there**2) * np.sum(here**2)))
    return float(np.sum(there * here)) / norm if norm > 0 else 0.0


def shift_between(
    reference: ArrayLike,
    image: ArrayLike,
    *,
    flats: tuple[ArrayLike, ArrayLike] | None = None,
    smoothing_px: float = 1.0,
) -> Shift:
    """How far the scene has moved between two images.

    Parameters
    ----------
    reference, image : array (rows, columns)
    flats : pair of arrays (rows, columns), optional
        Images of the empty field, by which each of the two is divided. A pattern of the detector
        that is left over does not move with the scene: if it dominates, smooth it away.
    smoothing_px : float
        Standard deviation of the Gaussian whose derivative makes the gradients [pixel]; at least
        the width of the point spread.

    Raises
    ------
    ImagingError
        If the shapes differ, or an image has no structure.

    Examples
    --------
    >>> y, x = np.mgrid[:64, :64]
    >>> def spots(dx, dy):
    ...     return sum(np.exp(-((x - a - dx) ** 2 + (y - b - dy) ** 2) / 8)
    ...                for a, b in ((20, 20), (40, 28), (26, 44)))
    >>> shift = shift_between(spots(0, 0), spots(2.3, -4.6))
    >>> round(shift.dx_px, 2), round(shift.dy_px, 2)
    (2.3, -4.6)
    """
    before, after = np.asarray(reference, np.float32), np.asarray(image, np.float32)
    if before.shape != after.shape or before.ndim != 2:
        raise ImagingError(
            f"Images of shapes {before.shape} and {after.shape} cannot be compared; both need one "
            "(rows, columns)."
        )
    if flats is not None:
        before, after = (divided(*pair) for pair in zip((before, after), flats, strict=True))
    return Reference(before, smoothing_px).shift_of(after)


def divided(image: ArrayLike, flat: ArrayLike) -> Image:
    """Image over the image of the empty field, (rows, columns), 1 where that is dark.

    Examples
    --------
    >>> divided([[2.0, 3.0]], [[4.0, 0.0]])
    array([[0.5, 1. ]], dtype=float32)
    """
    above, below = np.asarray(image, np.float32), np.asarray(flat, np.float32)
    return np.divide(above, below, out=np.ones_like(above), where=below > 0)


def point_spread_px(pixel_size: float) -> float:
    """Standard deviation of the image of a point [pixel] at a pixel size [m].

    Examples
    --------
    >>> round(point_spread_px(34.7e-9), 2)
    3.26
    """
    sigma = RESOLUTION_M / FWHM_PER_SIGMA / pixel_size
    return float(np.hypot(sigma, 1 / np.sqrt(12)))  # and the width of a pixel


@dataclass(frozen=True)
class SpotFit:
    """A Gaussian fitted to a point."""

    x_px: float  # centre [pixel]
    y_px: float  # centre [pixel]
    sigma_px: float  # standard deviation [pixel]
    height: float  # over the surroundings, in counts
    explained: float  # share of the variance in the window that the fit explains
    contrast: float  # height over the rms of what is left

    def good(self, sigma_px: float) -> bool:
        """Whether this is an isolated point as wide as the point spread, well above the noise."""
        narrow, wide = WIDTHS
        return (
            narrow * sigma_px <= self.sigma_px <= wide * sigma_px
            and self.explained >= LEAST_EXPLAINED
            and self.contrast >= LEAST_CONTRAST
        )


def fit_spot(image: ArrayLike, x_px: float, y_px: float, sigma_px: float) -> SpotFit | None:
    """Fit a round Gaussian on an even ground near a place of an image, (rows, columns).

    The spot is about at ``x_px``, ``y_px`` and about ``sigma_px`` wide [pixel]. None if the window
    leaves the image, or the fit leaves the window.

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

    ``image`` holds camera counts, (rows, columns); ``pixel_size`` is in m. None without such a
    point.

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
