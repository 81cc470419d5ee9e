"""Units in every spelling that headers have."""

from __future__ import annotations

import pytest
from siblings import siblings

from multiscale.errors import ParameterError
from multiscale.units import parse_unit, split_unit, to_si

FACTORS = [
    (
        "m2/s",
        ["cm2/s", "cm^2 s^-1", "cm² s⁻¹", "cm2.s-1", "cm**2/s", "cm^{2} s^{-1}", "cm2s-1"],
        1e-4,
    ),
    ("S/m", ["mS/cm", "mS cm-1", "mS·cm⁻¹", "mScm-1"], 0.1),
    ("S/m", ["S/cm", "S.cm-1", "Scm-1"], 100),
    ("V", ["mV", "mV vs. Li/Li+", "mV vs Ref."], 1e-3),
    ("V", ["V", "V vs. Li/Li+", "Volts", "volt", "V (vs. Li/Li+)"], 1),
    ("s", ["h", "hr", "Hours", "Hr"], 3600),
    ("s", ["Sec", "sec.", "Seconds", "second"], 1),
    ("s", ["min", "Min", "minutes"], 60),
    ("m", ["um", "µm", "μm", "micron", "micrometre"], 1e-6),
    ("Ohm", ["kΩ", "kOhm", "k\u2126"], 1e3),
    ("Ohm", ["mΩ", "mOhm"], 1e-3),
    ("Ohm", ["MΩ"], 1e6),
    ("A/m2", ["mA cm-2", "mA/cm²", "mAcm-2", "mA.cm^-2"], 10),
    ("A.h/kg", ["mAh/g", "mAh g-1", "mA.h.g-1", "A.h.kg-1"], 1),
    ("W/(m.K)", ["W/m/K", "W.m-1.K-1", "W/(m K)"], 1),
    ("mol/m3", ["mol/L", "M", "mol.l-1"], 1000),
    ("1", ["%"], 0.01),
]


@siblings(("si", "spelling", "factor"), [(a, b, c) for a, bs, c in FACTORS for b in bs])
def test_spellings(si, spelling, factor):
    assert float(to_si(1.0, spelling, si, "x")) == pytest.approx(factor, rel=1e-12)


@siblings("spelling", ["° C", "°C", "degC", "deg C", "℃", "Celsius"])
def test_degrees_have_an_offset(spelling):
    assert float(to_si(25, spelling, "K", "x")) == pytest.approx(298.15)


def test_back_to_degrees():
    assert float(to_si(298.15, "K", "degC", "x")) == pytest.approx(25)


@siblings(
    ("unit", "si"),
    [("V/°C", "V/K"), ("W/(m °C)", "W/(m K)"), ("1/°C", "1/K"), ("°C-1", "1/K"), ("V °C", "V K")],
)
def test_steps_of_a_degree_have_no_offset(unit, si):
    assert float(to_si(25, unit, si, "x")) == pytest.approx(25)


@siblings(
    ("unit", "same"),
    [
        ("S", "A/V"),
        ("Ohm", "V/A"),
        ("S", "1/Ohm"),
        ("W", "V A"),
        ("J", "V C"),
        ("Wh", "W h"),
        ("Ah", "A h"),
        ("F", "C/V"),
        ("Pa", "N/m2"),
        ("N", "kg m/s2"),
        ("Hz", "1/s"),
        ("M", "mol/L"),
        ("d", "h"),
        ("bar", "Pa"),
        ("eV", "J"),
        ("Å", "m"),
    ],
)
def test_units_are_what_they_are_made_of(unit, same):
    """In dimension, and in size where both are of one system."""
    size = {"d": 24.0, "bar": 1e5, "eV": 1.602176634e-19, "Å": 1e-10}.get(unit, 1.0)
    found, made = parse_unit(unit), parse_unit(same)
    assert found.dimension == made.dimension
    assert found.factor / made.factor == pytest.approx(size)


@siblings(
    "text",
    [
        "MA",
        "MV",
        "weeks",
        "dV",
        "foo",
        "h:min:s.ms",
        "",
        "(",
        "m2e9",
        "m10",
        "V/m99",
        "m/(s",
        "m)/s",
    ],
)
def test_what_is_no_unit(text):
    """Capitals are not megaampere, and a derivative is not in decivolt."""
    unit = parse_unit(text)
    assert unit is None or not any(unit.dimension)


@siblings(
    ("header", "name", "unit"),
    [
        ("Voltage / V", "Voltage", "V"),
        ("Voltage(mV)", "Voltage", "mV"),
        ("I/mA", "I", "mA"),
        ("Time [h]", "Time", "h"),
        ("Time, s", "Time", "s"),
        ("D [cm2/s]", "D", "cm2/s"),
        ("D / cm2/s", "D", "cm2/s"),
        ("D/cm2 s-1", "D", "cm2 s-1"),
        ("D (cm^2 s^-1)", "D", "cm^2 s^-1"),
        ("Q charge/discharge/mA.h", "Q charge/discharge", "mA.h"),
        ("E vs. Li/Li+ / V", "E", "V"),
        ("Potential vs Li/Li+ (V)", "Potential vs Li/Li+", "V"),
        ("test_time_second", "test_time", "second"),
        ("diffusivity_m2_s", "diffusivity", "m2/s"),
        ("centre_x_um", "centre_x", "um"),
        ("half_angle_deg", "half_angle_deg", None),
        ("ox/red", "ox/red", None),
        ("Ecell", "Ecell", None),
        ("Current (avg) [A]", "Current (avg)", "A"),
    ],
)
def test_headers(header, name, unit):
    assert split_unit(header) == (name, unit)


def test_another_dimension_is_refused_by_name():
    with pytest.raises(ParameterError, match="column 'D' is in 'V'; a diffusivity can be in m2/s"):
        to_si(1.0, "V", "diffusivity", "column 'D'", ParameterError)
    with pytest.raises(ParameterError, match="column 'D' has no unit"):
        to_si(1.0, None, "diffusivity", "column 'D'", ParameterError)
