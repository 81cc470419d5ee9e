"""The laws of one parameter set, or of several, on the page."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pybamm
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from numpy.typing import NDArray

from multiscale.parameters import names
from multiscale.parameters.laws import FARADAY, R
from multiscale.parameters.sets import number
from multiscale.parameters.tables import measured_points
from multiscale.plotting import style

_GRID = np.linspace(0.02, 0.999, 491)


@dataclass(frozen=True)
class Curve:
    """A law on a grid of stoichiometries, and where its source covers it."""

    values: NDArray[np.float64]
    valid: NDArray[np.bool_]


@style.styled
def material_laws(values: Any) -> Figure:
    """Open-circuit potential, thermodynamic factor, diffusivities, conductivity, exchange current.

    Parameters
    ----------
    values : pybamm.ParameterValues or ParameterSet, or mapping of str to either
        One set, or several by label. A :class:`ParameterSet` brings the ranges its sources
        cover: solid inside, dotted outside. Points of measured tables are marked.

    Returns
    -------
    matplotlib.figure.Figure
        One plot per law that any of the sets has. The thermodynamic factor is
        -(F/RT) theta dU/dtheta; times the diffusivity it gives the coefficient of
        grad(theta) in Lun's flux (SI, eq. 10).

    Examples
    --------
    >>> from multiscale.parameters import load_set
    >>> figure = material_laws(load_set("Xu2022_NMC88"))
    >>> figure.axes[0].get_ylabel()
    'Open-circuit potential [V]'
    """
    sets = style.as_runs(values)
    laws = {label: _laws(chosen) for label, chosen in sets.items()}
    shown = [label for label in _LABELS if any(label in curves for curves in laws.values())]
    columns = min(3, len(shown))
    rows = -(-len(shown) // columns)
    figure = style.new_figure(3.1 * columns, 2.6 * rows + 0.3)
    grid = figure.subplots(rows, columns, squeeze=False).ravel()
    colours = style.line_colours(len(sets))
    for axes, label in zip(grid, shown, strict=False):
        style.dress(axes)
        for i, (name, colour) in enumerate(zip(laws, colours, strict=True)):
            curves = laws[name]
            if label not in curves:
                continue
            curve, width = curves[label], 1.6 + 1.6 * (len(laws) - 1 - i)
            inside = np.where(curve.valid, curve.values, np.nan)
            # wide below narrow, so that equal laws are seen to be equal
            axes.plot(_GRID, inside, color=colour, linewidth=width)
            if not curve.valid.all():
                outside: dict[str, Any] = {"linestyle": ":", "linewidth": 1.1, "zorder": 1.5}
                axes.plot(_GRID, curve.values, color=colour, **outside)
            entry, own = _ENTRIES.get(label), _values_of(sets[name])
            points = measured_points(own[entry]) if entry in own else None
            if points is not None and len(points[0]) <= MOST_POINTS:
                dots: dict[str, Any] = {"s": 11, "edgecolors": "white", "linewidths": 0.4}
                axes.scatter(*points, color=[colour], zorder=3, **dots)
        if _LABELS[label]:
            axes.set_yscale("log")
        axes.set(ylabel=label, xlabel="Stoichiometry θ [–]", xlim=(0, 1))
    for axes in grid[len(shown) :]:
        axes.remove()
    entries = [
        (Line2D([], [], color=colour), name)
        for name, colour in zip(laws, colours, strict=True)
        if name
    ]
    if any(not curve.valid.all() for curves in laws.values() for curve in curves.values()):
        dotted = Line2D([], [], color=style.MUTED, linestyle=":")
        entries.append((dotted, "outside the range of the source"))
    if entries:
        handles, labels = zip(*entries, strict=True)
        figure.legend(handles, labels, loc="outside lower center", ncols=len(entries))
    return figure


_LABELS = {  # on a logarithmic axis?
    "Open-circuit potential [V]": False,
    "Thermodynamic factor [–]": True,
    "Diffusivity D [m² s⁻¹]": True,
    "D × thermodynamic factor [m² s⁻¹]": True,
    "Electronic conductivity [S m⁻¹]": True,
    "Exchange-current density [A m⁻²]": True,
}


_ENTRIES = {
    "Open-circuit potential [V]": names.OCP,
    "Diffusivity D [m² s⁻¹]": names.DIFFUSIVITY,
    "Electronic conductivity [S m⁻¹]": names.CONDUCTIVITY,
}
MOST_POINTS = 80  # of a table that are drawn; more would hide the curve


def _laws(chosen: Any) -> dict[str, Curve]:
    """Curves by the label of their axis, each with the range that its source covers."""
    values, sources = _values_of(chosen), getattr(chosen, "sources", {})
    temperature = number(values, names.TEMPERATURE) or 298.15
    c_max = number(values, names.MAXIMUM_CONCENTRATION) or 1.0
    c_e = number(values, names.ELECTROLYTE_CONCENTRATION) or 1000.0
    full = {"c_e": c_e, "c_s_surf": _GRID * c_max, "c_s_max": c_max, "T": temperature}
    calls: dict[str, dict[str, Any]] = {
        names.OCP: {"sto": _GRID},
        names.DIFFUSIVITY: {"sto": _GRID, "T": temperature},
        names.CONDUCTIVITY: {"sto": _GRID, "T": temperature},
        names.EXCHANGE_CURRENT: full,
    }
    found = {}
    for name, arguments in calls.items():
        if name not in values:
            continue
        # as a model calls it: with the entries that it reads
        symbols = {
            key: pybamm.Vector(value) if np.ndim(value) else pybamm.Scalar(value)
            for key, value in arguments.items()
        }
        result = values.process_symbol(pybamm.FunctionParameter(name, symbols)).evaluate()
        law = np.broadcast_to(np.asarray(result, dtype=float).ravel(), _GRID.shape)
        source, (low, high) = sources.get(name), (0.0, 1.0)
        if source and source.valid_range and source.argument.startswith("stoichiometry"):
            low, high = source.valid_range
        found[name] = Curve(law, (low <= _GRID) & (high >= _GRID))
    potential, diffusivity, conductivity, exchange = (found.get(name) for name in calls)
    curves = dict(zip(_LABELS, [potential, None, diffusivity, None], strict=False))
    if potential is not None:
        slope = np.gradient(potential.values, _GRID)
        factor = np.maximum(-FARADAY / (R * temperature) * _GRID * slope, 0)
        factor[factor == 0] = np.nan  # no diffusion down a gradient where U rises
        curves["Thermodynamic factor [–]"] = Curve(factor, potential.valid)
        if diffusivity is not None:
            both = potential.valid & diffusivity.valid
            curves["D × thermodynamic factor [m² s⁻¹]"] = Curve(factor * diffusivity.values, both)
    curves["Electronic conductivity [S m⁻¹]"] = conductivity
    curves["Exchange-current density [A m⁻²]"] = exchange
    return {label: curve for label, curve in curves.items() if curve is not None}


def _values_of(chosen: Any) -> pybamm.ParameterValues:
    return getattr(chosen, "values") if hasattr(chosen, "sources") else chosen  # noqa: B009
