"""Where particles come to rest that are dropped one by one, without overlap."""

from __future__ import annotations

from itertools import combinations

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
DROPS = 60  # places tried for each particle before it rolls
SUPPORTS = 8  # nearest particles on which it may come to rest
OVERLAP = 1e-9  # allowed by rounding, relative to the distance of two centres


def place(radii: Floats, width: float, dimension: int, rng: np.random.Generator) -> Floats:
    """Centres (n, dimension) [m] of particles dropped one by one; the last axis points upwards.

    Each falls at several random places; from the one where it comes to rest lowest it rolls on
    to the lowest place next to it that rests on as many particles as there are dimensions (the
    floor counts as one). Side walls stop it, but are no support.
    """
    centres = np.zeros((len(radii), dimension))
    for i, radius in enumerate(radii):
        others, reach = centres[:i], radii[:i] + radius
        spot = _dropped(others, reach, _drops(radius, width, dimension, rng), radius)
        while True:
            lower = _rolled(spot, others, reach, radius, width)
            if lower is None or lower[-1] > spot[-1] - 1e-6 * radius:
                break
            spot = lower
        centres[i] = spot
    return centres


def _drops(radius: float, width: float, dimension: int, rng: np.random.Generator) -> Floats:
    places = rng.uniform(radius, width - radius, size=(DROPS, dimension - 1))
    places[0], places[1] = radius, width - radius  # along the walls
    return places


def _dropped(others: Floats, reach: Floats, places: Floats, radius: float) -> Floats:
    """Where a particle comes to rest that falls at the best of the given places."""
    heights = np.full(len(places), radius)
    if len(others):
        aside = ((places[:, np.newaxis] - others[:, :-1]) ** 2).sum(axis=2)
        rise = np.sqrt(np.maximum(reach**2 - aside, 0))
        heights = np.maximum(
            radius, np.where(aside < reach**2, others[:, -1] + rise, 0).max(axis=1)
        )
    best = heights.argmin()
    return np.append(places[best], heights[best])


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
        foot, axis = _line_through(to, right)
        height = np.sqrt(first**2 - (foot**2).sum(axis=1))[:, np.newaxis]
    return np.vstack([origin + foot + height * axis, origin + foot - height * axis])


def _line_through(to: Floats, right: Floats) -> tuple[Floats, Floats]:
    """Nearest point and direction (m, dimension) of the line of the x with to . x = right."""
    dimension = to.shape[2]
    if dimension == 1:
        return np.zeros((len(to), 1)), np.ones((len(to), 1))
    a = to[:, 0]
    if dimension == 2:
        axis = np.stack([-a[:, 1], a[:, 0]], axis=1)
        foot = right / (a**2).sum(axis=1, keepdims=True) * a
    else:
        b = to[:, 1]
        axis = np.cross(a, b)
        square = (axis**2).sum(axis=1, keepdims=True)
        foot = (right[:, :1] * np.cross(b, axis) + right[:, 1:] * np.cross(axis, a)) / square
    return foot, axis / np.linalg.norm(axis, axis=1, keepdims=True)


def seen_from_above(centres: Floats, radii: Floats, up: Floats) -> NDArray[np.bool_]:
    """Whether no other particle lies above the centre (n, 3) of each; ``up`` is a unit vector."""
    height = centres @ up
    aside = centres - height[:, np.newaxis] * up
    seen = [
        not ((height > height[i]) & (((aside - aside[i]) ** 2).sum(axis=1) < radii**2)).any()
        for i in range(len(radii))
    ]
    return np.array(seen)
