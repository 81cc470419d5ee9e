"""Solve parts in processes of their own: a crash, a hang or a runaway stays with its part."""

from __future__ import annotations

import math
import multiprocessing
import os
import signal
import sys
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from multiprocessing.connection import Connection, wait
from typing import Any

from tqdm import tqdm

from multiscale.cases.kind import FAILED, FAULT, Outcome, Part, Problem
from multiscale.faults import fault, out_of_memory, quiet_libraries, refused_by_system

CPU_LIMIT_S = 1800.0  # the longest part of the suite takes a fifth of it
# A process that waits for ever uses no CPU time. It is also the limit on Windows, which has none.
WALL_PER_CPU = 20.0

Tell = Callable[[str, Outcome], None]
Solve = Callable[[Part, Tell], Outcome]
Finished = tuple[Part, Outcome | Problem]


def solve_parts(
    parts: Sequence[Part], solve: Solve, workers: int, cpu_limit_s: float = CPU_LIMIT_S
) -> Iterator[Finished]:
    """Parts with their outcomes, in the order in which they finish.

    Parameters
    ----------
    parts : sequence of Part
        Started in this order.
    solve : function
        From a part to its outcome; another process must be able to import it. Its second argument
        is to be called with the name of each variant that begins, and what there is until then.
    workers : int
        Number of processes at a time; 0 solves all in this process, without a limit.
    cpu_limit_s : float
        CPU time of each part [s], after which it is stopped and counts as failed. A machine that
        is busy with other things slows a part down and stops none; one that does nothing at all
        for twenty times as long is stopped as well.
    """
    if workers == 0:
        for part in parts:
            yield part, solve(part, lambda variant, outcome: None)
        return
    context = multiprocessing.get_context("forkserver" if sys.platform == "linux" else "spawn")
    if sys.platform == "linux":  # what takes seconds to import is imported once
        context.set_forkserver_preload(["multiscale.cases.suite"])
    workers = min(workers, 2 * (os.cpu_count() or 1))  # more only fill the memory
    waiting = list(parts)
    running: list[_Job] = []
    try:
        while waiting or running:
            while waiting and len(running) < workers:
                part = waiting.pop(0)
                try:
                    running.append(_started(context, part, cpu_limit_s, solve))
                except (OSError, EOFError) as error:
                    said = "its helper is gone"
                    if isinstance(error, OSError):
                        said = refused_by_system(error)
                    words = f"the system started no process for it ({said}); try fewer --workers"
                    yield part, Problem(FAILED, words)
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
    doing: str = ""
    partial: Outcome | None = None
    found: Outcome | Problem | None = None

    def listen(self) -> bool:
        """Take what the process says; true once it has said its last."""
        try:
            while self.found is None and self.receiving.poll():
                said = self.receiving.recv()
                if isinstance(said, Outcome | Problem):
                    self.found = said
                else:
                    self.doing, self.partial = said
        except (EOFError, OSError):
            return True
        return self.found is not None

    def result(self) -> Outcome | Problem:
        self.listen()
        late = time.monotonic() >= self.deadline
        self.stop()
        hours = self.limit_s * WALL_PER_CPU / 3600
        hangs = Problem(FAILED, f"stopped after {hours:.3g} h{self._where}: it hangs")
        found = self.found or (hangs if late else self._ended())
        return replace(found, partial=self.partial) if isinstance(found, Problem) else found

    @property
    def _where(self) -> str:
        return f" while {self.doing!r} was being solved" if self.doing else ""

    def _ended(self) -> Problem:
        code = self.process.exitcode
        if code is None or code >= 0:
            words = f"its process ended itself without a result (exit code {code}){self._where}"
            return Problem(FAULT, f"{words}; please report it with the case")
        name = signal.Signals(-code).name if -code in set(signal.Signals) else f"signal {-code}"
        if name == "SIGXCPU":
            return Problem(
                FAILED,
                f"stopped at the limit of {self.limit_s:g} s of CPU time{self._where}; if it needs "
                "more, raise it with --cpu-limit",
            )
        if name == "SIGKILL":
            return Problem(
                FAILED,
                f"its process was killed (SIGKILL){self._where}, as a system does that runs out "
                "of memory; try fewer --workers or a coarser mesh",
            )
        if name in ("SIGTERM", "SIGINT", "SIGHUP"):
            return Problem(FAILED, f"its process was ended from outside ({name}){self._where}")
        return Problem(
            FAULT,
            f"its process crashed in compiled code ({name}){self._where}; this is a fault of "
            "multiscale or of a library, please report it with the case",
        )

    def stop(self) -> None:
        self.process.join(timeout=0.2)
        if self.process.is_alive():
            self.process.kill()
            self.process.join()
        self.receiving.close()


def _started(context: Any, part: Part, limit_s: float, solve: Solve) -> _Job:
    receiving, sending = context.Pipe(duplex=False)
    process = context.Process(target=_work, args=(part, sending, solve, limit_s), daemon=True)
    process.start()
    sending.close()
    return _Job(part, process, receiving, time.monotonic() + limit_s * WALL_PER_CPU, limit_s)


def _work(part: Part, sending: Connection, solve: Solve, limit_s: float) -> None:
    """In the new process; an interrupt is for the one that waits."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    # its own lock is one between processes, which a process that is killed would leave behind
    tqdm.set_lock(threading.RLock())
    _limit(limit_s)
    _end_with_parent()
    try:
        with quiet_libraries():
            sending.send(solve(part, lambda *said: sending.send(said)))
    except MemoryError as error:
        sending.send(Problem(FAILED, out_of_memory(error)))
    except (Exception, SystemExit) as error:
        sending.send(Problem(FAULT, fault(error, f"solving '{part}'")))
    sending.close()


def _limit(cpu_s: float) -> None:
    """Let the system itself stop a runaway: the solver's compiled code listens to nobody else."""
    try:
        import resource
    except ImportError:  # Windows
        return

    end = math.ceil(time.process_time() + cpu_s)
    memory = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    # what asks for more memory than there is is told so, before the system kills somebody else
    for name, value in (("RLIMIT_CORE", 0), ("RLIMIT_CPU", end), ("RLIMIT_DATA", memory)):
        kind = getattr(resource, name)
        _, hard = resource.getrlimit(kind)
        if hard == resource.RLIM_INFINITY or value < hard:
            resource.setrlimit(kind, (value, hard))


def _end_with_parent() -> None:
    """A process whose parent was killed has nobody left to solve for."""
    parent = multiprocessing.parent_process()
    if parent is None:
        return

    def watch() -> None:
        wait([parent.sentinel])
        os._exit(1)

    threading.Thread(target=watch, daemon=True).start()


def _ready(running: list[_Job]) -> list[_Job]:
    """Jobs that have said their last or have run out of time; waits for the first."""
    while running:
        left = min(job.deadline for job in running) - time.monotonic()
        said = wait([job.receiving for job in running], timeout=max(left, 0))
        now = time.monotonic()
        ready = [
            job
            for job in running
            if (job.receiving in said and job.listen()) or now >= job.deadline
        ]
        if ready:
            return ready
    return []
