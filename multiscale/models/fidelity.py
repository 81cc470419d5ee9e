"""How much of a particle is resolved: a point, a radius, or its whole shape."""

from __future__ import annotations

import functools
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from multiscale.errors import MeshError, ModelError
from multiscale.geometry.checks import MOST_ELEMENTS
from multiscale.geometry.electrode_checks import equal_radius
from multiscale.geometry.electrode_geometry import ElectrodeGeometry
from multiscale.geometry.particle_mesh import ParticleMesh
from multiscale.limits import check_count, short, whole
from multiscale.spatial_methods.space import space_of
from multiscale.spatial_methods.union import Block, PointSpace

# direction, half-angle [deg], half-angle without electrolyte [deg] or -1 for a wetted patch
Patch = tuple[tuple[float, ...], float, float]
_UNIT = 1e-6  # radius of the reference meshes [m], shared by particles of equal shape
_REFERENCES = 32  # reference meshes that are kept
_PATCHED = 512  # of each mesh, as many variants with contact patches are kept


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
        """The particle's cross-section or body, with its contacts as facet groups."""
        row = geometry.particles.loc[particle]
        flat = geometry.dimension == 2
        contacts = geometry.contacts[geometry.contacts["particle"] == particle]
        patches = tuple(_patch(contact, flat) for _, contact in contacts.iterrows())
        if row["shape"] == "mesh":
            bare = geometry.meshes[particle]
        elif row["shape"] in ("disk", "sphere"):
            bare = self._round(particle, row, flat)
        else:
            bare = _stored(str(row["shape"]), self.order, row["depth_m"] if flat else None)
        mesh = _with_contacts(bare, patches)
        names = tuple(f"contact {number}" for number in range(len(patches)))
        wet = [name for name, patch in zip(names, patches, strict=True) if patch[2] < 0]
        scale = row["radius_m"] / equal_radius(bare)
        # a round mesh counts by its nominal radius, so that meshes of any size agree
        if row["shape"] in ("disk", "sphere"):
            scale = row["radius_m"] / _UNIT
        return Block(
            space_of(mesh), scale, geometry.dimension, _centre(row), names, ("surface", *wet)
        )

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


def _with_contacts(bare: ParticleMesh, patches: tuple[Patch, ...]) -> ParticleMesh:
    """Mesh whose facet groups are the contact patches, what is dry, and the rest.

    Kept with the bare mesh itself, so that it is never given to another one.
    """
    kept: dict[tuple[Patch, ...], ParticleMesh] = bare.derived.setdefault("patched", {})
    if patches not in kept:
        if len(kept) >= _PATCHED:
            del kept[next(iter(kept))]  # the oldest
        kept[patches] = _patched(bare, patches)
    return kept[patches]


def _patched(bare: ParticleMesh, patches: tuple[Patch, ...]) -> ParticleMesh:
    facets = bare.facets("surface")
    middle = _facet_directions(bare, facets)
    angles = [np.degrees(np.arccos(np.clip(np.array(p[0]) @ middle, -1, 1))) for p in patches]
    free = np.ones(len(facets), dtype=bool)
    mesh = bare
    for number, (patch, angle) in enumerate(zip(patches, angles, strict=True)):
        inside = free & (angle <= patch[1] * (1 + 1e-9))
        if not inside.any():  # narrower than a facet: the nearest one
            inside = free & (angle == angle[free].min())
        free &= ~inside
        mesh = mesh.with_group(f"contact {number}", facets[inside])
    dry = np.zeros(len(facets), dtype=bool)
    for patch, angle in zip(patches, angles, strict=True):
        dry |= free & (angle <= patch[2])
    if dry.any():
        mesh = mesh.with_group("dry", facets[dry])
    return mesh


def _facet_directions(mesh: ParticleMesh, facets: NDArray[np.int64]) -> NDArray[np.float64]:
    middle = mesh.mesh.p[:, mesh.mesh.facets[:, facets]].mean(axis=1)
    arm = middle - mesh.centroid[:, np.newaxis]
    return np.asarray(arm / np.linalg.norm(arm, axis=0))


def _patch(contact: pd.Series, flat: bool) -> Patch:
    axes = ["direction_x", "direction_y", "direction_z"][: 2 if flat else 3]
    dry = float(contact["dry_half_angle_deg"])
    direction = tuple(float(contact[axis]) for axis in axes)
    return direction, float(contact["half_angle_deg"]), -1.0 if np.isnan(dry) else dry


def _centre(row: pd.Series) -> NDArray[np.float64]:
    return np.array([row["x_m"], row["y_m"], row["z_m"]], dtype=float)
