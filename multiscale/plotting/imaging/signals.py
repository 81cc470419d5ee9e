"""Series of a movie: drift, lamp, traces, the current that flowed."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd
import xarray as xr
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from numpy.typing import NDArray

from multiscale.plotting import style

_SHADES = {"charge": "#0072b214", "discharge": "#d55e0014"}


@style.styled
def drift_and_lamp(
    time: NDArray[np.float64],
    dx_px: NDArray[np.float64],
    dy_px: NDArray[np.float64],
    lamp: NDArray[np.float64],
    pixel_size: float,
) -> Figure:
    """Drift of the scene and brightness of the static background over time.

    Parameters
    ----------
    time : array, shape (n,)
        [s]
    dx_px, dy_px : array, shape (n,)
        [pixel]
    lamp : array, shape (n,)
        Over its first value.
    pixel_size : float
        [m]

    Examples
    --------
    >>> time = np.arange(5.0)
    >>> len(drift_and_lamp(time, 0.1 * time, -time, 1 + 0.01 * time, 1e-7).axes)
    2
    """
    figure = style.new_figure(6.8, 2.7)
    left, right = figure.subplots(1, 2)
    size, unit = style.time_unit(time)
    for values, name, colour in zip((dx_px, dy_px), ("x", "y"), style.PALETTE, strict=False):
        left.plot(time / size, values, color=colour, label=name, linewidth=1.3)
    left.set(xlabel=f"Time [{unit}]", ylabel="Drift [pixel]")
    nanometres = 1e9 * pixel_size
    other = left.secondary_yaxis("right", (lambda px: px * nanometres, lambda nm: nm / nanometres))
    other.set_ylabel("[nm]")
    right.plot(time / size, 100 * (np.asarray(lamp) - 1), color=style.PALETTE[2], linewidth=1.3)
    right.set(xlabel=f"Time [{unit}]", ylabel="Background, change [%]")
    for axes in (left, right):
        style.dress(axes)
    left.legend(ncols=2, loc="best")
    _at_least(right, 0.5)
    _at_least(left, 0.2)
    return figure


def _at_least(axes: Axes, half: float) -> None:
    """Keep a flat line flat: an axis shows this much to either side of its middle."""
    low, high = axes.get_ylim()
    middle, span = (low + high) / 2, max((high - low) / 2, half)
    axes.set_ylim(middle - span, middle + span)


@style.styled
def trace_panels(
    y: xr.DataArray, timings: pd.DataFrame, half_cycles: pd.DataFrame, most: int = 8
) -> Figure:
    """Traces of some particles with t10, t50 and t90, from the earliest to the latest.

    Parameters
    ----------
    y : DataArray, dims ("particle", "time")
    timings : DataFrame
        From ``reaction_timings``.
    half_cycles : DataFrame
        kind, start_s, end_s; shaded.
    most : int
        Panels; particles that did not react get two of them at most.

    Examples
    --------
    >>> y = xr.DataArray([[0, 0, 0, 1, 1, 1.0]], {"particle": ["a"], "time": np.arange(6.0)},
    ...                  ("particle", "time"))
    >>> table = pd.DataFrame({"particle": ["a"], "half_cycle": 0, "status": "reacted",
    ...     "start_s": 0.0, "t10_s": 2.1, "t50_s": 2.5, "t90_s": 2.9})
    >>> cycles = pd.DataFrame({"kind": ["charge"], "start_s": 0.0, "end_s": 5.0})
    >>> len(trace_panels(y, table, cycles).axes)
    1
    """
    names = _chosen(timings, most)
    columns = min(2, len(names))
    rows = -(-len(names) // columns)
    figure = style.new_figure(3.4 * columns, 0.5 + 1.15 * rows)
    grid = figure.subplots(rows, columns, sharex=True, sharey=True, squeeze=False)
    size, unit = style.time_unit(y["time"].to_numpy())
    for axes, name in zip(grid.flat, names, strict=False):
        _one_trace(axes, y.sel(particle=name), timings[timings["particle"] == name], size)
        _shade(axes, half_cycles, size)
    for axes in list(grid.flat)[len(names) :]:
        axes.remove()
    for axes in grid[-1]:
        axes.set_xlabel(f"Time [{unit}]")
    figure.supylabel("Signal change [-]", fontsize=9.5)
    return figure


def _chosen(timings: pd.DataFrame, most: int) -> list[str]:
    first = timings[timings["half_cycle"] == timings["half_cycle"].min()]
    reacted = first[first["status"] == "reacted"].sort_values("t50_s")["particle"].tolist()
    others = first[first["status"] != "reacted"]["particle"].tolist()
    n_others = min(len(others), 2 if reacted else most)
    n = min(len(reacted), most - n_others)
    places: list[int] = (
        np.unique(np.linspace(0, len(reacted) - 1, n).round().astype(int)).tolist() if n else []
    )
    return [reacted[i] for i in places] + others[:n_others]


def _one_trace(axes: Axes, trace: xr.DataArray, rows: pd.DataFrame, size: float) -> None:
    time = trace["time"].to_numpy() / size
    axes.plot(time, trace, color=style.MUTED, linewidth=0.8)
    for _, row in rows.iterrows():
        for name in ("t10_s", "t50_s", "t90_s"):
            if np.isfinite(row[name]):
                width = 1.4 if name == "t50_s" else 0.8
                moment = (row["start_s"] + row[name]) / size
                axes.axvline(moment, color=style.PALETTE[1], linewidth=width)
    words = ", ".join(dict.fromkeys(rows["status"].str.replace("_", " ")))
    axes.set_title(f"{rows['particle'].iloc[0]}: {words}", fontsize=8.5, loc="left", pad=3)
    style.dress(axes)


def _shade(axes: Axes, half_cycles: pd.DataFrame, size: float) -> None:
    for _, row in half_cycles.iterrows():
        axes.axvspan(row["start_s"] / size, row["end_s"] / size, color=_SHADES[row["kind"]], lw=0)


@style.styled
def trace_raster(y: xr.DataArray, timings: pd.DataFrame) -> Figure:
    """All traces as rows of colour, ordered by t50 of the first half-cycle; t50 as white dots.

    Parameters
    ----------
    y : DataArray, dims ("particle", "time")
    timings : DataFrame
        From ``reaction_timings``.

    Examples
    --------
    >>> y = xr.DataArray([[0, 0, 1.0]], {"particle": ["a"], "time": np.arange(3.0)},
    ...                  ("particle", "time"))
    >>> table = pd.DataFrame({"particle": ["a"], "half_cycle": 0, "start_s": 0.0, "t50_s": [1.5]})
    >>> len(trace_raster(y, table).axes)
    2
    """
    first = timings[timings["half_cycle"] == timings["half_cycle"].min()]
    order = first.sort_values("t50_s", kind="stable", na_position="last")["particle"].tolist()
    values = y.sel(particle=order).transpose("particle", "time").to_numpy()
    time = y["time"].to_numpy()
    size, unit = style.time_unit(time)
    figure, axes = style.new_axes(6.8, float(np.clip(0.06 * len(order), 1.6, 5.0)) + 0.8)
    axes.grid(visible=False)
    low, high = np.nanpercentile(values, [1, 99])
    edges = np.concatenate([[time[0]], (time[1:] + time[:-1]) / 2, [time[-1]]]) / size
    mesh = axes.pcolormesh(
        edges,
        np.arange(len(order) + 1) - 0.5,
        values,
        cmap=style.FIELD_COLOURS,
        vmin=low,
        vmax=max(high, low + 1e-6),
        rasterized=True,
    )
    place = {name: i for i, name in enumerate(order)}
    moments = (timings["start_s"] + timings["t50_s"]) / size
    axes.plot(moments, timings["particle"].map(place), ".", color="white", markersize=2.5)
    axes.set(ylim=(len(order) - 0.5, -0.5), xlabel=f"Time [{unit}]", yticks=[])
    axes.set_ylabel(f"{len(order)} particles, by t50")
    figure.colorbar(mesh, ax=axes, label="Signal change [-]", pad=0.02)
    return figure


@style.styled
def cell_and_movie(
    time: NDArray[np.float64],
    current: NDArray[np.float64],
    voltage: NDArray[np.float64],
    half_cycles: pd.DataFrame,
    movie: Sequence[float],
) -> Figure:
    """Cell record on the clock of the movie, the filmed half-cycles shaded.

    Parameters
    ----------
    time, current, voltage : array, shape (n,)
        [s], [A] positive on charge, [V].
    half_cycles : DataFrame
        kind, start_s, end_s.
    movie : (float, float)
        First and last frame [s].

    Examples
    --------
    >>> cycles = pd.DataFrame({"kind": ["charge"], "start_s": 0.0, "end_s": 5.0})
    >>> time = np.arange(6.0)
    >>> len(cell_and_movie(time, 1e-3 + 0 * time, 3.5 + time / 9, cycles, (0, 5)).axes)
    2
    """
    figure = style.new_figure(6.8, 2.8)
    upper, lower = figure.subplots(2, 1, sharex=True)
    size, unit = style.time_unit(time)
    factor, prefixed = style.scaled(np.asarray(current), "A")
    upper.plot(time / size, voltage, color=style.INK, linewidth=1.2)
    lower.plot(time / size, factor * np.asarray(current), color=style.INK, linewidth=1.2)
    upper.set_ylabel("[V]")
    lower.set(xlabel=f"Time since the first frame [{unit}]", ylabel=f"[{prefixed}]")
    for axes in (upper, lower):
        style.dress(axes)
        _shade(axes, half_cycles, size)
        for moment in movie:
            axes.axvline(moment / size, color=style.MUTED, linewidth=0.9, linestyle=(0, (3, 2)))
    return figure


@style.styled
def calibration_curve(
    intensity: NDArray[np.float64], lithium: NDArray[np.float64], draws: NDArray[np.float64]
) -> Figure:
    """Lithium fraction against differential intensity, with curves from resampled particles.

    Parameters
    ----------
    intensity, lithium : array, shape (n,)
    draws : array, shape (draws, n)

    Examples
    --------
    >>> x = np.linspace(0, 0.6, 5)
    >>> len(calibration_curve(x, 1 - x / 0.6, np.array([1 - x])).axes)
    1
    """
    figure, axes = style.new_axes(4.2, 3.0)
    for draw in draws:
        axes.plot(intensity, draw, color=style.PALETTE[4], linewidth=0.5, alpha=0.5)
    axes.plot(intensity, lithium, color=style.PALETTE[0], marker=".", markersize=5)
    axes.set(xlabel="Differential intensity [-]", ylabel="Lithium fraction [-]")
    return figure
