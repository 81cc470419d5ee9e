"""Measures of an electrode run: asynchrony, order, fronts; each is a number.

All take an :class:`ElectrodeRun`; half-cycles by number (0 is the first). ``brightness_`` are
measures of the stand-in for what a microscope sees of the surface, the others of the mean
lithium content of each particle. Spreads and widths are shares of the half-cycle's duration.

Particles that did not react count as later than the end of the half-cycle
(``multiscale.analysis.censoring``). What they leave open comes as a bound, ``AtLeast`` or
``AtMost``, and as NaN where it is open altogether; criteria judge a bound as one.
"""

from __future__ import annotations

import itertools

import numpy as np
import pandas as pd

from multiscale.analysis.censoring import (
    AtLeast,
    already_there,
    censored_times,
    ends_of,
    number_of,
    quantile_ends,
    ratio_of,
)
from multiscale.analysis.traces import front_transit, late_particles, slope_peaks
from multiscale.cases.electrode_run import SURFACE, ElectrodeRun
from multiscale.errors import ResultsError


def _measure(table: pd.DataFrame, run: ElectrodeRun, half_cycle: int, name: str) -> float:
    run.half_cycle(half_cycle)  # refuses one that was not finished
    value = float(table[name].iloc[half_cycle])
    bound = table.get(f"{name}_is_lower_bound")
    return AtLeast(value) if bound is not None and bound.iloc[half_cycle] else value


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
    return ratio_of(asynchrony(run, half_cycle), asynchrony(run, 0))


def brightness_asynchrony_ratio(run: ElectrodeRun, half_cycle: int) -> float:
    """The same for the brightness of the surface [-]."""
    return ratio_of(brightness_asynchrony(run, half_cycle), brightness_asynchrony(run, 0))


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


def _t50(timings: pd.DataFrame, run: ElectrodeRun, half_cycle: int) -> pd.DataFrame:
    """Smallest and largest t50 that each particle may have, over the duration [-]."""
    there = already_there(timings)
    rows = timings[timings["half_cycle"] == half_cycle]
    ends = censored_times(rows, there[rows.index].to_numpy(), "t50_s")
    duration = run.half_cycle(half_cycle)["duration_s"]
    columns = dict(zip(("low", "high"), (end / duration for end in ends), strict=True))
    return pd.DataFrame(columns, index=pd.Index(rows["particle"]))


def _later(first: pd.Series, second: pd.Series) -> tuple[float, float]:
    """Ends of the second t50 minus the first."""
    return second["low"] - first["high"], second["high"] - first["low"]


def smallest_delay_of_tops(run: ElectrodeRun, half_cycle: int = 0) -> float:
    """Smallest increase of t50 from one top particle to the next worse connected one [-].

    Positive if they react strictly in the order of their obstruction.
    """
    t50 = _t50(run.timings, run, half_cycle).loc[run.tops]
    if len(t50) < 2:
        raise ResultsError(f"{run.name}: fewer than two particles are on top.")
    pairs = itertools.pairwise(row for _, row in t50.iterrows())
    ends = np.array([_later(first, second) for first, second in pairs])
    return number_of(float(ends[:, 0].min()), float(ends[:, 1].min()))


def brightness_t50_of_top(run: ElectrodeRun, obstruction: int) -> float:
    """t50 of the brightness of the top particle behind so many others, first charge [-]."""
    counts = run.obstruction.loc[run.tops]
    chosen = counts.index[counts == obstruction]
    if chosen.empty:
        raise ResultsError(f"{run.name}: no top particle is behind {obstruction:g} others.")
    t50 = _t50(run.brightness_timings, run, 0).loc[chosen]
    return number_of(float(t50["low"].mean(skipna=False)), float(t50["high"].mean(skipna=False)))


def brightness_first_t50(run: ElectrodeRun, half_cycle: int = 0) -> float:
    """t50 of the brightness of the particle that reacts first [-]."""
    t50 = _t50(run.brightness_timings, run, half_cycle)
    return number_of(float(t50["low"].min()), float(t50["high"].min()))


def brightness_last_t50(run: ElectrodeRun, half_cycle: int = 0) -> float:
    """t50 of the brightness of the particle that reacts last [-]."""
    t50 = _t50(run.brightness_timings, run, half_cycle)
    return number_of(float(t50["low"].max()), float(t50["high"].max()))


def delay_between(run: ElectrodeRun, first: int, second: int, half_cycle: int = 0) -> float:
    """t50 of one particle minus that of another, by their numbers in the geometry [-]."""
    labels = run.electrode.particles.index
    t50 = _t50(run.timings, run, half_cycle)
    return number_of(*_later(t50.loc[labels[int(first)]], t50.loc[labels[int(second)]]))


def brightness_delay_between(
    run: ElectrodeRun, first: int, second: int, half_cycle: int = 0
) -> float:
    """The same for the brightness of the surface [-]."""
    labels = run.electrode.particles.index
    t50 = _t50(run.brightness_timings, run, half_cycle)
    return number_of(*_later(t50.loc[labels[int(first)]], t50.loc[labels[int(second)]]))


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


def rim_transits(run: ElectrodeRun, half_cycle: int = 0) -> pd.DataFrame:
    """Smallest and largest time that a front may take over the visible rim of each obstructed
    particle [share]; columns low and high."""
    signal, owner, _ = run.rim
    labels, found = list(run.solved.model.labels), {}
    one = run.half_cycles[run.half_cycles["half_cycle"] == half_cycle]
    for label in _obstructed(run):
        points = signal.isel(point=np.flatnonzero(owner == labels.index(label)))
        row = front_transit(points, one).iloc[0]
        value = float(row["transit"])
        found[label] = ends_of(AtLeast(value) if row["transit_is_lower_bound"] else value)
    return pd.DataFrame.from_dict(found, orient="index", columns=["low", "high"])


def _of_transits(run: ElectrodeRun, half_cycle: int, share: float) -> float:
    """A quantile; particles of which no rim point reacted have no front and do not count."""
    ends = rim_transits(run, half_cycle).dropna()
    if ends.empty:
        return float("nan")
    low, high = (ends[name].to_numpy(float) for name in ("low", "high"))
    return number_of(*quantile_ends(low, high, share))


def rim_transit(run: ElectrodeRun, half_cycle: int = 0) -> float:
    """Median of :func:`rim_transits` [-]."""
    return _of_transits(run, half_cycle, 0.5)


def longest_rim_transit(run: ElectrodeRun, half_cycle: int = 0) -> float:
    """Largest of :func:`rim_transits` [-]."""
    return _of_transits(run, half_cycle, 1.0)


def shortest_rim_transit(run: ElectrodeRun, half_cycle: int = 0) -> float:
    """Smallest of :func:`rim_transits` [-]."""
    return _of_transits(run, half_cycle, 0.0)


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
