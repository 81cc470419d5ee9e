"""When particles reacted: in order, with uncertainties, and how they are distributed."""

from __future__ import annotations

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from multiscale.analysis.censoring import already_there
from multiscale.plotting import style
from multiscale.plotting.electrode.timings import half_cycle_names

_BINS = 20


@style.styled
def timing_distribution(timings: pd.DataFrame) -> Figure:
    """t50 in order with its uncertainty and the span t10 to t90, and a histogram of t50.

    Parameters
    ----------
    timings : DataFrame
        half_cycle, kind, status, t10_s, t50_s, t90_s, u_t50_s, duration_s.

    Returns
    -------
    matplotlib.figure.Figure
        A row for each half-cycle.

    Examples
    --------
    >>> table = pd.DataFrame({"half_cycle": 0, "kind": "charge", "status": "reacted",
    ...     "t10_s": [10, 50], "t50_s": [20, 60.0], "t90_s": [25, 65], "u_t50_s": 1.0,
    ...     "duration_s": 100.0})
    >>> len(timing_distribution(table).axes)
    2
    """
    timings = timings.reset_index(drop=True)
    cycles = list(timings.groupby("half_cycle", sort=True))
    figure = style.new_figure(6.8, 2.8 * len(cycles) + 0.3)
    grid = figure.subplots(len(cycles), 2, squeeze=False)
    names, there = half_cycle_names(timings), already_there(timings)
    for (left, right), (number, rows) in zip(grid, cycles, strict=True):
        done = rows[rows["t50_s"].notna()].sort_values("t50_s")
        duration = float(rows["duration_s"].max())
        size, unit = style.time_unit([duration])
        _order(left, done, size)
        right.hist(
            done["t50_s"] / size,
            np.linspace(0, duration / size, _BINS + 1),
            color=style.PALETTE[0],
            edgecolor="white",
        )
        left.set(ylabel="Particles, in order", title=names[number])
        right.set(ylabel="Particles", title=f"{len(done)} of {len(rows)} reacted")
        _beyond(right, rows, there[rows.index])
        for axes in (left, right):
            axes.yaxis.set_major_locator(MaxNLocator(6, integer=True))
            axes.set(xlabel=f"Time since the current started [{unit}]", xlim=(0, duration / size))
            style.dress(axes)
    handles, labels = grid[0, 0].get_legend_handles_labels()
    figure.legend(handles, labels, loc="outside lower left", ncols=2)
    return figure


def _beyond(axes: Axes, rows: pd.DataFrame, early: pd.Series) -> None:
    """Says at the end of the histogram how many are later than it shows."""
    late = int((rows["status"].isin(["no_change", "incomplete"]) & ~early).sum())
    if late or early.any():
        words = [f"{late} later than the end →"] if late else []
        words += [f"← {int(early.sum())} before the start"] if early.any() else []
        axes.text(0.98, 0.97, "\n".join(words), ha="right", va="top", transform=axes.transAxes)


def _order(axes: Axes, done: pd.DataFrame, size: float) -> None:
    place = np.arange(1, len(done) + 1)
    axes.hlines(
        place,
        done["t10_s"] / size,
        done["t90_s"] / size,
        color="#9cc7e4",
        linewidth=2.2,
        label="t10 to t90",
    )
    axes.errorbar(
        done["t50_s"] / size,
        place,
        xerr=2 * done["u_t50_s"] / size,
        fmt="o",
        markersize=2.5,
        color=style.PALETTE[0],
        elinewidth=0.9,
        capsize=0,
        label="t50 ± 2 u",
    )
    axes.set_ylim(len(done) + 0.8, 0.2)
