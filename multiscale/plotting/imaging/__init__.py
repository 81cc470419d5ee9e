"""Figures of a movie and of what was read from it."""

from multiscale.plotting.imaging.measurement import draw_measurement
from multiscale.plotting.imaging.scene import outlined_image
from multiscale.plotting.imaging.signals import (
    calibration_curve,
    cell_and_movie,
    drift_and_lamp,
    trace_panels,
    trace_raster,
)
from multiscale.plotting.imaging.timings import timing_distribution

__all__ = [
    "calibration_curve",
    "cell_and_movie",
    "draw_measurement",
    "drift_and_lamp",
    "outlined_image",
    "timing_distribution",
    "trace_panels",
    "trace_raster",
]
