"""What a part may do in its process; named here so that another process can import it."""

from __future__ import annotations

import os
import signal
import sys
import time

from multiscale.cases.kind import Outcome, Part

HANG = Part("none", "hang", ("a",))
RAISE = Part("none", "raise", ("a",))
RUNAWAY = Part("none", "runaway", ("a", "b", "c"))
WORK = Part("none", "work", ("a",))


def part(case: str) -> Part:
    """One whose case says what happens."""
    return Part("none", case, ("a",))


def solve(part: Part, tell) -> Outcome:
    """As the case of the part is named."""
    outcome = Outcome()
    for number, variant in enumerate(part.variants):
        tell(variant, outcome)
        if number == 0 and len(part.variants) > 1:
            outcome.values[0, variant] = 1.0
            continue
        if part.case.startswith("SIG"):
            os.kill(os.getpid(), signal.Signals[part.case])
            time.sleep(10)
        elif part.case == "hang":
            time.sleep(600)
        elif part.case == "raise":
            raise RuntimeError("a mistake")
        elif part.case == "exit":
            sys.exit(1)  # as a library does that takes itself for a program
        elif part.case == "leave":
            os._exit(3)
        elif part.case == "memory":
            bytearray(1 << 50)
        elif part.case == "runaway":
            while True:
                pass
        elif part.case == "unsendable":
            outcome.values[0, "a"] = lambda: None
        elif part.case == "noisy":
            import logging
            import warnings

            logging.getLogger("tifffile").error("noise of a library")
            warnings.warn("noise of a library", RuntimeWarning, stacklevel=1)
    outcome.values.setdefault((0, "a"), 1.0)
    return outcome
