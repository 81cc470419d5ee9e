"""``validation.json``: written, read again, and compared with an earlier one."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from multiscale.cases.kind import LEFT_OUT
from multiscale.cases.rows import VERDICTS, Row
from multiscale.errors import CaseError
from multiscale.folders import settle, write_whole
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
    found = [
        _change(key, before.get(key), after.get(key), what)
        for key in dict.fromkeys([*before, *after])
        for what in _differences(before.get(key), after.get(key))
    ]
    order = ("verdict", "gone", "new", "value")
    return sorted(found, key=lambda change: order.index(change["what"]))


def _differences(old: Row | None, new: Row | None) -> Iterator[str]:
    if LEFT_OUT in ((old or {}).get("reason"), (new or {}).get("reason")):
        return
    if old is None or new is None:
        yield "new" if old is None else "gone"
    elif old["verdict"] != new["verdict"]:
        yield "verdict"
    elif not _close(old["value"], new["value"]):
        yield "value"


def _close(old: float | None, new: float | None) -> bool:
    if old is None or new is None:
        return old is new
    return abs(new - old) <= SAME * max(abs(old), abs(new))


def _change(key: Key, old: Row | None, new: Row | None, what: str) -> dict[str, Any]:
    none: Mapping[str, Any] = {"verdict": "", "value": None}
    first, second = old or none, new or none
    return {
        **dict(zip(("case", "id", "quantity"), key, strict=True)),
        "what": what,
        "before": first["verdict"],
        "after": second["verdict"],
        "old_value": first["value"],
        "new_value": second["value"],
    }
