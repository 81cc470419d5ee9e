"""Regions of interest that people draw: ImageJ files, tables of circles, GeoJSON.

ImageJ (.roi, and .zip of the ROI manager) counts from the corner of the upper left pixel, this
package from its centre.
"""

from __future__ import annotations

import struct
import zipfile
import zlib
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from roifile import ROI_OPTIONS, ROI_SUBTYPE, ROI_TYPE, ImagejRoi
from scipy.interpolate import CubicSpline

from multiscale.dataset.optional_files import read_outlines, write_outlines
from multiscale.errors import DatasetError, ImagingError
from multiscale.imaging.regions import Kind, Regions, check_pixel_size, regions_of_outlines
from multiscale.tables import read_table
from multiscale.text import MIB, read_bytes
from multiscale.units import split_unit

Outline = NDArray[np.float64]
Drifted = Callable[[int], tuple[float, float]]  # stored frame, from 0 -> way of the scene [pixel]

MAX_ROIS = 20_000
MAX_ROI_BYTES = 4 * MIB  # of one region: half a million corners
MAX_ZIP_BYTES = 256 * MIB  # of all regions, unpacked
CORNER = 0.5  # from the corner of a pixel to its centre
READABLE = (".roi", ".zip", ".csv", ".geojson")
WRITABLE = (".zip", ".geojson")
CIRCLE = ("centre_x", "centre_y", "radius")
CORNERS = 90  # of the polygon that stands for a circle of a table
AREAS = {
    ROI_TYPE.POLYGON: "polygon",
    ROI_TYPE.FREEHAND: "freehand",
    ROI_TYPE.TRACED: "traced",
    ROI_TYPE.OVAL: "oval",
    ROI_TYPE.RECT: "rectangle",
}
_NO_AREAS = {ROI_SUBTYPE.TEXT: "text", ROI_SUBTYPE.ARROW: "arrow", ROI_SUBTYPE.IMAGE: "image"}
_FLOATS = struct.Struct(">ffff")  # at byte 18: ends of an axis, or the box


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
        try:
            rings = read_outlines(path)
        except DatasetError as problem:
            raise ImagingError(f"{path.parent}: {problem}") from problem
        if not rings:
            raise ImagingError(f"{path} holds no outline.")
        pixels = 1e-6 / pixel_size
        outlines = {name: outer * pixels for name, (outer, *_) in rings.items()}
        holes = {name: [ring * pixels for ring in inner] for name, (_, *inner) in rings.items()}
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
    headers = [columns[name] for name in CIRCLE]
    circles = np.column_stack(
        [
            table[header] if header.endswith("_px") else table.si(header, "length") / pixel_size
            for header in headers
        ]
    )
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


def read_imagej(path: Path, drifted: Drifted | None = None) -> dict[str, Outline]:
    """Outlines of a .roi or .zip file by name, x and y [pixel], as ImageJ draws them.

    Spline-fitted polygons, rounded and rotated rectangles, ellipses and subpixel corners are
    honoured. A region that was drawn on a later frame is moved back to where it lies in the first
    one by ``drifted``: from the number of a stored frame (from 0) to the way of the scene since
    frame 0 [pixel]; it raises an ImagingError for a frame that is not there. Without it, only
    regions of the first frame are read.

    Raises ImagingError, naming the file, and the region that is no area, is empty, or whose name
    occurs twice; or the limit that is exceeded.
    """
    outlines: dict[str, Outline] = {}
    for entry, data in _entries(path):
        try:
            roi = ImagejRoi.frombytes(data)
        except Exception as problem:  # roifile raises whatever it stumbles over
            raise ImagingError(f"{path}: {entry!r} is not a region of ImageJ.") from problem
        name = (roi.name or "").strip().replace("\0", "") or Path(entry).stem
        if name in outlines:
            raise ImagingError(f"{path}: two regions are called {name!r}; rename one of them.")
        what = f"{path}: {name[:80]!r}"
        try:
            outlines[name] = _outline(roi, data, what) - _way(roi, what, drifted)
        except (struct.error, ValueError, IndexError) as problem:
            if isinstance(problem, ImagingError):
                raise
            raise ImagingError(f"{what} is damaged.") from problem
    if not outlines:
        raise ImagingError(f"{path} holds no region of interest.")
    return outlines


def _entries(path: Path) -> list[tuple[str, bytes]]:
    if path.suffix.lower() == ".roi":
        return [(path.name, read_bytes(path, ImagingError, MAX_ROI_BYTES, "a region"))]
    try:
        with zipfile.ZipFile(path) as archive:
            listed = []
            for info in archive.infolist():  # without folders, and what systems leave beside
                last = info.filename.rpartition("/")[2]
                hidden = info.filename.startswith("__MACOSX") or last.startswith(".")
                if last and not hidden and last != "Thumbs.db":
                    listed.append(info)
            if len(listed) > MAX_ROIS:
                raise ImagingError(f"{path} holds {len(listed)} regions; at most {MAX_ROIS}.")
            entries, total = [], 0
            for info in listed:
                with archive.open(info) as file:  # what the list says of sizes may be a lie
                    data = file.read(MAX_ROI_BYTES + 1)
                total += len(data)
                if len(data) > MAX_ROI_BYTES or total > MAX_ZIP_BYTES:
                    raise ImagingError(
                        f"{path}: {info.filename[:80]!r} unpacks to more than is read: "
                        f"{MAX_ROI_BYTES // MIB} MiB of one region, {MAX_ZIP_BYTES // MIB} MiB of "
                        "all."
                    )
                entries.append((info.filename, data))
            return entries
    except RuntimeError as problem:  # the one error of zipfile for a password, and methods
        raise ImagingError(f"{path} cannot be unpacked: {problem}.") from problem
    except (zipfile.BadZipFile, zlib.error, EOFError, OSError, ValueError) as problem:
        if isinstance(problem, ImagingError):
            raise
        raise ImagingError(f"{path} is not a whole zip file: {problem}.") from problem
    except Exception as problem:  # a damaged list of entries
        raise ImagingError(f"{path} is not a whole zip file: {problem!r:.80}.") from problem


