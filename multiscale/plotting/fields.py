"""A field in a particle: what can be drawn of it, and panels of it at several times."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import matplotlib as mpl
import numpy as np
from matplotlib.axes import Axes
from matplotlib.cm import ScalarMappable
from matplotlib.collections import LineCollection
from matplotlib.colors import Normalize
from matplotlib.figure import Figure, FigureBase
from matplotlib.lines import Line2D
from matplotlib.tri import Triangulation
from mpl_toolkits.mplot3d.art3d import (  # type: ignore[import-untyped]
    Line3DCollection,
    Poly3DCollection,
)
from numpy.typing import ArrayLike, NDArray

from multiscale.errors import unknown_name
from multiscale.fem.space import space_of
from multiscale.plotting import style
from multiscale.plotting.picture import (
    Picture,
    clip,
    cut,
    mark_colours,
    marked_facets,
    middle,
    picture_of,
    straight_cells,
)


@dataclass(frozen=True)
class Quantity:
    """A field as it is shown.

    Attributes
    ----------
    field : str
        Name of the variable.
    label : str
        Name on an axis, with its unit.
    colours : str
        Colormap; lithium-rich is dark in every one.
    ends : tuple of str
        What the low and the high end mean; empty if nothing is to be said.
    complement : bool
        Show one minus the field.
    """

    field: str
    label: str
    colours: str = style.FIELD_COLOURS
    ends: tuple[str, str] = ("", "")
    complement: bool = False

    def values(self, results: Any, times: ArrayLike) -> NDArray[np.float64]:
        """Nodal values, (n_unknowns, n_times)."""
        values = results.field(self.field, times)
        return 1 - values if self.complement else values

    def mean(self, results: Any, times: ArrayLike) -> NDArray[np.float64]:
        """Mean over the particle's volume at each time."""
        volumes = results.space.volumes
        return volumes @ self.values(results, times) / volumes.sum()


QUANTITIES = {
    "delithiation": Quantity(
        "Particle stoichiometry",
        "Degree of delithiation 1 − θ [–]",
        ends=("Li-rich", "Li-poor"),
        complement=True,
    ),
    "stoichiometry": Quantity(
        "Particle stoichiometry",
        "Lithium content θ [–]",
        colours=f"{style.FIELD_COLOURS}_r",
        ends=("Li-poor", "Li-rich"),
    ),
    "potential": Quantity("Particle potential [V]", "Potential in the particle [V]", "cividis"),
}


def quantity_of(name: str) -> Quantity:
    """A quantity by its short name.

    Examples
    --------
    >>> quantity_of("delithiation").field
    'Particle stoichiometry'
    """
    if name not in QUANTITIES:
        raise ValueError(unknown_name("quantity", name, tuple(QUANTITIES)))
    return QUANTITIES[name]


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
    # equally scaled panels whose shape is that of the widest particle
    width, height = np.max([panel.picture.size for panel in panels.values()], axis=0)
    wide = 1.75 if len(times) > 3 else 2.2
    tall = wide * float(np.clip(height / width, 0.35, 1.6))
    size = len(times) * (wide + 0.12) + 1.1, len(panels) * (tall + 0.3) + 0.65
    figure = style.new_figure(*size)
    projection = {"projection": "3d"} if solid else {}
    figure.subplots(len(panels), len(times), squeeze=False, subplot_kw=projection)
    for axes in figure.axes:
        axes.set_axis_off()
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
        row: Any = figure.axes[i * len(times)]
        place = row.text2D if solid else row.text
        aside: dict[str, Any] = {"rotation": 90, "ha": "right", "va": "center"}
        place(-0.06, 0.5, label, transform=row.transAxes, **aside)
    colour_bar(figure, scale, chosen, figure.axes)
    marks: dict[str, str] = {}
    for panel in panels.values():
        marks |= dict(zip(panel.picture.marks, mark_colours(panel.picture.marks), strict=True))
    if marks:
        handles = [Line2D([], [], color=colour, linewidth=4) for colour in marks.values()]
        figure.legend(handles, list(marks), loc="outside lower center", ncols=len(marks))
    if solid:
        first: Any = figure.axes[0]
        sides = 1e6 * np.ptp(next(iter(runs.values())).mesh.mesh.p, axis=1)
        words = " × ".join(f"{side:.3g}" for side in sides) + " µm"
        below: dict[str, Any] = {"ha": "center", "va": "top", "fontsize": 8}
        first.text2D(0.5, -0.02, words, transform=first.transAxes, **below)
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
    look: dict[str, Any] = {"ha": "center", "va": "top", "fontsize": 8.5, "annotation_clip": False}
    axes.annotate(words, (x + length / 2, y), (0, -4), textcoords="offset points", **look)


