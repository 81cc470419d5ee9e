"""Solutions that owe nothing to the package: series of Crank, and finite volumes in SciPy."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import optimize, special
from scipy.integrate import solve_ivp
from scipy.interpolate import CubicHermiteSpline, CubicSpline
from scipy.sparse import diags

Array = NDArray[np.float64]


# --- constant diffusivity: Crank, The Mathematics of Diffusion, 2nd ed. (1975) ------------


def slab_series(x: Array, tau: Array, n_terms: int = 200) -> Array:
    """Change of theta for unit flux: closed at 0, ``D dtheta/dx = 1`` at 1 (eq. 4.55).

    ``x`` is position / thickness, ``tau`` is D t / thickness^2, the result is in units of
    flux x thickness / D, shape (n_x, n_times).
    """
    n = np.arange(1, n_terms + 1)
    modes = np.cos(np.pi * n * x[:, None]) * (-1.0) ** n / n**2
    decay = np.exp(-((np.pi * n) ** 2) * tau[:, None])
    return tau + (3 * x[:, None] ** 2 - 1) / 6 - 2 / np.pi**2 * modes @ decay.T


def cylinder_series(r: Array, tau: Array, n_terms: int = 200) -> Array:
    """The same for a cylinder with flux at r = 1 (Crank, eq. 5.45)."""
    roots = special.jn_zeros(1, n_terms)
    modes = special.j0(roots * r[:, None]) / (roots**2 * special.j0(roots))
    decay = np.exp(-(roots**2) * tau[:, None])
    return 2 * tau + r[:, None] ** 2 / 2 - 0.25 - 2 * modes @ decay.T


def sphere_series(r: Array, tau: Array, n_terms: int = 200) -> Array:
    """The same for a sphere with flux at r = 1 (Crank, eq. 6.45); tan a = a."""
    roots = np.array(
        [
            # just below each pole of the tangent
            optimize.brentq(lambda a: np.sin(a) - a * np.cos(a), k * np.pi, (k + 0.5) * np.pi)
            for k in range(1, n_terms + 1)
        ]
    )
    # sinc is sin(pi x)/(pi x): finite at the centre
    modes = np.sinc(roots * r[:, None] / np.pi) * roots / (roots**2 * np.sin(roots))
    decay = np.exp(-(roots**2) * tau[:, None])
    return 3 * tau + r[:, None] ** 2 / 2 - 0.3 - 2 * modes @ decay.T


# --- any diffusivity: finite volumes along the radius -------------------------------------


def kirchhoff(law: Callable[[Array], Array]) -> CubicHermiteSpline:
    """``Phi`` with ``Phi' = law``, by Gauss-Legendre quadrature between 20,000 points."""
    grid = np.linspace(0, 1, 20_001)
    nodes, weights = np.polynomial.legendre.leggauss(4)
    half = np.diff(grid) / 2
    middle = (grid[1:] + grid[:-1]) / 2
    inside = middle[:, None] + half[:, None] * nodes
    phi = np.concatenate([[0], np.cumsum(half * (law(inside) @ weights))])
    return CubicHermiteSpline(grid, phi, law(grid))


@dataclass(frozen=True)
class RadialSolution:
    """Stoichiometry along the radius of a round particle.

    Attributes
    ----------
    radius : float
        [m]
    r : array, (n,)
        Centre, cell middles and surface [m].
    theta : array, (n, n_times)
    """

    radius: float
    r: Array
    theta: Array

    def at(self, r: Array) -> Array:
        """Stoichiometry at distances from the centre [m], shape (n_r, n_times)."""
        # even in r, so that the spline is smooth at the centre
        mirrored = np.concatenate([-self.r[:0:-1], self.r])
        values = np.concatenate([self.theta[:0:-1], self.theta])
        return CubicSpline(mirrored, values)(r)


def radial_solution(
    law: Callable[[Array], Array],
    inflow: float,
    start: float,
    times: Array,
    *,
    radius: float = 1e-6,
    power: int = 1,
    n: int = 400,
) -> RadialSolution:
    """Finite volumes for d theta/dt = r^-power d/dr (r^power law(theta) d theta/dr).

    Parameters
    ----------
    law : callable
        Diffusivity [m2.s-1] of arrays of stoichiometry in [0, 1].
    inflow : float
        ``law dtheta/dr`` at the surface [m.s-1].
    start : float
        Initial stoichiometry.
    times : array
        Output times [s], the first is zero.
    power : int
        0 slab, 1 cylinder, 2 sphere.
    """
    phi = kirchhoff(law)
    edges = np.linspace(0, radius, n + 1)
    middles = (edges[1:] + edges[:-1]) / 2
    volumes = np.diff(edges ** (power + 1)) / (power + 1)
    width = radius / n
    conductance = edges[1:-1] ** power / width
    source = np.zeros(n)
    source[-1] = inflow * radius**power
    below, above = np.append(conductance, 0), np.insert(conductance, 0, 0)
    operator = diags([conductance, -(below + above), conductance], [-1, 0, 1])
    operator = diags(1 / volumes) @ operator
    slope = phi.derivative()
    solution = solve_ivp(
        lambda t, theta: operator @ phi(theta) + source / volumes,
        (times[0], times[-1]),
        np.full(n, start),
        method="BDF",
        t_eval=times,
        jac=lambda t, theta: (operator @ diags(slope(theta))).tocsc(),
        rtol=1e-8,
        atol=1e-10,
        first_step=1e-6 * (times[-1] - times[0]),
    )
    assert solution.success, solution.message
    theta = solution.y
    # parabola through the two innermost values; Phi goes on with its known slope outside
    centre = theta[0] - (theta[1] - theta[0]) / 8
    surface = _surface(phi, theta, inflow * width)
    return RadialSolution(
        radius,
        np.concatenate([[0], middles, [radius]]),
        np.vstack([centre, theta, surface]),
    )


def _surface(phi: CubicHermiteSpline, theta: Array, step: float) -> Array:
    """Surface value from a parabola of Phi: two cells and the slope at the surface."""
    outer, next_outer = phi(theta[-1]), phi(theta[-2])
    # Phi = a + s x + b x^2 with x counted inwards in cell widths, s = -step
    curvature = (next_outer - outer + step) / 2
    wanted = outer + step / 2 - curvature / 4
    wanted[0] = outer[0]  # the uniform initial state has no gradient yet
    span = np.array([0.0, 1.0])
    return np.array(
        [optimize.brentq(lambda x, w=w: float(phi(x)) - w, *span, xtol=1e-14) for w in wanted]
    )


def richardson(coarse: RadialSolution, fine: RadialSolution, r: Array) -> tuple[Array, Array]:
    """Extrapolated second-order solution at ``r`` and its distance from the finer one."""
    extrapolated = (4 * fine.at(r) - coarse.at(r)) / 3
    return extrapolated, np.abs(extrapolated - fine.at(r))
