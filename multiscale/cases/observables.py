"""Observables of one run: each is a number with a unit, read off its results.

Criteria and figures of a case name them; every one is a function here, with the run first and
other arguments by name and type. Times in seconds, steps by number (0 is the first, -1 the last),
lithium as a fraction. "Removed" and "mean removed" are counted from the initial state.

To add one, write the function under ``@observable(PARTICLE)``: its name is what a case file says.
"""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable
from typing import Any, TypeVar

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from multiscale.analysis import gitt
from multiscale.analysis import heterogeneity as analysis
from multiscale.cases.runs import AFTER, VariantRun
from multiscale.errors import ResultsError
from multiscale.models.material import FARADAY, GAS_CONSTANT
from multiscale.parameters import names
from multiscale.parameters.sets import number

CENTRE = "Centre particle stoichiometry"
EDGE = "Average particle surface stoichiometry"
MEAN = "Average particle stoichiometry"
DIFFERENCE = "Particle heterogeneity (centre minus edge)"
CAPACITY = "Specific discharge capacity [A.h.kg-1]"
FLUX = "Interfacial current density [A.m-2]"

Observable = Callable[..., float]
Function = TypeVar("Function", bound=Observable)

PARTICLE: dict[str, Observable] = {}
"""Observables of a single particle, by name."""


def observable(table: dict[str, Observable]) -> Callable[[Function], Function]:
    """Enter a function into a table of observables, by its name."""

    def entered(function: Function) -> Function:
        table[function.__name__] = function
        return function

    return entered


def alias(function: Observable, **fixed: Any) -> Observable:
    """An observable under another name, with some of its arguments fixed.

    Its signature has only the others, so that a case file cannot give the fixed ones.
    """

    @functools.wraps(function)
    def called(run: Any, **arguments: Any) -> float:
        return function(run, **fixed, **arguments)

    signature = inspect.signature(function)
    open_ = [one for name, one in signature.parameters.items() if name not in fixed]
    called.__signature__ = signature.replace(parameters=open_)  # type: ignore[attr-defined]
    return called


# --- lithium at the centre and at the edge --------------------------------------------


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


@observable(PARTICLE)
def difference(run: VariantRun, time: float) -> float:
    """Lithium at the centre minus lithium at the edge; positive if the rim is poor [-]."""
    return at(run, DIFFERENCE, time)


@observable(PARTICLE)
def difference_into_step(run: VariantRun, step: int, after: float) -> float:
    """The same, a time [s] after the beginning of a step."""
    return difference(run, run.step(step).start + after)


@observable(PARTICLE)
def difference_at_end(run: VariantRun, step: int = -1) -> float:
    """The same at the end of a step."""
    return difference(run, run.step(step).end)


@observable(PARTICLE)
def peak_difference(run: VariantRun, step: int | None = None) -> float:
    """Largest size of centre minus edge, over the run or within a step [-]."""
    return float(np.abs(_differences(run, step)).max())


@observable(PARTICLE)
def largest_difference_between(run: VariantRun, first: float, last: float) -> float:
    """Largest size of centre minus edge between two times [s]."""
    times = np.linspace(first, last, 200)
    return float(np.abs(run.solved.series(DIFFERENCE, times)).max())


@observable(PARTICLE)
def difference_at_vacancy(run: VariantRun, vacancy: float) -> float:
    """Size of centre minus edge when the mean of 1 - theta first passes a value [-]."""
    results = run.solved
    mean = 1 - results.series(MEAN)
    time = analysis.first_crossing(results.times, mean, vacancy)
    return abs(difference(run, time)) if np.isfinite(time) else float("nan")


@observable(PARTICLE)
def difference_growth(run: VariantRun, sparse: float, dense: float) -> float:
    """Difference at the vacancy ``dense`` over that at the vacancy ``sparse`` [-]."""
    return difference_at_vacancy(run, dense) / difference_at_vacancy(run, sparse)


@observable(PARTICLE)
def heterogeneous_range(run: VariantRun, level: float) -> float:
    """Width of the mean lithium content over which the size of the difference exceeds a level."""
    results = run.solved
    return analysis.heterogeneous_range(results.series(MEAN), results.series(DIFFERENCE), level)


@observable(PARTICLE)
def removed_at_centre(run: VariantRun, time: float) -> float:
    """Lithium lost at the centre since the start [-]."""
    return start(run) - at(run, CENTRE, time)


