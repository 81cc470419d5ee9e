"""Many particles as one disconnected mesh: block-diagonal matrices of scaled copies.

Particles of equal shape share one reference space; a particle of another size is the same
matrices times a power of the ratio, so nothing is assembled twice.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import block_diag, csr_matrix, diags, vstack

from multiscale.spatial_methods.space import FiniteElementSpace, Quadrature


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
        return _diagonal([_lumped(b.space) * b.scale**b.power for b in self.blocks])

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
        return self._scaled_cells("cells")

    @cached_property
    def flux_points(self) -> Quadrature:
        """Fewer points, at which fluxes are evaluated."""
        return self._scaled_cells("flux_points")

    def _scaled_cells(self, name: str) -> Quadrature:
        parts = []
        for block in self.blocks:
            points: Quadrature = getattr(block.space, name)
            weights = points.weights * block.scale**block.power
            parts.append(Quadrature(points.interpolation, weights, points.points, points.entity))
        return _joined(parts)

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
            if group == "contact":
                self._facets[group] = self._contact_points()
            else:
                self._facets[group] = _joined([block.surface() for block in self.blocks])
        return self._facets[group]

    def _contact_points(self) -> Quadrature:
        parts, columns = [], []
        for number, block in enumerate(self.blocks):
            for contact in range(len(block.contacts)):
                parts.append(block.contact(contact))
                columns.append(number)
        joined = _joined(parts)
        rows = []
        for part, number in zip(parts, columns, strict=True):
            matrix = part.interpolation.tocoo()
            rows.append(
                csr_matrix(
                    (matrix.data, (matrix.row, matrix.col + self.offsets[number])),
                    (matrix.shape[0], self.n_unknowns),
                )
            )
        return Quadrature(csr_matrix(vstack(rows)), joined.weights, joined.points, joined.entity)


def _lumped(space: FiniteElementSpace | PointSpace) -> csr_matrix:
    """Diagonal mass of the same sums; quadratic elements have no positive one."""
    if isinstance(space, PointSpace) or space.mesh.order > 1:
        return space.mass
    return csr_matrix(diags(space.volumes))


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
