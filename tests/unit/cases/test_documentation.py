"""The tables of docs/validation.md are what the stored outcomes give."""

from __future__ import annotations

from pathlib import Path

import pytest

from multiscale.cases import reference
from multiscale.cases.reading import folder

PAGE = Path(__file__).parents[3] / "docs" / reference.PAGE


def written_tables(text):
    """Name and content of every generated table on a page."""
    mark = reference.START.split("{", maxsplit=1)[0]
    for part in text.split(mark)[1:]:
        name, _, rest = part.partition(" -->")
        yield name, rest.partition(reference.END.format(name=name))[0].strip()


@pytest.fixture(scope="module")
def expected():
    return reference.tables(folder())


def test_page_holds_the_stored_outcome(expected):
    """Renew with: multiscale validate --renew-reference (and --sensitivity CASE)."""
    assert dict(written_tables(PAGE.read_text(encoding="utf-8"))) == expected


def test_page_says_what_is_not_reproduced(expected):
    for id in ("X82", "S12"):
        assert f"| {id} |" in expected["not reproduced"]


def test_renewing_changes_what_stands_between_the_marks_only(tmp_path, expected):
    start, end = (mark.format(name="result") for mark in (reference.START, reference.END))
    (tmp_path / reference.PAGE).write_text(f"before\n{start}\nold\n{end}\nafter\n")
    assert reference.renew_page(tmp_path, folder())
    text = (tmp_path / reference.PAGE).read_text()
    assert text == f"before\n{start}\n\n{expected['result']}\n\n{end}\nafter\n"
    assert not reference.renew_page(tmp_path / "nowhere", folder())
