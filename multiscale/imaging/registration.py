"""Where the scene was in each frame: the drift of the stage, and frames moved back by it.

Two independent methods find it, the match of whole images and one bright spot (see ``shifts``).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Literal, get_args

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.ndimage import binary_dilation, gaussian_filter
from scipy.ndimage import shift as shifted

from multiscale.errors import ImagingError, unknown_name
from multiscale.imaging.movie import Movie
from multiscale.imaging.shifts import (
    Reference,
    Shift,
    SpotFit,
    find_spot,
    fit_spot,
    point_spread_px,
)

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

    dx_px: NDArray[np.float64]  # (n,): to the right and down [pixel]
    dy_px: NDArray[np.float64]  # (n,): to the right and down [pixel]
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

    ``correlation`` matches whole images (see :mod:`~multiscale.imaging.shifts`);
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
