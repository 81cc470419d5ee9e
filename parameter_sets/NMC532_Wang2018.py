"""LiNi0.5Mn0.3Co0.2O2 with the conductivity of Wang 2018: a counter-test of Sharma 2022.

As ``Sharma2022_NMC532`` but for the electronic conductivity: a pristine pellet of the same
composition conducts 0.13 S/m in Wang et al., J. Power Sources 393, 75-82 (2018), doi
10.1016/j.jpowsour.2018.05.005, about 1000 times more than in Amin and Chiang (2016), set
``NMC532_Amin2016``. With it no particle is insulating at the start, and the first charge of
an electrode should be synchronous. Contact resistance may be what the two laboratories
differ by; neither number is preferred here.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from multiscale.parameters import names
from multiscale.parameters.sets import Source

from . import Sharma2022_NMC532 as _sharma
from . import _nmc532_sources

TITLE = "NMC532 secondary particles, conducting when pristine (Wang 2018), counter-test"
TRANSPORT = _sharma.TRANSPORT

# Without the tuned curve, which refers to an entry this set does not have.
_ORDER = ("wang2018", "amin2016", "constant")
ALTERNATIVES: dict[str, dict[str, Any]] = {
    **_sharma.ALTERNATIVES,
    names.CONDUCTIVITY: {name: _sharma.CONDUCTIVITIES[name] for name in _ORDER},
}
ALTERNATIVE_SOURCES: dict[str, dict[str, Source]] = {
    **_sharma.ALTERNATIVE_SOURCES,
    names.CONDUCTIVITY: {name: _nmc532_sources.CONDUCTIVITIES[name] for name in _ORDER},
}

SOURCES: dict[str, Source] = {
    **{k: v for k, v in _sharma.SOURCES.items() if k != names.PRISTINE_CONDUCTIVITY},
    names.CONDUCTIVITY: ALTERNATIVE_SOURCES[names.CONDUCTIVITY]["wang2018"],
    names.INITIAL_STOICHIOMETRY: replace(
        _sharma.SOURCES[names.INITIAL_STOICHIOMETRY], method="0.9999 for 1"
    ),
}


def get_parameter_values() -> dict[str, Any]:
    """Values in PyBaMM's format, a new dictionary at each call.

    Returns
    -------
    dict
        Parameter name with its unit -> number, law or symbol; see ``SOURCES``.

    Examples
    --------
    >>> round(float(get_parameter_values()[names.CONDUCTIVITY](1.0, 293.15)), 3)
    0.13
    """
    values = _sharma.get_parameter_values()
    del values[names.PRISTINE_CONDUCTIVITY]
    return {**values, names.CONDUCTIVITY: ALTERNATIVES[names.CONDUCTIVITY]["wang2018"]}
