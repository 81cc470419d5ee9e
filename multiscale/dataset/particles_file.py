"""``particles.csv``: its columns, how it is written and read, and how timings become its rows."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import numpy as np
import pandas as pd

from multiscale.analysis.timings import check_table
from multiscale.dataset.findings import Finding
from multiscale.errors import DatasetError, unknown_name
from multiscale.tables import as_text, read_unpacked, split_rows

Kind = Literal["text", "integer", "number", "boolean"]
Need = Literal["always", "reacted", "optional"]

DIRECTIONS = ("charge", "discharge")
STATUSES = ("reacted", "no_change", "incomplete", "unclear", "rejected")
SIGNALS = ("reflectance_change", "lithium_fraction")
BOOLEANS = {"true": True, "false": False}
KEY = ("particle_id", "event_id", "cycle_count", "direction")
TIMES = ("t10_second", "t50_second", "t90_second")
INTERVAL = ("t50_lower_second", "t50_upper_second")

_CSVW = {"text": "string", "integer": "integer", "number": "double", "boolean": "boolean"}

PARTICLES = "particles.csv"
_DECIMAL_COMMA = re.compile(r"\s*[-+]?\d+,\d+\s*")
_NOT_A_NUMBER = ("nan", "na", "n/a", "null", "none", "inf", "-inf", "infinity", "#n/a")

# Column of a timing table -> column of particles.csv.
_SAME = {
    "status": "status",
    "t10_s": "t10_second",
    "t50_s": "t50_second",
    "t90_s": "t90_second",
    "u_t10_s": "t10_u_second",
    "u_t50_s": "t50_u_second",
    "u_t90_s": "t90_u_second",
    "t50_low_s": "t50_lower_second",
    "t50_high_s": "t50_upper_second",
    "width_s": "duration_second",
    "u_width_s": "duration_u_second",
    "width_is_upper_bound": "duration_is_upper_bound",
    "slope_peak_s": "slope_peak_second",
    "amplitude": "amplitude",
    "u_amplitude": "amplitude_u",
    "soc_at_t50": "soc_at_t50",
    "sampling_s": "frame_interval_second",
    "note": "quality_note",
}
PLACE = ("centre_x_um", "centre_y_um", "area_um2", "radius_um")
HALF_CYCLE = ("half_cycle", "kind", "cycle_count", "start_s", "duration_s")
MICRO = 1e6


@dataclass(frozen=True)
class Column:
    """One column of ``particles.csv``."""

    name: str  # as in the header; the unit is its last part
    kind: Kind
    # when a row must fill it; a column that is always needed may still be empty where nothing was
    # measured, if ``may_be_empty``
    need: Need
    meaning: str
    unit: str = ""  # as in UCUM; empty for none
    choices: tuple[str, ...] = ()  # valid texts, if they are few
    may_be_empty: bool = False  # the column must be there, a value need not

    @property
    def must_exist(self) -> bool:
        """Whether a file without this column is faulty."""
        return self.need == "always"


def _number(name: str, need: Need, meaning: str, unit: str, empty: bool = False) -> Column:
    return Column(name, "number", need, meaning, unit, may_be_empty=empty)


COLUMNS = (
    Column("particle_id", "text", "always", "Name of the particle, the same in all cycles"),
    Column("event_id", "text", "always", "Counts repeats within one half-cycle"),
    Column("cycle_count", "integer", "always", "Number of the charge or discharge, from 1"),
    Column("direction", "text", "always", "What the cell does", "", DIRECTIONS),
    _number("centre_x_um", "always", "Centre, to the right of the upper left pixel's", "um"),
    _number("centre_y_um", "always", "Centre, below that of the upper left pixel", "um"),
    _number("area_um2", "always", "Area of the particle as imaged", "um2"),
    _number("radius_um", "always", "Radius of the disk of equal area", "um"),
    Column("status", "text", "always", "What became of the particle", "", STATUSES),
    Column("signal", "text", "always", "What the times were read from", "", SIGNALS),
    _number("t10_second", "reacted", "10 % of the change done, since the current started", "s"),
    _number("t50_second", "reacted", "50 % of the change done, since the current started", "s"),
    _number("t90_second", "reacted", "90 % of the change done, since the current started", "s"),
    _number("t10_u_second", "reacted", "Standard uncertainty of t10_second", "s"),
    _number("t50_u_second", "reacted", "Standard uncertainty of t50_second", "s"),
    _number("t90_u_second", "reacted", "Standard uncertainty of t90_second", "s"),
    _number("t50_lower_second", "optional", "Interval-censored reading: not before", "s"),
    _number("t50_upper_second", "optional", "Interval-censored reading: not after", "s"),
    _number("duration_second", "reacted", "t90_second - t10_second", "s"),
    _number("duration_u_second", "reacted", "Standard uncertainty of duration_second", "s"),
    Column("duration_is_upper_bound", "boolean", "reacted", "Shorter than two frames"),
    _number("slope_peak_second", "optional", "Steepest change, since the current started", "s"),
    _number("amplitude", "always", "Change of the signal over the half-cycle", "1", True),
    _number("amplitude_u", "always", "Standard uncertainty of amplitude", "1", True),
    _number("soc_at_t50", "optional", "Share of the half-cycle's charge passed at t50", "1"),
    _number("frame_interval_second", "always", "Time between frames", "s", True),
    Column("roi_kind", "text", "always", "How the outline was found"),
    Column("estimator", "text", "always", "How the times were read"),
    Column("quality_note", "text", "always", "Anything a reader should know", may_be_empty=True),
)


BY_NAME = {column.name: column for column in COLUMNS}


NAMES = tuple(BY_NAME)


def csvw_schema() -> dict[str, Any]:
    """The columns as a table schema of CSV on the Web.

    Examples
    --------
    >>> csvw_schema()["columns"][4]["unit"]
    'um'
    """
    columns = []
    for column in COLUMNS:
        described: dict[str, Any] = {
            "name": column.name,
            "dc:description": column.meaning,
            "datatype": _CSVW[column.kind],
            "required": column.must_exist and not column.may_be_empty,
        }
        described |= {"unit": column.unit} if column.unit else {}
        columns.append(described | ({"choices": list(column.choices)} if column.choices else {}))
    return {"columns": columns, "primaryKey": list(KEY)}


def write_particles(table: pd.DataFrame, path: str | Path) -> Path:
    """Write a table of :data:`COLUMNS`, in any order; empty means missing.

    Columns that are missing are left empty, further ones follow behind. Raises DatasetError if a
    column that every file needs is missing.
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

    Raises DatasetError with the first fault and the number of further ones.
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
    for number, row in body:
        if len(row) != len(header):
            more = len(row) > len(header)
            message = f"{'more' if more else 'fewer'} cells than the header's {len(header)}: "
            message += "decimal commas? Use points" if more else "is the file truncated?"
            findings.append(Finding("error", path.name, message, number, value=str(len(row))))
    findings += [] if body else [Finding("error", path.name, "holds no row")]
    cells = {name: [row[i] for _, row in whole] for i, name in enumerate(header)}
    table = pd.DataFrame(cells, index=pd.Index([number for number, _ in whole], dtype=int))
    kinds = {"number": float, "integer": "Int64", "boolean": "boolean", "text": object}
    for column in COLUMNS:
        values = []
        for number, cell in table.get(column.name, pd.Series("", table.index)).items():
            value, fault = _value(str(cell).strip(), column)
            values.append(value)
            if fault:
                findings.append(Finding("error", path.name, fault, number, column.name, repr(cell)))
        table[column.name] = pd.Series(values, table.index, dtype=kinds[column.kind])
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
            suggestion = unknown_name("column", column.name, extra)
            start = suggestion.find("did you mean ")
            hint = f"; is it {suggestion[start + 13 : suggestion.find('?')]}?" if start >= 0 else ""
            yield Finding("error", file, f"the column is missing{hint}", 1, column.name)
    if not extra:
        return
    message = "is none of the format; it is kept"
    yield from (Finding("remark", file, message, 1, name or "(no name)") for name in extra)


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


