"""Meshes from files, to files, and those stored with the package.

Files are gmsh's, or of any format meshio reads, with nothing taken on trust.

Mesh files lose information silently: groups without names, subdomains that are none, boundaries
that cover half the particle, coordinates without a unit. Here each of these is an error that
says what to do about it.
"""

from __future__ import annotations

import gzip
import importlib
import io
import pickle
import re
import signal
import subprocess
import sys
import tempfile
import tomllib
import warnings
import zlib
from collections.abc import Mapping
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import dataclass, field
from importlib import resources
from importlib.resources.abc import Traversable
from os import PathLike
from pathlib import Path
from typing import Any

import meshio
import numpy as np
import skfem
from numpy.typing import NDArray

from multiscale.errors import MeshError, is_one_of, unknown_name
from multiscale.mesh.groups import SURFACE, Parts, checked_groups
from multiscale.mesh.measure import affordable, extent, metres, oriented_cells, oriented_mesh
from multiscale.mesh.simplices import (
    boundary_facets,
    coordinates,
    corners_of,
    facet_indices,
    most_cells,
    oriented,
    simplices,
    topology,
    without_orphans,
)
from multiscale.text import path_of

Nodes = NDArray[np.int64]
GroupMap = Mapping[str, Any]

MOST_BYTES = 500_000_000  # of a file, packed or not
CPU_S = 10  # that a reader of another format may take
MEMORY = 4 << 30
DIGITS = 9  # of coordinates that are written
_ELEMENT = {2: "triangle", 3: "tetra"}
_FACET = {2: "line", 3: "triangle"}
_TAGS = "gmsh:physical"
_PLACES = ("gmsh:geometrical", "gmsh:dim_tags")  # what was drawn, not what was named
_DRAWN = re.compile(r"(Point|Line|Surface|Volume)\d+")  # the same in gmsh's files for Abaqus
_HOW_TO_NAME = (
    'In gmsh: gmsh.model.addPhysicalGroup(dim, tags, name="surface"), or in a .geo file '
    'Physical Curve("surface") = {...}; (Physical Surface in 3D)'
)
_MSH_VERSIONS = ("2", "2.0", "2.1", "2.2", "4", "4.0", "4.1")
# what meshio stumbles over and gmsh does not: elements outside of all groups, no BEGIN BULK
_OF_GMSH = {".msh": ("Incompatible cell data",), ".bdf": ("BEGIN BULK",), ".nas": ("BEGIN BULK",)}
_SAVE_ANEW = "save it as MSH 2.2 or 4.1 (gmsh old.msh -save -format msh41 -o new.msh)"
# how files begin, whatever they are called
_BEGINNINGS = {
    b"$MeshFormat": ".msh",
    b"# vtk DataFile": ".vtk",
    b"\x89HDF": ".med, .xdmf with .h5, .h5m or .cgns",
    b"*HEADING": ".inp",
    b"*Heading": ".inp",
    b"MeshVersionFormatted": ".mesh",
    b"solid ": ".stl",
    b"PK\x03\x04": "a zip archive: unpack it",
    b"%PDF": "a PDF",
}


