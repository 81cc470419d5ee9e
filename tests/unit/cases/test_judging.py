"""Measures against what is known of the runs they are taken from."""

from __future__ import annotations

import numpy as np
import pytest
from siblings import siblings

from multiscale.cases import CaseRun, judge, load_case, observables, run_case
from multiscale.cases.judging import OBSERVABLES, combined
from multiscale.cases.schema import Criterion
from multiscale.errors import ResultsError
from multiscale.parameters import names


def criterion(**changes):
    fields = {
        "id": "X",
        "quantity": "q",
        "measure": "peak_difference",
        "source": "s",
        "kind": "hard",
        "variants": ("default",),
        "maximum": 1.0,
    }
    return Criterion(**{**fields, **changes})


@pytest.fixture(scope="module")
def run(charge):
    return charge.run("default")


@pytest.fixture(scope="module")
def rested(rest):
    return rest.run("alpha 2.7")


def test_mean_loss_follows_from_the_charge(run):
    # C/3 of 210 mA.h/g in 275 mA.h/g of lithium
    assert observables.mean_rate(run) == pytest.approx(70 / 275, rel=1e-3)
    assert observables.capacity(run) == pytest.approx(-70 * 45 / 60)
    assert observables.duration(run) == pytest.approx(2700)
    assert observables.final_c_rate(run) == pytest.approx(1 / 3)


def test_centre_and_edge_add_up_to_the_difference(run):
    edge, centre = (
        f(run, 900) for f in (observables.removed_at_edge, observables.removed_at_centre)
    )
    assert edge - centre == pytest.approx(observables.difference(run, 900))


def test_peak_and_ranges_are_consistent(run):
    peak = observables.peak_difference(run)
    assert peak >= observables.largest_difference_between(run, 0, 2700) - 1e-6
    assert peak == pytest.approx(observables.peak_difference(run, step=0), abs=1e-3)
    assert observables.heterogeneous_range(run, peak) == pytest.approx(0, abs=1e-6)
    assert observables.heterogeneous_range(run, 0.0) == pytest.approx(70 / 275 * 0.75, rel=1e-3)
    assert 1500 < observables.uniform_after(run, 0.05) < 2100


def test_onset_of_the_centre(run):
    time = observables.centre_onset(run, 0.01)
    assert observables.removed_at_centre(run, time) == pytest.approx(0.01, rel=0.02)
    assert observables.onset_in_mean(run, 0.01) == pytest.approx(
        70 / 275 * time / 3600 / 0.01, 1e-3
    )
    assert np.isnan(observables.centre_onset(run, 0.9))
    assert np.isnan(observables.onset_in_mean(run, 0.9))


def test_rest_conserves_and_decays(rested):
    assert observables.drift_of_mean(rested) < 1e-9
    assert observables.drift_of_mean(rested, step=0) == pytest.approx(70 / 275 / 3, rel=1e-3)
    assert observables.largest_rise_at_rest(rested) < 1e-5
    assert observables.largest_rise_at_rest(rested, step=0) > 0.05
    assert observables.difference_at_end(rested, 0) > 0.05
    assert observables.difference_into_step(rested, 1, 0.0) == pytest.approx(
        observables.difference_at_end(rested, 0)
    )
    assert abs(observables.difference_at_end(rested, 1)) < 1e-4


def test_end_of_a_step(rested):
    end = observables.mean_at_end(rested)
    assert end == pytest.approx(0.97 - 70 / 275 / 3, abs=1e-3)
    assert observables.edge_at_end(rested) == pytest.approx(end, abs=1e-3)
    assert observables.mean_minus_centre_at_end(rested, 0) < -0.01  # the core is rich on charge


def test_relaxation_is_the_time_after_which_a_level_is_kept(rested):
    begin, level = rested.step(1).start, 0.02
    time = observables.relaxation_time(rested, level)
    assert abs(observables.difference(rested, begin + time)) == pytest.approx(level, rel=0.1)
    assert abs(observables.difference(rested, begin + time + 60)) < level
    assert observables.relaxation_time(rested, 1.0) == 0
    assert np.isnan(observables.relaxation_time(rested, 1e-12))


def test_brightness_follows_the_mean_content(rested):
    mean = observables.mean_at_end(rested)
    assert observables.intensity_above_initial(rested, mean) == pytest.approx(0)
    # 62 % of intensity for 0.79 of lithium
    bright = observables.intensity_above_initial(rested, mean + 0.079)
    assert bright == pytest.approx(0.062, rel=1e-6)


