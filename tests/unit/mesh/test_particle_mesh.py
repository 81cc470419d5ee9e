"""Sizes, weights and facet groups of a particle mesh."""

from __future__ import annotations

import pickle
from dataclasses import FrozenInstanceError

import numpy as np
import pytest
import skfem
from numpy import pi
from siblings import siblings

from multiscale.errors import MeshError
from multiscale.mesh import ParticleMesh

R = 1e-6
ROUNDING = 1e-12  # relative; sums over some thousand elements


def meshes():
    return {
        "sphere": ParticleMesh.radial(R, 7, grading=4),
        "rod": ParticleMesh.radial(R, 7, "cylinder", height=3e-6),
        "slab": ParticleMesh.radial(R, 7, "slab", height=2e-6),
        "disk": ParticleMesh.disk(R, 0.25e-6, depth=2e-6),
        "ball": ParticleMesh.ball(R, 0.34e-6),
        "cylinder": ParticleMesh.cylinder(R, R, 0.34e-6, surface="side"),
    }


@pytest.fixture(params=list(meshes()))
def particle(request):
    return meshes()[request.param]


@siblings(
    ("shape", "volume", "area"),
    [
        ("sphere", 4 / 3 * pi * R**3, 4 * pi * R**2),
        ("rod", pi * R**2 * 3e-6, 2 * pi * R * 3e-6),
        ("slab", R * (2e-6) ** 2, (2e-6) ** 2),
        # the regular polygons of 24 and 18 sides that have the area of the circle
        ("disk", pi * R**2 * 2e-6, 2 * np.sqrt(24 * pi * np.tan(pi / 24)) * R * 2e-6),
        ("cylinder", pi * R**3, 2 * np.sqrt(18 * pi * np.tan(pi / 18)) * R**2),
    ],
)
def test_exact_volume_and_area(shape, volume, area):
    mesh = meshes()[shape]
    assert mesh.volume == pytest.approx(volume, rel=ROUNDING)
    assert mesh.area("surface") == pytest.approx(area, rel=ROUNDING)


def test_weighted_integral_over_elements_is_the_volume(particle):
    elements = {1: skfem.ElementLineP1, 2: skfem.ElementTriP1, 3: skfem.ElementTetP1}
    basis = skfem.Basis(particle.mesh, elements[particle.dimension](), intorder=3)
    integral = np.sum(particle.measure(np.asarray(basis.global_coordinates())) * basis.dx)
    assert integral == pytest.approx(particle.volume, rel=ROUNDING)


def test_weighted_integral_over_facets_is_the_area(particle):
    elements = {1: skfem.ElementLineP1, 2: skfem.ElementTriP1, 3: skfem.ElementTetP1}
    facets = particle.facets("surface")
    basis = skfem.FacetBasis(particle.mesh, elements[particle.dimension](), facets=facets)
    integral = np.sum(particle.measure(np.asarray(basis.global_coordinates())) * basis.dx)
    assert integral == pytest.approx(particle.area(), rel=ROUNDING)
    assert particle.facet_areas().shape == facets.shape


def test_defaults_and_options_of_each_dimension():
    assert ParticleMesh.disk(R, R).depth == 1e-6
    assert ParticleMesh.ball(R, R).depth is None
    assert ParticleMesh.radial(R, 3).depth is None
    assert ParticleMesh.radial(R, 3, "slab").depth == 1e-6
    assert ParticleMesh.disk(R, R).with_order(2).order == 2
    assert ParticleMesh.disk(R, R).with_depth(5e-6).volume == pytest.approx(
        5 * ParticleMesh.disk(R, R).volume
    )


def test_centroid():
    shifted = ParticleMesh.disk(R, 0.25e-6)
    moved = ParticleMesh(shifted.mesh.translated((3e-6, -1e-6)), shifted.groups)
    np.testing.assert_allclose(moved.centroid, [3e-6, -1e-6], rtol=1e-9)
    assert ParticleMesh.radial(R, 5).centroid == [0.0]
    assert ParticleMesh.radial(R, 5, "slab").centroid[0] == pytest.approx(R / 2)


def test_grading_of_a_line_is_the_ratio_of_its_first_and_last_element():
    steps = np.diff(np.sort(ParticleMesh.radial(R, 20, grading=8).mesh.p[0]))
    assert steps[0] / steps[-1] == pytest.approx(8)
    assert steps.sum() == pytest.approx(R)


def test_with_group_splits_the_surface():
    disk = ParticleMesh.disk(R, 0.1e-6)
    split = disk.with_group("contact", lambda x: x[1] < -0.8 * R)
    parts = np.concatenate([split.facets("contact"), split.facets("surface")])
    np.testing.assert_array_equal(np.sort(parts), disk.facets())
    assert split.area("contact") + split.area() == pytest.approx(disk.area())
    assert list(disk.groups) == ["surface"]  # the original is as it was
    again = disk.with_group("contact", split.facets("contact"))
    np.testing.assert_array_equal(again.facets("contact"), split.facets("contact"))


def test_groups_are_renamed_and_joined():
    mesh = meshes()["cylinder"]
    joined = mesh.with_group_names({"top": "basal", "bottom": "basal"})
    assert sorted(joined.groups) == ["basal", "surface"]
    assert joined.area("basal") == pytest.approx(mesh.area("top") + mesh.area("bottom"))


