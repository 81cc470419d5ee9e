"""Outlines of particles: checked polygons, and polygons around the white part of an image."""

from __future__ import annotations

from bisect import bisect
from itertools import pairwise

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import ndimage
from scipy.spatial import cKDTree

from multiscale.errors import MeshError

Points = NDArray[np.float64]
MOST_CORNERS = 500_000
MOST_COMPARED = 50_000_000  # pairs of sides, in search of two that meet
CLOSE = 1e-9  # of the extent: what is no farther apart is in one place
CORNER = 35.0  # [degree] turn over one element that is kept as a corner
FINE = 0.75  # of the size: shorter sides are joined
TIP = 6.0  # of the size: how long the narrow tip of a corner may be, there and back
MOST_LOST = 0.2  # of the area, before it is restored
TOLERANCE = 0.35  # [pixel] how far a simplified outline may leave the traced one


def checked_outline(xy: ArrayLike) -> Points:
    """Corners (n, 2) of a simple polygon, anticlockwise, the first not repeated at the end.

    Raises
    ------
    MeshError
        If there are fewer than three corners or more than ``MOST_CORNERS``, numbers are missing,
        corners are repeated, the area is zero, or the outline crosses, touches or retraces itself.

    Examples
    --------
    >>> checked_outline([[0, 0], [0, 1], [1, 0], [0, 0]]).tolist()
    [[1.0, 0.0], [0.0, 1.0], [0.0, 0.0]]
    """
    try:
        points = np.asarray(xy, dtype=np.float64)
    except (TypeError, ValueError):  # text, or rows of unequal length
        raise MeshError(
            "An outline is an array (n, 2) of numbers, x and y of each corner"
        ) from None
    if points.ndim != 2 or points.shape[1] != 2:
        raise MeshError(f"An outline is an array (n, 2) of x and y, not of shape {points.shape}")
    if len(points) > MOST_CORNERS:
        raise MeshError(f"The outline has {len(points):,} corners; the limit is {MOST_CORNERS:,}")
    if not np.isfinite(points).all():
        count = int((~np.isfinite(points)).any(axis=1).sum())
        raise MeshError(f"The outline has {count} corners that are not numbers (NaN or infinite)")
    if len(points) and np.abs(points).max() > 1e100:
        raise MeshError(f"The outline has a coordinate of {np.abs(points).max():g}")
    # the end of a full turn is the start only up to rounding
    same = CLOSE * np.ptp(points, axis=0).max() if len(points) else 0.0
    if len(points) > 1 and np.linalg.norm(points[0] - points[-1]) <= same:
        points = points[:-1]
    if len(points) < 3:
        raise MeshError(f"An outline needs at least 3 corners, not {len(points)}")
    steps = np.linalg.norm(np.roll(points, -1, axis=0) - points, axis=1)
    repeated = np.flatnonzero(steps <= same)
    if len(repeated):
        raise MeshError(
            f"The outline repeats corner {repeated[0]}: it is closed twice, or a point is doubled"
        )
    width, length = np.linalg.svd(points - points.mean(axis=0), compute_uv=False)[::-1]
    if width <= 1e-9 * length:
        raise MeshError("The outline encloses no area: its corners lie on a line")
    n = len(points)
    meeting = first_meeting(points, np.column_stack([np.arange(n), (np.arange(n) + 1) % n]))
    if meeting is not None:
        first, second = sorted(meeting)
        if second - first in (1, n - 1):
            corner = second if second - first == 1 else 0
            raise MeshError(f"The outline turns back on itself at corner {corner}")
        raise MeshError(
            f"The outline crosses or touches itself: side {first} (from corner {first}) meets side "
            f"{second}"
        )
    return points if polygon_area(points) > 0 else points[::-1].copy()


def polygon_area(points: Points) -> float:
    """Signed area of a polygon (n, 2); positive if anticlockwise."""
    x, y = (points - points.mean(axis=0)).T
    return float(np.sum(x * np.roll(y, -1) - np.roll(x, -1) * y) / 2)


