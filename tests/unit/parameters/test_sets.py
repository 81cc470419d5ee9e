"""The shipped sets: every entry with its source, laws that behave, and PyBaMM's interface."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import numpy as np
import pybamm
import pytest
from siblings import siblings

from multiscale.errors import ParameterError
from multiscale.parameters import Source, check_parameters, list_sets, load_set, names
from multiscale.parameters.sets import GRADES, KINDS

ROOT = Path(__file__).parents[3]
NI88 = ("Lun_NMC88", "Xu2022_NMC88")
CURVES = (names.OCP, names.DELITHIATION_OCP, names.LITHIATION_OCP, names.MEAN_OCP)
FULL_RANGE = np.linspace(0, 1, 100_001)
# Sets whose maximum concentration is a fit, which the check says.
FITTED = ("NMC111_BPX", "NMC811_ORegan")
NOT_PHYSICAL = {"citations"}  # PyBaMM's entry for bibliography


def entries(name: str) -> dict:
    """Entries of a set itself, without the constants PyBaMM adds."""
    added = pybamm.ParameterValues({}).keys()
    values = load_set(name).values
    return {key: values[key] for key in set(values.keys()) - set(added) - NOT_PHYSICAL}


def test_the_ni88_sets_are_listed():
    assert set(NI88) <= set(list_sets())
    assert list_sets() == sorted(list_sets())


def test_unknown_set_proposes_the_nearest():
    with pytest.raises(ParameterError, match="did you mean 'Xu2022_NMC88'"):
        load_set("Xu2022-NMC88")


@siblings("name", list_sets())
class TestEverySet:
    def test_every_entry_has_a_source(self, name):
        assert set(entries(name)) == set(load_set(name).sources)

    def test_sources_are_graded(self, name):
        for source in load_set(name).sources.values():
            assert isinstance(source, Source)
            assert source.grade in GRADES
            assert source.kind in KINDS

    def test_laws_state_their_range(self, name):
        sources = load_set(name).sources
        laws = [entry for entry, value in entries(name).items() if callable(value)]
        assert not [entry for entry in laws if sources[entry].valid_range is None]

    def test_names_are_spelt_as_in_names(self, name):
        assert set(entries(name)) <= set(names.all_names())

    def test_has_no_findings_but_a_fitted_concentration(self, name):
        chosen = load_set(name)
        report = check_parameters(chosen.values, required=names_needed())
        expected = [names.MAXIMUM_CONCENTRATION] if name in FITTED else []
        assert report.ok
        assert [finding.name for finding in report.findings] == expected
        assert chosen.transport in ("thermodynamic", "chemical")
        assert chosen.title

    def test_potentials_fall_everywhere(self, name):
        for curve in set(CURVES) & set(entries(name)):
            law = load_set(name).values[curve]
            wide = np.linspace(-0.5, 1.5, 100_001)
            assert np.isfinite(law(wide)).all()
            assert (law.derivative(FULL_RANGE) < 0).all()
            assert (np.diff(law(wide)) < 0).all()

    def test_is_a_copy_every_time(self, name):
        load_set(name).values[names.DENSITY] = 1.0
        assert load_set(name).values[names.DENSITY] != 1.0

    def test_provenance_is_a_table(self, name):
        table = load_set(name).provenance()
        assert table.loc[names.DENSITY, "grade"] in GRADES
        assert len(table) == len(load_set(name).sources)


def names_needed() -> tuple[str, ...]:
    """Everything a case with electrons, reaction and counter electrode asks for."""
    of_electrodes = {names.PRISTINE_CONDUCTIVITY, names.CARBON_BINDER_CONDUCTIVITY}
    return tuple(set(names.all_names()) - set(CURVES[1:]) - of_electrodes)


@pytest.mark.parametrize("name", NI88)
def test_constants_of_ni88(name):
    values = load_set(name).values
    assert values[names.MAXIMUM_CONCENTRATION] == 49042
    assert values[names.DENSITY] == 4780
    assert values[names.TEMPERATURE] == 295.15
    assert (values[names.LOWER_CUTOFF], values[names.UPPER_CUTOFF]) == (3.0, 4.3)
    assert load_set(name).transport == "thermodynamic"
    # 101.58 A3 for three formula units of 97.460 g/mol
    cell = 101.58e-30 * 6.02214076e23
    assert values[names.MAXIMUM_CONCENTRATION] == pytest.approx(3 / cell, rel=1e-4)
    assert values[names.DENSITY] == pytest.approx(3 * 97.460e-3 / cell, rel=1e-3)


def test_what_differs_between_the_ni88_sets():
    xu, lun = entries("Xu2022_NMC88"), entries("Lun_NMC88")
    differing = {name for name in xu if xu[name] != lun[name]}
    assert differing == {names.SPECIFIC_CAPACITY, names.INITIAL_STOICHIOMETRY}
    assert (xu[names.SPECIFIC_CAPACITY], lun[names.SPECIFIC_CAPACITY]) == (210, 200)
    assert (xu[names.INITIAL_STOICHIOMETRY], lun[names.INITIAL_STOICHIOMETRY]) == (0.97, 0.95)


# Rows of the C/50 branches: normalised delithiation capacity, charge, discharge [V].
BRANCHES = [
    (0.005, 3.5297, 3.1239),
    (0.02, 3.5484, 3.3656),
    (0.1, 3.5841, 3.5328),
    (0.3, 3.6998, 3.6658),
    (0.5, 3.8109, 3.7788),
    (0.8, 4.0990, 4.0632),
    (1.0, 4.3002, 4.2958),
]


@siblings(("capacity", "charge", "discharge"), BRANCHES)
def test_branches_of_the_potential(capacity, charge, discharge):
    values = load_set("Xu2022_NMC88").values
    sto = 0.985 - 0.79 * capacity
    # the guard is 0.05 mV at the last row
    assert values[names.DELITHIATION_OCP](sto) == pytest.approx(charge, abs=1e-4)
    assert values[names.LITHIATION_OCP](sto) == pytest.approx(discharge, abs=1e-6)
    assert values[names.OCP] == values[names.DELITHIATION_OCP]


@siblings(("sto", "ocp"), [(0.2, 4.2693), (0.5, 3.9029), (0.9, 3.5626), (0.97, 3.5), (1.0, 3.0)])
def test_mean_of_the_branches(sto, ocp):
    assert load_set("Xu2022_NMC88").values[names.MEAN_OCP](sto) == pytest.approx(ocp, abs=1e-6)


def test_branches_enclose_their_mean_where_it_is_data():
    values = load_set("Xu2022_NMC88").values
    sto = np.linspace(0.25, 0.95, 300)
    charge, discharge = values[names.DELITHIATION_OCP](sto), values[names.LITHIATION_OCP](sto)
    mean = values[names.MEAN_OCP](sto)
    # two tables of different density: up to 4 mV between their points
    assert np.abs(mean - (charge + discharge) / 2).max() < 4e-3


def test_ends_of_the_default_potential():
    law = load_set("Xu2022_NMC88").values[names.OCP]
    assert law(0.97) == pytest.approx(3.548, abs=1e-3)
    assert law(1.0) == pytest.approx(3.0, abs=1e-9)
    assert law(0.99) > 3.45
    # below the data, a straight line: 4.30 V at 0.195
    below = law(np.array([0.195, 0.1, 0.0]))
    assert np.diff(below)[0] / 0.095 == pytest.approx(np.diff(below)[1] / 0.1)
    assert below[-1] == pytest.approx(4.89, abs=0.01)


@siblings(("sto", "expected"), [(0.97, 1e-18), (0.77, 5.88e-17), (0.87, 1.88e-17), (0.5, 2.78e-16)])
def test_diffusivity_of_ni88(sto, expected):
    law = load_set("Xu2022_NMC88").values[names.DIFFUSIVITY]
    assert law(sto, 295.15) == pytest.approx(expected, rel=5e-3)


@siblings(("sto", "expected"), [(1.0, 0.01), (0.7, 0.1), (0.4, 1.0), (0.2, 1.0), (0.0, 1.0)])
def test_conductivity_of_ni88(sto, expected):
    law = load_set("Xu2022_NMC88").values[names.CONDUCTIVITY]
    assert law(sto, 295.15) == pytest.approx(expected, rel=1e-6)


def test_initial_concentration_follows_the_stoichiometry():
    values = load_set("Xu2022_NMC88").values
    parameter = pybamm.Parameter(names.INITIAL_CONCENTRATION)
    assert values.evaluate(parameter) == pytest.approx(0.97 * 49042)
    changed = values.copy()
    changed.update({names.INITIAL_STOICHIOMETRY: 0.5})
    assert changed.evaluate(parameter) == pytest.approx(0.5 * 49042)


def test_capacity_is_density_times_volume_times_specific_capacity():
    values = load_set("Xu2022_NMC88").values
    values.update({names.SPECIFIC_CAPACITY: 100.0})
    for name in (names.NOMINAL_CAPACITY, names.CURRENT):
        symbol = values.process_symbol(pybamm.Parameter(name))
        assert not [s for s in symbol.pre_order() if isinstance(s, pybamm.Parameter)]
        # any method will do for the volume; here a line of length 3
        assert discretised(symbol, length=3.0) == pytest.approx(4780 * 100 * 3.0)


def discretised(symbol: pybamm.Symbol, length: float) -> float:
    position = pybamm.SpatialVariable("x_am", domain="active material")
    geometry = {"active material": {position: {"min": 0, "max": length}}}
    mesh = pybamm.Mesh(geometry, {"active material": pybamm.Uniform1DSubMesh}, {position: 10})
    methods = {"active material": pybamm.FiniteVolume()}
    return pybamm.Discretisation(mesh, methods).process_symbol(symbol).evaluate().item()


def test_a_plain_function_replaces_a_law():
    values = load_set("Xu2022_NMC88").values

    def my_D(sto, T):
        return 1e-17 * np.exp(-sto) + 0 * T

    values.update({names.DIFFUSIVITY: my_D})
    sto = pybamm.Vector([0.1, 0.9])
    inputs = {"sto": sto, "T": pybamm.Scalar(300.0)}
    symbol = values.process_symbol(pybamm.FunctionParameter(names.DIFFUSIVITY, inputs))
    np.testing.assert_allclose(symbol.evaluate().ravel(), my_D(np.array([0.1, 0.9]), 300.0))


def test_pybamm_knows_the_sets_by_name():
    registered = set(pybamm.parameter_sets.keys())
    if not set(NI88) <= registered:
        pytest.skip("the package is not installed, so its entry points are not registered")
    for name in NI88:
        assert pybamm.ParameterValues(name)[names.DENSITY] == 4780


@pytest.mark.parametrize("package", ["multiscale.parameter_sets", "parameter_sets"])
def test_sets_load_from_a_bare_checkout(package, tmp_path):
    """Without an installation, only the repository on the path."""
    load = "from multiscale.parameters import load_set; load_set('Lun_NMC88'); "
    code = load + f"from {package}.Lun_NMC88 import get_parameter_values; get_parameter_values()"
    run = subprocess.run(
        [sys.executable, "-c", code],
        cwd=tmp_path,
        env={"PYTHONPATH": str(ROOT), "PYBAMM_DISABLE_TELEMETRY": "true"},
        capture_output=True,
        text=True,
    )
    assert run.returncode == 0, run.stderr


def test_tables_state_their_origin():
    for path in sorted((ROOT / "parameter_sets" / "tables").glob("*.csv")):
        header = [line for line in path.read_text().splitlines() if line.startswith("#")]
        assert any("licence" in line.lower() or "assumed" in line.lower() for line in header), path
