"""Changes of a parameter set as a case file writes them: numbers, factors, other laws."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import pybamm

from multiscale.errors import CaseError, unknown_name
from multiscale.parameters import ParameterSet, override
from multiscale.parameters.laws import Constant


def overridden(chosen: ParameterSet, overrides: Mapping[str, Any]) -> pybamm.ParameterValues:
    """A copy of the set's values with the overrides of a case in them; names are checked."""
    values = chosen.values
    override(values, dict.fromkeys(overrides, 0.0))  # refuses unknown names
    changed = {name: _value(chosen, name, wanted) for name, wanted in overrides.items()}
    return override(values, changed)


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
    offered = chosen.alternatives
    if name not in offered:
        have = ", ".join(map(repr, offered)) or "none"
        raise CaseError(f"{chosen.name} offers no alternatives for {name!r}; it does for: {have}")
    if law not in offered[name]:
        words = f"alternative law of {chosen.name} for {name!r}"
        raise CaseError(unknown_name(words, law, offered[name]))
    return offered[name][law].value


@dataclass(frozen=True)
class _Scaled:
    """A law times a factor, for arrays and symbols."""

    law: Any
    factor: float

    def __call__(self, *arguments: Any) -> Any:
        return self.factor * self.law(*arguments)
