"""Movies in files: TIFF of every layout, video, folders; and files that are damaged."""

from __future__ import annotations

import tracemalloc

import numpy as np
import pytest
import tifffile
from PIL import Image
from siblings import siblings

from multiscale import ImageStack
from multiscale.errors import ImagingError

COLOUR = np.random.default_rng(3).integers(20, 200, (12, 20, 24, 3)).astype(np.uint8)
GRAY = COLOUR[..., 0]
STATED = {"pixel_size": 130e-9, "frame_interval": 30.0}
DELTAS = np.cumsum([0.0, *np.linspace(20, 40, 11)])


def ome(**more):
    plane = {"DeltaT": list(DELTAS * 1e3), "DeltaTUnit": ["ms"] * 12}
    physical = {"PhysicalSizeX": 34.7, "PhysicalSizeXUnit": "nm"}
    return {"axes": "TYX", "Plane": plane} | physical | more


IMAGEJ = {"axes": "TYX", "finterval": 30.0, "unit": "um"}
LAYOUTS = {
    "gray": (GRAY, {"photometric": "minisblack"}),
    "16 bit": (GRAY.astype(np.uint16) * 200, {"photometric": "minisblack"}),
    "colour": (COLOUR, {"photometric": "rgb"}),
    "colour unsaid": (COLOUR, {"photometric": "minisblack"}),
    "planes": (np.moveaxis(COLOUR, 3, 1), {"photometric": "rgb", "planarconfig": "separate"}),
    "compressed": (COLOUR, {"photometric": "rgb", "compression": "zlib"}),
    "big-endian": (GRAY.astype(np.uint16), {"photometric": "minisblack", "byteorder": ">"}),
    "channels": (np.moveaxis(COLOUR, 3, 1), {"metadata": {"axes": "TCYX"}, "ome": True}),
    "depths are times": (GRAY, {"metadata": {"axes": "ZYX"}, "imagej": True}),
}


@siblings("layout", LAYOUTS)
def test_tiff_of_every_layout(tmp_path, layout):
    frames, options = LAYOUTS[layout]
    tifffile.imwrite(tmp_path / "movie.tif", frames, **options)
    stack = ImageStack.read(tmp_path / "movie.tif", **STATED)
    colour = frames.ndim == 4
    expected = COLOUR.mean(axis=-1) if colour else frames
    np.testing.assert_allclose(list(stack.frames()), expected, rtol=1e-6)
    assert stack.colour == colour
    assert stack.name == "movie.tif"


def test_ome_states_times_and_pixel_size(tmp_path):
    tifffile.imwrite(tmp_path / "a.ome.tif", GRAY, metadata=ome(SignificantBits=8))
    stack = ImageStack.read(tmp_path / "a.ome.tif")
    np.testing.assert_allclose(stack.time, DELTAS)
    assert stack.pixel_size == pytest.approx(34.7e-9)
    assert stack.notes == []


def test_ome_time_increment(tmp_path):
    stated = ome(TimeIncrement=0.5, TimeIncrementUnit="min")
    del stated["Plane"]
    tifffile.imwrite(tmp_path / "a.ome.tif", GRAY, metadata=stated)
    np.testing.assert_allclose(ImageStack.read(tmp_path / "a.ome.tif").time, 30 * np.arange(12))


def test_imagej_states_interval_and_pixel_size(tmp_path):
    resolution = (1 / 0.13, 1 / 0.13)
    tifffile.imwrite(tmp_path / "a.tif", GRAY, imagej=True, resolution=resolution, metadata=IMAGEJ)
    stack = ImageStack.read(tmp_path / "a.tif")
    np.testing.assert_allclose(stack.time, 30 * np.arange(12))
    assert stack.pixel_size == pytest.approx(130e-9, rel=1e-5)


