"""Observables of an electrode run: asynchrony, order, fronts, charge, laws, distributions.

Each is a number with a unit, entered into :data:`ELECTRODE` as those of a single particle are into
theirs (``cases/observables.py``). All take an :class:`ElectrodeRun`; half-cycles by number (0 is
the first), shares of a half-cycle from 0 to 1. Spreads and widths are shares of its duration.

``signal`` says what the reaction timings are drawn from: the mean lithium content of each particle,
or the brightness of its surface, a stand-in for what a microscope sees.

Particles that did not react count as later than the end of the half-cycle
(``multiscale.analysis.censoring``). What they leave open comes as a bound, ``AtLeast`` or
``AtMost``, and as NaN where it is open altogether; criteria judge a bound as one.
"""

from __future__ import annotations

import itertools
from typing import Literal

import numpy as np
import pandas as pd
import pybamm
from numpy.typing import NDArray
from scipy.integrate import solve_ivp

from multiscale.analysis.bimodality import dip_test
from multiscale.analysis.censoring import (
    AtLeast,
    already_there,
    censored_times,
    ends_of,
    number_of,
    quantile_ends,
    ratio_of,
)
from multiscale.analysis.heterogeneity import first_crossing
from multiscale.analysis.traces import front_transit, late_particles, slope_peaks
from multiscale.cases.electrode import SURFACE, ElectrodeRun, conductivity
from multiscale.cases.electrode import neck_drop as _neck_drop
from multiscale.cases.observables import (
    MEAN,
    Observable,
    alias,
    charge_balance,
    lithium_balance,
    observable,
)
from multiscale.errors import ResultsError
from multiscale.models.material import diffusivity
from multiscale.parameters import names
from multiscale.parameters.sets import number

FIELD = "Particle stoichiometry"
SHELLS = 200  # of the particle whose filling and emptying is timed
DONE = 0.9  # of its change, in that time

Signal = Literal["lithium", "brightness"]

ELECTRODE: dict[str, Observable] = {}
"""Observables of an electrode, by name."""

for _shared in (lithium_balance, charge_balance):
    observable(ELECTRODE)(_shared)


# --- reaction timings -----------------------------------------------------------------


def _timings(run: ElectrodeRun, signal: Signal) -> pd.DataFrame:
    return run.timings if signal == "lithium" else run.brightness_timings


def _measure(run: ElectrodeRun, half_cycle: int, signal: Signal, name: str) -> float:
    """A column of ``analysis.electrode_measures``, as a bound where it is one."""
    run.half_cycle(half_cycle)  # refuses one that was not finished
    table = run.measures if signal == "lithium" else run.brightness_measures
    value = float(table[name].iloc[half_cycle])
    bound = table.get(f"{name}_is_lower_bound")
    return AtLeast(value) if bound is not None and bound.iloc[half_cycle] else value


@observable(ELECTRODE)
def asynchrony(run: ElectrodeRun, half_cycle: int = 0, *, signal: Signal = "lithium") -> float:
    """A: 90th minus 10th percentile of t50, over the duration [-]."""
    return _measure(run, half_cycle, signal, "range_t50")


@observable(ELECTRODE)
def onset_asynchrony(
    run: ElectrodeRun, half_cycle: int = 0, *, signal: Signal = "lithium"
) -> float:
    """90th minus 10th percentile of t10, over the duration [-]."""
    return _measure(run, half_cycle, signal, "range_t10")


@observable(ELECTRODE)
def asynchrony_ratio(run: ElectrodeRun, half_cycle: int, *, signal: Signal = "lithium") -> float:
    """A of a half-cycle over that of the first charge [-]."""
    return ratio_of(asynchrony(run, half_cycle, signal=signal), asynchrony(run, 0, signal=signal))


@observable(ELECTRODE)
def latest_minus_earliest(
    run: ElectrodeRun, half_cycle: int = 0, *, signal: Signal = "lithium"
) -> float:
    """Last minus first t50, over the duration [-]."""
    return _measure(run, half_cycle, signal, "full_range_t50")


