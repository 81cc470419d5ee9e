"""What a cell did, from its record, as steps that a simulation can follow."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from multiscale.analysis.cycler import Record
from multiscale.analysis.half_cycles import half_cycles
from multiscale.errors import DatasetError

SHORTEST_REST_S = 60.0  # as in the analysis of movies: a shorter break ends no half-cycle
CONSTANT = 0.03  # relative: within it of the median a current counts as constant
HELD_V = 0.02  # voltages of a hold differ by no more
LONGER = 2.0  # a simulated hold may last so many times the measured one

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Protocol:
    """Steps of PyBaMM, and what 1C is taken to be in the cell.

    Attributes
    ----------
    steps : tuple of str
    one_c_A : float
        Current of the cell that is 1C [A].
    scale : str
        Where that comes from, in words.
    """

    steps: tuple[str, ...]
    one_c_A: float
    scale: str


def recorded_half_cycles(record: Record) -> pd.DataFrame:
    """half_cycle, kind, cycle_count, start_s, end_s, duration_s, capacity_Ah of a record.

    Parameters
    ----------
    record : Record
        Positive current charging.
    """
    found = half_cycles(record.times, -record.current, shortest_rest=SHORTEST_REST_S)
    return found.assign(cycle_count=found.groupby("kind").cumcount() + 1)


def protocol_of(
    record: Record, c_rate_per_hour: float | None = None, count: int | None = None
) -> Protocol:
    """The steps of a record: constant currents until a voltage, holds until a current, rests.

    Cell and simulated electrode differ in size; currents are carried over as C-rates. 1C of the
    cell is the current of the first half-cycle over the stated C-rate, or, where none is stated,
    the largest charge that one half-cycle passed, in one hour.

    Parameters
    ----------
    record : Record
        Positive current charging.
    c_rate_per_hour : float, optional
        Stated C-rate of the first half-cycle.
    count : int, optional
        Number of half-cycles that are wanted; all by default.

    Raises
    ------
    DatasetError
        If a half-cycle is neither a constant current nor one that a voltage hold ends.
    AnalysisError
        If no current flows.

    Examples
    --------
    >>> time = np.array([0.0, 1800.0, 3600.0, 3660.0, 5400.0])
    >>> current, voltage = np.array([1, 1, 1, 0.5, 0.1]), np.array([3.6, 4, 4.3, 4.3, 4.3])
    >>> protocol_of(Record(time, current, voltage), c_rate_per_hour=0.5).steps
    ('Charge at 0.5C until 4.3 V', 'Hold at 4.3 V for 1 hours or until 0.05C')
    """
    found = recorded_half_cycles(record).iloc[:count]
    pieces = [_piece(record, row) for _, row in found.iterrows()]
    if c_rate_per_hour is not None and c_rate_per_hour > 0:
        one_c = pieces[0].current / c_rate_per_hour
        scale = f"1C is {one_c:.4g} A: the first current is stated to be {c_rate_per_hour:g}C"
    else:
        one_c = float(found["capacity_Ah"].max())
        scale = f"1C is {one_c:.4g} A: the largest charge of a half-cycle, in one hour"
    steps: list[str] = []
    before = None
    for piece in pieces:
        if before is not None and piece.start - before > SHORTEST_REST_S:
            steps.append(f"Rest for {piece.start - before:.6g} seconds")
        steps += piece.steps(one_c)
        before = piece.end
    return Protocol(tuple(steps), one_c, scale)


@dataclass(frozen=True)
class _Piece:
    """A half-cycle: its constant current, the voltage that it reached, and the hold after it."""

    kind: str
    start: float
    end: float
    current: float
    voltage: float
    held_for: float
    last: float

    def steps(self, one_c: float) -> Iterator[str]:
        yield f"{self.kind.capitalize()} at {self.current / one_c:.6g}C until {self.voltage:.5g} V"
        if self.held_for > 0:
            hours = LONGER * self.held_for / 3600
            end = self.last / one_c
            yield f"Hold at {self.voltage:.5g} V for {hours:.4g} hours or until {end:.4g}C"


def _piece(record: Record, row: pd.Series) -> _Piece:
    inside = (record.times >= row["start_s"]) & (record.times <= row["end_s"])
    time, size, voltage = (
        values[inside] for values in (record.times, np.abs(record.current), record.voltage)
    )
    name = f"{row['kind']} {row['cycle_count']}"
    current, last = _constant_current(time, size, name)
    held = voltage[last + 1 :]  # between two samples a coarse record reaches the voltage
    turned = max if row["kind"] == "charge" else min
    reached = float(turned(voltage[: last + 1]))
    if len(held):
        if np.ptp(held) > HELD_V:
            raise DatasetError(
                f"{record.name}, {name}: the current falls from {time[last]:g} s on, but the "
                f"voltage is not held; it changes by {np.ptp(held):.3g} V. Steps cannot be told "
                "from it: give them as 'experiment'"
            )
        reached = float(np.median(held))
    return _Piece(
        kind=str(row["kind"]),
        start=float(time[0]),
        end=float(time[-1]),
        current=current,
        voltage=reached,
        held_for=float(time[-1] - time[last]) if len(held) else 0.0,
        last=float(size[-1]),
    )


def _constant_current(time: Floats, size: Floats, name: str) -> tuple[float, int]:
    """The constant current, and the last sample that has it."""
    current = float(np.quantile(size, 0.9))
    at_it = np.abs(size / current - 1) <= CONSTANT
    last = int(np.flatnonzero(at_it)[-1])
    early = size[: last + 1]
    current = float(np.median(early[at_it[: last + 1]]))
    steady = np.average(at_it[1 : last + 1], weights=np.diff(time[: last + 1])) if last else 0.0
    if steady < 1 - 2 * CONSTANT:
        raise DatasetError(
            f"The current of {name} is not constant: only {steady:.0%} of the time until "
            f"{time[last]:g} s it is within {CONSTANT:.0%} of {current:.4g} A. Give the steps as "
            "'experiment'"
        )
    return current, last