def read_parts(
    path: str | PathLike[str],
    unit: str | None,
    required: tuple[str, ...],
    surface: str | None,
    groups: GroupMap | None = None,
) -> tuple[Parts, str]:
    """Mesh in metres, facet groups and name of a file; see ``ParticleMesh.read``."""
    scale = metres(unit)
    wanted = _checked_map(groups)
    if surface not in (None, "all", "rest"):
        raise MeshError(f"surface is 'all', 'rest' or left out, not {surface!r}")
    if surface == "all" and wanted:
        raise MeshError("surface='all' takes the whole boundary; with groups say surface='rest'")
    path = path_of(path, MeshError, "a mesh")
    file = _load(path)
    try:
        affordable(most_cells(file.mesh), "the file", "make a coarser mesh")
        simplices(file.mesh)
        filled = [block for block in file.mesh.cells if len(block.data)]
        kinds = {block.type for block in filled}
        if not kinds & {"triangle", "tetra"}:
            raise MeshError(
                "no triangles and no tetrahedra; for a radial mesh use ParticleMesh.radial"
            )
        dimension = 3 if "tetra" in kinds else 2
        blocks = [block.data for block in filled if block.type == _ELEMENT[dimension]]
        cells = np.vstack(blocks).astype(np.int64)
        affordable(len(cells), "the file", "make a coarser mesh")
        points = coordinates(file.mesh.points, cells, dimension) * scale
        extent(points[np.unique(cells)], str(unit))
        found = {}
        if surface != "all":
            content = _content(file, cells, dimension)
            found = _facets_of_groups(content, wanted, surface, required)
        elif other := [name for name in required if name != SURFACE]:
            raise MeshError(f"surface='all' leaves no facets for the groups {other}")
        points, cells, found = without_orphans(points, cells, found)
        cells = oriented(points, cells)
        topology(points, cells)
        mesh = oriented_mesh(points.T, cells.T)
        facets = {name: facet_indices(mesh, name, nodes) for name, nodes in found.items()}
        if surface is not None:
            taken = np.concatenate([np.empty(0, dtype=np.int64), *facets.values()])
            facets[SURFACE] = np.setdiff1d(mesh.boundary_facets(), taken)
        try:
            ours = checked_groups(mesh, facets)
        except MeshError as error:  # a set of nodes that nobody asked for may be what is missing
            unused = [] if surface == "all" else sorted(content.sets.keys() - found)
            if wanted or not unused:
                raise
            raise MeshError(f"{error}. {_advice(content)}") from None
    except MeshError as error:
        raise MeshError(f"{path.name}: {error}") from None
    return (mesh, ours), path.name.split(".")[0]


def _checked_map(groups: GroupMap | None) -> dict[str, list[int | str]]:
    """Numbers and names of the file for each group of ours."""
    if groups is None:
        return {}
    how = "groups says what the file calls each group, as in {'surface': 3, 'contact': 'left'}"
    if not isinstance(groups, Mapping) or not groups:
        raise MeshError(f"{how}; not {groups!r}")
    result = {}
    for name, given in groups.items():
        items = list(given) if isinstance(given, list | tuple) else [given]
        whole = (int, str, np.integer)
        if not items or any(isinstance(i, bool) or not isinstance(i, whole) for i in items):
            raise MeshError(f"{how}; {name!r} is {given!r}")
        result[str(name)] = [i if isinstance(i, str) else int(i) for i in items]
    return result


@dataclass
class _File:
    """A file as meshio sees it, and what meshio drops: names by dimension of MSH files."""

    mesh: Any
    physical: list[tuple[int, int, str]]
    suffix: str


