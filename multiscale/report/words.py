"""Values and texts as escaped HTML."""

from __future__ import annotations

import math
import re
from html import escape
from numbers import Real
from typing import Any

_DOI = re.compile(r"\b10\.\d{4,9}/[^\s<>\"',;]+[^\s<>\"',;.)]")


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
