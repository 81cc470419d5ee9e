"""A titration record as open-circuit potential, diffusivity and overpotentials.

Eq. 1 of Lun et al. (SI) asks for more than it says. Judged pulse by pulse:

- the pulse is short, tau << L^2/D. L is taken as volume over area, the depth that lithium is
  drawn from (the thickness of a slab, R/2 of a cylinder, R/3 of a sphere): with R for L, a sphere
  at tau D/R^2 = 0.1 comes out forty per cent low;
- the potential is straight, and the diffusivity the same, over the excursion of the surface,
  which is many times the change of the mean (judged by the record's own points);
- the rests on both sides are long enough for the voltage to settle;
- the current of the pulse is constant.

For particles of a stated shape the exact solution for pulses of any length stands beside eq. 1.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy.interpolate import PchipInterpolator

from multiscale.analysis.cycler import Record
from multiscale.analysis.gitt import (
    SETTLED,
    SHAPES,
    SHORT,
    Pulse,
    eq_1_diffusivity,
    find_pulses,
    finite_diffusivity,
    is_steady,
    rest_unsettled,
)
from multiscale.errors import AnalysisError, ParameterError, ResultsError, unknown_name
from multiscale.parameters.own_data import MeasuredLaw, from_table

_CONDITIONS = {
    "short_pulse": "pulses too long for eq. 1 (tau D/L^2 above 0.05)",
    "straight": "pulses whose potential bends (or ends) within the excursion of the surface",
    "uniform": "pulses over whose excursion of the surface the diffusivity changes too much",
    "relaxed": "rests too short, before or after the pulse: the voltage still moves at their end",
    "steady_current": "pulses whose current is not constant",
}
_CHANGES = ("steady_change_V", "transient_change_V")
# A sphere at the limit of short comes out 13 % low; 6 % and a few more may come from these two.
STRAIGHT = 0.03  # largest change of the slope of the potential over the excursion of the surface
UNIFORM = 0.2  # largest relative change of the diffusivity over it
EARLY = 0.1  # of the pulse, over which the jump is extrapolated in the root of time


@dataclass(frozen=True)
class Sample:
    """What the record was taken on.

    Parameters
    ----------
    volume_per_area : float
        Volume of active material over its reacting area [m].
    theta : (float, float), optional
        Stoichiometry at the beginning and at the end of the record.
    charge_per_theta : float, optional
        Charge that takes the whole sample from 0 to 1 [C]; with ``theta`` = (start, NaN).
    shape : {"sphere", "cylinder", "slab"}, optional
        Of the particles, if they are of one size.

    Examples
    --------
    >>> Sample.of_particles(3e-6, "sphere", theta=(0.95, 0.3)).volume_per_area
    1e-06
    """

    volume_per_area: float
    theta: tuple[float, float]
    charge_per_theta: float | None = None
    shape: str | None = None

    def __post_init__(self) -> None:
        known = [t for t in self.theta if not np.isnan(t)]
        if not known or np.isnan(self.theta[0]) or not all(0 < t < 1 for t in known):
            raise AnalysisError(f"Stoichiometries {self.theta} must lie between 0 and 1")
        if len(known) == 1 and not self.charge_per_theta:
            raise AnalysisError(
                "One stoichiometry needs the mass of active material beside it; otherwise give "
                "those at the beginning and at the end of the record"
            )
        if not self.volume_per_area > 0:
            raise AnalysisError(f"Volume per area {self.volume_per_area} m must be positive")

    @classmethod
    def of_particles(
        cls,
        radius: float,
        shape: str,
        theta: tuple[float, float],
        charge_per_theta: float | None = None,
    ) -> Sample:
        """Particles of one radius [m]: "sphere", "cylinder" or "slab" (its thickness)."""
        if shape not in SHAPES:
            raise AnalysisError(unknown_name("shape", shape, SHAPES))
        return cls(radius / SHAPES[shape], theta, charge_per_theta, shape)

    def stoichiometry(self, charge: np.ndarray) -> np.ndarray:
        """Stoichiometry after a charge [C] has passed; positive charge takes lithium out."""
        start, end = self.theta
        if self.charge_per_theta is not None and np.isnan(end):
            return start - charge / self.charge_per_theta
        if charge[-1] == 0 or (end - start) * charge[-1] > 0:
            raise AnalysisError(
                f"The record passes {charge[-1]:.4g} C (positive charges), which does not take the "
                f"stoichiometry from {start:g} to {end:g}; is the sign of the current right?"
            )
        return start + (end - start) * charge / charge[-1]


def titration(record: Record, sample: Sample, skip: float = 0.0) -> pd.DataFrame:
    """One row per pulse: stoichiometry, potential, diffusivity, overpotentials, validity.

    Parameters
    ----------
    record : Record
    sample : Sample
    skip : float
        Time after switching that belongs to the surface reaction, not to diffusion [s].

    Returns
    -------
    pandas.DataFrame
        ``stoichiometry`` (half-way), ``before``/``after`` of the pulse, ``ocp_before_V``,
        ``ocp_after_V``, ``current_A``, ``duration_s``, ``steady_change_V`` and
        ``transient_change_V`` of eq. 1, ``diffusivity_m2_s``,
        ``finite_diffusivity_m2_s`` (exact for pulses of any length; NaN unless the sample has a
        shape), ``pulse_over_diffusion_time`` (tau D/L^2 with the D found), ``instant_V`` (jump,
        ohmic and kinetic), ``polarisation_V`` (rest of the overpotential at the end of the
        pulse), ``unsettled_before_V`` and ``unsettled_V`` (what the rests had still to go),
        ``short_pulse``, ``straight``, ``uniform``, ``relaxed``, ``steady_current`` (see the
        module), and ``valid``: all five, and a change of the right sign.

    Raises
    ------
    AnalysisError
        If there is no pulse, no rest, or the stoichiometry leaves 0..1.
    """
    size = np.abs(record.current)
    if size.size < 3 or size.max() == 0:
        raise AnalysisError(f"{record.name} holds no pulse: the current is zero throughout")
    if (size > 0.01 * size.max()).all():
        raise AnalysisError(
            f"{record.name} holds no rest: the current is never below 1 % of its largest value"
        )
    try:
        pulses = find_pulses(record.times, record.current, record.voltage)
    except ResultsError as error:
        raise AnalysisError(f"{record.name}: {error}") from error
    theta = sample.stoichiometry(record.charge())
    if theta.min() <= 0 or theta.max() >= 1:
        raise AnalysisError(
            f"{record.name}: the stoichiometry runs from {theta[0]:.3f} to {theta[-1]:.3f}, not "
            "within 0 to 1; check the mass, the first stoichiometry and the sign of the current"
        )
    rows = [_row(record, sample, theta, skip, pulse) for pulse in pulses]
    table = pd.DataFrame(rows).rename_axis("pulse")
    table["short_pulse"] = table["pulse_over_diffusion_time"] <= SHORT
    # Are the slope of the potential and the diffusivity those of the pulse? Both are judged between
    # the stoichiometry before it and the one that the surface reaches, and only if the record has
    # points there.
    table["straight"] = table["uniform"] = False
    points = open_circuit_points(table)
    sto, unique = np.unique(points["stoichiometry"], return_index=True)
    if len(table) >= 3 and len(sto) >= 3:
        potential = PchipInterpolator(sto, points["ocp_V"].to_numpy()[unique])
        before = table["stoichiometry_before"].to_numpy()
        change = table["stoichiometry_after"].to_numpy() - before
        steady, transient = (table[name].to_numpy() for name in _CHANGES)
        with np.errstate(all="ignore"):  # a pulse without change is not valid anyway
            reached = before + change * transient / steady
            inside = (reached >= sto[0]) & (reached <= sto[-1])
            reached = np.clip(reached, sto[0], sto[-1])
            slope = (potential(reached) - potential(before)) / transient
            order = np.argsort(table["stoichiometry"].to_numpy())
            diffusivities = table[["stoichiometry", "diffusivity_m2_s"]].to_numpy()[order].T
            there, here = (np.interp(x, *diffusivities) for x in (reached, before))
            table["straight"] = inside & (np.abs(slope - 1) <= STRAIGHT)
            table["uniform"] = inside & (np.abs(there / here - 1) <= UNIFORM)
    unsettled = table[["unsettled_before_V", "unsettled_V"]].abs().max(axis=1)
    table["relaxed"] = unsettled <= SETTLED * table["steady_change_V"].abs()
    same_sign = table["steady_change_V"] * table["transient_change_V"] > 0
    table["valid"] = table[list(_CONDITIONS)].all(axis=1) & same_sign
    return table


def _row(
    record: Record, sample: Sample, theta: np.ndarray, skip: float, pulse: Pulse
) -> dict[str, float | bool]:
    t, v = record.times, record.voltage
    start = int(np.searchsorted(t, pulse.start)) - 1  # last sample of the rest: the switching
    end = int(np.searchsorted(t, pulse.start + pulse.duration * (1 - 1e-12)))
    later = np.flatnonzero(np.abs(record.current[end + 1 :]) > 0.01 * np.abs(record.current).max())
    stop = end + int(later[0]) if later.size else len(t) - 1
    size = np.abs(record.current)
    flowed = np.flatnonzero(size[: start + 1] > 0.01 * size.max())
    opening, since = not flowed.size, int(flowed[-1]) if flowed.size else 0
    duration = t[end] - t[start]
    first = _jump(t[start + 1 : end + 1] - t[start], v[start + 1 : end + 1], skip)
    exact = Pulse(t[start], duration, v[start], first, v[end], v[stop])
    found = eq_1_diffusivity(exact, sample.volume_per_area)
    ratio = duration * found / sample.volume_per_area**2
    return {
        "stoichiometry": 0.5 * (theta[start] + theta[end]),
        "stoichiometry_before": theta[start],
        "stoichiometry_after": theta[end],
        "ocp_before_V": v[start],
        "ocp_after_V": v[stop],
        "current_A": float(np.mean(record.current[start + 1 : end + 1])),
        "duration_s": duration,
        "steady_change_V": exact.steady_change,
        "transient_change_V": exact.transient_change,
        "diffusivity_m2_s": found,
        "finite_diffusivity_m2_s": finite_diffusivity(exact, sample.volume_per_area, sample.shape)
        if sample.shape
        else np.nan,
        "pulse_over_diffusion_time": ratio,
        "instant_V": first - v[start],
        "polarisation_V": v[end] - v[stop] - (first - v[start]),
        "unsettled_before_V": rest_unsettled(t[since : start + 1], v[since : start + 1], opening),
        "unsettled_V": rest_unsettled(t[end : stop + 1], v[end : stop + 1]),
        "steady_current": is_steady(record.current[start + 1 : end + 1]),
    }


def _jump(since: np.ndarray, voltage: np.ndarray, skip: float) -> float:
    """Voltage right after the jump: straight in the root of time, back to the switching."""
    late = np.flatnonzero(since >= skip)
    if not late.size:
        raise AnalysisError(f"skip = {skip:g} s is longer than a pulse of {since[-1]:g} s")
    early = late[since[late] <= max(EARLY * since[-1], 2 * skip)]
    use = early if early.size >= 4 else late[:4]
    if use.size < 2:
        return float(voltage[late[0]])
    return float(np.polyfit(np.sqrt(since[use]), voltage[use], 1)[1])


def open_circuit_points(table: pd.DataFrame) -> pd.DataFrame:
    """Stoichiometry and potential at the ends of the rests, by increasing stoichiometry."""
    first = table.iloc[[0]]
    sto = np.r_[first["stoichiometry_before"], table["stoichiometry_after"]]
    volts = np.r_[first["ocp_before_V"], table["ocp_after_V"]]
    order = np.argsort(sto)
    return pd.DataFrame({"stoichiometry": sto[order], "ocp_V": volts[order]})


def reasons(table: pd.DataFrame) -> Sequence[str]:
    """Why points are not valid, counted, in words; a point may count more than once.

    Examples
    --------
    >>> reasons(pd.DataFrame({"short_pulse": [True, False], "straight": [True, True],
    ...                       "uniform": [True, True], "relaxed": [True, True],
    ...                       "steady_current": [True, True]}))
    ['1 of 2 pulses too long for eq. 1 (tau D/L^2 above 0.05)']
    """
    counts = {words: int((~table[name]).sum()) for name, words in _CONDITIONS.items()}
    return [f"{count} of {len(table)} {words}" for words, count in counts.items() if count]


LUN = "Lun et al., SI, eq. 1"


def titration_laws(
    table: pd.DataFrame, citation: str, where: str = "titration record"
) -> dict[str, MeasuredLaw]:
    """Open-circuit potential of all rests, diffusivity of the valid pulses, with their sources.

    Parameters
    ----------
    table : DataFrame
        Of :func:`multiscale.analysis.gitt_record.titration`.
    citation : str
        Whose record it is.
    where : str
        File name, say.

    Returns
    -------
    dict of str to MeasuredLaw
        By entry of a set; without a diffusivity if fewer than two pulses are valid. The
        diffusivity is a chemical one: it belongs to ``transport="chemical"``.

    Raises
    ------
    AnalysisError
        If the potential does not fall with stoichiometry.
    """
    points = open_circuit_points(table).drop_duplicates("stoichiometry")
    try:
        ocp = from_table(
            points,
            "ocp",
            units="V",
            citation=citation,
            where=where,
            method=f"ends of {len(points)} rests; monotone interpolation",
        )
    except ParameterError as error:
        raise AnalysisError(f"Open-circuit potential of {where}: {error}") from error
    laws = dict(ocp.entry)
    valid = table[table["valid"]].drop_duplicates("stoichiometry")
    if len(valid) >= 2:
        left_out = "; ".join(reasons(table)) or "none left out"
        diffusivity = from_table(
            valid[["stoichiometry", "diffusivity_m2_s"]],
            "diffusivity",
            units="m2/s",
            citation=citation,
            where=where,
            grade="C",
            kind="derived",
            method=f"{LUN}, {len(valid)} of {len(table)} pulses ({left_out})",
        )
        laws |= diffusivity.entry
    return laws
