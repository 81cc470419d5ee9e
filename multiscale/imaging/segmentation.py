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

FRAMES = 9  # whose median is a state: what passes by is in few of them
EDGE_PX = 1  # beyond the margin of the drift: what interpolation takes from outside
STRIDE = 4  # pixels: the light is smooth
WINDOW = 0.3  # of the shorter side, over which it is taken; wider than particles
SHARE = 0.04  # of the half-cycle from which they are taken


def brightening(
    stack: Movie, drift: Drift, half_cycles: pd.DataFrame
) -> NDArray[np.float64] | None:
    """Largest increase of brightness from the first frames to the end of a charge.

    The light is taken off by the median ratio around each pixel: good enough to see where
    something changes, not how much.

    Parameters
    ----------
    half_cycles : pandas.DataFrame
        kind, start_s and end_s on the clock of the movie.

    Returns
    -------
    array (rows, columns) or None
        In counts on the scene of frame 0; None if no end of a charge was filmed.

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
    ends = [inside[_spread(len(inside))] for inside in ends if len(inside) >= 2 * FRAMES]
    if not ends:
        return None
    before = _state(stack, drift, range(FRAMES))
    after = [_state(stack, drift, inside) for inside in ends]
    found = np.max([state / _light(state, before) - before for state in after], axis=0)
    return _within_view(found, drift)


def _spread(n: int) -> NDArray[np.int_]:
    """Numbers of the frames at the end of ``n``, from the last stretch."""
    stretch = max(FRAMES, round(SHARE * n))
    return n - stretch + np.linspace(0, stretch - 1, FRAMES).astype(int)


def _state(stack: Movie, drift: Drift, frames: Sequence[int] | NDArray) -> NDArray[np.float64]:
    seen = list(registered_frames(stack, drift, frames))
    return np.median(seen, axis=0).astype(float)


def _within_view(change: NDArray[np.float64], drift: Drift) -> NDArray[np.float64]:
    """The change where every frame shows the scene, and its median beyond."""
    left, right, top, bottom = (margin + EDGE_PX for margin in drift.margins_px)
    rows, columns = change.shape
    seen = np.zeros_like(change, dtype=bool)
    seen[top : rows - bottom, left : columns - right] = True
    return np.where(seen, change, np.median(change[seen])) if seen.any() else np.zeros_like(change)


def _light(after: NDArray[np.float64], before: NDArray[np.float64]) -> NDArray[np.float64]:
    """Light after over light before: the median ratio around each pixel.

    Around, not everywhere: what drifts through uneven light changes by some per cent.
    """
    ratio = np.divide(after, before, out=np.ones_like(after), where=before > 0)
    coarse = ratio[::STRIDE, ::STRIDE]
    width = max(3, round(WINDOW * min(coarse.shape)))
    found = np.maximum(median_filter(coarse, width, mode="nearest"), np.finfo(float).eps)
    rows, columns = np.indices(ratio.shape) / STRIDE
    return map_coordinates(found, [rows, columns], order=1, mode="nearest")


Labels = NDArray[np.int32]

FULL = np.ones((3, 3), dtype=bool)
LEAST_HEIGHT = 0.25  # maxima of the distance less than this above their saddle are one [pixel]


def split_touching(mask: NDArray[np.bool_], neck: float = 0.85) -> Labels:
    """Number the particles of a mask; one with a neck becomes two.

    The watershed of the distance to the outline gives one piece to each maximum; two pieces stay
    apart if the saddle between them is lower than ``neck`` times the lower maximum, which does
    not depend on the size of the particles.

    Parameters
    ----------
    mask : bool array, shape (rows, columns)
    neck : float
        Half width of the neck over the radius of the smaller particle below which it is cut;
        0 cuts nothing.

    Returns
    -------
    int array, shape (rows, columns)
        0 is background.

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
    tops = (depth == ndimage.maximum_filter(depth, footprint=FULL)) & mask
    markers, _ = ndimage.label(tops, structure=FULL)
    pieces = watershed(-depth, markers, mask=mask).astype(np.int32)
    return _joined(pieces, depth, neck, LEAST_HEIGHT)


