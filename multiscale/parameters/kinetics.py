"""Exchange-current densities, in PyBaMM's signature ``(c_e, c_s_surf, c_s_max, T)``.

All values in A.m-2 per true reactive area; concentrations in mol.m-3, temperature in K.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from multiscale.parameters.laws import FARADAY, ClampedPolynomial, arrhenius, smooth_floor

# A. Ombrini's fit to operando muon data of McClelland et al., Chem. Mater. 35, 4149 (2023),
# as implemented in MPET (MIT licence), file NMC811_KaranthWeijers24; highest power first.
NMC811_AUTOCATALYTIC = ClampedPolynomial(
    (87.15, -445.05, 815.43, -669.95, 236.09, -23.67), low=0.3, high=0.98
)


# A. M. Colclasure et al., Electrochim. Acta 337, 135854 (2020), as implemented in MPET (MIT
# licence), file BV_Colclasure20; tenths of A.m-2 at 1.2 mol.L-1, highest power first.
NMC532_COLCLASURE = ClampedPolynomial(
    (165.0, -752.4, 1241.0, -941.7, 325.0, -35.85), low=0.3, high=0.97
)


@dataclass(frozen=True)
class PolynomialExchange:
    """Exchange current [A.m-2] given by a polynomial of the surface stoichiometry.

    j0 = factor * polynomial(sto) * (c_e / reference)^0.5.

    Parameters
    ----------
    polynomial : ClampedPolynomial
        Value at ``factor`` = 1 and the reference electrolyte concentration [A.m-2].
    factor : float
        Sensitivity factor [-].
    reference : float
        Electrolyte concentration of the polynomial [mol.m-3].

    Examples
    --------
    >>> law = PolynomialExchange(NMC532_COLCLASURE, factor=10.0, reference=1200.0)
    >>> round(float(law(1200.0, 0.5 * 49000, 49000, 298.15)), 1)
    44.8
    """

    polynomial: ClampedPolynomial
    factor: float = 1.0
    reference: float = 1000.0

    @property
    def valid_range(self) -> tuple[float, float]:
        """Range of surface stoichiometry of the fit [-]."""
        return self.polynomial.valid_range

    def __call__(self, c_e: Any, c_s_surf: Any, c_s_max: Any, T: Any) -> Any:
        """Exchange-current density [A.m-2]; the temperature is not used."""
        return self.factor * self.polynomial(c_s_surf / c_s_max) * (c_e / self.reference) ** 0.5


@dataclass(frozen=True)
class AutocatalyticExchange(PolynomialExchange):
    """A polynomial exchange current that rises by more than a decade on delithiation.

    Electro-autocatalysis: a surface that has given up lithium reacts faster (Park et al.,
    Nat. Mater. 20, 991 (2021), doi 10.1038/s41563-021-00936-1).

    Examples
    --------
    >>> law = AutocatalyticExchange(NMC811_AUTOCATALYTIC)
    >>> round(float(law(1000.0, 0.5 * 49042, 49042, 298.15)), 2)
    3.72
    """


@dataclass(frozen=True)
class SigmoidExchange:
    """Electro-autocatalytic exchange current [A.m-2] of Park et al.: a sigmoid of sto.

    j0 = maximum * (c_e / reference) / (1 + exp(steepness * (sto - centre))), after Park et
    al., Nat. Mater. 20, 991 (2021), as implemented in MPET (MIT licence), file
    BV_NMC_Park2021; the activity there is taken as c_e / reference here.

    Parameters
    ----------
    maximum : float
        Value far below ``centre`` at the reference concentration [A.m-2]; no value of it is
        published.
    steepness, centre : float
        [-]; 25 and 0.6 in MPET, 19 and 0.68 in another version in circulation.
    reference : float
        Electrolyte concentration of ``maximum`` [mol.m-3].

    Examples
    --------
    >>> law = SigmoidExchange(1.0)
    >>> [float(f"{law(1000.0, sto, 1.0, 298.15):.2g}") for sto in (0.5, 0.8, 0.9)]
    [0.92, 0.0067, 0.00055]
    """

    maximum: float
    steepness: float = 25.0
    centre: float = 0.6
    reference: float = 1000.0

    def __call__(self, c_e: Any, c_s_surf: Any, c_s_max: Any, T: Any) -> Any:
        """Exchange-current density [A.m-2]; the temperature is not used."""
        closed = 1 + np.exp(self.steepness * (c_s_surf / c_s_max - self.centre))
        return self.maximum * (c_e / self.reference) / closed


@dataclass(frozen=True)
class DecadesExchange:
    """Exchange current [A.m-2] that rises by a given number of decades on delithiation.

    j0 = maximum * (c_e / reference)^0.5 * 10^(-decades / (1 + exp(-(sto - centre) / width))):
    a sigmoid of the logarithm, for studies of electro-autocatalysis. The form is ours.

    Parameters
    ----------
    maximum : float
        Value far below ``centre`` at the reference concentration [A.m-2].
    decades : float
        Decades between the delithiated and the lithiated side [-].
    centre, width : float
        Stoichiometry of half the decades, and the width of the step [-].
    reference : float
        Electrolyte concentration of ``maximum`` [mol.m-3].

    Examples
    --------
    >>> law = DecadesExchange(5.0, decades=2.0, centre=0.9, width=0.03)
    >>> [round(float(law(1000.0, sto, 1.0, 298.15)), 3) for sto in (0.3, 0.9)]
    [5.0, 0.5]
    """

    maximum: float
    decades: float
    centre: float
    width: float
    reference: float = 1000.0

    def __call__(self, c_e: Any, c_s_surf: Any, c_s_max: Any, T: Any) -> Any:
        """Exchange-current density [A.m-2]; the temperature is not used."""
        # the logistic function as a tanh, which cannot overflow
        step = 0.5 * (1 + np.tanh((c_s_surf / c_s_max - self.centre) / (2 * self.width)))
        return self.maximum * (c_e / self.reference) ** 0.5 * 10 ** (-self.decades * step)


@dataclass(frozen=True)
class SymmetricExchange:
    """Exchange current [A.m-2] of the standard concentration form, transfer coefficient 1/2.

    j0 = 2 * half * (sto * (1 - sto))^0.5 * (c_e / reference)^0.5 * Arrhenius factor, with
    sto and 1 - sto kept smoothly above ``floor``.

    Parameters
    ----------
    half : float
        Value at sto = 0.5, the reference concentration and temperature [A.m-2].
    reference : float
        Electrolyte concentration of ``half`` [mol.m-3].
    activation_energy, temperature : float
        [J.mol-1] and the temperature at which ``half`` holds [K].
    floor : float
        Smallest sto and 1 - sto [-].

    Examples
    --------
    >>> round(float(SymmetricExchange(1.0)(1000.0, 0.9, 1.0, 298.15)), 4)
    0.6
    """

    half: float
    reference: float = 1000.0
    activation_energy: float = 0.0
    temperature: float = 298.15
    floor: float = 1e-4

    def __call__(self, c_e: Any, c_s_surf: Any, c_s_max: Any, T: Any) -> Any:
        """Exchange-current density [A.m-2]."""
        sto = smooth_floor(c_s_surf / c_s_max, self.floor, 0.2 * self.floor)
        vacancies = smooth_floor(1 - c_s_surf / c_s_max, self.floor, 0.2 * self.floor)
        j0 = 2 * self.half * np.sqrt(sto * vacancies * c_e / self.reference)
        if self.activation_energy == 0:
            return j0
        return j0 * arrhenius(self.activation_energy, T, self.temperature)


@dataclass(frozen=True)
class AsymmetricExchange:
    """Exchange current [A.m-2] of the concentration form with any transfer coefficient.

    j0 = full * (c_e / reference)^(1 - alpha) * sto^alpha * (1 - sto)^(1 - alpha) * Arrhenius
    factor, with sto and 1 - sto kept smoothly above ``floor``.

    Parameters
    ----------
    full : float
        Prefactor at the reference concentration and temperature [A.m-2].
    alpha : float
        Cathodic transfer coefficient [-].
    reference : float
        Electrolyte concentration of ``full`` [mol.m-3].
    activation_energy, temperature : float
        [J.mol-1] and the temperature at which ``full`` holds [K].
    floor : float
        Smallest sto and 1 - sto [-].

    Examples
    --------
    >>> law = AsymmetricExchange(5.028, alpha=0.43)
    >>> [round(float(law(1000.0, sto, 1.0, 298.15)), 2) for sto in (0.5, 0.9)]
    [2.51, 1.29]
    """

    full: float
    alpha: float
    reference: float = 1000.0
    activation_energy: float = 0.0
    temperature: float = 298.15
    floor: float = 1e-4

    def __call__(self, c_e: Any, c_s_surf: Any, c_s_max: Any, T: Any) -> Any:
        """Exchange-current density [A.m-2]."""
        sto = smooth_floor(c_s_surf / c_s_max, self.floor, 0.2 * self.floor)
        vacancies = smooth_floor(1 - c_s_surf / c_s_max, self.floor, 0.2 * self.floor)
        salt_and_vacancies = (vacancies * c_e / self.reference) ** (1 - self.alpha)
        j0 = self.full * sto**self.alpha * salt_and_vacancies
        return j0 * arrhenius(self.activation_energy, T, self.temperature)


def lithium_metal_exchange_Xu2019(c_e: Any, c_Li: Any, T: Any) -> Any:
    """Exchange-current density of lithium metal in a carbonate electrolyte [A.m-2].

    3.5e-8 * F * c_Li^0.7 * c_e^0.3, after S. Xu et al., J. Electrochem. Soc. 166, A3456
    (2019), as in PyBaMM's parameter set ``Xu2019``. Concentrations in mol.m-3; the
    temperature is not used.

    Examples
    --------
    >>> round(float(lithium_metal_exchange_Xu2019(1000.0, 1 / 1.3e-5, 298.15)), 1)
    70.6
    """
    return 3.5e-8 * FARADAY * c_Li**0.7 * c_e**0.3
