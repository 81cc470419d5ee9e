"""A particle in motion: an animated GIF with time, voltage and a companion curve."""

from __future__ import annotations

from collections.abc import Sequence
from os import PathLike
from pathlib import Path
from typing import Any

import matplotlib as mpl
import numpy as np
from matplotlib.artist import Artist
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from numpy.typing import ArrayLike, NDArray
from PIL import Image

from multiscale.errors import unknown_name
from multiscale.plotting import style
from multiscale.plotting.fields import colour_bar, colour_scale, draw_field, panel_of, scale_bar
from multiscale.plotting.quantities import quantity_of

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
    path = Path(path)
    if path.suffix.lower() != ".gif":
        raise ValueError(f"An animation is written as .gif, not {path.suffix!r}.")
    chosen = results.even_times(n_frames) if times is None else np.atleast_1d(times)
    frames = field_frames(results, chosen, quantity, companion)
    return write_gif(frames, path, seconds, quantity_of(quantity).colours)


def field_frames(
    results: Any,
    times: Sequence[float] | NDArray[np.float64],
    quantity: str = "delithiation",
    companion: str = "voltage",
) -> list[Image.Image]:
    """The frames of :func:`animate_field` as Pillow images, for a slider or a film."""
    if companion not in COMPANIONS:
        raise ValueError(unknown_name("companion", companion, tuple(COMPANIONS)))
    with mpl.rc_context(style.RC):
        stage = _Stage(results, np.asarray(times, dtype=float), quantity, companion)
        return [stage.frame(i) for i in range(len(stage.times))]


class _Stage:
    """The figure of an animation; what moves is replaced frame by frame."""

    def __init__(
        self, results: Any, times: NDArray[np.float64], quantity: str, companion: str
    ) -> None:
        self.times, self.name = times, quantity
        shown = quantity_of(quantity)
        self.panel = panel_of(results, list(times), shown)
        scale = colour_scale([self.panel.values])
        self.figure = style.new_figure(7.2, 3.1)
        left, right = self.figure.subplots(1, 2, width_ratios=[1.0, 1.15])
        first = self.panel.values[:, 0]
        self.figure.set_layout_engine("constrained", wspace=0.06)
        self.painted = draw_field(left, self.panel.picture, first, scale, shown.colours)
        colour_bar(self.figure, scale, shown, [left])
        scale_bar(left)
        self._draw_companion(right, results, companion)
        self.title = self.figure.suptitle(self._words(0), fontsize=9.5, x=0.02, ha="left")
        self.still = Still(self.figure, [left, self.marker, self.title])

    def _draw_companion(self, axes: Any, results: Any, companion: str) -> None:
        name, label = COMPANIONS[companion]
        style.dress(axes)
        size, unit = style.time_unit(results.times)
        axes.plot(results.times / size, results.series(name), color=style.MUTED, linewidth=1.3)
        self.voltages = results.series("Voltage [V]", self.times)
        self.track = np.column_stack([self.times / size, results.series(name, self.times)])
        self.marker = axes.plot(*self.track[:1].T, "o", color=style.PALETTE[1], markersize=7)[0]
        axes.set(xlabel=f"Time [{unit}]", ylabel=label)

    def _words(self, i: int) -> str:
        time = self.times[i]
        size, unit = style.time_unit(self.times)
        return (
            f"{time / size:.1f} {unit}   ·   {self.voltages[i]:.3f} V   ·   "
            f"mean {self.name} {self.panel.means[i]:.3f}"
        )

    def frame(self, i: int) -> Image.Image:
        """Picture of one time."""
        self.painted.set_array(self.panel.picture.weights @ self.panel.values[:, i])
        self.marker.set_data(*self.track[i : i + 1].T)
        self.title.set_text(self._words(i))
        return self.still.picture()


class Still:
    """Pictures of a figure, 100 dots per inch, in which only some artists change.

    All others are drawn once, which is most of the work, and stay where they were put with the
    first picture. What moves is drawn over them.
    """

    def __init__(self, figure: Figure, moving: Sequence[Artist]) -> None:
        figure.set_dpi(100)
        self.canvas, self.moving = FigureCanvasAgg(figure), moving
        self.background: Any = None

    def picture(self) -> Image.Image:
        """The figure as its artists are now."""
        figure = self.canvas.figure
        if self.background is None:
            self.canvas.draw()  # finds the places
            figure.set_layout_engine("none")
            for artist in self.moving:
                artist.set_animated(True)  # left out by the next line
            self.canvas.draw()
            self.background = self.canvas.copy_from_bbox(figure.bbox)
        self.canvas.restore_region(self.background)
        for artist in self.moving:
            figure.draw_artist(artist)
        return Image.fromarray(np.asarray(self.canvas.buffer_rgba())).convert("RGB")


def write_gif(
    frames: list[Image.Image],
    path: Path,
    seconds: float,
    colours: str,
    accents: Sequence[str] = (style.BLOCKED_COLOUR, *style.CONTACT_COLOURS),
) -> Path:
    """One palette for all frames, no dithering: small files without flicker."""
    path.parent.mkdir(parents=True, exist_ok=True)
    palette = _palette(colours, accents)
    reduced = [frame.quantize(palette=palette, dither=Image.Dither.NONE) for frame in frames]
    pause = max(20, round(1000 * seconds / len(frames)))
    durations = [pause] * (len(frames) - 1) + [max(pause, 1200)]
    reduced[0].save(
        path, save_all=True, append_images=reduced[1:], duration=durations, loop=0, optimize=False
    )
    return path


def _palette(colours: str, accents: Sequence[str]) -> Image.Image:
    """256 colours: mostly the colormap, then greys from ink to white and the accents."""
    field = mpl.colormaps[colours](np.linspace(0, 1, 190))[:, :3]
    each = 32 // len(accents)
    ramps = [(style.INK, 34), *((colour, each) for colour in accents)]
    blends = [_to_white(colour, n) for colour, n in ramps]
    table = np.zeros((256, 3))
    chosen = np.concatenate([field, *blends])
    table[: len(chosen)] = chosen
    picture = Image.new("P", (1, 1))
    picture.putpalette(np.rint(255 * table).astype(np.uint8).tobytes())
    return picture


def _to_white(colour: str, n: int) -> NDArray[np.float64]:
    share = np.linspace(0, 1, n)[:, None]
    return (1 - share) * np.array(mpl.colors.to_rgb(colour)) + share
