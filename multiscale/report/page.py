"""A report: a page of sections, each a list of blocks, and one HTML file that holds it all.

Every block makes its own HTML. What the caller gives is escaped; DOIs become links.
"""

from __future__ import annotations

import base64
import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from html import escape
from importlib.resources import files
from itertools import groupby
from numbers import Real
from os import PathLike
from pathlib import Path
from string import Template
from typing import Any

import pandas as pd

VERDICTS = ("reproduced", "not reproduced", "not run")

Image = bytes | str | PathLike[str]
Row = Mapping[str, Any]

_DOI = re.compile(r"\b10\.\d{4,9}/[^\s<>\"',;]+[^\s<>\"',;.)]")
_SIGNATURES = {
    b"\x89PNG": "image/png",
    b"GIF8": "image/gif",
    b"\xff\xd8\xff": "image/jpeg",
    b"<svg": "image/svg+xml",
    b"<?xm": "image/svg+xml",
}
_ENLARGED = 1.05  # print sizes are a little small on a screen
_BADGES = {
    "reproduced": ("good", "✓"),
    "not reproduced": ("bad", "✗"),
    "not run": ("idle", "–"),
}
_NUMBER = ' class="number"'


# --- values and texts -----------------------------------------------------------------


def text(value: Any) -> str:
    """A value as escaped text; numbers with four digits.

    Examples
    --------
    >>> text("<b>"), text(0.123456), text(None), text(1234)
    ('&lt;b&gt;', '0.1235', '–', '1234')
    """
    if value is None or (isinstance(value, Real) and math.isnan(value)):
        return "–"
    if isinstance(value, Real) and not isinstance(value, bool):
        number = float(value)
        whole = number.is_integer() and abs(number) < 1e6
        return f"{number:.0f}" if whole else f"{number:.4g}"
    return escape(str(value))


def linked(value: Any) -> str:
    """Escaped text in which every DOI is a link.

    Examples
    --------
    >>> linked("doi 10.1000/x1")
    'doi <a href="https://doi.org/10.1000/x1">10.1000/x1</a>'
    """
    if not isinstance(value, str):
        return text(value)
    pieces, last = [], 0
    for match in _DOI.finditer(value):
        doi = escape(match[0])
        pieces += [
            escape(value[last : match.start()]),
            f'<a href="https://doi.org/{doi}">{doi}</a>',
        ]
        last = match.end()
    return "".join([*pieces, escape(value[last:])])


def paragraphs(words: str) -> str:
    """Paragraphs, separated by blank lines in the source."""
    return "\n".join(f"<p>{linked(part)}</p>" for part in words.split("\n\n") if part.strip())


def _note(caption: str) -> str:
    return f'<p class="note">{linked(caption)}</p>' if caption else ""


def _caption(words: str) -> str:
    return f"<figcaption>{linked(words)}</figcaption>" if words else ""


def _is_number(value: Any) -> bool:
    return isinstance(value, Real) and not isinstance(value, bool) and math.isfinite(value)


# --- verdicts -------------------------------------------------------------------------


def badge(verdict: str) -> str:
    """A verdict, told by sign and word as well as by colour."""
    kind, mark = _BADGES[verdict]
    return f'<span class="badge {kind}"><span aria-hidden="true">{mark}</span> {verdict}</span>'


def expected(row: Row) -> str:
    """What the source says, or the limits, as HTML; a dash without either."""
    if row.get("expected") is not None:
        slack = row.get("tolerance")
        words = text(row["expected"]) + (f" ± {text(slack)}" if _is_number(slack) else "")
        return words + (f" ({text(slack)})" if isinstance(slack, str) and slack else "")
    low, high = row.get("minimum"), row.get("maximum")
    if low is not None and high is not None:
        return f"{text(low)} to {text(high)}"
    if low is None and high is None:
        return "–"
    return f"≤ {text(high)}" if low is None else f"≥ {text(low)}"


