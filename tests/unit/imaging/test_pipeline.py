"""From a movie to timings: against the truth of drawn movies, and with what goes wrong."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
import xarray as xr
from siblings import siblings

from multiscale.analysis.cycler import Record
from multiscale.analysis.transitions import TimingRule
from multiscale.dataset import check_package, read_package
from multiscale.errors import DatasetError, ImagingError
from multiscale.imaging.cell_clock import CellClock
from multiscale.imaging.pipeline import measure
from multiscale.imaging.regions import Regions
from multiscale.imaging.registration import Drift
from multiscale.imaging.rendering.synthetic import synthetic_movie
from multiscale.imaging.rois import write_rois
from multiscale.imaging.stack import ImageStack
from multiscale.imaging.traces import in_view

FRAME_S = 30.0


@pytest.fixture(scope="module")
def movie():
    return synthetic_movie(
        "steps", n_frames=80, size=160, n_particles=9, seed=4, drift_px=2.0, lamp=0.05
    )


@pytest.fixture(scope="module")
def stack(movie):
    return movie.stack()


@pytest.fixture(scope="module")
def measured(movie, stack):
    return measure(stack, half_cycles=movie.half_cycles)


def true_names(movie, regions: Regions) -> dict[str, str]:
    """Name found -> true name, for outlines that share most of their pixels."""
    found = {}
    for number, name in enumerate(movie.scene.names, 1):
        truth = movie.scene.pixel_labels == number
        shared = np.bincount(regions.labels[truth], minlength=len(regions) + 1)[1:]
        best = int(np.argmax(shared))
        union = truth.sum() + regions.sizes_px[best] - shared[best]
        if shared[best] > 0.5 * union:
            found[regions.names[best]] = name
    return found


def test_times_are_those_of_the_optical_truth(movie, measured):
    names = true_names(movie, measured.regions)
    assert len(names) == len(movie.scene.names) == len(measured.regions)
    truth = movie.optical_truth.set_index("particle")
    found = measured.timings.assign(particle=measured.timings["particle"].map(names))
    found = found.set_index("particle").loc[truth.index]
    assert found["status"].tolist() == truth["status"].tolist()
    reacted = truth["status"] == "reacted"
    assert reacted.sum() >= 6
    for column, median, most in (("t10_s", 0.3, 0.6), ("t50_s", 0.15, 0.35), ("t90_s", 0.3, 0.6)):
        error = (found[column] - truth[column])[reacted].abs() / FRAME_S
        assert error.median() < median, column
        assert error.quantile(0.9) < most, column
    away = (found["t50_s"] - truth["t50_s"])[reacted].abs() / found["u_t50_s"][reacted]
    assert (away < 2).mean() > 0.88


def test_columns_are_those_of_reaction_timings_and_more(movie, measured):
    truth = set(movie.optical_truth.columns)
    extra = {"amplitude", "u_amplitude", "slope_peak_s", "soc_at_t50", "cycle_count", "note"}
    extra |= {"u_t10_s", "u_t50_s", "u_t90_s", "u_width_s"}
    assert set(measured.timings.columns) == truth | extra
    reacted = measured.timings[measured.timings["status"] == "reacted"]
    assert reacted["amplitude"].to_numpy() == pytest.approx(0.61, abs=0.04)
    assert (reacted["slope_peak_s"] - reacted["t50_s"]).abs().median() < 2 * FRAME_S


def test_nothing_reacts_where_nothing_reacts():
    movie = synthetic_movie(
        "inert", n_frames=60, size=128, n_particles=5, seed=2, drift_px=2.0, lamp=0.1
    )
    statuses = measure(movie.stack()).timings["status"]
    assert statuses.tolist() == ["no_change"] * len(statuses)


def test_without_a_cell_record_the_notes_say_so(stack, measured):
    assert not any("no cell record" in note for note in measured.notes)
    charged = measure(stack)
    assert any("whole movie is taken as one charge" in note for note in charged.notes)
    discharged = measure(stack, half_cycles="discharge")
    assert (discharged.timings["kind"] == "discharge").all()
    # The trace rises; the direction is what was said, and is not read from the trace.
    assert not (discharged.timings["status"] == "reacted").any()


def record(start: float, end: float, then: float = 0.0) -> Record:
    """A charge from ``start`` to ``end``, then a rest; test time in steps of 5 s."""
    time = np.arange(0.0, end + 500.0, 5.0)
    current = np.where((time >= start) & (time <= end), 2e-3, then)
    return Record(time, current, np.full(len(time), 3.8), "cell")


def test_times_count_from_the_start_of_the_current(stack, measured):
    """The charge starts 100 s before the camera, whose time 0 is at test time 1000 s."""
    end = 1000.0 + stack.time[-1]
    cell = CellClock(record(900.0, end), offset=1000.0, uncertainty=7.0)
    found = measure(stack, half_cycles=cell).timings.set_index("particle")
    plain = measured.timings.set_index("particle")
    both = plain.index[(plain["status"] == "reacted") & (found["status"] == "reacted")]
    assert len(both) >= 4
    shift = found.loc[both, "t50_s"] - plain.loc[both, "t50_s"]
    assert shift.to_numpy() == pytest.approx(100.0, abs=1.0)
    soc = found.loc[both, "t50_s"] / (100.0 + stack.time[-1])
    assert found.loc[both, "soc_at_t50"].to_numpy() == pytest.approx(soc.to_numpy(), abs=2e-3)
    clock = found.loc[both, "u_t50_s"] ** 2 - plain.loc[both, "u_t50_s"] ** 2
    assert np.sqrt(clock).median() == pytest.approx(7.0, abs=0.1)


def test_a_record_of_another_time_is_refused(stack):
    with pytest.raises(ImagingError, match="clock offset"):
        measure(stack, half_cycles=CellClock(record(50000.0, 60000.0)))


def test_a_half_cycle_that_is_filmed_in_part_is_named(stack, measured):
    """The camera starts half-way through a charge of twice its length."""
    length = stack.time[-1]
    cell = CellClock(record(0.0, 2 * length), offset=length)
    found = measure(stack, half_cycles=cell, rois=measured.regions)
    assert set(found.timings["status"]) == {"unclear"}
    (note,) = found.notes
    assert note.startswith(f"The movie shows charge 1 from {length:.6g} to")


def test_drawn_regions_keep_their_names(tmp_path, movie, stack, measured):
    chosen = measured.regions.without(measured.regions.names[2:], "not of interest")
    write_rois(chosen, tmp_path / "rois.zip", stack.pixel_size)
    found = measure(stack, half_cycles=movie.half_cycles, rois=tmp_path / "rois.zip")
    assert found.regions.names == measured.regions.names[:2]
    assert found.regions.kind == "hand"
    old = measured.timings.set_index("particle")["t50_s"]
    new = found.timings.set_index("particle")["t50_s"]
    assert new.to_numpy() == pytest.approx(old[list(new.index)].to_numpy(), abs=2.0, nan_ok=True)


def test_regions_of_another_image_are_refused(stack):
    labels = np.zeros((50, 60), dtype=int)
    labels[20:30, 20:30] = 1
    with pytest.raises(ImagingError, match="60 x 50 pixels, the movie has 160 x 160"):
        measure(stack, rois=Regions.from_labels(labels), drift="none")


def plain_frames(n: int = 12) -> np.ndarray:
    """A dark matrix with one bright square, in counts."""
    frames = np.full((n, 48, 48), 40.0)
    frames[:, 18:30, 18:30] = 120.0
    return frames + np.random.default_rng(0).normal(0, 1, frames.shape)


def test_a_movie_of_few_frames_is_refused():
    stack = ImageStack.from_frames(plain_frames(4), pixel_size=130e-9, frame_interval=1.0)
    with pytest.raises(ImagingError, match="has 4 frames; timings need at least 6"):
        measure(stack)


def test_an_empty_field_of_view_is_an_error():
    frames = 40 + np.random.default_rng(0).normal(0, 1, (12, 48, 48))
    stack = ImageStack.from_frames(frames, pixel_size=130e-9, frame_interval=1.0)
    with pytest.raises(ImagingError, match="no particle to time"):
        measure(stack, drift="none")


def test_saturated_particles_are_left_out_and_counted():
    frames = np.clip(plain_frames(), 0, 255)
    frames[:, 5:12, 5:12] = 110.0
    frames[8:, 18:30, 18:30] = 255.0
    stack = ImageStack.from_frames(
        np.round(frames).astype(np.uint8), pixel_size=130e-9, frame_interval=1.0
    )
    labels = np.zeros((48, 48), dtype=int)
    labels[18:30, 18:30], labels[5:12, 5:12] = 1, 2
    found = measure(stack, rois=Regions(labels, ("full", "fine")), drift="none")
    assert found.regions.names == ("fine",)
    assert found.excluded["particle"].tolist() == ["full"]
    assert "saturated" in found.excluded["reason"].iloc[0]


def test_a_change_within_the_wander_does_not_count(stack, movie):
    timings = measure(stack, half_cycles=movie.half_cycles, rule=TimingRule(wander=1.0)).timings
    assert set(timings["status"]) == {"no_change"}


def test_the_package_is_sound_and_complete(tmp_path, stack, measured):
    cell = CellClock(record(1000.0, 1000.0 + stack.time[-1]), offset=1000.0)
    found = measure(stack, half_cycles=cell)
    folder = found.write(tmp_path / "p", {"title": "A drawn movie"})
    names = {path.name for path in folder.iterdir()}
    assert names == {
        ".multiscale",  # says which files are a result of ours
        "particles.csv",
        "traces.nc",
        "dataset.json",
        "outlines.geojson",
        "rois.zip",
        "cell.bdf.csv",
    }
    assert [str(finding) for finding in check_package(folder) if finding.is_error] == []
    package = read_package(folder)
    pd.testing.assert_series_equal(
        package.timings["t50_s"], found.timings["t50_s"], check_exact=False, rtol=1e-8
    )
    assert package.timings["start_s"].iloc[0] == pytest.approx(1000.0, abs=5.0)
    assert package.particles["soc_at_t50"].notna().sum() == package.timings["t50_s"].notna().sum()
    xr.testing.assert_allclose(package.traces["y"], found.traces["y"])
    assert package.facts["drift_method"] == "correlation"
    assert package.facts["camera_clock_offset_second"] == 1000.0


def test_a_failure_leaves_what_was_there(tmp_path, measured):
    folder = measured.write(tmp_path / "p")
    before = (folder / "particles.csv").read_bytes()
    with pytest.raises(DatasetError, match="Unknown fact"):
        measured.write(folder, {"materail": "NMC"}, overwrite=True)
    assert (folder / "particles.csv").read_bytes() == before


def test_the_stack_gives_the_same_table(stack, movie, measured):
    table = stack.reaction_timings(movie.half_cycles)
    pd.testing.assert_frame_equal(table, measured.timings)


def test_a_discharge_is_timed_on_its_own(movie, measured):
    """The movie, and then the same backwards: t50 of the discharge is the rest of the time."""
    frames = movie.array()
    stack = ImageStack.from_frames(
        np.concatenate([frames, frames[::-1]]), pixel_size=130e-9, frame_interval=FRAME_S
    )
    turn, end = 79.5 * FRAME_S, 159 * FRAME_S
    time = np.arange(0.0, end + 5, 5.0)
    current = np.where(time <= turn, 1e-3, -1e-3)
    cell = CellClock(Record(time, current, np.full(len(time), 3.8)))
    found = measure(stack, half_cycles=cell).timings
    charge, discharge = (
        found[found["kind"] == kind].set_index("particle") for kind in ("charge", "discharge")
    )
    assert charge["status"].tolist() == discharge["status"].tolist()
    assert (charge["status"] == "reacted").sum() >= 6
    both = charge["t50_s"] + discharge["t50_s"]
    assert both.dropna().to_numpy() == pytest.approx(turn, abs=0.3 * FRAME_S)
    assert (discharge["amplitude"].dropna() < 0.02).all()


@pytest.fixture(scope="module")
def gradual():
    """A slow movie, and a record whose charge is what its particles give."""
    movie = synthetic_movie("gradual", n_frames=120, size=144, n_particles=9, seed=3)
    given = movie.delithiated().sel(particle=movie.reacting).mean("particle").to_numpy()
    current = np.maximum(np.gradient(given, movie.time), 1e-2 / movie.time[-1])
    time = np.append(movie.time, movie.time[-1] + 60)
    return movie, Record(time, np.append(current, 0.0), np.full(len(time), 3.8))


def test_calibrated_times_are_those_of_the_lithium(gradual, tmp_path):
    movie, cell = gradual
    found = measure(movie.stack(), half_cycles=CellClock(cell), calibrate_on=0)
    names = true_names(movie, found.regions)
    truth = movie.lithium_truth.set_index("particle")["t50_s"]
    error = {}
    for what, table in (("lithium", found.timings), ("brightness", found.optical_timings)):
        t50 = table.assign(particle=table["particle"].map(names)).set_index("particle")["t50_s"]
        error[what] = (t50 - truth).abs().dropna() / movie.time[-1]
    assert error["lithium"].median() < 0.01
    assert error["brightness"].median() > 0.05
    sure = found.timings["u_t50_s"].dropna() / movie.time[-1]
    assert error["lithium"].max() < 3 * sure.max()
    folder = found.write(tmp_path / "p")
    assert [str(finding) for finding in check_package(folder) if finding.is_error] == []
    package = read_package(folder)
    assert (package.particles["signal"] == "lithium_fraction").all()
    assert "half-cycle 0" in package.facts["calibration"]


def test_steps_are_no_ground_for_a_calibration(stack, movie):
    with pytest.raises(ImagingError, match=r"one after another|in steps"):
        measure(stack, half_cycles=movie.half_cycles, calibrate_on=0)
    with pytest.raises(ImagingError, match="no half-cycle 3"):
        measure(stack, half_cycles=movie.half_cycles, calibrate_on=3)


def test_a_particle_that_drifts_out_of_view_is_timed_by_what_was_seen():
    """It reacts in frame 20 and is out of view in frames 40 to 49 of 80."""
    scene = np.full((60, 120), 40.0)
    scene[20:34, 84:98] = scene[20:34, 30:44] = 120.0
    scene += np.random.default_rng(0).normal(0, 2, scene.shape)
    frames = np.repeat(scene[None], 80, axis=0)
    frames[20:, 20:34, 84:98] *= 1.5
    frames[60:, 20:34, 30:44] *= 1.5
    frames += np.random.default_rng(1).normal(0, 0.5, frames.shape)
    frames[40:50] = np.roll(frames[40:50], 26, axis=2)
    labels = np.zeros(scene.shape, dtype=int)
    labels[20:34, 84:98], labels[20:34, 30:44] = 1, 2
    stack = ImageStack.from_frames(frames[:, :, :110], pixel_size=130e-9, frame_interval=1.0)
    found = measure(stack, rois=Regions(labels[:, :110], ("leaves", "stays")))
    assert found.traces["y"].isnull().sum("time").values.tolist() == [10, 0]
    table = found.timings.set_index("particle")
    assert table["status"].tolist() == ["reacted", "reacted"]
    assert table.loc["leaves", "t50_s"] == pytest.approx(19.5, abs=0.2)
    assert table["note"].tolist() == ["out of view in 12% of the frames", ""]


@siblings(
    ("dx", "dy", "seen"),
    [
        *((-3, 0, True), (-4, 0, False), (4, 0, True), (5, 0, False)),
        *((0, -5, True), (0, -6, False), (0, 7, True), (0, 8, False)),
    ],
)
def test_a_region_is_in_view_while_it_stays_a_pixel_away_from_the_edge(dx, dy, seen):
    labels = np.zeros((20, 16), dtype=int)
    labels[6:12, 4:11] = 1  # columns 4 to 10 of 16, rows 6 to 11 of 20
    drift = Drift(np.array([0.0, dx]), np.array([0.0, dy]), "none", np.nan)
    assert in_view(Regions.from_labels(labels), drift).tolist() == [[True, seen]]
