"""Material laws of layered oxides as closed forms: small callables in PyBaMM's signatures.

Every law serves arrays and ``pybamm`` symbols alike, because it is written with NumPy
ufuncs. Signatures are PyBaMM's: open-circuit potential ``U(sto)``, diffusivity and electronic
conductivity ``(sto, T)``. Stoichiometry 1 is fully lithiated. SI units throughout.

Published forms are kept finite and smooth outside the range they were fitted in: high-order
polynomials and double exponentials explode a few per cent beyond their data, and a kink where a
form is cut off makes implicit solvers fail now and then, so every end is rounded over a stated
width of stoichiometry. Exchange currents are in ``kinetics``, measured curves in ``tables``.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Protocol

import numpy as np
from scipy.constants import R, physical_constants

FARADAY = physical_constants["Faraday constant"][0]  # [C.mol-1]


class Form(Protocol):
    """A function of stoichiometry that knows its slope."""

    def __call__(self, sto: Any) -> Any:
        """Value at a stoichiometry (array or symbol)."""

    def derivative(self, sto: Any) -> Any:
        """Derivative with respect to stoichiometry."""


class Curve(Form, Protocol):
    """A law of stoichiometry alone that knows its slope and where it comes from."""

    @property
    def valid_range(self) -> tuple[float, float]:
        """Stoichiometries of the data [-]."""


def polynomial(coefficients: Sequence[float], x: Any) -> Any:
    """Value of a polynomial (highest power first) at an array or symbol.

    Examples
    --------
    >>> float(polynomial((1.0, 0.0, 2.0), 3.0))
    11.0
    """
    value = coefficients[0] + 0 * x
    for coefficient in coefficients[1:]:
        value = value * x + coefficient
    return value


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
        return polynomial(self.coefficients, smooth_clamp(sto, self.low, self.high, self.width))


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


@dataclass(frozen=True)
class PolynomialWithCliff:
    """Open-circuit potential [V]: polynomial - amplitude * exp(rate * sto^power).

    Only for 0 < sto up to about 1.05; wrap it in :class:`StraightOutside`.

    Parameters
    ----------
    coefficients : sequence of float
        Polynomial part [V], highest power first.
    amplitude, rate, power : float
        Cliff towards full lithiation: amplitude [V], the others [-].

    Examples
    --------
    >>> form = PolynomialWithCliff((-1.0, 4.5), 1e-3, 5.0, 40.0)
    >>> round(float(form(0.5)), 6), round(float(form.derivative(0.5)), 6)
    (3.999, -1.0)
    """

    coefficients: Sequence[float]
    amplitude: float
    rate: float
    power: float

    def __call__(self, sto: Any) -> Any:
        """Potential [V] at a stoichiometry (array or symbol)."""
        return polynomial(self.coefficients, sto) - self._cliff(sto)

    def derivative(self, sto: Any) -> Any:
        """dU/dsto [V] at a stoichiometry (array or symbol)."""
        n = len(self.coefficients) - 1
        slope = [(n - k) * c for k, c in enumerate(self.coefficients[:-1])]
        cliff = self._cliff(sto) * self.rate * self.power * sto ** (self.power - 1)
        return polynomial(slope, sto) - cliff

    def _cliff(self, sto: Any) -> Any:
        return self.amplitude * np.exp(self.rate * sto**self.power)


@dataclass(frozen=True)
class StraightOutside:
    """A closed form of the stoichiometry that goes on along its tangents outside a range.

    Each joint is rounded over ``width``, which changes the law by less than
    max |form''| * width**2 / 4. The law falls everywhere if the form falls between the ends.

    Parameters
    ----------
    form : PolynomialWithCliff or RedlichKister
        Any callable of the stoichiometry with a ``derivative``.
    low, high : float
        Range of stoichiometry [-] in which the form is used.
    width : float
        Rounding of the joints [-].

    Examples
    --------
    >>> form = PolynomialWithCliff((1.0, -3.0, 6.0), 0.0, 1.0, 2.0)
    >>> law = StraightOutside(form, 0.25, 1.0)
    >>> round(float(law(0.5)), 6), round(float(law(0.0) - law(0.05)), 6)
    (4.75, 0.125)
    """

    form: Form
    low: float
    high: float
    width: float = 1e-4

    @property
    def valid_range(self) -> tuple[float, float]:
        """Stoichiometries between which the form is used as it is [-]."""
        return self.low, self.high

    def __call__(self, sto: Any) -> Any:
        """Value at a stoichiometry (array or symbol)."""
        above = smooth_floor(sto, self.low, self.width)
        inside = -smooth_floor(-above, -self.high, self.width)
        at_low, at_high = self.form.derivative(self.low), self.form.derivative(self.high)
        return self.form(inside) + at_low * (sto - above) + at_high * (above - inside)

    def derivative(self, sto: Any) -> Any:
        """Derivative with respect to stoichiometry (array or symbol)."""
        above = smooth_floor(sto, self.low, self.width)
        inside = -smooth_floor(-above, -self.high, self.width)
        d_above = self._step(sto - self.low)
        d_inside = d_above * self._step(self.high - above)
        at_low, at_high = self.form.derivative(self.low), self.form.derivative(self.high)
        tangents = at_low * (1 - d_above) + at_high * (d_above - d_inside)
        return self.form.derivative(inside) * d_inside + tangents

    def _step(self, distance: Any) -> Any:
        """Derivative of the smooth floor: from 0 to 1 over the width."""
        return 0.5 * (1 + distance / np.sqrt(distance**2 + self.width**2))


@dataclass(frozen=True)
class DecadicPolynomial:
    """Law ``scale * 10^P(sto)`` in the signature ``(sto, T)``, level outside the range of P.

    Parameters
    ----------
    exponent : ClampedPolynomial
        P, the decadic logarithm of the law in its unit.
    scale : float
        Factor on the whole law [-].

    Examples
    --------
    >>> law = DecadicPolynomial(ClampedPolynomial((-2.0, -14.0), 0.0, 1.0), scale=3.0)
    >>> float(f"{law(0.5, 298.15):.4g}")
    3e-15
    """

    exponent: ClampedPolynomial
    scale: float = 1.0

    @property
    def valid_range(self) -> tuple[float, float]:
        """Range of stoichiometry in which the polynomial is used as it is [-]."""
        return self.exponent.valid_range

    def __call__(self, sto: Any, T: Any) -> Any:
        """Value at stoichiometry and temperature [K] (not used)."""
        return self.scale * 10 ** self.exponent(sto)


@dataclass(frozen=True)
class TanhSum:
    """Open-circuit potential [V]: a straight line and steps, constant + slope * sto + steps.

    Each step is amplitude * tanh(rate * (sto - centre)). Finite everywhere and straight far
    away, so that it needs no ends.

    Parameters
    ----------
    constant, slope : float
        Straight part [V].
    steps : sequence of (float, float, float)
        Amplitude [V], rate [-] and centre [-] of each.
    valid_range : tuple of float
        Stoichiometries of the fit [-].

    Examples
    --------
    >>> form = TanhSum(4.5, -0.8, [(-0.1, 20.0, 0.5)], (0.2, 0.9))
    >>> round(float(form(0.5)), 6), round(float(form.derivative(0.5)), 6)
    (4.1, -2.8)
    """

    constant: float
    slope: float
    steps: Sequence[tuple[float, float, float]]
    valid_range: tuple[float, float]

    def __call__(self, sto: Any) -> Any:
        """Potential [V] at a stoichiometry (array or symbol)."""
        value = self.slope * sto + self.constant
        for amplitude, rate, centre in self.steps:
            value = value + amplitude * np.tanh(rate * (sto - centre))
        return value

    def derivative(self, sto: Any) -> Any:
        """dU/dsto [V] at a stoichiometry (array or symbol)."""
        value = self.slope + 0 * sto
        for amplitude, rate, centre in self.steps:
            value = value + amplitude * rate * (1 - np.tanh(rate * (sto - centre)) ** 2)
        return value


@dataclass(frozen=True)
class GaussianDecades:
    """Diffusivity [m2.s-1] with dips: scale * 10^(level + dips), thermally activated.

    Each dip is depth * exp(-(sto - centre)^2 / spread) in decades. Smooth and level far from
    the dips, so that it needs no ends.

    Parameters
    ----------
    level : float
        Decadic logarithm far from the dips.
    dips : sequence of (float, float, float)
        Depth (negative, decades), centre and spread [-] of each.
    scale : float
        Factor on the whole law [-].
    activation_energy, reference : float
        [J.mol-1] and the temperature at which the form holds [K].

    Examples
    --------
    >>> law = GaussianDecades(-14.0, [(-1.0, 0.8, 0.1)])
    >>> float(f"{law(0.8, 298.15):.4g}")
    1e-15
    """

    level: float
    dips: Sequence[tuple[float, float, float]]
    scale: float = 1.0
    activation_energy: float = 0.0
    reference: float = 298.15

    def __call__(self, sto: Any, T: Any) -> Any:
        """Diffusivity [m2.s-1] at stoichiometry and temperature [K]."""
        decades = self.level + 0 * sto
        for depth, centre, spread in self.dips:
            decades = decades + depth * np.exp(-((sto - centre) ** 2) / spread)
        value = self.scale * 10**decades
        return value * arrhenius(self.activation_energy, T, self.reference)


@dataclass(frozen=True)
class RedlichKister:
    """Open-circuit potential [V] of a solution with excess interactions.

    U = -mu/F with mu = G0 + RT ln(x/(1 - x)) + sum_i Om_i [(1 - 2x)^(i+1)
    - 2 i x (1 - x) (1 - 2x)^(i-1)]. The interactions are evaluated as one polynomial of
    1 - 2x, which has no 0^-1 at half lithiation. Infinite at x = 0 and 1: wrap it in
    :class:`~multiscale.parameters.laws.StraightOutside` over the range of its fit.

    Parameters
    ----------
    standard : float
        G0 [J.mol-1].
    interactions : sequence of float
        Om_0, Om_1, ... [J.mol-1].
    temperature : float
        T of the fit [K].

    References
    ----------
    Yao and Viswanathan, J. Phys. Chem. Lett. 15, 1143 (2024), doi 10.1021/acs.jpclett.3c03129.

    Examples
    --------
    >>> ideal = RedlichKister(-4 * FARADAY, ())
    >>> round(float(ideal(0.5)), 9), round(float(ideal.derivative(0.5)), 4)
    (4.0, -0.1034)
    """

    standard: float
    interactions: Sequence[float]
    temperature: float = 300.0

    @cached_property
    def _excess(self) -> tuple[float, ...]:
        """Coefficients in 1 - 2x, highest power first [J.mol-1]; x (1 - x) is (1 - u^2)/4."""
        rising = np.zeros(len(self.interactions) + 1)
        for i, strength in enumerate(self.interactions):
            rising[i + 1] += strength * (1 + i / 2)
            if i:
                rising[i - 1] -= strength * i / 2
        return tuple(rising[::-1].tolist())

    def __call__(self, sto: Any) -> Any:
        """Potential [V] at a stoichiometry (array or symbol)."""
        mixing = R * self.temperature * np.log(sto / (1 - sto))
        return -(self.standard + mixing + polynomial(self._excess, 1 - 2 * sto)) / FARADAY

    def derivative(self, sto: Any) -> Any:
        """dU/dsto [V] at a stoichiometry (array or symbol)."""
        order = len(self._excess) - 1
        slope = [(order - k) * c for k, c in enumerate(self._excess[:-1])] or [0.0]
        mixing = R * self.temperature / (sto * (1 - sto))
        return -(mixing - 2 * polynomial(slope, 1 - 2 * sto)) / FARADAY
