"""Whether ``cell.bdf.csv`` is a Battery Data Format record that contains the half-cycles."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pandas as pd

from multiscale.analysis.cycler import Record, read_record
from multiscale.analysis.half_cycles import half_cycles as find_half_cycles
from multiscale.dataset.findings import Finding
from multiscale.dataset.particles_file import PARTICLES, of_encoding
from multiscale.dataset.timings import HALF_CYCLE
from multiscale.errors import AnalysisError
from multiscale.tables import read_table

HEADERS = ("Test Time / s", "Current / A", "Voltage / V")
_MACHINE = ("test_time_second", "current_ampere", "voltage_volt")
SHARED = 0.5  # of a described half-cycle that must lie within one of the record


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
        found = _half_cycles(record)
    except AnalysisError as error:
        return described, [*findings, Finding("error", path.name, _without_name(error, path))]
    if described["start_s"].notna().any() and described["duration_s"].notna().any():
        return described, [*findings, *_contained(described, found, path.name)]
    return found, [*findings, *_numbered(table, found, path.name)]


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


def _half_cycles(record: Record) -> pd.DataFrame:
    found = find_half_cycles(record.times, -record.current)  # the record is positive on charge
    return found.assign(cycle_count=found.groupby("kind").cumcount() + 1)


def _contained(described: pd.DataFrame, found: pd.DataFrame, file: str) -> Iterator[Finding]:
    for _, row in described.iterrows():
        start, end = row["start_s"], row["start_s"] + row["duration_s"]
        of_kind = found[found["kind"] == row["kind"]]
        shared = np.minimum(of_kind["end_s"], end) - np.maximum(of_kind["start_s"], start)
        if not (shared > SHARED * (end - start)).any():
            known = [f"{r.kind} {r.start_s:g} to {r.end_s:g} s" for r in found.itertuples()]
            message = f"holds no {row['kind']} from {start:g} to {end:g} s; it holds {known}"
            yield Finding("error", file, message)


def _numbered(table: pd.DataFrame, found: pd.DataFrame, file: str) -> Iterator[Finding]:
    known = set(zip(found["cycle_count"], found["kind"], strict=True))
    for number, count, direction in table[["cycle_count", "direction"]].dropna().itertuples():
        if (count, direction) not in known:
            valid = ", ".join(sorted(f"{kind} {n}" for n, kind in known))
            message = f"is a half-cycle that {file} does not contain; it holds {valid}"
            yield Finding(
                "error", PARTICLES, message, number, "cycle_count", f"{direction} {count}"
            )
