"""TOML out of files as people have them, and strict access to what it holds.

One reader for case files, set files and what stands in data packages: a byte order mark and UTF-16
(as Windows writes them) are read, and what is no text file, too large, too deep or not TOML is
refused in one sentence.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from multiscale.errors import MultiscaleError, unknown_name
from multiscale.limits import LARGEST_WHOLE, number, short
from multiscale.text import check_values, decoded, read_bytes

MOST_BYTES = 5_000_000  # of a TOML file
_DEEPEST = 50  # tables and lists within each other
_PART = r"""(?:[\w-]++|"[^"\n]*+"|'[^'\n]*+')[ \t]*+\.[ \t]*+"""
# tomllib takes the square of the number of parts of a dotted key
_LONG_KEY = re.compile(rf"(?<![\w-])(?:{_PART}){{{_DEEPEST}}}")


def parse_toml(text: str, what: str, error: type[MultiscaleError]) -> dict[str, Any]:
    """The tables of a TOML text.

    Raises
    ------
    MultiscaleError
        Of the kind given: not TOML, or nested deeper than 50.

    Examples
    --------
    >>> from multiscale.errors import CaseError
    >>> parse_toml("a = 1", "my.toml", CaseError)
    {'a': 1}
    """
    if len(text) > MOST_BYTES:
        raise error(f"{what} has {len(text)} characters; the limit is {MOST_BYTES}")
    if _LONG_KEY.search(text):
        raise error(f"{what}: nested too deeply; the limit is {_DEEPEST}")
    try:
        found = tomllib.loads(text.removeprefix("\ufeff"))
    except tomllib.TOMLDecodeError as problem:
        raise error(f"{what}: not valid TOML: {problem}") from problem
    except RecursionError as problem:
        raise error(f"{what}: nested too deeply; the limit is {_DEEPEST}") from problem
    except ValueError as problem:  # a whole number of more digits than Python converts; a date
        raise error(f"{what}: not valid TOML: {short(str(problem), 120)}") from problem
    if _deeper(found, _DEEPEST):
        raise error(f"{what}: nested too deeply; the limit is {_DEEPEST}")
    check_values(found, text, what, error)
    return found


def read_toml(path: str | Path, error: type[MultiscaleError]) -> dict[str, Any]:
    """The tables of a TOML file; see :func:`read_bytes`, :func:`decoded`, :func:`parse_toml`."""
    name = Path(path).name
    return parse_toml(decoded(read_bytes(path, error, MOST_BYTES), name, error), name, error)


def _deeper(value: Any, most: int) -> bool:
    """Whether tables and lists are nested more than so deep; without recursion."""
    level = [value]
    for _ in range(most):
        inner: list[Any] = []
        for one in level:
            children = one.values() if isinstance(one, Mapping) else one
            inner += [child for child in children if isinstance(child, Mapping | list)]
        if not inner:
            return False
        level = inner
    return True


# --- strict access: every key and every type is checked, and named if wrong -------------------

NUMBER = (int, float)
_WORDS: dict[Any, str] = {
    str: "a text",
    dict: "a table",
    list: "a list",
    bool: "true or false",
    int: "a whole number",
    NUMBER: "a number",
}


def check_keys(
    table: Any, allowed: Iterable[str], where: str, error: type[MultiscaleError]
) -> Mapping[str, Any]:
    """The table itself, if it is one and has no key but the allowed ones."""
    if not isinstance(table, Mapping):
        raise error(f"{where}: must be a table, not {short(table)}")
    choices = list(allowed)
    for key in table:
        if key not in choices:
            raise error(f"{where}: {unknown_name('key', key, choices)}")
    return table


def take(
    table: Mapping[str, Any],
    key: str,
    kind: Any,
    where: str,
    default: Any,
    error: type[MultiscaleError],
) -> Any:
    """A value of the right type, a number finite; refused if missing (default ...) or otherwise."""
    if key not in table:
        if default is ...:
            raise error(f"{where}: {key!r} is missing")
        return default
    value = table[key]
    fits = isinstance(value, kind) and (kind is bool or not isinstance(value, bool))
    if not fits:
        raise error(f"{where}: {key!r} must be {_WORDS[kind]}, not {short(value)}")
    if kind is int and abs(value) > LARGEST_WHOLE:
        raise error(f"{where}: {key!r} is {short(value)}, which is beyond {LARGEST_WHOLE}")
    if kind == NUMBER:
        number(value, f"{where}: {key!r}", error)
    return value
