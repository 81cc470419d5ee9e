"""Checks of raw mesh arrays: coordinates, element sizes, connections and facets."""

from __future__ import annotations

from itertools import combinations
from typing import Any

import numpy as np
import skfem
from numpy.typing import NDArray
from scipy.sparse import coo_matrix
from scipy.sparse.csgraph import connected_components
from scipy.spatial import cKDTree

from multiscale.errors import MeshError
from multiscale.limits import LENGTH, number
from multiscale.mesh.measure import METRES, signed_sizes
from multiscale.mesh.outline import CLOSE, first_meeting

SMALLEST, LARGEST = LENGTH.possible  # extents of a particle [m]
FLAT = 1e-9  # relative tolerance of "in a plane"
EMPTY = 1e-10  # element size over that of a regular element of the mean size
MOST_ELEMENTS = 500_000  # of one mesh; a run of a hundredth of it takes minutes
Nodes = NDArray[np.int64]


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
