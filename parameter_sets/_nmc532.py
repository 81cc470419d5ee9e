"""Laws of LiNi0.5Mn0.3Co0.2O2 (NMC532): the defaults of Sharma2022_NMC532 and alternatives.

The numbers of Sharma's supporting information were not at hand. The open-circuit potential
and the diffusivity are published fits for NMC532; the conductivity is a measurement whose
value at full lithiation is tuned; the exchange current is an assumption. Where each law
comes from: ``_nmc532_sources``.
"""

from __future__ import annotations

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
from multiscale.parameters.tables import MonotoneTable, PinnedConductivity
from multiscale.tables import read_table

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
ocp = GuardedOCP(
    StraightOutside(COLCLASURE_OCP, low=0.25, high=1.002),
    amplitude=0.4 / float(np.log(2)),
    width=0.0015,
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


_AMIN = read_table(files(__package__) / "tables" / "amin2016_nmc532.csv")
_STO, _KAPPA = _AMIN["sto"], _AMIN["conductivity_S_per_m"]

# Tuned, see the source of names.PRISTINE_CONDUCTIVITY; 1.9e-4 S/m was measured.
PRISTINE_CONDUCTIVITY = 3e-6

DIFFUSIVITIES = {
    "colclasure_x0.3": _colclasure(0.3),
    "colclasure": _colclasure(1.0),
    "colclasure_x0.1": _colclasure(0.1),
    "colclasure_x3": _colclasure(3.0),
    "divacancy": DivacancyDiffusivity(3e-17),
    "constant_3e-14": Constant(3e-14),
    "constant_3e-15": Constant(3e-15),
}

CONDUCTIVITIES = {
    "tuned": PinnedConductivity(
        _STO[:-1], _KAPPA[:-1], PRISTINE_CONDUCTIVITY, parameter=names.PRISTINE_CONDUCTIVITY
    ),
    "amin2016": PinnedConductivity(_STO[:-1], _KAPPA[:-1], float(_KAPPA[-1])),
    # Amin's points from 0.9 to 0.7 lie below the pristine value here and are left out.
    "wang2018": OfStoichiometry(
        MonotoneTable([0.25, 0.5, 1.0], [1.38, 0.15, 0.13], log10=True, below="constant")
    ),
    "constant": Constant(0.1),
}

KINETICS = {
    "symmetric": SymmetricExchange(1.0),
    "symmetric_x0.1": SymmetricExchange(0.1),
    "symmetric_x10": SymmetricExchange(10.0),
    "constant": PolynomialExchange(ClampedPolynomial((1.0,), 0.0, 1.0)),
    "colclasure": PolynomialExchange(NMC532_COLCLASURE, factor=10.0, reference=1200.0),
    "park2021": SigmoidExchange(5.0),
    "decades_1": DecadesExchange(5.0, decades=1.0, centre=0.9, width=0.03),
    "decades_2": DecadesExchange(5.0, decades=2.0, centre=0.9, width=0.03),
    "decades_3": DecadesExchange(5.0, decades=3.0, centre=0.9, width=0.03),
    "decades_5": DecadesExchange(5.0, decades=5.0, centre=0.9, width=0.03),
}
