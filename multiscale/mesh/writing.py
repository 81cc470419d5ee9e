"""Meshes to gmsh files that hold their groups by name."""

from __future__ import annotations

import gzip
from os import PathLike
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from multiscale.errors import MeshError
from multiscale.mesh.measure import metres
from multiscale.mesh.structured import oriented_cells

if TYPE_CHECKING:
    from multiscale.mesh.particle_mesh import ParticleMesh

DIGITS = 9


def write_msh(particle: ParticleMesh, path: str | PathLike[str], unit: str) -> None:
    """Write MSH 2.2 text, packed if the name ends in ``.gz``; see ``ParticleMesh.write``.

    Coordinates are given to nine significant digits of the particle's extent.
    """
    path = Path(path)
    if particle.dimension == 1:
        raise MeshError("A radial mesh is not written to a file; store its radius and n instead")
    if path.name.removesuffix(".gz").rpartition(".")[2] != "msh":
        raise MeshError(f"{path.name}: meshes are written as .msh or .msh.gz")
    text = msh_text(particle, unit).encode()
    # no name and no time in the header: the same mesh gives the same bytes
    path.write_bytes(gzip.compress(text, mtime=0) if path.suffix == ".gz" else text)


def msh_text(particle: ParticleMesh, unit: str) -> str:
    """Content of an MSH 2.2 file."""
    dimension, names = particle.dimension, sorted(particle.groups)
    physical = [f'{dimension - 1} {number} "{name}"' for number, name in enumerate(names, 1)]
    physical.append(f'{dimension} {len(names) + 1} "particle"')
    sections = {
        "MeshFormat": ["2.2 0 8"],
        "PhysicalNames": [str(len(physical)), *physical],
        "Nodes": _nodes(particle, metres(unit)),
        "Elements": _elements(particle, names),
    }
    lines = [line for key, body in sections.items() for line in (f"${key}", *body, f"$End{key}")]
    return "\n".join(lines) + "\n"


def _nodes(particle: ParticleMesh, scale: float) -> list[str]:
    points = np.zeros((particle.n_nodes, 3))
    points[:, : particle.dimension] = particle.mesh.p.T / scale
    # decimals relative to the extent: no digits spent on the rounding of zeros
    decimals = DIGITS - int(np.ceil(np.log10(np.abs(points).max())))
    points = np.round(points, decimals) + 0.0
    rows = [f"{n} {x:.12g} {y:.12g} {z:.12g}" for n, (x, y, z) in enumerate(points.tolist(), 1)]
    return [str(len(rows)), *rows]


def _elements(particle: ParticleMesh, names: list[str]) -> list[str]:
    mesh, dimension = particle.mesh, particle.dimension
    facet_kind, element_kind = {2: (1, 2), 3: (2, 4)}[dimension]
    blocks = [(facet_kind, i, mesh.facets[:, particle.groups[n]]) for i, n in enumerate(names, 1)]
    # scikit-fem sorts the nodes of its triangles; other programs expect one orientation
    blocks.append((element_kind, len(names) + 1, oriented_cells(mesh.p, mesh.t)))
    rows: list[str] = []
    for kind, group, nodes in blocks:
        for corners in (nodes.T + 1).tolist():
            joined = " ".join(map(str, corners))
            rows.append(f"{len(rows) + 1} {kind} 2 {group} {group} {joined}")
    return [str(len(rows)), *rows]
