"""What every test shares: quiet, single-threaded, seeded, marked by where it stands."""

from __future__ import annotations

import os

# Before NumPy, Matplotlib or PyBaMM is imported anywhere.
os.environ["PYBAMM_DISABLE_TELEMETRY"] = "true"
os.environ["MPLBACKEND"] = "Agg"
for _name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ[_name] = "1"

import functools
import gc
from typing import Any

import numpy as np
import pytest

MARKS_BY_PLACE = ("slow", "gmsh", "benchmark")
_plain_approx = pytest.approx


@functools.wraps(_plain_approx)
def _approx_in_si(
    expected: Any, rel: float | None = None, abs: float | None = None, nan_ok: bool = False
) -> Any:
    """Not within 1e-12 of anything: that is an area or a current of a whole particle in SI."""
    if abs is None:
        listed = list(expected.values()) if isinstance(expected, dict) else expected
        try:
            size = np.abs(np.asarray(listed, dtype=float))
        except (TypeError, ValueError):  # no numbers
            return _plain_approx(expected, rel, abs, nan_ok)
        largest = size.max(initial=0.0, where=np.isfinite(size))
        rel = 1e-6 if rel is None else rel
        abs = 1e-12 * (largest if 0 < largest < 1 else 1)
    return _plain_approx(expected, rel, abs, nan_ok)


pytest.approx = _approx_in_si


# Models are trees of many small objects: a search for cycles among all of them every few hundred
# new ones takes a sixth of the time.
gc.set_threshold(100_000, 50, 100)


def pytest_collection_finish() -> None:
    """What was imported stays: the search for cycles may leave it out."""
    gc.collect()
    gc.freeze()


@functools.cache
def gmsh_problem() -> str | None:
    """Why gmsh cannot be used here, or None. Its wheel needs libraries of the system."""
    try:
        import gmsh  # noqa: F401
    except (ImportError, OSError) as error:
        return f"gmsh cannot be imported: {error}"
    return None


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark tests in a folder `slow/` or a file `test_slow_*.py`, and so on for each mark."""
    for item in items:
        for mark in MARKS_BY_PLACE:
            if mark in item.path.parts or item.path.name.startswith(f"test_{mark}"):
                item.add_marker(mark)


def pytest_runtest_setup(item: pytest.Item) -> None:
    if item.get_closest_marker("gmsh") and (problem := gmsh_problem()):
        pytest.skip(problem)


@pytest.fixture(autouse=True)
def _seed() -> None:
    """Seed the legacy generator, for libraries that use it."""
    np.random.seed(0)  # noqa: NPY002


@pytest.fixture
def rng() -> np.random.Generator:
    """A generator with a fixed seed."""
    return np.random.default_rng(0)


@pytest.fixture
def gmsh():
    """The gmsh module; the test is skipped, with the reason, where it cannot be imported."""
    if problem := gmsh_problem():
        pytest.skip(problem)
    import gmsh

    return gmsh
