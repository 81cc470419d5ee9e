"""Quadrature points of a facet group as a PyBaMM domain: data in, integrals out."""

from __future__ import annotations

from typing import Any

import pybamm
from scipy.sparse import csr_matrix

from multiscale.errors import ModelError, unknown_name
from multiscale.spatial_methods.linear_map import apply_map


class FacetQuadrature(pybamm.SpatialMethod):
    """Spatial method of the domains that :class:`Trace` leads to."""

    __slots__ = ()

    def spatial_variable(self, symbol: pybamm.SpatialVariable) -> pybamm.Vector:
        """Named data at the points (``reactivity``), or a coordinate (x, y, z) [m]."""
        submesh = self.mesh[symbol.domain]
        if symbol.name in submesh.fields:
            return pybamm.Vector(submesh.fields[symbol.name], domains=symbol.domains)
        if symbol.name[0] not in "xyz"[: len(submesh.coordinates)]:
            names = [*submesh.fields, *"xyz"[: len(submesh.coordinates)]]
            raise ModelError(unknown_name("facet field", symbol.name, names))
        return pybamm.Vector(
            submesh.coordinates["xyz".index(symbol.name[0])], domains=symbol.domains
        )

    def boundary_value_or_flux(
        self, symbol: pybamm.Symbol, discretised_child: pybamm.Symbol, bcs: Any = None
    ) -> pybamm.Symbol:
        """A :class:`Mapped` symbol."""
        return apply_map(self.mesh, symbol, discretised_child)

    def integral(
        self, child: Any, discretised_child: Any, dimension: str, variable: Any
    ) -> pybamm.Symbol:
        """Integral over the facet group [m2 times the unit of the integrand]."""
        weights = self.mesh[child.domain].quadrature.weights
        return pybamm.Matrix(csr_matrix(weights.reshape(1, -1))) @ discretised_child
