"""Electrodes as tables: copies with a change, equality, own and stored meshes."""

from __future__ import annotations

import pickle
from dataclasses import FrozenInstanceError

import numpy as np
import pytest

from multiscale.electrode.geometry import ElectrodeGeometry
from multiscale.errors import GeometryError
from multiscale.mesh import ParticleMesh

R = 5e-6


@pytest.fixture
def electrode():
    return ElectrodeGeometry.columns([0, 2], radius=R, constriction_m=13e-6)


def test_defaults(electrode):
    table = electrode.particles
    for name in ("diffusivity_factor", "conductivity_factor", "exchange_current_factor"):
        assert (table[name] == 1).all()
    assert table["initial_stoichiometry"].isna().all()
    assert table.index.name == "particle"
    assert electrode.contacts["conductance_S_m2"].isna().all()
    assert electrode.dimension == 2
    assert electrode.depth == 1e-6
    assert electrode.collector == "collector"


def test_sizes(electrode):
    assert electrode.volumes().to_numpy() == pytest.approx(np.pi * R**2 * 1e-6)
    # an eighth of the rim: 22.5 degrees to both sides
    assert electrode.contact_areas().to_numpy() == pytest.approx(2 * np.pi * R * 1e-6 / 8)
    ball = ElectrodeGeometry.packing(1, R, coverage=0, dimension=3, contact_half_angle_deg=60)
    assert ball.volumes().item() == pytest.approx(4 / 3 * np.pi * R**3)
    assert ball.contact_areas().item() == pytest.approx(np.pi * R**2)  # a cap of 60 degrees
    assert ball.depth is None


def test_frozen_and_not_hashable(electrode):
    with pytest.raises(FrozenInstanceError):
        electrode.particles = None
    with pytest.raises(TypeError):
        hash(electrode)


def test_tables_are_copies(electrode):
    table = electrode.particles.copy()
    copy = electrode.with_particles(table)
    table.loc["c0r0", "radius_m"] = -1
    assert copy == electrode


def test_can_be_sent_to_a_worker(electrode):
    assert pickle.loads(pickle.dumps(electrode)) == electrode


def test_with_factor(electrode):
    slow = electrode.with_factor("diffusivity", {"c1r2": 0.3})
    assert slow.particles["diffusivity_factor"].tolist() == [1, 1, 1, 0.3]
    assert electrode.particles["diffusivity_factor"].tolist() == [1, 1, 1, 1]
    both = slow.with_factor("conductivity_factor", 2.0)
    assert both.particles["conductivity_factor"].tolist() == [2, 2, 2, 2]
    series = slow.particles["diffusivity_factor"]
    assert electrode.with_factor("diffusivity", series) == slow


@pytest.mark.parametrize(
    ("name", "values", "message"),
    [
        ("diffusivty", 2.0, "Unknown factor 'diffusivty'; did you mean 'diffusivity'"),
        ("diffusivity", {"c1r3": 2.0}, "Unknown particle 'c1r3'; did you mean"),
        ("diffusivity", {"c1r2": 0.0}, "'c1r2' have no positive diffusivity_factor"),
    ],
)
def test_with_factor_refuses(electrode, name, values, message):
    with pytest.raises(GeometryError, match=message):
        electrode.with_factor(name, values)


def test_with_contacts(electrode):
    dry = electrode.with_contacts(electrode.contacts.assign(dry_half_angle_deg=45))
    assert (dry.contacts["dry_half_angle_deg"] == 45).all()
    assert dry != electrode


def test_relabelled(electrode):
    renamed = electrode.relabelled({"c1r2": "top"})
    assert renamed.contacts.loc["c1r2-c1j1", "particle"] == "top"
    assert renamed.relabelled({"top": "c1r2"}) == electrode
    with pytest.raises(GeometryError, match="'c0r0' occur more than once"):
        electrode.relabelled({"c1r2": "c0r0"})
    with pytest.raises(GeometryError, match="Unknown particle 'x'"):
        electrode.relabelled({"x": "y"})


def test_order_has_no_meaning(electrode):
    turned = electrode.permuted(reversed(electrode.particles.index))
    assert list(turned.particles.index) == ["c1r2", "c1r1", "c1r0", "c0r0"]
    assert turned == electrode
    resistance = electrode.resistance_to_collector(2.0)
    assert turned.resistance_to_collector(2.0)[resistance.index].equals(resistance)
    assert turned.obstruction_counts().to_dict() == electrode.obstruction_counts().to_dict()
    with pytest.raises(GeometryError, match="each of the 4 particles once"):
        electrode.permuted(["c0r0"])


def test_equality_sees_every_table(electrode):
    edges = electrode.edges
    turned = edges.rename(columns={"node_a": "node_b", "node_b": "node_a"})[::-1]
    tables = {"particles": electrode.particles, "nodes": electrode.nodes}
    same = ElectrodeGeometry(**tables, edges=turned, contacts=electrode.contacts[::-1])
    assert same == electrode
    worse = edges.assign(conductance_S=1.0)
    assert ElectrodeGeometry(**tables, edges=worse, contacts=electrode.contacts) != electrode
    assert electrode != 1


def test_scaled(electrode):
    small = electrode.scaled(0.5)
    assert small == ElectrodeGeometry.columns([0, 2], radius=R / 2, constriction_m=6.5e-6)
    with pytest.raises(GeometryError, match="must be positive"):
        electrode.scaled(0)


def test_stored_mesh_gives_the_dimension(electrode):
    particles = electrode.particles.assign(shape="disk_2um")
    assert electrode.with_particles(particles).dimension == 2


def test_own_mesh(electrode):
    mesh = ParticleMesh.hexagon(R, R / 4)
    table = electrode.particles.copy()
    table.loc["c1r2", ["shape", "radius_m"]] = ["mesh", np.nan]
    parts = {"nodes": electrode.nodes, "edges": electrode.edges, "contacts": electrode.contacts}
    geometry = ElectrodeGeometry(particles=table, meshes={"c1r2": mesh}, **parts)
    # the disk of the same area as a hexagon with corners at R
    expected = R * np.sqrt(1.5 * np.sqrt(3) / np.pi)
    assert geometry.particles.loc["c1r2", "radius_m"] == pytest.approx(expected)
    assert set(geometry.relabelled({"c1r2": "hexagon"}).meshes) == {"hexagon"}
    assert geometry.scaled(2).meshes["c1r2"].volume == pytest.approx(4 * mesh.volume)
    assert geometry == ElectrodeGeometry(particles=table, meshes={"c1r2": mesh}, **parts)
    other = ElectrodeGeometry(particles=table, meshes={"c1r2": mesh.refined()}, **parts)
    assert geometry != other


def test_text(electrode):
    text = electrode.summary()
    assert "2D electrode, 4 particles (4 disk), radius 5e-06 m, depth 1e-06 m" in text
    assert "6 contacts (4 with junction, 2 with carbon)" in text
    assert "2 behind 0, 1 behind 1, 1 behind 2" in text
    assert "carbon: 0 to 9, median 4.5" in ElectrodeGeometry.columns([9]).summary()
    assert repr(electrode).startswith("<ElectrodeGeometry 2D electrode, 4 particles")
