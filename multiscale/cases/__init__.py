"""Cases: experiments as files, and what papers, exact solutions, data and other codes say of them.

Examples
--------
>>> from multiscale import cases
>>> "xu2022_rest" in cases.list_cases()
True
>>> run = cases.SuiteRun([cases.load_suite_case("exact_solutions")], fast=True)
>>> cases.gating(cases.rows_of(cases.run_suite(run, workers=0)))
[]
"""

from multiscale.cases.judging import judge
from multiscale.cases.kind import FAULT
from multiscale.cases.output import write_case
from multiscale.cases.reading import (
    list_cases,
    list_suite,
    load_case,
    load_suite_case,
    parse_case,
)
from multiscale.cases.rows import complaint, exclusions, gating, rows_of, score
from multiscale.cases.runner import run_case
from multiscale.cases.runs import CaseRun, VariantRun
from multiscale.cases.schema import Case, MeshSpec
from multiscale.cases.suite import SuiteRun, run_suite

__all__ = [
    "FAULT",
    "Case",
    "CaseRun",
    "MeshSpec",
    "SuiteRun",
    "VariantRun",
    "complaint",
    "exclusions",
    "gating",
    "judge",
    "list_cases",
    "list_suite",
    "load_case",
    "load_suite_case",
    "parse_case",
    "rows_of",
    "run_case",
    "run_suite",
    "score",
    "write_case",
]
