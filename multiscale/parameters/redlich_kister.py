"""Redlich–Kister form of an open-circuit potential."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from scipy.constants import R, physical_constants

from multiscale.parameters.closed_forms import polynomial

FARADAY = physical_constants["Faraday constant"][0]


@dataclass(frozen=True)
class RedlichKister:
    """Open-circuit potential [V] of a solution with excess interactions.

    U = -mu/F with mu = G0 + RT ln(x/(1 - x)) + sum_i Om_i [(1 - 2x)^(i+1)
    - 2 i x (1 - x) (1 - 2x)^(i-1)]. The interactions are evaluated as one polynomial of
    1 - 2x, which has no 0^-1 at half lithiation. Infinite at x = 0 and 1: wrap it in
    :class:`~multiscale.parameters.closed_forms.StraightOutside` over the range of its fit.

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
