"""Electrodes from volumes of labels: spheres, caps and binder as drawn."""

from __future__ import annotations

import numpy as np
import pytest
from siblings import siblings

from multiscale.electrode.geometry import ElectrodeGeometry
from multiscale.errors import GeometryError

VOXEL = 0.2e-6


def drawn(balls, shape):
    """Label volume of balls (plane, row, column, radius) in voxels."""
    indices = np.indices(shape)
    image = np.zeros(shape, dtype=int)
    for number, (*centre, radius) in enumerate(balls, 1):
        away = sum((axis - c) ** 2 for axis, c in zip(indices, centre, strict=True))
        image[away <= radius**2] = number
    return image


@pytest.fixture
def stack():
    """Ball 1 on ball 2 on the lower side; they meet in a disk of radius 6 voxels."""
    return drawn([(12, 11, 13, 10), (12, 27, 13, 10)], (25, 36, 27))


def test_spheres_of_equal_volume_at_the_centroids(stack):
    geometry = ElectrodeGeometry.from_labels(stack, VOXEL)
    assert geometry.dimension == 3
    assert geometry.particles["shape"].tolist() == ["sphere", "sphere"]
    volume = np.bincount(stack.ravel())[1:] * VOXEL**3
    assert geometry.volumes().to_numpy() == pytest.approx(volume, rel=1e-12)
    upper = geometry.particles.loc["1", ["x_m", "y_m", "z_m"]].to_numpy(float) / VOXEL
    # the overlap went to ball 2, so that the centroid of ball 1 lies a little higher
    assert upper == pytest.approx([13.5, 12.5, 24.5], abs=0.5)
    assert geometry.particles["top"].tolist() == [True, False]
    assert geometry.particles["obstruction"].tolist() == [1, 0]


def test_contacts_are_caps_with_their_share_of_the_faces(stack):
    contacts = ElectrodeGeometry.from_labels(stack, VOXEL).contacts
    assert sorted(contacts.index) == ["1-1+2", "2-1+2", "2-collector"]
    assert contacts["direction_z"].to_dict() == pytest.approx(
        {"1-1+2": -1, "2-1+2": 1, "2-collector": -1}, abs=1e-3
    )
    # a disk of radius 6 on a ball of radius 10 is seen under asin(0.6) = 37 degrees; faces of
    # the cap and of the ball are counted alike, so that a few degrees are left
    assert contacts.loc["1-1+2", "half_angle_deg"] == pytest.approx(37, abs=7)


@siblings(
    ("side", "axis", "end"),
    [("bottom", 1, 0), ("top", 1, 1), ("left", 2, 1), ("right", 2, 0), ("front", 0, 1),
     ("back", 0, 0)],
)  # fmt: skip
def test_side_of_the_collector(stack, side, axis, end):
    volume = np.swapaxes(stack, 1, axis)
    volume = np.flip(volume, axis) if end else volume
    geometry = ElectrodeGeometry.from_labels(volume, VOXEL, collector=side)
    assert geometry.particles["obstruction"].tolist() == [1, 0]
    assert geometry.particles["top"].tolist() == [True, False]


def test_faint_contact_is_none(stack):
    with pytest.raises(GeometryError, match="particles '1' have no contact at all"):
        ElectrodeGeometry.from_labels(stack, VOXEL, contact_faces=500)
    alone = ElectrodeGeometry.from_labels(stack, VOXEL, contact_faces=500, drop_unconnected=True)
    assert list(alone.particles.index) == ["2"]
    assert sorted(alone.nodes.index) == ["collector"]


def test_binder_all_around_leaves_a_tenth_and_never_overlaps(stack):
    geometry = ElectrodeGeometry.from_labels(stack, VOXEL, stack == 0)
    share = geometry.contact_shares().groupby(geometry.contacts["particle"]).sum()
    assert (share < 0.9).all()
    # construction refuses overlaps; a sphere tiled by equal caps is covered to two thirds or so
    assert (share > 0.4).all()
    binder = geometry.contacts["node"] == "carbon1"
    assert geometry.contacts[binder]["particle"].value_counts().min() >= 9


def test_binder_in_pieces_is_wired_where_it_is_asked_for(stack):
    binder = np.zeros_like(stack)
    binder[:, :20, :3] = 1  # beside ball 1, away from the collector
    apart = ElectrodeGeometry.from_labels(stack, VOXEL, binder, gap_pixels=2)
    joined = ElectrodeGeometry.from_labels(stack, VOXEL, binder, gap_pixels=2, join_binder=True)
    assert not len(apart.edges)
    assert joined.edges.iloc[0].tolist() == ["carbon1", "collector", np.inf]
    assert joined.particles["obstruction"].tolist() == [0, 0]


def test_outlines_are_of_sections(stack):
    with pytest.raises(GeometryError, match="take a slice, or shapes='round'"):
        ElectrodeGeometry.from_labels(stack, VOXEL, shapes="outline")
