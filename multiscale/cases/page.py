"""The report page of a case: one list of parts, of which those that have something to say appear.

Every part takes the run, ``summary.json`` and the pictures, and returns its sections. What a kind
of simulation has more to show is in ``multiscale.cases.shown``.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from io import BytesIO
from pathlib import Path
from typing import Any

from multiscale import report
from multiscale.cases.comparison import BOUNDS, compared, in_words, lower_bounds
from multiscale.cases.electrode import ElectrodeRun
from multiscale.cases.figures import frames
from multiscale.cases.kinds import SIMULATIONS
from multiscale.cases.runs import CaseRun, VariantRun
from multiscale.errors import MultiscaleError
from multiscale.parameters import names
from multiscale.report import Section

# What decides the outcome; a stand-in here is worth a word at the top of the page.
_LAWS = (names.OCP, names.DIFFUSIVITY)

Summary = Mapping[str, Any]
Pictures = Mapping[str, Path]


def write_page(run: CaseRun, summary: Summary, folder: Path, pictures: Pictures) -> Path:
    """Write ``report.html`` into the folder of a case run.

    Parameters
    ----------
    run : CaseRun
    summary : mapping
        What ``summary.json`` holds.
    folder : Path
    pictures : mapping of str to Path
        Figures by name, and "animation".
    """
    sections = [section for part in PARTS for section in part(run, summary, pictures)]
    page = report.Page(
        title=run.case.title,
        description=run.case.description,
        sections=[section for section in sections if section.blocks],
        warnings=warnings(run, summary),
        facts=facts(run, summary),
    )
    return report.write_report(folder, page)


# --- beside the title and before everything else --------------------------------------


def facts(run: CaseRun, summary: Summary) -> dict[str, str]:
    """A few words about the run, for beside the title."""
    runs = summary["variants"].values()
    unknowns = sorted({one["unknowns"] for one in runs})
    body = SIMULATIONS[run.case.kind].shown.body(summary["variants"], summary.get("main_variant"))
    return {
        "case": summary["case"],
        "runs": f"{len(runs)}",
        **body,
        "parameters": ", ".join(sorted({one["parameters"] for one in runs})),
        **remark_values(run, summary),
        "unknowns": " to ".join(str(n) for n in dict.fromkeys([*unknowns[:1], *unknowns[-1:]])),
        "wall time": f"{summary['wall_s']:.1f} s",
    }


def main_variant(summary: Summary) -> str:
    """The variant that stands for the case where only one is shown."""
    return str(summary.get("main_variant", next(iter(summary["variants"]), "")))


def remark_values(run: CaseRun, summary: Summary) -> dict[str, str]:
    """Name and value of each remark of the case in its main variant, where it has one."""
    values = summary["variants"].get(main_variant(summary), {}).get("remarks", {})
    shown = {one.name: in_words(one, values.get(one.name)) for one in run.case.remarks}
    return {name: value for name, value in shown.items() if value}


def warnings(run: CaseRun, summary: Summary) -> list[str]:
    """What the reader must know before anything else."""
    lines: list[str] = []
    if run.interrupted:
        lines.append("The user stopped this case: what follows is what was solved until then.")
    if run.case.modified:
        lines.append(
            "The case was changed on the command line: verdicts compare changed runs with "
            "what the source says about the original."
        )
    lines += [f"{name}: {problem}." for name, problem in run.failures.items()]
    lines += [f"{name} was not drawn: {why}" for name, why in summary["not_drawn"].items()]
    stand_ins = {}  # in order, each said once
    for prepared in (one.prepared for one in run.runs.values()):
        for name in _LAWS:
            source = prepared.source(name)
            if source is not None and source.grade == "C":
                law = f"{name} of {prepared.parameter_set.name}"
                stand_ins[f"{law} is a stand-in (grade C): {source.method}."] = True
    lines += stand_ins
    by_note: dict[str, list[str]] = {}
    for name, one in summary["variants"].items():
        for note in one["notes"]:
            by_note.setdefault(note, []).append(name)
    for note, variants in by_note.items():
        where = "" if len(variants) == len(run.case.runs) else f" ({', '.join(variants)})"
        lines.append(f"{note}{where}.")
    return lines


# --- the parts, in their order --------------------------------------------------------


def at_a_glance(run: CaseRun, summary: Summary, pictures: Pictures) -> list[Section]:
    """Remarks with a heading, what was tuned, and an electrode in motion if it can be drawn."""
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
    main = run.runs.get(main_variant(summary))
    if isinstance(main, ElectrodeRun) and main.results is not None:
        try:
            images, labels = frames(main)
            jpegs = []
            for image in images:
                buffer = BytesIO()
                image.convert("RGB").save(buffer, format="JPEG", quality=85)
                jpegs.append(buffer.getvalue())
            blocks.append(report.Frames(jpegs, labels, f"Run {main.name!r}."))
        except (MultiscaleError, NotImplementedError):
            pass  # the page does without
    return [Section("At a glance", blocks)]


def drawn_figures(run: CaseRun, summary: Summary, pictures: Pictures) -> list[Section]:
    """The animation and the figures of the case."""
    blocks: list[Any] = []
    if "animation" in pictures:
        blocks.append(report.Animation(pictures["animation"], "The run in motion."))
    blocks += [
        report.Figure(pictures[spec.name], spec.caption)
        for spec in run.case.figures
        if spec.name in pictures
    ]
    return [Section("Figures", blocks)]


def verdicts(run: CaseRun, summary: Summary, pictures: Pictures) -> list[Section]:
    """Every criterion with its verdict."""
    rows = [
        {**row, "quantity": row["quantity"] + (f" ({row['detail']})" if row["detail"] else "")}
        for row in summary["criteria"]
    ]
    caption = (
        "Limits were fixed before the run. Hard criteria must hold; reported ones are shown only."
    )
    return [Section("Against the source", [report.Criteria(rows, caption)] if rows else [])]


def side_by_side(run: CaseRun, summary: Summary, pictures: Pictures) -> list[Section]:
    """The variants side by side, if the case asks for it."""
    table, asked = compared(run).round(4), run.case.comparison
    if table.empty or asked is None:
        return []
    heat = report.mechanism(
        table.drop(columns=BOUNDS),
        coloured=asked.shaded,
        caption=asked.caption,
        at_least=lower_bounds(table),
    )
    return [Section(asked.title, [heat])]


def half_cycles(run: CaseRun, summary: Summary, pictures: Pictures) -> list[Section]:
    """How the particles of every electrode reacted, by half-cycle."""
    tables = []
    for name, one in run.runs.items():
        if isinstance(one, ElectrodeRun) and one.is_timed:
            shares = "Spreads and widths are shares of the duration."
            lithium = f"{name}, mean lithium content. {shares}"
            bright = f"{name}, brightness of the surface. {shares}"
            tables.append(report.half_cycle_table(one.measures, lithium))
            tables.append(report.half_cycle_table(one.brightness_measures, bright))
    return [Section("Half-cycles", tables)]


def asked_tables(run: CaseRun, summary: Summary, pictures: Pictures) -> list[Section]:
    """The tables that the case asks for, those of one title in one section."""
    sections: dict[str, list[Any]] = {}
    for spec in run.case.tables:
        rows = summary.get("tables", {}).get(spec.name)
        if rows:
            columns = list(rows[0])
            cells = [[row[name] for name in columns] for row in rows]
            sections.setdefault(spec.title, []).append(report.Table(columns, cells, spec.caption))
    return [Section(title, blocks) for title, blocks in sections.items()]


def timings(run: CaseRun, summary: Summary, pictures: Pictures) -> list[Section]:
    """When each particle of the main variant reacted."""
    main = run.runs.get(main_variant(summary))
    if not isinstance(main, ElectrodeRun) or not main.is_timed:
        return []
    table = report.timings_table(main.timings, main.obstruction.to_dict())
    return [Section("Timings of the particles", [table], folded=True)]


def table_of_runs(run: CaseRun, summary: Summary, pictures: Pictures) -> list[Section]:
    """A row for each run, with what its kind shows."""
    shown = SIMULATIONS[run.case.kind].shown
    remarks = {f"{r.name} [{r.unit}]" if r.unit else r.name: r.name for r in run.case.remarks}
    columns = ["run", *shown.columns, *remarks, "set-up [s]", "solve [s]", "outcome"]
    rows = []
    for name, one in summary["variants"].items():
        values = [one.get(key) for key in shown.columns.values()]
        rows.append(
            [
                name,
                *("; ".join(value) if isinstance(value, list) else value for value in values),
                *(one["remarks"][remark] for remark in remarks.values()),
                one["setup_s"],
                one["solve_s"],
                one["problem"] or "complete",
            ]
        )
    return [Section("Runs", [report.Table(columns, rows, shown.caption)])]


def conservation(run: CaseRun, summary: Summary, pictures: Pictures) -> list[Section]:
    """Balances of lithium and charge."""
    return [Section("Conservation", [report.balances(run.results)], folded=True)]


def parameter_sets(run: CaseRun, summary: Summary, pictures: Pictures) -> list[Section]:
    """One folded section per parameter set; entries that runs change are listed before."""
    sets: dict[str, list[VariantRun]] = {}
    for one in run.runs.values():
        sets.setdefault(one.prepared.parameter_set.name, []).append(one)
    sections = []
    for name, runs in sets.items():
        changes = [
            [one.name, parameter, _change(value)]
            for one in runs
            for parameter, value in one.prepared.spec.overrides.items()
        ]
        blocks: list[Any] = []
        if changes:
            columns = ["run", "parameter", "changed to"]
            blocks.append(report.Table(columns, changes, "Entries that runs change."))
        blocks.append(report.parameters(runs[0].prepared.parameter_set))
        sections.append(Section(f"Parameters: {name}", blocks, folded=True))
    return sections


def _change(value: Any) -> str:
    """An override in words."""
    if not isinstance(value, Mapping):
        return f"{value:g}"
    ((how, what),) = value.items()
    if how == "factor":
        return f"{what:g} x the entry of the set"
    if how == "law":
        return f"the law {what!r}"
    return f"constant {what:g}" if how == "constant" else f"the entry {what!r}"


def used_versions(run: CaseRun, summary: Summary, pictures: Pictures) -> list[Section]:
    """Versions of what the numbers depend on."""
    return [Section("Versions", [report.KeyValues(summary["versions"])], folded=True)]


Part = Callable[[CaseRun, Summary, Pictures], list[Section]]
PARTS: tuple[Part, ...] = (
    at_a_glance,
    drawn_figures,
    verdicts,
    side_by_side,
    half_cycles,
    asked_tables,
    timings,
    table_of_runs,
    conservation,
    parameter_sets,
    used_versions,
)
