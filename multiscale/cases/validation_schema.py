"""What the validation suite is made of: cases of several kinds, their parts, and rows."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from multiscale.cases.schema import Criterion, Fitted, Uncertain
from multiscale.errors import MultiscaleError

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
    """

    data: Path | None = None


@dataclass(frozen=True)
class SuiteCase:
    """A case of any kind, with what judges it.

    Attributes
    ----------
    name, title, description, tuned : str
    kind : str
        One of ``multiscale.cases.kinds.KINDS``.
    source : str
        What loads it again, in another process: its name or the path of its file.
    variants : mapping of str to Any
        What the kind needs to solve each variant.
    criteria, paper, fast, fitted, uncertain, probed
        As in ``multiscale.cases.Case``.
    apart : bool
        Each variant is a part of its own, because it takes long.
    """

    name: str
    title: str
    description: str
    kind: str
    source: str
    variants: Mapping[str, Any]
    criteria: tuple[Criterion, ...] = ()
    paper: str = ""
    fast: tuple[str, ...] = ()
    fitted: tuple[Fitted, ...] = ()
    uncertain: tuple[Uncertain, ...] = ()
    probed: tuple[str, ...] = ()
    tuned: str = ""
    apart: bool = False

    def fitted_to(self, id: str) -> Fitted | None:
        """The parameter that was fitted to an observation, if one was."""
        return next((one for one in self.fitted if id in one.ids), None)


@dataclass(frozen=True)
class Kind:
    """How cases of one kind are read, solved and measured.

    Attributes
    ----------
    name : str
        As in ``kind = "..."`` of a case file.
    read : function
        ``read(table, folder, where)`` checks the table of a variant and returns what ``solve``
        needs; raises ``CaseError``.
    solve : function
        ``solve(variant, context)`` returns what the measures take; raises ``MultiscaleError``,
        of which ``DataMissing`` is no failure.
    measures : mapping of str to function
        Each takes the outcome of ``solve`` and numbers, and returns a number.
    """

    name: str
    read: Callable[[Mapping[str, Any], Path | None, str], Any]
    solve: Callable[[Any, Context], Any]
    measures: Mapping[str, Callable[..., float]]


@dataclass(frozen=True)
class Part:
    """Variants of one case that are solved in one process.

    ``overrides`` change the parameter set of a simulation, for the table of sensitivities.
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
