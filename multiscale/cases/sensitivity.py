"""How each criterion of a case moves with each uncertain parameter."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from multiscale.cases.judging import REPRODUCED, judged
from multiscale.cases.kind import Outcome, Part
from multiscale.cases.kinds import KINDS
from multiscale.cases.pool import CPU_LIMIT_S, solve_parts
from multiscale.cases.schema import Case, Criterion, Uncertain
from multiscale.cases.suite import Tick, solve_part
from multiscale.errors import CaseError
from multiscale.folders import file_names
from multiscale.parameters import load_set

GRADES = "CBA"  # what is least known first
BASE = ("", "")


def sensitivity(
    case: Case,
    workers: int = 2,
    tick: Tick | None = None,
    cpu_limit_s: float = CPU_LIMIT_S,
) -> pd.DataFrame:
    """Change one uncertain parameter at a time and judge the case anew.

    Parameters
    ----------
    case : Case
        A simulation with a table ``sensitivity``.
    workers : int
        Processes at a time; 0 for this one.
    tick : function, optional
    cpu_limit_s : float
        As in ``run_suite``.

    Returns
    -------
    pandas.DataFrame
        One row per parameter, end of its range and criterion: parameter, grade, end (low, high),
        changed_to, reason, id, quantity, kind, wanted, base, value, margin_used (how much of the
        distance to the nearest limit the change takes up: 1 is at the limit, negative is further
        away from it), base_verdict, verdict, flipped.

    Raises
    ------
    CaseError
        If the case names no uncertain parameter.
    """
    if KINDS[case.kind].changed is None or not case.sensitivity.parameters:
        raise CaseError(f"{case.name} names no uncertain parameters: add a table 'sensitivity'")
    runs = dict(_runs(case))
    parts = [part for parts in runs.values() for part in parts]
    found: dict[int, Outcome] = {}  # by place in ``parts``; equal parts have equal outcomes
    for done, (part, result) in enumerate(solve_parts(parts, solve_part, workers, cpu_limit_s), 1):
        found[parts.index(part)] = result if isinstance(result, Outcome) else Outcome()
        if tick is not None:
            tick(part, result, done, len(parts))
    outcomes = {}
    for key, own in runs.items():
        outcomes[key] = Outcome()
        for part in own:
            outcomes[key].add(found[parts.index(part)])
    ranked = sorted(
        case.sensitivity.parameters, key=lambda one: GRADES.index(_grade(case, one.name))
    )
    rows = [
        row
        for one in ranked
        for end in ("low", "high")
        for row in _rows(case, one, end, outcomes[BASE], outcomes[one.name, end])
    ]
    return pd.DataFrame(rows)


def _runs(case: Case) -> Iterator[tuple[tuple[str, str], list[Part]]]:
    probed = case.sensitivity.variants or tuple(case.variants)
    yield BASE, [Part(case.source, case.name, (name,)) for name in probed]
    for one in case.sensitivity.parameters:
        for end in ("low", "high"):
            change = {one.name: getattr(one, end)}
            yield (
                (one.name, end),
                [Part(case.source, case.name, (name,), overrides=change) for name in probed],
            )


def _rows(
    case: Case, one: Uncertain, end: str, base: Outcome, changed: Outcome
) -> Iterator[dict[str, Any]]:
    for number, criterion in enumerate(case.criteria):
        before, after = _judged(number, criterion, base), _judged(number, criterion, changed)
        if before is None:
            continue
        value, verdict = after or (None, "not run")
        yield {
            "parameter": one.name,
            "grade": _grade(case, one.name),
            "end": end,
            "changed_to": in_words(getattr(one, end)),
            "reason": one.reason,
            "id": criterion.id,
            "quantity": criterion.quantity,
            "kind": criterion.kind,
            "wanted": criterion.wanted,
            "base": before[0],
            "value": value,
            "margin_used": margin_used(criterion, before[0], value),
            "base_verdict": before[1],
            "verdict": verdict,
            "flipped": verdict != before[1],
        }


def _judged(number: int, criterion: Criterion, outcome: Outcome) -> tuple[float, str] | None:
    values = {
        name: outcome.values[number, name]
        for name in criterion.variants
        if (number, name) in outcome.values
    }
    if len(values) < len(criterion.variants):
        return None
    judgement = judged(criterion, values)
    return (np.nan if judgement.value is None else judgement.value), judgement.verdict


def margin_used(criterion: Criterion, base: float, value: float | None) -> float:
    """Share of the distance of ``base`` from the nearest limit that a new value has used up.

    NaN if there is no value, or the base is outside its limits.
    """
    low, high = criterion.limits
    before = min(base - low, high - base)
    if value is None or not before > 0:
        return float("nan")
    return float(1 - min(value - low, high - value) / before)


def _grade(case: Case, name: str) -> str:
    run = next(iter(case.variants.values()))
    return str(load_set(run.parameters).sources[name].grade)


def in_words(change: Any) -> str:
    """An override in words.

    Examples
    --------
    >>> in_words({"factor": 0.5}), in_words(0.96)
    ('x 0.5', '0.96')
    """
    if not isinstance(change, Mapping):
        return f"{change:g}"
    ((how, what),) = change.items()
    return f"x {what:g}" if how == "factor" else f"{how.replace('_', ' ')} {what}"


def write_sensitivity(table: pd.DataFrame, case: Case, folder: Path) -> list[Path]:
    """Write ``sensitivity_CASE.csv`` and its picture."""
    from multiscale import plotting
    from multiscale.plotting.tables import sensitivity_table

    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"sensitivity_{file_names([case.name], 'case', also='_')[case.name]}.csv"
    table.to_csv(path, index=False, float_format="%.5g")
    figure = sensitivity_table(table)
    return [path, Path(plotting.save(figure, path.with_suffix(".png")))]


def store_sensitivity(table: pd.DataFrame, case: Case, place: Path) -> Path:
    """Keep the table beside the cases, for the page of the documentation."""
    path = place / "sensitivity" / f"{case.name}.csv"
    path.parent.mkdir(exist_ok=True)
    table.to_csv(path, index=False, float_format="%.4g")
    return path


def outcome(table: pd.DataFrame, files: Sequence[Path]) -> str:
    """What flips, and where the table is."""
    lines = [
        f"{row.id} ({row.kind}) {'holds' if row.verdict == REPRODUCED else row.verdict} with "
        f"{row.parameter} {row.changed_to}: {row.value:.4g} instead of {row.base:.4g}, wanted "
        f"{row.wanted}: {row.quantity}"
        for row in table[table["flipped"]].itertuples()
    ]
    flips = f"{len(lines)} of {len(table)} verdicts flip" + (":" if lines else "")
    return "\n".join([flips, *lines, *map(str, files)])
