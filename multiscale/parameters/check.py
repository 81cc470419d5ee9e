"""Check a parameter set before anything is solved with it."""

from __future__ import annotations

import difflib
import math
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import pybamm

from multiscale.errors import ParameterError
from multiscale.parameters import names
from multiscale.parameters.check_laws import law_findings
from multiscale.parameters.check_physics import physical_findings
from multiscale.parameters.evaluation import number
from multiscale.parameters.report import Finding, ParameterReport

# What an isolated particle with an imposed flux needs; a model may ask for more.
REQUIRED = (
    names.OCP,
    names.DIFFUSIVITY,
    names.MAXIMUM_CONCENTRATION,
    names.INITIAL_STOICHIOMETRY,
    names.DENSITY,
    names.SPECIFIC_CAPACITY,
    names.NOMINAL_CAPACITY,
    names.CURRENT,
    names.LOWER_CUTOFF,
    names.UPPER_CUTOFF,
    names.TEMPERATURE,
)

LARGEST_RADIUS = 1e-3  # [m]
SIMILAR = 0.93  # above it, two names that differ are taken for one name and a slip


@dataclass(frozen=True)
class _Limits:
    """Open interval a number must lie in, and the interval where it is not surprising."""

    low: float = 0.0
    high: float = math.inf
    usual: tuple[float, float] = (-math.inf, math.inf)
    closed: bool = False

    def contains(self, value: float) -> bool:
        if self.closed:
            return self.low <= value <= self.high
        return self.low < value < self.high


LIMITS = {
    names.MAXIMUM_CONCENTRATION: _Limits(usual=(1e4, 1e5)),
    names.DENSITY: _Limits(usual=(1e3, 1e4)),
    names.SPECIFIC_CAPACITY: _Limits(usual=(20.0, 400.0)),
    names.NOMINAL_CAPACITY: _Limits(),
    names.INITIAL_STOICHIOMETRY: _Limits(high=1.0),
    names.TRANSFER_COEFFICIENT: _Limits(high=1.0),
    names.TEMPERATURE: _Limits(usual=(200.0, 400.0)),
    names.INITIAL_TEMPERATURE: _Limits(usual=(200.0, 400.0)),
    names.REFERENCE_TEMPERATURE: _Limits(usual=(200.0, 400.0)),
    names.ELECTROLYTE_CONCENTRATION: _Limits(usual=(50.0, 5000.0)),
    names.COUNTER_AREA_RATIO: _Limits(),
    names.LITHIUM_MOLAR_VOLUME: _Limits(usual=(1e-6, 1e-4)),
    # Zero is an open contact, infinity a perfect one.
    names.CONTACT_CONDUCTANCE: _Limits(closed=True),
    names.LOWER_CUTOFF: _Limits(low=-math.inf, usual=(1.0, 5.0)),
    names.UPPER_CUTOFF: _Limits(low=-math.inf, usual=(1.0, 5.5)),
}


def check_parameters(
    values: pybamm.ParameterValues,
    required: Iterable[str] = REQUIRED,
    *,
    radius: float | None = None,
    c_rate: float = 1.0,
) -> ParameterReport:
    """Find what would make a solve fail or its result wrong.

    Looks for missing and misspelt names, numbers that are not finite or outside their
    limits, voltage limits in the wrong order, an initial concentration that contradicts the
    initial stoichiometry, and laws that cannot be called, are not finite real numbers for
    0 < sto < 1, are not positive where they must be, or (open-circuit potentials) do not
    fall with stoichiometry. In a set without errors, warns of a voltage window that does not
    fit the potential, of a maximum concentration that is not a crystal's and, for a given
    radius, of diffusion much slower than a charge and of a large ohmic drop at a contact.
    Values given only at solve time are not judged.

    Parameters
    ----------
    values : pybamm.ParameterValues
        Not changed.
    required : iterable of str
        Names that must be there, with their units.
    radius : float, optional
        Radius of the particles [m], for diffusion time and ohmic drop.
    c_rate : float
        Rate at which these are judged [h-1].

    Returns
    -------
    ParameterReport
        Errors and warnings; call ``raise_for_errors()`` on it before a solve.

    Raises
    ------
    ParameterError
        If ``values`` is not a ``pybamm.ParameterValues``, or radius or rate is not positive.

    Examples
    --------
    >>> from multiscale.parameters import load_set
    >>> values = load_set("Xu2022_NMC88").values
    >>> check_parameters(values).ok
    True
    >>> values.update({"Positive particle density [kg.m-3]": -4780.0})
    >>> print(check_parameters(values))
    error: Positive particle density [kg.m-3]: is -4780.0; it must be greater than 0
    """
    if not isinstance(values, pybamm.ParameterValues):
        raise ParameterError(
            f"Parameters must be a pybamm.ParameterValues, got {type(values).__name__}"
        )
    if not c_rate > 0:
        raise ParameterError(f"The C-rate must be positive, got {c_rate:g}")
    if radius is not None and not 1e-9 < radius < LARGEST_RADIUS:
        raise ParameterError(f"The radius is in metres, 5e-6 for instance; got {radius:g}")
    values = values.copy()
    findings = [
        *_missing(values, required),
        *_misspelt(values),
        *_numbers(values),
        *_relations(values),
        *law_findings(values),
    ]
    sound = not any(f.level == "error" or f.name == names.OCP for f in findings)
    if sound:
        findings.extend(physical_findings(values, radius, c_rate))
    return ParameterReport(tuple(findings))


