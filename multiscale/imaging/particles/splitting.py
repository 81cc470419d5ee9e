"""Cutting touching particles apart where their common outline has a neck."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage
from skimage.segmentation import watershed

Labels = NDArray[np.int32]

FULL = np.ones((3, 3), dtype=bool)
LEAST_HEIGHT = 0.25  # maxima of the distance less than this above their saddle are one [pixel]


def split_touching(mask: NDArray[np.bool_], neck: float = 0.85) -> Labels:
    """Number the particles of a mask; one with a neck becomes two.

    The watershed of the distance to the outline gives one piece to each maximum; two pieces stay
    apart if the saddle between them is lower than ``neck`` times the lower maximum, which does
    not depend on the size of the particles.

    Parameters
    ----------
    mask : bool array, shape (rows, columns)
    neck : float
        Half width of the neck over the radius of the smaller particle below which it is cut;
        0 cuts nothing.

    Returns
    -------
    int array, shape (rows, columns)
        0 is background.

    Examples
    --------
    >>> y, x = np.mgrid[:40, :60]
    >>> pair = np.minimum(np.hypot(x - 20, y - 20), np.hypot(x - 38, y - 20)) < 10
    >>> int(split_touching(pair).max()), int(split_touching(pair, neck=0).max())
    (2, 1)
    """
    # half a pixel: the distance of a pixel's centre counts to the next centre, not the outline
    depth = ndimage.gaussian_filter(ndimage.distance_transform_edt(np.pad(mask, 1)), 0.5)[
        1:-1, 1:-1
    ]
    depth = np.where(mask, np.maximum(depth - 0.5, 0.0), 0.0)
    tops = (depth == ndimage.maximum_filter(depth, footprint=FULL)) & mask
    markers, _ = ndimage.label(tops, structure=FULL)
    pieces = watershed(-depth, markers, mask=mask).astype(np.int32)
    return _joined(pieces, depth, neck, LEAST_HEIGHT)


def split_at_dips(
    labels: Labels, height: NDArray[np.float64], dip: float, largest_px: int
) -> Labels:
    """Cut bodies hardly wider than the blur, whose outline shows no neck, where they are dimmer.

    Parameters
    ----------
    labels : int array, shape (rows, columns)
    height : array, shape (rows, columns)
        Smooth brightness over the matrix [counts].
    dip : float
        Brightness between two parts over that of the dimmer one below which they are two.
    largest_px : int
        Larger bodies stay whole: inside of them brightness is texture.
    """
    small = (labels > 0) & (np.bincount(labels.ravel())[labels] <= largest_px)
    if not small.any():
        return labels
    landscape = np.where(small, np.maximum(height, 0.0), 0.0)
    tops = (landscape == ndimage.maximum_filter(landscape, footprint=FULL)) & small
    markers, _ = ndimage.label(tops, structure=FULL)
    pieces = watershed(-landscape, markers, mask=small).astype(np.int32)
    parts = _joined(pieces, landscape, dip)
    return np.where(small, parts + labels.max(), labels).astype(np.int32)


def _joined(pieces: Labels, depth: NDArray[np.float64], neck: float, least: float = 0.0) -> Labels:
    """Pieces joined where no neck lies between them, from the highest saddle downwards."""
    count = int(pieces.max())
    top = np.zeros(count + 1)
    np.maximum.at(top, pieces.ravel(), depth.ravel())
    owner = np.arange(count + 1)
    first, second, saddle = _saddles(pieces, depth)
    for a, b, height in zip(first, second, saddle, strict=True):
        a, b = owner[a], owner[b]
        lower = min(top[a], top[b])
        if a != b and (height > neck * lower or height > lower - least):
            winner, loser = (a, b) if top[a] >= top[b] else (b, a)
            owner[owner == loser] = winner
    numbers = np.unique(owner[1:])
    dense = np.zeros(count + 1, dtype=np.int32)
    dense[1:] = np.searchsorted(numbers, owner[1:]) + 1
    return dense[pieces]


def _saddles(
    pieces: Labels, depth: NDArray[np.float64]
) -> tuple[NDArray[np.intp], NDArray[np.intp], NDArray[np.float64]]:
    """Pairs of pieces that touch and the highest way between them, highest first."""
    keys, heights = [], []
    count = int(pieces.max()) + 1
    for here, there in _NEIGHBOURS:
        a, b = pieces[here], pieces[there]
        meet = (a != b) & (a > 0) & (b > 0)
        low, high = np.minimum(a, b)[meet].astype(np.intp), np.maximum(a, b)[meet]
        keys.append(low * count + high)
        heights.append(np.minimum(depth[here], depth[there])[meet])
    pairs, where = np.unique(np.concatenate(keys), return_inverse=True)
    saddle = np.zeros(len(pairs))
    np.maximum.at(saddle, where, np.concatenate(heights))
    order = np.argsort(-saddle, kind="stable")
    return pairs[order] // count, pairs[order] % count, saddle[order]


_ALL, _LOW, _HIGH = slice(None), slice(None, -1), slice(1, None)
_NEIGHBOURS = (
    ((_ALL, _LOW), (_ALL, _HIGH)),
    ((_LOW, _ALL), (_HIGH, _ALL)),
    ((_LOW, _LOW), (_HIGH, _HIGH)),
    ((_LOW, _HIGH), (_HIGH, _LOW)),
)
