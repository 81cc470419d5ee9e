"""Descriptions of one and the same particle must give one and the same answer."""

from __future__ import annotations

import numpy as np
import pytest
import skfem
from verification import running

from multiscale.fem.space import space_of
from multiscale.mesh import ParticleMesh
from multiscale.models.single_particle import SingleParticleModel
from multiscale.models.surface import BlockedSurface, ButlerVolmer

RADIUS = 1e-6
TIMES = np.linspace(0, 1800, 13)


def diffusivity(sto, T):
    """Sixteen times lower when full; centre and edge differ by up to 0.14 below."""
    return 1.6e-15 * 10 ** (-1.2 * sto)


def run(mesh: ParticleMesh, *, tolerances: dict | None = None, **options):
    """Half an hour of charge at C/2, Fickian."""
    model = SingleParticleModel(mesh, transport="chemical", **options)
    values = running.values(DIFFUSIVITY=diffusivity, CURRENT=-running.one_c(mesh) / 2)
    return running.solve(model, values, TIMES, **(tolerances or {}))


def nodal(solution) -> np.ndarray:
    return solution["Particle stoichiometry"].entries


def extruded(size: float) -> tuple[float, float]:
    """Largest difference of a 3D cylinder from the disk of the same triangles, at nodes and
    after averaging over the layers."""
    disk = ParticleMesh.disk(RADIUS, size)
    cylinder = ParticleMesh.cylinder(RADIUS, 3 * size, size, surface="side")
    flat = nodal(run(disk))
    solid = nodal(run(cylinder, anisotropy=np.diag([1.0, 1.0, 0.0])))
    layers = solid.reshape(-1, disk.n_nodes, len(TIMES))
    return np.abs(layers - flat).max(), np.abs(layers.mean(axis=0) - flat).max()


def test_cylinder_without_diffusion_along_its_axis_is_a_disk():
    """Lithium enters through the side only and moves in the a/b plane.

    The tetrahedra of a prism weigh its corners differently, and without diffusion along the
    axis nothing evens that out: single nodes of the top and bottom layers differ with h, not
    with h^2 (measured 7.0e-3, 3.4e-3 and 2.2e-3 for 0.2, 0.1 and 0.07 um), layer means much
    less (5.6e-4, 1.6e-4, 8.9e-5). Centre and edge differ by 0.14.
    """
    coarse, coarse_mean = extruded(0.2e-6)
    fine, fine_mean = extruded(0.1e-6)
    assert fine < 5e-3
    assert fine_mean < 3e-4
    assert fine < 0.6 * coarse
    assert fine_mean < 0.4 * coarse_mean


def test_tensor_of_ones_is_the_scalar():
    mesh = ParticleMesh.disk(RADIUS, 0.1e-6)
    scalar, tensor = run(mesh), run(mesh, anisotropy=np.eye(2))
    # the same matrix by another route
    assert nodal(tensor) == pytest.approx(nodal(scalar), abs=1e-10)


def test_tensor_turns_with_the_particle():
    """Anisotropy diag(1, 0.2) on a mesh, and both turned by 60 degrees (a symmetry of it)."""
    mesh = ParticleMesh.disk(RADIUS, 0.1e-6)
    c, s = np.cos(np.pi / 3), np.sin(np.pi / 3)
    turn = np.array([[c, -s], [s, c]])
    tensor = np.diag([1.0, 0.2])
    straight = nodal(run(mesh, anisotropy=tensor, tolerances=running.TIGHT))
    turned_run = run(mesh, anisotropy=turn @ tensor @ turn.T, tolerances=running.TIGHT)
    points = 0.8 * mesh.mesh.p
    turned = running.probe(turned_run, mesh, turn @ points)
    straight_at = space_of(mesh).interpolation(points) @ straight
    # tolerances of 1e-9 leave about 1e-8
    assert turned == pytest.approx(straight_at, abs=1e-7)
    assert np.abs(turned - running.probe(turned_run, mesh, points)).max() > 1e-3


@pytest.mark.parametrize("surface", [None, ButlerVolmer()], ids=["imposed", "reaction"])
def test_turning_and_renumbering_the_mesh_changes_nothing(rng, surface):
    mesh = ParticleMesh.disk(RADIUS, 0.1e-6)
    angle = 0.7
    turn = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    order = rng.permutation(mesh.n_nodes)
    number = np.argsort(order)
    cells = number[mesh.mesh.t][:, rng.permutation(mesh.n_elements)]
    other = skfem.MeshTri1((turn @ mesh.mesh.p)[:, order], np.ascontiguousarray(cells))
    renumbered = ParticleMesh(mesh=other, groups={"surface": other.boundary_facets()})
    expected = nodal(run(mesh, surface=surface))
    found = nodal(run(renumbered, surface=surface))[number]
    # other rounding, and so other Newton corrections below the solver's tolerance of 1e-6
    assert found == pytest.approx(expected, abs=1e-6)


def test_disk_is_a_radial_cylinder():
    disk = ParticleMesh.disk(RADIUS, 0.05e-6, order=2)
    radial = ParticleMesh.radial(RADIUS, 100, shape="cylinder", order=2)
    r = np.linspace(0, 0.99 * RADIUS, 50)
    flat = running.probe(run(disk), disk, np.array([r, 0 * r]))
    line = running.probe(run(radial), radial, r[np.newaxis])
    # measured 9e-6, as much as default tolerances leave: the polygon has the circle's area
    assert np.abs(flat - line).max() < 3e-5


def test_radial_grading_does_not_matter():
    even = ParticleMesh.radial(RADIUS, 100, order=2)
    graded = ParticleMesh.radial(RADIUS, 100, order=2, grading=10)
    r = np.linspace(0, RADIUS, 50)[np.newaxis]
    # default tolerances (1e-6 absolute) add up over some hundred steps to about 1e-5
    first, second = (running.probe(run(mesh), mesh, r) for mesh in (even, graded))
    assert np.abs(first - second).max() < 5e-5


def test_blocked_surface_that_passes_everything_is_bare():
    mesh = ParticleMesh.disk(RADIUS, 0.1e-6)
    bare = nodal(run(mesh))
    nearly = nodal(run(mesh, blocked=BlockedSurface(fraction=0.5, ratio=1 - 1e-12)))
    uncovered = nodal(run(mesh, blocked=BlockedSurface(fraction=0.0, ratio=0.0)))
    # the flux differs by 1e-12
    assert nearly == pytest.approx(bare, abs=1e-10)
    assert uncovered == pytest.approx(bare, abs=1e-10)
    blocked = nodal(run(mesh, blocked=BlockedSurface(fraction=0.5, ratio=0.3)))
    assert np.abs(blocked - bare).max() > 0.01


def test_quadratic_elements_agree_with_fine_linear_ones():
    """The same hexagon: 0.2 um P2 against 0.025 um P1."""
    coarse = ParticleMesh.hexagon(RADIUS, 0.2e-6, order=2)
    fine = ParticleMesh.hexagon(RADIUS, 0.2e-6).refined().refined().refined()
    assert fine.volume == pytest.approx(coarse.volume, rel=1e-12)
    points = 0.999 * coarse.mesh.p
    first, second = (running.probe(run(mesh), mesh, points) for mesh in (coarse, fine))
    # measured 5.3e-5, of which the solver's default tolerance is about 1e-5
    assert np.abs(first - second).max() < 1e-4
