"""Build what a run needs, so that every mistake shows before anything is solved."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pybamm

from multiscale.cases.experiment import checked_experiment
from multiscale.cases.overriding import overridden
from multiscale.cases.schema import Case, GeometrySpec, MeshSpec, ModelSpec, ParticlesSpec, RunSpec
from multiscale.electrode.geometry import ElectrodeGeometry
from multiscale.errors import CaseError, GeometryError, MeshError, MultiscaleError
from multiscale.mesh.particle_mesh import ParticleMesh
from multiscale.models.electrode import ElectrodeModel
from multiscale.models.fidelity import Fidelity, Lumped, Radial, Resolved
from multiscale.models.single_particle import SingleParticleModel
from multiscale.models.surface import BlockedSurface, ButlerVolmer, ImposedFlux
from multiscale.parameters import ParameterSet, check_parameters, load_set, names
from multiscale.parameters.check import REQUIRED, ParameterReport
from multiscale.parameters.sets import number

_REACTION = (names.EXCHANGE_CURRENT, names.TRANSFER_COEFFICIENT, names.ELECTROLYTE_CONCENTRATION)
_CONTACT = (names.CONDUCTIVITY, names.CONTACT_CONDUCTANCE)


@dataclass(frozen=True)
class Prepared:
    """A run ready to be solved: its description, set, values, transport and load.

    ``mesh`` is that of a single particle; an electrode has a ``geometry`` instead. ``remarks``
    are warnings: what is odd about the set's entries, but possible.
    """

    spec: RunSpec
    parameter_set: ParameterSet
    values: pybamm.ParameterValues
    transport: str
    experiment: pybamm.Experiment
    mesh: Any = None
    geometry: Any = None
    remarks: tuple[str, ...] = ()

    def model(self) -> SingleParticleModel | ElectrodeModel:
        """A new model."""
        if self.geometry is None:
            return _model(self.spec.model, self.mesh, self.transport)
        return ElectrodeModel(
            self.geometry,
            particles=_fidelity(self.spec.particles),
            transport=self.transport,
            counter_electrode=self.spec.model.counter_electrode or "ideal",
        )


def prepare(case: Case) -> dict[str, Prepared]:
    """Mesh, parameters and model of every run of a case.

    Raises
    ------
    MultiscaleError
        Says in which variant, and what to do.
    """
    prepared = {}
    built = Built()
    for name, spec in case.runs.items():
        try:
            prepared[name] = prepare_run(spec, built)
        except MultiscaleError as error:
            where = case.name if len(case.runs) == 1 else f"{case.name}, variant {name!r}"
            raise type(error)(f"{where}: {error}") from error
    return prepared


class Built:
    """Meshes and electrodes by their descriptions, for the runs of one case.

    Variants share the same objects, so that a finite-element space is built once. It is thrown
    away with the preparation: a description names files, and a file may change.
    """

    def __init__(self) -> None:
        # compared, not hashed: arguments may be lists
        self._known: list[tuple[Any, ParticleMesh | ElectrodeGeometry]] = []

    def mesh(self, spec: MeshSpec | None) -> ParticleMesh | None:
        """The mesh of a description; None if there is none."""
        return self._of(spec, build_mesh)

    def geometry(self, spec: GeometrySpec | None) -> ElectrodeGeometry | None:
        """The electrode of a description; None if there is none."""
        return self._of(spec, build_geometry)

    def _of(self, spec: Any, build: Callable[[Any], Any]) -> Any:
        if spec is None:
            return None
        for known, made in self._known:
            if known == spec:
                return made
        self._known.append((spec, build(spec)))
        return self._known[-1][1]


def prepare_run(spec: RunSpec, built: Built | None = None) -> Prepared:
    """Everything of one run but the solution."""
    built = Built() if built is None else built
    chosen = load_set(spec.parameters)
    values = overridden(chosen, spec.overrides)
    report = check_parameters(values, _required(spec))
    report.raise_for_errors()
    mesh, geometry = built.mesh(spec.mesh), built.geometry(spec.geometry)
    if geometry is not None:
        volume = float(geometry.volumes().sum())
    else:
        volume = 0.0 if mesh is None else mesh.volume
    density, specific = (number(values, name) for name in (names.DENSITY, names.SPECIFIC_CAPACITY))
    capacity = volume * density * specific if density and specific else None
    prepared = Prepared(
        spec=spec,
        parameter_set=chosen,
        values=values,
        transport=spec.model.transport or chosen.transport,
        experiment=checked_experiment(spec.experiment, values, capacity),
        mesh=mesh,
        geometry=geometry,
        remarks=_remarks(report),
    )
    if prepared.geometry is not None:
        _check_wired(prepared)
    _check_controls(prepared)
    prepared.model()
    return prepared


def _remarks(report: ParameterReport) -> tuple[str, ...]:
    """Warnings on single entries: what a slip of units or a typing mistake looks like.

    Those on how entries fit each other are for ``multiscale parameters check``.
    """
    return tuple(f"{one.name} {one.message}" for one in report.warnings if one.about == "entry")


def _check_controls(prepared: Prepared) -> None:
    """``CaseError`` naming a step whose current follows from the voltage, where it cannot."""
    if prepared.geometry is not None or prepared.spec.model.surface != "imposed flux":
        return
    for words, step in zip(prepared.spec.experiment, prepared.experiment.steps, strict=True):
        if step.is_implicit():
            raise CaseError(
                f"the step {words!r} needs surface = 'butler-volmer' in the table 'model': with an "
                "imposed flux the voltage does not answer to the current"
            )


def _check_wired(prepared: Prepared) -> None:
    """``GeometryError`` naming the particles if the set's contacts conduct nothing."""
    if number(prepared.values, names.CONTACT_CONDUCTANCE) == 0:
        given = prepared.geometry.contacts["conductance_S_m2"].fillna(0.0)
        contacts = prepared.geometry.contacts.assign(conductance_S_m2=given)
        prepared.geometry.with_contacts(contacts)


