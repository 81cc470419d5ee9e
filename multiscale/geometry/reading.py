"""Meshes from files: gmsh, or any format meshio reads, with nothing taken on trust.

Mesh files lose information silently: groups without names, subdomains that are none, boundaries
that cover half the particle, coordinates without a unit. Here each of these is an error that
says what to do about it.
"""

from __future__ import annotations

import gzip
import io
import tempfile
import warnings
from contextlib import redirect_stderr, redirect_stdout
from os import PathLike
from pathlib import Path
from typing import Any

import meshio
import numpy as np
from numpy.typing import NDArray

from multiscale.errors import MeshError, unknown_name
from multiscale.geometry import checks
from multiscale.geometry.groups import SURFACE, checked_groups
from multiscale.geometry.measure import metres
from multiscale.geometry.structured import Parts, oriented_mesh

_ELEMENT = {2: "triangle", 3: "tetra"}
_FACET = {2: "line", 3: "triangle"}
_IGNORED = {"vertex", "line", "triangle", "tetra"}
_CURVED = {"line3", "triangle6", "triangle7", "tetra10", "tetra14"}
_HOW_TO_NAME = (
    'In gmsh: gmsh.model.addPhysicalGroup(dim, tags, name="surface"), or in a .geo file '
    'Physical Curve("surface") = {...}; (Physical Surface in 3D)'
)


def read_parts(
    path: str | PathLike[str], unit: str | None, required: tuple[str, ...], surface: str | None
) -> tuple[Parts, str]:
    """Mesh in metres, facet groups and name of a file; see ``ParticleMesh.read``."""
    scale = metres(unit)
    if surface not in (None, "all"):
        raise MeshError(f"surface is 'all' or left out, not {surface!r}")
    path = Path(path)
    file = _load(path)
    try:
        dimension = _dimension(file)
        cells = _stacked(file, _ELEMENT[dimension])
        points = checks.coordinates(file.points, cells, dimension) * scale
        checks.extent(points[np.unique(cells)], str(unit))
        named = _facet_groups(file, dimension, surface)
        _check_required(file, named, required, surface)
        points, cells, named = checks.without_orphans(points, cells, named)
        checks.element_sizes(points, cells)
        checks.topology(cells)
        mesh = oriented_mesh(points.T, cells.T)
        if surface == "all":
            return (mesh, {SURFACE: mesh.boundary_facets()}), path.name.split(".")[0]
        found = {name: checks.facet_indices(mesh, name, nodes) for name, nodes in named.items()}
        groups = checked_groups(mesh, found)
    except MeshError as error:
        raise MeshError(f"{path.name}: {error}") from None
    return (mesh, groups), path.name.split(".")[0]


def _load(path: Path) -> Any:
    """The file as meshio sees it, without meshio's chatter."""
    if not path.is_file():
        raise MeshError(f"There is no mesh file {path}")
    if path.suffix == ".gz":
        with tempfile.TemporaryDirectory() as folder:
            unpacked = Path(folder) / path.stem
            unpacked.write_bytes(_unpacked(path))
            return _load(unpacked)
    known = sorted(extension for extension in meshio.extension_to_filetypes)
    if path.suffix.lower() not in known:
        raise MeshError(
            f"{path.name}: unknown kind of mesh file {path.suffix!r}; known: {', '.join(known)}"
        )
    silence = io.StringIO()
    try:
        with warnings.catch_warnings(), redirect_stdout(silence), redirect_stderr(silence):
            warnings.simplefilter("ignore")
            return meshio.read(path)
    except (Exception, SystemExit) as error:  # meshio exits on files it cannot read
        detail = f"{type(error).__name__}: {error}"
        raise MeshError(
            f"{path.name} cannot be read as a mesh ({detail}). Files of MSH 4.1 need every element "
            "in a physical group (do not set Mesh.SaveAll), or save as MSH 2.2"
        ) from error


def _unpacked(path: Path) -> bytes:
    try:
        return gzip.decompress(path.read_bytes())
    except (OSError, EOFError) as error:
        raise MeshError(f"{path.name} cannot be unpacked: {error}") from error


