"""Laws, constants and sources common to the sets for LiNi0.88Mn0.05Co0.07O2 (Ni88).

No open-circuit potential, diffusivity or conductivity of Ni88 is published as numbers. The
crystal and electrode constants are the papers' own (grade A); the laws are stand-ins
(grade C) whose choice is explained at each of them.
"""

from __future__ import annotations

from importlib.resources import files
from typing import Any

import numpy as np

from multiscale.parameters import names
from multiscale.parameters.electrolyte import (
    lp30_conductivity,
    lp30_diffusivity,
    lp30_thermodynamic_factor,
    lp30_transference,
)
from multiscale.parameters.kinetics import (
    NMC811_AUTOCATALYTIC,
    AutocatalyticExchange,
    lithium_metal_exchange_Xu2019,
)
from multiscale.parameters.laws import DivacancyDiffusivity, GuardedOCP, OfStoichiometry
from multiscale.parameters.sets import initial_concentration, nominal_capacity
from multiscale.parameters.tables import MonotoneTable
from multiscale.tables import read_table

TRANSPORT = "thermodynamic"
TEMPERATURE = 295.15  # [K], 22 deg C

# Scale factor of the apparent diffusivity, Xu 2022: 2.7 fits the images; the reference value
# below is the scaled one, so 2.7 is a factor of one.
ALPHA = 2.7

# Reference 1e-18 m2/s at 3 % vacancies: "about 1e-14 cm2/s near full lithiation" after
# scaling. The squared vacancy fraction gives the "almost two orders of magnitude" on removing
# 20 % of the lithium (1.8 decades from 0.97 to 0.77).
diffusivity = DivacancyDiffusivity(reference=1e-18, vacancy=0.03, scale=ALPHA / 2.7)


def _table(name: str) -> tuple[np.ndarray, np.ndarray]:
    columns = list(read_table(files(__package__) / "tables" / f"{name}.csv").values())
    return columns[0], columns[1]


# The delithiation branch ends at sto = 0.981 and 3.53 V; the guard is what makes a discharge
# end: 3.0 V at sto = 1. Its width keeps it below 0.1 mV at sto = 0.98, inside the data.
delithiation_ocp = GuardedOCP.falling_to(
    3.0, MonotoneTable(*_table("lg_m36_delithiation")), width=0.002
)
# This branch and the mean fall to 3.0 V by themselves and need no guard.
lithiation_ocp = MonotoneTable(*_table("lg_m36_lithiation"))
mean_ocp = MonotoneTable(*_table("lg_m36_mean"))

conductivity = OfStoichiometry(
    MonotoneTable(*_table("ni88_conductivity"), log10=True, below="constant")
)
exchange_current = AutocatalyticExchange(NMC811_AUTOCATALYTIC, factor=1.0)


def common_values() -> dict[str, Any]:
    """Entries equal in every Ni88 set; a new dictionary at each call."""
    return {
        names.OCP: delithiation_ocp,
        names.DELITHIATION_OCP: delithiation_ocp,
        names.LITHIATION_OCP: lithiation_ocp,
        names.MEAN_OCP: mean_ocp,
        names.DIFFUSIVITY: diffusivity,
        names.CONDUCTIVITY: conductivity,
        names.EXCHANGE_CURRENT: exchange_current,
        names.TRANSFER_COEFFICIENT: 0.5,
        names.MAXIMUM_CONCENTRATION: 49042.0,
        names.DENSITY: 4780.0,
        names.INITIAL_CONCENTRATION: initial_concentration(),
        names.NOMINAL_CAPACITY: nominal_capacity(),
        names.CURRENT: nominal_capacity(),
        names.LOWER_CUTOFF: 3.0,
        names.UPPER_CUTOFF: 4.3,
        names.TEMPERATURE: TEMPERATURE,
        names.INITIAL_TEMPERATURE: TEMPERATURE,
        names.REFERENCE_TEMPERATURE: TEMPERATURE,
        names.CONTACT_CONDUCTANCE: 1e3,
        **electrolyte_values(),
    }


def electrolyte_values() -> dict[str, Any]:
    """LP30 and the lithium-metal counter electrode."""
    return {
        names.ELECTROLYTE_CONCENTRATION: 1000.0,
        names.ELECTROLYTE_CONDUCTIVITY: lp30_conductivity,
        names.ELECTROLYTE_DIFFUSIVITY: lp30_diffusivity,
        names.TRANSFERENCE_NUMBER: lp30_transference,
        names.THERMODYNAMIC_FACTOR: lp30_thermodynamic_factor,
        names.LITHIUM_EXCHANGE_CURRENT: lithium_metal_exchange_Xu2019,
        names.LITHIUM_MOLAR_VOLUME: 1.3e-5,
        names.COUNTER_AREA_RATIO: 1.0,
    }
