"""Lengths and units of a particle, and the sizes and shapes of its elements and facets."""

from __future__ import annotations

from dataclasses import dataclass
from math import pi
from typing import Any

import numpy as np
import skfem
from numpy.typing import NDArray

from multiscale.errors import MeshError, is_one_of, unknown_name
from multiscale.limits import LENGTH, number

SHAPES = {"slab": 0, "cylinder": 1, "sphere": 2}
DEFAULT_DEPTH = 1e-6
METRES = {"m": 1.0, "mm": 1e-3, "um": 1e-6, "nm": 1e-9}
SMALLEST, LARGEST = LENGTH.possible  # extents of a particle [m]
MOST_ELEMENTS = 500_000  # of one mesh; a run of a hundredth of it takes minutes


def metres(unit: str | None) -> float:
    """Length of one ``unit`` in metres; there is no default unit on purpose."""
    if unit is None:
        raise MeshError(
            f"No unit given: say unit='um' (one of {', '.join(METRES)}), "
            "coordinates in a file carry none and there is no default"
        )
    if not is_one_of(unit, METRES):
        raise MeshError(unknown_name("unit of length", unit, METRES))
    return METRES[unit]


def extent(points: NDArray[np.float64], unit: str) -> None:
    """A particle measures between 1 nm and 1 mm; anything else is a wrong unit."""
    size = float(np.ptp(points, axis=0).max())
    if SMALLEST <= size <= LARGEST:
        return
    plausible = [other for other in METRES if 5e-8 <= size / METRES[unit] * METRES[other] <= 2e-4]
    hint = f"; unit={plausible[0]!r} would be plausible" if plausible else ""
    raise MeshError(
        f"with unit={unit!r} the particle measures {size:.3g} m, which is not between 1 nm and "
        f"1 mm: wrong unit?{hint}"
    )


def affordable(elements: float, what: str, remedy: str) -> None:
    """Refuse a mesh that would be too large, before it is made.

    Parameters
    ----------
    elements : float
        Elements it would have, or an estimate.
    what : str
        What asks for them, with its name and value.
    remedy : str
        What to do instead.

    Raises
    ------
    MeshError
        If there would be more than ``MOST_ELEMENTS``, or their number is not finite.

    Examples
    --------
    >>> affordable(6e8, "size=1e-10 m", "choose a larger size")
    Traceback (most recent call last):
    multiscale.errors.MeshError: size=1e-10 m makes a mesh of about 6e+08 elements; the limit is \
500,000: choose a larger size
    """
    if not elements <= MOST_ELEMENTS:
        raise MeshError(
            f"{what} makes a mesh of about {elements:.3g} elements; the limit is "
            f"{MOST_ELEMENTS:,}: {remedy}"
        )


def positive(name: str, value: float) -> float:
    """A length that is a finite positive number; refuses anything else by its name.

    Examples
    --------
    >>> positive("size", 1e-7)
    1e-07
    """
    fits = isinstance(value, int | float | np.integer | np.floating)
    if not fits or isinstance(value, bool) or not (np.isfinite(value) and value > 0):
        raise MeshError(f"{name} must be a positive number, a length, not {value!r}")
    return float(value)


def particle_length(value: Any, what: str) -> float:
    """A radius, height or thickness of a particle [m]: the sizes that files are held to.

    Examples
    --------
    >>> particle_length(1.0, "radius")
    Traceback (most recent call last):
    multiscale.errors.MeshError: radius is 1 m; a length of particles is between 1e-09 and \
0.001 m: is it in micrometres? Then write 1e-06
    """
    return number(value, what, MeshError, LENGTH)


@dataclass(frozen=True)
class Quality:
    """How well-shaped the elements of a mesh are.

    Attributes
    ----------
    min_angle : float
        Smallest angle of a triangle, or dihedral angle of a tetrahedron [degree]; NaN in 1D.
    min_radius_ratio : float
        Worst of dimension x inscribed / circumscribed radius, 1 for a regular element; 1 in 1D.
    min_edge, mean_edge, max_edge : float
        Lengths of the element edges [m].
    """

    min_angle: float
    min_radius_ratio: float
    min_edge: float
    mean_edge: float
    max_edge: float


def measure_scale(dimension: int, depth: float | None, shape_power: int | None) -> float:
    """Constant factor of the measure; see ``ParticleMesh.measure``."""
    if dimension == 3:
        return 1.0
    if dimension == 2:
        return float(depth or DEFAULT_DEPTH)
    length = float(depth or DEFAULT_DEPTH)
    return {0: length**2, 1: 2 * pi * length, 2: 4 * pi}[shape_power or 0]


def element_sizes(mesh: skfem.Mesh) -> NDArray[np.float64]:
    """Lengths, areas or volumes of all elements, positive, in units of the coordinates."""
    return np.abs(signed_sizes(mesh.p, mesh.t))


