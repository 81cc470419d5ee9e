"""Check material laws by evaluating them where a model would."""

from __future__ import annotations

import inspect
from collections.abc import Collection, Iterator
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pybamm

from multiscale import limits
from multiscale.limits import Quantity
from multiscale.parameters import names
from multiscale.parameters.evaluation import number
from multiscale.parameters.report import Finding

STOICHIOMETRIES = np.linspace(0.0005, 0.9995, 1999)  # the open interval, densely
_TEMPERATURE = 298.15  # [K], where the set has none
_CONCENTRATION = 1000.0  # [mol.m-3], where the set has none


@dataclass(frozen=True)
class _Law:
    """What a law is called with and what it must be."""

    arguments: tuple[str, ...]
    quantity: Quantity
    positive: bool = True
    falling: bool = False


_OCP = _Law(("sto",), limits.POTENTIAL, positive=False, falling=True)

LAWS = {
    names.OCP: _OCP,
    names.DELITHIATION_OCP: _OCP,
    names.LITHIATION_OCP: _OCP,
    names.MEAN_OCP: _OCP,
    names.DIFFUSIVITY: _Law(("sto", "T"), limits.DIFFUSIVITY),
    names.CONDUCTIVITY: _Law(("sto", "T"), limits.CONDUCTIVITY),
    names.EXCHANGE_CURRENT: _Law(("c_e", "c_s_surf", "c_s_max", "T"), limits.EXCHANGE_CURRENT),
    names.LITHIUM_EXCHANGE_CURRENT: _Law(("c_e", "c_Li", "T"), limits.EXCHANGE_CURRENT),
    names.ELECTROLYTE_CONDUCTIVITY: _Law(("c_e", "T"), limits.ELECTROLYTE_CONDUCTIVITY),
    names.ELECTROLYTE_DIFFUSIVITY: _Law(("c_e", "T"), limits.ELECTROLYTE_DIFFUSIVITY),
}


def law_findings(
    values: pybamm.ParameterValues, judged: Collection[str], *, falling: bool = True
) -> Iterator[Finding]:
    """Findings on the laws among the names; whether potentials must fall with stoichiometry."""
    for name, law in LAWS.items():
        if name in judged:
            yield from _findings(values, name, law if falling else replace(law, falling=False))


def _findings(values: pybamm.ParameterValues, name: str, law: _Law) -> Iterator[Finding]:
    value = number(values, name)
    if value is not None and not np.isfinite(value):
        yield Finding("error", name, f"is {value}, not a finite number")
        return
    if callable(values[name]) and (problem := _arity_problem(values[name], law)):
        yield Finding("error", name, problem)
        return
    try:
        result = _evaluate(values, name, law)
    except Exception as error:
        # Whatever a user's law raises is reported with the law's name.
        yield Finding(
            "error",
            name,
            f"cannot be evaluated ({type(error).__name__}: {error}); write it with operators and "
            "NumPy ufuncs such as np.exp, np.tanh, np.maximum, without if, np.where or math",
        )
        return
    if result is not None:
        yield from _judge(name, law, result)


def _arity_problem(function: Any, law: _Law) -> str:
    """Message if the function cannot take the arguments of the law, else an empty string."""
    try:
        signature = inspect.signature(function)
    except ValueError:  # built-ins such as np.exp show no signature
        return ""
    try:
        signature.bind(*law.arguments)
    except TypeError:
        return f"takes {signature}; it is called with ({', '.join(law.arguments)})"
    return ""


def _evaluate(values: pybamm.ParameterValues, name: str, law: _Law) -> np.ndarray | None:
    """The law on the grid, as a model calls it; None if it depends on inputs of the solve."""
    symbols = _symbols(values)
    inputs = {argument: symbols[argument] for argument in law.arguments}
    with np.errstate(all="ignore"):  # what is not finite is reported, not warned about
        processed = values.process_symbol(pybamm.FunctionParameter(name, inputs))
        if processed.has_symbol_of_classes((pybamm.InputParameter, pybamm.Time)):
            return None
        result = np.asarray(processed.evaluate()).ravel()
    return np.broadcast_to(result, STOICHIOMETRIES.shape) if result.size == 1 else result


def _symbols(values: pybamm.ParameterValues) -> dict[str, pybamm.Symbol]:
    full = number(values, names.MAXIMUM_CONCENTRATION) or 5e4
    salt = number(values, names.ELECTROLYTE_CONCENTRATION) or _CONCENTRATION
    volume = number(values, names.LITHIUM_MOLAR_VOLUME) or 1.3e-5
    return {
        "sto": pybamm.Vector(STOICHIOMETRIES),
        "c_s_surf": pybamm.Vector(STOICHIOMETRIES * full),
        "c_s_max": pybamm.Scalar(full),
        "c_e": pybamm.Scalar(salt),
        "c_Li": pybamm.Scalar(1 / volume),
        "T": pybamm.Scalar(_temperature(values)),
    }


def _temperature(values: pybamm.ParameterValues) -> float:
    """The set's temperature [K], unless it is so odd that every law would be blamed for it."""
    value = number(values, names.TEMPERATURE)
    return value if value is not None and 200 <= value <= 400 else _TEMPERATURE


def _judge(name: str, law: _Law, result: np.ndarray) -> Iterator[Finding]:
    if np.iscomplexobj(result):
        yield Finding("error", name, f"is complex{_where(result.imag != 0, law)}")
        return
    if not np.isfinite(result).all():
        yield Finding("error", name, f"is not finite{_where(~np.isfinite(result), law)}")
        return
    if law.positive and (result <= 0).any():
        yield Finding("error", name, f"is not positive{_where(result <= 0, law)}")
        return
    if law.falling and (np.diff(result) >= 0).any():
        rising = np.r_[np.diff(result) >= 0, False]
        yield Finding(
            "error", name, f"does not fall with stoichiometry{_where(rising, law)} (dU/dsto >= 0)"
        )
    # a steep end of a law is none of a wrong unit: the middle of its values decides
    middle = float(np.median(result))
    if not law.quantity.allows(middle):
        yield Finding("error", name, f"at its median {law.quantity.fault(middle)}")
        return
    low, high = law.quantity.usual
    if result.min() < low or result.max() > high:
        span = f"from {result.min():.3g} to {result.max():.3g}"
        yield Finding("warning", name, f"runs {span}, usually {low:g} to {high:g}; check the unit")


def _where(wrong: np.ndarray, law: _Law) -> str:
    """The stoichiometries at fault, in words."""
    if not {"sto", "c_s_surf"} & set(law.arguments):
        return " at the conditions of the set"
    sto = STOICHIOMETRIES[wrong]
    return f" for {len(sto)} of {len(wrong)} stoichiometries from {sto[0]:.4g} to {sto[-1]:.4g}"
