"""Solve parts in processes of their own: a crash or a hang stays with its part."""

from __future__ import annotations

import multiprocessing
import signal
import sys
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from multiprocessing.connection import Connection, wait
from typing import Any

from tqdm import tqdm

from multiscale.suite.schema import FAILED, Outcome, Part, Problem
from multiscale.suite.worker import solve_part

TIME_LIMIT_S = 900.0  # wall time, on a machine that may be busy

Solve = Callable[[Part], Outcome]
Finished = tuple[Part, Outcome | Problem]


def solve_parts(
    parts: Sequence[Part],
    workers: int,
    time_limit_s: float = TIME_LIMIT_S,
    solve: Solve = solve_part,
) -> Iterator[Finished]:
    """Parts with their outcomes, in the order in which they finish.

    Parameters
    ----------
    parts : sequence of Part
        Started in this order.
    workers : int
        Number of processes at a time; 0 solves all in this process, without a time limit.
    time_limit_s : float
        For each part, after which it is stopped and counts as failed.
    solve : function
        From a part to its outcome; another process must be able to import it.
    """
    if workers == 0:
        for part in parts:
            yield part, solve(part)
        return
    context = multiprocessing.get_context("forkserver" if sys.platform == "linux" else "spawn")
    if sys.platform == "linux":  # what takes seconds to import is imported once
        context.set_forkserver_preload(["multiscale.suite.worker"])
    waiting = list(parts)
    running: list[_Job] = []
    try:
        while waiting or running:
            while waiting and len(running) < workers:
                running.append(_started(context, waiting.pop(0), time_limit_s, solve))
            for job in _ready(running):
                running.remove(job)
                yield job.part, job.result()
    finally:
        for job in running:
            job.stop()


@dataclass
class _Job:
    part: Part
    process: Any
    receiving: Connection
    deadline: float
    limit_s: float

    def result(self) -> Outcome | Problem:
        try:
            if self.receiving.poll():
                found: Outcome | Problem = self.receiving.recv()
                return found
        except EOFError:
            pass
        finally:
            late = time.monotonic() >= self.deadline
            self.stop()
        if late:
            return Problem(FAILED, f"stopped after the time limit of {self.limit_s:g} s")
        return Problem(FAILED, f"its process ended without a result ({self._ending()})")

    def _ending(self) -> str:
        code = self.process.exitcode
        if code is None or code >= 0:
            return f"exit code {code}"
        return f"signal {signal.Signals(-code).name}"

    def stop(self) -> None:
        self.process.join(timeout=0.2)
        if self.process.is_alive():
            self.process.kill()
            self.process.join()
        self.receiving.close()


def _started(context: Any, part: Part, limit_s: float, solve: Solve) -> _Job:
    receiving, sending = context.Pipe(duplex=False)
    process = context.Process(target=_work, args=(part, sending, solve), daemon=True)
    process.start()
    sending.close()
    return _Job(part, process, receiving, time.monotonic() + limit_s, limit_s)


def _work(part: Part, sending: Connection, solve: Solve) -> None:
    """In the new process; an interrupt is for the one that waits."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    # its own lock is one between processes, which a process that is killed would leave behind
    tqdm.set_lock(threading.RLock())
    try:
        result: Outcome | Problem = solve(part)
    except Exception as error:
        result = Problem(FAILED, f"{type(error).__name__}: {error}")
    sending.send(result)
    sending.close()


def _ready(running: list[_Job]) -> list[_Job]:
    """Jobs that have something to say or have run out of time; waits for the first."""
    left = min(job.deadline for job in running) - time.monotonic()
    ready = wait([job.receiving for job in running], timeout=max(left, 0))
    now = time.monotonic()
    return [job for job in running if job.receiving in ready or now >= job.deadline]
