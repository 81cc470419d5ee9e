"""When particles reacted: as bars, in order with uncertainties, and how they are distributed."""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch
from matplotlib.ticker import MaxNLocator

from multiscale.analysis.censoring import already_there
from multiscale.errors import ResultsError, unknown_name
from multiscale.plotting import style
from multiscale.plotting.electrode import obstruction_colours

_NEEDED = ("particle", "half_cycle", "kind", "status", "t10_s", "t50_s", "t90_s")
_STATUS_LOOK: dict[str, dict[str, Any]] = {
    "no_change": {"facecolor": "#eceef1", "hatch": "", "edgecolor": "#c3c7ce"},
    "incomplete": {"facecolor": "#ffffff", "hatch": "//////", "edgecolor": "#b8793a"},
    "unclear": {"facecolor": "#ffffff", "hatch": "......", "edgecolor": "#8b919c"},
}
_BINS = 20  # of the histogram of t50
_NAMED = 45  # particles whose labels still find room


@style.styled
def timing_chart(timings: pd.DataFrame, obstruction: Mapping[str, int] | None = None) -> Figure:
    """From t10 to t90 of every particle and half-cycle as a bar, t50 as a white mark.

    Parameters
    ----------
    timings : DataFrame
        From :func:`multiscale.reaction_timings`: columns particle, half_cycle, kind, status,
        t10_s, t50_s, t90_s, and duration_s if known.
    obstruction : mapping of str to int, optional
        Colours the bars by the number of particles in the way of each.

    Returns
    -------
    matplotlib.figure.Figure
        One column per half-cycle; particles in the order of t50 in the first half-cycle, the
        first on top. What did not react is a pale bar over the whole half-cycle.

    Examples
    --------
    >>> table = pd.DataFrame({"particle": ["a", "b"], "half_cycle": 0, "kind": "charge",
    ...                       "status": ["reacted", "no_change"], "t10_s": [3600, np.nan],
    ...                       "t50_s": [7200, np.nan], "t90_s": [9000, np.nan]})
    >>> len(timing_chart(table).axes)
    1
    """
    for name in _NEEDED:
        if name not in timings:
            raise ResultsError(unknown_name("column of timings", name, timings.columns))
    if timings.empty:
        raise ResultsError("The table of timings is empty")
    cycles = list(timings.groupby("half_cycle", sort=True))
    order = particle_order(timings)
    tall = float(np.clip(0.19 * len(order), 1.4, 8.0))
    figure = style.new_figure(1.2 + 2.3 * len(cycles), tall + 1.0)
    grid = figure.subplots(1, len(cycles), squeeze=False, sharey=True)[0]
    names = half_cycle_names(timings)
    for axes, (number, rows) in zip(grid, cycles, strict=True):
        draw_timings(axes, rows, order, obstruction)
        axes.set_title(names[number])
    for axes in grid[1:]:
        axes.set_ylabel("")
        axes.tick_params(left=False)
    handles: list[Any] = [
        Patch(color=colour, label=f"{count} in the way")
        for count, colour in obstruction_colours((obstruction or {}).values()).items()
    ] or [Patch(color=style.PALETTE[0], label="10 to 90 %")]
    handles.append(
        Line2D([], [], color=style.INK, marker="|", linestyle="", markersize=9, label="50 %")
    )
    handles += [
        Patch(**look, linewidth=0.5, label=status.replace("_", " "))
        for status, look in _STATUS_LOOK.items()
        if (timings["status"] == status).any()
    ]
    columns = max(2, int(figure.get_figwidth() / 1.4))
    figure.legend(handles=handles, loc="outside lower center", ncols=columns)
    return figure


