"""What PyBaMM says while solving, in our words."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

import numpy as np
import pybamm

from multiscale.cases.runs import Prepared, Step
from multiscale.parameters import names
from multiscale.results import Results

ALREADY_PASSED = "non-positive at initial conditions"  # in PyBaMM's words
ALL_SKIPPED = "exceeded bounds at initial conditions"  # of the steps of a cycle, too


@contextmanager
def quiet() -> Iterator[None]:
    """Silence PyBaMM's log; what it would say reaches the user through :class:`Listener`."""
    level = pybamm.logger.level
    pybamm.logger.setLevel(logging.CRITICAL + 1)
    try:
        yield
    finally:
        pybamm.logger.setLevel(level)


class Listener(pybamm.callbacks.Callback):
    """Remembers why an experiment was not carried out to its end.

    ``problem`` says it in words and is empty if all went well; ``event`` is True if an event
    ended it, which ``Results.stopped_because`` explains; ``cut`` is True if the last step that
    was solved did not come to its end.
    """

    def __init__(self) -> None:
        self.problem = ""
        self.event = False
        self.cut = False

    def on_experiment_error(self, logs: Mapping[str, Any]) -> None:
        """The solver gave up in a step."""
        self.problem = f"the solver gave up during '{_step(logs)}'"

    def on_experiment_infeasible_event(self, logs: Mapping[str, Any]) -> None:
        """An event that is not part of the experiment ended a step."""
        self.event = self.cut = True
        self.problem = f"stopped during '{_step(logs)}'"

    def on_experiment_infeasible_time(self, logs: Mapping[str, Any]) -> None:
        """A step without a duration did not reach its end condition."""
        self.cut = True
        hours = float(logs["step duration"]) / 3600
        self.problem = (
            f"stopped during '{_step(logs)}': its end was not reached within {hours:g} h; "
            "give the step a duration"
        )


def _step(logs: Mapping[str, Any]) -> str:
    return str(logs.get("step operating conditions", "a step"))


def skip_notes(steps: Sequence[Step], results: Results) -> tuple[str, ...]:
    """Remarks on the steps that PyBaMM left out."""
    notes = []
    for step in steps:
        if step.skipped:
            where = f"{step.start:g} s"
            if step.start > results.times[0]:
                where += f", {float(results.series('Voltage [V]', step.start)[0]):.4g} V"
            notes.append(
                f"'{step.words}' was skipped: its end was already met when it would have begun, "
                f"at {where}"
            )
    return tuple(notes)


def already_passed(error: Exception) -> bool:
    """True if an event had happened before the step began.

    PyBaMM skips such a step if its end is part of the experiment; a hold that follows as the
    first step of all finds no current to start from.
    """
    signs = (ALREADY_PASSED, ALL_SKIPPED)
    found = any(sign in str(error) for sign in signs)
    return found or isinstance(error, pybamm.DiscretisationError)


def reason(error: Exception) -> str:
    """What the solver said, in a line."""
    text = str(error).strip().splitlines()[0] if str(error).strip() else type(error).__name__
    if "IDA" in text:  # names of the integrator's own routines tell nobody anything
        text = (
            "no solution was found in its first instants; a surface that is almost full or "
            "empty, and tolerances near the limit of double precision, are the usual reasons"
        )
    return text


def notes_of(results: Results, prepared: Prepared) -> tuple[str, ...]:
    """Laws that were used outside the range of their data."""
    sto = results.field("Particle stoichiometry", results.even_times(40))
    low, high = float(np.min(sto)), float(np.max(sto))
    notes = []
    for name in (names.OCP, names.DIFFUSIVITY):
        source = prepared.parameter_set.sources.get(name)
        if name in prepared.spec.overrides or source is None or source.valid_range is None:
            continue
        first, last = source.valid_range
        if low < first - 1e-3 or high > last + 1e-3:
            used = f"from {low:.3f} to {high:.3f}"
            if prepared.several:  # alike for all variants, so that it is said once
                used = "outside the range of its data"
            notes.append(
                f"{name} was used {used}; its data cover {first:g} to {last:g}, beyond is "
                "extrapolation"
            )
    return tuple(notes)