def first_meeting(points: Points, segments: NDArray[np.int64]) -> tuple[int, int] | None:
    """Two segments that meet anywhere but at a common end, or none.

    Parameters
    ----------
    points : (n, 2) float array
    segments : (m, 2) int array
        Numbers of the points at their ends. Segments with a common end meet if one lies along
        the other. What is nearer than 1e-9 of the extent meets.

    Raises
    ------
    MeshError
        If there are too many long segments side by side to compare them all.

    Examples
    --------
    >>> corners = np.array([[0.0, 0], [1, 1], [1, 0], [0, 1]])
    >>> first_meeting(corners, np.array([[0, 1], [2, 3]]))
    (0, 1)
    """
    near = CLOSE * float(np.ptp(points, axis=0).max())
    ends = points[segments]
    low, high = ends.min(axis=1) - near, ends.max(axis=1) + near
    # strips across one axis, in each of which neighbours along the other axis are compared
    strips = int(np.sqrt(len(segments))) + 1
    width = (high.max(axis=0) - low.min(axis=0)) / strips
    first, last = (((x - low.min(axis=0)) / width).astype(np.int64) for x in (low, high))
    counts = last - first + 1
    axis = int(np.argmin(counts.sum(axis=0)))
    count = counts[:, axis]
    if count.sum() > MOST_COMPARED:
        raise MeshError("The outline has too many long sides side by side; simplify it first")
    owner = np.repeat(np.arange(len(segments)), count)
    strip = np.arange(len(owner)) - np.repeat(np.cumsum(count) - count, count)
    strip += first[owner, axis]
    order = np.lexsort([low[owner, 1 - axis], strip])
    owner, strip = owner[order], strip[order]
    start, stop = low[owner, 1 - axis], high[owner, 1 - axis]
    live, compared = np.arange(len(owner)), 0
    for step in range(1, len(owner)):
        live = live[: np.searchsorted(live, len(owner) - step)]
        live = live[(strip[live] == strip[live + step]) & (start[live + step] <= stop[live])]
        if not len(live):
            return None
        compared += len(live)
        if compared > MOST_COMPARED:
            raise MeshError("The outline has too many sides side by side; simplify it first")
        i, j = owner[live], owner[live + step]
        boxes = ((low[i] <= high[j]) & (low[j] <= high[i])).all(axis=1)
        i, j = i[boxes], j[boxes]
        hit = _meet(points, segments[i], segments[j], near)
        if hit.any():
            at = int(np.argmax(hit))
            return int(i[at]), int(j[at])
    return None


def _cross(a: Points, b: Points) -> Points:
    return a[..., 0] * b[..., 1] - a[..., 1] * b[..., 0]


def _meet(
    points: Points, one: NDArray[np.int64], other: NDArray[np.int64], near: float
) -> NDArray[np.bool_]:
    """Whether segments (k, 2) of points, whose boxes overlap, meet."""
    p, q, r, s = points[one[:, 0]], points[one[:, 1]], points[other[:, 0]], points[other[:, 1]]

    def sides(a: Points, b: Points, *ends: Points) -> list[NDArray[np.float64]]:
        """Side of the line through a and b on which each end lies: -1, 0 (near it) or 1."""
        length = np.linalg.norm(b - a, axis=1)
        away = [_cross(b - a, end - a) / np.maximum(length, 1e-300) for end in ends]
        return [np.sign(d) * (np.abs(d) > near) for d in away]

    (r_side, s_side), (p_side, q_side) = sides(p, q, r, s), sides(r, s, p, q)
    meet = (r_side * s_side <= 0) & (p_side * q_side <= 0)
    shared = np.zeros(len(one), dtype=bool)
    along = np.zeros(len(one), dtype=bool)
    for i in range(2):
        for j in range(2):
            common = one[:, i] == other[:, j]
            u = points[one[:, 1 - i]] - points[one[:, i]]
            v = points[other[:, 1 - j]] - points[other[:, j]]
            size = np.linalg.norm(u, axis=1) * np.linalg.norm(v, axis=1)
            shared |= common
            along |= common & (np.abs(_cross(u, v)) <= 1e-12 * size) & ((u * v).sum(axis=1) > 0)
    return np.where(shared, along, meet)


def resampled(points: Points, spacing: float) -> Points:
    """Corners at equal distances of about ``spacing`` along the outline, with the same area.

    Corners of the original are cut; the result is scaled about its centre to restore the area.
    """
    length = _distances(points)
    count = max(round(length[-1] / spacing), 3)
    return with_area(_along(points, length[-1] * np.arange(count) / count), polygon_area(points))


