"""Fields of a BPX file: what is wrong with them, and what a particle model reads between them."""

from __future__ import annotations

import ast
import math
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from multiscale.errors import ParameterError
from multiscale.limits import (
    CONCENTRATION,
    CUT_OFF,
    DIFFUSIVITY,
    POSITIVE,
    POTENTIAL,
    RADIUS,
    TEMPERATURE,
    number,
)
from multiscale.parameters import names
from multiscale.parameters.capacity import initial_concentration, nominal_capacity

EMPTY, FULL = "Minimum stoichiometry", "Maximum stoichiometry"
_RANGES = {
    "Diffusivity [m2.s-1]": DIFFUSIVITY,
    "Maximum concentration [mol.m-3]": CONCENTRATION,
    "Particle radius [m]": RADIUS,
    "Reaction rate constant [mol.m-2.s-1]": POSITIVE,
}
_FUNCTIONS = (
    "OCP [V]",
    "OCP (delithiation) [V]",
    "OCP (lithiation) [V]",
    "Diffusivity [m2.s-1]",
    "Conductivity [S.m-1]",
    "Entropic change coefficient [V.K-1]",
)
_CALLED = ("exp", "tanh", "cosh")
_OPERATORS = ast.Add | ast.Sub | ast.Mult | ast.Div | ast.Pow
_LONGEST, _DEEPEST = 10_000, 200  # characters and levels of a formula
_MOST_SHOWN = 3  # faults of one file


def check_fields(path: Path, sections: Mapping[str, Any]) -> None:
    """``ParameterError`` for numbers that are none and tables that do not increase.

    PyBaMM's reader takes both, or names another field.
    """
    for field, value in _fields(sections):
        if isinstance(value, bool):
            raise ParameterError(f"{path.name}, {field}: {value} is not a number")
        if isinstance(value, str) and field.endswith(_FUNCTIONS):
            _check_formula(path, field, value)
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
            if type(value) not in (int, float) or not math.isfinite(value):
                raise ParameterError(f"{path.name}, {field}: {name}[{i}] is {value!r}")
    for i in range(1, len(x)):
        if not x[i] > x[i - 1]:
            raise ParameterError(
                f"{path.name}, {field}: x must increase, but x[{i}] = {x[i]:g} follows {x[i - 1]:g}"
            )


def _check_formula(path: Path, field: str, text: str) -> None:
    """Only what BPX allows: numbers, x, + - * / ** and three functions.

    The library turns the text into Python code and runs it, so nothing else may get there; a
    power of powers of whole numbers would keep it busy for ever.
    """
    where = f"{path.name}, {field}"
    if len(text) > _LONGEST:
        raise ParameterError(f"{where}: a formula of {len(text)} characters; at most {_LONGEST}")
    try:
        tree = ast.parse(text.strip(), mode="eval").body
    except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
        raise ParameterError(f"{where}: {text[:60]!r} is not a formula: {error}") from None
    levels = [(tree, 0, False)]
    while levels:
        node, depth, under_power = levels.pop()
        exponent = node.right if isinstance(node, ast.BinOp) else None
        power = isinstance(node, ast.BinOp) and isinstance(node.op, ast.Pow)
        if depth > _DEEPEST or (power and under_power):
            raise ParameterError(f"{where}: {text[:60]!r} is nested too deep")
        allowed = (
            (isinstance(node, ast.Constant) and type(node.value) in (int, float))
            or (isinstance(node, ast.Name) and node.id == "x")
            or (isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.UAdd | ast.USub))
            or (isinstance(node, ast.BinOp) and isinstance(node.op, _OPERATORS))
            or (
                isinstance(node, ast.Call)
                and isinstance(node.func, ast.Name)
                and node.func.id in _CALLED
                and len(node.args) == 1
                and not node.keywords
            )
        )
        if not allowed:
            shown = ast.unparse(node)[:40]
            raise ParameterError(
                f"{where}: {shown!r} may not stand in a formula of BPX; valid are numbers, x, "
                f"+ - * / ** and {', '.join(_CALLED)}"
            )
        numbers_only = not any(isinstance(n, ast.Name) and n.id == "x" for n in ast.walk(node))
        if power and numbers_only and not _small(exponent):
            raise ParameterError(f"{where}: {ast.unparse(node)[:40]!r} is not a number of any use")
        below = node.args if isinstance(node, ast.Call) else list(ast.iter_child_nodes(node))
        for child in below:
            if isinstance(child, ast.expr):
                levels.append((child, depth + 1, under_power or (power and numbers_only)))


