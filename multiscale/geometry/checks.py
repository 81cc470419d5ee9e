"""Checks of raw mesh arrays: coordinates, element sizes, connections and facets."""

from __future__ import annotations

from itertools import combinations
from typing import Any

import numpy as np
import skfem
from numpy.typing import NDArray
from scipy.sparse import coo_matrix
from scipy.sparse.csgraph import connected_components

from multiscale.errors import MeshError
from multiscale.geometry.measure import METRES, signed_sizes
from multiscale.limits import LENGTH, number

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
        raise MeshError(f"{name} must be a positive length, not {value!r}")
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
    if np.ptp(used[:, 2]) > FLAT * np.ptp(used, axis=0).max():
        raise MeshError(
            f"triangles that do not lie in a plane of constant z (z from {used[:, 2].min():g} to "
            f"{used[:, 2].max():g}): turn a flat mesh into the xy plane; a closed surface must be "
            "filled with tetrahedra first"
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


def element_sizes(points: NDArray[np.float64], cells: Nodes) -> None:
    """No element is empty, and all are oriented the same way."""
    sizes = signed_sizes(points.T, cells.T)
    typical = np.abs(sizes).mean()
    empty = np.flatnonzero(np.abs(sizes) <= EMPTY * typical)
    if len(empty):
        raise MeshError(
            f"{len(empty)} elements have no volume (counted from 0: {_first(empty)}); remove "
            "duplicate points and mesh again"
        )
    # a mesh mirrored as a whole is harmless; single elements turned over mean a folded mesh
    inverted = np.flatnonzero(np.sign(sizes) != np.sign(np.sum(np.sign(sizes)) or 1.0))
    if len(inverted):
        raise MeshError(
            f"{len(inverted)} of {len(cells)} elements are inverted (counted from 0: "
            f"{_first(inverted)}); the mesh is folded, or its elements are not oriented alike"
        )


def topology(cells: Nodes) -> None:
    """Each facet belongs to one or two elements, and the elements hang together."""
    corners = cells.shape[1]
    facets = np.vstack([cells[:, list(c)] for c in combinations(range(corners), corners - 1)])
    _, inverse, counts = np.unique(
        np.sort(facets, axis=1), axis=0, return_inverse=True, return_counts=True
    )
    if (counts > 2).any():
        raise MeshError(
            f"{(counts > 2).sum()} facets are shared by more than two elements: elements are "
            "doubled or overlap"
        )
    element = np.tile(np.arange(len(cells)), corners)
    incidence = coo_matrix((np.ones(len(element)), (element, inverse.reshape(-1)))).tocsr()
    parts, label = connected_components(incidence @ incidence.T, directed=False)
    if parts > 1:
        sizes = np.sort(np.bincount(label))[::-1]
        raise MeshError(
            f"the mesh falls into {parts} separate parts (of {_first(sizes)} elements): one file "
            "holds one particle, and its elements share nodes"
        )


def facet_indices(mesh: skfem.Mesh, name: str, nodes: Nodes) -> Nodes:
    """Indices of the facets with the given nodes (n, dim); they need not be on the boundary."""
    number = {tuple(facet): index for index, facet in enumerate(mesh.facets.T.tolist())}
    found = [number.get(tuple(facet), -1) for facet in np.sort(nodes, axis=1).tolist()]
    indices = np.array(found, dtype=np.int64)
    if (indices < 0).any():
        raise MeshError(
            f"{(indices < 0).sum()} facets of group {name!r} are no side of any element"
        )
    return indices


def _first(values: NDArray, n: int = 5) -> str:
    more = ", ..." if len(values) > n else ""
    return ", ".join(str(int(v)) for v in values[:n]) + more
