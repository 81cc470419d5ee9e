"""A particle at several times side by side."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.cm import ScalarMappable
from matplotlib.collections import LineCollection
from matplotlib.colors import Normalize
from matplotlib.figure import Figure, FigureBase
from matplotlib.lines import Line2D
from matplotlib.tri import Triangulation
from numpy.typing import NDArray

from multiscale.errors import unknown_name
from multiscale.plotting import style
from multiscale.plotting.cutaway import draw_cutaway
from multiscale.plotting.picture import Picture, mark_colours, picture_of
from multiscale.plotting.quantities import Quantity, quantity_of

VIEWS = ("slice", "cutaway")


@dataclass(frozen=True)
class Panel:
    """One run as it is drawn: picture, values of the field and its means at the times."""

    results: Any
    picture: Picture
    values: NDArray[np.float64]
    means: NDArray[np.float64]


@style.styled
def field_panels(
    results: Any,
    times: Sequence[float],
    quantity: str = "delithiation",
    normal: str = "z",
    view: str = "slice",
) -> Figure:
    """The particle at several times side by side, on one colour scale (Xu et al., fig. 3C).

    Parameters
    ----------
    results : Results or mapping of str to Results
        One run, or one row of panels per run.
    times : sequence of float
        Times [s].
    quantity : {"delithiation", "stoichiometry", "potential"}
        Degree of delithiation 1 - theta [-], stoichiometry theta [-] or potential [V].
    normal : {"x", "y", "z"}
        3D particles: direction across the slice through the middle. A radial mesh is drawn as
        the disk it stands for.
    view : {"slice", "cutaway"}
        3D particles: the slice alone, or in space with the half of the surface behind it.

    Returns
    -------
    matplotlib.figure.Figure
        Lengths in micrometres; blocked surfaces and contacts are thick lines.

    Examples
    --------
    >>> import pybamm
    >>> import multiscale as ms
    >>> model = ms.SingleParticleModel(ms.ParticleMesh.radial(1e-6, 21, shape="cylinder"))
    >>> sim = pybamm.Simulation(model, experiment=["Charge at C/3 for 10 minutes"],
    ...                         parameter_values=pybamm.ParameterValues("Xu2022_NMC88"))
    >>> figure = field_panels(ms.Results(sim.solve()), times=[0, 300, 600])
    >>> len(figure.axes)  # three panels and the colour bar
    4
    """
    if view not in VIEWS:
        raise ValueError(unknown_name("view", view, VIEWS))
    chosen = quantity_of(quantity)
    runs = style.as_runs(results)
    panels = {label: panel_of(run, times, chosen, normal) for label, run in runs.items()}
    scale = colour_scale([panel.values for panel in panels.values()])
    solid = view == "cutaway" and all(run.mesh.dimension == 3 for run in runs.values())
    figure = _empty_panels(panels, len(times), solid)
    for i, (label, panel) in enumerate(panels.items()):
        for j, time in enumerate(times):
            axes = figure.axes[i * len(times) + j]
            if solid:
                draw_cutaway(axes, panel.results, panel.values[:, j], scale, chosen.colours, normal)
            else:
                draw_field(axes, panel.picture, panel.values[:, j], scale, chosen.colours)
            if i == 0:
                axes.set_title(style.time_label(time, times), pad=16)
            write_mean(axes, panel.means[j], solid)
        _name_row(figure.axes[i * len(times)], label, solid)
    colour_bar(figure, scale, chosen, figure.axes)
    _name_marks(figure, [panel.picture for panel in panels.values()])
    if solid:
        _write_size(figure.axes[0], next(iter(panels.values())).results)
    else:
        scale_bar(figure.axes[len(times) * (len(panels) - 1)])
    return figure


def panel_of(results: Any, times: Sequence[float], quantity: Quantity, normal: str = "z") -> Panel:
    """Everything of a run that its panels need."""
    return Panel(
        results,
        picture_of(results, normal),
        quantity.values(results, times),
        quantity.mean(results, times),
    )


def _empty_panels(panels: Mapping[str, Panel], columns: int, solid: bool) -> Figure:
    """Figure with equally scaled panels whose shape is that of the widest particle."""
    width, height = np.max([panel.picture.size for panel in panels.values()], axis=0)
    wide = 1.75 if columns > 3 else 2.2
    tall = wide * float(np.clip(height / width, 0.35, 1.6))
    rows = len(panels)
    figure = style.new_figure(columns * (wide + 0.12) + 1.1, rows * (tall + 0.3) + 0.65)
    kind = {"projection": "3d"} if solid else {}
    figure.subplots(rows, columns, squeeze=False, subplot_kw=kind)
    for axes in figure.axes:
        axes.set_axis_off()
    return figure


def draw_field(
    axes: Axes,
    picture: Picture,
    values: NDArray[np.float64],
    scale: Normalize,
    colours: str = style.FIELD_COLOURS,
) -> Any:
    """Colour a picture by nodal values; returns what an animation updates."""
    painted = axes.tripcolor(
        Triangulation(picture.points[:, 0], picture.points[:, 1], picture.triangles),
        picture.weights @ values,
        shading="gouraud",
        norm=scale,
        cmap=colours,
        rasterized=True,
    )
    axes.add_collection(LineCollection(list(picture.outline), colors=style.INK, linewidths=1.0))
    for segments, colour in zip(picture.marks.values(), mark_colours(picture.marks), strict=True):
        thick = LineCollection(list(segments), colors=colour, linewidths=4, capstyle="round")
        axes.add_collection(thick)
    axes.set_aspect("equal")
    axes.set_axis_off()
    low, high = picture.points.min(axis=0), picture.points.max(axis=0)
    margin = 0.04 * float(picture.size.max())
    axes.set_xlim(low[0] - margin, high[0] + margin)
    axes.set_ylim(low[1] - margin, high[1] + margin)
    return painted


def colour_scale(values: Sequence[NDArray[np.float64]]) -> Normalize:
    """One scale for all values; never so narrow that solver noise would show as a pattern."""
    low = min(float(v.min()) for v in values)
    high = max(float(v.max()) for v in values)
    least = 0.01
    if high - low < least:
        middle = (low + high) / 2
        low, high = middle - least / 2, middle + least / 2
    return Normalize(low, high)


def colour_bar(
    figure: FigureBase, scale: Normalize, quantity: Quantity, axes: Sequence[Axes]
) -> None:
    """Shared colour bar; says which end is rich and which is poor in lithium."""
    bar = figure.colorbar(
        ScalarMappable(scale, quantity.colours), ax=list(axes), shrink=0.82, aspect=16, pad=0.02
    )
    bar.outline.set_visible(False)
    bar.ax.tick_params(length=2.5, width=0.7, color=style.INK)
    bar.set_label(quantity.label)
    low, high = quantity.ends
    look: dict[str, Any] = {"ha": "center", "fontsize": 8, "color": style.MUTED}
    bar.ax.text(0.5, -0.03, low, va="top", transform=bar.ax.transAxes, **look)
    bar.ax.text(0.5, 1.03, high, va="bottom", transform=bar.ax.transAxes, **look)


def scale_bar(axes: Axes) -> None:
    """A bar of a round length [um] in the lower left corner of a particle image."""
    left, right = axes.get_xlim()
    bottom, top = axes.get_ylim()
    length = style.round_length(0.35 * (right - left))
    x, y = left + 0.02 * (right - left), bottom - 0.03 * (top - bottom)
    bar = axes.plot([x, x + length], [y, y], color=style.INK, linewidth=3, clip_on=False)[0]
    bar.set_solid_capstyle("butt")
    words = f"{length:g} µm" if length >= 1e-3 else f"{1e3 * length:g} nm"
    axes.annotate(
        words,
        (x + length / 2, y),
        (0, -4),
        textcoords="offset points",
        ha="center",
        va="top",
        fontsize=8.5,
        annotation_clip=False,
    )


def write_mean(axes: Any, mean: float, solid: bool = False) -> None:
    """The mean over the particle, small, above its image."""
    place = axes.text2D if solid else axes.text
    words = place(0.5, 1.02, f"mean {mean:.3f}", transform=axes.transAxes, ha="center")
    words.set(fontsize=8, color=style.MUTED)


def _write_size(axes: Any, results: Any) -> None:
    sides = 1e6 * np.ptp(results.mesh.mesh.p, axis=1)
    words = " × ".join(f"{side:.3g}" for side in sides) + " µm"
    axes.text2D(0.5, -0.02, words, transform=axes.transAxes, ha="center", va="top", fontsize=8)


def _name_row(axes: Any, label: str, solid: bool) -> None:
    place = axes.text2D if solid else axes.text
    place(-0.06, 0.5, label, transform=axes.transAxes, rotation=90, ha="right", va="center")


def _name_marks(figure: Figure, pictures: Sequence[Picture]) -> None:
    colours: dict[str, str] = {}
    for picture in pictures:
        colours |= dict(zip(picture.marks, mark_colours(picture.marks), strict=True))
    if colours:
        handles = [Line2D([], [], color=colour, linewidth=4) for colour in colours.values()]
        figure.legend(handles, list(colours), loc="outside lower center", ncols=len(colours))
