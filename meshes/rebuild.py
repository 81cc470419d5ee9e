"""Rebuild the stored meshes and their manifest.

    python -m multiscale.meshes.rebuild [NAME ...]

Without names all meshes are rebuilt. Those whose generator is "gmsh" need the extra `meshing`;
another version of gmsh may place nodes differently, which the manifest then shows.
"""

from __future__ import annotations

import argparse
import hashlib
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from multiscale.mesh import ParticleMesh
from multiscale.mesh.files import folder, read_manifest

UNIT = "um"
MICRO = 1e-6
HEADER = """\
# Stored meshes, written by rebuild.py; do not edit by hand.
# Files are MSH 2.2 text, packed with gzip; coordinates in `unit`, arguments in metres and degrees.
"""


@dataclass(frozen=True)
class Entry:
    """How one mesh is made and what it is for."""

    purpose: str
    recipe: str
    arguments: dict[str, Any] = field(default_factory=dict)
    order: int = 2  # of the elements it is meant for
    contact_half_angle: float | None = None  # [degree] about -y (2D) or -z (3D)
    group_names: dict[str, str] = field(default_factory=dict)


def notched(size: float) -> ParticleMesh:
    """Cross-section of a faceted single crystal with a notch, rounded corners; needs gmsh."""
    corners = [
        *[(-1.00, -0.08), (-0.60, -0.84), (0.42, -0.92), (0.98, -0.22), (0.74, 0.66)],
        *[(0.30, 0.80), (0.10, 0.28), (-0.04, 0.89), (-0.56, 0.80)],
    ]
    outline = MICRO * rounded(np.array(corners), radius=0.09, step=0.5 * size / MICRO)
    return ParticleMesh.from_outline(outline, unit="m", size=size)


def rounded(corners: NDArray[np.float64], radius: float, step: float) -> NDArray[np.float64]:
    """Polygon with its corners replaced by arcs of the given radius."""
    points = []
    for before, corner, after in zip(
        np.roll(corners, 1, axis=0), corners, np.roll(corners, -1, axis=0), strict=True
    ):
        a, b = (before - corner), (after - corner)
        a, b = a / np.linalg.norm(a), b / np.linalg.norm(b)
        half = np.arccos(np.clip(a @ b, -1, 1)) / 2
        bisector = (a + b) / np.linalg.norm(a + b)
        centre = corner + bisector * radius / np.sin(half)
        start = corner + a * radius / np.tan(half) - centre
        end = corner + b * radius / np.tan(half) - centre
        turn = np.arctan2(start[0] * end[1] - start[1] * end[0], start @ end)
        for angle in turn * np.linspace(0, 1, max(int(np.ceil(abs(turn) * radius / step)), 1) + 1):
            cos, sin = np.cos(angle), np.sin(angle)
            points.append(centre + np.array([[cos, -sin], [sin, cos]]) @ start)
    return np.array(points)


def disk_entry(rings: int, purpose: str, contact: float | None = None) -> Entry:
    """Disk whose outermost ring is a quarter as wide as the innermost: see tests/verification."""
    arguments = {"radius": MICRO, "size": MICRO / rings, "grading": 4.0}
    return Entry(purpose, "disk", arguments, contact_half_angle=contact)


SPHERE = {"radius": MICRO, "size": MICRO / 6, "grading": 2.0}
ENTRIES = {
    "disk_2um": disk_entry(16, "the default cross-section, for any 2D study"),
    "disk_2um_coarse": disk_entry(8, "quick looks and tests; first of three for convergence"),
    "disk_2um_fine": disk_entry(32, "reference for convergence in 2D"),
    "disk_2um_contact": disk_entry(
        16, "disk that touches its neighbour or the collector along an arc of 30 degrees", 15.0
    ),
    "hexagon_2um": Entry(
        "basal plane of a faceted platelet, corner to corner 2 um",
        "hexagon",
        {"radius": MICRO, "size": MICRO / 16},
    ),
    "notched_2um": Entry(
        "irregular faceted crystal with a notch: a shape without symmetry",
        "notched",
        {"size": 0.045e-6},
        order=1,  # its outline, not its elements, limits the accuracy
    ),
    "sphere_2um": Entry("the default 3D particle", "ball", SPHERE),
    "sphere_2um_contact": Entry(
        "sphere with ten facets at the bottom as contact: the area of a cap of 13.2 degrees",
        "ball",
        SPHERE,
        contact_half_angle=13.0,
    ),
    "cylinder_2um": Entry(
        "platelet with its c axis along z: the side reacts, the basal faces can be blocked",
        "cylinder",
        {"radius": MICRO, "height": MICRO, "size": MICRO / 5, "grading": 2.0, "surface": "side"},
        group_names={"top": "basal", "bottom": "basal"},
    ),
    "ellipsoid_2um": Entry(
        "3D particle without rotational symmetry",
        "ellipsoid",
        {"semi_axes": [MICRO, 0.8 * MICRO, 0.65 * MICRO], "size": MICRO / 5, "grading": 2.0},
    ),
}
GMSH = {"notched"}


