"""The lamp, read from background that reacting particles and debris must not disturb."""

from __future__ import annotations

import numpy as np
import pytest

from multiscale.errors import ImagingError
from multiscale.imaging.illumination import BackgroundBlocks, background_mask, lamp_series
from multiscale.imaging.registration import Drift

LIGHT = 1 + 0.1 * np.sin(np.linspace(0, 5, 80))
LIGHT /= LIGHT[:3].mean()
QUARTERS = np.repeat(np.arange(4), 25)


def blocks(noise=0.0, seed=0):
    """Brightness of 100 blocks under the lamp, (frames, blocks)."""
    generator = np.random.default_rng(seed)
    level = generator.uniform(15, 40, 100)
    return LIGHT[:, None] * level * (1 + noise * generator.standard_normal((80, 100)))


def test_lamp_is_followed_to_the_noise():
    lamp = lamp_series(blocks(noise=0.05), QUARTERS)
    assert np.abs(lamp.factor - LIGHT).max() < 0.025
    assert lamp.factor[:3].mean() == pytest.approx(1.0)
    assert lamp.wander < 0.02


def test_blocks_that_react_are_left_out():
    """A fifth of the blocks hides particles that nobody outlined."""
    values = blocks()
    values[40:, :20] *= 1.6
    lamp = lamp_series(values, QUARTERS)
    np.testing.assert_allclose(lamp.factor, LIGHT, atol=1e-9)
    assert lamp.n_blocks == 80


def test_debris_that_passes_does_not_count():
    """In each frame other blocks are twice as bright, never more than four of them."""
    values = blocks(noise=0.01)
    for i in range(80):
        values[i, i : i + 4] *= 2
    lamp = lamp_series(values, QUARTERS)
    assert np.abs(lamp.factor - LIGHT).max() < 0.01


def test_wander_is_what_quarters_do_by_themselves():
    values = blocks()
    values[:, QUARTERS == 2] *= np.linspace(1, 1.02, 80)[:, None]
    values[:, QUARTERS == 1] *= np.linspace(1, 0.98, 80)[:, None]
    assert 0.004 < lamp_series(values, QUARTERS).wander < 0.03
    assert lamp_series(blocks(), QUARTERS).wander < 1e-9


def test_without_background_the_lamp_is_one():
    lamp = lamp_series(np.empty((80, 0)), np.empty(0, int))
    assert (lamp.factor == 1).all()
    assert (lamp.wander, lamp.n_blocks) == (0.0, 0)


def test_black_background_is_refused():
    with pytest.raises(ImagingError, match="background is black"):
        lamp_series(0 * blocks(), QUARTERS)


def test_mask_keeps_away_from_particles_and_from_what_leaves_the_view():
    labels = np.zeros((60, 80), int)
    labels[30, 40] = 1
    drift = Drift(np.array([0.0, 3.2, -1.0]), np.array([0.0, -6.0, 0.0]), "none", np.nan)
    mask = background_mask(labels, drift)
    y, x = np.mgrid[:60, :80]
    expected = (np.hypot(x - 40, y - 30) > 5) & (x >= 1) & (x < 76) & (y >= 6)
    np.testing.assert_array_equal(mask, expected)


def test_blocks_average_their_pixels_and_know_their_quarter():
    mask = np.ones((32, 48), bool)
    mask[:8, :8] = False
    mask[8:16, :5] = False  # less than half of a block is left
    image = np.arange(32 * 48.0).reshape(32, 48)
    found = BackgroundBlocks(mask)
    assert len(found) == 22
    np.testing.assert_allclose(found.means(image)[0], image[:8, 8:16].mean())
    np.testing.assert_allclose(found.means(image)[-1], image[24:, 40:].mean())
    assert (found.quarters[0], found.quarters[-1]) == (0, 3)


def test_too_little_background_makes_no_block():
    mask = np.zeros((32, 32), bool)
    mask[:8, :12] = True
    assert len(BackgroundBlocks(mask)) == 0
    assert BackgroundBlocks(mask).means(np.ones((32, 32))).shape == (0,)
