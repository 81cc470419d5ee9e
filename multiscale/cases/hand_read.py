"""Timings of single particles as read by hand from a paper, against a simulated electrode."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pandas as pd

from multiscale.analysis.comparison import compare_timings
from multiscale.cases.electrode import ElectrodeRun
from multiscale.cases.kind import Context, Figures, Kind, figure
from multiscale.cases.library import load_case
from multiscale.cases.runner import run_case
from multiscale.cases.tables import NUMBER, check_keys, choose, take
from multiscale.dataset.particles_file import read_particles, timings_of
from multiscale.errors import CaseError

SIGNALS = ("mean content", "brightness")
_KEYS = ("file", "duration_second", "case", "variant", "signal", "particles")


def _read(table: Mapping[str, Any], folder: Path | None, where: str) -> dict[str, Any]:
    check_keys(table, _KEYS, where)
    case = load_case(take(table, "case", str, where, ...))
    variant = choose(take(table, "variant", str, where, ...), case.runs, "variant", where)
    pairs = take(table, "particles", dict, where, ...)
    file = take(table, "file", str, where, ...)
    path = Path(file) if folder is None else folder / file
    measured = read_particles(path)
    for name in measured["particle_id"]:
        if name not in pairs:
            raise CaseError(f"{where}, particles: says nothing about {name!r} of {file}")
    return {
        "run": case.only([variant]),
        "signal": choose(take(table, "signal", str, where, ...), SIGNALS, "signal", where),
        "pairs": {str(ours): theirs for theirs, ours in pairs.items()},
        "measured": measured,
        "duration_s": float(take(table, "duration_second", NUMBER, where, ...)),
    }


def _solve(variant: Mapping[str, Any], context: Context) -> Figures:
    (name,) = variant["run"].runs
    run = run_case(variant["run"], progress=False).run(name)
    assert isinstance(run, ElectrodeRun)  # refused otherwise by the tables below
    table = run.brightness_timings if variant["signal"] == "brightness" else run.timings
    ours = table[table["particle"].isin(variant["pairs"])].copy()
    ours["particle"] = ours["particle"].map(variant["pairs"])
    compared = compare_timings(ours, _measured(variant))
    row = compared.summary().set_index("half_cycle").loc[0]
    flags = [f"{key}_is_{side}_bound" for key in _NAMES for side in ("lower", "upper")]
    figures = {key: float(row[key]) for key in (*_NAMES, *flags) if key in row}
    inside = compared.pairs["error"] == 0
    return figures | {"share_within": float(inside.mean())}


def _measured(variant: Mapping[str, Any]) -> pd.DataFrame:
    half_cycle = {"half_cycle": 0, "kind": "charge", "cycle_count": 1, "start_s": 0.0}
    described = pd.DataFrame([half_cycle | {"duration_s": variant["duration_s"]}])
    return timings_of(variant["measured"], described)


_NAMES = (
    *("matched", "censored", "median_error", "p90_error", "median_shift", "tau", "tau_chance"),
    *("spearman", "spread_simulated", "spread_measured", "spread_difference", "wasserstein"),
    *("wasserstein_floor_95", "duration_ratio", "share_within"),
)
KIND = Kind(
    name="hand-read timings",
    read=_read,
    solve=_solve,
    measures={name: figure(name) for name in _NAMES},
)
