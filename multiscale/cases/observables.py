"""Measures of heterogeneity in one run: each is a number drawn from its results.

All take a :class:`VariantRun`; times in seconds, steps by number (0 is the first, -1 the last),
lithium as a fraction. "Removed" and "mean removed" are counted from the initial state.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from multiscale.analysis import heterogeneity as analysis
from multiscale.cases.runs import VariantRun
from multiscale.parameters import names
from multiscale.parameters.sets import number

CENTRE = "Centre particle stoichiometry"
EDGE = "Average particle surface stoichiometry"
MEAN = "Average particle stoichiometry"
DIFFERENCE = "Particle heterogeneity (centre minus edge)"


def start(run: VariantRun) -> float:
    """Initial stoichiometry of the run [-]."""
    value = number(run.prepared.values, names.INITIAL_STOICHIOMETRY)
    assert value is not None  # checked before the solve
    return value


def at(run: VariantRun, name: str, time: float) -> float:
    """A series of the run at one time [s]."""
    return float(run.solved.series(name, [time])[0])


def _differences(run: VariantRun, step: int | None) -> NDArray[np.float64]:
    times = None if step is None else run.step(step).times()
    return run.solved.series(DIFFERENCE, times)


def difference(run: VariantRun, time: float) -> float:
    """Lithium at the centre minus lithium at the edge; positive if the rim is poor [-]."""
    return at(run, DIFFERENCE, time)


def difference_into_step(run: VariantRun, step: int, after: float) -> float:
    """The same, a time [s] after the beginning of a step."""
    return difference(run, run.step(step).start + after)


def difference_at_end(run: VariantRun, step: int = -1) -> float:
    """The same at the end of a step."""
    return difference(run, run.step(step).end)


def peak_difference(run: VariantRun, step: int | None = None) -> float:
    """Largest size of centre minus edge, over the run or within a step [-]."""
    return float(np.abs(_differences(run, step)).max())


def largest_difference_between(run: VariantRun, first: float, last: float) -> float:
    """Largest size of centre minus edge between two times [s]."""
    times = np.linspace(first, last, 200)
    return float(np.abs(run.solved.series(DIFFERENCE, times)).max())


def difference_at_vacancy(run: VariantRun, vacancy: float) -> float:
    """Size of centre minus edge when the mean of 1 - theta first passes a value [-]."""
    results = run.solved
    mean = 1 - results.series(MEAN)
    time = analysis.first_crossing(results.times, mean, vacancy)
    return abs(difference(run, time)) if np.isfinite(time) else float("nan")


def difference_growth(run: VariantRun, sparse: float, dense: float) -> float:
    """Difference at the vacancy ``dense`` over that at the vacancy ``sparse`` [-]."""
    return difference_at_vacancy(run, dense) / difference_at_vacancy(run, sparse)


def heterogeneous_range(run: VariantRun, level: float) -> float:
    """Width of the mean lithium content over which the size of the difference exceeds a level."""
    results = run.solved
    return analysis.heterogeneous_range(results.series(MEAN), results.series(DIFFERENCE), level)


def removed_at_centre(run: VariantRun, time: float) -> float:
    """Lithium lost at the centre since the start [-]."""
    return start(run) - at(run, CENTRE, time)


def removed_at_edge(run: VariantRun, time: float) -> float:
    """Lithium lost at the edge since the start [-]."""
    return start(run) - at(run, EDGE, time)


def centre_onset(run: VariantRun, level: float = 0.01) -> float:
    """Time at which the centre has lost a given amount [s]; NaN if it never does."""
    results = run.solved
    removed = start(run) - results.series(CENTRE)
    return analysis.first_crossing(results.times, removed, level)


def onset_in_mean(run: VariantRun, level: float = 0.01) -> float:
    """Mean lithium lost when the centre has lost ``level``, over ``level`` [-].

    1 means that the centre does not lag; NaN if the centre never gets there.
    """
    time = centre_onset(run, level)
    return (start(run) - at(run, MEAN, time)) / level if np.isfinite(time) else float("nan")


def centre_convexity(run: VariantRun, step: int = 0) -> float:
    """Largest rate at the centre over the rate of the mean, within a step [-]."""
    times = run.step(step).times()
    centre, mean = (run.solved.series(name, times) for name in (CENTRE, MEAN))
    return analysis.convexity(times, centre, mean)


def uniform_after(run: VariantRun, level: float = 0.02) -> float:
    """Last time at which the size of the difference exceeds a level [s]; 0 if it never does."""
    results = run.solved
    above = np.flatnonzero(np.abs(results.series(DIFFERENCE)) > level)
    return float(results.times[above[-1]]) if above.size else 0.0


def largest_rise_at_rest(run: VariantRun, step: int = -1) -> float:
    """Largest rise of the size of the difference from one time to a later one in a step [-].

    Zero for a decay without any rise.
    """
    size = np.abs(_differences(run, step))
    return float((size - np.minimum.accumulate(size)).max())


def drift_of_mean(run: VariantRun, step: int = -1) -> float:
    """Largest change of the mean lithium content within a step, against its beginning [-]."""
    mean = run.solved.series(MEAN, run.step(step).times())
    return float(np.abs(mean - mean[0]).max())


def relaxation_time(run: VariantRun, level: float = 0.01, step: int = -1) -> float:
    """Time from the beginning of a step until the difference stays within a level [s].

    NaN if it does not by the end of the step.
    """
    chosen = run.step(step)
    times = chosen.times()
    above = np.flatnonzero(np.abs(run.solved.series(DIFFERENCE, times)) > level)
    if not above.size:
        return 0.0
    return float(times[above[-1]] - chosen.start) if above[-1] + 1 < len(times) else float("nan")


def intensity_above_initial(run: VariantRun, content: float, step: int = -1) -> float:
    """Brightness at the end of a step over that at a lithium content, minus 1 [-].

    The linear optical stand-in of ``multiscale.analysis.heterogeneity``.
    """
    return float(analysis.optical_stand_in(np.array([content - mean_at_end(run, step)]))[0])


def initial_content(run: VariantRun) -> float:
    """Lithium content that a run starts from [-]."""
    return start(run)


def edge_at_end(run: VariantRun, step: int = -1) -> float:
    """Lithium at the edge at the end of a step [-]."""
    return at(run, EDGE, run.step(step).end)


def mean_at_end(run: VariantRun, step: int = -1) -> float:
    """Mean lithium at the end of a step [-]."""
    return at(run, MEAN, run.step(step).end)


def mean_minus_centre_at_end(run: VariantRun, step: int = -1) -> float:
    """Mean lithium minus that of the centre at the end of a step [-]."""
    end = run.step(step).end
    return at(run, MEAN, end) - at(run, CENTRE, end)


MEASURES = (
    difference,
    difference_into_step,
    difference_at_end,
    peak_difference,
    largest_difference_between,
    difference_at_vacancy,
    difference_growth,
    heterogeneous_range,
    removed_at_centre,
    removed_at_edge,
    centre_onset,
    onset_in_mean,
    centre_convexity,
    uniform_after,
    largest_rise_at_rest,
    drift_of_mean,
    relaxation_time,
    intensity_above_initial,
    initial_content,
    edge_at_end,
    mean_at_end,
    mean_minus_centre_at_end,
)
