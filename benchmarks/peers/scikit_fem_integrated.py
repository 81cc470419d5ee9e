"""scikit-fem with SciPy's BDF through the integrated law: our discretisation by hand.

One constant stiffness matrix times Phi(theta) at the nodes. What is left between this and
multiscale is the time integrator and what PyBaMM adds around it.
"""

from __future__ import annotations

import skfem
from scipy.sparse import diags
from scipy.sparse.linalg import splu

from benchmarks.peers.scikit_fem_scipy import ELEMENTS, SETTINGS, integrated
from benchmarks.problem import Clock, Problem, Run
from multiscale.mesh import ParticleMesh

NAME = "scikit-fem + SciPy BDF, integrated law"
ORDERS = (1, 2)
__all__ = ["NAME", "ORDERS", "SETTINGS", "solve"]


def solve(problem: Problem, mesh: ParticleMesh, *, rtol: float = 1e-3) -> Run:
    """Theta at the problem's points and times."""
    clock = Clock()
    basis = skfem.CellBasis(mesh.mesh, ELEMENTS[mesh.order](), intorder=2 * mesh.order)
    mass = skfem.BilinearForm(lambda u, v, w: u * v).assemble(basis).tocsc()
    stiffness = skfem.BilinearForm(
        lambda u, v, w: u.grad[0] * v.grad[0] + u.grad[1] * v.grad[1]
    ).assemble(basis)
    edge = skfem.FacetBasis(mesh.mesh, basis.elem)
    load = problem.inflow(mesh) * skfem.LinearForm(lambda v, w: 1.0 * v).assemble(edge)
    factors = splu(mass)
    law = problem.law

    def rate(t, theta):
        return factors.solve(load - stiffness @ law.phi(theta))

    def jacobian(t, theta):
        return -(stiffness @ diags(law(theta))).tocsc()

    return integrated(problem, basis, mass, rate, jacobian, rtol, clock)
