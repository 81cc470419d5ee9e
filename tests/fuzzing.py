"""Valid files, damaged: whatever their bytes, a reader gives a result or a `MultiscaleError`.

    from fuzzing import PROFILES, survives

    @PROFILES
    def test_any_bytes(examples, tmp_path):
        survives(read_outline, VALID, tmp_path / "outline.csv", examples)

`make test` tries a few dozen examples, always the same ones; `make test-slow` many.
"""

from __future__ import annotations

import re
import signal
import sys
import time
import warnings
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from multiscale.errors import MultiscaleError

PROFILES = pytest.mark.parametrize(
    "examples",
    [pytest.param(30, id="fast"), pytest.param(1500, id="long", marks=pytest.mark.slow)],
)
CPU_S = 10.0
MEMORY = 1 << 30  # what a reader may take of the address space beyond what there is [bytes]

NUMBER = re.compile(rb"(?<![\w.])[-+]?\d+\.?\d*(?:[eE][-+]?\d+)?")
WORD = re.compile(rb"[^\W\d]\w*")
NUMBERS = [
    *(b"0 -0 1 -1 2 0.5 -0.5 1e-30 1e30 1e308 1e400 -1e400 nan inf -inf NaN 0x10 1_000".split()),
    *(b"2147483648 4294967295 9223372036854775808 1,5 1.000,5 1e6 100000000 true null".split()),
    b"",
    b'"1"',
    b"[]",
    b"{}",
    b"9" * 5000,  # int() refuses it with a ValueError
]
PIECES = [
    *(b"\x00 \xff \xef\xbb\xbf \" ' , ; | { } [ ] < > & # = : \\ / .. \n \r \r\n \t".split(b" ")),
    *("µ θ – ​ \u2028 é 𝟙".encode().split(b" ")),
    b" ",
    b"\n\n",
    b"[" * 3000,  # nested deeper than a parser recurses
    b"%s{0}$(x)",
]


def survives(
    read: Callable[[Path], Any],
    valid: bytes | Sequence[bytes],
    path: Path,
    examples: int,
    *,
    refusals: tuple[type[Exception], ...] = (MultiscaleError,),
    cpu_s: float = CPU_S,
    memory: int = MEMORY,
) -> None:
    """Read damaged files: each gives a result or is refused by name, within limits.

    Parameters
    ----------
    read : function
        From the path of a file to anything; what it returns is not looked at, so it may go on
        and use what was read. Functions that take bytes: ``lambda path: f(path.read_bytes())``.
    valid : bytes or sequence of bytes
        Contents of files that `read` must accept, otherwise the test fails: damage to what is
        refused anyway would show nothing.
    path : Path
        Where the bytes are written, with the name that the reader wants.
    examples : int
        How many damaged files; the argument that ``PROFILES`` passes.
    refusals : tuple of exception types
        What `read` may raise. An empty message counts as a fault all the same.
    cpu_s : float
        CPU time that one file may take [s].
    memory : int
        Address space that one file may take beyond what is in use [bytes].
    """
    contents = [valid] if isinstance(valid, bytes) else list(valid)
    for content in contents:
        path.write_bytes(content)
        read(path)

    @settings(
        max_examples=examples,
        derandomize=True,
        database=None,
        deadline=None,
        phases=[Phase.generate, Phase.shrink],
        suppress_health_check=list(HealthCheck),
    )
    @given(damaged(contents))
    def property_holds(content: bytes) -> None:
        path.write_bytes(content)
        with limits(cpu_s, memory), warnings.catch_warnings():
            warnings.simplefilter("ignore")  # a damaged file may well deserve one
            try:
                read(path)
            except refusals as error:
                if not str(error).strip():
                    raise AssertionError(f"{type(error).__name__} without a word") from error

    property_holds()


@st.composite
def damaged(draw: st.DrawFn, contents: Sequence[bytes]) -> bytes:
    """One of some files with one to three faults in it."""
    content = draw(st.sampled_from(list(contents)))
    for _ in range(draw(st.integers(1, 3))):
        content = draw(st.sampled_from(FAULTS))(draw, content)
    return content


def _span(draw: st.DrawFn, content: bytes, longest: int = 40) -> tuple[int, int]:
    start = draw(st.integers(0, len(content)))
    return start, min(start + draw(st.integers(0, longest)), len(content))


def _inserted(draw: st.DrawFn, content: bytes) -> bytes:
    start, _ = _span(draw, content)
    return content[:start] + draw(st.sampled_from(PIECES)) + content[start:]


