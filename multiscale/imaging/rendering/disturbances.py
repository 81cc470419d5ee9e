"""What happens to a movie besides reactions: the stage drifts, the lamp wanders, dirt passes."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import gaussian_filter1d

from multiscale.errors import ImagingError

Series = NDArray[np.float64]
_JUMP_SHARE = 0.25  # of the largest drift, made by one jump


@dataclass(frozen=True)
class Debris:
    """A blurred blob that crosses the field of view.

    Attributes
    ----------
    x_px, y_px : ndarray, shape (n,)
        Centre in every frame, as pixels of a frame; far outside while it is not there.
    radius_px : float
        Standard deviation of its Gaussian profile [pixel].
    opacity : float
        Share of the light it takes at its centre; negative if it is bright.

    Examples
    --------
    >>> Debris(np.array([1.0, 2.0]), np.array([3.0, 3.0]), radius_px=4.0).opacity
    0.5
    """

    x_px: Series
    y_px: Series
    radius_px: float
    opacity: float = 0.5


@dataclass(frozen=True)
class Disturbances:
    """Disturbances of every frame; made by :meth:`quiet` or :meth:`drawn`.

    Attributes
    ----------
    dx_px, dy_px : ndarray, shape (n,)
        Position of the scene less that in frame 0 [pixel], right and down.
    lamp : ndarray, shape (n,)
        Factor on the light, 1 in frame 0.
    haze : ndarray, shape (n,)
        Light added everywhere, as a fraction of full scale; it bleaches.
    debris : tuple of Debris

    Examples
    --------
    >>> disturbed = Disturbances.drawn(100, drift_px=3.0, lamp=0.1, seed=1)
    >>> float(np.hypot(disturbed.dx_px, disturbed.dy_px).max().round(6))
    3.0
    >>> float(np.abs(disturbed.lamp - 1).max().round(6))
    0.1
    """

    dx_px: Series
    dy_px: Series
    lamp: Series
    haze: Series
    debris: tuple[Debris, ...] = field(default=())

    @classmethod
    def quiet(cls, n_frames: int) -> Disturbances:
        """No disturbance in any of the frames."""
        still = np.zeros(n_frames)
        return cls(still, still, np.ones(n_frames), still)

    @classmethod
    def drawn(
        cls,
        n_frames: int,
        shape: tuple[int, int] = (320, 320),
        *,
        drift_px: float = 0.0,
        lamp: float = 0.0,
        haze: float = 0.0,
        n_debris: int = 0,
        seed: int = 0,
    ) -> Disturbances:
        """Disturbances of given size and random course.

        Parameters
        ----------
        n_frames : int
            At least 1.
        shape : (int, int)
            Rows and columns of a frame, for the ways of the debris.
        drift_px : float
            Largest distance of the scene from where it was in frame 0; slow, with two jumps.
        lamp : float
            Largest deviation of the light, as a share; slow.
        haze : float
            Light added in the first frame, as a fraction of full scale; it bleaches to a third.
        n_debris : int
            Number of blobs that pass, one after another.
        seed : int

        Raises
        ------
        ImagingError
            If a size is negative, or the lamp would go out.
        """
        if min(drift_px, lamp, haze, n_debris) < 0 or lamp >= 1 or n_frames < 1:
            raise ImagingError(
                "Disturbances need at least one frame, sizes of at least 0 and a lamp share below "
                f"1; got {n_frames=}, {drift_px=}, {lamp=}, {haze=}, {n_debris=}."
            )
        generator = np.random.default_rng(seed)
        path = _stage_path(n_frames, generator)
        dx, dy = drift_px * path / max(np.hypot(*path).max(), np.finfo(float).tiny)
        wander = _wander(n_frames, n_frames / 6, generator)
        passing = tuple(
            _passing(n_frames, shape, i / n_debris, 0.6 / n_debris, generator)
            for i in range(n_debris)
        )
        bleached = haze * (1 / 3 + 2 / 3 * np.exp(-3 * np.arange(n_frames) / n_frames))
        return cls(dx, dy, 1 + lamp * _scaled(wander), bleached, passing)


def _wander(n: int, smooth: float, generator: np.random.Generator) -> Series:
    """A smooth random course that starts at 0."""
    course = gaussian_filter1d(np.cumsum(generator.standard_normal(n)), smooth, mode="nearest")
    return course - course[0]


def _scaled(course: Series) -> Series:
    return course / max(np.abs(course).max(), np.finfo(float).tiny)


def _stage_path(n: int, generator: np.random.Generator) -> Series:
    """Slow drift, fast shivers and two jumps; (2, n), of the order of 1."""
    path = np.array([_scaled(_wander(n, n / 20, generator)) for _ in range(2)])
    path += 0.01 * generator.standard_normal((2, n))
    for start in generator.uniform(0.1, 0.9, 2):
        path[:, int(start * n) :] += _JUMP_SHARE * generator.uniform(-1, 1, (2, 1))
    return path - path[:, :1]


def _passing(
    n: int, shape: tuple[int, int], start: float, share: float, generator: np.random.Generator
) -> Debris:
    """A blob on a straight way through the frame, in view for a share of the frames."""
    rows, columns = shape
    radius = generator.uniform(0.02, 0.04) * rows
    way = (np.arange(n) / n - start) / share
    x = -4 * radius + way * (columns + 8 * radius)
    y = rows * (generator.uniform(0.2, 0.8) + generator.uniform(-0.2, 0.2) * way)
    return Debris(x, y, radius, generator.choice([0.5, 0.35, -0.4]))
