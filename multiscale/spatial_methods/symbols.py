"""Two expression-tree symbols that PyBaMM lacks: a trace onto facets and a slope."""

from __future__ import annotations

from typing import Any

import pybamm


def facet_domain(domain: str, group: str) -> str:
    """Name of the PyBaMM domain of the quadrature points on a facet group.

    Examples
    --------
    >>> facet_domain("active material", "surface")
    'active material surface'
    """
    return f"{domain} {group}"


class Trace(pybamm.BoundaryValue):
    """Values of a nodal field at the quadrature points of a facet group.

    Parameters
    ----------
    child : pybamm.Symbol
        A field on a finite-element domain.
    side : str
        Name of the facet group, for example ``"surface"``.

    Examples
    --------
    >>> theta = pybamm.Variable("theta", domain="active material")
    >>> list(Trace(theta, "surface").domain)
    ['active material surface']
    """

    __slots__ = ()

    def __init__(self, child: pybamm.Symbol, side: str, order: str | None = None):
        super().__init__(child, side, order)
        domain = facet_domain(child.domain[0], side)
        object.__setattr__(self, "_domains", self._normalise_domains({"primary": [domain]}))

    def _unary_new_copy(self, child: pybamm.Symbol, perform_simplifications: bool = True) -> Trace:
        return Trace(child, self.side, self.order)


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
