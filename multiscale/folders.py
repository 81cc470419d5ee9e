"""Folders for results: built aside, put in place when whole, and only what is ours replaced.

Every command and method that leaves a folder writes through :func:`result_folder`. What it needs
lies in a hidden folder ``.multiscale`` inside of the result: a lock while somebody writes, the
new result while it is built, solved steps of a run that is not finished, and in the end the
manifest, which lists every file of ours with its checksum. A file that is not listed, or was
changed since, is somebody else's and is never replaced or removed.
"""

from __future__ import annotations

import errno
import hashlib
import itertools
import json
import os
import re
import shutil
import signal
import socket
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass, field
from importlib.metadata import PackageNotFoundError, version
from itertools import islice
from os import PathLike
from pathlib import Path
from typing import IO, Any

from multiscale.errors import (
    AnalysisError,
    CaseError,
    DatasetError,
    ImagingError,
    MultiscaleError,
    ParameterError,
    ResultsError,
)

HIDDEN = ".multiscale"
MANIFEST, LOCK, JOURNAL = "manifest.json", "lock", "journal.json"
NEW, OLD, STEPS, ABOUT = "new", "old", "steps", "about.json"
ROOM = 8_000_000  # bytes that must be free before anything is solved: a report and its figures
PATIENCE_S = 5.0  # for another process that is putting a result in place
HASHED = 2_000_000_000  # bytes; of a larger input size and time of change must do
MOST_FILES = 20_000  # of an input that is a folder
LONGEST = 100  # characters of a file name made of words; file systems allow 255 bytes
_RESERVED = re.compile(r"(con|prn|aux|nul|com\d|lpt\d)(\..*)?", re.I)  # Windows keeps these names


@dataclass(frozen=True)
class Kind:
    """A kind of result: its name in messages, its errors, and what marks an old one.

    Attributes
    ----------
    words : str
    error : type
        What is raised.
    mark : str
        File by which a folder is known that was written before there were manifests.
    key : str
        Key of that file, if it is JSON with one.
    """

    words: str
    error: type[MultiscaleError]
    mark: str
    key: str = ""


RUN = Kind("run", CaseError, "summary.json", "case")
COMPARISON = Kind("comparison", CaseError, "entries.csv")
SETS = Kind("comparison of sets", ParameterError, "entries.csv")
VALIDATION = Kind("validation", CaseError, "validation.json")
SENSITIVITY = Kind("sensitivity", CaseError, "")
GEOMETRY = Kind("geometry", ImagingError, "summary.json", "made_by")
TITRATION = Kind("titration", AnalysisError, "pulses.csv")
PACKAGE = Kind("data package", DatasetError, "dataset.json")
MOVIE = Kind("movie", ImagingError, "")
SET = Kind("parameter set", ParameterError, "")


