"""Measured tables of one's own as material laws that keep their source."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from multiscale.errors import ParameterError, unknown_name
from multiscale.parameters import names
from multiscale.parameters.sets import ParameterSet, Source
from multiscale.parameters.tables import MonotoneTable
from multiscale.tables import Table, read_table
from multiscale.units import parse_unit

_OF_A_CELL = re.compile(r"\s*(soc|dod|state of charge|depth of discharge)\b", re.I)


@dataclass(frozen=True)
class _Quantity:
    """Entry that a table becomes, kind of its unit, and how it is interpolated."""

    name: str
    kind: str
    log10: bool


QUANTITIES = {
    "ocp": _Quantity(names.OCP, "voltage", False),
    "diffusivity": _Quantity(names.DIFFUSIVITY, "diffusivity", True),
    "conductivity": _Quantity(names.CONDUCTIVITY, "conductivity", True),
}


@dataclass(frozen=True)
class MeasuredLaw:
    """A table as a law ``U(sto)`` or ``D(sto, T)``, with where it comes from.

    Parameters
    ----------
    name : str
        Entry of a parameter set it is meant for.
    table : MonotoneTable
        In SI units.
    source : Source

    Examples
    --------
    >>> law = from_table({"sto": [0.3, 0.9], "U [V]": [4.2, 3.6]}, "ocp", units="V",
    ...                  citation="our coin cell")
    >>> law.name, float(law(0.9)), law.source.valid_range
    ('Positive electrode OCP [V]', 3.6, (0.3, 0.9))
    """

    name: str
    table: MonotoneTable
    source: Source

    def __call__(self, sto: Any, T: Any = None) -> Any:
        """Value at a stoichiometry (array or symbol); the temperature is not used."""
        return self.table(sto)

    def derivative(self, sto: Any) -> Any:
        """Derivative with respect to stoichiometry."""
        return self.table.derivative(sto)

    @property
    def valid_range(self) -> tuple[float, float]:
        """Stoichiometries of the data [-]."""
        return self.table.valid_range

    @property
    def entry(self) -> dict[str, MeasuredLaw]:
        """For ``values.update(law.entry)``."""
        return {self.name: self}

    def named(self, name: str) -> MeasuredLaw:
        """The same law for another entry, a branch of the open-circuit potential say."""
        return replace(self, name=name)


def from_table(
    table: Any,
    quantity: str,
    *,
    units: str | None = None,
    citation: str,
    columns: Mapping[str, str] | None = None,
    decimal: str = ".",
    **details: Any,
) -> MeasuredLaw:
    """A law through the points of a table, by monotone interpolation.

    Parameters
    ----------
    table : path, pandas.DataFrame or mapping of str to array_like
        See :func:`multiscale.tables.read_table`.
    quantity : {"ocp", "diffusivity", "conductivity"}
        The last two are interpolated in their logarithm and are level outside the table; a
        potential goes on straight.
    units : str, optional
        Unit of the values, V, cm2/s or mS/cm for instance. Required unless the header of the
        column gives it, as ``D [cm2/s]`` does, or a row of units below the headers.
    citation : str
        Whose numbers they are.
    columns : mapping, optional
        Names of the columns, ``{"stoichiometry": ..., "value": ...}``; the first and the
        second by default.
    decimal : {".", ","}
        Decimal sign of a CSV.
    **details
        Other fields of :class:`Source`: where, grade, kind, method, doi.

    Raises
    ------
    ParameterError
        If a unit is missing or wrong, a value NaN, the stoichiometry outside 0..1, not
        monotone or double, a diffusivity not positive, or a potential does not fall.

    Examples
    --------
    >>> law = from_table({"x": [0.9, 0.4], "D [cm2/s]": [1e-13, 4e-12]}, "diffusivity",
    ...                  citation="our titration", grade="C")
    >>> float(f"{law(0.4, 298.15):.3g}")
    4e-16
    """
    if quantity not in QUANTITIES:
        raise ParameterError(unknown_name("quantity", quantity, QUANTITIES))
    wanted = QUANTITIES[quantity]
    file = Path(table).name if isinstance(table, str | Path) else "the table"
    found = read_table(table, decimal=decimal, error=ParameterError)
    named = columns or {}
    for key in named:
        if key not in ("stoichiometry", "value"):
            raise ParameterError(unknown_name("role", key, ["stoichiometry", "value"]))
    if len(found) < 2:
        raise ParameterError(f"{file} needs two columns; it has {', '.join(found) or 'none'}")
    header, of_values = list(found)[:2]
    if "stoichiometry" not in named and _OF_A_CELL.match(header):
        raise ParameterError(
            f"{file}: {header!r} is a state of the cell; a law needs the stoichiometry, 1 where "
            "the material is full of lithium: convert it, or name the column if it is one, "
            f"columns = {{stoichiometry = {header!r}}}"
        )
    x = stoichiometry(found, named.get("stoichiometry", header))
    y = found.si(named.get("value", of_values), wanted.kind, units)
    x, y = checked_points(x, y, file)
    if wanted.log10 and (y <= 0).any():
        raise ParameterError(f"{file}: the {quantity} is not positive at {x[y <= 0][0]:g}")
    rising = np.flatnonzero(np.diff(y) >= 0)
    if quantity == "ocp" and rising.size:
        at = rising[0]
        raise ParameterError(
            f"{file}: the potential does not fall with stoichiometry from {x[at]:g} to "
            f"{x[at + 1]:g} ({y[at]:.4f} V to {y[at + 1]:.4f} V); is the first column a state of "
            "charge? Noisy records are for half_cell_ocp, which smooths them"
        )
    beyond: Any = "constant" if wanted.log10 else "straight"
    law = MonotoneTable(x.tolist(), y.tolist(), wanted.log10, below=beyond, above=beyond)
    described = {
        "where": file,
        "grade": "A",
        "kind": "measured here",
        "method": f"{len(x)} points, monotone interpolation",
    }
    source = Source(citation=citation, valid_range=law.valid_range, **(described | details))
    return MeasuredLaw(wanted.name, law, source)


def stoichiometry(found: Table, header: str) -> np.ndarray:
    """A column as fractions: as it stands, or by its unit if that is per cent.

    What stands in brackets need not be a unit: ``x (Li)``.
    """
    unit = found.unit(header)
    return found.si(header, "number", unit if unit and parse_unit(unit) else "1")


def checked_points(x: np.ndarray, y: np.ndarray, file: str) -> tuple[np.ndarray, np.ndarray]:
    """Points by increasing stoichiometry; ``ParameterError`` with the row that is at fault."""
    bad = ~(np.isfinite(x) & np.isfinite(y))
    if bad.any():
        raise ParameterError(f"{file}, row {bad.argmax() + 1}: a number is missing (NaN)")
    if len(x) < 2:
        raise ParameterError(f"{file}: a law needs at least 2 points, there are {len(x)}")
    if x.min() < 0 or x.max() > 1:
        row = int(((x < 0) | (x > 1)).argmax())
        hint = "; is it in per cent, or a capacity?" if x.max() > 1.5 else ""
        raise ParameterError(
            f"{file}, row {row + 1}: stoichiometry {x[row]:g} is not between 0 and 1{hint}"
        )
    steps = np.diff(x)
    if (steps == 0).any():
        row = int((steps == 0).argmax())
        raise ParameterError(f"{file}: rows {row + 1} and {row + 2} have one stoichiometry")
    if (steps > 0).any() and (steps < 0).any():
        row = int((np.sign(steps) != np.sign(steps[0])).argmax())
        raise ParameterError(
            f"{file}, row {row + 2}: the stoichiometry turns round at {x[row]:g}; give one "
            "direction only, sorted"
        )
    order = np.argsort(x)
    return x[order], y[order]


def customised(
    base: ParameterSet, name: str, *laws: MeasuredLaw, title: str = "", transport: str = ""
) -> ParameterSet:
    """A set with laws of one's own in place of some of its entries, and their sources.

    Parameters
    ----------
    base : ParameterSet
        Not changed.
    name : str
        Of the new set.
    *laws : MeasuredLaw
    title : str
    transport : {"", "thermodynamic", "chemical"}
        What the diffusivity of the new set is; that of the base if empty.

    Examples
    --------
    >>> from multiscale.parameters.library import load_set
    >>> law = from_table({"x": [0.4, 0.9], "D [m2/s]": [4e-16, 1e-17]}, "diffusivity",
    ...                  citation="our titration")
    >>> mine = customised(load_set("Xu2022_NMC88"), "mine", law, transport="chemical")
    >>> mine.sources[law.name].citation, mine.transport
    ('our titration', 'chemical')
    """
    values = base.values.copy()
    values.update({law.name: law for law in laws})
    sources = {**base.sources, **{law.name: law.source for law in laws}}
    described = title or f"{base.name} with {', '.join(law.name for law in laws)} replaced"
    form = transport or base.transport
    return ParameterSet(name, described, values, sources, form, base.alternatives)
