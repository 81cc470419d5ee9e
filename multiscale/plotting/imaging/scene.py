"""The first frame with the particles in it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import matplotlib as mpl
import matplotlib.patheffects
import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.collections import LineCollection
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from numpy.typing import NDArray

from multiscale.plotting import style

_STILL: dict[str, tuple[str, Any, str]] = {  # status -> colour, line, words
    "no_change": ("#ffffff", "-", "no change, white"),
    "incomplete": (style.PALETTE[5], "-", "incomplete"),
    "unclear": (style.PALETTE[3], "-", "unclear"),
}
_NAMED = 60  # particles whose names still find room
_CONTRAST = (0.5, 99.8)  # percentiles of the image that are black and white


@style.styled
def outlined_image(
    image: NDArray[np.float64],
    outlines: Mapping[str, NDArray[np.float64]],
    timings: pd.DataFrame,
    pixel_size: float,
    left_out: pd.DataFrame | None = None,
) -> Figure:
    """The image in gray with the outline of each particle, coloured by its t50.

    Parameters
    ----------
    image : array, shape (rows, columns)
    outlines : mapping of str to array, shape (n, 2)
        x, y by particle [pixel].
    timings : DataFrame
        Of one half-cycle: particle, status, t50_s, duration_s.
    pixel_size : float
        [m]
    left_out : DataFrame, optional
        centre_x_px, centre_y_px of what was excluded, marked by a cross.

    Examples
    --------
    >>> square = {"a": np.array([[2, 2], [6, 2], [6, 6], [2, 6], [2, 2.0]])}
    >>> table = pd.DataFrame({"particle": ["a"], "status": "reacted", "t50_s": [9.0],
    ...                       "duration_s": 20.0})
    >>> len(outlined_image(np.eye(10), square, table, 1e-7).axes)
    2
    """
    rows, columns = image.shape
    width = 5.9
    figure, axes = style.new_axes(width + 0.9, width * rows / columns + 0.45)
    axes.grid(visible=False)
    dark, light = np.percentile(image, _CONTRAST)
    axes.imshow(image, cmap="gray", vmin=dark, vmax=light, interpolation="nearest")
    axes.set(xticks=[], yticks=[], xlim=(-0.5, columns - 0.5), ylim=(rows - 0.5, -0.5))
    for side in axes.spines.values():
        side.set_visible(False)
    table = timings.set_index("particle")
    lines = _coloured(axes, outlines, table)
    _still(axes, outlines, table)
    _crosses(axes, left_out)
    if len(outlines) <= _NAMED:
        _names(axes, outlines)
    _scale_bar(axes, columns, pixel_size)
    size, unit = style.time_unit([float(table["duration_s"].max())])
    lines.set_clim(0, float(table["duration_s"].max()) / size)
    lines.set_array(np.asarray(lines.get_array()) / size)
    figure.colorbar(lines, ax=axes, label=f"t50 [{unit}]", shrink=0.7, pad=0.02)
    return figure


def _coloured(
    axes: Axes, outlines: Mapping[str, NDArray[np.float64]], table: pd.DataFrame
) -> LineCollection:
    timed = [
        name for name in outlines if name in table.index and pd.notna(table.loc[name, "t50_s"])
    ]
    lines = LineCollection(
        [outlines[name] for name in timed],
        array=np.array([float(table.loc[name, "t50_s"]) for name in timed]),
        cmap="plasma",
        linewidths=1.5,
    )
    axes.add_collection(lines)
    return lines


def _still(axes: Axes, outlines: Mapping[str, NDArray[np.float64]], table: pd.DataFrame) -> None:
    """Outlines of particles without a time, one look for each status."""
    for status, (colour, line, words) in _STILL.items():
        chosen = [
            name for name in outlines if name in table.index and table.loc[name, "status"] == status
        ]
        for name in chosen:
            axes.plot(*outlines[name].T, color=colour, linestyle=line, linewidth=1.1)
        if chosen:
            axes.plot([], [], color=colour, linestyle=line, label=f"{words} ({len(chosen)})")


def _crosses(axes: Axes, left_out: pd.DataFrame | None) -> None:
    if left_out is not None and len(left_out):
        axes.plot(
            left_out["centre_x_px"],
            left_out["centre_y_px"],
            linestyle="",
            marker="x",
            markersize=4,
            color=style.PALETTE[4],
            label=f"left out ({len(left_out)})",
        )
    handles, labels = axes.get_legend_handles_labels()
    if labels:
        box = axes.legend(
            handles, labels, loc="upper left", bbox_to_anchor=(0, -0.005), ncols=4, handlelength=1.2
        )
        for handle in box.legend_handles:
            if isinstance(handle, Line2D) and mpl.colors.same_color(handle.get_color(), "white"):
                handle.set_color(style.MUTED)


def _names(axes: Axes, outlines: Mapping[str, NDArray[np.float64]]) -> None:
    for name, points in outlines.items():
        x, y = points.mean(axis=0)
        text = axes.text(x, y, name, color="white", fontsize=6, ha="center", va="center")
        text.set_path_effects([mpl.patheffects.withStroke(linewidth=1.2, foreground="#000000aa")])


def _scale_bar(axes: Axes, columns: int, pixel_size: float) -> None:
    length = style.round_length(0.25 * columns * pixel_size)
    words = f"{1e6 * length:g} µm" if length >= 1e-6 else f"{1e9 * length:g} nm"
    bar = length / pixel_size
    right, low = 0.97, 0.03
    place = axes.get_xaxis_transform()
    end = right * columns
    axes.plot([end - bar, end], [low, low], color="white", linewidth=2.5, transform=place)
    text = axes.text(
        end - bar / 2, low + 0.012, words, color="white", fontsize=8, ha="center", transform=place
    )
    text.set_path_effects([mpl.patheffects.withStroke(linewidth=1.5, foreground="black")])
