"""Build what a run needs, so that every mistake shows before anything is solved."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from multiscale.cases.electrode import Electrode
from multiscale.cases.experiment import checked_experiment
from multiscale.cases.overriding import overridden
from multiscale.cases.particle import Particle
from multiscale.cases.runs import Prepared
from multiscale.cases.schema import Case, RunSpec
from multiscale.errors import MultiscaleError
from multiscale.parameters import check_parameters, load_set, names
from multiscale.parameters.sets import number


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
        self._known: list[tuple[Any, Any]] = []  # compared, not hashed: arguments may be lists

    def of(self, description: Any, build: Callable[[Any], Any]) -> Any:
        """What was built of a description before, or is now."""
        for known, made in self._known:
            if known == description:
                return made
        self._known.append((description, build(description)))
        return self._known[-1][1]


def prepare_run(spec: RunSpec, built: Built | None = None, body: Any = None) -> Prepared:
    """Everything of one run but the solution.

    Parameters
    ----------
    spec : RunSpec
    built : Built, optional
        What other runs of the case have built.
    body : ParticleMesh or ElectrodeGeometry, optional
        Instead of the one that ``spec`` describes.
    """
    kind = Particle if spec.geometry is None else Electrode
    chosen = load_set(spec.parameters)
    values = overridden(chosen, spec.overrides)
    report = check_parameters(values, kind.required(spec))
    report.raise_for_errors()
    if body is None:
        body = (built or Built()).of(getattr(spec, kind.body_key), kind.build)
    density, specific = (number(values, name) for name in (names.DENSITY, names.SPECIFIC_CAPACITY))
    capacity = kind.volume(body) * density * specific if density and specific else None
    prepared = kind(
        spec=spec,
        parameter_set=chosen,
        values=values,
        transport=spec.model.transport or chosen.transport,
        experiment=checked_experiment(spec.experiment, values, capacity),
        # of single entries: what a slip of units or a typing mistake looks like; how entries fit
        # each other is for ``multiscale parameters check``
        remarks=tuple(
            f"{one.name} {one.message}" for one in report.warnings if one.about == "entry"
        ),
        **{kind.body_key: body},
    )
    prepared.check()
    prepared.model()
    return prepared
