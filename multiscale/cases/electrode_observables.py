"""Measures of an electrode run: asynchrony, order, fronts; each is a number.

All take an :class:`ElectrodeRun`; half-cycles by number (0 is the first). ``brightness_`` are
measures of the stand-in for what a microscope sees of the surface, the others of the mean
lithium content of each particle. Spreads and widths are shares of the half-cycle's duration.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from multiscale.analysis.traces import front_transit, late_particles, slope_peaks
from multiscale.cases.electrode_run import SURFACE, ElectrodeRun
from multiscale.errors import ResultsError


def _measure(table: pd.DataFrame, run: ElectrodeRun, half_cycle: int, name: str) -> float:
    run.half_cycle(half_cycle)  # refuses one that was not finished
    return float(table[name].iloc[half_cycle])


def asynchrony(run: ElectrodeRun, half_cycle: int = 0) -> float:
    """A: 90th minus 10th percentile of t50, over the duration [-]."""
    return _measure(run.measures, run, half_cycle, "range_t50")


def brightness_asynchrony(run: ElectrodeRun, half_cycle: int = 0) -> float:
    """The same for the brightness of the surface [-]."""
    return _measure(run.brightness_measures, run, half_cycle, "range_t50")


def onset_asynchrony(run: ElectrodeRun, half_cycle: int = 0) -> float:
    """90th minus 10th percentile of t10, over the duration [-]."""
    return _measure(run.measures, run, half_cycle, "range_t10")


def asynchrony_ratio(run: ElectrodeRun, half_cycle: int) -> float:
    """A of a half-cycle over that of the first charge [-]."""
    return asynchrony(run, half_cycle) / asynchrony(run, 0)


def brightness_asynchrony_ratio(run: ElectrodeRun, half_cycle: int) -> float:
    """The same for the brightness of the surface [-]."""
    return brightness_asynchrony(run, half_cycle) / brightness_asynchrony(run, 0)


def latest_minus_earliest(run: ElectrodeRun, half_cycle: int = 0) -> float:
    """Last minus first t50, over the duration [-]."""
    return _measure(run.measures, run, half_cycle, "full_range_t50")


def brightness_latest_minus_earliest(run: ElectrodeRun, half_cycle: int = 0) -> float:
    """The same for the brightness of the surface [-]."""
    return _measure(run.brightness_measures, run, half_cycle, "full_range_t50")


def median_width(run: ElectrodeRun, half_cycle: int = 0) -> float:
    """Median of t90 - t10, over the duration [-]."""
    return _measure(run.measures, run, half_cycle, "median_width")


def brightness_median_width(run: ElectrodeRun, half_cycle: int = 0) -> float:
    """The same for the brightness of the surface [-]."""
    return _measure(run.brightness_measures, run, half_cycle, "median_width")


def order_correlation(run: ElectrodeRun, half_cycle: int = 0) -> float:
    """Spearman correlation of t50 with the resistance to the collector [-]."""
    return _measure(run.measures, run, half_cycle, "order_correlation")


def not_reacted(run: ElectrodeRun, half_cycle: int = 0) -> float:
    """Number of particles that did not react in a half-cycle."""
    return _measure(run.measures, run, half_cycle, "excluded")


def _t50(timings: pd.DataFrame, run: ElectrodeRun, half_cycle: int) -> pd.Series:
    rows = timings[timings["half_cycle"] == half_cycle].set_index("particle")
    return rows["t50_s"] / run.half_cycle(half_cycle)["duration_s"]


def smallest_delay_of_tops(run: ElectrodeRun, half_cycle: int = 0) -> float:
    """Smallest increase of t50 from one top particle to the next worse connected one [-].

    Positive if they react strictly in the order of their obstruction.
    """
    t50 = _t50(run.timings, run, half_cycle).loc[run.tops]
    if len(t50) < 2:
        raise ResultsError(f"{run.name}: fewer than two particles are on top.")
    return float(np.diff(t50.to_numpy()).min())


def brightness_t50_of_top(run: ElectrodeRun, obstruction: int) -> float:
    """t50 of the brightness of the top particle behind so many others, first charge [-]."""
    counts = run.obstruction.loc[run.tops]
    chosen = counts.index[counts == obstruction]
    if chosen.empty:
        raise ResultsError(f"{run.name}: no top particle is behind {obstruction:g} others.")
    return float(_t50(run.brightness_timings, run, 0).loc[chosen].mean())


def brightness_first_t50(run: ElectrodeRun, half_cycle: int = 0) -> float:
    """t50 of the brightness of the particle that reacts first [-]."""
    return float(_t50(run.brightness_timings, run, half_cycle).min())


def brightness_last_t50(run: ElectrodeRun, half_cycle: int = 0) -> float:
    """t50 of the brightness of the particle that reacts last [-]."""
    return float(_t50(run.brightness_timings, run, half_cycle).max())


def delay_between(run: ElectrodeRun, first: int, second: int, half_cycle: int = 0) -> float:
    """t50 of one particle minus that of another, by their numbers in the geometry [-]."""
    labels = run.electrode.particles.index
    t50 = _t50(run.timings, run, half_cycle)
    return float(t50[labels[int(second)]] - t50[labels[int(first)]])


def brightness_delay_between(
    run: ElectrodeRun, first: int, second: int, half_cycle: int = 0
) -> float:
    """The same for the brightness of the surface [-]."""
    labels = run.electrode.particles.index
    t50 = _t50(run.brightness_timings, run, half_cycle)
    return float(t50[labels[int(second)]] - t50[labels[int(first)]])


def late_share(run: ElectrodeRun, share: float = 0.65, own_change: float = 0.1) -> float:
    """Share of the particles that have done less than ``own_change`` at ``share`` of charge 1."""
    late = late_particles(run.soc, share, own_change, run.timings, 0)
    return float(late["late_or_still_share"])


def late_count(run: ElectrodeRun, share: float = 0.65, own_change: float = 0.1) -> float:
    """Number of those that reacted but were late; see :func:`late_share`."""
    return float(late_particles(run.soc, share, own_change, run.timings, 0)["late"])


def _obstructed(run: ElectrodeRun) -> list[str]:
    labels = list(run.obstruction.index[run.obstruction >= 1])
    if not labels:
        raise ResultsError(f"{run.name}: no particle is behind another one.")
    return labels


def most_slope_maxima(run: ElectrodeRun, half_cycle: int = 0) -> float:
    """Largest number of maxima of the rate of brightness over the obstructed particles.

    A maximum counts from half of the highest on.
    """
    peaks = slope_peaks(run.brightness, run.brightness_timings, half_cycle)
    chosen = peaks[peaks["particle"].isin(_obstructed(run))]
    return float(chosen["slope_peaks"].max()) if len(chosen) else float("nan")


def rim_transits(run: ElectrodeRun, half_cycle: int = 0) -> pd.Series:
    """Time a front takes over the visible rim of each obstructed particle [share]."""
    signal, owner, _ = run.rim
    labels, found = list(run.solved.model.labels), {}
    one = run.half_cycles[run.half_cycles["half_cycle"] == half_cycle]
    for label in _obstructed(run):
        points = signal.isel(point=np.flatnonzero(owner == labels.index(label)))
        found[label] = float(front_transit(points, one)["transit"].iloc[0])
    return pd.Series(found)


def rim_transit(run: ElectrodeRun, half_cycle: int = 0) -> float:
    """Median of :func:`rim_transits` [-]."""
    return float(rim_transits(run, half_cycle).median())


def longest_rim_transit(run: ElectrodeRun, half_cycle: int = 0) -> float:
    """Largest of :func:`rim_transits` [-]."""
    return float(rim_transits(run, half_cycle).max())


def shortest_rim_transit(run: ElectrodeRun, half_cycle: int = 0) -> float:
    """Smallest of :func:`rim_transits` [-]."""
    return float(rim_transits(run, half_cycle).min())


def far_minus_near(run: ElectrodeRun, half_cycle: int = 0) -> float:
    """Lithium on the half of the surface away from the carbon minus that on the half near it.

    The largest over the half-cycle, and over the particles that carbon touches at one place and
    that are resolved in angle [-].
    """
    if run.prepared.spec.particles.fidelity != "resolved":
        raise ResultsError(f"{run.name}: its particles are not resolved in angle.")
    row, times = run.half_cycle(half_cycle), run.solved.times
    inside = (times >= row["start_s"]) & (times <= row["end_s"])
    values = run.solved.series(SURFACE, times[inside])
    points = run.solved.space.facets("surface")
    contacts = run.electrode.contacts
    directions = contacts[["direction_x", "direction_y", "direction_z"]].to_numpy(dtype=float)
    largest = []
    for number, label in enumerate(run.solved.model.labels):
        touching = directions[(contacts["particle"] == label).to_numpy()]
        if len(touching) != 1:
            continue
        own = points.entity == number
        away = touching[0][: len(points.points)] @ points.points[:, own] < 0
        weights = points.weights[own]
        far = (weights * away) @ values[own] / weights[away].sum()
        near = (weights * ~away) @ values[own] / weights[~away].sum()
        largest.append(float((far - near).max()))
    return max(largest, default=float("nan"))


def far_minus_near_ratio(run: ElectrodeRun, half_cycle: int) -> float:
    """The same over that of the first charge [-]."""
    return far_minus_near(run, half_cycle) / far_minus_near(run, 0)


MEASURES = (
    far_minus_near,
    far_minus_near_ratio,
    asynchrony,
    brightness_asynchrony,
    onset_asynchrony,
    asynchrony_ratio,
    brightness_asynchrony_ratio,
    latest_minus_earliest,
    brightness_latest_minus_earliest,
    median_width,
    brightness_median_width,
    order_correlation,
    not_reacted,
    smallest_delay_of_tops,
    brightness_t50_of_top,
    brightness_first_t50,
    brightness_last_t50,
    delay_between,
    brightness_delay_between,
    late_share,
    late_count,
    most_slope_maxima,
    rim_transit,
    longest_rim_transit,
    shortest_rim_transit,
)
