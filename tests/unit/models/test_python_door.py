"""What is handed over in Python, without a case file: refused by name before anything is solved."""

from __future__ import annotations

import math
import pickle
import warnings

import numpy as np
import pybamm
import pytest
from siblings import siblings

import multiscale as ms
from multiscale.errors import ModelError, ParameterError
from multiscale.models import electrode as electrode_model
from multiscale.parameters import load_set, names
from multiscale.parameters.library import list_sets

MESH = ms.ParticleMesh.radial(1e-6, 4, shape="cylinder")
REACTING = ms.SingleParticleModel(MESH, transport="chemical", surface=ms.ButlerVolmer())
ELECTRODE = ms.ElectrodeGeometry.columns([0, 1], radius=1e-6)
WIRED = ms.ElectrodeModel(ELECTRODE, ms.Lumped())
SET = load_set("Sharma2022_NMC532").values
NAN = math.nan


def changed(**changes):
    values = SET.copy()
    for key, value in changes.items():
        values[getattr(names, key)] = value
    return values


def processed(model, values):
    return values.process_model(model, inplace=False, delayed_variable_processing=True)


REFUSED = [
    ({"TEMPERATURE": 25.0}, "is 25 K.*degrees Celsius\\? Then write 298.15"),
    ({"TEMPERATURE": NAN}, "is nan, not a finite number"),
    ({"TEMPERATURE": math.inf}, "is inf, not a finite number"),
    ({"TEMPERATURE": pybamm.Scalar(25)}, "degrees Celsius"),
    ({"TEMPERATURE": None}, "is None, not a number"),
    ({"TEMPERATURE": "warm"}, "is 'warm', not a number"),
    ({"TEMPERATURE": np.float32(25)}, "degrees Celsius"),
    ({"DIFFUSIVITY": 1e-5}, "a diffusivity in a solid is between"),
    ({"DIFFUSIVITY": -1e-15}, "is not positive"),
    ({"DIFFUSIVITY": NAN}, "is nan, not a finite number"),
    ({"DIFFUSIVITY": lambda sto, T: 1e-5 + 0 * sto}, "a diffusivity in a solid is between"),
    ({"DIFFUSIVITY": lambda sto, T: NAN * sto}, "is not finite"),
    ({"DIFFUSIVITY": lambda sto, T: 1e-15 * (sto - 0.5)}, "is not positive for"),
    ({"DIFFUSIVITY": lambda sto: 1e-15}, "it is called with \\(sto, T\\)"),
    ({"DIFFUSIVITY": lambda sto, T: 1e-15 if sto > 0.5 else 1e-16}, "cannot be evaluated"),
    ({"EXCHANGE_CURRENT": -1.0}, "is not positive"),
    ({"EXCHANGE_CURRENT": 1e9}, "an exchange current is between"),
    ({"MAXIMUM_CONCENTRATION": 0.0}, "a maximum concentration is between"),
    ({"MAXIMUM_CONCENTRATION": 50.0}, "in mol/l\\? Then write 50000"),
    ({"OCP": lambda sto: 4200 - 1000 * sto}, "in millivolt"),
    ({"TRANSFER_COEFFICIENT": 5.0}, "is 5; a share is between 0 and 1"),
    ({"INITIAL_STOICHIOMETRY": 1.5}, "is 1.5; a share"),
    ({"INITIAL_CONCENTRATION": 100.0}, "change 'Positive electrode initial stoichiometry'"),
    ({"DENSITY": 4.7}, "in g/cm3\\? Then write 4700"),
    ({"LOWER_CUTOFF": 4.8}, "not below the upper one"),
    ({"UPPER_CUTOFF": 4300.0}, "in millivolt\\? Then write 4.3"),
    ({"CURRENT": NAN}, "Current function \\[A\\] is nan"),
]


