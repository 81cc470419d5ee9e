"""Transport properties of LiPF6 in EC:EMC 3:7 by weight, in PyBaMM's signature ``(c_e, T)``.

Nyman, Behm and Lindbergh, Electrochim. Acta 53, 6356 (2008),
doi 10.1016/j.electacta.2008.04.023, with the activation energy of About:Energy's BPX example.
"""

from __future__ import annotations

from typing import Any

from multiscale.parameters.laws import arrhenius

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
