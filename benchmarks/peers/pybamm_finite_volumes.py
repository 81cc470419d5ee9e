"""PyBaMM's unstructured finite volumes on the same triangles, integrated by IDAKLU."""

from __future__ import annotations

import numpy as np
import pybamm

from benchmarks.peers.cells import at_points
from benchmarks.problem import TIMES, Clock, Problem, Run, run
from multiscale.mesh import ParticleMesh

NAME = "PyBaMM finite volumes"
ORDERS = (1,)
SETTINGS = [{"rtol": rtol} for rtol in (3e-4, 1e-4, 3e-5, 1e-5, 3e-6)]
DOMAIN = "active material"


class SameTriangles(pybamm.MeshGenerator):
    """PyBaMM's unstructured mesh of the elements of a particle mesh."""

    def __init__(self, mesh: ParticleMesh):
        submesh = pybamm.UnstructuredSubMesh(mesh.mesh.p.T, mesh.mesh.t.T)
        outer = np.arange(submesh.n_internal_faces, len(submesh.faces))
        submesh.boundary_faces = {"surface": outer}
        self.submesh = submesh
        self.submesh_type, self.submesh_params = pybamm.UnstructuredSubMesh, {}

    def __call__(self, lims, npts):
        return self.submesh


def solve(problem: Problem, mesh: ParticleMesh, *, rtol: float = 1e-4) -> Run:
    """Theta at the problem's points and times."""
    clock = Clock()
    theta = pybamm.Variable("theta", domain=DOMAIN)
    law = problem.law
    # linear between the points of the table: evaluated on faces, so no integral is needed
    diffusivity = pybamm.Interpolant(law.grid, law.table, theta, interpolator="linear")
    model = pybamm.BaseModel()
    model.rhs[theta] = pybamm.div(diffusivity * pybamm.grad(theta))
    # PyBaMM's boundary value is a gradient: divide by the D it will multiply with
    outer = pybamm.Interpolant(
        law.grid, law.table, pybamm.BoundaryValue(theta, "surface"), interpolator="linear"
    )
    gradient = problem.inflow(mesh) / outer
    model.boundary_conditions[theta] = {"surface": (gradient, "Neumann")}
    model.initial_conditions[theta] = pybamm.Scalar(problem.start)
    generator = SameTriangles(mesh)
    x = pybamm.SpatialVariable("x", domain=DOMAIN, coord_sys="cartesian")
    grid = pybamm.Mesh({DOMAIN: {x: {"min": -1, "max": 1}}}, {DOMAIN: generator}, {x: 1})
    methods = {DOMAIN: pybamm.FiniteVolumeUnstructured()}
    pybamm.Discretisation(grid, methods).process_model(model)
    solver = pybamm.IDAKLUSolver(rtol=rtol, atol=rtol / 10)
    solver.solve(model, TIMES[[0, -1]], t_interp=TIMES)
    both = clock.lap()
    # the first solve sets the solver up
    solution = solver.solve(model, TIMES[[0, -1]], t_interp=TIMES)
    spent = clock.lap()
    setup = (max(both[0] - spent[0], 0.0), max(both[1] - spent[1], 0.0))
    cells = generator.submesh.cell_centroids
    values = at_points(cells, problem.points) @ np.asarray(solution.y)
    steps = solution.solver_statistics.number_of_steps
    return run(values, setup, spent, len(cells), int(steps))
