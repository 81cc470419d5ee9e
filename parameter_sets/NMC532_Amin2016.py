"""LiNi0.5Mn0.3Co0.2O2 with the conductivity of Amin and Chiang (2016), not tuned.

As ``Sharma2022_NMC532`` but for the electronic conductivity when pristine: the measured
1.9e-4 S/m in place of the tuned 3e-6 S/m. R. Amin, Y.-M. Chiang, J. Electrochem. Soc. 163,
A1512 (2016), doi 10.1149/2.0131608jes, there called NMC523, corrected to NMC532 in the
erratum doi 10.1149/2.0881610jes. Another laboratory finds about 1000 times more for the same
composition: ``NMC532_Wang2018``.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from multiscale.parameters import names
from multiscale.parameters.sets import Source

from . import Sharma2022_NMC532 as _sharma
from . import _nmc532, _nmc532_sources

TITLE = "NMC532 secondary particles, measured conductivity of pellets (Amin 2016)"
TRANSPORT = _sharma.TRANSPORT

# The first four points are those of the measurement; the last one is an entry of the set.
conductivity = replace(_nmc532.CONDUCTIVITIES["amin2016"], parameter=names.PRISTINE_CONDUCTIVITY)

_AMIN = _nmc532_sources.CONDUCTIVITIES["amin2016"]
_ORDER = ("wang2018", "constant")
ALTERNATIVES: dict[str, dict[str, Any]] = {
    **_sharma.ALTERNATIVES,
    names.CONDUCTIVITY: {
        "amin2016": conductivity,
        **{name: _sharma.CONDUCTIVITIES[name] for name in _ORDER},
    },
}
ALTERNATIVE_SOURCES: dict[str, dict[str, Source]] = {
    **_sharma.ALTERNATIVE_SOURCES,
    names.CONDUCTIVITY: {
        "amin2016": _AMIN,
        **{name: _nmc532_sources.CONDUCTIVITIES[name] for name in _ORDER},
    },
}

SOURCES: dict[str, Source] = {
    **_sharma.SOURCES,
    names.CONDUCTIVITY: _AMIN,
    names.PRISTINE_CONDUCTIVITY: replace(
        _AMIN, method="sintered pellet, 30 deg C, activation energy 0.42 eV left out"
    ),
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
    >>> get_parameter_values()[names.PRISTINE_CONDUCTIVITY]
    0.00019
    """
    return {
        **_sharma.get_parameter_values(),
        names.CONDUCTIVITY: conductivity,
        names.PRISTINE_CONDUCTIVITY: conductivity.full,
    }
