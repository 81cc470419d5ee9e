"""Outlines: what is refused, and what is found in an image (no mesh generator needed)."""

from __future__ import annotations

import sys

import numpy as np
import pytest

from multiscale.errors import MeshError
from multiscale.geometry import ParticleMesh
from multiscale.geometry.outline import (
    checked_outline,
    image_outline,
    polygon_area,
    resampled,
)

SQUARE = np.array([[0, 0], [1, 0], [1, 1], [0, 1]], dtype=float)


def ellipse_image(a=40, b=30):
    y, x = np.mgrid[:100, :120]
    return ((x - 60) / a) ** 2 + ((y - 45) / b) ** 2 < 1


@pytest.mark.parametrize("xy", [SQUARE, SQUARE[::-1], np.vstack([SQUARE, SQUARE[:1]])])
def test_orientation_and_closing_point_do_not_matter(xy):
    outline = checked_outline(xy)
    assert len(outline) == 4
    assert polygon_area(outline) == pytest.approx(1)


@pytest.mark.parametrize(
    ("xy", "message"),
    [
        (SQUARE[:2], "at least 3 corners, not 2"),
        (np.vstack([SQUARE[:2], SQUARE[:1]]), "at least 3 corners"),
        (SQUARE.T[:, :3], r"array \(n, 2\)"),
        (np.where(SQUARE == 0, np.nan, SQUARE), "3 corners that are not numbers"),
        (np.vstack([SQUARE, SQUARE[:1], SQUARE[:1]]), "closed twice"),
        (np.repeat(SQUARE, 2, axis=0), "point is doubled"),
        ([[0, 0], [1, 1], [2, 2]], "no area"),
        (SQUARE[[0, 2, 1, 3]] * [1, 1.1], "crosses or touches itself"),
        ([[0, 0], [2, 0], [2, 2], [1, 0], [0, 2]], "crosses or touches itself"),
        ([[0, 0], [1, 0], [2, 0], [1.5, 0], [1.5, 1], [0, 1]], "turns back on itself at corner 2"),
        (np.vstack([SQUARE, SQUARE + np.array([0.3, 0.2])]), "crosses or touches itself"),
    ],
)
def test_outlines_that_are_no_particle(xy, message):
    with pytest.raises(MeshError, match=message):
        checked_outline(xy)


def test_a_full_turn_closes_up_to_rounding():
    angle = np.linspace(0, 2 * np.pi, 50)
    assert len(checked_outline(np.column_stack([np.cos(angle), np.sin(angle)]))) == 49


def test_unit_of_an_outline_has_no_default():
    with pytest.raises(MeshError, match="unit='um'"):
        ParticleMesh.from_outline(SQUARE, size=0.1)
    with pytest.raises(MeshError, match="Unknown unit of length 'micron'"):
        ParticleMesh.from_outline(SQUARE, size=0.1, unit="micron")


def test_resampling_keeps_the_area():
    coarse = resampled(SQUARE, 0.3)
    assert len(coarse) == 13
    assert polygon_area(coarse) == pytest.approx(1, rel=1e-12)
    edges = np.linalg.norm(np.roll(coarse, -1, axis=0) - coarse, axis=1)
    assert edges.max() / edges.min() < 1.5


def test_image_outline_keeps_area_and_place():
    image = ellipse_image()
    outline = checked_outline(image_outline(image, 2e-8, 6e-8))
    assert polygon_area(outline) == pytest.approx(image.sum() * 4e-16, rel=1e-9)
    # pixel centres are half a pixel in; y counts from the lowest row
    centre = np.array([60.5, 100 - 45.5]) * 2e-8
    np.testing.assert_allclose(outline.mean(axis=0), centre, atol=0.1 * 2e-8)
    radii = np.abs(outline - centre).max(axis=0)
    # smoothing over one element takes half a pixel off the tips
    np.testing.assert_allclose(radii, [40 * 2e-8, 30 * 2e-8], atol=0.6 * 2e-8)


def test_image_perimeter_is_that_of_the_shape_not_of_its_pixels():
    outline = image_outline(ellipse_image(40, 40), 1.0, 3.0)
    perimeter = np.linalg.norm(np.roll(outline, -1, axis=0) - outline, axis=1).sum()
    assert perimeter == pytest.approx(2 * np.pi * 40, rel=0.01)  # the staircase: 27 % more


def test_image_holes_and_small_pieces_are_left_out():
    image = ellipse_image()
    pierced = image.copy()
    pierced[40:46, 55:62] = False
    pierced[5:9, 5:9] = True
    np.testing.assert_array_equal(image_outline(pierced, 1.0, 3.0), image_outline(image, 1.0, 3.0))


def test_pieces_that_touch_at_a_corner_are_traced_once():
    image = np.zeros((20, 20), dtype=bool)
    image[3:10, 3:10] = True
    image[10:15, 10:15] = True
    assert polygon_area(image_outline(image, 1.0, 1.0)) == pytest.approx(49)


@pytest.mark.parametrize(
    ("image", "message"),
    [
        (np.zeros((9, 9)), "holds no particle"),
        (np.ones((9, 9)), "touches the edge"),
        (np.zeros((9, 9, 3)), "two dimensions, not 3"),
        (np.arange(81.0).reshape(9, 9), "not binary"),
        (np.pad([[1]], 4), "only 1 pixels"),
    ],
)
def test_images_that_hold_no_outline(image, message):
    with pytest.raises(MeshError, match=message):
        image_outline(image, 1e-8, 1e-7)


def test_pixel_size_must_be_a_length():
    with pytest.raises(MeshError, match="edge of a pixel"):
        image_outline(ellipse_image(), 0, 1e-7)


def test_without_gmsh_the_error_says_what_to_install(monkeypatch):
    monkeypatch.setitem(sys.modules, "gmsh", None)
    with pytest.raises(MeshError, match=r"multiscale-electrode\[meshing\].*libglu1-mesa"):
        ParticleMesh.from_outline(SQUARE, unit="um", size=0.1)
