"""An electrode as a description: particles, wiring and the contacts between the two."""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from os import PathLike
from pathlib import Path
from typing import Any, Self

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from multiscale.electrode import image, layouts, tables
from multiscale.electrode.network import Network
from multiscale.electrode.tables import DEFAULT_CONSTRICTION, NAN, Table
from multiscale.errors import GeometryError, unknown_name
from multiscale.folders import settle
from multiscale.limits import Constriction, Depth, Radius, number, short
from multiscale.mesh.measure import DEFAULT_DEPTH
from multiscale.mesh.particle_mesh import ParticleMesh
from multiscale.text import path_of, read_json

FORMAT = "multiscale electrode geometry"
VERSION = 1
MESHES = "meshes.csv"
_MESH_COLUMNS = ("particle", "file", "depth_m", "order")


@dataclass(frozen=True, eq=False, kw_only=True)
class ElectrodeGeometry:
    """Particles, wiring and contacts of an electrode; a change returns a copy.

    All tables are pandas.DataFrame; take them as read-only. Columns in brackets may be left out.

    Parameters
    ----------
    particles : DataFrame, index "particle" (label)
        ``shape`` ("disk", "sphere", the name of a stored mesh, or "mesh" with an entry in
        ``meshes``; all 2D or all 3D), ``radius_m`` (of a mesh: that of the disk or sphere of
        equal size; a stored mesh is scaled to it, an own mesh is taken as it is), ``x_m``,
        ``y_m``, [``z_m``] (centre), [``depth_m``] (2D: one for all, default 1e-6; 3D: NaN),
        [``obstruction``] (particles between it and the carbon network; -1 unknown),
        [``diffusivity_factor``], [``conductivity_factor``], [``exchange_current_factor``]
        (default 1), [``initial_stoichiometry``] (NaN: from the parameter set), [``top``] (bool,
        seen from the side away from the collector).
    nodes : DataFrame, index "node" (label)
        ``kind`` ("collector": exactly one, "carbon" or "junction"), ``x_m``, ``y_m``, [``z_m``].
    edges : DataFrame
        ``node_a``, ``node_b``, ``conductance_S`` (positive; inf is an ideal wire).
    contacts : DataFrame, index "contact" (label)
        ``particle``, ``node``, ``direction_x``, ``direction_y``, [``direction_z``] (unit vector
        from the centre of the particle to the middle of the patch), [``half_angle_deg``]
        (angular half-width of the patch, default 22.5), [``conductance_S_m2``] (of this side,
        per area; NaN: from the parameter set; 0 and inf are allowed; two sides that meet in a
        junction are in series), [``constriction_m``] (delta, so that the constriction adds the
        resistance per area delta/kappa at the particle's mean stoichiometry; 0: none),
        [``dry_half_angle_deg``] (facets within this angle have no electrolyte; NaN: electrolyte
        reaches the patch itself too, so that it reacts as well as conducts).
    meshes : mapping of str to ParticleMesh, optional
        Own meshes of the particles of shape "mesh", by label of the particle.

    Raises
    ------
    GeometryError
        If a label, a number or the wiring is wrong; see ``check``.

    Examples
    --------
    >>> from multiscale.electrode.geometry import ElectrodeGeometry
    >>> electrode = ElectrodeGeometry.columns([0, 1, 2])
    >>> electrode.n_particles, list(electrode.particles.index[electrode.particles["top"]])
    (6, ['c0r0', 'c1r1', 'c2r2'])
    >>> int(electrode.with_factor("diffusivity", {"c1r0": 3}).particles.diffusivity_factor.sum())
    8
    """

    particles: pd.DataFrame
    nodes: pd.DataFrame
    edges: pd.DataFrame
    contacts: pd.DataFrame
    meshes: Mapping[str, ParticleMesh] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for name, schema in tables.SCHEMAS.items():
            object.__setattr__(self, name, tables.normalised(getattr(self, name), schema))
        meshes = {str(label): mesh for label, mesh in self.meshes.items()}
        object.__setattr__(self, "meshes", meshes)
        particles, dimension = self.particles, self.dimension
        sizes = pd.Series({label: mesh.equal_radius for label, mesh in meshes.items()}, dtype=float)
        particles["radius_m"] = particles["radius_m"].fillna(sizes)
        if dimension == 2:
            depth = next((mesh.depth for mesh in meshes.values()), DEFAULT_DEPTH)
            particles["depth_m"] = particles["depth_m"].fillna(depth)
        self.check()

    @classmethod
    def from_table(
        cls,
        particles: Table,
        nodes: Table,
        edges: Table | None,
        contacts: Table,
        *,
        meshes: Mapping[str, ParticleMesh] | None = None,
    ) -> Self:
        """Electrode from own tables, with what they leave out filled in.

        Parameters
        ----------
        particles, nodes, edges, contacts : DataFrame, list of dict, or path of a CSV file
            As in ``ElectrodeGeometry``. Labels are the index, or a column "particle", "node" or
            "contact". Left out may be, besides the columns with defaults: the labels of contacts
            ("particle-node"); the directions of contacts (towards the node); the positions of
            nodes (the middle of the patches that touch them; without any, 0), but not both; and
            the edges as a whole (``None``: an ideal wire from each carbon node to the collector).
        meshes : mapping of str to ParticleMesh, optional
            Own meshes, by label of the particle.

        Raises
        ------
        GeometryError
            As ``ElectrodeGeometry``, or if directions and positions are both missing.

        Examples
        --------
        >>> from multiscale.electrode.geometry import ElectrodeGeometry
        >>> electrode = ElectrodeGeometry.from_table(
        ...     particles=[dict(particle="a", shape="disk", radius_m=1e-6, x_m=0, y_m=1e-6)],
        ...     nodes=[dict(node="foil", kind="collector", x_m=0, y_m=0)],
        ...     edges=None,
        ...     contacts=[dict(particle="a", node="foil", half_angle_deg=10)],
        ... )
        >>> electrode.contacts.loc["a-foil", ["direction_x", "direction_y"]].tolist()
        [0.0, -1.0]
        """
        return cls(**tables.filled(particles, nodes, edges, contacts), meshes=meshes or {})

    @classmethod
    def columns(
        cls,
        obstructions: Sequence[int],
        radius: Radius = 5e-6,
        *,
        depth: Depth = DEFAULT_DEPTH,
        contact_half_angle_deg: float = 22.5,
        constriction_m: Constriction = DEFAULT_CONSTRICTION,
        dry_half_angle_deg: float = NAN,
        covered_rows: Sequence[int] = (),
        coverage: float = 0.2,
        conductance_S_m2: float = NAN,
        carbon_conductance_S: float = np.inf,
    ) -> Self:
        """Columns of equal disks on carbon; column k has ``obstructions[k]`` below its top one.

        The particle at the bottom (row 0) of each column touches a carbon node below it, the
        others touch those above and below through a junction. Each carbon node has its own wire
        to the collector. Labels read "c2r0" (column 2, row 0), "c2j0" (junction between rows 0
        and 1), "c2carbon" and "c2r1carbon"; contacts "c2r0-c2j0".

        Parameters
        ----------
        obstructions : sequence of int
            Number of particles below the top one of each column.
        radius, depth : float
            Of all particles [m].
        contact_half_angle_deg : float
            Angular half-width of every contact below or above a particle.
        constriction_m : float
            Delta of each side of each contact between particles, by default none; carbon
            contacts have none.
        dry_half_angle_deg : float
            Angle without electrolyte around each contact between particles; NaN: electrolyte
            reaches the patches too.
        covered_rows : sequence of int
            Rows (0 is the bottom) that touch carbon at their sides as well.
        coverage : float
            Share of the rim of such a particle that touches that carbon: one patch on the right
            with a half angle of coverage x 180 degrees, or one on each side with half of it if
            that does not fit between the contacts above and below.
        conductance_S_m2 : float
            Of every contact side, per area; NaN: from the parameter set.
        carbon_conductance_S : float
            From each carbon node to the collector; inf is an ideal wire.

        Raises
        ------
        GeometryError
            If a number of particles, a row or the coverage is impossible.

        Examples
        --------
        >>> from multiscale.electrode.geometry import ElectrodeGeometry
        >>> electrode = ElectrodeGeometry.columns([0, 1, 2, 3, 4])
        >>> electrode.n_particles, len(electrode.contacts)
        (15, 25)
        >>> electrode.particles["obstruction"].tolist()
        [0, 0, 1, 0, 1, 2, 0, 1, 2, 3, 0, 1, 2, 3, 4]
        """
        return cls._counted(
            layouts.columns(
                obstructions,
                radius,
                depth=depth,
                contact_half_angle_deg=contact_half_angle_deg,
                constriction_m=constriction_m,
                dry_half_angle_deg=dry_half_angle_deg,
                covered_rows=covered_rows,
                coverage=coverage,
                conductance_S_m2=conductance_S_m2,
                carbon_conductance_S=carbon_conductance_S,
            )
        )

    @classmethod
    def packing(
        cls,
        n: int,
        radii: ArrayLike = 5e-6,
        coverage: float = 0.05,
        seed: int = 0,
        *,
        dimension: int = 2,
        width: float | None = None,
        depth: Depth = DEFAULT_DEPTH,
        contact_half_angle_deg: float = 15.0,
        constriction_m: Constriction = DEFAULT_CONSTRICTION,
        gap: float = 0.01,
    ) -> Self:
        """Random packing of disks or spheres that have fallen on the collector and rolled down.

        Each particle touches an earlier one or the collector, so that all are connected; none
        overlap. Labels read "p007", in the order of ``radii``; junctions "p003+p007"; the carbon
        of a particle "p007carbon", with an ideal wire to the collector.

        Parameters
        ----------
        n : int
            Number of particles.
        radii : float or n floats
            Radii [m].
        coverage : float
            Share of the surface (2D: rim) of all particles together that touches carbon, from 0
            to below 1. Carbon comes in patches of the half angle of the contacts, placed where
            no other contact is: one for each particle in random order until the share is
            reached (by at most one patch more), then a second one and so on. With all radii
            equal and patches of the share s, the share coverage / s of the particles has direct
            carbon contact, up to 1 (s is 0.083 in 2D and 0.017 in 3D for 15 degrees).
        seed : int
            The same seed gives the same packing.
        dimension : {2, 3}
            Disks, piled up along y, or spheres, along z.
        width : float, optional
            Distance of the hard side walls [m]; by default the packing is about as high as wide.
        depth : float
            2D: depth [m].
        contact_half_angle_deg : float
            Angular half-width of the patches; where two particles touch, that of the smaller one
            (the patch on the larger one is as wide). Made smaller where patches would overlap.
        constriction_m : float
            Delta of each side of each contact between particles, by default none.
        gap : float
            Particles touch if they are less than this share of the smaller radius apart.

        Raises
        ------
        GeometryError
            If an argument is out of range, or so much carbon finds no place.

        Examples
        --------
        >>> from multiscale.electrode.geometry import ElectrodeGeometry
        >>> electrode = ElectrodeGeometry.packing(50, coverage=0.02, seed=3)
        >>> electrode.n_particles, int((electrode.nodes["kind"] == "carbon").sum())
        (50, 12)
        """
        return cls._counted(
            layouts.packing(
                n,
                radii,
                coverage,
                seed,
                dimension=dimension,
                width=width,
                depth=depth,
                contact_half_angle_deg=contact_half_angle_deg,
                constriction_m=constriction_m,
                gap=gap,
            )
        )

    @classmethod
    def from_labels(
        cls,
        labels: ArrayLike,
        pixel_size: float,
        binder: ArrayLike | None = None,
        collector: str = "bottom",
        *,
        gap_pixels: float = 0,
        contact_faces: int = 1,
        constriction_m: float = DEFAULT_CONSTRICTION,
        depth: float = DEFAULT_DEPTH,
        shapes: str = "round",
        mesh_size: float | None = None,
        join_binder: bool = False,
        drop_unconnected: bool = False,
    ) -> Self:
        """Labelled particles wired as they touch: disks, spheres, or meshes of their outlines.

        2D: around each centroid the outline is cut into sectors of about two pixels. A sector
        that touches something belongs to what it touches most; neighbouring sectors of one owner
        make up one contact, whose half angle is half of theirs. Contacts therefore never overlap,
        and none is smaller than a sector; where they would take more than 90 % of a rim, they
        shrink alike to that, so that something is left to react.

        3D: each neighbour, and each piece of binder within each of twelve directions, is a cap
        with the share of the particle's faces that touch it; caps that would overlap shrink,
        those of binder before those between particles.

        Particles are called by their number ("7"), junctions "7+9", connected pieces of binder
        "carbon1"...; a piece that reaches the collector is joined to it by an ideal wire.

        Parameters
        ----------
        labels : (rows, columns) or (planes, rows, columns) int array
            0 outside, one number per particle; the first row is the upper one.
        pixel_size : float
            Edge of a pixel or voxel [m].
        binder : array of the same shape, optional
            Nonzero where there is conducting binder; where a label is, the particle counts.
        collector : {"bottom", "top", "left", "right", "front", "back"}
            Side of the image along which the current collector runs; the last two in 3D only
            (the first and the last plane).
        gap_pixels : float
            What is no farther apart than this touches (1 closes the lines of a watershed).
        contact_faces : int
            Particles touch if they share at least as many pixel sides or voxel faces.
        constriction_m : float
            Delta of each side of each contact between particles, by default none.
        depth : float
            Depth of a cross-section [m].
        shapes : {"round", "outline"}
            Disks and spheres of equal size at the centroids, or (2D, needs gmsh) meshes of the
            outlines, with holes filled, for ``Resolved``.
        mesh_size : float, optional
            Element size of outlines [m]; by default a sixth of each particle's radius.
        join_binder : bool
            All binder is wired to the collector: what a section shows as pieces hangs together
            outside of it.
        drop_unconnected : bool
            Leave out what touches nothing that leads to the collector instead of refusing it.

        Returns
        -------
        ElectrodeGeometry
            2D: x to the right and y upwards, origin at the lower left corner. 3D: z upwards
            (against the rows) and y along the planes.

        Raises
        ------
        GeometryError
            If the image or an argument cannot be used, a label falls into pieces, or particles
            touch nothing that leads to the collector (they are named).

        Examples
        --------
        >>> import numpy as np
        >>> from multiscale.electrode.geometry import ElectrodeGeometry
        >>> image = np.kron([[0, 1, 1, 0], [0, 2, 2, 0]], np.ones((20, 10), int))
        >>> electrode = ElectrodeGeometry.from_labels(image, 0.2e-6)
        >>> sorted(electrode.contacts.index), electrode.particles["obstruction"].tolist()
        (['1-1+2', '2-1+2', '2-collector'], [1, 0])
        """
        return cls._counted(
            image.label_tables(
                labels,
                pixel_size,
                binder,
                collector,
                gap_pixels=gap_pixels,
                contact_faces=contact_faces,
                constriction_m=constriction_m,
                depth=depth,
                shapes=shapes,
                mesh_size=mesh_size,
                join_binder=join_binder,
                drop_unconnected=drop_unconnected,
            )
        )

    @classmethod
    def _counted(cls, made: Mapping[str, Any]) -> Self:
        """An electrode of tables that were made, with its own count of obstructing particles."""
        geometry = cls(**made)
        counts = geometry.obstruction_counts()
        return replace(geometry, particles=geometry.particles.assign(obstruction=counts))

    def check(self) -> None:
        """Raise ``GeometryError`` naming the culprits; done on construction.

        Refused are unknown shapes and labels, labels that occur twice, numbers out of range,
        centres that coincide, directions that are not unit vectors, patches that overlap on one
        particle or cover all of it, no or several collectors, particles without a contact, and
        particles and nodes that no path of conducting contacts joins to the collector.
        Particles may overlap in space (positions serve pictures only).
        """
        if not len(self.particles):
            raise GeometryError("An electrode has at least one particle")
        # in the order in which one fault makes the next meaningless
        tables.check_nodes(self.nodes)
        tables.check_particles(self.particles, self.meshes, self.dimension)
        tables.check_edges(self.edges, self.nodes)
        tables.check_contacts(self.contacts, self.particles, self.nodes, self.dimension)
        tables.check_patches(self.contacts, self.contact_shares())
        touched = self.particles.index.isin(self.contacts["particle"])
        if not touched.all():
            raise GeometryError(
                f"The particles {tables.names(self.particles.index[~touched])} have no contact at "
                "all; give them one, or leave them out"
            )
        particles, nodes = self._network.unreachable()
        parts = [f"particles {tables.names(particles)}"] if particles else []
        parts += [f"nodes {tables.names(nodes)}"] if nodes else []
        if parts:
            raise GeometryError(
                f"No path leads from the {' and the '.join(parts)} to the collector "
                f"{self.collector!r}; contacts with zero conductance do not count"
            )

    @property
    def n_particles(self) -> int:
        """Number of particles."""
        return len(self.particles)

    @cached_property
    def dimension(self) -> int:
        """2 (cross-sections with a depth) or 3."""
        return tables.shape_dimension(self.particles["shape"], self.meshes)

    @property
    def depth(self) -> float | None:
        """Depth of a 2D electrode [m]; ``None`` in 3D."""
        return float(self.particles["depth_m"].iloc[0]) if self.dimension == 2 else None

    @property
    def collector(self) -> str:
        """Label of the collector node."""
        return str(self.nodes.index[self.nodes["kind"] == "collector"][0])

    def volumes(self) -> pd.Series:
        """Volume of each particle [m3], as a smooth disk x depth or sphere of its radius."""
        radius = self.particles["radius_m"]
        if self.dimension == 2:
            return (np.pi * radius**2 * self.particles["depth_m"]).rename("volume_m3")
        return (4 / 3 * np.pi * radius**3).rename("volume_m3")

    def contact_shares(self) -> pd.Series:
        """Share of the rim (2D) or surface (3D) of its particle each contact takes [-]."""
        angle = self.contacts["half_angle_deg"]
        share = angle / 180 if self.dimension == 2 else (1 - np.cos(np.radians(angle))) / 2
        return share.rename("share")

    def contact_areas(self) -> pd.Series:
        """Area of each contact patch [m2], on a smooth disk x depth or sphere."""
        owner = self.particles.loc[self.contacts["particle"]]
        radius = owner["radius_m"].to_numpy()
        surface = 4 * np.pi * radius**2
        if self.dimension == 2:
            surface = 2 * np.pi * radius * owner["depth_m"].to_numpy()
        return (self.contact_shares() * surface).rename("area_m2")

    def summary(self) -> str:
        """A few lines of text: counts, sizes, wiring and coverage."""
        particles, nodes, contacts = self.particles, self.nodes, self.contacts
        radius = particles["radius_m"]
        size = f"radius {radius.min():.3g} m"
        if radius.nunique() > 1:
            size = f"radii {radius.min():.3g} to {radius.max():.3g} m"
        depth = "" if self.depth is None else f", depth {self.depth:.3g} m"
        shapes = ", ".join(f"{n} {shape}" for shape, n in particles["shape"].value_counts().items())
        kinds = ", ".join(f"{n} {kind}" for kind, n in nodes["kind"].value_counts().items())
        kind = nodes.loc[contacts["node"], "kind"].set_axis(contacts.index)
        meeting = ", ".join(f"{n} with {name}" for name, n in kind.value_counts().items())
        share = self.contact_shares().groupby(kind).sum() / len(particles)
        covered = ", ".join(f"{name} {100 * part:.1f} %" for name, part in share.items())
        steps = self.obstruction_counts()
        counts = steps.value_counts().sort_index()
        obstruction = ", ".join(f"{n} behind {step}" for step, n in counts.items())
        if len(counts) > 8:
            obstruction = f"0 to {steps.max()}, median {steps.median():g}"
        count = f"{len(particles)} particles ({shapes})"
        return "\n".join(
            [
                f"{self.dimension}D electrode, {count}, {size}{depth}",
                f"  volume {self.volumes().sum():.4e} m3",
                f"  {len(nodes)} nodes ({kinds}), {len(self.edges)} edges",
                f"  {len(contacts)} contacts ({meeting})",
                f"  mean share of a particle's surface in contact: {covered}",
                f"  particles by the number between them and the carbon: {obstruction}",
            ]
        )

    def __repr__(self) -> str:
        return f"<ElectrodeGeometry {self.summary().splitlines()[0]}>"

    def with_particles(self, particles: pd.DataFrame) -> ElectrodeGeometry:
        """The same electrode with another table of particles."""
        return replace(self, particles=particles)

    def with_contacts(self, contacts: pd.DataFrame) -> ElectrodeGeometry:
        """The same electrode with another table of contacts."""
        return replace(self, contacts=contacts)

    def with_factor(
        self, name: str, values: Mapping[str, float] | pd.Series | float
    ) -> ElectrodeGeometry:
        """The same electrode with another property factor for some particles.

        Parameters
        ----------
        name : {"diffusivity", "conductivity", "exchange_current"}
            What the factor multiplies (``"diffusivity_factor"`` will do as well).
        values : mapping or Series of label to float, or float
            Positive factors [-]; particles that are not named keep theirs. One number is for all.

        Raises
        ------
        GeometryError
            If there is no such factor or particle; proposes the nearest.
        """
        column = f"{str(name).removesuffix('_factor')}_factor"
        if not isinstance(name, str) or column not in tables.FACTORS:
            choices = [factor.removesuffix("_factor") for factor in tables.FACTORS]
            raise GeometryError(unknown_name("factor", name, choices))
        particles = self.particles.copy()
        if not isinstance(values, Mapping | pd.Series):
            values = dict.fromkeys(particles.index, values)
        for label in values.keys():  # noqa: SIM118 (a Series iterates over its values)
            self._known(label)
        particles.loc[list(values.keys()), column] = [
            number(value, f"{column} of {label}", GeometryError) for label, value in values.items()
        ]
        return self.with_particles(particles)

    def relabelled(self, labels: Mapping[str, str]) -> ElectrodeGeometry:
        """The same electrode with some particles under other labels ({old: new})."""
        if not isinstance(labels, Mapping):
            raise GeometryError(f"labels must be a mapping {{old: new}}, not {short(labels)}")
        for old in labels:
            self._known(old)
        new = {label: str(labels.get(label, label)) for label in self.particles.index}
        return replace(
            self,
            particles=self.particles.rename(index=new),
            contacts=self.contacts.assign(particle=self.contacts["particle"].map(new)),
            meshes={new[label]: mesh for label, mesh in self.meshes.items()},
        )

    def permuted(self, labels: Iterable[str]) -> ElectrodeGeometry:
        """The same electrode with its particles listed in the given order; equal to this one."""
        labels = list(labels)
        for label in labels:
            self._known(label)
        if sorted(labels) != sorted(self.particles.index):
            raise GeometryError(
                f"A new order names each of the {self.n_particles} particles once, not "
                f"{len(labels)} labels of which {len(set(labels))} differ"
            )
        return self.with_particles(self.particles.loc[labels])

    def scaled(self, factor: float) -> ElectrodeGeometry:
        """Radii, positions, constrictions and own meshes times ``factor``; the depth stays."""
        if not (np.isfinite(factor) and factor > 0):
            raise GeometryError(f"The factor must be positive, not {factor!r}")
        particles, nodes = self.particles.copy(), self.nodes.copy()
        particles[["radius_m", *tables.POSITION]] *= factor
        nodes[tables.POSITION] *= factor
        contacts = self.contacts.assign(constriction_m=factor * self.contacts["constriction_m"])
        meshes = {label: mesh.scaled(factor) for label, mesh in self.meshes.items()}
        return replace(self, particles=particles, nodes=nodes, contacts=contacts, meshes=meshes)

    def _known(self, label: str) -> None:
        if label not in self.particles.index:
            raise GeometryError(unknown_name("particle", str(label), self.particles.index))

    @property
    def _network(self) -> Network:
        return Network(
            self.particles.index, self.nodes.index, self.edges, self.contacts, self.collector
        )

    def obstruction_counts(self) -> pd.Series:
        """Particles between each particle and the carbon network, by label.

        The network is the collector and what edges alone join to it; a piece of carbon that only
        particles connect is not part of it. Counted along the path that passes the fewest
        particles, without the particle itself; contacts of zero conductance are no path.
        """
        return self._network.obstruction_counts()

    def joined_nodes(self) -> pd.Series:
        """For each node the node it is one with, by ideal wires; the collector goes first."""
        return self._network.joined_nodes()

    def resistance_to_collector(self, contact_resistance_ohm: pd.Series | float) -> pd.Series:
        """Effective electronic resistance between each particle and the collector [ohm].

        Parameters
        ----------
        contact_resistance_ohm : Series of contact label to float, or float
            Resistance of each contact [ohm] including what it stands for inside the particle; 0
            is ideal, inf open. One number is for all. Contacts of zero conductance stay open.

        Returns
        -------
        Series by label of the particle, in ohms: all paths together (from the Laplacian of the
        graph), with particles as points of one potential, to ten digits; inf where no path
        conducts.

        Examples
        --------
        >>> electrode = ElectrodeGeometry.columns([0, 2])
        >>> electrode.resistance_to_collector(1.0).tolist()  # 1 ohm for each contact side
        [1.0, 1.0, 3.0, 5.0]
        """
        return self._network.resistance_to_collector(contact_resistance_ohm)

    def to_csv(self, folder: str | PathLike[str]) -> None:
        """Write particles.csv, nodes.csv, edges.csv and contacts.csv into a folder.

        The folder is made. Own meshes become gmsh files [m] beside a list ``meshes.csv``; they
        come back to nine digits, everything else exactly.
        """
        folder = Path(folder)
        folder.mkdir(parents=True, exist_ok=True)
        for name, schema in tables.SCHEMAS.items():
            table = getattr(self, name)
            table.to_csv(folder / f"{name}.csv", index=schema.label is not None)
        rows = []
        for k, (label, mesh) in enumerate(self.meshes.items()):
            rows.append((label, f"mesh_{k}.msh.gz", mesh.depth, mesh.order))
            mesh.write(folder / rows[-1][1], unit="m")
        listed = pd.DataFrame(rows, columns=list(_MESH_COLUMNS))
        if rows:
            listed.to_csv(folder / MESHES, index=False)
        else:  # of an electrode that was here before
            (folder / MESHES).unlink(missing_ok=True)

    @classmethod
    def from_csv(cls, folder: str | PathLike[str]) -> Self:
        """Electrode from the files ``to_csv`` writes.

        Raises
        ------
        GeometryError
            If a file is missing, or its content is wrong.
        """
        folder = path_of(folder, GeometryError, "an electrode")
        frames = {
            name: tables.read_text_table(folder / f"{name}.csv", schema.columns).rename_axis(
                schema.label
            )
            for name, schema in tables.SCHEMAS.items()
        }
        meshes = {}
        if (folder / MESHES).exists():
            listed = tables.read_text_table(folder / MESHES, _MESH_COLUMNS)
            for name in _MESH_COLUMNS:
                if name not in listed:
                    raise GeometryError(
                        f"{MESHES} lacks the column {name!r}; it needs "
                        f"{', '.join(map(repr, _MESH_COLUMNS))}"
                    )
            depths, orders = tables.numbers(listed, "depth_m"), tables.numbers(listed, "order")
            for label, file, depth, order in zip(
                listed["particle"], listed["file"], depths, orders, strict=True
            ):
                if order not in (1, 2):
                    raise GeometryError(
                        f"{MESHES}: the order of {label!r} is {order:g}, not 1 or 2"
                    )
                meshes[label] = ParticleMesh.read(
                    folder / file,
                    unit="m",
                    depth=None if math.isnan(depth) else float(depth),
                    order=int(order),
                )
        return cls(**frames, meshes=meshes)

    def to_json(self, path: str | PathLike[str]) -> None:
        """Write one JSON file: format, version, and each table as a list of rows.

        Units stand in the names of the columns; NaN is null and infinity "inf".

        Raises
        ------
        GeometryError
            If there are own meshes, which such a file cannot hold.
        """
        if self.meshes:
            raise GeometryError(
                f"Own meshes (of {tables.names(self.meshes)}) do not fit into JSON; use to_csv"
            )

        def plain(value: Any) -> Any:
            """A value as JSON knows it."""
            if isinstance(value, float) and not math.isfinite(value):
                return None if math.isnan(value) else str(value)
            return value

        content: dict[str, Any] = {"format": FORMAT, "version": VERSION}
        for name, schema in tables.SCHEMAS.items():
            table = getattr(self, name)
            table = table.reset_index() if schema.label else table
            rows = table.to_dict("records")
            content[name] = [{key: plain(value) for key, value in row.items()} for row in rows]
        text = json.dumps(content, indent=1, allow_nan=False)
        Path(path).write_text(text + "\n", encoding="utf-8")

    @classmethod
    def from_json(cls, path: str | PathLike[str]) -> Self:
        """Electrode from a file of ``to_json``.

        Raises
        ------
        GeometryError
            If the file is none, of a later version, or its content is wrong.
        """
        path = path_of(path, GeometryError, "an electrode")
        settle(path)
        name = path.name
        content = read_json(path, "an electrode", GeometryError)
        if content.get("format") != FORMAT:
            raise GeometryError(f"{name} holds no electrode; its format should be {FORMAT!r}")
        if content.get("version") != VERSION:
            raise GeometryError(
                f"{name} has the version {content.get('version')!r} of the format; this release "
                f"reads version {VERSION}"
            )
        missing = [key for key in tables.SCHEMAS if key not in content]
        if missing:
            raise GeometryError(f"{name} lacks the tables {tables.names(missing)}")
        return cls(**{key: pd.DataFrame(content[key]) for key in tables.SCHEMAS})

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, ElectrodeGeometry):
            return NotImplemented
        own, others = self.meshes, other.meshes
        return own.keys() == others.keys() and all(
            [tables.same(getattr(self, n), getattr(other, n), s) for n, s in tables.SCHEMAS.items()]
            + [_same_mesh(own[label], others[label]) for label in own]
        )

    __hash__ = None  # type: ignore[assignment]


def _same_mesh(first: ParticleMesh, second: ParticleMesh) -> bool:
    """Whether two meshes have the same nodes, elements, groups, order and depth."""
    return (
        (first.order, first.depth) == (second.order, second.depth)
        and np.array_equal(first.mesh.p, second.mesh.p)
        and np.array_equal(first.mesh.t, second.mesh.t)
        and first.groups.keys() == second.groups.keys()
        and all(np.array_equal(first.groups[name], second.groups[name]) for name in first.groups)
    )
