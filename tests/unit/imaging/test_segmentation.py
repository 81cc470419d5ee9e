"""Particles found, cut apart and outlined; noise, texture and points left alone."""

from __future__ import annotations

from itertools import islice

import numpy as np
import pytest
from scipy import ndimage
from siblings import siblings

from multiscale.errors import ImagingError
from multiscale.imaging.rendering.optics import Camera
from multiscale.imaging.rendering.synthetic import synthetic_movie
from multiscale.imaging.segmentation import (
    Relief,
    find_particles,
    is_sharp,
    noise_level,
    relief,
    split_at_dips,
    split_touching,
)

PIXEL = 130e-9
FINE = 4


def scene(*circles, shape=(96, 128), matrix=40.0, blur=0.9, noise=2.0, seed=0):
    """Blurred discs of (x, y, radius, height) on a matrix, and their true labels."""
    y, x = (np.mgrid[: shape[0] * FINE, : shape[1] * FINE] + 0.5) / FINE - 0.5
    labels = np.zeros(y.shape, dtype=int)
    heights = [0.0]
    for number, (cx, cy, radius, height) in enumerate(circles, start=1):
        labels[np.hypot(x - cx, y - cy) < radius] = number
        heights.append(height)
    light = ndimage.gaussian_filter(matrix + np.array(heights)[labels], blur * FINE)
    light = light.reshape(shape[0], FINE, shape[1], FINE).mean(axis=(1, 3))
    generator = np.random.default_rng(seed)
    truth = labels[FINE // 2 :: FINE, FINE // 2 :: FINE]
    return light + generator.normal(0, noise, shape), truth


def quality(found, truth):
    """Recall and share of false regions, at an intersection over union above one half."""
    both = np.zeros((truth.max() + 1, found.max() + 1))
    np.add.at(both, (truth.ravel(), found.ravel()), 1)
    union = both.sum(axis=1)[:, None] + both.sum(axis=0)[None] - both
    match = (both / union)[1:, 1:] > 0.5
    return match.any(axis=1).mean(), 1 - match.any(axis=0).mean()


FIVE = ((20, 25, 12, 60), (60, 30, 7, 45), (95, 24, 9, 80), (30, 70, 14, 35), (85, 70, 16, 70))


def first_frames(kind, seed, **camera):
    movie = synthetic_movie(kind, seed=seed, camera=Camera(**camera))
    gray = [frame.mean(axis=-1, dtype=float) for frame in islice(movie.frames(), 3)]
    return np.mean(gray, axis=0), movie.scene.pixel_labels


# --- accuracy ------------------------------------------------------------------------------


@pytest.mark.parametrize("camera", [{"noise": 8.0}, {"gamma": 2.2}, {"bits": 16}])
def test_base_scene_recall_and_false(camera):
    image, truth = first_frames("steps", 11, **camera)
    recall, false = quality(find_particles(image, PIXEL).labels, truth)
    assert recall >= 0.95
    assert false <= 0.02


@pytest.mark.parametrize("noise", [8.0, 16.0])
def test_particles_of_four_to_seven_pixels_at_high_noise(noise):
    image, truth = first_frames("small", 12, noise=noise)
    recall, false = quality(find_particles(image, PIXEL).labels, truth)
    assert recall >= 0.8
    assert false <= 0.1


def test_areas_are_not_biased_by_blur_or_brightness():
    image, truth = scene(*FIVE)
    found = find_particles(image, PIXEL)
    assert len(found) == 5
    order = [truth[tuple(np.round(centre[::-1]).astype(int))] for centre in found.centres_px()]
    true_area = np.bincount(truth.ravel())[order]
    assert found.sizes_px == pytest.approx(true_area, rel=0.05)
    assert found.centres_px()[0] == pytest.approx([95, 24], abs=0.15)


@pytest.mark.parametrize("lamp", [0.5, -0.6])
def test_uneven_lamp_does_not_matter(lamp):
    image, truth = scene(*FIVE)
    shade = 1 + lamp * (np.linspace(-0.5, 0.5, 128)[None] + np.linspace(-0.5, 0.5, 96)[:, None]) / 2
    assert quality(find_particles(image * shade, PIXEL).labels, truth) == (1, 0)


def test_dark_particles_and_the_polarity_that_shows_round_bodies():
    image, truth = scene(*FIVE)
    dark = 250 - image
    assert quality(find_particles(dark, PIXEL, polarity="dark").labels, truth) == (1, 0)
    assert quality(find_particles(dark, PIXEL, polarity="either").labels, truth) == (1, 0)
    assert quality(find_particles(image, PIXEL, polarity="either").labels, truth) == (1, 0)


def test_labels_stay_when_noise_changes():
    one, other = (find_particles(scene(*FIVE, seed=s)[0], PIXEL) for s in (1, 2))
    assert one.names == other.names
    assert one.centres_px() == pytest.approx(other.centres_px(), abs=0.3)


# --- touching ------------------------------------------------------------------------------


@pytest.mark.parametrize("second", [60.0, 30.0])
def test_touching_particles_are_cut_whatever_their_brightness(second):
    image, truth = scene((40, 48, 13, 60), (62, 48, 10, second), (84, 40, 13.5, 60))
    assert quality(find_particles(image, PIXEL).labels, truth) == (1, 0)


def test_ring_of_particles_stays_open():
    around = [
        (64 + 20 * np.cos(a), 48 + 20 * np.sin(a), 10.3, 60)
        for a in np.linspace(0, 2 * np.pi, 6, endpoint=False)
    ]
    image, truth = scene(*around)
    found = find_particles(image, PIXEL)
    assert quality(found.labels, truth) == (1, 0)
    assert found.labels[48, 64] == 0


def test_second_cut_opens_what_blur_had_filled():
    at = [(64 + 14.145 * np.cos(a), 48 + 14.145 * np.sin(a), 12, 80) for a in (0, 2.094, 4.189)]
    image, truth = scene(*at, blur=2.0, noise=0.5)
    assert quality(find_particles(image, PIXEL).labels, truth) == (1, 0)


def test_small_touching_particles_are_cut_where_they_are_dim():
    image, truth = scene((40, 48, 3, 60), (46, 48, 3, 60), (80, 48, 3, 60), noise=1.0)
    assert quality(find_particles(image, PIXEL).labels, truth) == (1, 0)


def test_an_ellipse_is_one_and_neck_decides_what_is_two():
    y, x = np.mgrid[:60, :90]
    ellipse = ((x - 45) / 36) ** 2 + ((y - 30) / 14) ** 2 < 1
    assert split_touching(ellipse).max() == 1
    pair = np.minimum(np.hypot(x - 30, y - 30), np.hypot(x - 52, y - 30)) < 14
    # half width of the neck: sqrt(14^2 - 11^2) = 8.7 of 14
    assert split_touching(pair, neck=0.5).max() == 1
    assert split_touching(pair, neck=0.7).max() == 2
    cut = split_touching(pair, neck=0.7)
    assert np.bincount(cut.ravel())[1] == pytest.approx(np.bincount(cut.ravel())[2], rel=0.1)


def test_dips_cut_small_bodies_only():
    x = np.arange(40.0)
    height = np.tile(10 + 5 * np.cos(x * np.pi / 5), (4, 1))  # tops at 0, 10, 20, ...
    labels = np.zeros((4, 40), dtype=np.int32)
    labels[:, 5:25] = 1
    assert len(np.unique(split_at_dips(labels, height, 0.8, 100))) == 3
    assert len(np.unique(split_at_dips(labels, height, 0.3, 100))) == 2
    assert len(np.unique(split_at_dips(labels, height, 0.8, 79))) == 2


# --- what is no particle -------------------------------------------------------------------


@pytest.mark.parametrize("grain", [0.0, 1.5, 3.0])
def test_nothing_is_found_in_noise(grain):
    for seed in range(3):
        noise = np.random.default_rng(seed).normal(0, 12, (200, 200))
        assert len(find_particles(100 + ndimage.gaussian_filter(noise, grain), PIXEL)) == 0
    assert len(find_particles(np.full((64, 64), 7.0), PIXEL)) == 0


def test_small_and_faint_bodies_are_excluded_and_counted():
    image, _ = scene(*FIVE, (118, 50, 1.2, 200))
    y, x = np.mgrid[:96, :128]
    found = find_particles(
        image + 25 * np.exp(-(np.hypot(x - 50, y - 52) ** 2) / 2 / 3.5**2), PIXEL
    )
    assert len(found) == 5
    left = found.excluded.set_index("reason")["centre_x_px"]
    assert left["smaller than 8 pixels"] == pytest.approx(118, abs=1)
    assert left["its edge is no steeper than the matrix's texture"] == pytest.approx(50, abs=1.5)
    assert len(find_particles(image, PIXEL, smallest_px=24)) == 3


def test_edges_are_judged_against_the_matrix_and_the_typical_particle():
    labels = np.zeros((60, 120), dtype=np.int32)
    for number, (column, side) in enumerate([(5, 10), (25, 10), (45, 10), (65, 10), (85, 4)], 1):
        labels[10 : 10 + side, column : column + side] = number
    steepness = np.array([0.0, 10.0, 9.0, 5.0, 12.0, 7.0])
    height = np.zeros(labels.shape)

    def sharp(matrix_slope, spread):
        found = Relief(height, spread, 50.0, 0.5, steepness[labels], matrix_slope)
        return is_sharp(labels, found).tolist()

    # typical are 9: six tenths of it, or eight for the speck, and 2.2 times the matrix
    assert sharp(1.0, spread=2.0) == [True, True, False, True, False]
    assert sharp(4.2, spread=8.4) == [True, False, False, True, False]
    # a body much larger than the grains of the matrix, of (spread/slope)^2, may be less steep
    assert sharp(4.2, spread=1.05) == [True, True, True, True, False]


def test_a_point_that_is_not_resolved_is_no_particle():
    movie = synthetic_movie("single", seed=1)
    image = next(movie.frames()).mean(axis=-1, dtype=float)
    found = find_particles(image, movie.scene.pixel_size)
    assert quality(found.labels, movie.scene.pixel_labels) == (1, 0)
    assert len(find_particles(image, movie.scene.pixel_size, smallest_px=4)) == 2


# --- change --------------------------------------------------------------------------------


def test_particles_that_only_change_shows_are_added():
    image, truth = scene(*FIVE[:3])
    change, changed = scene((30, 70, 14, 30), (95, 24, 9, 30), matrix=0.0, seed=5)
    found = find_particles(image, PIXEL, change=change)
    assert len(find_particles(image, PIXEL)) == 3
    assert quality(found.labels, np.where(changed == 1, 4, truth)) == (1, 0)


# --- noise and options ---------------------------------------------------------------------


def test_noise_is_measured_beneath_a_scene_and_smoothing_follows_it():
    quiet, noisy = (scene(*FIVE, noise=noise)[0] for noise in (1.0, 12.0))
    assert noise_level(quiet) == pytest.approx(1.0, rel=0.1)
    assert noise_level(noisy) == pytest.approx(12.0, rel=0.05)
    assert relief(quiet, 1.0, 20.0).smoothing == 0.5
    assert relief(noisy, 1.0, 20.0).smoothing == 0.7


@siblings(
    ("image", "options", "message"),
    [
        (np.zeros((9, 9, 3)), {}, r"image must be 2D.*got \(9, 9, 3\)"),
        (np.full((9, 9), np.nan), {}, "81 pixels without a number"),
        (np.zeros((9, 9)), {"polarity": "brigth"}, "did you mean 'bright'"),
        (np.zeros((9, 9)), {"smallest_px": 0}, "at least 1 pixel; got 0"),
        (np.zeros((9, 9)), {"change": np.zeros((9, 8))}, r"\(9, 9\) pixels, change \(9, 8\)"),
    ],
)
def test_wrong_input_is_named(image, options, message):
    with pytest.raises(ImagingError, match=message):
        find_particles(image, PIXEL, **options)
