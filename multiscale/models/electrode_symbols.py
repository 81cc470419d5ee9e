"""Unknowns of an electrode and the small symbols its equations are made of."""

from __future__ import annotations

from typing import NamedTuple

import pybamm

from multiscale.models.electrode_domains import CONTACTS, NODES, POPULATION, ElectrodeDomains
from multiscale.models.particle_mesh_model import DOMAIN
from multiscale.models.single_particle import MILLIVOLT
from multiscale.parameters import names


class Unknowns(NamedTuple):
    """Unknowns of an electrode; potentials count from equilibrium at the mean stoichiometry."""

    theta: pybamm.Variable
    mean: pybamm.Variable
    excess: pybamm.Variable
    node: pybamm.Variable
    into: pybamm.Variable

    @classmethod
    def of(cls, domains: ElectrodeDomains, one_c: pybamm.Symbol) -> Unknowns:
        """Unknowns on the domains of an electrode; ``one_c`` scales currents [A]."""
        inside = DOMAIN if domains.resolved else POPULATION
        return cls(
            theta=pybamm.Variable("Particle stoichiometry", domain=DOMAIN),
            mean=pybamm.Variable("Particle mean stoichiometry", domain=POPULATION),
            excess=pybamm.Variable(
                "Particle potential minus equilibrium [V]", domain=inside, scale=MILLIVOLT
            ),
            node=pybamm.Variable(
                "Node potential minus equilibrium [V]", domain=NODES, scale=MILLIVOLT
            ),
            into=pybamm.Variable("Contact current [A]", domain=CONTACTS, scale=one_c),
        )


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
