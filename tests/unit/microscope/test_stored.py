"""Files of runs: one that is whole is opened, what is damaged or foreign is refused by name."""

from __future__ import annotations

import h5py
import numpy as np
import pytest
import xarray as xr
from fuzzing import PROFILES, survives
from siblings import siblings

from multiscale.errors import ResultsError
from multiscale.microscope.stored import open_run

CORNERS = np.array([[0, 0, 0], [1e-6, 0, 0], [0, 1e-6, 0]])
TIME = np.arange(4.0)
RUN = {
    "Average particle stoichiometry": (("particle", "time"), np.linspace(0.9, 0.2, 4)[None]),
    "Particle stoichiometry": (("node", "field_time"), np.tile([0.9, 0.2], (3, 1))),
    "coordinates": (("node", "axis"), CORNERS),
    "elements": (("element", "corner"), np.array([[0, 1, 2]])),
    "Voltage [V]": ("time", TIME + 3),
    "Current [A]": ("time", -np.ones(4)),
    "particle": ("particle", ["a"]),
    "time": ("time", TIME),
    "field_time": ("field_time", [0.0, 3.0]),
}


def stored(path, **changes):
    whole = {name: value for name, value in (RUN | changes).items() if value is not None}
    data = xr.Dataset(whole, attrs={"body_dimension": 2})
    data = data.set_coords([name for name in ("particle", "time", "field_time") if name in data])
    data.to_netcdf(path, engine="h5netcdf")
    return path


def test_a_whole_run_is_opened(tmp_path):
    run = open_run(stored(tmp_path / "run.nc"))
    assert run.names == ["a"]
    assert run.stoichiometry(1.5) == pytest.approx([0.55] * 3)


@siblings("name", RUN)
def test_a_variable_is_missing(tmp_path, name):
    with pytest.raises(ResultsError, match=rf"holds no run.*{name.split(' [')[0]}"):
        open_run(stored(tmp_path / "run.nc", **{name: None}))


@siblings(
    ("name", "value", "words"),
    [
        ("elements", (("e", "c"), np.array([[0, 1, 99]])), "names nodes from 0 to 99, of 3"),
        ("elements", (("e", "c"), np.array([[0, 1, -1]])), "names nodes from -1"),
        ("elements", (("e", "c"), np.array([[0, 1, 2.0]])), "'elements' holds float64"),
        ("elements", ("c", np.array([0, 1, 2])), "'elements' has the dimensions"),
        ("coordinates", (("node", "axis"), CORNERS * np.nan), "'coordinates' is empty, or holds"),
        ("coordinates", (("node", "axis"), CORNERS[:, [0, 1, 0, 1]]), "4 axes, not 1 to 3"),
        ("Voltage [V]", ("time", list("abcd")), "no numbers"),
        ("Current [A]", ("time", np.full(4, np.nan)), "is not a number"),
        ("Particle stoichiometry", (("node", "field_time"), np.full((3, 2), 5.0)), "5 to 5, not 0"),
        ("time", ("time", TIME[::-1]), "'time' does not increase"),
        ("field_time", ("field_time", [3.0, 0.0]), "'field_time' does not increase"),
        ("particle", ("particle", ["a", "b"]), "conflicting sizes|2 particles"),
    ],
)
def test_variables_of_another_form(tmp_path, name, value, words):
    changes = {name: value}
    if name == "particle":
        mean = (("particle", "time"), np.full((2, 4), 0.5))
        changes["Average particle stoichiometry"] = mean
    with pytest.raises(ResultsError, match=words):
        _ = open_run(stored(tmp_path / "run.nc", **changes)).bodies


def test_what_would_unpack_to_more_than_memory_holds(tmp_path):
    with h5py.File(tmp_path / "run.nc", "w") as file:
        many = {"shape": (10**6, 10**5), "chunks": (1000, 1000), "compression": "gzip"}
        file.create_dataset("a", dtype="f8", **many)
    with pytest.raises(ResultsError, match="unpacks to 745 GiB; at most 16 GiB"):
        open_run(tmp_path / "run.nc")


@PROFILES
def test_any_bytes_of_a_run(examples, tmp_path):
    valid = stored(tmp_path / "valid.nc").read_bytes()
    survives(lambda path: open_run(path).bodies, valid, tmp_path / "run.nc", examples)
