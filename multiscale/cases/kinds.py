"""Every kind of case: a module with a ``KIND``, and a line here.

Particles and electrodes are simulations, which name no kind in their files: ``Case.kind`` says
which a case is.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from multiscale.cases import electrode_observables, observables
from multiscale.cases.exact import KIND as EXACT_SOLUTION
from multiscale.cases.half_cell import KIND as HALF_CELL_DATA
from multiscale.cases.hand_read import KIND as HAND_READ_TIMINGS
from multiscale.cases.kind import Context, Kind
from multiscale.cases.other_code import KIND as OTHER_CODE
from multiscale.cases.package import KIND as IMAGE_TIMINGS
from multiscale.cases.runner import run_case
from multiscale.cases.runs import VariantRun
from multiscale.cases.schema import Case, RunSpec
from multiscale.cases.shown import Shown, ShownElectrode


@dataclass(frozen=True)
class Simulation(Kind):
    """A kind that is solved by the runner, with what it shows of a run."""

    shown: Shown = field(default_factory=Shown)


def _solve(spec: RunSpec, context: Context) -> VariantRun:
    """One run; a run that went wrong says so when it is measured."""
    done = run_case(Case.of_runs(context.case, spec), progress=False)
    if done.interrupted:
        raise KeyboardInterrupt
    return done.run(spec.name)


PARTICLE = Simulation(
    name="particle",
    variant=RunSpec,
    solve=_solve,
    observables=observables.PARTICLE,
    changed=lambda spec, overrides: spec.model_copy(
        update={"overrides": {**spec.overrides, **overrides}}
    ),
    sets=lambda run: (run.prepared.parameter_set,),
)
ELECTRODE = replace(
    PARTICLE,
    name="electrode",
    observables=electrode_observables.ELECTRODE,
    apart=True,
    shown=ShownElectrode(),
)
SIMULATIONS = {kind.name: kind for kind in (PARTICLE, ELECTRODE)}
NAMED = {  # by a case file, as its ``kind``
    kind.name: kind
    for kind in (EXACT_SOLUTION, OTHER_CODE, HALF_CELL_DATA, HAND_READ_TIMINGS, IMAGE_TIMINGS)
}
KINDS: Mapping[str, Kind] = {**SIMULATIONS, **NAMED}
