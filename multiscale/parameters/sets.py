"""A parameter set, the source of each of its entries, and safe changes to it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, NamedTuple

import pandas as pd
import pybamm

from multiscale.errors import ParameterError, unknown_name
from multiscale.parameters import names

GRADES = {
    "A": "read in the publication or data set itself",
    "B": "read in a secondary source that states it explicitly",
    "C": "digitised, tuned, derived by us or assumed",
}
KINDS = ("measured here", "measured elsewhere", "fitted", "derived", "assumed")


@dataclass(frozen=True, kw_only=True)
class Source:
    """Provenance of one entry of a parameter set.

    Parameters
    ----------
    citation : str
        Who published or decided the value.
    where : str
        Place inside the source (table, equation, file), or the reason of an assumption.
    grade : {"A", "B", "C"}
        Confidence, see :data:`GRADES`.
    kind : str
        One of :data:`KINDS`; "here" means on the material the set is named after.
    method : str
        How the value was obtained.
    doi : str
        Empty if the source has none or it was not verified.
    valid_range : tuple of float, optional
        Smallest and largest argument the source covers; needed for laws.
    argument : str
        What ``valid_range`` counts, with its unit.

    Raises
    ------
    ParameterError
        If the grade or kind is unknown, a text is empty or the range is not increasing.

    Examples
    --------
    >>> Source(citation="Lun et al.", where="eq. 13", grade="A", kind="measured here",
    ...        method="weighing").grade
    'A'
    """

    citation: str
    where: str
    grade: str
    kind: str
    method: str
    doi: str = ""
    valid_range: tuple[float, float] | None = None
    argument: str = "stoichiometry [-]"

    def __post_init__(self) -> None:
        if self.grade not in GRADES:
            raise ParameterError(f"Unknown grade {self.grade!r}; valid: {', '.join(GRADES)}")
        if self.kind not in KINDS:
            raise ParameterError(f"Unknown kind {self.kind!r}; valid: {', '.join(KINDS)}")
        if not (self.citation and self.where and self.method):
            raise ParameterError("A source needs a citation, a place and a method")
        if self.valid_range is not None and not self.valid_range[0] < self.valid_range[1]:
            raise ParameterError(f"The range {self.valid_range} of a source does not increase")


class Entry(NamedTuple):
    """A value of a parameter set and where it comes from, side by side.

    Attributes
    ----------
    value : float, callable or pybamm.Symbol
        In the unit of the entry's name.
    source : Source

    Examples
    --------
    >>> source = Source(citation="A", where="table 1", grade="A", kind="measured here", method="m")
    >>> Entry(4700.0, source).cited(method="weighing").source.method
    'weighing'
    """

    value: Any
    source: Source

    def cited(self, **changes: Any) -> Entry:
        """The same value with other fields of its source."""
        return Entry(self.value, replace(self.source, **changes))


def values_of(entries: Mapping[str, Entry], *citations: str) -> dict[str, Any]:
    """Entries in PyBaMM's format, a new dictionary at each call.

    Examples
    --------
    >>> source = Source(citation="A", where="table 1", grade="A", kind="fitted", method="m")
    >>> values_of({names.DENSITY: Entry(4700.0, source)})
    {'Positive particle density [kg.m-3]': 4700.0}
    """
    values = {name: entry.value for name, entry in entries.items()}
    return values | ({"citations": list(citations)} if citations else {})


def defaults(alternatives: Mapping[str, Mapping[str, Entry]]) -> dict[str, Entry]:
    """The first of each law's alternatives, which is what a set uses unless told otherwise."""
    return {name: next(iter(laws.values())) for name, laws in alternatives.items()}


@dataclass(frozen=True)
class ParameterSet:
    """A parameter set with what PyBaMM's dictionary cannot hold.

    Attributes
    ----------
    name, title : str
        Name to load it by, and one line on what it describes.
    values : pybamm.ParameterValues
        A fresh copy, free to be updated.
    sources : mapping of str to Source
        One for every entry of the set.
    transport : str
        Form of the lithium flux that the set's diffusivity belongs to: "thermodynamic" or
        "chemical".
    alternatives : mapping of str to mapping of str to Entry
        Laws that the set offers in place of its own: parameter name -> name of the law -> law
        and source; the first of each is the set's own.
    """

    name: str
    title: str
    values: pybamm.ParameterValues
    sources: Mapping[str, Source]
    transport: str
    alternatives: Mapping[str, Mapping[str, Entry]] = field(default_factory=dict)

    def provenance(self) -> pd.DataFrame:
        """One row per entry (index: parameter name): the fields of its source."""
        rows = {name: vars(source) for name, source in sorted(self.sources.items())}
        return pd.DataFrame.from_dict(rows, orient="index").rename_axis("parameter")


