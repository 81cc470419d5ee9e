"""Laws of the cathode families: table values, arrays and symbols, sources of alternatives."""

from __future__ import annotations

from importlib import import_module

import casadi
import numpy as np
import pybamm
import pytest
from siblings import siblings

from multiscale.parameters import Source, check_parameters, list_sets, load_set, names, override
from multiscale.parameters.sets import initial_concentration

FAMILY = tuple(name for name in list_sets() if name.startswith(("NMC", "NCA")))
SETS = {name: load_set(name).values for name in FAMILY}
MODULES = {name: import_module(f"multiscale.parameter_sets.{name}") for name in FAMILY}
FINE = np.linspace(0, 1, 20_001)
WIDE = np.linspace(-0.2, 1.2, 141)
LAWS = [
    (name, entry, label)
    for name in FAMILY
    for entry, laws in {names.OCP: {"": None}, **MODULES[name].ALTERNATIVES}.items()
    for label in laws
]


def called(name: str, entry: str, label: str):
    """One law as a function of stoichiometry alone."""
    values = SETS[name]
    law = MODULES[name].ALTERNATIVES[entry][label].value if label else values[entry]
    full = values[names.MAXIMUM_CONCENTRATION]
    if entry == names.OCP:
        return law
    if entry == names.EXCHANGE_CURRENT:
        return lambda sto: law(1000.0, sto * full, full, 298.15)
    return lambda sto: law(sto, 298.15)


@siblings(("name", "entry", "label"), LAWS)
class TestEveryLaw:
    def test_arrays_and_casadi_agree(self, name, entry, label):
        law = called(name, entry, label)
        symbol = SETS[name].copy().process_symbol(law(pybamm.StateVector(slice(0, WIDE.size))))
        y = casadi.MX.sym("y", WIDE.size)
        converted = casadi.Function("law", [y], [symbol.to_casadi(casadi.MX.sym("t"), y)])
        expected = np.broadcast_to(law(WIDE), WIDE.shape)
        assert np.isfinite(expected).all()
        np.testing.assert_allclose(np.ravel(symbol.evaluate(y=WIDE[:, None])), expected, rtol=1e-8)
        # tables of narrow intervals, extrapolated over a thousand of them
        np.testing.assert_allclose(np.array(converted(WIDE)).ravel(), expected, rtol=1e-7)

    def test_falls_or_stays_positive(self, name, entry, label):
        value = np.broadcast_to(called(name, entry, label)(FINE), FINE.shape)
        if entry == names.OCP:
            assert (np.diff(value) < 0).all()
        else:
            assert (value > 0).all()


@siblings("name", FAMILY)
class TestAlternatives:
    def test_the_first_is_the_default(self, name):
        for entry, laws in MODULES[name].ALTERNATIVES.items():
            assert SETS[name][entry] == next(iter(laws.values())).value

    def test_each_has_a_source_and_can_be_used(self, name):
        for entry, laws in MODULES[name].ALTERNATIVES.items():
            for law, source in laws.values():
                assert isinstance(source, Source)
                assert source.valid_range is not None
                assert check_parameters(override(SETS[name], {entry: law})).ok

    def test_conductivity_falls_with_lithium_unless_constant(self, name):
        value = called(name, names.CONDUCTIVITY, "")(np.linspace(0.4, 1, 601))
        assert (np.diff(value) < 0).all()

    def test_charge_per_volume_fits_the_lithium_in_it(self, name):
        """The rate basis is between 0.5 and 0.8 of the sites; the initial one below 1."""
        values = SETS[name]
        charge = values[names.DENSITY] * values[names.SPECIFIC_CAPACITY] * 3600
        assert 0.5 < charge / 96485.332 / values[names.MAXIMUM_CONCENTRATION] < 0.8
        assert 0 < values.evaluate(initial_concentration()) < values[names.MAXIMUM_CONCENTRATION]


