"""The dip against its definition, the paper's example and its power; who is between two states."""

from __future__ import annotations

import numpy as np
import pytest
import xarray as xr
from scipy.optimize import linprog
from siblings import siblings

from multiscale.analysis.bimodality import (
    bimodality,
    bimodality_coefficient,
    dip_statistic,
    dip_test,
    middle_share,
)
from multiscale.errors import AnalysisError

# Ratings of statistics faculties, the example of Hartigan & Hartigan (1985): dip 0.0595, n = 63.
FACULTIES = np.repeat(
    [30, 33, *range(35, 38), *range(39, 55), 57, *range(59, 64), 66, 70, 72],
    [1, 1, 1, 1, 2, 5, 4, 1, 1, 3, 2, 2, 2, 2, 3, 1, 2, 1, 2, 5, 2, 2, 1, 3, 4, 4, 1, 1, 1, 2],
)


def dip_by_definition(values):
    """Smallest distance to a distribution convex before and concave after some point: by LP.

    Unknown: its values at the distinct points, on both sides of the mode, and the distance.
    """
    x, count = np.unique(values, return_counts=True)
    above = np.cumsum(count) / len(values)
    below = above - count / len(values)
    return max(min(_distance(x, below, above, mode) for mode in range(len(x))), 0.5 / len(values))


def _distance(x, below, above, mode):
    n = len(x)
    convex = list(range(mode + 1))  # unknown i: value just before x[i]
    concave = [i + 1 for i in range(mode, n)]  # unknown i + 1: value at x[i]
    rows, bounds = [], []

    def at_most(terms, bound):
        row = np.zeros(n + 2)
        for unknown, factor in terms:
            row[unknown] += factor
        rows.append(row)
        bounds.append(bound)

    for side, start, sign in ((convex, 0, 1), (concave, mode, -1)):
        for k, unknown in enumerate(side):
            i = start + k
            if i != mode or sign < 0:
                at_most([(unknown, -1), (n + 1, -1)], -above[i])
            at_most([(unknown, 1), (n + 1, -1)], above[i] if (i, sign) == (mode, -1) else below[i])
            if k + 1 < len(side):
                at_most([(unknown, 1), (side[k + 1], -1)], 0)
            if 0 < k < len(side) - 1:
                left, right = sign / (x[i] - x[i - 1]), sign / (x[i + 1] - x[i])
                at_most([(unknown, left + right), (side[k - 1], -left), (side[k + 1], -right)], 0)
    at_most([(convex[-1], 1), (concave[0], -1)], 0)
    cost = np.zeros(n + 2)
    cost[-1] = 1
    found = linprog(cost, A_ub=np.array(rows), b_ub=bounds, bounds=[(0, 1)] * (n + 2))
    return found.fun if found.status == 0 else np.inf


# --- the dip ------------------------------------------------------------------------------


@siblings("n", [1, 2, 3, 7, 50])
def test_even_grid_has_the_smallest_dip(n):
    assert dip_statistic(np.arange(n)) == pytest.approx(1 / (2 * n))


