"""Reading a solved electrode: labels, insides, files, reasons."""

from __future__ import annotations

import numpy as np
import pytest
import xarray as xr
from siblings import siblings
from verification import electrodes
from verification.electrodes import electrode, touch

from multiscale.errors import ResultsError
from multiscale.models.electrode import ElectrodeModel
from multiscale.models.fidelity import Lumped, Radial, Resolved
from multiscale.plotting.traces import surface_of
from multiscale.results import ElectrodeResults, Results

LABELS = ["north", "south"]
FIDELITIES = {"lumped": Lumped(), "radial": Radial(8), "resolved": Resolved(1 / 4)}
each_fidelity = siblings("kind", FIDELITIES)


@pytest.fixture(scope="module")
def solved() -> dict[str, Results]:
    geometry = electrode(
        {"north": {"y_m": 5e-6}, "south": {"radius_m": 2e-6}},
        [touch("north", conductance_S_m2=100.0), touch("south", conductance_S_m2=100.0)],
    )
    steps = ["Charge at C/2 for 20 minutes", "Rest for 5 minutes"]
    return {
        name: Results(electrodes.run(ElectrodeModel(geometry, fidelity), steps))
        for name, fidelity in FIDELITIES.items()
    }


@each_fidelity
def test_results_of_an_electrode_are_labelled(solved, kind):
    results = solved[kind]
    assert isinstance(results, ElectrodeResults)
    assert results.labels == LABELS
    assert list(results.particles.particle.values) == LABELS
    soc = results.state_of_charge([0.0, 600.0, 1200.0])
    assert soc.dims == ("particle", "time")
    assert soc.sel(time=0.0).values == pytest.approx(0.1, abs=1e-12)
    # particles are charged; the smaller goes ahead
    assert soc.sel(particle="north")[-1] > soc.sel(particle="south")[-1] > 0.1
    assert results.balance.lithium < 1e-10


@each_fidelity
def test_resistances_by_contact(solved, kind):
    found = solved[kind].contact_resistances
    assert list(found.contact.values) == ["north-foil", "south-foil"]
    # half the radius, half the area, twice the resistance
    north, south = found.isel(time=0).values
    assert north / south == pytest.approx(2, rel=1e-9)


@pytest.mark.parametrize("kind", ["radial", "resolved"])
def test_probing_one_particle(solved, kind):
    results = solved[kind]
    centre = [[0.0]] if kind == "radial" else [[0.0, 0.0]]
    rim = [[1.9e-6]] if kind == "radial" else [[0.0, 1.9e-6]]
    name = "Particle stoichiometry"
    inner = results.probe(name, centre, [1200.0], particle="south").item()
    outer = results.probe(name, rim, [1200.0], particle="south").item()
    mean = 1 - results.state_of_charge([1200.0]).sel(particle="south").item()
    assert outer < mean < inner
    values, block = results.inside("south", times=[1200.0])
    assert values.shape == (block.space.n_unknowns, 1)
    assert values.min() <= outer <= values.max()


def test_what_cannot_be_probed(solved):
    name = "Particle stoichiometry"
    with pytest.raises(ResultsError, match="Name the particle"):
        solved["radial"].probe(name, [[0.0]])
    with pytest.raises(ResultsError, match="did you mean 'north'"):
        solved["radial"].probe(name, [[0.0]], particle="nort")
    with pytest.raises(ResultsError, match="outside particle 'north'"):
        solved["radial"].probe(name, [[1.5e-6]], particle="north")
    with pytest.raises(ResultsError, match="no inside"):
        solved["lumped"].probe(name, [[0.0]], particle="north")


@each_fidelity
def test_files(solved, kind, tmp_path):
    path = solved[kind].to_netcdf(tmp_path / "run.nc", times=[0.0, 1200.0])
    with xr.open_dataset(path) as stored:
        name = "Average particle stoichiometry"
        assert list(stored.particle.values) == LABELS
        expected = solved[kind].particles[name].values
        assert np.array_equal(stored[name].values, expected)


def test_the_full_particle_is_named():
    geometry = electrode({"a": {}, "b": {"initial_stoichiometry": 0.99}})
    model = ElectrodeModel(geometry, Lumped())
    # both at one potential: b cannot take more, a takes what b gives at first
    results = Results(electrodes.run(model, ["Discharge at 1C for 1 hour"]))
    assert "full" in results.stopped_because
    assert any(repr(label) in results.stopped_because for label in ("a", "b"))


def test_an_electrode_of_one_particle_is_read_as_one_of_many():
    geometry = electrode({"a": {"initial_stoichiometry": 0.99}})
    results = Results(
        electrodes.run(ElectrodeModel(geometry, Radial(8)), ["Discharge at 1C for 1 hour"])
    )
    assert "(particle 'a')" in results.stopped_because
    assert results.contact_resistances.shape == (1, len(results.times))
    assert surface_of(results, "a", results.times[-2:]).shape == (2,)
