"""Regions of interest that people draw: ImageJ files, tables of circles, GeoJSON."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from multiscale.dataset.outlines_file import read_outlines, write_outlines
from multiscale.errors import DatasetError, ImagingError
from multiscale.imaging.particles.drawn import regions_of_outlines
from multiscale.imaging.particles.imagej import Drifted, read_imagej, write_imagej
from multiscale.imaging.particles.regions import Kind, Regions, check_pixel_size
from multiscale.tables import Table, read_table
from multiscale.units import split_unit

Outline = NDArray[np.float64]

READABLE = (".roi", ".zip", ".csv", ".geojson")
WRITABLE = (".zip", ".geojson")
CIRCLE = ("centre_x", "centre_y", "radius")
CORNERS = 90  # of the polygon that stands for a circle


def read_rois(
    path: str | Path,
    shape: tuple[int, int],
    pixel_size: float,
    drifted: Drifted | None = None,
) -> Regions:
    """Regions of interest from a file.

    ImageJ's .roi and .zip (polygons, freehand, traced, ovals, ellipses, rectangles; splines,
    rounded corners and parts of pixels are honoured); .csv of circles with
    the columns particle_id, centre_x_um, centre_y_um, radius_um (or centre_x_px and so on);
    .geojson of polygons (with holes or without) in um with the property particle_id, as
    :func:`write_rois` makes it.

    Parameters
    ----------
    path : str or path
    shape : tuple of int
        Rows and columns of the image they were drawn on.
    pixel_size : float
        [m]
    drifted : callable, optional
        Way of the scene since frame 0 [pixel] by the number of a stored frame: moves regions of
        ImageJ that were drawn on a later frame. Without it those are refused.

    Returns
    -------
    Regions
        Of kind "circles" for a table, "hand" otherwise. Pixels that
        two regions share, at most a fifth of the smaller, are given to neither (see ``notes``).

    Raises
    ------
    ImagingError
        If the file is missing, damaged, empty or of another kind; naming the region that lies
        outside of the image, is no area or is called like another, and two that overlap.

    Examples
    --------
    >>> _ = Path("circles.csv").write_text(
    ...     "particle_id,centre_x_um,centre_y_um,radius_um\\nleft,2.0,3.0,1.0\\nright,6,3,1.5\\n")
    >>> circles = read_rois("circles.csv", shape=(60, 80), pixel_size=1e-7)
    >>> circles.names, circles.sizes_px
    (('left', 'right'), array([307, 699]))
    """
    path = Path(path)
    check_pixel_size(pixel_size)
    suffix = path.suffix.lower()
    if suffix not in READABLE:
        raise ImagingError(f"Regions are read from {', '.join(READABLE)}; got {path}.")
    if not path.is_file():
        raise ImagingError(f"There is no file {path}.")
    kind: Kind = "hand"
    holes: dict[str, list[Outline]] = {}
    if suffix == ".csv":
        outlines, kind = _read_circles(path, pixel_size), "circles"
    elif suffix == ".geojson":
        rings = _read_geojson(path, pixel_size)
        outlines = {name: outer for name, (outer, *_) in rings.items()}
        holes = {name: inner for name, (_, *inner) in rings.items()}
    else:
        outlines = read_imagej(path, drifted)
    try:
        return regions_of_outlines(outlines, shape, kind, holes)
    except ImagingError as problem:
        raise ImagingError(f"{path}: {problem}") from problem


def write_rois(
    regions: Regions, path: str | Path, pixel_size: float, overwrite: bool = False
) -> None:
    """Write the outlines of regions, to be opened in ImageJ (.zip) or anywhere (.geojson).

    Parameters
    ----------
    regions : Regions
    path : str or path
        Ends in .zip (subpixel outlines in pixels) or .geojson (in um, y downwards, the origin
        at the centre of the upper left pixel).
    pixel_size : float
        [m]
    overwrite : bool
        Replace a file that exists.

    Raises
    ------
    ImagingError
        If the ending is another, there is no region, or the file exists.
    """
    path = Path(path)
    check_pixel_size(pixel_size)
    if path.suffix.lower() not in WRITABLE:
        raise ImagingError(f"Regions are written to {', '.join(WRITABLE)}; got {path}.")
    if not len(regions):
        raise ImagingError(f"There is no region to write to {path}.")
    if path.exists() and not overwrite:
        raise ImagingError(f"{path} exists; choose another name, or overwrite=True.")
    if path.suffix.lower() == ".zip":
        write_imagej(regions, path)
    else:
        um = 1e6 * pixel_size
        write_outlines({name: line * um for name, line in regions.outlines().items()}, path)


def _read_circles(path: Path, pixel_size: float) -> dict[str, Outline]:
    table = read_table(path, error=ImagingError, first_row=True)
    columns: dict[str, str] = {}
    for header in table:
        name, unit = split_unit(header)
        if header.endswith("_px"):
            name, unit = header.removesuffix("_px"), "px"
        if name in CIRCLE and unit:
            columns.setdefault(name, header)
    if "particle_id" not in table or len(columns) < len(CIRCLE):
        wanted = ["particle_id", *(f"{name}_um" for name in CIRCLE)]
        raise ImagingError(
            f"{path} needs the columns {', '.join(wanted)} (or _px); it has {', '.join(table)}."
        )
    if not table.rows:
        raise ImagingError(f"{path} holds no circle.")
    ids = pd.Series(table.text("particle_id"))
    if (ids == "").any():
        row = int(np.argmax(ids == ""))
        raise ImagingError(f"{path}: {table.where(row)} has no particle_id.")
    if ids.duplicated().any():
        raise ImagingError(f"{path}: particle_id {ids[ids.duplicated()].iloc[0]!r} occurs twice.")
    circles = np.column_stack([_pixels(table, columns[name], pixel_size) for name in CIRCLE])
    bad = ~np.isfinite(circles).all(axis=1) | ~(circles[:, 2] > 0)
    if bad.any():
        raise ImagingError(
            f"{path}: {ids[bad].iloc[0]!r} needs a centre and a positive radius, in numbers."
        )
    angle = np.linspace(0, 2 * np.pi, CORNERS, endpoint=False)
    of_equal_area = np.sqrt(2 * np.pi / CORNERS / np.sin(2 * np.pi / CORNERS))
    around = of_equal_area * np.column_stack([np.cos(angle), np.sin(angle)])
    rows = zip(ids, circles, strict=True)
    return {name: np.array([x, y]) + radius * around for name, (x, y, radius) in rows}


def _pixels(table: Table, header: str, pixel_size: float) -> NDArray[np.float64]:
    """A column of lengths in pixels."""
    return table[header] if header.endswith("_px") else table.si(header, "length") / pixel_size


def _read_geojson(path: Path, pixel_size: float) -> dict[str, list[Outline]]:
    try:
        rings = read_outlines(path)
    except DatasetError as problem:
        raise ImagingError(f"{path.parent}: {problem}") from problem
    if not rings:
        raise ImagingError(f"{path} holds no outline.")
    pixels = 1e-6 / pixel_size
    return {name: [ring * pixels for ring in those] for name, those in rings.items()}
