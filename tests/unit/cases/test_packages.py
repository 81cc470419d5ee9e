"""Protocols from cell records, electrodes from packages, and what chance is worth."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
import xarray as xr
from siblings import siblings

from multiscale.analysis.cycler import Record
from multiscale.analysis.timings import reaction_timings
from multiscale.cases.kind import DataMissing
from multiscale.cases.package import KIND, default_criteria, package_numbers
from multiscale.cases.package_simulation import (
    PackageSpec,
    Rebuilding,
    Simulated,
    electrode_of,
    half_cycles_of_package,
    protocol_for,
    protocol_of,
    recorded_half_cycles,
    without_strip,
)
from multiscale.cases.schema import Reading
from multiscale.cases.tables import read_table
from multiscale.dataset import DataPackage
from multiscale.errors import CaseError, DatasetError, GeometryError

ANGLES = np.linspace(0, 2 * np.pi, 60, endpoint=False)


def record(*parts):
    """Parts (seconds, first and last current [A], first and last voltage [V]), 60 s a sample."""
    time, current, voltage = [], [], []
    start = 0.0
    for seconds, currents, voltages in parts:
        n = int(seconds / 60)
        share = np.arange(1, n + 1) / n
        time.append(start + seconds * share)
        current.append(
            currents[0] * (currents[1] / currents[0]) ** share if currents[0] else 0 * share
        )
        voltage.append(voltages[0] + np.diff(voltages)[0] * share)
        start += seconds
    return Record(*(np.concatenate(part) for part in (time, current, voltage)))


CHARGE = (36000, (2e-3, 2e-3), (3.6, 4.3))
HOLD = (7200, (2e-3, 2e-4), (4.3, 4.3))
REST = (3600, (0, 0), (4.3, 4.2))
DISCHARGE = (30000, (-4e-3, -4e-3), (4.2, 2.5))


def test_a_record_becomes_steps():
    found = protocol_of(record(CHARGE, HOLD, REST, DISCHARGE), c_rate_per_hour=0.1)
    assert found.one_c_A == pytest.approx(0.02, rel=1e-3)
    charge, hold, rest, discharge = found.steps
    assert charge == "Charge at 0.1C until 4.3 V"
    assert hold.startswith("Hold at 4.3 V for ")
    assert hold.endswith("or until 0.01C")
    assert rest.startswith("Rest for 36")
    assert discharge == "Discharge at 0.2C until 2.5 V"


def test_the_sign_of_the_record_says_the_direction():
    """Battery Data Format charges with positive current, PyBaMM discharges."""
    turned = record(CHARGE)
    turned = Record(turned.times, -turned.current, turned.voltage[::-1])
    assert protocol_of(turned, 0.1).steps == ("Discharge at 0.1C until 3.6012 V",)


def test_without_a_stated_rate_the_charge_passed_is_the_scale():
    found = protocol_of(record(CHARGE))
    assert found.one_c_A == pytest.approx(2e-3 * 10, rel=0.01)
    assert "largest charge" in found.scale


def test_only_the_half_cycles_that_are_wanted():
    whole = record(CHARGE, HOLD, REST, DISCHARGE)
    assert len(protocol_of(whole, 0.1, count=1).steps) == 2


def test_noise_of_the_cycler_is_no_hold():
    noisy = record(CHARGE)
    factor = 1 + 0.005 * np.random.default_rng(0).standard_normal(len(noisy.times))
    found = protocol_of(Record(noisy.times, factor * noisy.current, noisy.voltage), 0.1)
    assert len(found.steps) == 1


def test_a_current_that_falls_at_no_fixed_voltage_is_refused():
    with pytest.raises(DatasetError, match=r"charge 1: the current falls .* voltage is not held"):
        protocol_of(record(CHARGE, (7200, (2e-3, 2e-4), (4.3, 3.9))), 0.1)


def test_a_current_that_varies_is_refused():
    with pytest.raises(DatasetError, match="charge 1 is not constant"):
        protocol_of(record((36000, (1e-3, 2e-3), (3.6, 4.3))), 0.1)


# --- electrodes ------------------------------------------------------------------------------


def disks(*rows, radius=5.0, **facts):
    """A package of disks in columns, as many in each as given, 10 um apart."""
    rings, table = {}, []
    for column, n in enumerate(rows):
        for row in range(n):
            name = f"c{column}r{row}"
            x, y = 30.0 * column + 10, 60 - 10.2 * row
            rings[name] = np.column_stack(
                [x + radius * np.cos(ANGLES), y + radius * np.sin(ANGLES)]
            )
            table.append(
                {"particle": name, "centre_x_um": x, "centre_y_um": y, "radius_um": radius}
            )
    places = pd.DataFrame(table)
    timings = pd.DataFrame(
        {
            "particle": places["particle"],
            "half_cycle": 0,
            "kind": "charge",
            "status": "reacted",
            "t50_s": 100.0 * np.arange(1, len(places) + 1),
            "duration_s": 2000.0,
            "start_s": 0.0,
        }
    )
    made = DataPackage.from_timings(timings, places, facts={"pixel_size_micrometre": 0.25, **facts})
    return DataPackage(
        particles=made.particles, facts=made.facts, half_cycles=made.half_cycles, outlines=rings
    )


def test_an_electrode_of_outlines_keeps_the_names(tmp_path):
    electrode = electrode_of(disks(2, 3), tmp_path, Rebuilding(constriction_m=1e-5))
    assert sorted(electrode.particles.index) == ["c0r0", "c0r1", "c1r0", "c1r1", "c1r2"]
    assert electrode.obstruction_counts()["c1r2"] == 2
    assert electrode.particles["radius_m"].to_numpy() == pytest.approx(5e-6, rel=0.03)


def test_particles_nearly_as_low_as_the_lowest_touch_the_collector(tmp_path):
    package = disks(2, 2)
    package.outlines["c1r0"][:, 1] -= 0.9  # of a radius of 5 um
    near, far = (Rebuilding(gap_pixels=1, collector_within=share) for share in (0.2, 0.05))
    assert electrode_of(package, tmp_path, near).obstruction_counts()["c1r0"] == 0
    assert list(electrode_of(package, tmp_path, far).particles.index) == ["c0r0", "c0r1"]


@siblings(
    ("side", "kept"),
    [("bottom", [[1, 2]]), ("top", [[3, 4]]), ("left", [[2], [4]]), ("right", [[1], [3]])],
)
def test_the_strip_along_the_collector_is_cut(side, kept):
    assert without_strip(np.array([[1, 2], [3, 4]], np.int32), side, 1).tolist() == kept


def test_a_conducting_matrix_touches_everything(tmp_path):
    electrode = electrode_of(disks(1, 3), tmp_path, Rebuilding(binder="matrix"))
    assert (electrode.obstruction_counts() == 0).all()


def test_what_leads_nowhere_is_left_out_or_refused(tmp_path):
    package = disks(1, 3)
    package.outlines.pop("c1r0")  # what the others of its column stand on
    left = electrode_of(package, tmp_path, Rebuilding())
    assert list(left.particles.index) == ["c0r0"]
    with pytest.raises(GeometryError, match="No path leads from the particles"):
        electrode_of(package, tmp_path, Rebuilding(drop_unconnected=False))


def test_pixels_larger_than_particles_are_refused(tmp_path):
    with pytest.raises(DatasetError, match="pixel size of 250 um does not resolve"):
        electrode_of(disks(2, pixel_size_micrometre=250), tmp_path, Rebuilding())


def test_nothing_to_simulate_is_said(tmp_path):
    package = disks(2)
    bare = DataPackage(particles=package.particles)
    with pytest.raises(CaseError, match=r"neither geometry\.json nor outlines\.geojson"):
        electrode_of(bare, tmp_path, Rebuilding())
    with pytest.raises(CaseError, match=r"holds no geometry\.json"):
        electrode_of(package, tmp_path, Rebuilding(source="stored"))


def test_a_stored_electrode_in_another_unit_is_refused(tmp_path):
    electrode = electrode_of(disks(2, radius=5.0), tmp_path, Rebuilding())
    electrode.to_json(tmp_path / "geometry.json")
    with pytest.raises(DatasetError, match="are the units m and um"):
        electrode_of(disks(2, radius=1.0), tmp_path, Rebuilding())


def test_mistakes_in_a_case_are_named(tmp_path):
    with pytest.raises(CaseError, match="bindr"):
        read_table(Rebuilding, {"bindr": "none"}, "here")
    with pytest.raises(CaseError, match="there is no package"):
        read_table(
            PackageSpec, {"package": "nowhere", "parameters": "x"}, "here", Reading(tmp_path)
        )


# --- figures ---------------------------------------------------------------------------------


def simulated_like(package, t50_s):
    """A simulation whose particles react at given times, at once."""
    time = np.linspace(0, 2000, 401)
    y = (time > np.asarray(t50_s)[:, None]).astype(float)
    labels = package.particles["particle_id"].tolist()
    signal = xr.DataArray(y, {"particle": labels, "time": time}, ("particle", "time"))
    cycle = {"half_cycle": 0, "kind": "charge", "cycle_count": 1, "start_s": 0.0, "end_s": 2000.0}
    cycles = pd.DataFrame([cycle | {"duration_s": 2000.0}])
    cell = Record(time, np.ones(401), np.full(401, 4.0))
    return Simulated(signal, reaction_timings(signal, cycles), cycles, cell)


@pytest.fixture
def package():
    made = disks(5, 5, 5)
    flow = Record(np.linspace(0, 2000, 41), np.ones(41), np.linspace(3.6, 4.3, 41))
    return DataPackage(
        particles=made.particles, facts=made.facts, half_cycles=made.half_cycles, cell=flow
    )


def value(figures, name, **arguments):
    return KIND.observables[name](figures, **arguments)


def test_equal_timings_are_found_equal(package):
    t50 = 100.0 * np.arange(1, 16)
    found = package_numbers(simulated_like(package, t50), package)
    assert value(found, "tau") == 1
    assert value(found, "median_error") < 2e-3
    assert value(found, "median_error") < value(found, "median_error_chance")
    assert value(found, "wasserstein_over_floor") < 0.1
    assert abs(value(found, "spread_difference")) < 1e-3
    assert value(found, "share_matched") == 1


def test_an_order_within_chance_counts_as_none(package):
    order = np.random.default_rng(1).permutation(15)
    found = package_numbers(simulated_like(package, 100.0 * (order + 1)), package)
    raw, chance = value(found, "tau_found"), value(found, "tau_chance")
    assert 0 < abs(raw) < chance
    assert value(found, "tau") == 0
    assert value(found, "wasserstein_over_floor") < 0.1  # the distribution is the same


def test_shuffling_takes_the_order_away(package):
    found = package_numbers(simulated_like(package, 100.0 * np.arange(1, 16)), package, shuffled=1)
    assert abs(value(found, "tau_over_chance")) < 1
    assert value(found, "median_error") > 0.1


def test_a_synchronous_simulation_differs_in_spread_and_distribution(package):
    found = package_numbers(simulated_like(package, 800 + 10.0 * np.arange(15)), package)
    assert abs(value(found, "spread_difference")) > value(found, "spread_floor_95")
    assert value(found, "wasserstein_over_floor") > 1


def test_both_sorts_of_modes_are_told(package):
    found = package_numbers(simulated_like(package, 100.0 * np.arange(1, 16)), package)
    assert value(found, "middle_simulated", soc=0.5) == 0  # steps: nothing is half-way
    assert value(found, "dip_p_simulated", soc=0.5) < 0.05
    with pytest.raises(DataMissing, match="traces"):  # of the measured
        value(found, "modes_agree", soc=0.5)


def test_three_particles_prove_no_order():
    made = disks(3)
    flow = Record(np.linspace(0, 2000, 41), np.ones(41), np.linspace(3.6, 4.3, 41))
    few = DataPackage(particles=made.particles, half_cycles=made.half_cycles, cell=flow)
    found = package_numbers(simulated_like(few, [100.0, 200.0, 300.0]), few)
    assert value(found, "tau_found") == 1
    assert value(found, "tau") == 0


# --- half-cycles -----------------------------------------------------------------------------


def test_half_cycles_are_looked_for_by_time(package):
    """The record begins with a cycle that the package does not count."""
    cell = record(CHARGE, REST, DISCHARGE, REST, CHARGE)
    late = recorded_half_cycles(cell).iloc[2]
    described = package.half_cycles.assign(start_s=late["start_s"], duration_s=late["duration_s"])
    found = half_cycles_of_package(replace(package, cell=cell, half_cycles=described))
    assert found["position"].tolist() == [2]
    steps = protocol_for(replace(package, cell=cell, half_cycles=described)).steps
    assert [step.split()[0] for step in steps] == ["Charge", "Rest", "Discharge", "Rest", "Charge"]


def test_what_is_not_described_is_that_of_the_record(package):
    cell = record(CHARGE, REST, DISCHARGE)
    bare = package.half_cycles.assign(start_s=np.nan, duration_s=np.nan)
    found = half_cycles_of_package(replace(package, cell=cell, half_cycles=bare)).iloc[0]
    assert found["position"] == 0
    assert found["duration_s"] == pytest.approx(36000, rel=0.01)


def test_a_half_cycle_that_the_record_does_not_hold_is_named(package):
    bare = package.half_cycles.assign(start_s=np.nan, duration_s=np.nan, cycle_count=4)
    with pytest.raises(DatasetError, match="holds no charge 4"):
        half_cycles_of_package(replace(package, half_cycles=bare))


# --- default criteria ------------------------------------------------------------------------


def kinds_of(package):
    return {one["measure"]: one["kind"] for one in default_criteria(package)}


def test_order_is_hard_only_where_there_is_one(package):
    assert kinds_of(package)["tau"] == "hard"
    together = package.particles.assign(t50_second=800 + package.particles["t50_second"] / 100)
    kinds = kinds_of(replace(package, particles=together))
    assert kinds["tau"] == "reported"
    assert kinds["median_error"] == kinds["spread_difference"] == "hard"


def test_too_few_particles_are_refused(package):
    with pytest.raises(CaseError, match="3 or more particles"):
        kinds_of(replace(package, particles=package.particles.iloc[:2]))
