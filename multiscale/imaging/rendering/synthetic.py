"""Movies with known timings, to test what reads them: invented scenes with invented"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import pandas as pd
import xarray as xr
from numpy.typing import NDArray
from scipy.ndimage import distance_transform_edt
from scipy.stats import rankdata

from multiscale.analysis.timings import TimingRule, reaction_timings
from multiscale.errors import ImagingError, unknown_name
from multiscale.imaging.rendering.optics import Camera, ReflectanceLaw
from multiscale.imaging.rendering.renderer import (
    Disturbances,
    Population,
    Scene,
    drawn_scene,
    render,
)
from multiscale.imaging.stack import ImageStack

Array = NDArray[np.float64]
_FRONT = 0.15  # share of a particle's area over which a front in it is spread

_BETWEEN, _BETWEEN_FRONTS = 20, 5  # samples of the truth per frame
LAW = ReflectanceLaw(pristine=1.0, charged=0.0)


@dataclass(frozen=True)
class Course:
    """How far a reaction has come, 0 to 1, at any frame number, also between frames.


    Examples
    --------
    >>> Course("logistic", 10.0, 4.0)(np.array([8.0, 10.0, 12.0])).round(3)
    array([0.1, 0.5, 0.9])
    >>> Course("ramp", 10.0, 4.0)(np.array([8.0, 10.0, 13.0]))
    array([0. , 0.5, 1. ])
    """

    # "logistic", "ramp": a logistic curve around ``middle`` that takes ``width`` frames from 10 to
    # 90 %, or a power of the share of a stretch of ``width`` frames around ``middle``
    kind: str
    middle: float  # [frame]
    width: float  # [frame]
    power: float = 1.0  # of a ramp; 1 is straight

    def __call__(self, frame: Array) -> Array:
        share = (frame - self.middle) / self.width
        if self.kind == "logistic":
            return 1 / (1 + np.exp(-np.clip(2 * np.log(9) * share, -50, 50)))
        return np.clip(share + 0.5, 0, 1) ** self.power


def step(n: int, generator: np.random.Generator) -> Course:
    """A step whose 10 to 90 % take 0.5 to 5 frames, as often short as long."""
    return _logistic(n, 0.5, 5.0, generator)


def broad_step(n: int, generator: np.random.Generator) -> Course:
    """The same over 5 to 40 frames, at most a tenth of all."""
    return _logistic(n, 5.0, float(np.clip(n / 10, 5.0, 40.0)), generator)


def _logistic(n: int, low: float, high: float, generator: np.random.Generator) -> Course:
    width = np.exp(generator.uniform(np.log(low), np.log(high)))
    return Course("logistic", generator.uniform(0.1, 0.85) * n, width)


def ramp(n: int, generator: np.random.Generator) -> Course:
    """A slow change over most of the charge, bent one way or the other."""
    return _ramp(n, (0.02, 0.1), (0.85, 0.97), generator.uniform(0.8, 1.25), generator)


def shrinking(n: int, generator: np.random.Generator) -> Course:
    """How far a front has come, over a fifth to two thirds of the charge."""
    return _ramp(n, (0.1, 0.3), (0.5, 0.77), 1.0, generator)


def _ramp(
    n: int,
    starts: tuple[float, float],
    ends: tuple[float, float],
    power: float,
    generator: np.random.Generator,
) -> Course:
    start, end = (n - 1) * generator.uniform(*starts), (n - 1) * generator.uniform(*ends)
    return Course("ramp", (start + end) / 2, end - start, power)


def rings_of(labels: NDArray[np.integer]) -> Array:
    """Share of its particle's area that lies nearer to the rim, at every fine sample."""
    depth = distance_transform_edt(labels)
    rings = np.zeros(depth.shape)
    for number in range(1, labels.max() + 1):
        inside = labels == number
        rings[inside] = rankdata(depth[inside]) / inside.sum()
    return rings


def front(rings: Array, progress: Array | float) -> Array:
    """Share of lithium given where a front moves inwards; 0 for no progress, 1 for all."""
    return np.clip((progress * (1 + _FRONT) - rings) / _FRONT, 0, 1)


