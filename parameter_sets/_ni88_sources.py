"""Where the entries common to the Ni88 sets come from."""

from __future__ import annotations

from dataclasses import replace

from multiscale.parameters import names
from multiscale.parameters.sets import Source

XU = "C. Xu, A. J. Merryweather et al., Joule 6, 2535-2546 (2022), pii S2542-4351(22)00474-3"
LUN = (
    "Z. Lun, A. J. Merryweather et al., Operando single-particle imaging reveals that asymmetric "
    "ion flux contributes to capacity degradation in aged Ni-rich layered cathodes"
)
REHM = "M. Rehm, Technical University of Munich, DegradationModeAnalysis (2025), MIT licence"
LANDESFEIND = "J. Landesfeind, H. A. Gasteiger, J. Electrochem. Soc. 166, A3079 (2019)"
S_XU = "S. Xu et al., J. Electrochem. Soc. 166, A3456 (2019), as in PyBaMM's set Xu2019"
OURS = "multiscale"

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
_LP30 = Source(
    citation=LANDESFEIND,
    doi="10.1149/2.0571912jes",
    where="fitted form and its coefficients for EC:DMC 1:1 by weight, read in PyBaMM's older files",
    grade="B",
    kind="fitted",
    method="fit to impedance, restricted-diffusion and concentration-cell experiments",
    valid_range=(100.0, 2000.0),
    argument="electrolyte concentration [mol.m-3], range assumed",
)
_LATTICE = Source(
    citation=LUN,
    where="supplementary table S1: a = 2.87495 A, c = 14.1910 A, R-3m",
    grade="A",
    kind="measured here",
    method="Rietveld refinement; one lithium site per formula unit, 101.58 A3 for three units",
)
_DERIVED = Source(
    citation=OURS,
    where="multiscale/parameters/sets.py",
    grade="A",
    kind="derived",
    method="identity between entries of this set",
)
_WINDOW = Source(
    citation=XU,
    where="fig. 1 and text: cycled from 3.0 to 4.3 V against lithium",
    grade="A",
    kind="measured here",
    method="chosen by the experimenters",
)
_TEMPERATURE = Source(
    citation=LUN,
    where="supplementary methods: every electrochemical measurement at 22 deg C",
    grade="A",
    kind="measured here",
    method="controlled temperature; taken for Xu 2022 and for every law too",
)

LAWS: dict[str, Source] = {
    names.OCP: _DELITHIATION,
    names.DELITHIATION_OCP: _DELITHIATION,
    names.LITHIATION_OCP: _BRANCH,
    names.MEAN_OCP: replace(
        _BRANCH,
        method="mean of both branches at equal sto; rows from 0.96 on assumed (3.5 V at 0.97)",
        valid_range=(0.2, 0.95),
    ),
    names.DIFFUSIVITY: Source(
        citation=XU,
        where="fig. 3B and text: about 1e-14 cm2/s near full, almost 100 times more 20 % below",
        grade="C",
        kind="derived",
        method="GITT scaled by alpha = 2.7 in the paper; (1 - sto)^2 shape after Sharma 2022, ours",
        valid_range=(0.2, 0.98),
    ),
    names.CONDUCTIVITY: Source(
        citation="R. Amin, D. B. Ravnsbaek, Y.-M. Chiang, J. Electrochem. Soc. 162 (2015)",
        doi="10.1149/2.0171507jes",
        where="abstract: NCA, about 1e-2 to about 1 S/m over 0 to 60 % of the lithium removed",
        grade="C",
        kind="assumed",
        method="NCA taken for Ni88 as the lower case, linear in the logarithm; upper case 0.4 S/m",
        valid_range=(0.4, 1.0),
    ),
    names.EXCHANGE_CURRENT: Source(
        citation="A. Ombrini's fit to muon data of McClelland et al., Chem. Mater. 35, 4149 (2023)",
        where="MPET, file NMC811_KaranthWeijers24 (MIT licence); factor 1, sensitivity 0.3 to 3",
        grade="C",
        kind="fitted",
        method="polynomial for NMC811 taken for Ni88, held level outside its range",
        valid_range=(0.3, 0.98),
    ),
    names.ELECTROLYTE_CONDUCTIVITY: _LP30,
    names.ELECTROLYTE_DIFFUSIVITY: _LP30,
    names.TRANSFERENCE_NUMBER: _LP30,
    names.THERMODYNAMIC_FACTOR: _LP30,
    names.LITHIUM_EXCHANGE_CURRENT: Source(
        citation=S_XU,
        where="3.5e-8 F c_Li^0.7 c_e^0.3",
        grade="B",
        kind="fitted",
        method="cell model fitted to lithium-metal cycling",
        valid_range=(500.0, 2000.0),
        argument="electrolyte concentration [mol.m-3], range assumed",
    ),
}

CONSTANTS: dict[str, Source] = {
    names.MAXIMUM_CONCENTRATION: _LATTICE,
    names.DENSITY: replace(
        _LATTICE,
        where="supplementary eq. 13: 4.78 g/cm3",
        method="stated; equals the density of the refined lattice",
    ),
    names.TRANSFER_COEFFICIENT: Source(
        citation=OURS,
        where="usual choice",
        grade="C",
        kind="assumed",
        method="symmetric reaction, as in the source of the exchange current",
    ),
    names.INITIAL_CONCENTRATION: _DERIVED,
    names.NOMINAL_CAPACITY: _DERIVED,
    names.CURRENT: replace(_DERIVED, method="default load: discharge at 1C"),
    names.LOWER_CUTOFF: _WINDOW,
    names.UPPER_CUTOFF: _WINDOW,
    names.TEMPERATURE: _TEMPERATURE,
    names.INITIAL_TEMPERATURE: _TEMPERATURE,
    names.REFERENCE_TEMPERATURE: _TEMPERATURE,
    names.CONTACT_CONDUCTANCE: Source(
        citation=OURS,
        where="no number for this contact was found",
        grade="C",
        kind="assumed",
        method="1e-3 Ohm m2 per contact area: too good to matter at the rates of the papers",
    ),
    names.ELECTROLYTE_CONCENTRATION: Source(
        citation=LUN,
        where="supplementary methods: LP30, 1 M LiPF6 in EC:DMC 1:1 by volume",
        grade="A",
        kind="measured here",
        method="composition as bought",
    ),
    names.LITHIUM_MOLAR_VOLUME: Source(
        citation=S_XU,
        where="constant of the set",
        grade="B",
        kind="measured elsewhere",
        method="constant as given; its inverse is the concentration in lithium metal",
    ),
    names.COUNTER_AREA_RATIO: Source(
        citation=OURS,
        where="areas of the counter electrodes are not stated per active area",
        grade="C",
        kind="assumed",
        method="same current density on both sides",
    ),
}
