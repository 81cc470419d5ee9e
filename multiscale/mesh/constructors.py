"""Shapes made without a mesh generator, as class methods of ``ParticleMesh``."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Self

import numpy as np

from multiscale.errors import MeshError, is_one_of, unknown_name
from multiscale.limits import DEPTH, RADIUS, SIZE, number, numbers, whole
from multiscale.mesh import checks, structured
from multiscale.mesh.groups import SURFACE, renamed_groups
from multiscale.mesh.measure import SHAPES


class MeshBuilder:
    """What the constructors share."""

    @classmethod
    def _build(cls, parts: structured.Parts, name: str, **fields: Any) -> Self:
        mesh, groups = parts
        if fields.get("depth") is not None:
            number(fields["depth"], "depth", MeshError, DEPTH)
        if isinstance(fields.get("order"), bool):
            raise MeshError(f"The element order is 1 or 2, not {fields['order']!r}")
        return cls(mesh=mesh, groups=groups, name=name, **fields)  # type: ignore[call-arg]


class ShapeConstructors(MeshBuilder):
    """Class methods that make regular shapes; ``ParticleMesh`` inherits them."""

    @classmethod
    def radial(
        cls,
        radius: float,
        n: int,
        shape: str = "sphere",
        *,
        height: float | None = None,
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
        if not is_one_of(shape, SHAPES):
            raise MeshError(unknown_name("shape of a radial mesh", shape, SHAPES))
        if shape == "sphere" and height is not None:
            raise MeshError("A sphere has no height; leave it out or choose shape='cylinder'")
        checks.particle_length(radius, "radius")
        if height is not None:
            number(height, "height", MeshError, DEPTH)
        n = whole(n, "n, the number of elements,", MeshError, 1)
        checks.affordable(n, f"n={n}", "choose fewer")
        parts = structured.line(radius, n, _grading(grading))
        return cls._build(
            parts, f"radial {shape}", order=order, depth=height, shape_power=SHAPES[shape]
        )

    @classmethod
    def disk(
        cls,
        radius: float,
        size: float,
        *,
        grading: float = 1.0,
        depth: float | None = None,
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
        checks.affordable(6.0 * n**2, f"size={size:g} m", "choose a larger size")
        parts = structured.disk(radius, size, _grading(grading))
        return cls._build(parts, "disk", depth=depth, order=order)

    @classmethod
    def hexagon(
        cls, radius: float, size: float, *, depth: float | None = None, order: int = 1
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
        checks.affordable(6.0 * n**2, f"size={size:g} m", "choose a larger size")
        return cls._build(structured.hexagon(radius, size), "hexagon", depth=depth, order=order)

    @classmethod
    def ball(cls, radius: float, size: float, *, grading: float = 1.0, order: int = 1) -> Self:
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
        checks.affordable(20.0 * n**3, f"size={size:g} m", "choose a larger size")
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
            the shape, so use ``recipes.ellipsoid`` (gmsh) beyond an aspect ratio of about 2.
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
        checks.affordable(20.0 * n**3, f"size={size:g} m", "choose a larger size")
        mesh, groups = structured.ball(1.0, size / axes.max(), _grading(grading))
        stretched = structured.oriented_mesh(axes[:, np.newaxis] * mesh.p, mesh.t)
        return cls._build((stretched, groups), "ellipsoid", order=order)

    @classmethod
    def cylinder(
        cls,
        radius: float,
        height: float,
        size: float,
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
        checks.particle_length(height, "height")
        n = _pieces("a cylinder", radius, size)
        layers = max(height / size, 1.0)
        checks.affordable(18.0 * n**2 * layers, f"size={size:g} m", "choose a larger size")
        mesh, groups = structured.cylinder(radius, height, size, _grading(grading))
        if surface == "all":
            groups = renamed_groups(groups, {"top": SURFACE, "bottom": SURFACE})
        return cls._build((mesh, groups), "cylinder", order=order)


def _pieces(shape: str, radius: float, size: float) -> float:
    """About how many elements lie along a radius; radius and size are checked."""
    checks.particle_length(radius, "radius")
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
