"""An electrode as a description: particles, wiring and the contacts between the two."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from multiscale.electrode import network, tables
from multiscale.electrode.checks import (
    check_geometry,
    same_mesh,
    shape_dimension,
)
from multiscale.electrode.columns import LayoutConstructors
from multiscale.electrode.files import ElectrodeFiles, summary
from multiscale.errors import GeometryError, unknown_name
from multiscale.limits import number, short
from multiscale.mesh.measure import DEFAULT_DEPTH

if TYPE_CHECKING:
    from multiscale.mesh.particle_mesh import ParticleMesh


@dataclass(frozen=True, eq=False, kw_only=True)
class ElectrodeGeometry(LayoutConstructors, ElectrodeFiles):
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

    def check(self) -> None:
        """Raise ``GeometryError`` naming the culprits; done on construction.

        Refused are unknown shapes and labels, labels that occur twice, numbers out of range,
        centres that coincide, directions that are not unit vectors, patches that overlap on one
        particle or cover all of it, no or several collectors, particles without a contact, and
        particles and nodes that no path of conducting contacts joins to the collector.
        Particles may overlap in space (positions serve pictures only).
        """
        check_geometry(self)

    @property
    def n_particles(self) -> int:
        """Number of particles."""
        return len(self.particles)

    @cached_property
    def dimension(self) -> int:
        """2 (cross-sections with a depth) or 3."""
        return shape_dimension(self)

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
        return summary(self)

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

    def obstruction_counts(self) -> pd.Series:
        """Particles between each particle and the carbon network, by label.

        The network is the collector and what edges alone join to it; a piece of carbon that only
        particles connect is not part of it. Counted along the path that passes the fewest
        particles, without the particle itself; contacts of zero conductance are no path.
        """
        return network.obstruction_counts(self)

    def joined_nodes(self) -> pd.Series:
        """For each node the node it is one with, by ideal wires; the collector goes first."""
        return network.joined_nodes(self)

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
        return network.resistance_to_collector(self, contact_resistance_ohm)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, ElectrodeGeometry):
            return NotImplemented
        own, others = self.meshes, other.meshes
        return own.keys() == others.keys() and all(
            [tables.same(getattr(self, n), getattr(other, n), s) for n, s in tables.SCHEMAS.items()]
            + [same_mesh(own[label], others[label]) for label in own]
        )

    __hash__ = None  # type: ignore[assignment]
