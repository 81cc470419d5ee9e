"""Particles of a label image, and the wiring that follows from what they touch."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy import ndimage

from multiscale.electrode.image_codes import COLLECTOR, Codes
from multiscale.electrode.tables import NAN
from multiscale.electrode.wiring import Wiring

Floats = NDArray[np.float64]
# index of the particle, code of the other side, direction (2 or 3 numbers), half angle [radian]
Contact = tuple[int, int, Floats, float]


@dataclass
class Layout:
    """A label image and what touches what in it; ``contacts`` is up to the dimension."""

    image: Codes
    codes: Codes
    pixel_size: float
    contact_faces: int = 1

    def __post_init__(self) -> None:
        sizes = np.bincount(self.image.ravel())
        sizes[0] = 0
        self.numbers = np.flatnonzero(sizes)
        pixels = sizes[self.numbers]
        flat = self.image.ndim == 2
        self.radii = np.sqrt(pixels / np.pi) if flat else np.cbrt(0.75 * pixels / np.pi)
        self.centres = np.array(
            ndimage.center_of_mass(self.image > 0, self.image, self.numbers), dtype=float
        )
        pieces = np.maximum(COLLECTOR - self.codes, 0)
        self.middles = ndimage.center_of_mass(pieces > 0, pieces, np.arange(1, pieces.max() + 1))
        at_collector = ndimage.binary_dilation(self.codes == COLLECTOR)
        self.wired = set(np.unique(self.codes[at_collector & (self.codes < COLLECTOR)]).tolist())

    def contacts(self) -> Iterable[Contact]:
        """Every side of every contact."""
        raise NotImplementedError

    def coordinates(self, steps: Floats) -> Floats:
        """Index steps (..., ndim) of the image as x, y (and z) in pixels."""
        if self.image.ndim == 2:
            return np.stack([steps[..., 1], -steps[..., 0]], axis=-1)
        return np.stack([steps[..., 2], steps[..., 0], -steps[..., 1]], axis=-1)

    def position(self, indices: Floats) -> Floats:
        """Coordinates [m] of pixel indices (..., ndim) of the image."""
        lower_left = np.zeros(self.image.ndim) - 0.5
        lower_left[-2] = self.image.shape[-2] - 0.5
        return self.pixel_size * self.coordinates(np.asarray(indices) - lower_left)

    def particles(self, depth: float) -> pd.DataFrame:
        """Disks or spheres of equal size at the centroids."""
        flat = self.image.ndim == 2
        places = dict(zip(("x_m", "y_m", "z_m"), self.position(self.centres).T, strict=False))
        columns = {
            "shape": "disk" if flat else "sphere",
            "radius_m": self.pixel_size * self.radii,
            **places,
            "depth_m": depth if flat else NAN,
        }
        table = pd.DataFrame(columns, index=[str(number) for number in self.numbers])
        return table.assign(z_m=0.0) if flat else table

    def wiring(self, up: Sequence[int], constriction_m: float, join_binder: bool) -> Wiring:
        """Nodes, edges and contacts."""
        wiring = Wiring()
        box = np.abs(self.coordinates(np.array(self.image.shape, dtype=float)))
        wiring.node("collector", "collector", box * (1 - np.array(up)) / 2 * self.pixel_size)
        found = list(self.contacts())
        sides = {(int(self.numbers[i]), code) for i, code, _, _ in found}
        for i, code, direction, half in found:
            number = int(self.numbers[i])
            # a touch that is too short to show on the other side is none
            if code > 0 and (code, number) not in sides:
                continue
            node = self._node(wiring, i, code, direction)
            if code < COLLECTOR and node not in wiring.nodes:
                self._binder(wiring, code, node, join_binder)
            extra = {"constriction_m": constriction_m} if code > 0 else {}
            wiring.contact(str(number), node, direction, float(np.degrees(half)), **extra)
        return wiring

    def _node(self, wiring: Wiring, i: int, code: int, direction: Floats) -> str:
        """Label of the node a contact leads to; a junction is made when it is met first."""
        if code == COLLECTOR:
            return "collector"
        if code < COLLECTOR:
            return f"carbon{COLLECTOR - code}"
        number = int(self.numbers[i])
        label = f"{min(number, code)}+{max(number, code)}"
        if label not in wiring.nodes:
            reach = self.pixel_size * self.radii[i] * direction
            wiring.node(label, "junction", self.position(self.centres[i]) + reach)
        return label

    def _binder(self, wiring: Wiring, code: int, label: str, joined: bool) -> None:
        """A piece of binder, wired to the collector if it reaches it."""
        if joined or code in self.wired:
            wiring.wire(label, "collector")
        middle = np.array(self.middles[COLLECTOR - code - 1]) - 1
        wiring.node(label, "carbon", self.position(middle))
