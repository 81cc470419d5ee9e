"""Shifts between two images: the parts that drift is made of, and a real pair."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import tifffile
from scipy.ndimage import gaussian_filter, shift
from siblings import siblings

from multiscale.errors import ImagingError
from multiscale.imaging.registration import (
    divided,
    find_spot,
    fit_spot,
    point_spread_px,
    shift_between,
)

TXM = Path(__file__).parents[4] / "shared" / "data" / "nmc_operando_txm"


def spots(dx=0.0, dy=0.0, seed=0, shape=(96, 112), sigma=2.0):
    """Points of light in the continuous domain, so that any shift is exact."""
    generator = np.random.default_rng(seed)
    y, x = np.mgrid[: shape[0], : shape[1]]
    places = generator.uniform(12, np.array(shape) - 12, (12, 2))
    heights = generator.uniform(0.5, 1, 12)
    return 0.1 + sum(
        h * np.exp(-((x - b - dx) ** 2 + (y - a - dy) ** 2) / (2 * sigma**2))
        for h, (a, b) in zip(heights, places, strict=True)
    )


@siblings(("dx", "dy"), [(0.0, 0.0), (0.37, -0.81), (9.5, 4.25), (-7.1, 6.6)])
def test_shift_of_a_scene(dx, dy):
    found = shift_between(spots(), spots(dx, dy), smoothing_px=2)
    assert (found.dx_px, found.dy_px) == pytest.approx((dx, dy), abs=0.01)
    assert found.match > 0.99
    assert found.helps


def test_brightness_of_lamp_does_not_matter():
    found = shift_between(spots(), 0.6 * spots(1.3, 0.0), smoothing_px=2)
    assert (found.dx_px, found.dy_px) == pytest.approx((1.3, 0.0), abs=0.03)


def test_a_pattern_of_the_detector_hides_the_scene_until_it_is_divided_out():
    pattern = np.exp(
        0.5 * gaussian_filter(np.random.default_rng(1).standard_normal((96, 112)), 1) / 0.28
    )
    before, after = pattern * spots(), pattern * spots(6.4, -3.2)
    hidden = shift_between(before, after)
    assert np.hypot(hidden.dx_px, hidden.dy_px) < 1
    found = shift_between(before, after, flats=(pattern, pattern))
    assert (found.dx_px, found.dy_px) == pytest.approx((6.4, -3.2), abs=0.02)


def test_unlike_images_do_not_match():
    found = shift_between(spots(), spots(seed=1))
    assert found.match < 0.5


def test_images_that_cannot_be_compared():
    with pytest.raises(ImagingError, match=r"\(96, 112\) and \(96, 111\)"):
        shift_between(spots(), spots()[:, 1:])
    with pytest.raises(ImagingError, match="no structure"):
        shift_between(np.ones((40, 40)), np.ones((40, 40)))


def test_a_dark_field_divides_nothing():
    np.testing.assert_array_equal(divided([[4.0, 4.0]], [[2.0, 0.0]]), [[2.0, 1.0]])


@pytest.mark.skipif(not TXM.is_dir(), reason="nmc_operando_txm is not beside the repository")
@pytest.mark.parametrize(("field", "dx", "dy"), [("fov03", -16.9, 4.2), ("fov07", -48.0, 1.9)])
def test_real_drift_under_a_fixed_pattern(field, dx, dy):
    """Between two states 5.5 h apart; the raw frames show a detector that stands still."""

    def pair(name):
        # The left 14 columns of the detector are dead.
        return [
            tifffile.imread(TXM / f"{name}_xanes{state}_8353_0eV.tif")[:, 14:].astype(float)
            for state in ("ocv", "soc01")
        ]

    frames, flats = pair(field), pair("ref")
    found = shift_between(*frames, flats=tuple(flats), smoothing_px=3.0)
    assert (-found.dx_px, -found.dy_px) == pytest.approx((dx, dy), abs=0.3)
    depth = [
        gaussian_filter(np.log(flat / np.maximum(frame, 1)), 2)
        for frame, flat in zip(frames, flats, strict=True)
    ]
    moved = shift(depth[1], (-found.dy_px, -found.dx_px), order=1)
    inside = np.s_[60:-60, 60:-60]
    before, after = (np.std((image - depth[0])[inside]) for image in (depth[1], moved))
    assert after < 0.2 * before


def test_width_of_the_point_spread():
    """265 nm at 34.7 nm a pixel: Lun et al."""
    assert point_spread_px(34.7e-9) == pytest.approx(3.26, abs=0.01)


def one_spot(x, y, sigma, height=120.0, noise=1.0, shape=(120, 120)):
    rows, columns = np.mgrid[: shape[0], : shape[1]]
    image = 30 + height * np.exp(-((columns - x) ** 2 + (rows - y) ** 2) / (2 * sigma**2))
    return image + noise * np.random.default_rng(2).standard_normal(shape)


def test_gaussian_finds_the_centre():
    sigma = point_spread_px(34.7e-9)
    fit = fit_spot(one_spot(61.37, 50.82, sigma), 63, 49, sigma)
    assert (fit.x_px, fit.y_px) == pytest.approx((61.37, 50.82), abs=0.02)
    assert fit.sigma_px == pytest.approx(sigma, rel=0.02)
    assert fit.good(sigma)


def test_windows_that_leave_the_image_or_hold_no_spot():
    sigma = point_spread_px(34.7e-9)
    assert fit_spot(one_spot(61, 51, sigma), 8, 51, sigma) is None
    noise = fit_spot(one_spot(61, 51, sigma, height=0), 61, 51, sigma)
    assert noise is None or not noise.good(sigma)


def test_the_spot_is_not_a_particle():
    """A disk that is larger and as bright is left alone."""
    sigma = point_spread_px(34.7e-9)
    rows, columns = np.mgrid[:120, :120]
    disk = gaussian_filter(150.0 * (np.hypot(columns - 35, rows - 80) < 18), sigma)
    assert find_spot(30 + disk, 34.7e-9) is None
    found = find_spot(one_spot(90, 30, sigma) + disk, 34.7e-9)
    assert (found.x_px, found.y_px) == pytest.approx((90, 30), abs=0.05)
