"""Short runs on small meshes of every kind."""

from __future__ import annotations

import functools

import pybamm
import pytest

from multiscale.mesh import ParticleMesh
from multiscale.models.single_particle import SingleParticleModel
from multiscale.models.surface import BlockedSurface, ButlerVolmer
from multiscale.parameters import load_set
from multiscale.results import Results

MESHES = {
    "radial": lambda: ParticleMesh.radial(1e-6, 15, shape="cylinder"),
    "slab": lambda: ParticleMesh.radial(1e-6, 15, shape="slab"),
    "radial P2": lambda: ParticleMesh.radial(1e-6, 9, shape="sphere").with_order(2),
    "disk": lambda: ParticleMesh.disk(1e-6, 0.2e-6),
    "disk P2": lambda: ParticleMesh.disk(1e-6, 0.3e-6).with_order(2),
    "ball": lambda: ParticleMesh.ball(1e-6, 0.4e-6),
    "ball P2": lambda: ParticleMesh.ball(1e-6, 0.5e-6).with_order(2),
}


@functools.cache
def solved(mesh: str, blocked: bool = False, contact: bool = False) -> Results:
    """Ten minutes of charge at C/3."""
    particle, options = MESHES[mesh](), {}
    if blocked:
        options["blocked"] = BlockedSurface(fraction=0.5, ratio=0.3)
    if contact:
        particle = particle.with_group("contact", lambda x: x[1] < -0.8e-6)
        options |= {"surface": ButlerVolmer(), "contact": "contact"}
    sim = pybamm.Simulation(
        SingleParticleModel(particle, **options),
        parameter_values=load_set("Xu2022_NMC88").values,
        experiment=["Charge at C/3 for 10 minutes"],
    )
    return Results(sim.solve(), tolerance=1e-2)


@pytest.fixture
def run():
    """Function that solves, once, on a mesh given by name."""
    return solved
