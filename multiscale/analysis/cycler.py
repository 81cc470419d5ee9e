"""Records of a battery cycler: time, current and voltage with their units and sign."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from multiscale.errors import AnalysisError, ParameterError, unknown_name
from multiscale.parameters.columns import UNITS, factor, plain_unit, read_columns, split_unit

ROLES = ("time", "current", "voltage")
# Battery Data Format: preferred labels and machine names; then what common cyclers write.
_NAMES = {
    "time": ("test time", "time", "elapsed time", "test_time"),
    "current": ("current", "i", "<i>"),
    "voltage": ("voltage", "ecell", "ewe"),
}
_MACHINE = {
    "test_time_second": ("time", "s"),
    "current_ampere": ("current", "A"),
    "voltage_volt": ("voltage", "V"),
}
POSITIVE = ("charge", "discharge")


@dataclass(frozen=True)
class Record:
    """A record in SI units; positive current charges, as in the Battery Data Format.

    Attributes
    ----------
    times, current, voltage : ndarray, shape (n,)
        Time [s], strictly increasing; current [A]; voltage [V].
    name : str
        Where it comes from.

    Raises
    ------
    AnalysisError
        If lengths differ, a number is missing, or time does not increase.

    Examples
    --------
    >>> record = Record(np.array([0.0, 3600.0]), np.array([1.0, 1.0]), np.array([3.5, 3.6]))
    >>> record.charge().tolist()
    [0.0, 3600.0]
    """

    times: NDArray[np.float64]
    current: NDArray[np.float64]
    voltage: NDArray[np.float64]
    name: str = "record"

    def __post_init__(self) -> None:
        parts = dict(zip(ROLES, (self.times, self.current, self.voltage), strict=True))
        lengths = {len(values) for values in parts.values()}
        if len(lengths) > 1:
            raise AnalysisError(f"{self.name}: time, current and voltage differ in length")
        for role, values in parts.items():
            bad = ~np.isfinite(values)
            if bad.any():
                raise AnalysisError(
                    f"{self.name}, row {bad.argmax() + 1}: the {role} is missing (NaN); "
                    f"{bad.sum()} such row(s)"
                )
        back = np.diff(self.times) <= 0
        if back.any():
            row = int(back.argmax())
            raise AnalysisError(
                f"{self.name}, row {row + 2}: time does not increase ({self.times[row]:g} s, "
                f"then {self.times[row + 1]:g} s); join a restarted clock, remove a double row"
            )

    def charge(self) -> NDArray[np.float64]:
        """Charge passed since the beginning [C]; each sample's current held back to the last.

        Instruments log the end of a step, so that the current of a sample is the one that
        flowed until then.
        """
        return np.r_[0.0, np.cumsum(self.current[1:] * np.diff(self.times))]


def read_record(
    source: Any,
    columns: Mapping[str, str] | None = None,
    *,
    positive: str = "charge",
    decimal: str = ".",
) -> Record:
    """A record from a CSV or a data frame.

    Parameters
    ----------
    source : path, pandas.DataFrame or mapping
        Columns with the headers of the Battery Data Format, ``Test Time / s``,
        ``Current / A`` and ``Voltage / V``, are found by themselves, also in other units.
    columns : mapping, optional
        Role (time, current, voltage) -> header, with ``:unit`` after it if the header does not
        hold the unit: ``{"time": "Seconds:s"}``.
    positive : {"charge", "discharge"}
        What a positive current does; the Battery Data Format charges, PyBaMM discharges.
    decimal : {".", ","}
        Decimal sign of a CSV.

    Returns
    -------
    Record
        In SI units, positive current charging.

    Raises
    ------
    AnalysisError
        If a column or a unit is missing, a cell is no number, or time does not increase.

    Examples
    --------
    >>> table = {"Test Time / h": [0, 1], "Current / mA": [0, 2], "Voltage / V": [3.5, 3.6]}
    >>> read_record(table).current.tolist()
    [0.0, 0.002]
    """
    name = Path(source).name if isinstance(source, str | Path) else "record"
    if positive not in POSITIVE:
        raise AnalysisError(unknown_name("sign convention", positive, POSITIVE))
    for role in columns or {}:
        if role not in ROLES:
            raise AnalysisError(unknown_name("role", role, ROLES))
    try:
        found = read_columns(source, decimal)
        parts = {role: _column(found, role, (columns or {}).get(role), name) for role in ROLES}
    except ParameterError as error:
        raise AnalysisError(str(error)) from error
    sign = 1.0 if positive == "charge" else -1.0
    return Record(parts["time"], sign * parts["current"], parts["voltage"], name)


def _column(
    found: Mapping[str, np.ndarray], role: str, chosen: str | None, file: str
) -> NDArray[np.float64]:
    header, unit = _found(found, role, file) if chosen is None else _chosen(found, chosen, file)
    values = found[header] * factor(role, unit, f"{file}, column {header!r}")
    if np.isnan(values).all():
        raise AnalysisError(f"{file}, column {header!r} holds no numbers")
    return values


def _found(found: Mapping[str, np.ndarray], role: str, file: str) -> tuple[str, str | None]:
    for header in found:
        if _MACHINE.get(header.casefold(), ("", ""))[0] == role:
            return header, _MACHINE[header.casefold()][1]
    plain = {split_unit(header)[0].casefold(): header for header in reversed(list(found))}
    for name in _NAMES[role]:
        if name in plain:
            return plain[name], split_unit(plain[name])[1]
    raise AnalysisError(
        f"{file} has no column for the {role}; it has {', '.join(map(repr, found))}. Rename it as "
        f"the Battery Data Format does, or say which: {role}=HEADER:UNIT"
    )


def _chosen(found: Mapping[str, np.ndarray], chosen: str, file: str) -> tuple[str, str | None]:
    if chosen in found:
        return chosen, split_unit(chosen)[1]
    header, _, unit = chosen.rpartition(":")
    known = {name for units in UNITS.values() for name in units}
    if header in found and plain_unit(unit) in known:
        return header, unit
    if header in found:
        raise AnalysisError(f"{file}, column {header!r}: unit {unit!r} is not known")
    raise AnalysisError(f"{file}: {unknown_name('column', header or chosen, found)}")


def write_record(record: Record, path: str | Path) -> Path:
    """Write a record as a CSV with the headers of the Battery Data Format.

    Examples
    --------
    >>> import tempfile
    >>> record = Record(np.array([0.0, 9.0]), np.array([0.0, 1.0]), np.array([3.5, 3.6]))
    >>> read_record(write_record(record, Path(tempfile.mkdtemp()) / "r.csv")).voltage.tolist()
    [3.5, 3.6]
    """
    columns = (record.times, record.current, record.voltage)
    headers = ("Test Time / s", "Current / A", "Voltage / V")
    table = pd.DataFrame(dict(zip(headers, columns, strict=True)))
    table.to_csv(path, index=False, float_format="%.16g")  # steps may meet within ns
    return Path(path)
