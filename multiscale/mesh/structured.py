"""Meshes made without a mesh generator: lines, disks, hexagons, balls and cylinders.

All are built from lattices on simplices that share the centre, bent onto the round shape, so
they are nearly uniform, the same on every machine, and conforming by construction.

Round shapes have equal area: the polygon (or polyhedron) is blown up until it is as large as the
circle (or sphere), so that the mesh holds as much lithium as the round particle. Its corners lie
outside the radius and the middles of its sides inside, by about (pi/N)^2/3 of it for N sides.
"""

from __future__ import annotations

from itertools import permutations
from math import ceil, pi, sin, sqrt

import numpy as np
import skfem
from numpy.typing import NDArray

from multiscale.errors import MeshError
from multiscale.limits import number
from multiscale.mesh.groups import SURFACE, Parts
from multiscale.mesh.measure import oriented_mesh, signed_sizes


def divisions(length: float, size: float) -> int:
    """Number of equal pieces of at most ``size`` in ``length``."""
    for name, value in (("length", length), ("size", size)):
        if not number(value, f"The {name}", MeshError) > 0:
            raise MeshError(f"The {name} must be a positive number of metres, not {value!r}")
    if size > length:
        raise MeshError(f"The element size {size:g} m exceeds the particle's {length:g} m")
    return ceil(length / size * (1 - 1e-9))


def line(radius: float, n: int, grading: float = 1.0) -> Parts:
    """Line of ``n`` elements from 0 to ``radius``.

    ``grading`` is the ratio of the innermost to the outermost element.
    """
    if not (np.isfinite(radius) and radius > 0):
        raise MeshError(f"The radius must be a positive number of metres, not {radius!r}")
    if n < 1 or n != int(n):
        raise MeshError(f"A radial mesh needs a whole number n >= 1 of elements, not {n!r}")
    nodes = graded_nodes(radius, int(n), grading)
    cells = np.vstack([np.arange(n), np.arange(1, n + 1)])
    mesh = skfem.MeshLine1(nodes[np.newaxis], cells)
    outer = np.flatnonzero(mesh.facets[0] == n)
    return mesh, {SURFACE: outer}


def graded_nodes(length: float, n: int, grading: float) -> NDArray[np.float64]:
    """``n`` + 1 nodes from 0 to ``length``; the spacings are a geometric series."""
    if not (np.isfinite(grading) and grading > 0):
        raise MeshError(f"The grading must be positive (1 = uniform), not {grading!r}")
    steps = grading ** -np.linspace(0, 1, n) if n > 1 else np.ones(1)
    nodes = np.concatenate([[0.0], np.cumsum(steps)])
    return nodes * (length / nodes[-1])


def disk(radius: float, size: float, grading: float = 1.0) -> Parts:
    """Disk of concentric rings: ring k of n holds 6k nodes at equal angles.

    ``grading`` is the ratio of the innermost to the outermost ring's width. The polygon has the
    area of the circle.
    """
    rings = divisions(radius, size)
    corners = radius * sqrt(pi / (3 * rings * sin(pi / (3 * rings))))
    distance = graded_nodes(corners, rings, grading)
    points = [np.zeros((2, 1))]
    for k in range(1, rings + 1):
        angle = pi / (3 * k) * np.arange(6 * k)
        points.append(distance[k] * np.array([np.cos(angle), np.sin(angle)]))
    return _whole_surface(np.hstack(points), _ring_cells(rings))


def hexagon(radius: float, size: float) -> Parts:
    """Regular hexagon of circumradius ``radius`` made of equilateral triangles."""
    rings = divisions(radius, size)
    corners = np.array([np.cos(pi / 3 * np.arange(7)), np.sin(pi / 3 * np.arange(7))])
    points = [np.zeros((2, 1))]
    for k in range(1, rings + 1):
        side, step = np.divmod(np.arange(6 * k), k)
        along = step / k
        ring = (1 - along) * corners[:, side] + along * corners[:, side + 1]
        points.append(radius * k / rings * ring)
    return _whole_surface(np.hstack(points), _ring_cells(rings))


def _ring_cells(rings: int) -> NDArray[np.int64]:
    """Triangles (3, 6 rings^2) between rings of 6k nodes, numbered from the centre."""
    cells = []
    for k in range(1, rings + 1):
        outer, inner = 1 + 3 * k * (k - 1), 1 + 3 * (k - 1) * (k - 2) if k > 1 else 0
        n_inner = max(6 * (k - 1), 1)
        for side in range(6):
            o = outer + (side * k + np.arange(k + 1)) % (6 * k)
            i = inner + (side * (k - 1) + np.arange(k)) % n_inner
            cells.append(np.vstack([i, o[:-1], o[1:]]))
            cells.append(np.vstack([i[:-1], o[1:-1], i[1:]]))
    return np.hstack(cells)


