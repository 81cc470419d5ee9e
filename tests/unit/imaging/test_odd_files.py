"""Files that are odd, damaged or hostile: the right numbers, or one sentence with the culprit."""

from __future__ import annotations

import struct
import warnings
import zipfile
import zlib

import numpy as np
import pytest
import tifffile
from fuzzing import PROFILES, survives
from PIL import Image
from roifile import ROI_OPTIONS, ROI_SUBTYPE, ROI_TYPE, ImagejRoi
from siblings import siblings

from multiscale import ImageStack, tiff
from multiscale.errors import ImagingError
from multiscale.imaging.rois import read_rois
from multiscale.micrograph import read_image

GRAY = np.random.default_rng(0).integers(40, 200, (8, 16, 20), dtype=np.uint8)
STATED = {"pixel_size": 1e-7, "frame_interval": 30.0}
SIZES = {"SizeX": 20, "SizeY": 16, "SizeT": 8, "SizeZ": 1, "SizeC": 1}
SIDE = 'PhysicalSizeX="0.1" PhysicalSizeY="0.1" '
STEP = 'TimeIncrement="30" '


def ome(path, attributes=SIDE + STEP, inside="<TiffData/>", before="", order="XYZTC", **sizes):
    """A movie of eight frames with the OME-XML of one's choice."""
    said = " ".join(f'{key}="{value}"' for key, value in (SIZES | sizes).items())
    text = (
        f'<?xml version="1.0"?>{before}<OME xmlns="http://www.openmicroscopy.org/Schemas/OME/2016-06">'
        f'<Image ID="Image:0"><Pixels DimensionOrder="{order}" Type="uint8" {said} ID="P:0" '
        f"{attributes}>{inside}</Pixels></Image></OME>"
    )
    options = {"description": text.encode(), "metadata": None, "photometric": "minisblack"}
    tifffile.imwrite(path, GRAY, **options)
    return path


def planes(times, unit="s"):
    """Planes with their times; None: without."""
    said = ("" if time is None else f'DeltaT="{time}" DeltaTUnit="{unit}"' for time in times)
    return "<TiffData/>" + "".join(
        f'<Plane TheC="0" TheZ="0" TheT="{i}" {words}/>' for i, words in enumerate(said)
    )


@siblings(
    ("attributes", "pixel_size", "interval"),
    [
        ('PhysicalSizeX="100" PhysicalSizeXUnit="nm" TimeIncrement="30"', 1e-7, 30.0),
        ('PhysicalSizeX="1000" PhysicalSizeXUnit="Å" TimeIncrement="30"', 1e-7, 30.0),
        ('PhysicalSizeX="1e-4" PhysicalSizeXUnit="mm" TimeIncrement="30"', 1e-7, 30.0),
        (
            'PhysicalSizeX=".1" PhysicalSizeY="100" PhysicalSizeYUnit="nm" TimeIncrement="1"',
            1e-7,
            1,
        ),
        ('PhysicalSizeX="0.1" TimeIncrement="0.5" TimeIncrementUnit="min"', 1e-7, 30.0),
        ('PhysicalSizeX="0.1" TimeIncrement="3e4" TimeIncrementUnit="ms"', 1e-7, 30.0),
        ('PhysicalSizeX="0.1" TimeIncrement="3e7" TimeIncrementUnit="µs"', 1e-7, 30.0),
        ('PhysicalSizeX="0.1" TimeIncrement="2" TimeIncrementUnit="h"', 1e-7, 7200.0),
        ('PhysicalSizeX="0.1" TimeIncrement="1" TimeIncrementUnit="Ms"', 1e-7, 1e6),
    ],
)
def test_units_of_ome(tmp_path, attributes, pixel_size, interval):
    stack = ImageStack.read(ome(tmp_path / "a.ome.tif", attributes))
    assert stack.pixel_size == pytest.approx(pixel_size)
    np.testing.assert_allclose(stack.time, interval * np.arange(8))


