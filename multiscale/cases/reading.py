"""Cases by name, from files and from data packages; one reader for every kind."""

from __future__ import annotations

import importlib
from collections.abc import Mapping
from functools import partial
from importlib import resources
from importlib.resources.abc import Traversable
from os import PathLike
from pathlib import Path
from typing import Any

from multiscale.cases import figures
from multiscale.cases.comparison import NECK, STANDARD, check_table
from multiscale.cases.kinds import NAMED, SIMULATIONS
from multiscale.cases.package import PARAMETERS, is_package, package_tables
from multiscale.cases.runs import half_cycle_plan
from multiscale.cases.schema import TABLES, Case, Criterion, FigureSpec, Reading, RunSpec, merged
from multiscale.cases.tables import check_keys, read_table
from multiscale.errors import CaseError, is_one_of, unknown_name
from multiscale.limits import short
from multiscale.text import MOST_BYTES, decoded, parse_toml, read_bytes

FILE = "case.toml"
DEFAULT = "default"
OF_SIMULATIONS = ("default_variants", "figures", "animate", "remarks", "comparison", "tables")


# --- names and files -------------------------------------------------------------------------


def folder() -> Traversable:
    """Folder of the cases: installed, or that of the repository in a checkout."""
    try:
        importlib.import_module("multiscale.validation")
        return resources.files("multiscale.validation")
    except ModuleNotFoundError:
        return Path(__file__).parents[2] / "validation"


def list_folders() -> list[str]:
    """Names of the folders that hold a case of any kind, sorted."""
    return sorted(entry.name for entry in folder().iterdir() if (entry / FILE).is_file())


def read_folder(name: str) -> tuple[str, Path | None]:
    """Text of the case file of a built-in folder, and the folder if it is one of the disk."""
    entry = folder() / name
    text = decoded((entry / FILE).read_bytes(), name, CaseError)
    return text, entry if isinstance(entry, Path) else None


def list_cases() -> list[str]:
    """Names of the built-in cases, sorted: simulations, which can be run.

    Examples
    --------
    >>> "xu2022_charge" in list_cases()
    True
    """
    tables = {name: parse_toml(read_folder(name)[0], name, CaseError) for name in list_folders()}
    return [name for name, raw in tables.items() if "kind" not in raw]


def list_suite() -> list[str]:
    """Names of the built-in cases that have criteria, of every kind.

    Examples
    --------
    >>> {"xu2022_charge", "exact_solutions"} <= set(list_suite())
    True
    """
    return [name for name in list_folders() if "[[criteria]]" in read_folder(name)[0]]


def load_case(case: str | PathLike[str]) -> Case[RunSpec]:
    """A simulation by name, or from a TOML file.

    Parameters
    ----------
    case : str or path
        A name of :func:`list_cases`, or the path of a file that ends in ``.toml``.

    Returns
    -------
    Case
        Checked, but for what the mesh and the parameter set themselves have to say.

    Raises
    ------
    CaseError
        If there is no such case or file, or its file cannot be used.

    Examples
    --------
    >>> load_case("xu2022_charge").title
    'Start of charge: the rim loses lithium first'
    """
    text = str(case)
    if isinstance(case, Path) or text.endswith(".toml"):
        found = _from_file(text)
    elif text in list_folders():
        found = _from_folder(text)
    else:
        raise CaseError(unknown_name("case", text, list_cases()) + ". A file must end in .toml.")
    if found.kind not in SIMULATIONS:
        raise CaseError(f"{text} is not a simulation: it is judged by 'multiscale validate'")
    return found


def load_suite_case(case: str | PathLike[str]) -> Case:
    """A case of any kind: a name of :func:`list_suite`, a file that ends in ``.toml``, or the
    folder of a data package.

    Raises
    ------
    CaseError
        If there is no such case, its file cannot be used, or nothing judges it.

    Examples
    --------
    >>> load_suite_case("exact_solutions").kind
    'exact solution'
    """
    source = str(case)
    if is_package(source):
        raw, name, place = package_tables(source)
        chosen = source.partition(PARAMETERS)[1:]
        return read_case(raw, name, place, "".join((str(place), *chosen)))
    if source.endswith(".toml"):
        found = _from_file(source)
    elif source in list_folders():
        found = _from_folder(source)
    else:
        names = list_folders()
        raise CaseError(unknown_name("case", source, names) + ". A file must end in .toml.")
    if not found.criteria:
        raise CaseError(f"{found.name} has no criteria: there is nothing to judge")
    return found


def _from_folder(name: str) -> Case:
    text, place = read_folder(name)
    return parse_case(text, name, place, name)


