"""A particle as a finite-element mesh: nodes, elements and named groups of boundary facets."""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from os import PathLike
from types import MappingProxyType
from typing import Any

import numpy as np
import skfem
from numpy.typing import NDArray

from multiscale.errors import MeshError, unknown_name
from multiscale.limits import number
from multiscale.mesh import groups as facet_groups
from multiscale.mesh import measure as sizes
from multiscale.mesh.checks import positive
from multiscale.mesh.constructors import ShapeConstructors
from multiscale.mesh.groups import SURFACE, Selector
from multiscale.mesh.sources import SourceConstructors

_KINDS = {1: skfem.MeshLine1, 2: skfem.MeshTri1, 3: skfem.MeshTet1}


@dataclass(frozen=True, eq=False)
class ParticleMesh(ShapeConstructors, SourceConstructors):
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
        self._check_shape()
        needs_depth = self.dimension == 2 or self.shape_power in (0, 1)
        if needs_depth and self.depth is None:
            object.__setattr__(self, "depth", sizes.DEFAULT_DEPTH)
        elif not needs_depth and self.depth is not None:
            raise MeshError(f"{self.name}: a sphere or a 3D mesh has no depth")
        if self.depth is not None:
            positive("The depth", self.depth)
        object.__setattr__(self, "mesh", _own(self.mesh))
        groups = facet_groups.checked_groups(self.mesh, self.groups)
        object.__setattr__(self, "groups", MappingProxyType(groups))

    @cached_property
    def derived(self) -> dict[Hashable, Any]:
        """What was computed from this mesh, by key: it lives as long as the mesh itself.

        A table elsewhere would have to name the mesh: by ``id()`` it would hand out what belongs
        to a mesh that is gone, by the mesh itself it would keep every mesh alive.
        """
        return {}

    def _check_shape(self) -> None:
        radial = self.dimension == 1
        if radial and self.shape_power not in (0, 1, 2):
            raise MeshError("A line mesh needs shape_power 0 (slab), 1 (cylinder) or 2 (sphere)")
        if not radial and self.shape_power is not None:
            raise MeshError("shape_power belongs to line meshes only")
        if radial and self.mesh.p.min() < 0:
            raise MeshError("A line mesh runs along the radius: no negative coordinates")

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
        from multiscale.mesh.writing import write_msh

        write_msh(self, path, unit)

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
