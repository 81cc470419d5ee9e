"""Measures of an electrode run that rest on its charge, voltage and material laws."""

from __future__ import annotations

import numpy as np
import pybamm
from numpy.typing import NDArray
from scipy.integrate import solve_ivp

from multiscale.cases.electrode_run import ElectrodeRun, conductivity
from multiscale.cases.neck import neck_drop as _neck_drop
from multiscale.errors import ResultsError
from multiscale.models.material import diffusivity
from multiscale.parameters import names
from multiscale.parameters.sets import number

MEAN = "Average particle stoichiometry"
SURFACE = "Average particle surface stoichiometry"
SHELLS = 200  # of the particle whose filling and emptying is timed
DONE = 0.9  # of its change, in that time


def cycle_loss(run: ElectrodeRun, cycle: int = 0) -> float:
    """Share of a charge's capacity that the following discharge does not give back [-]."""
    charge, discharge = (run.half_cycle(2 * cycle + k) for k in (0, 1))
    if (charge["kind"], discharge["kind"]) != ("charge", "discharge"):
        raise ResultsError(f"{run.name}: cycle {cycle + 1} is not a charge and a discharge.")
    return float(1 - discharge["capacity_Ah"] / charge["capacity_Ah"])


def mean_content(run: ElectrodeRun, half_cycle: int) -> float:
    """Mean lithium content of the electrode at the start of a half-cycle [-]."""
    start = run.half_cycle(half_cycle)["start_s"]
    volumes = run.solved.space.particle_volumes
    return float(run.solved.series(MEAN, [start]).ravel() @ volumes / volumes.sum())


def conductivity_ratio(run: ElectrodeRun, half_cycle: int = 2) -> float:
    """Conductivity at the mean content when a half-cycle starts, over the pristine one [-]."""
    return conductivity(run, mean_content(run, half_cycle)) / conductivity(run, run.start)


def _diffusivity(run: ElectrodeRun, sto: NDArray[np.float64]) -> NDArray[np.float64]:
    law = run.prepared.values.process_symbol(diffusivity(pybamm.Vector(sto)))
    values = np.asarray(law.evaluate(), dtype=float).ravel()
    return np.broadcast_to(values, sto.shape)


def diffusivity_ratio(run: ElectrodeRun, half_cycle: int = 2) -> float:
    """Diffusivity at the mean content when a half-cycle starts, over the pristine one [-]."""
    later, first = _diffusivity(run, np.array([mean_content(run, half_cycle), run.start]))
    return float(later / first)


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


def polarisation(run: ElectrodeRun, low: float = 0.05, high: float = 0.6) -> float:
    """Mean voltage of the first charge minus that of the second, at equal shares [V]."""
    share = np.linspace(low, high, 56)
    first, second = (_voltage(run, k, share) for k in (0, 2))
    return float(np.mean(first - second))


def _voltage(run: ElectrodeRun, half_cycle: int, share: NDArray[np.float64]) -> NDArray[np.float64]:
    row = run.half_cycle(half_cycle)
    return run.solved.series("Voltage [V]", row["start_s"] + share * row["duration_s"])


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


def rim_rate_drop(run: ElectrodeRun, half_cycle: int = 0) -> float:
    """Rate of the surface over that of the mean before the voltage hold, over that after [-]."""
    before, after, _ = rim_rates(run, half_cycle)
    return before / after


def neck_drop(run: ElectrodeRun) -> float:
    """V1: ohmic drop of one pristine contact of two particles at nominal current [V]."""
    return _neck_drop(run.prepared)


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


MEASURES = (
    cycle_loss,
    mean_content,
    conductivity_ratio,
    diffusivity_ratio,
    filling_over_emptying,
    polarisation,
    voltage_at,
    rim_rate_drop,
    neck_drop,
    electrolyte_drop,
)
