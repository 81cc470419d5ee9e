"""A micrograph as particles: labels, binder, what each particle touches, and their tables."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from os import PathLike
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray
from scipy.sparse import coo_matrix
from scipy.sparse.csgraph import connected_components

from multiscale.electrode.image import (
    UP,
    Codes,
    Layout,
    checked_labels,
    checked_pixel_size,
    closed,
    faces,
    label_numbers,
    padded_codes,
)
from multiscale.errors import ImagingError, unknown_name
from multiscale.mesh.outline import label_outlines
from multiscale.micrograph.particles import (
    Labels,
    cut_by_frame,
    find_particles,
    without_excluded,
    without_fragments,
)
from multiscale.micrograph.phases import KINDS, Mask, Recipe, gray_phases, kind_of, named_phases
from multiscale.micrograph.reading import Image, checked_image, read_image

BINDER, FRAME = -2, -3  # beside the collector's -1
COVERING = {"binder": BINDER, "pore": 0, "collector": -1, "frame": FRAME}

Points = NDArray[np.float64]

WIDEST_GAP = 50  # pixels that are closed at most


@dataclass(frozen=True, eq=False)
class Micrograph:
    """Particles and binder of a section (2D) or a volume (3D).

    Parameters
    ----------
    labels : (rows, columns) or (planes, rows, columns) int array
        0 outside, one number per particle, each in one piece.
    pixel_size : float
        Edge of a pixel [m].
    binder : bool array, optional
        Conducting binder; ``None`` where the image does not tell it from pore.
    collector : {"bottom", "top", "left", "right", "front", "back"}
        Side of the current collector.
    recipe : Recipe
        Thresholds of contacts and sizes.
    gap_pixels : float
        What is no farther apart than this touches.
    notes : mapping
        How the particles were found: kind, thresholds, fractions of the phases, exclusions.

    Raises
    ------
    GeometryError, ImagingError
        If the labels, the pixel size or the side cannot be used.

    Examples
    --------
    >>> image = np.kron([[0, 1, 1, 0], [0, 2, 2, 0]], np.ones((20, 10), int))
    >>> micrograph = Micrograph.from_image(image, pixel_size=0.2e-6)
    >>> micrograph.contacts["length_m"].tolist()  # 20 pixels
    [4e-06]
    >>> micrograph.electrode().n_particles
    2
    """

    labels: Labels
    pixel_size: float
    binder: Mask | None = None
    collector: str = "bottom"
    recipe: Recipe = field(default_factory=Recipe)
    gap_pixels: float = 0
    notes: Mapping[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        object.__setattr__(self, "labels", checked_labels(self.labels))
        checked_pixel_size(self.pixel_size)
        sides = UP[self.labels.ndim]
        if self.collector not in sides:
            raise ImagingError(unknown_name("side of the collector", str(self.collector), sides))

    @classmethod
    def read(cls, path: str | PathLike[str], pixel_size: float, **options: Any) -> Micrograph:
        """Micrograph from a file; the options are those of ``from_image``.

        Examples
        --------
        >>> np.save("labels.npy", np.kron([[0, 1], [0, 2]], np.ones((20, 20), int)))
        >>> len(Micrograph.read("labels.npy", 0.2e-6).particles)
        2
        """
        return cls.from_image(read_image(path), pixel_size, **options)

    @classmethod
    def from_image(
        cls,
        image: ArrayLike,
        pixel_size: float,
        *,
        kind: str | None = None,
        phases: Mapping[str, Sequence[int]] | None = None,
        collector: str = "bottom",
        recipe: Recipe | None = None,
        gap_pixels: float = 0,
    ) -> Micrograph:
        """Micrograph from labels, a segmentation or grey values.

        Parameters
        ----------
        image : (rows, columns) or (planes, rows, columns) array
        pixel_size : float
            Edge of a pixel [m].
        kind : {"labels", "phases", "gray"}, optional
            What the numbers are; by default "phases" if they are named, else what they look
            like (``phases.kind_of``).
        phases : mapping of {"active", "binder", "pore"} to list of int, optional
            Values of each phase; of two values the higher is active.
        collector, recipe, gap_pixels
            See ``Micrograph`` and ``Recipe``.

        Raises
        ------
        ImagingError
            If the image is of one value, a phase is missing, or no particle is found.
        """
        image, recipe = checked_image(np.asarray(image)), recipe or Recipe()
        if collector not in UP[image.ndim]:
            raise ImagingError(
                unknown_name("side of the collector", str(collector), UP[image.ndim])
            )
        checked_pixel_size(pixel_size)
        if not 0 <= gap_pixels <= WIDEST_GAP:
            raise ImagingError(f"gap_pixels is from 0 to {WIDEST_GAP} pixels, not {gap_pixels!r}")
        kind = kind or ("phases" if phases else kind_of(image))
        if kind not in KINDS:
            raise ImagingError(unknown_name("kind of image", kind, KINDS))
        labels, binder, notes = interpreted(image, kind, phases, recipe, collector)
        return cls(labels, pixel_size, binder, collector, recipe, gap_pixels, notes)

    def with_rest_as_binder(self) -> Micrograph:
        """The same particles in a matrix that conducts: for images that do not show binder."""
        return replace(self, binder=self.labels == 0)

    @property
    def dimension(self) -> int:
        """2 or 3."""
        return int(self.labels.ndim)

    @cached_property
    def numbers(self) -> NDArray[np.int64]:
        """Numbers of the particles, in order."""
        return np.unique(self.labels[self.labels > 0])

    @cached_property
    def _layout(self) -> Layout:
        return Layout(self.labels, np.zeros((1,) * self.dimension, dtype=int), self.pixel_size)

    @cached_property
    def _faces(self) -> pd.DataFrame:
        pieces = np.zeros_like(self.labels)
        if self.binder is not None:
            pieces[self.binder & (self.labels == 0)] = 1
        codes = padded_codes(self.labels, pieces, self.collector)
        codes = closed(codes, self.gap_pixels)
        for axis in range(codes.ndim):
            ends = np.moveaxis(codes, axis, 0)
            for end in (0, -1):
                ends[end][ends[end] != -1] = FRAME
        return face_table(codes)

    @cached_property
    def outlines(self) -> dict[int, Points]:
        """Outline of each particle of a section [m], x to the right, y upwards; area kept."""
        if self.dimension == 3:
            raise ImagingError("Outlines are of sections: take a plane of the volume (--slice)")
        found = label_outlines(self.labels)
        return {number: self.pixel_size * points for number, points in found.items()}

    @cached_property
    def particles(self) -> pd.DataFrame:
        """One row per particle, by number.

        ``pixels``, ``area_m2`` or ``volume_m3``, ``radius_m`` (of equal size), ``x_m``, ``y_m``
        (``z_m``), ``perimeter_m`` (of the outline) or ``surface_m2`` (two thirds of its voxel
        faces: right on average over directions), ``cut`` (by the frame), ``contacts`` (with
        particles) and the shares of rim or surface that touch ``binder_share``, ``pore_share``
        (with debris), ``particle_share``, ``collector_share`` and ``frame_share``.
        """
        layout, flat = self._layout, self.dimension == 2
        pixels = np.bincount(self.labels.ravel())[self.numbers]
        size = self.pixel_size**self.dimension * pixels
        places = layout.position(layout.centres).T
        table = pd.DataFrame({"pixels": pixels, "area_m2" if flat else "volume_m3": size})
        table["radius_m"] = self.pixel_size * layout.radii
        for name, values in zip(("x_m", "y_m", "z_m"), places, strict=False):
            table[name] = values
        table.index = pd.Index(self.numbers, name="particle")
        _, least = self.recipe.least(self.dimension)
        covered = coverage(self._faces, self.numbers, least)
        faces = covered.pop("faces")
        if flat:
            sides = (self.outlines[n] - np.roll(self.outlines[n], -1, axis=0) for n in self.numbers)
            table["perimeter_m"] = [float(np.linalg.norm(side, axis=1).sum()) for side in sides]
        else:
            table["surface_m2"] = 2 / 3 * faces * self.pixel_size**2
        table["cut"] = cut_by_frame(self.labels, "")[self.numbers]
        return table.join(covered)

    @cached_property
    def contacts(self) -> pd.DataFrame:
        """One row per pair of particles that touch in enough faces.

        ``particle_a`` < ``particle_b``, ``faces``, ``length_m`` or ``area_m2``, and the middle
        ``x_m``, ``y_m`` (``z_m``).
        """
        _, least = self.recipe.least(self.dimension)
        table = self._faces
        table = table[(table["other"] > table["own"]) & (table["faces"] >= least)]
        flat = self.dimension == 2
        size = self.pixel_size ** (self.dimension - 1) * table["size_pixels"]
        pairs = pd.DataFrame(
            {
                "particle_a": table["own"],
                "particle_b": table["other"],
                "faces": table["faces"],
                "length_m" if flat else "area_m2": size,
            }
        )
        middles = table[[f"axis{k}" for k in range(self.dimension)]].to_numpy()
        for name, values in zip(("x_m", "y_m", "z_m"), self._layout.position(middles).T,
                                strict=False):  # fmt: skip
            pairs[name] = values
        return pairs.reset_index(drop=True)

    def network(self) -> dict[str, float]:
        """Contacts per particle, and the number and largest size of clusters that touch."""
        ends = [np.searchsorted(self.numbers, self.contacts[f"particle_{e}"]) for e in "ab"]
        n = len(self.numbers)
        graph = coo_matrix((np.ones(len(ends[0])), ends), shape=(n, n))
        count, part = connected_components(graph, directed=False)
        return {
            "particles": n,
            "contacts": len(self.contacts),
            "mean_contacts": 2 * len(self.contacts) / n,
            "clusters": int(count),
            "largest_cluster": int(np.bincount(part).max()),
        }

    def electrode(self, **options: Any) -> Any:
        """The particles as an ``ElectrodeGeometry``.

        Parameters
        ----------
        **options
            Of ``ElectrodeGeometry.from_labels``: ``shapes``, ``mesh_size``, ``constriction_m``,
            ``depth``, ``join_binder``, ``drop_unconnected``, or another ``binder``.

        Raises
        ------
        GeometryError
            If particles are not connected to the collector; they are named.
        """
        from multiscale.electrode.geometry import ElectrodeGeometry

        given: dict[str, Any] = {
            "binder": self.binder,
            "collector": self.collector,
            "gap_pixels": self.gap_pixels,
            "contact_faces": self.recipe.least(self.dimension)[1],
        }
        return ElectrodeGeometry.from_labels(self.labels, self.pixel_size, **{**given, **options})


def interpreted(
    image: Image,
    kind: str,
    values: Mapping[str, Sequence[int]] | None,
    recipe: Recipe,
    collector: str,
) -> tuple[Labels, Mask | None, dict[str, Any]]:
    """Labels, binder and notes of an image of a known kind.

    Examples
    --------
    >>> image = np.kron([[0, 1, 0, 1]], np.ones((10, 10), int))
    >>> labels, _, notes = interpreted(image, "phases", None, Recipe(), "bottom")
    >>> int(labels.max()), notes["fractions"]
    (2, {'active': 0.5, 'pore': 0.5})
    """
    if kind == "labels":  # as they are, but for stray pieces and debris
        if image.dtype.kind == "f" and (image == np.round(image)).all():
            image = image.astype(np.int64)
        numbers = label_numbers(image)
        whole, fragments = without_fragments(numbers, recipe.least(image.ndim)[0])
        particles = without_excluded(checked_labels(whole), recipe, collector, renumber=False)
        excluded = {
            **particles.excluded,
            **({"fragments": fragments} if fragments["count"] else {}),
        }
        share = float(np.count_nonzero(numbers) / numbers.size)
        fractions = {"active": share, "pore": 1 - share}
        return particles.labels, None, {"kind": kind, "fractions": fractions, "excluded": excluded}
    notes: dict[str, Any] = {"kind": kind}
    if kind == "phases":
        phases = named_phases(image, values or {"active": [int(image.max())]})
    else:
        phases = gray_phases(image, recipe)
        notes["thresholds"] = list(phases.thresholds)
    particles = find_particles(phases.active, recipe, collector, fill=kind == "gray")
    notes |= {"fractions": dict(phases.fractions), "excluded": particles.excluded}
    return particles.labels, phases.binder, notes


def face_table(codes: Codes) -> pd.DataFrame:
    """Sides between each particle and each thing it touches.

    ``codes`` has a margin of one pixel: particles from 1, pore 0, collector -1, binder -2, frame of
    the image -3.

    Returns
    -------
    DataFrame
        ``own``, ``other``, ``faces`` (count), ``size_pixels`` (length or area of the interface:
        the root of the sum of squares of the counts along each axis, exact where it is flat),
        ``axis0``, ``axis1`` ... (middle of the interface, pixel indices).

    Examples
    --------
    >>> codes = np.pad(np.kron([[1], [2]], np.ones((5, 8), int)), 1)
    >>> face_table(codes).query("own == 1 and other == 2")[["faces", "size_pixels"]].values.tolist()
    [[8.0, 8.0]]
    """
    own, other, middle = faces(codes)
    lowest = int(codes.min())
    span = int(codes.max()) - lowest + 1
    key, group = np.unique(own.astype(np.int64) * span + (other - lowest), return_inverse=True)
    along = np.abs(middle - np.round(middle)) > 0.25  # the axis the side is across
    counts = [np.bincount(group, along[:, k], len(key)) for k in range(codes.ndim)]
    number = np.bincount(group, minlength=len(key))
    table = {
        "own": key // span,
        "other": key % span + lowest,
        "faces": number,
        "size_pixels": np.sqrt(np.sum(np.square(counts), axis=0)),
    }
    for k in range(codes.ndim):
        table[f"axis{k}"] = np.bincount(group, middle[:, k].astype(float), len(key)) / number
    return pd.DataFrame(table)


def coverage(table: pd.DataFrame, numbers: NDArray[np.int64], least: int) -> pd.DataFrame:
    """Share of the rim or surface of each particle by what it touches; each row sums to 1.

    Touches of fewer than ``least`` sides between particles count as particle all the same; they
    are no contact.
    """
    total = table.groupby("own")["faces"].sum().reindex(numbers)
    columns = {}
    for name, code in COVERING.items():
        part = table[table["other"] == code].set_index("own")["faces"]
        columns[f"{name}_share"] = part.reindex(numbers, fill_value=0) / total
    between = table[table["other"] > 0]
    shared = between.groupby("own")["faces"].sum().reindex(numbers, fill_value=0)
    columns["particle_share"] = shared / total
    firm = between[between["faces"] >= least].groupby("own").size()
    columns["contacts"] = firm.reindex(numbers, fill_value=0)
    columns["faces"] = total
    return pd.DataFrame(columns, index=numbers)
