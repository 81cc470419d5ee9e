"""Warnings on entries of a set that contradict each other."""

from __future__ import annotations

import numpy as np
import pytest
from siblings import siblings

from multiscale.errors import ParameterError
from multiscale.parameters import check_parameters, load_set, names
from multiscale.parameters.laws import Constant


@pytest.fixture
def values():
    return load_set("NMC811_McClelland").values


@siblings(
    ("changes", "name", "message"),
    [
        ({names.UPPER_CUTOFF: 3.4}, names.INITIAL_STOICHIOMETRY, "above the upper cut-off"),
        ({names.LOWER_CUTOFF: 3.6}, names.INITIAL_STOICHIOMETRY, "below the lower cut-off"),
        ({names.UPPER_CUTOFF: 4.8}, names.UPPER_CUTOFF, "no charge gets there"),
        ({names.LOWER_CUTOFF: 2.0}, names.LOWER_CUTOFF, "needs its end of discharge"),
        ({names.MAXIMUM_CONCENTRATION: 63104.0}, names.MAXIMUM_CONCENTRATION, "A fitted value"),
        ({names.MAXIMUM_CONCENTRATION: 35380.0}, names.MAXIMUM_CONCENTRATION, "A fitted value"),
    ],
)
def test_contradictions(values, changes, name, message):
    values.update(changes)
    (finding,) = check_parameters(values).findings
    assert (finding.level, finding.name) == ("warning", name)
    assert message in finding.message


def test_an_open_end_of_discharge(values):
    """Chen's closed form alone: 3.49 V when full."""
    values.update({names.OCP: lambda sto: 4.3 - 0.8 * sto + 0 * sto, names.UPPER_CUTOFF: 4.2})
    (finding,) = check_parameters(values).findings
    assert "3.499 V at full lithiation" in finding.message


def test_diffusion_time_and_drop_need_a_radius(values):
    values.update({names.DIFFUSIVITY: Constant(1e-17), names.CONDUCTIVITY: Constant(1e-6)})
    assert not check_parameters(values).findings
    diffusivity, drop = check_parameters(values, radius=5e-6, c_rate=0.05).warnings
    assert (diffusivity.name, drop.name) == (names.DIFFUSIVITY, names.CONDUCTIVITY)
    assert "R^2/D is 2.5e+06 s" in diffusivity.message
    # 0.05 x 954e3 A/m3 x 4/3 pi R^3 / (2 kappa R/10)
    assert f"drops {0.05 * 4770 * 200 * 4 / 3 * np.pi * 25e-12 / 2e-7:.2g} V" in drop.message


def test_both_grow_with_the_rate_and_the_radius(values):
    assert not check_parameters(values, radius=1e-6, c_rate=1.0).findings
    assert check_parameters(values, radius=1e-4, c_rate=1.0).warnings


def test_amins_and_wangs_pellets_differ_in_the_drop():
    """The neck of a particle of 5 um at C/5: 0.5 V against less than a millivolt."""
    amin, wang = (load_set(f"NMC532_{who}").values for who in ("Amin2016", "Wang2018"))
    (finding,) = check_parameters(amin, radius=5e-6, c_rate=0.2).findings
    assert "drops 0.51 V at 0.2C" in finding.message
    assert not check_parameters(wang, radius=5e-6, c_rate=0.2).findings


def test_not_judged_with_errors_or_at_solve_time(values):
    values.update({names.MAXIMUM_CONCENTRATION: 35380.0, names.DENSITY: -1.0})
    assert [f.level for f in check_parameters(values, radius=5e-6).findings] == ["error"]
    values.update({names.DENSITY: "[input]", names.DIFFUSIVITY: "[input]"})
    values.update({names.UPPER_CUTOFF: "[input]", names.INITIAL_STOICHIOMETRY: "[input]"})
    assert len(check_parameters(values, radius=5e-6).findings) == 1


@pytest.mark.parametrize("wrong", [{"radius": 0.0}, {"radius": 5.0}, {"c_rate": 0.0}])
def test_wrong_radius_or_rate(values, wrong):
    with pytest.raises(
        ParameterError, match=r"must be positive|a radius of particles is|a C-rate is"
    ):
        check_parameters(values, **wrong)
