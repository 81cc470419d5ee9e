"""Check a parameter set before anything is solved with it."""

from __future__ import annotations

import difflib
import inspect
import math
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass, replace
from typing import Any, Literal

import numpy as np
import pybamm

from multiscale import limits
from multiscale.errors import ParameterError
from multiscale.limits import Quantity, short
from multiscale.parameters import names
from multiscale.parameters.sets import number

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


def check_inputs(inputs: Any) -> None:
    """Refuse values given to the solve (``"[input]"``) that physics does not allow.

    Parameters
    ----------
    inputs : dict, list of dict, or None
        As PyBaMM's ``solve`` takes them: name -> number or array.

    Raises
    ------
    ParameterError
        Naming every input that cannot be used.

    Examples
    --------
    >>> check_inputs({names.TEMPERATURE: 25.0})
    Traceback (most recent call last):
        ...
    multiscale.errors.ParameterError: the input Ambient temperature [K] is 25 K; a temperature is \
between 200 and 500 K: is it in degrees Celsius? Then write 298.15
    """
    for one in inputs if isinstance(inputs, list) else [inputs or {}]:
        faults = []
        for name, value in one.items():
            try:
                numbers = np.ravel(np.asarray(value, dtype=float))
            except (TypeError, ValueError):
                continue  # no number: PyBaMM refuses it
            judged = name in QUANTITIES or name in LAWS
            for number_given in np.unique(numbers):
                if judged:
                    plain = pybamm.ParameterValues({name: float(number_given)})
                    found = [*_numbers(plain, [name]), *law_findings(plain, [name], falling=False)]
                    faults += [f"{f.name} {f.message}" for f in found if f.level == "error"]
                elif not math.isfinite(number_given):
                    faults.append(f"{name} is {number_given:g}, not a finite number")
        if faults:
            raise ParameterError(f"the input {'; '.join(dict.fromkeys(faults))}")


def _entries(
    values: pybamm.ParameterValues, used: Collection[str] | None = None, *, falling: bool = True
) -> Iterator[Finding]:
    """Findings on single entries: on all of a set, or on those used."""
    judged = [name for name in values if used is None or name in used]
    yield from _numbers(values, judged)
    low, high = number(values, names.LOWER_CUTOFF), number(values, names.UPPER_CUTOFF)
    if low is not None and high is not None and low >= high:
        yield Finding("error", names.LOWER_CUTOFF, f"is {low}, not below the upper one, {high}")
    start = number(values, names.INITIAL_CONCENTRATION)
    sto = number(values, names.INITIAL_STOICHIOMETRY)
    full = number(values, names.MAXIMUM_CONCENTRATION)
    implied = None if sto is None or full is None else sto * full
    if start is not None and implied is not None and not math.isclose(start, implied, rel_tol=1e-6):
        message = (
            f"is {start:g}, but {sto:g} x {full:g} = {implied:g} by the initial stoichiometry, "
            f"which the models use; change {names.INITIAL_STOICHIOMETRY!r} instead"
        )
        yield Finding("error", names.INITIAL_CONCENTRATION, message)
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
        for ours in difflib.get_close_matches(name, known, n=1, cutoff=SIMILAR):
            # names of PyBaMM differ on purpose: another electrode, or one more word
            lower, plain = name.casefold(), ours.casefold()
            on_purpose = lower.replace("negative", "positive") == plain
            if not (on_purpose or set(plain.split()) < set(lower.split())):
                yield Finding("error", name, f"is not a parameter; did you mean {ours!r}?")


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


@dataclass(frozen=True)
class Finding:
    """One remark on one parameter.

    Parameters
    ----------
    level : {"error", "warning"}
        An error makes every result wrong or impossible; a warning asks for a second look.
    name : str
        Parameter name with its unit.
    message : str
        What is wrong and what would be right.
    about : {"entry", "fit"}
        The entry on its own, or how it fits the others.
    """

    level: Literal["error", "warning"]
    name: str
    message: str
    about: Literal["entry", "fit"] = "entry"

    def __str__(self) -> str:
        return f"{self.level}: {self.name}: {self.message}"


