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
from multiscale.parameters.sets import Entry, defaults, values_of

from . import Sharma2022_NMC532 as _sharma
from ._nmc532 import CONDUCTIVITIES

TITLE = "NMC532 secondary particles, measured conductivity of pellets (Amin 2016)"
TRANSPORT = _sharma.TRANSPORT

_MEASURED = CONDUCTIVITIES["amin2016"]
# The first four points are those of the measurement; the last one is an entry of the set.
conductivity = replace(_MEASURED.value, parameter=names.PRISTINE_CONDUCTIVITY)

ALTERNATIVES: dict[str, dict[str, Entry]] = {
    **_sharma.ALTERNATIVES,
    names.CONDUCTIVITY: {
        "amin2016": Entry(conductivity, _MEASURED.source),
        **{name: CONDUCTIVITIES[name] for name in ("wang2018", "constant")},
    },
}

ENTRIES: dict[str, Entry] = {
    **_sharma.ENTRIES,
    **defaults(ALTERNATIVES),
    names.PRISTINE_CONDUCTIVITY: Entry(conductivity.full, _MEASURED.source).cited(
        method="sintered pellet, 30 deg C, activation energy 0.42 eV left out"
    ),
    names.INITIAL_STOICHIOMETRY: _sharma.ENTRIES[names.INITIAL_STOICHIOMETRY].cited(
        method="0.9999 for 1"
    ),
}


def get_parameter_values() -> dict[str, Any]:
    """Values in PyBaMM's format, a new dictionary at each call.

    Returns
    -------
    dict
        Parameter name with its unit -> number, law or symbol; see ``ENTRIES``.

    Examples
    --------
    >>> get_parameter_values()[names.PRISTINE_CONDUCTIVITY]
    0.00019
    """
    return values_of(ENTRIES, _sharma.BIBTEX)
