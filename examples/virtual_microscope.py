"""A simulated electrode under a virtual microscope, measured like an experiment.

Three columns of particles charge at C/20, one particle after another. The run becomes a movie of
a drifting, flickering, noisy microscope (130 nm a pixel), and the movie is measured without
knowing anything of the run. Run it as ``python virtual_microscope.py [folder]``; the folder gets
the movie, its truth and a preview.
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

import pandas as pd
import pybamm

import multiscale as ms
from multiscale.imaging.pipeline import measure
from multiscale.imaging.stack import ImageStack
from multiscale.microscope.film import Film
from multiscale.microscope.setup import Setup
from multiscale.microscope.stored import open_run

FRAMES = 120


def main(folder: str | None = None) -> dict[str, float]:
    """Errors of t50 in frames, and drift, as measured from the movie."""
    with tempfile.TemporaryDirectory() as scratch:
        place = Path(folder or scratch)
        film = Film(open_run(charged(place)), Setup(n_frames=FRAMES, drift_px=4.0, lamp=0.1))
        files = film.write(place / "electrode.ome.tif")
        measured = measure(ImageStack.read(files["movie"]), half_cycles="charge")
    both = paired(measured, film.truth)
    frame = film.time[1] - film.time[0]
    error = (both["t50_s_seen"] - both["t50_s"]).abs() / frame
    drift = abs(measured.drift.dx_px - film.disturbances.dx_px).max()
    assert len(both) == 6, "every particle is found, though they touch"
    assert error.median() < 0.5, "half a frame"
    assert drift < 0.1, "a tenth of a pixel"
    return {"median error [frames]": float(error.median()), "drift error [px]": float(drift)}


def charged(place: Path) -> Path:
    """The file of a first charge of pristine NMC532."""
    electrode = ms.ElectrodeGeometry.columns([0, 1, 2], radius=3e-6, constriction_m=13e-6)
    values = pybamm.ParameterValues("Sharma2022_NMC532")
    sim = pybamm.Simulation(
        ms.ElectrodeModel(electrode, particles=ms.Radial(12)),
        parameter_values=values,
        experiment=["Charge at C/20 until 4.3 V"],
    )
    return ms.Results(sim.solve()).to_netcdf(place / "run.nc")


def paired(measured, truth: pd.DataFrame) -> pd.DataFrame:
    """Each particle of the run beside the one found where it lies."""
    optical = truth[truth["signal"] == "optical"].copy()
    columns, rows = (optical[f"centre_{axis}_px"].round().astype(int) for axis in "xy")
    names = ["", *measured.regions.names]
    optical["region"] = [names[number] for number in measured.regions.labels[rows, columns]]
    seen = measured.timings.set_index("particle").add_suffix("_seen")
    return optical.join(seen, on="region", how="inner").dropna(subset=["t50_s", "t50_s_seen"])


if __name__ == "__main__":
    for name, value in main(*sys.argv[1:]).items():
        print(f"{name}: {value:.3f}")
