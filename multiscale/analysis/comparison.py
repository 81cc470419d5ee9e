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

from multiscale.analysis.censoring import (
    AtLeast,
    AtMost,
    already_there,
    censored_times,
    ends_of,
    number_of,
    quantile_ends,
    spread_of,
)
from multiscale.analysis.order import DRAWS, rank_agreement
from multiscale.analysis.timings import by_half_cycle, check_table, duration_of, shown
from multiscale.errors import AnalysisError
from multiscale.limits import MOST_DRAWS, whole

_Floats = NDArray[np.float64]
_PAIRED = ["simulated_low", "simulated_high", "late_both", "late_simulated", "late_measured"]
_INTERVAL = ("t50_low_s", "t50_high_s")


@dataclass(frozen=True, kw_only=True)
class TimingComparison:
    """Result of :func:`compare_timings`.

    Attributes
    ----------
    pairs : pandas.DataFrame
        One row per particle that reacted in one of the two at least and is unclear in neither:
        half_cycle, particle, simulated (t50/T; if it did not react the end of its half-cycle),
        measured_low and measured_high (equal unless interval-censored; infinite if it did not
        react), error (simulated minus measured; the distance to the interval, 0 inside it; what
        did not react is later than the end, so that its error is a bound), both_reacted. T is the
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
        late_simulated, late_measured, late_both (in both tables, but not reacted by the end in
        one of them, or in both);
        median_error, p90_error (of abs(error)), median_shift (of the error with its sign);
        tau (Kendall's tau-b, intervals that overlap counted as ties, late ones last), tau_low,
        tau_high (95 %), tau_p (permutations), tau_chance (two standard deviations of unrelated
        orders), spearman; spread_simulated, spread_measured (standard deviation of t50 over the own
        duration, late ones as near as they may be), spread_difference; wasserstein
        (Wasserstein-1 of all t50, over T), wasserstein_floor and wasserstein_floor_95 (median and
        95 % of what two samples of these sizes from one distribution give); duration_ratio
        (simulated over measured).
        Beside errors, spreads and the distance ``..._is_lower_bound`` and ``..._is_upper_bound``:
        late particles leave the value open to that side; NaN if to both.
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
        If columns are missing, draws or seed are no whole numbers within limits, no half-cycle
        is in both, kinds differ, rows are double, or the ends of an interval are reversed.

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
    check_table(measured)
    check_table(measured, () if set(_INTERVAL) <= set(measured) else ["t50_s"])
    whole(draws, "draws", AnalysisError, 1, MOST_DRAWS)
    whole(seed, "seed", AnalysisError)
    simulated, measured = (
        table.assign(_already=already_there(table.reset_index(drop=True)).to_numpy())
        for table in (simulated, measured)
    )
    theirs = {number: (kind, rows) for number, kind, rows in by_half_cycle(measured)}
    pairs, figures = [], []
    for number, kind, ours in by_half_cycle(simulated):
        if number not in theirs:
            continue
        other, rows = theirs[number]
        if kind != other:
            raise AnalysisError(f"Half-cycle {number} is a {kind} simulated, a {other} measured.")
        duration = duration_of(ours)
        first = _readings(ours, duration)
        second = _readings(rows, duration_of(rows) if "duration_s" in rows else duration)
        paired = _pairs(first, second)
        shown_pairs = paired[~paired["late_both"]].drop(columns=_PAIRED)
        pairs.append(shown_pairs.assign(half_cycle=number))
        common = first.index.intersection(second.index)
        both_reacted = paired["both_reacted"]
        row = {
            "half_cycle": number,
            "kind": kind,
            "matched": int(both_reacted.sum()),
            "excluded": len(common) - int(both_reacted.sum()),
            "only_simulated": len(first.index.difference(common)),
            "only_measured": len(second.index.difference(common)),
            "censored": int((paired["censored"] & both_reacted).sum()),
        }
        late = ("late_simulated", "late_measured", "late_both")
        row |= {name: int(paired[name].sum()) for name in late}
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


def _readings(rows: pd.DataFrame, duration: float) -> pd.DataFrame:
    """Interval of t50 [s] by particle; exact values have no width, late ones no upper end.

    NaN where nothing is known; ``reacted`` says whether it was seen to.
    """
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
    there = rows["_already"].to_numpy()
    others = censored_times(rows.assign(duration_s=duration), there, "t50_s")
    reacted = rows["status"] == "reacted"
    table = pd.DataFrame({"low": low, "high": high, "censored": censored & reacted})
    table["low"] = low.where(reacted, pd.Series(others[0], rows.index))
    table["high"] = high.where(reacted, pd.Series(others[1], rows.index))
    table["reacted"] = reacted
    table.index = pd.Index(rows["particle"], name="particle")
    table.attrs["duration_s"] = duration
    return table


def _pairs(first: pd.DataFrame, second: pd.DataFrame) -> pd.DataFrame:
    """Particles of which something is known on both sides, both late ones too."""
    both = first.add_suffix("_ours").join(second.add_suffix("_theirs"), how="inner")
    both = both[both["low_ours"].notna() & both["low_theirs"].notna()]
    scale = second.attrs["duration_s"]
    done = both["reacted_ours"].astype(bool), both["reacted_theirs"].astype(bool)
    middle = (both["low_ours"] + both["high_ours"]) / 2
    own = [both[f"{end}_ours"].where(~done[0], middle) / scale for end in ("low", "high")]
    low, high = both["low_theirs"] / scale, both["high_theirs"] / scale
    error = (own[0] - high).clip(lower=0) + (own[1] - low).clip(upper=0)
    finite = own[0].where(np.isfinite(own[0]), own[1])  # early: the start
    table = {"simulated": finite, "measured_low": low, "measured_high": high, "error": error}
    table |= {"censored": both["censored_theirs"].astype(bool), "both_reacted": done[0] & done[1]}
    table |= {"simulated_high": own[1], "simulated_low": own[0], "late_both": ~done[0] & ~done[1]}
    table |= {"late_simulated": ~done[0] & done[1], "late_measured": done[0] & ~done[1]}
    return pd.DataFrame(table).reset_index()


def _errors(every: pd.DataFrame, draws: int, seed: int) -> dict[str, float]:
    pairs = every[~every["late_both"]]
    found: dict[str, float] = {}
    if pairs.empty:
        found = dict.fromkeys(("median_error", "p90_error", "median_shift"), np.nan)
    else:
        error, exact = pairs["error"].to_numpy(float), pairs["both_reacted"].to_numpy()
        size = np.abs(error)
        sizes = size, np.where(exact, size, np.inf)
        # the error of a late one is open on the side on which it is late
        over = ~exact & (np.isposinf(pairs["simulated_high"]) | np.isneginf(pairs["measured_low"]))
        under = ~exact & ~over
        shifts = np.where(under, -np.inf, error), np.where(over, np.inf, error)
        found |= _with_bounds("median_error", number_of(*quantile_ends(*sizes, 0.5)))
        found |= _with_bounds("p90_error", number_of(*quantile_ends(*sizes, 0.9)))
        found |= _with_bounds("median_shift", number_of(*quantile_ends(*shifts, 0.5)))
    last = 2 + np.max(np.abs(every[["simulated", "measured_low"]].to_numpy(float)), initial=0)
    simulated = every["simulated"].where(~np.isposinf(every["simulated_high"]), last)
    low, high = every["measured_low"], every["measured_high"]
    late = np.isposinf(high)
    low, high = (end.where(~late, last).clip(-1, None).to_numpy(float) for end in (low, high))
    agreement = rank_agreement(simulated.to_numpy(float), low, high, draws=draws, seed=seed)
    return found | {name: value for name, value in agreement.items() if name != "n"}


def _with_bounds(name: str, value: float) -> dict[str, float]:
    return {
        name: float(value),
        f"{name}_is_lower_bound": isinstance(value, AtLeast),
        f"{name}_is_upper_bound": isinstance(value, AtMost),
    }


def _distributions(
    first: pd.DataFrame, second: pd.DataFrame, draws: int, seed: int
) -> dict[str, float]:
    durations = [table.attrs["duration_s"] for table in (first, second)]
    known: list[tuple[_Floats, _Floats]] = []  # the middle of an interval stands for it
    for table in (first, second):
        seen = table.dropna(subset=["low", "high"])
        middle = (seen["low"] + seen["high"]) / 2
        from_, to = (seen[name].where(~seen["reacted"], middle) for name in ("low", "high"))
        known.append((from_.to_numpy(float), to.to_numpy(float)))
    ends = []
    found: dict[str, float] = {}
    for who, (low, high), duration in zip(("simulated", "measured"), known, durations, strict=True):
        value = spread_of(low / duration, high / duration)
        ends.append(ends_of(value))
        found |= _with_bounds(f"spread_{who}", value)
    (least, most), (theirs_least, theirs_most) = ends
    difference = number_of(least - theirs_most, most - theirs_least)
    found |= _with_bounds("spread_difference", difference)
    ours, theirs = ((np.where(np.isfinite(low), low, high)) for low, high in known)
    open_ = any(not np.isfinite(end).all() for one in known for end in one)
    if open_:  # beyond the end of the shorter one nothing is known of both
        ours, theirs = (np.minimum(values, min(durations)) for values in (ours, theirs))
    # Wasserstein-1, and the same for two samples drawn from both taken together
    names = ("wasserstein", "wasserstein_floor", "wasserstein_floor_95")
    distances = [np.nan] * 3
    if len(ours) and len(theirs):
        ours, theirs = ours / durations[1], theirs / durations[1]
        rng, pooled = np.random.default_rng([seed, 1]), np.concatenate([ours, theirs])
        floor = [
            wasserstein_distance(rng.choice(pooled, len(ours)), rng.choice(pooled, len(theirs)))
            for _ in range(draws)
        ]
        distances = [wasserstein_distance(ours, theirs), *np.quantile(floor, [0.5, 0.95])]
    found |= dict(zip(names, map(float, distances), strict=True))
    found["wasserstein_is_lower_bound"] = open_ and bool(len(ours) and len(theirs))
    return found | {"duration_ratio": durations[0] / durations[1]}
