"""What a model owes to PyBaMM's ``Experiment``, in one place.

PyBaMM's steps read ``param.Q`` and ``param.A_cc``, the variables ``"Voltage [V]"``,
``"Battery voltage [V]"``, ``"Current [A]"``, ``"Current variable [A]"`` and ``"C-rate"``,
and replace the parameter ``"Current function [A]"`` by what the step prescribes.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pybamm

from multiscale.errors import ModelError
from multiscale.parameters import names


@dataclass(frozen=True)
class CircuitParameters:
    """Nominal capacity [A.h] and area [m2] by which PyBaMM's controls scale currents."""

    Q: pybamm.Symbol
    A_cc: pybamm.Symbol


class NoCell(dict[str, Any]):
    """Options of a PyBaMM cell: none. Asked for what a state of charge would follow from, refuses.

    PyBaMM finds the lithium of both electrodes from ``initial_soc``; here one electrode works
    against lithium metal, and what it starts with is a parameter.
    """

    def get(self, key: str, default: Any = None) -> Any:
        """``ModelError`` when PyBaMM looks for the cell that ``initial_soc`` belongs to."""
        if key == "open-circuit potential":
            raise ModelError(
                "initial_soc is for PyBaMM's own cells; set the parameter "
                f"{names.INITIAL_STOICHIOMETRY!r} (1 is full of lithium, a discharged cell) instead"
            )
        return super().get(key, default)


def add_external_circuit(model: pybamm.BaseModel, volume: float, area: float) -> pybamm.Symbol:
    """Give a model its current, its charge counter and the names that steps look for.

    Parameters
    ----------
    model : pybamm.BaseModel
        The model being written; ``param``, ``rhs`` and ``variables`` are filled.
    volume : float
        Volume of active material [m3], which sets the nominal capacity.
    area : float
        Area by which total current densities are reported [m2].

    Returns
    -------
    pybamm.Symbol
        The current [A], positive on discharge.
    """
    capacity = pybamm.Parameter(names.DENSITY) * pybamm.Parameter(names.SPECIFIC_CAPACITY) * volume
    model.param = CircuitParameters(Q=capacity, A_cc=pybamm.Scalar(area))
    model.options = NoCell()
    # what "80% capacity" of a termination is told by: of a material that does not age, the same
    model.summary_variables = ["Capacity [A.h]"]
    current = pybamm.FunctionParameter(names.CURRENT, {"Time [s]": pybamm.t})
    # scaled to order one: unscaled ampere-hours of one particle are far below any
    # absolute tolerance, and the counter would not be integrated accurately
    discharged = pybamm.Variable("Discharge capacity [A.h]", scale=capacity)
    model.rhs[discharged] = current / 3600
    model.initial_conditions[discharged] = pybamm.Scalar(0)
    model.variables |= {
        "Time [s]": pybamm.t,
        "Time [h]": pybamm.t / 3600,
        "Current [A]": current,
        "Current variable [A]": current,
        "C-rate": current / capacity,
        "Capacity [A.h]": capacity,
        "Discharge capacity [A.h]": discharged,
        "Specific discharge capacity [A.h.kg-1]": discharged
        / (pybamm.Parameter(names.DENSITY) * volume),
    }
    return current


def add_voltage(model: pybamm.BaseModel, voltage: pybamm.Symbol) -> None:
    """Register the terminal voltage [V] and its cut-offs as events."""
    model.variables |= {"Voltage [V]": voltage, "Battery voltage [V]": voltage}
    low, high = pybamm.Parameter(names.LOWER_CUTOFF), pybamm.Parameter(names.UPPER_CUTOFF)
    model.variables |= {names.LOWER_CUTOFF: low, names.UPPER_CUTOFF: high}
    model.variables["Power [W]"] = voltage * model.variables["Current [A]"]
    model.events += [
        pybamm.Event("Minimum voltage [V]", voltage - low),
        pybamm.Event("Maximum voltage [V]", high - voltage),
    ]