def write_mean(axes: Any, mean: float, solid: bool = False) -> None:
    """The mean over the particle, small, above its image."""
    place = axes.text2D if solid else axes.text
    words = place(0.5, 1.02, f"mean {mean:.3f}", transform=axes.transAxes, ha="center")
    words.set(fontsize=8, color=style.MUTED)


_VIEWS = {"x": (24, 30), "y": (24, -60), "z": (38, -60)}


def draw_cutaway(
    axes: Any,
    results: Any,
    values: NDArray[np.float64],
    scale: Normalize,
    colours: str,
    normal: str,
) -> None:
    """Draw the slice through the middle and the half of the surface behind it.

    Parameters
    ----------
    axes : mplot3d axes
    results : Results
        On a 3D mesh.
    values : array, shape (n_unknowns,)
        Nodal values.
    """
    mesh, space = results.mesh, space_of(results.mesh)
    across = "xyz".index(normal)
    level, cells = middle(mesh)[across], straight_cells(space)
    height = space.coordinates[across] - level
    # faces of one cell only are the outer surface; the viewer stands at +z, +x or -y, and what
    # lies behind the plane is kept
    faces = np.concatenate([np.delete(cells, i, axis=1) for i in range(4)])
    _, first, count = np.unique(
        np.sort(faces, axis=1), axis=0, return_index=True, return_counts=True
    )
    skin = clip(faces[first[count == 1]], height if normal == "y" else -height)
    for order, part in enumerate((skin, cut(cells, height))):
        corners = 1e6 * (part.weights @ space.coordinates.T)[part.pieces]
        shown = (part.weights @ values)[part.pieces][:, :, None]
        for _ in range(2):  # triangles in sixteen for smooth shades
            corners, shown = _quartered(corners), _quartered(shown)
        shade = mpl.colormaps[colours](scale(shown[:, :, 0].mean(axis=1)))
        look = {"facecolors": shade, "edgecolors": shade, "linewidths": 0.3, "rasterized": True}
        axes.add_collection3d(Poly3DCollection(corners, zorder=order, **look))

    def segments(facets: NDArray[np.int64]) -> NDArray[np.float64]:
        section = cut(mesh.mesh.facets[:, facets].T, mesh.mesh.p[across] - level)
        return 1e6 * (section.weights @ mesh.mesh.p.T)[section.pieces]

    # the edge of the cut, with blocked parts and contacts as thick lines
    rim = segments(np.concatenate(list(mesh.groups.values())))
    axes.add_collection3d(Line3DCollection(rim, colors=style.INK, linewidths=0.9, zorder=2))
    marks = marked_facets(results)
    for facets, colour in zip(marks.values(), mark_colours(marks), strict=True):
        if len(lines := segments(facets)):
            thick = {"colors": colour, "linewidths": 4, "capstyle": "round", "zorder": 3}
            axes.add_collection3d(Line3DCollection(lines, **thick))
    low, high = 1e6 * mesh.mesh.p.min(axis=1), 1e6 * mesh.mesh.p.max(axis=1)
    axes.set(xlim=(low[0], high[0]), ylim=(low[1], high[1]), zlim=(low[2], high[2]))
    axes.set_box_aspect(high - low, zoom=1.45)
    axes.set_proj_type("ortho")
    axes.computed_zorder = False
    axes.view_init(*_VIEWS[normal])
    axes.set_axis_off()


def _quartered(corners: NDArray[np.float64]) -> NDArray[np.float64]:
    a, b, c = corners.transpose(1, 0, 2)
    ab, bc, ca = (a + b) / 2, (b + c) / 2, (c + a) / 2
    small = [(a, ab, ca), (ab, b, bc), (ca, bc, c), (ab, bc, ca)]
    return np.concatenate([np.stack(piece, axis=1) for piece in small])
