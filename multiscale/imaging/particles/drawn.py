"""Regions from outlines: which pixels lie inside, and which outlines do not fit the image."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray
from skimage.draw import polygon

from multiscale.errors import ImagingError
from multiscale.imaging.particles.regions import Kind, Regions

Outline = NDArray[np.float64]

LARGEST_OUTSIDE = 0.1  # of the pixels of an outline: more does not belong to this image
LEAST_AREA = 0.5  # [pixel]
LARGEST_RIM = 0.75  # pixels that may be drawn too much or too little, per pixel of the way around
LARGEST_SHARED = 0.2  # of the smaller of two outlines: more is one particle drawn twice


def regions_of_outlines(
    outlines: Mapping[str, Outline],
    shape: tuple[int, int],
    kind: Kind = "hand",
    holes: Mapping[str, Sequence[Outline]] | None = None,
) -> Regions:
    """Pixels whose centres lie inside of each outline.

    Pixels that two outlines share, at most a fifth of the smaller one, are given to neither;
    the notes of the regions say how many.

    Parameters
    ----------
    outlines : mapping of str to array, shape (n, 2)
        x and y of the corners [pixel].
    shape : tuple of int
        Rows and columns of the image.
    kind : {"automatic", "hand", "circles"}
    holes : mapping of str to sequence of arrays, optional
        Outlines of what is no part of the particle, within its own.

    Raises
    ------
    ImagingError
        Naming the outline that has no inside, crosses itself or lies outside of the image, the
        hole that is not within its particle, or the two particles that share too much.

    Examples
    --------
    >>> square = np.array([[1.5, 2.5], [4.5, 2.5], [4.5, 5.5], [1.5, 5.5]])
    >>> regions_of_outlines({"a": square}, (10, 10)).sizes_px
    array([9])
    """
    names = list(outlines)
    labels = np.zeros(shape, dtype=np.int32)
    shared = np.zeros(shape, dtype=bool)
    sizes = np.zeros(len(names) + 1, dtype=int)
    for k, name in enumerate(names, start=1):
        rows, columns = _inside(name, np.asarray(outlines[name], dtype=float), shape)
        for hole in (holes or {}).get(name, ()):
            rows, columns = _without(name, (rows, columns), hole, shape)
        sizes[k] = len(rows)
        held = labels[rows, columns]
        _check_overlap(held, sizes, names, k)
        shared[rows, columns] |= held > 0
        labels[rows, columns] = k
    labels[shared] = 0
    notes: tuple[str, ...] = ()
    if shared.any():
        notes = (f"{shared.sum()} pixels lie in two outlines; they are given to neither.",)
    return Regions(labels, tuple(names), kind, notes=notes)


def _inside(
    name: str, outline: Outline, shape: tuple[int, int]
) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """Rows and columns of the pixels inside, those beyond the image left out."""
    if outline.ndim != 2 or outline.shape[1] != 2 or len(outline) < 3:
        raise ImagingError(f"The outline of {name!r} has {len(outline)} corners; it needs three.")
    if not np.isfinite(outline).all():
        raise ImagingError(f"The outline of {name!r} holds a coordinate that is not a number.")
    corner = np.floor(outline.min(axis=0)).astype(int)
    far = np.ceil(outline.max(axis=0))
    size = np.array(shape[::-1])
    if (far - corner > 2 * size).any():
        raise _outside(name, outline, shape)
    rows, columns = polygon(*(outline - corner).T[::-1])
    rows, columns = rows + corner[1], columns + corner[0]
    if not len(rows):
        raise ImagingError(f"No centre of a pixel lies inside of the outline of {name!r}.")
    _check_sides(name, outline, len(rows))
    within = (rows >= 0) & (rows < shape[0]) & (columns >= 0) & (columns < shape[1])
    if within.mean() < 1 - LARGEST_OUTSIDE:
        raise _outside(name, outline, shape)
    return rows[within], columns[within]


def _check_sides(name: str, outline: Outline, drawn: int) -> None:
    """Refuse an outline that encloses nothing, or by its corners another area than is drawn."""
    following = np.roll(outline, -1, axis=0)
    around = float(np.linalg.norm(following - outline, axis=1).sum())
    centred, next_one = outline - outline[0], following - outline[0]
    area = abs(float(np.sum(centred[:, 0] * next_one[:, 1] - next_one[:, 0] * centred[:, 1]))) / 2
    if area < LEAST_AREA and drawn <= 2 + around:
        raise ImagingError(
            f"The outline of {name!r} encloses {area:.2g} pixels: it is no particle."
        )
    if abs(drawn - area) > LARGEST_RIM * around + 4:
        raise ImagingError(
            f"The outline of {name!r} crosses itself: it goes around {drawn} pixels, but the area "
            f"by its corners is {area:.0f}."
        )


def _without(
    name: str,
    pixels: tuple[NDArray[np.intp], NDArray[np.intp]],
    hole: Outline,
    shape: tuple[int, int],
) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """Pixels without those of a hole, most of which must be among them."""
    left_out = np.zeros(shape, dtype=bool)
    left_out[_inside(f"a hole of {name}", np.asarray(hole, dtype=float), shape)] = True
    inside = left_out[pixels]
    if inside.sum() < (1 - LARGEST_OUTSIDE) * left_out.sum() or inside.all():
        raise ImagingError(f"A hole of {name!r} does not lie within its outline, or is all of it.")
    return pixels[0][~inside], pixels[1][~inside]


def _outside(name: str, outline: Outline, shape: tuple[int, int]) -> ImagingError:
    (left, top), (right, bottom) = outline.min(axis=0), outline.max(axis=0)
    return ImagingError(
        f"{name!r} reaches from x = {left:.1f} to {right:.1f} and from y = {top:.1f} to "
        f"{bottom:.1f} pixels, outside of the image of {shape[1]} columns and {shape[0]} rows. "
        "Was it drawn on another image, or is the pixel size wrong?"
    )


def _check_overlap(
    held: NDArray[np.int32], sizes: NDArray[np.int_], names: list[str], k: int
) -> None:
    for other, count in enumerate(np.bincount(held, minlength=1)[1:], start=1):
        part = count / min(sizes[k], sizes[other]) if count else 0.0
        if part > LARGEST_SHARED:
            raise ImagingError(
                f"{names[other - 1]!r} and {names[k - 1]!r} share {part:.0%} of the smaller one; "
                f"at most {LARGEST_SHARED:.0%} may be shared."
            )
