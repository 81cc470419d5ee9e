"""The report page of a case."""

from __future__ import annotations

from pathlib import Path

from multiscale.cases.measures import Judgement
from multiscale.cases.runs import CaseRun


def write_page(
    run: CaseRun, judgements: list[Judgement], folder: Path, pictures: dict[str, Path]
) -> None:
    """Write ``report.html``."""