def test_the_user_wins_over_the_metadata_and_is_told(tmp_path):
    tifffile.imwrite(tmp_path / "a.ome.tif", GRAY, metadata=ome())
    chosen = STATED | {"bin_frames": 2, "dropped": [3], "replace_times": True}
    stack = ImageStack.read(tmp_path / "a.ome.tif", **chosen)
    assert stack.pixel_size == 130e-9
    np.testing.assert_allclose(stack.time[:3], [15.0, 60.0, 135.0])
    said = " ".join(stack.notes)
    assert "1.3e-07 m is used; the file says 3.47e-08 m" in said
    assert "listed: 3" in said


def test_resolution_of_a_plain_tiff_is_not_a_pixel_size(tmp_path):
    """Dots per inch for a printer."""
    tifffile.imwrite(tmp_path / "a.tif", GRAY, resolution=(72, 72), resolutionunit="inch")
    with pytest.raises(ImagingError, match="no pixel size; give it in metres"):
        ImageStack.read(tmp_path / "a.tif", frame_interval=1)


@pytest.mark.parametrize("axes", ["TZYX", "TCYX"])
def test_more_than_times_and_colours_is_refused(tmp_path, axes):
    frames = GRAY.reshape(6, 2, 20, 24)
    tifffile.imwrite(tmp_path / "a.ome.tif", frames, metadata={"axes": axes})
    with pytest.raises(ImagingError, match=f"{axes[1]}: 2"):
        ImageStack.read(tmp_path / "a.ome.tif", **STATED)


def cut(path, share):
    path.write_bytes(path.read_bytes()[: int(path.stat().st_size * share)])


@siblings("layout", ["gray", "colour", "compressed", "depths are times"])
def test_a_tiff_cut_short_is_refused_and_its_whole_frames_are_offered(tmp_path, layout):
    frames, options = LAYOUTS[layout]
    path = tmp_path / "cut.tif"
    tifffile.imwrite(path, frames, **options)
    cut(path, 0.6)
    with pytest.raises(ImagingError, match=r"cut\.tif is cut short .*frames are whole; frame \d"):
        ImageStack.read(path, **STATED)
    stack = ImageStack.read(path, **STATED, allow_truncated=True)
    assert 5 <= len(stack) <= 9
    expected = frames.mean(axis=-1) if frames.ndim == 4 else frames
    np.testing.assert_allclose(list(stack.frames()), expected[: len(stack)], rtol=1e-6)
    assert "cut short" in stack.notes[0]


def test_memory_holds_a_few_frames(tmp_path):
    frames = np.random.default_rng(0).integers(0, 200, (60, 200, 200), dtype=np.uint8)
    tifffile.imwrite(tmp_path / "long.tif", frames, photometric="minisblack")
    size, shape = frames.nbytes, frames.shape
    del frames
    tracemalloc.start()
    stack = ImageStack.read(tmp_path / "long.tif", **STATED)
    total = sum(float(frame.mean()) for frame in stack.frames())
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert total > 0
    assert peak < size / 2
    assert stack.shape == shape


def video(path, frames=COLOUR, codec="libx264", rate=25, options=None):
    av = pytest.importorskip("av", reason="the extra `video` is not installed")
    large = np.repeat(np.repeat(frames, 4, axis=1), 4, axis=2)  # smooth enough to be encoded
    with av.open(str(path), "w", options=options or {}) as container:
        stream = container.add_stream(codec, rate=rate)
        stream.height, stream.width = large.shape[1:3]
        stream.pix_fmt = "yuv420p"
        for frame in large:
            container.mux(stream.encode(av.VideoFrame.from_ndarray(frame, format="rgb24")))
        container.mux(stream.encode())
    return large


