"""Tables of a case file that describe an electrode: geometry, particles, model."""

from __future__ import annotations

import inspect
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from multiscale.cases.schema import FIDELITIES, GeometrySpec, ModelSpec, ParticlesSpec, SolverSpec
from multiscale.cases.tables import NUMBER, check_keys, choose, take
from multiscale.electrode.geometry import ElectrodeGeometry
from multiscale.errors import CaseError
from multiscale.limits import number, numbers, short
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
    given = {
        name: _plain(raw[name], str(known[name].annotation), name, where)
        for name in known
        if name in raw
    }
    return GeometrySpec(maker=maker, arguments=tuple(given.items()))


# Arguments in which NaN or infinity has a meaning: "from the set", "wetted", "an ideal wire".
_NOT_FINITE = ("conductance_S_m2", "dry_half_angle_deg", "carbon_conductance_S")


def _plain(value: Any, kind: str, name: str, where: str) -> Any:
    """A number, or a list of numbers as a tuple, whichever the maker takes."""
    many = kind.startswith(("Sequence", "ArrayLike"))
    if many and isinstance(value, list):
        numbers(value, f"{where}: {name!r}", CaseError)
        return tuple(value)
    if isinstance(value, bool) or not isinstance(value, NUMBER):
        wanted = "a number"
        if many:
            wanted = "a list of numbers" if kind.startswith("Seq") else "a number or a list of them"
        raise CaseError(f"{where}: {name!r} must be {wanted}, not {short(value)}")
    if kind.startswith("Sequence"):
        raise CaseError(f"{where}: {name!r} must be a list of numbers, not {short(value)}")
    if name not in _NOT_FINITE:
        number(value, f"{where}: {name!r}", CaseError)
    return value


def read_particles(raw: Mapping[str, Any], where: str) -> ParticlesSpec:
    """A fidelity with its arguments."""
    where = f"{where}, particles"
    every = {key for keys in FIDELITIES.values() for key in keys}
    check_keys(raw, ("fidelity", *sorted(every)), where)
    fidelity = take(raw, "fidelity", str, where, ParticlesSpec.fidelity)
    choose(fidelity, FIDELITIES, "fidelity", where)
    check_keys(raw, ("fidelity", *FIDELITIES[fidelity]), f"{where} ({fidelity})")
    given = {key: take(raw, key, _TYPES[key], where) for key in FIDELITIES[fidelity]}
    if given.get("order") not in (None, 1, 2):
        raise CaseError(f"{where}: 'order' must be 1 or 2, not {given['order']}")
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
