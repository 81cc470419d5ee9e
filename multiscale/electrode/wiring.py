"""Nodes, edges and contacts collected one by one, for the makers of layouts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from multiscale.electrode.tables import DIRECTION, POSITION


@dataclass
class Wiring:
    """Rows of the tables of nodes, edges and contacts while a layout is made."""

    nodes: dict[str, dict[str, Any]] = field(default_factory=dict)
    edges: list[dict[str, Any]] = field(default_factory=list)
    contacts: dict[str, dict[str, Any]] = field(default_factory=dict)

    def node(self, label: str, kind: str, position: ArrayLike) -> str:
        """Add a node at ``position`` [m] (2 or 3 coordinates); returns its label."""
        self.nodes[label] = {"kind": kind, **_coordinates(POSITION, position)}
        return label

    def wire(self, a: str, b: str, conductance_S: float = np.inf) -> None:
        """Add an edge."""
        self.edges.append({"node_a": a, "node_b": b, "conductance_S": conductance_S})

    def contact(
        self, particle: str, node: str, direction: ArrayLike, half_angle_deg: float, **numbers: Any
    ) -> None:
        """Add a contact; ``direction`` need not have unit length, ``numbers`` are columns."""
        vector = np.asarray(direction, dtype=float)
        vector = vector / np.linalg.norm(vector)
        label, count = f"{particle}-{node}", 1
        while label in self.contacts:
            count += 1
            label = f"{particle}-{node}-{count}"
        row = {"particle": particle, "node": node, **_coordinates(DIRECTION, vector)}
        self.contacts[label] = {**row, "half_angle_deg": half_angle_deg, **numbers}

    def tables(self) -> dict[str, pd.DataFrame]:
        """The tables, as arguments of ``ElectrodeGeometry``."""
        nodes, contacts = (
            pd.DataFrame(list(rows.values()), index=list(rows))
            for rows in (self.nodes, self.contacts)
        )
        edges = pd.DataFrame(self.edges, columns=["node_a", "node_b", "conductance_S"])
        return {"nodes": nodes, "edges": edges, "contacts": contacts}


def _coordinates(columns: Sequence[str], values: ArrayLike) -> dict[str, float]:
    values = [*np.asarray(values, dtype=float), 0.0][:3]
    return dict(zip(columns, values, strict=True))


def with_obstruction(geometry: Any) -> Any:
    """The geometry with its own count of obstructing particles."""
    counts = geometry.obstruction_counts()
    return geometry.with_particles(geometry.particles.assign(obstruction=counts))
