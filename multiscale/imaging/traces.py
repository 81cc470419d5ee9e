"""One trace per particle: differential intensity as in Lun et al. (SI, eq. 2), free of the lamp.

Particles that cannot be followed, because they are saturated or drift out of view, are excluded.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace

import numpy as np
import xarray as xr
from numpy.typing import ArrayLike, NDArray
from scipy import ndimage
from scipy.ndimage import distance_transform_edt, maximum_filter, minimum_filter

from multiscale.errors import ImagingError
from multiscale.imaging.illumination import (
    DILATION_PX,
    REFERENCE_FRAMES,
    BackgroundBlocks,
    Lamp,
    background_mask,
    find_shading,
    lamp_series,
)
from multiscale.imaging.movie import Movie
from multiscale.imaging.regions import Regions
from multiscale.imaging.registration import (
    FWHM_PER_SIGMA,
    RESOLUTION_M,
    Drift,
    point_spread_px,
    registered_frames,
)

SATURATED = 0.995  # of full scale: the mean of three channels falls short of it by rounding
SATURATED_SHARE = 0.05  # of the pixels of a particle, in any frame looked at
LEAST_SEEN = 0.5  # of the frames
LOOKED_AT = 12  # frames over the movie

FEWEST_PIXELS = 9  # erosion stops here, so that small particles are seen at all
SMALLEST_SHARE = 1 / 3  # and at this share of the outline
MOST_EROSION_PX = 1.0
HALO = 3.0  # widths of the point spread over which a particle lights the background
DARK = 0.05  # of a region's brightness: darker pixels count as this bright in the division
MAD_TO_SIGMA = 1.4826


def extract_traces(
    stack: Movie,
    drift: Drift,
    regions: Regions,
    *,
    erosion_px: float | None = None,
    progress: Callable[[Iterable], Iterable] | None = None,
) -> xr.Dataset:
    """Differential intensity of every particle in one pass over the movie.

    Each frame is moved back to where the scene was in frame 0, freed of haze and divided by the
    lamp, and by what uneven light adds along the drift. In every pixel of a region (I - I1) / I1
    is taken against the mean of the first three frames; its mean over the eroded region is the
    trace.

    Parameters
    ----------
    stack : Movie
        The movie.
    drift : Drift
        From :func:`multiscale.imaging.registration.find_drift`.
    regions : Regions
        Particles in frame 0.
    erosion_px : float, optional
        Rim of a region that is left out [pixel]; see :func:`usual_erosion_px`. Small regions keep
        a third of their pixels, and nine at least.
    progress : callable, optional
        Wraps the iterable over frames, for example :class:`tqdm.tqdm`.

    Returns
    -------
    xarray.Dataset, dims ("particle", "time")
        ``y``: differential intensity; ``y_u``: its standard uncertainty from noise, by the
        scatter from frame to frame; ``n_pixels`` (particle); ``lamp`` (time) over the first
        frames; ``haze`` (time): light added everywhere since the first frames [counts];
        ``lamp_wander``: what these corrections leave; ``dx_px``, ``dy_px`` (time); ``time`` [s].
        Attributes: erosion_px, reference_frames, lamp_blocks.

    Raises
    ------
    ImagingError
        If regions, drift and movie do not belong together, there is no region, or one is black.

    Examples
    --------
    >>> from multiscale.imaging.stack import ImageStack
    >>> labels = np.zeros((64, 64), "int32"); labels[20:40, 24:44] = 1
    >>> gain = 1 + 0.5 * (labels > 0) * (np.arange(20) > 9)[:, None, None]
    >>> stack = ImageStack.from_frames(80 * gain, pixel_size=130e-9, frame_interval=30.0)
    >>> still = Drift(np.zeros(20), np.zeros(20), "none", np.nan)
    >>> traces = extract_traces(stack, still, Regions.from_labels(labels))
    >>> traces["y"].values[0, [0, -1]].round(3)
    array([0. , 0.5])
    """
    if regions.shape != stack.shape[1:]:
        raise ImagingError(
            f"Regions on {regions.shape} pixels do not fit {stack.name} with {stack.shape[1:]}."
        )
    if len(drift.dx_px) != len(stack):
        raise ImagingError(
            f"The drift has {len(drift.dx_px)} frames, {stack.name} has {len(stack)}."
        )
    if not len(regions):
        raise ImagingError(f"No region is given for {stack.name}: there is nothing to trace.")
    if erosion_px is None:
        erosion_px = usual_erosion_px(stack.pixel_size)
    inner = eroded(regions.labels, erosion_px)
    y, lamp = _one_pass(stack, drift, regions, inner, progress)
    y = y / y[:, :REFERENCE_FRAMES].mean(axis=1, keepdims=True) - 1
    n_pixels = np.bincount(inner[inner > 0] - 1, minlength=len(regions))
    # noise from the scatter of the steps: reactions move few of them much
    noise = MAD_TO_SIGMA * np.median(np.abs(np.diff(y, axis=1)), axis=1) / np.sqrt(2)
    return xr.Dataset(
        {
            "y": (("particle", "time"), y),
            "y_u": (("particle", "time"), np.repeat(noise[:, None], y.shape[1], axis=1)),
            "n_pixels": ("particle", n_pixels),
            "lamp": ("time", lamp.factor),
            "haze": ("time", lamp.haze),
            "lamp_wander": ((), lamp.wander),
            "dx_px": ("time", drift.dx_px),
            "dy_px": ("time", drift.dy_px),
        },
        {"particle": list(regions.names), "time": stack.time},
        {
            "erosion_px": float(erosion_px),
            "reference_frames": REFERENCE_FRAMES,
            "lamp_blocks": lamp.n_blocks,
        },
    )


def _one_pass(
    stack: Movie,
    drift: Drift,
    regions: Regions,
    inner: NDArray[np.int32],
    progress: Callable[[Iterable], Iterable] | None,
) -> tuple[NDArray[np.float64], Lamp]:
    """Brightness of each region over that in the first frames, (regions, n), and the lamp."""
    pixels = np.nonzero(inner)
    owner, n = inner[pixels] - 1, len(regions)
    # factors that turn brightness into its ratio to the first frames, averaged over a region
    earliest = range(min(REFERENCE_FRAMES, len(stack)))
    first = np.mean([frame[pixels] for frame in registered_frames(stack, drift, earliest)], axis=0)
    size = np.bincount(owner, minlength=n)
    brightness = np.bincount(owner, first, n) / size
    black = np.flatnonzero(~(brightness > 0))
    if black.size:
        raise ImagingError(
            f"Region {regions.names[black[0]]!r} is black in the first frames of {stack.name}: no "
            "change can be related to it."
        )
    weights = 1 / (np.maximum(first, DARK * brightness[owner]) * size[owner])
    # the background beyond the halo of the particles, or nearer if there is too little of it
    far = max(DILATION_PX, HALO * point_spread_px(stack.pixel_size))
    for dilation_px in (far, far / 2, 1.0):
        mask = background_mask(regions.labels, drift, dilation_px=dilation_px)
        blocks = BackgroundBlocks(mask)
        if len(blocks) >= 4:
            break
    sums = np.empty((len(stack), n))
    means = np.empty((len(stack), len(blocks)))
    frames = registered_frames(stack, drift, range(len(stack)))
    for i, still in enumerate(progress(frames) if progress else frames):
        sums[i] = np.bincount(owner, still[pixels] * weights, n)
        means[i] = blocks.means(still)
    shading = find_shading(means, blocks.places, drift, regions.shape)
    rows, columns = pixels
    centres = np.column_stack([np.bincount(owner, at, n) / size for at in (columns, rows)])
    lamp = lamp_series(means / shading.gain(blocks.places), blocks.quarters)
    added = np.outer(lamp.haze, np.bincount(owner, weights, n))
    sums /= shading.gain(centres)
    lamp = replace(lamp, wander=float(np.hypot(lamp.wander, shading.left(centres))))
    return ((sums - added) / lamp.factor[:, None]).T, lamp


def usual_erosion_px(pixel_size: float) -> float:
    """Rim of a region that is left out of its trace [pixel].

    One standard deviation of the point spread (265 nm / 2.355), one pixel at most: where a
    particle fills the frame, a wider rim takes away what reacts first and reads t50 of a front
    1 to 2 % of the charge late.

    Examples
    --------
    >>> round(usual_erosion_px(130e-9), 2), usual_erosion_px(34.7e-9)
    (0.87, 1.0)
    """
    return min(RESOLUTION_M / FWHM_PER_SIGMA / pixel_size, MOST_EROSION_PX)


def eroded(labels: ArrayLike, erosion_px: float) -> NDArray[np.int32]:
    """Regions, (rows, columns) of numbers, without their rim to the background and to each other.

    The rim is ``erosion_px`` wide [pixel], narrower where fewer than nine pixels, or a third, would
    stay.

    Examples
    --------
    >>> labels = np.zeros((9, 9), int); labels[1:8, 1:8] = 1; labels[0, 8] = 2
    >>> np.bincount(eroded(labels, 1.0).ravel()).tolist()
    [55, 25, 1]
    """
    whole = np.asarray(labels, dtype=np.int32)
    cross = np.array([[0, 1, 0], [1, 1, 1], [0, 1, 0]], dtype=bool)
    rim = maximum_filter(whole, footprint=cross) != minimum_filter(whole, footprint=cross)
    depth = distance_transform_edt(np.pad(~rim, 1))[1:-1, 1:-1] + 0.5
    inside = np.nonzero(whole)
    number, depth = whole[inside], depth[inside]
    # Deepest first within each region: a pixel stays if it is deep enough, or among the first.
    order = np.lexsort((-depth, number))
    size = np.bincount(number)
    rank = np.empty(len(number), dtype=int)
    rank[order] = np.arange(len(number)) - np.concatenate([[0], np.cumsum(size)])[number[order]]
    least = np.maximum(FEWEST_PIXELS, np.ceil(SMALLEST_SHARE * size))[number]
    stays = (depth > erosion_px) | (rank < least)
    inner = np.zeros_like(whole)
    inner[inside] = np.where(stays, number, 0)
    return inner


def in_view(regions: Regions, drift: Drift) -> NDArray[np.bool_]:
    """Whether each region lies wholly within each frame, a pixel away from its edge.

    Of regions on the pixels of frame 0: bool, (regions, frames).

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


def without_saturated(regions: Regions, stack: Movie, drift: Drift) -> Regions:
    """Regions that stay below full scale; the others are excluded, with the reason.

    A particle is saturated if, in any of a dozen frames over the movie, a twentieth of its
    pixels are at full scale: its brightness cannot be read there.
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
