"""Every kind of case: a module with a ``KIND``, and a line here.

Particles and electrodes are simulations, which name no kind in their files: ``Case.kind`` says
which a case is.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from multiscale.cases.electrode_observables import ELECTRODE
from multiscale.cases.exact import KIND as EXACT_SOLUTION
from multiscale.cases.half_cell import KIND as HALF_CELL_DATA
from multiscale.cases.hand_read import KIND as HAND_READ_TIMINGS
from multiscale.cases.kind import Context, Kind
from multiscale.cases.observables import PARTICLE
from multiscale.cases.other_code import KIND as OTHER_CODE
from multiscale.cases.package import KIND as IMAGE_TIMINGS
from multiscale.cases.runner import run_case
from multiscale.cases.runs import VariantRun
from multiscale.cases.schema import Case, RunSpec
from multiscale.parameters import ParameterSet


def _solve(spec: RunSpec, context: Context) -> VariantRun:
    """One run; a run that went wrong says so when it is measured."""
    done = run_case(Case.of_runs(context.case, spec), progress=False)
    if done.interrupted:
        raise KeyboardInterrupt
    return done.run(spec.name)


def _changed(spec: RunSpec, overrides: Mapping[str, Any]) -> RunSpec:
    return spec.model_copy(update={"overrides": {**spec.overrides, **overrides}})


def _sets(run: VariantRun) -> Iterable[ParameterSet]:
    return (run.prepared.parameter_set,)


SIMULATIONS = {
    "particle": Kind(
        name="particle",
        variant=RunSpec,
        solve=_solve,
        observables=PARTICLE,
        changed=_changed,
        sets=_sets,
    ),
    "electrode": Kind(
        name="electrode",
        variant=RunSpec,
        solve=_solve,
        observables=ELECTRODE,
        apart=True,
        changed=_changed,
        sets=_sets,
    ),
}
NAMED = {  # by a case file, as its ``kind``
    kind.name: kind
    for kind in (EXACT_SOLUTION, OTHER_CODE, HALF_CELL_DATA, HAND_READ_TIMINGS, IMAGE_TIMINGS)
}
KINDS = SIMULATIONS | NAMED
