"""The figures that a case may ask for: one table, from kind to function.

A figure is a picture: each function takes the run, the variants and the arguments of the case file
and returns a Matplotlib figure.
"""

from __future__ import annotations

import importlib
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import pandas as pd

from multiscale.cases.comparison import compared, figure_columns, lower_bounds
from multiscale.cases.electrode import ElectrodeRun
from multiscale.cases.judging import OBSERVABLES
from multiscale.cases.observables import (
    capacity,
    displacement_series,
    nominal_removal,
    titration,
)
from multiscale.cases.runs import CaseRun
from multiscale.cases.schema import FigureSpec
from multiscale.cases.tables import check_call
from multiscale.errors import CaseError, ResultsError, unknown_name

# Texts that arguments may be.
CHOICES: dict[str, dict[str, tuple[str, ...]]] = {
    "": {
        "quantity": ("delithiation", "stoichiometry", "potential"),
        "view": ("projection", "slice"),
        "against": ("time", "mean delithiation"),
    },
    "particle_traces": {"against": ("cell soc", "time")},
}


def plotting() -> Any:
    """The room that draws, loaded when something is drawn: reading a case loads no Matplotlib."""
    return importlib.import_module("multiscale.plotting")


def make_figure(spec: FigureSpec, run: CaseRun) -> Any:
    """The Matplotlib figure of a description.

    Raises
    ------
    ResultsError
        If none of its variants was solved.
    """
    names = [name for name in spec.variants or tuple(run.case.runs) if name in run.results]
    if not names:
        raise ResultsError(f"figure {spec.name!r}: none of its variants was solved")
    return KINDS[spec.kind](run, names, **spec.arguments)


def wanted(spec: FigureSpec, run: CaseRun) -> bool:
    """False if the user left out every variant that the figure shows."""
    return not spec.variants or any(name in run.case.runs for name in spec.variants)


def check_arguments(kind: str, arguments: Mapping[str, Any]) -> None:
    """``CaseError`` if there is no such kind of figure, or it does not take these arguments."""
    if kind not in KINDS:
        raise CaseError(unknown_name("figure kind", kind, KINDS))
    check_call(KINDS[kind], 2, arguments, kind)
    known = {**CHOICES[""], **CHOICES.get(kind, {}), "measure": tuple(OBSERVABLES)}
    for name, valid in known.items():
        if name in arguments and arguments[name] not in valid:
            raise CaseError(unknown_name(name, arguments[name], valid))
    if any(time < 0 for time in arguments.get("times", ())):
        raise CaseError("argument 'times' must not be negative")
    if any(not 0 <= share <= 1 for share in arguments.get("shares", ())):
        raise CaseError("argument 'shares' must lie between 0 and 1")


def _field_panels(
    run: CaseRun, names: list[str], times: list[float], quantity: str = "delithiation"
) -> Any:
    chosen = {name: run.results[name] for name in names}
    end = min(results.times[-1] for results in chosen.values())
    shown = [time for time in times if time <= end] or [end]
    one = next(iter(chosen.values())) if len(chosen) == 1 else chosen
    return plotting().field_panels(one, shown, quantity=quantity)


def _line_profiles(
    run: CaseRun, names: list[str], times: list[float], quantity: str = "delithiation"
) -> Any:
    results = run.results[names[0]]
    shown = [time for time in times if time <= results.times[-1]] or [results.times[-1]]
    return plotting().line_profiles(results, shown, quantity=quantity)


def _chosen(run: CaseRun, names: list[str]) -> Any:
    return {name: run.results[name] for name in names} if len(names) > 1 else run.results[names[0]]


def _centre_curves(run: CaseRun, names: list[str], against: str = "time") -> Any:
    return plotting().centre_curves(_chosen(run, names), against=against)


def _heterogeneity_curves(run: CaseRun, names: list[str], against: str = "time") -> Any:
    return plotting().heterogeneity_curves(_chosen(run, names), against=against)


def _voltage_current(run: CaseRun, names: list[str]) -> Any:
    return plotting().voltage_current(_chosen(run, names))


def _displacement_curves(run: CaseRun, names: list[str]) -> Any:
    curves = {}
    for name in names:
        removed, distance = displacement_series(run.run(name))
        curves[name] = removed / nominal_removal(run.run(name)), distance
    return plotting().displacement_curves(curves)