def _load(path: Path, converted: bool = False) -> _File:
    """The file as meshio sees it, without meshio's chatter."""
    if not path.is_file():
        raise MeshError(f"There is no mesh file {path}")
    if path.stat().st_size > MOST_BYTES:
        raise MeshError(
            f"{path.name} has {path.stat().st_size:,} bytes; the limit is {MOST_BYTES:,}"
        )
    if path.suffix.lower() == ".gz":
        with tempfile.TemporaryDirectory() as folder:
            unpacked = Path(folder) / path.stem
            try:
                with gzip.open(path) as packed:
                    content = packed.read(MOST_BYTES + 1)
            except (OSError, EOFError, ValueError, zlib.error) as error:
                raise MeshError(f"{path.name} cannot be unpacked: {error}") from error
            if len(content) > MOST_BYTES:
                raise MeshError(f"{path.name} unpacks to more than {MOST_BYTES:,} bytes, the limit")
            unpacked.write_bytes(content)
            return _load(unpacked)
    suffix = path.suffix.lower()
    known = sorted(extension for extension in meshio.extension_to_filetypes)
    if suffix not in known:
        raise MeshError(
            f"{path.name}: unknown kind of mesh file {path.suffix!r}; known: {', '.join(known)}"
        )
    claims: dict[str, int] = {}
    physical: list[tuple[int, int, str]] = []
    if suffix == ".msh":
        with path.open("rb") as opened:
            start = opened.read(200).lstrip(b"\xef\xbb\xbf \r\n")
        # of these versions meshio reads one not at all and one wrongly
        if start.startswith((b"$NOD", b"$ELM")):
            return _converted(path, "is a file of MSH 1, which cannot be read", {})
        if re.match(rb"\$MeshFormat\s+4(\.0)?\s", start):
            fault = "is a file of MSH 4.0, which cannot be read"
            return _converted(path, fault, _scanned_msh(path)[1])
        physical, claims = _scanned_msh(path)
    said: list[str] = []
    try:
        mesh = _in_process(path, said) if claims else _in_child(path)
        points = np.asarray(mesh.points)
        if points.ndim != 2 or points.shape[1] not in (2, 3) or points.dtype.kind not in "fiu":
            raise ValueError(f"coordinates of shape {points.shape}")
        for block in mesh.cells:
            if not corners_of(block.type) or not len(block.data):
                continue
            data = np.asarray(block.data)
            if data.ndim != 2 or data.dtype.kind not in "iu":
                raise ValueError(f"the {block.type} elements are not rows of whole numbers")
            if data.min() < 0 or data.max() >= len(points):
                raise ValueError(f"a {block.type} element has a node that does not exist")
    except (Exception, SystemExit) as error:  # meshio exits on files it cannot read
        reason = _reason(error, said)
        if not converted and any(words in reason for words in _OF_GMSH.get(suffix, ())):
            return _converted(path, f"cannot be read as a mesh ({reason})", claims)
        raise MeshError(
            f"{path.name} cannot be read as a mesh ({reason}){_remedy(path, suffix)}"
        ) from error
    counts = {"nodes": len(mesh.points), "elements": sum(len(b.data) for b in mesh.cells)}
    for what, claimed in claims.items():
        if counts[what] != claimed:
            raise MeshError(
                f"{path.name} says that it holds {claimed} {what}, but holds {counts[what]}: it is "
                "cut off or damaged"
            )
    if suffix != ".msh":
        pairs = {k: np.asarray(v) for k, v in mesh.field_data.items()}
        physical = [
            (int(v[1]), int(v[0]), str(k))
            for k, v in pairs.items()
            if v.shape == (2,) and v.dtype.kind in "iuf"
        ]
    return _File(mesh, physical, suffix)


def _converted(path: Path, fault: str, claims: Mapping[str, int]) -> _File:
    """A file that gmsh reads and meshio does not, saved anew by gmsh in a process of its own."""
    remedy = _SAVE_ANEW if path.suffix.lower() == ".msh" else "save it in another format"
    if path.suffix.lower() != ".msh" and b"ENDDATA" not in path.read_bytes().upper()[-10_000:]:
        raise MeshError(f"{path.name} is cut off: it has no line ENDDATA")
    with tempfile.TemporaryDirectory() as folder:
        result = (Path(folder) / path.name).with_suffix(".msh")
        numbers = [str(claims.get(name, 0)) for name in ("nodes", "elements")]
        command = [sys.executable, "-c", _GMSH, str(path.absolute()), str(result)]
        limits = [str(CPU_S), str(MEMORY)]
        child = subprocess.run(command + limits + numbers, capture_output=True, check=False)
        if child.returncode == 0 and result.is_file():
            return _load(result, converted=True)
        said = child.stdout.decode("utf-8", "replace").splitlines()
        reason = said[-1] if said else "gmsh breaks down over it"
        raise MeshError(f"{path.name} {fault}, not by gmsh either ({reason}): {remedy}")


_GMSH = """
import sys
path, result, cpu, memory, nodes, elements = sys.argv[1:]
try:
    import resource
    resource.setrlimit(resource.RLIMIT_CPU, (int(cpu), int(cpu) + 1))
    resource.setrlimit(resource.RLIMIT_AS, (int(memory), int(memory)))
except (ImportError, ValueError, OSError):
    pass
try:
    import gmsh
except (ImportError, OSError):
    sys.exit(print("it is not installed: pip install 'multiscale-electrode[meshing]'") or 1)
try:
    gmsh.initialize(["gmsh"], False, False, False)
    gmsh.option.setNumber("General.Terminal", 0)
    gmsh.option.setNumber("Mesh.MshFileVersion", 4.1)
    gmsh.option.setNumber("Mesh.Binary", 0)
    gmsh.open(path)
    mesh = gmsh.model.mesh
    found = len(mesh.getNodes()[0]), sum(map(len, mesh.getElements()[1]))
    if found[0] < int(nodes) or found[1] < int(elements) or not found[1]:
        raise ValueError(f"it holds {found[0]} nodes and {found[1]} elements only")
    # elements outside of all groups would be left away where there are groups: the body may be one
    dimension = max(d for d in range(4) if mesh.getElements(d)[0].size)
    free = [
        tag for _, tag in gmsh.model.getEntities(dimension)
        if not gmsh.model.getPhysicalGroupsForEntity(dimension, tag).size
    ]
    if free:
        gmsh.model.addPhysicalGroup(dimension, free)
    gmsh.write(result)
except Exception as error:
    sys.exit(print(next(iter(str(error).strip().splitlines()), "no reason given")) or 1)
"""