@observable(PARTICLE)
def removed_at_edge(run: VariantRun, time: float) -> float:
    """Lithium lost at the edge since the start [-]."""
    return start(run) - at(run, EDGE, time)


@observable(PARTICLE)
def centre_onset(run: VariantRun, level: float = 0.01) -> float:
    """Time at which the centre has lost a given amount [s]; NaN if it never does."""
    results = run.solved
    removed = start(run) - results.series(CENTRE)
    return analysis.first_crossing(results.times, removed, level)


@observable(PARTICLE)
def onset_in_mean(run: VariantRun, level: float = 0.01) -> float:
    """Mean lithium lost when the centre has lost ``level``, over ``level`` [-].

    1 means that the centre does not lag; NaN if the centre never gets there.
    """
    time = centre_onset(run, level)
    return (start(run) - at(run, MEAN, time)) / level if np.isfinite(time) else float("nan")


@observable(PARTICLE)
def centre_convexity(run: VariantRun, step: int = 0) -> float:
    """Largest rate at the centre over the rate of the mean, within a step [-]."""
    times = run.step(step).times()
    centre, mean = (run.solved.series(name, times) for name in (CENTRE, MEAN))
    return analysis.convexity(times, centre, mean)


@observable(PARTICLE)
def uniform_after(run: VariantRun, level: float = 0.02) -> float:
    """Last time at which the size of the difference exceeds a level [s]; 0 if it never does."""
    results = run.solved
    above = np.flatnonzero(np.abs(results.series(DIFFERENCE)) > level)
    return float(results.times[above[-1]]) if above.size else 0.0


@observable(PARTICLE)
def largest_rise_at_rest(run: VariantRun, step: int = -1) -> float:
    """Largest rise of the size of the difference from one time to a later one in a step [-].

    Zero for a decay without any rise.
    """
    size = np.abs(_differences(run, step))
    return float((size - np.minimum.accumulate(size)).max())


@observable(PARTICLE)
def drift_of_mean(run: VariantRun, step: int = -1) -> float:
    """Largest change of the mean lithium content within a step, against its beginning [-]."""
    mean = run.solved.series(MEAN, run.step(step).times())
    return float(np.abs(mean - mean[0]).max())


@observable(PARTICLE)
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


@observable(PARTICLE)
def intensity_above_initial(run: VariantRun, content: float, step: int = -1) -> float:
    """Brightness at the end of a step over that at a lithium content, minus 1 [-].

    The linear optical stand-in of ``multiscale.analysis.heterogeneity``.
    """
    return float(analysis.optical_stand_in(np.array([content - mean_at_end(run, step)]))[0])


@observable(PARTICLE)
def initial_content(run: VariantRun) -> float:
    """Lithium content that a run starts from [-]."""
    return start(run)


@observable(PARTICLE)
def edge_at_end(run: VariantRun, step: int = -1) -> float:
    """Lithium at the edge at the end of a step [-]."""
    return at(run, EDGE, run.step(step).end)


@observable(PARTICLE)
def mean_at_end(run: VariantRun, step: int = -1) -> float:
    """Mean lithium at the end of a step [-]."""
    return at(run, MEAN, run.step(step).end)


@observable(PARTICLE)
def mean_minus_centre_at_end(run: VariantRun, step: int = -1) -> float:
    """Mean lithium minus that of the centre at the end of a step [-]."""
    end = run.step(step).end
    return at(run, MEAN, end) - at(run, CENTRE, end)


# --- charge, flux, material laws, blocked surfaces --------------------------------------


@observable(PARTICLE)
def duration(run: VariantRun, step: int = 0) -> float:
    """How long a step took [s]."""
    chosen = run.step(step)
    return chosen.end - chosen.start


@observable(PARTICLE)
def capacity(run: VariantRun, step: int = 0) -> float:
    """Capacity passed in a step, positive on discharge [mA.h/g]."""
    chosen = run.step(step)
    return at(run, CAPACITY, chosen.end) - at(run, CAPACITY, chosen.start)


@observable(PARTICLE)
def share_of_capacity(run: VariantRun, step: int) -> float:
    """Capacity passed in a step over that of all steps together [-]."""
    total = sum(capacity(run, number) for number in range(len(run.prepared.spec.experiment)))
    return capacity(run, step) / total