def half_cycles_of(timings: pd.DataFrame) -> pd.DataFrame:
    """Half-cycles of a timing table: number, kind, cycle_count, and start and duration [s].

    Without a column ``cycle_count`` the charges are numbered from 1, and so are the discharges.

    Examples
    --------
    >>> kinds = ["charge", "discharge", "charge"]
    >>> table = pd.DataFrame({"half_cycle": [0, 1, 2], "kind": kinds})
    >>> half_cycles_of(table)["cycle_count"].tolist()
    [1, 1, 2]
    """
    table = timings.drop_duplicates("half_cycle").sort_values("half_cycle")
    if "cycle_count" not in table:
        table = table.assign(cycle_count=table.groupby("kind").cumcount() + 1)
    return table.reindex(columns=list(HALF_CYCLE)).reset_index(drop=True)


def particles_of(
    timings: pd.DataFrame, places: pd.DataFrame, said: Mapping[str, Any]
) -> pd.DataFrame:
    """Rows of ``particles.csv`` from a timing table.

    Parameters
    ----------
    timings : pandas.DataFrame
        From ``reaction_timings``; further columns slope_peak_s, amplitude, u_amplitude,
        soc_at_t50, note, t50_low_s and t50_high_s are taken along. Times without uncertainties
        get that of the sampling, interval over sqrt(12). Without an amplitude it is the
        difference of the state levels.
    places : pandas.DataFrame
        One row per particle: column particle (or particle_id), and centre_x_um, centre_y_um,
        area_um2, radius_um, or x_m, y_m, radius_m [m].
    said : mapping
        The same in every row: signal, roi_kind, estimator.

    Raises
    ------
    DatasetError
        If a particle has no place, or columns are missing.
    """
    censored = {"t50_low_s", "t50_high_s"} <= set(timings)
    check_table(timings, () if censored else ["t50_s"])
    table = _with_uncertainties(timings if "t50_s" in timings else timings.assign(t50_s=np.nan))
    rows = pd.DataFrame({name: table[old] for old, name in _SAME.items() if old in table})
    rows["particle_id"] = [str(label) for label in table["particle"]]
    rows["event_id"], rows["direction"] = "1", table["kind"]
    counts = half_cycles_of(timings).set_index("half_cycle")["cycle_count"]
    rows["cycle_count"] = table["half_cycle"].map(counts)
    placed = _places(places)
    lost = sorted(set(rows["particle_id"]) - set(placed.index))
    if lost:
        raise DatasetError(
            f"Particle {lost[0]!r} has no place; places are given for {placed.index.tolist()[:5]}."
        )
    for name in PLACE:
        rows[name] = rows["particle_id"].map(placed[name])
    rows = rows.assign(**said).reindex(columns=list(NAMES))
    timed = rows["t50_second"].notna()
    rows["duration_is_upper_bound"] = rows["duration_is_upper_bound"].where(timed)
    rows["quality_note"] = rows["quality_note"].astype(object).fillna("")
    return rows.reset_index(drop=True)


