"""An experiment cut into charges and discharges, before it is solved."""

from __future__ import annotations

import re
from dataclasses import dataclass

from multiscale.cases.schema import RunSpec

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
    """

    kind: str
    number: int
    steps: tuple[str, ...]
    reset: bool = False

    @property
    def name(self) -> str:
        """For people: "charge 1"."""
        return f"{self.kind} {self.number}"


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