def _small(exponent: ast.expr | None) -> bool:
    """Whether an exponent of numbers is a number that a power can have."""
    value = exponent.operand if isinstance(exponent, ast.UnaryOp) else exponent
    found = value.value if isinstance(value, ast.Constant) else None
    return isinstance(found, int | float) and abs(found) <= 300


def check_version(path: Path, version: Any) -> None:
    """Version 0.1 to 1.1, as a text or a number."""
    found = re.fullmatch(r"(\d+)\.(\d+)(\.\d+)?", str(version).strip())
    if not found or (int(found[1]), int(found[2])) > (1, 1) or isinstance(version, bool):
        raise ParameterError(
            f"{path.name}: BPX in 'Header' is the version of the format, from 0.1 to 1.1, not "
            f"{version!r:.60}"
        )


def check_cathode(path: Path, fields: Mapping[str, Any]) -> None:
    """``ParameterError`` for numbers of a positive electrode that nothing can have."""
    where = f"{path.name}, Positive electrode"
    for field, quantity in _RANGES.items():
        value = _plain(fields.get(field))
        if value is not None:
            number(value, f"{where}: {field}", ParameterError, quantity)
    for field in ("OCP [V]", "OCP (delithiation) [V]", "OCP (lithiation) [V]"):
        table = fields.get(field)
        if isinstance(table, dict) and {"x", "y"} <= set(table):
            if not 0 <= min(table["x"]) <= max(table["x"]) <= 1:
                raise ParameterError(
                    f"{where}: {field}: x is a stoichiometry between 0 and 1, not from "
                    f"{min(table['x']):g} to {max(table['x']):g}"
                )
            for end in (min(table["y"]), max(table["y"])):
                number(end, f"{where}: {field}", ParameterError, POTENTIAL)
    limits = {name: _plain(fields.get(name)) for name in (EMPTY, FULL)}
    for name, value in limits.items():
        if value is not None and not 0 <= value <= 1:
            raise ParameterError(f"{where}: {name} lies between 0 and 1, not at {value:g}")
    low, high = limits[EMPTY], limits[FULL]
    if low is not None and high is not None and not low < high:
        raise ParameterError(
            f"{where}: {EMPTY} {low:g} is not below {FULL} {high:g}; are they swapped?"
        )


def check_cell(path: Path, fields: Mapping[str, Any]) -> None:
    """``ParameterError`` for cut-offs and temperatures that no cell has."""
    for field, value in fields.items():
        quantity = TEMPERATURE if "temperature" in field else CUT_OFF
        number(_plain(value, value), f"{path.name}, Cell: {field}", ParameterError, quantity)
    low, high = (_plain(fields.get(f"{end} voltage cut-off [V]")) for end in ("Lower", "Upper"))
    if low is not None and high is not None and not low < high:
        raise ParameterError(
            f"{path.name}, Cell: the lower voltage cut-off {low:g} V is not below the upper, "
            f"{high:g} V"
        )


def _plain(value: Any, otherwise: Any = None) -> Any:
    """A number, also of a text; what is none is left to the library, which names it."""
    if isinstance(value, str):
        try:
            return float(value)
        except ValueError:
            return otherwise
    return value if isinstance(value, int | float) and not isinstance(value, bool) else otherwise


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


def implied_entries(path: Path, raw: Mapping[str, Any]) -> dict[str, Any]:
    """Entries of ours that a BPX file says under another name.

    The initial stoichiometry is that of a discharged cell, the largest of the cathode; the
    ambient temperature is the stated one, or that of reference.
    """
    sections = raw["Parameterisation"]
    entries: dict[str, Any] = {}
    full = _plain(sections["Positive electrode"].get(FULL))
    if full is not None:
        entries[names.INITIAL_STOICHIOMETRY] = float(full)
    places = {"State: Thermal environment": raw.get("State", {}), "Cell": sections.get("Cell", {})}
    state = places["State: Thermal environment"]
    places["State: Thermal environment"] = (
        state.get("Thermal environment", {}) if isinstance(state, dict) else {}
    )
    for where, place in places.items():
        for field in ("Ambient temperature [K]", "Reference temperature [K]"):
            if isinstance(place, dict) and field in place and names.TEMPERATURE not in entries:
                value = _plain(place[field], place[field])
                what = f"{path.name}, {where}: {field}"
                entries[names.TEMPERATURE] = number(value, what, ParameterError, TEMPERATURE)
    return entries


def of_any_particle() -> dict[str, Any]:
    """Entries that follow from others in every set: capacity, current and concentration."""
    return {
        names.NOMINAL_CAPACITY: nominal_capacity(),
        names.CURRENT: nominal_capacity(),
        names.INITIAL_CONCENTRATION: initial_concentration(),
    }