def split_at_dips(
    labels: Labels, height: NDArray[np.float64], dip: float, largest_px: int
) -> Labels:
    """Cut bodies hardly wider than the blur, whose outline shows no neck, where they are dimmer.

    Parameters
    ----------
    labels : int array, shape (rows, columns)
    height : array, shape (rows, columns)
        Smooth brightness over the matrix [counts].
    dip : float
        Brightness between two parts over that of the dimmer one below which they are two.
    largest_px : int
        Larger bodies stay whole: inside of them brightness is texture.
    """
    small = (labels > 0) & (np.bincount(labels.ravel())[labels] <= largest_px)
    if not small.any():
        return labels
    landscape = np.where(small, np.maximum(height, 0.0), 0.0)
    tops = (landscape == ndimage.maximum_filter(landscape, footprint=FULL)) & small
    markers, _ = ndimage.label(tops, structure=FULL)
    pieces = watershed(-landscape, markers, mask=small).astype(np.int32)
    parts = _joined(pieces, landscape, dip)
    return np.where(small, parts + labels.max(), labels).astype(np.int32)


def _joined(pieces: Labels, depth: NDArray[np.float64], neck: float, least: float = 0.0) -> Labels:
    """Pieces joined where no neck lies between them, from the highest saddle downwards."""
    count = int(pieces.max())
    top = np.zeros(count + 1)
    np.maximum.at(top, pieces.ravel(), depth.ravel())
    owner = np.arange(count + 1)
    first, second, saddle = _saddles(pieces, depth)
    for a, b, height in zip(first, second, saddle, strict=True):
        a, b = owner[a], owner[b]
        lower = min(top[a], top[b])
        if a != b and (height > neck * lower or height > lower - least):
            winner, loser = (a, b) if top[a] >= top[b] else (b, a)
            owner[owner == loser] = winner
    numbers = np.unique(owner[1:])
    dense = np.zeros(count + 1, dtype=np.int32)
    dense[1:] = np.searchsorted(numbers, owner[1:]) + 1
    return dense[pieces]


def _saddles(
    pieces: Labels, depth: NDArray[np.float64]
) -> tuple[NDArray[np.intp], NDArray[np.intp], NDArray[np.float64]]:
    """Pairs of pieces that touch and the highest way between them, highest first."""
    keys, heights = [], []
    count = int(pieces.max()) + 1
    for here, there in _NEIGHBOURS:
        a, b = pieces[here], pieces[there]
        meet = (a != b) & (a > 0) & (b > 0)
        low, high = np.minimum(a, b)[meet].astype(np.intp), np.maximum(a, b)[meet]
        keys.append(low * count + high)
        heights.append(np.minimum(depth[here], depth[there])[meet])
    pairs, where = np.unique(np.concatenate(keys), return_inverse=True)
    saddle = np.zeros(len(pairs))
    np.maximum.at(saddle, where, np.concatenate(heights))
    order = np.argsort(-saddle, kind="stable")
    return pairs[order] // count, pairs[order] % count, saddle[order]


_ALL, _LOW, _HIGH = slice(None), slice(None, -1), slice(1, None)
_NEIGHBOURS = (
    ((_ALL, _LOW), (_ALL, _HIGH)),
    ((_LOW, _ALL), (_HIGH, _ALL)),
    ((_LOW, _LOW), (_HIGH, _HIGH)),
    ((_LOW, _HIGH), (_HIGH, _LOW)),
)


Image = NDArray[np.float64]
Mask = NDArray[np.bool_]

MAD_FACTOR = 1.4826  # standard deviation of a normal distribution over its MAD
SMOOTHING = (0.5, 0.7, 1.0, 1.4)  # Gaussians tried, weakest first [pixel]
CLEAR = 10.0  # contrast over noise at which more smoothing only blurs
CLASSES = 3.5  # Otsu's classes of one normal distribution lie 2.65 of their spread apart
ROUNDS = 6
UNEVEN = 0.3  # range of the level of the matrix over its mean from which light is evened out
DARKEST = 0.2  # light over its mean below which nothing is made brighter
CLIP = 3.0  # spreads above the matrix at which a pixel no longer belongs to it


