"""What a stored run says of lithium: every particle's nodes, and their content at any time."""

from __future__ import annotations

import warnings
from dataclasses import dataclass
from functools import cached_property
from os import PathLike
from pathlib import Path

import numpy as np
import pandas as pd
import xarray as xr
from numpy.typing import NDArray
from scipy.sparse import coo_matrix
from scipy.sparse.csgraph import connected_components

from multiscale.analysis.half_cycles import half_cycles
from multiscale.errors import ResultsError
from multiscale.folders import settle
from multiscale.plotting.picture import split_cells

Floats = NDArray[np.float64]
_MEAN = "Average particle stoichiometry"
_FIELD = "Particle stoichiometry"
_NEEDED = (_MEAN, _FIELD, "coordinates", "elements", "Voltage [V]", "Current [A]")
_DIMS = {
    _MEAN: {"particle", "time"},
    _FIELD: {"node", "field_time"},
    "coordinates": {"node", "axis"},
    "Voltage [V]": {"time"},
    "Current [A]": {"time"},
}
MAX_BYTES = 16 << 30  # unpacked
BEYOND = 0.1  # of a stoichiometry below 0 and above 1: what a solver may leave is far less
_STILL = 1e-6  # change of a mean below which nothing has moved


@dataclass(frozen=True)
class Body:
    """One particle of a stored run.


    Examples
    --------
    >>> line = Body("p", slice(0, 2), np.zeros((2, 3)), np.array([[0, 1]]), np.zeros(3), 1e-6)
    >>> line.fidelity
    'radial'
    """

    name: str
    nodes: slice  # its unknowns
    positions: Floats  # (n_nodes, axes): of its nodes [m]
    # (n_cells, k): its elements as linear simplices, by its own nodes: points, lines, triangles or
    # tetrahedra
    cells: NDArray[np.integer]
    centre: Floats  # (axes,) [m]
    radius: float  # [m]; NaN if the run does not tell and the nodes do not need it

    @property
    def fidelity(self) -> str:
        """``"lumped"``, ``"radial"`` or ``"resolved"``."""
        return {1: "lumped", 2: "radial"}.get(self.cells.shape[1], "resolved")


