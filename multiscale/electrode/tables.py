"""The four tables of an electrode: their columns, defaults and types, and when two are equal."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd

from multiscale.errors import GeometryError, unknown_name

NAN = float("nan")
# Of contacts between particles, in every maker of electrodes [m]: none. What a neck of a poor
# conductor needs is a matter of the material, and is said where the electrode is made.
DEFAULT_CONSTRICTION = 0.0
DIRECTION = ["direction_x", "direction_y", "direction_z"]
POSITION = ["x_m", "y_m", "z_m"]
NODE_KINDS = ("collector", "carbon", "junction")
FACTORS = ("diffusivity_factor", "conductivity_factor", "exchange_current_factor")
UNIT_TOLERANCE = 1e-3  # how far the length of a direction may be from 1


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
    columns = {name: _column(table, name, schema) for name in schema.columns}
    result = pd.DataFrame(columns, index=_labels(table, schema))
    return _with_unit_directions(result) if schema is CONTACTS else result


def _labels(table: pd.DataFrame, schema: Schema) -> pd.Index:
    if schema.label is None:
        return pd.RangeIndex(len(table))
    labels = pd.Index([str(label) for label in table.index], dtype=object, name=schema.label)
    twice = sorted(set(labels[labels.duplicated()]))
    if twice:
        raise GeometryError(f"The labels {names(twice)} occur more than once in {schema.name}")
    return labels


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
    if values.dtype.kind not in "fiu":
        found = [_number(value, f"Column {column!r}, row {row!r}") for row, value in values.items()]
        return np.array(found, dtype=float)
    return values.to_numpy(dtype=float)


def _number(value: Any, place: str) -> float:
    # not pandas.to_numeric, which is not exact to the last digit
    if value is None or value is pd.NA or value == "":
        return NAN
    try:
        return float(value)
    except (TypeError, ValueError):
        raise GeometryError(f"{place}: {value!r} is not a number") from None


def _with_unit_directions(contacts: pd.DataFrame) -> pd.DataFrame:
    vectors = contacts[DIRECTION].to_numpy(copy=True)
    length = np.linalg.norm(vectors, axis=1)
    # only those that need it: a stored table must come back the same to the last digit
    near = (np.abs(length - 1) < UNIT_TOLERANCE) & (np.abs(length - 1) > 1e-12)
    vectors[near] /= length[near, np.newaxis]
    contacts[DIRECTION] = vectors
    return contacts


def same(first: pd.DataFrame, second: pd.DataFrame, schema: Schema) -> bool:
    """Whether two normalised tables say the same, whatever the order of their rows."""
    if len(first) != len(second):
        return False
    return bool(_ordered(first, schema).equals(_ordered(second, schema)))


def _ordered(table: pd.DataFrame, schema: Schema) -> pd.DataFrame:
    if schema.label is not None:
        return table.sort_index()
    # an edge has no direction and no label
    ends = np.sort(table[["node_a", "node_b"]].to_numpy(dtype=object), axis=1)
    turned = table.assign(node_a=ends[:, 0], node_b=ends[:, 1])
    return turned.sort_values(list(turned.columns), ignore_index=True)


def names(labels: Any, limit: int = 6) -> str:
    """Quoted labels for a message, cut off after the first few."""
    labels = list(labels)
    more = f" and {len(labels) - limit} more" if len(labels) > limit else ""
    return ", ".join(repr(str(label)) for label in labels[:limit]) + more
