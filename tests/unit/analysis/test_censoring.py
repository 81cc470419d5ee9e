"""Particles that did not react are late, not missing: quantiles, bounds, order, criteria."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
import xarray as xr
from scipy.stats import CensoredData, ecdf
from siblings import siblings

from multiscale.analysis.censoring import (
    AtLeast,
    AtMost,
    already_there,
    censored_times,
    in_words,
    number_of,
    ratio_of,
    spread_of,
)
from multiscale.analysis.comparison import compare_timings
from multiscale.analysis.electrode_measures import active_fraction, electrode_measures
from multiscale.analysis.order import order_correlation
from multiscale.analysis.timings import reaction_timings
from multiscale.cases.judging import combined, judged
from multiscale.cases.schema import Criterion

T = 1000.0
SPREADS = ("spread_t50", "robust_spread_t50", "range_t50", "range_t10", "full_range_t50")


def table(t50, late=0, incomplete=0, unclear=0, early=0, **columns):
    """Particles that reacted at t50, and so many that did not."""
    t50 = np.asarray(t50, dtype=float)
    rest = ["no_change"] * (late + early) + ["incomplete"] * incomplete + ["unclear"] * unclear
    n = len(t50) + len(rest)
    times = np.r_[t50, np.full(len(rest), np.nan)]
    levels = np.r_[np.zeros(len(t50) + late), np.ones(early), np.zeros(incomplete + unclear)]
    after = np.r_[np.ones(len(t50)), levels[len(t50) :]]
    found = {"particle": np.arange(n), "half_cycle": 0, "kind": "charge"}
    found |= {"status": ["reacted"] * len(t50) + rest, "t10_s": times - 20, "t50_s": times}
    found |= {"t90_s": times + 20, "width_s": times * 0 + 40, "duration_s": T}
    return pd.DataFrame(found | {"level_before": levels, "level_after": after} | columns)


def measures_of(rows, **options):
    return electrode_measures(rows, **options).iloc[0]


def evenly(n):
    return np.linspace(50, 950, 15)[:n]


def test_an_interval_without_width_is_a_number():
    for value in (0.0, -2.5, 1e-30):
        assert type(number_of(value, value)) is float
    assert type(number_of(1.0, 1.0 + 1e-15)) is float  # one rounding
    assert type(number_of(0.0, 1e-9)) is AtLeast


def test_half_of_a_reaction_bounds_the_rest_of_it():
    """t50 was seen, the beginning and the end were not: before it, and after it."""
    rows = table([300.0, 600.0]).assign(t10_s=np.nan, t90_s=np.nan)
    still = np.zeros(2, dtype=bool)
    assert np.array(censored_times(rows, still, "t10_s")).tolist() == [[0, 0], [300, 600]]
    assert np.array(censored_times(rows, still, "t90_s")).tolist() == [[300, 600], [np.inf] * 2]


def test_one_that_reacted_a_little_did_react():
    """A particle of weak contrast; only what is unclear is judged by its net change."""
    rows = table([300.0, 400.0, 600.0, 700.0], unclear=1, incomplete=1)
    rows["level_after"] = [1.0, 1.0, 1.0, 0.05, 0.05, 0.05]
    low, high = censored_times(rows, np.zeros(6, dtype=bool), "t50_s")
    assert low[:4].tolist() == high[:4].tolist() == [300, 400, 600, 700]
    assert low[5] == T  # back where it began: later than the end
    lifted = rows.assign(level_before=3.0, level_after=rows["level_after"] + 3)
    assert censored_times(lifted, np.zeros(6, dtype=bool), "t50_s")[0].tolist() == low.tolist()
    seen = rows.assign(t50_low_s=[np.nan] * 4 + [800.0, np.nan])
    assert censored_times(seen, np.zeros(6, dtype=bool), "t50_s")[0][4] == 800


# --- one electrode --------------------------------------------------------------------------


@siblings("reacted", [15, 14, 13, 12, 9, 5])
def test_quantiles_are_those_of_kaplan_and_meier(reacted):
    rng = np.random.default_rng(reacted)
    t50 = np.sort(rng.uniform(0, T, 15))
    seen, late = t50[:reacted], 15 - reacted
    found = measures_of(table(seen, late=late))
    survival = ecdf(CensoredData(seen, right=np.full(late, T))).sf
    for share in (0.1, 0.5, 0.9):
        # the step that the estimate takes at a share, and ours between two of its steps
        place = share * 14
        below, above = t50[int(place)], t50[min(int(place) + 1, 14)]
        if place + 1 < reacted:
            assert 1 - survival.evaluate(below) == pytest.approx((int(place) + 1) / 15)
            assert np.quantile(np.r_[seen, np.full(late, T)], share) <= above
    exact = np.quantile(np.r_[seen, np.full(late, T)], [0.1, 0.5, 0.9]) / T
    assert found["median_t50"] == pytest.approx(exact[1])
    assert found["range_t50"] == pytest.approx(exact[2] - exact[0])
    assert found["range_t50_is_lower_bound"] == (reacted - 1 < 0.9 * 14)
    assert found["median_t50_is_lower_bound"] == (reacted - 1 < 7)
    assert (found["later"], found["excluded"]) == (late, late)


def test_the_more_obstructed_never_looks_the_less_asynchronous():
    """Trial: at C/20 and 30 S/m2 0.507 with 14 of 15 reacted, at 10 S/m2 0.400 with 9 of 15."""
    few, many = (measures_of(table(evenly(n), late=15 - n)) for n in (9, 14))
    assert few["range_t50"] > many["range_t50"] > 0.7
    assert few["range_t50_is_lower_bound"]
    course = [measures_of(table(evenly(n), late=15 - n)) for n in range(15, 3, -1)]
    for name in ("range_t50", "full_range_t50", "range_t10"):
        values = np.array([one[name] for one in course])
        assert (np.diff(values) >= -1e-12).all(), name
    active = np.array([one["mean_active_fraction"] for one in course])
    assert (np.diff(active) < 0).all()


@pytest.mark.parametrize("gone", [{"late": 3}, {"incomplete": 3}, {"late": 2, "incomplete": 1}])
def test_every_spread_is_no_more_than_the_true_one(gone):
    """Whatever the late ones would have done after the end."""
    found = measures_of(table(evenly(12), **gone))
    rng = np.random.default_rng(7)
    for _ in range(50):
        t50 = np.r_[evenly(12), T + 20 + rng.exponential(rng.choice([1.0, 100.0, 1e4]), 3)]
        true = measures_of(table(t50))
        for name in SPREADS:
            # with twelve of fifteen the third quartile was seen
            assert found[f"{name}_is_lower_bound"] == (name != "robust_spread_t50")
            assert found[name] <= true[name] + 1e-9, name


def test_one_that_was_still_moving_is_late_from_what_was_seen_of_it():
    """A charge cut short: the bound holds for what the whole one shows."""
    time = np.linspace(0, T, 801)
    starts = np.array([0, 100, 300, 500, 600, 680, 690.0])
    soc = np.clip((time - starts[:, None]) / 150, 0, 1)

    def measured(end):
        cut = xr.DataArray(
            soc[:, time <= end], {"particle": range(7), "time": time[time <= end]},
            ("particle", "time"),
        )  # fmt: skip
        return reaction_timings(cut, levels="ends")

    whole, cut = measured(T), measured(720.0)
    late = cut["status"] == "incomplete"
    assert late.sum() >= 2
    true = whole["t50_s"].to_numpy()
    assert (cut.loc[late, "t50_low_s"].to_numpy() <= true[late] + 1e-9).all()
    assert (cut.loc[late, "t10_low_s"].to_numpy() <= whole["t10_s"].to_numpy()[late] + 1e-9).all()
    found, other = measures_of(cut), measures_of(whole)
    for name in ("spread_t50", "range_t50", "full_range_t50", "range_t10"):
        assert found[f"{name}_is_lower_bound"]
        assert found[name] * 720 <= other[name] * T + 1e-6, name


def test_one_that_moved_and_came_back_did_not_react():
    """Unclear, but seen at both ends; what was not seen stays out."""
    rows = table(evenly(9), unclear=4)
    rows.loc[9:, "level_after"] = [0.02, -0.05, 0.7, np.nan]
    found = measures_of(rows)
    assert (found["later"], found["excluded"], found["unclear"]) == (2, 4, 4)
    assert found["full_range_t50_is_lower_bound"]


def test_nothing_is_known_of_what_was_not_seen():
    unseen = table(evenly(9), unclear=4)
    unseen.loc[9:, ["level_before", "level_after"]] = np.nan
    clear, more = measures_of(table(evenly(9))), measures_of(unseen)
    for name in SPREADS:
        assert more[name] == clear[name]
        assert not more[f"{name}_is_lower_bound"]
    assert more["excluded"] == 4


def test_too_few_to_say_anything():
    one = measures_of(table([100.0], late=14))
    assert np.isnan(one["range_t50"])  # the tenth percentile, too, is after the end
    assert one["full_range_t50"] == pytest.approx(0.9)
    assert one["full_range_t50_is_lower_bound"]
    nobody = measures_of(table([], late=5))
    assert nobody[list(SPREADS)].isna().all()
    assert nobody["median_t50"] == 1.0
    assert nobody["median_t50_is_lower_bound"]


def test_one_that_stood_at_the_end_from_the_start_is_early():
    rows = table([400.0, 500.0, 600.0], early=2)
    assert already_there(rows).tolist() == [False] * 3 + [True] * 2
    found = measures_of(rows)
    assert (found["earlier"], found["later"]) == (2, 0)
    assert found["full_range_t50"] == pytest.approx(0.6)
    assert found["full_range_t50_is_lower_bound"]
    assert found["median_t50"] == pytest.approx(0.4)


def test_one_that_did_not_charge_has_nothing_to_discharge():
    charge = table([100.0, 200.0, 300.0], late=1).drop(columns=["level_before", "level_after"])
    both = pd.concat([charge, charge.assign(half_cycle=1, kind="discharge")])
    assert already_there(both.reset_index(drop=True)).tolist() == [False] * 7 + [True]
    found = electrode_measures(both)
    assert found["later"].tolist() == [1, 0]
    assert found["earlier"].tolist() == [0, 1]


def test_interval_readings_count():
    rows = table([100.0, 200.0, 300.0, 400.0])
    read = rows.assign(t50_low_s=np.nan, t50_high_s=np.nan)
    read.loc[3, ["t50_s", "t50_low_s", "t50_high_s"]] = [np.nan, 380.0, 420.0]
    found = measures_of(read)
    assert found["full_range_t50"] == pytest.approx(0.28)
    assert found["full_range_t50_is_lower_bound"]


@pytest.mark.parametrize("lost", ["t10_s", "t90_s"])
def test_one_instant_alone_may_be_missing(lost):
    rows = table([100.0, 300.0, 500.0, 700.0])
    rows.loc[3, [lost, "width_s"]] = np.nan
    found = measures_of(rows)
    assert found["full_range_t50"] == pytest.approx(0.6)
    assert found["median_width"] == pytest.approx(0.04)
    assert found["median_width_is_lower_bound"]


def test_the_late_are_last_in_the_order():
    rows = table([100.0, 200.0, 300.0], late=2)
    resistance = {0: 1.0, 1: 2.0, 2: 3.0, 3: 9.0, 4: 8.0}
    found = order_correlation(rows, resistance).iloc[0]
    assert (found["n"], found["censored"], found["excluded"]) == (5, 2, 0)
    assert found["tau"] == pytest.approx(9 / np.sqrt(10 * 9))  # two late ones have no order
    turned = {key: -value for key, value in resistance.items()}
    assert measures_of(rows, resistance=turned)["order_correlation"] < -0.9
    # those that reacted follow it, those that did not should have been first
    misled = {0: 1.0, 1: 2.0, 2: 3.0, 3: 0.1, 4: 0.2}
    assert measures_of(rows, resistance=misled)["order_correlation"] < 0


def test_active_fraction_is_a_share_of_all_of_them():
    all_of, half = active_fraction(table(evenly(5))), active_fraction(table(evenly(5), late=5))
    assert half["active_fraction"].to_numpy() == pytest.approx(all_of["active_fraction"] / 2)
    busy = all_of["active_fraction"] > 0
    factor = half["local_current_factor"] / all_of["local_current_factor"]
    assert factor[busy].to_numpy() == pytest.approx(2)


# --- numbers that are bounds ----------------------------------------------------------------


def test_spread_of_intervals_is_the_smallest_that_they_allow():
    rng = np.random.default_rng(3)
    low = rng.uniform(0, 1, 8)
    high = low + np.where(rng.random(8) < 0.5, 0, rng.uniform(0, 1, 8))
    found = spread_of(low, high)
    drawn = np.std(rng.uniform(low, high, (20000, 8)), axis=1, ddof=1)
    assert isinstance(found, AtLeast)
    assert found <= drawn.min()
    assert found >= 0.8 * drawn.min()
    assert np.isnan(spread_of(np.array([0.0, 0.0]), np.array([1.0, 1.0])))


def test_bounds_in_words_and_ratios():
    assert in_words(AtLeast(0.5)) == "at least 0.5"
    assert in_words(AtMost(0.5)) == "at most 0.5"
    assert in_words(ratio_of(AtLeast(0.6), 0.3)) == "at least 2"
    assert in_words(ratio_of(0.3, AtLeast(0.6))) == "at most 0.5"
    assert np.isnan(ratio_of(AtLeast(0.6), AtLeast(0.3)))
    assert np.isnan(ratio_of(0.6, 0.0))
    assert np.isnan(number_of(-np.inf, np.inf))


@siblings(
    ("limits", "value", "verdict", "words"),
    [
        ({"maximum": 0.4}, AtLeast(0.5), "not reproduced", "at least 0.5"),
        ({"maximum": 0.6}, AtLeast(0.5), "not reproduced", "not decided"),
        ({"minimum": 0.4}, AtLeast(0.5), "reproduced", "at least 0.5"),
        ({"minimum": 0.6}, AtLeast(0.5), "not reproduced", "not decided"),
        ({"maximum": 0.6}, AtMost(0.5), "reproduced", "at most 0.5"),
        ({"maximum": 0.4}, AtMost(0.5), "not reproduced", "not decided"),
        ({"minimum": 0.6}, AtMost(0.5), "not reproduced", "at most 0.5"),
        ({"expected": 0.5, "tolerance": 0.1}, AtLeast(0.5), "not reproduced", "not decided"),
        ({"expected": 0.3, "tolerance": 0.1}, AtLeast(0.5), "not reproduced", "at least 0.5"),
        ({"maximum": 0.6}, 0.5, "reproduced", ""),
        ({"maximum": 0.5}, 0.5, "reproduced", ""),  # the limits belong to what is allowed
        ({"minimum": 0.5}, 0.5, "reproduced", ""),
        ({"minimum": 0.5}, AtLeast(0.5), "reproduced", "at least 0.5"),
        ({"maximum": 0.4}, 0.5, "not reproduced", ""),
        ({"minimum": 0.6}, 0.5, "not reproduced", ""),
    ],
)
def test_a_criterion_judges_a_bound_by_all_that_it_allows(limits, value, verdict, words):
    criterion = Criterion(
        id="X1",
        quantity="q",
        measure="asynchrony",
        source="s",
        kind="hard",
        variants=("a",),
        **limits,
    )
    found = judged(criterion, {"a": value})
    assert found.verdict == verdict
    assert words in found.detail if words else found.detail == ""
    assert ("not decided" in found.detail) == (words == "not decided")
    assert found.value == 0.5


@siblings(
    ("how", "values", "words"),
    [
        ("smallest", [AtLeast(0.5), 0.7], "at least 0.5"),
        ("smallest", [AtLeast(0.5), 0.3], "0.3"),
        ("largest", [AtLeast(0.5), 0.7], "at least 0.7"),
        ("largest", [AtMost(0.5), 0.7], "0.7"),
        ("smallest increase", [0.1, AtLeast(0.5)], "at least 0.4"),
        ("smallest increase", [AtLeast(0.5), 0.7], "at most 0.2"),
        ("ratio", [AtLeast(0.5), 0.25], "at least 2"),
        ("largest change", [0.5, AtLeast(1.0)], "at least 1"),
        ("largest change", [0.5, AtLeast(0.25)], "at least 0"),  # it may be the same
        (None, [AtLeast(0.5)], "at least 0.5"),
        ("smallest", [2.0, 1.0, 1.5], "1"),
        ("largest", [1.0, 2.0, 1.5], "2"),
        ("smallest increase", [1.0, 1.5, 3.0], "0.5"),
        ("ratio", [3.0, 2.0], "1.5"),
        ("largest change", [2.0, 2.5, 1.0], "0.5"),
    ],
)
def test_bounds_of_several_variants(how, values, words):
    assert in_words(combined(values, how)) == words
    for k in range(len(values)):  # without one of them nothing is known
        assert np.isnan(combined([*values[:k], float("nan"), *values[k + 1 :]], how))


# --- simulated against measured -------------------------------------------------------------


def test_a_simulation_that_misses_the_late_is_not_close():
    measured = table([100.0, 200.0, 300.0, 400.0, 500.0, 600.0])
    ours = measured.assign(status=["reacted"] * 3 + ["no_change"] * 3)
    ours.loc[3:, ["t10_s", "t50_s", "t90_s", "width_s"]] = np.nan
    found = compare_timings(ours, measured, draws=20).summary().iloc[0]
    assert (found["matched"], found["excluded"], found["late_simulated"]) == (3, 3, 3)
    assert found["p90_error"] == pytest.approx(np.quantile([0, 0, 0, 0.6, 0.5, 0.4], 0.9))
    assert found["p90_error_is_lower_bound"]
    assert found["median_shift_is_lower_bound"]
    assert found["spread_difference_is_lower_bound"]
    assert found["wasserstein"] == pytest.approx((0.6 + 0.5 + 0.4) / 6)
    assert found["wasserstein_is_lower_bound"]
    other = compare_timings(measured, ours, draws=20).summary().iloc[0]
    assert other["spread_difference_is_upper_bound"]
    assert other["median_shift_is_upper_bound"]
    both = compare_timings(ours, ours, draws=20).summary().iloc[0]
    assert (both["late_both"], both["median_error"]) == (3, 0)
    assert np.isnan(both["spread_difference"])  # two lower bounds have no difference