@dataclass(frozen=True)
class SyntheticMovie:
    """A movie that is drawn on demand, and everything that is true of it.


    Examples
    --------
    >>> movie = synthetic_movie("steps", n_frames=40, size=96, n_particles=4, seed=3)
    >>> movie.shape
    (40, 96, 96, 3)
    >>> movie.optical_truth["status"].isin(["reacted", "no_change"]).all()
    np.True_
    """

    scene: Scene  # with the true masks, ``scene.pixel_labels``
    time: Array  # (n,) [s]
    # how far each reaction has come at any frame number; None for an inert particle
    courses: tuple[Course | None, ...]
    disturbances: Disturbances  # among them the true drift
    camera: Camera
    fronts: bool = False  # whether particles react from the rim inwards instead of evenly
    seed: int = 0

    @property
    def shape(self) -> tuple[int, ...]:
        """Frames, rows, columns, and channels if there are three."""
        colour = (3,) if len(self.camera.channels) == 3 else ()
        return (len(self.time), *self.scene.shape, *colour)

    @property
    def frame_interval(self) -> float:
        """[s]"""
        return float(self.time[1] - self.time[0])

    @property
    def reacting(self) -> list[str]:
        """Names of the particles that react."""
        named = zip(self.scene.names, self.courses, strict=True)
        return [name for name, course in named if course is not None]

    @cached_property
    def half_cycles(self) -> pd.DataFrame:
        """The movie as one charge."""
        span = {"start_s": self.time[0], "end_s": self.time[-1]}
        span |= {"duration_s": self.time[-1] - self.time[0], "capacity_Ah": 1.0}
        return pd.DataFrame([{"half_cycle": 0, "kind": "charge"} | span])

    def progress(self, frame: Array) -> Array:
        """How far each reaction has come at frame numbers, shape (n_particles, n), 0 to 1."""
        still = np.zeros(len(frame))
        return np.array([still if course is None else course(frame) for course in self.courses])

    def gains(self, frame: Array | None = None) -> Iterator[Array]:
        """Fractional gain of brightness in each frame, per particle or fine sample."""
        progress = self.progress(self._numbers if frame is None else frame).T
        if not self.fronts:
            yield from LAW(1 - progress)
            return
        rings = rings_of(self.scene.labels)
        for now in progress:
            everywhere = np.concatenate([[0.0], now])[self.scene.labels]
            yield LAW(1 - front(rings, everywhere))

    def frames(self) -> Iterator[NDArray[np.uint8] | NDArray[np.uint16]]:
        """Frames as the camera gives them; the same on every call."""
        return render(
            self.scene,
            self.gains(),
            camera=self.camera,
            disturbances=self.disturbances,
            seed=self.seed,
        )

    def array(self) -> NDArray[Any]:
        """All frames at once, shape ``self.shape``."""
        movie = np.empty(self.shape, f"uint{self.camera.bits}")
        for i, frame in enumerate(self.frames()):
            movie[i] = frame
        return movie

    def stack(self) -> ImageStack:
        """The movie as the measuring side takes it; holds all frames."""
        size, bits = self.scene.pixel_size, self.camera.bits
        return ImageStack.from_frames(self.array(), pixel_size=size, time=self.time, bit_depth=bits)

    # --- truth, between frames too: sampling is an error of the measurement ----------------

    def brightness(self, frame: Array | None = None) -> xr.DataArray:
        """Mean light of each true mask without noise, drift, lamp or dirt, dims ("particle",
        "time").

        In fractions of full scale, at frame numbers, whole or not; those of the movie by default.
        """
        number = self._numbers if frame is None else frame
        weights = self.scene.mean_weights()
        gains = self.gains(number)
        if self.fronts:
            light = np.transpose([weights @ self.scene.lit(gain).ravel() for gain in gains])
        else:
            base = weights.multiply(self.scene.base.ravel()).tocsc()
            of_each = [
                base[:, self.scene.labels.ravel() == k + 1].sum(axis=1).A1
                for k in range(len(self.courses))
            ]
            rest = np.asarray(base.sum(axis=1))
            light = rest + np.transpose(of_each) @ np.transpose(list(gains))
        return self._per_particle(light, number)

    def delithiated(self, frame: Array | None = None) -> xr.DataArray:
        """Share of its lithium that each particle has given; see :meth:`brightness`."""
        number = self._numbers if frame is None else frame
        progress = self.progress(number)
        if self.fronts:
            rings = np.linspace(0, 1, 501)[:, None, None]
            progress = front(rings, progress).mean(axis=0)
        return self._per_particle(progress, number)

    def _per_particle(self, values: Array, frame: Array) -> xr.DataArray:
        coords = {"particle": list(self.scene.names), "time": self.frame_interval * frame}
        return xr.DataArray(values, coords, ("particle", "time"))

    @property
    def _numbers(self) -> Array:
        return np.arange(len(self.time), dtype=float)

    @property
    def _between(self) -> Array:
        step = _BETWEEN_FRONTS if self.fronts else _BETWEEN
        return np.arange((len(self.time) - 1) * step + 1) / step

    @cached_property
    def optical_truth(self) -> pd.DataFrame:
        """Timings of the change of :meth:`brightness`: what can be seen, without any error."""
        light = self.brightness(self._between)
        rule = TimingRule(full_change=LAW.gain)
        return reaction_timings(light / light[:, 0] - 1, self.half_cycles, rule=rule)

    @cached_property
    def lithium_truth(self) -> pd.DataFrame:
        """Timings of :meth:`delithiated`."""
        rule = TimingRule(full_change=1.0)
        return reaction_timings(self.delithiated(self._between), self.half_cycles, rule=rule)


