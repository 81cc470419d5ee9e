"""Images from files, and what is refused."""

from __future__ import annotations

import numpy as np
import pytest
import tifffile
from PIL import Image
from siblings import siblings

from multiscale.errors import ImagingError
from multiscale.micrograph.reading import checked_image, cut_out, read_image


@siblings("compression", [None, "zlib"])
@siblings("shape", [(30, 40), (5, 30, 40)])
@siblings("dtype", [np.uint8, np.uint16, np.float32])
def test_tiff_comes_back(tmp_path, shape, dtype, compression):
    image = np.arange(np.prod(shape)).reshape(shape).astype(dtype)
    tifffile.imwrite(tmp_path / "a.tif", image, compression=compression)
    assert np.array_equal(read_image(tmp_path / "a.tif"), image)


def test_png_and_npy(tmp_path):

    image = np.arange(600, dtype=np.uint8).reshape(20, 30)
    Image.fromarray(image).save(tmp_path / "a.png")
    np.save(tmp_path / "a.npy", image)
    assert np.array_equal(read_image(tmp_path / "a.png"), image)
    assert np.array_equal(read_image(tmp_path / "a.npy"), image)


@pytest.mark.parametrize("alpha", [False, True])
def test_equal_channels_become_one(tmp_path, alpha):
    image = np.arange(600, dtype=np.uint8).reshape(20, 30)
    layers = [image] * 3 + [np.full_like(image, 255)] * alpha
    tifffile.imwrite(tmp_path / "a.tif", np.stack(layers, -1), photometric="rgb")
    assert np.array_equal(read_image(tmp_path / "a.tif"), image)


def test_colours_are_refused(tmp_path):
    image = np.zeros((20, 30, 3), dtype=np.uint8)
    image[..., 1] = 200
    tifffile.imwrite(tmp_path / "a.tif", image, photometric="rgb")
    with pytest.raises(ImagingError, match=r"a\.tif is in colour: save it as grey values"):
        read_image(tmp_path / "a.tif")


@siblings("compression", [None, "zlib"])
@siblings("share", [0.3, 0.7, 0.98])
def test_truncated_tiff(tmp_path, compression, share):
    rng = np.random.default_rng(1)
    path = tmp_path / "a.tif"
    tifffile.imwrite(path, rng.integers(0, 255, (6, 64, 64), np.uint8), compression=compression)
    path.write_bytes(path.read_bytes()[: int(share * path.stat().st_size)])
    with pytest.raises(ImagingError, match=r"a\.tif cannot be read: .*is the file complete"):
        read_image(path)


@pytest.mark.parametrize("name", ["missing.tif", "."])
def test_no_file(tmp_path, name):
    with pytest.raises(ImagingError, match="name the file of an image"):
        read_image(tmp_path / name)


def test_no_image(tmp_path):
    (tmp_path / "notes.png").write_text("not an image")
    with pytest.raises(ImagingError, match=r"notes\.png cannot be read"):
        read_image(tmp_path / "notes.png")


def test_nan_is_counted():
    image = np.ones((4, 4))
    image[1, :2] = np.nan, np.inf
    with pytest.raises(ImagingError, match="2 pixels that are NaN or infinite"):
        checked_image(image)


@siblings(
    ("image", "message"),
    [
        (np.zeros(4), r"has the shape \(4,\)"),
        (np.zeros((2, 2, 2, 2)), r"has the shape \(2, 2, 2, 2\)"),
        (np.zeros((2, 2), dtype=complex), "holds complex128"),
        (np.array([["a"]]), "pixels are whole numbers or floats"),
    ],
)
def test_arrays_that_are_no_image(image, message):
    with pytest.raises(ImagingError, match=message):
        checked_image(image)


def test_cut_out():
    volume = np.arange(5 * 6 * 7).reshape(5, 6, 7)
    assert np.array_equal(cut_out(volume, "x:3"), volume[:, :, 3])
    assert np.array_equal(cut_out(volume, "0:-1", "1:4,:2"), volume[-1, 1:4, :2])
    assert np.array_equal(cut_out(volume, None, "1:3,:,2:"), volume[1:3, :, 2:])


@siblings(
    ("plane", "crop", "message"),
    [
        ("3:1", None, "with an axis of 0, 1, 2, z, y, x"),
        ("0", None, "write AXIS:INDEX"),
        ("0:9", None, "axis 0 has the planes 0 to 4"),
        (None, "0:4", "for each of the 3 axes"),
        (None, "0:4,1,2:3", "write FIRST:LAST"),
        (None, "0:4,a:b,2:3", "write FIRST:LAST"),
        (None, "9:,:,:", "leaves nothing"),
    ],
)
def test_cuts_that_cannot_be(plane, crop, message):
    with pytest.raises(ImagingError, match=message):
        cut_out(np.zeros((5, 6, 7)), plane, crop)
    with pytest.raises(ImagingError, match="two axes already"):
        cut_out(np.zeros((5, 6)), "0:1")


def test_pictures_of_which_one_would_be_taken_are_refused(tmp_path):
    image = np.zeros((40, 60), dtype=np.uint8)
    with tifffile.TiffWriter(tmp_path / "small_first.tif") as file:
        file.write(image[::4, ::4])
        file.write(image)
    with tifffile.TiffWriter(tmp_path / "small_last.tif") as file:
        file.write(image)
        file.write(image[::4, ::4])
    both = np.stack([image, image])
    tifffile.imwrite(tmp_path / "channels.tif", both, imagej=True, metadata={"axes": "CYX"})
    pictures = [Image.fromarray(image), Image.fromarray(image + 9)]
    pictures[0].save(tmp_path / "two.gif", save_all=True, append_images=pictures[1:])
    alpha = np.dstack([image, image, image, image + 255])
    alpha[:, :30, 3] = 0
    Image.fromarray(alpha).save(tmp_path / "seen_through.png")
    for name, message in {
        "small_first.tif": "a smaller copy before the image",
        "channels.tif": "has 2 channels",
        "two.gif": "holds 2 pictures",
        "seen_through.png": "transparent pixels",
    }.items():
        with pytest.raises(ImagingError, match=message):
            read_image(tmp_path / name)
    assert read_image(tmp_path / "small_last.tif").shape == (40, 60)
