"""Tables with colours: variants by observables, criteria by uncertain parameters."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence
from typing import Any

import matplotlib as mpl
import numpy as np
import pandas as pd
from matplotlib.colors import TwoSlopeNorm
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

from multiscale.errors import AnalysisError, ResultsError, unknown_name
from multiscale.plotting import style

ASYNCHRONOUS_COLOURS = "Oranges"


@style.styled
def mechanism_table(
    table: pd.DataFrame,
    coloured: Sequence[str] | None = None,
    most: float | None = None,
    at_least: pd.DataFrame | None = None,
) -> Figure:
    """Variants by observables, values printed: the darker, the less the particles agree.

    Parameters
    ----------
    table : DataFrame
        Index: variants; columns: observables. Numbers, words, truth values, NaN.
    coloured : sequence of str, optional
        Columns on the colour scale from 0 (synchronous) to ``most`` (asynchronous); all
        columns of numbers unless given. The others are printed on white.
    most : float, optional
        End of the scale; the largest value, at least 0.3, unless given.
    at_least : DataFrame of bool, optional
        True where a number is a lower bound; it is marked.

    Examples
    --------
    >>> table = pd.DataFrame({"spread, charge 1": [0.42, 0.03], "first loss": [0.09, 0.09]},
    ...                      index=["pristine insulator", "always conducting"])
    >>> figure = mechanism_table(table, coloured=["spread, charge 1"])
    >>> [text.get_text() for text in figure.axes[0].texts][:2]
    ['0.42', '0.03']
    """
    if table.empty:
        raise ResultsError("The table has no variants or no observables")
    chosen = list(table.select_dtypes("number").columns if coloured is None else coloured)
    for name in chosen:
        if name not in table:
            raise ResultsError(unknown_name("column", name, table.columns))
    numbers = table[chosen].apply(pd.to_numeric, errors="coerce").to_numpy(float)
    largest = float(np.nanmax(numbers, initial=0.0)) if numbers.size else 0.0
    scale = mpl.colors.Normalize(0, most or max(largest, 0.3))
    # the darkest end of the map would swallow the figures
    colours = mpl.colors.ListedColormap(
        mpl.colormaps[ASYNCHRONOUS_COLOURS](np.linspace(0, 0.85, 128))
    )
    width = 1.05 * table.shape[1] + 0.075 * max(len(str(name)) for name in table.index) + 1.2
    figure = style.new_figure(width, 0.34 * len(table) + 1.3)
    axes = figure.add_subplot()
    look: dict[str, Any] = {"ha": "center", "va": "center", "fontsize": 9}
    for j, name in enumerate(table.columns):
        for i, value in enumerate(table[name]):
            known = _is_number(value) and np.isfinite(value)
            shade: Any = "white"
            if name in chosen and known:
                share = float(np.clip(scale(value), 0, 1))
                shade = mpl.colormaps[ASYNCHRONOUS_COLOURS](0.85 * share)
            box = Rectangle((j, i), 1, 1, facecolor=shade, edgecolor="white", linewidth=2)
            axes.add_patch(box)
            red, green, blue, *_ = mpl.colors.to_rgba(shade)
            dark = 0.3 * red + 0.59 * green + 0.11 * blue < 0.55
            bound = known and at_least is not None and bool(at_least.iloc[i].get(name, False))
            words = f"{'≥ ' if bound else ''}{_printed(value)}"
            axes.text(j + 0.5, i + 0.5, words, color="white" if dark else style.INK, **look)
    axes.set(xlim=(0, table.shape[1]), ylim=(len(table), 0))
    heads = [
        "\n".join(textwrap.wrap(str(name), 13, break_long_words=False, break_on_hyphens=False))
        for name in table.columns
    ]
    axes.set_xticks(np.arange(table.shape[1]) + 0.5, heads)
    axes.set_yticks(np.arange(len(table)) + 0.5, [str(name) for name in table.index])
    axes.xaxis.tick_top()
    axes.tick_params(length=0, pad=4)
    for spine in axes.spines.values():
        spine.set_visible(False)
    if chosen:
        shown = mpl.cm.ScalarMappable(scale, colours)
        place: dict[str, Any] = {"orientation": "horizontal", "shrink": 0.5, "aspect": 28}
        bar = figure.colorbar(shown, ax=axes, pad=0.03, **place)
        bar.outline.set_visible(False)
        bar.ax.tick_params(length=2.5, labelsize=8)
        ends: dict[str, Any] = {"va": "center", "fontsize": 8, "color": style.MUTED}
        ends["transform"] = bar.ax.transAxes
        bar.ax.text(-0.03, 0.5, "together", ha="right", **ends)
        bar.ax.text(1.03, 0.5, "one after another", ha="left", **ends)
    return figure


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float | np.number) and not isinstance(value, bool | np.bool_)


def _printed(value: Any) -> str:
    if isinstance(value, bool | np.bool_):
        return "yes" if value else "no"
    if value is None or (_is_number(value) and np.isnan(value)):
        return "–"
    if not _is_number(value):
        return str(value)
    return f"{value:.2f}" if 0.005 <= abs(value) < 10 or value == 0 else f"{value:.3g}"


WIDTH = 34  # letters of a line of a criterion


@style.styled
def sensitivity_table(table: pd.DataFrame) -> Figure:
    """Share of each criterion's margin that each change of a parameter uses up.

    Parameters
    ----------
    table : pandas.DataFrame
        Columns parameter, grade, changed_to, id, quantity, margin_used and flipped, as from
        ``multiscale.cases.sensitivity``.

    Returns
    -------
    matplotlib.figure.Figure
        Rows are changes, columns criteria; orange is towards the limit, blue away from it, and a
        cross marks a verdict that flips.

    Raises
    ------
    AnalysisError
        For a table without rows.

    Examples
    --------
    >>> table = pd.DataFrame({"parameter": ["D [m2.s-1]"], "grade": ["C"], "changed_to": ["x 2"],
    ...     "id": ["X42"], "quantity": ["difference"], "margin_used": [0.4], "flipped": [False]})
    >>> len(sensitivity_table(table).axes)
    2
    """
    if table.empty:
        raise AnalysisError("There is no sensitivity to draw: the table has no rows.")
    changes = list(dict.fromkeys(zip(table["parameter"], table["changed_to"], strict=True)))
    asked = list(dict.fromkeys(zip(table["id"], table["quantity"], strict=True)))
    used = np.full((len(changes), len(asked)), np.nan)
    flipped = np.zeros(used.shape, dtype=bool)
    for row in table.itertuples():
        cell = changes.index((row.parameter, row.changed_to)), asked.index((row.id, row.quantity))
        used[cell], flipped[cell] = row.margin_used, row.flipped
    figure = style.new_figure(4.6 + 0.62 * len(asked), 2.4 + 0.26 * len(changes))
    axes = figure.add_subplot()
    image = axes.imshow(
        np.clip(used, -1, 1), cmap="PuOr_r", norm=TwoSlopeNorm(0, -1, 1), aspect="auto"
    )
    across, down = np.nonzero(flipped.T)
    axes.scatter(across, down, marker="x", color="black", s=36)
    grades = dict(zip(table["parameter"], table["grade"], strict=True))
    axes.set_yticks(
        range(len(changes)),
        [f"{name.partition(' [')[0]} ({grades[name]}) {change}" for name, change in changes],
    )
    words = ["\n".join(textwrap.wrap(f"{id}: {quantity}", WIDTH)[:3]) for id, quantity in asked]
    axes.set_xticks(range(len(asked)), words, rotation=60, ha="right", rotation_mode="anchor")
    axes.tick_params(length=0, labelsize=7)
    axes.grid(False)
    figure.colorbar(image, ax=axes, label="Share of the margin used [–]", shrink=0.7)
    return figure
