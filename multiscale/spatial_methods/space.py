"""Finite-element space of one particle as plain sparse matrices, built once per mesh.

scikit-fem evaluates the basis functions; what leaves this module are SciPy matrices and
NumPy arrays, so that a PyBaMM expression needs nothing but matrix products.

The weak form of ``d theta/dt = div(J)`` with an inward flux ``j`` is

    M d theta/dt = -sum_i G_i^T W J_i + B_f^T W_f j,

with mass matrix ``M``, basis gradients ``G_i`` at cell quadrature points of weight ``W``
and basis values ``B_f`` at facet quadrature points of weight ``W_f``.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from math import factorial
from typing import Any

import numpy as np
import skfem
from numpy.typing import NDArray
from scipy.sparse import coo_matrix, csr_matrix, diags

from multiscale.mesh.particle_mesh import ParticleMesh

_ELEMENTS = {
    (1, 1): skfem.ElementLineP1,
    (1, 2): skfem.ElementLineP2,
    (2, 1): skfem.ElementTriP1,
    (2, 2): skfem.ElementTriP2,
    (3, 1): skfem.ElementTetP1,
    (3, 2): skfem.ElementTetP2,
}


@dataclass(frozen=True)
class Quadrature:
    """Values of the basis functions at quadrature points.

    Attributes
    ----------
    interpolation : csr_matrix, shape (n_points, n_unknowns)
        Turns nodal values into values at the points.
    weights : array, shape (n_points,)
        Integration weights [m3] for cells, [m2] for facets; the measure is included.
    points : array, shape (dimension, n_points)
        Coordinates [m].
    entity : array of int, shape (n_points,)
        Element or facet number that each point belongs to.
    """

    interpolation: csr_matrix
    weights: NDArray[np.float64]
    points: NDArray[np.float64]
    entity: NDArray[np.int64]

    @cached_property
    def facet_of_point(self) -> NDArray[np.int64]:
        """Facets (or elements) counted from 0 in the order of their numbers, by point."""
        return np.unique(self.entity, return_inverse=True)[1]

    @cached_property
    def facet_areas(self) -> NDArray[np.float64]:
        """Area of every facet [m2], in the order of :attr:`facet_of_point`."""
        return np.bincount(self.facet_of_point, self.weights).astype(float)

    @cached_property
    def facet_middles(self) -> NDArray[np.float64]:
        """Middle of every facet [m], shape (dimension, n_facets)."""
        sums = [np.bincount(self.facet_of_point, x * self.weights) for x in self.points]
        return np.array(sums) / self.facet_areas

    @cached_property
    def load(self) -> csr_matrix:
        """Matrix that integrates point values against every test function."""
        return csr_matrix(self.interpolation.T @ diags(self.weights))


class FiniteElementSpace:
    """Lagrange elements on a particle: mass, stiffness, gradients and facet traces.

    Parameters
    ----------
    mesh : ParticleMesh
        Line, triangle or tetrahedron mesh; ``mesh.order`` chooses P1 or P2 elements.

    Examples
    --------
    >>> from multiscale import ParticleMesh
    >>> space = FiniteElementSpace(ParticleMesh.radial(1e-6, 11))
    >>> space.mass.shape
    (12, 12)
    """

    def __init__(self, mesh: ParticleMesh):
        self.mesh = mesh
        element = _ELEMENTS[mesh.dimension, mesh.order]()
        # the measure r^k of a radial mesh raises the degree of the integrand
        self._degree = 2 * mesh.order + (mesh.shape_power or 0)
        self._basis = skfem.CellBasis(mesh.mesh, element, intorder=self._degree)
        self._element = element
        self._facets: dict[str, Quadrature] = {}
        self._stiffness: dict[bytes, csr_matrix] = {}

    def __reduce__(self) -> tuple[Any, ...]:
        # matrices are built anew, once, wherever the mesh arrives
        return space_of, (self.mesh,)

    @property
    def dimension(self) -> int:
        """Number of space coordinates of the mesh."""
        return self.mesh.dimension

    @property
    def n_unknowns(self) -> int:
        """Number of nodal values."""
        return int(self._basis.N)

    @cached_property
    def coordinates(self) -> NDArray[np.float64]:
        """Location of every unknown [m], shape (dimension, n_unknowns)."""
        return np.asarray(self._basis.doflocs)

    @cached_property
    def element_unknowns(self) -> NDArray[np.int64]:
        """Unknowns of every element, corners first, shape (n_elements, n_local)."""
        return np.asarray(self._basis.element_dofs.T)

    @property
    def elements(self) -> list[NDArray[np.int64]]:
        """Unknowns of every element, one array per kind of element."""
        return [self.element_unknowns]

    @cached_property
    def mass(self) -> csr_matrix:
        """Consistent mass matrix [m3]."""
        form = skfem.BilinearForm(lambda u, v, w: u * v * self._measure(w.x))
        return csr_matrix(form.assemble(self._basis))

    @cached_property
    def volumes(self) -> NDArray[np.float64]:
        """Integral of every basis function [m3]; they sum to the particle's volume."""
        return np.asarray(self.mass.sum(axis=0)).ravel()

    def per_mass(self, matrix: csr_matrix) -> csr_matrix:
        """A matrix with each row divided by the diagonal of the mass matrix."""
        return csr_matrix(diags(1 / self.mass.diagonal()) @ matrix)

    def stiffness(self, tensor: NDArray[np.float64] | None = None) -> csr_matrix:
        """Matrix of ``integral grad(v) . tensor grad(u)`` [m]; the identity by default."""
        tensor = np.eye(self.dimension) if tensor is None else np.asarray(tensor, dtype=float)
        key = tensor.tobytes()
        if key not in self._stiffness:
            form = skfem.BilinearForm(
                lambda u, v, w: (
                    np.einsum("ij,j...,i...->...", tensor, u.grad, v.grad) * self._measure(w.x)
                )
            )
            self._stiffness[key] = csr_matrix(form.assemble(self._basis))
        return self._stiffness[key]

    @cached_property
    def cells(self) -> Quadrature:
        """Quadrature over the particle's volume."""
        return self._quadrature(self._basis, np.arange(self.mesh.n_elements))

    @cached_property
    def _flux_basis(self) -> skfem.CellBasis:
        """Basis at few points: what multiplies two gradients needs no more for full order."""
        mesh, element, dimension = self.mesh.mesh, self._element, self.dimension
        if self.mesh.order == 1 and dimension > 1:
            centre = np.full((dimension, 1), 1 / (dimension + 1))
            weight = np.array([1 / factorial(dimension)])
            return skfem.CellBasis(mesh, element, quadrature=(centre, weight))
        degree = 2 * self.mesh.order - 2 + (self.mesh.shape_power or 0)
        return skfem.CellBasis(mesh, element, intorder=degree)

    @cached_property
    def flux_points(self) -> Quadrature:
        """Fewer points than :attr:`cells`, at which fluxes are evaluated."""
        return self._quadrature(self._flux_basis, np.arange(self.mesh.n_elements))

    @cached_property
    def gradients(self) -> list[csr_matrix]:
        """Derivatives of the basis at the flux points, one matrix per coordinate."""
        basis = self._flux_basis
        return [
            self._matrix(basis, [field[0].grad[axis] for field in basis.basis])
            for axis in range(self.dimension)
        ]

    def facets(self, group: str) -> Quadrature:
        """Quadrature over a named facet group; see :meth:`ParticleMesh.facets`."""
        if group not in self._facets:
            numbers = self.mesh.facets(group)
            basis = skfem.FacetBasis(
                self.mesh.mesh, self._element, facets=numbers, intorder=self._degree
            )
            self._facets[group] = self._quadrature(basis, numbers)
        return self._facets[group]

    def interpolation(self, points: NDArray[np.float64]) -> csr_matrix:
        """Matrix that evaluates nodal values at ``points`` [m], shape (dimension, n).

        Raises ValueError if a point lies outside.
        """
        try:
            return csr_matrix(self._basis.probes(np.asarray(points, dtype=float)))
        except IndexError as error:  # beyond the far end of a line
            raise ValueError("Point is outside of the mesh.") from error

    def _measure(self, x: NDArray[np.float64]) -> NDArray[np.float64]:
        return self.mesh.measure(x)

    def _quadrature(self, basis: skfem.AbstractBasis, entities: NDArray[np.int64]) -> Quadrature:
        points = np.asarray(basis.global_coordinates())
        weights = basis.dx * self._measure(points)
        return Quadrature(
            interpolation=self._matrix(basis, [np.asarray(field[0]) for field in basis.basis]),
            weights=weights.ravel(),
            points=points.reshape(self.dimension, -1),
            entity=np.repeat(entities, basis.dx.shape[1]),
        )

    def _matrix(self, basis: skfem.AbstractBasis, local: list[NDArray[np.float64]]) -> csr_matrix:
        """Scatter one array (entity, point) per local basis function into a matrix."""
        shape = basis.dx.shape
        rows = np.arange(shape[0] * shape[1])
        parts = [
            (
                np.broadcast_to(values, shape).ravel(),
                rows,
                np.repeat(basis.element_dofs[i], shape[1]),
            )
            for i, values in enumerate(local)
        ]
        data, row, column = (np.concatenate(part) for part in zip(*parts, strict=True))
        return csr_matrix(coo_matrix((data, (row, column)), shape=(len(rows), self.n_unknowns)))


def space_of(mesh: ParticleMesh) -> FiniteElementSpace:
    """The finite-element space of a mesh, built at the first call and kept with the mesh."""
    if "space" not in mesh.derived:
        mesh.derived["space"] = FiniteElementSpace(mesh)
    space: FiniteElementSpace = mesh.derived["space"]
    return space
