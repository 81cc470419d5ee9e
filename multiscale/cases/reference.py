"""Stored outcomes: what every criterion gave when somebody last looked at it and agreed.

Kept in ``validation/reference``, compared by the tests, and shown as tables in
``docs/validation.md``.
"""

from __future__ import annotations

import itertools
import json
import math
from collections.abc import Iterable, Mapping, Sequence
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import Any

import pandas as pd

from multiscale.cases.judging import NOT_REPRODUCED, NOT_RUN
from multiscale.cases.reading import folder, list_suite, load_suite_case
from multiscale.cases.rows import NONE, Row, by_paper, claims, gating, rows_of, uncovered
from multiscale.cases.suite import SuiteRun
from multiscale.cases.validation_output import key_of
from multiscale.errors import CaseError

FOLDER = "reference"
RELATIVE = 0.01  # of the value: a change of a solver's last digits is not one of the outcome
OF_LIMIT = 0.01  # of the largest limit: numbers far within it may be noise
HINT = (
    "If the change is meant, write a line under 'Numbers that change' in CHANGELOG.md and renew "
    "the stored outcomes: multiscale validate {case} --renew-reference"
)
PAGE = "validation.md"
SENSITIVITY = "sensitivity"
START, END = "<!-- generated: {name} -->", "<!-- end of {name} -->"


def tolerance_of(row: Row) -> float:
    """By how much a value may differ from the stored one.

    Examples
    --------
    >>> tolerance_of({"value": 2.0, "maximum": 3.0, "minimum": None, "expected": None})
    0.03
    """
    limits = [row.get(name) for name in ("minimum", "maximum", "expected")]
    scale = max((abs(limit) for limit in limits if limit is not None), default=0.0)
    return max(RELATIVE * abs(row["value"] or 0.0), OF_LIMIT * scale)


def stored(case: str, place: Traversable | None = None) -> dict[str, Any]:
    """Stored outcome of a case: seconds by part, and rows; empty if there is none."""
    file = (place or folder()) / FOLDER / f"{case}.json"
    if not file.is_file():
        return {"seconds": {}, "rows": []}
    content: dict[str, Any] = json.loads(file.read_text(encoding="utf-8"))
    return content


def differences(rows: Iterable[Row], place: Traversable | None = None) -> list[dict[str, Any]]:
    """Rows that differ from what is stored, for criteria that were run and are stored.

    Returns
    -------
    list of dict
        case, id, quantity, value, stored, tolerance, hint.
    """
    found = []
    known: dict[str, dict[Any, Row]] = {}
    for row in rows:
        case = row["case"]
        if case not in known:
            known[case] = {key_of(old): old for old in stored(case, place)["rows"]}
        old = known[case].get(key_of(row))
        if old is None or row["verdict"] == NOT_RUN:
            continue
        if row["value"] is None or old["value"] is None:
            same = row["value"] is old["value"]
        else:
            same = math.isclose(row["value"], old["value"], rel_tol=0, abs_tol=old["tolerance"])
        if row["verdict"] != old["verdict"] or not same:
            found.append(
                {name: row[name] for name in ("case", "id", "quantity", "value", "verdict")}
                | {"stored": old["value"], "stored_verdict": old["verdict"]}
                | {"tolerance": old["tolerance"], "hint": HINT.format(case=case)}
            )
    return found


def new_failures(rows: Iterable[Row], place: Traversable | None = None) -> list[Row]:
    """Hard criteria that fail now and did not when the outcome was stored."""
    failing = gating(rows)
    known = {
        key_of(old)
        for case in dict.fromkeys(row["case"] for row in failing)
        for old in stored(case, place)["rows"]
        if old["verdict"] == NOT_REPRODUCED
    }
    return [row for row in failing if row["reason"] or key_of(row) not in known]


def renew(rows: Sequence[Row], seconds: Mapping[str, Mapping[str, float]], place: Path) -> None:
    """Store the outcome of criteria that were run; the others keep what is stored.

    Parameters
    ----------
    rows : sequence of mapping
    seconds : mapping of str to mapping
        CPU time by case and variant [s]; what the suite orders its work by.
    place : Path
        The folder of the cases, in a checkout.
    """
    target = place / FOLDER
    target.mkdir(exist_ok=True)
    for case in dict.fromkeys(row["case"] for row in rows if row["case"] != NONE):
        own = [row for row in rows if row["case"] == case]
        old = stored(case, place)
        kept = {key_of(row): row for row in old["rows"]}
        new = [
            kept.get(key_of(row)) if row["verdict"] == NOT_RUN else _stored_row(row) for row in own
        ]
        times = old["seconds"] | {name: round(s, 1) for name, s in seconds.get(case, {}).items()}
        content = {"case": case, "seconds": times, "rows": [row for row in new if row]}
        text = json.dumps(content, indent=1, ensure_ascii=False)
        (target / f"{case}.json").write_text(text + "\n", encoding="utf-8")


