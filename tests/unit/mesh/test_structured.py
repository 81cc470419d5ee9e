"""Shapes made without a mesh generator: conforming, nearly uniform, converging to round."""

from __future__ import annotations

import numpy as np
import pytest
from siblings import siblings

from multiscale.errors import MeshError
from multiscale.mesh import ParticleMesh

R = 1e-6


def observed_order(h, error):
    return np.polyfit(np.log(h), np.log(error), 1)[0]


@pytest.mark.parametrize(
    ("make", "volume", "area"),
    [
        (ParticleMesh.disk, np.pi * R**2 * 1e-6, 2 * np.pi * R * 1e-6),
        (ParticleMesh.ball, 4 / 3 * np.pi * R**3, 4 * np.pi * R**2),
    ],
)
def test_round_shapes_hold_as_much_as_the_round_body(make, volume, area):
    sizes = R / np.array([4, 6, 8, 12])
    found = [make(R, size) for size in [R, *sizes]]
    np.testing.assert_allclose([mesh.volume for mesh in found], volume, rtol=1e-12)
    # of all bodies of one volume the round one has the smallest surface; the rest falls with
    # the square of the size; 0.1 as for any observed order
    excess = [mesh.area() - area for mesh in found[1:]]
    assert observed_order(sizes, excess) == pytest.approx(2, abs=0.1)


@siblings("n", [1, 2, 5, 8])
def test_counts(n):
    disk, ball = ParticleMesh.disk(R, R / n), ParticleMesh.ball(R, R / n)
    assert (disk.n_nodes, disk.n_elements) == (3 * n * (n + 1) + 1, 6 * n**2)
    assert len(disk.facets()) == 6 * n
    # the icosahedral cluster of n shells
    assert ball.n_nodes == (10 * n**3 + 15 * n**2 + 11 * n + 3) // 3
    assert (ball.n_elements, len(ball.facets())) == (20 * n**3, 20 * n**2)


@siblings(
    ("mesh", "angle", "ratio", "spread"),
    [
        (ParticleMesh.disk(R, R / 24), 44, 0.83, 1.5),
        (ParticleMesh.hexagon(R, R / 10), 59.9, 0.999, 1.001),
        (ParticleMesh.ball(R, R / 8), 38, 0.53, 2.0),
        (ParticleMesh.cylinder(R, R, R / 8), 34, 0.6, 2.0),
    ],
    ids=lambda value: getattr(value, "name", None),
)
def test_quality(mesh, angle, ratio, spread):
    """Bounds are a little below what the recipes give, so that a worse recipe shows."""
    assert mesh.quality.min_angle > angle
    assert mesh.quality.min_radius_ratio > ratio
    assert mesh.quality.max_edge / mesh.quality.min_edge < spread


@pytest.mark.parametrize(
    "mesh",
    [ParticleMesh.ball(R, R / 4), ParticleMesh.cylinder(R, 0.7 * R, R / 3)],
    ids=lambda m: m.name,
)
def test_boundary_is_one_closed_surface(mesh):
    facets = mesh.mesh.facets[:, mesh.facets()]
    pairs = np.sort(np.hstack([facets[[0, 1]], facets[[1, 2]], facets[[0, 2]]]), axis=0)
    edges, counts = np.unique(pairs, axis=1, return_counts=True)
    assert (counts == 2).all()
    euler = len(np.unique(facets)) - edges.shape[1] + facets.shape[1]
    assert euler == 2


@pytest.mark.parametrize("n", [5, 16])
def test_corners_of_a_disk_lie_outside_by_the_stated_fraction(n):
    disk = ParticleMesh.disk(R, R / n)
    outer = np.unique(disk.mesh.facets[:, disk.facets()])
    distance = np.hypot(*disk.mesh.p[:, outer])
    np.testing.assert_allclose(distance, distance[0], rtol=1e-12)
    # the leading term of the docstring; the next one is smaller by (pi/6n)^2
    assert distance[0] / R - 1 == pytest.approx((np.pi / (6 * n)) ** 2 / 3, rel=0.02)


def test_outer_nodes_of_a_ball_lie_on_one_sphere():
    ball = ParticleMesh.ball(R, R / 5)
    outer = np.unique(ball.mesh.facets[:, ball.facets()])
    distance = np.linalg.norm(ball.mesh.p[:, outer], axis=0)
    np.testing.assert_allclose(distance, distance[0], rtol=1e-12)
    assert distance[0] / R - 1 == pytest.approx(0.18 / 5**2, rel=0.05)
    egg = ParticleMesh.ellipsoid([R, 0.8 * R, 0.6 * R], R / 5)
    scaled = egg.mesh.p[:, outer] / (R * np.array([[1], [0.8], [0.6]]))
    np.testing.assert_allclose(np.linalg.norm(scaled, axis=0), distance[0] / R, rtol=1e-12)
    assert egg.volume == pytest.approx(0.48 * ball.volume, rel=1e-12)


