"""Meshes made with gmsh: any outline, and round bodies with elements of one size or graded.

gmsh is an optional extra and imported inside the functions. Each recipe is uniform unless
``refine`` asks otherwise, gives the same mesh whenever it is called with the same version of
gmsh, and leaves a gmsh session of the caller as it was.

Round bodies have flat facets and are blown up a little, so that they hold as much lithium as the
smooth body: corners lie outside it by about (size/radius)^2/12 (a disk), middles of facets inside.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from itertools import pairwise
from math import ceil, pi
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from multiscale.errors import MeshError
from multiscale.limits import RADIUS, numbers
from multiscale.mesh.checks import affordable, particle_length, positive
from multiscale.mesh.gmsh_session import (
    FINER,
    GROWTH,
    MICRO,
    Entities,
    Refine,
    meshed,
    session,
)
from multiscale.mesh.groups import SURFACE
from multiscale.mesh.outline import checked_outline, polygon_area
from multiscale.mesh.particle_mesh import ParticleMesh
from multiscale.mesh.structured import divisions

CONTACT = "contact"
WORST = 0.02  # radius ratio of an element below which a mesh of an outline is no mesh


def disk(
    radius: float,
    size: float,
    *,
    contact: float | None = None,
    refine: Refine = None,
    depth: float | None = None,
) -> ParticleMesh:
    """Disk of unstructured triangles.

    Parameters
    ----------
    radius, size : float
        Radius and target element size [m].
    contact : float, optional
        Opening angle [degree] of an arc at the bottom (-y) that becomes the group "contact".
    refine : str or mapping of str to float, optional
        Group(s) towards which the elements become finer: {"contact": 0.02e-6} gives the size
        there [m]; a name alone means a quarter of ``size``.
    depth : float, optional
        Depth out of the plane [m]; default 1e-6.

    Returns
    -------
    ParticleMesh
        Dimension 2, groups "surface" and, if asked for, "contact".

    Raises
    ------
    MeshError
        If gmsh cannot be imported, or a length or angle is impossible.
    """
    particle_length(radius, "radius")
    divisions(radius, size)
    angles = _arc_ends(contact)
    arc = np.radians(contact or 0.0)
    rims = {CONTACT: arc * radius, SURFACE: (2 * pi - arc) * radius}
    _check_affordable(2, pi * radius**2, rims, size, refine)
    with session() as gmsh:
        geo, r = gmsh.model.geo, radius * MICRO
        centre = geo.addPoint(0, 0, 0)
        ends = [geo.addPoint(r * np.cos(a), r * np.sin(a), 0) for a in angles[:-1]]
        arcs = []
        for i, span in enumerate(np.diff(angles)):
            arcs.append(geo.addCircleArc(ends[i], centre, ends[(i + 1) % len(ends)]))
            if refine is None:
                geo.mesh.setTransfiniteCurve(arcs[-1], max(ceil(span * radius / size), 2) + 1)
        plane = geo.addPlaneSurface([geo.addCurveLoop(arcs)])
        geo.synchronize()
        n = 1 if contact else 0
        groups = {CONTACT: arcs[:n], SURFACE: arcs[n:]}
        mesh = meshed(gmsh, [plane], groups, (size, refine), depth).with_name("disk")
    return _as_large_as(pi * radius**2, mesh, axes=2)


def outline(
    xy: ArrayLike, size: float, *, refine: Refine = None, depth: float | None = None
) -> ParticleMesh:
    """Polygon (n, 2) [m] filled with triangles of about ``size`` [m]; see ``from_outline``."""
    points = checked_outline(xy)
    divisions(float(np.ptp(points, axis=0).max()), size)
    sides = np.linalg.norm(np.roll(points, -1, axis=0) - points, axis=1)
    uniform = refine is None
    if uniform and sides.mean() < 0.5 * size:
        refine = {SURFACE: float(sides.mean())}  # or the short sides would rule inside as well
    _check_affordable(2, polygon_area(points), {SURFACE: float(sides.sum())}, size, refine)
    with session() as gmsh:
        geo = gmsh.model.geo
        corners = [geo.addPoint(x, y, 0) for x, y in (points * MICRO).tolist()]
        lines = [geo.addLine(a, b) for a, b in zip(corners, np.roll(corners, -1), strict=True)]
        if uniform:
            for line, side in zip(lines, sides, strict=True):
                geo.mesh.setTransfiniteCurve(line, max(round(side / size), 1) + 1)
        plane = geo.addPlaneSurface([geo.addCurveLoop(lines)])
        geo.synchronize()
        groups = {SURFACE: lines}
        mesh = meshed(gmsh, [plane], groups, (size, refine), depth).with_name("outline")
    if mesh.quality.min_radius_ratio < WORST:
        raise MeshError(
            f"gmsh finds no usable triangles of {size:g} m for this outline, whose shortest side "
            f"is {sides.min():.3g} m; resample it (resample=True), or choose a smaller size"
        )
    return mesh


def sphere(
    radius: float, size: float, *, contact: float | None = None, refine: Refine = None
) -> ParticleMesh:
    """Ball of unstructured tetrahedra; ``contact`` is the opening angle [degree] of a cap at -z.

    The other parameters are those of ``disk``.
    """
    particle_length(radius, "radius")
    divisions(radius, size)
    cap = (
        2 * pi * radius**2 * (1 - np.cos(np.radians(_checked_angle(contact)) / 2 if contact else 0))
    )
    faces = {CONTACT: cap, SURFACE: 4 * pi * radius**2 - cap}
    _check_affordable(3, 4 / 3 * pi * radius**3, faces, size, refine)
    angles = [-pi / 2, *([-pi / 2 + np.radians(_checked_angle(contact)) / 2] if contact else [])]
    with session() as gmsh:
        occ, r = gmsh.model.occ, radius * MICRO
        centre = occ.addPoint(0, 0, 0)
        # half a meridian, turned about the axis: its arcs become the cap and the rest
        ends = [occ.addPoint(r * np.cos(a), 0, r * np.sin(a)) for a in [*angles, pi / 2]]
        arcs = [occ.addCircleArc(a, centre, b) for a, b in pairwise(ends)]
        half = occ.addPlaneSurface([occ.addCurveLoop([*arcs, occ.addLine(ends[-1], ends[0])])])
        turned = occ.revolve([(2, half)], 0, 0, 0, 0, 0, 1, 2 * pi)
        occ.remove([(2, half)], recursive=True)
        occ.synchronize()
        body = [tag for dim, tag in turned if dim == 3]
        groups = _faces(gmsh, body, _cap_or_rest(r * np.sin(angles[-1])) if contact else None)
        mesh = meshed(gmsh, body, groups, (size, refine)).with_name("sphere")
    return _as_large_as(4 / 3 * pi * radius**3, mesh, axes=3)


def cylinder(radius: float, height: float, size: float, *, refine: Refine = None) -> ParticleMesh:
    """Cylinder along z, centred on the origin, with groups "surface" (side), "top", "bottom"."""
    particle_length(radius, "radius")
    particle_length(height, "height")
    divisions(radius, size)
    divisions(height, min(size, height))
    end = pi * radius**2
    faces = {SURFACE: 2 * pi * radius * height, "top": end, "bottom": end}
    _check_affordable(3, end * height, faces, size, refine)
    with session() as gmsh:
        occ, h = gmsh.model.occ, height * MICRO
        body = [occ.addCylinder(0, 0, -h / 2, 0, 0, h, radius * MICRO)]
        occ.synchronize()

        def place(low: float, high: float) -> str:
            if high - low > h / 2:
                return SURFACE
            return "top" if low > 0 else "bottom"

        groups = _faces(gmsh, body, place)
        mesh = meshed(gmsh, body, groups, (size, refine)).with_name("cylinder")
    return _as_large_as(pi * radius**2 * height, mesh, axes=2)


def ellipsoid(semi_axes: Sequence[float], size: float, *, refine: Refine = None) -> ParticleMesh:
    """Ellipsoid with the given semi-axes along x, y and z [m], of unstretched tetrahedra."""
    axes = np.array(numbers(semi_axes, "semi_axes", MeshError, RADIUS, length=3))
    divisions(float(axes.min()), size)
    widest = {SURFACE: 4 * pi * float(axes.max() * np.median(axes))}
    _check_affordable(3, 4 / 3 * pi * float(axes.prod()), widest, size, refine)
    with session() as gmsh:
        occ = gmsh.model.occ
        body = [occ.addSphere(0, 0, 0, 1)]
        occ.dilate([(3, body[0])], 0, 0, 0, *(axes * MICRO))
        occ.synchronize()
        groups = _faces(gmsh, body, None)
        mesh = meshed(gmsh, body, groups, (size, refine)).with_name("ellipsoid")
    return _as_large_as(4 / 3 * pi * float(axes.prod()), mesh, axes=3)


def _check_affordable(
    dimension: int, inside: float, groups: Mapping[str, float], size: float, refine: Refine
) -> None:
    """Refuse a mesh that would be too large: ``inside`` is area or volume, groups have sizes."""
    regular = {2: 0.43, 3: 0.118}[dimension]  # of an element with edges of length 1
    fine = {refine: size / FINER} if isinstance(refine, str) else dict(refine or {})
    elements = inside / size**dimension / regular
    for name, least in fine.items():
        least = positive(f"refine[{name!r}]", least)
        # the integral over layers that grow with the distance
        layers = (dimension - 1) * GROWTH * regular * least ** (dimension - 1)
        elements += groups.get(name, 0.0) / layers
    asked = "" if refine is None else f" with refine={refine}"
    affordable(elements, f"size={size:g} m{asked}", "choose a larger size")


def _as_large_as(measure: float, mesh: ParticleMesh, axes: int) -> ParticleMesh:
    """Stretched along its first axes until its area [m2] or volume [m3] is ``measure``."""
    found = mesh.volume / (mesh.depth or 1.0)
    stretch = np.ones((mesh.dimension, 1))
    stretch[:axes] = (measure / found) ** (1 / axes)
    return replace(mesh, mesh=type(mesh.mesh)(stretch * mesh.mesh.p, mesh.mesh.t))


def _arc_ends(contact: float | None) -> np.ndarray:
    """Angles at which the arcs of a disk end; the first arc is the contact, none spans 180."""
    half = np.radians(_checked_angle(contact)) / 2 if contact else 0.0
    rest = -pi / 2 + half + (2 * pi - 2 * half) * np.arange(4) / 3
    return np.concatenate([[-pi / 2 - half], rest]) if contact else rest


def _checked_angle(contact: float) -> float:
    if not 0 < contact < 180:
        raise MeshError(f"The contact angle lies between 0 and 180 degrees, not {contact!r}")
    return contact


def _cap_or_rest(height: float) -> Any:
    return lambda low, high: CONTACT if high <= height * (1 - 1e-6) + 1e-6 else SURFACE


def _faces(gmsh: Any, body: list[int], place: Any) -> Entities:
    """Faces of a body by group; ``place`` names the group from the extent along z."""
    groups: Entities = {}
    for _, face in gmsh.model.getBoundary([(3, tag) for tag in body], oriented=False):
        _, _, low, _, _, high = gmsh.model.occ.getBoundingBox(2, face)
        groups.setdefault(place(low, high) if place else SURFACE, []).append(face)
    return groups
