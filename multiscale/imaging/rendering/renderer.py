"""A virtual microscope: a scene with moving brightness becomes the frames of a camera.

The scene lives on a grid finer than the pixels. A frame is that grid, multiplied by what the
reactions did to it, blurred, moved and collected into pixels in one step in Fourier space: drift
is exact at any fraction of a pixel.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
from numpy.typing import NDArray
from scipy import fft
from scipy.sparse import csr_matrix, vstack

from multiscale.errors import ImagingError
from multiscale.imaging.rendering.disturbances import Debris, Disturbances
from multiscale.imaging.rendering.optics import FWHM_PER_SIGMA, Camera, transfer_function

Image = NDArray[np.float32]
_REACH = 5.0  # standard deviations of the point spread beyond which it is nothing
_NOTHING = 1e-7  # share of a mean below which a sample does not count


@dataclass(frozen=True)
class Scene:
    """What lies under the microscope, before anything reacts.

    Fine arrays cover the frame and a margin around it, ``oversampling`` samples a pixel each way.

    Attributes
    ----------
    labels : ndarray of int, shape (fine rows, fine columns)
        0 where there is no particle; number k belongs to ``names[k - 1]``.
    base : ndarray of float32, same shape
        Light that comes back at rest, as a fraction of full scale.
    names : tuple of str
    pixel_size : float
        [m]
    oversampling : int
        Fine samples along a pixel.
    margin_px : int
        Pixels around the frame that drift may bring into view.
    psf_fwhm : float
        Full width at half maximum of the point spread [m]; 265 nm: Lun et al., SI.
    spots : tuple of (x, y, light)
        Fixed points smaller than the resolution: pixel position in frame 0, and height of their
        image as a fraction of full scale.

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

    labels: NDArray[np.integer]
    base: Image
    names: tuple[str, ...]
    pixel_size: float
    oversampling: int = 2
    margin_px: int = 20
    psf_fwhm: float = 265e-9
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
        return self._sampled(blurred) + self._spots(dx_px, dy_px)

    def _sampled(self, blurred: Image) -> Image:
        first, step = self.margin_px * self.oversampling, self.oversampling
        last = -first or None
        return blurred[first:last:step, first:last:step]

    def _spots(self, dx_px: float, dy_px: float) -> Image:
        """Images of the spots: wide enough in pixels to be sampled instead of integrated."""
        total = np.zeros(self.shape, np.float32)
        variance = self.sigma_px**2 + 1 / 12
        rows, columns = (np.arange(n, dtype=float) for n in self.shape)
        for x, y, light in self.spots:
            across = np.exp(-((columns - x - dx_px) ** 2) / (2 * variance))
            down = np.exp(-((rows - y - dy_px) ** 2) / (2 * variance))
            total += (light * np.outer(down, across)).astype(np.float32)
        return total

    def lit(self, gain: NDArray[np.floating]) -> Image:
        """Fine image in which reactions have brightened the particles.

        Parameters
        ----------
        gain : ndarray
            Fractional gain, one per particle or one per fine sample; 0 leaves the base as it is.
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
        """Weights of fine samples in the mean light of each mask, free of drift.

        Parameters
        ----------
        masks : ndarray of int, shape of a frame, optional
            Numbers as in ``labels``; the true masks if not given.
        factor : ndarray, shape of a frame, optional
            On the light of each pixel.

        Returns
        -------
        scipy.sparse.csr_matrix, shape (n_particles, n_fine)
            Times a fine image, flattened: what an exact measurement would average.
        """
        chosen = self.pixel_labels if masks is None else masks
        first, step = self.margin_px * self.oversampling, self.oversampling
        centre = (step - 1) / 2
        rows = _phases(np.fft.fftfreq(self.labels.shape[0]), -centre)
        columns = _phases(np.fft.rfftfreq(self.labels.shape[1]), -centre)
        factors = self._transfer * rows[:, None] * columns
        weights = []
        for number in range(1, len(self.names) + 1):
            mask = chosen == number
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
    """Frames of a camera above a scene, one after another.

    Parameters
    ----------
    scene : Scene
    gains : iterable of ndarray
        Fractional gain of brightness in each frame, see :meth:`Scene.lit`.
    camera : Camera, optional
    disturbances : Disturbances, optional
        Of at least as many frames as there are gains; none by default.
    seed : int
        Of the noise.

    Yields
    ------
    ndarray of uint8 or uint16, shape (rows, columns[, 3])

    Raises
    ------
    ImagingError
        If the drift exceeds the margin of the scene, or there are more gains than frames of
        disturbances.
    """
    camera = camera or Camera()
    generator = np.random.default_rng(seed)
    if disturbances is not None:
        _check_drift(scene, disturbances)
    for i, gain in enumerate(gains):
        now = disturbances or Disturbances.quiet(i + 1)
        if i >= len(now.lamp):
            raise ImagingError(f"There are disturbances for {len(now.lamp)} frames, not more.")
        light = scene.exposed(scene.lit(gain), now.dx_px[i], now.dy_px[i])
        for blob in now.debris:
            light = light * _passed(blob, i, scene.shape)
        light = np.float32(now.lamp[i]) * light + np.float32(now.haze[i])
        yield camera.counts(light, generator)


def _check_drift(scene: Scene, disturbances: Disturbances) -> None:
    drift = max(np.abs(disturbances.dx_px).max(), np.abs(disturbances.dy_px).max())
    if drift > scene.largest_drift_px:
        raise ImagingError(
            f"A drift of {drift:.3g} pixels brings into view what the scene does not hold: its "
            f"margin of {scene.margin_px} pixels suffices for {scene.largest_drift_px:.3g}."
        )


def _passed(blob: Debris, i: int, shape: tuple[int, int]) -> Image:
    """Share of the light that a blob lets pass."""
    rows, columns = (np.arange(n, dtype=float) for n in shape)
    across = np.exp(-((columns - blob.x_px[i]) ** 2) / (2 * blob.radius_px**2))
    down = np.exp(-((rows - blob.y_px[i]) ** 2) / (2 * blob.radius_px**2))
    return (1 - blob.opacity * np.outer(down, across)).astype(np.float32)
