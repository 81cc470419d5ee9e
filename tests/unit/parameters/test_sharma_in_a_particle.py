"""First-cycle loss of one disc with the laws of Sharma2022_NMC532.

The loss comes from a shell a few hundred nanometres thick that fills and then hardly lets
lithium through. It is stated here for converged meshes; with elements of R/8 it is smaller
(0.058 instead of 0.063, and 0.074 instead of 0.088 without a hold).
"""

from __future__ import annotations

from importlib import import_module

import numpy as np
import pybamm
import pytest
from scipy.constants import R, physical_constants
from scipy.integrate import cumulative_trapezoid, solve_ivp
from scipy.sparse import diags_array
from siblings import siblings

from multiscale.mesh import ParticleMesh
from multiscale.models.single_particle import SingleParticleModel
from multiscale.models.surface import ButlerVolmer
from multiscale.parameters import load_set, names, override

FARADAY = physical_constants["Faraday constant"][0]
RADIUS = 5e-6
VALUES = load_set("Sharma2022_NMC532").values
MODULE = import_module("multiscale.parameter_sets.Sharma2022_NMC532")
DIFFUSIVITIES, KINETICS = MODULE.DIFFUSIVITIES, MODULE.KINETICS  # override takes entries


def losses(
    diffusivity: str = "colclasure",
    start: float = 0.99,
    cut: str = "",
    kinetics: str = "symmetric",
    cycles: int = 1,
    n: int = 60,
) -> list[float]:
    """(Charge - discharge) / charge of each cycle, C/20, holds down to ``cut`` if given."""
    hold = [f"Hold at {{}} V until {cut}"] if cut else []
    charge = ["Charge at C/20 until 4.3 V", *(step.format(4.3) for step in hold)]
    discharge = ["Discharge at C/20 until 2.5 V", *(step.format(2.5) for step in hold)]
    changes = {
        names.DIFFUSIVITY: DIFFUSIVITIES[diffusivity],
        names.EXCHANGE_CURRENT: KINETICS[kinetics],
        names.INITIAL_STOICHIOMETRY: start,
    }
    mesh = ParticleMesh.radial(RADIUS, n, "cylinder")
    simulation = pybamm.Simulation(
        SingleParticleModel(mesh, transport="chemical", surface=ButlerVolmer()),
        parameter_values=override(VALUES, changes),
        experiment=[(*charge, *discharge)] * cycles,
        solver=pybamm.IDAKLUSolver(rtol=1e-6, atol=1e-8),
    )
    found = []
    for cycle in simulation.solve().cycles:
        sto = [step["Average particle stoichiometry"].entries for step in cycle.steps]
        charged = sto[0][0] - sto[len(charge) - 1][-1]
        discharged = sto[-1][-1] - sto[len(charge)][0]
        found.append((charged - discharged) / charged)
    return found


@pytest.mark.slow
@siblings(
    ("case", "expected"),
    [
        ({"cut": "C/100"}, 0.063),
        ({"cut": "C/200"}, 0.052),
        ({"cut": "C/100", "diffusivity": "colclasure_x0.3"}, 0.086),
        ({"cut": "C/100", "diffusivity": "colclasure_x0.3", "start": 0.9999}, 0.100),
        ({"cut": "C/100", "kinetics": "park2021"}, 0.063),
    ],
    ids=["C/100", "C/200", "default D", "default D and start", "another rate constant"],
)
def test_first_cycle_loss(case, expected):
    assert losses(**case) == pytest.approx([expected], abs=0.0015)


def test_coarse_elements_hide_some_of_the_loss():
    """Elements of R/8 give the 0.058 of the study that chose the defaults, not 0.063."""
    assert losses(cut="C/100", n=8) == pytest.approx([0.058], abs=0.001)


def test_second_cycle_loses_nothing():
    first, second = losses(cut="C/100", diffusivity="colclasure_x0.3", cycles=2)
    assert first > 0.08
    assert second == pytest.approx(0, abs=1e-3)


def test_constant_diffusivity_loses_nothing():
    """It fills slightly above where it started."""
    assert losses(cut="C/100", diffusivity="constant_3e-15")[0] == pytest.approx(-0.011, abs=2e-3)


@pytest.mark.parametrize("diffusivity", ["colclasure", "colclasure_x0.3"])
def test_constant_current_agrees_with_finite_volumes(diffusivity):
    """Two discretisations that share only the laws; no hold, where the mesh matters most."""
    (loss,) = losses(diffusivity, n=240)
    # first order in the element next to the surface: 0.001 remains at R/240
    assert loss == pytest.approx(loss_by_finite_volumes(diffusivity), abs=0.0025)


def loss_by_finite_volumes(diffusivity: str, start: float = 0.99, n: int = 100) -> float:
    """Loss at constant current, cells refined to the surface, exact Kirchhoff integrals."""
    grid = np.linspace(0.2, 1.02, 200_001)
    law = DIFFUSIVITIES[diffusivity].value(grid, 298.15)
    kirchhoff = cumulative_trapezoid(law, grid, initial=0)
    edges = RADIUS * (1 - (1 - np.linspace(0, 1, n + 1)) ** 1.7)
    centres, volumes = (edges[1:] + edges[:-1]) / 2, np.diff(edges**2) / 2
    rate = 0.72 / 20 / 3600  # [1/s]
    c_max, thermal = VALUES[names.MAXIMUM_CONCENTRATION], R * 298.15 / FARADAY
    density = rate * c_max * FARADAY * RADIUS / 2  # [A.m-2]
    pattern = diags_array([np.ones(n - 1), np.ones(n), np.ones(n - 1)], offsets=[-1, 0, 1])

    def voltage(y, sign):
        inflow = sign * rate * RADIUS / 2 * (edges[-1] - centres[-1])
        surface = np.interp(np.interp(y[-1], grid, kirchhoff) + inflow, kirchhoff, grid)
        i0 = VALUES[names.EXCHANGE_CURRENT](1000.0, surface, 1.0, 298.15)
        return VALUES[names.OCP](surface) - sign * 2 * thermal * np.arcsinh(density / 2 / i0)

    def half_cycle(y, sign, limit):
        def change(_, y):
            flow = np.zeros(n + 1)
            flow[1:-1] = -edges[1:-1] * np.diff(np.interp(y, grid, kirchhoff)) / np.diff(centres)
            flow[-1] = -sign * rate * volumes.sum()
            return -np.diff(flow) / volumes

        def reached(_, y):
            return voltage(y, sign) - limit

        reached.terminal = True
        options = {"method": "BDF", "rtol": 1e-6, "atol": 1e-9, "jac_sparsity": pattern}
        done = solve_ivp(change, (0, 1e5), y, events=reached, **options)
        return done.y[:, -1], done.t[-1]

    charged, up = half_cycle(np.full(n, start), -1, 4.3)
    _, down = half_cycle(charged, 1, 2.5)
    return (up - down) / up
