"""Every particle against time or against the cell."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from matplotlib.figure import Figure


def particle_traces(results: Any, against: str = "cell soc") -> Figure:
    """State of charge of every particle per half-cycle, its slope below (Sharma, fig. 1c).

    ``against``: "cell soc" or "time".
    """
    raise NotImplementedError


def surface_lithium(results: Any, particles: Sequence[str] | None = None) -> Figure:
    """Surface lithium of the top particles against time, half-cycles shaded (Sharma, fig. 4d)."""
    raise NotImplementedError