def fitted(points: Points, size: float, *, narrow: bool = False) -> Points:
    """The outline with sides of about ``size``: what elements of that size can follow.

    Parameters
    ----------
    points : (n, 2) array
        A checked outline.
    size : float
        Size of the elements, in the unit of the points.
    narrow : bool
        Take places that are narrower than the size; elements are smaller there.

    Returns
    -------
    (m, 2) array
        The outline as it is, if no side is shorter than three quarters of the size. Otherwise
        points at distances of about ``size`` along it. Corners sharper than 35 degrees, seen
        over one size, stay; between them the outline is cut by less than the size. The area is
        that of the original to rounding, restored by scaling about the centre.

    Raises
    ------
    MeshError
        If the outline is narrower than the size anywhere but at a tip, or would lose its form.

    Examples
    --------
    >>> angle = np.linspace(0, 2 * np.pi, 193)[:-1]
    >>> ring = fitted(np.column_stack([np.cos(angle), np.sin(angle)]), 0.3)
    >>> len(ring), round(polygon_area(ring) / polygon_area(np.column_stack(
    ...     [np.cos(angle), np.sin(angle)])), 9)
    (21, 1.0)
    """
    sides = np.linalg.norm(np.roll(points, -1, axis=0) - points, axis=1)
    if sides.min() >= FINE * size:
        if not narrow:
            _check_width(points, size)
        return points
    coarse = _coarse(points, size)
    area = polygon_area(points)
    try:
        checked_outline(coarse)
        lost = abs(polygon_area(coarse) / area - 1)
    except MeshError:
        lost = 1.0
    if lost > MOST_LOST:
        raise MeshError(
            f"size={size:g} is too coarse for this outline of {2 * np.sqrt(area / np.pi):.3g} "
            "across: sides of that length lose its form; choose a smaller size"
        )
    if not narrow:
        _check_width(coarse, size)
    return with_area(coarse, area)


def _coarse(points: Points, size: float) -> Points:
    """Points about ``size`` apart, with a point at every corner."""
    length = _distances(points)
    ends = _corners(points, length, size)
    if len(ends) == 1:
        ends = np.array([ends[0], ends[0] + length[-1] / 2])
    elif not len(ends):
        ends = np.zeros(1)
    least = {1: 3, 2: 2}.get(len(ends), 1)  # a polygon has three corners
    found = []
    for start, stop in pairwise(np.append(ends, ends[0] + length[-1])):
        pieces = max(round((stop - start) / size), least)
        for _ in range(3):  # a ragged line is longer than the one that the elements follow
            places = start + (stop - start) * np.arange(pieces + 1) / pieces
            stretch = _along(points, places % length[-1])
            straight = np.linalg.norm(np.diff(stretch, axis=0), axis=1).sum()
            if pieces <= (fewer := max(round(straight / size), least)):
                break
            pieces = fewer
        found.append(stretch[:-1])
    return np.concatenate(found)


def _distances(points: Points) -> NDArray[np.float64]:
    """Distance along the outline of each corner, and of the first again at the end."""
    steps = np.linalg.norm(np.roll(points, -1, axis=0) - points, axis=1)
    return np.concatenate([[0], np.cumsum(steps)])


def _along(points: Points, places: NDArray[np.float64]) -> Points:
    closed = np.vstack([points, points[:1]])
    length = _distances(points)
    return np.column_stack([np.interp(places, length, column) for column in closed.T])


def _corners(points: Points, length: NDArray[np.float64], size: float) -> NDArray[np.float64]:
    """Places of the corners, sharpest first served, none nearer to another than the size."""
    total, place = length[-1], length[:-1]
    reach = min(size, total / 6)
    # seen over one size: the stairs of pixels are no corners
    back, ahead = (_along(points, (place + step) % total) for step in (-reach, reach))
    turn = np.abs(np.arctan2(_cross(points - back, ahead - points),
                             ((points - back) * (ahead - points)).sum(axis=1)))  # fmt: skip
    chosen: list[float] = []
    for i in np.argsort(-turn, kind="stable"):
        if turn[i] < np.radians(CORNER):
            break
        at = bisect(chosen, place[i])
        gaps = [abs(place[i] - chosen[k % len(chosen)]) for k in (at - 1, at) if chosen]
        if all(min(gap, total - gap) >= size for gap in gaps):
            chosen.insert(at, float(place[i]))
    return np.array(chosen)


