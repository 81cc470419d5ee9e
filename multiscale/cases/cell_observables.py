"""Measures of charge, flux, material laws and blocked surfaces in one run."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from multiscale.analysis import gitt
from multiscale.analysis import heterogeneity as analysis
from multiscale.cases.observables import MEAN, at, start
from multiscale.cases.runs import AFTER, VariantRun
from multiscale.errors import ResultsError
from multiscale.models.kinetics import FARADAY, GAS_CONSTANT
from multiscale.parameters import names
from multiscale.parameters.sets import number

CAPACITY = "Specific discharge capacity [A.h.kg-1]"
FLUX = "Interfacial current density [A.m-2]"


def duration(run: VariantRun, step: int = 0) -> float:
    """How long a step took [s]."""
    chosen = run.step(step)
    return chosen.end - chosen.start


def capacity(run: VariantRun, step: int = 0) -> float:
    """Capacity passed in a step, positive on discharge [mA.h/g]."""
    chosen = run.step(step)
    return at(run, CAPACITY, chosen.end) - at(run, CAPACITY, chosen.start)


def share_of_capacity(run: VariantRun, step: int) -> float:
    """Capacity passed in a step over that of all steps together [-]."""
    total = sum(capacity(run, number) for number in range(len(run.prepared.spec.experiment)))
    return capacity(run, step) / total


def open_circuit_voltage(run: VariantRun, content: float) -> float:
    """Open-circuit potential of the set at a lithium content [V]."""
    return float(_law(run, names.OCP, np.array([content]))[0])


def final_c_rate(run: VariantRun, step: int = -1) -> float:
    """Size of the current at the end of a step in multiples of 1C [1/h]."""
    chosen = run.step(step)
    # the last instant belongs to the next step, so look just before it
    return abs(at(run, "C-rate", chosen.end - min(1.0, (chosen.end - chosen.start) / 100)))


def mean_rate(run: VariantRun, step: int = 0) -> float:
    """Lithium lost per hour in a step, as a fraction [1/h]; positive on charge."""
    chosen = run.step(step)
    lost = at(run, MEAN, chosen.start) - at(run, MEAN, chosen.end)
    return 3600 * lost / (chosen.end - chosen.start)


def lithium_balance(run: VariantRun) -> float:
    """Relative error of the lithium balance [-]."""
    return run.solved.balance.lithium


def charge_balance(run: VariantRun) -> float:
    """Relative error of the sum of facet currents against the load [-]."""
    return run.solved.balance.charge


def _flux(run: VariantRun, step: int) -> tuple[NDArray[np.float64], float]:
    """Current densities at the surface points and the load over the area [A.m-2]."""
    time = run.step(step).start + AFTER
    local = run.solved.series(FLUX, [time]).ravel()
    return local, abs(at(run, "Current [A]", time)) / run.prepared.mesh.area("surface")


def surface_flux(run: VariantRun, step: int = 0) -> float:
    """Lithium flux through the bare surface [mol.m-2.s-1]."""
    return float(np.abs(_flux(run, step)[0]).max() / FARADAY)


def bare_flux_ratio(run: VariantRun, step: int = 0) -> float:
    """Flux through the bare surface over that of an unblocked particle [-]."""
    local, even = _flux(run, step)
    return float(np.abs(local).max() / even)


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


def displacement(run: VariantRun, removed: float) -> float:
    """Displacement of the unreacted region when a given mean amount is removed [m]."""
    results = run.solved
    mean = start(run) - results.series(MEAN)
    time = analysis.first_crossing(results.times, mean, removed)
    if not np.isfinite(time):
        return float("nan")
    return float(displacement_series(run, np.array([time]))[1][0])


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


def titration_error(run: VariantRun, valid: bool = True) -> float:
    """Largest size of the relative error of eq. 1 over valid (or over the other) pulses [-]."""
    table = titration(run)
    chosen = table[table.valid == valid]
    if chosen.empty:
        raise ResultsError(f"{run.name}: no pulse is {'short' if valid else 'too long'}.")
    return float(chosen.relative_error.abs().max())


def titration_bias(run: VariantRun) -> float:
    """Mean relative error of eq. 1 over the pulses that are too long for it [-]."""
    table = titration(run)
    return float(table[~table.valid].relative_error.mean())


def short_pulses(run: VariantRun) -> float:
    """Number of pulses that are short against the diffusion time."""
    return float(titration(run).valid.sum())


MEASURES = (
    duration,
    capacity,
    share_of_capacity,
    open_circuit_voltage,
    final_c_rate,
    mean_rate,
    lithium_balance,
    charge_balance,
    surface_flux,
    bare_flux_ratio,
    layer_flux_ratio,
    displacement,
    largest_displacement,
    largest_ocp_slope,
    titration_error,
    titration_bias,
    short_pulses,
)
