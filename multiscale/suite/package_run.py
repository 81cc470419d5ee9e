"""The electrode of a data package, charged as its cell was, and what a microscope makes of it."""

from __future__ import annotations

import functools
import json
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import xarray as xr

from multiscale.analysis.cycler import Record
from multiscale.analysis.timings import reaction_timings
from multiscale.cases.electrode_run import ElectrodeRun
from multiscale.cases.electrode_runner import solve_electrode
from multiscale.cases.preparation import prepare_run
from multiscale.cases.run_tables import read_run
from multiscale.dataset import DataPackage, check_package, read_package
from multiscale.dataset.timings import numbered
from multiscale.errors import DatasetError
from multiscale.imaging.optics import ReflectanceLaw
from multiscale.microscope.film import Film
from multiscale.microscope.ideal import ideal_traces
from multiscale.microscope.setup import Setup
from multiscale.microscope.stored import open_run
from multiscale.suite.package_geometry import Rebuilding, electrode_of
from multiscale.suite.package_protocol import Protocol, protocol_of

PIXEL_SIZE = 130e-9  # where a package states none [m]
FRAMES = 200  # in the longest half-cycle, where a package states no interval
MOST_FRAMES = 4000
FIELDS = 200  # times at which the inside of the particles is stored
SHOWN_FAULTS = 3
SIGNALS = ("reflectance_change", "lithium_fraction")


@dataclass(frozen=True)
class PackageSpec:
    """What is simulated for a package, and how it is filmed.

    Attributes
    ----------
    folder : str
        Of the package.
    parameters : str
        Parameter set.
    particles, overrides : mapping
        As in a case file.
    geometry : Rebuilding
    reflectance : mapping
        Arguments of ``ReflectanceLaw``.
    experiment : tuple of str
        Steps instead of those of the cell record.
    shuffled : int, optional
        A negative control: the measured timings are dealt out to the particles anew, by this
        seed.
    """

    folder: str
    parameters: str
    particles: Mapping[str, Any] = field(default_factory=dict)
    overrides: Mapping[str, Any] = field(default_factory=dict)
    geometry: Rebuilding = field(default_factory=Rebuilding)
    reflectance: Mapping[str, float] = field(default_factory=dict)
    experiment: tuple[str, ...] = ()
    shuffled: int | None = None


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
    rate = package.facts.get("c_rate_per_hour")
    table = protocol_of(package.cell, rate).half_cycles
    timed = package.particles[["cycle_count", "direction"]].drop_duplicates()
    found = table.merge(timed.rename(columns={"direction": "kind"}), on=["cycle_count", "kind"])
    return protocol_of(package.cell, rate, count=int(found["half_cycle"].max()) + 1)


def simulated(spec: PackageSpec) -> Simulated:
    """Solve, film and time the electrode of a package; the last two are remembered.

    Raises
    ------
    MultiscaleError
        If the package cannot be judged, or the run does not go to its end.
    """
    content = {key: value for key, value in vars(spec).items() if key != "shuffled"}
    content["geometry"] = vars(spec.geometry)
    return _simulated(json.dumps(content, sort_keys=True))


@functools.lru_cache(maxsize=2)
def _simulated(content: str) -> Simulated:
    raw = json.loads(content)
    spec = PackageSpec(**raw | {"geometry": Rebuilding(**raw["geometry"])})
    folder = Path(spec.folder)
    package = usable_package(folder)
    with tempfile.TemporaryDirectory() as scratch:
        run = _solved(spec, package, Path(scratch))
        return _filmed(spec, package, run, Path(scratch))


def _solved(spec: PackageSpec, package: DataPackage, scratch: Path) -> ElectrodeRun:
    electrode = electrode_of(package, Path(spec.folder), spec.geometry)
    electrode.to_csv(scratch / "electrode")
    raw = {
        "geometry": {"file": str(scratch / "electrode")},
        "particles": dict(spec.particles),
        "parameters": spec.parameters,
        "overrides": dict(spec.overrides),
        "experiment": list(spec.experiment or protocol_for(package).steps),
    }
    name = Path(spec.folder).name
    run = solve_electrode(prepare_run(read_run(name, raw, None, name)))
    if run.problem:
        raise DatasetError(f"{name}: the protocol of the cell cannot be followed: {run.problem}")
    return run


def _filmed(spec: PackageSpec, package: DataPackage, run: ElectrodeRun, scratch: Path) -> Simulated:
    times = np.union1d(run.solved.even_times(FIELDS), run.half_cycles[["start_s", "end_s"]])
    stored = open_run(run.solved.to_netcdf(scratch / "run.nc", times))
    film = Film(stored, _setup(spec, package))
    optical = package.particles["signal"].iloc[0] == SIGNALS[0]
    signal = ideal_traces(film) if optical else film.delithiated
    record = _numbered_as(package, run.half_cycles)
    timings = reaction_timings(signal, record, levels="medians")
    time, current, voltage = (stored.cell[name].to_numpy(float) for name in stored.cell)
    return Simulated(signal, timings, record, Record(time, current, voltage, "simulated cell"))


def _setup(spec: PackageSpec, package: DataPackage) -> Setup:
    facts, table = package.facts, package.particles
    interval = facts.get("frame_interval_second") or table["frame_interval_second"].median()
    if not interval > 0:
        interval = float(protocol_for(package).half_cycles["duration_s"].max()) / FRAMES
    pixel = facts.get("pixel_size_micrometre")
    return Setup(
        pixel_size=pixel * 1e-6 if pixel else PIXEL_SIZE,
        frame_interval=float(interval),
        n_frames=MOST_FRAMES,
        law=ReflectanceLaw(**spec.reflectance),
    )


def half_cycles_of_package(package: DataPackage) -> pd.DataFrame:
    """half_cycle, kind, cycle_count, start_s and duration_s: described, or those of the record."""
    described = package.half_cycles
    if described.empty:
        described = numbered(package.particles)
    recorded = protocol_for(package).half_cycles.set_index(["cycle_count", "kind"])
    table = described.reset_index(drop=True)
    keys = list(zip(table["cycle_count"].astype(int), table["kind"], strict=True))
    for name in ("start_s", "duration_s"):
        own = pd.Series(recorded[name].reindex(keys).to_numpy(float), table.index)
        table[name] = table[name].astype(float).fillna(own)
    return table


def _numbered_as(package: DataPackage, found: pd.DataFrame) -> pd.DataFrame:
    """Simulated half-cycles that the package describes, under its numbers."""
    theirs = half_cycles_of_package(package).set_index(["cycle_count", "kind"])["half_cycle"]
    found = found.assign(cycle_count=found.groupby("kind").cumcount() + 1)
    keys = list(zip(found["cycle_count"], found["kind"], strict=True))
    found = found.assign(half_cycle=theirs.reindex(keys).to_numpy(float)).dropna()
    return found.astype({"half_cycle": int}).reset_index(drop=True)
