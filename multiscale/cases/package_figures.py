"""Simulated against measured timings of a package: the fixed set of figures, with chance beside."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import pandas as pd
import xarray as xr
from numpy.typing import NDArray

from multiscale.analysis.bimodality import CELL_SOC, bimodality
from multiscale.analysis.comparison import compare_timings
from multiscale.analysis.order import DRAWS
from multiscale.analysis.timings import reaction_timings, taking_part
from multiscale.analysis.traces import change_done
from multiscale.cases.package_run import Simulated, half_cycles_of_package
from multiscale.dataset import DataPackage
from multiscale.dataset.particles_file import timings_of
from multiscale.errors import AnalysisError, DatasetError
from multiscale.imaging.cell_clock import CellClock

LIKELY = 0.95
BIMODAL_P = 0.05  # of the dip test

Floats = NDArray[np.float64]


def measured_timings(package: DataPackage, shuffled: int | None = None) -> pd.DataFrame:
    """The timing table of a package; with a seed dealt out to the particles anew.

    Parameters
    ----------
    package : DataPackage
    shuffled : int, optional
    """
    table = timings_of(package.particles, half_cycles_of_package(package))
    if shuffled is None:
        return table
    generator = np.random.default_rng(shuffled)
    labels = table["particle"].unique()
    dealt = dict(zip(labels, generator.permutation(labels), strict=True))
    return table.assign(particle=table["particle"].map(dealt))


def package_figures(
    ours: Simulated, package: DataPackage, shuffled: int | None = None
) -> dict[int, dict[str, float]]:
    """Figures by number of the half-cycle.

    Those of ``compare_timings`` with the floors of what is compared as a difference; particles
    that only the simulation knows count as not in view. ``share_matched`` is of the particles
    that were measured to react.

    Raises
    ------
    DatasetError
        If the two have no half-cycle or no particle in common.
    """
    theirs = measured_timings(package, shuffled)
    common = set(ours.timings["particle"]) & set(theirs["particle"])
    if not common:
        raise DatasetError("No particle of the package is in the simulated electrode")
    seen = ours.timings[ours.timings["particle"].isin(set(theirs["particle"]))]
    compared = compare_timings(seen, theirs)
    found = {}
    for _, row in compared.summary().iterrows():
        number = int(row["half_cycle"])
        rows = [table[table["half_cycle"] == number] for table in (seen, theirs)]
        figures = {name: float(row[name]) for name in row.index if name not in ("kind",)}
        figures |= _counts(figures, rows[1])
        pairs = compared.pairs[compared.pairs["half_cycle"] == number]
        figures |= _shuffled_error(pairs) | _differences(rows[0], rows[1])
        figures |= {name: float(row[name]) for name in row.index if name.startswith("spread_")}
        figures |= _modes(ours, package, number)
        found[number] = figures
    return found


def _counts(figures: Mapping[str, float], theirs: pd.DataFrame) -> dict[str, float]:
    """How many were measured, and what the order is worth: 0 within chance."""
    ends = theirs.reindex(columns=["t50_s", "t50_low_s", "t50_high_s"]).notna().any(axis=1)
    n = int((theirs["status"].eq("reacted") & ends).sum())
    tau, chance = figures["tau"], figures["tau_chance"]
    beyond = np.isfinite(tau) and np.isfinite(chance) and abs(tau) > chance
    return {
        "measured": n,
        "not_reacted": len(theirs) - n,
        "share_matched": figures["matched"] / n if n else np.nan,
        "order": tau if beyond else 0.0,
        "tau_over_chance": tau / chance,
        "wasserstein_over_floor": figures["wasserstein"] / figures["wasserstein_floor_95"],
    }


def _shuffled_error(pairs: pd.DataFrame, seed: int = 0) -> dict[str, float]:
    """Median error that the same times give when they are dealt out anew: its lower 2.5 %."""
    if len(pairs) < 2:
        return {"median_error_chance": np.nan, "median_error_over_chance": np.nan}
    generator = np.random.default_rng([seed, 2])
    ours, low, high = (
        pairs[name].to_numpy(float) for name in ("simulated", "measured_low", "measured_high")
    )
    dealt = np.array([generator.permutation(ours) for _ in range(DRAWS)])
    errors = np.median(np.abs(dealt - np.clip(dealt, low, high)), axis=1)
    chance = float(np.quantile(errors, (1 - LIKELY) / 2))
    own = np.median(np.abs(ours - np.clip(ours, low, high)))
    return {"median_error_chance": chance, "median_error_over_chance": float(own / chance)}


def _differences(ours: pd.DataFrame, theirs: pd.DataFrame) -> dict[str, float]:
    """Differences of spread and of active fraction, and what two draws of one sample give.

    Particles that did not react are late, and never active: see ``analysis.censoring``.
    """
    times, widths = (
        [_relative(table, name) for table in (ours, theirs)] for name in ("t50_s", "width_s")
    )
    return _difference("spread", times, _spread) | _difference("active", widths, _mean)


def _relative(table: pd.DataFrame, name: str) -> Floats:
    kept = taking_part(table)
    idle = kept["duration_s"] if name == "t50_s" else 0.0
    times = kept[name].where(kept["status"] == "reacted", idle)
    values = times.to_numpy(float) / kept["duration_s"].to_numpy(float)
    return values[np.isfinite(values)]


def _spread(values: Floats) -> Floats:
    return np.asarray(np.std(values, axis=-1, ddof=1))


def _mean(values: Floats) -> Floats:
    return np.asarray(np.mean(values, axis=-1))


def _difference(
    name: str, samples: list[Floats], measure: Callable[[Floats], Floats], seed: int = 0
) -> dict[str, float]:
    if min(map(len, samples)) < 2:
        ends = ("simulated", "measured", "difference", "floor_95")
        return {f"{name}_{end}": np.nan for end in ends}
    pooled = np.concatenate(samples)
    generator = np.random.default_rng([seed, len(pooled)])
    first, second = (measure(generator.choice(pooled, (DRAWS, len(one)))) for one in samples)
    return {
        f"{name}_simulated": float(measure(samples[0])),
        f"{name}_measured": float(measure(samples[1])),
        f"{name}_difference": float(measure(samples[0]) - measure(samples[1])),
        f"{name}_floor_95": float(np.quantile(np.abs(first - second), LIKELY)),
    }


# --- how many have reacted when ---------------------------------------------------------


def _modes(ours: Simulated, package: DataPackage, number: int) -> dict[str, float]:
    """Dip test and bimodality coefficient of both at parts of the half-cycle's charge."""
    clock = CellClock(ours.cell)
    found = _at_soc(ours.signal, ours.half_cycles, clock, number, "simulated")
    if package.traces is not None:
        offset = float(package.facts.get("camera_clock_offset_second") or 0.0)
        y = package.traces["y"].dropna("particle", how="all")
        record = half_cycles_of_package(package)
        record = record.assign(start_s=record["start_s"] - offset)
        record = record.assign(end_s=record["start_s"] + record["duration_s"])
        assert package.cell is not None  # asked before
        clock = CellClock(package.cell, offset)
        found |= _at_soc(y, record, clock, number, "measured")
    for soc in CELL_SOC:
        for name in ("dip_p", "coefficient", "middle"):
            for who in ("simulated", "measured"):
                found.setdefault(f"{name}_{who}_{soc:g}", np.nan)
        dips = [found[f"dip_p_{who}_{soc:g}"] for who in ("simulated", "measured")]
        agree = np.nan if np.isnan(dips).any() else float(len(set(np.less(dips, BIMODAL_P))) == 1)
        found[f"modes_agree_{soc:g}"] = agree
    return found


def _at_soc(
    signal: xr.DataArray, record: pd.DataFrame, clock: CellClock, number: int, who: str
) -> dict[str, float]:
    """Figures of one side; NaN where its traces do not show the half-cycle."""
    row = record[record["half_cycle"] == number].iloc[0]
    try:
        done = change_done(signal, reaction_timings(signal, record), number)
        course = clock.soc(done["time"].to_numpy() + float(row["start_s"]), row)
        table = bimodality(done, course)
    except AnalysisError:
        return {}
    names = {"dip_p": "dip_p", "bimodality_coefficient": "coefficient", "middle_share": "middle"}
    return {
        f"{short}_{who}_{entry['cell_soc']:g}": float(entry[name])
        for entry in table.to_dict("records")
        for name, short in names.items()
    }


def half_cycle_figures(found: Mapping[int, dict[str, float]], half_cycle: Any) -> dict[str, float]:
    """Figures of one half-cycle; those of the first without a number.

    Raises
    ------
    DatasetError
        If it was not compared.
    """
    number = min(found) if half_cycle is None else int(half_cycle)
    if number not in found:
        raise DatasetError(f"Half-cycle {number} was not compared; there are {sorted(found)}")
    return found[number]
