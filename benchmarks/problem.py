"""The problem every code solves: a Ni88 platelet charged at C/3 for 35 minutes.

Lithium diffuses by d theta/dt = div(D(theta) grad theta) with the thermodynamic law of the
set Xu2022_NMC88; the same flux leaves everywhere through the outline. D spans a factor of
several hundred over the run, and a front travels inwards.
"""

from __future__ import annotations

import sys
import time
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from scipy import constants

from multiscale.mesh import ParticleMesh
from multiscale.parameters import load_set, names

Array = NDArray[np.float64]
RADIUS = 1e-6
TIMES = np.linspace(0, 2100, 71)
FARADAY = constants.physical_constants["Faraday constant"][0]
TESTS = Path(__file__).parents[1] / "tests"


class Law:
    """The transport law on arrays: linear between 4,001 points, and its exact integral."""

    def __init__(self, values):
        ocp, diffusivity = values[names.OCP], values[names.DIFFUSIVITY]
        temperature = values[names.TEMPERATURE]
        factor = FARADAY / (constants.R * temperature)
        step = 1e-6
        self.grid = np.linspace(0, 1, 4001)
        inside = np.clip(self.grid, step, 1 - step)
        slope = (ocp(inside + step) - ocp(inside - step)) / (2 * step)
        self.table = -factor * inside * diffusivity(inside, temperature) * slope
        self.width = self.grid[1]
        rise = (self.table[1:] + self.table[:-1]) / 2 * self.width
        self.integral = np.concatenate([[0.0], np.cumsum(rise)])
        self.slopes = np.diff(self.table) / self.width

    def _locate(self, theta: Array) -> tuple[NDArray[np.int64], Array]:
        inside = np.clip(theta, 0, 1)
        cell = np.minimum((inside / self.width).astype(np.int64), len(self.grid) - 2)
        return cell, inside - cell * self.width

    def __call__(self, theta: Array) -> Array:
        """D [m2.s-1]."""
        cell, rest = self._locate(theta)
        return self.table[cell] + rest * self.slopes[cell]

    def slope(self, theta: Array) -> Array:
        """dD/dtheta."""
        return self.slopes[self._locate(theta)[0]]

    def phi(self, theta: Array) -> Array:
        """Integral of D from 0 to theta."""
        cell, rest = self._locate(theta)
        return self.integral[cell] + rest * (self.table[cell] + rest / 2 * self.slopes[cell])


@dataclass(frozen=True)
class Problem:
    """Law, rate and what is asked for: theta at ``points`` (n, 2) [m] and :data:`TIMES`."""

    points: Array
    values: dict = field(default_factory=lambda: load_set("Xu2022_NMC88").values, repr=False)
    start: float = 0.97

    @cached_property
    def law(self) -> Law:
        return Law(self.values)

    @property
    def rate(self) -> float:
        """d(mean theta)/dt [s-1]."""
        charge = self.values[names.DENSITY] * self.values[names.SPECIFIC_CAPACITY]
        return -charge / (FARADAY * self.values[names.MAXIMUM_CONCENTRATION]) / 3

    def inflow(self, mesh: ParticleMesh) -> float:
        """D dtheta/dn at the surface [m.s-1], the same for every code on this mesh."""
        return self.rate * mesh.volume / mesh.area()


@dataclass
class Run:
    """What a code returns: theta (n_points, n_times), CPU and wall seconds, unknowns."""

    theta: Array
    setup: float
    solve: float
    setup_wall: float
    solve_wall: float
    unknowns: int
    steps: int = 0

    @property
    def total(self) -> float:
        """Set-up and solve [CPU s]."""
        return self.setup + self.solve


class Clock:
    """CPU and wall seconds since the last reading."""

    def __init__(self) -> None:
        self.lap()

    def lap(self) -> tuple[float, float]:
        """Seconds (CPU, wall) since the last call; starts again from zero."""
        now = time.process_time(), time.perf_counter()
        past = getattr(self, "last", now)
        self.last = now
        return now[0] - past[0], now[1] - past[1]


def run(
    theta: Array, setup: tuple[float, float], solve: tuple[float, float], unknowns: int, steps: int
) -> Run:
    """A :class:`Run` from two readings of a :class:`Clock`."""
    return Run(theta, setup[0], solve[0], setup[1], solve[1], unknowns, steps)


def disk(rings: int, grading: float, order: int) -> ParticleMesh:
    """Disk of concentric rings with the area of the circle."""
    mesh = ParticleMesh.disk(RADIUS, RADIUS / rings, grading=grading, order=order)
    return mesh.scaled(float(np.sqrt(np.pi * RADIUS**2 * mesh.depth / mesh.volume)))


def disk_problem() -> Problem:
    """Centre, half radius and surface of a disk of 2 um."""
    return Problem(np.array([[0, 0], [RADIUS / 2, 0], [RADIUS, 0]]))


def radial_reference() -> Array:
    """Theta at the same places of the circle: finite volumes along the radius, extrapolated."""
    sys.path.insert(0, str(TESTS))
    try:
        from verification import reference
    finally:
        sys.path.remove(str(TESTS))
    problem = disk_problem()
    inflow = problem.rate * RADIUS / 2
    solutions = [
        reference.radial_solution(problem.law, inflow, problem.start, TIMES, n=n)
        for n in (400, 800)
    ]
    return reference.richardson(*solutions, np.array([0, RADIUS / 2, RADIUS]))[0]


def notched_problem(mesh: ParticleMesh) -> Problem:
    """Centroid, halfway to the farthest corner, and 0.05 um inside the tip of the notch."""
    centre = mesh.centroid
    surface = mesh.mesh.p[:, np.unique(mesh.mesh.facets[:, mesh.facets()])]
    distance = np.linalg.norm(surface - centre[:, None], axis=0)
    far, tip = surface[:, distance.argmax()], surface[:, distance.argmin()]
    inside = tip + 0.05e-6 * (centre - tip) / distance.min()
    return Problem(np.array([centre, (centre + far) / 2, inside]))
