"""The folder that a micrograph leaves."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np

from multiscale.electrode.geometry import ElectrodeGeometry
from multiscale.errors import GeometryError, MeshError
from multiscale.folders import GEOMETRY, file_names, fingerprint, result_folder
from multiscale.micrograph.meshes import (
    Meshes,
    Progress,
    mesh_particles,
    with_contact_groups,
    with_meshes,
)
from multiscale.micrograph.micrograph import Micrograph
from multiscale.micrograph.outlines import outline_overlap, write_outlines

SUMMARY = "summary.json"
MINE = "multiscale geometry"  # in summary.json: marks a folder as one of ours
PREVIEW = "preview.png"


def write_geometry(
    micrograph: Micrograph,
    folder: Path,
    *,
    source: str = "",
    mesh_size: float | None = None,
    mesh: bool = True,
    progress: Progress = list,
    overwrite: bool = False,
    **electrode: Any,
) -> tuple[dict[str, Any], ElectrodeGeometry | None]:
    """Write the tables, outlines, meshes and the electrode; the folder is replaced as a whole.

    Parameters
    ----------
    micrograph : Micrograph
    folder : Path
        Gets ``summary.json``, ``particles.csv``, ``contacts.csv``, ``labels.tif``,
        ``geometry.json`` (disks or spheres); of a section also ``outlines.geojson``,
        ``meshes/`` (um; contacts as facet groups) and ``electrode/`` (the same electrode with
        outlines as shapes, for ``ElectrodeGeometry.from_csv``).
    source : str
        Name of the image, for the summary.
    mesh_size : float, optional
        Element size [m].
    mesh : bool
        Whether to mesh at all.
    progress : callable
        Wraps the list of particles to mesh, for example :class:`tqdm.tqdm`.
    overwrite : bool
        Replace the result of another image, or of other options.
    **electrode
        Of ``Micrograph.electrode``.

    Returns
    -------
    summary : dict
        What ``summary.json`` holds.
    electrode : ElectrodeGeometry or None
        ``None`` if nothing leads to the collector.

    Raises
    ------
    ImagingError
        If the folder holds something else, or cannot be written.
    GeometryError
        If particles are unconnected and ``drop_unconnected`` is not given.

    Examples
    --------
    >>> image = np.kron([[0, 1, 0]], np.ones((30, 30), int))
    >>> summary, _ = write_geometry(Micrograph(image, 1e-7), Path("out"), mesh=False)
    >>> summary["network"]["particles"], summary["electrode"]["particles"]
    (1, 1)
    """
    content = fingerprint(micrograph.labels, micrograph.pixel_size, mesh_size, mesh, electrode)
    with result_folder(folder, GEOMETRY, of=source, content=content, overwrite=overwrite) as made:
        return write_files(
            micrograph,
            made.new,
            source=source,
            mesh_size=mesh_size,
            mesh=mesh,
            progress=progress,
            **electrode,
        )


def write_files(
    micrograph: Micrograph,
    folder: Path,
    *,
    source: str = "",
    mesh_size: float | None = None,
    mesh: bool = True,
    progress: Progress = list,
    **electrode: Any,
) -> tuple[dict[str, Any], ElectrodeGeometry | None]:
    """Write the files of a micrograph into an empty folder; see :func:`write_geometry`."""
    geometry, reason = _electrode(micrograph, electrode)
    meshes, no_mesh = _meshes(micrograph, geometry, (mesh_size, progress) if mesh else None)
    summary = _summary(micrograph, geometry, reason, source)
    summary["meshes"] = _mesh_summary(meshes, no_mesh)
    _write_json(summary, folder)
    _write_tables(micrograph, geometry, meshes, folder)
    if geometry is not None:
        geometry.to_json(folder / "geometry.json")
        if meshes.meshes:
            with_meshes(geometry, meshes).to_csv(folder / "electrode")
    if meshes.meshes:
        _write_meshes(geometry, meshes, folder / "meshes")
    return summary, geometry


def _electrode(
    micrograph: Micrograph, options: Mapping[str, Any]
) -> tuple[ElectrodeGeometry | None, str]:
    try:
        return micrograph.electrode(**options), ""
    except GeometryError as error:
        if not options.get("drop_unconnected"):
            raise
        return None, str(error)


def _meshes(
    micrograph: Micrograph,
    geometry: ElectrodeGeometry | None,
    wanted: tuple[float | None, Progress] | None,
) -> tuple[Meshes, str]:
    """Meshes, or the reason why there are none."""
    nothing = Meshes({}, {})
    if micrograph.dimension == 3:
        return nothing, "outlines and meshes are of sections: take a plane with --slice"
    if wanted is None:
        return nothing, "not asked for"
    size, progress = wanted
    depth = geometry.depth if geometry is not None else None
    try:
        return mesh_particles(micrograph, size, depth or 1e-6, progress), ""
    except MeshError as error:
        return nothing, str(error)


def _summary(
    micrograph: Micrograph, geometry: ElectrodeGeometry | None, reason: str, source: str
) -> dict[str, Any]:
    flat = micrograph.dimension == 2
    size, faces = micrograph.recipe.least(micrograph.dimension)
    summary: dict[str, Any] = {
        "made_by": MINE,
        "image": source,
        "shape": list(micrograph.labels.shape),
        "pixel_size_m": micrograph.pixel_size,
        "collector": micrograph.collector,
        **micrograph.notes,
        "recipe": {
            **asdict(micrograph.recipe),
            "smallest_pixels": size,
            "contact_faces": faces,
            "gap_pixels": micrograph.gap_pixels,
        },
        "network": micrograph.network(),
        "median_radius_m": float(micrograph.particles["radius_m"].median()),
    }
    if flat:
        summary["outline_iou_min"] = float(outline_overlap(micrograph).min())
    inside = [] if geometry is None else list(geometry.particles.index)
    left = [str(n) for n in micrograph.numbers if str(n) not in set(inside)]
    excluded = dict(summary.get("excluded", {}))
    pixels = micrograph.particles["pixels"]
    lost = int(pixels[[int(name) for name in left]].sum())
    excluded["unconnected"] = {"count": len(left), "pixels": lost, "particles": left}
    summary["excluded"] = excluded
    summary["electrode"] = {
        "particles": len(inside),
        "share_of_active": 1 - lost / int(pixels.sum()),
        **({"reason": reason} if reason else {}),
    }
    return summary


def _mesh_summary(meshes: Meshes, reason: str) -> dict[str, Any]:
    if not meshes.meshes:
        first = next(iter(meshes.failed.values()), "there is no particle")
        return {
            "count": 0,
            "reason": reason or f"none could be made: {first}",
            "failed": dict(meshes.failed),
        }
    quality = meshes.quality()
    return {
        "count": len(quality),
        "min_radius_ratio": float(quality["min_radius_ratio"].min()),
        "min_angle_deg": float(quality["min_angle_deg"].min()),
        "failed": dict(meshes.failed),
    }


def _write_tables(
    micrograph: Micrograph, geometry: ElectrodeGeometry | None, meshes: Meshes, folder: Path
) -> None:
    import tifffile

    table = micrograph.particles.copy()
    inside = set() if geometry is None else set(geometry.particles.index)
    table["in_electrode"] = [str(number) in inside for number in table.index]
    if micrograph.dimension == 2:
        table = table.join(outline_overlap(micrograph))
        write_outlines(micrograph, folder / "outlines.geojson")
    if meshes.meshes:
        quality = meshes.quality().add_prefix("mesh_")
        table = table.join(quality.set_axis(quality.index.astype(int)))
    table.to_csv(folder / "particles.csv", float_format="%.8g")
    micrograph.contacts.to_csv(folder / "contacts.csv", index=False, float_format="%.8g")
    labels = micrograph.labels
    small = labels.astype(np.uint16) if labels.max() < 2**16 else labels
    tifffile.imwrite(folder / "labels.tif", small, compression="zlib")


def _write_meshes(geometry: ElectrodeGeometry | None, meshes: Meshes, folder: Path) -> None:
    folder.mkdir()
    places = file_names(map(str, meshes.meshes), "particle")
    for label, mesh in meshes.meshes.items():
        if geometry is not None:
            contacts = geometry.contacts
            mesh = with_contact_groups(mesh, contacts[contacts["particle"] == label])
        mesh.write(folder / f"particle_{places[str(label)]}.msh", unit="um")


def _write_json(summary: Mapping[str, Any], folder: Path) -> None:
    text = json.dumps(summary, indent=2, ensure_ascii=False)
    (folder / SUMMARY).write_text(text + "\n", encoding="utf-8")
