"""From a movie and a cell record to reaction timings of every particle.

The movie is drawn here, with known timings, so that the example can check itself; put your own
file in its place. Run it as ``python movie_to_timings.py [folder]``; with a folder it leaves the
data package.
"""

from __future__ import annotations

import sys

import numpy as np

import multiscale as ms
from multiscale.analysis.cycler import Record
from multiscale.imaging.cell_clock import CellClock
from multiscale.imaging.pipeline import measure
from multiscale.imaging.rendering.synthetic import synthetic_movie


def main(folder: str | None = None) -> dict[str, float]:
    """Agreement of measured and true timings."""
    movie = synthetic_movie(
        "steps", n_frames=100, size=160, n_particles=9, seed=4, drift_px=3.0, lamp=0.05
    )
    # Yours: ImageStack.read("movie.tif", pixel_size=130e-9, frame_interval=30.0)
    stack = movie.stack()

    # The camera started 600 s after the cycler; yours: read_record("cycler.csv").
    time = np.arange(0.0, 600.0 + movie.time[-1] + 300.0, 5.0)
    charging = (time >= 600.0) & (time <= 600.0 + movie.time[-1])
    record = Record(time, np.where(charging, 1e-3, 0.0), np.full(len(time), 3.9))
    measured = measure(stack, half_cycles=CellClock(record, offset=600.0, uncertainty=1.0))

    truth = movie.optical_truth.assign(particle=named(movie, measured.regions))
    figures = ms.compare_timings(truth, measured.timings).summary().iloc[0]
    frames = float(figures["median_error"]) * movie.time[-1] / movie.frame_interval
    assert figures["matched"] >= 6, "every particle that reacts is found, and seen to react"
    assert figures["tau"] > 0.98, "in the right order"
    assert frames < 0.15, "t50 within a sixth of a frame"

    if folder is not None:
        measured.write(folder, {"title": "A drawn movie", "material": "none"}, overwrite=True)
    return {
        "particles": len(measured.regions),
        "tau": float(figures["tau"]),
        "frames": float(frames),
    }


def named(movie, regions) -> list[str]:
    """The name that each true particle has among the regions found."""
    found = []
    for number in range(1, len(movie.scene.names) + 1):
        inside = regions.labels[movie.scene.pixel_labels == number]
        most = int(np.argmax(np.bincount(inside[inside > 0], minlength=2)))
        found.append(regions.names[most - 1])
    return found


if __name__ == "__main__":
    print(main(*sys.argv[1:2]))
