"""Eq. 1 on records whose diffusivity is known: exact where it holds, biased where it does not."""

from __future__ import annotations

import numpy as np
import pytest

from multiscale.analysis import gitt
from multiscale.errors import ResultsError

SLOPE = -0.8  # dU/dtheta [V]
THICKNESS = 1e-6  # of a slab, closed on one side: V/S = L [m]
TAU = 900.0  # s
GAIN = 0.009  # lithium removed by a pulse


def surface(t, diffusivity):
    """Loss of a slab's surface, over that of the mean at the end of the pulse, at times t >= 0.

    Exact series for a constant flux that is switched off at TAU.
    """

    def driven(x):
        x = np.maximum(x, 0)[None] * diffusivity / THICKNESS**2
        n = np.arange(1, 400)[:, None]
        series = (np.exp(-(n**2) * np.pi**2 * x) / n**2).sum(axis=0) * 2 / np.pi**2
        return (x[0] + 1 / 3 - series) * (x[0] > 0)

    total = TAU * diffusivity / THICKNESS**2
    return GAIN * (driven(t) - driven(t - TAU)) / total


def record(diffusivity, rest=4 * 3600.0, pulses=3):
    """Time, current and voltage of a titration of the slab."""
    period = TAU + rest
    local = np.concatenate([np.linspace(1e-3, TAU, 300), np.linspace(TAU + 1e-3, period, 300)])
    times, current, voltage = [0.0], [0.0], [3.55]
    for k in range(pulses):
        times += list(k * period + local)
        current += list(np.where(local <= TAU, -1.0, 0.0))
        voltage += list(3.55 - SLOPE * (k * GAIN + surface(local, diffusivity)))
    return np.array(times), np.array(current), np.array(voltage)


@pytest.mark.parametrize("diffusivity", [1e-17, 3e-17])
def test_returns_what_was_put_in_where_the_pulse_is_short(diffusivity):
    pulses = gitt.find_pulses(*record(diffusivity, rest=400 * 3600.0))
    table = gitt.titration_table(pulses, THICKNESS, THICKNESS)
    assert len(table) == 3
    assert table.short_pulse.all()
    # only the first sample, a millisecond into the pulse, is not the value at its start
    assert table.diffusivity_m2_s.to_numpy() == pytest.approx(diffusivity, rel=0.01)


def test_is_biased_low_and_flagged_where_the_pulse_is_long():
    diffusivity = 3e-15
    table = gitt.titration_table(gitt.find_pulses(*record(diffusivity)), THICKNESS, THICKNESS)
    assert not table.short_pulse.any()
    assert (table.diffusivity_m2_s < 0.5 * diffusivity).all()


def test_ohmic_jump_does_not_count():
    times, current, voltage = record(3e-17, rest=400 * 3600.0)
    jumped = voltage - 0.05 * current
    plain, ohmic = (
        gitt.titration_table(gitt.find_pulses(times, current, v), THICKNESS, THICKNESS)
        for v in (voltage, jumped)
    )
    assert ohmic.diffusivity_m2_s.to_numpy() == pytest.approx(plain.diffusivity_m2_s.to_numpy())


def test_skip_leaves_out_the_beginning_of_a_pulse():
    times, current, voltage = record(3e-17)
    whole, cut = (gitt.find_pulses(times, current, voltage, skip=s)[0] for s in (0.0, 100.0))
    assert 0 < cut.transient_change < whole.transient_change


def test_pulse_without_rest_on_both_sides_is_left_out():
    times, current, voltage = record(3e-17)
    n = np.flatnonzero(current)[-1]  # in the last pulse
    assert len(gitt.find_pulses(times[: n + 1], current[: n + 1], voltage[: n + 1])) == 2


def test_a_voltage_that_does_not_move_gives_no_number():
    assert np.isnan(gitt.eq_1_diffusivity(gitt.Pulse(0, 900, 3.5, 3.5, 3.5, 3.5), 1e-6))


@pytest.mark.parametrize(
    ("arrays", "message"),
    [
        (([0, 1], [0, 0], [3, 3, 3]), "differ in length"),
        (([0, 0, 1], [0, 1, 0], [3, 3, 3]), "must increase"),
        (([0, 1, 2], [0, 0, 0], [3, 3, 3]), "no current pulse"),
    ],
)
def test_unusable_records_are_refused(arrays, message):
    with pytest.raises(ResultsError, match=message):
        gitt.find_pulses(*arrays)
