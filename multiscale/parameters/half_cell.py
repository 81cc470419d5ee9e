"""Half-cell pseudo-open-circuit curves as both branches of a potential, and their mean."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from scipy.optimize import isotonic_regression

from multiscale.errors import ParameterError, unknown_name
from multiscale.parameters import names
from multiscale.parameters.own_data import MeasuredLaw
from multiscale.parameters.sets import Source
from multiscale.parameters.tables import MonotoneTable
from multiscale.tables import Table, read_table
from multiscale.units import split_unit

POINTS = 200  # of the law, even in stoichiometry
LARGEST_RETURN = 0.5  # of the span of voltage, on both sides of a turn
LARGEST_CHANGE = 0.005  # [V] that smoothing may move a point by
# Names under which the two columns are looked for, in this order.
_USUAL = {
    "capacity": (
        "normalizedcapacity",
        "capacity",
        "specific capacity",
        "ah",
        "q",
        "charge",
        "soc",
        "dod",
    ),
    "voltage": ("voltage", "volts", "v", "ecell", "ewe", "e", "potential", "ocv", "ocp", "u"),
}


@dataclass(frozen=True)
class HalfCellOCP:
    """Branches of a half-cell curve as laws, and how much smoothing moved the data.

    Attributes
    ----------
    delithiation, lithiation, mean : MeasuredLaw
        The mean is half the sum at equal stoichiometry. Without a second file all are equal.
    smoothing : float
        Largest distance between the law and the mean of the samples around a point [V].
    """

    delithiation: MeasuredLaw
    lithiation: MeasuredLaw
    mean: MeasuredLaw
    smoothing: float

    def entries(self, branch: str = "mean") -> dict[str, MeasuredLaw]:
        """For ``values.update(...)``: all three, and one of them as the potential in use."""
        branches = {
            "delithiation": self.delithiation,
            "lithiation": self.lithiation,
            "mean": self.mean,
        }
        if branch not in branches:
            raise ParameterError(unknown_name("branch", branch, branches))
        laws = (self.delithiation, self.lithiation, self.mean)
        return {law.name: law for law in laws} | {names.OCP: branches[branch].named(names.OCP)}


def half_cell_ocp(
    delithiation: Any,
    lithiation: Any = None,
    *,
    theta: tuple[float, float],
    citation: str,
    columns: Mapping[str, str] | None = None,
    decimal: str = ".",
    **details: Any,
) -> HalfCellOCP:
    """Open-circuit potential from slow half-cell curves, with a stated stoichiometry mapping.

    Parameters
    ----------
    delithiation, lithiation : path, pandas.DataFrame or mapping
        Voltage against capacity, CSV or MATLAB; the second is optional. The capacity may run
        either way and in any unit: each file's own span is mapped onto ``theta``.
    theta : (float, float)
        Stoichiometry at the lowest and at the highest voltage, for example (0.98, 0.2). No
        file says this; it is stated in the sources of the laws.
    citation : str
        Whose numbers they are.
    columns : mapping, optional
        ``{"capacity": ..., "voltage": ...}``; found by their usual names otherwise.
    decimal : {".", ","}
        Decimal sign of a CSV.
    **details
        Other fields of :class:`Source`, for example ``doi`` or ``grade``.

    Raises
    ------
    ParameterError
        If columns are missing, values NaN, the mapping impossible, or the potential rises
        with stoichiometry by more than noise.

    Examples
    --------
    >>> import numpy as np
    >>> q = np.linspace(0, 1, 500)
    >>> curves = half_cell_ocp({"capacity": q, "voltage [V]": 3.5 + 0.8 * q},
    ...                        {"capacity": q, "voltage [V]": 3.4 + 0.8 * q},
    ...                        theta=(0.9, 0.3), citation="invented")
    >>> round(float(curves.mean(0.6)), 3), round(float(curves.delithiation(0.6)), 3)
    (3.85, 3.9)
    """
    full, empty = theta
    if not 0 < empty < full < 1:
        raise ParameterError(
            f"theta={theta}: give the stoichiometry at the lowest and at the highest voltage, "
            "both between 0 and 1, the first the larger: (0.98, 0.2) for instance"
        )
    files = [delithiation] if lithiation is None else [delithiation, lithiation]
    sides = [_branch(file, theta, columns or {}, decimal) for file in files]
    sides = [sides[0], sides[-1]]
    grid = np.linspace(empty, full, POINTS)
    potentials = [side[0] for side in sides]
    laws = [*potentials, 0.5 * (potentials[0] + potentials[1])]
    entries = (names.DELITHIATION_OCP, names.LITHIATION_OCP, names.MEAN_OCP)
    where = " and ".join(dict.fromkeys(_name(file) for file in files))
    described = {
        "where": where,
        "grade": "A",
        "kind": "measured here",
        "method": f"pseudo-open-circuit curve; stoichiometry taken as {full:g} at the lowest "
        f"and {empty:g} at the highest voltage, linear in capacity",
    }
    source = Source(citation=citation, valid_range=(empty, full), **(described | details))
    made = [
        MeasuredLaw(name, MonotoneTable(grid.tolist(), law.tolist()), source)
        for name, law in zip(entries, laws, strict=True)
    ]
    return HalfCellOCP(made[0], made[1], made[2], max(side[1] for side in sides))


def _name(file: Any) -> str:
    return Path(file).name if isinstance(file, str | Path) else "the table"


def _branch(
    file: Any, theta: tuple[float, float], chosen: Mapping[str, str], decimal: str
) -> tuple[np.ndarray, float]:
    """Potential on the even grid of stoichiometry, and how far smoothing moved it [V]."""
    table, where = read_table(file, decimal=decimal, error=ParameterError), _name(file)
    capacity = table.column(_find(table, "capacity", chosen, where))
    header = _find(table, "voltage", chosen, where)
    # without a unit a half-cell voltage is taken as volts, if it can be
    volts = table.si(header, "voltage", table.unit(header) or "V")
    bad = ~(np.isfinite(capacity) & np.isfinite(volts))
    if bad.any():
        raise ParameterError(f"{where}, row {bad.argmax() + 1}: a number is missing (NaN)")
    if len(volts) < 10 or np.ptp(capacity) == 0:
        raise ParameterError(f"{where}: needs at least 10 points over a span of capacity")
    if np.abs(volts).max() > 10:
        raise ParameterError(f"{where}: voltages up to {volts.max():g}; in mV? Say so in the name")
    for turned in (volts, -volts):
        at = turned.argmin()
        if min(turned[0], turned[-1]) - turned[at] > LARGEST_RETURN * np.ptp(volts):
            raise ParameterError(
                f"{where}: the voltage turns round at row {at + 1}, so both directions are in one "
                "file; give each as a file of its own"
            )
    share = (capacity - capacity.min()) / np.ptp(capacity)
    if np.corrcoef(share, volts)[0, 1] < 0:
        share = 1 - share
    full, empty = theta
    sto, grid = full + (empty - full) * share, np.linspace(empty, full, POINTS)

    # smoothed: local means on the grid, then the nearest curve that never rises
    order = np.argsort(sto, kind="stable")
    sto, volts = sto[order], volts[order]
    half = 0.5 * (grid[1] - grid[0])
    first, last = np.searchsorted(sto, grid - half), np.searchsorted(sto, grid + half, "right")
    count = last - first
    unique, index = np.unique(sto, return_index=True)
    means = np.interp(grid, unique, volts[index])
    many = count >= 3
    many[[0, -1]] = False  # a mean at an end is not in its middle
    sums = (np.r_[0.0, np.cumsum(x)] for x in (sto, volts))
    middles, of_window = (((s[last] - s[first]) / np.maximum(count, 1))[many] for s in sums)
    # where the samples of a window lie off its middle, their mean belongs there
    known = np.r_[grid[~many], middles], np.r_[means[~many], of_window]
    in_order = np.argsort(known[0])
    means = np.interp(grid, known[0][in_order], known[1][in_order])
    falling = isotonic_regression(means, increasing=False).x
    moved = float(np.abs(falling - means).max())
    if moved > LARGEST_CHANGE:
        at = grid[np.abs(falling - means).argmax()]
        raise ParameterError(
            f"{where}: the potential rises with stoichiometry by {1e3 * moved:.1f} mV near "
            f"{at:.3f}; that is more than noise. Is it one branch only?"
        )
    # strictly falling: 1 uV over the whole range
    return falling - 1e-6 * np.linspace(0, 1, len(grid)), moved


def _find(table: Table, role: str, chosen: Mapping[str, str], file: str) -> str:
    if role in chosen:
        return chosen[role]
    plain = {split_unit(header)[0].casefold(): header for header in table}
    for name in _USUAL[role]:
        if name in plain:
            return plain[name]
    raise ParameterError(
        f"{file}: no column looks like a {role}; it has {', '.join(map(repr, table))}. "
        f'Say columns={{"{role}": "its name"}}'
    )
