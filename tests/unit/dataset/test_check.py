"""The check of a data package: each fault is found, sound packages of other people pass."""

from __future__ import annotations

import json

import numpy as np
import pandas as pd
import pytest
import xarray as xr
from siblings import siblings

from multiscale import cli
from multiscale.analysis.cycler import Record
from multiscale.dataset import DataPackage, check_package, read_package
from multiscale.dataset.optional_files import write_traces
from multiscale.errors import DatasetError

T = np.arange(0.0, 40001.0, 100.0)


def a_package() -> DataPackage:
    """Six particles in a charge and a discharge, measured by nobody."""
    rows = []
    for cycle, kind in enumerate(("charge", "discharge")):
        for i in range(6):
            t50 = 2000.0 + 2500 * i
            row = {"particle": f"p{i}", "half_cycle": cycle, "kind": kind, "status": "reacted"}
            row |= {"t10_s": t50 - 200, "t50_s": t50, "t90_s": t50 + 300, "sampling_s": 100.0}
            row |= {"amplitude": 0.6, "u_amplitude": 0.02, "soc_at_t50": t50 / 20000}
            rows.append(row | {"start_s": 20000.0 * cycle, "duration_s": 20000.0})
    angle = np.linspace(0, 2 * np.pi, 60, endpoint=False)
    circle = 3 * np.stack([np.cos(angle), np.sin(angle)], axis=1)
    places = pd.DataFrame({"particle": [f"p{i}" for i in range(6)], "radius_um": 3.0})
    places = places.assign(centre_x_um=10.0 + 10 * np.arange(6), centre_y_um=8.0)
    package = DataPackage.from_timings(
        pd.DataFrame(rows), places, signal="reflectance_change", roi_kind="automatic"
    )
    current = np.where(T <= 20000, 1e-3, -1e-3)
    centres = places[["centre_x_um", "centre_y_um"]].to_numpy()
    return DataPackage(
        particles=package.particles.assign(estimator="isotonic"),
        facts={"title": "Six particles"},
        half_cycles=package.half_cycles,
        outlines={f"p{i}": circle + centre for i, centre in enumerate(centres)},
        cell=Record(T, current, 3.5 + 0 * T),
    )


@pytest.fixture
def folder(tmp_path):
    return a_package().write(tmp_path / "package")


def errors(folder) -> list[str]:
    return [str(finding) for finding in check_package(folder) if finding.is_error]


def edit(folder, change, unlisted=True):
    """Change particles.csv as text cells; without checksums, so that only the change is found."""
    path = folder / "particles.csv"
    table = pd.read_csv(path, dtype=str, keep_default_na=False)
    change(table)
    table.to_csv(path, index=False)
    if unlisted:
        forget_checksums(folder)


def forget_checksums(folder):
    path = folder / "dataset.json"
    described = json.loads(path.read_text())
    del described["distribution"]
    path.write_text(json.dumps(described))


def scaled(table, columns, factor):
    for name in columns:
        table[name] = (table[name].astype(float) * factor).map("{:.9g}".format)


def test_a_sound_package_has_no_errors(folder):
    assert errors(folder) == []
    remarks = [str(finding) for finding in check_package(folder)]
    assert any("does not tell: description, creators" in words for words in remarks)


TIME_COLUMNS = [f"t{n}_second" for n in (10, 50, 90)] + ["duration_second"]


def put(column, value, row=0):
    def change(table):
        table.loc[row, column] = value

    return change


def swapped(table):
    table[["t10_second", "t90_second"]] = table[["t90_second", "t10_second"]].to_numpy()


def doubled(table):
    table.loc[1] = table.loc[0]


def interval(low, high):
    def change(table):
        blank = [name for name in table if name.startswith("t") and name.endswith("second")]
        blank += ["duration_second", "duration_u_second", "duration_is_upper_bound"]
        table.loc[0, blank] = ""
        table.loc[0, ["t50_lower_second", "t50_upper_second"]] = [low, high]

    return change


