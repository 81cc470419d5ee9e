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
from multiscale.text import decoded, read_bytes
from multiscale.toml_text import MOST_BYTES, parse_toml

FILE = "case.toml"


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


def kind_of(text: str) -> str:
    """The kind that a case file names; "" for a simulation, and for what is not TOML.

    Other kinds are for ``multiscale.suite``.
    """
    try:
        return str(parse_toml(text, "case", CaseError).get("kind", ""))
    except CaseError:
        return ""


def list_cases() -> list[str]:
    """Names of the built-in cases, sorted: simulations, which can be run.

    Examples
    --------
    >>> "xu2022_charge" in list_cases()
    True
    """
    return [name for name in list_folders() if not kind_of(read_folder(name)[0])]


def read_folder(name: str) -> tuple[str, Path | None]:
    """Text of the case file of a built-in folder, and the folder if it is one of the disk."""
    entry = folder() / name
    text = decoded((entry / FILE).read_bytes(), name, CaseError)
    return text, entry if isinstance(entry, Path) else None


def read_file(text: str) -> tuple[str, str, Path]:
    """Text of a case file, the name of its case, and its folder."""
    path = Path(text).expanduser()
    if not path.exists():
        raise CaseError(f"There is no case file {text}")
    name = path.parent.resolve().name if path.name == FILE else path.stem
    return decoded(read_bytes(path, CaseError, MOST_BYTES), text, CaseError), name, path.parent


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
        return parse_case(*read_file(text))
    names = list_cases()
    if text not in names:
        if text in list_folders():
            raise CaseError(f"{text} is not a simulation: it is judged by 'multiscale validate'")
        raise CaseError(unknown_name("case", text, names) + ". A file must end in .toml.")
    content, place = read_folder(text)
    return parse_case(content, text, place)