def build(name: str) -> ParticleMesh:
    """Make one mesh from its recipe."""
    entry = ENTRIES[name]
    own: dict[str, Callable[..., ParticleMesh]] = {"notched": notched}
    make = own[entry.recipe] if entry.recipe in own else getattr(ParticleMesh, entry.recipe)
    mesh = make(**entry.arguments)
    if entry.group_names:
        mesh = mesh.with_group_names(entry.group_names)
    if entry.contact_half_angle is not None:
        limit = -np.cos(np.radians(entry.contact_half_angle))
        mesh = mesh.with_group("contact", lambda x: x[-1] < limit * np.linalg.norm(x, axis=0))
    return mesh.with_order(entry.order).with_name(name)


def describe(name: str, mesh: ParticleMesh, path: Path) -> dict[str, Any]:
    """Manifest entry of a mesh that has just been written."""
    entry = ENTRIES[name]
    fields = {
        "name": name,
        "file": path.name,
        "purpose": entry.purpose,
        "unit": UNIT,
        "dimension": mesh.dimension,
        "depth": mesh.depth,
        "order": mesh.order,
        "groups": {group: len(facets) for group, facets in sorted(mesh.groups.items())},
        "n_nodes": mesh.n_nodes,
        "n_elements": mesh.n_elements,
        "generator": "gmsh" if entry.recipe in GMSH else "none",
        "recipe": entry.recipe,
        "arguments": entry.arguments,
        "contact_half_angle": entry.contact_half_angle,
        "group_names": entry.group_names or None,
        "sha256": hashlib.sha256(path.read_bytes()).hexdigest(),
    }
    return {key: value for key, value in fields.items() if value is not None}


def toml_value(value: Any) -> str:
    """A value of the manifest as TOML."""
    if isinstance(value, str):
        return f'"{value}"'
    if isinstance(value, dict):
        return "{ " + ", ".join(f"{key} = {toml_value(v)}" for key, v in value.items()) + " }"
    if isinstance(value, list):
        return "[" + ", ".join(map(toml_value, value)) + "]"
    return f"{value:.12g}" if isinstance(value, float) else str(value)


def write_manifest(path: Path, manifest: dict[str, dict[str, Any]]) -> None:
    """Write the entries in the order of ``ENTRIES``."""
    tables = [
        "\n".join(["[[mesh]]", *(f"{key} = {toml_value(v)}" for key, v in entry.items())])
        for entry in manifest.values()
    ]
    path.write_text(HEADER + "\n" + "\n\n".join(tables) + "\n", encoding="utf-8")


def rebuild(names: list[str], out: Path) -> dict[str, dict[str, Any]]:
    """Write the named meshes and the manifest into ``out``; returns the manifest."""
    out.mkdir(parents=True, exist_ok=True)
    stored = read_manifest(out)
    for name in names:
        path = out / f"{name}.msh.gz"
        mesh = build(name)
        mesh.write(path, unit=UNIT)
        stored[name] = describe(name, mesh, path)
    manifest = {name: stored[name] for name in ENTRIES if name in stored}
    write_manifest(out / "manifest.toml", manifest)
    return manifest


def main() -> None:
    """Command line."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("names", nargs="*", metavar="NAME", help="meshes to rebuild; default all")
    parser.add_argument("--out", type=Path, default=Path(str(folder())), help="where to write")
    arguments = parser.parse_args()
    names = arguments.names or list(ENTRIES)
    if unknown := sorted(set(names) - set(ENTRIES)):
        parser.error(f"no such mesh: {', '.join(unknown)}; there are {', '.join(ENTRIES)}")
    for entry in rebuild(names, arguments.out).values():
        print(f"{entry['name']}: {entry['n_nodes']} nodes, {entry['n_elements']} elements")


if __name__ == "__main__":
    main()