def gauge(row: Row) -> str:
    """Where a value lies between its two limits, as a small drawing; empty if it has not both.

    Examples
    --------
    >>> gauge({"value": 1.0}), "<svg" in gauge({"value": 1.0, "expected": 2, "tolerance": 0.5})
    ('', True)
    """
    numbers = {key: float(value) for key, value in row.items() if _is_number(value)}
    if "expected" in numbers and "tolerance" in numbers:
        middle, half = numbers["expected"], numbers["tolerance"]
    elif "minimum" in numbers and "maximum" in numbers:
        middle = (numbers["minimum"] + numbers["maximum"]) / 2
        half = (numbers["maximum"] - numbers["minimum"]) / 2
    else:
        return ""
    if "value" not in numbers:
        return ""
    half = half or abs(middle) / 10 or 1.0
    place = 50 + 25 * (numbers["value"] - middle) / half
    label = f"value {text(row['value'])}, expected {expected(row)}"
    return drawn_gauge(place, 25, label)


def drawn_gauge(place: float, start: float, label: str) -> str:
    """A scale from 0 to 100 with what is allowed as a band, and a dot at a place.

    Parameters
    ----------
    place : float
        An arrow at the end shows one that is off the scale.
    start : float
        Where the band begins; its width is 50.
    label : str
        For readers who do not see it; HTML.
    """
    x = min(max(place, 4), 96)
    dot = f'<circle cx="{x:.1f}" cy="8" r="4"/>'
    if not math.isclose(x, place):
        tip, back = (1, 9) if place < 50 else (99, 91)
        dot = f'<path d="M{tip} 8 L{back} 3 L{back} 13 Z"/>'
    return (
        '<svg class="gauge" viewBox="0 0 100 16" width="100" height="16" role="img" '
        f'aria-label="{label}"><line x1="0" x2="100" y1="8" y2="8"/>'
        f'<rect x="{start:g}" y="3" width="50" height="10" rx="2"/>{dot}</svg>'
    )


# --- tables and pictures --------------------------------------------------------------


def table(columns: Sequence[str], rows: Sequence[Sequence[str]], kind: str = "") -> str:
    """A table of HTML texts that scrolls sideways where it is too wide."""
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


def _kind(cell: str) -> str:
    """Class of a cell: numbers stand right, long texts get room, short ones stay in one line."""
    if re.fullmatch(r"[-−]?[\d.]+(e[-+]\d+)?|–", cell):
        return _NUMBER
    if "<" in cell:
        return ""
    return ' class="long"' if len(cell) > 24 else ' class="short"' if len(cell) < 14 else ""


def _picture(image: Image) -> tuple[str, int | None]:
    """``src`` and ``width`` of a picture, and the width: a PNG's print size, a GIF's pixels."""
    content = image if isinstance(image, bytes) else Path(image).read_bytes()
    kinds = [kind for signature, kind in _SIGNATURES.items() if content.startswith(signature)]
    if not kinds:
        name = "bytes" if isinstance(image, bytes) else str(image)
        raise ValueError(
            f"A report takes PNG, JPEG, GIF or SVG pictures; this is none: {name[:80]}"
        )
    width = None
    resolution = content[:400].find(b"pHYs")
    if content.startswith(b"GIF8"):
        width = int.from_bytes(content[6:8], "little")
    elif content.startswith(b"\x89PNG") and resolution >= 0:
        pixels = int.from_bytes(content[16:20], "big")
        per_metre = int.from_bytes(content[resolution + 4 : resolution + 8], "big")
        width = round(_ENLARGED * pixels * 96 / (0.0254 * per_metre)) if per_metre else None
    source = f'src="data:{kinds[0]};base64,{base64.b64encode(content).decode("ascii")}"'
    return source + (f' width="{width}"' if width else ""), width


# --- blocks ---------------------------------------------------------------------------


class Block:
    """What stands in a section: it makes its own HTML, and escapes what it is given."""

    def html(self) -> str:
        """The block as HTML."""
        raise NotImplementedError


@dataclass(frozen=True)
class Text(Block):
    """A paragraph; blank lines separate several."""

    text: str

    def html(self) -> str:
        """Its paragraphs."""
        return paragraphs(self.text)


