"""Slope peaks: right for steps, and honest about ramps."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
import xarray as xr
from scipy.special import expit

from multiscale.errors import ImagingError
from multiscale.imaging.timings import slope_peaks

TIME = np.arange(0.0, 4000.0, 10.0)
HALVES = pd.DataFrame(
    [(0, "charge", 0.0, 1990.0), (1, "discharge", 2000.0, 3990.0)],
    columns=["half_cycle", "kind", "start_s", "end_s"],
)


def signal(*traces):
    names = [f"p{k}" for k in range(len(traces))]
    return xr.DataArray(np.array(traces), {"particle": names, "time": TIME}, ("particle", "time"))


def there_and_back(up, down, width=20.0):
    return 0.6 * expit((TIME - up) / width * 4.4) - 0.6 * expit((TIME - down) / width * 4.4)


def test_peaks_of_steps_lie_at_their_middle_in_both_directions():
    noise = np.random.default_rng(0).normal(0, 0.003, (2, len(TIME)))
    y = signal(there_and_back(703.0, 2906.0), there_and_back(1401.0, 3307.0)) + noise
    found = slope_peaks(y, HALVES).set_index(["particle", "half_cycle"])
    truth = {("p0", 0): 703, ("p0", 1): 906, ("p1", 0): 1401, ("p1", 1): 1307}
    for key, moment in truth.items():
        assert found.loc[key, "slope_peak_s"] == pytest.approx(moment, abs=3)
        assert found.loc[key, "slope_peak"] > 0
        assert found.loc[key, "slope_peak_share"] > 0.8


def test_share_tells_a_ramp_from_a_step():
    ramp = np.clip(TIME / 1990, 0, 1) * 0.6 + np.random.default_rng(1).normal(0, 0.003, len(TIME))
    found = slope_peaks(signal(ramp, there_and_back(1000.0, 3000.0)), HALVES.iloc[:1])
    assert found["slope_peak_share"].iloc[0] < 0.1
    assert found["slope_peak_share"].iloc[1] > 0.8


def test_slope_against_charge_is_not_fooled_by_a_change_of_current():
    # brightness follows the state of charge; the current is four times higher after 1000 s
    soc = np.where(TIME < 1000, TIME, 1000 + 4 * (TIME - 1000)) / 9000
    y = signal(0.02 * expit((soc - 0.06) * 100) + 0.3 * soc)
    by_charge = slope_peaks(y, HALVES.iloc[:1], soc=soc)
    assert by_charge["slope_peak_s"].iloc[0] == pytest.approx(540, abs=5)
    assert by_charge["slope_peak"].iloc[0] == pytest.approx(0.02 * 25 + 0.3, rel=0.02)
    assert slope_peaks(y, HALVES.iloc[:1])["slope_peak_s"].iloc[0] > 1000
    rest = np.where(TIME < 1000, soc, soc[100])  # nothing flows after 1000 s
    noise = np.random.default_rng(2).normal(0, 1e-4, len(TIME))
    at_rest = signal(0.02 * expit((rest - 0.06) * 100) + 0.3 * rest + noise)
    found = slope_peaks(at_rest, HALVES.iloc[:1], soc=rest, window=21)
    assert found["slope_peak_s"].iloc[0] == pytest.approx(540, abs=30)


def test_too_few_or_missing_samples_give_no_time():
    short = HALVES.iloc[:1].assign(end_s=40.0)
    assert np.isnan(slope_peaks(signal(TIME), short)["slope_peak_s"].iloc[0])
    holed = there_and_back(703.0, 2906.0)
    holed[5] = np.nan
    found = slope_peaks(signal(holed), HALVES)["slope_peak_s"]
    assert np.isnan(found.iloc[0])
    assert found.iloc[1] == pytest.approx(906, abs=3)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"window": 6}, "odd number of samples above 2; got 6"),
        ({"window": 1}, "got 1"),
        ({"soc": [0.0, 1.0]}, r"one value a frame, \(400,\); got \(2,\)"),
    ],
)
def test_wrong_options_are_named(options, message):
    with pytest.raises(ImagingError, match=message):
        slope_peaks(signal(TIME), HALVES, **options)
