"""Data packages: written, read back, converted to the tables of the analysis."""

from __future__ import annotations

import json

import numpy as np
import pandas as pd
import pytest
import xarray as xr

import multiscale as ms
from multiscale.analysis.cycler import Record
from multiscale.dataset import DataPackage, check_package, read_package
from multiscale.dataset.particles_file import NAMES
from multiscale.errors import DatasetError

# Copied from section 5 of the data model, in its order: a change is meant to be seen.
ORDER = """particle_id event_id cycle_count direction centre_x_um centre_y_um area_um2 radius_um
status signal t10_second t50_second t90_second t10_u_second t50_u_second t90_u_second
t50_lower_second t50_upper_second duration_second duration_u_second duration_is_upper_bound
slope_peak_second amplitude amplitude_u soc_at_t50 frame_interval_second roi_kind estimator
quality_note"""

NAMED = ("a", "b", "c", "d")
PLACES = pd.DataFrame(
    {"particle": NAMED, "x_m": [0, 1e-5, 2e-5, 3e-5], "y_m": 5e-6, "radius_m": 4e-6}
)


def signal() -> xr.DataArray:
    """Three steps and one particle that stays, in a charge and a discharge."""
    time = np.arange(0.0, 4001.0, 10.0)
    rise = np.clip((time - np.array([[400.0], [900.0], [1300.0], [9000.0]])) / 100, 0, 1)
    fall = np.clip((time - np.array([[2500.0], [3000.0], [3400.0], [9000.0]])) / 100, 0, 1)
    return xr.DataArray(rise - fall, {"particle": list(NAMED), "time": time}, ("particle", "time"))


HALF_CYCLES = pd.DataFrame(
    {
        "half_cycle": [0, 1],
        "kind": ["charge", "discharge"],
        "start_s": [0.0, 2000.0],
        "end_s": [2000.0, 4000.0],
    }
)


def simulated() -> DataPackage:
    timings = ms.reaction_timings(signal(), HALF_CYCLES, levels="ends", uncertainty=True)
    facts = {"title": "Four particles", "creators": "A. Name (0000-0002-1825-0097)"}
    traces = xr.Dataset({"y": signal()})
    return DataPackage.from_timings(timings, PLACES, facts=facts, traces=traces)


def test_columns_are_those_of_the_data_model(tmp_path):
    assert list(NAMES) == ORDER.split()
    header = (simulated().write(tmp_path / "p") / "particles.csv").read_text().splitlines()[0]
    assert header == ",".join(ORDER.split())


def test_a_simulated_package_is_without_errors_and_comes_back(tmp_path):
    package = simulated()
    folder = package.write(tmp_path / "p")
    assert [str(finding) for finding in check_package(folder) if finding.is_error] == []
    back = read_package(folder)
    for table in (package.timings, back.timings):
        assert table["width_is_upper_bound"].dtype == bool
    ours = ms.reaction_timings(signal(), HALF_CYCLES, levels="ends", uncertainty=True)
    columns = ["particle", "half_cycle", "kind", "status", "t10_s", "t50_s", "t90_s", "width_s"]
    columns += ["u_t50_s", "u_width_s", "start_s", "duration_s", "width_is_upper_bound"]
    pd.testing.assert_frame_equal(
        back.timings[columns], ours[columns], check_dtype=False, rtol=1e-8
    )
    assert back.facts["creators"] == ["A. Name (0000-0002-1825-0097)"]
    assert back.facts["measured_from"] == "simulation"
    xr.testing.assert_allclose(back.traces["y"], signal())


def test_measured_and_simulated_tables_are_compared(tmp_path):
    package = read_package(simulated().write(tmp_path / "p"))
    ours = ms.reaction_timings(signal(), HALF_CYCLES, levels="ends")
    shifted = ours.assign(t50_s=ours["t50_s"] + 20)
    row = ms.compare_timings(shifted, package.timings).summary().iloc[0]
    assert row["matched"] == 3
    assert row["median_shift"] == pytest.approx(0.01)


def test_hand_read_intervals_are_compared_as_intervals(tmp_path):
    read = pd.DataFrame(
        {
            "particle": NAMED[:3],
            "half_cycle": 0,
            "kind": "charge",
            "status": "reacted",
            "t50_low_s": [400.0, 800.0, np.nan],
            "t50_high_s": [500.0, 900.0, 1200.0],
            "start_s": 0.0,
            "duration_s": 2000.0,
        }
    )
    package = DataPackage.from_timings(
        read,
        PLACES,
        facts={"measured_from": "published panels", "estimator": "read from fig. 1"},
        signal="reflectance_change",
        roi_kind="hand",
    )
    folder = package.write(tmp_path / "p")
    assert [str(finding) for finding in check_package(folder) if finding.is_error] == []
    ours = ms.reaction_timings(signal(), HALF_CYCLES, levels="ends")
    comparison = ms.compare_timings(ours, read_package(folder).timings)
    row = comparison.summary().iloc[0]
    assert (row["matched"], row["censored"]) == (3, 3)
    errors = comparison.pairs.set_index("particle")["error"]
    # t50 of a, b, c: 450, 950, 1350 s of 2000 s
    assert errors.to_dict() == pytest.approx({"a": 0.0, "b": 0.025, "c": 0.075})