def test_shares_of_capacity_and_the_potential_of_the_set(rested):
    assert observables.share_of_capacity(rested, 0) == pytest.approx(1)
    assert observables.share_of_capacity(rested, 1) == pytest.approx(0, abs=1e-9)
    voltage = observables.open_circuit_voltage(rested, 0.5)
    assert voltage == pytest.approx(float(rested.prepared.values[names.OCP](0.5)))
    assert observables.initial_content(rested) == 0.97


def test_vacancies_never_reached_give_no_number(run):
    assert np.isnan(observables.difference_at_vacancy(run, 0.5))
    inside = observables.difference_at_vacancy(run, 0.1)
    assert inside == pytest.approx(0.102, abs=0.01)
    growth = observables.difference_growth(run, 0.2, 0.1)
    assert growth == pytest.approx(inside / observables.difference_at_vacancy(run, 0.2))


def test_fluxes_of_an_unblocked_particle(run):
    assert observables.bare_flux_ratio(run) == pytest.approx(1)
    assert observables.layer_flux_ratio(run) == pytest.approx(1)
    # i = Q rho R/2 at C/3
    current = 70e-3 * 4780e3 * 0.5e-6
    assert observables.surface_flux(run) == pytest.approx(current / 96485.33, rel=1e-6)


def test_balances(run):
    assert observables.lithium_balance(run) < 1e-6
    assert observables.charge_balance(run) < 1e-6


def test_chemical_diffusivity_is_the_published_one_times_the_factor_of_eq_10(run):
    values = run.prepared.values
    sto, h = 0.9, 1e-4
    slope = (values[names.OCP](sto + h) - values[names.OCP](sto - h)) / (2 * h)
    factor = -96485.33 / 8.314463 / 295.15 * sto * slope
    expected = factor * values[names.DIFFUSIVITY](sto, 295.15)
    assert observables.chemical_diffusivity(run, [sto])[0] == pytest.approx(expected, rel=1e-3)


def test_displacement_of_a_blocked_particle_points_to_the_layer():
    from multiscale.cases import MeshSpec

    case = load_case("lun_rock_salt").only(["fresh", "aged"])
    done = run_case(case.with_mesh(MeshSpec(name="disk_2um_coarse")))
    aged, fresh = done.run("aged"), done.run("fresh")
    assert observables.displacement(aged, 0.05) > 5e-8
    assert observables.largest_displacement(fresh) < 1e-9
    assert np.isnan(observables.displacement(aged, 0.9))
    assert observables.nominal_removal(aged) == pytest.approx(200 / 275, rel=1e-3)


def test_titration_needs_pulses(run):
    with pytest.raises(ResultsError, match="no current pulse"):
        observables.titration(run)


@siblings(
    ("values", "how", "expected"),
    [
        ([2.0], None, 2.0),
        ([2.0, 1.0], "smallest", 1.0),
        ([2.0, 1.0], "largest", 2.0),
        ([1.0, 2.0, 2.5], "smallest increase", 0.5),
        ([1.0, 3.0, 2.0], "smallest increase", -1.0),
        ([1.0, 4.0], "ratio", 0.25),
        ([1.0, 0.0], "ratio", np.nan),
        ([1.0, np.nan], "smallest", np.nan),
    ],
)
def test_combinations(values, how, expected):
    assert combined(values, how) == pytest.approx(expected, nan_ok=True)


@siblings(
    ("changes", "verdict"),
    [
        ({}, "reproduced"),
        ({"maximum": 0.01}, "not reproduced"),
        ({"maximum": None, "expected": 0.11, "tolerance": 0.01}, "reproduced"),
        ({"maximum": None, "expected": 0.5, "tolerance": 0.01}, "not reproduced"),
        ({"measure": "difference", "arguments": {"time": 1e6}}, "not run"),
        ({"measure": "difference_at_vacancy", "arguments": {"vacancy": 0.9}}, "not reproduced"),
        ({"variants": ("other",)}, "not run"),
    ],
)
def test_verdicts(charge, changes, verdict):

    judged = charge.case.model_copy(update={"criteria": (criterion(**changes),)})
    (judgement,) = judge(CaseRun(judged, charge.runs))
    assert judgement.verdict == verdict
    assert (judgement.value is None) == (verdict == "not run" or "never" in judgement.detail)


def test_every_measure_says_what_it_is():
    assert all(measure.__doc__ for measure in OBSERVABLES.values())
