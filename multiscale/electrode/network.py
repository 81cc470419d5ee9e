"""The wiring of an electrode as a graph: who reaches the collector, past whom, and how well."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy.sparse import coo_matrix, csc_matrix
from scipy.sparse.csgraph import connected_components
from scipy.sparse.linalg import splu

from multiscale.electrode.tables import names
from multiscale.errors import GeometryError

Vertex = tuple[str, str]  # ("particle" or "node", label): the two may share labels


@dataclass(frozen=True, eq=False)
class Network:
    """Particles, nodes, edges and contacts of an electrode as a graph.

    Parameters
    ----------
    particles, nodes : Index of label
    edges, contacts : DataFrame
        As in ``ElectrodeGeometry``.
    collector : str
        Label of the node that everything is to reach.
    """

    particles: pd.Index
    nodes: pd.Index
    edges: pd.DataFrame
    contacts: pd.DataFrame
    collector: str

    def obstruction_counts(self) -> pd.Series:
        """See ``ElectrodeGeometry.obstruction_counts``."""
        group = self._joined(self.edges)
        wired = self.nodes[group == group[self.nodes.get_loc(self.collector)]]
        steps = self._distances([("node", label) for label in wired])
        counts = [steps[("particle", label)] for label in self.particles]
        return pd.Series(counts, index=self.particles, name="obstruction")

    def unreachable(self) -> tuple[list[str], list[str]]:
        """Labels of the particles and of the nodes that no path joins to the collector."""
        reached = self._distances([("node", self.collector)])
        particles = [name for name in self.particles if ("particle", name) not in reached]
        return particles, [name for name in self.nodes if ("node", name) not in reached]

    def joined_nodes(self) -> pd.Series:
        """See ``ElectrodeGeometry.joined_nodes``."""
        group = self._joined(self.edges[np.isinf(self.edges["conductance_S"])])
        # the collector gives its name to its group, otherwise the first node does
        pairs = zip(self.nodes[::-1], group[::-1], strict=True)
        first = {number: label for label, number in pairs}
        first[group[self.nodes.get_loc(self.collector)]] = self.collector
        return pd.Series([first[number] for number in group], index=self.nodes, name="joined")

    def _joined(self, edges: pd.DataFrame) -> np.ndarray:
        """Number of the group of each node that edges join."""
        ends = [self.nodes.get_indexer(edges[name]) for name in ("node_a", "node_b")]
        return _groups(len(self.nodes), *ends)

    def _distances(self, sources: list[Vertex]) -> dict[Vertex, int]:
        """Particles between each vertex and the nearest source; unreachable ones are left out.

        Contacts of zero conductance join nothing.
        """
        neighbours: dict[Vertex, list[Vertex]] = {("particle", p): [] for p in self.particles}
        neighbours |= {("node", label): [] for label in self.nodes}
        contacts = self.contacts[self.contacts["conductance_S_m2"] != 0]
        pairs: list[tuple[Vertex, Vertex]] = [
            (("particle", particle), ("node", node))
            for particle, node in zip(contacts["particle"], contacts["node"], strict=True)
        ]
        pairs += [
            (("node", a), ("node", b))
            for a, b in zip(self.edges["node_a"], self.edges["node_b"], strict=True)
        ]
        for a, b in pairs:
            neighbours[a].append(b)
            neighbours[b].append(a)
        steps = dict.fromkeys(sources, 0)
        queue = deque(steps)
        while queue:
            vertex = queue.popleft()
            through = steps[vertex] + (vertex[0] == "particle")
            for other in neighbours[vertex]:
                if through < steps.get(other, len(neighbours)):
                    steps[other] = through
                    # leaving a particle costs one, everything else nothing: nearest first
                    (queue.append if vertex[0] == "particle" else queue.appendleft)(other)
        return steps

    def resistance_to_collector(self, contact_resistance_ohm: pd.Series | float) -> pd.Series:
        """See ``ElectrodeGeometry.resistance_to_collector``."""
        contacts, edges, given = self.contacts, self.edges, contact_resistance_ohm
        labels = contacts.index
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
        resistance = np.where(contacts["conductance_S_m2"] == 0, np.inf, resistance)

        particles, nodes = self.particles, self.nodes
        a = np.append(
            particles.get_indexer(contacts["particle"]),
            nodes.get_indexer(edges["node_a"]) + len(particles),
        )
        b = np.append(nodes.get_indexer(contacts["node"]), nodes.get_indexer(edges["node_b"]))
        b += len(particles)
        ohm = np.append(resistance, 1 / edges["conductance_S"].to_numpy())
        # what ideal wires join is one point
        group = _groups(len(particles) + len(nodes), a[ohm == 0], b[ohm == 0])
        ground = group[len(particles) + nodes.get_loc(self.collector)]
        keep = (ohm > 0) & np.isfinite(ohm) & (group[a] != group[b])
        laplacian = graph_laplacian(group[a[keep]], group[b[keep]], 1 / ohm[keep], group.max() + 1)
        result = _effective(csc_matrix(laplacian), group[: len(particles)], ground)
        # equal paths give equal numbers, so that ranks have their ties
        rounded = [float(f"{value:.10g}") for value in result]
        return pd.Series(rounded, index=particles, name="resistance_to_collector_ohm")


def _groups(n: int, a: np.ndarray, b: np.ndarray) -> np.ndarray:
    matrix = coo_matrix((np.ones(len(a)), (a, b)), shape=(n, n))
    return connected_components(matrix, directed=False)[1]


def graph_laplacian(a: np.ndarray, b: np.ndarray, conductance: np.ndarray, n: int) -> coo_matrix:
    """Weighted Laplacian (n, n) of a graph whose edges join the vertices ``a`` and ``b``."""
    rows, columns = np.concatenate([a, b, a, b]), np.concatenate([a, b, b, a])
    values = np.concatenate([conductance, conductance, -conductance, -conductance])
    return coo_matrix((values, (rows, columns)), shape=(n, n))


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
