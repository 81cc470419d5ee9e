"""LiNi0.8Mn0.1Co0.1O2 (NMC811) with the diffusivity and kinetics seen by muons.

McClelland et al., Chem. Mater. 35, 4149 (2023), in the fits of Karanth, Weijers et al., Cell
Rep. Phys. Sci. (2024), doi 10.1016/j.xcrp.2024.101972: a diffusivity that falls by four
decades towards full lithiation and an electro-autocatalytic exchange current. Potential of
the LG M50 cathode (Chen 2020) with an assumed end of discharge; conductivity of a pristine
pellet (Wang 2018). Maximum concentration and density are the crystal's; the stoichiometry of
the potential is its authors' own, which gives 193 mA.h/g from 0.97 to 0.27 with the crystal's
number, about what NMC811 delivers. Alternative laws are in ``ALTERNATIVES``.
"""

from __future__ import annotations

from typing import Any

from multiscale.parameters import names
from multiscale.parameters.sets import Entry, Source, defaults, values_of

from . import _nmc811
from ._common import assumed
from ._nmc811 import with_first

TITLE = "NMC811, diffusivity and kinetics from operando muon data (McClelland 2023)"
TRANSPORT = "chemical"

ALTERNATIVES: dict[str, dict[str, Entry]] = {
    names.OCP: _nmc811.POTENTIALS,
    names.DIFFUSIVITY: with_first(_nmc811.DIFFUSIVITIES, "mcclelland2023"),
    names.CONDUCTIVITY: _nmc811.CONDUCTIVITIES,
    names.EXCHANGE_CURRENT: with_first(_nmc811.KINETICS, "autocatalytic"),
}

ENTRIES: dict[str, Entry] = {
    **_nmc811.ENTRIES,
    **defaults(ALTERNATIVES),
    names.MAXIMUM_CONCENTRATION: Entry(
        49012.0,
        Source(
            citation="Trevisanello et al., Adv. Energy Mater. 11, 2003400 (2021), read in a digest",
            where="supplementary table S1: a = 2.8746 A, c = 14.203 A of single-crystal NMC811",
            grade="B",
            kind="derived",
            method="101.64 A3 for three formula units, one lithium site each",
        ),
    ),
    names.INITIAL_STOICHIOMETRY: Entry(
        0.95,
        assumed(
            "discharged, as after a first cycle",
            "the diffusivity is 3e-17 m2/s there and falls fast",
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
    >>> get_parameter_values()[names.MAXIMUM_CONCENTRATION]
    49012.0
    """
    return values_of(ENTRIES)
