"""Parameter sets as text: one, several side by side, and one case run with each of them."""

from __future__ import annotations

import shutil
import textwrap
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pandas as pd

from multiscale.cases.checkpoints import Checkpoints
from multiscale.cases.comparison import compared
from multiscale.cases.kinds import SIMULATIONS
from multiscale.cases.output import write_files
from multiscale.cases.runner import NOWHERE, run_case
from multiscale.cases.runs import CaseRun
from multiscale.cases.schema import Case
from multiscale.folders import file_names
from multiscale.parameters import ParameterSet
from multiscale.parameters.sets import GRADES, number


def parameter_table(chosen: ParameterSet, width: int | None = None) -> str:
    """Name, value, grade and source of every entry of a set.

    Parameters
    ----------
    chosen : ParameterSet
    width : int, optional
        Columns of text; that of the terminal by default.

    Examples
    --------
    >>> from multiscale.parameters import load_set
    >>> print(parameter_table(load_set("Lun_NMC88"), width=90).splitlines()[0])
    Lun_NMC88: Single-crystal Ni88, aged particles with a rock-salt layer (Lun)
    """
    columns = width or max(shutil.get_terminal_size((100, 24)).columns, 60)
    lines = [f"{chosen.name}: {chosen.title}", f"Transport: {chosen.transport}", ""]
    for name, source in sorted(chosen.sources.items()):
        lines.append(f"{source.grade}  {name} = {entry_in_words(chosen, name)}")
        where = f"{source.citation}, {source.where}; {source.kind}: {source.method}"
        if source.valid_range is not None:
            low, high = source.valid_range
            where += f"; data from {low:g} to {high:g} {source.argument}"
        indent = " " * 5
        lines += textwrap.wrap(where, columns, initial_indent=indent, subsequent_indent=indent)
    lines += ["", *(f"{grade}: {meaning}" for grade, meaning in GRADES.items())]
    return "\n".join(lines)


def entry_in_words(chosen: ParameterSet, name: str) -> str:
    """A number, or which law it is.

    Examples
    --------
    >>> from multiscale.parameters import load_set
    >>> entry_in_words(load_set("Lun_NMC88"), "Upper voltage cut-off [V]")
    '4.3'
    """
    entry: Any = chosen.values[name]
    if callable(entry):
        return f"law {getattr(entry, '__name__', type(entry).__name__)}"
    value = number(chosen.values, name)
    return "derived from the geometry" if value is None else f"{value:g}"


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
    case = next(iter(runs.values())).case
    shown = SIMULATIONS[case.kind].shown
    table = pd.concat([compared(run).assign(set=name) for name, run in runs.items()])
    table = table.set_index("set").reindex(list(runs))
    in_words = [one.name for one in case.comparison.columns if one.words] if case.comparison else []
    rows = []
    for name, summary in summaries.items():
        (variant,) = summary["variants"].values()
        grades = [source.grade for source in sets[name].sources.values()]
        rows.append(
            {
                "set": sets[name].name,
                "title": sets[name].title,
                "transport": variant["transport"],
                "grades": ", ".join(f"{grades.count(g)} {g}" for g in "ABC"),
                **{head: variant.get(key) for head, key in shown.compared.items()},
                **dict(table.loc[name, in_words]),
                "outcome": variant["problem"] or "complete",
            }
        )
    _write_page(runs, sets, table, rows, folder)
    lines = [
        f"{row['set']:24} {row['transport']:14} entries graded {row['grades']}  {row['outcome']}"
        for row in rows
    ]
    return "\n".join(lines)


def _write_page(
    runs: Mapping[str, CaseRun],
    sets: Mapping[str, ParameterSet],
    compared: pd.DataFrame,
    rows: Sequence[Mapping[str, Any]],
    folder: Path,
) -> None:
    from multiscale import plotting, report

    case = next(iter(runs.values())).case
    shown = SIMULATIONS[case.kind].shown
    solved = {name: next(iter(r.results.values())) for name, r in runs.items() if r.results}
    figures = {"laws.png": (plotting.material_laws(sets), "Laws of the sets.")}
    if solved:
        figures["voltage.png"] = (plotting.voltage_current(solved), "Voltage and current.")
        asked = case.comparison
        if asked is not None:
            numbers = compared[list(asked.figure)].astype(float).round(3) + 0.0
            drawn = plotting.mechanism_table(numbers, coloured=asked.shaded)
            figures["outcomes.png"] = (drawn, asked.caption)
        for file, (function, caption) in shown.compared_figures.items():
            figures[file] = (getattr(plotting, function)(solved), caption)
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
