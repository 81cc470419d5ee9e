"""A charge on a small mesh, solved once."""

from __future__ import annotations

import pytest

from multiscale.cases import MeshSpec, load_case, run_case

SMALL = MeshSpec(recipe="radial", arguments=(("n", 21), ("radius", 1e-6), ("shape", "cylinder")))


@pytest.fixture(scope="session")
def small():
    """Description of a small radial mesh."""
    return SMALL


@pytest.fixture(scope="session")
def charge():
    """The built-in charge on the small mesh, solved."""
    return run_case(load_case("xu2022_charge").with_mesh(SMALL))


@pytest.fixture(scope="session")
def rest():
    """The built-in charge and rest on the small mesh, solved."""
    return run_case(load_case("xu2022_rest").with_mesh(SMALL))