@dataclass
class ResultFolder:
    """A result that is being made.

    Attributes
    ----------
    folder : Path
        Where it will stand.
    kind : Kind
    of : str
        Name of the case, or of the file it is made from.
    content : str
        Fingerprint of everything that decides the result; "" if nobody can tell.
    notes : list of str
        What the user should know: edited files that were kept under another name.
    names : tuple of str
        Files that the result consists of, if it has no folder of its own.
    complete : bool
        Set to False for a result that was interrupted: it replaces no complete one.
    abandoned : bool
        Set to True to leave what stands there.
    """

    folder: Path
    kind: Kind
    of: str
    content: str
    hidden: Path
    room: int = ROOM
    notes: list[str] = field(default_factory=list)
    names: tuple[str, ...] = ()
    complete: bool = True
    abandoned: bool = False

    @property
    def new(self) -> Path:
        """Empty folder to write into."""
        return self.hidden / NEW

    @property
    def steps(self) -> Path:
        """Where solved steps are kept until the result stands; see :func:`unfinished`."""
        return self.hidden / STEPS

    def keep_steps(self) -> Path:
        """Make the folder of solved steps, and note what they belong to."""
        self.steps.mkdir(exist_ok=True)
        about = {"of": self.of, "content": self.content, "versions": versions()}
        write_whole(self.steps / ABOUT, json.dumps(about).encode())
        return self.steps

    @property
    def stands(self) -> bool:
        """Whether a complete result stands there already."""
        old = _json(self.hidden / MANIFEST)
        return old is not None and old.get("complete") is not False

    @property
    def done(self) -> bool:
        """Whether what stands there is complete and of the same content."""
        old = _json(self.hidden / MANIFEST)
        return self.stands and old is not None and old.get("content") == self.content

    def drop_steps(self) -> None:
        """Remove what was solved: the result holds it, or the user wants to begin again."""
        shutil.rmtree(self.steps, ignore_errors=True)

    # --- put in place -----------------------------------------------------------------

    def commit(self) -> None:
        """Put the new result in the place of the old one; an interrupt waits until it is done.

        Files are moved one by one after a journal of all moves was written: what a kill leaves
        between two of them, the next command on the folder puts right.
        """
        listed = _listed(_json(self.hidden / MANIFEST))
        changed = set(_changed(self.folder, listed))
        before = [name for name in listed if name not in changed]  # ours, as they were written
        files: dict[str, dict[str, Any]] = {}
        for name in _files(self.new):
            stat, checksum = (self.new / name).stat(), sha256(self.new / name)
            there = self.folder / name
            if self.names and name not in before and there.is_file() and sha256(there) == checksum:
                continue  # left in the same folder by another result, and the same
            files[name] = {"size": stat.st_size, "mtime_ns": stat.st_mtime_ns, "sha256": checksum}
        coming = list(files)
        leaving = [name for name in before if os.path.lexists(self.folder / name)]
        # what stands where a new file will stand and is not ours -> the name it is kept under
        kept: dict[str, str] = {}
        for name in coming:
            for path in (*reversed(Path(name).parents[:-1]), Path(name)):
                there, last = self.folder / path, path == Path(name)
                stays = str(path) not in leaving and str(path) not in kept
                if not (stays and os.path.lexists(there) and (last or not there.is_dir())):
                    continue
                for number in itertools.count(1):
                    count = "" if number == 1 else f"-{number}"
                    other = path.with_name(f"{path.stem}.kept{count}{path.suffix}")
                    if not os.path.lexists(self.folder / other):
                        break
                kept[str(path)] = other.as_posix()
        for name, new_name in kept.items():
            self.notes.append(f"{name} is not as it was written, and was kept as {new_name}")
        manifest = {
            "made_by": "multiscale",
            "version": own_version(),
            "kind": self.kind.words,
            "of": self.of,
            "content": self.content,
            "complete": self.complete,
            "written": time.strftime("%Y-%m-%dT%H:%M:%S%z"),
            "files": files,
        }
        journal = {"out": leaving, "kept": kept, "in": coming, "manifest": manifest}
        came: list[int] = []  # interrupts wait until the end; a kill does not
        with _handling(lambda number, frame: came.append(number), signal.SIGINT, signal.SIGTERM):
            write_whole(self.hidden / JOURNAL, json.dumps(journal, indent=1).encode())
            try:
                _carry_out(self.folder, self.hidden, journal)
            except OSError:  # take the moves back
                for name in coming:
                    if not os.path.lexists(self.new / name):
                        _move(self.folder / name, self.new / name)
                for name, new_name in kept.items():
                    if not os.path.lexists(self.folder / name):
                        _move(self.folder / new_name, self.folder / name)
                for name in leaving:
                    _move(self.hidden / OLD / name, self.folder / name)
                (self.hidden / JOURNAL).unlink(missing_ok=True)
                raise
        for number in came[:1]:
            signal.raise_signal(number)
        if self.complete:
            self.drop_steps()

    def discard(self) -> None:
        """Remove what was built; solved steps and the old result stay."""
        shutil.rmtree(self.new, ignore_errors=True)
        if unfinished(self.folder) is None:
            self.drop_steps()


