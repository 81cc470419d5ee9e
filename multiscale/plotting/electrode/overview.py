"""One picture of an electrode run."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from matplotlib.figure import Figure


def electrode_overview(results: Any, times: Sequence[float] | None = None) -> Figure:
    """Map at four times, traces and timings of the first half-cycles."""
    raise NotImplementedError