def _in_process(path: Path, said: list[str]) -> Any:
    """An MSH file, whose frame was checked, without meshio's chatter."""
    silence = io.StringIO()
    try:
        with warnings.catch_warnings(), redirect_stdout(silence), redirect_stderr(silence):
            warnings.simplefilter("ignore")
            return meshio.read(path)
    finally:
        said += silence.getvalue().splitlines()


def _in_child(path: Path) -> Any:
    """Any other file, in a process of its own.

    Several of meshio's readers never end on a file that is cut off, others believe any number,
    and a damaged HDF5 file can take the interpreter with it.
    """
    with tempfile.TemporaryDirectory() as folder:
        result = Path(folder) / "mesh.pickle"
        command = [sys.executable, "-c", _CHILD, str(path.absolute()), str(result)]
        limits = [str(CPU_S), str(MEMORY)]
        child = subprocess.run(command + limits, capture_output=True, check=False)
        if result.is_file() and child.returncode == 0:
            mesh = pickle.loads(result.read_bytes())
            if isinstance(mesh, str):
                raise ValueError(mesh)
            return mesh
    if child.returncode in (-getattr(signal, "SIGXCPU", 0), -getattr(signal, "SIGKILL", 0)):
        raise ValueError(f"reading it takes more than {CPU_S} s of CPU time")
    raise ValueError("the library that reads it broke down over it")


_CHILD = """
import io, pickle, sys, warnings
from contextlib import redirect_stderr, redirect_stdout
path, result, cpu, memory = sys.argv[1:]
try:
    import resource
    resource.setrlimit(resource.RLIMIT_CPU, (int(cpu), int(cpu) + 1))
    resource.setrlimit(resource.RLIMIT_AS, (int(memory), int(memory)))
except (ImportError, ValueError, OSError):
    pass
import meshio
warnings.simplefilter("ignore")
said = io.StringIO()
try:
    with redirect_stdout(said), redirect_stderr(said):
        found = pickle.dumps(meshio.read(path))
except SystemExit:
    lines = [x.strip() for x in said.getvalue().splitlines() if "Couldn't read" not in x]
    found = pickle.dumps(next(filter(None, lines), "its content is of another kind"))
except ModuleNotFoundError as error:
    found = pickle.dumps(f"this kind of file needs the Python package {error.name}")
except Exception as error:
    first = next(iter(str(error).strip().splitlines()), "no reason given")
    found = pickle.dumps(f"{type(error).__name__}: {first}")
with open(result, "wb") as file:
    file.write(found)
"""


def _reason(error: BaseException, said: list[str]) -> str:
    """Why a file was not read, in one line."""
    if isinstance(error, SystemExit):
        lines = [line.strip() for line in said if "Couldn't read" not in line]
        return next(filter(None, lines), "its content is of another kind")
    first = next(iter(str(error).strip().splitlines()), "no reason given")
    return first if type(error) is ValueError else f"{type(error).__name__}: {first}"


def _remedy(path: Path, suffix: str) -> str:
    """What to do about a file that cannot be read."""
    with path.open("rb") as opened:
        start = opened.read(200)
    if not start:
        return ": it is empty"
    if start.startswith((b"\xef\xbb\xbf", b"\xff\xfe", b"\xfe\xff")):
        return ": it begins with a byte-order mark; save it as plain text (ASCII)"
    start = start.lstrip(b" \r\n")
    for beginning, kind in _BEGINNINGS.items():
        if start.startswith(beginning) and suffix not in kind:
            return f": its content is that of another kind of file ({kind})"
    if b"<VTKFile" in start and suffix != ".vtu":
        return ": its content is that of another kind of file (.vtu)"
    if suffix == ".msh":
        return f": {_SAVE_ANEW}"
    return ""


