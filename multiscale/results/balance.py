"""Conservation of lithium and charge, computed for every solution.

The relative errors are against the largest amount that moved, so that a cycle that returns
to its start is judged like the half-cycle before it. Where next to nothing moves, as in a rest,
they are against a share of what the particles could hold: the solver's tolerances are absolute
there.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.integrate import cumulative_trapezoid

from multiscale.errors import ConservationError
from multiscale.parameters.laws import FARADAY

DEFAULT_TOLERANCE = 1e-4
# Charge below this share of the capacity counts as this share: 1e-4 of it is the solver's
# absolute tolerance of the stoichiometry, 1e-6.
LEAST_SHARE = 1e-2
# Likewise a mean current below this one [1/h]: potentials, and the currents that follow from
# them, are found to an absolute tolerance.
SLOWEST = 1 / 20


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
    capacity: float = 0.0,
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
    capacity : float, optional
        Charge that the particles could hold [C]. Errors are relative to at least a hundredth
        of it, and those of the charge to what passes at C/20, so that a run in which no charge
        passes can be judged.

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
    least = LEAST_SHARE * capacity
    lithium = _relative(lithium_gained * FARADAY - charge_passed, charge_passed, least)
    # integrated, because single instants show the last digits of Newton's iteration, which
    # the solver does not carry forward
    imbalance = cumulative_trapezoid(interfacial_current + current, times, initial=0)
    passed = cumulative_trapezoid(np.abs(current), times, initial=0)
    slowest = SLOWEST * capacity * float(times[-1] - times[0]) / 3600
    charge = _relative(imbalance, passed, max(least, slowest))
    return Balance(lithium=lithium, charge=charge, tolerance=tolerance)


def _relative(error: NDArray[np.float64], moved: NDArray[np.float64], least: float) -> float:
    largest, scale = np.abs(error).max(), max(np.abs(moved).max(), least)
    if largest == 0:
        return 0.0
    return float(largest / scale) if scale > 0 else float("inf")
