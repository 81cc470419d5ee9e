"""What a check found: each names file, row, column, and what would have been valid."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Literal


@dataclass(frozen=True)
class Finding:
    """One thing wrong, or worth a remark.


    Examples
    --------
    >>> str(Finding("error", "particles.csv", "is reversed", row=3, column="t50_second"))
    'error: particles.csv, row 3, column t50_second: is reversed'
    """

    severity: Literal["error", "remark"]
    file: str  # name within the folder
    message: str  # what is wrong and what would be right
    row: int | None = None  # as a spreadsheet counts: the header is row 1
    column: str | None = None
    value: str = ""  # what was found
    count: int = 1  # rows with the same fault; ``row`` and ``value`` are those of the first

    @property
    def is_error(self) -> bool:
        """Whether the package is unusable as it stands."""
        return self.severity == "error"

    @property
    def where(self) -> str:
        """File, row and column."""
        parts = [self.file]
        parts += [f"row {self.row}"] if self.row is not None else []
        parts += [f"column {self.column}"] if self.column else []
        return ", ".join(parts)

    def __str__(self) -> str:
        value = f" (found {self.value})" if self.value else ""
        more = f" [in {self.count} rows]" if self.count > 1 else ""
        return f"{self.severity}: {self.where}: {self.message}{value}{more}"


def gathered(findings: Iterable[Finding]) -> list[Finding]:
    """Errors first; equal faults in several rows as one finding with their number.

    Examples
    --------
    >>> [found] = gathered(Finding("error", "f", "is empty", row, "x") for row in (2, 3, 4))
    >>> str(found)
    'error: f, row 2, column x: is empty [in 3 rows]'
    """
    by_fault: dict[tuple[str, str, str | None, str], Finding] = {}
    for finding in findings:
        key = (finding.severity, finding.file, finding.column, finding.message)
        first = by_fault.get(key)
        by_fault[key] = finding if first is None else replace(first, count=first.count + 1)
    return sorted(by_fault.values(), key=lambda finding: finding.severity)
