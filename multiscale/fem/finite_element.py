"""Finite elements as a PyBaMM spatial method.

Write ``pybamm.div(D * pybamm.grad(theta))`` with a boundary condition
``{"surface": (flux, "Neumann")}``. **The boundary value is the inward flux** (what
``D dtheta/dn`` equals), never the gradient: PyBaMM's finite volumes take the gradient,
and a flux divided by a vanishing surface diffusivity and multiplied again loses lithium.
Facet groups without a condition are closed.

Equations come out in weak form, multiplied by the mass matrix; a source term beside a
divergence must be written ``pybamm.Mass(variable) @ term``.

A law D(theta) is integrated to Phi(theta) where that integral exists. For a flux
``-D(theta) grad theta`` the discrete operator is then one constant stiffness matrix applied to
nodal values of Phi: nothing is assembled in time and the sum of the rows vanishes exactly, so
lithium is conserved to rounding.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pybamm
from scipy.integrate import cumulative_simpson
from scipy.sparse import csr_matrix, diags, identity, vstack

from multiscale.errors import ModelError, ParameterError
from multiscale.fem.domains import Mapped, Trace, apply_map
from multiscale.fem.space import FiniteElementSpace

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


class FiniteElement(pybamm.SpatialMethod):
    """Galerkin finite elements on a particle, with fluxes at its facet groups.

    Parameters
    ----------
    flux_form : str, optional
        ``"integrated"`` (default): a scalar law of the stoichiometry is integrated once
        to Phi(theta) and the operator is a constant matrix; laws that depend on more are
        evaluated at quadrature points. ``"quadrature"``: every law at quadrature points.
    """

    __slots__ = ("flux_form",)

    def __init__(self, flux_form: str = "integrated"):
        super().__init__()
        if flux_form not in ("integrated", "quadrature"):
            raise ModelError(f"Unknown flux form {flux_form!r}. Valid: 'integrated', 'quadrature'")
        self.flux_form = flux_form

    def _space(self, symbol: pybamm.Symbol) -> FiniteElementSpace:
        return self.mesh[symbol.domain].space

    # --- leaves and integrals ---------------------------------------------------------

    def spatial_variable(self, symbol: pybamm.SpatialVariable) -> pybamm.Vector:
        """Named data at the unknowns, or their coordinates [m] for x, y and z."""
        fields = self.mesh[symbol.domain].fields
        if symbol.name in fields:
            return pybamm.Vector(fields[symbol.name], domains=symbol.domains)
        axis = "xyz".index(symbol.name[0])
        return pybamm.Vector(self._space(symbol).coordinates[axis], domains=symbol.domains)

    def mass_matrix(self, symbol: pybamm.Symbol, boundary_conditions: dict) -> pybamm.Matrix:
        """Consistent mass matrix of the symbol's domain, with ones on the diagonal."""
        space = self._space(symbol)
        return pybamm.Matrix(space.per_mass(space.mass))

    def integral(
        self, child: Any, discretised_child: Any, dimension: str, variable: Any
    ) -> pybamm.Symbol:
        """Integral over the particle's volume."""
        return _row(self._space(child).volumes) @ discretised_child

    def boundary_integral(self, child: Any, discretised_child: Any, region: str) -> pybamm.Symbol:
        """Integral over a facet group."""
        points = self._space(child).facets(region)
        weights = points.interpolation.T @ points.weights
        return (_row(weights) @ discretised_child).without_domains()

    def boundary_value_or_flux(
        self, symbol: pybamm.Symbol, discretised_child: pybamm.Symbol, bcs: Any = None
    ) -> pybamm.Symbol:
        """A :class:`Trace` at facet points; a boundary value is the mean over the group,
        or, for the side ``"centre"``, the value at the particle's centroid."""
        if isinstance(symbol, Mapped):
            return apply_map(self.mesh, symbol, discretised_child)
        if symbol.side == "centre":
            space = self._space(symbol.child)
            matrix = space.interpolation(space.mesh.centroid[:, None])
            return (pybamm.Matrix(matrix) @ discretised_child).without_domains()
        points = self._space(symbol.child).facets(symbol.side)
        if isinstance(symbol, Trace):
            return pybamm.Matrix(points.interpolation) @ discretised_child
        mean = points.interpolation.T @ points.weights / points.weights.sum()
        return (_row(mean) @ discretised_child).without_domains()

    # --- operators --------------------------------------------------------------------

    def gradient(
        self, symbol: pybamm.Symbol, discretised_symbol: pybamm.Symbol, boundary_conditions: dict
    ) -> pybamm.Symbol:
        """Derivatives at the flux points, one coordinate after the other."""
        return pybamm.Matrix(vstack(self._space(symbol).gradients)) @ discretised_symbol

    def laplacian(
        self, symbol: pybamm.Symbol, discretised_symbol: pybamm.Symbol, boundary_conditions: dict
    ) -> pybamm.Symbol:
        """Weak Laplacian of a nodal field, with the inward flux as boundary value."""
        space = self._space(symbol)
        stiffness = pybamm.Matrix(-space.per_mass(space.stiffness()))
        return stiffness @ discretised_symbol + self._inflow(symbol, boundary_conditions)

    def divergence(
        self, symbol: pybamm.Symbol, discretised_symbol: pybamm.Symbol, boundary_conditions: dict
    ) -> pybamm.Symbol:
        """Weak divergence of ``coefficient * grad(variable)``, scalar or tensor."""
        coefficient, variable = _split_flux(symbol)
        weak = None
        if self.flux_form == "integrated":
            weak = self._integrated_divergence(coefficient, variable, discretised_symbol)
        if weak is None:
            space = self._space(symbol)
            weight = diags(np.tile(space.flux_points.weights, space.dimension))
            matrix = -space.per_mass(vstack(space.gradients).T @ weight)
            weak = pybamm.Matrix(matrix) @ discretised_symbol
        return weak + self._inflow(variable, boundary_conditions)

    def _integrated_divergence(
        self, coefficient: pybamm.Symbol, variable: pybamm.Symbol, discretised_flux: pybamm.Symbol
    ) -> pybamm.Symbol | None:
        """Constant matrices times Phi(variable); None where a law has no integral."""
        space = self._space(variable)
        total = pybamm.Scalar(0)
        for law, tensor in _laws_with_tensors(coefficient, space.dimension):
            phi = integrated(law, variable)
            if phi is None:
                return None
            # the flux holds no other unknown, or there would be no integral
            states = (s for s in discretised_flux.pre_order() if type(s) is pybamm.StateVector)
            state = next(states, None)
            if state is None:  # particles without inner structure: no gradient, no flux
                return pybamm.Scalar(0)
            nodal = pybamm.replace(phi, {variable: variable.reference + variable.scale * state})
            total += pybamm.Matrix(-space.per_mass(space.stiffness(tensor))) @ nodal
        return total

    def _inflow(self, variable: pybamm.Symbol, boundary_conditions: dict) -> pybamm.Symbol:
        """Integral of the boundary fluxes against the test functions."""
        space = self._space(variable)
        inflow: pybamm.Symbol = pybamm.Vector(np.zeros(space.n_unknowns))
        for group, (flux, kind) in boundary_conditions.get(variable, {}).items():
            if kind != "Neumann":
                raise ModelError(
                    f"Boundary condition of {variable.name!r} on {group!r} is {kind!r}; finite "
                    "elements take 'Neumann' (the inward flux). Impose a value through a large "
                    "conductance times the difference."
                )
            points = space.facets(group)
            if flux.domain == variable.domain:
                flux = _at_points(flux, points.interpolation)
            elif not flux.domain:
                flux = flux * pybamm.Vector(np.ones(len(points.weights)))
            inflow += (pybamm.Matrix(space.per_mass(points.load)) @ flux).without_domains()
        return inflow

    def process_binary_operators(
        self, bin_op: Any, left: Any, right: Any, disc_left: Any, disc_right: Any
    ) -> pybamm.Symbol:
        """Bring a nodal coefficient to the points where its gradient lives."""
        left_moves = right.evaluates_on_edges("primary") and not left.evaluates_on_edges("primary")
        right_moves = left.evaluates_on_edges("primary") and not right.evaluates_on_edges("primary")
        if left_moves or right_moves:
            space = self._space(bin_op)
            if isinstance(disc_left, pybamm.TensorField):
                return _tensor_times(disc_left, disc_right, space)
            if left_moves:
                disc_left = _at_every_axis(disc_left, space)
            else:
                disc_right = _at_every_axis(disc_right, space)
        return bin_op._binary_new_copy(disc_left, disc_right)