@observable(PARTICLE)
def open_circuit_voltage(run: VariantRun, content: float) -> float:
    """Open-circuit potential of the set at a lithium content [V]."""
    return float(_law(run, names.OCP, np.array([content]))[0])


@observable(PARTICLE)
def final_c_rate(run: VariantRun, step: int = -1) -> float:
    """Size of the current at the end of a step in multiples of 1C [1/h]."""
    chosen = run.step(step)
    # the last instant belongs to the next step, so look just before it
    return abs(at(run, "C-rate", chosen.end - min(1.0, (chosen.end - chosen.start) / 100)))


@observable(PARTICLE)
def mean_rate(run: VariantRun, step: int = 0) -> float:
    """Lithium lost per hour in a step, as a fraction [1/h]; positive on charge."""
    chosen = run.step(step)
    lost = at(run, MEAN, chosen.start) - at(run, MEAN, chosen.end)
    return 3600 * lost / (chosen.end - chosen.start)


@observable(PARTICLE)
def lithium_balance(run: VariantRun) -> float:
    """Relative error of the lithium balance [-]."""
    return run.solved.balance.lithium


@observable(PARTICLE)
def charge_balance(run: VariantRun) -> float:
    """Relative error of the sum of facet currents against the load [-]."""
    return run.solved.balance.charge


def _flux(run: VariantRun, step: int) -> tuple[NDArray[np.float64], float]:
    """Current densities at the surface points and the load over the area [A.m-2]."""
    time = run.step(step).start + AFTER
    local = run.solved.series(FLUX, [time]).ravel()
    return local, abs(at(run, "Current [A]", time)) / run.prepared.mesh.area("surface")


@observable(PARTICLE)
def surface_flux(run: VariantRun, step: int = 0) -> float:
    """Lithium flux through the bare surface [mol.m-2.s-1]."""
    return float(np.abs(_flux(run, step)[0]).max() / FARADAY)


@observable(PARTICLE)
def bare_flux_ratio(run: VariantRun, step: int = 0) -> float:
    """Flux through the bare surface over that of an unblocked particle [-]."""
    local, even = _flux(run, step)
    return float(np.abs(local).max() / even)


@observable(PARTICLE)
def layer_flux_ratio(run: VariantRun, step: int = 0) -> float:
    """Flux through the layer over that through the bare surface [-]."""
    local = np.abs(_flux(run, step)[0])
    return float(local.min() / local.max())


def nominal_removal(run: VariantRun) -> float:
    """Lithium fraction that the nominal specific capacity stands for [-]."""
    needed = (names.SPECIFIC_CAPACITY, names.DENSITY, names.MAXIMUM_CONCENTRATION)
    specific, density, full = (number(run.prepared.values, name) or 0.0 for name in needed)
    return 3600 * specific * density / (FARADAY * full)


