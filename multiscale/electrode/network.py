"""The wiring of an electrode as a graph: who reaches the collector, past whom, and how well."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from scipy.sparse import coo_matrix, csc_matrix
from scipy.sparse.csgraph import connected_components
from scipy.sparse.linalg import splu

from multiscale.electrode.tables import names
from multiscale.errors import GeometryError

if TYPE_CHECKING:
    from multiscale.electrode.geometry import ElectrodeGeometry

Vertex = tuple[str, str]  # ("particle" or "node", label): the two may share labels
Links = dict[Vertex, list[Vertex]]


def links(geometry: ElectrodeGeometry) -> Links:
    """Neighbours of each particle and node; contacts of zero conductance join nothing."""
    found: Links = {("particle", label): [] for label in geometry.particles.index}
    found |= {("node", label): [] for label in geometry.nodes.index}
    contacts = geometry.contacts[geometry.contacts["conductance_S_m2"] != 0]
    pairs: list[tuple[Vertex, Vertex]] = [
        (("particle", particle), ("node", node))
        for particle, node in zip(contacts["particle"], contacts["node"], strict=True)
    ]
    pairs += [
        (("node", a), ("node", b))
        for a, b in zip(geometry.edges["node_a"], geometry.edges["node_b"], strict=True)
    ]
    for a, b in pairs:
        found[a].append(b)
        found[b].append(a)
    return found


def distances(graph: Links, sources: Iterable[Vertex]) -> dict[Vertex, int]:
    """Particles between each vertex and the nearest source; unreachable ones are left out."""
    steps = dict.fromkeys(sources, 0)
    queue = deque(steps)
    while queue:
        vertex = queue.popleft()
        through = steps[vertex] + (vertex[0] == "particle")
        for other in graph[vertex]:
            if through < steps.get(other, len(graph)):
                steps[other] = through
                # leaving a particle costs one, everything else nothing: nearest first
                (queue.append if vertex[0] == "particle" else queue.appendleft)(other)
    return steps


def obstruction_counts(geometry: ElectrodeGeometry) -> pd.Series:
    """See ``ElectrodeGeometry.obstruction_counts``."""
    nodes = geometry.nodes.index
    ends = [nodes.get_indexer(geometry.edges[name]) for name in ("node_a", "node_b")]
    group = _groups(len(nodes), *ends)
    wired = nodes[group == group[nodes.get_loc(geometry.collector)]]
    steps = distances(links(geometry), [("node", label) for label in wired])
    counts = [steps[("particle", label)] for label in geometry.particles.index]
    return pd.Series(counts, index=geometry.particles.index, name="obstruction")


def unreachable(geometry: ElectrodeGeometry) -> tuple[list[str], list[str]]:
    """Labels of the particles and of the nodes that no path joins to the collector."""
    reached = distances(links(geometry), [("node", geometry.collector)])
    particles = [name for name in geometry.particles.index if ("particle", name) not in reached]
    return particles, [name for name in geometry.nodes.index if ("node", name) not in reached]


def joined_nodes(geometry: ElectrodeGeometry) -> pd.Series:
    """See ``ElectrodeGeometry.joined_nodes``."""
    nodes = geometry.nodes.index
    ideal = geometry.edges[np.isinf(geometry.edges["conductance_S"])]
    ends = [nodes.get_indexer(ideal[name]) for name in ("node_a", "node_b")]
    group = _groups(len(nodes), *ends)
    # the collector gives its name to its group, otherwise the first node does
    first = {number: label for label, number in zip(nodes[::-1], group[::-1], strict=True)}
    first[group[nodes.get_loc(geometry.collector)]] = geometry.collector
    return pd.Series([first[number] for number in group], index=nodes, name="joined")


def _groups(n: int, a: np.ndarray, b: np.ndarray) -> np.ndarray:
    matrix = coo_matrix((np.ones(len(a)), (a, b)), shape=(n, n))
    return connected_components(matrix, directed=False)[1]


def resistance_to_collector(
    geometry: ElectrodeGeometry, contact_resistance_ohm: pd.Series | float
) -> pd.Series:
    """See ``ElectrodeGeometry.resistance_to_collector``."""
    resistance = _contact_resistance(geometry, contact_resistance_ohm)
    particles, nodes = geometry.particles.index, geometry.nodes.index
    n = len(particles) + len(nodes)
    contacts, edges = geometry.contacts, geometry.edges
    a = np.append(
        particles.get_indexer(contacts["particle"]),
        nodes.get_indexer(edges["node_a"]) + len(particles),
    )
    b = np.append(nodes.get_indexer(contacts["node"]), nodes.get_indexer(edges["node_b"]))
    b += len(particles)
    ohm = np.append(resistance, 1 / edges["conductance_S"].to_numpy())
    group = _groups(n, a[ohm == 0], b[ohm == 0])  # what ideal wires join is one point
    ground = group[len(particles) + nodes.get_loc(geometry.collector)]
    keep = (ohm > 0) & np.isfinite(ohm) & (group[a] != group[b])
    laplacian = _laplacian(group[a[keep]], group[b[keep]], 1 / ohm[keep], group.max() + 1)
    result = _effective(laplacian, group[: len(particles)], ground)
    # equal paths give equal numbers, so that ranks have their ties
    rounded = [float(f"{value:.10g}") for value in result]
    return pd.Series(rounded, index=particles, name="resistance_to_collector_ohm")


def _contact_resistance(geometry: ElectrodeGeometry, given: pd.Series | float) -> np.ndarray:
    labels = geometry.contacts.index
    if not isinstance(given, pd.Series):
        given = pd.Series(float(given), index=labels)
    missing = labels.difference(given.index)
    if len(missing):
        raise GeometryError(f"No contact resistance given for the contacts {names(missing)}")
    resistance = given.loc[labels].to_numpy(dtype=float)
    wrong = labels[~(resistance >= 0)]
    if len(wrong):
        raise GeometryError(
            f"The resistance of the contacts {names(wrong)} is negative or NaN; it is a number "
            "of ohms, 0 (ideal) or inf (open)"
        )
    return np.where(geometry.contacts["conductance_S_m2"] == 0, np.inf, resistance)


def _laplacian(a: np.ndarray, b: np.ndarray, conductance: np.ndarray, n: int) -> csc_matrix:
    rows, columns = np.concatenate([a, b, a, b]), np.concatenate([a, b, b, a])
    values = np.concatenate([conductance, conductance, -conductance, -conductance])
    return csc_matrix((values, (rows, columns)), shape=(n, n))


def _effective(laplacian: csc_matrix, wanted: np.ndarray, ground: int) -> np.ndarray:
    """Diagonal of the inverse of the grounded Laplacian [ohm]; infinite where nothing leads."""
    component = connected_components(laplacian, directed=False)[1]
    live = np.flatnonzero(component == component[ground])
    live = live[live != ground]
    resistance = np.full(laplacian.shape[0], np.inf)
    resistance[ground] = 0.0
    kept = np.isin(live, wanted)
    inner, outer = live[kept], live[~kept]
    if len(inner):
        matrix = laplacian[inner][:, inner].toarray()
        if len(outer):  # eliminated first: there are more junctions than particles
            across = laplacian[outer][:, inner]
            matrix -= across.T @ splu(laplacian[outer][:, outer]).solve(across.toarray())
        resistance[inner] = np.diag(np.linalg.inv(matrix))
    return resistance[wanted]
