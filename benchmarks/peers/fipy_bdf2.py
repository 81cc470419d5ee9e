"""FiPy: finite volumes on the same triangles, BDF2 in time, one or two sweeps per step.

FiPy's flux uses the two neighbours alone, which is consistent only where the line between
them crosses the face at a right angle. Cell values are therefore placed at circumcentres if
all of these lie inside their triangles; at centroids the error stays near 5e-3.
"""

from __future__ import annotations

import os

os.environ.setdefault("FIPY_SOLVERS", "scipy")

import fipy
import numpy as np
from fipy.meshes.mesh2D import Mesh2D
from fipy.solvers.scipy import LinearLUSolver

from benchmarks.peers import bdf2
from benchmarks.peers.cells import at_points
from benchmarks.problem import TIMES, Clock, Problem, Run, run
from multiscale.mesh import ParticleMesh

NAME = "FiPy, BDF2"
ORDERS = (1,)
SETTINGS = [
    *({"sweeps": 1, "tol": tol} for tol in (1e-3, 3e-4, 1e-4)),
    {"sweeps": 2, "tol": 3e-4},
    {"sweeps": 1, "step": 35.0},
]
LENGTH = 1e6  # micrometres


def solve(
    problem: Problem,
    mesh: ParticleMesh,
    *,
    sweeps: int = 1,
    step: float | None = None,
    tol: float | None = None,
) -> Run:
    """Theta at the problem's points and times."""
    clock = Clock()
    grid = _fipy_mesh(mesh)
    theta = fipy.CellVariable(mesh=grid, value=problem.start, hasOld=True)
    history = fipy.CellVariable(mesh=grid, value=problem.start)
    rate = fipy.Variable(1.0)
    diffusivity = fipy.FaceVariable(mesh=grid, value=0.0)
    outflow = fipy.FaceVariable(mesh=grid, value=0.0)
    outflow.setValue(problem.inflow(mesh) * LENGTH, where=grid.exteriorFaces)
    inflow = (grid.exteriorFaces * outflow * grid.faceNormals).divergence
    # the surface lets nothing through but the given flux
    equation = fipy.ImplicitSourceTerm(rate) == rate * history + inflow + fipy.DiffusionTerm(
        diffusivity
    )
    solver = LinearLUSolver()
    setup = clock.lap()

    def implicit(past, gamma, predicted):
        rate.setValue(1 / gamma)
        history.setValue(past)
        theta.setValue(predicted)
        for _ in range(sweeps):
            faces = problem.law(theta.faceValue.value) * LENGTH**2
            diffusivity.setValue(faces * ~grid.exteriorFaces.value)
            equation.solve(var=theta, solver=solver)
        return theta.value.copy()

    start = np.full(grid.numberOfCells, problem.start)
    times, states = bdf2.integrate(implicit, start, TIMES[-1], step=step, tol=tol)
    spent = clock.lap()
    values = states @ at_points(grid.cellCenters.value.T / LENGTH, problem.points).T
    theta_at = bdf2.at_times(times, values, TIMES)
    return run(theta_at, setup, spent, len(start), len(times) - 1)


def _fipy_mesh(mesh: ParticleMesh) -> Mesh2D:
    points = mesh.mesh.p * LENGTH
    topology = {"faceVertexIDs": mesh.mesh.facets, "cellFaceIDs": mesh.mesh.t2f}
    # weights of the corners in the circumcentre, negative beyond an obtuse angle
    sides = [points[:, mesh.mesh.t[i - 1]] - points[:, mesh.mesh.t[i - 2]] for i in range(3)]
    squares = [(side**2).sum(axis=0) for side in sides]
    weights = np.array([s * (sum(squares) - 2 * s) for s in squares])
    if (weights < 0).any():
        return Mesh2D(vertexCoords=points, **topology)
    centres = np.einsum("ic,dic->dc", weights / weights.sum(axis=0), points[:, mesh.mesh.t])

    class Circumcentred(Mesh2D):
        def _calcCellCenters(self):
            return centres

    return Circumcentred(vertexCoords=points, **topology)
