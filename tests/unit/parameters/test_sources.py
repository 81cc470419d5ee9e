"""A source that says nothing is refused."""

from __future__ import annotations

import pytest
from siblings import siblings

from multiscale.errors import ParameterError
from multiscale.parameters import Source

GOOD = {
    "citation": "A. Author, A Journal 1, 2 (2022)",
    "where": "table 1",
    "grade": "A",
    "kind": "fitted",
    "method": "least squares",
}


def test_a_source_keeps_what_it_was_given():
    source = Source(**GOOD, valid_range=(0.2, 0.9))
    assert source.valid_range == (0.2, 0.9)
    assert source.doi == ""


@siblings(
    ("change", "message"),
    [
        ({"grade": "U"}, "grade 'U'"),
        ({"kind": "guessed"}, "kind 'guessed'"),
        ({"citation": ""}, "citation"),
        ({"where": ""}, "place"),
        ({"method": ""}, "method"),
        ({"valid_range": (0.9, 0.2)}, "range"),
    ],
)
def test_refused(change, message):
    with pytest.raises(ParameterError, match=message):
        Source(**{**GOOD, **change})