def _dimension(file: Any) -> int:
    kinds = {block.type for block in file.cells if len(block.data)}
    if curved := sorted(kinds & _CURVED):
        raise MeshError(
            f"second-order elements ({', '.join(curved)}): save the mesh with straight sides "
            "(gmsh: Mesh.ElementOrder = 1) and ask for order=2 here for quadratic fields"
        )
    if foreign := sorted(kinds - _IGNORED):
        raise MeshError(
            f"elements of kind {', '.join(foreign)}: only triangles in a plane or tetrahedra can "
            "be used, not a mixture with others (gmsh: no recombination, no extruded layers)"
        )
    if "tetra" in kinds:
        return 3
    if "triangle" in kinds:
        return 2
    raise MeshError("no triangles and no tetrahedra; for a radial mesh use ParticleMesh.radial")


def _stacked(file: Any, kind: str) -> NDArray[np.int64]:
    return np.vstack([block.data for block in file.cells if block.type == kind]).astype(np.int64)


def _facet_groups(file: Any, dimension: int, surface: str | None) -> dict[str, NDArray[np.int64]]:
    """Node numbers (n, dimension) of the facets of each named group."""
    blocks = [
        (index, block.data)
        for index, block in enumerate(file.cells)
        if block.type == _FACET[dimension] and len(block.data)
    ]
    if surface == "all":
        return {}
    _check_unnamed(file, blocks, dimension)
    names = {name for name, (_, dim) in file.field_data.items() if dim == dimension - 1}
    result = {}
    for name in sorted(names | _set_names(file, blocks)):
        found = [data[_members(file, name, index, dimension)] for index, data in blocks]
        nodes = np.vstack(found) if found else np.empty((0, dimension), dtype=np.int64)
        if not len(nodes):
            raise MeshError(
                f"facet group {name!r} has a name but holds no facets (gmsh writes such files of "
                "MSH 2.2 with Mesh.SaveAll: leave it at 0)"
            )
        result[name] = nodes.astype(np.int64)
    return result


def _set_names(file: Any, blocks: list[tuple[int, Any]]) -> set[str]:
    """Names of cell sets that hold facets; MSH 4.1 adds sets of its own, which are none."""
    return {
        name
        for name, members in file.cell_sets.items()
        if not name.startswith("gmsh:")
        and any(members[index] is not None and len(members[index]) for index, _ in blocks)
    }


def _members(file: Any, name: str, index: int, dimension: int) -> NDArray[np.int64]:
    """Positions of the members of a group within block ``index``."""
    if name in file.cell_sets:
        members = file.cell_sets[name][index]
        return np.asarray([] if members is None else members, dtype=np.int64)
    number, _ = file.field_data[name]
    return np.flatnonzero(_numbers(file, index) == number)


def _numbers(file: Any, index: int) -> NDArray[np.int64]:
    """Physical-group numbers of the cells of a block; 0 for none."""
    if "gmsh:physical" not in file.cell_data:
        return np.zeros(len(file.cells[index].data), dtype=np.int64)
    return np.asarray(file.cell_data["gmsh:physical"][index])


def _check_unnamed(file: Any, blocks: list[tuple[int, Any]], dimension: int) -> None:
    numbers = {int(n) for index, _ in blocks for n in np.unique(_numbers(file, index))} - {0}
    named = {int(n) for n, dim in file.field_data.values() if dim == dimension - 1}
    if unnamed := sorted(numbers - named):
        raise MeshError(
            f"physical groups {', '.join(map(str, unnamed))} of the boundary have no names. "
            f"{_HOW_TO_NAME}"
        )


def _check_required(
    file: Any,
    named: dict[str, NDArray[np.int64]],
    required: tuple[str, ...],
    surface: str | None,
) -> None:
    if surface == "all":
        if other := [name for name in required if name != SURFACE]:
            raise MeshError(f"surface='all' leaves no facets for the groups {other}")
        return
    if not named:
        raise MeshError(
            "no named facet groups. Name the boundary 'surface', or pass surface='all' to take "
            f"the whole boundary. {_HOW_TO_NAME}{_misplaced(file)}"
        )
    for name in dict.fromkeys((SURFACE, *required)):
        if name not in named:
            raise MeshError(unknown_name("facet group", name, named) + _misplaced(file))


def _misplaced(file: Any) -> str:
    """Hint for a name given to the elements instead of their boundary."""
    names = sorted(file.field_data)
    return f" (physical groups of any kind in the file: {', '.join(names)})" if names else ""
