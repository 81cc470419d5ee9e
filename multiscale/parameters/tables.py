"""Measured curves as material laws: monotone interpolation, activated or pinned at one end."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Literal

import numpy as np
import pybamm
from scipy.interpolate import PchipInterpolator

from multiscale.errors import ParameterError
from multiscale.parameters.laws import FARADAY, R, arrhenius

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
        if x.ndim != 1 or x.shape != y.shape or len(x) < 2:
            raise ParameterError(
                "A table needs two columns of equal length, at least 2 rows; got "
                f"{x.shape}, {y.shape}"
            )
        if not (np.isfinite(x).all() and np.isfinite(y).all()):
            raise ParameterError("A table must hold finite numbers only")
        if (np.diff(x) <= 0).any():
            raise ParameterError("The first column of a table must increase from row to row")
        if self.log10 and (y <= 0).any():
            raise ParameterError("A table interpolated in its logarithm must be positive")
        object.__setattr__(self, "x", tuple(x.tolist()))
        object.__setattr__(self, "y", tuple(y.tolist()))
        y = np.log10(y) if self.log10 else y
        # two more points at each end, on the straight lines the law follows there: a PCHIP
        # interval is straight only if the intervals beside it are in line
        s0 = (y[1] - y[0]) / (x[1] - x[0]) if self.below == "straight" else 0.0
        s1 = (y[-1] - y[-2]) / (x[-1] - x[-2]) if self.above == "straight" else 0.0
        step0 = (x[1] - x[0]) * np.array([-2.0, -1.0])
        step1 = (x[-1] - x[-2]) * np.array([1.0, 2.0])
        nodes = np.r_[x[0] + step0, x, x[-1] + step1]
        heights = np.r_[y[0] + s0 * step0, y, y[-1] + s1 * step1]
        object.__setattr__(self, "_nodes", (nodes, heights))

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


def measured_points(law: Any) -> tuple[np.ndarray, np.ndarray] | None:
    """Stoichiometry and value of the table that a law is made of; None if it is of none.

    Examples
    --------
    >>> from multiscale.parameters.laws import Constant, OfStoichiometry
    >>> x, y = measured_points(OfStoichiometry(MonotoneTable([0.2, 0.9], [2.0, 1.0])))
    >>> y.tolist(), measured_points(Constant(1.0))
    ([2.0, 1.0], None)
    """
    for _ in range(4):  # laws wrap laws: a guard, a temperature dependence
        if isinstance(law, MonotoneTable):
            return np.array(law.x), np.array(law.y)
        law = getattr(law, "table", None) or getattr(law, "law", None)
    return None


@dataclass(frozen=True)
class ActivatedTable:
    """Table at one temperature, taken to others by an activation energy that is a table too.

    value(sto, T) = table(sto) * exp(E(sto) / R * (1 / reference - 1 / T)).

    Parameters
    ----------
    table : MonotoneTable
        Law at the reference temperature.
    energy : MonotoneTable
        Activation energy E per electron [eV]; positive for a law that grows with temperature.
    reference : float
        Temperature of the table [K].

    Examples
    --------
    >>> table = MonotoneTable([0.5, 1.0], [1.0, 1e-4], log10=True)
    >>> law = ActivatedTable(table, MonotoneTable([0.5, 1.0], [0.1, 0.4]), 303.15)
    >>> float(f"{law(1.0, 303.15):.3g}"), float(f"{law(1.0, 293.15):.3g}")
    (0.0001, 5.93e-05)
    """

    table: MonotoneTable
    energy: MonotoneTable
    reference: float

    @property
    def valid_range(self) -> tuple[float, float]:
        """First and last stoichiometry of the table [-]."""
        return self.table.valid_range

    def __call__(self, sto: Any, T: Any) -> Any:
        """Value at a stoichiometry (array or symbol) and temperature [K]."""
        return self.table(sto) * arrhenius(FARADAY * self.energy(sto), T, self.reference)


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
        in_model = self.parameter and isinstance(sto, pybamm.Symbol)
        y, d = self._heights_and_slopes(pybamm.Parameter(self.parameter) if in_model else self.full)
        value = y[0] + d[-1] * np.maximum(sto - 1, 0)
        for k, width in enumerate(np.diff(x)):
            part = np.minimum(np.maximum((sto - x[k]) / width, 0), 1)
            # cubic from 0 to the height, with slopes at both ends
            height, start, end = y[k + 1] - y[k], width * d[k], width * d[k + 1]
            curved = 3 * height - 2 * start - end + part * (start + end - 2 * height)
            value = value + part * (start + part * curved)
        return 10**value

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


Site = tuple[float, float, float]


def msmr_stoichiometry(sites: Sequence[Site], potential: Any, T: float = 298.15) -> Any:
    """Stoichiometry at a potential: the sum of the sites' occupied fractions.

    sto = sum_j X_j / (1 + exp(F (U - U_j) / (R T w_j))), after Verbrugge et al., J.
    Electrochem. Soc. 164, E3243 (2017), doi 10.1149/2.0341708jes.

    Parameters
    ----------
    sites : sequence of (float, float, float)
        Standard potential [V], fraction of all sites [-] and ideality factor [-] of each.
    potential : float or array
        Potential against lithium [V].
    T : float
        Temperature [K].

    Examples
    --------
    >>> float(msmr_stoichiometry([(3.7, 1.0, 1.0)], 3.7))
    0.5
    """
    scaled = FARADAY / (R * T)
    return sum(X / (1 + np.exp(scaled * (potential - U) / w)) for U, X, w in sites)


def msmr_potential(
    sites: Sequence[Site], low: float, high: float, step: float = 0.005, T: float = 298.15
) -> MonotoneTable:
    """The potential as a law of stoichiometry: the closed form, tabulated and inverted.

    The form cannot be solved for the potential. Its points at equal steps of potential fall
    strictly in stoichiometry, so that the inverse is a monotone table; straight beyond.

    Parameters
    ----------
    sites : sequence of (float, float, float)
        As in :func:`msmr_stoichiometry`.
    low, high : float
        Potentials between which the form is used [V].
    step : float
        Distance of the points [V].
    T : float
        Temperature of the table [K]; a law of stoichiometry alone has one.

    Examples
    --------
    >>> law = msmr_potential([(3.7, 1.0, 1.0)], 3.4, 4.0)
    >>> round(float(law(0.5)), 6), bool(law.derivative(0.5) < 0)
    (3.7, True)
    """
    potentials = np.linspace(high, low, round((high - low) / step) + 1)
    sto = msmr_stoichiometry(sites, potentials, T)
    return MonotoneTable(sto.tolist(), potentials.tolist())
