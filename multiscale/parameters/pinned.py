"""A conductivity whose value at full lithiation is a parameter of its own."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pybamm
from scipy.interpolate import PchipInterpolator

from multiscale.errors import ParameterError


@dataclass(frozen=True)
class PinnedConductivity:
    """Monotone cubic (PCHIP) in the logarithm whose last point, at sto = 1, is free.

    The other points are fixed and fall with stoichiometry. For any value at sto = 1 the
    curve between the first point and 1 is the PCHIP of all points, level below the first
    and, in the logarithm, straight along the tangent beyond 1.

    Parameters
    ----------
    sto : sequence of float, shape (n,)
        Stoichiometries of the fixed points, increasing and below 1, n >= 3.
    values : sequence of float, shape (n,)
        Conductivity there [S.m-1], falling and positive.
    full : float
        Conductivity at sto = 1 [S.m-1]. With ``parameter``, only what arrays are given.
    parameter : str, optional
        Name of the parameter that holds the value at sto = 1 in a model; overriding that
        one number then changes the curve.

    Raises
    ------
    ParameterError
        If the points do not rise in stoichiometry and fall in conductivity.

    Examples
    --------
    >>> law = PinnedConductivity([0.25, 0.5, 0.9], [1.0, 0.1, 0.01], full=1e-5)
    >>> [round(float(np.log10(law(sto, 298.15))), 6) for sto in (0.0, 0.5, 1.0)]
    [0.0, -1.0, -5.0]
    """

    sto: Sequence[float]
    values: Sequence[float]
    full: float
    parameter: str = ""

    def __post_init__(self) -> None:
        sto, values = np.array(self.sto, float), np.array(self.values, float)
        if sto.shape != values.shape or sto.size < 3 or not (np.r_[values, self.full] > 0).all():
            raise ParameterError("A pinned table needs at least 3 points, all values positive")
        if not (np.diff(np.r_[sto, 1.0]) > 0).all() or not (np.diff(values) < 0).all():
            raise ParameterError("The points must increase towards sto = 1 and their values fall")
        object.__setattr__(self, "sto", tuple(sto.tolist()))
        object.__setattr__(self, "values", tuple(values.tolist()))

    @property
    def valid_range(self) -> tuple[float, float]:
        """First fixed point and full lithiation [-]."""
        return self.sto[0], 1.0

    def __call__(self, sto: Any, T: Any) -> Any:
        """Conductivity [S.m-1] at a stoichiometry (array or symbol); T [K] is not used."""
        x = np.r_[self.sto, 1.0]
        y, d = self._heights_and_slopes(self._full(sto))
        value = y[0] + d[-1] * np.maximum(sto - 1, 0)
        for k, width in enumerate(np.diff(x)):
            part = np.minimum(np.maximum((sto - x[k]) / width, 0), 1)
            value = value + _rise(part, y[k + 1] - y[k], width * d[k], width * d[k + 1])
        return 10**value

    def _full(self, sto: Any) -> Any:
        """Value at sto = 1: the parameter in a model, a number for arrays."""
        if self.parameter and isinstance(sto, pybamm.Symbol):
            return pybamm.Parameter(self.parameter)
        return self.full

    def _heights_and_slopes(self, full: Any) -> tuple[list[Any], list[Any]]:
        """log10 at the points and its PCHIP slopes; the last two depend on ``full``."""
        x, y = np.r_[self.sto, 1.0], np.log10(self.values)
        last = np.log(full) / np.log(10)
        # level below the first point, hence one more point there
        slopes = PchipInterpolator(np.r_[x[0] - 1, x[:-1]], np.r_[y[0], y]).derivative()(x[:-2])
        h1, h0 = np.diff(x)[-2:]
        m1, m0 = (y[-1] - y[-2]) / h1, (last - y[-1]) / h0
        # PCHIP: weighted harmonic mean, zero where the secants differ in sign (m1 < 0)
        down = np.minimum(m0, 0)
        w1, w0 = 2 * h0 + h1, h0 + 2 * h1
        middle = (w1 + w0) * m1 * down / (w1 * down + w0 * m1)
        # PCHIP at an end: three points, held between zero and three secants
        three = ((2 * h0 + h1) * m0 - h0 * m1) / (h0 + h1)
        end = np.minimum(three, np.maximum(3 * m0, 0))
        return [*y, last], [*slopes, middle, end]


def _rise(part: Any, height: Any, start: Any, end: Any) -> Any:
    """Cubic from 0 to ``height`` while ``part`` goes from 0 to 1, with slopes at both ends."""
    return part * (
        start + part * (3 * height - 2 * start - end + part * (start + end - 2 * height))
    )
