"""A particle or an electrode in motion: animated GIFs with companion curves."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from os import PathLike
from pathlib import Path
from typing import Any

import matplotlib as mpl
import numpy as np
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from numpy.typing import ArrayLike, NDArray
from PIL import Image

from multiscale.errors import unknown_name
from multiscale.plotting import style
from multiscale.plotting.curves import shade_steps, steps_of
from multiscale.plotting.electrode import (
    TOP_COLOURS,
    checked_picture,
    draw_electrode,
    draw_scale_bar,
    moments,
    page_size,
    shown_scale,
)
from multiscale.plotting.fields import (
    colour_bar,
    colour_scale,
    draw_field,
    panel_of,
    quantity_of,
    scale_bar,
)

COMPANIONS = {
    "voltage": ("Voltage [V]", "Voltage [V]"),
    "heterogeneity": (
        "Particle heterogeneity (centre minus edge)",
        "θ at the centre − θ at the edge [–]",
    ),
}


def animate_field(
    results: Any,
    path: str | PathLike[str],
    n_frames: int = 60,
    quantity: str = "delithiation",
    companion: str = "voltage",
    times: ArrayLike | None = None,
    seconds: float = 6.0,
) -> Path:
    """Write an animated GIF of the particle beside a curve with a moving marker.

    Parameters
    ----------
    results : Results
    path : path
        Ends in ``.gif``.
    n_frames : int
        Frames, evenly spaced over the run.
    quantity : str
        As in :func:`field_panels`.
    companion : {"voltage", "heterogeneity"}
    times : array_like, optional
        Times of the frames [s], instead of ``n_frames`` even ones.
    seconds : float
        How long the animation takes to play [s].

    Returns
    -------
    pathlib.Path

    Examples
    --------
    >>> import pybamm
    >>> import multiscale as ms
    >>> model = ms.SingleParticleModel(ms.ParticleMesh.radial(1e-6, 21, shape="cylinder"))
    >>> sim = pybamm.Simulation(model, experiment=["Charge at C/3 for 10 minutes"],
    ...                         parameter_values=pybamm.ParameterValues("Xu2022_NMC88"))
    >>> animate_field(ms.Results(sim.solve()), "charge.gif", n_frames=2).name
    'charge.gif'
    """
    chosen = results.even_times(n_frames) if times is None else np.atleast_1d(times)
    colours = quantity_of(quantity).colours
    return write_gif(
        lambda: field_frames(results, chosen, quantity, companion), path, seconds, colours
    )


def field_frames(
    results: Any,
    times: Sequence[float] | NDArray[np.float64],
    quantity: str = "delithiation",
    companion: str = "voltage",
) -> list[Image.Image]:
    """The frames of :func:`animate_field` as Pillow images, for a slider or a film."""
    if companion not in COMPANIONS:
        raise ValueError(unknown_name("companion", companion, tuple(COMPANIONS)))
    times = np.atleast_1d(np.asarray(times, dtype=float))
    shown, (size, unit) = quantity_of(quantity), style.time_unit(times)
    with mpl.rc_context(style.RC):
        panel = panel_of(results, list(times), shown)
        scale = colour_scale([panel.values])
        figure = style.new_figure(7.2, 3.1)
        left, right = figure.subplots(1, 2, width_ratios=[1.0, 1.15])
        figure.set_layout_engine("constrained", wspace=0.06)
        painted = draw_field(left, panel.picture, panel.values[:, 0], scale, shown.colours)
        colour_bar(figure, scale, shown, [left])
        scale_bar(left)
        name, label = COMPANIONS[companion]
        style.dress(right)
        marker = _companion(right, results, times, name, linewidth=1.3, markersize=7)
        right.set(xlabel=f"Time [{style.time_unit(results.times)[1]}]", ylabel=label)
        voltages = results.series("Voltage [V]", times)
        words = [
            f"{time / size:.1f} {unit}   ·   {volt:.3f} V   ·   mean {quantity} {mean:.3f}"
            for time, volt, mean in zip(times, voltages, panel.means, strict=True)
        ]

        def paint(values: NDArray[np.float64]) -> None:
            painted.set_array(panel.picture.weights @ values)

        return _Stage(figure, left, paint, panel.values, [marker], words).frames()


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
    >>> model = ms.ElectrodeModel(ms.ElectrodeGeometry.columns([0, 1]), ms.Lumped())
    >>> sim = pybamm.Simulation(model, experiment=["Charge at C/20 for 1 hour"],
    ...                         parameter_values=pybamm.ParameterValues("Sharma2022_NMC532"))
    >>> animate_electrode(ms.Results(sim.solve()), "electrode.gif", n_frames=2).name
    'electrode.gif'
    """
    chosen = results.even_times(n_frames) if times is None else np.atleast_1d(times)
    return write_gif(
        lambda: electrode_frames(results, chosen, quantity),
        path,
        seconds,
        quantity_of(quantity).colours,
        (*TOP_COLOURS, style.PALETTE[1]),
    )


