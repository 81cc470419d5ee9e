"""Rates and fluxes of Lun et al. (SI, eqs. 13-15), from geometry and constants alone."""

from __future__ import annotations

import numpy as np
import pytest
from siblings import siblings
from verification import running

from multiscale.errors import ModelError
from multiscale.fem.space import space_of
from multiscale.mesh import ParticleMesh
from multiscale.models.single_particle import SingleParticleModel
from multiscale.models.surface import BlockedSurface, ButlerVolmer

DISK = ParticleMesh.disk(1e-6, 0.1e-6)
TIMES = np.linspace(0, 360, 4)
CASES = [(0.0, 0.0), (0.0, 0.7), (0.25, 0.0), (0.5, 0.3), (0.83, 0.05)]


def charge(mesh: ParticleMesh, gamma: float, eta: float, rate: float = 1.0):
    values = running.values(CURRENT=-rate * running.one_c(mesh))
    blocked = BlockedSurface(fraction=gamma, ratio=eta) if mesh.dimension > 1 else None
    return running.solve(SingleParticleModel(mesh, blocked=blocked), values, TIMES)


def interfacial(solution) -> np.ndarray:
    """Current density at the surface points [A.m-2]; positive when lithium leaves."""
    return np.atleast_2d(solution["Interfacial current density [A.m-2]"].entries)[:, -1]


@siblings(("gamma", "eta"), CASES)
def test_currents_close(gamma, eta):
    """Eq. 13: the currents of both parts of the surface sum to n Q rho A."""
    rate = 1.7
    weights = space_of(DISK).facets("surface").weights
    total = weights @ interfacial(charge(DISK, gamma, eta, rate))
    # a sum of 120 products: rounding
    assert total == pytest.approx(rate * running.one_c(DISK), rel=1e-12)


@siblings(("gamma", "eta"), CASES)
def test_flux_through_what_is_bare(gamma, eta):
    """Eq. 14: both parts together carry what an unblocked surface carries."""
    bare = BlockedSurface(fraction=gamma, ratio=eta).flux_factor
    assert (1 - gamma) * bare + gamma * eta * bare == pytest.approx(1, rel=1e-14)


def test_blocked_surfaces_that_cannot_be():
    radial = ParticleMesh.radial(1e-6, 11, shape="cylinder")
    with pytest.raises(ModelError, match=r"1 facet\(s\) and no side to block"):
        SingleParticleModel(radial, blocked=BlockedSurface(0.5, 0.3))
    with pytest.raises(ModelError, match="direction has 3 components, the mesh has 2"):
        SingleParticleModel(DISK, blocked=BlockedSurface(0.5, 0.3, (1.0, 0.0, 0.0)))
    with pytest.raises(ModelError, match="zero vector"):
        BlockedSurface(0.5, 0.3, (0.0, 0.0))


def test_what_is_blocked_lies_in_its_direction():
    """On a particle away from the origin, too: of a half, no point lies on the other side."""
    moved = ParticleMesh(DISK.mesh.translated((5e-6, 3e-6)), DISK.groups, depth=DISK.depth)
    for mesh in (DISK, moved):
        points = space_of(mesh).facets("surface")
        blocked = BlockedSurface(0.5, 0.3, (0.0, 1.0)).reactivity(points) < 0.99
        up = points.points[1] - np.average(points.points[1], weights=points.weights)
        assert (blocked == (up > 0))[np.abs(up) > 0.1e-6].all()


@siblings(
    ("tensor", "words"),
    [
        ([[1.0, 0.5], [0.0, 1.0]], "must be symmetric"),
        ([[1.0, 0.0], [0.0, -1.0]], "no negative principal value"),
        ([[0.0, 0.0], [0.0, 0.0]], "not all zero"),
        (np.eye(3), "this 2D mesh needs"),
    ],
)
def test_tensors_that_no_diffusivity_has(tensor, words):
    with pytest.raises(ModelError, match=words):
        SingleParticleModel(DISK, anisotropy=tensor)


def test_electrons_do_not_enter_where_lithium_does():
    with pytest.raises(ModelError, match="another facet group than the reacting 'surface'"):
        SingleParticleModel(DISK, surface=ButlerVolmer(), contact="surface")


@siblings(("gamma", "eta"), CASES)
def test_fluxes_of_both_parts(gamma, eta):
    """Eq. 14 and its limits: gamma = 0, and eta = 0 where the bare flux is 1/(1 - gamma)."""
    rate = 0.5
    found = interfacial(charge(DISK, gamma, eta, rate))
    fresh = rate * running.one_c(DISK) / DISK.area()
    bare = fresh / (1 - gamma + eta * gamma)
    # arithmetic alone
    assert found.max() == pytest.approx(bare, rel=1e-10)
    if gamma:
        assert found.min() == pytest.approx(eta * bare, rel=1e-10, abs=1e-15)
    weights = space_of(DISK).facets("surface").weights
    # the facet at the rim of the layer is blocked in part, so the area is exact
    share = weights @ (bare - found) / (bare * (1 - eta)) / weights.sum()
    assert share == pytest.approx(gamma, abs=1e-10)


@siblings(("gamma", "eta"), CASES)
def test_mean_rate_does_not_depend_on_the_layer(gamma, eta):
    """d<theta>/dt = n 200/275.0 per hour; 275.0 mA.h/g is the capacity of all lithium sites."""
    mean = charge(DISK, gamma, eta, rate=0.5)["Average particle stoichiometry"].entries
    per_hour = -(mean[-1] - mean[0]) / TIMES[-1] * 3600
    # four digits of 275.0 against 49042 mol/m3 and 4780 kg/m3: 8e-5
    assert per_hour == pytest.approx(0.5 * 200 / 275.0, rel=1e-4)


def test_flux_of_a_particle_of_two_micrometres():
    """4.95e-6 mol/m2/s at 1C for d = 2 um."""
    cylinder = ParticleMesh.radial(1e-6, 20, shape="cylinder")
    solution = charge(cylinder, 0, 0)
    flux = interfacial(solution) / running.FARADAY
    expected = running.DENSITY * running.SPECIFIC_CAPACITY * 1e-6 / 2 / running.FARADAY
    assert expected == pytest.approx(4.95e-6, abs=5e-9)  # the printed digits
    assert flux == pytest.approx(expected, rel=1e-10)  # arithmetic alone
    # area over perimeter of a regular polygon is half its apothem
    polygon = interfacial(charge(DISK, 0, 0)) / running.FARADAY
    apothem = np.sqrt(np.pi / 60 / np.tan(np.pi / 60))  # of 60 sides and the area of the circle
    assert polygon == pytest.approx(expected * apothem, rel=1e-10)


@siblings(("gamma", "eta"), [(1.0, 0.5), (0.5, 1.0), (-0.1, 0.5), (0.5, -0.1)])
def test_outside_the_domain_is_refused(gamma, eta):
    with pytest.raises(ModelError, match="must satisfy"):
        BlockedSurface(fraction=gamma, ratio=eta)
