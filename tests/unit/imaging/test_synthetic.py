"""Synthetic movies: what they promise about sizes, courses and truth."""

from __future__ import annotations

import numpy as np
import pytest
from siblings import siblings

from multiscale.errors import ImagingError
from multiscale.imaging.rendering.optics import Camera
from multiscale.imaging.rendering.renderer import Population, drawn_scene
from multiscale.imaging.rendering.synthetic import KINDS, synthetic_movie

QUIET = Camera(noise=0, bits=16, channels=(1.0,))


def small(kind="steps", **options):
    return synthetic_movie(kind, n_frames=60, size=160, n_particles=8, **options)


def test_base_scene_is_as_described():
    movie = synthetic_movie()
    assert movie.shape == (400, 320, 320, 3)
    labels = movie.scene.pixel_labels
    diameters = 2 * np.sqrt(np.bincount(labels.ravel())[1:] / np.pi)
    assert len(diameters) == 39
    assert diameters.min() > 13
    assert diameters.max() < 33
    assert len(movie.reacting) == 33
    assert movie.scene.pixel_size == 130e-9


def test_some_particles_touch():
    labels = synthetic_movie().scene.pixel_labels
    for pair in ((labels[:, :-1], labels[:, 1:]), (labels[:-1], labels[1:])):
        first, second = pair
        assert ((first != second) & (first > 0) & (second > 0)).any()


@siblings("kind", [name for name in KINDS if name != "single"])
def test_courses_rise_from_0_to_1_or_stay(kind):
    movie = small(kind, seed=5)
    progress = movie.progress(np.arange(60))
    change = progress[:, -1] - progress[:, 0]
    assert (np.diff(progress) >= 0).all()
    assert ((change == 0) | (change > 0.9)).all()
    assert (change > 0.5).sum() == len(movie.reacting) == (0 if kind == "inert" else 7)


def test_kinds_react_as_fast_as_they_say():
    width = {
        kind: small(kind, seed=2).lithium_truth["width_s"].dropna() / 30
        for kind in ("steps", "broad", "gradual")
    }
    assert width["steps"].median() < 4
    assert width["broad"].min() > 4
    assert width["gradual"].min() > 30


def test_seed_decides_everything():
    first, again, other = (small(seed=seed) for seed in (1, 1, 2))
    np.testing.assert_array_equal(next(first.frames()), next(again.frames()))
    assert (first.scene.labels != other.scene.labels).any()
    np.testing.assert_allclose(first.array()[3].mean(axis=2), first.stack().frame(3), rtol=1e-5)


def test_brightness_is_what_noiseless_frames_show_in_the_true_masks():
    movie = small(camera=QUIET)
    frames = movie.array() / 65535
    for number, name in enumerate(movie.scene.names, start=1):
        seen = frames[:, movie.scene.pixel_labels == number].mean(axis=1)
        np.testing.assert_allclose(movie.brightness().sel(particle=name), seen, atol=2e-5)


def test_optical_and_lithium_truth_differ_by_the_bend_of_the_law():
    movie = small("gradual")
    both = movie.optical_truth["t50_s"] - movie.lithium_truth["t50_s"]
    share = both.dropna() / movie.time[-1]
    assert (share < -0.08).all()  # a saturating signal runs ahead of a ramp
    assert (share > -0.16).all()


def test_truth_knows_what_happens_between_frames():
    movie = small(seed=2)
    middles = {n: c.middle for n, c in zip(movie.scene.names, movie.courses, strict=True) if c}
    truth = movie.lithium_truth.set_index("particle")
    assert len(middles) == 7
    for name, middle in middles.items():
        assert truth.loc[name, "t50_s"] / 30 == pytest.approx(middle, abs=0.02)


def test_inert_particles_do_not_change():
    movie = small("inert")
    assert movie.reacting == []
    assert set(movie.optical_truth["status"]) == {"no_change"}


def test_single_particle_reacts_from_its_rim_inwards():
    movie = synthetic_movie("single", n_frames=40, size=160, camera=QUIET)
    inside = movie.scene.pixel_labels == 1
    rows, columns = np.nonzero(inside)
    middle = int(rows.mean()), int(columns.mean())
    rim = middle[0], columns[rows == middle[0]].min() + 6
    frames = movie.array().astype(float)
    gain = frames / frames[0] - 1
    done = [int((gain[(slice(None), *pixel)] > 0.31).argmax()) for pixel in (rim, middle)]
    assert done[1] - done[0] > 3
    assert gain[-1][inside].max() == pytest.approx(0.62, abs=0.01)
    assert movie.delithiated().values[0, [0, -1]] == pytest.approx([0, 1])


def test_disturbances_reach_the_frames():
    quiet = small(camera=QUIET).array().astype(float)
    dimmed = small(camera=QUIET, lamp=0.1).array().astype(float)
    ratio = dimmed.mean(axis=(1, 2)) / quiet.mean(axis=(1, 2))
    assert np.abs(ratio - 1).max() == pytest.approx(0.1, abs=1e-3)


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"kind": "stepz"}, "Unknown kind of movie 'stepz'"),
        ({"n_frames": 3}, "at least 6 frames"),
        ({"size": 64}, "finds no room"),
    ],
)
def test_impossible_movies_are_refused(options, words):
    with pytest.raises(ImagingError, match=words):
        synthetic_movie(**options)


def test_particles_keep_apart_unless_they_touch():
    scene = drawn_scene(Population(20, (10.0, 16.0), touching=0.0), (200, 200), seed=7)
    labels = scene.pixel_labels
    for number in range(1, 21):
        rows, columns = np.nonzero(labels == number)
        for i, j in ((0, 1), (1, 0), (0, -1), (-1, 0)):
            around = labels[rows + i, columns + j]
            assert set(np.unique(around)) <= {0, number}
