"""Every set runs: a charge of one particle and the start of a charge of a small electrode."""

from __future__ import annotations

import numpy as np
import pybamm
import pytest
from siblings import siblings

from multiscale.electrode.geometry import ElectrodeGeometry
from multiscale.mesh import ParticleMesh
from multiscale.models.electrode import ElectrodeModel
from multiscale.models.fidelity import Radial
from multiscale.models.single_particle import SingleParticleModel
from multiscale.models.surface import ButlerVolmer
from multiscale.parameters import list_sets, load_set, names
from multiscale.results import ElectrodeResults, Results


@siblings("name", list_sets())
def test_charge_of_one_particle(name):
    chosen = load_set(name)
    mesh = ParticleMesh.radial(1e-6, 15)
    model = SingleParticleModel(mesh, transport=chosen.transport, surface=ButlerVolmer())
    upper = chosen.values[names.UPPER_CUTOFF]
    simulation = pybamm.Simulation(
        model,
        parameter_values=chosen.values,
        experiment=[f"Charge at C/5 until {upper} V"],
    )
    solution = simulation.solve()
    results = Results(solution)
    assert results.balance.lithium < 1e-6
    sto = solution["Average particle stoichiometry"].entries
    assert (np.diff(sto) < 0).all()
    # between a third and all of the rate basis is delivered
    values = chosen.values
    basis = values[names.DENSITY] * values[names.SPECIFIC_CAPACITY] * 3600 / 96485.332
    delivered = (sto[0] - sto[-1]) * values[names.MAXIMUM_CONCENTRATION] / basis
    assert 0.33 < delivered < 1.3
    assert solution["Voltage [V]"].entries[-1] == pytest.approx(upper, abs=1e-3)


# of each kind of law one; swaps into every electrode of the cases are slow tests
@siblings("name", ["Kim2011_NCA", "Lun_NMC88", "NMC622_MSMR", "NMC811_McClelland"])
def test_start_of_a_charge_of_an_electrode(name):
    chosen = load_set(name)
    model = ElectrodeModel(
        ElectrodeGeometry.columns([0, 1], constriction_m=13e-6),
        Radial(8),
        transport=chosen.transport,
    )
    simulation = pybamm.Simulation(
        model, parameter_values=chosen.values, experiment=["Charge at C/10 for 60 minutes"]
    )
    results = ElectrodeResults(simulation.solve())
    assert results.balance.lithium < 1e-10
    # currents are as good as the model's own tolerance: 3e-6 at most was seen
    assert results.balance.charge < model.default_rtol