def _stored_row(row: Row) -> dict[str, Any]:
    kept = {name: row[name] for name in ("case", "id", "quantity", "verdict")}
    kept |= {"bound": row["bound"]} if row.get("bound") else {}
    value = row["value"]
    rounded = None if value is None else float(f"{value:.6g}")
    return kept | {"value": rounded, "tolerance": float(f"{tolerance_of(row):.3g}")}


def checkout() -> Path:
    """The folder of the cases on disk; ``CaseError`` if they are in an archive."""
    place = folder()
    if not isinstance(place, Path):
        raise CaseError("stored outcomes can be renewed in a checkout only")
    return place


# --- as tables in Markdown -------------------------------------------------------------------


def stored_rows() -> list[Row]:
    """Rows of every case with the stored verdicts and values in them."""
    cases = [load_suite_case(name) for name in list_suite()]
    rows = rows_of(SuiteRun(cases), whole=True)
    for case in cases:
        kept = {key_of(old): old for old in stored(case.name)["rows"]}
        for row in rows:
            old = kept.get(key_of(row))
            if old is not None:
                row |= {"verdict": old["verdict"], "value": old["value"], "reason": ""}
                row["bound"] = old.get("bound", "")
    return by_paper(rows)


def tables(place: Path) -> dict[str, str]:
    """Name of each generated table -> Markdown.

    Parameters
    ----------
    place : Path
        Folder of the cases.
    """
    rows = stored_rows()
    counts, wrong = [], []
    for paper in dict.fromkeys(row["paper"] for row in rows):
        own = [(row["kind"], row["verdict"]) for row in rows if row["paper"] == paper]
        asked = itertools.product(("hard", "reported"), ("reproduced", "not reproduced"))
        idle = sum(verdict == "not run" for _, verdict in own)
        counts.append([paper, *map(own.count, asked), idle])
    for row in rows:
        if row["verdict"] == "not reproduced":
            unit = f" {row['unit']}" if row["unit"] else ""
            found = "never reached" if row["value"] is None else f"{row['value']:.4g}{unit}"
            found = f"{row['bound']} {found}" if row.get("bound") else found
            wanted = f"{row['wanted']}{unit}"
            case = f"`{row['case']}`"
            wrong.append([row["id"], case, row["quantity"], wanted, found, row["kind"]])
    left = uncovered({row["id"] for row in rows if row["case"] != "none"})
    why = [[one.id, one.paper, one.use, one.statement, one.not_computed] for one in left]
    head = ["paper", "hard: reproduced", "not", "reported: reproduced", "not", "not run"]
    made = {
        "result": _markdown(head, counts),
        "not reproduced": _markdown(["id", "case", "asked", "wanted", "found", "kind"], wrong),
        "coverage": f"{len(claims()) - len(left)} of {len(claims())} observations have criteria."
        "\n\n" + _markdown(["id", "paper", "use", "statement", "why not"], why),
    }
    for path in sorted((place / SENSITIVITY).glob("*.csv")):
        table = pd.read_csv(path)
        flipped = table[table["flipped"]]
        text = f"{len(flipped)} of {len(table)} verdicts flip."
        if len(flipped):
            names = ["parameter", "grade", "changed_to", "id", "quantity", "wanted"]
            lines = [
                [*(row[name] for name in names), f"{row['base']:.3g}", f"{row['value']:.3g}"]
                for row in flipped.to_dict("records")
            ]
            head = ["parameter", "grade", "changed to", "id", "asked", "wanted", "base", "value"]
            text += "\n\n" + _markdown(head, lines)
        made[f"sensitivity {path.stem}"] = text
    return made


def _markdown(columns: Sequence[str], rows: Sequence[Sequence[Any]]) -> str:
    lines = [columns, ["---"] * len(columns), *rows]
    return "\n".join(f"| {' | '.join(map(str, line))} |" for line in lines)


def renew_page(docs: Path, place: Path) -> bool:
    """Put the tables into the page, between their marks; False if there is no page."""
    path = docs / PAGE
    if not path.is_file():
        return False
    text = path.read_text(encoding="utf-8")
    for name, table in tables(place).items():
        before, found, rest = text.partition(START.format(name=name))
        if found:
            after = rest.partition(END.format(name=name))[2]
            text = f"{before}{found}\n\n{table}\n\n{END.format(name=name)}{after}"
    path.write_text(text, encoding="utf-8")
    return True
