"""Blocks of the report on a validation: the matrix at a glance, and claims with their figures."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby

from multiscale.report.page import (
    Block,
    Criteria,
    Row,
    asset,
    badge,
    drawn_gauge,
    gauge,
    linked,
    text,
)

_STATES = {
    "good": "all reproduced",
    "mixed": "reported ones not all reproduced",
    "bad": "a hard one not reproduced",
    "idle": "not run",
}
_SIGNS = {"good": "✓", "mixed": "≈", "bad": "✗", "idle": "–"}


def state_of(rows: Sequence[Row]) -> str:
    """One word for several criteria of one observation: good, mixed, bad or idle.

    Examples
    --------
    >>> state_of([{"verdict": "reproduced", "kind": "hard"},
    ...           {"verdict": "not reproduced", "kind": "reported"}])
    'mixed'
    """
    wrong = [row for row in rows if row["verdict"] == "not reproduced"]
    if any(row["kind"] == "hard" for row in wrong):
        return "bad"
    if wrong:
        return "mixed"
    return "good" if any(row["verdict"] == "reproduced" for row in rows) else "idle"


def anchor(paper: str, id: str) -> str:
    """Place of an observation on the page.

    Examples
    --------
    >>> anchor("Xu 2022", "branch gap")
    'xu-2022-branch-gap'
    """
    return "-".join(f"{paper} {id}".lower().replace(".", "").split())


@dataclass(frozen=True)
class Matrix(Block):
    """Papers down, kinds of observation across, an observation in each chip.

    Parameters
    ----------
    rows : sequence of mapping
        Rows of criteria with ``paper``, ``theme``, ``id``, ``verdict`` and ``kind``.
    themes : sequence of str
        Order of the columns; those not named here come last.
    """

    rows: Sequence[Row]
    themes: Sequence[str] = ()

    def html(self) -> str:
        """A table that scrolls sideways where it is too wide, with its legend and style."""
        papers = list(dict.fromkeys(row["paper"] for row in self.rows))
        present = dict.fromkeys(row["theme"] for row in self.rows)
        themes = [name for name in dict.fromkeys([*self.themes, *present]) if name in present]
        head = "".join(f'<th scope="col">{text(theme)}</th>' for theme in themes)
        body = "\n".join(
            f'<tr><th scope="row">{text(paper)}</th>'
            + "".join(f"<td>{self._cell(paper, theme)}</td>" for theme in themes)
            + "</tr>"
            for paper in papers
        )
        legend = "".join(
            f'<li><span class="chip {name}">{_SIGNS[name]}</span> {words}</li>'
            for name, words in _STATES.items()
        )
        style = asset("validation.css")
        return (
            f'<style>{style}</style><ul class="legend">{legend}</ul>'
            f'<div class="scroll" tabindex="0"><table class="matrix"><thead><tr><td></td>{head}'
            f"</tr></thead><tbody>\n{body}\n</tbody></table></div>"
        )

    def _cell(self, paper: str, theme: str) -> str:
        found: dict[str, list[Row]] = {}
        for row in self.rows:
            if (row["paper"], row["theme"]) == (paper, theme):
                found.setdefault(row["id"], []).append(row)
        return " ".join(_chip(paper, id, rows) for id, rows in found.items())


def _chip(paper: str, id: str, rows: Sequence[Row]) -> str:
    state = state_of(rows)
    done = sum(row["verdict"] == "reproduced" for row in rows)
    words = rows[0].get("statement") or rows[0]["quantity"]
    title = f"{words} ({done} of {len(rows)} reproduced)"
    return (
        f'<a class="chip {state}" href="#{anchor(paper, id)}" title="{text(title)}">'
        f'<span aria-hidden="true">{_SIGNS[state]}</span> {text(id)}</a>'
    )


@dataclass(frozen=True)
class Claims(Criteria):
    """What one paper says, observation by observation, with the figure found for each criterion.

    Parameters
    ----------
    rows : sequence of mapping
        As in :class:`Criteria`, and ``statement``, ``where``, ``correction``, ``fitted``,
        ``control``, ``case``, ``variants``, ``detail``.
    """

    def html(self) -> str:
        """Observations with their criteria, in the order of the rows."""
        places = [row["id"] for row in self.rows]
        ordered = sorted(self.rows, key=lambda row: places.index(row["id"]))
        groups = groupby(ordered, lambda row: row["id"])
        return "\n".join(_observation(id, list(rows)) for id, rows in groups)


def _observation(id: str, rows: Sequence[Row]) -> str:
    first = rows[0]
    words = first.get("statement") or "What follows from the model or from arithmetic."
    where = f" <small>{linked(first['where'])}</small>" if first.get("where") else ""
    correction = ""
    if first.get("correction"):
        correction = f'<p class="note">Tested as: {linked(first["correction"])}.</p>'
    criteria = "\n".join(_criterion(row) for row in rows)
    return (
        f'<article class="observation" id="{anchor(first["paper"], id)}">'
        f"<h3>{text(id)} <span>{text(words)}</span>{where}</h3>{correction}\n{criteria}</article>"
    )


def _criterion(row: Row) -> str:
    found = "–" if row.get("value") is None else f"{text(row['value'])} {text(row['unit'])}"
    found = f"{text(row['bound'])} {found}" if row.get("bound") else found
    marks = [text(row["kind"])]
    marks += ["negative control"] if row.get("control") else []
    marks += [f"not evidence: {text(row['fitted'])}"] if row.get("fitted") else []
    detail = f'<p class="detail">{text(row["detail"])}</p>' if row.get("detail") else ""
    runs = ", ".join(row.get("variants") or ())
    where = f"{row['case']}{': ' + runs if runs else ''}"
    return (
        f'<div class="criterion">{badge(row["verdict"])}'
        f'<div class="asked"><p>{text(row["quantity"])}</p>{detail}'
        f'<p class="note">{linked(row["source"])} · {" · ".join(marks)} · {text(where)}</p></div>'
        f'<div class="found"><strong>{found}</strong>{band(row)}'
        f"<small>{text(row.get('wanted'))}</small></div></div>"
    )


def band(row: Row) -> str:
    """Where a value lies against its limits, also if there is only one; empty without a value.

    Two limits take the middle half of the drawing; a single one stands in its middle, and nought
    at its left end.

    Examples
    --------
    >>> "rect" in band({"value": 0.3, "maximum": 0.5}), band({"value": None, "maximum": 0.5})
    (True, '')
    """
    two_sided = gauge(row)
    value = row.get("value")
    if two_sided or value is None:
        return two_sided
    low, high = row.get("minimum"), row.get("maximum")
    limit = low if high is None else high
    if limit is None:
        return ""
    scale = abs(limit) or 1.5 * abs(value) or 1.0
    place = 50 + 50 * (value - limit) / scale
    label = f"value {text(value)}, limit {text(limit)}"
    return drawn_gauge(place, 0 if low is None else 50, label)
