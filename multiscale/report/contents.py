"""Blocks made from results and parameter sets."""

from __future__ import annotations

import platform
from collections.abc import Mapping
from importlib.metadata import PackageNotFoundError, version
from typing import Any

import pybamm

from multiscale.parameters.sets import ParameterSet
from multiscale.report.electrode import kirchhoff
from multiscale.report.page import KeyValues, Parameters
from multiscale.results import ElectrodeResults, Results

_PACKAGES = ("multiscale-electrode", "pybamm", "scikit-fem", "numpy", "scipy")


def balances(runs: Results | Mapping[str, Results]) -> KeyValues:
    """Relative errors of the lithium and charge balances of one run or of several.

    Of an electrode also the node rule of Kirchhoff, over all nodes and particles.

    Examples
    --------
    >>> balances({}).items
    {}
    """
    items = {}
    for label, run in _labelled(runs).items():
        of = f", {label}" if label else ""
        items[f"Lithium gained against charge passed{of}"] = run.balance.lithium
        items[f"Facet currents against terminal current{of}"] = run.balance.charge
        if isinstance(run, ElectrodeResults):
            items[f"Node rule at the worst node or particle{of}"] = kirchhoff(run)
    return KeyValues(items, "Relative errors; a breach of the tolerance would have been an error.")


def run_information(results: Results, wall_s: float | None = None) -> KeyValues:
    """Mesh, unknowns, times and versions of a run.

    Parameters
    ----------
    results : Results
    wall_s : float, optional
        Measured duration of everything [s].
    """
    solution = results.solution
    items: dict[str, Any] = {
        **_described(results),
        "Unknowns of the lithium field": results.space.n_unknowns,
        "Time steps": len(results.times),
        "Simulated": f"{results.times[-1] - results.times[0]:.6g} s",
        "Ended because": results.stopped_because,
        "Set-up of the solver": str(solution.set_up_time),
        "Solve": str(solution.solve_time),
    }
    if wall_s is not None:
        items["Wall time in all"] = f"{wall_s:.3g} s"
    return KeyValues(items | versions())


def _described(results: Results) -> dict[str, str]:
    """What was meshed: one particle, or an electrode of them."""
    if isinstance(results, ElectrodeResults):
        lines = results.model.electrode.summary().splitlines()
        return {"Electrode": lines[0], "Particles": repr(results.model.fidelity)}
    mesh = results.mesh
    words = f"{mesh.name}, {mesh.dimension}D, {mesh.n_elements} elements, order {mesh.order}"
    return {"Mesh": words}


def versions() -> dict[str, str]:
    """Versions of Python and of the packages that decide the numbers.

    Examples
    --------
    >>> "pybamm" in versions()
    True
    """
    found = {"Python": platform.python_version()}
    for package in _PACKAGES:
        try:
            found[package] = version(package)
        except PackageNotFoundError:  # a checkout on the path
            found[package] = "not installed"
    return found


def stop_warnings(runs: Results | Mapping[str, Results]) -> list[str]:
    """A warning for each run that ended before its experiment did."""
    return [
        f"{label + ': s' if label else 'S'}topped early, at {run.times[-1]:.5g} s, because "
        f"{run.stopped_because}."
        for label, run in _labelled(runs).items()
        if not _complete(str(run.solution.termination))
    ]


def parameters(
    chosen: ParameterSet, overrides: Mapping[str, Any] | None = None, caption: str = ""
) -> Parameters:
    """Every entry of a set with its source and grade, changed entries first.

    Parameters
    ----------
    chosen : ParameterSet
    overrides : mapping of str to number or law, optional
        Entries a run has changed; they are marked as such.
    caption : str

    Examples
    --------
    >>> from multiscale.parameters import load_set
    >>> changed = {"Ambient temperature [K]": 300.0}
    >>> parameters(load_set("Xu2022_NMC88"), changed).rows[0]["source"]
    'changed for this run'
    """
    overrides = overrides or {}
    rows = [
        {**_name(name), "value": _shown(value), "source": "changed for this run"}
        for name, value in overrides.items()
    ]
    for name, source in sorted(chosen.sources.items()):
        if name in overrides or name not in chosen.values:
            continue
        described = {
            "grade": source.grade,
            "kind": source.kind,
            "source": f"{source.citation}, {source.where}",
            "doi": source.doi,
        }
        rows.append({**_name(name), "value": _shown(chosen.values[name]), **described})
    return Parameters(rows, caption or chosen.title)


def _labelled(runs: Results | Mapping[str, Results]) -> dict[str, Results]:
    return dict(runs) if isinstance(runs, Mapping) else {"": runs}


def _complete(termination: str) -> bool:
    return termination == "final time" or "[experiment]" in termination


def _name(name: str) -> dict[str, str]:
    """Name and unit of a parameter, apart."""
    words, bracket, unit = name.partition(" [")
    return {"name": words, "unit": unit.removesuffix("]") if bracket else "–"}


def _shown(value: Any) -> Any:
    if callable(value):
        return "law"
    return "formula" if isinstance(value, pybamm.Symbol) else value
