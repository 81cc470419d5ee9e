"""What the Ni88 laws do in a particle, by two solvers that know nothing of this package.

A few lines of finite volumes in the radius, and PyBaMM's own single-particle model.
"""

from __future__ import annotations

import numpy as np
import pybamm
import pytest
from scipy.constants import R, physical_constants
from scipy.integrate import cumulative_trapezoid, solve_ivp
from scipy.sparse import diags_array

from multiscale.parameters import load_set, names
from multiscale.parameters.laws import ExponentialPlateauDiffusivity

F = physical_constants["Faraday constant"][0]
RADIUS = 1e-6
MINUTES = np.array([5, 15, 20, 25, 35, 45])
VALUES = load_set("Xu2022_NMC88").values


def effective(ocp, diffusivity):
    """Coefficient of the gradient of stoichiometry in Lun's eq. 10, divided by c_max."""

    def law(sto, T):
        return F / (R * T) * sto * diffusivity(sto, T) * -ocp.derivative(sto)

    return law


def heterogeneity(law, *, power: int, n: int = 120) -> np.ndarray:
    """Centre minus edge after MINUTES of charge at C/3 of a cylinder (1) or sphere (2)."""
    sto = np.linspace(0, 1, 20_001)
    kirchhoff = cumulative_trapezoid(law(sto, VALUES[names.TEMPERATURE]), sto, initial=0)
    edges = np.linspace(0, RADIUS, n + 1)
    centres, volumes = (edges[1:] + edges[:-1]) / 2, np.diff(edges ** (power + 1)) / (power + 1)
    current = VALUES[names.DENSITY] * VALUES[names.SPECIFIC_CAPACITY] / 3  # [A.m-3]
    rate = current / F / VALUES[names.MAXIMUM_CONCENTRATION]  # [s-1]

    def change(_, y):
        flow = np.zeros(n + 1)
        flow[1:-1] = (
            -(edges[1:-1] ** power) * np.diff(np.interp(y, sto, kirchhoff)) / centres[0] / 2
        )
        flow[-1] = rate * volumes.sum()
        return -np.diff(flow) / volumes

    pattern = diags_array([np.ones(n - 1), np.ones(n), np.ones(n - 1)], offsets=[-1, 0, 1])
    start = np.full(n, VALUES[names.INITIAL_STOICHIOMETRY])
    options = {"method": "BDF", "rtol": 1e-5, "atol": 1e-7, "jac_sparsity": pattern}
    y = solve_ivp(change, (0, 2700), start, t_eval=60 * MINUTES, **options).y
    return y[0] - y[-1]


# The two solvers of the reference, both on radial cells, agree to 0.002.
TOLERANCE = 0.002
DIVACANCY = VALUES[names.DIFFUSIVITY]
PLATEAU = ExponentialPlateauDiffusivity(1e-18, 9.5, 1e-16)


@pytest.mark.parametrize(
    ("curve", "diffusivity", "expected"),
    [
        (names.OCP, DIVACANCY, [0.070, 0.102, 0.109, 0.069, 0.021, 0.014]),
        (names.MEAN_OCP, DIVACANCY, [0.061, 0.093, 0.072, 0.046, 0.020, 0.013]),
        (names.OCP, PLATEAU, [0.074, 0.107, 0.112, 0.100, 0.024, 0.013]),
    ],
    ids=["delithiation branch", "mean of branches", "exponential with plateau"],
)
def test_disc_reproduces_the_reference(curve, diffusivity, expected):
    law = effective(VALUES[curve], diffusivity)
    assert heterogeneity(law, power=1) == pytest.approx(expected, abs=TOLERANCE)


def test_without_the_thermodynamic_factor_the_particle_stays_uneven():
    """The other reading of the published diffusivity contradicts the images."""
    assert heterogeneity(DIVACANCY, power=1)[-1] > 0.3


def test_sphere_agrees_with_pybamms_own_model():
    law = effective(VALUES[names.OCP], DIVACANCY)
    solution = pybamm_charge(law)
    concentration = solution["X-averaged positive particle concentration [mol.m-3]"]
    sto = concentration(t=60 * MINUTES) / VALUES[names.MAXIMUM_CONCENTRATION]
    # both have the last value half a cell from the edge
    assert sto[0] - sto[-1] == pytest.approx(heterogeneity(law, power=2), abs=TOLERANCE)


def pybamm_charge(diffusivity) -> pybamm.Solution:
    """PyBaMM's half-cell model with the laws of the set, charged at C/3."""
    ours = (
        names.OCP,
        names.EXCHANGE_CURRENT,
        names.MAXIMUM_CONCENTRATION,
        names.LITHIUM_EXCHANGE_CURRENT,
        names.ELECTROLYTE_CONDUCTIVITY,
        names.ELECTROLYTE_DIFFUSIVITY,
        names.TRANSFERENCE_NUMBER,
        names.THERMODYNAMIC_FACTOR,
        names.TEMPERATURE,
        names.REFERENCE_TEMPERATURE,
        names.LOWER_CUTOFF,
        names.UPPER_CUTOFF,
    )
    values = pybamm.ParameterValues("Xu2019")
    values.update({name: VALUES[name] for name in ours})
    shape = ("Positive electrode thickness [m]", "Electrode width [m]", "Electrode height [m]")
    volume = np.prod([values[name] for name in shape])
    volume *= values["Positive electrode active material volume fraction"]
    capacity = VALUES[names.DENSITY] * VALUES[names.SPECIFIC_CAPACITY] * volume
    start = VALUES[names.INITIAL_STOICHIOMETRY] * VALUES[names.MAXIMUM_CONCENTRATION]
    values.update(
        {
            names.DIFFUSIVITY: diffusivity,
            names.INITIAL_CONCENTRATION: start,
            names.NOMINAL_CAPACITY: capacity,
            names.CURRENT: -capacity / 3,
            "Positive particle radius [m]": RADIUS,
        }
    )
    model = pybamm.lithium_ion.SPM({"working electrode": "positive"})
    points = {"r_p": 120, "x_n": 5, "x_s": 5, "x_p": 5}
    simulation = pybamm.Simulation(model, parameter_values=values, var_pts=points)
    return simulation.solve(np.linspace(0, 2700, 271))
