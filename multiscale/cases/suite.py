"""Cases solved and measured part by part, each part in a process of its own, and kept on disk."""

from __future__ import annotations

import json
import math
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import Any

from multiscale.analysis.censoring import ends_of, number_of
from multiscale.cases.kind import (
    FAILED,
    FAULT,
    NO_DATA,
    Context,
    DataMissing,
    Outcome,
    Part,
    Problem,
)
from multiscale.cases.kinds import KINDS
from multiscale.cases.pool import CPU_LIMIT_S, solve_parts
from multiscale.cases.reading import load_suite_case
from multiscale.cases.schema import Case
from multiscale.errors import MultiscaleError
from multiscale.faults import fault, out_of_memory, refused_by_system
from multiscale.folders import fingerprint, write_whole

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
    before = [] if folder is None else list(kept(folder, parts))
    for part, outcome in before:
        run.take(part, outcome)
    left = [part for part in parts if part not in [one for one, _ in before]]
    try:
        for done, (part, result) in enumerate(
            solve_parts(left, solve_part, workers, cpu_limit_s), len(before) + 1
        ):
            run.take(part, result)
            if folder is not None and isinstance(result, Outcome) and not result.failed:
                keep(folder, part, result)
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


# --- one part, in its process -----------------------------------------------------------------


def solve_part(part: Part, tell: Callable[[str, Outcome], None]) -> Outcome:
    """Every value that the criteria of a case ask of some of its variants.

    Whatever goes wrong with one variant or one measure stays with it. ``tell`` is called with the
    name of each variant before it is solved, and with what there is until then.
    """
    case = load_suite_case(part.source)
    kind, outcome = KINDS[case.kind], Outcome()
    for name in part.variants:
        tell(name, outcome)
        start = time.process_time()
        variant = case.variants[name]
        if kind.changed is not None:
            variant = kind.changed(variant, part.overrides)
        solve = partial(kind.solve, variant, Context(part.data, case.name))
        solved, problem = _attempt(solve, f"solving {case.name!r}, {name!r}")
        for number, criterion in enumerate(case.criteria):
            if name not in criterion.variants:
                continue
            value, wrong = math.nan, problem
            if problem is None:
                measure = partial(kind.observables[criterion.measure], solved)
                value, wrong = _attempt(
                    partial(measure, **criterion.arguments),
                    f"taking {criterion.measure!r} of {case.name!r}, {name!r}",
                )
            if wrong is None:
                outcome.values[number, name] = value  # a number, or a bound
            else:
                outcome.problems[number, name] = wrong
        outcome.seconds[name] = time.process_time() - start
        for used in kind.sets(solved) if problem is None else ():
            grades = {entry: source.grade for entry, source in sorted(used.sources.items())}
            outcome.parameters[used.name] = {"title": used.title, "grades": grades}
    return outcome


def _attempt(action: Callable[[], Any], doing: str) -> tuple[Any, Problem | None]:
    """The result, or why there is none."""
    try:
        return action(), None
    except DataMissing as error:
        return None, Problem(NO_DATA, str(error))
    except MultiscaleError as error:
        return None, Problem(FAILED, str(error))
    except MemoryError as error:
        return None, Problem(FAILED, out_of_memory(error))
    except OSError as error:
        return None, Problem(FAILED, refused_by_system(error))
    except (Exception, SystemExit) as error:  # one mistake must not stop the other variants
        return None, Problem(FAULT, fault(error, doing))


# --- parts on disk, so that a stopped validation goes on --------------------------------------


def keep(folder: Path, part: Part, outcome: Outcome) -> Path:
    """Keep what a part left, one file each, whole or not at all.

    Examples
    --------
    >>> part = Part("a.toml", "a", ("default",))
    >>> _ = keep(Path(), part, Outcome({(0, "default"): 0.5}))
    >>> [(part.case, outcome.values) for part, outcome in kept(Path(), [part])]
    [('a', {(0, 'default'): 0.5})]
    """
    described = {
        "values": [[*key, *map(float, ends_of(value))] for key, value in outcome.values.items()],
        "problems": [
            [*key, problem.reason, problem.words] for key, problem in outcome.problems.items()
        ],
        "seconds": outcome.seconds,
        "parameters": outcome.parameters,
    }
    return write_whole(_file(folder, part), json.dumps(described).encode())


def kept(folder: Path, parts: Sequence[Part]) -> Iterator[tuple[Part, Outcome]]:
    """Those of the parts that were kept, with what they left; a damaged file counts as none."""
    for part in parts:
        try:
            described = json.loads(_file(folder, part).read_text(encoding="utf-8"))
            yield part, _outcome(described)
        except (OSError, ValueError, KeyError, TypeError, AttributeError):
            continue


def count_kept(folder: Path) -> int:
    """Number of parts that are kept in a folder."""
    return len(list(folder.glob("part-*.json")))


def _file(folder: Path, part: Part) -> Path:
    return folder / f"part-{fingerprint(part.source, str(part), str(part.data))}.json"


def _outcome(described: dict[str, Any]) -> Outcome:
    return Outcome(
        {(int(n), str(name)): number_of(*ends) for n, name, *ends in described["values"]},
        {
            (int(n), str(name)): Problem(reason, words)
            for n, name, reason, words in described["problems"]
        },
        dict(described["seconds"]),
        dict(described["parameters"]),
    )
