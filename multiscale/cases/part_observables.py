"""The table of observables: what each paper says, in our words, and where."""

from __future__ import annotations

import functools
import io
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

import pandas as pd

from multiscale.cases.library import folder

FILE = "observables.csv"


@dataclass(frozen=True)
class Observable:
    """One row of the table.

    Attributes
    ----------
    id, paper : str
    use : {"T", "S"}
        Meant as a hard test, or as a soft one.
    theme : str
        Column of the matrix in the report.
    statement, where : str
        What the source says in our words, and where it says it.
    correction : str
        What is tested instead, where trials showed that the statement as such is no test.
    not_computed : str
        Why no criterion exists; empty if one should.
    """

    id: str
    paper: str
    use: str
    theme: str
    statement: str
    where: str
    correction: str
    not_computed: str


def observables() -> Mapping[str, Observable]:
    """Every row by its id, in the order of the file.

    Examples
    --------
    >>> observables()["X41"].paper
    'Xu 2022'
    """
    return _parsed((folder() / FILE).read_text("utf-8"))


@functools.lru_cache(maxsize=1)
def _parsed(text: str) -> Mapping[str, Observable]:
    table = pd.read_csv(io.StringIO(text), dtype=str, keep_default_na=False)
    rows = {row["id"]: Observable(**row) for row in table.to_dict("records")}
    return MappingProxyType(rows)  # everyone gets this one


def uncovered(ids: Collection[str]) -> Sequence[Observable]:
    """Rows that none of the given ids of criteria covers."""
    return [row for id, row in observables().items() if id not in ids]
