"""Charge transfer between the active material and the electrolyte."""

from __future__ import annotations

from typing import Any

import numpy as np

from multiscale.parameters.laws import FARADAY, R

GAS_CONSTANT = R


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
