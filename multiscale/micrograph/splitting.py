"""Touching particles told apart: a watershed of the distance from the edge, with a stated neck.

Every local maximum of the distance begins a basin. Two basins that meet are parts of one particle
unless the neck between them is narrow enough; the widest necks are judged first. A neck that must
be shallower than the lower peak by ``depth_pixels`` is what an h-maxima transform asks for, without
its cost; the share ``neck`` asks the same of particles of any size.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from multiscale.micrograph.phases import Mask

Labels = NDArray[np.signedinteger[Any]]
SMOOTHING = 1.0  # [pixel] takes the steps of pixels off the distance


def split_particles(active: Mask, depth_pixels: float = 1.0, neck: float = 0.85) -> Labels:
    """Number of the particle that each pixel of a mask belongs to, from 1; 0 outside.

    Parameters
    ----------
    active : (rows, columns) or (planes, rows, columns) bool array
    depth_pixels, neck : float
        See ``Recipe``.

    Examples
    --------
    >>> row, column = np.indices((30, 50))
    >>> two = np.hypot(row - 15, np.abs(column - 25) - 10) < 11
    >>> split_particles(two).max(), split_particles(two, neck=0.3).max()
    (np.int32(2), np.int32(1))
    """
    from skimage.segmentation import watershed

    distance = ndimage.distance_transform_edt(active).astype(np.float32)
    distance = ndimage.gaussian_filter(distance, SMOOTHING)
    peaks = (ndimage.maximum_filter(distance, 3) == distance) & active
    seeds, count = ndimage.label(peaks, np.ones((3,) * active.ndim))
    basins = watershed(-distance, seeds, mask=active)
    heights = np.zeros(count + 1)
    heights[seeds[peaks]] = distance[peaks]
    pairs, saddles = _saddles(basins, distance)
    owner = _merged(heights, pairs, saddles, depth_pixels, neck)
    labels = owner.astype(np.int32)[basins]
    # specks whose smoothed distance has its peak elsewhere
    specks, _ = ndimage.label(active & (labels == 0))
    return np.where(specks > 0, specks + labels.max(), labels)


def _saddles(
    basins: Labels, distance: NDArray[np.float32]
) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """Pairs (2, n) of basins that meet, and the height of the highest face between them."""
    keys, levels = [], []
    span = int(basins.max()) + 1
    for axis in range(basins.ndim):
        labels, heights = np.moveaxis(basins, axis, 0), np.moveaxis(distance, axis, 0)
        low, high = labels[:-1], labels[1:]
        where = np.nonzero((low != high) & (low > 0) & (high > 0))
        first, second = low[where].astype(np.int64), high[where]
        keys.append(np.minimum(first, second) * span + np.maximum(first, second))
        levels.append(np.minimum(heights[:-1][where], heights[1:][where]))
    key, level = np.concatenate(keys), np.concatenate(levels)
    order = np.lexsort([-level, key])
    key, first = np.unique(key[order], return_index=True)
    return np.stack([key // span, key % span]), level[order][first].astype(float)


def _merged(
    heights: NDArray[np.float64],
    pairs: NDArray[np.int64],
    saddles: NDArray[np.float64],
    depth: float,
    neck: float,
) -> NDArray[np.int64]:
    """New number of each basin, those of one particle alike, without gaps."""
    root = list(range(len(heights)))

    def find(i: int) -> int:
        while root[i] != i:
            root[i] = root[root[i]]
            i = root[i]
        return i

    for k in np.argsort(-saddles, kind="stable"):
        a, b = find(int(pairs[0, k])), find(int(pairs[1, k]))
        lower, higher = (a, b) if heights[a] < heights[b] else (b, a)
        shallow = heights[lower] - saddles[k] < depth
        if a != b and (shallow or saddles[k] > neck * heights[lower]):
            root[lower] = higher
    return np.unique([find(i) for i in range(len(root))], return_inverse=True)[1]
