"""Between the timing tables of ``multiscale.analysis`` and the rows of ``particles.csv``."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from multiscale.analysis.timing_tables import check_table
from multiscale.dataset.columns import NAMES
from multiscale.errors import DatasetError

# Column of a timing table -> column of particles.csv.
_SAME = {
    "status": "status",
    "t10_s": "t10_second",
    "t50_s": "t50_second",
    "t90_s": "t90_second",
    "u_t10_s": "t10_u_second",
    "u_t50_s": "t50_u_second",
    "u_t90_s": "t90_u_second",
    "t50_low_s": "t50_lower_second",
    "t50_high_s": "t50_upper_second",
    "width_s": "duration_second",
    "u_width_s": "duration_u_second",
    "width_is_upper_bound": "duration_is_upper_bound",
    "slope_peak_s": "slope_peak_second",
    "amplitude": "amplitude",
    "u_amplitude": "amplitude_u",
    "soc_at_t50": "soc_at_t50",
    "sampling_s": "frame_interval_second",
    "note": "quality_note",
}
PLACE = ("centre_x_um", "centre_y_um", "area_um2", "radius_um")
HALF_CYCLE = ("half_cycle", "kind", "cycle_count", "start_s", "duration_s")
MICRO = 1e6


def half_cycles_of(timings: pd.DataFrame) -> pd.DataFrame:
    """Half-cycles of a timing table: number, kind, cycle_count, and start and duration [s].

    Without a column ``cycle_count`` the charges are numbered from 1, and so are the discharges.

    Examples
    --------
    >>> kinds = ["charge", "discharge", "charge"]
    >>> table = pd.DataFrame({"half_cycle": [0, 1, 2], "kind": kinds})
    >>> half_cycles_of(table)["cycle_count"].tolist()
    [1, 1, 2]
    """
    table = timings.drop_duplicates("half_cycle").sort_values("half_cycle")
    if "cycle_count" not in table:
        table = table.assign(cycle_count=table.groupby("kind").cumcount() + 1)
    return table.reindex(columns=list(HALF_CYCLE)).reset_index(drop=True)


def particles_of(
    timings: pd.DataFrame, places: pd.DataFrame, said: Mapping[str, Any]
) -> pd.DataFrame:
    """Rows of ``particles.csv`` from a timing table.

    Parameters
    ----------
    timings : pandas.DataFrame
        From ``reaction_timings``; further columns slope_peak_s, amplitude, u_amplitude,
        soc_at_t50, note, t50_low_s and t50_high_s are taken along. Times without uncertainties
        get that of the sampling, interval over sqrt(12). Without an amplitude it is the
        difference of the state levels.
    places : pandas.DataFrame
        One row per particle: column particle (or particle_id), and centre_x_um, centre_y_um,
        area_um2, radius_um, or x_m, y_m, radius_m [m].
    said : mapping
        The same in every row: signal, roi_kind, estimator.

    Raises
    ------
    DatasetError
        If a particle has no place, or columns are missing.
    """
    censored = {"t50_low_s", "t50_high_s"} <= set(timings)
    check_table(timings, () if censored else ["t50_s"])
    table = _with_uncertainties(timings if "t50_s" in timings else timings.assign(t50_s=np.nan))
    found = pd.DataFrame({name: table[old] for old, name in _SAME.items() if old in table})
    found["particle_id"] = [str(label) for label in table["particle"]]
    found["event_id"], found["direction"] = "1", table["kind"]
    counts = half_cycles_of(timings).set_index("half_cycle")["cycle_count"]
    found["cycle_count"] = table["half_cycle"].map(counts)
    placed = _places(places)
    lost = sorted(set(found["particle_id"]) - set(placed.index))
    if lost:
        raise DatasetError(
            f"Particle {lost[0]!r} has no place; places are given for {placed.index.tolist()[:5]}."
        )
    for name in PLACE:
        found[name] = found["particle_id"].map(placed[name])
    found = found.assign(**said).reindex(columns=list(NAMES))
    timed = found["t50_second"].notna()
    found["duration_is_upper_bound"] = found["duration_is_upper_bound"].where(timed)
    found["quality_note"] = found["quality_note"].astype(object).fillna("")
    return found.reset_index(drop=True)


def _with_uncertainties(timings: pd.DataFrame) -> pd.DataFrame:
    table = timings.copy()
    sampling = table.get("sampling_s", pd.Series(np.nan, table.index)).astype(float)
    if "u_t50_s" not in table and "t10_s" in table:
        one = (sampling / np.sqrt(12)).where(table["t50_s"].notna())
        table = table.assign(u_t10_s=one, u_t50_s=one, u_t90_s=one, u_width_s=np.sqrt(2) * one)
    if {"t10_s", "t90_s"} <= set(table):
        table["width_s"] = table["t90_s"] - table["t10_s"]
        if "width_is_upper_bound" not in table:
            table["width_is_upper_bound"] = table["width_s"] < 2 * sampling
    if "amplitude" not in table and {"level_before", "level_after"} <= set(table):
        table["amplitude"] = table["level_after"] - table["level_before"]
    return table


def _places(places: pd.DataFrame) -> pd.DataFrame:
    """Centre, area and radius in micrometres by particle."""
    table = places.reset_index() if places.index.name in ("particle", "particle_id") else places
    table = table.rename(columns={"particle": "particle_id"})
    if "radius_m" in table:
        table = table.assign(
            centre_x_um=MICRO * table["x_m"],
            centre_y_um=MICRO * table["y_m"],
            radius_um=MICRO * table["radius_m"],
        )
    if "area_um2" not in table and "radius_um" in table:
        table = table.assign(area_um2=np.pi * table["radius_um"] ** 2)
    missing = [name for name in ("particle_id", *PLACE) if name not in table]
    if missing:
        raise DatasetError(
            f"The table of places lacks {missing}; give particle, centre_x_um, centre_y_um and "
            "radius_um, or particle, x_m, y_m and radius_m."
        )
    table.index = pd.Index([str(label) for label in table["particle_id"]])
    double = table.index.duplicated()
    if double.any():
        raise DatasetError(f"Particle {table.index[double][0]!r} has two places.")
    return table


def timings_of(particles: pd.DataFrame, half_cycles: pd.DataFrame | None = None) -> pd.DataFrame:
    """The timing table that ``compare_timings`` takes, from rows of ``particles.csv``.

    Parameters
    ----------
    particles : pandas.DataFrame
        Rows that were ``rejected`` are left out, and of several events in a half-cycle all but
        the first.
    half_cycles : pandas.DataFrame, optional
        Columns half_cycle, kind, cycle_count, start_s, duration_s. Without it they are numbered
        charge before discharge, and have no start and no duration.

    Returns
    -------
    pandas.DataFrame
        particle, half_cycle, kind, status, t10_s, t50_s, t90_s, width_s, t50_low_s, t50_high_s,
        uncertainties u_..., and the rest under the names of ``reaction_timings``.

    Raises
    ------
    DatasetError
        If a row belongs to none of the half-cycles.
    """
    kept = particles[particles["status"] != "rejected"]
    kept = kept.drop_duplicates(["particle_id", "cycle_count", "direction"])
    if half_cycles is None or half_cycles.empty:
        half_cycles = numbered(particles)
    record = half_cycles.set_index(["cycle_count", "kind"])
    keys = list(zip(kept["cycle_count"].astype(int), kept["direction"], strict=True))
    lost = [key for key in keys if key not in record.index]
    if lost:
        raise DatasetError(
            f"{lost[0][1]} {lost[0][0]} is none of the described half-cycles: "
            f"{[f'{kind} {count}' for count, kind in record.index]}."
        )
    of_rows = record.loc[keys]
    table = pd.DataFrame({"particle": kept["particle_id"].to_numpy()})
    table["half_cycle"] = of_rows["half_cycle"].to_numpy(int)
    table["kind"] = kept["direction"].to_numpy()
    for ours, theirs in _SAME.items():
        table[ours] = kept[theirs].to_numpy() if theirs in kept else np.nan
    table["width_is_upper_bound"] = (
        table["width_is_upper_bound"].eq(True).fillna(False).astype(bool)
    )
    durations = of_rows["duration_s"].to_numpy(float)
    if np.isfinite(durations).all():
        table["start_s"], table["duration_s"] = of_rows["start_s"].to_numpy(float), durations
    return table.sort_values(["half_cycle"], kind="stable").reset_index(drop=True)


def numbered(particles: pd.DataFrame) -> pd.DataFrame:
    """Half-cycles of rows of ``particles.csv`` where nothing describes them: charge before
    discharge in each cycle, without start and duration.

    Examples
    --------
    >>> rows = pd.DataFrame({"cycle_count": [1, 1], "direction": ["discharge", "charge"]})
    >>> numbered(rows)[["half_cycle", "kind"]].to_numpy().tolist()
    [[0, 'charge'], [1, 'discharge']]
    """
    seen = particles[["cycle_count", "direction"]].drop_duplicates().dropna()
    seen = seen.sort_values(["cycle_count", "direction"]).rename(columns={"direction": "kind"})
    seen["half_cycle"] = np.arange(len(seen))
    return seen.reindex(columns=list(HALF_CYCLE)).astype({"cycle_count": int})
