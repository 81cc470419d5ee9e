"""The electrode as a picture: lithium in every particle, wiring and contacts."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import matplotlib as mpl
import numpy as np
from matplotlib.axes import Axes
from matplotlib.collections import LineCollection, PatchCollection
from matplotlib.colors import Normalize
from matplotlib.figure import Figure
from matplotlib.patches import Circle
from matplotlib.tri import Triangulation
from numpy.typing import NDArray

from multiscale.errors import unknown_name
from multiscale.plotting import style
from multiscale.plotting.electrode.layout import check_electrode, moments, top_colours
from multiscale.plotting.electrode.picture import ElectrodePicture, electrode_picture
from multiscale.plotting.electrode.wiring import draw_contacts, draw_tops, draw_wiring
from multiscale.plotting.fields import colour_bar, colour_scale
from multiscale.plotting.quantities import quantity_of

Paint = Callable[[NDArray[np.float64]], None]
VIEWS = ("projection", "slice")
_RINGS = 18
_ROOM = 0.09


@style.styled
def particle_map(
    results: Any, times: Sequence[float], quantity: str = "delithiation", view: str = "projection"
) -> Figure:
    """The electrode at several times, lithium in every particle (Sharma et al., fig. 5).

    Parameters
    ----------
    results : ElectrodeResults
        Lumped particles are filled with one colour, radial ones are rings, resolved ones fields.
    times : sequence of float
        Times [s], one panel each.
    quantity : {"delithiation", "stoichiometry"}
        Degree of delithiation 1 - theta [-] or stoichiometry theta [-].
    view : {"projection", "slice"}
        3D electrodes: particles as balls coloured by their means, seen from the front, or the
        section that cuts most of them, with what is inside.

    Returns
    -------
    matplotlib.figure.Figure
        Dark rims touch carbon or the collector, grey rims other particles; up to five top
        particles are marked in their own colours. Above each panel: time, state of charge of
        the cell (mean 1 - theta) and voltage.

    Examples
    --------
    >>> import pybamm
    >>> import multiscale as ms
    >>> from multiscale.parameters import load_set
    >>> electrode = ms.ElectrodeGeometry.columns([0, 1])
    >>> sim = pybamm.Simulation(ms.ElectrodeModel(electrode, ms.Lumped()),
    ...                         parameter_values=load_set("Sharma2022_NMC532").values,
    ...                         experiment=["Charge at C/20 for 1 hour"])
    >>> figure = particle_map(ms.Results(sim.solve()), [0, 3600])
    >>> len(figure.axes)  # two panels and the colour bar
    3
    """
    shown = quantity_of(quantity)
    picture = checked_picture(results, view)
    values = shown.values(results, times)
    scale = shown_scale(picture, values)
    figure, panels = _empty_panels(picture, len(times))
    for axes, time, field, (soc, voltage) in zip(
        panels, times, values.T, moments(results, times), strict=True
    ):
        draw_electrode(axes, results, picture, scale, shown.colours)(field)
        axes.set_title(moment_label(time, results), pad=15)
        write_moment(axes, soc, voltage)
    colour_bar(figure, scale, shown, panels)
    draw_scale_bar(panels[0])
    return figure


def checked_picture(results: Any, view: str = "projection") -> ElectrodePicture:
    """Layout of an electrode; names what is wrong with the arguments."""
    check_electrode(results)
    if view not in VIEWS:
        raise ValueError(unknown_name("view", view, VIEWS))
    return electrode_picture(results, view)


def shown_scale(picture: ElectrodePicture, values: NDArray[np.float64]) -> Normalize:
    """Colour scale of a quantity between 0 and 1, whatever small excess a solution has."""
    scale = colour_scale([np.clip(picture.weights @ values, 0, 1)])
    return Normalize(max(scale.vmin or 0.0, 0.0), min(scale.vmax or 1.0, 1.0))


def page_size(picture: ElectrodePicture) -> NDArray[np.float64]:
    """Width and height of the particles together [um]."""
    reach = picture.radii[:, None]
    return (picture.places + reach).max(axis=0) - (picture.places - reach).min(axis=0)


def _empty_panels(picture: ElectrodePicture, n: int) -> tuple[Figure, list[Axes]]:
    width, height = page_size(picture)
    columns = min(n, 4)
    rows = -(-n // columns)
    wide = 2.3 if columns > 2 else 3.2
    tall = wide * float(np.clip(height / width, 0.3, 1.6))
    figure = style.new_figure(columns * (wide + 0.12) + 1.1, rows * (tall + 0.55) + 0.3)
    grid = figure.subplots(rows, columns, squeeze=False).ravel()
    for axes in grid[n:]:
        axes.remove()
    return figure, list(grid[:n])


def draw_electrode(
    axes: Axes, results: Any, picture: ElectrodePicture, scale: Normalize, colours: str
) -> Paint:
    """Draw everything but the lithium; returns what colours the particles by nodal values."""
    draw_wiring(axes, results, picture)
    if picture.balls:
        paint = _draw_balls(axes, results, picture, scale, colours)
    else:
        paint = _draw_fields(axes, picture, scale, colours)
        draw_contacts(axes, results, picture)
        draw_tops(axes, picture, top_colours(results))
    axes.set_aspect("equal")
    axes.set_axis_off()
    axes.autoscale_view()
    # room for the scale bar, in every panel so that all stay equally large
    bottom, top = axes.get_ylim()
    axes.set_ylim(bottom - _ROOM * (top - bottom), top)
    return paint


def _draw_fields(axes: Axes, picture: ElectrodePicture, scale: Normalize, colours: str) -> Paint:
    painted = axes.tripcolor(
        Triangulation(picture.points[:, 0], picture.points[:, 1], picture.triangles),
        np.zeros(len(picture.points)),
        shading="gouraud",
        norm=scale,
        cmap=colours,
        rasterized=True,
        zorder=1,
    )
    rims = np.concatenate(list(picture.outlines.values()))
    width = 0.8 if len(picture.radii) <= 30 else 0.4
    axes.add_collection(LineCollection(list(rims), colors=style.INK, linewidths=width, zorder=2))

    def paint(values: NDArray[np.float64]) -> None:
        painted.set_array(picture.weights @ values)

    return paint


def _draw_balls(
    axes: Axes, results: Any, picture: ElectrodePicture, scale: Normalize, colours: str
) -> Paint:
    """Shaded circles from the back to the front, lit from the upper left."""
    marked = top_colours(results)
    rings = np.sqrt(1 - (np.arange(_RINGS) / _RINGS) ** 2)  # from the rim inwards
    patches, edges, widths = [], [], []
    for i in picture.depth_order:
        radius, edge = picture.radii[i], marked.get(results.labels[i])
        for share in rings:
            centre = picture.places[i] + 0.22 * (1 - share) * radius * np.array([-1, 1])
            patches.append(Circle(centre, share * radius))
            edges.append((edge or style.INK) if share == 1 else "none")
            widths.append((2.2 if edge else 0.4) if share == 1 else 0.0)
    drawn = PatchCollection(patches, edgecolors=edges, linewidths=widths, zorder=1)
    axes.add_collection(drawn)
    light = 0.68 + 0.32 * np.sqrt(1 - rings**2)

    def paint(values: NDArray[np.float64]) -> None:
        means = (picture.weights @ values)[picture.depth_order]
        base = mpl.colormaps[colours](scale(means))[:, None, :3]
        drawn.set_facecolor((base * light[:, None]).reshape(-1, 3))

    return paint


def moment_label(time: float, results: Any) -> str:
    """A time in the unit that suits the whole run."""
    size, unit = style.time_unit(results.times)
    return f"{time / size:.3g} {unit}"


def write_moment(axes: Axes, soc: float, voltage: float) -> None:
    """State of charge and voltage, small, above a panel."""
    words = f"SOC {soc:.2f} · {voltage:.2f} V"
    look: dict[str, Any] = {"ha": "center", "va": "bottom", "fontsize": 8, "color": style.MUTED}
    axes.annotate(words, (0.5, 1), (0, 3), "axes fraction", textcoords="offset points", **look)


def draw_scale_bar(axes: Axes) -> None:
    """A bar of a round length [um] in the lower left corner, its length beside it."""
    left, right = axes.get_xlim()
    bottom, top = axes.get_ylim()
    length = style.round_length(0.35 * (right - left))
    x, y = left + 0.045 * (right - left), bottom + 0.35 * _ROOM * (top - bottom)
    bar = axes.plot([x, x + length], [y, y], color=style.INK, linewidth=2.5)[0]
    bar.set_solid_capstyle("butt")
    look: dict[str, Any] = {"textcoords": "offset points", "va": "center", "fontsize": 8}
    axes.annotate(f"{length:g} µm", (x + length, y), (4, 0), **look)
