"""Text of files, decoded as it was written, and the JSON or TOML it holds, within stated limits.

Every file of text that somebody else may have written goes through here, so that a byte order
mark, UTF-16, a folder in the place of a file, a cut-off file, a file that nests without end and
one that says a thing twice mean the same in every door.
"""

from __future__ import annotations

import codecs
import json
import math
import os
import re
import stat
import tomllib
from collections import Counter
from collections.abc import Iterable, Mapping
from os import PathLike
from pathlib import Path
from typing import Any

from multiscale.errors import MultiscaleError, unknown_name
from multiscale.limits import LARGEST_WHOLE, number, short

MIB = 1024**2
MAX_TEXT_BYTES = 256 * MIB
MAX_JSON_BYTES = 32 * MIB
MAX_DEPTH = 64  # of lists and tables within each other; no format here needs ten
MAX_DIGITS = 300  # of an integer: beyond, it is no floating-point number

_MARKS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),  # before UTF-16, whose mark it begins with
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
# Where one of these occurs, every value is looked at: looking takes as long as reading.
_ESCAPE = re.compile(r"\\u(?:0000|[dD][89a-fA-F])|\\U00000000")
_HUGE = re.compile(rf"[eE]\+?0*[1-9][0-9]{{2}}|[0-9a-fA-F_]{{{MAX_DIGITS}}}")


def path_of(path: Any, error: type[MultiscaleError], what: str = "a file") -> Path:
    """A path from text or a path; anything else is refused.

    Examples
    --------
    >>> path_of(5, MultiscaleError, "a movie")
    Traceback (most recent call last):
    multiscale.errors.MultiscaleError: the path of a movie must be text or a path, not 5
    """
    if not isinstance(path, str | Path) and not (
        isinstance(path, PathLike) and isinstance(os.fspath(path), str)
    ):
        shown = repr(path) if len(repr(path)) <= 60 else type(path).__name__
        raise error(f"the path of {what} must be text or a path, not {shown}")
    return Path(path)


def read_bytes(
    path: str | PathLike[str],
    error: type[MultiscaleError],
    most: int = MAX_TEXT_BYTES,
    what: str = "a file",
) -> bytes:
    """Content of an ordinary file of at most so many bytes.

    Parameters
    ----------
    path : path
    error : type
        What is raised.
    most : int
        [byte]
    what : str
        The kind of file for messages, for example ``"a BPX file"``.

    Raises
    ------
    MultiscaleError
        Of the given type: there is no such file, it is a folder, a device or a pipe, may not be
        read, or is larger than the limit.

    Examples
    --------
    >>> _ = Path("a.txt").write_bytes(b"abc")
    >>> read_bytes("a.txt", MultiscaleError)
    b'abc'
    >>> read_bytes("a.txt", MultiscaleError, most=2, what="a table")
    Traceback (most recent call last):
    multiscale.errors.MultiscaleError: a.txt has 3 bytes; a table has at most 2 bytes here
    """
    content = b""
    try:
        kind = os.stat(path)
        if stat.S_ISREG(kind.st_mode) and kind.st_size <= most:
            with open(path, "rb") as file:
                content = file.read(most)
    except FileNotFoundError as problem:
        raise error(f"There is no file {path}") from problem
    except (OSError, ValueError) as problem:  # ValueError: a zero byte in the name
        reason = getattr(problem, "strerror", None) or problem
        raise error(f"{str(path)[:200]!r} cannot be read: {reason}") from problem
    if stat.S_ISDIR(kind.st_mode):
        raise error(f"{path} is a folder, not {what}")
    if not stat.S_ISREG(kind.st_mode):
        raise error(f"{path} is a device or a pipe, not {what}")
    if kind.st_size > most:
        sizes = f"has {_bytes(kind.st_size)}; {what} has at most {_bytes(most)} here"
        raise error(f"{Path(path).name} {sizes}")
    return content


def _bytes(size: int) -> str:
    return f"{size / MIB:.4g} MiB" if size >= MIB else f"{size} bytes"


