"""Plain numbers of a solved case, for ``summary.json`` and the curves' table."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from multiscale.cases.comparison import compared, make_table, remarked
from multiscale.cases.judging import Judgement
from multiscale.cases.kinds import SIMULATIONS
from multiscale.cases.runs import CaseRun, VariantRun
from multiscale.cases.shown import Shown
from multiscale.report import versions

FORMAT = "multiscale case summary 1"
MOST_ROWS = 2000  # per run in the table of curves; run*.nc has every time


def summarise(run: CaseRun, judgements: list[Judgement]) -> dict[str, Any]:
    """Everything of a case run that is a number or a short text."""
    case, shown = run.case, SIMULATIONS[run.case.kind].shown
    variants = {name: variant_summary(one, shown) for name, one in run.runs.items()}
    for name, one in run.runs.items() if case.remarks else ():
        variants[name]["remarks"] = remarked(case, one)
    summary: dict[str, Any] = {
        "format": FORMAT,
        "case": case.name,
        "title": case.title,
        "description": case.description,
        "modified": case.modified,
        "interrupted": run.interrupted,
        "variants": variants,
        "not_solved": dict(run.failures),
        "criteria": [criterion_row(case.name, judgement) for judgement in judgements],
        "parameter_sets": parameter_sets(run),
        "wall_s": round(sum(r.setup_s + r.solve_s for r in run.runs.values()), 3),
        "versions": versions(),
    }
    if case.comparison is not None:
        rows = compared(run).iterrows()
        summary["mechanisms"] = [{"variant": name, **row} for name, row in rows]
    if case.tables and run.runs:
        summary["tables"] = {
            spec.name: make_table(spec, run, summary["criteria"]).to_dict("records")
            for spec in case.tables
        }
    if shown.on_top:
        summary["tuned"] = case.tuned
    if shown.on_top and run.runs:
        summary["main_variant"] = main = next(iter(run.runs))
        summary |= {key: variants[main].get(key) for key in shown.on_top}
    return summary


def variant_summary(run: VariantRun, shown: Shown) -> dict[str, Any]:
    """Key numbers of one run."""
    spec = run.prepared.spec
    steps = list(spec.experiment)
    for size in range(1, len(steps) // 2 + 1):  # a list that repeats itself is given once
        times = len(steps) // size
        if steps[:size] * times == steps:
            steps = [*steps[:size], f"the above {times} times"]
            break
    described = {
        "experiment": steps,
        "mesh": spec.body,
        "parameters": spec.parameters,
        "overrides": dict(spec.overrides),
        "transport": run.prepared.transport,
        "surface": spec.model.surface,
        "setup_s": round(run.setup_s, 3),
        "solve_s": round(run.solve_s, 3),
        "wall_s": round(run.setup_s + run.solve_s, 3),
        "unknowns": run.unknowns,
        "problem": run.problem,
        "notes": [*run.prepared.remarks, *run.notes, *shown.notes(run)],
    }
    return described | shown.numbers(run)


def criterion_row(case: str, judgement: Judgement) -> dict[str, Any]:
    """One row of ``criteria`` (and of ``validation.json``)."""
    criterion = judgement.criterion
    return {
        "case": case,
        "id": criterion.id,
        "quantity": criterion.quantity,
        "expected": criterion.expected,
        "tolerance": criterion.tolerance,
        "minimum": criterion.minimum,
        "maximum": criterion.maximum,
        "wanted": criterion.wanted,
        "value": judgement.value,
        "bound": judgement.bound,
        "unit": criterion.unit,
        "kind": criterion.kind,
        "control": criterion.control,
        "verdict": judgement.verdict,
        "variants": list(criterion.variants),
        "detail": judgement.detail,
        "source": criterion.source,
    }


def parameter_sets(run: CaseRun) -> dict[str, Any]:
    """Title and grade of every entry, for each set in use."""
    sets = {
        one.prepared.parameter_set.name: one.prepared.parameter_set for one in run.runs.values()
    }
    return {
        name: {
            "title": chosen.title,
            "grades": {entry: source.grade for entry, source in sorted(chosen.sources.items())},
        }
        for name, chosen in sets.items()
    }


def curves(run: CaseRun) -> pd.DataFrame:
    """Series of every run at its own times (thinned where there are many), one below the other."""
    tables = []
    for name, results in run.results.items():
        n = len(results.times)
        kept = np.unique(np.linspace(0, n - 1, min(n, MOST_ROWS)).astype(int))
        first = {"variant": name, "time_s": results.times[kept]}
        tables.append(pd.DataFrame(first | SIMULATIONS[run.case.kind].shown.curves(results, kept)))
    return pd.concat(tables, ignore_index=True) if tables else pd.DataFrame()


def plain(value: Any) -> Any:
    """The value with NumPy numbers and NaN replaced by what JSON can hold."""
    if isinstance(value, Mapping):
        return {str(key): plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [plain(item) for item in value]
    if isinstance(value, np.bool_):
        return bool(value)
    if isinstance(value, np.ndarray):
        return plain(value.tolist())
    if isinstance(value, np.integer):
        return int(value)
    if isinstance(value, float | np.floating):
        return float(value) if math.isfinite(value) else None
    return value
