"""The one reader of tables: CSV of any dialect, Excel, MATLAB, data frames.

Whoever exports a table chooses a separator, a decimal sign, an encoding, how many lines stand above
the names and whether units stand below them. All of that is found out here, or refused by file,
line and column; every other module asks for columns by name and gets numbers in SI.
"""

from __future__ import annotations

import contextlib
import csv
import datetime
import gzip
import io
import itertools
import math
import re
import struct
import zipfile
import zlib
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from importlib.resources.abc import Traversable
from os import PathLike
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from multiscale.errors import MultiscaleError, unknown_name
from multiscale.text import decoded, read_bytes
from multiscale.units import parse_unit, split_unit, to_si

if TYPE_CHECKING:
    import pandas as pd

Array = NDArray[np.float64]
Row = Sequence[Any]

MAX_BYTES = 200_000_000  # of a file, unpacked
MAX_ROWS = 3_000_000
MAX_COLUMNS = 2_000
MAX_CELLS = 20_000_000
MAX_SHEET_CELLS = 2_000_000  # of a workbook: a hundred times slower than text
MAX_LINE = 1_000_000  # characters
MAX_QUOTED_LINES = 1_000  # in one row

_SPACES = " \t\u00a0\u202f\u2009"
_SEPARATORS = ("\t", ";", "|", ",", " ")  # a space stands for any run of white space
_MISSING = {"", "nan", "na", "n/a", "#n/a", "#nv", "null", "none", "-", "--", "<na>", "nat"}
_EXCEL_ERRORS = ("#N/A", "#DIV/0", "#NAME", "#NUM", "#REF", "#VALUE", "#NULL", "#NV", "#WERT")
_COMMENT = ("#", "%", "//", "~")
_CONTROL = re.compile(r"[\x00-\x08\x0e-\x1f]")
_PLAIN = re.compile(r"[+-]?(?:\d+\.?\d*|\.\d+)(?:[eEdD][+-]?\d+)?")
_GROUPED = re.compile(r"([+-]?\d{1,3}(?:([,'’\s])\d{3})(?:\2\d{3})*)(\.\d*)?")
_LOOKS_NUMERIC = re.compile(r"[+−-]?[.,]?\d[\d.,'’ \u00a0\u202f]*(?:[eEdD][+-]?\d+)?")
_LOOKS_LIKE_TIME = re.compile(
    r"(?=.*\d[:/.-]\d)(?:\d+\s*days?,?\s+)?[\d:/.TZ+\sd-]+(?:,\d{1,9})?(?:\s?[AP]M)?",
    re.IGNORECASE,
)
_CLOCK = re.compile(
    r"(?:(\d{1,6})\s*(?:d|days?)?\s*[., -]?\s*)??(\d{1,6}):([0-5]?\d):([0-5]?\d(?:[.,]\d*)?)"
)
_TIMES = (datetime.datetime, datetime.time, datetime.timedelta, np.datetime64, np.timedelta64)
_DECIMAL_COMMA = re.compile(r"[+-]?\d+,\d+([eE][+-]?\d+)?")

# First bytes -> what it is, and what to do about it.
_BINARY = (
    (b"BIO-LOGIC MODULAR FILE", "a binary file of EC-Lab (.mpr); export it as text (.mpt) there"),
    (b"NEWARE", "a binary file of Neware (.nda); export it as CSV or .xlsx in BTSDA"),
    (b"\xd0\xcf\x11\xe0", "an old Excel file (.xls); save it as .xlsx or CSV"),
    (b"\x00\x01\x00\x00Standard", "a database (Arbin .res); export it as CSV in Data Watcher"),
    (b"SQLite format 3", "an SQLite database; export the table as CSV"),
    (b"PAR1", "a Parquet file; save it as CSV (pandas.read_parquet(...).to_csv(...))"),
    (b"\x89HDF", "an HDF5 file; export the columns as CSV"),
    (b"CDF\x01", "a netCDF file; export the columns as CSV"),
    (b"CDF\x02", "a netCDF file; export the columns as CSV"),
    (b"%PDF", "a PDF; export the table as CSV"),
    (b"{\\rtf", "a document (RTF); save the table as CSV"),
    (b"\x89PNG", "a picture (PNG), not a table"),
    (b"\xff\xd8\xff", "a picture (JPEG), not a table"),
    (b"GIF8", "a picture (GIF), not a table"),
    (b"II*\x00", "a picture (TIFF), not a table"),
    (b"MM\x00*", "a picture (TIFF), not a table"),
    (b"\x1f\x8b", "compressed twice; unpack it once"),
    (b"BZh", "compressed by bzip2; unpack it, or use gzip"),
    (b"\xfd7zXZ", "compressed by xz; unpack it, or use gzip"),
    (b"7z\xbc\xaf", "a 7z archive; unpack it"),
    (b"Rar!", "a RAR archive; unpack it"),
    (b"(\xb5/\xfd", "compressed by zstd; unpack it, or use gzip"),
)


