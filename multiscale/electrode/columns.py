"""Electrodes made from a rule, as class methods of ``ElectrodeGeometry``."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Self

import numpy as np
import pandas as pd

from multiscale.electrode.filling import TableConstructor
from multiscale.electrode.image import ImageConstructor
from multiscale.electrode.packing import PackingConstructor
from multiscale.electrode.tables import DEFAULT_CONSTRICTION, NAN
from multiscale.electrode.wiring import Wiring, with_obstruction
from multiscale.errors import GeometryError
from multiscale.limits import (
    CONSTRICTION,
    DEPTH,
    MOST_PARTICLES,
    RADIUS,
    check_count,
    number,
    short,
    whole,
)
from multiscale.mesh.measure import DEFAULT_DEPTH

SPACING = 2.2  # between the columns, in radii; the gap holds the carbon of covered rows
UP, DOWN, LEFT, RIGHT = (0.0, 1.0), (0.0, -1.0), (-1.0, 0.0), (1.0, 0.0)


class LayoutConstructors(TableConstructor, PackingConstructor, ImageConstructor):
    """Class methods that make electrodes; ``ElectrodeGeometry`` inherits them."""

    @classmethod
    def columns(
        cls,
        obstructions: Sequence[int],
        radius: float = 5e-6,
        *,
        depth: float = DEFAULT_DEPTH,
        contact_half_angle_deg: float = 22.5,
        constriction_m: float = DEFAULT_CONSTRICTION,
        dry_half_angle_deg: float = NAN,
        covered_rows: Sequence[int] = (),
        coverage: float = 0.2,
        conductance_S_m2: float = NAN,
        carbon_conductance_S: float = np.inf,
    ) -> Self:
        """Columns of equal disks on carbon; column k has ``obstructions[k]`` below its top one.

        The particle at the bottom (row 0) of each column touches a carbon node below it, the
        others touch those above and below through a junction. Each carbon node has its own wire
        to the collector. Labels read "c2r0" (column 2, row 0), "c2j0" (junction between rows 0
        and 1), "c2carbon" and "c2r1carbon"; contacts "c2r0-c2j0".

        Parameters
        ----------
        obstructions : sequence of int
            Number of particles below the top one of each column.
        radius, depth : float
            Of all particles [m].
        contact_half_angle_deg : float
            Angular half-width of every contact below or above a particle.
        constriction_m : float
            Delta of each side of each contact between particles, by default none; carbon
            contacts have none.
        dry_half_angle_deg : float
            Angle without electrolyte around each contact between particles; NaN: electrolyte
            reaches the patches too.
        covered_rows : sequence of int
            Rows (0 is the bottom) that touch carbon at their sides as well.
        coverage : float
            Share of the rim of such a particle that touches that carbon: one patch on the right
            with a half angle of coverage x 180 degrees, or one on each side with half of it if
            that does not fit between the contacts above and below.
        conductance_S_m2 : float
            Of every contact side, per area; NaN: from the parameter set.
        carbon_conductance_S : float
            From each carbon node to the collector; inf is an ideal wire.

        Raises
        ------
        GeometryError
            If a number of particles, a row or the coverage is impossible.

        Examples
        --------
        >>> from multiscale.electrode.geometry import ElectrodeGeometry
        >>> electrode = ElectrodeGeometry.columns([0, 1, 2, 3, 4])
        >>> electrode.n_particles, len(electrode.contacts)
        (15, 25)
        >>> electrode.particles["obstruction"].tolist()
        [0, 0, 1, 0, 1, 2, 0, 1, 2, 3, 0, 1, 2, 3, 4]
        """
        heights = _heights(obstructions)
        covered_rows = _checked_rows(covered_rows, heights)
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
        stack = _Stack(Wiring(), radius, contact_half_angle_deg, conductance_S_m2)
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
        return with_obstruction(cls(particles=particles, **stack.wiring.tables()))  # type: ignore[call-arg]


def _heights(obstructions: Sequence[int]) -> list[int]:
    if isinstance(obstructions, str) or not isinstance(obstructions, Iterable):
        raise GeometryError(f"obstructions is a list of whole numbers, not {short(obstructions)}")
    found = list(obstructions)
    if not found:
        raise GeometryError("obstructions names no column: give a number for at least one")
    what = "the number of particles below the top one, in obstructions,"
    heights = [whole(n, what, GeometryError, 0) + 1 for n in found]
    check_count(sum(heights), "The columns hold {} particles", MOST_PARTICLES, GeometryError)
    return heights


def _checked_rows(covered_rows: Sequence[int], heights: Sequence[int]) -> list[int]:
    if isinstance(covered_rows, str) or not isinstance(covered_rows, Iterable):
        raise GeometryError(f"covered_rows is a list of rows, not {short(covered_rows)}")
    rows = [whole(row, "a row in covered_rows", GeometryError) for row in covered_rows]
    wrong = sorted(set(rows) - set(range(max(heights))))
    if wrong:
        raise GeometryError(
            f"covered_rows names {short(wrong)}; this layout has the rows 0 to {max(heights) - 1}"
        )
    return rows


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

    wiring: Wiring
    radius: float
    half_angle_deg: float
    conductance_S_m2: float

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
