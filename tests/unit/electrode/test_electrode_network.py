"""The wiring as a graph, against circuits solved by hand."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from multiscale.electrode.geometry import ElectrodeGeometry
from multiscale.errors import GeometryError


@pytest.fixture
def ladder():
    return ElectrodeGeometry.columns([0, 1, 2])


def ring(conductance_S=np.inf, **contact):
    """Two particles that touch each other, and each its own carbon node."""
    disk = {"shape": "disk", "radius_m": 1e-6, "y_m": 0}
    return ElectrodeGeometry.from_table(
        particles=[{"particle": "a", "x_m": 0, **disk}, {"particle": "b", "x_m": 2e-6, **disk}],
        nodes=[
            {"node": "foil", "kind": "collector", "x_m": 0, "y_m": -3e-6},
            {"node": "ca", "kind": "carbon", "x_m": 0, "y_m": -1e-6},
            {"node": "cb", "kind": "carbon", "x_m": 2e-6, "y_m": -1e-6},
            {"node": "ab", "kind": "junction", "x_m": 1e-6, "y_m": 0},
        ],
        edges=[
            {"node_a": "ca", "node_b": "foil", "conductance_S": conductance_S},
            {"node_a": "cb", "node_b": "foil", "conductance_S": np.inf},
        ],
        contacts=[
            {"particle": "a", "node": "ca", **contact},
            {"particle": "a", "node": "ab"},
            {"particle": "b", "node": "ab"},
            {"particle": "b", "node": "cb"},
        ],
    )


def test_the_way_with_the_fewest_particles_counts():
    """One node is met first behind two particles, and then, by a wire, behind one."""
    particles = {"a": (0, 0), "b": (20, 0), "p": (0, 40), "q": (40, 40)}
    nodes = {"foil": (10, -20), "j1": (0, 20), "j2": (20, 20), "j3": (20, 40)}
    touching = ["a foil", "a j1", "b foil", "b j2", "p j1", "p j3", "q j3"]
    electrode = ElectrodeGeometry.from_table(
        particles=[
            {"particle": name, "shape": "disk", "radius_m": 1e-6, "x_m": x * 1e-6, "y_m": y * 1e-6}
            for name, (x, y) in particles.items()
        ],
        nodes=[
            {
                "node": name,
                "kind": "collector" if name == "foil" else "carbon",
                "x_m": x * 1e-6,
                "y_m": y * 1e-6,
            }
            for name, (x, y) in nodes.items()
        ],
        edges=[{"node_a": "j2", "node_b": "j3", "conductance_S": np.inf}],
        contacts=[dict(zip(("particle", "node"), pair.split(), strict=True)) for pair in touching],
    )
    assert electrode.obstruction_counts().to_dict() == {"a": 0, "b": 0, "p": 1, "q": 1}


def test_ladder(ladder):
    resistance = ladder.resistance_to_collector(1.0)
    # one side to the carbon, and two for each particle below
    assert resistance.to_dict() == {
        "c0r0": 1.0, "c1r0": 1.0, "c1r1": 3.0, "c2r0": 1.0, "c2r1": 3.0, "c2r2": 5.0
    }  # fmt: skip


def test_series_of_contact_resistances(ladder):
    ohm = pd.Series(1.0, index=ladder.contacts.index[::-1])
    ohm["c1r0-c1carbon"] = 7.0
    assert ladder.resistance_to_collector(ohm)["c1r1"] == 9.0


def test_parallel_paths():
    # 1 ohm directly, and 3 ohm through the other particle
    assert ring().resistance_to_collector(1.0).tolist() == pytest.approx([0.75, 0.75])
    # 1 + 2 ohm directly; from b: 1 ohm directly, 5 ohm through a
    assert ring(conductance_S=0.5).resistance_to_collector(1.0).tolist() == pytest.approx(
        [1.5, 5 / 6]
    )


def test_ideal_and_open_contacts():
    ohm = pd.Series(1.0, index=ring().contacts.index)
    ideal = ring().resistance_to_collector(ohm.replace(1.0, 0.0))
    assert ideal.tolist() == [0, 0]
    ohm["a-ca"] = np.inf
    assert ring().resistance_to_collector(ohm).tolist() == pytest.approx([3, 1])
    ohm["a-ab"] = np.inf
    assert ring().resistance_to_collector(ohm).tolist() == [np.inf, 1]
    ohm["a-ab"] = 0  # only as good as the junction it leads to
    assert ring().resistance_to_collector(ohm).tolist() == pytest.approx([2, 1])


def test_contact_of_zero_conductance_stays_open():
    assert ring(conductance_S_m2=0).resistance_to_collector(1.0).tolist() == pytest.approx([3, 1])


def test_against_the_pseudo_inverse():
    geometry = ElectrodeGeometry.packing(30, coverage=0.02, seed=5)
    rng = np.random.default_rng(0)
    ohm = pd.Series(rng.uniform(1, 9, len(geometry.contacts)), index=geometry.contacts.index)
    vertices = [*geometry.particles.index, *geometry.nodes.index]
    joined = geometry.joined_nodes().to_dict()
    laplacian = np.zeros((len(vertices),) * 2)
    for label, contact in geometry.contacts.iterrows():
        ends = [vertices.index(contact["particle"]), vertices.index(joined[contact["node"]])]
        laplacian[np.ix_(ends, ends)] += np.array([[1, -1], [-1, 1]]) / ohm[label]
    inverse = np.linalg.pinv(laplacian)
    foil = vertices.index("collector")
    expected = [
        inverse[i, i] + inverse[foil, foil] - 2 * inverse[i, foil]
        for i in range(geometry.n_particles)
    ]
    # ten digits are kept
    assert geometry.resistance_to_collector(ohm).to_numpy() == pytest.approx(expected, rel=1e-8)


def test_resistances_that_cannot_be(ladder):
    ohm = pd.Series(1.0, index=ladder.contacts.index)
    with pytest.raises(GeometryError, match="No contact resistance given for the contacts 'c0r0-"):
        ladder.resistance_to_collector(ohm.drop("c0r0-c0carbon"))
    for value in (-1.0, np.nan):
        ohm["c1r0-c1j0"] = value
        with pytest.raises(GeometryError, match="'c1r0-c1j0' is negative or NaN"):
            ladder.resistance_to_collector(ohm)


def test_obstruction(ladder):
    assert ladder.obstruction_counts().to_dict() == {
        "c0r0": 0, "c1r0": 0, "c1r1": 1, "c2r0": 0, "c2r1": 1, "c2r2": 2
    }  # fmt: skip
    assert ring(conductance_S_m2=0).obstruction_counts().tolist() == [1, 0]


def test_carbon_without_a_wire_is_no_network():
    geometry = ring()
    loose = geometry.edges[geometry.edges["node_a"] == "cb"]
    tables = {"particles": geometry.particles, "nodes": geometry.nodes}
    island = ElectrodeGeometry(**tables, edges=loose, contacts=geometry.contacts)
    assert island.obstruction_counts().tolist() == [1, 0]


def test_joined_nodes():
    assert ring().joined_nodes().to_dict() == {
        "foil": "foil", "ca": "foil", "cb": "foil", "ab": "ab"
    }  # fmt: skip
    assert ring(conductance_S=1.0).joined_nodes()["ca"] == "ca"
