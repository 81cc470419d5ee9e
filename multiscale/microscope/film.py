"""A stored run as a movie, with the timings that are true of it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import cached_property
from os import PathLike
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import xarray as xr
from numpy.typing import NDArray

from multiscale.analysis.timings import reaction_timings
from multiscale.errors import ImagingError
from multiscale.imaging.disturbances import Disturbances
from multiscale.imaging.movie_files import write_movie
from multiscale.imaging.optics import FWHM_PER_SIGMA, Camera, ReflectanceLaw
from multiscale.imaging.renderer import Scene, render
from multiscale.imaging.scenes import FINEST, Population, light_at_rest
from multiscale.microscope.preview import write_preview
from multiscale.microscope.stored import StoredRun
from multiscale.microscope.view import View, view_of

Progress = Callable[[Iterator[Any], int], Iterator[Any]]
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
        See :meth:`~multiscale.imaging.disturbances.Disturbances.drawn`.
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

    def times(self, end: float) -> NDArray[np.float64]:
        """Times of the frames [s] of a run that starts at 0.

        Raises
        ------
        ImagingError
            If fewer than two frames fit in.
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


class Film:
    """What a microscope would see of a stored run.

    Cross-sections and disks are seen as they lie; of bodies the upper surface, about 200 nm deep.
    Only particles that are seen are in the tables.

    Parameters
    ----------
    run : StoredRun
    setup : Setup, optional

    Raises
    ------
    ResultsError, ImagingError
        If the run does not tell what is needed, or the picture would be too large.

    Examples
    --------
    >>> import pybamm
    >>> import multiscale as ms
    >>> from multiscale.microscope.stored import open_run
    >>> model = ms.SingleParticleModel(ms.ParticleMesh.load("disk_2um_coarse"))
    >>> values = pybamm.ParameterValues("Xu2022_NMC88")
    >>> experiment = ["Charge at C/3 for 35 minutes"]
    >>> sim = pybamm.Simulation(model, parameter_values=values, experiment=experiment)
    >>> film = Film(open_run(ms.Results(sim.solve()).to_netcdf("run.nc")),
    ...             Setup(pixel_size=34.7e-9, n_frames=20))
    >>> next(film.frames()).shape
    (114, 114, 3)
    >>> film.truth["signal"].tolist()
    ['optical', 'lithium']
    """

    def __init__(self, run: StoredRun, setup: Setup | None = None):
        self.run = run
        self.setup = setup or Setup()
        self.start = float(run.time[0])
        self.time = self.start + self.setup.times(float(run.time[-1]) - self.start)
        self.scene, self._view = _scene_of(run, self.setup)
        self._seen = [run.names.index(name) for name in self.scene.names]
        self.disturbances = Disturbances.drawn(
            len(self.time),
            self.scene.shape,
            drift_px=self.setup.drift_px,
            lamp=self.setup.lamp,
            haze=self.setup.haze,
            n_debris=self.setup.n_debris,
            seed=self.setup.seed,
        )

    def gains(self) -> Iterator[NDArray[np.float64]]:
        """Fractional gain of brightness at every fine sample, frame by frame."""
        for time in self.time:
            theta = self._view.field(self.run.stoichiometry(time))
            yield np.where(self.scene.labels > 0, self.setup.law(theta), 0.0)

    def frames(self) -> Iterator[NDArray[np.uint8] | NDArray[np.uint16]]:
        """Frames of the camera, one after another; the same on every call."""
        return render(
            self.scene,
            self.gains(),
            camera=self.setup.camera,
            disturbances=self.disturbances,
            seed=self.setup.seed,
        )

    # --- truth ------------------------------------------------------------------------

    @cached_property
    def brightness(self) -> xr.DataArray:
        """Mean light of each particle's true mask without noise, drift, lamp or dirt, over that
        in the first frame, less 1; dims ("particle", "time")."""
        weights = self.scene.mean_weights()
        light = np.transpose([weights @ self.scene.lit(gain).ravel() for gain in self.gains()])
        return self._per_particle(light / light[:, :1] - 1)

    @cached_property
    def delithiated(self) -> xr.DataArray:
        """1 - mean lithium fraction of each particle, dims ("particle", "time")."""
        return self._per_particle(1 - self.run.mean_stoichiometry(self.time)[self._seen])

    def _per_particle(self, values: NDArray[np.float64]) -> xr.DataArray:
        coords = {"particle": list(self.scene.names), "time": self.time}
        return xr.DataArray(values, coords, ("particle", "time"))

    @cached_property
    def truth(self) -> pd.DataFrame:
        """Timings of both signals at the times of the frames.

        Columns ``signal`` ("optical" or "lithium"), particle, half_cycle, kind, status, t10_s,
        t50_s, t90_s, width_s, start_s, and centre_x_px, centre_y_px, radius_px of the true mask.
        """
        tables = [
            reaction_timings(signal, self.run.half_cycles).assign(signal=name)
            for name, signal in (("optical", self.brightness), ("lithium", self.delithiated))
        ]
        columns = ["signal", "particle", "half_cycle", "kind", "status"]
        columns += ["t10_s", "t50_s", "t90_s", "width_s", "start_s"]
        return pd.concat(tables, ignore_index=True)[columns].merge(self._masks(), on="particle")

    def _masks(self) -> pd.DataFrame:
        labels = self.scene.pixel_labels
        rows, columns = np.nonzero(labels)
        number = labels[rows, columns]
        area = np.bincount(number, minlength=len(self.scene.names) + 1)[1:]
        size = np.where(area > 0, area, np.nan)
        return pd.DataFrame(
            {
                "particle": self.scene.names,
                "centre_x_px": np.bincount(number, columns, len(area) + 1)[1:] / size,
                "centre_y_px": np.bincount(number, rows, len(area) + 1)[1:] / size,
                "radius_px": np.sqrt(area / np.pi),
            }
        )

    # --- files ------------------------------------------------------------------------

    def write(self, path: str | PathLike[str], progress: Progress | None = None) -> dict[str, Path]:
        """Write the movie and, beside it, the truth, the cell's record and a preview.

        Parameters
        ----------
        path : path
            Of the movie, see :func:`~multiscale.imaging.movie_files.write_movie`.
        progress : callable, optional
            Takes the frames and their number, gives them back.

        Returns
        -------
        dict of str to Path
            "movie", "truth", "cell" and "preview".
        """
        movie = Path(path)
        frames: Iterator[Any] = self.frames()
        if progress is not None:
            frames = progress(frames, len(self.time))
        kept: list[tuple[float, NDArray[Any]]] = []
        write_movie(
            self._keeping(frames, kept),
            movie,
            time=self.time,
            pixel_size=self.scene.pixel_size,
        )
        stem = movie.name.split(".")[0]
        files = {
            "movie": movie,
            "truth": movie.with_name(f"{stem}_truth.csv"),
            "cell": movie.with_name("cell.csv"),
            "preview": movie.with_name(f"{stem}_preview.png"),
        }
        self.truth.to_csv(files["truth"], index=False, float_format="%.8g")
        self.run.cell.to_csv(files["cell"], index=False, float_format="%.12g")
        write_preview(kept, files["preview"], self.scene.pixel_size)
        return files

    def _keeping(
        self, frames: Iterator[Any], kept: list[tuple[float, NDArray[Any]]]
    ) -> Iterator[Any]:
        """The frames as they come; five of the first half-cycle are kept for the preview."""
        first = self.run.half_cycles.iloc[0]
        moments = np.linspace(first["start_s"], first["end_s"], 5)
        wanted = {int(np.abs(self.time - moment).argmin()) for moment in moments}
        for i, frame in enumerate(frames):
            if i in wanted:
                kept.append((float(self.time[i]), frame))
            yield frame