@contextmanager
def result_folder(
    folder: str | PathLike[str],
    kind: Kind,
    *,
    of: str = "",
    content: str = "",
    overwrite: bool = False,
    resume: bool = False,
    names: Iterable[str] = (),
    room: int = ROOM,
) -> Iterator[ResultFolder]:
    """A folder to build a result in, that takes the place of ``folder`` if all goes well.

    Checked before anything is solved: it can be made or written, is no file, has room, holds
    nothing but an earlier result of this kind and what users laid beside it, and no other process
    is at work there.

    Parameters
    ----------
    folder : path
    kind : Kind
    of : str
        Name of the case, or of the file it is made from.
    content : str
        Fingerprint; see :func:`fingerprint`. A result with the same one may be replaced.
    overwrite : bool
        Replace an earlier result of another case or of a changed one, and begin an unfinished
        run again.
    resume : bool
        Go on with an unfinished run instead of refusing to lose it.
    names : iterable of str
        For a result without a folder of its own: its files in ``folder``, the first one gives it
        its name. Others of the folder do not matter.
    room : int
        Bytes that must be free.

    Raises
    ------
    MultiscaleError
        Of the kind's class; names the folder, what is in the way and what to do.

    Examples
    --------
    >>> with result_folder("made", TITRATION, of="record") as result:
    ...     _ = (result.new / "pulses.csv").write_text("pulse")
    >>> Path("made/pulses.csv").read_text()
    'pulse'
    >>> with result_folder("made", TITRATION, of="another record") as result:
    ...     pass
    Traceback (most recent call last):
    multiscale.errors.AnalysisError: made holds an earlier titration; \
replace it with --overwrite (overwrite=True in Python), or choose another folder with --out
    """
    place, names = Path(os.path.realpath(Path(folder).expanduser())), tuple(names)
    shown = Path(folder, *names[:1])
    hidden = place / (f".{names[0]}{HIDDEN}" if names else HIDDEN)
    _check_place(shown, place, kind, names)
    with _made(shown, hidden, kind), _locked(shown, hidden, kind):
        result = ResultFolder(place, kind, of, content, hidden, room, names=names)
        # a request to end, from a queue say, is an interrupt: nothing half-made is left behind
        try:
            with _handling(signal.default_int_handler, signal.SIGTERM):
                _settle(place, result.hidden)
                _check(result, shown, overwrite, resume)
                shutil.rmtree(result.new, ignore_errors=True)
                result.new.mkdir()
                try:
                    yield result
                    if not result.abandoned:
                        result.commit()
                finally:
                    result.discard()
        except OSError as error:
            if error.errno not in (errno.ENOSPC, errno.EDQUOT):
                raise
            written = sum((result.new / name).stat().st_size for name in _files(result.new))
            left = "; what was solved is kept: go on with --resume" if unfinished(shown) else ""
            free = shutil.disk_usage(result.folder).free
            raise kind.error(
                f"{shown}: its disk is full: {_megabytes(free)} are free, and at least "
                f"{_megabytes(max(result.room, 2 * written))} are needed; make room{left}"
            ) from error


def settle(path: str | PathLike[str]) -> None:
    """Before a result is read: finish what a kill cut short while it was put in place.

    Parameters
    ----------
    path : path
        The result's folder, or a file in it.

    Raises
    ------
    ResultsError
        If another process is putting a result there, or the rest of the moves cannot be made.

    Examples
    --------
    >>> settle("nowhere")
    """
    place = Path(path) if Path(path).is_dir() else Path(path).parent
    for hidden in (place / HIDDEN, *place.glob(f".*{HIDDEN}")):
        waited = 0.0
        while (hidden / JOURNAL).is_file():
            try:
                held = _acquired(hidden / LOCK)
                if held is not None:
                    with held:
                        _settle(place, hidden)
                        (hidden / LOCK).unlink(missing_ok=True)
                    break
            except OSError as error:
                reason = (error.strerror or str(error)).lower()
                raise ResultsError(
                    f"{path} is half an old and half a new result, because the process that put it "
                    f"in place was killed, and the rest cannot be moved here ({reason}): run a "
                    "command that writes there, or copy the folder to where you may write"
                ) from error
            if waited > PATIENCE_S:
                raise ResultsError(
                    f"{path} is being replaced by {_holder(hidden / LOCK)}; try again when it has "
                    "ended"
                )
            time.sleep(0.1)
            waited += 0.1


def unfinished(folder: str | PathLike[str]) -> dict[str, str] | None:
    """What solved steps in a folder belong to (of, content, versions); None if there are none.

    Examples
    --------
    >>> unfinished("nowhere") is None
    True
    """
    steps = Path(folder) / HIDDEN / STEPS
    about = _json(steps / ABOUT)
    if about is None or not any(path.name != ABOUT for path in steps.glob("[!.]*")):
        return None
    return {key: str(about.get(key, "")) for key in ("of", "content", "versions")}


