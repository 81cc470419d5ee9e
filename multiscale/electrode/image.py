"""Electrodes from label images: cross-sections (2D) and volumes (3D), by what touches what.

Each pixel gets a code, one number for what it is: particle, binder, collector or nothing. The sides
of pixels where a particle ends then say what it touches. In a section they make sectors of its
rim, in a volume caps on its surface, and these are its contacts.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import product
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray
from scipy import ndimage
from scipy.sparse import coo_matrix
from scipy.sparse.csgraph import connected_components

from multiscale.electrode.layouts import Wiring, seen_from_above
from multiscale.electrode.tables import NAN, angles_between, names
from multiscale.errors import GeometryError, MeshError, is_one_of, unknown_name
from multiscale.limits import MOST_PARTICLES, check_count, number
from multiscale.mesh.outline import checked_outline, fitted, label_outlines, polygon_area
from multiscale.mesh.particle_mesh import ParticleMesh

Codes = NDArray[np.signedinteger[Any]]
Floats = NDArray[np.float64]
# index of the particle, code of the other side, direction (2 or 3 numbers), half angle [radian]
Contact = tuple[int, int, Floats, float]
SHAPES = ("round", "outline")
ELEMENTS = 6  # of outlines, per radius, unless a size is given
COLLECTOR = -1  # code of the collector; binder pieces are -2, -3, ...
HIGHEST = 10**7  # label; tables have a row for every number below it
COARSEST = 1e-4  # [m] no particle of a battery shows in coarser pixels
UP: dict[int, dict[str, tuple[int, ...]]] = {
    2: {"bottom": (0, 1), "top": (0, -1), "left": (1, 0), "right": (-1, 0)},
    3: {
        "bottom": (0, 0, 1),
        "top": (0, 0, -1),
        "left": (1, 0, 0),
        "right": (-1, 0, 0),
        "front": (0, 1, 0),
        "back": (0, -1, 0),
    },
}
# axis, and whether the collector lies at its end
_SIDES = {
    "bottom": (-2, True),
    "top": (-2, False),
    "left": (-1, False),
    "right": (-1, True),
    "front": (-3, False),
    "back": (-3, True),
}
ARC = 2.0  # pixels of rim in one sector
MOST = 0.9  # share of a rim or surface that contacts may take
NARROWEST = 1.0  # [degree] half angle of the smallest cap worth a contact
TOGETHER = 1 - 1e-9  # caps that just touch must not overlap by rounding
_GOLDEN = (1 + np.sqrt(5)) / 2
# corners of an icosahedron: the directions in which binder is told apart
_CORNERS = np.array([(0, a, b * _GOLDEN) for a, b in product((-1, 1), repeat=2)])
_TWELVE = np.vstack([np.roll(_CORNERS, k, axis=1) for k in range(3)])
_TWELVE /= np.linalg.norm(_TWELVE, axis=1, keepdims=True)
_AXES = ["x", "y", "z"]


def label_tables(
    labels: ArrayLike,
    pixel_size: float,
    binder: ArrayLike | None,
    collector: str,
    *,
    gap_pixels: float,
    contact_faces: int,
    constriction_m: float,
    depth: float,
    shapes: str,
    mesh_size: float | None,
    join_binder: bool,
    drop_unconnected: bool,
) -> dict[str, Any]:
    """Tables of the electrode in an image, and meshes; see ``ElectrodeGeometry.from_labels``."""
    image = checked_labels(labels)
    if not is_one_of(collector, UP[image.ndim]):
        raise GeometryError(unknown_name("side of the collector", collector, UP[image.ndim]))
    if not is_one_of(shapes, SHAPES):
        raise GeometryError(unknown_name("value of shapes", shapes, SHAPES))
    if shapes == "outline" and image.ndim == 3:
        raise GeometryError(
            "Outlines are meshed in 2D; of a volume take a slice, or shapes='round'"
        )
    checked_pixel_size(pixel_size)
    codes = closed(padded_codes(image, binder_pieces(binder, image), collector), gap_pixels)
    kind = Section if image.ndim == 2 else Volume
    layout = kind(image, codes, pixel_size, contact_faces)
    up = UP[image.ndim][collector]
    tables: dict[str, Any] = layout.wiring(up, constriction_m, join_binder).tables()
    tables["particles"] = layout.particles(depth)
    if drop_unconnected:
        tables = connected_parts(tables)
    particles = tables["particles"]
    particles["top"] = seen_from_above(
        particles[["x_m", "y_m", "z_m"]].to_numpy(),
        particles["radius_m"].to_numpy(),
        np.array([*up, 0][:3], dtype=float),
    )
    if shapes == "outline":
        meshes = outline_meshes(image, particles, pixel_size, mesh_size, depth)
        tables["particles"] = particles.assign(shape="mesh", radius_m=np.nan)
        tables["meshes"] = meshes
    return tables


def label_numbers(labels: ArrayLike) -> Codes:
    """The image as signed integers from 0, some of them positive."""
    try:
        image = np.asarray(labels)
    except ValueError as error:  # ragged
        raise GeometryError("labels is a 2D or 3D array of whole numbers: rows differ") from error
    if image.ndim not in (2, 3) or image.dtype.kind not in "iu" or image.size == 0:
        raise GeometryError(
            f"labels is a 2D or 3D array of whole numbers, not {image.dtype} of shape {image.shape}"
        )
    if image.min() < 0 or image.max() == 0:
        raise GeometryError("labels holds 0 outside and a positive number in each particle")
    if image.max() > HIGHEST:
        raise GeometryError(f"labels goes up to {image.max()}; number the particles from 1")
    found = int(np.count_nonzero(np.bincount(image.ravel().astype(np.int64))[1:]))
    check_count(found, "labels holds {} particles", MOST_PARTICLES, GeometryError)
    return image.astype(np.int32)


def checked_labels(labels: ArrayLike) -> Codes:
    """The image as signed integers, each label in one piece."""
    image = label_numbers(labels)
    around = np.ones((3,) * image.ndim)
    boxes = enumerate(ndimage.find_objects(image), 1)
    torn = [n for n, box in boxes if box and ndimage.label(image[box] == n, around)[1] > 1]
    if torn:
        raise GeometryError(f"The labels {names(torn)} fall into pieces; number each piece itself")
    return image


def checked_pixel_size(pixel_size: float) -> float:
    """The edge of a pixel [m]; refuses what can only be another unit.

    Raises
    ------
    GeometryError
        If it is not a positive number, or above 0.1 mm.

    Examples
    --------
    >>> checked_pixel_size(0.4e-6)
    4e-07
    """
    pixel_size = number(pixel_size, "pixel_size", GeometryError)
    if pixel_size <= 0:
        raise GeometryError(f"pixel_size is a positive number of metres, not {pixel_size!r}")
    if pixel_size > COARSEST:
        raise GeometryError(
            f"pixel_size is in metres: {pixel_size:g} m is not the pixel of a micrograph; if "
            f"micrometres are meant, write {pixel_size:g}e-6"
        )
    return pixel_size


def binder_pieces(binder: ArrayLike | None, image: Codes) -> Codes:
    """Connected pieces of binder outside the particles, numbered from 1."""
    if binder is None:
        return np.zeros_like(image)
    mask = np.asarray(binder)
    if mask.shape != image.shape:
        raise GeometryError(f"binder has the shape {mask.shape}, labels has {image.shape}")
    pieces, _ = ndimage.label((mask != 0) & (image == 0), np.ones((3,) * image.ndim))
    return pieces.astype(image.dtype)


def padded_codes(image: Codes, pieces: Codes, collector: str) -> Codes:
    """One number for what each pixel is, with a margin of one pixel that holds the collector."""
    codes = np.pad(np.where(pieces > 0, COLLECTOR - pieces, image), 1)
    axis, at_end = _SIDES[collector]
    np.moveaxis(codes, axis, 0)[-1 if at_end else 0] = COLLECTOR
    return codes


def closed(codes: Codes, gap_pixels: float) -> Codes:
    """Background no farther than half the gap from something becomes that something."""
    if number(gap_pixels, "gap_pixels", GeometryError) < 0:
        raise GeometryError(f"gap_pixels is 0 or a positive number, not {gap_pixels!r}")
    if gap_pixels == 0:
        return codes
    distance, nearest = ndimage.distance_transform_edt(codes == 0, return_indices=True)
    return np.where(distance <= (gap_pixels + 1) / 2, codes[tuple(nearest)], codes)


def faces(codes: Codes) -> tuple[Codes, Codes, NDArray[np.float32]]:
    """All sides of pixels where a particle ends.

    Parameters
    ----------
    codes : int array with a margin of one pixel

    Returns
    -------
    own, other : (n,) int array
        Code of the particle, and of what lies beyond (0: nothing).
    place : (n, ndim) float array
        Middle of the side, in pixel indices of the image without its margin.

    Examples
    --------
    >>> own, other, place = faces(np.array([[0, 0, 0], [0, 5, 0], [-1, -1, -1]]))
    >>> own.tolist(), sorted(other.tolist())
    ([5, 5, 5, 5], [-1, 0, 0, 0])
    """
    found = []
    inner = (slice(1, -1),) * (codes.ndim - 1)
    for axis in range(codes.ndim):
        along = np.moveaxis(codes, axis, 0)
        low, high = along[(slice(None, -1), *inner)], along[(slice(1, None), *inner)]
        for own, other in ((low, high), (high, low)):
            where = np.nonzero((own > 0) & (own != other))
            place = np.stack(where, axis=1).astype(np.float32)
            place[:, 0] -= 0.5  # the side between two pixels, one of which may be the margin
            order = np.insert(np.arange(1, codes.ndim), axis, 0)
            found.append((own[where], other[where], place[:, order]))
    own, other, place = (np.concatenate(parts) for parts in zip(*found, strict=True))
    return own, other, place


def with_firm_contacts(own: Codes, other: Codes, least: int) -> Codes:
    """``other`` without particles that share fewer than ``least`` sides with ``own``."""
    if not (isinstance(least, int | np.integer) and least >= 1):
        raise GeometryError(f"contact_faces is a whole number from 1, not {least!r}")
    if least == 1:
        return other
    between = other > 0
    keys = own[between].astype(np.int64) * (int(own.max()) + 1) + other[between]
    _, group, counts = np.unique(keys, return_inverse=True, return_counts=True)
    firm = other.copy()
    firm[between] = np.where(counts[group] >= least, other[between], 0)
    return firm


def connected_parts(tables: dict[str, Any]) -> dict[str, Any]:
    """Tables of an electrode without what no path joins to the collector."""
    particles, nodes, edges, contacts = (
        tables[name] for name in ("particles", "nodes", "edges", "contacts")
    )
    if not len(contacts):
        raise GeometryError("No particle touches anything that leads to the collector")
    vertices = pd.Index([*(f"p{p}" for p in particles.index), *(f"n{n}" for n in nodes.index)])
    ends = [
        vertices.get_indexer([*("p" + contacts["particle"]), *("n" + edges["node_a"])]),
        vertices.get_indexer([*("n" + contacts["node"]), *("n" + edges["node_b"])]),
    ]
    graph = coo_matrix((np.ones(len(ends[0])), ends), shape=(len(vertices),) * 2)
    part = connected_components(graph, directed=False)[1]
    live = pd.Series(part == part[vertices.get_loc("ncollector")], index=vertices)
    alive = live.to_numpy()[: len(particles)]
    if not alive.any():
        raise GeometryError("No particle touches anything that leads to the collector")
    return {
        "particles": particles[alive],
        "nodes": nodes[live.to_numpy()[len(particles) :]],
        "edges": edges[live["n" + edges["node_a"]].to_numpy()],
        "contacts": contacts[live["p" + contacts["particle"]].to_numpy()],
    }


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
            if code == COLLECTOR:
                node = "collector"
            elif code < COLLECTOR:
                node = f"carbon{COLLECTOR - code}"
                if node not in wiring.nodes:  # a piece of binder that is met for the first time
                    if join_binder or code in self.wired:
                        wiring.wire(node, "collector")
                    middle = np.array(self.middles[COLLECTOR - code - 1]) - 1
                    wiring.node(node, "carbon", self.position(middle))
            else:
                node = f"{min(number, code)}+{max(number, code)}"
                if node not in wiring.nodes:
                    reach = self.pixel_size * self.radii[i] * direction
                    wiring.node(node, "junction", self.position(self.centres[i]) + reach)
            extra = {"constriction_m": constriction_m} if code > 0 else {}
            wiring.contact(str(number), node, direction, float(np.degrees(half)), **extra)
        return wiring


class Section(Layout):
    """A cross-section."""

    def contacts(self) -> Iterator[Contact]:
        """Runs of sectors around each centroid that touch the same thing."""
        own, other, place = faces(self.codes)
        other = with_firm_contacts(own, other, self.contact_faces)
        index = np.searchsorted(self.numbers, own)
        x, y = self.coordinates(place - self.centres[index]).T
        angle = np.arctan2(y, x) % (2 * np.pi)
        order = np.argsort(index, kind="stable")
        ends = np.cumsum(np.bincount(index, minlength=len(self.numbers)))[:-1]
        for i, mine in enumerate(np.split(order, ends)):
            sectors = max(12, int(2 * np.pi * self.radii[i] / ARC))
            runs = _runs(_owners(angle[mine], other[mine], sectors))
            taken = sum(length for _, _, length in runs) / sectors
            width = 2 * np.pi / sectors
            for code, start, length in runs:
                half = length * width / 2 * min(1, MOST / taken)
                middle = (start + length / 2) * width
                yield i, code, np.array([np.cos(middle), np.sin(middle)]), half


def _owners(angle: NDArray[np.float64], other: Codes, sectors: int) -> Codes:
    """Code most of the outline touches in each sector; 0 where all of it touches nothing."""
    sector = np.minimum((angle / (2 * np.pi) * sectors).astype(int), sectors - 1)
    pairs, counts = np.unique(np.stack([sector, other]), axis=1, return_counts=True)
    owner = np.zeros(sectors, dtype=np.int64)
    # the most frequent is written last, and nothing first: a touch of one pixel is a touch
    order = np.lexsort([counts, pairs[1] != 0])
    owner[pairs[0, order]] = pairs[1, order]
    return owner


def _runs(owner: Codes) -> list[tuple[int, int, int]]:
    """Code, first sector and number of sectors of each run around the circle, without code 0."""
    n = len(owner)
    starts = np.flatnonzero(owner != np.roll(owner, 1))
    if not len(starts):
        return [(int(owner[0]), 0, n)] if owner[0] else []
    lengths = np.diff(np.append(starts, starts[0] + n))
    pairs = zip(starts, lengths, strict=True)
    return [(int(owner[start]), int(start), int(length)) for start, length in pairs if owner[start]]


class Volume(Layout):
    """A volume."""

    def contacts(self) -> Iterator[Contact]:
        """Caps around the mean direction of the faces that touch the same thing."""
        caps = _without_overlaps(self._caps())
        for row in caps.itertuples():
            direction = np.array([row.x, row.y, row.z])
            yield int(row.particle), int(row.code), direction, np.radians(row.half)

    def _caps(self) -> pd.DataFrame:
        """One row per cap: particle (index), code, unit vector x, y, z, half angle [degree]."""
        own, other, place = faces(self.codes)
        index = np.searchsorted(self.numbers, own)
        total = np.bincount(index)
        touching = with_firm_contacts(own, other, self.contact_faces)
        keep = touching != 0
        index, code = index[keep], touching[keep]
        arms = self.coordinates(place[keep] - self.centres[index].astype(np.float32))
        arms /= np.linalg.norm(arms, axis=1, keepdims=True)
        sector = np.zeros(len(code), dtype=np.int64)
        binder = code < COLLECTOR
        sector[binder] = (arms[binder] @ _TWELVE.T.astype(np.float32)).argmax(axis=1)
        table = pd.DataFrame({"particle": index, "code": code, "sector": sector})
        table[_AXES] = arms
        grouped = table.groupby(["particle", "code", "sector"])
        caps = grouped[_AXES].sum().astype(float)
        share = grouped.size() / total[caps.index.get_level_values("particle")]
        taken = share.groupby("particle").transform("sum")
        share = share * np.minimum(1, MOST / taken)
        length = np.linalg.norm(caps[_AXES], axis=1)
        caps[_AXES] = caps[_AXES].to_numpy() / length[:, np.newaxis]
        caps["half"] = np.degrees(np.arccos(1 - 2 * share))
        return caps[length > 0].reset_index()


def _without_overlaps(caps: pd.DataFrame) -> pd.DataFrame:
    """Caps that no longer overlap; binder gives way to everything else, equals shrink alike."""
    caps = caps.sort_values("particle", kind="stable", ignore_index=True)
    owner, vectors = caps["particle"].to_numpy(), caps[_AXES].to_numpy()
    yields = caps["code"].to_numpy() < COLLECTOR
    half = caps["half"].to_numpy(copy=True)
    # pairs (2, n) of rows of one owner; the owners are sorted
    found = [np.zeros((2, 0), dtype=np.int64)]
    for step in range(1, int(np.bincount(owner).max()) if len(owner) else 0):
        first = np.flatnonzero(owner[:-step] == owner[step:])
        found.append(np.stack([first, first + step]))
    pairs = np.hstack(found)
    apart = angles_between(vectors[pairs[0]], vectors[pairs[1]])
    for rank in (False, True):
        if rank:  # binder next to a neighbour keeps what lies beyond the neighbour's cap
            first, second = np.hstack([pairs, pairs[::-1]])
            mixed = yields[first] & ~yields[second]
            room = np.tile(apart, 2)[mixed] - half[second[mixed]]
            np.minimum.at(half, first[mixed], TOGETHER * np.maximum(room, 0))
        alike = (yields[pairs[0]] == rank) & (yields[pairs[1]] == rank)
        a, b = pairs[:, alike]
        with np.errstate(divide="ignore", invalid="ignore"):
            factor = np.nan_to_num(TOGETHER * apart[alike] / (half[a] + half[b]), nan=1.0)
        shrink = np.ones(len(half))
        np.minimum.at(shrink, a, factor)
        np.minimum.at(shrink, b, factor)
        half *= np.minimum(shrink, 1)
    return caps.assign(half=half)[half >= NARROWEST]


def outline_mesh(outline: Floats, size: float, depth: float | None) -> ParticleMesh:
    """Triangles of about ``size`` [m] in an outline [m], about its centre of mass; needs gmsh."""
    points = fitted(checked_outline(outline), size, narrow=True)
    mesh = ParticleMesh.from_outline(points, unit="m", size=size, depth=depth, resample=False)
    centred = type(mesh.mesh)(mesh.mesh.p - mesh.centroid[:, np.newaxis], mesh.mesh.t)
    return ParticleMesh(mesh=centred, groups=mesh.groups, depth=depth, name="outline")


def outline_meshes(
    labels: NDArray[np.int64],
    particles: pd.DataFrame,
    pixel_size: float,
    size: float | None = None,
    depth: float | None = None,
) -> dict[str, ParticleMesh]:
    """Mesh of the outline of each particle in the table, by label.

    Raises
    ------
    GeometryError
        If an outline cannot be meshed; names the particle.
    """
    wanted = {int(label): label for label in particles.index}
    outlines = label_outlines(np.where(np.isin(labels, list(wanted)), labels, 0))
    meshes = {}
    for code, label in wanted.items():
        radius = np.sqrt(polygon_area(outlines[code]) / np.pi) * pixel_size
        step = min(size or radius / ELEMENTS, radius / 2)
        try:
            meshes[label] = outline_mesh(pixel_size * outlines[code], step, depth)
        except MeshError as error:
            raise GeometryError(f"The outline of particle {label!r}: {error}") from error
    return meshes
