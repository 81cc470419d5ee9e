"""Values and sources common to the sets of cathode families measured in other laboratories.

What nobody measured for a family (contact, counter electrode, temperature of the room) is the
same assumption in every set.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from multiscale.parameters import names
from multiscale.parameters.sets import Source, initial_concentration, nominal_capacity

from . import _ni88, _ni88_sources

OURS = "multiscale"
AMIN = "R. Amin, Y.-M. Chiang, J. Electrochem. Soc. 163, A1512 (2016)"
WANG = "Wang, Yan, Li, Vinado, Yang, J. Power Sources 393, 75-82 (2018)"
COLCLASURE = "A. M. Colclasure et al., Electrochim. Acta 337, 135854 (2020)"
PARK = "Park et al., Nat. Mater. 20, 991 (2021)"
TEMPERATURE = 298.15  # [K]


def assumed(where: str, method: str, **changes: Any) -> Source:
    """Source of a value that nobody measured for the material."""
    return Source(
        **{"citation": OURS, "grade": "C", "kind": "assumed", **changes}, where=where, method=method
    )


def scaled(source: Source, factor: str) -> Source:
    """The same law times a factor, for sensitivity."""
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

_LP30 = {
    name: replace(
        source, method=source.method + "; stands in for the electrolyte of the set's cells"
    )
    for name, source in _ni88_sources.LAWS.items()
    if source.citation == _ni88_sources.LANDESFEIND
}
_ROOM = assumed(
    "25 deg C, reference temperature of the sources of potential and diffusivity",
    "isothermal; laws with an activation energy follow another temperature",
)
_FROM_NI88 = (
    names.TRANSFER_COEFFICIENT,
    names.INITIAL_CONCENTRATION,
    names.NOMINAL_CAPACITY,
    names.CURRENT,
    names.CONTACT_CONDUCTANCE,
    names.LITHIUM_MOLAR_VOLUME,
    names.COUNTER_AREA_RATIO,
)

SOURCES: dict[str, Source] = {
    **{name: _ni88_sources.CONSTANTS[name] for name in _FROM_NI88},
    names.TRANSFER_COEFFICIENT: assumed("usual choice", "symmetric reaction"),
    names.CONTACT_CONDUCTANCE: assumed(
        "no number for this contact was found",
        "1e-3 Ohm m2 per contact area; sensitivity 1e-4 to 1e-1 Ohm m2",
    ),
    names.TEMPERATURE: _ROOM,
    names.INITIAL_TEMPERATURE: _ROOM,
    names.REFERENCE_TEMPERATURE: _ROOM,
    names.ELECTROLYTE_CONCENTRATION: assumed("1 mol/L", "usual concentration of LP30"),
    **_LP30,
    names.LITHIUM_EXCHANGE_CURRENT: _ni88_sources.LAWS[names.LITHIUM_EXCHANGE_CURRENT],
}


def common_values() -> dict[str, Any]:
    """Entries equal in every family set; a new dictionary at each call."""
    return {
        names.TRANSFER_COEFFICIENT: 0.5,
        names.INITIAL_CONCENTRATION: initial_concentration(),
        names.NOMINAL_CAPACITY: nominal_capacity(),
        names.CURRENT: nominal_capacity(),
        names.CONTACT_CONDUCTANCE: 1e3,
        names.TEMPERATURE: TEMPERATURE,
        names.INITIAL_TEMPERATURE: TEMPERATURE,
        names.REFERENCE_TEMPERATURE: TEMPERATURE,
        **_ni88.electrolyte_values(),
    }
