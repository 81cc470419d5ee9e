"""Single-crystal LiNi0.88Mn0.05Co0.07O2 of Xu 2022: delithiation of 2 um platelets.

Xu, Merryweather et al., Joule 6, 2535-2546 (2022). Crystal, window, initial stoichiometry and
rate basis are the paper's; the open-circuit potential and the diffusivity are stand-ins
that reproduce its observations only with the flux of Lun's eq. 10 (``TRANSPORT``). The
default open-circuit potential is the delithiation branch: use the lithiation branch for
discharge-only studies, and state the branch with every result.
"""

from __future__ import annotations

from typing import Any

from multiscale.parameters import names
from multiscale.parameters.sets import Entry, Source, values_of

from . import _ni88

TITLE = "Single-crystal Ni88, charge of 2 um platelets (Xu 2022)"
TRANSPORT = _ni88.TRANSPORT

BIBTEX = """@article{Xu2022NMC88,
  title = {Operando visualization of kinetically induced lithium heterogeneities in
           single-particle layered Ni-rich cathodes},
  author = {Xu, Chao and Merryweather, Alice J. and Pandurangi, Shrinidhi S. and Lun, Zhengyan
            and Hall, David S. and Deshpande, Vikram S. and Fleck, Norman A. and
            Schnedermann, Christoph and Rao, Akshay and Grey, Clare P.},
  journal = {Joule}, volume = {6}, number = {11}, pages = {2535--2546}, year = {2022}
}"""

ENTRIES: dict[str, Entry] = {
    **_ni88.ENTRIES,
    names.SPECIFIC_CAPACITY: Entry(
        210.0,
        Source(
            citation=_ni88.XU,
            where="fig. 1: C/3 is 70 mA/g",
            grade="A",
            kind="measured here",
            method="basis of the C-rate, 210 mA.h/g",
        ),
    ),
    names.INITIAL_STOICHIOMETRY: Entry(
        0.97,
        Source(
            citation=_ni88.XU,
            where="fig. 4 caption: theta about 0.97 at an open-circuit potential of about 3.5 V",
            grade="A",
            kind="derived",
            method="lithium content before charge",
        ),
    ),
}


def get_parameter_values() -> dict[str, Any]:
    """Values in PyBaMM's format, a new dictionary at each call.

    Returns
    -------
    dict
        Parameter name with its unit -> number, law or symbol; see ``ENTRIES``.

    Examples
    --------
    >>> import pybamm
    >>> values = pybamm.ParameterValues(get_parameter_values())
    >>> round(float(values.evaluate(pybamm.Parameter(names.INITIAL_CONCENTRATION))), 2)
    47570.74
    """
    return values_of(ENTRIES, BIBTEX)
