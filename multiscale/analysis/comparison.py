"""Simulated against measured timings: one fixed set of figures, each with what chance gives.

Nothing here says whether a model is right. Each figure stands beside what unrelated data would
give for as many particles.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.stats import wasserstein_distance

from multiscale.analysis.order import DRAWS, rank_agreement
from multiscale.analysis.timing_tables import by_half_cycle, check_table, duration_of, shown
from multiscale.errors import AnalysisError

_Floats = NDArray[np.float64]
_INTERVAL = ("t50_low_s", "t50_high_s")


@dataclass(frozen=True, kw_only=True)
class TimingComparison:
    """Result of :func:`compare_timings`.

    Attributes
    ----------
    pairs : pandas.DataFrame
        One row per particle that both reacted and was measured to react: half_cycle, particle,
        simulated (t50/T), measured_low and measured_high (equal unless interval-censored),
        error (simulated minus measured; the distance to the interval, 0 inside it). T is the
        duration of the measured half-cycle.
    figures : pandas.DataFrame
        See :meth:`summary`.
    """

    pairs: pd.DataFrame
    figures: pd.DataFrame

    def summary(self) -> pd.DataFrame:
        """One row per half-cycle that both tables hold.

        Columns: half_cycle, kind; matched, excluded (in both tables, but not reacted in one),
        only_simulated, only_measured, censored (matched, with an interval instead of a time);
        median_error, p90_error (of abs(error)), median_shift (of the error with its sign);
        tau (Kendall's tau-b, intervals that overlap counted as ties), tau_low, tau_high
        (95 %), tau_p (permutations), tau_chance (two standard deviations of unrelated orders),
        spearman; spread_simulated, spread_measured (standard deviation of t50 over the own
        duration, all that reacted), spread_difference; wasserstein (Wasserstein-1 of all t50,
        over T), wasserstein_floor and wasserstein_floor_95 (median and 95 % of what two samples
        of these sizes from one distribution give); duration_ratio (simulated over measured).
        """
        return self.figures.copy()


def compare_timings(
    simulated: pd.DataFrame, measured: pd.DataFrame, *, draws: int = DRAWS, seed: int = 0
) -> TimingComparison:
    """Compare two tables of timings, particle by particle and as distributions.

    Parameters
    ----------
    simulated : pandas.DataFrame
        From ``reaction_timings``; particles are matched to the measured ones by label,
        half-cycles by number.
    measured : pandas.DataFrame
        The same columns. A row may hold ``t50_low_s`` and ``t50_high_s`` instead of ``t50_s``;
        an end that is missing is that of the half-cycle. Without ``duration_s`` the simulated
        duration is taken.
    draws, seed : int
        Of permutations and resamplings.

    Returns
    -------
    TimingComparison

    Raises
    ------
    AnalysisError
        If columns are missing, no half-cycle is in both, kinds differ, rows are double, or the
        ends of an interval are reversed.

    Examples
    --------
    >>> n = np.arange(8)
    >>> table = pd.DataFrame({"particle": n, "half_cycle": 0, "kind": "charge",
    ...     "status": "reacted", "t50_s": 100.0 * n, "duration_s": 1000.0})
    >>> figures = compare_timings(table, table.assign(t50_s=100.0 * n + 20)).summary().iloc[0]
    >>> round(float(figures["median_error"]), 3), float(figures["tau"])
    (0.02, 1.0)
    """
    check_table(simulated, ["t50_s", "duration_s"])
    check_table(measured, () if set(_INTERVAL) <= set(measured) else ["t50_s"])
    theirs = {number: (kind, rows) for number, kind, rows in by_half_cycle(measured)}
    pairs, figures = [], []
    for number, kind, ours in by_half_cycle(simulated):
        if number not in theirs:
            continue
        other, rows = theirs[number]
        if kind != other:
            raise AnalysisError(f"Half-cycle {number} is a {kind} simulated, a {other} measured.")
        first, second = _readings(ours, duration_of(ours)), _measured(rows, duration_of(ours))
        paired = _pairs(first, second)
        pairs.append(paired.assign(half_cycle=number))
        row = {"half_cycle": number, "kind": kind, **_counts(first, second, paired)}
        row |= _errors(paired, draws, seed) | _distributions(first, second, draws, seed)
        figures.append(row)
    if not figures:
        raise AnalysisError(
            f"No half-cycle is in both tables: simulated {sorted(simulated['half_cycle'].unique())}"
            f", measured {sorted(measured['half_cycle'].unique())}."
        )
    return TimingComparison(
        pairs=pd.concat(pairs, ignore_index=True), figures=pd.DataFrame(figures)
    )


def _measured(rows: pd.DataFrame, fallback: float) -> pd.DataFrame:
    return _readings(rows, duration_of(rows) if "duration_s" in rows else fallback)


def _readings(rows: pd.DataFrame, duration: float) -> pd.DataFrame:
    """Interval of t50 [s] by particle, NaN unless it reacted; exact values have no width."""
    nothing = pd.Series(np.nan, rows.index)
    exact = rows.get("t50_s", nothing).astype(float)
    ends = [rows.get(name, nothing).astype(float) for name in _INTERVAL]
    censored = exact.isna() & (ends[0].notna() | ends[1].notna())
    low = exact.where(~censored, ends[0].fillna(0).clip(0, duration))
    high = exact.where(~censored, ends[1].fillna(duration).clip(0, duration))
    wrong = low > high
    if wrong.any():
        label = rows.loc[wrong, "particle"].iloc[0]
        raise AnalysisError(f"Particle {shown(label)}: t50_low_s exceeds t50_high_s.")
    table = pd.DataFrame({"low": low, "high": high, "censored": censored})
    table.loc[rows["status"] != "reacted", ["low", "high"]] = np.nan
    table.index = pd.Index(rows["particle"], name="particle")
    table.attrs["duration_s"] = duration
    return table


def _pairs(first: pd.DataFrame, second: pd.DataFrame) -> pd.DataFrame:
    both = first.add_suffix("_ours").join(second.add_suffix("_theirs"), how="inner")
    both = both[both["low_ours"].notna() & both["low_theirs"].notna()]
    scale = second.attrs["duration_s"]
    ours = (both["low_ours"] + both["high_ours"]) / 2 / scale
    low, high = both["low_theirs"] / scale, both["high_theirs"] / scale
    table = {"simulated": ours, "measured_low": low, "measured_high": high}
    table |= {"error": ours - ours.clip(low, high), "censored": both["censored_theirs"]}
    return pd.DataFrame(table).reset_index()


def _counts(first: pd.DataFrame, second: pd.DataFrame, pairs: pd.DataFrame) -> dict[str, int]:
    common = first.index.intersection(second.index)
    return {
        "matched": len(pairs),
        "excluded": len(common) - len(pairs),
        "only_simulated": len(first.index.difference(common)),
        "only_measured": len(second.index.difference(common)),
        "censored": int(pairs["censored"].sum()),
    }


def _errors(pairs: pd.DataFrame, draws: int, seed: int) -> dict[str, float]:
    names, error = ("median_error", "p90_error", "median_shift"), pairs["error"]
    size = error.abs()
    values = (size.median(), size.quantile(0.9), error.median())
    found = dict(zip(names, map(float, values), strict=True))
    simulated, low, high = (
        pairs[name].to_numpy(float) for name in ("simulated", "measured_low", "measured_high")
    )
    agreement = rank_agreement(simulated, low, high, draws=draws, seed=seed)
    return found | {name: value for name, value in agreement.items() if name != "n"}


def _distributions(
    first: pd.DataFrame, second: pd.DataFrame, draws: int, seed: int
) -> dict[str, float]:
    durations = [table.attrs["duration_s"] for table in (first, second)]
    ours, theirs = (
        (table["low"] + table["high"]).dropna().to_numpy(float) / 2 for table in (first, second)
    )
    spreads = [
        float(np.std(values, ddof=1)) / duration if len(values) > 1 else np.nan
        for values, duration in zip((ours, theirs), durations, strict=True)
    ]
    found = dict(zip(("spread_simulated", "spread_measured"), spreads, strict=True))
    found["spread_difference"] = spreads[0] - spreads[1]
    found |= _distance(ours / durations[1], theirs / durations[1], draws, seed)
    return found | {"duration_ratio": durations[0] / durations[1]}


def _distance(ours: _Floats, theirs: _Floats, draws: int, seed: int) -> dict[str, float]:
    """Wasserstein-1, and the same for two samples drawn from both taken together."""
    names = ("wasserstein", "wasserstein_floor", "wasserstein_floor_95")
    if not (len(ours) and len(theirs)):
        return dict.fromkeys(names, np.nan)
    rng, pooled = np.random.default_rng([seed, 1]), np.concatenate([ours, theirs])
    floor = [
        wasserstein_distance(rng.choice(pooled, len(ours)), rng.choice(pooled, len(theirs)))
        for _ in range(draws)
    ]
    values = [wasserstein_distance(ours, theirs), *np.quantile(floor, [0.5, 0.95])]
    return dict(zip(names, map(float, values), strict=True))
