"""From a movie to reaction timings: drift, particles, lamp, traces, half-cycles, timings.

``measure`` is the whole chain, ``Measurement`` what it gives and the data package it makes.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import xarray as xr
from numpy.typing import NDArray

from multiscale.analysis.timings import reaction_timings
from multiscale.analysis.transitions import LARGEST_GAP, TimingRule
from multiscale.dataset.description import ROIS
from multiscale.dataset.package import DataPackage
from multiscale.errors import ImagingError
from multiscale.folders import PACKAGE, own_version, result_folder
from multiscale.imaging.cell_clock import CellClock, one_half_cycle
from multiscale.imaging.lithium import Calibration, learn_calibration, lithium_timings
from multiscale.imaging.movie import Movie
from multiscale.imaging.regions import Regions
from multiscale.imaging.registration import Drift, Method, find_drift, registered_frames
from multiscale.imaging.rois import read_rois, write_rois
from multiscale.imaging.segmentation import brightening, find_particles
from multiscale.imaging.timings import with_amplitudes, with_charge, with_slope_peaks
from multiscale.imaging.traces import extract_traces, in_view, without_saturated, without_unseen

ESTIMATOR = "isotonic regression, level crossing (multiscale.reaction_timings)"
FIRST_FRAMES = (8, 20)  # averaged to find particles in: a fiftieth of all, within these bounds
LEAST_FRAMES = 6
LEAST_CHANGE = 0.02  # of the largest: blur alone brings 1 % of the change of a touching neighbour
LEAST_WANDER = 0.02  # of the brightness: a codec, or blur from a neighbour, changes as much


def measure(
    stack: Movie,
    *,
    half_cycles: pd.DataFrame | CellClock | str | None = None,
    rois: Regions | str | Path | None = None,
    drift: Method = "auto",
    calibrate_on: int | None = None,
    rule: TimingRule | None = None,
    progress: Callable[[Iterable], Iterable] | None = None,
) -> Measurement:
    """Reaction timings of every particle in a movie.

    Times are those of :func:`multiscale.reaction_timings`, which also times simulations: state
    levels by medians, isotonic curve, 10, 50 and 90 % of the change, direction from the cell
    record, uncertainties. A change counts only if it exceeds what the lamp leaves.

    Parameters
    ----------
    stack : ImageStack
    half_cycles : pandas.DataFrame, CellClock or {"charge", "discharge"}, optional
        A cell record and when the camera started; or half-cycles on the clock of the movie, as
        the analysis gives them; or what the whole movie is. Without it the movie is one charge,
        and the notes say so.
    rois : Regions or path, optional
        Particles; found automatically without them.
    drift : {"auto", "correlation", "spot", "both", "none"}
        How the drift is found; see :func:`multiscale.imaging.registration.find_drift`.
    calibrate_on : int, optional
        Number of a half-cycle in which all particles react together: intensity is calibrated to
        lithium on it, and all timings are in lithium terms.
    rule : TimingRule, optional
        Thresholds; its wander and clock are raised to what was measured. Without it those of
        the rule, but a change counts from 2 % of the largest, and of the brightness.
    progress : callable, optional
        Wraps an iterable over all frames, for example :class:`tqdm.tqdm`.

    Raises
    ------
    ImagingError
        If the movie is too short, no particle is found, the regions do not fit, or no half-cycle
        was filmed.

    Examples
    --------
    >>> from multiscale.imaging.rendering.synthetic import synthetic_movie
    >>> movie = synthetic_movie("steps", n_frames=40, size=96, n_particles=4, seed=3)
    >>> found = measure(movie.stack())
    >>> found.timings["status"].isin(["reacted", "no_change"]).all()
    np.True_
    """
    if len(stack.time) < LEAST_FRAMES:
        raise ImagingError(
            f"{stack.name} has {len(stack.time)} frames; timings need at least {LEAST_FRAMES}."
        )
    cell = half_cycles if isinstance(half_cycles, CellClock) else None
    record, notes = _half_cycles(stack, half_cycles)
    path = find_drift(stack, drift, progress=progress)
    image = _first_image(stack, path)
    regions = _regions(stack, image, path, record, rois)
    traces = extract_traces(stack, path, regions, progress=progress)
    seen = in_view(regions, path)
    traces = traces.assign({name: traces[name].where(seen) for name in ("y", "y_u")})
    time, y = traces["time"].to_numpy(), traces["y"]
    if cell is not None:  # share of the half-cycle's charge that has passed
        soc = np.full(len(time), np.nan)
        for _, row in record.iterrows():
            inside = (time >= row["start_s"]) & (time <= row["end_s"])
            soc[inside] = cell.soc(time[inside], row)
        traces = traces.assign(soc=("time", soc))

    rule = rule or TimingRule(least_change=LEAST_CHANGE, wander=LEAST_WANDER)
    rule = replace(
        rule,
        wander=max(rule.wander, float(traces["lamp_wander"].max())),
        clock=float(np.hypot(rule.clock, cell.uncertainty if cell else 0.0)),
    )
    timings = reaction_timings(y, record, uncertainty=True, rule=rule)
    timings = with_slope_peaks(with_amplitudes(timings, y, rule), y, record)
    unseen = y.isnull().mean("time").to_series()
    remarks = {name: f"out of view in {share:.0%} of the frames" for name, share in unseen.items()}
    particle = timings["particle"]
    note = particle.map(remarks).where(particle.map(unseen) > 0, "")
    measured = Measurement(
        name=stack.name,
        pixel_size=stack.pixel_size,
        first_image=image,
        drift=path,
        regions=regions,
        traces=traces,
        timings=with_charge(timings.assign(note=note), record, cell),
        half_cycles=record,
        rule=rule,
        cell=cell,
        excluded=regions.excluded,
        facts={
            "bit_depth": stack.bit_depth,
            "frame_interval_second": float(np.median(np.diff(stack.time))),
        },
        notes=[*notes, *stack.notes, *path.notes, *regions.notes],
    )
    return measured if calibrate_on is None else calibrated(measured, calibrate_on)


def _first_image(stack: Movie, drift: Drift) -> NDArray[np.float64]:
    """Mean of the first frames, each shifted back to frame 0 [counts]."""
    least, most = FIRST_FRAMES
    n = min(int(np.clip(len(stack.time) / 50, least, most)), len(stack.time))
    total = np.zeros(stack.shape[1:])
    for frame in registered_frames(stack, drift, range(n)):
        total += frame
    return total / n


def _half_cycles(
    stack: Movie, given: pd.DataFrame | CellClock | str | None
) -> tuple[pd.DataFrame, list[str]]:
    """Half-cycles on the movie's clock, and what to say of where they come from."""
    if isinstance(given, pd.DataFrame):
        table = given.assign(duration_s=given["end_s"] - given["start_s"])
        if "cycle_count" not in table:
            table = table.assign(cycle_count=table.groupby("kind").cumcount() + 1)
        return table, []
    if not isinstance(given, CellClock):
        direction = given or "charge"
        note = (
            f"There is no cell record: the whole movie is taken as one {direction}, its first "
            "frame as the start of the current. If it is not, times and statuses are wrong."
        )
        return one_half_cycle(stack.time, direction), [note]
    record = given.half_cycles(stack.time)
    first, last = stack.time[0], stack.time[-1]
    notes = [
        f"The movie shows {row.kind} {row.cycle_count} from {max(first - row.start_s, 0):.6g} to "
        f"{min(last - row.start_s, row.duration_s):.6g} s of its {row.duration_s:.6g} s: what is "
        "missing at an end leaves its particles unclear."
        for row in record.itertuples()
        if max(first - row.start_s, row.end_s - last) > LARGEST_GAP * row.duration_s
    ]
    start, end = (float(given.record.times[i]) - given.offset for i in (0, -1))
    if min(last, end) - max(first, start) < (1 - LARGEST_GAP) * (last - first):
        notes.append(
            f"{given.record.name} covers {start:.6g} to {end:.6g} s on the movie's clock, the "
            f"movie {first:.6g} to {last:.6g} s: what happens outside of the record is not judged."
        )
    return record, notes


