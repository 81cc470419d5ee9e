"""Sparse linear maps between PyBaMM domains: gather, sum and average.

A population of particles, their contacts and the nodes of the wiring are lists of different
length. What couples them are constant matrices; a sub-mesh holds those that start from it
under a name, and :class:`Mapped` applies one.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pybamm
from numpy.typing import NDArray
from scipy.sparse import csr_matrix

from multiscale.errors import ModelError, unknown_name
from multiscale.spatial_methods.submeshes import PointSubMesh


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


class TableSubMesh(PointSubMesh):
    """A list of things (particles, contacts, nodes) with fixed data and maps to other lists.

    Parameters
    ----------
    size : int
        Number of entries.
    fields : dict of str to array, shape (size,)
        Data reachable as a ``SpatialVariable`` of that name.
    maps : dict of str to csr_matrix, shape (other, size)
        Linear maps that start here.
    """

    def __init__(
        self,
        lims: Any,
        npts: Any,
        size: int,
        fields: dict[str, NDArray[np.float64]] | None = None,
        maps: dict[str, csr_matrix] | None = None,
    ):
        super().__init__(np.zeros((1, size)))
        self.fields = fields or {}
        self.maps = maps or {}


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