@siblings(
    ("selector", "message"),
    [
        (lambda x: x[0] > 1, "would be empty"),
        (lambda x: x[0] < 1, "leave 'surface' empty"),
        (lambda x: x, "must return 24 booleans"),
        ([10**6], "not part of 'surface'"),
        ([0.5], "facet indices or a function"),
        (np.array([], dtype=int), "would be empty"),
    ],
)
def test_selectors_that_make_no_group(selector, message):
    with pytest.raises(MeshError, match=message):
        ParticleMesh.disk(R, 0.25e-6).with_group("contact", selector)


def test_group_names_that_cannot_be_used():
    disk = ParticleMesh.disk(R, 0.25e-6)
    with pytest.raises(MeshError, match="did you mean 'surface'"):
        disk.facets("surfaces")
    with pytest.raises(MeshError, match="exists already"):
        disk.with_group("surface", lambda x: x[0] > 0)
    with pytest.raises(MeshError, match="Unknown facet group 'top'"):
        disk.with_group_names({"top": "basal"})


def test_groups_must_cover_the_boundary_once():
    disk = ParticleMesh.disk(R, 0.25e-6)
    all_facets = disk.facets()
    inner = np.setdiff1d(np.arange(disk.mesh.facets.shape[1]), all_facets)
    cases = [
        ({"surface": all_facets[3:]}, "3 of 24 boundary facets belong to no facet group"),
        ({"surface": all_facets, "dry": all_facets[:2]}, "'dry' and 'surface' overlap in 2"),
        ({"surface": all_facets, "core": inner[:4]}, "4 facets that are not on the boundary"),
        ({"surface": all_facets, "dry": []}, "'dry' holds no facets"),
        ({"skin": all_facets}, "No facet group 'surface'; this mesh has 'skin'"),
    ]
    for groups, message in cases:
        with pytest.raises(MeshError, match=message):
            ParticleMesh(disk.mesh, groups)


def test_options_that_do_not_fit():
    disk, ball = ParticleMesh.disk(R, R), ParticleMesh.ball(R, R)
    line = ParticleMesh.radial(R, 2)
    cases = [
        (lambda: disk.with_order(3), "order is 1 or 2"),
        (lambda: ball.with_depth(1e-6), "no depth"),
        (lambda: disk.with_depth(-1.0), "depth must be a positive"),
        (lambda: disk.scaled(0), "factor must be positive"),
        (lambda: ParticleMesh(line.mesh, line.groups), "shape_power 0"),
        (lambda: ParticleMesh(disk.mesh, disk.groups, shape_power=1), "line meshes only"),
        (lambda: ParticleMesh(skfem.MeshQuad(), disk.groups), "not a MeshQuad"),
        (lambda: ParticleMesh.radial(R, 3, "ball"), "Unknown shape"),
        (lambda: ParticleMesh.radial(R, 3, height=1e-6), "sphere has no height"),
        (lambda: ParticleMesh.radial(R, 0), "n, .* must be a whole number of at least 1"),
        (lambda: ParticleMesh.radial(-R, 3), "radius is -1e-06 m"),
        (lambda: ParticleMesh.disk(R, 2 * R), "size 2e-06 m exceeds"),
        (lambda: ParticleMesh.cylinder(R, R, R, surface="top"), "Unknown surface"),
        (lambda: ParticleMesh.ellipsoid([R, R], R), "semi_axes must be 3 numbers"),
    ]
    for make, message in cases:
        with pytest.raises(MeshError, match=message):
            make()


def test_refining_keeps_groups_volume_and_shape(particle):
    if particle.dimension > 1:
        particle = particle.with_group("contact", lambda x: x[0] < -0.5 * R)
    fine = particle.refined()
    assert fine.n_elements == 2**particle.dimension * particle.n_elements
    assert fine.volume == pytest.approx(particle.volume, rel=ROUNDING)
    assert set(fine.groups) == set(particle.groups)
    for group, facets in particle.groups.items():
        assert len(fine.facets(group)) == len(facets) * 2 ** (particle.dimension - 1)
        assert fine.area(group) == pytest.approx(particle.area(group), rel=ROUNDING)


def test_scaling_keeps_the_depth(particle):
    big = particle.scaled(3)
    powers = {"depth": 2, "none": 3, "rod": 2, "slab": 1}
    kind = "depth" if particle.dimension == 2 else "none"
    kind = {1: "rod", 0: "slab"}.get(particle.shape_power, kind)
    assert big.volume == pytest.approx(3 ** powers[kind] * particle.volume)
    assert big.depth == particle.depth


def test_it_is_frozen_and_travels_to_a_worker(particle):
    with pytest.raises(FrozenInstanceError):
        particle.ordr = 2
    with pytest.raises(ValueError, match="read-only"):
        particle.facets()[0] = 0
    copy = pickle.loads(pickle.dumps(particle))
    assert copy.volume == particle.volume
    np.testing.assert_array_equal(copy.facets(), particle.facets())


def test_summary_names_groups_and_sizes(particle):
    text = particle.summary()
    for word in ("nodes", "volume", "'surface'", "m2"):
        assert word in text
    assert "object at" not in repr(particle)