def _scanned_msh(path: Path) -> tuple[list[tuple[int, int, str]], dict[str, int]]:
    """Physical names, and the numbers of nodes and elements that an MSH file claims.

    meshio keeps one of several groups with one name, takes cut-off files for whole and believes
    any number, so the frame of the file is checked first.
    """
    content = path.read_bytes().lstrip(b"\xef\xbb\xbf")
    header = re.search(rb"^\$MeshFormat\s+(\S+)\s+(\d)\s+(\d+)", content, re.MULTILINE)
    if header is None:
        if content.lstrip().startswith(b"("):
            return [], {}  # of Ansys
        raise MeshError(
            f"{path.name} cannot be read as a mesh (it has no $MeshFormat){_remedy(path, '.msh')}"
        )
    version, binary = header[1].decode("latin-1"), header[2] == b"1"
    if version not in _MSH_VERSIONS:
        raise MeshError(f"{path.name} is a file of MSH {version}, which is not known: {_SAVE_ANEW}")
    claims = {}
    for name in ("Nodes", "Elements"):
        body = _section(content, name, path)
        if body is None:
            raise MeshError(f"{path.name} has no section ${name}: it holds no mesh")
        if version[0] == "4" and binary:
            numbers = np.frombuffer(body[:32], dtype="<u8").tolist()
        else:
            numbers = [int(n) for n in re.match(rb"[\d \t]*", body)[0].split()]  # type: ignore[index]
        if not numbers or (version[0] == "4" and len(numbers) < 2):
            raise MeshError(f"{path.name}: ${name} does not begin with how many there are")
        if max(numbers[:2] if version[0] == "4" else numbers[:1]) > len(body) / 6:
            raise MeshError(
                f"{path.name} says that it holds {max(numbers[:2]):,} {name.lower()} in "
                f"{len(body):,} bytes: it is damaged"
            )
        if version[0] == "2" and not binary and len(body.split(b"\n")) - 2 != numbers[0]:
            raise MeshError(
                f"{path.name} says that it holds {numbers[0]} {name.lower()}, but ${name} has "
                f"{len(body.split(bytes([10]))) - 2} lines of them: it is cut off or damaged"
            )
        claims[name.lower()] = numbers[1] if version[0] == "4" else numbers[0]
    for start in re.finditer(rb"^\$(Node|Element)Data\r?\n", content, re.MULTILINE):
        lines = content[start.end() : start.end() + 100_000].split(b"\n")
        at = 0
        for _ in range(3):  # numbers of tags that are lines of text, which meshio reads one by one
            if at >= len(lines) or not re.fullmatch(rb"\s*\d{1,3}\s*", lines[at]):
                raise MeshError(f"{path.name}: a section of data is damaged")
            at += 1 + int(lines[at])
    names = []
    for line in (_section(content, "PhysicalNames", path) or b"").splitlines():
        found = re.match(rb"\s*(\d+)\s+(-?\d+)\s+\"(.*)\"\s*$", line)
        if found:
            name = found[3].decode("utf-8", "replace").replace('"', "")
            names.append((int(found[1]), abs(int(found[2])), name))
    return names, claims


def _section(content: bytes, name: str, path: Path) -> bytes | None:
    """What stands between the first $name and its $Endname."""
    start = re.search(rb"^\$" + name.encode() + rb"[ \t]*\r?\n", content, re.MULTILINE)
    if start is None:
        return None
    stop = content.find(b"$End" + name.encode(), start.end())
    if stop < 0:
        raise MeshError(f"{path.name} is cut off: ${name} has no $End{name}")
    return content[start.end() : stop]


@dataclass
class _Content:
    """What in a file could be a group of facets.

    Names and numbers lead to node numbers (n, dimension) of facets; ``numbers`` has one entry for
    each array of cell data, ``sets`` holds sets of nodes.
    """

    suffix: str
    dimension: int
    names: dict[str, Nodes]
    numbers: dict[str, dict[int, Nodes]]
    sets: dict[str, NDArray[np.int64]]
    unnamed: list[int]
    empty: list[str]
    elsewhere: list[str]
    boundary: Nodes = field(repr=False)

    def facets_of_set(self, name: str) -> Nodes:
        """Boundary facets all of whose nodes are in a set."""
        return self.boundary[np.isin(self.boundary, self.sets[name]).all(axis=1)]


