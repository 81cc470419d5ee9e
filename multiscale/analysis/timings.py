"""Reaction timings: when each particle has done 10, 50 and 90 % of its own change.

The one definition for simulated and for filmed particles. Whatever the signal is (state of
charge, stoichiometry, brightness), the steps are the same: state levels at both ends of the
half-cycle, isotonic regression in the direction that the cell record gives, instants of 10, 50
and 90 % on that curve. Below them: what every reader of a table of timings needs, its columns, its
half-cycles and who counts.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterator, Mapping, Sequence
from typing import Any, Literal, Protocol, TypeAlias

import numpy as np
import pandas as pd
import xarray as xr
from numpy.typing import NDArray

from multiscale.analysis.half_cycles import check_times
from multiscale.analysis.transitions import (
    ROUNDING,
    UNCERTAINTIES,
    Levels,
    TimingRule,
    Transition,
    find_transition,
    timing_uncertainty,
)
from multiscale.errors import AnalysisError, is_one_of, unknown_name
from multiscale.limits import short

__all__ = ["KINDS", "STATUSES", "TimingRule", "carry_half_cycles", "reaction_timings"]

KINDS = ("charge", "discharge")
LEVELS = ("medians", "ends")
_RECORD = ("half_cycle", "kind", "start_s", "end_s")
_TIMES = ("t10_s", "t50_s", "t90_s", "width_s")

_Transitions = dict[tuple[int, int], Transition | None]  # by half-cycle and particle


class Simulated(Protocol):
    """Results of a simulation, of one particle or of an electrode."""

    def state_of_charge(self) -> xr.DataArray:
        """Delithiated fraction of every particle, with the half-cycles of the run."""


def reaction_timings(
    signal: xr.DataArray | Simulated,
    half_cycles: pd.DataFrame | None = None,
    *,
    rises_on: Literal["charge", "discharge"] = "charge",
    levels: Levels | None = None,
    uncertainty: bool = False,
    rule: TimingRule | None = None,
) -> pd.DataFrame:
    """Times at which each particle has done 10, 50 and 90 % of its own change.

    Statuses, judged in this order: ``unclear`` (too little was seen: fewer than six samples, or
    more than 10 % of the half-cycle missing at one end; or plainly not monotone; or a change
    against the current), ``no_change`` (the change does not exceed six standard errors of the
    two levels, 1 % of the electrode's largest change, and the stated wander), ``incomplete``
    (still moving fast at the end), ``reacted``. Times are given for ``reacted`` only; of an
    ``incomplete`` one it is known that 10 and 50 % of its whole change were not done before the
    instants at which those parts of what was seen were.

    Parameters
    ----------
    signal : xarray.DataArray, dims ("particle", "time"), or Results
        Results of a simulation stand for their ``state_of_charge()``. Or any signal
        that is monotone in the lithium content; coordinate ``time`` [s], strictly increasing,
        evenly or unevenly spaced; NaN where a particle was not seen.
    half_cycles : pandas.DataFrame, optional
        From :func:`multiscale.analysis.half_cycles.half_cycles`, on the clock of the signal:
        columns half_cycle, kind, start_s, end_s. By default those that came with the results
        of a simulation (``results.half_cycles``, which ``state_of_charge()`` carries along in
        ``attrs``); any other signal is one charge.
    rises_on : {"charge", "discharge"}
        Half-cycles on which the signal rises: charge for a state of charge or the brightness of
        a layered oxide, discharge for a stoichiometry. Never read from the trace.
    levels : {"medians", "ends"}, optional
        State levels: medians over the first and last 2 % of the half-cycle, or the first and
        last value, for signals without noise. A particle that moves through the whole
        half-cycle does 1 % of its change before the middle of the first stretch: medians give a
        steady ramp t10 and t90 at 0.108 and 0.892 instead of 0.100 and 0.900. One that is done
        within the first 1 % has no change by medians; a brightness that saturates at once is
        read late (0.15 instead of 0.05 of a C/3 charge). So "ends" is the default for what
        carries the half-cycles of a simulation, "medians" for all else.
    uncertainty : bool
        Add standard uncertainties (see ``timing_uncertainty``).
    rule : TimingRule, optional
        Thresholds, stretches, wander, clock, seed; the defaults are those of this text.

    Returns
    -------
    pandas.DataFrame
        One row per particle and half-cycle: particle, half_cycle, kind, status; t10_s, t50_s,
        t90_s since the start of the half-cycle and width_s = t90_s - t10_s [s];
        width_is_upper_bound (shorter than two sampling intervals); t10_low_s, t50_low_s (of
        incomplete ones: not before); level_before, level_after;
        sampling_s (interval around t50), start_s and duration_s of the half-cycle; with
        ``uncertainty`` also u_t10_s, u_t50_s, u_t90_s, u_width_s.

    Raises
    ------
    AnalysisError
        If dims, labels or times cannot be used (naming the first bad index), or no half-cycle
        lies within the signal, or no current flows in a simulation.

    References
    ----------
    IEEE Std 181 and IEC 60469 (levels, instants, durations), IEC 62754 (uncertainties).

    Examples
    --------
    >>> time = np.linspace(0, 1000, 201)
    >>> soc = np.clip((time - np.array([[200.0], [600.0]])) / 100, 0, 1)
    >>> soc = xr.DataArray(soc, {"particle": ["a", "b"], "time": time}, ("particle", "time"))
    >>> reaction_timings(soc)[["particle", "status", "t10_s", "t50_s", "t90_s"]].round(3)
      particle   status  t10_s  t50_s  t90_s
    0        a  reacted  210.0  250.0  290.0
    1        b  reacted  610.0  650.0  690.0
    """
    rule = TimingRule() if rule is None else rule
    if not isinstance(rule, TimingRule):
        raise AnalysisError(f"rule must be a TimingRule, not {short(rule)}")
    timed: Any = signal
    if not isinstance(signal, xr.DataArray) and hasattr(signal, "state_of_charge"):
        timed = signal.state_of_charge()
    if half_cycles is None:
        half_cycles = carried_half_cycles(timed)
        if levels is None and half_cycles is not None:
            levels = "ends"
    levels = "medians" if levels is None else levels
    for kind, name, choices in (("kind", rises_on, KINDS), ("kind of levels", levels, LEVELS)):
        if not is_one_of(name, choices):
            raise AnalysisError(unknown_name(kind, name, choices))
    if not isinstance(timed, xr.DataArray) or set(timed.dims) != {"particle", "time"}:
        dims = getattr(timed, "dims", type(timed).__name__)
        raise AnalysisError(f'The signal needs the dims ("particle", "time"); got {dims}.')
    if "time" not in timed.coords:
        raise AnalysisError('The signal needs a coordinate "time" in seconds.')
    time = np.asarray(timed["time"], dtype=float)
    check_times(time)
    if len(time) < 2:
        raise AnalysisError("The signal needs at least two times.")
    labels = pd.Index(timed["particle"].values)
    if labels.empty:
        raise AnalysisError("The signal holds no particle.")
    if labels.has_duplicates:
        raise AnalysisError(f"Particle {labels[labels.duplicated()][0]!r} occurs twice.")
    if half_cycles is None:
        whole = dict(zip(_RECORD, (0, "charge", time[0], time[-1]), strict=True))
        half_cycles = pd.DataFrame([whole])
    missing = [name for name in _RECORD if name not in half_cycles]
    if missing:
        raise AnalysisError(f"The table of half-cycles lacks the columns {missing}.")
    for kind in half_cycles["kind"]:
        if kind not in KINDS:
            raise AnalysisError(unknown_name("kind of half-cycle", kind, KINDS))
    double = half_cycles["half_cycle"].duplicated()
    if double.any():
        number = half_cycles.loc[double, "half_cycle"].iloc[0]
        raise AnalysisError(f"Half-cycle {number} occurs twice.")
    spans = half_cycles[["half_cycle", "start_s", "end_s"]]
    for number, start, end in spans.itertuples(index=False):
        if not end > start:
            raise AnalysisError(f"Half-cycle {number} ends at {end:g} s, not after {start:g} s.")
    if not ((spans["start_s"] < time[-1]) & (spans["end_s"] > time[0])).any():
        raise AnalysisError(
            f"No half-cycle lies within the signal, {time[0]:g} to {time[-1]:g} s: are both on "
            "one clock?"
        )
    values = np.asarray(timed.transpose("particle", "time"), dtype=float)
    transitions: _Transitions = {}
    signs = [1.0 if kind == rises_on else -1.0 for kind in half_cycles["kind"]]
    for cycle, (start, end) in enumerate(half_cycles[["start_s", "end_s"]].to_numpy(float)):
        slack = ROUNDING * max(abs(start), abs(end))
        inside = (time >= start - slack) & (time <= end + slack)
        since, turned = time[inside] - start, signs[cycle] * values[:, inside]
        for particle, trace in enumerate(turned):
            transitions[cycle, particle] = find_transition(since, trace, end - start, levels, rule)
    statuses = _statuses(transitions, rule)
    rows = []
    particles = labels.tolist()
    for (cycle, particle), transition in transitions.items():
        half_cycle = half_cycles.iloc[cycle]
        row = {
            "particle": particles[particle],
            "half_cycle": half_cycle["half_cycle"],
            "kind": half_cycle["kind"],
            "status": statuses[cycle, particle],
            **_numbers(transition, statuses[cycle, particle], signs[cycle]),
            "start_s": half_cycle["start_s"],
            "duration_s": half_cycle["end_s"] - half_cycle["start_s"],
        }
        if uncertainty:
            row |= dict.fromkeys(UNCERTAINTIES, np.nan)
            if transition is not None and row["status"] == "reacted":
                row |= timing_uncertainty(transition, levels, rule, (cycle, particle))
        rows.append(row)
    return pd.DataFrame(rows)


def carry_half_cycles(signal: xr.DataArray, record: pd.DataFrame) -> xr.DataArray:
    """The signal with its half-cycles in ``attrs``, as lists, which files can hold too."""
    names = {name: record[name].tolist() for name in _RECORD}
    return signal.assign_attrs({f"half_cycles_{name}": values for name, values in names.items()})


def carried_half_cycles(signal: xr.DataArray) -> pd.DataFrame | None:
    """Half-cycles that a signal carries, within its times; None if it carries none.

    Raises
    ------
    AnalysisError
        If it comes from a simulation in which no current flows.
    """
    attributes = getattr(signal, "attrs", {})
    if any(f"half_cycles_{name}" not in attributes for name in _RECORD):
        return None
    # a file gives a list of one back as its only value
    columns = {name: np.atleast_1d(attributes[f"half_cycles_{name}"]) for name in _RECORD}
    record = pd.DataFrame({name: values.tolist() for name, values in columns.items()})
    if record.empty:
        raise AnalysisError(
            "No current flows in this simulation: it holds no charge and no discharge to time."
        )
    time = np.asarray(signal["time"], dtype=float)
    inside = (record["start_s"] < time.max()) & (record["end_s"] > time.min())
    return record[inside].reset_index(drop=True) if inside.any() else record


def _statuses(transitions: _Transitions, rule: TimingRule) -> dict[tuple[int, int], str]:
    """Status of each transition; what the other particles did sets the scale."""
    changes = [abs(transition.change) for transition in transitions.values() if transition]
    full_change = rule.full_change or max(changes, default=0.0)
    floor = max(rule.wander, rule.least_change * full_change)
    least = {
        key: max(floor, rule.least_errors * transition.error)
        for key, transition in transitions.items()
        if transition
    }
    rates: dict[int, list[float]] = {}
    for key, transition in transitions.items():
        if transition and transition.change > least[key]:
            rates.setdefault(key[0], []).append(transition.end_rate)
    limits = {cycle: rule.end_rate * max(1.0, np.median(rate)) for cycle, rate in rates.items()}
    statuses = {}
    for key, transition in transitions.items():
        status = "unclear"
        if transition:
            change, reversal = transition.change, transition.reversal
            strays = reversal > max(rule.reversal * abs(change), least[key])
            if not (change < -least[key] or strays):
                status = "reacted" if change > least[key] else "no_change"
            if status == "reacted" and transition.end_rate > limits[key[0]]:
                status = "incomplete"
        statuses[key] = status
    return statuses


def _numbers(transition: Transition | None, status: str, sign: float) -> dict[str, float | bool]:
    """Times, width, levels and sampling interval of one row."""
    numbers: dict[str, float | bool] = dict.fromkeys(_TIMES, np.nan)
    numbers |= {"width_is_upper_bound": False, "t10_low_s": np.nan, "t50_low_s": np.nan}
    numbers |= {"level_before": np.nan, "level_after": np.nan}
    numbers["sampling_s"] = np.nan
    if transition is None:
        return numbers
    numbers |= {"level_before": sign * transition.before, "level_after": sign * transition.after}
    if status == "reacted":
        t10, t50, t90 = transition.crossings()
        numbers |= dict(zip(_TIMES, (t10, t50, t90, t90 - t10), strict=True))
        numbers["width_is_upper_bound"] = bool(
            t90 - t10 < 2 * transition.longest_interval(t10, t90)
        )
        numbers["sampling_s"] = transition.longest_interval(t50, t50)
    elif status == "incomplete":
        numbers["t10_low_s"], numbers["t50_low_s"], _ = transition.crossings()
    return numbers


STATUSES = ("reacted", "no_change", "incomplete", "unclear")
KEYS = ("particle", "half_cycle", "kind", "status")

ByParticle: TypeAlias = Mapping[Hashable, float] | pd.Series


def shown(label: object) -> str:
    """A label as the user wrote it.

    Examples
    --------
    >>> shown(np.int64(3)), shown("p3")
    ('3', "'p3'")
    """
    return repr(label.item() if isinstance(label, np.generic) else label)


def check_table(timings: pd.DataFrame, columns: Sequence[str] = ()) -> None:
    """Raise unless the table has its columns and one row per particle and half-cycle.

    Raises
    ------
    AnalysisError
        Naming what is missing or double.
    """
    if not isinstance(timings, pd.DataFrame):
        raise AnalysisError(f"Timings come as a pandas.DataFrame, not {short(timings)}")
    missing = [name for name in (*KEYS, *columns) if name not in timings]
    if missing:
        raise AnalysisError(f"The table of timings lacks the columns {missing}.")
    double = timings.duplicated(["particle", "half_cycle"])
    if double.any():
        row = timings[double].iloc[0]
        raise AnalysisError(
            f"Particle {shown(row['particle'])} occurs twice in half-cycle {row['half_cycle']}."
        )


def by_half_cycle(timings: pd.DataFrame) -> Iterator[tuple[int, str, pd.DataFrame]]:
    """Number, kind and rows of each half-cycle."""
    for number, rows in timings.groupby("half_cycle", sort=True):
        kinds = rows["kind"].unique()
        if len(kinds) > 1:
            raise AnalysisError(f"Half-cycle {number} is both {' and '.join(sorted(kinds))}.")
        yield number, str(kinds[0]), rows


def reacted(rows: pd.DataFrame) -> pd.DataFrame:
    """Rows that count: reacted, with a time."""
    return rows[(rows["status"] == "reacted") & rows["t50_s"].notna()]


def taking_part(rows: pd.DataFrame) -> pd.DataFrame:
    """Rows of which enough was seen: those that reacted, late or not at all; none ``unclear``."""
    return rows[
        rows["status"].isin(["no_change", "incomplete"]) | rows.index.isin(reacted(rows).index)
    ]


def counts(rows: pd.DataFrame) -> dict[str, int]:
    """Particles in all and by status, and how many do not count."""
    found = {"particles": len(rows)}
    found |= {status: int((rows["status"] == status).sum()) for status in STATUSES}
    return found | {"excluded": len(rows) - len(reacted(rows))}


def duration_of(rows: pd.DataFrame) -> float:
    """Duration of the half-cycle [s]; all rows must agree."""
    durations = rows["duration_s"].unique()
    if len(durations) != 1 or not durations[0] > 0:
        raise AnalysisError(
            f"Half-cycle {rows['half_cycle'].iloc[0]} needs one positive duration_s; "
            f"got {durations.tolist()[:5]}."
        )
    return float(durations[0])


def values_of(rows: pd.DataFrame, values: ByParticle, name: str) -> NDArray[np.float64]:
    """Values given by particle label, in the order of the rows; NaN where there is none.

    Raises
    ------
    AnalysisError
        If no particle of the table has a value: the labels are of different kinds.
    """
    found = rows["particle"].map(pd.Series(values)).to_numpy(float)
    if len(rows) and np.isnan(found).all():
        labels = pd.Series(values).index[:3].tolist()
        raise AnalysisError(
            f"{name} holds no value for any particle of the table, for example "
            f"{shown(rows['particle'].iloc[0])}; its labels: {labels}."
        )
    return found
