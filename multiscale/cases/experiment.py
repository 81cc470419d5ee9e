"""The steps of an experiment, checked before anything is solved: syntax, and impossible numbers."""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Iterator
from typing import Any

import pybamm

from multiscale.errors import CaseError
from multiscale.limits import C_RATE, MOST_STEPS, MOST_TIMES, short
from multiscale.parameters import names
from multiscale.parameters.sets import number

LONGEST = 1e5  # hours of a step
SHORTEST = 1e-6  # seconds
RELAXED = 1.0  # [V] beyond the cut-offs of a set at which PyBaMM ends a step, see its events
TYPICAL = 4.0  # [V] that powers and resistances are judged at
_NEGATIVE = re.compile(r"^\s*(?:dis)?charge\s+at\s+-", re.I)


def checked_experiment(
    steps: tuple[str, ...], values: pybamm.ParameterValues, capacity: float | None = None
) -> pybamm.Experiment:
    """The experiment, if PyBaMM understands its words and a cell could go through its numbers.

    Parameters
    ----------
    steps : tuple of str
        In PyBaMM's words.
    values : pybamm.ParameterValues
        Cut-offs are those of the set.
    capacity : float, optional
        Of the particle or electrode [A.h], to judge currents, powers and resistances.

    Raises
    ------
    CaseError
        Names the step, and what about it cannot be.

    Examples
    --------
    >>> from multiscale.parameters import load_set
    >>> checked_experiment(("Charge at C/0 for 5 minutes",), load_set("Xu2022_NMC88").values)
    Traceback (most recent call last):
        ...
    multiscale.errors.CaseError: the step 'Charge at C/0 for 5 minutes' cannot be read: a rate of \
C/0 is infinite
    """
    if len(steps) > MOST_STEPS:
        raise CaseError(f"the experiment has {len(steps)} steps; the limit is {MOST_STEPS}")
    limits = number(values, names.LOWER_CUTOFF), number(values, names.UPPER_CUTOFF)
    times = 0.0
    for step, count in Counter(steps).items():
        read = _read(step)
        for fault in _faults(step, read, limits, capacity):
            raise CaseError(f"the step {short(step, 120)} {fault}")
        times += count * read.duration / (read.period or read.default_period())
    if times > MOST_TIMES:
        raise CaseError(
            f"the experiment would store {times:.3g} instants; the limit is {MOST_TIMES}: shorten "
            "it, or give its steps longer periods, 'Rest for 100 hours (10 minute period)'"
        )
    return pybamm.Experiment(list(steps))


def _read(step: str) -> Any:
    try:
        return pybamm.Experiment([step]).steps[0]
    except ZeroDivisionError as error:
        message = f"the step {short(step, 120)} cannot be read: a rate of C/0 is infinite"
        raise CaseError(message) from error
    except Exception as error:  # whatever PyBaMM's parser stumbles over
        raise CaseError(
            f"PyBaMM does not understand the step {short(step, 120)}{_reason(error)}; write "
            "'Charge at C/3 for 20 minutes', 'Discharge at 1C until 3 V', "
            "'Hold at 4.2 V for 1 hour or until C/20' or 'Rest for 1 hour', for instance"
        ) from error


def _reason(error: Exception) -> str:
    """What PyBaMM says, without its own examples; nothing if its parser just stumbled."""
    first = (str(error).strip().splitlines() or [""])[0]
    said = first.partition("For example")[0].strip(" .")
    if said.startswith("Temperature must"):
        return f" (the temperature is no part of it: change {names.TEMPERATURE!r})"
    if (
        not said
        or type(error) is not ValueError
        or said.startswith(("could not", "too many", "not enough"))
    ):
        return ""
    return f" ({short(said, 200)[1:-1]})"


def _voltages(read: Any) -> list[float]:
    found = [float(read.value)] if isinstance(read, pybamm.step.Voltage) else []
    ends = [end for end in read.termination if type(end).__name__ == "VoltageTermination"]
    return found + [float(end.value) for end in ends]


def _faults(
    step: str, read: Any, cut_offs: tuple[float | None, float | None], capacity: float | None
) -> Iterator[str]:
    value = read.value
    if not isinstance(value, int | float) or not math.isfinite(value):
        yield f"asks for {short(value)}, not a finite number"
        return
    if _NEGATIVE.match(step):
        yield "asks for a negative number, which would turn charge and discharge round"
    yield from _rate_faults(read, float(value), capacity)
    yield from _end_faults(read, capacity)
    yield from _voltage_faults(read, cut_offs)
    duration = float(read.duration)
    if not SHORTEST <= duration <= LONGEST * 3600:
        yield f"lasts {duration / 3600:.3g} hours; a step lasts {SHORTEST:g} s to {LONGEST:g} hours"
    if read.period is not None and not float(read.period) > 0:
        yield f"has a period of {float(read.period):g} s, which is not positive"


def _rate_faults(read: Any, value: float, capacity: float | None) -> Iterator[str]:
    """Of the current that a step asks for, as a C-rate; none, 0, is a rest."""
    kind = type(read).__name__
    if kind == "Resistance" and not value > 0:
        yield f"asks for a resistance of {value:g} Ohm; it must be positive"
        return
    rate = {"CRate": value}.get(kind)
    if capacity:
        current = {"Current": value, "Power": value / TYPICAL}.get(kind)
        if kind == "Resistance":
            current = TYPICAL / value
        rate = current / capacity if current is not None else rate
    if rate and C_RATE.fault(abs(rate)):
        words = f"asks for {abs(rate):.3g}C; a C-rate is {_span()}"
        if kind != "CRate" and capacity:
            words += f", and what is simulated holds {capacity:.3g} A.h: say it as a C-rate"
        yield words


def _end_faults(read: Any, capacity: float | None) -> Iterator[str]:
    for end in read.termination:
        kind, value = type(end).__name__, getattr(end, "value", None)
        if not isinstance(value, int | float):
            continue
        if not math.isfinite(value):
            yield f"ends at {value}, not a finite number"
        rate = {"CRateTermination": value}.get(kind)
        if kind == "CurrentTermination" and capacity:
            rate = value / capacity
        if rate is not None and C_RATE.fault(abs(rate)):
            words = f"ends at {abs(rate):.3g}C; a C-rate is {_span()}"
            if kind == "CurrentTermination":
                words += f", and what is simulated holds {capacity:.3g} A.h: say it as a C-rate"
            yield words


def _span() -> str:
    low, high = C_RATE.possible
    return f"{low:g}C to {high:g}C"


def _voltage_faults(read: Any, cut_offs: tuple[float | None, float | None]) -> Iterator[str]:
    low, high = cut_offs
    if low is None or high is None:
        return
    words = f"the cut-offs of the set are {low:g} and {high:g} V"
    for value in _voltages(read):
        if not low - RELAXED <= value <= high + RELAXED:
            yield f"goes to {value:g} V, which is out of reach: {words}"
        elif isinstance(read, pybamm.step.Voltage):
            continue
        elif read.direction == "charge" and value < low:
            yield f"charges until {value:g} V, below where any charge begins: {words}"
        elif read.direction == "discharge" and value > high:
            yield f"discharges until {value:g} V, above where any discharge begins: {words}"
