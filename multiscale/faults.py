"""The last line of defence: what nobody foresaw, and what the system refuses, in one sentence."""

from __future__ import annotations

import contextlib
import errno
import logging
import os
import platform
import select
import shlex
import sys
import tempfile
import traceback
import warnings
from collections.abc import Iterator, Sequence
from datetime import datetime
from importlib import metadata
from pathlib import Path
from typing import Any, TextIO

LIBRARIES = ("multiscale-electrode", "pybamm", "scikit-fem", "numpy", "scipy", "xarray", "pandas")
PACKAGE = Path(__file__).parent
LONGEST = 2000  # characters of a message; a file's content may be in it
_stored: dict[tuple[str, str, int], Path | None] = {}  # faults of this process, once each
_MOST_STORED = 20  # a fault in each of a thousand parts is one fault


def fault(error: BaseException, doing: str) -> str:
    """What to say of an exception that nobody foresaw; its trace is stored in a file.

    Parameters
    ----------
    error : BaseException
        As it was caught.
    doing : str
        What was being done, after "while": ``"running 'case.toml'"``.

    Returns
    -------
    str
        One line: what happened and where, that it is our fault, and where the trace lies.

    Examples
    --------
    >>> try:
    ...     {}["sto"]
    ... except KeyError as error:
    ...     words = fault(error, "counting sheep")
    >>> words.startswith("unexpected KeyError while counting sheep: 'sto'. This is a fault of")
    True
    >>> Path(words.partition(" with ")[2].partition(",")[0]).unlink()  # the trace
    """
    said = " ".join(str(error).split())
    what = type(error).__name__ + f" while {doing}" + (f": {said[:300]}" if said else "")
    place = _trace_file(error, doing)
    where = (
        f"with {place}, which holds the full trace"
        if place is not None
        else "with what 'multiscale --debug' shows (the trace could not be stored here)"
    )
    return printable(
        f"unexpected {what}. This is a fault of multiscale, not of what you gave it: please "
        f"report it to the developers {where}"
    )


def _trace_file(error: BaseException, doing: str) -> Path | None:
    """Where the trace was stored: in the system's folder for temporary files, nowhere else."""
    last = traceback.extract_tb(error.__traceback__)[-1:]
    file, line = (last[0].filename, last[0].lineno or 0) if last else ("", 0)
    key = type(error).__name__, file, line
    if key not in _stored and len(_stored) < _MOST_STORED:
        _stored[key] = _written(error, doing)
    return _stored.get(key)


def _written(error: BaseException, doing: str) -> Path | None:
    now = datetime.now().astimezone()
    versions = []
    for library in LIBRARIES:
        try:
            versions.append(f"{library} {metadata.version(library)}")
        except metadata.PackageNotFoundError:
            versions.append(f"{library} unknown")
    lines = [
        f"{now.isoformat(timespec='seconds')}, while {doing}",
        f"command line: {shlex.join(sys.argv)}",
        f"{platform.platform()}, Python {platform.python_version()}",
        ", ".join(versions),
        "",
        "".join(traceback.format_exception(error)),
    ]
    try:
        folder = tempfile.gettempdir()
        if Path(folder) == Path.cwd():  # the last resort of `tempfile`, and somebody's own folder
            return None
        prefix = f"multiscale-fault-{now:%Y%m%d-%H%M%S}-"
        number, name = tempfile.mkstemp(".txt", prefix, folder)
        with open(number, "w", encoding="utf-8", errors="backslashreplace") as file:
            file.write("\n".join(lines))
    except OSError:
        return None
    return Path(name)


def printable(text: str) -> str:
    """Text without control characters, and not longer than anybody reads.

    Examples
    --------
    >>> print(printable("red: \\x1b[31m"))
    red: \\x1b[31m
    """
    if len(text) > LONGEST:
        text = f"{text[: LONGEST - 100]} [...] {text[-80:]}"
    return "".join(c if c.isprintable() or c in "\n\t" else repr(c)[1:-1] for c in text)


# --- what the system refuses ----------------------------------------------------------------

_REFUSED = {
    errno.ENOENT: "there is no file or folder {}",
    errno.EACCES: "no permission to read or write {}; check its owner and mode",
    errno.EPERM: "the system does not permit to change {}; check its owner and attributes",
    errno.EISDIR: "{} is a folder; a file is needed here",
    errno.ENOTDIR: "{} leads through a file; a folder is needed there",
    errno.EEXIST: "{} is there already; choose another name or remove it",
    errno.ENOSPC: "the disk of {} is full; free some room or choose another place",
    errno.EDQUOT: "your quota on the disk of {} is used up; free some room or choose another place",
    errno.EROFS: "{} is on a file system that cannot be written; choose another place",
    errno.ENAMETOOLONG: "the name {} is too long for this file system",
    errno.ELOOP: "{} is a link that leads to itself",
    errno.EMFILE: "too many files are open; close some, or raise the limit (ulimit -n)",
    errno.EFBIG: "{} would be larger than the system allows (ulimit -f)",
    errno.EIO: "the disk of {} failed to read or write; check the disk",
    errno.ENXIO: "{} is not a file that can be read",
}


