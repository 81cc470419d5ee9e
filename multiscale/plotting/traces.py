"""Every particle of an electrode against time or against the cell, and a run on one page."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from numpy.typing import NDArray

from multiscale.analysis.timings import reaction_timings
from multiscale.errors import ResultsError, unknown_name
from multiscale.plotting import style
from multiscale.plotting.electrode import (
    CELL_LABEL,
    PARTICLE_LABEL,
    by_obstruction,
    cell_soc,
    check_electrode,
    checked_picture,
    draw_electrode,
    draw_scale_bar,
    moment_label,
    moments,
    obstruction,
    obstruction_colours,
    page_size,
    record_of,
    shade_half_cycles,
    shown_scale,
    top_colours,
    tops,
    write_moment,
)
from multiscale.plotting.fields import colour_bar, quantity_of
from multiscale.plotting.timings import draw_timings, particle_order

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
    >>> model = ms.ElectrodeModel(ms.ElectrodeGeometry.columns([0, 1]), ms.Lumped())
    >>> sim = pybamm.Simulation(model, experiment=["Charge at C/20 for 1 hour"],
    ...                         parameter_values=pybamm.ParameterValues("Sharma2022_NMC532"))
    >>> figure = particle_traces(ms.Results(sim.solve()))
    >>> [axes.get_ylabel() for axes in figure.axes]
    ['Particle, mean 1 − θ [–]', 'd(particle) / d(cell) [–]']
    """
    check_electrode(results)
    if against not in AGAINST:
        raise ValueError(unknown_name("abscissa", against, AGAINST))
    record = record_of(results).iloc[:_MOST]
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
    figure.supxlabel(CELL_LABEL if against == "cell soc" else unit, fontsize=9.5)
    legend_of_obstruction(figure, results)
    return figure


def draw_traces(axes: Axes, results: Any, half_cycle: pd.Series, against: str = "cell soc") -> None:
    """State of charge of every particle over one half-cycle."""
    style.dress(axes)
    x, cell, soc = _sampled(results, half_cycle, against)
    colours, order = by_obstruction(results), _drawing_order(results)
    for i in order:
        axes.plot(x, soc[i], color=colours[results.labels[i]], linewidth=_width(results))
    axes.plot(x, cell, color=style.MUTED, linewidth=1, linestyle=(0, (4, 2)), zorder=3)
    _dress_x(axes, half_cycle, against, x)
    axes.set_ylabel(PARTICLE_LABEL)


