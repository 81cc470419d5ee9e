"""Electrodes from label images: cross-sections (2D) and volumes (3D)."""

from __future__ import annotations

from typing import Any, Self

import numpy as np
from numpy.typing import ArrayLike

from multiscale.electrode.image_codes import (
    UP,
    binder_pieces,
    checked_labels,
    checked_pixel_size,
    closed,
    connected_parts,
    padded_codes,
)
from multiscale.electrode.image_outlines import outline_meshes
from multiscale.electrode.image_section import Section
from multiscale.electrode.image_volume import Volume
from multiscale.electrode.placing import seen_from_above
from multiscale.electrode.tables import DEFAULT_CONSTRICTION
from multiscale.electrode.wiring import with_obstruction
from multiscale.errors import GeometryError, is_one_of, unknown_name
from multiscale.mesh.measure import DEFAULT_DEPTH

SHAPES = ("round", "outline")


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
        contact_faces: int = 1,
        constriction_m: float = DEFAULT_CONSTRICTION,
        depth: float = DEFAULT_DEPTH,
        shapes: str = "round",
        mesh_size: float | None = None,
        join_binder: bool = False,
        drop_unconnected: bool = False,
    ) -> Self:
        """Labelled particles wired as they touch: disks, spheres, or meshes of their outlines.

        2D: around each centroid the outline is cut into sectors of about two pixels. A sector
        that touches something belongs to what it touches most; neighbouring sectors of one owner
        make up one contact, whose half angle is half of theirs. Contacts therefore never overlap,
        and none is smaller than a sector; where they would take more than 90 % of a rim, they
        shrink alike to that, so that something is left to react.

        3D: each neighbour, and each piece of binder within each of twelve directions, is a cap
        with the share of the particle's faces that touch it; caps that would overlap shrink,
        those of binder before those between particles.

        Particles are called by their number ("7"), junctions "7+9", connected pieces of binder
        "carbon1"...; a piece that reaches the collector is joined to it by an ideal wire.

        Parameters
        ----------
        labels : (rows, columns) or (planes, rows, columns) int array
            0 outside, one number per particle; the first row is the upper one.
        pixel_size : float
            Edge of a pixel or voxel [m].
        binder : array of the same shape, optional
            Nonzero where there is conducting binder; where a label is, the particle counts.
        collector : {"bottom", "top", "left", "right", "front", "back"}
            Side of the image along which the current collector runs; the last two in 3D only
            (the first and the last plane).
        gap_pixels : float
            What is no farther apart than this touches (1 closes the lines of a watershed).
        contact_faces : int
            Particles touch if they share at least as many pixel sides or voxel faces.
        constriction_m : float
            Delta of each side of each contact between particles, by default none.
        depth : float
            Depth of a cross-section [m].
        shapes : {"round", "outline"}
            Disks and spheres of equal size at the centroids, or (2D, needs gmsh) meshes of the
            outlines, with holes filled, for ``Resolved``.
        mesh_size : float, optional
            Element size of outlines [m]; by default a sixth of each particle's radius.
        join_binder : bool
            All binder is wired to the collector: what a section shows as pieces hangs together
            outside of it.
        drop_unconnected : bool
            Leave out what touches nothing that leads to the collector instead of refusing it.

        Returns
        -------
        ElectrodeGeometry
            2D: x to the right and y upwards, origin at the lower left corner. 3D: z upwards
            (against the rows) and y along the planes.

        Raises
        ------
        GeometryError
            If the image or an argument cannot be used, a label falls into pieces, or particles
            touch nothing that leads to the collector (they are named).

        Examples
        --------
        >>> import numpy as np
        >>> from multiscale.electrode.geometry import ElectrodeGeometry
        >>> image = np.kron([[0, 1, 1, 0], [0, 2, 2, 0]], np.ones((20, 10), int))
        >>> electrode = ElectrodeGeometry.from_labels(image, 0.2e-6)
        >>> sorted(electrode.contacts.index), electrode.particles["obstruction"].tolist()
        (['1-1+2', '2-1+2', '2-collector'], [1, 0])
        """
        image = checked_labels(labels)
        _check_options(image.ndim, collector, shapes)
        checked_pixel_size(pixel_size)
        codes = closed(padded_codes(image, binder_pieces(binder, image), collector), gap_pixels)
        kind = Section if image.ndim == 2 else Volume
        layout = kind(image, codes, pixel_size, contact_faces)
        up = UP[image.ndim][collector]
        tables: dict[str, Any] = layout.wiring(up, constriction_m, join_binder).tables()
        tables["particles"] = layout.particles(depth)
        if drop_unconnected:
            tables = connected_parts(tables)
        particles = tables["particles"]
        particles["top"] = seen_from_above(
            particles[["x_m", "y_m", "z_m"]].to_numpy(),
            particles["radius_m"].to_numpy(),
            np.array([*up, 0][:3], dtype=float),
        )
        if shapes == "outline":
            meshes = outline_meshes(image, particles, pixel_size, mesh_size, depth)
            tables["particles"] = particles.assign(shape="mesh", radius_m=np.nan)
            tables["meshes"] = meshes
        return with_obstruction(cls(**tables))


def _check_options(dimension: int, collector: str, shapes: str) -> None:
    if not is_one_of(collector, UP[dimension]):
        raise GeometryError(unknown_name("side of the collector", collector, UP[dimension]))
    if not is_one_of(shapes, SHAPES):
        raise GeometryError(unknown_name("value of shapes", shapes, SHAPES))
    if shapes == "outline" and dimension == 3:
        raise GeometryError(
            "Outlines are meshed in 2D; of a volume take a slice, or shapes='round'"
        )