def versions() -> str:
    """Of what decides whether steps that were solved earlier fit those to come.

    Examples
    --------
    >>> versions().startswith("multiscale ")
    True
    """
    return f"multiscale {own_version()}, pybamm {version('pybamm')}"


def manifest(folder: str | PathLike[str]) -> dict[str, Any] | None:
    """The manifest of a result; None if the folder has none.

    Examples
    --------
    >>> manifest("nowhere") is None
    True
    """
    return _json(Path(folder) / HIDDEN / MANIFEST)


# --- checks before anything is solved ---------------------------------------------------------


def _check_place(shown: Path, place: Path, kind: Kind, files: tuple[str, ...]) -> None:
    """Raise if no folder can be made there, or what it holds is not ours; changes nothing."""
    for path in (place, *place.parents):
        if os.path.isdir(path):
            break
        if os.path.lexists(path):
            itself = path == place and not files
            what = f"{shown} is a file" if itself else f"{shown} cannot be made: {path} is a file"
            raise kind.error(f"{what}; choose another folder with --out")
    if not os.path.isdir(place):
        return
    try:
        others = [name for name in os.listdir(place) if name != HIDDEN]
    except OSError as error:
        raise _cannot(shown, kind, error) from error
    for name in files:
        if (place / name).is_dir():
            raise kind.error(f"{place / name} is a folder; choose another name with --out")
    cut_short = (place / HIDDEN / JOURNAL).is_file()  # while a result was put in place
    ours = manifest(place) is not None or _before_manifests(place, kind) or cut_short
    if others and not files and not ours:
        raise kind.error(
            f"{shown} holds files that are not of an earlier {kind.words} ({sorted(others)[0]}); "
            "choose another folder with --out"
        )


def _before_manifests(place: Path, kind: Kind) -> bool:
    if not kind.mark or not (place / kind.mark).is_file():
        return False
    return not kind.key or kind.key in (_json(place / kind.mark) or {})


def _check(result: ResultFolder, shown: Path, overwrite: bool, resume: bool) -> None:
    """Raise if an earlier result or an unfinished run would be lost, or there is no room."""
    kind, error = result.kind, result.kind.error
    old = _json(result.hidden / MANIFEST)
    advice = (
        "replace it with --overwrite (overwrite=True in Python), or choose another folder "
        "with --out"
    )
    if old is not None and old.get("kind") != kind.words:
        raise error(
            f"{shown} holds a {old.get('kind')}{_of(old.get('of'))}, not an earlier {kind.words}; "
            "choose another folder with --out"
        )
    left = unfinished(result.folder)
    if left is not None:
        same = left["content"] == result.content and left["versions"] == versions()
        if not (resume and same):
            if not overwrite:
                unlike = (
                    " that was made from another state of its files, with other options or by "
                    "another version: begin again with --overwrite, or choose another folder with "
                    "--out"
                )
                go_on = ": go on from there with --resume, or begin again with --overwrite"
                raise error(
                    f"{shown} holds solved steps of an unfinished {kind.words} of {left['of']}"
                    f"{go_on if same else unlike}"
                )
            result.drop_steps()
    if old is not None and not overwrite:
        if not result.content:
            raise error(f"{shown} holds an earlier {kind.words}; {advice}")
        holds = f"{shown} holds a {kind.words}{_of(old.get('of'))}"
        if old.get("of") != result.of:
            raise error(f"{holds}, not{_of(result.of)}; {advice}")
        if old.get("content") != result.content:
            raise error(
                f"{holds} that was made from another state of its files or with other options; "
                f"{advice}"
            )
        changed = _changed(result.folder, _listed(old))
        if changed:
            raise error(
                f"{shown}: {changed[0]} was changed since it was written; --overwrite keeps it "
                "under another name, or choose another folder with --out"
            )
    if old is None and not overwrite and _before_manifests(result.folder, kind):
        raise error(
            f"{shown} holds an earlier {kind.words} that does not say what it was made from; "
            f"{advice}"
        )
    strangers = [
        name
        for name in result.names
        if name not in _listed(old) and os.path.lexists(result.folder / name)
    ]
    if strangers and not overwrite:
        raise error(
            f"{result.folder / strangers[0]} is there already, and none of an earlier "
            f"{kind.words}; --overwrite keeps it under another name, or choose another name with "
            "--out"
        )
    need = max(result.room, sum(entry["size"] for entry in _listed(old).values()))
    free = shutil.disk_usage(result.folder).free
    if free < need:
        raise error(
            f"{shown}: no room on its disk: {_megabytes(free)} are free, and {_megabytes(need)} "
            "are needed; make room, or choose another folder with --out"
        )


