"""Figures of derived numbers: displacement, peaks, titrations, held capacity."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.figure import Figure
from numpy.typing import ArrayLike

from multiscale.analysis.gitt_record import open_circuit_points
from multiscale.errors import ResultsError, unknown_name
from multiscale.plotting import style


@style.styled
def displacement_curves(curves: Mapping[str, tuple[ArrayLike, ArrayLike]]) -> Figure:
    """Distance of the unreacted region from the particle's middle (Lun et al., SI, fig. S4).

    Parameters
    ----------
    curves : mapping of str to (array, array)
        Label (a rate, say) -> state of charge [-] and distance between the centres of mass of
        the unreacted region and of the whole particle [m]. Drawn in the order given.

    Examples
    --------
    >>> figure = displacement_curves({"C/3": ([0.02, 0.1], [1e-8, 1.2e-7])})
    >>> figure.axes[0].get_ylabel()
    'Displacement of the unreacted region [nm]'
    """
    figure, axes = style.new_axes()
    colours = style.ordered_colours(len(curves))
    for (label, (soc, distance)), colour in zip(curves.items(), colours, strict=True):
        nanometres = 1e9 * np.asarray(distance, dtype=float)
        marker = "o" if len(nanometres) <= 25 else ""
        axes.plot(soc, nanometres, color=colour, label=label, marker=marker, markersize=3.5)
    axes.set(xlabel="State of charge [–]", ylabel="Displacement of the unreacted region [nm]")
    axes.set_ylim(bottom=min(0.0, axes.get_ylim()[0]))
    style.legend(axes)
    return figure


@style.styled
def peak_curve(
    x: ArrayLike,
    peaks: ArrayLike | Mapping[str, ArrayLike],
    xlabel: str,
    ylabel: str = "Largest θ at the centre − θ at the edge [–]",
) -> Figure:
    """The largest heterogeneity against what was varied: rate, size, a factor.

    Parameters
    ----------
    x : array_like
        What was varied; on a logarithmic axis if it spans more than a decade.
    peaks : array_like, or mapping of str to array_like
        Largest values [-], one or several curves.
    xlabel : str
        With its unit, for example ``"C-rate [1/h]"``.

    Examples
    --------
    >>> figure = peak_curve([0.1, 0.5, 2.0], [0.05, 0.12, 0.25], "C-rate [1/h]")
    >>> figure.axes[0].get_xscale()
    'log'
    """
    figure, axes = style.new_axes()
    x = np.asarray(x, dtype=float)
    many = peaks if isinstance(peaks, Mapping) else {"": peaks}
    for (label, values), colour in zip(many.items(), style.line_colours(len(many)), strict=True):
        axes.plot(x, np.asarray(values), color=colour, label=label, marker="o", markersize=5)
    if x.min() > 0 and x.max() > 10 * x.min():
        axes.set_xscale("log")
    axes.set(xlabel=xlabel, ylabel=ylabel)
    axes.set_ylim(bottom=min(0.0, axes.get_ylim()[0]))
    style.legend(axes)
    return figure


@style.styled
def gitt_diffusivity(table: pd.DataFrame | Mapping[str, ArrayLike]) -> Figure:
    """Diffusivity put into a simulated titration and the one Lun et al. (eq. 1) gets back.

    Parameters
    ----------
    table : DataFrame or mapping of columns
        ``stoichiometry`` [-]; ``D_in`` and ``D_out`` [m2.s-1]; optionally ``valid`` (bool):
        False where the pulse is too long for eq. 1 (tau << L^2/D), drawn hollow. ``D_in`` may
        be missing, for a measured record.

    Examples
    --------
    >>> figure = gitt_diffusivity({"stoichiometry": [0.9, 0.5], "D_in": [1e-17, 2e-15],
    ...                            "D_out": [1.1e-17, 4e-16], "valid": [True, False]})
    >>> figure.axes[0].get_yscale()
    'log'
    """
    columns = _columns(table, ("stoichiometry", "D_out"))
    figure, axes = style.new_axes()
    sto, found = columns["stoichiometry"], columns["D_out"]
    if "D_in" in columns:
        order = np.argsort(sto)
        put_in = columns["D_in"][order]
        axes.plot(sto[order], put_in, color=style.INK, label="put in")
    valid = columns.get("valid", np.ones(len(sto))).astype(bool)
    look: dict[str, Any] = {"linestyle": "none", "marker": "o", "markersize": 5.5}
    blue = style.PALETTE[0]
    axes.plot(sto[valid], found[valid], color=blue, label="from the titration, eq. 1", **look)
    if not valid.all():
        hollow: dict[str, Any] = {
            "markerfacecolor": "white",
            "markeredgecolor": blue,
            "markeredgewidth": 1.2,
        }
        words = "same, pulse too long for eq. 1"
        axes.plot(sto[~valid], found[~valid], label=words, **look, **hollow)
    axes.set_yscale("log")
    axes.set(xlabel="Stoichiometry θ [–]", ylabel="Diffusivity [m² s⁻¹]")
    style.legend(axes)
    return figure


@style.styled
def hold_capacity(table: pd.DataFrame | Mapping[str, ArrayLike]) -> Figure:
    """Capacity recovered by a voltage hold: simulated beside measured.

    Parameters
    ----------
    table : DataFrame or mapping of columns
        ``label`` (a rate, say); ``simulated`` and ``measured`` [mA.h/g], NaN where there is no
        number; optionally ``tolerance`` [mA.h/g] of the measured value.

    Examples
    --------
    >>> figure = hold_capacity({"label": ["C/3", "1C"], "simulated": [14.0, 22.0],
    ...                         "measured": [16.4, 24.0], "tolerance": [3.3, 4.8]})
    >>> len(figure.axes[0].patches)
    4
    """
    columns = _columns(table, ("label", "simulated", "measured"))
    figure, axes = style.new_axes(max(4.4, 1.8 + 1.1 * len(columns["label"])), 3.4)
    place = np.arange(len(columns["label"]))
    blue, grey = style.PALETTE[0], "#b8bdc6"
    inside: dict[str, Any] = {"label_type": "center", "fontsize": 8}
    for name, at, colour, ink in (
        ("simulated", place - 0.2, blue, "white"),
        ("measured", place + 0.2, grey, style.INK),
    ):
        values = np.asarray(columns[name], dtype=float)
        drawn = axes.bar(at, values, 0.36, color=colour, label=name)
        texts = ["" if np.isnan(value) else f"{value:.1f}" for value in values]
        axes.bar_label(drawn, texts, color=ink, **inside)
    if "tolerance" in columns:
        bars: dict[str, Any] = {"fmt": "none", "ecolor": style.INK, "elinewidth": 1, "capsize": 3}
        axes.errorbar(place + 0.2, columns["measured"], columns["tolerance"], **bars)
    axes.set_xticks(place, [str(label) for label in columns["label"]])
    axes.set(ylabel="Capacity gained in the hold [mA h g⁻¹]", xlabel="Rate before the hold")
    axes.margins(y=0.25)
    axes.tick_params(axis="x", length=0)
    axes.legend(loc="upper left", ncols=2)
    return figure


def _columns(table: Any, needed: tuple[str, ...]) -> dict[str, Any]:
    columns = {str(name): np.asarray(table[name]) for name in table}
    for name in needed:
        if name not in columns:
            raise ResultsError(unknown_name("column", name, columns))
    return columns


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
    valid, flagged = table[table["valid"]], table[~table["valid"]]
    dots: dict[str, Any] = {"linestyle": "none", "marker": "o", "markersize": 4.5}
    if len(flagged):
        x, y = flagged["stoichiometry"], flagged["diffusivity_m2_s"]
        hollow: dict[str, Any] = {"markerfacecolor": "white", "markeredgecolor": style.MUTED}
        grid[2].plot(x, y, label="a condition of eq. 1 not met", **dots, **hollow)
    if len(valid):
        x, y = valid["stoichiometry"], valid["diffusivity_m2_s"]
        grid[2].plot(x, y, color=style.PALETTE[0], label="eq. 1", **dots)
    grid[2].set_yscale("log")
    grid[2].set(xlabel="Stoichiometry θ [–]", ylabel="Diffusivity [m² s⁻¹]")
    style.legend(grid[2])

    lines: dict[str, Any] = {"marker": "o", "markersize": 3.5, "linewidth": 1.0}
    for name, label, colour in (
        ("instant_V", "at once (ohmic, kinetic)", style.PALETTE[1]),
        ("polarisation_V", "polarisation", style.PALETTE[2]),
    ):
        grid[3].plot(table["stoichiometry"], 1e3 * table[name], color=colour, label=label, **lines)
    grid[3].set(xlabel="Stoichiometry θ [–]", ylabel="Overpotential of a pulse [mV]")
    style.legend(grid[3])
    return figure
