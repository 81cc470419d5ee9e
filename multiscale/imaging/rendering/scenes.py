"""Invented scenes: outlines of particles on a dark matrix, as a polished cathode looks."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import distance_transform_edt, gaussian_filter

from multiscale.errors import ImagingError
from multiscale.imaging.rendering.renderer import Image, Scene

_TRIALS = 2000  # places tried before a scene counts as full
SPOT_LIGHT = 0.5  # height of the image of a fixed point, as a fraction of full scale
FINEST = 70e-9  # spacing of the fine grid [m]: a quarter of the resolution


@dataclass(frozen=True)
class Population:
    """Sizes and looks of the particles of a scene.

    Attributes
    ----------
    n_particles : int
    diameter_px : (float, float)
        Smallest and largest diameter of equal area [pixel].
    touching : float
        Share of the particles that are put right beside an earlier one.
    roughness : float
        How far outlines depart from circles, as a share of the radius.
    light : (float, float)
        Darkest and brightest particle at rest, as fractions of full scale.
    matrix : float
        Light of the matrix between them.

    Examples
    --------
    >>> Population(n_particles=5, diameter_px=(4.0, 7.0)).matrix
    0.1
    """

    n_particles: int = 39
    diameter_px: tuple[float, float] = (15.0, 30.0)
    touching: float = 0.3
    roughness: float = 0.12
    light: tuple[float, float] = (0.28, 0.42)
    matrix: float = 0.10


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

    Parameters
    ----------
    population : Population
    shape : (int, int)
        Rows and columns of a frame.
    pixel_size : float
        [m]
    margin_px : int
        Pixels around the frame that drift may bring into view; hold matrix only.
    with_spot : bool
        Put a fixed bright point where it is farthest from particles and rims.
    seed : int

    Returns
    -------
    Scene
        Particles ``"p01"``, ``"p02"``, ..., from the largest to the smallest; whole within the
        frame.

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

    Attributes
    ----------
    amplitudes, phases : ndarray, shape (n,)
        Of the waves 2, 3, ... around the curve, as shares of the radius.
    radius : float
        Of the mean circle [pixel].

    Examples
    --------
    >>> circle = Outline(np.zeros(3), np.zeros(3), radius=2.0)
    >>> circle.radius_at(np.array([0.0, 1.0]))
    array([2., 2.])
    """

    amplitudes: NDArray[np.float64]
    phases: NDArray[np.float64]
    radius: float

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
            centre = self._beside(outline, generator) if beside and self.centres else None
            if centre is None:
                centre = generator.uniform(0, self.labels.shape)
            inside = self._inside(outline, centre)
            if inside is not None and self._free(inside, beside):
                self.labels[inside] = len(self.centres) + 1
                self.centres.append((centre[0], centre[1], outline.radius))
                return
        raise ImagingError(
            f"Particle {len(self.centres) + 1} finds no room; ask for fewer or smaller particles."
        )

    def _beside(self, outline: Outline, generator: np.random.Generator) -> NDArray[np.float64]:
        row, column, radius = self.centres[generator.integers(len(self.centres))]
        distance = self.fine * (radius + outline.radius) * generator.uniform(0.9, 1.1)
        angle = generator.uniform(0, 2 * np.pi)
        return np.array([row + distance * np.sin(angle), column + distance * np.cos(angle)])

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
        found = rows[i], columns[j]
        room = self.margin + 2 * self.fine
        for index, n in zip(found, self.labels.shape, strict=True):
            if index.min() < room or index.max() >= n - room:
                return None
        return found

    def _free(self, inside: tuple[NDArray[np.int_], NDArray[np.int_]], beside: bool) -> bool:
        """Nothing there yet; those not meant to touch keep three pixels away."""
        if self.labels[inside].any():
            return False
        steps = range(-2 * self.fine, 2 * self.fine + 1, self.fine)
        near = any(self.labels[inside[0] + i, inside[1] + j].any() for i in steps for j in steps)
        return near or not self.centres if beside else not near


def light_at_rest(
    labels: NDArray[np.integer],
    population: Population,
    oversampling: int,
    generator: np.random.Generator,
) -> Image:
    """Light before anything reacts: a mottled matrix, and particles with grains of their own.

    Parameters
    ----------
    labels : ndarray of int, shape (fine rows, fine columns)
        As many particles as the population has; 0 is matrix.
    population : Population
    oversampling : int
        Fine samples along a pixel.
    generator : numpy.random.Generator

    Returns
    -------
    ndarray of float32, same shape
        Fractions of full scale.

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
