"""What can be wrong with the rows of ``particles.csv`` though every cell can be read."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from itertools import pairwise
from typing import Any, Literal

import numpy as np
import pandas as pd

from multiscale.dataset.columns import COLUMNS, INTERVAL, KEY, TIMES
from multiscale.dataset.findings import Finding
from multiscale.dataset.particles_file import PARTICLES

Severity = Literal["error", "remark"]
Durations = Mapping[tuple[int, str], float]

AREA_TOLERANCE = 0.02  # of area against radius
RADII_UM = (0.01, 1000.0)  # particles of electrodes are well within
PLACE = ("centre_x_um", "centre_y_um")
EARLY = {"hours": 1 / 2000, "minutes": 1 / 40}  # all times below this share of the half-cycle
FEW = 3  # early particles are no proof of another unit
ROUNDING = 1e-6


def check_rows(table: pd.DataFrame, durations: Durations) -> Iterator[Finding]:
    """Faults of the table from ``parse_particles``; its index counts as a spreadsheet does.

    Parameters
    ----------
    table : pandas.DataFrame
    durations : mapping
        (cycle_count, direction) -> duration of the half-cycle [s], where it is known.
    """
    yield from _identity(table)
    yield from _filled(table)
    yield from _sizes(table)
    yield from _one_place(table)
    yield from _order(table)
    yield from _uncertainties(table)
    yield from _other_numbers(table)
    yield from _within_half_cycle(table, durations)
    yield from _units_of_time(table, durations)


def _at(
    table: pd.DataFrame,
    wrong: pd.Series,
    message: str,
    column: str,
    severity: Severity = "error",
) -> Iterator[Finding]:
    """One finding for each row at fault."""
    for number, value in table.loc[wrong.fillna(False).astype(bool), column].items():
        shown = "" if pd.isna(value) or value == "" else str(value)
        yield Finding(severity, PARTICLES, message, number, column, shown)


def _identity(table: pd.DataFrame) -> Iterator[Finding]:
    double = table.duplicated(list(KEY))
    message = f"the particle occurs twice in one half-cycle (equal {', '.join(KEY)})"
    yield from _at(table, double, message, "particle_id")
    yield from _at(table, table["cycle_count"] < 0, "is negative", "cycle_count")


def _filled(table: pd.DataFrame) -> Iterator[Finding]:
    reacted = table["status"] == "reacted"
    timed = table["t50_second"].notna()
    censored = table[list(INTERVAL)].notna().any(axis=1)
    for column in COLUMNS:
        values = table[column.name]
        empty = values.isna() | (values.astype(str) == "")
        if column.need == "always" and not column.may_be_empty:
            yield from _at(table, empty, "is empty; every row needs it", column.name)
        if column.need == "reacted" and column.name != "t50_second":
            message = "is empty; a row with t50_second needs it"
            yield from _at(table, empty & reacted & timed, message, column.name)
        if column.name in TIMES:
            message = "holds a time, but the status is not 'reacted'"
            yield from _at(table, ~empty & ~reacted, message, column.name)
    message = "is empty though the status is 'reacted'; give it, or t50_lower_second and "
    message += "t50_upper_second"
    yield from _at(table, reacted & ~timed & ~censored, message, "t50_second")
    measured = table["amplitude"].notna() & table["amplitude_u"].isna()
    message = "is empty: how sure is the amplitude?"
    yield from _at(table, measured, message, "amplitude_u", "remark")


def _sizes(table: pd.DataFrame) -> Iterator[Finding]:
    area, radius = table["area_um2"], table["radius_um"]
    for column in ("area_um2", "radius_um"):
        yield from _at(table, table[column] <= 0, "is not positive", column)
    low, high = RADII_UM
    small, large = (radius > 0) & (radius < low), radius > high
    yield from _at(table, small, "is below 0.01 um: in metres, or millimetres?", "radius_um")
    yield from _at(table, large, "is above 1000 um: in nanometres, or pixels?", "radius_um")
    share = area / (np.pi * radius**2)
    off = (share - 1).abs() > AREA_TOLERANCE
    message = "does not belong to radius_um, the radius of the disk of equal area: is one of the "
    message += "two in another unit (um2, um)?"
    yield from _at(table, off & (area > 0) & (radius > 0), message, "area_um2")


def _one_place(table: pd.DataFrame) -> Iterator[Finding]:
    first = table.groupby("particle_id")[["centre_x_um", "centre_y_um"]].transform("first")
    away = np.hypot(
        table["centre_x_um"] - first["centre_x_um"], table["centre_y_um"] - first["centre_y_um"]
    )
    message = "is further than a radius from where the particle was first: one name for two?"
    yield from _at(table, away > table["radius_um"], message, "centre_x_um")
    apart = table.drop_duplicates("particle_id")
    spread = np.hypot(*(apart[name].max() - apart[name].min() for name in PLACE))
    if len(apart) > 1 and spread < apart["radius_um"].min():
        message = "all centres lie within one radius: are centres and radii in one unit (um)?"
        yield Finding("error", PARTICLES, message, column="centre_x_um")


def _order(table: pd.DataFrame) -> Iterator[Finding]:
    for early, late in pairwise(TIMES):
        wrong = table[early] > table[late] * (1 + ROUNDING)
        yield from _at(table, wrong, f"is later than {late}", early)
    lower, upper = (table[name] for name in INTERVAL)
    yield from _at(table, lower > upper, "is later than t50_upper_second: reversed", INTERVAL[0])
    t50 = table["t50_second"]
    outside = (t50 < lower) | (t50 > upper)
    yield from _at(
        table, outside, "lies outside t50_lower_second to t50_upper_second", "t50_second"
    )
    width = table["t90_second"] - table["t10_second"]
    slack = 1e-3 * width.abs() + 1e-3
    wrong = (table["duration_second"] - width).abs() > slack
    yield from _at(table, wrong, "is not t90_second - t10_second", "duration_second")


def _uncertainties(table: pd.DataFrame) -> Iterator[Finding]:
    names = ("t10_u_second", "t50_u_second", "t90_u_second", "duration_u_second", "amplitude_u")
    for name in names:
        yield from _at(table, table[name] < 0, "is negative", name)
    for name in names[:3]:
        yield from _at(table, table[name] == 0, "is zero: no time is that sure", name, "remark")


def _other_numbers(table: pd.DataFrame) -> Iterator[Finding]:
    soc, amplitude = table["soc_at_t50"], table["amplitude"]
    beyond = (soc < -0.01) | (soc > 1.01)
    yield from _at(table, beyond, "is not between 0 and 1: in per cent?", "soc_at_t50")
    percent = amplitude.abs() > 10
    yield from _at(table, percent, "is above 10: in per cent?", "amplitude", "remark")
    interval = table["frame_interval_second"]
    yield from _at(table, interval <= 0, "is not positive", "frame_interval_second")
    timed = (table["status"] == "reacted") & table["t50_second"].notna() & interval.isna()
    message = "is empty: how often was the particle looked at?"
    yield from _at(table, timed, message, "frame_interval_second", "remark")


def _within_half_cycle(table: pd.DataFrame, durations: Durations) -> Iterator[Finding]:
    keys = list(zip(table["cycle_count"], table["direction"], strict=True))
    duration = pd.Series([_known(durations, key) for key in keys], table.index, dtype=float)
    for name in (*TIMES, INTERVAL[0], "slope_peak_second"):
        message = "lies beyond the end of the half-cycle: times count in seconds from its start"
        yield from _at(table, table[name] > duration * 1.001, message, name)
    for name in (*TIMES, *INTERVAL):
        message = "is negative: times count from the start of the half-cycle"
        yield from _at(table, table[name] < 0, message, name)
    interval = table["frame_interval_second"]
    message = "is longer than the half-cycle"
    yield from _at(table, interval > duration, message, "frame_interval_second")


def _known(durations: Durations, key: tuple[Any, Any]) -> float:
    count, direction = key
    return np.nan if pd.isna(count) else durations.get((int(count), str(direction)), np.nan)


def _units_of_time(table: pd.DataFrame, durations: Durations) -> Iterator[Finding]:
    """Times that all lie at the very beginning are in another unit."""
    for (count, direction), duration in durations.items():
        chosen = (table["cycle_count"] == count) & (table["direction"] == direction)
        rows = table[chosen.fillna(False).astype(bool)]
        times = rows["t90_second"].fillna(rows["t50_second"]).fillna(rows[INTERVAL[1]]).dropna()
        if times.empty:
            continue
        unit = _unit(float(times.max()) / duration, len(times))
        if unit:
            words = f"all times of {direction} {count} lie within {times.max():.4g} of "
            words += f"{duration:.6g} s: are they in {unit}?"
            yield Finding("error", PARTICLES, words, times.index[0], "t50_second")

    unknown = [key for key in _half_cycles_of(table) if key not in durations]
    for count, direction in unknown:
        rows = table[(table["cycle_count"] == count) & (table["direction"] == direction)]
        times, interval = rows["t90_second"].dropna(), rows["frame_interval_second"].min()
        if len(times) >= FEW and times.max() < interval:
            words = f"all times of {direction} {count} lie within one frame interval: are they in "
            yield Finding("error", PARTICLES, f"{words}hours?", times.index[0], "t50_second")


def _half_cycles_of(table: pd.DataFrame) -> list[tuple[int, str]]:
    seen = table[["cycle_count", "direction"]].dropna().drop_duplicates()
    return [(int(count), str(direction)) for count, direction in seen.itertuples(index=False)]


def _unit(share: float, n: int) -> str:
    few = {"hours": 1, "minutes": FEW}
    found: Iterable[str] = (u for u, most in EARLY.items() if share < most and n >= few[u])
    return next(iter(found), "")
