"""A micrograph as particles: labels, binder, and the tables that follow from them."""

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

from multiscale.electrode.image_codes import (
    UP,
    checked_labels,
    checked_pixel_size,
    closed,
    padded_codes,
)
from multiscale.electrode.image_layout import Layout
from multiscale.electrode.image_outlines import label_outlines
from multiscale.errors import ImagingError, unknown_name
from multiscale.micrograph.interpretation import interpreted
from multiscale.micrograph.particles import cut_by_frame
from multiscale.micrograph.phases import KINDS, Mask, kind_of
from multiscale.micrograph.reading import checked_image, read_image
from multiscale.micrograph.recipe import Recipe
from multiscale.micrograph.splitting import Labels
from multiscale.micrograph.touching import FRAME, coverage, face_table

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
            table["perimeter_m"] = [_length(self.outlines[n]) for n in self.numbers]
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
        found = pd.DataFrame(
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
            found[name] = values
        return found.reset_index(drop=True)

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


def _length(outline: Points) -> float:
    return float(np.linalg.norm(outline - np.roll(outline, -1, axis=0), axis=1).sum())
