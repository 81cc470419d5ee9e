"""From what was solved to verdicts: one plain row per criterion."""

from __future__ import annotations

import functools
import io
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

import pandas as pd

from multiscale.cases.judging import NOT_REPRODUCED, NOT_RUN, REPRODUCED, Judgement, judged
from multiscale.cases.kind import IMPOSSIBLE, INTERRUPTED, LEFT_OUT, WRONG, Outcome, Problem
from multiscale.cases.kinds import KINDS
from multiscale.cases.reading import folder
from multiscale.cases.schema import Case, Criterion
from multiscale.cases.suite import SuiteRun
from multiscale.cases.summary import criterion_row, plain

Row = Mapping[str, Any]
VERDICTS = (REPRODUCED, NOT_REPRODUCED, NOT_RUN)
OWN = "Numerics and own checks"  # theme of a criterion that is for no row of the table of claims
THEMES = (
    *("Start of charge", "End of discharge", "Timing of particles", "Causes and controls"),
    *("Capacity and loss", "Material and transport", OWN),
)
# What these say is that the code does what it means to, not that nature does.
CODE = ("Exact solutions", "Other codes", "Own")
NONE = "none"  # case of a claim that no case covers


def rows_of(run: SuiteRun, whole: bool = False) -> list[dict[str, Any]]:
    """A row per criterion, in the order of the cases; what ``validation.json`` holds.

    Parameters
    ----------
    run : SuiteRun
    whole : bool
        Every case was asked for: add a row, not run, for each claim without a criterion.
    """
    rows = [row for case in run.cases for row in _case_rows(run, case)]
    for claim in uncovered({row["id"] for row in rows}) if whole else ():
        rows.append(
            {
                "case": NONE,
                "id": claim.id,
                "quantity": claim.statement,
                **dict.fromkeys(("expected", "tolerance", "minimum", "maximum", "value")),
                "bound": "",
                "wanted": "",
                "unit": "",
                "kind": "reported",
                "control": False,
                "verdict": NOT_RUN,
                "variants": [],
                "detail": claim.not_computed or "no case has a criterion for it",
                "source": f"{claim.paper}, {claim.where}",
                **{name: getattr(claim, name) for name in ("paper", "statement", "where")},
                "correction": claim.correction,
                "theme": claim.theme,
                "fitted": "",
                "reason": IMPOSSIBLE,
                "seconds": 0.0,
            }
        )
    return rows


def by_paper(rows: Sequence[Row]) -> list[Row]:
    """Rows in the order of papers and claims in the table of claims."""
    table = list(claims().values())
    papers = list(dict.fromkeys(row.paper for row in table))
    ids = list(claims())

    def place(row: Row) -> tuple[int, int]:
        paper, id = row["paper"], row["id"]
        return (
            papers.index(paper) if paper in papers else len(papers),
            ids.index(id) if id in ids else len(ids),
        )

    return sorted(rows, key=place)


def _case_rows(run: SuiteRun, case: Case) -> list[dict[str, Any]]:
    outcome = run.outcomes.get(case.name, Outcome())
    chosen = set(run.chosen(case))
    rows = []
    for number, criterion in enumerate(case.criteria):
        values, problem = _values(number, criterion, outcome, chosen)
        if problem is None:
            judgement = judged(criterion, values)
        else:
            judgement = Judgement(criterion, NOT_RUN, None, problem.words)
        known = claims().get(criterion.id)
        fitted = case.fitted_to(criterion.id)
        row = criterion_row(case.name, judgement) | {
            "paper": known.paper if known else case.paper,
            "statement": known.statement if known else KINDS[case.kind].statement,
            "where": known.where if known else "",
            "correction": known.correction if known else "",
            "theme": known.theme if known else OWN,
            "fitted": f"{fitted.parameter} ({fitted.value}), fitted by {fitted.by}"
            if fitted
            else "",
            "reason": "" if problem is None else problem.reason,
            "seconds": sum(outcome.seconds.get(name, 0.0) for name in criterion.variants),
        }
        rows.append(plain(row))
    return rows


def _values(
    number: int, criterion: Criterion, outcome: Outcome, chosen: set[str]
) -> tuple[dict[str, float], Problem | None]:
    left_out = [name for name in criterion.variants if name not in chosen]
    if left_out:
        words = f"not in the fast subset: {', '.join(left_out)}"
        return {}, Problem(LEFT_OUT, words)
    for variant in criterion.variants:
        key = number, variant
        if key in outcome.problems:
            return {}, outcome.problems[key]
        if key not in outcome.values:
            return {}, Problem(INTERRUPTED, f"the user stopped before {variant} was solved")
    return {name: outcome.values[number, name] for name in criterion.variants}, None


def gating(rows: Iterable[Row]) -> list[Row]:
    """Hard criteria that failed, or could not be judged because something went wrong."""
    return [
        row
        for row in rows
        if row["kind"] == "hard" and (row["verdict"] == NOT_REPRODUCED or row["reason"] in WRONG)
    ]


def complaint(row: Row) -> str:
    """What is wrong with a criterion, in one line."""
    found = row["detail"]
    if row["value"] is not None:
        found = f"{row.get('bound', '')} {row['value']:.6g} {row['unit']}".strip()
    return f"{row['case']}, {row['id']}, {row['quantity']}: {found} (wanted {row['wanted']})"


def score(rows: Sequence[Row]) -> dict[str, dict[str, int]]:
    """Verdicts counted apart: evidence, checks of the code, negative controls, fitted targets.

    Examples
    --------
    >>> row = {"verdict": "reproduced", "fitted": "", "control": True, "paper": "Lun SI"}
    >>> score([row])["controls"]
    {'reproduced': 1, 'not reproduced': 0, 'not run': 0}
    """
    groups = ("evidence", "code", "controls", "fitted")
    counts = {group: dict.fromkeys(VERDICTS, 0) for group in groups}
    for row in rows:
        group = "code" if row["paper"] in CODE else "evidence"
        group = "fitted" if row["fitted"] else "controls" if row["control"] else group
        counts[group][row["verdict"]] += 1
    return counts


def exclusions(rows: Iterable[Row]) -> dict[str, int]:
    """How many criteria were not run, by reason."""
    reasons = [row["reason"] for row in rows if row["reason"]]
    return {reason: reasons.count(reason) for reason in dict.fromkeys(reasons)}


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
