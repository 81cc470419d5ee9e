"""The cases of the suite, by name or from a file."""

from __future__ import annotations

from os import PathLike
from pathlib import Path
from typing import Any

from multiscale.cases.criteria_reading import JUDGING_KEYS, Judging, read_judging
from multiscale.cases.kinds import NAMED
from multiscale.cases.library import kind_of, list_folders, read_file, read_folder
from multiscale.cases.package_case import PARAMETERS, is_package, package_tables
from multiscale.cases.reading import parse_case
from multiscale.cases.tables import check_keys, choose, take
from multiscale.cases.validation_schema import SuiteCase
from multiscale.errors import CaseError, unknown_name
from multiscale.toml_text import parse_toml

_KEYS = ("kind", "title", "description", "tuned", "variants", *JUDGING_KEYS)


def list_suite() -> list[str]:
    """Names of the built-in cases that have criteria, of every kind.

    Examples
    --------
    >>> {"xu2022_charge", "exact_solutions"} <= set(list_suite())
    True
    """
    return [name for name in list_folders() if "[[criteria]]" in read_folder(name)[0]]


def load_suite_case(case: str | PathLike[str]) -> SuiteCase:
    """A case of any kind: a name of :func:`list_suite`, a file that ends in ``.toml``, or the
    folder of a data package.

    Raises
    ------
    CaseError
        If there is no such case, or its file cannot be used.

    Examples
    --------
    >>> load_suite_case("exact_solutions").kind
    'exact solution'
    """
    source = str(case)
    if is_package(source):
        raw, name, folder = package_tables(source)
        chosen = source.partition(PARAMETERS)[1:]
        return _read_other(raw, name, "".join((str(folder), *chosen)), folder)
    if source.endswith(".toml"):
        text, name, folder = read_file(source)
        return _read(text, name, str(Path(source).expanduser().resolve()), folder)
    names = list_folders()
    if source not in names:
        raise CaseError(unknown_name("case", source, names) + ". A file must end in .toml.")
    content, place = read_folder(source)
    return _read(content, source, source, place)


def _read(text: str, name: str, source: str, folder: Path | None) -> SuiteCase:
    if not kind_of(text):
        case = _read_simulation(text, name, source, folder)
    else:
        case = _read_other(parse_toml(text, name, CaseError), name, source, folder)
    if not case.criteria:
        raise CaseError(f"{name} has no criteria: there is nothing to judge")
    return case


def _read_simulation(text: str, name: str, source: str, folder: Path | None) -> SuiteCase:
    """A simulated case as one of the suite; a variant is a case with a single run."""
    case = parse_case(text, name, folder)
    return SuiteCase(
        name=name,
        title=case.title,
        description=case.description,
        kind=case.kind,
        source=source,
        variants={variant: case.only([variant]) for variant in case.runs},
        tuned=case.tuned,
        **{key: getattr(case, key) for key in Judging.__dataclass_fields__},
    )


def _read_other(raw: dict[str, Any], name: str, source: str, folder: Path | None) -> SuiteCase:
    check_keys(raw, _KEYS, name)
    kind = NAMED[choose(take(raw, "kind", str, name), NAMED, "kind of case", name)]
    tables = take(raw, "variants", dict, name, ...)
    variants = {
        variant: kind.read(table, folder, f"{name}, variant {variant!r}")
        for variant, table in tables.items()
    }
    return SuiteCase(
        name=name,
        title=take(raw, "title", str, name, ...),
        description=take(raw, "description", str, name, ...).strip(),
        kind=kind.name,
        source=source,
        variants=variants,
        tuned=" ".join(take(raw, "tuned", str, name, "").split()),
        **vars(read_judging(raw, list(variants), kind.measures, name)),
    )
