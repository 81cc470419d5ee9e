"""What each paper says, in our words, and where: the rows of ``validation/observables.csv``."""

from __future__ import annotations

import functools
import io
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

import pandas as pd

from multiscale.cases.reading import folder

FILE = "observables.csv"


@dataclass(frozen=True)
class Claim:
    """One statement of a paper.

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


def claims() -> Mapping[str, Claim]:
    """Every row by its id, in the order of the file.

    Examples
    --------
    >>> claims()["X41"].paper
    'Xu 2022'
    """
    return _parsed((folder() / FILE).read_text("utf-8"))


@functools.lru_cache(maxsize=1)
def _parsed(text: str) -> Mapping[str, Claim]:
    table = pd.read_csv(io.StringIO(text), dtype=str, keep_default_na=False)
    rows = {row["id"]: Claim(**row) for row in table.to_dict("records")}
    return MappingProxyType(rows)  # everyone gets this one


def uncovered(ids: Collection[str]) -> Sequence[Claim]:
    """Claims that none of the given ids of criteria covers."""
    return [row for id, row in claims().items() if id not in ids]
