"""Electrodes from label images: sizes, contacts and carbon as drawn."""

from __future__ import annotations

import numpy as np
import pytest
from siblings import siblings

from multiscale.electrode.geometry import ElectrodeGeometry
from multiscale.errors import GeometryError

PIXEL = 0.1e-6


def drawn(disks, shape):
    """Label image of disks (row, column, radius) in pixels."""
    rows, columns = np.indices(shape)
    image = np.zeros(shape, dtype=int)
    for number, (row, column, radius) in enumerate(disks, 1):
        image[(rows - row) ** 2 + (columns - column) ** 2 <= radius**2] = number
    return image


@pytest.fixture
def stack():
    """Particle 1 on particle 2 on the lower edge."""
    return drawn([(59, 60, 40), (140, 60, 40)], (181, 121))


def test_disks_of_equal_area_at_the_centroids(stack):
    geometry = ElectrodeGeometry.from_labels(stack, PIXEL, depth=2e-6)
    table = geometry.particles
    assert list(table.index) == ["1", "2"]
    # pixels along the rim: the area of a disk of 40 pixels is met to 1 %
    assert table["radius_m"].to_numpy() == pytest.approx(40 * PIXEL, rel=0.01)
    volume = (stack > 0).sum() * PIXEL**2 * 2e-6
    assert geometry.volumes().sum() == pytest.approx(volume, rel=1e-12)
    # the middle of pixel (140, 60) of 181 rows, from the lower left corner
    assert table.loc["2", ["x_m", "y_m"]].tolist() == pytest.approx(
        [60.5 * PIXEL, 40.5 * PIXEL], abs=1e-12
    )
    assert table["top"].tolist() == [True, False]
    assert table["obstruction"].tolist() == [1, 0]


def test_contacts(stack):
    contacts = ElectrodeGeometry.from_labels(stack, PIXEL).contacts
    assert sorted(contacts.index) == ["1-1+2", "2-1+2", "2-collector"]
    assert contacts["direction_y"].to_dict() == pytest.approx(
        {"1-1+2": -1, "2-1+2": 1, "2-collector": -1}, abs=0.02
    )


@siblings(("side", "turns"), [("bottom", 0), ("right", 1), ("top", 2), ("left", 3)])
def test_side_of_the_collector(stack, side, turns):
    geometry = ElectrodeGeometry.from_labels(np.rot90(stack, turns), PIXEL, collector=side)
    assert geometry.particles["obstruction"].tolist() == [1, 0]
    assert geometry.particles["top"].tolist() == [True, False]
    direction = geometry.contacts.loc["2-collector", ["direction_x", "direction_y"]]
    outwards = {"bottom": [0, -1], "top": [0, 1], "left": [-1, 0], "right": [1, 0]}[side]
    assert direction.tolist() == pytest.approx(outwards, abs=0.05)


def test_squares_share_a_quarter_of_their_outline():
    image = np.kron([[1], [2]], np.ones((60, 60), dtype=int))
    contacts = ElectrodeGeometry.from_labels(image, PIXEL).contacts
    # a side of a square is seen under 90 degrees; one sector more or less at each corner
    assert contacts["half_angle_deg"].to_numpy() == pytest.approx(45, abs=4)


def test_binder(stack):
    rows = np.indices(stack.shape)[0]
    binder = rows > 150
    geometry = ElectrodeGeometry.from_labels(stack, PIXEL, binder)
    assert geometry.nodes.loc["carbon1", "kind"] == "carbon"
    assert geometry.edges.iloc[0].tolist() == ["carbon1", "collector", np.inf]
    # to the left and to the right of the foot of particle 2
    sides = geometry.contacts[geometry.contacts["node"].str.startswith("carbon")]
    assert list(sides["particle"]) == ["2", "2"]
    assert sorted(np.sign(sides["direction_x"])) == [-1, 1]


def test_binder_that_does_not_reach_the_collector(stack):
    binder = np.zeros_like(stack)
    binder[40:150, 95:] = 1
    binder[:9, :9] = 1  # touches nothing
    geometry = ElectrodeGeometry.from_labels(stack, PIXEL, binder)
    assert list(geometry.nodes.index[geometry.nodes["kind"] == "carbon"]) == ["carbon2"]
    assert not len(geometry.edges)
    assert geometry.particles["obstruction"].tolist() == [1, 0]


