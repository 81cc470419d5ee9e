"""Build what a run needs, so that every mistake shows before anything is solved."""

from __future__ import annotations

import functools
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import pybamm

from multiscale.cases.schema import Case, MeshSpec, ModelSpec, RunSpec
from multiscale.errors import CaseError, MultiscaleError, unknown_name
from multiscale.geometry.particle_mesh import ParticleMesh
from multiscale.models.single_particle import SingleParticleModel
from multiscale.models.surface import BlockedSurface, ButlerVolmer, ImposedFlux
from multiscale.parameters import ParameterSet, check_parameters, load_set, names, override
from multiscale.parameters.check import REQUIRED
from multiscale.parameters.laws import Constant

_REACTION = (names.EXCHANGE_CURRENT, names.TRANSFER_COEFFICIENT, names.ELECTROLYTE_CONCENTRATION)
_CONTACT = (names.CONDUCTIVITY, names.CONTACT_CONDUCTANCE)


@dataclass(frozen=True)
class Prepared:
    """A run ready to be solved: its description, mesh, set, values, transport and load."""

    spec: RunSpec
    mesh: ParticleMesh
    parameter_set: ParameterSet
    values: pybamm.ParameterValues
    transport: str
    experiment: pybamm.Experiment

    def model(self) -> SingleParticleModel:
        """A new model."""
        return _model(self.spec.model, self.mesh, self.transport)


def prepare(case: Case) -> dict[str, Prepared]:
    """Mesh, parameters and model of every run of a case.

    Raises
    ------
    MultiscaleError
        Says in which variant, and what to do.
    """
    prepared = {}
    for name, spec in case.runs.items():
        try:
            prepared[name] = prepare_run(spec)
        except MultiscaleError as error:
            where = case.name if len(case.runs) == 1 else f"{case.name}, variant {name!r}"
            raise type(error)(f"{where}: {error}") from error
    return prepared


def prepare_run(spec: RunSpec) -> Prepared:
    """Everything of one run but the solution."""
    chosen = load_set(spec.parameters)
    values = overridden(chosen.values, spec.overrides)
    check_parameters(values, _required(spec.model)).raise_for_errors()
    prepared = Prepared(
        spec=spec,
        mesh=build_mesh(spec.mesh),
        parameter_set=chosen,
        values=values,
        transport=spec.model.transport or chosen.transport,
        experiment=_experiment(spec.experiment),
    )
    prepared.model()
    return prepared


def overridden(
    values: pybamm.ParameterValues, overrides: Mapping[str, Any]
) -> pybamm.ParameterValues:
    """A copy of the values with the overrides of a case in them; names are checked."""
    override(values, dict.fromkeys(overrides, 0.0))  # refuses unknown names
    return override(values, {name: _value(values, name, v) for name, v in overrides.items()})


def _value(values: pybamm.ParameterValues, name: str, wanted: Any) -> Any:
    present = values[name] if name in values.keys() else None  # noqa: SIM118
    if not isinstance(wanted, Mapping):
        if callable(present):
            raise CaseError(
                f"{name!r} is a law: give {{constant = {wanted:g}}} or {{factor = ...}} instead "
                "of a number"
            )
        return float(wanted)
    ((how, value),) = wanted.items()
    if how == "constant":
        return Constant(float(value))
    if how == "same_as":
        if value not in values.keys():  # noqa: SIM118
            raise CaseError(unknown_name("parameter", value, values.keys()))
        return values[value]
    if present is None:
        raise CaseError(f"{name!r} is not in the parameter set: there is nothing to multiply")
    return _Scaled(present, float(value)) if callable(present) else value * present


@dataclass(frozen=True)
class _Scaled:
    """A law times a factor, for arrays and symbols."""

    law: Any
    factor: float

    def __call__(self, *arguments: Any) -> Any:
        return self.factor * self.law(*arguments)


def _required(model: ModelSpec) -> tuple[str, ...]:
    reaction = _REACTION if model.surface == "butler-volmer" else ()
    return (*REQUIRED, *reaction, *(_CONTACT if model.contact else ()))


def _experiment(steps: tuple[str, ...]) -> pybamm.Experiment:
    for step in dict.fromkeys(steps):
        try:
            pybamm.Experiment([step])
        except (ValueError, TypeError) as error:
            reason = str(error).strip().splitlines()[0]
            raise CaseError(f"PyBaMM does not understand the step {step!r}: {reason}") from error
    return pybamm.Experiment(list(steps))


# The same mesh object for equal descriptions: its finite-element space is built once.
@functools.lru_cache(maxsize=8)
def build_mesh(spec: MeshSpec) -> ParticleMesh:
    """The mesh of a description."""
    try:
        mesh = _built(spec)
    except TypeError as error:  # an argument of a recipe is missing or of the wrong type
        raise CaseError(f"mesh recipe {spec.recipe!r}: {error}") from error
    if spec.scale == 1:
        return mesh
    return mesh.scaled(spec.scale).with_name(f"{mesh.name} x {spec.scale:g}")


def _built(spec: MeshSpec) -> ParticleMesh:
    if spec.name is not None:
        return ParticleMesh.load(spec.name, order=spec.order)
    if spec.file is not None:
        return ParticleMesh.read(spec.file, unit=spec.unit, order=spec.order)
    recipe = getattr(ParticleMesh, str(spec.recipe))
    return recipe(**dict(spec.arguments), order=spec.order)


def _model(spec: ModelSpec, mesh: ParticleMesh, transport: str) -> SingleParticleModel:
    surface: ImposedFlux | ButlerVolmer = ImposedFlux()
    if spec.surface == "butler-volmer":
        surface = ButlerVolmer(counter_electrode=spec.counter_electrode or "ideal")
    elif spec.counter_electrode is not None:
        raise CaseError("'counter_electrode' needs surface = 'butler-volmer'")
    blocked = None
    if spec.blocked is not None:
        blocked = BlockedSurface(spec.blocked.fraction, spec.blocked.ratio, spec.blocked.direction)
    return SingleParticleModel(
        mesh,
        transport=transport,
        surface=surface,
        blocked=blocked,
        contact=spec.contact,
        anisotropy=spec.anisotropy,
    )
