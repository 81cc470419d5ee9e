"""Numbers out of a parameter set, as far as they are known without a model."""

from __future__ import annotations

from typing import Any

import pybamm


def number(values: pybamm.ParameterValues, name: str) -> float | None:
    """A parameter as a number, if it is one.

    Parameters
    ----------
    values : pybamm.ParameterValues
    name : str
        Parameter name with its unit.

    Returns
    -------
    float or None
        None if the parameter is absent, a law, an input of the solve, or depends on the
        model's geometry or on something that is absent.

    Examples
    --------
    >>> values = pybamm.ParameterValues({"a": 2.0, "b": 3 * pybamm.Parameter("a")})
    >>> number(values, "b"), number(values, "c")
    (6.0, None)
    """
    if name not in values or callable(values[name]):
        return None
    value: Any = values[name]
    if isinstance(value, pybamm.Symbol):
        value = _evaluated(values, value)
    try:
        return float(value)
    except (TypeError, ValueError):  # nothing known, a text, a list
        return None


def _evaluated(values: pybamm.ParameterValues, symbol: pybamm.Symbol) -> float | None:
    try:
        processed = values.process_symbol(symbol)
    except (KeyError, ValueError):
        # It depends on a parameter that is missing, or NaN, which PyBaMM takes for missing.
        return None
    known = processed.is_constant() and not processed.has_symbol_of_classes(pybamm.Integral)
    return float(processed.evaluate()) if known else None
