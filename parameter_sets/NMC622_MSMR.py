"""LiNi0.6Mn0.2Co0.2O2 (NMC622) with multi-site, multi-reaction thermodynamics.

Potential of Verbrugge et al., J. Electrochem. Soc. 164, E3243 (2017), doi
10.1149/2.0341708jes: stoichiometry as a closed form of potential, tabulated and inverted at
298.15 K. Between 273 and 323 K the form itself moves by at most 12 mV for stoichiometries of
0.2 to 0.98; that is left out. Its stoichiometry is the fit's own: with the lithium sites of
the crystal it gives about 215 mA.h/g up to 4.2 V, a fifth more than the 175 assumed for the
C-rate, so that rates and capacities of this set are not absolute. Diffusivity, kinetics and
delithiated conductivity of NMC622 were not found: they are taken from its neighbours and are
grade C. Alternative laws are in ``ALTERNATIVES``.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from multiscale.parameters import names
from multiscale.parameters.kinetics import FARADAY, SigmoidExchange, SymmetricExchange
from multiscale.parameters.laws import Constant, GuardedOCP
from multiscale.parameters.sets import Entry, Source, defaults, values_of
from multiscale.parameters.tables import ActivatedTable, MonotoneTable, msmr_potential

from . import _common, _nmc532
from ._common import assumed, scaled

TITLE = "NMC622, multi-site thermodynamics (Verbrugge 2017)"
TRANSPORT = "chemical"

BIBTEX = """@article{Verbrugge2017NMC622,
  author = {Verbrugge, Mark and Baker, Daniel and Koch, Brian and Xiao, Xingcheng and
            Gu, Wentian},
  journal = {Journal of The Electrochemical Society}, volume = {164}, number = {11},
  pages = {E3243}, year = {2017}, doi = {10.1149/2.0341708jes}
}"""

# Standard potential [V], fraction of the sites, ideality factor; the fractions sum to one.
SITES = (
    (3.62274, 0.13442, 0.96710),
    (3.72645, 0.32460, 1.39712),
    (3.90575, 0.21118, 3.50500),
    (4.22955, 0.32980, 5.52757),
)
# 4.7 V is sto = 0.012, 3.4 V is 0.9982; the guard takes the rest, 0.03 mV at sto = 0.99.
ocp = GuardedOCP.falling_to(3.0, msmr_potential(SITES, 3.4, 4.7), width=0.001)


_COLCLASURE = Source(
    citation=_common.COLCLASURE,
    where="closed form for NMC532 as implemented in MPET, file NMC532_Colclasure20 (MIT licence)",
    grade="C",
    kind="assumed",
    method="NMC532 taken for NMC622, 30 deg C, Fickian; temperature dependence not known",
    valid_range=(0.25, 0.98),
)
_WANG = Source(
    citation=_common.WANG,
    doi="10.1016/j.jpowsour.2018.05.005",
    where="NMC622 pellet at 20 deg C, about 0.25 S/m when pristine (digitised), 0.27 eV",
    grade="C",
    kind="measured elsewhere",
    method="direct current, only pristine is measured; 1 S/m and 0.1 eV at sto = 0.4 assumed, "
    "log-linear between, level below",
    valid_range=(0.4, 1.0),
)
_SYMMETRIC = assumed(
    "between 1.1 (NMC111, BPX example) and 2.5 A/m2 (NMC811, O'Regan 2022)",
    "1.7 A/m2 at sto = 0.5; temperature dependence not known",
    valid_range=(0.0, 1.0),
)
ALTERNATIVES: dict[str, dict[str, Entry]] = {
    names.DIFFUSIVITY: {
        "colclasure": Entry(_nmc532.DIFFUSIVITIES["colclasure"].value, _COLCLASURE),
        "colclasure_x0.3": Entry(
            _nmc532.DIFFUSIVITIES["colclasure_x0.3"].value, scaled(_COLCLASURE, "0.3")
        ),
        "colclasure_x3": Entry(
            _nmc532.DIFFUSIVITIES["colclasure_x3"].value, scaled(_COLCLASURE, "3")
        ),
    },
    names.CONDUCTIVITY: {
        "wang2018": Entry(
            ActivatedTable(
                MonotoneTable([0.4, 1.0], [1.0, 0.25], log10=True, below="constant"),
                MonotoneTable([0.4, 1.0], [0.1, 0.27], below="constant", above="constant"),
                293.15,
            ),
            _WANG,
        ),
        "constant_0.25": Entry(
            Constant(0.25, activation_energy=0.27 * FARADAY, reference=293.15),
            replace(_WANG, method="the pristine value everywhere; 0.27 eV"),
        ),
    },
    names.EXCHANGE_CURRENT: {
        "symmetric": Entry(SymmetricExchange(1.7), _SYMMETRIC),
        "symmetric_x0.1": Entry(SymmetricExchange(0.17), scaled(_SYMMETRIC, "0.1")),
        "symmetric_x10": Entry(SymmetricExchange(17.0), scaled(_SYMMETRIC, "10")),
        "park2021": Entry(SigmoidExchange(5.0), _common.PARK_SHAPE),
    },
}

_WINDOW = assumed(
    "not stated for a half cell", "3.0 to 4.2 V: the form reaches 4.2 V near sto = 0.2, its end"
)
ENTRIES: dict[str, Entry] = {
    **_common.FAMILY,
    **defaults(ALTERNATIVES),
    names.OCP: Entry(
        ocp,
        Source(
            citation="M. Verbrugge et al., J. Electrochem. Soc. 164, E3243 (2017)",
            doi="10.1149/2.0341708jes",
            where="table 1, as in PyBaMM's set MSMR_Example",
            grade="B",
            kind="fitted",
            method="closed form inverted at 298.15 K in steps of 5 mV; its own temperature "
            "dependence (at most 12 mV from 273 to 323 K) left out; guard to 3.0 V at sto = 1 "
            "assumed",
            valid_range=(0.2, 0.98),
        ),
    ),
    names.MAXIMUM_CONCENTRATION: Entry(
        49006.0,
        assumed("4750 kg/m3 and the molar mass 96.928 g/mol", "one lithium site per formula unit"),
    ),
    names.DENSITY: Entry(
        4750.0,
        assumed(
            "within the 4700 to 4780 kg/m3 of layered NMC crystals",
            "volume of the unit cell differs by less than 1.5 % between NMCs",
        ),
    ),
    names.SPECIFIC_CAPACITY: Entry(
        175.0,
        assumed(
            "0.63 of the 276.5 mA.h/g for all lithium",
            "basis of the C-rate, usual to 4.3 V; the potential of this set gives 215 mA.h/g "
            "to 4.2 V",
        ),
    ),
    names.INITIAL_STOICHIOMETRY: Entry(
        0.97, assumed("discharged, as after a first cycle", "within the fit")
    ),
    names.LOWER_CUTOFF: Entry(3.0, _WINDOW),
    names.UPPER_CUTOFF: Entry(4.2, _WINDOW),
}


def get_parameter_values() -> dict[str, Any]:
    """Values in PyBaMM's format, a new dictionary at each call.

    Returns
    -------
    dict
        Parameter name with its unit -> number, law or symbol; see ``ENTRIES``.

    Examples
    --------
    >>> round(float(get_parameter_values()[names.OCP](0.5)), 4)
    3.8095
    """
    return values_of(ENTRIES, BIBTEX)
