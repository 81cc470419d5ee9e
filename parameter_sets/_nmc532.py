"""Laws of LiNi0.5Mn0.3Co0.2O2 (NMC532) with their sources: those of Sharma's set and alternatives.

The numbers of Sharma's supporting information were not at hand. The open-circuit potential
and the diffusivity are published fits for NMC532; the conductivity is a measurement whose
value at full lithiation is tuned; the exchange current is an assumption.
"""

from __future__ import annotations

from dataclasses import replace
from importlib.resources import files

import numpy as np

from multiscale.parameters import names
from multiscale.parameters.kinetics import (
    NMC532_COLCLASURE,
    DecadesExchange,
    PolynomialExchange,
    SigmoidExchange,
    SymmetricExchange,
)
from multiscale.parameters.laws import (
    ClampedPolynomial,
    Constant,
    DecadicPolynomial,
    DivacancyDiffusivity,
    GuardedOCP,
    OfStoichiometry,
    PolynomialWithCliff,
    StraightOutside,
)
from multiscale.parameters.sets import Entry, Source
from multiscale.parameters.tables import MonotoneTable, PinnedConductivity
from multiscale.tables import read_table

from ._common import AMIN, COLCLASURE, OURS, PARK, PARK_SHAPE, WANG, assumed, scaled

SHARMA = (
    "N. Sharma, L. S. de Vasconcelos, S. Hassan, K. Zhao, Nano Lett. 22, 5883-5890 (2022), "
    "doi 10.1021/acs.nanolett.2c01818"
)


# Colclasure et al. (2020) as implemented in MPET, file NMC532_Colclasure20 (MIT licence).
COLCLASURE_OCP = PolynomialWithCliff(
    coefficients=(
        -3.640117692001490e03,
        1.317657544484270e04,
        -1.455742062291360e04,
        -1.571094264365090e03,
        1.265630978512400e04,
        -2.057808873526350e03,
        -1.074374333186190e04,
        8.698112755348720e03,
        -8.297904604107030e02,
        -2.073765547574810e03,
        1.190223421193310e03,
        -2.724851668445780e02,
        2.723409218042130e01,
        -4.158276603609060e00,
        5.314735633000300e00,
    ),
    amplitude=5.573191762723310e-04,
    rate=6.560240842659690e00,
    power=4.148209275061330e01,
)

# The form falls between 0 and 1.01, so only its ends need care: a straight line below 0.25
# (no data), another one beyond 1.002 (the double exponential explodes), and a guard, because
# the form alone is still 2.99 V when full and a discharge to 2.5 V would fill beyond that.
# The guard is 0.4 V at sto = 1 (2.59 V there), 0.7 mV at 0.99, and 2.5 V is met at 1.0003.
OCP = Entry(
    GuardedOCP(
        StraightOutside(COLCLASURE_OCP, low=0.25, high=1.002),
        amplitude=0.4 / float(np.log(2)),
        width=0.0015,
    ),
    Source(
        citation=COLCLASURE,
        where="closed form as implemented in MPET, file NMC532_Colclasure20 (MIT licence)",
        grade="B",
        kind="fitted",
        method="fit to a half cell; straight below 0.25; guard at full lithiation assumed: "
        "0.4 V at sto = 1, 0.7 mV at 0.99",
        valid_range=(0.3, 0.99),
    ),
)

# Decadic logarithm of D [m2/s] without its factor of two, 30 deg C. Rounded narrowly: the
# fit falls by a decade between 0.99 and 1.
_COLCLASURE_D = ClampedPolynomial(
    (
        -2319.0,
        6642.0,
        -5269.0,
        -3319.0,
        10038.0,
        -9806.0,
        5817.0,
        -2286.0,
        575.3,
        -83.16,
        -9.292,
    ),
    low=0.25,
    high=1.0,
    width=1e-4,
)


def _colclasure(factor: float) -> DecadicPolynomial:
    """Colclasure's diffusivity times a factor."""
    return DecadicPolynomial(_COLCLASURE_D, scale=2.0 * factor)


