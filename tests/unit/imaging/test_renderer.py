"""The virtual microscope: drift to a fraction of a pixel, light kept, disturbances, files."""

from __future__ import annotations

import numpy as np
import pytest
import tifffile
from scipy.ndimage import center_of_mass
from siblings import siblings

from multiscale.errors import ImagingError
from multiscale.imaging.formats import write_movie
from multiscale.imaging.rendering.optics import Camera
from multiscale.imaging.rendering.renderer import Debris, Disturbances, Scene, render

GRAY = Camera(noise=0, bits=16, channels=(1.0,))


def disk(radius_px=8.0, size=48, oversampling=2, margin_px=12, **options):
    """One bright disk in the middle of a black frame."""
    n = (size + 2 * margin_px) * oversampling
    away = (np.arange(n) - (n - 1) / 2) / oversampling
    labels = (np.hypot(away[:, None], away) < radius_px).astype(int)
    base = (0.4 * labels).astype(np.float32)
    return Scene(labels, base, ("disk",), 130e-9, oversampling, margin_px, **options)


def moved(n, dx, dy):
    still = Disturbances.quiet(n)
    return Disturbances(still.dx_px + dx, still.dy_px + dy, still.lamp, still.haze)


def light(scene, **disturbed):
    return scene.exposed(scene.lit(np.zeros(1)), **disturbed)


def test_light_is_kept_and_lies_where_the_particle_is():
    image = light(disk())
    assert image.sum() == pytest.approx(disk().base.sum() / 2**2, rel=1e-5)
    assert center_of_mass(image) == pytest.approx((23.5, 23.5), abs=1e-4)
    assert image[24, 24] == pytest.approx(0.4, rel=1e-3)


@pytest.mark.parametrize(("dx", "dy"), [(0.3, 0.0), (0.0, -0.75), (2.41, 5.13)])
def test_drift_is_exact_at_fractions_of_a_pixel(dx, dy):
    row, column = center_of_mass(light(disk(), dx_px=dx, dy_px=dy))
    assert (column - 23.5, row - 23.5) == pytest.approx((dx, dy), abs=1e-4)


def test_drift_by_whole_pixels_is_a_shift():
    scene = disk()
    image, shifted = light(scene), light(scene, dx_px=3.0, dy_px=-2.0)
    np.testing.assert_allclose(shifted[:-2, 3:], image[2:, :-3], atol=1e-6)


def test_an_edge_is_as_blurred_as_the_resolution_says():
    line = light(disk(radius_px=14.0))[24]
    fall = -np.diff(line[24:45])
    position = np.arange(len(fall)) + 0.5
    mean = (fall * position).sum() / fall.sum()
    width = np.sqrt((fall * (position - mean) ** 2).sum() / fall.sum())
    assert width == pytest.approx(np.sqrt((265 / 130 / 2.3548) ** 2 + 2 / 12), rel=0.05)


def test_gains_brighten_particles_or_samples():
    scene = disk()
    even = scene.exposed(scene.lit(np.array([0.5])))
    np.testing.assert_allclose(even, 1.5 * light(scene), rtol=1e-4, atol=1e-6)
    same = scene.lit(np.full(scene.labels.shape, 0.5))
    np.testing.assert_allclose(same, scene.lit(np.array([0.5])))
    with pytest.raises(ImagingError, match="belong neither to 1 particles"):
        scene.lit(np.zeros(2))


def test_mean_weights_average_what_a_noiseless_frame_shows():
    scene = disk()
    lit = scene.lit(np.array([0.3]))
    weighted = scene.mean_weights() @ lit.ravel()
    assert weighted == pytest.approx(scene.exposed(lit)[scene.pixel_labels == 1].mean(), rel=1e-5)


def test_a_spot_is_a_gaussian_that_moves_with_the_stage():
    scene = disk(spots=((6.0, 5.0, 0.3),))
    drift = {"dx_px": 1.25, "dy_px": 0.5}
    image = light(scene, **drift) - light(disk(), **drift)
    assert center_of_mass(image) == pytest.approx((5.5, 7.25), abs=1e-2)
    assert light(scene)[5, 6] == pytest.approx(0.3, abs=1e-4)


def test_lamp_and_haze_act_on_the_frame():
    still = Disturbances.quiet(2)
    disturbed = Disturbances(still.dx_px, still.dy_px, np.array([1.0, 0.5]), np.array([0.0, 0.1]))
    first, second = render(disk(), [np.zeros(1)] * 2, camera=GRAY, disturbances=disturbed)
    assert first[24, 24] / 65535 == pytest.approx(0.4, abs=1e-3)
    assert second[24, 24] / 65535 == pytest.approx(0.3, abs=1e-3)
    assert second[0, 0] / 65535 == pytest.approx(0.1, abs=1e-3)


def test_debris_takes_its_share_of_the_light_where_it_is():
    still = Disturbances.quiet(1)
    blob = Debris(np.array([24.0]), np.array([24.0]), radius_px=3.0, opacity=0.5)
    hidden = Disturbances(still.dx_px, still.dy_px, still.lamp, still.haze, (blob,))
    [frame] = render(disk(14.0), [np.zeros(1)], camera=GRAY, disturbances=hidden)
    assert frame[24, 24] / 65535 == pytest.approx(0.2, abs=1e-3)
    assert frame[24, 30] / 65535 == pytest.approx(0.4 * (1 - 0.5 * np.exp(-2)), abs=2e-3)


