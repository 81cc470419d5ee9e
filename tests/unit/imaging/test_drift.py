"""Drift on movies in which it is known."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from siblings import siblings

from multiscale import ImageStack
from multiscale.errors import ImagingError
from multiscale.imaging.registration import Drift, find_drift, registered
from multiscale.imaging.rendering.optics import Camera
from multiscale.imaging.rendering.synthetic import synthetic_movie


def rms_px(found, movie):
    """Of both coordinates over all frames."""
    true = movie.disturbances
    return np.sqrt(np.mean([(found.dx_px - true.dx_px) ** 2, (found.dy_px - true.dy_px) ** 2]))


def without_spot(movie):
    return replace(movie, scene=replace(movie.scene, spots=()))


@siblings("noise", [1, 8])
@siblings("kind", ["steps", "gradual", "small"])
def test_correlation_at_electrode_magnification(kind, noise):
    """15 px with jumps, most particles brightening by 60 %, lamp, debris in every frame."""
    movie = synthetic_movie(
        kind,
        n_frames=16,
        size=192,
        n_particles=15,
        camera=Camera(noise=noise),
        seed=4,
        drift_px=15.0,
        lamp=0.1,
        n_debris=3,
    )
    found = find_drift(movie.stack())
    assert rms_px(found, movie) < 0.03
    assert found.largest_px == pytest.approx(15.0, abs=0.1)
    assert (found.method, found.notes) == ("correlation", ())
    assert rms_px(found, movie) / 3 < found.uncertainty_px < 0.05


@pytest.mark.parametrize("noise", [1, pytest.param(8, marks=pytest.mark.slow)])
def test_both_methods_on_a_single_particle(noise):
    movie = synthetic_movie(
        "single", n_frames=16, camera=Camera(noise=noise), seed=5, drift_px=12.0
    )
    stack = movie.stack()
    found = {method: find_drift(stack, method) for method in ("correlation", "spot", "auto")}
    errors = {method: rms_px(drift, movie) for method, drift in found.items()}
    assert max(errors.values()) < 0.05
    assert found["auto"].method == "spot"
    assert errors["auto"] / 3 < found["auto"].uncertainty_px < 0.06


def test_a_particle_that_fills_the_frame_does_not_mislead():
    movie = synthetic_movie("single", n_frames=40, size=192, seed=2, drift_px=5.0)
    stack = movie.stack()
    assert rms_px(find_drift(stack, "correlation"), movie) < 0.02
    assert rms_px(find_drift(stack), movie) < 0.02


def test_without_a_spot_the_correlation_is_used():
    movie = without_spot(synthetic_movie("single", n_frames=10, seed=5, drift_px=12.0))
    stack = movie.stack()
    found = find_drift(stack)
    assert found.method == "correlation"
    assert rms_px(found, movie) < 0.05
    with pytest.raises(ImagingError, match=r'No fixed bright spot .* method="correlation"'):
        find_drift(stack, "spot")


def test_a_given_spot_is_followed():
    movie = synthetic_movie("single", n_frames=8, seed=5, drift_px=6.0)
    stack = movie.stack()
    x, y, _ = movie.scene.spots[0]
    assert rms_px(find_drift(stack, "spot", spot=(x + 1, y - 1)), movie) < 0.03
    with pytest.raises(ImagingError, match="no spot as narrow as the resolution at x = 160"):
        find_drift(stack, "spot", spot=(160, 160))


def test_a_spot_that_moves_by_itself_is_not_trusted():
    """It wanders by four pixels over a scene at rest."""
    movie = without_spot(synthetic_movie("single", n_frames=10, seed=5))
    frames = movie.array().astype(float)
    y, x = np.mgrid[:320, :320]
    for i, frame in enumerate(frames):
        frame += 100 * np.exp(-((x - 40 - 0.4 * i) ** 2 + (y - 40) ** 2) / 22)[..., None]
    stack = ImageStack.from_frames(
        frames.clip(0, 255).astype(np.uint8), pixel_size=34.7e-9, time=movie.time
    )
    found = find_drift(stack)
    assert found.method == "correlation"
    assert "differ by" in found.notes[0]
    assert found.largest_px < 0.4


def test_a_frame_of_something_else_is_named_and_does_no_harm():
    movie = synthetic_movie("steps", n_frames=8, size=128, n_particles=6, seed=4, drift_px=4.0)
    frames = movie.array()
    frames[5] = np.random.default_rng(0).integers(0, 60, frames[5].shape)
    stack = ImageStack.from_frames(frames, pixel_size=130e-9, time=movie.time)
    found = find_drift(stack)
    assert "1 of 8 frames (numbers 5) do not match" in found.notes[0]
    assert found.dx_px[5] == pytest.approx((found.dx_px[4] + found.dx_px[6]) / 2)
    assert found.largest_px < 5


def test_no_drift_on_demand_and_unknown_methods():
    movie = synthetic_movie("steps", n_frames=6, size=96, n_particles=3)
    found = find_drift(movie.stack(), "none")
    assert found.largest_px == 0
    assert np.isnan(found.uncertainty_px)
    with pytest.raises(ImagingError, match="did you mean 'correlation'"):
        find_drift(movie.stack(), "corelation")


def test_progress_sees_every_frame():
    movie = synthetic_movie("steps", n_frames=6, size=96, n_particles=3)
    seen = []
    find_drift(movie.stack(), progress=lambda frames: (seen.append(f) or f for f in frames))
    assert len(seen) in (6, 12)  # a second pass where parts of the image disagree


def test_registered_frames_lie_on_the_first():
    """Frames of one scene, drawn at different places, agree after the shift."""
    movie = synthetic_movie("inert", n_frames=6, size=128, n_particles=8, seed=1, drift_px=9.0)
    movie = replace(movie, camera=Camera(noise=0, bits=16))
    stack, drift = movie.stack(), movie.disturbances
    first, margin = stack.frame(0)[12:-12, 12:-12], slice(12, -12)
    for i, frame in enumerate(stack.frames()):
        back = registered(frame, drift.dx_px[i], drift.dy_px[i])[margin, margin]
        assert np.abs(back - first).max() < 0.02 * first.max()
        assert np.isfinite(back).all()


def test_margins_are_what_left_the_view():
    drift = Drift(np.array([0.0, 2.3, -1.0]), np.array([0.0, -4.0, -0.5]), "none", np.nan)
    assert drift.margins_px == (1, 3, 4, 0)
