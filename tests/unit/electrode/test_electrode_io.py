"""Electrodes as files and from tables: nothing is lost, and faults are named."""

from __future__ import annotations

import json

import numpy as np
import pandas as pd
import pytest
from fuzzing import PROFILES, survives
from siblings import siblings

from multiscale.electrode.geometry import ElectrodeGeometry
from multiscale.errors import GeometryError
from multiscale.mesh import ParticleMesh


def odd():
    """Awkward labels, infinite, absent and many-digit numbers."""
    geometry = ElectrodeGeometry.packing(20, np.linspace(3e-6, 7e-6, 20), seed=1)
    geometry = geometry.relabelled({"p00": "NA", "p01": "1", "p02": "a, b"})
    contacts = geometry.contacts.copy()
    contacts.loc[contacts.index[:3], "conductance_S_m2"] = [0.0, np.inf, 1 / 3]
    geometry = geometry.with_contacts(contacts)
    return geometry.with_factor("conductivity", {"NA": np.pi})


CASES = {
    "columns": lambda: ElectrodeGeometry.columns([0, 2], covered_rows=[0], dry_half_angle_deg=45),
    "packing": odd,
    "spheres": lambda: ElectrodeGeometry.packing(10, dimension=3, coverage=0),
}


@pytest.mark.parametrize("name", CASES)
def test_round_trips(name, tmp_path):
    geometry = CASES[name]()
    geometry.to_csv(tmp_path / "tables")
    assert ElectrodeGeometry.from_csv(tmp_path / "tables") == geometry
    geometry.to_json(tmp_path / "geometry.json")
    assert ElectrodeGeometry.from_json(tmp_path / "geometry.json") == geometry


def test_json_is_plain(tmp_path):
    ElectrodeGeometry.columns([0]).to_json(tmp_path / "geometry.json")
    content = json.loads((tmp_path / "geometry.json").read_text())
    assert content["version"] == 1
    assert content["edges"] == [
        {"node_a": "c0carbon", "node_b": "collector", "conductance_S": "inf"}
    ]
    assert content["particles"][0]["initial_stoichiometry"] is None


def test_own_meshes(tmp_path):
    geometry = ElectrodeGeometry.columns([1])
    particles = geometry.particles.copy()
    particles.loc["c0r1", ["shape", "radius_m"]] = ["mesh", np.nan]
    mesh = ParticleMesh.hexagon(5e-6, 1e-6, order=2)
    tables = {name: getattr(geometry, name) for name in ("nodes", "edges", "contacts")}
    geometry = ElectrodeGeometry(particles=particles, meshes={"c0r1": mesh}, **tables)
    geometry.to_csv(tmp_path)
    again = ElectrodeGeometry.from_csv(tmp_path)
    assert again.contacts.equals(geometry.contacts)
    assert (again.meshes["c0r1"].order, again.meshes["c0r1"].n_nodes) == (2, mesh.n_nodes)
    # nine digits of each coordinate
    assert again.meshes["c0r1"].volume == pytest.approx(mesh.volume, rel=1e-8)
    with pytest.raises(GeometryError, match=r"Own meshes \(of 'c0r1'\) do not fit into JSON"):
        geometry.to_json(tmp_path / "geometry.json")
    ElectrodeGeometry.columns([1]).to_csv(tmp_path)
    assert not ElectrodeGeometry.from_csv(tmp_path).meshes


@siblings(
    ("content", "message"),
    [
        ("{", "is not JSON"),
        ("[]", "holds no JSON object but a list"),
        ('{"format": "other"}', "its format should be 'multiscale electrode geometry'"),
        ('{"format": "multiscale electrode geometry", "version": 2}', "has the version 2"),
        ('{"format": "multiscale electrode geometry", "version": 1}', "lacks the tables 'particle"),
    ],
)
def test_other_json(tmp_path, content, message):
    (tmp_path / "geometry.json").write_text(content)
    with pytest.raises(GeometryError, match=message):
        ElectrodeGeometry.from_json(tmp_path / "geometry.json")


