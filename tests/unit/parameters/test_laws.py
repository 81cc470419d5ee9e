"""Closed-form laws: values, limits, and one function for arrays and symbols."""

from __future__ import annotations

import casadi
import numpy as np
import pybamm
import pytest
from siblings import siblings

from multiscale.parameters.electrolyte import (
    lp30_conductivity,
    lp30_diffusivity,
    lp30_thermodynamic_factor,
    lp30_transference,
)
from multiscale.parameters.kinetics import (
    NMC811_AUTOCATALYTIC,
    AutocatalyticExchange,
    SymmetricExchange,
    lithium_metal_exchange_Xu2019,
)
from multiscale.parameters.laws import (
    ClampedPolynomial,
    Constant,
    DivacancyDiffusivity,
    ExponentialPlateauDiffusivity,
    GuardedOCP,
    OfStoichiometry,
    arrhenius,
    smooth_clamp,
    smooth_floor,
)
from multiscale.parameters.tables import MonotoneTable

STO = np.linspace(-0.2, 1.2, 281)
OCP_TABLE = MonotoneTable([0.2, 0.5, 0.98], [4.3, 3.9, 3.53])
OCP = GuardedOCP.falling_to(3.0, OCP_TABLE, width=0.002)

OF_STOICHIOMETRY = {
    "ocp": OCP,
    "divacancy": lambda sto: DivacancyDiffusivity(1e-18)(sto, 298.15),
    "plateau": lambda sto: ExponentialPlateauDiffusivity(1e-18, 9.5, 1e-16)(sto, 298.15),
    "constant": lambda sto: Constant(1e-17)(sto, 298.15),
    "polynomial": ClampedPolynomial((1.0, -2.0, 0.5), 0.3, 0.9),
    "activated": lambda sto: OfStoichiometry(OCP_TABLE, 2e4, 298.15)(sto, 310.0),
    "autocatalytic": lambda sto: AutocatalyticExchange(NMC811_AUTOCATALYTIC)(1e3, sto, 1.0, 298.0),
    "symmetric": lambda sto: SymmetricExchange(1.0, activation_energy=3e4)(1e3, sto, 1.0, 310.0),
}


@siblings("law", OF_STOICHIOMETRY.values(), ids=OF_STOICHIOMETRY)
def test_arrays_and_symbols_agree(law):
    state = pybamm.StateVector(slice(0, STO.size))
    symbol = law(state)
    # NumPy and CasADi may order a sum of terms near 1e3 differently: 1e-13 of them remains
    y = casadi.MX.sym("y", STO.size)
    converted = casadi.Function("law", [y], [symbol.to_casadi(casadi.MX.sym("t"), y)])
    np.testing.assert_allclose(
        np.ravel(symbol.evaluate(y=STO[:, np.newaxis])), law(STO), rtol=1e-10
    )
    np.testing.assert_allclose(np.array(converted(STO)).ravel(), law(STO), rtol=1e-10)


@siblings("law", OF_STOICHIOMETRY.values(), ids=OF_STOICHIOMETRY)
def test_finite_far_outside_the_data(law):
    assert np.isfinite(law(np.linspace(-1, 2, 3001))).all()


def test_ocp_follows_its_table_and_falls_to_the_limit():
    inside = np.linspace(0.2, 0.97, 100)
    assert OCP(1.0) == pytest.approx(3.0, abs=1e-12)
    assert np.abs(OCP(inside) - OCP_TABLE(inside)).max() < 1e-6
    assert OCP.valid_range == (0.2, 0.98)


def test_ocp_guard_stays_below_its_exponential():
    """The bound stated in the docstring."""
    guard = OCP_TABLE(STO) - OCP(STO)
    bound = OCP.amplitude * np.exp((STO - 1) / OCP.width)
    assert (guard >= -1e-12).all()
    assert (guard <= bound * (1 + 1e-9) + 1e-12).all()


def test_ocp_derivative_is_that_of_the_value():
    points = np.linspace(0.0, 1.1, 221)
    step = 1e-6
    slope = (OCP(points + step) - OCP(points - step)) / (2 * step)
    # rounding 1e-16 * 4 V / step, and curvature within the guard
    np.testing.assert_allclose(OCP.derivative(points), slope, rtol=1e-4, atol=1e-6)
    assert (OCP.derivative(np.linspace(-1, 2, 30001)) < 0).all()


def test_divacancy_values():
    law = DivacancyDiffusivity(1e-18)
    # the smooth floor moves the reference by 1e-5
    assert law(0.97, 295.15) == pytest.approx(1e-18, rel=1e-4)
    assert law(0.77, 295.15) == pytest.approx(1e-18 * (0.23 / 0.03) ** 2, rel=1e-4)
    assert law(1.0, 295.15) == pytest.approx(1e-18 * (1e-3 / 0.03) ** 2, rel=0.05)
    assert law(1.2, 295.15) == pytest.approx(1e-18 * (1e-3 / 0.03) ** 2, rel=0.01)
    ratio = DivacancyDiffusivity(1e-18, scale=5 / 2.7)(STO, 295.15) / law(STO, 295.15)
    np.testing.assert_allclose(ratio, 5 / 2.7)


