"""LiNi0.8Mn0.1Co0.1O2 (NMC811) of the LG M50 cell after O'Regan 2022.

K. O'Regan et al., Electrochim. Acta 425, 140700 (2022): diffusivity and exchange current with
activation energies. The diffusivity is level near full lithiation, where it was not measured:
for a first charge use ``NMC811_McClelland``. The maximum concentration is the one these laws
were fitted with, 51765 mol/m3; the crystal has 49012, which ``check_parameters`` says. The
0.85 S/m of the authors are those of the composite electrode and are not used. Alternative
laws are in ``ALTERNATIVES``.
"""

from __future__ import annotations

from typing import Any

from multiscale.parameters import names
from multiscale.parameters.sets import Entry, Source, defaults, values_of

from . import _nmc811
from ._common import assumed
from ._nmc811 import with_first

TITLE = "NMC811 of the LG M50 cell, thermally activated laws (O'Regan 2022)"
TRANSPORT = "chemical"

BIBTEX = """@article{ORegan2022NMC811,
  title = {Thermal-electrochemical parameters of a high energy lithium-ion cylindrical battery},
  author = {O'Regan, Kieran and Brosa Planella, Ferran and Widanage, W. Dhammika and
            Kendrick, Emma},
  journal = {Electrochimica Acta}, volume = {425}, pages = {140700}, year = {2022}
}"""

ALTERNATIVES: dict[str, dict[str, Entry]] = {
    names.OCP: _nmc811.POTENTIALS,
    names.DIFFUSIVITY: with_first(_nmc811.DIFFUSIVITIES, "oregan2022"),
    names.CONDUCTIVITY: _nmc811.CONDUCTIVITIES,
    names.EXCHANGE_CURRENT: with_first(_nmc811.KINETICS, "oregan2022"),
}

ENTRIES: dict[str, Entry] = {
    **_nmc811.ENTRIES,
    **defaults(ALTERNATIVES),
    names.TRANSFER_COEFFICIENT: Entry(
        0.43,
        Source(
            citation=_nmc811.OREGAN,
            doi="10.1016/j.electacta.2022.140700",
            where="alpha = 0.43, exponent of the exchange current, PyBaMM's set ORegan2022",
            grade="B",
            kind="fitted",
            method="taken as the cathodic coefficient, which the exponents imply; PyBaMM's set "
            "has 0.5",
        ),
    ),
    names.MAXIMUM_CONCENTRATION: Entry(
        51765.0,
        Source(
            citation=_nmc811.OREGAN,
            doi="10.1016/j.electacta.2022.140700",
            where="PyBaMM's set ORegan2022",
            grade="B",
            kind="fitted",
            method="a fit, above the crystal's 49012; belongs to the stoichiometries of these laws",
        ),
    ),
    names.INITIAL_STOICHIOMETRY: Entry(
        0.91,
        assumed(
            "end of the data at full discharge",
            "upper end of the range of potential and diffusivity",
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
    >>> get_parameter_values()[names.TRANSFER_COEFFICIENT]
    0.43
    """
    return values_of(ENTRIES, BIBTEX)
