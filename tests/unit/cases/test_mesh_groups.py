"""A mesh file in a case: what it calls its groups, and what becomes the surface."""

from __future__ import annotations

import pytest
from siblings import siblings

from multiscale.cases.particle import build_mesh
from multiscale.cases.schema import MeshSpec, Reading
from multiscale.cases.tables import read_table
from multiscale.errors import CaseError
from multiscale.mesh import ParticleMesh


@siblings(
    ("options", "groups"),
    [
        ({}, ["contact", "surface"]),
        ({"surface": "all"}, ["surface"]),
        ({"groups": {"dry": "contact"}, "surface": "rest"}, ["dry", "surface"]),
        ({"groups": {"surface": [1, 2]}}, ["surface"]),
    ],
)
def test_groups_of_a_mesh_file(options, groups, tmp_path):
    mesh = ParticleMesh.disk(1e-6, 0.5e-6).with_group("contact", lambda x: x[1] < -0.5e-6)
    mesh.write(tmp_path / "disk.msh", unit="um")
    raw = {"file": "disk.msh", "unit": "um", **options}
    spec = read_table(MeshSpec, raw, "mesh", Reading(tmp_path))
    assert sorted(build_mesh(spec).groups) == groups


@siblings("value", [1.5, True, [], [[1]], {"a": 1}])
def test_groups_that_are_none(value):
    raw = {"file": "disk.msh", "unit": "um", "groups": {"surface": value}}
    with pytest.raises(CaseError, match="groups say what the file calls each group"):
        read_table(MeshSpec, raw, "mesh")