def _regions(
    stack: Movie,
    image: NDArray[np.float64],
    drift: Drift,
    record: pd.DataFrame,
    rois: Regions | str | Path | None,
) -> Regions:
    """Particles, found or given, without those that cannot be timed."""

    def way(stored: int) -> tuple[float, float]:
        """Way of the scene by the number of a stored frame."""
        number = stack.number_of(stored)
        return float(drift.dx_px[number]), float(drift.dy_px[number])

    if rois is None:
        change = brightening(stack, drift, record)
        regions = find_particles(image, stack.pixel_size, change=change)
    elif isinstance(rois, Regions):
        regions = rois
    else:
        regions = read_rois(rois, image.shape, stack.pixel_size, way)
    if regions.shape != image.shape:
        raise ImagingError(
            f"The regions are drawn on {regions.shape[1]} x {regions.shape[0]} pixels, the movie "
            f"has {image.shape[1]} x {image.shape[0]}."
        )
    regions = without_saturated(without_unseen(regions, drift), stack, drift)
    if not len(regions):
        reasons = regions.excluded["reason"].value_counts()
        why = "; ".join(f"{n} {reason}" for reason, n in reasons.items()) or "nothing stands out"
        raise ImagingError(
            f"{stack.name}: no particle to time ({why}). Give regions of interest, or see the "
            "movie."
        )
    return regions