@dataclass(frozen=True)
class ParameterReport:
    """All findings of one check, errors first.

    Examples
    --------
    >>> report = ParameterReport((Finding("warning", "Density", "is it in kg.m-3?"),))
    >>> report.ok, len(report.warnings)
    (True, 1)
    """

    findings: tuple[Finding, ...]

    def __post_init__(self) -> None:
        in_order = sorted(self.findings, key=lambda finding: finding.level)
        object.__setattr__(self, "findings", tuple(in_order))

    @property
    def errors(self) -> tuple[Finding, ...]:
        """Findings that forbid a solve."""
        return tuple(finding for finding in self.findings if finding.level == "error")

    @property
    def warnings(self) -> tuple[Finding, ...]:
        """Findings that ask for a second look."""
        return tuple(finding for finding in self.findings if finding.level == "warning")

    @property
    def ok(self) -> bool:
        """True if there is no error."""
        return not self.errors

    def raise_for_errors(self) -> None:
        """Raise a ParameterError that lists every error; do nothing if there is none."""
        if self.errors:
            lines = "\n".join(f"- {finding.name}: {finding.message}" for finding in self.errors)
            raise ParameterError(f"{len(self.errors)} parameter(s) cannot be used:\n{lines}")

    def __str__(self) -> str:
        return "\n".join(map(str, self.findings)) or "no findings"


STOICHIOMETRIES = np.linspace(0.0005, 0.9995, 1999)  # the open interval, densely
_TEMPERATURE = 298.15  # [K], where the set has none
_CONCENTRATION = 1000.0  # [mol.m-3], where the set has none


@dataclass(frozen=True)
class _Law:
    """What a law is called with and what it must be."""

    arguments: tuple[str, ...]
    quantity: Quantity
    positive: bool = True
    falling: bool = False


_OCP = _Law(("sto",), limits.POTENTIAL, positive=False, falling=True)

LAWS = {
    names.OCP: _OCP,
    names.DELITHIATION_OCP: _OCP,
    names.LITHIATION_OCP: _OCP,
    names.MEAN_OCP: _OCP,
    names.DIFFUSIVITY: _Law(("sto", "T"), limits.DIFFUSIVITY),
    names.CONDUCTIVITY: _Law(("sto", "T"), limits.CONDUCTIVITY),
    names.EXCHANGE_CURRENT: _Law(("c_e", "c_s_surf", "c_s_max", "T"), limits.EXCHANGE_CURRENT),
    names.LITHIUM_EXCHANGE_CURRENT: _Law(("c_e", "c_Li", "T"), limits.EXCHANGE_CURRENT),
    names.ELECTROLYTE_CONDUCTIVITY: _Law(("c_e", "T"), limits.ELECTROLYTE_CONDUCTIVITY),
    names.ELECTROLYTE_DIFFUSIVITY: _Law(("c_e", "T"), limits.ELECTROLYTE_DIFFUSIVITY),
}


