"""Raw elements: those of other kinds cut into triangles and tetrahedra, and all of them checked.

Corners stand for second-order elements whose sides are straight. Quadrilaterals are cut along a
diagonal; hexahedra, wedges and pyramids into the tetrahedra between their node of lowest number and
the sides that do not touch it. As each of their sides is cut through its node of lowest number,
neighbours agree about every diagonal.
"""

from __future__ import annotations

import re
from itertools import combinations
from typing import Any

import numpy as np
import skfem
from numpy.typing import NDArray
from scipy.sparse import coo_matrix
from scipy.sparse.csgraph import connected_components
from scipy.spatial import cKDTree

from multiscale.errors import MeshError
from multiscale.mesh.measure import signed_sizes
from multiscale.mesh.outline import CLOSE, first_meeting

Array = NDArray[Any]
Nodes = NDArray[np.int64]

STRAIGHT = 1e-6  # of a side, by which the node in its middle may be off
FLAT = 1e-9  # relative tolerance of "in a plane"
EMPTY = 1e-10  # element size over that of a regular element of the mean size
_SOLIDS = ("tetra", "hexahedron", "wedge", "pyramid")
_CORNERS = {
    **{"vertex": 1, "line": 2, "triangle": 3, "quad": 4},
    **{"tetra": 4, "hexahedron": 8, "wedge": 6, "pyramid": 5},
}
# sides of solids by corners, in the order of VTK and meshio; seen from outside all run one way
_FACES: dict[str, list[list[int]]] = {
    "hexahedron": [
        *([0, 3, 2, 1], [4, 5, 6, 7], [0, 1, 5, 4]),
        *([1, 2, 6, 5], [2, 3, 7, 6], [3, 0, 4, 7]),
    ],
    "wedge": [[0, 2, 1], [3, 4, 5], [0, 1, 4, 3], [1, 2, 5, 4], [2, 0, 3, 5]],
    "pyramid": [[0, 3, 2, 1], [0, 1, 4], [1, 2, 4], [2, 3, 4], [3, 0, 4]],
}
# edges in the order of the nodes in their middle
_EDGES = {
    "line": [(0, 1)],
    "triangle": [(0, 1), (1, 2), (2, 0)],
    "quad": [(0, 1), (1, 2), (2, 3), (3, 0)],
    "tetra": [(0, 1), (1, 2), (2, 0), (0, 3), (1, 3), (2, 3)],
    "hexahedron": [
        *((0, 1), (1, 2), (2, 3), (3, 0), (4, 5), (5, 6), (6, 7), (7, 4)),
        *((0, 4), (1, 5), (2, 6), (3, 7)),
    ],
    "wedge": [(0, 1), (1, 2), (2, 0), (3, 4), (4, 5), (5, 3), (0, 3), (1, 4), (2, 5)],
    "pyramid": [(0, 1), (1, 2), (2, 3), (3, 0), (0, 4), (1, 4), (2, 4), (3, 4)],
}
_SECOND_ORDER = {
    *("line3", "triangle6", "triangle7", "quad8", "quad9", "tetra10", "hexahedron20"),
    *("hexahedron27", "wedge15", "wedge18", "pyramid13", "pyramid14"),
}


def corners_of(kind: str) -> int:
    """Corners of a kind of element of meshio, 0 of a kind that is not known.

    Examples
    --------
    >>> corners_of("tetra10"), corners_of("polygon")
    (4, 0)
    """
    return _CORNERS.get(re.sub(r"\d+$", "", kind), 0)


def most_cells(mesh: Any) -> int:
    """Triangles or tetrahedra that a mesh of meshio becomes at most.

    Examples
    --------
    >>> import meshio
    >>> most_cells(meshio.Mesh([[0, 0], [1, 0], [1, 1], [0, 1.0]], [("quad", [[0, 1, 2, 3]])]))
    2
    """
    parts = {"quad": 2, "hexahedron": 6, "wedge": 3, "pyramid": 2}
    kinds = [(re.sub(r"\d+$", "", block.type), len(block.data)) for block in mesh.cells]
    solid = any(kind in _SOLIDS for kind, n in kinds if n)
    counted = _SOLIDS if solid else ("triangle", "quad")
    return sum(parts.get(kind, 1) * n for kind, n in kinds if kind in counted)