def draw_slopes(axes: Axes, results: Any, half_cycle: pd.Series, against: str = "cell soc") -> None:
    """Slope of every particle's state of charge over one half-cycle."""
    style.dress(axes)
    x, _, soc = _sampled(results, half_cycle, against)
    colours = by_obstruction(results)
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
    >>> model = ms.ElectrodeModel(ms.ElectrodeGeometry.columns([0, 1]), ms.Lumped())
    >>> sim = pybamm.Simulation(model, experiment=["Charge at C/20 for 1 hour"],
    ...                         parameter_values=pybamm.ParameterValues("Sharma2022_NMC532"))
    >>> len(surface_lithium(ms.Results(sim.solve())).axes[0].lines)
    2
    """
    check_electrode(results)
    chosen = list(particles or tops(results) or results.labels)
    for label in chosen:
        if label not in results.labels:
            raise ResultsError(unknown_name("particle", label, results.labels))
    figure, axes = style.new_axes(6.2, 3.2)
    size, unit = style.time_unit(results.times)
    own, count = top_colours(results), obstruction(results)
    by_count = by_obstruction(results)
    named = len(chosen) <= 8
    for label in chosen:
        behind = "on carbon" if count[label] == 0 else f"behind {count[label]}"
        words = f"{label} ({behind})" if named else None
        colour = own.get(label, by_count[label])
        values = surface_of(results, label, results.times)
        axes.plot(results.times / size, values, color=colour, label=words, linewidth=1.6)
    shade_half_cycles(axes, record_of(results), size)
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
        values = results.series("Average particle surface stoichiometry", times)
        return np.asarray(values.reshape(len(results.labels), -1)[number])
    values, _ = results.inside(label, times=times)
    points = block.surface()
    upper = points.points[block.space.dimension - 1] > 0
    weights = points.weights * upper
    return np.asarray((weights @ (points.interpolation @ values)) / weights.sum())


def legend_of_obstruction(figure: Figure, results: Any) -> None:
    """What the colours of the particles mean."""
    colours = obstruction_colours(obstruction(results).values())
    handles = [Line2D([], [], color=colour, label=str(count)) for count, colour in colours.items()]
    cell: dict[str, Any] = {"linewidth": 1, "linestyle": (0, (4, 2))}
    handles.append(Line2D([], [], color=style.MUTED, label="cell", **cell))
    words = "Particles\nin the way"
    box = figure.legend(handles=handles, title=words, loc="outside right upper")
    box.get_title().set_fontsize(8.5)


def _unit(record: pd.DataFrame) -> str:
    return style.time_unit((record["end_s"] - record["start_s"]).to_numpy(float))[1]


def _sampled(results: Any, half_cycle: pd.Series, against: str) -> tuple[Floats, Floats, Floats]:
    """Abscissa, state of charge of the cell and of every particle, evenly along the abscissa."""
    start, end = float(half_cycle["start_s"]), float(half_cycle["end_s"])
    inside = results.times[(results.times >= start) & (results.times <= end)]
    cell, soc = cell_soc(results, inside), results.state_of_charge(inside).to_numpy()
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
    axes.set_xlabel(CELL_LABEL if against == "cell soc" else f"Time [{unit}]")


def _drawing_order(results: Any) -> list[int]:
    """The least obstructed last, so that each family of curves is seen."""
    count = obstruction(results)
    return sorted(range(len(results.labels)), key=lambda i: -count[results.labels[i]])


def _width(results: Any) -> float:
    return 1.6 if len(results.labels) <= 30 else 0.8


_SHARES = (0.12, 0.34, 0.56, 0.8)  # of the first half-cycle


@style.styled
def electrode_overview(results: Any, times: Sequence[float] | None = None) -> Figure:
    """The electrode at four times, every particle against the cell, and when each reacted.

    Parameters
    ----------
    results : ElectrodeResults
    times : sequence of float, optional
        Times of the maps [s]; four in the first half-cycle unless given.

    Returns
    -------
    matplotlib.figure.Figure
        Below the maps, the first charge beside the next one: if the second charge runs
        together where the first did not, this is where it is seen.

    Examples
    --------
    >>> import pybamm
    >>> import multiscale as ms
    >>> model = ms.ElectrodeModel(ms.ElectrodeGeometry.columns([0, 1]), ms.Lumped())
    >>> sim = pybamm.Simulation(model, experiment=["Charge at C/20 for 1 hour"],
    ...                         parameter_values=pybamm.ParameterValues("Sharma2022_NMC532"))
    >>> figure = electrode_overview(ms.Results(sim.solve()))
    >>> len(figure.axes)  # four maps, a colour bar, traces and timings
    7
    """
    check_electrode(results)
    record = record_of(results)
    if record.empty:
        raise ResultsError("No current flowed in this run, so that nothing reacted")
    first = record.iloc[0]
    if times is None:
        times = list(first["start_s"] + np.array(_SHARES) * first["duration_s"])
    picture = checked_picture(results)
    width, height = page_size(picture)
    upper_height = 2.0 * float(np.clip(height / width, 0.45, 1.4)) + 0.75
    figure = style.new_figure(9.6, upper_height + 3.1)
    figure.set_layout_engine("constrained", h_pad=0.07, w_pad=0.05)
    maps, curves = figure.subfigures(2, 1, height_ratios=[upper_height, 3.1])  # type: ignore[misc]

    shown = quantity_of("delithiation")
    values = shown.values(results, times)
    scale = shown_scale(picture, values)
    panels = maps.subplots(1, len(times), squeeze=False)[0]
    for axes, time, field, moment in zip(
        panels, times, values.T, moments(results, times), strict=True
    ):
        draw_electrode(axes, results, picture, scale, shown.colours)(field)
        axes.set_title(moment_label(time, results), pad=15)
        write_moment(axes, *moment)
    colour_bar(maps, scale, shown, list(panels))
    draw_scale_bar(panels[0])

    # the first half-cycle and the next of its kind, or the next at all: traces, then timings
    alike = record[record["kind"] == first["kind"]]
    record = (alike if len(alike) > 1 else record).iloc[:2]
    timings = reaction_timings(results.state_of_charge(), record, levels="ends")
    order, counts = particle_order(timings), obstruction(results)
    plots = curves.subplots(1, 2 * len(record), squeeze=False)[0]
    for i, (_, row) in enumerate(record.iterrows()):
        left, right = plots[i], plots[len(record) + i]
        draw_traces(left, results, row)
        rows = timings[timings["half_cycle"] == row["half_cycle"]]
        draw_timings(right, rows, order, counts)
        left.set_title(row["name"])
        right.set_title(f"{row['name']}: 10, 50, 90 %")
        left.set_xlabel("Cell, mean 1 − θ [–]")
        if i:
            left.sharey(plots[0])
            left.set_ylabel("")
            left.tick_params(labelleft=False)
            right.tick_params(labelleft=False)
    legend_of_obstruction(curves, results)
    return figure
