"""Packings: no overlap, everything touches, and as much carbon as asked for."""

from __future__ import annotations

import time

import numpy as np
import pytest
from scipy.spatial.distance import pdist, squareform
from siblings import siblings

from multiscale.electrode.geometry import ElectrodeGeometry
from multiscale.electrode.layouts import seen_from_above, tangent_points
from multiscale.errors import GeometryError

R = 5e-6


def mixed(n):
    return np.random.default_rng(7).lognormal(np.log(R), 0.3, n)


def positions(geometry):
    return geometry.particles[["x_m", "y_m", "z_m"]].to_numpy()


def gaps(geometry):
    """Distance between the surfaces of all pairs, over the smaller radius."""
    radius = geometry.particles["radius_m"].to_numpy()
    between = squareform(pdist(positions(geometry))) - radius[:, None] - radius
    return between[np.triu_indices(len(radius), 1)], between / np.minimum(radius[:, None], radius)


CASES = [(2, R), (3, R), (2, mixed(60)), (3, mixed(60))]


@pytest.fixture(params=CASES, ids=["disks", "spheres", "mixed disks", "mixed spheres"])
def packing(request):
    dimension, radii = request.param
    return ElectrodeGeometry.packing(60, radii, coverage=0.02, seed=3, dimension=dimension)


def test_no_overlap_and_contacts_exactly_where_particles_touch(packing):
    _, relative = gaps(packing)
    np.fill_diagonal(relative, np.inf)
    assert relative.min() > -1e-6  # rounding of the centres
    contacts = packing.contacts
    between = packing.nodes.loc[contacts["node"], "kind"].to_numpy() == "junction"
    assert between.sum() == (relative < 0.01).sum()
    owner = packing.particles.loc[contacts["particle"]]
    direction = contacts[["direction_x", "direction_y", "direction_z"]].to_numpy()
    patch = owner[["x_m", "y_m", "z_m"]].to_numpy()
    patch = patch + owner["radius_m"].to_numpy()[:, None] * direction
    node = packing.nodes.loc[contacts["node"], ["x_m", "y_m", "z_m"]].to_numpy()
    # the patch lies at the junction, up to the gap
    assert np.linalg.norm(patch - node, axis=1)[between].max() < 0.01 * owner["radius_m"].max()


def test_particles_roll_until_they_are_supported(packing):
    up = packing.dimension - 1
    centres, radius = positions(packing), packing.particles["radius_m"].to_numpy()
    relative = gaps(packing)[1]
    np.fill_diagonal(relative, np.inf)
    lower = centres[:, up] < centres[:, up, np.newaxis]
    supports = ((np.abs(relative) < 1e-6) & lower).sum(axis=1)
    supports += np.isclose(centres[:, up], radius, rtol=1e-9)
    assert supports.min() >= 1
    # one each if nothing rolled; at a wall, and between walls this close, one is missing
    assert supports.mean() > {2: 1.5, 3: 1.9}[packing.dimension]


@siblings("dimension", [2, 3])
@siblings("coverage", [0.01, 0.05, 0.1])
def test_coverage_is_met(dimension, coverage):
    geometry = ElectrodeGeometry.packing(80, R, coverage, seed=1, dimension=dimension)
    kind = geometry.nodes.loc[geometry.contacts["node"], "kind"].to_numpy()
    share = geometry.contact_shares()
    patch = 15 / 180 if dimension == 2 else (1 - np.cos(np.radians(15))) / 2
    covered = share[kind == "carbon"].sum() / 80
    assert coverage * (1 - 1e-6) <= covered < coverage + patch / 80
    touching = (geometry.nodes["kind"] == "carbon").mean() * len(geometry.nodes) / 80
    assert touching == pytest.approx(min(1, np.ceil(80 * coverage / patch) / 80))


def test_without_carbon_everything_hangs_on_the_collector():
    geometry = ElectrodeGeometry.packing(40, coverage=0, seed=2)
    assert set(geometry.nodes["kind"]) == {"collector", "junction"}
    assert geometry.particles["obstruction"].max() >= 3


def test_same_seed_same_packing():
    first = ElectrodeGeometry.packing(30, seed=4)
    assert ElectrodeGeometry.packing(30, seed=4) == first
    assert ElectrodeGeometry.packing(30, seed=5) != first


def test_patches_are_as_wide_on_both_sides():
    radii = [R, 3 * R]
    geometry = ElectrodeGeometry.packing(2, radii, 0, width=6 * R, contact_half_angle_deg=30)
    angle = geometry.contacts["half_angle_deg"]
    assert angle["p0-p0+p1"] == 30
    assert np.sin(np.radians(angle["p1-p0+p1"])) == pytest.approx(0.5 / 3)


def test_patches_shrink_until_they_fit():
    geometry = ElectrodeGeometry.packing(100, R, 0, seed=3, contact_half_angle_deg=40)
    # neighbours of equal disks are at least 60 degrees apart
    assert 30 - 1e-6 <= geometry.contacts["half_angle_deg"].min() < 32
    assert geometry.contacts["half_angle_deg"].max() == 40


def test_constriction_between_particles_only():
    geometry = ElectrodeGeometry.packing(20, constriction_m=1e-6)
    kind = geometry.nodes.loc[geometry.contacts["node"], "kind"].to_numpy()
    assert ((geometry.contacts["constriction_m"] == 1e-6) == (kind == "junction")).all()


def test_thousand_particles_are_quick():
    start = time.perf_counter()
    geometry = ElectrodeGeometry.packing(1000, seed=0)
    geometry.resistance_to_collector(1.0)
    # 1.5 s alone on a core; ten times more would mean a loop over pairs
    assert time.perf_counter() - start < 15


@siblings(
    ("arguments", "message"),
    [
        ({"n": 0}, "n, the number of particles, must be a whole number of at least 1, not 0"),
        ({"n": 3, "radii": [R, R]}, "radii is one number or 3, not 2"),
        ({"n": 2, "radii": [R, -R]}, "radii, no. 2 is -.*; a radius of particles is"),
        ({"n": 3, "dimension": 1}, "dimension of a packing is 2 or 3, not 1"),
        ({"n": 3, "width": R}, "width is at least the largest diameter, 1e-05 m"),
        ({"n": 3, "coverage": 1.0}, "coverage is a share from 0 to below 1"),
        ({"n": 30, "coverage": 0.9}, r"Carbon finds room for a coverage of 0\.\d+ only, not 0\.9"),
    ],
)
def test_what_cannot_be(arguments, message):
    with pytest.raises(GeometryError, match=message):
        ElectrodeGeometry.packing(**arguments)


@pytest.mark.parametrize("dimension", [1, 2, 3])
def test_tangent_points(dimension):
    rng = np.random.default_rng(dimension)
    point = rng.normal(size=dimension)
    centres = rng.normal(size=(5, dimension))
    distances = np.linalg.norm(centres - point, axis=1)
    found = tangent_points(centres, distances, dimension)
    # every group of centres finds the point again, and its mirror image
    groups = {1: 5, 2: 10, 3: 10}[dimension]
    assert len(found) == 2 * groups
    hits = np.linalg.norm(found - point, axis=1) < 1e-6
    assert hits.sum() == groups


def test_seen_from_above():
    centres = np.array([[0, 0, 0], [0, 2, 0], [3, 0, 0.0]])
    seen = seen_from_above(centres, np.ones(3), np.array([0, 1.0, 0]))
    assert seen.tolist() == [False, True, True]
