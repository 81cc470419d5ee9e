"""``multiscale geometry``: the folder it leaves, and what it refuses."""

from __future__ import annotations

import json
import shutil

import numpy as np
import pandas as pd
import pytest
import tifffile
from siblings import siblings

from multiscale.cli import main
from multiscale.electrode.geometry import ElectrodeGeometry
from multiscale.mesh.particle_mesh import ParticleMesh


@pytest.fixture
def run(tmp_path, capsys):
    """Run the command on an image; exit code, standard output, errors, folder."""

    def go(image, *options, pixel="0.2e-6"):
        path = tmp_path / "image.tif"
        if image is not None:
            tifffile.imwrite(path, image)
        size = ["--pixel-size", pixel] if pixel else []
        try:
            code = main(["geometry", str(path), *size, "--out", str(tmp_path / "out"), *options])
        except SystemExit as stop:  # an option that takes no such value
            code = stop.code
        told = capsys.readouterr()
        return code, told.out, told.err, tmp_path / "out"

    return go


@pytest.fixture(scope="module")
def gmsh():
    try:
        import gmsh
    except (ImportError, OSError) as error:
        pytest.skip(f"gmsh cannot be imported: {error}")
    return gmsh


def test_three_phases(run, phases, gmsh):
    code, out, _, folder = run(
        phases, "--phase", "active=1", "binder=2", "pore=0", "--collector", "left"
    )
    assert code == 0
    assert "6 particles, 4 contacts" in out
    summary = json.loads((folder / "summary.json").read_text())
    assert summary["fractions"]["binder"] == (phases == 2).mean()
    assert summary["recipe"]["contact_faces"] == 3
    assert summary["outline_iou_min"] > 0.97
    table = pd.read_csv(folder / "particles.csv", index_col="particle")
    assert table["outline_iou"].min() > 0.97
    assert len(table) == 6
    worst = summary["meshes"]["min_radius_ratio"]
    assert table["mesh_min_radius_ratio"].min() == pytest.approx(worst, rel=1e-7)
    assert worst > 0.4
    assert len(pd.read_csv(folder / "contacts.csv")) == 4
    assert (folder / "preview.png").stat().st_size > 10_000
    assert np.array_equal(tifffile.imread(folder / "labels.tif") > 0, phases == 1)
    rounds = ElectrodeGeometry.from_json(folder / "geometry.json")
    shapes = ElectrodeGeometry.from_csv(folder / "electrode")
    assert list(rounds.particles.index) == list(shapes.particles.index)
    assert set(shapes.particles["shape"]) == {"mesh"}
    label = rounds.particles.index[0]
    mesh = ParticleMesh.read(folder / "meshes" / f"particle_{label}.msh", unit="um")
    assert any(name.startswith("contact_") for name in mesh.groups)


def test_unconnected_are_left_out_by_name(run, truth):
    code, out, _, folder = run(truth, "--no-mesh")
    assert code == 0
    left = json.loads((folder / "summary.json").read_text())["excluded"]["unconnected"]
    assert 0 < left["count"] < 6
    assert f"unconnected are {', '.join(left['particles'])}" in out
    assert "--rest-is-binder" in out
    table = pd.read_csv(folder / "particles.csv", index_col="particle", dtype={"particle": str})
    assert table.index[~table["in_electrode"]].tolist() == left["particles"]
    kept = ElectrodeGeometry.from_json(folder / "geometry.json").particles.index
    assert sorted([*kept, *left["particles"]]) == ["1", "2", "3", "4", "5", "6"]


def test_unconnected_may_be_refused(run, truth):
    code, _, err, folder = run(truth, "--no-drop-unconnected")
    assert code == 2
    assert "have no contact at all" in err
    assert "--join-binder" in err
    assert not folder.exists()


def test_nothing_at_the_collector_leaves_the_rest(run, truth):
    code, _, err, folder = run(truth, "--collector", "top", "--no-mesh")
    assert code == 1
    assert "no electrode: name the binder" in err
    assert (folder / "particles.csv").exists()
    assert not (folder / "geometry.json").exists()
    assert "No particle touches" in (folder / "summary.json").read_text()


