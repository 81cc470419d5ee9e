"""Second-order backward differences for codes that come without a time integrator.

Each step solves ``u - history = gamma F(u)``. Steps are equal, or chosen so that the
difference between prediction and solution keeps the local error below a tolerance.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray
from scipy.interpolate import CubicSpline

Array = NDArray[np.float64]
Solve = Callable[[Array, float, Array], Array]  # history, gamma, guess -> u


def integrate(
    solve: Solve, start: Array, end: float, *, step: float | None = None, tol: float | None = None
) -> tuple[Array, Array]:
    """Times (n,) and solutions (n, n_unknowns), from 0 to ``end`` [s]."""
    times, states = [0.0], [start]
    width = step if step else 0.2
    while times[-1] < end * (1 - 1e-12):
        # two last steps of equal length rather than one short one
        left = end - times[-1]
        width = left if width > 0.99 * left else min(width, left / 2) if width > left / 2 else width
        guess = _extrapolated(times, states, times[-1] + width)
        history, gamma = _formula(times, states, width)
        new = solve(history, gamma, guess)
        growth = 1.0
        if tol and len(times) > 3:
            span = times[-1] + width - times[-3]
            share = gamma / (gamma + span)  # of the difference that is the formula's error
            error = share * np.abs(new - guess).max() / tol
            if error > 1.5:
                width *= max(0.3, 0.9 * error ** (-1 / 3))
                if width < 1e-9 * end:
                    raise RuntimeError(f"the step length vanishes at {times[-1]:.3g} s")
                continue
            growth = min(2.0, max(0.5, 0.9 * max(error, 1e-6) ** (-1 / 3)))
        times.append(times[-1] + width)
        states.append(new)
        width *= growth
    return np.array(times), np.array(states)


def at_times(times: Array, values: Array, wanted: Array) -> Array:
    """Values (n_times, n) between the steps, shape (n, n_wanted)."""
    return CubicSpline(times, values)(wanted).T


def _formula(times: list[float], states: list[Array], width: float) -> tuple[Array, float]:
    if len(times) == 1:
        return states[-1], width  # implicit Euler
    ratio = width / (times[-1] - times[-2])
    scale = 1 + 2 * ratio
    history = ((1 + ratio) ** 2 * states[-1] - ratio**2 * states[-2]) / scale
    return history, (1 + ratio) / scale * width


def _extrapolated(times: list[float], states: list[Array], t: float) -> Array:
    """Polynomial through the last three states (fewer at the start)."""
    x, y = times[-3:], states[-3:]
    total = np.zeros_like(y[0])
    for i, xi in enumerate(x):
        others = [xj for j, xj in enumerate(x) if j != i]
        total += np.prod([(t - xj) / (xi - xj) for xj in others]) * y[i]
    return total
