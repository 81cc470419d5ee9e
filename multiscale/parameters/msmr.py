"""Multi-site, multi-reaction (MSMR) thermodynamics, turned into a potential of stoichiometry."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from scipy.constants import R, physical_constants

from multiscale.parameters.tables import MonotoneTable

FARADAY = physical_constants["Faraday constant"][0]

Site = tuple[float, float, float]


def msmr_stoichiometry(sites: Sequence[Site], potential: Any, T: float = 298.15) -> Any:
    """Stoichiometry at a potential: the sum of the sites' occupied fractions.

    sto = sum_j X_j / (1 + exp(F (U - U_j) / (R T w_j))), after Verbrugge et al., J.
    Electrochem. Soc. 164, E3243 (2017), doi 10.1149/2.0341708jes.

    Parameters
    ----------
    sites : sequence of (float, float, float)
        Standard potential [V], fraction of all sites [-] and ideality factor [-] of each.
    potential : float or array
        Potential against lithium [V].
    T : float
        Temperature [K].

    Examples
    --------
    >>> float(msmr_stoichiometry([(3.7, 1.0, 1.0)], 3.7))
    0.5
    """
    scaled = FARADAY / (R * T)
    return sum(X / (1 + np.exp(scaled * (potential - U) / w)) for U, X, w in sites)


def msmr_potential(
    sites: Sequence[Site], low: float, high: float, step: float = 0.005, T: float = 298.15
) -> MonotoneTable:
    """The potential as a law of stoichiometry: the closed form, tabulated and inverted.

    The form cannot be solved for the potential. Its points at equal steps of potential fall
    strictly in stoichiometry, so that the inverse is a monotone table; straight beyond.

    Parameters
    ----------
    sites : sequence of (float, float, float)
        As in :func:`msmr_stoichiometry`.
    low, high : float
        Potentials between which the form is used [V].
    step : float
        Distance of the points [V].
    T : float
        Temperature of the table [K]; a law of stoichiometry alone has one.

    Examples
    --------
    >>> law = msmr_potential([(3.7, 1.0, 1.0)], 3.4, 4.0)
    >>> round(float(law(0.5)), 6), bool(law.derivative(0.5) < 0)
    (3.7, True)
    """
    potentials = np.linspace(high, low, round((high - low) / step) + 1)
    sto = msmr_stoichiometry(sites, potentials, T)
    return MonotoneTable(sto.tolist(), potentials.tolist())