def _row(values: np.ndarray) -> pybamm.Matrix:
    return pybamm.Matrix(csr_matrix(values.reshape(1, -1)))


def _split_flux(flux: pybamm.Symbol) -> tuple[pybamm.Symbol, pybamm.Symbol]:
    """Coefficient and variable of ``coefficient * grad(variable)`` or its negative."""
    if isinstance(flux, pybamm.Gradient):
        return pybamm.Scalar(1), flux.child
    if isinstance(flux, pybamm.Negate):
        coefficient, variable = _split_flux(flux.child)
        return -coefficient, variable
    if isinstance(flux, pybamm.Multiplication):
        left, right = flux.children
        if right.evaluates_on_edges("primary"):
            coefficient, variable = _split_flux(right)
            return left if coefficient == pybamm.Scalar(1) else left * coefficient, variable
        coefficient, variable = _split_flux(left)
        return coefficient * right, variable
    raise ModelError(f"A flux must read 'coefficient * grad(variable)', not {flux}")


def _laws_with_tensors(
    coefficient: pybamm.Symbol, dimension: int
) -> list[tuple[pybamm.Symbol, np.ndarray]]:
    """Different scalar laws in a coefficient, each with the constant tensor it multiplies."""
    if not isinstance(coefficient, pybamm.TensorField):
        return [(coefficient, np.eye(dimension))]
    laws: dict[pybamm.Symbol, np.ndarray] = {}
    for (i, j), law in np.ndenumerate(np.array(coefficient.components, dtype=object)):
        inner = law
        while isinstance(inner, pybamm.Broadcast):
            inner = inner.child
        if not (isinstance(inner, pybamm.Scalar) and inner.value == 0):
            laws.setdefault(law, np.zeros((dimension, dimension)))[i, j] = 1
    return list(laws.items())


