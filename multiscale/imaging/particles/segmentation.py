"""Particles of an operando movie, found in a mean of its first frames.

Bright or dark textured bodies on a static matrix: stand out of the matrix by more than its noise,
cut apart at necks, and outlined where each has half of its own height, which is where a blurred
edge lies.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import ndimage
from skimage.measure import regionprops

from multiscale.errors import ImagingError, unknown_name
from multiscale.imaging.particles.candidates import bodies, is_sharp
from multiscale.imaging.particles.foreground import relief
from multiscale.imaging.particles.regions import Regions, check_pixel_size

Image = NDArray[np.float64]
Labels = NDArray[np.int32]
Polarity = Literal["bright", "dark", "either"]

POLARITIES = ("bright", "dark", "either")
SMALLEST_PX = 4.0
UNRESOLVED = 1.25 * 265e-9  # diameter up to which a body looks like a point [m]
HALO = 225e-9  # twice the width of the point spread: a rim of a known particle is none itself [m]
SIZE_SHARE = 0.65  # of the area of the smallest: how much a noisy outline may lose
LEAST_ERRORS = 5.5
BACKGROUND_SHARE = 8.0  # part of the shorter side over which the matrix is evened out
BACKGROUND_PX = 20.0
LEAST_CHANGE = 0.05  # of the brightness of a particle that only its change shows
SMOOTHING_SHARE = 4.0  # part of the smallest diameter that may be smoothed over


def find_particles(
    image: ArrayLike,
    pixel_size: float,
    *,
    change: ArrayLike | None = None,
    polarity: Polarity = "bright",
    smallest_px: float | None = None,
    neck: float = 0.85,
    least_errors: float = LEAST_ERRORS,
) -> Regions:
    """Particles that stand out of a static matrix, one region each.

    Parameters
    ----------
    image : array_like, shape (rows, columns)
        Mean of the first registered frames [counts]: the more, the smaller the particles found.
    pixel_size : float
        [m]
    change : array_like, shape (rows, columns), optional
        How much each pixel changes in the movie (last minus first frames, or the standard
        deviation over time): particles that react show here even where the first frames hide
        them. Those that the image does not show already are added, if they change by a twentieth.
    polarity : {"bright", "dark", "either"}
        Of the particles on the matrix; "either" takes that which shows rounder bodies. Change is
        always bright.
    smallest_px : float, optional
        Smallest diameter of a particle [pixel]; less is excluded and counted. By default 4, and
        1.25 times the resolution of an optical microscope (265 nm): a bright point that serves
        to find the drift is no particle.
    neck : float
        See :func:`multiscale.imaging.particles.splitting.split_touching`.
    least_errors : float
        Standard deviations of the matrix by which a particle stands out.

    Returns
    -------
    Regions
        Of kind "automatic"; none if nothing stands out.

    Raises
    ------
    ImagingError
        If an image is not 2D, holds values that are not numbers, or the two differ in shape;
        if an option is out of range.

    Examples
    --------
    >>> y, x = np.mgrid[:80, :100]
    >>> scene = 40.0 + 60 * (np.hypot(x - 30, y - 40) < 12) + 30 * (np.hypot(x - 70, y - 30) < 9)
    >>> noise = np.random.default_rng(0).normal(0, 3, scene.shape)
    >>> find_particles(scene + noise, 130e-9).table(130e-9)[["particle_id", "radius_um"]].round(1)
      particle_id  radius_um
    0        p001        1.2
    1        p002        1.5
    """
    check_pixel_size(pixel_size)
    if polarity not in POLARITIES:
        raise ImagingError(unknown_name("polarity", polarity, POLARITIES))
    unresolved_px = UNRESOLVED / pixel_size if smallest_px is None else 0.0
    smallest_px = SMALLEST_PX if smallest_px is None else smallest_px
    if not smallest_px >= 1:
        raise ImagingError(f"smallest_px is a diameter of at least 1 pixel; got {smallest_px}.")
    scene = _checked(image, "image")
    signs = {"bright": (1.0,), "dark": (-1.0,), "either": (1.0, -1.0)}[polarity]
    how = (smallest_px, neck, least_errors)
    tried = [_segmented(sign * scene, *how) for sign in signs]
    found = [tried[0] if len(tried) == 1 else max(tried, key=_roundness)]
    if change is not None:
        changed = _checked(change, "change")
        if changed.shape != scene.shape:
            raise ImagingError(f"image has {scene.shape} pixels, change {changed.shape}.")
        found.append([_lasting(each, changed, scene) for each in _segmented(changed, *how)])
    labels, faint = np.zeros((2, *scene.shape), dtype=np.int32)
    for sharp, _ in found:
        labels = _added(labels, sharp, HALO / pixel_size)
    for _, fading in found:
        faint = _added(faint, np.where(labels > 0, 0, fading))
    least_area = np.pi / 4 * max(SIZE_SHARE * smallest_px**2, unresolved_px**2)
    return _judged(labels, faint, least_area)


def _checked(image: ArrayLike, name: str) -> Image:
    values = np.asarray(image, dtype=float)
    if values.ndim != 2 or min(values.shape) < 8:
        raise ImagingError(f"{name} must be 2D, at least 8 by 8 pixels; got {values.shape}.")
    if not np.isfinite(values).all():
        raise ImagingError(f"{name} holds {np.sum(~np.isfinite(values))} pixels without a number.")
    return values


def _segmented(image: Image, smallest_px: float, neck: float, least_errors: float) -> list[Labels]:
    """Particles, and what stands out without the edge of a particle."""
    background = max(BACKGROUND_PX, min(image.shape) / BACKGROUND_SHARE)
    found = relief(image, smallest_px / SMOOTHING_SHARE, background)
    labels = bodies(found, neck, least_errors)
    sharp = np.concatenate([[False], is_sharp(labels, found)])[labels]
    return [np.where(chosen, labels, 0).astype(np.int32) for chosen in (sharp, ~sharp)]


def _lasting(labels: Labels, change: Image, scene: Image) -> Labels:
    """Without what changes by so little of its brightness that codec, light or drift may do it."""
    numbers = np.arange(1, labels.max() + 1)
    if not len(numbers):
        return labels
    sizes = [ndimage.median(values, labels, numbers) for values in (change, scene)]
    strong = np.concatenate([[False], sizes[0] > LEAST_CHANGE * np.maximum(sizes[1], 0.0)])
    return np.where(strong[labels], labels, 0).astype(np.int32)


def _roundness(found: list[Labels]) -> float:
    """Area of what was found over that of its convex hulls: matrix between particles is hollow."""
    shapes = regionprops(found[0])
    return sum(shape.area for shape in shapes) / max(sum(shape.area_convex for shape in shapes), 1)


def _added(labels: Labels, more: Labels, halo_px: float = 0.0) -> Labels:
    """Regions of ``more`` that mostly lie outside of ``labels``, and their halo, join them."""
    if not more.any():
        return labels
    sizes = np.bincount(more.ravel())
    near = labels > 0
    if near.any():
        near = ndimage.distance_transform_edt(~near) <= halo_px
    covered = np.bincount(more[near], minlength=len(sizes))
    new = covered < 0.5 * sizes
    new[0] = False
    joins = new[more] & (labels == 0)
    return np.where(joins, more + labels.max(), labels).astype(np.int32)


def _judged(labels: Labels, faint: Labels, least_area: float) -> Regions:
    """Regions of the particles; what is too small or too faint is excluded, named x001 and on."""
    found = Regions.from_labels(_added(labels, faint), prefix="x")
    small = found.sizes_px < least_area
    fades = np.isin(np.arange(1, len(found) + 1), found.labels[faint > 0])
    names = np.array(found.names)
    found = found.without(names[small], f"smaller than {least_area:.0f} pixels")
    found = found.without(names[fades & ~small], "its edge is no steeper than the matrix's texture")
    return replace(Regions.from_labels(found.labels), excluded=found.excluded)
