"""An electrode of particles wired through contacts, carbon and a collector.

One monolithic differential-algebraic system: lithium in every particle, electrons in every
particle and in the wiring, the reaction at every facet and the load. Sign: positive current
discharges; a contact current is positive from the wiring into the particle.
"""

from __future__ import annotations

from typing import Any

import pybamm

from multiscale.errors import ModelError
from multiscale.geometry.electrode_geometry import ElectrodeGeometry
from multiscale.models.electrode_domains import (
    CONTACT_POINTS,
    CONTACTS,
    NODES,
    POPULATION,
    SURFACE,
    ElectrodeDomains,
)
from multiscale.models.external_circuit import add_external_circuit, add_voltage
from multiscale.models.fidelity import Fidelity, Lumped, Radial, Resolved
from multiscale.models.kinetics import FARADAY, butler_volmer
from multiscale.models.material import (
    counter_overpotential,
    electronic_conductivity,
    exchange_current_density,
    open_circuit_potential,
    temperature,
)
from multiscale.models.particle_mesh_model import DOMAIN
from multiscale.models.single_particle import MILLIVOLT
from multiscale.models.transport import check_transport, effective_diffusivity
from multiscale.parameters import names
from multiscale.spatial_methods.linear_map import Mapped
from multiscale.spatial_methods.symbols import Trace
from multiscale.spatial_methods.union import UnionSpace


