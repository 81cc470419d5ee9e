"""Timings in lithium terms: a calibration learned on one half-cycle, applied to all."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from multiscale.analysis.transitions import TimingRule
from multiscale.errors import ImagingError
from multiscale.imaging.lithium.calibration import Calibration, learn_calibration, lithium_timings
from multiscale.imaging.measurement import Measurement
from multiscale.imaging.timing_columns import with_amplitudes, with_charge, with_slope_peaks


def calibrated(measured: Measurement, half_cycle: int) -> Measurement:
    """The measurement with timings of the lithium fraction instead of the brightness.

    Parameters
    ----------
    measured : Measurement
        In optical terms; its timings stay as ``optical_timings``.
    half_cycle : int
        Number of the half-cycle on which all particles react together.

    Returns
    -------
    Measurement
        Uncertainties of the times hold the scatter over calibrations from resampled particles;
        a particle whose brightness leaves the learned range has a ``note``.

    Raises
    ------
    ImagingError
        If there is no such half-cycle, or a calibration is not justified on it.
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
    learned = learn_calibration(y, _charge(measured, rows.iloc[0]), rows.iloc[0])
    lithium = learned.lithium_fraction(y, beyond="label")
    rule = _rule(measured.rule, learned)
    table = lithium_timings(y, record, learned, beyond="label", rule=rule)
    table = with_amplitudes(with_slope_peaks(table, y, record), lithium, rule)
    table = with_charge(table, record, measured.cell)
    beyond = list(lithium.attrs["beyond_range"])
    if beyond:
        notes.append(
            f"The brightness of {len(beyond)} particles leaves the calibrated range: {beyond[:5]}."
        )
    words = "brightness leaves the calibrated range"
    table["note"] = measured.timings["note"].mask(table["particle"].isin(beyond), words)
    return replace(
        measured,
        timings=table,
        optical_timings=measured.timings,
        calibration=learned,
        traces=measured.traces.assign(lithium_fraction=lithium.drop_attrs()),
        notes=[*measured.notes, *notes, *map(_attributed, learned.notes)],
    )


def _charge(measured: Measurement, half_cycle: pd.Series) -> NDArray[np.float64]:
    """Charge passed at each frame, in any unit; rises on charge."""
    time = measured.traces["time"].to_numpy()
    if measured.cell is not None:
        return measured.cell.charge(time)
    return time if half_cycle["kind"] == "charge" else -time


def _rule(rule: TimingRule, learned: Calibration) -> TimingRule:
    """The rule with its wander turned from brightness to lithium, by the mean slope."""
    slope = np.ptp(learned.lithium) / np.ptp(learned.intensity)
    return replace(rule, wander=float(rule.wander * slope))


def _attributed(note: str) -> str:
    return note if "calibration" in note else f"Calibration: {note}"
