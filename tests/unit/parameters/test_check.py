"""The check before a solve names what is wrong and what would be right."""

from __future__ import annotations

import math

import numpy as np
import pybamm
import pytest
from siblings import siblings

from multiscale.errors import ParameterError
from multiscale.parameters import check_parameters, load_set, names


@pytest.fixture
def values() -> pybamm.ParameterValues:
    return load_set("Xu2022_NMC88").values


def only_finding(values: pybamm.ParameterValues):
    findings = check_parameters(values).findings
    assert len(findings) == 1, list(map(str, findings))
    return findings[0]


def test_good_values_have_no_findings(values):
    report = check_parameters(values)
    assert report.ok
    assert str(report) == "no findings"
    report.raise_for_errors()


def test_values_are_not_changed(values):
    before = dict(values.items())
    check_parameters(values)
    assert dict(values.items()) == before


def test_refuses_a_dictionary():
    with pytest.raises(ParameterError, match="got dict"):
        check_parameters({})


def test_missing(values):
    report = check_parameters(values, required=[names.OCP, "Wetting angle [rad]"])
    (finding,) = report.errors
    assert finding.name == "Wetting angle [rad]"
    assert finding.message == "is missing"
    with pytest.raises(ParameterError, match=r"Wetting angle \[rad\]: is missing"):
        report.raise_for_errors()


def test_missing_and_misspelt():
    chosen = dict(load_set("Xu2022_NMC88").values.items())
    chosen["Positive particle difusivity [m2.s-1]"] = chosen.pop(names.DIFFUSIVITY)
    report = check_parameters(pybamm.ParameterValues(chosen))
    messages = {finding.name: finding.message for finding in report.errors}
    assert "'Positive particle difusivity [m2.s-1]' is there" in messages[names.DIFFUSIVITY]
    assert "did you mean" in messages["Positive particle difusivity [m2.s-1]"]


@pytest.mark.parametrize(
    "name", ["Positive particle difusivity [m2.s-1]", "Positive particle diffusivity [m2/s]"]
)
def test_misspelt_beside_the_right_name(values, name):
    """It would be ignored without a word."""
    values.update({name: 1e-17})
    finding = only_finding(values)
    assert finding.level == "error"
    assert f"did you mean {names.DIFFUSIVITY!r}" in finding.message


@siblings("name", ["Chen2020", "Xu2019", "OKane2022", "MSMR_Example"])
def test_pybamms_own_names_are_not_slips(name):
    findings = check_parameters(pybamm.ParameterValues(name), required=()).findings
    assert not [finding for finding in findings if "did you mean" in finding.message]


@siblings(
    ("name", "value", "message"),
    [
        (names.DENSITY, 0.0, "a density is between 100 and 30000 kg/m3"),
        (names.DENSITY, -4780.0, "a density is between"),
        (names.DENSITY, math.nan, "nan, not a finite number"),
        (names.DENSITY, math.inf, "inf, not a finite number"),
        (names.SPECIFIC_CAPACITY, -210.0, "a specific capacity is between"),
        (names.NOMINAL_CAPACITY, 0.0, "greater than 0"),
        (names.TEMPERATURE, 0.0, "degrees Celsius? Then write 273.15"),
        (names.TEMPERATURE, -10.0, "Then write 263.15"),
        (names.INITIAL_STOICHIOMETRY, 1.0, "between 0 and 1"),
        (names.INITIAL_STOICHIOMETRY, 97.0, "between 0 and 1"),
        (names.INITIAL_STOICHIOMETRY, -0.1, "between 0 and 1"),
        (names.TRANSFER_COEFFICIENT, 1.5, "between 0 and 1"),
        (names.CONTACT_CONDUCTANCE, -1.0, "at least 0"),
        (names.LOWER_CUTOFF, 4.4, "not below the upper one"),
        (names.INITIAL_CONCENTRATION, 2.0e4, "change 'Positive electrode initial stoichiometry'"),
    ],
)
def test_wrong_numbers(values, name, value, message):
    values.update({name: value})
    finding = only_finding(values)
    assert (finding.level, finding.name) == ("error", name)
    assert message in finding.message


@pytest.mark.parametrize(
    ("name", "value"),
    [(names.DENSITY, 4.78), (names.TEMPERATURE, 22.0), (names.SPECIFIC_CAPACITY, 0.21)],
)
def test_numbers_in_another_unit(values, name, value):
    values.update({name: value})
    finding = only_finding(values)
    assert (finding.level, finding.name) == ("error", name)
    assert "Then write" in finding.message


@pytest.mark.parametrize("value", [0.0, math.inf])
def test_open_and_perfect_contacts_are_allowed(values, value):
    values.update({names.CONTACT_CONDUCTANCE: value})
    assert not check_parameters(values).findings


def nan_below_half(sto, T):
    return 1e-17 * np.sqrt(sto - 0.5)


def infinite_at_half(sto, T):
    return 1e-17 / (np.maximum(sto, 0.5) - 0.5)


def zero_when_empty(sto, T):
    return 1e-17 * np.maximum(sto - 0.1, 0)