@dataclass(frozen=True, eq=False)
class Table(Mapping[str, Array]):
    """Columns by name, as numbers on demand; a cell that is not one is named by line and column.

    A mapping of header -> numbers: ``table["Voltage / V"]``. An empty cell is NaN, a column of
    words is refused when it is asked for as numbers, and only then.

    Attributes
    ----------
    name : str
        Of the file, for messages.
    names : tuple of str
        Headers as they stand, in order; may hold one twice.
    rows : sequence of sequences
        Cells: text, or what a workbook holds.
    lines : sequence of int
        Line of the file that each row stands in; empty for tables that are no file.
    decimal : {".", ","}
    unit_row : tuple of str
        Units below the names; empty if there are none.
    error : type
        Class of every error.
    encoding, separator : str
        Of a text file.
    """

    name: str
    names: tuple[str, ...]
    rows: Sequence[Row]
    lines: Sequence[int] = ()
    decimal: str = "."
    unit_row: tuple[str, ...] = ()
    error: type[MultiscaleError] = MultiscaleError
    encoding: str = ""
    separator: str = ""
    _known: dict[str, Array] = field(default_factory=dict, init=False, repr=False)

    def __iter__(self) -> Iterator[str]:
        return iter(dict.fromkeys(self.names))

    def __len__(self) -> int:
        return len(set(self.names))

    def __contains__(self, name: object) -> bool:
        return name in self.names

    def __getitem__(self, name: str) -> Array:
        if name not in self.names:
            raise KeyError(name)
        if name not in self._known:
            self._known[name] = self._numbers(name)
        return self._known[name]

    def column(self, name: str) -> Array:
        """Numbers of a column; the error proposes the nearest name if there is none."""
        self._check_name(name)
        return self[name]

    def si(self, name: str, kind: str, unit: str | None = None) -> Array:
        """A column in SI: by the unit given, or that of the header; see :func:`units.to_si`."""
        values = self.column(name)
        what = f"{self.name}, column {name!r}"
        return to_si(values, unit or self.unit(name), kind, what, self.error)

    def seconds(self, name: str, unit: str | None = None) -> Array:
        """A column of times [s]: numbers with a unit, ``hh:mm:ss`` with days, or date stamps.

        Date stamps count from the first of them.
        """
        self._check_name(name)
        if not self.is_time(name):
            return self.si(name, "time", unit)
        cells = self._cells(name)
        clocks = [_clock(cell) for cell in cells]
        missing = [_kind(cell) == "missing" for cell in cells]
        read = zip(clocks, missing, strict=True)
        wrong = [row for row, (clock, none) in enumerate(read) if clock is None and not none]
        if not wrong:
            return np.array([math.nan if clock is None else clock for clock in clocks])
        if len(wrong) < len(cells) - sum(missing):
            raise self.error(
                f"{self.where(wrong[0], name)}: {_short(cells[wrong[0]])} is not a time like the "
                "others"
            )
        return self._seconds_of_stamps(cells, np.array(missing), name)

    def is_time(self, name: str) -> bool:
        """Whether a column holds ``hh:mm:ss`` or date stamps."""
        cells = self._cells(name)
        if isinstance(cells, np.ndarray) and cells.dtype.kind in "fiu":
            return False
        texts = (cell.strip() for cell in cells[:50] if isinstance(cell, str))
        return any(isinstance(cell, _TIMES) for cell in cells[:50]) or any(
            _LOOKS_LIKE_TIME.fullmatch(text) and not _LOOKS_NUMERIC.fullmatch(text)
            for text in texts
        )

    def text(self, name: str) -> list[str]:
        """Cells of a column as text, without white space around; empty where there is nothing."""
        self._check_name(name)
        return ["" if cell is None else str(cell).strip() for cell in self._cells(name)]

    def frame(self) -> pd.DataFrame:
        """All columns as text; refuses a name that stands twice."""
        import pandas as pd

        for name, count in Counter(self.names).items():
            if count > 1:
                raise self.error(f"{self.name}: the column {name!r} stands {count} times")
        return pd.DataFrame({name: self.text(name) for name in self.names}, dtype=object)

    def unit(self, name: str) -> str | None:
        """Unit of a column: in its header, or in the row below."""
        in_header = split_unit(name)[1]
        if in_header is not None or not self.unit_row:
            return in_header
        unit = self.unit_row[self.names.index(name)].strip("[]() ")
        return None if unit in ("", "-", "#") else unit

    def where(self, row: int, name: str | None = None) -> str:
        """Words for a place: ``a.csv, line 3, row 2, column 'x'``; rows count from 0 here."""
        words = self.name
        if len(self.lines) > row:
            words += f", line {self.lines[row]}"
        words += f", row {row + 1}"
        return words if name is None else f"{words}, column {name!r}"

    def _check_name(self, name: str) -> None:
        if name not in self.names:
            raise self.error(f"{self.name}: {unknown_name('column', name, set(self.names))}")

    @cached_property
    def _length(self) -> int:
        return len(self.rows)

    def _cells(self, name: str) -> Any:
        places = [i for i, other in enumerate(self.names) if other == name]
        cells = self._place(places[0])
        for other in places[1:]:
            if list(self._place(other)) != list(cells):
                raise self.error(
                    f"{self.name}: the column {name!r} stands {len(places)} times, with different "
                    f"content, as columns {', '.join(str(i + 1) for i in places)}; rename one"
                )
        return cells

    def _place(self, i: int) -> Any:
        return [row[i] for row in self.rows]

    def _numbers(self, name: str) -> Array:
        cells = self._cells(name)
        if isinstance(cells, np.ndarray) and cells.dtype.kind in "fiu":
            return cells.astype(float)
        with contextlib.suppress(ValueError, TypeError):  # without a flaw, as most columns are
            if set("".join(cells)) <= set(f"0123456789+-eE{self.decimal} "):
                plain = [cell.replace(self.decimal, ".") for cell in cells]
                return np.array([float(cell) for cell in plain])
        grouped = ","
        if self.decimal == ".":  # do commas separate thousands beyond doubt, or may they not?
            commas = [cell.strip() for cell in cells if isinstance(cell, str) and "," in cell]
            sure = any("." in number or number.count(",") > 1 for number in commas)
            grouped = "," if sure and all(map(_grouped, commas)) else ""
        values = np.empty(len(cells))
        faults: list[int] = []
        for row, cell in enumerate(cells):
            value = _number(cell, self.decimal, grouped)
            values[row] = math.nan if value is None else value
            if value is None:
                faults.append(row)
        if not faults:
            return values
        for row in faults:
            text = str(cells[row]).strip()
            if self.decimal == "." and _DECIMAL_COMMA.fullmatch(text):
                thousands = ", or a thousands separator" if _grouped(text) else ""
                raise self.error(
                    f"{self.where(row, name)}: {text!r} has a decimal comma{thousands}; pass "
                    'decimal="," (--decimal , on the command line), or write numbers with a point '
                    "and without separators of thousands"
                )
        row, cell = faults[0], cells[faults[0]]
        if self.decimal == "," and "." in str(cell):
            raise self.error(
                f"{self.where(row, name)}: {_short(cell)} is not a number with the decimal sign "
                "',', where a point separates thousands"
            )
        if not np.isfinite(values).any():
            raise self.error(f"{self.name}, column {name!r} holds no numbers, but {_short(cell)}")
        raise self.error(f"{self.where(row, name)}: {_short(cell)} is not a number")

    def _seconds_of_stamps(self, cells: Any, missing: NDArray[np.bool_], name: str) -> Array:
        """Date stamps as seconds since the first of them."""
        import pandas as pd

        known = [cell for cell, none in zip(cells, missing, strict=True) if not none]
        stamps = [cell.strip() if isinstance(cell, str) else str(cell) for cell in known]
        formats = ["ISO8601"]
        for date, hour in itertools.product(_DATES, _HOURS):
            with contextlib.suppress(ValueError):
                datetime.datetime.strptime(stamps[0], f"{date} {hour}")
                formats.append(f"{date} {hour}")
        readings: list[Array] = []
        for one in formats:
            try:
                dates = pd.to_datetime(pd.Series(stamps), format=one, utc=True)
            except (ValueError, OverflowError):
                continue
            seconds = (dates - dates.iloc[0]).dt.total_seconds().to_numpy(float)
            if not any(np.array_equal(seconds, other) for other in readings):
                readings.append(seconds)
        rising = [seconds for seconds in readings if (np.diff(seconds) >= 0).all()]
        if not readings:
            raise self.error(
                f"{self.where(0, name)}: {_short(known[0])} and what follows are no times that are "
                "known here; use seconds, hh:mm:ss, or stamps like 2026-01-31 12:00:00"
            )
        if len(readings) > 1 and len(rising) != 1:
            raise self.error(
                f"{self.name}, column {name!r}: {_short(known[0])} may be day before month or "
                "month before day; use stamps like 2026-01-31 12:00:00"
            )
        values = np.full(len(cells), math.nan)
        values[~missing] = (rising if len(readings) > 1 else readings)[0]
        return values


