"""From a law D(theta) to its integral Phi(theta), where that integral exists.

For a flux ``-D(theta) grad theta`` the discrete operator is then one constant stiffness
matrix applied to nodal values of Phi: nothing is assembled in time and the sum of the
rows vanishes exactly, so lithium is conserved to rounding.
"""

from __future__ import annotations

import numpy as np
import pybamm
from numpy.typing import NDArray
from scipy.integrate import cumulative_simpson

from multiscale.errors import ParameterError

# Uniform, so that looking up an interval is one multiplication; fine enough that the
# slope of the monotone cubic differs from D by about 1e-5 of its largest value.
N_TABLE = 2001
# A law may be undefined exactly at empty and full (logarithms), never in between.
_MARGIN = 1e-9
_VARYING = (
    pybamm.VariableBase,
    pybamm.IndependentVariable,
    pybamm.InputParameter,
    pybamm.SpatialOperator,
    pybamm.Broadcast,
    pybamm.Array,
)


def integrated(law: pybamm.Symbol, variable: pybamm.Symbol) -> pybamm.Symbol | None:
    """Table of ``Phi(theta) = integral of law from 0 to theta`` as a symbol of ``variable``.

    Parameters
    ----------
    law : pybamm.Symbol
        Coefficient of ``grad(variable)``; parameter values already inserted.
    variable : pybamm.Symbol
        The stoichiometry, between 0 and 1. Beyond, Phi continues with the slope there.

    Returns
    -------
    pybamm.Symbol or None
        ``None`` if the law depends on anything else (time, inputs, other unknowns,
        position), in which case it has no such integral.

    Raises
    ------
    ParameterError
        If the law is not a finite, non-negative number somewhere between empty and full.
    """
    pointwise = _as_table_expression(law, variable)
    if pointwise is None:
        return None
    # two more points at each end, where the law is held: Phi then goes on linearly by itself
    beyond = 2 / (N_TABLE - 1)
    grid = np.linspace(-beyond, 1 + beyond, N_TABLE + 4)
    midpoints = (grid[1:] + grid[:-1]) / 2
    fine = np.sort(np.concatenate([grid, midpoints]))
    values = _evaluate(pointwise, variable, np.clip(fine, _MARGIN, 1 - _MARGIN))
    _check(values, np.clip(fine, 0, 1))
    table = cumulative_simpson(values, x=fine, initial=0)[::2]
    phi = table - table[2]
    return pybamm.Interpolant(grid, phi, variable, name="integrated law", interpolator="pchip")


def _as_table_expression(law: pybamm.Symbol, variable: pybamm.Symbol) -> pybamm.Symbol | None:
    """The law without broadcasts, or None if anything but ``variable`` varies in it."""
    broadcasts = [node for node in law.pre_order() if isinstance(node, pybamm.Broadcast)]
    pointwise = pybamm.replace(law, {node: node.child for node in broadcasts})
    for node in pointwise.pre_order():
        if isinstance(node, _VARYING) and node != variable:
            return None
    return pointwise


def _evaluate(
    law: pybamm.Symbol, variable: pybamm.Symbol, points: NDArray[np.float64]
) -> NDArray[np.float64]:
    substituted = pybamm.replace(law, {variable: pybamm.Vector(points)})
    with np.errstate(all="ignore"):
        values = np.asarray(substituted.evaluate())
    return np.broadcast_to(values.reshape(-1), points.shape).copy()


def _check(values: NDArray[np.float64], points: NDArray[np.float64]) -> None:
    for bad, what in [
        (~np.isfinite(values), "is not a number"),
        (values < 0, "is negative (a rising open-circuit potential makes it so too)"),
    ]:
        if bad.any():
            where = points[bad]
            raise ParameterError(
                f"The lithium transport law {what} between stoichiometry {where[0]:.4g} and "
                f"{where[-1]:.4g}; check 'Positive particle diffusivity [m2.s-1]' and, for "
                "thermodynamic transport, the slope of 'Positive electrode OCP [V]' there."
            )
