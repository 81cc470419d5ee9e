"""A titration on one page: record, potential, diffusivity, overpotentials."""

from __future__ import annotations

from typing import Any

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from multiscale.analysis.gitt_record import open_circuit_points
from multiscale.plotting import style

_MOST = 20000  # samples of the record that are drawn


@style.styled
def titration_overview(record: Any, table: pd.DataFrame) -> Figure:
    """Voltage over time, open-circuit potential, diffusivity and overpotential of each pulse.

    Parameters
    ----------
    record : multiscale.analysis.cycler.Record
    table : DataFrame
        Of :func:`multiscale.analysis.gitt_record.titration`; pulses that are not valid are
        drawn hollow.

    Examples
    --------
    >>> import numpy as np
    >>> from multiscale.analysis.cycler import Record
    >>> from multiscale.analysis.gitt_record import Sample, titration
    >>> t = np.arange(12.0)
    >>> i = np.tile([0.0, 1.0, 0.0], 4)
    >>> v = 3.6 + 0.01 * np.cumsum(i) + 0.02 * i
    >>> record = Record(t, i, v)
    >>> table = titration(record, Sample.of_particles(1e-6, "sphere", (0.9, 0.8)))
    >>> len(titration_overview(record, table).axes)
    4
    """
    figure = style.new_figure(8.4, 6.2)
    grid = figure.subplots(2, 2).ravel()
    for axes in grid:
        style.dress(axes)
    step = -(-len(record.times) // _MOST)
    hours, volts = record.times[::step] / 3600, record.voltage[::step]
    grid[0].plot(hours, volts, color=style.PALETTE[0], linewidth=0.9)
    grid[0].set(xlabel="Time [h]", ylabel="Voltage [V]")
    points = open_circuit_points(table)
    grid[1].plot(points["stoichiometry"], points["ocp_V"], color=style.INK, linewidth=1.0)
    grid[1].plot(points["stoichiometry"], points["ocp_V"], "o", color=style.INK, markersize=3)
    grid[1].set(xlabel="Stoichiometry θ [–]", ylabel="Open-circuit potential [V]")
    _diffusivity(grid[2], table)
    _overpotential(grid[3], table)
    return figure


def _diffusivity(axes: Axes, table: pd.DataFrame) -> None:
    look: dict[str, Any] = {"linestyle": "none", "marker": "o", "markersize": 4.5}
    valid, flagged = table[table["valid"]], table[~table["valid"]]
    if len(flagged):
        x, y = flagged["stoichiometry"], flagged["diffusivity_m2_s"]
        hollow: dict[str, Any] = {"markerfacecolor": "white", "markeredgecolor": style.MUTED}
        axes.plot(x, y, label="a condition of eq. 1 not met", **look, **hollow)
    if len(valid):
        x, y = valid["stoichiometry"], valid["diffusivity_m2_s"]
        axes.plot(x, y, color=style.PALETTE[0], label="eq. 1", **look)
    axes.set_yscale("log")
    axes.set(xlabel="Stoichiometry θ [–]", ylabel="Diffusivity [m² s⁻¹]")
    style.legend(axes)


def _overpotential(axes: Axes, table: pd.DataFrame) -> None:
    look: dict[str, Any] = {"marker": "o", "markersize": 3.5, "linewidth": 1.0}
    for name, label, colour in (
        ("instant_V", "at once (ohmic, kinetic)", style.PALETTE[1]),
        ("polarisation_V", "polarisation", style.PALETTE[2]),
    ):
        axes.plot(table["stoichiometry"], 1e3 * table[name], color=colour, label=label, **look)
    axes.set(xlabel="Stoichiometry θ [–]", ylabel="Overpotential of a pulse [mV]")
    style.legend(axes)