def test_missing_and_wrong_csv(tmp_path):
    ElectrodeGeometry.columns([1]).to_csv(tmp_path)
    particles = pd.read_csv(tmp_path / "particles.csv")
    particles.assign(radius_m="large").to_csv(tmp_path / "particles.csv", index=False)
    with pytest.raises(GeometryError, match="Column 'radius_m', row 'c0r0': 'large' is not a numb"):
        ElectrodeGeometry.from_csv(tmp_path)
    (tmp_path / "nodes.csv").unlink()
    with pytest.raises(GeometryError, match=r"There is no nodes\.csv"):
        ElectrodeGeometry.from_csv(tmp_path)


PARTICLES = [
    {"particle": "a", "shape": "disk", "radius_m": 1e-6, "x_m": 0, "y_m": 1e-6},
    {"particle": "b", "shape": "disk", "radius_m": 1e-6, "x_m": 0, "y_m": 3e-6},
]


def test_from_table_finds_directions_and_wires():
    geometry = ElectrodeGeometry.from_table(
        PARTICLES,
        [
            {"node": "foil", "kind": "collector", "x_m": 0, "y_m": -1e-6},
            {"node": "c", "kind": "carbon", "x_m": 0, "y_m": 0},
            {"node": "ab", "kind": "junction", "x_m": 0, "y_m": 2e-6},
        ],
        None,
        [
            {"particle": "a", "node": "c"},
            {"particle": "a", "node": "ab", "half_angle_deg": 10},
            {"particle": "b", "node": "ab"},
        ],
    )
    assert list(geometry.contacts.index) == ["a-c", "a-ab", "b-ab"]
    assert geometry.contacts["direction_y"].tolist() == [-1, 1, -1]
    assert geometry.contacts["half_angle_deg"].tolist() == [22.5, 10, 22.5]
    assert geometry.edges.iloc[0].tolist() == ["c", "foil", np.inf]


def test_from_table_finds_positions(tmp_path):
    pd.DataFrame(PARTICLES).to_csv(tmp_path / "particles.csv", index=False)
    geometry = ElectrodeGeometry.from_table(
        tmp_path / "particles.csv",
        [{"node": "foil", "kind": "collector"}, {"node": "ab", "kind": "junction"}],
        [],
        [
            {"particle": "a", "node": "foil", "direction_x": 0, "direction_y": -1},
            {"particle": "a", "node": "ab", "direction_x": 0, "direction_y": 1},
            {"particle": "b", "node": "ab", "direction_x": 0, "direction_y": -1},
        ],
    )
    assert geometry.nodes["y_m"].tolist() == pytest.approx([0, 2e-6])


def test_from_table_repeated_contact_gets_a_number():
    geometry = ElectrodeGeometry.from_table(
        PARTICLES[:1],
        [{"node": "foil", "kind": "collector"}],
        [],
        [
            {"particle": "a", "node": "foil", "direction_x": x, "direction_y": 0}
            for x in (1, -1)
        ],
    )  # fmt: skip
    assert list(geometry.contacts.index) == ["a-foil", "a-foil-2"]


def test_from_table_needs_one_of_the_two():
    with pytest.raises(GeometryError, match="'a-foil' have neither a direction nor a node with"):
        ElectrodeGeometry.from_table(
            PARTICLES[:1],
            [{"node": "foil", "kind": "collector"}],
            [],
            [{"particle": "a", "node": "foil"}],
        )


@PROFILES
def test_damaged_json_is_an_electrode_or_refused(examples, tmp_path):
    path = tmp_path / "electrode.json"
    ElectrodeGeometry.columns([0, 1], radius=5e-6).to_json(path)
    survives(ElectrodeGeometry.from_json, path.read_bytes(), path, examples)
