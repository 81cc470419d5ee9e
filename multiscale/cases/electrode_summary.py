"""Plain numbers of an electrode run, for ``summary.json``, ``timings.csv`` and the curves."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from multiscale.analysis.timings import KEYS
from multiscale.cases.electrode import ElectrodeRun
from multiscale.cases.electrode_observables import cycle_loss
from multiscale.cases.neck import neck_drop, nominal_rate
from multiscale.cases.observables import MEAN
from multiscale.cases.runs import CaseRun
from multiscale.errors import MultiscaleError, ResultsError

TIMES = ("t10_s", "t50_s", "t90_s", "width_s")
MOST_ROWS = 2000
# Name in summary.json -> column of the table of measures.
_SPREADS = {
    "median_t50": "median_t50",
    "spread_t50": "spread_t50",
    "range_t50": "range_t50",
    "median_width": "median_width",
    "order_correlation": "order_correlation",
    "latest_minus_earliest": "full_range_t50",
    "range_t10": "range_t10",
    "reacted": "reacted",
    "not_reacted": "excluded",
}


def electrode_summary(run: ElectrodeRun) -> dict[str, Any]:
    """Key figures of one run of an electrode, besides those of every run."""
    prepared = run.prepared
    described: dict[str, Any] = {
        "geometry": str(prepared.spec.geometry),
        "n_particles": prepared.geometry.n_particles,
        "particles": str(prepared.spec.particles),
        "counter_electrode": prepared.spec.model.counter_electrode,
        "nominal_c_rate_per_h": nominal_rate(prepared),
        "pristine_neck_drop_V": neck_drop(prepared),
        "half_cycles_finished": run.complete,
        "half_cycles_planned": len(run.plan),
    }
    if run.results is None:
        return described
    results = run.solved
    return described | {
        "duration_s": float(results.times[-1]),
        "stopped_because": run.outcome,
        "final_voltage_V": float(results.series("Voltage [V]")[-1]),
        "balance": results.balance.as_dict(),
        "half_cycles": half_cycle_rows(run),
        "first_cycle_loss": _loss(run),
    }


def _loss(run: ElectrodeRun) -> float | None:
    try:
        return cycle_loss(run)
    except ResultsError:
        return None


def half_cycle_rows(run: ElectrodeRun) -> list[dict[str, Any]]:
    """One dictionary per finished half-cycle; empty if none was."""
    try:
        table = run.half_cycles
    except ResultsError:
        return []
    rows = []
    brightness = run.brightness_measures
    for (_, row), (_, spread), (_, bright) in zip(
        table.iterrows(), run.measures.iterrows(), brightness.iterrows(), strict=True
    ):
        kept = {name: row[name] for name in ("kind", "start_s", "duration_s", "capacity_Ah")}
        kept |= {name: spread[column] for name, column in _SPREADS.items()}
        kept |= _bounds(spread, _SPREADS)
        names = ("range_t50", "full_range_t50", "median_width")
        kept["brightness"] = {name: bright[name] for name in names}
        kept["brightness"] |= _bounds(bright, dict(zip(names, names, strict=True)))
        rows.append(kept)
    return rows


def _bounds(measures: pd.Series, columns: Mapping[str, str]) -> dict[str, bool]:
    """``..._is_lower_bound`` of every measure that may be one."""
    return {
        f"{name}_is_lower_bound": bool(measures[f"{column}_is_lower_bound"])
        for name, column in columns.items()
        if f"{column}_is_lower_bound" in measures
    }


def timing_table(run: ElectrodeRun) -> pd.DataFrame:
    """``timings.csv``: mean content, and beside it the brightness of the surface."""
    table = run.timings
    first = [*KEYS, *TIMES]
    others = [name for name in table.columns if name not in first]
    bright = run.brightness_timings
    extra = bright[["status", *TIMES]].add_prefix("brightness_").reset_index(drop=True)
    counts = table["particle"].map(run.obstruction).rename("obstruction")
    ohm = table["particle"].map(run.resistance).rename("resistance_to_collector_ohm")
    kept = table[[*first, *others]].reset_index(drop=True)
    return pd.concat([kept, extra, counts, ohm], axis=1)


def electrode_curves(run: CaseRun) -> pd.DataFrame:
    """Cell series of every run, and the span of the particles."""
    tables = []
    for name, results in run.results.items():
        n = len(results.times)
        kept = np.unique(np.linspace(0, n - 1, min(n, MOST_ROWS)).astype(int))
        means = results.series(MEAN).reshape(-1, n)[:, kept]
        weights = results.space.particle_volumes
        columns = {
            "variant": name,
            "time_s": results.times[kept],
            "voltage_V": results.series("Voltage [V]")[kept],
            "c_rate_per_h": results.series("C-rate")[kept],
            "discharge_capacity_Ah": results.series("Discharge capacity [A.h]")[kept],
            "mean_stoichiometry": weights @ means / weights.sum(),
            "lowest_particle_stoichiometry": means.min(axis=0),
            "highest_particle_stoichiometry": means.max(axis=0),
        }
        tables.append(pd.DataFrame(columns))
    return pd.concat(tables, ignore_index=True) if tables else pd.DataFrame()


def left_behind(run: ElectrodeRun) -> list[str]:
    """Remarks on particles that did not take part in a half-cycle."""
    try:
        table = run.timings
    except MultiscaleError:
        return []
    notes = []
    names = run.half_cycle_names
    for half_cycle, rows in table.groupby("half_cycle"):
        idle = rows.loc[rows["status"] != "reacted", "particle"]
        if len(idle):
            some = ", ".join(map(str, idle[:6])) + (", ..." if len(idle) > 6 else "")
            notes.append(
                f"{names[half_cycle]}: {len(idle)} of {len(rows)} particles did not complete a "
                f"change and count as late, which makes spreads lower bounds: {some}"
            )
    return notes