def _with_uncertainties(timings: pd.DataFrame) -> pd.DataFrame:
    table = timings.copy()
    sampling = table.get("sampling_s", pd.Series(np.nan, table.index)).astype(float)
    if "u_t50_s" not in table and "t10_s" in table:
        one = (sampling / np.sqrt(12)).where(table["t50_s"].notna())
        table = table.assign(u_t10_s=one, u_t50_s=one, u_t90_s=one, u_width_s=np.sqrt(2) * one)
    if {"t10_s", "t90_s"} <= set(table):
        table["width_s"] = table["t90_s"] - table["t10_s"]
        if "width_is_upper_bound" not in table:
            table["width_is_upper_bound"] = table["width_s"] < 2 * sampling
    if "amplitude" not in table and {"level_before", "level_after"} <= set(table):
        table["amplitude"] = table["level_after"] - table["level_before"]
    return table


def _places(places: pd.DataFrame) -> pd.DataFrame:
    """Centre, area and radius in micrometres by particle."""
    table = places.reset_index() if places.index.name in ("particle", "particle_id") else places
    table = table.rename(columns={"particle": "particle_id"})
    if "radius_m" in table:
        table = table.assign(
            centre_x_um=MICRO * table["x_m"],
            centre_y_um=MICRO * table["y_m"],
            radius_um=MICRO * table["radius_m"],
        )
    if "area_um2" not in table and "radius_um" in table:
        table = table.assign(area_um2=np.pi * table["radius_um"] ** 2)
    missing = [name for name in ("particle_id", *PLACE) if name not in table]
    if missing:
        raise DatasetError(
            f"The table of places lacks {missing}; give particle, centre_x_um, centre_y_um and "
            "radius_um, or particle, x_m, y_m and radius_m."
        )
    table.index = pd.Index([str(label) for label in table["particle_id"]])
    double = table.index.duplicated()
    if double.any():
        raise DatasetError(f"Particle {table.index[double][0]!r} has two places.")
    return table


