"""Parameter sets side by side, and one case run with each of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pandas as pd

from multiscale.cases.checkpoints import Checkpoints
from multiscale.cases.comparison import compared
from multiscale.cases.output import write_files
from multiscale.cases.parameter_table import entry_in_words
from multiscale.cases.runner import NOWHERE, run_case
from multiscale.cases.runs import CaseRun
from multiscale.cases.schema import Case
from multiscale.folders import file_names
from multiscale.parameters import ParameterSet


def comparison_table(sets: Mapping[str, ParameterSet]) -> pd.DataFrame:
    """Value and grade of every entry, a column of each per set; the entries differing first.

    Examples
    --------
    >>> from multiscale.parameters import load_set
    >>> list(comparison_table({"Xu2022_NMC88": load_set("Xu2022_NMC88")}).columns)
    ['Xu2022_NMC88', 'Xu2022_NMC88 grade']
    """
    held = ((name, v) for chosen in sets.values() for name, v in chosen.values.items())
    entries = sorted({name for name, value in held if not isinstance(value, list | str)})
    rows = {}
    for entry in entries:
        row: dict[str, str] = {}
        for label, chosen in sets.items():
            present = entry in chosen.values
            source = chosen.sources.get(entry)
            row[label] = entry_in_words(chosen, entry) if present else "–"
            row[f"{label} grade"] = source.grade if present and source else "–"
        rows[entry] = row
    return pd.DataFrame.from_dict(rows, orient="index").rename_axis("parameter")


def comparison_text(sets: Mapping[str, ParameterSet]) -> str:
    """The table for a terminal: sets numbered, one line per entry of those with a source.

    Examples
    --------
    >>> from multiscale.parameters import load_set
    >>> print(comparison_text({"Lun_NMC88": load_set("Lun_NMC88")}).splitlines()[0])
    1: Lun_NMC88: Single-crystal Ni88, aged particles with a rock-salt layer (Lun); \