class StoredRun:
    """A file that ``Results.to_netcdf`` left.

    Parameters
    ----------
    data : xarray.Dataset
        Loaded; see :func:`open_run`.

    Raises
    ------
    ResultsError
        If it lacks what a microscope needs, naming it.
    """

    def __init__(self, data: xr.Dataset):
        missing = [name for name in _NEEDED if name not in data]
        if missing:
            raise ResultsError(
                f"This file holds no run that can be filmed: it lacks {missing}. "
                "'multiscale run CASE' and Results.to_netcdf write such files."
            )
        for name in data.variables:
            if str(name) in _DIMS or str(name).startswith("elements"):
                _check_variable(data[name])
        for name in ("particle", "time", "field_time"):
            if name not in data.coords or data[name].dims != (name,):
                raise ResultsError(f"This file holds no run: it has no coordinate {name!r}.")
        for name in ("time", "field_time"):
            time = data[name].to_numpy()
            if time.dtype.kind not in "iuf" or not (np.diff(time) > 0).all():
                raise ResultsError(f"This file holds no run: its {name!r} does not increase.")
        _check_mesh(data)
        self.data = data
        self.names = [str(name) for name in data["particle"].values]
        self.time = data["time"].to_numpy().astype(float)

    @cached_property
    def flat(self) -> bool:
        """Cross-sections and cylinders, alike at every depth, instead of bodies."""
        if "body_dimension" in self.data.attrs:
            return int(self.data.attrs["body_dimension"]) == 2
        return all(cells.shape[1] == 3 for cells in self._simplices)

    @cached_property
    def cell(self) -> pd.DataFrame:
        """Time [s], current [A] (positive on charge) and voltage [V], in Battery Data Format."""
        return pd.DataFrame(
            {
                "Test Time / s": self.time,
                "Current / A": -self.data["Current [A]"].to_numpy(),
                "Voltage / V": self.data["Voltage [V]"].to_numpy(),
            }
        )

    @cached_property
    def half_cycles(self) -> pd.DataFrame:
        """Charges and discharges, see :func:`multiscale.analysis.half_cycles.half_cycles`."""
        return half_cycles(self.time, self.data["Current [A]"].to_numpy())

    # --- lithium ----------------------------------------------------------------------

    def mean_stoichiometry(self, times: Floats | list[float]) -> Floats:
        """Mean lithium fraction of every particle, shape (n_particles, n_times)."""
        means = self.data[_MEAN].transpose("particle", "time").to_numpy()
        return np.array([np.interp(times, self.time, mean) for mean in means])

    def stoichiometry(self, time: float) -> Floats:
        """Lithium fraction at every node, shape (n_nodes,).

        Fields are stored at few times. Between two of them each particle follows its own mean,
        which is stored at all times: it goes as far from one field to the next as its mean
        has gone, and its mean comes out exactly where that lies outside both.
        """
        stored, field = self._fields
        i = int(np.clip(np.searchsorted(stored, time, "right") - 1, 0, len(stored) - 2))
        before, after, now = self.mean_stoichiometry([stored[i], stored[i + 1], time]).T
        step = (time - stored[i]) / (stored[i + 1] - stored[i])
        moved = np.abs(after - before) > _STILL
        share = np.where(moved, (now - before) / np.where(moved, after - before, 1.0), step)
        share = np.clip(share, 0, 1)
        offset = now - before - share * (after - before)
        share, offset = share[self._owner], offset[self._owner]
        between = field[:, i] + share * (field[:, i + 1] - field[:, i])
        return np.clip(between + offset, 0, 1)

    @cached_property
    def _fields(self) -> tuple[Floats, Floats]:
        field = self.data[_FIELD].transpose("node", "field_time")
        stored = field["field_time"].to_numpy().astype(float)
        if len(stored) < 2:
            raise ResultsError("Fields were stored at one time only; a movie needs at least two.")
        return stored, field.to_numpy()

    # --- particles --------------------------------------------------------------------

    @cached_property
    def bodies(self) -> list[Body]:
        """The particles, in the order of their names."""
        positions = self.data["coordinates"].transpose("node", "axis").to_numpy()
        bodies = []
        for number, name in enumerate(self.names):
            own = np.flatnonzero(self._owner == number)
            nodes = slice(int(own[0]), int(own[-1]) + 1)
            cells = [c[self._owner[c[:, 0]] == number] - own[0] for c in self._simplices]
            [mine] = [c for c in cells if len(c)]
            bodies.append(self._body(number, name, nodes, positions[nodes], mine))
        return bodies

    def _body(
        self,
        number: int,
        name: str,
        nodes: slice,
        positions: Floats,
        cells: NDArray[np.integer],
    ) -> Body:
        if "radius_m" in self.data.coords:
            table = self.data.isel(particle=number)
            centre = np.array([float(table[axis]) for axis in ("x_m", "y_m", "z_m")])
            return Body(name, nodes, positions, cells, centre, float(table["radius_m"]))
        if cells.shape[1] > 2:
            middle = (positions.min(axis=0) + positions.max(axis=0)) / 2
            return Body(name, nodes, positions, cells, middle, np.nan)
        slab = int(self.data.attrs.get("body_dimension", 1)) == 1
        if len(self.names) > 1 or cells.shape[1] == 1 or slab:
            raise ResultsError(
                "The file does not tell where its particles are, or they have no round shape: run "
                "the case again, or store particles of resolved shape."
            )
        return Body(name, nodes, positions, cells, np.zeros(3), float(positions.max()))

    @cached_property
    def _simplices(self) -> list[NDArray[np.int64]]:
        """Linear simplices between nodes, one array per kind of element."""
        positions = self.data["coordinates"].transpose("node", "axis").to_numpy()
        kinds = []
        for name in sorted(str(name) for name in self.data if str(name).startswith("elements")):
            cells = self.data[name].to_numpy().astype(np.int64)
            corners = cells.shape[1]
            beside = np.ptp(positions[cells][:, :, 1:], axis=1)
            line = corners == 3 and not beside.any()  # quadratic, along a radius
            dimension = 1 if line else {1: 0, 2: 1, 3: 2, 6: 2}.get(corners, 3)
            kinds.append(split_cells(cells, dimension))
        return kinds

    @cached_property
    def _owner(self) -> NDArray[np.int64]:
        """Particle of every node: its elements hang together, and particles do not."""
        n = int(self.data.sizes["node"])
        ends = np.concatenate(
            [np.stack([c[:, :-1], c[:, 1:]], -1).reshape(-1, 2) for c in self._simplices]
        )
        graph = coo_matrix((np.ones(len(ends)), ends.T), (n, n))
        count, owner = connected_components(graph, directed=False)
        if count != len(self.names):
            raise ResultsError(
                f"The mesh falls into {count} parts, not {len(self.names)} particles."
            )
        _, first, number = np.unique(owner, return_index=True, return_inverse=True)
        return first.argsort().argsort()[number]


