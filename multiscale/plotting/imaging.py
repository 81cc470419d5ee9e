"""Figures of a movie and of what was read from it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import matplotlib as mpl
import numpy as np
import pandas as pd
import xarray as xr
from matplotlib.axes import Axes
from matplotlib.collections import LineCollection
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patheffects import withStroke
from numpy.typing import NDArray

from multiscale.imaging.pipeline import Measurement
from multiscale.plotting import style
from multiscale.plotting.timings import timing_distribution

_STILL: dict[str, tuple[str, Any, str]] = {  # status -> colour, line, words
    "no_change": ("#ffffff", "-", "no change, white"),
    "incomplete": (style.PALETTE[5], "-", "incomplete"),
    "unclear": (style.PALETTE[3], "-", "unclear"),
}
_NAMED = 60  # particles whose names still find room
_CONTRAST = (0.5, 99.8)  # percentiles of the image that are black and white


@style.styled
def outlined_image(
    image: NDArray[np.float64],
    outlines: Mapping[str, NDArray[np.float64]],
    timings: pd.DataFrame,
    pixel_size: float,
    left_out: pd.DataFrame | None = None,
) -> Figure:
    """The image in gray with the outline of each particle, coloured by its t50.

    Parameters
    ----------
    image : array, shape (rows, columns)
    outlines : mapping of str to array, shape (n, 2)
        x, y by particle [pixel].
    timings : DataFrame
        Of one half-cycle: particle, status, t50_s, duration_s.
    pixel_size : float
        [m]
    left_out : DataFrame, optional
        centre_x_px, centre_y_px of what was excluded, marked by a cross.

    Examples
    --------
    >>> square = {"a": np.array([[2, 2], [6, 2], [6, 6], [2, 6], [2, 2.0]])}
    >>> table = pd.DataFrame({"particle": ["a"], "status": "reacted", "t50_s": [9.0],
    ...                       "duration_s": 20.0})
    >>> len(outlined_image(np.eye(10), square, table, 1e-7).axes)
    2
    """
    rows, columns = image.shape
    width = 5.9
    figure, axes = style.new_axes(width + 0.9, width * rows / columns + 0.45)
    axes.grid(visible=False)
    dark, light = np.percentile(image, _CONTRAST)
    axes.imshow(image, cmap="gray", vmin=dark, vmax=light, interpolation="nearest")
    axes.set(xticks=[], yticks=[], xlim=(-0.5, columns - 0.5), ylim=(rows - 0.5, -0.5))
    for side in axes.spines.values():
        side.set_visible(False)
    table = timings.set_index("particle")
    known = [name for name in outlines if name in table.index]
    timed = [name for name in known if pd.notna(table.loc[name, "t50_s"])]
    longest = float(table["duration_s"].max())
    size, unit = style.time_unit([longest])
    times = np.array([float(table.loc[name, "t50_s"]) for name in timed]) / size
    look: dict[str, Any] = {"cmap": "plasma", "clim": (0, longest / size), "linewidths": 1.5}
    lines = LineCollection([outlines[name] for name in timed], array=times, **look)
    axes.add_collection(lines)
    for status, (colour, line, words) in _STILL.items():
        still = [name for name in known if table.loc[name, "status"] == status]
        for name in still:
            axes.plot(*outlines[name].T, color=colour, linestyle=line, linewidth=1.1)
        if still:
            axes.plot([], [], color=colour, linestyle=line, label=f"{words} ({len(still)})")
    if left_out is not None and len(left_out):
        cross: dict[str, Any] = {"linestyle": "", "marker": "x", "markersize": 4}
        cross |= {"color": style.PALETTE[4], "label": f"left out ({len(left_out)})"}
        axes.plot(left_out["centre_x_px"], left_out["centre_y_px"], **cross)
    handles, labels = axes.get_legend_handles_labels()
    if labels:
        below: dict[str, Any] = {"loc": "upper left", "bbox_to_anchor": (0, -0.005)}
        box = axes.legend(handles, labels, ncols=4, handlelength=1.2, **below)
        for handle in box.legend_handles:
            if isinstance(handle, Line2D) and mpl.colors.same_color(handle.get_color(), "white"):
                handle.set_color(style.MUTED)
    for name, points in outlines.items() if len(outlines) <= _NAMED else ():
        centre: dict[str, Any] = {"ha": "center", "va": "center", "fontsize": 6}
        x, y = points.mean(axis=0)
        text = axes.text(x, y, name, color="white", **centre)
        text.set_path_effects([withStroke(linewidth=1.2, foreground="#000000aa")])

    length = style.round_length(0.25 * columns * pixel_size)
    words = f"{1e6 * length:g} µm" if length >= 1e-6 else f"{1e9 * length:g} nm"
    bar, end, low = length / pixel_size, 0.97 * columns, 0.03
    place: dict[str, Any] = {"color": "white", "transform": axes.get_xaxis_transform()}
    axes.plot([end - bar, end], [low, low], linewidth=2.5, **place)
    text = axes.text(end - bar / 2, low + 0.012, words, fontsize=8, ha="center", **place)
    text.set_path_effects([withStroke(linewidth=1.5, foreground="black")])
    figure.colorbar(lines, ax=axes, label=f"t50 [{unit}]", shrink=0.7, pad=0.02)
    return figure


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
    first = timings[timings["half_cycle"] == timings["half_cycle"].min()]
    reacted = first[first["status"] == "reacted"].sort_values("t50_s")["particle"].tolist()
    others = first[first["status"] != "reacted"]["particle"].tolist()
    others = others[: 2 if reacted else most]
    n = min(len(reacted), most - len(others))
    even = np.linspace(0, len(reacted) - 1, n).round().astype(int)
    names = [*(reacted[i] for i in np.unique(even)), *others]
    columns = min(2, len(names))
    rows = -(-len(names) // columns)
    figure = style.new_figure(3.4 * columns, 0.5 + 1.15 * rows)
    grid = figure.subplots(rows, columns, sharex=True, sharey=True, squeeze=False)
    time = y["time"].to_numpy()
    size, unit = style.time_unit(time)
    for axes, name in zip(grid.flat, names, strict=False):
        mine = timings[timings["particle"] == name]
        axes.plot(time / size, y.sel(particle=name), color=style.MUTED, linewidth=0.8)
        for _, row in mine.iterrows():
            for moment in ("t10_s", "t50_s", "t90_s"):
                if np.isfinite(row[moment]):
                    width = 1.4 if moment == "t50_s" else 0.8
                    at = (row["start_s"] + row[moment]) / size
                    axes.axvline(at, color=style.PALETTE[1], linewidth=width)
        words = ", ".join(dict.fromkeys(mine["status"].str.replace("_", " ")))
        axes.set_title(f"{name}: {words}", fontsize=8.5, loc="left", pad=3)
        style.dress(axes)
        _shade(axes, half_cycles, size)
    for axes in list(grid.flat)[len(names) :]:
        axes.remove()
    for axes in grid[-1]:
        axes.set_xlabel(f"Time [{unit}]")
    figure.supylabel("Signal change [-]", fontsize=9.5)
    return figure


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


def draw_measurement(measured: Measurement) -> dict[str, Figure]:
    """Figures by name: outlines, drift, traces, raster, timings; calibration and cell if known.

    Parameters
    ----------
    measured : Measurement
        From :func:`multiscale.imaging.pipeline.measure`.
    """
    traces, timings, record = measured.traces, measured.timings, measured.half_cycles
    time, drift = traces["time"].to_numpy(), measured.drift
    first = timings[timings["half_cycle"] == record["half_cycle"].min()]
    y = traces["y"]
    figures = {
        "outlines": outlined_image(
            measured.first_image,
            measured.regions.outlines(),
            first,
            measured.pixel_size,
            measured.excluded,
        ),
        "drift": drift_and_lamp(
            time, drift.dx_px, drift.dy_px, traces["lamp"].to_numpy(), measured.pixel_size
        ),
        "timings": timing_distribution(timings),
        "raster": trace_raster(y, timings),
        "traces": trace_panels(y, timings, record),
    }
    if measured.calibration:
        learned = measured.calibration
        figures["calibration"] = calibration_curve(
            learned.intensity, learned.lithium, learned.draws
        )
    if measured.cell:
        cell = measured.cell
        clock = cell.record.times - cell.offset
        ends = (float(time[0]), float(time[-1]))
        figures["cell"] = cell_and_movie(
            clock, cell.record.current, cell.record.voltage, record, ends
        )
    return figures
