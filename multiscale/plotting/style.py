"""One look for every figure: fonts, colours, units, and figures free of global state."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import wraps
from io import BytesIO
from math import floor, log10
from os import PathLike
from pathlib import Path
from typing import Any, ParamSpec

import matplotlib as mpl
import numpy as np
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from numpy.typing import NDArray

P = ParamSpec("P")

INK = "#22252b"
MUTED = "#6b717c"
GRID = "#e4e6ea"
# Okabe and Ito: told apart with every kind of colour vision.
PALETTE = ("#0072b2", "#d55e00", "#009e73", "#cc79a7", "#56b4e9", "#e69f00", "#000000")
FIELD_COLOURS = "viridis"
ORDERED_COLOURS = "viridis"
BLOCKED_COLOUR = "#d55e00"
CONTACT_COLOURS = ("#0072b2", "#cc79a7", "#e69f00")

RC: Any = {
    "font.family": "DejaVu Sans",
    "font.size": 9,
    "text.color": INK,
    "axes.titlesize": 10,
    "axes.titleweight": "normal",
    "axes.labelsize": 9.5,
    "axes.labelcolor": INK,
    "axes.edgecolor": INK,
    "axes.linewidth": 0.8,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.axisbelow": True,
    "lines.linewidth": 1.8,
    "lines.solid_capstyle": "round",
    "legend.frameon": False,
    "legend.fontsize": 8.5,
    "legend.handlelength": 1.6,
    "xtick.color": INK,
    "ytick.color": INK,
    "xtick.labelsize": 8.5,
    "ytick.labelsize": 8.5,
    "figure.facecolor": "white",
    "savefig.facecolor": "white",
    "svg.fonttype": "none",
    "pdf.fonttype": 42,
}


def styled(function: Callable[P, Figure]) -> Callable[P, Figure]:
    """Make a figure with this style, whatever the user's own settings are."""

    @wraps(function)
    def draw(*args: P.args, **kwargs: P.kwargs) -> Figure:
        with mpl.rc_context(RC):
            figure = function(*args, **kwargs)
            FigureCanvasAgg(figure)
            figure.draw_without_rendering()
        return figure

    return draw


def new_figure(width: float, height: float, layout: str = "constrained") -> Figure:
    """Empty figure [inches]."""
    figure = Figure(figsize=(width, height), layout=layout)  # type: ignore[arg-type]
    FigureCanvasAgg(figure)
    return figure


def new_axes(width: float = 4.8, height: float = 3.4) -> tuple[Figure, Axes]:
    """Figure with one plot."""
    figure = new_figure(width, height)
    axes = figure.add_subplot()
    dress(axes)
    return figure, axes


def dress(axes: Axes) -> None:
    """Light horizontal lines and short ticks."""
    axes.grid(axis="y", color=GRID, linewidth=0.7)
    axes.tick_params(length=3, width=0.8, color=INK)
    axes.tick_params(which="minor", length=1.8, width=0.6, color=INK)


def legend(axes: Axes, title: str | None = None, outside: bool = False) -> None:
    """Legend, if there is anything to tell apart; beside the plot if ``outside``."""
    handles, labels = axes.get_legend_handles_labels()
    if not any(labels):
        return
    where: dict[str, Any] = (
        {"loc": "upper left", "bbox_to_anchor": (1.01, 1.0), "borderaxespad": 0.0}
        if outside
        else {"loc": "best"}
    )
    box = axes.legend(handles, labels, title=title, **where)
    box.get_title().set_fontsize(8.5)


def line_colours(n: int) -> list[Any]:
    """Colours of things without an order; beyond seven, an ordered ramp."""
    return list(PALETTE[:n]) if n <= len(PALETTE) else ordered_colours(n)


def ordered_colours(n: int) -> list[Any]:
    """Colours of things with an order (times, rates), dark to light."""
    ramp = mpl.colormaps[ORDERED_COLOURS]
    return [ramp(share) for share in np.linspace(0.0, 0.88, max(n, 2))][:n]


def save(figure: Figure, path: str | PathLike[str], dpi: int = 200) -> Path:
    """Write a figure; the suffix decides the format (png, pdf, svg).

    Examples
    --------
    >>> save(new_figure(1, 1), "empty.png").stat().st_size > 0
    True
    """
    path = Path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    with mpl.rc_context(RC):
        figure.savefig(path, dpi=dpi)
    return path


def png(figure: Figure, dpi: int = 160) -> bytes:
    """A figure as the bytes of a PNG, for a report.

    Examples
    --------
    >>> png(new_figure(1, 1))[1:4]
    b'PNG'
    """
    buffer = BytesIO()
    with mpl.rc_context(RC):
        figure.savefig(buffer, dpi=dpi, format="png")
    return buffer.getvalue()


# --- numbers with units ---------------------------------------------------------------

_PREFIXES = {-15: "f", -12: "p", -9: "n", -6: "µ", -3: "m", 0: "", 3: "k"}


def scaled(values: NDArray[np.float64], unit: str) -> tuple[float, str]:
    """Factor and prefixed unit that bring values to a readable size.

    Examples
    --------
    >>> scaled(np.array([0.0, 3e-12]), "A")
    (1000000000000.0, 'pA')
    """
    largest = float(np.nanmax(np.abs(values), initial=0.0))
    if largest == 0 or not np.isfinite(largest):
        return 1.0, unit
    power = int(np.clip(3 * floor(log10(largest * 1.0001) / 3), -15, 3))
    return 10.0**-power, _PREFIXES[power] + unit


def time_unit(times: Sequence[float] | NDArray[np.float64]) -> tuple[float, str]:
    """Seconds per unit, and the unit, for a time axis.

    Examples
    --------
    >>> time_unit([0.0, 2100.0])
    (60.0, 'min')
    """
    span = float(np.max(times))
    if span <= 180:
        return 1.0, "s"
    return (60.0, "min") if span <= 6 * 3600 else (3600.0, "h")


def time_label(time: float, times: Sequence[float] | NDArray[np.float64]) -> str:
    """A time in words, in the unit that suits all of ``times`` [s].

    Examples
    --------
    >>> time_label(300.0, [300.0, 2100.0])
    '5 min'
    """
    size, unit = time_unit(times)
    return f"{time / size:.4g} {unit}"


def round_length(longest: float) -> float:
    """The largest of 1, 2, 5 times a power of ten that is at most ``longest``.

    Examples
    --------
    >>> round_length(0.8)
    0.5
    """
    decade = 10.0 ** floor(log10(longest))
    return max(step * decade for step in (1, 2, 5) if step * decade <= longest * (1 + 1e-9))


def as_runs(results: Any) -> dict[str, Any]:
    """One run, or several by label, as a mapping from label to run."""
    return dict(results) if isinstance(results, Mapping) else {"": results}
