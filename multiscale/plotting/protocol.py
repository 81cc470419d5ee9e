"""Steps of a run: charges, discharges, holds and rests, as its experiment left them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from matplotlib.axes import Axes

from multiscale.plotting import style

SHADES = {"charge": "#f1f2f5", "discharge": "#ffffff", "hold": "#dfe3ea", "rest": "#ffffff"}
_FLAT_V = 2e-3  # a step whose voltage moves less while its current does is a hold
_NO_CURRENT = 1e-6


@dataclass(frozen=True)
class Step:
    """One step of an experiment: its kind and when it ran [s]."""

    kind: str
    start: float
    end: float


def steps_of(results: Any) -> list[Step]:
    """Steps of a run that had an experiment; empty without one.

    Kinds are told from voltage and current themselves: "charge", "discharge", "hold", "rest".
    """
    return list(_steps(results))


def _steps(results: Any) -> Iterator[Step]:
    largest = float(np.abs(results.series("Current [A]")).max()) or 1.0
    for cycle in getattr(results.solution, "cycles", None) or []:
        for step in getattr(cycle, "steps", []):
            start, end = float(step.t[0]), float(step.t[-1])
            times = np.linspace(start, end, 9)[1:]  # the first instant belongs to the switch
            current = results.series("Current [A]", times) / largest
            voltage = results.series("Voltage [V]", times)
            yield Step(_kind(current, voltage), start, end)


def _kind(current: np.ndarray, voltage: np.ndarray) -> str:
    if np.abs(current).max() < _NO_CURRENT:
        return "rest"
    if np.ptp(voltage) < _FLAT_V and np.ptp(current) > 0.05 * np.abs(current).max():
        return "hold"
    return "charge" if current.mean() < 0 else "discharge"


def shade_steps(axes: Axes, steps: list[Step], size: float, named: bool = False) -> None:
    """Shade charges and holds behind a curve against time; ``size`` in seconds per unit."""
    for step in steps:
        span = step.start / size, step.end / size
        axes.axvspan(*span, color=SHADES[step.kind], linewidth=0, zorder=0)
    if not named:
        return
    whole = max(steps[-1].end - steps[0].start, 1e-300)
    for step in steps:
        if step.end - step.start < 0.08 * whole:
            continue
        place: dict[str, Any] = {"transform": axes.get_xaxis_transform(), "ha": "center"}
        words: dict[str, Any] = {"va": "bottom", "fontsize": 8, "color": style.MUTED}
        axes.text((step.start + step.end) / 2 / size, 1.01, step.kind, **place, **words)
