"""Why an electrode could not be solved, in physical words."""

from __future__ import annotations

import numpy as np
import pybamm

from multiscale.cases.half_cycle_plan import HalfCycle
from multiscale.cases.messages import already_passed, reason
from multiscale.cases.neck import contact_resistances, nominal_current
from multiscale.cases.preparation import Prepared
from multiscale.parameters import names
from multiscale.parameters.sets import number


def electrode_failure(error: Exception, part: HalfCycle, prepared: Prepared) -> str:
    """Why a half-cycle could not be solved, with what the pristine wiring would need."""
    first = part.steps[0]
    if already_passed(error):
        return (
            f"{part.name}, '{first}', cannot start: a cut-off (voltage, or an empty or full "
            f"surface) is already passed when it begins; {obstacle(prepared)}"
        )
    what = f"{part.name}, {first!r}"
    return f"the solver could not carry out {what}: {_said(error)}; {obstacle(prepared)}"


def _said(error: Exception) -> str:
    """What the solver said; names of the integrator's own routines tell nobody anything."""
    return "no solution was found" if "IDA" in str(error) else reason(error)


def obstacle(prepared: Prepared) -> str:
    """The worst connected particle and what its nominal current would drop on the way."""
    try:
        ohm = prepared.geometry.resistance_to_collector(contact_resistances(prepared))
    except (ValueError, pybamm.ModelError):
        return "check the initial stoichiometry and the voltage limits"
    worst = str(ohm.idxmax())
    drop = float(ohm.max() * nominal_current(prepared))
    if not np.isfinite(drop):
        return f"particle {worst!r} has no conducting path to the collector"
    low, high = (number(prepared.values, name) for name in (names.LOWER_CUTOFF, names.UPPER_CUTOFF))
    sto = number(prepared.values, names.INITIAL_STOICHIOMETRY)
    rest = float(np.ravel(prepared.values[names.OCP](np.array([sto])))[0])
    return (
        f"the electrode starts at a content of {sto:g}, {rest:.3g} V at rest; particle {worst!r} "
        f"is reached through {ohm.max():.3g} Ohm while pristine, where its nominal current would "
        f"drop {drop:.3g} V (the voltage limits are {low:g} and {high:g} V); check the pristine "
        "conductivity, the contacts, the current, the initial stoichiometry and the voltage limits"
    )
