"""The columns of ``particles.csv``: names, order, units, choices, and when each must be filled."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

Kind = Literal["text", "integer", "number", "boolean"]
Need = Literal["always", "reacted", "optional"]

DIRECTIONS = ("charge", "discharge")
STATUSES = ("reacted", "no_change", "incomplete", "unclear", "rejected")
SIGNALS = ("reflectance_change", "lithium_fraction")
BOOLEANS = {"true": True, "false": False}
KEY = ("particle_id", "event_id", "cycle_count", "direction")
TIMES = ("t10_second", "t50_second", "t90_second")
INTERVAL = ("t50_lower_second", "t50_upper_second")


@dataclass(frozen=True)
class Column:
    """One column of ``particles.csv``.

    Attributes
    ----------
    name : str
        As in the header; the unit is its last part.
    kind : {"text", "integer", "number", "boolean"}
    need : {"always", "reacted", "optional"}
        When a row must fill it. A column that is always needed may still be empty where nothing
        was measured, if ``may_be_empty``.
    meaning : str
    unit : str
        As in UCUM; empty for none.
    choices : tuple of str
        Valid texts, if they are few.
    may_be_empty : bool
        The column must be there, a value need not.
    """

    name: str
    kind: Kind
    need: Need
    meaning: str
    unit: str = ""
    choices: tuple[str, ...] = ()
    may_be_empty: bool = False

    @property
    def must_exist(self) -> bool:
        """Whether a file without this column is faulty."""
        return self.need == "always"


def _number(name: str, need: Need, meaning: str, unit: str, empty: bool = False) -> Column:
    return Column(name, "number", need, meaning, unit, may_be_empty=empty)


COLUMNS = (
    Column("particle_id", "text", "always", "Name of the particle, the same in all cycles"),
    Column("event_id", "text", "always", "Counts repeats within one half-cycle"),
    Column("cycle_count", "integer", "always", "Number of the charge or discharge, from 1"),
    Column("direction", "text", "always", "What the cell does", "", DIRECTIONS),
    _number("centre_x_um", "always", "Centre, to the right of the upper left pixel's", "um"),
    _number("centre_y_um", "always", "Centre, below that of the upper left pixel", "um"),
    _number("area_um2", "always", "Area of the particle as imaged", "um2"),
    _number("radius_um", "always", "Radius of the disk of equal area", "um"),
    Column("status", "text", "always", "What became of the particle", "", STATUSES),
    Column("signal", "text", "always", "What the times were read from", "", SIGNALS),
    _number("t10_second", "reacted", "10 % of the change done, since the current started", "s"),
    _number("t50_second", "reacted", "50 % of the change done, since the current started", "s"),
    _number("t90_second", "reacted", "90 % of the change done, since the current started", "s"),
    _number("t10_u_second", "reacted", "Standard uncertainty of t10_second", "s"),
    _number("t50_u_second", "reacted", "Standard uncertainty of t50_second", "s"),
    _number("t90_u_second", "reacted", "Standard uncertainty of t90_second", "s"),
    _number("t50_lower_second", "optional", "Interval-censored reading: not before", "s"),
    _number("t50_upper_second", "optional", "Interval-censored reading: not after", "s"),
    _number("duration_second", "reacted", "t90_second - t10_second", "s"),
    _number("duration_u_second", "reacted", "Standard uncertainty of duration_second", "s"),
    Column("duration_is_upper_bound", "boolean", "reacted", "Shorter than two frames"),
    _number("slope_peak_second", "optional", "Steepest change, since the current started", "s"),
    _number("amplitude", "always", "Change of the signal over the half-cycle", "1", True),
    _number("amplitude_u", "always", "Standard uncertainty of amplitude", "1", True),
    _number("soc_at_t50", "optional", "Share of the half-cycle's charge passed at t50", "1"),
    _number("frame_interval_second", "always", "Time between frames", "s", True),
    Column("roi_kind", "text", "always", "How the outline was found"),
    Column("estimator", "text", "always", "How the times were read"),
    Column("quality_note", "text", "always", "Anything a reader should know", may_be_empty=True),
)
BY_NAME = {column.name: column for column in COLUMNS}
NAMES = tuple(BY_NAME)

_CSVW = {"text": "string", "integer": "integer", "number": "double", "boolean": "boolean"}


def csvw_schema() -> dict[str, Any]:
    """The columns as a table schema of CSV on the Web.

    Examples
    --------
    >>> csvw_schema()["columns"][4]["unit"]
    'um'
    """
    return {"columns": [_csvw(column) for column in COLUMNS], "primaryKey": list(KEY)}


def _csvw(column: Column) -> dict[str, Any]:
    described: dict[str, Any] = {
        "name": column.name,
        "dc:description": column.meaning,
        "datatype": _CSVW[column.kind],
        "required": column.must_exist and not column.may_be_empty,
    }
    described |= {"unit": column.unit} if column.unit else {}
    return described | ({"choices": list(column.choices)} if column.choices else {})
