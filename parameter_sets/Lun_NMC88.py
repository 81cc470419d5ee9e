"""Single-crystal LiNi0.88Mn0.05Co0.07O2 of Lun: aged particles with a rock-salt layer.

Lun, Merryweather et al., supplementary information, finite-element part (eqs. 3-15). Laws as
in ``Xu2022_NMC88``, as the authors say; initial stoichiometry and nominal capacity are their
own. The extent of the rock-salt layer and the flux it lets through are free in their study
and belong to the model's surface, not to this set.
"""

from __future__ import annotations

from typing import Any

from multiscale.parameters import names
from multiscale.parameters.sets import Entry, Source, values_of

from . import _ni88

TITLE = "Single-crystal Ni88, aged particles with a rock-salt layer (Lun)"
TRANSPORT = _ni88.TRANSPORT

ENTRIES: dict[str, Entry] = {
    **_ni88.ENTRIES,
    names.SPECIFIC_CAPACITY: Entry(
        200.0,
        Source(
            citation=_ni88.LUN,
            where="supplementary eq. 13: Q = 200 mA.h/g",
            grade="A",
            kind="measured here",
            method="nominal capacity, basis of the C-rate",
        ),
    ),
    names.INITIAL_STOICHIOMETRY: Entry(
        0.95,
        Source(
            citation=_ni88.LUN,
            where="supplementary text before eq. 13: 0.95 everywhere",
            grade="A",
            kind="assumed",
            method="chosen by the authors: particles cannot be filled completely",
        ),
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
    >>> get_parameter_values()[names.INITIAL_STOICHIOMETRY]
    0.95
    """
    return values_of(ENTRIES)
