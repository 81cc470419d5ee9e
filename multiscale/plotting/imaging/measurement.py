"""All figures of a measurement by name."""

from __future__ import annotations

from matplotlib.figure import Figure

from multiscale.imaging.pipeline import Measurement
from multiscale.plotting.imaging.scene import outlined_image
from multiscale.plotting.imaging.signals import (
    calibration_curve,
    cell_and_movie,
    drift_and_lamp,
    trace_panels,
    trace_raster,
)
from multiscale.plotting.imaging.timings import timing_distribution


def draw_measurement(measured: Measurement) -> dict[str, Figure]:
    """Figures by name: outlines, drift, traces, raster, timings; calibration and cell if known.

    Parameters
    ----------
    measured : Measurement
        From :func:`multiscale.imaging.pipeline.measure`.
    """
    traces, timings, record = measured.traces, measured.timings, measured.half_cycles
    time, drift = traces["time"].to_numpy(), measured.drift
    first = timings[timings["half_cycle"] == record["half_cycle"].min()]
    y = traces["y"]
    figures = {
        "outlines": outlined_image(
            measured.first_image,
            measured.regions.outlines(),
            first,
            measured.pixel_size,
            measured.excluded,
        ),
        "drift": drift_and_lamp(
            time, drift.dx_px, drift.dy_px, traces["lamp"].to_numpy(), measured.pixel_size
        ),
        "timings": timing_distribution(timings),
        "raster": trace_raster(y, timings),
        "traces": trace_panels(y, timings, record),
    }
    if measured.calibration:
        learned = measured.calibration
        figures["calibration"] = calibration_curve(
            learned.intensity, learned.lithium, learned.draws
        )
    if measured.cell:
        cell = measured.cell
        clock = cell.record.times - cell.offset
        ends = (float(time[0]), float(time[-1]))
        figures["cell"] = cell_and_movie(
            clock, cell.record.current, cell.record.voltage, record, ends
        )
    return figures
