"""Tables as HTML: plain ones and shaded ones."""

from __future__ import annotations

import re
from collections.abc import Sequence

from multiscale.report import page as parts
from multiscale.report.words import text

_NUMBER = ' class="number"'


def table(columns: Sequence[str], rows: Sequence[Sequence[str]], kind: str = "") -> str:
    """A table of escaped cells that scrolls sideways where it is too wide."""
    cells = [[f"<td{_kind(cell)}>{cell}</td>" for cell in row] for row in rows]
    return _table(columns, cells, kind)


def _table(columns: Sequence[str], cells: Sequence[Sequence[str]], kind: str) -> str:
    tags = [[cell.partition(">")[0] for cell in row] for row in cells]
    numeric = [any("number" in row[i] for row in tags) for i in range(len(columns))]
    head = "".join(
        f'<th scope="col"{_NUMBER if number else ""}>{text(name)}</th>'
        for name, number in zip(columns, numeric, strict=True)
    )
    body = "\n".join(f"<tr>{''.join(row)}</tr>" for row in cells)
    return (
        f'<div class="scroll" tabindex="0"><table class="{kind}"><thead><tr>{head}</tr></thead>'
        f"<tbody>\n{body}\n</tbody></table></div>"
    )


def heat_table(heat: parts.HeatTable) -> str:
    """Shaded cells; the figure in the cell says what the shade says."""
    cells = [
        [_heat_cell(text(value), share) for value, share in zip(row, shares, strict=True)]
        for row, shares in zip(heat.rows, heat.shares, strict=True)
    ]
    return _table(heat.columns, cells, "heat")


def _heat_cell(words: str, share: float | None) -> str:
    if share is None:
        return f"<td{_kind(words)}>{words}</td>"
    percent = 62 * min(max(share, 0.0), 1.0)
    return f'<td class="shaded number" style="--share:{percent:.0f}%">{words}</td>'


def _kind(cell: str) -> str:
    """Class of a cell: numbers stand right, long texts get room, short ones stay in one line."""
    if re.fullmatch(r"[-−]?[\d.]+(e[-+]\d+)?|–", cell):
        return _NUMBER
    if "<" in cell:
        return ""
    return ' class="long"' if len(cell) > 24 else ' class="short"' if len(cell) < 14 else ""