def override(values: pybamm.ParameterValues, changes: Mapping[str, Any]) -> pybamm.ParameterValues:
    """A copy of the values with some of them replaced; names are checked.

    Parameters
    ----------
    values : pybamm.ParameterValues
        Not changed.
    changes : mapping of str to number, callable, pybamm.Symbol or Entry
        Parameter name with its unit -> value in that unit. A law is a plain function in
        PyBaMM's signature, for example ``my_D(sto, T)``.

    Returns
    -------
    pybamm.ParameterValues
        The changed copy.

    Raises
    ------
    ParameterError
        If a name is neither in the set nor among :mod:`multiscale.parameters.names`; the
        nearest one is proposed. A name without its unit, or with another unit, is refused.

    Examples
    --------
    >>> from multiscale.parameters import load_set
    >>> slower = override(
    ...     load_set("Xu2022_NMC88").values,
    ...     {"Positive particle diffusivity [m2.s-1]": lambda sto, T: 1e-18 + 0 * sto},
    ... )
    >>> override(slower, {"Positive particle density": 4700.0})
    Traceback (most recent call last):
        ...
    multiscale.errors.ParameterError: Unknown parameter 'Positive particle density'; did you mean \
'Positive particle density [kg.m-3]'? The unit is part of the name.
    """
    known = set(values.keys()) | set(names.all_names())
    for name in changes:
        if name not in known:
            stem = _without_unit(name)
            twins = sorted(other for other in known if _without_unit(other) == stem)
            if not twins:
                raise ParameterError(unknown_name("parameter", name, known))
            raise ParameterError(
                f"Unknown parameter {name!r}; did you mean {twins[0]!r}? The unit is part of the "
                "name."
            )
    changed = values.copy()
    plain = {name: new.value if isinstance(new, Entry) else new for name, new in changes.items()}
    changed.update(plain)
    return changed


def _without_unit(name: str) -> str:
    return name.partition(" [")[0].casefold().strip()


def number(values: pybamm.ParameterValues, name: str) -> float | None:
    """A parameter as a number, if it is one.

    Parameters
    ----------
    values : pybamm.ParameterValues
    name : str
        Parameter name with its unit.

    Returns
    -------
    float or None
        None if the parameter is absent, a law, an input of the solve, or depends on the
        model's geometry or on something that is absent.

    Examples
    --------
    >>> values = pybamm.ParameterValues({"a": 2.0, "b": 3 * pybamm.Parameter("a")})
    >>> number(values, "b"), number(values, "c")
    (6.0, None)
    """
    if name not in values or callable(values[name]):
        return None
    value: Any = values[name]
    if isinstance(value, pybamm.Symbol):
        try:
            symbol = values.process_symbol(value)
        except (KeyError, ValueError):
            # It depends on a parameter that is missing, or NaN, which PyBaMM takes for missing.
            return None
        if not symbol.is_constant() or symbol.has_symbol_of_classes(pybamm.Integral):
            return None
        return float(symbol.evaluate())
    try:
        return float(value)
    except (TypeError, ValueError):  # nothing known, a text, a list
        return None


ACTIVE_MATERIAL = "active material"


def nominal_capacity() -> pybamm.Symbol:
    """Density x volume x practical specific capacity [A.h], as a symbol.

    The volume is the integral of one over the domain "active material" of the model, so
    that one parameter set serves every particle and electrode. It gets its value when a
    model is discretised, and follows an override of the density or the specific capacity.

    Returns
    -------
    pybamm.Symbol
        Scalar [A.h].

    Examples
    --------
    >>> parameters = (p for p in nominal_capacity().pre_order() if type(p) is pybamm.Parameter)
    >>> sorted(parameter.name for parameter in parameters) == [
    ...     names.DENSITY, names.SPECIFIC_CAPACITY]
    True
    """
    position = pybamm.SpatialVariable("x_am", domain=ACTIVE_MATERIAL)
    volume = pybamm.Integral(pybamm.PrimaryBroadcast(1, ACTIVE_MATERIAL), position)
    return pybamm.Parameter(names.DENSITY) * pybamm.Parameter(names.SPECIFIC_CAPACITY) * volume


def initial_concentration() -> pybamm.Symbol:
    """Initial stoichiometry x maximum concentration [mol.m-3], as a symbol.

    Overriding the stoichiometry is then enough.

    Returns
    -------
    pybamm.Symbol
        Scalar [mol.m-3].

    Examples
    --------
    >>> values = pybamm.ParameterValues(
    ...     {names.INITIAL_STOICHIOMETRY: 0.5, names.MAXIMUM_CONCENTRATION: 50e3}
    ... )
    >>> float(values.evaluate(initial_concentration()))
    25000.0
    """
    sto = pybamm.Parameter(names.INITIAL_STOICHIOMETRY)
    return sto * pybamm.Parameter(names.MAXIMUM_CONCENTRATION)