@pytest.mark.parametrize(("name", "codec"), [("a.mp4", "libx264"), ("a.avi", "mpeg4")])
def test_video_needs_an_interval_because_its_times_are_those_of_the_playback(tmp_path, name, codec):
    frames = video(tmp_path / name, codec=codec, rate=5)
    with pytest.raises(ImagingError, match=r"is a video: .* playback, 0\.2 s .*--frame-interval"):
        ImageStack.read(tmp_path / name, pixel_size=130e-9)
    stack = ImageStack.read(tmp_path / name, **STATED)
    assert stack.shape == (12, 80, 96)
    np.testing.assert_allclose(stack.time, 30 * np.arange(12))
    assert stack.notes == []
    for i in (0, 7):
        assert np.corrcoef(stack.frame(i).ravel(), frames[i].mean(axis=-1).ravel())[0, 1] > 0.9


def test_a_video_cut_short(tmp_path):
    video(tmp_path / "a.mp4", options={"movflags": "faststart"})
    cut(tmp_path / "a.mp4", 0.6)
    with pytest.raises(ImagingError, match=r"a\.mp4 is cut short .* frames are whole"):
        ImageStack.read(tmp_path / "a.mp4", **STATED)
    assert 2 <= len(ImageStack.read(tmp_path / "a.mp4", **STATED, allow_truncated=True)) < 12


def test_a_video_without_its_index(tmp_path):
    video(tmp_path / "a.mp4")
    cut(tmp_path / "a.mp4", 0.6)
    with pytest.raises(ImagingError, match=r"a\.mp4 cannot be read as video.*cut short"):
        ImageStack.read(tmp_path / "a.mp4", **STATED)


@pytest.mark.parametrize("kind", ["png", "tif"])
def test_folder_in_the_order_of_its_numbers(tmp_path, kind):
    for i, frame in enumerate(GRAY):
        Image.fromarray(frame).save(tmp_path / f"frame{i}.{kind}")
    (tmp_path / "notes.txt").write_text("not a picture")
    stack = ImageStack.read(tmp_path, **STATED)
    np.testing.assert_array_equal(list(stack.frames()), GRAY)
    assert stack.name == tmp_path.name


def test_folder_with_a_frame_of_another_shape_or_a_broken_one(tmp_path):
    for i, frame in enumerate(COLOUR):
        Image.fromarray(frame[: 20 - (i == 4)]).save(tmp_path / f"{i}.png")
    with pytest.raises(ImagingError, match=r"frame 4 has the shape \(19, 24, 3\)"):
        ImageStack.read(tmp_path, **STATED)
    cut(tmp_path / "4.png", 0.5)
    with pytest.raises(ImagingError, match=r"4 of 12 frames are whole; frame 4 .*4\.png"):
        ImageStack.read(tmp_path, **STATED)


def test_folder_without_pictures_or_of_two_kinds(tmp_path):
    with pytest.raises(ImagingError, match=r"no picture; known kinds: \.png"):
        ImageStack.read(tmp_path, **STATED)
    for kind in ("png", "bmp"):
        Image.fromarray(GRAY[0]).save(tmp_path / f"1.{kind}")
    with pytest.raises(ImagingError, match=r"several kinds \(\.bmp, \.png\)"):
        ImageStack.read(tmp_path, **STATED)


def test_files_that_are_missing_unknown_or_something_else(tmp_path):
    with pytest.raises(ImagingError, match=r"There is no movie .*gone\.tif"):
        ImageStack.read(tmp_path / "gone.tif")
    (tmp_path / "a.nd2").write_bytes(b"")
    with pytest.raises(ImagingError, match=r"unknown kind '\.nd2'; known: \.tif"):
        ImageStack.read(tmp_path / "a.nd2")
    for name in ("empty.tif", "empty.mp4"):
        (tmp_path / name).write_bytes(b"")
        with pytest.raises(ImagingError, match=f"{name} cannot be read"):
            ImageStack.read(tmp_path / name)


def test_one_page_is_no_movie(tmp_path):
    tifffile.imwrite(tmp_path / "a.tif", GRAY[0])
    with pytest.raises(ImagingError, match=r"a\.tif holds 1 frame"):
        ImageStack.read(tmp_path / "a.tif", **STATED)
