"""Processes that crash, hang or raise, next to one that works."""

from __future__ import annotations

import multiprocessing

from unit.suite import misbehaving

from multiscale.suite.pool import solve_parts
from multiscale.suite.schema import Outcome, Problem


def test_what_goes_wrong_stays_with_its_part():
    list(solve_parts([misbehaving.WORK], 1, solve=misbehaving.solve))  # imports, once for all
    parts = [misbehaving.CRASH, misbehaving.HANG, misbehaving.RAISE, misbehaving.WORK]
    limit = 3.0  # enough to start a process on a busy machine
    found = {
        part.case: result for part, result in solve_parts(parts, 2, limit, solve=misbehaving.solve)
    }
    assert found["work"] == Outcome(values={(0, "a"): 1.0})
    assert found["crash"] == Problem(
        "failed", "its process ended without a result (signal SIGKILL)"
    )
    assert found["hang"] == Problem("failed", "stopped after the time limit of 3 s")
    assert found["raise"] == Problem("failed", "RuntimeError: a mistake")


def test_processes_are_gone_when_the_caller_stops_early():
    parts = [misbehaving.WORK, misbehaving.HANG]
    finished = solve_parts(parts, 2, solve=misbehaving.solve)
    part, _ = next(finished)
    assert part is misbehaving.WORK
    assert multiprocessing.active_children()
    finished.close()
    assert not multiprocessing.active_children()


def test_without_workers_everything_runs_here():
    ((part, result),) = solve_parts([misbehaving.WORK], 0, solve=misbehaving.solve)
    assert part is misbehaving.WORK
    assert result.values == {(0, "a"): 1.0}
