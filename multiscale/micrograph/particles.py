"""From phases to labelled particles, with a count of what was left out and why.

Touching particles are told apart by a watershed of the distance from the edge, with a stated neck:
every local maximum of the distance begins a basin. Two basins that meet are parts of one particle
unless the neck between them is narrow enough; the widest necks are judged first. A neck that must
be shallower than the lower peak by ``depth_pixels`` is what an h-maxima transform asks for, without
its cost; the share ``neck`` asks the same of particles of any size.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from multiscale.errors import ImagingError
from multiscale.micrograph.phases import Mask, Recipe

Labels = NDArray[np.signedinteger[Any]]
SMOOTHING = 1.0  # [pixel] takes the steps of pixels off the distance


def find_particles(
    active: Mask, recipe: Recipe, collector: str = "bottom", fill: bool = False
) -> Found:
    """Particles of a mask of active material.

    Cut particles are kept at the side of the collector in any case; ``fill`` fills the holes inside
    each particle (grey values: cracks).

    Raises ImagingError if nothing is left.

    Examples
    --------
    >>> row, column = np.indices((40, 90))
    >>> mask = np.hypot(row - 20, (column % 45) - 22) < 12
    >>> found = find_particles(mask, Recipe())
    >>> int(found.labels.max()), found.excluded["debris"]["count"]
    (2, 0)
    """
    if recipe.split:
        labels = split_particles(active, recipe.depth_pixels, recipe.neck)
    else:
        labels = ndimage.label(active)[0].astype(np.int32)
    if fill:
        filled = labels.copy()
        for number, box in enumerate(ndimage.find_objects(labels), 1):
            if box is not None:
                inside = ndimage.binary_fill_holes(labels[box] == number)
                filled[box][inside & (labels[box] == 0)] = number
        labels = filled
    return without_excluded(labels, recipe, collector)


@dataclass(frozen=True)
class Found:
    """Labelled particles; ``excluded`` holds {"debris" or "cut": {"count", "pixels"}}."""

    labels: Labels
    excluded: dict[str, dict[str, int]] = field(default_factory=dict)


def without_fragments(labels: Labels, smallest: int) -> tuple[Labels, dict[str, int]]:
    """Labels without their stray pieces, and how many pieces and pixels went.

    Stray are all but the largest piece that are smaller than a particle; larger pieces stay, for
    ``checked_labels`` to refuse.

    Examples
    --------
    >>> image = np.zeros((20, 20), dtype=int)
    >>> image[:10, :10], image[15, 15] = 3, 3
    >>> cleaned, gone = without_fragments(image, 30)
    >>> int(cleaned[15, 15]), gone
    (0, {'count': 1, 'pixels': 1})
    """
    cleaned, gone = labels.copy(), {"count": 0, "pixels": 0}
    around = np.ones((3,) * labels.ndim)
    for number, box in enumerate(ndimage.find_objects(labels), 1):
        if box is None:
            continue
        pieces, count = ndimage.label(labels[box] == number, around)
        if count == 1:
            continue
        sizes = np.bincount(pieces.ravel())
        small = sizes < smallest
        small[[0, 1 + int(sizes[1:].argmax())]] = False
        cleaned[box][small[pieces]] = 0
        gone["count"] += int(small.sum())
        gone["pixels"] += int(sizes[small].sum())
    return cleaned, gone


def without_excluded(
    labels: Labels, recipe: Recipe, collector: str, renumber: bool = True
) -> Found:
    """Labels without debris and, if asked, without what the frame cuts.

    ``renumber=False`` keeps the numbers that a label image came with.
    """
    sizes = np.bincount(labels.ravel())
    sizes[0] = 0
    smallest, _ = recipe.least(labels.ndim)
    debris = (sizes > 0) & (sizes < smallest)
    gone = {"debris": debris}
    if recipe.drop_cut:
        gone["cut"] = cut_by_frame(labels, collector) & ~debris & (sizes > 0)
    excluded = {
        name: {"count": int(mask.sum()), "pixels": int(sizes[mask].sum())}
        for name, mask in gone.items()
    }
    keep = (sizes > 0) & ~np.any(list(gone.values()), axis=0)
    if not keep.any():
        reasons = ", ".join(f"{part['count']} {name}" for name, part in excluded.items())
        raise ImagingError(
            f"No particle was found: {reasons}. The smallest counts from {smallest} pixels: lower "
            "it, or look at the threshold and the values of the phases"
        )
    numbers = np.flatnonzero(keep)
    new = np.zeros(len(sizes), dtype=np.int32)
    new[numbers] = np.arange(1, len(numbers) + 1) if renumber else numbers
    return Found(new[labels], excluded)


def cut_by_frame(labels: Labels, collector: str) -> Mask:
    """Whether each number touches the frame of the image at another side than the collector's.

    Examples
    --------
    >>> cut_by_frame(np.array([[1, 0, 0], [0, 0, 0], [0, 2, 0]]), "bottom").tolist()
    [False, True, False]
    """
    sides = {
        "top": (-2, 0),
        "bottom": (-2, -1),
        "left": (-1, 0),
        "right": (-1, -1),
        "front": (-3, 0),
        "back": (-3, -1),
    }
    cut = np.zeros(int(labels.max()) + 1, dtype=bool)
    for side, (axis, end) in sides.items():
        if side != collector and -axis <= labels.ndim:
            cut[np.unique(np.take(labels, end, axis))] = True
    cut[0] = False
    return cut


def split_particles(active: Mask, depth_pixels: float = 1.0, neck: float = 0.85) -> Labels:
    """Number of the particle that each pixel of a mask, in 2D or 3D, belongs to, from 1; 0 outside.

    ``depth_pixels`` and ``neck`` are those of ``Recipe``.

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