def test_frames_come_one_at_a_time():
    asked = []

    def gains():
        for i in range(1000):
            asked.append(i)
            yield np.zeros(1)

    next(render(disk(), gains()))
    assert asked == [0]


def test_noise_is_seeded_and_differs_from_frame_to_frame():
    def movie(seed):
        return np.array(list(render(disk(), [np.zeros(1)] * 2, seed=seed)))

    np.testing.assert_array_equal(movie(1), movie(1))
    assert (movie(1) != movie(2)).any()
    assert (movie(1)[0] != movie(1)[1]).any()


def test_drift_beyond_the_margin_is_refused():
    with pytest.raises(ImagingError, match="margin of 12 pixels suffices for 7"):
        next(render(disk(), [np.zeros(1)], disturbances=moved(1, 9.0, 0.0)))


def test_more_gains_than_disturbances_are_refused():
    with pytest.raises(ImagingError, match="disturbances for 1 frames"):
        list(render(disk(), [np.zeros(1)] * 2, disturbances=Disturbances.quiet(1)))


@siblings(
    ("changes", "words"),
    [
        ({"base": np.zeros((3, 3), np.float32)}, "images of one size"),
        ({"oversampling": 5}, "does not hold a frame"),
        ({"margin_px": 40}, "does not hold a frame"),
        ({"names": ()}, "has no name"),
    ],
)
def test_scenes_that_do_not_fit_are_refused(changes, words):
    scene = disk()
    with pytest.raises(ImagingError, match=words):
        Scene(**{**vars(scene), **changes})


def test_drawn_disturbances_have_their_size_and_start_at_rest():
    drawn = Disturbances.drawn(200, drift_px=12.0, lamp=0.1, haze=0.05, n_debris=2, seed=4)
    assert np.hypot(drawn.dx_px, drawn.dy_px).max() == pytest.approx(12.0)
    assert (drawn.dx_px[0], drawn.dy_px[0], drawn.lamp[0]) == (0, 0, 1)
    assert drawn.haze[0] == pytest.approx(0.05)
    assert drawn.haze[-1] < 0.025
    for blob in drawn.debris:
        inside = (blob.x_px > 0) & (blob.x_px < 320)
        assert 0 < inside.sum() < 120
    jumps = np.abs(np.diff(drawn.dx_px))
    assert jumps.max() > 8 * np.median(jumps)
    with pytest.raises(ImagingError, match="lamp share below 1"):
        Disturbances.drawn(10, lamp=1.0)


def frames(n=4, shape=(12, 15, 3), dtype=np.uint8):
    return np.random.default_rng(0).integers(0, 255, (n, *shape)).astype(dtype)


@pytest.mark.parametrize(("shape", "dtype"), [((12, 15, 3), np.uint8), ((12, 15), np.uint16)])
def test_ome_tiff_keeps_values_times_and_pixel_size(tmp_path, shape, dtype):
    movie = frames(shape=shape, dtype=dtype)
    path = write_movie(
        iter(movie), tmp_path / "new" / "m.ome.tif", time=[5, 35, 70, 95], pixel_size=34.7e-9
    )
    with tifffile.TiffFile(path) as file:
        np.testing.assert_array_equal(file.asarray(), movie)
        pixels = tifffile.xml2dict(file.ome_metadata)["OME"]["Image"]["Pixels"]
    assert [plane["DeltaT"] for plane in pixels["Plane"]] == [5, 35, 70, 95]
    assert pixels["PhysicalSizeX"] == pytest.approx(0.0347)
    assert pixels["PhysicalSizeXUnit"] == "µm"


def test_mp4_holds_every_frame_with_even_sides(tmp_path):
    av = pytest.importorskip("av")
    gray = np.linspace(40, 200, 4)[:, None, None] * np.ones((4, 33, 47))
    path = write_movie(gray.astype(np.uint8), tmp_path / "m.mp4", time=range(4), pixel_size=1e-7)
    with av.open(str(path)) as container:
        decoded = [frame.to_ndarray(format="rgb24") for frame in container.decode(video=0)]
        assert "pixel size 100 nm" in container.metadata["comment"]
    assert np.shape(decoded) == (4, 34, 48, 3)
    np.testing.assert_allclose(np.mean(decoded, axis=(1, 2, 3)), gray.mean(axis=(1, 2)), atol=2)


def test_nothing_is_left_or_overwritten_when_writing_fails(tmp_path):
    path = tmp_path / "m.ome.tif"
    path.write_bytes(b"earlier")
    for n_times, words in ((5, "5 times, but 4 frames"), (3, "3 times, but more frames")):
        with pytest.raises(ImagingError, match=words):
            write_movie(frames(), path, time=range(n_times), pixel_size=1e-7)
    with pytest.raises(ImagingError, match="at least one frame"):
        write_movie([], path, time=[], pixel_size=1e-7)
    with pytest.raises(ImagingError, match="Frame 1 differs"):
        write_movie([frames()[0], frames()[0, :4]], path, time=[0, 1], pixel_size=1e-7)
    assert path.read_bytes() == b"earlier"
    assert list(tmp_path.iterdir()) == [path]


def test_unknown_kinds_of_file_and_16_bit_video_are_refused(tmp_path):
    with pytest.raises(ImagingError, match=r"ends in \.ome\.tif"):
        write_movie(frames(), tmp_path / "m.avi", time=range(4), pixel_size=1e-7)
    pytest.importorskip("av")
    with pytest.raises(ImagingError, match="MP4 holds 8 bits"):
        write_movie(frames(dtype=np.uint16), tmp_path / "m.mp4", time=range(4), pixel_size=1e-7)
