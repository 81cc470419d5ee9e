"""Electrodes from label images of a cross-section."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Self

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray
from scipy import ndimage

from multiscale.errors import GeometryError, unknown_name
from multiscale.geometry.electrode_placing import seen_from_above
from multiscale.geometry.electrode_tables import names
from multiscale.geometry.electrode_wiring import Wiring, with_obstruction
from multiscale.geometry.measure import DEFAULT_DEPTH

Codes = NDArray[np.int64]
UP = {"bottom": (0, 1, 0), "top": (0, -1, 0), "left": (1, 0, 0), "right": (-1, 0, 0)}
STEPS = ((0, 1), (0, -1), (1, 0), (-1, 0))  # row, column
COLLECTOR = -1  # code of the collector; binder components are -2, -3, ...
ARC = 2.0  # pixels of rim in one sector
MOST = 0.9  # share of a rim that contacts may take


class ImageConstructor:
    """The class method ``from_labels``; ``ElectrodeGeometry`` inherits it."""

    @classmethod
    def from_labels(
        cls,
        labels: ArrayLike,
        pixel_size: float,
        binder: ArrayLike | None = None,
        collector: str = "bottom",
        *,
        gap_pixels: float = 0,
        constriction_m: float = 0.0,
        depth: float = DEFAULT_DEPTH,
    ) -> Self:
        """Disks of equal area at the centroids of labelled particles, wired as they touch.

        Around each centroid the outline is cut into sectors of about two pixels. A sector
        that touches something belongs to what it touches most; neighbouring sectors of one owner
        make up one contact, whose half angle is half of theirs. Contacts therefore never overlap,
        and none is smaller than a sector; where they would take more than 90 % of a rim, they
        shrink alike to that, so that something is left to react. Particles
        are called by their number ("7"), junctions "7+9", connected pieces of binder
        "carbon1"...; a piece that reaches the collector is joined to it by an ideal wire.

        Parameters
        ----------
        labels : (rows, columns) int array
            0 outside, one number per particle; the first row is the upper one.
        pixel_size : float
            Edge of a pixel [m].
        binder : (rows, columns) array, optional
            Nonzero where there is conducting binder; where a label is, the particle counts.
        collector : {"bottom", "top", "left", "right"}
            Side of the image along which the current collector runs.
        gap_pixels : float
            What is no farther apart than this touches (1 closes the lines of a watershed).
        constriction_m : float
            Delta of each side of each contact between particles.
        depth : float
            Depth [m].

        Returns
        -------
        ElectrodeGeometry
            x to the right and y upwards, origin at the lower left corner of the image.

        Raises
        ------
        GeometryError
            If the image or an argument cannot be used, a label falls into pieces, or particles
            touch nothing that leads to the collector (they are named).

        Examples
        --------
        >>> import numpy as np
        >>> from multiscale.geometry.electrode_geometry import ElectrodeGeometry
        >>> image = np.kron([[0, 1, 1, 0], [0, 2, 2, 0]], np.ones((20, 10), int))
        >>> electrode = ElectrodeGeometry.from_labels(image, 0.2e-6)
        >>> sorted(electrode.contacts.index), electrode.particles["obstruction"].tolist()
        (['1-1+2', '2-1+2', '2-collector'], [1, 0])
        """
        image = _checked_labels(labels)
        if collector not in UP:
            raise GeometryError(unknown_name("side of the collector", str(collector), UP))
        if not (np.isfinite(pixel_size) and pixel_size > 0):
            raise GeometryError(f"pixel_size is a positive number of metres, not {pixel_size!r}")
        codes = _codes(image, _components(binder, image), collector)
        section = _Section(image, _closed(codes, gap_pixels), pixel_size)
        particles = section.particles(depth)
        particles["top"] = seen_from_above(
            particles[["x_m", "y_m", "z_m"]].to_numpy(),
            particles["radius_m"].to_numpy(),
            np.array(UP[collector], dtype=float),
        )
        wiring = section.wiring(np.array(UP[collector]), constriction_m)
        return with_obstruction(cls(particles=particles, **wiring.tables()))  # type: ignore[call-arg]


def _checked_labels(labels: ArrayLike) -> Codes:
    image = np.asarray(labels)
    if image.ndim != 2 or image.dtype.kind not in "iu" or image.size == 0:
        raise GeometryError(
            f"labels is a 2D array of whole numbers, not {image.dtype} of shape {image.shape}"
        )
    if image.min() < 0 or image.max() == 0:
        raise GeometryError("labels holds 0 outside and a positive number in each particle")
    image = image.astype(np.int64)
    boxes = enumerate(ndimage.find_objects(image), 1)
    torn = [n for n, box in boxes if box and ndimage.label(image[box] == n, np.ones((3, 3)))[1] > 1]
    if torn:
        raise GeometryError(f"The labels {names(torn)} fall into pieces; number each piece itself")
    return image


def _components(binder: ArrayLike | None, image: Codes) -> Codes:
    """Connected pieces of binder outside the particles, numbered from 1."""
    if binder is None:
        return np.zeros_like(image)
    mask = np.asarray(binder)
    if mask.shape != image.shape:
        raise GeometryError(f"binder has the shape {mask.shape}, labels has {image.shape}")
    return ndimage.label((mask != 0) & (image == 0), np.ones((3, 3)))[0].astype(np.int64)


def _codes(image: Codes, components: Codes, collector: str) -> Codes:
    """One number for what each pixel is, with a margin of one pixel that holds the collector."""
    codes = np.pad(np.where(components > 0, COLLECTOR - components, image), 1)
    ends = {"bottom": codes[-1], "top": codes[0], "left": codes[:, 0], "right": codes[:, -1]}
    ends[collector][:] = COLLECTOR
    return codes


def _closed(codes: Codes, gap_pixels: float) -> Codes:
    """Background no farther than half the gap from something becomes that something."""
    if not gap_pixels >= 0:
        raise GeometryError(f"gap_pixels is 0 or a positive number, not {gap_pixels!r}")
    if gap_pixels == 0:
        return codes
    distance, nearest = ndimage.distance_transform_edt(codes == 0, return_indices=True)
    return np.where(distance <= (gap_pixels + 1) / 2, codes[tuple(nearest)], codes)


@dataclass
class _Section:
    """A label image and what touches what in it."""

    image: Codes
    codes: Codes
    pixel_size: float

    def __post_init__(self) -> None:
        self.numbers = np.unique(self.image[self.image > 0])
        areas = ndimage.sum_labels(np.ones(self.image.shape), self.image, self.numbers)
        self.radii = np.sqrt(areas / np.pi)  # [pixel]
        pieces = np.maximum(COLLECTOR - self.codes, 0)
        self.middles = ndimage.center_of_mass(pieces > 0, pieces, np.arange(1, pieces.max() + 1))
        at_collector = ndimage.binary_dilation(self.codes == COLLECTOR)
        self.wired = set(np.unique(self.codes[at_collector & (self.codes < COLLECTOR)]).tolist())
        self.centres = np.array(ndimage.center_of_mass(self.image, self.image, self.numbers))

    def position(self, row_column: NDArray[np.float64]) -> NDArray[np.float64]:
        """x and y [m] of pixel indices (..., 2) of the image."""
        row, column = row_column[..., 0], row_column[..., 1]
        return self.pixel_size * np.stack([column + 0.5, self.image.shape[0] - row - 0.5], axis=-1)

    def particles(self, depth: float) -> pd.DataFrame:
        x, y = self.position(self.centres).T
        radius = self.pixel_size * self.radii
        columns = {"shape": "disk", "radius_m": radius, "x_m": x, "y_m": y, "z_m": 0.0}
        labels = [str(number) for number in self.numbers]
        return pd.DataFrame({**columns, "depth_m": depth}, index=labels)

    def contacts(self) -> list[tuple[int, int, float, float]]:
        """Index of the particle, code of the other side, direction and half angle [radian]."""
        inner = self.codes[1:-1, 1:-1]
        found = []
        for row, column in STEPS:
            other = np.roll(self.codes, (-row, -column), axis=(0, 1))[1:-1, 1:-1]
            r, c = np.nonzero((inner > 0) & (inner != other))
            found.append(np.stack([inner[r, c], other[r, c], 2 * r + row, 2 * c + column]))
        own, other, row2, column2 = np.hstack(found)
        index = np.searchsorted(self.numbers, own)
        across = column2 / 2 - self.centres[index, 1]
        along = self.centres[index, 0] - row2 / 2
        angle = np.arctan2(along, across) % (2 * np.pi)
        result = []
        for i, mine in enumerate(np.split(np.argsort(index, kind="stable"), self._ends(index))):
            sectors = max(12, int(2 * np.pi * self.radii[i] / ARC))
            runs = _runs(_owners(angle[mine], other[mine], sectors))
            taken = sum(length for _, _, length in runs) / sectors
            width = 2 * np.pi / sectors
            for code, start, length in runs:
                half = length * width / 2 * min(1, MOST / taken)
                result.append((i, code, (start + length / 2) * width, half))
        return result

    def _ends(self, index: Codes) -> Codes:
        """Where the outline of each particle but the last ends, in the order of particles."""
        return np.cumsum(np.bincount(index, minlength=len(self.numbers)))[:-1]

    def wiring(self, up: Codes, constriction_m: float) -> Wiring:
        """Nodes, edges and contacts."""
        wiring = Wiring()
        height, width = self.image.shape
        edge = np.array([width, height]) * (1 - up[:2]) / 2 * self.pixel_size
        wiring.node("collector", "collector", edge)
        found = self.contacts()
        sides = {(int(self.numbers[i]), code) for i, code, _, _ in found}
        for i, code, angle, half in found:
            number = int(self.numbers[i])
            # a touch that is too short to show on the other side is none
            if code > 0 and (code, number) not in sides:
                continue
            node = self._node(wiring, number, code, angle)
            extra = {"constriction_m": constriction_m} if code > 0 else {}
            direction = (np.cos(angle), np.sin(angle))
            wiring.contact(str(number), node, direction, float(np.degrees(half)), **extra)
        return wiring

    def _node(self, wiring: Wiring, number: int, code: int, angle: float) -> str:
        """Label of the node a contact leads to; made when it is met first."""
        if code == COLLECTOR:
            return "collector"
        label = f"carbon{COLLECTOR - code}"
        if code > 0:
            label = f"{min(number, code)}+{max(number, code)}"
        if label in wiring.nodes:
            return label
        if code > 0:
            i = np.searchsorted(self.numbers, number)
            centre, radius = self.position(self.centres[i]), self.pixel_size * self.radii[i]
            point = centre + radius * np.array([np.cos(angle), np.sin(angle)])
            return wiring.node(label, "junction", point)
        if code in self.wired:
            wiring.wire(label, "collector")
        middle = np.array(self.middles[COLLECTOR - code - 1]) - 1
        return wiring.node(label, "carbon", self.position(middle))


def _owners(angle: NDArray[np.float64], other: Codes, sectors: int) -> Codes:
    """Code most of the outline touches in each sector; 0 where all of it touches nothing."""
    sector = np.minimum((angle / (2 * np.pi) * sectors).astype(int), sectors - 1)
    pairs, counts = np.unique(np.stack([sector, other]), axis=1, return_counts=True)
    owner = np.zeros(sectors, dtype=np.int64)
    # the most frequent is written last, and nothing first: a touch of one pixel is a touch
    order = np.lexsort([counts, pairs[1] != 0])
    owner[pairs[0, order]] = pairs[1, order]
    return owner


def _runs(owner: Codes) -> list[tuple[int, int, int]]:
    """Code, first sector and number of sectors of each run around the circle, without code 0."""
    n = len(owner)
    starts = np.flatnonzero(owner != np.roll(owner, 1))
    if not len(starts):
        return [(int(owner[0]), 0, n)] if owner[0] else []
    lengths = np.diff(np.append(starts, starts[0] + n))
    pairs = zip(starts, lengths, strict=True)
    return [(int(owner[start]), int(start), int(length)) for start, length in pairs if owner[start]]
