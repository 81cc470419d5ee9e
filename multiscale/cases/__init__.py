"""Cases: simulated experiments as files, with what papers and data say about the outcome.

Examples
--------
>>> from multiscale import cases
>>> "xu2022_rest" in cases.list_cases()
True
"""

from multiscale.cases.library import list_cases, load_case
from multiscale.cases.measures import judge
from multiscale.cases.output import write_case
from multiscale.cases.reading import parse_case
from multiscale.cases.runner import run_case
from multiscale.cases.runs import CaseRun, VariantRun
from multiscale.cases.schema import Case, MeshSpec

__all__ = [
    "Case",
    "CaseRun",
    "MeshSpec",
    "VariantRun",
    "judge",
    "list_cases",
    "load_case",
    "parse_case",
    "run_case",
    "write_case",
]
