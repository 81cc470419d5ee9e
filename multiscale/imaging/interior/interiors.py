"""What happens inside of the particles of a measured movie."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from multiscale.imaging.interior.fronts import front_table
from multiscale.imaging.interior.inside import crop_particles
from multiscale.imaging.measurement import Measurement
from multiscale.imaging.registration.drift import registered_frames
from multiscale.imaging.stack import ImageStack

BLUR_PX = 1.0  # single pixels are noisy; below what the optics resolve


def interiors(
    stack: ImageStack,
    measured: Measurement,
    names: Sequence[str] | None = None,
    *,
    progress: Callable[[Iterable], Iterable] | None = None,
) -> pd.DataFrame:
    """Fronts inside of particles: direction, speed, lag of the centre, place of what is left.

    One more pass over the movie; holds the pixels of the particles, not the frames.

    Parameters
    ----------
    stack : ImageStack
        The movie that was measured.
    measured : Measurement
        Of :func:`multiscale.imaging.pipeline.measure`: drift, regions, lamp and half-cycles.
    names : sequence of str, optional
        All particles if not given.
    progress : callable, optional
        Wraps an iterable over all frames.

    Returns
    -------
    pandas.DataFrame
        See :func:`multiscale.imaging.interior.fronts.front_table`.

    Raises
    ------
    ImagingError
        If a name does not exist, or the movie is another one.

    Examples
    --------
    >>> from multiscale.imaging.pipeline import measure
    >>> from multiscale.imaging.rendering.synthetic import synthetic_movie
    >>> stack = synthetic_movie("single", n_frames=40, size=96, seed=3).stack()
    >>> interiors(stack, measure(stack))["rim_to_centre_lag_s"].gt(0).all()  # the rim is first
    np.True_
    """
    frames = _differential(stack, measured, progress)
    crops = crop_particles(frames, stack.time, measured.regions, names, blur_px=BLUR_PX)
    return front_table(crops, measured.half_cycles, measured.pixel_size)


def _differential(
    stack: ImageStack,
    measured: Measurement,
    progress: Callable[[Iterable], Iterable] | None,
) -> Iterator[NDArray[np.float64]]:
    """Registered frames, lamp taken out, against the mean of the first ones (Lun, eq. 2)."""
    first = np.maximum(measured.first_image, 1.0)  # a black pixel has no relative change
    lamp = measured.traces["lamp"].to_numpy()
    frames = registered_frames(stack, measured.drift, range(len(stack)))
    for frame, light in zip(progress(frames) if progress else frames, lamp, strict=True):
        yield frame / (light * first) - 1