@dataclass(frozen=True, eq=False)
class _Columns(Table):
    """A table that comes by columns: data frames, mappings, MATLAB."""

    columns: Sequence[Any] = ()

    @cached_property
    def _length(self) -> int:
        return max((len(column) for column in self.columns), default=0)

    def _place(self, i: int) -> Any:
        return self.columns[i]


def read_table(
    source: Any,
    *,
    decimal: str = ".",
    error: type[MultiscaleError] = MultiscaleError,
    fits: Callable[[Table], bool] | None = None,
    first_row: bool = False,
) -> Table:
    """A table from a file, a data frame or a mapping of arrays.

    Text may be UTF-8, UTF-16 or Windows', with or without byte order mark, gzipped, and separated
    by commas, semicolons, tabs, bars or spaces. Cells may be quoted. Lines above the names, comment
    lines (``#``, ``%``, ``//``, ``~``), a row of units below the names, names that are repeated on
    every page and empty columns at the end are recognised. Of a workbook (``.xlsx``) the sheet that
    fits is read, of a ``.mat`` file the arrays at its top or in one struct.

    Parameters
    ----------
    source : path, pandas.DataFrame or mapping of str to array_like
    decimal : {".", ","}
        Decimal sign; the other one may separate thousands. A comma is recognised by itself where
        cells are separated otherwise and numbers like ``3,6`` can be nothing else; a table in which
        every comma may separate thousands (``1,234``) is refused.
    error : type
        Class of whatever is raised.
    fits : callable, optional
        Tells whether a table is the one wanted, where a workbook has several sheets.
    first_row : bool
        A format of our own: names stand in the first line that is no comment, no line below is
        one, and there may be no rows.

    Raises
    ------
    MultiscaleError
        If there is no such file, it is not a table, it is larger than ``MAX_BYTES`` (unpacked),
        ``MAX_ROWS``, ``MAX_COLUMNS`` or ``MAX_CELLS``, or a row has another length than the names.

    Examples
    --------
    >>> import pathlib, tempfile
    >>> path = pathlib.Path(tempfile.mkdtemp()) / "cell.txt"
    >>> _ = path.write_text("Cell: A1\\n\\ntime;U\\nh;mV\\n0;3600\\n0,5;3650\\n")
    >>> table = read_table(path, decimal=",")
    >>> table.si("time", "time").tolist(), table.si("U", "voltage").tolist()
    ([0.0, 1800.0], [3.6, 3.65])
    """
    if decimal not in (".", ","):
        raise error(f"The decimal sign is '.' or ',', not {decimal!r}")
    if not isinstance(source, str | PathLike | Traversable):
        return _of_memory(source, decimal, error)
    path = Path(source if isinstance(source, str | PathLike) else str(source))
    raw, name = read_unpacked(path, error), path.name
    if not raw.strip():
        raise error(f"{name} is empty; it needs a row of column names and rows of numbers")
    if raw.startswith(b"MATLAB 5.0") or name.lower().endswith(".mat"):
        return _matlab(raw, name, error)
    if raw.startswith(b"PK\x03\x04"):
        return _workbook(raw, name, decimal, error, fits)
    for first_bytes, what in _BINARY:
        if raw.startswith(first_bytes):
            raise error(f"{name} is {what}")
    text, encoding = as_text(raw, name, error)
    start = text[:2000].lstrip()
    if start.startswith("<"):
        raise error(f"{name} is HTML or XML, not a table of text; save it as CSV")
    if start.startswith(("{", "[{", "[[")):
        raise error(f"{name} looks like JSON, not like a table of text; save it as CSV")
    counted = re.search(r"^Nb header lines\s*:\s*(\d{1,6})\s*$", start, re.MULTILINE)
    if counted:  # EC-Lab's; the names are the last of them
        every = text.split("\n")
        above = min(int(counted[1]) - 1, len(every))
        text = "\n" * above + "\n".join(every[above:])
    told = re.match(r'"?sep=(.)"?[ \t]*\n', start)
    separator = told[1] if told else _separator(text)
    if told:  # Excel's first line
        text = "#" + text.lstrip()
    rows, lines, comments = _rows(text, separator, name, error, first_row)
    return _arranged(
        rows, lines, comments, _Origin(name, decimal, error, first_row, encoding, separator)
    )


