"""What a validation leaves: its rows in a file, a page, and lines of a terminal."""

from __future__ import annotations

import json
import os
import platform
import sys
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from multiscale import report
from multiscale.cases.kind import LEFT_OUT, WRONG, Outcome, Part, Problem
from multiscale.cases.rows import (
    THEMES,
    VERDICTS,
    Row,
    by_paper,
    complaint,
    exclusions,
    gating,
    score,
)
from multiscale.cases.suite import SuiteRun, Tick
from multiscale.errors import CaseError
from multiscale.folders import settle, write_whole
from multiscale.report.validation import Claims, Matrix
from multiscale.text import read_json

FILE = "validation.json"
SAME = 1e-3  # relative; a smaller change of a value is not listed
Key = tuple[str, str, str]


def key_of(row: Row) -> Key:
    """What makes a criterion the same one in two files."""
    return row["case"], row["id"], row["quantity"]


def write_rows(rows: Sequence[Row], folder: Path) -> Path:
    """Write ``validation.json``."""
    folder.mkdir(parents=True, exist_ok=True)
    text = json.dumps(rows, indent=1, ensure_ascii=False) + "\n"
    return write_whole(folder / FILE, text.encode())


def read_rows(path: Path) -> list[dict[str, Any]]:
    """The rows of a ``validation.json``.

    Raises
    ------
    CaseError
        If the file is not one.
    """
    settle(path)
    if path.is_dir():
        path = path / FILE
    rows = read_json(path, "an outcome of 'multiscale validate'", CaseError, kind=list)
    try:
        for row in rows:
            key_of(row)
            if row["verdict"] not in VERDICTS:
                raise ValueError(f"verdict {row['verdict']!r}")
    except (ValueError, KeyError, TypeError) as error:
        raise CaseError(f"{path} is not an outcome of 'multiscale validate': {error}") from error
    return list(rows)


def moved(old: Sequence[Row], new: Sequence[Row]) -> list[dict[str, Any]]:
    """Criteria whose verdict, value or existence differs; verdicts first.

    One that a fast run has left out has not moved.

    Returns
    -------
    list of dict
        case, id, quantity, what (verdict, value, new, gone), before, after, old_value,
        new_value.

    Examples
    --------
    >>> row = {"case": "a", "id": "X1", "quantity": "q", "verdict": "reproduced", "value": 1.0}
    >>> moved([row], [{**row, "value": 1.1}])[0]["what"]
    'value'
    """
    before, after = ({key_of(row): row for row in rows} for rows in (old, new))
    changes = []
    for key in dict.fromkeys([*before, *after]):
        first, second = before.get(key, {}), after.get(key, {})
        if LEFT_OUT in (first.get("reason"), second.get("reason")):
            continue
        if not first or not second:
            what = "gone" if first else "new"
        elif first["verdict"] != second["verdict"]:
            what = "verdict"
        else:
            was, now = first["value"], second["value"]
            if was is None or now is None:
                same = was is now
            else:
                same = abs(now - was) <= SAME * max(abs(was), abs(now))
            if same:
                continue
            what = "value"
        changes.append(
            {
                **dict(zip(("case", "id", "quantity"), key, strict=True)),
                "what": what,
                "before": first.get("verdict", ""),
                "after": second.get("verdict", ""),
                "old_value": first.get("value"),
                "new_value": second.get("value"),
            }
        )
    order = ("verdict", "gone", "new", "value")
    return sorted(changes, key=lambda change: order.index(change["what"]))


