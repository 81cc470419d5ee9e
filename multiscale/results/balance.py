"""Conservation of lithium and charge, computed for every solution.

The relative errors are against the largest amount that moved, so that a cycle that returns
to its start is judged like the half-cycle before it.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import constants
from scipy.integrate import cumulative_trapezoid

from multiscale.errors import ConservationError

FARADAY = constants.physical_constants["Faraday constant"][0]
DEFAULT_TOLERANCE = 1e-4


@dataclass(frozen=True)
class Balance:
    """Relative errors of the two conservation laws.

    Attributes
    ----------
    lithium : float
        Largest difference between the lithium gained and the charge passed over F.
    charge : float
        Largest difference between the charge through all facets and the charge through the
        terminal, both integrated over the run.
    tolerance : float
        What either may be at most.
    """

    lithium: float
    charge: float
    tolerance: float = DEFAULT_TOLERANCE

    def check(self) -> None:
        """Raise :class:`ConservationError` if a balance is broken."""
        for name, error in [("Lithium", self.lithium), ("Charge", self.charge)]:
            if not error <= self.tolerance:
                raise ConservationError(
                    f"{name} is not conserved: relative error {error:.2e}, tolerance "
                    f"{self.tolerance:.0e}. Solve with tighter tolerances, for example "
                    "solver=model.solver(rtol=1e-7, atol=1e-8)."
                )

    def as_dict(self) -> dict[str, float]:
        """Plain numbers for a report."""
        return asdict(self)


def compute_balance(
    times: NDArray[np.float64],
    lithium_gained: NDArray[np.float64],
    charge_passed: NDArray[np.float64],
    interfacial_current: NDArray[np.float64],
    current: NDArray[np.float64],
    tolerance: float = DEFAULT_TOLERANCE,
) -> Balance:
    """Balance of one solution from its time series.

    Parameters
    ----------
    times : array
        Time [s], increasing.
    lithium_gained : array
        Lithium in the particles minus that at the start [mol].
    charge_passed : array
        Charge that flowed on discharge [C]; negative on charge.
    interfacial_current : array
        Sum over all reacting facets, anodic positive [A].
    current : array
        Terminal current, positive on discharge [A].
    tolerance : float, optional
        Relative error that counts as a breach.

    Returns
    -------
    Balance

    Examples
    --------
    >>> import numpy as np
    >>> charge = np.array([0.0, 1.0])
    >>> steady = np.ones(2)
    >>> compute_balance(charge, charge / FARADAY, charge, -steady, steady).lithium
    0.0
    """
    lithium = _relative(lithium_gained * FARADAY - charge_passed, charge_passed)
    # integrated, because single instants show the last digits of Newton's iteration, which
    # the solver does not carry forward
    imbalance = cumulative_trapezoid(interfacial_current + current, times, initial=0)
    passed = cumulative_trapezoid(np.abs(current), times, initial=0)
    charge = _relative(imbalance, passed)
    return Balance(lithium=lithium, charge=charge, tolerance=tolerance)


def _relative(error: NDArray[np.float64], scale: NDArray[np.float64]) -> float:
    largest = np.abs(error).max()
    # at rest from the start nothing moves and nothing can be out of balance
    return float(largest / max(np.abs(scale).max(), 1e-300)) if largest > 0 else 0.0
