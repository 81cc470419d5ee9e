"""Lines of sight: which particle a microscope sees at each point, and how deep into it.

Where points lie in a mesh of simplices is told by barycentric weights.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix, hstack, vstack
from scipy.spatial import cKDTree

from multiscale.errors import ResultsError
from multiscale.imaging.rendering.optics import depth_weights
from multiscale.microscope.stored import Body

Floats = NDArray[np.float64]
Cells = NDArray[np.integer]
_CANDIDATES = 24  # nearest cells that are tried for each point
_EDGE = 1e-6  # barycentric weight below zero that still counts as inside

_DEPTHS = 9  # samples along a line of sight
_REACH = 3.0  # probing depths that a line of sight goes down
_STEEPEST = 0.2  # share of the light that still comes back from a steep flank
_SKIN = 1e-9  # [m], how far below a surface the first sample lies


@dataclass(frozen=True)
class View:
    """What a fine grid of lines of sight meets.


    Examples
    --------
    >>> from scipy.sparse import eye
    >>> view = View(np.array([[0, 1], [0, 1]], np.int32), csr_matrix(eye(2)), np.ones((2, 2)))
    >>> view.field(np.array([0.2, 0.4]))
    array([[0. , 0.2],
           [0. , 0.4]])
    """

    labels: NDArray[np.int32]  # (rows, columns): 0 beside all particles; number k is particle k - 1
    # from the lithium fraction of nodes to that which the light meets, one row for each sample with
    # a label, row by row of the image
    weights: csr_matrix
    # (rows, columns): how far the surface faces the objective, 1 for squarely: light from steep
    # flanks misses it
    facing: Floats

    def field(self, stoichiometry: Floats) -> Floats:
        """Lithium fraction that the light meets at each sample; 0 beside the particles."""
        seen = np.zeros(self.labels.shape)
        seen[self.labels > 0] = self.weights @ stoichiometry
        return seen


def view_of(
    bodies: Sequence[Body], flat: bool, x: Floats, y: Floats, probing_depth: float = 200e-9
) -> View:
    """Look at particles along the third axis, from above.

    Parameters
    ----------
    flat : bool
        Cross-sections and cylinders: each point shows the lithium there, whatever the depth.
        Otherwise bodies: light comes from below their upper surface, and the upper ones hide
        the lower ones.
    x, y : ndarray, shapes (columns,) and (rows,)
        Positions of the lines of sight [m].
    probing_depth : float
        See :func:`~multiscale.imaging.rendering.optics.depth_weights` [m].

    Raises
    ------
    ResultsError
        If no particle is seen.
    """
    labels = np.zeros((len(y), len(x)), np.int32)
    height = np.full(labels.shape, -np.inf)
    patches = []
    for number, body in enumerate(bodies, start=1):
        rows, columns = _window(body, x, y)
        points = np.stack(np.meshgrid(x[columns], y[rows]), axis=-1).reshape(-1, 2)
        tops, sample = _sight(body, flat, points, probing_depth)
        patch = (slice(rows[0], rows[-1] + 1), slice(columns[0], columns[-1] + 1))
        tops = tops.reshape(len(rows), len(columns))
        nearer = tops > height[patch]  # False where NaN
        height[patch][nearer], labels[patch][nearer] = tops[nearer], number
        patches.append((patch, sample))
    if not labels.any():
        raise ResultsError("No particle lies under the microscope.")
    facing = np.ones(labels.shape)
    if not flat:  # upward component of the surface's normal; the least where it has no slope
        down, across = np.gradient(np.where(labels > 0, height, np.nan), y, x)
        facing = 1 / np.sqrt(1 + down**2 + across**2)
        facing = np.maximum(np.nan_to_num(facing, nan=0.0), _STEEPEST)
    # rows of all particles' samples that are seen, in the order of the image's samples
    blocks, places = [], []
    where = np.arange(labels.size).reshape(labels.shape)
    widths = [sample.shape[1] for _, sample in patches]
    for number, (patch, sample) in enumerate(patches, start=1):
        seen = labels[patch] == number
        rows = sample[seen.ravel()]
        left, right = sum(widths[: number - 1]), sum(widths[number:])
        empty = [csr_matrix((rows.shape[0], n)) for n in (left, right)]
        blocks.append(hstack([empty[0], rows, empty[1]], format="csr"))
        places.append(where[patch][seen])
    weights = vstack(blocks, format="csr")[np.argsort(np.concatenate(places))]
    return View(labels, weights, facing)


def _window(body: Body, x: Floats, y: Floats) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Rows and columns of the lines of sight that may meet a particle."""
    window = []
    for axis, places in ((1, y), (0, x)):
        if body.fidelity == "resolved":
            low, high = body.positions[:, axis].min(), body.positions[:, axis].max()
        else:
            low, high = body.centre[axis] - body.radius, body.centre[axis] + body.radius
        inside = np.flatnonzero((places >= low) & (places <= high))
        window.append(inside if len(inside) else np.array([0]))
    return window[0], window[1]