# --- the page -------------------------------------------------------------------------

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
        what: report.Text | report.Table
        what = report.Text("Nothing: all verdicts are the same, and all values within 0.1 %.")
        if changes:
            columns = ["what", "case", "id", "quantity", "before", "value", "after", "value"]
            keys = [*columns[:5], "old_value", "after", "new_value"]
            what = report.Table(columns, [[change[key] for key in keys] for change in changes])
        sections.append(report.Section("What moved", [what]))
    if differing:
        columns = ["case", "id", "quantity", "value", "stored", "tolerance"]
        cells = [[one[name] for name in columns] for one in differing]
        table = report.Table(columns, cells, differing[0]["hint"])
        sections.append(report.Section("Numbers that differ from the stored ones", [table]))
    sections.append(report.Section("The score", _score(rows, run)))
    for paper in dict.fromkeys(row["paper"] for row in rows):
        own = [row for row in rows if row["paper"] == paper]
        sections.append(report.Section(paper, [Claims(own)]))
    times = [
        [case, variant, round(seconds, 1)]
        for case, outcome in sorted(run.outcomes.items())
        for variant, seconds in outcome.seconds.items()
    ]
    runtime = report.Table(["case", "variant", "CPU time [s]"], times)
    machine = {"machine": platform.machine(), "cores": str(os.cpu_count())}
    sections += [
        _grades(run),
        report.Section("Runtime", [runtime] if times else [], folded=True),
        report.Section("Environment", [report.KeyValues(report.versions() | machine)], folded=True),
    ]
    failing, hard = gating(rows), [row for row in rows if row["kind"] == "hard"]
    cpu = sum(s for one in run.outcomes.values() for s in one.seconds.values())
    wrong = [row for row in rows if row["reason"] in WRONG and row["kind"] != "hard"]
    page = report.Page(
        title="Validation",
        description=DESCRIPTION,
        sections=[section for section in sections if section.blocks],
        warnings=[
            *(["The user stopped this run: what was not solved is not run."] * run.interrupted),
            *(f"A hard criterion fails: {complaint(row)}." for row in failing),
            *(f"Something went wrong: {complaint(row)}." for row in wrong),
            *CAVEATS,
        ],
        facts={
            "subset": "fast" if run.fast else "all",
            "cases": str(len(run.cases)),
            "criteria": str(len(rows)),
            "hard ones that fail": f"{len(failing)} of {len(hard)}",
            "wall time": f"{run.wall_s:.0f} s",
            "CPU time": f"{cpu:.0f} s",
        },
    )
    return report.write_report(folder, page)


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


# --- the terminal ---------------------------------------------------------------------


def progress(quiet: bool) -> Tick:
    """A function that tells of each part that is done, on standard error."""
    start = time.monotonic()

    def tell(part: Part, result: Outcome | Problem, done: int, total: int) -> None:
        if quiet:
            return
        passed = time.monotonic() - start
        took = sum(result.seconds.values()) if isinstance(result, Outcome) else 0.0
        words = str(part) if len(part.variants) == 1 else f"{part.case}, {len(part.variants)} runs"
        wrong = "  went wrong" if result.failed else ""
        clock = f"{int(passed // 60)}:{int(passed % 60):02d}"
        print(f"[{done:>3}/{total}] {clock:>6}  {words}  {took:.0f} s{wrong}", file=sys.stderr)

    return tell


def outcome(
    run: SuiteRun,
    rows: Sequence[Row],
    changes: Sequence[Mapping[str, Any]] | None,
    differing: Sequence[Mapping[str, Any]],
    page: Path,
) -> str:
    """Verdicts by case, the score, what moved, and where the report is."""
    width = max(len(case.name) for case in run.cases)
    lines = [f"{'case':<{width}}  reproduced  not reproduced  not run  hard failures"]
    for case in run.cases:
        own = [row for row in rows if row["case"] == case.name]
        verdicts = [row["verdict"] for row in own]
        counts = (verdicts.count(v) for v in ("reproduced", "not reproduced", "not run"))
        numbers = "  ".join(f"{n:>{w}}" for n, w in zip(counts, (10, 14, 7), strict=True))
        lines.append(f"{case.name:<{width}}  {numbers}  {len(gating(own)):>13}")
    lines.append("")
    words = {
        "evidence": "evidence",
        "code": "checks of the code",
        "controls": "negative controls",
        "fitted": "fitted to",
    }
    for name, counted in score(rows).items():
        judged = counted["reproduced"] + counted["not reproduced"]
        lines.append(f"{words[name]}: {counted['reproduced']} of {judged} reproduced")
    left = ", ".join(f"{number} {reason}" for reason, number in exclusions(rows).items())
    lines.append(f"not run: {left or 'none'}")
    if changes is not None:
        lines.append(f"moved since the earlier outcome: {len(changes)} (see the report)")
    if differing:
        number = f"{len(differing)} of the stored numbers differ"
        lines.append(f"{number} (see the report). {differing[0]['hint']}")
    lines.append(f"{run.wall_s:.0f} s; report: {page}")
    return "\n".join(lines)
