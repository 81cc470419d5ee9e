"""Which pixels are active material, binder and pore, and the numbers that decide it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from multiscale.errors import ImagingError, unknown_name
from multiscale.micrograph.reading import Image

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


Mask = NDArray[np.bool_]
PHASES = ("active", "binder", "pore")
KINDS = ("labels", "phases", "gray")
FEW = 8  # values a segmentation may have


@dataclass(frozen=True)
class Phases:
    """Masks of the active material and of the binder, and how they were told apart.

    ``fractions`` are shares of the image by phase; ``thresholds`` are grey values.
    """

    active: Mask
    binder: Mask | None
    fractions: Mapping[str, float]
    thresholds: tuple[float, ...] = ()


def kind_of(image: Image) -> str:
    """What an image without further word holds: "labels", "phases" (two values) or "gray".

    Raises ImagingError if it has one value only, or a few that need names.

    Examples
    --------
    >>> kind_of(np.kron([[0, 1], [2, 3]], np.ones((4, 4), int)))
    'labels'
    """
    low, high = image.min(), image.max()
    if low == high:
        raise ImagingError(f"Every pixel of the image is {low}: there is only one phase in it")
    if image.dtype.kind == "f" and (image != np.round(image)).any():
        return "gray"
    values = np.unique(image)
    if len(values) == 2 and low == 0:
        return "phases"
    from skimage import measure

    # each label in one piece; among many, a few torn ones are a fault to be named later
    pieces = measure.label(image.astype(np.int64), background=0, connectivity=image.ndim).max()
    torn = int(pieces) - (len(values) - 1)
    if low == 0 and torn <= (0.1 * len(values) if len(values) > FEW else 0):
        return "labels"
    if len(values) > FEW:
        return "gray"
    raise ImagingError(
        f"The image holds the values {_shares(image)}; say which phase each is, e.g. --phase "
        f"active={values[-1]:g}, or that they are grey values (--kind gray) or labels of "
        "particles (--kind labels)"
    )


def _shares(image: Image) -> str:
    values, counts = np.unique(image, return_counts=True)
    shown = [f"{v:g} ({100 * n / image.size:.1f} %)" for v, n in zip(values, counts, strict=True)]
    return ", ".join(shown[:FEW]) + (", ..." if len(shown) > FEW else "")


def parse_phases(texts: Sequence[str]) -> dict[str, list[int]]:
    """Phase -> values from texts like ``active=1`` or ``binder=2,3``.

    Examples
    --------
    >>> parse_phases(["active=1", "binder=2,3"])
    {'active': [1], 'binder': [2, 3]}
    """
    phases: dict[str, list[int]] = {}
    for text in texts:
        name, _, numbers = text.partition("=")
        if name not in PHASES:
            raise ImagingError(unknown_name("phase", name, PHASES))
        try:
            phases[name] = [int(n) for n in numbers.split(",")]
        except ValueError:
            raise ImagingError(f"phase {text!r}: write {name}=VALUE, a whole number") from None
    return phases


def named_phases(image: Image, values: Mapping[str, Sequence[int]]) -> Phases:
    """Phases by the values that stand for them; what is not named is pore.

    Raises ImagingError if there is no active phase, a value does not occur, or one stands for two
    phases.

    Examples
    --------
    >>> phases = named_phases(np.array([[0, 1, 1, 2]]), {"active": [1], "binder": [2]})
    >>> phases.fractions
    {'active': 0.5, 'binder': 0.25, 'pore': 0.25}
    """
    for name in values:
        if name not in PHASES:
            raise ImagingError(unknown_name("phase", name, PHASES))
    if not values.get("active"):
        raise ImagingError(f"No phase is called active; the image holds {_shares(image)}")
    named = [(name, value) for name, numbers in values.items() for value in numbers]
    for name, value in named:
        if not (image == value).any():
            raise ImagingError(
                f"No pixel has the value {value} of the phase {name!r}; there are {_shares(image)}"
            )
        if [v for _, v in named].count(value) > 1:
            raise ImagingError(f"The value {value} stands for more than one phase")
    active = np.isin(image, values["active"])
    if active.all():
        raise ImagingError("Every pixel is active material: there is nothing between particles")
    binder = np.isin(image, values["binder"]) if values.get("binder") else None
    return Phases(active, binder, _fractions(active, binder))


def _fractions(active: Mask, binder: Mask | None) -> dict[str, float]:
    shares = {"active": float(np.count_nonzero(active) / active.size)}
    if binder is not None:
        shares["binder"] = float(np.count_nonzero(binder) / active.size)
    rest = active.size - sum(
        np.count_nonzero(mask) for mask in (active, binder) if mask is not None
    )
    return {**shares, "pore": float(rest / active.size)}


def gray_phases(image: Image, recipe: Recipe) -> Phases:
    """Phases of grey values: noise taken off, thresholds by Otsu, specks and small holes closed.

    Examples
    --------
    >>> gray = np.kron([[20.0, 90.0], [20.0, 20.0]], np.ones((20, 20)))
    >>> round(gray_phases(gray, Recipe()).fractions["active"], 2)
    0.25
    """
    from skimage.filters import threshold_multiotsu
    from skimage.morphology import ball, disk

    if image.min() == image.max():
        raise ImagingError(f"Every pixel of the image is {image.min()}: there is nothing to find")
    smooth = image.astype(np.float32) * (-1 if recipe.dark else 1)
    smooth = ndimage.gaussian_filter(smooth, recipe.denoise_pixels)
    try:
        limits = threshold_multiotsu(smooth, classes=recipe.classes)
    except ValueError as error:
        raise ImagingError(
            f"The grey values do not fall into {recipe.classes} classes: {error}"
        ) from error
    active = smooth > limits[-1]
    around = {2: disk, 3: ball}[image.ndim]
    if recipe.opening_pixels:
        active = ndimage.binary_opening(active, around(round(recipe.opening_pixels)))
    active = without_holes(active, recipe.hole_pixels)
    binder = None
    if recipe.classes == 3:
        # every edge passes through the middle class: a rim as thin as the blur is no binder
        rim = around(int(np.ceil(recipe.denoise_pixels)) + 1)
        binder = ndimage.binary_opening((smooth > limits[0]) & ~active, rim)
    grey = tuple(float(limit) * (-1 if recipe.dark else 1) for limit in limits)
    return Phases(active, binder, _fractions(active, binder), grey)


def without_holes(mask: Mask, largest_pixels: float) -> Mask:
    """The mask with its holes of at most ``largest_pixels`` filled.

    Examples
    --------
    >>> ring = np.array([[1, 1, 1], [1, 0, 1], [1, 1, 1]], dtype=bool)
    >>> bool(without_holes(ring, 1).all())
    True
    """
    if not largest_pixels:
        return mask
    holes, count = ndimage.label(~mask)
    small = np.bincount(holes.ravel()) <= largest_pixels
    small[0] = False
    edge = [np.unique(np.take(holes, end, axis)) for axis in range(mask.ndim) for end in (0, -1)]
    small[np.concatenate(edge)] = False  # open to what lies outside of the image
    return mask | small[holes] if count else mask
