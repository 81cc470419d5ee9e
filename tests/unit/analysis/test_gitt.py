"""Eq. 1 on records whose diffusivity is known: exact where it holds, biased where it does not."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.optimize import brentq
from scipy.special import erf
from siblings import siblings

from multiscale.analysis import gitt
from multiscale.analysis.cycler import Record
from multiscale.analysis.gitt_record import Sample, titration
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


# --- both sides of a pulse, on a sphere whose diffusivity is known --------------------------

RADIUS = 1e-6
SPHERE = [  # roots of tan s = s
    brentq(lambda s: np.sin(s) - s * np.cos(s), n * np.pi, (n + 0.5) * np.pi) for n in range(1, 400)
]


def sphere(ratio, rests, lengths=600.0, sign=1.0, ohm=0.0, opening=60.0, pulses=8):
    """Titration of a sphere with tau D/R^2 = ratio for 600 s: times, current, voltage, D.

    Linear potential; superposed exact solutions, so that what a rest leaves is in the next pulse.
    """
    rests, lengths = (np.broadcast_to(x, pulses) for x in (rests, lengths))
    diffusivity, roots = ratio * RADIUS**2 / 600.0, np.array(SPHERE)

    def driven(t):
        x = np.maximum(t, 0) * diffusivity / RADIUS**2
        late = np.maximum(x, 0.02)
        series = (np.exp(-(roots[:, None] ** 2) * late) / roots[:, None] ** 2).sum(axis=0)
        early = np.exp(np.minimum(x, 1)) * (1 + erf(np.sqrt(x))) - 1  # nothing is back yet
        return np.where(x < 0.02, early, 3 * x + 1 / 5 - 2 * series)

    times, on, starts, now = [np.linspace(0, opening, 4)], [np.zeros(4)], [], opening
    for rest, length in zip(rests, lengths, strict=True):
        starts.append(now)
        times += [now + np.r_[1e-3, np.linspace(0, length, 100)[1:]]]
        times += [now + length + np.r_[1e-3, np.linspace(0, rest, 100)[1:]]]
        on += [np.ones(100), np.zeros(100)]
        now += length + rest
    t, current = np.concatenate(times), sign * np.concatenate(on)
    removed = sum(
        driven(t - start) - driven(t - start - length)
        for start, length in zip(starts, lengths, strict=True)
    )
    return t, current, 3.6 + sign * (0.001 / ratio * removed) + ohm * current, diffusivity


def tables(*arguments, **options):
    t, current, voltage, diffusivity = sphere(*arguments, **options)
    plain = gitt.titration_table(gitt.find_pulses(t, current, voltage), RADIUS / 3, RADIUS)
    gain = 0.003 * np.trapezoid(np.abs(current), t) / 600
    theta = (0.5, 0.5 - np.sign(current[np.abs(current).argmax()]) * gain)
    whole = titration(Record(t, current, voltage), Sample.of_particles(RADIUS, "sphere", theta))
    return plain, whole, diffusivity


@pytest.mark.parametrize("hours", [1, 2, 4])
def test_a_rest_cut_short_is_flagged_before_and_after_the_pulse(hours):
    """At tau D/R^2 = 0.001 a rest of 4 h leaves D up to 150 % high, in pulses that are short."""
    plain, whole, diffusivity = tables(0.001, hours * 3600.0)
    for table in (plain, whole):
        error = table["diffusivity_m2_s"] / diffusivity - 1
        assert error.max() > 0.5
        assert table["short_pulse"].sum() >= 5
        assert not table["relaxed"].any()
        assert not table["valid"].any()


@siblings("ratio", [0.0005, 0.002, 0.005])
@siblings("options", [{}, {"sign": -1.0}, {"ohm": 0.02}])
def test_what_is_called_valid_is_right(ratio, options):
    plain, whole, diffusivity = tables(ratio, 0.3 * 600 / ratio, **options)
    assert plain["valid"].all()
    assert plain["diffusivity_m2_s"].to_numpy() == pytest.approx(diffusivity, rel=0.13)
    assert whole[["short_pulse", "relaxed", "steady_current"]].all(axis=None)
    assert whole["finite_diffusivity_m2_s"].to_numpy() == pytest.approx(diffusivity, rel=0.01)


@pytest.mark.parametrize("ratio", [0.01, 0.02, 0.1])
def test_a_long_pulse_is_flagged_and_read_by_the_exact_solution(ratio):
    plain, whole, diffusivity = tables(ratio, 0.5 * 600 / ratio)
    assert not plain["short_pulse"].any()
    assert not plain["valid"].any()
    assert (plain["diffusivity_m2_s"] < 0.87 * diffusivity).all()
    assert whole["finite_diffusivity_m2_s"].to_numpy() == pytest.approx(diffusivity, rel=0.02)


def test_the_rest_before_a_pulse_counts():
    """One rest of twelve is cut short: the pulse before it and the pulse after it are no good."""
    rests = np.full(8, 0.3 * 600 / 0.002)
    rests[3] = 600.0
    plain, whole, _ = tables(0.002, rests)
    for table in (plain, whole):
        assert table["relaxed"].tolist() == [True] * 3 + [False] * 2 + [True] * 3


def test_pulses_of_unequal_length():
    lengths = np.array([600, 300, 900, 600, 450, 600, 1200, 600.0])
    _, whole, diffusivity = tables(0.001, 0.3 * 600 / 0.001, lengths)
    assert whole["duration_s"].to_numpy() == pytest.approx(lengths)
    assert whole["relaxed"].all()
    assert whole["finite_diffusivity_m2_s"].to_numpy() == pytest.approx(diffusivity, rel=0.02)


def test_a_last_rest_that_was_not_recorded_is_no_rest():
    t, current, voltage, _ = sphere(0.002, 0.3 * 600 / 0.002)
    last = np.flatnonzero(current)[-1]
    for kept in (last + 1, last + 2):  # nothing, or one sample, after the last pulse
        cut = gitt.find_pulses(t[:kept], current[:kept], voltage[:kept])
        table = gitt.titration_table(cut, RADIUS / 3, RADIUS)
        assert table["valid"].tolist() == [True] * 7 + [False] * (kept - last - 1)


@pytest.mark.parametrize("change", ["falls", "turns"])
def test_a_current_that_is_not_constant_is_flagged(change):
    t, current, voltage, _ = sphere(0.002, 0.3 * 600 / 0.002)
    third = (t > t[current > 0][230]) & (t < t[current > 0][299] + 1e-9) & (current > 0)
    changed = np.where(third, 0.5 * current if change == "falls" else -current, current)
    table = gitt.titration_table(gitt.find_pulses(t, changed, voltage), RADIUS / 3, RADIUS)
    assert table["steady_current"].tolist() == [True, True, False] + [True] * 5
    assert not table["valid"].iloc[2]


def test_exact_solution_has_the_limits_of_crank():
    """Short: 2 sqrt(x/pi) over the mean of any shape; long: parabolic, 1/3, 1/4, 1/5."""
    for shape, power, parabola in (("slab", 1, 3), ("cylinder", 2, 4), ("sphere", 3, 5)):
        short = gitt.surface_over_mean(1e-6, shape)[0]
        assert short == pytest.approx(2 / np.sqrt(np.pi * 1e-6) / power, rel=1e-3)
        long = gitt.surface_over_mean(2.0, shape)[0]
        assert long == pytest.approx(1 + 1 / (parabola * power * 2.0), rel=1e-6)
    with pytest.raises(ResultsError, match="Unknown shape 'cube'"):
        gitt.surface_over_mean(0.1, "cube")