@observable(ELECTRODE)
def median_width(run: ElectrodeRun, half_cycle: int = 0, *, signal: Signal = "lithium") -> float:
    """Median of t90 - t10, over the duration [-]."""
    return _measure(run, half_cycle, signal, "median_width")


@observable(ELECTRODE)
def order_correlation(
    run: ElectrodeRun, half_cycle: int = 0, *, signal: Signal = "lithium"
) -> float:
    """Spearman correlation of t50 with the resistance to the collector [-]."""
    return _measure(run, half_cycle, signal, "order_correlation")


@observable(ELECTRODE)
def not_reacted(run: ElectrodeRun, half_cycle: int = 0, *, signal: Signal = "lithium") -> float:
    """Number of particles that did not react in a half-cycle."""
    return _measure(run, half_cycle, signal, "excluded")


def _t50(run: ElectrodeRun, half_cycle: int, signal: Signal) -> pd.DataFrame:
    """Smallest and largest t50 that each particle may have, over the duration [-]."""
    timings = _timings(run, signal)
    there = already_there(timings)
    rows = timings[timings["half_cycle"] == half_cycle]
    ends = censored_times(rows, there[rows.index].to_numpy(), "t50_s")
    duration = run.half_cycle(half_cycle)["duration_s"]
    columns = dict(zip(("low", "high"), (end / duration for end in ends), strict=True))
    return pd.DataFrame(columns, index=pd.Index(rows["particle"]))


def _later(first: pd.Series, second: pd.Series) -> tuple[float, float]:
    """Ends of the second t50 minus the first."""
    return second["low"] - first["high"], second["high"] - first["low"]


@observable(ELECTRODE)
def smallest_delay_of_tops(
    run: ElectrodeRun, half_cycle: int = 0, *, signal: Signal = "lithium"
) -> float:
    """Smallest increase of t50 from one top particle to the next worse connected one [-].

    Positive if they react strictly in the order of their obstruction.
    """
    t50 = _t50(run, half_cycle, signal).loc[run.tops]
    if len(t50) < 2:
        raise ResultsError(f"{run.name}: fewer than two particles are on top.")
    pairs = itertools.pairwise(row for _, row in t50.iterrows())
    ends = np.array([_later(first, second) for first, second in pairs])
    return number_of(float(ends[:, 0].min()), float(ends[:, 1].min()))


@observable(ELECTRODE)
def t50_of_top(
    run: ElectrodeRun, obstruction: int, half_cycle: int = 0, *, signal: Signal = "lithium"
) -> float:
    """t50 of the top particle behind so many others [-]; the mean if there are several."""
    counts = run.obstruction.loc[run.tops]
    behind = counts.index[counts == obstruction]
    if behind.empty:
        raise ResultsError(f"{run.name}: no top particle is behind {obstruction:g} others.")
    t50 = _t50(run, half_cycle, signal).loc[behind]
    return number_of(float(t50["low"].mean(skipna=False)), float(t50["high"].mean(skipna=False)))


@observable(ELECTRODE)
def first_t50(run: ElectrodeRun, half_cycle: int = 0, *, signal: Signal = "lithium") -> float:
    """t50 of the particle that reacts first [-]."""
    t50 = _t50(run, half_cycle, signal)
    return number_of(float(t50["low"].min()), float(t50["high"].min()))


@observable(ELECTRODE)
def last_t50(run: ElectrodeRun, half_cycle: int = 0, *, signal: Signal = "lithium") -> float:
    """t50 of the particle that reacts last [-]."""
    t50 = _t50(run, half_cycle, signal)
    return number_of(float(t50["low"].max()), float(t50["high"].max()))


