"""Standard uncertainty of the timings of one particle."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from multiscale.analysis.transitions import (
    Levels,
    TimingRule,
    Transition,
    find_transition,
)

UNCERTAINTIES = ("u_t10_s", "u_t50_s", "u_t90_s", "u_width_s")


def timing_uncertainty(
    transition: Transition, levels: Levels, rule: TimingRule, key: tuple[int, int] = (0, 0)
) -> dict[str, float]:
    """Standard uncertainties (k = 1) of t10, t50, t90 and the width.

    Root sum of squares of: the scatter of ``rule.draws`` block resamplings of the residuals
    (blocks as long as the residuals are correlated); the sampling interval around each instant
    over sqrt(12); the clock, ``rule.clock``, which the width does not feel; the choice of state
    levels, from stretches half and twice as long (full range over sqrt(12); none for levels
    "ends"). For lithium-domain times the calibration comes on top, and is not in here.

    Below about two sampling intervals the second term rules: the estimate is limited by the
    interval, not by the noise.

    Parameters
    ----------
    transition : Transition
    levels : {"medians", "ends"}
    rule : TimingRule
    key : tuple of int
        Sets the stream of random numbers together with ``rule.seed``, so that the result for a
        particle does not depend on which others are there.

    Returns
    -------
    dict
        u_t10_s, u_t50_s, u_t90_s, u_width_s [s].

    References
    ----------
    IEC 62754; residual bootstrap with moving blocks, Künsch, Ann. Stat. 17, 1217 (1989).
    """
    instants = transition.crossings()
    sampling = np.array([transition.longest_interval(t, t) for t in instants]) / np.sqrt(12)
    terms = [_resampling(transition, levels, rule, key), _level_choice(transition, levels, rule)]
    terms.append(np.append(sampling, np.hypot(sampling[0], sampling[2])))
    terms.append(np.array([rule.clock] * 3 + [0.0]))
    total = np.sqrt(np.sum(np.square(terms), axis=0))
    return dict(zip(UNCERTAINTIES, total.tolist(), strict=True))


def correlation_length(residuals: NDArray[np.float64]) -> int:
    """Samples over which residuals are correlated: 1 + 2 x autocorrelations until the first zero.

    Examples
    --------
    >>> correlation_length(np.array([1.0, -1.0, 1.0, -1.0]))
    1
    >>> correlation_length(np.repeat([1.0, -1.0, -1.0, 1.0], 8)) > 4
    True
    """
    r = residuals - residuals.mean()
    n, power = len(r), float(r @ r)
    if power == 0:
        return 1
    total = 1.0
    for lag in range(1, n // 4 + 1):
        share = float(r[lag:] @ r[:-lag]) / power
        if share <= 2 / np.sqrt(n):  # what white noise shows
            break
        total += 2 * share
    return max(1, min(int(np.ceil(total)), n // 4))


def _instants(transition: Transition | None) -> NDArray[np.float64]:
    """t10, t50, t90 and width, shape (4,)."""
    if transition is None or transition.change <= 0:
        return np.full(4, np.nan)
    found = transition.crossings()
    return np.append(found, found[2] - found[0])


def _joined(time: NDArray[np.float64], fit: NDArray[np.float64]) -> NDArray[np.float64]:
    """Line through the middles of the flat pieces of an isotonic curve.

    What is resampled around the steps themselves sticks to them, and the scatter comes out too
    small on a ramp (Sen, Banerjee and Woodroofe, Ann. Stat. 38, 1953, 2010).
    """
    edges = np.flatnonzero(np.diff(fit) > 0) + 1
    first, last = np.append(0, edges), np.append(edges, len(fit)) - 1
    middle = (time[first] + time[last]) / 2
    return np.interp(time, np.r_[time[0], middle, time[-1]], np.r_[fit[0], fit[first], fit[-1]])


def _resampling(
    transition: Transition, levels: Levels, rule: TimingRule, key: tuple[int, int]
) -> NDArray[np.float64]:
    if not np.any(np.abs(transition.values - transition.fit) > 1e-9 * transition.change):
        return np.zeros(4)
    curve = _joined(transition.time, transition.fit)
    residuals = transition.values - curve
    rng = np.random.default_rng([rule.seed, *key])
    n, block = len(residuals), correlation_length(residuals)
    found = np.empty((rule.draws, 4))
    for draw in found:
        starts = rng.integers(n, size=-(-n // block))
        picked = (starts[:, None] + np.arange(block)).ravel()[:n] % n
        values = curve + residuals[picked]
        draw[:] = _instants(
            find_transition(transition.time, values, transition.duration, levels, rule)
        )
    return np.nanstd(found, axis=0)


def _level_choice(transition: Transition, levels: Levels, rule: TimingRule) -> NDArray[np.float64]:
    if levels == "ends":
        return np.zeros(4)
    found = [
        _instants(transition.with_stretch(factor * rule.stretch, rule)) for factor in (0.5, 1, 2)
    ]
    return np.ptp(found, axis=0) / np.sqrt(12)