def _of(name: Any) -> str:
    return f" of {name}" if name else ""


def _cannot(shown: Path, kind: Kind, error: OSError) -> MultiscaleError:
    reason = (error.strerror or str(error)).lower()
    return kind.error(f"{shown} cannot be written: {reason}; choose another folder with --out")


@contextmanager
def _made(shown: Path, hidden: Path, kind: Kind) -> Iterator[None]:
    """Make the folder; what was made is removed again if it is empty in the end."""
    missing = [path for path in hidden.parents if not os.path.lexists(path)]
    made: list[Path] = []
    try:
        try:
            hidden.mkdir(parents=True, exist_ok=True)
            made += missing
            probe = hidden / f"probe-{os.getpid()}"
            probe.write_bytes(b"?")
            probe.unlink()
        except OSError as error:
            raise _cannot(shown, kind, error) from error
        yield
    finally:
        for path in (hidden, *made):
            with suppress(OSError):  # not empty: it holds a result, solved steps or somebody else
                path.rmdir()


def _megabytes(size: float) -> str:
    return f"{size / 1e6:.3g} MB"


# --- lock -------------------------------------------------------------------------------------


@contextmanager
def _locked(shown: Path, hidden: Path, kind: Kind) -> Iterator[None]:
    """Hold the lock of a folder; the system lets go of it when the process ends, however."""
    path = hidden / LOCK
    try:
        held = _acquired(path)
        if held is not None:
            who = {"pid": os.getpid(), "host": socket.gethostname(), "since": time.ctime()}
            held.truncate(0)
            held.write(json.dumps(who).encode())
            held.flush()
    except OSError as error:
        raise _cannot(shown, kind, error) from error
    if held is None:
        raise kind.error(f"{shown} is in use by {_holder(path)}; choose another folder with --out")
    try:
        yield
    finally:
        with suppress(OSError):
            path.unlink()  # before it is let go: whoever waits finds that it holds nothing
        held.close()


def _acquired(path: Path) -> IO[bytes] | None:
    """The lock file, opened and locked; None if another process has it."""
    while True:
        file = open(path, "a+b")  # noqa: SIM115 (closing it lets go of the lock)
        if not _try_lock(file):
            file.close()
            return None
        with suppress(OSError):
            if os.fstat(file.fileno()).st_ino == path.stat().st_ino:
                return file
        file.close()  # removed by whoever held it before


def _try_lock(file: IO[bytes]) -> bool:
    if sys.platform == "win32":
        import msvcrt

        try:
            file.seek(2**30)  # beyond what is written, so that others can read it
            msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, 1)
        except OSError:
            return False
        return True
    import fcntl

    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    except OSError:  # a file system without locks: better no lock than no result
        return True
    return True


def _holder(path: Path) -> str:
    who = _json(path) or {}
    if not who:
        return "another process"
    return f"process {who.get('pid')} on {who.get('host')} since {who.get('since')}"


# --- moves ------------------------------------------------------------------------------------