@pytest.mark.parametrize("n", [2, 6, 100])
def test_two_equal_masses_have_the_largest(n):
    assert dip_statistic(np.repeat([0.0, 1.0], n // 2)) == pytest.approx(0.25)


def test_two_unequal_masses():
    """A mass p at 0 and 1 - p at 1: a mode at the larger, the other half-way: min(p, 1 - p)/2."""
    assert dip_statistic([0.0] * 3 + [1.0] * 7) == pytest.approx(0.15)
    assert dip_statistic([4.0] * 9) == pytest.approx(1 / 18)  # one mass: the lower bound


def test_three_equal_masses_by_hand():
    """Even, so convex then concave fits all: the jump of one outer mass, halved."""
    assert dip_statistic(np.repeat([0.0, 1.0, 2.0], 4)) == pytest.approx(1 / 6)


def test_example_of_the_paper():
    assert len(FACULTIES) == 63
    assert dip_statistic(FACULTIES) == pytest.approx(0.0595, abs=5e-5)


@siblings("kind", ["uniform", "normal", "ties", "two groups"])
def test_agrees_with_the_definition(kind, rng):
    for n in range(2, 14):
        values = {
            "uniform": rng.uniform(size=n),
            "normal": rng.normal(size=n),
            "ties": rng.integers(0, 5, n),
            "two groups": rng.integers(0, 2, n) * 3 + rng.normal(size=n),
        }[kind]
        assert dip_statistic(values) == pytest.approx(dip_by_definition(values), abs=1e-7)


def test_dip_does_not_depend_on_order_place_and_unit(rng):
    x = rng.normal(size=40)
    assert dip_statistic(-3e-7 * rng.permutation(x) + 5e-7) == pytest.approx(dip_statistic(x))


def test_dip_test_power_and_level():
    """imaging.md: 14 particles, half and half: found in 93 %; a uniform sample in 5 %."""
    rng = np.random.default_rng(1)
    split = [np.repeat([0.1, 0.9], 7) + rng.normal(0, 0.1, 14) for _ in range(200)]
    assert np.mean([dip_test(x)[1] < 0.05 for x in split]) > 0.85
    assert np.mean([dip_test(rng.uniform(size=14))[1] < 0.05 for _ in range(400)]) < 0.08


def test_dip_test_is_seeded(rng):
    x = rng.uniform(size=20)
    assert dip_test(x, draws=300) == dip_test(x, draws=300)
    assert dip_test(x, draws=300, seed=1)[0] == dip_test(x, draws=300)[0]


@pytest.mark.parametrize("values", [[], [1.0, np.nan]])
def test_dip_of_nothing(values):
    with pytest.raises(AnalysisError, match="at least one value"):
        dip_statistic(values)


# --- other measures -----------------------------------------------------------------------


def test_bimodality_coefficient(rng):
    assert bimodality_coefficient(rng.uniform(size=100_000)) == pytest.approx(5 / 9, abs=0.005)
    assert bimodality_coefficient(rng.normal(size=100_000)) == pytest.approx(1 / 3, abs=0.01)
    assert np.isnan(bimodality_coefficient([1.0, 2.0, 3.0]))
    assert np.isnan(bimodality_coefficient([1.0] * 9))


def test_middle_share():
    assert middle_share([0.2, 0.3, 0.8, 0.9]) == 0.25
    assert np.isnan(middle_share([]))


def done(values, time):
    coords = {"particle": np.arange(len(values)), "time": time}
    return xr.DataArray(np.asarray(values), coords, ("particle", "time"))


def test_bimodality_at_states_of_charge():
    """Particles one after the other are in two groups; all at once they are in one."""
    time = np.linspace(0, 1, 501)
    starts = np.linspace(0, 0.95, 40)
    one_by_one = done(np.clip((time - starts[:, None]) / 0.05, 0, 1), time)
    table = bimodality(one_by_one, draws=500)
    assert list(table["cell_soc"]) == [0.25, 0.5, 0.75]
    assert table["time_s"].to_numpy() == pytest.approx([0.25, 0.5, 0.75], abs=0.02)
    assert (table["dip_p"] < 0.01).all()
    assert (table["middle_share"] < 0.06).all()
    assert (table["bimodality_coefficient"] > 5 / 9).all()
    together = done(time + 0.02 * np.sin(np.arange(40))[:, None] * np.sin(np.pi * time), time)
    assert (bimodality(together, draws=500)["dip_p"] > 0.05).all()
    assert bimodality(together, draws=500)["middle_share"].tolist() == [1, 1, 1]


def test_bimodality_with_a_cell_record_and_out_of_reach():
    time = np.linspace(0, 1, 11)
    table = bimodality(done([time, time], time), cell=time / 2, at=(0.25, 0.75), draws=50)
    assert table["time_s"].iloc[0] == pytest.approx(0.5)
    assert table["n"].tolist() == [2, 0]
    assert table.loc[1, ["time_s", "dip", "dip_p", "middle_share"]].isna().all()
    assert bimodality(done(np.empty((0, 11)), time))["n"].tolist() == [0, 0, 0]
    with pytest.raises(AnalysisError, match=r"cell has shape \(3,\)"):
        bimodality(done([time], time), cell=[0, 1, 2])
