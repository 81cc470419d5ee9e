"""The same problem in PyBaMM's own discretisations and models, written by others."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

import numpy as np
import pybamm

from multiscale.cases import exact
from multiscale.cases.exact import START, Array
from multiscale.cases.kind import Kind, Numbers, call, observable
from multiscale.cases.tables import Call, Text
from multiscale.electrode.geometry import ElectrodeGeometry
from multiscale.fem.space import space_of
from multiscale.mesh.particle_mesh import ParticleMesh
from multiscale.models.electrode import ElectrodeModel
from multiscale.models.fidelity import Radial

RADIUS = 1e-6
TIMES = np.linspace(0, 1800, 13)
RATE = 0.5
TIGHT = {"rtol": 1e-8, "atol": 1e-10}
DOMAIN = "active material"
VOLUMES = 120  # of PyBaMM along the radius
ELEMENTS = 60  # of ours


def _diffusivity(sto: Any) -> Any:
    """Twelve times lower at 0.9 than when empty."""
    return 1.6e-15 * 10 ** (-1.2 * sto)


# --- finite volumes on the same elements ---------------------------------------------------


class _SameElements(pybamm.MeshGenerator):
    """PyBaMM's unstructured mesh of the elements of a particle mesh."""

    def __init__(self, mesh: ParticleMesh):
        submesh = pybamm.UnstructuredSubMesh(mesh.mesh.p.T, mesh.mesh.t.T)
        outer = np.arange(submesh.n_internal_faces, len(submesh.faces))
        submesh.boundary_faces = {"surface": outer}
        self.submesh = submesh
        self.submesh_type = pybamm.UnstructuredSubMesh
        self.submesh_params: dict[str, Any] = {}

    def __call__(self, lims: Any, npts: Any) -> Any:
        return self.submesh


def _finite_volumes(mesh: ParticleMesh) -> tuple[Array, Array]:
    """Centroids (dimension, n) and cell values (n, n_times)."""
    theta = pybamm.Variable("theta", domain=DOMAIN)
    model = pybamm.BaseModel()
    model.rhs[theta] = pybamm.div(_diffusivity(theta) * pybamm.grad(theta))
    # PyBaMM's Neumann value is a gradient, ours a flux
    inward = -exact.ONE_C * RATE * mesh.volume / mesh.area()
    gradient = inward / _diffusivity(pybamm.BoundaryValue(theta, "surface"))
    model.boundary_conditions[theta] = {"surface": (gradient, "Neumann")}
    model.initial_conditions[theta] = pybamm.Scalar(START)
    generator = _SameElements(mesh)
    x = pybamm.SpatialVariable("x", domain=DOMAIN, coord_sys="cartesian")
    geometry = {DOMAIN: {x: {"min": -RADIUS, "max": RADIUS}}}
    discretised = pybamm.Mesh(geometry, {DOMAIN: generator}, {x: 1})
    pybamm.Discretisation(discretised, {DOMAIN: pybamm.FiniteVolumeUnstructured()}).process_model(
        model
    )
    solver = pybamm.IDAKLUSolver(**exact.TIGHT)
    found = solver.solve(model, TIMES[[0, -1]], t_interp=TIMES)
    return generator.submesh.cell_centroids.T, np.asarray(found.y)


def finite_volumes(shape: str, size_um: float) -> Numbers:
    """Root mean square over the cells of theirs minus ours at the centroids, largest in time."""
    mesh = getattr(ParticleMesh, shape)(RADIUS, size_um * 1e-6)
    centroids, theirs = _finite_volumes(mesh)
    solution = exact.charged(
        mesh,
        TIMES,
        RATE,
        tolerances=exact.TIGHT,
        DIFFUSIVITY=lambda sto, T: _diffusivity(sto),
    )
    nodal = solution["Particle stoichiometry"].entries
    ours = space_of(mesh).interpolation(centroids) @ nodal
    return {
        "rms_difference": float(np.sqrt(((ours - theirs) ** 2).mean(axis=0)).max()),
        "spread": float(np.ptp(nodal, axis=0).max()),
    }


# --- half-cells: one sphere, and spheres of many sizes --------------------------------------

_FRACTION = "Positive electrode active material volume fraction"
_POINTS = {"x_n": 5, "x_s": 5, "x_p": 5, "r_n": 5, "r_p": VOLUMES}


def _solved(model: Any, values: pybamm.ParameterValues, points: Any, times: Array) -> Any:
    solver = pybamm.IDAKLUSolver(**TIGHT)
    simulation = pybamm.Simulation(
        model, parameter_values=values, solver=solver, var_pts=points or None
    )
    return simulation.solve(times[[0, -1]], t_interp=times)


