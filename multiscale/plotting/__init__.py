"""Figures and animations, in one style; the only part that knows Matplotlib.

Every function returns a ``matplotlib.figure.Figure`` made without ``pyplot``: nothing is shown,
no setting of the session is touched. Runs are one ``Results`` or a mapping from label to
``Results``.

Examples
--------
>>> from multiscale import plotting
>>> figure = plotting.peak_curve([0.1, 0.5, 2.0], [0.05, 0.12, 0.25], "C-rate [1/h]")
>>> plotting.save(figure, "peaks.png").name
'peaks.png'
"""

from multiscale.plotting.animation import (
    animate_electrode,
    animate_field,
    electrode_frames,
    field_frames,
)
from multiscale.plotting.curves import (
    centre_curves,
    charge_overview,
    heterogeneity_curves,
    line_profiles,
    voltage_current,
)
from multiscale.plotting.electrode import contact_network, particle_map
from multiscale.plotting.fields import field_panels
from multiscale.plotting.laws import material_laws
from multiscale.plotting.style import png, save
from multiscale.plotting.summaries import (
    displacement_curves,
    gitt_diffusivity,
    hold_capacity,
    peak_curve,
)
from multiscale.plotting.tables import mechanism_table
from multiscale.plotting.timings import timing_chart
from multiscale.plotting.traces import electrode_overview, particle_traces, surface_lithium

__all__ = [
    "animate_electrode",
    "animate_field",
    "centre_curves",
    "charge_overview",
    "contact_network",
    "displacement_curves",
    "electrode_frames",
    "electrode_overview",
    "field_frames",
    "field_panels",
    "gitt_diffusivity",
    "heterogeneity_curves",
    "hold_capacity",
    "line_profiles",
    "material_laws",
    "mechanism_table",
    "particle_map",
    "particle_traces",
    "peak_curve",
    "png",
    "save",
    "surface_lithium",
    "timing_chart",
    "voltage_current",
]
