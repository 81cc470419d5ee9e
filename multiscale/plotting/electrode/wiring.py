"""Collector, carbon and contacts, drawn so that the lithium stays in front."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.collections import LineCollection
from numpy.typing import NDArray

from multiscale.plotting import style
from multiscale.plotting.electrode.picture import ElectrodePicture, page_axes

CARBON, NECK, WIRE = style.INK, "#8b919c", "#c3c7ce"
_ARC = np.linspace(-1, 1, 13)


def node_places(geometry: Any) -> dict[str, NDArray[np.float64]]:
    """Places of the nodes on the page [um]."""
    axes = [("x_m", "y_m", "z_m")[axis] for axis in page_axes(geometry)]
    values = 1e6 * geometry.nodes[axes].to_numpy(float)
    return dict(zip(map(str, geometry.nodes.index), values, strict=True))


class Collector:
    """The collector as a bar along the side of the electrode on which it lies."""

    def __init__(self, geometry: Any, picture: ElectrodePicture):
        low = (picture.places - picture.radii[:, None]).min(axis=0)
        high = (picture.places + picture.radii[:, None]).max(axis=0)
        place = node_places(geometry)[geometry.collector]
        outside = np.array([low - place, place - high])
        side, self.across = np.unravel_index(int(outside.argmax()), outside.shape)
        level = low[self.across] if side == 0 else high[self.across]
        self.level = min(place[self.across], level) if side == 0 else max(place[self.across], level)
        along = 1 - self.across
        self.ends = np.empty((2, 2))
        self.ends[:, self.across] = self.level
        self.ends[:, along] = low[along], high[along]

    def foot(self, place: NDArray[np.float64]) -> NDArray[np.float64]:
        """Where a straight wire from a place meets the bar."""
        foot = np.array(place, dtype=float)
        foot[self.across] = self.level
        return foot


def draw_wiring(axes: Axes, results: Any, picture: ElectrodePicture) -> None:
    """Collector, in 2D with wires and carbon, behind the particles."""
    geometry = results.model.electrode
    places, collector = node_places(geometry), Collector(geometry, picture)
    bar = LineCollection([collector.ends], colors=CARBON, linewidths=5, capstyle="butt", zorder=0.6)
    axes.add_collection(bar)
    if geometry.dimension == 3:  # wires and carbon would hang before and behind the page
        return
    lines = []
    for a, b in geometry.edges[["node_a", "node_b"]].itertuples(index=False):
        a, b = (b, a) if a == geometry.collector else (a, b)
        end = collector.foot(places[a]) if b == geometry.collector else places[b]
        lines.append([places[a], end])
    axes.add_collection(LineCollection(lines, colors=WIRE, linewidths=1.1, zorder=0.5))
    carbon = [places[str(n)] for n in geometry.nodes.index[geometry.nodes["kind"] == "carbon"]]
    if carbon:
        size = float(np.clip(600 / len(picture.radii), 4, 14))
        x, y = np.transpose(carbon)
        axes.scatter(x, y, s=size, color=CARBON, linewidths=0, zorder=0.7)


def draw_contacts(axes: Axes, results: Any, picture: ElectrodePicture) -> None:
    """Patches on the rims: dark to carbon or collector, grey between particles (2D)."""
    geometry = results.model.electrode
    if geometry.dimension != 2:
        return
    places = node_places(geometry)
    number = {label: i for i, label in enumerate(results.labels)}
    kinds = geometry.nodes["kind"]
    arcs: dict[str, list[Any]] = {CARBON: [], NECK: []}
    for _, row in geometry.contacts.iterrows():
        i = number[str(row["particle"])]
        centre, radius = picture.places[i], picture.radii[i]
        middle = np.arctan2(row["direction_y"], row["direction_x"])
        angle = middle + np.radians(row["half_angle_deg"]) * _ARC
        arc = centre + radius * np.column_stack([np.cos(angle), np.sin(angle)])
        colour = NECK if kinds[row["node"]] == "junction" else CARBON
        arcs[colour].append(arc)
        if kinds[row["node"]] == "carbon":
            touch = centre + radius * np.array([np.cos(middle), np.sin(middle)])
            arcs[CARBON].append(np.array([touch, places[str(row["node"])]]))
    width = float(np.clip(14 / np.sqrt(len(picture.radii)), 0.8, 3))
    for colour, lines in arcs.items():
        drawn = LineCollection(lines, colors=colour, linewidths=width, capstyle="butt", zorder=3)
        axes.add_collection(drawn)


def draw_tops(axes: Axes, picture: ElectrodePicture, colours: Mapping[str, Any]) -> None:
    """The upper rim of the top particles, each in its own colour."""
    for label, colour in colours.items():
        if label not in picture.outlines:
            continue
        lines = picture.outlines[label]
        centre = (lines.min(axis=(0, 1)) + lines.max(axis=(0, 1))) / 2
        upper = lines[lines[:, :, 1].mean(axis=1) >= centre[1]]
        rim = centre + 1.035 * (upper - centre)
        look: dict[str, Any] = {"linewidths": 3, "capstyle": "round", "zorder": 4}
        axes.add_collection(LineCollection(list(rim), colors=colour, **look))