def _at_points(symbol: pybamm.Symbol, interpolation: csr_matrix) -> pybamm.Symbol:
    """Evaluate a discretised nodal expression at points: laws of interpolated unknowns."""
    n_unknowns = interpolation.shape[1]
    nodal = pybamm.StateVector | pybamm.Array | pybamm.MatrixMultiplication
    if isinstance(symbol, nodal) and symbol.shape[0] == n_unknowns:
        return (pybamm.Matrix(interpolation) @ symbol).without_domains()
    if not symbol.children:
        return symbol
    children = [_at_points(child, interpolation) for child in symbol.children]
    return symbol.create_copy(children).without_domains()


def _at_every_axis(symbol: pybamm.Symbol, space: FiniteElementSpace) -> pybamm.Symbol:
    """A scalar coefficient at the flux points, repeated for every gradient component."""
    values = _at_points(symbol, space.flux_points.interpolation)
    if values.shape_for_testing in ((), (1, 1)) or space.dimension == 1:
        return values
    repeat = vstack([identity(len(space.flux_points.weights))] * space.dimension)
    return pybamm.Matrix(csr_matrix(repeat)) @ values


def _tensor_times(
    tensor: pybamm.TensorField, gradient: pybamm.Symbol, space: FiniteElementSpace
) -> pybamm.Symbol:
    """Tensor coefficient times stacked gradient, by selecting its components."""
    n = len(space.flux_points.weights)
    select = identity(n * space.dimension, format="csr")
    blocks = [select[axis * n : (axis + 1) * n] for axis in range(space.dimension)]
    total = pybamm.Scalar(0)
    for (i, j), law in np.ndenumerate(np.array(tensor.components, dtype=object)):
        values = _at_points(law, space.flux_points.interpolation)
        component = values * (pybamm.Matrix(blocks[j]) @ gradient)
        total += pybamm.Matrix(csr_matrix(blocks[i].T)) @ component
    return total


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
    broadcasts = [node for node in law.pre_order() if isinstance(node, pybamm.Broadcast)]
    pointwise = pybamm.replace(law, {node: node.child for node in broadcasts})
    for node in pointwise.pre_order():
        if isinstance(node, _VARYING) and node != variable:
            return None
    # two more points at each end, where the law is held: Phi then goes on linearly by itself
    beyond = 2 / (N_TABLE - 1)
    grid = np.linspace(-beyond, 1 + beyond, N_TABLE + 4)
    midpoints = (grid[1:] + grid[:-1]) / 2
    fine = np.sort(np.concatenate([grid, midpoints]))
    points = np.clip(fine, _MARGIN, 1 - _MARGIN)
    with np.errstate(all="ignore"):
        found = pybamm.replace(pointwise, {variable: pybamm.Vector(points)}).evaluate()
    values = np.broadcast_to(np.asarray(found).reshape(-1), points.shape).copy()
    for bad, what in [
        (~np.isfinite(values), "is not a number"),
        (values < 0, "is negative (a rising open-circuit potential makes it so too)"),
    ]:
        if bad.any():
            where = np.clip(fine, 0, 1)[bad]
            raise ParameterError(
                f"The lithium transport law {what} between stoichiometry {where[0]:.4g} and "
                f"{where[-1]:.4g}; check 'Positive particle diffusivity [m2.s-1]' and, for "
                "thermodynamic transport, the slope of 'Positive electrode OCP [V]' there."
            )
    table = cumulative_simpson(values, x=fine, initial=0)[::2]
    phi = table - table[2]
    return pybamm.Interpolant(grid, phi, variable, name="integrated law", interpolator="pchip")


class Slope(pybamm.BinaryOperator):
    """Derivative of a law with respect to its variable, taken once the law is known.

    A model is written before its laws have values, so ``dU/dtheta`` cannot be formed in
    the model. This symbol waits: as soon as parameter values are put in, it turns into
    the exact symbolic derivative, which is therefore always consistent with the law.

    Parameters
    ----------
    law : pybamm.Symbol
        An expression of ``variable``, for example a ``FunctionParameter``.
    variable : pybamm.Symbol
        What to differentiate with respect to.
    """

    __slots__ = ()

    def __init__(self, law: pybamm.Symbol, variable: pybamm.Symbol):
        super().__init__("slope", law, variable)

    def _binary_new_copy(self, left: Any, right: Any) -> pybamm.Symbol:
        if left.has_symbol_of_classes((pybamm.FunctionParameter, pybamm.Parameter)):
            return Slope(left, right)
        return left.diff(right)

    def _evaluate_for_shape(self) -> Any:
        return self.children[0].evaluate_for_shape() * self.children[1].evaluate_for_shape()