def _check_width(points: Points, size: float) -> None:
    """Refuse an outline that is narrower than the size, but for the tips of corners."""
    total = _distances(points)[-1]
    if (mean := 2 * polygon_area(points) / total) < size / 4:
        raise MeshError(
            f"size={size:g} is too coarse for this outline, which is about {mean:.3g} wide; choose "
            "a smaller size"
        )
    n = int(np.ceil(4 * total / size))
    dense = _along(points, total * np.arange(n) / n)
    pairs = cKDTree(dense).query_pairs(0.98 * size, output_type="ndarray")
    apart = np.abs(pairs[:, 1] - pairs[:, 0]) * total / n
    far = pairs[np.minimum(apart, total - apart) > min(TIP * size, 0.4 * total)]
    along = np.roll(dense, -1, axis=0) - np.roll(dense, 1, axis=0)
    step = dense[far[:, 1]] - dense[far[:, 0]]
    # the inside lies to the left: notches, which are narrow outside, do not count
    inside = (_cross(along[far[:, 0]], step) > 0) & (_cross(along[far[:, 1]], -step) > 0)
    if inside.any():
        width = np.linalg.norm(step[inside], axis=1)
        least = int(np.argmin(width))
        x, y = (dense[far[inside][least, 0]] + step[inside][least] / 2).tolist()
        raise MeshError(
            f"size={size:g} is too coarse for this outline: near ({x:.4g}, {y:.4g}) it is only "
            f"{width[least]:.3g} wide; choose a smaller size"
        )


def image_outline(binary: ArrayLike, pixel_size: float, spacing: float) -> Points:
    """Outline [m] of the largest particle of a binary image, at about ``spacing`` [m].

    Parameters
    ----------
    binary : (rows, columns) array
        Nonzero inside the particle. Pixels that touch only at a corner are separate; holes are
        filled; only the largest particle is kept.
    pixel_size : float
        Edge of a pixel [m].
    spacing : float
        Distance of the corners of the outline [m].

    Returns
    -------
    (n, 2) array
        x to the right and y upwards [m], origin at the lower left corner of the image. The area
        is that of the pixels.

    Raises
    ------
    MeshError
        If the image is not 2D, is empty or full of one value, or the particle touches its edge.
    """
    image = np.asarray(binary)
    if image.ndim != 2:
        raise MeshError(f"A binary image has two dimensions, not {image.ndim}")
    if not np.isfinite(image).all() or len(np.unique(image)) > 2:
        raise MeshError("The image is not binary: threshold it first, e.g. image > 0.5")
    labels, count = ndimage.label(image != 0)
    if not count:
        raise MeshError("The image holds no particle: every pixel is zero")
    mask = labels == 1 + np.argmax(np.bincount(labels.ravel())[1:])
    if mask[[0, -1]].any() or mask[:, [0, -1]].any():
        raise MeshError("The particle touches the edge of the image: its outline is not complete")
    if mask.sum() < 9:
        raise MeshError(f"The largest particle has only {mask.sum()} pixels; 9 are the least")
    mask = ndimage.binary_fill_holes(mask)
    if not (np.isfinite(pixel_size) and pixel_size > 0):
        raise MeshError(f"pixel_size is the edge of a pixel in metres, not {pixel_size!r}")
    stairs = trace(mask)
    area = float(mask.sum())
    # a Gaussian along the outline takes the staircase away, a pixel or the spacing wide
    width = max(1.0, 0.5 * spacing / pixel_size)
    dense = resampled(stairs, 0.5)
    smooth = ndimage.gaussian_filter1d(dense, width / 0.5, axis=0, mode="wrap")
    return pixel_size * with_area(resampled(smooth, spacing / pixel_size), area)


def with_area(points: Points, area: float) -> Points:
    centre = points.mean(axis=0)
    return centre + (points - centre) * np.sqrt(abs(area / polygon_area(points)))