@dataclass(frozen=True)
class _Kind:
    """What a kind of movie differs in."""

    population: Population
    pixel_size: float = 130e-9
    inert: float = 0.15
    course: Callable[[int, np.random.Generator], Course] = step
    fronts: bool = False


_LARGE, _ONE = Population(), Population(1, (75.0, 110.0), roughness=0.06)


KINDS: dict[str, _Kind] = {
    "steps": _Kind(_LARGE),
    "broad": _Kind(_LARGE, course=broad_step),
    "gradual": _Kind(_LARGE, course=ramp),
    "inert": _Kind(_LARGE, inert=1.0),
    "small": _Kind(Population(150, (4.0, 7.0), touching=0.05)),
    "single": _Kind(_ONE, 34.7e-9, 0.0, shrinking, True),
}


def synthetic_movie(
    kind: str = "steps",
    *,
    n_frames: int = 400,
    size: int = 320,
    frame_interval: float = 30.0,
    n_particles: int | None = None,
    camera: Camera | None = None,
    seed: int = 0,
    **disturbances: Any,
) -> SyntheticMovie:
    """A movie of one charge with known timings.

    Parameters
    ----------
    kind : {"steps", "broad", "gradual", "inert", "small", "single"}
        ``steps``: 39 particles of 15 to 30 pixels at 130 nm a pixel, some touching, 15 % inert,
        reacting at random times within 0.5 to 5 frames; ``broad``: within 5 to 40 frames;
        ``gradual``: over most of the charge; ``inert``: none reacts; ``small``: 150 particles of
        4 to 7 pixels; ``single``: one particle at 34.7 nm a pixel, reacting from the rim inwards.
    n_frames : int
        At least 6.
    size : int
        Rows and columns of a frame.
    frame_interval : float
        [s]
    n_particles : int, optional
        Instead of that of the kind.
    camera : Camera, optional
        With its noise and gamma; RGB of 8 bits by default.
    **disturbances
        ``drift_px``, ``lamp``, ``haze``, ``n_debris``: see :meth:`Disturbances.drawn`.

    Raises
    ------
    ImagingError
        For an unknown kind, too few frames, or particles that find no room.

    Examples
    --------
    >>> movie = synthetic_movie("single", n_frames=12, size=128, drift_px=3.0)
    >>> next(movie.frames()).shape, movie.reacting
    ((128, 128, 3), ['p01'])
    """
    if kind not in KINDS:
        raise ImagingError(unknown_name("kind of movie", kind, KINDS))
    if n_frames < 6:
        raise ImagingError(f"A movie with timings needs at least 6 frames; got {n_frames}.")
    traits = KINDS[kind]
    population = traits.population
    if n_particles is not None:
        population = Population(**{**vars(population), "n_particles": n_particles})
    drift = disturbances.get("drift_px", 0.0)
    scene = drawn_scene(
        population,
        (size, size),
        pixel_size=traits.pixel_size,
        margin_px=int(np.ceil(drift + 5 * 113e-9 / traits.pixel_size)) + 2,
        with_spot=traits.fronts,
        seed=seed,
    )
    generator = np.random.default_rng([seed, 1])
    n = len(scene.names)
    courses = [traits.course(n_frames, generator) for _ in range(n)]
    inert = set(generator.choice(n, round(traits.inert * n), replace=False).tolist())
    return SyntheticMovie(
        scene=scene,
        time=frame_interval * np.arange(n_frames, dtype=float),
        courses=tuple(None if i in inert else course for i, course in enumerate(courses)),
        disturbances=Disturbances.drawn(n_frames, scene.shape, seed=seed, **disturbances),
        camera=camera or Camera(),
        fronts=traits.fronts,
        seed=seed,
    )
