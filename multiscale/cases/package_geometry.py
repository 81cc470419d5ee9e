"""The electrode of a data package: stored beside it, or rebuilt from its outlines."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Annotated

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from multiscale.cases.tables import Flag, Number, Table, one_of
from multiscale.dataset.description import GEOMETRY
from multiscale.dataset.package import DataPackage
from multiscale.electrode.geometry import ElectrodeGeometry
from multiscale.electrode.tables import DEFAULT_CONSTRICTION
from multiscale.errors import CaseError, DatasetError
from multiscale.imaging.regions import Regions, regions_of_outlines

ACROSS = 40  # pixels along the diameter of the median particle, where no pixel size is stated
RADIUS_TOLERANCE = 0.5  # of a stored radius against that of the table
MICRO = 1e-6


class Rebuilding(Table):
    """How an electrode is made of outlines; see ``ElectrodeGeometry.from_labels``.

    Attributes
    ----------
    source : {"stored", "outlines"}, optional
        By default ``geometry.json`` of the package if it is there, otherwise the outlines.
    binder : {"none", "matrix"}
        What lies between the particles: nothing that conducts, or binder that is connected to
        the collector everywhere.
    collector_within : float
        Particles that come as close to the outermost one touch the collector too [radius of the
        median particle].
    """

    source: Annotated[str, one_of("source", ("stored", "outlines"))] | None = None
    gap_pixels: Number = 3.0
    collector: Annotated[str, one_of("collector", ("bottom", "top", "left", "right"))] = "bottom"
    binder: Annotated[str, one_of("binder", ("none", "matrix"))] = "none"
    constriction_m: Number = DEFAULT_CONSTRICTION
    shapes: Annotated[str, one_of("shapes", ("round", "outline"))] = "round"
    drop_unconnected: Flag = True
    collector_within: Number = 0.2


def electrode_of(package: DataPackage, folder: Path, how: Rebuilding) -> ElectrodeGeometry:
    """The electrode, its particles called as in the package.

    Raises
    ------
    CaseError
        If the package holds neither a geometry nor outlines, or not the one that is asked for.
    DatasetError
        If the stored one belongs to other particles.
    GeometryError
        If nothing leads from the particles to the collector.
    """
    stored = (folder / GEOMETRY).is_file()
    source = how.source or ("stored" if stored else "outlines")
    if source == "stored":
        if not stored:
            raise CaseError(f"{folder.name} holds no {GEOMETRY}")
        electrode = ElectrodeGeometry.from_json(folder / GEOMETRY)
        _check_same(electrode, package.particles)
        return electrode
    if not package.outlines:
        raise CaseError(
            f"{folder.name} holds neither {GEOMETRY} nor outlines.geojson: there is nothing to "
            "simulate"
        )
    return _rebuilt(package, how)


def _check_same(electrode: ElectrodeGeometry, table: pd.DataFrame) -> None:
    places = table.drop_duplicates("particle_id").set_index("particle_id")
    common = [name for name in electrode.particles.index if name in places.index]
    if not common:
        raise DatasetError(
            f"{GEOMETRY} and particles.csv have no particle in common: "
            f"{list(electrode.particles.index[:3])} against {list(places.index[:3])}"
        )
    ratio = places.loc[common, "radius_um"] * MICRO / electrode.particles.loc[common, "radius_m"]
    wrong = ratio[(ratio - 1).abs() > RADIUS_TOLERANCE]
    if len(wrong):
        raise DatasetError(
            f"{GEOMETRY}: the radius of {wrong.index[0]!r} is {1 / wrong.iloc[0]:.4g} times that "
            "of particles.csv; are the units m and um?"
        )


def _rebuilt(package: DataPackage, how: Rebuilding) -> ElectrodeGeometry:
    regions, pixel_size = rasterised(package)
    radius = float(package.particles["radius_um"].median()) * MICRO
    labels = _cut(regions.labels, how.collector, round(how.collector_within * radius / pixel_size))
    binder = (labels == 0).astype(int) if how.binder == "matrix" else None
    made = ElectrodeGeometry.from_labels(
        labels,
        pixel_size,
        binder=binder,
        collector=how.collector,
        gap_pixels=how.gap_pixels,
        constriction_m=how.constriction_m,
        shapes=how.shapes,
        join_binder=how.binder == "matrix",
        drop_unconnected=how.drop_unconnected,
    )
    return _renamed(made, {str(k): name for k, name in enumerate(regions.names, start=1)})


def _cut(labels: NDArray[np.int32], side: str, depth: int) -> NDArray[np.int32]:
    """The image without a strip along one side, where the collector runs."""
    turns = {"bottom": 0, "right": 1, "top": 2, "left": 3}[side]
    turned = np.rot90(labels, -turns)
    return np.rot90(turned[: len(turned) - depth], turns)


def rasterised(package: DataPackage) -> tuple[Regions, float]:
    """Outlines as an image that just holds them, and its pixel size [m].

    Raises
    ------
    DatasetError
        If the stated pixel size does not resolve the particles.
    """
    assert package.outlines is not None  # asked before
    radius = float(package.particles["radius_um"].median())
    pixel = float(package.facts.get("pixel_size_micrometre") or 2 * radius / ACROSS)
    if not 0 < pixel < radius:
        raise DatasetError(
            f"The pixel size of {pixel:g} um does not resolve particles of {radius:.3g} um"
        )
    corners = {name: np.asarray(ring) / pixel for name, ring in package.outlines.items()}
    every = np.concatenate(list(corners.values()))
    low, high = np.floor(every.min(axis=0)), np.ceil(every.max(axis=0))
    columns, rows = (high - low).astype(int) + 1
    moved: dict[str, NDArray[np.float64]] = {name: xy - low for name, xy in corners.items()}
    return regions_of_outlines(moved, (int(rows), int(columns))), pixel * MICRO


def _renamed(electrode: ElectrodeGeometry, names: Mapping[str, str]) -> ElectrodeGeometry:
    contacts = electrode.contacts
    return replace(
        electrode,
        particles=electrode.particles.rename(index=names),
        contacts=contacts.assign(particle=contacts["particle"].map(names)),
        meshes={names[label]: mesh for label, mesh in electrode.meshes.items()},
    )
