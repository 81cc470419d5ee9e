"""Small electrodes written by hand, and their runs."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pybamm
from numpy.typing import NDArray
from verification import running

from multiscale.electrode.geometry import ElectrodeGeometry
from multiscale.models.electrode import ElectrodeModel
from multiscale.models.fidelity import Fidelity
from multiscale.results import Results

RADIUS = 1e-6
THERMAL = 8.31446261815324 * 298.15 / running.FARADAY  # RT/F [V]


def electrode(
    particles: dict[str, dict[str, Any]],
    contacts: Sequence[dict[str, Any]] | None = None,
    nodes: Sequence[str] = (),
    edges: Sequence[tuple[str, str, float]] = (),
) -> ElectrodeGeometry:
    """Particles in a row above a collector called "foil"; carbon nodes and wires by name.

    A particle is a disk of 1 um unless it says otherwise. Without contacts each touches the
    foil directly and ideally.
    """
    rows = [
        {"particle": label, "shape": "disk", "radius_m": RADIUS, "x_m": 3e-6 * k, "y_m": 0.0} | row
        for k, (label, row) in enumerate(particles.items())
    ]
    if contacts is None:
        contacts = [touch(label, conductance_S_m2=np.inf) for label in particles]
    wiring = [{"node": "foil", "kind": "collector", "x_m": 0.0, "y_m": -1e-5}]
    wiring += [
        {"node": label, "kind": "carbon", "x_m": 1e-5 * (k + 1), "y_m": -1e-5}
        for k, label in enumerate(nodes)
    ]
    columns = ("node_a", "node_b", "conductance_S")
    wires = [dict(zip(columns, edge, strict=True)) for edge in edges]
    return ElectrodeGeometry.from_table(
        particles=rows, nodes=wiring, edges=wires, contacts=list(contacts)
    )


def touch(
    particle: str, node: str = "foil", direction: tuple[float, float] = (0.0, -1.0), **numbers: Any
) -> dict[str, Any]:
    """A contact, downwards to the foil by default."""
    towards = {"direction_x": direction[0], "direction_y": direction[1]}
    return {"particle": particle, "node": node} | towards | numbers


def one_c(model: ElectrodeModel) -> float:
    """Current of 1C [A] for the values of :mod:`verification.running`."""
    return running.DENSITY * running.SPECIFIC_CAPACITY * model.domains.volume


def run(
    model: ElectrodeModel,
    experiment: Sequence[str],
    starting_solution: pybamm.Solution | None = None,
    tight: bool = False,
    **changes: Any,
) -> pybamm.Solution:
    """Solve an experiment with values by hand, at default or tight tolerances."""
    simulation = pybamm.Simulation(
        model,
        experiment=pybamm.Experiment(list(experiment)),
        parameter_values=running.values(**changes),
        solver=pybamm.IDAKLUSolver(**running.TIGHT) if tight else None,
    )
    return simulation.solve(starting_solution=starting_solution)


def charged(
    geometry: ElectrodeGeometry,
    fidelity: Fidelity,
    times: NDArray[np.float64],
    rate: float = 0.5,
    **changes: Any,
) -> pybamm.Solution:
    """Charge at a constant rate at tight tolerances; the solution has exactly ``times`` [s]."""
    model = ElectrodeModel(geometry, fidelity)
    values = running.values(CURRENT=-rate * one_c(model), **changes)
    solver = pybamm.IDAKLUSolver(**running.TIGHT)
    simulation = pybamm.Simulation(model, parameter_values=values, solver=solver)
    solution = simulation.solve(times[[0, -1]], t_interp=times)
    assert solution.termination == "final time"
    return solution


def series(solution: pybamm.Solution, name: str) -> NDArray[np.float64]:
    """Values of a variable at the stored times, (n_values, n_times); balances are not judged."""
    found = Results(solution, tolerance=np.inf).series(name)
    return found.reshape(-1, found.shape[-1])


def node_currents(solution: pybamm.Solution) -> NDArray[np.float64]:
    """What Kirchhoff's law leaves at every node [A], shape (n_nodes, n_times).

    Built from the tables of the geometry alone; only wires of finite conductance.
    """
    model = solution.all_models[0]
    geometry = model.electrode
    labels = list(geometry.nodes.index)
    potential = series(solution, "Node potential minus equilibrium [V]")
    assert len(potential) == len(labels)  # no node is joined with another
    into = series(solution, "Contact current [A]")
    left = np.zeros_like(potential)
    for edge in geometry.edges.itertuples():
        a, b = labels.index(edge.node_a), labels.index(edge.node_b)
        current = edge.conductance_S * (potential[a] - potential[b])
        left[a] += current
        left[b] -= current
    for node, current in zip(model.domains.contacts["node"], into, strict=True):
        left[labels.index(node)] += current
    left[labels.index(geometry.collector)] += series(solution, "Current [A]")[0]
    return left
