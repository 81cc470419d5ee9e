"""The stored meshes are what the manifest says, and can be made again."""

from __future__ import annotations

import hashlib
import importlib.util
import sys
from pathlib import Path

import numpy as np
import pytest
from siblings import siblings

from multiscale.errors import MeshError
from multiscale.mesh import ParticleMesh, stored_meshes

FOLDER = Path(__file__).parents[3] / "meshes"
NAMES = list(stored_meshes())


@pytest.fixture(scope="module")
def rebuild():
    """The build script, also from a checkout that is not installed."""
    spec = importlib.util.spec_from_file_location("rebuild_meshes", FOLDER / "rebuild.py")
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module  # its dataclass looks itself up there
    spec.loader.exec_module(module)
    return module


@siblings("name", NAMES)
def test_file_matches_manifest(name):
    entry = stored_meshes()[name]
    content = (FOLDER / entry["file"]).read_bytes()
    assert hashlib.sha256(content).hexdigest() == entry["sha256"]
    assert len(content) < 300_000
    mesh = ParticleMesh.load(name)
    assert (mesh.n_nodes, mesh.n_elements) == (entry["n_nodes"], entry["n_elements"])
    assert (mesh.name, mesh.dimension, mesh.depth) == (
        name,
        entry["dimension"],
        entry.get("depth"),
    )
    assert {group: len(facets) for group, facets in mesh.groups.items()} == entry["groups"]
    assert mesh.quality.min_angle > 20
    # a P2 mesh is loaded as such, unless the caller wants something else
    assert mesh.order == entry["order"]
    assert ParticleMesh.load(name, order=1).order == 1


@siblings("name", [n for n in NAMES if stored_meshes()[n]["generator"] == "none"])
def test_meshes_without_a_generator_rebuild_exactly(name, rebuild, tmp_path):
    mesh = rebuild.build(name)
    mesh.write(tmp_path / "again.msh.gz", unit="um")
    entry = rebuild.describe(name, mesh, tmp_path / "again.msh.gz")
    stored = stored_meshes()[name]
    for key in ("n_nodes", "n_elements", "groups", "order", "recipe", "purpose"):
        assert entry[key] == stored[key]
    assert mesh.volume == pytest.approx(ParticleMesh.load(name).volume, rel=1e-8)


@pytest.mark.gmsh
@pytest.mark.parametrize("name", [n for n in NAMES if stored_meshes()[n]["generator"] == "gmsh"])
def test_meshes_of_gmsh_rebuild(name, rebuild):
    mesh, stored = rebuild.build(name), stored_meshes()[name]
    # another version of gmsh may place a few nodes differently
    assert mesh.n_nodes == pytest.approx(stored["n_nodes"], rel=0.02)
    assert mesh.volume == pytest.approx(ParticleMesh.load(name).volume, rel=1e-6)


def test_manifest_is_complete(rebuild, tmp_path):
    assert list(rebuild.ENTRIES) == NAMES
    assert {e["file"] for e in stored_meshes().values()} == {p.name for p in FOLDER.glob("*.gz")}
    assert sum(path.stat().st_size for path in FOLDER.iterdir() if path.is_file()) < 2_000_000
    rebuild.write_manifest(tmp_path / "manifest.toml", stored_meshes())
    again, stored = (
        (folder / "manifest.toml").read_text(encoding="utf-8") for folder in (tmp_path, FOLDER)
    )
    assert again == stored


def test_contact_of_the_disk_is_an_arc_of_thirty_degrees():
    mesh = ParticleMesh.load("disk_2um_contact")
    assert mesh.area("contact") / (mesh.area("contact") + mesh.area()) == pytest.approx(30 / 360)


@siblings("name", ["disk_2um", "disk_2um_coarse", "disk_2um_fine", "sphere_2um"])
def test_round_meshes_hold_as_much_as_the_round_particle(name):
    mesh = ParticleMesh.load(name)
    radius = 1e-6
    volume = np.pi * radius**2 * mesh.depth if mesh.depth else 4 / 3 * np.pi * radius**3
    # coordinates are written with ten digits
    assert mesh.volume == pytest.approx(volume, rel=1e-8)


def test_unknown_mesh_names_the_nearest():
    with pytest.raises(MeshError, match="Unknown stored mesh 'disk2um'; did you mean 'disk_2um'"):
        ParticleMesh.load("disk2um")


def test_rebuild_writes_into_a_folder(rebuild, tmp_path):
    out = tmp_path / "new"
    rebuild.rebuild(["hexagon_2um"], out)
    manifest = rebuild.rebuild(["disk_2um_coarse"], out)
    names = ["disk_2um_coarse", "hexagon_2um"]
    assert list(manifest) == names  # what was there stays, in the order of ENTRIES
    files = sorted(path.name for path in out.iterdir())
    assert files == [*(f"{name}.msh.gz" for name in names), "manifest.toml"]
