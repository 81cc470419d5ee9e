"""Every parameter name of the package, spelt once.

PyBaMM's own names are used wherever PyBaMM has one; the unit is part of the name.
"""

OCP = "Positive electrode OCP [V]"
DELITHIATION_OCP = "Positive electrode delithiation OCP [V]"
LITHIATION_OCP = "Positive electrode lithiation OCP [V]"
MEAN_OCP = "Positive electrode mean OCP [V]"
DIFFUSIVITY = "Positive particle diffusivity [m2.s-1]"
CONDUCTIVITY = "Positive particle electronic conductivity [S.m-1]"
PRISTINE_CONDUCTIVITY = "Positive particle pristine electronic conductivity [S.m-1]"
CARBON_BINDER_CONDUCTIVITY = "Carbon-binder electronic conductivity [S.m-1]"
EXCHANGE_CURRENT = "Positive electrode exchange-current density [A.m-2]"
TRANSFER_COEFFICIENT = "Positive electrode Butler-Volmer transfer coefficient"
MAXIMUM_CONCENTRATION = "Maximum concentration in positive electrode [mol.m-3]"
INITIAL_CONCENTRATION = "Initial concentration in positive electrode [mol.m-3]"
INITIAL_STOICHIOMETRY = "Positive electrode initial stoichiometry"
DENSITY = "Positive particle density [kg.m-3]"
SPECIFIC_CAPACITY = "Positive particle practical specific capacity [A.h.kg-1]"
NOMINAL_CAPACITY = "Nominal cell capacity [A.h]"
CURRENT = "Current function [A]"
ELECTROLYTE_CONCENTRATION = "Initial concentration in electrolyte [mol.m-3]"
LITHIUM_EXCHANGE_CURRENT = "Exchange-current density for lithium metal electrode [A.m-2]"
COUNTER_AREA_RATIO = "Counter electrode area per active area"
CONTACT_CONDUCTANCE = "Contact conductance [S.m-2]"
LOWER_CUTOFF = "Lower voltage cut-off [V]"
UPPER_CUTOFF = "Upper voltage cut-off [V]"
TEMPERATURE = "Ambient temperature [K]"
REFERENCE_TEMPERATURE = "Reference temperature [K]"

# Electrolyte and lithium metal, PyBaMM's own names.
ELECTROLYTE_CONDUCTIVITY = "Electrolyte conductivity [S.m-1]"
ELECTROLYTE_DIFFUSIVITY = "Electrolyte diffusivity [m2.s-1]"
TRANSFERENCE_NUMBER = "Cation transference number"
THERMODYNAMIC_FACTOR = "Thermodynamic factor"
LITHIUM_MOLAR_VOLUME = "Lithium metal partial molar volume [m3.mol-1]"
INITIAL_TEMPERATURE = "Initial temperature [K]"


def all_names() -> tuple[str, ...]:
    """Every parameter name of this module, in the order of definition.

    Examples
    --------
    >>> DIFFUSIVITY in all_names()
    True
    """
    return tuple(value for key, value in globals().items() if key.isupper())
