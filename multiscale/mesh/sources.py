"""Meshes from files, outlines and images, as class methods of ``ParticleMesh``."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from os import PathLike
from typing import Self

import numpy as np
from numpy.typing import ArrayLike, NDArray

from multiscale.mesh.constructors import MeshBuilder
from multiscale.mesh.groups import SURFACE
from multiscale.mesh.measure import metres
from multiscale.mesh.structured import Parts


class SourceConstructors(MeshBuilder):
    """Class methods that make meshes of given particles; ``ParticleMesh`` inherits them."""

    @classmethod
    def load(cls, name: str, *, order: int | None = None) -> Self:
        """Mesh stored with the package; ``mesh.stored_meshes()`` describes them all.

        Parameters
        ----------
        name : str
            Name in the manifest.
        order : {1, 2}, optional
            Polynomial order of the elements; default what the mesh was made for, as the
            manifest says.

        Raises
        ------
        MeshError
            If there is no stored mesh of that name; proposes the nearest.

        Examples
        --------
        >>> from multiscale.mesh import ParticleMesh
        >>> disk = ParticleMesh.load("disk_2um")
        >>> disk.n_nodes, disk.order
        (817, 2)
        """
        from multiscale.mesh import reading, stored

        entry = stored.manifest_entry(name)
        with stored.mesh_file(entry) as path:
            required = tuple(entry["groups"])
            parts, _ = reading.read_parts(path, entry["unit"], required, None)
        if order is None:
            order = entry["order"]
        return cls._build(parts, name, depth=entry.get("depth"), order=order)

    @classmethod
    def read(
        cls,
        path: str | PathLike[str],
        *,
        unit: str | None = None,
        depth: float | None = None,
        order: int = 1,
        groups_required: Sequence[str] = (SURFACE,),
        surface: str | None = None,
        groups: Mapping[str, int | str | Sequence[int | str]] | None = None,
    ) -> Self:
        """Mesh from a file of gmsh or any format meshio knows, with every check there is.

        Parameters
        ----------
        path : path
            Triangles in a plane of constant z, or tetrahedra; ``.gz`` is unpacked. Quadrilaterals,
            hexahedra, wedges and pyramids are cut into these, and second-order elements are taken
            by their corners if all sides are straight. MSH 1, MSH 4.0, MSH 4.1 with elements
            outside of all groups, and Nastran's files without BEGIN BULK need gmsh.
        unit : {"m", "mm", "um", "nm"}
            Unit of the coordinates; has no default.
        depth : float, optional
            Depth out of the plane [m] of a 2D mesh; default 1e-6.
        order : {1, 2}
            Polynomial order of the fields; the file itself holds straight-sided elements.
        groups_required : sequence of str
            Facet groups the file must hold.
        surface : {"all", "rest"}, optional
            "all": the whole boundary is "surface", for a file that holds no facet groups (cut
            others out of it with ``with_group``). "rest": what no other group takes.
        groups : mapping of str to int, str or sequence of them, optional
            What the file calls each group, for files without names or with other names: numbers
            in its cell data (medit, VTU, XDMF, unnamed physical groups), names of sets of facets
            (Abaqus, MED) or of nodes (a side belongs to a set if all its nodes do). Where arrays
            of cell data disagree, "array=number". Other groups of the file are ignored. By
            default all named groups under their names.

        Raises
        ------
        MeshError
            Says what is wrong with the file and what to do; see ``mesh.reading``.

        Examples
        --------
        >>> from multiscale.mesh import ParticleMesh
        >>> ParticleMesh.disk(1e-6, 0.2e-6).write("disk.msh", unit="um")
        >>> ParticleMesh.read("disk.msh", unit="um").n_nodes
        91
        """
        from multiscale.mesh import reading

        parts, name = reading.read_parts(path, unit, tuple(groups_required), surface, groups)
        return cls._build(parts, name, depth=depth, order=order)

    @classmethod
    def from_outline(
        cls,
        xy: ArrayLike,
        *,
        size: float,
        unit: str | None = None,
        depth: float | None = None,
        order: int = 1,
        resample: bool = True,
    ) -> Self:
        """Polygon filled with uniform triangles; needs gmsh.

        Parameters
        ----------
        xy : (n, 2) array
            Corners of the outline in either sense, in ``unit``; the first may be repeated once.
        size : float
            Element size, in the same unit; what is narrower cannot be meshed with it.
        unit : {"m", "mm", "um", "nm"}
            Unit of ``xy`` and ``size``; has no default.
        depth : float, optional
            Depth out of the plane [m]; default 1e-6.
        order : {1, 2}
            Polynomial order of the elements.
        resample : bool
            Outlines with sides shorter than ``size`` get points ``size`` apart; corners
            and the area stay (see ``outline.fitted``). ``False``: every corner becomes a node,
            and elements are as small as the sides.

        Raises
        ------
        MeshError
            If the outline is not a simple polygon or narrower than ``size``, the mesh would be
            too large, or the unit or gmsh is missing.

        Examples
        --------
        >>> from multiscale.mesh import ParticleMesh
        >>> corners = [[0, 0], [1.2, 0], [1.5, 0.9], [0.2, 1.1]]
        >>> ParticleMesh.from_outline(corners, unit="um", size=0.1)  # doctest: +SKIP
        <ParticleMesh outline: 2D, 174 nodes, 301 elements of order 1, depth 1e-06 m>
        """
        from multiscale.mesh import checks, outline

        scale = metres(unit)
        points = outline.checked_outline(xy)
        size = checks.positive("size", size)
        checks.extent(points * scale, str(unit))
        area = outline.polygon_area(points)
        checks.affordable(area / (0.43 * size**2), f"size={size:g} {unit}", "choose a larger size")
        if resample:
            points = outline.fitted(points, size)
        filled = _filled(points * scale, size * scale)
        return cls._build(filled, "outline", depth=depth, order=order)

    @classmethod
    def from_image(
        cls,
        binary: ArrayLike,
        *,
        pixel_size: float,
        size: float,
        depth: float | None = None,
        order: int = 1,
    ) -> Self:
        """Largest particle of a binary image, filled with uniform triangles; needs gmsh.

        Parameters
        ----------
        binary : (rows, columns) array
            Nonzero inside the particle; holes are filled.
        pixel_size : float
            Edge of a pixel [m].
        size : float
            Target element size [m].
        depth : float, optional
            Depth out of the plane [m]; default 1e-6.
        order : {1, 2}
            Polynomial order of the elements.

        Returns
        -------
        ParticleMesh
            x to the right and y upwards, origin at the lower left corner of the image; the
            smoothed outline keeps the area of the pixels.
        """
        from multiscale.mesh import checks, outline

        size = checks.positive("size", size)
        pixels = np.count_nonzero(np.asarray(binary))
        checks.affordable(
            pixels * (checks.positive("pixel_size", pixel_size) / size) ** 2 / 0.43,
            f"size={size:g} m",
            "choose a larger size",
        )
        points = outline.image_outline(binary, pixel_size, size)
        checks.extent(points, "m")
        return cls._build(_filled(points, size), "image", depth=depth, order=order)


def _filled(points: NDArray[np.float64], size: float) -> Parts:
    from multiscale.mesh import recipes

    mesh = recipes.outline(points, size)
    return mesh.mesh, dict(mesh.groups)
