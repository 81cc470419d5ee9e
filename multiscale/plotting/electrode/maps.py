"""The electrode as a picture: lithium in every particle, wiring and contacts."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from matplotlib.figure import Figure


def particle_map(
    results: Any, times: Sequence[float], quantity: str = "delithiation", view: str = "projection"
) -> Figure:
    """The electrode at several times, lithium in every particle (Sharma et al., fig. 5)."""
    raise NotImplementedError