def _required(spec: RunSpec) -> tuple[str, ...]:
    reaction = _REACTION if spec.model.surface == "butler-volmer" else ()
    wired = spec.model.contact or spec.geometry is not None
    return (*REQUIRED, *reaction, *(_CONTACT if wired else ()))


def build_geometry(spec: GeometrySpec) -> ElectrodeGeometry:
    """The electrode of a description."""
    if spec.file is not None:
        path = Path(spec.file).expanduser()
        if path.is_dir():
            return ElectrodeGeometry.from_csv(path)
        if not path.is_file():
            raise CaseError(f"There is no electrode {spec.file}: neither a folder nor a file")
        return ElectrodeGeometry.from_json(path)
    arguments = {k: list(v) if isinstance(v, tuple) else v for k, v in spec.arguments}
    try:
        return getattr(ElectrodeGeometry, str(spec.maker))(**arguments)
    except TypeError as error:  # a list where a number belongs, or the other way round
        raise CaseError(f"geometry, {spec.maker}: {error}") from error
    except GeometryError as error:
        raise GeometryError(f"geometry, {spec.maker}: {error}") from error


def _fidelity(spec: ParticlesSpec) -> Fidelity:
    kinds = {"lumped": Lumped, "radial": Radial, "resolved": Resolved}
    made: Fidelity = kinds[spec.fidelity](**spec.arguments)
    return made


def build_mesh(spec: MeshSpec) -> ParticleMesh:
    """The mesh of a description."""
    try:
        mesh = _built(spec)
    except TypeError as error:  # an argument of a recipe is missing or of the wrong type
        raise CaseError(f"mesh recipe {spec.recipe!r}: {error}") from error
    except MeshError as error:
        raise MeshError(f"mesh, {spec.recipe}: {error}" if spec.recipe else str(error)) from error
    if spec.scale == 1:
        return mesh
    return mesh.scaled(spec.scale).with_name(f"{mesh.name} x {spec.scale:g}")


def _built(spec: MeshSpec) -> ParticleMesh:
    if spec.name is not None:
        return ParticleMesh.load(spec.name, order=spec.order)
    if spec.file is not None:
        options = dict(spec.arguments)
        groups = dict(options["groups"]) if "groups" in options else None
        return ParticleMesh.read(
            spec.file,
            unit=spec.unit,
            order=spec.order or 1,
            surface=options.get("surface"),
            groups=groups,
        )
    recipe = getattr(ParticleMesh, str(spec.recipe))
    return recipe(**dict(spec.arguments), order=spec.order or 1)


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
