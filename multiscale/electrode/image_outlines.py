"""Outlines of the particles of a label image, and meshes of them."""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray
from scipy import ndimage

from multiscale.errors import GeometryError, MeshError
from multiscale.mesh.outline import checked_outline, fitted, polygon_area, trace, with_area
from multiscale.mesh.particle_mesh import ParticleMesh

Points = NDArray[np.float64]
TOLERANCE = 0.35  # [pixel] how far a simplified outline may leave the traced one
ELEMENTS = 6  # per radius, unless a size is given


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
        corner = np.array([box[1].start, image.shape[0] - box[0].stop])
        # the middles of the sides of pixels: what marching squares gives at one half
        stairs = trace(_largest(mask))
        middles = (stairs + np.roll(stairs, -1, axis=0)) / 2
        found[number] = with_area(simplified(middles, tolerance_pixels), mask.sum()) + corner
    return found


def _largest(mask: NDArray[np.bool_]) -> NDArray[np.bool_]:
    pieces, count = ndimage.label(mask)
    if count == 1:
        return mask
    return pieces == 1 + np.argmax(np.bincount(pieces.ravel())[1:])


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
    keep = {0, second}
    stretches = [(0, second), (second, len(ring) - 1)]
    while stretches:
        start, end = stretches.pop()
        if end - start < 2:
            continue
        off = _distance(ring[start + 1 : end], ring[start], ring[end])
        farthest = int(off.argmax())
        if off[farthest] > tolerance:
            middle = start + 1 + farthest
            keep.add(middle)
            stretches += [(start, middle), (middle, end)]
    if len(keep) < 4:  # a sliver: its corners and the middles between them
        keep |= {second // 2, (second + len(ring) - 1) // 2}
    return points[sorted((i + first) % len(points) for i in keep)]


def _distance(points: Points, start: Points, end: Points) -> Points:
    """Distance of points from the segment between two ends."""
    along = end - start
    length = max(float(along @ along), 1e-300)
    share = np.clip((points - start) @ along / length, 0, 1)
    return np.linalg.norm(points - start - share[:, np.newaxis] * along, axis=1)


def outline_mesh(outline: Points, size: float, depth: float | None) -> ParticleMesh:
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
    for number, label in wanted.items():
        radius = np.sqrt(polygon_area(outlines[number]) / np.pi) * pixel_size
        step = min(size or radius / ELEMENTS, radius / 2)
        try:
            meshes[label] = outline_mesh(pixel_size * outlines[number], step, depth)
        except MeshError as error:
            raise GeometryError(f"The outline of particle {label!r}: {error}") from error
    return meshes
