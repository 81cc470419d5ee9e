"""Traces of particles whose brightness is known."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from multiscale import ImageStack
from multiscale.errors import ImagingError
from multiscale.imaging.regions import Regions
from multiscale.imaging.registration import Drift, find_drift
from multiscale.imaging.rendering.optics import Camera
from multiscale.imaging.rendering.synthetic import synthetic_movie
from multiscale.imaging.traces import eroded, extract_traces


def true_drift(movie):
    return Drift(movie.disturbances.dx_px, movie.disturbances.dy_px, "none", np.nan)


def true_change(movie):
    """Differential intensity of the true masks, without any disturbance."""
    light = movie.brightness().values
    first = light[:, :3].mean(axis=1, keepdims=True)
    return light / first - 1


def true_regions(movie):
    return Regions(movie.scene.pixel_labels, movie.scene.names)


def measured(movie, drift=None, **options):
    return extract_traces(movie.stack(), drift or true_drift(movie), true_regions(movie), **options)


@pytest.fixture(scope="module")
def movie():
    return synthetic_movie(
        "steps", n_frames=60, size=192, n_particles=10, seed=6, drift_px=8.0, lamp=0.1
    )


def test_traces_are_those_of_the_particles(movie):
    """Under drift and a lamp that wanders by 10 %; at the rim, blur hides some of the change."""
    traces = measured(movie, find_drift(movie.stack()))
    y, truth = traces["y"].values, true_change(movie)
    assert traces["y"].dims == ("particle", "time")
    np.testing.assert_array_equal(traces["time"], movie.time)
    slope = np.sum(y * truth, axis=1) / np.sum(truth**2, axis=1).clip(1e-9)
    reacting = truth[:, -1] > 0.1
    assert reacting.sum() >= 7
    assert slope[reacting].min() > 0.99
    assert slope[reacting].max() < 1.12
    left = y[reacting] - slope[reacting, None] * truth[reacting]
    assert np.abs(left).max() < 0.03
    assert np.abs(y[~reacting]).max() < 0.02


def test_lamp_is_that_of_the_movie(movie):
    traces = measured(movie)
    light = movie.disturbances.lamp / movie.disturbances.lamp[:3].mean()
    assert np.abs(traces["lamp"].values - light).max() < 2e-3
    assert np.ptp(light) > 0.05
    assert float(traces["lamp_wander"]) < 2e-3
    assert traces.attrs["lamp_blocks"] > 100


def test_uncertainty_is_the_scatter_of_inert_particles():
    movie = synthetic_movie(
        "inert", n_frames=80, size=128, n_particles=6, seed=2, camera=Camera(noise=8)
    )
    traces = measured(movie)
    scatter = traces["y"].values.std(axis=1)
    np.testing.assert_allclose(traces["y_u"].values[:, 0], scatter, rtol=0.4)
    assert traces["y_u"].shape == traces["y"].shape


def test_colour_and_gray_frames_give_one_trace(movie):
    gray = replace(movie, camera=Camera(channels=(1.0,), noise=0, bits=16))
    colour = replace(movie, camera=Camera(noise=0, bits=16))
    np.testing.assert_allclose(measured(gray)["y"], measured(colour)["y"], atol=1e-3)


def test_the_rim_is_left_out_by_one_width_of_the_point_spread(movie):
    regions = true_regions(movie)
    traces = measured(movie)
    assert traces.attrs["erosion_px"] == pytest.approx(265 / 2.3548 / 130, rel=1e-4)
    assert (traces["n_pixels"].values < regions.sizes_px).all()
    assert (traces["n_pixels"].values > 0.5 * regions.sizes_px).all()
    whole = measured(movie, erosion_px=0.0)
    np.testing.assert_array_equal(whole["n_pixels"], regions.sizes_px)


def test_erosion_parts_neighbours_and_spares_small_regions():
    labels = np.zeros((40, 40), int)
    labels[5:25, 5:15], labels[5:25, 15:25] = 1, 2  # touching
    labels[30:34, 30:34] = 3
    labels[38, 38] = 4
    inner = eroded(labels, 2.0)
    assert set(np.nonzero((inner == 1).any(axis=0))[0]) == set(range(7, 13))
    assert set(np.nonzero((inner == 2).any(axis=1))[0]) == set(range(7, 23))
    assert (inner == 3).sum() == 9
    assert (inner[31:33, 31:33] == 3).all()  # the deepest stay
    assert (inner == 4).sum() == 1
    np.testing.assert_array_equal(eroded(labels, 0.0), labels)


def disk(n=8):
    labels = np.zeros((64, 64), int)
    labels[20:40, 20:40] = 1
    noise = np.random.default_rng(0).integers(0, 3, (n, 64, 64))
    return labels, 20 + 60 * labels + noise


def still(n):
    return Drift(np.zeros(n), np.zeros(n), "none", np.nan)


def test_a_movie_filled_by_its_particle_has_no_lamp():
    labels, frames = disk()
    stack = ImageStack.from_frames(frames, pixel_size=34.7e-9, frame_interval=1)
    traces = extract_traces(stack, still(8), Regions.from_labels(np.ones((64, 64), int)))
    assert traces.attrs["lamp_blocks"] == 0
    assert (traces["lamp"] == 1).all()
    assert np.isfinite(traces["y"]).all()
    assert labels.any()


def test_what_does_not_belong_together_is_refused():
    labels, frames = disk()
    stack = ImageStack.from_frames(frames, pixel_size=130e-9, frame_interval=1)
    regions = Regions.from_labels(labels)
    with pytest.raises(ImagingError, match=r"\(63, 64\) pixels do not fit"):
        extract_traces(stack, still(8), Regions.from_labels(labels[1:]))
    with pytest.raises(ImagingError, match="drift has 7 frames, frames has 8"):
        extract_traces(stack, still(7), regions)
    with pytest.raises(ImagingError, match="nothing to trace"):
        extract_traces(stack, still(8), regions.without(regions.names, "test"))
    frames[:, labels > 0] = 0
    dark = ImageStack.from_frames(frames, pixel_size=130e-9, frame_interval=1)
    with pytest.raises(ImagingError, match=f"{regions.names[0]!r} is black"):
        extract_traces(dark, still(8), regions)


def test_progress_sees_every_frame(movie):
    seen = []
    measured(movie, progress=lambda frames: (seen.append(1) or f for f in frames))
    assert len(seen) == 60
