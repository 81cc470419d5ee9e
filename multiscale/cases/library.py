"""The cases of the package, by name."""

from __future__ import annotations

import importlib
from importlib import resources
from importlib.resources.abc import Traversable
from os import PathLike
from pathlib import Path

from multiscale.cases.reading import parse_case
from multiscale.cases.schema import Case
from multiscale.errors import CaseError, unknown_name

FILE = "case.toml"


def folder() -> Traversable:
    """Folder of the cases: installed, or that of the repository in a checkout."""
    try:
        importlib.import_module("multiscale.validation")
        return resources.files("multiscale.validation")
    except ModuleNotFoundError:
        return Path(__file__).parents[2] / "validation"


def list_cases() -> list[str]:
    """Names of the built-in cases, sorted.

    Examples
    --------
    >>> "xu2022_charge" in list_cases()
    True
    """
    return sorted(entry.name for entry in folder().iterdir() if (entry / FILE).is_file())


def load_case(case: str | PathLike[str]) -> Case:
    """A built-in case by name, or a case from a TOML file.

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
    if text.endswith(".toml") or isinstance(case, Path):
        path = Path(text).expanduser()
        if not path.is_file():
            raise CaseError(f"There is no case file {text}")
        name = path.parent.resolve().name if path.name == FILE else path.stem
        return parse_case(_decoded(path.read_bytes(), text), name, path.parent)
    names = list_cases()
    if text not in names:
        raise CaseError(unknown_name("case", text, names) + ". A file must end in .toml.")
    entry = folder() / text
    place = entry if isinstance(entry, Path) else None
    return parse_case(_decoded((entry / FILE).read_bytes(), text), text, place)


def _decoded(content: bytes, what: str) -> str:
    try:
        return content.decode("utf-8")
    except UnicodeDecodeError as error:
        raise CaseError(f"{what}: not a text file in UTF-8") from error
