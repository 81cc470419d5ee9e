"""Diffusivity from galvanostatic titration (GITT): Lun et al., SI, eq. 1.

D = 4/(pi tau) (V/S)^2 (dE_s/dE_t)^2, valid while the pulse is short, tau << L^2/D, with a
constant current, and from one equilibrium to the next: a rest that is cut short leaves a steady
change that is too large, and D with its square. In the paper V/S is m V_m/(M S): the volume of
active material over its reacting area.

A pulse that is not short can be read exactly for a slab, a cylinder or a sphere: see
:func:`finite_diffusivity`.
"""

from __future__ import annotations

import functools
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray
from scipy.optimize import brentq
from scipy.special import erfc, jn_zeros

from multiscale.errors import ResultsError, unknown_name

# "tau << L^2/D" is taken as: at most a tenth, L from centre to surface.
SHORT_PULSE = 0.1
SHORT = 0.05  # ... and this with V/S for L, at which a sphere comes out 13 % low
SETTLED = 0.05  # largest share of dE_s that is still to come at the end of a rest
STEADY = 0.05  # largest departure of the current from its mean over a pulse
SHAPES = {"slab": 1.0, "cylinder": 2.0, "sphere": 3.0}  # radius over volume per area
_TERMS = 200  # of the series; exact to 1e-4 for x = tau D/R^2 down to 1e-6


@dataclass(frozen=True)
class Pulse:
    """One current pulse with the rests around it.

    Attributes
    ----------
    start, duration : float
        Time [s].
    before, after : float
        Voltage at the end of the rest before and after the pulse [V].
    first, last : float
        Voltage just after the current was switched on and just before it was switched off
        [V]; the jump from ``before`` to ``first`` is ohmic and kinetic.
    unsettled_before, unsettled_after : float
        What the voltage had still to go at the end of either rest [V], by :func:`unsettled`.
    steady : bool
        The current was constant.
    """

    start: float
    duration: float
    before: float
    first: float
    last: float
    after: float
    unsettled_before: float = 0.0
    unsettled_after: float = 0.0
    steady: bool = True

    @property
    def relaxed(self) -> bool:
        """Both rests had come to 5 % of dE_s of where they were going."""
        rest = max(abs(self.unsettled_before), abs(self.unsettled_after))
        return bool(rest <= SETTLED * abs(self.steady_change))

    @property
    def steady_change(self) -> float:
        """dE_s: change of the rest voltage by the pulse [V]."""
        return self.after - self.before

    @property
    def transient_change(self) -> float:
        """dE_t: change of the voltage during the pulse, without the first jump [V]."""
        return self.last - self.first


def find_pulses(
    times: ArrayLike, current: ArrayLike, voltage: ArrayLike, skip: float = 0.0
) -> list[Pulse]:
    """Pulses of a titration record; a pulse without a rest on both sides is left out.

    Parameters
    ----------
    times : array_like, shape (n,)
        Increasing [s].
    current : array_like, shape (n,)
        [A] or any unit; a sample counts as pulse above 1 % of the largest size.
    voltage : array_like, shape (n,)
        [V].
    skip : float
        Time after the start of a pulse that belongs to the ohmic jump [s].

    Raises
    ------
    ResultsError
        If the arrays differ in length, time does not increase, or there is no pulse.
    """
    t, i, v = (np.asarray(x, dtype=float) for x in (times, current, voltage))
    if not len(t) == len(i) == len(v):
        raise ResultsError(
            f"times, current and voltage differ in length: {len(t)}, {len(i)}, {len(v)}"
        )
    if np.any(np.diff(t) <= 0):
        raise ResultsError("The times of a titration must increase.")
    on = np.abs(i) > 0.01 * np.abs(i).max()
    starts = np.flatnonzero(on[1:] & ~on[:-1]) + 1
    ends = np.flatnonzero(on[:-1] & ~on[1:])
    pulses = []
    for k, start in enumerate(starts):
        after = ends[ends >= start]
        if not after.size:
            continue
        end = after[0]
        rest_end = starts[k + 1] - 1 if k + 1 < len(starts) else len(t) - 1
        first = min(np.searchsorted(t, t[start] + skip), end)
        earlier = ends[ends < start]
        since = int(earlier[-1]) if earlier.size else 0
        pulses.append(
            Pulse(
                t[start],
                t[end] - t[start],
                v[start - 1],
                v[first],
                v[end],
                v[rest_end],
                rest_unsettled(t[since:start], v[since:start], opening=not earlier.size),
                rest_unsettled(t[end : rest_end + 1], v[end : rest_end + 1]),
                is_steady(i[start : end + 1]),
            )
        )
    if not pulses:
        raise ResultsError("The record holds no current pulse between two rests.")
    return pulses


