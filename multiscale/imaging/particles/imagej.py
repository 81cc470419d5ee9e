"""Regions of interest as ImageJ stores them: .roi, and .zip of the ROI manager.

ImageJ counts from the corner of the upper left pixel, this package from its centre.
"""

from __future__ import annotations

import zipfile
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from roifile import ROI_TYPE, ImagejRoi

from multiscale.errors import ImagingError
from multiscale.imaging.particles.regions import Regions

Outline = NDArray[np.float64]

CORNER = 0.5  # from the corner of a pixel to its centre
AREAS = {
    ROI_TYPE.POLYGON: "polygon",
    ROI_TYPE.FREEHAND: "freehand",
    ROI_TYPE.TRACED: "traced",
    ROI_TYPE.OVAL: "oval",
    ROI_TYPE.RECT: "rectangle",
}


def read_imagej(path: Path) -> dict[str, Outline]:
    """Outlines of a .roi or .zip file by name, x and y [pixel].

    Raises
    ------
    ImagingError
        Naming the file, and the region that is no area, is empty, or whose name occurs twice.
    """
    outlines: dict[str, Outline] = {}
    for entry, data in _entries(path):
        try:
            roi = ImagejRoi.frombytes(data)
        except Exception as problem:  # roifile raises whatever it stumbles over
            raise ImagingError(f"{path}: {entry!r} is not a region of ImageJ.") from problem
        name = (roi.name or "").strip() or Path(entry).stem
        if name in outlines:
            raise ImagingError(f"{path}: two regions are called {name!r}; rename one of them.")
        outlines[name] = _outline(roi, f"{path}: {name!r}")
    if not outlines:
        raise ImagingError(f"{path} holds no region of interest.")
    return outlines


def _entries(path: Path) -> list[tuple[str, bytes]]:
    if path.suffix.lower() == ".roi":
        return [(path.name, path.read_bytes())]
    try:
        with zipfile.ZipFile(path) as archive:
            names = [n for n in archive.namelist() if not n.startswith("__MACOSX")]
            return [(name, archive.read(name)) for name in names if not name.endswith("/")]
    except (zipfile.BadZipFile, EOFError, OSError, ValueError) as problem:
        raise ImagingError(f"{path} is not a whole zip file: {problem}.") from problem


def _outline(roi: ImagejRoi, what: str) -> Outline:
    if roi.multi_coordinates is not None:
        raise ImagingError(f"{what} is a composite of several outlines; draw one outline each.")
    if roi.roitype not in AREAS:
        raise ImagingError(
            f"{what} is a {roi.roitype.name.lower()}, which has no area. "
            f"Areas: {', '.join(AREAS.values())}."
        )
    corners = _oval(roi) if roi.roitype == ROI_TYPE.OVAL else roi.coordinates()
    if len(corners) < 3:
        raise ImagingError(f"{what} is empty.")
    return np.asarray(corners, dtype=float) - CORNER


def _oval(roi: ImagejRoi) -> Outline:
    """Ellipse in the box of an oval, 72 corners: a pixel in a thousand of its area is lost."""
    angle = np.linspace(0, 2 * np.pi, 72, endpoint=False)
    low, high = np.array([roi.left, roi.top]), np.array([roi.right, roi.bottom])
    circle = np.column_stack([np.cos(angle), np.sin(angle)])
    return (low + high) / 2 + circle * (high - low) / 2


def write_imagej(regions: Regions, path: Path) -> None:
    """Write the outlines to a .zip for the ROI manager, with subpixel corners."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, outline in regions.outlines().items():
            roi = ImagejRoi.frompoints((outline[:-1] + CORNER).astype(np.float32), name=name)
            archive.writestr(f"{name}.roi", roi.tobytes())
