"""Particles that cannot be timed though they are in view."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from multiscale.imaging.illumination.lamp import REFERENCE_FRAMES
from multiscale.imaging.particles.regions import Regions
from multiscale.imaging.registration.drift import Drift, registered_frames
from multiscale.imaging.stack import ImageStack

SATURATED = 0.995  # of full scale: the mean of three channels falls short of it by rounding
SATURATED_SHARE = 0.05  # of the pixels of a particle, in any frame looked at
LEAST_SEEN = 0.5  # of the frames
LOOKED_AT = 12  # frames over the movie


def without_saturated(regions: Regions, stack: ImageStack, drift: Drift) -> Regions:
    """Regions that stay below full scale; the others are excluded, with the reason.

    A particle is saturated if, in any of a dozen frames over the movie, a twentieth of its
    pixels are at full scale: its brightness cannot be read there.

    Parameters
    ----------
    regions : Regions
    stack : ImageStack
    drift : Drift
    """
    if not len(regions):
        return regions
    limit = SATURATED * stack.full_scale
    worst = np.zeros(len(regions))
    looked_at = np.unique(np.linspace(0, len(stack.time) - 1, LOOKED_AT).astype(int))
    for frame in registered_frames(stack, drift, looked_at):
        full = np.bincount(
            regions.labels.ravel(), (frame >= limit).ravel(), minlength=len(regions) + 1
        )
        worst = np.maximum(worst, full[1:] / regions.sizes_px)
    names = [
        name for name, share in zip(regions.names, worst, strict=True) if share > SATURATED_SHARE
    ]
    return regions.without(names, "saturated: at full scale, its brightness cannot be read")


def in_view(regions: Regions, drift: Drift) -> NDArray[np.bool_]:
    """Whether each region lies wholly within each frame, a pixel away from its edge.

    Parameters
    ----------
    regions : Regions
        On the pixels of frame 0.
    drift : Drift

    Returns
    -------
    array (regions, frames) of bool

    Examples
    --------
    >>> labels = np.zeros((20, 20), int); labels[8:12, 13:17] = 1
    >>> in_view(Regions.from_labels(labels), Drift(np.array([0, 1, 3.0]), np.zeros(3), "none", 0))
    array([[ True,  True, False]])
    """
    rows, columns = regions.shape
    boxes = ndimage.find_objects(regions.labels)
    edges = np.array([(y.start, y.stop - 1, x.start, x.stop - 1) for y, x in boxes]).reshape(-1, 4)
    top, bottom, left, right = edges.T[..., None]
    dx, dy = drift.dx_px, drift.dy_px
    upright = (top + dy >= 1) & (bottom + dy <= rows - 2)
    return upright & (left + dx >= 1) & (right + dx <= columns - 2)


def without_unseen(regions: Regions, drift: Drift) -> Regions:
    """Regions that can be timed: in view in the first frames and in most of all others.

    The others are excluded, with the reason.
    """
    regions = regions.without_border()
    seen = in_view(regions, drift)
    lost = ~seen[:, :REFERENCE_FRAMES].all(axis=1) | (seen.mean(axis=1) < LEAST_SEEN)
    names = [name for name, out in zip(regions.names, lost, strict=True) if out]
    return regions.without(names, "drifts out of view")
