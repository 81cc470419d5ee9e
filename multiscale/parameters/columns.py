"""Columns of numbers out of the files people have: CSV of any separator, MATLAB, data frames."""

from __future__ import annotations

import itertools
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from multiscale.errors import ParameterError, unknown_name

# Unit -> factor to SI, by what is measured. Spelling is loosened by `plain_unit`.
UNITS: dict[str, dict[str, float]] = {
    "voltage": {"V": 1.0, "mV": 1e-3},
    "diffusivity": {"m2/s": 1.0, "m2s-1": 1.0, "cm2/s": 1e-4, "cm2s-1": 1e-4},
    "conductivity": {"S/m": 1.0, "Sm-1": 1.0, "S/cm": 100.0, "Scm-1": 100.0, "mS/cm": 0.1},
    "time": {"s": 1.0, "ms": 1e-3, "min": 60.0, "h": 3600.0},
    "current": {"A": 1.0, "mA": 1e-3, "uA": 1e-6, "nA": 1e-9},
}
_NUMBER = re.compile(r"^\s*[-+]?\d+([.,]\d*)?([eE][-+]?\d+)?\s*$")
_DECIMAL_COMMA = re.compile(r"^\s*[-+]?\d+,\d+([eE][-+]?\d+)?\s*$")


def plain_unit(unit: str) -> str:
    """A unit without the spelling that people vary.

    Examples
    --------
    >>> plain_unit("m² s⁻¹"), plain_unit("cm^2/s"), plain_unit("S.m-1")
    ('m2s-1', 'cm2/s', 'Sm-1')
    """
    table = str.maketrans({"²": "2", "⁻": "-", "¹": "1", "µ": "u", "μ": "u", "^": "", "·": "."})
    return re.sub(r"[\s.*]", "", unit.translate(table))


def factor(kind: str, unit: str | None, what: str) -> float:
    """Factor from a unit to SI; ``ParameterError`` if it is missing or of another kind.

    Examples
    --------
    >>> factor("diffusivity", "cm2/s", "column 'D'")
    0.0001
    """
    known = UNITS[kind]
    if not unit:
        raise ParameterError(f"{what} has no unit; a {kind} can be in {', '.join(known)}")
    if plain_unit(unit) not in known:
        raise ParameterError(f"{what} is in {unit!r}; a {kind} can be in {', '.join(known)}")
    return known[plain_unit(unit)]


def split_unit(header: str) -> tuple[str, str | None]:
    """Name and unit of ``Current / mA``, ``Current/mA``, ``Current [mA]`` or ``Current (mA)``.

    Examples
    --------
    >>> split_unit("Voltage / V"), split_unit("D [cm2/s]"), split_unit("Ecell")
    (('Voltage', 'V'), ('D', 'cm2/s'), ('Ecell', None))
    """
    match = re.fullmatch(r"\s*(.+?)\s*(?:\[(.+)\]|\((.+)\)|\s*/\s*(.+?))\s*", header)
    if match is None:
        return header.strip(), None
    return match[1], next(part for part in match.groups()[1:] if part)


def read_columns(source: Any, decimal: str = ".") -> dict[str, np.ndarray]:
    """Columns by name of a CSV or MATLAB file, a data frame or a mapping of arrays.

    Parameters
    ----------
    source : path, pandas.DataFrame or mapping of str to array_like
        In a CSV, lines that begin with ``#`` are comments and the first other line names the
        columns (lines above it, without a row of numbers below, are passed over); comma,
        semicolon and tab separate. Of a ``.mat`` file, arrays at the top or in
        one struct (the layout of TUM's half-cell curves).
    decimal : {".", ","}
        Decimal sign of a CSV.

    Raises
    ------
    ParameterError
        If the file is not there or not a table of numbers; says in which row and column.

    Examples
    --------
    >>> read_columns({"sto": [0.2, 0.9]})["sto"].tolist()
    [0.2, 0.9]
    """
    if isinstance(source, pd.DataFrame):
        return {str(name): _numbers(source[name], str(name), "the table") for name in source}
    if isinstance(source, Mapping):
        return {name: _numbers(pd.Series(v), name, "the table") for name, v in source.items()}
    path = Path(source)
    if not path.is_file():
        raise ParameterError(f"There is no file {path}")
    return _matlab(path) if path.suffix.lower() == ".mat" else _csv(path, decimal)