@siblings(
    ("said", "words"),
    [
        ({"attributes": STEP + 'PhysicalSizeX="abc"'}, "PhysicalSizeX = 'abc'"),
        ({"attributes": STEP + 'PhysicalSizeX="-1"'}, "PhysicalSizeX = '-1'"),
        ({"attributes": STEP + 'PhysicalSizeX="0"'}, "PhysicalSizeX = '0'"),
        ({"attributes": STEP + 'PhysicalSizeX="nan"'}, "PhysicalSizeX = 'nan'"),
        ({"attributes": STEP + 'PhysicalSizeX="0,1"'}, "PhysicalSizeX = '0,1'"),
        ({"attributes": STEP + 'PhysicalSizeX="1" PhysicalSizeXUnit="pixel"'}, "unit 'pixel'"),
        ({"attributes": STEP + 'PhysicalSizeX="1" PhysicalSizeXUnit="Mm"'}, r"of 1e\+06 m is not"),
        ({"attributes": STEP + 'PhysicalSizeX=".1" PhysicalSizeY=".2"'}, "must be square"),
        ({"attributes": SIDE + 'TimeIncrement="abc"'}, "TimeIncrement = 'abc'"),
        ({"attributes": SIDE + 'TimeIncrement="-3"'}, "TimeIncrement = '-3'"),
        ({"attributes": SIDE + 'TimeIncrement="1" TimeIncrementUnit="moon"'}, "unit 'moon'"),
        ({"attributes": SIDE + 'TimeIncrement="1e300"'}, r"lasts 7e\+300 s"),
        ({"SizeT": "ten"}, "SizeT = 'ten'"),
        ({"SizeT": 10**9}, "promises 1000000000 planes; at most 100000"),
        ({"SizeT": -1}, "SizeT = '-1'"),
        ({"SizeX": 10**6, "SizeY": 10**6}, "at most 64 million pixels"),
        ({"SizeT": 12}, "the plane of frame 8 is missing"),
        ({"SizeT": 4, "SizeC": 2}, "save one channel"),
        ({"order": "ABC"}, "DimensionOrder = 'ABC'"),
        ({"inside": '<TiffData IFD="0" PlaneCount="1000000000"/>'}, "lists 1000000000 planes"),
        ({"inside": '<TiffData IFD="x"/>'}, "IFD = 'x'"),
        ({"inside": '<TiffData><UUID FileName="../../x.tif">u</UUID></TiffData>'}, "another file"),
        ({"inside": "<TiffData>"}, "malformed"),
        ({"before": '<!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/passwd">]>'}, "entities"),
        ({"inside": planes([0, 30, 60, None, 120, 150, 180, 210])}, "no time of frame 3"),
        ({"inside": planes(range(210, -30, -30))}, "times must increase"),
        ({"inside": planes(["abc"] * 8)}, "DeltaT = 'abc'"),
        ({"inside": planes(range(8)) + planes([9])[11:]}, "lists the plane TheT = '0' twice"),
        ({"inside": planes([0, 30, 60, 60, 120, 150, 180, 210])}, "times must increase"),
    ],
)
def test_ome_that_is_refused(tmp_path, said, words):
    said = {"attributes": SIDE + ("" if "inside" in said else STEP)} | said
    with pytest.raises(ImagingError, match=words):
        ImageStack.read(ome(tmp_path / "a.ome.tif", **said))


GAP = np.arange(8) * 30.0 + 2000.0 * (np.arange(8) > 4)


def test_times_of_frames_are_not_replaced_by_an_interval_that_hides_a_gap(tmp_path):
    path = ome(tmp_path / "a.ome.tif", SIDE, planes(GAP))
    stack = ImageStack.read(path, **STATED)
    np.testing.assert_allclose(stack.time, GAP)
    assert "frame 5 is at 2150 s by the file, at 150 s" in " ".join(stack.notes)
    replaced = ImageStack.read(path, **STATED, replace_times=True)
    np.testing.assert_allclose(replaced.time, 30 * np.arange(8))


@pytest.mark.parametrize(
    ("times", "words"),
    [
        (GAP / 60, "frame 1 is at 0.5 s by the file, at 30 s"),
        (np.arange(8)[::-1] * 30.0, "frame 1 is at -30 s by the file"),
        (np.zeros(8), "frame 1 is at 0 s by the file"),
    ],
)
def test_stated_interval_against_other_times(tmp_path, times, words):
    path = ome(tmp_path / "a.ome.tif", SIDE, planes(times))
    with pytest.raises(ImagingError, match=words):
        ImageStack.read(path, **STATED)


@pytest.mark.parametrize("times", [np.arange(8) * 30 + 3 * (-1) ** np.arange(8), GAP[:4]])
def test_stated_interval_that_agrees_is_used(tmp_path, times):
    known = [*times, *[None] * (8 - len(times))]
    stack = ImageStack.read(ome(tmp_path / "a.ome.tif", SIDE, planes(known)), **STATED)
    np.testing.assert_allclose(stack.time, 30 * np.arange(8))


