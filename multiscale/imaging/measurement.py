"""What a movie gave: regions, traces and timings, and the data package they make."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import xarray as xr
from numpy.typing import NDArray

from multiscale.analysis.transitions import TimingRule
from multiscale.dataset.description import ROIS
from multiscale.dataset.package import DataPackage
from multiscale.folders import PACKAGE, own_version, result_folder
from multiscale.imaging.cell_clock import CellClock
from multiscale.imaging.particles.regions import Regions
from multiscale.imaging.particles.rois import write_rois
from multiscale.imaging.registration.drift import Drift

if TYPE_CHECKING:
    from multiscale.imaging.lithium.calibration import Calibration

ESTIMATOR = "isotonic regression, level crossing (multiscale.reaction_timings)"


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
            What only the experimenter knows: see :data:`multiscale.dataset.facts.FACTS`.

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
            "drift_u_pixel": _finite(drift.uncertainty_px),
            "lamp_method": "division by the mean of the static background",
            "lamp_wander": rule.wander,
            "roi_source": self.regions.kind,
            "state_levels": f"medians of the first and last {100 * rule.stretch:g} % of the "
            f"half-cycle, at least {rule.least_samples} frames",
            "estimator": ESTIMATOR,
            "estimator_version": own_version(),
            "calibration": _words(self.calibration),
        }
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

        Raises
        ------
        DatasetError
            If the folder holds something else, or a package and ``overwrite`` is not set.
        """
        with result_folder(folder, PACKAGE, of=self.name, overwrite=overwrite) as result:
            self.write_files(result.new, facts)
        return Path(folder)

    def write_files(self, place: Path, facts: Mapping[str, Any] | None = None) -> None:
        """Write the files of the package into a folder; what it holds already is listed."""
        write_rois(self.regions, place / ROIS, self.pixel_size)
        self.package(facts).write_files(place)


def _words(calibration: Calibration | None) -> str:
    if calibration is None:
        return "none"
    return (
        f"brightness to lithium, learned on half-cycle {calibration.half_cycle} from the charge "
        f"passed and {len(calibration.gains)} particles; rms {calibration.residual:.2g}"
    )


def _finite(value: float | None) -> float | None:
    return float(value) if value is not None and np.isfinite(value) else None