def _peak_curve(
    run: CaseRun,
    names: list[str],
    x: dict[str, float],
    xlabel: str,
    measure: str = "peak_difference",
) -> Any:
    shown = [name for name in names if name in x]
    if not shown:
        raise ResultsError("peak_curve: none of the variants in 'x' was solved")
    peaks = [OBSERVABLES[measure](run.run(name)) for name in shown]
    return plotting().peak_curve([x[name] for name in shown], peaks, xlabel)


def _gitt_diffusivity(run: CaseRun, names: list[str]) -> Any:
    table = titration(run.run(names[0]))
    columns = {"chemical_diffusivity_m2_s": "D_in", "diffusivity_m2_s": "D_out"}
    return plotting().gitt_diffusivity(table.rename(columns=columns))


def _hold_capacity(
    run: CaseRun, names: list[str], step: int, measured: dict[str, float], tolerance: float
) -> Any:
    rows = []
    for name in names:
        value = measured.get(name, float("nan"))
        rows.append(
            {
                "label": name,
                "simulated": capacity(run.run(name), step),
                "measured": value,
                "tolerance": tolerance * value,
            }
        )
    return plotting().hold_capacity(pd.DataFrame(rows))


# --- of an electrode ----------------------------------------------------------------


def _run(run: CaseRun, names: list[str]) -> ElectrodeRun:
    chosen = run.run(names[0])
    assert isinstance(chosen, ElectrodeRun)  # reading.py lets no other case ask for these
    return chosen


def times_at(run: ElectrodeRun, half_cycle: int, shares: list[float]) -> list[float]:
    """Times [s] at shares of a half-cycle."""
    row = run.half_cycle(half_cycle)
    return [float(row["start_s"] + share * row["duration_s"]) for share in shares]


def _particle_map(
    run: CaseRun,
    names: list[str],
    shares: list[float],
    half_cycle: int = 0,
    view: str = "projection",
) -> Any:
    one = _run(run, names)
    return plotting().particle_map(one.solved, times_at(one, half_cycle, shares), view=view)


def _particle_traces(run: CaseRun, names: list[str], against: str = "cell soc") -> Any:
    return plotting().particle_traces(_run(run, names).solved, against=against)


def _surface_lithium(run: CaseRun, names: list[str]) -> Any:
    one = _run(run, names)
    return plotting().surface_lithium(one.solved, one.tops)


def _timing_chart(run: CaseRun, names: list[str]) -> Any:
    one = _run(run, names)
    return plotting().timing_chart(one.timings, one.obstruction.to_dict())


def _contact_network(run: CaseRun, names: list[str], share: float, half_cycle: int = 0) -> Any:
    one = _run(run, names)
    return plotting().contact_network(one.solved, times_at(one, half_cycle, [share])[0])


def _mechanism_table(run: CaseRun, names: list[str]) -> Any:
    table, asked = figure_columns(run, names), run.case.comparison
    if len(table) < 2 or asked is None:
        raise ResultsError("a comparison needs two variants; see --variants all")
    bounds = lower_bounds(compared(run).loc[names])
    return plotting().mechanism_table(table, coloured=asked.shaded, at_least=bounds)


def frames(run: ElectrodeRun, n: int = 25) -> tuple[list[Any], list[str]]:
    """Pictures of the run at even times, with their labels."""
    times = np.linspace(run.solved.times[0], run.solved.times[-1], n)
    labels = [f"{time / 3600:.1f} h" for time in times]
    return plotting().electrode_frames(run.solved, times), labels


KINDS: dict[str, Callable[..., Any]] = {
    "field_panels": _field_panels,
    "line_profiles": _line_profiles,
    "centre_curves": _centre_curves,
    "heterogeneity_curves": _heterogeneity_curves,
    "voltage_current": _voltage_current,
    "displacement_curves": _displacement_curves,
    "peak_curve": _peak_curve,
    "gitt_diffusivity": _gitt_diffusivity,
    "hold_capacity": _hold_capacity,
    "particle_map": _particle_map,
    "particle_traces": _particle_traces,
    "surface_lithium": _surface_lithium,
    "timing_chart": _timing_chart,
    "contact_network": _contact_network,
    "mechanism_table": _mechanism_table,
}
