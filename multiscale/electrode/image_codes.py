"""What each pixel of a label image is, as one number: particle, binder, collector or nothing."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray
from scipy import ndimage
from scipy.sparse import coo_matrix
from scipy.sparse.csgraph import connected_components

from multiscale.electrode.tables import names
from multiscale.errors import GeometryError
from multiscale.limits import MOST_PARTICLES, check_count, number

Codes = NDArray[np.signedinteger[Any]]
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
