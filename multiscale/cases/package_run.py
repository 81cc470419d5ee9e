"""The electrode of a data package, charged as its cell was, and what a microscope makes of it."""

from __future__ import annotations

import copy
import functools
import hashlib
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import xarray as xr
from pydantic import Field, field_validator

from multiscale.analysis.cycler import Record
from multiscale.analysis.timings import reaction_timings
from multiscale.cases.electrode import ElectrodeRun
from multiscale.cases.package_geometry import Rebuilding, electrode_of
from multiscale.cases.package_protocol import Protocol, protocol_of, recorded_half_cycles
from multiscale.cases.preparation import prepare_run
from multiscale.cases.runner import solve
from multiscale.cases.schema import GeometrySpec, Overrides, ParticlesSpec, RunSpec
from multiscale.cases.tables import Number, Table, Text, Texts, Whole, beside
from multiscale.dataset import DataPackage, check_package, read_package
from multiscale.dataset.particles_file import numbered
from multiscale.errors import CaseError, DatasetError
from multiscale.imaging.rendering.optics import ReflectanceLaw
from multiscale.microscope.film import Film, ideal_traces
from multiscale.microscope.setup import Setup
from multiscale.microscope.stored import open_run

PIXEL_SIZE = 130e-9  # where a package states none [m]
FRAMES = 200  # in the longest half-cycle, where a package states no interval
MOST_FRAMES = 4000
FIELDS = 200  # times at which the inside of the particles is stored
SHOWN_FAULTS = 3
SIGNALS = ("reflectance_change", "lithium_fraction")


class Law(Table):
    """Arguments of ``ReflectanceLaw``."""

    gain: Number | None = None
    saturation: Number | None = None
    pristine: Number | None = None
    charged: Number | None = None


class PackageSpec(Table):
    """What is simulated for a package, and how it is filmed.

    Attributes
    ----------
    folder : str
        Of the package; ``package`` in a file.
    parameters : str
        Parameter set.
    particles, overrides
        As of any electrode.
    geometry : Rebuilding
    reflectance : Law
    experiment : tuple of str
        Steps instead of those of the cell record.
    shuffled : int, optional
        A negative control: the measured timings are dealt out to the particles anew, by this
        seed.
    """

    folder: Text = Field(alias="package")
    parameters: Text
    particles: ParticlesSpec = ParticlesSpec(fidelity="radial")
    overrides: Overrides = Field(default_factory=dict)
    geometry: Rebuilding = Rebuilding()
    reflectance: Law = Law()
    experiment: Texts = ()
    shuffled: Whole | None = None

    @field_validator("folder")
    @classmethod
    def _there(cls, name: str, info: Any) -> str:
        path = Path(beside(name, info) or name).expanduser().resolve()
        if not path.is_dir():
            raise CaseError(f"there is no package {path}")
        return str(path)


@dataclass(frozen=True)
class Simulated:
    """What a microscope reads off the simulated electrode.

    Attributes
    ----------
    signal : xarray.DataArray, dims ("particle", "time")
        In the domain of the package: light, or lithium that has left.
    timings : pandas.DataFrame
        Half-cycles are numbered as in the package.
    half_cycles : pandas.DataFrame
        half_cycle, kind, cycle_count, start_s, end_s, duration_s.
    cell : Record
    """

    signal: xr.DataArray
    timings: pd.DataFrame
    half_cycles: pd.DataFrame
    cell: Record


def usable_package(folder: Path) -> DataPackage:
    """The package, if it can be judged.

    Raises
    ------
    DatasetError
        If the check of the package finds errors, there is no cell record, no particle has
        reacted, or signals are mixed.
    """
    faults = [finding for finding in check_package(folder) if finding.is_error]
    if faults:
        more = f"; and {len(faults) - SHOWN_FAULTS} more" if len(faults) > SHOWN_FAULTS else ""
        shown = "; ".join(str(fault) for fault in faults[:SHOWN_FAULTS])
        raise DatasetError(f"{folder.name} cannot be judged: {shown}{more}")
    package = read_package(folder)
    if package.cell is None:
        raise DatasetError(
            f"{folder.name} cannot be judged: there is no cell record (cell.bdf.csv), so that the "
            "protocol is not known"
        )
    kept = package.particles[package.particles["status"] == "reacted"]
    if kept.empty:
        raise DatasetError(f"{folder.name} cannot be judged: no particle has reacted")
    if kept["signal"].nunique() > 1:
        mixed = ", ".join(sorted(kept["signal"].unique()))
        raise DatasetError(f"{folder.name} cannot be judged: it mixes the signals {mixed}")
    return package


def protocol_for(package: DataPackage) -> Protocol:
    """Steps of the cell record, up to the last half-cycle that was timed."""
    assert package.cell is not None  # asked before
    last = int(half_cycles_of_package(package)["position"].max())
    return protocol_of(package.cell, package.facts.get("c_rate_per_hour"), count=last + 1)


def simulated(spec: PackageSpec) -> Simulated:
    """Solve, film and time the electrode of a package; the last two are remembered.

    They are remembered by what stands in the files of the package. A parameter set of a file is
    read anew each time: the tables that it names may have changed.

    Raises
    ------
    MultiscaleError
        If the package cannot be judged, or the run does not go to its end.
    """
    described = spec.model_dump_json(exclude={"shuffled"}, by_alias=True)
    if Path(spec.parameters).suffix:
        return _solved_and_filmed(spec)
    # a copy: what one caller changes, no other gets
    return copy.deepcopy(_remembered(described, _digest(Path(spec.folder))))


