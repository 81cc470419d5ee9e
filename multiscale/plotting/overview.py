"""One picture of a run: the particle at several times, profiles and the centre."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from matplotlib.figure import Figure

from multiscale.plotting import style
from multiscale.plotting.curves import draw_centre
from multiscale.plotting.fields import (
    colour_bar,
    colour_scale,
    draw_field,
    panel_of,
    scale_bar,
    write_mean,
)
from multiscale.plotting.profiles import draw_profiles
from multiscale.plotting.quantities import quantity_of


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
    _draw_marked_centre(right, results, times)
    return figure


def _draw_marked_centre(axes: Any, results: Any, times: Sequence[float]) -> None:
    draw_centre(axes, {"": results})
    size, _ = style.time_unit(results.times)
    centre = 1 - results.series("Centre particle stoichiometry", times)
    for time, value, colour in zip(times, centre, style.ordered_colours(len(times)), strict=True):
        axes.plot(time / size, value, "o", color=colour, markersize=7, markeredgecolor="white")
