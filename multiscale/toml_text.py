"""TOML out of files as people have them, and strict access to what it holds.

One reader for case files, set files and what stands in data packages: a byte order mark and UTF-16
(as Windows writes them) are read, and what is no text file, too large, too deep or not TOML is
refused in one sentence.
"""

from __future__ import annotations

import codecs
import os
import stat
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from multiscale.errors import MultiscaleError
from multiscale.limits import short

MOST_BYTES = 5_000_000  # of a TOML file
_DEEPEST = 50  # tables and lists within each other
_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)


def read_bytes(path: str | Path, error: type[MultiscaleError], most: int = MOST_BYTES) -> bytes:
    """Content of an ordinary file of at most so many bytes.

    Folders, devices, pipes and files that cannot be opened are refused by name.

    Examples
    --------
    >>> from multiscale.errors import CaseError
    >>> read_bytes("/dev/zero", CaseError)
    Traceback (most recent call last):
        ...
    multiscale.errors.CaseError: /dev/zero is not an ordinary file
    """
    content = b""
    try:
        kind = os.stat(path)
        if stat.S_ISREG(kind.st_mode) and kind.st_size <= most:
            with open(path, "rb") as file:
                content = file.read(most)
    except (OSError, ValueError) as problem:  # ValueError: a null byte in the name
        reason = getattr(problem, "strerror", None) or problem
        raise error(f"{str(path)!r} cannot be read: {reason}") from problem
    if stat.S_ISDIR(kind.st_mode):
        raise error(f"{path} is a folder, not a file")
    if not stat.S_ISREG(kind.st_mode):
        raise error(f"{path} is not an ordinary file")
    if kind.st_size > most:
        raise error(f"{path} has {kind.st_size} bytes; the limit is {most}")
    return content


def decoded(content: bytes, what: str, error: type[MultiscaleError]) -> str:
    """Text of bytes in UTF-8 or, with its byte order mark, UTF-16 or UTF-32.

    Examples
    --------
    >>> from multiscale.errors import CaseError
    >>> decoded("a = 1".encode("utf-16"), "my.toml", CaseError)
    'a = 1'
    """
    try:
        return content.decode(_encoding(content))
    except UnicodeDecodeError as problem:
        raise error(f"{what}: not a text file in UTF-8 or UTF-16") from problem


def _encoding(content: bytes) -> str:
    for mark, name in _MARKS:
        if content.startswith(mark):
            return name
    # without a mark, every other byte of plain text in UTF-16 is zero
    if content[1::2].count(0) > len(content) // 4:
        return "utf-16-le"
    return "utf-16-be" if content[::2].count(0) > len(content) // 4 else "utf-8"


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
    return found


def read_toml(path: str | Path, error: type[MultiscaleError]) -> dict[str, Any]:
    """The tables of a TOML file; see :func:`read_bytes`, :func:`decoded`, :func:`parse_toml`."""
    name = Path(path).name
    return parse_toml(decoded(read_bytes(path, error), name, error), name, error)


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
