"""The folder that a case run leaves."""

from __future__ import annotations

import json
from collections.abc import Callable
from contextlib import AbstractContextManager
from functools import partial
from pathlib import Path
from typing import Any

from multiscale.cases import figures
from multiscale.cases.checkpoints import content_of
from multiscale.cases.comparison import compared
from multiscale.cases.judging import judge
from multiscale.cases.page import write_page
from multiscale.cases.runs import CaseRun, problem_of
from multiscale.cases.schema import Case, FigureSpec
from multiscale.cases.shown import SHOWN
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
    shown = SHOWN[run.case.kind]
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
