"""Elements of other kinds become triangles and tetrahedra that fill the same space."""

from __future__ import annotations

import itertools

import meshio
import numpy as np
import pytest
from siblings import siblings

from multiscale.errors import MeshError
from multiscale.mesh import ParticleMesh
from multiscale.mesh.simplices import most_cells, simplices

N = 3
LINES = np.linspace(0, 2, N + 1)
GRID = np.array(list(itertools.product(LINES, LINES, LINES)))


def number(i, j, k):
    return (i * (N + 1) + j) * (N + 1) + k


HEXES = np.array(
    [
        [number(i + a, j + b, k + c) for c in (0, 1) for a, b in ((0, 0), (1, 0), (1, 1), (0, 1))]
        for i, j, k in itertools.product(range(N), repeat=3)
    ]
)
WEDGES = np.vstack([HEXES[:, [0, 1, 2, 4, 5, 6]], HEXES[:, [0, 2, 3, 4, 6, 7]]])
SIDES = [[0, 3, 2, 1], [4, 5, 6, 7], [0, 1, 5, 4], [1, 2, 6, 5], [2, 3, 7, 6], [3, 0, 4, 7]]
BOTTOM = np.array([q for q in HEXES[:, SIDES[0]] if (GRID[q][:, 2] == 0).all()])


def shuffled(points, blocks, rng):
    """The same mesh with its nodes numbered anew, and corners begun elsewhere."""
    new = rng.permutation(len(points))
    moved = np.empty_like(points)
    moved[new] = points
    return meshio.Mesh(moved, [(kind, new[np.asarray(cells)]) for kind, cells in blocks])


def pyramids():
    """Six of each hexahedron, around a point in its middle."""
    middles = GRID[HEXES].mean(axis=1)
    tops = len(GRID) + np.arange(len(HEXES))
    cells = [np.column_stack([HEXES[:, side], tops]) for side in SIDES]
    return np.vstack([GRID, middles]), np.vstack(cells)


SOLIDS = {
    "hexahedron": (GRID, HEXES),
    "wedge": (GRID, WEDGES),
    "pyramid": pyramids(),
}


@siblings("kind", SOLIDS)
@siblings("seed", range(3))
def test_solids_are_filled_whatever_their_nodes_are_called(kind, seed, tmp_path):
    points, cells = SOLIDS[kind]
    rng = np.random.default_rng(seed)
    points = points + np.prod(np.sin(np.pi * points / 2), axis=1)[:, None] * 0.05  # not flat inside
    sides = ("quad", BOTTOM)
    if kind == "wedge":
        sides = ("triangle", np.vstack([BOTTOM[:, [0, 1, 2]], BOTTOM[:, [0, 2, 3]]]))
    file = shuffled(points, [(kind, cells), sides], rng)
    assert most_cells(file) == len(cells) * {"hexahedron": 6, "wedge": 3, "pyramid": 2}[kind]
    file.cell_data = {"side": [np.zeros(len(cells)), np.full(len(sides[1]), 7)]}
    file.write(tmp_path / "a.vtu")
    mesh = ParticleMesh.read(tmp_path / "a.vtu", unit="um", groups={"contact": 7}, surface="rest")
    assert mesh.volume == pytest.approx(8e-18, rel=1e-9)
    assert mesh.area("contact") == pytest.approx(4e-12, rel=1e-9)
    assert mesh.area("surface") == pytest.approx(20e-12, rel=1e-9)


@pytest.mark.parametrize("seed", range(3))
def test_quadrilaterals_beside_triangles(seed, tmp_path):
    points = np.array([[0, 0], [2, 0], [2, 2], [0, 2], [3, 1], [0.8, 0.9], [-1, 3.0]])
    dart = [0, 5, 3, 6]  # its corner 3 lies inside of the others: one diagonal is outside
    blocks = [("quad", [[0, 1, 2, 3], dart]), ("triangle", [[1, 4, 2]]), ("line", [[1, 4], [4, 2]])]
    blocks[0] = ("quad", [[0, 1, 2, 3]])
    file = shuffled(points, blocks, np.random.default_rng(seed))
    file.write(tmp_path / "a.vtk")
    assert ParticleMesh.read(tmp_path / "a.vtk", unit="um", surface="all").volume == (
        pytest.approx(5e-12 * 1e-6)
    )
    alone = simplices(meshio.Mesh(points, [("quad", [dart])]))
    corners = points[alone.cells_dict["triangle"]]
    sizes = np.linalg.det(corners[:, 1:] - corners[:, :1])
    assert (sizes > 0).all() or (sizes < 0).all()


def test_corners_stand_for_straight_second_order_elements(disk, tmp_path):
    points, cells = disk.mesh.p.T, disk.mesh.t.T
    edges = np.sort(np.vstack([cells[:, [0, 1]], cells[:, [1, 2]], cells[:, [2, 0]]]), axis=1)
    unique, place = np.unique(edges, axis=0, return_inverse=True)
    place = len(points) + place.reshape(3, -1).T
    points = np.vstack([points, points[unique].mean(axis=1)])
    full = np.column_stack([cells, place])
    meshio.Mesh(points, [("triangle6", full)]).write(tmp_path / "a.vtk")
    mesh = ParticleMesh.read(tmp_path / "a.vtk", unit="m", surface="all")
    assert mesh.volume == pytest.approx(disk.volume)
    assert mesh.n_nodes == disk.n_nodes
    points[place[0, 0]] *= 1.001
    meshio.Mesh(points, [("triangle6", full)]).write(tmp_path / "a.vtk")
    with pytest.raises(MeshError, match="of which have curved sides"):
        ParticleMesh.read(tmp_path / "a.vtk", unit="m", surface="all")


@siblings(
    ("kind", "cells", "message"),
    [
        ("quad", [[0, 1, 3, 2]], "quadrilaterals are twisted"),
        ("hexahedron", [[0, 1, 2, 3, 6, 7, 4, 5]], "of kind hexahedron are twisted"),
        ("triangle10", [[0, 1, 2, 3, 4, 5, 6, 7, 0, 1]], "higher order"),
        ("polygon", [[0, 1, 2, 3, 4]], "elements of kind polygon"),
    ],
)
def test_what_cannot_be_cut(kind, cells, message):
    cube = [[x, y, z] for z in (0, 1) for x, y in ((0, 0), (1, 0), (1, 1), (0, 1.0))]
    with pytest.raises(MeshError, match=message):
        simplices(meshio.Mesh(np.array(cube, dtype=float), [(kind, cells)]))
