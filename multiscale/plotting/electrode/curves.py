"""Every particle against time or against the cell."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from numpy.typing import NDArray

from multiscale.errors import ResultsError, unknown_name
from multiscale.plotting import style
from multiscale.plotting.electrode import layout

AGAINST = ("cell soc", "time")
_POINTS = 240
_MOST = 4  # half-cycles side by side

Floats = NDArray[np.float64]


@style.styled
def particle_traces(results: Any, against: str = "cell soc") -> Figure:
    """State of charge of every particle per half-cycle, its slope below (Sharma, fig. 1c).

    Parameters
    ----------
    results : ElectrodeResults
    against : {"cell soc", "time"}
        State of charge of the cell, which falls from left to right on discharge, or the time
        since the start of the half-cycle. The slope is that of the particle's state of charge:
        1 for all if they react together.

    Returns
    -------
    matplotlib.figure.Figure
        Up to four half-cycles side by side. Colours: number of particles between a particle
        and the carbon network. Dashed: all particles together.

    Examples
    --------
    >>> import pybamm
    >>> import multiscale as ms
    >>> from multiscale.parameters import load_set
    >>> electrode = ms.ElectrodeGeometry.columns([0, 1])
    >>> sim = pybamm.Simulation(ms.ElectrodeModel(electrode, ms.Lumped()),
    ...                         parameter_values=load_set("Sharma2022_NMC532").values,
    ...                         experiment=["Charge at C/20 for 1 hour"])
    >>> figure = particle_traces(ms.Results(sim.solve()))
    >>> [axes.get_ylabel() for axes in figure.axes]
    ['Particle, mean 1 − θ [–]', 'd(particle) / d(cell) [–]']
    """
    layout.check_electrode(results)
    if against not in AGAINST:
        raise ValueError(unknown_name("abscissa", against, AGAINST))
    record = layout.record_of(results).iloc[:_MOST]
    if record.empty:
        raise ResultsError("No current flowed in this run, so that there is no half-cycle to show")
    figure = style.new_figure(1.4 + 2.1 * len(record), 4.4)
    grid = figure.subplots(2, len(record), squeeze=False, sharey="row", height_ratios=[1.25, 1])
    for (upper, lower), (_, row) in zip(grid.T, record.iterrows(), strict=True):
        draw_traces(upper, results, row, against)
        draw_slopes(lower, results, row, against)
        upper.set_title(row["name"])
    for axes in grid.ravel():
        axes.set_xlabel("")
        axes.label_outer()
    figure.align_ylabels(grid[:, 0])
    unit = f"Time since the start of the half-cycle [{_unit(record)}]"
    figure.supxlabel(layout.CELL_LABEL if against == "cell soc" else unit, fontsize=9.5)
    legend_of_obstruction(figure, results)
    return figure


def draw_traces(axes: Axes, results: Any, half_cycle: pd.Series, against: str = "cell soc") -> None:
    """State of charge of every particle over one half-cycle."""
    style.dress(axes)
    x, cell, soc = _sampled(results, half_cycle, against)
    colours, order = layout.by_obstruction(results), _drawing_order(results)
    for i in order:
        axes.plot(x, soc[i], color=colours[results.labels[i]], linewidth=_width(results))
    axes.plot(x, cell, color=style.MUTED, linewidth=1, linestyle=(0, (4, 2)), zorder=3)
    _dress_x(axes, half_cycle, against, x)
    axes.set_ylabel(layout.PARTICLE_LABEL)


def draw_slopes(axes: Axes, results: Any, half_cycle: pd.Series, against: str = "cell soc") -> None:
    """Slope of every particle's state of charge over one half-cycle."""
    style.dress(axes)
    x, _, soc = _sampled(results, half_cycle, against)
    colours = layout.by_obstruction(results)
    for i in _drawing_order(results):
        slope = np.gradient(soc[i], x)
        axes.plot(x, slope, color=colours[results.labels[i]], linewidth=0.8 * _width(results))
    if against == "cell soc":
        axes.axhline(1, color=style.MUTED, linewidth=1, linestyle=(0, (4, 2)))
        axes.set_ylabel("d(particle) / d(cell) [–]")
    else:
        axes.set_ylabel(f"Slope [1/{_unit(half_cycle.to_frame().T)}]")
    _dress_x(axes, half_cycle, against, x)


