"""What every model on a particle mesh shares: its domains and how PyBaMM discretises them."""

from __future__ import annotations

from typing import Any

import numpy as np
import pybamm

from multiscale.errors import ModelError
from multiscale.fem.domains import ElementSubMesh, FacetQuadrature, FacetSubMesh, facet_domain
from multiscale.fem.finite_element import FiniteElement
from multiscale.fem.space import FiniteElementSpace, space_of
from multiscale.limits import DEPTH, RADIUS, number
from multiscale.mesh.particle_mesh import ParticleMesh
from multiscale.models.mesh_model import MeshModel
from multiscale.models.surface import BlockedSurface

DOMAIN = "active material"
MOST_FACTORED_IN_3D = 1000


def iterative_options(order: int, with_potential: bool) -> dict[str, Any]:
    """IDAKLU options for large 3D particles: GMRES instead of sparse factors.

    Factors of a tetrahedral mesh fill in and cost a hundred times more. With P1 elements and
    an imposed flux the scaled sum of rows is an eigenvector of the Jacobian, so lithium is
    conserved to rounding however loosely GMRES is stopped; otherwise it must be stopped late.
    """
    tolerance = 1e-7 if order == 2 else 1e-5 if with_potential else 5e-3
    return {
        "linear_solver": "SUNLinSol_SPGMR",
        "jacobian": "matrix-free",
        "preconditioner": "none",
        "linsol_max_iterations": 50,
        "epsilon_linear_tolerance": tolerance,
        # the solver's own start-up of algebraic unknowns needs a direct linear solver
        "calc_ic": not with_potential,
    }


def check_extent(mesh: ParticleMesh) -> None:
    """Refuse a mesh that is no particle's: one in micrometres that are taken for metres, say.

    Geometry has no scale; physics has one, and its equations would be solved all the same.
    """
    extent = float(np.ptp(mesh.mesh.p, axis=1).max()) / (1 if mesh.dimension == 1 else 2)
    number(extent, f"The radius of the mesh {mesh.name!r}", ModelError, RADIUS)
    if mesh.depth is not None:
        number(mesh.depth, f"The depth of the mesh {mesh.name!r}", ModelError, DEPTH)


class ParticleMeshModel(MeshModel):
    """Base class: a finite-element domain, and one domain of facet points per used group.

    Parameters
    ----------
    name : str
        Name of the model.
    mesh : ParticleMesh
        The particle.
    groups : list of str
        Facet groups through which something flows; ``"surface"`` comes first.
    blocked : BlockedSurface, optional
        Sets the reactivity at the surface points.
    """

    def __init__(
        self,
        name: str,
        mesh: ParticleMesh,
        groups: list[str],
        blocked: BlockedSurface | None = None,
    ):
        super().__init__(name=name)
        check_extent(mesh)
        self.mesh = mesh
        self.groups = groups
        self.blocked = blocked
        if blocked is not None:  # refuses a particle without a side, before anything is solved
            blocked.reactivity(space_of(mesh).facets("surface"))

    @property
    def space(self) -> FiniteElementSpace:
        """Finite-element space of the particle."""
        return space_of(self.mesh)

    @property
    def labels(self) -> list[str]:
        """Names of the particles: one."""
        return [self.mesh.name]

    def reactivity(self) -> pybamm.Symbol:
        """Reactivity at the surface points: 1 bare, less where blocked."""
        return pybamm.SpatialVariable("reactivity", domain=facet_domain(DOMAIN, "surface"))

    def over_facets(self, integrand: pybamm.Symbol, group: str = "surface") -> pybamm.Symbol:
        """Integral over a facet group."""
        position = pybamm.SpatialVariable("x", domain=facet_domain(DOMAIN, group))
        return pybamm.Integral(integrand, position)

    def over_volume(self, integrand: pybamm.Symbol) -> pybamm.Symbol:
        """Integral over the particle."""
        return pybamm.Integral(integrand, pybamm.SpatialVariable("x", domain=DOMAIN))

    @property
    def default_submesh_types(self) -> dict[str, Any]:
        """Generators of the finite-element unknowns and the facet points."""
        space = space_of(self.mesh)
        submeshes = {DOMAIN: pybamm.MeshGenerator(ElementSubMesh, {"space": space})}
        for group in self.groups:
            points = space.facets(group)
            reactivity = np.ones(len(points.weights))
            if self.blocked and group == "surface":
                reactivity = self.blocked.reactivity(points)
            submeshes[facet_domain(DOMAIN, group)] = pybamm.MeshGenerator(
                FacetSubMesh, {"quadrature": points, "fields": {"reactivity": reactivity}}
            )
        return submeshes

    @property
    def default_spatial_methods(self) -> dict[str, pybamm.SpatialMethod]:
        """Finite elements inside, quadrature on the facets."""
        methods: dict[str, pybamm.SpatialMethod] = {DOMAIN: FiniteElement()}
        for group in self.groups:
            methods[facet_domain(DOMAIN, group)] = FacetQuadrature()
        return methods

    @property
    def starting_method(self) -> pybamm.BaseSolver | None:
        """As of every model, but a resolved potential is left to IDAKLU: quicker, and its
        current can spread over the particle."""
        return None if len(self.groups) > 1 else super().starting_method

    @property
    def solver_options(self) -> dict[str, Any]:
        """IDAKLU options for the size and kind of the problem.

        Large 3D particles are solved iteratively, see :func:`iterative_options`; a resolved
        potential is too badly conditioned for that and stays with sparse factors.
        """
        large = self.mesh.dimension == 3 and space_of(self.mesh).n_unknowns > MOST_FACTORED_IN_3D
        resolved = len(self.groups) > 1
        options: dict[str, Any] = {}
        if self.algebraic:
            # the currents through algebraic unknowns are as exact as Newton's last step
            options["nonlinear_convergence_coefficient"] = 0.01
        if large and not resolved:
            options |= iterative_options(self.mesh.order, with_potential=bool(self.algebraic))
        elif not self.algebraic:
            # rather a new factorisation than many slow steps with an old one: a quarter faster
            options["max_nonlinear_iterations"] = 4
        return options
