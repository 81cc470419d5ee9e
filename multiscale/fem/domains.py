"""Lists of points as PyBaMM domains, and what leads from one to another.

Unknowns and facet points of particles, and the lists of particles, contacts and nodes, are
domains of different length. What couples them are constant sparse matrices (gather, sum,
average); a sub-mesh holds those that start from it under a name, :class:`Mapped` applies one, and
:class:`Trace` leads from unknowns to the quadrature points of a facet group.

Sub-meshes derive from ``SubMesh0D`` because PyBaMM makes ghost cells for every mesh that does
not; nothing else of a zero-dimensional mesh is used.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pybamm
from numpy.typing import NDArray
from scipy.sparse import csr_matrix

from multiscale.errors import ModelError, unknown_name
from multiscale.fem.space import FiniteElementSpace, Quadrature


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


class Mapped(pybamm.BoundaryValue):
    """A named linear map applied to a symbol; the result lives on another domain.

    Parameters
    ----------
    child : pybamm.Symbol
        Values on the domain whose sub-mesh holds the map.
    side : str
        Name of the map.
    target : str
        Domain of the result.
    """

    __slots__ = ()

    def __init__(self, child: pybamm.Symbol, side: str, target: str):
        super().__init__(child, side)
        object.__setattr__(self, "_domains", self._normalise_domains({"primary": [target]}))

    def _unary_new_copy(self, child: pybamm.Symbol, perform_simplifications: bool = True) -> Mapped:
        return Mapped(child, self.side, self.domain[0])


def apply_map(
    mesh: pybamm.Mesh, symbol: pybamm.BoundaryValue, discretised: pybamm.Symbol
) -> pybamm.Symbol:
    """Matrix product that a map's name on a symbol stands for."""
    maps = mesh[symbol.child.domain].maps
    if symbol.side not in maps:
        raise ModelError(unknown_name("linear map", symbol.side, maps))
    return pybamm.Matrix(maps[symbol.side]) @ discretised


class PointSubMesh(pybamm.SubMesh0D):
    """A numbered list of points with fixed data at them and linear maps from them.

    Parameters
    ----------
    coordinates : array, shape (dimension, n)
    fields : dict of str to array, shape (n,)
        Data such as the reactivity, reachable as a ``SpatialVariable`` of that name.
    maps : dict of str to csr_matrix, shape (other, n)
        Linear maps that start here.
    """

    def __init__(
        self,
        coordinates: NDArray[np.float64],
        fields: dict[str, NDArray[np.float64]] | None = None,
        maps: dict[str, csr_matrix] | None = None,
    ):
        self.fields = fields or {}
        self.maps = maps or {}
        self.coordinates = coordinates
        self.npts = coordinates.shape[1]
        self.nodes = np.arange(self.npts, dtype=float)
        self.edges = self.nodes
        self.coord_sys = None
        self.dimension = 0
        self.length = None
        self.internal_boundaries: list[float] = []


class ElementSubMesh(PointSubMesh):
    """The unknowns of a finite-element space."""

    def __init__(self, lims: Any, npts: Any, space: FiniteElementSpace, **data: Any):
        super().__init__(space.coordinates, **data)
        self.space = space


class FacetSubMesh(PointSubMesh):
    """The quadrature points of a facet group."""

    def __init__(self, lims: Any, npts: Any, quadrature: Quadrature, **data: Any):
        super().__init__(quadrature.points, **data)
        self.quadrature = quadrature


class TableSubMesh(PointSubMesh):
    """A list of ``size`` things: particles, contacts, nodes."""

    def __init__(self, lims: Any, npts: Any, size: int, **data: Any):
        super().__init__(np.zeros((1, size)), **data)


class FacetQuadrature(pybamm.SpatialMethod):
    """Spatial method of the domains that :class:`Trace` leads to."""

    __slots__ = ()

    def spatial_variable(self, symbol: pybamm.SpatialVariable) -> pybamm.Vector:
        """Named data at the points (``reactivity``), or a coordinate (x, y, z) [m]."""
        submesh = self.mesh[symbol.domain]
        axes = "xyz"[: len(submesh.coordinates)]
        if symbol.name in submesh.fields:
            values = submesh.fields[symbol.name]
        elif symbol.name[0] in axes:
            values = submesh.coordinates[axes.index(symbol.name[0])]
        else:
            raise ModelError(unknown_name("facet field", symbol.name, [*submesh.fields, *axes]))
        return pybamm.Vector(values, domains=symbol.domains)

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


class Table(pybamm.SpatialMethod):
    """Spatial method of a list: data in, maps out, sums as integrals."""

    __slots__ = ()

    def spatial_variable(self, symbol: pybamm.SpatialVariable) -> pybamm.Vector:
        """Fixed data by name; ``x`` is the place in the list."""
        submesh = self.mesh[symbol.domain]
        fields = {"x": submesh.nodes} | submesh.fields
        if symbol.name not in fields:
            raise ModelError(unknown_name("field", symbol.name, fields))
        return pybamm.Vector(fields[symbol.name], domains=symbol.domains)

    def boundary_value_or_flux(
        self, symbol: pybamm.Symbol, discretised_child: pybamm.Symbol, bcs: Any = None
    ) -> pybamm.Symbol:
        """A :class:`Mapped` symbol; a boundary value is a map to a single number."""
        mapped = apply_map(self.mesh, symbol, discretised_child)
        return mapped if isinstance(symbol, Mapped) else mapped.without_domains()

    def integral(
        self, child: Any, discretised_child: Any, dimension: str, variable: Any
    ) -> pybamm.Symbol:
        """Sum over the list."""
        size = self.mesh[child.domain].npts
        return pybamm.Matrix(csr_matrix(np.ones((1, size)))) @ discretised_child
