"""The electrode of a data package, charged as its cell was, and what a microscope makes of it.

It is stored beside the package or rebuilt from the outlines of its particles; its steps follow the
record of the cell.
"""

from __future__ import annotations

import copy
import functools
import hashlib
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Annotated, Any

import numpy as np
import pandas as pd
import xarray as xr
from numpy.typing import NDArray
from pydantic import Field, field_validator

from multiscale.analysis.cycler import Record
from multiscale.analysis.half_cycles import half_cycles
from multiscale.analysis.timings import reaction_timings
from multiscale.cases.electrode import ElectrodeRun
from multiscale.cases.preparation import prepare_run
from multiscale.cases.runner import solve
from multiscale.cases.schema import GeometrySpec, Overrides, ParticlesSpec, RunSpec
from multiscale.cases.tables import Flag, Number, Table, Text, Texts, Whole, beside, one_of
from multiscale.dataset import DataPackage, check_package, read_package
from multiscale.dataset.description import GEOMETRY
from multiscale.dataset.particles_file import numbered
from multiscale.electrode.geometry import ElectrodeGeometry
from multiscale.electrode.tables import DEFAULT_CONSTRICTION
from multiscale.errors import CaseError, DatasetError
from multiscale.imaging.regions import Regions, regions_of_outlines
from multiscale.imaging.rendering.optics import ReflectanceLaw
from multiscale.microscope.film import Film, ideal_traces
from multiscale.microscope.setup import Setup
from multiscale.microscope.stored import StoredRun

# --- the electrode ---------------------------------------------------------------------------

ACROSS = 40  # pixels along the diameter of the median particle, where no pixel size is stated
RADIUS_TOLERANCE = 0.5  # of a stored radius against that of the table
MICRO = 1e-6


class Rebuilding(Table):
    """How an electrode is made of outlines; see ``ElectrodeGeometry.from_labels``.

    Attributes
    ----------
    source : {"stored", "outlines"}, optional
        By default ``geometry.json`` of the package if it is there, otherwise the outlines.
    binder : {"none", "matrix"}
        What lies between the particles: nothing that conducts, or binder that is connected to
        the collector everywhere.
    collector_within : float
        Particles that come as close to the outermost one touch the collector too [radius of the
        median particle].
    """

    source: Annotated[str, one_of("source", ("stored", "outlines"))] | None = None
    gap_pixels: Number = 3.0
    collector: Annotated[str, one_of("collector", ("bottom", "top", "left", "right"))] = "bottom"
    binder: Annotated[str, one_of("binder", ("none", "matrix"))] = "none"
    constriction_m: Number = DEFAULT_CONSTRICTION
    shapes: Annotated[str, one_of("shapes", ("round", "outline"))] = "round"
    drop_unconnected: Flag = True
    collector_within: Number = 0.2


def electrode_of(package: DataPackage, folder: Path, how: Rebuilding) -> ElectrodeGeometry:
    """The electrode, its particles called as in the package.

    Raises
    ------
    CaseError
        If the package holds neither a geometry nor outlines, or not the one that is asked for.
    DatasetError
        If the stored one belongs to other particles.
    GeometryError
        If nothing leads from the particles to the collector.
    """
    stored = (folder / GEOMETRY).is_file()
    source = how.source or ("stored" if stored else "outlines")
    if source == "stored":
        if not stored:
            raise CaseError(f"{folder.name} holds no {GEOMETRY}")
        electrode = ElectrodeGeometry.from_json(folder / GEOMETRY)
        places = package.particles.drop_duplicates("particle_id").set_index("particle_id")
        common = [name for name in electrode.particles.index if name in places.index]
        if not common:
            raise DatasetError(
                f"{GEOMETRY} and particles.csv have no particle in common: "
                f"{list(electrode.particles.index[:3])} against {list(places.index[:3])}"
            )
        ratio = (
            places.loc[common, "radius_um"] * MICRO / electrode.particles.loc[common, "radius_m"]
        )
        wrong = ratio[(ratio - 1).abs() > RADIUS_TOLERANCE]
        if len(wrong):
            raise DatasetError(
                f"{GEOMETRY}: the radius of {wrong.index[0]!r} is {1 / wrong.iloc[0]:.4g} times "
                "that of particles.csv; are the units m and um?"
            )
        return electrode
    if not package.outlines:
        raise CaseError(
            f"{folder.name} holds neither {GEOMETRY} nor outlines.geojson: there is nothing to "
            "simulate"
        )
    regions, pixel_size = rasterised(package)
    radius = float(package.particles["radius_um"].median()) * MICRO
    strip = round(how.collector_within * radius / pixel_size)
    labels = without_strip(regions.labels, how.collector, strip)
    binder = (labels == 0).astype(int) if how.binder == "matrix" else None
    made = ElectrodeGeometry.from_labels(
        labels,
        pixel_size,
        binder=binder,
        collector=how.collector,
        gap_pixels=how.gap_pixels,
        constriction_m=how.constriction_m,
        shapes=how.shapes,
        join_binder=how.binder == "matrix",
        drop_unconnected=how.drop_unconnected,
    )
    names = {str(k): name for k, name in enumerate(regions.names, start=1)}
    return replace(
        made,
        particles=made.particles.rename(index=names),
        contacts=made.contacts.assign(particle=made.contacts["particle"].map(names)),
        meshes={names[label]: mesh for label, mesh in made.meshes.items()},
    )