def test_increment_of_ome_against_its_planes(tmp_path):
    """Each plane's own time counts; the increment fills in what is missing, in its place."""
    path = ome(tmp_path / "a.ome.tif", SIDE + STEP, planes(np.arange(8) * 20.0))
    stack = ImageStack.read(path)
    np.testing.assert_allclose(stack.time, 20 * np.arange(8))
    assert "TimeIncrement = 30 s, its planes 20 s" in " ".join(stack.notes)
    late = planes([None, None, 65, 95, None, None, 185, None])
    stack = ImageStack.read(ome(tmp_path / "b.ome.tif", SIDE + STEP, late))
    np.testing.assert_allclose(stack.time - stack.time[0], 30 * np.arange(8))
    hidden = planes([0, 30, None, None, 500, 530, 560, 590])
    with pytest.raises(ImagingError, match="no time of frame 2"):
        ImageStack.read(ome(tmp_path / "c.ome.tif", SIDE + STEP, hidden))
    second = planes(np.arange(8) * 20.0).replace("<TiffData/>", "") + "<TiffData/>"
    other = second.replace('TheC="0"', 'TheC="1"')  # of another channel: no times of this one
    stack = ImageStack.read(ome(tmp_path / "d.ome.tif", SIDE + STEP, other))
    np.testing.assert_allclose(stack.time, 30 * np.arange(8))


def test_replacing_needs_something_to_replace_by(tmp_path):
    path = ome(tmp_path / "a.ome.tif", SIDE, planes(GAP))
    with pytest.raises(ImagingError, match="What shall replace the times"):
        ImageStack.read(path, replace_times=True)


@pytest.mark.parametrize(
    ("off", "kept"),
    # less than half an interval is jitter, a quarter of an interval each is another interval
    [(np.array([0, 0, 14, 0, -14, 0, 0, 0]), False), (np.array([0, 0, 16, 0, 0, 0, 0, 0]), True)],
)
def test_half_an_interval_is_jitter(tmp_path, off, kept):
    times = 30.0 * np.arange(8) + off
    stack = ImageStack.read(ome(tmp_path / "a.ome.tif", SIDE, planes(times)), **STATED)
    np.testing.assert_allclose(stack.time, times if kept else 30 * np.arange(8))
    assert ("times of the frames are kept" in " ".join(stack.notes)) == kept


@siblings("interval", [0.0, -1.0, np.nan, np.inf, 1e300])
def test_intervals_that_are_none(tmp_path, interval):
    with pytest.raises(ImagingError, match="frame_interval is"):
        ImageStack.from_frames(GRAY, pixel_size=1e-7, frame_interval=interval)


# --- pixels ---------------------------------------------------------------------------------


MIXED = {"unit": "um", "yunit": "nm", "axes": "TYX"}


@siblings(
    "options",
    [
        {"resolution": (1e5, 5e4), "resolutionunit": 3},
        {"resolution": (1, 2), "resolutionunit": 1},
        {"imagej": True, "resolution": (10, 5), "metadata": {"unit": "um", "axes": "TYX"}},
        {"imagej": True, "resolution": (10, 10), "metadata": MIXED},
    ],
)
@siblings("read", [lambda path: ImageStack.read(path, **STATED), read_image])
def test_pixels_that_are_not_square_are_refused(tmp_path, options, read):
    tifffile.imwrite(tmp_path / "a.tif", GRAY, **{"photometric": "minisblack"} | options)
    with pytest.raises(ImagingError, match=r"must be square: resample it"):
        read(tmp_path / "a.tif")


def test_planes_of_a_volume_at_another_distance_than_pixels(tmp_path):
    said = {
        "imagej": True,
        "resolution": (10, 10),
        "metadata": {"unit": "um", "spacing": 0.5, "axes": "ZYX"},
    }
    tifffile.imwrite(tmp_path / "a.tif", GRAY, **said)
    with pytest.raises(ImagingError, match="distance of its planes"):
        read_image(tmp_path / "a.tif")


def test_resolution_in_centimetres_is_a_pixel_size(tmp_path):
    said = {"resolution": (76923, 76923), "resolutionunit": 3, "photometric": "minisblack"}
    tifffile.imwrite(tmp_path / "a.tif", GRAY, **said)
    stack = ImageStack.read(tmp_path / "a.tif", frame_interval=1)
    assert stack.pixel_size == pytest.approx(130e-9, rel=1e-4)


