"""Material laws of layered oxides: small callables in PyBaMM's signatures.

Every law serves arrays and ``pybamm`` symbols alike, because it is written with NumPy
ufuncs. Signatures are PyBaMM's: open-circuit potential ``U(sto)``, diffusivity and electronic
conductivity ``(sto, T)``, exchange-current density ``(c_e, c_s_surf, c_s_max, T)``.
Stoichiometry 1 is fully lithiated. SI units throughout.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
from scipy.constants import R


class Curve(Protocol):
    """A law of stoichiometry alone that knows its slope and where it comes from."""

    @property
    def valid_range(self) -> tuple[float, float]:
        """Stoichiometries of the data [-]."""

    def __call__(self, sto: Any) -> Any:
        """Value at a stoichiometry (array or symbol)."""

    def derivative(self, sto: Any) -> Any:
        """Derivative with respect to stoichiometry."""


def arrhenius(activation_energy: float, T: Any, reference: float) -> Any:
    """Arrhenius factor [-], one at the reference temperature.

    Parameters
    ----------
    activation_energy : float
        [J.mol-1]; positive for a law that grows with temperature.
    T : array or pybamm.Symbol
        Temperature [K].
    reference : float
        Temperature at which the law was measured [K].

    Examples
    --------
    >>> float(arrhenius(30e3, 298.15, 298.15))
    1.0
    """
    return np.exp(activation_energy / R * (1 / reference - 1 / T))


def smooth_floor(value: Any, floor: float, width: float) -> Any:
    """``value`` where it is well above ``floor``, smoothly levelling off to ``floor`` below.

    The error against ``max(value, floor)`` is ``width / 2`` at the corner and
    ``width**2 / (4 * distance)`` away from it. Smooth, because a kink where a half cycle
    ends makes implicit solvers fail now and then.

    Examples
    --------
    >>> [round(float(v), 6) for v in smooth_floor(np.array([-1.0, 0.5]), 1e-3, 2e-4)]
    [0.001, 0.5]
    """
    above = value - floor
    return floor + 0.5 * (above + np.sqrt(above**2 + width**2))


def smooth_clamp(value: Any, low: float, high: float, width: float = 1e-3) -> Any:
    """``value`` held smoothly between ``low`` and ``high`` (see :func:`smooth_floor`).

    Examples
    --------
    >>> [round(float(v), 3) for v in smooth_clamp(np.array([-1.0, 0.6, 2.0]), 0.3, 0.98)]
    [0.3, 0.6, 0.98]
    """
    return -smooth_floor(-smooth_floor(value, low, width), -high, width)


@dataclass(frozen=True)
class GuardedOCP:
    """Open-circuit potential [V] of a curve, with a cliff at full lithiation.

    U(sto) = table(sto) - amplitude * log(1 + exp((sto - 1) / width)). Measured curves stop
    before sto = 1 or stay above the discharge limit there, so that a discharge would never
    end; the guard brings the potential down within a few widths of sto = 1 and is below
    amplitude * exp((sto - 1) / width) before. Beyond sto = 1 it is a straight line, which
    keeps Newton iterations finite up to sto = 1 + 700 * width.

    Parameters
    ----------
    table : MonotoneTable or StraightOutside
        Measured part, with a derivative; falling with stoichiometry.
    amplitude, width : float
        Amplitude [V] and width [-] of the guard.

    Examples
    --------
    >>> from multiscale.parameters.tables import MonotoneTable
    >>> law = GuardedOCP.falling_to(3.0, MonotoneTable([0.2, 0.9], [4.3, 3.6]), width=0.002)
    >>> round(float(law(1.0)), 9), round(float(law(0.9)), 9)
    (3.0, 3.6)
    """

    table: Curve
    amplitude: float
    width: float

    @classmethod
    def falling_to(cls, voltage: float, table: Curve, width: float) -> GuardedOCP:
        """The guard whose potential is ``voltage`` [V] at sto = 1."""
        return cls(table, float((table(1.0) - voltage) / np.log(2)), width)

    @property
    def valid_range(self) -> tuple[float, float]:
        """Stoichiometries between which the law follows its table [-]."""
        return self.table.valid_range

    def __call__(self, sto: Any) -> Any:
        """Open-circuit potential against lithium [V] at a stoichiometry (array or symbol)."""
        return self.table(sto) - self.amplitude * np.log(1 + np.exp((sto - 1) / self.width))

    def derivative(self, sto: Any) -> Any:
        """dU/dsto [V] at a stoichiometry (array or symbol); negative."""
        # The logistic function as a tanh, which cannot overflow.
        step = 0.5 * (1 + np.tanh((sto - 1) / (2 * self.width)))
        return self.table.derivative(sto) - self.amplitude / self.width * step


@dataclass(frozen=True)
class DivacancyDiffusivity:
    """Diffusivity [m2.s-1] that needs two neighbouring vacancies: D ~ (1 - sto)^2.

    D = reference * scale * ((1 - sto) / vacancy)^2, with 1 - sto kept smoothly above
    ``floor``. Form after Sharma et al., Nano Lett. 22, 5883 (2022),
    doi 10.1021/acs.nanolett.2c01818, which cites Van der Ven et al. (2013).

    Parameters
    ----------
    reference : float
        Diffusivity [m2.s-1] at the vacancy fraction ``vacancy``.
    vacancy : float
        Vacancy fraction 1 - sto of the reference [-].
    scale : float
        Factor on the whole law [-].
    floor : float
        Smallest vacancy fraction [-].

    Examples
    --------
    >>> law = DivacancyDiffusivity(1e-18)
    >>> float(f"{law(0.97, 295.15):.3g}"), float(f"{law(0.77, 295.15):.3g}")
    (1e-18, 5.88e-17)
    """

    reference: float
    vacancy: float = 0.03
    scale: float = 1.0
    floor: float = 1e-3

    def __call__(self, sto: Any, T: Any) -> Any:
        """Diffusivity [m2.s-1] at stoichiometry and temperature [K] (not used)."""
        vacancies = smooth_floor(1 - sto, self.floor, 0.2 * self.floor)
        return self.reference * self.scale * (vacancies / self.vacancy) ** 2


@dataclass(frozen=True)
class ExponentialPlateauDiffusivity:
    """Diffusivity [m2.s-1] that rises exponentially on delithiation up to a plateau.

    1/D = 1/(full * 10^(decades * (1 - sto))) + 1/plateau.

    Examples
    --------
    >>> law = ExponentialPlateauDiffusivity(1e-18, 9.5, 1e-16)
    >>> float(f"{law(1.0, 295.15):.2g}"), float(f"{law(0.3, 295.15):.2g}")
    (9.9e-19, 1e-16)
    """

    full: float
    decades: float
    plateau: float

    def __call__(self, sto: Any, T: Any) -> Any:
        """Diffusivity [m2.s-1] at stoichiometry and temperature [K] (not used)."""
        return 1 / (10 ** (-self.decades * (1 - sto)) / self.full + 1 / self.plateau)


@dataclass(frozen=True)
class Constant:
    """The same value at every stoichiometry; for diffusivity and conductivity.

    Parameters
    ----------
    value : float
        Value at the reference temperature.
    activation_energy : float
        [J.mol-1]; zero for a value whose temperature dependence is not known.
    reference : float
        Temperature at which ``value`` holds [K].

    Examples
    --------
    >>> Constant(1e-17)(np.array([0.2, 0.9]), 298.15).tolist()
    [1e-17, 1e-17]
    """

    value: float
    activation_energy: float = 0.0
    reference: float = 298.15

    def __call__(self, sto: Any, T: Any) -> Any:
        """The value, in the shape of the stoichiometry, at a temperature [K]."""
        if self.activation_energy == 0:
            return self.value + 0 * sto
        return self.value * arrhenius(self.activation_energy, T, self.reference) + 0 * sto


@dataclass(frozen=True)
class ClampedPolynomial:
    """Polynomial of the stoichiometry, held at its end values outside its range.

    High-order fits explode outside the data they were made from.

    Parameters
    ----------
    coefficients : sequence of float
        Highest power first.
    low, high : float
        Range of stoichiometry [-] in which the fit holds.
    width : float
        Rounding of the ends of the range [-]; narrow for a fit that is steep there.

    Examples
    --------
    >>> law = ClampedPolynomial((1.0, 0.0), 0.3, 0.98)
    >>> [round(float(law(sto)), 3) for sto in (0.1, 0.5, 2.0)]
    [0.3, 0.5, 0.98]
    """

    coefficients: Sequence[float]
    low: float
    high: float
    width: float = 1e-3

    @property
    def valid_range(self) -> tuple[float, float]:
        """Range of stoichiometry in which the polynomial is used as it is [-]."""
        return self.low, self.high

    def __call__(self, sto: Any) -> Any:
        """Value at a stoichiometry (array or symbol)."""
        inside = smooth_clamp(sto, self.low, self.high, self.width)
        value = self.coefficients[0] + 0 * inside
        for coefficient in self.coefficients[1:]:
            value = value * inside + coefficient
        return value


@dataclass(frozen=True)
class OfStoichiometry:
    """A law of stoichiometry alone in the signature ``(sto, T)``, optionally thermally activated.

    Parameters
    ----------
    law : callable
        ``law(sto)``, for example a :class:`MonotoneTable`.
    activation_energy : float
        [J.mol-1]; zero for a law whose temperature dependence is not known.
    reference : float
        Temperature at which ``law`` holds [K].

    Examples
    --------
    >>> from multiscale.parameters.tables import MonotoneTable
    >>> law = OfStoichiometry(MonotoneTable([0.4, 1.0], [1.0, 0.01], log10=True))
    >>> round(float(law(0.7, 295.15)), 6)
    0.1
    """

    law: Callable[[Any], Any]
    activation_energy: float = 0.0
    reference: float = 298.15

    def __call__(self, sto: Any, T: Any) -> Any:
        """Value at stoichiometry and temperature [K]."""
        if self.activation_energy == 0:
            return self.law(sto)
        return self.law(sto) * arrhenius(self.activation_energy, T, self.reference)
