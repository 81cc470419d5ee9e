"""What the command prints."""

from __future__ import annotations

import sys
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from multiscale.cases.kind import Outcome, Part, Problem
from multiscale.cases.rows import Row, exclusions, gating, score
from multiscale.cases.suite import SuiteRun, Tick


def progress(quiet: bool) -> Tick:
    """A function that tells of each part that is done, on standard error."""
    start = time.monotonic()

    def tell(part: Part, result: Outcome | Problem, done: int, total: int) -> None:
        if quiet:
            return
        passed = time.monotonic() - start
        took = sum(result.seconds.values()) if isinstance(result, Outcome) else 0.0
        words = str(part) if len(part.variants) == 1 else f"{part.case}, {len(part.variants)} runs"
        wrong = "  went wrong" if result.failed else ""
        clock = f"{int(passed // 60)}:{int(passed % 60):02d}"
        print(f"[{done:>3}/{total}] {clock:>6}  {words}  {took:.0f} s{wrong}", file=sys.stderr)

    return tell


def outcome(
    run: SuiteRun,
    rows: Sequence[Row],
    changes: Sequence[Mapping[str, Any]] | None,
    differing: Sequence[Mapping[str, Any]],
    page: Path,
) -> str:
    """Verdicts by case, the score, what moved, and where the report is."""
    width = max(len(case.name) for case in run.cases)
    lines = [f"{'case':<{width}}  reproduced  not reproduced  not run  hard failures"]
    for case in run.cases:
        own = [row for row in rows if row["case"] == case.name]
        verdicts = [row["verdict"] for row in own]
        counts = (verdicts.count(v) for v in ("reproduced", "not reproduced", "not run"))
        numbers = "  ".join(f"{n:>{w}}" for n, w in zip(counts, (10, 14, 7), strict=True))
        lines.append(f"{case.name:<{width}}  {numbers}  {len(gating(own)):>13}")
    lines.append("")
    words = {
        "evidence": "evidence",
        "code": "checks of the code",
        "controls": "negative controls",
        "fitted": "fitted to",
    }
    for name, counted in score(rows).items():
        judged = counted["reproduced"] + counted["not reproduced"]
        lines.append(f"{words[name]}: {counted['reproduced']} of {judged} reproduced")
    left = ", ".join(f"{number} {reason}" for reason, number in exclusions(rows).items())
    lines.append(f"not run: {left or 'none'}")
    if changes is not None:
        lines.append(f"moved since the earlier outcome: {len(changes)} (see the report)")
    if differing:
        number = f"{len(differing)} of the stored numbers differ"
        lines.append(f"{number} (see the report). {differing[0]['hint']}")
    lines.append(f"{run.wall_s:.0f} s; report: {page}")
    return "\n".join(lines)