def draw_timings(
    axes: Axes,
    rows: pd.DataFrame,
    order: Sequence[Hashable],
    obstruction: Mapping[str, int] | None = None,
) -> None:
    """Bars of one half-cycle."""
    longest = rows["t90_s"].max()
    guessed = 1.05 * float(longest) if np.isfinite(longest) else 3600.0
    whole = float(rows["duration_s"].max()) if "duration_s" in rows else guessed
    size, unit = style.time_unit([whole])
    place = {label: i for i, label in enumerate(order)}
    colours = obstruction_colours((obstruction or {}).values())
    for _, row in rows.iterrows():
        y = place[row["particle"]]
        if row["status"] == "reacted":
            start, middle, end = (float(row[name]) / size for name in ("t10_s", "t50_s", "t90_s"))
            count = (obstruction or {}).get(row["particle"])
            colour = style.PALETTE[0] if count is None else colours[count]
            axes.barh(y, end - start, 0.72, start, color=colour, linewidth=0)
            axes.plot([middle, middle], [y - 0.36, y + 0.36], color="white", linewidth=3)
            axes.plot([middle, middle], [y - 0.36, y + 0.36], color=style.INK, linewidth=1.2)
        else:
            look = _STATUS_LOOK[row["status"]]
            axes.barh(y, whole / size, 0.5, 0, linewidth=0.5, **look)
    axes.set(xlim=(0, whole / size), ylim=(len(order) - 0.4, -0.6))
    axes.set_xlabel(f"Time [{unit}]")
    axes.grid(axis="x", color=style.GRID, linewidth=0.7)
    axes.tick_params(length=3, width=0.8, color=style.INK)
    if len(order) <= _NAMED:
        axes.set_yticks(range(len(order)), [str(label) for label in order])
        axes.tick_params(axis="y", length=0, labelsize=7.5)
    else:
        axes.set_yticks([])
        axes.set_ylabel(f"{len(order)} particles, by t50 of the first half-cycle")


def particle_order(timings: pd.DataFrame) -> list[Hashable]:
    """Particles by t50 in the first half-cycle; those that did not react come last."""
    first = timings[timings["half_cycle"] == timings["half_cycle"].min()]
    ordered = first.sort_values("t50_s", kind="stable", na_position="last")["particle"].tolist()
    return ordered + [p for p in timings["particle"].unique() if p not in set(ordered)]


def half_cycle_names(timings: pd.DataFrame) -> dict[Hashable, str]:
    """Names such as "charge 1" by the number of the half-cycle."""
    table = timings.drop_duplicates("half_cycle").sort_values("half_cycle")
    number = table.groupby("kind").cumcount() + 1
    names = table["kind"].astype(str) + " " + number.astype(str)
    return dict(zip(table["half_cycle"], names, strict=True))


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
        place = np.arange(1, len(done) + 1)
        span: Any = {"color": "#9cc7e4", "linewidth": 2.2, "label": "t10 to t90"}
        left.hlines(place, done["t10_s"] / size, done["t90_s"] / size, **span)
        dots: Any = {"fmt": "o", "markersize": 2.5, "elinewidth": 0.9, "capsize": 0}
        error = 2 * done["u_t50_s"] / size
        blue = style.PALETTE[0]
        left.errorbar(
            done["t50_s"] / size, place, xerr=error, color=blue, label="t50 ± 2 u", **dots
        )
        left.set_ylim(len(done) + 0.8, 0.2)
        bins = np.linspace(0, duration / size, _BINS + 1)
        right.hist(done["t50_s"] / size, bins, color=blue, edgecolor="white")
        left.set(ylabel="Particles, in order", title=names[number])
        right.set(ylabel="Particles", title=f"{len(done)} of {len(rows)} reacted")
        # how many are later than the histogram shows
        early = there[rows.index]
        late = int((rows["status"].isin(["no_change", "incomplete"]) & ~early).sum())
        words = [f"{late} later than the end →"] if late else []
        words += [f"← {int(early.sum())} before the start"] if early.any() else []
        if words:
            look: Any = {"ha": "right", "va": "top", "transform": right.transAxes}
            right.text(0.98, 0.97, "\n".join(words), **look)
        for axes in (left, right):
            axes.yaxis.set_major_locator(MaxNLocator(6, integer=True))
            axes.set(xlabel=f"Time since the current started [{unit}]", xlim=(0, duration / size))
            style.dress(axes)
    handles, labels = grid[0, 0].get_legend_handles_labels()
    figure.legend(handles, labels, loc="outside lower left", ncols=2)
    return figure
