"""The numbers that turn an image into particles, in one place."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from multiscale.errors import ImagingError

SMALLEST = {2: 30, 3: 100}  # pixels: about six across
FIRM = {2: 3, 3: 10}  # shared faces
# Beyond, nothing of a particle is left, or the time of a filter has no bound.
LARGEST = {
    "denoise_pixels": 50.0,
    "opening_pixels": 50.0,
    "hole_pixels": 1e9,
    "depth_pixels": 1e4,
}


@dataclass(frozen=True)
class Recipe:
    """How particles are found; lengths in pixels, and reasons with the defaults.

    Parameters
    ----------
    denoise_pixels : float
        Standard deviation of the Gaussian that takes noise off grey values [pixel]; 1 is less
        than the gap between particles that the threshold must see.
    classes : {2, 3}
        Grey values: two classes (Otsu) or three (multi-Otsu; the middle one is binder).
    dark : bool
        Grey values: the particles are the darkest class, not the brightest.
    opening_pixels : float
        Grey values: radius of what is removed as too thin [pixel].
    hole_pixels : float
        Grey values: dark spots of at most this size [pixel] are cracks inside particles, not
        pores between them; 12 is a spot four pixels across. Hollow particles need more.
    depth_pixels : float
        Two parts are two particles if each is deeper than the neck between them by at least
        this [pixel]; 1 is the error of a distance from the edge of a pixel image.
    neck : float
        ... and if the neck is narrower than this share of the narrower part: wider necks are
        bumps of one particle. 1 leaves it to ``depth_pixels``.
    split : bool
        Whether touching particles are split at all.
    smallest_pixels : int, optional
        Smaller particles are debris; by default 30 pixels or 100 voxels, about six across, below
        which size and shape mean little.
    contact_faces : int, optional
        Particles touch if they share at least as many pixel sides (default 3) or voxel faces
        (default 10).
    drop_cut : bool
        Leave out particles that the frame of the image cuts, but for those at the collector.

    Raises
    ------
    ImagingError
        If a number is out of range.

    Examples
    --------
    >>> Recipe(neck=0.9).least(3)
    (100, 10)
    """

    denoise_pixels: float = 1.0
    classes: int = 2
    dark: bool = False
    opening_pixels: float = 0.0
    hole_pixels: float = 12.0
    depth_pixels: float = 1.0
    neck: float = 0.85
    split: bool = True
    smallest_pixels: int | None = None
    contact_faces: int | None = None
    drop_cut: bool = False

    def __post_init__(self) -> None:
        for name in ("denoise_pixels", "opening_pixels", "hole_pixels", "depth_pixels"):
            value = getattr(self, name)
            if not 0 <= value <= LARGEST[name]:
                raise ImagingError(
                    f"{name} is 0 or a positive number up to {LARGEST[name]:g}, not {value!r}"
                )
        if self.classes not in (2, 3):
            raise ImagingError(f"classes is 2 or 3, not {self.classes!r}")
        if not 0 < self.neck <= 1:
            raise ImagingError(f"neck is a share between 0 and 1, not {self.neck!r}")
        for name in ("smallest_pixels", "contact_faces"):
            value = getattr(self, name)
            if value is not None and not (isinstance(value, int | np.integer) and value >= 1):
                raise ImagingError(f"{name} is a whole number from 1, not {value!r}")

    def least(self, dimension: int) -> tuple[int, int]:
        """Pixels of the smallest particle, and faces of the smallest contact."""
        return (
            self.smallest_pixels or SMALLEST[dimension],
            self.contact_faces or FIRM[dimension],
        )
