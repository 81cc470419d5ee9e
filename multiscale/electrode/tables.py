"""The four tables of an electrode: their columns and defaults, read, filled in, checked, compared.

Every fault names the culprits and says what would be right.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from os import PathLike
from pathlib import Path
from typing import Any, TypeAlias

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.spatial import cKDTree

from multiscale.errors import GeometryError, unknown_name
from multiscale.limits import CONSTRICTION, DEPTH, FACTOR, RADIUS, Quantity, short
from multiscale.mesh.files import stored_meshes
from multiscale.mesh.particle_mesh import ParticleMesh
from multiscale.tables import read_table
from multiscale.units import split_unit

Table: TypeAlias = pd.DataFrame | Sequence[Mapping[str, Any]] | str | PathLike[str]

NAN = float("nan")
# Of contacts between particles, in every maker of electrodes [m]: none. What a neck of a poor
# conductor needs is a matter of the material, and is said where the electrode is made.
DEFAULT_CONSTRICTION = 0.0
DIRECTION = ["direction_x", "direction_y", "direction_z"]
POSITION = ["x_m", "y_m", "z_m"]
NODE_KINDS = ("collector", "carbon", "junction")
FACTORS = ("diffusivity_factor", "conductivity_factor", "exchange_current_factor")
UNIT_TOLERANCE = 1e-3  # how far the length of a direction may be from 1
SHAPES = {"disk": 2, "sphere": 3}
OWN_MESH = "mesh"
ANGLE_TOLERANCE = 1e-6  # [degree] patches that just touch do not overlap
MESH_TOLERANCE = 0.02  # a polygon is smaller than its disk
COINCIDENT = 1e-6  # distance of centres over the smaller radius


@dataclass(frozen=True)
class Schema:
    """Columns of a table: those it needs, those it fills in, and the type of each."""

    name: str
    label: str | None
    required: Mapping[str, type]
    optional: Mapping[str, Any] = field(default_factory=dict)

    @property
    def columns(self) -> list[str]:
        """All columns, in the order in which they are kept."""
        return [*self.required, *self.optional]

    def type_of(self, column: str) -> type:
        """Type of a column; the default tells that of an optional one."""
        return self.required.get(column) or type(self.optional[column])


PARTICLES = Schema(
    "particles",
    "particle",
    {"shape": str, "radius_m": float, "x_m": float, "y_m": float},
    {
        "z_m": 0.0,
        "depth_m": NAN,
        "obstruction": -1,
        **dict.fromkeys(FACTORS, 1.0),
        "initial_stoichiometry": NAN,
        "top": False,
    },
)
NODES = Schema("nodes", "node", {"kind": str, "x_m": float, "y_m": float}, {"z_m": 0.0})
EDGES = Schema("edges", None, {"node_a": str, "node_b": str, "conductance_S": float})
CONTACTS = Schema(
    "contacts",
    "contact",
    {
        "particle": str,
        "node": str,
        "direction_x": float,
        "direction_y": float,
    },
    {
        "direction_z": 0.0,
        "half_angle_deg": 22.5,
        "conductance_S_m2": NAN,
        "constriction_m": DEFAULT_CONSTRICTION,
        "dry_half_angle_deg": NAN,
    },
)
SCHEMAS = {schema.name: schema for schema in (PARTICLES, NODES, EDGES, CONTACTS)}


def normalised(table: pd.DataFrame, schema: Schema) -> pd.DataFrame:
    """Copy of a table with its columns in order, defaults filled in, types and labels checked.

    Numbers may come as text, and an empty or NaN cell of an optional column takes its default;
    directions within 0.1 % of unit length are brought to it.

    Raises
    ------
    GeometryError
        If a column is missing or unknown, a cell is not a number, or a label occurs twice.
    """
    if not isinstance(table, pd.DataFrame):
        raise GeometryError(f"{schema.name} is a pandas.DataFrame, not {type(table).__name__}")
    if not table.size:  # no rows, hence no columns to ask for
        table = pd.DataFrame(columns=schema.columns)
    if schema.label in table.columns:
        table = table.set_index(schema.label)
    for name in table.columns:
        if name not in schema.columns:
            raise GeometryError(unknown_name(f"column of {schema.name}", str(name), schema.columns))
    missing = [name for name in schema.required if name not in table.columns]
    if missing:
        raise GeometryError(
            f"{schema.name} lacks the columns {', '.join(map(repr, missing))}; it needs "
            f"{', '.join(map(repr, schema.required))}"
        )
    index = pd.RangeIndex(len(table))
    if schema.label is not None:
        index = pd.Index([str(label) for label in table.index], dtype=object, name=schema.label)
        twice = sorted(set(index[index.duplicated()]))
        if twice:
            raise GeometryError(f"The labels {names(twice)} occur more than once in {schema.name}")
    columns = {name: _column(table, name, schema) for name in schema.columns}
    result = pd.DataFrame(columns, index=index)
    if schema is CONTACTS:
        vectors = result[DIRECTION].to_numpy(copy=True)
        length = np.linalg.norm(vectors, axis=1)
        # only those that need it: a stored table must come back the same to the last digit
        near = (np.abs(length - 1) < UNIT_TOLERANCE) & (np.abs(length - 1) > 1e-12)
        vectors[near] /= length[near, np.newaxis]
        result[DIRECTION] = vectors
    return result


def _column(table: pd.DataFrame, name: str, schema: Schema) -> Any:
    kind = schema.type_of(name)
    if name not in table.columns:
        return np.full(len(table), schema.optional[name])
    values = table[name]
    if kind is str:
        return np.array([str(value) for value in values], dtype=object)
    if kind is bool:
        values = values.map({"True": True, "False": False, True: True, False: False})
    else:
        values = pd.Series(numbers(table, name), index=values.index)
    if name in schema.optional and values.isna().any():
        values = values.where(values.notna(), schema.optional[name])  # an empty cell
    if kind is not float and values.isna().any():
        raise GeometryError(
            f"Column {name!r} of {schema.name} is empty in row {values.index[values.isna()][0]!r}"
        )
    return values.to_numpy(dtype=kind)


def numbers(table: pd.DataFrame, column: str) -> np.ndarray:
    """A column as numbers; text is converted, and an empty cell is NaN."""
    values = table[column]
    if values.dtype.kind in "fiu":
        return values.to_numpy(dtype=float)
    result = np.full(len(values), NAN)
    for k, (row, value) in enumerate(values.items()):
        if value is None or value is pd.NA or value == "":
            continue
        try:
            result[k] = float(value)  # not pandas.to_numeric, which is not exact to the last digit
        except (TypeError, ValueError):
            raise GeometryError(
                f"Column {column!r}, row {row!r}: {value!r} is not a number"
            ) from None
    return result


def read_text_table(path: Path, columns: Iterable[str]) -> pd.DataFrame:
    """A table as text, its columns in SI; "NA" may be a label.

    A column that is called as one of those wanted but for its unit (``radius_um``, ``x (mm)``) is
    converted and renamed.
    """
    if not path.exists():
        raise GeometryError(f"There is no {path.name} in {path.parent.name!r}")
    table = read_table(path, error=GeometryError, first_row=True)
    frame = table.frame()
    wanted = {split_unit(column): column for column in columns}
    renamed = {}
    for column in frame:
        name, unit = split_unit(column)
        for (known, si), standard in wanted.items():
            if known == name and unit and si and column != standard and standard not in frame:
                frame[column] = table.si(column, si)
                renamed[column] = standard
    return frame.rename(columns=renamed)


def filled(
    particles: Table, nodes: Table, edges: Table | None, contacts: Table
) -> dict[str, pd.DataFrame]:
    """Tables by name with labels, wires, directions and positions that were left out; see
    ``ElectrodeGeometry.from_table``.
    """
    frames = {
        "particles": _frame(particles, PARTICLES),
        "nodes": _frame(nodes, NODES),
        "contacts": _frame(contacts, CONTACTS),
    }
    rows = frames["contacts"]
    if isinstance(rows.index, pd.RangeIndex) and "particle" in rows.columns:  # just a count
        labels = [f"{p}-{n}" for p, n in zip(rows["particle"], rows["node"], strict=True)]
        repeats = pd.Series(labels).groupby(labels).cumcount().to_numpy()
        frames["contacts"] = rows.set_axis(
            [f"{label}-{k + 1}" if k else label for label, k in zip(labels, repeats, strict=True)]
        )
    if edges is not None:
        frames["edges"] = _frame(edges, EDGES)
    else:
        kinds = frames["nodes"].get("kind", pd.Series(dtype=str))
        collector = next(iter(kinds.index[kinds == "collector"]), "")
        carbon = [str(label) for label in kinds.index[kinds == "carbon"]]
        frames["edges"] = pd.DataFrame(
            {"node_a": carbon, "node_b": str(collector), "conductance_S": np.inf}
        )
    _fill_positions(frames)
    return frames


def _frame(table: Table, schema: Schema) -> pd.DataFrame:
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


def _fill_positions(frames: dict[str, pd.DataFrame]) -> None:
    """Directions of contacts from the positions of nodes, or the other way round."""
    particles, nodes, contacts = (frames[name] for name in ("particles", "nodes", "contacts"))
    if not {"particle", "node"} <= set(contacts.columns):
        return  # the checks will say so
    if not (particles.index.is_unique and nodes.index.is_unique):
        return
    directions = _vectors(contacts, DIRECTION)
    positions = _vectors(nodes, POSITION)
    centres = _vectors(particles, POSITION)
    owner = particles.index.astype(str).get_indexer(contacts["particle"].astype(str))
    target = nodes.index.astype(str).get_indexer(contacts["node"].astype(str))
    if (owner < 0).any() or (target < 0).any():
        return
    unknown = np.isnan(directions).any(axis=1)
    lost = unknown & np.isnan(positions[target]).any(axis=1)
    if lost.any():
        raise GeometryError(
            f"The contacts {names(contacts.index[lost])} have neither a direction nor a "
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
    frames["contacts"] = contacts.assign(**dict(zip(DIRECTION, directions.T, strict=True)))
    frames["nodes"] = nodes.assign(**dict(zip(POSITION, positions.T, strict=True)))


def _vectors(frame: pd.DataFrame, columns: Sequence[str]) -> NDArray[np.float64]:
    """Numbers (rows, columns); NaN where there is none, but 0 for a missing z."""
    result = np.full((len(frame), len(columns)), np.nan)
    for k, name in enumerate(columns):
        if name in frame.columns:
            result[:, k] = numbers(frame, name)
        elif name.endswith(("z", "z_m")):
            result[:, k] = 0.0
    return result


def shape_dimension(shapes: pd.Series, meshes: Mapping[str, ParticleMesh]) -> int:
    """Number of dimensions all particles share; checks shapes and meshes."""
    known: dict[str, int] = {}
    for name in shapes.unique():
        if name in SHAPES:
            known[name] = SHAPES[name]
        elif name != OWN_MESH:
            manifest = stored_meshes()
            if name not in manifest:
                choices = [*SHAPES, OWN_MESH, *manifest]
                raise GeometryError(unknown_name("shape of particles", name, choices))
            known[name] = int(manifest[name]["dimension"])
    own = shapes.index[shapes == OWN_MESH]
    for label in own.difference(meshes):
        raise GeometryError(f"Particle {label!r} has the shape 'mesh' but no entry in meshes")
    for label in meshes:
        if label not in own:
            raise GeometryError(
                unknown_name("particle of shape 'mesh', named in meshes,", label, own)
            )
    sizes = {label: meshes[label].dimension for label in own}
    for label, size in sizes.items():
        if size not in (2, 3):
            raise GeometryError(
                f"The mesh of particle {label!r} is a line; give it the shape 'sphere' or 'disk' "
                "and choose radial particles in the model"
            )
    dimension = {**known, **sizes}
    if len(set(dimension.values())) > 1:
        listed = ", ".join(f"{name!r} {size}D" for name, size in dimension.items())
        raise GeometryError(f"Particles are all 2D or all 3D; here {listed}")
    return int(next(iter(dimension.values()), 2))


def check_nodes(nodes: pd.DataFrame) -> None:
    """Kinds exist, positions are numbers, and there is exactly one collector."""
    for label, kind in nodes["kind"].items():
        if kind not in NODE_KINDS:
            raise GeometryError(f"Node {label!r}: {unknown_name('kind of node', kind, NODE_KINDS)}")
    collectors = nodes.index[nodes["kind"] == "collector"]
    if len(collectors) != 1:
        found = f"; here {names(collectors)}" if len(collectors) else ""
        raise GeometryError(
            f"There is exactly one node of kind 'collector', not {len(collectors)}{found}"
        )
    _refuse(nodes, ~np.isfinite(nodes[POSITION]).all(axis=1), "nodes", "have no position [m]")


def check_particles(
    table: pd.DataFrame, meshes: Mapping[str, ParticleMesh], dimension: int
) -> None:
    """Sizes and factors are positive, positions are numbers and differ."""
    _refuse(table, ~_positive(table["radius_m"]), "particles", "have no positive radius [m]")
    _check_range(table, "radius_m", RADIUS, "Particle")
    _refuse(table, ~np.isfinite(table[POSITION]).all(axis=1), "particles", "have no position [m]")
    for name in FACTORS:
        _refuse(table, ~_positive(table[name]), "particles", f"have no positive {name}")
        _check_range(table, name, FACTOR, "Particle")
    if dimension == 2:
        _refuse(table, ~_positive(table["depth_m"]), "particles", "have no positive depth [m]")
        _check_range(table, "depth_m", DEPTH, "Particle")
        depths = table["depth_m"].unique()
        if len(depths) > 1:
            raise GeometryError(
                f"All particles of a 2D electrode share one depth_m; here {sorted(depths)}"
            )
    for label, mesh in meshes.items():
        row, radius = table.loc[label], mesh.equal_radius
        if abs(row["radius_m"] - radius) > MESH_TOLERANCE * radius:
            raise GeometryError(
                f"Particle {label!r} has radius_m {row['radius_m']:.4g}, but its mesh has the size "
                f"of a radius of {radius:.4g} m; leave radius_m out (NaN) or scale the mesh"
            )
        if mesh.dimension == 2 and mesh.depth != row["depth_m"]:
            raise GeometryError(
                f"Particle {label!r} has depth_m {row['depth_m']:.4g}, but its mesh "
                f"{mesh.depth:.4g}"
            )
    start = table["initial_stoichiometry"]
    wrong = ~(start.isna() | ((start >= 0) & (start <= 1)))
    _refuse(table, wrong, "particles", "need initial_stoichiometry in [0, 1] (NaN: the set)")
    _refuse(table, table["obstruction"] < -1, "particles", "have an obstruction below -1 (unknown)")
    tree = cKDTree(table[POSITION])
    for a, b in tree.query_pairs(COINCIDENT * table["radius_m"].min()):
        raise GeometryError(f"The particles {names(table.index[[a, b]])} have the same centre")


def check_edges(edges: pd.DataFrame, nodes: pd.DataFrame) -> None:
    """Ends exist and differ; conductances are positive (infinite: an ideal wire)."""
    for name in ("node_a", "node_b"):
        for label in edges[name]:
            if label not in nodes.index:
                kind = f"node in column {name!r} of edges"
                raise GeometryError(unknown_name(kind, label, nodes.index))
    ends = edges["node_a"] + " - " + edges["node_b"]
    loops = ends[edges["node_a"] == edges["node_b"]]
    if len(loops):
        raise GeometryError(f"The edges {names(loops)} lead from a node to itself")
    wrong = ends[~(edges["conductance_S"] > 0)]
    if len(wrong):
        raise GeometryError(
            f"The edges {names(wrong)} have no positive conductance_S; inf is an ideal wire, and "
            "an edge that does not conduct is left out"
        )


def check_contacts(
    table: pd.DataFrame, particles: pd.DataFrame, nodes: pd.DataFrame, dimension: int
) -> None:
    """Both ends exist, and every number lies where it has a meaning."""
    for column, labels in (("particle", particles.index), ("node", nodes.index)):
        for contact, label in table[column].items():
            if label not in labels:
                message = unknown_name(column, label, labels)
                raise GeometryError(f"Contact {contact!r}: {message}")
    length = np.linalg.norm(table[DIRECTION], axis=1)
    wrong = ~(np.abs(length - 1) < UNIT_TOLERANCE)
    _refuse(table, wrong, "contacts", "have a direction that is not a unit vector")
    if dimension == 2:
        flat = table["direction_z"] == 0
        _refuse(table, ~flat, "contacts", "of this 2D electrode have a direction_z other than 0")
    angle = table["half_angle_deg"]
    _refuse(table, ~((angle > 0) & (angle < 180)), "contacts", "need a half_angle_deg in (0, 180)")
    dry = table["dry_half_angle_deg"]
    wrong = ~(dry.isna() | ((dry >= 0) & (dry < 180)))
    _refuse(table, wrong, "contacts", "need a dry_half_angle_deg in [0, 180) or NaN")
    conductance = table["conductance_S_m2"]
    wrong = conductance < 0
    _refuse(table, wrong, "contacts", "have a negative conductance_S_m2 (NaN: from the set)")
    length = table["constriction_m"]
    wrong = ~((length >= 0) & np.isfinite(length))
    _refuse(table, wrong, "contacts", "need a constriction_m of 0 (none) or a positive length")
    _check_range(table, "constriction_m", CONSTRICTION, "Contact")


def check_patches(contacts: pd.DataFrame, shares: pd.Series) -> None:
    """Patches of one particle do not overlap and leave some of it to the electrolyte.

    ``shares`` is the part of the surface of its particle that each contact takes.
    """
    pairs = close_patches(contacts)
    if len(pairs):
        first, second, apart = pairs[0]
        table = contacts.loc[[first, second]]
        raise GeometryError(
            f"The contacts {first!r} and {second!r} overlap on particle "
            f"{table['particle'].iloc[0]!r}: they are {apart:.4g} degrees apart, their half angles "
            f"are {table['half_angle_deg'].iloc[0]:.4g} and {table['half_angle_deg'].iloc[1]:.4g}"
            + (f" ({len(pairs)} such pairs)" if len(pairs) > 1 else "")
        )
    share = shares.groupby(contacts["particle"]).sum()
    full = share.index[share > 1 - 1e-9]
    if len(full):
        raise GeometryError(f"Contacts cover the whole of the particles {names(full)}")


def close_patches(contacts: pd.DataFrame) -> list[tuple[str, str, float]]:
    """Overlapping pairs of patches on one particle, and the angle between them [degree]."""
    table = contacts.sort_values("particle", kind="stable")
    labels, owner = table.index, table["particle"].to_numpy()
    vectors, angles = table[DIRECTION].to_numpy(), table["half_angle_deg"].to_numpy()
    found = []
    for step in range(1, int(table["particle"].value_counts().max() if len(table) else 0)):
        a, b = slice(None, -step), slice(step, None)
        apart = angles_between(vectors[a], vectors[b])
        close = (apart < angles[a] + angles[b] - ANGLE_TOLERANCE) & (owner[a] == owner[b])
        found += [(labels[i], labels[i + step], float(apart[i])) for i in np.flatnonzero(close)]
    return found


def angles_between(first: np.ndarray, second: np.ndarray) -> np.ndarray:
    """Angles [degree] between unit vectors (..., 3), exact near 0 and 180 too."""
    apart, along = (np.linalg.norm(v, axis=-1) for v in (first - second, first + second))
    return np.degrees(2 * np.arctan2(apart, along))


def _positive(values: pd.Series) -> pd.Series:
    return (values > 0) & np.isfinite(values)


def _check_range(table: pd.DataFrame, column: str, quantity: Quantity, kind: str) -> None:
    """Refuse the first number of a column that the quantity cannot be."""
    values = table[column].to_numpy(dtype=float)
    low, high = quantity.possible
    for k in np.flatnonzero((values < low) | (values > high))[:1]:
        label, fault = table.index[k], quantity.fault(float(values[k]))
        raise GeometryError(f"{kind} {str(label)!r}: {column} {fault}")


def _refuse(table: pd.DataFrame, wrong: pd.Series | np.ndarray, kind: str, fault: str) -> None:
    culprits = table.index[np.asarray(wrong, dtype=bool)]
    if len(culprits):
        raise GeometryError(f"The {kind} {names(culprits)} {fault}")


def same(first: pd.DataFrame, second: pd.DataFrame, schema: Schema) -> bool:
    """Whether two normalised tables say the same, whatever the order of their rows."""
    if len(first) != len(second):
        return False

    def ordered(table: pd.DataFrame) -> pd.DataFrame:
        if schema.label is not None:
            return table.sort_index()
        # an edge has no direction and no label
        ends = np.sort(table[["node_a", "node_b"]].to_numpy(dtype=object), axis=1)
        turned = table.assign(node_a=ends[:, 0], node_b=ends[:, 1])
        return turned.sort_values(list(turned.columns), ignore_index=True)

    return bool(ordered(first).equals(ordered(second)))


def names(labels: Any, limit: int = 6) -> str:
    """Quoted labels for a message, cut off after the first few."""
    labels = list(labels)
    more = f" and {len(labels) - limit} more" if len(labels) > limit else ""
    return ", ".join(repr(str(label)) for label in labels[:limit]) + more
