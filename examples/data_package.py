"""Timings read by hand from a published figure as a data package, and a simulation against them.

Hand-read times are intervals: "between these two panels". The numbers here are invented. Run it as
``python data_package.py [folder]``.
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

import numpy as np
import pandas as pd
import xarray as xr

import multiscale as ms

HOUR = 3600.0


def main(folder: str | None = None) -> dict[str, float]:
    """Order and median error of a simulation against hand-read intervals."""
    read = pd.DataFrame(
        {
            "particle": ["1", "2", "3", "4", "5"],
            "half_cycle": 0,
            "kind": "charge",
            "status": ["reacted"] * 4 + ["no_change"],
            "t50_low_s": [2 * HOUR, 3 * HOUR, 6 * HOUR, 12 * HOUR, np.nan],
            "t50_high_s": [3 * HOUR, 4 * HOUR, 7 * HOUR, np.nan, np.nan],  # after 12 h
            "duration_s": 14 * HOUR,
        }
    )
    places = pd.DataFrame(
        {
            "particle": read["particle"],
            "centre_x_um": [8.0, 20.0, 31.0, 12.0, 25.0],
            "centre_y_um": [9.0, 7.0, 12.0, 25.0, 28.0],
            "radius_um": [4.0, 5.0, 4.5, 5.5, 4.0],
        }
    )
    package = ms.DataPackage.from_timings(
        read,
        places,
        facts={
            "title": "Five particles, invented",
            "measured_from": "published panels",
            "estimator": "panel before and panel after the change of brightness",
        },
        signal="reflectance_change",
        roi_kind="hand",
    )
    place = Path(folder) if folder else Path(tempfile.mkdtemp()) / "package"
    package.write(place, overwrite=True)
    assert not [finding for finding in ms.check_package(place) if finding.is_error]

    measured = ms.read_package(place).timings
    comparison = ms.compare_timings(simulated(), measured)
    figures = comparison.summary().iloc[0]
    assert figures["censored"] == 4, "four intervals, no exact time"
    assert figures["median_error"] == 0.0, "most simulated times lie within what was read"
    return {"tau": float(figures["tau"]), "worst": float(comparison.pairs["error"].abs().max())}


def simulated() -> pd.DataFrame:
    """Timings of five particles, as a simulation gives them."""
    time = np.linspace(0, 14 * HOUR, 800)
    middle = HOUR * np.array([[2.5], [3.4], [7.5], [12.5], [40.0]])
    soc = np.clip((time - middle) / HOUR + 0.5, 0, 1)
    labels = ["1", "2", "3", "4", "5"]
    signal = xr.DataArray(soc, {"particle": labels, "time": time}, ("particle", "time"))
    return ms.reaction_timings(signal, levels="ends")


if __name__ == "__main__":
    print(main(*sys.argv[1:2]))