def _content(file: _File, cells: Nodes, dimension: int) -> _Content:
    mesh = file.mesh
    blocks = [
        (index, np.asarray(block.data, dtype=np.int64))
        for index, block in enumerate(mesh.cells)
        if block.type == _FACET[dimension] and len(block.data)
    ]
    names: dict[str, list[Nodes]] = {}
    numbers: dict[str, dict[int, Nodes]] = {}
    for array, data in mesh.cell_data.items():
        if not array.startswith("skfem:"):
            numbers[array] = _by_number(blocks, data, absolute=array == _TAGS)
    tags = numbers.get(_TAGS, {})
    named = [(tag, name) for dim, tag, name in file.physical if dim == dimension - 1]
    for tag, name in named:
        names.setdefault(name, []).append(tags.get(tag, np.empty((0, dimension), dtype=np.int64)))
    for name, members in mesh.cell_sets.items():
        if name.startswith("gmsh:"):  # MSH 4.1 adds sets of its own, which are none
            continue
        for index, nodes in blocks:
            rows = np.asarray([] if members[index] is None else members[index], dtype=np.int64)
            if len(rows) and rows.min() >= 0 and rows.max() < len(nodes):
                names.setdefault(str(name), []).append(nodes[rows])
    for number, families in getattr(mesh, "cell_tags", {}).items():  # MED
        for name in families:
            if int(number) in numbers.get("cell_tags", {}):
                names.setdefault(str(name), []).append(numbers["cell_tags"][int(number)])
    # boundaries as scikit-fem stores them: a bit for each side of each element
    sides = (skfem.refdom.RefTri if dimension == 2 else skfem.refdom.RefTet).facets
    for array, data in mesh.cell_data.items():
        if not array.startswith("skfem:b:"):
            continue
        kinds = zip(mesh.cells, data, strict=True)
        bits = np.concatenate([np.ravel(d) for b, d in kinds if b.type == _ELEMENT[dimension]])
        if len(bits) == len(cells) and np.isfinite(bits).all():
            flags = bits.astype(np.int64)
            for i, corners in enumerate(sides):
                nodes = cells[flags >> i & 1 == 1][:, corners]
                names.setdefault(array[len("skfem:b:") :], []).append(nodes)
    sets = {str(k): np.asarray(v, dtype=np.int64).ravel() for k, v in mesh.point_sets.items()}
    point_tags = np.asarray(mesh.point_data.get("point_tags", []))
    for number, families in getattr(mesh, "point_tags", {}).items():  # MED
        for name in families:
            nodes = np.flatnonzero(point_tags == number)
            sets[str(name)] = np.union1d(sets.get(str(name), nodes), nodes)
    joined = {name: np.unique(np.vstack(parts), axis=0) for name, parts in names.items()}
    full = {name: nodes for name, nodes in joined.items() if len(nodes)}
    return _Content(
        suffix=file.suffix,
        dimension=dimension,
        names=full,
        numbers={array: found for array, found in numbers.items() if found},
        sets=sets,
        unnamed=sorted(set(tags) - {0} - {tag for tag, _ in named}),
        empty=sorted(set(joined) - set(full)) if file.suffix == ".msh" else [],
        elsewhere=sorted({name for _, _, name in file.physical} - set(full)),
        boundary=boundary_facets(cells),
    )


def _by_number(blocks: list[tuple[int, Nodes]], data: Any, absolute: bool) -> dict[int, Nodes]:
    """Facets by their value in an array of cell data, if the values are whole numbers."""
    found: dict[int, list[Nodes]] = {}
    for index, nodes in blocks:
        if index >= len(data):
            return {}
        values = np.asarray(data[index])
        if values.ndim == 2 and values.shape[1] == 1:
            values = values[:, 0]
        if values.shape != (len(nodes),) or values.dtype.kind not in "iuf":
            return {}
        if not (np.isfinite(values) & (values == np.round(values))).all():
            return {}
        # gmsh writes the number of a group with a minus sign where an entity is turned round
        values = np.abs(values) if absolute else values
        for value in np.unique(values):
            found.setdefault(int(value), []).append(nodes[values == value])
    return {value: np.vstack(parts) for value, parts in found.items()}


