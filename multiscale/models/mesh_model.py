"""What every model owes to PyBaMM: sub-meshes with points of their own, a solver, a circuit.

PyBaMM's steps read ``param.Q`` and ``param.A_cc``, the variables ``"Voltage [V]"``,
``"Battery voltage [V]"``, ``"Current [A]"``, ``"Current variable [A]"`` and ``"C-rate"``,
and replace the parameter ``"Current function [A]"`` by what the step prescribes.
"""

from __future__ import annotations

import contextlib
import pickle
import warnings
from collections import deque
from dataclasses import dataclass
from functools import wraps
from typing import Any

import numpy as np
import pybamm

from multiscale.errors import ModelError, ParameterError
from multiscale.limits import TOLERANCE, number
from multiscale.parameters import names
from multiscale.parameters.check import check_inputs, check_used

# Steps this small, this many in a row, are a standstill: IDAKLU would go on for ever, in compiled
# code that no interrupt reaches. First steps are as small, but grow within dozens.
STANDSTILL = {"num_steps_no_progress": 2000, "t_no_progress": 1e-4}
DOMAIN = "active material"
# unit of the unknown potentials: an absolute tolerance of 1e-6 then means a nanovolt
MILLIVOLT = 1e-3


class MeshModel(pybamm.BaseModel):
    """Base class of models on finite-element meshes, facet points and tables.

    A subclass gives ``default_submesh_types`` and ``default_spatial_methods``, and may give
    its own tolerances and ``solver_options``.
    """

    default_rtol = 1e-5
    default_atol = 1e-6
    transport = "chemical"

    def check_values(self, values: pybamm.ParameterValues) -> None:
        """Refuse values that physics does not allow, before PyBaMM puts them in.

        Called by ``pybamm.ParameterValues.process_model``. Odd but possible numbers are warned
        of. The steps of an experiment hand over the same values again and again: those that
        passed are not checked twice.

        Parameters
        ----------
        values : pybamm.ParameterValues
            Values only given to the solve (``"[input]"``) pass; the solver refuses them then.

        Raises
        ------
        ParameterError
            Naming every entry that cannot be used.
        """
        kinds = (pybamm.Parameter, pybamm.FunctionParameter)
        used = {symbol.name for kind in kinds for symbol in self._find_symbols(kind)}
        # the current of every step is another one
        rest = used - {names.CURRENT}
        entries = {name: values[name] for name in rest if name in values}
        known = any(_same(entries, passed) for passed in _PASSED)
        # driven by the slope of the potential, lithium would flow uphill where that rises
        falling = self.transport == "thermodynamic"
        report = check_used(values, used - rest if known else used, falling=falling)
        if not report.ok:
            raise ParameterError("; ".join(f"{one.name} {one.message}" for one in report.errors))
        for one in report.warnings:
            warnings.warn(f"{one.name} {one.message}", UserWarning, stacklevel=_CALLER)
        if not known:
            _PASSED.append(entries)

    def __copy__(self) -> MeshModel:
        """All attributes, as ``copy.copy`` would without ``__getstate__``."""
        new = object.__new__(type(self))
        new.__dict__.update(self.__dict__)
        return new

    def __getstate__(self) -> dict[str, Any]:
        """What is pickled: without laws that pickle cannot find again (lambdas, inner functions).

        They are needed to make a variable that nobody read yet, so all are made before.
        """
        state = self.__dict__.copy()
        made = self.symbol_processor
        if not made or all(map(_can_be_pickled, made.parameter_values.values())):
            return state
        readable = self.get_processed_variables_dict()
        for name, symbol in self.variables.items():
            if name not in readable:
                with contextlib.suppress(KeyError):  # of an entry that the set does not have
                    readable[name] = made(name, symbol)
        bare = pybamm.ParameterValues(
            {k: v for k, v in made.parameter_values.items() if _can_be_pickled(v)}
        )
        without = made.copy()
        without._parameter_values = bare
        return state | {"_variables_processed": readable, "_symbol_processor": without}

    @property
    def default_geometry(self) -> dict[str, Any]:
        """One placeholder coordinate per domain: the sub-meshes bring their own points."""
        return {domain: {"x": {"position": 0}} for domain in self.default_submesh_types}

    @property
    def default_var_pts(self) -> dict[str, Any]:
        """None: the sub-meshes know how many points they have."""
        return {}

    @property
    def solver_options(self) -> dict[str, Any]:
        """Options of IDAKLU that suit the model."""
        return {}

    @property
    def starting_method(self) -> pybamm.BaseSolver | None:
        """What finds the algebraic unknowns at the start of a step.

        Newton's method that may shorten its first step a million times: a pristine or a full
        surface hardly reacts, and the exponentials of the reaction overshoot.
        """
        if not self.algebraic:
            return None
        return pybamm.NonlinearSolver(rtol=1e-8, atol=1e-8, max_iter=300, max_backtracks=60)

    @property
    def default_solver(self) -> pybamm.BaseSolver:
        """IDAKLU at the model's default tolerances."""
        return self.solver()

    def solver(
        self, rtol: float | None = None, atol: float | None = None, **options: Any
    ) -> pybamm.IDAKLUSolver:
        """IDAKLU with the model's options at other tolerances.

        Parameters
        ----------
        rtol, atol : float, optional
            Relative and absolute tolerance; the defaults keep time errors below those of the
            default meshes.
        **options
            Further IDAKLU options, over those of the model.
        """
        rtol = self.default_rtol if rtol is None else rtol
        atol = self.default_atol if atol is None else atol
        return _Solver(
            rtol=number(rtol, "rtol", ModelError, TOLERANCE),
            atol=number(atol, "atol", ModelError, TOLERANCE),
            root_method=self.starting_method,
            # the laws say themselves how they go on beyond their tables
            on_extrapolation="ignore",
            options=STANDSTILL | self.solver_options | options,
        )


