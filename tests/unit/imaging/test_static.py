"""Drift of an image that is filled by what reacts."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.ndimage import gaussian_filter, map_coordinates

from multiscale.imaging.registration import find_drift, unchanged
from multiscale.imaging.stack import ImageStack

SIZE, N, MARGIN = 160, 16, 12
PATH = np.column_stack([np.linspace(0, 5, N), 3 * np.sin(np.linspace(0, 3, N))])


def frames():
    """A large particle off the middle whose brightness and rim change, on a dim matrix."""
    generator = np.random.default_rng(6)
    y, x = np.mgrid[-MARGIN : SIZE + MARGIN, -MARGIN : SIZE + MARGIN]
    mottle = gaussian_filter(generator.standard_normal(x.shape), 4)
    matrix = 45 * (1 + 0.15 * mottle / mottle.std())
    radius = np.hypot(x - 110, y - 90)
    for k, (dx, dy) in enumerate(PATH):
        gain = 1 + 0.6 / (1 + np.exp(-1.5 * (k - 8 - 0.04 * (55 - radius))))
        scene = gaussian_filter(np.where(radius < 55, 90 * gain, matrix), 3.2)
        rows, columns = np.mgrid[:SIZE, :SIZE] + MARGIN
        seen = map_coordinates(scene, [rows - dy, columns - dx], order=5)
        yield seen + generator.normal(0, 0.3, seen.shape)


@pytest.fixture(scope="module")
def stack():
    return ImageStack.from_frames(np.array(list(frames())), pixel_size=35e-9, frame_interval=30.0)


def test_the_edge_of_what_brightens_is_not_taken_for_drift(stack):
    drift = find_drift(stack)
    rest = np.column_stack([drift.dx_px, drift.dy_px]) - PATH
    assert np.sqrt(np.mean(np.sum(rest**2, axis=1))) < 0.05
    assert drift.uncertainty_px < 0.05


def test_what_changes_and_its_halo_are_left_out(stack):
    static = unchanged(stack, PATH, 3.2)
    y, x = np.mgrid[:SIZE, :SIZE]
    radius = np.hypot(x - 110, y - 90)
    assert not static[radius < 58].any()
    assert static[radius > 85].mean() > 0.9
