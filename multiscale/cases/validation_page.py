"""The report of a validation."""

from __future__ import annotations

import os
import platform
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from multiscale import report
from multiscale.cases.kind import WRONG
from multiscale.cases.rows import THEMES, Row, by_paper, complaint, exclusions, gating, score
from multiscale.cases.suite import SuiteRun
from multiscale.report.validation import Claims, Matrix

DESCRIPTION = """
What papers, exact solutions, data and other codes say, and what this framework gives for it. Limits
were written before the run, in the folder of each case; a case says so where one was changed after.
Hard criteria must hold; reported ones are shown and never gate. Negative controls take the cause
away and ask that the effect goes. A criterion whose target a parameter was fitted to is no evidence
and is counted apart.
"""
CAVEATS = (
    "Optical intensity is qualitative and sees about 200 nm of depth, blurred by 265 nm; "
    "brightness here is a stand-in of the lithium at the surface.",
    "The cell of Xu 2022 passes parasitic charge (91 % efficiency): differences are compared, not "
    "capacities.",
    "The diffraction of Grenier 2020 is a fit of two phases to a continuous distribution in NCA.",
)
_EXPLAINED = {
    "failed": "something went wrong: a hard criterion counts as failed",
    "fault": "a fault of this software: a hard criterion counts as failed",
    "interrupted": "the user stopped before",
    "no data": "data that are not part of the repository (--data DIR)",
    "left out": "not in the fast subset",
    "not computed": "no case can say anything about it",
}


def write_page(
    run: SuiteRun,
    rows: Sequence[Row],
    folder: Path,
    changes: Sequence[Mapping[str, Any]] | None = None,
    differing: Sequence[Mapping[str, Any]] = (),
) -> Path:
    """Write ``report.html``.

    Parameters
    ----------
    run : SuiteRun
    rows : sequence of mapping
        From ``rows_of``.
    folder : Path
    changes : sequence of mapping, optional
        From ``moved``, if an earlier outcome was given.
    differing : sequence of mapping
        From ``reference.differences``.
    """
    rows = by_paper(rows)
    sections = [report.Section("At a glance", [Matrix(rows, THEMES)])]
    if changes is not None:
        sections.append(report.Section("What moved", _changes(changes)))
    if differing:
        title = "Numbers that differ from the stored ones"
        sections.append(report.Section(title, _table(differing)))
    sections.append(report.Section("The score", _score(rows, run)))
    for paper in dict.fromkeys(row["paper"] for row in rows):
        own = [row for row in rows if row["paper"] == paper]
        sections.append(report.Section(paper, [Claims(own)]))
    sections += [_grades(run), _times(run), _environment(run)]
    page = report.Page(
        title="Validation",
        description=DESCRIPTION,
        sections=[section for section in sections if section.blocks],
        warnings=[*_warnings(run, rows), *CAVEATS],
        facts=_facts(run, rows),
    )
    return report.write_report(folder, page)


def _facts(run: SuiteRun, rows: Sequence[Row]) -> dict[str, str]:
    hard = [row for row in rows if row["kind"] == "hard"]
    return {
        "subset": "fast" if run.fast else "all",
        "cases": str(len(run.cases)),
        "criteria": str(len(rows)),
        "hard ones that fail": f"{len(gating(rows))} of {len(hard)}",
        "wall time": f"{run.wall_s:.0f} s",
        "CPU time": f"{sum(_cpu(run)):.0f} s",
    }


def _cpu(run: SuiteRun) -> list[float]:
    return [s for outcome in run.outcomes.values() for s in outcome.seconds.values()]


def _warnings(run: SuiteRun, rows: Sequence[Row]) -> list[str]:
    stopped = "The user stopped this run: what was not solved is not run."
    found = [stopped] if run.interrupted else []
    found += [f"A hard criterion fails: {complaint(row)}." for row in gating(rows)]
    wrong = [row for row in rows if row["reason"] in WRONG and row["kind"] != "hard"]
    return found + [f"Something went wrong: {complaint(row)}." for row in wrong]


def _changes(changes: Sequence[Mapping[str, Any]]) -> list[Any]:
    if not changes:
        return [report.Text("Nothing: all verdicts are the same, and all values within 0.1 %.")]
    columns = ["what", "case", "id", "quantity", "before", "value", "after", "value"]
    names = ("what", "case", "id", "quantity", "before", "old_value", "after", "new_value")
    return [report.Table(columns, [[change[name] for name in names] for change in changes])]


def _table(differing: Sequence[Mapping[str, Any]]) -> list[Any]:
    columns = ["case", "id", "quantity", "value", "stored", "tolerance"]
    rows = [[one[name] for name in columns] for one in differing]
    hint = differing[0]["hint"]
    return [report.Table(columns, rows, hint)]


def _score(rows: Sequence[Row], run: SuiteRun) -> list[Any]:
    counted = score(rows)
    words = {
        "evidence": "criteria that count as evidence",
        "code": "checks of the code: exact solutions, other codes, data of known truth",
        "controls": "negative controls",
        "fitted": "criteria that a parameter was fitted to",
    }
    columns = ["", *counted["evidence"]]
    blocks: list[Any] = [
        report.Table(columns, [[words[name], *row.values()] for name, row in counted.items()])
    ]
    fitted = [
        [case.name, one.parameter, one.value, one.by, ", ".join(one.ids)]
        for case in run.cases
        for one in case.fitted
    ]
    if fitted:
        blocks.append(
            report.Table(
                ["case", "parameter", "value", "fitted by", "to"], fitted, "Fitted parameters."
            )
        )
    left = [[reason, number, _EXPLAINED[reason]] for reason, number in exclusions(rows).items()]
    if left:
        blocks.append(report.Table(["not run", "criteria", "why"], left, "Every exclusion."))
    return blocks


def _grades(run: SuiteRun) -> Any:
    sets: dict[str, Any] = {}
    for outcome in run.outcomes.values():
        sets |= outcome.parameters
    rows = [
        [
            name,
            *(list(one["grades"].values()).count(grade) for grade in "ABC"),
            ", ".join(entry for entry, grade in one["grades"].items() if grade == "C"),
        ]
        for name, one in sorted(sets.items())
    ]
    caption = (
        "Grades: A read in the source itself, B in a secondary source, C assumed or fitted. Values "
        "and sources: multiscale parameters show SET."
    )
    columns = ["set", "A", "B", "C", "entries of grade C"]
    return report.Section("Parameters", [report.Table(columns, rows, caption)] if rows else [])


def _times(run: SuiteRun) -> Any:
    rows = [
        [case, variant, round(seconds, 1)]
        for case, outcome in sorted(run.outcomes.items())
        for variant, seconds in outcome.seconds.items()
    ]
    columns = ["case", "variant", "CPU time [s]"]
    return report.Section("Runtime", [report.Table(columns, rows)] if rows else [], folded=True)


def _environment(run: SuiteRun) -> Any:
    found = report.versions() | {"machine": platform.machine(), "cores": str(os.cpu_count())}
    return report.Section("Environment", [report.KeyValues(found)], folded=True)
