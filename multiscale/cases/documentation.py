"""The result as tables in Markdown, from the stored outcomes, for ``docs/validation.md``."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pandas as pd

from multiscale.cases.claims import claims, uncovered
from multiscale.cases.reading import list_suite, load_suite_case
from multiscale.cases.reference import stored
from multiscale.cases.rows import Row, by_paper, rows_of
from multiscale.cases.suite import SuiteRun
from multiscale.cases.validation_output import key_of

PAGE = "validation.md"
SENSITIVITY = "sensitivity"
START, END = "<!-- generated: {name} -->", "<!-- end of {name} -->"


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
    found = {
        "result": _result(rows),
        "not reproduced": _not_reproduced(rows),
        "coverage": _coverage(rows),
    }
    for path in sorted((place / SENSITIVITY).glob("*.csv")):
        found[f"sensitivity {path.stem}"] = _flips(pd.read_csv(path))
    return found


def _markdown(columns: Sequence[str], rows: Sequence[Sequence[Any]]) -> str:
    lines = [columns, ["---"] * len(columns), *rows]
    return "\n".join(f"| {' | '.join(map(str, line))} |" for line in lines)


def _result(rows: Sequence[Row]) -> str:
    columns = ["paper", "hard: reproduced", "not", "reported: reproduced", "not", "not run"]
    table = []
    for paper in dict.fromkeys(row["paper"] for row in rows):
        own = [row for row in rows if row["paper"] == paper]

        def count(kind: str, verdict: str, own: Sequence[Row] = own) -> int:
            return sum(row["kind"] == kind and row["verdict"] == verdict for row in own)

        idle = sum(row["verdict"] == "not run" for row in own)
        numbers = [
            count(kind, verdict)
            for kind in ("hard", "reported")
            for verdict in ("reproduced", "not reproduced")
        ]
        table.append([paper, *numbers, idle])
    return _markdown(columns, table)


def _not_reproduced(rows: Sequence[Row]) -> str:
    columns = ["id", "case", "asked", "wanted", "found", "kind"]
    table = [
        [row["id"], f"`{row['case']}`", row["quantity"], *_figures(row), row["kind"]]
        for row in rows
        if row["verdict"] == "not reproduced"
    ]
    return _markdown(columns, table)


def _figures(row: Row) -> tuple[str, str]:
    unit = f" {row['unit']}" if row["unit"] else ""
    found = "never reached" if row["value"] is None else f"{row['value']:.4g}{unit}"
    if row.get("bound"):
        found = f"{row['bound']} {found}"
    return f"{row['wanted']}{unit}", found


def _coverage(rows: Sequence[Row]) -> str:
    covered = {row["id"] for row in rows if row["case"] != "none"}
    table = [
        [row.id, row.paper, row.use, row.statement, row.not_computed] for row in uncovered(covered)
    ]
    count = f"{len(claims()) - len(table)} of {len(claims())} observations have criteria."
    return f"{count}\n\n" + _markdown(["id", "paper", "use", "statement", "why not"], table)


def _flips(table: pd.DataFrame) -> str:
    columns = ["parameter", "grade", "changed to", "id", "asked", "wanted", "base", "value"]
    flipped = table[table["flipped"]]
    words = ["parameter", "grade", "changed_to", "id", "quantity", "wanted"]
    rows = [
        [*(row[name] for name in words), f"{row['base']:.3g}", f"{row['value']:.3g}"]
        for row in flipped.to_dict("records")
    ]
    said = f"{len(flipped)} of {len(table)} verdicts flip."
    return f"{said}\n\n" + _markdown(columns, rows) if len(flipped) else said


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


def written_tables(text: str) -> Iterator[tuple[str, str]]:
    """Name and content of every generated table on a page."""
    mark = START.split("{", maxsplit=1)[0]
    for part in text.split(mark)[1:]:
        name, _, rest = part.partition(" -->")
        yield name, rest.partition(END.format(name=name))[0].strip()
