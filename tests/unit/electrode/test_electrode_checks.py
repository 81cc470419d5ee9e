"""Every fault of an electrode is refused by a message that names the culprit."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from siblings import siblings

from multiscale.electrode.geometry import ElectrodeGeometry
from multiscale.electrode.tables import angles_between
from multiscale.errors import GeometryError
from multiscale.mesh import ParticleMesh

NAN = np.nan
COLLECTOR = {"kind": "collector", "x_m": 0, "y_m": 0}


@pytest.fixture
def tables():
    geometry = ElectrodeGeometry.columns([0, 2], covered_rows=[1])
    return {
        name: getattr(geometry, name).copy() for name in ("particles", "nodes", "edges", "contacts")
    }


def refused(tables, message, **more):
    with pytest.raises(GeometryError, match=message):
        ElectrodeGeometry(**tables, **more)


@siblings(
    ("table", "row", "column", "value", "message"),
    [
        ("particles", "c1r1", "shape", "dsik", "Unknown shape of particles 'dsik'; did you mean "
                                               "'disk'.*'disk_2um'.*'mesh'.*'sphere'"),
        ("particles", "c1r1", "shape", "sphere", "all 2D or all 3D; here 'disk' 2D, 'sphere' 3D"),
        ("particles", "c1r1", "shape", "mesh", "'c1r1' has the shape 'mesh' but no entry in mesh"),
        ("particles", "c1r1", "radius_m", 0.0, "'c1r1' have no positive radius"),
        ("particles", "c1r1", "radius_m", -1e-6, "'c1r1' have no positive radius"),
        ("particles", "c1r1", "radius_m", NAN, "'c1r1' have no positive radius"),
        ("particles", "c1r1", "x_m", NAN, "particles 'c1r1' have no position"),
        ("particles", "c1r1", "depth_m", 0.0, "'c1r1' have no positive depth"),
        ("particles", "c1r1", "depth_m", 2e-6, r"share one depth_m; here \["),
        ("particles", "c1r1", "obstruction", -2, "'c1r1' have an obstruction below -1"),
        ("particles", "c1r1", "initial_stoichiometry", 1.2, r"need initial_stoichiometry in \[0, "),
        ("particles", "c1r1", "exchange_current_factor", np.inf, "no positive exchange_current_"),
        ("nodes", "c1carbon", "kind", "carbn", "Node 'c1carbon': Unknown kind of node 'carbn'; did "
                                               "you mean 'carbon'"),
        ("nodes", "collector", "kind", "carbon", "exactly one node of kind 'collector', not 0"),
        ("nodes", "c1carbon", "kind", "collector", "not 2; here 'collector', 'c1carbon'"),
        ("nodes", "c1j0", "y_m", NAN, "nodes 'c1j0' have no position"),
        ("edges", 0, "node_a", "c0carbn", "Unknown node in column 'node_a' of edges 'c0carbn'; did "
                                          "you mean 'c0carbon'"),
        ("edges", 0, "node_a", "collector", "edges 'collector - collector' lead from a node to it"),
        ("edges", 0, "conductance_S", -1.0, "edges 'c0carbon - collector' have no positive con"),
        ("edges", 0, "conductance_S", 0.0, "an edge that does not conduct is left out"),
        ("edges", 0, "conductance_S", NAN, "have no positive conductance_S"),
        ("contacts", "c1r0-c1j0", "particle", "c1r3", "'c1r0-c1j0': Unknown particle 'c1r3'; did "),
        ("contacts", "c1r0-c1j0", "node", "c1j2", "Contact 'c1r0-c1j0': Unknown node 'c1j2'; did "),
        ("contacts", "c1r0-c1j0", "direction_y", 0.9, "'c1r0-c1j0' have a direction that is not "),
        ("contacts", "c1r0-c1j0", "direction_y", NAN, "that is not a unit vector"),
        ("contacts", "c1r0-c1j0", "half_angle_deg", 0.0, r"need a half_angle_deg in \(0, 180\)"),
        ("contacts", "c1r0-c1j0", "half_angle_deg", 180.0, r"need a half_angle_deg in \(0, 180\)"),
        ("contacts", "c1r0-c1j0", "dry_half_angle_deg", -5.0, r"need a dry_half_angle_deg in \[0"),
        ("contacts", "c1r0-c1j0", "conductance_S_m2", -1.0, "have a negative conductance_S_m2"),
        ("contacts", "c1r0-c1j0", "constriction_m", -1e-6, "need a constriction_m of 0"),
        ("contacts", "c1r0-c1j0", "constriction_m", np.inf, "need a constriction_m of 0"),
    ],
)  # fmt: skip
def test_one_wrong_cell(tables, table, row, column, value, message):
    tables[table].loc[row, column] = value
    refused(tables, message)


def test_flat_contacts(tables):
    tables["contacts"].loc["c1r0-c1j0", ["direction_y", "direction_z"]] = [0.0, 1.0]
    refused(tables, "'c1r0-c1j0' of this 2D electrode have a direction_z other than 0")


def test_nearly_unit_directions_are_normalised(tables):
    tables["contacts"].loc["c1r0-c1j0", "direction_y"] = 0.9995
    assert ElectrodeGeometry(**tables).contacts.loc["c1r0-c1j0", "direction_y"] == 1


@siblings("value", [0.0, np.inf, NAN, 10.0])
def test_conductances_of_contacts_that_are_right(tables, value):
    tables["contacts"].loc["c1r1-c1j0", "conductance_S_m2"] = value
    assert ElectrodeGeometry(**tables).n_particles == 4


@pytest.mark.parametrize("table", ["particles", "nodes", "contacts"])
def test_labels_that_occur_twice(tables, table):
    first = tables[table].index[0]
    tables[table] = pd.concat([tables[table], tables[table].iloc[:1]])
    refused(tables, f"labels '{first}' occur more than once in {table}")


def test_columns(tables):
    renamed = tables["particles"].rename(columns={"radius_m": "radius"})
    refused({**tables, "particles": renamed}, "Unknown column of particles 'radius'; did you mean ")
    short = tables["edges"].drop(columns="conductance_S")
    refused({**tables, "edges": short}, "edges lacks the columns 'conductance_S'; it needs 'node_")
    refused({**tables, "edges": [1]}, r"edges is a pandas\.DataFrame, not list")


def test_no_particles(tables):
    refused({**tables, "particles": tables["particles"].iloc[:0]}, "at least one particle")


def test_same_centre(tables):
    tables["particles"].loc["c1r1", ["x_m", "y_m"]] = [0.0, 5e-6]
    refused(tables, "'c0r0', 'c1r1' have the same centre")


def test_particles_may_overlap(tables):
    tables["particles"]["radius_m"] *= 1.2
    assert ElectrodeGeometry(**tables).n_particles == 4


def test_overlapping_patches(tables):
    tables["contacts"].loc["c1r1-c1r1carbon", "half_angle_deg"] = 70
    refused(
        tables,
        r"'c1r1-c1j1' and 'c1r1-c1r1carbon' overlap on particle 'c1r1': they are 90 degrees "
        r"apart, their half angles are 22\.5 and 70 \(2 such pairs\)",
    )


def test_particle_covered_all_over(tables):
    angles = [90.0, 90.0]
    tables["contacts"].loc[["c1r0-c1carbon", "c1r0-c1j0"], "half_angle_deg"] = angles
    refused(tables, "Contacts cover the whole of the particles 'c1r0'")


def test_particle_without_contact(tables):
    tables["contacts"] = tables["contacts"].drop(index=["c0r0-c0carbon"])
    refused(tables, "particles 'c0r0' have no contact at all")


def test_contacts_that_do_not_conduct_reach_nothing(tables):
    tables["contacts"].loc["c1r2-c1j1", "conductance_S_m2"] = 0
    refused(tables, "from the particles 'c1r2' to the collector 'collector'; contacts with zero")


def test_loose_nodes(tables):
    tables["edges"] = tables["edges"].iloc[1:]
    refused(tables, "from the particles 'c0r0' and the nodes 'c0carbon' to the collector")


def test_many_culprits_are_cut_off():
    geometry = ElectrodeGeometry.columns([9])
    with pytest.raises(GeometryError, match="'c0r5' and 4 more have no positive radius"):
        geometry.with_particles(geometry.particles.assign(radius_m=0))


def test_meshes(tables):
    disk = ParticleMesh.disk(5e-6, 1e-6)
    refused(
        tables, "Unknown particle of shape 'mesh', named in meshes, 'c1r1'", meshes={"c1r1": disk}
    )
    tables["particles"].loc["c1r1", "shape"] = "mesh"
    refused(tables, "is a line; give it the shape", meshes={"c1r1": ParticleMesh.radial(5e-6, 9)})
    refused(tables, "has the size of a radius of 1e-05 m", meshes={"c1r1": disk.scaled(2)})
    deep = disk.with_depth(2e-6)
    refused(tables, "has depth_m 1e-06, but its mesh 2e-06", meshes={"c1r1": deep})
    assert ElectrodeGeometry(**tables, meshes={"c1r1": disk}).dimension == 2


@siblings("angle", [0, 1e-7, 1, 90, 179.9999999, 180])
def test_angles_are_exact(angle):
    turned = np.array([np.cos(np.radians(angle)), np.sin(np.radians(angle)), 0])
    assert angles_between(np.array([1.0, 0, 0]), turned) == pytest.approx(angle, abs=1e-12)
