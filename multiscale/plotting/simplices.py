"""Straight simplices of a mesh, and where a plane cuts them. NumPy only; no drawing."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix

from multiscale.fem.space import FiniteElementSpace

# Local unknowns of the pieces of a quadratic element: corners first, then the midpoints of
# the edges (01)(12)(02)(03)(13)(23), which is scikit-fem's order.
_PIECES: dict[tuple[int, int], list[tuple[int, ...]]] = {
    (1, 3): [(0, 2), (2, 1)],
    (2, 6): [(0, 3, 5), (3, 1, 4), (5, 4, 2), (3, 4, 5)],
    (3, 10): [
        (0, 4, 6, 7),
        (1, 4, 5, 8),
        (2, 5, 6, 9),
        (3, 7, 8, 9),
        (6, 8, 4, 5),
        (6, 8, 5, 9),
        (6, 8, 9, 7),
        (6, 8, 7, 4),
    ],
}


def straight_cells(space: FiniteElementSpace) -> NDArray[np.int64]:
    """Simplices between the unknowns, (n, dimension + 1); quadratic elements are split.

    Examples
    --------
    >>> from multiscale import ParticleMesh
    >>> mesh = ParticleMesh.disk(1e-6, 0.5e-6)
    >>> cells = straight_cells(FiniteElementSpace(mesh.with_order(2)))
    >>> len(cells) == 4 * mesh.n_elements
    True
    """
    return split_cells(space.element_unknowns, space.dimension)


def split_cells(unknowns: NDArray[np.int64], dimension: int) -> NDArray[np.int64]:
    """Linear simplices from the unknowns of linear or quadratic ones, (n, dimension + 1)."""
    pieces = _PIECES.get((dimension, unknowns.shape[1]))
    if pieces is None:
        return unknowns
    return np.concatenate([unknowns[:, piece] for piece in pieces])


def locate(
    points: NDArray[np.float64], nodes: NDArray[np.float64], cells: NDArray[np.int64]
) -> csr_matrix:
    """Matrix that interpolates nodal values at points; rows outside every cell are NaN.

    Parameters
    ----------
    points : array, shape (dimension, n_points)
    nodes : array, shape (dimension, n_nodes)
    cells : int array, shape (n_cells, dimension + 1)

    Returns
    -------
    csr_matrix, shape (n_points, n_nodes)
    """
    origin = nodes[:, cells[:, 0]]
    edges = nodes[:, cells[:, 1:]] - origin[:, :, None]
    inverse = np.linalg.inv(edges.transpose(1, 0, 2))
    found = np.zeros(points.shape[1], dtype=int)
    weights = np.full((points.shape[1], cells.shape[1]), np.nan)
    for i, point in enumerate(points.T):
        rest = np.einsum("cij,jc->ci", inverse, point[:, None] - origin)
        share = np.column_stack([1 - rest.sum(axis=1), rest])
        inside = share.min(axis=1)
        found[i] = int(np.argmax(inside))
        if inside[found[i]] > -1e-6:
            weights[i] = share[found[i]]
    row = np.repeat(np.arange(points.shape[1]), cells.shape[1])
    entries = (weights.ravel(), (row, cells[found].ravel()))
    return csr_matrix(entries, shape=(points.shape[1], nodes.shape[1]))


@dataclass(frozen=True)
class Cut:
    """Where a plane meets simplices: vertices on their edges, and pieces between them.

    Attributes
    ----------
    weights : csr_matrix, shape (n_vertices, n_nodes)
        Turns nodal values, or coordinates, into those of the vertices.
    pieces : int array, shape (n, 3) for tetrahedra, (n, 2) for triangles
        Vertices of the triangles, or segments, in the plane.
    """

    weights: csr_matrix
    pieces: NDArray[np.int64]


def cut(cells: NDArray[np.int64], height: NDArray[np.float64]) -> Cut:
    """Cut tetrahedra into triangles, or triangles into segments, where height is zero.

    Parameters
    ----------
    cells : int array, shape (n_cells, 4) or (n_cells, 3)
    height : array, shape (n_nodes,)
        Signed distance of every node from the plane.
    """
    height = _off_the_plane(height)
    corners = cells.shape[1]
    code = (height[cells] > 0) @ (1 << np.arange(corners))
    edges = []
    for pattern in range(1, 2**corners - 1):
        above = [i for i in range(corners) if pattern >> i & 1]
        below = [i for i in range(corners) if not pattern >> i & 1]
        chosen = cells[code == pattern]
        edges += [chosen[:, np.array(piece)] for piece in _crossings(above, below)]
    return _cut(np.concatenate(edges), height)


def _crossings(above: list[int], below: list[int]) -> list[list[tuple[int, int]]]:
    """Pieces of the section of one simplex, each a list of crossed edges (local nodes)."""
    if len(above) == 2 and len(below) == 2:
        (a, b), (c, d) = above, below
        return [[(a, c), (a, d), (b, d)], [(a, c), (b, d), (b, c)]]
    return [[(i, j) for i in above for j in below]]


def clip(triangles: NDArray[np.int64], height: NDArray[np.float64]) -> Cut:
    """The parts of triangles where height is positive, as triangles."""
    height = _off_the_plane(height)
    above = height[triangles] > 0
    pairs = [np.repeat(triangles[above.all(axis=1)][:, :, None], 2, axis=2)]
    for i in range(3):
        j, k = (i + 1) % 3, (i + 2) % 3
        one = triangles[above[:, i] & ~above[:, j] & ~above[:, k]]
        pairs.append(np.stack([one[:, [i, i]], one[:, [i, j]], one[:, [i, k]]], axis=1))
        two = triangles[~above[:, i] & above[:, j] & above[:, k]]
        pairs.append(np.stack([two[:, [j, j]], two[:, [k, k]], two[:, [i, j]]], axis=1))
        pairs.append(np.stack([two[:, [k, k]], two[:, [i, k]], two[:, [i, j]]], axis=1))
    return _cut(np.concatenate(pairs), height)


def _off_the_plane(height: NDArray[np.float64]) -> NDArray[np.float64]:
    """A node in the plane counts as just above it, so that no case is ambiguous."""
    tiny = 1e-9 * max(float(np.ptp(height)), 1e-300)
    return np.where(np.abs(height) < tiny, tiny, height)


def _cut(ends: NDArray[np.int64], height: NDArray[np.float64]) -> Cut:
    """Vertices between pairs of nodes (pieces, corners, 2); equal nodes are a node itself."""
    unique, number = np.unique(np.sort(ends, axis=-1).reshape(-1, 2), axis=0, return_inverse=True)
    low, high = height[unique].T
    same = unique[:, 0] == unique[:, 1]
    share = np.where(same, 0.0, low / np.where(same, 1.0, low - high))
    row = np.arange(len(unique))
    entries = (np.concatenate([1 - share, share]), (np.tile(row, 2), unique.T.ravel()))
    weights = csr_matrix(entries, shape=(len(unique), len(height)))
    return Cut(weights, number.reshape(ends.shape[:-1]))
