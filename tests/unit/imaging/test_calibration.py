"""The curve from brightness to lithium: recovered, carried over, refused."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
import xarray as xr
from scipy.special import expit
from siblings import siblings

from multiscale.analysis.timings import reaction_timings
from multiscale.errors import ImagingError
from multiscale.imaging.lithium import learn_calibration, lithium_timings

TIME = np.linspace(0.0, 12000.0, 401)
NAMES = [f"p{k:02d}" for k in range(24)]
CHARGE = {"half_cycle": 2, "kind": "charge", "start_s": 0.0, "end_s": 12000.0}
TABLE = pd.DataFrame([CHARGE])


def brightness(given, kappa=1.2, gain=0.62):
    """Saturating law: differential intensity from the share of lithium given."""
    return gain * (1 - np.exp(-kappa * given)) / (1 - np.exp(-kappa))


def traces(given, noise=0.004, seed=0, scale=1.0, **law):
    values = scale * brightness(given, **law)
    values = values + np.random.default_rng(seed).normal(0, noise, values.shape)
    return xr.DataArray(values, {"particle": NAMES, "time": TIME}, ("particle", "time"))


def ramps(seed=0, n=24):
    """Gradual reactions that start and end at slightly different times."""
    generator = np.random.default_rng(seed)
    start = generator.uniform(300, 1200, (n, 1))
    end = generator.uniform(10500, 11700, (n, 1))
    return np.clip((TIME - start) / (end - start), 0, 1) ** generator.uniform(0.85, 1.2, (n, 1))


def steps(seed=1):
    middle = np.random.default_rng(seed).uniform(1500, 10500, (24, 1))
    return expit((TIME - middle) / 60)


def true_t50(given):
    return np.array([np.interp(0.5, trace, TIME) for trace in given])


@pytest.mark.parametrize("kappa", [0.6, 1.2, 2.0])
def test_gradual_t50_within_one_per_cent_of_the_charge(kappa):
    given = ramps()
    # light from beside the particle dilutes the change of each by up to a sixth
    scale = np.random.default_rng(5).uniform(0.85, 1.0, (24, 1))
    y = traces(given, kappa=kappa, scale=scale)
    learned = learn_calibration(y, given.mean(axis=0), CHARGE)
    table = lithium_timings(y, TABLE, learned)
    error = np.abs(table["t50_s"] - true_t50(given)) / 12000
    assert error.median() < 0.005
    assert error.quantile(0.9) < 0.012
    uncalibrated = np.abs(reaction_timings(y, TABLE)["t50_s"] - true_t50(given)) / 12000
    assert uncalibrated.median() > 8 * error.median()
    covered = np.abs(table["t50_s"] - true_t50(given)) < 1.96 * table["u_t50_s"]
    assert covered.mean() >= 0.88
    assert learned.residual < 0.01


def test_a_ramp_that_starts_with_the_current_is_not_read_early():
    """Part of the lithium has left by the middle of the stretch that is the level before."""
    given = np.tile(TIME / TIME[-1], (24, 1))
    y = traces(given)
    table = lithium_timings(y, TABLE, learn_calibration(y, given.mean(axis=0), CHARGE))
    assert abs(np.median(table["t50_s"]) - 6000) < 0.003 * 12000


def test_curve_carried_to_steps_brings_them_closer():
    given = ramps()
    learned = learn_calibration(traces(given), given.mean(axis=0), CHARGE)
    first = steps()
    y = traces(first, seed=3)
    error = np.abs(lithium_timings(y, TABLE, learned)["t50_s"] - true_t50(first)) / 30
    raw = np.abs(reaction_timings(y, TABLE)["t50_s"] - true_t50(first)) / 30
    assert error.median() < 0.5 * raw.median()
    assert error.median() < 0.15


def test_learned_on_a_discharge_the_curve_is_the_same():
    given = ramps()[:, ::-1]
    half_cycle = CHARGE | {"kind": "discharge"}
    learned = learn_calibration(traces(given), given.mean(axis=0), half_cycle)
    middle = float(np.interp(brightness(0.5), learned.intensity, learned.lithium))
    assert middle == pytest.approx(0.5, abs=0.02)
    assert learned.lithium[0] == 1
    assert learned.lithium[-1] == pytest.approx(0, abs=0.02)
    assert (np.diff(learned.lithium) <= 0).all()


def test_units_and_offset_of_the_state_of_charge_do_not_matter():
    given = ramps()
    one = learn_calibration(traces(given), given.mean(axis=0), CHARGE)
    other = learn_calibration(traces(given), 3.7 + 0.02 * given.mean(axis=0), CHARGE)
    assert other.lithium == pytest.approx(one.lithium, abs=1e-9)


def test_inert_particles_are_left_out_and_said_to_be():
    given = ramps()
    given[[3, 7, 8]] = 0
    soc = np.delete(given, [3, 7, 8], axis=0).mean(axis=0)
    learned = learn_calibration(traces(given), soc, CHARGE)
    assert len(learned.gains) == 21
    assert "3 of 24 particles left out." in learned.notes
    assert "no lithium goes to particles" in learned.notes[0]
    with pytest.raises(ImagingError, match=r"'p03' is 'no_change'.*falsify"):
        learn_calibration(traces(given), soc, CHARGE, particles=NAMES)


def test_large_particles_weigh_more():
    given = ramps()
    given[:12] = given[:12] ** 1.5
    weights = np.where(np.arange(24) < 12, 9.0, 1.0)
    soc = np.average(given, axis=0, weights=weights)
    y = traces(given)
    weighted = learn_calibration(y, soc, CHARGE, weights=weights)
    alike = learn_calibration(y, soc, CHARGE)
    off = [abs(np.interp(brightness(0.5), c.intensity, c.lithium) - 0.5) for c in (weighted, alike)]
    assert off[0] < 0.02 < 0.04 < off[1]


@pytest.mark.parametrize(
    ("given", "message"),
    [
        (steps(), r"one after another: the standard deviation of t50 is 0\.\d+"),
        (expit((TIME - 6000) / 60) * np.ones((24, 1)), r"in steps: the median of t90 - t10"),
        (np.zeros((24, 401)), "0 of 24 particles react"),
    ],
)
def test_a_half_cycle_that_does_not_teach_is_refused(given, message):
    with pytest.raises(ImagingError, match=message):
        learn_calibration(traces(given), np.linspace(0, 1, 401), CHARGE)


@siblings(
    ("soc", "message"),
    [
        (None, "needs the state of charge from a cell record"),
        (np.linspace(0, 1, 400), r"one value a frame, \(401,\); got \(400,\)"),
        (np.r_[np.full(40, np.nan), np.linspace(0, 1, 361)], "missing at 40 of 401 frames"),
        (np.linspace(1, 0, 401), "changes by -1 over a charge"),
    ],
)
def test_a_record_that_is_missing_or_does_not_fit_is_refused(soc, message):
    with pytest.raises(ImagingError, match=message):
        learn_calibration(traces(ramps()), soc, CHARGE)


def test_brightness_beyond_the_range_is_refused_or_labelled():
    given = ramps()
    learned = learn_calibration(traces(given), given.mean(axis=0), CHARGE)
    brighter = traces(given).copy()
    brighter[5] *= 1.3
    with pytest.raises(ImagingError, match=r"'p05' leaves the range .* by 3\d%"):
        learned.lithium_fraction(brighter)
    held = learned.lithium_fraction(brighter, beyond="label")
    assert held.attrs["beyond_range"] == ["p05"]
    assert float(held.min()) >= 0
    assert "about 200 nm" in held.attrs["calibration"]
    with pytest.raises(ImagingError, match="'label', 'refuse'"):
        learned.lithium_fraction(brighter, beyond="ignore")
