"""Measured curves as material laws: monotone interpolation of a table."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Literal

import numpy as np
import pybamm
from scipy.interpolate import PchipInterpolator

from multiscale.errors import ParameterError

Extension = Literal["straight", "constant"]


@dataclass(frozen=True, repr=False)
class MonotoneTable:
    """Law through the points of a table, without overshoot (PCHIP), for arrays and symbols.

    Beyond its ends the law is a straight line: two extra points are laid on it, so that the
    law stays one piecewise cubic with a continuous slope, and the form given to PyBaMM (one
    ``pybamm.Interpolant``) is the form evaluated on arrays. Inside, only the first and the
    last interval differ from a PCHIP of the points alone, by the slope at the end.

    Parameters
    ----------
    x : sequence of float, shape (n,)
        Stoichiometry [-], strictly increasing, n >= 2.
    y : sequence of float, shape (n,)
        Values in the unit of the law; positive if ``log10``.
    log10 : bool
        Interpolate the decadic logarithm; the law then stays positive everywhere.
    below, above : {"straight", "constant"}
        How the table (its logarithm if ``log10``) goes on below its first and above its
        last point: in line with the two points next to it, or level.

    Raises
    ------
    ParameterError
        If the points are not finite, not increasing or, with ``log10``, not positive.

    Examples
    --------
    >>> law = MonotoneTable([0.2, 0.5, 0.9], [4.3, 3.9, 3.5])
    >>> float(law(0.5)), bool(law.derivative(0.5) < 0)
    (3.9, True)
    """

    x: Sequence[float]
    y: Sequence[float]
    log10: bool = False
    below: Extension = "straight"
    above: Extension = "straight"
    _nodes: tuple[np.ndarray, np.ndarray] = field(init=False, compare=False)

    def __post_init__(self) -> None:
        x, y = np.array(self.x, float), np.array(self.y, float)
        _check_points(x, y, self.log10)
        object.__setattr__(self, "x", tuple(x.tolist()))
        object.__setattr__(self, "y", tuple(y.tolist()))
        y = np.log10(y) if self.log10 else y
        object.__setattr__(self, "_nodes", _extended(x, y, self.below, self.above))

    def __repr__(self) -> str:
        low, high = self.valid_range
        return f"MonotoneTable({len(self.x)} points from {low:g} to {high:g}, log10={self.log10})"

    @property
    def valid_range(self) -> tuple[float, float]:
        """First and last stoichiometry of the table [-]."""
        return self.x[0], self.x[-1]

    @cached_property
    def _pchip(self) -> PchipInterpolator:
        return PchipInterpolator(*self._nodes)

    def _interpolated(self, sto: Any, order: int) -> Any:
        """The table (its logarithm if ``log10``), differentiated ``order`` times."""
        if isinstance(sto, pybamm.Symbol):
            name = f"table_{order}"
            x, y = self._nodes
            return pybamm.Interpolant(
                x, y, sto, name=name, interpolator="pchip", _num_derivatives=order
            )
        return self._pchip(sto, nu=order)

    def __call__(self, sto: Any) -> Any:
        """Value of the law at a stoichiometry (array or symbol), in the unit of ``y``."""
        value = self._interpolated(sto, 0)
        return 10**value if self.log10 else value

    def derivative(self, sto: Any) -> Any:
        """Derivative with respect to stoichiometry (array or symbol), in the unit of ``y``."""
        slope = self._interpolated(sto, 1)
        return np.log(10) * self(sto) * slope if self.log10 else slope


def _check_points(x: np.ndarray, y: np.ndarray, log10: bool) -> None:
    if x.ndim != 1 or x.shape != y.shape or len(x) < 2:
        raise ParameterError(
            f"A table needs two columns of equal length, at least 2 rows; got {x.shape}, {y.shape}"
        )
    if not (np.isfinite(x).all() and np.isfinite(y).all()):
        raise ParameterError("A table must hold finite numbers only")
    if (np.diff(x) <= 0).any():
        raise ParameterError("The first column of a table must increase from row to row")
    if log10 and (y <= 0).any():
        raise ParameterError("A table interpolated in its logarithm must be positive")


def _extended(
    x: np.ndarray, y: np.ndarray, below: Extension, above: Extension
) -> tuple[np.ndarray, np.ndarray]:
    """The points with two more at each end, on the straight lines the law follows there.

    Two, because a PCHIP interval is straight only if the intervals beside it are in line.
    """
    s0 = (y[1] - y[0]) / (x[1] - x[0]) if below == "straight" else 0.0
    s1 = (y[-1] - y[-2]) / (x[-1] - x[-2]) if above == "straight" else 0.0
    step0 = (x[1] - x[0]) * np.array([-2.0, -1.0])
    step1 = (x[-1] - x[-2]) * np.array([1.0, 2.0])
    nodes = np.r_[x[0] + step0, x, x[-1] + step1]
    return nodes, np.r_[y[0] + s0 * step0, y, y[-1] + s1 * step1]
