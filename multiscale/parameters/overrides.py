"""Change a parameter set without the risk of changing nothing."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pybamm

from multiscale.errors import ParameterError, unknown_name
from multiscale.parameters import names


def override(values: pybamm.ParameterValues, changes: Mapping[str, Any]) -> pybamm.ParameterValues:
    """A copy of the values with some of them replaced; names are checked.

    Parameters
    ----------
    values : pybamm.ParameterValues
        Not changed.
    changes : mapping of str to number, callable or pybamm.Symbol
        Parameter name with its unit -> value in that unit. A law is a plain function in
        PyBaMM's signature, for example ``my_D(sto, T)``.

    Returns
    -------
    pybamm.ParameterValues
        The changed copy.

    Raises
    ------
    ParameterError
        If a name is neither in the set nor among :mod:`multiscale.parameters.names`; the
        nearest one is proposed. A name without its unit, or with another unit, is refused.

    Examples
    --------
    >>> from multiscale.parameters import load_set
    >>> slower = override(
    ...     load_set("Xu2022_NMC88").values,
    ...     {"Positive particle diffusivity [m2.s-1]": lambda sto, T: 1e-18 + 0 * sto},
    ... )
    >>> override(slower, {"Positive particle density": 4700.0})
    Traceback (most recent call last):
        ...
    multiscale.errors.ParameterError: Unknown parameter 'Positive particle density'; did you mean \
'Positive particle density [kg.m-3]'? The unit is part of the name.
    """
    known = set(values.keys()) | set(names.all_names())
    for name in changes:
        if name not in known:
            raise ParameterError(_unknown(name, known))
    changed = values.copy()
    changed.update(dict(changes))
    return changed


def _unknown(name: str, known: set[str]) -> str:
    stem = _without_unit(name)
    twins = sorted(other for other in known if _without_unit(other) == stem)
    if not twins:
        return unknown_name("parameter", name, known)
    return f"Unknown parameter {name!r}; did you mean {twins[0]!r}? The unit is part of the name."


def _without_unit(name: str) -> str:
    return name.partition(" [")[0].casefold().strip()
