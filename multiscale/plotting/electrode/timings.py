"""Tables of timings and of variants as pictures."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import pandas as pd
from matplotlib.figure import Figure


def timing_chart(timings: pd.DataFrame, obstruction: Mapping[str, int] | None = None) -> Figure:
    """t10 to t90 of every particle and half-cycle as bars, t50 as a mark."""
    raise NotImplementedError


def mechanism_table(
    table: pd.DataFrame, coloured: Sequence[str] | None = None, most: float | None = None
) -> Figure:
    """Variants (rows) by observables (columns), values printed, colour = asynchronous.

    ``coloured``: columns on the scale from 0 (synchronous) to ``most`` (asynchronous; by default
    the largest value); all columns of numbers unless given.
    """
    raise NotImplementedError
