"""Measures of how lithium is distributed over a population of particles, or over one.

All take an :class:`ElectrodeRun`; shares of a half-cycle run from 0 to 1.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from multiscale.analysis.bimodality import dip_test
from multiscale.analysis.heterogeneity import first_crossing
from multiscale.cases.electrode_run import ElectrodeRun
from multiscale.errors import ResultsError

FIELD = "Particle stoichiometry"
MEAN = "Average particle stoichiometry"


def two_mode_separation(values: NDArray[np.float64], weights: NDArray[np.float64]) -> float:
    """Distance of the means of the two classes that a distribution falls into best [same unit].

    The cut is that of Otsu (1979): the largest variance between the classes. A uniform
    distribution of width w gives w/2, so that a distance alone does not prove two modes.

    Examples
    --------
    >>> round(two_mode_separation(np.array([0.0, 0.1, 0.9, 1.0]), np.ones(4)), 6)
    0.9
    """
    order = np.argsort(values)
    x, share = values[order], weights[order] / weights.sum()
    below = np.cumsum(share)[:-1]
    moment = np.cumsum(share * x)
    inside = (below > 0) & (below < 1)
    if not inside.any():
        return 0.0
    below, low = below[inside], moment[:-1][inside]
    distance = (moment[-1] - low) / (1 - below) - low / below
    return float(distance[np.argmax(below * (1 - below) * distance**2)])


def mode_separation(run: ElectrodeRun, mean: float) -> float:
    """The same for the lithium in all particles, when their mean first falls to a value [-].

    As a two-phase fit of a diffraction pattern would see it: every point of every particle.
    NaN if the mean never gets there.
    """
    results = run.solved
    volumes = results.space.particle_volumes
    whole = volumes @ results.series(MEAN).reshape(len(volumes), -1) / volumes.sum()
    time = first_crossing(results.times, -whole, -mean)
    if not np.isfinite(time):
        return float("nan")
    points = results.space.cells
    values = np.asarray(points.interpolation @ results.field(FIELD, [time])).ravel()
    return two_mode_separation(values, points.weights)


def _contents(run: ElectrodeRun, share: float, half_cycle: int) -> NDArray[np.float64]:
    """Mean content of every particle at a share of a half-cycle."""
    if not 0 <= share <= 1:
        raise ResultsError(f"{run.name}: a share of a half-cycle is 0 to 1, not {share:g}.")
    row = run.half_cycle(half_cycle)
    time = row["start_s"] + share * row["duration_s"]
    return np.asarray(run.solved.series(MEAN, [time]), dtype=float).ravel()


def content_spread(run: ElectrodeRun, share: float = 0.5, half_cycle: int = 0) -> float:
    """Standard deviation of the particles' contents at a share of a half-cycle [-]."""
    return float(_contents(run, share, half_cycle).std())


def widest_content_spread(run: ElectrodeRun, half_cycle: int = 0) -> float:
    """The largest of them over a half-cycle, in steps of 2 % [-]."""
    shares = np.linspace(0, 1, 51)
    return max(content_spread(run, share, half_cycle) for share in shares)


def smallest_dip_p(run: ElectrodeRun, half_cycle: int = 0) -> float:
    """Smallest p-value of the dip test over a half-cycle, in steps of 10 % [-].

    Of nine tests; below 0.01 speaks for two modes even so.
    """
    shares = np.linspace(0.1, 0.9, 9)
    return min(dip_test(_contents(run, share, half_cycle))[1] for share in shares)


MEASURES = (
    mode_separation,
    content_spread,
    widest_content_spread,
    smallest_dip_p,
)
