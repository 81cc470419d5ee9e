"""What a check of parameters found."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from multiscale.errors import ParameterError


@dataclass(frozen=True)
class Finding:
    """One remark on one parameter.

    Parameters
    ----------
    level : {"error", "warning"}
        An error makes every result wrong or impossible; a warning asks for a second look.
    name : str
        Parameter name with its unit.
    message : str
        What is wrong and what would be right.
    about : {"entry", "fit"}
        The entry on its own, or how it fits the others.
    """

    level: Literal["error", "warning"]
    name: str
    message: str
    about: Literal["entry", "fit"] = "entry"

    def __str__(self) -> str:
        return f"{self.level}: {self.name}: {self.message}"


@dataclass(frozen=True)
class ParameterReport:
    """All findings of one check, errors first.

    Examples
    --------
    >>> report = ParameterReport((Finding("warning", "Density", "is it in kg.m-3?"),))
    >>> report.ok, len(report.warnings)
    (True, 1)
    """

    findings: tuple[Finding, ...]

    def __post_init__(self) -> None:
        in_order = sorted(self.findings, key=lambda finding: finding.level)
        object.__setattr__(self, "findings", tuple(in_order))

    @property
    def errors(self) -> tuple[Finding, ...]:
        """Findings that forbid a solve."""
        return tuple(finding for finding in self.findings if finding.level == "error")

    @property
    def warnings(self) -> tuple[Finding, ...]:
        """Findings that ask for a second look."""
        return tuple(finding for finding in self.findings if finding.level == "warning")

    @property
    def ok(self) -> bool:
        """True if there is no error."""
        return not self.errors

    def raise_for_errors(self) -> None:
        """Raise a ParameterError that lists every error; do nothing if there is none."""
        if self.errors:
            lines = "\n".join(f"- {finding.name}: {finding.message}" for finding in self.errors)
            raise ParameterError(f"{len(self.errors)} parameter(s) cannot be used:\n{lines}")

    def __str__(self) -> str:
        return "\n".join(map(str, self.findings)) or "no findings"
