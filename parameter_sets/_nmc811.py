"""Laws of NMC811 common to its sets, and where they come from."""

from __future__ import annotations

from dataclasses import replace

from multiscale.parameters import names
from multiscale.parameters.kinetics import (
    FARADAY,
    NMC811_AUTOCATALYTIC,
    AsymmetricExchange,
    AutocatalyticExchange,
    SymmetricExchange,
)
from multiscale.parameters.laws import (
    ClampedPolynomial,
    Constant,
    DecadicPolynomial,
    GaussianDecades,
    GuardedOCP,
    RedlichKister,
    StraightOutside,
    TanhSum,
)
from multiscale.parameters.sets import Entry, Source
from multiscale.parameters.tables import ActivatedTable, MonotoneTable

from . import _common
from ._common import AUTOCATALYTIC, WANG, assumed, scaled

OREGAN = "K. O'Regan et al., Electrochim. Acta 425, 140700 (2022)"
CHEN = "C.-H. Chen et al., J. Electrochem. Soc. 167, 080534 (2020)"
CHEN_DOI = "10.1149/1945-7111/ab9050"

CHEN_OCP = TanhSum(
    constant=4.4875,
    slope=-0.8090,
    steps=(
        (-0.0428, 18.5138, 0.5542),
        (-17.7326, 15.7890, 0.3117),
        (17.5842, 15.9308, 0.3120),
    ),
    valid_range=(0.27, 0.91),
)
# Without the guard the form is 3.49 V when full and a discharge would never end. It is 5 mV at
# sto = 0.99 and below 0.1 mV at 0.98.
ocp = GuardedOCP.falling_to(3.0, CHEN_OCP, width=0.002)
# A. Yao and V. Viswanathan's thermodynamically consistent fit, to the data of Chen 2020.
YAO_OCP = RedlichKister(
    -408616.84,
    (-95399.16, -51806.69, -29817.81, -50930.46, -90481.88, -61381.05),
    temperature=300.0,
)

# A. Ombrini's fit of log10(D [m2/s] / 0.5e-4) to operando muon data; explodes outside its range.
MUON_DIFFUSIVITY = DecadicPolynomial(
    ClampedPolynomial(
        (
            -66631.56720002113,
            317224.13759806077,
            -647127.9100798424,
            740625.6188941287,
            -522889.4946864639,
            235652.79793610598,
            -67638.17186534218,
            11887.013361406942,
            -1155.8947947859672,
            37.60120496926822,
        ),
        low=0.25,
        high=0.985,
        width=1e-4,
    ),
    scale=0.5e-4,
)
# Activation exp(1449 (1/298.15 - 1/T)); the factor 2.7 is the authors' own correction.
OREGAN_DIFFUSIVITY = GaussianDecades(
    level=-13.96,
    dips=((-0.9231, 0.3216, 0.002534), (-0.4066, 0.4532, 0.003926), (-0.993, 0.8098, 0.09924)),
    scale=2.7,
    activation_energy=1449.0 * 8.314462618,
)