def test_gap(stack):
    apart = np.insert(stack, 100, 0, axis=0)
    with pytest.raises(GeometryError, match="particles '1' have no contact at all"):
        ElectrodeGeometry.from_labels(apart, PIXEL)
    closed = ElectrodeGeometry.from_labels(apart, PIXEL, gap_pixels=1)
    assert "1-1+2" in closed.contacts.index


def test_enclosed_particle_keeps_a_tenth_of_its_rim():
    image = drawn([(60, 60, 40)], (121, 121))
    geometry = ElectrodeGeometry.from_labels(image, PIXEL, image == 0)
    assert list(geometry.contacts["particle"]) == ["1"]
    assert geometry.contact_shares().sum() == pytest.approx(0.9)


def test_touch_of_one_pixel_is_a_touch():
    image = np.zeros((9, 5), dtype=int)
    image[:4, :2], image[4:, 2:], image[4, 1] = 1, 2, 2
    geometry = ElectrodeGeometry.from_labels(image, PIXEL)
    assert sorted(geometry.contacts.index) == ["1-1+2", "2-1+2", "2-collector"]


def test_labels_keep_their_numbers(stack):
    geometry = ElectrodeGeometry.from_labels(np.where(stack == 2, 907, 31 * stack), PIXEL)
    assert list(geometry.particles.index) == ["31", "907"]
    assert "31+907" in geometry.nodes.index


def test_a_packing_drawn_and_read_again():
    original = ElectrodeGeometry.packing(15, np.linspace(4e-6, 6e-6, 15), 0, seed=1)
    table = original.particles
    size = int(1.02 * (table["y_m"] + table["radius_m"]).max() / PIXEL)
    width = int(1.02 * (table["x_m"] + table["radius_m"]).max() / PIXEL)
    disks = zip(size - table["y_m"] / PIXEL, table["x_m"] / PIXEL, table["radius_m"] / PIXEL,
                strict=True)  # fmt: skip
    geometry = ElectrodeGeometry.from_labels(drawn(disks, (size, width)), PIXEL, gap_pixels=1)
    assert geometry.particles["radius_m"].to_numpy() == pytest.approx(
        table["radius_m"].to_numpy(), rel=0.01
    )
    assert geometry.particles["obstruction"].tolist() == table["obstruction"].tolist()


@siblings(
    ("image", "message"),
    [
        (np.zeros((4, 4)), "array of whole numbers, not float64"),
        (np.zeros((2, 2, 4, 4), dtype=int), r"not int64 of shape \(2, 2, 4, 4\)"),
        (np.zeros((4, 4), dtype=int), "a positive number in each particle"),
        (np.full((4, 4), -1), "holds 0 outside"),
        (np.eye(4, dtype=np.uint64) * 2**40, "goes up to 1099511627776; number the particles"),
        (np.array([[1, 0, 1], [2, 2, 2]]), "labels '1' fall into pieces"),
    ],
)
def test_images_that_cannot_be_used(image, message):
    with pytest.raises(GeometryError, match=message):
        ElectrodeGeometry.from_labels(image, PIXEL)


@siblings(
    ("arguments", "message"),
    [
        ({"collector": "botom"}, "Unknown side of the collector 'botom'; did you mean 'bottom'"),
        ({"pixel_size": 0}, "pixel_size is a positive number"),
        ({"pixel_size": 0.4}, "if micrometres are meant, write 0.4e-6"),
        ({"collector": "front"}, "Unknown side of the collector 'front'"),
        ({"shapes": "outlines"}, "did you mean 'outline'"),
        ({"contact_faces": 0}, "contact_faces is a whole number from 1, not 0"),
        ({"gap_pixels": -1}, "gap_pixels is 0 or a positive number"),
        ({"binder": np.zeros((2, 2))}, r"binder has the shape \(2, 2\), labels has \(181, 121\)"),
    ],
)
def test_arguments_that_cannot_be(stack, arguments, message):
    with pytest.raises(GeometryError, match=message):
        ElectrodeGeometry.from_labels(stack, **{"pixel_size": PIXEL, **arguments})