@dataclass(frozen=True)
class Figure(Block):
    """A picture with its caption.

    Parameters
    ----------
    image : bytes or path
        PNG, JPEG, GIF or SVG; copied into the page.
    caption : str
        Shown below.
    alt : str
        For readers who do not see the picture; the caption by default.
    """

    image: Image
    caption: str = ""
    alt: str = ""

    def html(self) -> str:
        """As wide as its picture, so that a long caption does not push its neighbour away."""
        attributes, width = _picture(self.image)
        size = f' style="width:{width}px"' if width else ""
        wide = ' class="wide"' if (width or 0) > 700 else ""
        alt = text(self.alt or self.caption)
        return (
            f'<figure{wide}{size}><img {attributes} alt="{alt}">{_caption(self.caption)}</figure>'
        )


@dataclass(frozen=True)
class Animation(Figure):
    """A moving picture (GIF)."""


@dataclass(frozen=True)
class Frames(Block):
    """Pictures of one thing at several times, with a slider.

    Parameters
    ----------
    images : sequence of bytes or paths
    labels : sequence of str
        One per picture, for example ``"15 min"``.
    caption : str
    """

    images: Sequence[Image]
    labels: Sequence[str]
    caption: str = ""

    def __post_init__(self) -> None:
        if not self.images or len(self.images) != len(self.labels):
            raise ValueError(f"{len(self.images)} images need as many labels, one at least")

    def html(self) -> str:
        """The pictures, all but the first hidden, and the slider that shows them."""
        images = "".join(
            f'<img {_picture(image)[0]} alt="{text(label)}" data-label="{text(label)}"'
            f"{' hidden' if i else ''}>"
            for i, (image, label) in enumerate(zip(self.images, self.labels, strict=True))
        )
        slider = (
            f'<div class="slider"><input type="range" min="0" max="{len(self.images) - 1}" '
            f'value="0" aria-label="Frame"><output>{text(self.labels[0])}</output></div>'
        )
        return f'<figure class="frames">{images}{slider}{_caption(self.caption)}</figure>'


@dataclass(frozen=True)
class Table(Block):
    """Rows of text and numbers.

    Examples
    --------
    >>> Table.from_frame(pd.DataFrame({"time [s]": [1.0]}, index=["a"])).columns
    ['', 'time [s]']
    """

    columns: Sequence[str]
    rows: Sequence[Sequence[Any]]
    caption: str = ""

    @classmethod
    def from_frame(cls, frame: pd.DataFrame, caption: str = "") -> Table:
        """A data frame with its index as the first column."""
        rows = [[label, *row] for label, row in zip(frame.index, frame.to_numpy(), strict=True)]
        return cls([str(frame.index.name or ""), *map(str, frame.columns)], rows, caption)

    def html(self) -> str:
        """The table with its caption below."""
        rows = [[text(value) for value in row] for row in self.rows]
        return table(self.columns, rows) + _note(self.caption)


@dataclass(frozen=True)
class HeatTable(Table):
    """A table whose cells are shaded by a share from 0 (none) to 1; ``None`` leaves a cell plain.

    Parameters
    ----------
    columns, rows, caption
        As in :class:`Table`.
    shares : sequence of sequences of float or None
        One per cell, in the order of ``rows``.

    Examples
    --------
    >>> HeatTable(["run", "spread"], [["a", 0.4]], "", [[None, 1.0]]).shares
    [[None, 1.0]]
    """

    shares: Sequence[Sequence[float | None]] = ()

    def __post_init__(self) -> None:
        if [len(row) for row in self.shares] != [len(row) for row in self.rows]:
            raise ValueError("A heat table needs one share, or None, for each of its cells")

    def html(self) -> str:
        """Shaded cells; the number in the cell says what the shade says."""
        cells = [
            [_heat_cell(text(value), share) for value, share in zip(row, shares, strict=True)]
            for row, shares in zip(self.rows, self.shares, strict=True)
        ]
        return _table(self.columns, cells, "heat") + _note(self.caption)


def _heat_cell(words: str, share: float | None) -> str:
    if share is None:
        return f"<td{_kind(words)}>{words}</td>"
    percent = 62 * min(max(share, 0.0), 1.0)
    return f'<td class="shaded number" style="--share:{percent:.0f}%">{words}</td>'