def bomb(path, side, rows, columns):
    """Pages of zlib that unpack to a square of zeros, whatever they say."""
    packed = zlib.compress(bytes(side * side), 9)
    shape = {"shape": (rows, columns), "dtype": "u1", "rowsperstrip": rows}
    with tifffile.TiffWriter(path) as file:
        for _ in range(3):
            file.write(iter([packed]), **shape, compression="zlib", photometric="minisblack")


def chained(path, count):
    """One picture that so many pages point to."""
    tifffile.imwrite(path, GRAY[0], photometric="minisblack", metadata=None)
    content = bytearray(path.read_bytes())
    [start] = struct.unpack_from("<I", content, 4)
    [entries] = struct.unpack_from("<H", content, start)
    page = bytes(content[start : start + 2 + 12 * entries])
    end, size = len(content), len(page) + 4
    struct.pack_into("<I", content, 4, end)
    nexts = (end + (i + 1) * size if i < count - 1 else 0 for i in range(count))
    path.write_bytes(bytes(content) + b"".join(page + struct.pack("<I", n) for n in nexts))


def looped(path):
    tifffile.imwrite(path, GRAY[0], photometric="minisblack", metadata=None)
    content = bytearray(path.read_bytes())
    [start] = struct.unpack_from("<I", content, 4)
    [entries] = struct.unpack_from("<H", content, start)
    struct.pack_into("<I", content, start + 2 + 12 * entries, start)
    path.write_bytes(bytes(content))


CYMK = np.repeat(GRAY[..., None], 4, axis=-1)
ODD = {
    "20000 x 20000": (
        lambda path: bomb(path, 3000, 20_000, 20_000),
        "at most 64 million pixels|several images \\(20000x20000",
    ),
    "hides more": (
        lambda path: bomb(path, 9000, 16, 20),
        "would unpack to more than it says|several images",
    ),
    "100,001 pages": (lambda path: chained(path, 100_001), "more than 100000 pages"),
    "loop": (looped, "leads back"),
    "palette": (
        lambda path: tifffile.imwrite(
            path, GRAY, photometric="palette", colormap=np.arange(768, dtype="u2").reshape(3, 256)
        ),
        "a palette, not brightness",
    ),
    "ink": (lambda path: tifffile.imwrite(path, CYMK, photometric="separated"), "CMYK"),
    "LZW": (
        lambda path: Image.fromarray(GRAY[0]).save(path, compression="tiff_lzw"),
        "LZW, which needs the package imagecodecs",
    ),
    "empty": (lambda path: path.write_bytes(b""), "cannot be read"),
    "header": (lambda path: path.write_bytes(b"II*\0\x08\0\0\0"), "cannot be read"),
    "renamed": (lambda path: path.write_bytes(b"\x89PNG\r\n\x1a\n" * 9), "cannot be read"),
    "complex": (lambda path: tifffile.imwrite(path, GRAY.astype("c8")), "complex64"),
}


@siblings("read", [lambda path: ImageStack.read(path, **STATED), read_image])
@siblings("odd", ODD)
def test_tiff_that_no_reader_takes(tmp_path, odd, read):
    make, words = ODD[odd]
    if odd == "LZW" and 5 in tifffile.TIFF.DECOMPRESSORS:
        pytest.skip("imagecodecs is installed")
    make(tmp_path / "a.tif")
    with pytest.raises(ImagingError, match=words):
        read(tmp_path / "a.tif")


def test_frames_that_were_written_one_by_one(tmp_path):
    with tifffile.TiffWriter(tmp_path / "a.tif") as file:
        for frame in GRAY:
            file.write(frame, contiguous=False)
    np.testing.assert_array_equal(
        list(ImageStack.read(tmp_path / "a.tif", **STATED).frames()), GRAY
    )


def test_white_as_zero_is_turned_round(tmp_path):
    tifffile.imwrite(tmp_path / "a.tif", GRAY, photometric="miniswhite")
    frames = list(ImageStack.read(tmp_path / "a.tif", **STATED).frames())
    np.testing.assert_array_equal(frames, 255 - GRAY)


def test_limits_of_pictures_are_stated():
    with pytest.raises(ImagingError, match="volumes of at most 1 billion voxels"):
        tiff.check_size("a.tif", 2000, 2000, 1000)


# --- folders --------------------------------------------------------------------------------


def folder(path, names, frames=GRAY):
    for name, frame in zip(names, frames, strict=False):
        Image.fromarray(frame).save(path / name)
    return path


