"""This package: finite elements in PyBaMM, integrated by IDAKLU."""

from __future__ import annotations

import pybamm

from benchmarks.problem import TIMES, Clock, Problem, Run, run
from multiscale import SingleParticleModel
from multiscale.fem.space import space_of
from multiscale.mesh import ParticleMesh
from multiscale.parameters import names

NAME = "multiscale"
ORDERS = (1, 2)
SETTINGS = [{"rtol": rtol} for rtol in (3e-4, 1e-4, 3e-5, 1e-5, 3e-6)]


def solve(problem: Problem, mesh: ParticleMesh, *, rtol: float = 1e-4) -> Run:
    """Theta at the problem's points and times.

    The first solve sets the solver up; what it takes more than the second is set-up.
    """
    mesh = mesh.with_name(mesh.name)  # a copy: its matrices are not built yet
    clock = Clock()
    values = problem.values.copy()
    capacity = values[names.DENSITY] * values[names.SPECIFIC_CAPACITY] * mesh.volume
    values.update({names.CURRENT: -capacity / 3})
    model = SingleParticleModel(mesh)
    solver = model.default_solver
    solver.rtol, solver.atol = rtol, rtol / 10
    simulation = pybamm.Simulation(model, parameter_values=values, solver=solver)
    simulation.solve(TIMES[[0, -1]])
    both = clock.lap()
    solution = simulation.solve(TIMES[[0, -1]])
    spent = clock.lap()
    setup = (max(both[0] - spent[0], 0.0), max(both[1] - spent[1], 0.0))
    field = solution["Particle stoichiometry"](t=TIMES)
    space = space_of(mesh)
    theta = space.interpolation(problem.points.T) @ field
    return run(theta, setup, spent, space.n_unknowns, len(solution.t) - 1)