@dataclass(frozen=True)
class Callout(Block):
    """One number that the reader must not miss, with what it means.

    Parameters
    ----------
    title : str
        For example ``"Pristine neck"``.
    value : str
        For example ``"7.4 V"``.
    text : str
        Where it comes from; blank lines separate paragraphs.

    Examples
    --------
    >>> Callout("Pristine neck", "7.4 V", "What it drops at C/20.").value
    '7.4 V'
    """

    title: str
    value: str
    text: str = ""

    def html(self) -> str:
        """A box with the number in large."""
        return (
            f'<div class="callout" role="note"><h3>{text(self.title)}</h3>'
            f'<p class="value">{text(self.value)}</p>{paragraphs(self.text)}</div>'
        )


@dataclass(frozen=True)
class KeyValues(Block):
    """Names with their values: settings, balances, versions."""

    items: Mapping[str, Any]
    caption: str = ""

    def html(self) -> str:
        """A list of pairs; short values stay in one line."""
        short = ' class="short"'
        pairs = "\n".join(
            f"<div><dt>{text(name)}</dt>"
            f"<dd{short if len(str(value)) < 24 else ''}>{linked(value)}</dd></div>"
            for name, value in self.items.items()
        )
        return f'<dl class="pairs">\n{pairs}\n</dl>{_note(self.caption)}'


@dataclass(frozen=True)
class Criteria(Block):
    """What sources say about the outcome, and the verdict on each.

    Parameters
    ----------
    rows : sequence of mapping
        ``id``, ``quantity``, ``expected``, ``tolerance``, ``value``, ``kind``, ``verdict``
        (one of :data:`VERDICTS`), ``source``; optionally ``unit``, and ``minimum`` or
        ``maximum`` instead of an expected value.
    caption : str
    """

    rows: Sequence[Mapping[str, Any]]
    caption: str = ""

    def __post_init__(self) -> None:
        for row in self.rows:
            if row.get("verdict") not in VERDICTS:
                raise ValueError(f"Verdict {row.get('verdict')!r}; valid: {', '.join(VERDICTS)}")

    def html(self) -> str:
        """A row for each: verdict, what, expected, found with a drawing, kind and source."""
        columns = ["Verdict", "What", "Expected", "Found", "Kind", "Source"]
        rows = []
        for row in self.rows:
            value = f"{text(row.get('bound') or '')} {text(row.get('value'))}".strip()
            unit = f" {text(row['unit'])}" if row.get("unit") else ""
            what = f"{text(row.get('quantity'))} <small>{text(row.get('id', ''))}</small>"
            found = f"<strong>{value}</strong>{unit}{gauge(row)}"
            kind, source = text(row.get("kind")), linked(row.get("source"))
            rows.append([badge(row["verdict"]), what, expected(row), found, kind, source])
        return table(columns, rows, "criteria") + _note(self.caption)


@dataclass(frozen=True)
class Parameters(Block):
    """Entries of a parameter set with where each comes from.

    Parameters
    ----------
    rows : sequence of mapping
        ``name``, ``value``, ``unit``, ``grade``, ``kind``, ``source``, ``doi``; see
        :func:`multiscale.report.parameters`.
    caption : str
    """

    rows: Sequence[Mapping[str, Any]]
    caption: str = ""

    def html(self) -> str:
        """A row for each entry, and what the grades mean."""
        columns = ["Parameter", "Value", "Unit", "Grade", "Kind", "Source"]
        rows = []
        for row in self.rows:
            grade, doi = text(row.get("grade")), row.get("doi")
            if row.get("grade"):
                grade = f'<span class="grade grade-{grade}">{grade}</span>'
            source = linked(row.get("source")) + (f" {linked(doi)}" if doi else "")
            cells = [text(row.get(name)) for name in ("name", "value", "unit")]
            rows.append([*cells, grade, text(row.get("kind")), source])
        note = f"{self.caption} Grades: A read in the source itself, B in a secondary source, C "
        note += "assumed or fitted."
        return table(columns, rows, "parameters") + _note(note.strip())


# --- sections and the page ------------------------------------------------------------


