"""Checks of an electrode: every fault names the culprits and says what would be right."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from scipy.spatial import cKDTree

from multiscale.electrode.network import unreachable
from multiscale.electrode.tables import (
    DIRECTION,
    FACTORS,
    NODE_KINDS,
    POSITION,
    UNIT_TOLERANCE,
    names,
)
from multiscale.errors import GeometryError, unknown_name
from multiscale.limits import CONSTRICTION, DEPTH, FACTOR, RADIUS, Quantity
from multiscale.mesh.files import stored_meshes

if TYPE_CHECKING:
    from multiscale.electrode.geometry import ElectrodeGeometry
    from multiscale.mesh.particle_mesh import ParticleMesh

SHAPES = {"disk": 2, "sphere": 3}
OWN_MESH = "mesh"
ANGLE_TOLERANCE = 1e-6  # [degree] patches that just touch do not overlap
MESH_TOLERANCE = 0.02  # a polygon is smaller than its disk
COINCIDENT = 1e-6  # distance of centres over the smaller radius


def check_geometry(geometry: ElectrodeGeometry) -> None:
    """Everything below, in the order in which one fault makes the next meaningless."""
    if not len(geometry.particles):
        raise GeometryError("An electrode has at least one particle")
    check_nodes(geometry)
    check_particles(geometry)
    check_edges(geometry)
    check_contacts(geometry)
    check_patches(geometry)
    check_connection(geometry)


def shape_dimension(geometry: ElectrodeGeometry) -> int:
    """Number of dimensions all particles share; checks shapes and meshes."""
    shapes = geometry.particles["shape"]
    found = {name: _dimension_of_shape(name) for name in shapes.unique() if name != OWN_MESH}
    own = shapes.index[shapes == OWN_MESH]
    for label in own.difference(geometry.meshes):
        raise GeometryError(f"Particle {label!r} has the shape 'mesh' but no entry in meshes")
    for label in geometry.meshes:
        if label not in own:
            raise GeometryError(
                unknown_name("particle of shape 'mesh', named in meshes,", label, own)
            )
    sizes = {label: geometry.meshes[label].dimension for label in own}
    for label, size in sizes.items():
        if size not in (2, 3):
            raise GeometryError(
                f"The mesh of particle {label!r} is a line; give it the shape 'sphere' or 'disk' "
                "and choose radial particles in the model"
            )
    dimension = {**found, **sizes}
    if len(set(dimension.values())) > 1:
        listed = ", ".join(f"{name!r} {size}D" for name, size in dimension.items())
        raise GeometryError(f"Particles are all 2D or all 3D; here {listed}")
    return int(next(iter(dimension.values()), 2))


def _dimension_of_shape(shape: str) -> int:
    if shape in SHAPES:
        return SHAPES[shape]
    manifest = stored_meshes()
    if shape not in manifest:
        choices = [*SHAPES, OWN_MESH, *manifest]
        raise GeometryError(unknown_name("shape of particles", shape, choices))
    return int(manifest[shape]["dimension"])


def same_mesh(first: ParticleMesh, second: ParticleMesh) -> bool:
    """Whether two meshes have the same nodes, elements, groups, order and depth."""
    return (
        (first.order, first.depth) == (second.order, second.depth)
        and np.array_equal(first.mesh.p, second.mesh.p)
        and np.array_equal(first.mesh.t, second.mesh.t)
        and first.groups.keys() == second.groups.keys()
        and all(np.array_equal(first.groups[name], second.groups[name]) for name in first.groups)
    )


def check_nodes(geometry: ElectrodeGeometry) -> None:
    """Kinds exist, positions are numbers, and there is exactly one collector."""
    nodes = geometry.nodes
    for label, kind in nodes["kind"].items():
        if kind not in NODE_KINDS:
            raise GeometryError(f"Node {label!r}: {unknown_name('kind of node', kind, NODE_KINDS)}")
    collectors = nodes.index[nodes["kind"] == "collector"]
    if len(collectors) != 1:
        found = f"; here {names(collectors)}" if len(collectors) else ""
        raise GeometryError(
            f"There is exactly one node of kind 'collector', not {len(collectors)}{found}"
        )
    _refuse(nodes, ~np.isfinite(nodes[POSITION]).all(axis=1), "nodes", "have no position [m]")


def check_particles(geometry: ElectrodeGeometry) -> None:
    """Sizes and factors are positive, positions are numbers and differ."""
    table = geometry.particles
    _refuse(table, ~_positive(table["radius_m"]), "particles", "have no positive radius [m]")
    _check_range(table, "radius_m", RADIUS, "Particle")
    _refuse(table, ~np.isfinite(table[POSITION]).all(axis=1), "particles", "have no position [m]")
    for name in FACTORS:
        _refuse(table, ~_positive(table[name]), "particles", f"have no positive {name}")
        _check_range(table, name, FACTOR, "Particle")
    if geometry.dimension == 2:
        _refuse(table, ~_positive(table["depth_m"]), "particles", "have no positive depth [m]")
        _check_range(table, "depth_m", DEPTH, "Particle")
        depths = table["depth_m"].unique()
        if len(depths) > 1:
            raise GeometryError(
                f"All particles of a 2D electrode share one depth_m; here {sorted(depths)}"
            )
    for label, mesh in geometry.meshes.items():
        _check_mesh_size(label, mesh, table.loc[label])
    start = table["initial_stoichiometry"]
    wrong = ~(start.isna() | ((start >= 0) & (start <= 1)))
    _refuse(table, wrong, "particles", "need initial_stoichiometry in [0, 1] (NaN: the set)")
    _refuse(table, table["obstruction"] < -1, "particles", "have an obstruction below -1 (unknown)")
    tree = cKDTree(table[POSITION])
    for a, b in tree.query_pairs(COINCIDENT * table["radius_m"].min()):
        raise GeometryError(f"The particles {names(table.index[[a, b]])} have the same centre")


def _check_mesh_size(label: str, mesh: ParticleMesh, row: pd.Series) -> None:
    radius = mesh.equal_radius
    if abs(row["radius_m"] - radius) > MESH_TOLERANCE * radius:
        raise GeometryError(
            f"Particle {label!r} has radius_m {row['radius_m']:.4g}, but its mesh has the size of "
            f"a radius of {radius:.4g} m; leave radius_m out (NaN) or scale the mesh"
        )
    if mesh.dimension == 2 and mesh.depth != row["depth_m"]:
        raise GeometryError(
            f"Particle {label!r} has depth_m {row['depth_m']:.4g}, but its mesh {mesh.depth:.4g}"
        )


def check_edges(geometry: ElectrodeGeometry) -> None:
    """Ends exist and differ; conductances are positive (infinite: an ideal wire)."""
    edges = geometry.edges
    for name in ("node_a", "node_b"):
        for label in edges[name]:
            if label not in geometry.nodes.index:
                kind = f"node in column {name!r} of edges"
                raise GeometryError(unknown_name(kind, label, geometry.nodes.index))
    ends = edges["node_a"] + " - " + edges["node_b"]
    loops = ends[edges["node_a"] == edges["node_b"]]
    if len(loops):
        raise GeometryError(f"The edges {names(loops)} lead from a node to itself")
    wrong = ends[~(edges["conductance_S"] > 0)]
    if len(wrong):
        raise GeometryError(
            f"The edges {names(wrong)} have no positive conductance_S; inf is an ideal wire, and "
            "an edge that does not conduct is left out"
        )


def check_contacts(geometry: ElectrodeGeometry) -> None:
    """Both ends exist, and every number lies where it has a meaning."""
    table = geometry.contacts
    for column, labels in (("particle", geometry.particles.index), ("node", geometry.nodes.index)):
        for contact, label in table[column].items():
            if label not in labels:
                message = unknown_name(column, label, labels)
                raise GeometryError(f"Contact {contact!r}: {message}")
    length = np.linalg.norm(table[DIRECTION], axis=1)
    wrong = ~(np.abs(length - 1) < UNIT_TOLERANCE)
    _refuse(table, wrong, "contacts", "have a direction that is not a unit vector")
    if geometry.dimension == 2:
        flat = table["direction_z"] == 0
        _refuse(table, ~flat, "contacts", "of this 2D electrode have a direction_z other than 0")
    angle = table["half_angle_deg"]
    _refuse(table, ~((angle > 0) & (angle < 180)), "contacts", "need a half_angle_deg in (0, 180)")
    dry = table["dry_half_angle_deg"]
    wrong = ~(dry.isna() | ((dry >= 0) & (dry < 180)))
    _refuse(table, wrong, "contacts", "need a dry_half_angle_deg in [0, 180) or NaN")
    conductance = table["conductance_S_m2"]
    wrong = conductance < 0
    _refuse(table, wrong, "contacts", "have a negative conductance_S_m2 (NaN: from the set)")
    length = table["constriction_m"]
    wrong = ~((length >= 0) & np.isfinite(length))
    _refuse(table, wrong, "contacts", "need a constriction_m of 0 (none) or a positive length")
    _check_range(table, "constriction_m", CONSTRICTION, "Contact")


def check_patches(geometry: ElectrodeGeometry) -> None:
    """Patches of one particle do not overlap and leave some of it to the electrolyte."""
    pairs = close_patches(geometry.contacts)
    if len(pairs):
        first, second, apart = pairs[0]
        table = geometry.contacts.loc[[first, second]]
        raise GeometryError(
            f"The contacts {first!r} and {second!r} overlap on particle "
            f"{table['particle'].iloc[0]!r}: they are {apart:.4g} degrees apart, their half angles "
            f"are {table['half_angle_deg'].iloc[0]:.4g} and {table['half_angle_deg'].iloc[1]:.4g}"
            + (f" ({len(pairs)} such pairs)" if len(pairs) > 1 else "")
        )
    share = geometry.contact_shares().groupby(geometry.contacts["particle"]).sum()
    full = share.index[share > 1 - 1e-9]
    if len(full):
        raise GeometryError(f"Contacts cover the whole of the particles {names(full)}")


def close_patches(contacts: pd.DataFrame) -> list[tuple[str, str, float]]:
    """Overlapping pairs of patches on one particle, and the angle between them [degree]."""
    table = contacts.sort_values("particle", kind="stable")
    labels, owner = table.index, table["particle"].to_numpy()
    vectors, angles = table[DIRECTION].to_numpy(), table["half_angle_deg"].to_numpy()
    found = []
    for step in range(1, int(table["particle"].value_counts().max() if len(table) else 0)):
        a, b = slice(None, -step), slice(step, None)
        apart = angles_between(vectors[a], vectors[b])
        close = (apart < angles[a] + angles[b] - ANGLE_TOLERANCE) & (owner[a] == owner[b])
        found += [(labels[i], labels[i + step], float(apart[i])) for i in np.flatnonzero(close)]
    return found


def angles_between(first: np.ndarray, second: np.ndarray) -> np.ndarray:
    """Angles [degree] between unit vectors (..., 3), exact near 0 and 180 too."""
    apart, along = (np.linalg.norm(v, axis=-1) for v in (first - second, first + second))
    return np.degrees(2 * np.arctan2(apart, along))


def check_connection(geometry: ElectrodeGeometry) -> None:
    """Every particle has a contact, and everything is joined to the collector."""
    touched = geometry.particles.index.isin(geometry.contacts["particle"])
    if not touched.all():
        raise GeometryError(
            f"The particles {names(geometry.particles.index[~touched])} have no contact at all; "
            "give them one, or leave them out"
        )
    particles, nodes = unreachable(geometry)
    parts = [f"particles {names(particles)}"] if particles else []
    parts += [f"nodes {names(nodes)}"] if nodes else []
    if parts:
        raise GeometryError(
            f"No path leads from the {' and the '.join(parts)} to the collector "
            f"{geometry.collector!r}; contacts with zero conductance do not count"
        )


def _positive(values: pd.Series) -> pd.Series:
    return (values > 0) & np.isfinite(values)


def _check_range(table: pd.DataFrame, column: str, quantity: Quantity, kind: str) -> None:
    """Refuse the first number of a column that the quantity cannot be."""
    values = table[column].to_numpy(dtype=float)
    low, high = quantity.possible
    for k in np.flatnonzero((values < low) | (values > high))[:1]:
        label, fault = table.index[k], quantity.fault(float(values[k]))
        raise GeometryError(f"{kind} {str(label)!r}: {column} {fault}")


def _refuse(table: pd.DataFrame, wrong: pd.Series | np.ndarray, kind: str, fault: str) -> None:
    culprits = table.index[np.asarray(wrong, dtype=bool)]
    if len(culprits):
        raise GeometryError(f"The {kind} {names(culprits)} {fault}")