def simplices(mesh: Any) -> Any:
    """The mesh (of meshio, changed in place) with vertices, lines, triangles and tetrahedra only.

    Data of cells and sets of cells follow their cells.

    Raises
    ------
    MeshError
        If a side is curved, an element is twisted or of another kind.

    Examples
    --------
    >>> import meshio
    >>> square = meshio.Mesh([[0, 0], [1, 0], [1, 1], [0, 1.0]], [("quad", [[0, 1, 2, 3]])])
    >>> simplices(square).cells_dict["triangle"].tolist()
    [[0, 1, 2], [0, 2, 3]]
    """
    filled = [block.type for block in mesh.cells if len(block.data)]
    if foreign := sorted({kind for kind in filled if not corners_of(kind)}):
        raise MeshError(
            f"elements of kind {', '.join(foreign)}: triangles and quadrilaterals in a plane, or "
            "tetrahedra, hexahedra, wedges and pyramids can be used"
        )
    points = np.asarray(mesh.points, dtype=float)
    solid = any(re.sub(r"\d+$", "", kind) in _SOLIDS for kind in filled)
    for index, block in enumerate(mesh.cells):
        kind = re.sub(r"\d+$", "", block.type)
        if not len(block.data) or block.type in ("vertex", "line", "triangle", "tetra"):
            continue
        cells = np.asarray(block.data, dtype=np.int64)
        if block.type != kind:
            cells = _straight(points, cells, block.type, kind)
        if kind in _FACES:
            cells, parent = _cut_solids(points, cells, kind)
            kind = "tetra"
        elif kind == "quad":
            cells, parent = _cut_quads(points, cells, solid)
            kind = "triangle"
        else:
            parent = np.arange(len(cells))
        mesh.cells[index] = type(block)(kind, cells)
        _follow(mesh, index, parent)
    return mesh


def _straight(points: Array, cells: Array, full: str, kind: str) -> Array:
    """Corners of second-order elements; refuses sides that are curved."""
    remedy = (
        "save the mesh with straight sides (gmsh: Mesh.ElementOrder = 1) and ask for order=2 "
        "here for quadratic fields"
    )
    corners, edges = _CORNERS[kind], np.array(_EDGES[kind])
    if full not in _SECOND_ORDER or cells.shape[1] < corners + len(edges):
        raise MeshError(f"elements of higher order ({full}): {remedy}")
    ends = points[cells[:, edges]]
    middles = points[cells[:, corners : corners + len(edges)]]
    off = np.linalg.norm(middles - ends.mean(axis=2), axis=2)
    curved = (off > STRAIGHT * np.linalg.norm(ends[:, :, 1] - ends[:, :, 0], axis=2)).any(axis=1)
    if curved.any():
        raise MeshError(
            f"second-order elements ({full}), {int(curved.sum())} of which have curved sides: "
            f"{remedy}"
        )
    return cells[:, :corners]


def _cut_quads(points: Array, cells: Array, solid: bool) -> tuple[Array, Array]:
    """Two triangles of each: along the shorter diagonal, or as the sides of solids are cut."""
    first = np.argmin(cells, axis=1)
    if not solid:
        across = [
            np.linalg.norm(points[cells[:, i]] - points[cells[:, i + 2]], axis=1) for i in (0, 1)
        ]
        # by a margin, so that a square is cut the same way wherever it lies
        first = (across[1] < (1 - 1e-9) * across[0]).astype(np.int64)
        ways = [_normals(points, _halves(cells, np.full(len(cells), i))) for i in (0, 1)]
        whole = [(way[0] * way[1]).sum(axis=1) > 0 for way in ways]  # of a dart, one diagonal
        first = np.where(np.where(first == 0, *whole), first, 1 - first)
        if not (whole[0] | whole[1]).all():
            twisted = int((~(whole[0] | whole[1])).sum())
            raise MeshError(f"{twisted} quadrilaterals are twisted: their sides cross")
    halves = _halves(cells, first)
    return np.stack(halves, axis=1).reshape(-1, 3), np.repeat(np.arange(len(cells)), 2)


def _halves(cells: Array, first: Array) -> tuple[Array, Array]:
    """Triangles on both sides of the diagonal from corner number ``first``."""
    rows = np.arange(len(cells))
    a, b, c, d = (cells[rows, (first + i) % 4] for i in range(4))
    return np.stack([a, b, c], axis=1), np.stack([a, c, d], axis=1)


def _normals(points: Array, triangles: tuple[Array, Array]) -> list[Array]:
    flat = points if points.shape[1] == 3 else np.pad(points, ((0, 0), (0, 1)))
    return [
        np.cross(flat[t[:, 1]] - flat[t[:, 0]], flat[t[:, 2]] - flat[t[:, 0]]) for t in triangles
    ]