def calibrated(measured: Measurement, half_cycle: int) -> Measurement:
    """The measurement with timings of the lithium fraction instead of the brightness.

    ``half_cycle`` is the number of one in which all particles react together. The optical timings
    stay as ``optical_timings``. Uncertainties of the times hold the scatter over calibrations from
    resampled particles; a particle whose brightness leaves the learned range has a ``note``.

    Raises ImagingError if there is no such half-cycle, or a calibration is not justified on it.
    """
    record = measured.half_cycles
    rows = record[record["half_cycle"] == half_cycle]
    if rows.empty:
        raise ImagingError(
            f"There is no half-cycle {half_cycle} to calibrate on; the movie shows "
            f"{record['half_cycle'].tolist()}."
        )
    y, notes = measured.traces["y"], []
    if measured.cell is None:
        notes.append(
            "There is no cell record: the calibration takes the current as constant over the "
            "half-cycle."
        )
    learned_on, time = rows.iloc[0], measured.traces["time"].to_numpy()
    passed = time if learned_on["kind"] == "charge" else -time
    if measured.cell is not None:
        passed = measured.cell.charge(time)
    learned = learn_calibration(y, passed, learned_on)
    lithium = learned.lithium_fraction(y, beyond="label")
    # wander is turned from brightness to lithium by the mean slope
    slope = np.ptp(learned.lithium) / np.ptp(learned.intensity)
    rule = replace(measured.rule, wander=float(measured.rule.wander * slope))
    table = lithium_timings(y, record, learned, beyond="label", rule=rule)
    table = with_amplitudes(with_slope_peaks(table, y, record), lithium, rule)
    table = with_charge(table, record, measured.cell)
    beyond = list(lithium.attrs["beyond_range"])
    if beyond:
        notes.append(
            f"The brightness of {len(beyond)} particles leaves the calibrated range: {beyond[:5]}."
        )
    remark = "brightness leaves the calibrated range"
    table["note"] = measured.timings["note"].mask(table["particle"].isin(beyond), remark)
    notes += [note if "calibration" in note else f"Calibration: {note}" for note in learned.notes]
    return replace(
        measured,
        timings=table,
        optical_timings=measured.timings,
        calibration=learned,
        traces=measured.traces.assign(lithium_fraction=lithium.drop_attrs()),
        notes=[*measured.notes, *notes],
    )


