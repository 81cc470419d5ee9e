"""Particles of an operando movie, found in a mean of its first frames and in what a charge adds.

Bright or dark textured bodies on a static matrix: they stand out of the matrix by more than its
noise (``relief``), are cut apart at necks (``split_touching``), outlined where each has half of its
own height, which is where a blurred edge lies (``bodies``), and judged by their edges
(``is_sharp``). In the difference that a charge makes (``brightening``) the texture of the matrix
cancels, so that a particle as dim as the matrix stands out once it has reacted.

The matrix is what is left when everything that stands out is masked: its level is a wide mean
over the unmasked pixels (uneven lamps, vignetting), its spread holds camera noise and texture.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray
from scipy import ndimage
from scipy.ndimage import map_coordinates, median_filter
from skimage.filters import threshold_multiotsu
from skimage.measure import regionprops
from skimage.segmentation import watershed

from multiscale.errors import ImagingError, unknown_name
from multiscale.imaging.movie import Movie
from multiscale.imaging.regions import Regions, check_pixel_size
from multiscale.imaging.registration import Drift, registered_frames

Image = NDArray[np.float64]
Mask = NDArray[np.bool_]
Labels = NDArray[np.int32]
Polarity = Literal["bright", "dark", "either"]
POLARITIES = ("bright", "dark", "either")

# particles
SMALLEST_PX = 4.0
UNRESOLVED = 1.25 * 265e-9  # diameter up to which a body looks like a point [m]
HALO = 225e-9  # twice the width of the point spread: a rim of a known particle is none itself [m]
SIZE_SHARE = 0.65  # of the area of the smallest: how much a noisy outline may lose
LEAST_ERRORS = 5.5
BACKGROUND_SHARE = 8.0  # part of the shorter side over which the matrix is evened out
BACKGROUND_PX = 20.0
LEAST_CHANGE = 0.05  # of the brightness of a particle that only its change shows
SMOOTHING_SHARE = 4.0  # part of the smallest diameter that may be smoothed over

# height over the matrix
MAD_FACTOR = 1.4826  # standard deviation of a normal distribution over its MAD
SMOOTHING = (0.5, 0.7, 1.0, 1.4)  # Gaussians tried, weakest first [pixel]
CLEAR = 10.0  # contrast over noise at which more smoothing only blurs
CLASSES = 3.5  # Otsu's classes of one normal distribution lie 2.65 of their spread apart
ROUNDS = 6
UNEVEN = 0.3  # range of the level of the matrix over its mean from which light is evened out
DARKEST = 0.2  # light over its mean below which nothing is made brighter
SCARCE = 1e-3  # weight of the whole matrix beside that around a pixel
CLIP = 3.0  # spreads above the matrix at which a pixel no longer belongs to it

# bodies
LOW_ERRORS = 2.5
LOW_SHARE = 0.4
LEAST_SHARE = 0.2  # of the typical height of particles: less is blur around them
WIDE_PX = 3.0  # Gaussian that evens out the texture of the matrix
LEAST_MATRIX = 0.02  # of the image: less tells nothing about the matrix
EDGE_ERRORS = 2.2  # steepness of an edge over that of the matrix's texture
EDGE_SHARE = 0.6  # ... over that of the typical particle
SPECK_SHARE = 0.8  # ... the same for one whose area is less than
SPECK_AREA = 0.2  # of the typical particle's
GRAINS = 40.0  # areas of a grain of texture that may stand out together by chance
SMALL_PX = 100  # area up to which blur, not texture, makes the brightness inside
BLUR_PX = 1.0  # Gaussian through which dips between such bodies are looked for
DIP = 0.9
HOLE_PX = 6  # of texture; wider ones may be matrix enclosed by particles
PASSES = 2  # cut and outline by turns: blur fills the necks at first
CROSS = ndimage.generate_binary_structure(2, 1)

# cutting apart
FULL = np.ones((3, 3), dtype=bool)
LEAST_HEIGHT = 0.25  # maxima of the distance less than this above their saddle are one [pixel]
_ALL, _LOW, _HIGH = slice(None), slice(None, -1), slice(1, None)
_NEIGHBOURS = (
    ((_ALL, _LOW), (_ALL, _HIGH)),
    ((_LOW, _ALL), (_HIGH, _ALL)),
    ((_LOW, _LOW), (_HIGH, _HIGH)),
    ((_LOW, _HIGH), (_HIGH, _LOW)),
)

# what a charge adds
FRAMES = 9  # whose median is a state: what passes by is in few of them
EDGE_PX = 1  # beyond the margin of the drift: what interpolation takes from outside
STRIDE = 4  # pixels: the light is smooth
WINDOW = 0.3  # of the shorter side, over which it is taken; wider than particles
SHARE = 0.04  # of the half-cycle from which they are taken


def find_particles(
    image: ArrayLike,
    pixel_size: float,
    *,
    change: ArrayLike | None = None,
    polarity: Polarity = "bright",
    smallest_px: float | None = None,
    neck: float = 0.85,
    least_errors: float = LEAST_ERRORS,
) -> Regions:
    """Particles that stand out of a static matrix, one region each; none if nothing stands out.

    Parameters
    ----------
    image : array_like, shape (rows, columns)
        Mean of the first registered frames [counts]: the more, the smaller the particles found.
    pixel_size : float
        [m]
    change : array_like, shape (rows, columns), optional
        How much each pixel changes in the movie (last minus first frames, or the standard
        deviation over time): particles that react show here even where the first frames hide
        them. Those that the image does not show already are added, if they change by a twentieth.
    polarity : {"bright", "dark", "either"}
        Of the particles on the matrix; "either" takes that which shows rounder bodies. Change is
        always bright.
    smallest_px : float, optional
        Smallest diameter of a particle [pixel]; less is excluded and counted. By default 4, and
        1.25 times the resolution of an optical microscope (265 nm): a bright point that serves
        to find the drift is no particle.
    neck : float
        See :func:`split_touching`.
    least_errors : float
        Standard deviations of the matrix by which a particle stands out.

    Raises
    ------
    ImagingError
        If an image is not 2D, holds values that are not numbers, or the two differ in shape;
        if an option is out of range.

    Examples
    --------
    >>> y, x = np.mgrid[:80, :100]
    >>> scene = 40.0 + 60 * (np.hypot(x - 30, y - 40) < 12) + 30 * (np.hypot(x - 70, y - 30) < 9)
    >>> noise = np.random.default_rng(0).normal(0, 3, scene.shape)
    >>> find_particles(scene + noise, 130e-9).table(130e-9)[["particle_id", "radius_um"]].round(1)
      particle_id  radius_um
    0        p001        1.2
    1        p002        1.5
    """
    check_pixel_size(pixel_size)
    if polarity not in POLARITIES:
        raise ImagingError(unknown_name("polarity", polarity, POLARITIES))
    unresolved_px = UNRESOLVED / pixel_size if smallest_px is None else 0.0
    smallest_px = SMALLEST_PX if smallest_px is None else smallest_px
    if not smallest_px >= 1:
        raise ImagingError(f"smallest_px is a diameter of at least 1 pixel; got {smallest_px}.")
    scene = _checked(image, "image")
    signs = {"bright": (1.0,), "dark": (-1.0,), "either": (1.0, -1.0)}[polarity]
    how = (smallest_px, neck, least_errors)
    tried = [_segmented(sign * scene, *how) for sign in signs]

    def roundness(pair: list[Labels]) -> float:
        """Area found over that of its convex hulls: matrix between particles is hollow."""
        shapes = regionprops(pair[0])
        hulls = sum(shape.area_convex for shape in shapes)
        return sum(shape.area for shape in shapes) / max(hulls, 1)

    pairs = [tried[0] if len(tried) == 1 else max(tried, key=roundness)]
    if change is not None:
        changed = _checked(change, "change")
        if changed.shape != scene.shape:
            raise ImagingError(f"image has {scene.shape} pixels, change {changed.shape}.")
        pairs.append([_lasting(each, changed, scene) for each in _segmented(changed, *how)])
    labels, faint = np.zeros((2, *scene.shape), dtype=np.int32)
    for sharp, _ in pairs:
        labels = _added(labels, sharp, HALO / pixel_size)
    for _, fading in pairs:
        faint = _added(faint, np.where(labels > 0, 0, fading))
    # what is too small or too faint is excluded, named x001 and on
    least_area = np.pi / 4 * max(SIZE_SHARE * smallest_px**2, unresolved_px**2)
    regions = Regions.from_labels(_added(labels, faint), prefix="x")
    small = regions.sizes_px < least_area
    fades = np.isin(np.arange(1, len(regions) + 1), regions.labels[faint > 0])
    names = np.array(regions.names)
    regions = regions.without(names[small], f"smaller than {least_area:.0f} pixels")
    faint_edge = "its edge is no steeper than the matrix's texture"
    regions = regions.without(names[fades & ~small], faint_edge)
    return replace(Regions.from_labels(regions.labels), excluded=regions.excluded)


def _checked(image: ArrayLike, name: str) -> Image:
    values = np.asarray(image, dtype=float)
    if values.ndim != 2 or min(values.shape) < 8:
        raise ImagingError(f"{name} must be 2D, at least 8 by 8 pixels; got {values.shape}.")
    if not np.isfinite(values).all():
        raise ImagingError(f"{name} holds {np.sum(~np.isfinite(values))} pixels without a number.")
    return values


def _segmented(image: Image, smallest_px: float, neck: float, least_errors: float) -> list[Labels]:
    """Particles, and what stands out without the edge of a particle."""
    background = max(BACKGROUND_PX, min(image.shape) / BACKGROUND_SHARE)
    raised = relief(image, smallest_px / SMOOTHING_SHARE, background)
    labels = bodies(raised, neck, least_errors)
    sharp = np.concatenate([[False], is_sharp(labels, raised)])[labels]
    return [np.where(kept, labels, 0).astype(np.int32) for kept in (sharp, ~sharp)]


def _lasting(labels: Labels, change: Image, scene: Image) -> Labels:
    """Without what changes by so little of its brightness that codec, light or drift may do it."""
    numbers = np.arange(1, labels.max() + 1)
    if not len(numbers):
        return labels
    sizes = [ndimage.median(values, labels, numbers) for values in (change, scene)]
    strong = np.concatenate([[False], sizes[0] > LEAST_CHANGE * np.maximum(sizes[1], 0.0)])
    return np.where(strong[labels], labels, 0).astype(np.int32)


def _added(labels: Labels, more: Labels, halo_px: float = 0.0) -> Labels:
    """Regions of ``more`` that mostly lie outside of ``labels``, and their halo, join them."""
    if not more.any():
        return labels
    sizes = np.bincount(more.ravel())
    near = labels > 0
    if near.any():
        near = ndimage.distance_transform_edt(~near) <= halo_px
    covered = np.bincount(more[near], minlength=len(sizes))
    new = covered < 0.5 * sizes
    new[0] = False
    joins = new[more] & (labels == 0)
    return np.where(joins, more + labels.max(), labels).astype(np.int32)


@dataclass(frozen=True)
class Relief:
    """An image turned so that particles stand up from zero."""

    height: Image  # (rows, columns): smoothed image minus its matrix [counts]
    spread: float  # standard deviation of ``height`` over the matrix [counts]
    contrast: float  # typical height of what stands out; 0 if nothing does [counts]
    smoothing: float  # width of the Gaussian used [pixel]
    slope: Image  # (rows, columns): steepness of the smoothed image [counts/pixel]
    matrix_slope: float  # root mean square of ``slope`` over the matrix [counts/pixel]


def relief(image: Image, widest_px: float, background_px: float) -> Relief:
    """Height of each pixel over the matrix, smoothed no more than the noise asks for.

    ``image`` shows bright particles [counts]; ``widest_px`` is the widest Gaussian that leaves the
    smallest particle standing, ``background_px`` that which the level of the matrix follows, wider
    than any particle [pixel].
    """
    # The image as even light would show it, as far as the matrix tells. Light multiplies: in a
    # dark corner particles stand up less, and so does the texture. A matrix that is black, or an
    # image of changes, tells nothing of the light.
    smooth = ndimage.gaussian_filter(image, SMOOTHING[0])
    matrix, level, spread = _matrix_of(smooth, background_px)
    mean = float(level.mean())
    if mean > CLIP * spread and np.ptp(level[matrix]) >= UNEVEN * mean:
        image = image * (mean / np.maximum(level, DARKEST * mean))
    noise = noise_level(image)
    for width in (w for w in SMOOTHING if w <= max(widest_px, SMOOTHING[0])):
        smooth = ndimage.gaussian_filter(image, width)
        matrix, level, spread = _matrix_of(smooth, background_px)
        height = smooth - level
        contrast = float(np.median(height[~matrix])) if not matrix.all() else 0.0
        left = noise / (2 * np.sqrt(np.pi) * width)  # of white noise, after the Gaussian
        if contrast > CLEAR * left:
            break
    slope = np.hypot(*np.gradient(smooth))
    matrix_slope = float(np.sqrt(np.mean(slope[matrix] ** 2)))
    spread = max(spread, np.finfo(float).tiny)
    return Relief(height, spread, contrast, width, slope, matrix_slope)


def noise_level(image: Image) -> float:
    """Standard deviation of the noise from pixel to pixel, whatever smooth scene lies below.

    From the median size of the diagonal details of two by two pixels (Donoho and Johnstone,
    Biometrika 81, 425 (1994)).

    Examples
    --------
    >>> ramp = np.add.outer(np.arange(200.0), np.arange(200.0))
    >>> noisy = ramp + np.random.default_rng(0).normal(0, 4, ramp.shape)
    >>> round(noise_level(noisy), 1)
    4.0
    """
    detail = image[:-1, :-1] - image[1:, :-1] - image[:-1, 1:] + image[1:, 1:]
    return float(MAD_FACTOR * np.median(np.abs(detail)) / 2)


def _matrix_of(smooth: Image, background_px: float) -> tuple[Mask, Image, float]:
    """Pixels of the matrix, its level everywhere and its spread."""
    matrix, limit = _first_matrix(smooth)
    for _ in range(ROUNDS):
        # mean of the matrix around each pixel; where hardly any is near, that over the image
        weight = ndimage.gaussian_filter(matrix.astype(float), background_px, truncate=2.5)
        near = np.where(matrix, smooth, 0.0)
        total = ndimage.gaussian_filter(near, background_px, truncate=2.5)
        level = (total + SCARCE * smooth[matrix].mean()) / (weight + SCARCE)
        height = smooth - level
        middle = np.median(height[matrix])
        spread = MAD_FACTOR * np.median(np.abs(height[matrix] - middle))
        matrix = height <= middle + min(CLIP * spread, limit)
    return matrix, level + middle, float(spread)


def _first_matrix(smooth: Image) -> tuple[Mask, float]:
    """Pixels of the lowest class of three or two, if that is more than noise cut in parts.

    With it, half of the way to the next class [counts]: in a narrow gap between particles their
    blurred edges widen the spread, and the matrix would grow over the dimmest of them.
    """
    for classes in (3, 2):
        try:
            first = threshold_multiotsu(smooth, classes)[0]
        except ValueError:  # fewer different values than classes
            continue
        low = smooth <= first
        above = ~low if classes == 2 else ~low & (smooth <= threshold_multiotsu(smooth, classes)[1])
        apart = smooth[above].mean() - smooth[low].mean()
        within = np.sqrt(np.mean([smooth[low].var(), smooth[above].var()]))
        if apart > CLASSES * within:
            return low, float(apart / 2)
    return np.ones(smooth.shape, dtype=bool), np.inf


def bodies(raised: Relief, neck: float, least_errors: float) -> Labels:
    """Number what stands out by ``least_errors``, whole particles each, without gaps; 0 is the
    matrix.
    """
    mask = _standing(raised, least_errors)
    core = np.zeros(raised.height.shape, dtype=np.int32)
    for _ in range(PASSES):
        holes, count = ndimage.label(~mask)
        small = np.bincount(holes.ravel(), minlength=count + 1) <= HOLE_PX
        small[0] = False
        core = _upper_half(split_touching(mask | small[holes], neck), raised)
        mask = core > 0
    smooth = ndimage.gaussian_filter(raised.height, max(BLUR_PX - raised.smoothing, 0.0))
    return _one_piece_each(split_at_dips(core, smooth, DIP, SMALL_PX))


def _standing(raised: Relief, least_errors: float) -> Mask:
    """Pixels well above the matrix that hang together with some that certainly are."""
    share = LEAST_SHARE * raised.contrast
    certainly = max(least_errors * raised.spread, share)
    low = raised.height > max(
        LOW_ERRORS * raised.spread, min(certainly, LOW_SHARE * raised.contrast)
    )
    pieces, count = ndimage.label(low)
    certain = np.zeros(count + 1, dtype=bool)
    certain[pieces[raised.height > certainly]] = True
    # or stand over an area of many grains of the texture, if not each pixel by itself
    wide = ndimage.gaussian_filter(raised.height, WIDE_PX)
    matrix = wide[~ndimage.binary_dilation(low, iterations=int(2 * WIDE_PX))]
    if matrix.size >= LEAST_MATRIX * low.size:
        middle = np.median(matrix)
        spread = MAD_FACTOR * np.median(np.abs(matrix - middle))
        limit = max(middle + least_errors * spread, LOW_SHARE * raised.contrast)
        certain[pieces[wide > limit]] = True
    certain[0] = False
    return certain[pieces]


def _upper_half(labels: Labels, raised: Relief) -> Labels:
    """Each particle down to half of its own height: tight around the bright, whole for the dim."""
    numbers = np.arange(1, labels.max() + 1)
    if not len(numbers):
        return labels
    core = labels
    for _ in range(2):
        # height of the pixels that lie deepest in each particle, away from its blurred edge
        edges = (ndimage.maximum_filter(core, 3) != core) | (
            ndimage.minimum_filter(core, 3) != core
        )
        depth = ndimage.distance_transform_edt((core > 0) & ~edges) + 1.0
        every = np.arange(1, core.max() + 1)
        deepest = np.concatenate([[0.0], ndimage.maximum(depth, core, every)])
        inner = np.where(depth >= 0.6 * deepest[core], core, 0)
        height = np.concatenate([[0.0], ndimage.median(raised.height, inner, numbers)])
        core = np.where(raised.height > 0.5 * height[labels], labels, 0).astype(np.int32)
    return core


def _one_piece_each(labels: Labels) -> Labels:
    """The largest piece of each particle, its outline evened and its holes filled."""
    whole = np.zeros_like(labels)
    for number, box in enumerate(ndimage.find_objects(labels), start=1):
        if box is None:
            continue
        mask = np.pad(labels[box] == number, 1)
        if mask.sum() > SMALL_PX:
            mask = ndimage.binary_opening(ndimage.binary_closing(mask, CROSS), CROSS)
        mask = ndimage.binary_fill_holes(mask)
        pieces, count = ndimage.label(mask)
        if not count:
            continue
        largest = 1 + int(np.argmax(np.bincount(pieces.ravel())[1:]))
        inside = (pieces == largest)[1:-1, 1:-1]
        free = inside & (whole[box] == 0) & np.isin(labels[box], (0, number))
        whole[box][free] = number
    return np.unique(whole, return_inverse=True)[1].reshape(whole.shape).astype(np.int32)


def is_sharp(labels: Labels, raised: Relief) -> Mask:
    """Whether each body has the steep edge of a particle, or fades like texture of the matrix,
    (n,).

    A body much larger than the grains of that texture need not be as steep as a small one.
    """
    numbers = np.arange(1, labels.max() + 1)
    if not len(numbers):
        return np.zeros(0, dtype=bool)
    rim = np.where(ndimage.minimum_filter(labels, 3) != labels, labels, 0)
    edge = ndimage.mean(raised.slope, rim, numbers)
    area = np.bincount(labels.ravel())[1:]
    grain = (raised.spread / raised.matrix_slope) ** 2 if raised.matrix_slope else 0.0
    ease = np.sqrt(np.minimum(1.0, GRAINS * grain / area))
    plain = edge >= EDGE_ERRORS * raised.matrix_slope * ease
    if not plain.any():
        return plain
    typical_edge, typical_area = (np.median(values[plain]) for values in (edge, area))
    share = np.where(area < SPECK_AREA * typical_area, SPECK_SHARE, EDGE_SHARE * ease)
    return plain & (edge >= share * typical_edge)


def split_touching(mask: NDArray[np.bool_], neck: float = 0.85) -> Labels:
    """Number the particles of a mask, (rows, columns); one with a neck becomes two. 0 is
    background.

    The watershed of the distance to the outline gives one piece to each maximum; two pieces stay
    apart if the saddle between them is lower than ``neck`` times the lower maximum: the half width
    of the neck over the radius of the smaller particle, whatever its size; 0 cuts nothing.

    Examples
    --------
    >>> y, x = np.mgrid[:40, :60]
    >>> pair = np.minimum(np.hypot(x - 20, y - 20), np.hypot(x - 38, y - 20)) < 10
    >>> int(split_touching(pair).max()), int(split_touching(pair, neck=0).max())
    (2, 1)
    """
    # half a pixel: the distance of a pixel's centre counts to the next centre, not the outline
    depth = ndimage.gaussian_filter(ndimage.distance_transform_edt(np.pad(mask, 1)), 0.5)[
        1:-1, 1:-1
    ]
    depth = np.where(mask, np.maximum(depth - 0.5, 0.0), 0.0)
    return _joined(depth, mask, neck, LEAST_HEIGHT)


def split_at_dips(
    labels: Labels, height: NDArray[np.float64], dip: float, largest_px: int
) -> Labels:
    """Cut bodies hardly wider than the blur, whose outline shows no neck, where they are dimmer.

    ``height`` is the smooth brightness over the matrix [counts]. Two parts are two if the
    brightness between them is below ``dip`` of that of the dimmer one. Bodies of more than
    ``largest_px`` pixels stay whole: inside of them brightness is texture.
    """
    small = (labels > 0) & (np.bincount(labels.ravel())[labels] <= largest_px)
    if not small.any():
        return labels
    landscape = np.where(small, np.maximum(height, 0.0), 0.0)
    parts = _joined(landscape, small, dip)
    return np.where(small, parts + labels.max(), labels).astype(np.int32)


def _joined(
    depth: NDArray[np.float64], mask: NDArray[np.bool_], neck: float, least: float = 0.0
) -> Labels:
    """Basins of a watershed from the tops, joined where no neck lies between them.

    From the highest saddle downwards.
    """
    tops = (depth == ndimage.maximum_filter(depth, footprint=FULL)) & mask
    markers, _ = ndimage.label(tops, structure=FULL)
    pieces = watershed(-depth, markers, mask=mask).astype(np.int32)
    count = int(pieces.max())
    top = np.zeros(count + 1)
    np.maximum.at(top, pieces.ravel(), depth.ravel())
    owner = np.arange(count + 1)
    # pairs of pieces that touch and the highest way between them, highest first
    keys, heights = [], []
    for here, there in _NEIGHBOURS:
        a, b = pieces[here], pieces[there]
        meet = (a != b) & (a > 0) & (b > 0)
        low, high = np.minimum(a, b)[meet].astype(np.intp), np.maximum(a, b)[meet]
        keys.append(low * (count + 1) + high)
        heights.append(np.minimum(depth[here], depth[there])[meet])
    pairs, where = np.unique(np.concatenate(keys), return_inverse=True)
    saddle = np.zeros(len(pairs))
    np.maximum.at(saddle, where, np.concatenate(heights))
    order = np.argsort(-saddle, kind="stable")
    for pair, height in zip(pairs[order], saddle[order], strict=True):
        a, b = divmod(pair, count + 1)
        a, b = owner[a], owner[b]
        lower = min(top[a], top[b])
        if a != b and (height > neck * lower or height > lower - least):
            winner, loser = (a, b) if top[a] >= top[b] else (b, a)
            owner[owner == loser] = winner
    numbers = np.unique(owner[1:])
    dense = np.zeros(count + 1, dtype=np.int32)
    dense[1:] = np.searchsorted(numbers, owner[1:]) + 1
    return dense[pieces]


def brightening(
    stack: Movie, drift: Drift, half_cycles: pd.DataFrame
) -> NDArray[np.float64] | None:
    """Largest increase of brightness from the first frames to the end of a charge, (rows, columns).

    In counts on the scene of frame 0; None if no end of a charge was filmed. ``half_cycles`` has
    kind, start_s and end_s on the clock of the movie. The light is taken off by the median ratio
    around each pixel: good enough to see where something changes, not how much.

    Examples
    --------
    >>> from multiscale.imaging.stack import ImageStack
    >>> frames = np.full((40, 16, 16), 50.0); frames[20:, 5:8, 5:8] = 80.0
    >>> stack = ImageStack.from_frames(frames, pixel_size=1e-7, frame_interval=1.0)
    >>> still = Drift(np.zeros(40), np.zeros(40), "none", np.nan)
    >>> charge = pd.DataFrame({"kind": ["charge"], "start_s": [0.0], "end_s": [39.0]})
    >>> brightening(stack, still, charge)[[0, 6], [0, 6]].tolist()
    [0.0, 30.0]
    """
    time = np.asarray(stack.time)
    charges = half_cycles[half_cycles["kind"] == "charge"]
    ends = [
        np.flatnonzero((time >= row.start_s) & (time <= row.end_s)) for row in charges.itertuples()
    ]
    ends = [inside for inside in ends if len(inside) >= 2 * FRAMES]
    if not ends:
        return None
    before = _state(stack, drift, range(FRAMES))
    changes = []
    for inside in ends:
        stretch = max(FRAMES, round(SHARE * len(inside)))
        last = len(inside) - stretch + np.linspace(0, stretch - 1, FRAMES).astype(int)
        after = _state(stack, drift, inside[last])
        changes.append(after / _light(after, before) - before)
    change = np.max(changes, axis=0)
    # where every frame shows the scene; its median beyond
    left, right, top, bottom = (margin + EDGE_PX for margin in drift.margins_px)
    rows, columns = change.shape
    seen = np.zeros_like(change, dtype=bool)
    seen[top : rows - bottom, left : columns - right] = True
    return np.where(seen, change, np.median(change[seen])) if seen.any() else np.zeros_like(change)


def _state(stack: Movie, drift: Drift, frames: Sequence[int] | NDArray) -> NDArray[np.float64]:
    seen = list(registered_frames(stack, drift, frames))
    return np.median(seen, axis=0).astype(float)


def _light(after: NDArray[np.float64], before: NDArray[np.float64]) -> NDArray[np.float64]:
    """Light after over light before: the median ratio around each pixel.

    Around, not everywhere: what drifts through uneven light changes by some per cent.
    """
    ratio = np.divide(after, before, out=np.ones_like(after), where=before > 0)
    coarse = ratio[::STRIDE, ::STRIDE]
    width = max(3, round(WINDOW * min(coarse.shape)))
    light = np.maximum(median_filter(coarse, width, mode="nearest"), np.finfo(float).eps)
    rows, columns = np.indices(ratio.shape) / STRIDE
    return map_coordinates(light, [rows, columns], order=1, mode="nearest")
