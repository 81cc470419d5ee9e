"""What commands share: options checked before a command runs, the folder it leaves, its words."""

from __future__ import annotations

import argparse
import math
import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from multiscale.errors import AnalysisError, MultiscaleError
from multiscale.folders import Kind, ResultFolder, fingerprint, result_folder
from multiscale.limits import LARGEST_WHOLE, Quantity, short

if TYPE_CHECKING:
    from multiscale.analysis.cycler import Record


class Parser(argparse.ArgumentParser):
    """A parser that refuses an option given twice, where the last would silently win."""

    def __init__(self, *args: Any, **kwargs: Any):
        super().__init__(*args, **kwargs)
        self.register("action", None, _Once)
        self.given: set[argparse.Action] = set()

    def parse_known_args(self, args: Any = None, namespace: Any = None) -> Any:
        """As :class:`argparse.ArgumentParser`; nothing has been given yet."""
        self.given.clear()
        return super().parse_known_args(args, namespace)

    def _print_message(self, message: str, file: Any = None) -> None:
        if file is sys.stdout:
            file.write(message)  # fails where the output is full; argparse would not tell
        else:
            super()._print_message(message, file)


class _Once(argparse.Action):
    """Store a value; a second one for the same option is an error."""

    def __call__(self, parser: Any, namespace: Any, values: Any, option: Any = None) -> None:
        if option is not None and self in parser.given:
            several = self.nargs in ("+", "*")
            raise argparse.ArgumentError(
                self, "given twice; name all after one" if several else "given twice"
            )
        parser.given.add(self)
        setattr(namespace, self.dest, values)


def file(text: str) -> Path:
    """Type of an option that is a file to read: a folder is refused before anything is read."""
    if Path(text).is_dir():
        raise argparse.ArgumentTypeError(f"{short(text)} is a folder; a file is needed here")
    return Path(text)


def quantity(kind: Quantity) -> Callable[[str], float]:
    """Type of an option that is a physical quantity.

    Examples
    --------
    >>> from multiscale.limits import RADIUS
    >>> quantity(RADIUS)("5e-6")
    5e-06
    """

    def read(text: str) -> float:
        value = _number(text)
        if fault := kind.fault(value):
            raise argparse.ArgumentTypeError(fault)
        return value

    return read


def between(low: float = -math.inf, high: float = math.inf) -> Callable[[str], float]:
    """Type of an option that is a finite number from ``low`` to ``high``.

    Examples
    --------
    >>> between(0)("1.5")
    1.5
    """

    def read(text: str) -> float:
        value = _number(text)
        if not math.isfinite(value) or not low <= value <= high:
            span = f" of at least {low:g}" if math.isinf(high) else f" from {low:g} to {high:g}"
            span = "" if math.isinf(low) and math.isinf(high) else span
            raise argparse.ArgumentTypeError(f"must be a finite number{span}, not {short(text)}")
        return value

    return read


def count(least: int = 0, most: int = LARGEST_WHOLE) -> Callable[[str], int]:
    """Type of an option that is a whole number.

    Examples
    --------
    >>> count(1)("3")
    3
    """

    def read(text: str) -> int:
        try:
            value = int(text)
        except ValueError:
            value = least - 1
        if not least <= value <= most:
            span = f"of at least {least}" if most == LARGEST_WHOLE else f"from {least} to {most}"
            raise argparse.ArgumentTypeError(f"must be a whole number {span}, not {short(text)}")
        return value

    return read


def _number(text: str) -> float:
    try:
        return float(text)
    except (ValueError, MultiscaleError):
        raise argparse.ArgumentTypeError(f"must be a number, not {short(text)}") from None


# --- the folder that a command leaves ---

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


@contextmanager
def results_of(
    options: argparse.Namespace, kind: Kind, of: str, **more: Any
) -> Iterator[ResultFolder]:
    """The folder ``--out`` for the results of a command; says at the end what there is to know.

    Parameters
    ----------
    options : argparse.Namespace
    kind : Kind
    of : str
        What the results are of.
    **more
        See :func:`multiscale.folders.result_folder`.
    """
    place = more.pop("folder", options.out)
    content = more.pop("content", None) or content_of(options)
    with result_folder(
        place, kind, of=of, content=content, overwrite=options.overwrite, **more
    ) as result:
        yield result
    tell(result, place)


def bar(
    things: Iterable[Any], unit: str = "frame", leave: bool = False, **more: Any
) -> Iterable[Any]:
    """A progress bar on terminals; nothing elsewhere."""
    from tqdm import tqdm

    return tqdm(things, unit=unit, leave=leave, disable=not sys.stderr.isatty(), **more)


# --- the record of a cell ---


def add_record_options(parser: Any) -> None:
    """How the file is to be read: columns, sign, decimals."""
    parser.add_argument(
        "--columns",
        metavar="ROLE=HEADER[:UNIT]",
        nargs="+",
        default=[],
        help="for records with other headers than the Battery Data Format: time=Seconds:s "
        "current=Amps:A voltage=Volts:V",
    )
    parser.add_argument(
        "--positive",
        choices=("charge", "discharge"),
        help="what a positive current does (what a column of states says; without one charge, as "
        "in the Battery Data Format)",
    )
    parser.add_argument("--decimal", choices=(".", ","), default=".", help="decimal sign (.)")


def read_cell(file: Path, options: argparse.Namespace) -> Record:
    """The record of a file, read as the options say."""
    from multiscale.analysis.cycler import read_record

    return read_record(
        file,
        parse_columns(options.columns),
        positive=options.positive,
        decimal=options.decimal,
    )


def parse_columns(texts: list[str]) -> dict[str, str]:
    """Role -> header from texts like ``time=Seconds:s``.

    Examples
    --------
    >>> parse_columns(["time=Seconds:s"])
    {'time': 'Seconds:s'}
    """
    found = {}
    for text in texts:
        role, equals, header = text.partition("=")
        if not equals:
            raise AnalysisError(f"--columns {text!r}: write ROLE=HEADER or ROLE=HEADER:UNIT")
        found[role.strip()] = header.strip()
    return found
