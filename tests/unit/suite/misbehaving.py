"""What a part may do in its process; named here so that another process can import it."""

from __future__ import annotations

import os
import signal
import time

from multiscale.suite.schema import Outcome, Part

CRASH = Part("none", "crash", ("a",))
HANG = Part("none", "hang", ("a",))
RAISE = Part("none", "raise", ("a",))
WORK = Part("none", "work", ("a",))


def solve(part: Part) -> Outcome:
    """As the case of the part is named."""
    if part.case == "crash":
        os.kill(os.getpid(), signal.SIGKILL)
    if part.case == "hang":
        time.sleep(600)
    if part.case == "raise":
        raise RuntimeError("a mistake")
    return Outcome(values={(0, "a"): 1.0})
