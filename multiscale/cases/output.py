"""What a case run leaves: its folder, and lines in a terminal."""

from __future__ import annotations

import json
import textwrap
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from multiscale.cases import figures
from multiscale.cases.checkpoints import content_of
from multiscale.cases.comparison import compared, comparison_lines, in_words, remarked
from multiscale.cases.judging import judge
from multiscale.cases.kinds import SIMULATIONS
from multiscale.cases.page import write_page
from multiscale.cases.preparation import prepare_run
from multiscale.cases.runs import CaseRun, problem_of
from multiscale.cases.schema import Case, FigureSpec
from multiscale.cases.summary import curves, plain, summarise
from multiscale.folders import RUN, ResultFolder, file_names, result_folder

SUMMARY = "summary.json"


def case_folder(
    case: Case, folder: Path, overwrite: bool = False, resume: bool = False
) -> AbstractContextManager[ResultFolder]:
    """The folder for the results of a case, checked and held before anything is solved.

    Raises
    ------
    CaseError
        If it holds something else, the result of another or a changed case without
        ``overwrite``, or an unfinished run with neither ``overwrite`` nor ``resume``; if it
        cannot be written, has no room, or another process is at work there.
    """
    return result_folder(
        folder, RUN, of=case.name, content=content_of(case), overwrite=overwrite, resume=resume
    )


def write_case(
    run: CaseRun,
    folder: Path,
    animation: bool = True,
    vtu: bool = False,
    overwrite: bool = False,
) -> dict[str, Any]:
    """Write everything there is of a run; the folder is replaced whole, by a whole one.

    Parameters
    ----------
    run : CaseRun
        Complete or not.
    folder : Path
        Gets what :func:`write_files` writes; what else lies there stays.
    animation : bool
        Leave out the animation if False.
    vtu : bool
        Write the fields of every run for ParaView as well, into ``vtu/``.
    overwrite : bool
        Replace the result of another case, or of another state of this one.

    Returns
    -------
    dict
        What ``summary.json`` holds.

    Raises
    ------
    CaseError
        See :func:`case_folder`.
    """
    with case_folder(run.case, Path(folder), overwrite) as result:
        result.complete = not run.interrupted
        return write_files(run, result.new, animation=animation, vtu=vtu)


def write_files(
    run: CaseRun, folder: Path, animation: bool = True, vtu: bool = False
) -> dict[str, Any]:
    """Write the files of a run into a new folder; see :func:`write_case`.

    They are ``summary.json``, ``run*.nc`` (one file per variant, series and fields),
    ``curves.csv``, ``figures/*.png``, ``animation.gif`` and ``report.html``; of an electrode
    also ``timings*.csv``, and ``mechanisms.csv`` if variants are compared.
    """
    folder.mkdir(parents=True, exist_ok=True)
    shown = SIMULATIONS[run.case.kind].shown
    judgements = judge(run)
    summary = plain(summarise(run, judgements))
    summary["faults"] = [one.problem for one in run.runs.values() if one.fault]
    summary["faults"] += [one.detail for one in judgements if one.fault]
    curves(run).to_csv(folder / "curves.csv", index=False, float_format="%.8g")
    files = netcdf_names(list(run.case.runs), main_first=bool(shown.on_top))
    places = file_names(run.case.runs, "variant")
    for name, results in run.results.items():
        results.to_netcdf(folder / files[name])
        if vtu:
            results.to_vtu(folder / "vtu" / places[name])
        for what, table in shown.tables(run.runs[name]).items():
            file = files[name].replace("run", what, 1).replace(".nc", ".csv")
            table.to_csv(folder / file, index=False, float_format="%.8g")
    if run.case.comparison is not None:
        compared(run).to_csv(folder / "mechanisms.csv", float_format="%.6g")
    pictures = _draw(run, folder, shown.animate if animation and run.results else "", summary)
    text = json.dumps(summary, indent=2, ensure_ascii=False)
    (folder / SUMMARY).write_text(text + "\n", encoding="utf-8")
    write_page(run, summary, folder, pictures)
    return summary