def timings_of(particles: pd.DataFrame, half_cycles: pd.DataFrame | None = None) -> pd.DataFrame:
    """The timing table that ``compare_timings`` takes, from rows of ``particles.csv``.

    Rows that were ``rejected`` are left out, and of several events in a half-cycle all but the
    first. The half-cycles have the columns half_cycle, kind, cycle_count, start_s, duration_s.
    Without them they are numbered charge before discharge, and have no start and no duration.
    Columns: particle, half_cycle, kind, status, t10_s, t50_s, t90_s, width_s, t50_low_s,
    t50_high_s, uncertainties u_..., and the rest under the names of ``reaction_timings``. Raises
    DatasetError if a row belongs to none of the half-cycles.
    """
    kept = particles[particles["status"] != "rejected"]
    kept = kept.drop_duplicates(["particle_id", "cycle_count", "direction"])
    if half_cycles is None or half_cycles.empty:
        half_cycles = numbered(particles)
    record = half_cycles.set_index(["cycle_count", "kind"])
    keys = list(zip(kept["cycle_count"].astype(int), kept["direction"], strict=True))
    lost = [key for key in keys if key not in record.index]
    if lost:
        raise DatasetError(
            f"{lost[0][1]} {lost[0][0]} is none of the described half-cycles: "
            f"{[f'{kind} {count}' for count, kind in record.index]}."
        )
    of_rows = record.loc[keys]
    table = pd.DataFrame({"particle": kept["particle_id"].to_numpy()})
    table["half_cycle"] = of_rows["half_cycle"].to_numpy(int)
    table["kind"] = kept["direction"].to_numpy()
    for ours, theirs in _SAME.items():
        table[ours] = kept[theirs].to_numpy() if theirs in kept else np.nan
    table["width_is_upper_bound"] = (
        table["width_is_upper_bound"].eq(True).fillna(False).astype(bool)
    )
    durations = of_rows["duration_s"].to_numpy(float)
    if np.isfinite(durations).all():
        table["start_s"], table["duration_s"] = of_rows["start_s"].to_numpy(float), durations
    return table.sort_values(["half_cycle"], kind="stable").reset_index(drop=True)


def numbered(particles: pd.DataFrame) -> pd.DataFrame:
    """Half-cycles of rows of ``particles.csv`` where nothing describes them: charge before
    discharge in each cycle, without start and duration.

    Examples
    --------
    >>> rows = pd.DataFrame({"cycle_count": [1, 1], "direction": ["discharge", "charge"]})
    >>> numbered(rows)[["half_cycle", "kind"]].to_numpy().tolist()
    [[0, 'charge'], [1, 'discharge']]
    """
    seen = particles[["cycle_count", "direction"]].drop_duplicates().dropna()
    seen = seen.sort_values(["cycle_count", "direction"]).rename(columns={"direction": "kind"})
    seen["half_cycle"] = np.arange(len(seen))
    return seen.reindex(columns=list(HALF_CYCLE)).astype({"cycle_count": int})