def _check_mesh(data: xr.Dataset) -> None:
    """Raise unless nodes have coordinates, elements have nodes, and these hold lithium."""
    axes = data.sizes["axis"]  # as many as the particles have dimensions
    if axes > 3 or len(data["time"]) < 2:
        raise ResultsError(
            f"This file holds no run: it has {axes} axes, not 1 to 3, or a single time."
        )
    for name in data:
        if str(name).startswith("elements"):
            cells = data[name].to_numpy()
            if cells.min() < 0 or cells.max() >= data.sizes["node"]:
                raise ResultsError(
                    f"This file holds no run: {name!r} names nodes from {cells.min()} to "
                    f"{cells.max()}, of {data.sizes['node']}."
                )
    for name in (_MEAN, _FIELD):
        least, most = float(data[name].min()), float(data[name].max())
        if least < -BEYOND or most > 1 + BEYOND:
            raise ResultsError(
                f"This file holds no run: {name!r} goes from {least:g} to {most:g}, not 0 to 1."
            )


def _check_variable(values: xr.DataArray) -> None:
    """Raise unless a variable has the dimensions and the kind of numbers that runs have."""
    name = str(values.name)
    wanted = _DIMS.get(name)
    whole = wanted is None
    if values.dtype.kind not in ("iu" if whole else "iuf"):
        raise ResultsError(f"This file holds no run: {name!r} holds {values.dtype}, no numbers.")
    if (wanted is not None and set(values.dims) != wanted) or (whole and values.ndim != 2):
        raise ResultsError(f"This file holds no run: {name!r} has the dimensions {values.dims}.")
    if 0 in values.shape or not np.isfinite(values.to_numpy()).all():
        raise ResultsError(
            f"This file holds no run: {name!r} is empty, or holds something that is not a number."
        )


def open_run(path: str | PathLike[str]) -> StoredRun:
    """Open a run: the folder that ``multiscale run`` left, or one of its netCDF files.

    Raises ResultsError if there is none, or a folder holds several and none is ``run.nc``.

    Examples
    --------
    >>> open_run("nowhere")
    Traceback (most recent call last):
    multiscale.errors.ResultsError: nowhere: no such folder or file...
    """
    settle(path)
    file = _file_of(Path(path))
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of h5netcdf, on files that no xarray wrote
            with xr.open_dataset(file, engine="h5netcdf") as data:
                size = data.nbytes
                loaded = data.load() if size <= MAX_BYTES else None
    except Exception as error:  # h5py and xarray raise whatever they stumble over
        reason = " ".join(str(error).split())[:200]
        raise ResultsError(f"{file} cannot be read as netCDF: {reason}") from error
    if loaded is None:
        most = MAX_BYTES >> 30
        raise ResultsError(f"{file} unpacks to {size / 2**30:.3g} GiB; at most {most} GiB is read")
    return StoredRun(loaded)


def _file_of(path: Path) -> Path:
    if path.is_file():
        return path
    if not path.is_dir():
        raise ResultsError(f"{path}: no such folder or file; 'multiscale run CASE' leaves one.")
    if (path / "run.nc").is_file():
        return path / "run.nc"
    runs = sorted(file.name for file in path.glob("run_*.nc"))
    if len(runs) == 1:
        return path / runs[0]
    if not runs:
        raise ResultsError(f"{path} holds no run.nc; 'multiscale run CASE' leaves one.")
    raise ResultsError(f"{path} holds several runs; name one of them: {', '.join(runs)}")