def netcdf_names(variants: list[str], main_first: bool = False) -> dict[str, str]:
    """File of each variant: run.nc if there is one only, else named after the variant.

    With ``main_first`` the first variant has run.nc in any case.

    Examples
    --------
    >>> netcdf_names(["C/3", "1C"])
    {'C/3': 'run_C-3.nc', '1C': 'run_1C.nc'}
    >>> netcdf_names(["C/3", "1C"], main_first=True)
    {'C/3': 'run.nc', '1C': 'run_1C.nc'}
    """
    if main_first:
        first, *others = variants
        named = netcdf_names([first, *others]) if others else {}
        return named | {first: "run.nc"}
    if len(variants) == 1:
        return {variants[0]: "run.nc"}
    return {name: f"run_{text}.nc" for name, text in file_names(variants, "variant").items()}


def _draw(run: CaseRun, folder: Path, animate: str, summary: dict[str, Any]) -> dict[str, Path]:
    """Name of each figure, and "animation", -> its file.

    One that cannot be drawn is recorded, not raised: the run is not lost for it.
    """
    pictures: dict[str, Path] = {}
    summary["not_drawn"] = {}

    def attempt(name: str, draw: Callable[[], Any]) -> None:
        try:
            pictures[name] = Path(draw())
        except OSError:  # of the disk
            raise
        except Exception as error:
            words, ours = problem_of(error, f"drawing {name!r}")
            summary["not_drawn"][name] = words
            if ours:
                summary["faults"].append(words)

    places = file_names((spec.name for spec in run.case.figures), "figure")
    for spec in run.case.figures:
        if figures.wanted(spec, run):
            path = folder / "figures" / f"{places[spec.name]}.png"
            attempt(spec.name, partial(_save, spec, run, path))
    if animate:
        variant = run.case.animate
        results = run.results[variant if variant in run.results else next(iter(run.results))]
        moving = getattr(figures.plotting(), animate)
        attempt("animation", partial(moving, results, folder / "animation.gif"))
    return pictures


def _save(spec: FigureSpec, run: CaseRun, path: Path) -> Path:
    figure = figures.make_figure(spec, run)
    path.parent.mkdir(exist_ok=True)
    return Path(figures.plotting().save(figure, path))


# --- the terminal ---------------------------------------------------------------------

WIDTH = 100


def outcome(case: Case, summary: dict[str, Any], folder: Path) -> str:
    """The result of a case in a few lines."""
    lines = [f"{summary['case']}: {summary['title']}"]
    width = max((len(name) for name in summary["variants"]), default=0)
    shown = SIMULATIONS[case.kind].shown
    for name, run in summary["variants"].items():
        lines.append(
            f"  {name:{width}}  {shown.line(run)}, {run['unknowns']} unknowns, "
            f"{run['setup_s']:.2f} s set-up, {run['solve_s']:.2f} s solve"
        )
    if case.comparison is not None and summary["mechanisms"]:
        table = pd.DataFrame(summary["mechanisms"]).set_index("variant")
        table = table.replace({None: np.nan}).infer_objects()
        lines += [f"  {line}" for line in comparison_lines(table, case.comparison)]
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
        names = [f"{name} (slow)" if run.slow else name for name, run in case.runs.items()]
        usual = ", ".join(case.default_variants)
        lines.append(
            f"{indent}variants: {', '.join(names)}" + (f"; by default {usual}" if usual else "")
        )
    if case.tuned:
        spec = case.runs[case.usual[0]]
        values = remarked(case, prepare_run(spec).run())  # nothing is solved for a list
        words = " ".join([*(f"{text}." for text in _remarks(case, values)), case.tuned])
        lines += textwrap.wrap(words, WIDTH, initial_indent=indent, subsequent_indent=indent)
    return lines