@observable(ELECTRODE)
def delay_between(
    run: ElectrodeRun, first: int, second: int, half_cycle: int = 0, *, signal: Signal = "lithium"
) -> float:
    """t50 of the second particle minus that of the first, by numbers in the geometry [-]."""
    labels = run.electrode.particles.index
    t50 = _t50(run, half_cycle, signal)
    return number_of(*_later(t50.loc[labels[int(first)]], t50.loc[labels[int(second)]]))


for _name in (
    *("asynchrony", "asynchrony_ratio", "latest_minus_earliest", "median_width"),
    *("first_t50", "last_t50", "delay_between"),
):
    ELECTRODE[f"brightness_{_name}"] = alias(ELECTRODE[_name], signal="brightness")
ELECTRODE["brightness_t50_of_top"] = alias(t50_of_top, signal="brightness", half_cycle=0)


@observable(ELECTRODE)
def late_share(run: ElectrodeRun, share: float = 0.65, own_change: float = 0.1) -> float:
    """Share of the particles that have done less than ``own_change`` at ``share`` of charge 1."""
    late = late_particles(run.soc, share, own_change, run.timings, 0)
    return float(late["late_or_still_share"])


@observable(ELECTRODE)
def late_count(run: ElectrodeRun, share: float = 0.65, own_change: float = 0.1) -> float:
    """Number of those that reacted but were late; see :func:`late_share`."""
    return float(late_particles(run.soc, share, own_change, run.timings, 0)["late"])


def _obstructed(run: ElectrodeRun) -> list[str]:
    labels = list(run.obstruction.index[run.obstruction >= 1])
    if not labels:
        raise ResultsError(f"{run.name}: no particle is behind another one.")
    return labels


@observable(ELECTRODE)
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


@observable(ELECTRODE)
def rim_transit(run: ElectrodeRun, half_cycle: int = 0) -> float:
    """Median of :func:`rim_transits` [-]."""
    return _of_transits(run, half_cycle, 0.5)


@observable(ELECTRODE)
def longest_rim_transit(run: ElectrodeRun, half_cycle: int = 0) -> float:
    """Largest of :func:`rim_transits` [-]."""
    return _of_transits(run, half_cycle, 1.0)


@observable(ELECTRODE)
def shortest_rim_transit(run: ElectrodeRun, half_cycle: int = 0) -> float:
    """Smallest of :func:`rim_transits` [-]."""
    return _of_transits(run, half_cycle, 0.0)


@observable(ELECTRODE)
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
    for i, label in enumerate(run.solved.model.labels):
        touching = directions[(contacts["particle"] == label).to_numpy()]
        if len(touching) != 1:
            continue
        own = points.entity == i
        away = touching[0][: len(points.points)] @ points.points[:, own] < 0
        weights = points.weights[own]
        far = (weights * away) @ values[own] / weights[away].sum()
        near = (weights * ~away) @ values[own] / weights[~away].sum()
        largest.append(float((far - near).max()))
    return max(largest, default=float("nan"))


@observable(ELECTRODE)
def far_minus_near_ratio(run: ElectrodeRun, half_cycle: int) -> float:
    """The same over that of the first charge [-]."""
    return far_minus_near(run, half_cycle) / far_minus_near(run, 0)


# --- charge, voltage, material laws ------------------------------------------------------


@observable(ELECTRODE)
def cycle_loss(run: ElectrodeRun, cycle: int = 0) -> float:
    """Share of a charge's capacity that the following discharge does not give back [-]."""
    charge, discharge = (run.half_cycle(2 * cycle + k) for k in (0, 1))
    if (charge["kind"], discharge["kind"]) != ("charge", "discharge"):
        raise ResultsError(f"{run.name}: cycle {cycle + 1} is not a charge and a discharge.")
    return float(1 - discharge["capacity_Ah"] / charge["capacity_Ah"])


@observable(ELECTRODE)
def mean_content(run: ElectrodeRun, half_cycle: int) -> float:
    """Mean lithium content of the electrode at the start of a half-cycle [-]."""
    start = run.half_cycle(half_cycle)["start_s"]
    volumes = run.solved.space.particle_volumes
    return float(run.solved.series(MEAN, [start]).ravel() @ volumes / volumes.sum())