class _Solver(pybamm.IDAKLUSolver):
    """IDAKLU that looks at the values given to the solve before it starts."""

    def solve(
        self, model: Any, t_eval: Any = None, inputs: Any = None, *more: Any, **how: Any
    ) -> Any:
        check_inputs(inputs)
        return super().solve(model, t_eval, inputs, *more, **how)

    def step(self, *given: Any, inputs: Any = None, **how: Any) -> Any:
        check_inputs(inputs)
        return super().step(*given, inputs=inputs, **how)


def _can_be_pickled(value: Any) -> bool:
    if isinstance(value, int | float):
        return True
    try:
        pickle.dumps(value)
    except Exception:  # each kind of object refuses in its own way
        return False
    return True


# --- what the steps of an experiment look for -------------------------------------------------


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


# --- PyBaMM asks the model first --------------------------------------------------------------

# of Simulation(...).solve, whose caller is shown with a warning
_CALLER = 7
# what was found in order last: the values themselves, no names of them
_PASSED: deque[dict[str, Any]] = deque(maxlen=32)


def _same(entries: dict[str, Any], passed: dict[str, Any]) -> bool:
    """Whether values are the very same; numbers also if they are equal."""
    if entries.keys() != passed.keys():
        return False
    return all(
        value is passed[name] or (isinstance(value, int | float) and value == passed[name])
        for name, value in entries.items()
    )


def _is_at_rest(values: pybamm.ParameterValues) -> bool:
    """True if a power is asked for, a number or a drive cycle, that begins with no power."""
    power = values.get("Power function [W]")
    try:
        if isinstance(power, pybamm.Symbol):
            power = np.ravel(power.evaluate(t=0, inputs={"start time": 0}))[0]
        return power is not None and float(power) == 0
    except (TypeError, ValueError, KeyError, NotImplementedError):  # it depends on more than time
        return False


def _asking(process_model: Any) -> Any:
    """``process_model`` that shows a model of ours its values before it puts them in.

    PyBaMM has no such hook, and afterwards it is too late: it takes NaN for a missing entry, and
    a law that cannot be called fails inside it.
    """

    @wraps(process_model)
    def asks(
        values: pybamm.ParameterValues, unprocessed_model: pybamm.BaseModel, *args: Any, **how: Any
    ) -> pybamm.BaseModel:
        if isinstance(unprocessed_model, MeshModel):
            unprocessed_model.check_values(values)
            for unknown in unprocessed_model.initial_conditions:
                # 1C, where PyBaMM begins the search, is too far from equilibrium for Newton
                if unknown.name == "Current variable [A]" and _is_at_rest(values):
                    unprocessed_model.initial_conditions[unknown] = pybamm.Scalar(0)
        return process_model(values, unprocessed_model, *args, **how)

    return asks


pybamm.ParameterValues.process_model = _asking(pybamm.ParameterValues.process_model)
