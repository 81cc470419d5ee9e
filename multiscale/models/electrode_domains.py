"""The lists and meshes an electrode model lives on, and the linear maps between them.

Domains: ``active material`` (unknowns of all particles), ``active material surface`` and
``active material contact`` (facet points), ``population`` (particles), ``contacts`` (sides of
contacts) and ``network nodes``.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property
from typing import Any

import numpy as np
import pybamm
from numpy.typing import NDArray
from scipy.sparse import csr_matrix, diags

from multiscale.electrode.geometry import ElectrodeGeometry
from multiscale.errors import ModelError, unknown_name
from multiscale.fem.domains import (
    ElementSubMesh,
    FacetQuadrature,
    FacetSubMesh,
    Table,
    TableSubMesh,
    facet_domain,
)
from multiscale.fem.finite_element import FiniteElement
from multiscale.fem.space import Block, UnionSpace
from multiscale.limits import MOST_UNKNOWNS, RESISTANCE, check_count, number
from multiscale.models.fidelity import Fidelity
from multiscale.models.particle_mesh_model import DOMAIN

SURFACE = facet_domain(DOMAIN, "surface")
CONTACT_POINTS = facet_domain(DOMAIN, "contact")
POPULATION = "population"
CONTACTS = "contacts"
NODES = "network nodes"


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
        self.electrolyte_resistance = _per_particle(
            electrolyte_resistance, list(geometry.particles.index)
        )
        self.resolved = fidelity.resolves_potential
        self.particles = list(geometry.particles.index)
        self.space = UnionSpace(self._blocks(fidelity))
        order = {particle: number for number, particle in enumerate(self.particles)}
        owner = geometry.contacts["particle"].map(order)
        # stable: the contacts of one particle stay in the order of its facet groups
        self.contacts = geometry.contacts.iloc[np.argsort(owner.to_numpy(), kind="stable")]

    def _blocks(self, fidelity: Fidelity) -> list[Block]:
        """Every particle by itself; too many unknowns are refused before they are joined."""
        blocks: list[Block] = []
        unknowns = len(self.geometry.contacts) + len(self.geometry.nodes)
        for particle in self.particles:
            blocks.append(fidelity.block(self.geometry, particle))
            unknowns += blocks[-1].space.n_unknowns * (2 if self.resolved else 1)
            if unknowns > MOST_UNKNOWNS:
                expected = unknowns / len(blocks) * len(self.particles)
                what = "with particles of this fidelity, the electrode has about {} unknowns"
                check_count(expected, what, MOST_UNKNOWNS, ModelError)
        return blocks

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
        kinds = self.geometry.nodes["kind"]
        return self.node_of[str(kinds.index[kinds == "collector"][0])]

    @cached_property
    def laplacian(self) -> csr_matrix:
        """Weighted graph Laplacian of the wires [S]."""
        edges = self.geometry.edges
        edges = edges[np.isfinite(edges["conductance_S"]) & (edges["conductance_S"] > 0)]
        a, b = (edges[c].map(self.node_of).to_numpy(dtype=int) for c in ("node_a", "node_b"))
        g = edges["conductance_S"].to_numpy(dtype=float)
        rows, columns = np.concatenate([a, b, a, b]), np.concatenate([a, b, b, a])
        values = np.concatenate([g, g, -g, -g])
        return csr_matrix((values, (rows, columns)), (self.n_nodes, self.n_nodes))

    # --- fixed data -------------------------------------------------------------------

    @cached_property
    def contact_areas(self) -> NDArray[np.float64]:
        """Area of every contact side from its half-angle [m2]."""
        areas = self.geometry.contact_areas()
        return areas.loc[self.contacts.index].to_numpy(dtype=float)

    @property
    def _sides(self) -> NDArray[np.float64]:
        """Sides that share the set's conductance: two particles that touch at a junction."""
        kind = self.geometry.nodes["kind"].loc[self.contacts["node"]]
        return np.where(kind == "junction", 2.0, 1.0)

    def _contact_fields(self) -> dict[str, NDArray[np.float64]]:
        given = self.contacts["conductance_S_m2"].to_numpy(dtype=float)
        with np.errstate(divide="ignore"):
            known = np.where(np.isnan(given) | (given == 0), 0, 1 / given)
        return {
            "area": self.contact_areas,
            "fixed_resistance": known,
            "uses_parameter": np.isnan(given) / self._sides,
            "is_open": (given == 0).astype(float),
            "constriction": self.contacts["constriction_m"].to_numpy(dtype=float),
        }

    def _particle_fields(self) -> dict[str, NDArray[np.float64]]:
        table = self.geometry.particles
        start = table["initial_stoichiometry"].to_numpy(dtype=float)
        fields = {
            "volume": self.space.particle_volumes,
            "electrolyte_resistance": self.electrolyte_resistance,
            "start": np.nan_to_num(start),
            "uses_default_start": np.isnan(start).astype(float),
        }
        for name in ("diffusivity", "conductivity", "exchange_current"):
            fields[f"{name}_factor"] = table[f"{name}_factor"].to_numpy(dtype=float)
        return fields

    # --- sub-meshes -------------------------------------------------------------------

    def submeshes(self) -> dict[str, Any]:
        """PyBaMM mesh generators of all domains."""
        fields = self._particle_fields()
        points = self.space.facets("surface")
        at_unknowns = {name: values[self.space.owner] for name, values in fields.items()}
        at_surface = {name: values[points.entity] for name, values in fields.items()}
        surface_sum = _gather(points.entity, self.n_particles).T
        surface_sum = csr_matrix(surface_sum @ diags(points.weights))
        areas = np.asarray(surface_sum.sum(axis=1)).ravel()
        tables: dict[str, tuple[Any, dict[str, Any]]] = {
            DOMAIN: (
                ElementSubMesh,
                {
                    "space": self.space,
                    "fields": at_unknowns,
                    "maps": {"average": self.space.average} | self._patch_average(),
                },
            ),
            SURFACE: (
                FacetSubMesh,
                {
                    "quadrature": points,
                    "fields": at_surface,
                    "maps": {
                        "sum": surface_sum,
                        "average": csr_matrix(diags(1 / areas) @ surface_sum),
                    },
                },
            ),
            POPULATION: (TableSubMesh, self._population(fields, points.entity)),
            CONTACTS: (TableSubMesh, self._contact_table()),
            NODES: (TableSubMesh, self._node_table()),
        }
        if self.resolved:
            contact_points = self.space.facets("contact")
            tables[CONTACT_POINTS] = (FacetSubMesh, {"quadrature": contact_points})
        return {name: pybamm.MeshGenerator(kind, data) for name, (kind, data) in tables.items()}

    def methods(self) -> dict[str, pybamm.SpatialMethod]:
        """Spatial method of every domain."""
        methods: dict[str, pybamm.SpatialMethod] = {DOMAIN: FiniteElement()}
        methods |= {SURFACE: FacetQuadrature(), CONTACT_POINTS: FacetQuadrature()}
        methods |= {name: Table() for name in (POPULATION, CONTACTS, NODES)}
        return {name: methods[name] for name in self.submeshes()}

    def _owner_of_contact(self) -> NDArray[np.int64]:
        order = {particle: number for number, particle in enumerate(self.particles)}
        return self.contacts["particle"].map(order).to_numpy(dtype=int)

    def _node_of_contact(self) -> NDArray[np.int64]:
        return self.contacts["node"].map(self.node_of).to_numpy(dtype=int)

    def _patch_average(self) -> dict[str, csr_matrix]:
        """Mean potential over every contact patch, where the potential is resolved."""
        if not self.resolved:
            return {}
        points = self.space.facets("contact")
        total = _gather(points.entity, len(self.contacts)).T.multiply(points.weights)
        area = np.asarray(total.sum(axis=1))
        return {
            "to_contacts": csr_matrix(csr_matrix(total.multiply(1 / area)) @ points.interpolation)
        }

    def _population(
        self, fields: dict[str, NDArray[np.float64]], owner_of_point: NDArray[np.int64]
    ) -> dict[str, Any]:
        maps = {
            "to_surface": _gather(owner_of_point, self.n_particles),
            "to_contacts": _gather(self._owner_of_contact(), self.n_particles),
            "to_unknowns": _gather(self.space.owner, self.n_particles),
        }
        return {"size": self.n_particles, "fields": fields, "maps": maps}

    def _contact_table(self) -> dict[str, Any]:
        maps = {
            "to_particles": csr_matrix(_gather(self._owner_of_contact(), self.n_particles).T),
            "to_nodes": csr_matrix(_gather(self._node_of_contact(), self.n_nodes).T),
        }
        if self.resolved:
            points = self.space.facets("contact")
            maps["to_points"] = _gather(points.entity, len(self.contacts))
        return {"size": len(self.contacts), "fields": self._contact_fields(), "maps": maps}

    def _node_table(self) -> dict[str, Any]:
        is_collector = np.zeros(self.n_nodes)
        is_collector[self.collector] = 1
        maps = {
            "to_contacts": _gather(self._node_of_contact(), self.n_nodes),
            "laplacian": self.laplacian,
            "collector": csr_matrix(is_collector),
        }
        fields = {"is_collector": is_collector}
        return {"size": self.n_nodes, "fields": fields, "maps": maps}


def _per_particle(values: float | Mapping[str, float], particles: list[str]) -> NDArray[np.float64]:
    """One non-negative resistance per particle [Ohm]; those not named have none."""
    what = "electrolyte_resistance"
    if not isinstance(values, Mapping):
        return np.full(len(particles), number(values, what, ModelError, RESISTANCE))
    unknown = [label for label in values if label not in particles]
    if unknown:
        raise ModelError(f"{what}: {unknown_name('particle', unknown[0], particles)}")
    return np.array(
        [
            number(values.get(label, 0.0), f"{what} of particle {label!r}", ModelError, RESISTANCE)
            for label in particles
        ]
    )


def _gather(index: NDArray[np.int64], size: int) -> csr_matrix:
    """Matrix that reads entry ``index[i]`` of a list of ``size`` into place ``i``."""
    n = len(index)
    return csr_matrix((np.ones(n), (np.arange(n), index)), (n, size))
