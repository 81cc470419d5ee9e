"""What a kind of case is: how its variants are read, solved and measured, and what that leaves.

A kind is one module with a ``KIND`` and a line in ``multiscale.cases.kinds``. Particles and
electrodes are kinds like any other.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from multiscale.analysis.censoring import AtLeast, AtMost
from multiscale.cases.tables import Call, Table
from multiscale.errors import MultiscaleError, ResultsError
from multiscale.parameters import ParameterSet

Numbers = Mapping[str, float]

# Why a criterion was not run: something went wrong, or something was not asked for.
FAILED, FAULT, INTERRUPTED = "failed", "fault", "interrupted"
WRONG = (FAILED, FAULT)  # of the input or the machine, and of this code
NO_DATA, LEFT_OUT, IMPOSSIBLE = "no data", "left out", "not computed"


class DataMissing(MultiscaleError, LookupError):
    """Data that a case compares with are not on this machine."""


@dataclass(frozen=True)
class Context:
    """What a case may use besides its own file.

    Attributes
    ----------
    data : Path, optional
        Folder of data sets that are not part of the repository.
    case : str
        Name of the case, for messages.
    """

    data: Path | None = None
    case: str = ""


def _no_sets(solved: Any) -> Iterable[ParameterSet]:
    return ()


@dataclass(frozen=True)
class Kind:
    """How cases of one kind are read, solved and measured.

    Attributes
    ----------
    name : str
        As in ``kind = "..."`` of a case file, which simulations leave out.
    variant : type
        Model of the table of a variant.
    solve : function
        ``solve(variant, context)`` returns what the observables take; raises ``MultiscaleError``,
        of which ``DataMissing`` is no failure.
    observables : mapping of str to function
        Each takes the outcome of ``solve`` and numbers, and returns a number.
    apart : bool
        Each variant is solved in a process of its own, because it takes long.
    statement : str
        What its criteria say where no paper does.
    changed : function, optional
        ``changed(variant, overrides)`` is the variant with other parameters; a kind that has none
        has no sensitivities.
    sets : function
        Parameter sets that a solved variant used.
    """

    name: str
    variant: type[Table]
    solve: Callable[[Any, Context], Any]
    observables: Mapping[str, Callable[..., float]]
    apart: bool = False
    statement: str = ""
    changed: Callable[[Any, Mapping[str, Any]], Any] | None = None
    sets: Callable[[Any], Iterable[ParameterSet]] = _no_sets


@dataclass(frozen=True)
class Part:
    """Variants of one case that are solved in one process.

    ``overrides`` change the parameter set, for the table of sensitivities.
    """

    source: str
    case: str
    variants: tuple[str, ...]
    data: Path | None = None
    overrides: Mapping[str, Any] = field(default_factory=dict)

    def __str__(self) -> str:
        changes = "".join(f", {name} = {value}" for name, value in self.overrides.items())
        return f"{self.case}: {', '.join(self.variants)}{changes}"


@dataclass(frozen=True)
class Problem:
    """Why there is no value: one of the reasons above, words, and what there is all the same."""

    reason: str
    words: str
    partial: Outcome | None = None

    @property
    def failed(self) -> bool:
        """Whether something went wrong."""
        return self.reason in WRONG


@dataclass
class Outcome:
    """What a part leaves: plain numbers and words, so that it can cross processes.

    Attributes
    ----------
    values, problems : dict
        By (number of the criterion, variant).
    seconds : dict of str to float
        CPU time by variant [s]: what it costs on a busy machine as well.
    parameters : dict
        Title and grades of every parameter set in use.
    """

    values: dict[tuple[int, str], float] = field(default_factory=dict)
    problems: dict[tuple[int, str], Problem] = field(default_factory=dict)
    seconds: dict[str, float] = field(default_factory=dict)
    parameters: dict[str, Any] = field(default_factory=dict)

    def add(self, other: Outcome) -> None:
        """Take over what another part of the same case has left."""
        for name in vars(self):
            getattr(self, name).update(getattr(other, name))

    @property
    def failed(self) -> bool:
        """Whether something went wrong."""
        return any(problem.reason in WRONG for problem in self.problems.values())


# --- kinds that call one function; its numbers are the observables ----------------------------


def call(variant: Call, context: Context) -> Numbers:
    """``solve`` of such a kind."""
    numbers: Numbers = variant.call()
    return numbers


def observable(name: str) -> Callable[[Numbers], float]:
    """The observable that is one number of what a comparison returns."""

    def read(numbers: Numbers) -> float:
        if name not in numbers:
            raise ResultsError(f"This comparison has no {name}; it has {', '.join(numbers)}.")
        return bounded(numbers, name)

    return read


def bounded(numbers: Numbers, name: str) -> float:
    """An observable; as a bound if the one beside it says that it is no more.

    Examples
    --------
    >>> type(bounded({"p90_error": 0.3, "p90_error_is_lower_bound": 1.0}, "p90_error")).__name__
    'AtLeast'
    """
    if numbers.get(f"{name}_is_lower_bound"):
        return AtLeast(numbers[name])
    return AtMost(numbers[name]) if numbers.get(f"{name}_is_upper_bound") else numbers[name]
