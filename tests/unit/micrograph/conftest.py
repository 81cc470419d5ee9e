"""Drawn micrographs with known particles."""

from __future__ import annotations

import numpy as np
import pytest


def draw(balls, shape):
    """Label image of disks or balls (indices..., radius) [pixel]; later ones win."""
    indices = np.indices(shape)
    image = np.zeros(shape, dtype=int)
    for number, (*centre, radius) in enumerate(balls, 1):
        away = sum((axis - c) ** 2 for axis, c in zip(indices, centre, strict=True))
        image[away <= radius**2] = number
    return image


DISKS = [(20, 22, 15), (20, 50, 15), (52, 30, 19), (58, 68, 20), (89, 35, 18), (94, 75, 17)]


@pytest.fixture
def disks():
    """Six disks, some of which touch: (row, column, radius)."""
    return DISKS


@pytest.fixture
def truth():
    """Their label image."""
    return draw(DISKS, (112, 98))


@pytest.fixture
def phases(truth):
    """Three phases: active 1, binder 2 along the left and the lower edge, pore 0."""
    image = (truth > 0).astype(np.uint8)
    rows, columns = np.indices(truth.shape)
    image[(image == 0) & ((columns < 20) | (rows > 100))] = 2
    return image


@pytest.fixture
def gray(truth):
    """Bright particles with a crack, a little blur and noise."""
    from scipy import ndimage

    rng = np.random.default_rng(3)
    bright = np.where(truth > 0, 150.0, 70.0)
    bright[52, 24:30] = 80  # a crack in particle 3
    noisy = ndimage.gaussian_filter(bright, 0.7) + rng.normal(0, 12, truth.shape)
    return np.clip(noisy, 0, 255).astype(np.uint8)
