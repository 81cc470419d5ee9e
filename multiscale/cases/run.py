"""Run cases of the suite and judge them."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from multiscale.cases import solved
from multiscale.cases.kind import Outcome, Part, Problem
from multiscale.cases.kinds import KINDS
from multiscale.cases.pool import CPU_LIMIT_S, solve_parts
from multiscale.cases.schema import Case

Tick = Callable[[Part, Outcome | Problem, int, int], None]


@dataclass
class SuiteRun:
    """Cases with what was solved of them.

    Attributes
    ----------
    cases : sequence of Case
    outcomes : dict of str to Outcome
        By name of the case.
    fast : bool
        Only the fast subset was asked for.
    interrupted : bool
    wall_s : float
        From beginning to end.
    """

    cases: Sequence[Case]
    outcomes: dict[str, Outcome] = field(default_factory=dict)
    fast: bool = False
    interrupted: bool = False
    wall_s: float = 0.0

    def chosen(self, case: Case) -> tuple[str, ...]:
        """Variants of a case that were asked for."""
        return case.fast if self.fast else tuple(case.variants)

    def take(self, part: Part, result: Outcome | Problem) -> None:
        """Note what a part left; a part that was stopped has one problem where values lack."""
        if isinstance(result, Problem):
            case = next(case for case in self.cases if case.name == part.case)
            there = result.partial or Outcome()
            problem = replace(result, partial=None)
            problems = {
                (number, variant): problem
                for number, criterion in enumerate(case.criteria)
                for variant in criterion.variants
                if variant in part.variants and (number, variant) not in there.values
            }
            result = replace(there, problems=problems | there.problems)
        self.outcomes.setdefault(part.case, Outcome()).add(result)


def run_suite(
    run: SuiteRun,
    *,
    data: Path | None = None,
    workers: int = 2,
    cpu_limit_s: float = CPU_LIMIT_S,
    costs: Mapping[str, float] | None = None,
    tick: Tick | None = None,
    folder: Path | None = None,
) -> SuiteRun:
    """Solve cases, each part in a process of its own; a failure stops nothing but itself.

    Parameters
    ----------
    run : SuiteRun
        What to run; takes up the outcomes as they come.
    data : Path, optional
        Folder of data that are not part of the repository.
    workers : int
        Processes at a time; 0 solves everything in this one.
    cpu_limit_s : float
        For each part [s], counted in CPU time: what else the machine does stops nothing.
    costs : mapping of str to float, optional
        Expected time of parts by their text [s]: the longest are started first.
    tick : function, optional
        Called after each part with it, what it left, the number of parts done and of all.
    folder : Path, optional
        Parts that came out without a failure are kept there; those that are there already are not
        solved again.

    Returns
    -------
    SuiteRun
        The same, also if the user interrupts it; ``interrupted`` says so.
    """
    parts = [part for case in run.cases for part in parts_of(case, run.chosen(case), data)]
    expected = costs or {}
    parts.sort(key=lambda part: -expected.get(str(part), cpu_limit_s))
    start = time.perf_counter()
    before = [] if folder is None else list(solved.kept(folder, parts))
    for part, outcome in before:
        run.take(part, outcome)
    left = [part for part in parts if part not in [one for one, _ in before]]
    try:
        for done, (part, result) in enumerate(
            solve_parts(left, workers, cpu_limit_s), len(before) + 1
        ):
            run.take(part, result)
            if folder is not None and isinstance(result, Outcome) and not result.failed:
                solved.keep(folder, part, result)
            if tick is not None:
                tick(part, result, done, len(parts))
    except KeyboardInterrupt:
        run.interrupted = True
    run.wall_s = time.perf_counter() - start
    return run


def parts_of(case: Case, variants: Sequence[str], data: Path | None = None) -> Iterator[Part]:
    """What is solved together: all variants of a case, or each on its own where they take long."""
    needed = {name for criterion in case.criteria for name in criterion.variants}
    chosen = [name for name in variants if name in needed]
    apart = KINDS[case.kind].apart
    for group in [[name] for name in chosen] if apart else [chosen] if chosen else []:
        yield Part(case.source, case.name, tuple(group), data)
