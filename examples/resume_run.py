"""A run that is stopped after its first half-cycle and goes on from there.

What is solved is kept on disk; the second call solves the discharge only. On the command line the
same is ``multiscale run CASE --resume``.
"""

from __future__ import annotations

from pathlib import Path

from multiscale import cases
from multiscale.cases.checkpoints import Checkpoints

CASE = """
title = "A cycle"
description = "Two particles in a column."
parameters = "Sharma2022_NMC532"
experiment = ["Charge at 1C until 4.2 V", "Discharge at 1C until 3.0 V"]

[geometry]
maker = "columns"
obstructions = [1]
radius = 5e-06
constriction_m = 13e-06

[particles]
fidelity = "lumped"
"""


def main() -> float:
    """Solve, lose the discharge, and solve it again; the last time of all [s]."""
    folder = Path("solved")
    folder.mkdir()
    case, kept = cases.parse_case(CASE, "cycle"), Checkpoints(folder)
    whole = cases.run_case(case, kept=kept).run("default")
    assert kept.count == 2  # a charge and a discharge

    last = max(folder.glob("part-*"), key=lambda file: file.stat().st_mtime_ns)
    last.unlink()  # as if the process had been killed during the discharge
    resumed = cases.run_case(case, kept=kept).run("default")
    assert not resumed.problem
    assert resumed.steps == whole.steps
    assert abs(resumed.timings["t50_s"] - whole.timings["t50_s"]).max() < 1e-6
    return float(resumed.steps[-1].end)


if __name__ == "__main__":
    print(f"The discharge ends after {main():.0f} s, as if nothing had happened.")
