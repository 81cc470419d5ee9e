"""The wiring as a graph: who carries the current and which necks block."""

from __future__ import annotations

from typing import Any

from matplotlib.figure import Figure


def contact_network(results: Any, time: float) -> Figure:
    """Contacts as lines, as wide as their current and coloured by their voltage drop."""
    raise NotImplementedError