@style.styled
def surface_lithium(results: Any, particles: Sequence[str] | None = None) -> Figure:
    """Lithium at the surface of the top particles against time (Sharma et al., fig. 4d).

    Parameters
    ----------
    results : ElectrodeResults
    particles : sequence of str, optional
        Labels; the particles seen from above unless given, all if none is.

    Returns
    -------
    matplotlib.figure.Figure
        Stoichiometry theta at the surface, averaged over what reacts; of resolved particles
        over the upper half. Charges are shaded.

    Examples
    --------
    >>> import pybamm
    >>> import multiscale as ms
    >>> from multiscale.parameters import load_set
    >>> electrode = ms.ElectrodeGeometry.columns([0, 1])
    >>> sim = pybamm.Simulation(ms.ElectrodeModel(electrode, ms.Lumped()),
    ...                         parameter_values=load_set("Sharma2022_NMC532").values,
    ...                         experiment=["Charge at C/20 for 1 hour"])
    >>> len(surface_lithium(ms.Results(sim.solve())).axes[0].lines)
    2
    """
    layout.check_electrode(results)
    chosen = list(particles or layout.tops(results) or results.labels)
    for label in chosen:
        if label not in results.labels:
            raise ResultsError(unknown_name("particle", label, results.labels))
    figure, axes = style.new_axes(6.2, 3.2)
    size, unit = style.time_unit(results.times)
    own, count = layout.top_colours(results), layout.obstruction(results)
    by_count = layout.by_obstruction(results)
    named = len(chosen) <= 8
    for label in chosen:
        words = f"{label} ({_behind(count[label])})" if named else None
        colour = own.get(label, by_count[label])
        values = surface_of(results, label, results.times)
        axes.plot(results.times / size, values, color=colour, label=words, linewidth=1.6)
    layout.shade_half_cycles(axes, layout.record_of(results), size)
    axes.set(xlabel=f"Time [{unit}]", ylabel="Lithium at the surface θ [–]")
    axes.margins(x=0)
    if named:
        style.legend(axes, outside=True)
    else:
        legend_of_obstruction(figure, results)
    return figure


def surface_of(results: Any, label: str, times: Floats) -> Floats:
    """Lithium at the surface of one particle; of a mesh of its shape at its upper half."""
    number = results.labels.index(label)
    block = results.space.blocks[number]
    if block.space.dimension == 1:
        return np.asarray(results.series("Average particle surface stoichiometry", times)[number])
    values, _ = results.inside(label, times=times)
    points = block.surface()
    upper = points.points[block.space.dimension - 1] > 0
    weights = points.weights * upper
    return np.asarray((weights @ (points.interpolation @ values)) / weights.sum())


def legend_of_obstruction(figure: Figure, results: Any) -> None:
    """What the colours of the particles mean."""
    colours = layout.obstruction_colours(layout.obstruction(results).values())
    handles = [Line2D([], [], color=colour, label=str(count)) for count, colour in colours.items()]
    cell: dict[str, Any] = {"linewidth": 1, "linestyle": (0, (4, 2))}
    handles.append(Line2D([], [], color=style.MUTED, label="cell", **cell))
    words = "Particles\nin the way"
    box = figure.legend(handles=handles, title=words, loc="outside right upper")
    box.get_title().set_fontsize(8.5)


def _behind(count: int) -> str:
    return "on carbon" if count == 0 else f"behind {count}"


def _unit(record: pd.DataFrame) -> str:
    return style.time_unit((record["end_s"] - record["start_s"]).to_numpy(float))[1]


def _sampled(results: Any, half_cycle: pd.Series, against: str) -> tuple[Floats, Floats, Floats]:
    """Abscissa, state of charge of the cell and of every particle, evenly along the abscissa."""
    start, end = float(half_cycle["start_s"]), float(half_cycle["end_s"])
    inside = results.times[(results.times >= start) & (results.times <= end)]
    cell, soc = layout.cell_soc(results, inside), results.state_of_charge(inside).to_numpy()
    if against == "time":
        size, _ = style.time_unit([end - start])
        even = np.linspace(start, end, _POINTS)
        traces = np.array([np.interp(even, inside, trace) for trace in soc])
        return (even - start) / size, np.interp(even, inside, cell), traces
    order = np.argsort(cell, kind="stable")
    even = np.linspace(cell.min(), cell.max(), _POINTS)
    return even, even, np.array([np.interp(even, cell[order], trace[order]) for trace in soc])


def _dress_x(axes: Axes, half_cycle: pd.Series, against: str, x: Floats) -> None:
    axes.set_xlim(x[0], x[-1])
    if against == "cell soc" and half_cycle["kind"] == "discharge":
        axes.invert_xaxis()
    unit = _unit(half_cycle.to_frame().T)
    axes.set_xlabel(layout.CELL_LABEL if against == "cell soc" else f"Time [{unit}]")


def _drawing_order(results: Any) -> list[int]:
    """The least obstructed last, so that each family of curves is seen."""
    count = layout.obstruction(results)
    return sorted(range(len(results.labels)), key=lambda i: -count[results.labels[i]])


def _width(results: Any) -> float:
    return 1.6 if len(results.labels) <= 30 else 0.8
