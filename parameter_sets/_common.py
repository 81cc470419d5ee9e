"""Entries and sources common to sets of several materials.

What nobody measured for a material (contact, counter electrode, temperature of the room) is the
same assumption in every set.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from multiscale.parameters import names
from multiscale.parameters.electrolyte import (
    lp30_conductivity,
    lp30_diffusivity,
    lp30_thermodynamic_factor,
    lp30_transference,
)
from multiscale.parameters.kinetics import lithium_metal_exchange_Xu2019
from multiscale.parameters.sets import Entry, Source, initial_concentration, nominal_capacity

OURS = "multiscale"
AMIN = "R. Amin, Y.-M. Chiang, J. Electrochem. Soc. 163, A1512 (2016)"
WANG = "Wang, Yan, Li, Vinado, Yang, J. Power Sources 393, 75-82 (2018)"
COLCLASURE = "A. M. Colclasure et al., Electrochim. Acta 337, 135854 (2020)"
PARK = "Park et al., Nat. Mater. 20, 991 (2021)"
S_XU = "S. Xu et al., J. Electrochem. Soc. 166, A3456 (2019), as in PyBaMM's set Xu2019"


def assumed(where: str, method: str, **changes: Any) -> Source:
    """Source of a value that nobody measured for the material."""
    return Source(
        **{"citation": OURS, "grade": "C", "kind": "assumed", **changes}, where=where, method=method
    )


def scaled(source: Source, factor: str) -> Source:
    """Of the same law times a factor, for sensitivity."""
    return replace(
        source, grade="C", kind="assumed", method=f"{source.method}; times {factor}, sensitivity"
    )


PARK_SHAPE = Source(
    citation=PARK,
    doi="10.1038/s41563-021-00936-1",
    where="as implemented in MPET, file BV_NMC_Park2021 (MIT licence), for NMC111",
    grade="C",
    kind="assumed",
    method="shape of the paper; the 5 A/m2 are ours, no absolute value is published",
    valid_range=(0.3, 0.97),
)
AUTOCATALYTIC = Source(
    citation="A. Ombrini's fit to muon data of McClelland et al., Chem. Mater. 35, 4149 (2023)",
    where="MPET, file NMC811_KaranthWeijers24 (MIT licence), used in doi "
    "10.1016/j.xcrp.2024.101972; factor 1, sensitivity 0.3 to 3",
    grade="B",
    kind="fitted",
    method="polynomial, level outside 0.3 to 0.98; temperature dependence not known",
    valid_range=(0.3, 0.98),
)


def electrolyte(remark: str = "") -> dict[str, Entry]:
    """Laws of LP30; ``remark`` is added to how they were obtained."""
    source = Source(
        citation="J. Landesfeind, H. A. Gasteiger, J. Electrochem. Soc. 166, A3079 (2019)",
        doi="10.1149/2.0571912jes",
        where="fitted form and its coefficients for EC:DMC 1:1 by weight, read in PyBaMM's older "
        "files",
        grade="B",
        kind="fitted",
        method="fit to impedance, restricted-diffusion and concentration-cell experiments" + remark,
        valid_range=(100.0, 2000.0),
        argument="electrolyte concentration [mol.m-3], range assumed",
    )
    return {
        names.ELECTROLYTE_CONDUCTIVITY: Entry(lp30_conductivity, source),
        names.ELECTROLYTE_DIFFUSIVITY: Entry(lp30_diffusivity, source),
        names.TRANSFERENCE_NUMBER: Entry(lp30_transference, source),
        names.THERMODYNAMIC_FACTOR: Entry(lp30_thermodynamic_factor, source),
    }


_DERIVED = Source(
    citation=OURS,
    where="multiscale/parameters/sets.py",
    grade="A",
    kind="derived",
    method="identity between entries of this set",
)

# Of every set, whatever its material.
ANY: dict[str, Entry] = {
    names.TRANSFER_COEFFICIENT: Entry(0.5, assumed("usual choice", "symmetric reaction")),
    names.INITIAL_CONCENTRATION: Entry(initial_concentration(), _DERIVED),
    names.NOMINAL_CAPACITY: Entry(nominal_capacity(), _DERIVED),
    names.CURRENT: Entry(
        nominal_capacity(), replace(_DERIVED, method="default load: discharge at 1C")
    ),
    names.LITHIUM_EXCHANGE_CURRENT: Entry(
        lithium_metal_exchange_Xu2019,
        Source(
            citation=S_XU,
            where="3.5e-8 F c_Li^0.7 c_e^0.3",
            grade="B",
            kind="fitted",
            method="cell model fitted to lithium-metal cycling",
            valid_range=(500.0, 2000.0),
            argument="electrolyte concentration [mol.m-3], range assumed",
        ),
    ),
    names.LITHIUM_MOLAR_VOLUME: Entry(
        1.3e-5,
        Source(
            citation=S_XU,
            where="constant of the set",
            grade="B",
            kind="measured elsewhere",
            method="constant as given; its inverse is the concentration in lithium metal",
        ),
    ),
    names.COUNTER_AREA_RATIO: Entry(
        1.0,
        assumed(
            "areas of the counter electrodes are not stated per active area",
            "same current density on both sides",
        ),
    ),
}


def isothermal(temperature: float, source: Source) -> dict[str, Entry]:
    """The three temperatures of a set, all of them one [K]."""
    kinds = (names.TEMPERATURE, names.INITIAL_TEMPERATURE, names.REFERENCE_TEMPERATURE)
    return dict.fromkeys(kinds, Entry(temperature, source))


def window(low: float, high: float, source: Source) -> dict[str, Entry]:
    """Both voltage cut-offs [V]."""
    return {names.LOWER_CUTOFF: Entry(low, source), names.UPPER_CUTOFF: Entry(high, source)}


# Of the sets of cathode families measured in other laboratories.
FAMILY: dict[str, Entry] = {
    **ANY,
    names.CONTACT_CONDUCTANCE: Entry(
        1e3,
        assumed(
            "no number for this contact was found",
            "1e-3 Ohm m2 per contact area; sensitivity 1e-4 to 1e-1 Ohm m2",
        ),
    ),
    **isothermal(
        298.15,
        assumed(
            "25 deg C, reference temperature of the sources of potential and diffusivity",
            "isothermal; laws with an activation energy follow another temperature",
        ),
    ),
    names.ELECTROLYTE_CONCENTRATION: Entry(
        1000.0, assumed("1 mol/L", "usual concentration of LP30")
    ),
    **electrolyte("; stands in for the electrolyte of the set's cells"),
}
