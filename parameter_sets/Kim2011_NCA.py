"""LiNi0.8Co0.15Al0.05O2 (NCA) of Kim 2011.

G.-H. Kim et al., J. Electrochem. Soc. 158, A955 (2011), doi 10.1149/1.3597614: potential,
constant diffusivity, symmetric kinetics and maximum concentration. The potential's own cliff
is 3.43 V at a stoichiometry of 0.97 and 1.4 V at 0.99; above 0.97 it goes on along its
tangent here. Conductivity of pellets after Amin 2015. The 10 S/m of the cell model are those
of the composite electrode and are not used. Alternative laws are in ``ALTERNATIVES``.

PyBaMM's own ``NCA_Kim2011`` is the full cell of the same paper.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from multiscale.parameters import names
from multiscale.parameters.kinetics import (
    NMC811_AUTOCATALYTIC,
    AutocatalyticExchange,
    SymmetricExchange,
)
from multiscale.parameters.laws import (
    Constant,
    DivacancyDiffusivity,
    GuardedOCP,
    PolynomialWithCliff,
    StraightOutside,
)
from multiscale.parameters.sets import Entry, Source, defaults, values_of

from . import _common, _ni88
from ._common import assumed, scaled

TITLE = "NCA of a pouch cell model (Kim 2011)"
TRANSPORT = "chemical"

BIBTEX = """@article{Kim2011NCA,
  title = {Multi-Domain Modeling of Lithium-Ion Batteries Encompassing Multi-Physics in Varied
           Length Scales},
  author = {Kim, Gi-Heon and Smith, Kandler and Lee, Kyu-Jin and Santhanagopalan, Shriram and
            Pesaran, Ahmad},
  journal = {Journal of The Electrochemical Society}, volume = {158}, number = {8},
  pages = {A955--A969}, year = {2011}, doi = {10.1149/1.3597614}
}"""

KIM_OCP = PolynomialWithCliff(
    coefficients=(
        1.638,
        -2.222,
        15.056,
        -23.488,
        81.246,
        -344.566,
        621.3475,
        -554.774,
        264.427,
        -66.3691,
        11.8058,
    ),
    amplitude=0.61386,
    rate=5.8201,
    power=136.4,
)
# Straight above 0.97, 3.17 V when full; the guard takes the rest, below 0.1 mV at 0.98.
ocp = GuardedOCP.falling_to(3.0, StraightOutside(KIM_OCP, low=0.25, high=0.97), width=0.002)

_HALF = 4.0 / (2 * (0.41 * 0.59) ** 0.5)  # 4 A/m2 at sto = 0.41

_KIM = Source(
    citation="G.-H. Kim et al., J. Electrochem. Soc. 158, A955 (2011)",
    doi="10.1149/1.3597614",
    where="as in PyBaMM's set NCA_Kim2011",
    grade="B",
    kind="fitted",
    method="cell model",
    valid_range=(0.27, 0.97),
)
_SYMMETRIC = replace(
    _KIM, method="4 A/m2 at sto = 0.41 and 1.2 mol/L, symmetric; activation energy 30 kJ/mol"
)
_AMIN = replace(
    _ni88.ENTRIES[names.CONDUCTIVITY].source,
    method="ends of the range of the abstract, linear in the logarithm (assumed), level below 0.4; "
    "temperature dependence left out",
)
ALTERNATIVES: dict[str, dict[str, Entry]] = {
    names.DIFFUSIVITY: {
        "constant": Entry(
            Constant(3e-15, activation_energy=20e3),
            replace(_KIM, method="3e-15 m2/s, activation energy 20 kJ/mol, Fickian"),
        ),
        "divacancy": Entry(
            DivacancyDiffusivity(3e-17),
            assumed(
                "shape of Ni88: the mobility varies with the square of the number of vacancies",
                "D = 3e-17 m2/s ((1 - sto) / 0.03)^2, Fickian; the reference value is ours",
                valid_range=(0.2, 0.98),
            ),
        ),
    },
    names.CONDUCTIVITY: {
        "amin2015": Entry(_ni88.conductivity, _AMIN),
        "constant_1e-2": Entry(
            Constant(1e-2), replace(_AMIN, kind="assumed", method="pristine value everywhere")
        ),
    },
    names.EXCHANGE_CURRENT: {
        "symmetric": Entry(
            SymmetricExchange(_HALF, reference=1200.0, activation_energy=30e3), _SYMMETRIC
        ),
        "symmetric_x0.1": Entry(
            SymmetricExchange(0.1 * _HALF, reference=1200.0, activation_energy=30e3),
            scaled(_SYMMETRIC, "0.1"),
        ),
        "autocatalytic": Entry(
            AutocatalyticExchange(NMC811_AUTOCATALYTIC),
            replace(
                _common.AUTOCATALYTIC, grade="C", kind="assumed", method="NMC811 taken for NCA"
            ),
        ),
    },
}

_WINDOW = assumed(
    "cell window of 2.7 to 4.2 V against graphite; half cell not stated", "usual against lithium"
)
ENTRIES: dict[str, Entry] = {
    **_common.FAMILY,
    **defaults(ALTERNATIVES),
    names.OCP: Entry(
        ocp,
        replace(
            _KIM,
            method="polynomial with a cliff; straight below 0.25 and above 0.97, guard to 3.0 V at "
            "sto = 1 (assumed)",
        ),
    ),
    names.MAXIMUM_CONCENTRATION: Entry(
        49000.0, replace(_KIM, valid_range=None, method="49000 mol/m3, which the crystal has too")
    ),
    names.DENSITY: Entry(
        4708.0,
        assumed(
            "49000 mol/m3 of 96.082 g/mol", "one lithium site per formula unit", kind="derived"
        ),
    ),
    names.SPECIFIC_CAPACITY: Entry(
        190.0,
        assumed("0.68 of the 278.9 mA.h/g for all lithium", "basis of the C-rate, usual to 4.3 V"),
    ),
    names.INITIAL_STOICHIOMETRY: Entry(
        0.95, assumed("discharged, as after a first cycle", "within the fit")
    ),
    names.LOWER_CUTOFF: Entry(3.0, _WINDOW),
    names.UPPER_CUTOFF: Entry(4.3, _WINDOW),
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
    49000.0
    """
    return values_of(ENTRIES, BIBTEX)