def test_times_without_uncertainty_get_that_of_the_sampling():
    timings = ms.reaction_timings(signal(), HALF_CYCLES, levels="ends")
    table = DataPackage.from_timings(timings, PLACES).particles
    reacted = table["status"] == "reacted"
    assert table.loc[reacted, "t50_u_second"].to_numpy() == pytest.approx(10 / np.sqrt(12))
    assert table.loc[~reacted, "t50_u_second"].isna().all()


def test_every_file_is_listed_with_its_checksum(tmp_path):
    outlines = {"a": np.array([[-4.0, 1], [4, 1], [4, 9], [-4, 9]])}
    record = Record(np.array([0.0, 2000.0, 4000.0]), np.array([1e-3, 1e-3, -1e-3]), np.ones(3))
    package = simulated()
    whole = DataPackage(
        particles=package.particles,
        facts=package.facts,
        half_cycles=package.half_cycles,
        traces=package.traces,
        outlines=outlines,
        cell=record,
    )
    folder = whole.write(tmp_path / "p")
    described = json.loads((folder / "dataset.json").read_text())
    names = {entry["contentUrl"] for entry in described["distribution"]}
    assert names == {"particles.csv", "traces.nc", "cell.bdf.csv", "outlines.geojson"}
    assert all(len(entry["sha256"]) == 64 for entry in described["distribution"])
    header = (folder / "cell.bdf.csv").read_text().splitlines()[0]
    assert header == "Test Time / s,Current / A,Voltage / V"
    back = read_package(folder)
    assert back.cell.current.tolist() == record.current.tolist()
    assert back.outlines["a"][:4].tolist() == outlines["a"].tolist()


def test_unknown_facts_are_null_and_listed(tmp_path):
    described = json.loads((simulated().write(tmp_path / "p") / "dataset.json").read_text())
    assert described["sample"]["material"] is None
    assert "material" in described["missing"]
    assert "title" not in described["missing"]
    assert described["creator"][0]["@id"] == "https://orcid.org/0000-0002-1825-0097"


def test_traces_follow_the_cf_conventions(tmp_path):
    package = simulated()
    traces = package.traces.assign(y_u=0.01 + 0 * package.traces["y"])
    folder = DataPackage(particles=package.particles, traces=traces).write(tmp_path / "p")
    with xr.open_dataset(folder / "traces.nc", engine="scipy") as stored:  # netCDF-3
        assert stored["y"].attrs["ancillary_variables"] == "y_u"
        assert stored["time_s"].attrs["units"] == "s"
        assert stored.sizes == {"particle": 4, "frame": 401}


def test_foreign_folders_are_left_alone(tmp_path):
    (tmp_path / "notes.txt").write_text("mine")
    with pytest.raises(DatasetError, match=r"notes\.txt"):
        simulated().write(tmp_path, overwrite=True)
    assert [path.name for path in tmp_path.iterdir()] == ["notes.txt"]


def test_a_package_is_replaced_only_when_asked_and_only_whole(tmp_path):
    folder = simulated().write(tmp_path / "p")
    with pytest.raises(DatasetError, match="overwrite"):
        simulated().write(folder)
    before = (folder / "particles.csv").read_bytes()
    broken = DataPackage(particles=simulated().particles, traces=xr.Dataset())
    with pytest.raises(DatasetError, match='"y"'):
        broken.write(folder, overwrite=True)
    assert (folder / "particles.csv").read_bytes() == before
    assert (folder / "traces.nc").is_file()
    DataPackage(particles=simulated().particles).write(folder, overwrite=True)
    assert not (folder / "traces.nc").exists()
    assert [path.name for path in tmp_path.iterdir()] == ["p"]


@pytest.mark.parametrize(
    ("facts", "words"),
    [
        ({"materail": "NMC"}, "did you mean 'material'"),
        ({"gamma": "linear"}, "gamma is a number"),
        ({"measured_from": "memory"}, "raw data"),
    ],
)
def test_facts_are_checked(facts, words):
    timings = ms.reaction_timings(signal(), HALF_CYCLES)
    with pytest.raises(DatasetError, match=words):
        DataPackage.from_timings(timings, PLACES, facts=facts)


def test_a_particle_without_a_place_is_named():
    timings = ms.reaction_timings(signal(), HALF_CYCLES)
    with pytest.raises(DatasetError, match="Particle 'd' has no place"):
        DataPackage.from_timings(timings, PLACES[:3])


def test_rejected_particles_and_repeats_stay_out_of_the_timings():
    package = simulated()
    table = package.particles
    rejected = table["particle_id"] == "a"
    table = pd.concat([table, table[table["particle_id"] == "b"].assign(event_id="2")])
    table["status"] = table["status"].mask(table["particle_id"] == "a", "rejected")
    assert rejected.any()
    timings = DataPackage(particles=table, half_cycles=package.half_cycles).timings
    assert timings.groupby("half_cycle")["particle"].agg(list).tolist() == [["b", "c", "d"]] * 2
