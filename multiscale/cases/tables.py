"""Strict reading of TOML tables of case files: every key and type, named if wrong."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from multiscale import limits, toml_text
from multiscale.errors import CaseError, unknown_name
from multiscale.limits import Quantity, short
from multiscale.toml_text import NUMBER

__all__ = ["NUMBER", "check_call", "check_keys", "choose", "measured", "numbers", "take", "texts"]


def check_keys(table: Any, allowed: Iterable[str], where: str) -> Mapping[str, Any]:
    """The table itself, if it is one and has no key but the allowed ones."""
    return toml_text.check_keys(table, allowed, where, CaseError)


def take(table: Mapping[str, Any], key: str, kind: Any, where: str, default: Any = None) -> Any:
    """A value of the right type, a number finite; ``CaseError`` if missing (default ...) or not."""
    return toml_text.take(table, key, kind, where, default, CaseError)


def measured(
    table: Mapping[str, Any], key: str, quantity: Quantity, where: str, default: Any = None
) -> Any:
    """A number that a physical quantity can be; ``CaseError`` otherwise."""
    if key not in table:
        return take(table, key, NUMBER, where, default)
    return limits.number(table[key], f"{where}: {key!r}", CaseError, quantity)


def check_call(
    function: Callable[..., Any], own: int, arguments: Mapping[str, Any], what: str, where: str
) -> None:
    """``CaseError`` unless a function takes these arguments, by name and by type.

    Parameters
    ----------
    function : function
        Annotated; its first ``own`` parameters are not for the case file.
    own : int
    arguments : mapping
    what, where : str
        For messages.
    """
    parameters = list(inspect.signature(function).parameters.values())[own:]
    valid = [parameter.name for parameter in parameters]
    for name in arguments:
        if name not in valid:
            raise CaseError(f"{where}: {unknown_name(f'argument of {what}', name, valid)}")
    for parameter in parameters:
        name, kind = parameter.name, str(parameter.annotation)
        if name in arguments:
            _check_argument(arguments[name], kind, f"{where}: argument {name!r}")
        elif parameter.default is parameter.empty:
            raise CaseError(f"{where}: {what} needs the argument {name!r}")


def _check_argument(value: Any, kind: str, what: str) -> None:
    if kind == "list[str]":
        if not (isinstance(value, list) and value and all(isinstance(v, str) for v in value)):
            raise CaseError(f"{what} must be a list of texts, not {short(value)}")
    elif kind.startswith("list"):
        if not isinstance(value, list):
            raise CaseError(f"{what} must be a list of numbers, not {short(value)}")
        if not value:
            raise CaseError(f"{what} is an empty list")
        limits.numbers(value, what, CaseError)
    elif kind.startswith("dict"):
        if not isinstance(value, Mapping):
            raise CaseError(f"{what} must be a table, not {short(value)}")
        for key, one in value.items():
            limits.number(one, f"{what}, {key!r}", CaseError)
    elif kind.startswith("str"):
        if not isinstance(value, str):
            raise CaseError(f"{what} must be a text, not {short(value)}")
    elif kind.startswith("bool"):
        if not isinstance(value, bool):
            raise CaseError(f"{what} must be true or false, not {short(value)}")
    elif kind.startswith("int"):
        limits.whole(value, what, CaseError, -limits.LARGEST_WHOLE)
    else:
        limits.number(value, what, CaseError)


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
        raise CaseError(f"{where}: {key!r} must be a list of texts, not {short(values)}")
    return tuple(values)


def numbers(values: Any, where: str) -> tuple[float, ...]:
    """A list of finite numbers."""
    if not isinstance(values, list):
        raise CaseError(f"{where}: must be a list of numbers, not {short(values)}")
    return tuple(limits.numbers(values, where, CaseError))
