"""What a case leaves when it is run."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np

from multiscale.cases.preparation import Prepared
from multiscale.cases.schema import Case
from multiscale.errors import MultiscaleError, ResultsError
from multiscale.faults import fault, out_of_memory
from multiscale.results import Results

# Right after a step has begun: where the current has already its new value.
AFTER = 1e-3


@dataclass(frozen=True)
class Step:
    """One step of an experiment as it was carried out: its words, start and end [s].

    ``skipped`` is True if its end was already met when it would have begun, so that PyBaMM left
    it out; ``complete`` is False if it was cut off before its own end.
    """

    words: str
    start: float
    end: float
    skipped: bool = False
    complete: bool = True

    def times(self, n: int = 201) -> np.ndarray:
        """Even times within the step [s], the first just after the current was switched."""
        return np.linspace(self.start + min(AFTER, (self.end - self.start) / 2), self.end, n)


@dataclass(frozen=True)
class VariantRun:
    """One solved run.

    Attributes
    ----------
    prepared : Prepared
    results : Results or None
        What was solved, if anything was.
    problem : str
        Why it did not go as described, in physical words; empty if it did.
    steps : tuple of Step
        Those carried out, whole or in part.
    setup_s, solve_s : float
        Wall time of building and of solving [s].
    unknowns : int
        Number of unknowns of the discretised model.
    notes : tuple of str
        Remarks, for instance where a law was used outside its data.
    fault : bool
        True if ``problem`` is one that nobody foresaw: a fault of this code.
    """

    prepared: Prepared
    results: Results | None = None
    problem: str = ""
    steps: tuple[Step, ...] = ()
    setup_s: float = 0.0
    solve_s: float = 0.0
    unknowns: int = 0
    notes: tuple[str, ...] = ()
    fault: bool = False

    @property
    def name(self) -> str:
        """Name of the variant."""
        return self.prepared.spec.name

    @property
    def outcome(self) -> str:
        """How the run ended, and which steps were left out."""
        left_out = dict.fromkeys(step.words for step in self.steps if step.skipped)
        if not left_out:
            return self.problem or "the experiment was carried out to its end"
        named = ", ".join(map(repr, left_out))
        words = self.problem or "the other steps were carried out to their ends"
        return f"{words}; skipped, because their ends were already met: {named}"

    @property
    def solved(self) -> Results:
        """The results; ``ResultsError`` with the reason if there are none."""
        if self.results is None:
            raise ResultsError(f"{self.name}: {self.problem}")
        return self.results

    def step(self, number: int) -> Step:
        """A step carried out to its end, by number; negative numbers count from the last."""
        planned = len(self.prepared.spec.experiment)
        index = number if number >= 0 else planned + number
        if not 0 <= index < planned:
            raise ResultsError(f"{self.name}: there is no step {number}; it has {planned}.")
        if index >= len(self.steps) or not self.steps[index].complete:
            reason = self.problem or "the run did not get that far"
            raise ResultsError(f"{self.name}: step {index + 1} was not completed: {reason}")
        if self.steps[index].skipped:
            raise ResultsError(
                f"{self.name}: step {index + 1}, {self.steps[index].words!r}, was skipped: its end "
                "was already met when it would have begun."
            )
        return self.steps[index]


def problem_of(error: Exception, doing: str) -> tuple[str, bool]:
    """What to say of an exception that costs one run, figure or criterion, and no more.

    Returns
    -------
    str
        One line.
    bool
        True if nobody foresaw it: a fault of this code.
    """
    if isinstance(error, MultiscaleError):
        return str(error), False
    if isinstance(error, MemoryError):
        return out_of_memory(error), False
    return fault(error, doing), True


@dataclass(frozen=True)
class CaseRun:
    """A case and its solved runs, in the order of the case.

    ``interrupted`` is True if the user stopped it; ``missing`` names variants without a run
    and why.
    """

    case: Case
    runs: Mapping[str, VariantRun]
    missing: Mapping[str, str] = field(default_factory=dict)
    interrupted: bool = False

    @property
    def results(self) -> dict[str, Results]:
        """Results of every variant that has some."""
        return {name: run.results for name, run in self.runs.items() if run.results is not None}

    @property
    def failures(self) -> dict[str, str]:
        """Variants that did not go as described, and why."""
        problems = {name: run.problem for name, run in self.runs.items() if run.problem}
        return {**problems, **self.missing}

    def run(self, variant: str) -> VariantRun:
        """A run by variant; ``ResultsError`` with the reason if there is none."""
        if variant not in self.runs:
            raise ResultsError(self.missing.get(variant, f"variant {variant!r} was not chosen"))
        return self.runs[variant]
