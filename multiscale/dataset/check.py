"""``check_package``: whether a folder holds what its table and its description promise."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from functools import partial
from itertools import pairwise
from pathlib import Path
from typing import Any, Literal
from zipfile import is_zipfile

import numpy as np
import pandas as pd
import xarray as xr

from multiscale.analysis.cycler import read_record
from multiscale.analysis.half_cycles import half_cycles as find_half_cycles
from multiscale.dataset.description import (
    CELL,
    DESCRIPTION,
    ROIS,
    check_description,
    half_cycles_in,
    read_description,
    rows_in,
    sha256,
)
from multiscale.dataset.findings import Finding, gathered
from multiscale.dataset.optional_files import (
    OUTLINES,
    TRACES,
    enclosed_area,
    read_outlines,
    read_traces,
)
from multiscale.dataset.particles_file import (
    COLUMNS,
    HALF_CYCLE,
    INTERVAL,
    KEY,
    PARTICLES,
    TIMES,
    of_encoding,
    parse_particles,
)
from multiscale.errors import AnalysisError, DatasetError, MultiscaleError
from multiscale.tables import read_table
from multiscale.text import path_of

Severity = Literal["error", "remark"]
Durations = Mapping[tuple[int, str], float]

AREA_TOLERANCE = 0.02  # of area against radius
RADII_UM = (0.01, 1000.0)  # particles of electrodes are well within
PLACE = ("centre_x_um", "centre_y_um")
EARLY = {"hours": 1 / 2000, "minutes": 1 / 40}  # all times below this share of the half-cycle
FEW = 3  # early particles are no proof of another unit
ROUNDING = 1e-6

HEADERS = ("Test Time / s", "Current / A", "Voltage / V")
_MACHINE = ("test_time_second", "current_ampere", "voltage_volt")
FILMED = 0.1  # part of the longest half-cycle that traces span at least
OUTLINE_TOLERANCE = (0.1, 0.25)  # share of the area: a remark, an error
SHARED = 0.5  # of a described half-cycle that must lie within one of the record


def check_package(folder: str | Path) -> list[Finding]:
    """Everything that is wrong with a data package, errors first.

    Looked at: missing files and columns, cells that are no numbers, units (seconds,
    micrometres), duplicates, unknown names, order of times, missing uncertainties, checksums,
    outlines against areas, traces and cell record against the table, the description against its
    schema. Further columns, another order of columns, line ends and missing optional files
    (``traces.nc``, ``cell.bdf.csv``, ``outlines.geojson``, ``rois.zip``) are no faults.

    Returns
    -------
    list of Finding
        Errors make the package unusable as it stands; remarks do not.

    Raises
    ------
    DatasetError
        If there is no such folder.
    """
    folder = path_of(folder, DatasetError, "a data package")
    if not folder.is_dir():
        raise DatasetError(f"{folder} is not a folder")
    return gathered(_findings(folder))


def _findings(folder: Path) -> Iterator[Finding]:
    description: Mapping[str, Any] = {}
    if (folder / DESCRIPTION).is_file():
        description, faults = _read(read_description, folder / DESCRIPTION, {})
        yield from faults
        yield from check_description(description) if description else ()
        yield from _checksums(description, folder)
    else:
        yield Finding("error", DESCRIPTION, "is missing: it says what was measured, and how")
    if not (folder / PARTICLES).is_file():
        yield Finding("error", PARTICLES, "is missing: it is the one a reader must open")
        return
    table, faults_of_table = parse_particles(folder / PARTICLES)
    yield from faults_of_table
    described = half_cycles_in(description)
    half_cycles, faults = check_cell(folder / CELL, table, described)
    yield from faults
    if described.empty:
        message = "describes no half-cycles: times cannot be held against their durations"
        yield Finding("remark", DESCRIPTION, message)
    else:
        message = f"is none of the half-cycles that {DESCRIPTION} describes: "
        yield from _unknown_half_cycles(table, described, message)
    absent = {fault.column for fault in faults_of_table if fault.row == 1}
    rows = check_rows(table, _durations(half_cycles))
    yield from (fault for fault in rows if fault.column not in absent)
    longest = max(_durations(half_cycles).values(), default=0.0)
    yield from _with_file(folder / TRACES, read_traces, table, partial(_traces, longest=longest))
    yield from _with_file(folder / OUTLINES, read_outlines, table, _outlines)
    if (folder / ROIS).is_file() and not is_zipfile(folder / ROIS):
        yield Finding("error", ROIS, "is not a ZIP file, or is truncated")


def check_cell(
    path: Path, table: pd.DataFrame, described: pd.DataFrame
) -> tuple[pd.DataFrame, list[Finding]]:
    """Half-cycles with their durations, from the description or else the record; and faults.

    A record may begin earlier than the movie: where the description says when its half-cycles
    start, those are looked for by time, otherwise by number.
    """
    described = described.reindex(columns=list(HALF_CYCLE))
    if not path.is_file():
        return described, []
    findings = list(_headers(path))
    if any(finding.is_error for finding in findings):
        return described, findings
    try:
        record = read_record(path)
        recorded = find_half_cycles(record.times, -record.current)  # it is positive on charge
        recorded = recorded.assign(cycle_count=recorded.groupby("kind").cumcount() + 1)
    except AnalysisError as error:
        return described, [*findings, Finding("error", path.name, _without_name(error, path))]
    if not (described["start_s"].notna().any() and described["duration_s"].notna().any()):
        message = f"is a half-cycle that {path.name} does not contain; it holds "
        return recorded, [*findings, *_unknown_half_cycles(table, recorded, message)]
    for _, row in described.iterrows():
        start, end = row["start_s"], row["start_s"] + row["duration_s"]
        of_kind = recorded[recorded["kind"] == row["kind"]]
        shared = np.minimum(of_kind["end_s"], end) - np.maximum(of_kind["start_s"], start)
        if not (shared > SHARED * (end - start)).any():
            known = [f"{r.kind} {r.start_s:g} to {r.end_s:g} s" for r in recorded.itertuples()]
            message = f"holds no {row['kind']} from {start:g} to {end:g} s; it holds {known}"
            findings.append(Finding("error", path.name, message))
    return described, findings


def _headers(path: Path) -> Iterator[Finding]:
    try:
        table = read_table(path, error=AnalysisError)
    except AnalysisError as error:
        yield Finding("error", path.name, _without_name(error, path))
        return
    yield from of_encoding(table.encoding, path.name)
    if table.separator == ";":
        message = "is separated by semicolons: save it with commas, and decimal points"
        yield Finding("error", path.name, message, 1)
        return
    names = list(table)
    for label, machine in zip(HEADERS, _MACHINE, strict=True):
        if label not in names and machine not in names:
            other = [n for n in names if n.casefold().startswith(label.split(" / ")[0].casefold())]
            hint = f"; {other[0]!r} has another unit" if other else f"; it has {names}"
            message = f"the column is missing (the Battery Data Format has fixed units){hint}"
            yield Finding("error", path.name, message, 1, label)


def _without_name(error: AnalysisError, path: Path) -> str:
    return re.sub(rf"^{re.escape(path.name)}[ ,:]+", "", str(error))


def _unknown_half_cycles(
    table: pd.DataFrame, half_cycles: pd.DataFrame, message: str
) -> Iterator[Finding]:
    """Rows of half-cycles that are none of those known; the message ends with these."""
    known = set(zip(half_cycles["cycle_count"], half_cycles["kind"], strict=True))
    message += ", ".join(sorted(f"{kind} {n}" for n, kind in known))
    for number, count, direction in table[["cycle_count", "direction"]].dropna().itertuples():
        if (count, direction) not in known:
            value = f"{direction} {count}"
            yield Finding("error", PARTICLES, message, number, "cycle_count", value)


def check_rows(table: pd.DataFrame, durations: Durations) -> Iterator[Finding]:
    """Faults of the table from ``parse_particles``; its index counts as a spreadsheet does.

    ``durations``, from (cycle_count, direction) to that of the half-cycle [s], hold those known.
    """

    def at(
        wrong: pd.Series, message: str, column: str, severity: Severity = "error"
    ) -> Iterator[Finding]:
        """One finding for each row at fault."""
        for number, value in table.loc[wrong.fillna(False).astype(bool), column].items():
            shown = "" if pd.isna(value) or value == "" else str(value)
            yield Finding(severity, PARTICLES, message, number, column, shown)

    # --- who, and when
    double = table.duplicated(list(KEY))
    message = f"the particle occurs twice in one half-cycle (equal {', '.join(KEY)})"
    yield from at(double, message, "particle_id")
    yield from at(table["cycle_count"] < 0, "is negative", "cycle_count")

    # --- what must be filled, and with what status
    reacted = table["status"] == "reacted"
    timed = table["t50_second"].notna()
    censored = table[list(INTERVAL)].notna().any(axis=1)
    for column in COLUMNS:
        values = table[column.name]
        empty = values.isna() | (values.astype(str) == "")
        if column.need == "always" and not column.may_be_empty:
            yield from at(empty, "is empty; every row needs it", column.name)
        if column.need == "reacted" and column.name != "t50_second":
            message = "is empty; a row with t50_second needs it"
            yield from at(empty & reacted & timed, message, column.name)
        if column.name in TIMES:
            message = "holds a time, but the status is not 'reacted'"
            yield from at(~empty & ~reacted, message, column.name)
    message = "is empty though the status is 'reacted'; give it, or t50_lower_second and "
    message += "t50_upper_second"
    yield from at(reacted & ~timed & ~censored, message, "t50_second")
    measured = table["amplitude"].notna() & table["amplitude_u"].isna()
    message = "is empty: how sure is the amplitude?"
    yield from at(measured, message, "amplitude_u", "remark")

    # --- sizes
    area, radius = table["area_um2"], table["radius_um"]
    for name in ("area_um2", "radius_um"):
        yield from at(table[name] <= 0, "is not positive", name)
    low, high = RADII_UM
    small, large = (radius > 0) & (radius < low), radius > high
    yield from at(small, "is below 0.01 um: in metres, or millimetres?", "radius_um")
    yield from at(large, "is above 1000 um: in nanometres, or pixels?", "radius_um")
    share = area / (np.pi * radius**2)
    off = (share - 1).abs() > AREA_TOLERANCE
    message = "does not belong to radius_um, the radius of the disk of equal area: is one of the "
    message += "two in another unit (um2, um)?"
    yield from at(off & (area > 0) & (radius > 0), message, "area_um2")

    # --- places
    first = table.groupby("particle_id")[["centre_x_um", "centre_y_um"]].transform("first")
    away = np.hypot(
        table["centre_x_um"] - first["centre_x_um"], table["centre_y_um"] - first["centre_y_um"]
    )
    message = "is further than a radius from where the particle was first: one name for two?"
    yield from at(away > table["radius_um"], message, "centre_x_um")
    apart = table.drop_duplicates("particle_id")
    spread = np.hypot(*(apart[name].max() - apart[name].min() for name in PLACE))
    if len(apart) > 1 and spread < apart["radius_um"].min():
        message = "all centres lie within one radius: are centres and radii in one unit (um)?"
        yield Finding("error", PARTICLES, message, column="centre_x_um")

    # --- order of times
    for early, late in pairwise(TIMES):
        wrong = table[early] > table[late] * (1 + ROUNDING)
        yield from at(wrong, f"is later than {late}", early)
    lower, upper = (table[name] for name in INTERVAL)
    yield from at(lower > upper, "is later than t50_upper_second: reversed", INTERVAL[0])
    t50 = table["t50_second"]
    outside = (t50 < lower) | (t50 > upper)
    yield from at(outside, "lies outside t50_lower_second to t50_upper_second", "t50_second")
    width = table["t90_second"] - table["t10_second"]
    slack = 1e-3 * width.abs() + 1e-3
    wrong = (table["duration_second"] - width).abs() > slack
    yield from at(wrong, "is not t90_second - t10_second", "duration_second")

    # --- uncertainties
    names = ("t10_u_second", "t50_u_second", "t90_u_second", "duration_u_second", "amplitude_u")
    for name in names:
        yield from at(table[name] < 0, "is negative", name)
    for name in names[:3]:
        yield from at(table[name] == 0, "is zero: no time is that sure", name, "remark")

    # --- other numbers
    soc, amplitude = table["soc_at_t50"], table["amplitude"]
    beyond = (soc < -0.01) | (soc > 1.01)
    yield from at(beyond, "is not between 0 and 1: in per cent?", "soc_at_t50")
    percent = amplitude.abs() > 10
    yield from at(percent, "is above 10: in per cent?", "amplitude", "remark")
    interval = table["frame_interval_second"]
    yield from at(interval <= 0, "is not positive", "frame_interval_second")
    message = "is empty: how often was the particle looked at?"
    yield from at(reacted & timed & interval.isna(), message, "frame_interval_second", "remark")

    # --- times against the half-cycle
    known = [
        np.nan if pd.isna(count) else durations.get((int(count), str(direction)), np.nan)
        for count, direction in zip(table["cycle_count"], table["direction"], strict=True)
    ]
    duration = pd.Series(known, table.index, dtype=float)
    for name in (*TIMES, INTERVAL[0], "slope_peak_second"):
        message = "lies beyond the end of the half-cycle: times count in seconds from its start"
        yield from at(table[name] > duration * 1.001, message, name)
    for name in (*TIMES, *INTERVAL):
        message = "is negative: times count from the start of the half-cycle"
        yield from at(table[name] < 0, message, name)
    yield from at(interval > duration, "is longer than the half-cycle", "frame_interval_second")

    # --- times that all lie at the very beginning are in another unit
    for (count, direction), whole in durations.items():
        of_this = (table["cycle_count"] == count) & (table["direction"] == direction)
        rows = table[of_this.fillna(False).astype(bool)]
        times = rows["t90_second"].fillna(rows["t50_second"]).fillna(rows[INTERVAL[1]]).dropna()
        if times.empty:
            continue
        share, few = float(times.max()) / whole, {"hours": 1, "minutes": FEW}
        units = (u for u, most in EARLY.items() if share < most and len(times) >= few[u])
        unit = next(units, "")
        if unit:
            text = f"all times of {direction} {count} lie within {times.max():.4g} of "
            text += f"{whole:.6g} s: are they in {unit}?"
            yield Finding("error", PARTICLES, text, times.index[0], "t50_second")

    listed = table[["cycle_count", "direction"]].dropna().drop_duplicates()
    for count, direction in listed.itertuples(index=False):
        if (int(count), str(direction)) in durations:
            continue
        rows = table[(table["cycle_count"] == count) & (table["direction"] == direction)]
        times, frame = rows["t90_second"].dropna(), rows["frame_interval_second"].min()
        if len(times) >= FEW and times.max() < frame:
            text = f"all times of {direction} {count} lie within one frame interval: are they in "
            yield Finding("error", PARTICLES, f"{text}hours?", times.index[0], "t50_second")


def _read(reader: Callable[[Path], Any], path: Path, otherwise: Any) -> tuple[Any, list[Finding]]:
    try:
        return reader(path), []
    except MultiscaleError as error:
        return otherwise, [Finding("error", path.name, str(error).removeprefix(f"{path.name} "))]


def _with_file(
    path: Path,
    reader: Callable[[Path], Any],
    table: pd.DataFrame,
    check: Callable[[Any, pd.DataFrame], Iterator[Finding]],
) -> Iterator[Finding]:
    if path.is_file():
        content, faults = _read(reader, path, None)
        yield from faults
        yield from check(content, table) if content is not None else ()


def _checksums(description: Mapping[str, Any], folder: Path) -> Iterator[Finding]:
    listed = rows_in(description, "distribution")
    for entry in listed:
        name = str(entry.get("contentUrl", ""))
        if "://" in name:
            continue
        try:  # no file that leads out of the folder, is missing, or cannot be a name
            path = (folder / name).resolve()
            inside = path.is_relative_to(folder.resolve()) and path.is_file()
        except (OSError, ValueError, RuntimeError):
            inside = False
        if not inside:
            yield Finding("error", DESCRIPTION, f"lists {name[:200]}, which is not there")
        elif entry.get("sha256") and sha256(path) != str(entry["sha256"]).lower():
            message = "the checksum differs from dataset.json: the file was changed, or truncated"
            yield Finding("error", name, message)
    names = {str(entry.get("contentUrl")) for entry in listed}
    for name in (PARTICLES, TRACES, CELL, OUTLINES):
        if (folder / name).is_file() and name not in names:
            yield Finding("remark", DESCRIPTION, f"gives no checksum of {name}")


def _durations(half_cycles: pd.DataFrame) -> dict[tuple[int, str], float]:
    known = half_cycles.dropna(subset=["cycle_count", "kind", "duration_s"])
    keys = zip(known["cycle_count"].astype(int), known["kind"], strict=True)
    return dict(zip(keys, known["duration_s"].astype(float), strict=True))


def _traces(traces: xr.Dataset, table: pd.DataFrame, longest: float) -> Iterator[Finding]:
    yield from _strangers(traces["particle"].values.tolist(), table, TRACES)
    if "y_u" not in traces:
        yield Finding("remark", TRACES, "has no uncertainties", column="y_u")
    time = traces["time"].to_numpy()
    if len(time) < 2 or not np.all(np.diff(time) > 0):
        yield Finding("error", TRACES, "does not increase, or is missing", column="time_s")
    elif time[-1] - time[0] < FILMED * longest:
        message = f"spans {time[-1] - time[0]:.4g} of a half-cycle of {longest:.6g} s: in hours?"
        yield Finding("error", TRACES, message, column="time_s")
    lost = traces["particle"].values[traces["y"].isnull().all("time").to_numpy()]
    if len(lost):
        yield Finding("error", TRACES, "holds no value", column="y", value=f"particle {lost[0]}")


def _strangers(labels: list[Any], table: pd.DataFrame, file: str) -> Iterator[Finding]:
    known, given = set(table["particle_id"]), {str(label) for label in labels}
    for label in sorted(given - known):
        yield Finding("error", file, f"particle {label!r} is not in {PARTICLES}")
    if known - given:
        name = sorted(known - given)[0]
        message = (
            f"{len(known - given)} particles of {PARTICLES} are not in it, for example {name!r}"
        )
        yield Finding("remark", file, message)


def _outlines(outlines: dict[str, list[np.ndarray]], table: pd.DataFrame) -> Iterator[Finding]:
    yield from _strangers(list(outlines), table, OUTLINES)
    places = table.drop_duplicates("particle_id").set_index("particle_id")
    remark, error = OUTLINE_TOLERANCE
    for name, rings in outlines.items():
        if name not in places.index or not places.loc[name, "area_um2"] > 0:
            continue
        row = places.loc[name]
        share = enclosed_area(rings) / row["area_um2"] - 1
        where = f"particle {name!r}"
        if abs(share) > remark:
            message = "encloses another area than area_um2 of the table: is it in um?"
            value = f"{where}, {enclosed_area(rings):.4g} um2 against {row['area_um2']:.4g}"
            yield Finding(
                "error" if abs(share) > error else "remark", OUTLINES, message, value=value
            )
        middle = (rings[0].min(axis=0) + rings[0].max(axis=0)) / 2
        away = np.hypot(*(middle - row[["centre_x_um", "centre_y_um"]].to_numpy(float)))
        if away > 2 * row["radius_um"]:
            message = "lies elsewhere than the centre in the table: x and y swapped, or in pixels?"
            yield Finding("error", OUTLINES, message, value=f"{where}, {away:.4g} um away")
