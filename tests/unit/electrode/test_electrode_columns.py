"""Columns of particles on carbon: counts, labels, contacts and coverage."""

from __future__ import annotations

import numpy as np
import pytest
from siblings import siblings

from multiscale.electrode.geometry import ElectrodeGeometry
from multiscale.errors import GeometryError

R = 5e-6


@pytest.fixture
def five():
    return ElectrodeGeometry.columns([0, 1, 2, 3, 4])


def kinds(geometry):
    return geometry.nodes.loc[geometry.contacts["node"], "kind"].to_numpy()


def test_counts_and_labels(five):
    assert five.n_particles == 15
    assert five.nodes["kind"].value_counts().to_dict() == {
        "junction": 10,
        "carbon": 5,
        "collector": 1,
    }
    assert (kinds(five) == "junction").sum() == 20
    assert (kinds(five) == "carbon").sum() == 5
    assert list(five.edges["conductance_S"]) == [np.inf] * 5
    tops = five.particles.index[five.particles["top"]]
    assert list(tops) == ["c0r0", "c1r1", "c2r2", "c3r3", "c4r4"]
    assert list(five.particles.loc[tops, "obstruction"]) == [0, 1, 2, 3, 4]


def test_constriction_and_dry_zone_belong_to_contacts_between_particles():
    geometry = ElectrodeGeometry.columns([1], dry_half_angle_deg=45, constriction_m=1e-6)
    between = geometry.contacts["node"] == "c0j0"
    assert list(geometry.contacts["constriction_m"]) == [1e-6 * b for b in between]
    assert geometry.contacts["dry_half_angle_deg"].isna().equals(~between)


def test_particles_touch_where_their_contacts_point():
    geometry = ElectrodeGeometry.columns([2], radius=R)
    contacts = geometry.contacts[kinds(geometry) == "junction"]
    for _, contact in contacts.iterrows():
        particle = geometry.particles.loc[contact["particle"]]
        node = geometry.nodes.loc[contact["node"]]
        for axis in "xyz":
            patch = particle[f"{axis}_m"] + R * contact[f"direction_{axis}"]
            assert patch == pytest.approx(node[f"{axis}_m"], abs=1e-12 * R)


@siblings(("coverage", "patches"), [(0.2, 1), (0.375, 1), (0.5, 2), (0.7, 2)])
def test_covered_rows_touch_carbon_over_the_share_asked_for(coverage, patches):
    geometry = ElectrodeGeometry.columns([0, 2, 2], covered_rows=[1], coverage=coverage)
    side = geometry.contacts["node"].str.endswith("r1carbon")
    assert side.sum() == 2 * patches  # row 1 exists in two of the columns
    share = geometry.contact_shares()[side].groupby(geometry.contacts["particle"]).sum()
    assert share.to_dict() == pytest.approx({"c1r1": coverage, "c2r1": coverage})
    # the particle above a covered one is behind one particle only
    assert geometry.particles.loc[["c1r0", "c1r1", "c1r2"], "obstruction"].tolist() == [0, 0, 1]


def test_depth_and_conductances():
    geometry = ElectrodeGeometry.columns(
        [1], depth=2e-6, conductance_S_m2=1e3, carbon_conductance_S=5.0
    )
    assert geometry.depth == 2e-6
    assert set(geometry.contacts["conductance_S_m2"]) == {1e3}
    assert set(geometry.edges["conductance_S"]) == {5.0}
    assert ElectrodeGeometry.columns([1]).depth == 1e-6


@pytest.mark.parametrize("obstructions", [[], [-1], [0.5]])
def test_impossible_numbers_of_particles(obstructions):
    with pytest.raises(GeometryError, match="obstructions"):
        ElectrodeGeometry.columns(obstructions)


def test_row_that_does_not_exist():
    with pytest.raises(GeometryError, match=r"names \[5\]; this layout has the rows 0 to 2"):
        ElectrodeGeometry.columns([2], covered_rows=[1, 5])


@pytest.mark.parametrize("coverage", [0, -0.1, 0.75])
def test_coverage_that_does_not_fit(coverage):
    with pytest.raises(GeometryError, match=r"above 0 and below 0\.75"):
        ElectrodeGeometry.columns([2], covered_rows=[1], coverage=coverage)


def test_coverage_that_is_no_share_is_refused_where_no_row_is_covered():
    with pytest.raises(GeometryError, match="share from 0 to below 1, not 2"):
        ElectrodeGeometry.columns([2], coverage=2)
