"""Nominal capacity of whatever geometry a model brings along."""

from __future__ import annotations

import pybamm

from multiscale.parameters import names

ACTIVE_MATERIAL = "active material"


def nominal_capacity() -> pybamm.Symbol:
    """Density x volume x practical specific capacity [A.h], as a symbol.

    The volume is the integral of one over the domain "active material" of the model, so
    that one parameter set serves every particle and electrode. It gets its value when a
    model is discretised, and follows an override of the density or the specific capacity.

    Returns
    -------
    pybamm.Symbol
        Scalar [A.h].

    Examples
    --------
    >>> parameters = (p for p in nominal_capacity().pre_order() if type(p) is pybamm.Parameter)
    >>> sorted(parameter.name for parameter in parameters) == [
    ...     names.DENSITY, names.SPECIFIC_CAPACITY]
    True
    """
    position = pybamm.SpatialVariable("x_am", domain=ACTIVE_MATERIAL)
    volume = pybamm.Integral(pybamm.PrimaryBroadcast(1, ACTIVE_MATERIAL), position)
    return pybamm.Parameter(names.DENSITY) * pybamm.Parameter(names.SPECIFIC_CAPACITY) * volume


def initial_concentration() -> pybamm.Symbol:
    """Initial stoichiometry x maximum concentration [mol.m-3], as a symbol.

    Overriding the stoichiometry is then enough.

    Returns
    -------
    pybamm.Symbol
        Scalar [mol.m-3].

    Examples
    --------
    >>> values = pybamm.ParameterValues(
    ...     {names.INITIAL_STOICHIOMETRY: 0.5, names.MAXIMUM_CONCENTRATION: 50e3}
    ... )
    >>> float(values.evaluate(initial_concentration()))
    25000.0
    """
    sto = pybamm.Parameter(names.INITIAL_STOICHIOMETRY)
    return sto * pybamm.Parameter(names.MAXIMUM_CONCENTRATION)
