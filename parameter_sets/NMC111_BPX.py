"""LiNi1/3Mn1/3Co1/3O2 (NMC111) of About:Energy's open BPX example.

Parameterisation of a 12.5 Ah pouch cell, December 2022, file ``nmc_pouch_cell_BPX.json`` of
FaradayInstitution/BPX. Potential, diffusivity, rate constant, maximum concentration, window
of stoichiometry and electrolyte are the file's. The maximum concentration is a fit: it
belongs to the file's stoichiometries and lies below the 49e3 mol/m3 of the crystal, which
``check_parameters`` says. The electronic conductivity is that of pellets of NMC333; the
0.789 S/m of the file are those of the composite electrode and are not used. The file's
entropic coefficient, -0.1 mV/K, is not used: the models are isothermal.

Alternative laws are in ``ALTERNATIVES``; one override switches one on.
"""

from __future__ import annotations

from dataclasses import replace
from importlib.resources import files
from typing import Any

from multiscale.parameters import names
from multiscale.parameters.electrolyte import nyman_conductivity, nyman_diffusivity
from multiscale.parameters.kinetics import FARADAY, SigmoidExchange, SymmetricExchange
from multiscale.parameters.laws import Constant, DecadicPolynomial, GuardedOCP, TanhSum
from multiscale.parameters.sets import Entry, Source, defaults, values_of
from multiscale.parameters.tables import ActivatedTable, MonotoneTable
from multiscale.tables import read_table

from . import _common, _nmc532
from ._common import assumed, scaled

TITLE = "NMC111 of a 12.5 Ah pouch cell (About:Energy, open BPX example)"
TRANSPORT = "chemical"

BIBTEX = """@misc{AboutEnergy2022BPX,
  title = {Parameterisation example of an NMC111|graphite 12.5 Ah pouch cell},
  author = {{About:Energy Limited}}, year = {2022},
  howpublished = {Battery Parameter eXchange, examples/nmc_pouch_cell_BPX.json}
}"""

BPX_OCP = TanhSum(
    constant=10.04892207,
    slope=-3.04420906,
    steps=(
        (-0.65637536, -4.02134095, 0.80063948),
        (4.24678547, 12.17805062, 7.57659337),
        (-0.3757068, 59.33067782, 0.99784492),
    ),
    valid_range=(0.42424, 0.9621),
)
# The form is still 3.15 V when full; the guard takes the rest and is 1 mV at sto = 0.99.
ocp = GuardedOCP.falling_to(3.0, BPX_OCP, width=0.002)

_AMIN = read_table(files(__package__) / "tables" / "amin2016_nmc333.csv")
_STO = _AMIN["sto"]
_AMIN_AT_30_C = MonotoneTable(_STO, _AMIN["conductivity_S_per_m"], log10=True, below="constant")
_ENERGY = MonotoneTable(_STO, _AMIN["activation_energy_eV"], below="constant", above="constant")

RATE_CONSTANT = 2.305e-5  # [mol.m-2.s-1]
_HALF = FARADAY * RATE_CONSTANT / 2  # BPX: j0 = F k (c_e/c_e0)^.5 x^.5 (1-x)^.5


