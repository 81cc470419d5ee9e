"""What a pristine contact resists, and what a neck between two particles would drop."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pybamm

from multiscale.cases.runs import Prepared, c_rate
from multiscale.models.material import electronic_conductivity
from multiscale.parameters import names
from multiscale.parameters.sets import number


def nominal_rate(prepared: Prepared) -> float:
    """C-rate of the first step that states one [1/h]; NaN if none does.

    The rate of "Charge at C/20 until 4.3 V" is 0.05.
    """
    rates = [rate for step in prepared.spec.experiment if (rate := c_rate(step)) is not None]
    return rates[0] if rates else float("nan")


def nominal_current(prepared: Prepared) -> float:
    """Mean current of one particle at the nominal rate [A]."""
    needed = (names.SPECIFIC_CAPACITY, names.DENSITY)
    specific, density = (number(prepared.values, name) or 0.0 for name in needed)
    volume = float(prepared.geometry.volumes().mean())
    return specific * density * volume * nominal_rate(prepared)


def constrictions(prepared: Prepared) -> pd.Series:
    """Resistance of the neck of each contact side while pristine [Ohm]."""
    geometry = prepared.geometry
    contacts = geometry.contacts
    sto = number(prepared.values, names.INITIAL_STOICHIOMETRY)
    law = electronic_conductivity(pybamm.Scalar(sto))
    conductivity = float(np.ravel(prepared.values.process_symbol(law).evaluate())[0])
    factor = geometry.particles["conductivity_factor"].loc[contacts["particle"]].to_numpy()
    areas = geometry.contact_areas().loc[contacts.index]
    return contacts["constriction_m"] / (factor * conductivity) / areas


def contact_resistances(prepared: Prepared) -> pd.Series:
    """Resistance of each contact side while pristine: neck and interface [Ohm]."""
    geometry = prepared.geometry
    contacts = geometry.contacts
    kinds = geometry.nodes["kind"].loc[contacts["node"]].to_numpy()
    common = number(prepared.values, names.CONTACT_CONDUCTANCE) or 0.0
    # two particles that touch at a junction share the conductance of the set
    default = common * np.where(kinds == "junction", 2.0, 1.0)
    given = contacts["conductance_S_m2"].to_numpy(dtype=float)
    with np.errstate(divide="ignore"):
        per_area = 1 / np.where(np.isnan(given), default, given)
    return constrictions(prepared) + per_area / geometry.contact_areas().loc[contacts.index]


def neck_drop(prepared: Prepared) -> float:
    """Ohmic drop of one pristine contact of two particles at nominal current [V].

    Both constrictions of a contact at the initial stoichiometry, the median over all contacts
    of two particles; NaN if none has a constriction (the neck is resolved, or there is none).
    """
    geometry = prepared.geometry
    nodes = geometry.contacts["node"]
    junctions = geometry.nodes.index[geometry.nodes["kind"] == "junction"]
    per_neck = constrictions(prepared).groupby(nodes).sum().reindex(junctions).dropna()
    per_neck = per_neck[per_neck > 0]
    if per_neck.empty:
        return float("nan")
    return float(nominal_current(prepared) * np.median(per_neck))
