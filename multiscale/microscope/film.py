"""A stored run as a movie, with the timings that are true of it, and with traces free of noise."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from functools import cached_property
from os import PathLike
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import xarray as xr
from numpy.typing import NDArray
from PIL import Image, ImageDraw
from scipy.sparse import csr_matrix

from multiscale.analysis.timings import reaction_timings
from multiscale.folders import MOVIE, result_folder
from multiscale.imaging.formats import write_movie
from multiscale.imaging.rendering.renderer import Disturbances, render
from multiscale.imaging.traces import REFERENCE_FRAMES, eroded, usual_erosion_px
from multiscale.microscope.setup import Setup, scene_of
from multiscale.microscope.stored import StoredRun

_SMALLEST = 240  # width of a panel below which frames are enlarged [pixel]
_GAP = 4
_LIT = 0.5  # share of the brightest light below which a change is not drawn
_BARS_M = (0.5e-6, 1e-6, 2e-6, 5e-6, 10e-6, 20e-6, 50e-6, 100e-6)

CELL = "cell.csv"
Floats = NDArray[np.float64]
Progress = Callable[[Iterator[Any], int], Iterator[Any]]


class Film:
    """What a microscope would see of a stored run.

    Cross-sections and disks are seen as they lie; of bodies the upper surface, about 200 nm deep.
    Only particles that are seen are in the tables.

    Raises ResultsError, ImagingError if the run does not tell what is needed, or the picture would
    be too large.

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
        self.scene, self.view = scene_of(run, self.setup)
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
            theta = self.view.field(self.run.stoichiometry(time))
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
        in the first frame, less 1; dims ("particle", "time").
        """
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
        of_timings = ["signal", "particle", "half_cycle", "kind", "status"]
        of_timings += ["t10_s", "t50_s", "t90_s", "width_s", "start_s"]
        timings = pd.concat(tables, ignore_index=True)[of_timings]
        labels = self.scene.pixel_labels
        rows, columns = np.nonzero(labels)
        number = labels[rows, columns]
        area = np.bincount(number, minlength=len(self.scene.names) + 1)[1:]
        size = np.where(area > 0, area, np.nan)
        masks = pd.DataFrame(
            {
                "particle": self.scene.names,
                "centre_x_px": np.bincount(number, columns, len(area) + 1)[1:] / size,
                "centre_y_px": np.bincount(number, rows, len(area) + 1)[1:] / size,
                "radius_px": np.sqrt(area / np.pi),
            }
        )
        return timings.merge(masks, on="particle")

    # --- files ------------------------------------------------------------------------

    def write(
        self,
        path: str | PathLike[str],
        progress: Progress | None = None,
        *,
        content: str = "",
        overwrite: bool = False,
    ) -> dict[str, Path]:
        """Write the movie and, beside it, the truth, the cell's record and a preview.

        Parameters
        ----------
        path : path
            Of the movie, see :func:`~multiscale.imaging.formats.write_movie`.
        progress : callable, optional
            Takes the frames and their number, gives them back.
        content : str
            Fingerprint of run and options: a movie with the same one may be replaced.
        overwrite : bool
            Replace another movie of that name.

        Returns
        -------
        dict of str to Path
            "movie", "truth", "cell" and "preview".

        Raises
        ------
        ImagingError
            If a movie of that name is there, another process writes it, or it cannot be written.
        """
        path = Path(path)
        stem = path.name.split(".")[0]
        names = {
            "movie": path.name,
            "truth": f"{stem}_truth.csv",
            "cell": CELL,
            "preview": f"{stem}_preview.png",
        }
        first = self.run.half_cycles.iloc[0]
        moments = np.linspace(first["start_s"], first["end_s"], 5)
        previewed = {int(np.abs(self.time - moment).argmin()) for moment in moments}
        kept: list[tuple[float, NDArray[Any]]] = []

        def frames() -> Iterator[Any]:
            """The frames as they come; five of the first half-cycle are kept for the preview."""
            shot: Iterator[Any] = self.frames()
            for i, frame in enumerate(progress(shot, len(self.time)) if progress else shot):
                if i in previewed:
                    kept.append((float(self.time[i]), frame))
                yield frame

        with result_folder(
            path.parent,
            MOVIE,
            of=path.name,
            content=content,
            overwrite=overwrite,
            names=[name for name in names.values() if name != CELL],
        ) as result:
            new = result.new
            write_movie(frames(), new / path.name, time=self.time, pixel_size=self.scene.pixel_size)
            self.truth.to_csv(new / names["truth"], index=False, float_format="%.8g")
            # steps meet in nanoseconds
            self.run.cell.to_csv(new / CELL, index=False, float_format="%.16g")
            write_preview(kept, new / names["preview"], self.scene.pixel_size)
        return {part: path.with_name(name) for part, name in names.items()}


def ideal_traces(film: Film) -> xr.DataArray:
    """Differential intensity of every particle that is seen, dims ("particle", "time").

    What the analysis of a movie would read without a camera's noise, drift, lamp and dirt, as
    ``extract_traces`` defines it: the true outlines lose the usual rim; in each pixel the light is
    taken against the mean of the first frames, and averaged. Blur, pixels and eroded outlines are
    linear in the light, so that their product is one sparse matrix from what each line of sight
    sends back to the trace of each particle.

    Examples
    --------
    >>> import pybamm
    >>> import multiscale as ms
    >>> from multiscale.microscope.setup import Setup
    >>> from multiscale.microscope.stored import open_run
    >>> model = ms.SingleParticleModel(ms.ParticleMesh.load("disk_2um_coarse"))
    >>> values = pybamm.ParameterValues("Xu2022_NMC88")
    >>> experiment = ["Charge at C/3 for 35 minutes"]
    >>> sim = pybamm.Simulation(model, parameter_values=values, experiment=experiment)
    >>> run = open_run(ms.Results(sim.solve()).to_netcdf("run.nc"))
    >>> y = ideal_traces(Film(run, Setup(pixel_size=70e-9, n_frames=9)))
    >>> bool((y.diff("time").isel(time=slice(3, None)) > 0).all())
    True
    """
    scene, law, run = film.scene, film.setup.law, film.run
    seen = np.flatnonzero(scene.labels.ravel() > 0)
    base = scene.base.ravel()[seen]

    def light(time: float) -> Floats:
        return base * (1 + law(film.view.weights @ run.stoichiometry(time)))

    first = scene.base.astype(np.float64).ravel()
    first[seen] = np.mean([light(time) for time in film.time[:REFERENCE_FRAMES]], axis=0)
    reference = scene.exposed(first.reshape(scene.base.shape).astype(np.float32))
    inner = eroded(scene.pixel_labels, usual_erosion_px(scene.pixel_size))
    weights = scene.mean_weights(inner, 1 / reference)
    own: csr_matrix = weights[:, seen]
    rest = weights @ np.where(scene.labels.ravel() > 0, 0.0, scene.base.ravel())
    values = np.transpose([own @ light(time) for time in film.time]) + rest[:, None]
    coords = {"particle": list(scene.names), "time": film.time}
    return xr.DataArray(values - 1, coords, ("particle", "time"))


def write_preview(
    frames: Sequence[tuple[float, NDArray[Any]]], path: Path, pixel_size: float
) -> None:
    """Write a picture of frames (time [s], counts), and below each its change against the first.

    Changes are drawn from black (none, or hardly any light in the first frame) to white;
    ``pixel_size`` is in m.

    Examples
    --------
    >>> write_preview([(0.0, np.zeros((60, 80), np.uint8))], Path("preview.png"), 130e-9)
    >>> Path("preview.png").is_file()
    True
    """
    rows = [
        [
            _panel(
                frame if frame.dtype == np.uint8 else (frame // 257).astype(np.uint8),
                f"{time / 3600:.2f} h",
                pixel_size,
            )
            for time, frame in frames
        ],
        [_panel(change, "change", pixel_size) for change in _changes([f for _, f in frames])],
    ]
    width, height = (n + _GAP for n in rows[0][0].size)
    page = Image.new("RGB", (len(frames) * width - _GAP, len(rows) * height - _GAP), "white")
    for j, row in enumerate(rows):
        for i, panel in enumerate(row):
            page.paste(panel, (i * width, j * height))
    page.save(path)


def _changes(frames: Sequence[NDArray[Any]]) -> list[NDArray[np.uint8]]:
    """Fractional change of every frame against the first, the largest of all in white."""
    gray = [f.mean(axis=2) if f.ndim == 3 else f.astype(float) for f in frames]
    lit = gray[0] > _LIT * np.percentile(gray[0], 99)
    changes = [np.where(lit, g / np.where(lit, gray[0], 1) - 1, 0) for g in gray]
    largest = max(float(np.percentile(np.abs(change), 99.5)) for change in changes)
    share = [np.clip(np.abs(change) / max(largest, 1e-9), 0, 1) for change in changes]
    return [np.rint(255 * s).astype(np.uint8) for s in share]


def _panel(frame: NDArray[np.uint8], caption: str, pixel_size: float) -> Image.Image:
    colour = frame if frame.ndim == 3 else np.repeat(frame[..., None], 3, axis=2)
    factor = max(1, round(_SMALLEST / frame.shape[1]))
    size = (frame.shape[1] * factor, frame.shape[0] * factor)
    panel = Image.fromarray(colour).resize(size, Image.Resampling.NEAREST)
    pen = ImageDraw.Draw(panel)
    pen.text((6, 4), caption, fill="white", font_size=14)
    bar = max((b for b in _BARS_M if b < 0.35 * frame.shape[1] * pixel_size), default=_BARS_M[0])
    length = bar / pixel_size * factor
    right, low = size[0] - 8, size[1] - 8
    pen.rectangle((right - length, low - 3, right, low), fill="white")
    pen.text((right, low - 6), f"{bar * 1e6:g} um", fill="white", font_size=12, anchor="rs")
    return panel