@contextmanager
def _handling(handler: Callable[[int, Any], Any], *numbers: int) -> Iterator[None]:
    """Signals go to another handler; only the main thread may choose it."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = {number: signal.signal(number, handler) for number in numbers}
    try:
        yield
    finally:
        for number, former in before.items():
            signal.signal(number, signal.SIG_DFL if former is None else former)


def _settle(place: Path, hidden: Path) -> None:
    """Finish what a kill cut short."""
    journal = _json(hidden / JOURNAL)
    if journal is not None:
        _carry_out(place, hidden, journal)
    (hidden / JOURNAL).unlink(missing_ok=True)
    shutil.rmtree(hidden / OLD, ignore_errors=True)


def _carry_out(place: Path, hidden: Path, journal: Mapping[str, Any]) -> None:
    """All moves of a journal that are not done yet; may be called again after a kill."""
    waiting = {name for name in journal["in"] if os.path.lexists(hidden / NEW / name)}
    for name in journal["out"]:  # a name that no longer waits stands for the new file already
        if name in waiting or name not in journal["in"]:
            _move(place / name, hidden / OLD / name)
    for name, other in journal["kept"].items():
        if not os.path.lexists(place / other):
            _move(place / name, place / other)
    for name in journal["in"]:
        if name in waiting:
            _move(hidden / NEW / name, place / name)
    write_whole(hidden / MANIFEST, json.dumps(journal["manifest"], indent=1).encode())
    (hidden / JOURNAL).unlink()
    shutil.rmtree(hidden / OLD, ignore_errors=True)
    parents = {parent for name in journal["out"] for parent in Path(name).parents if parent.parts}
    for folder in sorted(parents, key=lambda path: -len(path.parts)):
        with suppress(OSError):  # not empty: it holds more than files of ours
            if not (place / folder).is_symlink():
                (place / folder).rmdir()


def _move(source: Path, target: Path) -> None:
    if not os.path.lexists(source):
        return
    target.parent.mkdir(parents=True, exist_ok=True)
    try:
        os.replace(source, target)
    except OSError as error:
        if error.errno != errno.EXDEV:  # a sub-folder that lies on another disk
            raise
        shutil.copy2(source, f"{target}.part")
        os.replace(f"{target}.part", target)
        source.unlink()


# --- what is ours -----------------------------------------------------------------------------


def _listed(content: Mapping[str, Any] | None) -> dict[str, dict[str, Any]]:
    """Files of a manifest that lie inside its folder."""
    files = (content or {}).get("files")
    if not isinstance(files, dict):
        return {}
    return {
        name: entry
        for name, entry in files.items()
        if isinstance(entry, dict)
        and isinstance(entry.get("size"), int)
        and not Path(name).is_absolute()
        and ".." not in Path(name).parts
    }


def _changed(place: Path, listed: Mapping[str, Mapping[str, Any]]) -> list[str]:
    """Listed files that are not as they were written; one that is gone is not changed."""
    changed = []
    for name, entry in listed.items():
        path = place / name
        if not os.path.lexists(path):
            continue
        same_size = (
            not path.is_symlink() and path.is_file() and path.stat().st_size == entry["size"]
        )
        same_time = same_size and path.stat().st_mtime_ns == entry.get("mtime_ns")
        if not (same_time or (same_size and sha256(path) == entry.get("sha256"))):
            changed.append(name)
    return changed


def sha256(path: Path) -> str:
    """Checksum of a file, in hexadecimal."""
    with open(path, "rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _files(folder: Path) -> list[str]:
    """All files below a folder, by relative name."""
    files = (path for path in folder.rglob("*") if path.is_symlink() or not path.is_dir())
    return sorted(path.relative_to(folder).as_posix() for path in files)


def _json(path: Path) -> dict[str, Any] | None:
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError):
        return None
    return content if isinstance(content, dict) else None


# --- parts ------------------------------------------------------------------------------------


def reserve(path: Path, size: int) -> None:
    """Set bytes of the disk aside in a file, to be removed when they are needed.

    Parameters
    ----------
    path : Path
    size : int
        Bytes; a file that is larger already stays.

    Examples
    --------
    >>> reserve(Path("aside"), 1000)
    >>> Path("aside").stat().st_size
    1000
    """
    if path.exists() and path.stat().st_size >= size:
        return
    with open(path, "wb") as file:
        if hasattr(os, "posix_fallocate"):
            os.posix_fallocate(file.fileno(), 0, size)
        else:
            file.write(bytes(size))


def write_whole(path: Path, content: bytes | Callable[[IO[bytes]], Any]) -> Path:
    """Write a file that is there whole or not at all, whenever the process or machine stops.

    Parameters
    ----------
    path : Path
    content : bytes or callable
        What is written, or what writes it into the open file.

    Examples
    --------
    >>> write_whole(Path("note.txt"), b"hello").read_text()
    'hello'
    """
    part = path.with_name(f".{path.name}.part")
    try:
        with open(part, "wb") as file:
            file.write(content) if isinstance(content, bytes) else content(file)
            file.flush()
            os.fsync(file.fileno())
        os.replace(part, path)
    finally:
        part.unlink(missing_ok=True)
    return path


def own_version() -> str | None:
    """Version of this package, None in a bare checkout.

    Examples
    --------
    >>> own_version() is None or "." in own_version()
    True
    """
    try:
        return version("multiscale-electrode")
    except PackageNotFoundError:
        return None


def fingerprint(*things: Any) -> str:
    """What decides a result, as a short text: equal for equal things, in any process.

    Parameters
    ----------
    *things
        Numbers, texts, lists, mappings, frozen descriptions; the path of a file or folder stands
        for its content.

    Examples
    --------
    >>> fingerprint({"b": 1, "a": (2, 3)}) == fingerprint({"a": [2, 3], "b": 1})
    True
    """
    text = json.dumps(_plain(list(things)), sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()[:32]


def _plain(thing: Any) -> Any:
    """A thing as JSON: of a file its checksum, of a folder those of its files."""
    if isinstance(thing, Path) and thing.is_file():
        stat = thing.stat()
        return sha256(thing) if stat.st_size < HASHED else [stat.st_size, stat.st_mtime_ns]
    if isinstance(thing, Path):
        if not thing.is_dir():
            return str(thing)
        files = list(islice((one for one in thing.rglob("*") if one.is_file()), MOST_FILES + 1))
        if len(files) > MOST_FILES:  # no folder of input: whoever reads it says so
            return str(thing)
        content: dict[str, Any] = {}
        left = HASHED
        for file in sorted(files):
            name, stat = file.relative_to(thing), file.stat()
            if HIDDEN not in name.parts:
                left -= stat.st_size
                state = sha256(file) if left >= 0 else [stat.st_size, stat.st_mtime_ns]
                content[name.as_posix()] = state
        return content
    if isinstance(thing, Mapping):
        return {str(key): _plain(value) for key, value in thing.items()}
    if isinstance(thing, (list, tuple)):
        return [_plain(value) for value in thing]
    if isinstance(thing, (set, frozenset)):
        return sorted(map(str, thing))
    if hasattr(thing, "tobytes"):  # an array
        data = [str(thing.dtype), list(thing.shape), hashlib.sha256(thing.tobytes()).hexdigest()]
        return ["array", *data]
    if thing is None or isinstance(thing, (str, int, float, bool)):
        return thing
    if hasattr(thing, "__dataclass_fields__"):
        return _plain(asdict(thing))
    return repr(thing)


def file_names(names: Iterable[str], otherwise: str = "unnamed", also: str = "") -> dict[str, str]:
    """Name -> file name without extension, each another one, on any file system.

    Letters, digits and dots stay; everything else becomes a hyphen. Names that would meet, also
    on file systems that do not tell upper from lower case, are numbered by their place in the list.

    Parameters
    ----------
    names : iterable of str
    otherwise : str
        For a name of which nothing stays.
    also : str
        Further characters that stay.

    Examples
    --------
    >>> file_names(["C/3, gamma 0.5", "a/b", "a b", "A-B"])
    {'C/3, gamma 0.5': 'C-3-gamma-0.5', 'a/b': 'a-b_2', 'a b': 'a-b_3', 'A-B': 'A-B_4'}
    """
    wanted = {}
    for name in names:
        text = re.sub(f"[^A-Za-z0-9.{re.escape(also)}]+", "-", name).strip("-.")
        if len(text) > LONGEST:
            text = text[: LONGEST - 9] + "-" + hashlib.sha256(name.encode()).hexdigest()[:8]
        wanted[name] = (f"{text}_" if _RESERVED.fullmatch(text) else text) or otherwise
    counted = Counter(text.lower() for text in wanted.values())
    taken = {text for text, times in counted.items() if times == 1}
    file_of = {}
    for position, (name, text) in enumerate(wanted.items(), start=1):
        made = text
        while counted[text.lower()] > 1 and (made == text or made.lower() in taken):
            made, position = f"{text}_{position}", position + 1
        taken.add(made.lower())
        file_of[name] = made
    return file_of