def _facets_of_groups(
    content: _Content,
    wanted: dict[str, list[int | str]],
    surface: str | None,
    required: tuple[str, ...],
) -> dict[str, Nodes]:
    """Node numbers of the facets of each group: those asked for, or all that have names."""
    if wanted:
        found = {
            name: np.vstack([_selected(content, name, item) for item in items])
            for name, items in wanted.items()
        }
    else:
        if content.unnamed:
            raise MeshError(
                f"physical groups {', '.join(map(str, content.unnamed))} of the boundary have no "
                f"names. {_advice(content)}"
            )
        if content.empty:
            raise MeshError(
                f"facet group {content.empty[0]!r} has a name but holds no facets (gmsh writes "
                "such files of MSH 2.2 with Mesh.SaveAll: leave it at 0)"
            )
        sets = {name for name in (SURFACE, *required) if name in content.sets}
        drawn = {name for name in content.names if _DRAWN.fullmatch(name)}
        names = set(content.names) - (drawn if drawn != set(content.names) else set())
        found = {name: content.names[name] for name in sorted(names)}
        found |= {name: content.facets_of_set(name) for name in sorted(sets - names)}
    if surface == "rest":
        if SURFACE in found:
            raise MeshError("surface='rest' for a mesh that has a group 'surface'; leave it out")
        required = tuple(name for name in required if name != SURFACE)
    else:
        required = (SURFACE, *required)
    if required and not found:
        raise MeshError(f"no named facet groups. {_advice(content)}")
    for name in dict.fromkeys(required):
        if name not in found:
            raise MeshError(f"{unknown_name('facet group', name, found)}. {_advice(content)}")
    return found


def _selected(content: _Content, name: str, item: int | str) -> Nodes:
    """Facets of the file that ``groups`` asks for."""
    nodes: Nodes = np.empty((0, content.dimension), dtype=np.int64)
    if isinstance(item, str):
        if item in content.names:
            return content.names[item]
        if item in content.sets:
            if not len(nodes := content.facets_of_set(item)):
                raise MeshError(
                    f"groups, {name!r}: no side of the boundary has all its nodes in {item!r}"
                )
            return nodes
        array, _, number = item.rpartition("=")
        if re.fullmatch(r"[-+]?\d{1,18}", number):
            nodes = content.numbers.get(array, {}).get(int(number), nodes)
            if len(nodes):
                return nodes
        raise MeshError(f"groups, {name!r}: the file has no group {item!r}. {_inventory(content)}")
    arrays = [a for a, found in content.numbers.items() if item in found]
    if len(arrays) > 1:
        arrays = [a for a in arrays if a not in _PLACES] or arrays
    if not arrays:
        raise MeshError(f"groups, {name!r}: no facet has the number {item}. {_inventory(content)}")
    nodes = content.numbers[arrays[0]][item]
    if any(not np.array_equal(nodes, content.numbers[a][item]) for a in arrays[1:]):
        choices = " or ".join(f"'{a}={item}'" for a in arrays)
        raise MeshError(f"groups, {name!r}: {item} stands for several groups; say {choices}")
    return nodes


def _inventory(content: _Content) -> str:
    """What the file holds that could be a group."""
    said = []
    if content.names:
        said.append(f"groups {', '.join(map(repr, content.names))}")
    if content.sets:
        said.append(f"sets of nodes {', '.join(map(repr, sorted(content.sets)[:10]))}")
    arrays = {
        array: listed
        for array, found in content.numbers.items()
        if (listed := [f"{n} ({len(f)} facets)" for n, f in found.items() if n][:10])
        and (content.unnamed or array != _TAGS)
    }
    for array in [a for a in arrays if a not in _PLACES] or (arrays if not said else []):
        said.append(f"{array} {', '.join(arrays[array])}")
    if content.elsewhere:
        said.append(f"for elements, not for their sides, {', '.join(map(repr, content.elsewhere))}")
    return f"It holds {'; '.join(said)}" if said else "It holds no sides of elements"


def _advice(content: _Content) -> str:
    """How to say what is what, for the kind of file at hand."""
    advice = f"{_inventory(content)}. "
    if content.names or content.sets or content.numbers:
        advice += "Say what is what, as in groups={'surface': ...}; or n"
    else:
        advice += "N"
    advice += (
        "ame the boundary 'surface', or pass surface='all' to take the whole boundary and cut "
        "other groups out of it by place with with_group(name, selector)"
    )
    return advice + (f". {_HOW_TO_NAME}" if content.suffix == ".msh" else "")