def without_strip(labels: NDArray[np.int32], side: str, depth: int) -> NDArray[np.int32]:
    """The image without a strip of pixels along one side, where the collector runs."""
    turns = {"bottom": 0, "right": 1, "top": 2, "left": 3}[side]
    turned = np.rot90(labels, -turns)
    return np.rot90(turned[: len(turned) - depth], turns)


def rasterised(package: DataPackage) -> tuple[Regions, float]:
    """Outlines as an image that just holds them, and its pixel size [m].

    Raises
    ------
    DatasetError
        If the stated pixel size does not resolve the particles.
    """
    assert package.outlines is not None  # asked before
    radius = float(package.particles["radius_um"].median())
    pixel = float(package.facts.get("pixel_size_micrometre") or 2 * radius / ACROSS)
    if not 0 < pixel < radius:
        raise DatasetError(
            f"The pixel size of {pixel:g} um does not resolve particles of {radius:.3g} um"
        )
    corners = {name: np.asarray(ring) / pixel for name, ring in package.outlines.items()}
    every = np.concatenate(list(corners.values()))
    low, high = np.floor(every.min(axis=0)), np.ceil(every.max(axis=0))
    columns, rows = (high - low).astype(int) + 1
    moved: dict[str, NDArray[np.float64]] = {name: xy - low for name, xy in corners.items()}
    return regions_of_outlines(moved, (int(rows), int(columns))), pixel * MICRO


# --- what its cell did ------------------------------------------------------------------------

SHORTEST_REST_S = 60.0  # as in the analysis of movies: a shorter break ends no half-cycle
CONSTANT = 0.03  # relative: within it of the median a current counts as constant
HELD_V = 0.02  # voltages of a hold differ by no more
LONGER = 2.0  # a simulated hold may last so many times the measured one

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Protocol:
    """Steps of PyBaMM, and what 1C is taken to be in the cell.

    Attributes
    ----------
    steps : tuple of str
    one_c_A : float
        Current of the cell that is 1C [A].
    scale : str
        Where that comes from, in words.
    """

    steps: tuple[str, ...]
    one_c_A: float
    scale: str


def recorded_half_cycles(record: Record) -> pd.DataFrame:
    """half_cycle, kind, cycle_count, start_s, end_s, duration_s, capacity_Ah of a record.

    Parameters
    ----------
    record : Record
        Positive current charging.
    """
    found = half_cycles(record.times, -record.current, shortest_rest=SHORTEST_REST_S)
    return found.assign(cycle_count=found.groupby("kind").cumcount() + 1)


