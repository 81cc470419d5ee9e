"""Meshes of real outlines: made one by one, checked, with the contacts as named facet groups."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from multiscale.electrode.geometry import ElectrodeGeometry
from multiscale.electrode.image_outlines import ELEMENTS, outline_mesh
from multiscale.errors import MeshError
from multiscale.mesh.particle_mesh import ParticleMesh
from multiscale.micrograph.micrograph import Micrograph

Progress = Callable[[list[Any]], Iterable[Any]]
WORST = 0.2  # radius ratio below which a mesh is not used
DIRECTION = ["direction_x", "direction_y"]


@dataclass(frozen=True)
class Meshes:
    """Meshes by label with the one group "surface", and why others have none."""

    meshes: Mapping[str, ParticleMesh]
    failed: Mapping[str, str]

    def quality(self) -> pd.DataFrame:
        """Elements, smallest angle [degree] and worst radius ratio of each mesh, by label."""
        rows = {
            label: {
                "elements": mesh.n_elements,
                "min_angle_deg": mesh.quality.min_angle,
                "min_radius_ratio": mesh.quality.min_radius_ratio,
            }
            for label, mesh in self.meshes.items()
        }
        columns = ["elements", "min_angle_deg", "min_radius_ratio"]
        return pd.DataFrame.from_dict(rows, orient="index", columns=columns)


def mesh_particles(
    micrograph: Micrograph,
    size: float | None = None,
    depth: float = 1e-6,
    progress: Progress = list,
) -> Meshes:
    """Mesh every outline of a section; needs gmsh.

    Parameters
    ----------
    micrograph : Micrograph
    size : float, optional
        Element size [m]; by default a sixth of each particle's radius, at most half of it.
    depth : float
        Depth of the section [m].
    progress : callable
        Wraps the list of particles, for example :class:`tqdm.tqdm`.

    Returns
    -------
    Meshes
        About each particle's centre of mass; those with an element worse than a radius ratio of
        0.2 are among the failed.

    Raises
    ------
    MeshError
        If gmsh cannot be imported.

    Examples
    --------
    >>> image = np.kron([[0, 1, 0]], np.ones((30, 30), int))
    >>> meshes = mesh_particles(Micrograph(image, 1e-7))  # doctest: +SKIP
    >>> list(meshes.meshes), meshes.failed  # doctest: +SKIP
    (['1'], {})
    """
    from multiscale.mesh.gmsh_recipes import session

    with session():  # says at once if there is no gmsh
        pass
    made, failed = {}, {}
    radii = micrograph.particles["radius_m"]
    for number, outline in progress(list(micrograph.outlines.items())):
        step = min(size or radii[number] / ELEMENTS, radii[number] / 2)
        try:
            mesh = outline_mesh(outline, step, depth).with_name(str(number))
        except MeshError as error:
            failed[str(number)] = str(error)
            continue
        worst = mesh.quality.min_radius_ratio
        if worst < WORST:
            failed[str(number)] = f"its worst element has a radius ratio of {worst:.2f}"
        else:
            made[str(number)] = mesh
    return Meshes(made, failed)


def with_meshes(electrode: ElectrodeGeometry, found: Meshes) -> ElectrodeGeometry:
    """The electrode with particles in the shape of their meshes; those without stay disks.

    Examples
    --------
    >>> image = np.kron([[0, 1, 0]], np.ones((30, 30), int))
    >>> electrode = Micrograph(image, 1e-7).electrode()
    >>> with_meshes(electrode, Meshes({}, {"1": "none"})) == electrode
    True
    """
    table = electrode.particles.copy()
    own = {label: found.meshes[label] for label in table.index if label in found.meshes}
    table.loc[list(own), "shape"] = "mesh"
    table.loc[list(own), "radius_m"] = np.nan
    return replace(electrode, particles=table, meshes=own)


def with_contact_groups(mesh: ParticleMesh, contacts: pd.DataFrame) -> ParticleMesh:
    """The mesh with a facet group per contact, named after it ("contact_7-7+9").

    Facets belong to a contact if they lie within its half angle, seen from the centre of mass,
    or to none; a contact narrower than a facet has the nearest.

    Examples
    --------
    >>> disk = ParticleMesh.disk(1e-6, 0.2e-6)
    >>> row = {"direction_x": 1.0, "direction_y": 0.0, "half_angle_deg": 20.0}
    >>> sorted(with_contact_groups(disk, pd.DataFrame([row], index=["1-1+2"])).groups)
    ['contact_1-1+2', 'surface']
    """
    for label, contact in contacts.iterrows():
        facets = mesh.facets("surface")
        angles = _angles(mesh, facets, contact[DIRECTION].to_numpy(dtype=float))
        inside = angles <= max(contact["half_angle_deg"], angles.min() * (1 + 1e-9))
        if not inside.all():
            mesh = mesh.with_group(f"contact_{label}", facets[inside])
    return mesh


def _angles(
    mesh: ParticleMesh, facets: NDArray[np.int64], direction: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Angles [degree] between a direction and the middles of facets."""
    middle = mesh.mesh.p[:, mesh.mesh.facets[:, facets]].mean(axis=1)
    arm = middle - mesh.centroid[:, np.newaxis]
    cosine = direction @ arm / np.linalg.norm(arm, axis=0)
    return np.degrees(np.arccos(np.clip(cosine, -1, 1)))
