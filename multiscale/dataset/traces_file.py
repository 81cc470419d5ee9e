"""``traces.nc``: the signal of every particle over the frames, netCDF-3 after CF."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import xarray as xr

from multiscale.errors import DatasetError

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


def write_traces(traces: xr.Dataset, path: str | Path) -> Path:
    """Write traces with dims ("particle", "time") as netCDF-3, dims ("particle", "frame").

    Parameters
    ----------
    traces : xarray.Dataset
        ``y`` and, if known, ``y_u`` (particle, time), ``n_pixels``, ``lamp``, ``dx_px``,
        ``dy_px``, ``soc``; coordinate ``time`` [s].

    Raises
    ------
    DatasetError
        If ``y`` or its dims are missing.
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
    stored.attrs = {"Conventions": "CF-1.11", "featureType": "timeSeries", **_plain(traces.attrs)}
    stored = stored.transpose("particle", "frame", ...)
    stored.to_netcdf(path, engine="scipy", format="NETCDF3_64BIT")
    return Path(path)


def _plain(attributes: dict[Any, Any]) -> dict[str, Any]:
    """Attributes that netCDF-3 can hold."""
    kept = (str, int, float)
    return {str(name): value for name, value in attributes.items() if isinstance(value, kept)}


def read_traces(path: str | Path) -> xr.Dataset:
    """Traces with dims ("particle", "time") and the coordinates particle and time [s].

    Raises
    ------
    DatasetError
        If the file is damaged or has no particles, no times or no ``y``.
    """
    path = Path(path)
    try:
        with xr.open_dataset(path, decode_times=False) as opened:
            size = opened.nbytes
            stored = opened.load() if size <= MAX_BYTES else opened
    except Exception as error:  # each engine has its own way to say that a file is damaged
        words = " ".join(str(error).split())[:200]
        raise DatasetError(f"{path.name} is not a netCDF file, or is truncated: {words}") from error
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
