"""Spread, width, activity, order, late particles, slope peaks, fronts and brightness."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
import xarray as xr
from scipy.stats import kendalltau, spearmanr

from multiscale.analysis.electrode_measures import (
    active_fraction,
    electrode_measures,
    particle_c_rate,
)
from multiscale.analysis.half_cycles import half_cycles
from multiscale.analysis.heterogeneity import surface_brightness
from multiscale.analysis.order import (
    chance_band,
    order_correlation,
    order_signs,
    rank_agreement,
    tau_of_signs,
)
from multiscale.analysis.timings import TimingRule, reaction_timings
from multiscale.analysis.traces import change_done, front_transit, late_particles, slope_peaks
from multiscale.errors import AnalysisError

TIME = np.linspace(0, 1000, 401)


def signal(values, time=TIME, name="particle"):
    values = np.atleast_2d(values)
    return xr.DataArray(values, {name: np.arange(len(values)), "time": time}, (name, "time"))


def ramps(starts, width=50.0, time=TIME):
    return np.clip((time - np.asarray(starts, dtype=float)[:, None]) / width, 0, 1)


def table_of(starts, width=50.0):
    return reaction_timings(signal(ramps(starts, width)))


def measures_of(*arguments, **options):
    return electrode_measures(*arguments, **options).iloc[0]


# --- electrode_measures -------------------------------------------------------------------


def test_evenly_spread_steps():
    evenly = signal(ramps(np.linspace(0, 950, 96), 20.0))
    measures = measures_of(reaction_timings(evenly, levels="ends"))
    assert measures["spread_t50"] == pytest.approx(0.289 * 0.95, abs=0.01)
    assert measures["robust_spread_t50"] == pytest.approx(0.475 / 1.349, abs=0.005)
    assert measures["range_t50"] == pytest.approx(0.8 * 0.95, abs=0.01)
    assert measures["range_t10"] == pytest.approx(0.8 * 0.95, abs=0.01)
    assert measures["full_range_t50"] == pytest.approx(0.95, abs=0.002)
    assert measures["median_width"] == pytest.approx(0.016, abs=1e-4)
    assert measures["mean_active_fraction"] == pytest.approx(0.016, abs=1e-3)
    assert measures["median_c_rate"] == pytest.approx(0.8 * 3600 / 16, rel=0.01)
    assert measures["upper_bounds"] == 0
    assert measures["excluded"] == 0


def test_two_particles():
    measures = measures_of(table_of([200, 400]))
    assert measures["spread_t50"] == pytest.approx(0.2 / np.sqrt(2), abs=1e-4)


def test_synchronous_electrode():
    measures = measures_of(reaction_timings(signal([TIME / 1000] * 14), levels="ends"))
    assert measures["spread_t50"] == 0
    assert measures["median_width"] == pytest.approx(0.8)
    assert measures["mean_active_fraction"] == pytest.approx(0.8)


def test_widths_that_are_bounds():
    assert measures_of(table_of([100, 500], 1.0))["upper_bounds"] == 1


def test_particles_that_did_not_react_are_counted_and_are_late():
    values = ramps([100, 300, 500])
    more = np.vstack([values, np.zeros((2, 401)), ramps([980]), np.full((1, 401), np.nan)])
    few, many = (
        measures_of(reaction_timings(signal(values))),
        measures_of(reaction_timings(signal(more))),
    )
    # two at the end, one when half of what was seen of it was done; the unseen one is left out
    late = [0.125, 0.325, 0.525, 0.990, 1, 1]
    assert many["spread_t50"] == pytest.approx(np.std(late, ddof=1), abs=2e-3)
    assert many["spread_t50_is_lower_bound"]
    assert not few["spread_t50_is_lower_bound"]
    # of six particles three were active for as long as before
    assert many["mean_active_fraction"] == pytest.approx(few["mean_active_fraction"] / 2)
    assert many["mean_active_fraction_is_lower_bound"]
    names = ["particles", "reacted", "no_change", "incomplete", "unclear", "excluded"]
    assert many[names].tolist() == [7, 3, 2, 1, 1, 4]


def test_nobody_and_one_alone():
    nobody = measures_of(reaction_timings(signal(np.zeros((3, 401)))))
    assert nobody["excluded"] == 3
    assert nobody[["spread_t50", "median_width", "mean_active_fraction"]].isna().all()
    alone = measures_of(table_of([100]), resistance={0: 1.0})
    assert alone[["spread_t50", "range_t50", "order_correlation"]].isna().all()
    assert alone["median_width"] == pytest.approx(0.04, abs=1e-4)


def test_rows_per_half_cycle():
    time = np.linspace(0, 2000, 801)
    current = np.where(time < 1000, -1.0, 1.0)
    there = ramps([100, 800], time=time)
    soc = signal(there - ramps([1400, 1500], time=time), time)
    measures = electrode_measures(reaction_timings(soc, half_cycles(time, current)))
    assert measures["kind"].tolist() == ["charge", "discharge"]
    assert measures["full_range_t50"].to_numpy() == pytest.approx([0.7, 0.1], rel=0.01)


def test_weights():
    table = pd.concat([table_of([100], 100.0), table_of([500], 300.0).assign(particle=1)])
    even = measures_of(table)["mean_active_fraction"]
    heavy = measures_of(table, weights={0: 1.0, 1: 3.0})["mean_active_fraction"]
    assert even == pytest.approx((0.08 + 0.24) / 2, abs=1e-3)
    assert heavy == pytest.approx((0.08 + 3 * 0.24) / 4, abs=1e-3)
    with pytest.raises(AnalysisError, match="Particle 1 needs a positive weight; got 0"):
        measures_of(table, weights={0: 1.0, 1: 0.0})
    with pytest.raises(AnalysisError, match="holds no value for any particle"):
        measures_of(table, weights={"a": 1.0})


def test_bad_tables():
    table = table_of([100, 500])
    with pytest.raises(AnalysisError, match=r"lacks the columns \['duration_s'\]"):
        electrode_measures(table.drop(columns="duration_s"))
    with pytest.raises(AnalysisError, match="Particle 0 occurs twice in half-cycle 0"):
        electrode_measures(table.assign(particle=0))
    with pytest.raises(AnalysisError, match="one positive duration_s"):
        electrode_measures(table.assign(duration_s=[1.0, 2.0]))
    with pytest.raises(AnalysisError, match="both charge and discharge"):
        electrode_measures(table.assign(kind=["charge", "discharge"]))


# --- activity -----------------------------------------------------------------------------


def test_active_fraction_and_local_current():
    table = table_of([100, 120, 500, 900], 50.0)
    course = active_fraction(table, times=[0, 130, 525, 700])
    assert course["active_fraction"].tolist() == [0, 0.5, 0.25, 0]
    assert course["local_current_factor"].tolist() == [
        pytest.approx(np.nan, nan_ok=True),
        2,
        4,
        pytest.approx(np.nan, nan_ok=True),
    ]


def test_time_mean_of_the_active_fraction():
    table = table_of(np.linspace(50, 800, 20), 100.0)
    course = active_fraction(table, times=np.linspace(0, 1000, 4001))
    mean = np.trapezoid(course["active_fraction"], course["time_s"]) / 1000
    assert mean == pytest.approx(measures_of(table)["mean_active_fraction"], abs=1e-3)


def test_active_fraction_of_nobody():
    course = active_fraction(reaction_timings(signal(np.zeros(401))))
    assert len(course) == 101
    assert course["active_fraction"].isna().all()


def test_particle_c_rate():
    rates = particle_c_rate(table_of([100, 500], 50.0))
    assert rates.to_numpy() == pytest.approx(0.8 * 3600 / 40, rel=0.01)


# --- order --------------------------------------------------------------------------------


def test_order_follows_the_resistance():
    table = table_of([100, 300, 500, 700, 900])
    resistance = dict(enumerate([1.0, 2.0, 3.0, 4.0, 5.0]))
    assert measures_of(table, resistance)["order_correlation"] == pytest.approx(1)
    found = order_correlation(table, {k: -r for k, r in resistance.items()}).iloc[0]
    assert found["tau"] == pytest.approx(-1)
    assert found["spearman"] == pytest.approx(-1)
    assert found["n"] == 5


def test_agrees_with_scipy_also_with_ties(rng):
    x, y = rng.integers(0, 6, 40), rng.uniform(size=40)
    y = y + 0.1 * x
    found = rank_agreement(x, y, draws=400)
    assert found["tau"] == pytest.approx(kendalltau(x, y).statistic)
    assert found["spearman"] == pytest.approx(spearmanr(x, y).statistic)
    assert found["tau_p"] == pytest.approx(kendalltau(x, y).pvalue, abs=0.03)
    assert found["tau_low"] < found["tau"] < found["tau_high"]
    # 95 %: two standard deviations to both sides, as of unrelated orders
    band = found["tau_chance"]
    assert found["tau_high"] - found["tau_low"] == pytest.approx(2 * band, rel=0.35)


def test_many_values_are_sorted_to_the_same_tau(rng):
    x, y = rng.integers(0, 30, 150), rng.normal(size=150)
    by_pairs = tau_of_signs(order_signs(x), order_signs(y))
    assert rank_agreement(x, y, draws=2)["tau"] == pytest.approx(by_pairs)


def test_intervals_that_overlap_are_ties():
    exact = rank_agreement([1, 2, 3, 4], [1, 2, 3, 4])["tau"]
    loose = rank_agreement([1, 2, 3, 4], [1, 1.5, 3, 4], [2, 2.5, 3, 4])
    assert exact == 1
    assert loose["tau"] == pytest.approx(5 / np.sqrt(6 * 5))


def test_unrelated_orders_stay_within_the_chance_band():
    rng = np.random.default_rng(2)
    taus = [kendalltau(rng.permutation(14), np.arange(14)).statistic for _ in range(2000)]
    assert 2 * np.std(taus) == pytest.approx(chance_band(14), rel=0.05)


def test_order_needs_three_particles_and_an_order():
    assert np.isnan(rank_agreement([1, 2], [1, 2])["tau"])
    assert np.isnan(rank_agreement([1, 1, 1], [1, 2, 3])["tau"])
    assert np.isnan(chance_band(1))


def test_order_counts_what_it_leaves_out():
    values = np.vstack([ramps([100, 300, 500, 700]), np.zeros((1, 401))])
    table = reaction_timings(signal(values))
    found = order_correlation(table, {0: 0, 1: 1, 2: 2, 4: 3}).iloc[0]
    assert (found["n"], found["excluded"], found["censored"]) == (4, 1, 1)
    assert found["tau"] == pytest.approx(1)  # the one that did not react is tied last
    with pytest.raises(AnalysisError, match="lacks the column 't60_s'"):
        order_correlation(table, {0: 0}, time="t60_s")
    with pytest.raises(AnalysisError, match="by holds no value"):
        order_correlation(table, {"p": 1.0})


def test_rates_are_summed_up_by_their_median():
    """One fast particle does not make the electrode fast: 0.8 h/(36, 72, 720 s) = 80, 40, 4."""
    rows = {"particle": [0, 1, 2], "half_cycle": 0, "kind": "charge", "status": "reacted"}
    rows |= {"t10_s": [0.0, 0.0, 0.0], "t50_s": [18.0, 36.0, 360.0], "duration_s": 1000.0}
    width = np.array([36.0, 72.0, 720.0])
    table = pd.DataFrame(rows | {"t90_s": width, "width_s": width})
    assert electrode_measures(table)["median_c_rate"].iloc[0] == pytest.approx(40)


# --- whole courses ------------------------------------------------------------------------


def test_change_done_is_relative_to_each_particle():
    values = np.vstack([0.2 + 0.5 * ramps([200], 400), ramps([200], 400), np.zeros((1, 401))])
    values[1, 130:150] = np.nan
    soc = signal(values)
    done = change_done(soc, reaction_timings(soc))
    assert done["particle"].values.tolist() == [0, 1]
    assert done.to_numpy()[0] == pytest.approx(done.to_numpy()[1])
    assert float(done.sel(particle=0, time=400)) == pytest.approx(0.5)
    assert done.attrs["excluded"] == 1
    turned = signal(-values)
    table = reaction_timings(turned, rises_on="discharge")
    assert change_done(turned, table).to_numpy() == pytest.approx(done.to_numpy())


def test_change_done_errors():
    soc = signal(ramps([200, 300]))
    table = reaction_timings(soc)
    with pytest.raises(AnalysisError, match=r"no half-cycle 3; the table holds \[0\]"):
        change_done(soc, table, 3)
    with pytest.raises(AnalysisError, match="holds no particle 1"):
        change_done(soc.isel(particle=[0]), table)


def test_late_particles():
    values = np.vstack([ramps([100, 300, 640, 700, 800]), np.zeros((2, 401))])
    found = late_particles(signal(values))
    assert (found["late"], found["reacted"], found["no_change"]) == (2, 5, 2)
    assert found["late_share"] == pytest.approx(2 / 5)
    assert found["late_or_still_share"] == pytest.approx(4 / 7)
    assert late_particles(signal(values), share=0.5)["late"] == 3
    assert late_particles(signal(values), own_change=0.3)["late"] == 3
    table = reaction_timings(signal(values))
    assert late_particles(signal(values), timings=table)["late"] == 2


def test_late_particles_where_nobody_reacted():
    found = late_particles(signal(np.zeros((2, 401))))
    assert np.isnan(found["late_share"])
    assert found["late_or_still_share"] == 1


def test_one_that_is_still_moving_has_hardly_begun_or_never_ends():
    """Not among those that reacted, but among all that may be late."""
    late = np.clip((TIME - 900) / 400, 0, 1)
    values = np.vstack([ramps([100, 300, 500]), late[None], np.zeros((1, 401))])
    found = late_particles(signal(values))
    assert (found["incomplete"], found["no_change"], found["late"]) == (1, 1, 0)
    assert found["late_or_still_share"] == pytest.approx(2 / 5)


def test_slope_peaks():
    step, two = ramps([400], 30)[0], 0.5 * ramps([200, 700], 30).sum(axis=0)
    uneven = 0.75 * ramps([200], 30)[0] + 0.25 * ramps([700], 30)[0]
    soc = signal([step, two, uneven, TIME / 1000, np.zeros(401)])
    table = slope_peaks(soc, reaction_timings(soc, levels="ends"))
    assert table["particle"].tolist() == [0, 1, 2, 3]  # the one at rest has none
    assert table["slope_peaks"].tolist() == [1, 2, 1, 1]
    assert table["slope_peak_s"].iloc[0] == pytest.approx(415, abs=10)
    assert table["steepest_share"].to_numpy() == pytest.approx([1, 0.5, 0.75, 0.05], abs=0.01)


def test_slope_peaks_of_nobody():
    soc = signal(np.zeros(401))
    assert slope_peaks(soc, reaction_timings(soc)).empty


def test_front_transit():
    rim = signal(ramps(np.linspace(300, 320, 9), 40), name="point")
    found = front_transit(rim).iloc[0]
    assert found["transit_s"] == pytest.approx(20, abs=0.1)
    assert found["transit"] == pytest.approx(0.02, abs=1e-4)
    assert found["first_s"] == pytest.approx(320, abs=0.1)
    assert found["particles"] == 9
    assert not found["transit_is_lower_bound"]
    values = np.vstack([ramps([300, 320], 40), np.zeros((1, 401))])
    short = front_transit(signal(values, name="point")).iloc[0]
    assert short["transit_is_lower_bound"]  # the third comes after the end
    assert (short["first_s"], short["last_s"]) == pytest.approx((320, 1000), abs=0.1)
    assert short["transit_s"] == pytest.approx(680, abs=0.1)
    still = front_transit(signal(np.zeros((3, 401)), name="point")).iloc[0]
    assert np.isnan(still["transit_s"])
    assert still["no_change"] == 3
    with pytest.raises(AnalysisError, match="The rim needs the dims"):
        front_transit(signal(np.zeros(401)))


# --- brightness ---------------------------------------------------------------------------


def test_brightness_saturates_and_keeps_labels():
    x = xr.DataArray([1.0, 0.88, 0.4], dims="particle")
    seen = surface_brightness(x, 1.0)
    assert seen.dims == ("particle",)
    assert seen.to_numpy() == pytest.approx([0, 1 - np.exp(-1), 1 - np.exp(-5)])
    assert surface_brightness(0.9, 1.0, width=0.2) == pytest.approx(1 - np.exp(-0.5))
    with pytest.raises(AnalysisError, match="width must be positive"):
        surface_brightness(0.9, 1.0, width=0)


@pytest.mark.parametrize(("width", "expected"), [(0.12, 0.40), (0.2, 0.58), (0.3, 0.69)])
def test_brightness_narrows_a_steady_charge(width, expected):
    """physics.md, section 2: widths of a synchronous charge by brightness, 0.80 by content."""
    content = signal(0.99 - 0.655 * TIME / 1000)
    bright = surface_brightness(content, 0.99, width)
    found = reaction_timings(bright, levels="ends", rule=TimingRule()).iloc[0]
    assert found["width_s"] / 1000 == pytest.approx(expected, abs=0.01)
