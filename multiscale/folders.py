"""Folders for results: what is already there is not mixed with what comes."""

from __future__ import annotations

from pathlib import Path

from multiscale.errors import MultiscaleError


def check_free(folder: Path, what: str, ours: bool, error: type[MultiscaleError]) -> None:
    """Raise unless the folder is new, empty, or holds an earlier result of the same kind.

    Parameters
    ----------
    folder : Path
    what : str
        The kind of result, for the message.
    ours : bool
        Whether what the folder holds is of that kind.
    error : type
        What is raised.

    Examples
    --------
    >>> check_free(Path("new"), "comparison", False, MultiscaleError)
    """
    if folder.is_file():
        raise error(f"{folder} is a file; choose another folder with --out")
    if folder.is_dir() and any(folder.iterdir()) and not ours:
        raise error(
            f"{folder} holds something else than an earlier {what}; choose another with --out"
        )
