"""Diffusivity from galvanostatic titration (GITT): Lun et al., SI, eq. 1.

D = 4/(pi tau) (V/S)^2 (dE_s/dE_t)^2, valid while the pulse is short, tau << L^2/D. In the
paper V/S is m V_m/(M S): the volume of active material over its reacting area.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from multiscale.errors import ResultsError

# "tau << L^2/D" is taken as: at most a tenth.
SHORT_PULSE = 0.1


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
    """

    start: float
    duration: float
    before: float
    first: float
    last: float
    after: float

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
        pulses.append(
            Pulse(t[start], t[end] - t[start], v[start - 1], v[first], v[end], v[rest_end])
        )
    if not pulses:
        raise ResultsError("The record holds no current pulse between two rests.")
    return pulses


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
        diffusivity_m2_s, pulse_over_diffusion_time (tau D/L^2 with the D found) and
        short_pulse (that ratio is at most 0.1, so that eq. 1 holds).
    """
    rows = []
    for pulse in pulses:
        found = eq_1_diffusivity(pulse, volume_per_area)
        ratio = pulse.duration * found / length**2
        rows.append(
            {
                "start_s": pulse.start,
                "duration_s": pulse.duration,
                "before_V": pulse.before,
                "after_V": pulse.after,
                "steady_change_V": pulse.steady_change,
                "transient_change_V": pulse.transient_change,
                "diffusivity_m2_s": found,
                "pulse_over_diffusion_time": ratio,
                "short_pulse": bool(ratio <= SHORT_PULSE),
            }
        )
    return pd.DataFrame(rows).rename_axis("pulse")