def rest_unsettled(t: ArrayLike, v: ArrayLike, opening: bool = False) -> float:
    """What an exponential end of a rest has still to go [V], from its last two fifths.

    Parameters
    ----------
    t, v : array_like, shape (n,)
        Time [s] and voltage [V] of the rest, from the last sample with current.
    opening : bool
        The rest before the first pulse: of one that is not recorded (fewer than three samples)
        it is taken that the sample was at equilibrium, of any other that nothing is known.

    Examples
    --------
    >>> t = np.linspace(0, 5, 501)
    >>> round(rest_unsettled(t, np.exp(-t)), 4), rest_unsettled([0, 1], [3.5, 3.4])
    (-0.0067, inf)
    """
    time, volts = np.asarray(t, dtype=float), np.asarray(v, dtype=float)
    if len(time) < 3:
        return 0.0 if opening else float("inf")
    marks = np.interp(time[-1] - (time[-1] - time[0]) * np.array([0.4, 0.2, 0.0]), time, volts)
    before, last = np.diff(marks)
    if last == 0:
        return 0.0
    return float(last / (before / last - 1)) if abs(before) > abs(last) else float(10 * last)


def is_steady(current: ArrayLike) -> bool:
    """Whether the current of a pulse keeps to its mean within 5 %.

    Examples
    --------
    >>> is_steady([1.0, 1.01, 1.0]), is_steady([1.0, 0.5, 0.2]), is_steady([1.0, -1.0])
    (True, False, False)
    """
    i = np.asarray(current, dtype=float)
    mean = i.mean()
    return bool(np.all(np.abs(i - mean) <= STEADY * abs(mean)))


def surface_over_mean(x: ArrayLike, shape: str) -> NDArray[np.float64]:
    """Change of the surface over that of the mean after a constant flux, from equilibrium [-].

    J. Crank, The Mathematics of Diffusion, 2nd ed. (1975), eqs. 4.55 (slab), 5.46 (cylinder) and
    6.45 (sphere), at the surface.

    Parameters
    ----------
    x : array_like
        tau D/R^2, above 1e-6; R is the radius, or the thickness of a slab closed on one side.
    shape : {"slab", "cylinder", "sphere"}

    Examples
    --------
    >>> surface_over_mean([1e-4, 10.0], "sphere").round(2).tolist()
    [37.95, 1.01]
    """
    roots, steady = _roots(shape)
    values = np.atleast_1d(np.asarray(x, dtype=float))
    series = (np.exp(-(roots[:, None] ** 2) * values) / roots[:, None] ** 2).sum(axis=0)
    # what the terms left out add: integral of exp(-s^2 x)/s^2 over equal steps of pi
    tail = roots[-1] + np.pi / 2
    rest = np.exp(-(tail**2) * values) / tail - np.sqrt(np.pi * values) * erfc(
        tail * np.sqrt(values)
    )
    return 1 + (steady - 2 * (series + rest / np.pi)) / (SHAPES[shape] * values)


@functools.cache
def _roots(shape: str) -> tuple[NDArray[Any], float]:
    """Eigenvalues of closed diffusion, and the constant that their sum comes to."""
    if shape not in SHAPES:
        raise ResultsError(unknown_name("shape", shape, SHAPES))
    n = np.arange(1, _TERMS + 1)
    if shape == "slab":
        return np.pi * n, 1 / 3
    if shape == "cylinder":
        return np.asarray(jn_zeros(1, _TERMS), dtype=float), 1 / 4
    ends = zip(np.pi * n, np.pi * (n + 0.5), strict=True)
    return np.array([brentq(lambda s: np.sin(s) - s * np.cos(s), *pair) for pair in ends]), 1 / 5


