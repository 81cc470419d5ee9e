"""How much of a particle is resolved: a point, a radius, or its whole shape."""

from __future__ import annotations

import functools
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from multiscale.electrode.geometry import ElectrodeGeometry
from multiscale.errors import MeshError, ModelError
from multiscale.fem.space import Block, FiniteElementSpace, PointSpace, space_of
from multiscale.limits import check_count, short, whole
from multiscale.mesh.measure import MOST_ELEMENTS
from multiscale.mesh.particle_mesh import ParticleMesh
from multiscale.models.surface import covered_share

_UNIT = 1e-6  # radius of the reference meshes [m], shared by particles of equal shape
_REFERENCES = 32  # reference meshes that are kept


@dataclass(frozen=True)
class Lumped:
    """One stoichiometry and one potential per particle: thousands of particles."""

    resolves_potential = False

    def block(self, geometry: ElectrodeGeometry, particle: str) -> Block:
        """The particle as a single point of true volume and surface."""
        row = geometry.particles.loc[particle]
        radius, depth = row["radius_m"], row["depth_m"]
        if geometry.dimension == 2:
            volume, area = np.pi * radius**2 * depth, 2 * np.pi * radius * depth
        else:
            volume, area = 4 / 3 * np.pi * radius**3, 4 * np.pi * radius**2
        return Block(PointSpace(volume, area), centre=_centre(row))


@dataclass(frozen=True)
class Radial:
    """Stoichiometries along the radius and one potential per particle: populations.

    Particles of any shape become the cylinder (2D) or sphere (3D) of equal size.

    Parameters
    ----------
    n : int
        Number of elements along the radius.
    order : int, optional
        Element order, 1 or 2.
    """

    n: int = 20
    order: int = 1

    resolves_potential = False

    def __post_init__(self) -> None:
        whole(self.n, "Radial: n, the number of elements,", MeshError, 1, 10_000)
        whole(self.order, "Radial: order", MeshError, 1, 2)

    def block(self, geometry: ElectrodeGeometry, particle: str) -> Block:
        """The particle along its radius; a disk becomes a cylinder of its depth."""
        row = geometry.particles.loc[particle]
        depth = row["depth_m"] if geometry.dimension == 2 else None
        space = space_of(_radial(self.n, self.order, depth))
        return Block(space, row["radius_m"] / _UNIT, geometry.dimension, _centre(row))


@dataclass(frozen=True)
class Resolved:
    """Lithium and potential on a mesh of the particle's shape.

    Parameters
    ----------
    size : float, optional
        Element size as a share of the radius, 1/8 by default; below 1e-3 it is a length [m].
        Stored and own meshes keep their elements.
    order : int, optional
        Element order, 1 or 2.
    """

    size: float = 1 / 8
    order: int = 1

    resolves_potential = True

    def __post_init__(self) -> None:
        if isinstance(self.size, bool) or not isinstance(self.size, int | float | np.number):
            raise ModelError(f"Resolved: size must be a number, not {short(self.size)}")
        whole(self.order, "Resolved: order", MeshError, 1, 2)

    def block(self, geometry: ElectrodeGeometry, particle: str) -> Block:
        """The particle's cross-section or body, with the patches of its contacts."""
        row = geometry.particles.loc[particle]
        flat = geometry.dimension == 2
        if row["shape"] == "mesh":
            bare = geometry.meshes[particle]
        elif row["shape"] in ("disk", "sphere"):
            bare = self._round(particle, row, flat)
        else:
            bare = _stored(str(row["shape"]), self.order, row["depth_m"] if flat else None)
        scale = row["radius_m"] / bare.equal_radius
        # a round mesh counts by its nominal radius, so that meshes of any size agree
        if row["shape"] in ("disk", "sphere"):
            scale = row["radius_m"] / _UNIT
        own = (geometry.contacts["particle"] == particle).to_numpy()
        areas = geometry.contact_areas().to_numpy()[own] / scale ** (geometry.dimension - 1)
        space = space_of(bare)
        contacts, wet = _patches(space, geometry.contacts[own], areas)
        return Block(space, scale, geometry.dimension, _centre(row), contacts, wet)

    def _round(self, particle: str, row: pd.Series, flat: bool) -> ParticleMesh:
        """Disk or ball of the reference radius."""
        radius = row["radius_m"]
        share = self.size / radius if self.size < 1e-3 else self.size
        if not 0 < share <= 0.5:
            raise ModelError(
                f"Resolved(size={self.size:g}) gives particle {particle!r} (radius {radius:g} m) "
                f"elements of {share:.2g} radii; use at most half a radius."
            )
        elements = 6 / share**2 if flat else 20 / share**3
        check_count(
            elements,
            f"Resolved(size={self.size:g}) gives particle {particle!r} {{}} elements",
            MOST_ELEMENTS,
            ModelError,
        )
        return _round(round(1 / share), self.order, row["depth_m"] if flat else None)


