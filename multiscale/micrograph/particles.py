"""From phases to labelled particles, with a count of what was left out and why."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from scipy import ndimage

from multiscale.errors import ImagingError
from multiscale.micrograph.phases import Mask
from multiscale.micrograph.recipe import Recipe
from multiscale.micrograph.splitting import Labels, split_particles


@dataclass(frozen=True)
class Found:
    """Labelled particles; ``excluded`` holds {"debris" or "cut": {"count", "pixels"}}."""

    labels: Labels
    excluded: dict[str, dict[str, int]] = field(default_factory=dict)


def find_particles(
    active: Mask, recipe: Recipe, collector: str = "bottom", fill: bool = False
) -> Found:
    """Particles of a mask of active material.

    Parameters
    ----------
    active : bool array
    recipe : Recipe
    collector : str
        Side at which cut particles are kept in any case.
    fill : bool
        Fill the holes inside each particle (grey values: cracks).

    Raises
    ------
    ImagingError
        If nothing is left.

    Examples
    --------
    >>> row, column = np.indices((40, 90))
    >>> mask = np.hypot(row - 20, (column % 45) - 22) < 12
    >>> found = find_particles(mask, Recipe())
    >>> int(found.labels.max()), found.excluded["debris"]["count"]
    (2, 0)
    """
    labels = _labelled(active, recipe)
    if fill:
        labels = _without_holes(labels)
    return without_excluded(labels, recipe, collector)


def _labelled(active: Mask, recipe: Recipe) -> Labels:
    if recipe.split:
        return split_particles(active, recipe.depth_pixels, recipe.neck)
    return ndimage.label(active)[0].astype(np.int32)


def _without_holes(labels: Labels) -> Labels:
    """What lies inside one particle belongs to it."""
    filled = labels.copy()
    for number, box in enumerate(ndimage.find_objects(labels), 1):
        if box is not None:
            inside = ndimage.binary_fill_holes(labels[box] == number)
            filled[box][inside & (labels[box] == 0)] = number
    return filled


def without_fragments(labels: Labels, smallest: int) -> tuple[Labels, dict[str, int]]:
    """Labels without their stray pieces: all but the largest that are smaller than a particle.

    Returns the labels, and how many pieces and pixels went; larger pieces stay, for
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
        words = ", ".join(f"{part['count']} {name}" for name, part in excluded.items())
        raise ImagingError(
            f"No particle was found: {words}. The smallest counts from {smallest} pixels: lower "
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
