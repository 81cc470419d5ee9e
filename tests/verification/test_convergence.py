"""Observed order against a manufactured solution of a nonlinear equation.

theta = 1/2 + (1 + t)/5 exp(-|x - x0|^2) with D = 1 + 4 theta^2: mass matrix, nonlinear
stiffness, fluxes at the facets and a source all take part, nothing is resolved exactly.
The equation is posed on the polygon or polyhedron itself, so round shapes add no error.
"""

from __future__ import annotations

import numpy as np
import pybamm
import pytest
from numpy.typing import NDArray
from siblings import siblings

from multiscale.fem.domains import ElementSubMesh, FacetQuadrature, FacetSubMesh, facet_domain
from multiscale.fem.finite_element import FiniteElement
from multiscale.fem.space import Quadrature, space_of
from multiscale.mesh import ParticleMesh
from multiscale.models.single_particle import DOMAIN

SURFACE = facet_domain(DOMAIN, "surface")
END = 0.5

R = 1e-6


def unit(mesh: ParticleMesh, depth: float | None = None) -> ParticleMesh:
    """The same mesh a million times larger: numbers of order one, which no particle has."""
    scaled = mesh.scaled(1 / R)
    return scaled if depth is None else scaled.with_depth(depth)


# sizes span a factor of two or more where the finest is still quick
MESHES = {
    "slab": [unit(ParticleMesh.radial(R, n, shape="slab"), 1.0) for n in (8, 16, 32)],
    "cylinder": [unit(ParticleMesh.radial(R, n, shape="cylinder"), 1.0) for n in (8, 16, 32)],
    "sphere": [unit(ParticleMesh.radial(R, n, shape="sphere")) for n in (8, 16, 32)],
    "disk": [unit(ParticleMesh.disk(R, R / n), 1.0) for n in (5, 8, 12)],
    "ball": [unit(ParticleMesh.ball(R, R / n)) for n in (3, 4, 6)],
}
MIDDLE = np.array([0.5, -0.4, 0.3])  # off the centre, where third derivatives vanish


def diffusivity(theta):
    return 1 + 4 * theta**2


class Manufactured:
    """The bump g(x) = exp(-|x - x0|^2), its gradient and its Laplacian in the mesh's measure."""

    def __init__(self, mesh: ParticleMesh):
        # along a radius the solution must be even about the centre
        self.middle = MIDDLE[: mesh.dimension] if mesh.dimension > 1 else np.zeros(1)
        self.space_dimension = mesh.dimension + (mesh.shape_power or 0)

    def arms(self, x):
        return [x[i] - float(self.middle[i]) for i in range(len(self.middle))]

    def bump(self, x):
        return np.exp(-sum(arm**2 for arm in self.arms(x)))

    def laplacian(self, x):
        return (4 * sum(a**2 for a in self.arms(x)) - 2 * self.space_dimension) * self.bump(x)

    def slope_squared(self, x):
        return 4 * sum(arm**2 for arm in self.arms(x)) * self.bump(x) ** 2

    def normal_slope(self, x, normals):
        arms = self.arms(x)
        return -2 * sum(a * n for a, n in zip(arms, normals, strict=True)) * self.bump(x)


def normals(mesh: ParticleMesh, points: Quadrature) -> NDArray[np.float64]:
    """Outward unit normals at facet points, by hand: not what the package uses."""
    corners = mesh.mesh.p[:, mesh.mesh.facets[:, points.entity]]
    if mesh.dimension == 1:
        return np.ones((1, 1))
    edge = corners[:, 1] - corners[:, 0]
    if mesh.dimension == 2:
        across = np.array([edge[1], -edge[0]])
    else:
        across = np.cross(edge, corners[:, 2] - corners[:, 0], axis=0)
    across /= np.linalg.norm(across, axis=0)
    return across * np.sign(np.sum(across * corners[:, 0], axis=0))


def solve(mesh: ParticleMesh, flux_form: str) -> float:
    """L2 error at the end."""
    space, exact = space_of(mesh), Manufactured(mesh)
    points = space.facets("surface")
    time_factor = (1 + pybamm.t) / 5
    axes = "xyz"[: mesh.dimension]

    # nodes: source and initial state
    x = [pybamm.SpatialVariable(axis, domain=DOMAIN) for axis in axes]
    theta = pybamm.Variable("theta", domain=DOMAIN)
    state = 0.5 + time_factor * exact.bump(x)
    spread = diffusivity(state) * time_factor * exact.laplacian(x)
    spread += 8 * state * time_factor**2 * exact.slope_squared(x)  # D' = 8 theta
    source = exact.bump(x) / 5 - spread

    # facet points: flux
    bump = pybamm.SpatialVariable("bump", domain=SURFACE)
    slope = pybamm.SpatialVariable("slope", domain=SURFACE)
    flux = diffusivity(0.5 + time_factor * bump) * time_factor * slope

    model = pybamm.BaseModel()
    model.rhs[theta] = pybamm.div(diffusivity(theta) * pybamm.grad(theta))
    model.rhs[theta] += pybamm.Mass(theta) @ source
    model.boundary_conditions[theta] = {"surface": (flux, "Neumann")}
    model.initial_conditions[theta] = 0.5 + exact.bump(x) / 5

    fields = {
        "bump": exact.bump(points.points),
        "slope": exact.normal_slope(points.points, normals(mesh, points)),
    }
    submeshes = {
        DOMAIN: pybamm.MeshGenerator(ElementSubMesh, {"space": space}),
        SURFACE: pybamm.MeshGenerator(FacetSubMesh, {"quadrature": points, "fields": fields}),
    }
    geometry = {domain: {"x": {"position": 0}} for domain in submeshes}
    methods = {DOMAIN: FiniteElement(flux_form), SURFACE: FacetQuadrature()}
    discretisation = pybamm.Discretisation(pybamm.Mesh(geometry, submeshes, {}), methods)
    discretisation.process_model(model)
    # a hundred times below the smallest error of the study (2e-6)
    solver = pybamm.IDAKLUSolver(rtol=1e-8, atol=1e-8)
    nodal = np.asarray(solver.solve(model, [0, END]).y)[:, -1]
    # at quadrature points: nodal values alone are better than the solution between them
    error = space.cells.interpolation @ nodal - (
        0.5 + (1 + END) / 5 * exact.bump(space.cells.points)
    )
    return float(np.sqrt(error**2 @ space.cells.weights / mesh.volume))


# the second form of the flux differs in one place, for every shape alike
SLOW = dict.fromkeys(set(MESHES) - {"disk"}, pytest.mark.slow)


@pytest.mark.parametrize(
    ("shape", "flux_form"),
    [
        *((shape, "integrated") for shape in MESHES),
        *(pytest.param(shape, "quadrature", marks=SLOW.get(shape, ())) for shape in MESHES),
    ],
)
@siblings("order", [1, 2])
def test_observed_order(shape, order, flux_form):
    """P1 converges with h^2, P2 with h^3 in L2 (standard theory, smooth solution)."""
    meshes = MESHES[shape]
    if (shape, order) == ("ball", 2):
        meshes = [
            unit(ParticleMesh.ball(R / 2, R / 2 / n)) for n in (2, 3, 4)
        ]  # finer ones take a minute
    found = [solve(mesh.with_order(order), flux_form) for mesh in meshes]
    sizes = [mesh.quality.mean_edge for mesh in meshes]
    observed = np.polyfit(np.log(sizes), np.log(found), 1)[0]
    # 0.15: the coarsest meshes have five elements along the radius, two in the ball
    assert observed == pytest.approx(order + 1, abs=0.15), found
