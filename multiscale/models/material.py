"""The laws in the equations, as PyBaMM symbols; their values come from the parameter set.

Two readings of a published lithium diffusivity: chemical transport is Fick's law,
``J = -c_max D grad theta``. Thermodynamic transport multiplies D by the factor that Lun et al.
(SI, eqs. 8-12) derive from the chemical potential,
``J = -c_max (F/RT) theta D (-dU/dtheta) grad theta``. Which of the two a published D belongs to
decides whether Xu et al. (Joule 6, 2535 (2022)) comes out at all.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pybamm

from multiscale.errors import ModelError, is_one_of, unknown_name
from multiscale.fem.finite_element import Slope
from multiscale.parameters import names
from multiscale.parameters.laws import FARADAY, R

GAS_CONSTANT = R
COUNTER_ELECTRODES = ("ideal", "lithium metal")
TRANSPORT_FORMS = ("chemical", "thermodynamic")


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


def check_transport(transport: str) -> None:
    """Raise :class:`ModelError` unless ``transport`` is one of :data:`TRANSPORT_FORMS`."""
    if not is_one_of(transport, TRANSPORT_FORMS):
        raise ModelError(unknown_name("transport form", transport, TRANSPORT_FORMS))


def effective_diffusivity(transport: str, stoichiometry: pybamm.Symbol) -> pybamm.Symbol:
    """Coefficient of ``grad theta`` in the lithium flux divided by ``c_max`` [m2.s-1].

    Parameters
    ----------
    transport : str
        ``"chemical"`` or ``"thermodynamic"``.
    stoichiometry : pybamm.Symbol
        Lithium fraction (1 = lithiated).
    """
    check_transport(transport)
    if transport == "chemical":
        return diffusivity(stoichiometry)
    slope = Slope(open_circuit_potential(stoichiometry), stoichiometry)
    factor = FARADAY / (GAS_CONSTANT * temperature()) * stoichiometry
    return factor * diffusivity(stoichiometry) * (-slope)


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


def butler_volmer(i0: Any, overpotential: Any, alpha: Any, temperature: Any) -> Any:
    """Anodic current density of the Butler-Volmer equation [A.m-2].

    ``i = i0 [exp((1 - alpha) F eta / RT) - exp(-alpha F eta / RT)]``; positive when
    lithium leaves the particle (charge of a cathode).

    Parameters
    ----------
    i0 : array or pybamm.Symbol
        Exchange-current density [A.m-2].
    overpotential : array or pybamm.Symbol
        ``phi_s - phi_e - U`` [V].
    alpha : float or pybamm.Symbol
        Cathodic transfer coefficient, between 0 and 1.
    temperature : float or pybamm.Symbol
        Temperature [K].

    Notes
    -----
    Sharma et al., Nano Lett. 22, 5883 (2022), doi 10.1021/acs.nanolett.2c01818, eq. 1.

    Examples
    --------
    >>> round(float(butler_volmer(1.0, 0.05, 0.5, 298.15)), 3)
    2.268
    """
    scaled = FARADAY / (GAS_CONSTANT * temperature) * overpotential
    return i0 * (np.exp((1 - alpha) * scaled) - np.exp(-alpha * scaled))


def symmetric_overpotential(i0: Any, current_density: Any, temperature: Any) -> Any:
    """Overpotential [V] that drives ``current_density`` [A.m-2] at ``alpha = 1/2``.

    Examples
    --------
    >>> round(float(symmetric_overpotential(1.0, 2.269, 298.15)), 4)
    0.05
    """
    return 2 * GAS_CONSTANT * temperature / FARADAY * np.arcsinh(current_density / (2 * i0))


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