FAULTS = {
    "hours": (lambda t: scaled(t, TIME_COLUMNS, 1 / 3600), "are they in hours"),
    "minutes": (lambda t: scaled(t, TIME_COLUMNS, 1 / 60), "are they in minutes"),
    "milliseconds": (lambda t: scaled(t, TIME_COLUMNS, 1000), "t50_second: lies beyond the end"),
    "radius in metres": (lambda t: scaled(t, ["radius_um"], 1e-6), "radius_um: is below 0.01 um"),
    "area in m2": (lambda t: scaled(t, ["area_um2"], 1e-12), "area_um2: does not belong to"),
    "centres in metres": (
        lambda t: scaled(t, ["centre_x_um", "centre_y_um"], 1e-6),
        "all centres lie within one radius",
    ),
    "unknown status": (put("status", "Reacted"), "row 2, column status: is none of the valid"),
    "unknown direction": (put("direction", "up", 2), "row 4, column direction"),
    "unknown signal": (put("signal", "brightness"), "'lithium_fraction'"),
    "out of order": (swapped, "t10_second: is later than t50_second"),
    "duplicate": (doubled, "row 3, column particle_id: the particle occurs twice"),
    "no uncertainty": (put("t50_u_second", ""), "t50_u_second: is empty"),
    "negative uncertainty": (put("t90_u_second", "-5"), "t90_u_second: is negative"),
    "reacted without time": (put("t50_second", ""), "t50_second: is empty though the status"),
    "time without reaction": (put("status", "no_change"), "status is not 'reacted'"),
    "interval reversed": (interval("900", "400"), "t50_lower_second: is later than"),
    "negative time": (put("t10_second", "-30"), "t10_second: is negative"),
    "nan": (put("amplitude", "NaN"), "amplitude: is not a number: leave a missing value empty"),
    "text": (put("radius_um", "3 um"), "radius_um: is not a number"),
    "decimal comma": (put("t50_second", "2000,5"), "t50_second: has a decimal comma"),
    "half a cycle": (put("cycle_count", "1.5"), "cycle_count: is not a whole number"),
    "percent": (put("soc_at_t50", "45"), "soc_at_t50: is not between 0 and 1"),
    "wrong duration": (put("duration_second", "5"), "duration_second: is not t90_second"),
    "one name for two": (put("centre_x_um", "55", 6), "row 8, column centre_x_um"),
    "no such half-cycle": (put("cycle_count", "7", 3), "row 5, column cycle_count: is none of"),
    "no name": (put("particle_id", ""), "particle_id: is empty"),
    "no column": (lambda t: t.pop("radius_um"), "radius_um: the column is missing"),
    "renamed": (
        lambda t: t.insert(0, "area_um", t.pop("area_um2")),
        "area_um2: the column is missing; is it 'area_um'?",
    ),
}


@siblings("name", FAULTS)
def test_fault_is_found(folder, name):
    change, words = FAULTS[name]
    edit(folder, change)
    assert any(words in error for error in errors(folder)), errors(folder)


def test_many_rows_with_one_fault_are_one_finding(folder):
    edit(folder, lambda table: table.__setitem__("t50_u_second", ""))
    [error] = errors(folder)
    assert error.endswith("[in 12 rows]")


def test_intervals_need_no_time_and_no_uncertainty(folder):
    edit(folder, interval("400", "900"))
    assert errors(folder) == []


def test_changed_files_are_seen(folder):
    edit(folder, put("quality_note", "changed"), unlisted=False)
    assert errors(folder) == [
        "error: particles.csv: the checksum differs from dataset.json: the file was changed, or "
        "truncated"
    ]


@pytest.mark.parametrize("name", ["particles.csv", "dataset.json"])
def test_missing_files_are_named(folder, name):
    (folder / name).unlink()
    assert any(error.startswith(f"error: {name}: is missing") for error in errors(folder))


@pytest.mark.parametrize("name", ["particles.csv", "outlines.geojson", "dataset.json"])
def test_truncated_files_are_seen(folder, name):
    forget_checksums(folder)
    path = folder / name
    path.write_bytes(path.read_bytes()[:-200])
    found = " ".join(errors(folder))
    assert name in found
    assert "truncated" in found


def test_a_missing_column_is_one_error(folder):
    edit(folder, lambda table: table.pop("frame_interval_second"))
    [error] = errors(folder)
    assert "column frame_interval_second: the column is missing" in error


@pytest.mark.parametrize("lines", [0, 1])
def test_a_table_without_rows_is_an_error(folder, lines):
    path = folder / "particles.csv"
    path.write_text("".join(path.read_text().splitlines(True)[:lines]))
    assert any("particles.csv: holds no row" in error for error in errors(folder))


def test_truncated_rois_are_seen(folder):
    (folder / "rois.zip").write_bytes(b"PK\x03\x04 and no more")
    assert "error: rois.zip: is not a ZIP file, or is truncated" in errors(folder)


def test_truncated_traces_are_seen(folder):
    (folder / "traces.nc").write_bytes(b"CDF\x02\x00\x00")
    assert any("traces.nc: is not a netCDF" in error for error in errors(folder))


def test_hours_are_noticed_without_any_duration(folder):
    forget_checksums(folder)
    (folder / "cell.bdf.csv").unlink()
    path = folder / "dataset.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | {"half_cycles": []}))
    edit(folder, lambda t: scaled(t, TIME_COLUMNS, 1 / 3600), unlisted=False)
    assert any("within one frame interval" in error for error in errors(folder))


def test_traces_are_held_against_the_table(folder):
    labels = [f"p{i}" for i in range(5)] + ["stranger"]
    y = xr.DataArray(np.zeros((6, 401)), {"particle": labels, "time": T}, ("particle", "time"))
    y[2] = np.nan
    write_traces(xr.Dataset({"y": y}), folder / "traces.nc")
    found = " ".join(map(str, check_package(folder)))
    assert "particle 'stranger' is not in particles.csv" in found
    assert "1 particles of particles.csv are not in it, for example 'p5'" in found
    assert "column y: holds no value (found particle p2)" in found
    assert "column y_u: has no uncertainties" in found
    write_traces(xr.Dataset({"y": y.assign_coords(time=T / 3600)}), folder / "traces.nc")
    assert any("column time_s: spans 11.11 of a half-cycle" in e for e in errors(folder))


