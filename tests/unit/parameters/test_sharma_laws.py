"""Laws of Sharma2022_NMC532 and its alternatives: values, ends, symbols and sources."""

from __future__ import annotations

from importlib import import_module

import casadi
import numpy as np
import pybamm
import pytest
from siblings import siblings

from multiscale.parameters import Source, check_parameters, load_set, names, override
from multiscale.parameters.laws import PolynomialWithCliff, StraightOutside

NAME = "Sharma2022_NMC532"
VALUES = load_set(NAME).values
# after the set is loaded, which makes its package importable from a bare checkout too
MODULE = import_module(f"multiscale.parameter_sets.{NAME}")
COLCLASURE_OCP = import_module("multiscale.parameter_sets._nmc532").COLCLASURE_OCP
FULL_RANGE = np.linspace(0, 1, 100_001)
WIDE = np.linspace(-0.2, 1.2, 281)


def exchange(law, sto, c_e=1000.0):
    return law(c_e, sto * 48678.0, 48678.0, 298.15)


def of_stoichiometry(law, signature: str):
    """A law with everything but the stoichiometry given."""
    calls = {
        names.OCP: law,
        names.DIFFUSIVITY: lambda sto: law(sto, 298.15),
        names.CONDUCTIVITY: lambda sto: law(sto, 298.15),
        names.EXCHANGE_CURRENT: lambda sto: exchange(law, sto),
    }
    return calls[signature]


ALL_LAWS = {
    f"{signature.split(' [')[0]}: {name}": of_stoichiometry(law, signature)
    for signature, laws in {
        **MODULE.ALTERNATIVES,
        names.OCP: {"ocp": MODULE.ENTRIES[names.OCP]},
    }.items()
    for name, (law, _) in laws.items()
}


def symbolic(law, grid: np.ndarray) -> pybamm.Symbol:
    """A law on a state, with the parameters of the set put in."""
    return VALUES.copy().process_symbol(law(pybamm.StateVector(slice(0, grid.size))))


class TestEveryLaw:
    @siblings("law", ALL_LAWS.values(), ids=ALL_LAWS)
    def test_arrays_and_symbols_agree(self, law):
        symbol = symbolic(law, WIDE)
        y = casadi.MX.sym("y", WIDE.size)
        converted = casadi.Function("law", [y], [symbol.to_casadi(casadi.MX.sym("t"), y)])
        expected = np.broadcast_to(law(WIDE), WIDE.shape)
        # polynomials with terms near 1e4, in an exponent: 1e-12 of them remains
        np.testing.assert_allclose(
            np.ravel(symbol.evaluate(y=WIDE[:, np.newaxis])), expected, rtol=1e-9
        )
        np.testing.assert_allclose(np.array(converted(WIDE)).ravel(), expected, rtol=1e-9)

    @siblings("law", ALL_LAWS.values(), ids=ALL_LAWS)
    def test_finite_and_without_jumps(self, law):
        fine = np.linspace(-0.5, 1.5, 200_001)
        values = np.broadcast_to(law(fine), fine.shape)
        assert np.isfinite(values).all()
        inside = (fine > 0.2) & (fine < 1.002)
        assert np.abs(np.diff(values[inside])).max() < 1e-2 * np.ptp(values[inside]) + 1e-30

    @siblings("law", ALL_LAWS.values(), ids=ALL_LAWS)
    def test_symbolic_slope_is_that_of_the_array(self, law):
        """What the solver's Jacobian is made of, through and beyond full lithiation."""
        # away from the points of the tables, where the second derivative jumps
        points = np.linspace(0.2034, 1.0054, 402)
        state = pybamm.StateVector(slice(0, points.size))
        y = casadi.MX.sym("y", points.size)
        converted = symbolic(law, points).to_casadi(casadi.MX.sym("t"), y)
        slope = casadi.Function("slope", [y], [casadi.jtimes(converted, y, np.ones(points.size))])
        step = 1e-6
        expected = (law(points + step) - law(points - step)) / (2 * step) + 0 * points
        assert state.size == points.size
        scale = np.abs(expected).max() + 1e-30
        np.testing.assert_allclose(
            np.array(slope(points)).ravel() / scale, expected / scale, rtol=1e-3, atol=1e-6
        )


