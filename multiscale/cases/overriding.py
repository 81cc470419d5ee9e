"""Changes of a parameter set as a case file writes them: numbers, factors, other laws."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import pybamm

from multiscale.errors import CaseError, unknown_name
from multiscale.parameters import ParameterSet, override
from multiscale.parameters.laws import Constant
from multiscale.parameters.library import PACKAGE


def overridden(chosen: ParameterSet, overrides: Mapping[str, Any]) -> pybamm.ParameterValues:
    """A copy of the set's values with the overrides of a case in them; names are checked."""
    values = chosen.values
    override(values, dict.fromkeys(overrides, 0.0))  # refuses unknown names
    changed = {name: _value(chosen, name, wanted) for name, wanted in overrides.items()}
    return override(values, changed)


def alternatives(chosen: ParameterSet) -> Mapping[str, Mapping[str, Any]]:
    """Laws that the set offers in place of its own: parameter name -> name of the law -> law.

    Examples
    --------
    >>> from multiscale.parameters import load_set, names
    >>> "wang2018" in alternatives(load_set("Sharma2022_NMC532"))[names.CONDUCTIVITY]
    True
    """
    # a set read from a file has no module, and offers none
    return getattr(sys.modules.get(f"{PACKAGE}.{chosen.name}"), "ALTERNATIVES", {})


def _value(chosen: ParameterSet, name: str, wanted: Any) -> Any:
    values = chosen.values
    present = values[name] if name in values.keys() else None  # noqa: SIM118
    if not isinstance(wanted, Mapping):
        if callable(present):
            raise CaseError(
                f"{name!r} is a law: give {{constant = {wanted:g}}}, {{factor = ...}} or "
                "{law = ...} instead of a number"
            )
        return float(wanted)
    ((how, value),) = wanted.items()
    if how == "constant":
        return Constant(float(value))
    if how == "law":
        return _alternative(chosen, name, value)
    if how == "same_as":
        if value not in values.keys():  # noqa: SIM118
            raise CaseError(unknown_name("parameter", value, values.keys()))
        return values[value]
    if present is None:
        raise CaseError(f"{name!r} is not in the parameter set: there is nothing to multiply")
    return _Scaled(present, float(value)) if callable(present) else value * present


def _alternative(chosen: ParameterSet, name: str, law: str) -> Any:
    offered = alternatives(chosen)
    if name not in offered:
        have = ", ".join(map(repr, offered)) or "none"
        raise CaseError(f"{chosen.name} offers no alternatives for {name!r}; it does for: {have}")
    if law not in offered[name]:
        words = f"alternative law of {chosen.name} for {name!r}"
        raise CaseError(unknown_name(words, law, offered[name]))
    return offered[name][law]


@dataclass(frozen=True)
class _Scaled:
    """A law times a factor, for arrays and symbols."""

    law: Any
    factor: float

    def __call__(self, *arguments: Any) -> Any:
        return self.factor * self.law(*arguments)