def write_msh(
    mesh: skfem.Mesh, groups: Mapping[str, Nodes], path: str | PathLike[str], unit: str
) -> None:
    """Write MSH 2.2 text, packed if the name ends in ``.gz``; see ``ParticleMesh.write``.

    Coordinates are given to nine significant digits of the particle's extent.
    """
    path = Path(path)
    if mesh.dim() == 1:
        raise MeshError("A radial mesh is not written to a file; store its radius and n instead")
    if path.name.removesuffix(".gz").rpartition(".")[2] != "msh":
        raise MeshError(f"{path.name}: meshes are written as .msh or .msh.gz")
    dimension, names = mesh.dim(), sorted(groups)
    physical = [f'{dimension - 1} {number} "{name}"' for number, name in enumerate(names, 1)]
    physical.append(f'{dimension} {len(names) + 1} "particle"')

    points = np.zeros((mesh.p.shape[1], 3))
    points[:, :dimension] = mesh.p.T / metres(unit)
    # decimals relative to the extent: no digits spent on the rounding of zeros
    decimals = DIGITS - int(np.ceil(np.log10(np.abs(points).max())))
    points = np.round(points, decimals) + 0.0
    nodes = [f"{n} {x:.12g} {y:.12g} {z:.12g}" for n, (x, y, z) in enumerate(points.tolist(), 1)]

    facet_kind, element_kind = {2: (1, 2), 3: (2, 4)}[dimension]
    blocks = [(facet_kind, i, mesh.facets[:, groups[name]]) for i, name in enumerate(names, 1)]
    # scikit-fem sorts the nodes of its triangles; other programs expect one orientation
    blocks.append((element_kind, len(names) + 1, oriented_cells(mesh.p, mesh.t)))
    elements: list[str] = []
    for kind, group, cells in blocks:
        for corners in (cells.T + 1).tolist():
            joined = " ".join(map(str, corners))
            elements.append(f"{len(elements) + 1} {kind} 2 {group} {group} {joined}")

    sections = {
        "MeshFormat": ["2.2 0 8"],
        "PhysicalNames": [str(len(physical)), *physical],
        "Nodes": [str(len(nodes)), *nodes],
        "Elements": [str(len(elements)), *elements],
    }
    lines = [line for key, body in sections.items() for line in (f"${key}", *body, f"$End{key}")]
    text = ("\n".join(lines) + "\n").encode()
    # no name and no time in the header: the same mesh gives the same bytes
    path.write_bytes(gzip.compress(text, mtime=0) if path.suffix == ".gz" else text)


def folder() -> Traversable:
    """Folder of the stored meshes: installed, or that of the repository in a checkout."""
    try:
        importlib.import_module("multiscale.meshes")
        return resources.files("multiscale.meshes")
    except ModuleNotFoundError:
        return Path(__file__).parents[2] / "meshes"


def stored_meshes() -> dict[str, dict[str, Any]]:
    """Manifest of the stored meshes: name -> file, unit, groups, recipe, purpose and so on.

    ``order`` is the polynomial order the mesh was made for.

    Examples
    --------
    >>> from multiscale.mesh import stored_meshes
    >>> stored_meshes()["disk_2um"]["unit"]
    'um'
    """
    return read_manifest(folder())


def read_manifest(where: Traversable) -> dict[str, dict[str, Any]]:
    """Entries of the manifest in a folder, by name; none if there is no manifest."""
    manifest = where / "manifest.toml"
    if not manifest.is_file():
        return {}
    entries = tomllib.loads(manifest.read_text(encoding="utf-8"))["mesh"]
    return {entry["name"]: entry for entry in entries}


def read_stored(name: str) -> tuple[Parts, dict[str, Any]]:
    """A stored mesh and its entry in the manifest; see ``ParticleMesh.load``."""
    manifest = stored_meshes()
    if not is_one_of(name, manifest):
        raise MeshError(unknown_name("stored mesh", name, manifest))
    entry = manifest[name]
    with resources.as_file(folder() / entry["file"]) as path:  # also of a zipped package
        return read_parts(path, entry["unit"], tuple(entry["groups"]), None)[0], entry
