"""A case and its outcome as text for a terminal."""

from __future__ import annotations

import textwrap
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from multiscale.cases.comparison import comparison_lines, in_words, remarked
from multiscale.cases.electrode import ElectrodeRun
from multiscale.cases.preparation import prepare_run
from multiscale.cases.runs import VariantRun
from multiscale.cases.schema import Case
from multiscale.cases.shown import SHOWN

WIDTH = 100


def outcome(case: Case, summary: dict[str, Any], folder: Path) -> str:
    """The result of a case in a few lines."""
    lines = [f"{summary['case']}: {summary['title']}"]
    width = max((len(name) for name in summary["variants"]), default=0)
    for name, run in summary["variants"].items():
        lines.append(
            f"  {name:{width}}  {SHOWN[case.kind].line(run)}, {run['unknowns']} unknowns, "
            f"{run['setup_s']:.2f} s set-up, {run['solve_s']:.2f} s solve"
        )
    lines += _compared(case, summary)
    main = summary["variants"].get(summary.get("main_variant", next(iter(summary["variants"]), "")))
    for text in _remarks(case, (main or {}).get("remarks", {})):
        lines += _wrapped(text)
    lines += _wrapped(summary.get("tuned", ""))
    notes = [note for run in summary["variants"].values() for note in run["notes"]]
    lines += [f"  note: {note}" for note in dict.fromkeys(notes)]
    judged = [row for row in summary["criteria"] if row["verdict"] != "not run"]
    lines += [_verdict(row) for row in judged]
    if left := len(summary["criteria"]) - len(judged):
        lines.append(f"  not run         {left} criteria: their runs were not chosen or not solved")
    last = "summary.json" if not (folder / "report.html").is_file() else "report.html"
    return "\n".join([*lines, f"Written to {folder}; start with {folder / last}"])


def _compared(case: Case, summary: dict[str, Any]) -> list[str]:
    """The variants side by side, if the case compares them."""
    if case.comparison is None or not summary["mechanisms"]:
        return []
    table = pd.DataFrame(summary["mechanisms"]).set_index("variant")
    table = table.replace({None: np.nan}).infer_objects()
    return [f"  {line}" for line in comparison_lines(table, case.comparison)]


def _remarks(case: Case, values: Mapping[str, Any]) -> list[str]:
    """Name, value and meaning of every remark that has a value."""
    shown = [(one, in_words(one, values.get(one.name))) for one in case.remarks]
    return [f"{one.name} = {value}: {one.meaning}" for one, value in shown if value]


def _wrapped(text: str) -> list[str]:
    return textwrap.wrap(text, WIDTH, initial_indent="  ", subsequent_indent="  ")


def _verdict(row: dict[str, Any]) -> str:
    value = "no value" if row["value"] is None else f"{row['bound']} {row['value']:.4g}".strip()
    unit = f" {row['unit']}" if row["unit"] else ""
    kind = "" if row["kind"] == "hard" else " (reported)"
    return (
        f"  {row['verdict']:14}  {row['id']}: {row['quantity']}: {value}{unit}, "
        f"expected {row['wanted']}{kind}"
    )


def case_lines(case: Case, width: int) -> list[str]:
    """A case of the list: title, variants, and what was tuned with its value."""
    lines = [f"{case.name:{width}}  {case.title}"]
    indent = " " * (width + 4)
    if len(case.runs) > 1:
        lines.append(f"{indent}variants: {_marked(case)}")
    if case.tuned:
        spec = case.runs[case.usual[0]]
        kind = VariantRun if spec.geometry is None else ElectrodeRun
        values = remarked(case, kind(prepare_run(spec)))  # nothing is solved for a list
        words = " ".join([*(f"{text}." for text in _remarks(case, values)), case.tuned])
        lines += textwrap.wrap(words, WIDTH, initial_indent=indent, subsequent_indent=indent)
    return lines


def _marked(case: Case) -> str:
    """Names of the variants; slow ones say so, and those that run by default if not all do."""
    names = [f"{name} (slow)" if run.slow else name for name, run in case.runs.items()]
    if case.default_variants:
        return f"{', '.join(names)}; by default {', '.join(case.default_variants)}"
    return ", ".join(names)