def test_numbers_in_names_leave_room_for_missing_frames(tmp_path):
    folder(tmp_path, [f"day2_{n:04}.png" for n in (0, 10, 20, 50, 60)])
    stack = ImageStack.read(tmp_path, **STATED)
    np.testing.assert_allclose(stack.time, [0, 30, 60, 150, 180])
    assert "2 frames are missing, the first after frame 2" in stack.notes[0]
    assert ImageStack.read(tmp_path, **STATED, replace_times=True).time[-1] == 120


def test_what_systems_leave_in_folders_is_no_frame(tmp_path):
    folder(tmp_path, [f"{n}.png" for n in range(8)])
    for name in ("._0.png", ".DS_Store", "Thumbs.db", ".hidden.png"):
        (tmp_path / name).write_bytes(b"Mac OS X")
    (tmp_path / "old.png").mkdir()
    assert len(ImageStack.read(tmp_path, **STATED)) == 8


@pytest.mark.parametrize(
    ("names", "frames", "words"),
    [
        (["1.png", "01.png"], GRAY, "have the same number"),
        (["1.png", "2.png"], [GRAY[0], GRAY[1].astype("u2") * 99], "of the type uint16"),
        (["1.tif", "2.tif"], [GRAY[0], GRAY[1].astype("f4")], "of the type float32"),
    ],
)
def test_folders_that_are_refused(tmp_path, names, frames, words):
    folder(tmp_path, names, frames)
    with pytest.raises(ImagingError, match=words):
        ImageStack.read(tmp_path, **STATED)


def test_dates_in_pictures_against_the_stated_interval(tmp_path):
    for n, frame in enumerate(GRAY):
        exif = Image.Exif()
        exif[0x0132] = f"2026:11:28 10:{(n + 20 * (n > 4)) // 2:02}:{30 * (n % 2):02}"
        Image.fromarray(frame).save(tmp_path / f"{n}.png", exif=exif)
    with pytest.raises(ImagingError, match=r"frame 5 was stored 750 s after the first"):
        ImageStack.read(tmp_path, **STATED)
    assert ImageStack.read(tmp_path, **STATED, replace_times=True).time[-1] == 210


# --- regions of interest ----------------------------------------------------------------------

SHAPE = (120, 160)
SQUARE = np.array([[20, 30], [60, 30], [60, 70], [20, 70]])
BOX = {"left": 20, "top": 30, "right": 60, "bottom": 70}


def drawn(path, roi, axis=None):
    content = bytearray(roi.tobytes())
    if axis is not None:
        struct.pack_into(">ffff", content, 18, *axis[:4])
        struct.pack_into(">f", content, 52, axis[4])
    path.write_bytes(bytes(content))
    return path


def polygon(options=ROI_OPTIONS.NONE, **more):
    roi = ImagejRoi.frompoints(SQUARE, name="r")
    roi.options |= options
    for name, value in more.items():
        setattr(roi, name, value)
    return roi


SUBPIXEL = {"options": ROI_OPTIONS.SUB_PIXEL_RESOLUTION, "xd": 20.5, "yd": 30.5}
ELLIPSE = {"roitype": ROI_TYPE.FREEHAND, "subtype": ROI_SUBTYPE.ELLIPSE}
TURNED = {"roitype": ROI_TYPE.FREEHAND, "subtype": ROI_SUBTYPE.ROTATED_RECT}


@siblings(
    ("roi", "axis", "area", "centre"),
    [
        (ImagejRoi(roitype=ROI_TYPE.RECT, **BOX), None, 1600, (39.5, 49.5)),
        (
            ImagejRoi(roitype=ROI_TYPE.RECT, rounded_rect_arc_size=40, **BOX),
            None,
            1257,
            (39.5, 49.5),
        ),
        (
            ImagejRoi(roitype=ROI_TYPE.RECT, rounded_rect_arc_size=20, **BOX),
            None,
            1514,
            (39.5, 49.5),
        ),
        (
            ImagejRoi(roitype=ROI_TYPE.OVAL, widthd=20.0, heightd=20.0, **SUBPIXEL, **BOX),
            None,
            314,
            (30.0, 40.0),
        ),
        (polygon(**ELLIPSE), (20, 50, 60, 50, 0.5), 628, (39.5, 49.5)),
        (polygon(**TURNED), (30.3, 40.1, 50.7, 60.2, 10.0), 286, (40.0, 49.65)),
        (polygon(ROI_OPTIONS.SPLINE_FIT), None, 2400, (39.5, 49.5)),
    ],
)
def test_regions_are_what_imagej_draws(tmp_path, roi, axis, area, centre):
    found = read_rois(drawn(tmp_path / "r.roi", roi, axis), SHAPE, 1e-7)
    assert found.sizes_px[0] == pytest.approx(area, rel=0.05)
    assert found.centres_px()[0] == pytest.approx(centre, abs=0.3)