# --- bytes and text -------------------------------------------------------------------------


def read_unpacked(path: str | PathLike[str], error: type[MultiscaleError]) -> bytes:
    """Content of a file, unpacked if it is gzipped.

    Raises
    ------
    MultiscaleError
        If it is not there, damaged, or larger than ``MAX_BYTES``.
    """
    raw = read_bytes(path, error, MAX_BYTES, "a table")
    name = Path(path).name
    if not raw.startswith(b"\x1f\x8b"):
        return raw
    try:
        with gzip.open(io.BytesIO(raw)) as packed:
            raw = packed.read(MAX_BYTES + 1)
    except (OSError, EOFError, zlib.error, struct.error) as problem:
        raise error(f"{name} is damaged or cut off (gzip): {problem}") from problem
    if len(raw) > MAX_BYTES:
        raise error(f"{name} unpacks to more than {MAX_BYTES / 1e6:g} MB, the limit of a table")
    return raw


def as_text(raw: bytes, name: str, error: type[MultiscaleError]) -> tuple[str, str]:
    """Text of a file in UTF-8, UTF-16 or Windows' code page, and which of them it is.

    Raises
    ------
    MultiscaleError
        If it is not text.

    Examples
    --------
    >>> as_text("sto;U\\n".encode("utf-16"), "a.csv", MultiscaleError)
    ('sto;U\\n', 'UTF-16')
    """
    text = decoded(raw, name, error, otherwise="cp1252").removesuffix("\x1a")
    control = _CONTROL.search(text)
    if control:
        line = text.count("\n", 0, control.start()) + 1
        raise error(f"{name} is not a text table: line {line} holds a byte that no text has")
    if raw.startswith(b"\xef\xbb\xbf"):
        return text, "UTF-8 with a byte order mark"
    if b"\x00" in raw[:1000]:
        return text, "UTF-16"
    with contextlib.suppress(UnicodeDecodeError):
        raw.decode("utf-8")
        return text, "UTF-8"
    return text, "a code page of Windows"


def _separator(text: str) -> str:
    """The separator by which most lines have equally many cells, and most cells are numbers.

    Judged by the last lines, where no preamble is.
    """
    lines = text[-100_000:].splitlines()
    lines = lines[1:] if len(text) > 100_000 else lines
    lines = [line for line in lines if line.strip() and not _is_comment(line)][-60:]
    best, likely = 0.0, ","
    for separator in _SEPARATORS:
        rows = [_split(line, separator) for line in lines]
        counts = Counter(len(row) for row in rows if len(row) > 1)
        if not counts:
            continue
        width, often = counts.most_common(1)[0]
        cells = [cell for row in rows if len(row) == width for cell in row if cell.strip()]
        numeric = sum(_kind(cell) == "number" for cell in cells) / max(len(cells), 1)
        score = often / len(lines) * (0.25 + numeric)
        if score > best * 1.001:
            best, likely = score, separator
    return likely


