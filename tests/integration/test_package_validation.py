"""Data packages under judgement: a right one holds, wrong ones are turned down with the reason."""

from __future__ import annotations

import json
import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from multiscale import cases as suite
from multiscale.analysis.cycler import Record
from multiscale.cases import package_simulation
from multiscale.cases.synthetic_package import electrode
from multiscale.cli import main
from multiscale.dataset import DataPackage, check_package, read_package
from multiscale.errors import CaseError, DatasetError, MultiscaleError

SHIPPED = Path(__file__).parents[2] / "validation" / "synthetic_movie" / "package"
LARGEST = 500_000


@pytest.fixture(scope="module")
def first_charge():
    """The shipped package, its first charge only: a third of the work."""
    whole = read_package(SHIPPED)
    rows = whole.particles
    kept = rows[(rows["cycle_count"] == 1) & (rows["direction"] == "charge")]
    described = whole.half_cycles.iloc[:1]
    end = float(described["duration_s"].iloc[0])
    traces = whole.traces.sel(time=slice(0, end + 600))
    return replace(
        whole, particles=kept.reset_index(drop=True), half_cycles=described, traces=traces
    )


@pytest.fixture(scope="module", autouse=True)
def solved_once():
    """Packages of the same electrode and protocol, under the same set, share their solution."""
    solve, known = package_simulation.solve, {}

    def remembered(prepared):
        spec, values = prepared.spec, prepared.geometry
        key = (spec.parameters, spec.experiment, values.contacts.to_csv())
        if key not in known:
            known[key] = solve(prepared)
        return known[key]

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(package_simulation, "solve", remembered)
        yield


@pytest.fixture
def write(tmp_path):
    def writer(package: DataPackage, geometry: bool = True) -> Path:
        folder = tmp_path / "package"
        folder.mkdir()
        if geometry:
            shutil.copy(SHIPPED / "geometry.json", folder)
        package.write_files(folder)
        return folder

    return writer


def judged(source) -> dict[str, dict]:
    run = suite.run_suite(suite.SuiteRun([suite.load_suite_case(source)]), workers=0)
    rows = suite.rows_of(run)
    return {row["id"]: row for row in reversed(rows)}  # the first of each id


def verdicts(rows, *ids) -> list[str]:
    return [rows[f"{id}.0"]["verdict"] for id in ids]


def with_rows(package, **columns) -> DataPackage:
    return replace(package, particles=package.particles.assign(**columns))


# --- what ships ------------------------------------------------------------------------------


def test_the_shipped_package_is_sound_small_and_says_what_it_is():
    assert [str(one) for one in check_package(SHIPPED) if one.is_error] == []
    sizes = [path.stat().st_size for path in SHIPPED.iterdir()]
    assert max(sizes) < LARGEST
    assert sum(sizes) < 2 * LARGEST
    described = json.loads((SHIPPED / "dataset.json").read_text(encoding="utf-8"))
    assert described["measured_from"] == "simulation"
    assert "nothing measured" in described["name"]
    stored = json.loads((SHIPPED / "geometry.json").read_text(encoding="utf-8"))
    assert {row["particle"] for row in stored["particles"]} == set(electrode().particles.index)


def test_a_right_package_is_reproduced(first_charge, write):
    rows = judged(write(first_charge))
    hard = {id: row["verdict"] for id, row in rows.items() if row["kind"] == "hard"}
    assert set(hard) >= {"P1.0", "P2.0", "P3.0", "P4.0", "P6.0", "P7.0"}
    assert set(hard.values()) == {"reproduced"}
    assert rows["P3.0"]["value"] > 0.9
    assert rows["P4.0"]["value"] < 0.02


# --- not reproduced --------------------------------------------------------------------------


def test_timings_shuffled_between_particles_are_not_reproduced(first_charge, write):
    rows = first_charge.particles
    order = np.random.default_rng(5).permutation(len(rows))
    times = [name for name in rows if name.endswith("_second") or name == "status"]
    shuffled = rows.copy()
    shuffled[times] = rows[times].to_numpy()[order]
    found = judged(
        write(replace(first_charge, particles=shuffled.astype(rows.dtypes), traces=None))
    )
    assert verdicts(found, "P3", "P4") == ["not reproduced"] * 2
    assert found["P3.0"]["value"] == 0  # within chance: no order at all
    assert verdicts(found, "P6", "P7") == ["reproduced"] * 2  # the distribution is the same


@pytest.mark.slow
def test_a_wrong_rate_is_not_reproduced(first_charge, write):
    facts = dict(first_charge.facts)
    facts["c_rate_per_hour"] *= 2
    rows = judged(write(replace(first_charge, facts=facts)))
    assert verdicts(rows, "P1", "P4") == ["not reproduced"] * 2
    assert rows["P1.0"]["value"] < 0.7
    assert suite.gating(rows.values())


@pytest.mark.slow
def test_a_conductor_is_not_reproduced(first_charge, write):
    rows = judged(f"{write(first_charge)}::NMC532_Wang2018")
    assert "not reproduced" in verdicts(rows, "P4")
    assert "not reproduced" in verdicts(rows, "P7")


# --- refused ---------------------------------------------------------------------------------


