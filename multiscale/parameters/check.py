"""Check a parameter set before anything is solved with it."""

from __future__ import annotations

import difflib
import math
from collections.abc import Collection, Iterable, Iterator

import pybamm

from multiscale import limits
from multiscale.errors import ParameterError
from multiscale.limits import Quantity, short
from multiscale.parameters import names
from multiscale.parameters.check_laws import LAWS, law_findings
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

SIMILAR = 0.93  # above it, two names that differ are taken for one name and a slip

QUANTITIES: dict[str, Quantity] = {
    names.MAXIMUM_CONCENTRATION: limits.CONCENTRATION,
    names.DENSITY: limits.DENSITY,
    names.SPECIFIC_CAPACITY: limits.SPECIFIC_CAPACITY,
    names.NOMINAL_CAPACITY: limits.POSITIVE,
    names.INITIAL_STOICHIOMETRY: limits.SHARE,
    names.TRANSFER_COEFFICIENT: limits.SHARE,
    names.TRANSFERENCE_NUMBER: limits.SHARE,
    names.TEMPERATURE: limits.TEMPERATURE,
    names.INITIAL_TEMPERATURE: limits.TEMPERATURE,
    names.REFERENCE_TEMPERATURE: limits.TEMPERATURE,
    names.ELECTROLYTE_CONCENTRATION: limits.SALT,
    names.COUNTER_AREA_RATIO: limits.POSITIVE,
    names.LITHIUM_MOLAR_VOLUME: limits.MOLAR_VOLUME,
    names.PRISTINE_CONDUCTIVITY: limits.CONDUCTIVITY,
    names.CARBON_BINDER_CONDUCTIVITY: limits.CONDUCTIVITY,
    # Zero is an open contact, infinity a perfect one.
    names.CONTACT_CONDUCTANCE: limits.CONTACT_CONDUCTANCE,
    names.LOWER_CUTOFF: limits.CUT_OFF,
    names.UPPER_CUTOFF: limits.CUT_OFF,
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
    >>> print(check_parameters(values).errors[0].message)
    is -4780 kg/m3; a density is between 100 and 30000 kg/m3
    """
    if not isinstance(values, pybamm.ParameterValues):
        raise ParameterError(
            f"Parameters must be a pybamm.ParameterValues, got {type(values).__name__}"
        )
    limits.number(c_rate, "The C-rate", ParameterError, limits.C_RATE)
    if radius is not None:
        limits.number(radius, "The radius", ParameterError, limits.RADIUS)
    values = values.copy()
    findings = [*_missing(values, required), *_misspelt(values), *_entries(values)]
    sound = not any(f.level == "error" or f.name == names.OCP for f in findings)
    if sound:
        findings.extend(physical_findings(values, radius, c_rate))
    return ParameterReport(tuple(findings))


def check_used(
    values: pybamm.ParameterValues, used: Collection[str], *, falling: bool = True
) -> ParameterReport:
    """Find what is wrong with the entries that a model uses: the check of the Python door.

    As :func:`check_parameters`, but what the model does not use is not judged, nor how the
    entries fit each other. A potential that rises with stoichiometry is another theory, not a
    slip, and passes.

    Parameters
    ----------
    values : pybamm.ParameterValues
        Not changed.
    used : collection of str
        Names of the entries that the model reads.
    falling : bool
        Open-circuit potentials must fall with stoichiometry.

    Examples
    --------
    >>> values = pybamm.ParameterValues({names.TEMPERATURE: 25.0})
    >>> print(check_used(values, [names.TEMPERATURE]).errors[0].message)
    is 25 K; a temperature is between 200 and 500 K: is it in degrees Celsius? Then write 298.15
    """
    entries = _entries(values, used, falling=falling)
    findings = [*_missing(values, used), *_misspelt(values), *entries]
    return ParameterReport(tuple(findings))


def _entries(
    values: pybamm.ParameterValues, used: Collection[str] | None = None, *, falling: bool = True
) -> Iterator[Finding]:
    """Findings on single entries: on all of a set, or on those used."""
    judged = [name for name in values if used is None or name in used]
    yield from _numbers(values, judged)
    yield from _relations(values)
    yield from law_findings(values, judged, falling=falling)


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
    """True for names of PyBaMM that differ on purpose: other electrode, or one more word."""
    lower = name.casefold()
    more = set(ours.casefold().split()) < set(lower.split())
    return lower.replace("negative", "positive") == ours.casefold() or more


def _numbers(values: pybamm.ParameterValues, judged: Iterable[str]) -> Iterator[Finding]:
    for name in judged:
        if name in LAWS:
            continue
        plain = values[name]
        given = isinstance(plain, int | float) and not isinstance(plain, bool)
        value = float(plain) if given else number(values, name) if name in QUANTITIES else None
        if value is None:
            if name in QUANTITIES and not (isinstance(plain, pybamm.Symbol) or callable(plain)):
                yield Finding("error", name, f"is {short(plain)}, not a number")
            continue
        quantity = QUANTITIES.get(name)
        if quantity is None:
            if not math.isfinite(value):
                yield Finding("error", name, f"is {value}, not a finite number")
        elif fault := quantity.fault(value):
            yield Finding("error", name, fault)
        elif remark := quantity.remark(value):
            yield Finding("warning", name, remark)


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
