"""What PyBaMM calls sub-meshes: lists of unknowns and of quadrature points.

They derive from ``SubMesh0D`` because PyBaMM makes ghost cells for every mesh that does
not; nothing else of a zero-dimensional mesh is used.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pybamm
from numpy.typing import NDArray
from scipy.sparse import csr_matrix

from multiscale.spatial_methods.space import FiniteElementSpace, Quadrature


class PointSubMesh(pybamm.SubMesh0D):
    """A numbered list of points; ``coordinates`` has shape (dimension, n)."""

    def __init__(self, coordinates: NDArray[np.float64]):
        self.coordinates = coordinates
        self.npts = coordinates.shape[1]
        self.nodes = np.arange(self.npts, dtype=float)
        self.edges = self.nodes
        self.coord_sys = None
        self.dimension = 0
        self.length = None
        self.internal_boundaries: list[float] = []


class ElementSubMesh(PointSubMesh):
    """The unknowns of a finite-element space, with data at them and maps from them."""

    def __init__(
        self,
        lims: Any,
        npts: Any,
        space: FiniteElementSpace,
        fields: dict[str, NDArray[np.float64]] | None = None,
        maps: dict[str, csr_matrix] | None = None,
    ):
        super().__init__(space.coordinates)
        self.space = space
        self.fields = fields or {}
        self.maps = maps or {}


class FacetSubMesh(PointSubMesh):
    """The quadrature points of a facet group, with named data at them.

    Parameters
    ----------
    quadrature : Quadrature
        Points and weights of the group.
    fields : dict of str to array, shape (n_points,)
        Fixed data such as the reactivity, reachable as a ``SpatialVariable`` of that name.
    """

    def __init__(
        self,
        lims: Any,
        npts: Any,
        quadrature: Quadrature,
        fields: dict[str, NDArray[np.float64]] | None = None,
        maps: dict[str, csr_matrix] | None = None,
    ):
        super().__init__(quadrature.points)
        self.quadrature = quadrature
        self.fields = fields or {}
        self.maps = maps or {}
