"""A run: how it is cut into half-cycles, what is ready to be solved, and what it leaves."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, ClassVar

import numpy as np
import pybamm

from multiscale.cases.schema import Case, RunSpec, SolverSpec
from multiscale.errors import MultiscaleError, ResultsError
from multiscale.faults import fault, out_of_memory
from multiscale.parameters import ParameterSet, Source
from multiscale.results import Results

# Right after a step has begun: where the current has already its new value.
AFTER = 1e-3

# How problems begin that another attempt may solve.
SOLVER = "the solver"
NOT_CONSERVED = "lithium or charge is not conserved"

ALREADY_PASSED = "non-positive at initial conditions"  # in PyBaMM's words
ALL_SKIPPED = "exceeded bounds at initial conditions"  # of the steps of a cycle, too


# --- half-cycles -----------------------------------------------------------------------------

KINDS = ("charge", "discharge")
_RATE = re.compile(r"(?:dis)?charge at (\d+(?:\.\d+)?)? ?C(?:/(\d+(?:\.\d+)?))?(?= |$)", re.I)


@dataclass(frozen=True)
class HalfCycle:
    """Steps of one direction of current, with the holds and rests that follow them.

    Attributes
    ----------
    kind : {"charge", "discharge", "rest"}
        Rest if no step says which.
    number : int
        Of this kind, from 1.
    steps : tuple of str
    reset : bool
        The electrode is put back into its pristine state before.
    title : str
        What people call it, if not "charge 1".
    """

    kind: str
    number: int
    steps: tuple[str, ...]
    reset: bool = False
    title: str = ""

    @property
    def name(self) -> str:
        """For people: "charge 1"."""
        return self.title or f"{self.kind} {self.number}"


def kind_of(step: str) -> str | None:
    """Charge or discharge, if the words of a step say so.

    Examples
    --------
    >>> kind_of("Charge at C/20 until 4.3 V"), kind_of("Hold at 4.3 V for 6 hours")
    ('charge', None)
    """
    first = step.split()[0].lower() if step.split() else ""
    return first if first in KINDS else None


def c_rate(step: str) -> float | None:
    """C-rate that a step asks for [1/h]; None if it asks for something else.

    Examples
    --------
    >>> c_rate("Charge at C/20 until 4.3 V"), c_rate("Discharge at 2C for 1 minute")
    (0.05, 2.0)
    """
    if found := _RATE.match(step.strip()):
        times, over = found.groups()
        return float(times or 1) / float(over or 1)
    return None


def half_cycle_plan(spec: RunSpec) -> list[HalfCycle]:
    """The half-cycles of a run, in order.

    A new one begins where the direction changes, and after a reset.
    """
    found: list[tuple[str | None, list[str], bool]] = []
    for number, step in enumerate(spec.experiment):
        kind, reset = kind_of(step), number in spec.resets
        turned = kind is not None and bool(found) and found[-1][0] not in (None, kind)
        if not found or reset or turned:
            found.append((kind, [step], reset))
        else:
            found[-1] = (found[-1][0] or kind, [*found[-1][1], step], found[-1][2])
    counted: dict[str, int] = {}
    plan = []
    for kind, steps, reset in found:
        named = kind or "rest"
        counted[named] = counted.get(named, 0) + 1
        plan.append(HalfCycle(named, counted[named], tuple(steps), reset))
    return plan


# --- what is solved --------------------------------------------------------------------------


@dataclass(frozen=True)
class Attempt:
    """How a half-cycle is solved: tolerances, and whether its current is raised in steps."""

    solver: SolverSpec
    gently: bool = False

    def __str__(self) -> str:
        words = f"rtol {self.solver.rtol:g}"
        return f"{words} and a current raised in steps of 1 s" if self.gently else words


def scaled(solver: SolverSpec, factor: float) -> SolverSpec:
    """Tolerances times a factor."""
    return SolverSpec.model_construct(rtol=solver.rtol * factor, atol=solver.atol * factor)


@dataclass(frozen=True)
class Prepared:
    """A run ready to be solved: its description, set, values, transport and load.

    What a particle and an electrode do each in its own way is asked of their classes, in
    ``particle.py`` and ``electrode.py``.

    Attributes
    ----------
    spec : RunSpec
    parameter_set : ParameterSet
    values : pybamm.ParameterValues
        Of the set, changed by the overrides of the run.
    transport : str
    experiment : pybamm.Experiment
    mesh, geometry
        Mesh of a single particle; an electrode has a geometry instead.
    remarks : tuple of str
        Warnings: what is odd about the entries of the set, but possible.
    """

    spec: RunSpec
    parameter_set: ParameterSet
    values: pybamm.ParameterValues
    transport: str
    experiment: pybamm.Experiment
    mesh: Any = None
    geometry: Any = None
    remarks: tuple[str, ...] = ()

    body_key: ClassVar[str]  # the attribute that it has: "mesh" or "geometry"
    unit: ClassVar[str]  # what is solved, counted and kept
    several: ClassVar[bool]  # particles, so that ranges of lithium differ from run to run

    @staticmethod
    def build(description: Any) -> Any:
        """The mesh or geometry of a description."""
        raise NotImplementedError

    @staticmethod
    def volume(body: Any) -> float:
        """Of the active material [m3]."""
        raise NotImplementedError

    @staticmethod
    def required(spec: RunSpec) -> tuple[str, ...]:
        """Parameters without which it cannot be solved."""
        raise NotImplementedError

    def source(self, name: str) -> Source | None:
        """Where an entry comes from as this run uses it; None where the run has its own value."""
        wanted = self.spec.overrides.get(name)
        if wanted is None:
            return self.parameter_set.sources.get(name)
        if isinstance(wanted, Mapping) and "law" in wanted:
            return self.parameter_set.alternatives[name][wanted["law"]].source
        return None

    def check(self) -> None:
        """Refuse what could never be solved."""

    def model(self) -> Any:
        """A new model."""
        raise NotImplementedError

    @property
    def plan(self) -> list[HalfCycle]:
        """What is solved, counted and kept one after the other."""
        raise NotImplementedError

    @property
    def attempts(self) -> Sequence[Attempt]:
        """Ways of solving a half-cycle, tried while the solver gives up."""
        return [Attempt(self.spec.solver)]

    def other_tolerances(self, problem: str) -> SolverSpec | None:
        """With which to solve the whole run once more, if that may help."""
        return scaled(self.spec.solver, 0.1) if problem.startswith(NOT_CONSERVED) else None

    def failure(self, error: Exception, part: HalfCycle) -> str:
        """Why a half-cycle could not be begun, in physical words."""
        raise NotImplementedError

    def run(self, **found: Any) -> VariantRun:
        """The run, once it was solved or has failed."""
        return VariantRun(self, **found)


# --- what it leaves ---------------------------------------------------------------------------


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
    complete : int
        Number of half-cycles of the plan that were carried out to their end.
    interrupted : bool
        True if the user stopped it.
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
    complete: int = 0
    interrupted: bool = False

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


# --- why it stopped, in our words ------------------------------------------------------------


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
