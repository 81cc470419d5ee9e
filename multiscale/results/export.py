"""Files for other programs: netCDF for xarray, VTU and PVD for ParaView."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import meshio
import numpy as np
import xarray as xr
from numpy.typing import NDArray

if TYPE_CHECKING:
    from multiscale.results.particle import Results

# corners first, then edge midpoints: scikit-fem and VTK number these cells alike
_CELLS = {
    (1, 1): "vertex",
    (1, 2): "line",
    (1, 3): "line3",
    (2, 3): "triangle",
    (2, 6): "triangle6",
    (3, 4): "tetra",
    (3, 10): "tetra10",
}


def dataset_of(results: Results, times: NDArray[np.float64]) -> xr.Dataset:
    """Series, fields, mesh and balances, as they are written to netCDF."""
    space = results.space
    fields = {
        name: (("node", "field_time"), results.field(name, times)) for name in results.field_names
    }
    mesh: dict[str, tuple[tuple[str, str], np.ndarray]] = {
        "coordinates": (("axis", "node"), space.coordinates)
    }
    for number, cells in enumerate(space.elements):
        suffix = f"_{number}" if number else ""
        mesh[f"elements{suffix}"] = ((f"element{suffix}", f"corner{suffix}"), cells)
    data = xr.merge([results.cell, results.particles]).assign(fields | mesh)
    data = data.assign_coords(_shapes(results))
    data = data.assign_coords(field_time=("field_time", times, {"units": "s"}))
    # "/" separates groups in netCDF and cannot stand in a variable's name
    data = data.rename({name: str(name).replace("/", "_") for name in data.data_vars})
    data.attrs = {
        "lithium_balance": results.balance.lithium,
        "charge_balance": results.balance.charge,
        "stopped_because": results.stopped_because,
        "particles": ", ".join(map(str, results.model.labels[:20])),
        "body_dimension": _body_dimension(results),
    }
    return data


def write_netcdf(results: Results, path: Path, times: NDArray[np.float64]) -> Path:
    """One file with all of that; returns its path."""
    path.parent.mkdir(parents=True, exist_ok=True)
    dataset_of(results, times).to_netcdf(path, engine="h5netcdf")
    return path


def _shapes(results: Results) -> dict[str, tuple[str, NDArray[Any]]]:
    """Where the particles of an electrode are and how large, for whoever draws them."""
    electrode = getattr(results.model, "electrode", None)
    if electrode is None:
        return {}
    table = electrode.particles.loc[results.model.labels]
    columns = {name: table[name].to_numpy(float) for name in ("x_m", "y_m", "z_m", "radius_m")}
    columns["top"] = table["top"].to_numpy(np.int8)
    return {name: ("particle", values) for name, values in columns.items()}


def _body_dimension(results: Results) -> int:
    """3 for bodies; 2 for cross-sections and cylinders, the same at every depth; 1 for slabs."""
    electrode = getattr(results.model, "electrode", None)
    if electrode is not None:
        return int(electrode.dimension)
    power = results.mesh.shape_power
    return int(results.space.dimension if power is None else power + 1)


def write_vtu(results: Results, folder: Path, times: NDArray[np.float64]) -> Path:
    """One VTU per time and a PVD that lists them; returns the path of the PVD."""
    folder.mkdir(parents=True, exist_ok=True)
    points, cells = _geometry(results)
    fields = {name: results.field(name, times) for name in results.field_names}
    entries = []
    for step, time in enumerate(times):
        name = f"fields_{step:04d}.vtu"
        data = {field: values[:, step] for field, values in fields.items()}
        meshio.Mesh(points, cells, point_data=data).write(folder / name)
        entries.append(f'    <DataSet timestep="{time:.9g}" part="0" file="{name}"/>')
    collection = folder / "fields.pvd"
    collection.write_text(
        '<?xml version="1.0"?>\n<VTKFile type="Collection" version="0.1">\n  <Collection>\n'
        + "\n".join(entries)
        + "\n  </Collection>\n</VTKFile>\n"
    )
    return collection


def _geometry(results: Results) -> tuple[NDArray[np.float64], list[tuple[str, NDArray[np.int64]]]]:
    """Points in three coordinates [m] and cells, as VTK wants them."""
    space = results.space
    points = np.zeros((space.n_unknowns, 3))
    points[:, : len(space.coordinates)] = space.coordinates.T
    return points, [(_CELLS[space.dimension, cells.shape[1]], cells) for cells in space.elements]
