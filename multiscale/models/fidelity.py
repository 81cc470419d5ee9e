"""How much of a particle is resolved: a point, a radius, or its whole shape."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from multiscale.errors import ModelError
from multiscale.geometry.electrode_geometry import ElectrodeGeometry
from multiscale.geometry.particle_mesh import ParticleMesh
from multiscale.spatial_methods.space import space_of
from multiscale.spatial_methods.union import Block, PointSpace


@dataclass(frozen=True)
class Lumped:
    """One stoichiometry and one potential per particle: thousands of particles."""

    resolves_potential = False

    def block(self, geometry: ElectrodeGeometry, particle: str) -> Block:
        """The particle as a single point of true volume and surface."""
        row = geometry.particles.loc[particle]
        radius, depth = row["radius_m"], row["depth_m"]
        if _is_flat(row):
            volume, area = np.pi * radius**2 * depth, 2 * np.pi * radius * depth
        else:
            volume, area = 4 / 3 * np.pi * radius**3, 4 * np.pi * radius**2
        return Block(PointSpace(volume, area), centre=_centre(row))


@dataclass(frozen=True)
class Radial:
    """Stoichiometries along the radius and one potential per particle: populations.

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

    def block(self, geometry: ElectrodeGeometry, particle: str) -> Block:
        """The particle along its radius; a disk becomes a cylinder of its depth."""
        row = geometry.particles.loc[particle]
        shape = "cylinder" if _is_flat(row) else "sphere"
        depth = row["depth_m"] if _is_flat(row) else None
        mesh = _radial_reference(shape, self.n, self.order, depth)
        return Block(space_of(mesh), row["radius_m"] / 1e-6, 2 if depth else 3, _centre(row))


@dataclass(frozen=True)
class Resolved:
    """Lithium and potential on a mesh of the particle's shape.

    Parameters
    ----------
    size : float, optional
        Element size as a share of the radius if below 1, else an error: 1/8 by default.
        A length in metres is taken when it is below 1e-3.
    order : int, optional
        Element order, 1 or 2.
    """

    size: float = 1 / 8
    order: int = 1

    resolves_potential = True

    def block(self, geometry: ElectrodeGeometry, particle: str) -> Block:
        """The particle's cross-section or body, with its contacts as facet groups."""
        row = geometry.particles.loc[particle]
        radius = row["radius_m"]
        share = self.size / radius if self.size < 1e-3 else self.size
        if not 0 < share <= 0.5:
            raise ModelError(
                f"Resolved(size={self.size:g}) gives particle {particle!r} (radius {radius:g} m) "
                f"elements of {share:.2g} radii; use at most half a radius."
            )
        contacts = geometry.contacts[geometry.contacts["particle"] == particle]
        depth = row["depth_m"] if _is_flat(row) else None
        patches = tuple(_patch(contact, _is_flat(row)) for _, contact in contacts.iterrows())
        mesh = _resolved_reference(round(1 / share), self.order, depth, patches)
        names = tuple(f"contact {number}" for number in range(len(patches)))
        wet = [name for name, patch in zip(names, patches, strict=True) if np.isnan(patch[2])]
        power = 2 if depth else 3
        return Block(space_of(mesh), radius / 1e-6, power, _centre(row), names, ("surface", *wet))


Fidelity = Lumped | Radial | Resolved
Patch = tuple[tuple[float, ...], float, float]
_REFERENCES: dict[tuple, ParticleMesh] = {}


def _radial_reference(shape: str, n: int, order: int, depth: float | None) -> ParticleMesh:
    key = ("radial", shape, n, order, depth)
    if key not in _REFERENCES:
        mesh = ParticleMesh.radial(1e-6, n, shape=shape, height=depth, order=order)
        _REFERENCES[key] = mesh
    return _REFERENCES[key]


def _resolved_reference(
    rings: int, order: int, depth: float | None, patches: tuple[Patch, ...]
) -> ParticleMesh:
    """Disk or ball of 1 um radius whose facet groups are the contact patches."""
    key = ("resolved", rings, order, depth, patches)
    if key not in _REFERENCES:
        if depth is None:
            mesh = ParticleMesh.ball(1e-6, 1e-6 / rings, order=order)
        else:
            mesh = ParticleMesh.disk(1e-6, 1e-6 / rings, depth=depth, order=order)
        middle = _facet_directions(mesh)
        facets = mesh.facets("surface")
        angles = [np.degrees(np.arccos(np.clip(np.array(p[0]) @ middle, -1, 1))) for p in patches]
        for number, (patch, angle) in enumerate(zip(patches, angles, strict=True)):
            inside = angle <= patch[1] * (1 + 1e-9)
            if not inside.any():
                inside = angle == angle.min()
            mesh = mesh.with_group(f"contact {number}", facets[inside])
        dry = np.zeros(len(facets), dtype=bool)
        for patch, angle in zip(patches, angles, strict=True):
            dry |= (angle <= patch[2]) & (angle > patch[1])
        dry &= np.isin(facets, mesh.facets("surface"))
        if dry.any():
            mesh = mesh.with_group("dry", facets[dry])
        _REFERENCES[key] = mesh
    return _REFERENCES[key]


def _facet_directions(mesh: ParticleMesh) -> NDArray[np.float64]:
    points = mesh.mesh.p[:, mesh.mesh.facets[:, mesh.facets("surface")]].mean(axis=1)
    return np.asarray(points / np.linalg.norm(points, axis=0))


def _patch(contact: pd.Series, flat: bool) -> Patch:
    axes = ["direction_x", "direction_y", "direction_z"][: 2 if flat else 3]
    dry = contact["dry_half_angle_deg"]
    half = float(contact["half_angle_deg"])
    return tuple(float(contact[axis]) for axis in axes), half, float(dry)


def _is_flat(row: pd.Series) -> bool:
    return bool(row["shape"] == "disk")


def _centre(row: pd.Series) -> NDArray[np.float64]:
    return np.array([row["x_m"], row["y_m"], row["z_m"]], dtype=float)
