"""Uneven light that stays while the scene drifts through it."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.ndimage import gaussian_filter, map_coordinates

from multiscale.imaging.illumination import find_shading
from multiscale.imaging.pipeline import measure
from multiscale.imaging.registration import Drift
from multiscale.imaging.segmentation import find_particles
from multiscale.imaging.stack import ImageStack

SIZE = 160
Y, X = np.mgrid[:SIZE, :SIZE].astype(float)
PATH = np.column_stack([9 * np.sin(np.linspace(0, 2.5, 60)), -11 * np.linspace(0, 1, 60)])
CENTRES = [(30, 40), (70, 30), (120, 36), (40, 90), (90, 100), (125, 120), (60, 130)]


def light(x, y):
    """Brightest off the middle, 40 % in the darkest corner."""
    return 1 - 0.7 * (((x - 100) / SIZE) ** 2 + ((y - 60) / SIZE) ** 2)


def scene(margin=20):
    """Discs on a mottled matrix, wider than the view."""
    y, x = np.mgrid[-margin : SIZE + margin, -margin : SIZE + margin].astype(float)
    mottle = gaussian_filter(np.random.default_rng(3).standard_normal(x.shape), 2)
    drawn = 45 * (1 + 0.12 * mottle / mottle.std())
    for cx, cy in CENTRES:
        drawn[np.hypot(x - cx, y - cy) < 11] = 95
    return gaussian_filter(drawn, 1.0)


def drifting(still, margin=20):
    """Frames of a scene that moves while the light stays."""
    generator = np.random.default_rng(4)
    for dx, dy in PATH:
        seen = map_coordinates(still, [Y - dy + margin, X - dx + margin], order=3)
        yield light(X, Y) * seen + generator.normal(0, 0.4, seen.shape)


def blocks():
    """Places of background blocks and their brightness along the drift under a lamp."""
    x, y = (part.ravel() for part in np.meshgrid(np.arange(4, SIZE, 8.0), np.arange(4, SIZE, 8.0)))
    level = np.random.default_rng(0).uniform(20, 50, x.size)
    lamp = 1 + 0.05 * np.sin(np.arange(len(PATH)))
    along = light(x + PATH[:, :1], y + PATH[:, 1:])
    return np.column_stack([x, y]), lamp[:, None] * level * along


def as_drift(path):
    return Drift(path[:, 0], path[:, 1], "correlation", 0.01)


def test_light_is_told_from_the_lamp():
    places, values = blocks()
    values[30:, 45:300:6] *= 1.5  # a tenth of the blocks hides what reacts
    found = find_shading(values, places, as_drift(PATH), (SIZE, SIZE))
    at = np.array([[20.0, 20], [140, 30], [80, 80], [30, 140], [130, 130]])
    true = light(at[:, 0] + PATH[:, :1], at[:, 1] + PATH[:, 1:]) / light(*at.T)
    rest = found.gain(at) / true
    assert np.ptp(true / true.mean(axis=1, keepdims=True)) > 0.1
    assert np.ptp(rest / rest.mean(axis=1, keepdims=True)) < 0.01
    assert found.left(at) > 0.002


@pytest.mark.parametrize("still", ["light", "scene"])
def test_even_light_and_a_still_scene_are_left_alone(still):
    places, values = blocks()
    path = 0 * PATH if still == "scene" else PATH
    if still == "light":
        values = 30 + np.random.default_rng(1).normal(0, 0.5, values.shape)
    found = find_shading(values, places, as_drift(path), (SIZE, SIZE))
    assert (found.gain(places) == 1).all()
    assert found.left(places) == 0


def test_particles_that_drift_through_uneven_light_do_not_react():
    frames = np.array(list(drifting(scene())))
    stack = ImageStack.from_frames(frames, pixel_size=130e-9, frame_interval=30.0)
    measured = measure(stack)
    assert len(measured.regions) == len(CENTRES)
    assert not (measured.timings["status"] == "reacted").any()
    assert np.abs(measured.traces["y"]).max() < 0.02


def test_particles_in_a_dark_corner_are_found():
    y, x = np.mgrid[: 2 * SIZE, : 2 * SIZE].astype(float)
    mottle = gaussian_filter(np.random.default_rng(3).standard_normal(x.shape), 2)
    drawn = 45 * (1 + 0.12 * mottle / mottle.std())
    for cx, cy in np.random.default_rng(5).permutation(np.argwhere(np.ones((7, 7))))[:30]:
        drawn[np.hypot(x - 40 * cx - 40, y - 40 * cy - 40) < 10] = 80
    vignetted = gaussian_filter(drawn, 1.0) * (1.1 - 1.0 * np.hypot(x - 100, y - 80) / 320)
    assert len(find_particles(vignetted, 130e-9)) == 30