_BPX = Source(
    citation="About:Energy Limited, open BPX example, December 2022, FaradayInstitution/BPX",
    where="nmc_pouch_cell_BPX.json, positive electrode",
    grade="A",
    kind="fitted",
    method="cell cycling and electrode data after teardown",
    valid_range=(0.42424, 0.9621),
)
_DERIVED = replace(_BPX, kind="derived", grade="C", valid_range=None)
_NYMAN = Source(
    citation="A. Nyman, M. Behm, G. Lindbergh, Electrochim. Acta 53, 6356 (2008)",
    doi="10.1016/j.electacta.2008.04.023",
    where="as in nmc_pouch_cell_BPX.json, electrolyte, EC:EMC 3:7",
    grade="A",
    kind="measured elsewhere",
    method="closed form at 25 deg C; activation energy 17.1 kJ/mol of the file",
    valid_range=(200.0, 2000.0),
    argument="electrolyte concentration [mol.m-3], range assumed",
)
_WINDOW = assumed(
    "cell window of 2.7 to 4.2 V against graphite; half cell not stated",
    "3.0 to 4.3 V against lithium: the file's stoichiometries are 4.291 and 3.613 V there",
)
_SYMMETRIC = replace(
    _BPX,
    method="j0 = F k (c_e/c_e0)^0.5 (sto (1 - sto))^0.5, k = 2.305e-5 mol/m2/s at 25 deg C, "
    "activation energy 35 kJ/mol; 1.11 A/m2 at sto = 0.5",
)
ALTERNATIVES: dict[str, dict[str, Entry]] = {
    names.DIFFUSIVITY: {
        "bpx": Entry(
            Constant(3.2e-14, activation_energy=15e3),
            replace(_BPX, method="3.2e-14 m2/s constant, activation energy 15 kJ/mol; Fickian"),
        ),
        # the shape of NMC532, twice 10^P, ten times larger
        "colclasure_x10": Entry(
            DecadicPolynomial(_nmc532.DIFFUSIVITIES["colclasure"].value.exponent, scale=20.0),
            Source(
                citation=_common.COLCLASURE,
                where="shape for NMC532 as implemented in MPET (MIT licence)",
                grade="C",
                kind="assumed",
                method="times ten, about the constant of the BPX file; the only shape with a steep "
                "drop near full lithiation; temperature dependence not known",
                valid_range=(0.25, 0.98),
            ),
        ),
    },
    names.CONDUCTIVITY: {
        "amin2016": Entry(
            ActivatedTable(_AMIN_AT_30_C, _ENERGY, 303.15),
            Source(
                citation=_common.AMIN,
                doi="10.1149/2.0131608jes",
                where="fig. 2c, NMC333, digitised by a third party",
                grade="C",
                kind="measured elsewhere",
                method="sintered pellets, 30 deg C, five points; PCHIP of log10, level below 0.25; "
                "activation energy 0.10 to 0.48 eV, interpolated",
                valid_range=(0.25, 1.0),
            ),
        ),
        "wang2018": Entry(
            Constant(2.2e-4, activation_energy=0.35 * FARADAY),
            Source(
                citation=_common.WANG,
                doi="10.1016/j.jpowsour.2018.05.005",
                where="NMC333 pellet at 25 deg C, 2.2e-4 S/m when pristine, read in a digest",
                grade="C",
                kind="measured elsewhere",
                method="direct current; taken at every stoichiometry (assumed): a counter-test "
                "without a metallic state; activation energy 0.35 eV",
                valid_range=(0.25, 1.0),
            ),
        ),
    },
    names.EXCHANGE_CURRENT: {
        "symmetric": Entry(SymmetricExchange(_HALF, activation_energy=35e3), _SYMMETRIC),
        "symmetric_x0.1": Entry(
            SymmetricExchange(0.1 * _HALF, activation_energy=35e3), scaled(_SYMMETRIC, "0.1")
        ),
        "symmetric_x10": Entry(
            SymmetricExchange(10 * _HALF, activation_energy=35e3), scaled(_SYMMETRIC, "10")
        ),
        "park2021": Entry(
            SigmoidExchange(5.0),
            replace(_common.PARK_SHAPE, method="the paper's material; 5 A/m2 are ours"),
        ),
        "park2021_late": Entry(
            SigmoidExchange(5.0, steepness=19.0, centre=0.68),
            replace(
                _common.PARK_SHAPE,
                where="another version in circulation, 19 (sto - 0.68) for 25 (sto - 0.6)",
            ),
        ),
    },
}

ENTRIES: dict[str, Entry] = {
    **_common.FAMILY,
    names.OCP: Entry(
        ocp, replace(_BPX, method=f"{_BPX.method}; guard to 3.0 V at sto = 1 assumed, 1 mV at 0.99")
    ),
    **defaults(ALTERNATIVES),
    names.MAXIMUM_CONCENTRATION: Entry(
        46200.0,
        replace(
            _BPX,
            valid_range=None,
            method="fitted with the file's stoichiometries; a crystal has 48e3 to 50e3 mol/m3",
        ),
    ),
    names.DENSITY: Entry(
        4456.5,
        replace(
            _DERIVED,
            method="46200 mol/m3 of 96.460 g/mol, which keeps capacity and stoichiometry together; "
            "the crystal has about 4700 kg/m3",
        ),
    ),
    names.SPECIFIC_CAPACITY: Entry(
        149.5,
        replace(_DERIVED, method="0.53786 (stoichiometries 0.42424 to 0.96210) of 277.9 mA.h/g"),
    ),
    names.INITIAL_STOICHIOMETRY: Entry(
        0.9621, replace(_BPX, valid_range=None, method="maximum stoichiometry, the discharged cell")
    ),
    names.LOWER_CUTOFF: Entry(3.0, _WINDOW),
    names.UPPER_CUTOFF: Entry(4.3, _WINDOW),
    names.ELECTROLYTE_CONCENTRATION: Entry(
        1000.0, replace(_NYMAN, method="concentration as stated", valid_range=None)
    ),
    names.ELECTROLYTE_CONDUCTIVITY: Entry(nyman_conductivity, _NYMAN),
    names.ELECTROLYTE_DIFFUSIVITY: Entry(nyman_diffusivity, _NYMAN),
    names.TRANSFERENCE_NUMBER: Entry(0.2594, replace(_NYMAN, method="constant", valid_range=None)),
    names.THERMODYNAMIC_FACTOR: Entry(1.0, assumed("the BPX format has none", "ideal solution")),
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
    46200.0
    """
    return values_of(ENTRIES, BIBTEX)
