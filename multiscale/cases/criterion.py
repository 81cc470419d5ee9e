"""What a source says about an outcome, and what the outcome of a case rests on."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

KINDS = ("hard", "reported")
COMBINATIONS = ("smallest", "largest", "smallest increase", "ratio", "largest change")


@dataclass(frozen=True)
class Criterion:
    """What a source says about the outcome, fixed before the run.

    Attributes
    ----------
    id, quantity : str
        Row of the table of observables, and what is asked in our words.
    measure, arguments : str, mapping
        Function of :mod:`multiscale.cases.measures` and its arguments.
    variants : tuple of str
        Runs it looks at.
    combine : str, optional
        How several runs become one number: "smallest", "largest", "smallest increase" (from
        each variant to the next), "ratio" (first over second) or "largest change" (of any of
        them, relative to the first).
    minimum, maximum, expected, tolerance : float, optional
        Either limits, or a value with an absolute tolerance.
    unit, source : str
        Unit of the value, and who says so, with the place.
    kind : {"hard", "reported"}
        A reported criterion is shown and never gates.
    control : bool
        A negative control: the cause is taken away, and the limits ask that the effect goes.
    """

    id: str
    quantity: str
    measure: str
    source: str
    kind: str
    variants: tuple[str, ...]
    arguments: Mapping[str, Any] = field(default_factory=dict)
    combine: str | None = None
    minimum: float | None = None
    maximum: float | None = None
    expected: float | None = None
    tolerance: float | None = None
    unit: str = ""
    control: bool = False

    @property
    def limits(self) -> tuple[float, float]:
        """Smallest and largest value that reproduces the source."""
        if self.expected is not None:
            slack = self.tolerance or 0.0
            return self.expected - slack, self.expected + slack
        low = float("-inf") if self.minimum is None else self.minimum
        high = float("inf") if self.maximum is None else self.maximum
        return low, high

    @property
    def wanted(self) -> str:
        """The limits in words."""
        if self.expected is not None:
            return f"{self.expected:g} ± {self.tolerance:g}"
        if self.minimum is None:
            return f"at most {self.maximum:g}"
        if self.maximum is None:
            return f"at least {self.minimum:g}"
        return f"{self.minimum:g} to {self.maximum:g}"


@dataclass(frozen=True)
class Fitted:
    """A parameter that was fitted, so that agreement with its target proves little.

    Attributes
    ----------
    parameter, value : str
        Name in words, and the number with its unit.
    by : str
        Who fitted it.
    ids : tuple of str
        Observations it was fitted to; criteria of the case with these ids do not count as
        evidence.
    """

    parameter: str
    value: str
    by: str
    ids: tuple[str, ...]

    def __str__(self) -> str:
        return f"{self.parameter}: {self.value}, fitted by {self.by}"


@dataclass(frozen=True)
class Uncertain:
    """An entry of the parameter set that is not well known, with two other values.

    Attributes
    ----------
    name : str
        Parameter, spelt as in the set.
    low, high : number or one-key table
        Overrides, as in a case file.
    reason : str
        Where the range comes from.
    """

    name: str
    low: Any
    high: Any
    reason: str
