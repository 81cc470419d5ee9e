"""Tables as laws: through their points, without overshoot, equal on arrays and symbols."""

from __future__ import annotations

import copy
import pickle

import casadi
import numpy as np
import pybamm
import pytest
from scipy.interpolate import PchipInterpolator
from siblings import siblings

from multiscale.errors import ParameterError
from multiscale.parameters.tables import MonotoneTable
from multiscale.tables import read_table

X = np.array([0.2, 0.3, 0.55, 0.8, 0.97])
Y = np.array([4.3, 4.1, 3.8, 3.7, 3.5])
GRID = np.linspace(-0.3, 1.3, 641)


def symbol_values(law, grid: np.ndarray) -> np.ndarray:
    """A law on a PyBaMM symbol, evaluated by NumPy."""
    state = pybamm.StateVector(slice(0, grid.size))
    return law(state).evaluate(y=grid[:, np.newaxis]).ravel()


def casadi_values(law, grid: np.ndarray) -> np.ndarray:
    """A law on a PyBaMM symbol, converted for the solvers."""
    state = pybamm.StateVector(slice(0, grid.size))
    y = casadi.MX.sym("y", grid.size)
    converted = law(state).to_casadi(casadi.MX.sym("t"), y)
    return np.array(casadi.Function("law", [y], [converted])(grid)).ravel()


LAWS = {
    "straight": MonotoneTable(X, Y),
    "constant": MonotoneTable(X, Y, below="constant", above="constant"),
    "log10": MonotoneTable(X, 10.0 ** -np.arange(5), log10=True, below="constant"),
    "two points": MonotoneTable([0.4, 1.0], [1.0, 0.01], log10=True),
}


@siblings("law", LAWS.values(), ids=LAWS)
def test_passes_through_its_points(law):
    np.testing.assert_allclose(law(np.array(law.x)), law.y, rtol=1e-14)


@siblings("law", LAWS.values(), ids=LAWS)
@siblings("order", ["value", "derivative"])
def test_arrays_and_symbols_agree(law, order):
    function = law if order == "value" else law.derivative
    expected = function(GRID)
    np.testing.assert_allclose(symbol_values(function, GRID), expected, rtol=1e-13)
    # CasADi stores the cubics by powers from each knot; three interval lengths outside the
    # table that costs some digits.
    np.testing.assert_allclose(casadi_values(function, GRID), expected, rtol=1e-10)
    inside = np.linspace(*law.valid_range, 301)
    np.testing.assert_allclose(casadi_values(function, inside), function(inside), rtol=1e-12)


@siblings("law", LAWS.values(), ids=LAWS)
def test_derivative_is_that_of_the_value(law):
    points = np.linspace(-0.2, 1.2, 173)
    step = 1e-5
    slope = (law(points + step) - law(points - step)) / (2 * step)
    # central differences: error step^2 times the third derivative, larger next to a knot
    np.testing.assert_allclose(law.derivative(points), slope, rtol=1e-3, atol=1e-9)


def test_symbolic_derivative_is_the_derivative():
    state = pybamm.StateVector(slice(0, GRID.size))
    law = LAWS["straight"]
    slope = law(state).diff(state).evaluate(y=GRID[:, np.newaxis])
    np.testing.assert_allclose(np.ravel(slope), law.derivative(GRID), rtol=1e-12)


def test_interior_is_scipys_pchip():
    """Only the first and last interval may feel the straight lines outside."""
    inside = np.linspace(X[1], X[-2], 101)
    np.testing.assert_allclose(
        LAWS["straight"](inside), PchipInterpolator(X, Y)(inside), rtol=1e-14
    )


def test_goes_on_straight_or_level():
    assert np.ptp(LAWS["straight"].derivative(np.array([-1.0, 0.0, 0.2]))) == pytest.approx(0)
    assert LAWS["straight"](0.0) == pytest.approx(Y[0] + 0.2 * (Y[0] - Y[1]) / 0.1)
    below = LAWS["constant"](np.array([-1.0, 0.0, 0.2]))
    np.testing.assert_allclose(below, Y[0], rtol=1e-12)
    assert LAWS["log10"](-1.0) == pytest.approx(1.0)
    assert (LAWS["log10"](GRID) > 0).all()


def test_falls_everywhere_if_its_points_do():
    fine = np.linspace(-1, 2, 30001)
    assert (LAWS["straight"].derivative(fine) < 0).all()


def test_scalars_and_vectors():
    law = LAWS["straight"]
    assert np.ndim(law(0.5)) == 0
    assert law(np.full((2, 3), 0.5)).shape == (2, 3)
    assert float(law(pybamm.Scalar(0.3)).evaluate().item()) == pytest.approx(4.1)


def test_is_a_value():
    """Equal by content, short in print, and fit for other processes."""
    law = MonotoneTable(X, Y)
    assert law == MonotoneTable(X.tolist(), Y.tolist())
    assert law != LAWS["constant"]
    assert hash(law) == hash(copy.copy(law))
    assert pickle.loads(pickle.dumps(law))(0.5) == law(0.5)
    assert repr(law) == "MonotoneTable(5 points from 0.2 to 0.97, log10=False)"
    assert law.valid_range == (0.2, 0.97)


@siblings(
    ("x", "y", "log10", "message"),
    [
        ([0.2], [4.0], False, "at least 2 rows"),
        ([0.2, 0.3], [4.0], False, "equal length"),
        ([0.2, 0.2], [4.0, 3.0], False, "increase"),
        ([0.2, np.nan], [4.0, 3.0], False, "finite"),
        ([0.2, 0.3], [4.0, np.inf], False, "finite"),
        ([0.2, 0.3], [1.0, 0.0], True, "positive"),
    ],
)
def test_refuses_tables_that_cannot_be_a_law(x, y, log10, message):
    with pytest.raises(ParameterError, match=message):
        MonotoneTable(x, y, log10=log10)


def test_reads_columns_below_comments(tmp_path):
    path = tmp_path / "table.csv"
    path.write_text("# from somewhere\n# licence\nsto, ocp_V\n0.2,4.3\n\n0.9,3.6\n")
    columns = read_table(path)
    assert list(columns) == ["sto", "ocp_V"]
    assert columns["sto"].tolist() == [0.2, 0.9]


@siblings("text", ["", "# only words\n", "sto,ocp_V\n", "sto\n0.2,4.3\n", "a,b\n1,x\n"])
def test_names_a_table_it_cannot_read(tmp_path, text):
    path = tmp_path / "broken.csv"
    path.write_text(text)
    with pytest.raises(ParameterError, match=r"broken\.csv"):
        dict(read_table(path, error=ParameterError))