def _split(line: str, separator: str) -> list[str]:
    if separator == " ":
        return _by_space(line)
    try:
        return next(csv.reader([line], delimiter=separator))
    except (csv.Error, StopIteration):
        return [line]


class _Words(list[str]):
    """Cells between white space; knows the line, whose names may hold single spaces."""

    def __init__(self, line: str) -> None:
        super().__init__(_by_space(line))
        self.line = line if any(map(str.isalpha, line)) else ""


def _by_space(line: str, run: str = r"\s+") -> list[str]:
    if '"' in line:
        return [quoted or bare for quoted, bare in re.findall(r'"([^"]*)"|(\S+)', line)]
    return re.split(run, line.strip())


def _is_comment(line: str) -> bool:
    plain = line.lstrip(' "')  # not a tab: the first cell of Gamry's rows is empty
    return plain.startswith(_COMMENT) and not plain.upper().startswith(_EXCEL_ERRORS)


def _rows(
    text: str,
    separator: str,
    name: str,
    error: type[MultiscaleError],
    comments_above: bool = False,
) -> tuple[list[list[str]], list[int], list[tuple[int, str]]]:
    """Rows with their lines, without blank ones; comments with the number of rows before each."""
    rows: list[list[str]] = []
    lines: list[int] = []
    comments: list[tuple[int, str]] = []
    number, begun, quotes = 0, 0, 0  # line read last; first line and quotes of the row being read

    def source() -> Iterator[str]:
        nonlocal number, begun, quotes
        for line in io.StringIO(text, newline=""):
            number += 1
            if len(line) > MAX_LINE:
                raise error(
                    f"{name}, line {number}: longer than {MAX_LINE:,} characters, the limit"
                )
            if number > 2 * MAX_ROWS:
                raise error(f"{name} has more than {2 * MAX_ROWS:,} lines, the limit")
            if begun == 0:
                if _is_comment(line) and not (comments_above and rows):
                    comments.append((len(rows), line.strip()))
                    continue
                begun, quotes = number, 0
            elif number - begun > MAX_QUOTED_LINES:
                raise error(f"{name}, line {begun}: a quote is opened and never closed")
            quotes += line.count('"')
            yield line

    if separator == " ":
        parsed: Iterator[list[str]] = map(_Words, source())
    else:
        parsed = csv.reader(source(), delimiter=separator, strict=False)
    cells = last = 0
    try:
        for row in parsed:
            if any(map(str.strip, row)):
                rows.append(row)
                lines.append(begun)
                cells += len(row)
                _check_size(name, error, len(rows), len(row), cells, MAX_CELLS)
            last, begun = begun, 0
    except csv.Error as problem:
        raise error(f"{name}, line {begun or last}: {problem}") from problem
    if quotes % 2 and separator != " ":
        raise error(f"{name}, line {last}: a quote is opened and never closed")
    return rows, lines, comments


def split_rows(
    text: str, separator: str, name: str, error: type[MultiscaleError] = MultiscaleError
) -> tuple[list[list[str]], list[int]]:
    """Rows of cells as they stand, and the line each begins in; for formats checked cell by cell.

    Blank lines are left out, and comment lines above the first row; further down a ``#`` may
    belong to a label.

    Raises
    ------
    MultiscaleError
        If a quote is never closed, or the text is beyond the limits of a table.

    Examples
    --------
    >>> split_rows('# ours\\na,b\\n"1, 2",#3\\n', ",", "a.csv")
    ([['a', 'b'], ['1, 2', '#3']], [2, 3])
    """
    rows, lines, _ = _rows(text, separator, name, error, True)
    return rows, lines


def _check_size(
    name: str, error: type[MultiscaleError], rows: int, columns: int, cells: int, limit: int
) -> None:
    if rows > MAX_ROWS:
        raise error(f"{name} has more than {MAX_ROWS:,} rows, the limit of a table")
    if columns > MAX_COLUMNS:
        raise error(f"{name} has {columns:,} columns; the limit of a table is {MAX_COLUMNS:,}")
    if cells > limit:
        raise error(
            f"{name} has more than {limit:,} cells, the limit; keep the columns that are needed"
            + ("" if limit == MAX_CELLS else ", or save the sheet as CSV")
        )


# --- names, units, rows ---------------------------------------------------------------------


@dataclass(frozen=True)
class _Origin:
    """What a table needs to know of its file."""

    name: str
    decimal: str
    error: type[MultiscaleError]
    first_row: bool = False
    encoding: str = ""
    separator: str = ""