def _missing(values: pybamm.ParameterValues, required: Iterable[str]) -> Iterator[Finding]:
    present = set(values.keys())
    for name in required:
        if name not in present:
            close = difflib.get_close_matches(name, present - set(names.all_names()), n=1)
            hint = f"; {close[0]!r} is there, is it misspelt?" if close else ""
            yield Finding("error", name, f"is missing{hint}")


def _misspelt(values: pybamm.ParameterValues) -> Iterator[Finding]:
    """Entries that look like a name of ours but are not: the model would ignore them."""
    known = names.all_names()
    for name in set(values.keys()) - set(known):
        near = difflib.get_close_matches(name, known, n=1, cutoff=SIMILAR)
        if near and not _another_thing(name, near[0]):
            yield Finding("error", name, f"is not a parameter; did you mean {near[0]!r}?")


def _another_thing(name: str, ours: str) -> bool:
    """True for names of PyBaMM that differ on purpose: other electrode, or a word in front."""
    lower = name.casefold()
    return lower.replace("negative", "positive") == ours.casefold() or ours.casefold() in lower


def _numbers(values: pybamm.ParameterValues) -> Iterator[Finding]:
    for name, limits in LIMITS.items():
        value = number(values, name)
        if value is None:
            continue
        if math.isnan(value) or (math.isinf(value) and not limits.closed):
            yield Finding("error", name, f"is {value}, not a finite number")
        elif not limits.contains(value):
            yield Finding("error", name, f"is {value}; it must be {_wanted(limits)}")
        elif not limits.usual[0] <= value <= limits.usual[1]:
            low, high = limits.usual
            yield Finding(
                "warning", name, f"is {value}, usually {low:g} to {high:g}; is the unit right?"
            )


def _wanted(limits: _Limits) -> str:
    if limits.closed:
        return f"at least {limits.low:g}"
    if math.isinf(limits.high):
        return f"greater than {limits.low:g}"
    return f"between {limits.low:g} and {limits.high:g}, ends excluded"


def _relations(values: pybamm.ParameterValues) -> Iterator[Finding]:
    low, high = number(values, names.LOWER_CUTOFF), number(values, names.UPPER_CUTOFF)
    if low is not None and high is not None and low >= high:
        yield Finding("error", names.LOWER_CUTOFF, f"is {low}, not below the upper one, {high}")
    start = number(values, names.INITIAL_CONCENTRATION)
    sto = number(values, names.INITIAL_STOICHIOMETRY)
    full = number(values, names.MAXIMUM_CONCENTRATION)
    if start is None or sto is None or full is None:
        return
    if not math.isclose(start, sto * full, rel_tol=1e-6):
        message = (
            f"is {start:g}, but {sto:g} x {full:g} = {sto * full:g} by the initial stoichiometry, "
            f"which the models use; change {names.INITIAL_STOICHIOMETRY!r} instead"
        )
        yield Finding("error", names.INITIAL_CONCENTRATION, message)
