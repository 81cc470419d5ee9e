"""From blocks to HTML. Everything that is not made here is escaped."""

from __future__ import annotations

import base64
import math
from collections.abc import Mapping
from numbers import Real
from pathlib import Path
from typing import Any

from multiscale.report import page as parts
from multiscale.report.tables import heat_table, table
from multiscale.report.words import linked, paragraphs, text

_SIGNATURES = {
    b"\x89PNG": "image/png",
    b"GIF8": "image/gif",
    b"\xff\xd8\xff": "image/jpeg",
    b"<svg": "image/svg+xml",
    b"<?xm": "image/svg+xml",
}
_BADGES = {"reproduced": "good", "not reproduced": "bad", "not run": "idle"}
_ENLARGED = 1.05  # print sizes are a little small on a screen
_MARKS = {"reproduced": "✓", "not reproduced": "✗", "not run": "–"}


def image_attributes(image: parts.Image) -> str:
    """``src`` that holds the image itself, and the ``width`` that its resolution asks for."""
    content = _content(image)
    width = _css_width(content)
    size = f' width="{width}"' if width else ""
    return f'src="{_data_address(content, image)}"{size}'


def _css_width(content: bytes) -> int | None:
    """Width of a picture on the page: a PNG's print size, a GIF's pixels; None if unknown."""
    if content.startswith(b"GIF8"):
        return int.from_bytes(content[6:8], "little")
    place = content[:400].find(b"pHYs")
    if not content.startswith(b"\x89PNG") or place < 0:
        return None
    pixels = int.from_bytes(content[16:20], "big")
    per_metre = int.from_bytes(content[place + 4 : place + 8], "big")
    return round(_ENLARGED * pixels * 96 / (0.0254 * per_metre)) if per_metre else None


def _content(image: parts.Image) -> bytes:
    return image if isinstance(image, bytes) else Path(image).read_bytes()


def _data_address(content: bytes, image: parts.Image) -> str:
    for signature, kind in _SIGNATURES.items():
        if content.startswith(signature):
            return f"data:{kind};base64,{base64.b64encode(content).decode('ascii')}"
    name = "bytes" if isinstance(image, bytes) else str(image)
    raise ValueError(f"A report takes PNG, JPEG, GIF or SVG pictures; this is none: {name[:80]}")


def block(content: parts.Block) -> str:
    """One block of a section."""
    match content:
        case parts.Drawn():
            return content.html()
        case parts.Text():
            return paragraphs(content.text)
        case parts.Figure():
            return _figure(content)
        case parts.Frames():
            return _frames(content)
        case parts.Callout():
            return _callout(content)
        case parts.HeatTable():
            return heat_table(content) + _note(content.caption)
        case parts.Table():
            return table(content.columns, [[text(v) for v in row] for row in content.rows]) + (
                _note(content.caption)
            )
        case parts.KeyValues():
            return _key_values(content)
        case parts.Criteria():
            return _criteria(content)
        case parts.Parameters():
            return _parameters(content)
    raise TypeError(f"A section holds blocks of multiscale.report, not {type(content).__name__}")


def _callout(callout: parts.Callout) -> str:
    return (
        f'<div class="callout" role="note"><h3>{text(callout.title)}</h3>'
        f'<p class="value">{text(callout.value)}</p>{paragraphs(callout.text)}</div>'
    )


def badge(verdict: str) -> str:
    """A verdict, told by sign and word as well as by colour."""
    mark, kind = _MARKS[verdict], _BADGES[verdict]
    return f'<span class="badge {kind}"><span aria-hidden="true">{mark}</span> {verdict}</span>'


def _note(caption: str) -> str:
    return f'<p class="note">{linked(caption)}</p>' if caption else ""


def _figure(figure: parts.Figure) -> str:
    caption = f"<figcaption>{linked(figure.caption)}</figcaption>" if figure.caption else ""
    content = _content(figure.image)
    width = _css_width(content)
    # as wide as its picture, so that a long caption does not push its neighbour away
    size = f' style="width:{width}px"' if width else ""
    wide = ' class="wide"' if (width or 0) > 700 else ""
    alt = text(figure.alt or figure.caption)
    return (
        f'<figure{wide}{size}><img {image_attributes(figure.image)} alt="{alt}">{caption}</figure>'
    )


