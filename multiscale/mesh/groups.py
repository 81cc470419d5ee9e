"""Named groups of boundary facets: checking, splitting and carrying them over."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from itertools import combinations

import numpy as np
import skfem
from numpy.typing import ArrayLike, NDArray

from multiscale.errors import MeshError, unknown_name

SURFACE = "surface"
Groups = dict[str, NDArray[np.int64]]
Parts = tuple[skfem.Mesh, Groups]
Selector = Callable[[NDArray[np.float64]], ArrayLike] | ArrayLike


def checked_groups(mesh: skfem.Mesh, groups: Mapping[str, ArrayLike]) -> Groups:
    """Facet groups as sorted read-only index arrays that cover the boundary exactly once.

    Parameters
    ----------
    mesh : skfem.Mesh
        Line, triangle or tetrahedral mesh.
    groups : mapping of str to int array
        Facet indices of each group.

    Returns
    -------
    dict of str to int array
        The same groups, sorted, without orientation, not writeable.

    Raises
    ------
    MeshError
        If a group is empty, leaves the boundary or overlaps another, if "surface" is missing, or
        if boundary facets belong to no group. The centre of a line mesh needs no group.
    """
    result: Groups = {}
    for name, indices in groups.items():
        values = np.asarray(indices)
        if values.size == 0:
            raise MeshError(f"Facet group {name!r} holds no facets")
        result[name] = np.unique(values.astype(np.int64))
        inside = np.setdiff1d(result[name], mesh.boundary_facets())
        if len(inside):
            raise MeshError(
                f"Facet group {name!r} has {len(inside)} facets that are not on the boundary; "
                "groups inside a particle have no meaning here"
            )
        result[name].setflags(write=False)
    if SURFACE not in result:
        raise MeshError(
            f"No facet group {SURFACE!r}; this mesh has {', '.join(map(repr, result)) or 'none'}"
        )
    for first, second in combinations(sorted(result), 2):
        common = np.intersect1d(result[first], result[second])
        if len(common):
            raise MeshError(
                f"Facet groups {first!r} and {second!r} overlap in {len(common)} facets; "
                "each boundary facet belongs to exactly one group"
            )
    needed = mesh.boundary_facets()
    if mesh.dim() == 1:
        needed = needed[[np.argmax(mesh.p[0, mesh.facets[0, needed]])]]
    missing = np.setdiff1d(needed, np.concatenate(list(result.values())))
    if len(missing):
        raise MeshError(
            f"{len(missing)} of {len(needed)} boundary facets belong to no facet group "
            f"(groups: {', '.join(map(repr, sorted(result)))}); the first is near "
            f"{facet_midpoints(mesh, missing[:1])[:, 0].tolist()} m"
        )
    return result


def facet_midpoints(mesh: skfem.Mesh, facets: NDArray[np.int64]) -> NDArray[np.float64]:
    """Midpoints (dim, n) of the given facets [m]."""
    return mesh.p[:, mesh.facets[:, facets]].mean(axis=1)


def split_surface(mesh: skfem.Mesh, groups: Groups, name: str, selector: Selector) -> Groups:
    """Groups in which ``name`` takes the selected facets out of "surface"."""
    if name in groups:
        raise MeshError(f"Facet group {name!r} exists already; choose another name")
    surface = groups[SURFACE]
    if callable(selector):
        mask = np.asarray(selector(facet_midpoints(mesh, surface)))
        if mask.dtype != bool or mask.shape != surface.shape:
            raise MeshError(
                f"The selector of facet group {name!r} must return {len(surface)} booleans, one "
                f"per facet midpoint, not {mask.dtype} of shape {mask.shape}"
            )
        chosen = surface[mask]
    else:
        indices = np.asarray(selector)
        if indices.dtype == bool or (indices.size and indices.dtype.kind not in "iu"):
            raise MeshError(f"Facet group {name!r} needs facet indices or a function of midpoints")
        foreign = np.setdiff1d(indices, surface)
        if len(foreign):
            raise MeshError(f"{len(foreign)} facets given for {name!r} are not part of 'surface'")
        chosen = np.unique(indices.astype(np.int64))
    rest = np.setdiff1d(surface, chosen)
    if not len(chosen):
        raise MeshError(
            f"Facet group {name!r} would be empty: the selector picks none of the "
            f"{len(surface)} facets of 'surface'; widen it or use a finer mesh"
        )
    if not len(rest):
        raise MeshError(f"Facet group {name!r} would take every facet and leave 'surface' empty")
    return {**groups, SURFACE: rest, name: chosen}


def renamed_groups(groups: Groups, names: Mapping[str, str]) -> Groups:
    """Groups under new names; groups that get the same name are joined."""
    for old in names:
        if old not in groups:
            raise MeshError(unknown_name("facet group", old, groups))
    joined: dict[str, list[NDArray[np.int64]]] = {}
    for old, facets in groups.items():
        joined.setdefault(names.get(old, old), []).append(facets)
    return {name: np.concatenate(parts) for name, parts in joined.items()}


def refined_with_groups(mesh: skfem.Mesh, groups: Groups) -> tuple[skfem.Mesh, Groups]:
    """Uniformly refined mesh with the groups carried over.

    scikit-fem drops boundaries of refined tetrahedra, so the parent of each new facet is found
    from the parents of its corners: a new node is an old node or the middle of an old edge, and
    the corners of one child facet together name all corners of its parent.
    """
    fine = type(mesh)(mesh.p, mesh.t).refined()
    parents = _parents(mesh, fine)
    boundary = fine.boundary_facets()
    corners = parents[:, fine.facets[:, boundary]].reshape(-1, len(boundary))
    # dim distinct numbers in each column: keep them once, sorted
    ordered = np.sort(corners, axis=0)
    first = np.vstack([np.ones(len(boundary), bool), np.diff(ordered, axis=0) != 0])
    keys = ordered.T[first.T].reshape(len(boundary), -1)
    group_of = {
        tuple(sorted(mesh.facets[:, facet])): name
        for name, facets in groups.items()
        for facet in facets
    }
    found: dict[str, list[int]] = {name: [] for name in groups}
    for facet, key in zip(boundary, keys, strict=True):
        name = group_of.get(tuple(key))
        if name is not None:
            found[name].append(int(facet))
    return fine, {name: np.array(indices, dtype=np.int64) for name, indices in found.items()}


def _parents(mesh: skfem.Mesh, fine: skfem.Mesh) -> NDArray[np.int64]:
    """Old nodes (2, n) each new node lies between; twice the same one for an old node."""
    old = np.arange(mesh.p.shape[1])
    pairs = {1: mesh.t, 2: mesh.facets}.get(mesh.dim())
    if pairs is None:
        pairs = mesh.edges
    parents = np.hstack([np.vstack([old, old]), pairs])
    middle = mesh.p[:, parents].mean(axis=1)
    if middle.shape != fine.p.shape or not np.allclose(
        middle, fine.p, rtol=0, atol=1e-12 * np.abs(mesh.p).max()
    ):
        raise MeshError("This version of scikit-fem numbers refined nodes differently")
    return parents
