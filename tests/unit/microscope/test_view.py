"""What lines of sight meet: positions in meshes, surfaces, depths, particles in front."""

from __future__ import annotations

import numpy as np
import pytest

import multiscale as ms
from multiscale.errors import ResultsError
from multiscale.microscope.stored import Body
from multiscale.microscope.view import interpolation, top_surface, view_of

RADIUS = 1e-6
GRID = np.linspace(-1.5e-6, 1.5e-6, 61)


def resolved(mesh, name="p", shift=(0, 0, 0)):
    positions = mesh.mesh.p.T + np.array(shift)[: mesh.dimension]
    cells = mesh.mesh.t.T
    return Body(name, slice(0, len(positions)), positions, cells, positions.mean(axis=0), np.nan)


def radial(n=21, name="p", centre=(0.0, 0.0, 0.0)):
    positions = np.zeros((n, 3)) + centre
    positions[:, 0] += np.linspace(0, RADIUS, n)
    cells = np.column_stack([np.arange(n - 1), np.arange(1, n)])
    return Body(name, slice(0, n), positions, cells, np.array(centre), RADIUS)


def lumped(name="p", centre=(0.0, 0.0, 0.0)):
    return Body(
        name, slice(0, 1), np.array([centre]), np.zeros((1, 1), int), np.array(centre), RADIUS
    )


def test_interpolation_is_exact_for_straight_fields_and_empty_outside():
    mesh = ms.ParticleMesh.disk(RADIUS, RADIUS / 8)
    nodes, cells = mesh.mesh.p.T, mesh.mesh.t.T
    points = np.random.default_rng(0).uniform(-1.2e-6, 1.2e-6, (400, 2))
    matrix, inside = interpolation(points, nodes, cells)
    away = np.hypot(*points.T)
    assert inside[away < 0.98e-6].all()
    assert not inside[away > 1.02e-6].any()
    field = 3 + nodes @ [2e6, -1e6]
    np.testing.assert_allclose((matrix @ field)[inside], 3 + points[inside] @ [2e6, -1e6])
    assert not (matrix @ field)[~inside].any()


def test_top_surface_of_a_ball():
    mesh = ms.ParticleMesh.ball(RADIUS, RADIUS / 6)
    points = np.array([[0.0, 0.0], [0.5e-6, 0.3e-6], [1.2e-6, 0.0]])
    height = top_surface(points, mesh.mesh.p.T, mesh.mesh.t.T)
    expected = np.sqrt(RADIUS**2 - (points[:2] ** 2).sum(axis=1))
    np.testing.assert_allclose(height[:2], expected, rtol=0.03)
    assert np.isnan(height[2])


@pytest.mark.parametrize("body", [resolved(ms.ParticleMesh.disk(RADIUS, RADIUS / 8)), radial()])
def test_a_flat_particle_shows_the_lithium_of_each_point(body):
    view = view_of([body], True, GRID, GRID)
    positions = body.positions[:, :2] - body.centre[:2]
    field = view.field(1e6 * np.hypot(*positions.T))
    expected = 1e6 * np.hypot(GRID[:, None], GRID)
    inside = view.labels == 1
    assert inside.sum() * (GRID[1] - GRID[0]) ** 2 == pytest.approx(np.pi * RADIUS**2, rel=0.03)
    np.testing.assert_allclose(field[inside], expected[inside], atol=0.02)
    assert not field[~inside].any()


@pytest.mark.parametrize("fidelity", ["resolved", "radial"])
def test_light_of_a_body_comes_from_below_its_surface(fidelity):
    body = radial(81)
    if fidelity == "resolved":
        body = resolved(ms.ParticleMesh.ball(RADIUS, RADIUS / 8))
    view = view_of([body], False, GRID, GRID, probing_depth=100e-9)
    depth = 1e6 * (RADIUS - np.linalg.norm(body.positions - body.centre, axis=1))
    seen = view.field(depth)[30, 30]
    # mean of an exponential of 100 nm that ends after three times its length
    cut = 3 * np.exp(-3) / (1 - np.exp(-3))
    assert seen == pytest.approx(0.1 * (1 - cut), rel=0.1)


def test_flanks_of_a_ball_turn_away_and_sections_do_not():
    ball = view_of([radial()], False, GRID, GRID).facing
    assert ball[30, 30] == pytest.approx(1, abs=1e-3)
    assert ball[30, 42] == pytest.approx(0.8, abs=0.01)  # 0.6 of the radius beside the centre
    assert ball[30, 50] == pytest.approx(0.2)
    assert (view_of([radial()], True, GRID, GRID).facing == 1).all()


def test_lines_of_sight_end_where_the_body_ends():
    thin = view_of([radial(81)], False, GRID, GRID, probing_depth=5e-6)
    assert thin.field(np.ones(81))[30, 30] == pytest.approx(1)


def test_upper_particles_hide_lower_ones():
    below, above = lumped("below"), lumped("above", (0.8e-6, 0.0, 1.0e-6))
    beside = np.linspace(-1.5e-6, 2.5e-6, 81)
    for bodies, top in (([below, above], 2), ([above, below], 1)):
        view = view_of(bodies, False, beside, GRID)
        middle = view.labels[30]
        assert middle[beside.searchsorted(0.8e-6)] == top
        assert middle[beside.searchsorted(-0.6e-6)] == 3 - top
        theta = np.array([0.3, 0.7])
        field = view.field(theta)
        assert set(np.unique(field)) == {0.0, 0.3, 0.7}
        np.testing.assert_array_equal(field == theta[top - 1], view.labels == top)


def test_nothing_under_the_microscope_is_refused():
    with pytest.raises(ResultsError, match="No particle lies under the microscope"):
        view_of([lumped()], True, GRID + 1e-3, GRID)
