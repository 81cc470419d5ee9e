"""How well a movie was measured, judged against what is true of it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy.stats import kendalltau

from multiscale.analysis.cycler import Record
from multiscale.imaging.cell_clock import CellClock
from multiscale.imaging.pipeline import Measurement
from multiscale.imaging.rendering.synthetic import SyntheticMovie

LEAST_OVERLAP = 0.5  # intersection over union from which a region counts as a particle
TIMES = ("t10_s", "t50_s", "t90_s")


@dataclass(frozen=True)
class Score:
    """Errors in frames, shares of particles.

    ``errors`` and ``lithium_errors`` have one row per particle that reacts and was measured.
    """

    n_true: int
    n_reacting: int
    recall: float
    false: float
    reacting_recall: float
    false_reacting: int
    errors: pd.DataFrame
    lithium_errors: pd.DataFrame
    coverage: float
    tau: float
    drift_rms_px: float

    def quantiles(self, time: str = "t50_s", lithium: bool = False) -> tuple[float, float]:
        """Median and 90th percentile of the absolute errors [frames]."""
        errors = (self.lithium_errors if lithium else self.errors)[time].abs()
        return float(errors.median()), float(errors.quantile(0.9))

    def line(self) -> str:
        """All in one line."""
        times = "  ".join("{:.2f}/{:.2f}".format(*self.quantiles(time)) for time in TIMES)
        return (
            f"recall {self.recall:.2f} (reacting {self.reacting_recall:.2f}) "
            f"false {self.false:.2f} ({self.false_reacting} react)  t10 t50 t90 {times}  "
            "lithium {:.2f}/{:.2f}  ".format(*self.quantiles(lithium=True))
            + f"cover {self.coverage:.2f} tau {self.tau:.3f} drift {self.drift_rms_px:.3f}"
        )


def score(movie: SyntheticMovie, measured: Measurement) -> Score:
    """Judge a measurement of a synthetic movie of one charge."""
    found = matches(movie.scene.pixel_labels, measured.regions.labels)
    names = {measured.regions.names[k - 1]: movie.scene.names[i - 1] for i, k in found.items()}
    timings = measured.timings.assign(true=measured.timings["particle"].map(names))
    reacted = timings[timings["status"] == "reacted"]
    seen = reacted.dropna(subset="true").set_index("true")
    truth = movie.optical_truth.set_index("particle")
    truth = truth.loc[[name for name in seen.index if name in movie.reacting]]
    seen = seen.loc[truth.index]
    lithium = movie.lithium_truth.set_index("particle").loc[truth.index]
    columns, frame = list(TIMES), movie.frame_interval
    errors = (seen[columns] - truth[columns]) / frame
    inside = (seen["t50_s"] - truth["t50_s"]).abs() <= 1.96 * seen["u_t50_s"]
    kept = np.isin(movie.time, measured.traces["time"].values)  # copies of frames are left out
    drift = measured.drift.dx_px - movie.disturbances.dx_px[kept]
    drift_y = measured.drift.dy_px - movie.disturbances.dy_px[kept]
    return Score(
        n_true=len(movie.scene.names),
        n_reacting=len(movie.reacting),
        recall=len(found) / len(movie.scene.names),
        false=1 - len(found) / max(len(measured.regions.names), 1),
        reacting_recall=len(seen) / max(len(movie.reacting), 1),
        false_reacting=int((~reacted["true"].isin(movie.reacting)).sum()),
        errors=errors,
        lithium_errors=(seen[columns] - lithium[columns]) / frame,
        coverage=float(inside.mean()),
        tau=_tau(seen["t50_s"], truth["t50_s"]),
        drift_rms_px=float(np.sqrt(np.mean(drift**2 + drift_y**2))),
    )


def _tau(seen: pd.Series, truth: pd.Series) -> float:
    return float(kendalltau(seen, truth).statistic) if len(seen) > 1 else np.nan


def matches(true: np.ndarray, found: np.ndarray) -> dict[int, int]:
    """Number of each true particle -> number of the region that covers it, if any."""
    both = np.zeros((true.max() + 1, found.max() + 1))
    np.add.at(both, (true.ravel(), found.ravel()), 1)
    union = both.sum(axis=1, keepdims=True) + both.sum(axis=0) - both
    overlap = (both / union)[1:, 1:]
    if not overlap.size:
        return {}
    best = overlap.argmax(axis=1)
    return {i + 1: int(k) + 1 for i, k in enumerate(best) if overlap[i, k] > LEAST_OVERLAP}


def cell_of(movie: SyntheticMovie) -> CellClock:
    """Record of a cell whose current is what the particles give, by area, and a hundredth more.

    The hundredth lets the charge start with the movie.
    """
    labels = movie.scene.pixel_labels
    area = np.bincount(labels.ravel(), minlength=len(movie.scene.names) + 1)[1:].astype(float)
    area *= [name in movie.reacting for name in movie.scene.names]
    given = area @ movie.delithiated().values / area.sum()
    current = np.gradient(given, movie.time)
    return CellClock(Record(movie.time, current + 0.01 / movie.time[-1], 0 * current + 3.9))
