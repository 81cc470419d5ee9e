"""The wiring as a graph: who carries the current and which necks block."""

from __future__ import annotations

from typing import Any

import matplotlib as mpl
import numpy as np
from matplotlib.axes import Axes
from matplotlib.cm import ScalarMappable
from matplotlib.collections import LineCollection, PatchCollection
from matplotlib.colors import Normalize
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Circle
from numpy.typing import NDArray

from multiscale.plotting import style
from multiscale.plotting.electrode import layout
from multiscale.plotting.electrode.maps import (
    checked_picture,
    moment_label,
    page_size,
    write_moment,
)
from multiscale.plotting.electrode.picture import ElectrodePicture
from multiscale.plotting.electrode.wiring import (
    Collector,
    draw_tops,
    draw_wiring,
    node_places,
)

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
    >>> from multiscale.parameters import load_set
    >>> electrode = ms.ElectrodeGeometry.columns([0, 1])
    >>> sim = pybamm.Simulation(ms.ElectrodeModel(electrode, ms.Lumped()),
    ...                         parameter_values=load_set("Sharma2022_NMC532").values,
    ...                         experiment=["Charge at C/20 for 1 hour"])
    >>> figure = contact_network(ms.Results(sim.solve()), 1800)
    >>> figure.axes[1].get_ylabel()
    'Voltage drop [mV]'
    """
    picture = checked_picture(results)
    width, height = page_size(picture)
    tall = 4.4 * float(np.clip(height / width, 0.35, 1.5))
    figure = style.new_figure(6.6, tall + 0.9)
    axes = figure.add_subplot()
    drops = np.abs(_contact_series(results, "Contact voltage drop [V]", time))
    currents = np.abs(_contact_series(results, "Contact current [A]", time))
    factor, unit = style.scaled(drops, "V")
    scale = Normalize(0, max(factor * float(drops.max()), 1e-12))
    _draw_particles(axes, results, picture)
    draw_wiring(axes, results, picture)
    _draw_contacts(axes, results, picture, currents, scale(factor * drops))
    draw_tops(axes, picture, layout.top_colours(results))
    axes.set_aspect("equal")
    axes.set_axis_off()
    axes.autoscale_view()
    axes.set_title(moment_label(time, results), pad=15)
    write_moment(axes, *layout.moments(results, [time])[0])
    bar = figure.colorbar(ScalarMappable(scale, DROP_COLOURS), ax=axes, shrink=0.75, aspect=18)
    bar.outline.set_visible(False)
    bar.set_label(f"Voltage drop [{unit}]")
    _explain(figure, currents, len(picture.radii) <= _NUMBERED)
    return figure


def _contact_series(results: Any, name: str, time: float) -> NDArray[np.float64]:
    return np.asarray(results.series(name, [time])).reshape(-1)


def _draw_particles(axes: Axes, results: Any, picture: ElectrodePicture) -> None:
    discs = [
        Circle(place, radius) for place, radius in zip(picture.places, picture.radii, strict=True)
    ]
    look: dict[str, Any] = {"facecolor": "#eef0f3", "edgecolor": "#c3c7ce", "linewidth": 0.8}
    axes.add_collection(PatchCollection(discs, zorder=0.8, **look))
    if len(discs) <= _NUMBERED:
        counts = layout.obstruction(results)
        for label, place, radius in zip(results.labels, picture.places, picture.radii, strict=True):
            words: dict[str, Any] = {"fontsize": 7.5, "color": style.MUTED, "va": "center"}
            axes.text(place[0] - 0.55 * radius, place[1], str(counts[label]), ha="center", **words)


def _draw_contacts(
    axes: Axes,
    results: Any,
    picture: ElectrodePicture,
    currents: NDArray[np.float64],
    shares: NDArray[np.float64],
) -> None:
    """Lines from the centres of the particles to the nodes, the largest drops on top."""
    table = results.model.domains.contacts
    nodes = node_places(results.model.electrode)
    place = dict(zip(results.labels, picture.places, strict=True))
    pairs = zip(table["particle"].astype(str), table["node"].astype(str), strict=True)
    collector = results.model.electrode.collector
    bar = Collector(results.model.electrode, picture)
    ends = np.array(
        [
            [place[particle], bar.foot(place[particle]) if node == collector else nodes[node]]
            for particle, node in pairs
        ]
    )
    order = np.argsort(shares)
    widths = _widths(currents)
    colours = DROP_COLOURS(shares)
    for colour, extra in (("white", 1.6), (None, 0.0)):
        drawn = LineCollection(
            list(ends[order]),
            colors=colour or colours[order],
            linewidths=widths[order] + extra,
            capstyle="round",
            zorder=2 if colour is None else 1.9,
        )
        axes.add_collection(drawn)


def _widths(currents: NDArray[np.float64]) -> NDArray[np.float64]:
    """Line widths [points]; the thinnest can still be seen."""
    return 0.9 + (_WIDEST - 0.9) * currents / max(float(currents.max()), 1e-300)


def _explain(figure: Figure, currents: NDArray[np.float64], numbered: bool) -> None:
    factor, unit = style.scaled(currents, "A")
    largest = float(currents.max())
    handles: list[Any] = [
        Line2D([], [], color=style.MUTED, linewidth=width, label=f"{factor * current:.2g} {unit}")
        for current, width in zip(
            largest * np.array([0.05, 0.5, 1.0]),
            _widths(np.array([0.05, 0.5, 1.0])),
            strict=True,
        )
    ]
    if numbered:
        look: dict[str, Any] = {"marker": "$2$", "linestyle": "", "markersize": 5}
        handles.append(Line2D([], [], color=style.MUTED, label="particles in the way", **look))
    figure.legend(handles=handles, loc="outside lower center", ncols=4)