def _overwritten(draw: st.DrawFn, content: bytes) -> bytes:
    start, _ = _span(draw, content)
    piece = draw(st.binary(min_size=1, max_size=8))
    return content[:start] + piece + content[start + len(piece) :]


def _cut_out(draw: st.DrawFn, content: bytes) -> bytes:
    start, stop = _span(draw, content)
    return content[:start] + content[stop:]


def _cut_short(draw: st.DrawFn, content: bytes) -> bytes:
    return content[: draw(st.integers(0, len(content)))]


def _doubled(draw: st.DrawFn, content: bytes) -> bytes:
    start, stop = _span(draw, content)
    return content[:stop] + content[start:stop] * draw(st.integers(1, 3)) + content[stop:]


def _word_replaced(pattern: re.Pattern[bytes], draw: st.DrawFn, content: bytes) -> bytes:
    found = list(pattern.finditer(content[:200_000]))
    if not found:
        return _overwritten(draw, content)
    old = draw(st.sampled_from(found))
    others = NUMBERS if pattern is NUMBER else [*(one[0] for one in found[:50]), *NUMBERS]
    return content[: old.start()] + draw(st.sampled_from(others)) + content[old.end() :]


def _number_replaced(draw: st.DrawFn, content: bytes) -> bytes:
    return _word_replaced(NUMBER, draw, content)


def _name_replaced(draw: st.DrawFn, content: bytes) -> bytes:
    return _word_replaced(WORD, draw, content)


def _lines_changed(draw: st.DrawFn, content: bytes) -> bytes:
    lines = content.split(b"\n")
    first, second = (draw(st.integers(0, len(lines) - 1)) for _ in range(2))
    change = draw(st.sampled_from(["swap", "drop", "repeat"]))
    if change == "swap":
        lines[first], lines[second] = lines[second], lines[first]
    elif change == "drop":
        del lines[first]
    else:
        lines.insert(second, lines[first])
    return b"\n".join(lines)


def _recoded(draw: st.DrawFn, content: bytes) -> bytes:
    how = draw(st.sampled_from(["utf-16", "utf-8-sig", "latin-1", "crlf", "cr", "commas"]))
    if how in ("crlf", "cr"):
        return content.replace(b"\n", b"\r\n" if how == "crlf" else b"\r")
    if how == "commas":
        return content.replace(b",", b";").replace(b".", b",")
    return content.decode("latin-1").encode(how, "replace")


def _word_of_bytes(draw: st.DrawFn, content: bytes) -> bytes:
    """A length or an offset of a binary file becomes 0, -1, huge."""
    size = draw(st.sampled_from([1, 2, 4, 8]))
    start = draw(st.integers(0, max(len(content) // size - 1, 0))) * size
    piece = draw(st.sampled_from([b"\x00", b"\xff", b"\x7f"])) * size
    return content[:start] + piece + content[start + size :]


FAULTS = [
    _inserted,
    _overwritten,
    _cut_out,
    _cut_short,
    _doubled,
    _number_replaced,
    _name_replaced,
    _lines_changed,
    _recoded,
    _word_of_bytes,
]


@contextmanager
def limits(cpu_s: float, memory: int) -> Iterator[None]:
    """Fail, with words, when more CPU time or address space is taken; on Linux and macOS."""
    start = time.process_time()
    with _address_space(memory), _alarm(cpu_s):
        try:
            yield
        except MemoryError as error:
            raise AssertionError(f"took more than {memory >> 20} MiB") from error
    taken = time.process_time() - start
    assert taken <= cpu_s, f"took {taken:.1f} s of CPU time"  # code that no signal reaches


@contextmanager
def _alarm(cpu_s: float) -> Iterator[None]:
    if not hasattr(signal, "setitimer"):
        yield
        return

    def stop(number: int, frame: Any) -> None:
        raise _RanAwayError(f"still running after {cpu_s:g} s of CPU time")

    before = signal.signal(signal.SIGPROF, stop)
    signal.setitimer(signal.ITIMER_PROF, cpu_s)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)
        signal.signal(signal.SIGPROF, before)


class _RanAwayError(BaseException):
    """Not an `Exception`: readers that catch those must not catch this one."""


@contextmanager
def _address_space(more: int) -> Iterator[None]:
    if sys.platform != "linux":  # macOS has the limit and does not keep it
        yield
        return
    import resource

    pages = int(Path("/proc/self/statm").read_text().split()[0])
    soft, hard = resource.getrlimit(resource.RLIMIT_AS)
    resource.setrlimit(resource.RLIMIT_AS, (pages * resource.getpagesize() + more, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_AS, (soft, hard))