class TestPotential:
    # table of the closed forms, without the guard: 1.2 mV at 0.99
    @siblings(
        ("sto", "ocp"),
        [
            (0.25, 4.5108),
            (0.30, 4.3803),
            (0.40, 4.1710),
            (0.50, 3.9931),
            (0.60, 3.8454),
            (0.70, 3.7568),
            (0.80, 3.7178),
            (0.85, 3.6935),
            (0.90, 3.6638),
            (0.95, 3.6257),
            (0.97, 3.5800),
            (0.99, 3.4381),
        ],
    )
    def test_values(self, sto, ocp):
        assert COLCLASURE_OCP(sto) == pytest.approx(ocp, abs=6e-5)
        guard = 0.8e-3 if sto == 0.99 else 1e-4
        assert VALUES[names.OCP](sto) == pytest.approx(ocp, abs=guard)

    def test_window_in_stoichiometry(self):
        sto = np.linspace(0.25, 1.01, 760_001)
        law = VALUES[names.OCP](sto)
        assert np.interp(-4.3, -law, sto) == pytest.approx(0.3355, abs=2e-4)
        assert np.interp(-2.5, -law, sto) == pytest.approx(1.0003, abs=1e-4)

    def test_falls_everywhere(self):
        law = VALUES[names.OCP]
        assert (law.derivative(np.linspace(-1, 2, 300_001)) < 0).all()
        # the flattest place of the form
        inside = np.linspace(0.25, 0.97, 7201)
        assert law.derivative(inside).max() == pytest.approx(-0.334, abs=1e-3)
        assert inside[law.derivative(inside).argmax()] == pytest.approx(0.766, abs=2e-3)

    def test_straight_below_the_data(self):
        slope = VALUES[names.OCP].derivative(np.array([-1.0, 0.0, 0.2]))
        assert np.ptp(slope) < 1e-4
        assert slope[0] == pytest.approx(-2.838, abs=1e-3)

    def test_derivative_is_that_of_the_value(self):
        points, step = np.linspace(-0.1, 1.02, 1121), 1e-7
        law = VALUES[names.OCP]
        slope = (law(points + step) - law(points - step)) / (2 * step)
        np.testing.assert_allclose(law.derivative(points), slope, rtol=1e-4, atol=1e-6)

    def test_joints_do_not_show(self):
        form = PolynomialWithCliff((2.0, -5.0, 6.0), 0.0, 1.0, 2.0)
        law = StraightOutside(form, 0.3, 0.8, width=1e-3)
        near = np.linspace(0.29, 0.31, 201)
        tangent = form(0.3) + form.derivative(0.3) * (near - 0.3)
        expected = np.where(near < 0.3, tangent, form(near))
        # form'' = 4, two joints
        assert np.abs(law(near) - expected).max() < 2 * 4.0 * 1e-6 / 4
        assert law.valid_range == (0.3, 0.8)


class TestDiffusivity:
    @siblings(
        ("sto", "expected"),
        [
            (0.30, 5.87e-15),
            (0.50, 4.67e-15),
            (0.70, 3.68e-15),
            (0.75, 3.21e-15),
            (0.80, 3.11e-15),
            (0.85, 3.55e-15),
            (0.90, 3.31e-15),
            (0.92, 2.27e-15),
            (0.94, 9.83e-16),
            (0.95, 4.98e-16),
            (0.96, 2.00e-16),
            (0.97, 6.00e-17),
            (0.98, 1.26e-17),
            (0.99, 1.73e-18),
        ],
    )
    def test_values(self, sto, expected):
        assert MODULE.DIFFUSIVITIES["colclasure"].value(sto, 298.15) == pytest.approx(
            expected, rel=5e-3
        )
        assert VALUES[names.DIFFUSIVITY](sto, 298.15) == pytest.approx(0.3 * expected, rel=5e-3)

    def test_level_outside_its_range(self):
        law = VALUES[names.DIFFUSIVITY]
        assert law(1.5, 298.15) == pytest.approx(0.3 * 1.41e-19, rel=1e-2)
        assert law(-0.5, 298.15) == pytest.approx(0.3 * 6.22e-15, rel=1e-2)
        assert law(0.94, 298.15) / law(0.99, 298.15) > 500
        assert law(0.942, 298.15) / law(1.0, 298.15) == pytest.approx(6e3, rel=0.1)

    @pytest.mark.parametrize("value", [3e-14, 3e-15])
    def test_constants(self, value):
        assert (
            MODULE.DIFFUSIVITIES[f"constant_{value:g}"].value(WIDE, 298.15).tolist()
            == [value] * 281
        )


