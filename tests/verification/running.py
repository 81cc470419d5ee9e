"""Short particle runs with values written by hand, so that parameter sets may change."""

from __future__ import annotations

from typing import Any

import numpy as np
import pybamm
from numpy.typing import NDArray

from multiscale.fem.finite_element import FiniteElement
from multiscale.fem.space import space_of
from multiscale.mesh import ParticleMesh
from multiscale.models.single_particle import DOMAIN, SingleParticleModel
from multiscale.parameters import names
from multiscale.parameters.sets import nominal_capacity

DENSITY = 4780.0  # [kg.m-3]
SPECIFIC_CAPACITY = 200.0  # [A.h.kg-1]
C_MAX = 49042.0  # [mol.m-3]
FARADAY = 1.602176634e-19 * 6.02214076e23  # [C.mol-1], exact since 2019
# d<theta>/dt of 1C [1/s]
ONE_C = DENSITY * SPECIFIC_CAPACITY / (FARADAY * C_MAX)

TIGHT = {"rtol": 1e-9, "atol": 1e-10}


def linear_ocp(sto: Any) -> Any:
    """A line: with it the law of transport is as simple as the diffusivity."""
    return 4.4 - 1.0 * sto


def values(**changes: Any) -> pybamm.ParameterValues:
    """Parameter values by hand; keywords are the constants of ``parameters.names``."""
    by_name = {
        names.OCP: linear_ocp,
        names.DIFFUSIVITY: lambda sto, T: 1e-16 + 0 * sto,
        names.DENSITY: DENSITY,
        names.SPECIFIC_CAPACITY: SPECIFIC_CAPACITY,
        names.MAXIMUM_CONCENTRATION: C_MAX,
        names.INITIAL_STOICHIOMETRY: 0.9,
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
    by_name |= {getattr(names, key): value for key, value in changes.items()}
    return pybamm.ParameterValues(by_name)


def one_c(mesh: ParticleMesh) -> float:
    """Current of 1C [A] for the values above."""
    return DENSITY * SPECIFIC_CAPACITY * mesh.volume


def solve(
    model: SingleParticleModel,
    parameter_values: pybamm.ParameterValues,
    times: NDArray[np.float64],
    *,
    flux_form: str = "integrated",
    **tolerances: float,
) -> pybamm.Solution:
    """Solve a model at a constant current; the solution has exactly ``times`` [s]."""
    methods = model.default_spatial_methods
    methods[DOMAIN] = FiniteElement(flux_form)
    simulation = pybamm.Simulation(
        model,
        parameter_values=parameter_values,
        spatial_methods=methods,
        solver=pybamm.IDAKLUSolver(**tolerances) if tolerances else model.default_solver,
    )
    solution = simulation.solve(times[[0, -1]], t_interp=times)
    assert solution.termination == "final time"
    return solution


def probe(
    solution: pybamm.Solution, mesh: ParticleMesh, points: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Stoichiometry at points (dimension, n) [m], shape (n, n_times)."""
    nodal = solution["Particle stoichiometry"].entries
    return space_of(mesh).interpolation(points) @ nodal


def l2_norm(mesh: ParticleMesh, nodal: NDArray[np.float64]) -> NDArray[np.float64]:
    """Root of the mean square over the particle of nodal values (n,) or (n, n_times)."""
    space = space_of(mesh)
    return np.sqrt(np.sum(nodal * (space.mass @ nodal), axis=0) / mesh.volume)
