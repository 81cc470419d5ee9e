"""Outlines of particles on disk, and how well they stand for the pixels."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from multiscale.micrograph.micrograph import Micrograph

AXES = "micrometres; x to the right, y down, origin at the centre of the upper left pixel"
MICRO = 1e6
TABLE = ("pixels", "area_m2", "radius_m", "cut", "contacts")


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
    height, found = micrograph.labels.shape[0], {}
    for number, points in micrograph.outlines.items():
        box = boxes[number - 1]
        pixels = np.pad(ndimage.binary_fill_holes(micrograph.labels[box] == number), 2)
        x, y = (points / micrograph.pixel_size).T
        rows = height - y - 0.5 - box[0].start + 2
        columns = x - 0.5 - box[1].start + 2
        inside = polygon2mask(pixels.shape, np.column_stack([rows, columns]))
        found[number] = (inside & pixels).sum() / (inside | pixels).sum()
    return pd.Series(found, name="outline_iou", dtype=float)


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
    table = micrograph.particles
    features = []
    for number, points in micrograph.outlines.items():
        down = np.column_stack([points[:, 0] - half, height - points[:, 1] - half]) * MICRO
        ring = np.round(np.vstack([down, down[:1]]), 5).tolist()
        row = table.loc[number]
        properties: dict[str, Any] = {"particle_id": str(number)}
        properties |= {name: _plain(row[name]) for name in TABLE}
        geometry = {"type": "Polygon", "coordinates": [ring]}
        features.append({"type": "Feature", "properties": properties, "geometry": geometry})
    content = {"type": "FeatureCollection", "axes": AXES, "features": features}
    path.write_text(json.dumps(content) + "\n", encoding="utf-8")


def _plain(value: Any) -> Any:
    return value.item() if hasattr(value, "item") else value
