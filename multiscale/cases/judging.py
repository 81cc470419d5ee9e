"""Criteria judged: an observable of one run or of several against its limits."""

from __future__ import annotations

import itertools
import math
from collections.abc import Mapping
from dataclasses import dataclass

from multiscale.analysis.censoring import (
    bound_words,
    ends_of,
    in_words,
    number_of,
    ratio_ends,
)
from multiscale.cases.electrode_observables import ELECTRODE
from multiscale.cases.observables import PARTICLE
from multiscale.cases.runs import CaseRun, problem_of
from multiscale.cases.schema import Criterion
from multiscale.errors import MultiscaleError

OBSERVABLES = PARTICLE | ELECTRODE

REPRODUCED, NOT_REPRODUCED, NOT_RUN = "reproduced", "not reproduced", "not run"


@dataclass(frozen=True)
class Judgement:
    """A criterion with what came out.

    Attributes
    ----------
    criterion : Criterion
    verdict : {"reproduced", "not reproduced", "not run"}
    value : float or None
        What was compared with the limits.
    detail : str
        The value of each variant, or why it was not run.
    bound : {"", "at least", "at most"}
        What is known of the value only, because particles did not react.
    fault : bool
        True if it was not run because of a fault of this code.
    """

    criterion: Criterion
    verdict: str
    value: float | None
    detail: str = ""
    bound: str = ""
    fault: bool = False


def judge(run: CaseRun) -> list[Judgement]:
    """Verdicts on all criteria of a case, in their order."""
    return [_judged(criterion, run) for criterion in run.case.criteria]


def _judged(criterion: Criterion, run: CaseRun) -> Judgement:
    try:
        observable = OBSERVABLES[criterion.measure]
        values = {
            name: observable(run.run(name), **criterion.arguments) for name in criterion.variants
        }
    except MultiscaleError as error:
        return Judgement(criterion, NOT_RUN, None, str(error))
    except Exception as error:  # what was solved is not lost for it
        words, ours = problem_of(error, f"taking {criterion.measure!r}")
        return Judgement(criterion, NOT_RUN, None, words, fault=ours)
    return judged(criterion, values)


def judged(criterion: Criterion, values: Mapping[str, float]) -> Judgement:
    """The verdict on a criterion, given what its measure is in each of its variants.

    A bound (``analysis.censoring``) is judged by all values that it allows: reproduced if all of
    them lie within the limits, not reproduced if none does, and not reproduced, with the remark
    that this is undecided, if some do.
    """
    ends = combined_ends([values[name] for name in criterion.variants], criterion.combine)
    value = number_of(*ends)
    low, high = criterion.limits
    within = low <= ends[0] and ends[1] <= high
    verdict = REPRODUCED if within else NOT_REPRODUCED
    detail = "" if len(values) == 1 else ", ".join(f"{k}: {in_words(v)}" for k, v in values.items())
    if bound := bound_words(value):
        outside = ends[1] < low or ends[0] > high
        open_ = "" if within or outside else ", so that this is not decided"
        words = f"{in_words(value)}: particles did not react, or not in sight{open_}"
        return Judgement(
            criterion, verdict, float(value), f"{words} ({detail})" if detail else words, bound
        )
    if math.isnan(value):
        detail = detail or "the state asked for was never reached"
    return Judgement(criterion, verdict, value if math.isfinite(value) else None, detail)


def combined(values: list[float], how: str | None) -> float:
    """One number out of those of several variants; a bound if they are bounds.

    Examples
    --------
    >>> combined([1.0, 1.5, 3.0], "smallest increase"), combined([3.0, 2.0], "ratio")
    (0.5, 1.5)
    >>> combined([2.0, 2.5, 1.0], "largest change")
    0.5
    """
    return number_of(*combined_ends(values, how))


def combined_ends(values: list[float], how: str | None) -> tuple[float, float]:
    """Smallest and largest value that the combination may have; NaN if a value is."""
    if any(math.isnan(value) for value in values):
        return math.nan, math.nan
    ends = [ends_of(value) for value in values]
    lows, highs = zip(*ends, strict=True)
    if how == "smallest":
        return min(lows), min(highs)
    if how == "largest":
        return max(lows), max(highs)
    if how == "smallest increase":
        pairs = list(itertools.pairwise(ends))
        return (
            min(after[0] - before[1] for before, after in pairs),
            min(after[1] - before[0] for before, after in pairs),
        )
    if how == "ratio":
        return ratio_ends(ends[0], ends[1])
    if how == "largest change":
        changes = []
        for other in ends[1:]:
            low, high = (end - 1 for end in ratio_ends(other, ends[0]))
            least = 0.0 if low <= 0 <= high else min(abs(low), abs(high))
            changes.append((least, max(abs(low), abs(high))))
        if any(math.isnan(low) for low, _ in changes):
            return math.nan, math.nan
        return max(low for low, _ in changes), max(high for _, high in changes)
    return ends[0]
