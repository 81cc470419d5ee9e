"""Figures of a validation: how criteria move with uncertain parameters."""

from __future__ import annotations

import textwrap

import numpy as np
import pandas as pd
from matplotlib.colors import TwoSlopeNorm
from matplotlib.figure import Figure

from multiscale.errors import AnalysisError
from multiscale.plotting import style

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