@dataclass(frozen=True)
class Section:
    """A heading and what stands under it.

    Parameters
    ----------
    title : str
    blocks : sequence of blocks
    folded : bool
        Closed until the reader opens it: for long tables.
    """

    title: str
    blocks: Sequence[Block]
    folded: bool = False

    def html(self, number: int) -> str:
        """The section as HTML; figures that follow each other share a row where there is room."""
        for block in self.blocks:
            if not isinstance(block, Block):
                raise TypeError(
                    f"A section holds blocks of multiscale.report, not {type(block).__name__}"
                )
        rows = []
        for is_figure, group in groupby(self.blocks, lambda block: isinstance(block, Figure)):
            content = "\n".join(block.html() for block in group)
            rows.append(f'<div class="figures">{content}</div>' if is_figure else content)
        blocks, title = "\n".join(rows), f"<h2>{text(self.title)}</h2>"
        if self.folded:
            blocks = f"<details><summary>{title}</summary>\n{blocks}\n</details>"
            title = ""
        return f'<section id="s{number}">{title}\n{blocks}\n</section>'


@dataclass(frozen=True)
class Page:
    """A report.

    Parameters
    ----------
    title : str
    description : str
        One paragraph or several.
    sections : sequence of Section
    warnings : sequence of str
        What the reader must know before anything else, at the top.
    facts : mapping
        A few numbers beside the title, for example ``{"mesh": "disk_2um"}``.

    Examples
    --------
    >>> page = Page("A charge", "One particle at C/3.", [Section("Notes", [Text("None.")])])
    >>> len(page.sections)
    1
    """

    title: str
    description: str = ""
    sections: Sequence[Section] = ()
    warnings: Sequence[str] = ()
    facts: Mapping[str, Any] = field(default_factory=dict)

    def verdicts(self) -> dict[str, int]:
        """How many criteria have each verdict."""
        rows = [
            row
            for section in self.sections
            for block in section.blocks
            if isinstance(block, Criteria)
            for row in block.rows
        ]
        return {verdict: sum(row["verdict"] == verdict for row in rows) for verdict in VERDICTS}


def render(page: Page) -> str:
    """The page as HTML.

    Examples
    --------
    >>> "<h1>A &amp; B</h1>" in render(Page("A & B"))
    True
    """
    pills = "".join(f"<li>{n} {badge(name)}</li>" for name, n in page.verdicts().items() if n)
    pairs = "".join(
        f"<div><dt>{text(name)}</dt><dd>{text(value)}</dd></div>"
        for name, value in page.facts.items()
    )
    lines = "".join(f"<li>{linked(warning)}</li>" for warning in page.warnings)
    links = "".join(
        f'<a href="#s{i}">{text(section.title)}</a>' for i, section in enumerate(page.sections)
    )
    contents = f'<nav aria-label="Contents">{links}</nav>' if len(page.sections) > 2 else ""
    warnings = f'<aside class="warnings" role="note"><h2>Please note</h2><ul>{lines}</ul></aside>'
    return Template(asset("template.html")).substitute(
        title=text(page.title),
        style=asset("style.css"),
        description=paragraphs(page.description),
        verdicts=f'<ul class="pills">{pills}</ul>' if pills else "",
        facts=f'<dl class="facts">{pairs}</dl>' if pairs else "",
        warnings=warnings if lines else "",
        contents=contents,
        sections="\n".join(section.html(i) for i, section in enumerate(page.sections)),
    )


def asset(name: str) -> str:
    """Text of a file beside this module: a template or a style."""
    return files(__package__).joinpath(name).read_text(encoding="utf-8")


def write_report(folder: Path, page: Page) -> Path:
    """Write ``report.html``: one file with its pictures inside, that needs no network.

    Parameters
    ----------
    folder : path
        Made if it does not exist.
    page : Page

    Returns
    -------
    pathlib.Path
        Of the file.

    Examples
    --------
    >>> write_report(Path("run"), Page("A charge", "One particle at C/3.")).name
    'report.html'
    """
    path = Path(folder) / "report.html"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(render(page), encoding="utf-8")
    return path