def test_exponential_meets_its_plateau():
    law = ExponentialPlateauDiffusivity(1e-18, 9.5, 1e-16)
    assert law(1.0, 295.15) == pytest.approx(1 / (1e18 + 1e16))
    assert law(0.2, 295.15) == pytest.approx(1e-16, rel=1e-3)


def test_floor_and_clamp():
    values = np.linspace(-2, 2, 4001)
    floored = smooth_floor(values, 0.1, 1e-3)
    assert np.abs(floored - np.maximum(values, 0.1)).max() == pytest.approx(0.5e-3)
    assert (np.diff(floored) > 0).all()
    clamped = smooth_clamp(values, 0.3, 0.98)
    assert np.abs(clamped - np.clip(values, 0.3, 0.98)).max() < 0.6e-3


def test_polynomial_is_level_outside_its_range():
    law = ClampedPolynomial((1.0, -2.0, 0.5), 0.3, 0.9)
    assert law(0.6) == pytest.approx(0.36 - 1.2 + 0.5, abs=1e-5)
    assert law(-5.0) == pytest.approx(law(0.3), abs=1e-3)
    assert law(50.0) == pytest.approx(law(0.9), abs=1e-3)


def test_arrhenius():
    assert arrhenius(3e4, 298.15, 298.15) == 1.0
    assert arrhenius(3e4, 310.0, 298.15) == pytest.approx(
        np.exp(3e4 / 8.314462618 * (1 / 298.15 - 1 / 310))
    )
    law = OfStoichiometry(OCP_TABLE, 2e4, 298.15)
    assert law(0.5, 298.15) == pytest.approx(3.9)
    assert OfStoichiometry(OCP_TABLE)(0.5, 400.0) == pytest.approx(3.9)


@siblings(("sto", "expected"), [(0.5, 3.72), (0.8, 0.199), (0.9, 0.064), (0.95, 0.054)])
def test_autocatalytic_exchange_values(sto, expected):
    law = AutocatalyticExchange(NMC811_AUTOCATALYTIC)
    assert law(1000.0, sto * 49042, 49042, 298.15) == pytest.approx(expected, rel=5e-3)
    assert law(500.0, sto, 1.0, 298.15) == pytest.approx(law(1000.0, sto, 1.0, 298.15) / 2**0.5)
    assert law.valid_range == (0.3, 0.98)


def test_autocatalytic_exchange_is_positive_everywhere():
    law = AutocatalyticExchange(NMC811_AUTOCATALYTIC, factor=0.3)
    assert law(1000.0, STO, 1.0, 298.15).min() > 0.3 * 0.02


def test_symmetric_exchange():
    law = SymmetricExchange(1.0)
    assert law(1000.0, 0.5, 1.0, 298.15) == pytest.approx(1.0, rel=1e-6)
    assert law(1000.0, 0.9, 1.0, 298.15) == pytest.approx(2 * (0.9 * 0.1) ** 0.5, rel=1e-6)
    assert law(1000.0, 1.0, 1.0, 298.15) == pytest.approx(2e-2, rel=0.1)
    warm = SymmetricExchange(1.0, activation_energy=3e4)(1000.0, 0.5, 1.0, 310.0)
    assert warm == pytest.approx(arrhenius(3e4, 310.0, 298.15), rel=1e-6)


def test_lithium_metal_is_pybamms_own():
    theirs = pybamm.ParameterValues("Xu2019")[
        "Exchange-current density for lithium metal electrode [A.m-2]"
    ]
    expected = theirs(pybamm.Scalar(1200.0), pybamm.Scalar(7.7e4), pybamm.Scalar(298.15)).evaluate()
    assert lithium_metal_exchange_Xu2019(1200.0, 7.7e4, 298.15) == pytest.approx(expected)


# Values at 1 mol.L-1 tabled with the coefficients, at 25 and 22 deg C.
@siblings(
    ("law", "warm", "cool"),
    [
        (lp30_conductivity, 1.182, 1.118),
        (lp30_diffusivity, 2.91e-10, 2.69e-10),
        (lp30_transference, 0.325, 0.297),
        (lp30_thermodynamic_factor, 2.20, 2.13),
    ],
)
def test_lp30(law, warm, cool):
    assert law(1000.0, 298.15) == pytest.approx(warm, rel=4e-3)
    assert law(1000.0, 295.15) == pytest.approx(cool, rel=4e-3)
    symbol = law(pybamm.Scalar(1000.0), pybamm.Scalar(298.15)).evaluate()
    assert symbol == pytest.approx(law(1000.0, 298.15))
