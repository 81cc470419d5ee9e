"""Outlines of particles: checked polygons, and polygons around the white part of an image."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import ndimage

from multiscale.errors import MeshError

Points = NDArray[np.float64]


def checked_outline(xy: ArrayLike) -> Points:
    """Corners (n, 2) of a simple polygon, anticlockwise, the first not repeated at the end.

    Raises
    ------
    MeshError
        If there are fewer than three corners, numbers are missing, corners are repeated, the
        area is zero, or the outline crosses, touches or retraces itself.

    Examples
    --------
    >>> checked_outline([[0, 0], [0, 1], [1, 0], [0, 0]]).tolist()
    [[1.0, 0.0], [0.0, 1.0], [0.0, 0.0]]
    """
    points = np.asarray(xy, dtype=np.float64)
    if points.ndim != 2 or points.shape[1] != 2:
        raise MeshError(f"An outline is an array (n, 2) of x and y, not of shape {points.shape}")
    if not np.isfinite(points).all():
        count = int((~np.isfinite(points)).any(axis=1).sum())
        raise MeshError(f"The outline has {count} corners that are not numbers (NaN or infinite)")
    # the end of a full turn is the start only up to rounding
    same = 1e-9 * np.ptp(points, axis=0).max() if len(points) else 0.0
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
    _check_simple(points)
    return points if polygon_area(points) > 0 else points[::-1].copy()


def polygon_area(points: Points) -> float:
    """Signed area of a polygon (n, 2); positive if anticlockwise."""
    x, y = (points - points.mean(axis=0)).T
    return float(np.sum(x * np.roll(y, -1) - np.roll(x, -1) * y) / 2)


def _check_simple(points: Points) -> None:
    """Refuse outlines whose sides meet anywhere but at common corners."""
    n = len(points)
    ends = np.roll(points, -1, axis=0)
    sides = ends - points
    following = np.roll(sides, -1, axis=0)
    backwards = (np.abs(_cross(sides, following)) <= 1e-12 * np.abs(sides).max() ** 2) & (
        (sides * following).sum(axis=1) < 0
    )
    if backwards.any():
        raise MeshError(f"The outline turns back on itself at corner {_next(backwards, n)}")
    for i in range(n - 2):
        others = np.arange(i + 2, n - (i == 0))
        hit = _meet(points[i], ends[i], points[others], ends[others])
        if hit.any():
            raise MeshError(
                f"The outline crosses or touches itself: side {i} (from corner {i}) meets side "
                f"{others[np.argmax(hit)]}"
            )


def _next(mask: NDArray[np.bool_], n: int) -> int:
    return int(np.argmax(mask) + 1) % n


def _cross(a: Points, b: Points) -> Points:
    return a[..., 0] * b[..., 1] - a[..., 1] * b[..., 0]


def _meet(p: Points, q: Points, r: Points, s: Points) -> NDArray[np.bool_]:
    """Whether the segment pq meets each of the segments rs, ends included."""
    straddles = (_cross(q - p, r - p) * _cross(q - p, s - p) <= 0) & (
        _cross(s - r, p - r) * _cross(s - r, q - r) <= 0
    )
    # on a common line both products vanish: only boxes that overlap meet
    boxes = (np.minimum(r, s) <= np.maximum(p, q)) & (np.minimum(p, q) <= np.maximum(r, s))
    return straddles & boxes.all(axis=1)


def resampled(points: Points, spacing: float) -> Points:
    """Corners at equal distances of about ``spacing`` along the outline, with the same area.

    Corners of the original are cut; the result is scaled about its centre to restore the area.
    """
    closed = np.vstack([points, points[:1]])
    length = np.concatenate([[0], np.cumsum(np.linalg.norm(np.diff(closed, axis=0), axis=1))])
    count = max(round(length[-1] / spacing), 3)
    along = length[-1] * np.arange(count) / count
    return with_area(
        np.column_stack([np.interp(along, length, column) for column in closed.T]),
        polygon_area(points),
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
    mask = _largest(np.asarray(binary))
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


def _largest(image: NDArray) -> NDArray[np.bool_]:
    if image.ndim != 2:
        raise MeshError(f"A binary image has two dimensions, not {image.ndim}")
    if not np.isfinite(image).all() or len(np.unique(image)) > 2:
        raise MeshError("The image is not binary: threshold it first, e.g. image > 0.5")
    labels, count = ndimage.label(image != 0)
    if not count:
        raise MeshError("The image holds no particle: every pixel is zero")
    sizes = np.bincount(labels.ravel())[1:]
    mask = labels == 1 + np.argmax(sizes)
    if mask[[0, -1]].any() or mask[:, [0, -1]].any():
        raise MeshError("The particle touches the edge of the image: its outline is not complete")
    if mask.sum() < 9:
        raise MeshError(f"The largest particle has only {mask.sum()} pixels; 9 are the least")
    return ndimage.binary_fill_holes(mask)


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
