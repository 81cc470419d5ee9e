"""Short runs with every value written here: what exact solutions and other codes compare with.

No parameter set enters, so that a change of one changes no comparison.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pybamm
from numpy.typing import NDArray
from scipy.constants import physical_constants

from multiscale.analysis.censoring import AtLeast, AtMost
from multiscale.cases.tables import NUMBER, check_keys, choose, take
from multiscale.errors import ResultsError
from multiscale.mesh.particle_mesh import ParticleMesh
from multiscale.models.single_particle import SingleParticleModel
from multiscale.parameters import names
from multiscale.parameters.sets import nominal_capacity

Array = NDArray[np.float64]
Figures = Mapping[str, float]

FARADAY = physical_constants["Faraday constant"][0]
DENSITY, SPECIFIC_CAPACITY, FULL = 4780.0, 200.0, 49042.0  # kg/m3, A.h/kg, mol/m3
DIFFUSIVITY = 1e-16  # m2/s
START = 0.9
TIGHT = {"rtol": 1e-9, "atol": 1e-10}
ONE_C = DENSITY * SPECIFIC_CAPACITY / (FARADAY * FULL)  # d<theta>/dt of 1C [1/s]


def values(**changes: Any) -> pybamm.ParameterValues:
    """Parameter values; keywords are the constants of ``parameters.names``."""
    entries = {
        names.OCP: lambda sto: 4.4 - 1.0 * sto,
        names.DIFFUSIVITY: lambda sto, T: DIFFUSIVITY + 0 * sto,
        names.DENSITY: DENSITY,
        names.SPECIFIC_CAPACITY: SPECIFIC_CAPACITY,
        names.MAXIMUM_CONCENTRATION: FULL,
        names.INITIAL_STOICHIOMETRY: START,
        names.TEMPERATURE: 298.15,
        names.LOWER_CUTOFF: 2.0,
        names.UPPER_CUTOFF: 5.0,
        names.NOMINAL_CAPACITY: nominal_capacity(),
        names.CURRENT: 0.0,
        names.EXCHANGE_CURRENT: lambda c_e, c_s, c_max, T: 1.0 + 0 * c_s,
        names.TRANSFER_COEFFICIENT: 0.5,
        names.ELECTROLYTE_CONCENTRATION: 1000.0,
        names.CONDUCTIVITY: lambda sto, T: 1e-2 * 10 ** (-2 * sto),
        names.CONTACT_CONDUCTANCE: 1e3,
    }
    entries |= {getattr(names, key): value for key, value in changes.items()}
    return pybamm.ParameterValues(entries)


def charged(
    mesh: ParticleMesh,
    times: Array,
    rate: float,
    *,
    transport: str = "chemical",
    tolerances: Mapping[str, float] | None = None,
    **changes: Any,
) -> pybamm.Solution:
    """A single particle charged at so many C; the solution has exactly ``times`` [s]."""
    model = SingleParticleModel(mesh, transport=transport)
    changes["CURRENT"] = -rate * DENSITY * SPECIFIC_CAPACITY * mesh.volume
    solver = pybamm.IDAKLUSolver(**tolerances) if tolerances else model.default_solver
    simulation = pybamm.Simulation(model, parameter_values=values(**changes), solver=solver)
    return simulation.solve(times[[0, -1]], t_interp=times)


def reader(known: Mapping[str, Callable[..., Figures]], key: str, numbers: tuple[str, ...]) -> Any:
    """``read`` of a kind whose variants name one of several functions, and its arguments."""

    def read(table: Mapping[str, Any], folder: Path | None, where: str) -> dict[str, Any]:
        check_keys(table, (key, "shape", "mesh", *numbers), where)
        read = {key: choose(take(table, key, str, where, ...), known, key, where)}
        for name in ("shape", "mesh"):
            if name in table:
                read[name] = take(table, name, str, where)
        return read | {name: take(table, name, NUMBER, where) for name in numbers if name in table}

    return read


def figure(name: str) -> Callable[[Figures], float]:
    """The measure that takes one figure out of what a comparison returns."""

    def measure(figures: Figures) -> float:
        if name not in figures:
            raise ResultsError(f"This comparison has no {name}; it has {', '.join(figures)}.")
        return bounded(figures, name)

    return measure


def bounded(figures: Figures, name: str) -> float:
    """A figure; as a bound if the one beside it says that it is no more.

    Examples
    --------
    >>> type(bounded({"p90_error": 0.3, "p90_error_is_lower_bound": 1.0}, "p90_error")).__name__
    'AtLeast'
    """
    if figures.get(f"{name}_is_lower_bound"):
        return AtLeast(figures[name])
    return AtMost(figures[name]) if figures.get(f"{name}_is_upper_bound") else figures[name]
