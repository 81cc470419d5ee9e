"""How one particle passes from one state to another: levels, isotonic curve, crossings.

Terms follow the standards of pulse metrology (IEEE 181, IEC 60469): two state levels, and the
instants at which 10, 50 and 90 % of the change between them are done. Every signal is turned
so that it rises. Each instant comes with its standard uncertainty.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import isotonic_regression

from multiscale.errors import AnalysisError, unknown_name

Floats = NDArray[np.float64]
Levels = Literal["medians", "ends"]

FRACTIONS = np.array([0.1, 0.5, 0.9])
LARGEST_STRETCH = 0.25  # of the half-cycle: the two must not meet
LARGEST_GAP = 0.1  # of the half-cycle: what may be missing at either end
END_STRETCH = 0.02  # of the half-cycle: over which the rate at the end is taken
ROUNDING = 1e-12  # of the half-cycle: a solver's times at an event may lie that close
MEDIAN_FACTOR = np.sqrt(np.pi / 2)  # standard error of a median over that of a mean
MAD_FACTOR = 1.4826  # standard deviation of a normal distribution over its MAD


@dataclass(frozen=True, kw_only=True)
class TimingRule:
    """The numbers behind a timing; change them only with a reason, and report them.

    Attributes
    ----------
    stretch : float
        Part of the half-cycle, at each end, whose median is the state level [-].
    least_samples : int
        Samples such a stretch holds at least; it is widened if need be.
    least_errors : float
        A change counts if it exceeds this many standard errors of the two levels.
    least_change : float
        ... and this share of the full change of the electrode [-].
    full_change : float, optional
        Full change of the electrode, in units of the signal; the largest change of any particle
        in any half-cycle if not given.
    wander : float
        ... and this residual wander of the signal (a lamp, for example), in its units.
    end_rate : float
        A particle is ``incomplete`` if, in the last 2 % of the half-cycle, it moves this many
        times faster, relative to its own change, than half of the particles, and than a steady
        ramp.
    reversal : float
        A trace is ``unclear`` if it strays from every monotone curve by this share of its
        change (rms, noise taken off) [-].
    clock : float
        Standard uncertainty of the offset between signal and cell record [s].
    draws : int
        Resamplings of the residuals for the uncertainty.
    seed : int
        Of the resampling.

    Raises
    ------
    AnalysisError
        If a number is out of its range.
    """

    stretch: float = 0.02
    least_samples: int = 3
    least_errors: float = 6.0
    least_change: float = 0.01
    full_change: float | None = None
    wander: float = 0.0
    end_rate: float = 3.0
    reversal: float = 0.1
    clock: float = 0.0
    draws: int = 100
    seed: int = 0

    def __post_init__(self) -> None:
        if not 0 < self.stretch <= LARGEST_STRETCH:
            raise AnalysisError(
                f"stretch must lie between 0 and {LARGEST_STRETCH}; got {self.stretch}."
            )
        for name, least in (("least_samples", 1), ("draws", 2)):
            if not getattr(self, name) >= least:
                raise AnalysisError(f"{name} must be at least {least}; got {getattr(self, name)}.")
        for name in ("least_errors", "least_change", "wander", "end_rate", "reversal", "clock"):
            if not getattr(self, name) >= 0:
                raise AnalysisError(f"{name} must not be negative; got {getattr(self, name)}.")
        if self.full_change is not None and not self.full_change > 0:
            raise AnalysisError(f"full_change must be positive; got {self.full_change}.")


@dataclass(frozen=True)
class Transition:
    """One particle in one half-cycle, turned so that it rises.

    Attributes
    ----------
    time, values, fit : arrays, shape (n,)
        Samples: time since the start of the half-cycle [s], signal, isotonic curve.
    duration : float
        Of the half-cycle [s].
    before, after : float
        State levels.
    error : float
        Standard error of ``after - before``.
    noise : float
        Standard deviation of the signal from sample to sample.
    """

    time: Floats
    values: Floats
    fit: Floats
    duration: float
    before: float
    after: float
    error: float
    noise: float

    @property
    def change(self) -> float:
        """Change of the state level; negative if it went against the current."""
        return self.after - self.before

    @property
    def end_rate(self) -> float:
        """Rate in the last stretch, relative to that of a steady ramp [-]; noise taken off."""
        last = self.fit[-1] - np.interp(self.time[-1] - END_STRETCH * self.duration, *self.curve)
        return float(max(last - 2 * self.noise, 0) / (END_STRETCH * abs(self.change)))

    @property
    def reversal(self) -> float:
        """Distance (rms over time) from the nearest monotone curve, noise taken off."""
        weights = sample_weights(self.time)
        square = np.average((self.values - self.fit) ** 2, weights=weights)
        return float(np.sqrt(max(square - self.noise**2, 0)))

    @property
    def curve(self) -> tuple[Floats, Floats]:
        """Times and isotonic curve."""
        return self.time, self.fit

    def crossings(self) -> Floats:
        """Instants of 10, 50 and 90 % of the change [s], shape (3,)."""
        return crossings(self.time, self.fit, self.before, self.after)

    def longest_interval(self, first: float, last: float) -> float:
        """Longest sampling interval [s] that overlaps the time from ``first`` to ``last`` [s]."""
        i = np.clip(np.searchsorted(self.time, first, side="right") - 1, 0, len(self.time) - 2)
        j = np.clip(np.searchsorted(self.time, last), i + 1, len(self.time) - 1)
        return float(np.diff(self.time[i : j + 1]).max())

    def with_stretch(self, stretch: float, rule: TimingRule) -> Transition:
        """The same curve with state levels from another stretch (part of the half-cycle)."""
        rule = replace(rule, stretch=min(stretch, LARGEST_STRETCH))
        before, after, _ = state_levels(self.time, self.values, self.duration, "medians", rule)
        return replace(self, before=before, after=after)


def sample_weights(time: Floats) -> Floats:
    """Time that each sample stands for [s]; equal on an even grid."""
    return np.gradient(time)


def isotonic_curve(time: Floats, values: Floats) -> Floats:
    """Nearest rising curve in the least-squares sense, samples weighted by time."""
    return isotonic_regression(values, weights=sample_weights(time)).x


def weighted_median(values: Floats, weights: Floats) -> float:
    """Value with half of the weight on either side; midway if two values share that place."""
    order = np.argsort(values, kind="stable")
    v, share = values[order], np.cumsum(weights[order]) / np.sum(weights)
    low = int(np.searchsorted(share, 0.5 - 1e-9))
    high = int(np.searchsorted(share, 0.5 + 1e-9))
    return float((v[low] + v[min(high, len(v) - 1)]) / 2)


def state_levels(
    time: Floats, values: Floats, duration: float, levels: Levels, rule: TimingRule
) -> tuple[float, float, float]:
    """Levels before and after, and the factor from the noise to the error of their difference."""
    if levels == "ends":
        return float(values[0]), float(values[-1]), float(np.sqrt(2))
    if levels != "medians":
        raise AnalysisError(unknown_name("kind of levels", levels, ["medians", "ends"]))
    n, weights = len(time), sample_weights(time)
    span, slack = rule.stretch * duration, 1e-9 * duration
    first = max(np.searchsorted(time, time[0] + span + slack), min(rule.least_samples, n))
    last = min(np.searchsorted(time, time[-1] - span - slack), max(n - rule.least_samples, 0))
    before = weighted_median(values[:first], weights[:first])
    after = weighted_median(values[last:], weights[last:])
    return before, after, float(MEDIAN_FACTOR * np.sqrt(1 / first + 1 / (n - last)))


def sample_noise(time: Floats, values: Floats) -> float:
    """Standard deviation of white noise, from each sample and the line through its neighbours.

    Zero for straight pieces and single steps, small for smooth curves. Noise that lasts for
    several samples is underrated: state it as ``wander``.
    """
    share = (time[1:-1] - time[:-2]) / (time[2:] - time[:-2])
    bend = values[1:-1] - (1 - share) * values[:-2] - share * values[2:]
    bend /= np.sqrt(1 + share**2 + (1 - share) ** 2)
    return float(MAD_FACTOR * np.median(np.abs(bend)))


def crossings(time: Floats, fit: Floats, before: float, after: float) -> Floats:
    """Instants at which a rising curve passes 10, 50, 90 % [s]; NaN if it does not.

    Linear between samples; the first sample if the curve starts above the level.
    """
    found = np.full(len(FRACTIONS), np.nan)
    for k, level in enumerate(before + FRACTIONS * (after - before)):
        i = int(np.searchsorted(fit, level))
        if i == 0:
            found[k] = time[0]
        elif i < len(fit):
            share = (level - fit[i - 1]) / (fit[i] - fit[i - 1])
            found[k] = time[i - 1] + share * (time[i] - time[i - 1])
    return found


def find_transition(
    time: Floats, values: Floats, duration: float, levels: Levels, rule: TimingRule
) -> Transition | None:
    """Levels and curve of a rising trace; None if too little of it was seen.

    Parameters
    ----------
    time : array, shape (n,)
        Since the start of the half-cycle [s], strictly increasing.
    values : array, shape (n,)
        Turned so that the half-cycle makes it rise; NaN where it was not seen.
    duration : float
        Of the half-cycle [s].
    levels : {"medians", "ends"}
    rule : TimingRule
    """
    seen = np.isfinite(values) & (np.diff(time, prepend=-np.inf) > ROUNDING * duration)
    t, y = time[seen], values[seen]
    if len(t) < max(2 * rule.least_samples, 3):
        return None
    if t[0] > LARGEST_GAP * duration or t[-1] < (1 - LARGEST_GAP) * duration:
        return None
    before, after, factor = state_levels(t, y, duration, levels, rule)
    noise = sample_noise(t, y)
    return Transition(t, y, isotonic_curve(t, y), duration, before, after, factor * noise, noise)


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
    terms = []
    if np.any(np.abs(transition.values - transition.fit) > 1e-9 * transition.change):
        curve = _through_steps(transition.time, transition.fit)
        residuals = transition.values - curve
        rng = np.random.default_rng([rule.seed, *key])
        n, block = len(residuals), correlation_length(residuals)
        draws = np.empty((rule.draws, 4))
        for draw in draws:
            starts = rng.integers(n, size=-(-n // block))
            picked = (starts[:, None] + np.arange(block)).ravel()[:n] % n
            values = curve + residuals[picked]
            draw[:] = _instants(
                find_transition(transition.time, values, transition.duration, levels, rule)
            )
        terms.append(np.nanstd(draws, axis=0))
    if levels != "ends":
        others = [transition.with_stretch(f * rule.stretch, rule) for f in (0.5, 1, 2)]
        terms.append(np.ptp([_instants(other) for other in others], axis=0) / np.sqrt(12))
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


def _through_steps(time: Floats, fit: Floats) -> Floats:
    """Line through the middles of the flat pieces of an isotonic curve.

    What is resampled around the steps themselves sticks to them, and the scatter comes out too
    small on a ramp (Sen, Banerjee and Woodroofe, Ann. Stat. 38, 1953, 2010).
    """
    edges = np.flatnonzero(np.diff(fit) > 0) + 1
    first, last = np.append(0, edges), np.append(edges, len(fit)) - 1
    middle = (time[first] + time[last]) / 2
    return np.interp(time, np.r_[time[0], middle, time[-1]], np.r_[fit[0], fit[first], fit[-1]])


def _instants(transition: Transition | None) -> NDArray[np.float64]:
    """t10, t50, t90 and width, shape (4,)."""
    if transition is None or transition.change <= 0:
        return np.full(4, np.nan)
    found = transition.crossings()
    return np.append(found, found[2] - found[0])
