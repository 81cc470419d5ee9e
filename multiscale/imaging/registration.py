"""Where the scene was in each frame: the drift of the stage, and frames moved back by it.

Two independent methods say how far a scene has moved between two images.

Whole images: compared are gradients of the logarithm. The light of the lamp drops out, and a
particle that brightens evenly changes nothing but the height of its rim. A cross-correlation finds
the whole pixels; the normalisation that scikit-image puts first there, "phase", is not used, as it
fails on smooth images (issue 6456 of scikit-image). Weighted least squares on the pixels with the
steepest gradients then finds the fraction, with less weight on pixels that do not match.

One bright point smaller than the resolution, as in Lun et al. (SI, "Drift correction"): its image
is the point spread of the microscope, so a two-dimensional Gaussian is fitted to it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Literal, get_args

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import fft
from scipy.ndimage import (
    binary_dilation,
    correlate1d,
    gaussian_filter,
    map_coordinates,
    maximum_filter,
    median_filter,
    spline_filter,
)
from scipy.ndimage import shift as shifted
from scipy.optimize import least_squares
from scipy.signal.windows import tukey
from skimage.registration import phase_cross_correlation

from multiscale.errors import ImagingError, unknown_name
from multiscale.imaging.movie import Movie

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


Method = Literal["auto", "correlation", "spot", "both", "none"]

POOR_MATCH = 0.5  # correlation of gradients below which a frame does not show the scene
# A particle that brightens and fills the frame misleads the correlation by up to 0.4 px; a spot
# that is no fixed point goes astray by pixels.
AGREEMENT_PX = 1.0  # rms difference above which "auto" does not trust the spot
FEWEST_SPOTS = 0.8  # share of the frames in which the spot must be seen
INTERPOLATION_PX = 0.01  # systematic error between pixels, as seen on movies with known drift
UNSURE_PX = 0.04  # uncertainty from which only what does not change is compared, if that is surer
LEAST_STATIC = 0.1  # share of the image that does not change, for that
OVERSAMPLED_PX = 2.0  # point spread (standard deviation) from which "auto" asks the spot
LOOKS = 8  # frames compared with the first, to see what does not change
CHANGED = 0.04  # of the brightness
HALO = 3.0  # widths of the point spread around what changes


@dataclass(frozen=True)
class Drift:
    """Position of the scene in each frame minus that in frame 0.

    Examples
    --------
    >>> Drift(np.array([0.0, 3.0]), np.array([0.0, -4.0]), "correlation", 0.01).largest_px
    5.0
    """

    dx_px: NDArray[np.float64]  # (n,): to the right [pixel]
    dy_px: NDArray[np.float64]  # (n,): down [pixel]
    method: str  # "correlation", "spot", "both" (their mean) or "none"
    # standard uncertainty of either coordinate: from two methods that were both used, the rms
    # difference; otherwise the typical uncertainty of the one; NaN for "none"
    uncertainty_px: float
    # what a reader should know: frames that do not match, a spot that was not trusted
    notes: tuple[str, ...] = field(default=())

    @property
    def largest_px(self) -> float:
        """Largest distance from frame 0 [pixel]."""
        return float(np.hypot(self.dx_px, self.dy_px).max())

    @property
    def margins_px(self) -> tuple[int, int, int, int]:
        """Whole pixels that are not seen in every frame: at the left, right, top and bottom."""
        dx, dy = self.dx_px, self.dy_px
        reach = (-dx.min(), dx.max(), -dy.min(), dy.max())
        left, right, top, bottom = (int(np.ceil(max(value, 0.0))) for value in reach)
        return left, right, top, bottom


def registered(frame: ArrayLike, dx_px: float, dy_px: float) -> NDArray[np.float32]:
    """A frame (rows, columns) that drifted by (dx, dy) [pixel], moved back to frame 0.

    Cubic splines between pixels. What drifted out of view is filled with the nearest pixel seen:
    masks have to leave out the margin of the drift.

    Examples
    --------
    >>> frame = np.zeros((5, 5), "float32"); frame[2, 3] = 1
    >>> int(registered(frame, 1.0, 0.0).argmax())
    12
    """
    counts = np.asarray(frame, dtype=np.float32)
    if dx_px == dy_px == 0:
        return counts
    return shifted(counts, (-dy_px, -dx_px), order=3, mode="nearest")


def registered_frames(
    stack: Movie, drift: Drift, numbers: Iterable[int]
) -> Iterator[NDArray[np.float32]]:
    """Frames of increasing numbers, each moved back to where the scene was in frame 0."""
    numbers = list(numbers)
    for number, frame in zip(numbers, stack.frames_at(numbers), strict=True):
        yield registered(frame, drift.dx_px[number], drift.dy_px[number])


def find_drift(
    stack: Movie,
    method: Method = "auto",
    spot: Sequence[float] | None = None,
    *,
    progress: Callable[[Iterable], Iterable] | None = None,
) -> Drift:
    """Drift of every frame against frame 0.

    ``correlation`` matches whole images (see :mod:`~multiscale.imaging.registration`);
    ``spot`` follows a bright fixed point smaller than the resolution, its window placed by it;
    ``both`` is their mean, with the rms difference as uncertainty. ``auto`` is the correlation
    where the point spread covers less than two pixels; above it the spot, if there is one and the
    methods agree to a pixel. Where parts of the image disagree on the shift, as they do when a
    large particle reacts, a second pass matches only what does not change.

    Parameters
    ----------
    stack : ImageStack
    method : {"auto", "correlation", "spot", "both", "none"}
        ``none``: the movie is taken to stand still.
    spot : (x, y), optional
        About where the spot is in frame 0 [pixel]; without it the best one is chosen.
    progress : callable, optional
        Wraps the iterable over frames, for example :class:`tqdm.tqdm`.

    Raises
    ------
    ImagingError
        If the method is unknown, no usable spot is there, or it is lost in many frames.

    Examples
    --------
    >>> from multiscale.imaging.stack import ImageStack
    >>> y, x = np.mgrid[:64, :64]
    >>> bumps = lambda d: sum(np.exp(-((x - a - d) ** 2 + (y - b) ** 2) / 9)
    ...                       for a, b in ((20, 20), (40, 28), (26, 44)))
    >>> frames = np.array([10 + 200 * bumps(d) for d in (0, 0.5, 2.25)])
    >>> stack = ImageStack.from_frames(frames, pixel_size=130e-9, frame_interval=1)
    >>> find_drift(stack).dx_px.round(2)
    array([0.  , 0.5 , 2.25])
    """
    if method not in get_args(Method):
        raise ImagingError(unknown_name("drift method", method, get_args(Method)))
    if method == "none":
        still = np.zeros(len(stack))
        return Drift(still, still, "none", np.nan)
    sigma = point_spread_px(stack.pixel_size)
    first = stack.frame(0)
    followed = None
    if method in ("spot", "both") or (method == "auto" and sigma >= OVERSAMPLED_PX):
        followed = _spot_of(first, stack, spot, needed=method != "auto")
    seen = _look(stack, first, followed, progress)
    if _worst(seen.shifts) > UNSURE_PX:
        static = unchanged(stack, seen.correlation, sigma)
        if static.mean() > LEAST_STATIC:
            again = _look(stack, first, followed, progress, static)
            seen = min(seen, again, key=lambda each: _worst(each.shifts))
    notes = []
    doubtful = np.flatnonzero(seen.doubtful)
    if doubtful.size:
        some = ", ".join(map(str, doubtful[:8])) + (", ..." if len(doubtful) > 8 else "")
        notes.append(
            f"{len(doubtful)} of {len(seen.shifts)} frames (numbers {some}) do not match frame 0 "
            "when they are shifted back; their drift is interpolated from the frames around them."
        )
    path = seen.correlation
    scatter = np.median([shift.uncertainty_px for shift in seen.shifts[1:]])
    used, uncertainty = "correlation", float(np.hypot(scatter, INTERPOLATION_PX))
    if followed is not None:
        unseen = [fit is None for fit in seen.fits]
        lost = float(np.mean(unseen))
        if method == "auto" and (lost > 1 - FEWEST_SPOTS or seen.fits[0] is None):
            notes.append(
                f"The spot is lost in {lost:.0%} of the frames; only the correlation is used."
            )
        elif method == "auto" and seen.difference_px > AGREEMENT_PX:
            notes.append(
                f"Spot and correlation differ by {seen.difference_px:.2f} px rms; only the "
                "correlation is used."
            )
        elif lost > 1 - FEWEST_SPOTS:
            raise ImagingError(
                f"The spot at x = {followed.x_px:.0f}, y = {followed.y_px:.0f} px is lost in "
                f"{lost:.0%} of the frames; give another one as spot=(x, y), or take "
                'method="correlation".'
            )
        else:
            used, uncertainty = "both" if method == "both" else "spot", seen.difference_px
            by_spot = np.where(np.isnan(seen.spot), path, seen.spot)
            path = (by_spot + path) / 2 if method == "both" else by_spot
            if any(unseen):
                notes.append(
                    f"The spot is not seen in {sum(unseen)} frames; there the correlation is used."
                )
    dx, dy = (path - path[0]).T
    return Drift(dx, dy, used, uncertainty, tuple(notes))


def _spot_of(
    first: NDArray[np.float32], stack: Movie, spot: Sequence[float] | None, needed: bool
) -> SpotFit | None:
    sigma = point_spread_px(stack.pixel_size)
    if spot is None:
        fit, what = find_spot(first, stack.pixel_size), "No fixed bright spot is found"
    else:
        fit = fit_spot(first, spot[0], spot[1], sigma)
        fit = fit if fit and fit.good(sigma) else None
        what = f"There is no spot as narrow as the resolution at x = {spot[0]}, y = {spot[1]} px"
    if fit is None and (needed or spot is not None):
        raise ImagingError(
            f"{what} in frame 0 of {stack.name}; give one as spot=(x, y), or take "
            'method="correlation".'
        )
    return fit


@dataclass(frozen=True)
class _Seen:
    """What one pass over the frames gave: shifts by correlation, fits of the spot."""

    shifts: list[Shift]
    fits: list[SpotFit | None]

    @property
    def doubtful(self) -> NDArray[np.bool_]:
        """Frames that do not match frame 0 when shifted back, or no better than before."""
        return np.array([shift.match < POOR_MATCH or not shift.helps for shift in self.shifts])

    @property
    def correlation(self) -> NDArray[np.float64]:
        """Interpolated in frames that do not show the scene: one of them must not spoil all."""
        path = np.array([[shift.dx_px, shift.dy_px] for shift in self.shifts])
        good, number = ~self.doubtful, np.arange(len(path))
        return np.column_stack([np.interp(number, number[good], axis[good]) for axis in path.T])

    @property
    def spot(self) -> NDArray[np.float64]:
        """Way of the spot from frame 0; NaN where it was not seen."""
        path = [[fit.x_px, fit.y_px] if fit else [np.nan, np.nan] for fit in self.fits]
        return np.array(path) - path[0]

    @property
    def difference_px(self) -> float:
        return float(np.sqrt(np.nanmean((self.spot - self.correlation) ** 2)))


def _look(
    stack: Movie,
    first: NDArray[np.float32],
    followed: SpotFit | None,
    progress: Callable[[Iterable], Iterable] | None,
    static: NDArray[np.bool_] | None = None,
) -> _Seen:
    """One pass over all frames."""
    sigma = point_spread_px(stack.pixel_size)
    reference = Reference(first, max(sigma, 1.0), static)
    shifts: list[Shift] = []
    fits: list[SpotFit | None] = []
    for frame in progress(stack.frames()) if progress else stack.frames():
        shift = reference.shift_of(frame)
        shifts.append(shift)
        if followed is not None:
            x, y = followed.x_px + shift.dx_px, followed.y_px + shift.dy_px
            fit = fit_spot(frame, x, y, sigma)
            fits.append(fit if fit and fit.good(sigma) else None)
    return _Seen(shifts, fits)


def _worst(shifts: list[Shift]) -> float:
    """Uncertainty that few frames exceed: a reaction late in the movie misleads only those."""
    return float(np.quantile([shift.uncertainty_px for shift in shifts[1:]], 0.95))


def unchanged(stack: Movie, path_px: NDArray[np.float64], sigma_px: float) -> NDArray[np.bool_]:
    """Pixels of frame 0 that keep their brightness, lamp apart, away from those that do not.

    Where a particle brightens, the blurred edge between it and the matrix seems to move: matching
    images there takes the reaction for drift. ``path_px``, (n, 2), is about how far the scene has
    moved to the right and down, ``sigma_px`` the width of the point spread [pixel].

    Examples
    --------
    >>> from multiscale.imaging.stack import ImageStack
    >>> frames = np.full((9, 40, 40), 50.0); frames[5:, 15:25, 15:25] = 80.0
    >>> stack = ImageStack.from_frames(frames, pixel_size=1e-7, frame_interval=1.0)
    >>> unchanged(stack, np.zeros((9, 2)), 1.0)[[2, 20], [2, 20]].tolist()
    [True, False]
    """
    first = gaussian_filter(stack.frame(0), sigma_px)
    floor = CHANGED * first.max()
    changed = np.zeros(first.shape, dtype=bool)
    step = max(1, (len(stack) - 1) // LOOKS)
    for (dx, dy), frame in zip(path_px[::step], stack.frames(step=step), strict=True):
        now = gaussian_filter(registered(frame, dx, dy), sigma_px)
        ratio = np.log((np.maximum(now, 0) + floor) / (first + floor))
        changed |= np.abs(ratio - np.median(ratio)) > CHANGED
    return ~binary_dilation(changed, iterations=int(np.ceil(HALO * sigma_px)))