def _frames(frames: parts.Frames) -> str:
    images = "".join(
        f'<img {image_attributes(image)} alt="{text(label)}" data-label="{text(label)}"'
        f"{' hidden' if i else ''}>"
        for i, (image, label) in enumerate(zip(frames.images, frames.labels, strict=True))
    )
    last = len(frames.images) - 1
    slider = (
        f'<div class="slider"><input type="range" min="0" max="{last}" value="0" '
        f'aria-label="Frame"><output>{text(frames.labels[0])}</output></div>'
    )
    caption = f"<figcaption>{linked(frames.caption)}</figcaption>" if frames.caption else ""
    return f'<figure class="frames">{images}{slider}{caption}</figure>'


def _key_values(values: parts.KeyValues) -> str:

    def short(value: Any) -> str:
        return ' class="short"' if len(str(value)) < 24 else ""

    items = "\n".join(
        f"<div><dt>{text(name)}</dt><dd{short(value)}>{linked(value)}</dd></div>"
        for name, value in values.items.items()
    )
    return f'<dl class="pairs">\n{items}\n</dl>{_note(values.caption)}'


def _criteria(criteria: parts.Criteria) -> str:
    columns = ["Verdict", "What", "Expected", "Found", "Kind", "Source"]
    rows = [
        [
            badge(row["verdict"]),
            f"{text(row.get('quantity'))} <small>{text(row.get('id', ''))}</small>",
            _expected(row),
            f"<strong>{_found(row)}</strong>{_unit(row)}{gauge(row)}",
            text(row.get("kind")),
            linked(row.get("source")),
        ]
        for row in criteria.rows
    ]
    return table(columns, rows, "criteria") + _note(criteria.caption)


def _found(row: Mapping[str, Any]) -> str:
    """The value; of a bound with the words for it."""
    return f"{text(row.get('bound') or '')} {text(row.get('value'))}".strip()


def _unit(row: Mapping[str, Any]) -> str:
    return f" {text(row['unit'])}" if row.get("unit") else ""


def _expected(row: Mapping[str, Any]) -> str:
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


def gauge(row: Mapping[str, Any]) -> str:
    """Where a value lies against what was expected, as a small drawing; empty if unknown.

    Examples
    --------
    >>> gauge({"value": 1.0}), "<svg" in gauge({"value": 1.0, "expected": 2, "tolerance": 0.5})
    ('', True)
    """
    limits = _limits(row)
    if limits is None or not _is_number(row.get("value")):
        return ""
    low, high = limits
    half = (high - low) / 2 or abs(high) / 10 or 1.0
    place = 50 + 25 * (float(row["value"]) - (low + high) / 2) / half
    inside = 3 <= place <= 97
    x = min(max(place, 3), 97)
    dot = f'<circle cx="{x:.1f}" cy="8" r="4"/>' if inside else _arrow(x)
    return (
        '<svg class="gauge" viewBox="0 0 100 16" width="100" height="16" role="img" '
        f'aria-label="value {text(row["value"])}, expected {_expected(row)}">'
        '<line x1="0" x2="100" y1="8" y2="8"/><rect x="25" y="3" width="50" height="10" rx="2"/>'
        f"{dot}</svg>"
    )


def _arrow(x: float) -> str:
    tip, back = (1, 9) if x < 50 else (99, 91)
    return f'<path d="M{tip} 8 L{back} 3 L{back} 13 Z"/>'


def _limits(row: Mapping[str, Any]) -> tuple[float, float] | None:
    numbers = {key: value for key, value in row.items() if _is_number(value)}
    if "expected" in numbers and "tolerance" in numbers:
        middle, slack = numbers["expected"], numbers["tolerance"]
        return middle - slack, middle + slack
    if "minimum" in numbers and "maximum" in numbers:
        return numbers["minimum"], numbers["maximum"]
    return None


def _is_number(value: Any) -> bool:
    return isinstance(value, Real) and not isinstance(value, bool) and math.isfinite(value)


def _parameters(parameters: parts.Parameters) -> str:
    columns = ["Parameter", "Value", "Unit", "Grade", "Kind", "Source"]
    rows = []
    for row in parameters.rows:
        grade, doi = row.get("grade"), row.get("doi")
        mark = f'<span class="grade grade-{text(grade)}">{text(grade)}</span>' if grade else "–"
        source = linked(row.get("source")) + (f" {linked(doi)}" if doi else "")
        value, unit = text(row.get("value")), text(row.get("unit"))
        rows.append([text(row.get("name")), value, unit, mark, text(row.get("kind")), source])
    explained = "Grades: A read in the source itself, B in a secondary source, C assumed or fitted."
    return table(columns, rows, "parameters") + _note(f"{parameters.caption} {explained}".strip())
