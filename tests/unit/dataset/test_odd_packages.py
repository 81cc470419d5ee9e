"""Data packages with a damaged or odd file: named by the check, refused by the reader."""

from __future__ import annotations

import json
import re
from pathlib import Path

import numpy as np
import pytest
import xarray as xr
from fuzzing import PROFILES, survives
from siblings import siblings

from multiscale.dataset import check_package, read_package
from multiscale.dataset.description import read_description
from multiscale.dataset.optional_files import read_outlines, read_traces, write_traces
from multiscale.errors import DatasetError, MultiscaleError

PAGE = Path(__file__).parents[3] / "docs" / "data_packages.md"


@pytest.fixture
def package(tmp_path, monkeypatch):
    """The package that the documentation makes."""
    monkeypatch.chdir(tmp_path)
    [code] = re.findall(r"```python\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.DOTALL)
    exec(code, {})
    return tmp_path / "my_package"


def errors(folder):
    return [str(finding) for finding in check_package(folder) if finding.is_error]


def test_the_package_of_the_documentation_has_no_errors(package):
    assert errors(package) == []


DAMAGE = {
    "empty": b"",
    "cut short": b'{"a": [1, 2',
    "random": bytes(np.random.default_rng(0).integers(0, 256, 200, dtype=np.uint8)),
    "deep": b"[" * 100_000,
    "a number": b"3",
    "zeros": bytes(100),
}
FILES = ["dataset.json", "outlines.geojson", "particles.csv", "cell.bdf.csv", "traces.nc"]


@siblings("damage", DAMAGE)
@siblings("file", FILES)
def test_a_damaged_file_is_named(package, file, damage):
    (package / file).write_bytes(DAMAGE[damage])
    assert any(file in error and len(error) < 500 for error in errors(package))
    with pytest.raises(MultiscaleError, match=file):
        read_package(package)


def changed(package, file, **members):
    path = package / file
    content = json.loads(path.read_text(encoding="utf-8"))
    path.write_text(json.dumps(content | members), encoding="utf-8")


HALF = {"direction": "charge", "cycle_count": 1}


@siblings(
    "members",
    [
        {"half_cycles": 3},
        {"half_cycles": "no"},
        {"half_cycles": [1]},
        {"half_cycles": [{"direction": [1], "cycle_count": {}}]},
        {"half_cycles": [HALF | {"duration_second": "x"}]},
        {"distribution": 3},
        {"distribution": [1, {"contentUrl": "../../../../etc/passwd", "sha256": "x"}]},
        {"distribution": [{"contentUrl": "a" * 5000}]},
        {"creator": 3},
        {"sample": "x"},
        {"excluded": 3},
    ],
)
def test_descriptions_of_another_form_are_named_by_path(package, members):
    changed(package, "dataset.json", **members)
    [key] = members
    found = errors(package)
    assert any("dataset.json" in error and (key in error or "lists" in error) for error in found)
    assert max(map(len, found)) < 500
    read_package(package)


def polygon(coordinates, kind="Polygon", **properties):
    geometry = {"type": kind, "coordinates": coordinates}
    return {
        "type": "Feature",
        "geometry": geometry,
        "properties": {"particle_id": "a"} | properties,
    }


@siblings(
    ("features", "words"),
    [
        (3, "no list 'features'"),
        ([3], "feature 0 holds no polygon"),
        ([{"geometry": 3}], "feature 0 holds no polygon"),
        ([polygon([[[0, 0], [1, 1]]])], "feature 0 holds no polygon"),
        ([polygon([[["a", "b"]] * 4])], "feature 0 holds no polygon"),
        ([polygon([[[0, 0], [1, 0], [1]]])], "feature 0 holds no polygon"),
        ([polygon([[[1e300, 0], [0, 1e300], [1, 1]]])], "feature 0 holds no polygon"),
        ([polygon([0, 0], "Point")], "feature 0"),
        ([polygon([])], "feature 0 holds no polygon"),
        ([polygon([[[0, 0], [1, 0], [1, 1]]])] * 2, "two outlines"),
    ],
)
def test_outlines_of_another_form(tmp_path, features, words):
    path = tmp_path / "outlines.geojson"
    path.write_text(json.dumps({"features": features}), encoding="utf-8")
    with pytest.raises(DatasetError, match=words):
        read_outlines(path)


TIME, LABELS = ("frame", np.arange(5.0)), ("particle", ["a", "b"])
Y = (("particle", "frame"), np.zeros((2, 5)))


@siblings(
    ("variables", "words"),
    [
        ({"y": (("a", "b"), np.zeros((2, 3)))}, "lacks 'y' over"),
        ({"y": Y, "particle_id": LABELS}, "lacks 'time_s' over"),
        ({"y": Y, "time_s": TIME}, "lacks 'particle_id'"),
        ({"y": Y, "time_s": TIME, "particle_id": "a"}, "lacks 'particle_id' over"),
        ({"y": Y, "time_s": ("frame", list("abcde")), "particle_id": LABELS}, "holds no numbers"),
        ({"y": Y, "time_s": TIME, "time": TIME, "particle_id": LABELS}, "two variables"),
        ({"y": Y, "y_u": TIME, "time_s": TIME, "particle_id": LABELS}, "'y_u' has other dim"),
    ],
)
def test_traces_of_another_form(tmp_path, variables, words):
    xr.Dataset(variables).to_netcdf(tmp_path / "traces.nc")
    with pytest.raises(DatasetError, match=words):
        read_traces(tmp_path / "traces.nc")


@PROFILES
@pytest.mark.parametrize("reader", [read_description, read_outlines])
def test_any_bytes_of_json(examples, tmp_path, reader):
    content = {"features": [polygon([[[0, 0], [4, 0], [4, 4], [0, 0]]])], "half_cycles": [HALF]}
    survives(reader, json.dumps(content).encode(), tmp_path / "a.json", examples)


@PROFILES
def test_any_bytes_of_traces(examples, tmp_path):
    coordinates = {"particle": ["a", "b"], "time": np.arange(5.0)}
    traces = xr.Dataset({"y": (("particle", "time"), np.ones((2, 5)))}, coordinates)
    valid = write_traces(traces, tmp_path / "valid.nc").read_bytes()
    survives(read_traces, valid, tmp_path / "traces.nc", examples)
