"""Meshes made with gmsh: any outline, and round bodies with elements of one size or graded.

gmsh is an optional extra and imported inside the functions. Each recipe is uniform unless
``refine`` asks otherwise, gives the same mesh whenever it is called with the same version of
gmsh, and leaves a gmsh session of the caller as it was. Recipes give a mesh [m] and its facet
groups, of which ``ParticleMesh.generated`` makes a particle.

Round bodies have flat facets and are blown up a little, so that they hold as much lithium as the
smooth body: corners lie outside it by about (size/radius)^2/12 (a disk), middles of facets inside.
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from itertools import pairwise
from math import ceil, pi
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from multiscale.errors import MeshError, unknown_name
from multiscale.limits import RADIUS, numbers
from multiscale.mesh.files import read_parts
from multiscale.mesh.groups import SURFACE, Parts
from multiscale.mesh.measure import (
    affordable,
    element_sizes,
    mesh_quality,
    particle_length,
    positive,
)
from multiscale.mesh.outline import checked_outline, polygon_area
from multiscale.mesh.structured import divisions

Refine = str | Mapping[str, float] | None
Entities = dict[str, list[int]]

CONTACT = "contact"
WORST = 0.02  # radius ratio of an element below which a mesh of an outline is no mesh
MICRO = 1e6  # gmsh works in micrometres: its tolerances are meant for numbers near 1
GROWTH = 0.3  # growth of the element size per distance from a refined group
FINER = 4.0  # refine="surface" alone: elements there are finer by this factor
_OPTIONS = {
    "General.Terminal": 0,
    "General.NumThreads": 1,
    "Geometry.Tolerance": 1e-9,
    "Mesh.Algorithm": 6,  # Frontal-Delaunay: the most uniform triangles
    "Mesh.Algorithm3D": 1,  # Delaunay
    "Mesh.Binary": 0,
    "Mesh.ElementOrder": 1,
    "Mesh.MeshSizeExtendFromBoundary": 1,
    "Mesh.MeshSizeFromCurvature": 0,
    "Mesh.MeshSizeFromPoints": 1,
    "Mesh.MeshSizeMax": 1e22,
    "Mesh.MeshSizeMin": 0,
    "Mesh.MshFileVersion": 2.2,
    "Mesh.Optimize": 1,
    "Mesh.OptimizeNetgen": 1,
    "Mesh.RandomFactor": 1e-9,
    "Mesh.RandomSeed": 1,
    "Mesh.RecombineAll": 0,
    "Mesh.SaveAll": 0,
}


def disk(
    radius: float,
    size: float,
    *,
    contact: float | None = None,
    refine: Refine = None,
) -> Parts:
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

    Returns
    -------
    skfem.MeshTri1, dict of str to int array
        Groups of facets: "surface" and, if asked for, "contact".

    Raises
    ------
    MeshError
        If gmsh cannot be imported, or a length or angle is impossible.
    """
    particle_length(radius, "radius")
    divisions(radius, size)
    half = _half_angle(contact)
    # angles at which arcs end; the first arc is the contact, none spans 180 degrees
    angles = -pi / 2 + half + (2 * pi - 2 * half) * np.arange(4) / 3
    if contact:
        angles = np.concatenate([[-pi / 2 - half], angles])
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
        parts = meshed(gmsh, [plane], groups, size, refine)
    return _as_large_as(pi * radius**2, parts, axes=2)


def outline(xy: ArrayLike, size: float, *, refine: Refine = None) -> Parts:
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
        parts = meshed(gmsh, [plane], groups, size, refine)
    if mesh_quality(parts[0]).min_radius_ratio < WORST:
        raise MeshError(
            f"gmsh finds no usable triangles of {size:g} m for this outline, whose shortest side "
            f"is {sides.min():.3g} m; resample it (resample=True), or choose a smaller size"
        )
    return parts


def sphere(
    radius: float, size: float, *, contact: float | None = None, refine: Refine = None
) -> Parts:
    """Ball of unstructured tetrahedra; ``contact`` is the opening angle [degree] of a cap at -z.

    The other parameters are those of ``disk``.
    """
    particle_length(radius, "radius")
    divisions(radius, size)
    half = _half_angle(contact)
    cap = 2 * pi * radius**2 * (1 - np.cos(half))
    faces = {CONTACT: cap, SURFACE: 4 * pi * radius**2 - cap}
    _check_affordable(3, 4 / 3 * pi * radius**3, faces, size, refine)
    angles = [-pi / 2, *([-pi / 2 + half] if contact else [])]
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
        rim = r * np.sin(angles[-1])

        def part(low: float, high: float) -> str:
            return CONTACT if contact and high <= rim * (1 - 1e-6) + 1e-6 else SURFACE

        groups = _faces(gmsh, body, part)
        parts = meshed(gmsh, body, groups, size, refine)
    return _as_large_as(4 / 3 * pi * radius**3, parts, axes=3)


def cylinder(radius: float, height: float, size: float, *, refine: Refine = None) -> Parts:
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

        def part(low: float, high: float) -> str:
            if high - low > h / 2:
                return SURFACE
            return "top" if low > 0 else "bottom"

        groups = _faces(gmsh, body, part)
        parts = meshed(gmsh, body, groups, size, refine)
    return _as_large_as(pi * radius**2 * height, parts, axes=2)


