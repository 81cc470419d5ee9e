"""Figures and animations of electrodes."""

from multiscale.plotting.electrode.animation import animate_electrode, electrode_frames
from multiscale.plotting.electrode.curves import particle_traces, surface_lithium
from multiscale.plotting.electrode.maps import particle_map
from multiscale.plotting.electrode.mechanism import mechanism_table
from multiscale.plotting.electrode.network import contact_network
from multiscale.plotting.electrode.overview import electrode_overview
from multiscale.plotting.electrode.timings import timing_chart

__all__ = [
    "animate_electrode",
    "contact_network",
    "electrode_frames",
    "electrode_overview",
    "mechanism_table",
    "particle_map",
    "particle_traces",
    "surface_lithium",
    "timing_chart",
]
