"""A virtual microscope: a scene with moving brightness becomes the frames of a camera.

The scene lives on a grid finer than the pixels. A frame is that grid, multiplied by what the
reactions did to it, blurred, moved and collected into pixels in one step in Fourier space: drift
is exact at any fraction of a pixel. Scenes can be invented (``drawn_scene``), as a polished cathode
looks; besides reactions the stage drifts, the lamp wanders and dirt passes (``Disturbances``).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from functools import cached_property

import numpy as np
from numpy.typing import NDArray
from scipy import fft
from scipy.ndimage import distance_transform_edt, gaussian_filter, gaussian_filter1d
from scipy.sparse import csr_matrix, vstack

from multiscale.errors import ImagingError
from multiscale.imaging.rendering.optics import FWHM_PER_SIGMA, Camera, transfer_function

Series = NDArray[np.float64]
Image = NDArray[np.float32]
SPOT_LIGHT = 0.5  # height of the image of a fixed point, as a fraction of full scale
FINEST = 70e-9  # spacing of the fine grid [m]: a quarter of the resolution
_REACH = 5.0  # standard deviations of the point spread beyond which it is nothing
_NOTHING = 1e-7  # share of a mean below which a sample does not count
_TRIALS = 2000  # places tried before a scene counts as full
_JUMP_SHARE = 0.25  # of the largest drift, made by one jump


@dataclass(frozen=True)
class Scene:
    """What lies under the microscope, before anything reacts.

    Fine arrays cover the frame and a margin around it, ``oversampling`` samples a pixel each way.


    Raises
    ------
    ImagingError
        If the arrays do not fit together.

    Examples
    --------
    >>> labels = np.zeros((48, 48), int)
    >>> labels[18:30, 18:30] = 1
    >>> base = np.where(labels, 0.4, 0.1).astype(np.float32)
    >>> scene = Scene(labels, base, ("a",), pixel_size=130e-9, oversampling=2, margin_px=8)
    >>> scene.shape, int(scene.pixel_labels.sum())
    ((8, 8), 36)
    >>> [frame] = render(scene, [np.array([0.62])], camera=Camera(bits=16, channels=(1.0,)))
    >>> frame.shape, frame.dtype
    ((8, 8), dtype('uint16'))
    """

    # (fine rows, fine columns): 0 where there is no particle; number k belongs to ``names[k - 1]``
    labels: NDArray[np.integer]
    base: Image  # light that comes back at rest, as a fraction of full scale
    names: tuple[str, ...]
    pixel_size: float  # [m]
    oversampling: int = 2  # fine samples along a pixel
    margin_px: int = 20  # pixels around the frame that drift may bring into view
    # full width at half maximum of the point spread [m]; 265 nm: Lun et al., SI
    psf_fwhm: float = 265e-9
    # fixed points smaller than the resolution: pixel position in frame 0, and height of their image
    # as a fraction of full scale
    spots: tuple[tuple[float, float, float], ...] = field(default=())

    def __post_init__(self) -> None:
        if self.labels.shape != self.base.shape or self.labels.ndim != 2:
            raise ImagingError(
                f"labels {self.labels.shape} and base {self.base.shape} must be images of one size."
            )
        if any(n % self.oversampling for n in self.labels.shape) or min(self.shape) < 1:
            raise ImagingError(
                f"An image of {self.labels.shape} does not hold a frame at {self.oversampling} "
                f"samples a pixel inside a margin of {self.margin_px} pixels."
            )
        if self.labels.max() > len(self.names):
            raise ImagingError(f"Label {self.labels.max()} has no name; there are {self.names}.")

    @property
    def shape(self) -> tuple[int, int]:
        """Rows and columns of a frame."""
        rows, columns = (n // self.oversampling - 2 * self.margin_px for n in self.labels.shape)
        return rows, columns

    @property
    def sigma_px(self) -> float:
        """Standard deviation of the point spread [pixel]."""
        return self.psf_fwhm / FWHM_PER_SIGMA / self.pixel_size

    @property
    def largest_drift_px(self) -> float:
        """Drift for which the margin suffices [pixel]."""
        return self.margin_px - _REACH * self.sigma_px

    @cached_property
    def pixel_labels(self) -> NDArray[np.int32]:
        """True masks in frame 0, (rows, columns): the label at the centre of each pixel."""
        first = self.margin_px * self.oversampling + self.oversampling // 2
        last = -self.margin_px * self.oversampling or None
        step = self.oversampling
        return self.labels[first:last:step, first:last:step].astype(np.int32)

    @cached_property
    def _transfer(self) -> Image:
        return transfer_function(self.labels.shape, self.oversampling, self.sigma_px)

    def exposed(self, light: Image, dx_px: float = 0.0, dy_px: float = 0.0) -> Image:
        """Light of each pixel, (rows, columns), from a fine image displaced by (dx, dy)."""
        spectrum = fft.rfft2(light) * self._transfer
        centre = (self.oversampling - 1) / 2
        rows = _phases(np.fft.fftfreq(light.shape[0]), centre - dy_px * self.oversampling)
        columns = _phases(np.fft.rfftfreq(light.shape[1]), centre - dx_px * self.oversampling)
        blurred = fft.irfft2(spectrum * rows[:, None] * columns, s=light.shape)
        # images of the spots are wide enough in pixels to be sampled instead of integrated
        total = np.zeros(self.shape, np.float32)
        variance = self.sigma_px**2 + 1 / 12
        down, across = (np.arange(n, dtype=float) for n in self.shape)
        for x, y, height in self.spots:
            spot = height * _gaussian(across - x - dx_px, down - y - dy_px, variance)
            total += spot.astype(np.float32)
        first, step = self.margin_px * self.oversampling, self.oversampling
        return blurred[first : -first or None : step, first : -first or None : step] + total

    def lit(self, gain: NDArray[np.floating]) -> Image:
        """Fine image in which reactions have brightened the particles.

        ``gain`` is the fractional gain, one per particle or one per fine sample; 0 leaves the base
        as it is.
        """
        if gain.shape == (len(self.names),):
            gain = np.concatenate([[0.0], gain])[self.labels]
        elif gain.shape != self.labels.shape:
            raise ImagingError(
                f"Gains of shape {gain.shape} belong neither to {len(self.names)} particles nor "
                f"to the fine image {self.labels.shape}."
            )
        return self.base * (1 + gain.astype(np.float32))

    def mean_weights(
        self, masks: NDArray[np.integer] | None = None, factor: NDArray[np.floating] | None = None
    ) -> csr_matrix:
        """Weights of fine samples in the mean light of each mask, free of drift; (n_particles,
        n_fine).

        Times a fine image, flattened: what an exact measurement would average. ``masks``, of the
        shape of a frame, hold numbers as ``labels`` do, the true masks if not given; ``factor`` is
        on the light of each pixel.
        """
        numbers = self.pixel_labels if masks is None else masks
        first, step = self.margin_px * self.oversampling, self.oversampling
        centre = (step - 1) / 2
        rows = _phases(np.fft.fftfreq(self.labels.shape[0]), -centre)
        columns = _phases(np.fft.rfftfreq(self.labels.shape[1]), -centre)
        factors = self._transfer * rows[:, None] * columns
        weights = []
        for number in range(1, len(self.names) + 1):
            mask = numbers == number
            comb = np.zeros(self.labels.shape, np.float32)
            pixels = mask if factor is None else np.where(mask, factor, 0)
            comb[first : -first or None : step, first : -first or None : step] = pixels
            spread = fft.irfft2(fft.rfft2(comb) * factors, s=comb.shape).ravel()
            spread[np.abs(spread) < _NOTHING * np.abs(spread).max()] = 0
            weights.append(csr_matrix(spread / max(mask.sum(), 1)))
        return vstack(weights, format="csr")


def _phases(frequency: NDArray[np.floating], shift: float) -> NDArray[np.complex64]:
    """Factors that read an image ``shift`` samples further on."""
    return np.exp(2j * np.pi * frequency * shift).astype(np.complex64)


def render(
    scene: Scene,
    gains: Iterable[NDArray[np.floating]],
    *,
    camera: Camera | None = None,
    disturbances: Disturbances | None = None,
    seed: int = 0,
) -> Iterator[NDArray[np.uint8] | NDArray[np.uint16]]:
    """Frames of a camera above a scene, one after another; uint8 or uint16, (rows, columns[, 3]).

    ``gains`` are the fractional gains of brightness in each frame, see :meth:`Scene.lit`; there are
    disturbances for at least as many frames, none by default. ``seed`` is of the noise.

    Raises ImagingError if the drift exceeds the margin of the scene, or there are more gains than
    frames of disturbances.
    """
    camera = camera or Camera()
    generator = np.random.default_rng(seed)
    down, across = (np.arange(n, dtype=float) for n in scene.shape)
    if disturbances is not None:
        drift = max(np.abs(disturbances.dx_px).max(), np.abs(disturbances.dy_px).max())
        if drift > scene.largest_drift_px:
            raise ImagingError(
                f"A drift of {drift:.3g} pixels brings into view what the scene does not hold: its "
                f"margin of {scene.margin_px} pixels suffices for {scene.largest_drift_px:.3g}."
            )
    for i, gain in enumerate(gains):
        now = disturbances or Disturbances.quiet(i + 1)
        if i >= len(now.lamp):
            raise ImagingError(f"There are disturbances for {len(now.lamp)} frames, not more.")
        light = scene.exposed(scene.lit(gain), now.dx_px[i], now.dy_px[i])
        for blob in now.debris:
            shade = _gaussian(across - blob.x_px[i], down - blob.y_px[i], blob.radius_px**2)
            light = light * (1 - blob.opacity * shade).astype(np.float32)
        light = np.float32(now.lamp[i]) * light + np.float32(now.haze[i])
        yield camera.counts(light, generator)


def _gaussian(across: Series, down: Series, variance: float) -> NDArray[np.float64]:
    """A round Gaussian of height 1, from distances of columns and rows to its centre."""
    return np.outer(np.exp(-(down**2) / (2 * variance)), np.exp(-(across**2) / (2 * variance)))


@dataclass(frozen=True)
class Disturbances:
    """Disturbances of every frame; made by :meth:`quiet` or :meth:`drawn`.


    Examples
    --------
    >>> disturbed = Disturbances.drawn(100, drift_px=3.0, lamp=0.1, seed=1)
    >>> float(np.hypot(disturbed.dx_px, disturbed.dy_px).max().round(6))
    3.0
    >>> float(np.abs(disturbed.lamp - 1).max().round(6))
    0.1
    """

    dx_px: Series  # (n,): position of the scene less that in frame 0 [pixel], to the right
    dy_px: Series  # (n,): and down
    lamp: Series  # (n,): factor on the light, 1 in frame 0
    haze: Series  # (n,): light added everywhere, as a fraction of full scale; it bleaches
    debris: tuple[Debris, ...] = field(default=())

    @classmethod
    def quiet(cls, n_frames: int) -> Disturbances:
        """No disturbance in any of the frames."""
        still = np.zeros(n_frames)
        return cls(still, still, np.ones(n_frames), still)

    @classmethod
    def drawn(
        cls,
        n_frames: int,
        shape: tuple[int, int] = (320, 320),
        *,
        drift_px: float = 0.0,
        lamp: float = 0.0,
        haze: float = 0.0,
        n_debris: int = 0,
        seed: int = 0,
    ) -> Disturbances:
        """Disturbances of given size and random course.

        Parameters
        ----------
        n_frames : int
            At least 1.
        shape : (int, int)
            Rows and columns of a frame, for the ways of the debris.
        drift_px : float
            Largest distance of the scene from where it was in frame 0; slow, with two jumps.
        lamp : float
            Largest deviation of the light, as a share; slow.
        haze : float
            Light added in the first frame, as a fraction of full scale; it bleaches to a third.
        n_debris : int
            Number of blobs that pass, one after another.

        Raises
        ------
        ImagingError
            If a size is negative, or the lamp would go out.
        """
        if min(drift_px, lamp, haze, n_debris) < 0 or lamp >= 1 or n_frames < 1:
            raise ImagingError(
                "Disturbances need at least one frame, sizes of at least 0 and a lamp share below "
                f"1; got {n_frames=}, {drift_px=}, {lamp=}, {haze=}, {n_debris=}."
            )
        generator = np.random.default_rng(seed)
        # the stage: slow drift, fast shivers and two jumps
        path = np.array([_scaled(_wander(n_frames, n_frames / 20, generator)) for _ in range(2)])
        path += 0.01 * generator.standard_normal((2, n_frames))
        for start in generator.uniform(0.1, 0.9, 2):
            path[:, int(start * n_frames) :] += _JUMP_SHARE * generator.uniform(-1, 1, (2, 1))
        path = path - path[:, :1]
        dx, dy = drift_px * path / max(np.hypot(*path).max(), np.finfo(float).tiny)
        wander = _wander(n_frames, n_frames / 6, generator)
        rows, columns = shape
        passing = []
        for i in range(n_debris):  # on straight ways, in view for a share of the frames
            radius = generator.uniform(0.02, 0.04) * rows
            way = (np.arange(n_frames) / n_frames - i / n_debris) / (0.6 / n_debris)
            x = -4 * radius + way * (columns + 8 * radius)
            y = rows * (generator.uniform(0.2, 0.8) + generator.uniform(-0.2, 0.2) * way)
            passing.append(Debris(x, y, radius, generator.choice([0.5, 0.35, -0.4])))
        bleached = haze * (1 / 3 + 2 / 3 * np.exp(-3 * np.arange(n_frames) / n_frames))
        return cls(dx, dy, 1 + lamp * _scaled(wander), bleached, tuple(passing))


@dataclass(frozen=True)
class Debris:
    """A blurred blob that crosses the field of view.


    Examples
    --------
    >>> Debris(np.array([1.0, 2.0]), np.array([3.0, 3.0]), radius_px=4.0).opacity
    0.5
    """

    # (n,): centre in every frame, as pixels of a frame; far outside while it is not there
    x_px: Series
    y_px: Series
    radius_px: float  # standard deviation of its Gaussian profile [pixel]
    opacity: float = 0.5  # share of the light it takes at its centre; negative if it is bright


def _wander(n: int, smooth: float, generator: np.random.Generator) -> Series:
    """A smooth random course that starts at 0."""
    course = gaussian_filter1d(np.cumsum(generator.standard_normal(n)), smooth, mode="nearest")
    return course - course[0]


def _scaled(course: Series) -> Series:
    return course / max(np.abs(course).max(), np.finfo(float).tiny)


def drawn_scene(
    population: Population,
    shape: tuple[int, int] = (320, 320),
    *,
    pixel_size: float = 130e-9,
    margin_px: int = 20,
    with_spot: bool = False,
    seed: int = 0,
) -> Scene:
    """A scene with particles at random places, the largest placed first.

    Named ``"p01"``, ``"p02"``, ... from the largest to the smallest; whole within the frame.

    Parameters
    ----------
    shape : (int, int)
        Rows and columns of a frame.
    pixel_size : float
        [m]
    margin_px : int
        Pixels around the frame that drift may bring into view; hold matrix only.
    with_spot : bool
        Put a fixed bright point where it is farthest from particles and rims.

    Raises
    ------
    ImagingError
        If they do not find room.

    Examples
    --------
    >>> scene = drawn_scene(Population(n_particles=3), (96, 96), seed=2)
    >>> scene.names, len(np.unique(scene.pixel_labels))
    (('p01', 'p02', 'p03'), 4)
    """
    generator = np.random.default_rng(seed)
    oversampling = int(np.ceil(pixel_size / FINEST))
    fine = tuple((n + 2 * margin_px) * oversampling for n in shape)
    low, high = np.asarray(population.diameter_px) / 2
    radii = np.sort(generator.uniform(low, high, population.n_particles))[::-1]
    outlines = [Outline.drawn(radius, population.roughness, generator) for radius in radii]
    placing = _Placing((fine[0], fine[1]), oversampling, margin_px)
    for outline in outlines:
        placing.place(outline, generator.random() < population.touching, generator)
    base = light_at_rest(placing.labels, population, oversampling, generator)
    digits = max(2, len(str(population.n_particles)))
    names = tuple(f"p{i:0{digits}d}" for i in range(1, population.n_particles + 1))
    scene = Scene(placing.labels, base, names, pixel_size, oversampling, margin_px)
    return replace(scene, spots=((*loneliest(scene.pixel_labels), SPOT_LIGHT),) * with_spot)


@dataclass(frozen=True)
class Population:
    """Sizes and looks of the particles of a scene.


    Examples
    --------
    >>> Population(n_particles=5, diameter_px=(4.0, 7.0)).matrix
    0.1
    """

    n_particles: int = 39
    # smallest and largest diameter of equal area [pixel]
    diameter_px: tuple[float, float] = (15.0, 30.0)
    touching: float = 0.3  # share of the particles that are put right beside an earlier one
    roughness: float = 0.12  # how far outlines depart from circles, as a share of the radius
    # darkest and brightest particle at rest, as fractions of full scale
    light: tuple[float, float] = (0.28, 0.42)
    matrix: float = 0.10  # light of the matrix between them


def light_at_rest(
    labels: NDArray[np.integer],
    population: Population,
    oversampling: int,
    generator: np.random.Generator,
) -> Image:
    """Light before anything reacts: a mottled matrix, and particles with grains of their own.

    Fractions of full scale, float32, of the shape of ``labels``, (fine rows, fine columns), which
    hold as many particles as the population has; 0 is matrix. ``oversampling``: fine samples along
    a pixel.

    Examples
    --------
    >>> labels = np.repeat([[0, 1]], 8, axis=0).repeat(8, axis=1)
    >>> light = light_at_rest(labels, Population(1), 1, np.random.default_rng(0))
    >>> bool(light[labels == 1].min() > light[labels == 0].max())
    True
    """

    def texture(size_px: float) -> NDArray[np.float64]:
        field = gaussian_filter(generator.standard_normal(labels.shape), size_px * oversampling)
        return field / field.std()

    matrix = population.matrix * np.exp(0.25 * texture(1.0) + 0.25 * texture(4.0))
    own = generator.uniform(*population.light, population.n_particles)
    grains = 1 + 0.05 * texture(1.2) + 0.04 * texture(3.0)
    particles = np.concatenate([[0.0], own])[labels] * grains
    return np.where(labels, particles, matrix).astype(np.float32)


def loneliest(labels: NDArray[np.integer]) -> tuple[float, float]:
    """Pixel (x, y) that is farthest from all particles and from the rims of the frame.

    Examples
    --------
    >>> labels = np.zeros((9, 9), int)
    >>> labels[:, :3] = 1
    >>> loneliest(labels)
    (5.0, 4.0)
    """
    distance = distance_transform_edt(np.pad(labels == 0, 1))[1:-1, 1:-1]
    best = np.argwhere(distance == distance.max())
    row, column = best[np.abs(best - best.mean(axis=0)).sum(axis=1).argmin()]
    return float(column), float(row)


@dataclass(frozen=True)
class Outline:
    """A closed curve around the origin: the radius at every angle.


    Examples
    --------
    >>> circle = Outline(np.zeros(3), np.zeros(3), radius=2.0)
    >>> circle.radius_at(np.array([0.0, 1.0]))
    array([2., 2.])
    """

    # (n,): of the waves 2, 3, ... around the curve, as shares of the radius
    amplitudes: NDArray[np.float64]
    phases: NDArray[np.float64]
    radius: float  # of the mean circle [pixel]

    @classmethod
    def drawn(cls, radius: float, roughness: float, generator: np.random.Generator) -> Outline:
        """A random outline, smoother in its short waves."""
        waves = np.arange(2, 8)
        amplitudes = roughness * generator.standard_normal(len(waves)) / (waves - 1)
        return cls(amplitudes, generator.uniform(0, 2 * np.pi, len(waves)), radius)

    def radius_at(self, angle: NDArray[np.float64]) -> NDArray[np.float64]:
        """Distance of the curve from the origin at an angle [rad]; same shape [pixel]."""
        waves = np.arange(2, 2 + len(self.amplitudes))
        bumps = np.cos(waves * angle[..., None] + self.phases) @ self.amplitudes
        return self.radius * np.maximum(1 + bumps, 0.4)


class _Placing:
    """Particles put on a fine grid one after another, none on another."""

    def __init__(self, shape: tuple[int, int], oversampling: int, margin_px: int):
        self.labels = np.zeros(shape, np.int32)
        self.centres: list[tuple[float, float, float]] = []
        self.fine = oversampling
        self.margin = margin_px * oversampling

    def place(self, outline: Outline, beside: bool, generator: np.random.Generator) -> None:
        """Put a particle anywhere, or right beside an earlier one."""
        for _ in range(_TRIALS):
            if beside and self.centres:
                row, column, radius = self.centres[generator.integers(len(self.centres))]
                distance = self.fine * (radius + outline.radius) * generator.uniform(0.9, 1.1)
                angle = generator.uniform(0, 2 * np.pi)
                centre = np.array(
                    [row + distance * np.sin(angle), column + distance * np.cos(angle)]
                )
            else:
                centre = generator.uniform(0, self.labels.shape)
            inside = self._inside(outline, centre)
            if inside is not None and self._free(inside, beside):
                self.labels[inside] = len(self.centres) + 1
                self.centres.append((centre[0], centre[1], outline.radius))
                return
        raise ImagingError(
            f"Particle {len(self.centres) + 1} finds no room; ask for fewer or smaller particles."
        )

    def _inside(
        self, outline: Outline, centre: NDArray[np.float64]
    ) -> tuple[NDArray[np.int_], NDArray[np.int_]] | None:
        """Samples within the outline; None if it leaves the frame."""
        reach = int(np.ceil(1.6 * outline.radius * self.fine))
        offset = np.arange(-reach, reach + 1)
        rows, columns = (int(c) + offset for c in centre)
        away = np.subtract.outer(rows, 0.0) - centre[0], columns - centre[1]
        distance = np.hypot(away[0][:, None], away[1][None]) / self.fine
        angle = np.arctan2(away[0][:, None], away[1][None])
        i, j = np.nonzero(distance < outline.radius_at(angle))
        samples = rows[i], columns[j]
        room = self.margin + 2 * self.fine
        for index, n in zip(samples, self.labels.shape, strict=True):
            if index.min() < room or index.max() >= n - room:
                return None
        return samples

    def _free(self, inside: tuple[NDArray[np.int_], NDArray[np.int_]], beside: bool) -> bool:
        """Nothing there yet; those not meant to touch keep three pixels away."""
        if self.labels[inside].any():
            return False
        steps = range(-2 * self.fine, 2 * self.fine + 1, self.fine)
        near = any(self.labels[inside[0] + i, inside[1] + j].any() for i in steps for j in steps)
        return near or not self.centres if beside else not near
