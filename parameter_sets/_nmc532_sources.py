"""Where the entries of Sharma2022_NMC532 and its alternative laws come from."""

from __future__ import annotations

from dataclasses import replace

from multiscale.parameters import names
from multiscale.parameters.sets import Source

from . import _ni88_sources

SHARMA = (
    "N. Sharma, L. S. de Vasconcelos, S. Hassan, K. Zhao, Nano Lett. 22, 5883-5890 (2022), "
    "doi 10.1021/acs.nanolett.2c01818"
)
COLCLASURE = "A. M. Colclasure et al., Electrochim. Acta 337, 135854 (2020)"
AMIN = "R. Amin, Y.-M. Chiang, J. Electrochem. Soc. 163, A1512 (2016)"
WANG = "Wang, Yan, Li, Vinado, Yang, J. Power Sources 393, 75-82 (2018)"
PARK = "Park et al., Nat. Mater. 20, 991 (2021)"
OURS = "multiscale"

ELECTROLYTE = {
    name: replace(
        source, method=source.method + "; stands in for the EC/DEC and other electrolytes"
    )
    for name, source in _ni88_sources.LAWS.items()
    if source.citation == _ni88_sources.LANDESFEIND
}

_DIFFUSIVITY = Source(
    citation=COLCLASURE,
    where="closed form as implemented in MPET, file NMC532_Colclasure20 (MIT licence)",
    grade="B",
    kind="fitted",
    method="polynomial of log10 D at 30 deg C, Fickian; level outside 0.25 to 1",
    valid_range=(0.25, 0.98),
)
_TUNED_DIFFUSIVITY = replace(
    _DIFFUSIVITY,
    grade="C",
    method=_DIFFUSIVITY.method
    + "; times 0.3, chosen within the scatter of the literature for a first-cycle loss of about "
    "10 % (Sharma 2022), hence no validation of that loss",
)
_AMIN = Source(
    citation=AMIN,
    doi="10.1149/2.0131608jes",
    where="fig. 2c (NMC532 by the erratum, doi 10.1149/2.0881610jes), digitised by a third party",
    grade="C",
    kind="measured elsewhere",
    method="sintered pellets, 30 deg C, five points; PCHIP of log10; activation energy left out",
    valid_range=(0.25, 1.0),
)
_SYMMETRIC = Source(
    citation=SHARMA,
    where="eq. 3 for the form; the rate constants of table S2-S4 were not at hand",
    grade="C",
    kind="assumed",
    method="1 A/m2 at sto = 0.5; the paper reports the rate constant as secondary at C/20",
    valid_range=(0.0, 1.0),
)
_DECADES = Source(
    citation=OURS,
    where="form and all numbers: 5 A/m2 delithiated, centre 0.9, width 0.03",
    grade="C",
    kind="assumed",
    method="step of the logarithm, a competing mechanism after the idea of " + PARK,
    valid_range=(0.0, 1.0),
)

LAWS: dict[str, Source] = {
    names.OCP: Source(
        citation=COLCLASURE,
        where="closed form as implemented in MPET, file NMC532_Colclasure20 (MIT licence)",
        grade="B",
        kind="fitted",
        method="fit to a half cell; straight below 0.25; guard at full lithiation assumed: "
        "0.4 V at sto = 1, 0.7 mV at 0.99",
        valid_range=(0.3, 0.99),
    ),
    names.DIFFUSIVITY: _TUNED_DIFFUSIVITY,
    names.CONDUCTIVITY: replace(
        _AMIN, method=_AMIN.method + "; the point at sto = 1 is the tuned pristine conductivity"
    ),
    names.EXCHANGE_CURRENT: _SYMMETRIC,
    **ELECTROLYTE,
    names.LITHIUM_EXCHANGE_CURRENT: _ni88_sources.LAWS[names.LITHIUM_EXCHANGE_CURRENT],
}

DIFFUSIVITIES: dict[str, Source] = {
    "colclasure_x0.3": _TUNED_DIFFUSIVITY,
    "colclasure": _DIFFUSIVITY,
    "colclasure_x0.1": replace(
        _DIFFUSIVITY, grade="C", method=_DIFFUSIVITY.method + "; times 0.1, sensitivity"
    ),
    "colclasure_x3": replace(
        _DIFFUSIVITY, grade="C", method=_DIFFUSIVITY.method + "; times 3, sensitivity"
    ),
    "divacancy": Source(
        citation=SHARMA,
        where="text: the mobility varies with the square of the number of vacancies",
        grade="C",
        kind="assumed",
        method="D = 3e-17 m2/s ((1 - sto) / 0.03)^2; the reference value is ours",
        valid_range=(0.2, 0.98),
    ),
    **{
        f"constant_{value}": Source(
            citation=OURS,
            where="counter-test: no slow diffusion near full lithiation, hence little loss",
            grade="C",
            kind="assumed",
            method=f"{value} m2/s at every stoichiometry",
            valid_range=(0.0, 1.0),
        )
        for value in ("3e-14", "3e-15")
    },
}

CONDUCTIVITIES: dict[str, Source] = {
    "tuned": LAWS[names.CONDUCTIVITY],
    "amin2016": _AMIN,
    "wang2018": Source(
        citation=WANG,
        doi="10.1016/j.jpowsour.2018.05.005",
        where="NMC532 pellet at 20 deg C, 0.13 S/m when pristine, read in a digest",
        grade="C",
        kind="measured elsewhere",
        method="direct current; below sto = 0.5 Amin's 0.15 and 1.38 S/m, his lower points "
        "between left out: a counter-test without an insulating state",
        valid_range=(0.25, 1.0),
    ),
    "constant": Source(
        citation=OURS,
        where="counter-test: no insulating state",
        grade="C",
        kind="assumed",
        method="0.1 S/m at every stoichiometry, about Amin's value at 0.7",
        valid_range=(0.0, 1.0),
    ),
}

KINETICS: dict[str, Source] = {
    "symmetric": _SYMMETRIC,
    "symmetric_x0.1": replace(_SYMMETRIC, method="0.1 A/m2 at sto = 0.5, sensitivity"),
    "symmetric_x10": replace(_SYMMETRIC, method="10 A/m2 at sto = 0.5, sensitivity"),
    "constant": replace(
        _SYMMETRIC,
        citation=OURS,
        where="counter-test: no dependence on lithium content",
        method="1 A/m2 at every stoichiometry",
    ),
    "colclasure": Source(
        citation=COLCLASURE,
        where="closed form as implemented in MPET, file BV_Colclasure20 (MIT licence)",
        grade="B",
        kind="fitted",
        method="polynomial at 1.2 mol/L and 30 deg C, level outside 0.3 to 0.97",
        valid_range=(0.3, 0.97),
    ),
    "park2021": Source(
        citation=PARK,
        doi="10.1038/s41563-021-00936-1",
        where="as implemented in MPET, file BV_NMC_Park2021 (MIT licence), for NMC111",
        grade="C",
        kind="assumed",
        method="shape of the paper; the 5 A/m2 are ours, no absolute value is published",
        valid_range=(0.3, 0.97),
    ),
    **{f"decades_{n}": replace(_DECADES, where=f"{n} decades; {_DECADES.where}") for n in "1235"},
}