def branching(sto, T):
    return 1e-17 if sto > 0.5 else 1e-18


def numpy_only(sto, T):
    return np.interp(sto, [0, 1], [1e-17, 1e-18])


@siblings(
    ("name", "law", "message"),
    [
        (
            names.DIFFUSIVITY,
            nan_below_half,
            "not finite for 999 of 1999 stoichiometries from 0.0005",
        ),
        (names.DIFFUSIVITY, infinite_at_half, "is not finite"),
        (names.DIFFUSIVITY, zero_when_empty, "is not positive"),
        (names.DIFFUSIVITY, -1e-17, "is not positive for 1999"),
        (names.DIFFUSIVITY, math.nan, "is nan, not a finite number"),
        (names.DIFFUSIVITY, lambda sto, T: 1e-17 * sto + 1e-18j, "complex"),
        (names.DIFFUSIVITY, lambda sto: 1e-17, "takes (sto); it is called with (sto, T)"),
        (names.DIFFUSIVITY, lambda: 1e-17, "it is called with (sto, T)"),
        (names.DIFFUSIVITY, branching, "cannot be evaluated"),
        (names.DIFFUSIVITY, numpy_only, "NumPy ufuncs"),
        (names.DIFFUSIVITY, lambda sto, T: 1 / 0, "ZeroDivisionError"),
        (names.CONDUCTIVITY, lambda sto, T: 0 * sto, "is not positive"),
        (names.EXCHANGE_CURRENT, lambda c_e, c, c_max, T: 0 * c, "is not positive"),
        (names.EXCHANGE_CURRENT, lambda sto: sto, "(c_e, c_s_surf, c_s_max, T)"),
        (names.ELECTROLYTE_CONDUCTIVITY, lambda c_e, T: -1.0 + 0 * c_e, "not positive at the cond"),
        (names.LITHIUM_EXCHANGE_CURRENT, 0.0, "is not positive"),
        (names.OCP, lambda sto: 4.0 + 0.1 * np.tanh(sto), "does not fall"),
        (names.OCP, lambda sto: 4.0 - (sto - 0.9) ** 2, "from 0.0005 to 0.8995 (dU/dsto >= 0)"),
        (names.LITHIATION_OCP, lambda sto: 3.7 + 0 * sto, "does not fall"),
        (names.OCP, lambda sto: 4.0 - np.log(sto - 0.01), "is not finite"),
    ],
)
def test_wrong_laws(values, name, law, message):
    values.update({name: law})
    finding = only_finding(values)
    assert (finding.level, finding.name) == ("error", name)
    assert message in finding.message


@pytest.mark.parametrize(
    ("name", "law"),
    [
        (names.DIFFUSIVITY, 1e-10),  # of cm2/s, or beyond any known electrode
        (names.CONDUCTIVITY, 1e6),
        (names.OCP, lambda sto: 7.0 - 5.0 * sto),
    ],
)
def test_odd_laws_are_remarked_on(values, name, law):
    values.update({name: law})
    report = check_parameters(values)
    found = [one for one in report.warnings if one.about == "entry"]
    assert report.ok
    assert [one.name for one in found] == [name]
    assert "check the unit" in found[0].message


@siblings(
    ("name", "law", "message"),
    [
        (names.DIFFUSIVITY, 1e-7, "a diffusivity in a solid is between"),
        (names.DIFFUSIVITY, lambda sto, T: 1e-7 + 0 * sto, "a diffusivity in a solid is between"),
        (names.CONDUCTIVITY, 1e9, "a conductivity is between"),
        (names.OCP, lambda sto: 4000.0 - 500 * sto, "is it in millivolt?"),
    ],
)
def test_laws_in_another_unit(values, name, law, message):
    values.update({name: law})
    finding = only_finding(values)
    assert (finding.level, finding.name) == ("error", name)
    assert message in finding.message


@siblings(
    "law",
    [
        1e-17,
        lambda sto, T: 1e-17,
        lambda sto, T: 1e-17 * pybamm.exp(-sto),
        lambda sto, T, spare=1: 1e-17 * np.exp(-sto),
        "[input]",
    ],
)
def test_laws_that_are_fine(values, law):
    values.update({names.DIFFUSIVITY: law})
    assert not check_parameters(values).findings


def test_what_is_given_at_solve_time_is_not_judged(values):
    values.update({names.INITIAL_STOICHIOMETRY: "[input]", names.TEMPERATURE: "[input]"})
    assert not check_parameters(values).findings


def test_errors_come_first_and_are_all_listed(values):
    values.update({names.TEMPERATURE: 420.0, names.DENSITY: -1.0, names.SPECIFIC_CAPACITY: -1.0})
    report = check_parameters(values)
    assert [finding.level for finding in report.findings] == ["error", "error", "warning"]
    assert not report.ok
    with pytest.raises(ParameterError) as caught:
        report.raise_for_errors()
    assert "2 parameter(s)" in str(caught.value)
    assert names.DENSITY in str(caught.value)
    assert names.TEMPERATURE not in str(caught.value)
