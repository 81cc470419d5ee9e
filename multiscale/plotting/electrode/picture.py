"""An electrode laid out in the plane of the page: triangles, outlines, contacts, wires."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import block_diag, csr_matrix

from multiscale.plotting.picture import Picture, flat, rotated, strip
from multiscale.plotting.simplices import cut, straight_cells

Floats = NDArray[np.float64]
_MICRO = 1e6


@dataclass(frozen=True)
class ElectrodePicture:
    """What there is to draw of an electrode; lengths in micrometres.

    Attributes
    ----------
    places : array, shape (n_particles, 2)
        Centres on the page.
    radii : array, shape (n_particles,)
        As drawn; 0 where a section misses the particle.
    points : array, shape (n_vertices, 2)
    triangles : int array, shape (n_triangles, 3)
    weights : csr_matrix, shape (n_vertices, n_unknowns of all particles)
    outlines : mapping of str to array, shape (n_segments, 2, 2)
        By label of the particle.
    depth_order : int array
        Particles from the farthest to the nearest (balls in projection).
    balls : bool
        Drawn as balls, one value each: ``weights`` gives the mean of every particle.
    """

    places: Floats
    radii: Floats
    points: Floats
    triangles: NDArray[np.int64]
    weights: csr_matrix
    outlines: Mapping[str, Floats]
    depth_order: NDArray[np.int64]
    balls: bool = False


def electrode_picture(results: Any, view: str = "projection") -> ElectrodePicture:
    """Lay out an electrode.

    Parameters
    ----------
    results : ElectrodeResults
    view : {"projection", "slice"}
        3D: all particles as balls seen from the front (along y), or the section that
        cuts most of them. 2D electrodes are drawn as they are.
    """
    geometry, space = results.model.electrode, results.space
    centres = _MICRO * np.array([block.centre for block in space.blocks])
    radii = _MICRO * geometry.particles.loc[results.labels, "radius_m"].to_numpy(float)
    flat_page = geometry.dimension == 2
    places = centres[:, page_axes(geometry)]
    if not flat_page and view == "projection":
        nothing = np.zeros((0, 2)), np.zeros((0, 3), dtype=np.int64)
        nearest_last = np.argsort(-centres[:, 1], kind="stable")
        return ElectrodePicture(places, radii, *nothing, space.average, {}, nearest_last, True)
    level = _fullest_level(centres[:, 1], radii)
    around = 96 if len(radii) <= 30 else 40
    pieces = [
        _flat_piece(block, radius, around)
        if flat_page
        else _section(block, radius, level - centre[1], around)
        for block, radius, centre in zip(space.blocks, radii, centres, strict=True)
    ]
    beside = np.zeros(len(radii)) if flat_page else level - centres[:, 1]
    shown = np.sqrt(np.clip(radii**2 - beside**2, 0, None))
    return _joined(pieces, places, shown, results)


def _fullest_level(depths: Floats, radii: Floats) -> float:
    """The section through the centre of a particle that cuts the largest area of all."""
    beside = depths[:, None] - depths[None, :]
    areas = np.clip(radii[:, None] ** 2 - beside**2, 0, None).sum(axis=0)
    return float(depths[int(areas.argmax())])


def page_axes(geometry: Any) -> list[int]:
    """Coordinates that lie in the page: x and y of a cross-section, x and z of a 3D electrode."""
    return [0, 1] if geometry.dimension == 2 else [0, 2]


def _flat_piece(block: Any, radius: float, around: int) -> Picture:
    """A particle of a 2D electrode, about its own centre."""
    if block.space.n_unknowns == 1:
        return _disk(radius, around)
    piece = rotated(block.space, around) if block.space.dimension == 1 else flat(block.space, {})
    return _scaled(piece, block.scale)


def _disk(radius: float, around: int) -> Picture:
    """A circle of one value."""
    circle = _circle(around)
    step = np.arange(around)
    triangles = np.column_stack([np.full(around, around), step, np.roll(step, -1)])
    points = np.vstack([radius * circle, np.zeros((1, 2))])
    return Picture(
        points, triangles, csr_matrix(np.ones((around + 1, 1))), _closed(radius * circle)
    )


def _section(block: Any, radius: float, height: float, around: int) -> Picture | None:
    """A particle of a 3D electrode where a plane at ``height`` above its centre cuts it [um]."""
    space = block.space
    if abs(height) >= radius * (1 - 1e-3):
        return None
    if space.n_unknowns == 1:
        return _disk(np.sqrt(radius**2 - height**2), around)
    return _cut_mesh(block, height) if space.dimension == 3 else _cut_ball(block, height, around)


def _cut_ball(block: Any, height: float, around: int) -> Picture:
    """A sphere known along its radius, cut beside its centre: rings of the section."""
    nodes = _MICRO * block.scale * block.space.coordinates[0]
    order = np.argsort(nodes)
    rings = np.linspace(0, np.sqrt(nodes.max() ** 2 - height**2), 24)
    at = np.sqrt(rings**2 + height**2)
    columns = [np.interp(at, nodes[order], unit) for unit in np.eye(len(nodes))[:, order]]
    circle = _circle(around)
    return Picture(
        points=(rings[:, None, None] * circle).reshape(-1, 2),
        triangles=strip(len(rings), around, closed=True),
        weights=csr_matrix(np.repeat(np.column_stack(columns), around, axis=0)),
        outline=_closed(rings[-1] * circle),
    )


def _cut_mesh(block: Any, height: float) -> Picture:
    """A 3D mesh in the plane across y."""
    space = block.space
    nodes = _MICRO * block.scale * space.coordinates
    section = cut(straight_cells(space), nodes[1] - height)
    corners = _MICRO * block.scale * space.mesh.mesh.p
    skin = np.concatenate(list(space.mesh.groups.values()))
    rim = cut(space.mesh.mesh.facets[:, skin].T, corners[1] - height)
    return Picture(
        points=section.weights @ nodes[[0, 2]].T,
        triangles=section.pieces,
        weights=section.weights,
        outline=(rim.weights @ corners[[0, 2]].T)[rim.pieces],
    )


def _circle(around: int) -> Floats:
    angle = 2 * np.pi / around * np.arange(around)
    return np.column_stack([np.cos(angle), np.sin(angle)])


def _closed(rim: Floats) -> Floats:
    """Segments of a closed line through points."""
    return np.stack([rim, np.roll(rim, -1, axis=0)], axis=1)


def _scaled(piece: Picture, scale: float) -> Picture:
    return Picture(scale * piece.points, piece.triangles, piece.weights, scale * piece.outline)


def _joined(
    pieces: list[Picture | None], places: Floats, radii: Floats, results: Any
) -> ElectrodePicture:
    """All particles as one set of triangles."""
    points, triangles, weights, outlines = [], [], [], {}
    first = 0
    for piece, place, label, size in zip(
        pieces, places, results.labels, results.space.sizes, strict=True
    ):
        if piece is None:
            weights.append(csr_matrix((0, int(size))))
            continue
        points.append(piece.points + place)
        triangles.append(piece.triangles + first)
        weights.append(piece.weights)
        outlines[label] = piece.outline + place
        first += len(piece.points)
    return ElectrodePicture(
        places,
        radii,
        np.concatenate(points),
        np.concatenate(triangles),
        csr_matrix(block_diag(weights, format="csr")),
        outlines,
        np.arange(len(radii)),
    )
