"""Bodies that stand out of a matrix: cut at necks, outlined at half height, judged by edges."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from multiscale.imaging.particles.foreground import MAD_FACTOR, Relief
from multiscale.imaging.particles.splitting import split_at_dips, split_touching

Mask = NDArray[np.bool_]
Labels = NDArray[np.int32]

LOW_ERRORS = 2.5
LOW_SHARE = 0.4
LEAST_SHARE = 0.2  # of the typical height of particles: less is blur around them
WIDE_PX = 3.0  # Gaussian that evens out the texture of the matrix
LEAST_MATRIX = 0.02  # of the image: less tells nothing about the matrix
EDGE_ERRORS = 2.2  # steepness of an edge over that of the matrix's texture
EDGE_SHARE = 0.6  # ... over that of the typical particle
SPECK_SHARE = 0.8  # ... the same for one whose area is less than
SPECK_AREA = 0.2  # of the typical particle's
GRAINS = 40.0  # areas of a grain of texture that may stand out together by chance
SMALL_PX = 100  # area up to which blur, not texture, makes the brightness inside
BLUR_PX = 1.0  # Gaussian through which dips between such bodies are looked for
DIP = 0.9
HOLE_PX = 6  # of texture; wider ones may be matrix enclosed by particles
PASSES = 2  # cut and outline by turns: blur fills the necks at first
CROSS = ndimage.generate_binary_structure(2, 1)


def bodies(found: Relief, neck: float, least_errors: float) -> Labels:
    """Number what stands out by ``least_errors``, whole particles each.

    Returns
    -------
    int array, shape (rows, columns)
        Numbers without gaps; 0 is the matrix.
    """
    mask = _standing(found, least_errors)
    core = np.zeros(found.height.shape, dtype=np.int32)
    for _ in range(PASSES):
        core = _upper_half(split_touching(_without_small_holes(mask), neck), found)
        mask = core > 0
    smooth = ndimage.gaussian_filter(found.height, max(BLUR_PX - found.smoothing, 0.0))
    return _one_piece_each(split_at_dips(core, smooth, DIP, SMALL_PX))


def is_sharp(labels: Labels, found: Relief) -> Mask:
    """Whether each body has the steep edge of a particle, or fades like texture of the matrix.

    A body much larger than the grains of that texture need not be as steep as a small one.

    Returns
    -------
    bool array, shape (n,)
    """
    numbers = np.arange(1, labels.max() + 1)
    if not len(numbers):
        return np.zeros(0, dtype=bool)
    rim = np.where(ndimage.minimum_filter(labels, 3) != labels, labels, 0)
    edge = ndimage.mean(found.slope, rim, numbers)
    area = np.bincount(labels.ravel())[1:]
    grain = (found.spread / found.matrix_slope) ** 2 if found.matrix_slope else 0.0
    ease = np.sqrt(np.minimum(1.0, GRAINS * grain / area))
    plain = edge >= EDGE_ERRORS * found.matrix_slope * ease
    if not plain.any():
        return plain
    typical_edge, typical_area = (np.median(values[plain]) for values in (edge, area))
    share = np.where(area < SPECK_AREA * typical_area, SPECK_SHARE, EDGE_SHARE * ease)
    return plain & (edge >= share * typical_edge)


def _standing(found: Relief, least_errors: float) -> Mask:
    """Pixels well above the matrix that hang together with some that certainly are."""
    share = LEAST_SHARE * found.contrast
    certainly = max(least_errors * found.spread, share)
    low = found.height > max(LOW_ERRORS * found.spread, min(certainly, LOW_SHARE * found.contrast))
    pieces, count = ndimage.label(low)
    certain = np.zeros(count + 1, dtype=bool)
    certain[pieces[found.height > certainly]] = True
    certain[pieces[_wide_and_standing(found, low, least_errors)]] = True
    certain[0] = False
    return certain[pieces]


def _wide_and_standing(found: Relief, low: Mask, least_errors: float) -> Mask:
    """Pixels above the matrix over an area of many grains of its texture, if not each by itself."""
    wide = ndimage.gaussian_filter(found.height, WIDE_PX)
    matrix = wide[~ndimage.binary_dilation(low, iterations=int(2 * WIDE_PX))]
    if matrix.size < LEAST_MATRIX * low.size:
        return np.zeros_like(low)
    middle = np.median(matrix)
    spread = MAD_FACTOR * np.median(np.abs(matrix - middle))
    return wide > max(middle + least_errors * spread, LOW_SHARE * found.contrast)


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
        if mask.sum() > SMALL_PX:
            mask = ndimage.binary_opening(ndimage.binary_closing(mask, CROSS), CROSS)
        mask = ndimage.binary_fill_holes(mask)
        pieces, count = ndimage.label(mask)
        if not count:
            continue
        largest = 1 + int(np.argmax(np.bincount(pieces.ravel())[1:]))
        inside = (pieces == largest)[1:-1, 1:-1]
        free = inside & (whole[box] == 0) & np.isin(labels[box], (0, number))
        whole[box][free] = number
    return np.unique(whole, return_inverse=True)[1].reshape(whole.shape).astype(np.int32)
