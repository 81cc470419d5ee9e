"""The conductivity of NMC532 whose value when pristine is one number of its own."""

from __future__ import annotations

from importlib import import_module

import numpy as np
import pybamm
import pytest
from scipy.interpolate import PchipInterpolator
from siblings import siblings

from multiscale.errors import ParameterError
from multiscale.parameters import check_parameters, load_set, names, override
from multiscale.parameters.tables import PinnedConductivity

VALUES = load_set("Sharma2022_NMC532").values
MODULE = import_module("multiscale.parameter_sets.Sharma2022_NMC532")
CONDUCTIVITIES = {name: entry.value for name, entry in MODULE.CONDUCTIVITIES.items()}
AMIN_STO = np.array([0.25, 0.5, 0.7, 0.9])
AMIN = np.array([1.38, 0.15, 0.099, 0.028])


@siblings("full", [1e-8, 3e-6, 1.9e-4, 0.02, 0.026, 0.028, 0.03, 0.13, 1.0])
def test_pinned_curve_is_the_pchip_of_its_points(full):
    law = PinnedConductivity(AMIN_STO, AMIN, full)
    inside = np.linspace(0.1, 1, 1801)
    values = np.log10([AMIN[0], *AMIN, full])
    expected = PchipInterpolator([0.0, *AMIN_STO, 1.0], values)(inside)
    np.testing.assert_allclose(np.log10(law(inside, 298.15)), expected, atol=1e-12)


@siblings(("sto", "expected"), [*zip(AMIN_STO, AMIN, strict=True)])
def test_points_of_amin(sto, expected):
    for name in ("tuned", "amin2016"):
        assert CONDUCTIVITIES[name](sto, 298.15) == pytest.approx(expected)


def test_pristine_values():
    pristine = {name: law(1.0, 298.15) for name, law in CONDUCTIVITIES.items()}
    assert pristine == pytest.approx(
        {"tuned": 3e-6, "amin2016": 1.9e-4, "wang2018": 0.13, "constant": 0.1}
    )


# ratios to which the tuning refers
@pytest.mark.parametrize(("full", "ratio"), [(1.9e-4, 1.9), (1e-6, 3.9)])
def test_first_percent_of_delithiation(full, ratio):
    law = PinnedConductivity(AMIN_STO, AMIN, full)
    assert law(0.99, 298.15) / full == pytest.approx(ratio, rel=0.02)


def test_falls_where_it_is_data():
    for name in ("tuned", "amin2016", "wang2018"):
        inside = CONDUCTIVITIES[name](np.linspace(0.25, 1.05, 8001), 298.15)
        assert (np.diff(inside) < 0).all()


def test_one_number_changes_the_curve_of_a_model():
    inputs = {"sto": pybamm.Vector([0.7, 0.9, 1.0]), "T": pybamm.Scalar(298.15)}
    law = pybamm.FunctionParameter(names.CONDUCTIVITY, inputs)
    for full in (3e-6, 5e-6, 1.9e-4):
        changed = override(VALUES, {names.PRISTINE_CONDUCTIVITY: full})
        found = changed.process_symbol(law).evaluate().ravel()
        np.testing.assert_allclose(found, [0.099, 0.028, full], rtol=1e-12)


def test_the_number_may_be_an_input_of_the_solve():
    changed = override(VALUES, {names.PRISTINE_CONDUCTIVITY: "[input]"})
    inputs = {"sto": pybamm.Scalar(1.0), "T": pybamm.Scalar(298.15)}
    symbol = changed.process_symbol(pybamm.FunctionParameter(names.CONDUCTIVITY, inputs))
    found = symbol.evaluate(inputs={names.PRISTINE_CONDUCTIVITY: 2e-5})
    assert float(np.squeeze(found)) == pytest.approx(2e-5)
    assert check_parameters(changed).ok


@siblings(
    ("sto", "values", "full", "words"),
    [
        ([0.3, 0.9], [1.0, 0.1], 1e-3, "at least 3 points"),
        ([0.3, 0.5, 1.0], [1.0, 0.1, 0.01], 1e-3, "towards sto = 1"),
        ([0.3, 0.5, 0.9], [1.0, 0.1, 0.2], 1e-3, "their values fall"),
        ([0.3, 0.5, 0.9], [1.0, 0.1, 0.01], 0.0, "all values positive"),
    ],
)
def test_refuses_other_points(sto, values, full, words):
    with pytest.raises(ParameterError, match=words):
        PinnedConductivity(sto, values, full)