def hours(package):
    times = [name for name in package.particles if name.endswith("_second") and name[0] == "t"]
    return with_rows(package, **{name: package.particles[name] / 3600 for name in times})


def metres(package):
    sizes = {name: package.particles[name] * 1e-6 for name in ("centre_x_um", "radius_um")}
    return with_rows(package, **sizes)


def outlines_in_metres(package):
    return replace(package, outlines={k: 1e-6 * xy for k, xy in package.outlines.items()})


def turned_current(package):
    cell = package.cell
    return replace(package, cell=Record(cell.times, -cell.current, cell.voltage))


def hours_of_the_cell(package):
    cell = package.cell
    return replace(package, cell=Record(cell.times / 3600, cell.current, cell.voltage))


def half_a_record(package):
    cell = package.cell
    kept = cell.times < 0.3 * package.half_cycles["duration_s"].iloc[0]
    return replace(
        package, cell=Record(*(v[kept] for v in (cell.times, cell.current, cell.voltage)))
    )


REFUSED = {
    hours: "hours",
    metres: "radius_um",
    outlines_in_metres: r"outlines\.geojson: encloses another area",
    turned_current: r"cell\.bdf\.csv: .*the voltage rises .*while the current.*discharges",
    hours_of_the_cell: r"cell\.bdf\.csv: holds no charge",
    half_a_record: r"cell\.bdf\.csv: holds no charge",
    (lambda package: replace(package, cell=None)): "no cell record",
    (lambda package: with_rows(package, status="no_change")): "reacted",
}


@pytest.mark.parametrize(("spoil", "reason"), REFUSED.items())
def test_what_cannot_be_judged_is_refused_with_the_reason(first_charge, write, spoil, reason):
    folder = write(spoil(first_charge))
    with pytest.raises(MultiscaleError, match=reason):
        suite.load_suite_case(folder)


def test_neither_geometry_nor_outlines_is_refused(first_charge, write):
    with pytest.raises(CaseError, match="nothing to simulate"):
        suite.load_suite_case(write(replace(first_charge, outlines=None), geometry=False))


def test_a_file_that_was_changed_is_refused(first_charge, write):
    folder = write(first_charge)
    table = (folder / "particles.csv").read_text(encoding="utf-8")
    (folder / "particles.csv").write_text(table.replace("c0r0", "c9r9"), encoding="utf-8")
    with pytest.raises(DatasetError, match="checksum"):
        suite.load_suite_case(folder)


def test_a_discharge_for_a_charge_throughout_cannot_be_followed(first_charge, write):
    """Table, description and record agree; only the electrode, which is full, knows better."""
    turned = with_rows(turned_current(first_charge), direction="discharge")
    cell = turned.cell
    falling = cell.voltage.max() + cell.voltage.min() - cell.voltage
    turned = replace(turned, cell=Record(cell.times, cell.current, falling))
    described = first_charge.half_cycles.assign(kind="discharge")
    rows = judged(write(replace(turned, half_cycles=described, traces=None)))
    assert {row["verdict"] for row in rows.values()} == {"not run"}
    assert {row["reason"] for row in rows.values()} == {"failed"}
    assert suite.gating(rows.values())
    assert "cannot be followed" in rows["P1.0"]["detail"]


def test_parameters_must_be_known(first_charge, write):
    facts = {name: value for name, value in first_charge.facts.items() if name != "parameter_set"}
    with pytest.raises(CaseError, match="which parameters"):
        suite.load_suite_case(write(replace(first_charge, facts=facts)))


# --- the command -----------------------------------------------------------------------------


def test_the_command_judges_a_folder(first_charge, write, tmp_path, capsys):
    folder = write(first_charge)
    (folder / "validation.toml").write_text(
        'parameters = "Sharma2022_NMC532"\n[[criteria]]\nid = "A1"\nquantity = "too much"\n'
        'measure = "tau"\nminimum = 1.01\nsource = "ours"\nkind = "hard"\n',
        encoding="utf-8",
    )
    out = str(tmp_path / "out")
    assert main(["validate", str(folder), "--out", out, "--workers", "1"]) == 1
    assert "too much" in capsys.readouterr().err
    assert (tmp_path / "out" / "report.html").is_file()


def test_parameters_are_for_packages_only(tmp_path):
    arguments = ["validate", "exact_solutions", "--parameters", "x", "--out", str(tmp_path / "out")]
    assert main(arguments) == 2


def test_a_refused_package_ends_the_command_as_wrong_input(first_charge, write, tmp_path, capsys):
    folder = write(hours(first_charge))
    assert main(["validate", str(folder), "--out", str(tmp_path / "out")]) == 2
    assert "hours" in capsys.readouterr().err


def test_times_of_published_panels_are_judged_as_intervals(first_charge, write):
    rows = first_charge.particles
    low, high = rows["t50_second"] - 600, rows["t50_second"] + 600
    empty = {name: np.nan for name in rows if name.startswith(("t10", "t50", "t90", "duration"))}
    censored = rows.assign(**empty).assign(t50_lower_second=low, t50_upper_second=high)
    censored["duration_is_upper_bound"] = pd.NA
    found = judged(write(replace(first_charge, particles=censored, traces=None)))
    assert verdicts(found, "P3", "P4") == ["reproduced"] * 2
