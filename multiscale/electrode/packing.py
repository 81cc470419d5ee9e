"""Random packings of touching disks or spheres on a collector."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, Self

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike
from scipy.spatial import cKDTree

from multiscale.electrode.checks import angles_between, close_patches
from multiscale.electrode.placing import Floats, place, seen_from_above
from multiscale.electrode.tables import DEFAULT_CONSTRICTION, NAN
from multiscale.electrode.wiring import Wiring, with_obstruction
from multiscale.errors import GeometryError
from multiscale.limits import (
    CONSTRICTION,
    DEPTH,
    RADIUS,
    check_count,
    number,
    numbers,
    short,
    whole,
)
from multiscale.mesh.measure import DEFAULT_DEPTH

DENSITY = {2: 0.8, 3: 0.55}  # share of the default box that the particles are to fill
MOST_PACKED = 4000  # half a minute
DIRECTIONS = {2: 72, 3: 200}  # tried for each patch of carbon


class PackingConstructor:
    """The class method ``packing``; ``ElectrodeGeometry`` inherits it."""

    @classmethod
    def packing(
        cls,
        n: int,
        radii: ArrayLike = 5e-6,
        coverage: float = 0.05,
        seed: int = 0,
        *,
        dimension: int = 2,
        width: float | None = None,
        depth: float = DEFAULT_DEPTH,
        contact_half_angle_deg: float = 15.0,
        constriction_m: float = DEFAULT_CONSTRICTION,
        gap: float = 0.01,
    ) -> Self:
        """Random packing of disks or spheres that have fallen on the collector and rolled down.

        Each particle touches an earlier one or the collector, so that all are connected; none
        overlap. Labels read "p007", in the order of ``radii``; junctions "p003+p007"; the carbon
        of a particle "p007carbon", with an ideal wire to the collector.

        Parameters
        ----------
        n : int
            Number of particles.
        radii : float or n floats
            Radii [m].
        coverage : float
            Share of the surface (2D: rim) of all particles together that touches carbon, from 0
            to below 1. Carbon comes in patches of the half angle of the contacts, placed where
            no other contact is: one for each particle in random order until the share is
            reached (by at most one patch more), then a second one and so on. With all radii
            equal and patches of the share s, the share coverage / s of the particles has direct
            carbon contact, up to 1 (s is 0.083 in 2D and 0.017 in 3D for 15 degrees).
        seed : int
            The same seed gives the same packing.
        dimension : {2, 3}
            Disks, piled up along y, or spheres, along z.
        width : float, optional
            Distance of the hard side walls [m]; by default the packing is about as high as wide.
        depth : float
            2D: depth [m].
        contact_half_angle_deg : float
            Angular half-width of the patches; where two particles touch, that of the smaller one
            (the patch on the larger one is as wide). Made smaller where patches would overlap.
        constriction_m : float
            Delta of each side of each contact between particles, by default none.
        gap : float
            Particles touch if they are less than this share of the smaller radius apart.

        Raises
        ------
        GeometryError
            If an argument is out of range, or so much carbon finds no place.

        Examples
        --------
        >>> from multiscale.electrode.geometry import ElectrodeGeometry
        >>> electrode = ElectrodeGeometry.packing(50, coverage=0.02, seed=3)
        >>> electrode.n_particles, int((electrode.nodes["kind"] == "carbon").sum())
        (50, 12)
        """
        sizes = _checked_radii(n, radii)
        rng = np.random.default_rng(whole(seed, "seed", GeometryError))
        depth = number(depth, "depth", GeometryError, DEPTH)
        constriction_m = number(constriction_m, "constriction_m", GeometryError, CONSTRICTION)
        angle = number(contact_half_angle_deg, "contact_half_angle_deg", GeometryError)
        if not 0 < angle <= 90:
            raise GeometryError(f"contact_half_angle_deg lies between 0 and 90, not {angle:g}")
        gap = number(gap, "gap", GeometryError)
        if not 0 <= gap <= 0.5:
            raise GeometryError(f"gap is a share of the smaller radius from 0 to 0.5, not {gap:g}")
        coverage = number(coverage, "coverage", GeometryError)
        width = _checked_width(width, sizes, dimension)
        centres = place(sizes, width, dimension, rng)
        pile = _Pile(centres, sizes, contact_half_angle_deg)
        pile.join(gap, {"constriction_m": constriction_m})
        pile.shrink()
        pile.cover(coverage, rng)
        depth = depth if dimension == 2 else NAN
        geometry = cls(particles=pile.particles(depth), **pile.wiring.tables())  # type: ignore[call-arg]
        return with_obstruction(geometry)


def _checked_radii(n: int, radii: ArrayLike) -> Floats:
    n = whole(n, "n, the number of particles,", GeometryError, 1)
    check_count(n, "A packing of {} particles takes too long", MOST_PACKED, GeometryError)
    if isinstance(radii, Iterable) and not isinstance(radii, str) and np.ndim(radii):
        sizes = np.array(numbers(radii, "radii", GeometryError, RADIUS))
        if len(sizes) != n:
            raise GeometryError(f"radii is one number or {n}, not {len(sizes)}")
    else:
        sizes = np.array(number(radii, "radii", GeometryError, RADIUS))
    return np.broadcast_to(sizes, (int(n),)).copy()


def _checked_width(width: float | None, radii: Floats, dimension: int) -> float:
    if isinstance(dimension, bool | Sequence) or dimension not in DENSITY:
        raise GeometryError(f"The dimension of a packing is 2 or 3, not {short(dimension)}")
    if width is None:
        unit = np.pi if dimension == 2 else 4 / 3 * np.pi
        filled = unit * float((radii**dimension).sum()) / DENSITY[dimension]
        return max(filled ** (1 / dimension), 4 * float(radii.max()))
    width = number(width, "width", GeometryError)
    if not width >= 2 * radii.max():
        raise GeometryError(
            f"width is at least the largest diameter, {2 * radii.max():.4g} m, not {width!r}"
        )
    return float(width)


class _Pile:
    """Placed particles while they are wired."""

    def __init__(self, centres: Floats, radii: Floats, half_angle_deg: float) -> None:
        self.dimension = centres.shape[1]
        self.centres = np.pad(centres, ((0, 0), (0, 3 - self.dimension)))
        self.radii, self.half_angle_deg = radii, half_angle_deg
        self.up = np.eye(3)[self.dimension - 1]
        digits = len(str(len(radii) - 1))
        self.labels = [f"p{number:0{digits}d}" for number in range(len(radii))]
        self.wiring = Wiring()

    def join(self, gap: float, numbers: dict[str, Any]) -> None:
        """The collector, and contacts of particles with it and with each other."""
        middle = self.centres.mean(axis=0)
        self.wiring.node("collector", "collector", middle * (1 - self.up))
        for i in np.flatnonzero(self.centres @ self.up < self.radii * (1 + gap)):
            self.wiring.contact(self.labels[i], "collector", -self.up, self.half_angle_deg)
        pairs = cKDTree(self.centres).query_pairs(
            (2 + gap) * self.radii.max(), output_type="ndarray"
        )
        for i, j in pairs[np.lexsort(pairs.T[::-1])]:
            between = self.centres[j] - self.centres[i]
            length, small = np.linalg.norm(between), min(self.radii[i], self.radii[j])
            if length >= self.radii[i] + self.radii[j] + gap * small:
                continue
            point = self.centres[i] + self.radii[i] / length * between
            label = f"{self.labels[i]}+{self.labels[j]}"
            node = self.wiring.node(label, "junction", point)
            for k, direction in ((i, between), (j, -between)):
                sine = np.sin(np.radians(self.half_angle_deg)) * small / self.radii[k]
                angle = (
                    self.half_angle_deg if self.radii[k] == small else np.degrees(np.arcsin(sine))
                )
                self.wiring.contact(self.labels[k], node, direction, float(angle), **numbers)

    def shrink(self) -> None:
        """Make patches smaller where two on one particle overlap, until they just touch."""
        table = self.wiring.tables()["contacts"]
        angle = table["half_angle_deg"].to_dict()
        factor = dict.fromkeys(angle, 1.0)
        for a, b, apart in close_patches(table):
            fits = apart / (angle[a] + angle[b])
            factor[a], factor[b] = min(factor[a], fits), min(factor[b], fits)
        for label, value in factor.items():
            self.wiring.contacts[label]["half_angle_deg"] *= value

    def cover(self, coverage: float, rng: np.random.Generator) -> None:
        """Patches of carbon until they make up the share ``coverage`` of all surfaces."""
        if not 0 <= coverage < 1:
            raise GeometryError(f"coverage is a share from 0 to below 1, not {coverage!r}")
        angle = self.half_angle_deg
        share = angle / 180 if self.dimension == 2 else (1 - np.cos(np.radians(angle))) / 2
        weights = self.radii ** (self.dimension - 1) / np.sum(self.radii ** (self.dimension - 1))
        wanted = coverage * (1 - 1e-9)
        taken = self._patches()
        order, covered, found = rng.permutation(len(self.radii)), 0.0, True
        while found and covered < wanted:
            found = False
            for i in order:
                if covered >= wanted:
                    break
                direction = self._free_direction(taken[self.labels[i]], rng)
                if direction is not None:
                    self._carbon(i, direction)
                    taken[self.labels[i]].append((direction, angle))
                    covered, found = covered + share * weights[i], True
        if covered < wanted:
            raise GeometryError(
                f"Carbon finds room for a coverage of {covered:.3g} only, not {coverage:g}, beside "
                f"the other contacts; ask for less, or for a contact_half_angle_deg below {angle:g}"
            )

    def _patches(self) -> dict[str, list[tuple[Floats, float]]]:
        taken: dict[str, list[tuple[Floats, float]]] = {label: [] for label in self.labels}
        for row in self.wiring.contacts.values():
            direction = np.array([row["direction_x"], row["direction_y"], row["direction_z"]])
            taken[row["particle"]].append((direction, row["half_angle_deg"]))
        return taken

    def _free_direction(
        self, taken: list[tuple[Floats, float]], rng: np.random.Generator
    ) -> Floats | None:
        directions = rng.normal(size=(DIRECTIONS[self.dimension], 3))
        directions[:, self.dimension :] = 0
        directions /= np.linalg.norm(directions, axis=1, keepdims=True)
        free = np.ones(len(directions), dtype=bool)
        for direction, angle in taken:
            free &= angles_between(directions, direction) > angle + self.half_angle_deg
        return directions[free][0] if free.any() else None

    def _carbon(self, i: int, direction: Floats) -> None:
        label = f"{self.labels[i]}carbon"
        if label not in self.wiring.nodes:
            self.wiring.node(label, "carbon", self.centres[i] + self.radii[i] * direction)
            self.wiring.wire(label, "collector")
        self.wiring.contact(self.labels[i], label, direction, self.half_angle_deg)

    def particles(self, depth: float) -> pd.DataFrame:
        """The table of particles."""
        return pd.DataFrame(
            {
                "shape": {2: "disk", 3: "sphere"}[self.dimension],
                "radius_m": self.radii,
                **dict(zip(("x_m", "y_m", "z_m"), self.centres.T, strict=True)),
                "depth_m": depth,
                "top": seen_from_above(self.centres, self.radii, self.up),
            },
            index=self.labels,
        )