def trace(mask: NDArray[np.bool_]) -> Points:
    """Pixel edges around a region without holes, in pixels, anticlockwise with y upwards.

    A region connected by pixel sides and without holes has one loop that never meets itself, so
    each corner has exactly one successor.
    """
    padded = np.pad(mask, 1)[::-1]  # rows upwards
    inside = padded[1:-1, 1:-1]
    successor: dict[tuple[int, int], tuple[int, int]] = {}
    # an edge of each pixel whose neighbour lies outside, walked with the pixel on the left
    edges = (
        (padded[:-2, 1:-1], (0, 0), (0, 1)),
        (padded[1:-1, 2:], (0, 1), (1, 1)),
        (padded[2:, 1:-1], (1, 1), (1, 0)),
        (padded[1:-1, :-2], (1, 0), (0, 0)),
    )
    for neighbour, start, end in edges:
        for row, column in np.argwhere(inside & ~neighbour).tolist():
            successor[row + start[0], column + start[1]] = (row + end[0], column + end[1])
    corner = first = next(iter(successor))
    path = [first]
    while (corner := successor[corner]) != first:
        path.append(corner)
    return np.array(path, dtype=np.float64)[:, ::-1]


def label_outlines(labels: ArrayLike, tolerance_pixels: float = TOLERANCE) -> dict[int, Points]:
    """Outline of each labelled particle of a 2D image, with the area of its pixels.

    Parameters
    ----------
    labels : (rows, columns) int array
        0 outside, one number per particle.
    tolerance_pixels : float
        Corners are left out as long as the outline moves by no more than this.

    Returns
    -------
    dict of int to (n, 2) array
        x to the right and y upwards in pixels, from the lower left corner of the image;
        anticlockwise. Holes are filled; of parts that meet only at the corners of pixels the
        largest is traced and scaled to the area of all.

    Examples
    --------
    >>> outline = label_outlines(np.kron([[0, 7]], np.ones((10, 10), int)))[7]
    >>> len(outline), float(round(polygon_area(outline), 9))
    (8, 100.0)
    """
    image = np.asarray(labels)
    found = {}
    for number, box in enumerate(ndimage.find_objects(image), 1):
        if box is None:
            continue
        mask = ndimage.binary_fill_holes(image[box] == number)
        pieces, count = ndimage.label(mask)
        piece = mask if count == 1 else pieces == 1 + np.argmax(np.bincount(pieces.ravel())[1:])
        corner = np.array([box[1].start, image.shape[0] - box[0].stop])
        # the middles of the sides of pixels: what marching squares gives at one half
        stairs = trace(piece)
        middles = (stairs + np.roll(stairs, -1, axis=0)) / 2
        found[number] = with_area(simplified(middles, tolerance_pixels), mask.sum()) + corner
    return found


def simplified(points: Points, tolerance: float) -> Points:
    """Corners of a closed outline that are needed to stay within ``tolerance`` of it.

    Douglas and Peucker's algorithm, begun at the corner farthest from the middle and the one
    farthest from that; at least four corners are kept.

    Examples
    --------
    >>> square = np.array([[0, 0], [1, 0], [2, 0], [2, 2], [0, 2.0]])
    >>> simplified(square, 0.1).tolist()
    [[0.0, 0.0], [2.0, 0.0], [2.0, 2.0], [0.0, 2.0]]
    """
    if len(points) <= 4:
        return points
    first = int(np.argmax(np.linalg.norm(points - points.mean(axis=0), axis=1)))
    ring = np.roll(points, -first, axis=0)
    ring = np.vstack([ring, ring[:1]])
    second = int(np.argmax(np.linalg.norm(ring - ring[0], axis=1)))
    corners = np.unique([0, second, len(ring) - 1])
    while True:  # all stretches between two corners at once
        lengths = np.diff(corners)
        start, end = (
            np.repeat(ring[ends], lengths, axis=0) for ends in (corners[:-1], corners[1:])
        )
        # distance of the points between from the segment between the two ends
        between, along = ring[:-1] - start, end - start
        length = np.maximum((along * along).sum(axis=1), 1e-300)
        share = np.clip((between * along).sum(axis=1) / length, 0, 1)
        off = np.linalg.norm(between - share[:, np.newaxis] * along, axis=1)
        most = np.repeat(np.maximum.reduceat(off, corners[:-1]), lengths)
        farthest = np.flatnonzero((off == most) & (off > tolerance))
        if not len(farthest):
            break
        _, once = np.unique(np.searchsorted(corners, farthest), return_index=True)
        corners = np.union1d(corners, farthest[once])
    keep = set(corners[:-1].tolist())
    if len(keep) < 4:  # a sliver: its corners and the middles between them
        keep |= {second // 2, (second + len(ring) - 1) // 2}
    return points[sorted((i + first) % len(points) for i in keep)]
