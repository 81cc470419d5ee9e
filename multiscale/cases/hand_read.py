"""Timings of single particles as read by hand from a paper, against a simulated electrode."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import pandas as pd
from pydantic import model_validator

from multiscale.analysis.comparison import compare_timings
from multiscale.cases.electrode import ElectrodeRun
from multiscale.cases.kind import Context, Kind, Numbers, observable
from multiscale.cases.runner import run_case
from multiscale.cases.schema import Case, RunSpec
from multiscale.cases.tables import Fault, File, Number, Table, Text, one_of
from multiscale.dataset.particles_file import read_particles, timings_of

SIGNALS = ("mean content", "brightness")


class HandRead(Table):
    """A table of times, and the particles of a simulation that they are compared with."""

    file: File
    duration_second: Number
    case: Text
    variant: Text
    signal: Annotated[str, one_of("signal", SIGNALS)]
    particles: dict[str, Text]  # name in the table -> name in the simulation
    _run: RunSpec
    _measured: pd.DataFrame

    @model_validator(mode="after")
    def _loaded(self, info: Any) -> HandRead:
        self._run = info.context.load(self.case).only([self.variant]).runs[self.variant]
        self._measured = read_particles(Path(self.file))
        for name in self._measured["particle_id"]:
            if name not in self.particles:
                raise Fault(f"says nothing about {name!r} of {Path(self.file).name}", "particles")
        return self


def _solve(variant: HandRead, context: Context) -> Numbers:
    run = run_case(Case.of_runs(variant.case, variant._run), progress=False).run(variant.variant)
    assert isinstance(run, ElectrodeRun)  # refused otherwise by the tables below
    table = run.brightness_timings if variant.signal == "brightness" else run.timings
    theirs = {ours: theirs for theirs, ours in variant.particles.items()}
    ours = table[table["particle"].isin(theirs)].copy()
    ours["particle"] = ours["particle"].map(theirs)
    compared = compare_timings(ours, _measured(variant))
    row = compared.summary().set_index("half_cycle").loc[0]
    flags = [f"{key}_is_{side}_bound" for key in _NAMES for side in ("lower", "upper")]
    numbers = {key: float(row[key]) for key in (*_NAMES, *flags) if key in row}
    inside = compared.pairs["error"] == 0
    return numbers | {"share_within": float(inside.mean())}


def _measured(variant: HandRead) -> pd.DataFrame:
    half_cycle = {"half_cycle": 0, "kind": "charge", "cycle_count": 1, "start_s": 0.0}
    described = pd.DataFrame([half_cycle | {"duration_s": variant.duration_second}])
    return timings_of(variant._measured, described)


_NAMES = (
    *("matched", "censored", "median_error", "p90_error", "median_shift", "tau", "tau_chance"),
    *("spearman", "spread_simulated", "spread_measured", "spread_difference", "wasserstein"),
    *("wasserstein_floor_95", "duration_ratio", "share_within"),
)
KIND = Kind(
    name="hand-read timings",
    variant=HandRead,
    solve=_solve,
    observables={name: observable(name) for name in _NAMES},
)