def electrode_frames(
    results: Any, times: Sequence[float] | NDArray[np.float64], quantity: str = "delithiation"
) -> list[Image.Image]:
    """The frames of :func:`animate_electrode` as Pillow images, for a slider or a film."""
    times = np.atleast_1d(np.asarray(times, dtype=float))
    shown, (size, unit) = quantity_of(quantity), style.time_unit(results.times)
    with mpl.rc_context(style.RC):
        picture, values = checked_picture(results), shown.values(results, times)
        scale = shown_scale(picture, values)
        width, height = page_size(picture)
        figure = style.new_figure(7.4, 3.4 * float(np.clip(height / width, 0.75, 1.25)) + 0.4)
        figure.set_layout_engine("constrained", wspace=0.05)
        grid = figure.add_gridspec(2, 2, width_ratios=[1.25, 1], height_ratios=[1.6, 1])
        page = figure.add_subplot(grid[:, 0])
        paint = draw_electrode(page, results, picture, scale, shown.colours)
        colour_bar(figure, scale, shown, [page])
        draw_scale_bar(page)
        upper = figure.add_subplot(grid[0, 1])
        lower = figure.add_subplot(grid[1, 1], sharex=upper)
        factor, ampere = style.scaled(results.series("Current [A]"), "A")
        markers = []
        for axes, name, scaled, label in (
            (upper, "Voltage [V]", 1.0, "Voltage [V]"),
            (lower, "Current [A]", factor, f"Current [{ampere}]"),
        ):
            style.dress(axes)
            shade_steps(axes, steps_of(results), size)
            look = {"linewidth": 1.2, "markersize": 6.5}
            markers.append(_companion(axes, results, times, name, scaled, **look))
            axes.set_ylabel(label)
            axes.margins(x=0.02, y=0.12)
        upper.tick_params(labelbottom=False)
        lower.set_xlabel(f"Time [{unit}]")
        figure.align_ylabels([upper, lower])
        words = [
            f"{time / size:.1f} {unit}   ·   cell SOC {soc:.2f}   ·   {voltage:.3f} V"
            for time, (soc, voltage) in zip(times, moments(results, times), strict=True)
        ]
        return _Stage(figure, page, paint, values, markers, words).frames()


def _companion(
    axes: Axes,
    results: Any,
    times: NDArray[np.float64],
    name: str,
    factor: float = 1.0,
    *,
    linewidth: float,
    markersize: float,
) -> tuple[Any, NDArray[np.float64]]:
    """A curve of the whole run, and the marker that runs along it with its places at the times."""
    size, _ = style.time_unit(results.times)
    curve = factor * results.series(name)
    axes.plot(results.times / size, curve, color=style.MUTED, linewidth=linewidth)
    marker = axes.plot([], [], "o", color=style.PALETTE[1], markersize=markersize)[0]
    return marker, np.column_stack([times / size, factor * results.series(name, times)])


@dataclass(frozen=True)
class _Stage:
    """A figure in motion: what moves is replaced frame by frame.

    ``paint`` shows a column of ``values`` on the ``page``; each marker has its places; ``words``
    stand on top.
    """

    figure: Figure
    page: Axes
    paint: Callable[[NDArray[np.float64]], None]
    values: NDArray[np.float64]
    markers: Sequence[tuple[Any, NDArray[np.float64]]]
    words: Sequence[str]

    def frames(self) -> list[Image.Image]:
        """A picture of each time, 100 dots per inch.

        What does not move is drawn once, which is most of the work, and keeps its places.
        """
        title = self.figure.suptitle("", fontsize=9.5, x=0.02, ha="left")
        moving = [self.page, *(marker for marker, _ in self.markers), title]
        self.figure.set_dpi(100)
        canvas = FigureCanvasAgg(self.figure)
        still, pictures = None, []
        for i, words in enumerate(self.words):
            self.paint(self.values[:, i])
            for marker, track in self.markers:
                marker.set_data(*track[i : i + 1].T)
            title.set_text(words)
            if still is None:
                canvas.draw()  # finds the places
                self.figure.set_layout_engine("none")
                for artist in moving:
                    artist.set_animated(True)  # left out by the next line
                canvas.draw()
                still = canvas.copy_from_bbox(self.figure.bbox)
            canvas.restore_region(still)
            for artist in moving:
                self.figure.draw_artist(artist)
            pictures.append(Image.fromarray(np.asarray(canvas.buffer_rgba())).convert("RGB"))
        return pictures


def write_gif(
    frames: Callable[[], list[Image.Image]],
    path: str | PathLike[str],
    seconds: float,
    colours: str,
    accents: Sequence[str] = (style.BLOCKED_COLOUR, *style.CONTACT_COLOURS),
) -> Path:
    """Draw frames and write them with one palette, no dithering: small files without flicker.

    Parameters
    ----------
    frames : function
        Draws them; not called if ``path`` does not end in ``.gif``.
    path : path
    seconds : float
        How long the animation takes to play [s].
    colours : str
        Colormap that takes up most of the palette; greys and ``accents`` the rest.
    """
    path = Path(path)
    if path.suffix.lower() != ".gif":
        raise ValueError(f"An animation is written as .gif, not {path.suffix!r}.")
    pictures = frames()
    path.parent.mkdir(parents=True, exist_ok=True)
    palette = _palette(colours, accents)
    first, *others = (p.quantize(palette=palette, dither=Image.Dither.NONE) for p in pictures)
    pause = max(20, round(1000 * seconds / len(pictures)))
    durations = [pause] * len(others) + [max(pause, 1200)]
    first.save(
        path, save_all=True, append_images=others, duration=durations, loop=0, optimize=False
    )
    return path


def _palette(colours: str, accents: Sequence[str]) -> Image.Image:
    """256 colours: mostly the colormap, then greys from ink to white and the accents."""
    field = mpl.colormaps[colours](np.linspace(0, 1, 190))[:, :3]
    each = 32 // len(accents)
    ramps = [(style.INK, 34), *((colour, each) for colour in accents)]
    blends = []
    for colour, n in ramps:  # to white
        share = np.linspace(0, 1, n)[:, None]
        blends.append((1 - share) * np.array(mpl.colors.to_rgb(colour)) + share)
    table = np.zeros((256, 3))
    chosen = np.concatenate([field, *blends])
    table[: len(chosen)] = chosen
    picture = Image.new("P", (1, 1))
    picture.putpalette(np.rint(255 * table).astype(np.uint8).tobytes())
    return picture
