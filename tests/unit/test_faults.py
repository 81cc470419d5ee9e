"""The last line of defence: whatever happens, one sentence, an exit code, nothing of Python."""

from __future__ import annotations

import errno
import logging
import os
import re
import subprocess
import sys
import tempfile
import warnings
from pathlib import Path

import pytest
from siblings import siblings

from multiscale import cli, faults
from multiscale.errors import CaseError


@pytest.fixture(autouse=True)
def _own_place(tmp_path, monkeypatch):
    """Traces go to a folder of the test, and each test stores its own."""
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "traces"))
    (tmp_path / "traces").mkdir()
    monkeypatch.setattr(faults, "_stored", {})


def outcome(capsys, monkeypatch, action, *options):
    """Exit code and the lines on standard error when `multiscale cases` does something else."""

    def command(_):
        return action()

    monkeypatch.setattr(cli, "_cases", command)
    code = cli.main([*options, "cases"])
    return code, capsys.readouterr().err.splitlines()


def fails(error):
    def action():
        raise error

    return action


def deep(number=0):
    return deep(number + 1)


@pytest.mark.parametrize(
    ("action", "what"),
    [
        (lambda: {}["sto"], "KeyError"),
        (lambda: 1 / 0, "ZeroDivisionError"),
        (fails(AssertionError()), "AssertionError"),
        (fails(ValueError("two\nlines")), "two lines"),
        (fails(SystemExit(1)), "SystemExit"),
        (fails(ExceptionGroup("several", [KeyError("a")])), "ExceptionGroup"),
        (fails(UnicodeDecodeError("utf-8", b"\xff", 0, 1, "bad")), "UnicodeDecodeError"),
        (fails(ValueError("\udcff \x1b[31m")), r"\udcff \x1b[31m"),
        (fails(ValueError("9" * 100_000)), "9999"),
        (deep, "RecursionError"),
    ],
)
def test_an_unexpected_exception_is_one_line_and_code_70(
    capsys, monkeypatch, tmp_path, action, what
):
    code, lines = outcome(capsys, monkeypatch, action)
    assert code == 70
    (line,) = lines
    assert line.startswith("multiscale: error: unexpected ")
    assert what in line
    assert "while carrying out `multiscale cases`" in line
    assert "This is a fault of multiscale, not of what you gave it: please report it" in line
    assert len(line) < 1500
    (trace,) = (tmp_path / "traces").iterdir()
    assert str(trace) in line
    text = trace.read_text()
    assert "Traceback (most recent call last)" in text
    assert "multiscale-electrode" in text
    assert "while carrying out `multiscale cases`" in text


def test_a_trace_is_stored_nowhere_else(capsys, monkeypatch, tmp_path):
    """Where there is no folder for temporary files Python would take the one we are in."""
    monkeypatch.chdir(tmp_path / "traces")
    code, (line,) = outcome(capsys, monkeypatch, lambda: {}["a"])
    assert code == 70
    assert "'multiscale --debug' shows" in line
    assert not list((tmp_path / "traces").iterdir())


def test_the_same_fault_is_stored_once(tmp_path):
    for number in range(50):
        try:
            raise KeyError(number)
        except KeyError as error:
            words = faults.fault(error, "counting")
    (trace,) = (tmp_path / "traces").iterdir()
    assert str(trace) in words


def test_debug_shows_the_trace_of_a_fault(capsys, monkeypatch):
    code, lines = outcome(capsys, monkeypatch, lambda: {}["sto"], "--debug")
    assert code == 70
    assert lines[0] == "Traceback (most recent call last):"
    assert lines[-1].startswith("multiscale: error: unexpected KeyError")


def interrupted_import():
    try:
        raise KeyboardInterrupt
    except KeyboardInterrupt:
        raise ImportError("numpy cannot be imported") from None


@pytest.mark.parametrize("action", [fails(KeyboardInterrupt()), interrupted_import])
def test_an_interruption_is_none_of_our_faults(capsys, monkeypatch, tmp_path, action):
    code, (line,) = outcome(capsys, monkeypatch, action)
    assert code == 1
    assert line.startswith("multiscale: interrupted")
    assert not list((tmp_path / "traces").iterdir())


