"""The folder that a case run leaves."""

from __future__ import annotations

import json
import re
import shutil
from pathlib import Path
from typing import Any

import pandas as pd

from multiscale.cases import figures
from multiscale.cases.electrode_run import ElectrodeRun
from multiscale.cases.electrode_summary import KEYS, TIMES, timing_table
from multiscale.cases.measures import judge
from multiscale.cases.mechanisms import mechanisms
from multiscale.cases.page import write_page
from multiscale.cases.runs import CaseRun
from multiscale.cases.summary import curves, plain, summarise
from multiscale.errors import CaseError, MultiscaleError

SUMMARY = "summary.json"
_WRITTEN = (
    *("run.nc", "run_*.nc", "timings.csv", "timings_*.csv", "mechanisms.csv", "curves.csv"),
    *("animation.gif", "report.html", SUMMARY),
)


_NOT_DRAWN = (MultiscaleError, NotImplementedError)


def check_folder(folder: Path, case: str) -> None:
    """``CaseError`` unless the folder is new, empty, or holds an earlier run of the same case."""
    if not folder.exists():
        return
    if not folder.is_dir():
        raise CaseError(f"{folder} is a file; choose another folder with --out")
    if not any(folder.iterdir()):
        return
    if _owner(folder) != case:
        raise CaseError(
            f"{folder} holds something else than an earlier run of {case}; choose another "
            "folder with --out"
        )


def _owner(folder: Path) -> str | None:
    try:
        return json.loads((folder / SUMMARY).read_text(encoding="utf-8")).get("case")
    except (OSError, ValueError, AttributeError):
        return None


def write_case(
    run: CaseRun, folder: Path, animation: bool = True, vtu: bool = False
) -> dict[str, Any]:
    """Write everything there is of a run; an earlier run of the same case is replaced.

    Parameters
    ----------
    run : CaseRun
        Complete or not.
    folder : Path
        Gets ``summary.json``, ``run*.nc`` (one file per variant, series and fields),
        ``curves.csv``, ``figures/*.png``, ``animation.gif`` and ``report.html``; of an electrode
        also ``timings*.csv`` and ``mechanisms.csv``.
    animation : bool
        Leave out the animation if False.
    vtu : bool
        Write the fields of every run for ParaView as well, into ``vtu/``.

    Returns
    -------
    dict
        What ``summary.json`` holds.

    Raises
    ------
    CaseError
        If the folder holds something else.
    """
    check_folder(folder, run.case.name)
    _clear(folder)
    folder.mkdir(parents=True, exist_ok=True)
    judgements = judge(run)
    summary = plain(summarise(run, judgements))
    # first of all: it marks the folder as ours, and holds the numbers if a picture fails
    _write_summary(folder, summary)
    curves(run).to_csv(folder / "curves.csv", index=False, float_format="%.8g")
    files = netcdf_names(list(run.case.runs), main_first=run.case.is_electrode)
    for name, results in run.results.items():
        results.to_netcdf(folder / files[name])
        if vtu:
            results.to_vtu(folder / "vtu" / slug(name))
    _write_tables(run, folder, files)
    pictures = _write_figures(run, folder, summary)
    if animation and run.results:
        _animate(run, folder, pictures, summary)
    _write_summary(folder, summary)
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
    slugs = [slug(name) for name in variants]
    alike = {text for text in slugs if slugs.count(text) > 1}
    return {
        name: f"run_{text}_{i}.nc" if text in alike else f"run_{text}.nc"
        for i, (name, text) in enumerate(zip(variants, slugs, strict=True), start=1)
    }


def slug(text: str) -> str:
    """A file name out of any words.

    Examples
    --------
    >>> slug("C/3, gamma 0.5")
    'C-3-gamma-0.5'
    """
    return re.sub(r"[^A-Za-z0-9.]+", "-", text).strip("-.") or "variant"


def _clear(folder: Path) -> None:
    """Remove what an earlier run wrote, and nothing else."""
    if not folder.is_dir():
        return
    for pattern in _WRITTEN:
        for path in folder.glob(pattern):
            path.unlink()
    for name in ("figures", "vtu"):
        shutil.rmtree(folder / name, ignore_errors=True)


def _write_tables(run: CaseRun, folder: Path, files: dict[str, str]) -> None:
    """Timings of every electrode run, and the table of mechanisms."""
    for name, one in run.runs.items():
        if isinstance(one, ElectrodeRun) and one.results is not None:
            table = _timings(one)
            path = folder / files[name].replace("run", "timings", 1).replace(".nc", ".csv")
            table.to_csv(path, index=False, float_format="%.8g")
    if run.case.is_electrode:
        mechanisms(run).to_csv(folder / "mechanisms.csv", float_format="%.6g")


def _timings(run: ElectrodeRun) -> pd.DataFrame:
    try:
        return timing_table(run)
    except MultiscaleError:  # no half-cycle was finished
        return pd.DataFrame(columns=[*KEYS, *TIMES])


def _write_summary(folder: Path, summary: dict[str, Any]) -> None:
    text = json.dumps(summary, indent=2, ensure_ascii=False)
    (folder / SUMMARY).write_text(text + "\n", encoding="utf-8")


def _write_figures(run: CaseRun, folder: Path, summary: dict[str, Any]) -> dict[str, Path]:
    """Name of each figure -> its file; one that cannot be drawn is recorded, not raised."""
    from multiscale import plotting

    written: dict[str, Path] = {}
    summary["not_drawn"] = {}
    for spec in run.case.figures:
        if not figures.wanted(spec, run):
            continue
        path = folder / "figures" / f"{slug(spec.name)}.png"
        try:
            figure = figures.make_figure(spec, run)
            path.parent.mkdir(exist_ok=True)
            written[spec.name] = Path(plotting.save(figure, path))
        except _NOT_DRAWN as error:
            summary["not_drawn"][spec.name] = str(error) or "cannot be drawn yet"
    return written


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
    except _NOT_DRAWN as error:
        summary["not_drawn"]["animation"] = str(error) or "cannot be drawn yet"
