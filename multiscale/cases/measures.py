"""The measures that criteria may name, and the judgement of a criterion."""

from __future__ import annotations

import inspect
import itertools
import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from multiscale.cases import (
    cell_observables,
    electrode_material,
    electrode_observables,
    observables,
    population_observables,
)
from multiscale.cases.criterion import Criterion
from multiscale.cases.runs import CaseRun, VariantRun
from multiscale.errors import CaseError, MultiscaleError, unknown_name

PARTICLE_MEASURES: dict[str, Callable[..., float]] = {
    function.__name__: function for function in (*observables.MEASURES, *cell_observables.MEASURES)
}
ELECTRODE_MEASURES: dict[str, Callable[..., float]] = {
    function.__name__: function
    for function in (
        *electrode_observables.MEASURES,
        *electrode_material.MEASURES,
        *population_observables.MEASURES,
        cell_observables.lithium_balance,
        cell_observables.charge_balance,
    )
}
MEASURES = PARTICLE_MEASURES | ELECTRODE_MEASURES

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
    """

    criterion: Criterion
    verdict: str
    value: float | None
    detail: str = ""


def check_arguments(
    measure: str,
    arguments: Mapping[str, Any],
    where: str,
    known: Mapping[str, Callable[..., float]] = MEASURES,
) -> None:
    """``CaseError`` if a measure does not take these arguments."""
    parameters = list(inspect.signature(known[measure]).parameters.values())[1:]
    valid = [parameter.name for parameter in parameters]
    for name in arguments:
        if name not in valid:
            raise CaseError(f"{where}: {unknown_name(f'argument of {measure}', name, valid)}")
    for parameter in parameters:
        if parameter.default is parameter.empty and parameter.name not in arguments:
            raise CaseError(f"{where}: {measure} needs the argument {parameter.name!r}")
    for name, value in arguments.items():
        if not isinstance(value, bool | int | float):
            raise CaseError(f"{where}: argument {name!r} must be a number, not {value!r}")


def judge(run: CaseRun) -> list[Judgement]:
    """Verdicts on all criteria of a case, in their order."""
    return [_judged(criterion, run) for criterion in run.case.criteria]


def _judged(criterion: Criterion, run: CaseRun) -> Judgement:
    try:
        values = {name: evaluate(criterion, run.run(name)) for name in criterion.variants}
    except MultiscaleError as error:
        return Judgement(criterion, NOT_RUN, None, str(error))
    return judged(criterion, values)


def judged(criterion: Criterion, values: Mapping[str, float]) -> Judgement:
    """The verdict on a criterion, given what its measure is in each of its variants."""
    value = combined([values[name] for name in criterion.variants], criterion.combine)
    low, high = criterion.limits
    verdict = REPRODUCED if low <= value <= high else NOT_REPRODUCED
    detail = "" if len(values) == 1 else ", ".join(f"{k}: {v:.4g}" for k, v in values.items())
    if math.isnan(value):
        detail = detail or "the state asked for was never reached"
    return Judgement(criterion, verdict, value if math.isfinite(value) else None, detail)


def evaluate(criterion: Criterion, run: VariantRun) -> float:
    """The measure of a criterion for one run."""
    return float(MEASURES[criterion.measure](run, **criterion.arguments))


def combined(values: list[float], how: str | None) -> float:
    """One number out of those of several variants.

    Examples
    --------
    >>> combined([1.0, 1.5, 3.0], "smallest increase"), combined([3.0, 2.0], "ratio")
    (0.5, 1.5)
    >>> combined([2.0, 2.5, 1.0], "largest change")
    0.5
    """
    if any(math.isnan(value) for value in values):
        return float("nan")
    if how == "smallest":
        return min(values)
    if how == "largest":
        return max(values)
    if how == "smallest increase":
        return min(after - before for before, after in itertools.pairwise(values))
    if how == "ratio":
        return values[0] / values[1] if values[1] else float("nan")
    if how == "largest change":
        first, *others = values
        return max(abs(other / first - 1) for other in others) if first else float("nan")
    return values[0]
