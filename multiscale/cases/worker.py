"""Solve and measure one part of the suite, in this process."""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from functools import partial
from typing import Any

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
from multiscale.cases.reading import load_suite_case
from multiscale.errors import MultiscaleError
from multiscale.faults import fault, out_of_memory, refused_by_system


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
                measure = partial(kind.measures[criterion.measure], solved)
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
