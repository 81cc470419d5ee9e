"""Solutions that the validation compares with, on coarser meshes than it takes."""

from __future__ import annotations

from multiscale.cases.exact import flux_law
from multiscale.cases.other_code import finite_volumes


def test_flux_law_is_that_written_by_hand():
    found = flux_law("disk_2um_coarse")
    assert found["largest_error"] < 1e-7
    assert found["largest_difference"] > 0.01  # there is a flux


def test_finite_volumes_of_a_disk():
    assert finite_volumes("disk", 0.2)["rms_difference"] < 2e-3
