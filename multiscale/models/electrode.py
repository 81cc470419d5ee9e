"""An electrode of particles wired through contacts, carbon and a collector.

One monolithic differential-algebraic system: lithium in every particle, electrons in every
particle and in the wiring, the reaction at every facet and the load. Sign: positive current
discharges; a contact current is positive from the wiring into the particle.

:class:`ElectrodeModel` holds the equations, :class:`ElectrodeDomains` the lists and meshes they
live on: ``active material`` (unknowns of all particles), ``active material surface`` and ``active
material contact`` (facet points), ``population`` (particles), ``contacts`` (sides of contacts) and
``network nodes``. Another piece of physics (a porous electrolyte, say) is a module of its own: it
enters ``_write_equations`` under the heading it belongs to, and ``submeshes`` with its domains.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from functools import cached_property
from typing import Any

import casadi
import numpy as np
import pybamm
from numpy.typing import NDArray
from scipy.sparse import csr_matrix, diags

from multiscale.electrode.geometry import ElectrodeGeometry
from multiscale.electrode.network import graph_laplacian
from multiscale.errors import ModelError, is_one_of, unknown_name
from multiscale.fem.domains import (
    ElementSubMesh,
    FacetQuadrature,
    FacetSubMesh,
    Mapped,
    Table,
    TableSubMesh,
    Trace,
    facet_domain,
)
from multiscale.fem.finite_element import FiniteElement
from multiscale.fem.space import Block, UnionSpace
from multiscale.limits import MOST_UNKNOWNS, RESISTANCE, check_count, number, short
from multiscale.models.fidelity import Fidelity, Lumped, Radial, Resolved
from multiscale.models.material import (
    COUNTER_ELECTRODES,
    FARADAY,
    butler_volmer,
    check_transport,
    counter_overpotential,
    effective_diffusivity,
    electronic_conductivity,
    exchange_current_density,
    open_circuit_potential,
    temperature,
)
from multiscale.models.mesh_model import (
    DOMAIN,
    MILLIVOLT,
    MeshModel,
    add_external_circuit,
    add_voltage,
)
from multiscale.parameters import names

SURFACE = facet_domain(DOMAIN, "surface")
CONTACT_POINTS = facet_domain(DOMAIN, "contact")
POPULATION = "population"
CONTACTS = "contacts"
NODES = "network nodes"


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
        :mod:`multiscale.models.material`.
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
        domains = self.domains
        volume, resolved = domains.volume, domains.resolved
        current = add_external_circuit(self, volume, domains.area)
        # the 1C current of one particle: charge balances are written in units of it
        one_c = self.param.Q / domains.n_particles
        c_max = pybamm.Parameter(names.MAXIMUM_CONCENTRATION)

        # --- unknowns; potentials count from equilibrium at the mean stoichiometry
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
        into = pybamm.Variable("Contact current [A]", domain=CONTACTS, scale=one_c)
        self.variables |= {u.name: u for u in (theta, mean, excess, node, into)}
        equilibrium = open_circuit_potential(mean)
        # at the mean stoichiometry of the electrode, which the charge passed tells
        start = sum_over(start_of(POPULATION) * field("volume", POPULATION), POPULATION) / volume
        gained = self.variables["Discharge capacity [A.h]"] * 3600 / FARADAY
        reference = open_circuit_potential(start + gained / (c_max * volume))
        entering = Mapped(into, "to_particles", POPULATION)

        # --- electrolyte: its potential at every particle [V], positive while it charges
        drop = field("electrolyte_resistance", POPULATION) * entering
        self.variables["Electrolyte voltage drop [V]"] = drop

        # --- reaction: Butler-Volmer current density at every reacting facet point [A.m-2]
        at_surface = Trace(theta, "surface")
        potential = Mapped(equilibrium - drop, "to_surface", SURFACE) + (
            Trace(excess, "surface") if resolved else Mapped(excess, "to_surface", SURFACE)
        )
        interfacial = butler_volmer(
            exchange_current_density(at_surface) * field("exchange_current_factor", SURFACE),
            potential - open_circuit_potential(at_surface),
            pybamm.Parameter(names.TRANSFER_COEFFICIENT),
            temperature(),
        )
        reacted = Mapped(interfacial, "sum", POPULATION)

        # --- lithium
        flux = effective_diffusivity(self.transport, theta) * pybamm.grad(theta)
        self.rhs[theta] = field("diffusivity_factor", DOMAIN) * pybamm.div(flux)
        inward = -interfacial / (FARADAY * c_max) / field("diffusivity_factor", SURFACE)
        self.boundary_conditions[theta] = {"surface": (inward, "Neumann")}
        # the particle's mean, driven by its contacts alone: a sum over the field would couple
        # every contact to every node of its particle
        self.rhs[mean] = -entering / (FARADAY * c_max * field("volume", POPULATION))

        # --- electrons in the particles: charge balance of each as a whole, or at every point
        if not resolved:
            self.algebraic[excess] = (reacted - entering) / one_c
        else:
            # finite elements divide every row by its share of the volume
            scale = volume / domains.n_particles / one_c
            conductivity = electronic_conductivity(theta) * field("conductivity_factor", DOMAIN)
            self.algebraic[excess] = pybamm.div(conductivity * scale * pybamm.grad(excess))
            # spread evenly over the patch, as over carbon whose own resistance is even
            density = Mapped(into / field("area", CONTACTS), "to_points", CONTACT_POINTS)
            self.boundary_conditions[excess] = {
                "surface": (-interfacial * scale, "Neumann"),
                "contact": (density * scale, "Neumann"),
            }

        # --- contacts: Ohm's law of every side, interface and constriction in series [V]
        conductivity = electronic_conductivity(mean) * field("conductivity_factor", POPULATION)
        per_area = (
            field("fixed_resistance", CONTACTS)
            + field("uses_parameter", CONTACTS) / pybamm.Parameter(names.CONTACT_CONDUCTANCE)
            + field("constriction", CONTACTS) / Mapped(conductivity, "to_contacts", CONTACTS)
        )
        over_contact = into * per_area / field("area", CONTACTS)
        outside = reference + Mapped(node, "to_contacts", CONTACTS)
        inside = Mapped(equilibrium, "to_contacts", CONTACTS)
        inside += Mapped(excess, "to_contacts", CONTACTS)
        is_open = field("is_open", CONTACTS)
        residual = (over_contact - (outside - inside)) / MILLIVOLT
        self.algebraic[into] = is_open * into / one_c + (1 - is_open) * residual
        self.variables["Contact voltage drop [V]"] = over_contact
        self.variables["Contact resistance [Ohm]"] = per_area / field("area", CONTACTS)

        # --- wiring: Kirchhoff's law at every node; the collector's potential is the terminal's
        leaving = Mapped(node, "laplacian", NODES) + Mapped(into, "to_nodes", NODES)
        supplied = field("is_collector", NODES) * current
        self.algebraic[node] = (leaving + supplied) / one_c
        collector = reference + pybamm.BoundaryValue(node, "collector")
        add_voltage(
            self, collector - counter_overpotential(self.counter_electrode, current, domains.area)
        )

        # written in units of 1C and millivolts, and PyBaMM divides by the unknown's scale again:
        # without this, rounding of potentials is 1e10 times the residual of a contact
        for unknown, residual in list(self.algebraic.items()):
            self.algebraic[unknown] = unknown.scale * residual
        self.initial_conditions |= {
            theta: start_of(DOMAIN),
            mean: start_of(POPULATION),
            excess: pybamm.PrimaryBroadcast(0, excess.domain[0]),
            node: pybamm.PrimaryBroadcast(0, NODES),
            into: pybamm.PrimaryBroadcast(0, CONTACTS),
        }

        # --- outputs
        average = Mapped(theta, "average", POPULATION)
        gained = c_max * field("volume", POPULATION) * (average - start_of(POPULATION))
        self.variables |= {
            "Average particle stoichiometry": average,
            "Average particle surface stoichiometry": Mapped(at_surface, "average", POPULATION),
            "Particle surface stoichiometry": at_surface,
            "Particle current [A]": -reacted,
            "Interfacial current density [A.m-2]": interfacial,
            "Total interfacial current [A]": sum_over(reacted, POPULATION),
            "Particle lithium gained [mol]": gained,
            "Lithium gained [mol]": sum_over(gained, POPULATION),
            "Largest lithium content [mol]": c_max * volume,
            "Charge passed [C]": self.variables["Discharge capacity [A.h]"] * 3600,
        }
        self.events += [
            pybamm.Event("Surface is empty of lithium", pybamm.min(at_surface)),
            pybamm.Event("Surface is full of lithium", 1.01 - pybamm.max(at_surface)),
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


def field(name: str, domain: str) -> pybamm.SpatialVariable:
    """Fixed data of a domain, by name."""
    return pybamm.SpatialVariable(name, domain=domain)


def start_of(domain: str) -> pybamm.Symbol:
    """Initial stoichiometry: the particle's own, or the set's."""
    default = pybamm.Parameter(names.INITIAL_STOICHIOMETRY)
    return field("start", domain) + default * field("uses_default_start", domain)


def sum_over(symbol: pybamm.Symbol, domain: str) -> pybamm.Symbol:
    """Sum over a list of particles, contacts or nodes."""
    return pybamm.Integral(symbol, pybamm.SpatialVariable("x", domain=domain))


class ElectrodeDomains:
    """Everything about an electrode that does not depend on its material.

    Parameters
    ----------
    geometry : ElectrodeGeometry
        Particles, nodes, wires and contacts.
    fidelity : Lumped, Radial or Resolved
        How the particles are described.
    electrolyte_resistance : float or mapping of particle to float
        Ionic resistance from each particle to the counter electrode [Ohm].
    """

    def __init__(
        self,
        geometry: ElectrodeGeometry,
        fidelity: Fidelity,
        electrolyte_resistance: float | Mapping[str, float] = 0.0,
    ):
        self.geometry = geometry
        self.particles = list(geometry.particles.index)
        what, given = "electrolyte_resistance", electrolyte_resistance
        if isinstance(given, Mapping):  # those not named have none
            unknown = [label for label in given if label not in self.particles]
            if unknown:
                raise ModelError(f"{what}: {unknown_name('particle', unknown[0], self.particles)}")
            each = {f"{what} of particle {p!r}": given.get(p, 0.0) for p in self.particles}
        else:
            each = dict.fromkeys([what], given)
        values = [number(value, name, ModelError, RESISTANCE) for name, value in each.items()]
        self.electrolyte_resistance = np.full(len(self.particles), values)
        self.resolved = fidelity.resolves_potential
        blocks: list[Block] = []
        unknowns = len(geometry.contacts) + len(geometry.nodes)
        for particle in self.particles:
            blocks.append(fidelity.block(geometry, particle))
            unknowns += blocks[-1].space.n_unknowns * (2 if self.resolved else 1)
            if unknowns > MOST_UNKNOWNS:  # refused before the particles are joined
                expected = unknowns / len(blocks) * len(self.particles)
                message = "with particles of this fidelity, the electrode has about {} unknowns"
                check_count(expected, message, MOST_UNKNOWNS, ModelError)
        self.space = UnionSpace(blocks)
        order = {particle: k for k, particle in enumerate(self.particles)}
        owner = geometry.contacts["particle"].map(order).to_numpy(dtype=int)
        # stable: the contacts of one particle stay in the order of its facet groups
        stable = np.argsort(owner, kind="stable")
        self.contacts = geometry.contacts.iloc[stable]
        self.owner_of_contact = owner[stable]

    @property
    def n_particles(self) -> int:
        """Number of particles."""
        return len(self.particles)

    @property
    def volume(self) -> float:
        """Volume of active material [m3]."""
        return float(self.space.particle_volumes.sum())

    @cached_property
    def area(self) -> float:
        """Reacting area [m2]."""
        return float(self.space.facets("surface").weights.sum())

    # --- network ----------------------------------------------------------------------

    @cached_property
    def node_of(self) -> dict[str, int]:
        """Number of every node; nodes joined by ideal wires share one."""
        representative = self.geometry.joined_nodes()
        numbers = {label: n for n, label in enumerate(dict.fromkeys(representative))}
        return {str(node): numbers[r] for node, r in representative.items()}

    @property
    def n_nodes(self) -> int:
        """Number of distinct potentials in the wiring."""
        return max(self.node_of.values()) + 1

    @property
    def collector(self) -> int:
        """Number of the collector's node."""
        return self.node_of[self.geometry.collector]

    @cached_property
    def laplacian(self) -> csr_matrix:
        """Weighted graph Laplacian of the wires [S]."""
        edges = self.geometry.edges
        edges = edges[np.isfinite(edges["conductance_S"]) & (edges["conductance_S"] > 0)]
        a, b = (edges[c].map(self.node_of).to_numpy(dtype=int) for c in ("node_a", "node_b"))
        conductance = edges["conductance_S"].to_numpy(dtype=float)
        return csr_matrix(graph_laplacian(a, b, conductance, self.n_nodes))

    # --- sub-meshes -------------------------------------------------------------------

    def submeshes(self) -> dict[str, Any]:
        """PyBaMM mesh generators of all domains, with fixed data and maps between them."""
        particles, contacts, n = self.geometry.particles, self.contacts, self.n_particles
        space, points = self.space, self.space.facets("surface")

        # particles, and their data at unknowns and surface points
        start = particles["initial_stoichiometry"].to_numpy(dtype=float)
        fields = {
            "volume": space.particle_volumes,
            "electrolyte_resistance": self.electrolyte_resistance,
            "start": np.nan_to_num(start),
            "uses_default_start": np.isnan(start).astype(float),
        }
        for name in ("diffusivity", "conductivity", "exchange_current"):
            fields[f"{name}_factor"] = particles[f"{name}_factor"].to_numpy(dtype=float)
        to_contacts = _gather(self.owner_of_contact, n)
        population: dict[str, Any] = {
            "size": n,
            "fields": fields,
            "maps": {
                "to_surface": _gather(points.entity, n),
                "to_contacts": to_contacts,
                "to_unknowns": _gather(space.owner, n),
            },
        }
        surface_sum = csr_matrix(_gather(points.entity, n).T @ diags(points.weights))
        areas = np.asarray(surface_sum.sum(axis=1)).ravel()
        surface: dict[str, Any] = {
            "quadrature": points,
            "fields": {name: values[points.entity] for name, values in fields.items()},
            "maps": {"sum": surface_sum, "average": csr_matrix(diags(1 / areas) @ surface_sum)},
        }
        inside: dict[str, Any] = {
            "space": space,
            "fields": {name: values[space.owner] for name, values in fields.items()},
            "maps": {"average": space.average},
        }

        # contacts: sides that share the set's conductance are two particles at a junction
        kind = self.geometry.nodes["kind"].loc[contacts["node"]]
        sides = np.where(kind == "junction", 2.0, 1.0)
        given = contacts["conductance_S_m2"].to_numpy(dtype=float)
        with np.errstate(divide="ignore"):
            known = np.where(np.isnan(given) | (given == 0), 0, 1 / given)
        node_of_contact = contacts["node"].map(self.node_of).to_numpy(dtype=int)
        to_nodes = _gather(node_of_contact, self.n_nodes)
        side: dict[str, Any] = {
            "size": len(contacts),
            "fields": {
                "area": self.contact_areas,
                "fixed_resistance": known,
                "uses_parameter": np.isnan(given) / sides,
                "is_open": (given == 0).astype(float),
                "constriction": contacts["constriction_m"].to_numpy(dtype=float),
            },
            "maps": {"to_particles": csr_matrix(to_contacts.T), "to_nodes": csr_matrix(to_nodes.T)},
        }

        # wiring
        is_collector = np.zeros(self.n_nodes)
        is_collector[self.collector] = 1
        node: dict[str, Any] = {
            "size": self.n_nodes,
            "fields": {"is_collector": is_collector},
            "maps": {
                "to_contacts": to_nodes,
                "laplacian": self.laplacian,
                "collector": csr_matrix(is_collector),
            },
        }
        domains: dict[str, tuple[Any, dict[str, Any]]] = {
            DOMAIN: (ElementSubMesh, inside),
            SURFACE: (FacetSubMesh, surface),
            POPULATION: (TableSubMesh, population),
            CONTACTS: (TableSubMesh, side),
            NODES: (TableSubMesh, node),
        }
        if self.resolved:  # potentials have a mean over every contact patch
            patches = space.facets("contact")
            side["maps"]["to_points"] = _gather(patches.entity, len(contacts))
            total = _gather(patches.entity, len(contacts)).T.multiply(patches.weights)
            mean = csr_matrix(total.multiply(1 / np.asarray(total.sum(axis=1))))
            inside["maps"]["to_contacts"] = csr_matrix(mean @ patches.interpolation)
            domains[CONTACT_POINTS] = (FacetSubMesh, {"quadrature": patches})
        return {name: pybamm.MeshGenerator(kind, data) for name, (kind, data) in domains.items()}

    @cached_property
    def contact_areas(self) -> NDArray[np.float64]:
        """Area of every contact side from its half-angle [m2]."""
        areas = self.geometry.contact_areas()
        return areas.loc[self.contacts.index].to_numpy(dtype=float)

    def methods(self) -> dict[str, pybamm.SpatialMethod]:
        """Spatial method of every domain."""
        methods: dict[str, pybamm.SpatialMethod] = {DOMAIN: FiniteElement()}
        methods[SURFACE] = FacetQuadrature()
        methods |= {name: Table() for name in (POPULATION, CONTACTS, NODES)}
        return methods | ({CONTACT_POINTS: FacetQuadrature()} if self.resolved else {})


def _gather(index: NDArray[np.int64], size: int) -> csr_matrix:
    """Matrix that reads entry ``index[i]`` of a list of ``size`` into place ``i``."""
    n = len(index)
    return csr_matrix((np.ones(n), (np.arange(n), index)), (n, size))