@dataclass(frozen=True)
class Relief:
    """An image turned so that particles stand up from zero.

    Attributes
    ----------
    height : array, shape (rows, columns)
        Smoothed image minus its matrix [counts].
    spread : float
        Standard deviation of ``height`` over the matrix [counts].
    contrast : float
        Typical height of what stands out; 0 if nothing does [counts].
    smoothing : float
        Width of the Gaussian used [pixel].
    slope : array, shape (rows, columns)
        Steepness of the smoothed image [counts/pixel].
    matrix_slope : float
        Root mean square of ``slope`` over the matrix [counts/pixel].
    """

    height: Image
    spread: float
    contrast: float
    smoothing: float
    slope: Image
    matrix_slope: float


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


def relief(image: Image, widest_px: float, background_px: float) -> Relief:
    """Height of each pixel over the matrix, smoothed no more than the noise asks for.

    Parameters
    ----------
    image : array, shape (rows, columns)
        Bright particles [counts].
    widest_px : float
        Widest Gaussian that leaves the smallest particle standing [pixel].
    background_px : float
        Width of the Gaussian that the level of the matrix follows; wider than any particle.
    """
    even = _evenly_lit(image, background_px)
    noise = noise_level(even)
    for width in (w for w in SMOOTHING if w <= max(widest_px, SMOOTHING[0])):
        found = _relief(ndimage.gaussian_filter(even, width), width, background_px)
        left = noise / (2 * np.sqrt(np.pi) * width)  # of white noise, after the Gaussian
        if found.contrast > CLEAR * left:
            break
    return found


def _evenly_lit(image: Image, background_px: float) -> Image:
    """The image as even light would show it, as far as the matrix tells.

    Light multiplies: in a dark corner particles stand up less, and so does the texture. A matrix
    that is black, or an image of changes, tells nothing of the light.
    """
    smooth = ndimage.gaussian_filter(image, SMOOTHING[0])
    matrix, level, spread = _matrix_of(smooth, background_px)
    mean = float(level.mean())
    if not mean > CLIP * spread or np.ptp(level[matrix]) < UNEVEN * mean:
        return image
    return image * (mean / np.maximum(level, DARKEST * mean))


def _matrix_of(smooth: Image, background_px: float) -> tuple[Mask, Image, float]:
    """Pixels of the matrix, its level everywhere and its spread."""
    matrix, limit = _first_matrix(smooth)
    for _ in range(ROUNDS):
        level = _level(smooth, matrix, background_px)
        height = smooth - level
        middle = np.median(height[matrix])
        spread = MAD_FACTOR * np.median(np.abs(height[matrix] - middle))
        matrix = height <= middle + min(CLIP * spread, limit)
    return matrix, level + middle, float(spread)


def _relief(smooth: Image, width: float, background_px: float) -> Relief:
    matrix, level, spread = _matrix_of(smooth, background_px)
    height, standing = smooth - level, ~matrix
    contrast = float(np.median(height[standing])) if standing.any() else 0.0
    slope = np.hypot(*np.gradient(smooth))
    matrix_slope = float(np.sqrt(np.mean(slope[matrix] ** 2)))
    least = np.finfo(float).tiny
    return Relief(height, max(spread, least), contrast, width, slope, matrix_slope)


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


def _level(smooth: Image, matrix: Mask, width: float) -> Image:
    """Mean of the matrix around each pixel, over a Gaussian of this width."""
    weight = ndimage.gaussian_filter(matrix.astype(float), width, truncate=2.5)
    total = ndimage.gaussian_filter(np.where(matrix, smooth, 0.0), width, truncate=2.5)
    everywhere = smooth[matrix].mean()
    scarce = 1e-3  # where hardly any matrix is near, its mean over the image
    return (total + scarce * everywhere) / (weight + scarce)


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


