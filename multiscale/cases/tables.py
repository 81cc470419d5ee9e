"""Strict reading of TOML tables: every key and every type is checked, and named if wrong."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from multiscale.errors import CaseError, unknown_name

NUMBER = (int, float)
_WORDS = {
    str: "a text",
    dict: "a table",
    list: "a list",
    bool: "true or false",
    int: "a whole number",
    NUMBER: "a number",
}


def check_keys(table: Any, allowed: Iterable[str], where: str) -> Mapping[str, Any]:
    """The table itself, if it is one and has no key but the allowed ones."""
    if not isinstance(table, Mapping):
        raise CaseError(f"{where}: must be a table, not {table!r}")
    choices = list(allowed)
    for key in table:
        if key not in choices:
            raise CaseError(f"{where}: {unknown_name('key', key, choices)}")
    return table


def take(table: Mapping[str, Any], key: str, kind: Any, where: str, default: Any = None) -> Any:
    """A value of the right type; ``CaseError`` if it is missing (default ...) or another type."""
    if key not in table:
        if default is ...:
            raise CaseError(f"{where}: {key!r} is missing")
        return default
    value = table[key]
    fits = isinstance(value, kind) and (kind is bool or not isinstance(value, bool))
    if not fits:
        raise CaseError(f"{where}: {key!r} must be {_WORDS[kind]}, not {value!r}")
    return value


def choose(value: str, choices: Iterable[str], kind: str, where: str) -> str:
    """``value`` if it is one of the choices; ``CaseError`` with the nearest otherwise."""
    valid = list(choices)
    if value not in valid:
        raise CaseError(f"{where}: {unknown_name(kind, value, valid)}")
    return value


def texts(table: Mapping[str, Any], key: str, where: str, default: Any = ()) -> tuple[str, ...]:
    """A list of texts."""
    values = take(table, key, list, where, default)
    if not all(isinstance(value, str) for value in values):
        raise CaseError(f"{where}: {key!r} must be a list of texts, not {values!r}")
    return tuple(values)


def numbers(values: Any, where: str) -> tuple[float, ...]:
    """A list of numbers."""
    if not isinstance(values, list) or not all(
        isinstance(value, NUMBER) and not isinstance(value, bool) for value in values
    ):
        raise CaseError(f"{where}: must be a list of numbers, not {values!r}")
    return tuple(float(value) for value in values)