def displacement_series(
    run: VariantRun, times: NDArray[np.float64] | None = None
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Lithium removed on average [-], and how far the unreacted region lies towards the layer.

    The displacement [m] is along the direction of the blocked part (x without one); NaN once
    the region is smaller than 2 % of the particle. The signal is the linear optical stand-in of
    ``multiscale.analysis.heterogeneity``.
    """
    results = run.solved
    chosen = results.even_times(100) if times is None else times
    values, points = results.cell_values("Particle stoichiometry", chosen)
    signal = analysis.optical_stand_in(start(run) - values)
    moved = analysis.unreacted_displacement(points.points, points.weights, signal)
    blocked = run.prepared.spec.model.blocked
    direction = np.zeros(len(moved))
    given = np.asarray(blocked.direction if blocked else (1.0,), dtype=float)[: len(moved)]
    direction[: len(given)] = given / np.linalg.norm(given)
    return start(run) - results.series(MEAN, chosen), direction @ moved


@observable(PARTICLE)
def displacement(run: VariantRun, removed: float) -> float:
    """Displacement of the unreacted region when a given mean amount is removed [m]."""
    results = run.solved
    mean = start(run) - results.series(MEAN)
    time = analysis.first_crossing(results.times, mean, removed)
    if not np.isfinite(time):
        return float("nan")
    return float(displacement_series(run, np.array([time]))[1][0])


@observable(PARTICLE)
def largest_displacement(run: VariantRun) -> float:
    """Largest size of the displacement over the run [m]."""
    return float(np.nanmax(np.abs(displacement_series(run)[1])))


def _law(run: VariantRun, name: str, *arguments: Any) -> NDArray[np.float64]:
    law = run.prepared.values[name]
    values = law(*arguments) if callable(law) else law
    return np.broadcast_to(np.asarray(values, dtype=float), np.shape(arguments[0]))


def chemical_diffusivity(run: VariantRun, sto: Any) -> NDArray[np.float64]:
    """What the run diffuses with [m2.s-1]: D, times the factor of eq. 10 if it has one."""
    sto = np.asarray(sto, dtype=float)
    temperature = number(run.prepared.values, names.TEMPERATURE)
    assert temperature is not None  # checked before the solve
    plain = _law(run, names.DIFFUSIVITY, sto, temperature)
    if run.prepared.transport == "chemical":
        return plain
    step = 1e-5
    slope = (_law(run, names.OCP, sto + step) - _law(run, names.OCP, sto - step)) / (2 * step)
    return plain * FARADAY / (GAS_CONSTANT * temperature) * sto * -slope


@observable(PARTICLE)
def largest_ocp_slope(run: VariantRun, low: float = 0.2, high: float = 0.985) -> float:
    """Largest dU/dtheta between two stoichiometries [V]; negative for a solid solution."""
    sto = np.linspace(low, high, 1571)
    return float(np.diff(_law(run, names.OCP, sto)).max() / (sto[1] - sto[0]))


def titration(run: VariantRun) -> pd.DataFrame:
    """Table of a simulated titration: what eq. 1 returns beside what was put in.

    Columns of ``analysis.gitt.titration_table``, and stoichiometry (mean of the pulse),
    chemical_diffusivity_m2_s, relative_error, diffusion_ratio (tau D/L^2 with the D put in)
    and valid (that ratio is at most 0.1). L is the distance from centre to surface.
    """
    results, mesh = run.solved, run.prepared.mesh
    record = [(0.0, 0.0, at(run, "Voltage [V]", 0.0))]
    for step in run.steps:
        if step.skipped:
            continue
        # "C-rate" follows the load at once; the voltage of the first sample already includes
        # any jump, so that the change during the pulse does not
        times = step.times(51)
        rate, voltage = (results.series(name, times) for name in ("C-rate", "Voltage [V]"))
        record += list(zip(times, np.full(len(times), rate[1]), voltage, strict=True))
    times, current, voltage = np.array(record).T
    # steps share their ends: the later sample begins AFTER them, so that time increases
    pulses = gitt.find_pulses(times, current, voltage)
    size = mesh.volume / mesh.area("surface")
    length = float(np.ptp(results.space.coordinates[0])) / (1 if mesh.dimension == 1 else 2)
    table = gitt.titration_table(pulses, size, length)
    begin, end = (
        results.series(MEAN, np.minimum(table.start_s + share * table.duration_s, times[-1]))
        for share in (0, 1)
    )
    table.insert(0, "stoichiometry", (begin + end) / 2)
    put_in = chemical_diffusivity(run, table.stoichiometry)
    table["chemical_diffusivity_m2_s"] = put_in
    table["relative_error"] = table.diffusivity_m2_s / put_in - 1
    table["diffusion_ratio"] = table.duration_s * put_in / length**2
    table["valid"] = table.diffusion_ratio <= gitt.SHORT_PULSE
    return table


@observable(PARTICLE)
def titration_error(run: VariantRun, valid: bool = True) -> float:
    """Largest size of the relative error of eq. 1 over valid (or over the other) pulses [-]."""
    table = titration(run)
    chosen = table[table.valid == valid]
    if chosen.empty:
        raise ResultsError(f"{run.name}: no pulse is {'short' if valid else 'too long'}.")
    return float(chosen.relative_error.abs().max())


@observable(PARTICLE)
def titration_bias(run: VariantRun) -> float:
    """Mean relative error of eq. 1 over the pulses that are too long for it [-]."""
    table = titration(run)
    return float(table[~table.valid].relative_error.mean())


@observable(PARTICLE)
def short_pulses(run: VariantRun) -> float:
    """Number of pulses that are short against the diffusion time."""
    return float(titration(run).valid.sum())
