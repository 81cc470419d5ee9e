"""Arguments of another kind than is meant: one sentence with the name of the argument."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
import xarray as xr
from siblings import siblings

import multiscale as ms
from multiscale.errors import MultiscaleError, unknown_name

NO_NAMES = [None, 3, float("nan"), [], ["surface"], {}, np.array([1.0, 2.0]), object(), b"x"]
NO_OBJECTS = [*NO_NAMES, "x", "", True, pd.DataFrame({"a": [1]}), xr.DataArray([1.0]), int]


def refused(call, words):
    with pytest.raises(MultiscaleError) as caught:
        call()
    assert words in str(caught.value)
    assert len(str(caught.value)) < 400


@pytest.fixture(scope="module")
def signal():
    time = np.linspace(0, 1000, 51)
    soc = np.clip((time - np.array([[200.0], [600.0]])) / 100, 0, 1)
    return xr.DataArray(soc, {"particle": ["a", "b"], "time": time}, ("particle", "time"))


@siblings("given", NO_NAMES)
def test_what_is_no_name(given, signal):
    mesh = ms.ParticleMesh.radial(1e-6, 5)
    refused(lambda: ms.SingleParticleModel(mesh, transport=given), "transport")
    if given is not None:
        refused(lambda: ms.SingleParticleModel(mesh, contact=given), "contact")
        refused(lambda: ms.reaction_timings(signal, levels=given), "levels")
    refused(lambda: ms.ParticleMesh.radial(1e-6, 5, shape=given), "shape")
    refused(lambda: ms.ParticleMesh.load(given), "mesh")


@siblings("given", NO_OBJECTS)
def test_what_is_no_object_of_ours(given, signal):
    refused(lambda: ms.SingleParticleModel(given), "mesh must be a ParticleMesh, not")
    refused(lambda: ms.ElectrodeModel(given), "geometry must be an ElectrodeGeometry, not")
    if given is not None:
        refused(lambda: ms.reaction_timings(signal, rule=given), "rule must be a TimingRule, not")


@siblings("given", NO_NAMES)
def test_the_sentence_for_a_name_takes_anything(given):
    assert unknown_name("shape", given, ["slab"]).startswith("The shape must be a name, not ")


@siblings("given", [object(), ["a"], [[1], [1, 2]], "x", {}])
def test_what_is_no_list_of_numbers(given):
    electrode = ms.ElectrodeGeometry.columns([0], radius=5e-6)
    refused(lambda: electrode.with_factor(given, 1.0), "factor")
    if not isinstance(given, dict):  # an empty mapping changes nothing
        refused(lambda: electrode.with_factor("conductivity", given), "must be a number, not")
        refused(lambda: electrode.relabelled(given), "labels must be a mapping")
