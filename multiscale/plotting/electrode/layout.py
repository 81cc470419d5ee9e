"""What every figure of an electrode asks for: labels, colours, cell series and half-cycles."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from numpy.typing import ArrayLike, NDArray

from multiscale.analysis.half_cycles import half_cycles
from multiscale.errors import AnalysisError, ResultsError
from multiscale.plotting import style

# Sharma et al., fig. 4a, from the best to the worst connected top particle.
TOP_COLOURS = ("#e69f00", "#0072b2", "#009e73", "#8a3ffc", "#d7263d")
CELL_LABEL = "Cell state of charge, mean 1 − θ [–]"
PARTICLE_LABEL = "Particle, mean 1 − θ [–]"
CHARGE_SHADE, DISCHARGE_SHADE = "#f3f4f6", "#ffffff"


def check_electrode(results: Any) -> None:
    """Raise unless the run is one of an electrode."""
    if not hasattr(getattr(results, "model", None), "electrode"):
        raise ResultsError(
            "This figure shows the particles of an electrode; it needs the results of an "
            f"ElectrodeModel, not {type(results).__name__}"
        )


def cell_soc(results: Any, times: ArrayLike | None = None) -> NDArray[np.float64]:
    """Delithiated fraction of the whole electrode, weighted by volume."""
    volumes = results.space.particle_volumes
    soc = results.state_of_charge(times).to_numpy()
    return np.asarray(volumes @ soc / volumes.sum())


def obstruction(results: Any) -> dict[str, int]:
    """Particles between each particle and the carbon network, by label."""
    geometry = results.model.electrode
    counts = geometry.particles["obstruction"]
    if (counts < 0).any():
        counts = geometry.obstruction_counts()
    return {str(label): int(count) for label, count in counts.items()}


def obstruction_colours(counts: Iterable[int]) -> dict[int, Any]:
    """A colour for each number of particles in the way, dark for none."""
    distinct = sorted(set(counts))
    return dict(zip(distinct, style.ordered_colours(len(distinct)), strict=True))


def tops(results: Any) -> list[str]:
    """Particles that are seen from above, the best connected first."""
    table = results.model.electrode.particles
    count = obstruction(results)
    chosen = [str(label) for label in table.index[table["top"].astype(bool)]]
    return sorted(chosen, key=lambda label: (count[label], float(table.loc[label, "x_m"])))


def top_colours(results: Any) -> dict[str, str]:
    """A colour of its own for each top particle, if there are few enough to tell apart."""
    chosen = tops(results)
    return dict(zip(chosen, TOP_COLOURS, strict=False)) if len(chosen) <= len(TOP_COLOURS) else {}


def record_of(results: Any) -> pd.DataFrame:
    """Half-cycles of the run with a ``name`` such as "charge 1"; empty if no current flowed."""
    try:
        table = half_cycles(results.times, results.series("Current [A]"))
    except AnalysisError:
        return pd.DataFrame(columns=["half_cycle", "kind", "start_s", "end_s", "name"])
    number = table.groupby("kind").cumcount() + 1
    return table.assign(name=table["kind"] + " " + number.astype(str))


def shade_half_cycles(axes: Axes, record: pd.DataFrame, size: float, named: bool = True) -> None:
    """Charges on light grey, with the name of each half-cycle above; ``size`` in s per unit."""
    for _, row in record.iterrows():
        start, end = row["start_s"] / size, row["end_s"] / size
        if row["kind"] == "charge":
            axes.axvspan(start, end, color=CHARGE_SHADE, linewidth=0, zorder=0)
        if named:
            look: dict[str, Any] = {"ha": "center", "va": "bottom", "fontsize": 8}
            look |= {"transform": axes.get_xaxis_transform(), "color": style.MUTED}
            axes.text((start + end) / 2, 1.01, row["name"], **look)


def moments(results: Any, times: ArrayLike) -> list[tuple[float, float]]:
    """State of charge of the cell and voltage at the times."""
    voltages = results.series("Voltage [V]", times)
    return list(zip(cell_soc(results, times).tolist(), voltages.tolist(), strict=True))


def by_obstruction(results: Any) -> Mapping[str, Any]:
    """Colour of every particle by the number of particles in its way."""
    counts = obstruction(results)
    colours = obstruction_colours(counts.values())
    return {label: colours[count] for label, count in counts.items()}
