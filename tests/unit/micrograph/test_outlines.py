"""Outlines and meshes of micrographs."""

from __future__ import annotations

import json

import numpy as np
import pytest

from multiscale.errors import ImagingError, MeshError
from multiscale.mesh.outline import polygon_area
from multiscale.mesh.particle_mesh import ParticleMesh
from multiscale.micrograph import Micrograph
from multiscale.micrograph.output import (
    Meshes,
    mesh_particles,
    outline_overlap,
    with_contact_groups,
    with_meshes,
    write_outlines,
)

PIXEL = 0.2e-6


@pytest.fixture
def micrograph(truth):
    return Micrograph.from_image(truth, PIXEL).with_rest_as_binder()


@pytest.fixture(scope="module")
def gmsh():
    try:
        import gmsh
    except (ImportError, OSError) as error:
        pytest.skip(f"gmsh cannot be imported: {error}")
    return gmsh


def test_outlines_keep_area_and_overlap_the_pixels(micrograph):
    areas = [polygon_area(points) for points in micrograph.outlines.values()]
    assert areas == pytest.approx(micrograph.particles["area_m2"].tolist(), rel=1e-9)
    assert outline_overlap(micrograph).min() > 0.97


def test_overlap_sees_an_outline_out_of_place(micrograph):
    shifted = {n: points + np.array([3 * PIXEL, 0]) for n, points in micrograph.outlines.items()}
    micrograph.__dict__["outlines"] = shifted
    # a disk of radius 15 moved by 3 loses 13 % of itself
    assert outline_overlap(micrograph).max() < 0.9


def test_geojson_is_in_micrometres_from_the_upper_left_pixel(micrograph, disks, tmp_path):
    write_outlines(micrograph, tmp_path / "outlines.geojson")
    features = json.loads((tmp_path / "outlines.geojson").read_text())["features"]
    assert [f["properties"]["particle_id"] for f in features] == ["1", "2", "3", "4", "5", "6"]
    ring = np.array(features[5]["geometry"]["coordinates"][0])
    assert ring[0].tolist() == ring[-1].tolist()
    row, column, radius = disks[5]
    middle = (ring.min(axis=0) + ring.max(axis=0)) / 2
    assert middle == pytest.approx([column * 0.2, row * 0.2], abs=0.1)
    assert np.ptp(ring, axis=0) == pytest.approx([2 * radius * 0.2] * 2, abs=0.3)


def test_other_tools_read_the_outlines(micrograph, tmp_path):
    rois = pytest.importorskip("multiscale.imaging.rois")
    write_outlines(micrograph, tmp_path / "outlines.geojson")
    regions = rois.read_rois(tmp_path / "outlines.geojson", micrograph.labels.shape, PIXEL)
    same = (regions.labels > 0) == (micrograph.labels > 0)
    assert same.mean() > 0.98


def test_volumes_have_no_outlines():
    volume = np.zeros((12, 12, 12), dtype=int)
    volume[2:10, 2:10, 2:10] = 1
    with pytest.raises(ImagingError, match="take a plane of the volume"):
        _ = Micrograph(volume, PIXEL).outlines


def test_meshes_are_good_and_as_large_as_the_pixels(micrograph, gmsh):
    found = mesh_particles(micrograph, depth=2e-6)
    assert not found.failed
    areas = [mesh.volume / 2e-6 for mesh in found.meshes.values()]
    assert areas == pytest.approx(micrograph.particles["area_m2"].tolist(), rel=1e-6)
    quality = found.quality()
    assert quality["min_radius_ratio"].min() > 0.4
    assert quality["min_angle_deg"].min() > 15
    coarse = mesh_particles(micrograph, size=2e-6, depth=2e-6).quality()
    assert (coarse["elements"] < quality["elements"]).all()


def test_bad_elements_fail_a_mesh(micrograph, gmsh, monkeypatch):
    monkeypatch.setattr("multiscale.micrograph.output.WORST", 0.999)
    found = mesh_particles(micrograph)
    assert not found.meshes
    assert "worst element has a radius ratio of" in found.failed["1"]


def test_without_gmsh_the_reason_is_told(micrograph, monkeypatch):
    monkeypatch.setitem(__import__("sys").modules, "gmsh", None)
    with pytest.raises(MeshError, match="gmsh is needed"):
        mesh_particles(micrograph)


def test_electrode_with_meshes_keeps_disks_where_there_is_none(micrograph):
    electrode = micrograph.electrode()
    radius = electrode.particles.loc["2", "radius_m"]
    own = {"2": ParticleMesh.disk(radius, radius / 5)}
    mixed = with_meshes(electrode, Meshes(own, {"1": "too thin"}))
    assert mixed.particles["shape"].value_counts().to_dict() == {"disk": 5, "mesh": 1}
    assert mixed.volumes().sum() == pytest.approx(electrode.volumes().sum(), rel=1e-3)


def test_contacts_become_facet_groups(micrograph, gmsh):
    electrode = micrograph.electrode()
    mesh = mesh_particles(micrograph).meshes["1"]
    contacts = electrode.contacts[electrode.contacts["particle"] == "1"]
    grouped = with_contact_groups(mesh, contacts)
    patches = [name for name in grouped.groups if name.startswith("contact_")]
    assert sorted(patches) == sorted(f"contact_{label}" for label in contacts.index)
    # an outline that is nearly a disk: the patch has its share of the rim
    shares = electrode.contact_shares()[contacts.index]
    for name in patches:
        share = grouped.area(name) / mesh.area()
        assert share == pytest.approx(shares[name.removeprefix("contact_")], abs=0.05)