def _arranged(
    rows: list[Any], lines: list[int], comments: Sequence[tuple[int, str]], origin: _Origin
) -> Table:
    """The table among rows: where its names stand, and what is none of its rows."""
    head, units, first = _header(rows, comments, origin)
    names = [" ".join(str("" if cell is None else cell).split()) for cell in head]
    while names and not names[-1]:
        names.pop()
    if len(rows) <= first and not origin.first_row:
        raise origin.error(f"{origin.name} needs a row of column names and rows of numbers")
    width = len(names)
    kept: list[Row] = []
    at: list[int] = []
    plain_units = [str("" if cell is None else cell).strip() for cell in units]
    plain_units = [*plain_units, *[""] * width][:width] if units else []
    for row, line in zip(itertools.islice(rows, first, None), lines[first:], strict=True):
        if len(row) == width:
            pass
        elif len(row) < width and not origin.separator:  # a workbook drops empty cells at the end
            row = [*row, *[None] * (width - len(row))]
        elif len(row) > width and not any(str("" if c is None else c).strip() for c in row[width:]):
            row = row[:width]
        else:
            message = (
                f"{origin.name}, line {line}, row {len(kept) + 1}: {len(row)} cells, but {width} "
                f"column {'names' if width != 1 else 'name'}"
            )
            if origin.separator == "," and len(row) == 2 * width:
                message += (
                    "; it looks as if both the columns and the decimals were marked by commas: "
                    "export it with semicolons, or with decimal points"
                )
            elif len(row) < width:
                message += "; is the file cut off?"
            raise origin.error(message)
        if _same(row, names) or (plain_units and _same(row, plain_units)):
            continue  # of the next page
        kept.append(row)
        at.append(line)
    if not kept and not origin.first_row:
        raise origin.error(f"{origin.name} needs a row of column names and rows of numbers")
    return Table(
        origin.name,
        tuple(names),
        kept,
        at,
        "," if origin.decimal == "." and _has_decimal_commas(kept, origin) else origin.decimal,
        tuple(plain_units),
        origin.error,
        origin.encoding,
        origin.separator,
    )


def _has_decimal_commas(rows: Sequence[Row], origin: _Origin) -> bool:
    """Whether a table can only be read with decimal commas, although points were expected.

    So it is if commas do not separate its cells, some number has a comma that does not separate
    thousands (``3,6``), and no number needs a point, or might have one (``1.234``) in a column that
    has no such comma.
    """
    if origin.separator == ",":
        return False
    sure: set[int] = set()
    open_points: set[int] = set()
    for row in rows:
        for i, cell in enumerate(row):
            if not isinstance(cell, str) or not ("," in cell or "." in cell):
                continue
            with_comma = _number(cell, ",", ",") is not None
            with_point = _number(cell, ".", ",") is not None
            if with_point and not with_comma:
                return False
            if with_comma and not with_point:
                sure.add(i)
            elif with_point and "," not in cell:
                open_points.add(i)
    return bool(sure) and open_points <= sure


def _same(row: Row, words: Sequence[str]) -> bool:
    if str(row[0] if row else "").strip() != (words[0] if words else ""):
        return False
    return [" ".join(str("" if c is None else c).split()) for c in row[: len(words)]] == list(words)