def _scene_of(run: StoredRun, setup: Setup) -> tuple[Scene, View]:
    """Fine grid around all particles, what is seen on it, and its light at rest."""
    fine = int(np.ceil(setup.pixel_size / FINEST))
    step = setup.pixel_size / fine
    sigma_px = _PSF_FWHM / FWHM_PER_SIGMA / setup.pixel_size
    margin = int(np.ceil(setup.drift_px + _REACH * sigma_px)) + 1
    low, high = _extent(run)
    pixels = np.ceil((high - low) / setup.pixel_size).astype(int) + 2 * _ROOM_PX
    if pixels.max() > _LARGEST:
        raise ImagingError(
            f"At {setup.pixel_size * 1e9:g} nm a pixel this run takes {pixels[0]} x {pixels[1]} "
            f"pixels, more than {_LARGEST} along a side; choose larger pixels."
        )
    count = (pixels + 2 * margin) * fine
    middle = (low + high) / 2
    x, y = (middle[i] + (np.arange(count[i]) - (count[i] - 1) / 2) * step for i in range(2))
    view = view_of(run.bodies, run.flat, x, y[::-1])  # up in the run is up in the picture
    labels, names = _renumbered(view.labels, run.names)
    generator = np.random.default_rng(setup.seed)
    base = light_at_rest(labels, Population(len(names)), fine, generator)
    spot = (0.1 * pixels[0], 0.85 * pixels[1], 0.5)
    spots = (spot,) if setup.pixel_size < _SPOT_BELOW else ()
    scene = Scene(labels, base, names, setup.pixel_size, fine, margin, _PSF_FWHM, spots)
    return scene, view


def _extent(run: StoredRun) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Lower and upper corner of all particles in the plane [m]."""
    corners = []
    for body in run.bodies:
        if body.fidelity == "resolved":
            corners += [body.positions[:, :2].min(axis=0), body.positions[:, :2].max(axis=0)]
        else:
            corners += [body.centre[:2] - body.radius, body.centre[:2] + body.radius]
    return np.min(corners, axis=0), np.max(corners, axis=0)


def _renumbered(
    labels: NDArray[np.int32], names: list[str]
) -> tuple[NDArray[np.int32], tuple[str, ...]]:
    """Labels and names of the particles that are seen."""
    seen = np.unique(labels[labels > 0])
    number = np.zeros(len(names) + 1, np.int32)
    number[seen] = np.arange(1, len(seen) + 1)
    return number[labels], tuple(names[i - 1] for i in seen)