_MUON = Source(
    citation=AUTOCATALYTIC.citation,
    where=AUTOCATALYTIC.where.split(";")[0],
    grade="B",
    kind="fitted",
    method="polynomial of log10 D, Fickian, level outside 0.25 to 0.985; the fit falls below the "
    "1e-11 cm2/s its code claims as its least; temperature dependence not known",
    valid_range=(0.25, 0.985),
)
_OREGAN_D = Source(
    citation=OREGAN,
    doi="10.1016/j.electacta.2022.140700",
    where="closed form as in PyBaMM's set ORegan2022",
    grade="B",
    kind="measured here",
    method="GITT on the LG M50 cathode times the authors' factor 2.7; Arrhenius 1449 K; hardly "
    "falls towards full lithiation, where there are no data",
    valid_range=(0.27, 0.91),
)
_WANG = Source(
    citation=WANG,
    doi="10.1016/j.jpowsour.2018.05.005",
    where="NMC811 pellet at 20 deg C, 0.41 S/m when pristine, 0.25 eV, read in a digest",
    grade="C",
    kind="measured elsewhere",
    method="direct current, only pristine is measured; 1 S/m and 0.1 eV at sto = 0.4 assumed, "
    "log-linear between, level below",
    valid_range=(0.4, 1.0),
)
_OREGAN_J = Source(
    citation=OREGAN,
    doi="10.1016/j.electacta.2022.140700",
    where="closed form as in PyBaMM's set ORegan2022",
    grade="B",
    kind="measured here",
    method="5.028 (c_e/1 mol/L)^0.57 sto^0.43 (1 - sto)^0.57 A/m2, activation 24.01 kJ/mol",
    valid_range=(0.27, 0.91),
)
_CHEN_U = Source(
    citation=CHEN,
    doi=CHEN_DOI,
    where="closed form as in PyBaMM's set Chen2020",
    grade="B",
    kind="measured here",
    method="half cell of the LG M50 cathode; the form has no end of discharge: guard to 3.0 V "
    "at sto = 1 assumed, below 0.1 mV at 0.98; entropic coefficient not used",
    valid_range=(0.27, 0.91),
)
POTENTIALS = {
    "chen2020": Entry(ocp, _CHEN_U),
    "redlich_kister": Entry(
        GuardedOCP.falling_to(3.0, StraightOutside(YAO_OCP, low=0.25, high=0.95), width=0.002),
        Source(
            citation="A. Yao and V. Viswanathan, J. Phys. Chem. Lett. 15, 1143 (2024)",
            doi="10.1021/acs.jpclett.3c03129",
            where="repository BattModels/Diffthermo_OCV_paper, coefficients for NMC811",
            grade="B",
            kind="fitted",
            method="Redlich-Kister form fitted to the data of Chen 2020, hence not independent of "
            "it; straight outside 0.25 to 0.95, guard to 3.0 V at sto = 1 assumed",
            valid_range=(0.25, 0.95),
        ),
    ),
}
DIFFUSIVITIES = {
    "mcclelland2023": Entry(MUON_DIFFUSIVITY, _MUON),
    "oregan2022": Entry(OREGAN_DIFFUSIVITY, _OREGAN_D),
    "constant_4e-15": Entry(
        Constant(4e-15, activation_energy=25e3),
        Source(
            citation=CHEN,
            doi=CHEN_DOI,
            where="as in PyBaMM's sets Chen2020 (value) and OKane2022 (25 kJ/mol)",
            grade="B",
            kind="fitted",
            method="constant of a cell model with particles of 5.22 um",
            valid_range=(0.27, 0.91),
        ),
    ),
}
CONDUCTIVITIES = {
    "wang2018": Entry(
        ActivatedTable(
            MonotoneTable([0.4, 1.0], [1.0, 0.41], log10=True, below="constant"),
            MonotoneTable([0.4, 1.0], [0.1, 0.25], below="constant", above="constant"),
            293.15,
        ),
        _WANG,
    ),
    "constant_0.41": Entry(
        Constant(0.41, activation_energy=0.25 * FARADAY, reference=293.15),
        replace(_WANG, method="the pristine value everywhere; 0.25 eV"),
    ),
}
KINETICS = {
    "autocatalytic": Entry(AutocatalyticExchange(NMC811_AUTOCATALYTIC), AUTOCATALYTIC),
    "autocatalytic_x0.3": Entry(
        AutocatalyticExchange(NMC811_AUTOCATALYTIC, factor=0.3), scaled(AUTOCATALYTIC, "0.3")
    ),
    "autocatalytic_x3": Entry(
        AutocatalyticExchange(NMC811_AUTOCATALYTIC, factor=3.0), scaled(AUTOCATALYTIC, "3")
    ),
    "oregan2022": Entry(
        AsymmetricExchange(5.028, alpha=0.43, activation_energy=24010.0), _OREGAN_J
    ),
    # 3.42e-6 (c_e c (c_max - c))^0.5 with c_max = 63104 mol/m3
    "chen2020": Entry(
        SymmetricExchange(3.412, activation_energy=17.8e3),
        Source(
            citation=CHEN,
            doi=CHEN_DOI,
            where="3.42e-6 (c_e c (c_max - c))^0.5, c_max = 63104 mol/m3, PyBaMM's set Chen2020",
            grade="B",
            kind="measured here",
            method="3.41 A/m2 at sto = 0.5; activation energy 17.8 kJ/mol",
            valid_range=(0.27, 0.91),
        ),
    ),
}

_WINDOW = assumed("usual window of NMC811 against lithium", "not that of the sources' full cells")
_BIELEFELD = Source(
    citation="Bielefeld et al. (2022), read in a digest",
    where="NMC811 density 4.77 g/cm3",
    grade="B",
    kind="measured elsewhere",
    method="as stated there",
)

ENTRIES: dict[str, Entry] = {
    **_common.FAMILY,
    names.DENSITY: Entry(4770.0, _BIELEFELD),
    names.SPECIFIC_CAPACITY: Entry(
        200.0, assumed("usual capacity of NMC811 to 4.3 V", "200 mA.h/g, basis of the C-rate")
    ),
    **_common.window(3.0, 4.3, _WINDOW),
}


def with_first(laws: dict[str, Entry], first: str) -> dict[str, Entry]:
    """The laws with one of them, the default, in front."""
    return {first: laws[first], **laws}
