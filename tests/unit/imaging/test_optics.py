"""Reflectance, depth, blur and camera against what can be worked out by hand."""

from __future__ import annotations

import numpy as np
import pytest
from siblings import siblings

from multiscale.errors import ImagingError
from multiscale.imaging.rendering.optics import (
    FWHM_PER_SIGMA,
    Camera,
    ReflectanceLaw,
    depth_weights,
    transfer_function,
)


def test_reflectance_rises_by_the_stated_gain_and_monotonically():
    law = ReflectanceLaw(pristine=0.97, charged=0.2)
    theta = np.linspace(0.97, 0.2, 50)
    gain = law(theta)
    assert gain[0] == pytest.approx(0, abs=1e-12)
    assert gain[-1] == pytest.approx(0.62)
    assert (np.diff(gain) > 0).all()


def test_reflectance_is_less_sensitive_where_little_lithium_is_left():
    law = ReflectanceLaw(saturation=1.2)
    slope = np.diff(law(np.linspace(1.0, 0.2, 2001)))
    assert slope[-1] / slope[0] == pytest.approx(np.exp(-1.2), rel=1e-3)


def test_weak_saturation_is_a_straight_line():
    law = ReflectanceLaw(saturation=1e-6)
    assert law(0.8) == pytest.approx(0.62 / 4, rel=1e-4)


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"gain": 0.0}, "gain must be positive"),
        ({"saturation": -1.0}, "saturation must be positive"),
        ({"pristine": 0.2, "charged": 0.9}, "must hold less lithium"),
    ],
)
def test_impossible_laws_are_refused(changes, words):
    with pytest.raises(ImagingError, match=words):
        ReflectanceLaw(**changes)


def test_depth_weights_give_the_mean_depth_of_an_exponential():
    depth = np.linspace(0, 4e-6, 20_001)
    mean = depth_weights(depth, 200e-9) @ depth
    assert mean == pytest.approx(200e-9, rel=1e-4)
    assert depth_weights([0.0]) == pytest.approx([1.0])


@siblings("depth", [[], [1e-7, 0.0], [-1e-9, 0.0], [[0.0]]])
def test_depths_that_do_not_increase_are_refused(depth):
    with pytest.raises(ImagingError, match="depths must increase"):
        depth_weights(depth)


def test_blur_has_the_stated_width_and_keeps_the_light():
    fine = np.zeros((64, 64))
    fine[0, 0] = 1
    sigma = 265 / 34.7 / FWHM_PER_SIGMA
    transfer = transfer_function(fine.shape, 1, sigma)
    spread = np.fft.irfft2(np.fft.rfft2(fine) * transfer)
    assert spread.sum() == pytest.approx(1, rel=1e-6)
    offset = np.fft.fftfreq(64, 1 / 64)
    variance = (spread.sum(axis=0) * offset**2).sum()
    assert variance == pytest.approx(sigma**2 + 1 / 12, rel=1e-4)  # a pixel adds 1/12


def test_noise_of_the_camera_is_that_of_its_electrons():
    camera = Camera(full_well_electrons=10_000, read_noise_electrons=20, bits=16, channels=(1.0,))
    light = np.full((300, 300), 0.36, np.float32)
    seen = camera.counts(light, np.random.default_rng(1)) / 65535
    assert seen.mean() == pytest.approx(0.36, abs=2e-4)
    assert seen.std() == pytest.approx(np.sqrt(0.36 / 1e4 + (20 / 1e4) ** 2), rel=0.02)


def test_gamma_bends_and_channels_scale_and_full_scale_saturates():
    light = np.array([[0.25, 2.0]], np.float32)
    quiet = np.random.default_rng(0)
    plain = Camera(noise=0, channels=(1.0, 0.5, 1.0)).counts(light, quiet)
    assert plain.tolist() == [[[64, 32, 64], [255, 255, 255]]]
    bent = Camera(noise=0, channels=(1.0,), gamma=2.0).counts(light, quiet)
    assert bent.tolist() == [[128, 255]]
    assert bent.dtype == np.uint8


@siblings(
    ("changes", "words"),
    [
        ({"bits": 12}, "bits must be 8 or 16"),
        ({"channels": (1.0, 1.0)}, "channels must be"),
        ({"full_well_electrons": 0}, "must be positive"),
        ({"noise": -1}, "at least 0"),
    ],
)
def test_impossible_cameras_are_refused(changes, words):
    with pytest.raises(ImagingError, match=words):
        Camera(**changes)
