"""The electrode as a picture: lithium in every particle, wiring, contacts and what they carry."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

import matplotlib as mpl
import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.cm import ScalarMappable
from matplotlib.collections import LineCollection, PatchCollection
from matplotlib.colors import Normalize
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Circle
from matplotlib.tri import Triangulation
from numpy.typing import ArrayLike, NDArray

from multiscale.analysis.half_cycles import half_cycles
from multiscale.errors import AnalysisError, ResultsError, unknown_name
from multiscale.plotting import style
from multiscale.plotting.fields import colour_bar, colour_scale, quantity_of
from multiscale.plotting.picture import ElectrodePicture, electrode_picture, page_axes

# Sharma et al., fig. 4a, from the best to the worst connected top particle.
TOP_COLOURS = ("#e69f00", "#0072b2", "#009e73", "#8a3ffc", "#d7263d")
CELL_LABEL = "Cell state of charge, mean 1 − θ [–]"
PARTICLE_LABEL = "Particle, mean 1 − θ [–]"
CHARGE_SHADE = "#f3f4f6"


def check_electrode(results: Any) -> None:
    """Raise unless the run is one of an electrode."""
    if not hasattr(getattr(results, "model", None), "electrode"):
        raise ResultsError(
            "This figure shows the particles of an electrode; it needs the results of an "
            f"ElectrodeModel, not {type(results).__name__}"
        )


def cell_soc(results: Any, times: ArrayLike | None = None) -> NDArray[np.float64]:
    """Delithiated fraction of the whole electrode, weighted by volume."""
    volumes = results.space.particle_volumes
    soc = results.state_of_charge(times).to_numpy()
    return np.asarray(volumes @ soc / volumes.sum())


def obstruction(results: Any) -> dict[str, int]:
    """Particles between each particle and the carbon network, by label."""
    geometry = results.model.electrode
    counts = geometry.particles["obstruction"]
    if (counts < 0).any():
        counts = geometry.obstruction_counts()
    return {str(label): int(count) for label, count in counts.items()}


def obstruction_colours(counts: Iterable[int]) -> dict[int, Any]:
    """A colour for each number of particles in the way, dark for none."""
    distinct = sorted(set(counts))
    return dict(zip(distinct, style.ordered_colours(len(distinct)), strict=True))


def tops(results: Any) -> list[str]:
    """Particles that are seen from above, the best connected first."""
    table = results.model.electrode.particles
    count = obstruction(results)
    chosen = [str(label) for label in table.index[table["top"].astype(bool)]]
    return sorted(chosen, key=lambda label: (count[label], float(table.loc[label, "x_m"])))


def top_colours(results: Any) -> dict[str, str]:
    """A colour of its own for each top particle, if there are few enough to tell apart."""
    chosen = tops(results)
    return dict(zip(chosen, TOP_COLOURS, strict=False)) if len(chosen) <= len(TOP_COLOURS) else {}


def record_of(results: Any) -> pd.DataFrame:
    """Half-cycles of the run with a ``name`` such as "charge 1"; empty if no current flowed."""
    try:
        table = half_cycles(results.times, results.series("Current [A]"))
    except AnalysisError:
        return pd.DataFrame(columns=["half_cycle", "kind", "start_s", "end_s", "name"])
    number = table.groupby("kind").cumcount() + 1
    return table.assign(name=table["kind"] + " " + number.astype(str))


def shade_half_cycles(axes: Axes, record: pd.DataFrame, size: float, named: bool = True) -> None:
    """Charges on light grey, with the name of each half-cycle above; ``size`` in s per unit."""
    for _, row in record.iterrows():
        start, end = row["start_s"] / size, row["end_s"] / size
        if row["kind"] == "charge":
            axes.axvspan(start, end, color=CHARGE_SHADE, linewidth=0, zorder=0)
        if named:
            look: dict[str, Any] = {"ha": "center", "va": "bottom", "fontsize": 8}
            look |= {"transform": axes.get_xaxis_transform(), "color": style.MUTED}
            axes.text((start + end) / 2, 1.01, row["name"], **look)


def moments(results: Any, times: ArrayLike) -> list[tuple[float, float]]:
    """State of charge of the cell and voltage at the times."""
    voltages = results.series("Voltage [V]", times)
    return list(zip(cell_soc(results, times).tolist(), voltages.tolist(), strict=True))


def by_obstruction(results: Any) -> Mapping[str, Any]:
    """Colour of every particle by the number of particles in its way."""
    counts = obstruction(results)
    colours = obstruction_colours(counts.values())
    return {label: colours[count] for label, count in counts.items()}


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
    >>> model = ms.ElectrodeModel(ms.ElectrodeGeometry.columns([0, 1]), ms.Lumped())
    >>> sim = pybamm.Simulation(model, experiment=["Charge at C/20 for 1 hour"],
    ...                         parameter_values=pybamm.ParameterValues("Sharma2022_NMC532"))
    >>> figure = particle_map(ms.Results(sim.solve()), [0, 3600])
    >>> len(figure.axes)  # two panels and the colour bar
    3
    """
    shown = quantity_of(quantity)
    picture = checked_picture(results, view)
    values = shown.values(results, times)
    scale = shown_scale(picture, values)
    width, height = page_size(picture)
    columns = min(len(times), 4)
    rows = -(-len(times) // columns)
    wide = 2.3 if columns > 2 else 3.2
    tall = wide * float(np.clip(height / width, 0.3, 1.6))
    figure = style.new_figure(columns * (wide + 0.12) + 1.1, rows * (tall + 0.55) + 0.3)
    grid = figure.subplots(rows, columns, squeeze=False).ravel()
    for axes in grid[len(times) :]:
        axes.remove()
    panels = list(grid[: len(times)])
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


CARBON, NECK, WIRE = style.INK, "#8b919c", "#c3c7ce"
_ARC = np.linspace(-1, 1, 13)


def node_places(geometry: Any) -> dict[str, NDArray[np.float64]]:
    """Places of the nodes on the page [um]."""
    axes = [("x_m", "y_m", "z_m")[axis] for axis in page_axes(geometry)]
    values = 1e6 * geometry.nodes[axes].to_numpy(float)
    return dict(zip(map(str, geometry.nodes.index), values, strict=True))


class Collector:
    """The collector as a bar along the side of the electrode on which it lies."""

    def __init__(self, geometry: Any, picture: ElectrodePicture):
        low = (picture.places - picture.radii[:, None]).min(axis=0)
        high = (picture.places + picture.radii[:, None]).max(axis=0)
        place = node_places(geometry)[geometry.collector]
        outside = np.array([low - place, place - high])
        side, self.across = np.unravel_index(int(outside.argmax()), outside.shape)
        level = low[self.across] if side == 0 else high[self.across]
        self.level = min(place[self.across], level) if side == 0 else max(place[self.across], level)
        along = 1 - self.across
        self.ends = np.empty((2, 2))
        self.ends[:, self.across] = self.level
        self.ends[:, along] = low[along], high[along]

    def foot(self, place: NDArray[np.float64]) -> NDArray[np.float64]:
        """Where a straight wire from a place meets the bar."""
        foot = np.array(place, dtype=float)
        foot[self.across] = self.level
        return foot


def draw_wiring(axes: Axes, results: Any, picture: ElectrodePicture) -> None:
    """Collector, in 2D with wires and carbon, behind the particles."""
    geometry = results.model.electrode
    places, collector = node_places(geometry), Collector(geometry, picture)
    bar = LineCollection([collector.ends], colors=CARBON, linewidths=5, capstyle="butt", zorder=0.6)
    axes.add_collection(bar)
    if geometry.dimension == 3:  # wires and carbon would hang before and behind the page
        return
    lines = []
    for a, b in geometry.edges[["node_a", "node_b"]].itertuples(index=False):
        a, b = (b, a) if a == geometry.collector else (a, b)
        end = collector.foot(places[a]) if b == geometry.collector else places[b]
        lines.append([places[a], end])
    axes.add_collection(LineCollection(lines, colors=WIRE, linewidths=1.1, zorder=0.5))
    carbon = [places[str(n)] for n in geometry.nodes.index[geometry.nodes["kind"] == "carbon"]]
    if carbon:
        size = float(np.clip(600 / len(picture.radii), 4, 14))
        x, y = np.transpose(carbon)
        axes.scatter(x, y, s=size, color=CARBON, linewidths=0, zorder=0.7)


def draw_contacts(axes: Axes, results: Any, picture: ElectrodePicture) -> None:
    """Patches on the rims: dark to carbon or collector, grey between particles (2D)."""
    geometry = results.model.electrode
    if geometry.dimension != 2:
        return
    places = node_places(geometry)
    number = {label: i for i, label in enumerate(results.labels)}
    kinds = geometry.nodes["kind"]
    arcs: dict[str, list[Any]] = {CARBON: [], NECK: []}
    for _, row in geometry.contacts.iterrows():
        i = number[str(row["particle"])]
        centre, radius = picture.places[i], picture.radii[i]
        middle = np.arctan2(row["direction_y"], row["direction_x"])
        angle = middle + np.radians(row["half_angle_deg"]) * _ARC
        arc = centre + radius * np.column_stack([np.cos(angle), np.sin(angle)])
        colour = NECK if kinds[row["node"]] == "junction" else CARBON
        arcs[colour].append(arc)
        if kinds[row["node"]] == "carbon":
            touch = centre + radius * np.array([np.cos(middle), np.sin(middle)])
            arcs[CARBON].append(np.array([touch, places[str(row["node"])]]))
    width = float(np.clip(14 / np.sqrt(len(picture.radii)), 0.8, 3))
    for colour, lines in arcs.items():
        drawn = LineCollection(lines, colors=colour, linewidths=width, capstyle="butt", zorder=3)
        axes.add_collection(drawn)


def draw_tops(axes: Axes, picture: ElectrodePicture, colours: Mapping[str, Any]) -> None:
    """The upper rim of the top particles, each in its own colour."""
    for label, colour in colours.items():
        if label not in picture.outlines:
            continue
        lines = picture.outlines[label]
        centre = (lines.min(axis=(0, 1)) + lines.max(axis=(0, 1))) / 2
        upper = lines[lines[:, :, 1].mean(axis=1) >= centre[1]]
        rim = centre + 1.035 * (upper - centre)
        look: dict[str, Any] = {"linewidths": 3, "capstyle": "round", "zorder": 4}
        axes.add_collection(LineCollection(list(rim), colors=colour, **look))


# from orange, which shows on grey, to black
DROP_COLOURS = mpl.colors.ListedColormap(mpl.colormaps["inferno_r"](np.linspace(0.16, 1.0, 256)))
_WIDEST = 7.0
_NUMBERED = 30  # particles that find room for their number


@style.styled
def contact_network(results: Any, time: float) -> Figure:
    """Contacts as lines, as wide as their current and coloured by their voltage drop.

    Parameters
    ----------
    results : ElectrodeResults
    time : float
        [s].

    Returns
    -------
    matplotlib.figure.Figure
        A line leads from the centre of a particle to the carbon, the collector or the junction
        with its neighbour. Thin and dark: a neck that blocks. The drop is that of interface and
        constriction, without what is lost inside a resolved particle.

    Examples
    --------
    >>> import pybamm
    >>> import multiscale as ms
    >>> model = ms.ElectrodeModel(ms.ElectrodeGeometry.columns([0, 1]), ms.Lumped())
    >>> sim = pybamm.Simulation(model, experiment=["Charge at C/20 for 1 hour"],
    ...                         parameter_values=pybamm.ParameterValues("Sharma2022_NMC532"))
    >>> figure = contact_network(ms.Results(sim.solve()), 1800)
    >>> figure.axes[1].get_ylabel()
    'Voltage drop [mV]'
    """
    picture = checked_picture(results)
    width, height = page_size(picture)
    tall = 4.4 * float(np.clip(height / width, 0.35, 1.5))
    figure = style.new_figure(6.6, tall + 0.9)
    axes = figure.add_subplot()
    drops, currents = (
        np.abs(np.asarray(results.series(name, [time])).reshape(-1))
        for name in ("Contact voltage drop [V]", "Contact current [A]")
    )
    factor, unit = style.scaled(drops, "V")
    scale = Normalize(0, max(factor * float(drops.max()), 1e-12))
    discs = [
        Circle(place, radius) for place, radius in zip(picture.places, picture.radii, strict=True)
    ]
    pale: dict[str, Any] = {"facecolor": "#eef0f3", "edgecolor": "#c3c7ce", "linewidth": 0.8}
    axes.add_collection(PatchCollection(discs, zorder=0.8, **pale))
    numbered, counts = len(discs) <= _NUMBERED, obstruction(results)
    if numbered:
        for label, place, radius in zip(results.labels, picture.places, picture.radii, strict=True):
            words: dict[str, Any] = {"fontsize": 7.5, "color": style.MUTED, "va": "center"}
            axes.text(place[0] - 0.55 * radius, place[1], str(counts[label]), ha="center", **words)
    draw_wiring(axes, results, picture)

    # lines from the centres of the particles to the nodes, the largest drops on top
    geometry, table = results.model.electrode, results.model.domains.contacts
    nodes, bar_of_collector = node_places(geometry), Collector(geometry, picture)
    places = dict(zip(results.labels, picture.places, strict=True))
    ends = []
    for particle, node in table[["particle", "node"]].astype(str).itertuples(index=False):
        place = places[particle]
        on_collector = node == geometry.collector
        ends.append([place, bar_of_collector.foot(place) if on_collector else nodes[node]])
    shares = scale(factor * drops)
    order = np.argsort(shares)
    lines = list(np.array(ends)[order])
    # the thinnest can still be seen
    widths = 0.9 + (_WIDEST - 0.9) * currents / max(float(currents.max()), 1e-300)
    thin: dict[str, Any] = {"capstyle": "round", "colors": "white", "zorder": 1.9}
    axes.add_collection(LineCollection(lines, linewidths=widths[order] + 1.6, **thin))
    colours = DROP_COLOURS(shares)[order]
    thick: dict[str, Any] = {"capstyle": "round", "colors": colours, "zorder": 2}
    axes.add_collection(LineCollection(lines, linewidths=widths[order], **thick))
    draw_tops(axes, picture, top_colours(results))
    axes.set_aspect("equal")
    axes.set_axis_off()
    axes.autoscale_view()
    axes.set_title(moment_label(time, results), pad=15)
    write_moment(axes, *moments(results, [time])[0])
    bar = figure.colorbar(ScalarMappable(scale, DROP_COLOURS), ax=axes, shrink=0.75, aspect=18)
    bar.outline.set_visible(False)
    bar.set_label(f"Voltage drop [{unit}]")
    factor, unit = style.scaled(currents, "A")
    largest = factor * float(currents.max())
    handles: list[Any] = [
        Line2D([], [], color=style.MUTED, linewidth=width, label=f"{share * largest:.2g} {unit}")
        for share in (0.05, 0.5, 1.0)
        for width in (0.9 + (_WIDEST - 0.9) * share,)
    ]
    if numbered:
        look: dict[str, Any] = {"marker": "$2$", "linestyle": "", "markersize": 5}
        handles.append(Line2D([], [], color=style.MUTED, label="particles in the way", **look))
    figure.legend(handles=handles, loc="outside lower center", ncols=4)
    return figure
