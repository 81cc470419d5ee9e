"""An electrode in motion, with voltage and current."""

from __future__ import annotations

from collections.abc import Sequence
from os import PathLike
from pathlib import Path
from typing import Any

import matplotlib as mpl
import numpy as np
from matplotlib.axes import Axes
from numpy.typing import ArrayLike, NDArray
from PIL import Image

from multiscale.plotting import style
from multiscale.plotting.animation import Still, write_gif
from multiscale.plotting.electrode import layout
from multiscale.plotting.electrode.maps import (
    checked_picture,
    draw_electrode,
    draw_scale_bar,
    page_size,
    shown_scale,
)
from multiscale.plotting.fields import colour_bar
from multiscale.plotting.protocol import shade_steps, steps_of
from multiscale.plotting.quantities import quantity_of


def animate_electrode(
    results: Any,
    path: str | PathLike[str],
    n_frames: int = 60,
    quantity: str = "delithiation",
    times: ArrayLike | None = None,
    seconds: float = 8.0,
) -> Path:
    """Write an animated GIF of the electrode beside voltage and current.

    Parameters
    ----------
    results : ElectrodeResults
    path : path
        Ends in ``.gif``.
    n_frames : int
        Frames, evenly spaced over the run.
    quantity : {"delithiation", "stoichiometry"}
    times : array_like, optional
        Times of the frames [s], instead of ``n_frames`` even ones.
    seconds : float
        How long the animation takes to play [s].

    Examples
    --------
    >>> import pybamm
    >>> import multiscale as ms
    >>> from multiscale.parameters import load_set
    >>> electrode = ms.ElectrodeGeometry.columns([0, 1])
    >>> sim = pybamm.Simulation(ms.ElectrodeModel(electrode, ms.Lumped()),
    ...                         parameter_values=load_set("Sharma2022_NMC532").values,
    ...                         experiment=["Charge at C/20 for 1 hour"])
    >>> animate_electrode(ms.Results(sim.solve()), "electrode.gif", n_frames=2).name
    'electrode.gif'
    """
    path = Path(path)
    if path.suffix.lower() != ".gif":
        raise ValueError(f"An animation is written as .gif, not {path.suffix!r}.")
    chosen = results.even_times(n_frames) if times is None else np.atleast_1d(times)
    frames = electrode_frames(results, chosen, quantity)
    accents = (*layout.TOP_COLOURS, style.PALETTE[1])
    return write_gif(frames, path, seconds, quantity_of(quantity).colours, accents)


def electrode_frames(
    results: Any, times: Sequence[float] | NDArray[np.float64], quantity: str = "delithiation"
) -> list[Image.Image]:
    """The frames of :func:`animate_electrode` as Pillow images, for a slider or a film."""
    with mpl.rc_context(style.RC):
        stage = _Stage(results, np.atleast_1d(np.asarray(times, dtype=float)), quantity)
        return [stage.frame(i) for i in range(len(stage.times))]


class _Stage:
    """The figure of an animation; what moves is replaced frame by frame."""

    def __init__(self, results: Any, times: NDArray[np.float64], quantity: str) -> None:
        self.times, shown = times, quantity_of(quantity)
        picture = checked_picture(results)
        self.values = shown.values(results, times)
        self.moments = layout.moments(results, times)
        self.unit = style.time_unit(results.times)
        scale = shown_scale(picture, self.values)
        width, height = page_size(picture)
        tall = 3.4 * float(np.clip(height / width, 0.75, 1.25))
        self.figure = style.new_figure(7.4, tall + 0.4)
        self.figure.set_layout_engine("constrained", wspace=0.05)
        grid = self.figure.add_gridspec(2, 2, width_ratios=[1.25, 1], height_ratios=[1.6, 1])
        page = self.figure.add_subplot(grid[:, 0])
        self.paint = draw_electrode(page, results, picture, scale, shown.colours)
        colour_bar(self.figure, scale, shown, [page])
        draw_scale_bar(page)
        upper = self.figure.add_subplot(grid[0, 1])
        lower = self.figure.add_subplot(grid[1, 1], sharex=upper)
        self.markers = [
            self._companion(upper, results, "Voltage [V]", "V"),
            self._companion(lower, results, "Current [A]", "A"),
        ]
        upper.tick_params(labelbottom=False)
        lower.set_xlabel(f"Time [{self.unit[1]}]")
        self.figure.align_ylabels([upper, lower])
        self.title = self.figure.suptitle(self._words(0), fontsize=9.5, x=0.02, ha="left")
        markers = [marker for marker, _ in self.markers]
        self.still = Still(self.figure, [page, *markers, self.title])

    def _companion(self, axes: Axes, results: Any, name: str, unit: str) -> Any:
        """A curve and the marker that runs along it, with the values at the frames."""
        style.dress(axes)
        shade_steps(axes, steps_of(results), self.unit[0])
        values = results.series(name)
        factor, shown = style.scaled(values, unit) if unit == "A" else (1.0, unit)
        axes.plot(results.times / self.unit[0], factor * values, color=style.MUTED, linewidth=1.2)
        track = factor * results.series(name, self.times)
        marker = axes.plot([], [], "o", color=style.PALETTE[1], markersize=6.5)[0]
        axes.set_ylabel(f"{name.split(' [')[0]} [{shown}]")
        axes.margins(x=0.02, y=0.12)
        return marker, track

    def _words(self, i: int) -> str:
        soc, voltage = self.moments[i]
        time = self.times[i] / self.unit[0]
        return f"{time:.1f} {self.unit[1]}   ·   cell SOC {soc:.2f}   ·   {voltage:.3f} V"

    def frame(self, i: int) -> Image.Image:
        """Picture of one time."""
        self.paint(self.values[:, i])
        for marker, track in self.markers:
            marker.set_data([self.times[i] / self.unit[0]], [track[i]])
        self.title.set_text(self._words(i))
        return self.still.picture()
