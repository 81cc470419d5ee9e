"""What a simulation leaves: labelled series, fields anywhere in a particle, balances, files."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from os import PathLike
from pathlib import Path
from typing import Any

import meshio
import numpy as np
import pandas as pd
import pybamm
import xarray as xr
from numpy.typing import ArrayLike, NDArray

from multiscale.analysis.half_cycles import half_cycles_by_charge
from multiscale.analysis.timings import carry_half_cycles
from multiscale.errors import ResultsError, is_one_of, unknown_name
from multiscale.fem.space import Block, FiniteElementSpace, Quadrature
from multiscale.limits import MOST_TIMES, short, whole
from multiscale.parameters import names
from multiscale.parameters.check import check_inputs
from multiscale.results.balance import DEFAULT_TOLERANCE, FARADAY, Balance, compute_balance

_CELL = ["Voltage [V]", "Current [A]", "C-rate", "Discharge capacity [A.h]"]
# what a model offers of these is in ``particles``
_PARTICLE = [
    "Average particle stoichiometry",
    "Average particle surface stoichiometry",
    "Particle current [A]",
    "Particle lithium gained [mol]",
    "Centre particle stoichiometry",
    "Particle heterogeneity (centre minus edge)",
    "Particle heterogeneity (rms)",
]
_SMALL = 1e-3
_REASONS = {
    "final time": "the last step was carried out to its end",
    "experiment time limit reached": "the time limit of the experiment was reached",
    "experiment voltage limit reached": "the voltage limit of the experiment was reached",
    "experiment capacity limit reached": "the capacity limit of the experiment was reached",
    "Event exceeded in initial conditions": (
        "the last step was skipped: its end was already met when it would have begun"
    ),
    "Surface is empty of lithium": (
        "the surface of the particle ran out of lithium: at this current, diffusion cannot "
        "bring it from inside fast enough"
    ),
    "Surface is full of lithium": (
        "the surface of the particle is full: at this current, diffusion cannot carry lithium "
        "inwards fast enough"
    ),
}
_CUT_OFFS = {
    "Minimum voltage [V]": ("lower", names.LOWER_CUTOFF),
    "Maximum voltage [V]": ("upper", names.UPPER_CUTOFF),
}
_AT_LIMIT = 0.5  # PyBaMM moves the cut-offs outwards by 1 V in an experiment [V]
OWN_END = " [experiment]"  # how PyBaMM marks the end that a step itself names
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


class Results:
    """Results of a solved :class:`SingleParticleModel`.

    Parameters
    ----------
    solution : pybamm.Solution
        What ``pybamm.Simulation.solve`` returned, complete or stopped half-way.
    tolerance : float, optional
        Relative error of the lithium and charge balances that counts as a breach.

    Raises
    ------
    ResultsError
        If there is nothing to read.
    ParameterError
        If it was solved with inputs that physics does not allow.
    ConservationError
        If lithium or charge is not conserved.

    Examples
    --------
    >>> import pybamm
    >>> import multiscale as ms
    >>> model = ms.SingleParticleModel(ms.ParticleMesh.radial(1e-6, 21, shape="cylinder"))
    >>> values = pybamm.ParameterValues("Xu2022_NMC88")
    >>> sim = pybamm.Simulation(model, parameter_values=values,
    ...                         experiment=["Charge at C/3 for 10 minutes"])
    >>> results = Results(sim.solve())
    >>> results.probe("Particle stoichiometry", [[0.0]], [300.0]).shape
    (1, 1)
    """

    def __new__(cls, solution: pybamm.Solution, tolerance: float = DEFAULT_TOLERANCE) -> Results:
        """An electrode's solution makes :class:`ElectrodeResults`."""
        if hasattr(_checked(solution).all_models[0], "domains"):
            cls = ElectrodeResults
        return super().__new__(cls)

    def __init__(self, solution: pybamm.Solution, tolerance: float = DEFAULT_TOLERANCE):
        self.solution = solution
        self.tolerance = tolerance
        check_inputs(list(solution.all_inputs))  # a solver that is not ours does not ask
        self.balance.check()

    def __getnewargs__(self) -> tuple[pybamm.Solution, float]:
        return self.solution, self.tolerance

    def __getstate__(self) -> dict[str, Any]:
        # what was read is read anew from the solution, wherever it arrives
        return {name: self.__dict__[name] for name in ("solution", "tolerance")}

    @property
    def model(self) -> Any:
        """The model that was solved, as PyBaMM discretised it."""
        return self.solution.all_models[0]

    @property
    def mesh(self) -> Any:
        """The particle's mesh; None for an electrode."""
        return getattr(self.model, "mesh", None)

    @property
    def space(self) -> Any:
        """Finite-element space of the particle, or of all particles."""
        return self.model.space

    @property
    def labels(self) -> list[str]:
        """Names of the particles."""
        return list(self.model.labels)

    # --- time -------------------------------------------------------------------------

    @cached_property
    def times(self) -> NDArray[np.float64]:
        """Stored times [s], increasing, not writeable; the solver's own steps."""
        times = np.unique(self.solution.t)
        times.setflags(write=False)  # what was read belongs to exactly these
        return times

    @cached_property
    def _half_cycles(self) -> pd.DataFrame:
        # after a skipped first step PyBaMM keeps a stretch without times
        parts = [times for times in self.solution.all_ts if len(times)]
        steps = [(float(times[0]), float(times[-1])) for times in parts]
        charge = self.series("Discharge capacity [A.h]")
        middles = (self.times[1:] + self.times[:-1]) / 2
        current = self.series("Current [A]", middles) if middles.size else middles
        return half_cycles_by_charge(self.times, charge, current, steps)

    @property
    def half_cycles(self) -> pd.DataFrame:
        """Charges and discharges of the run, in order; no row if no charge passed.

        Columns half_cycle (from 0), kind, start_s, end_s, duration_s, capacity_Ah. A half-cycle
        is all that passes in one direction, with the holds, pulses and rests between; see
        :func:`multiscale.analysis.half_cycles.half_cycles_by_charge`.
        """
        return self._half_cycles.copy()

    @property
    def stopped_because(self) -> str:
        """Why the run ended, in physical words.

        It is what happened to the last step that was solved: whether further steps were planned,
        a solution does not know.
        """
        termination = str(self.solution.termination).removeprefix("event: ")
        if termination.endswith(OWN_END):
            own = termination.removesuffix(OWN_END).replace("[", "").replace("]", "")
            return f"the last step came to its own end: {own}"
        if termination not in _CUT_OFFS:
            return _REASONS.get(termination, termination)
        # a voltage limit was met: that of the set, or where PyBaMM stops a step instead
        which, name = _CUT_OFFS[termination]
        limit = float(self.series(name)[-1])
        voltage = float(self.series("Voltage [V]")[-1])
        reached = f"the {which} voltage cut-off of the parameter set ({limit:g} V)"
        beyond = voltage - limit if which == "upper" else limit - voltage
        if beyond < _AT_LIMIT:
            return f"{reached} was reached"
        return (
            f"the voltage reached {voltage:.4g} V, {beyond:.2g} V beyond {reached}, before the "
            "step came to its own end: within an experiment PyBaMM stops there only"
        )

    def even_times(self, n: int = 50) -> NDArray[np.float64]:
        """``n`` evenly spaced times over the run [s]."""
        return np.linspace(
            self.times[0], self.times[-1], whole(n, "n", ResultsError, 1, MOST_TIMES)
        )

    def _checked_times(self, times: ArrayLike | None) -> NDArray[np.float64]:
        if times is None:
            return self.times
        chosen = np.atleast_1d(_as_numbers(times, "times"))
        if chosen.ndim > 1 or not chosen.size:
            raise ResultsError(f"times must be a list of times, not of shape {chosen.shape}")
        start, end = self.times[0], self.times[-1]
        slack = 1e-9 * max(end, 1)
        if not np.all((chosen >= start - slack) & (chosen <= end + slack)):
            raise ResultsError(
                f"times must lie between {start:g} and {end:g} s (the run ended there because "
                f"{self.stopped_because}); got {chosen.min():g} to {chosen.max():g} s."
            )
        return np.clip(chosen, start, end)

    # --- values -----------------------------------------------------------------------

    def series(self, name: str, times: ArrayLike | None = None) -> NDArray[np.float64]:
        """Values of a variable, shape (n_times,) for a scalar, (n_values, n_times) for a field."""
        chosen = self._checked_times(times)
        known = self.model.variables
        if not is_one_of(name, dict.keys(known)):
            raise ResultsError(unknown_name("variable", name, dict.keys(known)))
        values = _read(self.solution[name], chosen)
        largest = np.abs(values).max()
        if largest < _SMALL:
            # PyBaMM adds 1 to what it reads and takes it away again, which leaves picoamperes
            # with four digits; read them in a unit that suits them instead
            scale = max(largest, np.finfo(float).eps)
            scaled = f"{name} over {scale!r}"
            for model in self.solution.all_models:  # a hold has another current than a rest
                model.process_and_register_variable(scaled, model.variables[name] / scale)
            values = scale * _read(self.solution[scaled], chosen)
        return values

    def field(self, name: str, times: ArrayLike | None = None) -> NDArray[np.float64]:
        """Nodal values of a field, shape (n_unknowns, n_times)."""
        values = self.series(name, times)
        n = self.space.n_unknowns
        if n == 1 and self.model.variables[name].domain:  # a point: one value at each time
            return values.reshape(1, -1)
        if values.size % n or values.shape[0] != n:
            raise ResultsError(f"{name!r} is not a field on the particle's mesh.")
        return values.reshape(n, -1)

    def probe(self, name: str, points: ArrayLike, times: ArrayLike | None = None) -> xr.DataArray:
        """Values of a field at points inside the particle.

        Parameters
        ----------
        name : str
            A field, for example ``"Particle stoichiometry"``.
        points : array_like, shape (n_points, dimension)
            Coordinates [m]; radial meshes take one coordinate, the radius.
        times : array_like, shape (n_times,), optional
            Times [s]; all stored times by default.

        Returns
        -------
        xarray.DataArray, dims ("point", "time"), shape (n_points, n_times)

        Raises
        ------
        ResultsError
            For an unknown name, a point outside the particle or a time outside the run.
        """
        chosen = self._checked_times(times)
        points = np.atleast_2d(_as_numbers(points, "points"))
        if points.ndim != 2:
            raise ResultsError(f"points must be a table, a row each, not of shape {points.shape}")
        if points.shape[1] != self.mesh.dimension:
            raise ResultsError(
                f"Points have {points.shape[1]} coordinates; this mesh has {self.mesh.dimension}."
            )
        try:
            matrix = self.space.interpolation(points.T)
        except ValueError as error:
            raise ResultsError(
                f"A point lies outside the particle, which reaches from "
                f"{self.space.coordinates.min(axis=1)} to "
                f"{self.space.coordinates.max(axis=1)} m."
            ) from error
        values = matrix @ self.field(name, chosen)
        coordinates = {
            axis: ("point", points[:, i]) for i, axis in enumerate("xyz"[: points.shape[1]])
        }
        return xr.DataArray(
            values, dims=("point", "time"), coords={"time": chosen, **coordinates}, name=name
        )

    def profile(
        self,
        name: str,
        start: Sequence[float],
        end: Sequence[float],
        times: ArrayLike | None = None,
        n: int = 101,
    ) -> xr.DataArray:
        """Values of a field along the line from ``start`` to ``end`` [m].

        Returns
        -------
        xarray.DataArray, dims ("distance", "time"); distance from ``start`` [m]
        """
        first, last = np.asarray(start, dtype=float), np.asarray(end, dtype=float)
        share = np.linspace(0, 1, n)
        values = self.probe(name, first + share[:, None] * (last - first), times)
        distance = share * np.linalg.norm(last - first)
        return values.rename(point="distance").assign_coords(distance=distance)

    def cell_values(
        self, name: str, times: ArrayLike | None = None
    ) -> tuple[NDArray[np.float64], Quadrature]:
        """Values at the quadrature points of the particle, (n_points, n_times), and those
        points with their weights [m3], for integrals of anything non-linear."""
        points = self.space.cells
        return np.asarray(points.interpolation @ self.field(name, times)), points

    # --- labelled data ----------------------------------------------------------------

    def state_of_charge(self, times: ArrayLike | None = None) -> xr.DataArray:
        """Delithiated fraction of every particle, 1 - stoichiometry, dims ("particle", "time").

        This is what :func:`multiscale.reaction_timings` times: each particle by its own change,
        in each half-cycle of the run, which come along in ``attrs``.
        """
        chosen = self._checked_times(times)
        values = 1 - self.series("Average particle stoichiometry", chosen)
        signal = xr.DataArray(
            values.reshape(len(self.labels), -1),
            dims=("particle", "time"),
            coords={"particle": self.labels, "time": chosen},
            name="state of charge",
        )
        return carry_half_cycles(signal, self._half_cycles)

    @property
    def particles(self) -> xr.Dataset:
        """Per-particle series, dims ("particle", "time"); a copy."""
        return self._particles.copy(deep=True)

    @cached_property
    def _particles(self) -> xr.Dataset:
        known = [name for name in _PARTICLE if name in dict.keys(self.model.variables)]
        return self._dataset(known, ("particle", "time")).assign_coords(particle=self.model.labels)

    @property
    def cell(self) -> xr.Dataset:
        """Voltage, current and capacity of the whole cell, dims ("time",); a copy."""
        return self._cell.copy(deep=True)

    @cached_property
    def _cell(self) -> xr.Dataset:
        return self._dataset(_CELL, ("time",))

    def _dataset(self, variables: list[str], dims: tuple[str, ...]) -> xr.Dataset:
        shape = (-1,) * (len(dims) - 1) + (len(self.times),)
        data = {name: (dims, self.series(name).reshape(shape)) for name in variables}
        return xr.Dataset(data, coords={"time": ("time", self.times, {"units": "s"})})

    @cached_property
    def balance(self) -> Balance:
        """Relative errors of the lithium and charge balances."""
        return compute_balance(
            times=self.times,
            lithium_gained=self.series("Lithium gained [mol]"),
            charge_passed=self.series("Charge passed [C]"),
            interfacial_current=self.series("Total interfacial current [A]"),
            current=self.series("Current [A]"),
            tolerance=self.tolerance,
            capacity=float(self.series("Largest lithium content [mol]")[0]) * FARADAY,
        )

    # --- files ------------------------------------------------------------------------

    def dataset(self, times: ArrayLike | None = None) -> xr.Dataset:
        """What ``to_netcdf`` writes, in memory: series, fields, mesh and balances."""
        chosen = self._field_times(times)
        space = self.space
        fields = {
            name: (("node", "field_time"), self.field(name, chosen)) for name in self.field_names
        }
        mesh: dict[str, tuple[tuple[str, str], np.ndarray]] = {
            "coordinates": (("axis", "node"), space.coordinates)
        }
        for number, cells in enumerate(space.elements):
            suffix = f"_{number}" if number else ""
            mesh[f"elements{suffix}"] = ((f"element{suffix}", f"corner{suffix}"), cells)
        data = xr.merge([self.cell, self.particles]).assign(fields | mesh)
        electrode = getattr(self.model, "electrode", None)
        if electrode is not None:  # where its particles are and how large, for whoever draws them
            table = electrode.particles.loc[self.model.labels]
            columns = ("x_m", "y_m", "z_m", "radius_m")
            shapes = {name: table[name].to_numpy(float) for name in columns}
            shapes["top"] = table["top"].to_numpy(np.int8)
            data = data.assign_coords({name: ("particle", v) for name, v in shapes.items()})
            body = int(electrode.dimension)
        else:  # 3 for bodies; 2 for cross-sections and cylinders, alike at every depth; 1 for slabs
            power = self.mesh.shape_power
            body = int(space.dimension if power is None else power + 1)
        data = data.assign_coords(field_time=("field_time", chosen, {"units": "s"}))
        # "/" separates groups in netCDF and cannot stand in a variable's name
        data = data.rename({name: str(name).replace("/", "_") for name in data.data_vars})
        data.attrs = {
            "lithium_balance": self.balance.lithium,
            "charge_balance": self.balance.charge,
            "stopped_because": self.stopped_because,
            "particles": ", ".join(map(str, self.model.labels[:20])),
            "body_dimension": body,
        }
        return data

    def to_netcdf(self, path: str | PathLike[str], times: ArrayLike | None = None) -> Path:
        """Write series at all times, fields at ``times`` (50 even ones by default).

        Read it back with ``xarray.open_dataset(path)``.
        """
        path = Path(path)
        path.parent.mkdir(parents=True, exist_ok=True)
        self.dataset(times).to_netcdf(path, engine="h5netcdf")
        return path

    def to_vtu(self, folder: str | PathLike[str], times: ArrayLike | None = None) -> Path:
        """Write the fields for ParaView; open the returned ``fields.pvd``."""
        folder, chosen = Path(folder), self._field_times(times)
        folder.mkdir(parents=True, exist_ok=True)
        # points in three coordinates [m] and cells, as VTK wants them
        space = self.space
        points = np.zeros((space.n_unknowns, 3))
        points[:, : len(space.coordinates)] = space.coordinates.T
        cells = [(_CELLS[space.dimension, one.shape[1]], one) for one in space.elements]
        fields = {name: self.field(name, chosen) for name in self.field_names}
        entries = []
        for step, time in enumerate(chosen):
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

    def _field_times(self, times: ArrayLike | None) -> NDArray[np.float64]:
        return self.even_times() if times is None else self._checked_times(times)

    @property
    def field_names(self) -> list[str]:
        """Fields on the mesh."""
        fields = ["Particle stoichiometry", "Particle potential [V]"]
        known = self.model.variables
        return [name for name in fields if name in dict.keys(known) and known[name].domain]


