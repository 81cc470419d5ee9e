"""The table of observables: what each paper says, in our words, and where."""

from __future__ import annotations

import functools
from collections.abc import Collection, Sequence
from dataclasses import dataclass

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


@functools.cache
def observables() -> dict[str, Observable]:
    """Every row by its id, in the order of the file.

    Examples
    --------
    >>> observables()["X41"].paper
    'Xu 2022'
    """
    with (folder() / FILE).open("r", encoding="utf-8") as file:
        table = pd.read_csv(file, dtype=str, keep_default_na=False)
    return {row["id"]: Observable(**row) for row in table.to_dict("records")}


def uncovered(ids: Collection[str]) -> Sequence[Observable]:
    """Rows that none of the given ids of criteria covers."""
    return [row for id, row in observables().items() if id not in ids]
