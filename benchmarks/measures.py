"""What else is timed: repeated runs, large 3D particles, direct against iterative solves."""

from __future__ import annotations

from typing import Any

import pybamm

from benchmarks.problem import RADIUS, Clock
from multiscale import ButlerVolmer, Results, SingleParticleModel
from multiscale.fem.space import space_of
from multiscale.mesh import ParticleMesh
from multiscale.parameters import load_set, names

CHARGE = ["Charge at C/3 for 35 minutes"]
TO_CUTOFF = ["Charge at C/3 until 4.3 V"]
Row = dict[str, Any]


def simulate(
    label: str, mesh: ParticleMesh, experiment: list[str], solver: Any = None, **options: Any
) -> Row:
    """Times [s] of everything from the mesh on: its matrices, set-up, solve."""
    values = options.pop("values", load_set("Xu2022_NMC88").values)
    clock = Clock()
    space = space_of(mesh)
    model = SingleParticleModel(mesh, **options)
    simulation = pybamm.Simulation(
        model, parameter_values=values, experiment=experiment, solver=solver
    )
    solution = simulation.solve()
    total, wall = clock.lap()
    balance = Results(solution).balance
    return {
        "case": label,
        "unknowns": space.n_unknowns,
        "total": total,
        "solver": solution.integration_time.value,  # wall, inside IDAKLU
        "wall": wall,
        "steps": int(solution.solver_statistics.number_of_steps),
        "lithium": balance.lithium,
        "ended": str(solution.termination),
    }


def repeated_runs() -> list[Row]:
    """One mesh, five runs in a row: its matrices are made once and kept with the mesh."""
    values = load_set("Xu2022_NMC88").values
    slower = values.copy()
    law = values[names.DIFFUSIVITY]
    slower.update({names.DIFFUSIVITY: lambda sto, T: 0.5 * law(sto, T)})
    simulate("warm-up", ParticleMesh.disk(RADIUS, RADIUS / 4), CHARGE)
    mesh = ParticleMesh.disk(RADIUS, RADIUS / 24)
    discharge = ["Charge at C/3 for 35 minutes", "Rest for 10 minutes"]
    return [
        simulate("disk: first run", mesh, CHARGE, values=values),
        simulate("the same again", mesh, CHARGE, values=values),
        simulate("half the diffusivity", mesh, CHARGE, values=slower),
        simulate("with a rest", mesh, discharge, values=values),
        simulate("Butler-Volmer", mesh, CHARGE, values=values, surface=ButlerVolmer()),
    ]


def large_particles(quick: bool) -> list[Row]:
    """Balls with the default solver, which is iterative above 1,000 unknowns in 3D."""
    size = 0.1e-6 if quick else 0.054e-6
    large = ParticleMesh.ball(RADIUS, size)
    quadratic = ParticleMesh.ball(RADIUS, 0.25e-6 if quick else 0.2e-6, order=2)
    return [
        simulate("ball, P1, 35 min", large, CHARGE),
        simulate("ball, P1, to 4.3 V", large, TO_CUTOFF),
        simulate("ball, P2, 35 min", quadratic, CHARGE),
        simulate("ball, P2, to 4.3 V", quadratic, TO_CUTOFF),
    ]


def direct_against_iterative(quick: bool) -> list[Row]:
    """The same ball with sparse factors and with GMRES."""
    ball = ParticleMesh.ball(RADIUS, 0.2e-6 if quick else 0.1e-6)
    direct = pybamm.IDAKLUSolver(rtol=1e-5, atol=1e-6, options={"max_nonlinear_iterations": 4})
    return [
        simulate("ball, iterative", ball, CHARGE),
        simulate("ball, direct", ball, CHARGE, solver=direct),
    ]
