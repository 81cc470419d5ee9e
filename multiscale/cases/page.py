"""The report page of a case: pictures, verdicts, runs, and where the values come from."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from multiscale.cases.electrode_page import (
    before_figures,
    comparison,
    electrode_sections,
    remark_values,
    tables,
)
from multiscale.cases.runs import CaseRun, VariantRun
from multiscale.parameters import names

# What decides the outcome; a stand-in here is worth a word at the top of the page.
_LAWS = (names.OCP, names.DIFFUSIVITY)


def write_page(
    run: CaseRun, summary: Mapping[str, Any], folder: Path, pictures: Mapping[str, Path]
) -> Path:
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
    from multiscale import report

    sections = [_pictures(run, pictures), _outcome(summary)]
    if run.case.is_electrode:
        sections = [*before_figures(run, summary), *sections, *electrode_sections(run, summary)]
    else:
        sections += [*comparison(run), *tables(run, summary), _runs(summary)]
    sections += [report.Section("Conservation", [report.balances(run.results)], folded=True)]
    sections += _parameters(run)
    versions = report.KeyValues(summary["versions"])
    sections.append(report.Section("Versions", [versions], folded=True))
    page = report.Page(
        title=run.case.title,
        description=run.case.description,
        sections=[section for section in sections if section.blocks],
        warnings=warnings(run, summary),
        facts=facts(run, summary),
    )
    return report.write_report(folder, page)


def facts(run: CaseRun, summary: Mapping[str, Any]) -> dict[str, str]:
    """A few words about the run, for beside the title."""
    runs = summary["variants"].values()
    unknowns = sorted({one["unknowns"] for one in runs})
    body = {"mesh": ", ".join(sorted({one["mesh"] for one in runs}))}
    if "main_variant" in summary:
        main = summary["variants"][summary["main_variant"]]
        body = {"electrode": f"{main['n_particles']} particles, {main['particles']}"}
    return {
        "case": summary["case"],
        "runs": f"{len(runs)}",
        **body,
        "parameters": ", ".join(sorted({one["parameters"] for one in runs})),
        **remark_values(run, summary),
        "unknowns": " to ".join(str(n) for n in dict.fromkeys([*unknowns[:1], *unknowns[-1:]])),
        "wall time": f"{summary['wall_s']:.1f} s",
    }


def warnings(run: CaseRun, summary: Mapping[str, Any]) -> list[str]:
    """What the reader must know before anything else."""
    found = []
    if run.interrupted:
        found.append("The user stopped this case: what follows is what was solved until then.")
    if run.case.modified:
        found.append(
            "The case was changed on the command line: verdicts compare changed runs with "
            "what the source says about the original."
        )
    found += [f"{name}: {problem}." for name, problem in run.failures.items()]
    found += [f"{name} was not drawn: {why}" for name, why in summary["not_drawn"].items()]
    found += _stand_ins(run)
    by_note: dict[str, list[str]] = {}
    for name, one in summary["variants"].items():
        for note in one["notes"]:
            by_note.setdefault(note, []).append(name)
    for note, variants in by_note.items():
        where = "" if len(variants) == len(run.case.runs) else f" ({', '.join(variants)})"
        found.append(f"{note}{where}.")
    return found


def _stand_ins(run: CaseRun) -> list[str]:
    found: dict[str, None] = {}
    for one in run.runs.values():
        chosen = one.prepared.parameter_set
        for name in _LAWS:
            source = chosen.sources.get(name)
            if source is not None and source.grade == "C":
                found[f"{name} of {chosen.name} is a stand-in (grade C): {source.method}."] = None
    return list(found)


def _pictures(run: CaseRun, pictures: Mapping[str, Path]) -> Any:
    from multiscale import report

    blocks: list[Any] = []
    if "animation" in pictures:
        blocks.append(report.Animation(pictures["animation"], "The run in motion."))
    blocks += [
        report.Figure(pictures[spec.name], spec.caption)
        for spec in run.case.figures
        if spec.name in pictures
    ]
    return report.Section("Figures", blocks)


def _outcome(summary: Mapping[str, Any]) -> Any:
    from multiscale import report

    rows = [
        {**row, "quantity": row["quantity"] + (f" ({row['detail']})" if row["detail"] else "")}
        for row in summary["criteria"]
    ]
    caption = (
        "Limits were fixed before the run. Hard criteria must hold; reported ones are shown only."
    )
    return report.Section("Against the source", [report.Criteria(rows, caption)] if rows else [])


def _runs(summary: Mapping[str, Any]) -> Any:
    from multiscale import report

    columns = ["run", "experiment", "transport", "surface", "peak heterogeneity", "at [s]"]
    columns += ["set-up [s]", "solve [s]", "outcome"]
    rows = [
        [
            name,
            "; ".join(run["experiment"]),
            run["transport"],
            run["surface"],
            run.get("peak_heterogeneity"),
            run.get("peak_heterogeneity_at_s"),
            run["setup_s"],
            run["solve_s"],
            run["problem"] or "complete",
        ]
        for name, run in summary["variants"].items()
    ]
    caption = "Heterogeneity is the stoichiometry at the centre minus that at the edge."
    return report.Section("Runs", [report.Table(columns, rows, caption)])


def _parameters(run: CaseRun) -> list[Any]:
    """One folded section per parameter set; entries that runs change are listed before."""
    from multiscale import report

    sets: dict[str, list[VariantRun]] = {}
    for one in run.runs.values():
        sets.setdefault(one.prepared.parameter_set.name, []).append(one)
    sections = []
    for name, runs in sets.items():
        changes = [
            [one.name, parameter, _in_words(value)]
            for one in runs
            for parameter, value in one.prepared.spec.overrides.items()
        ]
        blocks: list[Any] = []
        if changes:
            columns = ["run", "parameter", "changed to"]
            blocks.append(report.Table(columns, changes, "Entries that runs change."))
        blocks.append(report.parameters(runs[0].prepared.parameter_set))
        sections.append(report.Section(f"Parameters: {name}", blocks, folded=True))
    return sections


def _in_words(value: Any) -> str:
    if not isinstance(value, Mapping):
        return f"{value:g}"
    ((how, what),) = value.items()
    if how == "factor":
        return f"{what:g} x the entry of the set"
    if how == "law":
        return f"the law {what!r}"
    return f"constant {what:g}" if how == "constant" else f"the entry {what!r}"