@siblings(("changes", "words"), REFUSED)
def test_values_that_physics_does_not_allow_are_refused_by_name(changes, words):
    (key,) = changes
    with pytest.raises(ParameterError, match=words) as caught:
        processed(REACTING, changed(**changes))
    assert getattr(names, key) in str(caught.value)


@pytest.mark.parametrize("key", ["CONDUCTIVITY", "CONTACT_CONDUCTANCE"])
def test_only_what_a_model_uses_is_judged(key):
    processed(REACTING, changed(**{key: -1.0}))
    with pytest.raises(ParameterError, match=getattr(names, key).partition(" [")[0]):
        processed(WIRED, changed(**{key: -1.0}))


def test_missing_and_misspelt_entries_are_named():
    values = changed()
    del values[names.TEMPERATURE]
    with pytest.raises(ParameterError, match="Ambient temperature \\[K\\] is missing"):
        processed(REACTING, values)
    values["Ambient temperatur [K]"] = 298.15
    with pytest.raises(ParameterError, match="'Ambient temperatur \\[K\\]' is there, is it mis"):
        processed(REACTING, values)


def test_a_flat_potential_drives_no_thermodynamic_flux():
    flat = changed(OCP=lambda sto: 4 + 0 * sto)
    processed(REACTING, flat)
    with pytest.raises(ParameterError, match="does not fall with stoichiometry"):
        processed(ms.SingleParticleModel(MESH, transport="thermodynamic"), flat)


def test_every_door_of_pybamm_asks():
    cold = changed(TEMPERATURE=25.0)
    for steps in (None, ["Charge at C/3 for 1 minute"], ["Hold at 4 V for 1 minute"]):
        simulation = pybamm.Simulation(WIRED, parameter_values=cold, experiment=steps)
        with pytest.raises(ParameterError, match="degrees Celsius"):
            simulation.solve([0, 60])
    step = pybamm.step.string("Rest for 1 minute", temperature=25)
    simulation = pybamm.Simulation(WIRED, parameter_values=changed(), experiment=[step])
    with pytest.raises(ParameterError, match="degrees Celsius"):
        simulation.solve()


def test_values_of_the_solve_pass():
    processed(REACTING, changed(INITIAL_STOICHIOMETRY="[input]", TEMPERATURE="[input]"))


@pytest.mark.parametrize(
    ("own", "steps"), [(True, None), (True, ["Charge at C/3 for 1 minute"]), (False, None)]
)
def test_values_of_the_solve_are_judged_when_they_are_given(own, steps):
    alpha, diffusivity = names.TRANSFER_COEFFICIENT, names.DIFFUSIVITY
    values = changed(TRANSFER_COEFFICIENT="[input]", DIFFUSIVITY="[input]", CURRENT=0.0)
    good = {alpha: 0.5, diffusivity: 1e-15}
    simulation = pybamm.Simulation(
        REACTING,
        parameter_values=values,
        experiment=steps,
        solver=None if own else pybamm.IDAKLUSolver(),
    )
    ms.Results(simulation.solve([0, 60], inputs=good))
    wrong = [({alpha: 1.5}, "input .* is 1.5")]
    if own:  # PyBaMM's own solver fails by itself at these
        wrong += [
            ({diffusivity: 1e-5}, "a diffusivity in a solid is between"),
            ({diffusivity: -1e-15}, "is not positive"),
            ({alpha: NAN}, "is nan"),
        ]
    for inputs, words in wrong:
        with pytest.raises(ParameterError, match=words):
            ms.Results(simulation.solve([0, 60], inputs=good | inputs))


def test_odd_numbers_warn_once():
    odd = changed(TEMPERATURE=433.0)
    with warnings.catch_warnings(record=True) as told:
        warnings.simplefilter("always")
        for current in (0.0, 1e-12, pybamm.InputParameter("I")):
            odd[names.CURRENT] = current
            processed(REACTING, odd.copy())
    assert ["Ambient temperature [K] is 433 K, usually" in str(one.message) for one in told] == [1]
    with pytest.raises(ParameterError, match="is nan"):  # what passed is no excuse
        processed(REACTING, changed(TEMPERATURE=433.0, CURRENT=NAN))


