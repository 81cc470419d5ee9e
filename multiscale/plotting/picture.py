"""A particle, or an electrode, laid out in the plane of the page: triangles, outlines, marks."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from itertools import cycle
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import block_diag, csr_matrix

from multiscale.errors import ResultsError, unknown_name
from multiscale.fem.space import FiniteElementSpace, space_of
from multiscale.mesh.particle_mesh import ParticleMesh
from multiscale.plotting import style

AXES = {"x": (1, 2), "y": (0, 2), "z": (0, 1)}
_AROUND = 120


@dataclass(frozen=True)
class Picture:
    """What there is to draw of one particle; lengths in micrometres.

    Attributes
    ----------
    points : array, shape (n_vertices, 2)
    triangles : int array, shape (n_triangles, 3)
    weights : csr_matrix, shape (n_vertices, n_unknowns)
        Turns the nodal values of a field into those of the vertices.
    outline : array, shape (n_segments, 2, 2)
        Segments of the particle's boundary.
    marks : mapping of str to array, shape (n_segments, 2, 2)
        Blocked parts, contacts and other named groups of the boundary.
    """

    points: NDArray[np.float64]
    triangles: NDArray[np.int64]
    weights: csr_matrix
    outline: NDArray[np.float64]
    marks: Mapping[str, NDArray[np.float64]] = field(default_factory=dict)

    @property
    def size(self) -> NDArray[np.float64]:
        """Width and height [um]."""
        return np.ptp(self.points, axis=0)

    def chord(self) -> tuple[float, float, float]:
        """Left and right end of the horizontal line through the middle, and its height [um]."""
        middle = float(self.points[:, 1].min() + self.size[1] / 2)
        low = self.outline[:, :, 1].min(axis=1) <= middle
        high = self.outline[:, :, 1].max(axis=1) >= middle
        (x1, y1), (x2, y2) = self.outline[low & high].transpose(1, 2, 0)
        rise = np.where(y2 == y1, 1.0, y2 - y1)
        x = x1 + np.where(y2 == y1, 0.0, (middle - y1) / rise) * (x2 - x1)
        return float(x.min()), float(x.max()), middle


def picture_of(results: Any, normal: str = "z") -> Picture:
    """Lay out the particle of a run.

    Parameters
    ----------
    results : Results
    normal : {"x", "y", "z"}
        3D particles: direction across the slice through the middle of the particle.

    Examples
    --------
    >>> from types import SimpleNamespace
    >>> from multiscale import ParticleMesh
    >>> picture_of(SimpleNamespace(mesh=ParticleMesh.disk(1e-6, 0.1e-6))).size.round(2)
    array([2., 2.])
    """
    mesh = results.mesh
    space = space_of(mesh)
    marks = marked_facets(results)
    if mesh.dimension == 1:
        return _bar(space) if mesh.shape_power == 0 else rotated(space)
    if mesh.dimension == 2:
        return flat(space, marks)
    return _slice(space, marks, normal)


def marked_facets(results: Any) -> dict[str, NDArray[np.int64]]:
    """Facets worth a thick line, by name: blocked ones and every group but "surface"."""
    mesh: ParticleMesh = results.mesh
    marks = {name: facets for name, facets in mesh.groups.items() if name != "surface"}
    solution = getattr(results, "solution", None)
    blocked = getattr(solution.all_models[0], "blocked", None) if solution else None
    if blocked is None:
        return marks
    points = space_of(mesh).facets("surface")
    reactivity = blocked.reactivity(points)
    covered = np.unique(points.entity[reactivity < (1 + blocked.ratio) / 2])
    return {f"blocked (flux ratio {blocked.ratio:g})": covered, **marks}


def mark_colours(marks: Iterable[str]) -> list[str]:
    """A colour for each marked part of the boundary, by name; blocked parts always the same."""
    others = cycle(style.CONTACT_COLOURS)
    return [style.BLOCKED_COLOUR if m.startswith("blocked") else next(others) for m in marks]


def flat(space: FiniteElementSpace, marks: Mapping[str, NDArray[np.int64]]) -> Picture:
    """A 2D mesh as it is."""
    mesh = space.mesh

    def segments(facets: NDArray[np.int64]) -> NDArray[np.float64]:
        return 1e6 * mesh.mesh.p[:, mesh.mesh.facets[:, facets]].T

    return Picture(
        points=1e6 * space.coordinates.T,
        triangles=straight_cells(space),
        weights=_repeated(np.arange(space.n_unknowns), 1),
        outline=segments(_all_facets(mesh)),
        marks={name: segments(facets) for name, facets in marks.items()},
    )


def _slice(
    space: FiniteElementSpace, marks: Mapping[str, NDArray[np.int64]], normal: str
) -> Picture:
    if normal not in AXES:
        raise ResultsError(unknown_name("normal of a slice", normal, tuple(AXES)))
    mesh = space.mesh
    across, in_plane = "xyz".index(normal), list(AXES[normal])
    level = middle(mesh)[across]

    def segments(facets: NDArray[np.int64]) -> NDArray[np.float64]:
        corners = mesh.mesh.p
        section = cut(mesh.mesh.facets[:, facets].T, corners[across] - level)
        ends = 1e6 * (section.weights @ corners[in_plane].T)
        return ends[section.pieces]

    section = cut(straight_cells(space), space.coordinates[across] - level)
    drawn = {name: segments(facets) for name, facets in marks.items()}
    return Picture(
        points=1e6 * (section.weights @ space.coordinates[in_plane].T),
        triangles=section.pieces,
        weights=section.weights,
        outline=segments(_all_facets(mesh)),
        marks={name: lines for name, lines in drawn.items() if len(lines)},
    )


def rotated(space: FiniteElementSpace, around: int = _AROUND) -> Picture:
    """A radial mesh as the disk it stands for (the equator of a sphere), in ``around`` sectors."""
    order = np.argsort(space.coordinates[0])
    radius = 1e6 * space.coordinates[0, order]
    circle = _circle(around)
    return Picture(
        points=(radius[:, None, None] * circle).reshape(-1, 2),
        triangles=strip(len(radius), around, closed=True),
        weights=_repeated(order, around),
        outline=_closed(radius[-1] * circle),
    )


def _bar(space: FiniteElementSpace) -> Picture:
    """A slab as a bar along its depth; the reacting face is on the right."""
    order = np.argsort(space.coordinates[0])
    x = 1e6 * space.coordinates[0, order]
    height = 0.4 * (x[-1] - x[0])
    corners = np.array([[x[0], 0], [x[-1], 0], [x[-1], height], [x[0], height]])
    return Picture(
        points=np.column_stack([np.repeat(x, 2), np.tile([0.0, height], len(x))]),
        triangles=strip(len(x), 2, closed=False),
        weights=_repeated(order, 2),
        outline=_closed(corners),
    )


def middle(mesh: ParticleMesh) -> NDArray[np.float64]:
    """Middle of the box around a mesh [m]."""
    return (mesh.mesh.p.min(axis=1) + mesh.mesh.p.max(axis=1)) / 2


def _all_facets(mesh: ParticleMesh) -> NDArray[np.int64]:
    return np.concatenate(list(mesh.groups.values()))


def _repeated(order: NDArray[np.int64], times: int) -> csr_matrix:
    columns = np.repeat(order, times)
    entries = (np.ones(len(columns)), (np.arange(len(columns)), columns))
    return csr_matrix(entries, shape=(len(columns), len(order)))


def strip(rows: int, columns: int, closed: bool) -> NDArray[np.int64]:
    """Triangles of a grid of vertices numbered row by row."""
    i = np.arange(rows - 1)[:, None]
    j = np.arange(columns if closed else columns - 1)[None, :]
    k = (j + 1) % columns
    a, b, c, d = (columns * i + j, columns * i + k, columns * (i + 1) + j, columns * (i + 1) + k)
    return np.concatenate(
        [np.stack(corners, axis=-1).reshape(-1, 3) for corners in ((a, c, d), (a, d, b))]
    )


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
    # the section through the centre of a particle that cuts the largest area of all
    beside = centres[:, 1][:, None] - centres[:, 1][None, :]
    areas = np.clip(radii[:, None] ** 2 - beside**2, 0, None).sum(axis=0)
    level = float(centres[int(areas.argmax()), 1])
    around = 96 if len(radii) <= 30 else 40
    pieces = [
        _flat_piece(block, radius, around)
        if flat_page
        else _section(block, radius, level - centre[1], around)
        for block, radius, centre in zip(space.blocks, radii, centres, strict=True)
    ]
    off = np.zeros(len(radii)) if flat_page else level - centres[:, 1]
    shown = np.sqrt(np.clip(radii**2 - off**2, 0, None))

    points, triangles, weights, outlines, first = [], [], [], {}, 0
    for piece, place, label, size in zip(pieces, places, results.labels, space.sizes, strict=True):
        if piece is None:  # the section misses the particle
            weights.append(csr_matrix((0, int(size))))
            continue
        points.append(piece.points + place)
        triangles.append(piece.triangles + first)
        weights.append(piece.weights)
        outlines[label] = piece.outline + place
        first += len(piece.points)
    return ElectrodePicture(
        places,
        shown,
        np.concatenate(points),
        np.concatenate(triangles),
        csr_matrix(block_diag(weights, format="csr")),
        outlines,
        np.arange(len(radii)),
    )


def page_axes(geometry: Any) -> list[int]:
    """Coordinates that lie in the page: x and y of a cross-section, x and z of a 3D electrode."""
    return [0, 1] if geometry.dimension == 2 else [0, 2]


def _flat_piece(block: Any, radius: float, around: int) -> Picture:
    """A particle of a 2D electrode, about its own centre."""
    if block.space.n_unknowns == 1:
        return _disk(radius, around)
    piece = rotated(block.space, around) if block.space.dimension == 1 else flat(block.space, {})
    points, outline = block.scale * piece.points, block.scale * piece.outline
    return Picture(points, piece.triangles, piece.weights, outline)


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
    nodes = _MICRO * block.scale * space.coordinates
    if space.dimension == 3:  # a mesh in the plane across y
        section = cut(straight_cells(space), nodes[1] - height)
        corners = _MICRO * block.scale * space.mesh.mesh.p
        skin = space.mesh.mesh.facets[:, _all_facets(space.mesh)].T
        rim = cut(skin, corners[1] - height)
        return Picture(
            points=section.weights @ nodes[[0, 2]].T,
            triangles=section.pieces,
            weights=section.weights,
            outline=(rim.weights @ corners[[0, 2]].T)[rim.pieces],
        )
    # a sphere known along its radius, cut beside its centre: rings of the section
    order = np.argsort(nodes[0])
    rings = np.linspace(0, np.sqrt(nodes.max() ** 2 - height**2), 24)
    at = np.sqrt(rings**2 + height**2)
    columns = [np.interp(at, nodes[0, order], unit) for unit in np.eye(len(order))[:, order]]
    circle = _circle(around)
    return Picture(
        points=(rings[:, None, None] * circle).reshape(-1, 2),
        triangles=strip(len(rings), around, closed=True),
        weights=csr_matrix(np.repeat(np.column_stack(columns), around, axis=0)),
        outline=_closed(rings[-1] * circle),
    )


def _circle(around: int) -> Floats:
    angle = 2 * np.pi / around * np.arange(around)
    return np.column_stack([np.cos(angle), np.sin(angle)])


def _closed(rim: Floats) -> Floats:
    """Segments of a closed line through points."""
    return np.stack([rim, np.roll(rim, -1, axis=0)], axis=1)


# Local unknowns of the pieces of a quadratic element: corners first, then the midpoints of
# the edges (01)(12)(02)(03)(13)(23), which is scikit-fem's order.
_PIECES: dict[tuple[int, int], list[tuple[int, ...]]] = {
    (1, 3): [(0, 2), (2, 1)],
    (2, 6): [(0, 3, 5), (3, 1, 4), (5, 4, 2), (3, 4, 5)],
    (3, 10): [
        (0, 4, 6, 7),
        (1, 4, 5, 8),
        (2, 5, 6, 9),
        (3, 7, 8, 9),
        (6, 8, 4, 5),
        (6, 8, 5, 9),
        (6, 8, 9, 7),
        (6, 8, 7, 4),
    ],
}


def straight_cells(space: FiniteElementSpace) -> NDArray[np.int64]:
    """Simplices between the unknowns, (n, dimension + 1); quadratic elements are split.

    Examples
    --------
    >>> from multiscale import ParticleMesh
    >>> mesh = ParticleMesh.disk(1e-6, 0.5e-6)
    >>> cells = straight_cells(FiniteElementSpace(mesh.with_order(2)))
    >>> len(cells) == 4 * mesh.n_elements
    True
    """
    return split_cells(space.element_unknowns, space.dimension)


def split_cells(unknowns: NDArray[np.int64], dimension: int) -> NDArray[np.int64]:
    """Linear simplices from the unknowns of linear or quadratic ones, (n, dimension + 1)."""
    pieces = _PIECES.get((dimension, unknowns.shape[1]))
    if pieces is None:
        return unknowns
    return np.concatenate([unknowns[:, piece] for piece in pieces])


def locate(
    points: NDArray[np.float64], nodes: NDArray[np.float64], cells: NDArray[np.int64]
) -> csr_matrix:
    """Matrix that interpolates nodal values at points; rows outside every cell are NaN.

    Parameters
    ----------
    points : array, shape (dimension, n_points)
    nodes : array, shape (dimension, n_nodes)
    cells : int array, shape (n_cells, dimension + 1)

    Returns
    -------
    csr_matrix, shape (n_points, n_nodes)
    """
    origin = nodes[:, cells[:, 0]]
    edges = nodes[:, cells[:, 1:]] - origin[:, :, None]
    inverse = np.linalg.inv(edges.transpose(1, 0, 2))
    found = np.zeros(points.shape[1], dtype=int)
    weights = np.full((points.shape[1], cells.shape[1]), np.nan)
    for i, point in enumerate(points.T):
        rest = np.einsum("cij,jc->ci", inverse, point[:, None] - origin)
        share = np.column_stack([1 - rest.sum(axis=1), rest])
        inside = share.min(axis=1)
        found[i] = int(np.argmax(inside))
        if inside[found[i]] > -1e-6:
            weights[i] = share[found[i]]
    row = np.repeat(np.arange(points.shape[1]), cells.shape[1])
    entries = (weights.ravel(), (row, cells[found].ravel()))
    return csr_matrix(entries, shape=(points.shape[1], nodes.shape[1]))


@dataclass(frozen=True)
class Cut:
    """Where a plane meets simplices: vertices on their edges, and pieces between them.

    Attributes
    ----------
    weights : csr_matrix, shape (n_vertices, n_nodes)
        Turns nodal values, or coordinates, into those of the vertices.
    pieces : int array, shape (n, 3) for tetrahedra, (n, 2) for triangles
        Vertices of the triangles, or segments, in the plane.
    """

    weights: csr_matrix
    pieces: NDArray[np.int64]


def cut(cells: NDArray[np.int64], height: NDArray[np.float64]) -> Cut:
    """Cut tetrahedra into triangles, or triangles into segments, where height is zero.

    Parameters
    ----------
    cells : int array, shape (n_cells, 4) or (n_cells, 3)
    height : array, shape (n_nodes,)
        Signed distance of every node from the plane.
    """
    height = _off_the_plane(height)
    corners = cells.shape[1]
    code = (height[cells] > 0) @ (1 << np.arange(corners))
    edges = []
    for pattern in range(1, 2**corners - 1):
        above = [i for i in range(corners) if pattern >> i & 1]
        below = [i for i in range(corners) if not pattern >> i & 1]
        chosen = cells[code == pattern]
        # pieces of the section of one simplex, each a list of crossed edges (local nodes)
        pieces = [[(i, j) for i in above for j in below]]
        if len(above) == 2 and len(below) == 2:
            (a, b), (c, d) = above, below
            pieces = [[(a, c), (a, d), (b, d)], [(a, c), (b, d), (b, c)]]
        edges += [chosen[:, np.array(piece)] for piece in pieces]
    return _cut(np.concatenate(edges), height)


def clip(triangles: NDArray[np.int64], height: NDArray[np.float64]) -> Cut:
    """The parts of triangles where height is positive, as triangles."""
    height = _off_the_plane(height)
    above = height[triangles] > 0
    pairs = [np.repeat(triangles[above.all(axis=1)][:, :, None], 2, axis=2)]
    for i in range(3):
        j, k = (i + 1) % 3, (i + 2) % 3
        one = triangles[above[:, i] & ~above[:, j] & ~above[:, k]]
        pairs.append(np.stack([one[:, [i, i]], one[:, [i, j]], one[:, [i, k]]], axis=1))
        two = triangles[~above[:, i] & above[:, j] & above[:, k]]
        pairs.append(np.stack([two[:, [j, j]], two[:, [k, k]], two[:, [i, j]]], axis=1))
        pairs.append(np.stack([two[:, [k, k]], two[:, [i, k]], two[:, [i, j]]], axis=1))
    return _cut(np.concatenate(pairs), height)


def _off_the_plane(height: NDArray[np.float64]) -> NDArray[np.float64]:
    """A node in the plane counts as just above it, so that no case is ambiguous."""
    tiny = 1e-9 * max(float(np.ptp(height)), 1e-300)
    return np.where(np.abs(height) < tiny, tiny, height)


def _cut(ends: NDArray[np.int64], height: NDArray[np.float64]) -> Cut:
    """Vertices between pairs of nodes (pieces, corners, 2); equal nodes are a node itself."""
    unique, number = np.unique(np.sort(ends, axis=-1).reshape(-1, 2), axis=0, return_inverse=True)
    low, high = height[unique].T
    same = unique[:, 0] == unique[:, 1]
    share = np.where(same, 0.0, low / np.where(same, 1.0, low - high))
    row = np.arange(len(unique))
    entries = (np.concatenate([1 - share, share]), (np.tile(row, 2), unique.T.ravel()))
    weights = csr_matrix(entries, shape=(len(unique), len(height)))
    return Cut(weights, number.reshape(ends.shape[:-1]))
