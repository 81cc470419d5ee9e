"""Simulated against measured timings: exact shifts, lost labels, intervals, counts."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from multiscale.analysis.comparison import compare_timings
from multiscale.errors import AnalysisError

N = 14


def table(t50, duration=1000.0, labels=None, half_cycle=0, kind="charge"):
    t50 = np.asarray(t50, dtype=float)
    labels = np.arange(len(t50)) if labels is None else labels
    status = np.where(np.isnan(t50), "no_change", "reacted")
    columns = {"particle": labels, "half_cycle": half_cycle, "kind": kind, "status": status}
    return pd.DataFrame(columns | {"t50_s": t50, "duration_s": duration})


def figures(simulated, measured, **options):
    return compare_timings(simulated, measured, **{"draws": 200} | options).summary().iloc[0]


def test_known_shift():
    t50 = np.linspace(100, 800, N)
    found = figures(table(t50 + 30), table(t50))
    assert found["median_error"] == pytest.approx(0.03)
    assert found["p90_error"] == pytest.approx(0.03)
    assert found["median_shift"] == pytest.approx(0.03)
    assert found["tau"] == pytest.approx(1)
    assert found["wasserstein"] == pytest.approx(0.03)
    assert found["spread_difference"] == pytest.approx(0)
    assert found["tau_chance"] == pytest.approx(0.40, abs=0.005)
    assert (found["matched"], found["excluded"], found["censored"]) == (N, 0, 0)
    assert found["duration_ratio"] == 1


def test_errors_have_a_sign_and_a_percentile():
    t50 = np.linspace(100, 800, 11)
    error = np.linspace(-50, 50, 11)
    found = figures(table(t50 + error), table(t50))
    assert found["median_shift"] == pytest.approx(0, abs=1e-12)
    assert found["median_error"] == pytest.approx(0.03)
    assert found["p90_error"] == pytest.approx(0.05)


def test_shuffled_labels_lose_the_order_but_not_the_distribution():
    rng = np.random.default_rng(3)
    t50 = rng.uniform(0, 1000, 40)
    true = figures(table(t50), table(t50 + rng.normal(0, 5, 40)))
    assert true["tau"] > 0.9
    assert true["tau_p"] < 0.01
    lost = figures(table(t50), table(t50, labels=rng.permutation(40)))
    assert abs(lost["tau"]) < lost["tau_chance"]
    assert lost["tau_p"] > 0.05
    assert lost["wasserstein"] == pytest.approx(0, abs=1e-12)
    assert lost["median_error"] > 0.1


def test_matched_by_label_not_by_row():
    t50 = np.linspace(100, 800, N)
    order = np.random.default_rng(4).permutation(N)
    assert figures(table(t50), table(t50[order], labels=order))["median_error"] == 0


def test_floor_of_the_distance():
    """imaging.md: 14 uniform onsets give 0.08 by chance, 0.19 in one case of twenty."""
    rng = np.random.default_rng(5)
    floors = [
        figures(table(rng.uniform(0, 1000, N)), table(rng.uniform(0, 1000, N)))[
            ["wasserstein_floor", "wasserstein_floor_95"]
        ]
        for _ in range(20)
    ]
    assert np.mean(floors, axis=0) == pytest.approx([0.08, 0.19], abs=0.03)


def test_counts():
    simulated = table([100, 200, 300, np.nan, 500])
    measured = table([110, np.nan, 310, 400, 510], labels=[0, 1, 2, 3, 9])
    found = figures(simulated, measured)
    assert (found["matched"], found["excluded"]) == (2, 2)
    assert (found["only_simulated"], found["only_measured"]) == (1, 1)
    assert (found["late_simulated"], found["late_measured"], found["late_both"]) == (1, 1, 0)
    assert found["tau"] == pytest.approx((4 - 2) / 6)  # late ones last, on either side
    assert found["spread_simulated_is_lower_bound"]
    two = [0, 2]
    few = figures(simulated.iloc[two], measured.iloc[two])
    assert np.isnan(few["tau"])  # two pairs are no order


def test_nothing_matches():
    found = figures(table([100, 200]), table([100, 200], labels=["a", "b"]))
    assert found["matched"] == 0
    assert np.isnan(found["median_error"])
    assert found["wasserstein"] == 0
    nobody = figures(table([np.nan, np.nan]), table([100.0, 200.0]))
    assert nobody["excluded"] == 2
    assert nobody["wasserstein"] == pytest.approx(0.85)  # all of them after the end
    assert nobody["wasserstein_is_lower_bound"]


def test_intervals():
    """As read from published panels: the distance to the interval counts, 0 inside it."""
    measured = table([np.nan, 300, np.nan, np.nan]).assign(
        status="reacted",
        t50_low_s=[100, np.nan, 650, np.nan],
        t50_high_s=[200, np.nan, np.nan, 850],
    )
    comparison = compare_timings(table([150, 330, 600, 900]), measured, draws=50)
    assert comparison.pairs["error"].to_numpy() == pytest.approx([0, 0.03, -0.05, 0.05])
    assert comparison.pairs["measured_high"].to_numpy() == pytest.approx([0.2, 0.3, 1, 0.85])
    found = comparison.summary().iloc[0]
    assert found["censored"] == 3
    assert 0 < found["tau"] < 1  # the last interval, 0 to 850 s, has no place in the order
    only = measured.drop(columns="t50_s").iloc[[0, 2, 3]]
    assert figures(table([150, 330, 600, 900]), only)["matched"] == 3


def test_times_are_divided_by_the_measured_duration():
    t50 = np.linspace(100, 800, N)
    found = figures(table(t50 + 40, duration=800.0), table(t50, duration=1000.0))
    assert found["duration_ratio"] == pytest.approx(0.8)
    assert found["median_error"] == pytest.approx(0.04)
    assert found["wasserstein"] == pytest.approx(0.04)
    assert found["spread_simulated"] == pytest.approx(found["spread_measured"] / 0.8)
    bare = table(t50 + 40).drop(columns="duration_s")
    assert figures(table(t50, duration=800.0), bare)["median_error"] == pytest.approx(0.05)


def test_half_cycles_in_both_tables():
    t50 = np.linspace(100, 800, N)
    simulated = pd.concat([table(t50), table(t50, half_cycle=1, kind="discharge")])
    comparison = compare_timings(simulated, table(t50), draws=50)
    assert comparison.summary()["half_cycle"].tolist() == [0]
    assert set(comparison.pairs["half_cycle"]) == {0}
    again = compare_timings(simulated, simulated.iloc[::-1], draws=50).summary()
    assert again["kind"].tolist() == ["charge", "discharge"]


def test_repeats_with_the_seed_and_gives_copies():
    rng = np.random.default_rng(6)
    tables = table(rng.uniform(0, 1000, N)), table(rng.uniform(0, 1000, N))
    first = compare_timings(*tables, draws=50)
    pd.testing.assert_frame_equal(first.summary(), compare_timings(*tables, draws=50).summary())
    changed = first.summary()
    changed["tau"] = 7
    assert first.summary()["tau"].iloc[0] != 7


def test_errors():
    good = table([100, 200, 300])
    with pytest.raises(AnalysisError, match=r"lacks the columns \['t50_s'\]"):
        compare_timings(good, good.drop(columns="t50_s"))
    with pytest.raises(AnalysisError, match=r"lacks the columns \['duration_s'\]"):
        compare_timings(good.drop(columns="duration_s"), good)
    with pytest.raises(AnalysisError, match="No half-cycle is in both"):
        compare_timings(good, good.assign(half_cycle=5))
    with pytest.raises(AnalysisError, match="is a charge simulated, a discharge measured"):
        compare_timings(good, good.assign(kind="discharge"))
    with pytest.raises(AnalysisError, match="Particle 0 occurs twice"):
        compare_timings(good, pd.concat([good, good]))
    reversed_ends = good.assign(t50_s=np.nan, t50_low_s=300.0, t50_high_s=200.0)
    with pytest.raises(AnalysisError, match="Particle 0: t50_low_s exceeds t50_high_s"):
        compare_timings(good, reversed_ends)