def _way(roi: ImagejRoi, what: str, drifted: Drifted | None) -> NDArray[np.float64]:
    """How far the scene had moved in the frame that the region was drawn on [pixel]."""
    number = roi.t_position if roi.t_position > 0 else roi.z_position
    number = number if number > 0 else roi.position
    if number <= 1:
        return np.zeros(2)
    if drifted is None:
        raise ImagingError(
            f"{what} was drawn on frame {number} (counted from 1); draw it on the first one."
        )
    try:
        return np.array(drifted(number - 1))
    except ImagingError as problem:
        raise ImagingError(f"{what} was drawn on frame {number}: {problem}") from problem


def _outline(roi: ImagejRoi, data: bytes, what: str) -> Outline:
    if roi.multi_coordinates is not None or roi.shape_roi_size > 0:
        raise ImagingError(f"{what} is a composite of several outlines; draw one outline each.")
    if roi.roitype not in AREAS or roi.subtype in _NO_AREAS:
        kind = _NO_AREAS.get(roi.subtype, roi.roitype.name.lower())
        raise ImagingError(
            f"{what} is a {kind}, which has no area. Areas: {', '.join(AREAS.values())}."
        )
    if roi.subtype in (ROI_SUBTYPE.ELLIPSE, ROI_SUBTYPE.ROTATED_RECT):
        corners = _turned(roi, data)
    elif roi.roitype == ROI_TYPE.OVAL:
        low, high = _box(roi, data)
        corners = (low + high) / 2 + _circle() * (high - low) / 2
    elif roi.roitype == ROI_TYPE.RECT:
        corners = _rectangle(*_box(roi, data), arc=max(roi.rounded_rect_arc_size, 0))
    else:
        corners = np.asarray(roi.coordinates(), dtype=float)
        if roi.options & ROI_OPTIONS.SPLINE_FIT and len(corners) > 2:
            # the closed cubic spline over the number of the corner that ImageJ fits
            closed = np.vstack([corners, corners[:1]])
            spline = CubicSpline(np.arange(len(closed)), closed, bc_type="periodic")
            each = int(np.clip(4096 // len(corners), 4, 32))
            corners = spline(np.arange(len(corners) * each) / each)
    if len(corners) < 3 or not (np.ptp(corners, axis=0) > 0).all():
        raise ImagingError(f"{what} is empty.")
    return np.asarray(corners, dtype=float) - CORNER


def _box(roi: ImagejRoi, data: bytes) -> tuple[Outline, Outline]:
    """Corners of the box of an oval or a rectangle, in parts of pixels where it has them."""
    if roi.subpixelrect:
        left, top, width, height = _FLOATS.unpack_from(data, 18)
        if width > 0 and height > 0:
            return np.array([left, top]), np.array([left + width, top + height])
    return np.array([roi.left, roi.top], float), np.array([roi.right, roi.bottom], float)


def _circle() -> Outline:
    """Unit circle of 72 corners: a pixel in a thousand of its area is lost."""
    angle = np.linspace(0, 2 * np.pi, 72, endpoint=False)
    return np.column_stack([np.cos(angle), np.sin(angle)])


def _rectangle(low: Outline, high: Outline, arc: float) -> Outline:
    """A rectangle with corners rounded by ellipses of the diameter ``arc``."""
    radius = np.minimum(arc, high - low) / 2
    inner = (low + radius, high - radius)
    around = _circle().reshape(4, 18, 2)  # a quarter each: right low, left low, ...
    rights, lows = (1, 0, 0, 1), (1, 1, 0, 0)
    quarters = [
        np.array([inner[right][0], inner[down][1]]) + quarter * radius
        for quarter, right, down in zip(around, rights, lows, strict=True)
    ]
    return np.concatenate(quarters)


def _turned(roi: ImagejRoi, data: bytes) -> Outline:
    """An ellipse by an axis and its aspect; a rectangle by its middle line and its width."""
    ends = np.array(_FLOATS.unpack_from(data, 18)).reshape(2, 2)
    [number] = struct.unpack_from(">f", data, 52)
    along = (ends[1] - ends[0]) / 2
    length = float(np.hypot(*along))
    if not (np.isfinite(ends).all() and np.isfinite(number) and length > 0 and number > 0):
        return np.empty((0, 2))
    ellipse = roi.subtype == ROI_SUBTYPE.ELLIPSE
    half = length * number if ellipse else number / 2
    across = np.array([-along[1], along[0]]) / length * half
    unit = _circle() if ellipse else np.array([[1, 1], [-1, 1], [-1, -1], [1, -1]], float)
    return ends.mean(axis=0) + unit[:, :1] * along + unit[:, 1:] * across


def write_imagej(regions: Regions, path: Path) -> None:
    """Write the outlines to a .zip for the ROI manager, with subpixel corners."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, outline in regions.outlines().items():
            roi = ImagejRoi.frompoints((outline[:-1] + CORNER).astype(np.float32), name=name)
            archive.writestr(f"{name}.roi", roi.tobytes())
