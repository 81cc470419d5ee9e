"""The tolerance of the tests themselves."""

from __future__ import annotations

import numpy as np
import pytest


@pytest.mark.parametrize("size", [1e-30, 1e-18, 1e-12, 1.0, 1e6])
def test_numbers_in_si_are_compared_by_their_own_size(size):
    for given in (size, [size, 0.0], {"a": size}, np.array([size])):
        assert given == pytest.approx(given)
    assert size * 1.01 != pytest.approx(size)
    assert pytest.approx(size) != 0.0
    assert size * 1.01 != pytest.approx(size, rel=1e-3)
    assert [size, 0.1 * size] != pytest.approx([size, 0.0])
    assert size * 1.01 == pytest.approx(size, rel=0.02)
    assert size == pytest.approx(0, abs=2 * size)