class ElectrodeResults(Results):
    """Results of a solved :class:`ElectrodeModel`; made by ``Results(solution)``.

    ``particles`` holds per-particle series by label, :meth:`inside` the fields of one particle.
    """

    def inside(
        self, particle: str, name: str = "Particle stoichiometry", times: ArrayLike | None = None
    ) -> tuple[NDArray[np.float64], Block]:
        """Field of one particle, (n_unknowns, n_times), and the block that holds its mesh."""
        if particle not in self.labels:
            raise ResultsError(unknown_name("particle", particle, self.labels))
        number = self.labels.index(particle)
        first, last = self.space.offsets[number : number + 2]
        return self.field(name, times)[first:last], self.space.blocks[number]

    def probe(
        self,
        name: str,
        points: ArrayLike,
        times: ArrayLike | None = None,
        particle: str | None = None,
    ) -> xr.DataArray:
        """Values of a field at points of one particle, relative to its centre [m].

        See :meth:`Results.probe`; ``particle`` is the label and must be given.
        """
        if particle is None:
            raise ResultsError(f"Name the particle to probe: particle=... {self.labels}")
        chosen = self._checked_times(times)
        values, block = self.inside(particle, name, chosen)
        if not isinstance(block.space, FiniteElementSpace):
            raise ResultsError("Lumped particles have no inside to probe; use Radial or Resolved.")
        points = np.atleast_2d(np.asarray(points, dtype=float))
        try:
            matrix = block.space.interpolation(points.T / block.scale)
        except ValueError as error:
            raise ResultsError(f"A point lies outside particle {particle!r}.") from error
        return xr.DataArray(
            matrix @ values, dims=("point", "time"), coords={"time": chosen}, name=name
        )

    @cached_property
    def contact_resistances(self) -> xr.DataArray:
        """Resistance of every contact side [Ohm], dims ("contact", "time")."""
        contacts = list(self.model.domains.contacts.index)
        return xr.DataArray(
            self.series("Contact resistance [Ohm]").reshape(len(contacts), -1),
            dims=("contact", "time"),
            coords={"contact": contacts, "time": self.times},
        )

    @property
    def stopped_because(self) -> str:
        """Why the run ended, in physical words, naming the particle."""
        words = super().stopped_because
        if "surface" not in words:
            return words
        surface = self.series("Average particle surface stoichiometry", self.times[-1:]).ravel()
        worst = surface.argmin() if "ran out" in words else surface.argmax()
        return f"{words} (particle {self.labels[worst]!r})"


