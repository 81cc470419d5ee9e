"""Entries common to the sets for LiNi0.88Mn0.05Co0.07O2 (Ni88).

No open-circuit potential, diffusivity or conductivity of Ni88 is published as numbers. The
crystal and electrode constants are the papers' own (grade A); the laws are stand-ins
(grade C) whose choice is explained at each of them.
"""

from __future__ import annotations

from dataclasses import replace
from importlib.resources import files

import numpy as np

from multiscale.parameters import names
from multiscale.parameters.kinetics import (
    NMC811_AUTOCATALYTIC,
    AutocatalyticExchange,
)
from multiscale.parameters.laws import DivacancyDiffusivity, GuardedOCP, OfStoichiometry
from multiscale.parameters.sets import Entry, Source
from multiscale.parameters.tables import MonotoneTable
from multiscale.tables import read_table

from . import _common
from ._common import assumed

TRANSPORT = "thermodynamic"

XU = "C. Xu, A. J. Merryweather et al., Joule 6, 2535-2546 (2022), pii S2542-4351(22)00474-3"
LUN = (
    "Z. Lun, A. J. Merryweather et al., Operando single-particle imaging reveals that asymmetric "
    "ion flux contributes to capacity degradation in aged Ni-rich layered cathodes"
)
REHM = "M. Rehm, Technical University of Munich, DegradationModeAnalysis (2025), MIT licence"

# Scale factor of the apparent diffusivity, Xu 2022: 2.7 fits the images; the reference value
# below is the scaled one, so 2.7 is a factor of one.
ALPHA = 2.7

# Reference 1e-18 m2/s at 3 % vacancies: "about 1e-14 cm2/s near full lithiation" after
# scaling. The squared vacancy fraction gives the "almost two orders of magnitude" on removing
# 20 % of the lithium (1.8 decades from 0.97 to 0.77).
diffusivity = DivacancyDiffusivity(reference=1e-18, vacancy=0.03, scale=ALPHA / 2.7)


def _table(name: str) -> tuple[np.ndarray, np.ndarray]:
    columns = list(read_table(files(__package__) / "tables" / f"{name}.csv").values())
    return columns[0], columns[1]


# The delithiation branch ends at sto = 0.981 and 3.53 V; the guard is what makes a discharge
# end: 3.0 V at sto = 1. Its width keeps it below 0.1 mV at sto = 0.98, inside the data.
delithiation_ocp = GuardedOCP.falling_to(
    3.0, MonotoneTable(*_table("lg_m36_delithiation")), width=0.002
)
# This branch and the mean fall to 3.0 V by themselves and need no guard.
lithiation_ocp = MonotoneTable(*_table("lg_m36_lithiation"))
mean_ocp = MonotoneTable(*_table("lg_m36_mean"))

conductivity = OfStoichiometry(
    MonotoneTable(*_table("ni88_conductivity"), log10=True, below="constant")
)
exchange_current = AutocatalyticExchange(NMC811_AUTOCATALYTIC, factor=1.0)

_BRANCH = Source(
    citation=REHM,
    where="InputData/NMC, LGM36_PE_coin_Cathode_*_0C02, LG M36 cathode at C/50, 19 points",
    grade="C",
    kind="measured elsewhere",
    method="half-cell pseudo-OCP of another nickel-rich NMC; sto = 0.985 - 0.79 q is ours",
    valid_range=(0.195, 0.98105),
)
_DELITHIATION = replace(
    _BRANCH,
    method=_BRANCH.method + "; guard to 3.0 V at sto = 1 assumed; 3.548 V at 0.97 (Xu 2022: ~3.5)",
)
_LATTICE = Source(
    citation=LUN,
    where="supplementary table S1: a = 2.87495 A, c = 14.1910 A, R-3m",
    grade="A",
    kind="measured here",
    method="Rietveld refinement; one lithium site per formula unit, 101.58 A3 for three units",
)

ENTRIES: dict[str, Entry] = {
    **_common.ANY,
    names.OCP: Entry(delithiation_ocp, _DELITHIATION),
    names.DELITHIATION_OCP: Entry(delithiation_ocp, _DELITHIATION),
    names.LITHIATION_OCP: Entry(lithiation_ocp, _BRANCH),
    names.MEAN_OCP: Entry(
        mean_ocp,
        replace(
            _BRANCH,
            method="mean of both branches at equal sto; rows from 0.96 on assumed (3.5 V at 0.97)",
            valid_range=(0.2, 0.95),
        ),
    ),
    names.DIFFUSIVITY: Entry(
        diffusivity,
        Source(
            citation=XU,
            where="fig. 3B and text: about 1e-14 cm2/s near full, almost 100 times more 20 % below",
            grade="C",
            kind="derived",
            method="GITT scaled by alpha = 2.7 in the paper; (1 - sto)^2 shape after Sharma 2022, "
            "ours",
            valid_range=(0.2, 0.98),
        ),
    ),
    names.CONDUCTIVITY: Entry(
        conductivity,
        Source(
            citation="R. Amin, D. B. Ravnsbaek, Y.-M. Chiang, J. Electrochem. Soc. 162 (2015)",
            doi="10.1149/2.0171507jes",
            where="abstract: NCA, about 1e-2 to about 1 S/m over 0 to 60 % of the lithium removed",
            grade="C",
            kind="assumed",
            method="NCA taken for Ni88 as the lower case, linear in the logarithm; upper case "
            "0.4 S/m",
            valid_range=(0.4, 1.0),
        ),
    ),
    names.EXCHANGE_CURRENT: Entry(
        exchange_current,
        Source(
            citation=_common.AUTOCATALYTIC.citation,
            where="MPET, file NMC811_KaranthWeijers24 (MIT licence); factor 1, sensitivity 0.3 to "
            "3",
            grade="C",
            kind="fitted",
            method="polynomial for NMC811 taken for Ni88, held level outside its range",
            valid_range=(0.3, 0.98),
        ),
    ),
    names.TRANSFER_COEFFICIENT: Entry(
        0.5, assumed("usual choice", "symmetric reaction, as in the source of the exchange current")
    ),
    names.MAXIMUM_CONCENTRATION: Entry(49042.0, _LATTICE),
    names.DENSITY: Entry(
        4780.0,
        replace(
            _LATTICE,
            where="supplementary eq. 13: 4.78 g/cm3",
            method="stated; equals the density of the refined lattice",
        ),
    ),
    **_common.window(
        3.0,
        4.3,
        Source(
            citation=XU,
            where="fig. 1 and text: cycled from 3.0 to 4.3 V against lithium",
            grade="A",
            kind="measured here",
            method="chosen by the experimenters",
        ),
    ),
    **_common.isothermal(
        295.15,
        Source(
            citation=LUN,
            where="supplementary methods: every electrochemical measurement at 22 deg C",
            grade="A",
            kind="measured here",
            method="controlled temperature; taken for Xu 2022 and for every law too",
        ),
    ),
    names.CONTACT_CONDUCTANCE: Entry(
        1e3,
        Source(
            citation=_common.OURS,
            where="no number for this contact was found",
            grade="C",
            kind="assumed",
            method="1e-3 Ohm m2 per contact area: too good to matter at the rates of the papers",
        ),
    ),
    names.ELECTROLYTE_CONCENTRATION: Entry(
        1000.0,
        Source(
            citation=LUN,
            where="supplementary methods: LP30, 1 M LiPF6 in EC:DMC 1:1 by volume",
            grade="A",
            kind="measured here",
            method="composition as bought",
        ),
    ),
    **_common.electrolyte(),
}
