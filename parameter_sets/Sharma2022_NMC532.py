"""LiNi0.5Mn0.3Co0.2O2 of Sharma 2022: the first cycles of an electrode of secondary particles.

Sharma et al., Nano Lett. 22, 5883-5890 (2022), doi 10.1021/acs.nanolett.2c01818. The window,
the material and the conductivity of the carbon are the paper's. Its curves of conductivity
and diffusivity exist only as figures; the laws here are published fits and measurements of
NMC532, two of them scaled:

- the conductivity of pristine NMC532, ``names.PRISTINE_CONDUCTIVITY``, is *tuned* so that the
  first charge is asynchronous. One number sets it; the measured one is 1.9e-4 S/m;
- the diffusivity is 0.3 times its source, for a first-cycle loss of about 10 %.

Neither observation validates a model that uses this set. Alternative laws, each with its
source, are in ``KINETICS``, ``CONDUCTIVITIES`` and ``DIFFUSIVITIES``; one override switches
one on::

    override(values, {names.CONDUCTIVITY: CONDUCTIVITIES["wang2018"]})
"""

from __future__ import annotations

from typing import Any

from multiscale.parameters import names
from multiscale.parameters.sets import Entry, Source, defaults, values_of

from . import _common, _nmc532
from ._common import OURS
from ._nmc532 import CONDUCTIVITIES, DIFFUSIVITIES, KINETICS, SHARMA

TITLE = "NMC532 secondary particles, first cycles of an electrode (Sharma 2022)"
TRANSPORT = "chemical"

BIBTEX = """@article{Sharma2022NMC532,
  title = {Asynchronous-to-Synchronous Transition of Li Reactions in Solid-Solution Cathodes},
  author = {Sharma, Nikhil and de Vasconcelos, Luize Scalco and Hassan, Shadad and Zhao, Kejie},
  journal = {Nano Letters}, volume = {22}, pages = {5883--5890}, year = {2022},
  doi = {10.1021/acs.nanolett.2c01818}
}"""

# Law by name for every entry that has alternatives; the first of each is the default.
ALTERNATIVES: dict[str, dict[str, Entry]] = {
    names.EXCHANGE_CURRENT: KINETICS,
    names.CONDUCTIVITY: CONDUCTIVITIES,
    names.DIFFUSIVITY: DIFFUSIVITIES,
}

ENTRIES: dict[str, Entry] = {
    **_common.ANY,
    names.OCP: _nmc532.OCP,
    **defaults(ALTERNATIVES),
    names.PRISTINE_CONDUCTIVITY: Entry(
        _nmc532.PRISTINE_CONDUCTIVITY,
        Source(
            citation=OURS,
            where="tuned on a stack of 15 discs, 60 times below the 1.9e-4 S/m of Amin 2016 "
            "(NMC532), about his 5e-6 S/m for NMC333",
            grade="C",
            kind="fitted",
            method="the neck of a pristine particle drops about 8 V at C/20 (constriction of 13 um "
            "in 2D; contact radius of about 0.5 um on a sphere of 5 um), which makes the first "
            "charge asynchronous (Sharma 2022, fig. 1c); never a validation of that",
        ),
    ),
    names.CARBON_BINDER_CONDUCTIVITY: Entry(
        1e4,
        Source(
            citation=SHARMA,
            where="fig. 4 caption: carbon binder, about 1e4 S/m",
            grade="A",
            kind="assumed",
            method="value of the authors' model; powders are 1e2 to 5e3 S/m; never limiting",
        ),
    ),
    names.MAXIMUM_CONCENTRATION: Entry(
        48678.0,
        Source(
            citation=OURS,
            where="4700 kg/m3 and the molar mass 96.553 g/mol from standard atomic weights",
            grade="C",
            kind="derived",
            method="one lithium site per formula unit",
        ),
    ),
    names.DENSITY: Entry(
        4700.0,
        Source(
            citation=OURS,
            where="lower end of the 4700 to 4780 kg/m3 of layered NMC crystals",
            grade="C",
            kind="assumed",
            method="volume of the unit cell differs by less than 1.5 % between NMCs",
        ),
    ),
    names.SPECIFIC_CAPACITY: Entry(
        199.9,
        Source(
            citation=OURS,
            where="0.72 of the 277.6 mA.h/g for all lithium",
            grade="C",
            kind="assumed",
            method="basis of the C-rate, not a measured capacity; sets C/20 in this set",
        ),
    ),
    names.INITIAL_STOICHIOMETRY: Entry(
        0.9999,
        Source(
            citation=OURS,
            where="pristine material is full; exactly 1 is outside the open range of the laws",
            grade="C",
            kind="assumed",
            method="0.9999 for 1; the pristine conductivity there is 1.2 % above its value at 1",
        ),
    ),
    **_common.window(
        2.5,
        4.3,
        Source(
            citation=SHARMA,
            where="text: operating voltage window of 4.3-2.5 V",
            grade="A",
            kind="measured here",
            method="chosen by the experimenters",
        ),
    ),
    **_common.isothermal(
        298.15,
        Source(
            citation=OURS,
            where="the paper's text states no temperature",
            grade="C",
            kind="assumed",
            method="room temperature; no law of the set depends on it (diffusivity, conductivity: "
            "30 C)",
        ),
    ),
    names.CONTACT_CONDUCTANCE: Entry(
        1e3,
        Source(
            citation=OURS,
            where="no number for this contact was found",
            grade="C",
            kind="assumed",
            method="1e-3 Ohm m2 per contact area; below 300 S/m2 later cycles become asynchronous",
        ),
    ),
    names.ELECTROLYTE_CONCENTRATION: Entry(
        1000.0,
        Source(
            citation=SHARMA,
            where="list of supporting information: 1 M LiPF6 in EC/DEC in one of several tests",
            grade="A",
            kind="measured here",
            method="concentration as stated; the transport laws are those of LP30 (EC:DMC)",
        ),
    ),
    **_common.electrolyte("; stands in for the EC/DEC and other electrolytes"),
}


def get_parameter_values() -> dict[str, Any]:
    """Values in PyBaMM's format, a new dictionary at each call.

    Returns
    -------
    dict
        Parameter name with its unit -> number, law or symbol; see ``ENTRIES``.

    Examples
    --------
    >>> get_parameter_values()[names.PRISTINE_CONDUCTIVITY]
    3e-06
    """
    return values_of(ENTRIES, BIBTEX)
