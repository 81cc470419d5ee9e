"""The validation suite: papers, exact solutions, data and other codes, judged by one command.

Examples
--------
>>> from multiscale import suite
>>> run = suite.SuiteRun([suite.load_suite_case("exact_solutions")], fast=True)
>>> suite.gating(suite.rows_of(suite.run_suite(run, workers=0)))
[]
"""

from multiscale.suite.library import list_suite, load_suite_case
from multiscale.suite.rows import complaint, exclusions, gating, rows_of, score
from multiscale.suite.run import SuiteRun, run_suite
from multiscale.suite.schema import FAULT, SuiteCase

__all__ = [
    "FAULT",
    "SuiteCase",
    "SuiteRun",
    "complaint",
    "exclusions",
    "gating",
    "list_suite",
    "load_suite_case",
    "rows_of",
    "run_suite",
    "score",
]
