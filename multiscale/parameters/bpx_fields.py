"""Fields of a BPX file: what is wrong with them, and what a particle model reads between them."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from multiscale.errors import ParameterError
from multiscale.parameters import names
from multiscale.parameters.capacity import initial_concentration, nominal_capacity

FULL = "Maximum stoichiometry"
_MOST_SHOWN = 3  # faults of one file


def check_fields(path: Path, sections: Mapping[str, Any]) -> None:
    """``ParameterError`` for numbers that are none and tables that do not increase.

    PyBaMM's reader takes both, or names another field.
    """
    for field, value in _fields(sections):
        if isinstance(value, float) and not math.isfinite(value):
            raise ParameterError(f"{path.name}, {field}: {value} is not a finite number")
        if isinstance(value, dict) and {"x", "y"} <= set(value):
            _check_table(path, field, value["x"], value["y"])


def _fields(sections: Mapping[str, Any], prefix: str = "") -> Iterator[tuple[str, Any]]:
    for name, value in sections.items():
        if isinstance(value, dict) and not {"x", "y"} <= set(value):
            yield from _fields(value, f"{prefix}{name}: ")
        else:
            yield f"{prefix}{name}", value


def _check_table(path: Path, field: str, x: Any, y: Any) -> None:
    lists = isinstance(x, list) and isinstance(y, list)
    if not lists or len(x) != len(y) or len(x) < 2:
        raise ParameterError(f"{path.name}, {field}: x and y must be lists of one length, above 1")
    for name, column in (("x", x), ("y", y)):
        for i, value in enumerate(column):
            if not isinstance(value, int | float) or not math.isfinite(value):
                raise ParameterError(f"{path.name}, {field}: {name}[{i}] is {value!r}")
    for i in range(1, len(x)):
        if not x[i] > x[i - 1]:
            raise ParameterError(
                f"{path.name}, {field}: x must increase, but x[{i}] = {x[i]:g} follows {x[i - 1]:g}"
            )


def reason(error: Exception) -> str:
    """Why a file was refused, a line a field, without the words of the library.

    Examples
    --------
    >>> reason(ValueError("no OCP"))
    'no OCP'
    """
    details = getattr(error, "errors", None)
    if not callable(details):
        return str(error).strip().splitlines()[0]
    found: dict[str, str] = {}
    for one in details():
        # branches of one field ("float", "int", ...) are one fault to the reader
        field = ", ".join(str(part).strip("`") for part in one["loc"][:2]) or "file"
        found.setdefault(field, one["msg"])
    shown = [f"{field}: {text}" for field, text in list(found.items())[:_MOST_SHOWN]]
    more = len(found) - _MOST_SHOWN
    return "; ".join(shown) + (f"; and {more} more" if more > 0 else "")


def implied_entries(raw: Mapping[str, Any]) -> dict[str, Any]:
    """Entries of ours that a BPX file says under another name.

    The initial stoichiometry is that of a discharged cell, the largest of the cathode; the
    ambient temperature is the stated one, or that of reference.
    """
    sections = raw["Parameterisation"]
    entries: dict[str, Any] = {}
    if FULL in sections["Positive electrode"]:
        entries[names.INITIAL_STOICHIOMETRY] = float(sections["Positive electrode"][FULL])
    cell = sections.get("Cell", {})
    state = raw.get("State", {}).get("Thermal environment", {})
    for place in (state, cell):
        for field in ("Ambient temperature [K]", "Reference temperature [K]"):
            if field in place and names.TEMPERATURE not in entries:
                entries[names.TEMPERATURE] = float(place[field])
    return entries


def of_any_particle() -> dict[str, Any]:
    """Entries that follow from others in every set: capacity, current and concentration."""
    return {
        names.NOMINAL_CAPACITY: nominal_capacity(),
        names.CURRENT: nominal_capacity(),
        names.INITIAL_CONCENTRATION: initial_concentration(),
    }