def _cut_solids(points: Array, cells: Array, kind: str) -> tuple[Array, Array]:
    """Tetrahedra of each; refuses elements that these do not fill."""
    if points.shape[1] != 3:
        raise MeshError(f"elements of kind {kind} in two dimensions")
    lowest = np.argmin(cells, axis=1)
    parts, parents = [], []
    for corner in range(cells.shape[1]):
        rows = np.flatnonzero(lowest == corner)
        for face in _FACES[kind]:
            if corner in face or not rows.size:
                continue
            side = cells[rows][:, face]
            triangles = _halves(side, np.argmin(side, axis=1)) if len(face) == 4 else (side,)
            for triangle in triangles:
                parts.append(np.column_stack([cells[rows, corner], triangle]))
                parents.append(rows)
    tetrahedra, parent = np.vstack(parts), np.concatenate(parents)
    a, b, c, d = (points[tetrahedra[:, i]] for i in range(4))
    sizes = np.einsum("ij,ij->i", np.cross(b - a, c - a), d - a)
    up, down = np.zeros(len(cells), dtype=bool), np.zeros(len(cells), dtype=bool)
    np.logical_or.at(up, parent, sizes >= 0)
    np.logical_or.at(down, parent, sizes <= 0)
    if (up & down).any():
        raise MeshError(
            f"{int((up & down).sum())} elements of kind {kind} are twisted or flat, and cannot be "
            "cut into tetrahedra"
        )
    order = np.argsort(parent, kind="stable")
    return tetrahedra[order], parent[order]


def _follow(mesh: Any, index: int, parent: Array) -> None:
    """Data and sets of a block of cells for the cells that have taken its place."""
    for name in [name for name in mesh.cell_data if name.startswith("skfem:")]:
        if len(parent) != len(np.unique(parent)):
            del mesh.cell_data[name]  # bits of the sides of each element
    for data in mesh.cell_data.values():
        data[index] = np.asarray(data[index])[parent]
    for members in mesh.cell_sets.values():
        if members[index] is not None:
            chosen = np.asarray(members[index], dtype=np.int64)
            members[index] = np.flatnonzero(np.isin(parent, chosen))


def coordinates(points: NDArray, cells: Nodes, dimension: int) -> NDArray[np.float64]:
    """Coordinates (n, dimension): finite, and in a plane of constant z if 2D."""
    points = np.asarray(points, dtype=np.float64)
    bad = np.flatnonzero(~np.isfinite(points[np.unique(cells)]).all(axis=1))
    if len(bad):
        raise MeshError(f"{len(bad)} nodes have coordinates that are not numbers")
    if dimension == 3 or points.shape[1] == 2:
        return points[:, :dimension]
    used = points[np.unique(cells)]
    flat = FLAT * np.ptp(used, axis=0).max()
    if np.ptp(used[:, 2]) > flat:
        plane = {0: "yz", 1: "xz"}.get(int(np.argmin(np.ptp(used, axis=0))))
        lies = plane is not None and np.ptp(used, axis=0).min() <= flat
        raise MeshError(
            f"triangles that do not lie in a plane of constant z (z from {used[:, 2].min():g} to "
            f"{used[:, 2].max():g})"
            + (f", but in the {plane} plane" if lies else "")
            + ": turn a flat mesh into the xy plane; a closed surface must be filled with "
            "tetrahedra first"
        )
    return points[:, :2]


def without_orphans(
    points: NDArray[np.float64], cells: Nodes, groups: dict[str, Nodes]
) -> tuple[NDArray[np.float64], Nodes, dict[str, Nodes]]:
    """Points used by elements only (gmsh keeps centres of arcs), with everything renumbered."""
    used = np.unique(cells)
    number = np.full(len(points), -1, dtype=np.int64)
    number[used] = np.arange(len(used))
    renumbered = {name: number[nodes] for name, nodes in groups.items()}
    for name, nodes in renumbered.items():
        loose = (nodes < 0).any(axis=1)
        if loose.any():
            raise MeshError(f"{loose.sum()} facets of group {name!r} belong to no element")
    return points[used], number[cells], renumbered


def oriented(points: NDArray[np.float64], cells: Nodes) -> Nodes:
    """The elements, all with positive size; their order of nodes in the file says nothing.

    Parts of opposite orientation are common (two surfaces drawn in opposite senses); a mesh that
    is folded shows in ``topology``.

    Raises
    ------
    MeshError
        If an element is empty.
    """
    sizes = signed_sizes(points.T, cells.T)
    typical = np.abs(sizes).mean()
    empty = np.flatnonzero(np.abs(sizes) <= EMPTY * typical)
    if len(empty):
        raise MeshError(
            f"{len(empty)} elements have no volume (counted from 0: {_first(empty)}); remove "
            "duplicate points and mesh again"
        )
    cells = cells.copy()
    cells[sizes < 0, :2] = cells[sizes < 0, 1::-1]
    return cells


