"""``particles.csv``: written as spreadsheets open it, read as people hand it over."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pandas as pd

from multiscale.dataset.columns import BOOLEANS, BY_NAME, COLUMNS, NAMES, Column
from multiscale.dataset.findings import Finding
from multiscale.errors import DatasetError, unknown_name
from multiscale.tables import as_text, read_unpacked, split_rows

PARTICLES = "particles.csv"
_DECIMAL_COMMA = re.compile(r"\s*[-+]?\d+,\d+\s*")
_NOT_A_NUMBER = ("nan", "na", "n/a", "null", "none", "inf", "-inf", "infinity", "#n/a")


def write_particles(table: pd.DataFrame, path: str | Path) -> Path:
    """Write a table of :data:`multiscale.dataset.columns.COLUMNS`; empty means missing.

    Parameters
    ----------
    table : pandas.DataFrame
        Columns as in ``particles.csv``, in any order; those that are missing are left empty,
        further ones follow behind.
    path : path

    Raises
    ------
    DatasetError
        If a column that every file needs is missing.
    """
    absent = [column.name for column in COLUMNS if column.must_exist and column.name not in table]
    if absent:
        raise DatasetError(f"The table of particles lacks the columns {absent}.")
    ordered = table.reindex(columns=[*NAMES, *(name for name in table if name not in BY_NAME)])
    for column in COLUMNS:
        ordered[column.name] = [_written(value, column) for value in ordered[column.name]]
    ordered.to_csv(path, index=False, lineterminator="\n", encoding="utf-8")
    return Path(path)


def _written(value: Any, column: Column) -> str:
    if value is None or pd.isna(value):
        return ""
    if column.kind == "boolean":
        return "true" if value else "false"
    if column.kind == "integer":
        return str(int(value))
    return f"{float(value):.9g}" if column.kind == "number" else str(value)


def read_particles(path: str | Path) -> pd.DataFrame:
    """The table of particles, each column of its type; further columns as text.

    Column order, line ends and a byte order mark do not matter.

    Raises
    ------
    DatasetError
        With the first fault and the number of further ones.
    """
    table, findings = parse_particles(Path(path))
    errors = [finding for finding in findings if finding.is_error]
    if errors:
        more = f"; {len(errors) - 1} more, see `multiscale dataset check`" if errors[1:] else ""
        raise DatasetError(f"{errors[0].where}: {errors[0].message}{more}")
    return table


def parse_particles(path: Path) -> tuple[pd.DataFrame, list[Finding]]:
    """As :func:`read_particles`, with everything that is wrong; faulty cells are missing."""
    try:
        text, encoding = as_text(read_unpacked(path, DatasetError), path.name, DatasetError)
        rows, lines = split_rows(text, ",", path.name, DatasetError)
    except DatasetError as error:
        message = re.sub(rf"^{re.escape(path.name)}[ ,:]+", "", str(error))
        return pd.DataFrame(columns=list(NAMES)), [Finding("error", path.name, message)]
    findings = list(of_encoding(encoding, path.name))
    if not text.endswith(("\n", "\r")):
        message = "does not end with a line break: is the last row whole?"
        findings.append(Finding("remark", path.name, message))
    header = [name.strip() for name in rows[0]] if rows else []
    findings += _of_header(header, path.name)
    body = list(zip(lines[1:], rows[1:], strict=True))
    whole = [(number, row) for number, row in body if len(row) == len(header)]
    findings += _of_length(body, header, path.name)
    findings += [] if body else [Finding("error", path.name, "holds no row")]
    cells = {name: [row[i] for _, row in whole] for i, name in enumerate(header)}
    table = pd.DataFrame(cells, index=pd.Index([number for number, _ in whole], dtype=int))
    for column in COLUMNS:
        texts = table.get(column.name, pd.Series("", table.index))
        values, faults = _typed(texts, column, path.name)
        table[column.name] = values
        findings += faults
    return table, findings


def of_encoding(encoding: str, file: str) -> Iterator[Finding]:
    """A remark on a file that is not plain UTF-8, which is what the format asks for."""
    if encoding.startswith("UTF-8 with"):
        yield Finding("remark", file, "begins with a byte order mark: save it as UTF-8 without")
    elif encoding != "UTF-8":
        yield Finding("remark", file, f"is in {encoding}, not in UTF-8: save it as 'CSV UTF-8'")


def _of_header(header: list[str], file: str) -> Iterator[Finding]:
    if len(header) == 1 and any(sign in header[0] for sign in ";\t"):
        message = "is separated by semicolons or tabs: save it with commas, and decimal points"
        yield Finding("error", file, message, 1)
        return
    for name in sorted({name for name in header if header.count(name) > 1}):
        yield Finding("error", file, "stands twice in the header", 1, name)
    extra = [name for name in header if name not in BY_NAME]
    for column in COLUMNS:
        if column.must_exist and column.name not in header:
            hint = _nearest(column.name, extra)
            yield Finding("error", file, f"the column is missing{hint}", 1, column.name)
    if not extra:
        return
    message = "is none of the format; it is kept"
    yield from (Finding("remark", file, message, 1, name or "(no name)") for name in extra)


def _nearest(name: str, others: Sequence[str]) -> str:
    words = unknown_name("column", name, others)
    start = words.find("did you mean ")
    return f"; is it {words[start + 13 : words.find('?')]}?" if start >= 0 else ""


def _of_length(
    body: list[tuple[int, list[str]]], header: list[str], file: str
) -> Iterator[Finding]:
    for number, row in body:
        if len(row) > len(header):
            message = f"more cells than the header's {len(header)}: decimal commas? Use points"
            yield Finding("error", file, message, number, value=str(len(row)))
        elif len(row) < len(header):
            message = f"fewer cells than the header's {len(header)}: is the file truncated?"
            yield Finding("error", file, message, number, value=str(len(row)))


def _typed(texts: pd.Series, column: Column, file: str) -> tuple[pd.Series, list[Finding]]:
    values, findings = [], []
    for number, text in texts.items():
        value, fault = _value(str(text).strip(), column)
        values.append(value)
        if fault:
            findings.append(Finding("error", file, fault, number, column.name, repr(text)))
    kind = {"number": float, "integer": "Int64", "boolean": "boolean", "text": object}[column.kind]
    return pd.Series(values, texts.index, dtype=kind), findings


def _value(text: str, column: Column) -> tuple[object, str]:
    """A cell as a value, None for missing, and what is wrong with it."""
    missing = float("nan") if column.kind == "number" else None
    if not text:
        return ("" if column.kind == "text" else missing), ""
    if column.kind == "text":
        if column.choices and text not in column.choices:
            return text, f"is none of the valid {', '.join(map(repr, column.choices))}"
        return text, ""
    if column.kind == "boolean":
        known = BOOLEANS.get(text.lower())
        return known, "" if known is not None else "is neither true nor false"
    if text.lower() in _NOT_A_NUMBER:
        return missing, "is not a number: leave a missing value empty"
    if _DECIMAL_COMMA.fullmatch(text):
        return missing, "has a decimal comma: write a point"
    try:
        number = float(text)
    except ValueError:
        return missing, "is not a number"
    if not math.isfinite(number):
        return missing, "is not a finite number"
    if column.kind == "integer":
        whole = number.is_integer()
        return (int(number), "") if whole else (missing, "is not a whole number")
    return number, ""