_DIFFUSIVITY = Source(
    citation=COLCLASURE,
    where="closed form as implemented in MPET, file NMC532_Colclasure20 (MIT licence)",
    grade="B",
    kind="fitted",
    method="polynomial of log10 D at 30 deg C, Fickian; level outside 0.25 to 1",
    valid_range=(0.25, 0.98),
)
DIFFUSIVITIES = {
    "colclasure_x0.3": Entry(
        _colclasure(0.3),
        replace(
            _DIFFUSIVITY,
            grade="C",
            method=_DIFFUSIVITY.method
            + "; times 0.3, chosen within the scatter of the literature for a first-cycle loss of "
            "about 10 % (Sharma 2022), hence no validation of that loss",
        ),
    ),
    "colclasure": Entry(_colclasure(1.0), _DIFFUSIVITY),
    "colclasure_x0.1": Entry(_colclasure(0.1), replace(scaled(_DIFFUSIVITY, "0.1"), kind="fitted")),
    "colclasure_x3": Entry(_colclasure(3.0), replace(scaled(_DIFFUSIVITY, "3"), kind="fitted")),
    "divacancy": Entry(
        DivacancyDiffusivity(3e-17),
        Source(
            citation=SHARMA,
            where="text: the mobility varies with the square of the number of vacancies",
            grade="C",
            kind="assumed",
            method="D = 3e-17 m2/s ((1 - sto) / 0.03)^2; the reference value is ours",
            valid_range=(0.2, 0.98),
        ),
    ),
    **{
        f"constant_{value}": Entry(
            Constant(float(value)),
            assumed(
                "counter-test: no slow diffusion near full lithiation, hence little loss",
                f"{value} m2/s at every stoichiometry",
                valid_range=(0.0, 1.0),
            ),
        )
        for value in ("3e-14", "3e-15")
    },
}

_AMIN = read_table(files(__package__) / "tables" / "amin2016_nmc532.csv")
_STO, _KAPPA = _AMIN["sto"], _AMIN["conductivity_S_per_m"]

# Tuned, see the source of names.PRISTINE_CONDUCTIVITY; 1.9e-4 S/m was measured.
PRISTINE_CONDUCTIVITY = 3e-6

_PELLETS = Source(
    citation=AMIN,
    doi="10.1149/2.0131608jes",
    where="fig. 2c (NMC532 by the erratum, doi 10.1149/2.0881610jes), digitised by a third party",
    grade="C",
    kind="measured elsewhere",
    method="sintered pellets, 30 deg C, five points; PCHIP of log10; activation energy left out",
    valid_range=(0.25, 1.0),
)
CONDUCTIVITIES = {
    "tuned": Entry(
        PinnedConductivity(
            _STO[:-1], _KAPPA[:-1], PRISTINE_CONDUCTIVITY, parameter=names.PRISTINE_CONDUCTIVITY
        ),
        replace(
            _PELLETS,
            method=_PELLETS.method + "; the point at sto = 1 is the tuned pristine conductivity",
        ),
    ),
    "amin2016": Entry(PinnedConductivity(_STO[:-1], _KAPPA[:-1], float(_KAPPA[-1])), _PELLETS),
    # Amin's points from 0.9 to 0.7 lie below the pristine value here and are left out.
    "wang2018": Entry(
        OfStoichiometry(
            MonotoneTable([0.25, 0.5, 1.0], [1.38, 0.15, 0.13], log10=True, below="constant")
        ),
        Source(
            citation=WANG,
            doi="10.1016/j.jpowsour.2018.05.005",
            where="NMC532 pellet at 20 deg C, 0.13 S/m when pristine, read in a digest",
            grade="C",
            kind="measured elsewhere",
            method="direct current; below sto = 0.5 Amin's 0.15 and 1.38 S/m, his lower points "
            "between left out: a counter-test without an insulating state",
            valid_range=(0.25, 1.0),
        ),
    ),
    "constant": Entry(
        Constant(0.1),
        assumed(
            "counter-test: no insulating state",
            "0.1 S/m at every stoichiometry, about Amin's value at 0.7",
            valid_range=(0.0, 1.0),
        ),
    ),
}

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
KINETICS = {
    "symmetric": Entry(SymmetricExchange(1.0), _SYMMETRIC),
    "symmetric_x0.1": Entry(
        SymmetricExchange(0.1), replace(_SYMMETRIC, method="0.1 A/m2 at sto = 0.5, sensitivity")
    ),
    "symmetric_x10": Entry(
        SymmetricExchange(10.0), replace(_SYMMETRIC, method="10 A/m2 at sto = 0.5, sensitivity")
    ),
    "constant": Entry(
        PolynomialExchange(ClampedPolynomial((1.0,), 0.0, 1.0)),
        assumed(
            "counter-test: no dependence on lithium content",
            "1 A/m2 at every stoichiometry",
            valid_range=(0.0, 1.0),
        ),
    ),
    "colclasure": Entry(
        PolynomialExchange(NMC532_COLCLASURE, factor=10.0, reference=1200.0),
        Source(
            citation=COLCLASURE,
            where="closed form as implemented in MPET, file BV_Colclasure20 (MIT licence)",
            grade="B",
            kind="fitted",
            method="polynomial at 1.2 mol/L and 30 deg C, level outside 0.3 to 0.97",
            valid_range=(0.3, 0.97),
        ),
    ),
    "park2021": Entry(SigmoidExchange(5.0), PARK_SHAPE),
    **{
        f"decades_{n}": Entry(
            DecadesExchange(5.0, decades=float(n), centre=0.9, width=0.03),
            replace(_DECADES, where=f"{n} decades; {_DECADES.where}"),
        )
        for n in (1, 2, 3, 5)
    },
}