def ellipsoid(semi_axes: Sequence[float], size: float, *, refine: Refine = None) -> Parts:
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
        groups = _faces(gmsh, body, lambda low, high: SURFACE)
        parts = meshed(gmsh, body, groups, size, refine)
    return _as_large_as(4 / 3 * pi * float(axes.prod()), parts, axes=3)


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


def _as_large_as(measure: float, parts: Parts, axes: int) -> Parts:
    """Stretched along its first axes until its area [m2] or volume [m3] is ``measure``."""
    mesh, groups = parts
    stretch = np.ones((mesh.dim(), 1))
    stretch[:axes] = (measure / float(element_sizes(mesh).sum())) ** (1 / axes)
    return type(mesh)(stretch * mesh.p, mesh.t), groups


def _half_angle(contact: float | None) -> float:
    """Half the opening angle of a contact [rad]; 0 without one."""
    if not contact:
        return 0.0
    if not 0 < contact < 180:
        raise MeshError(f"The contact angle lies between 0 and 180 degrees, not {contact!r}")
    return float(np.radians(contact) / 2)


def _faces(gmsh: Any, body: list[int], part: Callable[[float, float], str]) -> Entities:
    """Faces of a body by group; ``part`` names the group from the extent along z."""
    groups: Entities = {}
    for _, face in gmsh.model.getBoundary([(3, tag) for tag in body], oriented=False):
        _, _, low, _, _, high = gmsh.model.occ.getBoundingBox(2, face)
        groups.setdefault(part(low, high), []).append(face)
    return groups


def meshed(
    gmsh: Any,
    body: list[int],
    groups: Entities,
    size: float,
    refine: Refine,
) -> Parts:
    """Name the groups, set the sizes, run gmsh and read its mesh back with all checks."""
    model = gmsh.model
    dimension = model.getDimension()
    groups = {name: tags for name, tags in groups.items() if tags}
    for name, tags in groups.items():
        model.addPhysicalGroup(dimension - 1, tags, name=name)
    model.addPhysicalGroup(dimension, body, name="particle")
    model.mesh.setSize(model.getEntities(0), size * MICRO)
    gmsh.option.setNumber("Mesh.MeshSizeMax", size * MICRO)
    if refine is None:
        gmsh.option.setNumber("Mesh.MeshSizeMin", size * MICRO)
    else:
        _grade(gmsh, dimension, groups, size, refine)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "particle.msh"
        try:
            model.mesh.generate(dimension)
            gmsh.write(str(path))
        except Exception as error:  # gmsh raises plain Exception
            raise MeshError(f"gmsh could not mesh this shape: {error}") from error
        return read_parts(path, "um", tuple(groups), None)[0]


def _grade(gmsh: Any, dimension: int, groups: Entities, size: float, refine: Refine) -> None:
    """Element size that grows linearly with the distance from the refined groups."""
    wanted = {refine: size / FINER} if isinstance(refine, str) else dict(refine or {})
    field, graded = gmsh.model.mesh.field, []
    for name, fine in wanted.items():
        if name not in groups:
            raise MeshError(unknown_name("facet group to refine", name, groups))
        if not 0 < fine <= size:
            raise MeshError(f"refine[{name!r}] must lie between 0 and the size {size:g} m")
        distance, threshold = field.add("Distance"), field.add("Threshold")
        kind = "CurvesList" if dimension == 2 else "SurfacesList"
        field.setNumbers(distance, kind, groups[name])
        # one long curve needs many points, and each of many short ones few
        field.setNumber(distance, "Sampling", max(2, min(200, 100_000 // len(groups[name]))))
        values = {
            "InField": distance,
            "SizeMin": fine * MICRO,
            "SizeMax": size * MICRO,
            "DistMin": 0,
            "DistMax": max((size - fine) / GROWTH, fine) * MICRO,
        }
        for key, value in values.items():
            field.setNumber(threshold, key, value)
        graded.append(threshold)
    least = field.add("Min")
    field.setNumbers(least, "FieldsList", graded)
    field.setAsBackgroundMesh(least)
    # the field alone decides, also inside
    gmsh.option.setNumber("Mesh.MeshSizeExtendFromBoundary", 0)
    gmsh.option.setNumber("Mesh.MeshSizeFromPoints", 0)


@contextmanager
def session() -> Iterator[Any]:
    """A gmsh model of our own, inside the caller's session if there is one."""
    try:
        import gmsh
    except (ImportError, OSError) as error:
        raise MeshError(
            f"gmsh is needed to make this mesh and cannot be imported ({error}). Install it with "
            "pip install 'multiscale-electrode[meshing]'; on Linux it also needs system libraries "
            "(Debian: libglu1-mesa libgl1 libxrender1 libxcursor1 libxft2 libxinerama1). Stored "
            "meshes and ParticleMesh.disk, hexagon, ball, cylinder and radial work without gmsh"
        ) from error
    foreign = bool(gmsh.isInitialized())
    if not foreign:
        gmsh.initialize(readConfigFiles=False, interruptible=False)
    before = {name: gmsh.option.getNumber(name) for name in _OPTIONS}
    model_before = gmsh.model.getCurrent()
    try:
        for name, value in _OPTIONS.items():
            gmsh.option.setNumber(name, value)
        gmsh.model.add("multiscale particle")
        yield gmsh
    finally:
        if foreign:
            gmsh.model.setCurrent("multiscale particle")
            gmsh.model.remove()
            gmsh.model.setCurrent(model_before)
            for name, value in before.items():
                gmsh.option.setNumber(name, value)
        else:
            gmsh.finalize()
