"""A data package in memory: made from timings, written whole, read back."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import xarray as xr

from multiscale.analysis.cycler import Record, read_record, write_record
from multiscale.dataset.description import (
    CELL,
    DESCRIPTION,
    checked_facts,
    describe,
    facts_of,
    half_cycles_in,
    read_description,
    rows_in,
    with_files,
    write_description,
)
from multiscale.dataset.optional_files import (
    OUTLINES,
    TRACES,
    Ring,
    read_outlines,
    read_traces,
    write_outlines,
    write_traces,
)
from multiscale.dataset.particles_file import (
    PARTICLES,
    half_cycles_of,
    particles_of,
    read_particles,
    timings_of,
    write_particles,
)
from multiscale.errors import DatasetError
from multiscale.folders import PACKAGE, own_version, result_folder, settle
from multiscale.text import path_of


@dataclass(frozen=True, kw_only=True)
class DataPackage:
    """Per-particle reaction timings with what belongs to them.

    Attributes
    ----------
    particles : pandas.DataFrame
        Rows of ``particles.csv``, one per particle and half-cycle.
    facts : mapping
        What is known of the measurement or simulation; the names are those of
        :data:`multiscale.dataset.description.FACTS`.
    half_cycles : pandas.DataFrame
        half_cycle, kind, cycle_count, start_s (in the test time of the cell record), duration_s.
    excluded : pandas.DataFrame
        particle and reason: what was seen and is not in the table, or is there as rejected.
    traces : xarray.Dataset, optional
        y (particle, time) and its companions; coordinate ``time`` [s].
    cell : Record, optional
        Cell record, positive current charging.
    outlines : mapping of str to array, shape (n, 2), optional
        x, y by particle [um].
    """

    particles: pd.DataFrame
    facts: Mapping[str, Any] = field(default_factory=dict)
    half_cycles: pd.DataFrame = field(default_factory=pd.DataFrame)
    excluded: pd.DataFrame = field(
        default_factory=lambda: pd.DataFrame(columns=["particle", "reason"])
    )
    traces: xr.Dataset | None = None
    cell: Record | None = None
    outlines: Mapping[str, np.ndarray] | None = None

    @classmethod
    def from_timings(
        cls,
        timings: pd.DataFrame,
        places: pd.DataFrame,
        *,
        facts: Mapping[str, Any] | None = None,
        signal: str = "lithium_fraction",
        roi_kind: str = "simulated",
        traces: xr.Dataset | None = None,
    ) -> DataPackage:
        """A package of simulated or otherwise known timings.

        Parameters
        ----------
        timings : pandas.DataFrame
            From ``reaction_timings``, or hand-read: particle, half_cycle, kind, status, and
            t50_s or t50_low_s and t50_high_s, duration_s.
        places : pandas.DataFrame
            particle, and x_m, y_m, radius_m [m] or centre_x_um, centre_y_um, radius_um.
        facts : mapping, optional
            The short form; of a simulation say ``measured_from="simulation"`` and ``software``.
        signal : {"lithium_fraction", "reflectance_change"}
            What the times were read from.
        roi_kind : str
            How the outlines were found.
        traces : xarray.Dataset, optional
            ``y`` (particle, time).

        Raises
        ------
        DatasetError
            If a particle has no place, or a fact does not exist.
        """
        known: dict[str, Any] = {"measured_from": "simulation"} if roi_kind == "simulated" else {}
        known |= checked_facts(facts or {})
        if "level_before" in timings:  # the mark of our own estimator
            known.setdefault("estimator", "multiscale.reaction_timings")
            known.setdefault("estimator_version", own_version())
        estimator = known.get("estimator") or "not stated"
        said = {"signal": signal, "roi_kind": roi_kind, "estimator": estimator}
        table = particles_of(timings, places, said)
        half_cycles = half_cycles_of(timings)
        return cls(particles=table, facts=known, half_cycles=half_cycles, traces=traces)

    @property
    def timings(self) -> pd.DataFrame:
        """The table that :func:`multiscale.compare_timings` takes; times in s, particles as text.

        Rejected particles are left out; of several events of a particle the first counts.
        """
        return timings_of(self.particles, self.half_cycles)

    def write(self, folder: str | Path, *, overwrite: bool = False) -> Path:
        """Write the package; the folder appears whole or not at all.

        Parameters
        ----------
        overwrite : bool
            Replace an earlier package, never anything else.

        Raises
        ------
        DatasetError
            If the folder holds something else, or a part cannot be written.
        """
        with result_folder(folder, PACKAGE, overwrite=overwrite) as result:
            self.write_files(result.new)
        return Path(folder)

    def write_files(self, folder: Path) -> None:
        """Write every file into a folder that may hold more; the description comes last.

        Files that stand there already, figures say, are listed with their checksums.
        """
        write_particles(self.particles, folder / PARTICLES)
        if self.traces is not None:
            write_traces(self.traces, folder / TRACES)
        if self.cell is not None:
            write_record(self.cell, folder / CELL)
        if self.outlines is not None:
            write_outlines(self.outlines, folder / OUTLINES)
        description = describe(self.facts, self.half_cycles, self.excluded)
        write_description(with_files(description, folder), folder)


def read_package(folder: str | Path) -> DataPackage:
    """Read a package; only ``particles.csv`` must be there.

    Checksums and the consistency of the files are looked at by ``check_package``, not here.

    Raises
    ------
    DatasetError
        If there is no ``particles.csv``, or a file is damaged.
    AnalysisError
        If the cell record is.
    """
    folder = path_of(folder, DatasetError, "a data package")
    settle(folder)
    if not (folder / PARTICLES).is_file():
        raise DatasetError(f"{folder} holds no {PARTICLES}: not a data package")
    parts: dict[str, Any] = {"particles": read_particles(folder / PARTICLES).reset_index(drop=True)}
    if (folder / DESCRIPTION).is_file():
        description = read_description(folder / DESCRIPTION)
        parts["facts"] = facts_of(description)
        parts["half_cycles"] = half_cycles_in(description)
        rows = rows_in(description, "excluded")
        parts["excluded"] = pd.DataFrame(rows, columns=["particle", "reason"])
    if (folder / TRACES).is_file():
        parts["traces"] = read_traces(folder / TRACES)
    if (folder / CELL).is_file():
        parts["cell"] = read_record(folder / CELL)
    if (folder / OUTLINES).is_file():
        outlines: dict[str, list[Ring]] = read_outlines(folder / OUTLINES)
        parts["outlines"] = {name: rings[0] for name, rings in outlines.items()}
    return DataPackage(**parts)