OCP_VALUES = {
    "NMC111_BPX": {0.5: 4.1068, 0.6: 3.9130, 0.7: 3.7949, 0.8: 3.7408, 0.9: 3.6872, 0.95: 3.6361},
    "NMC532_Amin2016": {0.3: 4.3803, 0.5: 3.9931, 0.7: 3.7568, 0.9: 3.6638, 0.97: 3.58},
    "NMC532_Wang2018": {0.3: 4.3803, 0.5: 3.9931, 0.7: 3.7568, 0.9: 3.6638, 0.97: 3.58},
    "NMC622_MSMR": {0.25: 4.1104, 0.3: 4.0399, 0.5: 3.8095, 0.7: 3.7153, 0.9: 3.6240, 0.97: 3.5746},
    "NMC811_McClelland": {0.3: 4.2054, 0.4: 4.1047, 0.5: 3.9720, 0.7: 3.7304, 0.9: 3.5682},
    "NMC811_ORegan": {0.3: 4.2054, 0.4: 4.1047, 0.5: 3.9720, 0.7: 3.7304, 0.9: 3.5682},
    "Kim2011_NCA": {0.3: 4.3514, 0.4: 4.1290, 0.5: 3.9760, 0.7: 3.7384, 0.9: 3.5533, 0.95: 3.4963},
}
DIFFUSIVITY_VALUES = {
    "NMC111_BPX": {0.5: 3.2e-14, 0.9: 3.2e-14},
    "NMC532_Amin2016": {0.5: 0.3 * 4.67e-15, 0.9: 0.3 * 3.31e-15},
    "NMC532_Wang2018": {0.5: 0.3 * 4.67e-15, 0.9: 0.3 * 3.31e-15},
    "NMC622_MSMR": {0.3: 5.87e-15, 0.7: 3.68e-15, 0.95: 4.98e-16, 0.97: 6.00e-17},
    "NMC811_McClelland": {
        0.3: 1.55e-14,
        0.7: 5.38e-15,
        0.8: 5.37e-16,
        0.9: 5.4e-17,
        0.98: 1.58e-18,
    },
    "NMC811_ORegan": {0.3: 4.27e-15, 0.5: 7.26e-15, 0.8: 3.02e-15, 0.97: 5.07e-15},
    "Kim2011_NCA": {0.5: 3e-15, 0.9: 3e-15},
}
EXCHANGE_VALUES = {
    "NMC111_BPX": {0.5: 1.11, 0.8: 0.89, 0.9: 0.67, 0.95: 0.485},
    "NMC532_Amin2016": {0.5: 1.0, 0.9: 0.6},
    "NMC532_Wang2018": {0.5: 1.0, 0.9: 0.6},
    "NMC622_MSMR": {0.5: 1.7, 0.9: 1.02},
    "NMC811_McClelland": {0.5: 3.72, 0.8: 0.199, 0.9: 0.064, 0.95: 0.054},
    "NMC811_ORegan": {0.5: 2.51, 0.8: 1.83, 0.9: 1.29, 0.95: 0.89},
    "Kim2011_NCA": {0.41: 4.0 * (1 / 1.2) ** 0.5},
}
CONDUCTIVITY_VALUES = {  # at the temperature of the measurement [K]
    "NMC111_BPX": (303.15, {1.0: 5e-6, 0.9: 2.1e-3, 0.5: 0.16}),
    "NMC532_Amin2016": (303.15, {1.0: 1.9e-4, 0.9: 2.8e-2, 0.5: 0.15}),
    "NMC532_Wang2018": (293.15, {1.0: 0.13, 0.5: 0.15}),
    "NMC622_MSMR": (293.15, {1.0: 0.25}),
    "NMC811_McClelland": (293.15, {1.0: 0.41}),
    "NMC811_ORegan": (293.15, {1.0: 0.41}),
    "Kim2011_NCA": (298.15, {1.0: 0.01, 0.4: 1.0}),
}


def rows(table: dict) -> list:
    return [(name, sto, v) for name in FAMILY for sto, v in table[name].items()]


@siblings(("name", "sto", "ocp"), rows(OCP_VALUES))
def test_potential(name, sto, ocp):
    assert SETS[name][names.OCP](sto) == pytest.approx(ocp, abs=1.5e-4)


@siblings(("name", "sto", "expected"), rows(DIFFUSIVITY_VALUES))
def test_diffusivity(name, sto, expected):
    assert called(name, names.DIFFUSIVITY, "")(sto) == pytest.approx(expected, rel=5e-3)


@siblings(("name", "sto", "expected"), rows(EXCHANGE_VALUES))
def test_exchange_current(name, sto, expected):
    assert called(name, names.EXCHANGE_CURRENT, "")(sto) == pytest.approx(expected, rel=6e-3)


@siblings("name", FAMILY)
def test_conductivity(name):
    temperature, points = CONDUCTIVITY_VALUES[name]
    for sto, expected in points.items():
        found = SETS[name][names.CONDUCTIVITY](sto, temperature)
        assert found == pytest.approx(expected, rel=1e-6)


def test_does_not_shadow_pybamms_own_set_of_that_paper():
    assert "Negative electrode OCP [V]" in dict(pybamm.ParameterValues("NCA_Kim2011"))


@siblings("name", FAMILY)
def test_registered_with_pybamm(name):
    if name not in set(pybamm.parameter_sets.keys()):
        pytest.skip("the package is not installed, so its entry points are not registered")
    assert pybamm.ParameterValues(name)[names.DENSITY] == SETS[name][names.DENSITY]


def test_nmc532_sets_differ_in_the_conductivity_only():
    sharma, amin, wang = (
        load_set(name).values
        for name in ("Sharma2022_NMC532", "NMC532_Amin2016", "NMC532_Wang2018")
    )
    same = set(wang.keys()) - {names.CONDUCTIVITY, names.PRISTINE_CONDUCTIVITY}
    for values in (amin, wang):
        assert {n for n in same if str(values[n]) != str(sharma[n])} == set()
    ratio = called("NMC532_Wang2018", names.CONDUCTIVITY, "")(1.0) / 1.9e-4
    assert 500 < ratio < 1000
