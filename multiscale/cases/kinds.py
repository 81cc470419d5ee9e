"""Every kind of case: a module with a ``KIND``, and a line here.

Particles and electrodes are simulations, which name no kind in their files: ``Case.kind`` says
which a case is.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any

from multiscale.cases.electrode_observables import ELECTRODE
from multiscale.cases.exact import KIND as EXACT_SOLUTION
from multiscale.cases.half_cell import KIND as HALF_CELL_DATA
from multiscale.cases.hand_read import KIND as HAND_READ_TIMINGS
from multiscale.cases.kind import Context, Kind
from multiscale.cases.observables import PARTICLE
from multiscale.cases.other_code import KIND as OTHER_CODE
from multiscale.cases.packages import KIND as IMAGE_TIMINGS
from multiscale.cases.runner import run_case
from multiscale.cases.runs import VariantRun
from multiscale.cases.schema import Case
from multiscale.parameters import ParameterSet


def _solve(case: Case, context: Context) -> VariantRun:
    """The run of a case with one variant; a run that went wrong says so when it is measured."""
    done = run_case(replace(case, criteria=()), progress=False)
    if done.interrupted:
        raise KeyboardInterrupt
    (variant,) = case.runs
    return done.run(variant)


def _changed(case: Case, overrides: Mapping[str, Any]) -> Case:
    return case.with_overrides(overrides)


def _sets(run: VariantRun) -> Iterable[ParameterSet]:
    return (run.prepared.parameter_set,)


SIMULATIONS = {
    "particle": Kind(
        name="particle",
        solve=_solve,
        measures=PARTICLE,
        changed=_changed,
        sets=_sets,
    ),
    "electrode": Kind(
        name="electrode",
        solve=_solve,
        measures=ELECTRODE,
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