def ball(radius: float, size: float, grading: float = 1.0) -> Parts:
    """Ball from the 20 tetrahedra between the centre and the faces of an icosahedron.

    The tetrahedra are subdivided edgewise and each shell is bent onto its sphere, which keeps
    the elements nearly regular. ``grading`` as for ``disk``; the volume is that of the sphere.
    """
    shells = divisions(radius, size)
    vertices, faces = _icosahedron()
    weights, cells = _edgewise_subdivision(shells)
    angle = float(np.arccos(vertices[:, faces[0, 0]] @ vertices[:, faces[1, 0]]))
    distance = graded_nodes(1.0, shells, grading)
    pieces, tetrahedra = [], []
    shell = weights[1:].sum(axis=0)
    # spherical interpolation: equal steps of angle along the edges of the icosahedron
    sines = np.sin(weights[1:] / np.maximum(shell, 1) * angle)
    for index, face in enumerate(faces.T):
        # lattice points (weights of centre and three corners) moved onto shells at ``distance``
        direction = vertices[:, face] @ sines
        norm = np.linalg.norm(direction, axis=0)
        pieces.append(direction / np.where(norm > 0, norm, 1) * distance[shell])
        tetrahedra.append(cells + index * weights.shape[1])
    points, merged = _merged(np.hstack(pieces), np.hstack(tetrahedra), 1 / shells)
    volume = np.abs(signed_sizes(points, merged)).sum()
    return _whole_surface(radius * (4 * pi / 3 / volume) ** (1 / 3) * points, merged)


def _icosahedron() -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    """Corners (3, 12), one at each pole of z, and faces (3, 20) of the unit icosahedron."""
    height, ring = 1 / sqrt(5), 2 / sqrt(5)
    upper = 2 * pi / 5 * np.arange(5)
    lower = upper + pi / 5
    columns = [[0, 0, -1.0]]
    columns += [[ring * np.cos(a), ring * np.sin(a), -height] for a in lower]
    columns += [[ring * np.cos(a), ring * np.sin(a), height] for a in upper]
    columns += [[0, 0, 1.0]]
    faces = []
    for i in range(5):
        j = (i + 1) % 5
        faces += [[0, 1 + i, 1 + j], [11, 6 + i, 6 + j]]
        faces += [[1 + i, 6 + i, 6 + j], [1 + i, 1 + j, 6 + j]]
    return np.array(columns).T, np.array(faces).T


def _edgewise_subdivision(n: int) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Integer weights (4, m), each summing to n, and the n^3 tetrahedra of the subdivision.

    Kuhn's triangulation of a cube grid, restricted to n >= x >= y >= z >= 0, is an edgewise
    subdivision of that tetrahedron; faces shared by two tetrahedra are cut alike.
    """
    grid = np.indices((n + 1,) * 3).reshape(3, -1)
    inside = (grid[0] >= grid[1]) & (grid[1] >= grid[2])
    number = np.cumsum(inside) - 1
    x, y, z = grid[:, inside]
    weights = np.array([n - x, x - y, y - z, z])
    cube = np.indices((n,) * 3).reshape(3, -1)
    cells = []
    for order in permutations(range(3)):
        path = np.cumsum([np.zeros(3, int), *np.eye(3, dtype=int)[list(order)]], axis=0)
        corners = cube[:, np.newaxis] + path.T[:, :, np.newaxis]
        keep = ((corners[0] >= corners[1]) & (corners[1] >= corners[2])).all(axis=0)
        flat = np.ravel_multi_index(tuple(corners[:, :, keep]), (n + 1,) * 3)
        cells.append(number[flat])
    return weights, np.hstack(cells)


def _merged(
    points: NDArray[np.float64], cells: NDArray[np.int64], spacing: float
) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    """Points that coincide become one; ``spacing`` is the distance of distinct ones."""
    keys = np.round(points / (1e-3 * spacing)).astype(np.int64)
    _, first, inverse = np.unique(keys, axis=1, return_index=True, return_inverse=True)
    # number the survivors outwards from the centre: a small bandwidth, the same everywhere
    distance = np.round(np.linalg.norm(points[:, first], axis=0) / (1e-3 * spacing))
    order = np.lexsort([*keys[::-1, first], distance])
    rank = np.empty_like(order)
    rank[order] = np.arange(len(order))
    return points[:, first[order]], rank[inverse.reshape(-1)][cells]


def cylinder(radius: float, height: float, size: float, grading: float = 1.0) -> Parts:
    """Cylinder with its axis along z, centred on the origin: an extruded ``disk``.

    Groups: "surface" (the side), "top" and "bottom".
    """
    flat, _ = disk(radius, size, grading)
    layers = divisions(height, min(size, height))
    n = flat.p.shape[1]
    z = height * (np.arange(layers + 1) / layers - 0.5)
    points = np.vstack([np.tile(flat.p, layers + 1), np.repeat(z, n)])
    a, b, c = np.sort(flat.t, axis=0)
    # each prism becomes three tetrahedra; node order fixes the diagonals of shared sides
    prism = np.hstack([[a, b, c, c + n], [a, b, b + n, c + n], [a, a + n, b + n, c + n]])
    cells = np.hstack([prism + n * k for k in range(layers)])
    mesh = oriented_mesh(points, cells)
    boundary = mesh.boundary_facets()
    middle = mesh.p[2, mesh.facets[:, boundary]].mean(axis=0)
    top, bottom = middle > z[-1] - 1e-6 * height, middle < z[0] + 1e-6 * height
    groups = {SURFACE: boundary[~(top | bottom)], "top": boundary[top]}
    return mesh, {**groups, "bottom": boundary[bottom]}


def _whole_surface(points: NDArray[np.float64], cells: NDArray[np.int64]) -> Parts:
    mesh = oriented_mesh(points, cells)
    return mesh, {SURFACE: mesh.boundary_facets()}