def decoded(
    content: bytes, name: str, error: type[MultiscaleError], otherwise: str | None = None
) -> str:
    """Text from bytes: UTF-8, UTF-16 and UTF-32, with a byte order mark or without.

    Parameters
    ----------
    content : bytes
    name : str
        What messages call it.
    error : type
        What is raised.
    otherwise : str, optional
        Encoding of what is none of these, for example ``"cp1252"``, as older instruments write.

    Returns
    -------
    str
        Without a byte order mark; lines end in ``"\\n"``.

    Raises
    ------
    MultiscaleError
        Of the given type, if it is no text: zero bytes, or bytes that are not of the encoding.

    Examples
    --------
    >>> decoded("a µm".encode("utf-16"), "a.csv", MultiscaleError)
    'a µm'
    >>> decoded(b"D [cm\\xb2]", "a.csv", MultiscaleError, otherwise="cp1252")
    'D [cm²]'
    >>> decoded(b"D [cm\\xb2]", "a.csv", MultiscaleError)
    Traceback (most recent call last):
    multiscale.errors.MultiscaleError: a.csv is not UTF-8 (byte 5): save it as UTF-8
    """
    encoding, start = _encoding(content)
    try:
        text = content[start:].decode(encoding)
    except UnicodeDecodeError as problem:
        if otherwise is None or encoding != "utf-8" or start:
            raise error(
                f"{name} is not {encoding[:6].rstrip('-').upper()} (byte {start + problem.start}): "
                "save it as UTF-8"
            ) from problem
        text = content.decode(otherwise, errors="replace")
    if "\0" in text:
        raise error(f"{name} holds zero bytes: it is not text, or is damaged")
    return text.replace("\r\n", "\n").replace("\r", "\n")


def _encoding(content: bytes) -> tuple[str, int]:
    """Encoding and length of the byte order mark. Half of UTF-16 is zeros where it is English."""
    for mark, encoding in _MARKS:
        if content.startswith(mark):
            return encoding, len(mark)
    start = content[:1000]
    if start[1::2].count(0) > 0.4 * len(start) > 0 == start[::2].count(0):
        return "utf-16-le", 0
    if start[::2].count(0) > 0.4 * len(start) > 0 == start[1::2].count(0):
        return "utf-16-be", 0
    return "utf-8", 0


def read_text(
    path: str | PathLike[str],
    error: type[MultiscaleError],
    most: int = MAX_TEXT_BYTES,
    what: str = "a file",
    otherwise: str | None = None,
) -> str:
    """Text of a file, see :func:`read_bytes` and :func:`decoded`.

    Raises
    ------
    MultiscaleError
        Of the given type: there is no such file, it is too large, or no text.

    Examples
    --------
    >>> _ = Path("a.csv").write_bytes(b"\\xef\\xbb\\xbfa,b\\r\\n")
    >>> read_text("a.csv", MultiscaleError)
    'a,b\\n'
    """
    return decoded(read_bytes(path, error, most, what), Path(path).name, error, otherwise)


def read_json(
    path: str | PathLike[str],
    what: str,
    error: type[MultiscaleError],
    most: int = MAX_JSON_BYTES,
    kind: type = dict,
) -> Any:
    """Content of a JSON file.

    Parameters
    ----------
    path : path
    what : str
        The kind of file for messages, for example ``"a BPX file"``.
    error : type
        What is raised.
    most : int
        Size of the file [byte].
    kind : type
        dict or list: what it holds at the top.

    Returns
    -------
    dict or list

    Raises
    ------
    MultiscaleError
        Of the given type, naming the file and what is wrong: see :func:`parse_json`.

    Examples
    --------
    >>> _ = Path("a.json").write_text('{"a": [1, 2.5]}')
    >>> read_json("a.json", "a JSON file", MultiscaleError)
    {'a': [1, 2.5]}
    """
    return parse_json(read_text(path, error, most, what), Path(path).name, error, kind)


