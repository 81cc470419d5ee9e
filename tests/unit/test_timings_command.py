"""``multiscale timings``: the files it leaves, and the mistakes it explains."""

from __future__ import annotations

import json

import numpy as np
import pandas as pd
import pytest
import tifffile
from siblings import siblings

from multiscale import cli
from multiscale.analysis.cycler import Record, write_record
from multiscale.imaging.rendering.synthetic import synthetic_movie


@pytest.fixture(scope="module")
def movie(tmp_path_factory):
    drawn = synthetic_movie("steps", n_frames=50, size=112, n_particles=5, seed=7, drift_px=1.5)
    path = tmp_path_factory.mktemp("movie") / "movie.tif"
    tifffile.imwrite(path, drawn.array(), photometric="rgb")
    time = np.arange(0.0, drawn.time[-1] + 400, 10.0)
    current = np.where((time >= 200) & (time <= 200 + drawn.time[-1]), 1e-3, 0.0)
    write_record(Record(time, current, np.full(len(time), 3.9)), path.with_name("cell.csv"))
    return path


def run(capsys, *arguments):
    try:
        code = cli.main(["timings", *(str(argument) for argument in arguments)])
    except SystemExit as stop:  # an option that takes no such value
        code = stop.code
    captured = capsys.readouterr()
    return code, captured.out, captured.err


SCALE = ("--pixel-size", "130e-9", "--frame-interval", "30")


def test_the_command_leaves_a_package_and_a_report(movie, tmp_path, capsys):
    about = tmp_path / "about.toml"
    about.write_text('title = "A drawn cell"\nmaterial = "none, it is drawn"\n')
    out = tmp_path / "out"
    cell = ("--cell", movie.with_name("cell.csv"), "--clock-offset", 200)
    code, printed, error = run(capsys, movie, *SCALE, *cell, "--about", about, "--out", out)
    assert code == 0, error
    assert "half-cycle 0, charge" in printed
    assert error == ""  # no progress bar where there is no terminal
    names = {path.name for path in out.iterdir()}
    assert names == {
        "particles.csv",
        "traces.nc",
        "dataset.json",
        "outlines.geojson",
        "rois.zip",
        "cell.bdf.csv",
        "report.html",
        "figures",
        ".multiscale",
    }
    table = pd.read_csv(out / "particles.csv")
    assert (table["status"] == "reacted").sum() >= 3
    assert table["soc_at_t50"].between(0, 1).sum() >= 3
    described = json.loads((out / "dataset.json").read_text())
    assert described["name"] == "A drawn cell"
    assert len(described["movie"]["movie_sha256"]) == 64
    listed = {entry["contentUrl"] for entry in described["distribution"]}
    assert {"report.html", "figures/outlines.png", "rois.zip"} <= listed
    page = (out / "report.html").read_text()
    for heading in ("Drift, lamp and cell", "How far a comparison can go", "What was left out"):
        assert heading in page
    assert cli.main(["dataset", "check", str(out)]) == 0
    assert run(capsys, movie, *SCALE, "--out", out)[0] == 2  # not without --overwrite


def test_loud_without_a_cell_record(movie, tmp_path, capsys):
    out = tmp_path / "out"
    code, printed, _ = run(capsys, movie, *SCALE, "--drift", "none", "--bin", 2, "--out", out)
    assert code == 0
    assert "no cell record" in printed
    assert "no cell record" in (out / "report.html").read_text()
    assert not (out / "cell.bdf.csv").exists()


def truncated(movie, folder):
    path = folder / "cut.tif"
    path.write_bytes(movie.read_bytes()[:-60000])
    return (path, *SCALE)


def one_frame(movie, folder):
    path = folder / "one.tif"
    tifffile.imwrite(path, np.full((64, 64), 90, np.uint8))
    return (path, *SCALE)


def overexposed(movie, folder):
    path = folder / "white.tif"
    frames = np.full((20, 64, 64), 255, np.uint8)
    frames[:, ::7, ::5] = 90
    frames[:, 0, 0] = np.arange(20)
    tifffile.imwrite(path, frames, photometric="minisblack")
    return (path, *SCALE)


def foreign_roi(movie, folder):
    path = folder / "circles.csv"
    path.write_text("particle_id,centre_x_um,centre_y_um,radius_um\nfar,400,400,3\n")
    return (movie, *SCALE, "--rois", path)


def late_record(movie, folder):
    return (movie, *SCALE, "--cell", movie.with_name("cell.csv"), "--clock-offset", "90000")


def bad_record(movie, folder):
    path = folder / "cell.csv"
    path.write_text("Test Time / s,Current / A,Voltage / V\n0,1,3.5\n9,1,3.6\n5,1,3.7\n")
    return (movie, *SCALE, "--cell", path)


MISTAKES = {
    "micrometres": (lambda m, f: (m, "--pixel-size", "0.13", "--frame-interval", "30"), "1.3e-07"),
    "no metadata": (lambda m, f: (m, "--pixel-size", "130e-9"), "frame_interval"),
    "no file": (lambda m, f: (f / "none.tif", *SCALE), "no movie"),
    "cut short": (truncated, "cut short"),
    "one frame": (one_frame, "1 frame"),
    "overexposed": (overexposed, "saturated"),
    "regions outside": (foreign_roi, "far"),
    "other clock": (late_record, "clock offset"),
    "bad record": (bad_record, "time does not increase"),
    "offset of nothing": (lambda m, f: (m, *SCALE, "--clock-offset", "5"), "--cell"),
    "columns of nothing": (lambda m, f: (m, *SCALE, "--columns", "time=a:s"), "--columns belongs"),
    "sign of nothing": (lambda m, f: (m, *SCALE, "--positive", "discharge"), "--positive belongs"),
    "two directions": (
        lambda m, f: (m, *SCALE, "--direction", "charge", "--cell", m.with_name("cell.csv")),
        "--direction",
    ),
}


@siblings("name", MISTAKES)
def test_mistakes_are_explained_and_leave_nothing(movie, tmp_path, capsys, name):
    make, words = MISTAKES[name]
    arguments = make(movie, tmp_path)
    before = {path.name for path in tmp_path.iterdir()}
    code, _, error = run(capsys, *arguments, "--out", tmp_path / "out")
    assert code == 2
    assert words in error
    assert {path.name for path in tmp_path.iterdir()} == before


def test_other_folders_are_left_alone(movie, tmp_path, capsys):
    (tmp_path / "thesis.txt").write_text("mine")
    code, _, error = run(capsys, movie, *SCALE, "--out", tmp_path, "--overwrite")
    assert code == 2
    assert "thesis.txt" in error
    assert [path.name for path in tmp_path.iterdir()] == ["thesis.txt"]


def test_a_cut_movie_is_read_to_where_it_is_whole_and_looked_into(movie, tmp_path, capsys):
    cut = tmp_path / "cut.tif"
    cut.write_bytes(movie.read_bytes()[: movie.stat().st_size * 4 // 5])
    out = tmp_path / "out"
    code, _, said = run(capsys, cut, *SCALE, "--out", out)
    assert code == 2
    assert "--allow-truncated" in said
    code, said, _ = run(capsys, cut, *SCALE, "--out", out, "--allow-truncated", "--fronts")
    assert code == 0
    assert "The file is cut short" in said
    fronts = pd.read_csv(out / "fronts.csv")
    reacted = pd.read_csv(out / "particles.csv").query("status == 'reacted'")["particle_id"]
    timed = fronts.set_index("particle").loc[reacted, "timed_share"]
    assert len(timed) >= 2
    assert (timed > 0.5).all()