def _checked(solution: Any) -> pybamm.Solution:
    """The solution, if it holds anything and is one of a model of this package."""
    if solution is None:
        raise ResultsError("There is no solution: the first step could not be started.")
    if isinstance(solution, pybamm.EmptySolution):
        raise ResultsError(
            "There is nothing to read: the end of every step was already met when it would have "
            "begun, so that PyBaMM skipped them all. Check the ends of the steps against the "
            "voltage at the start."
        )
    if not isinstance(solution, pybamm.Solution):
        raise ResultsError(
            f"Results are read from what Simulation.solve returned, not from {solution!r:.60}."
        )
    if not hasattr(solution.all_models[0], "space"):
        raise ResultsError(
            f"This is a solution of {solution.all_models[0].name!r}, not of a SingleParticleModel "
            "or an ElectrodeModel."
        )
    if getattr(solution, "variables_returned", False):
        raise ResultsError(
            "This solution holds chosen variables only: solve without output_variables."
        )
    return solution


def _as_numbers(values: ArrayLike, name: str) -> NDArray[np.float64]:
    try:
        return np.asarray(values, dtype=float)
    except (TypeError, ValueError) as error:
        raise ResultsError(f"{name} must be numbers, not {short(values)}") from error


def _read(variable: pybamm.ProcessedVariable, times: NDArray[np.float64]) -> NDArray[np.float64]:
    """Values at times: (n_times,) of a scalar, (n_values, n_times) of a field."""
    values = np.asarray(variable(t=times))
    n_values = variable.base_variables[0].size
    if n_values == 1:
        return values.reshape(len(times))
    # one time comes back without its axis, stored times with extrapolated ends
    values = values.reshape(-1, len(times))
    return values[1:-1] if len(values) == n_values + 2 else values