def _electrode(theirs: pybamm.ParameterValues, radii: Array, times: Array) -> Any:
    """The material, particles and current per active volume of PyBaMM's half-cell, in ours."""
    particles = [
        {"particle": f"p{k}", "shape": "sphere", "radius_m": r, "x_m": 1e-4 * k, "y_m": 0.0}
        for k, r in enumerate(radii)
    ]
    touching = {"node": "foil", "direction_x": 0.0, "direction_y": -1.0}
    contacts = [
        {"particle": row["particle"], **touching, "conductance_S_m2": np.inf} for row in particles
    ]
    foil = {"node": "foil", "kind": "collector", "x_m": 0.0, "y_m": -1e-4}
    geometry = ElectrodeGeometry.from_table(
        particles=particles, nodes=[foil], edges=[], contacts=contacts
    )
    model = ElectrodeModel(geometry, Radial(ELEMENTS), counter_electrode="lithium metal")
    area = theirs["Electrode width [m]"] * theirs["Electrode height [m]"]
    active = area * theirs["Positive electrode thickness [m]"] * theirs[_FRACTION]
    share = float((4 / 3 * np.pi * radii**3).sum()) / active
    full = theirs["Maximum concentration in positive electrode [mol.m-3]"]
    values = exact.values(
        OCP=theirs["Positive electrode OCP [V]"],
        DIFFUSIVITY=lambda sto, T: theirs["Positive particle diffusivity [m2.s-1]"] + 0 * sto,
        EXCHANGE_CURRENT=theirs["Positive electrode exchange-current density [A.m-2]"],
        MAXIMUM_CONCENTRATION=full,
        INITIAL_STOICHIOMETRY=theirs["Initial concentration in positive electrode [mol.m-3]"]
        / full,
        ELECTROLYTE_CONCENTRATION=theirs["Initial concentration in electrolyte [mol.m-3]"],
        LITHIUM_EXCHANGE_CURRENT=theirs[
            "Exchange-current density for lithium metal electrode [A.m-2]"
        ],
        LITHIUM_MOLAR_VOLUME=theirs["Lithium metal partial molar volume [m3.mol-1]"],
        COUNTER_AREA_RATIO=area * share / model.domains.area,
        TEMPERATURE=theirs["Ambient temperature [K]"],
        CURRENT=theirs["Current function [A]"] * share,
    )
    return _solved(model, values, None, times)


def _half_cell_values() -> pybamm.ParameterValues:
    values = pybamm.ParameterValues("Xu2019")
    values["Current function [A]"] = 0.5 * values["Nominal cell capacity [A.h]"]
    return values


def half_cell() -> Numbers:
    """One sphere against PyBaMM's single-particle model of a lithium half-cell."""
    times = np.linspace(0, 3600, 13)
    values = _half_cell_values()
    theirs = _solved(
        pybamm.lithium_ion.SPM({"working electrode": "positive"}), values, _POINTS, times
    )
    ours = _electrode(values, np.array([values["Positive particle radius [m]"]]), times)
    gap = ours["Voltage [V]"].entries - theirs["Voltage [V]"].entries
    return {
        "largest_voltage_gap_V": float(np.abs(gap).max()),
        "spread": float(np.ptp(ours["Voltage [V]"].entries)),
    }


def many_particles(sizes: float = 8) -> Numbers:
    """Spheres of several sizes on one potential against PyBaMM's many-particle model.

    PyBaMM takes a distribution of area over radius and cuts it into as many cells; one growing
    with the radius squared has one sphere of the middle radius in each.
    """
    times, values = np.linspace(0, 3600, 13), _half_cell_values()
    middle, n = values["Positive particle radius [m]"], int(sizes)
    low, high = 0.4 * middle, 1.6 * middle
    values.update(
        {
            "Positive minimum particle radius [m]": low,
            "Positive maximum particle radius [m]": high,
            "Positive area-weighted mean particle radius [m]": middle,
            "Positive area-weighted particle-size distribution [m-1]": lambda R: R**2,
        },
        check_already_exists=False,
    )
    model = pybamm.lithium_ion.MPM({"working electrode": "positive"})
    theirs = _solved(model, values, {**_POINTS, "R_n": 5, "R_p": n}, times)
    radii = low + (np.arange(n) + 0.5) * (high - low) / n
    ours = _electrode(values, radii, times)
    gap = ours["Voltage [V]"].entries - theirs["Voltage [V]"].entries
    return {
        "largest_voltage_gap_V": float(np.abs(gap).max()),
        "spread": float(np.ptp(ours["Average particle stoichiometry"].entries, axis=0).max()),
    }


COMPARISONS: dict[str, Any] = {
    "finite volumes": finite_volumes,
    "half-cell": half_cell,
    "many particles": many_particles,
}


class OtherCode(Call):
    """Which of them, and its arguments."""

    KEY: ClassVar[str] = "comparison"
    CHOICES: ClassVar[Mapping[str, Any]] = COMPARISONS

    comparison: Text


KIND = Kind(
    name="other code",
    variant=OtherCode,
    solve=call,
    observables={
        name: observable(name) for name in ("rms_difference", "largest_voltage_gap_V", "spread")
    },
)
