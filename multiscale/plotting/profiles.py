"""Profiles along a line through a particle."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from numpy.typing import NDArray

from multiscale.plotting import style
from multiscale.plotting.picture import picture_of
from multiscale.plotting.quantities import quantity_of
from multiscale.plotting.simplices import locate, straight_cells


@style.styled
def line_profiles(
    results: Any,
    times: Sequence[float],
    start: Sequence[float] | None = None,
    end: Sequence[float] | None = None,
    quantity: str = "delithiation",
) -> Figure:
    """A quantity along a line through the particle, one curve per time (Xu et al., fig. 3D).

    Parameters
    ----------
    results : Results or mapping of str to Results
        One run, or one plot per run.
    times : sequence of float
        Times [s].
    start, end : sequence of float, optional
        Ends of the line [m]. By default a horizontal line through the middle, from edge to
        edge; on a radial mesh the diameter. Where the line leaves the particle there is a gap.
    quantity : str
        As in :func:`field_panels`.

    Examples
    --------
    >>> import pybamm
    >>> import multiscale as ms
    >>> model = ms.SingleParticleModel(ms.ParticleMesh.disk(1e-6, 0.2e-6))
    >>> sim = pybamm.Simulation(model, experiment=["Charge at C/3 for 10 minutes"],
    ...                         parameter_values=pybamm.ParameterValues("Xu2022_NMC88"))
    >>> figure = line_profiles(ms.Results(sim.solve()), [300, 600], [-1e-6, 0], [1e-6, 0])
    >>> len(figure.axes[0].lines)  # two profiles and the line that marks the middle
    3
    """
    runs = style.as_runs(results)
    figure = style.new_figure(0.9 + 3.7 * len(runs), 3.4)
    rows = figure.subplots(1, len(runs), squeeze=False, sharey=True)[0]
    for axes, (label, run) in zip(rows, runs.items(), strict=True):
        draw_profiles(axes, run, times, (start, end), quantity)
        axes.set_title(label)
    for axes in rows[1:]:
        axes.set_ylabel("")
    style.legend(rows[-1], outside=True)
    return figure


def draw_profiles(
    axes: Axes,
    run: Any,
    times: Sequence[float],
    ends: tuple[Sequence[float] | None, Sequence[float] | None] = (None, None),
    quantity: str = "delithiation",
) -> None:
    """Draw profiles into given axes; see :func:`line_profiles`."""
    style.dress(axes)
    chosen = quantity_of(quantity)
    position, points = _line(run, *ends)
    matrix = locate(points, run.space.coordinates, straight_cells(run.space))
    values = matrix @ chosen.values(run, times)
    for i, colour in enumerate(style.ordered_colours(len(times))):
        label = style.time_label(times[i], times)
        axes.plot(position, values[:, i], color=colour, label=label)
    axes.axvline(position[len(position) // 2], color=style.MUTED, linewidth=0.9, linestyle="--")
    axes.set(xlabel="Position along the line [µm]", ylabel=chosen.label)
    axes.margins(x=0.02)


def _line(
    run: Any, start: Sequence[float] | None, end: Sequence[float] | None
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Position along the line [um] and points of the mesh [m], (dimension, n)."""
    ends = _diameter(run) if start is None or end is None else (start, end)
    first, last = (np.asarray(point, dtype=float) for point in ends)
    share = np.linspace(0, 1, 241)
    points = first[:, None] + share * (last - first)[:, None]
    position = 1e6 * float(np.linalg.norm(last - first)) * (share - 0.5)
    return position, np.abs(points) if _round(run.mesh) else points


def _diameter(run: Any) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Ends [m] of the horizontal line through the middle; on a radial mesh from -R to R."""
    low, high = run.space.coordinates.min(axis=1), run.space.coordinates.max(axis=1)
    if run.mesh.dimension == 1:
        return (-high if _round(run.mesh) else low), high
    left, right, height = picture_of(run).chord()
    first, last = (low + high) / 2, (low + high) / 2
    first[:2], last[:2] = [1e-6 * left, 1e-6 * height], [1e-6 * right, 1e-6 * height]
    return first, last


def _round(mesh: Any) -> bool:
    return mesh.dimension == 1 and mesh.shape_power != 0
