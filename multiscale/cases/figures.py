"""The figures that a case may ask for: one table, from kind to function."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import pandas as pd

from multiscale.cases import electrode_figures
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

# Texts that arguments may be, here so that reading a case loads no plotting.
CHOICES: dict[str, dict[str, tuple[str, ...]]] = {
    "": {
        "quantity": ("delithiation", "stoichiometry", "potential"),
        "view": ("projection", "slice"),
        "against": ("time", "mean delithiation"),
    },
    "particle_traces": {"against": ("cell soc", "time")},
}


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
    from multiscale import plotting

    chosen = {name: run.results[name] for name in names}
    end = min(results.times[-1] for results in chosen.values())
    shown = [time for time in times if time <= end] or [end]
    one = next(iter(chosen.values())) if len(chosen) == 1 else chosen
    return plotting.field_panels(one, shown, quantity=quantity)


def _line_profiles(
    run: CaseRun, names: list[str], times: list[float], quantity: str = "delithiation"
) -> Any:
    from multiscale import plotting

    results = run.results[names[0]]
    shown = [time for time in times if time <= results.times[-1]] or [results.times[-1]]
    return plotting.line_profiles(results, shown, quantity=quantity)


def _chosen(run: CaseRun, names: list[str]) -> Any:
    return {name: run.results[name] for name in names} if len(names) > 1 else run.results[names[0]]


def _centre_curves(run: CaseRun, names: list[str], against: str = "time") -> Any:
    from multiscale import plotting

    return plotting.centre_curves(_chosen(run, names), against=against)


def _heterogeneity_curves(run: CaseRun, names: list[str], against: str = "time") -> Any:
    from multiscale import plotting

    return plotting.heterogeneity_curves(_chosen(run, names), against=against)


def _voltage_current(run: CaseRun, names: list[str]) -> Any:
    from multiscale import plotting

    return plotting.voltage_current(_chosen(run, names))


def _displacement_curves(run: CaseRun, names: list[str]) -> Any:
    from multiscale import plotting

    curves = {}
    for name in names:
        removed, distance = displacement_series(run.run(name))
        curves[name] = removed / nominal_removal(run.run(name)), distance
    return plotting.displacement_curves(curves)


def _peak_curve(
    run: CaseRun,
    names: list[str],
    x: dict[str, float],
    xlabel: str,
    measure: str = "peak_difference",
) -> Any:
    from multiscale import plotting

    shown = [name for name in names if name in x]
    if not shown:
        raise ResultsError("peak_curve: none of the variants in 'x' was solved")
    peaks = [OBSERVABLES[measure](run.run(name)) for name in shown]
    return plotting.peak_curve([x[name] for name in shown], peaks, xlabel)


def _gitt_diffusivity(run: CaseRun, names: list[str]) -> Any:
    from multiscale import plotting

    table = titration(run.run(names[0]))
    columns = {"chemical_diffusivity_m2_s": "D_in", "diffusivity_m2_s": "D_out"}
    return plotting.gitt_diffusivity(table.rename(columns=columns))


def _hold_capacity(
    run: CaseRun, names: list[str], step: int, measured: dict[str, float], tolerance: float
) -> Any:
    from multiscale import plotting

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
    return plotting.hold_capacity(pd.DataFrame(rows))


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
    **electrode_figures.KINDS,
}
