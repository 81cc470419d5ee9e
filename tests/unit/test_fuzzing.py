"""The tool that damages files: it must notice what it is meant to notice."""

from __future__ import annotations

import tomllib

import pytest
from fuzzing import PROFILES, survives

from multiscale.errors import CaseError, MultiscaleError

VALID = b'[a]\nx = 1.5\nname = "y"\nlist = [1, 2]\n'


def read(path):
    """A reader without fault: everything that TOML can refuse is refused by name."""
    try:
        return tomllib.loads(path.read_bytes().decode())
    except (ValueError, RecursionError) as error:
        raise CaseError(f"{path.name}: {error}") from error


@PROFILES
def test_a_reader_without_fault_passes(examples, tmp_path):
    survives(read, VALID, tmp_path / "a.toml", examples)


def test_an_exception_of_another_kind_is_noticed(tmp_path):
    with pytest.raises((tomllib.TOMLDecodeError, UnicodeDecodeError, ExceptionGroup)):
        survives(lambda path: tomllib.loads(path.read_text("utf-8")), VALID, tmp_path / "a", 30)


def test_a_refusal_without_words_is_noticed(tmp_path):
    def refuse(path):
        if path.read_bytes() != VALID:
            raise MultiscaleError

    with pytest.raises(AssertionError, match="without a word"):
        survives(refuse, VALID, tmp_path / "a", 5)


@pytest.mark.parametrize(
    ("run_away", "words"),
    [(lambda: [None for _ in iter(int, 1)], "still running|MiB"), (lambda: bytes(1 << 32), "MiB")],
)
def test_a_runaway_is_noticed(run_away, words, tmp_path):
    def read(path):
        if path.read_bytes() != VALID:
            run_away()

    with pytest.raises(BaseException, match=words):
        survives(read, VALID, tmp_path / "a", 1, cpu_s=0.2, memory=1 << 28)


def test_what_is_refused_undamaged_shows_nothing(tmp_path):
    with pytest.raises(CaseError):
        survives(read, b"= 1", tmp_path / "a", 5)
