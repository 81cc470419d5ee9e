"""Sections of the report that only electrodes have: mechanisms, timings, bounds, frames."""

from __future__ import annotations

from collections.abc import Mapping
from io import BytesIO
from typing import Any

import numpy as np
import pandas as pd

from multiscale.cases.electrode_figures import COLOURED, frames
from multiscale.cases.electrode_run import ElectrodeRun
from multiscale.cases.mechanisms import BOUNDS, EXPLANATION, lower_bounds, mechanisms
from multiscale.cases.runs import CaseRun
from multiscale.errors import MultiscaleError

_BOUNDED = ("S10", "S11", "S12", "S13", "S14", "S15", "S16")


def neck_value(summary: Mapping[str, Any]) -> str:
    """V1 of the main variant in a few words; empty if no neck is lumped."""
    variant = summary["variants"].get(summary.get("main_variant", ""), {})
    drop = variant.get("pristine_neck_drop_V")
    return f"V1 = {drop:.3g} V" if drop is not None and np.isfinite(drop) else ""


def electrode_sections(run: CaseRun, summary: Mapping[str, Any]) -> list[Any]:
    """Sections between the verdicts and the parameters."""
    from multiscale import report

    sections = [
        report.Section("Which mechanism makes which observation", _mechanisms(run)),
        report.Section("Half-cycles", _half_cycles(run)),
        report.Section("What the charge balance forbids", _bounds(summary)),
        report.Section("Timings of the particles", _timings(run, summary), folded=True),
        report.Section("Runs", [_runs(summary)]),
    ]
    return sections


def before_figures(run: CaseRun, summary: Mapping[str, Any]) -> list[Any]:
    """The tuned number, and the run in motion if it can be drawn."""
    from multiscale import report

    blocks: list[Any] = []
    if run.case.tuned and neck_value(summary):
        blocks.append(report.Callout("The one tuned number", neck_value(summary), run.case.tuned))
    elif run.case.tuned:
        blocks.append(report.Text(run.case.tuned))
    one = run.runs.get(summary.get("main_variant", ""))
    if isinstance(one, ElectrodeRun) and one.results is not None:
        try:
            images, labels = frames(one)
            blocks.append(report.Frames([_jpeg(i) for i in images], labels, f"Run {one.name!r}."))
        except (MultiscaleError, NotImplementedError):
            pass  # the page does without
    return [report.Section("At a glance", blocks)]


def _jpeg(image: Any) -> bytes:
    buffer = BytesIO()
    image.convert("RGB").save(buffer, format="JPEG", quality=85)
    return buffer.getvalue()


def _mechanisms(run: CaseRun) -> list[Any]:
    from multiscale import report

    table = mechanisms(run).round(4)
    if table.empty:
        return []
    bounds = lower_bounds(table)
    shown = table.drop(columns=BOUNDS)
    return [report.mechanism(shown, coloured=COLOURED, caption=EXPLANATION, at_least=bounds)]


def _half_cycles(run: CaseRun) -> list[Any]:
    from multiscale import report

    tables: list[Any] = []
    for name, one in run.runs.items():
        if not isinstance(one, ElectrodeRun) or not one.is_timed:
            continue
        for measures, words in (
            (one.measures, "mean lithium content"),
            (one.brightness_measures, "brightness of the surface"),
        ):
            caption = f"{name}, {words}. Spreads and widths are shares of the duration."
            tables.append(report.half_cycle_table(measures, caption))
    return tables


def _timings(run: CaseRun, summary: Mapping[str, Any]) -> list[Any]:
    from multiscale import report

    one = run.runs.get(summary.get("main_variant", ""))
    if not isinstance(one, ElectrodeRun) or not one.is_timed:
        return []
    return [report.timings_table(one.timings, one.obstruction.to_dict())]


def _bounds(summary: Mapping[str, Any]) -> list[Any]:
    from multiscale import report

    bounds = summary.get("bounds")
    if not bounds:
        return []
    late = [row for row in summary["criteria"] if row["id"] in _BOUNDED]
    found = [
        [row["id"], row["quantity"], _known(row["value"], row["bound"]), row["wanted"]]
        for row in late
    ]
    words = (
        "If a share of the particles is untouched at a state of charge, the others hold so much "
        "less that the cell must be at the given voltage, whatever the model; where no voltage "
        "stands it is impossible below the upper limit. From the open-circuit curve and a "
        "content of 0.99 at the start."
    )
    jump = (
        "Voltage the cell needs for a particle to do 90 % of its own change at once. A "
        "synchronous charge is far below: mean contents cannot be step-like then."
    )
    blocks = [_table(bounds["untouched"], words), _table(bounds["jump"], jump)]
    if found:
        columns = ["id", "observation", "value here", "asked for"]
        blocks.append(report.Table(columns, found, "The observations these bounds concern."))
    return blocks


def _known(value: float | None, bound: str) -> Any:
    return f"{bound} {value:.4g}" if bound and value is not None else value


def _table(rows: list[dict[str, Any]], caption: str) -> Any:
    from multiscale import report

    frame = pd.DataFrame(rows)
    return report.Table(list(frame.columns), frame.to_numpy(dtype=object).tolist(), caption)


def _runs(summary: Mapping[str, Any]) -> Any:
    from multiscale import report

    columns = ["run", "geometry", "particles", "unknowns", "V1 [V]", "first-cycle loss"]
    columns += ["set-up [s]", "solve [s]", "outcome"]
    rows = [
        [
            name,
            run["geometry"],
            run["particles"],
            run["unknowns"],
            run["pristine_neck_drop_V"],
            run.get("first_cycle_loss"),
            run["setup_s"],
            run["solve_s"],
            run["problem"] or "complete",
        ]
        for name, run in summary["variants"].items()
    ]
    return report.Table(columns, rows)
