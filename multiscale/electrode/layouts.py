"""Electrodes made from a rule: columns of disks, and random packings of disks or spheres.

Makers give the tables of an electrode, by name, as ``ElectrodeGeometry`` takes them.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from itertools import combinations
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray
from scipy.spatial import cKDTree

from multiscale.electrode.tables import DIRECTION, NAN, POSITION, angles_between, close_patches
from multiscale.errors import GeometryError
from multiscale.limits import (
    CONSTRICTION,
    DEPTH,
    MOST_PARTICLES,
    RADIUS,
    check_count,
    number,
    numbers,
    short,
    whole,
)

Floats = NDArray[np.float64]
SPACING = 2.2  # between the columns, in radii; the gap holds the carbon of covered rows
UP, DOWN, LEFT, RIGHT = (0.0, 1.0), (0.0, -1.0), (-1.0, 0.0), (1.0, 0.0)
DENSITY = {2: 0.8, 3: 0.55}  # share of the default box that the particles are to fill
MOST_PACKED = 4000  # half a minute
DIRECTIONS = {2: 72, 3: 200}  # tried for each patch of carbon
DROPS = 60  # places tried for each particle before it rolls
SUPPORTS = 8  # nearest particles on which it may come to rest
OVERLAP = 1e-9  # allowed by rounding, relative to the distance of two centres


@dataclass
class Wiring:
    """Rows of the tables of nodes, edges and contacts while a layout is made."""

    nodes: dict[str, dict[str, Any]] = field(default_factory=dict)
    edges: list[dict[str, Any]] = field(default_factory=list)
    contacts: dict[str, dict[str, Any]] = field(default_factory=dict)

    def node(self, label: str, kind: str, position: ArrayLike) -> str:
        """Add a node at ``position`` [m] (2 or 3 coordinates); returns its label."""
        self.nodes[label] = {"kind": kind, **_coordinates(POSITION, position)}
        return label

    def wire(self, a: str, b: str, conductance_S: float = np.inf) -> None:
        """Add an edge."""
        self.edges.append({"node_a": a, "node_b": b, "conductance_S": conductance_S})

    def contact(
        self, particle: str, node: str, direction: ArrayLike, half_angle_deg: float, **numbers: Any
    ) -> None:
        """Add a contact; ``direction`` need not have unit length, ``numbers`` are columns."""
        vector = np.asarray(direction, dtype=float)
        vector = vector / np.linalg.norm(vector)
        label, count = f"{particle}-{node}", 1
        while label in self.contacts:
            count += 1
            label = f"{particle}-{node}-{count}"
        row = {"particle": particle, "node": node, **_coordinates(DIRECTION, vector)}
        self.contacts[label] = {**row, "half_angle_deg": half_angle_deg, **numbers}

    def tables(self) -> dict[str, pd.DataFrame]:
        """The tables, as arguments of ``ElectrodeGeometry``."""
        nodes, contacts = (
            pd.DataFrame(list(rows.values()), index=list(rows))
            for rows in (self.nodes, self.contacts)
        )
        edges = pd.DataFrame(self.edges, columns=["node_a", "node_b", "conductance_S"])
        return {"nodes": nodes, "edges": edges, "contacts": contacts}


def _coordinates(columns: Sequence[str], values: ArrayLike) -> dict[str, float]:
    values = [*np.asarray(values, dtype=float), 0.0][:3]
    return dict(zip(columns, values, strict=True))


def columns(
    obstructions: Sequence[int],
    radius: float,
    *,
    depth: float,
    contact_half_angle_deg: float,
    constriction_m: float,
    dry_half_angle_deg: float,
    covered_rows: Sequence[int],
    coverage: float,
    conductance_S_m2: float,
    carbon_conductance_S: float,
) -> dict[str, pd.DataFrame]:
    """Tables of columns of equal disks; see ``ElectrodeGeometry.columns``."""
    if isinstance(obstructions, str) or not isinstance(obstructions, Iterable):
        raise GeometryError(f"obstructions is a list of whole numbers, not {short(obstructions)}")
    obstructions = list(obstructions)
    if not obstructions:
        raise GeometryError("obstructions names no column: give a number for at least one")
    what = "the number of particles below the top one, in obstructions,"
    heights = [whole(n, what, GeometryError, 0) + 1 for n in obstructions]
    check_count(sum(heights), "The columns hold {} particles", MOST_PARTICLES, GeometryError)
    if isinstance(covered_rows, str) or not isinstance(covered_rows, Iterable):
        raise GeometryError(f"covered_rows is a list of rows, not {short(covered_rows)}")
    covered_rows = [whole(row, "a row in covered_rows", GeometryError) for row in covered_rows]
    wrong = sorted(set(covered_rows) - set(range(max(heights))))
    if wrong:
        raise GeometryError(
            f"covered_rows names {short(wrong)}; this layout has the rows 0 to {max(heights) - 1}"
        )
    radius = number(radius, "radius", GeometryError, RADIUS)
    depth = number(depth, "depth", GeometryError, DEPTH)
    constriction_m = number(constriction_m, "constriction_m", GeometryError, CONSTRICTION)
    angle = number(contact_half_angle_deg, "contact_half_angle_deg", GeometryError)
    if not 0 < angle <= 90:
        raise GeometryError(f"contact_half_angle_deg lies between 0 and 90, not {angle:g}")
    coverage = number(coverage, "coverage", GeometryError)
    if not len(covered_rows) and not 0 <= coverage < 1:  # unused, and a mistake all the same
        raise GeometryError(f"coverage is a share from 0 to below 1, not {coverage:g}")
    nan_or_positive = {
        "dry_half_angle_deg": dry_half_angle_deg,
        "conductance_S_m2": conductance_S_m2,
        "carbon_conductance_S": carbon_conductance_S,
    }
    for name, value in nan_or_positive.items():  # what NaN means stands above
        if not (isinstance(value, float) and math.isnan(value) and name[:2] != "ca"):
            number(value, name, GeometryError, infinite=name != "dry_half_angle_deg")
    stack = _Stack(radius, contact_half_angle_deg, conductance_S_m2)
    neck = {"constriction_m": constriction_m, "dry_half_angle_deg": dry_half_angle_deg}
    sides = _sides(coverage, contact_half_angle_deg) if len(covered_rows) else {}
    middle = SPACING * radius * (len(heights) - 1) / 2
    stack.wiring.node("collector", "collector", (middle, -2 * radius))
    for column, height in enumerate(heights):
        stack.carbon(column, carbon_conductance_S)
        for row in range(1, height):
            stack.junction(column, row, neck)
        for row in sorted(set(covered_rows) & set(range(height))):
            stack.cover(column, row, sides, carbon_conductance_S)
    particles = stack.particles(heights, depth)
    return {"particles": particles, **stack.wiring.tables()}


def _sides(coverage: float, half_angle_deg: float) -> dict[tuple[float, float], float]:
    """Directions and half angles [degree] of the patches that cover a share of a rim."""
    room = 90 - half_angle_deg
    if 0 < coverage * 180 <= room:
        return {RIGHT: coverage * 180}
    if 0 < coverage * 90 < room:
        return {LEFT: coverage * 90, RIGHT: coverage * 90}
    raise GeometryError(
        f"coverage is a share of the rim above 0 and below {room / 90:.4g}, which is what "
        f"contacts of {half_angle_deg:g} degrees leave on both sides, not {coverage!r}"
    )


@dataclass
class _Stack:
    """Columns of disks while they are wired; row 0 stands at height 0."""

    radius: float
    half_angle_deg: float
    conductance_S_m2: float
    wiring: Wiring = field(default_factory=Wiring)

    def centre(self, column: int, row: int) -> tuple[float, float]:
        return SPACING * self.radius * column, (2 * row + 1) * self.radius

    def touch(self, particle: str, node: str, direction: Any, angle: float, **numbers: Any) -> None:
        numbers["conductance_S_m2"] = self.conductance_S_m2
        self.wiring.contact(particle, node, direction, angle, **numbers)

    def carbon(self, column: int, conductance_S: float) -> None:
        position = (self.centre(column, 0)[0], -self.radius / 2)
        node = self.wiring.node(f"c{column}carbon", "carbon", position)
        self.wiring.wire(node, "collector", conductance_S)
        self.touch(f"c{column}r0", node, DOWN, self.half_angle_deg)

    def junction(self, column: int, row: int, neck: dict[str, float]) -> None:
        """Join a row to the one below."""
        x, y = self.centre(column, row)
        node = self.wiring.node(f"c{column}j{row - 1}", "junction", (x, y - self.radius))
        self.touch(f"c{column}r{row - 1}", node, UP, self.half_angle_deg, **neck)
        self.touch(f"c{column}r{row}", node, DOWN, self.half_angle_deg, **neck)

    def cover(
        self, column: int, row: int, sides: dict[tuple[float, float], float], conductance_S: float
    ) -> None:
        x, y = self.centre(column, row)
        particle = f"c{column}r{row}"
        position = (x + SPACING * self.radius / 2, y)
        node = self.wiring.node(f"{particle}carbon", "carbon", position)
        self.wiring.wire(node, "collector", conductance_S)
        for direction, angle in sides.items():
            self.touch(particle, node, direction, angle)

    def particles(self, heights: Sequence[int], depth: float) -> pd.DataFrame:
        rows = [(column, row) for column, height in enumerate(heights) for row in range(height)]
        x, y = np.array([self.centre(column, row) for column, row in rows]).T
        return pd.DataFrame(
            {
                "shape": "disk",
                "radius_m": self.radius,
                "x_m": x,
                "y_m": y,
                "depth_m": depth,
                "top": [row == heights[column] - 1 for column, row in rows],
            },
            index=[f"c{column}r{row}" for column, row in rows],
        )


def packing(
    n: int,
    radii: ArrayLike,
    coverage: float,
    seed: int,
    *,
    dimension: int,
    width: float | None,
    depth: float,
    contact_half_angle_deg: float,
    constriction_m: float,
    gap: float,
) -> dict[str, pd.DataFrame]:
    """Tables of a random packing; see ``ElectrodeGeometry.packing``."""
    n = whole(n, "n, the number of particles,", GeometryError, 1)
    check_count(n, "A packing of {} particles takes too long", MOST_PACKED, GeometryError)
    if isinstance(radii, Iterable) and not isinstance(radii, str) and np.ndim(radii):
        sizes = np.array(numbers(radii, "radii", GeometryError, RADIUS))
        if len(sizes) != n:
            raise GeometryError(f"radii is one number or {n}, not {len(sizes)}")
    else:
        sizes = np.full(n, number(radii, "radii", GeometryError, RADIUS))
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
    if isinstance(dimension, bool | Sequence) or dimension not in DENSITY:
        raise GeometryError(f"The dimension of a packing is 2 or 3, not {short(dimension)}")
    if width is None:
        unit = np.pi if dimension == 2 else 4 / 3 * np.pi
        filled = unit * float((sizes**dimension).sum()) / DENSITY[dimension]
        width = max(filled ** (1 / dimension), 4 * float(sizes.max()))
    else:
        width = number(width, "width", GeometryError)
        if not width >= 2 * sizes.max():
            raise GeometryError(
                f"width is at least the largest diameter, {2 * sizes.max():.4g} m, not {width!r}"
            )
    centres = settled(sizes, width, dimension, rng)
    pile = _Pile(centres, sizes, contact_half_angle_deg)
    pile.join(gap, {"constriction_m": constriction_m})
    pile.shrink()
    pile.cover(coverage, rng)
    particles = pile.particles(depth if dimension == 2 else NAN)
    return {"particles": particles, **pile.wiring.tables()}


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
        taken: dict[str, list[tuple[Floats, float]]] = {label: [] for label in self.labels}
        for row in self.wiring.contacts.values():
            vector = np.array([row[name] for name in DIRECTION])
            taken[row["particle"]].append((vector, row["half_angle_deg"]))
        order, covered, fits = rng.permutation(len(self.radii)), 0.0, True
        while fits and covered < wanted:
            fits = False
            for i in order:
                if covered >= wanted:
                    break
                direction = self._free_direction(taken[self.labels[i]], rng)
                if direction is not None:
                    label = f"{self.labels[i]}carbon"
                    if label not in self.wiring.nodes:
                        where = self.centres[i] + self.radii[i] * direction
                        self.wiring.node(label, "carbon", where)
                        self.wiring.wire(label, "collector")
                    self.wiring.contact(self.labels[i], label, direction, angle)
                    taken[self.labels[i]].append((direction, angle))
                    covered, fits = covered + share * weights[i], True
        if covered < wanted:
            raise GeometryError(
                f"Carbon finds room for a coverage of {covered:.3g} only, not {coverage:g}, beside "
                f"the other contacts; ask for less, or for a contact_half_angle_deg below {angle:g}"
            )

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


def settled(radii: Floats, width: float, dimension: int, rng: np.random.Generator) -> Floats:
    """Centres (n, dimension) [m] of particles dropped one by one; the last axis points upwards.

    Each falls at several random places; from the one where it comes to rest lowest it rolls on
    to the lowest place next to it that rests on as many particles as there are dimensions (the
    floor counts as one). Side walls stop it, but are no support.
    """
    centres = np.zeros((len(radii), dimension))
    for i, radius in enumerate(radii):
        others, reach = centres[:i], radii[:i] + radius
        places = rng.uniform(radius, width - radius, size=(DROPS, dimension - 1))
        places[0], places[1] = radius, width - radius  # along the walls
        heights = np.full(len(places), radius)
        if i:
            aside = ((places[:, np.newaxis] - others[:, :-1]) ** 2).sum(axis=2)
            rise = np.sqrt(np.maximum(reach**2 - aside, 0))
            heights = np.maximum(
                radius, np.where(aside < reach**2, others[:, -1] + rise, 0).max(axis=1)
            )
        best = heights.argmin()
        spot = np.append(places[best], heights[best])
        while True:
            lower = _rolled(spot, others, reach, radius, width)
            if lower is None or lower[-1] > spot[-1] - 1e-6 * radius:
                break
            spot = lower
        centres[i] = spot
    return centres


def _rolled(
    spot: Floats, others: Floats, reach: Floats, radius: float, width: float
) -> Floats | None:
    """Lowest place near ``spot`` that is supported on all sides and free; None if there is none."""
    dimension = len(spot)
    apart = np.linalg.norm(others - spot, axis=1) - reach
    close = np.flatnonzero(apart < 4 * radius)
    near = close[np.argsort(apart[close])][:SUPPORTS]
    resting = tangent_points(others[near], reach[near], dimension)
    drop = others[near, -1] - radius  # the same on the floor, one dimension less
    flat = np.flatnonzero(np.abs(drop) < reach[near])
    shadow = np.sqrt(reach[near[flat]] ** 2 - drop[flat] ** 2)
    floor = tangent_points(others[near[flat], :-1], shadow, dimension - 1)
    floor = np.hstack([floor, np.full((len(floor), 1), radius)])
    found = np.vstack([resting, floor])
    found = found[np.isfinite(found).all(axis=1)]
    sides = found[:, :-1]
    inside = ((sides >= radius) & (sides <= width - radius)).all(axis=1)
    found = found[inside & (found[:, -1] >= radius * (1 - OVERLAP))]
    distance = np.linalg.norm(found[:, np.newaxis] - others[close], axis=2)
    free = found[(distance >= reach[close] * (1 - OVERLAP)).all(axis=1)]
    # not beyond what has been looked at
    free = free[np.linalg.norm(free - spot, axis=1) < 2 * radius]
    return free[free[:, -1].argmin()] if len(free) else None


def tangent_points(centres: Floats, distances: Floats, dimension: int) -> Floats:
    """Points (m, dimension) at the given distances from ``dimension`` of the centres at a time."""
    groups = np.array(list(combinations(range(len(centres)), dimension)), dtype=int)
    if not len(groups):
        return np.zeros((0, dimension))
    origin, first = centres[groups[:, 0]], distances[groups[:, 0]]
    to = centres[groups[:, 1:]] - origin[:, np.newaxis]
    right = (first[:, np.newaxis] ** 2 - distances[groups[:, 1:]] ** 2 + (to**2).sum(axis=2)) / 2
    with np.errstate(invalid="ignore", divide="ignore"):  # NaN where the spheres do not meet
        # nearest point and direction (m, dimension) of the line of the x with to . x = right
        if dimension == 1:
            foot, axis = np.zeros((len(to), 1)), np.ones((len(to), 1))
        elif dimension == 2:
            a = to[:, 0]
            axis = np.stack([-a[:, 1], a[:, 0]], axis=1)
            foot = right / (a**2).sum(axis=1, keepdims=True) * a
        else:
            a, b = to[:, 0], to[:, 1]
            axis = np.cross(a, b)
            square = (axis**2).sum(axis=1, keepdims=True)
            foot = (right[:, :1] * np.cross(b, axis) + right[:, 1:] * np.cross(axis, a)) / square
        axis = axis / np.linalg.norm(axis, axis=1, keepdims=True)
        height = np.sqrt(first**2 - (foot**2).sum(axis=1))[:, np.newaxis]
    return np.vstack([origin + foot + height * axis, origin + foot - height * axis])


def seen_from_above(centres: Floats, radii: Floats, up: Floats) -> NDArray[np.bool_]:
    """Whether no other particle lies above the centre (n, 3) of each; ``up`` is a unit vector."""
    height = centres @ up
    aside = centres - height[:, np.newaxis] * up
    seen = [
        not ((height > height[i]) & (((aside - aside[i]) ** 2).sum(axis=1) < radii**2)).any()
        for i in range(len(radii))
    ]
    return np.array(seen)
