"""A solved run of an electrode, with the tables that every measure is drawn from."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np
import pandas as pd
import pybamm
import xarray as xr
from numpy.typing import NDArray

from multiscale.analysis.brightness import surface_brightness
from multiscale.analysis.electrode_measures import electrode_measures
from multiscale.analysis.timings import reaction_timings
from multiscale.cases.half_cycle_plan import HalfCycle, half_cycle_plan
from multiscale.cases.neck import contact_resistances
from multiscale.cases.runs import VariantRun
from multiscale.errors import ConservationError, MultiscaleError, ResultsError
from multiscale.models.material import electronic_conductivity
from multiscale.parameters import names
from multiscale.parameters.sets import number
from multiscale.results import Results

NOT_CONSERVED = "lithium or charge is not conserved"
SURFACE = "Particle surface stoichiometry"
DISCHARGED = "Discharge capacity [A.h]"


@dataclass(frozen=True)
class ElectrodeRun(VariantRun):
    """One solved run of an electrode.

    Attributes
    ----------
    complete : int
        Number of half-cycles carried out to their end.
    interrupted : bool
        True if the user stopped it.
    """

    complete: int = 0
    interrupted: bool = False

    def with_results(self, solution: pybamm.Solution, event: bool) -> ElectrodeRun:
        """The same run with its solution, if lithium and charge are conserved."""
        try:
            results = Results(solution)
        except ConservationError as error:
            return replace(self, problem=f"{NOT_CONSERVED}: {error}")
        except MultiscaleError as error:
            return replace(self, problem=self.problem or str(error))
        problem = f"{self.problem}: {results.stopped_because}" if event else self.problem
        unknowns = int(solution.all_ys[0].shape[0])
        return replace(self, results=results, problem=problem, unknowns=unknowns)

    @property
    def plan(self) -> list[HalfCycle]:
        """The half-cycles that were asked for."""
        return half_cycle_plan(self.prepared.spec)

    @property
    def electrode(self) -> Any:
        """The geometry."""
        return self.prepared.geometry

    @property
    def start(self) -> float:
        """Initial stoichiometry of the set [-]."""
        value = number(self.prepared.values, names.INITIAL_STOICHIOMETRY)
        assert value is not None  # checked before the solve
        return value

    # --- half-cycles ------------------------------------------------------------------

    def steps_of(self, half_cycle: int) -> list[Any]:
        """Steps of a finished half-cycle, without rests."""
        plan = self.plan
        if not -len(plan) <= half_cycle < len(plan):
            raise ResultsError(f"{self.name}: there is no half-cycle {half_cycle}.")
        half_cycle %= len(plan)
        if half_cycle >= self.complete:
            reason = self.problem or "the run did not get that far"
            raise ResultsError(f"{self.name}: {plan[half_cycle].name} is not complete: {reason}")
        first = sum(len(part.steps) for part in plan[:half_cycle])
        steps = self.steps[first : first + len(plan[half_cycle].steps)]
        return [step for step in steps if not step.words.lower().startswith("rest")]

    @cached_property
    def half_cycles(self) -> pd.DataFrame:
        """Finished charges and discharges: half_cycle, kind, start_s, end_s, duration_s,
        capacity_Ah; those of the results, and with them the position in the plan."""
        ends = np.cumsum([len(part.steps) for part in self.plan])
        finished = [self.steps[last - 1].end for last in ends[: self.complete]]
        table = self.solved.half_cycles if finished else pd.DataFrame()
        if not table.empty:
            # steps begin a nanosecond late: the middle says in which part a half-cycle lies
            middle = (table["start_s"] + table["end_s"]) / 2
            table["position"] = np.searchsorted(finished, middle)
            table = table[table["position"] < len(finished)]
        if table.empty:
            reason = self.problem or "no current flows in the experiment"
            raise ResultsError(f"{self.name}: no half-cycle was finished: {reason}")
        return table

    @property
    def is_timed(self) -> bool:
        """True if a charge or discharge was finished: a rest has no timings."""
        if self.results is None or not self.complete:
            return False
        try:
            return not self.half_cycles.empty
        except ResultsError:
            return False

    @property
    def half_cycle_names(self) -> dict[int, str]:
        """Of the finished ones by number, for people: "charge 1"."""
        table = self.half_cycles
        counts = table.groupby("kind").cumcount() + 1
        return {
            number: f"{kind} {count}"
            for number, kind, count in zip(table["half_cycle"], table["kind"], counts, strict=True)
        }

    def half_cycle(self, half_cycle: int) -> pd.Series:
        """Row of a half-cycle; ``ResultsError`` if it was not finished."""
        table = self.half_cycles
        if not 0 <= half_cycle < len(table):
            parts = [part for part in self.plan if part.kind != "rest"]
            if not 0 <= half_cycle < len(parts) or self.complete == len(self.plan):
                raise ResultsError(f"{self.name}: there is no half-cycle {half_cycle}.")
            reason = self.problem or "the run did not get that far"
            raise ResultsError(f"{self.name}: {parts[half_cycle].name} is not complete: {reason}")
        return table.iloc[half_cycle]

    # --- mean lithium content ---------------------------------------------------------

    @cached_property
    def soc(self) -> xr.DataArray:
        """Delithiated fraction of every particle at all times."""
        return self.solved.state_of_charge()

    @cached_property
    def timings(self) -> pd.DataFrame:
        """When each particle has done 10, 50 and 90 % of its own change of mean content."""
        return reaction_timings(self.soc, self.half_cycles, levels="ends")

    @cached_property
    def measures(self) -> pd.DataFrame:
        """Spread, width and order of each half-cycle, of the mean content."""
        return electrode_measures(self.timings, resistance=self.resistance)

    # --- surface ----------------------------------------------------------------------

    @cached_property
    def rim(self) -> tuple[xr.DataArray, NDArray[np.int64], NDArray[np.float64]]:
        """Brightness of the visible surface, dims ("point", "time"), particle and weight of
        each point. Visible is what faces away from the collector; of particles that are not
        resolved in angle, all."""
        results = self.solved
        points = results.space.facets("surface")
        seen = np.ones(len(points.weights), dtype=bool)
        if self.prepared.spec.particles.fidelity == "resolved":
            seen = points.points[-1] > 0
        values = results.series(SURFACE).reshape(len(seen), -1)[seen]
        bright = surface_brightness(values, values[:, :1])
        signal = xr.DataArray(
            bright,
            {"point": np.arange(int(seen.sum())), "time": results.times},
            dims=("point", "time"),
        )
        return signal, points.entity[seen], points.weights[seen]

    @cached_property
    def brightness(self) -> xr.DataArray:
        """Brightness of every particle, the mean over its visible surface."""
        signal, owner, weights = self.rim
        labels = self.solved.model.labels
        total = np.zeros((len(labels), signal.sizes["time"]))
        np.add.at(total, owner, weights[:, None] * signal.to_numpy())
        total /= np.bincount(owner, weights, len(labels))[:, None]
        coordinates = {"particle": labels, "time": signal["time"].to_numpy()}
        return xr.DataArray(total, coordinates, dims=("particle", "time"))

    @cached_property
    def brightness_timings(self) -> pd.DataFrame:
        """The timings of the brightness of the surface."""
        return reaction_timings(self.brightness, self.half_cycles, levels="ends")

    @cached_property
    def brightness_measures(self) -> pd.DataFrame:
        """Spread, width and order of each half-cycle, of the brightness."""
        return electrode_measures(self.brightness_timings, resistance=self.resistance)

    # --- wiring -----------------------------------------------------------------------

    @cached_property
    def resistance(self) -> pd.Series:
        """Electronic resistance of each particle to the collector, pristine [Ohm]."""
        return self.electrode.resistance_to_collector(contact_resistances(self.prepared))

    @cached_property
    def obstruction(self) -> pd.Series:
        """Number of particles between each particle and the carbon."""
        return self.electrode.obstruction_counts()

    @property
    def tops(self) -> list[str]:
        """Particles seen from above, the best connected first."""
        particles = self.electrode.particles
        chosen = particles.index[particles["top"]]
        return list(self.obstruction.loc[chosen].sort_values(kind="stable").index)


def conductivity(run: VariantRun, sto: float) -> float:
    """Electronic conductivity of the run's material [S.m-1]."""
    symbol = run.prepared.values.process_symbol(electronic_conductivity(pybamm.Scalar(sto)))
    return float(np.ravel(symbol.evaluate())[0])
