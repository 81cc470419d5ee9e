"""Meshes stored with the package: where they are and what the manifest says of them."""

from __future__ import annotations

import importlib
import tomllib
from collections.abc import Iterator
from contextlib import contextmanager
from importlib import resources
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import Any

from multiscale.errors import MeshError, is_one_of, unknown_name


def folder() -> Traversable:
    """Folder of the stored meshes: installed, or that of the repository in a checkout."""
    try:
        importlib.import_module("multiscale.meshes")
        return resources.files("multiscale.meshes")
    except ModuleNotFoundError:
        return Path(__file__).parents[2] / "meshes"


def stored_meshes() -> dict[str, dict[str, Any]]:
    """Manifest of the stored meshes: name -> file, unit, groups, recipe, purpose and so on.

    ``order`` is the polynomial order the mesh was made for.

    Examples
    --------
    >>> from multiscale.mesh import stored_meshes
    >>> stored_meshes()["disk_2um"]["unit"]
    'um'
    """
    return read_manifest(folder())


def read_manifest(place: Traversable) -> dict[str, dict[str, Any]]:
    """Entries of the manifest in a folder, by name; none if there is no manifest."""
    manifest = place / "manifest.toml"
    if not manifest.is_file():
        return {}
    entries = tomllib.loads(manifest.read_text(encoding="utf-8"))["mesh"]
    return {entry["name"]: entry for entry in entries}


def manifest_entry(name: str) -> dict[str, Any]:
    """Entry of one stored mesh; ``MeshError`` with the nearest name if there is none."""
    manifest = stored_meshes()
    if not is_one_of(name, manifest):
        raise MeshError(unknown_name("stored mesh", name, manifest))
    return manifest[name]


@contextmanager
def mesh_file(entry: dict[str, Any]) -> Iterator[Path]:
    """Path of the file of a manifest entry, also from within a zipped package."""
    with resources.as_file(folder() / entry["file"]) as path:
        yield path