def _sides(cells: Nodes) -> tuple[Nodes, Nodes]:
    """Sorted nodes of all sides of all elements, and the sign of each side seen from outside."""
    corners = cells.shape[1]
    kept = list(combinations(range(corners), corners - 1))
    sides = np.vstack([cells[:, list(c)] for c in kept])
    # leaving out the last corner first; the order of the others turns the side round
    signs = np.repeat([(-1) ** (corners - 1 - i) for i in range(corners)], len(cells))
    for i, j in combinations(range(corners - 1), 2):
        signs = np.where(sides[:, i] > sides[:, j], -signs, signs)
    return np.sort(sides, axis=1), signs


def boundary_facets(cells: Nodes) -> Nodes:
    """Sorted nodes (n, dim) of the sides that belong to one element only."""
    sides, counts = np.unique(_sides(cells)[0], axis=0, return_counts=True)
    return sides[counts == 1]


def topology(points: NDArray[np.float64], cells: Nodes) -> None:
    """Elements of positive size are joined by whole sides, lie side by side and hang together.

    Raises
    ------
    MeshError
        If nodes coincide, a side belongs to more than two elements, elements overlap, there are
        several parts, or (2D) the boundary touches itself: a slit, or a node on a side.
    """
    extent_of = float(np.ptp(points, axis=0).max())
    twins = cKDTree(points).query_pairs(CLOSE * extent_of, output_type="ndarray")
    if len(twins):
        raise MeshError(
            f"{len(twins)} nodes lie where another node lies (the first: {_first(twins[0])}): "
            "parts are not joined at their seam, or the mesh is cut open. Merge them "
            "(gmsh: Mesh.removeDuplicateNodes, or BooleanFragments before meshing)"
        )
    facets, signs = _sides(cells)
    sides, inverse, counts = np.unique(facets, axis=0, return_inverse=True, return_counts=True)
    inverse = inverse.reshape(-1)
    if (counts > 2).any():
        raise MeshError(
            f"{(counts > 2).sum()} facets are shared by more than two elements: elements are "
            "doubled or overlap"
        )
    # two neighbours see the side between them from opposite sides
    folded = (counts == 2) & (np.bincount(inverse, signs) != 0)
    element = np.tile(np.arange(len(cells)), cells.shape[1])
    if folded.any():
        culprits = np.unique(element[folded[inverse]])
        raise MeshError(
            f"{folded.sum()} pairs of elements lie on the same side of the facet between them "
            f"(elements counted from 0: {_first(culprits)}): the mesh is folded, or elements are "
            "inverted"
        )
    incidence = coo_matrix((np.ones(len(element)), (element, inverse))).tocsr()
    parts, label = connected_components(incidence @ incidence.T, directed=False)
    if parts > 1:
        sizes = np.sort(np.bincount(label))[::-1]
        raise MeshError(
            f"the mesh falls into {parts} separate parts (of {_first(sizes)} elements): one file "
            "holds one particle, and its elements share nodes"
        )
    if points.shape[1] == 2:
        rim = sides[counts == 1]
        found = first_meeting(points, rim)
        if found is not None:
            middle = points[rim[found[0]]].mean(axis=0)
            raise MeshError(
                f"the boundary touches or crosses itself near ({middle[0]:.4g}, {middle[1]:.4g}) m:"
                " elements overlap, or meet without sharing nodes"
            )


def facet_indices(mesh: skfem.Mesh, name: str, nodes: Nodes) -> Nodes:
    """Indices of the facets with the given nodes (n, dim); they need not be on the boundary."""
    number = {tuple(facet): index for index, facet in enumerate(mesh.facets.T.tolist())}
    found = [number.get(tuple(facet), -1) for facet in np.sort(nodes, axis=1).tolist()]
    indices = np.array(found, dtype=np.int64)
    if (indices < 0).any():
        raise MeshError(
            f"{(indices < 0).sum()} facets of group {name!r} are not the side of any element"
        )
    return indices


def _first(values: NDArray, n: int = 5) -> str:
    more = ", ..." if len(values) > n else ""
    return ", ".join(str(int(v)) for v in values[:n]) + more