@dataclass(frozen=True, kw_only=True, eq=False)
class Measurement:
    """Reaction timings of a movie, and what they were read from.

    Attributes
    ----------
    name : str
        Of the movie.
    pixel_size : float
        [m]
    first_image : array (rows, columns)
        Mean of the first frames, registered [counts].
    drift : Drift
    regions : Regions
        Particles, and what was left out of them.
    traces : xarray.Dataset
        ``y``, ``y_u`` (particle, time), ``n_pixels``, ``lamp``; time of the movie [s].
    timings : pandas.DataFrame
        Columns of :func:`multiscale.reaction_timings` and amplitude, u_amplitude, slope_peak_s,
        soc_at_t50. In lithium terms if there is a calibration.
    half_cycles : pandas.DataFrame
        On the clock of the movie: half_cycle, kind, cycle_count, start_s, end_s, duration_s.
    rule : TimingRule
        What the timings were read by.
    cell : CellClock, optional
    calibration : Calibration, optional
        From reflectance to lithium.
    optical_timings : pandas.DataFrame, optional
        Those of the reflectance where ``timings`` are in lithium terms.
    excluded : pandas.DataFrame
        particle and reason: everything that was seen and is not in ``timings``.
    facts : mapping
        What the movie tells of the instrument.
    notes : list of str
        What a reader must know.
    """

    name: str
    pixel_size: float
    first_image: NDArray[np.float64]
    drift: Drift
    regions: Regions
    traces: xr.Dataset
    timings: pd.DataFrame
    half_cycles: pd.DataFrame
    rule: TimingRule
    cell: CellClock | None = None
    calibration: Calibration | None = None
    optical_timings: pd.DataFrame | None = None
    excluded: pd.DataFrame = field(
        default_factory=lambda: pd.DataFrame(columns=["particle", "reason"])
    )
    facts: Mapping[str, Any] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)

    def package(self, facts: Mapping[str, Any] | None = None) -> DataPackage:
        """The data package of this measurement.

        Parameters
        ----------
        facts : mapping, optional
            What only the experimenter knows: see :data:`multiscale.dataset.description.FACTS`.

        Raises
        ------
        DatasetError
            If a fact does not exist.
        """
        signal = "reflectance_change" if self.calibration is None else "lithium_fraction"
        offset = self.cell.offset if self.cell else 0.0
        package = DataPackage.from_timings(
            self.timings,
            self.regions.table(self.pixel_size),
            facts={**self.known_facts(), **(facts or {})},
            signal=signal,
            roi_kind=self.regions.kind,
            traces=self.traces,
        )
        um = 1e6 * self.pixel_size
        half_cycles = self.half_cycles.assign(start_s=self.half_cycles["start_s"] + offset)
        return DataPackage(
            particles=package.particles,
            facts=package.facts,
            half_cycles=half_cycles.drop(columns="end_s"),
            excluded=self.excluded,
            traces=self.traces,
            cell=self.cell.record if self.cell else None,
            outlines={name: um * xy for name, xy in self.regions.outlines().items()},
        )

    def known_facts(self) -> dict[str, Any]:
        """What the movie and the analysis tell by themselves."""
        drift, rule = self.drift, self.rule
        known: dict[str, Any] = {
            **self.facts,
            "movie_name": self.name,
            "pixel_size_micrometre": 1e6 * self.pixel_size,
            "drift_method": drift.method,
            "drift_rms_pixel": float(np.sqrt(np.mean(drift.dx_px**2 + drift.dy_px**2))),
            "drift_u_pixel": drift.uncertainty_px if np.isfinite(drift.uncertainty_px) else None,
            "lamp_method": "division by the mean of the static background",
            "lamp_wander": rule.wander,
            "roi_source": self.regions.kind,
            "state_levels": f"medians of the first and last {100 * rule.stretch:g} % of the "
            f"half-cycle, at least {rule.least_samples} frames",
            "estimator": ESTIMATOR,
            "estimator_version": own_version(),
            "calibration": "none",
        }
        if self.calibration:
            known["calibration"] = (
                f"brightness to lithium, learned on half-cycle {self.calibration.half_cycle} from "
                f"the charge passed and {len(self.calibration.gains)} particles; rms "
                f"{self.calibration.residual:.2g}"
            )
        if self.cell:
            known["camera_clock_offset_second"] = self.cell.offset
            known["camera_clock_offset_u_second"] = self.cell.uncertainty
        return known

    def write(
        self,
        folder: str | Path,
        facts: Mapping[str, Any] | None = None,
        *,
        overwrite: bool = False,
    ) -> Path:
        """Write the data package; the folder appears whole or not at all.

        Leaves particles.csv, traces.nc, dataset.json, outlines.geojson, rois.zip, and
        cell.bdf.csv if there is a cell record.

        Raises DatasetError if the folder holds something else, or a package and ``overwrite`` is
        not set.
        """
        with result_folder(folder, PACKAGE, of=self.name, overwrite=overwrite) as result:
            self.write_files(result.new, facts)
        return Path(folder)

    def write_files(self, folder: Path, facts: Mapping[str, Any] | None = None) -> None:
        """Write the files of the package into a folder; what it holds already is listed."""
        write_rois(self.regions, folder / ROIS, self.pixel_size)
        self.package(facts).write_files(folder)
