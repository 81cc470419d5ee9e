"""Work against precision: every code at its best mesh and setting."""

from __future__ import annotations

import importlib
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from types import ModuleType
from typing import Any

import numpy as np

from benchmarks.problem import Array, Problem, Run, disk, disk_problem, notched_problem
from multiscale.mesh import ParticleMesh

LEVELS = (1e-3, 3e-4, 1e-4)
OURS = "multiscale_pybamm"
CODES = (
    OURS,
    "scikit_fem_integrated",
    "scikit_fem_scipy",
    "pybamm_finite_volumes",
    "ngsolve_bdf2",
    "fipy_bdf2",
)
RINGS = {1: (16, 24, 34, 48, 68), 2: (5, 7, 10, 14, 20)}
GRADINGS = (1.0, 3.0)
LONGEST = 25.0  # a code is not refined further once a run took so long [CPU s]
REPEATS = 3


@dataclass
class Point:
    """One run: what was set, its error and its times [s]."""

    code: str
    mesh: str
    order: int
    setting: str
    error: float
    setup: float
    solve: float
    setup_wall: float
    solve_wall: float
    unknowns: int
    steps: int

    @property
    def total(self) -> float:
        """Set-up and solve [CPU s]."""
        return self.setup + self.solve


@dataclass
class Series:
    """Problem, reference (n_points, n_times), and meshes from coarse to fine per family."""

    name: str
    problem: Problem
    reference: Array
    families: Callable[[int], Iterator[list[tuple[str, ParticleMesh]]]]


def disk_series(reference: Array, quick: bool) -> Series:
    """Uniform and surface-graded disks."""

    def families(order: int) -> Iterator[list[tuple[str, ParticleMesh]]]:
        for grading in GRADINGS:
            rings = RINGS[order][: 3 if quick else None]
            yield [(f"{n} rings, grading {grading:g}", disk(n, grading, order)) for n in rings]

    return Series("disk", disk_problem(), reference, families)


def notched_series(reference: Array, quick: bool) -> Series:
    """The stored mesh of an irregular crystal, and its refinement for P1."""
    stored = ParticleMesh.load("notched_2um")

    def families(order: int) -> Iterator[list[tuple[str, ParticleMesh]]]:
        meshes = [("stored", stored.with_order(order))]
        if order == 1 and not quick:
            meshes.append(("refined", stored.refined()))
        yield meshes

    return Series("notched", notched_problem(stored), reference, families)


def installed(code: str) -> ModuleType | str:
    """The module of a code, or the name of the package that is missing."""
    try:
        return importlib.import_module(f"benchmarks.peers.{code}")
    except ModuleNotFoundError as error:
        return str(error.name)


def sweep(series: Series, peer: ModuleType, code: str) -> list[Point]:
    """All runs worth making, then the best ones repeated."""
    points: list[Point] = []
    made: dict[int, tuple[ParticleMesh, dict[str, Any]]] = {}
    for order in sorted(peer.ORDERS, reverse=True):
        for family in series.families(order):
            best = np.inf
            for label, mesh in family:
                found = list(_tightened(series, peer, code, label, mesh, made, _dearest(points)))
                points += found
                improved = min((p.error for p in found), default=np.inf) < 0.9 * best
                best = min([best, *(p.error for p in found)])
                if best < LEVELS[-1] or not improved:
                    break
    for wanted in {id(p) for _, p in (*winners(points, "solve"), *winners(points, "total"))}:
        _repeat(series, peer, next(p for p in points if id(p) == wanted), *made[wanted])
    return points


def _dearest(points: list[Point]) -> float:
    """Solve time [CPU s] beyond which a run can no longer be the best at any level."""
    best = dict(winners(points, "solve"))
    return best[LEVELS[-1]].solve * 1.2 if LEVELS[-1] in best else LONGEST


def _tightened(series, peer, code, label, mesh, made, dearest) -> Iterator[Point]:
    """One mesh, settings from loose to tight; two in a row that lower no error end them."""
    least: dict[str, float] = {}
    stalls: dict[str, int] = {}
    for setting in peer.SETTINGS:
        # settings differ in a kind (scheme) and in one number, which is swept
        kind = str([*(v for v in setting.values() if not isinstance(v, float)), *setting])
        if stalls.get(kind, 0) >= 2:
            continue
        try:
            result = peer.solve(series.problem, mesh, **setting)
        except Exception as error:  # a code that fails at a setting is not judged by it
            print(f"    {code}: {label}, {setting} failed: {str(error)[:80]}")
            continue
        point = _point(series, code, label, mesh, setting, result)
        made[id(point)] = (mesh, setting)
        yield point
        lower = point.error < 0.9 * least.get(kind, np.inf)
        stalls[kind] = 0 if lower else stalls.get(kind, 0) + 1
        least[kind] = min(point.error, least.get(kind, np.inf))
        if point.solve > dearest:
            stalls[kind] = 2


def _point(series, code, label, mesh, setting, result: Run) -> Point:
    times = {key: value for key, value in asdict(result).items() if key != "theta"}
    error = float(np.abs(result.theta - series.reference).max())
    text = ", ".join(f"{key} {value}" for key, value in setting.items())
    return Point(code, label, mesh.order, text, error, **times)


def _repeat(series, peer, point: Point, mesh: ParticleMesh, setting: dict[str, Any]) -> None:
    """Keep the shortest of several runs."""
    for _ in range(REPEATS - 1 if point.total < 5 else 0):
        again = peer.solve(series.problem, mesh, **setting)
        for name in ("setup", "solve", "setup_wall", "solve_wall"):
            setattr(point, name, min(getattr(point, name), getattr(again, name)))


def winners(points: list[Point], by: str) -> list[tuple[float, Point]]:
    """The cheapest run (``solve`` or ``total``) at or below each error level."""
    found = []
    for level in LEVELS:
        good = [p for p in points if p.error <= level]
        if good:
            found.append((level, min(good, key=lambda p: getattr(p, by))))
    return found
