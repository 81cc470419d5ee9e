"""Movies in memory: times, pixel size, bins, dropped and saturated frames."""

from __future__ import annotations

import numpy as np
import pytest
import tifffile
from siblings import siblings

from multiscale import ImageStack
from multiscale.errors import ImagingError

PIXEL = 130e-9


def movie(n=12, shape=(20, 24), dtype=np.uint8, seed=0):
    """Noise, so that no frame equals another."""
    return np.random.default_rng(seed).integers(20, 200, (n, *shape)).astype(dtype)


def stack(frames, **options):
    options = {"pixel_size": PIXEL, "frame_interval": 30.0} | options
    return ImageStack.from_frames(frames, **options)


@pytest.fixture
def read(tmp_path):
    """A stack with the options that only files have."""

    def read(frames, **options):
        tifffile.imwrite(tmp_path / "movie.tif", frames, photometric="minisblack")
        return ImageStack.read(
            tmp_path / "movie.tif", pixel_size=PIXEL, frame_interval=30.0, **options
        )

    return read


def test_facts_of_a_gray_movie():
    found = stack(movie())
    assert found.shape == (12, 20, 24)
    assert len(found) == 12
    assert (found.colour, found.bit_depth, found.full_scale) == (False, 8, 255.0)
    np.testing.assert_array_equal(found.time, 30.0 * np.arange(12))
    assert found.notes == []


def test_colours_become_their_mean():
    frames = movie(shape=(20, 24, 3))
    found = stack(frames)
    assert found.colour
    np.testing.assert_allclose(found.frame(3), frames[3].mean(axis=-1), rtol=1e-6)
    assert found.frame(3).dtype == np.float32


def test_frames_of_a_slice_are_those_of_the_array():
    frames = movie()
    np.testing.assert_array_equal(list(stack(frames).frames(2, 11, 4)), frames[2:11:4])
    np.testing.assert_array_equal(stack(frames).frame(-2), frames[-2])


def test_bins_are_means_at_mean_times(read):
    frames = movie(11)
    binned = read(frames, bin_frames=4)
    assert binned.shape == (2, 20, 24)
    np.testing.assert_allclose(binned.time, [45.0, 165.0])
    np.testing.assert_allclose(binned.frame(1), frames[4:8].mean(axis=0), rtol=1e-6)
    assert "last 3 frames" in binned.notes[0]


def test_a_dropped_frame_leaves_its_bin_to_the_others(read):
    frames = movie(8)
    binned = read(frames, bin_frames=4, dropped=(5,))
    np.testing.assert_allclose(binned.time[1], 30.0 * np.mean([4, 6, 7]))
    np.testing.assert_allclose(binned.frame(1), frames[[4, 6, 7]].mean(axis=0), rtol=1e-6)


def test_black_frames_are_dropped_and_time_stays():
    frames = movie()
    frames[[0, 7]] = 0
    found = stack(frames)
    assert len(found) == 10
    np.testing.assert_array_equal(found.time, 30.0 * np.delete(np.arange(12), [0, 7]))
    np.testing.assert_array_equal(found.frame(0), frames[1])
    assert found.notes == ["2 of 12 frames are dropped (black: 0, 7)."]


def test_a_single_copy_of_the_frame_before_is_dropped():
    frames = movie()
    frames[6] = frames[5]
    found = stack(frames)
    assert 30.0 * 6 not in found.time
    assert "copies of the frame before: 6" in found.notes[0]


def test_a_movie_at_rest_without_noise_keeps_its_frames():
    assert len(stack(np.full((12, 8, 8), 90, np.uint8))) == 12


def test_frames_that_are_not_finite_are_dropped():
    frames = movie(dtype=np.float32)
    frames[4, 3, 2] = np.nan
    found = stack(frames)
    assert len(found) == 11
    assert "not finite: 4" in found.notes[0]


def test_listed_frames_are_dropped(read):
    found = read(movie(), dropped=(2, 3))
    assert found.time[2] == 120.0
    with pytest.raises(ImagingError, match=r"Dropped frame 12 .* 0 to 11"):
        read(movie(), dropped=(12,))


def test_saturated_frames_are_refused_by_name(read):
    frames = movie()
    frames[[3, 9], :8] = 255
    with pytest.raises(ImagingError, match=r"40% of the pixels of frame 3 .* \(3, 9\).*dropped"):
        stack(frames)
    assert len(read(frames, dropped=(3, 9))) == 10


def test_some_saturated_pixels_are_a_note():
    frames = movie()
    frames[3, :1] = 255
    assert "5.0% of the pixels (frame 3) are saturated" in stack(frames).notes[0]


@siblings(("top", "depth"), [(1023, 10), (4095, 12), (4000, 16), (65535, 16)])
def test_bit_depth_shows_in_the_greatest_count(top, depth):
    frames = movie(dtype=np.uint16)
    frames[5, 2, 2] = top
    found = stack(frames)
    assert (found.bit_depth, found.full_scale) == (depth, 2**depth - 1)


def test_stated_bit_depth_wins():
    assert stack(movie(dtype=np.uint16), bit_depth=12).full_scale == 4095


@siblings(
    ("size", "meant"), [(130, "130 nm"), (0.13, "0.13 um"), (1e-12, "1e-09"), (np.nan, "metres")]
)
def test_implausible_pixel_sizes_are_refused_with_a_hint(size, meant):
    with pytest.raises(ImagingError, match=meant):
        stack(movie(), pixel_size=size)


@siblings("interval", [0.0, -1.0, np.nan, np.inf])
def test_frame_interval_is_positive(interval):
    with pytest.raises(ImagingError, match="frame_interval"):
        stack(movie(), frame_interval=interval)


def test_times_are_needed_and_increase():
    with pytest.raises(ImagingError, match="no times; give the frame interval"):
        stack(movie(), frame_interval=None)
    with pytest.raises(ImagingError, match="frame 2 is at 1 s, frame 1 at 3 s"):
        stack(movie(3), frame_interval=None, time=[0, 3, 1])
    with pytest.raises(ImagingError, match="2 times for 3 frames"):
        stack(movie(3), frame_interval=None, time=[0, 3])
    uneven = stack(movie(3), frame_interval=None, time=[0, 3, 70])
    np.testing.assert_array_equal(uneven.time, [0, 3, 70])


@siblings(
    ("frames", "complaint"),
    [
        (movie(1), "holds 1 frame; a movie needs at least two"),
        (movie()[0], r"shape \(n, rows, columns\)"),
        (movie() > 100, "bool are not brightness"),
        (np.full((3, 4, 4), np.nan), "not finite"),
    ],
)
def test_what_is_no_movie_is_refused(frames, complaint):
    with pytest.raises(ImagingError, match=complaint):
        stack(frames)


def test_frames_that_do_not_exist(read):
    with pytest.raises(ImagingError, match="no frame 12; it has 0 to 11"):
        stack(movie()).frame(12)
    with pytest.raises(ImagingError, match="step is 0"):
        list(stack(movie()).frames(step=0))
    with pytest.raises(ImagingError, match="bin_frames is 0"):
        read(movie(), bin_frames=0)
    with pytest.raises(ImagingError, match="in bins of 12 they make 1"):
        read(movie(), bin_frames=12)
