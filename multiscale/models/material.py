"""Material laws as PyBaMM symbols; their values come from the parameter set."""

from __future__ import annotations

import pybamm

from multiscale.models.kinetics import symmetric_overpotential
from multiscale.parameters import names

COUNTER_ELECTRODES = ("ideal", "lithium metal")


def temperature() -> pybamm.Parameter:
    """Uniform temperature [K]."""
    return pybamm.Parameter(names.TEMPERATURE)


def open_circuit_potential(stoichiometry: pybamm.Symbol) -> pybamm.Symbol:
    """Open-circuit potential of the active material against lithium [V]."""
    return pybamm.FunctionParameter(names.OCP, {"Positive particle stoichiometry": stoichiometry})


def diffusivity(stoichiometry: pybamm.Symbol) -> pybamm.Symbol:
    """Lithium diffusivity as published [m2.s-1]."""
    return pybamm.FunctionParameter(
        names.DIFFUSIVITY,
        {"Positive particle stoichiometry": stoichiometry, "Temperature [K]": temperature()},
    )


def electronic_conductivity(stoichiometry: pybamm.Symbol) -> pybamm.Symbol:
    """Electronic conductivity of the active material [S.m-1]."""
    return pybamm.FunctionParameter(
        names.CONDUCTIVITY,
        {"Positive particle stoichiometry": stoichiometry, "Temperature [K]": temperature()},
    )


def exchange_current_density(stoichiometry: pybamm.Symbol) -> pybamm.Symbol:
    """Exchange-current density at a surface of given stoichiometry [A.m-2]."""
    c_max = pybamm.Parameter(names.MAXIMUM_CONCENTRATION)
    return pybamm.FunctionParameter(
        names.EXCHANGE_CURRENT,
        {
            "Electrolyte concentration [mol.m-3]": pybamm.Parameter(
                names.ELECTROLYTE_CONCENTRATION
            ),
            "Surface concentration [mol.m-3]": stoichiometry * c_max,
            "Maximum concentration [mol.m-3]": c_max,
            "Temperature [K]": temperature(),
        },
    )


def counter_overpotential(
    counter_electrode: str, current: pybamm.Symbol, active_area: float
) -> pybamm.Symbol:
    """Overpotential of the lithium electrode [V], positive on discharge.

    Parameters
    ----------
    counter_electrode : str
        ``"ideal"`` (stays at 0 V) or ``"lithium metal"``.
    current : pybamm.Symbol
        Terminal current, positive on discharge [A].
    active_area : float
        Reacting area of the positive electrode [m2], which the set's area ratio multiplies.
    """
    if counter_electrode == "ideal":
        return pybamm.Scalar(0)
    exchange = pybamm.FunctionParameter(
        names.LITHIUM_EXCHANGE_CURRENT,
        {
            "Electrolyte concentration [mol.m-3]": pybamm.Parameter(
                names.ELECTROLYTE_CONCENTRATION
            ),
            "Lithium metal concentration [mol.m-3]": 1
            / pybamm.Parameter(names.LITHIUM_MOLAR_VOLUME),
            "Temperature [K]": temperature(),
        },
    )
    density = current / (pybamm.Parameter(names.COUNTER_AREA_RATIO) * active_area)
    return symmetric_overpotential(exchange, density, temperature())
