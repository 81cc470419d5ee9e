"""Labels, names, outlines, sizes, and what is left out."""

from __future__ import annotations

import numpy as np
import pytest
from siblings import siblings

from multiscale.errors import ImagingError
from multiscale.imaging.regions import Regions, check_pixel_size, polygon_area, regions_of_outlines


def discs(*circles, shape=(60, 80)):
    """Labels of (x, y, radius), numbered as given from 1."""
    y, x = np.mgrid[: shape[0], : shape[1]]
    labels = np.zeros(shape, dtype=int)
    for number, (cx, cy, radius) in enumerate(circles, start=1):
        labels[np.hypot(x - cx, y - cy) < radius] = number
    return labels


def test_names_follow_the_position_whatever_the_numbers():
    labels = discs((60, 40, 6), (20, 40, 6), (40, 10, 6))
    renumbered = np.array([0, 17, 5, 99])[labels]
    regions = Regions.from_labels(renumbered)
    assert regions.names == ("p001", "p002", "p003")
    assert regions.centres_px() == pytest.approx(np.array([[40, 10], [20, 40], [60, 40]]))
    again = Regions.from_labels(regions.labels * 3)
    assert (again.labels == regions.labels).all()


def test_table_of_a_disc_is_right_in_um():
    row = Regions.from_labels(discs((30, 20, 12))).table(130e-9).iloc[0]
    assert row["centre_x_um"] == pytest.approx(30 * 0.13)
    assert row["centre_y_um"] == pytest.approx(20 * 0.13)
    assert row["area_um2"] == pytest.approx(row["area_px"] * 0.0169)
    assert row["radius_um"] == pytest.approx(12 * 0.13, rel=0.02)
    assert not row["touches_edge"]
    assert Regions.from_labels(discs((3, 20, 12))).table(130e-9)["touches_edge"].iloc[0]


def test_outline_is_closed_and_encloses_the_pixels_it_came_from():
    regions = Regions.from_labels(discs((30, 20, 12), (60, 40, 9)))
    outlines = regions.outlines()
    for name, outline in outlines.items():
        assert (outline[0] == outline[-1]).all()
        assert polygon_area(outline) == pytest.approx(regions.mask(name).sum(), rel=0.02)
    back = regions_of_outlines(outlines, regions.shape)
    assert (back.labels == regions.labels).all()


def test_outline_of_a_region_in_pieces_or_with_a_hole_is_the_outer_one_of_the_largest():
    labels = discs((30, 20, 12))
    labels[18:23, 28:33] = 0
    labels[50, 70] = 1
    outline = Regions.from_labels(labels).outlines()["p001"]
    assert outline.min(axis=0) == pytest.approx([18.5, 8.5])
    assert outline.max(axis=0) == pytest.approx([41.5, 31.5])
    assert polygon_area(outline) == pytest.approx((discs((30, 20, 12)) > 0).sum(), rel=0.015)


def test_what_is_left_out_is_counted_with_the_reason():
    regions = Regions.from_labels(discs((30, 20, 8), (60, 40, 8), (20, 45, 8)))
    fewer = regions.without(["p002"], "blurred").without(["p001"], "dirty")
    assert fewer.names == ("p003",)
    assert (fewer.labels > 0).sum() == regions.sizes_px[2]
    assert fewer.excluded["particle"].tolist() == ["p002", "p001"]
    assert fewer.excluded["reason"].tolist() == ["blurred", "dirty"]
    centres = regions.centres_px()[[1, 0], 0]
    assert fewer.excluded["centre_x_px"].tolist() == pytest.approx(centres.tolist())
    assert fewer.excluded["area_px"].tolist() == regions.sizes_px[[1, 0]].tolist()
    with pytest.raises(ImagingError, match=r"Unknown region 'p009'"):
        regions.without(["p009"], "typo")


def test_regions_at_the_edge_leave():
    labels = discs((5, 30, 6), (40, 10.5, 6), (70, 30, 6))
    kept = Regions(labels, ("left", "top", "right")).without_border()
    assert kept.excluded["particle"].tolist() == ["left"]
    assert kept.names == ("top", "right")


@siblings(
    ("labels", "names", "message"),
    [
        (np.zeros((3, 3)), (), "2D image of integers"),
        (np.zeros((3, 3, 3), int), (), "got 3 dimensions"),
        (discs((30, 20, 8)), (), "Labels run from 0 to 1, but there are 0 names"),
        (discs((30, 20, 8)), ("a", "b"), "Region 'b' holds no pixel"),
        (discs((30, 20, 8), (60, 40, 8)), ("a", "a"), "Two regions are called 'a'"),
        (-discs((30, 20, 8)), (), "from -1 to 0"),
    ],
)
def test_labels_and_names_that_do_not_fit_are_refused(labels, names, message):
    with pytest.raises(ImagingError, match=message):
        Regions(labels, names)


@siblings("size", [130.0, 0.0, -1e-7, float("nan")])
def test_pixel_size_given_in_other_units_is_refused(size):
    with pytest.raises(ImagingError, match="in metres, 130 nm being 130e-9"):
        check_pixel_size(size)


def test_no_region_is_fine():
    empty = Regions.from_labels(np.zeros((10, 10), int))
    assert len(empty) == 0
    assert empty.outlines() == {}
    assert empty.table(1e-7).empty
    assert len(empty.without_border()) == 0
