"""Does one order follow another: rank correlations, with what chance gives for so few particles."""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray
from scipy.stats import kendalltau, spearmanr

from multiscale.analysis.censoring import already_there, censored_times
from multiscale.analysis.timings import (
    ByParticle,
    by_half_cycle,
    check_table,
    values_of,
)
from multiscale.errors import AnalysisError

DRAWS = 1000
MANY = 120  # values from which sorting is faster than counting pairs

_Floats = NDArray[np.float64]


def order_signs(low: ArrayLike, high: ArrayLike | None = None) -> _Floats:
    """Matrix of +1, 0, -1: does value i lie above, together with, or below value j.

    Parameters
    ----------
    low, high : array_like, shape (n,)
        Ends of the interval in which each value is known to lie; ``low`` alone for exact
        values. Intervals that overlap have no order and count as a tie.

    Returns
    -------
    array, shape (n, n)
    """
    a = np.asarray(low, dtype=float)
    b = a if high is None else np.asarray(high, dtype=float)
    return (a[:, None] > b[None, :]).astype(float) - (b[:, None] < a[None, :])


def tau_of_signs(x: _Floats, y: _Floats) -> float:
    """Kendall's tau-b of two orders as from :func:`order_signs`; NaN if one is all ties."""
    pairs = np.sqrt(np.sum(x != 0) * np.sum(y != 0))
    return float(np.sum(x * y) / pairs) if pairs else float("nan")


def _tau(x: _Floats, low: _Floats, high: _Floats) -> float:
    """Tau-b; counted pair by pair for a few values, sorted by SciPy for many exact ones."""
    if len(x) > MANY and np.array_equal(low, high):
        return float(kendalltau(x, low, method="asymptotic").statistic)
    return tau_of_signs(order_signs(x), order_signs(low, high))


def chance_band(n: int) -> float:
    """Two standard deviations of Kendall's tau between unrelated orders of ``n`` without ties.

    Kendall, Biometrika 30, 81 (1938): variance 2 (2n + 5) / (9 n (n - 1)).

    Examples
    --------
    >>> [round(chance_band(n), 2) for n in (14, 40, 100, 300)]
    [0.4, 0.22, 0.14, 0.08]
    """
    return 2 * float(np.sqrt(2 * (2 * n + 5) / (9 * n * (n - 1)))) if n > 1 else float("nan")


def rank_agreement(
    x: ArrayLike,
    y: ArrayLike,
    y_high: ArrayLike | None = None,
    draws: int = DRAWS,
    seed: int = 0,
) -> dict[str, float]:
    """Kendall's tau-b and Spearman's rho of two lists, and what chance gives.

    Parameters
    ----------
    x, y : array_like, shape (n,)
        Finite.
    y_high : array_like, shape (n,), optional
        If values of ``y`` are known to lie between ``y`` and ``y_high`` only.
    draws, seed : int
        Of the permutations and of the bootstrap.

    Returns
    -------
    dict
        n; tau; tau_p, two-sided share of permutations with a tau as large; tau_low and tau_high,
        95 % interval from resampled pairs; tau_chance, two standard deviations for unrelated
        orders; spearman (of the middles of intervals). NaN where fewer than three particles or
        ties leave no order.

    Examples
    --------
    >>> found = rank_agreement([1, 2, 3, 4, 5, 6], [1, 2, 3, 4, 6, 5])
    >>> round(found["tau"], 3), round(found["spearman"], 3), found["tau_p"] < 0.05
    (0.867, 0.943, True)
    """
    low = np.asarray(y, dtype=float)
    high = low if y_high is None else np.asarray(y_high, dtype=float)
    first, n = np.asarray(x, dtype=float), len(low)
    found = dict.fromkeys(("tau", "tau_p", "tau_low", "tau_high", "spearman"), float("nan"))
    found = {"n": n, **found, "tau_chance": chance_band(n)}
    if n < 3 or np.isnan(tau := _tau(first, low, high)):
        return found
    rng, own = np.random.default_rng(seed), np.arange(n)
    shuffled, resampled = (
        [_tau(first[i], low[j], high[j]) for i, j in pairs]
        for pairs in (
            ((own, rng.permutation(n)) for _ in range(draws)),
            ((picked, picked) for picked in rng.integers(n, size=(draws, n))),
        )
    )
    as_large = np.sum(np.abs(shuffled) >= abs(tau) - 1e-12)
    found |= {"tau": tau, "tau_p": float(1 + as_large) / (1 + draws)}
    found["tau_low"], found["tau_high"] = np.nanquantile(resampled, [0.025, 0.975]).tolist()
    found["spearman"] = rank_correlation(first, (low + high) / 2)
    return found


