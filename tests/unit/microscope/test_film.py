"""Stored runs as movies: lithium between stored fields, truth, files, what is refused."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pybamm
import pytest
import tifffile
import xarray as xr

import multiscale as ms
from multiscale.cli import main
from multiscale.errors import ImagingError, ResultsError
from multiscale.imaging.rendering.optics import Camera
from multiscale.microscope.film import Film
from multiscale.microscope.setup import Setup
from multiscale.microscope.stored import StoredRun, open_run

FRAMES = Setup(pixel_size=130e-9, n_frames=24, camera=Camera(noise=0))


def hand_made(n_fields=3, **attributes):
    """Two squares of two triangles; the first gives its lithium between 200 and 400 s, the second
    between 500 and 900 s, evenly, all but a rest of a fifth."""
    time = np.linspace(0, 1000, 101)
    mean = np.array([np.interp(time, [200, 400], [1, 0.2]), np.interp(time, [500, 900], [1, 0.2])])
    field_time = np.linspace(0, 1000, n_fields)
    stored = np.array([np.interp(field_time, time, m) for m in mean])
    corners = 2e-6 * np.array([[0, 0], [1, 0], [1, 1], [0, 1.0]])
    fields = {
        "Average particle stoichiometry": (("particle", "time"), mean),
        "Particle stoichiometry": (("node", "field_time"), np.repeat(stored, 4, axis=0)),
        "coordinates": (("axis", "node"), np.vstack([corners, corners + np.array([4e-6, 0])]).T),
        "elements": (("element", "corner"), [[0, 1, 2], [0, 2, 3], [4, 5, 6], [4, 6, 7]]),
        "Voltage [V]": ("time", 3.6 + time / 1000),
        "Current [A]": ("time", np.full(101, -1e-9)),
    }
    coordinates = {"particle": ["a", "b"], "time": time, "field_time": field_time}
    return xr.Dataset(fields, coordinates, attributes)


@pytest.fixture(scope="module")
def electrode(tmp_path_factory):
    """Folder with a short run of an electrode at each fidelity."""
    folder = tmp_path_factory.mktemp("runs")
    values = pybamm.ParameterValues("Sharma2022_NMC532")
    geometry = ms.ElectrodeGeometry.columns([0, 1], radius=3e-6, constriction_m=13e-6)
    for name, particles in (
        ("resolved", ms.Resolved(size=1 / 4)),
        ("radial", ms.Radial(6)),
        ("lumped", ms.Lumped()),
    ):
        model = ms.ElectrodeModel(geometry, particles=particles)
        sim = pybamm.Simulation(
            model, parameter_values=values, experiment=["Charge at C/5 for 1 hour"]
        )
        ms.Results(sim.solve()).to_netcdf(folder / f"run_{name}.nc")
    return folder


def test_between_stored_fields_each_particle_follows_its_own_mean():
    run = StoredRun(hand_made())
    for time, expected in ((0, [1, 1]), (300, [0.6, 1]), (450, [0.2, 1]), (700, [0.2, 0.6])):
        theta = run.stoichiometry(time)
        np.testing.assert_allclose(theta, np.repeat(expected, 4), atol=1e-12)


def test_a_field_goes_as_far_as_its_mean_has_gone():
    data = hand_made(n_fields=2)
    data["Particle stoichiometry"][:4] = np.array([[1.0, 0.1], [1.0, 0.2], [1.0, 0.3], [1.0, 0.2]])
    theta = StoredRun(data).stoichiometry(300.0)  # half of it, though three tenths of the time
    np.testing.assert_allclose(theta[:4], [0.55, 0.6, 0.65, 0.6])


def test_a_mean_outside_both_fields_shifts_them():
    data = hand_made(n_fields=2)
    data["Average particle stoichiometry"][0] = 0.5 + 0.3 * np.sin(np.linspace(0, np.pi, 101))
    data["Particle stoichiometry"][:4] = np.array([[0.4], [0.5], [0.6], [0.5]])
    theta = StoredRun(data).stoichiometry(500.0)
    np.testing.assert_allclose(theta[:4], [0.7, 0.8, 0.9, 0.8])


def test_truth_of_the_movie_is_that_of_the_run():
    film = Film(StoredRun(hand_made()), Setup(n_frames=101))
    table = film.truth.set_index(["signal", "particle"])
    lithium = table.loc["lithium"]
    assert (table["status"] == "reacted").all()
    assert lithium["t50_s"].tolist() == pytest.approx([300, 700], abs=1)
    assert lithium["width_s"].tolist() == pytest.approx([160, 320], abs=2)
    early = lithium["t50_s"] - table.loc["optical", "t50_s"]
    assert early.tolist() == pytest.approx([29, 58], abs=3)  # the law saturates
    across = lithium["centre_x_px"]
    assert across["b"] - across["a"] == pytest.approx(4e-6 / 130e-9, abs=0.5)
    assert lithium["radius_px"].iloc[0] == pytest.approx(np.sqrt(4e-12 / np.pi) / 130e-9, rel=0.05)


def test_frames_brighten_by_the_law_and_keep_the_run_upright():
    data = hand_made()
    data["coordinates"][1, 4:] += 3e-6  # b lies above a in the run
    film = Film(StoredRun(data), FRAMES)
    masks = film.truth.set_index("particle")["centre_y_px"]
    assert masks.loc["b"].iloc[0] < masks.loc["a"].iloc[0]
    *_, last = film.frames()
    first = next(film.frames())
    row, column = (int(film.truth[f"centre_{axis}_px"].iloc[0]) for axis in "yx")
    gain = last[row, column].mean() / first[row, column].mean() - 1
    assert gain == pytest.approx(0.62, abs=0.03)
    assert film.brightness.isel(particle=0).max() == pytest.approx(0.6, abs=0.03)


def test_drift_and_seed_reach_the_movie():
    film = Film(StoredRun(hand_made()), Setup(n_frames=10, drift_px=3.0, lamp=0.1, seed=4))
    assert np.hypot(film.disturbances.dx_px, film.disturbances.dy_px).max() == pytest.approx(3)
    np.testing.assert_array_equal(next(film.frames()), next(film.frames()))


def test_every_fidelity_of_an_electrode_can_be_filmed(electrode):
    truths = {}
    for name in ("resolved", "radial", "lumped"):
        run = open_run(electrode / f"run_{name}.nc")
        assert {body.fidelity for body in run.bodies} == {name}
        film = Film(run, FRAMES)
        area = np.bincount(film.scene.pixel_labels.ravel())[1:] * 130e-9**2
        np.testing.assert_allclose(area, np.pi * 9e-12, rtol=0.06)
        truths[name] = film.brightness.isel(time=-1).values
        assert film.scene.names == ("c0r0", "c1r0", "c1r1")
    np.testing.assert_allclose(truths["radial"], truths["resolved"], atol=0.02)
    assert truths["lumped"].max() > 0.05


def test_bodies_are_seen_from_above(tmp_path):
    geometry = ms.ElectrodeGeometry.packing(6, radii=2e-6, dimension=3, seed=1)
    model = ms.ElectrodeModel(geometry, particles=ms.Lumped())
    values = pybamm.ParameterValues("Sharma2022_NMC532")
    sim = pybamm.Simulation(
        model, parameter_values=values, experiment=["Charge at C/5 for 30 minutes"]
    )
    run = open_run(ms.Results(sim.solve()).to_netcdf(tmp_path / "run.nc"))
    film = Film(run, FRAMES)
    assert not run.flat
    highest = geometry.particles["z_m"].idxmax()
    assert highest in film.scene.names
    labels, top = film.scene.pixel_labels, film.scene.names.index(highest) + 1
    assert (labels == top).sum() * 130e-9**2 == pytest.approx(np.pi * 4e-12, rel=0.06)


def test_a_single_particle_along_its_radius(tmp_path):
    model = ms.SingleParticleModel(ms.ParticleMesh.radial(1e-6, 21, shape="cylinder"))
    values = pybamm.ParameterValues("Xu2022_NMC88")
    sim = pybamm.Simulation(
        model, parameter_values=values, experiment=["Charge at C/3 for 10 minutes"]
    )
    run = open_run(ms.Results(sim.solve()).to_netcdf(tmp_path / "run.nc"))
    film = Film(run, Setup(pixel_size=34.7e-9, n_frames=8, camera=Camera(noise=0)))
    *_, gain = film.gains()
    middle = tuple(n // 2 for n in gain.shape)
    rim = middle[0], np.flatnonzero(film.scene.labels[middle[0]])[2]
    assert gain[rim] > 3 * gain[middle] > 0


# --- files and the command --------------------------------------------------------------------


@pytest.fixture
def stored(tmp_path):
    hand_made().to_netcdf(tmp_path / "run.nc", engine="h5netcdf")
    return tmp_path


def test_command_writes_movie_truth_record_and_preview(stored, capsys):
    out = stored / "out" / "m.ome.tif"
    arguments = ["movie", str(stored), "--out", str(out), "--frame-interval", "50", "--gray"]
    assert main([*arguments, "--noise", "0", "--drift", "2"]) == 0
    assert "21 frames of" in capsys.readouterr().out
    with tifffile.TiffFile(out) as file:
        assert file.series[0].shape[0] == 21
        assert file.series[0].dtype == np.uint16
    names = {path.name for path in out.parent.iterdir()}
    made = {"m.ome.tif", "m_truth.csv", "m_preview.png", "cell.csv"}
    assert names == made | {".m.ome.tif.multiscale"}
    cell = pd.read_csv(out.parent / "cell.csv")
    assert list(cell) == ["Test Time / s", "Current / A", "Voltage / V"]
    assert (cell["Current / A"] == 1e-9).all()  # positive on charge
    truth = pd.read_csv(out.parent / "m_truth.csv")
    assert sorted(truth["signal"].unique()) == ["lithium", "optical"]


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (["--out", "m.avi"], "ends in .ome.tif"),
        (["--out", "m.ome.tif", "--pixel-size", "1e-10"], "choose larger pixels"),
    ],
)
def test_command_refuses_what_cannot_be_filmed(stored, capsys, monkeypatch, options, words):
    monkeypatch.chdir(stored)
    assert main(["movie", str(stored), *options]) == 2
    assert words in capsys.readouterr().err
    assert [path.name for path in stored.iterdir()] == ["run.nc"]


def test_runs_that_lack_something_are_refused(tmp_path, electrode):
    with pytest.raises(ResultsError, match=r"lacks \['coordinates'\]"):
        StoredRun(hand_made().drop_vars("coordinates"))
    with pytest.raises(ResultsError, match="one time only"):
        StoredRun(hand_made(n_fields=1)).stoichiometry(0.0)
    with pytest.raises(ResultsError, match=r"holds no run\.nc"):
        open_run(tmp_path)
    with pytest.raises(ResultsError, match=r"name one of them: run_lumped\.nc, run_radial\.nc"):
        open_run(electrode)
    (tmp_path / "run.nc").write_text("no")
    with pytest.raises(ResultsError, match="cannot be read as netCDF"):
        open_run(tmp_path)


def test_files_without_places_of_round_particles_are_refused(electrode):
    run = open_run(electrode / "run_radial.nc")
    older = StoredRun(run.data.drop_vars(["radius_m", "x_m", "y_m", "z_m"]))
    with pytest.raises(ResultsError, match="does not tell where its particles are"):
        _ = older.bodies
    resolved = open_run(electrode / "run_resolved.nc")
    older = StoredRun(resolved.data.drop_vars("radius_m").drop_attrs())
    assert older.flat
    assert len(older.bodies) == 3


def test_a_mesh_in_the_wrong_number_of_parts_is_refused():
    data = hand_made()
    data["elements"][2:] -= 4
    with pytest.raises(ResultsError, match="falls into 5 parts, not 2 particles"):
        _ = StoredRun(data).bodies


def test_too_few_frames_are_refused():
    with pytest.raises(ImagingError, match="1 fit into 100 s"):
        Setup(frame_interval=500.0).times(100.0)