@siblings(
    ("error", "code", "words"),
    [
        (CaseError("no such case"), 2, "no such case"),
        (MemoryError(), 1, "not enough memory: something is larger than this machine can hold"),
        (MemoryError("Unable to allocate 9 TiB"), 1, "memory (Unable to allocate 9 TiB)"),
        (OSError(errno.ENOSPC, "No space left on device", "a/b.nc"), 2, "disk of 'a/b.nc' is full"),
        (OSError(errno.ENOSPC, "No space"), 2, "disk of the output is full"),
        (FileNotFoundError(errno.ENOENT, "No", "a.csv"), 2, "there is no file or folder 'a.csv'"),
        (PermissionError(errno.EACCES, "No", Path("p")), 2, "no permission to read or write 'p'"),
        (IsADirectoryError(errno.EISDIR, "No", b"d"), 2, "'d' is a folder; a file is needed"),
        (NotADirectoryError(errno.ENOTDIR, "No", "a/b"), 2, "'a/b' leads through a file"),
        (OSError(errno.EROFS, "No", "a"), 2, "file system that cannot be written"),
        (OSError(errno.ENAMETOOLONG, "No", "x" * 5000), 2, "is too long for this file system"),
        (OSError(errno.EBUSY, "Device or resource busy", "x"), 2, "'x': Device or resource busy"),
        (OSError("a library's own words"), 2, "a library's own words"),
        (OSError(), 2, "OSError"),
    ],
)
def test_what_is_known_is_said_in_words(capsys, monkeypatch, error, code, words):
    found, (line,) = outcome(capsys, monkeypatch, fails(error))
    assert found == code
    assert words in line
    assert "[Errno" not in line
    assert "fault" not in line
    assert len(line) < 700


def test_libraries_say_nothing_and_we_say_one_line(capsys, monkeypatch):
    def noisy():
        logging.getLogger("tifffile").error("a library logs")
        warnings.warn_explicit("of numpy", RuntimeWarning, cli.__file__, 1)
        warnings.warn_explicit("of a library", UserWarning, os.__file__, 1)
        warnings.warn_explicit("D is large", UserWarning, cli.__file__, 1)
        return 0

    with warnings.catch_warnings():
        warnings.simplefilter("always")
        assert outcome(capsys, monkeypatch, noisy) == (0, ["multiscale: D is large"])
    logging.getLogger("tifffile").error("afterwards libraries may speak again")
    assert not isinstance(logging.getLogger().handlers[-1:], logging.NullHandler)


# --- streams, in processes of their own -------------------------------------------------------


SCRIPT = """
import sys
from multiscale import cli
from multiscale.errors import CaseError

def command(_):
    print("\\u03b8 at 3 \\u00b5m \\udcff")
    raise CaseError("no such case")

cli._cases = command
sys.exit(cli.main())
"""


def shell(command, **environment):
    clean = {name: value for name, value in os.environ.items() if name != "PYTHONUNBUFFERED"}
    return subprocess.run(
        ["bash", "-c", command.replace("MS", '"$0" -c "$1"'), sys.executable, SCRIPT],
        capture_output=True,
        text=True,
        env=clean | environment,
        stdin=subprocess.DEVNULL,
    )


NEEDS_SHELL = pytest.mark.skipif(sys.platform == "win32", reason="needs a POSIX shell")


@NEEDS_SHELL
@pytest.mark.parametrize(
    ("command", "code", "error"),
    [
        ("MS --help >&-", 0, ""),
        ("MS --help 2>&- <&-", 0, ""),
        ("MS --help > /dev/full", 2, "multiscale: error: the disk of the output is full.*"),
        ("MS --help | true; exit ${PIPESTATUS[0]}", 0, ""),
        ("MS cases 2>&1 | true; exit ${PIPESTATUS[0]}", "02", ""),
        ("MS cases 2>&-", 2, ""),
    ],
)
def test_streams_that_are_closed_full_or_broken(command, code, error):
    if "/dev/full" in command and not Path("/dev/full").exists():
        pytest.skip("no /dev/full")
    done = shell(command)
    assert str(done.returncode) in str(code)
    assert re.fullmatch(error, done.stderr.strip()), done.stderr


@NEEDS_SHELL
@pytest.mark.parametrize(
    ("command", "code", "error"),
    [
        ("MS cases 2>&1 | true; exit ${PIPESTATUS[0]}", "02", ""),
        ("MS --help > /dev/full", 2, "multiscale: error: the disk of the output is full.*"),
        ("MS cases 2> /dev/full", 2, ""),
    ],
)
def test_streams_without_a_buffer(command, code, error):
    if "/dev/full" in command and not Path("/dev/full").exists():
        pytest.skip("no /dev/full")
    done = shell(command, PYTHONUNBUFFERED="1")
    assert str(done.returncode) in str(code)
    assert re.fullmatch(error, done.stderr.strip()), done.stderr


@NEEDS_SHELL
def test_a_terminal_that_knows_few_characters():
    done = shell("MS cases", PYTHONIOENCODING="ascii", LC_ALL="C")
    assert (done.returncode, done.stdout) == (2, "\\u03b8 at 3 \\xb5m \\udcff\n")
    assert done.stderr == "multiscale: error: no such case\n"


def test_the_package_is_a_program():
    done = subprocess.run([sys.executable, "-m", "multiscale", "--help"], capture_output=True)
    assert done.stdout.startswith(b"usage: multiscale")
