"""Particles with a contact, and the way they pass through meshio to be spoilt."""

from __future__ import annotations

import meshio
import pytest

from multiscale.mesh import ParticleMesh

R = 1e-6


@pytest.fixture
def disk():
    return ParticleMesh.disk(R, 0.25e-6).with_group("contact", lambda x: x[1] < -0.8 * R)


@pytest.fixture
def ball():
    return ParticleMesh.ball(R, 0.5e-6).with_group("contact", lambda x: x[2] < -0.8 * R)


@pytest.fixture
def as_meshio(tmp_path):
    """Function: the file `write` makes of a particle, as meshio's object."""

    def load(particle):
        particle.write(tmp_path / "good.msh", unit="um")
        return meshio.read(tmp_path / "good.msh")

    return load


@pytest.fixture
def saved(tmp_path):
    """Function: path of a file of MSH 2.2 with what meshio's object holds."""

    def save(file):
        file.cell_sets = {}
        file.write(tmp_path / "particle.msh", file_format="gmsh22", binary=False)
        return tmp_path / "particle.msh"

    return save
