"""One gmsh model at a time: its options, element sizes and groups, and its mesh read back."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from multiscale.errors import MeshError, unknown_name
from multiscale.mesh.particle_mesh import ParticleMesh

Refine = str | Mapping[str, float] | None
Entities = dict[str, list[int]]

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


def meshed(
    gmsh: Any,
    body: list[int],
    groups: Entities,
    sizes: tuple[float, Refine],
    depth: float | None = None,
) -> ParticleMesh:
    """Name the groups, set the sizes, run gmsh and read its mesh back with all checks."""
    model = gmsh.model
    dimension = model.getDimension()
    groups = {name: tags for name, tags in groups.items() if tags}
    for name, tags in groups.items():
        model.addPhysicalGroup(dimension - 1, tags, name=name)
    model.addPhysicalGroup(dimension, body, name="particle")
    size, refine = sizes
    model.mesh.setSize(model.getEntities(0), size * MICRO)
    gmsh.option.setNumber("Mesh.MeshSizeMax", size * MICRO)
    if refine is not None:
        _grade(gmsh, dimension, groups, size, refine)
    else:
        gmsh.option.setNumber("Mesh.MeshSizeMin", size * MICRO)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "particle.msh"
        try:
            model.mesh.generate(dimension)
            gmsh.write(str(path))
        except Exception as error:  # gmsh raises plain Exception
            raise MeshError(f"gmsh could not mesh this shape: {error}") from error
        return ParticleMesh.read(path, unit="um", depth=depth, groups_required=tuple(groups))


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


def _import_gmsh() -> Any:
    try:
        import gmsh
    except (ImportError, OSError) as error:
        raise MeshError(
            f"gmsh is needed to make this mesh and cannot be imported ({error}). Install it with "
            "pip install 'multiscale-electrode[meshing]'; on Linux it also needs system libraries "
            "(Debian: libglu1-mesa libgl1 libxrender1 libxcursor1 libxft2 libxinerama1). Stored "
            "meshes and ParticleMesh.disk, hexagon, ball, cylinder and radial work without gmsh"
        ) from error
    return gmsh


@contextmanager
def session() -> Iterator[Any]:
    """A gmsh model of our own, inside the caller's session if there is one."""
    gmsh = _import_gmsh()
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
