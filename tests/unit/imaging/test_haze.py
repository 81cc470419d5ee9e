"""Haze and lamp, told apart by the mottle of the background."""

from __future__ import annotations

import numpy as np
import pytest

from multiscale.imaging.illumination import haze_series, lamp_series
from multiscale.imaging.regions import Regions
from multiscale.imaging.registration import find_drift
from multiscale.imaging.rendering.synthetic import synthetic_movie
from multiscale.imaging.traces import extract_traces

N = 200
LAMP = 1 + 0.1 * np.sin(np.linspace(0, 4, N))
BLEACHED = 8 * np.exp(-3 * np.arange(N) / N) - 8
QUARTERS = np.repeat(np.arange(4), 100)


def blocks(haze=0.0, noise=0.3, spread=0.1, seed=0):
    """Counts of 400 blocks of background, mottled by a tenth."""
    generator = np.random.default_rng(seed)
    level = 30 * (1 + spread * generator.standard_normal(400))
    counts = LAMP[:, None] * level + np.reshape(haze, (-1, 1))
    return counts + noise * generator.standard_normal((N, 400))


def test_lamp_and_haze_are_told_apart():
    lamp = lamp_series(blocks(BLEACHED), QUARTERS)
    assert np.abs(lamp.haze - BLEACHED).max() < 0.6
    assert np.abs(lamp.factor - LAMP).max() < 0.02


def test_a_lamp_alone_is_no_haze():
    assert (haze_series(blocks()) == 0).all()


@pytest.mark.parametrize(("noise", "spread"), [(0.3, 0.0), (3.0, 0.02)])
def test_what_cannot_be_told_apart_is_left_to_the_lamp(noise, spread):
    """An even background, or one whose mottle drowns in noise."""
    assert (haze_series(blocks(0.1 * BLEACHED, noise, spread)) == 0).all()


def test_blocks_with_debris_do_not_count():
    counts = blocks(BLEACHED)
    for i in range(N):
        counts[i, i : i + 8] += 20
    assert np.abs(haze_series(counts) - BLEACHED).max() < 0.6


def test_bleaching_makes_no_particle_react():
    movie = synthetic_movie("inert", n_frames=80, size=160, n_particles=8, seed=1, haze=0.05)
    regions = Regions(movie.scene.pixel_labels, movie.scene.names)
    stack = movie.stack()
    traces = extract_traces(stack, find_drift(stack, "none"), regions)
    assert np.ptp(movie.disturbances.haze) > 0.03  # a third of the matrix
    assert np.abs(traces["y"]).max() < 0.015
    assert float(traces["haze"][-1]) < -5
