"""Curves of one run or of several: centre, heterogeneity, voltage, profiles along a line."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Patch
from numpy.typing import NDArray

from multiscale.errors import unknown_name
from multiscale.plotting import style
from multiscale.plotting.fields import (
    colour_bar,
    colour_scale,
    draw_field,
    panel_of,
    quantity_of,
    scale_bar,
    write_mean,
)
from multiscale.plotting.picture import locate, picture_of, straight_cells

AGAINST = ("time", "mean delithiation")
MEAN_LABEL = "Mean degree of delithiation [–]"


@style.styled
def centre_curves(runs: Any, against: str = "time") -> Figure:
    """Degree of delithiation at the particle's centre, with the mean (Xu et al., fig. 3F).

    Parameters
    ----------
    runs : Results or mapping of str to Results
    against : {"time", "mean delithiation"}
        Second choice: compares runs at different rates.

    Examples
    --------
    >>> import pybamm
    >>> import multiscale as ms
    >>> model = ms.SingleParticleModel(ms.ParticleMesh.radial(1e-6, 21, shape="cylinder"))
    >>> sim = pybamm.Simulation(model, experiment=["Charge at C/3 for 10 minutes"],
    ...                         parameter_values=pybamm.ParameterValues("Xu2022_NMC88"))
    >>> centre_curves(ms.Results(sim.solve())).axes[0].get_xlabel()
    'Time [min]'
    """
    figure, axes = style.new_axes()
    draw_centre(axes, style.as_runs(runs), against)
    return figure


def draw_centre(axes: Axes, runs: Mapping[str, Any], against: str = "time") -> None:
    """Draw centre curves into given axes; see :func:`centre_curves`."""
    style.dress(axes)
    single = list(runs) == [""]
    xs, xlabel = abscissa(runs, against)
    for (label, run), x, colour in zip(
        runs.items(), xs, style.line_colours(len(runs)), strict=True
    ):
        centre = 1 - run.series("Centre particle stoichiometry")
        axes.plot(x, centre, color=colour, label="centre" if single else label)
        if against == "time":
            mean = 1 - run.series("Average particle stoichiometry")
            dashes: dict[str, Any] = {"linestyle": (0, (4, 2)), "linewidth": 1.1}
            axes.plot(x, mean, color=colour, label="mean" if single else None, **dashes)
    if against == "time" and not single:
        axes.plot([], [], color=style.MUTED, linestyle=(0, (4, 2)), linewidth=1.1, label="mean")
    if against != "time":
        span = [min(x.min() for x in xs), max(x.max() for x in xs)]
        axes.plot(span, span, color=style.MUTED, linewidth=0.9, linestyle=":", label="uniform")
    axes.set(xlabel=xlabel, ylabel="Degree of delithiation 1 − θ [–]")
    style.legend(axes)


@style.styled
def heterogeneity_curves(runs: Any, against: str = "time") -> Figure:
    """How uneven the lithium is: centre minus edge, and root mean square, against time.

    Parameters
    ----------
    runs : Results or mapping of str to Results
    against : {"time", "mean delithiation"}

    Examples
    --------
    >>> import pybamm
    >>> import multiscale as ms
    >>> model = ms.SingleParticleModel(ms.ParticleMesh.radial(1e-6, 21, shape="cylinder"))
    >>> sim = pybamm.Simulation(model, experiment=["Charge at C/3 for 10 minutes"],
    ...                         parameter_values=pybamm.ParameterValues("Xu2022_NMC88"))
    >>> len(heterogeneity_curves(ms.Results(sim.solve())).axes)
    2
    """
    runs = style.as_runs(runs)
    figure = style.new_figure(8.2, 3.2)
    figure.set_layout_engine("constrained", wspace=0.06)
    columns = figure.subplots(1, 2)
    names = {
        "Particle heterogeneity (centre minus edge)": "θ at the centre − θ at the edge [–]",
        "Particle heterogeneity (rms)": "Root-mean-square deviation of θ [–]",
    }
    xs, xlabel = abscissa(runs, against)
    for axes, (name, ylabel) in zip(columns, names.items(), strict=True):
        style.dress(axes)
        colours = style.line_colours(len(runs))
        for (label, run), x, colour in zip(runs.items(), xs, colours, strict=True):
            axes.plot(x, run.series(name), color=colour, label=label)
        axes.axhline(0, color=style.MUTED, linewidth=0.8)
        axes.set(xlabel=xlabel, ylabel=ylabel)
    style.legend(columns[-1])
    return figure


@style.styled
def voltage_current(runs: Any) -> Figure:
    """Voltage above, current below, against time; discharge is positive.

    The steps of a single run are named; charges are shaded, voltage holds darker.

    Parameters
    ----------
    runs : Results or mapping of str to Results

    Examples
    --------
    >>> import pybamm
    >>> import multiscale as ms
    >>> model = ms.SingleParticleModel(ms.ParticleMesh.radial(1e-6, 21, shape="cylinder"))
    >>> sim = pybamm.Simulation(model, experiment=["Charge at C/3 for 10 minutes"],
    ...                         parameter_values=pybamm.ParameterValues("Xu2022_NMC88"))
    >>> [axes.get_ylabel() for axes in voltage_current(ms.Results(sim.solve())).axes]
    ['Voltage [V]', 'Current [pA]']
    """
    runs = style.as_runs(runs)
    figure = style.new_figure(5.4, 4.2)
    upper, lower = figure.subplots(2, 1, sharex=True, height_ratios=[2, 1])
    xs, xlabel = abscissa(runs, "time")
    currents = [run.series("Current [A]") for run in runs.values()]
    factor, unit = style.scaled(np.concatenate(currents), "A")
    colours = style.line_colours(len(runs))
    for (label, run), x, current, colour in zip(runs.items(), xs, currents, colours, strict=True):
        upper.plot(x, run.series("Voltage [V]"), color=colour, label=label)
        lower.plot(x, factor * current, color=colour)
    steps = steps_of(next(iter(runs.values()))) if len(runs) == 1 else []
    for axes in (upper, lower):
        if len(steps) > 1:  # of a single run; one step needs no name
            size, _ = style.time_unit([float(run.times[-1]) for run in runs.values()])
            shade_steps(axes, steps, size, named=axes is upper)
        style.dress(axes)
    lower.axhline(0, color=style.MUTED, linewidth=0.8)
    lower.margins(y=0.15)
    upper.set_ylabel("Voltage [V]")
    lower.set(xlabel=xlabel, ylabel=f"Current [{unit}]")
    figure.align_ylabels([upper, lower])
    style.legend(upper)
    if len(steps) > 1 and any(step.kind == "hold" for step in steps):
        handle = Patch(color=SHADES["hold"], label="voltage hold")
        figure.legend(handles=[handle], loc="outside lower right")
    return figure


def abscissa(runs: Mapping[str, Any], against: str) -> tuple[list[NDArray[np.float64]], str]:
    """Horizontal values of every run and their label."""
    if against not in AGAINST:
        raise ValueError(unknown_name("abscissa", against, AGAINST))
    if against == "mean delithiation":
        means = [1 - run.series("Average particle stoichiometry") for run in runs.values()]
        return means, MEAN_LABEL
    size, unit = style.time_unit([float(run.times[-1]) for run in runs.values()])
    return [run.times / size for run in runs.values()], f"Time [{unit}]"


SHADES = {"charge": "#f1f2f5", "discharge": "#ffffff", "hold": "#dfe3ea", "rest": "#ffffff"}
_FLAT_V = 2e-3  # a step whose voltage moves less while its current does is a hold
_NO_CURRENT = 1e-6


@dataclass(frozen=True)
class Step:
    """One step of an experiment: its kind and when it ran [s]."""

    kind: str
    start: float
    end: float


def steps_of(results: Any) -> list[Step]:
    """Steps of a run that had an experiment; empty without one.

    Kinds are told from voltage and current themselves: "charge", "discharge", "hold", "rest".
    """
    steps = []
    largest = float(np.abs(results.series("Current [A]")).max()) or 1.0
    for cycle in getattr(results.solution, "cycles", None) or []:
        for step in getattr(cycle, "steps", []):
            start, end = float(step.t[0]), float(step.t[-1])
            times = np.linspace(start, end, 9)[1:]  # the first instant belongs to the switch
            current = results.series("Current [A]", times) / largest
            voltage = results.series("Voltage [V]", times)
            kind = "charge" if current.mean() < 0 else "discharge"
            if np.abs(current).max() < _NO_CURRENT:
                kind = "rest"
            elif np.ptp(voltage) < _FLAT_V and np.ptp(current) > 0.05 * np.abs(current).max():
                kind = "hold"
            steps.append(Step(kind, start, end))
    return steps


def shade_steps(axes: Axes, steps: list[Step], size: float, named: bool = False) -> None:
    """Shade charges and holds behind a curve against time; ``size`` in seconds per unit."""
    for step in steps:
        span = step.start / size, step.end / size
        axes.axvspan(*span, color=SHADES[step.kind], linewidth=0, zorder=0)
    if not named:
        return
    whole = max(steps[-1].end - steps[0].start, 1e-300)
    for step in steps:
        if step.end - step.start < 0.08 * whole:
            continue
        place: dict[str, Any] = {"transform": axes.get_xaxis_transform(), "ha": "center"}
        words: dict[str, Any] = {"va": "bottom", "fontsize": 8, "color": style.MUTED}
        axes.text((step.start + step.end) / 2 / size, 1.01, step.kind, **place, **words)


@style.styled
def line_profiles(
    results: Any,
    times: Sequence[float],
    start: Sequence[float] | None = None,
    end: Sequence[float] | None = None,
    quantity: str = "delithiation",
) -> Figure:
    """A quantity along a line through the particle, one curve per time (Xu et al., fig. 3D).

    Parameters
    ----------
    results : Results or mapping of str to Results
        One run, or one plot per run.
    times : sequence of float
        Times [s].
    start, end : sequence of float, optional
        Ends of the line [m]. By default a horizontal line through the middle, from edge to
        edge; on a radial mesh the diameter. Where the line leaves the particle there is a gap.
    quantity : str
        As in :func:`field_panels`.

    Examples
    --------
    >>> import pybamm
    >>> import multiscale as ms
    >>> model = ms.SingleParticleModel(ms.ParticleMesh.disk(1e-6, 0.2e-6))
    >>> sim = pybamm.Simulation(model, experiment=["Charge at C/3 for 10 minutes"],
    ...                         parameter_values=pybamm.ParameterValues("Xu2022_NMC88"))
    >>> figure = line_profiles(ms.Results(sim.solve()), [300, 600], [-1e-6, 0], [1e-6, 0])
    >>> len(figure.axes[0].lines)  # two profiles and the line that marks the middle
    3
    """
    runs = style.as_runs(results)
    figure = style.new_figure(0.9 + 3.7 * len(runs), 3.4)
    rows = figure.subplots(1, len(runs), squeeze=False, sharey=True)[0]
    for axes, (label, run) in zip(rows, runs.items(), strict=True):
        draw_profiles(axes, run, times, (start, end), quantity)
        axes.set_title(label)
    for axes in rows[1:]:
        axes.set_ylabel("")
    style.legend(rows[-1], outside=True)
    return figure


def draw_profiles(
    axes: Axes,
    run: Any,
    times: Sequence[float],
    ends: tuple[Sequence[float] | None, Sequence[float] | None] = (None, None),
    quantity: str = "delithiation",
) -> None:
    """Draw profiles into given axes; see :func:`line_profiles`."""
    style.dress(axes)
    chosen = quantity_of(quantity)
    rounded = run.mesh.dimension == 1 and run.mesh.shape_power != 0
    start, end = ends
    if start is None or end is None:
        low, high = run.space.coordinates.min(axis=1), run.space.coordinates.max(axis=1)
        if run.mesh.dimension == 1:
            start, end = (-high if rounded else low), high
        else:
            left, right, height = picture_of(run).chord()
            start, end = (low + high) / 2, (low + high) / 2
            start[:2], end[:2] = [1e-6 * left, 1e-6 * height], [1e-6 * right, 1e-6 * height]
    first, last = np.asarray(start, dtype=float), np.asarray(end, dtype=float)
    share = np.linspace(0, 1, 241)
    position = 1e6 * float(np.linalg.norm(last - first)) * (share - 0.5)
    points = first[:, None] + share * (last - first)[:, None]
    points = np.abs(points) if rounded else points
    matrix = locate(points, run.space.coordinates, straight_cells(run.space))
    values = matrix @ chosen.values(run, times)
    for i, colour in enumerate(style.ordered_colours(len(times))):
        label = style.time_label(times[i], times)
        axes.plot(position, values[:, i], color=colour, label=label)
    axes.axvline(position[len(position) // 2], color=style.MUTED, linewidth=0.9, linestyle="--")
    axes.set(xlabel="Position along the line [µm]", ylabel=chosen.label)
    axes.margins(x=0.02)


@style.styled
def charge_overview(results: Any, times: Sequence[float]) -> Figure:
    """Degree of delithiation as fields, along a diameter and at the centre (Xu et al., fig. 3).

    Parameters
    ----------
    results : Results
    times : sequence of float
        Times [s] of the fields and profiles; marked on the curve of the centre.

    Examples
    --------
    >>> import pybamm
    >>> import multiscale as ms
    >>> model = ms.SingleParticleModel(ms.ParticleMesh.radial(1e-6, 21, shape="cylinder"))
    >>> sim = pybamm.Simulation(model, experiment=["Charge at C/3 for 10 minutes"],
    ...                         parameter_values=pybamm.ParameterValues("Xu2022_NMC88"))
    >>> figure = charge_overview(ms.Results(sim.solve()), times=[0, 300, 600])
    >>> len(figure.axes)  # three fields, a colour bar and two plots
    6
    """
    shown = quantity_of("delithiation")
    panel = panel_of(results, times, shown)
    scale = colour_scale([panel.values])
    figure = style.new_figure(9.2, 5.5)
    figure.set_layout_engine("constrained", h_pad=0.09, w_pad=0.06)
    grid: Any = figure.subfigures(2, 1, height_ratios=[1.0, 1.15])
    upper, lower = grid
    fields = upper.subplots(1, len(times), squeeze=False)[0]
    for i, axes in enumerate(fields):
        draw_field(axes, panel.picture, panel.values[:, i], scale, shown.colours)
        axes.set_title(style.time_label(times[i], times), pad=16)
        write_mean(axes, panel.means[i])
    colour_bar(upper, scale, shown, fields)
    scale_bar(fields[0])
    left, right = lower.subplots(1, 2)
    draw_profiles(left, results, times)
    style.legend(left, outside=True)
    draw_centre(right, {"": results})
    size, _ = style.time_unit(results.times)
    centre = 1 - results.series("Centre particle stoichiometry", times)
    look: dict[str, Any] = {"markersize": 7, "markeredgecolor": "white"}
    for time, value, colour in zip(times, centre, style.ordered_colours(len(times)), strict=True):
        right.plot(time / size, value, "o", color=colour, **look)
    return figure