def test_packages_of_other_people(folder):
    """Further columns, other order, CRLF, a byte order mark, no optional file."""
    path = folder / "particles.csv"
    table = pd.read_csv(path, dtype=str, keep_default_na=False)
    table["operator"] = "someone"
    optional = ["t50_lower_second", "t50_upper_second", "slope_peak_second"]
    table = table.drop(columns=optional)[sorted(set(table) - set(optional), reverse=True)]
    content = table.to_csv(index=False, lineterminator="\r\n")
    path.write_bytes(b"\xef\xbb\xbf" + content.encode())
    for name in ("outlines.geojson", "cell.bdf.csv"):
        (folder / name).unlink()
    (folder / "dataset.json").write_text(json.dumps({"name": "A title", "lab": "elsewhere"}))
    assert errors(folder) == []
    remarks = " ".join(map(str, check_package(folder)))
    assert "byte order mark" in remarks
    assert "operator" in remarks
    timings = read_package(folder).timings
    assert timings["half_cycle"].tolist() == [0] * 6 + [1] * 6
    assert timings["t50_s"].iloc[0] == 2000.0


def test_semicolons_are_explained(folder):
    path = folder / "particles.csv"
    path.write_text(path.read_text().replace(",", ";"))
    assert any("save it with commas" in error for error in errors(folder))
    with pytest.raises(DatasetError, match="save it with commas"):
        read_package(folder)


def test_decimal_commas_that_break_rows_are_explained(folder):
    path = folder / "particles.csv"
    forget_checksums(folder)
    path.write_text(path.read_text().replace("2000,", "2000,5,", 1))
    assert any("row 2: more cells than the header" in error for error in errors(folder))


def outline(folder, change):
    path = folder / "outlines.geojson"
    content = json.loads(path.read_text())
    geometry = content["features"][0]["geometry"]
    geometry["coordinates"] = [change(np.array(geometry["coordinates"][0])).tolist()]
    path.write_text(json.dumps(content))
    forget_checksums(folder)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda xy: xy / 0.13, "encloses another area"),
        (lambda xy: xy + 30, "lies elsewhere"),
        (lambda xy: xy * np.nan, "holds NaN, which is not a finite number"),
    ],
)
def test_outlines_must_fit_the_table(folder, change, words):
    outline(folder, change)
    assert any(words in error and "outlines.geojson" in error for error in errors(folder))


def cell(folder, change):
    path = folder / "cell.bdf.csv"
    path.write_text(change(path.read_text()))
    forget_checksums(folder)


def with_row(number, row):
    def change(text):
        lines = text.splitlines()
        lines[number] = row
        return "\n".join(lines) + "\n"

    return change


@siblings(
    ("change", "words"),
    [
        (with_row(5, "100,0.001,3.5"), "time does not increase"),
        (with_row(5, "400,,3.5"), "current"),
        (lambda text: text.replace("Test Time / s", "Test Time / h"), "has another unit"),
        (lambda text: text.replace("Current / A", "Amps"), "column Current / A: the column is"),
        (lambda text: text.replace(",", ";"), "separated by semicolons"),
        (lambda text: "".join(text.splitlines(True)[:150]), "holds no discharge"),
    ],
)
def test_the_cell_record_is_checked(folder, change, words):
    cell(folder, change)
    found = errors(folder)
    assert any("cell.bdf.csv" in error and words in error for error in found), found


def test_half_cycles_are_counted_where_nothing_says_when_they_start(folder):
    forget_checksums(folder)
    path = folder / "dataset.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | {"half_cycles": []}))
    assert errors(folder) == []
    edit(folder, put("cycle_count", "2", 3), unlisted=False)
    assert any("a half-cycle that cell.bdf.csv does not contain" in e for e in errors(folder))


def test_the_description_is_held_against_its_schema(folder):
    path = folder / "dataset.json"
    described = json.loads(path.read_text())
    described["measured_from"] = "memory"
    described["instrument"]["pixel_size_micrometre"] = "130 nm"
    path.write_text(json.dumps(described))
    found = " ".join(errors(folder))
    assert "column measured_from" in found
    assert "column instrument.pixel_size_micrometre" in found


def test_exit_codes(folder, tmp_path, capsys):
    assert cli.main(["dataset", "check", str(folder)]) == 0
    assert capsys.readouterr().out.splitlines()[-1].endswith("1 remark")
    (folder / "particles.csv").unlink()
    assert cli.main(["dataset", "check", str(folder)]) == 1
    assert cli.main(["dataset", "check", str(tmp_path / "nowhere")]) == 2
    assert "is not a folder" in capsys.readouterr().err
