"""Plain scikit-fem with SciPy's BDF, D evaluated at quadrature points.

Mass matrix, basis values and gradients are assembled once; the weighted stiffness matrix and
the exact sparse Jacobian are products of constant sparse matrices with D at the points.
"""

from __future__ import annotations

import numpy as np
import skfem
from scipy.integrate import BDF, solve_ivp
from scipy.sparse import coo_matrix, csr_matrix, diags
from scipy.sparse.linalg import splu

from benchmarks.problem import TIMES, Clock, Problem, Run, run
from multiscale.mesh import ParticleMesh

NAME = "scikit-fem + SciPy BDF"
ORDERS = (1, 2)
SETTINGS = [{"rtol": rtol} for rtol in (3e-4, 1e-4, 3e-5, 1e-5, 3e-6)]
ELEMENTS = {1: skfem.ElementTriP1, 2: skfem.ElementTriP2}


class MassBDF(BDF):
    """SciPy's BDF for M du/dt = f(u): the Newton matrix M - c J stays sparse."""

    mass = None

    def __init__(self, fun, t0, y0, t_bound, *, mass, **options):
        super().__init__(fun, t0, y0, t_bound, **options)
        # SciPy would factorise I - c M^-1 J, which is full
        self.I = mass.tocsc()
        self.lu = lambda matrix: splu(matrix.tocsc())
        self.solve_lu = lambda factors, right: factors.solve(mass @ right)


def solve(problem: Problem, mesh: ParticleMesh, *, rtol: float = 1e-3) -> Run:
    """Theta at the problem's points and times."""
    clock = Clock()
    basis = skfem.CellBasis(mesh.mesh, ELEMENTS[mesh.order](), intorder=2 * mesh.order)
    values, (dx, dy) = _point_matrices(basis)
    weights = basis.dx.ravel()
    mass = skfem.BilinearForm(lambda u, v, w: u * v).assemble(basis).tocsc()
    edge = skfem.FacetBasis(mesh.mesh, basis.elem)
    load = problem.inflow(mesh) * skfem.LinearForm(lambda v, w: 1.0 * v).assemble(edge)
    divergence = [csr_matrix(g.T @ diags(weights)) for g in (dx, dy)]
    factors = splu(mass)
    law = problem.law

    def rate(t, theta):
        diffusivity = law(values @ theta)
        flux = [d @ (diffusivity * (g @ theta)) for d, g in zip(divergence, (dx, dy), strict=True)]
        return factors.solve(load - flux[0] - flux[1])

    def jacobian(t, theta):
        at_points = values @ theta
        diffusivity, slope = diags(law(at_points)), law.slope(at_points)
        total = 0
        for d, g in zip(divergence, (dx, dy), strict=True):
            total = total + d @ (diffusivity @ g + diags(slope * (g @ theta)) @ values)
        return -total.tocsc()

    return integrated(problem, basis, mass, rate, jacobian, rtol, clock)


def integrated(problem, basis, mass, rate, jacobian, rtol, clock) -> Run:
    """March in time; everything before counts as set-up."""
    setup = clock.lap()
    solution = solve_ivp(
        rate,
        (0, TIMES[-1]),
        np.full(basis.N, problem.start),
        method=MassBDF,
        t_eval=TIMES,
        jac=jacobian,
        mass=mass,
        rtol=rtol,
        atol=rtol / 10,
        first_step=0.2,
    )
    spent = clock.lap()
    if not solution.success:
        raise RuntimeError(solution.message)
    theta = basis.probes(problem.points.T) @ solution.y
    return run(theta, setup, spent, basis.N, solution.nfev)


def _point_matrices(basis):
    """Values and derivatives of the basis at the quadrature points, as sparse matrices."""
    shape = basis.dx.shape
    rows = np.arange(basis.dx.size)

    def matrix(local):
        data = np.concatenate([np.broadcast_to(a, shape).ravel() for a in local])
        columns = np.concatenate([np.repeat(dofs, shape[1]) for dofs in basis.element_dofs])
        size = (len(rows), basis.N)
        return csr_matrix(coo_matrix((data, (np.tile(rows, len(local)), columns)), shape=size))

    gradients = [matrix([f[0].grad[i] for f in basis.basis]) for i in (0, 1)]
    return matrix([np.asarray(f[0]) for f in basis.basis]), gradients
