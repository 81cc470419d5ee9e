"""An electrode of particles wired through contacts, carbon and a collector.

One monolithic differential-algebraic system: lithium in every particle, electrons in every
particle and in the wiring, the reaction at every facet and the load. Sign: positive current
discharges; a contact current is positive from the wiring into the particle.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import casadi
import numpy as np
import pybamm

from multiscale.electrode.geometry import ElectrodeGeometry
from multiscale.errors import ModelError, is_one_of, unknown_name
from multiscale.fem.domains import Mapped, Trace
from multiscale.fem.space import UnionSpace
from multiscale.limits import short
from multiscale.models.electrode_domains import (
    CONTACT_POINTS,
    CONTACTS,
    NODES,
    POPULATION,
    SURFACE,
    ElectrodeDomains,
)
from multiscale.models.electrode_symbols import Unknowns, field, start_of, sum_over
from multiscale.models.external_circuit import add_external_circuit, add_voltage
from multiscale.models.fidelity import Fidelity, Lumped, Radial, Resolved
from multiscale.models.kinetics import FARADAY, butler_volmer
from multiscale.models.material import (
    COUNTER_ELECTRODES,
    counter_overpotential,
    electronic_conductivity,
    exchange_current_density,
    open_circuit_potential,
    temperature,
)
from multiscale.models.mesh_model import MeshModel
from multiscale.models.particle_mesh_model import DOMAIN
from multiscale.models.single_particle import MILLIVOLT
from multiscale.models.transport import check_transport, effective_diffusivity
from multiscale.parameters import names


class ElectrodeModel(MeshModel):
    """Lithium and electrons in a population of particles and its wiring.

    Parameters
    ----------
    geometry : ElectrodeGeometry
        Particles, carbon nodes, wires, contacts.
    particles : Lumped, Radial or Resolved, optional
        Fidelity of the particles; ``Resolved()`` by default.
    transport : str, optional
        ``"chemical"`` (default) or ``"thermodynamic"``, see
        :mod:`multiscale.models.transport`.
    counter_electrode : str, optional
        ``"ideal"`` (default) or ``"lithium metal"``.
    electrolyte_resistance : float or mapping of particle to float, optional
        Ohmic path of the ions from each particle to the counter electrode [Ohm]: its wiring
        and tortuosity (Xu et al., fig. S7). 0 by default, which slow rates justify; see
        ``"Electrolyte voltage drop [V]"``.

    Raises
    ------
    ModelError
        For options that do not exist, before anything is computed.

    Examples
    --------
    >>> from multiscale import ElectrodeGeometry, ElectrodeModel, Radial
    >>> model = ElectrodeModel(ElectrodeGeometry.columns([0, 1, 2]), particles=Radial(10))
    >>> model.labels
    ['c0r0', 'c1r0', 'c1r1', 'c2r0', 'c2r1', 'c2r2']
    """

    default_rtol = 3e-5
    default_atol = 3e-6

    def __init__(
        self,
        geometry: ElectrodeGeometry,
        particles: Fidelity | None = None,
        transport: str = "chemical",
        counter_electrode: str = "ideal",
        electrolyte_resistance: float | Mapping[str, float] = 0.0,
    ):
        super().__init__(name="Electrode")
        fidelity = Resolved() if particles is None else particles
        if not isinstance(geometry, ElectrodeGeometry):
            raise ModelError(f"geometry must be an ElectrodeGeometry, not {short(geometry)}")
        if not isinstance(fidelity, Lumped | Radial | Resolved):
            raise ModelError(
                f"particles must be Lumped(), Radial(n) or Resolved(), not {particles!r}"
            )
        if not is_one_of(counter_electrode, COUNTER_ELECTRODES):
            kinds = COUNTER_ELECTRODES
            raise ModelError(unknown_name("counter electrode", counter_electrode, kinds))
        check_transport(transport)
        # a copy, checked anew: tables of the geometry may be edited after (or before) this
        geometry = replace(geometry)
        self.electrode = geometry
        self.fidelity = fidelity
        self.transport = transport
        self.counter_electrode = counter_electrode
        self.domains = ElectrodeDomains(geometry, fidelity, electrolyte_resistance)
        self._write_equations()

    @property
    def space(self) -> UnionSpace:
        """Finite-element space of all particles."""
        return self.domains.space

    @property
    def labels(self) -> list[str]:
        """Names of the particles, in the order of every per-particle variable."""
        return self.domains.particles

    def _write_equations(self) -> None:
        current = add_external_circuit(self, self.domains.volume, self.domains.area)
        # the 1C current of one particle: charge balances are written in units of it
        self._one_c = self.param.Q / self.domains.n_particles
        u = Unknowns.of(self.domains, self._one_c)
        self.variables |= {variable.name: variable for variable in u}
        equilibrium = open_circuit_potential(u.mean)
        reference = open_circuit_potential(self._electrode_mean())

        interfacial = self._react(u, equilibrium)
        self._conserve_lithium(u, interfacial)
        self._conduct(u, interfacial)
        self._contact(u, equilibrium, reference)
        self._wire(u, current, reference)
        # written in units of 1C and millivolts, and PyBaMM divides by the unknown's scale again:
        # without this, rounding of potentials is 1e10 times the residual of a contact
        for unknown, residual in list(self.algebraic.items()):
            self.algebraic[unknown] = unknown.scale * residual
        self.initial_conditions |= {
            u.theta: start_of(DOMAIN),
            u.mean: start_of(POPULATION),
            u.excess: pybamm.PrimaryBroadcast(0, u.excess.domain[0]),
            u.node: pybamm.PrimaryBroadcast(0, NODES),
            u.into: pybamm.PrimaryBroadcast(0, CONTACTS),
        }
        self._outputs(u.theta, interfacial)

    def _react(self, u: Unknowns, equilibrium: pybamm.Symbol) -> pybamm.Symbol:
        """Butler-Volmer current density at every reacting facet point [A.m-2]."""
        theta = Trace(u.theta, "surface")
        if self.domains.resolved:
            excess = Trace(u.excess, "surface")
        else:
            excess = Mapped(u.excess, "to_surface", SURFACE)
        potential = Mapped(equilibrium - self._electrolyte_drop(u), "to_surface", SURFACE) + excess
        return butler_volmer(
            exchange_current_density(theta) * field("exchange_current_factor", SURFACE),
            potential - open_circuit_potential(theta),
            pybamm.Parameter(names.TRANSFER_COEFFICIENT),
            temperature(),
        )

    def _electrolyte_drop(self, u: Unknowns) -> pybamm.Symbol:
        """Potential of the electrolyte at every particle [V]; positive while it charges."""
        leaving = Mapped(u.into, "to_particles", POPULATION)
        drop = field("electrolyte_resistance", POPULATION) * leaving
        self.variables["Electrolyte voltage drop [V]"] = drop
        return drop

    def _conserve_lithium(self, u: Unknowns, interfacial: pybamm.Symbol) -> None:
        c_max = pybamm.Parameter(names.MAXIMUM_CONCENTRATION)
        flux = effective_diffusivity(self.transport, u.theta) * pybamm.grad(u.theta)
        self.rhs[u.theta] = field("diffusivity_factor", DOMAIN) * pybamm.div(flux)
        inward = -interfacial / (FARADAY * c_max) / field("diffusivity_factor", SURFACE)
        self.boundary_conditions[u.theta] = {"surface": (inward, "Neumann")}
        # the particle's mean, driven by its contacts alone: a sum over the field would couple
        # every contact to every node of its particle
        entering = Mapped(u.into, "to_particles", POPULATION)
        self.rhs[u.mean] = -entering / (FARADAY * c_max * field("volume", POPULATION))

    def _wire(self, u: Unknowns, current: pybamm.Symbol, reference: pybamm.Symbol) -> None:
        """Kirchhoff's law at every node; the collector's potential is the terminal's."""
        leaving = Mapped(u.node, "laplacian", NODES) + Mapped(u.into, "to_nodes", NODES)
        supplied = field("is_collector", NODES) * current
        self.algebraic[u.node] = (leaving + supplied) / self._one_c
        collector = reference + pybamm.BoundaryValue(u.node, "collector")
        counter = counter_overpotential(self.counter_electrode, current, self.domains.area)
        add_voltage(self, collector - counter)

    def _electrode_mean(self) -> pybamm.Symbol:
        """Mean stoichiometry of the electrode, which the charge passed tells."""
        c_max = pybamm.Parameter(names.MAXIMUM_CONCENTRATION)
        volume = field("volume", POPULATION)
        start = sum_over(start_of(POPULATION) * volume, POPULATION) / self.domains.volume
        gained = self.variables["Discharge capacity [A.h]"] * 3600 / FARADAY
        return start + gained / (c_max * self.domains.volume)

    def _conduct(self, u: Unknowns, interfacial: pybamm.Symbol) -> None:
        """Charge balance of the particles: of each as a whole, or at every point."""
        if not self.domains.resolved:
            reacted = Mapped(interfacial, "sum", POPULATION)
            entering = Mapped(u.into, "to_particles", POPULATION)
            self.algebraic[u.excess] = (reacted - entering) / self._one_c
            return
        # finite elements divide every row by its share of the volume
        scale = self.domains.volume / self.domains.n_particles / self._one_c
        conductivity = electronic_conductivity(u.theta) * field("conductivity_factor", DOMAIN)
        self.algebraic[u.excess] = pybamm.div(conductivity * scale * pybamm.grad(u.excess))
        # spread evenly over the patch, as over carbon whose own resistance is even
        density = Mapped(u.into / field("area", CONTACTS), "to_points", CONTACT_POINTS)
        self.boundary_conditions[u.excess] = {
            "surface": (-interfacial * scale, "Neumann"),
            "contact": (density * scale, "Neumann"),
        }

    def _contact(self, u: Unknowns, equilibrium: pybamm.Symbol, reference: pybamm.Symbol) -> None:
        """Ohm's law of every contact side: interface and constriction in series [V]."""
        conductivity = electronic_conductivity(u.mean) * field("conductivity_factor", POPULATION)
        per_area = (
            field("fixed_resistance", CONTACTS)
            + field("uses_parameter", CONTACTS) / pybamm.Parameter(names.CONTACT_CONDUCTANCE)
            + field("constriction", CONTACTS) / Mapped(conductivity, "to_contacts", CONTACTS)
        )
        drop = u.into * per_area / field("area", CONTACTS)
        outside = reference + Mapped(u.node, "to_contacts", CONTACTS)
        inside = Mapped(equilibrium, "to_contacts", CONTACTS)
        inside += Mapped(u.excess, "to_contacts", CONTACTS)
        is_open = field("is_open", CONTACTS)
        residual = (drop - (outside - inside)) / MILLIVOLT
        self.algebraic[u.into] = is_open * u.into / self._one_c + (1 - is_open) * residual
        self.variables["Contact voltage drop [V]"] = drop
        self.variables["Contact resistance [Ohm]"] = per_area / field("area", CONTACTS)

    def _outputs(self, theta: pybamm.Symbol, interfacial: pybamm.Symbol) -> None:
        c_max = pybamm.Parameter(names.MAXIMUM_CONCENTRATION)
        average = Mapped(theta, "average", POPULATION)
        surface = Trace(theta, "surface")
        reacted = Mapped(interfacial, "sum", POPULATION)
        gained = c_max * field("volume", POPULATION) * (average - start_of(POPULATION))
        self.variables |= {
            "Average particle stoichiometry": average,
            "Average particle surface stoichiometry": Mapped(surface, "average", POPULATION),
            "Particle surface stoichiometry": surface,
            "Particle current [A]": -reacted,
            "Interfacial current density [A.m-2]": interfacial,
            "Total interfacial current [A]": sum_over(reacted, POPULATION),
            "Particle lithium gained [mol]": gained,
            "Lithium gained [mol]": sum_over(gained, POPULATION),
            "Largest lithium content [mol]": c_max * self.domains.volume,
            "Charge passed [C]": self.variables["Discharge capacity [A.h]"] * 3600,
        }
        self.events += [
            pybamm.Event("Surface is empty of lithium", pybamm.min(surface)),
            pybamm.Event("Surface is full of lithium", 1.01 - pybamm.max(surface)),
        ]

    def build_casadi_jacobian(self, expression: casadi.MX, y: casadi.MX) -> casadi.MX:
        """Jacobian with the rows of Kirchhoff's law taken apart.

        A collector that hundreds of contacts share makes one dense row, and CasADi would
        evaluate the whole system once for each of its entries.
        """
        node = next(v for v in self.algebraic if v.name == "Node potential minus equilibrium [V]")
        rows = range(int(self.y_slices[node][0].start), int(self.y_slices[node][0].stop))
        first = int(self.len_rhs_and_alg - expression.shape[0])
        if first not in (0, self.len_rhs):
            return super().build_casadi_jacobian(expression, y)
        sparse = [row for row in range(expression.shape[0]) if row + first not in rows]
        dense = [row - first for row in rows]
        parts = [casadi.jacobian(expression[block, :], y) for block in (sparse, dense)]
        order = np.argsort(sparse + dense)
        return casadi.vertcat(*parts)[order.tolist(), :]

    @property
    def default_submesh_types(self) -> dict[str, Any]:
        """Sub-meshes of all domains."""
        return self.domains.submeshes()

    @property
    def default_spatial_methods(self) -> dict[str, pybamm.SpatialMethod]:
        """Finite elements, facet points and tables."""
        return self.domains.methods()

    @property
    def solver_options(self) -> dict[str, Any]:
        """The currents through algebraic unknowns are as exact as Newton's last step."""
        return {"nonlinear_convergence_coefficient": 0.03}
