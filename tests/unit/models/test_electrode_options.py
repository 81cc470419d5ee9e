"""Options of the electrode model: what is refused, and in which words."""

from __future__ import annotations

import numpy as np
import pytest
from siblings import siblings
from verification.electrodes import electrode, run, touch

from multiscale.electrode.geometry import ElectrodeGeometry
from multiscale.errors import GeometryError, MeshError, ModelError, ParameterError
from multiscale.models.electrode import ElectrodeModel
from multiscale.models.fidelity import Lumped, Radial, Resolved

COLUMNS = ElectrodeGeometry.columns([0, 1], constriction_m=13e-6)


@siblings(
    ("options", "words"),
    [
        ({"particles": "lumped"}, "Lumped"),
        ({"particles": Resolved}, "Resolved"),
        ({"transport": "fick"}, "transport form 'fick'"),
        ({"counter_electrode": "graphite"}, "counter electrode 'graphite'"),
    ],
)
def test_options_that_do_not_exist(options, words):
    with pytest.raises(ModelError, match=words):
        ElectrodeModel(COLUMNS, **options)


@siblings("size", [2, 0, -0.1, 5e-6, 0.9e-3, float("nan")])
def test_sizes_of_elements_that_are_none(size):
    with pytest.raises(ModelError, match="c0r0"):
        ElectrodeModel(COLUMNS, Resolved(size))


@pytest.mark.parametrize("n", [0, -3, 2.5])
def test_numbers_of_elements_that_are_none(n):
    with pytest.raises(MeshError, match="whole number"):
        ElectrodeModel(COLUMNS, Radial(n))


@pytest.mark.parametrize("fidelity", [Resolved, Radial])
def test_orders_of_elements_that_do_not_exist(fidelity):
    with pytest.raises(MeshError, match="order must be a whole number from 1 to 2"):
        fidelity(order=3)


def test_a_size_is_a_share_of_the_radius_or_a_length():
    share = ElectrodeModel(COLUMNS, Resolved(1 / 4))
    length = ElectrodeModel(COLUMNS, Resolved(1.25e-6))  # of 5 um
    assert share.space.n_unknowns == length.space.n_unknowns


@pytest.mark.parametrize(
    "contacts",
    [[touch("a")], [touch("a"), touch("b", conductance_S_m2=0.0)]],
    ids=["none", "open"],
)
def test_particles_without_a_way_to_the_collector_are_named(contacts):
    with pytest.raises(GeometryError, match="'b'"):
        electrode({"a": {}, "b": {}}, contacts)


def test_no_contact_conducts():
    with pytest.raises(GeometryError, match="'a'"):
        electrode({"a": {}}, [touch("a", conductance_S_m2=0.0)])


def test_a_negative_diffusivity_is_named():
    model = ElectrodeModel(electrode({"a": {}}), Radial(4))
    with pytest.raises(ParameterError, match="diffusivity"):
        run(model, ["Rest for 1 minute"], DIFFUSIVITY=lambda sto, T: -1e-15 + 0 * sto)


@pytest.mark.parametrize(
    ("fidelity", "per_particle"), [(Lumped(), 1), (Radial(7), 8), (Radial(7, order=2), 15)]
)
def test_unknowns_per_particle(fidelity, per_particle):
    model = ElectrodeModel(COLUMNS, fidelity)
    assert model.space.n_unknowns == per_particle * COLUMNS.n_particles
    assert model.labels == list(COLUMNS.particles.index)


def test_lumped_and_radial_have_true_volumes():
    shapes = {"d": electrode({"a": {}}), "s": electrode({"a": {"shape": "sphere"}})}
    smooth = {"d": np.pi * 1e-18, "s": 4 / 3 * np.pi * 1e-18}
    rim = {"d": 2 * np.pi * 1e-12, "s": 4 * np.pi * 1e-12}
    for name, geometry in shapes.items():
        for fidelity in (Lumped(), Radial(5)):
            domains = ElectrodeModel(geometry, fidelity).domains
            assert domains.volume == pytest.approx(smooth[name], rel=1e-9, abs=0)
            assert domains.area == pytest.approx(rim[name], rel=1e-9, abs=0)
