"""TOML out of files as people have them, and strict access to what it holds.

One reader for case files, set files and what stands in data packages: a byte order mark and UTF-16
(as Windows writes them) are read, and what is no text file, too large, too deep or not TOML is
refused in one sentence.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from multiscale.errors import MultiscaleError
from multiscale.limits import short
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