def _header(
    rows: list[Any], comments: Sequence[tuple[int, str]], origin: _Origin
) -> tuple[Row, Row, int]:
    """Names, units (empty if none) and the index of the first row of the table."""
    if not rows:
        raise origin.error(f"{origin.name} needs a row of column names and rows of numbers")
    if origin.first_row:
        return rows[0], (), 1

    # width of the rows with numbers, and the columns that hold numbers in most of them
    sample = [[_kind(cell) for cell in row] for row in rows[:: -max(1, len(rows) // 400)][:400]]
    sample = [row for row in sample if "number" in row] or sample
    width = Counter(map(len, sample)).most_common(1)[0][0]
    columns = list(zip(*(row for row in sample if len(row) == width), strict=True))
    numeric = {
        i
        for i, column in enumerate(columns)
        if 2 * column.count("number") > len(column) - column.count("missing") > 0
    }
    data = None
    for i, row in enumerate(rows):
        kinds = [_kind(row[k]) for k in numeric] if len(row) == width else []
        if "number" in kinds and "text" not in kinds:
            data = i
            break
    if data is None:  # one broken row, or only words
        return rows[0], (), 1

    for i in range(data) if origin.separator == " " else ():
        if len(rows[i]) != width and rows[i].line:
            wider = _by_space(rows[i].line, r"\s{2,}|\t")
            rows[i] = wider if len(wider) == width else rows[i]
    named = [i for i in range(data) if _is_words(rows[i], numeric)]
    lengths = {i: _trimmed(rows[i]) for i in named}
    fitting = [i for i in named if lengths[i] in (width, _trimmed(rows[data]))]
    if not fitting:  # in the last comment above the numbers, as NumPy and Basytec write them?
        above = [text for before, text in comments if before <= data]
        for text in reversed(above[-3:]):
            plain = text.lstrip("#%/~ \t")
            ways = [_split(plain, origin.separator)] if origin.separator != " " else []
            ways += [_by_space(plain, r"\s{2,}|\t"), _by_space(plain)]
            for cells in ways:
                if len(cells) == width and all(_kind(cell) != "number" for cell in cells):
                    return cells, (), data
    if not named:
        raise origin.error(
            f"{origin.name} has no row of column names above its numbers; add one, with units"
        )
    proper = [i for i in fitting if not _is_units(rows[i])]
    at = (proper or fitting or named)[-1]
    below = rows[at + 1]
    if at + 1 < data and _is_units(below) and not any(_kind(cell) == "number" for cell in below):
        return rows[at], below, at + 2
    return rows[at], (), at + 1


def _is_words(row: Row, numeric: set[int]) -> bool:
    """Whether a row may hold names: words, and words where the table has numbers."""
    kinds = [_kind(cell) for cell in row]
    if "number" in kinds or "text" not in kinds:
        return False
    above = [kinds[i] == "text" or str(row[i]).strip() == "-" for i in numeric if i < len(row)]
    return 2 * sum(above) > len(above)


def _trimmed(row: Row) -> int:
    """Number of cells up to the last that is not empty."""
    return max((i + 1 for i, cell in enumerate(row) if str(cell or "").strip()), default=0)


def _is_units(row: Row) -> bool:
    words = [str(cell).strip().strip("[]()") for cell in row if cell is not None]
    words = [word for word in words if word]
    known = sum(parse_unit(word) is not None or bool(_UNIT_WORD.fullmatch(word)) for word in words)
    return bool(words) and 2 * known > len(words)


_UNIT_WORD = re.compile(r"h+:m+(in)?:s+.*|V vs.*|bits|#|-|d?.?h+:mm:ss.*", re.IGNORECASE)


# --- cells ----------------------------------------------------------------------------------


def _kind(cell: Any) -> str:
    """What a cell looks like at first sight: number (or time), missing, text."""
    if isinstance(cell, str):
        plain = cell.strip()
        if plain.lower() in _MISSING:
            return "missing"
        numeric = _LOOKS_NUMERIC.fullmatch(plain) or _LOOKS_LIKE_TIME.fullmatch(plain)
        return "number" if numeric else "text"
    if cell is None or (isinstance(cell, float) and math.isnan(cell)):
        return "missing"
    return "text" if isinstance(cell, bool) else "number"


def _grouped(word: Any) -> bool:
    match = _GROUPED.fullmatch(str(word).strip())
    return bool(match) and not str(word).strip().lstrip("+-").startswith("0")


def _number(cell: Any, decimal: str, grouped: str) -> float | None:
    """Value of a cell, NaN if it is missing, None if it is no number."""
    if not isinstance(cell, str):
        if cell is None:
            return math.nan
        number = isinstance(cell, (int, float, np.number)) and not isinstance(cell, bool)
        if not number and type(cell).__name__ in ("NAType", "NaTType"):
            return math.nan
        return float(cell) if number else None
    word = cell.strip(_SPACES + "\u200e\ufeff")
    if word.lower() in _MISSING:
        return math.nan
    word = word.replace("−", "-")
    if decimal == ",":
        word = word.translate(str.maketrans(",.", ".,"))
    if not _PLAIN.fullmatch(word):
        if word.lower().lstrip("+-") in ("inf", "infinity"):
            return float(word)
        match = _GROUPED.fullmatch(word)
        if match is None or word.lstrip("+-").startswith("0"):
            return None
        if match[2] == "," and not grouped:
            return None
        word = re.sub(r"[,'’\s]", "", word)
    return float(word.replace("d", "e").replace("D", "e"))


def _short(cell: Any) -> str:
    text = str(cell).strip()
    return repr(text if len(text) <= 40 else f"{text[:37]}...")


def _clock(cell: Any) -> float | None:
    """Seconds of ``hh:mm:ss``, with days before it, or of a workbook's time of day."""
    if isinstance(cell, datetime.timedelta):
        return cell.total_seconds()
    if isinstance(cell, np.timedelta64):
        return float(cell / np.timedelta64(1, "s"))
    if isinstance(cell, datetime.time):
        return 3600.0 * cell.hour + 60 * cell.minute + cell.second + 1e-6 * cell.microsecond
    match = _CLOCK.fullmatch(cell.strip()) if isinstance(cell, str) else None
    if match is None:
        return None
    days, hours, minutes, seconds = (part or "0" for part in match.groups())
    return (
        86400.0 * int(days)
        + 3600 * int(hours)
        + 60 * int(minutes)
        + float(seconds.replace(",", "."))
    )


_DATES = (
    *("%d.%m.%Y", "%d.%m.%y", "%d/%m/%Y", "%m/%d/%Y", "%d/%m/%y", "%m/%d/%y", "%Y/%m/%d"),
    *("%d-%m-%Y", "%m-%d-%Y", "%Y.%m.%d", "%d-%b-%Y", "%d %b %Y"),
)
_HOURS = ("%H:%M:%S", "%H:%M:%S.%f", "%I:%M:%S %p", "%I:%M:%S.%f %p", "%H:%M", "%I:%M %p")


# --- workbooks, MATLAB, memory --------------------------------------------------------------


def _workbook(
    raw: bytes,
    name: str,
    decimal: str,
    error: type[MultiscaleError],
    fits: Callable[[Table], bool] | None,
) -> Table:
    """The sheet of an Excel workbook that fits; other archives by name."""
    try:
        with zipfile.ZipFile(io.BytesIO(raw)) as archive:
            members = {info.filename: info.file_size for info in archive.infolist()}
    except (zipfile.BadZipFile, ValueError, OSError, NotImplementedError) as problem:
        raise error(f"{name} is damaged or cut off (zip): {problem}") from problem
    if any(member.endswith(".ndc") for member in members):
        raise error(
            f"{name} is a binary file of Neware (.ndax); export it as CSV or .xlsx in BTSDA"
        )
    if not any(member.startswith("xl/") for member in members):
        what = "an OpenDocument sheet; save it as .xlsx" if "mimetype" in members else "an archive"
        raise error(f"{name} is {what}; unpack it, or save the table as CSV")
    if sum(members.values()) > MAX_BYTES:
        raise error(f"{name} unpacks to more than {MAX_BYTES / 1e6:g} MB, the limit of a table")
    try:
        import openpyxl
    except ImportError as problem:
        raise error(
            f"{name} is an Excel workbook, for which openpyxl is not installed; install it, or "
            "save the sheet as CSV"
        ) from problem
    import warnings

    sheets: list[tuple[str, list[Any], list[int]]] = []
    cells = 0
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            book = openpyxl.load_workbook(io.BytesIO(raw), read_only=True, data_only=True)
            for sheet in book.worksheets:
                sheet.reset_dimensions()  # of what a file claims, which may be a million rows
                rows, lines = [], []
                for line, row in enumerate(sheet.iter_rows(values_only=True), start=1):
                    cells += len(row)
                    _check_size(name, error, line, len(row), cells, MAX_SHEET_CELLS)
                    if any(cell is not None and str(cell).strip() for cell in row):
                        rows.append(row)
                        lines.append(line)
                if rows:
                    sheets.append((sheet.title, rows, lines))
    except MultiscaleError:
        raise
    except Exception as problem:  # whatever a damaged workbook makes openpyxl raise
        raise error(f"{name} cannot be read as an Excel workbook: {problem}") from problem

    tables: dict[str, Table] = {}
    wrong: list[str] = []
    for title, rows, lines in sheets:
        origin = _Origin(f"{name}, sheet {title!r}", decimal, error)
        try:
            tables[title] = _arranged(rows, lines, (), origin)
        except MultiscaleError as problem:
            wrong.append(str(problem))
    fitting = [table for table in tables.values() if fits is None or fits(table)]
    if len(fitting) == 1 or (fitting and fits is not None):
        return fitting[0]
    if fitting:
        raise error(f"{name} has several sheets with a table, {', '.join(tables)}; keep one")
    if len(tables) == 1:
        return next(iter(tables.values()))  # whoever asked says what it lacks
    if tables:
        raise error(
            f"None of the sheets of {name} holds what is wanted; it has {', '.join(tables)}"
        )
    raise error(wrong[0] if wrong else f"{name} has no sheet with a table")


def _matlab(raw: bytes, name: str, error: type[MultiscaleError]) -> Table:
    from scipy.io import loadmat

    try:
        # refused if its compressed parts unpack beyond the limit
        order = ">" if raw[126:128] == b"MI" else "<"
        at, total = 128, 0
        while at + 8 <= len(raw):
            kind, size = struct.unpack(f"{order}II", raw[at : at + 8])
            packed, rest = zlib.decompressobj(), raw[at + 8 : at + 8 + size]
            while kind == 15 and rest and total <= MAX_BYTES:  # miCOMPRESSED
                total += len(packed.decompress(rest, 1 << 20))
                rest = packed.unconsumed_tail
            if total > MAX_BYTES:
                raise error(f"{name} unpacks to more than {MAX_BYTES / 1e6:g} MB, the limit")
            at += 8 + size
        content = loadmat(io.BytesIO(raw), squeeze_me=True, struct_as_record=False)
    except MultiscaleError:
        raise
    except Exception as problem:  # whatever a damaged file makes loadmat raise
        raise error(
            f"{name} cannot be read as a MATLAB file of version 5 to 7: {problem}"
        ) from problem
    arrays: dict[str, Any] = {k: v for k, v in content.items() if not k.startswith("__")}
    for value in list(arrays.values()):
        for part in getattr(value, "_fieldnames", None) or ():
            arrays[part] = getattr(value, part)
    columns = {
        key: np.asarray(value, dtype=float)
        for key, value in arrays.items()
        if isinstance(value, np.ndarray) and value.ndim == 1 and value.dtype.kind in "fiu"
    }
    if not columns:
        raise error(f"{name} holds no column of numbers; it has {sorted(arrays)}")
    return _Columns(name, tuple(columns), (), error=error, columns=list(columns.values()))


def _of_memory(source: Any, decimal: str, error: type[MultiscaleError]) -> Table:
    import pandas as pd

    if isinstance(source, Table):
        return source
    if isinstance(source, pd.DataFrame):
        pairs = [(str(name), source.iloc[:, i]) for i, name in enumerate(source.columns)]
    elif isinstance(source, Mapping):
        pairs = [(str(name), pd.Series(values)) for name, values in source.items()]
    else:
        raise error(
            "A table is a path, a pandas.DataFrame or a mapping of names to arrays, not "
            f"{type(source).__name__}"
        )
    columns = [
        series.to_numpy() if series.dtype.kind in "fiu" else series.tolist() for _, series in pairs
    ]
    return _Columns(
        "the table",
        tuple(name for name, _ in pairs),
        (),
        decimal=decimal,
        error=error,
        columns=columns,
    )
