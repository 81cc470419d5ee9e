"""Where the particles are: one label image, one name a particle, outlines and sizes.

Pixel coordinates everywhere: x to the right (column), y downwards (row), the origin at the
centre of the upper left pixel.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Literal

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray
from scipy import ndimage
from skimage.draw import polygon
from skimage.measure import find_contours

from multiscale.errors import ImagingError, unknown_name

Kind = Literal["automatic", "hand", "circles"]
KINDS = ("automatic", "hand", "circles")
EXCLUDED_COLUMNS = ("particle", "reason", "centre_x_px", "centre_y_px", "area_px")

Outline = NDArray[np.float64]

LARGEST_OUTSIDE = 0.1  # of the pixels of an outline: more does not belong to this image
LEAST_AREA = 0.5  # [pixel]
LARGEST_RIM = 0.75  # pixels that may be drawn too much or too little, per pixel of the way around
LARGEST_SHARED = 0.2  # of the smaller of two outlines: more is one particle drawn twice


@dataclass(frozen=True, eq=False)
class Regions:
    """Particles of one field of view, on the pixels of frame 0.

    Attributes
    ----------
    labels : int array, shape (rows, columns)
        0 is background; number k belongs to ``names[k - 1]``. Every pixel has one owner.
    names : tuple of str
    kind : {"automatic", "hand", "circles"}
        How the outlines came about.
    excluded : pandas.DataFrame
        What was left out and why: particle, reason, centre_x_px, centre_y_px, area_px.
    notes : tuple of str
        What a report should say about these regions.

    Raises
    ------
    ImagingError
        If labels and names do not belong together: wrong type or shape, a name twice, a name
        without a pixel, a number without a name.

    Examples
    --------
    >>> labels = np.zeros((20, 30), dtype=int)
    >>> labels[5:9, 12:18] = 1
    >>> regions = Regions(labels, ("a",))
    >>> regions.table(pixel_size=1e-7)[["particle_id", "centre_x_um", "area_um2"]].round(3)
      particle_id  centre_x_um  area_um2
    0           a         1.45      0.24
    """

    labels: NDArray[np.int32]
    names: tuple[str, ...]
    kind: Kind = "automatic"
    excluded: pd.DataFrame = field(
        default_factory=lambda: pd.DataFrame(columns=list(EXCLUDED_COLUMNS))
    )
    notes: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        labels = np.asarray(self.labels)
        if labels.ndim != 2 or labels.dtype.kind not in "iu":
            raise ImagingError(
                "Labels are a 2D image of integers; got "
                f"{labels.ndim} dimensions of {labels.dtype}."
            )
        object.__setattr__(self, "labels", labels.astype(np.int32))
        object.__setattr__(self, "names", tuple(self.names))
        if self.kind not in KINDS:
            raise ImagingError(unknown_name("kind of regions", self.kind, KINDS))

        twice = [name for name, times in Counter(self.names).items() if times > 1]
        if twice:
            raise ImagingError(f"Two regions are called {twice[0]!r}; names must differ.")
        sizes = self.sizes_px
        if self.labels.min(initial=0) < 0 or len(sizes) > len(self.names):
            raise ImagingError(
                f"Labels run from {self.labels.min()} to {self.labels.max()}, but there are "
                f"{len(self.names)} names: number k belongs to the k-th name, 0 to none."
            )
        if not np.all(sizes):
            raise ImagingError(f"Region {self.names[int(np.argmin(sizes))]!r} holds no pixel.")

    @classmethod
    def from_labels(cls, labels: ArrayLike, kind: Kind = "automatic", prefix: str = "p") -> Regions:
        """Regions named p001, p002, ... from top to bottom, then left to right.

        ``labels``, (rows, columns), may hold any numbers; 0 is background. Names begin with
        ``prefix``.
        """
        given = np.asarray(labels)
        numbers = np.unique(given[given > 0])
        dense = np.searchsorted(numbers, given).astype(np.int32) + 1
        dense[given <= 0] = 0
        centres = np.array(ndimage.center_of_mass(dense > 0, dense, np.arange(1, len(numbers) + 1)))
        order = np.lexsort(np.round(centres.T[::-1], 6)) if len(numbers) else np.array([], int)
        rank = np.zeros(len(numbers) + 1, dtype=np.int32)
        rank[order + 1] = np.arange(1, len(numbers) + 1)
        digits = max(3, len(str(len(numbers))))
        names = tuple(f"{prefix}{k + 1:0{digits}d}" for k in range(len(numbers)))
        return cls(rank[dense], names, kind)

    def __len__(self) -> int:
        return len(self.names)

    @property
    def shape(self) -> tuple[int, int]:
        """Rows and columns of the image."""
        rows, columns = self.labels.shape
        return rows, columns

    @property
    def sizes_px(self) -> NDArray[np.int64]:
        """Number of pixels of each region, in the order of ``names``."""
        counts = np.bincount(self.labels[self.labels > 0], minlength=len(self.names) + 1)
        return counts[1:]

    def mask(self, name: str) -> NDArray[np.bool_]:
        """Pixels of one region, shape (rows, columns).

        Raises ImagingError if there is no region of that name.
        """
        if name not in self.names:
            raise ImagingError(unknown_name("region", name, self.names))
        return self.labels == self.names.index(name) + 1

    def outlines(self) -> dict[str, NDArray[np.float64]]:
        """Closed outer outline of each region, (n, 2); the last point repeats the first.

        x and y [pixel], half-way between pixels inside and outside. A region in pieces gives the
        outline of the largest piece; holes give none.

        Returns
        -------
        dict of str to array, shape (n, 2)
            x and y [pixel], half-way between pixels inside and outside. A region in pieces
            gives the outline of the largest piece; holes give none.
        """
        outlines = {}
        boxes = ndimage.find_objects(self.labels)
        for k, (name, box) in enumerate(zip(self.names, boxes, strict=True), start=1):
            contours = find_contours(np.pad(self.labels[box] == k, 1).astype(float), 0.5)
            corner = np.array((box[1].start, box[0].start))
            outlines[name] = max(contours, key=polygon_area)[:, ::-1] - 1.0 + corner
        return outlines

    def table(self, pixel_size: float) -> pd.DataFrame:
        """Position and size of each region at a pixel size [m].

        Returns
        -------
        pandas.DataFrame
            particle_id; centre_x_um, centre_y_um, area_um2, radius_um (of equal area);
            centre_x_px, centre_y_px, area_px; touches_edge (of the image).

        Returns
        -------
        pandas.DataFrame
            particle_id; centre_x_um, centre_y_um, area_um2, radius_um (of equal area);
            centre_x_px, centre_y_px, area_px; touches_edge (of the image).

        Returns
        -------
        pandas.DataFrame
            particle_id; centre_x_um, centre_y_um, area_um2, radius_um (of equal area);
            centre_x_px, centre_y_px, area_px; touches_edge (of the image).

        Returns
        -------
        pandas.DataFrame
            particle_id; centre_x_um, centre_y_um, area_um2, radius_um (of equal area);
            centre_x_px, centre_y_px, area_px; touches_edge (of the image).
        """
        um = 1e6 * check_pixel_size(pixel_size)
        centre_x, centre_y = self.centres_px().T
        area = self.sizes_px
        on_edge = np.unique(
            np.concatenate([self.labels[[0, -1]].ravel(), self.labels[:, [0, -1]].ravel()])
        )
        return pd.DataFrame(
            {
                "particle_id": list(self.names),
                "centre_x_um": centre_x * um,
                "centre_y_um": centre_y * um,
                "area_um2": area * um**2,
                "radius_um": np.sqrt(area / np.pi) * um,
                "centre_x_px": centre_x,
                "centre_y_px": centre_y,
                "area_px": area,
                "touches_edge": np.isin(np.arange(1, len(self) + 1), on_edge),
            }
        )

    def centres_px(self) -> NDArray[np.float64]:
        """Centroids as x and y, shape (n, 2) [pixel]."""
        numbers = np.arange(1, len(self) + 1)
        centres = np.reshape(ndimage.center_of_mass(self.labels > 0, self.labels, numbers), (-1, 2))
        return centres[:, ::-1]

    def without(self, names: Iterable[str], reason: str) -> Regions:
        """Regions without some of them; those stand in ``excluded`` with the reason.

        Raises ImagingError if there is no region of one of the names.
        """
        leaving = list(dict.fromkeys(names))
        for name in leaving:
            if name not in self.names:
                raise ImagingError(unknown_name("region", name, self.names))
        if not leaving:
            return self
        stays = np.array([name not in leaving for name in self.names])
        number = np.concatenate([[0], np.where(stays, np.cumsum(stays), 0)]).astype(np.int32)
        x, y = self.centres_px()[~stays].T
        left = [name for name in self.names if name in leaving]
        columns = (left, [reason] * len(left), x, y, self.sizes_px[~stays])
        rows = pd.DataFrame(dict(zip(EXCLUDED_COLUMNS, columns, strict=True)))
        tables = [self.excluded, rows] if len(self.excluded) else [rows]
        kept = tuple(name for name in self.names if name not in leaving)
        excluded = pd.concat(tables, ignore_index=True)
        return replace(self, labels=number[self.labels], names=kept, excluded=excluded)

    def without_border(self) -> Regions:
        """Regions that do not touch the edge of frame 0; the others are excluded, with the reason.

        What drifts out of later frames: :func:`multiscale.imaging.traces.without_unseen`.
        """
        inside = np.zeros(self.shape, dtype=bool)
        inside[1:-1, 1:-1] = True
        numbers = np.unique(self.labels[~inside])
        leaving = [self.names[k - 1] for k in numbers if k > 0]
        return self.without(leaving, "not wholly in view in every frame")


def check_pixel_size(pixel_size: float) -> float:
    """Pixel size [m], if it can be one of a microscope.

    Raises ImagingError if it is not a positive number below a millimetre: it is easily given in
    micrometres.
    """
    if not 0 < pixel_size < 1e-3:
        raise ImagingError(f"pixel_size is in metres, 130 nm being 130e-9; got {pixel_size!r}.")
    return float(pixel_size)


def polygon_area(points: NDArray[np.float64]) -> float:
    """Area within a polygon, shape (n, 2), whatever its sense [square of its unit]."""
    x, y = points.T
    return float(abs(np.dot(x, np.roll(y, -1)) - np.dot(y, np.roll(x, -1))) / 2)


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
            hollow = np.zeros(shape, dtype=bool)
            hollow[_inside(f"a hole of {name}", np.asarray(hole, dtype=float), shape)] = True
            taken = hollow[rows, columns]
            if taken.sum() < (1 - LARGEST_OUTSIDE) * hollow.sum() or taken.all():
                raise ImagingError(
                    f"A hole of {name!r} does not lie within its outline, or is all of it."
                )
            rows, columns = rows[~taken], columns[~taken]
        sizes[k] = len(rows)
        held = labels[rows, columns]
        for other, count in enumerate(np.bincount(held, minlength=1)[1:], start=1):
            part = count / min(sizes[k], sizes[other]) if count else 0.0
            if part > LARGEST_SHARED:
                raise ImagingError(
                    f"{names[other - 1]!r} and {name!r} share {part:.0%} of the smaller one; at "
                    f"most {LARGEST_SHARED:.0%} may be shared."
                )
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
    # an outline that encloses nothing, or by its corners another area than is drawn
    following, drawn = np.roll(outline, -1, axis=0), len(rows)
    around = float(np.linalg.norm(following - outline, axis=1).sum())
    area = polygon_area(outline - outline[0])
    if area < LEAST_AREA and drawn <= 2 + around:
        raise ImagingError(
            f"The outline of {name!r} encloses {area:.2g} pixels: it is no particle."
        )
    if abs(drawn - area) > LARGEST_RIM * around + 4:
        raise ImagingError(
            f"The outline of {name!r} crosses itself: it goes around {drawn} pixels, but the area "
            f"by its corners is {area:.0f}."
        )
    within = (rows >= 0) & (rows < shape[0]) & (columns >= 0) & (columns < shape[1])
    if within.mean() < 1 - LARGEST_OUTSIDE:
        raise _outside(name, outline, shape)
    return rows[within], columns[within]


def _outside(name: str, outline: Outline, shape: tuple[int, int]) -> ImagingError:
    (left, top), (right, bottom) = outline.min(axis=0), outline.max(axis=0)
    return ImagingError(
        f"{name!r} reaches from x = {left:.1f} to {right:.1f} and from y = {top:.1f} to "
        f"{bottom:.1f} pixels, outside of the image of {shape[1]} columns and {shape[0]} rows. "
        "Was it drawn on another image, or is the pixel size wrong?"
    )
