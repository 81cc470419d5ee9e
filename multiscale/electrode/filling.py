"""Electrodes from tables, with what they leave out filled in."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from os import PathLike
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self, TypeAlias

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from multiscale.electrode import tables
from multiscale.electrode.files import read_text_table
from multiscale.errors import GeometryError
from multiscale.limits import short

if TYPE_CHECKING:
    from multiscale.mesh.particle_mesh import ParticleMesh

Table: TypeAlias = pd.DataFrame | Sequence[Mapping[str, Any]] | str | PathLike[str]


class TableConstructor:
    """The class method ``from_table``; ``ElectrodeGeometry`` inherits it."""

    @classmethod
    def from_table(
        cls,
        particles: Table,
        nodes: Table,
        edges: Table | None,
        contacts: Table,
        *,
        meshes: Mapping[str, ParticleMesh] | None = None,
    ) -> Self:
        """Electrode from own tables, with what they leave out filled in.

        Parameters
        ----------
        particles, nodes, edges, contacts : DataFrame, list of dict, or path of a CSV file
            As in ``ElectrodeGeometry``. Labels are the index, or a column "particle", "node" or
            "contact". Left out may be, besides the columns with defaults: the labels of contacts
            ("particle-node"); the directions of contacts (towards the node); the positions of
            nodes (the middle of the patches that touch them; without any, 0), but not both; and
            the edges as a whole (``None``: an ideal wire from each carbon node to the collector).
        meshes : mapping of str to ParticleMesh, optional
            Own meshes, by label of the particle.

        Raises
        ------
        GeometryError
            As ``ElectrodeGeometry``, or if directions and positions are both missing.

        Examples
        --------
        >>> from multiscale.electrode.geometry import ElectrodeGeometry
        >>> electrode = ElectrodeGeometry.from_table(
        ...     particles=[dict(particle="a", shape="disk", radius_m=1e-6, x_m=0, y_m=1e-6)],
        ...     nodes=[dict(node="foil", kind="collector", x_m=0, y_m=0)],
        ...     edges=None,
        ...     contacts=[dict(particle="a", node="foil", half_angle_deg=10)],
        ... )
        >>> electrode.contacts.loc["a-foil", ["direction_x", "direction_y"]].tolist()
        [0.0, -1.0]
        """
        frames = {
            "particles": _frame(particles, tables.PARTICLES),
            "nodes": _frame(nodes, tables.NODES),
            "contacts": _labelled(_frame(contacts, tables.CONTACTS)),
        }
        frames["edges"] = _wires(frames["nodes"]) if edges is None else _frame(edges, tables.EDGES)
        _fill_positions(frames)
        return cls(**frames, meshes=meshes or {})  # type: ignore[call-arg]


def _frame(table: Table, schema: tables.Schema) -> pd.DataFrame:
    if isinstance(table, str | PathLike):
        table = read_text_table(Path(table), [*filter(None, [schema.label]), *schema.columns])
    if not isinstance(table, Iterable):
        raise GeometryError(
            f"The {schema.label or 'wire'}s come as a table, a list of rows or the path of a CSV "
            f"file, not {short(table)}"
        )
    frame = table.copy() if isinstance(table, pd.DataFrame) else pd.DataFrame(list(table))
    if schema.label in frame.columns:
        return frame.set_index(schema.label)
    return frame


def _labelled(contacts: pd.DataFrame) -> pd.DataFrame:
    """Contacts with labels, if their index is just a count."""
    if not isinstance(contacts.index, pd.RangeIndex) or "particle" not in contacts.columns:
        return contacts
    labels = [f"{p}-{n}" for p, n in zip(contacts["particle"], contacts["node"], strict=True)]
    repeats = pd.Series(labels).groupby(labels).cumcount().to_numpy()
    labels = [f"{label}-{k + 1}" if k else label for label, k in zip(labels, repeats, strict=True)]
    return contacts.set_axis(labels)


def _wires(nodes: pd.DataFrame) -> pd.DataFrame:
    kinds = nodes.get("kind", pd.Series(dtype=str))
    collector = next(iter(kinds.index[kinds == "collector"]), "")
    carbon = [str(label) for label in kinds.index[kinds == "carbon"]]
    return pd.DataFrame({"node_a": carbon, "node_b": str(collector), "conductance_S": np.inf})


def _fill_positions(frames: dict[str, pd.DataFrame]) -> None:
    """Directions of contacts from the positions of nodes, or the other way round."""
    particles, nodes, contacts = (frames[name] for name in ("particles", "nodes", "contacts"))
    if not {"particle", "node"} <= set(contacts.columns):
        return  # the checks will say so
    if not (particles.index.is_unique and nodes.index.is_unique):
        return
    directions = _vectors(contacts, tables.DIRECTION)
    positions = _vectors(nodes, tables.POSITION)
    centres = _vectors(particles, tables.POSITION)
    owner = particles.index.astype(str).get_indexer(contacts["particle"].astype(str))
    target = nodes.index.astype(str).get_indexer(contacts["node"].astype(str))
    if (owner < 0).any() or (target < 0).any():
        return
    unknown = np.isnan(directions).any(axis=1)
    lost = unknown & np.isnan(positions[target]).any(axis=1)
    if lost.any():
        raise GeometryError(
            f"The contacts {tables.names(contacts.index[lost])} have neither a direction nor a "
            "node with a position; give one of the two"
        )
    between = positions[target] - centres[owner]
    with np.errstate(invalid="ignore"):
        between /= np.linalg.norm(between, axis=1, keepdims=True)
    directions[unknown] = between[unknown]
    radius = _vectors(particles, ["radius_m"])[owner]
    patches = centres[owner] + np.nan_to_num(radius) * directions
    for k in np.flatnonzero(np.isnan(positions).any(axis=1)):
        mine = patches[target == k]
        positions[k] = mine.mean(axis=0) if len(mine) else 0.0
    frames["contacts"] = contacts.assign(**_columns(tables.DIRECTION, directions))
    frames["nodes"] = nodes.assign(**_columns(tables.POSITION, positions))


def _columns(names: Sequence[str], values: NDArray[np.float64]) -> dict[str, Any]:
    return dict(zip(names, values.T, strict=True))


def _vectors(frame: pd.DataFrame, columns: Sequence[str]) -> NDArray[np.float64]:
    """Numbers (rows, columns); NaN where there is none, but 0 for a missing z."""
    result = np.full((len(frame), len(columns)), np.nan)
    for k, name in enumerate(columns):
        if name in frame.columns:
            result[:, k] = tables.numbers(frame, name)
        elif name.endswith(("z", "z_m")):
            result[:, k] = 0.0
    return result
