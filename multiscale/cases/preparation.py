"""Build what a run needs, so that every mistake shows before anything is solved."""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import pybamm

from multiscale.cases.electrode import Electrode
from multiscale.cases.particle import Particle
from multiscale.cases.runs import Prepared
from multiscale.cases.schema import Case, RunSpec
from multiscale.errors import CaseError, MultiscaleError, unknown_name
from multiscale.limits import C_RATE, MOST_STEPS, MOST_TIMES, short
from multiscale.parameters import ParameterSet, check_parameters, load_set, names, override
from multiscale.parameters.laws import Constant
from multiscale.parameters.sets import number

LONGEST = 1e5  # hours of a step
SHORTEST = 1e-6  # seconds
RELAXED = 1.0  # [V] beyond the cut-offs of a set at which PyBaMM ends a step, see its events
TYPICAL = 4.0  # [V] that powers and resistances are judged at
_NEGATIVE = re.compile(r"^\s*(?:dis)?charge\s+at\s+-", re.I)


def prepare(case: Case) -> dict[str, Prepared]:
    """Mesh, parameters and model of every run of a case.

    Raises
    ------
    MultiscaleError
        Says in which variant, and what to do.
    """
    prepared = {}
    built = Built()
    for name, spec in case.runs.items():
        try:
            prepared[name] = prepare_run(spec, built)
        except MultiscaleError as error:
            where = case.name if len(case.runs) == 1 else f"{case.name}, variant {name!r}"
            raise type(error)(f"{where}: {error}") from error
    return prepared


class Built:
    """Meshes and electrodes by their descriptions, for the runs of one case.

    Variants share the same objects, so that a finite-element space is built once. It is thrown
    away with the preparation: a description names files, and a file may change.
    """

    def __init__(self) -> None:
        self._known: list[tuple[Any, Any]] = []  # compared, not hashed: arguments may be lists

    def of(self, description: Any, build: Callable[[Any], Any]) -> Any:
        """What was built of a description before, or is now."""
        for known, made in self._known:
            if known == description:
                return made
        self._known.append((description, build(description)))
        return self._known[-1][1]


def prepare_run(spec: RunSpec, built: Built | None = None, body: Any = None) -> Prepared:
    """Everything of one run but the solution.

    Parameters
    ----------
    spec : RunSpec
    built : Built, optional
        What other runs of the case have built.
    body : ParticleMesh or ElectrodeGeometry, optional
        Instead of the one that ``spec`` describes.
    """
    kind = Particle if spec.geometry is None else Electrode
    chosen = load_set(spec.parameters)
    values = overridden(chosen, spec.overrides)
    report = check_parameters(values, kind.required(spec))
    report.raise_for_errors()
    if body is None:
        body = (built or Built()).of(getattr(spec, kind.body_key), kind.build)
    density, specific = (number(values, name) for name in (names.DENSITY, names.SPECIFIC_CAPACITY))
    capacity = kind.volume(body) * density * specific if density and specific else None
    prepared = kind(
        spec=spec,
        parameter_set=chosen,
        values=values,
        transport=spec.model.transport or chosen.transport,
        experiment=checked_experiment(spec.experiment, values, capacity),
        # of single entries: what a slip of units or a typing mistake looks like; how entries fit
        # each other is for ``multiscale parameters check``
        remarks=tuple(
            f"{one.name} {one.message}" for one in report.warnings if one.about == "entry"
        ),
        **{kind.body_key: body},
    )
    prepared.check()
    prepared.model()
    return prepared


# --- changes of the parameter set ------------------------------------------------------------


def overridden(chosen: ParameterSet, overrides: Mapping[str, Any]) -> pybamm.ParameterValues:
    """A copy of the set's values with the overrides of a case in them; names are checked."""
    values = chosen.values
    override(values, dict.fromkeys(overrides, 0.0))  # refuses unknown names
    changed = {name: _value(chosen, name, wanted) for name, wanted in overrides.items()}
    return override(values, changed)


def _value(chosen: ParameterSet, name: str, wanted: Any) -> Any:
    values = chosen.values
    present = values[name] if name in values.keys() else None  # noqa: SIM118
    if not isinstance(wanted, Mapping):
        if callable(present):
            raise CaseError(
                f"{name!r} is a law: give {{constant = {wanted:g}}}, {{factor = ...}} or "
                "{law = ...} instead of a number"
            )
        return float(wanted)
    ((how, value),) = wanted.items()
    if how == "constant":
        return Constant(float(value))
    if how == "law":
        return _alternative(chosen, name, value)
    if how == "same_as":
        if value not in values.keys():  # noqa: SIM118
            raise CaseError(unknown_name("parameter", value, values.keys()))
        return values[value]
    if present is None:
        raise CaseError(f"{name!r} is not in the parameter set: there is nothing to multiply")
    return _Scaled(present, float(value)) if callable(present) else value * present


def _alternative(chosen: ParameterSet, name: str, law: str) -> Any:
    offered = chosen.alternatives
    if name not in offered:
        have = ", ".join(map(repr, offered)) or "none"
        raise CaseError(f"{chosen.name} offers no alternatives for {name!r}; it does for: {have}")
    if law not in offered[name]:
        words = f"alternative law of {chosen.name} for {name!r}"
        raise CaseError(unknown_name(words, law, offered[name]))
    return offered[name][law].value


@dataclass(frozen=True)
class _Scaled:
    """A law times a factor, for arrays and symbols."""

    law: Any
    factor: float

    def __call__(self, *arguments: Any) -> Any:
        return self.factor * self.law(*arguments)


# --- steps of the experiment -----------------------------------------------------------------


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
    stumbled = ("could not", "too many", "not enough")
    if not said or type(error) is not ValueError or said.startswith(stumbled):
        return ""
    return f" ({short(said, 200)[1:-1]})"


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
    held = [float(read.value)] if isinstance(read, pybamm.step.Voltage) else []
    ends = [end for end in read.termination if type(end).__name__ == "VoltageTermination"]
    for value in held + [float(end.value) for end in ends]:
        if not low - RELAXED <= value <= high + RELAXED:
            yield f"goes to {value:g} V, which is out of reach: {words}"
        elif isinstance(read, pybamm.step.Voltage):
            continue
        elif read.direction == "charge" and value < low:
            yield f"charges until {value:g} V, below where any charge begins: {words}"
        elif read.direction == "discharge" and value > high:
            yield f"discharges until {value:g} V, above where any discharge begins: {words}"