@observable(ELECTRODE)
def conductivity_ratio(run: ElectrodeRun, half_cycle: int = 2) -> float:
    """Conductivity at the mean content when a half-cycle starts, over the pristine one [-]."""
    return conductivity(run, mean_content(run, half_cycle)) / conductivity(run, run.start)


def _diffusivity(run: ElectrodeRun, sto: NDArray[np.float64]) -> NDArray[np.float64]:
    law = run.prepared.values.process_symbol(diffusivity(pybamm.Vector(sto)))
    values = np.asarray(law.evaluate(), dtype=float).ravel()
    return np.broadcast_to(values, sto.shape)


@observable(ELECTRODE)
def diffusivity_ratio(run: ElectrodeRun, half_cycle: int = 2) -> float:
    """Diffusivity at the mean content when a half-cycle starts, over the pristine one [-]."""
    later, first = _diffusivity(run, np.array([mean_content(run, half_cycle), run.start]))
    return float(later / first)


@observable(ELECTRODE)
def filling_over_emptying(run: ElectrodeRun, full: float, empty: float) -> float:
    """Time to fill a particle over the time to empty it, its surface held at the end content.

    Between two contents, for a sphere and 90 % of the change; the size cancels.
    """
    return _step_time(run, empty, full) / _step_time(run, full, empty)


def _step_time(run: ElectrodeRun, first: float, last: float) -> float:
    """Time in units of R2 over 1 m2/s; finite volumes, fluxes of the potential of D."""
    table = np.linspace(min(first, last), max(first, last), 2001)
    law = _diffusivity(run, table)
    grown = np.concatenate([[0], np.cumsum((law[1:] + law[:-1]) / 2 * np.diff(table))])
    edges = np.linspace(0, 1, SHELLS + 1)
    volumes, width = np.diff(edges**3) / 3, edges[1]

    def rate(_: float, x: NDArray[np.float64]) -> NDArray[np.float64]:
        inside = np.interp(x, table, grown)
        outside = np.interp(last, table, grown)
        flux = np.concatenate([[0], np.diff(inside) / width, [(outside - inside[-1]) * 2 / width]])
        change: NDArray[np.float64] = np.diff(flux * edges**2) / volumes
        return change

    def done(_: float, x: NDArray[np.float64]) -> float:
        return float((x @ volumes * 3 - first) / (last - first) - DONE)

    done.terminal = True  # type: ignore[attr-defined]
    begin = np.full(SHELLS, first)
    bands = {"lband": 1, "uband": 1}
    end = 100 / law.min()
    found = solve_ivp(rate, (0, end), begin, "LSODA", events=done, rtol=1e-6, atol=1e-9, **bands)
    if not found.t_events[0].size:
        raise ResultsError(f"{run.name}: the step from {first:g} to {last:g} was not completed.")
    return float(found.t_events[0][0])


@observable(ELECTRODE)
def polarisation(run: ElectrodeRun, low: float = 0.05, high: float = 0.6) -> float:
    """Mean voltage of the first charge minus that of the second, at equal shares [V]."""
    share = np.linspace(low, high, 56)
    first, second = (_voltage(run, k, share) for k in (0, 2))
    return float(np.mean(first - second))


def _voltage(run: ElectrodeRun, half_cycle: int, share: NDArray[np.float64]) -> NDArray[np.float64]:
    row = run.half_cycle(half_cycle)
    return run.solved.series("Voltage [V]", row["start_s"] + share * row["duration_s"])


@observable(ELECTRODE)
def voltage_at(run: ElectrodeRun, share: float, half_cycle: int = 0) -> float:
    """Voltage at a share of a half-cycle [V]."""
    return float(_voltage(run, half_cycle, np.array([share]))[0])