def parse_json(text: str, name: str, error: type[MultiscaleError], kind: type = dict) -> Any:
    """Values of a JSON text that is whole, nests reasonably, and says nothing twice.

    Parameters
    ----------
    text : str
    name : str
        What messages call it.
    error : type
        What is raised.
    kind : type
        dict or list: what it holds at the top.

    Returns
    -------
    dict or list
        Numbers are finite; no text holds a zero character or half of a surrogate pair.

    Raises
    ------
    MultiscaleError
        Of the given type: no JSON, or truncated; nested deeper than 64; a key twice in one
        object; NaN, an infinite number, or an integer of more than 300 digits.

    Examples
    --------
    >>> parse_json('{"a": NaN}', "a.json", MultiscaleError)
    Traceback (most recent call last):
    multiscale.errors.MultiscaleError: a.json holds NaN, which is not a finite number; write null
    >>> parse_json('{"a": 1, "a": 2}', "a.json", MultiscaleError)
    Traceback (most recent call last):
    multiscale.errors.MultiscaleError: a.json gives the key 'a' twice
    """

    def constant(word: str) -> float:
        raise error(f"{name} holds {word[:20]}, which is not a finite number; write null")

    def number(word: str) -> float:
        value = float(word)
        return value if math.isfinite(value) else constant(word)

    def integer(word: str) -> int:
        if len(word) > MAX_DIGITS:
            raise error(f"{name} holds an integer of {len(word)} digits; at most {MAX_DIGITS}")
        return int(word)

    def pairs(given: list[tuple[str, Any]]) -> dict[str, Any]:
        content = dict(given)
        if len(content) < len(given):
            counts = Counter(key for key, _ in given)
            twice = next(key for key, count in counts.items() if count > 1)
            raise error(f"{name} gives the key {twice[:80]!r} twice")
        return content

    if not text.strip():
        raise error(f"{name} is empty")
    numbers: dict[str, Any] = {"parse_float": number, "parse_int": integer}
    try:
        content = json.loads(
            text,
            parse_constant=constant,
            object_pairs_hook=pairs,
            **(numbers if _HUGE.search(text) else {}),
        )
    except RecursionError:
        raise error(_too_deep(name)) from None
    except json.JSONDecodeError as problem:
        raise error(f"{name} is not JSON, or is truncated: {problem}") from problem
    if not isinstance(content, kind):
        wanted = "object" if kind is dict else "list"
        names = {dict: "an object", list: "a list", str: "a text", bool: "a truth value"}
        given = names.get(type(content), "null" if content is None else "a number")
        raise error(f"{name} holds no JSON {wanted} but {given}")
    check_values(content, text, name, error)
    return content


def _too_deep(name: str) -> str:
    return f"{name} nests lists or tables deeper than {MAX_DEPTH}; nothing that is read here does"


def check_values(content: Any, text: str, name: str, error: type[MultiscaleError]) -> None:
    """Raise for values of a text that no reader can use.

    Parameters
    ----------
    content : dict or list
        Nested; what the text says.
    text : str
        JSON or TOML.
    name : str
        What messages call it.
    error : type
        What is raised.

    Raises
    ------
    MultiscaleError
        Of the given type: nested deeper than 64, an integer of more than 300 digits, a character
        that no file name, terminal or page can show.

    Examples
    --------
    >>> check_values({"a": [1, "b"]}, "a = [1, 'b']", "a.toml", MultiscaleError)
    """
    odd = _ESCAPE.search(text) is not None or _HUGE.search(text) is not None
    level, depth = [content], 0
    while level:
        depth += 1
        if depth > MAX_DEPTH:
            raise error(_too_deep(name))
        inner = [v for c in level for v in (c.values() if isinstance(c, dict) else c)]
        if odd:
            keys = [key for c in level if isinstance(c, dict) for key in c]
            _check_plain([*keys, *inner], name, error)
        level = [value for value in inner if isinstance(value, dict | list)]


def _check_plain(values: list[Any], name: str, error: type[MultiscaleError]) -> None:
    for value in values:
        if isinstance(value, str) and any(c == "\0" or "\ud800" <= c <= "\udfff" for c in value):
            raise error(f"{name} holds a character that no text has: {ascii(value)[:80]}")
        if type(value) is int and value.bit_length() > 1000:
            raise error(f"{name} holds an integer of more than {MAX_DIGITS} digits")


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
