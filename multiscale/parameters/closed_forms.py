"""Published closed forms, kept finite and smooth outside the range they were fitted in.

High-order polynomials and double exponentials explode a few per cent beyond their data. A
kink where a form is cut off makes implicit solvers fail now and then, so every end here is
rounded over a stated width of stoichiometry.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from multiscale.parameters.laws import ClampedPolynomial, smooth_floor


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
    form : PolynomialWithCliff
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

    form: PolynomialWithCliff
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
