"""Cutting, clipping and finding points in simplices, against exact areas and linear fields."""

from __future__ import annotations

import numpy as np
import pytest
from siblings import siblings

from multiscale.fem.space import FiniteElementSpace
from multiscale.mesh import ParticleMesh
from multiscale.plotting.picture import clip, cut, locate, straight_cells

BOX = ParticleMesh.cylinder(1e-6, 1e-6, 0.3e-6)


def triangle_areas(points, triangles):
    a, b, c = (points[triangles[:, i]] for i in range(3))
    u, v = b - a, c - a
    return 0.5 * np.abs(u[:, 0] * v[:, 1] - u[:, 1] * v[:, 0])


@siblings("order", [1, 2])
@siblings("share", [0.0, 0.17, 0.31])
def test_section_of_a_cylinder_has_the_area_of_its_base(order, share):
    space = FiniteElementSpace(BOX.with_order(order))
    z = space.coordinates[2]
    level = (z.min() + z.max()) / 2 + share * np.ptp(z)
    section = cut(straight_cells(space), z - level)
    points = section.weights @ space.coordinates.T
    assert np.allclose(points[:, 2], level, atol=1e-14)
    assert np.isclose(
        triangle_areas(points[:, :2], section.pieces).sum(), BOX.volume / np.ptp(z), rtol=1e-6
    )


def test_section_carries_linear_fields_exactly():
    space = FiniteElementSpace(BOX)
    x, y, z = space.coordinates
    section = cut(straight_cells(space), z - 0.4 * np.ptp(z) - z.min())
    points = section.weights @ space.coordinates.T
    assert np.allclose(section.weights @ (2 * x - y + 3 * z), points @ [2, -1, 3], atol=1e-18)


def test_triangles_cut_into_segments_add_up_to_the_chord():
    mesh = ParticleMesh.hexagon(1e-6, 0.2e-6)
    nodes = mesh.mesh.p
    section = cut(mesh.mesh.t.T, nodes[1] - 0.13e-6)
    ends = (section.weights @ nodes.T)[section.pieces]
    length = np.linalg.norm(ends[:, 1] - ends[:, 0], axis=1).sum()
    assert np.isclose(length, np.ptp(ends[:, :, 0]))


@pytest.mark.parametrize("share", [-0.3, 0.0, 0.21])
def test_clip_keeps_the_area_on_one_side(share):
    mesh = ParticleMesh.hexagon(1e-6, 0.2e-6)
    nodes, triangles = mesh.mesh.p, mesh.mesh.t.T
    height = nodes[0] - share * 1e-6
    parts = [clip(triangles, sign * height) for sign in (1, -1)]
    areas = [triangle_areas(part.weights @ nodes.T, part.pieces).sum() for part in parts]
    assert np.isclose(sum(areas), mesh.volume / mesh.depth)
    assert ((parts[0].weights @ nodes.T)[:, 0] >= share * 1e-6 - 1e-14).all()


@siblings("make", [ParticleMesh.disk, ParticleMesh.ball])
@siblings("order", [1, 2])
def test_locate_is_exact_for_linear_fields_and_nan_outside(make, order):
    space = FiniteElementSpace(make(1e-6, 0.4e-6).with_order(order))
    inside = np.full((space.dimension, 1), 0.21e-6)
    points = np.hstack([inside, np.full_like(inside, 2e-6)])
    values = locate(points, space.coordinates, straight_cells(space)) @ space.coordinates.sum(
        axis=0
    )
    assert np.isclose(values[0], inside.sum())
    assert np.isnan(values[1])


@pytest.mark.parametrize("make", [ParticleMesh.disk, ParticleMesh.ball])
def test_pieces_of_quadratic_elements_fill_the_particle(make):
    mesh = make(1e-6, 0.4e-6).with_order(2)
    space = FiniteElementSpace(mesh)
    corners = space.coordinates[:, straight_cells(space)]
    edges = (corners[:, :, 1:] - corners[:, :, :1]).transpose(1, 0, 2)
    size = np.abs(np.linalg.det(edges)).sum() / [2, 6][mesh.dimension - 2]
    assert np.isclose(size * mesh.measure_scale, mesh.volume)
