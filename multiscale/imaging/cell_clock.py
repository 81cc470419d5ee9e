"""The cell record on the clock of the movie: which half-cycles were filmed, what passed when."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray
from scipy.integrate import cumulative_trapezoid

from multiscale.analysis.cycler import Record
from multiscale.analysis.half_cycles import half_cycles
from multiscale.errors import ImagingError, unknown_name

DIRECTIONS = ("charge", "discharge")
SHORTEST_REST_S = 60.0  # a shorter break between currents of one sign ends no half-cycle
LEAST_FILMED = 0.1  # of a half-cycle: less is not worth a row


@dataclass(frozen=True)
class CellClock:
    """A cell record, and when the camera started.

    Attributes
    ----------
    record : Record
        Positive current charging.
    offset : float
        Test time of the record at time 0 of the movie [s].
    uncertainty : float
        Standard uncertainty of the offset [s].

    Raises
    ------
    ImagingError
        If the offset is no number, or the uncertainty negative.

    Examples
    --------
    >>> record = Record(np.array([0.0, 50, 100, 900]), np.array([0.0, 0, 1, 1]), np.full(4, 3.7))
    >>> CellClock(record, offset=40.0).half_cycles([0, 800])[["kind", "start_s", "end_s"]]
         kind  start_s  end_s
    0  charge     60.0  860.0
    """

    record: Record
    offset: float = 0.0
    uncertainty: float = 0.0

    def __post_init__(self) -> None:
        if not np.isfinite(self.offset):
            raise ImagingError(f"The clock offset is {self.offset}; give seconds.")
        if not (np.isfinite(self.uncertainty) and self.uncertainty >= 0):
            raise ImagingError(
                f"The uncertainty of the clock offset is {self.uncertainty}; give seconds."
            )

    def half_cycles(self, time: ArrayLike) -> pd.DataFrame:
        """Half-cycles that were filmed, on the clock of the movie.

        Parameters
        ----------
        time : array_like, shape (n,)
            Of the frames [s].

        Returns
        -------
        pandas.DataFrame
            Columns of :func:`multiscale.analysis.half_cycles.half_cycles`, times those of the
            movie; numbers and cycle_count are those of the whole record.

        Raises
        ------
        ImagingError
            If none was filmed: the two clocks do not fit.
        AnalysisError
            If no current flows in the record.
        """
        recorded = half_cycles(
            self.record.times, -self.record.current, shortest_rest=SHORTEST_REST_S
        )
        recorded = recorded.assign(cycle_count=recorded.groupby("kind").cumcount() + 1)
        recorded[["start_s", "end_s"]] -= self.offset
        first, last = np.min(time), np.max(time)
        filmed = np.minimum(recorded["end_s"], last) - np.maximum(recorded["start_s"], first)
        kept = recorded[filmed > LEAST_FILMED * recorded["duration_s"]]
        if kept.empty:
            spans = ", ".join(
                f"{r.kind} {r.start_s:g} to {r.end_s:g} s" for r in recorded.itertuples()
            )
            raise ImagingError(
                f"The movie runs from {first:g} to {last:g} s and shows no half-cycle of "
                f"{self.record.name}, on the movie's clock {spans}. Is the clock offset (test time "
                f"when the movie starts, now {self.offset:g} s) right?"
            )
        return kept.reset_index(drop=True)

    def charge(self, time: ArrayLike) -> NDArray[np.float64]:
        """Charge passed at times of the movie [C], rising on charge; NaN beyond the record.

        Parameters
        ----------
        time : array_like, shape (n,)
            [s]
        """
        clock = self.record.times - self.offset
        passed = cumulative_trapezoid(self.record.current, clock, initial=0.0)
        return np.interp(np.asarray(time), clock, passed, left=np.nan, right=np.nan)

    def soc(self, time: ArrayLike, half_cycle: pd.Series) -> NDArray[np.float64]:
        """Share of the half-cycle's charge that has passed, 0 to 1, at times of the movie.

        Parameters
        ----------
        time : array_like, shape (n,)
            [s]
        half_cycle : pandas.Series
            A row of :meth:`half_cycles`.
        """
        start, end = half_cycle["start_s"], half_cycle["end_s"]
        clock = self.record.times - self.offset
        passed = cumulative_trapezoid(np.abs(self.record.current), clock, initial=0.0)
        before, after, now = (
            np.interp(moment, clock, passed) for moment in (start, end, np.asarray(time))
        )
        return np.clip((now - before) / (after - before), 0.0, 1.0)


def one_half_cycle(time: ArrayLike, direction: str) -> pd.DataFrame:
    """The whole movie as one charge or discharge.

    Raises ImagingError if the direction is neither.

    Examples
    --------
    >>> one_half_cycle([0.0, 60.0], "charge")["duration_s"].tolist()
    [60.0]
    """
    if direction not in DIRECTIONS:
        raise ImagingError(unknown_name("direction", direction, DIRECTIONS))
    first, last = float(np.min(time)), float(np.max(time))
    row = {"half_cycle": 0, "kind": direction, "start_s": first, "end_s": last}
    return pd.DataFrame([row | {"duration_s": last - first, "cycle_count": 1}])
