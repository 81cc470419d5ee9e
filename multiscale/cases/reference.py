"""Stored outcomes: what every criterion gave when somebody last looked at it and agreed."""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Mapping, Sequence
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import Any

from multiscale.cases.judging import NOT_REPRODUCED, NOT_RUN
from multiscale.cases.reading import folder
from multiscale.cases.rows import NONE, Row, gating
from multiscale.cases.validation_output import key_of
from multiscale.errors import CaseError

FOLDER = "reference"
RELATIVE = 0.01  # of the value: a change of a solver's last digits is not one of the outcome
OF_LIMIT = 0.01  # of the largest limit: numbers far within it may be noise
HINT = (
    "If the change is meant, write a line under 'Numbers that change' in CHANGELOG.md and renew "
    "the stored outcomes: multiscale validate {case} --renew-reference"
)


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
        if row["verdict"] != old["verdict"] or not _within(row["value"], old):
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


def _within(value: float | None, old: Row) -> bool:
    if value is None or old["value"] is None:
        return value is old["value"]
    return math.isclose(value, old["value"], rel_tol=0, abs_tol=old["tolerance"])


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
