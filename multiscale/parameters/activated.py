"""A measured curve whose activation energy depends on stoichiometry too."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from scipy.constants import physical_constants

from multiscale.parameters.laws import arrhenius
from multiscale.parameters.tables import MonotoneTable

FARADAY = physical_constants["Faraday constant"][0]


@dataclass(frozen=True)
class ActivatedTable:
    """Table at one temperature, taken to others by an activation energy that is a table too.

    value(sto, T) = table(sto) * exp(E(sto) / R * (1 / reference - 1 / T)).

    Parameters
    ----------
    table : MonotoneTable
        Law at the reference temperature.
    energy : MonotoneTable
        Activation energy E per electron [eV]; positive for a law that grows with temperature.
    reference : float
        Temperature of the table [K].

    Examples
    --------
    >>> table = MonotoneTable([0.5, 1.0], [1.0, 1e-4], log10=True)
    >>> law = ActivatedTable(table, MonotoneTable([0.5, 1.0], [0.1, 0.4]), 303.15)
    >>> float(f"{law(1.0, 303.15):.3g}"), float(f"{law(1.0, 293.15):.3g}")
    (0.0001, 5.93e-05)
    """

    table: MonotoneTable
    energy: MonotoneTable
    reference: float

    @property
    def valid_range(self) -> tuple[float, float]:
        """First and last stoichiometry of the table [-]."""
        return self.table.valid_range

    def __call__(self, sto: Any, T: Any) -> Any:
        """Value at a stoichiometry (array or symbol) and temperature [K]."""
        return self.table(sto) * arrhenius(FARADAY * self.energy(sto), T, self.reference)
