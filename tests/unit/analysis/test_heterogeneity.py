"""Numbers drawn from lithium fields, on shapes and curves whose answer is known."""

from __future__ import annotations

import numpy as np
import pytest
from siblings import siblings

from multiscale.analysis import heterogeneity as analysis


@pytest.fixture
def disk():
    """Points of a fine square grid within the unit circle, (2, n)."""
    x, y = np.meshgrid(*2 * [np.linspace(-1, 1, 401)])
    inside = x**2 + y**2 < 1
    return np.array([x[inside], y[inside]])


def test_half_disk_lies_where_its_centroid_is(disk):
    signal = np.where(disk[0] > 0, 0.0, 1.0)[:, None]
    moved = analysis.unreacted_displacement(disk, np.ones(disk.shape[1]), signal)
    # centroid of a half disk: 4R/(3 pi); the grid spacing is 0.005
    assert moved[:, 0] == pytest.approx([4 / (3 * np.pi), 0], abs=0.003)


def test_concentric_region_is_not_displaced(disk):
    signal = np.hypot(*disk)[:, None] * 0.1  # below 0.05 within half the radius
    moved = analysis.unreacted_displacement(disk, np.ones(disk.shape[1]), signal)
    assert moved == pytest.approx(0, abs=1e-12)


def test_displacement_is_zero_before_and_nan_after_everything_has_reacted(disk):
    n = disk.shape[1]
    signal = np.stack([np.zeros(n), np.ones(n)], axis=1)
    moved = analysis.unreacted_displacement(disk, np.ones(n), signal)
    assert moved[:, 0] == pytest.approx(0, abs=1e-12)
    assert np.isnan(moved[:, 1]).all()


def test_a_region_smaller_than_the_smallest_share_has_no_centre(disk):
    signal = np.where(disk[0] > 0.95, 0.0, 1.0)[:, None]  # 0.7 % of the disk
    weights = np.ones(disk.shape[1])
    assert np.isnan(analysis.unreacted_displacement(disk, weights, signal)).all()
    kept = analysis.unreacted_displacement(disk, weights, signal, smallest_share=0.001)
    assert kept[0, 0] > 0.95


def test_a_difference_at_the_level_does_not_exceed_it():
    mean = [0, 0.1, 0.2, 0.3]
    assert analysis.heterogeneous_range(mean, [0.5] * 4, 0.5) == 0
    assert analysis.heterogeneous_range(mean, [-0.75] * 4, 0.5) == pytest.approx(0.3)


def test_weights_count():
    points, signal = np.array([[0.0, 1.0]]), np.zeros((2, 1))
    reacted = np.array([[1.0], [0.0]])
    assert analysis.unreacted_displacement(points, [3, 1], signal)[0, 0] == 0
    assert analysis.unreacted_displacement(points, [3, 1], reacted)[0, 0] == 0.75


def test_optical_scale_is_linear_and_its_threshold_is_stated():
    removed = analysis.UNREACTED_SIGNAL * analysis.OPTICAL_SPAN / analysis.OPTICAL_RISE
    assert removed == pytest.approx(0.0637, abs=1e-4)
    assert analysis.optical_stand_in(0.79) == pytest.approx(0.62)


@siblings(
    ("values", "level", "expected"),
    [
        ([0, 1, 2], 1.5, 1.5),
        ([2, 1, 0], 1.5, 0.5),
        ([1, 2, 3], 1, 0.0),
        ([0, 0, 0], 1, np.nan),
        ([0, 2, 0], 1, 0.5),
    ],
)
def test_first_crossing(values, level, expected):
    assert analysis.first_crossing([0, 1, 2], values, level) == pytest.approx(expected, nan_ok=True)


def test_convexity_of_diffusion_with_a_constant_coefficient_is_at_most_one():
    """Slab with a constant flux, exact series for its closed side."""
    t = np.linspace(0, 1, 2001)
    n = np.arange(1, 200)[:, None]
    tail = ((-1.0) ** (n + 1) / n**2 * np.exp(-(n**2) * np.pi**2 * t)).sum(axis=0)
    centre = t - 1 / 6 + 2 / np.pi**2 * tail
    assert analysis.convexity(t, centre, t) == pytest.approx(1, abs=1e-3)


def test_heterogeneous_range_is_exact_for_a_triangle():
    x = np.linspace(0, 1, 7)
    peak = 1 - np.abs(2 * x - 1)
    assert analysis.heterogeneous_range(x, peak, 0.5) == pytest.approx(0.5)
    assert analysis.heterogeneous_range(x, -peak, 0.5) == pytest.approx(0.5)
    assert analysis.heterogeneous_range(x, peak, 2.0) == 0
    assert analysis.heterogeneous_range(x, peak, -1.0) == pytest.approx(1)
