"""The folder that a case run leaves."""

from __future__ import annotations

import json
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

import pandas as pd

from multiscale.cases import figures
from multiscale.cases.checkpoints import content_of
from multiscale.cases.comparison import compared
from multiscale.cases.electrode import ElectrodeRun
from multiscale.cases.electrode_summary import KEYS, TIMES, timing_table
from multiscale.cases.judging import judge
from multiscale.cases.page import write_page
from multiscale.cases.runs import CaseRun, problem_of
from multiscale.cases.schema import Case
from multiscale.cases.summary import curves, plain, summarise
from multiscale.errors import MultiscaleError
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
    judgements = judge(run)
    summary = plain(summarise(run, judgements))
    summary["faults"] = [one.problem for one in run.runs.values() if one.fault]
    summary["faults"] += [one.detail for one in judgements if one.fault]
    curves(run).to_csv(folder / "curves.csv", index=False, float_format="%.8g")
    files = netcdf_names(list(run.case.runs), main_first=run.case.is_electrode)
    places = file_names(run.case.runs, "variant")
    for name, results in run.results.items():
        results.to_netcdf(folder / files[name])
        if vtu:
            results.to_vtu(folder / "vtu" / places[name])
    _write_tables(run, folder, files)
    pictures = _write_figures(run, folder, summary)
    if animation and run.results:
        _animate(run, folder, pictures, summary)
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


def _write_tables(run: CaseRun, folder: Path, files: dict[str, str]) -> None:
    """Timings of every electrode run, and the comparison of the variants."""
    for name, one in run.runs.items():
        if isinstance(one, ElectrodeRun) and one.results is not None:
            table = _timings(one)
            path = folder / files[name].replace("run", "timings", 1).replace(".nc", ".csv")
            table.to_csv(path, index=False, float_format="%.8g")
    if run.case.comparison is not None:
        compared(run).to_csv(folder / "mechanisms.csv", float_format="%.6g")


def _timings(run: ElectrodeRun) -> pd.DataFrame:
    try:
        return timing_table(run)
    except MultiscaleError:  # no half-cycle was finished
        return pd.DataFrame(columns=[*KEYS, *TIMES])


def _write_figures(run: CaseRun, folder: Path, summary: dict[str, Any]) -> dict[str, Path]:
    """Name of each figure -> its file; one that cannot be drawn is recorded, not raised."""
    from multiscale import plotting

    written: dict[str, Path] = {}
    summary["not_drawn"] = {}
    places = file_names((spec.name for spec in run.case.figures), "figure")
    for spec in run.case.figures:
        if not figures.wanted(spec, run):
            continue
        path = folder / "figures" / f"{places[spec.name]}.png"
        try:
            figure = figures.make_figure(spec, run)
            path.parent.mkdir(exist_ok=True)
            written[spec.name] = Path(plotting.save(figure, path))
        except OSError:  # of the disk
            raise
        except Exception as error:
            _leave_out(spec.name, error, summary)
    return written


def _leave_out(name: str, error: Exception, summary: dict[str, Any]) -> None:
    """Note why a picture is missing; the run is not lost for it."""
    words, ours = problem_of(error, f"drawing {name!r}")
    summary["not_drawn"][name] = words
    if ours:
        summary["faults"].append(words)


def _animate(
    run: CaseRun, folder: Path, pictures: dict[str, Path], summary: dict[str, Any]
) -> None:
    from multiscale import plotting

    variant = run.case.animate
    if variant not in run.results:
        variant = next(iter(run.results))
    animate = plotting.animate_electrode if run.case.is_electrode else plotting.animate_field
    try:
        path = animate(run.results[variant], folder / "animation.gif")
        pictures["animation"] = Path(path)
    except OSError:  # of the disk
        raise
    except Exception as error:
        _leave_out("animation", error, summary)
