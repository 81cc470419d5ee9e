"""The folder of a case run: complete, ours, and never somebody else's."""

from __future__ import annotations

import json
import shutil
from dataclasses import replace

import pandas as pd
import pytest
import xarray as xr
from siblings import siblings

from multiscale.cases import CaseRun, write_case
from multiscale.cases.output import case_folder, netcdf_names
from multiscale.cases.summary import plain
from multiscale.errors import CaseError


def without_figures(run):
    """A run whose folder is written without drawing anything."""
    return replace(run, case=run.case.model_copy(update={"figures": ()}))


@pytest.fixture(scope="module")
def folder(charge, tmp_path_factory):
    path = tmp_path_factory.mktemp("out") / "charge"
    write_case(charge, path)
    return path


def test_everything_is_there(folder):
    names = {path.name for path in folder.iterdir()}
    assert names == {
        *("summary.json", "run.nc", "curves.csv", "figures", "animation.gif", "report.html"),
        ".multiscale",
    }
    assert len(list((folder / "figures").glob("*.png"))) == 5


def test_summary(folder):
    summary = json.loads((folder / "summary.json").read_text())
    run = summary["variants"]["default"]
    assert summary["case"] == "xu2022_charge"
    assert summary["not_drawn"] == {}
    assert summary["not_solved"] == {}
    assert run["unknowns"] == 23
    assert 0.05 < run["peak_heterogeneity"] < 0.15
    assert run["balance"]["lithium"] < 1e-6
    assert summary["parameter_sets"]["Xu2022_NMC88"]["grades"]["Positive electrode OCP [V]"] == "C"
    assert "pybamm" in summary["versions"]
    needed = {
        "case",
        "id",
        "quantity",
        "expected",
        "tolerance",
        "value",
        "kind",
        "verdict",
        "source",
    }
    assert all(needed <= set(row) for row in summary["criteria"])


def test_tables_and_fields_can_be_read_back(folder):
    curves = pd.read_csv(folder / "curves.csv")
    assert set(curves.variant) == {"default"}
    assert curves.time_s.is_monotonic_increasing
    assert curves.mean_stoichiometry.iloc[-1] == pytest.approx(0.97 - 70 / 275 * 0.75, abs=1e-3)
    with xr.open_dataset(folder / "run.nc") as data:
        assert data.sizes["node"] == 22


def test_report_holds_verdicts_pictures_and_sources(folder):
    page = (folder / "report.html").read_text()
    for words in ["the rim loses lithium first", "reproduced", "X49", "grade", "data:image/gif"]:
        assert words in page
    assert "stand-in" in page


def test_an_earlier_run_of_the_same_case_is_replaced(charge, folder, tmp_path):
    shutil.copytree(folder, tmp_path, dirs_exist_ok=True)
    (tmp_path / "run_old.nc").write_text("mine")
    (tmp_path / "notes.txt").write_text("mine")
    (tmp_path / "figures" / "my_annotated.svg").write_text("mine")
    write_case(charge, tmp_path, animation=False)
    assert not (tmp_path / "animation.gif").exists()
    for name in ("run_old.nc", "notes.txt", "figures/my_annotated.svg"):
        assert (tmp_path / name).read_text() == "mine"


def test_a_changed_case_is_replaced_only_if_asked(charge, tmp_path):
    charge = without_figures(charge)
    write_case(charge, tmp_path, animation=False)
    before = (tmp_path / "summary.json").read_bytes()
    other = replace(charge, case=charge.case.with_overrides({"Ambient temperature [K]": 300}))
    with pytest.raises(CaseError, match="another state of its files or with other options"):
        write_case(other, tmp_path, animation=False)
    assert (tmp_path / "summary.json").read_bytes() == before
    write_case(other, tmp_path, animation=False, overwrite=True)


@siblings("content", [None, "{}", "[]", "not json", '{"made_by": "other"}'])
def test_a_folder_of_somebody_else_is_refused(charge, tmp_path, content):
    (tmp_path / "x").touch()
    if content is not None:
        (tmp_path / "summary.json").write_text(content)
    for overwrite in (False, True):
        with (
            pytest.raises(CaseError, match="holds files that are not of an earlier run"),
            case_folder(charge.case, tmp_path, overwrite),
        ):
            raise AssertionError("nothing must be solved")
    assert (tmp_path / "x").exists()
    assert not (tmp_path / ".multiscale").exists()


def test_one_file_per_variant(rest, tmp_path):
    write_case(without_figures(rest), tmp_path, animation=False)
    files = {path.name for path in tmp_path.glob("*.nc")}
    assert files == {"run_alpha-1.nc", "run_alpha-2.7.nc"}


def test_names_that_look_alike_as_files_stay_apart():
    assert netcdf_names(["C/3", "C-3"]) == {"C/3": "run_C-3_1.nc", "C-3": "run_C-3_2.nc"}


def test_a_run_without_results_still_leaves_its_reason(rest, tmp_path):
    failed = replace(rest.runs["alpha 2.7"], results=None, problem="the solver gave up", steps=())
    run = CaseRun(rest.case, {"alpha 2.7": failed}, {"alpha 1": "not started"}, interrupted=True)
    summary = write_case(run, tmp_path)
    assert summary["not_solved"] == {"alpha 2.7": "the solver gave up", "alpha 1": "not started"}
    assert "none of its variants was solved" in summary["not_drawn"]["field_panels"]
    page = (tmp_path / "report.html").read_text()
    assert "the solver gave up" in page
    assert "The user stopped this case" in page


def test_json_holds_no_nan():
    assert plain({"a": [float("nan"), 1]}) == {"a": [None, 1]}
