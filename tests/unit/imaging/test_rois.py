"""Regions in and out of files, and files that do not fit."""

from __future__ import annotations

import json
import zipfile

import numpy as np
import pytest
from roifile import ROI_TYPE, ImagejRoi
from siblings import siblings

from multiscale.errors import ImagingError
from multiscale.imaging.regions import Regions
from multiscale.imaging.rois import read_rois, write_rois

SHAPE = (120, 160)
PIXEL = 130e-9
Y, X = np.mgrid[: SHAPE[0], : SHAPE[1]]


def some_regions():
    labels = np.zeros(SHAPE, dtype=int)
    for number, (x, y, radius) in enumerate([(30, 40, 14), (80.3, 60.7, 20), (140, 100, 4)], 1):
        wavy = radius * (1 + 0.1 * np.cos(3 * np.arctan2(Y - y, X - x)))
        labels[np.hypot(X - x, Y - y) < wavy] = number
    return Regions(labels, ("left one", "B-2", "7"), "hand")


def write_table(path, *rows, columns="particle_id,centre_x_um,centre_y_um,radius_um"):
    path.write_text("\n".join([columns, *rows]) + "\n")
    return path


def write_roi(path, kind, left=20, top=30, right=40, bottom=50, name="r"):
    roi = ImagejRoi(roitype=kind, left=left, top=top, right=right, bottom=bottom, name=name)
    roi.tofile(path)
    return path


@pytest.mark.parametrize("ending", [".zip", ".geojson"])
def test_regions_come_back_as_they_went(tmp_path, ending):
    regions = some_regions()
    write_rois(regions, tmp_path / f"rois{ending}", PIXEL)
    back = read_rois(tmp_path / f"rois{ending}", SHAPE, PIXEL)
    assert back.names == regions.names
    assert back.kind == "hand"
    assert (back.labels == regions.labels).all()


def test_imagej_counts_from_the_corner_of_the_first_pixel(tmp_path):
    # a rectangle over the pixels 20..39, 30..49 has its centre at 29.5, 39.5
    for kind, area in ((ROI_TYPE.RECT, 400), (ROI_TYPE.OVAL, np.pi * 100)):
        found = read_rois(write_roi(tmp_path / f"{kind}.roi", kind), SHAPE, PIXEL)
        assert found.names == ("r",)
        assert found.centres_px()[0] == pytest.approx([29.5, 39.5])
        assert found.sizes_px[0] == pytest.approx(area, rel=0.015)
    square = np.array([[20, 30], [40, 30], [40, 50], [20, 50]])
    ImagejRoi.frompoints(square, name="s").tofile(tmp_path / "s.roi")
    drawn = read_rois(tmp_path / "s.roi", SHAPE, PIXEL)
    assert drawn.sizes_px[0] == 400
    assert drawn.centres_px()[0] == pytest.approx([29.5, 39.5])


def test_written_outlines_lie_where_imagej_expects_them(tmp_path):
    write_rois(some_regions(), tmp_path / "a.zip", PIXEL)
    roi = ImagejRoi.fromfile(tmp_path / "a.zip")[1]
    assert roi.name == "B-2"
    rows, columns = np.nonzero(some_regions().mask("B-2"))
    assert roi.coordinates().min(axis=0) == pytest.approx([columns.min(), rows.min()])
    assert roi.coordinates().max(axis=0) == pytest.approx([columns.max() + 1, rows.max() + 1])


@pytest.mark.parametrize("unit", ["um", "px"])
def test_circles_in_both_units(tmp_path, unit):
    factor = 0.13 if unit == "um" else 1.0
    columns = f"particle_id,centre_x_{unit},centre_y_{unit},radius_{unit}"
    sizes = (("01", 30, 40, 10), ("b", 90, 60, 5))
    rows = [f"{name},{x * factor},{y * factor},{r * factor}" for name, x, y, r in sizes]
    found = read_rois(write_table(tmp_path / "c.csv", *rows, columns=columns), SHAPE, PIXEL)
    assert found.names == ("01", "b")
    assert found.kind == "circles"
    assert found.centres_px() == pytest.approx(np.array([[30, 40], [90, 60]]), abs=1e-6)
    assert found.sizes_px == pytest.approx(np.pi * np.array([100, 25]), rel=0.12)


