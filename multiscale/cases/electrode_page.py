"""Sections of the report that electrodes have: comparison, timings, tables, frames."""

from __future__ import annotations

from collections.abc import Mapping
from io import BytesIO
from typing import Any

from multiscale.cases.comparison import BOUNDS, compared, in_words, lower_bounds
from multiscale.cases.electrode import ElectrodeRun
from multiscale.cases.electrode_figures import frames
from multiscale.cases.runs import CaseRun
from multiscale.errors import MultiscaleError


def electrode_sections(run: CaseRun, summary: Mapping[str, Any]) -> list[Any]:
    """Sections between the verdicts and the parameters."""
    from multiscale import report

    sections = [
        *comparison(run),
        report.Section("Half-cycles", _half_cycles(run)),
        *tables(run, summary),
        report.Section("Timings of the particles", _timings(run, summary), folded=True),
        report.Section("Runs", [_runs(run, summary)]),
    ]
    return sections


def before_figures(run: CaseRun, summary: Mapping[str, Any]) -> list[Any]:
    """Remarks with a heading, what was tuned, and the run in motion if it can be drawn."""
    from multiscale import report

    values = remark_values(run, summary)
    blocks: list[Any] = [
        report.Callout(
            one.title,
            f"{one.name} = {values[one.name]}",
            f"{one.meaning[:1].upper()}{one.meaning[1:]}.",
        )
        for one in run.case.remarks
        if one.title and one.name in values
    ]
    if run.case.tuned:
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


def remark_values(run: CaseRun, summary: Mapping[str, Any]) -> dict[str, str]:
    """Name and value of each remark of the case in its main variant, where it has one."""
    main = summary.get("main_variant", next(iter(summary["variants"]), ""))
    values = summary["variants"].get(main, {}).get("remarks", {})
    shown = {one.name: in_words(one, values.get(one.name)) for one in run.case.remarks}
    return {name: value for name, value in shown.items() if value}


def comparison(run: CaseRun) -> list[Any]:
    """The variants side by side, if the case asks for it."""
    from multiscale import report

    table, asked = compared(run).round(4), run.case.comparison
    if table.empty or asked is None:
        return []
    shown = table.drop(columns=BOUNDS)
    heat = report.mechanism(
        shown, coloured=asked.shaded, caption=asked.caption, at_least=lower_bounds(table)
    )
    return [report.Section(asked.title, [heat])]


def tables(run: CaseRun, summary: Mapping[str, Any]) -> list[Any]:
    """The tables that the case asks for, those of one title in one section."""
    from multiscale import report

    sections: dict[str, list[Any]] = {}
    for spec in run.case.tables:
        rows = summary.get("tables", {}).get(spec.name)
        if rows:
            columns = list(rows[0])
            cells = [[row[name] for name in columns] for row in rows]
            sections.setdefault(spec.title, []).append(report.Table(columns, cells, spec.caption))
    return [report.Section(title, blocks) for title, blocks in sections.items()]


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


def _runs(run: CaseRun, summary: Mapping[str, Any]) -> Any:
    from multiscale import report

    remarks = {f"{r.name} [{r.unit}]" if r.unit else r.name: r.name for r in run.case.remarks}
    columns = ["run", "geometry", "particles", "unknowns", *remarks, "first-cycle loss"]
    columns += ["set-up [s]", "solve [s]", "outcome"]
    rows = [
        [
            name,
            one["geometry"],
            one["particles"],
            one["unknowns"],
            *(one["remarks"][remark] for remark in remarks.values()),
            one.get("first_cycle_loss"),
            one["setup_s"],
            one["solve_s"],
            one["problem"] or "complete",
        ]
        for name, one in summary["variants"].items()
    ]
    return report.Table(columns, rows)