def column(columns: Mapping[str, np.ndarray], name: str, where: str) -> np.ndarray:
    """A column by name; ``ParameterError`` with the nearest name if there is none."""
    if name not in columns:
        raise ParameterError(f"{where}: {unknown_name('column', name, columns)}")
    return columns[name]


def _csv(path: Path, decimal: str) -> dict[str, np.ndarray]:
    text = path.read_text(encoding="utf-8-sig", errors="replace")
    lines = [line for line in text.splitlines() if line.strip() and not line.startswith("#")]
    if len(lines) < 2:
        raise ParameterError(f"{path.name} needs a row of column names and rows of numbers")
    lines = _without_preamble(lines)
    separator = _separator(lines[0])
    head, *rows = ([cell.strip(' "') for cell in line.split(separator)] for line in lines)
    head = [name for name in head if name] if head[-1] == "" else head
    for number, row in enumerate(rows, start=1):
        if len(row) < len(head) or any(row[len(head) :]):
            raise ParameterError(_ragged(path.name, number, head, row, separator))
    frame = pd.DataFrame([row[: len(head)] for row in rows], columns=head)
    if decimal == ",":
        frame = frame.map(lambda cell: cell.replace(",", "."))
    return {name: _cells(frame[name], name, path.name) for name in head}


def _separator(line: str) -> str:
    return max("\t;,", key=line.count)


def _without_preamble(lines: list[str]) -> list[str]:
    """From the first line of words that is followed by as many cells, more than one, of numbers."""
    for i, (line, following) in enumerate(itertools.pairwise(lines)):
        separator = _separator(line)
        words, cells = line.split(separator), following.split(separator)
        numeric = any(map(_NUMBER.match, cells)) and not any(map(_NUMBER.match, words))
        if numeric and 1 < len(cells) == len(words):
            return lines[i:]
    return lines


def _ragged(file: str, number: int, head: list[str], row: list[str], separator: str) -> str:
    words = f"{file}, row {number}: {len(row)} cells, but {len(head)} column names"
    if separator == "," and len(row) == 2 * len(head):
        words += (
            "; it looks as if both the columns and the decimals were marked by commas: "
            "export it with semicolons, or with decimal points"
        )
    return words


def _cells(cells: pd.Series, name: str, file: str) -> np.ndarray:
    """A column as numbers; one that holds no number at all (labels, dates) is all NaN."""
    numbers = pd.to_numeric(cells.replace("", "nan"), errors="coerce")
    wrong = numbers.isna() & ~cells.str.lower().isin(["", "nan"])
    commas = cells[wrong].str.match(_DECIMAL_COMMA)
    if commas.any():
        row = int(commas.idxmax())
        raise ParameterError(
            f"{file}, row {row + 1}, column {name!r}: {cells[row]!r} has a decimal comma; "
            'pass decimal="," (--decimal , on the command line)'
        )
    if wrong.any() and not wrong.all():
        row = int(wrong.idxmax())
        raise ParameterError(f"{file}, row {row + 1}, column {name!r}: {cells[row]!r} is no number")
    return numbers.to_numpy(float)


def _numbers(values: pd.Series, name: str, file: str) -> np.ndarray:
    if values.dtype == object or pd.api.types.is_string_dtype(values):
        return _cells(values.astype(str).reset_index(drop=True), name, file)
    return values.to_numpy(float)


def _matlab(path: Path) -> dict[str, np.ndarray]:
    from scipy.io import loadmat

    try:
        content = loadmat(path, squeeze_me=True, struct_as_record=False)
    except (NotImplementedError, ValueError, TypeError, OSError) as error:
        raise ParameterError(
            f"{path.name} cannot be read as a MATLAB file of version 5 to 7: {error}"
        ) from error
    found: dict[str, Any] = {k: v for k, v in content.items() if not k.startswith("__")}
    for value in list(found.values()):
        for name in getattr(value, "_fieldnames", None) or ():
            found[name] = getattr(value, name)
    columns = {
        name: np.asarray(value, dtype=float)
        for name, value in found.items()
        if isinstance(value, np.ndarray) and value.ndim == 1 and value.dtype.kind in "fiu"
    }
    if not columns:
        raise ParameterError(f"{path.name} holds no column of numbers; it has {sorted(found)}")
    return columns