def _from_file(text: str) -> Case:
    path = Path(text).expanduser()
    if not path.exists():
        raise CaseError(f"There is no case file {text}")
    name = path.parent.resolve().name if path.name == FILE else path.stem
    content = decoded(read_bytes(path, CaseError, MOST_BYTES), text, CaseError)
    return parse_case(content, name, path.parent, str(path.resolve()))


# --- from text to a case ---------------------------------------------------------------------


def parse_case(text: str, name: str, folder: Path | None = None, source: str = "") -> Case:
    """A case of any kind from the text of its file.

    Parameters
    ----------
    text : str
        TOML.
    name : str
        For messages and folders.
    folder : Path, optional
        Files that it names are relative to it.
    source : str
        What loads it again; its name by default.

    Returns
    -------
    Case

    Raises
    ------
    CaseError
        For text that is not TOML, and for any key, type, variant, figure, measure or argument
        that is unknown or does not fit; the message names it, and the nearest valid one.
    """
    return read_case(parse_toml(text, name, CaseError), name, folder, source or name)


def read_case(raw: Mapping[str, Any], name: str, folder: Path | None, source: str) -> Case:
    """A case from its tables; see :func:`parse_case`."""
    own, silent = dict(raw), tuple[str, ...]()
    if "kind" in raw:
        if not is_one_of(raw["kind"], NAMED):
            raise CaseError(f"{name}: {unknown_name('kind of case', raw['kind'], NAMED)}")
        kind = NAMED[raw["kind"]]
        _check(raw, [key for key in Case.file_keys() if key not in OF_SIMULATIONS], name)
    else:
        of_runs = RunSpec.file_keys()
        _check(raw, [*(key for key in Case.file_keys() if key != "kind"), *of_runs], name)
        base = {key: own.pop(key) for key in of_runs if key in own}
        variants = raw.get("variants", {})
        for key, table in {**base, "variants": variants}.items():  # also where no variant takes it
            if key in (*TABLES, "variants") and not isinstance(table, Mapping):
                raise CaseError(f"{name}: {key!r} must be a table, not {short(table)}")
        for variant, changes in variants.items():
            if isinstance(changes, Mapping):
                _check(changes, of_runs, f"{name}, variant {variant!r}")
        runs = {variant: merged(base, changes) for variant, changes in variants.items()}
        if not runs:
            runs, silent = {DEFAULT: base}, ("variants", DEFAULT)
        electrodes = {"geometry" in run for run in runs.values() if isinstance(run, Mapping)}
        if len(electrodes) > 1:
            raise CaseError(f"{name}: its variants are all single particles or all electrodes")
        kind = SIMULATIONS["electrode" if True in electrodes else "particle"]
        own["variants"] = {
            variant: {**run, "name": variant} if isinstance(run, Mapping) else run
            for variant, run in runs.items()
        }
    variants, criteria = own.get("variants"), own.get("criteria")
    if isinstance(variants, Mapping) and len(variants) == 1 and isinstance(criteria, list):
        only = {"variant": next(iter(variants))}  # need not be named
        own["criteria"] = [
            {**only, **one} if isinstance(one, Mapping) and "variants" not in one else one
            for one in criteria
        ]
    checks = partial(figures.check_arguments, of=kind.name), check_table
    about = Reading(folder, kind.observables, *checks, load_case)
    own |= {"kind": kind.name, "name": name, "source": source}
    read = vars(read_table(Case[kind.variant], own, name, about, silent))  # type: ignore[name-defined]
    if kind.name == "electrode":
        read |= {"remarks": read["remarks"] or NECK, "comparison": read["comparison"] or STANDARD}
    case: Case = Case.model_construct(**read)  # plain, so that it can be pickled
    if kind.name in SIMULATIONS:
        _check_reach(case)
    return case


def _check(raw: Mapping[str, Any], keys: list[str], where: str) -> None:
    try:
        check_keys(raw, keys)
    except CaseError as error:
        raise CaseError(f"{where}: {error}") from error


def _check_reach(case: Case[RunSpec]) -> None:
    """Refuse a step or half-cycle that a variant does not have, before it is solved."""
    asked: dict[str, FigureSpec | Criterion] = {
        f"figures no. {i}": one for i, one in enumerate(case.figures, 1)
    }
    asked |= {f"criteria no. {i} ({one.id})": one for i, one in enumerate(case.criteria, 1)}
    for where, one in asked.items():
        for variant in one.variants or case.runs:
            run = case.runs[variant]
            counts = {"step": len(run.experiment), "half_cycle": len(half_cycle_plan(run))}
            for key, count in counts.items():
                number = one.arguments.get(key)
                if isinstance(number, int) and not -count <= number < count:
                    raise CaseError(
                        f"{case.name}, {where}: {key!r} is {short(number)}; the variant "
                        f"{variant!r} has {count}, counted from 0"
                    )