def test_volume(run):
    planes, rows, columns = np.indices((20, 40, 20)) - 10
    volume = (planes**2 + rows**2 + columns**2 < 90) | (
        planes**2 + (rows - 19) ** 2 + columns**2 < 120
    )
    code, out, _, folder = run(volume.astype(np.uint8))
    assert code == 0
    assert "2 particles, 1 contacts" in out
    assert "no meshes: outlines and meshes are of sections" in out
    assert ElectrodeGeometry.from_json(folder / "geometry.json").dimension == 3
    code, out, _, _ = run(volume.astype(np.uint8), "--slice", "0:10", "--crop", "0:36,:",
                          "--no-mesh", "--overwrite")  # fmt: skip
    assert "2 particles, 1 contacts" in out
    assert code == 0


def test_earlier_result_is_replaced_and_nothing_else(run, truth, tmp_path):
    run(truth, "--no-mesh")
    (tmp_path / "out" / "mine.txt").write_text("keep")
    other = (truth, "--no-mesh", "--collector", "bottom", "--rest-is-binder")
    code, _, err, _ = run(*other)
    assert code == 2
    assert "with other options; replace it with --overwrite" in err
    assert run(*other, "--overwrite")[0] == 0
    assert (tmp_path / "out" / "mine.txt").read_text() == "keep"
    (tmp_path / "out" / "summary.json").write_text("{}")
    code, _, err, _ = run(*other)
    assert code == 2
    assert "summary.json was changed since it was written" in err
    assert run(*other, "--overwrite")[0] == 0
    assert (tmp_path / "out" / "summary.kept.json").read_text() == "{}"
    shutil.rmtree(tmp_path / "out" / ".multiscale")
    (tmp_path / "out" / "summary.json").write_text("{}")
    code, _, err, _ = run(*other, "--overwrite")
    assert code == 2
    assert "holds files that are not of an earlier geometry" in err


@siblings(
    ("options", "message"),
    [
        (["--phase", "active=5"], "No pixel has the value 5 of the phase 'active'; there are 0 ("),
        (["--phase", "activ=1"], "did you mean 'active'"),
        (["--kind", "phases", "--collector", "front"], "Unknown side of the collector 'front'"),
        (["--slice", "0:3"], "two axes already"),
        (["--phase", "active=1", "--smallest", "100000"], "No particle was found"),
        (["--mesh-size", "0.5"], "is it in micrometres? Then write 5e-07"),
    ],
)
def test_wrong_options(run, phases, options, message):
    code, _, err, folder = run(phases, *options)
    assert code == 2
    assert message in err
    assert not folder.exists()


def test_pixel_size(run, truth):
    code, _, err, _ = run(truth, pixel=None)
    assert (code, "No pixel size given: --pixel-size 0.4e-6" in err) == (2, True)
    code, _, err, _ = run(truth, pixel="0.4")
    assert (code, "is it in micrometres? Then write 4e-07" in err) == (2, True)


def test_images_that_cannot_be_used(run, tmp_path):
    spoilt = np.ones((20, 20), dtype=np.float32)
    spoilt[3, 3] = np.nan
    for image, message in (
        (spoilt, "1 pixels that are NaN"),
        (np.full((20, 20), 3, dtype=np.uint8), "only one phase in it"),
        (np.dstack([np.eye(20), np.zeros((20, 20)), np.eye(20)]).astype(np.uint8), "in colour"),
    ):
        code, _, err, folder = run(image)
        assert (code, message in err, folder.exists()) == (2, True, False)
    (tmp_path / "image.tif").write_bytes(b"II*\x00\x08\x00")
    code, _, err, _ = run(None)
    assert (code, "cannot be read" in err) == (2, True)


def test_meshes_of_a_size_that_cannot_be_are_an_outcome(run, phases, gmsh):
    code, _, err, folder = run(
        phases, "--phase", "active=1", "binder=2", "--collector", "left", "--mesh-size", "1e-11"
    )
    assert code == 1
    assert "no mesh with --mesh-size 1e-11 of 6 particles" in err
    assert (folder / "particles.csv").is_file()


def test_more_labels_than_can_be_looked_at_are_refused(run):
    code, _, err, _ = run(np.arange(40_000, dtype=np.int32).reshape(200, 200), "--kind", "labels")
    assert code == 2
    assert "labels holds 4e+04 particles; the limit is 20000" in err