def bodies(found: Relief, neck: float, least_errors: float) -> Labels:
    """Number what stands out by ``least_errors``, whole particles each.

    Returns
    -------
    int array, shape (rows, columns)
        Numbers without gaps; 0 is the matrix.
    """
    mask = _standing(found, least_errors)
    core = np.zeros(found.height.shape, dtype=np.int32)
    for _ in range(PASSES):
        core = _upper_half(split_touching(_without_small_holes(mask), neck), found)
        mask = core > 0
    smooth = ndimage.gaussian_filter(found.height, max(BLUR_PX - found.smoothing, 0.0))
    return _one_piece_each(split_at_dips(core, smooth, DIP, SMALL_PX))


def is_sharp(labels: Labels, found: Relief) -> Mask:
    """Whether each body has the steep edge of a particle, or fades like texture of the matrix.

    A body much larger than the grains of that texture need not be as steep as a small one.

    Returns
    -------
    bool array, shape (n,)
    """
    numbers = np.arange(1, labels.max() + 1)
    if not len(numbers):
        return np.zeros(0, dtype=bool)
    rim = np.where(ndimage.minimum_filter(labels, 3) != labels, labels, 0)
    edge = ndimage.mean(found.slope, rim, numbers)
    area = np.bincount(labels.ravel())[1:]
    grain = (found.spread / found.matrix_slope) ** 2 if found.matrix_slope else 0.0
    ease = np.sqrt(np.minimum(1.0, GRAINS * grain / area))
    plain = edge >= EDGE_ERRORS * found.matrix_slope * ease
    if not plain.any():
        return plain
    typical_edge, typical_area = (np.median(values[plain]) for values in (edge, area))
    share = np.where(area < SPECK_AREA * typical_area, SPECK_SHARE, EDGE_SHARE * ease)
    return plain & (edge >= share * typical_edge)


def _standing(found: Relief, least_errors: float) -> Mask:
    """Pixels well above the matrix that hang together with some that certainly are."""
    share = LEAST_SHARE * found.contrast
    certainly = max(least_errors * found.spread, share)
    low = found.height > max(LOW_ERRORS * found.spread, min(certainly, LOW_SHARE * found.contrast))
    pieces, count = ndimage.label(low)
    certain = np.zeros(count + 1, dtype=bool)
    certain[pieces[found.height > certainly]] = True
    certain[pieces[_wide_and_standing(found, low, least_errors)]] = True
    certain[0] = False
    return certain[pieces]


def _wide_and_standing(found: Relief, low: Mask, least_errors: float) -> Mask:
    """Pixels above the matrix over an area of many grains of its texture, if not each by itself."""
    wide = ndimage.gaussian_filter(found.height, WIDE_PX)
    matrix = wide[~ndimage.binary_dilation(low, iterations=int(2 * WIDE_PX))]
    if matrix.size < LEAST_MATRIX * low.size:
        return np.zeros_like(low)
    middle = np.median(matrix)
    spread = MAD_FACTOR * np.median(np.abs(matrix - middle))
    return wide > max(middle + least_errors * spread, LOW_SHARE * found.contrast)


def _without_small_holes(mask: Mask, largest_px: int = HOLE_PX) -> Mask:
    """Mask with its small holes filled; a wide one is matrix between particles in a ring."""
    holes, count = ndimage.label(~mask)
    small = np.bincount(holes.ravel(), minlength=count + 1) <= largest_px
    small[0] = False
    return mask | small[holes]


def _upper_half(labels: Labels, found: Relief) -> Labels:
    """Each particle down to half of its own height: tight around the bright, whole for the dim."""
    numbers = np.arange(1, labels.max() + 1)
    if not len(numbers):
        return labels
    core = labels
    for _ in range(2):
        height = np.concatenate([[0.0], ndimage.median(found.height, _inner(core), numbers)])
        core = np.where(found.height > 0.5 * height[labels], labels, 0).astype(np.int32)
    return core


