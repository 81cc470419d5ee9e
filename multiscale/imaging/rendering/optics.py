"""What lies between lithium in a particle and counts of a camera.

Reflectance rises as lithium leaves; light of a finite depth comes back; the objective blurs; a
pixel collects over its area; the camera adds noise, bends and rounds.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from multiscale.analysis.heterogeneity import Values, surface_brightness
from multiscale.errors import ImagingError

FWHM_PER_SIGMA = float(2 * np.sqrt(2 * np.log(2)))


@dataclass(frozen=True)
class ReflectanceLaw:
    """Fractional gain of brightness from the lithium fraction that light meets.

    ``gain`` times :func:`~multiscale.analysis.heterogeneity.surface_brightness` with the width
    ``(pristine - charged)/saturation``, scaled to ``gain`` at ``charged``. Monotone: brighter with
    less lithium. It saturates: the slope at ``charged`` is ``exp(-saturation)`` of that at
    ``pristine``, which stands for the weaker response seen above 4.1 V.

    Attributes
    ----------
    gain : float
        Brightness gained from ``pristine`` to ``charged`` over that at ``pristine`` [-]. 0.62:
        Xu et al., Joule 6, 2535 (2022), Fig. 1E, one NMC88 particle.
    saturation : float
        Exponent of the saturation [-]; small is linear. 1.2 is a choice of ours, measured by
        nobody; the end of Xu's 1C discharge (8 % above the start) asks for less.
    pristine, charged : float
        Lithium fractions of the two states [-].

    Raises
    ------
    ImagingError
        If gain or saturation is not positive, or ``charged`` is not below ``pristine``.

    Examples
    --------
    >>> law = ReflectanceLaw(pristine=1.0, charged=0.0)
    >>> law(np.array([1.0, 0.5, 0.0])).round(3)
    array([0.  , 0.4 , 0.62])
    """

    gain: float = 0.62
    saturation: float = 1.2
    pristine: float = 1.0
    charged: float = 0.2

    def __post_init__(self) -> None:
        for name in ("gain", "saturation"):
            if not getattr(self, name) > 0:
                raise ImagingError(f"{name} must be positive; got {getattr(self, name)}.")
        if not self.charged < self.pristine:
            raise ImagingError(
                f"charged ({self.charged}) must hold less lithium than pristine ({self.pristine})."
            )

    def __call__(self, stoichiometry: Values) -> Values:
        """Gain over the brightness at ``pristine`` [-]; same shape as the lithium fraction."""
        width = (self.pristine - self.charged) / self.saturation
        full = -np.expm1(-self.saturation)
        return self.gain / full * surface_brightness(stoichiometry, self.pristine, width)


def depth_weights(depth: ArrayLike, probing_depth: float = 200e-9) -> NDArray[np.float64]:
    """Share of the returning light that comes from each depth, shape (n,); sums to 1.

    Falls as ``exp(-depth/probing_depth)``; each sample stands for half the way to its neighbours.
    ``depth`` holds increasing distances below the visible surface along the line of sight, (n,)
    [m]. From ``probing_depth`` 1/e comes back [m]; about 200 nm for red light on a layered oxide
    (Lun et al., SI, "Optical setup").

    Raises ImagingError if the depths do not increase from at least 0, or the probing depth is not
    positive.

    Examples
    --------
    >>> depth_weights([0.0, 100e-9, 200e-9, 400e-9]).round(2)
    array([0.26, 0.35, 0.29, 0.1 ])
    """
    z = np.asarray(depth, dtype=float)
    if z.ndim != 1 or not z.size or z[0] < 0 or np.any(np.diff(z) <= 0):
        raise ImagingError(f"depths must increase from at least 0; got {depth!r}.")
    if not probing_depth > 0:
        raise ImagingError(f"probing_depth must be positive; got {probing_depth}.")
    if z.size == 1:
        return np.ones(1)
    edges = np.concatenate([z[:1], (z[1:] + z[:-1]) / 2, z[-1:]])
    weights = -np.diff(np.exp(-edges / probing_depth))
    return weights / weights.sum()


def transfer_function(
    shape: tuple[int, int], oversampling: int, sigma_px: float
) -> NDArray[np.float32]:
    """Blur of the objective and collection over a pixel, in frequencies of a fine image.

    Factors of ``scipy.fft.rfft2``, (rows, columns // 2 + 1), 1 at frequency 0, for a fine image of
    a shape (rows, columns) with so many samples along a pixel; ``sigma_px`` is the standard
    deviation of the Gaussian point spread [camera pixel].

    Examples
    --------
    >>> transfer_function((4, 4), 2, 0.85).shape
    (4, 3)
    """
    rows, columns = np.fft.fftfreq(shape[0]), np.fft.rfftfreq(shape[1])

    def along(frequency: NDArray[np.floating]) -> NDArray[np.floating]:
        spread = np.exp(-2 * (np.pi * sigma_px * oversampling * frequency) ** 2)
        return spread * np.sinc(oversampling * frequency)

    return np.outer(along(rows), along(columns)).astype(np.float32)


@dataclass(frozen=True)
class Camera:
    """From light, as a fraction of full scale, to counts.

    Attributes
    ----------
    full_well_electrons : float
        Electrons of a pixel at full scale: shot noise is their square root. Frames summed before
        they are stored count together.
    read_noise_electrons : float
        Standard deviation of what reading adds.
    noise : float
        Factor on both kinds of noise; 0 for none.
    bits : {8, 16}
        Of the stored counts.
    channels : tuple of float
        Response of each colour, as a factor on the light; one entry makes gray frames.
    gamma : float
        Stored value = light^(1/gamma).

    Raises
    ------
    ImagingError
        If a value is not positive, or the bits are neither 8 nor 16.

    Examples
    --------
    >>> Camera(noise=0).counts(np.array([[0.5]], np.float32), np.random.default_rng(0))
    array([[[128, 117, 102]]], dtype=uint8)
    """

    full_well_electrons: float = 30_000
    read_noise_electrons: float = 10
    noise: float = 1.0
    bits: int = 8
    channels: tuple[float, ...] = (1.0, 0.92, 0.8)
    gamma: float = 1.0

    def __post_init__(self) -> None:
        if self.bits not in (8, 16):
            raise ImagingError(f"bits must be 8 or 16; got {self.bits}.")
        if len(self.channels) not in (1, 3) or min(self.channels) <= 0:
            raise ImagingError(
                f"channels must be one positive factor (gray) or three; got {self.channels}."
            )
        if not (0 < self.full_well_electrons < np.inf):
            raise ImagingError(
                f"full_well_electrons must be positive; got {self.full_well_electrons}."
            )
        if not 0.1 <= self.gamma <= 10:
            raise ImagingError(f"gamma must be from 0.1 to 10; got {self.gamma}.")
        for name in ("read_noise_electrons", "noise"):
            if not 0 <= getattr(self, name) <= 1e4:
                raise ImagingError(
                    f"{name} must be at least 0, and at most 10000; got {getattr(self, name)}."
                )

    def counts(
        self, light: NDArray[np.float32], generator: np.random.Generator
    ) -> NDArray[np.uint8] | NDArray[np.uint16]:
        """Counts of one frame, (rows, columns), or (rows, columns, 3) with three channels.

        Shot noise is drawn as a normal distribution, which thousands of electrons follow.
        """
        seen = light[..., None] * np.asarray(self.channels, np.float32)
        if self.noise:
            read = self.read_noise_electrons / self.full_well_electrons
            variance = np.maximum(seen, 0) / self.full_well_electrons + read**2
            draw = generator.standard_normal(seen.shape, dtype=np.float32)
            seen = seen + np.float32(self.noise) * np.sqrt(variance, dtype=np.float32) * draw
        seen = np.clip(seen, 0, 1)
        if self.gamma != 1:
            seen = seen ** np.float32(1 / self.gamma)
        counts = np.rint(seen * (2**self.bits - 1)).astype(f"uint{self.bits}")
        return counts[..., 0] if len(self.channels) == 1 else counts
