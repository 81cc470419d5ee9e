"""How a stored run is filmed: optics, camera and times, and the scene under the objective."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

from multiscale.errors import ImagingError
from multiscale.imaging.rendering.optics import FWHM_PER_SIGMA, Camera, ReflectanceLaw
from multiscale.imaging.rendering.renderer import (
    FINEST,
    SPOT_LIGHT,
    Population,
    Scene,
    light_at_rest,
    loneliest,
)
from multiscale.limits import INTERVAL, PIXEL, number, whole
from multiscale.microscope.stored import StoredRun
from multiscale.microscope.view import View, view_of

_ROOM_PX = 28  # matrix around the particles
_LARGEST = 4096  # pixels along a side
_SPOT_BELOW = 60e-9  # pixel size at which a single particle fills the frame [m]
_PSF_FWHM = 265e-9
_REACH = 5  # standard deviations of the point spread


@dataclass(frozen=True)
class Setup:
    """How a run is filmed.

    Attributes
    ----------
    pixel_size : float
        [m]; Sharma et al. about 130 nm, Lun et al. 34.7 nm.
    n_frames : int
        Evenly over the run, unless an interval is given.
    frame_interval : float, optional
        [s]; then ``n_frames`` is the most.
    camera : Camera
    law : ReflectanceLaw
    drift_px, lamp, haze, n_debris
        See :meth:`~multiscale.imaging.rendering.renderer.Disturbances.drawn`.
    seed : int

    Examples
    --------
    >>> Setup(n_frames=3).times(600.0)
    array([  0., 300., 600.])
    >>> Setup(frame_interval=200.0).times(500.0)
    array([  0., 200., 400.])
    """

    pixel_size: float = 130e-9
    n_frames: int = 400
    frame_interval: float | None = None
    camera: Camera = field(default_factory=Camera)
    law: ReflectanceLaw = field(default_factory=ReflectanceLaw)
    drift_px: float = 0.0
    lamp: float = 0.0
    haze: float = 0.0
    n_debris: int = 0
    seed: int = 0

    def __post_init__(self) -> None:
        number(self.pixel_size, "pixel_size", ImagingError, PIXEL)
        if self.frame_interval is not None:
            number(self.frame_interval, "frame_interval", ImagingError, INTERVAL)
        whole(self.n_frames, "n_frames", ImagingError, 2, 100_000)
        whole(self.n_debris, "n_debris", ImagingError, 0, 1000)
        whole(self.seed, "seed", ImagingError)
        for name in ("drift_px", "lamp", "haze"):
            if number(getattr(self, name), name, ImagingError) < 0:
                raise ImagingError(f"{name} must not be negative, not {getattr(self, name):g}")

    def times(self, end: float) -> NDArray[np.float64]:
        """Times of the frames [s] of a run that starts at 0.

        Raises ImagingError if fewer than two frames fit in.
        """
        if self.frame_interval is None:
            times = np.linspace(0.0, end, max(self.n_frames, 0), dtype=float)
        else:
            if not self.frame_interval > 0:
                raise ImagingError(f"frame_interval must be positive; got {self.frame_interval}.")
            count = int(end / self.frame_interval * (1 + 1e-9)) + 1
            times = self.frame_interval * np.arange(min(count, self.n_frames))
        if len(times) < 2:
            raise ImagingError(
                f"A movie needs at least two frames; {len(times)} fit into {end:g} s."
            )
        return times


def scene_of(run: StoredRun, setup: Setup) -> tuple[Scene, View]:
    """Fine grid around all particles with its light at rest, and what is seen on it.

    Raises ImagingError if the picture would be too large.
    """
    fine = int(np.ceil(setup.pixel_size / FINEST))
    step = setup.pixel_size / fine
    sigma_px = _PSF_FWHM / FWHM_PER_SIGMA / setup.pixel_size
    margin = int(np.ceil(setup.drift_px + _REACH * sigma_px)) + 1
    corners = []
    for body in run.bodies:
        if body.fidelity == "resolved":
            corners += [body.positions[:, :2].min(axis=0), body.positions[:, :2].max(axis=0)]
        else:
            corners += [body.centre[:2] - body.radius, body.centre[:2] + body.radius]
    low, high = np.min(corners, axis=0), np.max(corners, axis=0)
    room = _ROOM_PX + int(np.ceil(setup.drift_px))
    pixels = np.ceil((high - low) / setup.pixel_size).astype(int) + 2 * room
    if pixels.max() > _LARGEST:
        raise ImagingError(
            f"At {setup.pixel_size * 1e9:g} nm a pixel this run takes {pixels[0]} x {pixels[1]} "
            f"pixels, more than {_LARGEST} along a side; choose larger pixels."
        )
    count = (pixels + 2 * margin) * fine
    middle = (low + high) / 2
    x, y = (middle[i] + (np.arange(count[i]) - (count[i] - 1) / 2) * step for i in range(2))
    view = view_of(run.bodies, run.flat, x, y[::-1])  # up in the run is up in the picture
    seen = np.unique(view.labels[view.labels > 0])
    number_of = np.zeros(len(run.names) + 1, np.int32)
    number_of[seen] = np.arange(1, len(seen) + 1)
    labels, names = number_of[view.labels], tuple(run.names[i - 1] for i in seen)
    generator = np.random.default_rng(setup.seed)
    base = light_at_rest(labels, Population(len(names)), fine, generator)
    base[labels > 0] *= view.facing[labels > 0]
    scene = Scene(labels, base, names, setup.pixel_size, fine, margin, _PSF_FWHM)
    if setup.pixel_size < _SPOT_BELOW:
        scene = replace(scene, spots=((*loneliest(scene.pixel_labels), SPOT_LIGHT),))
    return scene, view
