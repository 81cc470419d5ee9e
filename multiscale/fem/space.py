"""Finite-element spaces as plain sparse matrices: of one particle, and of many together.

scikit-fem evaluates the basis functions; what leaves this module are SciPy matrices and
NumPy arrays, so that a PyBaMM expression needs nothing but matrix products.

The weak form of ``d theta/dt = div(J)`` with an inward flux ``j`` is

    M d theta/dt = -sum_i G_i^T W J_i + B_f^T W_f j,

with mass matrix ``M``, basis gradients ``G_i`` at cell quadrature points of weight ``W``
and basis values ``B_f`` at facet quadrature points of weight ``W_f``.

Many particles are one disconnected mesh: block-diagonal matrices of scaled copies. Particles of
equal shape share one reference space; one of another size is the same matrices times a power of
the ratio, so nothing is assembled twice.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property
from math import factorial
from typing import Any

import numpy as np
import skfem
from numpy.typing import NDArray
from scipy.sparse import block_diag, coo_matrix, csr_matrix, diags, vstack

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
        form = skfem.BilinearForm(lambda u, v, w: u * v * self.mesh.measure(w.x))
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
                    np.einsum("ij,j...,i...->...", tensor, u.grad, v.grad) * self.mesh.measure(w.x)
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
            self._matrix(basis, [one[0].grad[axis] for one in basis.basis])
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

    def _quadrature(self, basis: skfem.AbstractBasis, entities: NDArray[np.int64]) -> Quadrature:
        points = np.asarray(basis.global_coordinates())
        weights = basis.dx * self.mesh.measure(points)
        return Quadrature(
            interpolation=self._matrix(basis, [np.asarray(one[0]) for one in basis.basis]),
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


@dataclass(frozen=True)
class PointSpace:
    """A particle without inner structure: one unknown, one surface point (Lumped)."""

    volume: float
    area: float
    dimension: int = 1
    n_unknowns: int = 1

    @property
    def coordinates(self) -> NDArray[np.float64]:
        """The centre."""
        return np.zeros((self.dimension, 1))

    @property
    def mass(self) -> csr_matrix:
        """The volume [m3]."""
        return csr_matrix([[self.volume]])

    def stiffness(self, tensor: NDArray[np.float64] | None = None) -> csr_matrix:
        """No gradient, no stiffness."""
        return csr_matrix((1, 1))

    @property
    def elements(self) -> list[NDArray[np.int64]]:
        """A single vertex."""
        return [np.zeros((1, 1), dtype=np.int64)]

    @property
    def cells(self) -> Quadrature:
        """The whole volume at one point."""
        return Quadrature(
            csr_matrix([[1.0]]), np.array([self.volume]), self.coordinates, np.zeros(1, dtype=int)
        )

    @property
    def flux_points(self) -> Quadrature:
        """The same point."""
        return self.cells

    @property
    def gradients(self) -> list[csr_matrix]:
        """Nothing varies inside a point."""
        return [csr_matrix((1, 1))] * self.dimension

    def facets(self, group: str) -> Quadrature:
        """The whole surface at one point."""
        return Quadrature(
            csr_matrix([[1.0]]), np.array([self.area]), self.coordinates, np.zeros(1, dtype=int)
        )


@dataclass(frozen=True)
class Block:
    """One particle of a union.

    Attributes
    ----------
    space : FiniteElementSpace or PointSpace
        Reference space; may be shared.
    scale : float
        Size of the particle over that of the reference.
    power : int
        Power of the scale by which volumes grow (2 for a cross-section of fixed depth).
    centre : array, shape (3,)
        Position [m].
    contacts : sequence of array, shape (n_facets,)
        Of each contact, the share of every facet of the reference surface under its patch.
    wet : array, shape (n_facets,), optional
        Share of every facet of the surface that reacts; all of it by default.
    """

    space: FiniteElementSpace | PointSpace
    scale: float = 1.0
    power: int = 3
    centre: NDArray[np.float64] = field(default_factory=lambda: np.zeros(3))
    contacts: Sequence[NDArray[np.float64]] = ()
    wet: NDArray[np.float64] | None = None

    def surface(self) -> Quadrature:
        """Quadrature of all that reacts, in true size."""
        return self._part(self.wet)

    def contact(self, number: int) -> Quadrature:
        """Quadrature of the patch of a contact, in true size."""
        return self._part(self.contacts[number])

    def _part(self, share: NDArray[np.float64] | None) -> Quadrature:
        """Part of the surface; a facet that is covered in part counts by its share."""
        whole = self.space.facets("surface")
        shares = np.ones_like(whole.weights) if share is None else share[whole.facet_of_point]
        kept = np.flatnonzero(shares > 0)
        return Quadrature(
            whole.interpolation[kept],
            (whole.weights * shares)[kept] * self.scale ** (self.power - 1),
            whole.points[:, kept] * self.scale,
            whole.entity[kept],
        )


class UnionSpace:
    """Finite-element space of a population, with the interface of one particle's space.

    Parameters
    ----------
    blocks : sequence of Block
        The particles, in the order of their labels.
    """

    def __init__(self, blocks: Sequence[Block]):
        self.blocks = list(blocks)
        self._stiffness: dict[bytes, csr_matrix] = {}
        self._facets: dict[str, Quadrature] = {}

    @property
    def dimension(self) -> int:
        """Number of coordinates of the reference meshes."""
        return self.blocks[0].space.dimension

    @cached_property
    def sizes(self) -> NDArray[np.int64]:
        """Unknowns of every particle."""
        return np.array([block.space.n_unknowns for block in self.blocks])

    @property
    def n_unknowns(self) -> int:
        """Unknowns of the population."""
        return int(self.sizes.sum())

    @cached_property
    def owner(self) -> NDArray[np.int64]:
        """Particle number of every unknown."""
        return np.repeat(np.arange(len(self.blocks)), self.sizes)

    @cached_property
    def coordinates(self) -> NDArray[np.float64]:
        """True position of every unknown [m], shape (3, n_unknowns)."""
        parts = []
        for block in self.blocks:
            local = np.zeros((3, block.space.n_unknowns))
            local[: block.space.dimension] = block.space.coordinates * block.scale
            parts.append(local + block.centre[:, np.newaxis])
        return np.hstack(parts)

    @cached_property
    def offsets(self) -> NDArray[np.int64]:
        """First unknown of every particle, and the number of all."""
        return np.concatenate([[0], np.cumsum(self.sizes)])

    @cached_property
    def elements(self) -> list[NDArray[np.int64]]:
        """Unknowns of every element of all particles, one array per kind of element."""
        kinds: dict[int, list[NDArray[np.int64]]] = {}
        for block, first in zip(self.blocks, self.offsets, strict=False):
            for cells in block.space.elements:
                kinds.setdefault(cells.shape[1], []).append(cells + first)
        return [np.vstack(cells) for cells in kinds.values()]

    @cached_property
    def mass(self) -> csr_matrix:
        """Mass matrix [m3]; lumped where elements are linear.

        An electrode's particles are meshed coarsely, and ahead of a front that the diffusivity
        makes sharp a consistent mass would push the stoichiometry above 1.
        """
        parts = []
        for block in self.blocks:
            space = block.space
            if isinstance(space, PointSpace) or space.mesh.order > 1:
                part = space.mass  # quadratic elements have no positive diagonal of the same sums
            else:
                part = csr_matrix(diags(space.volumes))
            parts.append(part * block.scale**block.power)
        return _diagonal(parts)

    @cached_property
    def volumes(self) -> NDArray[np.float64]:
        """Integral of every basis function [m3]."""
        return np.asarray(self.mass.sum(axis=0)).ravel()

    @cached_property
    def particle_volumes(self) -> NDArray[np.float64]:
        """Volume of every particle [m3]."""
        return np.bincount(self.owner, self.volumes).astype(float)

    @cached_property
    def average(self) -> csr_matrix:
        """Matrix from nodal values to the mean of every particle."""
        share = self.volumes / self.particle_volumes[self.owner]
        index = np.arange(self.n_unknowns)
        return csr_matrix((share, (self.owner, index)), (len(self.blocks), self.n_unknowns))

    def per_mass(self, matrix: csr_matrix) -> csr_matrix:
        """A matrix with each row divided by the diagonal of the mass matrix."""
        return csr_matrix(diags(1 / self.mass.diagonal()) @ matrix)

    def stiffness(self, tensor: NDArray[np.float64] | None = None) -> csr_matrix:
        """Stiffness [m]; the tensor is the same in every particle."""
        key = b"" if tensor is None else np.asarray(tensor, dtype=float).tobytes()
        if key not in self._stiffness:
            self._stiffness[key] = _diagonal(
                [b.space.stiffness(tensor) * b.scale ** (b.power - 2) for b in self.blocks]
            )
        return self._stiffness[key]

    @cached_property
    def cells(self) -> Quadrature:
        """Quadrature over all volumes; ``entity`` is the particle."""
        return self._scaled([block.space.cells for block in self.blocks])

    @cached_property
    def flux_points(self) -> Quadrature:
        """Fewer points, at which fluxes are evaluated."""
        return self._scaled([block.space.flux_points for block in self.blocks])

    def _scaled(self, quadratures: list[Quadrature]) -> Quadrature:
        return _joined(
            [
                Quadrature(q.interpolation, q.weights * b.scale**b.power, q.points, q.entity)
                for b, q in zip(self.blocks, quadratures, strict=True)
            ]
        )

    @cached_property
    def gradients(self) -> list[csr_matrix]:
        """Derivatives at the flux points, one matrix per coordinate."""
        return [
            _diagonal([b.space.gradients[axis] / b.scale for b in self.blocks])
            for axis in range(self.dimension)
        ]

    def facets(self, group: str) -> Quadrature:
        """Facet points over all particles: of ``"surface"``, all that reacts, or ``"contact"``.

        ``entity`` is the particle; for ``"contact"`` it is the contact, counted through the
        particles in order.
        """
        if group not in self._facets:
            if group != "contact":
                self._facets[group] = _joined([block.surface() for block in self.blocks])
                return self._facets[group]
            parts = [
                (number, block.contact(contact))
                for number, block in enumerate(self.blocks)
                for contact in range(len(block.contacts))
            ]
            joined = _joined([part for _, part in parts])
            rows = []
            for number, part in parts:
                matrix = part.interpolation.tocoo()
                rows.append(
                    csr_matrix(
                        (matrix.data, (matrix.row, matrix.col + self.offsets[number])),
                        (matrix.shape[0], self.n_unknowns),
                    )
                )
            self._facets[group] = Quadrature(
                csr_matrix(vstack(rows)), joined.weights, joined.points, joined.entity
            )
        return self._facets[group]


def _diagonal(matrices: list[csr_matrix]) -> csr_matrix:
    return csr_matrix(block_diag(matrices, format="csr"))


def _joined(parts: list[Quadrature]) -> Quadrature:
    """Stack quadratures; ``entity`` becomes the number of the part."""
    return Quadrature(
        _diagonal([part.interpolation for part in parts]),
        np.concatenate([part.weights for part in parts]),
        np.hstack([part.points for part in parts]),
        np.repeat(np.arange(len(parts)), [len(part.weights) for part in parts]),
    )
