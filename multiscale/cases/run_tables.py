"""Tables of a case file that describe a run: mesh, model, experiment, solver, overrides."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from multiscale.cases.electrode_tables import (
    ELECTRODE_SOLVER,
    electrode_model,
    read_geometry,
    read_particles,
)
from multiscale.cases.schema import (
    SURFACES,
    BlockedSpec,
    MeshSpec,
    ModelSpec,
    RunSpec,
    SolverSpec,
)
from multiscale.cases.tables import NUMBER, check_keys, choose, measured, numbers, take
from multiscale.errors import CaseError
from multiscale.limits import MOST_STEPS, SCALE, TOLERANCE, number, short
from multiscale.parameters import names

RUN_KEYS = (
    *("mesh", "geometry", "particles", "parameters", "overrides", "model"),
    *("experiment", "repeat", "reset", "solver", "slow"),
)
TABLES = ("mesh", "geometry", "particles", "overrides", "model", "solver")
LAW_KEYS = ("factor", "constant", "same_as", "law")
RECIPES = {
    "radial": ("radius", "n", "shape", "height", "grading"),
    "disk": ("radius", "size", "depth"),
    "hexagon": ("radius", "size", "depth"),
    "ball": ("radius", "size"),
    "cylinder": ("radius", "height", "size", "surface"),
}
_RECIPE_TYPES = {"n": int, "shape": str, "surface": str}
_MESH_KINDS = ("name", "file", "recipe")
_KINDS = {"mesh": _MESH_KINDS, "geometry": ("maker", "file"), "particles": ("fidelity",)}


def merged(base: Mapping[str, Any], changes: Mapping[str, Any]) -> dict[str, Any]:
    """Raw tables of a variant: its tables are laid over those of the case.

    A mesh that says what it is (name, file or recipe) replaces the case's mesh; one that only
    has a scale or an order changes it. So do a geometry with a maker or file, and particles
    with a fidelity.
    """
    result = {**base, **changes}
    for key in TABLES:
        below, above = base.get(key), changes.get(key)
        if not isinstance(below, Mapping) or not isinstance(above, Mapping):
            continue
        replaces = any(kind in above for kind in _KINDS.get(key, ()))
        result[key] = dict(above) if replaces else {**below, **above}
    return result


def read_run(name: str, raw: Mapping[str, Any], folder: Path | None, where: str) -> RunSpec:
    """A run from its merged tables; file names are relative to ``folder``."""
    steps = take(raw, "experiment", list, where, ...)
    if not steps or not all(isinstance(step, str) for step in steps):
        raise CaseError(f"{where}: 'experiment' must be a list of PyBaMM steps in words")
    repeat = take(raw, "repeat", int, where, 1)
    if repeat < 1:
        raise CaseError(f"{where}: 'repeat' must be at least 1, not {repeat}")
    if len(steps) * repeat > MOST_STEPS:
        raise CaseError(
            f"{where}: 'repeat' = {repeat} makes {len(steps) * repeat} steps of the experiment; "
            f"the limit is {MOST_STEPS}"
        )
    spec = RunSpec(
        name=name,
        mesh=None,
        parameters=take(raw, "parameters", str, where, ...),
        experiment=tuple(steps) * repeat,
        overrides=read_overrides(take(raw, "overrides", dict, where, {}), f"{where}, overrides"),
        slow=take(raw, "slow", bool, where, False),
    )
    model, solver = take(raw, "model", dict, where, {}), take(raw, "solver", dict, where, {})
    if "geometry" in raw:
        if "mesh" in raw:
            raise CaseError(f"{where}: a run has a 'mesh' or a 'geometry', not both")
        resets = range(len(steps), len(steps) * repeat, len(steps))
        return replace(
            spec,
            geometry=read_geometry(take(raw, "geometry", dict, where), folder, where),
            particles=read_particles(take(raw, "particles", dict, where, {}), where),
            resets=tuple(resets) if take(raw, "reset", bool, where, False) else (),
            model=electrode_model(model, f"{where}, model"),
            solver=_solver(solver, f"{where}, solver", ELECTRODE_SOLVER),
        )
    for key in ("particles", "reset"):
        if key in raw:
            raise CaseError(f"{where}: {key!r} needs a 'geometry'")
    return replace(
        spec,
        mesh=read_mesh(take(raw, "mesh", dict, where, ...), folder, f"{where}, mesh"),
        model=_model(model, f"{where}, model"),
        solver=_solver(solver, f"{where}, solver", SolverSpec()),
    )


def read_mesh(raw: Mapping[str, Any], folder: Path | None, where: str) -> MeshSpec:
    """A mesh: exactly one of a stored name, a file and a recipe."""
    every = {key for keys in RECIPES.values() for key in keys}
    check_keys(raw, [*_MESH_KINDS, "unit", "groups", "order", "scale", *sorted(every)], where)
    given = [key for key in _MESH_KINDS if key in raw]
    if len(given) != 1:
        raise CaseError(f"{where}: needs exactly one of 'name', 'file' and 'recipe'")
    kind = take(raw, given[0], str, where)
    own = {"unit", "surface", "groups"} if given[0] == "file" else set()
    if given[0] == "recipe":
        own = set(RECIPES[choose(kind, RECIPES, "recipe", where)])
    check_keys(raw, [given[0], "order", "scale", *sorted(own)], where)
    file = None
    if given[0] == "file":
        file = str(kind if folder is None else folder / kind)
        if take(raw, "unit", str, where) is None:
            raise CaseError(f"{where}: a mesh file needs its 'unit': m, mm, um or nm")
    order = take(raw, "order", int, where)
    if order not in (None, 1, 2):
        raise CaseError(f"{where}: 'order' must be 1 or 2, not {order}")
    arguments = []
    if "groups" in raw:
        arguments.append(("groups", _mesh_groups(take(raw, "groups", dict, where), where)))
    for key in sorted(own - {"unit", "groups"}):
        if key in raw:
            arguments.append((key, take(raw, key, _RECIPE_TYPES.get(key, NUMBER), where)))
    return MeshSpec(
        name=kind if given[0] == "name" else None,
        file=file,
        recipe=kind if given[0] == "recipe" else None,
        unit=raw.get("unit"),
        order=order,
        scale=float(measured(raw, "scale", SCALE, where, 1.0)),
        arguments=tuple(arguments),
    )


def _mesh_groups(given: Mapping[str, Any], where: str) -> tuple[tuple[str, Any], ...]:
    """What a mesh file calls each group; see ``ParticleMesh.read``."""
    found = []
    for name, value in given.items():
        items = value if isinstance(value, list) else [value]
        if not items or any(type(item) not in (int, str) for item in items):
            raise CaseError(
                f"{where}: groups say what the file calls each group, as in surface = 3 or "
                f"contact = ['left', 'right']; {name!r} is {value!r:.60}"
            )
        found.append((name, tuple(items)))
    return tuple(found)


def read_overrides(raw: Mapping[str, Any], where: str) -> dict[str, Any]:
    """Parameter name -> number or one-key table; names are checked with the set itself."""
    for name, value in raw.items():
        if isinstance(value, bool) or not isinstance(value, (*NUMBER, dict)):
            raise CaseError(f"{where}: {name!r} must be a number or a table, not {short(value)}")
        if isinstance(value, dict):
            check_keys(value, LAW_KEYS, f"{where}, {name!r}")
            if len(value) != 1:
                raise CaseError(f"{where}, {name!r}: give one of {', '.join(LAW_KEYS)}")
            for key in value:
                kind = str if key in ("same_as", "law") else NUMBER
                take(value, key, kind, f"{where}, {name!r}")
                if key == "factor" and not value[key] > 0:
                    raise CaseError(f"{where}, {name!r}: 'factor' must be positive")
        else:
            infinite = name == names.CONTACT_CONDUCTANCE  # a perfect contact
            number(value, f"{where}: {name!r}", CaseError, infinite=infinite)
    return dict(raw)


def _model(raw: Mapping[str, Any], where: str) -> ModelSpec:
    keys = ("transport", "surface", "blocked", "contact", "anisotropy", "counter_electrode")
    check_keys(raw, keys, where)
    transport = take(raw, "transport", str, where)
    if transport is not None:
        choose(transport, ("chemical", "thermodynamic"), "transport form", where)
    counter = take(raw, "counter_electrode", str, where)
    if counter is not None:
        choose(counter, ("ideal", "lithium metal"), "counter electrode", where)
    return ModelSpec(
        transport=transport,
        surface=choose(
            take(raw, "surface", str, where, "imposed flux"), SURFACES, "surface", where
        ),
        blocked=_blocked(take(raw, "blocked", dict, where), f"{where}, blocked"),
        contact=take(raw, "contact", str, where),
        anisotropy=_anisotropy(take(raw, "anisotropy", list, where), f"{where}, anisotropy"),
        counter_electrode=counter,
    )


def _anisotropy(rows: list[Any] | None, where: str) -> tuple[tuple[float, ...], ...] | None:
    if rows is None:
        return None
    found = tuple(numbers(row, where) for row in rows)
    if not found or any(len(row) != len(found) for row in found):
        raise CaseError(
            f"{where}: must be a square table of numbers, [[1, 0], [0, 1]] for instance"
        )
    return found


def _blocked(raw: Mapping[str, Any] | None, where: str) -> BlockedSpec | None:
    if raw is None:
        return None
    check_keys(raw, ("fraction", "ratio", "direction"), where)
    return BlockedSpec(
        fraction=float(take(raw, "fraction", NUMBER, where, ...)),
        ratio=float(take(raw, "ratio", NUMBER, where, ...)),
        direction=numbers(raw.get("direction", [1.0, 0.0]), f"{where}, direction"),
    )


def _solver(raw: Mapping[str, Any], where: str, default: SolverSpec) -> SolverSpec:
    check_keys(raw, ("rtol", "atol"), where)
    return SolverSpec(
        rtol=float(measured(raw, "rtol", TOLERANCE, where, default.rtol)),
        atol=float(measured(raw, "atol", TOLERANCE, where, default.atol)),
    )