class TestKinetics:
    def test_symmetric(self):
        assert exchange(VALUES[names.EXCHANGE_CURRENT], 0.5) == pytest.approx(1.0, rel=1e-6)
        assert exchange(VALUES[names.EXCHANGE_CURRENT], 1.0) == pytest.approx(0.02, rel=0.1)

    @siblings(("sto", "expected"), [(0.5, 44.8), (0.8, 27.4), (0.9, 23.4), (0.95, 18.6)])
    def test_colclasure(self, sto, expected):
        law = MODULE.KINETICS["colclasure"].value
        assert exchange(law, sto, 1200.0) == pytest.approx(expected, rel=2e-3)
        assert exchange(law, 1.2) == pytest.approx(exchange(law, 0.97), rel=1e-2)

    @siblings(("sto", "relative"), [(0.5, 0.92), (0.8, 6.7e-3), (0.9, 5.5e-4), (0.95, 1.6e-4)])
    def test_park(self, sto, relative):
        assert exchange(MODULE.KINETICS["park2021"].value, sto) == pytest.approx(
            5 * relative, rel=2e-2
        )

    @siblings("decades", [1, 2, 3, 5])
    def test_decades(self, decades):
        law = MODULE.KINETICS[f"decades_{decades}"].value
        assert exchange(law, 0.4) == pytest.approx(5.0, rel=1e-3)
        assert exchange(law, 0.9) == pytest.approx(5.0 * 10 ** (-decades / 2))
        assert (np.diff(exchange(law, FULL_RANGE)) <= 0).all()


class TestSet:
    def test_constants_belong_together(self):
        concentration, density = VALUES[names.MAXIMUM_CONCENTRATION], VALUES[names.DENSITY]
        assert concentration == pytest.approx(density / 96.553e-3, rel=1e-5)
        theoretical = 96485.33212 / 3600 / 96.553e-3  # [A.h.kg-1]
        assert theoretical == pytest.approx(277.6, abs=0.05)
        assert VALUES[names.SPECIFIC_CAPACITY] == pytest.approx(0.72 * theoretical, rel=1e-3)
        assert (VALUES[names.LOWER_CUTOFF], VALUES[names.UPPER_CUTOFF]) == (2.5, 4.3)
        assert load_set(NAME).transport == "chemical"

    def test_starts_above_the_lower_limit(self):
        start = VALUES[names.OCP](VALUES[names.INITIAL_STOICHIOMETRY])
        assert start == pytest.approx(2.62, abs=0.01)

    @pytest.mark.parametrize("entry", MODULE.ALTERNATIVES)
    def test_alternatives_have_sources_and_pass_the_check(self, entry):
        laws = MODULE.ALTERNATIVES[entry]
        assert next(iter(laws.values())).value is VALUES[entry]
        for law, source in laws.values():
            assert isinstance(source, Source)
            assert source.valid_range is not None
            assert check_parameters(override(VALUES, {entry: law})).ok

    def test_tuned_entries_say_what_they_were_tuned_to(self):
        sources = load_set(NAME).sources
        assert sources[names.PRISTINE_CONDUCTIVITY].kind == "fitted"
        for entry in (names.PRISTINE_CONDUCTIVITY, names.DIFFUSIVITY):
            assert sources[entry].grade == "C"
            assert "validation" in sources[entry].method

    def test_pybamm_knows_it_by_name(self):
        if NAME not in pybamm.parameter_sets.keys():  # noqa: SIM118
            pytest.skip("the package is not installed, so its entry points are not registered")
        assert pybamm.ParameterValues(NAME)[names.DENSITY] == 4700
