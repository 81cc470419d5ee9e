"""The folder that a micrograph leaves: tables, outlines, meshes with contacts, the electrode."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from multiscale.dataset import optional_files
from multiscale.electrode.geometry import ElectrodeGeometry
from multiscale.electrode.image import ELEMENTS, outline_mesh
from multiscale.errors import GeometryError, MeshError
from multiscale.folders import GEOMETRY, file_names, fingerprint, result_folder
from multiscale.mesh.particle_mesh import ParticleMesh
from multiscale.micrograph.micrograph import Micrograph

Progress = Callable[[list[Any]], Iterable[Any]]
WORST = 0.2  # radius ratio below which a mesh is not used
DIRECTION = ["direction_x", "direction_y"]

MICRO = 1e6
TABLE = ("pixels", "area_m2", "radius_m", "cut", "contacts")

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
    geometry, reason = None, ""
    try:
        geometry = micrograph.electrode(**electrode)
    except GeometryError as error:
        if not electrode.get("drop_unconnected"):
            raise
        reason = str(error)
    meshes, no_mesh = Meshes({}, {}), ""
    if micrograph.dimension == 3:
        no_mesh = "outlines and meshes are of sections: take a plane with --slice"
    elif not mesh:
        no_mesh = "not asked for"
    else:
        depth = (geometry.depth if geometry is not None else None) or 1e-6
        try:
            meshes = mesh_particles(micrograph, mesh_size, depth, progress)
        except MeshError as error:
            no_mesh = str(error)
    summary = _summary(micrograph, geometry, reason, source)
    summary["meshes"] = _mesh_summary(meshes, no_mesh)
    text = json.dumps(summary, indent=2, ensure_ascii=False)
    (folder / SUMMARY).write_text(text + "\n", encoding="utf-8")
    _write_tables(micrograph, geometry, meshes, folder)
    if geometry is not None:
        geometry.to_json(folder / "geometry.json")
        if meshes.meshes:
            with_meshes(geometry, meshes).to_csv(folder / "electrode")
    if meshes.meshes:
        (folder / "meshes").mkdir()
        names = file_names(map(str, meshes.meshes), "particle")
        for label, made in meshes.meshes.items():
            if geometry is not None:
                contacts = geometry.contacts
                made = with_contact_groups(made, contacts[contacts["particle"] == label])
            made.write(folder / "meshes" / f"particle_{names[str(label)]}.msh", unit="um")
    return summary, geometry


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


def write_outlines(micrograph: Micrograph, path: Path) -> None:
    """Write the outlines as GeoJSON [um, y down], the numbers of each particle beside it.

    Examples
    --------
    >>> image = np.kron([[0, 1, 0]], np.ones((9, 9), int))
    >>> write_outlines(Micrograph(image, 1e-6), Path("outlines.geojson"))
    >>> feature = json.loads(Path("outlines.geojson").read_text())["features"][0]
    >>> feature["properties"]["particle_id"], feature["properties"]["pixels"]
    ('1', 81)
    """
    height = micrograph.labels.shape[0] * micrograph.pixel_size
    half = micrograph.pixel_size / 2
    outlines, properties = {}, {}
    for number, points in micrograph.outlines.items():
        down = np.column_stack([points[:, 0] - half, height - points[:, 1] - half])
        outlines[str(number)] = MICRO * down
        properties[str(number)] = micrograph.particles.loc[number, list(TABLE)].to_dict()
    optional_files.write_outlines(outlines, path, properties)


def outline_overlap(micrograph: Micrograph) -> pd.Series:
    """Intersection over union of each outline with its pixels (holes count as inside).

    Examples
    --------
    >>> image = np.kron([[0, 0, 0], [0, 1, 0], [0, 0, 0]], np.ones((9, 9), int))
    >>> bool(outline_overlap(Micrograph(image, 1e-7)).min() > 0.97)
    True
    """
    from scipy import ndimage
    from skimage.draw import polygon2mask

    boxes = ndimage.find_objects(micrograph.labels)
    height, overlap = micrograph.labels.shape[0], {}
    for number, points in micrograph.outlines.items():
        box = boxes[number - 1]
        pixels = np.pad(ndimage.binary_fill_holes(micrograph.labels[box] == number), 2)
        x, y = (points / micrograph.pixel_size).T
        rows = height - y - 0.5 - box[0].start + 2
        columns = x - 0.5 - box[1].start + 2
        inside = polygon2mask(pixels.shape, np.column_stack([rows, columns]))
        overlap[number] = (inside & pixels).sum() / (inside | pixels).sum()
    return pd.Series(overlap, name="outline_iou", dtype=float)


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

    About each particle's centre of mass; those with an element worse than a radius ratio of 0.2 are
    among the failed.

    Parameters
    ----------
    size : float, optional
        Element size [m]; by default a sixth of each particle's radius, at most half of it.
    depth : float
        Depth of the section [m].
    progress : callable
        Wraps the list of particles, for example :class:`tqdm.tqdm`.

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


def with_meshes(electrode: ElectrodeGeometry, made: Meshes) -> ElectrodeGeometry:
    """The electrode with particles in the shape of their meshes; those without stay disks.

    Examples
    --------
    >>> image = np.kron([[0, 1, 0]], np.ones((30, 30), int))
    >>> electrode = Micrograph(image, 1e-7).electrode()
    >>> with_meshes(electrode, Meshes({}, {"1": "none"})) == electrode
    True
    """
    table = electrode.particles.copy()
    own = {label: made.meshes[label] for label in table.index if label in made.meshes}
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
        # angles between the contact's direction and the middles of facets
        arm = mesh.mesh.p[:, mesh.mesh.facets[:, facets]].mean(axis=1) - mesh.centroid[:, None]
        cosine = contact[DIRECTION].to_numpy(dtype=float) @ arm / np.linalg.norm(arm, axis=0)
        angles = np.degrees(np.arccos(np.clip(cosine, -1, 1)))
        inside = angles <= max(contact["half_angle_deg"], angles.min() * (1 + 1e-9))
        if not inside.all():
            mesh = mesh.with_group(f"contact_{label}", facets[inside])
    return mesh
