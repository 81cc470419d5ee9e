"""The commands of ``multiscale``: arguments, calls, words; nothing is computed here."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import Any

from multiscale.folders import ResultFolder, fingerprint

# options that do not change what comes out
_SILENT = (
    *("command", "out", "overwrite", "resume", "quiet", "progress", "debug", "workers"),
    *("data", "compare", "renew_reference", "allow_known", "cpu_limit"),
)


def add_overwrite(parser: Any) -> None:
    """The option of every command that leaves results."""
    parser.add_argument(
        "--overwrite",
        action="store_true",
        help="replace an earlier result of other input or with other options",
    )


def content_of(options: argparse.Namespace, *more: Any) -> str:
    """Fingerprint of the options of a command and of the files that they name.

    Parameters
    ----------
    options : argparse.Namespace
    *more
        What else decides the result.
    """
    return fingerprint(
        {name: _named(value) for name, value in vars(options).items() if name not in _SILENT},
        list(more),
    )


def _named(value: Any) -> Any:
    """Texts that are paths stand for the files, those of lists too."""
    if isinstance(value, list):
        return [_named(one) for one in value]
    if isinstance(value, str) and value.endswith((".toml", ".json")) and Path(value).is_file():
        return Path(value)
    return value


def goes_on(parts: int, folder: Path, what: str) -> str:
    """What ``--resume`` found, in words.

    Examples
    --------
    >>> goes_on(2, Path("out"), "step")
    'goes on after 2 solved steps in out'
    """
    if not parts:
        return f"{folder} holds no solved {what}s: the run begins at its beginning"
    return f"goes on after {parts} solved {what}{'s' if parts > 1 else ''} in {folder}"


def left_as_it_was(result: ResultFolder, folder: Path, interrupted: bool) -> bool:
    """Leave a complete earlier result where it stands if this one was interrupted, and say so."""
    if not (interrupted and result.stands):
        result.complete = not interrupted
        return False
    result.abandoned = True
    print(
        f"multiscale: interrupted; {folder} holds the earlier result; go on with --resume",
        file=sys.stderr,
    )
    return True


def tell(result: ResultFolder, folder: Path) -> None:
    """Say what the user should know of the folder, on standard error."""
    for note in result.notes:
        print(f"multiscale: {folder}: {note}", file=sys.stderr)
