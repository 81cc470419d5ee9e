"""The kind of case that is a simulation: a case of ``multiscale.cases``."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from multiscale.cases.criteria_reading import Judging
from multiscale.cases.reading import parse_case
from multiscale.cases.runner import run_case
from multiscale.cases.runs import VariantRun
from multiscale.cases.schema import Case
from multiscale.cases.validation_schema import Context, SuiteCase

NAME = "simulation"


def read_simulation(text: str, name: str, source: str, folder: Path | None) -> SuiteCase:
    """A simulated case as one of the suite; a variant is a case with a single run."""
    case = parse_case(text, name, folder)
    return SuiteCase(
        name=name,
        title=case.title,
        description=case.description,
        kind=NAME,
        source=source,
        variants={variant: case.only([variant]) for variant in case.runs},
        tuned=case.tuned,
        apart=case.is_electrode,
        **{key: getattr(case, key) for key in Judging.__dataclass_fields__},
    )


def solve(case: Case, context: Context) -> VariantRun:
    """The run of a variant; it may have gone wrong, and says so when it is measured."""
    done = run_case(replace(case, criteria=()), progress=False)
    if done.interrupted:
        raise KeyboardInterrupt
    (variant,) = case.runs
    return done.run(variant)
