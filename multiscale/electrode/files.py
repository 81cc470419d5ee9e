"""Electrodes as files, and as a few lines of text."""

from __future__ import annotations

import json
import math
from collections.abc import Iterable
from os import PathLike
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

import pandas as pd

from multiscale.electrode import tables
from multiscale.errors import GeometryError
from multiscale.folders import settle
from multiscale.mesh.particle_mesh import ParticleMesh
from multiscale.tables import read_table
from multiscale.text import path_of, read_json
from multiscale.units import split_unit

if TYPE_CHECKING:
    from multiscale.electrode.geometry import ElectrodeGeometry

FORMAT = "multiscale electrode geometry"
VERSION = 1
MESHES = "meshes.csv"
_MESH_COLUMNS = ("particle", "file", "depth_m", "order")


class ElectrodeFiles:
    """Reading and writing; ``ElectrodeGeometry`` inherits it."""

    def to_csv(self: Any, folder: str | PathLike[str]) -> None:
        """Write particles.csv, nodes.csv, edges.csv and contacts.csv into a folder.

        The folder is made. Own meshes become gmsh files [m] beside a list ``meshes.csv``; they
        come back to nine digits, everything else exactly.
        """
        folder = Path(folder)
        folder.mkdir(parents=True, exist_ok=True)
        for name, schema in tables.SCHEMAS.items():
            table = getattr(self, name)
            table.to_csv(folder / f"{name}.csv", index=schema.label is not None)
        rows = []
        for number, (label, mesh) in enumerate(self.meshes.items()):
            rows.append((label, f"mesh_{number}.msh.gz", mesh.depth, mesh.order))
            mesh.write(folder / rows[-1][1], unit="m")
        listed = pd.DataFrame(rows, columns=list(_MESH_COLUMNS))
        if rows:
            listed.to_csv(folder / MESHES, index=False)
        else:  # of an electrode that was here before
            (folder / MESHES).unlink(missing_ok=True)

    @classmethod
    def from_csv(cls, folder: str | PathLike[str]) -> Self:
        """Electrode from the files ``to_csv`` writes.

        Raises
        ------
        GeometryError
            If a file is missing, or its content is wrong.
        """
        folder = path_of(folder, GeometryError, "an electrode")
        frames = {
            name: read_text_table(folder / f"{name}.csv", schema.columns).rename_axis(schema.label)
            for name, schema in tables.SCHEMAS.items()
        }
        meshes = {}
        if (folder / MESHES).exists():
            listed = read_text_table(folder / MESHES, _MESH_COLUMNS)
            for name in _MESH_COLUMNS:
                if name not in listed:
                    raise GeometryError(
                        f"{MESHES} lacks the column {name!r}; it needs "
                        f"{', '.join(map(repr, _MESH_COLUMNS))}"
                    )
            depths, orders = tables.numbers(listed, "depth_m"), tables.numbers(listed, "order")
            for label, file, depth, order in zip(
                listed["particle"], listed["file"], depths, orders, strict=True
            ):
                if order not in (1, 2):
                    raise GeometryError(
                        f"{MESHES}: the order of {label!r} is {order:g}, not 1 or 2"
                    )
                meshes[label] = ParticleMesh.read(
                    folder / file,
                    unit="m",
                    depth=None if math.isnan(depth) else float(depth),
                    order=int(order),
                )
        return cls(**frames, meshes=meshes)  # type: ignore[call-arg]

    def to_json(self: Any, path: str | PathLike[str]) -> None:
        """Write one JSON file: format, version, and each table as a list of rows.

        Units stand in the names of the columns; NaN is null and infinity "inf".

        Raises
        ------
        GeometryError
            If there are own meshes, which such a file cannot hold.
        """
        if self.meshes:
            raise GeometryError(
                f"Own meshes (of {tables.names(self.meshes)}) do not fit into JSON; use to_csv"
            )
        content: dict[str, Any] = {"format": FORMAT, "version": VERSION}
        for name, schema in tables.SCHEMAS.items():
            table = getattr(self, name)
            table = table.reset_index() if schema.label else table
            rows = table.to_dict("records")
            content[name] = [{key: _plain(value) for key, value in row.items()} for row in rows]
        text = json.dumps(content, indent=1, allow_nan=False)
        Path(path).write_text(text + "\n", encoding="utf-8")

    @classmethod
    def from_json(cls, path: str | PathLike[str]) -> Self:
        """Electrode from a file of ``to_json``.

        Raises
        ------
        GeometryError
            If the file is none, of a later version, or its content is wrong.
        """
        path = path_of(path, GeometryError, "an electrode")
        settle(path)
        name = path.name
        content = read_json(path, "an electrode", GeometryError)
        if content.get("format") != FORMAT:
            raise GeometryError(f"{name} holds no electrode; its format should be {FORMAT!r}")
        if content.get("version") != VERSION:
            raise GeometryError(
                f"{name} has the version {content.get('version')!r} of the format; this release "
                f"reads version {VERSION}"
            )
        missing = [key for key in tables.SCHEMAS if key not in content]
        if missing:
            raise GeometryError(f"{name} lacks the tables {tables.names(missing)}")
        return cls(**{key: pd.DataFrame(content[key]) for key in tables.SCHEMAS})


