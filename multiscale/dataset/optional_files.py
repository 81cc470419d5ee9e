"""Files of a package that may be missing: ``outlines.geojson`` and ``traces.nc``.

Outlines are in micrometres, y down, from the upper left pixel's centre; traces, the signal of every
particle over the frames, are netCDF-3 after CF.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import xarray as xr
from numpy.typing import ArrayLike, NDArray

from multiscale.errors import DatasetError
from multiscale.text import read_json

OUTLINES = "outlines.geojson"
AXES = "micrometres; x to the right, y down, origin at the centre of the upper left pixel"

MAX_OUTLINES = 20_000
LARGEST_CRUMB = 0.01  # of the area of a particle, that a second polygon may have
FARTHEST_UM = 1e9  # a kilometre: what lies beyond is no micrograph

Ring = NDArray[np.float64]

TRACES = "traces.nc"
MAX_BYTES = 2 << 30  # unpacked
# In memory -> in the file, with what CF wants to know of it.
_NAMES = {"time": "time_s", "dx_px": "drift_x", "dy_px": "drift_y"}
_ATTRIBUTES: dict[str, dict[str, Any]] = {
    "time_s": {"units": "s", "long_name": "time since the start of the movie"},
    "y": {"units": "1", "long_name": "signal", "ancillary_variables": "y_u n_pixels"},
    "y_u": {"units": "1", "long_name": "standard uncertainty of the signal"},
    "n_pixels": {"units": "1", "long_name": "pixels averaged"},
    "soc": {"units": "1", "long_name": "share of the half-cycle's charge that has passed"},
    "drift_x": {"units": "1", "long_name": "drift to the right [pixel]"},
    "drift_y": {"units": "1", "long_name": "drift downwards [pixel]"},
    "lamp": {"units": "1", "long_name": "static background over its first value"},
    "lamp_wander": {"units": "1", "long_name": "what is left of the wander after correction"},
}


def write_outlines(
    outlines: Mapping[str, ArrayLike],
    path: str | Path,
    properties: Mapping[str, Mapping[str, Any]] | None = None,
) -> Path:
    """Write outlines, shape (n, 2), x and y [um], by particle; its properties beside it.

    Raises DatasetError if an outline has fewer than three points or is not finite.
    """
    features = []
    for name, points in outlines.items():
        ring = np.asarray(points, dtype=float)
        if ring.ndim != 2 or ring.shape[1] != 2 or len(ring) < 3 or not np.isfinite(ring).all():
            raise DatasetError(f"The outline of {name!r} is not a list of three or more points.")
        closed = ring if np.array_equal(ring[0], ring[-1]) else np.vstack([ring, ring[:1]])
        geometry = {"type": "Polygon", "coordinates": [np.round(closed, 5).tolist()]}
        about = {"particle_id": str(name), **(properties or {}).get(name, {})}
        features.append({"type": "Feature", "properties": about, "geometry": geometry})
    content = {"type": "FeatureCollection", "axes": AXES, "features": features}
    Path(path).write_text(json.dumps(content) + "\n", encoding="utf-8")
    return Path(path)


def read_outlines(path: str | Path) -> dict[str, list[Ring]]:
    """Rings, shape (n, 2), x and y [um], by particle; the first encloses, others are holes.

    Of several polygons of a particle the largest counts if the others are crumbs of less than
    ``LARGEST_CRUMB`` of it.

    Raises DatasetError if the file is no GeoJSON, or a feature has no polygon, pieces, or no
    ``particle_id``.
    """
    path = Path(path)
    content = read_json(path, "a GeoJSON file", DatasetError)
    features = content.get("features")
    if not isinstance(features, list):
        raise DatasetError(f"{path.name} is not GeoJSON: it has no list 'features'")
    if len(features) > MAX_OUTLINES:
        raise DatasetError(f"{path.name} holds {len(features)} outlines; at most {MAX_OUTLINES}")
    outlines: dict[str, list[Ring]] = {}
    for i, feature in enumerate(features):
        name, rings = _feature(feature, f"{path.name}, feature {i}")
        if name in outlines:
            raise DatasetError(f"{path.name}: particle {name!r} has two outlines")
        outlines[name] = rings
    return outlines


def _feature(feature: Any, where: str) -> tuple[str, list[Ring]]:
    try:
        properties, geometry = feature.get("properties") or {}, feature["geometry"]
        name = properties.get("particle_id", feature.get("id"))
        kind, polygons = geometry["type"], geometry["coordinates"]
        if kind in ("Polygon", "MultiPolygon"):
            polygons = [polygons] if kind == "Polygon" else polygons
            pieces = [[np.asarray(ring)[:, :2] for ring in rings] for rings in polygons]
            for ring in (ring for rings in pieces for ring in rings):
                if ring.dtype.kind not in "iuf" or len(ring) < 3 or ring.shape[1] != 2:
                    raise ValueError("no ring")
                if np.abs(ring).max() > FARTHEST_UM:
                    raise ValueError("no ring")
            pieces = [[ring.astype(float) for ring in rings] for rings in pieces]
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


def enclosed_area(rings: Sequence[ArrayLike]) -> float:
    """Area within the first ring without the others [um2].

    Examples
    --------
    >>> enclosed_area([[[0, 0], [2, 0], [2, 1], [0, 1]]])
    2.0
    """
    areas = []
    for ring in rings:
        x, y = np.asarray(ring, dtype=float).T
        areas.append(abs(float(np.sum(x * np.roll(y, -1) - np.roll(x, -1) * y) / 2)))
    return float(areas[0] - sum(areas[1:]))


def write_traces(traces: xr.Dataset, path: str | Path) -> Path:
    """Write traces with dims ("particle", "time") as netCDF-3, dims ("particle", "frame").

    ``y`` and, if known, ``y_u`` (particle, time), ``n_pixels``, ``lamp``, ``dx_px``, ``dy_px``,
    ``soc``; coordinate ``time`` [s]. Raises DatasetError if ``y`` or its dims are missing.
    """
    if "y" not in traces or set(traces["y"].dims) != {"particle", "time"}:
        raise DatasetError('Traces need a variable "y" with the dims ("particle", "time").')
    labels = [str(label) for label in traces["particle"].values]
    stored = traces.drop_vars("particle").rename_dims(time="frame").reset_coords()
    stored = stored.rename({old: new for old, new in _NAMES.items() if old in stored})
    stored["particle_id"] = ("particle", labels, {"cf_role": "timeseries_id"})
    for name, attributes in _ATTRIBUTES.items():
        if name in stored:
            stored[name].attrs = dict(attributes)
    known = [name for name in ("y_u", "n_pixels") if name in stored]
    stored["y"].attrs["ancillary_variables"] = " ".join(known)
    plain = {str(k): v for k, v in traces.attrs.items() if isinstance(v, str | int | float)}
    stored.attrs = {"Conventions": "CF-1.11", "featureType": "timeSeries", **plain}
    stored = stored.transpose("particle", "frame", ...)
    stored.to_netcdf(path, engine="scipy", format="NETCDF3_64BIT")
    return Path(path)


def read_traces(path: str | Path) -> xr.Dataset:
    """Traces with dims ("particle", "time") and the coordinates particle and time [s].

    Raises DatasetError if the file is damaged or has no particles, no times or no ``y``.
    """
    path = Path(path)
    try:
        with xr.open_dataset(path, decode_times=False) as opened:
            size = opened.nbytes
            stored = opened.load() if size <= MAX_BYTES else opened
    except Exception as error:  # each engine has its own way to say that a file is damaged
        reason = " ".join(str(error).split())[:200]
        raise DatasetError(
            f"{path.name} is not a netCDF file, or is truncated: {reason}"
        ) from error
    if size > MAX_BYTES:
        raise DatasetError(
            f"{path.name} unpacks to {size >> 20} MiB; at most {MAX_BYTES >> 20} MiB"
        )
    back = {new: old for old, new in _NAMES.items() if new in stored and old not in stored}
    for name, other in _NAMES.items():
        if name in stored and other in stored:
            raise DatasetError(f"{path.name} holds two variables of one meaning: {name}, {other}")
    if "frame" in stored.dims and "time" not in stored.dims:
        stored = stored.rename_dims(frame="time")
    stored = stored.rename_vars(back)
    for name, dims in (("y", {"particle", "time"}), ("time", {"time"})):
        if name not in stored or set(stored[name].dims) != dims:
            file_name = _NAMES.get(name, name)
            raise DatasetError(f"{path.name} lacks {file_name!r} over {sorted(dims)}")
    if "particle_id" in stored:
        labels = [str(label) for label in np.atleast_1d(stored["particle_id"].values)]
        if stored["particle_id"].dims != ("particle",):
            raise DatasetError(f"{path.name} lacks 'particle_id' over ['particle']")
        stored = stored.drop_vars("particle_id").assign_coords(particle=labels)
    elif "particle" not in stored.coords:
        raise DatasetError(f"{path.name} lacks 'particle_id'")
    for name in [name for name in ("y", "y_u", "time") if name in stored]:
        if stored[name].dtype.kind not in "iuf":
            raise DatasetError(f"{path.name}: {_NAMES.get(name, name)!r} holds no numbers")
    if "y_u" in stored and set(stored["y_u"].dims) != set(stored["y"].dims):
        raise DatasetError(f"{path.name}: 'y_u' has other dimensions than 'y'")
    times = np.asarray(stored["time"].values, dtype=float)
    return stored.assign_coords(time=times).transpose("particle", "time", ...)