@siblings("name", list_sets())
def test_built_in_sets_pass_in_silence(name):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        processed(ms.SingleParticleModel(MESH), load_set(name).values)


# --- what PyBaMM offers with its own cells ----------------------------------------------------


@siblings("soc", [0.5, 1.5, "4.0 V"])
@siblings("steps", [None, ["Charge at C/3 for 1 minute"]])
def test_initial_soc_is_refused_by_name(soc, steps):
    simulation = pybamm.Simulation(REACTING, parameter_values=changed(), experiment=steps)
    with pytest.raises(ModelError, match="set the parameter 'Positive electrode initial stoich"):
        simulation.solve([0, 60], initial_soc=soc)


def test_a_material_that_does_not_age_keeps_its_capacity():
    experiment = pybamm.Experiment(
        [("Charge at 1C for 1 second",), ("Discharge at 1C for 1 second",)],
        termination="80% capacity",
    )
    solution = pybamm.Simulation(
        REACTING, parameter_values=changed(), experiment=experiment
    ).solve()
    assert len(solution.cycles) == 2
    capacity = SET[names.DENSITY] * SET[names.SPECIFIC_CAPACITY] * MESH.volume
    assert solution.summary_variables["Capacity [A.h]"] == pytest.approx([capacity] * 2, rel=1e-4)


def test_solutions_with_laws_that_pickle_cannot_find():
    inner = changed(EXCHANGE_CURRENT=lambda c_e, c_s, c_max, T: 2.0 + 0 * c_s)
    solution = pybamm.Simulation(REACTING, parameter_values=inner).solve([0, 1])
    results = ms.Results(solution)
    again = pickle.loads(pickle.dumps(results))
    for name in ("Voltage [V]", "Particle heterogeneity (rms)", "Capacity [A.h]"):
        assert np.array_equal(again.solution[name].entries, solution[name].entries)
    with pytest.raises(KeyError, match="nonsense"):
        again.solution["nonsense"]
    assert solution.all_models[0].new_copy().symbol_processor  # a copy keeps its laws


# --- options of electrodes --------------------------------------------------------------------


@siblings(
    ("given", "words"),
    [
        (NAN, "is nan, not a finite number"),
        (math.inf, "is inf, not a finite number"),
        (-1.0, "is -1 Ohm; a resistance is between 0"),
        (1e30, "is 1e\\+30 Ohm"),
        (10**400, "not a finite number"),
        (None, "must be a number, not None"),
        ("5", "must be a number, not '5'"),
        (True, "must be a number, not True"),
        ([1.0, 2.0], "must be a number, not \\[1.0, 2.0\\]"),
        (np.ones(3), "must be a number, not array"),
        ({"c9r9": 1.0}, "electrolyte_resistance: .*'c9r9'.*c0r0"),
        ({5: 1.0}, "electrolyte_resistance: .*5"),
        ({"c1r1": NAN}, "of particle 'c1r1' is nan"),
        ({"c1r1": None}, "of particle 'c1r1' must be a number"),
    ],
)
def test_electrolyte_resistance_is_a_number_of_ohms(given, words):
    with pytest.raises(ModelError, match=words):
        ms.ElectrodeModel(ELECTRODE, ms.Lumped(), electrolyte_resistance=given)


def test_too_many_unknowns_are_refused_with_number_and_limit(monkeypatch):
    monkeypatch.setattr(electrode_model, "MOST_UNKNOWNS", 50)
    ms.ElectrodeModel(ELECTRODE, ms.Radial(5))
    with pytest.raises(ModelError, match=r"has about .* unknowns; the limit is 50"):
        ms.ElectrodeModel(ELECTRODE, ms.Radial(40))
