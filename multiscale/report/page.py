"""What a report is made of: a page of sections, each a list of blocks."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from os import PathLike
from typing import Any

import pandas as pd

VERDICTS = ("reproduced", "not reproduced", "not run")

Image = bytes | str | PathLike[str]


class Drawn:
    """A block that makes its own HTML and escapes it: for what only one kind of page needs."""

    def html(self) -> str:
        """The block as HTML."""
        raise NotImplementedError


@dataclass(frozen=True)
class Text:
    """A paragraph; blank lines separate several."""

    text: str


@dataclass(frozen=True)
class Figure:
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


@dataclass(frozen=True)
class Animation(Figure):
    """A moving picture (GIF)."""


@dataclass(frozen=True)
class Frames:
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


@dataclass(frozen=True)
class Table:
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


@dataclass(frozen=True)
class Callout:
    """One number that the reader must not miss, with what it means.

    Parameters
    ----------
    title : str
        For example ``"The one tuned number"``.
    value : str
        For example ``"7.4 V"``.
    text : str
        Where it comes from; blank lines separate paragraphs.

    Examples
    --------
    >>> Callout("The one tuned number", "7.4 V", "Drop over a pristine neck.").value
    '7.4 V'
    """

    title: str
    value: str
    text: str = ""


@dataclass(frozen=True)
class KeyValues:
    """Names with their values: settings, balances, versions."""

    items: Mapping[str, Any]
    caption: str = ""


@dataclass(frozen=True)
class Criteria:
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


@dataclass(frozen=True)
class Parameters:
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


Block = Drawn | Text | Callout | Figure | Frames | Table | KeyValues | Criteria | Parameters


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