def test_cylinder_has_its_axis_along_z():
    mesh = ParticleMesh.cylinder(R, 0.5 * R, R / 4, surface="side")
    for group, height in (("top", 0.25 * R), ("bottom", -0.25 * R)):
        z = mesh.mesh.p[2, mesh.mesh.facets[:, mesh.facets(group)]]
        np.testing.assert_allclose(z, height, rtol=1e-12)
    assert mesh.area("top") == pytest.approx(mesh.area("bottom"), rel=1e-12)
    assert mesh.volume == pytest.approx(np.pi * R**2 * 0.5 * R, rel=1e-12)


def test_graded_disk_has_rings_of_geometric_width():
    graded, even = ParticleMesh.disk(R, R / 8, grading=4), ParticleMesh.disk(R, R / 8)
    radii = np.unique(np.hypot(*graded.mesh.p).round(15))
    widths = np.diff(radii)
    assert len(widths) == 8
    assert widths[0] / widths[-1] == pytest.approx(4)
    np.testing.assert_allclose(widths[1:] / widths[:-1], 4 ** (-1 / 7), rtol=1e-6)
    # only the rings move: same triangles, same outline
    np.testing.assert_array_equal(graded.mesh.t, even.mesh.t)
    assert graded.volume == pytest.approx(even.volume, rel=1e-12)
    assert graded.area() == pytest.approx(even.area(), rel=1e-12)
    assert graded.quality.min_angle > 20


def test_graded_ball_has_shells_of_geometric_thickness():
    graded, even = ParticleMesh.ball(R, R / 5, grading=3), ParticleMesh.ball(R, R / 5)
    radii = np.unique(np.linalg.norm(graded.mesh.p, axis=0).round(15))
    widths = np.diff(radii)
    assert len(widths) == 5
    np.testing.assert_allclose(widths[1:] / widths[:-1], 3 ** (-1 / 4), rtol=1e-6)
    np.testing.assert_array_equal(graded.mesh.t, even.mesh.t)
    assert graded.volume == pytest.approx(even.volume, rel=1e-12)
    assert graded.area() == pytest.approx(even.area(), rel=1e-12)


def test_grading_passes_on_to_the_other_round_shapes():
    egg = ParticleMesh.ellipsoid([R, R, R], R / 4, grading=3)
    ball = ParticleMesh.ball(R, R / 4, grading=3)
    np.testing.assert_allclose(egg.mesh.p, ball.mesh.p, rtol=1e-12, atol=1e-20)
    cylinder = ParticleMesh.cylinder(R, R, R / 4, grading=3)
    disk = ParticleMesh.disk(R, R / 4, grading=3)
    np.testing.assert_allclose(cylinder.mesh.p[:2, : disk.n_nodes], disk.mesh.p, rtol=1e-12)


@siblings("grading", [0, -1.0, np.nan, np.inf])
def test_grading_must_be_positive(grading):
    with pytest.raises(MeshError, match="grading"):
        ParticleMesh.disk(R, R / 4, grading=grading)


def test_quality_of_known_elements():
    triangle = ParticleMesh.disk(R, R).quality  # six equilateral triangles
    assert (triangle.min_angle, triangle.min_radius_ratio) == pytest.approx((60, 1))
    import skfem

    corner = skfem.MeshTet1()  # a cube cut into tetrahedra
    mesh = ParticleMesh(corner, {"surface": corner.boundary_facets()})
    # a corner of the cube cut off: circumradius sqrt(3)/2, inradius 1/(3 + sqrt 3)
    reference = skfem.MeshTet1.init_refdom()
    tet = ParticleMesh(reference, {"surface": reference.boundary_facets()})
    assert tet.quality.min_radius_ratio == pytest.approx(3 / (3 + 3**0.5) / (3**0.5 / 2))
    assert tet.quality.min_angle == pytest.approx(np.degrees(np.arccos(1 / 3**0.5)))
    assert mesh.volume == pytest.approx(1)


def test_same_call_same_mesh():
    for make in (ParticleMesh.disk, ParticleMesh.ball):
        first, second = make(R, R / 5), make(R, R / 5)
        np.testing.assert_array_equal(first.mesh.p, second.mesh.p)
        np.testing.assert_array_equal(first.mesh.t, second.mesh.t)
