"""Processes that crash, hang, run away or raise, next to one that works."""

from __future__ import annotations

import multiprocessing
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from unit.cases import misbehaving

from multiscale.cases import kind as schema
from multiscale.cases import pool
from multiscale.cases import validation_output as page
from multiscale.cases.kind import Outcome, Problem
from multiscale.cases.pool import solve_parts
from multiscale.cases.suite import SuiteRun


def solved(*parts, limit=pool.CPU_LIMIT_S):
    finished = solve_parts(parts, misbehaving.solve, 2, limit)
    return {part.case: result for part, result in finished}


ENDINGS = [
    ("SIGKILL", "failed", "was killed (SIGKILL) while 'a' was being solved, as a system does"),
    ("SIGTERM", "failed", "was ended from outside (SIGTERM)"),
    ("SIGSEGV", "fault", "crashed in compiled code (SIGSEGV) while 'a' was being solved"),
    ("SIGABRT", "fault", "please report it with the case"),
    ("raise", "fault", "unexpected RuntimeError while solving 'raise: a': a mistake. This is a"),
    ("exit", "fault", "unexpected SystemExit while solving 'exit: a': 1. This is a fault of"),
    ("leave", "fault", "ended itself without a result (exit code 3)"),
    ("memory", "failed", "not enough memory"),
    ("unsendable", "fault", "unexpected"),
]


def test_what_goes_wrong_stays_with_its_part():
    parts = [misbehaving.part(case) for case, *_ in ENDINGS]
    found = solved(*parts, misbehaving.WORK)
    assert found["work"] == Outcome(values={(0, "a"): 1.0})
    for case, reason, words in ENDINGS:
        assert found[case].reason == reason, found[case]
        assert words in found[case].words
        assert "\n" not in found[case].words


def test_a_fault_names_a_file_that_holds_the_trace():
    problem = solved(misbehaving.RAISE)["raise"]
    file = Path(problem.words.partition("with ")[2].partition(",")[0])
    trace = file.read_text()
    file.unlink()
    assert "while solving 'raise: a'" in trace
    assert 'raise RuntimeError("a mistake")' in trace


@pytest.mark.skipif(sys.platform == "win32", reason="no limit on CPU time")
def test_a_runaway_is_stopped_by_its_own_time_and_keeps_what_was_solved():
    start = time.process_time()
    found = solved(misbehaving.RUNAWAY, limit=1)["runaway"]
    assert time.process_time() - start < 1
    assert found.reason == "failed"
    assert found.words == (
        "stopped at the limit of 1 s of CPU time while 'b' was being solved; if it needs more, "
        "raise it with --cpu-limit"
    )
    assert found.partial == Outcome(values={(0, "a"): 1.0})


def test_a_run_takes_what_a_stopped_part_has_solved():
    class Criterion:
        variants = ("a", "b", "c")

    class Case:
        name, criteria = "runaway", (Criterion,)

    run = SuiteRun([Case])
    run.take(misbehaving.RUNAWAY, Problem("failed", "why", Outcome(values={(0, "a"): 1.0})))
    assert run.outcomes["runaway"] == Outcome(
        values={(0, "a"): 1.0},
        problems={(0, name): Problem("failed", "why") for name in "bc"},
    )


def test_other_work_on_the_machine_stops_nothing_but_a_hang_is_stopped(monkeypatch):
    monkeypatch.setattr(pool, "WALL_PER_CPU", 0.5)
    found = solved(misbehaving.HANG, limit=2)["hang"]
    assert found.words.startswith("stopped after 0.000278 h while 'a' was being solved: it hangs")


def test_a_process_that_cannot_be_started_is_said(monkeypatch):
    def refuse(*_, **__):
        raise BlockingIOError(11, "Resource temporarily unavailable")

    monkeypatch.setattr(pool, "_started", refuse)
    found = solved(misbehaving.WORK)["work"]
    assert found == Problem(
        "failed",
        "the system started no process for it (Resource temporarily unavailable); try fewer "
        "--workers",
    )


def test_libraries_are_quiet_in_a_process_too(capfd):
    assert isinstance(solved(misbehaving.part("noisy"))["noisy"], Outcome)
    assert capfd.readouterr().err == ""


@pytest.mark.slow
@pytest.mark.skipif(sys.platform != "linux", reason="looks into /proc")
def test_processes_end_with_a_parent_that_was_killed(tmp_path):
    script = tmp_path / "orphan.py"
    script.write_text(
        "from unit.cases import misbehaving\n"
        "from multiscale.cases.pool import solve_parts\n"
        "if __name__ == '__main__':\n"
        "    parts = [misbehaving.WORK, misbehaving.HANG]\n"
        "    for part, _ in solve_parts(parts, misbehaving.solve, 2):\n"
        "        import multiprocessing\n"
        "        print(*(one.pid for one in multiprocessing.active_children()), flush=True)\n"
    )
    environment = os.environ | {"PYTHONPATH": str(Path(__file__).parents[2])}
    with subprocess.Popen(
        [sys.executable, script], stdout=subprocess.PIPE, text=True, env=environment
    ) as parent:
        children = [int(number) for number in parent.stdout.readline().split()]
        parent.send_signal(signal.SIGKILL)
    assert children
    deadline = time.monotonic() + 20
    while any(_lives(number) for number in children) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert not any(_lives(number) for number in children)


def _lives(number: int) -> bool:
    try:
        state = Path(f"/proc/{number}/stat").read_text().rpartition(")")[2].split()[0]
    except FileNotFoundError:
        return False
    return state != "Z"  # dead, and its number not yet given back


def test_processes_are_gone_when_the_caller_stops_early():
    parts = [misbehaving.WORK, misbehaving.HANG]
    finished = solve_parts(parts, misbehaving.solve, 2)
    part, _ = next(finished)
    assert part is misbehaving.WORK
    assert multiprocessing.active_children()
    finished.close()
    assert not multiprocessing.active_children()


def test_without_workers_everything_runs_here():
    ((part, result),) = solve_parts([misbehaving.WORK], misbehaving.solve, 0)
    assert part is misbehaving.WORK
    assert result.values == {(0, "a"): 1.0}


def test_the_report_explains_every_reason_why_a_criterion_was_not_run():
    reasons = {
        *(schema.FAILED, schema.FAULT, schema.INTERRUPTED),
        *(schema.NO_DATA, schema.LEFT_OUT, schema.IMPOSSIBLE),
    }
    assert set(page._EXPLAINED) == reasons
