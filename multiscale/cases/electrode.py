"""An electrode, ready to be solved and solved, with the tables that every measure is drawn from."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
import pandas as pd
import pybamm
import xarray as xr
from numpy.typing import NDArray

from multiscale.analysis.electrode_measures import electrode_measures
from multiscale.analysis.heterogeneity import surface_brightness
from multiscale.analysis.timings import reaction_timings
from multiscale.cases.particle import CONTACT, REACTION
from multiscale.cases.runs import (
    SOLVER,
    Attempt,
    HalfCycle,
    Prepared,
    VariantRun,
    already_passed,
    c_rate,
    half_cycle_plan,
    reason,
    scaled,
)
from multiscale.cases.schema import GeometrySpec, RunSpec
from multiscale.electrode.geometry import ElectrodeGeometry
from multiscale.errors import CaseError, GeometryError, ResultsError
from multiscale.models.electrode import ElectrodeModel
from multiscale.models.material import electronic_conductivity
from multiscale.parameters import names
from multiscale.parameters.check import REQUIRED
from multiscale.parameters.sets import number

SURFACE = "Particle surface stoichiometry"


@dataclass(frozen=True)
class ElectrodeRun(VariantRun):
    """One solved run of an electrode."""

    @property
    def plan(self) -> list[HalfCycle]:
        """The half-cycles that were asked for."""
        return self.prepared.plan

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


# --- its wiring while pristine ---------------------------------------------------------------


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


# --- before it is solved ----------------------------------------------------------------------


def build_geometry(spec: GeometrySpec) -> ElectrodeGeometry:
    """The electrode of a description."""
    if spec.file is not None:
        path = Path(spec.file).expanduser()
        if path.is_dir():
            return ElectrodeGeometry.from_csv(path)
        if not path.is_file():
            raise CaseError(f"There is no electrode {spec.file}: neither a folder nor a file")
        return ElectrodeGeometry.from_json(path)
    try:
        made: ElectrodeGeometry = spec.call()
        return made
    except TypeError as error:  # a list where a number belongs, or the other way round
        raise CaseError(f"geometry, {spec.maker}: {error}") from error
    except GeometryError as error:
        raise GeometryError(f"geometry, {spec.maker}: {error}") from error


@dataclass(frozen=True)
class Electrode(Prepared):
    """An electrode, solved half-cycle by half-cycle, so that what is finished is never lost."""

    body_key: ClassVar[str] = "geometry"
    unit: ClassVar[str] = "half-cycle"
    several: ClassVar[bool] = True

    @staticmethod
    def build(description: Any) -> ElectrodeGeometry:
        """The electrode of a description."""
        return build_geometry(description)

    @staticmethod
    def volume(body: Any) -> float:
        """Of all particles [m3]."""
        return float(body.volumes().sum())

    @staticmethod
    def required(spec: RunSpec) -> tuple[str, ...]:
        """Parameters without which it cannot be solved."""
        return (*REQUIRED, *REACTION, *CONTACT)

    def check(self) -> None:
        """``GeometryError`` naming the particles if the set's contacts conduct nothing."""
        if number(self.values, names.CONTACT_CONDUCTANCE) == 0:
            given = self.geometry.contacts["conductance_S_m2"].fillna(0.0)
            self.geometry.with_contacts(self.geometry.contacts.assign(conductance_S_m2=given))

    def model(self) -> ElectrodeModel:
        """A new model."""
        return ElectrodeModel(
            self.geometry,
            particles=self.spec.particles.call(),
            transport=self.transport,
            counter_electrode=self.spec.model.counter_electrode or "ideal",
        )

    @property
    def plan(self) -> list[HalfCycle]:
        """Its half-cycles."""
        return half_cycle_plan(self.spec)

    @property
    def attempts(self) -> Sequence[Attempt]:
        """As asked for; with a current that is raised in steps; with tighter tolerances as well."""
        solver = self.spec.solver
        tighter = scaled(solver, 0.1)
        return [Attempt(solver), Attempt(solver, gently=True), Attempt(tighter, gently=True)]

    def failure(self, error: Exception, part: HalfCycle) -> str:
        """Why a half-cycle could not be solved, with what the pristine wiring would need."""
        first = part.steps[0]
        if already_passed(error):
            return (
                f"{part.name}, '{first}', cannot start: a cut-off (voltage, or an empty or full "
                f"surface) is already passed when it begins; {self._obstacle()}"
            )
        # names of the integrator's own routines tell nobody anything
        said = "no solution was found" if "IDA" in str(error) else reason(error)
        what = f"{part.name}, {first!r}"
        return f"{SOLVER} could not carry out {what}: {said}; {self._obstacle()}"

    def _obstacle(self) -> str:
        """The worst connected particle and what its nominal current would drop on the way."""
        try:
            ohm = self.geometry.resistance_to_collector(contact_resistances(self))
        except (ValueError, pybamm.ModelError):
            return "check the initial stoichiometry and the voltage limits"
        worst = str(ohm.idxmax())
        drop = float(ohm.max() * nominal_current(self))
        if not np.isfinite(drop):
            return f"particle {worst!r} has no conducting path to the collector"
        low, high = (number(self.values, name) for name in (names.LOWER_CUTOFF, names.UPPER_CUTOFF))
        sto = number(self.values, names.INITIAL_STOICHIOMETRY)
        rest = float(np.ravel(self.values[names.OCP](np.array([sto])))[0])
        return (
            f"the electrode starts at a content of {sto:g}, {rest:.3g} V at rest; particle "
            f"{worst!r} is reached through {ohm.max():.3g} Ohm while pristine, where its nominal "
            f"current would drop {drop:.3g} V (the voltage limits are {low:g} and {high:g} V); "
            "check the pristine conductivity, the contacts, the current, the initial "
            "stoichiometry and the voltage limits"
        )

    def run(self, **found: Any) -> ElectrodeRun:
        """The run, once it was solved or has failed."""
        return ElectrodeRun(self, **found)