def finite_diffusivity(pulse: Pulse, volume_per_area: float, shape: str) -> float:
    """Diffusivity of a pulse of any length in particles of one shape [m2.s-1].

    The exact solution (:func:`surface_over_mean`) in place of eq. 1, which is its limit for short
    pulses. Still asks for equilibrium on both sides, a constant current, and a straight potential
    and one diffusivity over the excursion of the surface. NaN where dE_t/dE_s is not above 1.02:
    the surface is then with the mean, and tells nothing.

    Examples
    --------
    >>> pulse = Pulse(0, 900.0, 3.5, 3.5, 3.52, 3.51)
    >>> f"{finite_diffusivity(pulse, 1e-6 / 3, 'sphere'):.3g}"
    '6.16e-17'
    """
    if pulse.steady_change == 0 or not volume_per_area > 0:
        return float("nan")
    ratio = pulse.transient_change / pulse.steady_change
    low, high = -6.0, 1.0  # decades of x
    ends = surface_over_mean([10**low, 10**high], shape)
    if not (np.isfinite(ratio) and max(ends[1], 1.02) < ratio < ends[0]):
        return float("nan")
    x = 10 ** brentq(lambda e: float(surface_over_mean(10**e, shape)[0]) - ratio, low, high)
    return float(x * (SHAPES[shape] * volume_per_area) ** 2 / pulse.duration)


def eq_1_diffusivity(pulse: Pulse, volume_per_area: float) -> float:
    """Diffusivity by Lun's eq. 1 [m2.s-1]; NaN if the voltage did not move in the pulse.

    Parameters
    ----------
    pulse : Pulse
    volume_per_area : float
        Volume of active material over its reacting area [m]; R/2 for a disk, R/3 for a sphere.

    Examples
    --------
    >>> f"{eq_1_diffusivity(Pulse(0, 900.0, 3.5, 3.5, 3.52, 3.51), 0.5e-6):.4g}"
    '8.842e-17'
    """
    if pulse.transient_change == 0:
        return float("nan")
    ratio = pulse.steady_change / pulse.transient_change
    return float(4 / (np.pi * pulse.duration) * volume_per_area**2 * ratio**2)


def titration_table(pulses: Sequence[Pulse], volume_per_area: float, length: float) -> pd.DataFrame:
    """One row per pulse: voltages, diffusivity, and whether the pulse was short enough.

    Parameters
    ----------
    pulses : sequence of Pulse
    volume_per_area : float
        Volume of active material over its reacting area [m].
    length : float
        Distance L that lithium diffuses to the middle of the particle [m]; the radius.

    Returns
    -------
    pandas.DataFrame
        Columns start_s, duration_s, before_V, after_V, steady_change_V, transient_change_V,
        diffusivity_m2_s, pulse_over_diffusion_time (tau D/L^2 with the D found), short_pulse
        (that ratio is at most 0.1, and at most 0.05 with V/S for L), relaxed (both rests had
        settled), steady_current, and valid: all three, and changes of one sign, so that eq. 1
        holds.
    """
    rows = []
    for pulse in pulses:
        diffusivity = eq_1_diffusivity(pulse, volume_per_area)
        ratio = pulse.duration * diffusivity / length**2
        rows.append(
            {
                "start_s": pulse.start,
                "duration_s": pulse.duration,
                "before_V": pulse.before,
                "after_V": pulse.after,
                "steady_change_V": pulse.steady_change,
                "transient_change_V": pulse.transient_change,
                "diffusivity_m2_s": diffusivity,
                "pulse_over_diffusion_time": ratio,
                "short_pulse": bool(
                    ratio <= SHORT_PULSE
                    and pulse.duration * diffusivity <= SHORT * volume_per_area**2
                ),
                "relaxed": pulse.relaxed,
                "steady_current": pulse.steady,
            }
        )
        same_sign = pulse.steady_change * pulse.transient_change > 0
        flags = ("short_pulse", "relaxed", "steady_current")
        rows[-1]["valid"] = same_sign and all(rows[-1][name] for name in flags)
    return pd.DataFrame(rows).rename_axis("pulse")