def test_a_little_overlap_goes_to_neither_and_is_noted(tmp_path):
    table = write_table(tmp_path / "c.csv", "a,5,5,2", "b,8.5,5,2")
    found = read_rois(table, SHAPE, PIXEL)
    both = (np.hypot(X * 0.13 - 5, Y * 0.13 - 5) < 1.95) & (
        np.hypot(X * 0.13 - 8.5, Y * 0.13 - 5) < 1.95
    )
    assert both.any()
    assert not found.labels[both].any()
    assert "pixels lie in two outlines" in found.notes[0]


@siblings(
    ("rows", "message"),
    [
        (["a,5,5,2", "b,6,5,2"], r"'a' and 'b' share 70% of the smaller"),
        (["a,5,5,2", "a,12,5,2"], "particle_id 'a' occurs twice"),
        (["a,5,5,2", "far,25,5,1"], "'far' reaches from x = .* image of 160 columns and 120 rows"),
        (["edge,0.5,5,2"], "'edge' reaches from x = -11.5"),
        (["a,5,5,0"], "'a' needs a centre and a positive radius"),
        (["a,5,x,1"], "column 'centre_y_um' holds no numbers, but 'x'"),
        ([",5,5,1"], "row 1 has no particle_id"),
        (["tiny,5.06,5.06,0.01"], "No centre of a pixel lies inside of the outline of 'tiny'"),
        ([], "holds no circle"),
    ],
)
def test_circles_that_cannot_be_used_are_named(tmp_path, rows, message):
    table = write_table(tmp_path / "c.csv", *rows)
    with pytest.raises(ImagingError, match=message):
        read_rois(table, SHAPE, PIXEL)


def test_metres_taken_for_micrometres_lie_outside(tmp_path):
    table = write_table(tmp_path / "c.csv", "a,5,5,2")
    with pytest.raises(ImagingError, match="is the pixel size wrong"):
        read_rois(table, SHAPE, 13e-9)


@siblings("kind", [ROI_TYPE.LINE, ROI_TYPE.POINT, ROI_TYPE.POLYLINE, ROI_TYPE.ANGLE])
def test_regions_without_an_area_are_refused_by_name(tmp_path, kind):
    with pytest.raises(ImagingError, match=rf"'r' is a {kind.name.lower()}, which has no area"):
        read_rois(write_roi(tmp_path / "l.roi", kind), SHAPE, PIXEL)


def test_names_in_a_zip_must_differ_and_may_come_from_the_entry(tmp_path):
    square = np.array([[20, 30], [40, 30], [40, 50], [20, 50]])
    with zipfile.ZipFile(tmp_path / "z.zip", "w") as archive:
        for entry, shift in (("0040-0030.roi", 0), ("other.roi", 60)):
            data = ImagejRoi.frompoints(square + np.array([shift, 0]), name="").tobytes()
            archive.writestr(entry, data)
        archive.writestr("__MACOSX/._other.roi", b"\0\0")
    assert read_rois(tmp_path / "z.zip", SHAPE, PIXEL).names == ("0040-0030", "other")
    with zipfile.ZipFile(tmp_path / "d.zip", "w") as archive:
        for entry in ("a.roi", "b.roi"):
            archive.writestr(entry, ImagejRoi.frompoints(square, name="same").tobytes())
    with pytest.raises(ImagingError, match="two regions are called 'same'"):
        read_rois(tmp_path / "d.zip", SHAPE, PIXEL)


