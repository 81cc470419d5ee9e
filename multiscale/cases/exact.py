"""Solutions in closed form, and identities that hold whatever the numbers are.

Every value is written here and no parameter set enters, so that a change of one changes no
comparison; other codes (``other_code.py``) are compared with the same values.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

import numpy as np
import pybamm
from numpy.typing import NDArray
from scipy import optimize, special
from scipy.constants import N_A

from multiscale.cases.kind import Kind, Numbers, call, observable
from multiscale.cases.tables import Call, Text
from multiscale.errors import MultiscaleError
from multiscale.fem.space import space_of
from multiscale.mesh.particle_mesh import ParticleMesh
from multiscale.models.single_particle import SingleParticleModel
from multiscale.models.surface import BlockedSurface
from multiscale.parameters import load_set, names
from multiscale.parameters.laws import FARADAY
from multiscale.parameters.sets import nominal_capacity, number

Array = NDArray[np.float64]

DENSITY, SPECIFIC_CAPACITY, FULL = 4780.0, 200.0, 49042.0  # kg/m3, A.h/kg, mol/m3
DIFFUSIVITY = 1e-16  # m2/s
START = 0.9
TIGHT = {"rtol": 1e-9, "atol": 1e-10}
ONE_C = DENSITY * SPECIFIC_CAPACITY / (FARADAY * FULL)  # d<theta>/dt of 1C [1/s]
RADIUS = 1e-6
RATE = 0.2
TIMES = np.concatenate([[0.0], np.linspace(30, 2400, 80)])
TERMS = 200
THERMAL = 8.31446261815324 * 298.15 / FARADAY  # RT/F [V]
# Ni88 by X-ray diffraction, Lun SI, table S1: three formula units per hexagonal cell
LATTICE_A, LATTICE_C, UNITS = 2.87495e-10, 14.1910e-10, 3  # m
MOLAR_MASS = 6.94 + 0.88 * 58.693 + 0.05 * 54.938 + 0.07 * 58.933 + 2 * 15.999  # g/mol
REFUSED = ((1.0, 0.3), (1.2, 0.3), (-0.1, 0.3), (0.5, 1.0), (0.5, -0.1))  # gamma, eta


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


# --- Crank, The Mathematics of Diffusion, 2nd ed. (1975): unit flux at 1 -------------------


def slab(x: Array, tau: Array) -> Array:
    """Eq. 4.55: closed at 0; change in units of flux x thickness / D, shape (n_x, n_times)."""
    n = np.arange(1, TERMS + 1)
    modes = np.cos(np.pi * n * x[:, None]) * (-1.0) ** n / n**2
    decay = np.exp(-((np.pi * n) ** 2) * tau[:, None])
    return tau + (3 * x[:, None] ** 2 - 1) / 6 - 2 / np.pi**2 * modes @ decay.T


def cylinder(r: Array, tau: Array) -> Array:
    """Eq. 5.45."""
    roots = special.jn_zeros(1, TERMS)
    modes = special.j0(roots * r[:, None]) / (roots**2 * special.j0(roots))
    decay = np.exp(-(roots**2) * tau[:, None])
    return 2 * tau + r[:, None] ** 2 / 2 - 0.25 - 2 * modes @ decay.T


def sphere(r: Array, tau: Array) -> Array:
    """Eq. 6.45; the roots of tan a = a lie just below each pole of the tangent."""

    def function(a: float) -> float:
        return float(np.sin(a) - a * np.cos(a))

    poles = np.pi * np.arange(1, TERMS + 1)
    roots = np.array([optimize.brentq(function, pole, pole + np.pi / 2) for pole in poles])
    modes = np.sinc(roots * r[:, None] / np.pi) * roots / (roots**2 * np.sin(roots))
    decay = np.exp(-(roots**2) * tau[:, None])
    return 3 * tau + r[:, None] ** 2 / 2 - 0.3 - 2 * modes @ decay.T


SERIES = {"slab": (1, slab), "cylinder": (2, cylinder), "sphere": (3, sphere)}


def _exact(shape: str, distance: Array, times: Array) -> Array:
    dimension, series = SERIES[shape]
    inflow = -ONE_C * RATE * RADIUS / dimension
    return START + inflow * RADIUS / DIFFUSIVITY * series(
        distance / RADIUS, DIFFUSIVITY * times / RADIUS**2
    )


def constant_flux(shape: str, mesh: str = "", n: float = 80, order: float = 2) -> Numbers:
    """A charge at C/5 with constant diffusivity against the series, after 30 s to 40 min.

    On a stored mesh, or on a radial one with ``n`` elements.
    """
    if mesh:
        body = ParticleMesh.load(mesh)
    else:
        body = ParticleMesh.radial(RADIUS, int(n), shape=shape, order=int(order))
    solution = charged(body, TIMES, RATE)
    space = space_of(body)
    # corners of a polygon or polyhedron of the right volume lie slightly outside
    distance = np.minimum(np.linalg.norm(space.coordinates, axis=0), RADIUS)
    error = (solution["Particle stoichiometry"].entries - _exact(shape, distance, TIMES))[:, 1:]
    mean_square = np.sum(error * (space.mass @ error), axis=0) / body.volume
    ends = _exact(shape, np.array([0, RADIUS]), TIMES)
    middle = space.interpolation(np.zeros((space.dimension, 1)))
    found = [
        (middle @ solution["Particle stoichiometry"].entries).ravel(),
        solution["Average particle surface stoichiometry"].entries,
    ]
    return {
        "largest_error": float(np.abs(error).max()),
        "rms_error": float(np.sqrt(mean_square.max())),
        "centre_and_edge_error": float(np.abs(found - ends)[:, 1:].max()),
        "largest_difference": float(np.ptp(ends, axis=0).max()),
    }


def decay_at_rest(mesh: str = "disk_2um") -> Numbers:
    """The late rest of a disk: rate of decay over that of the slowest mode, drift of the mean."""
    body = ParticleMesh.load(mesh)
    simulation = pybamm.Simulation(
        SingleParticleModel(body, transport="chemical"),
        parameter_values=values(),
        experiment=["Charge at C/5 for 20 minutes", "Rest for 1 hour (1 minute period)"],
        solver=pybamm.IDAKLUSolver(**TIGHT),
    )
    rest = simulation.solve().cycles[1]
    mean = rest["Average particle stoichiometry"].entries
    difference = rest["Particle heterogeneity (centre minus edge)"].entries
    late = rest.t - rest.t[0] >= 1800
    decay = -np.polyfit(rest.t[late], np.log(difference[late]), 1)[0]
    slowest = DIFFUSIVITY * (special.jn_zeros(1, 1)[0] / RADIUS) ** 2
    return {"decay_ratio": float(decay / slowest), "drift": float(np.abs(mean - mean[0]).max())}


def flux_law(mesh: str = "disk_2um") -> Numbers:
    """Lun eq. 10 against the chemical form with D theta F/RT (-dU/dtheta) put in by hand."""
    body, times = ParticleMesh.load(mesh), np.linspace(0, 1200, 13)
    slow = DIFFUSIVITY / 40

    def ocp(sto: Any) -> Any:
        return 4.3 - 0.9 * sto + 0.06 * np.tanh(12 * (0.55 - sto))

    def slope(sto: Any) -> Any:  # by hand
        return -0.9 - 0.72 * (1 - np.tanh(12 * (0.55 - sto)) ** 2)

    laws = {
        "thermodynamic": lambda sto, T: slow + 0 * sto,
        "chemical": lambda sto, T: slow * sto * -slope(sto) / THERMAL,
    }
    thermodynamic, chemical = (
        charged(
            body,
            times,
            RATE,
            transport=form,
            tolerances=TIGHT,
            OCP=ocp,
            DIFFUSIVITY=law,
            INITIAL_STOICHIOMETRY=0.6,
        )
        for form, law in laws.items()
    )
    fields = [run["Particle stoichiometry"].entries for run in (thermodynamic, chemical)]
    return {
        "largest_error": float(np.abs(fields[0] - fields[1]).max()),
        "largest_difference": float(np.ptp(fields[1], axis=0).max()),
    }


def blocked_domain() -> Numbers:
    """How many blocked surfaces outside 0 <= gamma < 1, 0 <= eta < 1 are accepted."""
    accepted = 0
    for fraction, ratio in REFUSED:
        try:
            BlockedSurface(fraction=fraction, ratio=ratio)
        except MultiscaleError:
            continue
        accepted += 1
    return {"accepted": float(accepted), "tried": float(len(REFUSED))}


def lattice(parameters: str = "Lun_NMC88") -> Numbers:
    """Density and full concentration of Ni88 from its cell, over those of the parameter set."""
    cell = np.sqrt(3) / 2 * LATTICE_A**2 * LATTICE_C
    full = UNITS / (N_A * cell)
    density = full * MOLAR_MASS / 1000
    chosen = load_set(parameters).values
    ours = {key: number(chosen, key) for key in (names.DENSITY, names.MAXIMUM_CONCENTRATION)}
    return {
        "density_ratio": float((ours[names.DENSITY] or np.nan) / density),
        "concentration_ratio": float((ours[names.MAXIMUM_CONCENTRATION] or np.nan) / full),
    }


SOLUTIONS: dict[str, Any] = {
    "constant flux": constant_flux,
    "decay at rest": decay_at_rest,
    "flux law": flux_law,
    "blocked domain": blocked_domain,
    "lattice": lattice,
}


_NAMES = (
    *("largest_error", "rms_error", "centre_and_edge_error", "largest_difference"),
    *("decay_ratio", "drift", "accepted", "tried", "density_ratio", "concentration_ratio"),
)


class Solution(Call):
    """Which of them, and its arguments."""

    KEY: ClassVar[str] = "solution"
    CHOICES: ClassVar[Mapping[str, Any]] = SOLUTIONS

    solution: Text


KIND = Kind(
    name="exact solution",
    variant=Solution,
    solve=call,
    observables={name: observable(name) for name in _NAMES},
)
