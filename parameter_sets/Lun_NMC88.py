"""Single-crystal LiNi0.88Mn0.05Co0.07O2 of Lun: aged particles with a rock-salt layer.

Lun, Merryweather et al., supplementary information, finite-element part (eqs. 3-15). Laws as
in ``Xu2022_NMC88``, as the authors say; initial stoichiometry and nominal capacity are their
own. The extent of the rock-salt layer and the flux it lets through are free in their study
and belong to the model's surface, not to this set.
"""

from __future__ import annotations

from typing import Any

from multiscale.parameters import names
from multiscale.parameters.sets import Source

from . import _ni88, _ni88_sources

TITLE = "Single-crystal Ni88, aged particles with a rock-salt layer (Lun)"
TRANSPORT = _ni88.TRANSPORT

SOURCES: dict[str, Source] = {
    **_ni88_sources.LAWS,
    **_ni88_sources.CONSTANTS,
    names.SPECIFIC_CAPACITY: Source(
        citation=_ni88_sources.LUN,
        where="supplementary eq. 13: Q = 200 mA.h/g",
        grade="A",
        kind="measured here",
        method="nominal capacity, basis of the C-rate",
    ),
    names.INITIAL_STOICHIOMETRY: Source(
        citation=_ni88_sources.LUN,
        where="supplementary text before eq. 13: 0.95 everywhere",
        grade="A",
        kind="assumed",
        method="chosen by the authors: particles cannot be filled completely",
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
    >>> get_parameter_values()[names.INITIAL_STOICHIOMETRY]
    0.95
    """
    return {
        **_ni88.common_values(),
        names.SPECIFIC_CAPACITY: 200.0,
        names.INITIAL_STOICHIOMETRY: 0.95,
    }