def test_damaged_wrong_empty_and_missing_files_are_named(tmp_path):
    write_rois(some_regions(), tmp_path / "whole.zip", PIXEL)
    data = (tmp_path / "whole.zip").read_bytes()
    (tmp_path / "cut.zip").write_bytes(data[: len(data) // 2])
    (tmp_path / "text.roi").write_text("not a region")
    (tmp_path / "words.csv").write_text("a,b\n1,2\n")
    (tmp_path / "map.geojson").write_text('{"features": [{"type": "Feature"}]}')
    (tmp_path / "none.geojson").write_text('{"type": "FeatureCollection", "features": []}')
    with zipfile.ZipFile(tmp_path / "empty.zip", "w"):
        pass
    for name, message in {
        "cut.zip": "not a whole zip file",
        "text.roi": "'text.roi' is not a region of ImageJ",
        "words.csv": "needs the columns particle_id, centre_x_um.* it has a, b",
        "map.geojson": "holds no polygon",
        "none.geojson": "holds no outline",
        "empty.zip": "holds no region",
        "missing.zip": "There is no file",
        "movie.tif": "Regions are read from .roi, .zip, .csv, .geojson",
    }.items():
        with pytest.raises(ImagingError, match=message) as caught:
            read_rois(tmp_path / name, SHAPE, PIXEL)
        assert name in str(caught.value)


def test_writing_overwrites_nothing_unasked(tmp_path):
    path = tmp_path / "a.zip"
    path.write_text("precious")
    with pytest.raises(ImagingError, match="exists"):
        write_rois(some_regions(), path, PIXEL)
    assert path.read_text() == "precious"
    write_rois(some_regions(), path, PIXEL, overwrite=True)
    assert len(read_rois(path, SHAPE, PIXEL)) == 3
    with pytest.raises(ImagingError, match=r"written to \.zip, \.geojson"):
        write_rois(some_regions(), tmp_path / "a.csv", PIXEL)
    with pytest.raises(ImagingError, match="no region to write"):
        write_rois(Regions.from_labels(np.zeros(SHAPE, int)), tmp_path / "b.zip", PIXEL)


def square(x, y, side):
    return [[x, y], [x + side, y], [x + side, y + side], [x, y + side], [x, y]]


def feature(*rings, name="a", kind="Polygon"):
    coordinates = list(rings) if kind == "Polygon" else [list(piece) for piece in rings]
    about = {"particle_id": name}
    geometry = {"type": kind, "coordinates": coordinates}
    return {"type": "Feature", "properties": about, "geometry": geometry}


def drawn(tmp_path, *features):
    path = tmp_path / "a.geojson"
    path.write_text(json.dumps({"type": "FeatureCollection", "features": features}))
    return read_rois(path, (300, 400), 1e-7)


OUTER, HOLE = square(4.96, 4.96, 10), square(7.96, 7.96, 4)  # no pixel lies on a side


@siblings(
    ("features", "sizes"),
    [
        ([feature(OUTER)], [10000]),
        ([feature(OUTER[::-1])], [10000]),
        ([feature(OUTER[:-1])], [10000]),
        ([feature([corner for corner in OUTER for _ in range(3)])], [10000]),
        ([feature([[*corner, 7] for corner in OUTER])], [10000]),
        ([feature(OUTER, HOLE)], [8400]),
        ([feature(OUTER, HOLE[::-1])], [8400]),
        ([feature(OUTER, HOLE), feature(square(8.96, 8.96, 2), name="b")], [8400, 400]),
        ([feature([OUTER, HOLE], kind="MultiPolygon")], [8400]),
        ([feature([OUTER], [square(20, 5, 0.5)], kind="MultiPolygon")], [10000]),
        ([feature(OUTER, name=3)], [10000]),
    ],
)
def test_polygons_and_their_holes(tmp_path, features, sizes):
    assert drawn(tmp_path, *features).sizes_px.tolist() == sizes


@siblings(
    ("rings", "message"),
    [
        ([[[5, 5], [15, 15], [15, 5], [5, 15]]], "'a' crosses itself"),
        ([[[5, 5], [15, 5], [8, 15], [8, 2], [15, 12], [5, 12]]], "'a' crosses itself"),
        ([[[5, 5], [6, 6], [7, 7]]], "'a' encloses 0 pixels"),
        ([[[5, 5]] * 4], "'a' encloses 0 pixels"),
        ([square(5, 5, 0.01)], "'a' encloses 0.01 pixels"),
        ([OUTER, square(20, 5, 6)], "hole of 'a' does not lie within"),
        ([OUTER, square(12, 8, 6)], "hole of 'a' does not lie within"),
        ([HOLE, OUTER], "hole of 'a' does not lie within"),
        ([OUTER, [[8, 8]]], "holds no polygon"),
        ([[["5", "5"], ["6", "5"], ["6", "6"]]], "holds no polygon"),
        ([[[True, False], [False, False], [True, True]]], "holds no polygon"),
        (OUTER, "holds no polygon"),
    ],
)
def test_polygons_that_are_none(tmp_path, rings, message):
    with pytest.raises(ImagingError, match=message):
        drawn(tmp_path, feature(*rings))


def test_features_that_are_no_particle(tmp_path):
    with pytest.raises(ImagingError, match="in 2 pieces"):
        drawn(tmp_path, feature([OUTER], [square(20, 5, 6)], kind="MultiPolygon"))
    for name in ("", True, [1]):
        with pytest.raises(ImagingError, match="no name"):
            drawn(tmp_path, feature(OUTER, name=name))
    with pytest.raises(ImagingError, match="is a Point"):
        drawn(tmp_path, feature(OUTER) | {"geometry": {"type": "Point", "coordinates": [5, 5]}})