def test_a_region_of_a_later_frame_is_moved_back_or_refused(tmp_path):
    path = drawn(tmp_path / "r.roi", polygon(position=5))
    with pytest.raises(ImagingError, match=r"'r' was drawn on frame 5 .*draw it on the first"):
        read_rois(path, SHAPE, 1e-7)
    found = read_rois(path, SHAPE, 1e-7, drifted=lambda frame: (float(frame), -2.0))
    assert found.centres_px()[0] == pytest.approx((35.5, 51.5))
    for first in ({"position": 1}, {"t_position": 1, "position": 3}):
        drawn(path, polygon(**first))
        assert read_rois(path, SHAPE, 1e-7).centres_px()[0] == pytest.approx((39.5, 49.5))


@pytest.mark.parametrize("kind", [ROI_SUBTYPE.TEXT, ROI_SUBTYPE.IMAGE, ROI_SUBTYPE.ARROW])
def test_boxes_that_are_no_areas(tmp_path, kind):
    roi = ImagejRoi(roitype=ROI_TYPE.RECT, subtype=kind, name="r", **BOX)
    with pytest.raises(ImagingError, match=f"{kind.name.lower()}, which has no area"):
        read_rois(drawn(tmp_path / "r.roi", roi), SHAPE, 1e-7)


def archive(path, entries):
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as file:
        for name, content in entries:
            file.writestr(name, content)
    return path


ROI = polygon().tobytes()


@siblings(
    ("entries", "words"),
    [
        ([], "holds no region"),
        ([(f"{i}.roi", bytes(1 << 23)) for i in range(2)], "unpacks to more than is read: 4 MiB"),
        ([("a.roi", ROI), ("b/a.roi", ROI)], "two regions are called 'r'"),
        ([("readme.txt", b"hello")], "'readme.txt' is not a region"),
        ([("a.roi", ROI[:70])], "is "),
    ],
)
def test_archives_of_regions_that_are_refused(tmp_path, entries, words):
    with pytest.raises(ImagingError, match=words):
        read_rois(archive(tmp_path / "a.zip", entries), SHAPE, 1e-7)


def test_archives_with_folders_and_what_systems_leave(tmp_path):
    entries = [(".DS_Store", b"x"), ("__MACOSX/._r.roi", b"x"), ("../../r.roi", ROI)]
    assert read_rois(archive(tmp_path / "a.zip", entries), SHAPE, 1e-7).names == ("r",)
    content = bytearray((tmp_path / "a.zip").read_bytes())
    for mark, place in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        content[content.rfind(mark) + place] |= 1
    (tmp_path / "a.zip").write_bytes(bytes(content))
    with pytest.raises(ImagingError, match="encrypted"):
        read_rois(tmp_path / "a.zip", SHAPE, 1e-7)


# --- any bytes ------------------------------------------------------------------------------


def as_movie(path):
    ImageStack.read(path, **STATED, allow_truncated=True)


@PROFILES
@pytest.mark.parametrize("kind", ["ome", "imagej", "packed", "image"])
def test_any_bytes_of_a_tiff(examples, tmp_path, kind):
    path = tmp_path / "a.tif"
    if kind == "ome":
        ome(path, SIDE, planes(GAP))
    elif kind == "imagej":
        stated = {"unit": "um", "finterval": 30.0, "axes": "TYX"}
        tifffile.imwrite(path, GRAY, imagej=True, resolution=(10, 10), metadata=stated)
    else:
        tifffile.imwrite(path, GRAY, compression="zlib", photometric="minisblack", tile=(16, 16))
    read = read_image if kind == "image" else as_movie
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        survives(read, path.read_bytes(), tmp_path / "b.tif", examples)


@PROFILES
@pytest.mark.parametrize("ending", [".roi", ".zip"])
def test_any_bytes_of_regions(examples, tmp_path, ending):
    archive(tmp_path / "a.zip", [("r.roi", ROI)])
    valid = ROI if ending == ".roi" else (tmp_path / "a.zip").read_bytes()
    path = tmp_path / f"b{ending}"
    survives(lambda file: read_rois(file, SHAPE, 1e-7), valid, path, examples)
