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

from multiscale.errors import ImagingError, unknown_name
from multiscale.imaging.foreground import Relief, relief
from multiscale.imaging.regions import Regions, check_pixel_size
from multiscale.imaging.splitting import split_touching

Image = NDArray[np.float64]
Mask = NDArray[np.bool_]
Labels = NDArray[np.int32]
Polarity = Literal["bright", "dark", "either"]

POLARITIES = ("bright", "dark", "either")
SMALLEST_PX = 4.0
LEAST_ERRORS = 5.0
LOW_ERRORS = 2.5
LEAST_SHARE = 0.2  # of the typical height of particles: less is blur around them
BACKGROUND_SHARE = 8.0  # part of the shorter side over which the matrix is evened out
BACKGROUND_PX = 20.0
SMOOTHING_SHARE = 4.0  # part of the smallest diameter that may be smoothed over
HOLE_PX = 6  # of texture; wider ones may be matrix enclosed by particles
CROSS = ndimage.generate_binary_structure(2, 1)


def find_particles(
    image: ArrayLike,
    pixel_size: float,
    *,
    change: ArrayLike | None = None,
    polarity: Polarity = "bright",
    smallest_px: float = SMALLEST_PX,
    neck: float = 0.75,
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
        them. Those that the image does not show already are added.
    polarity : {"bright", "dark", "either"}
        Of the particles on the matrix; change is always bright.
    smallest_px : float
        Smallest diameter of a particle [pixel]; less is excluded and counted.
    neck : float
        See :func:`multiscale.imaging.splitting.split_touching`.
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
    if not smallest_px >= 1:
        raise ImagingError(f"smallest_px is a diameter of at least 1 pixel; got {smallest_px}.")
    scene = _checked(image, "image")
    signs = {"bright": (1.0,), "dark": (-1.0,), "either": (1.0, -1.0)}[polarity]
    scenes = [sign * scene for sign in signs]
    if change is not None:
        changed = _checked(change, "change")
        if changed.shape != scene.shape:
            raise ImagingError(f"image has {scene.shape} pixels, change {changed.shape}.")
        scenes.append(changed)
    labels = np.zeros(scene.shape, dtype=np.int32)
    for each in scenes:
        labels = _added(labels, _segmented(each, smallest_px, neck, least_errors))
    return _without_small(Regions.from_labels(labels), smallest_px)


def _checked(image: ArrayLike, name: str) -> Image:
    values = np.asarray(image, dtype=float)
    if values.ndim != 2 or min(values.shape) < 8:
        raise ImagingError(f"{name} must be 2D, at least 8 by 8 pixels; got {values.shape}.")
    if not np.isfinite(values).all():
        raise ImagingError(f"{name} holds {np.sum(~np.isfinite(values))} pixels without a number.")
    return values


def _segmented(image: Image, smallest_px: float, neck: float, least_errors: float) -> Labels:
    background = max(BACKGROUND_PX, min(image.shape) / BACKGROUND_SHARE)
    found = relief(image, smallest_px / SMOOTHING_SHARE, background)
    mask = _standing(found, least_errors)
    core = np.zeros(image.shape, dtype=np.int32)
    for _ in range(2):  # the second time without the blur that fills the necks
        core = _upper_half(split_touching(_without_small_holes(mask), neck), found)
        mask = core > 0
    return _one_piece_each(core)


def _standing(found: Relief, least_errors: float) -> Mask:
    """Pixels well above the matrix that hang together with some that certainly are."""
    share = LEAST_SHARE * found.contrast
    low = found.height > max(LOW_ERRORS * found.spread, share)
    pieces, count = ndimage.label(low)
    certain = np.zeros(count + 1, dtype=bool)
    certain[pieces[found.height > max(least_errors * found.spread, share)]] = True
    certain[0] = False
    return certain[pieces]


def _without_small_holes(mask: Mask, largest_px: int = HOLE_PX) -> Mask:
    """Mask with its small holes filled; a wide one is matrix between particles in a ring."""
    holes, count = ndimage.label(~mask)
    small = np.bincount(holes.ravel(), minlength=count + 1) <= largest_px
    small[0] = False
    return mask | small[holes]


def _upper_half(labels: Labels, found: Relief) -> Labels:
    """Each particle down to half of its own height: tight around the bright, whole for the dim."""
    numbers = np.arange(1, labels.max() + 1)
    if not len(numbers):
        return labels
    core = labels
    for _ in range(2):
        height = np.concatenate([[0.0], ndimage.median(found.height, _inner(core), numbers)])
        core = np.where(found.height > 0.5 * height[labels], labels, 0).astype(np.int32)
    return core


def _inner(labels: Labels) -> Labels:
    """Pixels of each particle that lie deepest in it, away from its blurred edge."""
    edges = (ndimage.maximum_filter(labels, 3) != labels) | (
        ndimage.minimum_filter(labels, 3) != labels
    )
    depth = ndimage.distance_transform_edt((labels > 0) & ~edges) + 1.0
    deepest = np.concatenate(
        [[0.0], ndimage.maximum(depth, labels, np.arange(1, labels.max() + 1))]
    )
    return np.where(depth >= 0.6 * deepest[labels], labels, 0)


def _one_piece_each(labels: Labels) -> Labels:
    """The largest piece of each particle, its outline evened and its holes filled."""
    whole = np.zeros_like(labels)
    for number, box in enumerate(ndimage.find_objects(labels), start=1):
        if box is None:
            continue
        mask = np.pad(labels[box] == number, 1)
        mask = ndimage.binary_fill_holes(ndimage.binary_closing(mask, CROSS))
        mask = ndimage.binary_opening(mask, CROSS)
        pieces, count = ndimage.label(mask)
        if not count:
            continue
        largest = 1 + int(np.argmax(np.bincount(pieces.ravel())[1:]))
        inside = (pieces == largest)[1:-1, 1:-1]
        free = inside & (whole[box] == 0) & np.isin(labels[box], (0, number))
        whole[box][free] = number
    return whole


def _added(labels: Labels, more: Labels) -> Labels:
    """Regions of ``more`` that mostly lie outside of ``labels`` join them."""
    if not more.any():
        return labels
    sizes = np.bincount(more.ravel())
    covered = np.bincount(more[labels > 0], minlength=len(sizes))
    new = covered < 0.5 * sizes
    new[0] = False
    joins = new[more] & (labels == 0)
    return np.where(joins, more + labels.max(), labels).astype(np.int32)


def _without_small(regions: Regions, smallest_px: float) -> Regions:
    small = regions.sizes_px < np.pi / 4 * smallest_px**2
    names = [name for name, is_small in zip(regions.names, small, strict=True) if is_small]
    kept = regions.without(names, f"smaller than {smallest_px:g} pixels across")
    fresh = Regions.from_labels(kept.labels)
    excluded = kept.excluded.assign(particle=[f"x{k + 1:03d}" for k in range(len(names))])
    return replace(fresh, excluded=excluded)