def law_findings(
    values: pybamm.ParameterValues, judged: Collection[str], *, falling: bool = True
) -> Iterator[Finding]:
    """Findings on the laws among the names; whether potentials must fall with stoichiometry."""
    full = number(values, names.MAXIMUM_CONCENTRATION) or 5e4
    temperature = number(values, names.TEMPERATURE)
    if temperature is None or not 200 <= temperature <= 400:
        temperature = _TEMPERATURE  # so odd that every law would be blamed for it
    arguments = {
        "sto": pybamm.Vector(STOICHIOMETRIES),
        "c_s_surf": pybamm.Vector(STOICHIOMETRIES * full),
        "c_s_max": pybamm.Scalar(full),
        "c_e": pybamm.Scalar(number(values, names.ELECTROLYTE_CONCENTRATION) or _CONCENTRATION),
        "c_Li": pybamm.Scalar(1 / (number(values, names.LITHIUM_MOLAR_VOLUME) or 1.3e-5)),
        "T": pybamm.Scalar(temperature),
    }
    for name, law in LAWS.items():
        if name not in judged:
            continue
        value = number(values, name)
        if value is not None and not np.isfinite(value):
            yield Finding("error", name, f"is {value}, not a finite number")
            continue
        if callable(values[name]):
            try:
                signature = inspect.signature(values[name])
            except ValueError:  # built-ins such as np.exp show no signature
                signature = None
            try:
                if signature is not None:
                    signature.bind(*law.arguments)
            except TypeError:
                called = f"it is called with ({', '.join(law.arguments)})"
                yield Finding("error", name, f"takes {signature}; {called}")
                continue
        try:
            inputs = {argument: arguments[argument] for argument in law.arguments}
            with np.errstate(all="ignore"):  # what is not finite is reported, not warned about
                processed = values.process_symbol(pybamm.FunctionParameter(name, inputs))
                if processed.has_symbol_of_classes((pybamm.InputParameter, pybamm.Time)):
                    continue  # known at the solve only
                result = np.asarray(processed.evaluate()).ravel()
            if result.size == 1:
                result = np.broadcast_to(result, STOICHIOMETRIES.shape)
        except Exception as error:
            # Whatever a user's law raises is reported with the law's name.
            yield Finding(
                "error",
                name,
                f"cannot be evaluated ({type(error).__name__}: {error}); write it with operators "
                "and NumPy ufuncs such as np.exp, np.tanh, np.maximum, without if, np.where or "
                "math",
            )
            continue
        yield from _judge(name, law if falling else replace(law, falling=False), result)


def _judge(name: str, law: _Law, result: np.ndarray) -> Iterator[Finding]:
    if np.iscomplexobj(result):
        yield Finding("error", name, f"is complex{_where(result.imag != 0, law)}")
        return
    if not np.isfinite(result).all():
        yield Finding("error", name, f"is not finite{_where(~np.isfinite(result), law)}")
        return
    if law.positive and (result <= 0).any():
        yield Finding("error", name, f"is not positive{_where(result <= 0, law)}")
        return
    if law.falling and (np.diff(result) >= 0).any():
        rising = np.r_[np.diff(result) >= 0, False]
        yield Finding(
            "error", name, f"does not fall with stoichiometry{_where(rising, law)} (dU/dsto >= 0)"
        )
    # a steep end of a law is none of a wrong unit: the middle of its values decides
    middle = float(np.median(result))
    if not law.quantity.allows(middle):
        yield Finding("error", name, f"at its median {law.quantity.fault(middle)}")
        return
    low, high = law.quantity.usual
    if result.min() < low or result.max() > high:
        span = f"from {result.min():.3g} to {result.max():.3g}"
        yield Finding("warning", name, f"runs {span}, usually {low:g} to {high:g}; check the unit")


def _where(wrong: np.ndarray, law: _Law) -> str:
    """The stoichiometries at fault, in words."""
    if not {"sto", "c_s_surf"} & set(law.arguments):
        return " at the conditions of the set"
    sto = STOICHIOMETRIES[wrong]
    return f" for {len(sto)} of {len(wrong)} stoichiometries from {sto[0]:.4g} to {sto[-1]:.4g}"


CRYSTAL = (48e3, 50e3)  # lithium sites of layered NMC and NCA [mol.m-3]
PRACTICALLY_EMPTY, PRACTICALLY_FULL = 0.0005, 1.001  # a discharge may fill a little beyond one
SLOW = 10.0  # diffusion times per charge that leave most of a particle untouched
LARGE_DROP = 0.1  # of the voltage window
CONTACT = 0.1  # radius of a particle's contact by its own radius


