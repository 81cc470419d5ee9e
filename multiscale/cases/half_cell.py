"""Measured half-cell voltage curves against each other, a parameter set and a simulation."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
from pydantic import model_validator

from multiscale.cases.exact import Array
from multiscale.cases.kind import Context, DataMissing, Kind, Numbers, observable
from multiscale.cases.runner import run_case
from multiscale.cases.schema import Case, MeshSpec, ModelSpec, RunSpec
from multiscale.cases.tables import Number, Table, Text
from multiscale.errors import AnalysisError, CaseError
from multiscale.parameters import load_set, names
from multiscale.tables import read_table

BINS = 100  # along the capacity: noise of single points is not a slope
NEAR_FULL, MIDDLE = 0.05, 0.5  # share of the capacity removed
_COLUMNS = (("Ah", "Volts"), ("normalizedCapacity", "voltage"))  # CSV, MATLAB


class Curves(Table):
    """Measured curves, and what they are compared with.

    Attributes
    ----------
    curve, other : str
        Files in the folder of data; ``other`` is the branch below.
    parameters : str, optional
        A set whose open-circuit curve is compared, with its stoichiometry at the pristine end
        (``full``) and the range of the curve (``span``).
    simulate_rate_per_h : float, optional
        C-rate of a simulated charge and discharge.
    """

    curve: Text
    other: Text | None = None
    parameters: Text | None = None
    full: Number = 0.0
    span: Number = 0.0
    simulate_rate_per_h: Number | None = None

    @model_validator(mode="after")
    def _complete(self) -> Curves:
        needed = {"parameters": ("full", "span"), "simulate_rate_per_h": ("parameters", "other")}
        for key, others in needed.items():
            missing = [other for other in others if other not in self.model_fields_set]
            if key in self.model_fields_set and missing:
                raise CaseError(f"{key!r} needs {' and '.join(map(repr, missing))}")
        return self


def curve(path: Path) -> tuple[Array, Array]:
    """Share of the capacity removed, rising from 0, and voltage [V], averaged over even bins.

    Reads the MATLAB structures of tum-ees/DegradationModeAnalysis, and CSV files with the
    columns Ah and Volts.

    Raises
    ------
    AnalysisError
        If the file holds no such curve.
    """
    table = read_table(path, error=AnalysisError)
    held = [names for names in _COLUMNS if all(name in table for name in names)]
    if not held:
        raise AnalysisError(
            f"{path.name} holds no voltage and capacity; it has {', '.join(map(repr, table))}"
        )
    capacity, voltage = (table[name] for name in held[0])
    share = (capacity - capacity.min()) / np.ptp(capacity)
    if np.corrcoef(share, voltage)[0, 1] < 0:  # counted from the charged end
        share = 1 - share
    edges = np.linspace(0, 1, BINS + 1)
    which = np.clip(np.digitize(share, edges) - 1, 0, BINS - 1)
    means = pd.DataFrame({"share": share, "voltage": voltage}).groupby(which).mean()
    return means["share"].to_numpy(), means["voltage"].to_numpy()


def _found(name: str, context: Context) -> Path:
    if context.data is None:
        raise DataMissing(f"no folder of data was given (--data DIR): {name} is wanted")
    path = context.data / name
    if not path.is_file():
        raise DataMissing(f"{name} is not in the folder of data")
    return path


def _solve(variant: Curves, context: Context) -> Numbers:
    share, voltage = curve(_found(variant.curve, context))
    inside = (share > 0.02) & (share < 0.98)
    slope = np.diff(voltage[inside]) / np.diff(share[inside])
    numbers = {"smallest_slope": float(slope.min())}
    if variant.parameters is not None:
        law = load_set(variant.parameters).values[names.OCP]
        stoichiometry = variant.full - variant.span * share
        gap = np.asarray(law(stoichiometry), float) - voltage
        numbers["set_rms_V"] = float(np.sqrt(np.mean(gap[inside] ** 2)))
    if variant.other is not None:
        other = curve(_found(variant.other, context))
        gaps = [
            float(np.interp(at, share, voltage) - np.interp(at, *other))
            for at in (NEAR_FULL, MIDDLE)
        ]
        numbers |= {"gap_near_full_V": gaps[0], "gap_in_the_middle_V": gaps[1]}
        numbers["gap_growth"] = gaps[0] / gaps[1]
        if variant.simulate_rate_per_h is not None:
            numbers["simulated_over_measured_gap"] = _simulated_gap(variant) / gaps[0]
    return numbers


def _simulated_gap(variant: Curves) -> float:
    """Charge minus discharge voltage of one particle of 1 um near full lithiation [V]."""
    assert variant.parameters is not None  # refused otherwise
    rate, (low, high) = variant.simulate_rate_per_h, (3.0, 4.3)
    full, empty = variant.full, variant.full - variant.span
    directions = {
        "discharge": (f"Discharge at {rate:g}C until {low} V", empty),
        "charge": (f"Charge at {rate:g}C until {high} V", full),
    }
    arguments = {"n": 120, "radius": 1e-6, "shape": "cylinder", "grading": 20}
    runs = [
        RunSpec(
            name=name,
            mesh=MeshSpec(recipe="radial", arguments=arguments),
            parameters=variant.parameters,
            experiment=(step,),
            overrides={names.INITIAL_STOICHIOMETRY: start},
            model=ModelSpec(surface="butler-volmer"),
        )
        for name, (step, start) in directions.items()
    ]
    done = run_case(Case.of_runs("half-cell", *runs), progress=False)
    at = full - variant.span * NEAR_FULL
    voltages = {}
    for name in directions:
        results = done.run(name).solved
        mean = results.series("Average particle stoichiometry")
        order = np.argsort(mean)
        voltages[name] = float(np.interp(at, mean[order], results.series("Voltage [V]")[order]))
    return voltages["charge"] - voltages["discharge"]


_NAMES = (
    *("smallest_slope", "set_rms_V", "gap_near_full_V", "gap_in_the_middle_V", "gap_growth"),
    "simulated_over_measured_gap",
)
KIND = Kind(
    name="half-cell data",
    variant=Curves,
    solve=_solve,
    observables={name: observable(name) for name in _NAMES},
)
