"""What each kind of simulation shows of a run: key numbers, curves, tables, a line of text.

``summary.json``, the tables, the page and the terminal are made the same way for every kind; what
differs between kinds stands here, in one class for each.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from multiscale.analysis.timings import KEYS
from multiscale.cases.electrode import ElectrodeRun, neck_drop, nominal_rate
from multiscale.cases.electrode_observables import cycle_loss
from multiscale.cases.observables import CENTRE, DIFFERENCE, EDGE, MEAN, peak_difference, start
from multiscale.errors import MultiscaleError, ResultsError

TIMES = ("t10_s", "t50_s", "t90_s", "width_s")
_VOLTAGE = "Voltage [V]"


class Shown:
    """A single particle; what other kinds show otherwise, they say.

    Attributes
    ----------
    on_top : tuple of str
        Key numbers of the first variant that ``summary.json`` has once more at its top. A kind
        that has some calls that variant its main one, and its file ``run.nc``.
    animate : str
        Function of ``multiscale.plotting`` that shows a run in motion.
    columns : mapping of str to str
        Of the table of runs on the page: heading, and key number of a variant.
    caption : str
        Of that table.
    compared : mapping of str to str
        The same for parameter sets side by side.
    compared_figures : mapping of str to (str, str)
        File of a figure for them, function of ``multiscale.plotting``, caption.
    """

    on_top: ClassVar[tuple[str, ...]] = ()
    animate: ClassVar[str] = "animate_field"
    columns: ClassVar[Mapping[str, str]] = {
        "experiment": "experiment",
        "transport": "transport",
        "surface": "surface",
        "peak heterogeneity": "peak_heterogeneity",
        "at [s]": "peak_heterogeneity_at_s",
    }
    caption: ClassVar[str] = (
        "Heterogeneity is the stoichiometry at the centre minus that at the edge."
    )
    compared: ClassVar[Mapping[str, str]] = {
        "final voltage [V]": "final_voltage_V",
        "peak heterogeneity": "peak_heterogeneity",
    }
    compared_figures: ClassVar[Mapping[str, tuple[str, str]]] = {
        "heterogeneity.png": ("heterogeneity_curves", "Centre minus edge.")
    }
    _curves: ClassVar[Mapping[str, str]] = {
        "mean_stoichiometry": MEAN,
        "centre_stoichiometry": CENTRE,
        "edge_stoichiometry": EDGE,
        "centre_minus_edge": DIFFERENCE,
        "rms_heterogeneity": "Particle heterogeneity (rms)",
        "voltage_V": _VOLTAGE,
        "c_rate_per_h": "C-rate",
        "specific_discharge_capacity_mAh_g": "Specific discharge capacity [A.h.kg-1]",
    }

    def numbers(self, run: Any) -> dict[str, Any]:
        """Key numbers of a run, besides those that every run has."""
        if run.results is None:
            return {}
        results = run.solved
        mean, difference = results.series(MEAN), results.series(DIFFERENCE)
        peak = int(np.abs(difference).argmax())
        steps = [{"words": one.words, "start_s": one.start, "end_s": one.end} for one in run.steps]
        return {
            "duration_s": float(results.times[-1]),
            "order": results.mesh.order,
            "stopped_because": run.outcome,
            "initial_stoichiometry": start(run),
            "final_mean_stoichiometry": float(mean[-1]),
            "final_voltage_V": float(results.series(_VOLTAGE)[-1]),
            "peak_heterogeneity": peak_difference(run),
            "peak_heterogeneity_at_s": float(results.times[peak]),
            "peak_heterogeneity_at_mean_stoichiometry": float(mean[peak]),
            "steps": steps if len(steps) <= 8 else f"{len(steps)} steps",
            "balance": results.balance.as_dict(),
        }

    def notes(self, run: Any) -> list[str]:
        """Remarks that only its results give."""
        return []

    def curves(self, results: Any, kept: NDArray[np.int64]) -> dict[str, Any]:
        """Columns of ``curves.csv`` at some of the times."""
        return {column: results.series(series)[kept] for column, series in self._curves.items()}

    def tables(self, run: Any) -> dict[str, pd.DataFrame]:
        """Further tables of a solved run: what they are named after, and the table."""
        return {}

    def body(self, variants: Mapping[str, Any], main: str | None) -> dict[str, str]:
        """What was simulated, for beside the title of the page."""
        return {"mesh": ", ".join(sorted({one["mesh"] for one in variants.values()}))}

    def line(self, numbers: Mapping[str, Any]) -> str:
        """The outcome of a run in a few words."""
        peak = numbers.get("peak_heterogeneity")
        return "nothing solved" if peak is None else f"largest centre minus edge {peak:.3f}"


class ShownElectrode(Shown):
    """An electrode: its half-cycles, and the timings of its particles."""

    on_top = ("half_cycles", "first_cycle_loss", "balance", "unknowns")
    animate = "animate_electrode"
    columns: ClassVar[Mapping[str, str]] = {
        "geometry": "geometry",
        "particles": "particles",
        "unknowns": "unknowns",
        "first-cycle loss": "first_cycle_loss",
    }
    caption = ""
    compared: ClassVar[Mapping[str, str]] = {}
    compared_figures: ClassVar[Mapping[str, tuple[str, str]]] = {}

    def numbers(self, run: ElectrodeRun) -> dict[str, Any]:
        """Also of a run that was not solved: what it was to be."""
        prepared = run.prepared
        described: dict[str, Any] = {
            "geometry": str(prepared.spec.geometry),
            "n_particles": prepared.geometry.n_particles,
            "particles": str(prepared.spec.particles),
            "counter_electrode": prepared.spec.model.counter_electrode,
            "nominal_c_rate_per_h": nominal_rate(prepared),
            "pristine_neck_drop_V": neck_drop(prepared),
            "half_cycles_finished": run.complete,
            "half_cycles_planned": len(run.plan),
        }
        if run.results is None:
            return described
        try:
            loss = cycle_loss(run)
        except ResultsError:
            loss = None
        results = run.solved
        return described | {
            "duration_s": float(results.times[-1]),
            "stopped_because": run.outcome,
            "final_voltage_V": float(results.series(_VOLTAGE)[-1]),
            "balance": results.balance.as_dict(),
            "half_cycles": half_cycle_rows(run),
            "first_cycle_loss": loss,
        }

    def notes(self, run: ElectrodeRun) -> list[str]:
        """Particles that did not take part in a half-cycle."""
        try:
            table, names = run.timings, run.half_cycle_names
        except MultiscaleError:
            return []
        notes = []
        for half_cycle, rows in table.groupby("half_cycle"):
            idle = rows.loc[rows["status"] != "reacted", "particle"]
            if len(idle):
                some = ", ".join(map(str, idle[:6])) + (", ..." if len(idle) > 6 else "")
                notes.append(
                    f"{names[half_cycle]}: {len(idle)} of {len(rows)} particles did not complete a "
                    f"change and count as late, which makes spreads lower bounds: {some}"
                )
        return notes

    def curves(self, results: Any, kept: NDArray[np.int64]) -> dict[str, Any]:
        """Cell series, and the span of the particles."""
        means = results.series(MEAN).reshape(-1, len(results.times))[:, kept]
        weights = results.space.particle_volumes
        return {
            "voltage_V": results.series(_VOLTAGE)[kept],
            "c_rate_per_h": results.series("C-rate")[kept],
            "discharge_capacity_Ah": results.series("Discharge capacity [A.h]")[kept],
            "mean_stoichiometry": weights @ means / weights.sum(),
            "lowest_particle_stoichiometry": means.min(axis=0),
            "highest_particle_stoichiometry": means.max(axis=0),
        }

    def tables(self, run: ElectrodeRun) -> dict[str, pd.DataFrame]:
        """``timings``: of the mean content, and beside it of the brightness of the surface."""
        first = [*KEYS, *TIMES]
        try:
            table, bright = run.timings, run.brightness_timings
        except MultiscaleError:  # no half-cycle was finished
            return {"timings": pd.DataFrame(columns=first)}
        others = [name for name in table.columns if name not in first]
        extra = bright[["status", *TIMES]].add_prefix("brightness_").reset_index(drop=True)
        counts = table["particle"].map(run.obstruction).rename("obstruction")
        ohm = table["particle"].map(run.resistance).rename("resistance_to_collector_ohm")
        kept = table[[*first, *others]].reset_index(drop=True)
        return {"timings": pd.concat([kept, extra, counts, ohm], axis=1)}

    def body(self, variants: Mapping[str, Any], main: str | None) -> dict[str, str]:
        """Number of particles, and how they are resolved."""
        if main is None:
            return super().body(variants, main)
        one = variants[main]
        return {"electrode": f"{one['n_particles']} particles, {one['particles']}"}

    def line(self, numbers: Mapping[str, Any]) -> str:
        """Half-cycles done, and what the first cycle lost."""
        done, planned = numbers["half_cycles_finished"], numbers["half_cycles_planned"]
        loss = numbers.get("first_cycle_loss")
        words = f"{done} of {planned} half-cycles"
        return words if loss is None else f"{words}, first-cycle loss {loss:.3f}"


# Name in summary.json -> column of the table of measures.
_SPREADS = {
    "median_t50": "median_t50",
    "spread_t50": "spread_t50",
    "range_t50": "range_t50",
    "median_width": "median_width",
    "order_correlation": "order_correlation",
    "latest_minus_earliest": "full_range_t50",
    "range_t10": "range_t10",
    "reacted": "reacted",
    "not_reacted": "excluded",
}
_BRIGHT = {name: name for name in ("range_t50", "full_range_t50", "median_width")}


def half_cycle_rows(run: ElectrodeRun) -> list[dict[str, Any]]:
    """One dictionary per finished half-cycle; empty if none was."""
    try:
        table = run.half_cycles
    except ResultsError:
        return []
    rows = []
    for (_, row), (_, spread), (_, bright) in zip(
        table.iterrows(), run.measures.iterrows(), run.brightness_measures.iterrows(), strict=True
    ):
        numbers = {name: row[name] for name in ("kind", "start_s", "duration_s", "capacity_Ah")}
        numbers |= _with_bounds(spread, _SPREADS)
        rows.append(numbers | {"brightness": _with_bounds(bright, _BRIGHT)})
    return rows


def _with_bounds(measures: pd.Series, columns: Mapping[str, str]) -> dict[str, Any]:
    """The columns by their names, then ``..._is_lower_bound`` of every one that may be one."""
    numbers = {name: measures[column] for name, column in columns.items()}
    return numbers | {
        f"{name}_is_lower_bound": bool(measures[f"{column}_is_lower_bound"])
        for name, column in columns.items()
        if f"{column}_is_lower_bound" in measures
    }