def _sight(
    body: Body, flat: bool, points: Floats, probing_depth: float
) -> tuple[Floats, csr_matrix]:
    """Height of what is seen at each point, NaN for nothing, and its weights of the nodes."""
    if body.fidelity == "resolved" and flat:
        matrix, inside = interpolation(points, body.positions[:, :2], body.cells)
        return np.where(inside, 0.0, np.nan), matrix
    if body.fidelity == "resolved":
        top = top_surface(points, body.positions, body.cells)
    else:
        beside = np.hypot(*(points - body.centre[:2]).T)
        inside = beside <= body.radius
        if flat or body.fidelity == "lumped":
            top = np.where(inside, 0.0 if flat else _cap(body, beside), np.nan)
            return top, _along_radius(body, beside)
        top = np.where(inside, _cap(body, beside), np.nan)
    return top, _below(body, points, top, probing_depth)


def _cap(body: Body, beside: Floats) -> Floats:
    """Height of a ball's surface beside its centre."""
    return body.centre[2] + np.sqrt(np.maximum(body.radius**2 - beside**2, 0))


def _below(body: Body, points: Floats, top: Floats, probing_depth: float) -> csr_matrix:
    """Weights of the nodes along lines of sight from the surface down, as far as they reach."""
    depth = np.linspace(0, _REACH * probing_depth, _DEPTHS)
    share = depth_weights(depth, probing_depth)
    seen = np.isfinite(top)
    total: csr_matrix = csr_matrix((len(points), len(body.positions)))
    reached = np.zeros(len(points))
    for down, weight in zip(np.maximum(depth, _SKIN), share, strict=True):
        places = np.column_stack([points, np.where(seen, top, 0.0) - down])
        if body.fidelity == "resolved":
            matrix, inside = interpolation(places, body.positions, body.cells)
        else:
            away = np.linalg.norm(places - body.centre, axis=1)
            matrix, inside = _along_radius(body, away), away <= body.radius
        inside &= seen
        total = total + csr_matrix(matrix.multiply((weight * inside)[:, None]))
        reached += weight * inside
    return csr_matrix(total.multiply((1 / np.where(reached > 0, reached, 1))[:, None]))


def _along_radius(body: Body, away: Floats) -> csr_matrix:
    """Linear interpolation between the nodes along a radius; all of a lumped particle is one."""
    if body.fidelity == "lumped":
        return csr_matrix(np.ones((len(away), 1)))
    radius = body.positions[:, 0] - body.positions[:, 0].min()
    order = np.argsort(radius)
    sorted_radius = radius[order] * (body.radius / radius.max())
    right = np.clip(np.searchsorted(sorted_radius, away), 1, len(order) - 1)
    span = sorted_radius[right] - sorted_radius[right - 1]
    share = np.clip((away - sorted_radius[right - 1]) / span, 0, 1)
    every = np.arange(len(away))
    entries = np.concatenate([1 - share, share])
    nodes = np.concatenate([order[right - 1], order[right]])
    return csr_matrix((entries, (np.tile(every, 2), nodes)), (len(away), len(order)))


def interpolation(
    points: Floats, nodes: Floats, cells: Cells
) -> tuple[csr_matrix, NDArray[np.bool_]]:
    """Matrix from nodal values to values at points, and which points lie in the mesh.

    Points, nodes and cells are those of :func:`barycentric`. Rows of points outside are empty in
    the matrix, (n_points, n_nodes).

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
    used = np.where(inside[:, None], weights[every, best], 0.0)
    columns = cells[candidates[every, best]]
    rows = np.repeat(every, cells.shape[1])
    shape = (len(points), len(nodes))
    return csr_matrix((used.ravel(), (rows, columns.ravel())), shape=shape), inside


def top_surface(points: Floats, nodes: Floats, tetrahedra: Cells) -> Floats:
    """Height of the upper surface of a body above points of the plane, (n_points, 2); NaN beside
    it.

    Of tetrahedra, (n_cells, 4), between nodes, (n_nodes, 3).

    Examples
    --------
    >>> nodes = np.array([[0.0, 0, 0], [1, 0, 0], [0, 1, 0], [0, 0, 1]])
    >>> top_surface(np.array([[0.25, 0.25], [1.0, 1.0]]), nodes, np.array([[0, 1, 2, 3]]))
    array([0.5, nan])
    """
    # triangles of the boundary that look up
    faces = np.stack([np.delete(tetrahedra, i, axis=1) for i in range(4)], axis=1).reshape(-1, 3)
    _, first, count = np.unique(
        np.sort(faces, axis=1), axis=0, return_index=True, return_counts=True
    )
    outer = first[count == 1]
    a, b, c = (nodes[faces[outer, i]] for i in range(3))
    normal = np.cross(b - a, c - a)
    inwards = np.einsum("fi,fi->f", normal, nodes[tetrahedra.ravel()[outer]] - a)
    up = -np.sign(inwards) * normal[:, 2]
    faces = faces[outer][up > _EDGE * np.linalg.norm(normal, axis=1)]
    weights, candidates = barycentric(points, nodes[:, :2], faces)
    heights = np.einsum("pci,pci->pc", weights, nodes[faces[candidates], 2])
    heights = np.where(weights.min(axis=2) > -_EDGE, heights, -np.inf).max(axis=1)
    return np.where(np.isfinite(heights), heights, np.nan)


def barycentric(points: Floats, nodes: Floats, cells: Cells) -> tuple[Floats, NDArray[np.int64]]:
    """Barycentric weights of points, (n_points, dimension), in the cells near them.

    ``nodes`` are (n_nodes, dimension), ``cells`` (n_cells, dimension + 1).

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
