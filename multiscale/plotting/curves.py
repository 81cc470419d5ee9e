"""Curves of one run or of several: centre, heterogeneity, voltage and current."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Patch
from numpy.typing import NDArray

from multiscale.errors import unknown_name
from multiscale.plotting import style
from multiscale.plotting.protocol import SHADES, shade_steps, steps_of

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
    marked = _mark_steps(runs, (upper, lower))
    for axes in (upper, lower):
        style.dress(axes)
    lower.axhline(0, color=style.MUTED, linewidth=0.8)
    lower.margins(y=0.15)
    upper.set_ylabel("Voltage [V]")
    lower.set(xlabel=xlabel, ylabel=f"Current [{unit}]")
    figure.align_ylabels([upper, lower])
    style.legend(upper)
    if marked:
        handle = Patch(color=SHADES["hold"], label="voltage hold")
        figure.legend(handles=[handle], loc="outside lower right")
    return figure


def _mark_steps(runs: Mapping[str, Any], plots: tuple[Axes, ...]) -> bool:
    """Shade and name the steps of a single run that has several; were there holds?"""
    run = next(iter(runs.values()))
    steps = steps_of(run) if len(runs) == 1 else []
    if len(steps) < 2:
        return False
    size, _ = style.time_unit([float(run.times[-1])])
    for axes in plots:
        shade_steps(axes, steps, size, named=axes is plots[0])
    return any(step.kind == "hold" for step in steps)


def abscissa(runs: Mapping[str, Any], against: str) -> tuple[list[NDArray[np.float64]], str]:
    """Horizontal values of every run and their label."""
    if against not in AGAINST:
        raise ValueError(unknown_name("abscissa", against, AGAINST))
    if against == "mean delithiation":
        means = [1 - run.series("Average particle stoichiometry") for run in runs.values()]
        return means, MEAN_LABEL
    size, unit = style.time_unit([float(run.times[-1]) for run in runs.values()])
    return [run.times / size for run in runs.values()], f"Time [{unit}]"
