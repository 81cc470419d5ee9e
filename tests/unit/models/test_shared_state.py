"""Nothing outlives what it was computed from, and nothing that is handed out is shared."""

from __future__ import annotations

import copy
import gc
import weakref

import numpy as np
import pytest
from verification.electrodes import touch

from multiscale.analysis.bimodality import _uniform_dips
from multiscale.cases.electrode import build_geometry
from multiscale.cases.particle import build_mesh
from multiscale.cases.rows import claims
from multiscale.cases.schema import GeometrySpec, MeshSpec
from multiscale.dataset.description import schema
from multiscale.electrode.geometry import ElectrodeGeometry
from multiscale.fem.space import space_of
from multiscale.mesh.particle_mesh import ParticleMesh
from multiscale.models import fidelity
from multiscale.models.electrode import ElectrodeDomains, ElectrodeModel
from multiscale.models.fidelity import Lumped, Radial, Resolved
from multiscale.parameters import load_set

FOIL = {"node": "foil", "kind": "collector", "x_m": 0.0, "y_m": -1e-5}


def of_mesh(mesh: ParticleMesh) -> ElectrodeGeometry:
    """An electrode of one particle of this mesh."""
    row = {"particle": "a", "shape": "mesh", "radius_m": np.nan, "x_m": 0.0, "y_m": 0.0}
    return ElectrodeGeometry.from_table(
        particles=[row], nodes=[FOIL], edges=[], contacts=[touch("a")], meshes={"a": mesh}
    )


def own(number: int) -> ParticleMesh:
    """A hexagon, another one each time."""
    return ParticleMesh.hexagon(1e-6 * (1 + number / 50), 0.5e-6)


def outlined(number: int) -> ParticleMesh:
    """A box of another length each time."""
    length, height = 1e-6 * (1 + number / 20), 1e-6
    points = np.array([[0, 0], [length, 0], [length, height], [0, height]])
    return ParticleMesh.from_outline(points, unit="m", size=0.5e-6)


@pytest.mark.parametrize("make", [own, pytest.param(outlined, marks=pytest.mark.gmsh)])
def test_every_model_solves_the_particle_it_was_given(make):
    """In a loop, addresses of meshes that are gone are used again."""
    for number in range(60):
        mesh = make(number)
        volume = mesh.volume
        domains = ElectrodeDomains(of_mesh(mesh), Resolved())  # of an ElectrodeModel
        assert domains.volume == pytest.approx(volume, rel=1e-9), number
        del mesh, domains


def test_what_belongs_to_a_mesh_goes_with_it():
    mesh = own(1)
    block = Resolved().block(of_mesh(mesh), "a")
    assert Resolved().block(of_mesh(mesh), "a").space is block.space  # built once
    gone = weakref.ref(mesh), weakref.ref(space_of(mesh))
    del mesh, block
    gc.collect()
    assert [ref() for ref in gone] == [None, None]


def test_reference_meshes_are_few():
    for function in (fidelity._radial, fidelity._round, fidelity._stored):
        assert function.cache_info().maxsize <= 64


@pytest.mark.parametrize("chosen", [Lumped(), Radial(4), Resolved(1 / 2)])
def test_particles_of_two_depths_and_sizes_are_apart(chosen):
    for radius, depth in [(1e-6, 1e-6), (2e-6, 1e-6), (1e-6, 3e-6), (1e-6, 1e-6)]:
        electrode = ElectrodeGeometry.columns([0], radius=radius, constriction_m=13e-6)
        electrode = electrode.with_particles(electrode.particles.assign(depth_m=depth))
        volume = ElectrodeModel(electrode, chosen).domains.volume
        assert volume == pytest.approx(np.pi * radius**2 * depth, rel=1e-9)


def test_a_mesh_cannot_be_edited_in_place():
    mesh = own(3)
    with pytest.raises(ValueError, match="read-only"):
        mesh.mesh.p[0] *= 2
    with pytest.raises(TypeError):
        mesh.groups["surface"] = np.arange(3)
    again = copy.deepcopy(mesh)
    assert again.volume == mesh.volume
    assert space_of(again) is not space_of(mesh)


def test_a_mesh_does_not_take_the_arrays_of_its_maker():
    theirs = own(4).mesh
    points = theirs.p.copy()
    other = type(theirs)(points, theirs.t.copy())
    mesh = ParticleMesh(other, {"surface": other.boundary_facets()})
    volume = mesh.volume
    other.p[:] *= 2  # theirs to edit
    assert mesh.with_name("again").volume == volume


def test_a_model_keeps_its_own_tables():
    electrode = ElectrodeGeometry.columns([0, 1], radius=1e-6, constriction_m=13e-6)
    model = ElectrodeModel(electrode, Lumped())
    electrode.particles.loc["c0r0", "diffusivity_factor"] = 7.0
    electrode.contacts.loc[:, "conductance_S_m2"] = 1.0
    assert (model.electrode.particles["diffusivity_factor"] == 1).all()
    assert model.electrode.contacts["conductance_S_m2"].isna().all()


@pytest.mark.parametrize("kind", ["json", "csv"])
def test_an_electrode_file_that_was_rewritten_is_read_anew(tmp_path, kind):
    path = tmp_path / ("e.json" if kind == "json" else "e")
    spec = GeometrySpec(file=str(path))
    for heights in ([0], [0, 1, 2], [0]):
        electrode = ElectrodeGeometry.columns(heights, radius=1e-6, constriction_m=13e-6)
        getattr(electrode, f"to_{kind}")(path)
        assert build_geometry(spec).n_particles == electrode.n_particles


def test_a_mesh_file_that_was_rewritten_is_read_anew(tmp_path):
    spec = MeshSpec(file=str(tmp_path / "m.msh"), unit="um")
    for number in (0, 30):
        own(number).write(tmp_path / "m.msh", unit="um")
        assert build_mesh(spec).volume == pytest.approx(own(number).volume, rel=1e-6)


def test_what_is_handed_out_twice_is_not_shared():
    first = load_set("Xu2022_NMC88")
    first.sources.clear()
    first.values["Ambient temperature [K]"] = 1.0
    assert load_set("Xu2022_NMC88").sources
    assert load_set("Xu2022_NMC88").values["Ambient temperature [K]"] > 200
    schema().clear()
    assert schema()
    with pytest.raises(TypeError):
        claims()["X41"] = None
    with pytest.raises(ValueError, match="read-only"):
        _uniform_dips(5, 20, 0)[0] = 1.0