def rim_rates(run: ElectrodeRun, half_cycle: int = 0) -> tuple[float, float, float]:
    """Rate of the surface over that of the mean just before the voltage hold of a half-cycle,
    just after it began, and at its end [-]; over 1 % of the half-cycle each."""
    steps = run.steps_of(int(run.half_cycle(half_cycle)["position"]))
    if len(steps) < 2:
        raise ResultsError(f"{run.name}: half-cycle {half_cycle} has no voltage hold.")
    switch, end = steps[-1].start, steps[-1].end
    span = 0.01 * run.half_cycle(half_cycle)["duration_s"]
    windows = [(switch - span, switch), (switch, switch + span), (end - span, end)]
    weights = run.solved.space.particle_volumes
    ratios = []
    for window in windows:
        surface, mean = (
            np.diff(weights @ run.solved.series(name, window).reshape(len(weights), -1))[0]
            for name in (SURFACE, MEAN)
        )
        ratios.append(float(surface / mean))
    return ratios[0], ratios[1], ratios[2]


@observable(ELECTRODE)
def rim_rate_drop(run: ElectrodeRun, half_cycle: int = 0) -> float:
    """Rate of the surface over that of the mean before the voltage hold, over that after [-]."""
    before, after, _ = rim_rates(run, half_cycle)
    return before / after


@observable(ELECTRODE)
def neck_drop(run: ElectrodeRun) -> float:
    """Ohmic drop of one pristine contact of two particles at nominal current [V]."""
    return _neck_drop(run.prepared)


@observable(ELECTRODE)
def electrolyte_drop(run: ElectrodeRun, porosity: float = 0.3) -> float:
    """Estimate of the voltage drop in the electrolyte-filled pores at nominal current [V].

    Current of all particles over the width of the electrode, half of its height,
    tortuosity after Bruggeman.
    """
    values, particles = run.prepared.values, run.electrode.particles
    radius = particles["radius_m"]
    width = float(np.ptp(particles["x_m"]) + 2 * radius.max())
    across = run.electrode.depth or float(np.ptp(particles["y_m"]) + 2 * radius.max())
    upwards = "y_m" if run.electrode.dimension == 2 else "z_m"
    height = float(np.ptp(particles[upwards]) + 2 * radius.max())
    current = np.abs(run.solved.series("Current [A]")).max()
    salt, temperature = (
        number(values, name) for name in (names.ELECTROLYTE_CONCENTRATION, names.TEMPERATURE)
    )
    law = values[names.ELECTROLYTE_CONDUCTIVITY]
    bulk = float(law(salt, temperature) if callable(law) else law)
    return float(current / (width * across) * height / 2 / (bulk * porosity**1.5))


# --- how lithium is distributed over the particles, or within one ------------------------


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


@observable(ELECTRODE)
def mode_separation(run: ElectrodeRun, mean: float) -> float:
    """The two-mode separation of the lithium in all particles, when their mean first falls to a
    value [-].

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


@observable(ELECTRODE)
def content_spread(run: ElectrodeRun, share: float = 0.5, half_cycle: int = 0) -> float:
    """Standard deviation of the particles' contents at a share of a half-cycle [-]."""
    return float(_contents(run, share, half_cycle).std())


@observable(ELECTRODE)
def widest_content_spread(run: ElectrodeRun, half_cycle: int = 0) -> float:
    """The largest of them over a half-cycle, in steps of 2 % [-]."""
    shares = np.linspace(0, 1, 51)
    return max(content_spread(run, share, half_cycle) for share in shares)


@observable(ELECTRODE)
def smallest_dip_p(run: ElectrodeRun, half_cycle: int = 0) -> float:
    """Smallest p-value of the dip test over a half-cycle, in steps of 10 % [-].

    Of nine tests; below 0.01 speaks for two modes even so.
    """
    shares = np.linspace(0.1, 0.9, 9)
    return min(dip_test(_contents(run, share, half_cycle))[1] for share in shares)
