"""NGSolve: linearly implicit or Newton steps of BDF2, matrices assembled at every step."""

from __future__ import annotations

import netgen.meshing as netgen
import ngsolve as ng
import numpy as np

from benchmarks.peers import bdf2
from benchmarks.problem import TIMES, Clock, Problem, Run, run
from multiscale.mesh import ParticleMesh

NAME = "NGSolve, BDF2"
ORDERS = (1, 2)
# "extrapolated": D at the extrapolated state, one symmetric solve per step;
# "newton": one or two Newton iterations from there
SETTINGS = [
    *({"scheme": "extrapolated", "tol": tol} for tol in (1e-3, 3e-4, 1e-4, 3e-5)),
    *({"scheme": "extrapolated", "step": step} for step in (70.0, 35.0, 17.5)),
    *({"scheme": "newton", "tol": tol} for tol in (1e-3, 1e-4)),
    {"scheme": "newton", "step": 70.0},
]
LENGTH = 1e6  # micrometres


def solve(
    problem: Problem,
    mesh: ParticleMesh,
    *,
    scheme: str = "newton",
    step: float | None = None,
    tol: float | None = None,
) -> Run:
    """Theta at the problem's points and times."""
    clock = Clock()
    ng.SetNumThreads(1)
    grid = ng.Mesh(_netgen_mesh(mesh))
    space = ng.H1(grid, order=mesh.order)
    u, v = space.TnT()
    old, guess = ng.GridFunction(space), ng.GridFunction(space)
    rate = ng.Parameter(1.0)  # 1 / gamma
    # a table on a uniform grid: a B-spline of NGSolve searches its knots one by one
    law = problem.law
    table = {
        name: ng.VoxelCoefficient((0.0,), (1.0,), values * LENGTH**2, linear=True, trafocf=guess)
        for name, values in (("D", law.table), ("slope", np.gradient(law.table, law.width)))
    }
    newton = scheme == "newton"
    bilinear = rate * u * v + table["D"] * ng.grad(u) * ng.grad(v)
    linear = rate * old * v
    if newton:
        drift = table["slope"] * ng.grad(guess) * ng.grad(v)
        bilinear += u * drift
        linear += guess * drift
    matrix = ng.BilinearForm(space, symmetric=not newton)
    matrix += bilinear.Compile() * ng.dx
    load = ng.LinearForm(space)
    load += linear.Compile() * ng.dx
    load += problem.inflow(mesh) * LENGTH * v * ng.ds
    inverse = "umfpack" if newton else "sparsecholesky"
    setup = clock.lap()

    def implicit(history, gamma, predicted):
        rate.Set(1 / gamma)
        old.vec.FV().NumPy()[:] = history
        guess.vec.FV().NumPy()[:] = predicted
        for _ in range(3):
            matrix.Assemble()
            load.Assemble()
            before = guess.vec.FV().NumPy().copy()
            guess.vec.data = matrix.mat.Inverse(inverse=inverse) * load.vec
            change = np.abs(guess.vec.FV().NumPy() - before).max()
            # the error of an iteration is about the square of the change, over the front
            if not newton or change < (0.03 if not tol else max(1e-3, 3 * tol**0.5)):
                break
        return guess.vec.FV().NumPy().copy()

    start = np.full(space.ndof, problem.start)
    start[grid.nv :] = 0  # hierarchical basis: the edges' functions are bubbles
    times, states = bdf2.integrate(implicit, start, TIMES[-1], step=step, tol=tol)
    spent = clock.lap()

    values = []
    for state in states:
        guess.vec.FV().NumPy()[:] = state
        values.append([guess(grid(x * LENGTH, y * LENGTH)) for x, y in problem.points])
    theta = bdf2.at_times(times, np.array(values), TIMES)
    return run(theta, setup, spent, space.ndof, len(times) - 1)


def _netgen_mesh(mesh: ParticleMesh) -> netgen.Mesh:
    copy = netgen.Mesh(dim=2)
    points = [copy.Add(netgen.MeshPoint(netgen.Pnt(x, y, 0))) for x, y in mesh.mesh.p.T * LENGTH]
    face = copy.Add(netgen.FaceDescriptor(surfnr=1, domin=1, bc=1))
    for corners in mesh.mesh.t.T:
        copy.Add(netgen.Element2D(face, [points[i] for i in corners]))
    for ends in mesh.mesh.facets[:, mesh.facets()].T:
        copy.Add(netgen.Element1D([points[i] for i in ends], index=1))
    return copy
