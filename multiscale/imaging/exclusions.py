"""Particles that cannot be timed though they are in view."""

from __future__ import annotations

import numpy as np

from multiscale.imaging.drift import Drift, registered
from multiscale.imaging.regions import Regions
from multiscale.imaging.stack import ImageStack

SATURATED = 0.995  # of full scale: the mean of three channels falls short of it by rounding
SATURATED_SHARE = 0.05  # of the pixels of a particle, in any frame looked at
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
    for i in np.unique(np.linspace(0, len(stack.time) - 1, LOOKED_AT).astype(int)):
        frame = registered(stack.frame(i), drift.dx_px[i], drift.dy_px[i])
        full = np.bincount(
            regions.labels.ravel(), (frame >= limit).ravel(), minlength=len(regions) + 1
        )
        worst = np.maximum(worst, full[1:] / regions.sizes_px)
    names = [
        name for name, share in zip(regions.names, worst, strict=True) if share > SATURATED_SHARE
    ]
    return regions.without(names, "saturated: at full scale, its brightness cannot be read")
