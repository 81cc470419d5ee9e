"""A micrograph and what was found in it: outlines, contacts, binder, collector."""

from __future__ import annotations

from typing import Any

import numpy as np
from matplotlib.collections import LineCollection, PolyCollection
from matplotlib.colors import to_rgb
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle
from numpy.typing import NDArray

from multiscale.plotting import style

COLOURS = style.PALETTE[:6]
BINDER = "#c9cdd4"
CONTACT = "#000000"
_MICRO = 1e6
_WIDE = 6.2  # [inch] of one panel
_BAR = 0.015  # thickness of the collector, as a share of the picture


@style.styled
def micrograph_preview(
    micrograph: Any, image: NDArray | None = None, electrode: Any = None
) -> Figure:
    """Outlines on the image, and particles with their contacts.

    Parameters
    ----------
    micrograph : Micrograph
    image : array, optional
        What it was made from, of the shape of its labels.
    electrode : ElectrodeGeometry, optional
        Particles that are not in it are pale.

    Returns
    -------
    matplotlib.figure.Figure
        Of a section two panels: outlines on the image, and particles in colour with black lines
        where two touch, grey binder and a dark bar at the collector. Of a volume the three
        planes through its middle.

    Examples
    --------
    >>> import numpy as np
    >>> from multiscale.micrograph import Micrograph
    >>> image = np.kron([[0, 1, 1, 0], [0, 2, 2, 0]], np.ones((20, 10), int))
    >>> len(micrograph_preview(Micrograph(image, 2e-7), image).axes)
    2
    """
    if micrograph.dimension == 3:
        return _planes(micrograph)
    # by the order of particles: numbers of a label image may share a remainder
    colours = [to_rgb(COLOURS[i % len(COLOURS)]) for i in range(len(micrograph.numbers))]
    rows, columns = micrograph.labels.shape
    width, height = (n * micrograph.pixel_size * _MICRO for n in (columns, rows))
    count, beside = 1 if image is None else 2, height > 0.6 * width
    shape = (1, count) if beside else (count, 1)
    wide = _WIDE if beside else 1.4 * _WIDE
    figure = style.new_figure(shape[1] * wide, shape[0] * wide * height / width + 0.5)
    panels = list(figure.subplots(*shape, squeeze=False).ravel())
    rings = [_MICRO * points for points in micrograph.outlines.values()]
    whole: Any = {"extent": (0, width, 0, height), "interpolation": "nearest"}
    thick = _BAR * max(width, height)
    corner, size = {
        "bottom": ((0, -thick), (width, thick)),
        "top": ((0, height), (width, thick)),
        "left": ((-thick, 0), (thick, height)),
        "right": ((width, 0), (thick, height)),
    }[micrograph.collector]
    for axes in panels:
        axes.set_aspect("equal")
        axes.set_axis_off()
        axes.set(xlim=(-0.02 * width, 1.02 * width), ylim=(-0.05 * height, 1.02 * height))
    if image is not None:
        outlines = PolyCollection(rings, facecolors="none", edgecolors=colours, linewidths=1.1)
        panels[0].imshow(image, cmap="gray", **whole)
        panels[0].add_collection(outlines)
        panels[0].set_title(f"{len(micrograph.numbers)} particles", loc="left")

    axes = panels[-1]
    if micrograph.binder is not None:
        ink = np.ones((*micrograph.labels.shape, 3))
        ink[micrograph.binder & (micrograph.labels == 0)] = to_rgb(BINDER)
        axes.imshow(ink, zorder=0, **whole)
    kept = micrograph.numbers.astype(str)
    inside = np.isin(kept, kept if electrode is None else list(electrode.particles.index))
    faces = [(*c, 0.75 if live else 0.15) for c, live in zip(colours, inside, strict=True)]
    axes.add_collection(
        PolyCollection(rings, facecolors=faces, edgecolors=style.INK, linewidths=0.4)
    )
    # from the centre of one particle through the contact to that of the other
    centres, contacts = _MICRO * micrograph.particles[["x_m", "y_m"]], micrograph.contacts
    first, second = (centres.loc[contacts[f"particle_{end}"]].to_numpy() for end in "ab")
    lines = np.stack([first, _MICRO * contacts[["x_m", "y_m"]].to_numpy(), second], axis=1)
    axes.add_collection(LineCollection(list(lines), colors=CONTACT, linewidths=1.0, zorder=3))
    words = f"{len(lines)} contacts"
    if electrode is not None:
        words += f", {inside.sum()} particles lead to the collector (dark bar)"
    axes.set_title(words, loc="left")
    length, low = style.round_length(0.2 * width), -2.5 * thick
    axes.plot([width - length, width], [low, low], color=style.INK, lw=3, clip_on=False)
    look: Any = {"ha": "right", "va": "center", "fontsize": 8}
    axes.text(width - 1.08 * length, low, f"{length:g} µm", **look)
    for axes in panels:
        axes.add_patch(Rectangle(corner, *size, color=style.INK, clip_on=False, zorder=4))
    return figure


def _planes(micrograph: Any) -> Figure:
    """The three planes through the middle of a volume, dark lines where particles end."""
    figure = style.new_figure(3 * 3.6, 3.9)
    table = np.array([to_rgb(colour) for colour in COLOURS])
    names = ("rows, columns", "planes, columns", "planes, rows")
    for axis, (axes, name) in enumerate(zip(figure.subplots(1, 3), names, strict=True)):
        middle = micrograph.labels.shape[axis] // 2
        labels = np.take(micrograph.labels, middle, axis)
        order = np.searchsorted(micrograph.numbers, labels)
        ink = 0.25 + 0.75 * table[order % len(COLOURS)]
        ink[labels == 0] = 1
        if micrograph.binder is not None:
            binder = np.take(micrograph.binder, middle, axis)
            ink[binder & (labels == 0)] = to_rgb(BINDER)
        edge = np.zeros(labels.shape, dtype=bool)
        edge[:-1] |= labels[:-1] != labels[1:]
        edge[:, :-1] |= labels[:, :-1] != labels[:, 1:]
        ink[edge] = to_rgb(style.INK)
        axes.imshow(ink, interpolation="nearest")
        axes.set_axis_off()
        axes.set_title(f"middle of axis {axis} ({name})", loc="left")
    network = micrograph.network()
    figure.suptitle(
        f"{network['particles']} particles, {network['contacts']} contacts, "
        f"collector: {micrograph.collector}",
        fontsize=10,
    )
    return figure
