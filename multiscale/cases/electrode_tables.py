"""Tables of a case file that describe an electrode: geometry, particles, model."""

from __future__ import annotations

import inspect
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from multiscale.cases.electrode_schema import FIDELITIES, GeometrySpec, ParticlesSpec
from multiscale.cases.schema import ModelSpec, SolverSpec
from multiscale.cases.tables import NUMBER, check_keys, choose, take
from multiscale.errors import CaseError
from multiscale.geometry.electrode_geometry import ElectrodeGeometry
from multiscale.models.transport import TRANSPORT_FORMS

MAKERS = ("columns", "packing")
ELECTRODE_SOLVER = SolverSpec(rtol=1e-4, atol=1e-5)
COUNTER_ELECTRODES = ("ideal", "lithium metal")
_TYPES = {"size": NUMBER, "n": int, "order": int}


def read_geometry(raw: Mapping[str, Any], folder: Path | None, where: str) -> GeometrySpec:
    """A geometry: a maker with its arguments, or a file."""
    where = f"{where}, geometry"
    if ("maker" in raw) == ("file" in raw):
        raise CaseError(f"{where}: give either 'maker' ({', '.join(MAKERS)}) or 'file'")
    if "file" in raw:
        check_keys(raw, ("file",), where)
        file = take(raw, "file", str, where)
        return GeometrySpec(file=str(file if folder is None else folder / file))
    maker = choose(take(raw, "maker", str, where), MAKERS, "maker", where)
    known = inspect.signature(getattr(ElectrodeGeometry, maker)).parameters
    check_keys(raw, ("maker", *known), where)
    for name, parameter in known.items():
        if parameter.default is parameter.empty and name not in raw:
            raise CaseError(f"{where}: {maker} needs {name!r}")
    given = {name: _plain(raw[name], f"{where}, {name}") for name in known if name in raw}
    return GeometrySpec(maker=maker, arguments=tuple(given.items()))


def _plain(value: Any, where: str) -> Any:
    """A number, or a list of numbers as a tuple."""
    values = value if isinstance(value, list) else [value]
    if not all(isinstance(v, NUMBER) and not isinstance(v, bool) for v in values):
        raise CaseError(f"{where}: must be a number or a list of numbers, not {value!r}")
    return tuple(value) if isinstance(value, list) else value


def read_particles(raw: Mapping[str, Any], where: str) -> ParticlesSpec:
    """A fidelity with its arguments."""
    where = f"{where}, particles"
    every = {key for keys in FIDELITIES.values() for key in keys}
    check_keys(raw, ("fidelity", *sorted(every)), where)
    fidelity = take(raw, "fidelity", str, where, ParticlesSpec.fidelity)
    choose(fidelity, FIDELITIES, "fidelity", where)
    check_keys(raw, ("fidelity", *FIDELITIES[fidelity]), f"{where} ({fidelity})")
    given = {key: take(raw, key, _TYPES[key], where) for key in FIDELITIES[fidelity]}
    return ParticlesSpec(fidelity, **given)


def electrode_model(raw: Mapping[str, Any], where: str) -> ModelSpec:
    """Transport and counter electrode; all else follows from the geometry."""
    check_keys(raw, ("transport", "counter_electrode"), where)
    transport = take(raw, "transport", str, where)
    if transport is not None:
        choose(transport, TRANSPORT_FORMS, "transport form", where)
    counter = take(raw, "counter_electrode", str, where, "ideal")
    choose(counter, COUNTER_ELECTRODES, "counter electrode", where)
    return ModelSpec(transport=transport, surface="butler-volmer", counter_electrode=counter)
