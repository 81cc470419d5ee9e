"""The figures that a case may ask for: one table, from kind to function.

A figure is a picture: each function takes the run, the variants and the arguments of the case file
and returns a Matplotlib figure.
"""

from __future__ import annotations

import importlib
from collections.abc import Callable, Mapping
from typing import Any, Literal, TypeVar

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

Figure = Callable[..., Any]
Drawing = TypeVar("Drawing", bound=Figure)
Quantity = Literal["delithiation", "stoichiometry", "potential"]
Against = Literal["time", "mean delithiation"]

KINDS: dict[str, Figure] = {}
"""Kinds of figure by name."""
SHOWN: dict[str, str] = {}
"""What each shows: "particle", "electrode", or "" for both."""


def figure(of: str = "") -> Callable[[Drawing], Drawing]:
    """Enter a function into the table of kinds, by its name."""

    def entered(function: Drawing) -> Drawing:
        KINDS[function.__name__], SHOWN[function.__name__] = function, of
        return function

    return entered


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


def check_arguments(kind: str, arguments: Mapping[str, Any], of: str = "") -> None:
    """``CaseError`` if there is no such kind of figure, or it does not take these arguments.

    Nor is a figure of particles one of an electrode; ``of`` is the kind of the case.
    """
    if kind not in KINDS:
        raise CaseError(unknown_name("figure kind", kind, KINDS))
    if of and SHOWN[kind] not in ("", of):
        fit = ", ".join(repr(name) for name in sorted(KINDS) if SHOWN[name] in ("", of))
        raise CaseError(f"{kind!r} shows {SHOWN[kind]}s; this case is of {of}s. Valid: {fit}")
    check_call(KINDS[kind], 2, arguments, kind)
    if arguments.get("measure", "peak_difference") not in OBSERVABLES:
        raise CaseError(unknown_name("measure", arguments["measure"], OBSERVABLES))
    if any(time < 0 for time in arguments.get("times", ())):
        raise CaseError("argument 'times' must not be negative")
    if any(not 0 <= share <= 1 for share in arguments.get("shares", ())):
        raise CaseError("argument 'shares' must lie between 0 and 1")


# --- of particles ---------------------------------------------------------------------


@figure("particle")
def field_panels(
    run: CaseRun, names: list[str], times: list[float], quantity: Quantity = "delithiation"
) -> Any:
    """The field of each variant at some times."""
    chosen = {name: run.results[name] for name in names}
    end = min(results.times[-1] for results in chosen.values())
    shown = [time for time in times if time <= end] or [end]
    one = next(iter(chosen.values())) if len(chosen) == 1 else chosen
    return plotting().field_panels(one, shown, quantity=quantity)


@figure("particle")
def line_profiles(
    run: CaseRun, names: list[str], times: list[float], quantity: Quantity = "delithiation"
) -> Any:
    """Profiles through the first variant at some times."""
    results = run.results[names[0]]
    shown = [time for time in times if time <= results.times[-1]] or [results.times[-1]]
    return plotting().line_profiles(results, shown, quantity=quantity)


def _one_or_all(run: CaseRun, names: list[str]) -> Any:
    return {name: run.results[name] for name in names} if len(names) > 1 else run.results[names[0]]


@figure("particle")
def centre_curves(run: CaseRun, names: list[str], against: Against = "time") -> Any:
    """Centre, edge and mean over time."""
    return plotting().centre_curves(_one_or_all(run, names), against=against)


@figure("particle")
def heterogeneity_curves(run: CaseRun, names: list[str], against: Against = "time") -> Any:
    """Centre minus edge."""
    return plotting().heterogeneity_curves(_one_or_all(run, names), against=against)


@figure()
def voltage_current(run: CaseRun, names: list[str]) -> Any:
    """Voltage and current over time."""
    return plotting().voltage_current(_one_or_all(run, names))


@figure("particle")
def displacement_curves(run: CaseRun, names: list[str]) -> Any:
    """How far the unreacted region moves, over the share of lithium removed."""
    curves = {}
    for name in names:
        removed, distance = displacement_series(run.run(name))
        curves[name] = removed / nominal_removal(run.run(name)), distance
    return plotting().displacement_curves(curves)


@figure("particle")
def peak_curve(
    run: CaseRun,
    names: list[str],
    x: dict[str, float],
    xlabel: str,
    measure: str = "peak_difference",
) -> Any:
    """An observable of each variant over a number that the case gives for it."""
    shown = [name for name in names if name in x]
    if not shown:
        raise ResultsError("peak_curve: none of the variants in 'x' was solved")
    peaks = [OBSERVABLES[measure](run.run(name)) for name in shown]
    return plotting().peak_curve([x[name] for name in shown], peaks, xlabel)


@figure("particle")
def gitt_diffusivity(run: CaseRun, names: list[str]) -> Any:
    """What a titration returns beside what was put in."""
    table = titration(run.run(names[0]))
    columns = {"chemical_diffusivity_m2_s": "D_in", "diffusivity_m2_s": "D_out"}
    return plotting().gitt_diffusivity(table.rename(columns=columns))


@figure("particle")
def hold_capacity(
    run: CaseRun, names: list[str], step: int, measured: dict[str, float], tolerance: float
) -> Any:
    """Capacity of a step, simulated beside measured."""
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


# --- of an electrode ------------------------------------------------------------------


def _electrode(run: CaseRun, names: list[str]) -> ElectrodeRun:
    first = run.run(names[0])
    if not isinstance(first, ElectrodeRun):
        raise ResultsError(f"{run.case.name}: this figure is of an electrode, not of a particle")
    return first


def times_at(run: ElectrodeRun, half_cycle: int, shares: list[float]) -> list[float]:
    """Times [s] at shares of a half-cycle."""
    row = run.half_cycle(half_cycle)
    return [float(row["start_s"] + share * row["duration_s"]) for share in shares]


@figure("electrode")
def particle_map(
    run: CaseRun,
    names: list[str],
    shares: list[float],
    half_cycle: int = 0,
    view: Literal["projection", "slice"] = "projection",
) -> Any:
    """Every particle at shares of a half-cycle."""
    one = _electrode(run, names)
    return plotting().particle_map(one.solved, times_at(one, half_cycle, shares), view=view)


@figure("electrode")
def particle_traces(
    run: CaseRun, names: list[str], against: Literal["cell soc", "time"] = "cell soc"
) -> Any:
    """Content of every particle."""
    return plotting().particle_traces(_electrode(run, names).solved, against=against)


@figure("electrode")
def surface_lithium(run: CaseRun, names: list[str]) -> Any:
    """Surface of the particles that are seen from above."""
    one = _electrode(run, names)
    return plotting().surface_lithium(one.solved, one.tops)


@figure("electrode")
def timing_chart(run: CaseRun, names: list[str]) -> Any:
    """Reaction timings of every particle."""
    one = _electrode(run, names)
    return plotting().timing_chart(one.timings, one.obstruction.to_dict())


@figure("electrode")
def contact_network(run: CaseRun, names: list[str], share: float, half_cycle: int = 0) -> Any:
    """Particles, contacts and currents at a share of a half-cycle."""
    one = _electrode(run, names)
    return plotting().contact_network(one.solved, times_at(one, half_cycle, [share])[0])


@figure()
def mechanism_table(run: CaseRun, names: list[str]) -> Any:
    """The comparison of the variants, shaded."""
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
