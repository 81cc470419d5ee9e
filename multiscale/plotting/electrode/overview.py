"""One picture of an electrode run."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from multiscale.analysis.timings import reaction_timings
from multiscale.errors import ResultsError
from multiscale.plotting import style
from multiscale.plotting.electrode import layout
from multiscale.plotting.electrode.curves import draw_traces, legend_of_obstruction
from multiscale.plotting.electrode.maps import (
    checked_picture,
    draw_electrode,
    draw_scale_bar,
    moment_label,
    page_size,
    shown_scale,
    write_moment,
)
from multiscale.plotting.electrode.timings import draw_timings, particle_order
from multiscale.plotting.fields import colour_bar
from multiscale.plotting.quantities import quantity_of

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
    >>> from multiscale.parameters import load_set
    >>> electrode = ms.ElectrodeGeometry.columns([0, 1])
    >>> sim = pybamm.Simulation(ms.ElectrodeModel(electrode, ms.Lumped()),
    ...                         parameter_values=load_set("Sharma2022_NMC532").values,
    ...                         experiment=["Charge at C/20 for 1 hour"])
    >>> figure = electrode_overview(ms.Results(sim.solve()))
    >>> len(figure.axes)  # four maps, a colour bar, traces and timings
    7
    """
    layout.check_electrode(results)
    record = layout.record_of(results)
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
    parts: Any = figure.subfigures(2, 1, height_ratios=[upper_height, 3.1])
    _draw_maps(parts[0], results, picture, times)
    _draw_half_cycles(parts[1], results, _compared(record))
    return figure


def _compared(record: pd.DataFrame) -> pd.DataFrame:
    """The first half-cycle and the next of its kind, or the next at all."""
    alike = record[record["kind"] == record["kind"].iloc[0]]
    return (alike if len(alike) > 1 else record).iloc[:2]


def _draw_maps(part: Any, results: Any, picture: Any, times: Sequence[float]) -> None:
    shown = quantity_of("delithiation")
    values = shown.values(results, times)
    scale = shown_scale(picture, values)
    panels = part.subplots(1, len(times), squeeze=False)[0]
    for axes, time, field, moment in zip(
        panels, times, values.T, layout.moments(results, times), strict=True
    ):
        draw_electrode(axes, results, picture, scale, shown.colours)(field)
        axes.set_title(moment_label(time, results), pad=15)
        write_moment(axes, *moment)
    colour_bar(part, scale, shown, list(panels))
    draw_scale_bar(panels[0])


def _draw_half_cycles(part: Any, results: Any, record: pd.DataFrame) -> None:
    """Traces on the left, timings on the right, the same half-cycles in both."""
    timings = reaction_timings(results.state_of_charge(), record, levels="ends")
    order, counts = particle_order(timings), layout.obstruction(results)
    n = len(record)
    plots = part.subplots(1, 2 * n, squeeze=False)[0]
    for i, (_, row) in enumerate(record.iterrows()):
        left, right = plots[i], plots[n + i]
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
    legend_of_obstruction(part, results)