def _plain(value: Any) -> Any:
    """A value as JSON knows it."""
    if isinstance(value, float) and not math.isfinite(value):
        return None if math.isnan(value) else str(value)
    return value


def read_text_table(path: Path, columns: Iterable[str]) -> pd.DataFrame:
    """A table as text, its columns in SI; "NA" may be a label.

    A column that is called as one of those wanted but for its unit (``radius_um``, ``x (mm)``) is
    converted and renamed.
    """
    if not path.exists():
        raise GeometryError(f"There is no {path.name} in {path.parent.name!r}")
    table = read_table(path, error=GeometryError, first_row=True)
    frame = table.frame()
    wanted = {split_unit(column): column for column in columns}
    renamed = {}
    for column in frame:
        name, unit = split_unit(column)
        for (known, si), standard in wanted.items():
            if known == name and unit and si and column != standard and standard not in frame:
                frame[column] = table.si(column, si)
                renamed[column] = standard
    return frame.rename(columns=renamed)


def summary(geometry: ElectrodeGeometry) -> str:
    """See ``ElectrodeGeometry.summary``."""
    particles, nodes, contacts = geometry.particles, geometry.nodes, geometry.contacts
    radius = particles["radius_m"]
    size = f"radius {radius.min():.3g} m"
    if radius.nunique() > 1:
        size = f"radii {radius.min():.3g} to {radius.max():.3g} m"
    depth = "" if geometry.depth is None else f", depth {geometry.depth:.3g} m"
    shapes = ", ".join(f"{n} {shape}" for shape, n in particles["shape"].value_counts().items())
    kinds = ", ".join(f"{n} {kind}" for kind, n in nodes["kind"].value_counts().items())
    kind = nodes.loc[contacts["node"], "kind"].set_axis(contacts.index)
    meeting = ", ".join(f"{n} with {name}" for name, n in kind.value_counts().items())
    share = geometry.contact_shares().groupby(kind).sum() / len(particles)
    covered = ", ".join(f"{name} {100 * part:.1f} %" for name, part in share.items())
    steps = geometry.obstruction_counts()
    counts = steps.value_counts().sort_index()
    obstruction = ", ".join(f"{n} behind {step}" for step, n in counts.items())
    if len(counts) > 8:
        obstruction = f"0 to {steps.max()}, median {steps.median():g}"
    count = f"{len(particles)} particles ({shapes})"
    return "\n".join(
        [
            f"{geometry.dimension}D electrode, {count}, {size}{depth}",
            f"  volume {geometry.volumes().sum():.4e} m3",
            f"  {len(nodes)} nodes ({kinds}), {len(geometry.edges)} edges",
            f"  {len(contacts)} contacts ({meeting})",
            f"  mean share of a particle's surface in contact: {covered}",
            f"  particles by the number between them and the carbon: {obstruction}",
        ]
    )
