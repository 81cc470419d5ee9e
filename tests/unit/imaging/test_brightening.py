"""Particles as dim as the matrix, which only their reaction shows."""

from __future__ import annotations

import numpy as np
import pandas as pd
from scipy.ndimage import gaussian_filter

from multiscale.imaging.pipeline import measure
from multiscale.imaging.registration import Drift
from multiscale.imaging.segmentation import brightening
from multiscale.imaging.stack import ImageStack

SIZE, N = 160, 60
Y, X = np.mgrid[:SIZE, :SIZE]
BRIGHT = [(30, 40), (120, 36), (120, 120)]
DIM = [(75, 80), (40, 125)]
CHARGE = pd.DataFrame({"kind": ["charge"], "start_s": [0.0], "end_s": [30.0 * (N - 1)]})


def frames(contrast):
    """Discs on a matrix of strong texture, some no brighter than its bright parts."""
    generator = np.random.default_rng(2)
    mottle = gaussian_filter(generator.standard_normal((SIZE, SIZE)), 2)
    still = 70 * (1 + 0.13 * mottle / mottle.std())
    discs = {place: np.hypot(X - place[0], Y - place[1]) < 11 for place in BRIGHT + DIM}
    for place, disc in discs.items():
        still[disc] = (130 if place in BRIGHT else 84) * (still[disc] / 70) ** 0.5
    for k in range(N):
        scene = still.copy()
        for order, disc in enumerate(discs.values()):
            scene[disc] *= 1 + contrast / (1 + np.exp(-2 * (k - 12 - 8 * order)))
        light = 1 + 0.04 * np.sin(k / 9) + 0.0004 * k * (X / SIZE - 0.5)
        yield light * gaussian_filter(scene, 0.9) + generator.normal(0, 1.0, scene.shape)


def stack(contrast):
    return ImageStack.from_frames(
        np.array(list(frames(contrast))), pixel_size=130e-9, frame_interval=30.0
    )


def test_dim_particles_that_react_are_found_and_timed():
    table = measure(stack(0.5)).timings
    assert (table["status"] == "reacted").all()
    expected = 30.0 * (12 + 8 * np.arange(5))
    np.testing.assert_allclose(np.sort(table["t50_s"]), expected, atol=10)


def test_where_nothing_reacts_nothing_is_added():
    measured = measure(stack(0.0))
    assert len(measured.regions) == len(BRIGHT)
    assert (measured.timings["status"] == "no_change").all()


def test_margins_of_the_drift_show_no_change():
    path = np.linspace(0, 12, N)
    drift = Drift(path, -path / 2, "correlation", 0.01)
    found = brightening(stack(0.5), drift, CHARGE)
    assert np.ptp(found[:, -13:]) == np.ptp(found[:1]) == 0
    assert np.ptp(found[:, :-13]) > 20


def test_a_movie_without_the_end_of_a_charge_shows_none():
    still = Drift(np.zeros(N), np.zeros(N), "none", np.nan)
    assert brightening(stack(0.0), still, CHARGE.assign(kind="discharge")) is None
