"""Outlines: what is refused, and what is found in an image (no mesh generator needed)."""

from __future__ import annotations

import sys

import numpy as np
import pytest
from siblings import siblings

from multiscale.errors import MeshError
from multiscale.mesh import ParticleMesh
from multiscale.mesh.outline import (
    checked_outline,
    fitted,
    image_outline,
    polygon_area,
    resampled,
    trace,
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


@siblings(
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


def ring(n, radius=1.0):
    angle = np.arange(n) / n * 2 * np.pi
    return np.column_stack([radius * np.cos(angle), radius * np.sin(angle)])


def dense(corners, n=50):
    corners = np.asarray(corners, dtype=float)
    ahead = np.roll(corners, -1, axis=0) - corners
    shares = np.arange(n)[:, np.newaxis] / n
    return np.vstack([c + a * shares for c, a in zip(corners, ahead, strict=True)])


ELL = [[0, 0], [2, 0], [2, 1], [1, 1], [1, 2], [0, 2]]
T = np.linspace(0, 2 * np.pi, 401)[:-1]
DUMBBELL = np.column_stack([1.2 * np.cos(T), np.sin(T) * np.sqrt(0.02 + np.cos(T) ** 2)])


def disk_of_pixels(radius):
    y, x = np.mgrid[-radius - 1 : radius + 2, -radius - 1 : radius + 2]
    return trace(x**2 + y**2 < radius**2)


@siblings(
    ("xy", "size", "sides"),
    [
        (ring(192), 0.06, 105),
        (ring(192), 0.03, 192),  # not one side is shorter than three quarters: left as it is
        (ring(5000), 0.3, 21),
        (ring(5000)[::-1], 0.3, 21),
        (dense(SQUARE), 0.1, 40),
        (dense(ELL), 0.1, 80),
        (dense([[0, 0], [1, 0], [1, 0.05], [0, 0.05]]), 0.05, 42),
        (disk_of_pixels(50) / 50, 0.1, 60),  # stairs are 27 % longer than what they stand for
    ],
)
def test_sides_are_as_long_as_asked_for(xy, size, sides):
    outline = fitted(checked_outline(xy), size)
    assert len(outline) == pytest.approx(sides, abs=2)
    assert polygon_area(outline) == pytest.approx(abs(polygon_area(xy)), rel=1e-12)


@pytest.mark.parametrize("corners", [SQUARE, ELL, [[0, 0], [1, 0], [0.5, 0.9]]])
def test_corners_stay(corners):
    outline = fitted(checked_outline(dense(corners)), 0.07)
    for corner in np.asarray(corners):
        assert np.linalg.norm(outline - corner, axis=1).min() < 1e-9


@siblings(
    ("xy", "message"),
    [
        (np.vstack([ring(200), [[1.5, -0.02], [1.5, -0.01]]]), r"near \(1\.\d+, .*only 0.0.* wide"),
        (DUMBBELL * [1, 0.05], "only 0.0"),
        (
            dense([[0, 0], [1, 0], [1, 0.05], [0, 0.05]]),
            r"only 0.05\d* wide; choose a smaller size",
        ),
        ([[0, 0], [1, 0], [1, 0.01], [0, 0.01]], "which is about 0.00949 wide"),
        (ring(200, 0.04), "wide; choose a smaller size|lose its form"),
    ],
)
def test_sizes_that_an_outline_cannot_carry_are_named(xy, message):
    with pytest.raises(MeshError, match=rf"size=0\.06.* is too coarse for this outline.*{message}"):
        fitted(checked_outline(xy), 0.06)


def test_a_notch_is_no_neck():
    notch = [[0, 0], [1, 0], [1, 1], [0.51, 1], [0.5, 0.5], [0.49, 1], [0, 1]]
    assert len(fitted(checked_outline(notch), 0.06)) == 7
    assert len(fitted(checked_outline(dense(notch)), 0.06)) > 70


@pytest.mark.parametrize("n", [1000, 60_000])
def test_many_corners_are_checked_at_once(n):
    assert len(checked_outline(ring(n))) == n
    crossed = ring(n)
    crossed[[10, n // 2]] = crossed[[n // 2, 10]]
    with pytest.raises(MeshError, match="crosses or touches itself"):
        checked_outline(crossed)
    assert len(checked_outline(dense(SQUARE, n // 4))) == n // 4 * 4


@siblings(
    ("xy", "message"),
    [
        ([[0, 0], [1], [1, 1]], "array .n, 2. of numbers"),
        ([["a", "b"]] * 4, "array .n, 2. of numbers"),
        ([], "not of shape"),
        (SQUARE * 1e200, "a coordinate of 1e"),
        (np.zeros((500_001, 2)), "the limit is 500,000"),
        ([[0, 0], [2, 0], [2, 2], [1, 1e-12], [0, 2]], "crosses or touches itself"),
    ],
)
def test_what_is_no_outline_at_all(xy, message):
    with pytest.raises(MeshError, match=message):
        checked_outline(xy)


@siblings("size", [0, -1, np.nan, np.inf, None, "0.1", True, [0.1]])
def test_sizes_that_are_none(size):
    with pytest.raises(MeshError, match="size must be a positive number"):
        ParticleMesh.from_outline(SQUARE, unit="um", size=size)


def test_an_outline_in_the_wrong_unit():
    with pytest.raises(MeshError, match=r"unit='m' the particle measures 1 m.*unit='um' would be"):
        ParticleMesh.from_outline(SQUARE, unit="m", size=0.1)


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


@siblings(
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