def _inner(labels: Labels) -> Labels:
    """Pixels of each particle that lie deepest in it, away from its blurred edge."""
    edges = (ndimage.maximum_filter(labels, 3) != labels) | (
        ndimage.minimum_filter(labels, 3) != labels
    )
    depth = ndimage.distance_transform_edt((labels > 0) & ~edges) + 1.0
    deepest = np.concatenate(
        [[0.0], ndimage.maximum(depth, labels, np.arange(1, labels.max() + 1))]
    )
    return np.where(depth >= 0.6 * deepest[labels], labels, 0)


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


Polarity = Literal["bright", "dark", "either"]

POLARITIES = ("bright", "dark", "either")
SMALLEST_PX = 4.0
UNRESOLVED = 1.25 * 265e-9  # diameter up to which a body looks like a point [m]
HALO = 225e-9  # twice the width of the point spread: a rim of a known particle is none itself [m]
SIZE_SHARE = 0.65  # of the area of the smallest: how much a noisy outline may lose
LEAST_ERRORS = 5.5
BACKGROUND_SHARE = 8.0  # part of the shorter side over which the matrix is evened out
BACKGROUND_PX = 20.0
LEAST_CHANGE = 0.05  # of the brightness of a particle that only its change shows
SMOOTHING_SHARE = 4.0  # part of the smallest diameter that may be smoothed over


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
    """Particles that stand out of a static matrix, one region each.

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
        See :func:`multiscale.imaging.segmentation.split_touching`.
    least_errors : float
        Standard deviations of the matrix by which a particle stands out.

    Returns
    -------
    Regions
        Of kind "automatic"; none if nothing stands out.

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
    found = [tried[0] if len(tried) == 1 else max(tried, key=_roundness)]
    if change is not None:
        changed = _checked(change, "change")
        if changed.shape != scene.shape:
            raise ImagingError(f"image has {scene.shape} pixels, change {changed.shape}.")
        found.append([_lasting(each, changed, scene) for each in _segmented(changed, *how)])
    labels, faint = np.zeros((2, *scene.shape), dtype=np.int32)
    for sharp, _ in found:
        labels = _added(labels, sharp, HALO / pixel_size)
    for _, fading in found:
        faint = _added(faint, np.where(labels > 0, 0, fading))
    least_area = np.pi / 4 * max(SIZE_SHARE * smallest_px**2, unresolved_px**2)
    return _judged(labels, faint, least_area)


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
    found = relief(image, smallest_px / SMOOTHING_SHARE, background)
    labels = bodies(found, neck, least_errors)
    sharp = np.concatenate([[False], is_sharp(labels, found)])[labels]
    return [np.where(chosen, labels, 0).astype(np.int32) for chosen in (sharp, ~sharp)]


def _lasting(labels: Labels, change: Image, scene: Image) -> Labels:
    """Without what changes by so little of its brightness that codec, light or drift may do it."""
    numbers = np.arange(1, labels.max() + 1)
    if not len(numbers):
        return labels
    sizes = [ndimage.median(values, labels, numbers) for values in (change, scene)]
    strong = np.concatenate([[False], sizes[0] > LEAST_CHANGE * np.maximum(sizes[1], 0.0)])
    return np.where(strong[labels], labels, 0).astype(np.int32)


def _roundness(found: list[Labels]) -> float:
    """Area of what was found over that of its convex hulls: matrix between particles is hollow."""
    shapes = regionprops(found[0])
    return sum(shape.area for shape in shapes) / max(sum(shape.area_convex for shape in shapes), 1)


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


def _judged(labels: Labels, faint: Labels, least_area: float) -> Regions:
    """Regions of the particles; what is too small or too faint is excluded, named x001 and on."""
    found = Regions.from_labels(_added(labels, faint), prefix="x")
    small = found.sizes_px < least_area
    fades = np.isin(np.arange(1, len(found) + 1), found.labels[faint > 0])
    names = np.array(found.names)
    found = found.without(names[small], f"smaller than {least_area:.0f} pixels")
    found = found.without(names[fades & ~small], "its edge is no steeper than the matrix's texture")
    return replace(Regions.from_labels(found.labels), excluded=found.excluded)