def _digest(folder: Path) -> str:
    """What stands in the files of a folder, in short."""
    found = hashlib.sha256()
    for path in sorted(path for path in folder.rglob("*") if path.is_file()):
        found.update(str(path.relative_to(folder)).encode() + b"\0")
        with path.open("rb") as file:
            found.update(hashlib.file_digest(file, "sha256").digest())
    return found.hexdigest()


@functools.lru_cache(maxsize=2)
def _remembered(content: str, digest: str) -> Simulated:
    return _solved_and_filmed(PackageSpec.model_validate_json(content))


def _solved_and_filmed(spec: PackageSpec) -> Simulated:
    package = usable_package(Path(spec.folder))
    with tempfile.TemporaryDirectory() as scratch:
        run = _solved(spec, package, Path(scratch))
        return _filmed(spec, package, run, Path(scratch))


def _solved(spec: PackageSpec, package: DataPackage, scratch: Path) -> ElectrodeRun:
    electrode = electrode_of(package, Path(spec.folder), spec.geometry)
    electrode.to_csv(scratch / "electrode")
    name = Path(spec.folder).name
    run_spec = RunSpec(
        name=name,
        geometry=GeometrySpec(file=str(scratch / "electrode")),
        particles=spec.particles,
        parameters=spec.parameters,
        overrides=spec.overrides,
        experiment=spec.experiment or protocol_for(package).steps,
    )
    run = solve(prepare_run(run_spec))
    assert isinstance(run, ElectrodeRun)  # it has a geometry
    if run.problem:
        raise DatasetError(f"{name}: the protocol of the cell cannot be followed: {run.problem}")
    return run


def _filmed(spec: PackageSpec, package: DataPackage, run: ElectrodeRun, scratch: Path) -> Simulated:
    times = np.union1d(run.solved.even_times(FIELDS), run.half_cycles[["start_s", "end_s"]])
    stored = open_run(run.solved.to_netcdf(scratch / "run.nc", times))
    film = Film(stored, _setup(spec, package, float(np.ptp(stored.time))))
    optical = package.particles["signal"].iloc[0] == SIGNALS[0]
    signal = ideal_traces(film) if optical else film.delithiated
    record = _numbered_as(package, run.half_cycles)
    timings = reaction_timings(signal, record, levels="medians")
    time, current, voltage = (stored.cell[name].to_numpy(float) for name in stored.cell)
    return Simulated(signal, timings, record, Record(time, current, voltage, "simulated cell"))


def _setup(spec: PackageSpec, package: DataPackage, span: float) -> Setup:
    facts, table = package.facts, package.particles
    interval = facts.get("frame_interval_second") or table["frame_interval_second"].median()
    if not interval > 0:
        interval = float(half_cycles_of_package(package)["duration_s"].max()) / FRAMES
    pixel = facts.get("pixel_size_micrometre")
    return Setup(
        pixel_size=pixel * 1e-6 if pixel else PIXEL_SIZE,
        frame_interval=max(float(interval), span / (MOST_FRAMES - 1)),
        n_frames=MOST_FRAMES,
        law=ReflectanceLaw(**spec.reflectance.model_dump(exclude_none=True)),
    )


def half_cycles_of_package(package: DataPackage) -> pd.DataFrame:
    """Half-cycles of a package, and which of its cell record each one is.

    Looked for by time where the package says when they start, as a record may begin with others;
    otherwise by kind and number. What is not described is taken from the record.

    Returns
    -------
    pandas.DataFrame
        half_cycle, kind, cycle_count, start_s (in the test time of the record), duration_s,
        position (in the record, from 0).

    Raises
    ------
    DatasetError
        If the record does not hold one.
    """
    assert package.cell is not None  # asked before
    described = package.half_cycles
    described = numbered(package.particles) if described.empty else described
    recorded = recorded_half_cycles(package.cell)
    rows = []
    for row in described.to_dict("records"):
        position = _position(row, recorded)
        known = {name: row[name] for name in ("start_s", "duration_s") if pd.notna(row[name])}
        rows.append({**row, **recorded.loc[position, ["start_s", "duration_s"]], **known})
        rows[-1]["position"] = position
    columns = ["half_cycle", "kind", "cycle_count", "start_s", "duration_s", "position"]
    return pd.DataFrame(rows)[columns]


def _position(row: Mapping[str, Any], recorded: pd.DataFrame) -> int:
    of_kind = recorded[recorded["kind"] == row["kind"]]
    if pd.notna(row["start_s"]) and pd.notna(row["duration_s"]):
        end = np.minimum(of_kind["end_s"], row["start_s"] + row["duration_s"])
        shared = end - np.maximum(of_kind["start_s"], row["start_s"])
        of_kind = of_kind[(shared > 0) & (shared == shared.max())]
    else:
        of_kind = of_kind[of_kind["cycle_count"] == row["cycle_count"]]
    if of_kind.empty:
        raise DatasetError(f"The cell record holds no {row['kind']} {row['cycle_count']}")
    return int(of_kind.index[0])


def _numbered_as(package: DataPackage, found: pd.DataFrame) -> pd.DataFrame:
    """Simulated half-cycles that the package describes, under its numbers."""
    table = half_cycles_of_package(package)
    rows = found.set_index("half_cycle").reindex(table["position"])
    rows = rows.assign(half_cycle=table["half_cycle"].to_numpy(int))
    rows = rows.assign(cycle_count=table["cycle_count"].to_numpy(int))
    return rows.dropna(subset=["start_s"]).reset_index(drop=True)
