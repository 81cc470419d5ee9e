"""LiNi0.5Mn0.3Co0.2O2 with the conductivity of Wang 2018: a counter-test of Sharma 2022.

As ``Sharma2022_NMC532`` but for the electronic conductivity: a pristine pellet of the same
composition conducts 0.13 S/m in Wang et al., J. Power Sources 393, 75-82 (2018), doi
10.1016/j.jpowsour.2018.05.005, about 1000 times more than in Amin and Chiang (2016), set
``NMC532_Amin2016``. With it no particle is insulating at the start, and the first charge of
an electrode should be synchronous. Contact resistance may be what the two laboratories
differ by; neither number is preferred here.
"""

from __future__ import annotations

from typing import Any

from multiscale.parameters import names
from multiscale.parameters.sets import Entry, defaults, values_of

from . import Sharma2022_NMC532 as _sharma
from ._nmc532 import CONDUCTIVITIES

TITLE = "NMC532 secondary particles, conducting when pristine (Wang 2018), counter-test"
TRANSPORT = _sharma.TRANSPORT

# Without the tuned curve, which refers to an entry this set does not have.
ALTERNATIVES: dict[str, dict[str, Entry]] = {
    **_sharma.ALTERNATIVES,
    names.CONDUCTIVITY: {
        name: CONDUCTIVITIES[name] for name in ("wang2018", "amin2016", "constant")
    },
}

ENTRIES: dict[str, Entry] = {
    **_sharma.ENTRIES,
    **defaults(ALTERNATIVES),
    names.INITIAL_STOICHIOMETRY: _sharma.ENTRIES[names.INITIAL_STOICHIOMETRY].cited(
        method="0.9999 for 1"
    ),
}
del ENTRIES[names.PRISTINE_CONDUCTIVITY]


def get_parameter_values() -> dict[str, Any]:
    """Values in PyBaMM's format, a new dictionary at each call.

    Returns
    -------
    dict
        Parameter name with its unit -> number, law or symbol; see ``ENTRIES``.

    Examples
    --------
    >>> round(float(get_parameter_values()[names.CONDUCTIVITY](1.0, 293.15)), 3)
    0.13
    """
    return values_of(ENTRIES, _sharma.BIBTEX)
