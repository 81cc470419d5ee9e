"""Solve and measure one part of the suite, in this process."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

from multiscale.cases import simulation
from multiscale.cases.kinds import KINDS
from multiscale.cases.measures import MEASURES
from multiscale.cases.runs import VariantRun
from multiscale.cases.validation_library import load_suite_case
from multiscale.cases.validation_schema import (
    FAILED,
    FAULT,
    NO_DATA,
    Context,
    DataMissing,
    Outcome,
    Part,
    Problem,
    SuiteCase,
)
from multiscale.errors import MultiscaleError
from multiscale.faults import fault, out_of_memory, refused_by_system


def solve_part(part: Part, tell: Callable[[str, Outcome], None]) -> Outcome:
    """Every value that the criteria of a case ask of some of its variants.

    Whatever goes wrong with one variant or one measure stays with it. ``tell`` is called with the
    name of each variant before it is solved, and with what there is until then.
    """
    case = load_suite_case(part.source)
    outcome = Outcome()
    for variant in part.variants:
        tell(variant, outcome)
        start = time.process_time()
        solved, problem = _solved(case, variant, part)
        for number, criterion in enumerate(case.criteria):
            if variant not in criterion.variants:
                continue
            value, wrong = math.nan, problem
            if problem is None:
                measure = partial(_measures(case)[criterion.measure], solved)
                value, wrong = _attempt(
                    partial(measure, **criterion.arguments),
                    f"taking {criterion.measure!r} of {case.name!r}, {variant!r}",
                )
            if wrong is None:
                outcome.values[number, variant] = value  # a number, or a bound
            else:
                outcome.problems[number, variant] = wrong
        outcome.seconds[variant] = time.process_time() - start
        if isinstance(solved, VariantRun):
            outcome.parameters |= _grades(solved)
    return outcome


def _measures(case: SuiteCase) -> Mapping[str, Callable[..., float]]:
    return MEASURES if case.kind == simulation.NAME else KINDS[case.kind].measures


def _solved(case: SuiteCase, variant: str, part: Part) -> tuple[Any, Problem | None]:
    described, context = case.variants[variant], Context(part.data)
    doing = f"solving {case.name!r}, {variant!r}"
    if case.kind != simulation.NAME:
        return _attempt(partial(KINDS[case.kind].solve, described, context), doing)
    changed = described.with_overrides(part.overrides)
    return _attempt(partial(simulation.solve, changed, context), doing)


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


def _grades(run: VariantRun) -> dict[str, Any]:
    chosen = run.prepared.parameter_set
    grades = {entry: source.grade for entry, source in sorted(chosen.sources.items())}
    return {chosen.name: {"title": chosen.title, "grades": grades}}
