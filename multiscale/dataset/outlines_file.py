"""``outlines.geojson``: outlines in micrometres, y down, from the upper left pixel's centre."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from multiscale.errors import DatasetError
from multiscale.text import read_json

OUTLINES = "outlines.geojson"
AXES = "micrometres; x to the right, y down, origin at the centre of the upper left pixel"

MAX_OUTLINES = 20_000
LARGEST_CRUMB = 0.01  # of the area of a particle, that a second polygon may have
FARTHEST_UM = 1e9  # a kilometre: what lies beyond is no micrograph

Ring = NDArray[np.float64]


def write_outlines(outlines: Mapping[str, ArrayLike], path: str | Path) -> Path:
    """Write outlines, shape (n, 2), x and y [um], by particle.

    Raises
    ------
    DatasetError
        If an outline has fewer than three points or is not finite.
    """
    features = []
    for name, points in outlines.items():
        ring = np.asarray(points, dtype=float)
        if ring.ndim != 2 or ring.shape[1] != 2 or len(ring) < 3 or not np.isfinite(ring).all():
            raise DatasetError(f"The outline of {name!r} is not a list of three or more points.")
        closed = ring if np.array_equal(ring[0], ring[-1]) else np.vstack([ring, ring[:1]])
        geometry = {"type": "Polygon", "coordinates": [np.round(closed, 5).tolist()]}
        about = {"particle_id": str(name)}
        features.append({"type": "Feature", "properties": about, "geometry": geometry})
    content = {"type": "FeatureCollection", "axes": AXES, "features": features}
    Path(path).write_text(json.dumps(content) + "\n", encoding="utf-8")
    return Path(path)


def read_outlines(path: str | Path) -> dict[str, list[Ring]]:
    """Rings, shape (n, 2), x and y [um], by particle; the first encloses, others are holes.

    Of several polygons of a particle the largest counts if the others are crumbs of less than
    ``LARGEST_CRUMB`` of it.

    Raises
    ------
    DatasetError
        If the file is no GeoJSON, or a feature has no polygon, pieces, or no ``particle_id``.
    """
    path = Path(path)
    content = read_json(path, "a GeoJSON file", DatasetError)
    features = content.get("features")
    if not isinstance(features, list):
        raise DatasetError(f"{path.name} is not GeoJSON: it has no list 'features'")
    if len(features) > MAX_OUTLINES:
        raise DatasetError(f"{path.name} holds {len(features)} outlines; at most {MAX_OUTLINES}")
    found: dict[str, list[Ring]] = {}
    for i, feature in enumerate(features):
        name, rings = _feature(feature, f"{path.name}, feature {i}")
        if name in found:
            raise DatasetError(f"{path.name}: particle {name!r} has two outlines")
        found[name] = rings
    return found


def _feature(feature: Any, where: str) -> tuple[str, list[Ring]]:
    try:
        properties, geometry = feature.get("properties") or {}, feature["geometry"]
        name = properties.get("particle_id", feature.get("id"))
        kind, polygons = geometry["type"], geometry["coordinates"]
        if kind in ("Polygon", "MultiPolygon"):
            polygons = [polygons] if kind == "Polygon" else polygons
            pieces = [[_ring(ring) for ring in rings] for rings in polygons]
            *others, largest = sorted(pieces, key=enclosed_area)
    except (AttributeError, KeyError, TypeError, ValueError, IndexError, OverflowError) as error:
        raise DatasetError(f"{where} holds no polygon") from error
    if kind not in ("Polygon", "MultiPolygon"):
        raise DatasetError(f"{where} is a {kind}; valid: Polygon, MultiPolygon")
    if not all(np.isfinite(ring).all() for ring in largest):
        raise DatasetError(f"{where} has a coordinate that is not a number")
    if others and enclosed_area(others[-1]) > LARGEST_CRUMB * enclosed_area(largest):
        raise DatasetError(
            f"{where} is in {len(pieces)} pieces; a particle is one: make a feature of each piece"
        )
    if name is None:
        raise DatasetError(f"{where} has no property 'particle_id'")
    if not isinstance(name, str | int | float) or isinstance(name, bool) or name == "":
        raise DatasetError(f"{where} has the 'particle_id' {name!r}, which is no name")
    return str(name), largest


def _ring(points: Any) -> Ring:
    ring = np.asarray(points)[:, :2]
    if ring.dtype.kind not in "iuf" or len(ring) < 3 or ring.shape[1] != 2:
        raise ValueError("no ring")
    if np.abs(ring).max() > FARTHEST_UM:
        raise ValueError("no ring")
    return ring.astype(float)


def enclosed_area(rings: Sequence[ArrayLike]) -> float:
    """Area within the first ring without the others [um2].

    Examples
    --------
    >>> enclosed_area([[[0, 0], [2, 0], [2, 1], [0, 1]]])
    2.0
    """
    areas = [abs(_signed_area(np.asarray(ring, dtype=float))) for ring in rings]
    return float(areas[0] - sum(areas[1:]))


def _signed_area(ring: Ring) -> float:
    x, y = ring.T
    return float(np.sum(x * np.roll(y, -1) - np.roll(x, -1) * y) / 2)