def refused_by_system(error: OSError) -> str:
    """What the system refused, which path it is about, and what to do.

    Examples
    --------
    >>> refused_by_system(FileNotFoundError(2, "No such file or directory", "a.csv"))
    "there is no file or folder 'a.csv'"
    """
    names = [name for name in (error.filename, error.filename2) if name is not None]
    if not names and error.errno == errno.ENOENT and _is_nowhere():
        return "the folder that this was started in is gone; change into another folder"
    path = repr(os.fsdecode(names[-1])) if names and not isinstance(names[-1], int) else ""
    if error.errno in _REFUSED:
        if len(path) > 300:
            path = f"{path[:100]}...{path[-100:]}"
        return _REFUSED[error.errno].format(path or "the output")
    said = error.strerror or str(error) or type(error).__name__
    return f"{path}: {said}" if path else said


def _is_nowhere() -> bool:
    try:
        os.getcwd()
    except OSError:
        return True
    return False


def out_of_memory(error: MemoryError) -> str:
    """What there was no room for, and what to do."""
    said = " ".join(str(error).split())
    return (
        f"not enough memory{f' ({said})' if said else ''}: something is larger than this machine "
        "can hold; take a coarser mesh, fewer particles or frames, or a smaller part of the file"
    )


# --- what libraries say ---------------------------------------------------------------------


@contextlib.contextmanager
def quiet_libraries(debug: bool = False) -> Iterator[None]:
    """Keep warnings and logs of libraries from whoever uses a command; ours are one line each.

    With `debug` nothing is kept back.
    """
    if debug:
        yield
        return
    root, keep, ignored = logging.getLogger(), logging.NullHandler(), sys.unraisablehook
    root.addHandler(keep)  # without any handler the standard library prints to standard error
    sys.unraisablehook = _nothing
    try:
        with warnings.catch_warnings():
            warnings.showwarning = _say
            yield
    finally:
        root.removeHandler(keep)
        sys.unraisablehook = ignored


def _nothing(unraisable: Any) -> None:
    """An object of a library that fails while it is taken apart harms nothing."""


def _say(
    message: Warning | str,
    category: type[Warning],
    filename: str,
    lineno: int,
    file: TextIO | None = None,
    line: str | None = None,
) -> None:
    ours = Path(filename).is_relative_to(PACKAGE) and issubclass(category, UserWarning)
    if ours:
        print(f"multiscale: {printable(str(message))}", file=sys.stderr)


# --- standard streams -----------------------------------------------------------------------


def open_streams() -> None:
    """Make what is printed harmless where streams are closed or cannot show every character.

    A closed standard stream leaves its number to the next file that is opened, and whatever a
    library prints would end in that file.
    """
    for number in range(3):
        try:
            os.fstat(number)
        except OSError:
            os.open(os.devnull, os.O_RDWR)  # takes the lowest number that is free
    for name in ("stdout", "stderr"):
        stream = getattr(sys, name)
        if stream is None:
            setattr(sys, name, open(os.devnull, "w", encoding="utf-8"))  # noqa: SIM115
        elif hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="backslashreplace")


def nobody_reads() -> bool:
    """True if what reads our output or error stream, ``head`` say, has gone away.

    Without a buffer (``PYTHONUNBUFFERED``) a write that failed leaves nothing to flush, so that
    the system is asked as well.
    """
    for stream in (sys.stdout, sys.stderr):
        try:
            stream.flush()
        except (OSError, ValueError):
            return True
        with contextlib.suppress(OSError, ValueError, AttributeError):  # no poll, or no number
            poll = select.poll()
            poll.register(stream.fileno(), 0)
            if any(state & select.POLLERR for _, state in poll.poll(0)):
                return True
    return False


def close_streams() -> None:
    """Let nothing more be written to a pipe that nobody reads or a disk that is full."""
    for stream in (sys.stdout, sys.stderr):
        try:
            stream.flush()
        except (OSError, ValueError):
            with contextlib.suppress(OSError, ValueError, AttributeError):
                nowhere = os.open(os.devnull, os.O_WRONLY)
                os.dup2(nowhere, stream.fileno())
                os.close(nowhere)


def command_line(arguments: Sequence[str]) -> str:
    """What was asked for, as it would be typed, not longer than a line.

    Examples
    --------
    >>> command_line(["run", "my case.toml"])
    "multiscale run 'my case.toml'"
    """
    words = shlex.join(["multiscale", *arguments])
    return words if len(words) <= 200 else f"{words[:150]} ... {words[-40:]}"