def protocol_of(
    record: Record, c_rate_per_hour: float | None = None, count: int | None = None
) -> Protocol:
    """The steps of a record: constant currents until a voltage, holds until a current, rests.

    Cell and simulated electrode differ in size; currents are carried over as C-rates. 1C of the
    cell is the current of the first half-cycle over the stated C-rate, or, where none is stated,
    the largest charge that one half-cycle passed, in one hour.

    Parameters
    ----------
    record : Record
        Positive current charging.
    c_rate_per_hour : float, optional
        Stated C-rate of the first half-cycle.
    count : int, optional
        Number of half-cycles that are wanted; all by default.

    Raises
    ------
    DatasetError
        If a half-cycle is neither a constant current nor one that a voltage hold ends.
    AnalysisError
        If no current flows.

    Examples
    --------
    >>> time = np.array([0.0, 1800.0, 3600.0, 3660.0, 5400.0])
    >>> current, voltage = np.array([1, 1, 1, 0.5, 0.1]), np.array([3.6, 4, 4.3, 4.3, 4.3])
    >>> protocol_of(Record(time, current, voltage), c_rate_per_hour=0.5).steps
    ('Charge at 0.5C until 4.3 V', 'Hold at 4.3 V for 1 hours or until 0.05C')
    """
    found = recorded_half_cycles(record).iloc[:count]
    pieces = [_piece(record, row) for _, row in found.iterrows()]
    if c_rate_per_hour is not None and c_rate_per_hour > 0:
        one_c = pieces[0].current / c_rate_per_hour
        scale = f"1C is {one_c:.4g} A: the first current is stated to be {c_rate_per_hour:g}C"
    else:
        one_c = float(found["capacity_Ah"].max())
        scale = f"1C is {one_c:.4g} A: the largest charge of a half-cycle, in one hour"
    steps: list[str] = []
    before = None
    for piece in pieces:
        if before is not None and piece.start - before > SHORTEST_REST_S:
            steps.append(f"Rest for {piece.start - before:.6g} seconds")
        steps += piece.steps(one_c)
        before = piece.end
    return Protocol(tuple(steps), one_c, scale)


@dataclass(frozen=True)
class _Piece:
    """A half-cycle: its constant current, the voltage that it reached, and the hold after it."""

    kind: str
    start: float
    end: float
    current: float
    voltage: float
    held_for: float
    last: float

    def steps(self, one_c: float) -> Iterator[str]:
        yield f"{self.kind.capitalize()} at {self.current / one_c:.6g}C until {self.voltage:.5g} V"
        if self.held_for > 0:
            hours = LONGER * self.held_for / 3600
            end = self.last / one_c
            yield f"Hold at {self.voltage:.5g} V for {hours:.4g} hours or until {end:.4g}C"


def _piece(record: Record, row: pd.Series) -> _Piece:
    inside = (record.times >= row["start_s"]) & (record.times <= row["end_s"])
    time, size, voltage = (
        values[inside] for values in (record.times, np.abs(record.current), record.voltage)
    )
    name = f"{row['kind']} {row['cycle_count']}"
    current, last = _constant_current(time, size, name)
    held = voltage[last + 1 :]  # between two samples a coarse record reaches the voltage
    turned = max if row["kind"] == "charge" else min
    reached = float(turned(voltage[: last + 1]))
    if len(held):
        if np.ptp(held) > HELD_V:
            raise DatasetError(
                f"{record.name}, {name}: the current falls from {time[last]:g} s on, but the "
                f"voltage is not held; it changes by {np.ptp(held):.3g} V. Steps cannot be told "
                "from it: give them as 'experiment'"
            )
        reached = float(np.median(held))
    return _Piece(
        kind=str(row["kind"]),
        start=float(time[0]),
        end=float(time[-1]),
        current=current,
        voltage=reached,
        held_for=float(time[-1] - time[last]) if len(held) else 0.0,
        last=float(size[-1]),
    )


def _constant_current(time: Floats, size: Floats, name: str) -> tuple[float, int]:
    """The constant current, and the last sample that has it."""
    current = float(np.quantile(size, 0.9))
    at_it = np.abs(size / current - 1) <= CONSTANT
    last = int(np.flatnonzero(at_it)[-1])
    early = size[: last + 1]
    current = float(np.median(early[at_it[: last + 1]]))
    steady = np.average(at_it[1 : last + 1], weights=np.diff(time[: last + 1])) if last else 0.0
    if steady < 1 - 2 * CONSTANT:
        raise DatasetError(
            f"The current of {name} is not constant: only {steady:.0%} of the time until "
            f"{time[last]:g} s it is within {CONSTANT:.0%} of {current:.4g} A. Give the steps as "
            "'experiment'"
        )
    return current, last