def physical_findings(
    values: pybamm.ParameterValues, radius: float | None, c_rate: float
) -> Iterator[Finding]:
    """Warnings on entries that contradict each other; only for a set without errors."""
    low, high = number(values, names.LOWER_CUTOFF), number(values, names.UPPER_CUTOFF)
    start = number(values, names.INITIAL_STOICHIOMETRY)
    if low is not None and high is not None:
        # potentials at the start and at both ends of lithium content against the cut-offs
        at = None if start is None else _at(values, names.OCP, start)
        if at is not None and not low <= at <= high:
            side = "above the upper" if at > high else "below the lower"
            message = f"is {start:g}, where the potential is {at:.3f} V, {side} cut-off"
            yield Finding("warning", names.INITIAL_STOICHIOMETRY, message, "fit")
        most = _at(values, names.OCP, PRACTICALLY_EMPTY)
        if most is not None and most < high:
            message = (
                f"is {high:g} V, but the potential is {most:.3f} V at most: no charge gets there"
            )
            yield Finding("warning", names.UPPER_CUTOFF, message, "fit")
        least = _at(values, names.OCP, PRACTICALLY_FULL)
        if least is not None and least > low:
            message = (
                f"is {low:g} V, but the potential is {least:.3f} V at full lithiation: a discharge "
                "goes on beyond it; the law needs its end of discharge"
            )
            yield Finding("warning", names.LOWER_CUTOFF, message, "fit")
    full = number(values, names.MAXIMUM_CONCENTRATION)
    # far away it is another material or another unit, which is not for this check to say
    if full is not None and 2e4 < full < 1e5 and not CRYSTAL[0] <= full <= CRYSTAL[1]:
        message = (
            f"is {full:g}; layered NMC and NCA crystals have {CRYSTAL[0]:g} to {CRYSTAL[1]:g}. A "
            "fitted value belongs to the stoichiometries it was fitted with"
        )
        yield Finding("warning", names.MAXIMUM_CONCENTRATION, message, "fit")
    if radius is None or start is None:
        return
    grid = np.linspace(min(0.4, 0.5 * start), start, 61)
    diffusivities = [_at(values, names.DIFFUSIVITY, float(sto)) for sto in grid]
    if None not in diffusivities:
        diffusivity = float(np.median(np.array(diffusivities, float)))
        diffusion, charge = radius**2 / diffusivity, 3600 / c_rate
        if diffusion > SLOW * charge:
            message = (
                f"R^2/D is {diffusion:.3g} s for R = {radius:g} m and the median D, "
                f"{diffusivity:.2g} m2/s; a charge at {c_rate:g}C takes {charge:.3g} s "
                "(transport with the thermodynamic factor is 15 to 40 times faster)"
            )
            yield Finding("warning", names.DIFFUSIVITY, message, "fit")
    density, capacity = number(values, names.DENSITY), number(values, names.SPECIFIC_CAPACITY)
    if low is None or high is None or density is None or capacity is None:
        return
    conductivity = _at(values, names.CONDUCTIVITY, start)
    if conductivity is None:
        return
    current = c_rate * density * capacity * 4 / 3 * np.pi * radius**3
    drop = current / (2 * conductivity * CONTACT * radius)
    if drop > LARGE_DROP * (high - low):
        message = (
            f"a particle of R = {radius:g} m drops {drop:.2g} V at {c_rate:g}C through a contact "
            f"of R/{1 / CONTACT:g} when it starts ({conductivity:.2g} S/m); "
            f"the window is {high - low:.2g} V"
        )
        yield Finding("warning", names.CONDUCTIVITY, message, "fit")


def _at(values: pybamm.ParameterValues, name: str, sto: float) -> float | None:
    """A law of the set at one stoichiometry; None if it is absent, not known or not finite."""
    if name not in values:
        return None
    inputs = {"sto": pybamm.Scalar(sto)}
    if name != names.OCP:
        inputs["T"] = pybamm.Scalar(number(values, names.TEMPERATURE) or 298.15)
    with np.errstate(all="ignore"):
        symbol = values.process_symbol(pybamm.FunctionParameter(name, inputs))
        if symbol.has_symbol_of_classes((pybamm.InputParameter, pybamm.Time)):
            return None
        value = float(np.squeeze(symbol.evaluate()))
    return value if np.isfinite(value) else None
