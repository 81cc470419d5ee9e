"""Records of a battery cycler: time, current and voltage with their units and sign.

What a positive current does is decided here and nowhere else. A :class:`Record` holds the
convention of the Battery Data Format, positive charges; everything that simulates counts positive
on discharge and negates it. A file says so itself if it has a column of states (charge, discharge,
rest); otherwise the caller does (``positive``), and the voltage must agree.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from multiscale.errors import AnalysisError, unknown_name
from multiscale.tables import Table, read_table
from multiscale.units import KINDS, parse_unit, split_unit

ROLES = ("time", "current", "voltage")
# What columns are called, without unit, in the order in which they are preferred: the Battery Data
# Format, then Arbin, Basytec, BioLogic, Digatron, Gamry, Ivium, Landt, Maccor, Neware, Novonix.
_NAMES = {
    "time": (
        *("test time", "total time", "time total", "elapsed time", "run time", "test"),
        *("programmdauer", "prog time", "program time", "gesamtzeit", "testzeit", "prüfzeit"),
        *("time", "t", "zeit", "temps", "time stamp", "timestamp", "datum", "zeitstempel"),
        *("date time", "datetime", "date and time", "absolute time", "systime", "sys time"),
        *("dpt time", "real time", "date", "总时间", "测试时间", "时间"),
    ),
    "current": (
        *("current", "i", "<i>", "im", "amps", "strom", "courant", "we current", "cell current"),
        *("i cell", "corriente", "current avg", "电流"),
    ),
    "voltage": (
        *("voltage", "ecell", "<ecell>", "ewe", "<ewe>", "cell voltage", "volts", "potential"),
        *("u", "e", "v", "vf", "spannung", "tension", "we potential", "working electrode", "u1"),
        *("ewe ece", "terminal voltage", "u cell", "e cell", "zellspannung", "voltaje", "电压"),
    ),
}
_STEP_TIME = ("step time", "step", "t set", "schrittdauer", "schrittzeit", "time in step")
_STATES = (
    *("state", "md", "mode", "step type", "step name", "step mode", "status", "zustand"),
    *(
        "ox red",
        "direction",
        "work mode",
        "command",
        "step status",
        "operation",
        "type",
        "etat",
        "工步类型",
        "状态",
    ),
)
_STEPS = ("step index", "step", "step id", "step number", "ns", "schritt", "line", "step no", "seg")
_BARE = {"amps": "A", "volts": "V"}  # headers that are units
POSITIVE = ("charge", "discharge")
LARGEST_VOLTAGE = 10.0  # [V] of a cell; more is a voltage in mV, or a decimal sign misread
LARGEST_CURRENT = 1e4  # [A] of a cell; more is a fill value, or a unit misread
FLOWING = 0.01  # of the largest current, above which a current flows
FALL = 0.25  # of the span of voltage that it may fall by while a current charges
LEAST_FALL = 0.1  # [V]; less is no contradiction
LEAST_FALL_ONLY = 0.05  # [V], where the voltage does nothing else
_DISCHARGING = re.compile(
    r"dis|dch|entlad|ela\b|d[ée]charge|^d(?:[_ \d-]|c{2}|c?v|$)|^cc-?d|^d-|放"
)
_CHARGING = re.compile(r"chg|charg|cha\b|laden|lad\b|^c(?:[_ \d-]|$)|^c-|^cha|充")
_RESTING = re.compile(
    r"^(?:r|p|s|o|i|t|0|rest.*|pau.*|ocv.*|idle.*|wait.*|ruhe.*|stop.*|end.*|fin.*|off|hold|none|"
    r"suspend.*|open.*|start.*|init.*|stand.*|oc|m|a|zero.*|impedance|eis|repos|静置|搁置)$"
)


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
        if len({len(values) for values in parts.values()}) > 1:
            raise AnalysisError(f"{self.name}: time, current and voltage differ in length")
        _check(parts, lambda row: f"{self.name}, row {row + 1}")

    def charge(self) -> NDArray[np.float64]:
        """Charge passed since the beginning [C]; each sample's current held back to the last.

        Instruments log the end of a step, so that the current of a sample is the one that
        flowed until then.
        """
        return np.r_[0.0, np.cumsum(self.current[1:] * np.diff(self.times))]


def _check(parts: Mapping[str, NDArray[np.float64]], where: Callable[[int], str]) -> None:
    """Refuse numbers that are missing and time that does not increase, by their place."""
    for role, values in parts.items():
        bad = ~np.isfinite(values)
        if bad.any():
            row = int(bad.argmax())
            what = "infinite" if np.isinf(values[row]) else "missing (NaN)"
            raise AnalysisError(f"{where(row)}: the {role} is {what}; {bad.sum()} such row(s)")
    times = parts["time"]
    back = np.diff(times) <= 0
    if back.any():
        row = int(back.argmax())
        raise AnalysisError(
            f"{where(row + 1)}: time does not increase ({times[row]:g} s, "
            f"then {times[row + 1]:g} s); join a restarted clock, remove a double row"
        )


def read_record(
    source: Any,
    columns: Mapping[str, str] | None = None,
    *,
    positive: str | None = None,
    decimal: str = ".",
) -> Record:
    """A record from the file of a cycler (CSV, text, Excel) or a data frame.

    Parameters
    ----------
    source : path, pandas.DataFrame or mapping
        See :func:`multiscale.tables.read_table`. Columns with the headers of the Battery Data
        Format, ``Test Time / s``, ``Current / A`` and ``Voltage / V``, are found by themselves,
        also in other units, and so are those of Arbin, Basytec, BioLogic, Digatron, Gamry, Ivium,
        Landt, Maccor, Neware and Novonix. A total time goes before the time of a step, which is
        joined where it restarts; times may be numbers, ``hh:mm:ss`` or date stamps.
    columns : mapping, optional
        Role (time, current, voltage) -> header, with ``:unit`` after it if the header does not
        hold the unit: ``{"time": "Seconds:s"}``.
    positive : {"charge", "discharge"}, optional
        What a positive current does. By default what a column of states says (``State``,
        ``Step Type``, ``Status``, ``ox/red``), and without one, that it charges, as in the Battery
        Data Format; PyBaMM discharges.
    decimal : {".", ","}
        Decimal sign of a text file.

    Returns
    -------
    Record
        In SI units, positive current charging. Two rows of one time, at a change of the current or
        of the step, are a jump: they are kept, a nanosecond apart.

    Raises
    ------
    AnalysisError
        If a column or a unit is missing, a cell is no number, time does not increase, or the sign
        of the current contradicts the states or the voltage.

    Examples
    --------
    >>> table = {"Test Time / h": [0, 1], "Current / mA": [0, 2], "Voltage / V": [3.5, 3.6]}
    >>> read_record(table).current.tolist()
    [0.0, 0.002]
    >>> table = {"TestTime (s)": [0, 9, 18], "Amps": [0.0, 2.0, 1.0], "Volts": [3.5, 3.6, 3.4],
    ...          "State": ["R", "C", "D"]}
    >>> read_record(table).current.tolist()
    [0.0, 2.0, -1.0]
    """
    if positive is not None and positive not in POSITIVE:
        raise AnalysisError(unknown_name("sign convention", positive, POSITIVE))
    named = dict(columns or {})
    for role in named:
        if role not in ROLES:
            raise AnalysisError(unknown_name("role", role, ROLES))
    table = read_table(
        source,
        decimal=decimal,
        error=AnalysisError,
        fits=lambda table: all(_find(table, names) is not None for names in _NAMES.values()),
    )
    name = Path(source).name if isinstance(source, str | Path) else "record"
    signals = []
    for role in ("voltage", "current"):
        header, unit = _header(table, role, named.get(role))
        signals.append(table.si(header, role, unit or _BARE.get(header.strip().casefold())))
    voltage, current = signals
    times = _times(table, named.get("time"), current)
    _check_possible(table, "voltage", voltage, LARGEST_VOLTAGE, "V")
    _check({"time": times, "current": current, "voltage": voltage}, table.where)
    _check_possible(table, "current", current, LARGEST_CURRENT, "A")
    return Record(times, _signed(table, current, voltage, positive), voltage, name)


def _check_possible(
    table: Table, what: str, values: NDArray[np.float64], largest: float, unit: str
) -> None:
    """``AnalysisError`` at the first value that no cell has."""
    beyond = np.abs(values) > largest
    if beyond.any():
        row = int(beyond.argmax())
        raise AnalysisError(
            f"{table.where(row)}: a {what} of {values[row]:g} {unit} is more than a cell has "
            f"({largest:g} {unit}); is the unit, or the decimal sign, another one?"
        )


# --- columns --------------------------------------------------------------------------------


def _plain(header: str) -> str:
    """Name of a header without unit, in the spelling of the lists above.

    A ``TestTime``, a ``Test_Time`` and a ``test time`` are one; so are ``WE(1).Current``, ``I(t)``.
    """
    name = split_unit(header)[0].strip("~#* .:")
    name = re.sub(r"([a-z])([A-Z])", r"\1 \2", name).casefold()
    name = re.sub(r"\(\d\)\.?|\(t\)", " ", name)
    return " ".join(re.sub(r"[_/.-]+", " ", name).split())


def _find(table: Table, names: tuple[str, ...], role: str = "") -> str | None:
    """The first header called as one of the names that measures its role, or else any that may."""
    plain = [(_plain(header), header) for header in table]
    found = [header for name in names for known, header in plain if known == name]
    if not role or len(found) < 2:
        return found[0] if found else None
    wanted = parse_unit(KINDS[role][0])
    assert wanted is not None
    bare = None
    for header in found:
        unit = table.unit(header) or _BARE.get(header.casefold())
        measured = parse_unit(unit) if unit else None
        if measured is not None and measured.dimension == wanted.dimension:
            return header
        if role == "time" and table.is_time(header):
            return header
        bare = bare or (header if unit is None else None)
    return bare or found[0]


def _header(table: Table, role: str, chosen: str | None) -> tuple[str, str | None]:
    """Header of a role, and its unit if the caller says it."""
    if chosen is not None:
        return _chosen(table, chosen)
    header = _find(table, _NAMES[role], role)
    if header is None:
        raise AnalysisError(
            f"{table.name} has no column for the {role}; it has "
            f"{', '.join(map(repr, filter(None, table)))}. Rename it as the Battery Data Format "
            f"does, or say which: {role}=HEADER:UNIT"
        )
    return header, None


def _chosen(table: Table, chosen: str) -> tuple[str, str | None]:
    if chosen in table:
        return chosen, None
    header, _, unit = chosen.rpartition(":")
    if header in table and parse_unit(unit) is not None:
        return header, unit
    if header in table:
        raise AnalysisError(f"{table.name}, column {header!r}: unit {unit!r} is not known")
    raise AnalysisError(f"{table.name}: {unknown_name('column', header or chosen, table)}")


# --- time -----------------------------------------------------------------------------------


def _times(table: Table, named: str | None, current: NDArray[np.float64]) -> NDArray[np.float64]:
    """Times [s] that increase; the clock of a step is joined, times that meet are set apart."""
    of_a_step = False
    if named is None:
        header, unit = _find(table, _NAMES["time"], "time"), None
        step_time = _find(table, _STEP_TIME)
        step_is_time = step_time is not None and _plain(step_time) != "step"
        if step_time is not None and not step_is_time:  # "Step (Sec)" is one, "Step" is not
            step_unit = table.unit(step_time)
            measured = parse_unit(step_unit) if step_unit else None
            step_is_time = measured is not None and measured.dimension == (0, 0, 1, 0, 0, 0)
        if header is None and step_is_time:
            header, of_a_step = step_time, True
        if header is None:
            header, unit = _header(table, "time", None)
    else:
        header, unit = _chosen(table, named)
        of_a_step = _plain(header) in _STEP_TIME
    times = table.seconds(header, unit)

    # what changes from step to step: the number of the step, or the state
    headers = [_find(table, (name,)) for name in (*_STEPS, *_STATES)]
    texts = [table.text(header) for header in headers if header is not None]
    steps = list(zip(*texts, strict=True))
    changes = np.flatnonzero([old != new for old, new in itertools.pairwise(steps)])
    back = np.flatnonzero(np.diff(times) < 0)
    at_changes = bool(np.isin(back, changes).all())
    if back.size and changes.size and at_changes and not of_a_step:
        # does time begin anew at every step, as far as steps of one row let it be seen?
        several = np.diff(np.r_[-1, changes]) > 1
        of_a_step = bool((times[changes + 1] <= times[changes])[several].all())
    if of_a_step:
        back = np.union1d(back, changes)
    elif not (at_changes and (times[back + 1] <= 0.5 * times[back]).all()):
        back = back[:0]  # neither the clock of a step nor one of a cycle
    if back.size:
        passed = np.zeros_like(times)  # what a clock shows first has passed since the step before
        passed[back + 1] = times[back]
        times = times + np.cumsum(passed)

    # times that meet at a switching are set apart by the least that is kept in a file
    meet = np.flatnonzero(np.diff(times) == 0)
    size = np.nanmax(np.abs(current)) if meet.size else 0.0
    times = times.copy()
    for at in meet:
        switched = abs(current[at + 1] - current[at]) > FLOWING * size
        if switched or (steps and steps[at] != steps[at + 1]):
            gap = max(1e-9, 16 * float(np.spacing(times[at])))
            later = at + 2 >= len(times) or times[at + 2] > times[at] + 2 * gap
            if later or times[at + 2] == times[at + 1]:
                times[at + 1] = times[at] + gap
    return times


# --- sign -----------------------------------------------------------------------------------


def _signed(
    table: Table,
    current: NDArray[np.float64],
    voltage: NDArray[np.float64],
    positive: str | None,
) -> NDArray[np.float64]:
    """The current, positive charging, by the states or by what a positive one does."""
    size = np.nanmax(np.abs(current)) if np.isfinite(current).any() else 0.0
    flows = np.abs(current) > FLOWING * size
    header, state = _states(table, current, flows)
    sign = -1.0 if positive == "discharge" else 1.0
    if header is None:
        signed = sign * current
        _check_voltage(table, signed, voltage, flows)
        return signed
    known = flows & (state != 0)
    both = bool((current[flows] > 0).any() and (current[flows] < 0).any())
    agree = np.sign(sign * current) == state
    if both or (current[flows] < 0).any():  # the column of currents has signs of its own
        if positive is None and known.any() and not agree[known].any():
            return -current
        if not agree[known].all():
            row = int(np.flatnonzero(known & ~agree)[0])
            raise AnalysisError(
                f"{table.where(row)}: a current of {current[row]:g} A contradicts "
                f"{header} = {table.text(header)[row]!r}; say what a positive current does "
                "(--positive charge or discharge), or correct the record"
            )
        return sign * current
    return np.where(flows, state, 1.0) * np.abs(current)


def _states(
    table: Table, current: NDArray[np.float64], flows: NDArray[np.bool_]
) -> tuple[str | None, NDArray[np.float64]]:
    """The column of states, and 1 where it says charge, -1 discharge, 0 neither.

    A column counts if it says charge or discharge in some row in which a current flows.
    """
    wrong = ""
    named = [(_find(table, (name,)), name) for name in _STATES]
    if flows.any() and not (current[flows] < 0).any():
        # without a sign, a column of another name counts too if all its words are of this kind
        first = int(flows.argmax())
        listed = [header for header, _ in named]
        others = [header for header in table if header not in listed]
        named += [(header, "") for header in others if _meaning(table.text(header)[first], "")]
    for header, name in named:
        if header is None:
            continue
        words = table.text(header)
        meaning = {word: _meaning(word, name) for word in set(words)}
        state = np.array([meaning[word] or 0.0 for word in words])
        if not (state[flows] != 0).any():
            continue
        unclear = np.flatnonzero(flows & (state == 0))
        if unclear.size and not name:
            continue
        if unclear.size == 0:
            return header, state
        row = int(unclear[0])
        if not (current[flows] < 0).any():  # otherwise the current has a sign of its own
            wrong = wrong or (
                f"{table.where(row, header)}: a current flows in the state {words[row]!r}, which "
                "is neither charge nor discharge; write one of these, or leave the column out"
            )
    if wrong:
        raise AnalysisError(wrong)
    return None, np.zeros(len(flows))


def _meaning(word: str, name: str) -> float | None:
    """1 for charge, -1 for discharge, 0 for rest, None for anything else."""
    plain = word.strip().casefold()
    if name == "ox red":  # of the working electrode: oxidation charges a cathode
        return {"1": 1.0, "0": -1.0, "ox": 1.0, "red": -1.0}.get(plain)
    if not plain or _RESTING.fullmatch(plain):
        return 0.0
    if _DISCHARGING.search(plain):
        return -1.0
    return 1.0 if _CHARGING.search(plain) else None


def _check_voltage(
    table: Table,
    current: NDArray[np.float64],
    voltage: NDArray[np.float64],
    flows: NDArray[np.bool_],
) -> None:
    """Refuse a sign that the voltage contradicts: it rises on charge and falls on discharge.

    Judged within stretches of one current, by the largest fall from a maximum (of a charge) or
    rise from a minimum. A single one may have a reason (a larger current went before it); a
    current that has no sign anywhere, or most of what moves, has none. Where the voltage moves in
    the wrong direction only, less is enough.
    """
    if flows.sum() < 4 or not np.isfinite(voltage).all():
        return
    limit = max(FALL * float(np.ptp(voltage)), LEAST_FALL)
    with_it = against = 0.0
    worst, at = 0.0, 0
    changes = np.abs(np.diff(current)) > 0.1 * np.maximum(np.abs(current[1:]), np.abs(current[:-1]))
    bounds = [0, *(np.flatnonzero(changes) + 1).tolist(), len(current)]
    for first, last in itertools.pairwise(bounds):
        if not flows[first] or last - first < 3:
            continue
        part = np.sign(current[first]) * voltage[first:last]
        falls = np.maximum.accumulate(part) - part
        with_it += float((part - np.minimum.accumulate(part)).max())
        against += float(falls.max())
        if falls.max() > worst:
            worst, at = float(falls.max()), first + int(falls.argmax())
    one_sign = bool((current[flows] > 0).all() or (current[flows] < 0).all())
    overall = np.sign(current[flows][0]) * (voltage[flows][-1] - voltage[flows][0])
    if one_sign and -overall > max(limit, worst):
        worst, at = float(-overall), int(np.flatnonzero(flows)[-1])
    only = one_sign and against > LEAST_FALL_ONLY and with_it < 0.05 * against
    if only or (worst > limit and (one_sign or against > with_it)):
        word, does = ("falls", "charges") if current[at] > 0 else ("rises", "discharges")
        raise AnalysisError(
            f"{table.where(at)}: the voltage {word} by {worst:.3g} V while the current, as it is "
            f"read, {does}; say what a positive current does (--positive charge or discharge), "
            "or give a current with a sign or a column of states (charge, discharge, rest)"
        )


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
