"""Transport properties of the electrolyte, in PyBaMM's signature ``(c_e, T)``.

Empirical forms of Landesfeind and Gasteiger, J. Electrochem. Soc. 166, A3079 (2019),
doi 10.1149/2.0571912jes, with their coefficients for LiPF6 in EC:DMC 1:1 by weight. LP30 of
the single-crystal papers is 1:1 by volume. Meant for use near 1 mol.L-1 and room temperature.

Nyman, Behm and Lindbergh, Electrochim. Acta 53, 6356 (2008),
doi 10.1016/j.electacta.2008.04.023, give the other laws (LiPF6 in EC:EMC 3:7 by weight), with the
activation energy of About:Energy's BPX example.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from multiscale.parameters.laws import arrhenius

_CONDUCTIVITY = (0.798, 228.0, -1.22, 0.509, -4e-3, 3.79e-3)
_DIFFUSIVITY = (1470.0, 1.33, -1690.0, -563.0)
_TRANSFERENCE = (-7.91, 0.245, 5.28e-2, 0.698, -1.08e-2, -8.21e-5, 7.43e-4, -2.22e-3, 3.07e-5)
_THERMODYNAMIC = (-5.58, 7.17, 3.80e-2, 1.91, -6.65e-2, -5.08e-5, 0.11, -6.10e-3, 1.51e-4)


def lp30_conductivity(c_e: Any, T: Any) -> Any:
    """Ionic conductivity [S.m-1] at a salt concentration [mol.m-3] and temperature [K].

    Examples
    --------
    >>> round(float(lp30_conductivity(1000.0, 298.15)), 3)
    1.182
    """
    p1, p2, p3, p4, p5, p6 = _CONDUCTIVITY
    c, boltzmann = c_e / 1000, np.exp(1000 / T)
    bracket = 1 + p3 * np.sqrt(c) + p4 * (1 + p5 * boltzmann) * c
    return 0.1 * p1 * (1 + T - p2) * c * bracket / (1 + c**4 * p6 * boltzmann)


def lp30_diffusivity(c_e: Any, T: Any) -> Any:
    """Salt diffusivity [m2.s-1] at a salt concentration [mol.m-3] and temperature [K].

    Examples
    --------
    >>> float(f"{lp30_diffusivity(1000.0, 298.15):.2e}")
    2.9e-10
    """
    p1, p2, p3, p4 = _DIFFUSIVITY
    c = c_e / 1000
    return 1e-10 * p1 * np.exp(p2 * c + p3 / T + p4 * c / T)


def lp30_transference(c_e: Any, T: Any) -> Any:
    """Cation transference number [-] at a salt concentration [mol.m-3] and temperature [K].

    Examples
    --------
    >>> round(float(lp30_transference(1000.0, 298.15)), 2)
    0.33
    """
    return _polynomial(_TRANSFERENCE, c_e / 1000, T)


def lp30_thermodynamic_factor(c_e: Any, T: Any) -> Any:
    """Thermodynamic factor [-] at a salt concentration [mol.m-3] and temperature [K].

    Examples
    --------
    >>> round(float(lp30_thermodynamic_factor(1000.0, 298.15)), 1)
    2.2
    """
    return _polynomial(_THERMODYNAMIC, c_e / 1000, T)


def _polynomial(p: tuple[float, ...], c: Any, T: Any) -> Any:
    """Polynomial of concentration [mol.L-1] and temperature [K] common to t+ and TDF."""
    linear = p[0] + p[1] * c + p[2] * T
    quadratic = p[3] * c**2 + p[4] * c * T + p[5] * T**2
    return linear + quadratic + p[6] * c**3 + p[7] * c**2 * T + p[8] * c * T**2


ACTIVATION_ENERGY = 17100.0  # [J.mol-1]
REFERENCE = 298.15  # [K]


def nyman_conductivity(c_e: Any, T: Any) -> Any:
    """Ionic conductivity [S.m-1] at a salt concentration [mol.m-3] and temperature [K].

    Examples
    --------
    >>> round(float(nyman_conductivity(1000.0, 298.15)), 3)
    0.949
    """
    c = c_e / 1000
    return (0.1297 * c**3 - 2.51 * c**1.5 + 3.329 * c) * arrhenius(ACTIVATION_ENERGY, T, REFERENCE)


def nyman_diffusivity(c_e: Any, T: Any) -> Any:
    """Salt diffusivity [m2.s-1] at a salt concentration [mol.m-3] and temperature [K].

    Examples
    --------
    >>> float(f"{nyman_diffusivity(1000.0, 298.15):.3g}")
    1.77e-10
    """
    c = c_e / 1000
    form = 8.794e-11 * c**2 - 3.972e-10 * c + 4.862e-10
    return form * arrhenius(ACTIVATION_ENERGY, T, REFERENCE)
