"""The synthetic data package of the suite: an electrode with known truth, filmed and analysed.

``python -m multiscale.cases.synthetic_package FOLDER`` makes it anew, the same every time. Nothing
of it was measured: the electrode is simulated by this software, filmed by its virtual microscope,
and timed by its analysis of movies.
"""

from __future__ import annotations

import argparse
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from multiscale.analysis.cycler import Record
from multiscale.cases.electrode import ElectrodeRun
from multiscale.cases.preparation import prepare_run
from multiscale.cases.runner import solve
from multiscale.cases.schema import GeometrySpec, ParticlesSpec, RunSpec
from multiscale.dataset.description import GEOMETRY
from multiscale.electrode.geometry import ElectrodeGeometry
from multiscale.errors import DatasetError
from multiscale.folders import PACKAGE, own_version, result_folder
from multiscale.imaging.cell_clock import CellClock
from multiscale.imaging.pipeline import measure
from multiscale.imaging.stack import ImageStack
from multiscale.microscope.film import Film
from multiscale.microscope.setup import Setup
from multiscale.microscope.stored import StoredRun

PARAMETERS = "Sharma2022_NMC532"
RATE = 1 / 20
EXPERIMENT = (
    "Charge at C/20 until 4.3 V",
    "Hold at 4.3 V for 6 hours or until C/100",
    "Discharge at C/20 until 2.5 V",
    "Hold at 2.5 V for 6 hours or until C/100",
    "Charge at C/20 until 4.3 V",
)
CARBON_STEP_M = 0.5e-6  # constriction of the contact with the carbon, from column to column
CELL_OVER_ELECTRODE = 1e6  # the cell holds so many times the simulated piece
CAMERA_LATE_S = 1800.0  # the cycler logs a rest before the movie starts
CLOCK_U_S = 2.0
SETUP = Setup(
    pixel_size=250e-9, frame_interval=240.0, n_frames=2000, drift_px=6.0, lamp=0.05, seed=7
)
FACTS: dict[str, Any] = {
    "title": "Synthetic movie of a simulated NMC532 electrode: known truth, nothing measured",
    "description": "Made by this software for its own tests: an electrode of 15 disks in columns "
    "was simulated, filmed by the virtual microscope with noise, drift and a lamp that wanders, "
    "and the movie analysed as a measured one would be. No experiment is behind it.",
    "licence": "CC0-1.0",
    "measured_from": "simulation",
    "material": "NMC532 (simulated)",
    "c_rate_per_hour": RATE,
    "temperature_celsius": 25,
    "parameter_set": PARAMETERS,
}


def electrode() -> ElectrodeGeometry:
    """Columns of one to five disks; no two contacts resist alike, so that no two disks tie.

    Examples
    --------
    >>> electrode().n_particles
    15
    """
    made = ElectrodeGeometry.columns([0, 1, 2, 3, 4], radius=5e-6, constriction_m=13e-6)
    contacts = made.contacts
    factor = np.random.default_rng(2).uniform(0.5, 1.5, len(contacts))
    delta = contacts["constriction_m"] * factor
    carbon = contacts["node"].str.endswith("carbon")
    delta[carbon] = CARBON_STEP_M * np.arange(carbon.sum())
    return made.with_contacts(contacts.assign(constriction_m=delta))


def make(folder: str | Path, *, overwrite: bool = False) -> Path:
    """Simulate, film, analyse and write the package.

    Parameters
    ----------
    folder : path
    overwrite : bool
        Replace an earlier package.

    Raises
    ------
    DatasetError
        If the folder holds something else.
    """
    made = electrode()
    spec = RunSpec(
        name="synthetic",
        geometry=GeometrySpec(file=GEOMETRY),
        particles=ParticlesSpec(fidelity="radial", arguments={"n": 20}),
        parameters=PARAMETERS,
        experiment=EXPERIMENT,
    )
    run = solve(prepare_run(spec, body=made))
    assert isinstance(run, ElectrodeRun)  # it has a geometry
    times = np.union1d(run.solved.even_times(200), run.half_cycles[["start_s", "end_s"]])
    film = Film(StoredRun(run.solved.dataset(times)), SETUP)
    stack = ImageStack.from_frames(
        np.array(list(film.frames())),
        pixel_size=SETUP.pixel_size,
        frame_interval=float(film.time[1] - film.time[0]),
    )
    # the pipeline finds the particles; each is called as the one whose true outline it lies in
    clock = CellClock(_record(film), CAMERA_LATE_S, CLOCK_U_S)
    regions = measure(stack, half_cycles=clock).regions
    names = []
    for x, y in np.rint(regions.centres_px()).astype(int):
        label = int(film.scene.pixel_labels[y, x])
        if not label:
            raise DatasetError("A region was found where there is no particle")
        names.append(film.scene.names[label - 1])
    package = measure(stack, half_cycles=clock, rois=replace(regions, names=tuple(names))).package()
    with result_folder(folder, PACKAGE, overwrite=overwrite) as result:
        made.to_json(result.new / GEOMETRY)
        facts = {key: value for key, value in package.facts.items() if key != "movie_name"}
        facts |= FACTS | {"software": f"multiscale-electrode {own_version()}"}
        replace(package, facts=facts).write_files(result.new)
    return Path(folder)


def _record(film: Film) -> Record:
    """The cell's record: a rest, then what was simulated, scaled up to a cell."""
    time, current, voltage = (film.run.cell[name].to_numpy(float) for name in film.run.cell)
    # the first sample of every minute
    minutes = np.flatnonzero(np.diff(np.floor(time / 60.0), prepend=-1.0) > 0)
    ends = film.run.half_cycles[["start_s", "end_s"]].to_numpy().ravel()
    kept = np.union1d(minutes, np.searchsorted(time, ends))
    logged = np.round(time[kept], 2)
    logged[1:] += 0.01 * (np.diff(logged) == 0)  # a step ends and the next begins at one time
    rest = np.array([0.0, CAMERA_LATE_S - 1.0])
    return Record(
        np.concatenate([rest, logged + CAMERA_LATE_S]),
        np.concatenate([0 * rest, CELL_OVER_ELECTRODE * current[kept]]),
        np.concatenate([0 * rest + voltage[0], voltage[kept]]),
        "cell.bdf.csv",
    )


def main() -> None:
    """The command line."""
    parser = argparse.ArgumentParser(description="Make the synthetic data package anew.")
    parser.add_argument("folder", type=Path)
    print(make(parser.parse_args().folder, overwrite=True))


if __name__ == "__main__":
    main()