# --- solved, filmed and timed -----------------------------------------------------------------

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
    if Path(spec.parameters).suffix:
        return _solved_and_filmed(spec)
    folder, content = Path(spec.folder), hashlib.sha256()
    for path in sorted(path for path in folder.rglob("*") if path.is_file()):
        content.update(str(path.relative_to(folder)).encode() + b"\0")
        with path.open("rb") as file:
            content.update(hashlib.file_digest(file, "sha256").digest())
    described = spec.model_dump_json(exclude={"shuffled"}, by_alias=True)
    # a copy: what one caller changes, no other gets
    return copy.deepcopy(_remembered(described, content.hexdigest()))


@functools.lru_cache(maxsize=2)
def _remembered(described: str, content: str) -> Simulated:
    return _solved_and_filmed(PackageSpec.model_validate_json(described))


def _solved_and_filmed(spec: PackageSpec) -> Simulated:
    folder = Path(spec.folder)
    package, name = usable_package(folder), folder.name
    run_spec = RunSpec(
        name=name,
        geometry=GeometrySpec(file=str(folder / GEOMETRY)),
        particles=spec.particles,
        parameters=spec.parameters,
        overrides=spec.overrides,
        experiment=spec.experiment or protocol_for(package).steps,
    )
    electrode = electrode_of(package, folder, spec.geometry)
    run = solve(prepare_run(run_spec, body=electrode))
    assert isinstance(run, ElectrodeRun)  # it has a geometry
    if run.problem:
        raise DatasetError(f"{name}: the protocol of the cell cannot be followed: {run.problem}")
    times = np.union1d(run.solved.even_times(FIELDS), run.half_cycles[["start_s", "end_s"]])
    stored = StoredRun(run.solved.dataset(times))
    described = half_cycles_of_package(package)
    facts, table = package.facts, package.particles
    interval = facts.get("frame_interval_second") or table["frame_interval_second"].median()
    if not interval > 0:
        interval = float(described["duration_s"].max()) / FRAMES
    pixel = facts.get("pixel_size_micrometre")
    setup = Setup(
        pixel_size=pixel * 1e-6 if pixel else PIXEL_SIZE,
        frame_interval=max(float(interval), float(np.ptp(stored.time)) / (MOST_FRAMES - 1)),
        n_frames=MOST_FRAMES,
        law=ReflectanceLaw(**spec.reflectance.model_dump(exclude_none=True)),
    )
    film = Film(stored, setup)
    optical = package.particles["signal"].iloc[0] == SIGNALS[0]
    signal = ideal_traces(film) if optical else film.delithiated
    # half-cycles that the package describes, under its numbers
    record = run.half_cycles.set_index("half_cycle").reindex(described["position"])
    record = record.assign(
        half_cycle=described["half_cycle"].to_numpy(int),
        cycle_count=described["cycle_count"].to_numpy(int),
    )
    record = record.dropna(subset=["start_s"]).reset_index(drop=True)
    timings = reaction_timings(signal, record, levels="medians")
    time, current, voltage = (stored.cell[name].to_numpy(float) for name in stored.cell)
    return Simulated(signal, timings, record, Record(time, current, voltage, "simulated cell"))


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
        of_kind = recorded[recorded["kind"] == row["kind"]]
        if pd.notna(row["start_s"]) and pd.notna(row["duration_s"]):
            end = np.minimum(of_kind["end_s"], row["start_s"] + row["duration_s"])
            shared = end - np.maximum(of_kind["start_s"], row["start_s"])
            of_kind = of_kind[(shared > 0) & (shared == shared.max())]
        else:
            of_kind = of_kind[of_kind["cycle_count"] == row["cycle_count"]]
        if of_kind.empty:
            raise DatasetError(f"The cell record holds no {row['kind']} {row['cycle_count']}")
        position = int(of_kind.index[0])
        known = {name: row[name] for name in ("start_s", "duration_s") if pd.notna(row[name])}
        rows.append({**row, **recorded.loc[position, ["start_s", "duration_s"]], **known})
        rows[-1]["position"] = position
    columns = ["half_cycle", "kind", "cycle_count", "start_s", "duration_s", "position"]
    return pd.DataFrame(rows)[columns]
