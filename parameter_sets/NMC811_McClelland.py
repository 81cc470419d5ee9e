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
from multiscale.parameters.sets import Source

from . import _nmc811
from ._family import assumed
from ._nmc811 import with_first

TITLE = "NMC811, diffusivity and kinetics from operando muon data (McClelland 2023)"
TRANSPORT = "chemical"

ALTERNATIVES: dict[str, dict[str, Any]] = {
    names.OCP: _nmc811.POTENTIALS,
    names.DIFFUSIVITY: with_first(_nmc811.DIFFUSIVITIES, "mcclelland2023"),
    names.CONDUCTIVITY: _nmc811.CONDUCTIVITIES,
    names.EXCHANGE_CURRENT: with_first(_nmc811.KINETICS, "autocatalytic"),
}
ALTERNATIVE_SOURCES: dict[str, dict[str, Source]] = {
    names.OCP: _nmc811.POTENTIAL_SOURCES,
    names.DIFFUSIVITY: with_first(_nmc811.DIFFUSIVITY_SOURCES, "mcclelland2023"),
    names.CONDUCTIVITY: _nmc811.CONDUCTIVITY_SOURCES,
    names.EXCHANGE_CURRENT: with_first(_nmc811.KINETIC_SOURCES, "autocatalytic"),
}

SOURCES: dict[str, Source] = {
    **_nmc811.SOURCES,
    **{name: next(iter(sources.values())) for name, sources in ALTERNATIVE_SOURCES.items()},
    names.MAXIMUM_CONCENTRATION: Source(
        citation="Trevisanello et al., Adv. Energy Mater. 11, 2003400 (2021), read in a digest",
        where="supplementary table S1: a = 2.8746 A, c = 14.203 A of single-crystal NMC811",
        grade="B",
        kind="derived",
        method="101.64 A3 for three formula units, one lithium site each",
    ),
    names.INITIAL_STOICHIOMETRY: assumed(
        "discharged, as after a first cycle", "the diffusivity is 3e-17 m2/s there and falls fast"
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
    >>> get_parameter_values()[names.MAXIMUM_CONCENTRATION]
    49012.0
    """
    return {
        **_nmc811.common_values(),
        names.DIFFUSIVITY: _nmc811.DIFFUSIVITIES["mcclelland2023"],
        names.EXCHANGE_CURRENT: _nmc811.KINETICS["autocatalytic"],
        names.MAXIMUM_CONCENTRATION: 49012.0,
        names.INITIAL_STOICHIOMETRY: 0.95,
    }
