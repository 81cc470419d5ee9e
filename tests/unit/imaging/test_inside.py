"""Fronts of known shape, direction and speed inside of a round particle."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
import xarray as xr
from siblings import siblings

from multiscale.errors import ImagingError
from multiscale.imaging.interior import (
    centre_trace,
    crop_particles,
    depth_px,
    front_direction,
    front_table,
    line_profile,
    rim_to_centre_lag,
    t50_map,
    unreacted_rest,
)
from multiscale.imaging.regions import Regions

TIME = np.arange(0.0, 1200.0, 10.0)
CHARGE = {"half_cycle": 0, "kind": "charge", "start_s": 0.0, "end_s": 1190.0}
DISCHARGE = CHARGE | {"kind": "discharge"}
Y, X = np.mgrid[:48, :64]
CENTRE, RADIUS = (30.0, 22.0), 14.0
DISTANCE = np.hypot(X - CENTRE[0], Y - CENTRE[1])
DISC = Regions((DISTANCE <= RADIUS).astype(int), ("a",))
PIXEL = 1e-7


def frames(arrival, gain=0.6, width=30.0, noise=0.0, seed=0):
    """Differential intensity that rises linearly within ``width`` around the arrival [s]."""
    generator = np.random.default_rng(seed)
    for t in TIME:
        clean = gain * np.clip((t - arrival) / width + 0.5, 0, 1)
        yield clean + generator.normal(0, noise, clean.shape)


def sweep(angle_deg, speed_px_per_s=0.05):
    """Arrival of a straight front at each pixel; the centre is reached at 600 s."""
    angle = np.radians(angle_deg)
    along = (X - CENTRE[0]) * np.cos(angle) + (Y - CENTRE[1]) * np.sin(angle)
    return 600 + along / speed_px_per_s


def closing(speed_px_per_s=0.03):
    """Arrival of a front that closes in from the rim, at the rim at 200 s."""
    return 200 + np.maximum(RADIUS - DISTANCE, 0) / speed_px_per_s


def crop(arrival, **options):
    blur = options.pop("blur_px", 0.0)
    return crop_particles(frames(arrival, **options), TIME, DISC, blur_px=blur)["a"]


@siblings("angle", [0.0, 60.0, 135.0, -90.0])
@siblings("noise", [0.0, 0.02])
def test_direction_and_speed_of_a_sweeping_front(angle, noise):
    found = front_direction(t50_map(crop(sweep(angle), noise=noise), CHARGE), PIXEL)
    off = (found["front_direction_deg"] - angle + 180) % 360 - 180
    assert abs(off) < 1.0
    assert found["front_speed_m_per_s"] == pytest.approx(0.05 * PIXEL, rel=0.02)
    assert found["front_planarity"] > 0.97
    # 5 to 95 % of the pixels of a disc lie within +-0.805 radii
    assert found["crossing_s"] == pytest.approx(2 * 0.805 * RADIUS / 0.05, rel=0.04)


def test_a_front_from_all_sides_has_no_direction_but_a_lag():
    pixels = crop(closing())
    found = front_direction(t50_map(pixels, CHARGE), PIXEL)
    assert found["front_planarity"] < 0.01
    lag = rim_to_centre_lag(t50_map(pixels, CHARGE), depth_px(pixels))
    inner, outer = DISTANCE <= 0.4 * RADIUS, (DISTANCE >= 0.75 * RADIUS) & (DISTANCE <= RADIUS)
    truth = np.median(closing()[inner]) - np.median(closing()[outer])
    assert lag == pytest.approx(truth, rel=0.1)
    assert rim_to_centre_lag(t50_map(crop(1000 - closing()), CHARGE), depth_px(pixels)) < -0.9 * lag


def test_map_of_t50_is_true_pixel_by_pixel():
    found = t50_map(crop(sweep(30.0)), CHARGE)
    box = (
        slice(int(found.y[0]), int(found.y[-1]) + 1),
        slice(int(found.x[0]), int(found.x[-1]) + 1),
    )
    inside = DISC.labels[box] > 0
    assert np.isnan(found.values[~inside]).all()
    assert np.abs(found.values - sweep(30.0)[box])[inside].max() < 1.0


def test_rest_of_a_sweep_moves_off_and_that_of_a_closing_front_stays():
    moving = unreacted_rest(crop(sweep(0.0)), CHARGE)
    # the half of a disc ahead of a front: its centre of mass is 4/(3 pi) radii from the middle;
    # a pixel counts as reacted once 5 of 60 % are done, 12.5 s before its arrival
    half = moving.sel(time=590.0)
    assert float(half["share"]) == pytest.approx(0.5, abs=0.04)
    assert float(half["distance"]) == pytest.approx(4 / (3 * np.pi), abs=0.04)
    assert float(half["x_px"]) > CENTRE[0] + 5
    staying = unreacted_rest(crop(closing()), CHARGE)
    assert float(staying["distance"].max()) < 0.02
    assert np.isnan(staying["distance"].values[-1])
    assert float(staying["share"].values[0]) == 1
    assert float(staying["share"].values[-1]) == 0


def test_threshold_of_the_rest_is_what_it_says():
    still = xr.zeros_like(crop(sweep(0.0))) + 0.0
    dim = still.copy()
    dim[10:] = 0.04
    assert float(unreacted_rest(dim, CHARGE)["share"].values[-1]) == 1
    assert float(unreacted_rest(dim, CHARGE, threshold=0.03)["share"].values[-1]) == 0


def test_discharge_is_counted_from_its_own_start():
    falling = 0.6 - crop(sweep(0.0))
    rest = unreacted_rest(falling, DISCHARGE)
    assert float(rest["share"].values[0]) == 1
    assert float(rest["share"].values[-1]) == 0
    assert float(rest.sel(time=590.0)["distance"]) == pytest.approx(4 / (3 * np.pi), abs=0.05)


def test_profile_and_centre_follow_the_front():
    pixels = crop(sweep(0.0))
    profile = line_profile(pixels, (18, 22), (42, 22))
    assert profile.dims == ("time", "distance_px")
    assert profile.sizes["distance_px"] == 25
    arrival = [np.interp(0.3, series, TIME) for series in profile.values.T]
    assert np.diff(arrival) == pytest.approx(np.full(24, 20.0), abs=1e-3)
    assert np.interp(0.3, centre_trace(pixels), TIME) == pytest.approx(600, abs=1e-3)


def test_blur_takes_noise_off_and_nothing_from_outside():
    noisy = crop(np.full(X.shape, 600.0), noise=0.1)
    smooth = crop(np.full(X.shape, 600.0), noise=0.1, blur_px=1.5)
    inside = smooth["inside"].values
    assert smooth.values[0][inside].std() < 0.35 * noisy.values[0][inside].std()
    bright_outside = [np.where(DISC.labels > 0, 0.2, 5.0)] * 2
    kept = crop_particles(bright_outside, [0.0, 1.0], DISC, blur_px=2.0)["a"]
    assert kept.values[0][inside] == pytest.approx(0.2, abs=1e-6)


def test_table_of_particles_and_half_cycles():
    labels = np.where(DISTANCE <= RADIUS, 1, 0)
    labels[2:6, 2:6] = 2
    regions = Regions(labels, ("a", "still"))
    arrival = np.where(labels == 2, 1e6, sweep(90.0))
    crops = crop_particles(frames(arrival, noise=0.01), TIME, regions)
    table = front_table(crops, pd.DataFrame([CHARGE]), PIXEL).set_index("particle")
    assert table.loc["a", "timed_share"] > 0.95
    assert table.loc["a", "front_direction_deg"] == pytest.approx(90, abs=2)
    assert abs(table.loc["a", "rim_to_centre_lag_s"]) < 20
    assert table.loc["a", "rest_distance"] == pytest.approx(0.45, abs=0.06)
    assert table.loc["still", "timed_share"] < 0.5
    assert table.loc["still", "front_direction_deg":"rest_distance"].isna().all()


def test_what_does_not_fit_is_named():
    with pytest.raises(ImagingError, match=r"119 frames and 120 times"):
        crop_particles(list(frames(sweep(0.0)))[1:], TIME, DISC)
    with pytest.raises(ImagingError, match=r"Frame 0 has \(10, 10\) pixels, regions \(48, 64\)"):
        crop_particles([np.zeros((10, 10))], [0.0], DISC)
    with pytest.raises(ImagingError, match="Unknown region 'b'"):
        crop_particles(frames(sweep(0.0)), TIME, DISC, names=["b"])
    with pytest.raises(ImagingError, match="leaves the crop"):
        line_profile(crop(sweep(0.0)), (0, 0), (30, 22))
    with pytest.raises(ImagingError, match="one clock"):
        unreacted_rest(crop(sweep(0.0)), CHARGE | {"start_s": 5000.0, "end_s": 6000.0})
