"""An override that would change nothing is refused."""

from __future__ import annotations

import pytest
from siblings import siblings

from multiscale.errors import ParameterError
from multiscale.parameters import load_set, names, override


@pytest.fixture
def values():
    return load_set("Xu2022_NMC88").values


def test_changes_a_copy(values):
    changed = override(values, {names.DENSITY: 4700.0, names.INITIAL_STOICHIOMETRY: 0.9})
    assert (changed[names.DENSITY], values[names.DENSITY]) == (4700.0, 4780.0)
    assert changed[names.INITIAL_STOICHIOMETRY] == 0.9


def test_takes_a_plain_function(values):
    def my_D(sto, T):
        return 1e-17 * sto

    assert override(values, {names.DIFFUSIVITY: my_D})[names.DIFFUSIVITY] is my_D


def test_a_name_of_the_package_may_be_new_to_the_set(values):
    del values[names.MEAN_OCP]
    assert override(values, {names.MEAN_OCP: 3.7})[names.MEAN_OCP] == 3.7


@siblings(
    ("name", "proposed"),
    [
        ("Positive particle diffusivity", names.DIFFUSIVITY),
        ("positive particle diffusivity", names.DIFFUSIVITY),
        ("Positive particle diffusivity [cm2.s-1]", names.DIFFUSIVITY),
        ("Contact conductance", names.CONTACT_CONDUCTANCE),
    ],
)
def test_refuses_a_missing_or_another_unit(values, name, proposed):
    with pytest.raises(ParameterError) as caught:
        override(values, {name: 1.0})
    assert f"did you mean {proposed!r}? The unit is part of the name." in str(caught.value)


def test_refuses_a_misspelt_name(values):
    with pytest.raises(ParameterError, match=r"did you mean 'Positive particle diffusivity \[m2"):
        override(values, {"Positive particle difusivity [m2.s-1]": 1e-17})


def test_changes_nothing_if_one_name_is_wrong(values):
    with pytest.raises(ParameterError, match="'Density'"):
        override(values, {names.DENSITY: 1.0, "Density": 1.0})
    assert values[names.DENSITY] == 4780.0
