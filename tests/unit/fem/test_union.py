"""Many particles as one disconnected mesh, and maps between lists."""

from __future__ import annotations

import numpy as np
import pybamm
import pytest
from scipy.sparse import csr_matrix

from multiscale.errors import ModelError
from multiscale.fem.domains import Mapped, Table, TableSubMesh
from multiscale.fem.space import Block, PointSpace, UnionSpace, space_of
from multiscale.mesh import ParticleMesh

DISK = ParticleMesh.disk(1e-6, 0.3e-6, depth=1e-6)
LARGE = ParticleMesh.disk(2e-6, 0.6e-6, depth=1e-6)  # the same mesh, twice as large


@pytest.fixture(scope="module")
def union() -> UnionSpace:
    blocks = [Block(space_of(DISK), 1.0, 2), Block(space_of(DISK), 2.0, 2, np.full(3, 5e-6))]
    return UnionSpace(blocks)


def block_of(matrix, union: UnionSpace, k: int) -> np.ndarray:
    own = slice(*union.offsets[k : k + 2])
    return matrix[own, own].toarray()


def test_a_scaled_copy_is_the_particle_of_that_size(union):
    for k, mesh in enumerate((DISK, LARGE)):
        stiffness = space_of(mesh).stiffness().toarray()
        # the same numbers: in two dimensions stiffness does not depend on size, 1e-6 m deep
        found = block_of(union.stiffness(), union, k)
        assert found == pytest.approx(stiffness, rel=1e-12, abs=1e-12 * np.abs(stiffness).max())
        # linear elements are lumped: the sums of the rows are what they share
        mass = np.asarray(space_of(mesh).mass.sum(axis=1)).ravel()
        found = block_of(union.mass, union, k)
        assert found == pytest.approx(np.diag(mass), rel=1e-12, abs=1e-12 * mass.max())
    # particles do not touch each other
    n = union.sizes[0]
    assert union.mass[:n, n:].nnz == union.stiffness()[:n, n:].nnz == 0


def test_volumes_surfaces_and_means(union):
    volumes = [mesh.volume for mesh in (DISK, LARGE)]
    assert union.particle_volumes == pytest.approx(volumes, rel=1e-12, abs=0)
    points = union.facets("surface")
    areas = np.bincount(points.entity, points.weights)
    assert areas == pytest.approx([m.area() for m in (DISK, LARGE)], rel=1e-12, abs=0)
    values = np.where(union.owner == 0, 3.0, 7.0)
    assert union.average @ values == pytest.approx([3, 7], rel=1e-12)


def test_quadrature_of_scaled_spheres():
    space = space_of(ParticleMesh.radial(1e-6, 5, shape="sphere"))
    union = UnionSpace([Block(space, scale, 3) for scale in (1.0, 3.0)])
    size = np.array([1.0, 3.0])
    for points in (union.cells, union.flux_points):
        volumes = np.bincount(points.entity, points.weights)
        assert volumes == pytest.approx(4 / 3 * np.pi * (1e-6 * size) ** 3, rel=1e-9, abs=0)
    points = union.facets("surface")
    areas = np.bincount(points.entity, points.weights)
    assert areas == pytest.approx(4 * np.pi * (1e-6 * size) ** 2, rel=1e-9, abs=0)


def test_coordinates_are_true_positions(union):
    second = union.coordinates[:, union.owner == 1]
    assert second[:2].mean(axis=1) == pytest.approx([5e-6, 5e-6], rel=1e-6, abs=0)
    distance = np.linalg.norm(second - 5e-6, axis=0)
    assert distance.max() == pytest.approx(2e-6, rel=0.05, abs=0)


def test_gradients_of_a_linear_field(union):
    x = union.coordinates[0]
    assert union.gradients[0] @ x == pytest.approx(1, rel=1e-9)
    assert union.gradients[1] @ x == pytest.approx(0, abs=1e-9)


def test_contacts_are_counted_through_the_particles():
    middle = space_of(DISK).facets("surface").facet_middles
    left, right = ((sign * middle[0] > 0.8e-6).astype(float) for sign in (-1, 1))
    blocks = [
        Block(space_of(DISK), 1.0, 2, contacts=(right,)),
        Block(space_of(DISK), 1.0, 2, contacts=(left, right)),
    ]
    union = UnionSpace(blocks)
    points = union.facets("contact")
    assert np.unique(points.entity).tolist() == [0, 1, 2]
    x = points.interpolation @ union.coordinates[0]
    side = [np.sign(x[points.entity == k]).mean() for k in range(3)]
    assert side == [1, -1, 1]
    # the first is on the first particle
    first = points.interpolation[np.flatnonzero(points.entity == 0)]
    assert first.indices.max() < union.sizes[0]


def test_a_point_has_volume_and_surface_but_no_gradient():
    union = UnionSpace([Block(PointSpace(2.0, 3.0)), Block(PointSpace(4.0, 5.0))])
    assert union.particle_volumes.tolist() == [2, 4]
    assert union.facets("surface").weights.tolist() == [3, 5]
    assert union.stiffness().nnz == 0


# --- linear maps ------------------------------------------------------------------------------


ROWS = csr_matrix(np.array([[1.0, 1.0, 0.0], [0.0, 0.0, 2.0]]))


def evaluated(side: str) -> np.ndarray:
    """A map named "twice" applied to the fixed numbers 1, 2, 3."""
    data = {"size": 3, "fields": {"start": np.array([1.0, 2.0, 3.0])}, "maps": {"twice": ROWS}}
    types = {
        "list": pybamm.MeshGenerator(TableSubMesh, data),
        "pair": pybamm.MeshGenerator(TableSubMesh, {"size": 2}),
    }
    mesh = pybamm.Mesh({name: {"x": {"position": 0}} for name in types}, types, {})
    discretisation = pybamm.Discretisation(mesh, {name: Table() for name in types})
    start = pybamm.SpatialVariable("start", domain="list")
    return np.ravel(discretisation.process_symbol(Mapped(start, side, "pair")).evaluate())


def test_a_map_is_its_matrix():
    assert evaluated("twice").tolist() == [3, 6]


def test_a_map_that_does_not_exist_is_named():
    with pytest.raises(ModelError, match="did you mean 'twice'"):
        evaluated("twic")
