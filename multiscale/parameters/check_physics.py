"""Check that the entries of a set fit each other: window, lithium sites, rates, ohmic drop."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pybamm
from scipy.constants import physical_constants

from multiscale.parameters import names
from multiscale.parameters.evaluation import number
from multiscale.parameters.report import Finding

FARADAY = physical_constants["Faraday constant"][0]
CRYSTAL = (48e3, 50e3)  # lithium sites of layered NMC and NCA [mol.m-3]
PRACTICALLY_EMPTY, PRACTICALLY_FULL = 0.0005, 1.001  # a discharge may fill a little beyond one
SLOW = 10.0  # diffusion times per charge that leave most of a particle untouched
LARGE_DROP = 0.1  # of the voltage window
CONTACT = 0.1  # radius of a particle's contact by its own radius


def physical_findings(
    values: pybamm.ParameterValues, radius: float | None, c_rate: float
) -> Iterator[Finding]:
    """Warnings on entries that contradict each other; only for a set without errors."""
    yield from _window(values)
    yield from _sites(values)
    if radius is not None:
        yield from _diffusion_time(values, radius, c_rate)
        yield from _ohmic_drop(values, radius, c_rate)


def _window(values: pybamm.ParameterValues) -> Iterator[Finding]:
    """Potentials at the start and at both ends of lithium content against the cut-offs."""
    low, high = number(values, names.LOWER_CUTOFF), number(values, names.UPPER_CUTOFF)
    start = number(values, names.INITIAL_STOICHIOMETRY)
    if low is None or high is None:
        return
    at = None if start is None else _at(values, names.OCP, start)
    if at is not None and not low <= at <= high:
        side = "above the upper" if at > high else "below the lower"
        message = f"is {start:g}, where the potential is {at:.3f} V, {side} cut-off"
        yield Finding("warning", names.INITIAL_STOICHIOMETRY, message, "fit")
    empty = _at(values, names.OCP, PRACTICALLY_EMPTY)
    if empty is not None and empty < high:
        message = f"is {high:g} V, but the potential is {empty:.3f} V at most: no charge gets there"
        yield Finding("warning", names.UPPER_CUTOFF, message, "fit")
    full = _at(values, names.OCP, PRACTICALLY_FULL)
    if full is not None and full > low:
        message = (
            f"is {low:g} V, but the potential is {full:.3f} V at full lithiation: a discharge "
            "goes on beyond it; the law needs its end of discharge"
        )
        yield Finding("warning", names.LOWER_CUTOFF, message, "fit")


def _sites(values: pybamm.ParameterValues) -> Iterator[Finding]:
    full = number(values, names.MAXIMUM_CONCENTRATION)
    # far away it is another material or another unit, which is not for this check to say
    if full is None or CRYSTAL[0] <= full <= CRYSTAL[1] or not 2e4 < full < 1e5:
        return
    message = (
        f"is {full:g}; layered NMC and NCA crystals have {CRYSTAL[0]:g} to {CRYSTAL[1]:g}. A "
        "fitted value belongs to the stoichiometries it was fitted with"
    )
    yield Finding("warning", names.MAXIMUM_CONCENTRATION, message, "fit")


def _diffusion_time(
    values: pybamm.ParameterValues, radius: float, c_rate: float
) -> Iterator[Finding]:
    start = number(values, names.INITIAL_STOICHIOMETRY)
    if start is None:
        return
    grid = np.linspace(min(0.4, 0.5 * start), start, 61)
    found = [_at(values, names.DIFFUSIVITY, float(sto)) for sto in grid]
    if any(value is None for value in found):
        return
    diffusivity = float(np.median(np.array(found, float)))
    diffusion, charge = radius**2 / diffusivity, 3600 / c_rate
    if diffusion > SLOW * charge:
        message = (
            f"R^2/D is {diffusion:.3g} s for R = {radius:g} m and the median D, "
            f"{diffusivity:.2g} m2/s; a charge at {c_rate:g}C takes {charge:.3g} s "
            "(transport with the thermodynamic factor is 15 to 40 times faster)"
        )
        yield Finding("warning", names.DIFFUSIVITY, message, "fit")


def _ohmic_drop(values: pybamm.ParameterValues, radius: float, c_rate: float) -> Iterator[Finding]:
    low, high = number(values, names.LOWER_CUTOFF), number(values, names.UPPER_CUTOFF)
    density = number(values, names.DENSITY)
    capacity = number(values, names.SPECIFIC_CAPACITY)
    start = number(values, names.INITIAL_STOICHIOMETRY)
    known = None not in (low, high, density, capacity, start)
    conductivity = _at(values, names.CONDUCTIVITY, start) if known and start is not None else None
    if low is None or high is None or density is None or capacity is None or conductivity is None:
        return
    current = c_rate * density * capacity * 4 / 3 * np.pi * radius**3
    drop = current / (2 * conductivity * CONTACT * radius)
    if drop > LARGE_DROP * (high - low):
        message = (
            f"a particle of R = {radius:g} m drops {drop:.2g} V at {c_rate:g}C through a contact "
            f"of R/{1 / CONTACT:g} when it starts ({conductivity:.2g} S/m); "
            f"the window is {high - low:.2g} V"
        )
        yield Finding("warning", names.CONDUCTIVITY, message, "fit")


def _at(values: pybamm.ParameterValues, name: str, sto: float) -> float | None:
    """A law of the set at one stoichiometry; None if it is absent, not known or not finite."""
    if name not in values:
        return None
    inputs = {"sto": pybamm.Scalar(sto)}
    if name != names.OCP:
        inputs["T"] = pybamm.Scalar(number(values, names.TEMPERATURE) or 298.15)
    with np.errstate(all="ignore"):
        symbol = values.process_symbol(pybamm.FunctionParameter(name, inputs))
        if symbol.has_symbol_of_classes((pybamm.InputParameter, pybamm.Time)):
            return None
        value = float(np.squeeze(symbol.evaluate()))
    return value if np.isfinite(value) else None