def signed_sizes(points: NDArray[np.float64], cells: NDArray[np.int64]) -> NDArray[np.float64]:
    """Signed sizes of simplices; ``points`` is (dim, n), ``cells`` is (dim + 1, m)."""
    edges = points[:, cells[1:]] - points[:, cells[:1]]
    determinant = np.linalg.det(np.moveaxis(edges, 2, 0))
    return determinant / (1.0, 1.0, 2.0, 6.0)[len(points)]


def oriented_mesh(points: NDArray[np.float64], cells: NDArray[np.int64]) -> skfem.Mesh:
    """Triangle or tetrahedral mesh of the given nodes and elements."""
    kind = skfem.MeshTri1 if len(points) == 2 else skfem.MeshTet1
    cells = oriented_cells(points, cells)
    return kind(np.ascontiguousarray(points), np.ascontiguousarray(cells))


def oriented_cells(points: NDArray[np.float64], cells: NDArray[np.int64]) -> NDArray[np.int64]:
    """The same elements (dim + 1, n) with their nodes ordered so that all sizes are positive."""
    cells = np.array(cells)
    negative = signed_sizes(points, cells) < 0
    cells[:2, negative] = cells[1::-1, negative]
    return cells


def facet_sizes(mesh: skfem.Mesh, facets: NDArray[np.int64]) -> NDArray[np.float64]:
    """Sizes of the given facets: 1 for points, lengths of edges, areas of triangles."""
    corners = mesh.p[:, mesh.facets[:, facets]]
    if mesh.dim() == 1:
        return np.ones(len(facets))
    first = corners[:, 1] - corners[:, 0]
    if mesh.dim() == 2:
        return np.linalg.norm(first, axis=0)
    second = corners[:, 2] - corners[:, 0]
    return np.linalg.norm(np.cross(first, second, axis=0), axis=0) / 2


def radial_volume(mesh: skfem.Mesh, scale: float, power: int) -> float:
    """Exact integral of scale r^power over a line mesh."""
    ends = np.sort(mesh.p[0][mesh.t], axis=0) ** (power + 1)
    return float(scale * np.sum(ends[1] - ends[0]) / (power + 1))


def mesh_quality(mesh: skfem.Mesh) -> Quality:
    """Angles, radius ratios and edge lengths of a line, triangle or tetrahedral mesh."""
    pairs = np.hstack([mesh.t[[i, j]] for i in range(len(mesh.t)) for j in range(i)])
    pairs = np.unique(np.sort(pairs, axis=0), axis=1)
    edges = np.linalg.norm(mesh.p[:, pairs[0]] - mesh.p[:, pairs[1]], axis=0)
    smallest, ratio = float("nan"), 1.0
    if mesh.dim() == 2:
        x = mesh.p[:, mesh.t]
        opposite = np.array([np.linalg.norm(x[:, i - 1] - x[:, i - 2], axis=0) for i in range(3)])
        a, b, c = opposite
        area = element_sizes(mesh)
        inscribed, circumscribed = 2 * area / (a + b + c), a * b * c / (4 * area)
        # the angle opposite an edge, by its tangent: robust for flat triangles
        squares = (opposite**2).sum(axis=0) - 2 * opposite**2
        angles = np.degrees(np.arctan2(4 * area, squares))
        smallest, ratio = float(angles.min()), float((2 * inscribed / circumscribed).min())
    elif mesh.dim() == 3:
        x = mesh.p[:, mesh.t]
        u, v, w = (x[:, i] - x[:, 0] for i in (1, 2, 3))
        volume = element_sizes(mesh)
        # outward-area vectors of the four faces; they sum to zero
        normals = [np.cross(v, w, axis=0), np.cross(w, u, axis=0), np.cross(u, v, axis=0)]
        orientation = np.sign(np.sum(u * normals[0], axis=0))
        normals = [-orientation * n / 2 for n in normals]
        normals.append(-(normals[0] + normals[1] + normals[2]))
        areas = [np.linalg.norm(n, axis=0) for n in normals]
        inscribed = 3 * volume / np.sum(areas, axis=0)
        centre = sum((e**2).sum(axis=0) * n for e, n in zip((u, v, w), normals[:3], strict=True))
        circumscribed = np.linalg.norm(centre, axis=0) / (6 * volume)
        cosines = [
            -np.sum(normals[i] * normals[j], axis=0) / (areas[i] * areas[j])
            for i in range(4)
            for j in range(i)
        ]
        smallest = float(np.degrees(np.arccos(np.clip(np.max(cosines), -1, 1))))
        ratio = float((3 * inscribed / circumscribed).min())
    return Quality(smallest, ratio, float(edges.min()), float(edges.mean()), float(edges.max()))
