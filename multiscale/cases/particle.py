"""A single particle, ready to be solved: its mesh, its model, and what its failures mean."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

from multiscale.cases.runs import (
    NOT_CONSERVED,
    SOLVER,
    HalfCycle,
    Prepared,
    already_passed,
    reason,
    scaled,
)
from multiscale.cases.schema import MeshSpec, RunSpec, SolverSpec
from multiscale.errors import CaseError, MeshError
from multiscale.mesh.particle_mesh import ParticleMesh
from multiscale.models.single_particle import SingleParticleModel
from multiscale.models.surface import BlockedSurface, ButlerVolmer, ImposedFlux
from multiscale.parameters import names
from multiscale.parameters.check import REQUIRED

REACTION = (names.EXCHANGE_CURRENT, names.TRANSFER_COEFFICIENT, names.ELECTROLYTE_CONCENTRATION)
CONTACT = (names.CONDUCTIVITY, names.CONTACT_CONDUCTANCE)
# Below it the integrator fails for lack of digits, and is tried again with looser tolerances.
TIGHT = 1e-7


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
        return ParticleMesh.read(
            spec.file, unit=spec.unit, order=spec.order or 1, groups=spec.groups, **spec.arguments
        )
    made: ParticleMesh = spec.call(order=spec.order or 1)
    return made


@dataclass(frozen=True)
class Particle(Prepared):
    """A particle on its own; its whole experiment is solved, counted and kept as one."""

    body_key: ClassVar[str] = "mesh"
    unit: ClassVar[str] = "run"
    several: ClassVar[bool] = False

    @staticmethod
    def build(description: Any) -> ParticleMesh:
        """The mesh of a description."""
        return build_mesh(description)

    @staticmethod
    def volume(body: Any) -> float:
        """Of the particle [m3]."""
        return float(body.volume)

    @staticmethod
    def required(spec: RunSpec) -> tuple[str, ...]:
        """Parameters without which it cannot be solved."""
        reaction = REACTION if spec.model.surface == "butler-volmer" else ()
        return (*REQUIRED, *reaction, *(CONTACT if spec.model.contact else ()))

    def check(self) -> None:
        """``CaseError`` naming a step whose current follows from the voltage, where it cannot."""
        if self.spec.model.surface != "imposed flux":
            return
        for words, step in zip(self.spec.experiment, self.experiment.steps, strict=True):
            if step.is_implicit():
                raise CaseError(
                    f"the step {words!r} needs surface = 'butler-volmer' in the table 'model': "
                    "with an imposed flux the voltage does not answer to the current"
                )

    def model(self) -> SingleParticleModel:
        """A new model."""
        spec = self.spec.model
        surface: ImposedFlux | ButlerVolmer = ImposedFlux()
        if spec.surface == "butler-volmer":
            surface = ButlerVolmer(counter_electrode=spec.counter_electrode or "ideal")
        elif spec.counter_electrode is not None:
            raise CaseError("'counter_electrode' needs surface = 'butler-volmer'")
        blocked = None
        if spec.blocked is not None:
            part = spec.blocked
            blocked = BlockedSurface(part.fraction, part.ratio, part.direction)
        return SingleParticleModel(
            self.mesh,
            transport=self.transport,
            surface=surface,
            blocked=blocked,
            contact=spec.contact,
            anisotropy=spec.anisotropy,
        )

    @property
    def plan(self) -> list[HalfCycle]:
        """The experiment as a whole."""
        return [HalfCycle("experiment", 1, self.spec.experiment, title="its experiment")]

    def other_tolerances(self, problem: str) -> SolverSpec | None:
        """Tighter ones, or looser ones where the integrator lacks digits."""
        if not problem.startswith((SOLVER, NOT_CONSERVED)):
            return None
        solver = self.spec.solver
        looser = problem.startswith(SOLVER) and solver.rtol <= TIGHT
        return scaled(solver, 10 if looser else 0.1)

    def failure(self, error: Exception, part: HalfCycle) -> str:
        """Why not even the first step could be solved."""
        first = part.steps[0]
        if already_passed(error):
            return (
                f"'{first}' cannot start: a cut-off (voltage, or an empty or full surface) is "
                "already passed at the initial state; check the initial stoichiometry and the "
                "voltage limits"
            )
        return f"{SOLVER} could not start '{first}': {reason(error)}"