transport thermodynamic
    """
    table = comparison_table(sets)
    lines = [
        f"{i}: {label}: {chosen.title}; transport {chosen.transport}"
        for i, (label, chosen) in enumerate(sets.items(), start=1)
    ]
    sourced = [name for name in table.index if any(name in s.sources for s in sets.values())]
    cells = {
        name: [f"{table.at[name, f'{label} grade']} {table.at[name, label]}" for label in sets]
        for name in sourced
    }
    widths = [max(len(row[i]) for row in cells.values()) for i in range(len(sets))]
    first = max(map(len, cells))
    head = [f"{i}".ljust(width) for i, width in enumerate(widths, start=1)]
    lines += ["", "  ".join([" " * first, *head]).rstrip()]
    for name, row in cells.items():
        padded = [cell.ljust(width) for cell, width in zip(row, widths, strict=True)]
        lines.append("  ".join([name.ljust(first), *padded]).rstrip())
    return "\n".join(lines)


def run_with_sets(
    case: Case, sets: Sequence[str], kept: Checkpoints = NOWHERE
) -> dict[str, CaseRun]:
    """The case run with each set, by the name of the set.

    Raises
    ------
    KeyboardInterrupt
        If the user interrupts one of the runs: sets that were not run cannot be compared.
    """
    runs = {}
    for name in sets:
        run = run_case(case.with_parameters(name), kept=kept)
        if run.interrupted:
            raise KeyboardInterrupt
        runs[Path(name).stem if name.endswith(".toml") else name] = run
    return runs


def write_comparison(runs: Mapping[str, CaseRun], folder: Path) -> str:
    """Write a folder per set, the figures of all and a report into a new folder.

    Returns
    -------
    str
        A few lines on it.
    """
    places = file_names(runs, "set", also="_")
    sets = {
        name: next(iter(run.runs.values())).prepared.parameter_set for name, run in runs.items()
    }
    comparison_table(sets).to_csv(folder / "entries.csv")
    summaries = {
        name: write_files(run, folder / places[name], animation=False) for name, run in runs.items()
    }
    outcomes = _electrode_outcomes(runs) if _of_electrode(runs) else _particle_outcomes(summaries)
    rows = [_row(sets[name], summary, outcomes[name]) for name, summary in summaries.items()]
    _write_page(runs, sets, rows, folder)
    lines = [
        f"{row['set']:24} {row['transport']:14} entries graded {row['grades']}  {row['outcome']}"
        for row in rows
    ]
    return "\n".join(lines)


def _row(
    chosen: ParameterSet, summary: Mapping[str, Any], outcome: Mapping[str, Any]
) -> dict[str, Any]:
    (variant,) = summary["variants"].values()
    grades = [source.grade for source in chosen.sources.values()]
    return {
        "set": chosen.name,
        "title": chosen.title,
        "transport": variant["transport"],
        "grades": ", ".join(f"{grades.count(g)} {g}" for g in "ABC"),
        **outcome,
        "outcome": variant["problem"] or "complete",
    }


def _of_electrode(runs: Mapping[str, CaseRun]) -> bool:
    return next(iter(runs.values())).case.is_electrode


def _particle_outcomes(summaries: Mapping[str, Mapping[str, Any]]) -> dict[str, dict[str, Any]]:
    """Key figures of each set, as in its summary."""
    keys = {"final voltage [V]": "final_voltage_V", "peak heterogeneity": "peak_heterogeneity"}
    outcomes = {}
    for name, summary in summaries.items():
        (variant,) = summary["variants"].values()
        outcomes[name] = {head: variant.get(key) for head, key in keys.items()}
    return outcomes


def _electrode_outcomes(runs: Mapping[str, CaseRun]) -> dict[str, dict[str, Any]]:
    """How the particles of each set agreed, in words; the numbers are in the figure."""
    table, asked = _compared(runs), next(iter(runs.values())).case.comparison
    in_words = [column.name for column in asked.columns if column.words] if asked else []
    return {name: dict(table.loc[name, in_words]) for name in runs}


def _compared(runs: Mapping[str, CaseRun]) -> pd.DataFrame:
    """The comparison of the variants with sets in their place."""
    rows = [compared(run).assign(set=name) for name, run in runs.items()]
    return pd.concat(rows).set_index("set").reindex(list(runs))


def _write_page(
    runs: Mapping[str, CaseRun],
    sets: Mapping[str, ParameterSet],
    rows: Sequence[Mapping[str, Any]],
    folder: Path,
) -> None:
    from multiscale import plotting, report

    case = next(iter(runs.values())).case
    solved = {name: next(iter(r.results.values())) for name, r in runs.items() if r.results}
    figures = {"laws.png": (plotting.material_laws(sets), "Laws of the sets.")}
    if solved:
        figures["voltage.png"] = (plotting.voltage_current(solved), "Voltage and current.")
    if solved and (asked := case.comparison) is not None:
        table = _compared(runs)[list(asked.figure)].astype(float).round(3) + 0.0
        drawn = plotting.mechanism_table(table, coloured=asked.shaded)
        figures["outcomes.png"] = (drawn, asked.caption)
    if solved and not case.is_electrode:
        curves = plotting.heterogeneity_curves(solved)
        figures["heterogeneity.png"] = (curves, "Centre minus edge.")
    blocks = [
        report.Figure(plotting.save(figure, folder / name), caption)
        for name, (figure, caption) in figures.items()
    ]
    table = report.Table(list(rows[0]), [list(row.values()) for row in rows])
    sections = [report.Section("Sets", [table]), report.Section("Figures", blocks)]
    sections += [
        report.Section(f"Parameters: {name}", [report.parameters(chosen)], folded=True)
        for name, chosen in sets.items()
    ]
    warnings = [f"{name}: {row['outcome']}" for name, row in zip(runs, rows, strict=True)]
    report.write_report(
        folder,
        report.Page(
            title=f"{case.title}: {', '.join(sets)}",
            description=case.description,
            sections=sections,
            warnings=[text for text in warnings if not text.endswith(": complete")],
        ),
    )
