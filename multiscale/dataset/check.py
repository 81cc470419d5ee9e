"""``check_package``: whether a folder holds what its table and its description promise."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from functools import partial
from pathlib import Path
from typing import Any
from zipfile import is_zipfile

import numpy as np
import pandas as pd
import xarray as xr

from multiscale.dataset.cell_checks import check_cell
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
from multiscale.dataset.outlines_file import OUTLINES, enclosed_area, read_outlines
from multiscale.dataset.particles_file import PARTICLES, parse_particles
from multiscale.dataset.row_checks import check_rows
from multiscale.dataset.traces_file import TRACES, read_traces
from multiscale.errors import DatasetError, MultiscaleError
from multiscale.text import path_of

FILMED = 0.1  # part of the longest half-cycle that traces span at least
OUTLINE_TOLERANCE = (0.1, 0.25)  # share of the area: a remark, an error


def check_package(folder: str | Path) -> list[Finding]:
    """Everything that is wrong with a data package, errors first.

    Looked at: missing files and columns, cells that are no numbers, units (seconds,
    micrometres), duplicates, unknown names, order of times, missing uncertainties, checksums,
    outlines against areas, traces and cell record against the table, the description against its
    schema. Further columns, another order of columns, line ends and missing optional files
    (``traces.nc``, ``cell.bdf.csv``, ``outlines.geojson``, ``rois.zip``) are no faults.

    Parameters
    ----------
    folder : path

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
    yield from _described(table, described)
    absent = {fault.column for fault in faults_of_table if fault.row == 1}
    rows = check_rows(table, _durations(half_cycles))
    yield from (fault for fault in rows if fault.column not in absent)
    longest = max(_durations(half_cycles).values(), default=0.0)
    yield from _with_file(folder / TRACES, read_traces, table, partial(_traces, longest=longest))
    yield from _with_file(folder / OUTLINES, read_outlines, table, _outlines)
    if (folder / ROIS).is_file() and not is_zipfile(folder / ROIS):
        yield Finding("error", ROIS, "is not a ZIP file, or is truncated")


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
        path = _inside(folder, name)
        if path is None:
            yield Finding("error", DESCRIPTION, f"lists {name[:200]}, which is not there")
        elif entry.get("sha256") and sha256(path) != str(entry["sha256"]).lower():
            message = "the checksum differs from dataset.json: the file was changed, or truncated"
            yield Finding("error", name, message)
    names = {str(entry.get("contentUrl")) for entry in listed}
    for name in (PARTICLES, TRACES, CELL, OUTLINES):
        if (folder / name).is_file() and name not in names:
            yield Finding("remark", DESCRIPTION, f"gives no checksum of {name}")


def _inside(folder: Path, name: str) -> Path | None:
    """A file of the folder; none that leads out of it, is missing, or cannot be a name."""
    try:
        path = (folder / name).resolve()
        return path if path.is_relative_to(folder.resolve()) and path.is_file() else None
    except (OSError, ValueError, RuntimeError):
        return None


def _durations(half_cycles: pd.DataFrame) -> dict[tuple[int, str], float]:
    known = half_cycles.dropna(subset=["cycle_count", "kind", "duration_s"])
    keys = zip(known["cycle_count"].astype(int), known["kind"], strict=True)
    return dict(zip(keys, known["duration_s"].astype(float), strict=True))


def _described(table: pd.DataFrame, described: pd.DataFrame) -> Iterator[Finding]:
    if described.empty:
        message = "describes no half-cycles: times cannot be held against their durations"
        yield Finding("remark", DESCRIPTION, message)
        return
    known = set(zip(described["cycle_count"], described["kind"], strict=True))
    for number, count, direction in table[["cycle_count", "direction"]].dropna().itertuples():
        if (count, direction) not in known:
            valid = ", ".join(sorted(f"{kind} {n}" for n, kind in known))
            message = f"is none of the half-cycles that {DESCRIPTION} describes: {valid}"
            yield Finding(
                "error", PARTICLES, message, number, "cycle_count", f"{direction} {count}"
            )


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
        words = f"{len(known - given)} particles of {PARTICLES} are not in it, for example {name!r}"
        yield Finding("remark", file, words)


def _outlines(outlines: dict[str, list[np.ndarray]], table: pd.DataFrame) -> Iterator[Finding]:
    yield from _strangers(list(outlines), table, OUTLINES)
    places = table.drop_duplicates("particle_id").set_index("particle_id")
    remark, error = OUTLINE_TOLERANCE
    for name, rings in outlines.items():
        if name not in places.index or not places.loc[name, "area_um2"] > 0:
            continue
        place = places.loc[name]
        share = enclosed_area(rings) / place["area_um2"] - 1
        where = f"particle {name!r}"
        if abs(share) > remark:
            message = "encloses another area than area_um2 of the table: is it in um?"
            value = f"{where}, {enclosed_area(rings):.4g} um2 against {place['area_um2']:.4g}"
            yield Finding(
                "error" if abs(share) > error else "remark", OUTLINES, message, value=value
            )
        middle = (rings[0].min(axis=0) + rings[0].max(axis=0)) / 2
        away = np.hypot(*(middle - place[["centre_x_um", "centre_y_um"]].to_numpy(float)))
        if away > 2 * place["radius_um"]:
            message = "lies elsewhere than the centre in the table: x and y swapped, or in pixels?"
            yield Finding("error", OUTLINES, message, value=f"{where}, {away:.4g} um away")