Fidelity = Lumped | Radial | Resolved


# Reference meshes, kept by all that they are made from; ``depth`` is that of a cross-section [m].


@functools.lru_cache(maxsize=_REFERENCES)
def _radial(n: int, order: int, depth: float | None) -> ParticleMesh:
    shape = "sphere" if depth is None else "cylinder"
    return ParticleMesh.radial(_UNIT, n, shape=shape, height=depth, order=order)


@functools.lru_cache(maxsize=_REFERENCES)
def _round(rings: int, order: int, depth: float | None) -> ParticleMesh:
    if depth is None:
        return ParticleMesh.ball(_UNIT, _UNIT / rings, order=order)
    return ParticleMesh.disk(_UNIT, _UNIT / rings, depth=depth, order=order)


@functools.lru_cache(maxsize=_REFERENCES)
def _stored(name: str, order: int, depth: float | None) -> ParticleMesh:
    """A stored shape; its own facet groups become bare surface."""
    mesh = ParticleMesh.load(name, order=order)
    mesh = mesh.with_group_names(dict.fromkeys(mesh.groups, "surface"))
    return mesh if depth is None else mesh.with_depth(depth)


def _patches(
    space: FiniteElementSpace, contacts: pd.DataFrame, areas: NDArray[np.float64]
) -> tuple[list[NDArray[np.float64]], NDArray[np.float64]]:
    """Share of every facet under the patch of each contact, and the share that reacts.

    ``areas`` are those of the patches [m2]. Electrolyte reaches a patch and what is around it,
    unless the contact has a dry angle: then nothing reacts within the larger of the two.
    """
    surface = space.facets("surface")
    area, arm = surface.facet_areas, surface.facet_middles - space.mesh.centroid[:, np.newaxis]
    arm /= np.linalg.norm(arm, axis=0)
    directions = contacts[["direction_x", "direction_y", "direction_z"]].to_numpy(dtype=float)
    patches: list[NDArray[np.float64]] = []
    free, wetted, reacts = np.ones_like(area), np.zeros_like(area), np.ones_like(area)
    for direction, target, half, dry in zip(
        directions, areas, contacts["half_angle_deg"], contacts["dry_half_angle_deg"], strict=True
    ):
        angle = np.arccos(np.clip(direction[: len(arm)] @ arm, -1, 1))
        patch = free * covered_share(angle, free * area, target)
        patches.append(patch)
        free = free - patch
        if np.isnan(dry):
            wetted += patch
            continue
        dry_target = target * max(1.0, _share(dry, len(arm)) / _share(half, len(arm)))
        reacts = np.minimum(reacts, 1 - np.maximum(patch, covered_share(angle, area, dry_target)))
    return patches, np.maximum(reacts, wetted)


def _share(half_angle_deg: float, dimension: int) -> float:
    """Share of a circle or sphere within an angle from a direction [-]."""
    angle = np.radians(half_angle_deg)
    return float(angle / np.pi if dimension == 2 else (1 - np.cos(angle)) / 2)


def _centre(row: pd.Series) -> NDArray[np.float64]:
    return np.array([row["x_m"], row["y_m"], row["z_m"]], dtype=float)
