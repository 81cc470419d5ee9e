"""Touching particles told apart."""

from __future__ import annotations

import numpy as np
from siblings import siblings

from multiscale.micrograph.particles import split_particles


def pair(radius, distance, shape=(60, 130)):
    """Two overlapping disks on one line."""
    rows, columns = np.indices(shape)
    middle = np.array(shape) / 2
    beside = np.abs(columns - middle[1]) - distance / 2
    return np.hypot(rows - middle[0], beside) <= radius


def neck_of(radius, distance):
    """Half width of the neck over the radius."""
    return np.sqrt(1 - (distance / 2 / radius) ** 2)


@siblings(("radius", "neck"), [(8, 0.6), (14, 0.6), (14, 0.75), (22, 0.75)])
def test_necks_narrower_than_stated_split(radius, neck):
    distance = 2 * radius * np.sqrt(1 - neck**2)
    assert split_particles(pair(radius, distance)).max() == 2
    assert split_particles(pair(radius, distance), neck=neck - 0.1).max() == 1


def test_wide_necks_are_bumps_of_one_particle():
    mask = pair(24, 0.6 * 24)
    assert neck_of(24, 0.6 * 24) > 0.95
    assert split_particles(mask).max() == 1


def test_split_runs_along_the_neck():
    labels = split_particles(pair(20, 32))
    sizes = np.bincount(labels.ravel())[1:]
    assert abs(sizes[0] - sizes[1]) <= 0.03 * sizes.sum()
    columns = [np.nonzero(labels == n)[1] for n in (1, 2)]
    assert columns[0].max() <= columns[1].min() + 2


def test_shallow_steps_of_pixels_do_not_split():
    """Long rods have many maxima of the distance, and no neck."""
    rows, columns = np.indices((40, 200))
    tilted = np.abs((rows - 20) - 0.06 * (columns - 100)) < 9
    assert split_particles(tilted).max() == 1


def test_volume():
    planes, rows, columns = np.indices((24, 24, 44))
    mask = np.sqrt((planes - 12) ** 2 + (rows - 12) ** 2 + (np.abs(columns - 22) - 9) ** 2) <= 10
    labels = split_particles(mask)
    assert labels.max() == 2
    assert (labels > 0).sum() == mask.sum()


def test_everything_belongs_to_a_particle_and_nothing_else_does():
    rng = np.random.default_rng(0)
    from scipy import ndimage

    mask = ndimage.gaussian_filter(rng.random((120, 120)), 3) > 0.5
    assert np.array_equal(split_particles(mask) > 0, mask)


def test_necks_must_be_as_deep_as_stated():
    mask = pair(14, 2 * 14 * np.sqrt(1 - 0.75**2))  # the neck is 3.5 pixels shallower
    assert split_particles(mask, depth_pixels=2).max() == 2
    assert split_particles(mask, depth_pixels=5).max() == 1
