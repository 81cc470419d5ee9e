"""Published closed forms, kept finite and smooth outside the range they were fitted in.

High-order polynomials and double exponentials explode a few per cent beyond their data. A
kink where a form is cut off makes implicit solvers fail now and then, so every end here is
rounded over a stated width of stoichiometry.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np

from multiscale.parameters.laws import ClampedPolynomial, arrhenius, smooth_floor


class Form(Protocol):
    """A function of stoichiometry that knows its slope."""

    def __call__(self, sto: Any) -> Any:
        """Value at a stoichiometry (array or symbol)."""

    def derivative(self, sto: Any) -> Any:
        """Derivative with respect to stoichiometry."""


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