class ElectrodeModel(pybamm.BaseModel):
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

    Raises
    ------
    ModelError
        For options that do not exist.
    """

    def __init__(
        self,
        geometry: ElectrodeGeometry,
        particles: Fidelity | None = None,
        transport: str = "chemical",
        counter_electrode: str = "ideal",
    ):
        super().__init__(name="Electrode")
        fidelity = Resolved() if particles is None else particles
        if not isinstance(fidelity, Lumped | Radial | Resolved):
            raise ModelError(
                f"particles must be Lumped(), Radial(n) or Resolved(), not {particles!r}"
            )
        if counter_electrode not in ("ideal", "lithium metal"):
            raise ModelError(
                f"Unknown counter electrode {counter_electrode!r}. Valid: 'ideal', 'lithium metal'"
            )
        check_transport(transport)
        self.electrode = geometry
        self.fidelity = fidelity
        self.transport = transport
        self.counter_electrode = counter_electrode
        self.domains = ElectrodeDomains(geometry, fidelity)
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
        resolved = self.domains.resolved
        current = add_external_circuit(self, self.domains.volume, self.domains.area)
        # the 1C current of one particle: charge balances are written in units of it
        self._one_c = self.param.Q / self.domains.n_particles
        c_max = pybamm.Parameter(names.MAXIMUM_CONCENTRATION)

        # unknowns; potentials count from the equilibrium at the mean stoichiometry
        theta = pybamm.Variable("Particle stoichiometry", domain=DOMAIN)
        mean = pybamm.Variable("Particle mean stoichiometry", domain=POPULATION)
        excess = pybamm.Variable(
            "Particle potential minus equilibrium [V]",
            domain=DOMAIN if resolved else POPULATION,
            scale=MILLIVOLT,
        )
        node = pybamm.Variable(
            "Node potential minus equilibrium [V]", domain=NODES, scale=MILLIVOLT
        )
        into = pybamm.Variable("Contact current [A]", domain=CONTACTS, scale=self._one_c)
        unknowns = [theta, mean, excess, node, into]
        self.variables |= {variable.name: variable for variable in unknowns}
        equilibrium = open_circuit_potential(mean)
        reference = open_circuit_potential(self._electrode_mean(c_max))

        # reaction
        theta_surface = Trace(theta, "surface")
        at_surface = Trace(excess, "surface") if resolved else Mapped(excess, "to_surface", SURFACE)
        interfacial = butler_volmer(
            exchange_current_density(theta_surface) * _field("exchange_current_factor", SURFACE),
            Mapped(equilibrium, "to_surface", SURFACE)
            + at_surface
            - open_circuit_potential(theta_surface),
            pybamm.Parameter(names.TRANSFER_COEFFICIENT),
            temperature(),
        )
        entering = Mapped(into, "to_particles", POPULATION)

        # lithium
        factor = _field("diffusivity_factor", DOMAIN)
        flux = effective_diffusivity(self.transport, theta) * pybamm.grad(theta)
        self.rhs[theta] = factor * pybamm.div(flux)
        inward = -interfacial / (FARADAY * c_max) / _field("diffusivity_factor", SURFACE)
        self.boundary_conditions[theta] = {"surface": (inward, "Neumann")}
        # the particle's mean, driven by its contacts alone: a sum over the field would couple
        # every contact to every node of its particle
        self.rhs[mean] = -entering / (FARADAY * c_max * _field("volume", POPULATION))

        # electrons
        self._conduct(theta, excess, interfacial, into, entering)
        self._contact(mean, excess, node, into, equilibrium, reference)
        leaving = Mapped(node, "laplacian", NODES) + Mapped(into, "to_nodes", NODES)
        self.algebraic[node] = (leaving + _field("is_collector", NODES) * current) / self._one_c
        collector = reference + _sum(_field("is_collector", NODES) * node, NODES)
        counter = counter_overpotential(self.counter_electrode, current, self.domains.area)
        add_voltage(self, collector - counter)

        self.initial_conditions |= {
            theta: _start(DOMAIN),
            mean: _start(POPULATION),
            excess: pybamm.PrimaryBroadcast(0, excess.domain[0]),
            node: pybamm.PrimaryBroadcast(0, NODES),
            into: pybamm.PrimaryBroadcast(0, CONTACTS),
        }
        self._outputs(theta, interfacial, c_max)

    def _electrode_mean(self, c_max: pybamm.Symbol) -> pybamm.Symbol:
        """Mean stoichiometry of the electrode, which the charge passed tells."""
        volume = _field("volume", POPULATION)
        start = _sum(_start(POPULATION) * volume, POPULATION) / self.domains.volume
        gained = self.variables["Discharge capacity [A.h]"] * 3600 / FARADAY
        return start + gained / (c_max * self.domains.volume)

    def _conduct(
        self,
        theta: pybamm.Symbol,
        excess: pybamm.Symbol,
        interfacial: pybamm.Symbol,
        into: pybamm.Symbol,
        entering: pybamm.Symbol,
    ) -> None:
        """Charge balance of the particles: of each as a whole, or at every point."""
        if not self.domains.resolved:
            reacted = Mapped(interfacial, "sum", POPULATION)
            self.algebraic[excess] = (reacted - entering) / self._one_c
            return
        # finite elements divide every row by its share of the volume
        scale = self.domains.volume / self.domains.n_particles / self._one_c
        conductivity = electronic_conductivity(theta) * _field("conductivity_factor", DOMAIN)
        self.algebraic[excess] = pybamm.div(conductivity * scale * pybamm.grad(excess))
        density = Mapped(into / _field("patch_area", CONTACTS), "to_points", CONTACT_POINTS)
        self.boundary_conditions[excess] = {
            "surface": (-interfacial * scale, "Neumann"),
            "contact": (density * scale, "Neumann"),
        }

    def _contact(
        self,
        mean: pybamm.Symbol,
        excess: pybamm.Symbol,
        node: pybamm.Symbol,
        into: pybamm.Symbol,
        equilibrium: pybamm.Symbol,
        reference: pybamm.Symbol,
    ) -> None:
        """Ohm's law of every contact side: interface and constriction in series [V]."""
        conductivity = electronic_conductivity(mean) * _field("conductivity_factor", POPULATION)
        per_area = (
            _field("fixed_resistance", CONTACTS)
            + _field("uses_parameter", CONTACTS) / pybamm.Parameter(names.CONTACT_CONDUCTANCE)
            + _field("constriction", CONTACTS) / Mapped(conductivity, "to_contacts", CONTACTS)
        )
        drop = into * per_area / _field("area", CONTACTS)
        outside = reference + Mapped(node, "to_contacts", CONTACTS)
        inside = Mapped(equilibrium, "to_contacts", CONTACTS) + Mapped(
            excess, "to_contacts", CONTACTS
        )
        is_open = _field("is_open", CONTACTS)
        residual = (drop - (outside - inside)) / MILLIVOLT
        self.algebraic[into] = is_open * into / self._one_c + (1 - is_open) * residual
        self.variables["Contact voltage drop [V]"] = drop
        self.variables["Contact resistance [Ohm]"] = per_area / _field("area", CONTACTS)

    def _outputs(
        self, theta: pybamm.Symbol, interfacial: pybamm.Symbol, c_max: pybamm.Symbol
    ) -> None:
        average = Mapped(theta, "average", POPULATION)
        surface = Trace(theta, "surface")
        reacted = Mapped(interfacial, "sum", POPULATION)
        gained = c_max * _field("volume", POPULATION) * (average - _start(POPULATION))
        self.variables |= {
            "Average particle stoichiometry": average,
            "Average particle surface stoichiometry": Mapped(surface, "average", POPULATION),
            "Particle surface stoichiometry": surface,
            "Particle current [A]": -reacted,
            "Interfacial current density [A.m-2]": interfacial,
            "Total interfacial current [A]": _sum(reacted, POPULATION),
            "Particle lithium gained [mol]": gained,
            "Lithium gained [mol]": _sum(gained, POPULATION),
            "Charge passed [C]": self.variables["Discharge capacity [A.h]"] * 3600,
        }
        self.events += [
            pybamm.Event("Surface is empty of lithium", pybamm.min(surface)),
            pybamm.Event("Surface is full of lithium", 1.01 - pybamm.max(surface)),
        ]

    @property
    def default_geometry(self) -> dict[str, Any]:
        """One placeholder coordinate per domain."""
        return {domain: {"x": {"position": 0}} for domain in self.default_submesh_types}

    @property
    def default_submesh_types(self) -> dict[str, Any]:
        """Sub-meshes of all domains."""
        return self.domains.submeshes()

    @property
    def default_spatial_methods(self) -> dict[str, pybamm.SpatialMethod]:
        """Finite elements, facet points and tables."""
        return self.domains.methods()

    @property
    def default_var_pts(self) -> dict[str, Any]:
        """None: the sub-meshes know how many points they have."""
        return {}

    @property
    def default_solver(self) -> pybamm.BaseSolver:
        """IDAKLU at tolerances that keep the balances far below 1e-4."""
        return pybamm.IDAKLUSolver(
            rtol=1e-4, atol=1e-5, options={"nonlinear_convergence_coefficient": 0.1}
        )


def _field(name: str, domain: str) -> pybamm.SpatialVariable:
    return pybamm.SpatialVariable(name, domain=domain)


def _start(domain: str) -> pybamm.Symbol:
    """Initial stoichiometry: the particle's own, or the set's."""
    default = pybamm.Parameter(names.INITIAL_STOICHIOMETRY)
    return _field("start", domain) + default * _field("uses_default_start", domain)


def _sum(symbol: pybamm.Symbol, domain: str) -> pybamm.Symbol:
    return pybamm.Integral(symbol, pybamm.SpatialVariable("x", domain=domain))