def rank_correlation(x: ArrayLike, y: ArrayLike) -> float:
    """Spearman's rho of the pairs that are known; NaN for fewer than two or without an order.

    Examples
    --------
    >>> rank_correlation([1, 2, 3, np.nan], [10, 30, 20, 40])
    0.5
    """
    first, second = np.asarray(x, dtype=float), np.asarray(y, dtype=float)
    known = np.isfinite(first) & np.isfinite(second)
    first, second = first[known], second[known]
    if len(first) < 2 or not (np.ptp(first) > 0 and np.ptp(second) > 0):
        return float("nan")
    return float(spearmanr(first, second).statistic)


def ranked_ends(
    rows: pd.DataFrame, already: NDArray[np.bool_], time: str = "t50_s"
) -> tuple[_Floats, _Floats]:
    """Ends of each time [s] for an order: late particles tied last, early ones tied first.

    Finite, but NaN where nothing is known.
    """
    low, high = censored_times(rows, already, time)
    late, early = np.isposinf(high), np.isneginf(low)
    seen = np.abs(np.concatenate([low, high]))
    last = 2 * np.max(seen, initial=1.0, where=np.isfinite(seen))
    for ends in (low, high):
        ends[late], ends[early] = last, -1.0
    return low, high


def ranked_times(rows: pd.DataFrame, already: NDArray[np.bool_], time: str = "t50_s") -> _Floats:
    """One number per row for a rank correlation; see :func:`ranked_ends`."""
    low, high = ranked_ends(rows, already, time)
    return (low + high) / 2


def order_correlation(
    timings: pd.DataFrame, by: ByParticle, *, time: str = "t50_s", draws: int = DRAWS, seed: int = 0
) -> pd.DataFrame:
    """Do particles react in the order of a given quantity: obstruction, resistance, distance.

    A high correlation alone proves little: small delays, too, follow the resistance. Read it
    together with the spread.

    Parameters
    ----------
    timings : pandas.DataFrame
        From ``reaction_timings``.
    by : mapping or pandas.Series
        Value by particle label.
    time : {"t10_s", "t50_s", "t90_s"}
        Which instant is ordered.
    draws, seed : int
        See :func:`rank_agreement`.

    Returns
    -------
    pandas.DataFrame
        One row per half-cycle: half_cycle, kind, excluded (unclear, or without a value),
        censored (particles that did not react, tied last, or first if they stood at the end state
        from the start) and what :func:`rank_agreement` returns.

    Raises
    ------
    AnalysisError
        If columns are missing, or no particle has a value.
    """
    check_table(timings, ["t50_s"])
    if time not in timings:
        raise AnalysisError(f"The table of timings lacks the column {time!r}.")
    timings = timings.reset_index(drop=True)
    there, rows = already_there(timings), []
    for number, kind, all_rows in by_half_cycle(timings):
        values = values_of(all_rows, by, "by")
        low, high = ranked_ends(all_rows, there[all_rows.index].to_numpy(), time)
        known = np.isfinite(values) & np.isfinite(low)
        agreement = rank_agreement(values[known], low[known], high[known], draws=draws, seed=seed)
        censored = known & (all_rows["status"] != "reacted").to_numpy()
        row = {"half_cycle": number, "kind": kind, "excluded": int((~known).sum())}
        rows.append(row | {"censored": int(censored.sum()), **agreement})
    return pd.DataFrame(rows)
