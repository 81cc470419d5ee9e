"""A particle as a finite-element mesh: nodes, elements and named groups of boundary facets."""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from os import PathLike
from types import MappingProxyType
from typing import Any, Self

import numpy as np
import skfem
from numpy.typing import ArrayLike, NDArray

from multiscale.errors import MeshError, is_one_of, unknown_name
from multiscale.limits import (
    DEPTH,
    RADIUS,
    SIZE,
    Depth,
    Length,
    Radius,
    Size,
    number,
    numbers,
    whole,
)
from multiscale.mesh import files, gmsh_recipes, outline, structured
from multiscale.mesh import groups as facet_groups
from multiscale.mesh import measure as sizes
from multiscale.mesh.groups import SURFACE, Parts, Selector

_KINDS = {1: skfem.MeshLine1, 2: skfem.MeshTri1, 3: skfem.MeshTet1}


@dataclass(frozen=True, eq=False)
class ParticleMesh:
    """Mesh of one particle, in metres; a change returns a copy.

    Parameters
    ----------
    mesh : skfem.MeshLine1, MeshTri1 or MeshTet1
        Coordinates in metres: along the radius, in the cross-section, or in space.
    groups : mapping of str to int array
        Facet indices of each named group. "surface" (where the reaction takes place) must be
        there; all groups together cover the boundary, and none overlap.
    order : {1, 2}
        Polynomial order of the fields on the mesh (P1 or P2); elements have straight sides.
    depth : float, optional
        2D: depth out of the plane [m]. 1D: height of a cylinder, or edge of the square face of
        a slab [m]. Default 1e-6 where it applies; ``None`` for a sphere and in 3D.
    shape_power : {0, 1, 2}, optional
        1D only: k of the weight r^k; 0 slab, 1 cylinder, 2 sphere.
    name : str
        For messages and tables.

    Raises
    ------
    MeshError
        If a group is missing, empty, overlapping or inside the particle, or an option does not
        fit the dimension.

    Examples
    --------
    >>> from multiscale.mesh import ParticleMesh
    >>> disk = ParticleMesh.disk(1e-6, 0.1e-6).with_group("contact", lambda x: x[1] < -0.9e-6)
    >>> sorted(disk.groups), disk.dimension, disk.depth
    (['contact', 'surface'], 2, 1e-06)
    >>> bool(np.isclose(disk.area("contact") + disk.area("surface"), 2e-12 * np.pi, rtol=1e-3))
    True
    """

    mesh: skfem.Mesh
    groups: Mapping[str, NDArray[np.int64]]
    order: int = 1
    depth: float | None = None
    shape_power: int | None = None
    name: str = "particle"

    def __post_init__(self) -> None:
        if type(self.mesh) not in _KINDS.values():
            raise MeshError(
                f"A particle mesh is a MeshLine1, MeshTri1 or MeshTet1 with straight sides, "
                f"not a {type(self.mesh).__name__}"
            )
        if not isinstance(self.order, int) or self.order not in (1, 2):
            raise MeshError(f"The element order is 1 or 2, not {self.order!r}")
        radial = self.dimension == 1
        if radial and self.shape_power not in (0, 1, 2):
            raise MeshError("A line mesh needs shape_power 0 (slab), 1 (cylinder) or 2 (sphere)")
        if not radial and self.shape_power is not None:
            raise MeshError("shape_power belongs to line meshes only")
        if radial and self.mesh.p.min() < 0:
            raise MeshError("A line mesh runs along the radius: no negative coordinates")
        needs_depth = self.dimension == 2 or self.shape_power in (0, 1)
        if needs_depth and self.depth is None:
            object.__setattr__(self, "depth", sizes.DEFAULT_DEPTH)
        elif not needs_depth and self.depth is not None:
            raise MeshError(f"{self.name}: a sphere or a 3D mesh has no depth")
        if self.depth is not None:
            sizes.positive("The depth", self.depth)
        object.__setattr__(self, "mesh", _own(self.mesh))
        groups = facet_groups.checked_groups(self.mesh, self.groups)
        object.__setattr__(self, "groups", MappingProxyType(groups))

    @classmethod
    def _build(cls, parts: Parts, name: str, **fields: Any) -> Self:
        """A particle of a mesh and its groups; ``fields`` are those of the class."""
        mesh, groups = parts
        if fields.get("depth") is not None:
            number(fields["depth"], "depth", MeshError, DEPTH)
        if isinstance(fields.get("order"), bool):
            raise MeshError(f"The element order is 1 or 2, not {fields['order']!r}")
        return cls(mesh=mesh, groups=groups, name=name, **fields)

    @classmethod
    def radial(
        cls,
        radius: Radius,
        n: int,
        shape: str = "sphere",
        *,
        height: Length | None = None,
        grading: float = 1.0,
        order: int = 1,
    ) -> Self:
        """Line from the centre to the surface of a sphere, a cylinder or a slab.

        Parameters
        ----------
        radius : float
            Radius, or thickness of the slab [m].
        n : int
            Number of elements.
        shape : {"sphere", "cylinder", "slab"}
            Decides the weight r^k of the integrals.
        height : float, optional
            Height of the cylinder, or edge of the slab's square face [m]; default 1e-6.
        grading : float
            Innermost over outermost element length: 1 is uniform, 10 refines the surface.
        order : {1, 2}
            Polynomial order of the elements.

        Returns
        -------
        ParticleMesh
            Dimension 1, with the group "surface": the outer point. The centre (of a slab: the
            inner face) lets nothing through.

        Examples
        --------
        >>> from multiscale.mesh import ParticleMesh
        >>> sphere = ParticleMesh.radial(1e-6, 20)
        >>> f"{sphere.volume:.4e} m3, {sphere.area():.4e} m2"
        '4.1888e-18 m3, 1.2566e-11 m2'
        """
        if not is_one_of(shape, sizes.SHAPES):
            raise MeshError(unknown_name("shape of a radial mesh", shape, sizes.SHAPES))
        if shape == "sphere" and height is not None:
            raise MeshError("A sphere has no height; leave it out or choose shape='cylinder'")
        sizes.particle_length(radius, "radius")
        if height is not None:
            number(height, "height", MeshError, DEPTH)
        n = whole(n, "n, the number of elements,", MeshError, 1)
        sizes.affordable(n, f"n={n}", "choose fewer")
        parts = structured.line(radius, n, _grading(grading))
        return cls._build(
            parts, f"radial {shape}", order=order, depth=height, shape_power=sizes.SHAPES[shape]
        )

    @classmethod
    def disk(
        cls,
        radius: Radius,
        size: Size,
        *,
        grading: float = 1.0,
        depth: Depth | None = None,
        order: int = 1,
    ) -> Self:
        """Nearly uniform disk of concentric rings, made without a mesh generator.

        Parameters
        ----------
        radius : float
            Radius of the round particle [m].
        size : float
            Largest element size along the radius [m]; the mean one if graded.
        grading : float
            Width of the innermost over that of the outermost ring: 1 is uniform, 4 refines
            the surface, which pays with ``order=2``.
        depth : float, optional
            Depth out of the plane [m]; default 1e-6.
        order : {1, 2}
            Polynomial order of the elements.

        Returns
        -------
        ParticleMesh
            Dimension 2, with the group "surface". With n = radius/size rounded up it has
            3n(n+1) + 1 nodes and 6n facets. Equal area: the mesh holds as much lithium as the
            round particle, so its corners lie outside the radius by the fraction (pi/6n)^2/3
            (4e-4 for n = 16) and its perimeter is longer by half as much.

        Examples
        --------
        >>> from multiscale.mesh import ParticleMesh
        >>> disk = ParticleMesh.disk(1e-6, 0.05e-6)
        >>> disk.n_nodes, len(disk.facets("surface"))
        (1261, 120)
        """
        n = _pieces("a disk", radius, size)
        sizes.affordable(6.0 * n**2, f"size={size:g} m", "choose a larger size")
        parts = structured.disk(radius, size, _grading(grading))
        return cls._build(parts, "disk", depth=depth, order=order)

    @classmethod
    def hexagon(
        cls, radius: Radius, size: Size, *, depth: Depth | None = None, order: int = 1
    ) -> Self:
        """Regular hexagon of equilateral triangles, made without a mesh generator.

        ``radius`` is the distance of the corners from the centre [m]; otherwise as ``disk``.

        Examples
        --------
        >>> from multiscale.mesh import ParticleMesh
        >>> round(ParticleMesh.hexagon(1e-6, 0.1e-6).quality.min_angle, 6)
        60.0
        """
        n = _pieces("a hexagon", radius, size)
        sizes.affordable(6.0 * n**2, f"size={size:g} m", "choose a larger size")
        return cls._build(structured.hexagon(radius, size), "hexagon", depth=depth, order=order)

    @classmethod
    def ball(cls, radius: Radius, size: Size, *, grading: float = 1.0, order: int = 1) -> Self:
        """Nearly uniform ball of tetrahedra, made without a mesh generator.

        Parameters
        ----------
        radius : float
            Radius of the round particle [m].
        size : float
            Largest element size along the radius [m]; the mean one if graded.
        grading : float
            Thickness of the innermost over that of the outermost shell: 1 is uniform.
        order : {1, 2}
            Polynomial order of the elements.

        Returns
        -------
        ParticleMesh
            Dimension 3, with the group "surface"; about (10/3) (radius/size)^3 nodes and
            20 n^2 facets for n = radius/size rounded up. Equal volume: the mesh holds as much
            lithium as the round particle, so its corners lie outside the radius, by the
            fraction 0.18/n^2, and the middles of its facets inside by a third of that.

        Examples
        --------
        >>> from multiscale.mesh import ParticleMesh
        >>> ball = ParticleMesh.ball(1e-6, 0.25e-6)
        >>> ball.n_nodes, ball.n_elements
        (309, 1280)
        """
        n = _pieces("a ball", radius, size)
        sizes.affordable(20.0 * n**3, f"size={size:g} m", "choose a larger size")
        return cls._build(structured.ball(radius, size, _grading(grading)), "ball", order=order)

    @classmethod
    def ellipsoid(
        cls, semi_axes: Sequence[float], size: float, *, grading: float = 1.0, order: int = 1
    ) -> Self:
        """Ellipsoid: a ball stretched along x, y and z, made without a mesh generator.

        Parameters
        ----------
        semi_axes : sequence of 3 float
            Half the extents along x, y and z [m].
        size : float
            Largest element size along the longest semi-axis [m]; elements are stretched with
            the shape, so use ``generated`` (gmsh) beyond an aspect ratio of about 2.
        grading : float
            As for ``ball``; the volume is that of the smooth body, too.
        order : {1, 2}
            Polynomial order of the elements.

        Examples
        --------
        >>> from multiscale.mesh import ParticleMesh
        >>> egg = ParticleMesh.ellipsoid([1e-6, 0.8e-6, 0.6e-6], 0.2e-6)
        >>> egg.dimension, egg.n_nodes
        (3, 561)
        """
        axes = np.array(numbers(semi_axes, "semi_axes", MeshError, RADIUS, length=3))
        n = _pieces("an ellipsoid", axes.max(), size)
        sizes.affordable(20.0 * n**3, f"size={size:g} m", "choose a larger size")
        mesh, groups = structured.ball(1.0, size / axes.max(), _grading(grading))
        stretched = sizes.oriented_mesh(axes[:, np.newaxis] * mesh.p, mesh.t)
        return cls._build((stretched, groups), "ellipsoid", order=order)

    @classmethod
    def cylinder(
        cls,
        radius: Radius,
        height: Length,
        size: Size,
        *,
        grading: float = 1.0,
        surface: str = "all",
        order: int = 1,
    ) -> Self:
        """Cylinder of tetrahedra with its axis (the c axis) along z, made without a generator.

        Parameters
        ----------
        radius, height, size : float
            Radius, height and largest element size along radius and height [m]; the volume is
            that of the round cylinder.
        grading : float
            Width of the innermost over that of the outermost ring: 1 is uniform.
        surface : {"all", "side"}
            "all": one group "surface". "side": the groups "surface" (the side, through which
            lithium enters layered oxides), "top" and "bottom"; join the last two with
            ``with_group_names({"top": "basal", "bottom": "basal"})``.
        order : {1, 2}
            Polynomial order of the elements.

        Examples
        --------
        >>> from multiscale.mesh import ParticleMesh
        >>> platelet = ParticleMesh.cylinder(1e-6, 0.5e-6, 0.2e-6, surface="side")
        >>> sorted(platelet.groups)
        ['bottom', 'surface', 'top']
        """
        if surface not in ("all", "side"):
            raise MeshError(unknown_name("surface of a cylinder", surface, ("all", "side")))
        sizes.particle_length(height, "height")
        n = _pieces("a cylinder", radius, size)
        layers = max(height / size, 1.0)
        sizes.affordable(18.0 * n**2 * layers, f"size={size:g} m", "choose a larger size")
        mesh, groups = structured.cylinder(radius, height, size, _grading(grading))
        if surface == "all":
            groups = facet_groups.renamed_groups(groups, {"top": SURFACE, "bottom": SURFACE})
        return cls._build((mesh, groups), "cylinder", order=order)

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
        parts, entry = files.read_stored(name)
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
            Says what is wrong with the file and what to do; see ``mesh.files``.

        Examples
        --------
        >>> from multiscale.mesh import ParticleMesh
        >>> ParticleMesh.disk(1e-6, 0.2e-6).write("disk.msh", unit="um")
        >>> ParticleMesh.read("disk.msh", unit="um").n_nodes
        91
        """
        parts, name = files.read_parts(path, unit, tuple(groups_required), surface, groups)
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
        scale = sizes.metres(unit)
        points = outline.checked_outline(xy)
        size = sizes.positive("size", size)
        sizes.extent(points * scale, str(unit))
        area = outline.polygon_area(points)
        sizes.affordable(area / (0.43 * size**2), f"size={size:g} {unit}", "choose a larger size")
        if resample:
            points = outline.fitted(points, size)
        filled = gmsh_recipes.outline(points * scale, size * scale)
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
        size = sizes.positive("size", size)
        pixels = np.count_nonzero(np.asarray(binary))
        sizes.affordable(
            pixels * (sizes.positive("pixel_size", pixel_size) / size) ** 2 / 0.43,
            f"size={size:g} m",
            "choose a larger size",
        )
        points = outline.image_outline(binary, pixel_size, size)
        sizes.extent(points, "m")
        filled = gmsh_recipes.outline(points, size)
        return cls._build(filled, "image", depth=depth, order=order)

    @classmethod
    def generated(
        cls, recipe: str, *form: Any, depth: float | None = None, order: int = 1, **options: Any
    ) -> Self:
        """Shape meshed by gmsh, with a contact or refined towards a group where that is asked for.

        Parameters
        ----------
        recipe : {"disk", "outline", "sphere", "cylinder", "ellipsoid"}
            A function of ``multiscale.mesh.gmsh_recipes``, which gets all other arguments.
        depth : float, optional
            2D: depth out of the plane [m]; default 1e-6.
        order : {1, 2}
            Polynomial order of the elements.

        Examples
        --------
        >>> from multiscale.mesh import ParticleMesh
        >>> ParticleMesh.generated("disk", 1e-6, 0.1e-6, contact=30)  # doctest: +SKIP
        <ParticleMesh disk: 2D, 421 nodes, 779 elements of order 1, depth 1e-06 m>
        """
        recipes = {
            make.__name__: make
            for make in (
                gmsh_recipes.disk,
                gmsh_recipes.outline,
                gmsh_recipes.sphere,
                gmsh_recipes.cylinder,
                gmsh_recipes.ellipsoid,
            )
        }
        if not is_one_of(recipe, recipes):
            raise MeshError(unknown_name("recipe", recipe, recipes))
        return cls._build(recipes[recipe](*form, **options), recipe, depth=depth, order=order)

    @cached_property
    def derived(self) -> dict[Hashable, Any]:
        """What was computed from this mesh, by key: it lives as long as the mesh itself.

        A table elsewhere would have to name the mesh: by ``id()`` it would hand out what belongs
        to a mesh that is gone, by the mesh itself it would keep every mesh alive.
        """
        return {}

    @property
    def dimension(self) -> int:
        """Number of coordinates: 1, 2 or 3."""
        return int(self.mesh.dim())

    @property
    def n_nodes(self) -> int:
        """Number of corner nodes (not of unknowns, if the order is 2)."""
        return int(self.mesh.p.shape[1])

    @property
    def n_elements(self) -> int:
        """Number of elements."""
        return int(self.mesh.t.shape[1])

    @property
    def measure_scale(self) -> float:
        """Constant factor of ``measure``: depth, 1 (3D), 4 pi, 2 pi depth or depth^2 (slab)."""
        return sizes.measure_scale(self.dimension, self.depth, self.shape_power)

    def measure(self, x: NDArray[np.float64]) -> NDArray[np.float64]:
        """Weight w so that the integral of f over the particle is that of f w over the mesh.

        Parameters
        ----------
        x : float array, (dimension, ...)
            Coordinates [m].

        Returns
        -------
        float array, (...)
            2D: depth [m]. 3D: 1. Sphere: 4 pi r^2 [m2]; cylinder: 2 pi r depth [m2]; slab:
            depth^2 [m2]. Facets carry the same weight; a facet of a line mesh is a point.
        """
        x = np.asarray(x)
        return self.measure_scale * x[0] ** (self.shape_power or 0)

    @cached_property
    def volume(self) -> float:
        """Volume of the mesh [m3] (2D: area x depth)."""
        if self.dimension == 1:
            return sizes.radial_volume(self.mesh, self.measure_scale, self.shape_power or 0)
        return float(self.measure_scale * sizes.element_sizes(self.mesh).sum())

    @property
    def equal_radius(self) -> float:
        """Radius [m] of the disk (2D) or sphere (3D) of the same volume."""
        if self.dimension == 2:
            return float(np.sqrt(self.volume / (np.pi * self.measure_scale)))
        return float(np.cbrt(self.volume * 3 / (4 * np.pi)))

    def facets(self, group: str = SURFACE) -> NDArray[np.int64]:
        """Facet indices of a group; raises ``MeshError`` naming those that exist."""
        if group not in self.groups:
            raise MeshError(unknown_name("facet group", group, self.groups))
        return self.groups[group]

    def facet_areas(self, group: str = SURFACE) -> NDArray[np.float64]:
        """True area of each facet of a group [m2], in the order of ``facets(group)``."""
        facets = self.facets(group)
        weight = self.measure(facet_groups.facet_midpoints(self.mesh, facets))
        return weight * sizes.facet_sizes(self.mesh, facets)

    def area(self, group: str = SURFACE) -> float:
        """True area of a group [m2] (2D: length x depth; sphere: 4 pi R^2)."""
        return float(self.facet_areas(group).sum())

    @property
    def centroid(self) -> NDArray[np.float64]:
        """Centre of mass in mesh coordinates (dimension,) [m]; 0 for a sphere or cylinder."""
        if self.shape_power in (1, 2):
            return np.zeros(1)
        weights = sizes.element_sizes(self.mesh)
        middles = self.mesh.p[:, self.mesh.t].mean(axis=1)
        return middles @ weights / weights.sum()

    @cached_property
    def quality(self) -> sizes.Quality:
        """Smallest angle, worst radius ratio, and shortest, mean and longest edge."""
        return sizes.mesh_quality(self.mesh)

    def with_order(self, order: int) -> ParticleMesh:
        """The same mesh with P1 (1) or P2 (2) fields."""
        return replace(self, order=order)

    def with_name(self, name: str) -> ParticleMesh:
        """The same mesh under another name."""
        return replace(self, name=name)

    def with_depth(self, depth: float) -> ParticleMesh:
        """The same mesh with another depth or height [m]."""
        return replace(self, depth=depth)

    def with_group(self, name: str, selector: Selector) -> ParticleMesh:
        """A new facet group, taken out of "surface"; the rest stays there.

        Parameters
        ----------
        name : str
            Name of the new group.
        selector : callable or int array
            Function of facet midpoints (dimension, n) [m] that returns n booleans, or facet
            indices.

        Raises
        ------
        MeshError
            If the name exists, or nothing or everything would be selected.
        """
        groups = dict(self.groups)
        return replace(self, groups=facet_groups.split_surface(self.mesh, groups, name, selector))

    def with_group_names(self, names: Mapping[str, str]) -> ParticleMesh:
        """Groups renamed ({old: new}); those given the same name are joined."""
        return replace(self, groups=facet_groups.renamed_groups(dict(self.groups), names))

    def scaled(self, factor: float) -> ParticleMesh:
        """Coordinates times ``factor``; the depth or height stays."""
        if not number(factor, "The factor", MeshError) > 0:
            raise MeshError(f"The factor must be positive, not {factor!r}")
        return replace(self, mesh=type(self.mesh)(factor * self.mesh.p, self.mesh.t))

    def refined(self) -> ParticleMesh:
        """Each element cut into 2, 4 or 8; groups are kept, and round shapes stay polygons."""
        mesh, groups = facet_groups.refined_with_groups(self.mesh, dict(self.groups))
        return replace(self, mesh=mesh, groups=groups)

    def write(self, path: str | PathLike[str], *, unit: str) -> None:
        """Write to a gmsh file (MSH 2.2) with named groups, for ``read``; not in 1D."""
        files.write_msh(self.mesh, self.groups, path, unit)

    def summary(self) -> str:
        """A few lines of text: sizes, groups and quality."""
        quality = self.quality
        depth = "" if self.depth is None else f", depth {self.depth:.3g} m"
        lines = [
            f"{self.name}: {self.dimension}D, {self.n_nodes} nodes, {self.n_elements} elements "
            f"of order {self.order}{depth}",
            f"  volume {self.volume:.4e} m3, mean edge {quality.mean_edge:.3e} m "
            f"({quality.min_edge:.2e} to {quality.max_edge:.2e})",
        ]
        if self.dimension > 1:
            lines.append(
                f"  smallest angle {quality.min_angle:.1f} degrees, "
                f"worst radius ratio {quality.min_radius_ratio:.2f}"
            )
        for group, facets in self.groups.items():
            lines.append(f"  group {group!r}: {len(facets)} facets, {self.area(group):.4e} m2")
        return "\n".join(lines)

    def __repr__(self) -> str:
        return f"<ParticleMesh {self.summary().splitlines()[0]}>"

    def __getstate__(self) -> dict[str, Any]:
        # the scikit-fem mesh caches large tables; leave them behind when sent to a worker
        state = {name: getattr(self, name) for name in self.__dataclass_fields__}
        groups = dict(self.groups)
        return {**state, "mesh": (type(self.mesh), self.mesh.p, self.mesh.t), "groups": groups}

    def __setstate__(self, state: dict[str, Any]) -> None:
        kind, points, cells = state["mesh"]
        groups = MappingProxyType(state["groups"])
        state = {**state, "mesh": _own(kind(points, cells)), "groups": groups}
        for name, value in state.items():
            object.__setattr__(self, name, value)


def _own(mesh: skfem.Mesh) -> skfem.Mesh:
    """The same mesh with coordinates and elements that nobody can write to.

    A space is built once for each mesh; an edit in place would leave it behind.
    """
    if not (mesh.p.flags.writeable or mesh.t.flags.writeable):
        return mesh
    own = type(mesh)(mesh.p.copy(), mesh.t.copy())
    own.p.setflags(write=False)
    own.t.setflags(write=False)
    return own


def _pieces(shape: str, radius: float, size: float) -> float:
    """About how many elements lie along a radius; radius and size are checked."""
    sizes.particle_length(radius, "radius")
    number(size, "size", MeshError, SIZE)
    if size > radius:
        raise MeshError(f"The element size {size:g} m exceeds the radius {radius:g} m of {shape}")
    return radius / size


def _grading(grading: float) -> float:
    found = number(grading, "grading", MeshError)
    if not 1e-3 <= found <= 1e3:
        raise MeshError(
            f"grading is a ratio of sizes from 0.001 to 1000 (1: uniform), not {found:g}"
        )
    return found
