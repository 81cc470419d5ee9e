"""Short movies with known timings, measured like an experiment; the long ones are in
test_slow_movie_timings.py."""

from __future__ import annotations

import numpy as np
import pytest
from verification.movie_scores import matches, score

from multiscale.imaging.pipeline import measure
from multiscale.imaging.rendering.optics import Camera
from multiscale.imaging.rendering.synthetic import synthetic_movie


def judged(kind="steps", **options):
    movie = synthetic_movie(kind, **{"n_frames": 120, "size": 192, "n_particles": 14} | options)
    return score(movie, measure(movie.stack()))


@pytest.fixture(scope="module")
def disturbed():
    return judged(drift_px=3.0, lamp=0.1, n_debris=1, camera=Camera(noise=2), seed=4)


def test_particles_are_found_and_none_invented(disturbed):
    assert disturbed.recall >= 0.9
    assert disturbed.false == 0
    assert disturbed.false_reacting == 0


def test_drift_is_found_to_a_twentieth_of_a_pixel(disturbed):
    assert disturbed.drift_rms_px <= 0.05


@pytest.mark.parametrize(("time", "median", "most"), [("t10_s", 0.3, 0.6), ("t50_s", 0.15, 0.35)])
def test_steps_are_timed_within_a_frame(disturbed, time, median, most):
    found = disturbed.quantiles(time)
    assert found[0] <= median * 1.5
    assert found[1] <= most * 1.5


def test_intervals_hold_the_truth_and_the_order_is_kept(disturbed):
    assert disturbed.coverage >= 0.88
    assert disturbed.tau >= 0.98


def test_nothing_reacts_in_an_inert_movie():
    movie = synthetic_movie("inert", n_frames=60, size=192, n_particles=10, lamp=0.05, seed=1)
    measured = measure(movie.stack())
    assert len(measured.timings) >= 9
    assert "reacted" not in set(measured.timings["status"])


def test_regions_are_matched_by_overlap():
    true = np.zeros((4, 8), int)
    true[:, :4], true[:, 5:] = 1, 2
    found = np.where(true == 2, 1, 0)
    found[:2, :3] = 2  # three eighths of the first particle
    assert matches(true, found) == {2: 1}
