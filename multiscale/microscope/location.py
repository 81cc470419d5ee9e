"""Where points lie in a mesh of simplices: interpolation by barycentric weights."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix
from scipy.spatial import cKDTree

Floats = NDArray[np.float64]
Cells = NDArray[np.integer]
_CANDIDATES = 24  # nearest cells that are tried for each point
_EDGE = 1e-6  # barycentric weight below zero that still counts as inside


def barycentric(points: Floats, nodes: Floats, cells: Cells) -> tuple[Floats, NDArray[np.int64]]:
    """Barycentric weights of points in the cells near them.

    Parameters
    ----------
    points : ndarray, shape (n_points, dimension)
    nodes : ndarray, shape (n_nodes, dimension)
    cells : ndarray of int, shape (n_cells, dimension + 1)

    Returns
    -------
    weights : ndarray, shape (n_points, n_candidates, dimension + 1)
        All at least 0 where the point lies in the cell.
    candidates : ndarray of int, shape (n_points, n_candidates)
        Numbers of the cells.

    Examples
    --------
    >>> nodes = np.array([[0.0, 0.0], [1.0, 0.0], [0.0, 1.0]])
    >>> weights, _ = barycentric(np.array([[0.25, 0.5]]), nodes, np.array([[0, 1, 2]]))
    >>> weights
    array([[[0.25, 0.25, 0.5 ]]])
    """
    count = min(_CANDIDATES, len(cells))
    _, candidates = cKDTree(nodes[cells].mean(axis=1)).query(points, count)
    candidates = candidates.reshape(len(points), count)
    origin = nodes[cells[:, 0]]
    edges = (nodes[cells[:, 1:]] - origin[:, None]).transpose(0, 2, 1)
    inverse = np.linalg.inv(edges)
    offset = points[:, None] - origin[candidates]
    rest = np.einsum("pcij,pcj->pci", inverse[candidates], offset)
    return np.concatenate([1 - rest.sum(axis=2, keepdims=True), rest], axis=2), candidates


def interpolation(
    points: Floats, nodes: Floats, cells: Cells
) -> tuple[csr_matrix, NDArray[np.bool_]]:
    """Matrix from nodal values to values at points, and which points lie in the mesh.

    Parameters
    ----------
    points, nodes, cells
        See :func:`barycentric`.

    Returns
    -------
    matrix : scipy.sparse.csr_matrix, shape (n_points, n_nodes)
        Rows of points outside are empty.
    inside : ndarray of bool, shape (n_points,)

    Examples
    --------
    >>> nodes = np.array([[0.0, 0.0], [1.0, 0.0], [0.0, 1.0]])
    >>> points = np.array([[0.25, 0.25], [2.0, 2.0]])
    >>> matrix, inside = interpolation(points, nodes, np.array([[0, 1, 2]]))
    >>> (matrix @ np.array([0.0, 4.0, 8.0])).tolist(), inside.tolist()
    ([3.0, 0.0], [True, False])
    """
    weights, candidates = barycentric(points, nodes, cells)
    least = weights.min(axis=2)
    best = least.argmax(axis=1)
    every = np.arange(len(points))
    inside = least[every, best] > -_EDGE
    chosen = np.where(inside[:, None], weights[every, best], 0.0)
    columns = cells[candidates[every, best]]
    rows = np.repeat(every, cells.shape[1])
    shape = (len(points), len(nodes))
    return csr_matrix((chosen.ravel(), (rows, columns.ravel())), shape=shape), inside


def top_surface(points: Floats, nodes: Floats, tetrahedra: Cells) -> Floats:
    """Height of the upper surface of a body above points of the plane.

    Parameters
    ----------
    points : ndarray, shape (n_points, 2)
    nodes : ndarray, shape (n_nodes, 3)
    tetrahedra : ndarray of int, shape (n_cells, 4)

    Returns
    -------
    ndarray, shape (n_points,)
        Third coordinate; NaN beside the body.

    Examples
    --------
    >>> nodes = np.array([[0.0, 0, 0], [1, 0, 0], [0, 1, 0], [0, 0, 1]])
    >>> top_surface(np.array([[0.25, 0.25], [1.0, 1.0]]), nodes, np.array([[0, 1, 2, 3]]))
    array([0.5, nan])
    """
    faces = _upper_faces(nodes, tetrahedra)
    weights, candidates = barycentric(points, nodes[:, :2], faces)
    heights = np.einsum("pci,pci->pc", weights, nodes[faces[candidates], 2])
    heights = np.where(weights.min(axis=2) > -_EDGE, heights, -np.inf).max(axis=1)
    return np.where(np.isfinite(heights), heights, np.nan)


def _upper_faces(nodes: Floats, tetrahedra: Cells) -> NDArray[np.int64]:
    """Triangles of the boundary that look up."""
    opposite = tetrahedra.ravel()
    faces = np.stack([np.delete(tetrahedra, i, axis=1) for i in range(4)], axis=1).reshape(-1, 3)
    _, first, count = np.unique(
        np.sort(faces, axis=1), axis=0, return_index=True, return_counts=True
    )
    outer = first[count == 1]
    a, b, c = (nodes[faces[outer, i]] for i in range(3))
    normal = np.cross(b - a, c - a)
    inwards = np.einsum("fi,fi->f", normal, nodes[opposite[outer]] - a)
    up = -np.sign(inwards) * normal[:, 2]
    size = np.linalg.norm(normal, axis=1)
    return faces[outer][up > _EDGE * size]
